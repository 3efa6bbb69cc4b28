//! Ways round a rule that were open once: through a step that is over, a jump, a second revision, an early payment.

use super::story::*;
use crate::domain::*;
use crate::workflow::*;

fn after_step(id: &str, parent: &str) -> Step {
    step(id, Phase::Legal, Anchor::AfterStep(parent.into(), days(2)), block())
}

fn block() -> Action {
    Action::Block("deliveries".into())
}

/// Two reminders, then the formal notice of day 30 and what follows its deadline.
fn to_court() -> Vec<Step> {
    let legal = Anchor::AfterDeadlineOf("formal-notice".into(), days(0));
    vec![reminder("r1", 3), formal_notice(30), step("legal", Phase::Legal, legal, block())]
}

fn promised(pay_by: &str) -> Fact {
    let (debtor, amount) = ("D1".into(), 100.into());
    let pay_by = day(pay_by);
    let promise =
        PromiseMade { id: "P".into(), debtor, invoices: vec![], amount, pay_by, said_by: None, channel: None };
    Fact::PromiseMade(promise)
}

#[test]
fn rules_16_and_29_a_claim_whose_steps_are_over_is_held_and_no_longer_listed() {
    let mut story = Story::of(workflow(vec![reminder("r1", 3)]));
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    story.at("2026-02-02", invoice("B", 50, "2026-04-15"));
    assert_eq!(
        story.until("2026-04-01"),
        ["2026-03-05 09:00 notice r1 email A 100.00", "2026-03-20 09:00 exhausted A"]
    );
    story.at("2026-04-10 10:00", Fact::HoldPlaced(HoldPlaced { invoice: Some("A".into()), ..manual("H", None) }));
    assert_eq!(
        story.until("2026-04-20"),
        ["2026-04-10 10:00 held (manual) A", "2026-04-20 09:00 notice r1 email B 50.00"]
    );
}

#[test]
fn rule_27_a_promise_on_a_claim_whose_steps_are_over_is_waited_for() {
    let mut story = Story::of(workflow(vec![reminder("r1", 3)]));
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    story.until("2026-04-01");
    story.at("2026-04-10 10:00", promised("2026-04-20"));
    assert_eq!(
        story.until("2026-05-01"),
        [
            "2026-04-10 10:00 held (promise) A",
            "2026-04-23 00:00 resumed (promise) A",
            "2026-04-23 00:00 promise_broken A",
        ]
    );
}

#[test]
fn rule_27_a_plan_paid_early_still_runs_to_its_last_instalment() {
    let mut story = Story::of(workflow(vec![reminder("r1", 3), reminder("r2", 10)]));
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    let instalment = |due_on, amount: i64| Instalment { due_on: day(due_on), amount: amount.into() };
    let instalments = vec![instalment("2026-03-10", 20), instalment("2026-04-10", 20)];
    let (id, debtor, invoices) = ("L".into(), "D1".into(), vec!["A".into()]);
    story.at("2026-03-06 10:00", Fact::PlanAgreed(PlanAgreed { id, debtor, invoices, instalments }));
    story.at("2026-03-09 10:00", payment("P", 40, "2026-03-09", &[("A", 40)]));
    assert_eq!(
        story.until("2026-04-20"),
        [
            "2026-03-05 09:00 notice r1 email A 100.00",
            "2026-03-06 10:00 held (plan) A",
            "2026-03-09 10:00 plan_kept A",
            "2026-04-15 00:00 resumed (plan) A",
            "2026-04-15 09:00 notice r2 email A 60.00",
        ]
    );
}

#[test]
fn rule_26_a_part_that_was_accepted_and_never_credited_asks_a_person() {
    let mut story = Story::of(workflow(vec![reminder("r1", 3)]));
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    let (id, debtor, invoice) = ("X".into(), "D1".into(), "A".into());
    let opened = DisputeOpened { id, debtor, invoice, amount: Some(30.into()), category: None, reason: None };
    story.at("2026-03-03", Fact::DisputeOpened(opened));
    let resolved = DisputeResolved { id: "X".into(), outcome: DisputeOutcome::Accepted };
    story.at("2026-03-04", Fact::DisputeResolved(resolved));
    assert_eq!(story.until("2026-03-19"), ["2026-03-05 09:00 notice r1 email A 70.00", "2026-03-19 00:00 task A"]);
}

#[test]
fn rule_9_a_letter_that_was_not_taken_counts_from_its_first_presentation() {
    let formal =
        Step { deadline: Some(Deadline { term: days(15), after: DeliveryStatus::Delivered }), ..formal_notice(10) };
    for (presented, unclaimed, legal) in
        [(Some("2026-03-16"), "2026-03-31", "2026-04-01 09:00"), (None, "2026-03-31", "2026-04-16 09:00")]
    {
        let mut steps = to_court();
        steps[1] = formal.clone();
        let mut story = Story::of(workflow(steps));
        story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
        if let Some(day) = presented {
            story.at(day, reported("A", "formal-notice", DeliveryStatus::FirstPresented, day));
        }
        story.at(unclaimed, reported("A", "formal-notice", DeliveryStatus::Unclaimed, unclaimed));
        let said = story.until("2026-04-20");
        assert!(said.contains(&format!("{legal} block legal A")), "{said:#?}");
    }
}

#[test]
fn rule_22_a_jump_over_the_formal_notice_lands_on_it_first() {
    let mut story = Story::of(Workflow { on_broken_promise: Some("legal".into()), ..workflow(to_court()) });
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    story.at("2026-03-06 10:00", promised("2026-03-09"));
    story.at("2026-03-16", reported("A", "formal-notice", DeliveryStatus::FirstPresented, "2026-03-16"));
    assert_eq!(
        story.until("2026-04-10")[2..],
        [
            "2026-03-12 00:00 resumed (promise) A",
            "2026-03-12 00:00 promise_broken A",
            "2026-03-12 09:00 notice formal-notice letter registered_receipt A 100.00",
            "2026-04-01 09:00 block legal A",
        ]
    );
}

#[test]
fn rule_12_a_jump_to_what_follows_a_step_that_was_skipped_is_skipped() {
    let never = Step { when: Some(when("balance > 5000")), ..formal_notice(30) };
    let steps = vec![reminder("r1", 3), never, after_step("legal", "formal-notice")];
    let mut story = Story::of(Workflow { on_broken_promise: Some("legal".into()), ..workflow(steps) });
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    story.at("2026-03-06 10:00", promised("2026-03-09"));
    let said = story.until("2026-03-13");
    assert!(said.contains(&"2026-03-12 09:00 skipped (when_false) formal-notice A".to_owned()), "{said:#?}");
    assert!(said.contains(&"2026-03-12 09:00 skipped (parent_skipped) legal A".to_owned()), "{said:#?}");
}

#[test]
fn rules_11_and_22_a_repeated_step_that_a_jump_lands_on_keeps_its_distance() {
    let again = Step { repeat: Some(Repeat { every: days(7), at_most: 3 }), ..reminder("again", 40) };
    let steps = vec![reminder("r1", 3), again];
    let mut story = Story::of(Workflow { on_broken_promise: Some("again".into()), ..workflow(steps) });
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    story.at("2026-03-06 10:00", promised("2026-03-09"));
    assert_eq!(
        story.until("2026-03-31")[4..],
        [
            "2026-03-12 09:00 notice again email A 100.00",
            "2026-03-19 09:00 notice again email A 100.00",
            "2026-03-26 09:00 notice again email A 100.00",
        ]
    );
}

#[test]
fn rule_16_formal_notices_of_two_revisions_are_two_letters_each_with_its_own_term() {
    let shorter =
        Step { deadline: Some(Deadline { term: days(8), after: DeliveryStatus::FirstPresented }), ..formal_notice(10) };
    let mut story = Story::of(workflow(vec![shorter]));
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    story.until("2026-02-03");
    story.add(Workflow { revision: "r2".into(), ..workflow(vec![formal_notice(10)]) });
    story.at("2026-02-05", invoice("B", 50, "2026-03-02"));
    assert_eq!(
        story.until("2026-03-12"),
        [
            "2026-03-12 09:00 notice formal-notice letter registered_receipt A 100.00",
            "2026-03-12 09:00 notice formal-notice letter registered_receipt B 50.00",
        ]
    );
    let terms = story.account.notices.values().map(|notice| (notice.revision.to_string(), notice.lines.len()));
    assert_eq!(
        terms.collect::<std::collections::BTreeMap<_, _>>().into_iter().collect::<Vec<_>>(),
        [("r1".to_owned(), 1), ("r2".to_owned(), 1)]
    );
}
