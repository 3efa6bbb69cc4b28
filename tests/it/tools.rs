//! The tools of an ops team, through the program: what they print, what they write, and how they end.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Runs the program in the folder of the project.
fn relance(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relance"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).env_remove("RELANCE_WORKFLOWS");
    command.output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn written(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn shipped(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows").join(path)).unwrap()
}

#[test]
fn test_says_what_differs_and_writes_it_down_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let text = shipped("scenarios/fr-b2b-to-the-end.yaml").replace("Mon 2026-04-27", "# why\n  Tue 2026-04-28");
    let file = written(folder.path(), "story.yaml", &text);
    let failed = relance(&["test", &file]);
    assert_eq!(failed.status.code(), Some(1));
    let said = out(&failed);
    assert!(said.contains("- 2026-04-28 09:00 letter standard letter F-1001 1200.00 EUR"), "{said}");
    assert!(said.contains("came 1 day earlier") && said.contains("step due 2026-04-27"), "{said}");
    let xml = out(&relance(&["test", &file, "--format", "junit"]));
    assert!(xml.contains("<testsuite name=\"relance\" tests=\"1\" failures=\"1\""), "{xml}");
    let lines = out(&relance(&["test", &file, "--format", "json"]));
    let value: Value = serde_json::from_str(&lines).unwrap();
    assert_eq!(value["passed"], false);
    assert_eq!(relance(&["test", &file, "--bless"]).status.code(), Some(0));
    assert_eq!(relance(&["test", &file]).status.code(), Some(0));
    assert!(fs::read_to_string(&file).unwrap().contains("  # why\n  Mon 2026-04-27\n"));
}

#[test]
fn test_names_what_no_scenario_walks() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(folder.path(), "story.yaml", &shipped("scenarios/fr-b2c-paid-late.yaml"));
    let output = relance(&["test", &file, "--coverage", "--fail-under", "50"]);
    assert_eq!(output.status.code(), Some(1));
    let said = out(&output);
    let line = shipped("fr-b2c.yaml").lines().position(|line| line.trim() == "approval: manager").unwrap() + 1;
    let wanted = format!("fr-b2c.yaml:{line}: no scenario shows at legal: the approval is refused");
    assert!(said.contains(&wanted), "{said}");
    assert!(said.contains("no scenario does the step legal"), "{said}");
    assert_eq!(relance(&["test", "--coverage", "--fail-under", "100"]).status.code(), Some(0));
}
