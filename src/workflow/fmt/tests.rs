//! Shipped files with comments, blank lines and disorder put in: the form is found again, and nothing is lost.

use proptest::prelude::*;

use super::*;

const SHIPPED: &[&str] = &[
    include_str!("../../../workflows/fr-b2b.yaml"),
    include_str!("../../../workflows/fr-b2c.yaml"),
    include_str!("../../../workflows/en-b2b.yaml"),
    include_str!("../../../tests/workflow/example.yaml"),
    include_str!("../../../workflows/scenarios/fr-b2b-to-the-end.yaml"),
];

fn form(text: &str) -> String {
    canonical_form("a.yaml", text).unwrap_or_else(|mistakes| panic!("{mistakes:?}\n{text}"))
}

#[test]
fn shipped_files_are_in_their_form() {
    for text in SHIPPED {
        similar_lines(&form(text), text);
    }
}

fn similar_lines(found: &str, wanted: &str) {
    for (at, (found, wanted)) in found.lines().zip(wanted.lines()).enumerate() {
        assert_eq!(found, wanted, "line {}", at + 1);
    }
    assert_eq!(found.len(), wanted.len());
}

#[test]
fn an_untidy_file_is_put_in_order() {
    let text = "\u{feff}# head\n\non_exhausted: {wait: 15 days}   # end\nworkflow: a\nrelance: 1\r\napplies_to: true\n\n\n\ntimezone:   \
                Europe/Paris\njurisdiction: 'fr'\nsteps:   # the calendar\n- email: {template: r,attach: [invoice,statement]} # first\n  # about \
                the id\n  id: a\n  phase: reminder\n  after_due: 3 days\n  # the end of a\n# about b\n-   after_due: 10 days\n    id: b\n    \
                phase: reminder\n    task:\n        kind: call\n        on_timeout: continue\n        within: 2 days\n        note: >-\n              \
                long\n\n              text\ncontact:\n   hours:\n      mon-fri: [\"09:00-12:00\",\n                \"14:00-18:00\"]\n# the last word\n";
    let written = form(&text.replace('\r', ""));
    insta::assert_snapshot!(written);
    assert_eq!(form(&written), written);
    let crlf = form(&text.replace('\r', "").replace('\n', "\r\n"));
    assert_eq!(crlf, written.replace('\n', "\r\n"));
}

#[test]
fn a_blank_line_within_a_step_parts_neighbours_and_does_not_move_with_one() {
    let step = |keys: &str| HEAD.to_owned() + keys + END;
    let moved = step("  - after_due: 3 days\n    id: a\n\n    email: r\n    phase: reminder\n");
    let written = form(&moved);
    assert!(written.contains("  - id: a\n    phase: reminder\n    after_due: 3 days\n    email: r\n"), "{written}");
    let kept = step("  - id: a\n    phase: reminder\n\n    after_due: 3 days\n    email: r\n");
    assert!(form(&kept).contains("    phase: reminder\n\n    after_due: 3 days\n"), "{}", form(&kept));
}

const HEAD: &str = "relance: 1\nworkflow: a\napplies_to: true\ntimezone: Europe/Paris\njurisdiction: fr\n\
                            contact: { hours: { mon-fri: \"09:00-18:00\" } }\n\nsteps:\n";
const END: &str = "\non_exhausted: { task: { kind: decide, within: 10 business days, on_timeout: remind } }\n";

#[test]
fn a_file_with_mistakes_is_left_alone() {
    assert!(canonical_form("a.yaml", "a: [").is_err());
    let mistakes = canonical_form("a.yaml", "relance: 1\nworkflow: a\n").unwrap_err();
    assert!(mistakes.iter().any(|one| one.message.contains("`steps` is missing")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn nothing_is_lost(
        file in 0..SHIPPED.len(),
        put in proptest::collection::vec((0_usize..90, 0_usize..9, 0_usize..3), 0..12),
        swap in proptest::collection::vec(0_usize..90, 0..6),
    ) {
        let mut lines: Vec<String> = SHIPPED[file].lines().map(str::to_owned).collect();
        for at in swap {
            // Neighbours of one depth change places where both are whole lines of keys.
            let at = at % (lines.len() - 1);
            let depth = |line: &str| line.len() - line.trim_start().len();
            let whole = |line: &str| line.contains(": ") && !line.trim_start().starts_with(['-', '#']);
            if file < 4 && depth(&lines[at]) == depth(&lines[at + 1]) && whole(&lines[at]) && whole(&lines[at + 1]) {
                lines.swap(at, at + 1);
            }
        }
        for (number, (at, depth, kind)) in put.into_iter().enumerate() {
            let at = at % lines.len();
            let line = match kind {
                0 => String::new(),
                1 => format!("{}# put in {number}", " ".repeat(depth)),
                _ if lines[at].contains(" #") || lines[at].trim().is_empty() || lines[at].contains('|') => continue,
                _ => { lines[at].push_str(&format!("{}# behind {number}", " ".repeat(depth + 1))); continue; }
            };
            lines.insert(at, line);
        }
        let text = lines.join("\n") + "\n";
        let mut findings = Findings::new("", &text);
        let root = read(&text, &mut findings);
        prop_assume!(root.is_some() && !findings.has_errors());
        let before = texts(&text);
        let written = form(&text);
        prop_assert_eq!(texts(&written), before);
        prop_assert_eq!(form(&written), written.clone());
        if let (Ok(old), Ok(new)) = (parse_workflow("a.yaml", &text), parse_workflow("a.yaml", &written)) {
            prop_assert_eq!(old.revision, new.revision);
        }
    }
}
