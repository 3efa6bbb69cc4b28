//! `relance deploy` as processes that die or meet: killed in the middle of a move, and two at the same moment,
//! workers that start for the first time among them.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use relance::advance::claim_notices;
use relance::domain::Channel;
use relance::store::Claim;
use sqlx::{Connection as _, PgConnection};

use super::deploy::{Worker, database_of, deploy, edition, morning, step};
use super::deploy_running::{Operator, due};
use super::store_support::{count, creditor, debtor};

/// One case each; more than a program moves in four transactions.
const ACCOUNTS: usize = 240;
/// The accounts at which a move is killed: before the first was moved, in the middle, at the last.
const KILLED_AT: [usize; 4] = [0, 60, 130, ACCOUNTS - 1];
/// How long anything may take that is waited for.
const WAIT_SECONDS_MAX: u64 = 120;

fn id(number: usize) -> String {
    format!("d-{number:03}")
}

/// Starts the program and leaves it running.
fn start(operator: &Operator, by: &str, arguments: &[&str]) -> Child {
    let mut command = operator.command(arguments);
    // No provider of that name is defined here, and a worker says so and ends.
    command.env_remove("RELANCE_LETTER_PROVIDER").env("USER", by);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until `sessions` other sessions of this database are of the kind that `which` describes.
async fn await_sessions(looks: &mut PgConnection, which: &'static str, sessions: i64) {
    let deadline = Instant::now() + Duration::from_secs(WAIT_SECONDS_MAX);
    loop {
        let found: i64 = sqlx::query_scalar(which).fetch_one(&mut *looks).await.unwrap();
        if found == sessions {
            return;
        }
        assert!(Instant::now() < deadline, "{found} sessions after {WAIT_SECONDS_MAX} s: {which}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

const WAITING: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'";
/// In a transaction that holds a lock of any kind.
const LOCKING: &str = "SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL";

/// A third of the first notices is sent, a third ordered, a third lies ahead.
async fn book(worker: &mut Worker, url: &str) {
    let mut events = vec![creditor()];
    events.extend((0..ACCOUNTS).map(|number| debtor(&id(number))));
    events.extend((0..ACCOUNTS).map(|number| {
        let due_on = if number % 3 == 0 { "2026-03-31" } else { "2026-03-03" };
        due(&format!("F-{number:03}"), &id(number), "100.00", due_on)
    }));
    worker.take(&events).await;
    worker.wake_all(morning()).await;
    send(worker, url, morning(), ACCOUNTS / 3).await;
    worker.wake_all(morning()).await;
}

/// A worker claims up to `limit` notices, and a carrier takes them.
async fn send(worker: &mut Worker, url: &str, now: DateTime<Utc>, limit: usize) {
    let claim = Claim { token: uuid::Uuid::from_u128(1), lease: Duration::from_secs(60) };
    claim_notices(&mut worker.desk.writer, &claim, now, Channel::Email, None, limit).await.unwrap();
    let mut carrier = PgConnection::connect(url).await.unwrap();
    let accept = "WITH sent AS (
            UPDATE notices SET state = 'accepted', accepted_at = $1, claim_token = NULL, leased_until = NULL
            WHERE state = 'claimed' RETURNING creditor, debtor)
        UPDATE accounts SET seq = seq + 1, wake_at = $1 FROM sent
        WHERE accounts.creditor = sent.creditor AND accounts.debtor = sent.debtor";
    sqlx::query(accept).bind(now).execute(&mut carrier).await.unwrap();
}

#[tokio::test]
async fn a_move_that_is_killed_at_any_point_is_finished_by_doing_it_again_and_nothing_happens_twice() {
    let (database, url) = database_of("deploy_killed").await;
    deploy(&mut database.writer(), 0, &edition(&step("first", 10, ""))).await;
    let mut worker = Worker::start(&database).await;
    book(&mut worker, &url).await;
    let mut looks = PgConnection::connect(&url).await.unwrap();
    let log = "CREATE TABLE moves (invoice text NOT NULL);
        CREATE FUNCTION log_move() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO moves VALUES (NEW.invoice); RETURN NEW; END $$;
        CREATE TRIGGER moved AFTER UPDATE ON cases FOR EACH ROW WHEN (OLD.revision IS DISTINCT FROM NEW.revision)
            EXECUTE FUNCTION log_move()";
    sqlx::raw_sql(log).execute(&mut looks).await.unwrap();
    let operator = Operator::new(&url);
    operator.edit(&(step("one", 10, ", formerly: [first]") + &step("two", 40, "")));

    let mut busy = PgConnection::connect(&url).await.unwrap();
    for account in KILLED_AT {
        // Somebody works on this account: the move cannot pass it.
        let mut held = busy.begin().await.unwrap();
        let lock = "SELECT FROM accounts WHERE debtor = $1 FOR UPDATE";
        sqlx::query(lock).bind(id(account)).execute(&mut *held).await.unwrap();
        let mut child = start(&operator, "ada", &["deploy", "--move"]);
        await_sessions(&mut looks, WAITING, 1).await;
        child.kill().unwrap();
        child.wait().unwrap();
        held.rollback().await.unwrap();
        await_sessions(&mut looks, LOCKING, 0).await;
        assert_eq!(count(&url, "SELECT count(*) FROM deployments").await, 2);
        let moved = usize::try_from(count(&url, "SELECT count(*) FROM moves").await).unwrap();
        assert!(moved <= account && moved + 50 > account, "{moved} moved when it was killed at {account}");
    }
    let left = ACCOUNTS - usize::try_from(count(&url, "SELECT count(*) FROM moves").await).unwrap();
    let (code, said, complaints) = operator.run(&["deploy", "--move"]);
    assert_eq!(code, 0, "{complaints}");
    assert!(said.contains(&format!("w: {left} running cases moved\n")), "{said}");
    assert!(operator.run(&["deploy", "--move"]).1.contains("w: no running case to move"));
    let once = "SELECT count(*) FROM (SELECT invoice FROM moves GROUP BY invoice HAVING count(*) = 1) AS once";
    assert_eq!(count(&url, once).await, ACCOUNTS as i64, "each case moved once");

    for days in 0..50 {
        let now = morning() + TimeDelta::days(days);
        worker.wake_all(now).await;
        send(&mut worker, &url, now, ACCOUNTS).await;
    }
    assert_eq!(count(&url, "SELECT count(*) FROM notices WHERE state = 'accepted'").await, 2 * ACCOUNTS as i64);
    let twice = "SELECT count(*) FROM (SELECT debtor FROM notices WHERE state = 'accepted'
        GROUP BY debtor HAVING count(*) <> 2) AS other";
    assert_eq!(count(&url, twice).await, 0, "each step was sent once, whatever it was called");
}

#[tokio::test]
async fn of_two_processes_that_deploy_at_once_one_wins_and_the_other_is_told_who_did() {
    let (database, url) = database_of("deploy_two_processes").await;
    deploy(&mut database.writer(), 0, &edition(&step("one", 40, ""))).await;
    let operators = [Operator::new(&url), Operator::new(&url)];
    operators[0].edit(&step("one", 41, ""));
    operators[1].edit(&step("one", 42, ""));

    // Both have read what serves, and wait until a decision under way ends.
    let (mut decides, mut looks) =
        (PgConnection::connect(&url).await.unwrap(), PgConnection::connect(&url).await.unwrap());
    let mut held = decides.begin().await.unwrap();
    let lock = "SELECT pg_advisory_xact_lock_shared(hashtext('relance_library'))";
    sqlx::query(lock).execute(&mut *held).await.unwrap();
    let children = [start(&operators[0], "ada", &["deploy"]), start(&operators[1], "bob", &["deploy"])];
    await_sessions(&mut looks, WAITING, 2).await;
    held.rollback().await.unwrap();

    let ended = children.map(|child| child.wait_with_output().unwrap());
    let codes = ended.each_ref().map(|one| one.status.code().unwrap());
    let (won, lost) = if codes[0] == 0 { (0, 1) } else { (1, 0) };
    assert_eq!((codes[won], codes[lost]), (0, 1), "{ended:?}");
    let complaints = String::from_utf8(ended[lost].stderr.clone()).unwrap();
    let who = ["ada", "bob"][won];
    assert!(complaints.contains("nothing was deployed: this was planned against deployment 1"), "{complaints}");
    assert!(complaints.contains(&format!("{who} deployed w at ")), "{complaints}");
    assert_eq!(count(&url, "SELECT count(*) FROM deployments").await, 2, "the loser left nothing behind");
    assert_eq!(count(&url, "SELECT count(*) FROM revisions").await, 2);
    // It plans again, and then its turn comes.
    assert_eq!(operators[lost].run(&["deploy"]).0, 0);
    assert_eq!(count(&url, "SELECT count(*) FROM deployments").await, 3);
}

/// Reads what a worker logs until it runs, and ends it.
async fn log_of_start(mut worker: Child) -> String {
    let reading = tokio::task::spawn_blocking(move || {
        let mut lines = BufReader::new(worker.stderr.take().unwrap()).lines();
        let mut log = String::new();
        while !log.contains("the worker runs") {
            log += &lines.next().unwrap_or_else(|| panic!("it ended: {log}")).unwrap();
            log += "\n";
        }
        worker.kill().unwrap();
        worker.wait().unwrap();
        log
    });
    tokio::time::timeout(Duration::from_secs(WAIT_SECONDS_MAX), reading).await.expect("it starts").unwrap()
}

#[tokio::test]
async fn of_two_workers_whose_first_start_meets_one_says_how_its_folder_differs() {
    let (_database, url) = database_of("deploy_first_starts").await;
    let operators = [Operator::new(&url), Operator::new(&url)];
    operators[0].edit(&step("one", 41, ""));
    operators[1].edit(&step("one", 42, ""));

    // Both found nothing deployed, and wait to deploy what is in their folder.
    let (mut decides, mut looks) =
        (PgConnection::connect(&url).await.unwrap(), PgConnection::connect(&url).await.unwrap());
    let mut held = decides.begin().await.unwrap();
    let lock = "SELECT pg_advisory_xact_lock_shared(hashtext('relance_library'))";
    sqlx::query(lock).execute(&mut *held).await.unwrap();
    let workers = operators.each_ref().map(|operator| start(operator, "ada", &["worker", "--roles", "wake"]));
    await_sessions(&mut looks, WAITING, 2).await;
    held.rollback().await.unwrap();

    let [one, other] = workers.map(log_of_start);
    let (one, other) = tokio::join!(one, other);
    let serves = "the workflows of the folder serve from now on";
    let (won, lost) = if one.contains(serves) { (one, other) } else { (other, one) };
    assert!(won.contains(serves) && !won.contains("differs"), "{won}");
    assert!(lost.contains("the workflows folder differs from what serves (w changed)"), "{lost}");
    assert!(!lost.contains(serves), "{lost}");
    assert_eq!(count(&url, "SELECT count(*) FROM deployments").await, 1);
}
