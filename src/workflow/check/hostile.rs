//! Files that nobody wrote: neither a panic nor more findings than a person reads, whatever the bytes.

use proptest::prelude::*;

use super::{CheckContext, check};
use crate::workflow::{Diagnostic, FINDINGS_MAX, SourceFile};

/// A message with what it quotes, in characters, and the mark where it was cut.
const MESSAGE_CHARS_MAX: usize = 401;

fn findings(text: impl Into<String>) -> Vec<Diagnostic> {
    check(&[SourceFile::new("hostile.yaml", text)], &CheckContext::default()).findings
}

#[test]
fn findings_and_messages_are_bounded_whatever_the_file_holds() {
    let keys: String = (0..20_000).map(|number| format!("key-{number}: x\n")).collect();
    let scalar = format!("relance: 1\nworkflow: {}\n", "A".repeat(500_000));
    let items = format!("relance: 1\nlanguages: [{}]\n", "XX, ".repeat(100_000));
    for text in [keys, scalar, items, "- ".repeat(10_000), "{".repeat(100_000)] {
        let findings = findings(text);
        assert!((1..=FINDINGS_MAX + 1).contains(&findings.len()), "{}", findings.len());
        assert!(findings.iter().all(|finding| finding.message.chars().count() <= MESSAGE_CHARS_MAX));
    }
}

/// 2 to the power of 60 ways lead from the last step to the first: each step is looked at once.
#[test]
fn a_web_of_requirements_is_read_in_reasonable_time() {
    let step = |number: usize| {
        let above: Vec<String> = (0..number).map(|above| format!("s{above}")).collect();
        let phase = if number == 60 { "legal" } else { "prevention" };
        let above = above.join(", ");
        format!("  - {{ id: s{number}, phase: {phase}, after_due: {number} days, requires: [{above}], publish: x }}\n")
    };
    let head = "relance: 1\nworkflow: web\napplies_to: true\ntimezone: Europe/Paris\njurisdiction: fr\ncontact: { hours: \
                { mon-fri: \"09:00-18:00\" } }\non_exhausted: { wait: 15 days }\nsteps:\n";
    let found = findings(format!("{head}{}", (0..=60).map(step).collect::<String>()));
    assert_eq!(found.len(), FINDINGS_MAX + 1, "each may be skipped, and waits for those that may be");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let findings = findings(String::from_utf8_lossy(&bytes));
        prop_assert!((1..=FINDINGS_MAX + 1).contains(&findings.len()));
    }
}
