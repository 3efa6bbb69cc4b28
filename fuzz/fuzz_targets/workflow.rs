//! A workflow file through the whole check, and its findings as text.
#![no_main]

use std::sync::LazyLock;

use relance::law::Law;
use relance::workflow::{CheckContext, Colours, FINDINGS_MAX, SourceFile, check, read_law, render_text};

static LAW: LazyLock<Law> = LazyLock::new(|| read_law(&[]).expect("the carried law files are sound"));

libfuzzer_sys::fuzz_target!(|text: &str| {
    let file = SourceFile::new("fuzz.yaml", text);
    let report = check(std::slice::from_ref(&file), &CheckContext { law: Some(&LAW), ..CheckContext::default() });
    assert!(report.findings.len() <= FINDINGS_MAX + 1);
    assert_eq!(report.workflows.is_empty(), report.has_errors());
    for finding in &report.findings {
        assert!(text.get(finding.span.clone()).is_some(), "the place is within the file");
    }
    assert_eq!(render_text(&report.findings, &[file], Colours::None).is_empty(), report.findings.is_empty());
});
