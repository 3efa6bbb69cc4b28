//! What a carrier answered is on record whether or not its account can be decided; and what cannot be decided sends
//! nothing.

use std::path::Path;
use std::sync::Arc;

use chrono::TimeDelta;
use relance::advance::{self, Change, Memory, wake};
use relance::channels::{ChannelSettings, Channels};
use relance::clock::Clock;
use relance::config::Role;
use relance::domain::{InvoiceId, NoticeState, StepOutcome};
use relance::store::{Bundle, Database};
use relance::worker::{Parts, Shelf};
use sqlx::Connection as _;

use super::deploy::{Worker, carried, database_of, deploy, edition, morning, step};
use super::store_support::{count, creditor, debtor, invoice, key};
use super::worker_support;

/// A worker at the next opening whose mails go to a folder.
async fn dispatcher(database: &Database, folder: &Path) -> Arc<Parts> {
    let settings = ChannelSettings { mail_folder: Some(folder.to_owned()), ..ChannelSettings::default() };
    let channels = Channels::open(settings, vec![]).unwrap();
    let clock = Clock::new(Some(morning()), Some(1.0)).unwrap();
    let shelf = Shelf::open(&mut database.writer(), carried).await.unwrap();
    worker_support::parts(database, clock, shelf, vec![], channels)
}

/// Two debtors with an ordered notice each.
async fn two_ordered(database: &Database) -> Worker {
    deploy(&mut database.writer(), 0, &edition(&step("one", 3, ""))).await;
    let mut worker = Worker::start(database).await;
    for (debtor_id, claim) in [("d-1", "F-1"), ("d-2", "F-2")] {
        worker.take(&[creditor(), debtor(debtor_id), invoice(claim, claim, 0, debtor_id, "100.00")]).await;
    }
    worker.wake_all(morning()).await;
    assert_eq!(worker.notices(NoticeState::Ordered).await, 1);
    worker
}

/// How many mails were written.
fn mails(folder: &Path) -> usize {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_str().unwrap().ends_with(".eml")).count()
}

async fn run(url: &str, statement: &'static str) {
    let mut server = sqlx::PgConnection::connect(url).await.unwrap();
    sqlx::query(statement).execute(&mut server).await.unwrap();
}

const BREAK: &str = "UPDATE cases SET body = '{' || body WHERE debtor = 'd-1'";
const MEND: &str = "UPDATE cases SET body = substr(body, 2) WHERE debtor = 'd-1'";
const ACCEPTED: &str = "SELECT count(*) FROM notices WHERE state = 'accepted'";
const TOLD: &str = "SELECT count(*) FROM outbox WHERE type = 'notice.sent' AND data::jsonb ->> 'notice' IS NOT NULL";
const DUE: &str = "SELECT count(*) FROM accounts WHERE wake_at = to_timestamp(0)";

/// Hands over what is ordered, and waits until both outcomes are written.
async fn hand_over(parts: Arc<Parts>, url: &str) {
    worker_support::run_until(vec![parts], &[Role::Dispatch], async || (count(url, ACCEPTED).await == 2).then_some(()))
        .await;
}

#[tokio::test]
async fn what_a_carrier_took_is_recorded_though_its_account_cannot_be_decided() {
    let (database, url) = database_of("outcome_sick").await;
    let mut worker = two_ordered(&database).await;
    let folder = tempfile::tempdir().unwrap();
    let parts = dispatcher(&database, folder.path()).await;
    run(&url, BREAK).await;
    hand_over(parts, &url).await;
    assert_eq!(mails(folder.path()), 2);
    assert_eq!(count(&url, "SELECT count(*) FROM attempts WHERE outcome = 'accepted'").await, 2);
    assert_eq!(count(&url, TOLD).await, 2);
    assert_eq!(count(&url, DUE).await, 1, "whoever can decide the account does so first");

    run(&url, MEND).await;
    worker.wake_all(morning()).await;
    let account = worker.desk.view("d-1").await;
    let journal = &account.cases[&InvoiceId::new("F-1")].journal;
    assert!(journal.iter().any(|line| line.outcome == StepOutcome::Done), "{journal:?}");
    assert_eq!(count(&url, TOLD).await, 2);
}

#[tokio::test]
async fn what_a_carrier_took_is_recorded_though_the_newest_revision_cannot_be_read() {
    let (database, url) = database_of("outcome_book").await;
    two_ordered(&database).await;
    let folder = tempfile::tempdir().unwrap();
    let parts = dispatcher(&database, folder.path()).await;
    let newer = edition(&step("one", 4, "")).bundle();
    let newer = Bundle { json: newer.json.replace("steps:", "invented: true\\nsteps:"), ..newer };
    let change = Change { after: 1, revisions: vec![newer], by: "ada".to_owned(), ..Change::default() };
    advance::deploy(&mut database.writer(), &change).await.unwrap();
    assert!(parts.shelf.renew(&mut database.writer()).await.is_err());
    hand_over(parts, &url).await;
    assert_eq!(mails(folder.path()), 2);
    assert_eq!((count(&url, TOLD).await, count(&url, DUE).await), (2, 2));
}

#[tokio::test]
async fn nothing_of_an_account_that_cannot_be_decided_is_claimed_while_it_sleeps() {
    let (database, url) = database_of("outcome_asleep").await;
    let mut worker = two_ordered(&database).await;
    run(&url, BREAK).await;
    run(&url, "UPDATE accounts SET wake_at = to_timestamp(0), waits_for = 'feed' WHERE debtor = 'd-1'").await;
    let book = worker.shelf.book();
    assert!(wake(&mut worker.desk.writer, &Memory::default(), &book, morning(), 10).await.is_err());
    assert_eq!(count(&url, DUE).await, 0, "it sleeps");
    assert_eq!(count(&url, "SELECT count(*) FROM accounts WHERE waits_for = 'feed'").await, 1);
    assert_eq!(worker.claim().await, 1, "of the other account only");

    // What somebody decided since is no more due, and is left alone.
    let (before, asleep) =
        ("SELECT extract(epoch FROM wake_at)::bigint FROM accounts WHERE debtor = 'd-1'", [key("d-1")]);
    let was = count(&url, before).await;
    let mut tx = worker.desk.writer.begin().await.unwrap();
    tx.put_to_sleep(&asleep, morning(), TimeDelta::hours(9)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(count(&url, before).await, was);

    run(&url, MEND).await;
    worker.wake_all(morning() + TimeDelta::minutes(16)).await;
    run(&url, "UPDATE notices SET not_before = now() WHERE not_before > now()").await;
    assert_eq!(worker.claim().await, 1);
}
