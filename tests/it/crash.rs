//! Crashes: the real worker is killed while events come in and notices leave, and nothing is lost or doubled.
//!
//! The worker is a child process; all that is checked is seen from outside: the tables, the queue, the provider and
//! the folder of emails. `RELANCE_CRASH_EVENTS` gives another number of events than the usual 20,000.

mod load;
mod process;
mod provider;
mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use load::Load;
use process::{Sign, World};
use sqlx::{Connection as _, PgConnection};
use state::{assert_same, state};

/// Messages of the test of crashes, where nothing else is set.
const EVENTS: usize = 20_000;
/// Messages of the smaller tests.
const FEW_EVENTS: usize = 4_000;
/// The first part is taken in before the day's opening.
const NIGHT: &str = "2026-03-03T02:00:00Z";
/// Its notices leave while the second part is taken in.
const DAY: &str = "2026-03-03T09:00:00Z";
/// The notices of the second part leave.
const NEXT_DAY: &str = "2026-03-04T09:00:00Z";

fn events() -> usize {
    match std::env::var("RELANCE_CRASH_EVENTS") {
        Ok(count) => count.parse().expect("RELANCE_CRASH_EVENTS is a number"),
        Err(_) => EVENTS,
    }
}

/// Takes everything in and sends what follows, undisturbed. How many notices the provider had after the first
/// day, and emails there were.
async fn run_undisturbed(world: &mut World, load: &Load) -> (i64, i64) {
    world.set_clock(NIGHT);
    world.publish(&load.early).await;
    world.start();
    world.await_rest(load.early_identities).await;
    assert!(world.stop().await.0.success());
    world.set_clock(DAY);
    world.start();
    world.publish(&load.late).await;
    world.await_rest(load.identities).await;
    assert!(world.stop().await.0.success());
    let first_day = (world.provider.accepted(), world.mails());
    world.set_clock(NEXT_DAY);
    world.start();
    world.await_rest(load.identities).await;
    assert!(world.stop().await.0.success());
    first_day
}

/// The same with ten kills, at moments taken from what an undisturbed run came to.
async fn run_with_ten_kills(world: &mut World, load: &Load, (accepted, mails): (i64, i64), all_accepted: i64) {
    let (early, late) = (load.early_identities, load.identities - load.early_identities);
    world.set_clock(NIGHT);
    world.start();
    world.publish(&load.early).await;
    world.kill_at(Sign::Applied(early / 20)).await;
    world.kill_at(Sign::Connected).await;
    world.kill_at(Sign::Applied(early * 2 / 5)).await;
    world.kill_at(Sign::Applied(early * 4 / 5)).await;
    world.await_rest(early).await;
    assert!(world.stop().await.0.success());
    world.set_clock(DAY);
    world.start();
    world.publish(&load.late).await;
    world.kill_at(Sign::Sending(1)).await;
    world.kill_at(Sign::Applied(early + late / 3)).await;
    world.kill_at(Sign::Accepted(accepted / 3)).await;
    world.kill_at(Sign::Mails(mails * 2 / 3)).await;
    world.await_rest(load.identities).await;
    assert!(world.stop().await.0.success());
    world.set_clock(NEXT_DAY);
    world.start();
    world.kill_at(Sign::Claimed(1)).await;
    world.kill_at(Sign::Accepted(accepted + (all_accepted - accepted) / 2)).await;
    world.await_rest(load.identities).await;
    assert!(world.stop().await.0.success());
    assert_eq!(world.kills, 10);
}

/// Nothing waits, nothing was refused, and what is known is what was published.
async fn assert_all_applied_once(world: &mut World, load: &Load) {
    assert_eq!(world.count_waiting().await, 0, "the queue is empty");
    assert_eq!(world.count("SELECT count(*) FROM quarantine").await, 0);
    assert_eq!(world.count("SELECT count(*) FROM inbox").await, load.identities);
    assert_eq!(world.count("SELECT count(DISTINCT identity) FROM inbox").await, load.identities);
    let mut connection = PgConnection::connect(&world.url).await.unwrap();
    // A version is told apart by id and source.
    let facts = "SELECT creditor, kind, id, split_part(event_id, chr(31), 1) FROM facts";
    let rows: Vec<(String, String, String, String)> = sqlx::query_as(facts).fetch_all(&mut connection).await.unwrap();
    let known: BTreeMap<_, _> =
        rows.into_iter().map(|(creditor, kind, id, event)| ((creditor, kind, id), event)).collect();
    connection.close().await.unwrap();
    for (fact, event) in &load.facts {
        assert_eq!(known.get(fact), Some(event), "{fact:?} is what its newest event said");
    }
    assert_eq!(known.len(), load.facts.len(), "nothing is known that nobody said");
    assert_eq!(world.count("SELECT count(*) FROM facts WHERE debtor IS NULL").await, 0);
}

/// Every notice was accepted, once, with one content, and no notice is there that nobody accepted.
async fn assert_all_sent_once(world: &mut World) {
    assert_eq!(world.count("SELECT count(*) FROM notices WHERE state IN ('claimed', 'sending', 'uncertain')").await, 0);
    assert_eq!(world.count("SELECT count(*) FROM notices WHERE leased_until IS NOT NULL").await, 0);
    let kept = world.provider.kept();
    let mut connection = PgConnection::connect(&world.url).await.unwrap();
    let accepted: Vec<String> =
        sqlx::query_scalar("SELECT id::text FROM notices WHERE state = 'accepted' AND channel <> 'email'")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    connection.close().await.unwrap();
    assert_eq!(accepted.into_iter().collect::<BTreeSet<_>>(), kept.keys().cloned().collect::<BTreeSet<_>>());
    let mut recipients = BTreeSet::new();
    for (key, kept) in &kept {
        assert_eq!(kept.body["notice"], key.as_str());
        assert_eq!(kept.different, 0, "{key} was handed over with two contents");
        let recipient = (kept.body["channel"].to_string(), kept.body["to"].to_string(), kept.body["date"].to_string());
        assert!(recipients.insert(recipient), "{key}: a second notice for one recipient on one day");
    }
    let mails = world.count("SELECT count(*) FROM notices WHERE state = 'accepted' AND channel = 'email'").await;
    assert_eq!(world.mails(), mails, "one file for each email");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_kills_lose_nothing_and_send_nothing_twice() {
    let load = Load::of(events());
    assert_eq!(load.messages(), events());
    let mut undisturbed = World::make("undisturbed").await;
    let first_day = run_undisturbed(&mut undisturbed, &load).await;
    assert_all_applied_once(&mut undisturbed, &load).await;
    assert_all_sent_once(&mut undisturbed).await;
    let expected = state(&undisturbed.url).await;

    let mut disturbed = World::make("disturbed").await;
    run_with_ten_kills(&mut disturbed, &load, first_day, undisturbed.provider.accepted()).await;
    assert_all_applied_once(&mut disturbed, &load).await;
    assert_all_sent_once(&mut disturbed).await;
    assert_same(&state(&disturbed.url).await, &expected);
    let again: usize = disturbed.provider.kept().values().map(|kept| kept.handed - 1).sum();
    assert!(again > 0, "no kill met a notice on its way to the provider");
    disturbed.remove().await;
    undisturbed.remove().await;
}

#[tokio::test]
async fn postgres_may_end_every_session_while_events_come_in() {
    let load = Load::of(FEW_EVENTS);
    let mut world = World::make("sessions").await;
    world.set_clock(NIGHT);
    world.start();
    world.publish(&load.early).await;
    world.publish(&load.late).await;
    for round in 1..=4 {
        world.await_sign(Sign::Applied(load.identities * round / 6)).await;
        let ended = world
            .count(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
            )
            .await;
        assert!(ended > 0, "the worker had sessions to lose");
    }
    world.await_rest(load.identities).await;
    assert!(world.stop().await.0.success());
    assert_all_applied_once(&mut world, &load).await;
    world.remove().await;
}

#[tokio::test]
async fn a_worker_that_is_asked_to_stop_under_load_leaves_nothing_to_repeat() {
    // Enough that a quiet machine has not taken all of it before the stop is seen.
    let load = Load::of(4 * FEW_EVENTS);
    let mut world = World::make("stop").await;
    world.set_clock(NIGHT);
    // Without the repetitions of the load itself, every repetition is one of RabbitMQ.
    let mut seen = BTreeSet::new();
    let all = load.early.iter().chain(&load.late);
    let once: Vec<_> = all.filter(|message| seen.insert(message.body.clone())).cloned().collect();
    world.start();
    world.publish(&once).await;
    world.await_sign(Sign::Applied(load.identities / 16)).await;
    let (ended, after) = world.stop().await;
    assert!(ended.success(), "{ended}");
    assert!(after < Duration::from_secs(25), "it took {after:?}");
    let applied = world.count("SELECT count(*) FROM inbox").await;
    assert!(applied < load.identities, "it was asked under load");
    let waiting = world.await_waiting(load.identities - applied).await;
    assert_eq!(applied + waiting, load.identities, "what is committed is out of the queue, the rest is in it");
    world.start();
    world.await_rest(load.identities).await;
    assert!(world.stop().await.0.success());
    assert_all_applied_once(&mut world, &load).await;
    world.remove().await;
}
