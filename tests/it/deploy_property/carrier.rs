//! Workers that claim and send, and the carrier that writes down what it gets.

use std::time::Duration;

use relance::advance::{self, Sending};
use relance::domain::{Account, Channel, Notice, NoticeLine, NoticeState, TaskId, TaskState};
use relance::store::{Claim, Claimed, Outcome, Recorded};
use serde_json::json;
use uuid::Uuid;

use super::Sent;
use super::world::{DEBTORS, World};

const CHANNELS: [Channel; 3] = [Channel::Email, Channel::Sms, Channel::Letter];

impl World {
    /// A claim whose lease is over at once: whoever recovers takes it from a worker that is merely slow.
    fn next_claim(&mut self) -> Claim {
        self.claims += 1;
        Claim { token: Uuid::from_u128(self.claims), lease: Duration::ZERO }
    }

    pub(super) async fn claim(&mut self, limit: usize) {
        let claim = self.next_claim();
        let writer = &mut self.worker.desk.writer;
        for channel in CHANNELS {
            let claimed = advance::claim_notices(writer, &claim, self.now, channel, None, limit).await.unwrap();
            self.in_hand.extend(claimed.into_iter().map(|one| (one, claim)));
        }
    }

    /// What a worker does with the first notice in its hands.
    pub(super) async fn send(&mut self, sent: Sent) {
        if self.in_hand.is_empty() {
            return;
        }
        let (claimed, claim) = self.in_hand.remove(0);
        if matches!(sent, Sent::DiedBefore) {
            return;
        }
        let sending = Sending { key: claimed.key.clone(), notice: claimed.notice.id, documents: vec![] };
        let intended = advance::mark_sending(&mut self.worker.desk.writer, &claim, &[sending]).await.unwrap();
        if !intended.contains(&claimed.notice.id) {
            return;
        }
        let hands_over = matches!(sent, Sent::Accepted | Sent::DiedAfter);
        self.fates.insert(claimed.notice.id, hands_over);
        if hands_over {
            self.deliver(&claimed).await;
        }
        match sent {
            Sent::Accepted => self.record(&claimed, claim, Outcome::Accepted(self.now)).await,
            Sent::Again => self.record(&claimed, claim, Outcome::Retry(Duration::ZERO)).await,
            Sent::DiedBefore | Sent::DiedBetween | Sent::DiedAfter => {}
        }
    }

    /// The carrier gets it.
    async fn deliver(&mut self, claimed: &Claimed) {
        let account = self.worker.desk.view(claimed.key.debtor.as_str()).await;
        for line in &claimed.notice.lines {
            let mark = self.mark(&account, line);
            let key = (line.invoice.clone(), mark.clone(), line.occurrence, claimed.notice.channel);
            assert!(self.got.insert(key), "{} gets {mark} twice: {line:?}", line.invoice);
        }
    }

    fn mark(&self, account: &Account, line: &NoticeLine) -> String {
        let (_, revision) = account.cases[&line.invoice].workflow.clone().unwrap();
        self.marked[&(revision.to_string(), line.step.clone())].clone()
    }

    async fn record(&mut self, claimed: &Claimed, claim: Claim, outcome: Outcome) {
        let record = Recorded {
            key: claimed.key.clone(),
            notice: claimed.notice.id,
            token: claim.token,
            provider: "any".to_owned(),
            provider_id: None,
            outcome,
            detail: None,
        };
        loop {
            let (desk, book) = (&mut self.worker.desk, self.worker.shelf.book());
            let records = std::slice::from_ref(&record);
            match advance::record(&mut desk.writer, &desk.memory, &book, records, self.now).await {
                Ok(_) => return,
                Err(why) => assert!(why.is_stale(), "{why}"),
            }
            self.renew().await;
        }
    }

    pub(super) async fn recover(&mut self) {
        let claim = self.next_claim();
        let writer = &mut self.worker.desk.writer;
        let found = advance::recover(writer, &claim, &CHANNELS, 10).await.unwrap();
        for stranded in &found.stranded {
            self.record(stranded, claim, Outcome::Uncertain).await;
        }
        // What was claimed only is decided again before it is claimed again.
        self.wake(self.now).await;
    }

    /// Somebody asks the carrier, and answers as it is.
    pub(super) async fn answer(&mut self) {
        for debtor in DEBTORS {
            let account = self.worker.desk.view(debtor).await;
            for notice in account.notices.values().filter(|notice| notice.state == NoticeState::Uncertain) {
                let task = uncertain_task(notice);
                if account.tasks.get(&task).is_none_or(|task| task.state != TaskState::Open) {
                    continue;
                }
                let outcome = if self.fates[&notice.id] { "sent" } else { "not_sent" };
                let data = json!({"task": task, "outcome": outcome, "by": "bob"});
                let event = self.event("task.answered", data);
                self.take(&[event]).await;
            }
        }
    }
}

/// The task that asks what became of a notice.
fn uncertain_task(notice: &Notice) -> TaskId {
    let ordered = notice.ordered_at.timestamp_micros().to_string();
    TaskId::derive(&["acme", "uncertain", &notice.id.to_string(), &ordered])
}
