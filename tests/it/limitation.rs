//! Limitation by the shipped files: computed examples, each with its source.

use chrono::NaiveDate;
use relance::domain::{DebtorKind, InterruptionCause};
use relance::law::{Limitation, LimitedClaim};

use super::law::{day, shipped_law};

/// The last day of a claim under French law, and what decided.
fn limited(
    kind: DebtorKind,
    sector: Option<&str>,
    due_on: &str,
    performed_on: Option<&str>,
    interrupted: &[(InterruptionCause, &str)],
) -> Limitation {
    let fr = shipped_law().jurisdictions.get("fr").unwrap();
    let interrupted: Vec<_> = interrupted.iter().map(|(cause, on)| (*cause, day(on))).collect();
    let claim = LimitedClaim {
        kind,
        sector,
        due_on: Some(day(due_on)),
        issued_on: day("2020-05-16"),
        performed_on: performed_on.map(day),
        interrupted: &interrupted,
    };
    let found = fr.limitation.of_claim(&claim).unwrap();
    assert_eq!(fr.limitation.days_of_claim(&claim), Some((found.ends_on, found.near_on)));
    found
}

/// A claim due on 2020-06-15, of which nothing else is known.
fn unstated(kind: DebtorKind, interrupted: &[(InterruptionCause, NaiveDate)]) -> LimitedClaim<'_> {
    let (due_on, issued_on) = (Some(day("2020-06-15")), day("2020-05-16"));
    LimitedClaim { kind, sector: None, due_on, issued_on, performed_on: None, interrupted }
}

#[test]
fn limitation_is_counted_in_years_and_not_moved() {
    // §8
    use DebtorKind::{Business, Consumer, Public};
    let ends = |kind, sector, due| limited(kind, sector, due, None, &[]).ends_on;
    assert_eq!(ends(Business, None, "2020-06-15"), day("2025-06-15"));
    assert_eq!(ends(Consumer, None, "2023-02-28"), day("2025-02-28"));
    assert_eq!(ends(Business, None, "2024-02-29"), day("2029-02-28"));
    assert_eq!(ends(Business, Some("haulage"), "2025-02-10"), day("2026-02-10"));
    // 2025-06-15 is a Sunday: its end is not extended. Against public bodies whole years count.
    assert_eq!(ends(Public, None, "2021-03-01"), day("2025-12-31"));
    let near = limited(Business, None, "2020-06-15", None, &[]);
    assert_eq!((near.near_on, near.is_assumed, near.is_verified), (day("2024-12-15"), true, false));
    assert!(near.because.iter().any(|why| why.contains("haulage has 1 year")), "{:?}", near.because);
    assert!(!limited(Business, Some("retail"), "2020-06-15", None, &[]).is_assumed);
    let eu = &shipped_law().jurisdictions.get("eu").unwrap().limitation;
    assert_eq!(eu.of_claim(&unstated(Business, &[])), None);
}

#[test]
fn limitation_runs_from_the_earliest_day_and_only_listed_acts_interrupt_it() {
    // §8: acknowledgement on the first example; what comes after the end interrupts nothing.
    use InterruptionCause::{Acknowledgement, CourtClaim, Enforcement};
    let ends =
        |acts: &[(InterruptionCause, &str)]| limited(DebtorKind::Business, None, "2020-06-15", None, acts).ends_on;
    assert_eq!(ends(&[(Acknowledgement, "2023-09-10")]), day("2028-09-10"));
    assert_eq!(ends(&[(Enforcement, "2027-01-05"), (CourtClaim, "2023-09-10")]), day("2032-01-05"));
    assert_eq!(ends(&[(Acknowledgement, "2025-06-16")]), day("2025-06-15"));
    assert_eq!(ends(&[(Acknowledgement, "2019-06-16")]), day("2025-06-15"));
    let delivered = limited(DebtorKind::Business, None, "2020-06-15", Some("2020-05-10"), &[]);
    assert_eq!(delivered.ends_on, day("2025-05-10"));
    let gb = &shipped_law().jurisdictions.get("gb").unwrap().limitation;
    let acts = [(Enforcement, day("2022-01-01"))];
    let found = gb.of_claim(&unstated(DebtorKind::Business, &acts)).unwrap();
    assert_eq!(found.ends_on, day("2026-06-15"));
    assert!(found.because.iter().any(|why| why.contains("not among what interrupts it")), "{:?}", found.because);
}
