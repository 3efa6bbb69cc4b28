//! `relance check` on a folder in which every kind of file is wrong: all of it in one run, each with its place, in
//! every format.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::parts::checked;

fn read(name: &str) -> String {
    std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pages").join(name)).unwrap()
}

/// One mistake, or two, in every kind of file.
fn folder() -> BTreeMap<String, String> {
    let sound = read("short.yaml");
    let files = [
        ("small.yaml", sound.clone()),
        ("first.yaml", sound.replace("small", "first").replace("after_due: 3 days", "after_due: 3 dais\n    fone: x")),
        ("second.yml", sound.clone()),
        ("latin.yaml", sound.replace("Small customers", "Clients r\u{fffd}guliers")),
        ("templates/fr/reminder-1.txt", "Bonjour,\n{{ amont }}\n".to_owned()),
        ("templates/fr/reminder-2.sms", "{{ amount }\n".to_owned()),
        ("providers/ours.yaml", read("provider.yaml").replace("https://", "http://").replace("title:", "titel:")),
        ("jurisdictions/xx.yaml", read("jurisdiction.yaml").replace("segmented", "segmentd")),
        ("calendars/xx.yaml", read("calendar.yaml").replace("\"05-01\"", "\"05-32\"")),
        ("scenarios/one.yaml", read("scenario.yaml").replace("total: 1200.00", "total: 1200.005")),
        ("scenarios/two.yaml", read("scenario.yaml").replace("workflow: small", "workflow: smal")),
        ("wording/fr.yaml", "language: fr\navoid:\n  - { word: police }\n".to_owned()),
        (
            "relance.yaml",
            "schedules:\n  - { id: weekly, cron: \"0 8 * * mon\", send: digest, to: creditor }\n".to_owned(),
        ),
    ];
    files.into_iter().map(|(name, text)| (name.to_owned(), text)).collect()
}

fn found(files: &BTreeMap<String, String>) -> Vec<Value> {
    checked(files, &["--format", "json"]).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn all_mistakes_of_all_kinds_of_files_are_found_in_one_run_with_their_places() {
    let shown: Vec<String> = found(&folder())
        .iter()
        .filter(|one| one["code"] != "no-scenario")
        .map(|one| format!("{}:{}:{} {}", one["file"].as_str().unwrap(), one["line"], one["column"], one["code"]))
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
}

/// What the schema of SARIF 2.1.0 and the forges that read it ask for.
#[test]
fn sarif_has_what_its_readers_need() {
    let files = folder();
    let log: Value = serde_json::from_str(&checked(&files, &["--format", "sarif"])).unwrap();
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().unwrap().ends_with("sarif-2.1.0.json"));
    assert_eq!(log["runs"].as_array().unwrap().len(), 1);
    let run = &log["runs"][0];
    assert_eq!(run["tool"]["driver"]["name"], "relance");
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let ids: BTreeSet<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), rules.len(), "each rule once");
    for rule in rules {
        assert!(rule["shortDescription"]["text"].as_str().unwrap().ends_with('.'));
        let page = rule["help"]["markdown"].as_str().unwrap();
        assert!(page.starts_with(&format!("# {}\n", rule["id"].as_str().unwrap())) && page.contains("**Right**"));
        assert!(!rule["help"]["text"].as_str().unwrap().is_empty(), "the schema demands it beside markdown");
        assert!(rule.get("helpUri").is_none(), "the page is here; there is no address that leads to it");
    }
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), found(&files).len());
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        assert_eq!(result["partialFingerprints"]["place/v1"].as_str().unwrap().len(), 64);
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(files.contains_key(uri.strip_prefix("workflows/").unwrap_or(uri)), "{uri}");
        let number = |name: &str| place["region"][name].as_u64().unwrap();
        assert!(number("startLine") >= 1 && number("startColumn") >= 1);
        assert!(number("endColumn") > number("startColumn"), "a region is not empty");
    }
}

#[test]
fn annotations_of_github_are_one_line_each_with_file_line_and_code() {
    let files = folder();
    let findings = found(&files);
    let said = checked(&files, &["--format", "github"]);
    assert_eq!(said.lines().count(), findings.len());
    for (line, finding) in said.lines().zip(&findings) {
        let command = match finding["severity"].as_str().unwrap() {
            "note" => "notice",
            other => other,
        };
        let text = |name: &str| finding[name].as_str().unwrap();
        let start = format!("::{command} file={},line={},col={},", text("file"), finding["line"], finding["column"]);
        assert!(line.starts_with(&start), "{line}\n{start}");
        assert!(line.contains(&format!(",title={}::", text("code"))), "{line}");
        let escaped = text("message").replace('%', "%25");
        assert!(line.contains(&escaped), "{line}");
    }
}

#[test]
fn what_a_letter_lacks_may_be_accepted_in_the_workflow_with_a_reason() {
    let workflow = read("workflow.yaml").replace("letter: { template: formal-notice,", "letter: { template: ours,");
    let letter = "Mise en demeure de payer.\n".to_owned();
    let folder = |workflow: String| {
        [("small.yaml", workflow), ("templates/fr/ours.typ", letter.clone())]
            .map(|(name, text)| (name.to_owned(), text))
    };
    let codes = |workflow: String| -> Vec<String> {
        let found = found(&folder(workflow).into());
        found.iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
    };
    assert!(codes(workflow.clone()).contains(&"formal-notice-incomplete".to_owned()));
    let accept = "accept: [{ code: formal-notice-incomplete, reason: \"our lawyer wrote it\" }]\n";
    assert_eq!(codes(format!("{workflow}{accept}")), ["no-scenario"]);
}

#[test]
fn a_scenario_that_cannot_be_read_still_tests_the_workflow_it_names() {
    let scenario = |workflow: &str| format!("scenario: Paid\nworkflow: {workflow}\nevents: []\nexpcts: \"\"\n");
    let codes = |scenario: String| -> Vec<String> {
        let files = [("small.yaml", read("workflow.yaml")), ("scenarios/paid.yaml", scenario)];
        let found = found(&files.map(|(name, text)| (name.to_owned(), text)).into());
        found.iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
    };
    assert!(codes(scenario("small")).iter().all(|code| code != "no-scenario"));
    assert!(codes(scenario("other")).contains(&"no-scenario".to_owned()));
}

/// A file of settings that is named is read for its schedules, and is no workflow.
#[test]
fn a_configuration_that_is_named_is_no_workflow() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("relance.yaml");
    std::fs::create_dir(folder.path().join("workflows")).unwrap();
    std::fs::write(folder.path().join("workflows/small.yaml"), read("short.yaml")).unwrap();
    let check_of = |path: &str, schedule: &str| {
        std::fs::write(&config, format!("schedules:\n  - {{ id: weekly, cron: \"{schedule}\", timezone: Europe/Paris, send: digest, to: creditor }}\n")).unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_relance"));
        let output = command.args(["check", path]).current_dir(folder.path());
        let output = output.env_remove("RELANCE_WORKFLOWS").output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let check = |schedule: &str| check_of("relance.yaml", schedule);
    assert_eq!(check("0 8 * * mon"), (Some(0), String::new()));
    let (code, said) = check("0 8 * * moon");
    assert_eq!(code, Some(1));
    assert!(said.contains("relance.yaml:2:") && !said.contains("missing-key"), "{said}");
    // Whoever names the folder that serves means all that serves.
    let (code, said) = check_of("workflows", "0 8 * * moon");
    assert_eq!(code, Some(1));
    assert!(said.contains("relance.yaml:2:"), "{said}");
    let (_, said) = check_of("workflows/small.yaml", "0 8 * * moon");
    assert!(!said.contains("relance.yaml"), "{said}");
}

/// What lies beside a file is meant by it, wherever the program stands and however often the file is named.
#[test]
fn a_file_is_checked_with_what_lies_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("ours.yaml", read("short.yaml").replace("email: reminder-1", "email: our-own")),
        ("templates/fr/our-own.subject", "Rappel".to_owned()),
        ("templates/fr/our-own.txt", "{{ debtor.name }}, {{ amount }}".to_owned()),
        ("scenarios/ours.yaml", read("scenario.yaml")),
        ("providers/ours.yaml", read("provider.yaml")),
        ("jurisdictions/xx.yaml", read("jurisdiction.yaml")),
        ("calendars/xx.yaml", read("calendar.yaml")),
    ] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let check = |below: &str, paths: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_relance"));
        let command = command.arg("check").args(paths).current_dir(folder.path().join(below));
        let output = command.env_remove("RELANCE_WORKFLOWS").output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let whole = folder.path().join("ours.yaml").display().to_string();
    let cases: [(&str, &[&str]); 8] = [
        ("", &["ours.yaml"]),
        ("providers", &[&whole]),
        ("", &[".", "ours.yaml", &whole]),
        ("scenarios", &["ours.yaml"]),
        ("providers", &["ours.yaml"]),
        ("jurisdictions", &["xx.yaml"]),
        ("calendars", &["."]),
        ("templates/fr", &["our-own.txt"]),
    ];
    for (below, paths) in cases {
        let (found, said) = check(below, paths);
        assert!(said.contains("files checked: ") && !said.contains("files checked: 0"), "{below} {paths:?}: {said}");
        assert!(said.contains("errors: 0"), "{below} {paths:?}: {found}");
    }
}
