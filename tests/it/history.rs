//! The command line of simulations, and a back-test of the public sample "Late payment histories", whose totals must
//! agree with one another and with the file.
//!
//! The sample is looked for in `RELANCE_SHARED`, else in `../shared` beside the project; it is not part of the project.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn relance(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relance"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().unwrap()
}

pub fn sample() -> Option<PathBuf> {
    let given = std::env::var_os("RELANCE_SHARED").map(PathBuf::from);
    let shared = given.clone().unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"));
    let path = shared.join("data/late-payment-histories.csv");
    assert!(path.exists() || given.is_none(), "RELANCE_SHARED has no data/late-payment-histories.csv");
    path.exists().then_some(path)
}

fn sum(counts: &Value) -> u64 {
    counts.as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum()
}

#[test]
fn the_totals_of_the_sample_agree() {
    let Some(path) = sample() else { return };
    let path = path.display().to_string();
    let flags = ["simulate", "--workflow", "workflows/fr-b2b.yaml", "--format", "json", "--price", "standard=1.49"];
    let output = relance(&[&flags[..], &["--history", &path, "--assume", "first_presented=3bd"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let one = &report["policies"][0];
    let number = |value: &Value| value.as_u64().unwrap_or_else(|| panic!("{value}"));

    // What the file says, read without the reader that is tested.
    let text = std::fs::read_to_string(&path).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
    assert_eq!(number(&report["invoices"]), rows.len() as u64);
    assert_eq!(rows.len(), 2_466);
    let late = rows.iter().filter(|row| row[11].parse::<u64>().unwrap() > 3).count() as u64;
    let contacted = number(&one["contacted"]);
    assert!(contacted > 100 && contacted <= late, "{contacted} of {late}: nobody is written to before the fourth day");

    assert_eq!(contacted + sum(&one["never_contacted"]), 2_466);
    let ranges = one["first_contact"]["ranges"].as_array().unwrap();
    assert_eq!(ranges.iter().map(|range| number(&range[1])).sum::<u64>(), contacted);
    assert_eq!(number(&one["first_contact"]["days_overdue"]["count"]), contacted);
    assert_eq!(sum(&one["notices_by_service"]), number(&one["notices"]));
    let steps = one["steps"].as_array().unwrap();
    assert_eq!(steps.iter().map(|step| sum(&step["notices"])).sum::<u64>(), number(&one["notices"]));
    for step in steps {
        assert!(number(&step["within_seven_days"]) <= number(&step["preceded_payment"]), "{step}");
        assert!(number(&step["last_before_payment"]) <= number(&step["preceded_payment"]), "{step}");
        assert!(number(&step["preceded_payment"]) <= number(&step["invoices"]), "{step}");
    }
    // Every invoice of the sample was paid, so of each that was written about one step was the last before.
    let last = steps.iter().map(|step| number(&step["last_before_payment"])).sum::<u64>();
    assert_eq!(last, contacted);
    let groups = one["groups"].as_object().unwrap();
    assert_eq!(groups.len(), 5);
    assert_eq!(groups.values().map(|group| number(&group["invoices"])).sum::<u64>(), 2_466);
    assert_eq!(groups.values().map(|group| number(&group["contacted"])).sum::<u64>(), contacted);
    assert!(report["caveat"].as_str().unwrap().contains("does not show how debtors would have reacted"));
}

#[test]
fn flags_that_do_not_go_together_say_what_to_do() {
    let one = ["--invoice", "1200", "--due", "2026-04-01"];
    let events = ["--events", "book.jsonl"];
    let history = ["--history", "paid.csv"];
    let cases: [(&[&str], &str); 12] = [
        (&[], "add --events FILE.jsonl, or --invoice 1200 --due 2026-04-01, or --history FILE.csv"),
        (&["--due", "2026-04-01"], "add its total: --invoice 1200"),
        (&["--invoice", "1200"], "add --due 2026-04-01"),
        (&[&one[..], &events].concat(), "keep one of them"),
        (&[&events[..], &["--country", "FR"]].concat(), "take one of the two away"),
        (&[&history[..], &["--what-if", "void on 2026-04-01"]].concat(), "take --what-if away"),
        (&[&one[..], &["--issued", "2026-05-01"]].concat(), "--issued 2026-05-01 is after --due 2026-04-01"),
        (&[&one[..], &["--price", "letter=1"]].concat(), "nothing is called `letter`"),
        (&[&one[..], &["--what-if", "payment 5 on monday"]].concat(), "`monday` is no day of the calendar"),
        (&["--invoice", "-5", "--due", "2026-04-01"], "--invoice -5: nothing would be owed"),
        (&["--invoice", "5", "--due", "9999-12-31"], "lies outside the years 1901 to 2199"),
        (&[&one[..], &["--until", "2026-03-01"]].concat(), "is before the invoice is known, on 2026-03-02"),
    ];
    for (flags, told) in cases {
        let output = relance(&[&["simulate", "--workflow", "workflows/fr-b2b.yaml"], flags].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{flags:?}: {said}");
        assert!(said.contains(told) && output.stdout.is_empty(), "{flags:?}: {said}");
    }
}

#[test]
fn one_invoice_is_told_by_flags_and_what_may_happen_in_words() {
    let flags = ["simulate", "--workflow", "workflows/fr-b2b.yaml", "--invoice", "1200", "--due", "2026-04-01"];
    let what_if = ["--what-if", "payment 500 on 2026-04-20", "--what-if", "dispute on 2026-04-15"];
    let more = ["--what-if", "dispute resolved rejected on 2026-04-28", "--until", "2026-05-31"];
    let output = relance(&[&flags[..], &what_if, &more, &["--price", "standard=1.49"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap());
}

#[test]
fn a_workflow_of_consumers_is_tried_on_a_consumer_and_days_are_told_how_to_write() {
    let flags = ["simulate", "--workflow", "workflows/fr-b2c.yaml", "--invoice", "1200"];
    let output = relance(&[&flags[..], &["--due", "2026-04-01"]].concat());
    assert!(String::from_utf8(output.stdout).unwrap().contains("email"));
    for wrong in ["01/04/2026", "2026-02-30"] {
        let output = relance(&[&flags[..], &["--due", wrong]].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("write it like 2026-04-01"), "{said}");
    }
}

#[test]
fn what_a_simulation_waits_for_in_vain_is_told_with_the_flag_that_supposes_it() {
    let flags = ["simulate", "--workflow", "workflows/fr-b2b.yaml", "--invoice", "1200", "--due", "2026-04-01"];
    let approved = ["--what-if", "approve formal-notice on 2026-05-11"];
    let output = relance(&[&flags[..], &approved].concat());
    let told = String::from_utf8(output.stdout).unwrap();
    let wanted = "no report `first_presented` of formal-notice came, so its deadline did not begin: suppose it with \
                  --assume first_presented=0d\n";
    assert!(told.contains("formal-notice of 2026-05-11: no report `first_presented` came"), "{told}");
    assert!(told.contains(&format!("\nProof      {wanted}")), "{told}");
    let output = relance(&[&flags[..], &approved, &["--assume", "first_presented=0d"]].concat());
    assert!(!String::from_utf8(output.stdout).unwrap().contains("no report"));
    // Nobody takes it: the flags that would change that are named.
    let output = relance(&[&flags[..], &["--debtor-kind", "consumer"]].concat());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("no workflow takes this invoice") && said.contains("--debtor-kind"), "{said}");
}

#[test]
fn a_calendar_that_stands_in_for_another_is_warned_of() {
    let flags = ["simulate", "--workflow", "workflows/fr-b2b.yaml", "--invoice", "1200", "--due", "2026-04-01"];
    let warning = "no calendar of BR is known: holidays are those of fr\n";
    let output = relance(&[&flags[..], &["--country", "BR"]].concat());
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains(&format!("\nWarning    {warning}")), "{told}");
    let output = relance(&[&flags[..], &["--country", "BR", "--format", "json"]].concat());
    assert_eq!(String::from_utf8(output.stderr).unwrap(), format!("warning: {warning}"));
    let output = relance(&[&flags[..], &["--country", "BE", "--format", "json"]].concat());
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn money_beyond_what_is_owed_is_told() {
    let flags = ["simulate", "--workflow", "workflows/fr-b2b.yaml", "--invoice", "1200", "--due", "2026-04-01"];
    let output = relance(&[&flags[..], &["--what-if", "payment 1500 on 2026-04-20"]].concat());
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("\nCredit     300.00 EUR paid beyond what is owed, kept for later invoices\n"), "{told}");
    let paid = relance(&[&flags[..], &["--what-if", "payment 1200 on 2026-04-20"]].concat());
    assert!(!String::from_utf8(paid.stdout).unwrap().contains("Credit"));
}

#[test]
fn a_simulation_finds_the_templates_beside_its_workflow() {
    let folder = tempfile::tempdir().unwrap();
    let texts = folder.path().join("templates/fr");
    std::fs::create_dir_all(&texts).unwrap();
    let workflow = folder.path().join("bakery.yaml");
    let text = "relance: 1\nworkflow: bakery\napplies_to: debtor.kind == \"business\"\ntimezone: Europe/Paris\n\
                jurisdiction: fr\nlanguages: [fr]\ncontact: { hours: { mon-fri: \"09:00-18:00\" } }\nsteps:\n  \
                - { id: first, phase: reminder, after_due: 3 days, email: of-the-bakery }\non_exhausted: { task: { kind: decide, within: 10 business days, on_timeout: remind } }\n";
    std::fs::write(&workflow, text).unwrap();
    let path = workflow.display().to_string();
    let run = || {
        let output = relance(&["simulate", "--workflow", &path, "--invoice", "1200", "--due", "2026-04-01"]);
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(run().contains("missing-template"), "nothing lies beside it yet");
    std::fs::write(texts.join("of-the-bakery.subject"), "Rappel").unwrap();
    std::fs::write(texts.join("of-the-bakery.txt"), "Merci de payer.").unwrap();
    assert_eq!(run(), "");
}
