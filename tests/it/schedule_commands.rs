//! `relance schedule list` and `run` as an operator types them, and the two days of the year on which a night has another
//! length, through workers whose clock is set to them.

use std::process::{Command, Output};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use relance::channels::{ChannelSettings, Channels};
use relance::clock::Clock;
use relance::config::Role;
use relance::domain::CreditorId;
use relance::store::{Database, InService, RunView, ScheduleKey};
use relance::worker::{LawEdition, Library, Parts, Shelf};
use relance::workflow::read_schedules;
use serde_json::{Value, json};

use super::database::{Migrated as _, fresh_url};
use super::store_support::{Desk, count, creditor, debtor, invoice};
use super::worker_support;

const FILE: &str = r#"
schedules:
  - { id: weekly, cron: "0 8 * * mon", timezone: Europe/Paris, send: digest, to: creditor }
  - id: nightly
    cron: "30 2 * * *"
    timezone: Europe/Paris
    send: provision
    creditor: acme
    to: [finance@acme.example, audit@acme.example]
    language: en
    event: true
    matrix: { not_due: 0, up_to_30: 5, up_to_60: 10, up_to_90: 25, over_90: 50, disputed: 30, insolvent: 100 }
  - { id: paused, cron: "0 8 * * *", timezone: Europe/Paris, send: digest, to: creditor, enabled: false }
"#;

/// A creditor with a claim.
async fn book(test: &str) -> (Database, String) {
    let url = fresh_url(test).await;
    let database = Database::new(&url).unwrap().migrated().await;
    Desk::new(&database).take(&[creditor(), debtor("D-1"), invoice("F-1", "f-1", 0, "D-1", "1200.00")]).await;
    (database, url)
}

/// An operator's machine: a folder with `relance.yaml` and a folder that mails are written to.
struct Operator {
    folder: tempfile::TempDir,
    url: String,
}

impl Operator {
    fn new(url: String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("relance.yaml"), FILE).unwrap();
        std::fs::create_dir(folder.path().join("workflows")).unwrap();
        Self { folder, url }
    }

    /// Exit code, standard output, standard error.
    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_relance"))
            .current_dir(self.folder.path())
            .args(["schedule"])
            .args(arguments)
            .env("DATABASE_URL", &self.url)
            .env("RELANCE_WORKFLOWS", self.folder.path().join("workflows"))
            .env("RELANCE_MAIL_FOLDER", self.folder.path().join("mail"))
            .env("RELANCE_CLOCK_START", "2026-10-24T10:00:00Z")
            .env("RELANCE_LOG", "error")
            .output()
            .unwrap();
        (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
    }

    fn mails(&self) -> usize {
        let Ok(entries) = std::fs::read_dir(self.folder.path().join("mail")) else { return 0 };
        entries.filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|end| end == "eml")).count()
    }
}

#[tokio::test]
async fn list_tells_each_schedule_in_words_with_what_comes_and_what_came() {
    let (_database, url) = book("schedule_list").await;
    let operator = Operator::new(url);
    let (code, said, complaints) = operator.run(&["list"]);
    assert_eq!(code, 0, "{complaints}");
    insta::assert_snapshot!(said, @r"
    weekly  digest  every Monday at 08:00, Europe/Paris
      about each creditor, to the creditor's own address
      next 2026-10-26T08:00:00+01:00
      next 2026-11-02T08:00:00+01:00
      next 2026-11-09T08:00:00+01:00
      next 2026-11-16T08:00:00+01:00
      next 2026-11-23T08:00:00+01:00
    nightly  provision  every day at 02:30, Europe/Paris
      about acme, to finance@acme.example, audit@acme.example, and as the event provision.stated
      next 2026-10-25T02:30:00+02:00
      next 2026-10-26T02:30:00+01:00
      next 2026-10-27T02:30:00+01:00
      next 2026-10-28T02:30:00+01:00
      next 2026-10-29T02:30:00+01:00
    paused  digest  every day at 08:00, Europe/Paris
      about each creditor, to the creditor's own address
      switched off
    ");
    let (code, said, complaints) = operator.run(&["run", "nightly", "--as-of", "2026-10-23"]);
    assert_eq!((code, said.as_str()), (0, ""), "{complaints}");
    assert!(complaints.contains("sent"), "{complaints}");
    let (_, said, _) = operator.run(&["list", "--format", "json"]);
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.iter().map(|line| &line["schedule"]).collect::<Vec<_>>(), ["weekly", "nightly", "paused"]);
    assert_eq!(lines[1]["runs"][0]["state"], "accepted");
    assert_eq!(lines[1]["runs"][0]["creditor"], "acme");
    // The night of the change has its half past two, once; the next one, too.
    assert_eq!(lines[1]["next"][0], "2026-10-25T02:30:00+02:00");
    assert_eq!(lines[1]["next"][1], "2026-10-26T02:30:00+01:00");
    assert_eq!(lines[2]["next"], json!([]));
}

#[tokio::test]
async fn run_prints_or_sends_one_mail_and_refuses_what_it_cannot_do() {
    let (database, url) = book("schedule_run").await;
    let operator = Operator::new(url.clone());
    let (code, said, complaints) = operator.run(&["run", "nightly", "--as-of", "2026-04-05", "--print"]);
    assert_eq!(code, 0, "{complaints}");
    assert!(
        said.starts_with("From: ar@acme.example\nTo: finance@acme.example, audit@acme.example\nSubject: "),
        "{said}"
    );
    assert!(said.contains("2026-04-05,D-1,F-1,F-1,2026-03-03,33,up_to_60,EUR,1200.00,10,120.00"), "{said}");
    assert!(said.contains("==== event provision.stated\n{\"schedule\":\"nightly\",\"as_of\":\"2026-04-05\""), "{said}");
    assert!(complaints.contains("nothing was sent"), "{complaints}");
    assert_eq!((operator.mails(), count(&url, "SELECT count(*) FROM schedule_runs").await), (0, 0));

    let (code, _, complaints) = operator.run(&["run", "nightly", "--as-of", "2026-04-05"]);
    assert_eq!((code, operator.mails()), (0, 1), "{complaints}");
    let told = "SELECT count(*) FROM outbox WHERE type = 'provision.stated'";
    assert_eq!(count(&url, told).await, 1);
    // Said a second time it is a second mail: somebody asked for it.
    assert_eq!((operator.run(&["run", "weekly"]).0, operator.mails()), (0, 2));
    assert_eq!(count(&url, told).await, 1, "the digest asks for no event");

    let refused = [
        (vec!["run", "yearly"], "no schedule `yearly`; there are weekly, nightly, paused"),
        (vec!["run", "nightly", "--creditor", "beta"], "is about creditor acme and nobody else"),
        (vec!["run", "weekly", "--creditor", "nobody"], "the creditor is not known"),
        (vec!["run", "weekly", "--as-of", "yesterday"], "invalid value 'yesterday'"),
    ];
    for (arguments, why) in refused {
        let (code, said, complaints) = operator.run(&arguments);
        assert!(code != 0 && said.is_empty() && complaints.contains(why), "{arguments:?}: {code} {complaints}");
    }
    let mut beta = creditor();
    beta["creditor"] = json!("beta");
    beta["data"]["id"] = json!("beta");
    Desk::new(&database).take(&[beta]).await;
    let (code, _, complaints) = operator.run(&["run", "weekly"]);
    assert_eq!(code, 2);
    assert!(complaints.contains("there are 2 creditors; name one with --creditor"), "{complaints}");
    assert_eq!(operator.mails(), 2);
}

fn key() -> ScheduleKey {
    ScheduleKey { scope: String::new(), id: "nightly".to_owned() }
}

/// A worker whose clock starts at `start`; two hours pass in a second.
fn worker(database: &Database, folder: &std::path::Path, start: DateTime<Utc>) -> Arc<Parts> {
    let settings = ChannelSettings { mail_folder: Some(folder.to_owned()), ..ChannelSettings::default() };
    let channels = Channels::open(settings, vec![]).unwrap();
    let shelf = Shelf::holding(Library::new(LawEdition::default(), InService::default(), []));
    let schedules = read_schedules("relance.yaml", FILE).unwrap();
    worker_support::parts(database, Clock::new(Some(start), Some(7_200.0)).unwrap(), shelf, schedules, channels)
}

/// The nightly runs that two workers made from an evening on, until `wanted` have ended.
async fn nights(test: &str, evening: &str, wanted: usize) -> Vec<(DateTime<Utc>, String)> {
    let (database, url) = book(test).await;
    let folder = tempfile::tempdir().unwrap();
    let start: DateTime<Utc> = evening.parse().unwrap();
    let workers = vec![worker(&database, folder.path(), start), worker(&database, folder.path(), start)];
    let reader = database.reader();
    let mut runs: Vec<RunView> = worker_support::run_until(workers, &[Role::Dispatch], async || {
        let runs = reader.runs(&key(), 20).await.unwrap();
        (runs.iter().filter(|run| run.state == "accepted").count() >= wanted).then_some(runs)
    })
    .await;
    runs.reverse();
    assert!(runs.iter().all(|run| run.passed_over == 0 && run.creditor == CreditorId::from("acme")), "{runs:?}");
    let events = "SELECT count(DISTINCT id) FROM outbox WHERE type = 'provision.stated'";
    assert_eq!(count(&url, events).await, i64::try_from(runs.len()).unwrap(), "one event a run");
    runs.into_iter().map(|run| (run.at, run.state)).collect()
}

#[tokio::test]
async fn a_night_without_half_past_two_and_one_with_two_of_them_have_one_run_each() {
    let (spring, autumn) = tokio::join!(
        nights("schedule_spring", "2026-03-28T22:00:00Z", 2),
        nights("schedule_autumn", "2026-10-24T22:00:00Z", 2)
    );
    let at = |text: &str| (text.parse::<DateTime<Utc>>().unwrap(), "accepted".to_owned());
    // The clock goes from two to three in the morning: the first minute after the gap, three o'clock.
    assert_eq!(spring, [at("2026-03-29T03:00:00+02:00"), at("2026-03-30T02:30:00+02:00")]);
    // Half past two comes at 00:30 and at 01:30 UTC: the first of them.
    assert_eq!(autumn, [at("2026-10-25T02:30:00+02:00"), at("2026-10-26T02:30:00+01:00")]);
}
