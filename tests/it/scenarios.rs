//! What is wrong with a scenario file is said with its place; that the shipped ones come out is `shipped`'s.

use std::fs;
use std::path::Path;

use relance::domain::Kind;
use relance::simulate::scenario;
use relance::workflow::{Workflow, parse_workflow, read_law};

fn find(name: &str) -> Result<Workflow, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("workflows/{name}.yaml"));
    let text = fs::read_to_string(&path).map_err(|_| format!("no workflow `{name}`"))?;
    parse_workflow(name, &text).map_err(|found| format!("{name}.yaml: {}", found[0].message))
}

#[test]
fn mistakes_of_a_scenario_have_their_place() {
    let law = read_law(&[]).unwrap();
    let text = "scenario: wrong\nworkflow: nowhere\nassume: [soon]\nevents:\n  - { at: tomorrow, invoice.upserted: {} }\n  \
                - { at: 2026-03-02 }\nexpect: |\n  09:00 email\n";
    let found = scenario::run("wrong.yaml", text, &law, &find).unwrap_err();
    let places: Vec<(usize, &str)> = found.iter().map(|one| (one.line, one.message.as_str())).collect();
    assert!(places.iter().any(|(line, why)| *line == 2 && why.contains("nowhere")), "{places:?}");
    assert!(places.iter().any(|(line, why)| *line == 3 && why.contains("soon")), "{places:?}");
    assert!(places.iter().any(|(_, why)| why.contains("stands under no day")), "{places:?}");

    let workflow = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows/fr-b2b.yaml")).unwrap();
    let found = scenario::run("fr-b2b.yaml", &workflow, &law, &find).unwrap_err();
    assert!(found.len() == 1 && found[0].message.contains("this is a workflow"), "{found:?}");

    let text = text.replace("nowhere", "fr-b2b").replace("[soon]", "[]").replace("  09:00 email", "  # nothing");
    let found = scenario::run("wrong.yaml", &text, &law, &find).unwrap_err();
    assert_eq!(found.iter().map(|one| one.line).collect::<Vec<_>>(), [5, 6], "{found:?}");
}

#[test]
fn an_event_that_would_be_quarantined_fails_the_scenario_with_its_line() {
    let law = read_law(&[]).unwrap();
    let text = "scenario: refused\nworkflow: fr-b2b\nuntil: 2026-04-30\nevents:\n  \
                - { at: 2026-03-02, invoice.upserted: { invoice: F-1, total: 10.005, due_on: 2026-04-01 } }\n  \
                - { at: 2026-03-02, invoice.upserted: { invoice: F-2, total: 1200.00, due_on: 2026-04-01 } }\nexpect: \"\"\n";
    let report = scenario::run("refused.yaml", text, &law, &find).unwrap();
    assert!(!report.passed());
    assert_eq!(
        report.refused.iter().map(|one| (one.line, one.refusal.field.as_str())).collect::<Vec<_>>(),
        [(5, "data.total")]
    );
    assert!(report.entries.iter().any(|entry| entry.kind == Kind::Notice));
    let shown = report.to_string();
    assert!(shown.contains("  + 2026-03-25 09:00 email before-due F-2 1200.00 EUR"), "{shown}");
}

#[test]
fn what_is_wrong_with_a_party_or_a_misspelt_field_has_its_place_and_its_remedy() {
    let law = read_law(&[]).unwrap();
    let text = "scenario: places\nworkflow: fr-b2b\nuntil: 2026-05-31\ndebtors:\n  - { kind: busines }\nevents:\n  \
                - { at: someday, invoice.upserted: { invoice: F-1, total: 12.00, due_on: 2026-04-01 } }\n  \
                - { at: 2026-03-03, invoice.upserted: { invoice: F-2, totl: 12.00, due_on: 2026-04-01 } }\nexpect: \"\"\n";
    let found = scenario::examine("places.yaml", text, &law, &|name| Ok(find(name).ok()));
    let told: Vec<(usize, usize, &str)> =
        found.iter().map(|one| (one.line, one.column, one.help.as_deref().unwrap_or_default())).collect();
    assert_eq!(told[0].0, 5, "{told:?}");
    assert_eq!((told[1].0, told[1].1), (7, 11), "{told:?}");
    assert_eq!((told[2].0, told[2].2), (8, "write `total` for `totl`"), "{told:?}");
    let report = scenario::run("places.yaml", &text.replace("someday", "2026-03-02"), &law, &find).unwrap();
    assert_eq!(report.refused.iter().map(|one| one.line).collect::<Vec<_>>(), [5, 8]);
}

/// The workflow and the scenario that the README shows belong together.
#[test]
fn the_scenario_of_the_readme_passes_with_its_workflow() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let blocks: Vec<&str> = readme.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let beginning = |key: &str| *blocks.iter().find(|block| block.starts_with(key)).unwrap();
    let workflow = parse_workflow("README.md", beginning("relance:")).unwrap();
    let law = read_law(&[]).unwrap();
    let report = scenario::run("README.md", beginning("scenario:"), &law, &|_| Ok(workflow.clone())).unwrap();
    assert!(report.passed(), "{report}");
}
