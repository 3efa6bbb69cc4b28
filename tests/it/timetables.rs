//! Which timetable of a schedule counts where processes have different ones, against real Postgres.

use std::time::Duration;

use chrono::TimeDelta;
use relance::clock;
use relance::config::Role;
use relance::store::{Claim, Occurrence};
use relance::worker::schedules::in_use;
use sqlx::Connection as _;

use crate::channels_support::Server;
use crate::database::fresh_url;
use crate::schedules::{key, library, monday, parts, run_until, schedules, two_creditors_at};
use crate::worker_support;

#[tokio::test]
async fn an_old_timetable_that_comes_back_silences_a_schedule_only_while_somebody_has_it() {
    let url = fresh_url("schedules_timetables").await;
    let database = two_creditors_at(&url).await;
    let mut writer = database.writer();
    let (old, new) = ("0 7 * * * Europe/Paris", "0 8 * * * Europe/Paris");
    let counts = async |writer: &mut relance::store::Writer| {
        let all = writer.schedules().await.unwrap();
        all.into_iter().find(|one| one.key == key("nightly")).unwrap().timetable
    };
    let earlier = monday() - TimeDelta::hours(1);
    writer.announce(&key("nightly"), new, None, earlier).await.unwrap();
    // A process with the old file starts while one with the new file runs.
    writer.announce(&key("nightly"), old, None, earlier).await.unwrap();
    assert_eq!(counts(&mut writer).await, new);

    // Nobody has the old one any more, however it came there.
    let mut server = sqlx::PgConnection::connect(&url).await.unwrap();
    sqlx::query("UPDATE schedules SET timetable = $1, seen_at = now() - interval '31 seconds'")
        .bind(old)
        .execute(&mut server)
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let relay = Server::smtp(&folder.path().join("mail")).await;
    let workers = vec![parts(&database, relay.port, monday() - TimeDelta::seconds(2))];
    let runs = run_until(&database, workers, 3).await;
    assert_eq!(runs["nightly"].iter().map(|run| run.at).collect::<Vec<_>>(), [monday()]);
    assert_eq!(counts(&mut writer).await, new);
}

/// A large creditor, or a slow relay: the process is there all the while.
#[tokio::test]
async fn a_timetable_is_kept_while_its_process_is_busy_with_a_mail_and_claims_nothing_once_another_counts() {
    let url = fresh_url("schedules_busy").await;
    let database = two_creditors_at(&url).await;
    let mut server = sqlx::PgConnection::connect(&url).await.unwrap();
    let mut other = sqlx::PgConnection::connect(&url).await.unwrap();
    // What the mail is put on record in is kept from it, so that the worker stands in the midst of its first run.
    sqlx::query("BEGIN").execute(&mut other).await.unwrap();
    sqlx::query("LOCK TABLE evidence IN SHARE MODE").execute(&mut other).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let relay = Server::smtp(&folder.path().join("mail")).await;
    let workers = vec![parts(&database, relay.port, monday() - TimeDelta::seconds(1))];
    let (mut aged, mut renewed) = (false, false);
    worker_support::run_until(workers, &[Role::Dispatch], async || {
        if !aged {
            let sql = "UPDATE schedules SET seen_at = now() - interval '31 seconds' WHERE schedule = 'nightly'
                AND EXISTS (SELECT FROM schedule_runs WHERE state = 'claimed')";
            aged = sqlx::query(sql).execute(&mut server).await.unwrap().rows_affected() == 1;
            return None;
        }
        let sql = "SELECT seen_at > now() - interval '31 seconds' FROM schedules WHERE schedule = 'nightly'";
        let kept: bool = sqlx::query_scalar(sql).fetch_one(&mut server).await.unwrap();
        if kept && !renewed {
            renewed = true;
            sqlx::query("COMMIT").execute(&mut other).await.unwrap();
        }
        let sql = "SELECT count(*) FROM schedule_runs WHERE state = 'accepted'";
        let sent: i64 = sqlx::query_scalar(sql).fetch_one(&mut server).await.unwrap();
        (sent == 3).then_some(())
    })
    .await;
    assert!(renewed, "nothing went before the timetable was kept");

    let mut writer = database.writer();
    let claim = Claim { token: clock::draw_token(), lease: Duration::from_secs(60) };
    let known = in_use(&library(), &schedules());
    let at = monday() + TimeDelta::days(1);
    let as_of = known[1].schedule.timetable.day_before(at);
    let by = |timetable: &str| Occurrence {
        key: key("nightly"),
        at,
        as_of,
        passed_over: None,
        timetable: Some(timetable.to_owned()),
    };
    assert_eq!(writer.claim_runs(&claim, &by("0 7 * * * Europe/Paris"), None, 1).await.unwrap(), []);
    assert_eq!(writer.claim_runs(&claim, &by("0 8 * * * Europe/Paris"), None, 1).await.unwrap().len(), 1);
}
