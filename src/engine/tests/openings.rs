//! What becomes due in the course of a day goes at the next opening (rule 2), whatever brought it about.

use super::super::outlook;
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

/// The closed days among the reasons of the notice of a case due on a day, under a step of so long after it.
fn closed(due_on: &str, after: Duration, goes: &str) -> Vec<String> {
    let mut story = Story::of(workflow(vec![step("r1", Phase::Reminder, Anchor::AfterDue(after), email("r1"))]));
    story.carrier = Carrier::Sleeps;
    story.at("2026-03-01", invoice("A", 100, due_on));
    story.until(&format!("{goes} 09:00"));
    let notice = story.last.entries.iter().find(|entry| entry.kind == Kind::Notice).unwrap();
    notice.because.iter().filter(|line| line.starts_with("20") || line.starts_with("no ")).cloned().collect()
}

#[test]
fn the_closed_days_that_moved_a_step_are_named() {
    let easter = "2026-04-06 is Lundi de Pâques, a holiday in fr";
    let weekend = "no contact hours on Sat 2026-04-04, Sun 2026-04-05";
    assert_eq!(closed("2026-04-01", days(5), "2026-04-07"), [easter]);
    assert_eq!(closed("2026-04-01", days(3), "2026-04-07"), [weekend, easter]);
    assert_eq!(closed("2026-04-02", business_days(2), "2026-04-07"), [format!("{easter}, not counted")]);
    let working = Duration { amount: 3, unit: Unit::WorkingDays };
    assert_eq!(closed("2026-04-02", working, "2026-04-07"), [format!("{easter}, not counted")]);
    let unnamed = ["no contact hours on Sat 2026-05-02, Sun 2026-05-03", "2026-05-01 is a holiday in fr"];
    assert_eq!(closed("2026-04-29", days(2), "2026-05-04"), unnamed, "a file may leave names out");
    assert_eq!(closed("2026-04-01", days(1), "2026-04-02"), [] as [&str; 0]);
}

#[test]
fn an_explanation_names_the_holiday_on_which_a_step_is_due() {
    let mut story = Story::of(workflow(vec![reminder("r1", 5)]));
    story.at("2026-03-01", invoice("A", 100, "2026-04-01"));
    story.until("2026-04-02 12:00");
    let view = outlook(&story.account, &story.book, at("2026-04-02 12:00")).remove(0);
    let hours = view.keeps.iter().find(|keeps| keeps.code == "contact_hours").unwrap();
    let wanted = "2026-04-06 is Lundi de Pâques, a holiday in fr; the next opening is 2026-04-07 09:00";
    assert_eq!(hours.because, wanted);
    assert_eq!(view.earliest.unwrap().at, at("2026-04-07 09:00"));
}

#[test]
fn rule_3_the_workflows_calendar_that_stands_in_for_another_is_told() {
    let warning = "no calendar of BR is known: holidays are those of fr".to_owned();
    for (country, told) in [("BR", true), ("FR", false)] {
        let mut story = Story::of(workflow(vec![reminder("r1", 5)]));
        story.carrier = Carrier::Sleeps;
        let abroad = Address { country: country.into(), ..address() };
        story.at("2026-01-02", Fact::Debtor(Debtor { address: Some(abroad), ..a_debtor() }));
        story.at("2026-03-01", invoice("A", 100, "2026-04-01"));
        story.until("2026-04-07 09:00");
        let notice = story.last.entries.iter().find(|entry| entry.kind == Kind::Notice).unwrap();
        assert_eq!(notice.because.contains(&warning), told, "{country}");
        let view = outlook(&story.account, &story.book, at("2026-04-07 09:00")).remove(0);
        assert_eq!(view.chosen.contains(&warning), told, "{country}");
    }
}
