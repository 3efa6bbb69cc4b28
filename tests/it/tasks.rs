//! `relance task` as somebody types it.

use std::fs;

use super::deploy::{Worker, database_of, morning, text};
use super::deploy_running::{Operator, due};
use super::store_support::{creditor, debtor};

const CALL: &str = "  - { id: ring, phase: reminder, after_due: 20 days, task: { kind: call, script: talk, within: 5 days, \
                    on_timeout: continue } }\n";

/// Writes the script of a call into the folder.
fn script(operator: &Operator, said: &str) {
    let templates = operator.folder.path().join("templates/fr");
    fs::create_dir_all(&templates).unwrap();
    fs::write(templates.join("talk.txt"), said).unwrap();
}

#[tokio::test]
async fn the_script_of_a_call_is_that_of_the_revision_its_case_is_decided_by() {
    let (database, url) = database_of("task_script").await;
    let operator = Operator::new(&url);
    fs::write(operator.folder.path().join("w.yaml"), text(CALL)).unwrap();
    script(&operator, "Bonjour, ici {{ creditor.name }}.\n");
    let (code, _, complaints) = operator.run(&["deploy"]);
    assert_eq!(code, 0, "{complaints}");
    let mut worker = Worker::start(&database).await;
    worker.take(&[creditor(), debtor("d-1"), due("F-1", "d-1", "100.00", "2026-03-03")]).await;
    worker.wake_all(morning()).await;
    let (_, listed, complaints) = operator.run(&["task", "list"]);
    let id = listed.split_whitespace().next().unwrap_or_else(|| panic!("{complaints}"));

    let show = || operator.run(&["task", "show", id]);
    let (code, first, complaints) = show();
    assert_eq!(code, 0, "{complaints}");
    assert!(first.ends_with("\nBonjour, ici Acme.\n"), "{first}");
    // The folder says something else, nobody deployed it.
    script(&operator, "Allô, ici {{ creditor.name }}.\n");
    assert_eq!(show(), (0, first.clone(), String::new()));
    // New cases are told so, this one goes on as it began.
    assert_eq!(operator.run(&["deploy"]).0, 0);
    assert_eq!(show(), (0, first.clone(), String::new()));
    // A folder that is gone or broken hinders nobody.
    fs::remove_dir_all(operator.folder.path().join("templates")).unwrap();
    assert_eq!(show(), (0, first, String::new()));
}

#[tokio::test]
async fn what_is_no_id_of_a_task_is_said_with_where_ids_stand() {
    let (_database, url) = database_of("task_ids").await;
    let operator = Operator::new(&url);
    let (code, _, complaints) = operator.run(&["task", "show", "nope"]);
    assert_eq!(code, 2);
    assert!(
        complaints.contains("'nope'") && complaints.contains("is no id of a task; `relance task list`"),
        "{complaints}"
    );
    let (code, _, complaints) = operator.run(&["task", "show", "0b6d2f0e-7f43-8a3c-9d0a-5a5e3f6b9c11"]);
    assert_eq!(code, 2);
    assert!(complaints.contains("no task 0b6d2f0e") && complaints.contains("relance task list"), "{complaints}");
}
