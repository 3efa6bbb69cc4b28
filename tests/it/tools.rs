//! The tools of an ops team, through the program: what they print, what they write, and how they end.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

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

/// A folder that is named is tested by its own workflows and law, and a workflow by its name, whatever its file is called.
#[test]
fn a_folder_is_tested_by_the_workflows_beside_its_scenarios() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("scenarios")).unwrap();
    let workflow = shipped("fr-b2b.yaml").replace("workflow: fr-b2b", "workflow: our-b2b  # ours");
    written(folder.path(), "policy.yaml", &workflow);
    let story = shipped("scenarios/fr-b2b-to-the-end.yaml").replace("workflow: fr-b2b", "workflow: our-b2b");
    let story = written(&folder.path().join("scenarios"), "our-b2b.yaml", &story);
    let root = folder.path().display().to_string();
    for path in [root.as_str(), &format!("{root}/scenarios"), &story] {
        let output = relance(&["test", path]);
        assert_eq!(output.status.code(), Some(0), "{path}: {}", out(&output));
    }
    fs::rename(folder.path().join("policy.yaml"), folder.path().join("other.txt")).unwrap();
    let output = relance(&["test", &story]);
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).contains("no workflow in workflows is called `our-b2b`"), "{}", out(&output));

    // The other tools take the name as well.
    fs::rename(folder.path().join("other.txt"), folder.path().join("policy.yaml")).unwrap();
    let of_folder = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relance"));
        command.args(arguments).env("RELANCE_WORKFLOWS", folder.path()).output().unwrap()
    };
    assert!(out(&of_folder(&["graph", "our-b2b"])).contains("reminder-1"));
    let walked = of_folder(&[
        "simulate",
        "--workflow",
        "our-b2b",
        "--invoice",
        "100",
        "--due",
        "2026-04-01",
        "--until",
        "2026-05-31",
    ]);
    assert!(out(&walked).contains("reminder-1"), "{}", out(&walked));
    let other = of_folder(&["graph", &story]);
    let said = String::from_utf8(other.stderr).unwrap();
    assert!(said.contains("this is a scenario, and no workflow") && said.matches("error[").count() == 1, "{said}");
    let unknown = of_folder(&["graph", "their-b2b"]);
    let said = String::from_utf8(unknown.stderr).unwrap();
    assert!(said.contains("their-b2b does not exist, and no workflow in"), "{said}");
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
    let output = relance(&["test", &file, "--fail-under", "50", "--format", "junit"]);
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(report.contains("<failure type=\"coverage\"") && report.contains("wanted are 50 %"), "{report}");
    assert!(!report.contains("failures=\"0\""), "{report}");
    assert_eq!(relance(&["test", "--coverage", "--fail-under", "100"]).status.code(), Some(0));
}

#[test]
fn fmt_finds_the_shipped_files_in_their_form() {
    let output = relance(&["fmt", "--check"]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
}

#[test]
fn fmt_shows_or_writes_what_it_changes_and_leaves_mistakes_alone() {
    let folder = tempfile::tempdir().unwrap();
    let untidy = shipped("fr-b2c.yaml").replace("    email: reminder-1", "    email:   'reminder-1'   # polite");
    let file = written(folder.path(), "a.yaml", &untidy);
    let output = relance(&["fmt", "--check", &file]);
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).contains("+    email: \"reminder-1\""), "{}", out(&output));
    assert_eq!(fs::read_to_string(&file).unwrap(), untidy);
    assert_eq!(relance(&["fmt", &file]).status.code(), Some(0));
    assert_eq!(relance(&["fmt", "--check", &file]).status.code(), Some(0));
    let wrong = untidy.replace("phase: legal", "phase: leagl");
    let file = written(folder.path(), "b.yaml", &wrong);
    let output = relance(&["fmt", &file]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("leagl"));
    assert_eq!(fs::read_to_string(&file).unwrap(), wrong);
}

#[test]
fn what_new_writes_passes_at_once() {
    let countries = ["fr", "gb", "be", "de", "lu"];
    let kinds = ["business", "consumer", "public"];
    let channels = ["email", "sms", "letter", "email,letter", "email,letter,sms"];
    // Each country with each kind, and each set of channels in turn.
    let matrix = countries.iter().flat_map(|country| kinds.iter().map(move |kind| (country, kind)));
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().display().to_string();
    let mut names = Vec::new();
    for (number, (country, kind)) in matrix.enumerate() {
        let (by, name) = (channels[number % channels.len()], format!("w-{country}-{kind}"));
        let language = ["fr", "en", "fr,en"][number % 3];
        let flags = ["new", &name, "--country", country, "--kind", kind, "--channels", by, "--language", language];
        let output = in_folder(&root, &flags);
        assert_eq!(output.status.code(), Some(0), "{flags:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(in_folder(&root, &flags).status.code(), Some(2), "an existing file is not touched");
        names.push(name);
    }
    let late = ["new", "late", "--first-reminder", "20 days", "--formal-notice", "2 months", "--minimum-balance", "50"];
    assert_eq!(in_folder(&root, &late).status.code(), Some(0));
    let refused = ["new", "x", "--channels", "email", "--formal-notice", "35 days"];
    assert_eq!(in_folder(&root, &refused).status.code(), Some(2));
    // Letters take long to try; the forms differ least in what they send, so one of them is checked whole.
    let check = in_folder(&root, &["check", &format!("{root}/w-fr-business.yaml"), "--strict"]);
    assert_eq!(check.status.code(), Some(0), "{}{}", out(&check), String::from_utf8_lossy(&check.stderr));
    let test = in_folder(&root, &["test"]);
    assert_eq!(test.status.code(), Some(0), "{}", out(&test));
    assert!(out(&test).contains(&format!("{} passed, 0 failed", names.len() + 1)));
    let fmt = in_folder(&root, &["fmt", "--check"]);
    assert_eq!(fmt.status.code(), Some(0), "{}", out(&fmt));
}

/// Runs `new` on a terminal of its own, on which `answers` are typed; what the terminal showed.
fn asked(root: &str, name: &str, answers: &str) -> (Option<i32>, String) {
    let command = format!("{} new {name}", env!("CARGO_BIN_EXE_relance"));
    let mut terminal = Command::new("script")
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .env("RELANCE_WORKFLOWS", root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    terminal.stdin.take().unwrap().write_all(answers.as_bytes()).unwrap();
    let output = terminal.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn what_no_flag_says_is_asked_until_the_answer_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().display().to_string();
    let (code, shown) =
        asked(&root, "typed", "gb\nbusines\nbusiness\nemail,fax\nemail,letter\n\nsoon\n5 days\n9 days\n40 days\n\n");
    assert_eq!(code, Some(0), "{shown}");
    for said in ["`busines` is not one of", "`fax` is no channel", "`soon` is no duration", "leaves no week"] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    let text = fs::read_to_string(folder.path().join("typed.yaml")).unwrap();
    for said in ["timezone: Europe/London", "languages: [en]", "after_due: 5 days", "after_due: 40 days"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let (code, shown) = asked(&root, "cut", "gb\n");
    assert!(code == Some(2) && shown.contains("the answers ended"), "{shown}");
    assert!(!folder.path().join("cut.yaml").exists());
}

fn in_folder(root: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_relance")).args(arguments).env("RELANCE_WORKFLOWS", root).output().unwrap()
}

#[test]
fn graph_shows_where_a_case_stands() {
    let chart = out(&relance(&["graph", "fr-b2b"]));
    assert!(chart.starts_with("flowchart TD") && chart.contains("step3 -. \"refused\" .-> step5"), "{chart}");
    let folder = tempfile::tempdir().unwrap();
    let event = |kind: &str, time: &str, data: &str| {
        format!(
            r#"{{"specversion":"1.0","id":"{kind}","source":"/t","type":"{kind}","time":"{time}","creditor":"C-1","data":{data}}}"#
        )
    };
    let events = [
        event(
            "creditor.upserted",
            "2026-03-01T08:00:00Z",
            r#"{"id":"C-1","name":"A","legal_id":"552100554","address":{"lines":["1"],"postal_code":"69003","city":"Lyon","country":"FR"},"email_from":"a@example.org","locale":"fr","timezone":"Europe/Paris"}"#,
        ),
        event(
            "debtor.upserted",
            "2026-03-01T08:00:00Z",
            r#"{"debtor":"D-1","kind":"business","name":"B","contacts":[{"role":"billing","email":"b@example.org"}]}"#,
        ),
        event(
            "invoice.upserted",
            "2026-03-02T08:00:00Z",
            r#"{"invoice":"F-1","number":"F-1","debtor":"D-1","currency":"EUR","total":"1200.00","issued_on":"2026-03-02","due_on":"2026-04-01"}"#,
        ),
    ];
    let file = written(folder.path(), "book.jsonl", &events.join("\n"));
    let case = ["--case", "C-1/F-1", "--events", &file, "--until", "2026-04-10"];
    let drawn = out(&relance(&[&["graph", "fr-b2b", "--format", "svg"], &case[..]].concat()));
    assert!(drawn.contains("done 2026-04-07") && drawn.contains(">next, planned 2026-04-11<"), "{drawn}");
    assert!(drawn.contains(">planned 2026-04-18<"), "the call: {drawn}");
    let unknown = relance(&["graph", "fr-b2b", "--case", "C-1/F-9", "--events", &file]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("F-9"));
}

#[test]
fn schema_template_prints_every_name_with_a_sample() {
    let names = out(&relance(&["schema", "template", "--language", "fr"]));
    for name in [
        "creditor.name",
        "debtor.name",
        "contact.",
        "invoices[].number",
        "totals[].",
        "charges.",
        "deadline.term",
        "today",
        "step",
    ] {
        assert!(names.lines().any(|line| line.starts_with(name)), "{name}\n{names}");
    }
}

#[test]
fn check_prints_the_page_of_a_code() {
    let output = relance(&["check", "--explain", "letter-retry"]);
    assert_eq!(output.status.code(), Some(0));
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/codes/letter-retry.md")).unwrap();
    assert_eq!(out(&output), page);
    let output = relance(&["check", "--explain", "letter-rety"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("there is no code `letter-rety`; did you mean `letter-retry`?"), "{said}");
}

/// A story usually means its answers and reports to count.
#[test]
fn simulate_says_which_answers_and_reports_nothing_took() {
    let flags =
        ["simulate", "--workflow", "fr-b2b", "--invoice", "1200", "--due", "2026-04-01", "--until", "2026-05-31"];
    let with = |sayings: &[&str], more: &[&str]| {
        let sayings: Vec<&str> = sayings.iter().flat_map(|saying| ["--what-if", saying]).collect();
        relance(&[&flags[..], &sayings, more].concat())
    };
    let in_vain = [
        "approve reminder-1 on 2026-05-12",
        "approve formal-notice on 2026-04-02",
        "first_presented formal-notice on 2026-04-15",
        "answer call refused on 2026-04-02",
    ];
    let output = with(&in_vain, &[]);
    assert_eq!(output.status.code(), Some(0));
    let said = out(&output);
    let said: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("Warning ")).map(str::trim).collect();
    assert_eq!(
        said,
        [
            "the answer of 2026-04-02 to the approval of formal-notice for F-1 changed nothing: none was asked then",
            "the answer of 2026-04-02 to the task of call for F-1 changed nothing: none was open then",
            "the answer of 2026-05-12 to the approval of reminder-1 for F-1 changed nothing: none was asked then",
            "the report `first_presented` of 2026-04-15 on formal-notice for F-1 changed nothing: no notice of it was \
             ordered then",
        ]
    );
    let lines = with(&in_vain[..1], &["--format", "json"]);
    assert!(String::from_utf8(lines.stderr).unwrap().contains("warning: the answer of 2026-05-12 to the approval"));
    let taken = ["first_presented formal-notice on 2026-05-13", "answer call refused on 2026-04-23"];
    assert!(!out(&with(&taken, &[])).contains("Warning"), "{}", out(&with(&taken, &[])));
}
