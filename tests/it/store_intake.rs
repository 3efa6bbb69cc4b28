//! Events into facts: once, in any order, the newest stands, what is bad stands aside.

use relance::advance::Intake;
use relance::domain::{CaseState, DisputeOutcome, InvoiceId};
use relance::store::Database;
use serde_json::json;

use super::database::{self, Migrated as _};
use super::store_support::{Desk, arrival, count, creditor, debtor, event, invoice, noon, payment};

fn applied(applied: usize) -> Intake {
    Intake { applied, ..Intake::default() }
}

async fn desk(test: &str) -> (Desk, String) {
    let url = database::fresh_url(test).await;
    let database = Database::new(&url).unwrap().migrated().await;
    (Desk::new(&database), url)
}

#[tokio::test]
async fn an_event_counts_once_however_often_it_comes() {
    let (mut desk, url) = desk("once").await;
    let events = [invoice("F-1", "e-1", 0, "d-1", "100.00"), payment("P-1", "e-2", 1, "d-1", "40.00")];
    assert_eq!(desk.take(&[&events[..], &events[..]].concat()).await, Intake { repeated: 2, ..applied(2) });
    assert_eq!(desk.take(&events).await, Intake { repeated: 2, ..Intake::default() });
    assert_eq!(count(&url, "SELECT count(*) FROM facts").await, 2);
    assert_eq!(count(&url, "SELECT count(*) FROM inbox").await, 2);
    assert_eq!(count(&url, "SELECT seq FROM accounts").await, 1);
}

#[tokio::test]
async fn another_content_under_a_known_identity_goes_aside_and_the_first_stays() {
    let (mut desk, url) = desk("contradicted").await;
    let first = invoice("F-1", "e-1", 0, "d-1", "100.00");
    let second = invoice("F-1", "e-1", 0, "d-1", "999.00");
    assert_eq!(desk.take(std::slice::from_ref(&first)).await, applied(1));
    assert_eq!(desk.take(std::slice::from_ref(&second)).await, Intake { refused: 1, ..Intake::default() });
    let third = invoice("F-1", "e-1", 0, "d-1", "111.00");
    assert_eq!(desk.take(&[second, third, first]).await, Intake { repeated: 1, refused: 2, ..Intake::default() });
    let account = desk.view("d-1").await;
    assert_eq!(account.facts.invoices.values().next().unwrap().fact.total.to_string(), "100");
    assert_eq!(count(&url, "SELECT count(*) FROM quarantine WHERE field = 'id' AND creditor = 'acme'").await, 3);
}

#[tokio::test]
async fn the_newest_state_stands_in_whatever_order_versions_come() {
    let (mut desk, _) = desk("newest").await;
    let versions = [
        invoice("F-1", "e-1", 0, "d-1", "100.00"),
        invoice("F-1", "e-3", 2, "d-1", "300.00"),
        invoice("F-1", "e-2", 1, "d-1", "200.00"),
    ];
    for version in &versions {
        desk.take(std::slice::from_ref(version)).await;
    }
    let one_by_one = desk.view("d-1").await.facts;
    assert_eq!(one_by_one.invoices.values().next().unwrap().fact.total.to_string(), "300");

    let (mut desk, _) = super::store_intake::desk("newest_together").await;
    desk.take(&versions).await;
    assert_eq!(desk.view("d-1").await.facts, one_by_one);
}

#[tokio::test]
async fn of_a_batch_only_the_event_at_fault_is_put_aside() {
    let (mut desk, url) = desk("part").await;
    let again = payment("P-2", "e-1", 1, "d-1", "10.00");
    let message = json!([payment("P-1", "e-1", 1, "d-1", "10.00"), again]).to_string();
    let batch = arrival(message.into_bytes());
    let done = relance::advance::intake(&mut desk.writer, &desk.memory, &desk.book, &batch, noon()).await.unwrap();
    assert_eq!(done, Intake { refused: 1, ..applied(1) });
    let part = i64::try_from(again.to_string().len()).unwrap();
    assert_eq!(count(&url, "SELECT octet_length(bytes)::bigint FROM quarantine").await, part);
}

#[tokio::test]
async fn what_is_remembered_is_what_the_tables_say() {
    let (mut first, url) = desk("remembered").await;
    let database = Database::new(&url).unwrap();
    let mut second = Desk::new(&database);
    first.take(&[creditor(), debtor("d-1"), invoice("F-1", "e-1", 0, "d-1", "100.00")]).await;
    second.take(&[payment("P-1", "e-2", 1, "d-1", "10.00")]).await;
    // The first worker remembers the account without this payment; its row says that it moved on.
    first.take(&[payment("P-2", "e-3", 2, "d-1", "20.00")]).await;
    second.take(&[event("e-4", "payments.synced", 3, json!({"through": "2026-03-31T09:00:00Z"}))]).await;
    first.take(&[payment("P-3", "e-5", 4, "d-1", "30.00")]).await;
    let account = first.view("d-1").await;
    assert_eq!(account.facts.payments.len(), 3);
    assert!(account.facts.creditor.is_some() && account.facts.feed.is_some() && account.facts.debtor.is_some());
    assert_eq!(account, second.view("d-1").await);
}

#[tokio::test]
async fn one_bad_event_does_not_hold_up_the_others() {
    let (mut desk, url) = desk("bad").await;
    let mut batch = super::store_support::arrivals(&[invoice("F-1", "e-1", 0, "d-1", "100.00")]);
    batch.extend(arrival(b"{\"specversion\": \"1.0\", \"id\": ".to_vec()));
    batch.extend(super::store_support::arrivals(&[event("e-2", "payment.upserted", 0, json!({"payment": "P"}))]));
    batch.extend(super::store_support::arrivals(&[payment("P-1", "e-3", 1, "d-1", "10.00")]));
    // Postgres keeps no NUL in a text. Reading refuses it; should one ever get through, the batch survives it.
    let mut poisoned = super::store_support::arrivals(&[payment("P-2", "e-4", 1, "d-1", "10.00")]);
    let Ok(event) = &mut poisoned[0].reading else { panic!("the sample is sound") };
    event.data.push('\0');
    batch.extend(poisoned);
    batch.extend(super::store_support::arrivals(&[payment("P-3", "e-5", 1, "d-1", "10.00")]));
    let done = relance::advance::intake(&mut desk.writer, &desk.memory, &desk.book, &batch, noon()).await.unwrap();
    assert_eq!(done, Intake { refused: 3, ..applied(3) });
    assert_eq!(desk.view("d-1").await.facts.payments.len(), 2);
    assert_eq!(count(&url, "SELECT count(*) FROM quarantine WHERE octet_length(bytes) > 20").await, 3);
    assert_eq!(count(&url, "SELECT count(*) FROM quarantine WHERE field LIKE 'data.%'").await, 1);
}

#[tokio::test]
async fn an_invoice_stays_with_its_debtor_and_a_payment_may_move() {
    let (mut desk, url) = desk("moved").await;
    desk.take(&[invoice("F-1", "e-1", 0, "d-1", "100.00"), payment("P-1", "e-2", 0, "d-1", "40.00")]).await;
    let moves = [invoice("F-1", "e-3", 1, "d-2", "100.00"), payment("P-1", "e-4", 1, "d-2", "40.00")];
    assert_eq!(desk.take(&moves).await, Intake { refused: 1, ..applied(1) });
    let (from, to) = (desk.view("d-1").await.facts, desk.view("d-2").await.facts);
    assert_eq!((from.invoices.len(), from.payments.len()), (1, 0));
    assert_eq!((to.invoices.len(), to.payments.len()), (0, 1));
    assert_eq!(count(&url, "SELECT count(*) FROM quarantine WHERE field = 'data.debtor'").await, 1);
    // Sent again it is refused again: it was never taken in.
    assert_eq!(desk.take(&moves[..1]).await, Intake { refused: 1, ..applied(0) });
    // An older version that names the first debtor changes nothing any more.
    desk.take(&[payment("P-1", "e-0", -5, "d-1", "40.00")]).await;
    assert_eq!(desk.view("d-1").await.facts.payments.len(), 0);
}

#[tokio::test]
async fn a_payment_that_moves_away_is_missing_at_once_where_it_was() {
    let (mut desk, _) = desk("moved_away").await;
    desk.take(&[invoice("F-1", "e-1", 0, "d-1", "100.00")]).await;
    desk.take(&[payment("P-1", "e-2", 0, "d-1", "100.00")]).await;
    let state = async |desk: &mut Desk| desk.view("d-1").await.cases[&InvoiceId::new("F-1")].state;
    assert_eq!(state(&mut desk).await, CaseState::Settled);
    // The account it leaves has an event of its own in the batch, and is remembered.
    desk.take(&[payment("P-1", "e-3", 1, "d-2", "100.00"), payment("P-2", "e-4", 1, "d-1", "1.00")]).await;
    assert_eq!(state(&mut desk).await, CaseState::Waiting);
}

#[tokio::test]
async fn facts_that_name_no_debtor_wait_for_what_knows_it() {
    let (mut desk, url) = desk("parked").await;
    let resolved = event("e-1", "dispute.resolved", 5, json!({"dispute": "D-1", "outcome": "rejected"}));
    let answered = event(
        "e-2",
        "approval.answered",
        5,
        json!({"invoice": "F-1", "step": "legal", "answer": "approved", "by": "kim"}),
    );
    assert_eq!(desk.take(&[resolved, answered]).await, applied(2));
    assert_eq!(count(&url, "SELECT count(*) FROM facts WHERE debtor IS NULL").await, 2);
    let opened = event("e-3", "dispute.opened", 1, json!({"dispute": "D-1", "debtor": "d-1", "invoice": "F-1"}));
    desk.take(&[opened]).await;
    desk.take(&[invoice("F-1", "e-4", 0, "d-1", "100.00")]).await;
    assert_eq!(count(&url, "SELECT count(*) FROM facts WHERE debtor IS NULL").await, 0);
    let facts = desk.view("d-1").await.facts;
    assert!(facts.disputes["D-1"].closed.is_some());
    assert_eq!(facts.approvals.len(), 1);

    // A newer version that leaves its debtor out still counts, where an older one named it.
    let cancelled = |id: &str, minute, data| event(id, "dispute.resolved", minute, data);
    desk.take(&[cancelled("e-8", 1, json!({"dispute": "D-2", "debtor": "d-2", "outcome": "rejected"}))]).await;
    desk.take(&[cancelled("e-9", 2, json!({"dispute": "D-2", "outcome": "accepted"}))]).await;
    let closed = desk.view("d-2").await.facts.disputes["D-2"].closed.clone().unwrap();
    assert_eq!(closed.fact.outcome, DisputeOutcome::Accepted);

    // Together with what they wait for, and after it, they find it at once.
    let withdrawn = event("e-6", "promise.withdrawn", 5, json!({"promise": "R-1"}));
    let made = event(
        "e-5",
        "promise.made",
        1,
        json!({"promise": "R-1", "debtor": "d-1", "amount": "10.00", "pay_by": "2026-04-10"}),
    );
    desk.take(&[withdrawn, made]).await;
    let late = event(
        "e-7",
        "approval.answered",
        6,
        json!({"invoice": "F-1", "step": "legal", "answer": "rejected", "by": "kim"}),
    );
    desk.take(&[late]).await;
    let facts = desk.view("d-1").await.facts;
    assert!(facts.promises["R-1"].closed.is_some() && facts.promises["R-1"].opened.is_some());
    assert_eq!(facts.approvals.len(), 2);
}

#[tokio::test]
async fn two_workers_on_the_same_accounts_lose_nothing_and_never_wait_in_a_circle() {
    let (mut first, url) = desk("circle").await;
    let mut second = Desk::new(&Database::new(&url).unwrap());
    let batch = |from: usize, step: isize| -> Vec<serde_json::Value> {
        (0..60)
            .map(|place: isize| {
                let number = place * step;
                let debtor = format!("d-{}", number.rem_euclid(17));
                payment(&format!("P-{from}-{number}"), &format!("e-{from}-{number}"), 0, &debtor, "1.00")
            })
            .collect()
    };
    for round in 0..8 {
        let (forward, backward) = (batch(round * 2, 1), batch(round * 2 + 1, -1));
        tokio::join!(first.take(&forward), second.take(&backward));
    }
    assert_eq!(count(&url, "SELECT count(*) FROM facts").await, 8 * 2 * 60);
    let mut payments = 0;
    for debtor in 0..17 {
        payments += first.view(&format!("d-{debtor}")).await.facts.payments.len();
    }
    assert_eq!(payments, 8 * 2 * 60);
}
