//! Any sequence of edits, deployments, moves, blocks, events, wake-ups, sendings and crashes against real Postgres:
//! no case gets a step twice, and none loses one.
//!
//! Each step carries a mark that stays with it whatever it is called; its template is the mark. What a carrier got is
//! written down by case, mark, occurrence and channel, and must never come again. The engine alone is put through the
//! same in `engine::tests::editing`; here the tables, the locks and the claims take part.

mod carrier;
mod model;
mod world;

use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence, TestRunner};
use sqlx::{Connection as _, Executor as _, PgConnection};

use model::{Channels, NAMES};
use world::World;

use super::database::{self, Migrated as _};
use relance::store::Database;

/// Sequences that are tried; each has a database of its own.
const CASES: u32 = 14;
/// How long a failing sequence is made shorter, at most.
const SHRINK_MILLIS: u32 = 60_000;
/// Where the seeds of failures are kept, to be tried first the next time.
const FAILURES: &str = "proptest-regressions/deploy_property.txt";
/// Acts of the longest sequence.
const ACTS_MAX: usize = 60;

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Act {
    /// A step gets another name, and says so.
    Rename(usize, usize),
    /// The steps forget what they were called.
    ForgetNames,
    /// A step moves to another place of the calendar.
    Swap(usize, usize),
    /// A step comes, perhaps under an old name; perhaps made up for.
    Add(usize, u32, bool),
    Remove(usize),
    /// Another day, other channels, another number of repetitions.
    Anchor(usize, u32),
    Channels(usize, Channels),
    Repeat(usize, u32),
    /// The edit is deployed; so many accounts are moved before the move is interrupted.
    Deploy(usize),
    /// All edits since one of the deployments are taken back, and that is deployed and everything moved.
    TakeBack(usize),
    Block(usize),
    Unblock,
    Pay(bool),
    /// The clock goes on to when something is due, or by so many hours.
    Wake,
    Hours(i64),
    Claim(usize),
    Send(Sent),
    /// What a dead worker left is taken over; a person looks up what is uncertain.
    Recover,
    Answer,
}

/// What comes of a sending.
#[derive(Clone, Copy, Debug)]
pub enum Sent {
    Accepted,
    /// It surely did not leave.
    Again,
    /// The worker died before the intent to send was on record, after it, or after the carrier had the notice.
    DiedBefore,
    DiedBetween,
    DiedAfter,
}

fn act() -> impl Strategy<Value = Act> {
    let which = || 0..NAMES.len();
    let channels = prop::sample::select(Channels::ALL.to_vec());
    let sent = prop_oneof![
        8 => Just(Sent::Accepted),
        1 => Just(Sent::Again),
        1 => Just(Sent::DiedBefore),
        1 => Just(Sent::DiedBetween),
        1 => Just(Sent::DiedAfter),
    ];
    prop_oneof![
        4 => (which(), which()).prop_map(|(step, name)| Act::Rename(step, name)),
        2 => Just(Act::ForgetNames),
        2 => (which(), which()).prop_map(|(one, other)| Act::Swap(one, other)),
        3 => (which(), 0..30_u32, any::<bool>()).prop_map(|(name, after, late)| Act::Add(name, after, late)),
        2 => which().prop_map(Act::Remove),
        2 => (which(), 0..30_u32).prop_map(|(step, after)| Act::Anchor(step, after)),
        2 => (which(), channels).prop_map(|(step, channels)| Act::Channels(step, channels)),
        1 => (which(), 1..4_u32).prop_map(|(step, times)| Act::Repeat(step, times)),
        8 => prop_oneof![1 => Just(0), 1 => Just(1), 4 => Just(usize::MAX)].prop_map(Act::Deploy),
        2 => (0..8_usize).prop_map(Act::TakeBack),
        1 => which().prop_map(Act::Block),
        2 => Just(Act::Unblock),
        1 => any::<bool>().prop_map(Act::Pay),
        14 => Just(Act::Wake),
        2 => (1..60_i64).prop_map(Act::Hours),
        10 => (1..3_usize).prop_map(Act::Claim),
        10 => sent.prop_map(Act::Send),
        2 => Just(Act::Recover),
        2 => Just(Act::Answer),
    ]
}

#[test]
fn no_case_gets_a_step_twice_or_loses_one_through_any_sequence_of_edits() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let empty = runtime.block_on(async {
        let url = database::fresh_url("deploy_property").await;
        Database::new(&url).unwrap().migrated().await;
        url
    });
    let config = Config {
        cases: CASES,
        max_shrink_time: SHRINK_MILLIS,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(FAILURES))),
        ..Config::default()
    };
    let sequences = prop::collection::vec(act(), 10..ACTS_MAX);
    let played = TestRunner::new(config).run(&sequences, |acts| {
        runtime.block_on(async {
            let mut world = World::start(&copy(&empty).await).await;
            for act in &acts {
                world.act(act).await;
            }
            world.finish().await;
        });
        Ok(())
    });
    played.unwrap_or_else(|why| panic!("{why}"));
}

/// A copy of the empty database, in place of the one of the sequence before. It need not outlive the machine.
async fn copy(empty: &str) -> String {
    let name = "relance_it_deploy_property_sequence";
    let mut server = PgConnection::connect(&super::services::database_url()).await.unwrap();
    for statement in [
        format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        format!("CREATE DATABASE {name} TEMPLATE relance_it_deploy_property"),
        format!("ALTER DATABASE {name} SET synchronous_commit = off"),
    ] {
        server.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(statement))).await.unwrap();
    }
    empty.replace("relance_it_deploy_property", name)
}
