//! When a step goes (rules 1 to 14).

use super::story::*;
use crate::domain::*;
use crate::workflow::*;

/// Thursday 1 January is no business day; due dates below lie in March 2026, a month without holidays.
#[test]
fn rule_02_a_step_goes_at_the_opening_of_its_day() {
    let mut story = Story::of(workflow(vec![reminder("r1", 3), reminder("r2", 10)]));
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    assert_eq!(
        story.until("2026-03-31"),
        [
            "2026-03-05 09:00 notice r1 email A 100.00",
            "2026-03-12 09:00 notice r2 email A 100.00",
            "2026-03-27 09:00 exhausted A",
        ]
    );
    assert_eq!(story.wake_at, None);
}

#[test]
fn rule_02_what_becomes_due_after_the_opening_goes_at_the_next() {
    let mut story = Story::of(workflow(vec![reminder("r1", 3)]));
    story.at("2026-03-16 11:00", invoice("A", 100, "2026-03-02"));
    assert_eq!(story.until("2026-03-20"), ["2026-03-17 09:00 notice r1 email A 100.00"]);
    let mut story = Story::of(workflow(vec![reminder("r1", 3)]));
    story.at("2026-03-16 09:00", invoice("A", 100, "2026-03-02"));
    assert_eq!(story.until("2026-03-20"), ["2026-03-16 09:00 notice r1 email A 100.00"]);
}

#[test]
fn rule_03_a_closed_day_moves_a_step_forward() {
    // Due on Sunday 29 March: five days later is Good Friday, open in France; eight days later Easter Monday.
    let mut story = Story::of(workflow(vec![reminder("r1", 5), reminder("r2", 8)]));
    story.at("2026-02-10", invoice("A", 100, "2026-03-29"));
    assert_eq!(
        story.until("2026-04-10"),
        ["2026-04-03 09:00 notice r1 email A 100.00", "2026-04-07 09:00 notice r2 email A 100.00",]
    );
}
