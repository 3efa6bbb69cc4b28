//! Scenario files that nobody wrote: neither a panic nor a hang nor more findings than a person reads.

use proptest::prelude::*;

use super::examine;
use crate::law::Law;
use crate::workflow::{Diagnostic, FINDINGS_MAX, Workflow, parse_workflow};

const SOUND: &str = "scenario: Paid late\nworkflow: small\nuntil: 2026-05-31\nassume: [first_presented=3bd]\n\
                     debtors:\n  - { kind: business }\nevents:\n  \
                     - { at: 2026-03-02, invoice.upserted: { invoice: F-1, total: 1200.00, due_on: 2026-04-01 } }\n  \
                     - { at: 2026-04-08 14:30, payment.upserted: { payment: P-1, amount: 1200.00 } }\n\
                     expect: |\n  Wed 2026-04-08\n    14:30 settled F-1 payment\n";

fn workflow() -> Workflow {
    let text = include_str!("../../../tests/pages/workflow.yaml");
    parse_workflow("small.yaml", text).unwrap()
}

fn findings(text: &str, workflow: &Workflow) -> Vec<Diagnostic> {
    examine("story.yaml", text, &Law::default(), &|_| Ok(Some(workflow.clone())))
}

fn is_bounded(found: &[Diagnostic]) -> bool {
    found.len() <= FINDINGS_MAX + 1 && found.iter().all(|one| one.message.chars().count() <= 401)
}

#[test]
fn findings_are_bounded_and_far_days_end() {
    let workflow = workflow();
    assert_eq!(findings(SOUND, &workflow), vec![]);
    let event = "  - { at: 2026-03-02, invoice.upserted: { invoice: F-1, total: 1, due_on: 2026-13-45 } }\n";
    let many = SOUND.replace("expect:", &format!("{}expect:", event.repeat(5_000)));
    let lines = SOUND.replace("expect: |\n", &format!("expect: |\n{}", "  Nonsense of a line\n".repeat(20_000)));
    let deep = format!("scenario: a\nevents: {}", "[".repeat(50_000));
    let far = SOUND.replace("2026-05-31", "9999-12-31").replace("2026-04-01", "9999-12-30");
    let old = SOUND.replace("2026", "0001");
    for text in [many, lines, deep, far, old] {
        assert!(is_bounded(&findings(&text, &workflow)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let found = findings(&String::from_utf8_lossy(&bytes), &workflow());
        prop_assert!(is_bounded(&found));
    }

    #[test]
    fn no_edit_of_a_sound_file_panics(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..8, "[ -~\\n]{0,8}"), 1..6)
    ) {
        let mut letters: Vec<char> = SOUND.chars().collect();
        for (at, length, text) in edits {
            let at = at.index(letters.len() + 1);
            letters.splice(at..(at + length).min(letters.len()), text.chars());
        }
        prop_assert!(is_bounded(&findings(&letters.into_iter().collect::<String>(), &workflow())));
    }
}
