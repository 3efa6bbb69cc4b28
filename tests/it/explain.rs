//! `relance explain` as an operator types it: one book of situations, told from a file of events and from Postgres.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use chrono::{DateTime, Utc};
use relance::advance::{self, claim_notices};
use relance::domain::Channel;
use relance::store::Claim;
use serde_json::{Value, json};
use sqlx::Connection as _;

use super::deploy::{Worker, database_of, morning};
use super::store_support::{arrivals, creditor, debtor, event, noon};

/// What everybody has in these stories: a workflow file with its own steps.
fn workflow(name: &str, priority: u32, applies_to: &str, contact: &str, steps: &str) -> String {
    format!(
        "relance: 1\nworkflow: {name}\ntitle: Test\napplies_to: {applies_to}\npriority: {priority}\n\
         timezone: Europe/Paris\njurisdiction: fr\n\
         contact: {{ hours: {{ mon-fri: \"09:00-18:00\" }}{contact} }}\nsteps:\n{steps}\
         on_exhausted: {{ task: {{ kind: decide, within: 5 days, on_timeout: remind }} }}\n"
    )
}

/// One workflow for each thing that a step can wait for.
fn workflows(folder: &Path) {
    let first = "  - { id: first, phase: reminder, after_due: 28 days, email: reminder-1, \
                 if_unreachable: { letter: reminder-letter } }\n";
    let asked = "  - { id: first, phase: reminder, after_due: 28 days, email: reminder-1, approval: manager }\n";
    let formal = "  - { id: formal-notice, phase: formal_notice, after_due: 28 days, \
                  letter: { template: formal-notice, service: registered_receipt }, \
                  deadline: 15 days after first_presented }\n  \
                  - { id: court, phase: legal, after_deadline_of: formal-notice, approval: manager, \
                  handover: { to: bailiff } }\n";
    let accepted = "accept:\n  - { code: formal-notice-without-reminder, reason: \"reminded by telephone\" }\n";
    let second = "  - { id: second, phase: reminder, after_due: 40 days, email: reminder-2 }\n";
    let files = [
        workflow("plain", 0, "debtor.kind == \"business\"", "", &[first, second].concat()),
        workflow("asks", 5, "tag(\"asks\") and balance > 50", "", asked),
        workflow("formal", 5, "tag(\"formal\")", "", formal) + accepted,
        workflow("calm", 5, "tag(\"calm\")", ", days_between: 10", first),
        workflow("stopped", 5, "tag(\"stopped\")", "", first),
    ];
    for (name, text) in ["plain", "asks", "formal", "calm", "stopped"].into_iter().zip(files) {
        fs::write(folder.join(format!("{name}.yaml")), text).unwrap();
    }
}

/// An event of another creditor than acme.
fn of(creditor: &str, mut event: Value) -> Value {
    event["creditor"] = json!(creditor);
    event["id"] = json!(format!("{creditor}-{}", event["id"].as_str().unwrap()));
    event
}

/// The debtor and the invoice of a situation: 100.00 EUR, due on 3 March.
fn party(name: &str, kind: &str, tags: &[&str]) -> Vec<Value> {
    let mut debtor = debtor(&format!("d-{name}"));
    debtor["data"]["kind"] = json!(kind);
    debtor["data"]["tags"] = json!(tags);
    debtor["data"]["address"] = json!({"lines": ["2 rue B"], "postal_code": "69001", "city": "Lyon", "country": "FR"});
    vec![debtor, claim(name)]
}

fn claim(name: &str) -> Value {
    let data = json!({
        "invoice": format!("F-{name}"), "number": format!("F-{name}"), "debtor": format!("d-{name}"),
        "currency": "EUR", "total": "100.00", "issued_on": "2026-02-01", "due_on": "2026-03-03",
    });
    event(&format!("invoice-{name}"), "invoice.upserted", -40, data)
}

/// A fact about the situation's debtor.
fn fact(name: &str, kind: &str, mut data: Value) -> Value {
    data["debtor"] = json!(format!("d-{name}"));
    event(&format!("{kind}-{name}"), kind, -30, data)
}

/// Everything that is known at noon of 31 March.
fn known() -> Vec<Value> {
    let mut events = vec![creditor(), of("sleepy", creditor())];
    events[1]["data"]["id"] = json!("sleepy");
    for name in ["promise", "plan", "insolvency", "whole", "part", "uncertain", "rejected", "bounced", "paid", "leaves"]
    {
        events.extend(party(name, "business", &[]));
    }
    events.extend(party("consumer", "consumer", &[]));
    for name in ["asks", "formal", "calm", "stopped"] {
        events.extend(party(name, "business", &[name]));
    }
    events.push(claim("stranger"));
    events.extend(party("ghost", "business", &[]).into_iter().map(|event| of("ghost", event)));
    events.extend(party("sleepy", "business", &[]).into_iter().map(|event| of("sleepy", event)));
    events.push(of("sleepy", event("synced", "payments.synced", -30, json!({"through": "2026-03-25T16:00:00Z"}))));
    let about = |name: &str| json!([format!("F-{name}")]);
    let instalments = json!([{"due_on": "2026-04-10", "amount": "50"}, {"due_on": "2026-05-10", "amount": "50"}]);
    let money = json!({"currency": "EUR", "received_on": "2026-03-20", "status": "received"});
    let paid = |name: &str, amount: &str, named: Value| {
        let mut data = money.clone();
        data["payment"] = json!(format!("P-{name}"));
        data["amount"] = json!(amount);
        data["allocations"] = named;
        fact(name, "payment.upserted", data)
    };
    events.extend([
        fact(
            "promise",
            "promise.made",
            json!({"promise": "PR-1", "invoices": about("promise"), "amount": "100", "pay_by": "2026-04-20"}),
        ),
        fact("plan", "plan.agreed", json!({"plan": "PL-1", "invoices": about("plan"), "instalments": instalments})),
        fact(
            "insolvency",
            "debtor.insolvency_opened",
            json!({"procedure": "redressement", "judgment_date": "2026-03-10", "published_on": "2026-03-20"}),
        ),
        fact("whole", "dispute.opened", json!({"dispute": "D-1", "invoice": "F-whole"})),
        fact("part", "dispute.opened", json!({"dispute": "D-2", "invoice": "F-part", "amount": "30.00"})),
        paid("part", "10.00", json!([])),
        paid("paid", "100.00", json!([{"invoice": "F-paid", "amount": "100.00"}])),
        fact(
            "calm",
            "contact.recorded",
            json!({"channel": "call", "direction": "outbound", "outcome": "reached", "at": "2026-03-30T08:00:00Z"}),
        ),
    ]);
    events
}

/// What carriers tell on 1 April, after the first letters and emails left.
fn told() -> Vec<Value> {
    let status = |name: &str, step: &str, channel: &str, status: &str, at: &str| {
        let data =
            json!({"invoice": format!("F-{name}"), "step": step, "channel": channel, "status": status, "at": at});
        let mut event = event(&format!("status-{name}"), "notice.status", 0, data);
        event["time"] = json!(at);
        event
    };
    vec![
        status("bounced", "first", "email", "bounced", "2026-04-01T07:02:00Z"),
        status("formal", "formal-notice", "letter", "first_presented", "2026-04-01T07:03:00Z"),
    ]
}

/// The situations that both roads know, with whose claim each is.
const BOTH: [(&str, &str); 14] = [
    ("acme", "promise"),
    ("acme", "plan"),
    ("acme", "insolvency"),
    ("acme", "whole"),
    ("acme", "part"),
    ("sleepy", "sleepy"),
    ("acme", "bounced"),
    ("acme", "stranger"),
    ("ghost", "ghost"),
    ("acme", "consumer"),
    ("acme", "asks"),
    ("acme", "formal"),
    ("acme", "calm"),
    ("acme", "paid"),
];

/// Runs the program and gives back what it prints.
fn relance(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relance"));
    command.args(arguments).env_remove("RELANCE_WORKFLOWS").envs(environment.iter().copied());
    let Output { status, stdout, stderr } = command.output().unwrap();
    let complaints = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(0), "{arguments:?}: {complaints}");
    assert!(!complaints.contains(".jsonl:"), "an event was refused: {complaints}");
    String::from_utf8(stdout).unwrap()
}

/// The flags that explain one situation from a file.
fn from_file<'f>(folder: &'f str, file: &'f str, creditor: &'f str, invoice: &'f str) -> Vec<&'f str> {
    vec![
        "explain",
        "--creditor",
        creditor,
        "--invoice",
        invoice,
        "--events",
        file,
        "--workflow",
        folder,
        "--at",
        "2026-04-01T09:05:00+02:00",
    ]
}

/// The folder of the workflows, and the file of all events in it.
fn book() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    workflows(folder.path());
    let file = folder.path().join("book.jsonl");
    let lines: Vec<String> = known().iter().chain(&told()).map(Value::to_string).collect();
    fs::write(&file, lines.join("\n")).unwrap();
    let file = file.display().to_string();
    (folder, file)
}

#[test]
fn every_situation_is_explained_from_a_file_of_events() {
    let (folder, file) = book();
    let folder = folder.path().display().to_string();
    let told = BOTH.map(|(creditor, name)| relance(&from_file(&folder, &file, creditor, &format!("F-{name}")), &[]));
    insta::assert_snapshot!("explain_events", told.join("\n----\n\n"));
}

#[test]
fn a_jump_is_explained_with_the_answer_that_led_to_it_and_one_date() {
    let folder = tempfile::tempdir().unwrap();
    let ring = "  - { id: ring, phase: reminder, after_due: 28 days, task: { kind: call, within: 5 days, \
                on_timeout: continue }, outcomes: { refused: { go_to: post } } }\n";
    let post = "  - { id: post, phase: reminder, after_due: 50 days, letter: reminder-letter }\n";
    let text = workflow("plain", 0, "debtor.kind == \"business\"", "", &[ring, post].concat());
    fs::write(folder.path().join("plain.yaml"), text).unwrap();
    let refused = json!({"invoice": "F-ring", "step": "ring", "outcome": "refused", "by": "ada@example.org"});
    let mut answer = event("answer", "task.answered", 0, refused);
    answer["time"] = json!("2026-04-01T09:02:00+02:00");
    let events = [vec![creditor()], party("ring", "business", &[]), vec![answer]].concat();
    let file = folder.path().join("book.jsonl");
    fs::write(&file, events.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")).unwrap();
    let (folder, file) = (folder.path().display().to_string(), file.display().to_string());
    let said = relance(&from_file(&folder, &file, "acme", "F-ring"), &[]);
    insta::assert_snapshot!("explain_jump", said);
}

#[test]
fn what_a_formal_notice_stated_stays_as_it_left_whatever_is_paid_later() {
    let (folder, file) = book();
    let folder = folder.path().display().to_string();
    let statements = |file: &str, at: &str| {
        let mut flags = from_file(&folder, file, "acme", "F-formal");
        flags.truncate(flags.len() - 1);
        flags.extend([at, "--format", "json"]);
        serde_json::from_str::<Value>(&relance(&flags, &[])).unwrap()["statements"].clone()
    };
    let before = statements(&file, "2026-04-01T09:05:00+02:00");
    // 3 March to 1 April: 29 days at 12.15 % on 100 euros.
    let segment = &before[0]["segments"][0];
    assert_eq!((&before[0]["sent_on"], &before[0]["step"]), (&json!("2026-04-01"), &json!("formal-notice")));
    assert_eq!(
        (&before[0]["interest"], &before[0]["lump_sum"], &segment["days"]),
        (&json!("0.97"), &json!("40.00"), &json!(29))
    );
    let data = json!({
        "payment": "P-later", "currency": "EUR", "received_on": "2026-03-20", "status": "received", "amount": "60",
        "allocations": [{"invoice": "F-formal", "amount": "60"}],
    });
    let mut later = fact("formal", "payment.upserted", data);
    later["time"] = json!("2026-04-10T08:00:00Z");
    let more = format!("{}\n{later}", fs::read_to_string(&file).unwrap());
    let with_payment = format!("{file}-later.jsonl");
    fs::write(&with_payment, more).unwrap();
    assert_eq!(statements(&with_payment, "2026-04-15"), before);
}

#[test]
fn an_invoice_nobody_knows_is_told_with_those_that_look_like_it() {
    let (folder, file) = book();
    let folder = folder.path().display().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_relance"));
    let output = command.args(from_file(&folder, &file, "acme", "F-promisse")).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("no invoice F-promisse is known at that moment; nearest: F-promise"), "{said}");
}

/// Deploys the folder, and takes everything that is known through Postgres up to the morning of 1 April.
async fn played(worker: &mut Worker, url: &str) {
    let take = async |worker: &mut Worker, events: &[Value], now: DateTime<Utc>| {
        worker.shelf.renew(&mut worker.desk.writer).await.unwrap();
        let (book, desk) = (worker.shelf.book(), &mut worker.desk);
        advance::intake(&mut desk.writer, &desk.memory, &book, &arrivals(events), now).await.unwrap();
    };
    take(worker, &known(), noon()).await;
    worker.wake_all(morning()).await;
    let claim = Claim { token: uuid::Uuid::from_u128(1), lease: std::time::Duration::from_secs(60) };
    let mut claimed = Vec::new();
    for channel in [Channel::Email, Channel::Letter] {
        let writer = &mut worker.desk.writer;
        claimed.extend(claim_notices(writer, &claim, morning(), channel, None, 100).await.unwrap());
    }
    assert_eq!(claimed.len(), 6, "part, uncertain, rejected, bounced, leaves, formal");
    let mut server = sqlx::PgConnection::connect(url).await.unwrap();
    // What dispatch writes; the notice of `leaves` stays in its hands.
    for statement in [
        "UPDATE notices SET state = 'uncertain', claim_token = NULL, leased_until = NULL WHERE debtor = 'd-uncertain'",
        "UPDATE notices SET state = 'rejected', claim_token = NULL, leased_until = NULL WHERE debtor = 'd-rejected'",
        "UPDATE notices SET state = 'accepted', accepted_at = '2026-04-01T07:00:00Z', claim_token = NULL,
                leased_until = NULL WHERE state = 'claimed' AND debtor <> 'd-leaves'",
        "UPDATE accounts SET seq = seq + 1, wake_at = '2026-04-01T07:01:00Z'",
    ] {
        sqlx::query(statement).execute(&mut server).await.unwrap();
    }
    worker.wake_all(morning()).await;
    take(worker, &told(), morning()).await;
}

#[tokio::test]
async fn postgres_tells_the_same_and_what_only_it_knows_while_others_hold_every_lock() {
    let (database, url) = database_of("explain").await;
    let (folder, file) = book();
    let folder = folder.path().display().to_string();
    let start = morning().to_rfc3339();
    let environment = [
        ("DATABASE_URL", url.as_str()),
        ("RELANCE_WORKFLOWS", folder.as_str()),
        ("RELANCE_CLOCK_START", start.as_str()),
        ("RELANCE_LETTER_PROVIDER", "post"),
        ("USER", "ada"),
    ];
    relance(&["deploy"], &environment);
    relance(
        &["block", "first", "--workflow", "stopped", "--reason", "wrong bank account", "--by", "ada"],
        &environment,
    );
    let mut worker = Worker::start(&database).await;
    played(&mut worker, &url).await;

    // Somebody works on every account and creditor, and somebody deploys.
    let mut busy = sqlx::PgConnection::connect(&url).await.unwrap();
    let mut held = busy.begin().await.unwrap();
    for lock in ["accounts", "creditors", "library_version"] {
        let statement = sqlx::AssertSqlSafe(format!("SELECT FROM {lock} FOR UPDATE"));
        assert!(!sqlx::query(statement).fetch_all(&mut *held).await.unwrap().is_empty(), "{lock}");
    }
    for (creditor, name) in BOTH {
        let invoice = format!("F-{name}");
        let flags = ["explain", "--creditor", creditor, "--invoice", &invoice, "--format", "json"];
        let stored: Value = serde_json::from_str(&relance(&flags, &environment)).unwrap();
        let flags = [from_file(&folder, &file, creditor, &invoice), vec!["--format", "json"]].concat();
        let played: Value = serde_json::from_str(&relance(&flags, &[])).unwrap();
        let part = |value: &Value| {
            let keep = |one: &Value| json!([one["code"], one["because"], one["released_by"]]);
            let keeps: Vec<Value> = value["keeps"].as_array().unwrap().iter().map(keep).collect();
            let names = [
                "state",
                "open",
                "disputed",
                "chosen",
                "zone",
                "step",
                "planned",
                "due",
                "facts",
                "statements",
                "earliest",
            ];
            json!([keeps, names.map(|name| value[name].clone())])
        };
        assert_eq!(part(&stored), part(&played), "{name}");
    }
    let mut said = Vec::new();
    for name in ["uncertain", "rejected", "leaves", "stopped"] {
        said.push(relance(&["explain", "--creditor", "acme", "--invoice", &format!("F-{name}")], &environment));
    }
    let chart = relance(&["graph", "plain", "--case", "acme/F-part"], &environment);
    held.rollback().await.unwrap();
    insta::assert_snapshot!("explain_tables", said.join("\n----\n\n"));
    assert!(chart.contains("done 2026-04-01"), "{chart}");
    let mut other = Command::new(env!("CARGO_BIN_EXE_relance"));
    let other = other.args(["graph", "other", "--case", "acme/F-part"]).envs(environment).output().unwrap();
    assert!(String::from_utf8_lossy(&other.stderr).contains("walks the workflow plain; draw that one"), "{other:?}");
}
