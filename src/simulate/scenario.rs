//! Scenario files: a story in, a timeline out, compared line by line.
//!
//! ```yaml
//! scenario: Paid late, after the first reminder
//! workflow: fr-b2b                    # by name, or a path from this file; several: workflows: [fr-b2b, fr-b2c]
//! until: 2026-05-31                   # last day; optional
//! assume: [first_presented=3bd]       # proofs taken to come where no event says so; optional
//! currency: EUR                       # of events that write none; optional
//! creditor: { name: Atelier Martin }  # what differs from the stock creditor `C-1`; optional
//! debtors:                            # what differs from the stock debtor `D-1`; optional
//!   - { kind: business, contacts: [{ role: billing, email: ap@example.com }] }
//!
//! events:
//!   - { at: 2026-03-02, invoice.upserted: { invoice: F-1, total: 1200.00, due_on: 2026-04-01 } }
//!   - { at: 2026-04-08 14:30, payment.upserted: { payment: P-1, amount: 1200.00 } }
//!
//! expect: |
//!   Tue 2026-04-07
//!     09:00  email    reminder-1  F-1  1200.00 EUR
//!   Wed 2026-04-08
//!     14:30  settled              F-1               payment
//! ```
//!
//! An event is `at` and one key, its type; behind it stands its `data` as in the contract. `at` is a day (its
//! first instant), a day and a time, both in the workflow's zone, or an instant with offset. What `data` leaves
//! out is filled in: the debtor is the first one, the currency the scenario's, an invoice's number its id, days and
//! instants (`issued_on`, `received_on`, `through`, `at`) those of the event, a payment is received, `by` is
//! somebody. A second event about the same creditor, debtor, invoice, payment or credit note changes only what it
//! writes. Beside the type may stand `id`, `sequence` and `creditor`. An item with `specversion` is a whole
//! CloudEvents event and is taken as it is.
//!
//! Creditor and debtors are stated at the moment of the first event. `expect` is what `relance simulate` prints:
//! spacing does not count, lines that begin with `·` or `#` are passed over, and a line may carry its date itself
//! instead of standing under a day. Every line must happen, and nothing else may.

mod bless;
mod compact;
mod compare;
mod diff;
mod examine;
mod junit;
mod schema;
pub(super) mod stock;

use serde::Deserialize;
use serde_json::{Map, Value};

pub use bless::with_expectation;
pub use compare::{Difference, Report};
pub use diff::diff;
pub use examine::examine;
pub use junit::{TestCase, junit};
pub use schema::scenario_schema;

use super::run::simulate;
use super::{Assumption, Input, Options};
use crate::engine::Book;
use crate::law::Law;
use crate::workflow::yaml::{Spanned, read};
use crate::workflow::{Code, Diagnostic, Findings, Workflow, from_yaml};

/// A scenario file as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    scenario: String,
    #[serde(default)]
    workflow: Option<Spanned<String>>,
    #[serde(default)]
    workflows: Vec<Spanned<String>>,
    #[serde(default)]
    until: Option<chrono::NaiveDate>,
    #[serde(default)]
    assume: Vec<Spanned<String>>,
    #[serde(default)]
    currency: Option<String>,
    #[serde(default)]
    creditor: Option<Spanned<Map<String, Value>>>,
    #[serde(default)]
    debtors: Vec<Spanned<Map<String, Value>>>,
    events: Vec<Spanned<Map<String, Value>>>,
    expect: Spanned<String>,
}

/// Runs one scenario file. `find` gives a workflow by the name or path that the file writes, or says why not.
///
/// Errors are mistakes of the file itself, with their places; a timeline that differs is a report that did not
/// pass.
pub fn run(
    file: &str,
    text: &str,
    law: &Law,
    find: &dyn Fn(&str) -> Result<Workflow, String>,
) -> Result<Report, Vec<Diagnostic>> {
    let mut findings = Findings::new(file, text);
    if read(text, &mut findings).is_some_and(|root| examine::is_workflow(&root, &mut findings)) {
        return Err(findings.into_sorted());
    }
    let written: Written = from_yaml(file, text)?;
    let workflows = workflows(&written, find, &mut findings);
    let options = options(&written, &mut findings);
    let expected = compare::expected_lines(&written.expect, &mut findings);
    let Some(first) = workflows.first() else { return Err(findings.into_sorted()) };
    let events = compact::expand(&written, first, text, &mut findings);
    if findings.has_errors() {
        return Err(findings.into_sorted());
    }
    let mut input = Input::default();
    for (line, event) in events {
        input.read(line, &event);
    }
    let names = workflows.iter().map(|workflow| workflow.name.clone()).collect();
    let outcome = simulate(&Book::with_law(workflows, law.clone()), input, &options);
    Ok(Report::new(written.scenario, names, &expected, outcome))
}

/// The workflows that a scenario file names, as it writes them: by name, or by a path beside it.
///
/// Errors are mistakes of the file, with their places.
pub fn workflows_named(file: &str, text: &str) -> Result<Vec<String>, Vec<Diagnostic>> {
    let written: Written = from_yaml(file, text)?;
    Ok(written.workflow.into_iter().chain(written.workflows).map(|name| name.value).collect())
}

/// A workflow by name or path: none where its file is there and wrong, else why there is none, with a remedy.
pub type Found = Result<Option<Workflow>, (String, Option<String>)>;

fn workflows(
    written: &Written,
    find: &dyn Fn(&str) -> Result<Workflow, String>,
    findings: &mut Findings<'_>,
) -> Vec<Workflow> {
    let named: Vec<&Spanned<String>> = written.workflow.iter().chain(&written.workflows).collect();
    if named.is_empty() {
        findings.add(Code::MissingKey, 0..0, "`workflow` is missing: which workflow is this scenario about?");
    }
    let mut found = Vec::new();
    for name in named {
        match find(&name.value) {
            Ok(workflow) => found.push(workflow),
            Err(why) => findings.add(Code::UnknownWorkflow, name.span.clone(), why),
        }
    }
    found
}

fn options(written: &Written, findings: &mut Findings<'_>) -> Options {
    let mut assume = Vec::new();
    for text in &written.assume {
        match text.value.parse::<Assumption>() {
            Ok(assumption) => assume.push(assumption),
            Err(why) => findings.add(Code::BadValue, text.span.clone(), why.to_string()),
        }
    }
    Options { until: written.until, assume }
}

#[cfg(test)]
mod hostile;
