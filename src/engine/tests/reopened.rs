//! Questions to a person that were taken back with their case are asked again when it is owed again; and what insolvency
//! asks of claims that no workflow chases.

use super::story::*;
use crate::domain::*;
use crate::workflow::*;

fn reversed(id: &str, amount: i64, received_on: &str) -> Fact {
    match payment(id, amount, received_on, &[("A", amount)]) {
        Fact::Payment(paid) => Fact::Payment(Payment { status: PaymentStatus::Reversed, ..paid }),
        other => other,
    }
}

/// Facts of one payment replace one another.
fn pay(story: &mut Story, time: &str, fact: Fact) {
    story.until(&format!("{time} 11:59"));
    story.now = at(&format!("{time} 12:00"));
    let version = Version { time: story.now, sequence: 0, id: time.to_owned() };
    story.account.facts.apply("P", version, fact);
    story.decide();
}

fn open_tasks(story: &Story) -> Vec<String> {
    let open = story.account.tasks.values().filter(|task| task.state == TaskState::Open);
    open.map(|task| task.reason.clone().unwrap_or_default()).collect()
}

/// Paid in full, and the payment taken back, before the question was answered.
fn asked_again(mut story: Story, reason: &str) {
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    story.until("2026-05-04");
    assert_eq!(open_tasks(&story), [reason]);
    pay(&mut story, "2026-05-05", payment("P", 100, "2026-05-05", &[("A", 100)]));
    assert_eq!(open_tasks(&story), [] as [&str; 0], "nobody needs an answer about what is paid");
    pay(&mut story, "2026-05-07", reversed("P", 100, "2026-05-05"));
    // What a step waits for is asked at its moment, the next opening.
    story.until("2026-05-12");
    assert_eq!(open_tasks(&story), [reason]);
}

#[test]
fn a_missing_proof_is_asked_for_again_when_the_claim_is_owed_again() {
    asked_again(Story::of(workflow(vec![formal_notice(3), reminder("last", 4)])), "proof_missing");
}

#[test]
fn what_a_step_requires_is_asked_again_when_the_claim_is_owed_again() {
    let never = Step { when: Some(when("balance > 1000")), ..reminder("first", 3) };
    let needy = Step { requires: vec!["first".into()], ..reminder("last", 8) };
    asked_again(Story::of(workflow(vec![never, needy])), "requires");
}

#[test]
fn the_decision_at_the_end_is_asked_again_when_the_claim_is_owed_again() {
    let Action::Task(decide) = task(90, OnTimeout::Remind) else { panic!("a task") };
    let on_exhausted = OnExhausted { wait: days(15), task: Some(decide) };
    asked_again(Story::of(Workflow { on_exhausted, ..workflow(vec![reminder("first", 3)]) }), "exhausted");
}

#[test]
fn rule_29_a_claim_that_no_workflow_chases_is_declared_all_the_same() {
    let mut story = Story::of(Workflow { applies_to: when("false"), ..workflow(vec![reminder("first", 3)]) });
    story.book.jurisdictions = read_law(&[]).unwrap().jurisdictions.into();
    let opened = InsolvencyOpened {
        debtor: "D1".into(),
        procedure: "x".into(),
        judgment_date: day("2026-06-15"),
        published_on: Some(day("2026-06-20")),
        representative: None,
    };
    story.at("2026-05-02 10:00", invoice("A", 20, "2026-06-01"));
    story.at("2026-06-22 10:00", Fact::InsolvencyOpened(opened));
    assert_eq!(
        story.until("2026-07-30"),
        [
            "2026-05-02 10:00 held (no_workflow) A",
            "2026-06-22 10:00 task (insolvency) A",
            "2026-06-22 10:00 held (insolvency) A",
        ]
    );
    let task = story.account.tasks.values().next().unwrap();
    // Two months from publication; the last day is a Thursday.
    assert_eq!((task.kind.as_str(), task.due_on), ("declare_claim", Some(day("2026-08-20"))));
}

#[test]
fn rule_29_nobody_is_asked_anything_more_about_a_claim_that_insolvency_stopped() {
    let mut story = Story::of(workflow(vec![formal_notice(3), reminder("last", 4)]));
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    let opened = InsolvencyOpened {
        debtor: "D1".into(),
        procedure: "x".into(),
        judgment_date: day("2026-03-09"),
        published_on: None,
        representative: None,
    };
    story.at("2026-03-10", Fact::InsolvencyOpened(opened));
    story.until("2026-05-04");
    assert_eq!(open_tasks(&story), ["insolvency"], "the missing proof is not asked for");
}
