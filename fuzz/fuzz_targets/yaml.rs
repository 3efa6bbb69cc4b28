//! The strict reader into a type of its own: law files, calendars, providers.
#![no_main]

use relance::law::{CalendarFile, Jurisdiction};
use relance::workflow::{Diagnostic, FINDINGS_MAX, Provider, from_yaml};

libfuzzer_sys::fuzz_target!(|text: &str| {
    bounded(from_yaml::<Jurisdiction>("fuzz.yaml", text).err());
    bounded(from_yaml::<CalendarFile>("fuzz.yaml", text).err());
    let _ = Provider::parse("fuzz.yaml", text);
});

fn bounded(findings: Option<Vec<Diagnostic>>) {
    assert!(findings.is_none_or(|findings| !findings.is_empty() && findings.len() <= FINDINGS_MAX + 1));
}
