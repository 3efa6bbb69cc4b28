//! What becomes due in the course of a day goes at the next opening (rule 2), whatever brought it about.

use super::story::*;
use crate::domain::*;
use crate::workflow::*;

#[test]
fn rule_2_an_approved_step_that_was_held_since_goes_at_the_next_opening() {
    let asked =
        Step { approval: Some(Approval { role: "manager".into(), when: None, expires: None }), ..reminder("r1", 3) };
    let mut story = Story::of(workflow(vec![asked]));
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    story.at("2026-03-05 20:00", approval("A", "r1", ApprovalAnswer::Approved));
    story.at("2026-03-05 21:00", Fact::HoldPlaced(manual("H", None)));
    story.at("2026-03-09 10:00", Fact::HoldReleased("H".into()));
    assert_eq!(
        story.until("2026-03-12"),
        [
            "2026-03-05 09:00 approval r1 A",
            "2026-03-05 20:00 approved r1 A",
            "2026-03-05 21:00 held (manual) A",
            "2026-03-09 10:00 resumed (manual) A",
            "2026-03-10 09:00 notice r1 email A 100.00",
        ]
    );
}

#[test]
fn rule_2_what_a_proof_makes_due_that_comes_late_goes_at_the_next_opening() {
    let legal = step(
        "legal",
        Phase::Legal,
        Anchor::AfterDeadlineOf("formal-notice".into(), days(0)),
        Action::Block("x".into()),
    );
    let mut story = Story::of(workflow(vec![formal_notice(3), legal]));
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    story.at("2026-03-31 12:00", reported("A", "formal-notice", DeliveryStatus::FirstPresented, "2026-03-09"));
    let said = story.until("2026-04-02");
    assert!(said.contains(&"2026-04-01 09:00 block legal A".to_owned()), "{said:#?}");
}
