//! What the acts do: an operator, workers and a platform on one database, and a carrier that writes down what it gets.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use relance::advance::{self, Behind, Change, Deployed, Migrated, Named};
use relance::domain::{
    CaseState, Channel, InvoiceId, NoticeId, NoticeState, Reason, StepId, StepOutcome, WorkflowName,
};
use relance::engine::decide;
use relance::simulate::{Plan, assess};
use relance::store::{Claim, Claimed, Database, Writer};
use relance::worker::{Edition, names_of_step};
use serde_json::{Value, json};

use super::super::deploy::Worker;
use super::super::store_support::{arrivals, creditor, event};
use super::model::{Draft, NAMES, edition, marks};
use super::{Act, Sent};

pub const DEBTORS: [&str; 2] = ["d-1", "d-2"];
/// Rounds after which a book that still has open cases stands still.
const ROUNDS_MAX: usize = 600;

pub struct World {
    pub(super) worker: Worker,
    operator: Writer,
    pub(super) now: DateTime<Utc>,
    steps: Vec<Draft>,
    /// The steps of every deployment.
    deployed: Vec<Vec<Draft>>,
    number: i64,
    marks: usize,
    times: i64,
    pub(super) claims: u128,
    /// The mark of each step of each revision.
    pub(super) marked: BTreeMap<(String, StepId), String>,
    /// Claimed by workers that live or are slow.
    pub(super) in_hand: Vec<(Claimed, Claim)>,
    /// Of what was uncertain: whether the carrier had it.
    pub(super) fates: BTreeMap<NoticeId, bool>,
    pub(super) got: BTreeSet<(InvoiceId, String, u32, Channel)>,
}

impl World {
    pub async fn start(url: &str) -> Self {
        let database = Database::new(url).unwrap();
        let steps = vec![Draft::new("a", 2, 0), Draft::new("b", 9, 1)];
        let mut world = Self {
            worker: Worker::start(&database).await,
            operator: database.writer(),
            now: "2026-03-02T08:30:00Z".parse().unwrap(),
            deployed: vec![],
            steps,
            number: 0,
            marks: 2,
            times: 0,
            claims: 0,
            marked: BTreeMap::new(),
            in_hand: vec![],
            fates: BTreeMap::new(),
            got: BTreeSet::new(),
        };
        world.deploy(0).await;
        let mut events = vec![creditor()];
        events.extend(DEBTORS.map(reachable));
        events.extend([("F-1", "d-1", 3), ("F-2", "d-1", 5), ("F-3", "d-2", 4)].map(due));
        world.take(&events).await;
        world
    }

    pub async fn act(&mut self, act: &Act) {
        let count = self.steps.len();
        match *act {
            Act::Rename(step, name) if self.is_free(NAMES[name]) => {
                let step = &mut self.steps[step % count];
                let old = std::mem::replace(&mut step.name, NAMES[name]);
                step.formerly.push(old);
            }
            Act::Add(name, after, backfill) if self.is_free(NAMES[name]) => {
                self.steps.push(Draft { backfill, ..Draft::new(NAMES[name], after, self.marks) });
                self.marks += 1;
            }
            Act::Remove(step) if count > 1 => drop(self.steps.remove(step % count)),
            Act::Rename(..) | Act::Add(..) | Act::Remove(_) => {}
            Act::ForgetNames => self.forget_names(),
            Act::Swap(one, other) => self.steps.swap(one % count, other % count),
            Act::Anchor(step, after) => self.steps[step % count].after = after,
            Act::Channels(step, channels) => self.steps[step % count].channels = channels,
            Act::Repeat(step, times) => self.steps[step % count].repeat = times,
            Act::Deploy(moved) => self.deploy(moved).await,
            Act::TakeBack(which) => {
                self.steps = self.deployed[which % self.deployed.len()].clone();
                self.deploy(usize::MAX).await;
            }
            Act::Block(name) => self.block(NAMES[name]).await,
            Act::Unblock => self.unblock().await,
            Act::Pay(is_received) => self.pay(is_received).await,
            Act::Wake => {
                let due = self.worker.desk.writer.next_due().await.unwrap();
                self.wake(due.map_or(self.now, |due| due.max(self.now))).await;
            }
            Act::Hours(hours) => self.wake(self.now + TimeDelta::hours(hours)).await,
            Act::Claim(limit) => self.claim(limit).await,
            Act::Send(sent) => self.send(sent).await,
            Act::Recover => self.recover().await,
            Act::Answer => self.answer().await,
        }
    }

    fn is_free(&self, name: &str) -> bool {
        self.steps.iter().all(|step| !step.is_named(name))
    }

    /// A renaming that was never deployed and is forgotten makes another step of it.
    fn forget_names(&mut self) {
        for step in &mut self.steps {
            let is_told = |old: &&str| {
                self.deployed.last().into_iter().flatten().any(|one| one.name == step.name && one.is_named(old))
            };
            if !step.formerly.iter().all(is_told) {
                step.mark = self.marks;
                self.marks += 1;
            }
            step.formerly.clear();
        }
    }

    /// What `relance deploy --move` does; it is interrupted after `accounts` accounts.
    async fn deploy(&mut self, accounts: usize) {
        let edition = edition(&self.steps);
        let revision = edition.workflow.revision.to_string();
        self.marked.extend(marks(&edition).map(|(step, mark)| ((revision.clone(), step), mark)));
        let change =
            Change { after: self.number, revisions: vec![edition.bundle()], by: "ada".to_owned(), ..Change::default() };
        let done = advance::deploy(&mut self.operator, &change).await.unwrap();
        assert!(matches!(done, Deployed::Done { .. }), "{done:?}");
        self.number += 1;
        self.deployed.push(self.steps.clone());
        let mut moved = Migrated::default();
        self.renew().await;
        let plan = self.plan(&edition).await;
        for _ in 0..accounts {
            let (book, after) = (self.worker.shelf.book(), moved.last.clone());
            let to = (&edition.workflow.name, &edition.workflow.revision);
            let memory = &self.worker.desk.memory;
            moved.add(
                advance::migrate(&mut self.operator, memory, &book, to, after.as_ref(), 1, self.now).await.unwrap(),
            );
            if moved.last.is_none() {
                let stays: BTreeMap<_, _> = plan.stays.iter().map(|(why, count)| (why.as_str(), *count)).collect();
                assert_eq!((plan.cases, stays), (moved.moved + moved.stays.values().sum::<usize>(), moved.stays));
                return;
            }
        }
    }

    /// What `relance plan` says of the running cases.
    async fn plan(&mut self, to: &Edition) -> Plan {
        let (name, revision) = to.key();
        let book = self.worker.shelf.book();
        let mut behind = Behind::begin(&mut self.operator).await.unwrap();
        let accounts = behind.next((&name, &revision), None, 10).await.unwrap();
        behind.end().await.unwrap();
        let mut plan = Plan::default();
        for account in &accounts {
            assess(account, &book, &name, &revision, self.now).iter().for_each(|case| plan.add(case));
        }
        plan
    }

    pub(super) async fn renew(&mut self) {
        self.worker.shelf.renew(&mut self.worker.desk.writer).await.unwrap();
    }

    /// A step by the names that the library of now knows.
    async fn named(&mut self, step: &str) -> Named {
        self.renew().await;
        let (book, step) = (self.worker.shelf.book(), StepId::new(step));
        let revisions = book.newest.keys().flat_map(|name| book.revisions_of(name)).map(AsRef::as_ref);
        let names = names_of_step(revisions, &step).into_iter().collect();
        Named { version: book.version, workflow: WorkflowName::new("w"), step, names }
    }

    async fn block(&mut self, step: &'static str) {
        let named = self.named(step).await;
        advance::block(&mut self.operator, &named, "wrong", "ada").await.unwrap();
    }

    async fn unblock(&mut self) {
        for name in NAMES {
            let named = self.named(name).await;
            advance::unblock(&mut self.operator, &named).await.unwrap();
        }
    }

    pub(super) fn event(&mut self, kind: &str, data: Value) -> Value {
        self.times += 1;
        let mut event = event(&format!("e-{}", self.times), kind, 0, data);
        event["time"] = json!((self.now + TimeDelta::seconds(self.times)).to_rfc3339());
        event
    }

    async fn pay(&mut self, is_received: bool) {
        let status = if is_received { "received" } else { "reversed" };
        let data = json!({
            "payment": "P-1", "debtor": "d-1", "currency": "EUR", "amount": "100.00", "received_on": "2026-03-03",
            "status": status, "allocations": [{"invoice": "F-1", "amount": "100.00"}],
        });
        let event = self.event("payment.upserted", data);
        self.take(&[event]).await;
    }

    pub(super) async fn take(&mut self, events: &[Value]) {
        let arrivals = arrivals(events);
        loop {
            let (desk, book) = (&mut self.worker.desk, self.worker.shelf.book());
            match advance::intake(&mut desk.writer, &desk.memory, &book, &arrivals, self.now).await {
                Ok(taken) => return assert_eq!(taken.refused, 0),
                Err(why) => assert!(why.is_stale(), "{why}"),
            }
            self.renew().await;
        }
    }

    pub(super) async fn wake(&mut self, now: DateTime<Utc>) {
        self.now = now;
        loop {
            let (desk, book) = (&mut self.worker.desk, self.worker.shelf.book());
            match advance::wake(&mut desk.writer, &desk.memory, &book, now, 10).await {
                Ok(0) => return self.check().await,
                Ok(_) => {}
                Err(why) => {
                    assert!(why.is_stale(), "{why}");
                    self.renew().await;
                }
            }
        }
    }

    /// Nothing is ordered or under way twice, and deciding again decides nothing.
    async fn check(&mut self) {
        let book = self.worker.shelf.book();
        for debtor in DEBTORS {
            let account = self.worker.desk.view(debtor).await;
            let again = decide(&account, &book, self.now);
            assert!(again.is_empty(), "{again:#?}");
            let mut keys = BTreeSet::new();
            let live = account.notices.values().filter(|notice| notice.state != NoticeState::Withdrawn);
            for (line, channel) in live.flat_map(|notice| notice.lines.iter().map(|line| (line, notice.channel))) {
                assert!(keys.insert((line, channel)), "{line:?} is live twice");
            }
        }
    }

    /// Everything is let go, moved and sent, until every case is at its end.
    pub async fn finish(&mut self) {
        self.unblock().await;
        self.pay(false).await;
        for _ in 0..ROUNDS_MAX {
            self.recover().await;
            self.answer().await;
            self.claim(10).await;
            if !self.in_hand.is_empty() {
                while !self.in_hand.is_empty() {
                    self.send(Sent::Accepted).await;
                }
                continue;
            }
            if self.is_over().await {
                return self.check_nothing_is_lost().await;
            }
            let due = self.worker.desk.writer.next_due().await.unwrap().expect("open cases, and nothing is due");
            self.wake(due.max(self.now)).await;
        }
        let account = self.worker.desk.view("d-1").await;
        panic!("cases stand still at {}: {:#?}", self.now, account.cases);
    }

    async fn is_over(&mut self) -> bool {
        for debtor in DEBTORS {
            let account = self.worker.desk.view(debtor).await;
            if account.cases.values().any(|case| case.state != CaseState::Exhausted) {
                return false;
            }
        }
        true
    }

    /// Every step of a case was got by its debtor, unless it came to the case by an edit when its day was past, or
    /// took the name of another step: what was done under a name stays done under it.
    async fn check_nothing_is_lost(&mut self) {
        let editions: Vec<Edition> = self.worker.shelf.library().editions().cloned().collect();
        for debtor in DEBTORS {
            let account = self.worker.desk.view(debtor).await;
            for case in account.cases.values() {
                let edition = editions.iter().find(|one| Some(one.key()) == case.workflow).unwrap();
                for (step, mark) in marks(edition) {
                    let is_got = self.got.iter().any(|(invoice, got, ..)| *invoice == case.invoice && *got == mark);
                    let line = case.journal.iter().find(|line| line.is_of(&step));
                    let is_new = line.is_some_and(|line| line.outcome == StepOutcome::Skipped(Reason::StepNew));
                    let may_be_past = is_new && self.was_absent(&mark);
                    let is_told = is_got || may_be_past || self.shares_a_name(&mark);
                    assert!(is_told, "{} lost {mark}: {line:?}", case.invoice);
                }
            }
        }
    }

    /// Whether a deployment was without the step.
    fn was_absent(&self, mark: &str) -> bool {
        self.deployed.iter().any(|steps| steps.iter().all(|step| format!("mark-{}", step.mark) != mark))
    }

    /// Whether two steps had one name, one after the other.
    fn shares_a_name(&self, mark: &str) -> bool {
        let all = || self.deployed.iter().flatten();
        let (own, others): (Vec<&Draft>, Vec<&Draft>) = all().partition(|step| format!("mark-{}", step.mark) == mark);
        own.iter().flat_map(|step| step.names()).any(|name| others.iter().any(|other| other.is_named(name)))
    }
}

fn reachable(id: &str) -> Value {
    let contact = json!({"role": "dunning", "email": "compta@dupont.example", "phone": "+33199001234"});
    let data = json!({
        "debtor": id, "kind": "business", "name": "Dupont", "locale": "fr", "contacts": [contact],
        "address": {"lines": ["2 rue B"], "postal_code": "75002", "city": "Paris", "country": "FR"},
    });
    event(&format!("debtor-{id}"), "debtor.upserted", -50, data)
}

fn due((id, debtor, day): (&str, &str, u32)) -> Value {
    let data = json!({
        "invoice": id, "number": id, "debtor": debtor, "currency": "EUR", "total": "100.00",
        "issued_on": "2026-02-01", "due_on": format!("2026-03-{day:02}"),
    });
    event(&format!("invoice-{id}"), "invoice.upserted", -40, data)
}
