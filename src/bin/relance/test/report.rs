//! What `relance test` prints: for people, for programs, for CI servers.

use std::collections::BTreeMap;

use relance::simulate::scenario::{Difference, TestCase, diff, junit};
use relance::simulate::{Branch, StepCover};
use relance::workflow::{Colours, SourceFile, render_text};
use serde_json::{Value, json};

use super::{Ran, TestFormat, Walked};

/// Prints the results, what was walked of each workflow, and for CI servers whether that is what was `wanted`.
pub fn print(ran: &[Ran], walked: &[Walked], wanted: &[TestCase], format: TestFormat) -> anyhow::Result<()> {
    match format {
        TestFormat::Text => print_text(ran, walked),
        TestFormat::Json => {
            ran.iter().for_each(|one| println!("{}", as_json(one)));
            walked.iter().for_each(|one| println!("{}", coverage_json(one)));
        }
        TestFormat::Junit => {
            print!("{}", junit(&ran.iter().map(as_case).chain(wanted.iter().cloned()).collect::<Vec<_>>()));
            // The XML has no place for it.
            walked.iter().for_each(|one| eprint!("{}", coverage_text(one)));
        }
    }
    Ok(())
}

/// Whether `percent` of each workflow was walked, steps and branches each as a case.
pub fn wanted(walked: &[Walked], percent: u8) -> Vec<TestCase> {
    let mut cases = Vec::new();
    for one in walked {
        for (what, share) in [("steps", one.coverage.steps_covered()), ("branches", one.coverage.branches_covered())] {
            let too_little = share.0 * 100 < share.1 * usize::from(percent);
            let failure = too_little.then(|| {
                let share = percentage(share);
                let message = format!(
                    "{}: scenarios walk {share} of its {what}, wanted are {percent} %; `relance test --coverage` names the others",
                    one.file
                );
                (message, coverage_text(one))
            });
            let title = format!("scenarios walk {percent} % of the {what}");
            cases.push(TestCase { file: one.file.clone(), title, kind: "coverage", failure });
        }
    }
    cases
}

fn print_text(ran: &[Ran], walked: &[Walked]) {
    let colours = crate::check::colours();
    for one in ran.iter().filter(|one| !one.passed()) {
        match &one.result {
            Ok(report) => println!("{}: {}\n{}", one.file, report.title, diff(report, colours)),
            Err(findings) => {
                let source = SourceFile::new(one.file.clone(), one.text.clone());
                println!("{}", render_text(findings, &[source], colours));
            }
        }
    }
    walked.iter().for_each(|one| println!("{}", coverage_text(one)));
    let passed = ran.iter().filter(|one| one.passed()).count();
    println!("{passed} passed, {} failed", ran.len() - passed);
}

fn as_case(ran: &Ran) -> TestCase {
    let (title, failure) = match &ran.result {
        Ok(report) => {
            let text = diff(report, Colours::None);
            let message = || {
                let first = text.lines().find(|line| line.trim_start().starts_with("first difference:"));
                first.or(text.lines().next()).unwrap_or_default().trim().to_owned()
            };
            (report.title.clone(), (!ran.passed()).then(|| (message(), text.clone())))
        }
        Err(findings) => {
            let message = findings.first().map(|one| one.message.clone()).unwrap_or_default();
            let source = SourceFile::new(ran.file.clone(), ran.text.clone());
            (ran.file.clone(), Some((message, render_text(findings, &[source], Colours::None))))
        }
    };
    TestCase { file: ran.file.clone(), title, kind: "timeline", failure }
}

fn as_json(ran: &Ran) -> Value {
    match &ran.result {
        Ok(report) => {
            let line = |line: &Difference| match line {
                Difference::Same(line, _) => json!({ "is": "same", "line": line }),
                Difference::Missing(line) => json!({ "is": "missing", "line": line }),
                Difference::Extra(line, because) => json!({ "is": "extra", "line": line, "because": because }),
            };
            let refused: Vec<Value> = report.refused.iter().map(|one| json!(one.to_string())).collect();
            json!({
                "file": ran.file, "scenario": report.title, "workflows": report.workflows, "passed": ran.passed(),
                "blessed": ran.blessed, "lines": report.lines.iter().map(line).collect::<Vec<_>>(), "refused": refused,
            })
        }
        Err(findings) => json!({ "file": ran.file, "passed": false, "mistakes": findings }),
    }
}

fn line_of(walked: &Walked, place: &str) -> usize {
    // A place that is written in short form, `approval: manager`, is that of the key itself.
    let mut place = place;
    loop {
        match (walked.lines.get(place), place.rsplit_once('.')) {
            (Some(line), _) => return *line,
            (None, Some((above, _))) => place = above,
            (None, None) => return 1,
        }
    }
}

fn coverage_json(walked: &Walked) -> Value {
    let of = &walked.coverage;
    let step = |step: &StepCover| {
        let line = line_of(walked, &format!("steps.{}", step.id));
        json!({ "step": step.id, "line": line, "done": step.done, "skipped": step.skipped })
    };
    let branch = |branch: &Branch| {
        let line = line_of(walked, &branch.place);
        json!({ "step": branch.step, "place": branch.place, "line": line, "branch": branch.name, "taken": branch.taken })
    };
    json!({
        "coverage": of.workflow, "file": walked.file,
        "steps_percent": percent(of.steps_covered()), "branches_percent": percent(of.branches_covered()),
        "steps": of.steps.iter().map(step).collect::<Vec<_>>(),
        "branches": of.branches.iter().map(branch).collect::<Vec<_>>(),
    })
}

fn coverage_text(walked: &Walked) -> String {
    let of = &walked.coverage;
    let mut out = format!(
        "{}: {} of the steps, {} of the branches\n",
        walked.file,
        percentage(of.steps_covered()),
        percentage(of.branches_covered())
    );
    for step in &of.steps {
        let skipped: usize = step.skipped.values().sum();
        let reasons: BTreeMap<String, usize> =
            step.skipped.iter().map(|(reason, count)| (reason.as_str().to_owned(), *count)).collect();
        let reasons: Vec<String> = reasons.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        let reasons = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) };
        out.push_str(&format!("  {:24} done {:3}, skipped {skipped:3}{reasons}\n", step.id.as_str(), step.done));
    }
    let steps =
        of.steps.iter().filter(|step| step.done == 0).map(|step| {
            (line_of(walked, &format!("steps.{}", step.id)), format!("no scenario does the step {}", step.id))
        });
    let branches = of.branches.iter().filter(|branch| branch.taken == 0).map(|branch| {
        let step = branch.step.as_ref().map_or_else(String::new, |step| format!(" at {step}"));
        (line_of(walked, &branch.place), format!("no scenario shows{step}: {}", branch.name))
    });
    let mut open: Vec<(usize, String)> = steps.chain(branches).collect();
    open.sort();
    for (line, what) in open {
        out.push_str(&format!("  {}:{line}: {what}\n", walked.file));
    }
    out
}

fn percent((part, whole): (usize, usize)) -> usize {
    (part * 100).checked_div(whole).unwrap_or(100)
}

fn percentage((part, whole): (usize, usize)) -> String {
    format!("{part}/{whole} ({} %)", percent((part, whole)))
}
