//! Steps stopped and let go, plans of a folder, and what a change of what serves keeps others from.

use std::fs;
use std::time::Duration;

use relance::advance::{self, Blocked, Deployed, Named};
use relance::domain::{NoticeState, StepId, WorkflowName};
use relance::worker::Edition;
use sqlx::{Connection as _, PgConnection};

use super::deploy::{Worker, database_of, deploy, edition, morning, step, text};
use super::deploy_running::{Operator, due};
use super::store_support::{count, creditor, debtor, noon};

/// How long anything may take that is waited for.
const WAIT_MAX: Duration = Duration::from_secs(60);

fn named(version: i64, workflow: &str, step: &str) -> Named {
    let step = StepId::new(step);
    Named { version, workflow: WorkflowName::new(workflow), names: vec![step.clone()], step }
}

#[tokio::test]
async fn a_block_says_that_a_step_is_blocked_already_and_an_unblock_that_it_is_not() {
    let (database, url) = database_of("deploy_blocked_twice").await;
    deploy(&mut database.writer(), 0, &edition(&step("old", 3, ""))).await;
    deploy(&mut database.writer(), 1, &edition(&step("one", 3, ", formerly: [old]"))).await;
    let operator = Operator::new(&url);
    let block = |step: &str, by: &str, reason: &str| {
        operator.run(&["block", step, "--workflow", "w", "--by", by, "--reason", reason])
    };
    let unblock = || operator.run(&["unblock", "one", "--workflow", "w", "--by", "bob"]);

    let (code, said, complaints) = unblock();
    assert_eq!((code, said.as_str()), (1, ""));
    assert_eq!(complaints, "step one of w is not blocked; blocked now: nothing\n");

    let (code, said, _) = block("old", "ada", "wrong text");
    assert_eq!(code, 0);
    assert!(said.starts_with("step old of w is blocked on every revision\n"), "{said}");
    let (code, said, _) = block("one", "bob", "another reason");
    assert_eq!(code, 0);
    assert!(said.starts_with("step one of w is blocked already as old, by ada at "), "{said}");
    assert!(said.contains(": wrong text\nnothing was changed; to give another reason, unblock it first\n"), "{said}");
    assert_eq!(count(&url, "SELECT count(*) FROM blocked_steps").await, 1);
    assert_eq!(count(&url, "SELECT version FROM library_version").await, 3);

    assert_eq!(unblock().0, 0);
    assert_eq!(unblock().0, 1);
    assert_eq!(count(&url, "SELECT count(*) FROM blocked_steps").await, 0);
}

#[tokio::test]
async fn a_block_of_one_workflow_leaves_steps_called_so_in_others_alone() {
    let (database, _) = database_of("deploy_block_other").await;
    let mut operator = database.writer();
    deploy(&mut operator, 0, &edition(&step("one", 3, ""))).await;
    let mut worker = Worker::start(&database).await;
    worker.take(&[creditor(), debtor("d-1"), due("F-1", "d-1", "100.00", "2026-03-03")]).await;
    worker.wake_all(morning()).await;
    assert_eq!(worker.notices(NoticeState::Ordered).await, 1);

    let blocked = advance::block(&mut operator, &named(1, "other", "one"), "wrong", "ada").await.unwrap();
    assert_eq!(blocked, Blocked::Done { ordered: 0 });
    assert_eq!(worker.claim().await, 1, "what is ordered under another workflow is claimed as before");
}

#[tokio::test]
async fn a_plan_of_an_unchanged_folder_finds_no_changes_whatever_earlier_deployments_left_where_it_is() {
    let (database, url) = database_of("deploy_plan_same").await;
    deploy(&mut database.writer(), 0, &edition(&step("one", 40, ""))).await;
    let mut worker = Worker::start(&database).await;
    worker.take(&[creditor(), debtor("d-1"), due("F-1", "d-1", "100.00", "2026-03-03")]).await;
    let operator = Operator::new(&url);
    operator.edit(&step("one", 28, ""));
    assert_eq!(operator.run(&["plan"]).0, 1, "it would fire within a day");
    assert_eq!(operator.run(&["deploy"]).0, 0);
    let (code, said, complaints) = operator.run(&["plan"]);
    assert_eq!(code, 0, "{said}{complaints}");
    assert!(said.contains("no changes: what serves is the same, to the letter\n"), "{said}");
    assert!(said.contains("! fires-now") && complaints.contains("--accept fires-now=1"), "{said}{complaints}");
}

#[tokio::test]
async fn a_plan_names_the_keys_that_changed_as_the_file_writes_them() {
    let (database, url) = database_of("deploy_plan_keys").await;
    let letter = |more: &str| {
        format!(
            "  - {{ id: post, phase: reminder, after_due: 20 days, letter: {{ template: reminder-letter{more} }} }}\n"
        )
    };
    deploy(&mut database.writer(), 0, &edition(&(letter(", service: standard") + &step("one", 40, "")))).await;
    let operator = Operator::new(&url);
    let steps = letter(", service: tracked, attach: [invoice, statement]")
        + "  - { id: one, phase: reminder, after_due: 40 days, email: { template: reminder-1, to: billing } }\n";
    let edited = text(&steps).replace("\"09:00-18:00\" }", "\"09:00-17:00\" }, days_between: 3");
    fs::write(operator.folder.path().join("w.yaml"), edited).unwrap();
    let (code, said, complaints) = operator.run(&["plan"]);
    assert_eq!(code, 0, "{complaints}");
    let changes: Vec<&str> = said.lines().take_while(|line| !line.starts_with("+ law")).collect();
    insta::assert_snapshot!(changes.join("\n"), @r"
    ~ w (changed)
        ~ contact.days_between: + 3
        ~ contact.hours.mon-fri: 09:00-18:00 → 09:00-17:00
        ~ step post
            letter.attach: + [invoice, statement]
            letter.service: standard → tracked
        ~ step one: email: reminder-1 → { template: reminder-1, to: billing }
    ");
}

#[tokio::test]
async fn a_plan_says_that_a_step_renamed_back_is_the_same_step() {
    let (database, url) = database_of("deploy_plan_back").await;
    deploy(&mut database.writer(), 0, &edition(&step("second", 40, ", formerly: [first]"))).await;
    let operator = Operator::new(&url);
    operator.edit(&step("first", 40, ""));
    let (code, said, complaints) = operator.run(&["plan"]);
    assert_eq!(code, 0, "{complaints}");
    let wanted = "    ~ step first (renamed back from second, which was formerly first: the same step)\n";
    assert!(said.contains(wanted) && !said.contains("- step"), "{said}");
    // A step that stays is not taken for another, whatever it was called once.
    operator.edit(&(step("first", 30, "") + &step("second", 40, "")));
    let (_, said, _) = operator.run(&["plan"]);
    assert!(said.contains("    + step first") && !said.contains("renamed"), "{said}");
    // A step that goes and one like it that comes are two steps, unless the file says otherwise.
    operator.edit(&step("third", 40, ""));
    let (_, said, _) = operator.run(&["plan"]);
    let hint = "much like third, which comes: if it is the same step, write `formerly: [second]` at third";
    assert!(said.contains("    - step second") && said.contains(hint), "{said}");
}

/// More accounts wait for a workflow than one is deployed for; one that was left is gone on with.
#[tokio::test]
async fn accounts_that_a_deployment_left_are_made_due_by_whoever_finds_them() {
    let (database, url) = database_of("deploy_wakes").await;
    let mut worker = Worker::start(&database).await;
    let ids = ["d-1", "d-2", "d-3"];
    let mut events = vec![creditor()];
    events.extend(ids.map(debtor));
    events.extend(ids.map(|id| due(&id.replace("d-", "F-"), id, "100.00", "2026-03-03")));
    worker.take(&events).await;
    worker.wake_all(noon()).await;
    let one = edition(&step("one", 40, ""));
    assert_eq!(deploy(&mut database.writer(), 0, &one).await, Deployed::Done { number: 1, woken: 3, by_law: 0 });
    assert_eq!(count(&url, "SELECT count(*) FROM wakes").await, 0, "what is over leaves nothing behind");

    // Somebody died when the first account was made due.
    let mut server = PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("UPDATE accounts SET wake_at = NULL; INSERT INTO wakes (creditor, debtor) VALUES ('acme', 'd-1')")
        .execute(&mut server)
        .await
        .unwrap();
    let mut finder = database.writer();
    assert_eq!(advance::go_on_with_wakes(&mut finder).await.unwrap(), 0, "whoever began it may be at work yet");
    sqlx::raw_sql("UPDATE wakes SET touched_at = now() - interval '2 minutes'").execute(&mut server).await.unwrap();
    assert_eq!(advance::go_on_with_wakes(&mut finder).await.unwrap(), 2);
    assert_eq!(count(&url, "SELECT count(*) FROM accounts WHERE wake_at IS NOT NULL").await, 2);
    assert_eq!(count(&url, "SELECT count(*) FROM wakes").await, 0);
}

#[tokio::test]
async fn while_a_deployment_waits_for_a_decision_that_takes_long_others_decide() {
    let (database, _) = database_of("deploy_waits").await;
    let (mut slow, mut other, mut operator) = (database.writer(), database.writer(), database.writer());
    let deciding = slow.begin_deciding(0).await.unwrap();
    let one: Edition = edition(&step("one", 40, ""));
    let deploying = tokio::spawn(async move { deploy(&mut operator, 0, &one).await });
    // Sooner or later one of them comes behind the deployment.
    for _ in 0..30 {
        let turn = tokio::time::timeout(WAIT_MAX, other.begin_deciding(0)).await.expect("a turn").unwrap();
        turn.roll_back().await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(!deploying.is_finished());
    deciding.roll_back().await.unwrap();
    let done = tokio::time::timeout(WAIT_MAX, deploying).await.expect("it comes to its turn").unwrap();
    assert_eq!(done, Deployed::Done { number: 1, woken: 0, by_law: 0 });
}
