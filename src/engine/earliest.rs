//! When each case moves if nothing more becomes known: virtual time over `decide`, with the account alone.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use serde::Serialize;

use super::{Book, decide};
use crate::domain::{Account, InvoiceId, NoticeState, Reason, StepId, StepOutcome};

/// How far ahead the earliest moment is looked for.
const AHEAD_DAYS_MAX: i64 = 1_100;
/// Bounds how often an account is decided in that time.
const ROUNDS_MAX: usize = 600;

/// When a case moves if nothing more becomes known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Moves {
    /// When.
    pub at: DateTime<Utc>,
    /// To which step; none where the case ends.
    pub step: Option<StepId>,
    /// `done`, `skipped`, or the state in which it ends.
    pub how: String,
    /// Why it is skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Reason>,
}

/// The first moment at which each case moves if nothing more becomes known; what is ordered counts as accepted.
pub(super) fn earliest(account: &Account, book: &Book, now: DateTime<Utc>) -> BTreeMap<InvoiceId, Moves> {
    let mut later = account.clone();
    let (mut at, end) = (now, now + Duration::days(AHEAD_DAYS_MAX));
    let mut found = BTreeMap::new();
    for _ in 0..ROUNDS_MAX {
        let decision = decide(&later, book, at);
        later.carry_out(&decision);
        let mut accepted = false;
        for notice in later.notices.values_mut().filter(|notice| notice.state == NoticeState::Ordered) {
            (notice.state, notice.accepted_at) = (NoticeState::Accepted, Some(at));
            accepted = true;
        }
        for case in later.cases.values() {
            let before = account.cases.get(&case.invoice);
            let journal = |case: &crate::domain::Case| {
                let lines = case.journal.iter();
                lines.map(|line| (line.step.clone(), line.occurrence, line.outcome.clone())).collect::<Vec<_>>()
            };
            let known = before.map(journal).unwrap_or_default();
            let line = journal(case).into_iter().find(|line| !known.contains(line));
            let ends = before.is_some_and(|before| before.state != case.state);
            let how = match &line {
                Some((_, _, StepOutcome::Skipped(_))) => "skipped".to_owned(),
                Some(_) => "done".to_owned(),
                None if ends => case.state.as_str().to_owned(),
                None => continue,
            };
            let why = match &line {
                Some((_, _, StepOutcome::Skipped(reason))) => Some(*reason),
                _ => None,
            };
            let step = line.map(|(step, _, _)| step);
            found.entry(case.invoice.clone()).or_insert(Moves { at, step, how, why });
        }
        if accepted || !decision.is_empty() {
            continue;
        }
        match decision.wake_at.filter(|wake_at| *wake_at <= end && found.len() < later.cases.len()) {
            Some(wake_at) => at = wake_at,
            None => break,
        }
    }
    found
}
