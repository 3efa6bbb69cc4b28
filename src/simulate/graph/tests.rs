//! Pictures of the shipped workflow and of a hostile one.

use super::*;
use crate::domain::StepRecord;
use crate::workflow::parse_workflow;

const FR_B2B: &str = include_str!("../../../workflows/fr-b2b.yaml");

fn workflow(text: &str) -> Workflow {
    parse_workflow("fr-b2b.yaml", text).unwrap()
}

fn case() -> Case {
    let at = "2026-04-07T07:00:00Z".parse().unwrap();
    let mut case = Case::new("F-1".into(), at);
    case.state = CaseState::Open;
    let mut record = |step: &str, outcome, day: &str| {
        let (notices, day) = (Vec::new(), day.parse().unwrap());
        case.journal.push(StepRecord {
            step: step.into(),
            occurrence: 1,
            outcome,
            day,
            at,
            notices,
            task: None,
            failed_since: None,
            also: Default::default(),
        });
    };
    record("before-due", StepOutcome::Skipped(Reason::WhenFalse), "2026-03-25");
    record("reminder-1", StepOutcome::Done, "2026-04-07");
    record("reminder-2", StepOutcome::Done, "2026-04-13");
    case
}

fn ahead(step: &str, planned: Option<&str>) -> StepAhead {
    let planned = planned.map(|day| day.parse().unwrap());
    StepAhead {
        step: step.into(),
        names: [step.into()].into(),
        planned,
        is_past: false,
        is_over: false,
        backfill: false,
    }
}

#[test]
fn the_shipped_workflow_is_drawn() {
    let workflow = workflow(FR_B2B);
    let overlay =
        Overlay::of(&workflow, &case(), &[ahead("call", Some("2026-04-18")), ahead("letter", Some("2026-04-25"))]);
    let day = |text: &str| text.parse().unwrap();
    assert_eq!(overlay.of_step(&"call".into()), Some(&Stand::Next(Some(day("2026-04-18")))));
    assert_eq!(overlay.of_step(&"letter".into()), Some(&Stand::Planned(day("2026-04-25"))));
    assert_eq!(overlay.of_step(&"legal".into()), None, "no day is known for it yet");
    insta::assert_snapshot!("mermaid", mermaid(&workflow, None));
    insta::assert_snapshot!("mermaid_case", mermaid(&workflow, Some(&overlay)));
    insta::assert_snapshot!("svg_case", svg(&workflow, Some(&overlay)));
}

#[test]
fn hostile_texts_stay_texts() {
    let title = r#"title: "\"]; click start call alert(1) <script>x</script> & `md` #quot; %% end""#;
    let hostile = workflow(&FR_B2B.replacen("title: Business customers, France", title, 1));
    let drawn = svg(&hostile, None);
    assert!(!drawn.contains("<script>") && drawn.contains("&lt;script&gt;"), "{drawn}");
    let chart = mermaid(&hostile, None);
    let start = chart.lines().find(|line| line.trim_start().starts_with("start(")).unwrap();
    assert_eq!(start.matches('"').count(), 2, "{start}");
    assert!(!start.contains(['<', '`', '%', ']']) || start.ends_with("\"])"), "{start}");
    assert!(!start.contains("<script"), "{start}");
}
