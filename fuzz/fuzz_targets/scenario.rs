//! A scenario file, run against the shipped workflows.
#![no_main]

use std::sync::LazyLock;

use relance::law::Law;
use relance::simulate::scenario;
use relance::workflow::{Workflow, parse_workflow, read_law};

static LAW: LazyLock<Law> = LazyLock::new(|| read_law(&[]).expect("the carried law files are sound"));
static WORKFLOW: LazyLock<Workflow> = LazyLock::new(|| {
    let text = include_str!("../../workflows/fr-b2b.yaml");
    parse_workflow("fr-b2b.yaml", text).expect("the shipped workflow is sound")
});

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Err(findings) = scenario::run("fuzz.yaml", text, &LAW, &|_| Ok(WORKFLOW.clone())) {
        assert!(!findings.is_empty());
    }
});
