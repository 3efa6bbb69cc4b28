//! What an edit does to running cases, and moving them, through the program as an operator types it.

use std::fs;
use std::process::{Command, Output};

use chrono::TimeDelta;
use relance::advance::{self, Change, Memory, migrate};
use relance::domain::{InvoiceId, NoticeState};
use relance::store::Writer;
use relance::worker::Edition;
use serde_json::{Value, json};
use sqlx::Connection as _;

use super::deploy::{Worker, accept_claimed, database_of, deploy, edition, morning, step, text};
use super::store_support::{count, creditor, debtor, event, invoice};

/// A folder with one workflow, and the program that works on it and on a database.
pub struct Operator {
    pub folder: tempfile::TempDir,
    url: String,
}

impl Operator {
    pub fn new(url: &str) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), url: url.to_owned() }
    }

    /// Writes the workflow as somebody edits it.
    pub fn edit(&self, steps: &str) {
        fs::write(self.folder.path().join("w.yaml"), text(steps)).unwrap();
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relance"));
        command
            .current_dir(self.folder.path())
            .args(arguments)
            .env("DATABASE_URL", &self.url)
            .env("RELANCE_WORKFLOWS", self.folder.path())
            .env("RELANCE_CLOCK_START", morning().to_rfc3339())
            .env("RELANCE_LETTER_PROVIDER", "post")
            .env("USER", "ada");
        command
    }

    /// Runs it: exit code, what it says, what it complains about.
    pub fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let Output { status, stdout, stderr } = self.command(arguments).output().unwrap();
        (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
    }
}

/// An invoice that has been due since `due_on`.
pub fn due(id: &str, debtor: &str, total: &str, due_on: &str) -> Value {
    let mut event = invoice(id, &format!("invoice-{id}"), 0, debtor, total);
    event["data"]["due_on"] = json!(due_on);
    event
}

/// Two cases whose first step lies ahead (12 April), one whose first notice is in somebody's hands, and one whose
/// first notice was sent; each of a debtor of its own.
async fn book(worker: &mut Worker, url: &str) {
    let mut events = vec![creditor()];
    events.extend(["d-1", "d-2", "d-3", "d-4"].map(debtor));
    events.push(due("F-4", "d-4", "40.00", "2026-02-15"));
    worker.take(&events).await;
    worker.wake_all(morning()).await;
    assert_eq!(worker.claim().await, 1);
    accept_claimed(url).await;
    worker.wake_all(morning()).await;
    worker
        .take(&[
            due("F-1", "d-1", "100.00", "2026-03-03"),
            due("F-2", "d-2", "200.50", "2026-03-03"),
            due("F-3", "d-3", "70.00", "2026-02-15"),
        ])
        .await;
    worker.wake_all(morning()).await;
    assert_eq!(worker.claim().await, 1);
}

async fn revision(worker: &mut Worker, invoice: &str) -> String {
    let account = worker.desk.view(&invoice.replace("F-", "d-")).await;
    account.cases[&InvoiceId::new(invoice)].workflow.clone().unwrap().1.to_string()
}

#[tokio::test]
async fn a_plan_counts_running_cases_without_a_lock_and_a_move_waits_until_each_count_is_accepted() {
    let (database, url) = database_of("deploy_accept").await;
    let first = edition(&step("one", 40, ""));
    deploy(&mut database.writer(), 0, &first).await;
    let mut worker = Worker::start(&database).await;
    book(&mut worker, &url).await;
    let operator = Operator::new(&url);
    operator.edit(&(step("one", 28, "") + &step("late", 90, "")));

    // Somebody works on every account all the while.
    let mut busy = sqlx::PgConnection::connect(&url).await.unwrap();
    let mut held = busy.begin().await.unwrap();
    let accounts = sqlx::query("SELECT FROM accounts FOR UPDATE").fetch_all(&mut *held).await.unwrap();
    assert_eq!(accounts.len(), 4);
    let (code, said, complaints) = operator.run(&["plan"]);
    held.rollback().await.unwrap();
    let table: Vec<&str> = said.lines().skip_while(|line| !line.starts_with("running cases")).collect();
    insta::assert_snapshot!(table.join("\n"), @r"
    running cases of w on an older revision: 4
        date-moved                    2   300.50 EUR
        step-added                    3   340.50 EUR
      ! fires-now                     2   300.50 EUR
        claimed                       1   stay for now
        would leave within 24 hours: 2 email
    planned against deployment 1
    ");
    assert_eq!(code, 1, "{complaints}");
    assert!(complaints.contains("relance deploy --move --accept fires-now=2"), "{complaints}");
    let (_, said, _) = operator.run(&["plan", "--format", "json"]);
    let plan: Value = said.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).next_back().unwrap();
    assert_eq!(plan["running"]["cases"], 4);
    assert_eq!(plan["running"]["stays"], json!({"claimed": 1}));

    for wrong in ["", "fires-now=1", "fires-now", "unchanged=1", "tea=2", "step-past=1"] {
        let flags: Vec<&str> = if wrong.is_empty() { vec![] } else { vec!["--accept", wrong] };
        let (code, _, complaints) = operator.run(&[&["deploy", "--move"], flags.as_slice()].concat());
        assert_eq!(code, 1, "{wrong}");
        assert!(complaints.contains("nothing was deployed and nothing was moved"), "{wrong}: {complaints}");
        assert!(complaints.contains("add to --move: --accept fires-now=2\n"), "{wrong}: {complaints}");
    }
    assert_eq!(count(&url, "SELECT count(*) FROM deployments").await, 1);
    assert_eq!(revision(&mut worker, "F-1").await, first.workflow.revision.to_string());

    let (code, said, complaints) = operator.run(&["deploy", "--move", "--accept", "fires-now=2"]);
    assert_eq!(code, 0, "{complaints}");
    assert!(said.contains("w: 3 running cases moved\n"), "{said}");
    assert!(said.contains("w: 1 stay on their revision for now") && said.contains("1 claimed"), "{said}");
    let newest = revision(&mut worker, "F-1").await;
    assert_ne!(newest, first.workflow.revision.to_string());
    assert_eq!(revision(&mut worker, "F-3").await, first.workflow.revision.to_string());

    // Once the notice is out of those hands, the same command moves the rest; accepting what is no more is refused.
    accept_claimed(&url).await;
    assert_eq!(operator.run(&["deploy", "--move", "--accept", "fires-now=2"]).0, 1);
    let (code, said, complaints) = operator.run(&["deploy", "--move"]);
    assert_eq!(code, 0, "{complaints}");
    assert!(said.contains("nothing to deploy") && said.contains("w: 1 running cases moved\n"), "{said}");
    assert_eq!(revision(&mut worker, "F-3").await, newest);
    assert_eq!(operator.run(&["plan"]).0, 0);
    assert_eq!(count(&url, "SELECT count(*) FROM deployments").await, 2);
}

#[tokio::test]
async fn a_move_that_was_interrupted_is_finished_by_doing_it_again() {
    let (database, url) = database_of("deploy_interrupted").await;
    let steps = step("one", 40, "") + &step("late", 90, "");
    deploy(&mut database.writer(), 0, &edition(&step("one", 40, ""))).await;
    let mut worker = Worker::start(&database).await;
    book(&mut worker, &url).await;
    accept_claimed(&url).await;
    let operator = Operator::new(&url);
    operator.edit(&steps);

    // One account was moved when the program ended.
    let second = edition(&steps);
    deploy_and_move_one(&mut database.writer(), &mut worker, &second).await;
    let (code, said, complaints) = operator.run(&["deploy", "--move"]);
    assert_eq!(code, 0, "{complaints}");
    assert!(said.contains("w: 3 running cases moved\n"), "{said}");
    for invoice in ["F-1", "F-2", "F-3", "F-4"] {
        assert_eq!(revision(&mut worker, invoice).await, second.workflow.revision.to_string());
    }
    assert!(operator.run(&["deploy", "--move"]).1.contains("w: no running case to move"));
}

async fn deploy_and_move_one(writer: &mut Writer, worker: &mut Worker, to: &Edition) {
    let change = Change { after: 1, revisions: vec![to.bundle()], by: "ada".to_owned(), ..Change::default() };
    advance::deploy(writer, &change).await.unwrap();
    worker.shelf.renew(&mut worker.desk.writer).await.unwrap();
    let (book, target) = (worker.shelf.book(), (&to.workflow.name, &to.workflow.revision));
    let memory = Memory::default();
    let moved = migrate(&mut worker.desk.writer, &memory, &book, target, None, 1, morning()).await.unwrap();
    assert_eq!(moved.moved, 1);
}

#[tokio::test]
async fn a_new_step_whose_day_is_past_is_skipped_unless_it_says_that_it_is_made_up_for() {
    for (test, more, flags, skipped, ordered) in [
        ("deploy_past", "", ["step-past=1"].as_slice(), 1, 0),
        ("deploy_backfill", ", backfill: true", &["step-past=1", "fires-now=1"], 0, 1),
    ] {
        let (database, url) = database_of(test).await;
        deploy(&mut database.writer(), 0, &edition(&step("one", 60, ""))).await;
        let mut worker = Worker::start(&database).await;
        worker.take(&[creditor(), debtor("d-1"), due("F-1", "d-1", "100.00", "2026-03-03")]).await;
        let operator = Operator::new(&url);
        operator.edit(&(step("past", 10, more) + &step("one", 60, "")));
        let mut command = vec!["deploy", "--move"];
        flags.iter().for_each(|flag| command.extend(["--accept", flag]));
        let (code, said, complaints) = operator.run(&command);
        assert_eq!(code, 0, "{test}: {said}{complaints}");
        // What an edit makes due goes at the next opening.
        worker.wake_all(morning() + TimeDelta::days(1)).await;
        let account = worker.desk.view("d-1").await;
        let notices = account.notices.values().filter(|notice| notice.state == NoticeState::Ordered).count();
        assert_eq!(notices, ordered, "{test}");
        let query = "SELECT count(*) FROM history WHERE entry LIKE '%step_new%'";
        assert_eq!(count(&url, query).await, skipped, "{test}");
    }
}

#[tokio::test]
async fn a_plan_adds_up_the_postage_of_what_would_leave_and_says_where_no_price_is_known() {
    let (database, url) = database_of("deploy_postage").await;
    deploy(&mut database.writer(), 0, &edition(&step("one", 60, ""))).await;
    let mut worker = Worker::start(&database).await;
    let address = json!({"lines": ["2 rue B"], "postal_code": "75002", "city": "Paris", "country": "FR"});
    let data = |id: &str| {
        let contacts = json!([{"role": "dunning", "email": "compta@dupont.example"}]);
        json!({
            "debtor": id, "kind": "business", "name": "Dupont", "locale": "fr", "address": address,
            "contacts": contacts,
        })
    };
    let debtors = ["d-1", "d-2"].map(|id| event(id, "debtor.upserted", -50, data(id)));
    worker.take(&[creditor(), debtors[0].clone(), debtors[1].clone()]).await;
    worker.take(&[("F-1", "d-1"), ("F-2", "d-2")].map(|(id, debtor)| due(id, debtor, "10.00", "2026-03-03"))).await;
    let operator = Operator::new(&url);
    operator.edit("  - { id: one, phase: reminder, after_due: 20 days, letter: { template: reminder-letter, service: standard } }\n");
    fs::create_dir(operator.folder.path().join("providers")).unwrap();
    let provider = |prices: &str| {
        let text = format!("provider: post\nchannel: [letter]\ntransport: folder\n{prices}");
        fs::write(operator.folder.path().join("providers/post.yaml"), text).unwrap();
    };
    provider("");
    let said = operator.run(&["plan"]).1;
    assert!(said.contains("would leave within 24 hours: 2 letter standard (no price known)\n"), "{said}");
    provider("prices: { standard: \"1.49 EUR\" }\n");
    let said = operator.run(&["plan"]).1;
    assert!(said.contains("would leave within 24 hours: 2 letter standard (2.98 EUR)\n"), "{said}");
}
