//! Periodic mails against real Postgres and a real SMTP server: one mail however many workers, however they end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use relance::channels::{ChannelSettings, Channels};
use relance::clock::{self, Clock};
use relance::config::Role;
use relance::domain::CreditorId;
use relance::store::{Claim, Database, Document, InService, Occurrence, RunEnd, RunView, ScheduleKey};
use relance::worker::schedules::{Means, carry, in_use};
use relance::worker::{LawEdition, Library, Parts, Shelf, statement};
use relance::workflow::{Schedule, read_schedules};
use serde_json::json;

use crate::channels_support::Server;
use crate::database::{Migrated as _, fresh_url};
use crate::store_support::{Desk, creditor, debtor, event, invoice, payment};
use crate::worker_support::{self, delivered};

const SCHEDULES: &str = r#"
schedules:
  - { id: weekly, cron: "0 8 * * mon", timezone: Europe/Paris, send: digest, to: creditor, event: true }
  - id: nightly
    cron: "0 8 * * *"
    timezone: Europe/Paris
    send: provision
    creditor: acme
    to: [finance@acme.example, audit@acme.example]
    language: en
    event: true
    matrix: { not_due: 0, up_to_30: 5, up_to_60: 12.5, up_to_90: 25, over_90: 50, disputed: 30, insolvent: 100 }
  - { id: paused, cron: "0 8 * * *", timezone: Europe/Paris, send: digest, to: creditor, enabled: false }
"#;

/// A Monday, 08:00 in Paris.
pub fn monday() -> DateTime<Utc> {
    "2026-04-06T06:00:00Z".parse().unwrap()
}

pub fn schedules() -> Vec<Schedule> {
    read_schedules("relance.yaml", SCHEDULES).unwrap()
}

pub fn key(id: &str) -> ScheduleKey {
    ScheduleKey { scope: String::new(), id: id.to_owned() }
}

/// Two creditors, each with a debtor that owes an odd amount.
async fn two_creditors(test: &str) -> Database {
    two_creditors_at(&fresh_url(test).await).await
}

pub async fn two_creditors_at(url: &str) -> Database {
    let database = Database::new(url).unwrap().migrated().await;
    let mut desk = Desk::new(&database);
    let mut of_beta = vec![creditor(), debtor("D-2"), invoice("G-1", "g-1", 0, "D-2", "777.77")];
    of_beta[0]["data"]["email_from"] = json!("ar@beta.example");
    of_beta[0]["data"]["id"] = json!("beta");
    of_beta[0]["data"]["name"] = json!("Beta");
    for event in &mut of_beta {
        event["creditor"] = json!("beta");
    }
    let of_acme = [
        creditor(),
        debtor("D-1"),
        invoice("F-1", "f-1", 0, "D-1", "1200.00"),
        payment("P-1", "p-1", 1, "D-1", "200.00"),
        event(
            "x-1",
            "dispute.opened",
            2,
            json!({"dispute": "X", "debtor": "D-1", "invoice": "F-1", "amount": "100.00"}),
        ),
    ];
    desk.take(&of_acme).await;
    desk.take(&of_beta).await;
    database
}

fn channels(port: u16) -> Channels {
    let smtp_url = Some(format!("smtp://127.0.0.1:{port}").into());
    Channels::open(ChannelSettings { smtp_url, ..ChannelSettings::default() }, vec![]).unwrap()
}

pub fn library() -> Library {
    Library::new(LawEdition::default(), InService::default(), [])
}

/// A worker of its own whose clock shows `start` now.
pub fn parts(database: &Database, port: u16, start: DateTime<Utc>) -> Arc<Parts> {
    let clock = Clock::new(Some(start), Some(1.0)).unwrap();
    let shelf = Shelf::holding(library());
    worker_support::parts(database, clock, shelf, schedules(), channels(port))
}

/// Runs `workers` until `wanted` runs have ended; gives the runs of each schedule.
pub async fn run_until(
    database: &Database,
    workers: Vec<Arc<Parts>>,
    wanted: usize,
) -> BTreeMap<&'static str, Vec<RunView>> {
    let reader = database.reader();
    worker_support::run_until(workers, &[Role::Dispatch], async || {
        let mut runs = BTreeMap::new();
        for id in ["weekly", "nightly", "paused"] {
            runs.insert(id, reader.runs(&key(id), 20).await.unwrap());
        }
        let ended = runs.values().flatten().filter(|run| !["waiting", "claimed", "sending"].contains(&&run.state[..]));
        (ended.count() >= wanted).then_some(runs)
    })
    .await
}

/// The statements that wait to be published: their `data` by creditor and type.
async fn events(database: &Database) -> BTreeMap<String, String> {
    let pending = database.writer().pending(100).await.unwrap().into_iter().map(|one| one.event);
    let told = pending.filter(|event| event.kind.ends_with(".stated"));
    let told: Vec<_> = told.map(|event| (format!("{} {}", event.creditor, event.kind), event.data)).collect();
    let number = told.len();
    let told = BTreeMap::from_iter(told);
    assert_eq!(told.len(), number, "each once");
    told
}

#[tokio::test]
async fn two_workers_send_each_mail_once_and_to_its_own_creditor() {
    let database = two_creditors("schedules_two").await;
    let folder = tempfile::tempdir().unwrap();
    let server = Server::smtp(&folder.path().join("mail")).await;
    let start = monday() - TimeDelta::seconds(2);
    let workers = vec![parts(&database, server.port, start), parts(&database, server.port, start)];
    let runs = run_until(&database, workers, 3).await;
    let states =
        |id: &str| runs[id].iter().map(|run| (run.creditor.as_str(), run.state.as_str(), run.at)).collect::<Vec<_>>();
    assert_eq!(states("weekly"), [("acme", "accepted", monday()), ("beta", "accepted", monday())]);
    assert_eq!(states("nightly"), [("acme", "accepted", monday())]);
    assert!(runs["paused"].is_empty());

    let mails = delivered(&folder.path().join("mail"));
    assert_eq!(mails.len(), 3, "{mails:#?}");
    let to = |address: &str| {
        let found: Vec<&String> =
            mails.iter().filter(|mail| mail.contains(&format!("X-RcptTo: {address}\n"))).collect();
        assert_eq!(found.len(), 1, "{address}: {mails:#?}");
        found[0].clone()
    };
    let (acme, beta) = (to("ar@acme.example"), to("ar@beta.example"));
    let provision = to("finance@acme.example, audit@acme.example");
    assert!(beta.contains("777") && !beta.contains("F-1"), "{beta}");
    assert!(!acme.contains("777") && !provision.contains("777") && !provision.contains("G-1"));
    let told = events(&database).await;
    assert_eq!(told.keys().collect::<Vec<_>>(), ["acme digest.stated", "acme provision.stated", "beta digest.stated"]);
    insta::assert_snapshot!(told["acme provision.stated"], @r#"{"schedule":"nightly","as_of":"2026-04-05","currencies":[{"currency":"EUR","owed":"1000.00","provision":"142.50","classes":[{"class":"up_to_60","parts":1,"percent":"12.5","owed":"900.00","provision":"112.50"},{"class":"disputed","parts":1,"percent":"30","owed":"100.00","provision":"30.00"}]}]}"#);
    let digest: serde_json::Value = serde_json::from_str(&told["beta digest.stated"]).unwrap();
    assert_eq!((&digest["schedule"], &digest["as_of"]), (&json!("weekly"), &json!("2026-04-05")));
    assert_eq!(digest["currencies"][0]["classes"], json!([{"class": "up_to_60", "parts": 1, "owed": "777.77"}]));
    assert_eq!(digest["held"], json!([{"reason": "no_workflow", "cases": 1}]));
    assert!(told.values().all(|data| !data.contains("Dupont")), "names stay where they are: {told:?}");
    assert!(provision.contains("text/csv") && provision.contains("provision-2026-04-05.csv"), "{provision}");
}

#[tokio::test]
async fn figures_are_those_of_the_day() {
    let database = two_creditors("schedules_figures").await;
    let mut writer = database.writer();
    let known = in_use(&library(), &schedules());
    let acme = CreditorId::from("acme");
    let make = async |writer: &mut relance::store::Writer, as_of: &str| {
        let order = statement::Order {
            schedule: &known[1].schedule,
            workflow: None,
            creditor: &acme,
            as_of: as_of.parse::<NaiveDate>().unwrap(),
            now: monday(),
            held: None,
        };
        statement::make(writer, &library(), order).await.unwrap()
    };
    let csv = |made: &statement::Statement| String::from_utf8(made.attachments[0].bytes.clone()).unwrap();
    // 33 days after the due date: 900 undisputed at 12.5 percent, 100 disputed at 30.
    let made = make(&mut writer, "2026-04-05").await;
    assert_eq!(
        csv(&made).lines().skip(1).collect::<Vec<_>>(),
        [
            "2026-04-05,D-1,F-1,F-1,2026-03-03,33,up_to_60,EUR,900.00,12.5,112.50",
            "2026-04-05,D-1,F-1,F-1,2026-03-03,33,disputed,EUR,100.00,30,30.00",
        ]
    );
    assert!(made.mail.text.contains("€142.50 of €1,000.00"), "{}", made.mail.text);
    // Before the money came and the dispute was opened; made twice, it is the same.
    let earlier = make(&mut writer, "2026-03-19").await;
    assert_eq!(csv(&earlier).lines().nth(1), Some("2026-03-19,D-1,F-1,F-1,2026-03-03,16,up_to_30,EUR,1200.00,5,60.00"));
    assert_eq!(csv(&earlier), csv(&make(&mut writer, "2026-03-19").await));
}

#[tokio::test]
async fn a_crash_before_sending_is_made_up_for_and_one_while_sending_is_not() {
    let database = two_creditors("schedules_crash").await;
    let folder = tempfile::tempdir().unwrap();
    let maildir = folder.path().join("mail");
    let server = Server::smtp(&maildir).await;
    let (channels, library) = (channels(server.port), library());
    let known = in_use(&library, &schedules());
    let keys: Vec<ScheduleKey> = known.iter().map(|one| one.key.clone()).collect();
    let means = Means { library: &library, channels: &channels, now: monday(), lease: Duration::from_secs(120) };
    let mut writer = database.writer();
    let claim = |seconds| Claim { token: clock::draw_token(), lease: Duration::from_secs(seconds) };
    let as_of = known[1].schedule.timetable.day_before(monday());
    let occurrence = |at| Occurrence { key: key("nightly"), at, as_of, passed_over: None, timetable: None };
    let acme = CreditorId::from("acme");

    // Claimed, and the worker is gone: its lease has run out.
    let lost = claim(0);
    let run = writer.claim_runs(&lost, &occurrence(monday()), Some(&acme), 1).await.unwrap().remove(0);
    assert!(writer.claim_runs(&claim(60), &occurrence(monday()), Some(&acme), 1).await.unwrap().is_empty());
    let heir = claim(60);
    let taken = writer.take_run(&heir, &keys).await.unwrap().unwrap();
    assert_eq!((taken.id, taken.attempts, &taken.stranded), (run.id, 2, &None));
    assert!(writer.take_run(&claim(60), &keys).await.unwrap().is_none(), "nobody else has it meanwhile");
    assert_eq!(carry(means, &mut writer, &heir, Some(&known[1]), &taken).await.unwrap().0, RunEnd::Accepted);
    let mails = delivered(&maildir);
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains(&format!("Message-ID: <{}@acme.example>", run.id)), "{}", mails[0]);
    // Whoever was thought dead comes back: it may send nothing and record nothing.
    let message = Document { name: "message".into(), media_type: "message/rfc822".into(), bytes: b"late".to_vec() };
    assert!(!writer.intend_run(&lost, &run, &message, None, means.lease).await.unwrap());
    assert!(!writer.record_run(&lost, &run, &RunEnd::Accepted, None).await.unwrap());

    // The intent is on record, and the worker is gone: nobody knows whether the mail left.
    let tuesday = monday() + TimeDelta::days(1);
    let cut = claim(60);
    let run = writer.claim_runs(&cut, &occurrence(tuesday), Some(&acme), 1).await.unwrap().remove(0);
    assert!(writer.intend_run(&cut, &run, &message, None, Duration::ZERO).await.unwrap());
    let heir = claim(60);
    let taken = writer.take_run(&heir, &keys).await.unwrap().unwrap();
    assert_eq!(taken.stranded.as_deref(), Some(&b"late"[..]));
    let (end, _) = carry(means, &mut writer, &heir, Some(&known[1]), &taken).await.unwrap();
    assert_eq!(end, RunEnd::Uncertain);
    assert_eq!(delivered(&maildir).len(), 1, "it was not sent a second time");
    let shown = database.reader().runs(&key("nightly"), 5).await.unwrap();
    assert_eq!(shown.iter().map(|run| run.state.as_str()).collect::<Vec<_>>(), ["uncertain", "accepted"]);
}

#[tokio::test]
async fn after_an_outage_the_latest_runs_and_the_others_are_counted() {
    let database = two_creditors("schedules_outage").await;
    let folder = tempfile::tempdir().unwrap();
    let server = Server::smtp(&folder.path().join("mail")).await;
    // Workers ran until four days ago.
    let known = in_use(&library(), &schedules());
    let mut writer = database.writer();
    for one in &known {
        let timetable = &one.schedule.timetable;
        let written =
            if one.schedule.enabled { format!("{} {}", timetable.written(), timetable.zone()) } else { "off".into() };
        writer.announce(&one.key, &written, None, monday() - TimeDelta::days(4) - TimeDelta::hours(1)).await.unwrap();
    }
    let workers = vec![parts(&database, server.port, monday() + TimeDelta::hours(1))];
    let runs = run_until(&database, workers, 3).await;
    let [nightly] = &runs["nightly"][..] else { panic!("{runs:?}") };
    assert_eq!((nightly.at, nightly.passed_over, nightly.state.as_str()), (monday(), 4, "accepted"));
    assert_eq!(runs["weekly"].iter().map(|run| (run.at, run.passed_over)).collect::<Vec<_>>(), [(monday(), 0); 2]);
    assert_eq!(delivered(&folder.path().join("mail")).len(), 3);

    // An edit begins anew, from now on.
    let before = Some("0 8 * * * Europe/Paris");
    writer.announce(&key("nightly"), "0 7 * * * Europe/Paris", before, monday() + TimeDelta::hours(2)).await.unwrap();
    let progress = writer.schedules().await.unwrap().into_iter().find(|one| one.key == key("nightly")).unwrap();
    assert_eq!(
        (progress.timetable.as_str(), progress.through),
        ("0 7 * * * Europe/Paris", monday() + TimeDelta::hours(2))
    );
}

#[tokio::test]
async fn a_mail_that_waits_never_goes_to_the_addresses_of_another_creditor() {
    let database = two_creditors("schedules_another").await;
    let folder = tempfile::tempdir().unwrap();
    let maildir = folder.path().join("mail");
    let server = Server::smtp(&maildir).await;
    let (channels, library) = (channels(server.port), library());
    let means = Means { library: &library, channels: &channels, now: monday(), lease: Duration::from_secs(120) };
    let mut writer = database.writer();
    let claim = Claim { token: clock::draw_token(), lease: Duration::from_secs(60) };
    let as_of = in_use(&library, &schedules())[1].schedule.timetable.day_before(monday());
    let occurrence = Occurrence { key: key("nightly"), at: monday(), as_of, passed_over: None, timetable: None };
    let run = writer.claim_runs(&claim, &occurrence, Some(&CreditorId::from("acme")), 1).await.unwrap().remove(0);

    // Meanwhile the schedule of that name was given to another creditor.
    let edited = SCHEDULES.replace("creditor: acme", "creditor: beta").replace("@acme.example", "@beta.example");
    let edited = in_use(&library, &read_schedules("relance.yaml", &edited).unwrap());
    let (end, why) = carry(means, &mut writer, &claim, Some(&edited[1]), &run).await.unwrap();
    assert_eq!(end, RunEnd::Rejected);
    assert!(why.unwrap().contains("not for this creditor"));
    assert!(delivered(&maildir).is_empty(), "the figures of one creditor went to another");
}

#[tokio::test]
async fn the_claim_of_a_run_holds_while_its_mail_is_made_and_a_lost_one_makes_none() {
    let database = two_creditors("schedules_held").await;
    let mut writer = database.writer();
    let (library, acme) = (library(), CreditorId::from("acme"));
    let known = in_use(&library, &schedules());
    let as_of = known[1].schedule.timetable.day_before(monday());
    let occurrence = Occurrence { key: key("nightly"), at: monday(), as_of, passed_over: None, timetable: None };
    let claim = Claim { token: clock::draw_token(), lease: Duration::from_secs(60) };
    let run = writer.claim_runs(&claim, &occurrence, Some(&acme), 1).await.unwrap().remove(0);
    let real = Clock::new(None, None).unwrap();
    let longer = Claim { lease: Duration::from_secs(7_200), ..claim };
    for one in [&known[0], &known[1]] {
        let (schedule, held) = (&one.schedule, Some((&longer, &run)));
        let order = statement::Order { schedule, workflow: None, creditor: &acme, as_of, now: monday(), held };
        statement::make(&mut writer, &library, order).await.unwrap();
        let until = writer.next_run().await.unwrap().unwrap();
        assert!(until > real.now() + TimeDelta::hours(1), "{until}");
        writer.hold_run(&claim, &run).await.unwrap();

        let held = Some((&Claim { token: clock::draw_token(), ..claim }, &run));
        let order = statement::Order { held, ..order };
        let lost = statement::make(&mut writer, &library, order).await.unwrap_err();
        assert!(matches!(lost, statement::StatementError::Lost), "{lost}");
    }
}

#[tokio::test]
async fn a_mail_that_may_have_left_is_not_made_again_though_its_carrier_stands_still() {
    let database = two_creditors("schedules_still").await;
    let mut writer = database.writer();
    let library = library();
    let known = in_use(&library, &schedules());
    let as_of = known[1].schedule.timetable.day_before(monday());
    let occurrence = Occurrence { key: key("nightly"), at: monday(), as_of, passed_over: None, timetable: None };
    let claim = Claim { token: clock::draw_token(), lease: Duration::from_secs(60) };
    let run = writer.claim_runs(&claim, &occurrence, Some(&CreditorId::from("acme")), 1).await.unwrap().remove(0);
    let message = Document { name: "message".into(), media_type: "message/rfc822".into(), bytes: b"late".to_vec() };
    assert!(writer.intend_run(&claim, &run, &message, None, Duration::ZERO).await.unwrap());
    let taken = writer.take_run(&claim, &[key("nightly")]).await.unwrap().unwrap();
    // Whoever takes over has no relay.
    let nothing = Channels::open(ChannelSettings::default(), vec![]).unwrap();
    let means = Means { library: &library, channels: &nothing, now: monday(), lease: Duration::from_secs(120) };
    let (end, _) = carry(means, &mut writer, &claim, Some(&known[1]), &taken).await.unwrap();
    assert_eq!(end, RunEnd::Uncertain);
}
