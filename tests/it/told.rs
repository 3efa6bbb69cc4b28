//! What the platform is told of every act of a step: through decisions and the tables to the outbox, in order, with stable
//! identities and nothing of anybody's name.

use chrono::{DateTime, TimeDelta, Utc};
use relance::advance::{self, Memory};
use serde_json::{Value, json};

use super::deploy::{Worker, database_of, deploy, edition, morning};
use super::store_support::{arrivals, creditor, debtor, event, invoice, payment};

const STEPS: &str = r"
  - { id: stop, phase: reminder, after_due: 3 days, block: deliveries }
  - { id: tell, phase: reminder, after_step: stop, wait: 1 day, publish: credit-check-wanted }
  - { id: free, phase: reminder, after_step: tell, wait: 1 day, unblock: deliveries }
  - { id: ring, phase: reminder, after_step: free, wait: 1 day, task: { kind: call, assign: collections, within: 1 day, on_timeout: continue } }
  - { id: give, phase: reminder, after_step: ring, wait: 5 days, approval: manager, handover: { to: bailiff, procedure: injonction-de-payer } }
";

/// Takes events in at this moment of business time.
async fn take(worker: &mut Worker, events: &[Value], now: DateTime<Utc>) {
    let book = worker.shelf.book();
    advance::intake(&mut worker.desk.writer, &Memory::default(), &book, &arrivals(events), now).await.unwrap();
}

/// What waits to be published: the type and the step or the block it is about.
async fn told(worker: &mut Worker) -> Vec<String> {
    let pending = worker.desk.writer.pending(100).await.unwrap();
    let mut ids: Vec<_> = pending.iter().map(|one| one.event.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), pending.len(), "each has an identity of its own");
    let line = |one: &relance::store::Pending| {
        let body: Value = serde_json::from_str(&one.event.body().unwrap()).unwrap();
        assert!(!body.to_string().contains("Dupont"), "{body}");
        let data = &body["data"];
        let about = ["block", "step", "reason"].map(|key| data[key].as_str().unwrap_or_default());
        format!("{} {}", one.event.kind, about.join(" ").trim()).trim().to_owned()
    };
    pending.iter().map(line).collect()
}

#[tokio::test]
async fn every_act_of_a_step_is_told_once_in_its_order() {
    let (database, _) = database_of("told").await;
    deploy(&mut database.writer(), 0, &edition(STEPS)).await;
    let mut worker = Worker::start(&database).await;
    worker.take(&[creditor(), debtor("d-1"), invoice("F-1", "e-1", 0, "d-1", "100.00")]).await;
    let mut now = morning();
    for _ in 0..14 {
        worker.wake_all(now).await;
        now += TimeDelta::days(1);
    }
    let hold = json!({ "hold": "h", "debtor": "d-1", "reason": "wait", "until": "2026-04-17" });
    take(&mut worker, &[event("h", "hold.placed", 60 * 24 * 14, hold)], now).await;
    for _ in 0..4 {
        worker.wake_all(now).await;
        now += TimeDelta::days(1);
    }
    let yes = json!({ "invoice": "F-1", "step": "give", "answer": "approved", "by": "ada@example.org" });
    take(&mut worker, &[event("a", "approval.answered", 60 * 24 * 20, yes)], now).await;
    for _ in 0..4 {
        worker.wake_all(now).await;
        now += TimeDelta::days(1);
    }
    insta::assert_snapshot!(told(&mut worker).await.join("\n"), @r"
    case.opened
    debtor.block_requested deliveries
    credit-check-wanted tell
    debtor.block_released deliveries
    task.created ring
    approval.requested give
    case.held manual
    case.resumed manual
    case.handed_over give
    ");
}

/// Nobody answers the last task, and nothing else is to be done.
#[tokio::test]
async fn the_end_of_a_case_is_told_once_with_its_task() {
    let (database, _) = database_of("told_exhausted").await;
    deploy(&mut database.writer(), 0, &edition("  - { id: stop, phase: reminder, after_due: 3 days, block: a }\n"))
        .await;
    let mut worker = Worker::start(&database).await;
    worker.take(&[creditor(), debtor("d-1"), invoice("F-1", "e-1", 0, "d-1", "100.00")]).await;
    for days in 0..40 {
        worker.wake_all(morning() + TimeDelta::days(days)).await;
    }
    let wanted = ["case.opened", "debtor.block_requested a", "case.exhausted", "task.created"];
    assert_eq!(told(&mut worker).await, wanted);
}

#[tokio::test]
async fn a_block_is_released_by_itself_when_the_claim_is_paid_and_the_case_is_told_settled() {
    let (database, _) = database_of("told_paid").await;
    deploy(&mut database.writer(), 0, &edition(STEPS)).await;
    let mut worker = Worker::start(&database).await;
    worker.take(&[creditor(), debtor("d-1"), invoice("F-1", "e-1", 0, "d-1", "100.00")]).await;
    worker.wake_all(morning()).await;
    take(&mut worker, &[payment("p-1", "p-1", 60 * 24, "d-1", "100.00")], morning() + TimeDelta::hours(1)).await;
    assert_eq!(
        told(&mut worker).await,
        [
            "case.opened",
            "debtor.block_requested deliveries",
            "case.settled payment",
            "debtor.block_released deliveries"
        ]
    );
}

#[tokio::test]
async fn limitation_is_told_once_for_each_claim_that_a_person_is_asked_about() {
    let (database, _) = database_of("told_limitation").await;
    deploy(&mut database.writer(), 0, &edition(STEPS)).await;
    let mut worker = Worker::start(&database).await;
    let old = |id: &str| {
        let mut event = invoice(id, id, 0, "d-1", "100.00");
        event["data"]["issued_on"] = json!("2019-02-01");
        event["data"]["due_on"] = json!("2019-03-03");
        event
    };
    worker.take(&[creditor(), debtor("d-1"), old("F-1"), old("F-2")]).await;
    worker.wake_all(morning()).await;
    worker.wake_all(morning() + TimeDelta::days(1)).await;
    let told = told(&mut worker).await;
    let count = |kind: &str| told.iter().filter(|line| line.starts_with(kind)).count();
    assert_eq!([count("limitation.near"), count("task.created"), count("case.held manual")], [2, 1, 2], "{told:?}");
}

/// The `data` of what was told of one type.
async fn data_of(worker: &mut Worker, kind: &str) -> Vec<Value> {
    let pending = worker.desk.writer.pending(100).await.unwrap();
    let of_kind = pending.iter().filter(|one| one.event.kind == kind);
    let data = |one: &relance::store::Pending| {
        let body: Value = serde_json::from_str(&one.event.body().unwrap()).unwrap();
        body["data"].clone()
    };
    of_kind.map(data).collect()
}

#[tokio::test]
async fn an_invoice_over_the_limit_is_told_with_what_is_owed_and_the_deposit_to_ask_for() {
    let (database, _) = database_of("told_credit").await;
    let warned = edition(
        "  - { id: first, phase: reminder, after_due: 3 days, email: reminder-1 }\ncredit_warning: { deposit_percent: 30 }\n",
    );
    deploy(&mut database.writer(), 0, &warned).await;
    let mut worker = Worker::start(&database).await;
    let mut limited = debtor("d-1");
    limited["data"]["credit_limit"] = json!({ "amount": "150.00", "currency": "EUR" });
    worker.take(&[creditor(), limited, invoice("F-1", "e-1", 0, "d-1", "100.00")]).await;
    let mut new = invoice("F-2", "e-2", 1, "d-1", "75.55");
    new["data"]["due_on"] = json!("2026-06-30");
    worker.take(&[new.clone()]).await;
    worker.take(&[new]).await;
    worker.wake_all(morning()).await;
    let told = data_of(&mut worker, "debtor.credit_warning").await;
    let amount = |text: &str| json!({ "amount": text, "currency": "EUR" });
    let expected = json!({
        "debtor": "d-1", "invoices": ["F-2"], "workflow": "w", "totals": [amount("175.55")],
        "limit": amount("150.00"), "deposit": amount("22.67"),
    });
    assert_eq!(told, [expected]);
}
