//! Notices between their order and their provider: claimed once, withdrawn in time, recorded, recovered.

use std::time::Duration;

use chrono::TimeDelta;
use relance::advance::{Sending, claim_notices, mark_sending, record, recover};
use relance::domain::{Channel, InvoiceId, NoticeId, NoticeState, StepId, StepOutcome};
use relance::store::{Claim, Claimed, Database, Document, Lock, Outcome, Recorded};
use serde_json::json;
use sqlx::Connection as _;
use uuid::Uuid;

use super::database::{self, Migrated as _};
use super::store_support::{Desk, arrivals, count, creditor, debtor, event, invoice, key, noon, notice, payment};

const EMAIL: &[Channel] = &[Channel::Email];

fn claim(token: u128) -> Claim {
    Claim { token: Uuid::from_u128(token), lease: Duration::from_secs(600) }
}

/// A lease that has run out already.
fn lost(token: u128) -> Claim {
    Claim { lease: Duration::ZERO, ..claim(token) }
}

async fn desk(test: &str) -> (Desk, String) {
    let url = database::fresh_url(test).await;
    let database = Database::new(&url).unwrap().migrated().await;
    (Desk::new(&database), url)
}

async fn take(desk: &mut Desk, claim: &Claim) -> Vec<Claimed> {
    claim_notices(&mut desk.writer, claim, noon(), Channel::Email, None, 10).await.unwrap()
}

fn sending(claimed: &Claimed) -> Sending {
    let message = Document {
        name: "message".to_owned(),
        media_type: "message/rfc822".to_owned(),
        bytes: b"Subject: reminder\r\n\r\n\0\xff".to_vec(),
    };
    Sending { key: claimed.key.clone(), notice: claimed.notice.id, documents: vec![message] }
}

fn outcome(claimed: &Claimed, claim: &Claim, outcome: Outcome) -> Recorded {
    Recorded {
        key: claimed.key.clone(),
        notice: claimed.notice.id,
        token: claim.token,
        provider: "smtp".to_owned(),
        provider_id: matches!(outcome, Outcome::Accepted(_)).then(|| "m-1".to_owned()),
        outcome,
        detail: None,
    }
}

async fn write(desk: &mut Desk, records: &[Recorded]) -> Vec<NoticeId> {
    record(&mut desk.writer, &desk.memory, &desk.book, records, noon()).await.unwrap()
}

#[tokio::test]
async fn a_notice_is_claimed_once_sent_once_and_recorded() {
    let (mut desk, url) = desk("sent").await;
    let mut other = Desk::new(&Database::new(&url).unwrap());
    desk.order("d-1", &notice("n-1", "F-1")).await;
    desk.order("d-2", &notice("n-2", "F-2")).await;
    let (one, two) = (claim(1), claim(2));
    let (mine, theirs) = tokio::join!(take(&mut desk, &one), take(&mut other, &two));
    assert_eq!(mine.len() + theirs.len(), 2);
    assert!(mine.iter().all(|one| theirs.iter().all(|two| one.notice.id != two.notice.id)));
    let all: Vec<(Claimed, Claim)> =
        mine.into_iter().map(|one| (one, claim(1))).chain(theirs.into_iter().map(|one| (one, claim(2)))).collect();
    for (claimed, claim) in &all {
        assert_eq!(claimed.notice.content.as_ref().unwrap().debtor_name, "Dupont");
        let moved = mark_sending(&mut desk.writer, claim, &[sending(claimed)]).await.unwrap();
        assert_eq!(moved, [claimed.notice.id]);
        // The intent is put on record once: whoever comes second must not send.
        assert!(mark_sending(&mut desk.writer, claim, &[sending(claimed)]).await.unwrap().is_empty());
        let accepted = outcome(claimed, claim, Outcome::Accepted(noon()));
        assert_eq!(write(&mut desk, std::slice::from_ref(&accepted)).await, [claimed.notice.id]);
        assert!(write(&mut desk, &[accepted]).await.is_empty());
    }
    assert_eq!(count(&url, "SELECT count(*) FROM attempts WHERE outcome = 'accepted' AND number = 1").await, 2);
    assert_eq!(count(&url, "SELECT count(*) FROM evidence").await, 1);
    assert_eq!(count(&url, "SELECT count(*) FROM notice_evidence").await, 2);
    assert_eq!(count(&url, "SELECT count(*) FROM outbox WHERE type = 'notice.sent'").await, 2);
    let evidence = Database::new(&url).unwrap().reader().evidence(&key("d-1").creditor, all[0].0.notice.id).await;
    assert_eq!(evidence.unwrap()[0].document, sending(&all[0].0).documents[0]);
}

#[tokio::test]
async fn what_is_withdrawn_before_the_claim_never_leaves() {
    let (mut desk, url) = desk("withdrawn").await;
    let mut dispatch = Desk::new(&Database::new(&url).unwrap());
    let ordered = notice("n-1", "F-1");
    desk.order("d-1", &ordered).await;
    let key = key("d-1");
    let mut tx = desk.writer.begin().await.unwrap();
    tx.lock_creditors(std::slice::from_ref(&key.creditor), Lock::Shared).await.unwrap();
    tx.lock_accounts(std::slice::from_ref(&key)).await.unwrap();
    // A payment is being taken in: nothing of its account can be claimed, and nobody waits.
    assert!(take(&mut dispatch, &claim(1)).await.is_empty());
    assert_eq!(tx.withdraw(&[ordered.id]).await.unwrap(), [ordered.id]);
    assert!(take(&mut dispatch, &claim(1)).await.is_empty());
    tx.commit().await.unwrap();
    assert!(take(&mut dispatch, &claim(1)).await.is_empty());
    // Ordered anew it is the same row, and leaves.
    assert!(desk.order("d-1", &ordered).await.is_empty());
    assert_eq!(take(&mut dispatch, &claim(1)).await.len(), 1);
    let mut tx = desk.writer.begin().await.unwrap();
    assert!(tx.withdraw(&[ordered.id]).await.unwrap().is_empty(), "a claimed notice cannot be withdrawn");
}

#[tokio::test]
async fn an_account_that_is_due_is_decided_before_anything_of_it_leaves() {
    let (mut desk, url) = desk("due").await;
    desk.order("d-1", &notice("n-1", "F-1")).await;
    let mut server = sqlx::PgConnection::connect(&url).await.unwrap();
    sqlx::query("UPDATE accounts SET wake_at = $1").bind(noon()).execute(&mut server).await.unwrap();
    assert!(take(&mut desk, &claim(1)).await.is_empty());
    let woken = relance::advance::wake(&mut desk.writer, &desk.memory, &desk.book, noon(), 10).await.unwrap();
    assert_eq!(woken, 1);
    // What became of the notice is the engine's decision; the account itself is at rest until it may expire.
    let next = desk.writer.next_due().await.unwrap();
    assert!(next.is_none_or(|next| next > noon()));
}

#[tokio::test]
async fn nothing_leaves_after_it_may_not_any_more() {
    let (mut desk, _) = desk("expired").await;
    let late = relance::domain::Notice { valid_until: noon(), ..notice("n-1", "F-1") };
    desk.order("d-1", &late).await;
    assert!(take(&mut desk, &claim(1)).await.is_empty());
}

#[tokio::test]
async fn a_step_of_a_case_has_one_notice() {
    let (mut desk, url) = desk("once_a_step").await;
    let (first, second) = (notice("n-1", "F-1"), notice("n-2", "F-1"));
    assert!(desk.order("d-1", &first).await.is_empty());
    assert_eq!(desk.order("d-1", &second).await, [second.id], "its only line is done by another notice");
    assert_eq!(take(&mut desk, &claim(1)).await[0].notice.id, first.id);
    assert_eq!(desk.order("d-1", &first).await, [first.id], "it is claimed");
    assert_eq!(desk.order("d-1", &second).await, [second.id]);
    assert_eq!(count(&url, "SELECT count(*) FROM notices WHERE state = 'ordered'").await, 0);

    // From a withdrawn notice a line moves to the next.
    let mut tx = desk.writer.begin().await.unwrap();
    let third = notice("n-3", "F-3");
    let key = key("d-3");
    tx.lock_creditors(std::slice::from_ref(&key.creditor), Lock::Shared).await.unwrap();
    tx.lock_accounts(std::slice::from_ref(&key)).await.unwrap();
    tx.order(&[(&key, &third)]).await.unwrap();
    tx.withdraw(&[third.id]).await.unwrap();
    let fourth = notice("n-4", "F-3");
    assert!(tx.order(&[(&key, &fourth)]).await.unwrap().refused.is_empty());
    tx.commit().await.unwrap();
    assert_eq!(desk.order("d-3", &third).await, [third.id]);
}

#[tokio::test]
async fn what_surely_did_not_leave_is_tried_again_later() {
    let (mut desk, url) = desk("retried").await;
    desk.order("d-1", &notice("n-1", "F-1")).await;
    let claimed = take(&mut desk, &claim(1)).await;
    mark_sending(&mut desk.writer, &claim(1), &[sending(&claimed[0])]).await.unwrap();
    let later = outcome(&claimed[0], &claim(1), Outcome::Retry(Duration::from_secs(3600)));
    // Straight into the tables: the engine knows no reason for this notice and would withdraw it.
    let mut tx = desk.writer.begin().await.unwrap();
    assert_eq!(tx.record_outcomes(&[later]).await.unwrap(), [claimed[0].notice.id]);
    tx.commit().await.unwrap();
    assert_eq!(count(&url, "SELECT count(*) FROM notices WHERE state = 'ordered' AND not_before > now()").await, 1);
    assert!(take(&mut desk, &claim(2)).await.is_empty());
    let mut server = sqlx::PgConnection::connect(&url).await.unwrap();
    sqlx::query("UPDATE notices SET not_before = now()").execute(&mut server).await.unwrap();
    let again = take(&mut desk, &claim(2)).await;
    assert_eq!((again.len(), again[0].attempts), (1, 1));
}

#[tokio::test]
async fn what_was_prepared_at_a_provider_goes_with_the_content_it_was_prepared_from() {
    let (mut desk, url) = desk("prepared").await;
    let ordered = notice("n-1", "F-1");
    desk.order("d-1", &ordered).await;
    let claimed = take(&mut desk, &claim(1)).await;
    mark_sending(&mut desk.writer, &claim(1), &[sending(&claimed[0])]).await.unwrap();
    let draft = r#"{"draft":"17"}"#;
    assert!(relance::advance::capture(&mut desk.writer, &claim(1), ordered.id, draft).await.unwrap());
    let again = outcome(&claimed[0], &claim(1), Outcome::Retry(Duration::ZERO));
    let mut tx = desk.writer.begin().await.unwrap();
    tx.record_outcomes(&[again]).await.unwrap();
    tx.commit().await.unwrap();
    desk.order("d-1", &ordered).await;
    assert_eq!(count(&url, "SELECT count(*) FROM notices WHERE captured IS NOT NULL").await, 1);
    // A part was paid meanwhile: the letter of the draft asks for too much.
    let mut less = ordered.clone();
    less.content.as_mut().unwrap().debtor_name = "Dupont et fils".to_owned();
    desk.order("d-1", &less).await;
    assert_eq!(count(&url, "SELECT count(*) FROM notices WHERE captured IS NOT NULL").await, 0);
}

#[tokio::test]
async fn a_provider_that_stands_still_is_given_nothing_for_a_while() {
    let (mut desk, url) = desk("paused").await;
    desk.order("d-1", &notice("n-1", "F-1")).await;
    desk.writer.pause_provider("smtp", "auth_error: no").await.unwrap();
    let take = async |desk: &mut Desk, token, provider| {
        claim_notices(&mut desk.writer, &claim(token), noon(), Channel::Email, provider, 10).await.unwrap().len()
    };
    assert_eq!(take(&mut desk, 1, Some("smtp")).await, 0, "the notice names none, so it is the channel's");
    let mut server = sqlx::PgConnection::connect(&url).await.unwrap();
    let hour_ago = "UPDATE providers SET paused_at = now() - interval '1 hour'";
    sqlx::query(hour_ago).execute(&mut server).await.unwrap();
    assert_eq!(take(&mut desk, 2, Some("smtp")).await, 1, "nobody has to say that it works again");
    desk.writer.resume_providers(&["smtp"]).await.unwrap();
    assert!(desk.writer.paused_providers().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_dead_workers_claims_are_recovered() {
    let (mut desk, url) = desk("recovered").await;
    desk.order("d-1", &notice("n-1", "F-1")).await;
    desk.order("d-2", &notice("n-2", "F-2")).await;
    let claimed = take(&mut desk, &lost(1)).await;
    assert_eq!(claimed.len(), 2);
    let begun = Sending { documents: Vec::new(), ..sending(&claimed[0]) };
    mark_sending(&mut desk.writer, &lost(1), &[begun]).await.unwrap();

    let found = recover(&mut desk.writer, &claim(2), EMAIL, 10).await.unwrap();
    assert_eq!(found.reordered, 1, "one was claimed only: it is ordered again");
    assert_eq!(found.stranded.len(), 1, "one may have left: it is handed to whoever recovers");
    assert_eq!(found.stranded[0].notice.id, claimed[0].notice.id);
    assert_eq!(found.stranded[0].notice.state, NoticeState::Sending);
    // The first worker was not dead but slow: what it says now comes too late.
    let late = outcome(&claimed[0], &lost(1), Outcome::Accepted(noon()));
    assert!(write(&mut desk, &[late]).await.is_empty());
    let uncertain = outcome(&found.stranded[0], &claim(2), Outcome::Uncertain);
    assert_eq!(write(&mut desk, &[uncertain]).await, [claimed[0].notice.id]);
    assert_eq!(
        desk.view(claimed[0].key.debtor.as_str()).await.notices[&claimed[0].notice.id].state,
        NoticeState::Uncertain
    );
    assert_eq!(count(&url, "SELECT count(*) FROM outbox WHERE type = 'notice.uncertain'").await, 1);
    // Nothing is left to recover, and the notice that was ordered again waits for its account's decision.
    let found = recover(&mut desk.writer, &claim(3), EMAIL, 10).await.unwrap();
    assert_eq!((found.reordered, found.stranded.len()), (0, 0));
    assert!(take(&mut desk, &claim(3)).await.is_empty());
    let behind = noon() - chrono::TimeDelta::hours(1);
    let early = claim_notices(&mut desk.writer, &claim(4), behind, Channel::Email, None, 10).await.unwrap();
    assert!(early.is_empty(), "it waits for the decision by a clock that is behind as well");
}

#[tokio::test]
async fn a_transaction_that_is_left_changes_nothing() {
    let (mut desk, url) = desk("left").await;
    let ordered = notice("n-1", "F-1");
    desk.order("d-1", &ordered).await;
    {
        let mut tx = desk.writer.begin().await.unwrap();
        tx.withdraw(&[ordered.id]).await.unwrap();
        // The future that held it was cancelled.
    }
    assert_eq!(take(&mut desk, &claim(1)).await.len(), 1);
    assert_eq!(count(&url, "SELECT count(*) FROM notices WHERE state = 'claimed'").await, 1);
}

#[tokio::test]
async fn a_carriers_report_finds_its_notice_by_either_name() {
    let (mut desk, url) = desk("reported").await;
    desk.take(&[invoice("F-1", "e-1", 0, "d-1", "100.00")]).await;
    let status = |id: &str, status: &str| {
        event(id, "notice.status", 30, json!({"provider_id": "m-1", "status": status, "at": "2026-03-31T10:30:00Z"}))
    };
    // The carrier was faster than the record of its answer.
    desk.take(&[status("s-1", "sent")]).await;
    assert_eq!(count(&url, "SELECT count(*) FROM facts WHERE debtor IS NULL").await, 1);
    let ordered = notice("n-1", "F-1");
    desk.order("d-1", &ordered).await;
    let mut server = sqlx::PgConnection::connect(&url).await.unwrap();
    sqlx::query("UPDATE accounts SET wake_at = NULL").execute(&mut server).await.unwrap();
    let claimed = take(&mut desk, &claim(1)).await;
    mark_sending(&mut desk.writer, &claim(1), &[sending(&claimed[0])]).await.unwrap();
    write(&mut desk, &[outcome(&claimed[0], &claim(1), Outcome::Accepted(noon() + TimeDelta::minutes(1)))]).await;
    assert_eq!(count(&url, "SELECT count(*) FROM facts WHERE debtor IS NULL").await, 0);
    let by_step = json!({"invoice": "F-1", "step": "reminder-1", "status": "accepted", "at": "2026-03-31T10:40:00Z"});
    desk.take(&[status("s-2", "delivered"), event("s-3", "notice.status", 40, by_step)]).await;
    let account = desk.view("d-1").await;
    assert_eq!(account.notices[&ordered.id].delivery, Some(relance::domain::DeliveryStatus::Delivered));
    assert_eq!(account.notices[&ordered.id].step, StepId::new("reminder-1"));
    let named = |report: &relance::domain::Recorded<relance::domain::NoticeReported>| {
        report.fact.notice == relance::domain::NoticeRef::Id(ordered.id)
    };
    assert_eq!(account.facts.reports.values().filter(|report| named(report)).count(), 2);
    assert_eq!(count(&url, "SELECT count(*) FROM outbox WHERE type = 'notice.delivered'").await, 1);
}

#[tokio::test]
async fn a_report_from_days_before_a_notice_was_ordered_moves_only_what_names_it() {
    let (mut desk, url) = desk("reported_before").await;
    desk.take(&[invoice("F-1", "e-1", -1_600, "d-1", "100.00")]).await;
    let ordered = notice("n-1", "F-1");
    desk.order("d-1", &ordered).await;
    let bounced = json!({"invoice": "F-1", "step": "reminder-1", "status": "bounced", "at": "2026-03-31T09:00:00Z"});
    desk.take(&[event("s-1", "notice.status", -1_500, bounced.clone())]).await;
    assert_eq!(desk.view("d-1").await.notices[&ordered.id].delivery, None);
    let mut named = bounced;
    named["channel"] = json!("email");
    desk.take(&[event("s-2", "notice.status", -1_499, named)]).await;
    assert_eq!(desk.view("d-1").await.notices[&ordered.id].delivery, Some(relance::domain::DeliveryStatus::Bounced));
    assert_eq!(count(&url, "SELECT count(*) FROM outbox WHERE type = 'notice.failed'").await, 1);
}

#[tokio::test]
async fn a_payment_committed_before_the_claim_keeps_the_notice_back() {
    let (mut desk, url) = desk("paid_in_time").await;
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/workflows/fr-b2b.yaml")).unwrap();
    let workflow = relance::workflow::parse_workflow("fr-b2b.yaml", &text).unwrap();
    desk.book = relance::engine::Book::new([workflow], relance::law::Calendars::default());
    let mut events = vec![creditor()];
    for name in ["1", "2"] {
        let debtor_id = format!("d-{name}");
        events.push(debtor(&debtor_id));
        events.push(invoice(&format!("F-{name}"), &format!("e-{name}"), 0, &debtor_id, "100.00"));
    }
    desk.take(&events).await;
    // The next opening of contact hours: Wednesday, nine o'clock in Paris.
    let opening = noon() + TimeDelta::hours(21);
    let due = desk.writer.next_due().await.unwrap();
    assert_eq!(due, Some(opening));
    let woken = relance::advance::wake(&mut desk.writer, &desk.memory, &desk.book, opening, 10).await.unwrap();
    assert_eq!(woken, 2);
    assert_eq!(count(&url, "SELECT count(*) FROM notices WHERE state = 'ordered'").await, 2);
    assert_eq!(count(&url, "SELECT count(*) FROM outbox WHERE type = 'notice.ordered'").await, 2);

    let paid = arrivals(&[payment("P-1", "p-1", 60, "d-1", "100.00")]);
    let mut other = Desk::new(&Database::new(&url).unwrap());
    other.book = desk.book.clone();
    relance::advance::intake(&mut other.writer, &other.memory, &other.book, &paid, opening).await.unwrap();
    let claimed = claim_notices(&mut desk.writer, &claim(1), opening, Channel::Email, None, 10).await.unwrap();
    assert_eq!(claimed.len(), 1, "one was paid, the other not");
    assert_eq!(claimed[0].key, key("d-2"));
    assert_eq!(count(&url, "SELECT count(*) FROM notices WHERE state = 'withdrawn'").await, 1);
    assert_eq!(count(&url, "SELECT count(*) FROM outbox WHERE type = 'case.settled'").await, 1);

    // The step is done on the day its notice was accepted, and the account sleeps until the next.
    mark_sending(&mut desk.writer, &claim(1), &[sending(&claimed[0])]).await.unwrap();
    let sent = outcome(&claimed[0], &claim(1), Outcome::Accepted(opening));
    let recorded = record(&mut desk.writer, &desk.memory, &desk.book, &[sent], opening).await.unwrap();
    assert_eq!(recorded, [claimed[0].notice.id]);
    let account = desk.view("d-2").await;
    let case = &account.cases[&InvoiceId::new("F-2")];
    assert!(case.journal.iter().any(|record| record.outcome == StepOutcome::Done), "{:?}", case.journal);
    let mut again = account.clone();
    again.carry_out(&relance::engine::decide(&account, &desk.book, opening));
    assert_eq!(again, account, "what was saved and read again decides nothing more");
}

#[tokio::test]
async fn a_claim_reads_what_is_ordered_on_its_channel_and_not_what_waits_on_another() {
    let (mut desk, url) = desk("by_channel").await;
    desk.order("d-1", &notice("n-1", "F-1")).await;
    let mut server = sqlx::PgConnection::connect(&url).await.unwrap();
    // 20,000 older letters wait for their carrier.
    sqlx::query(
        "INSERT INTO notices (creditor, debtor, id, channel, state, ordered_at, valid_until, body, content)
         SELECT creditor, debtor, gen_random_uuid(), 'letter', 'ordered', ordered_at - n * interval '1 second',
             valid_until, body, content FROM notices, generate_series(1, 20000) AS n",
    )
    .execute(&mut server)
    .await
    .unwrap();
    sqlx::query("VACUUM ANALYZE notices").execute(&mut server).await.unwrap();
    let plan: serde_json::Value = sqlx::query_scalar(
        "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)
         SELECT creditor, debtor, id FROM notices
         WHERE state = 'ordered' AND channel = $1 AND valid_until > $2
         ORDER BY ordered_at LIMIT $3 FOR UPDATE OF notices SKIP LOCKED",
    )
    .bind("email")
    .bind(noon())
    .bind(100_i64)
    .fetch_one(&mut server)
    .await
    .unwrap();
    let plan = &plan[0]["Plan"];
    let pages = plan["Shared Hit Blocks"].as_i64().unwrap() + plan["Shared Read Blocks"].as_i64().unwrap();
    assert!(pages < 20 && plan.to_string().contains("notices_ordered_by_channel"), "{pages} pages read: {plan:#}");
    assert_eq!(take(&mut desk, &claim(1)).await.len(), 1);
}
