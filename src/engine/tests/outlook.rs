//! What holds a case back, situation by situation: every reason with its code and sentence, and when it moves.

use super::super::outlook;
use super::story::*;
use crate::domain::*;
use crate::workflow::*;

/// The outlook of case A at an instant, as text.
fn told(story: &Story, when: &str) -> String {
    let view = outlook(&story.account, &story.book, at(when)).into_iter().find(|one| one.invoice.as_str() == "A");
    let view = view.unwrap();
    let day = |day: Option<chrono::NaiveDate>| day.map_or("-".to_owned(), |day| day.to_string());
    let step = view.step.as_ref().map_or("-", |step| step.as_str());
    let mut lines =
        vec![format!("{} at {step}, planned {}, due {}", view.state.as_str(), day(view.planned), day(view.due))];
    lines.extend(view.jumped.iter().map(|whence| format!("jumped: {whence}")));
    lines.extend(view.keeps.iter().map(|one| format!("{}: {} [{}]", one.code, one.because, one.released_by)));
    lines.push(match &view.earliest {
        Some(moves) => {
            let step = moves.step.as_ref().map_or("-", |step| step.as_str());
            let why = moves.why.map_or("", Reason::as_str);
            format!("moves {} {step} {} {why}", moves.at.format("%Y-%m-%d %H:%M"), moves.how).trim_end().to_owned()
        }
        None => "needs a person or an event".to_owned(),
    });
    lines.extend(view.if_released.map(|at| format!("if released {}", at.format("%Y-%m-%d %H:%M"))));
    lines.join("\n")
}

/// Case A of 100.00, due on Monday 2026-03-02, with a fact learnt on a day, at noon of another.
fn with(steps: Vec<Step>, known: &str, fact: Option<Fact>, when: &str) -> String {
    let mut story = Story::of(workflow(steps));
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    if let Some(fact) = fact {
        story.at(known, fact);
    }
    story.until(&format!("{when} 12:00"));
    told(&story, &format!("{when} 12:00"))
}

fn two() -> Vec<Step> {
    vec![reminder("first", 3), reminder("last", 20)]
}

#[test]
fn dates_and_spacing_are_told_with_their_numbers() {
    insta::assert_snapshot!("not_due", with(two(), "", None, "2026-02-10"));
    insta::assert_snapshot!(
        "spacing",
        with(
            vec![reminder("first", 3), reminder("last", 9)],
            "2026-02-10",
            Some(Fact::HoldPlaced(manual("H", Some("2026-03-08")))),
            "2026-03-10"
        )
    );
}

#[test]
fn every_hold_is_told() {
    let whole = |amount| {
        let (id, debtor, invoice) = ("X".into(), "D1".into(), "A".into());
        Fact::DisputeOpened(DisputeOpened { id, debtor, invoice, amount, category: None, reason: None })
    };
    let on = "2026-03-04";
    insta::assert_snapshot!("dispute", with(two(), on, Some(whole(None)), "2026-03-06"));
    let until = Fact::HoldPlaced(manual("H", Some("2026-03-20")));
    insta::assert_snapshot!("manual_until", with(two(), on, Some(until), "2026-03-06"));
    insta::assert_snapshot!("manual", with(two(), on, Some(Fact::HoldPlaced(manual("H", None))), "2026-03-06"));
    let asked = Some(DoNotContact { reason: "lawyer".into() });
    let debtor = Fact::Debtor(Debtor { do_not_contact: asked, ..a_debtor() });
    insta::assert_snapshot!("do_not_contact", with(two(), on, Some(debtor), "2026-03-06"));
    let pending = match payment("P", 100, "2026-03-04", &[("A", 100)]) {
        Fact::Payment(paid) => Fact::Payment(Payment { status: PaymentStatus::Pending, ..paid }),
        other => other,
    };
    insta::assert_snapshot!("pending_collection", with(two(), on, Some(pending), "2026-03-06"));
}

#[test]
fn people_proofs_and_ends_are_told() {
    let ask = Approval { role: "manager".into(), when: None, expires: None };
    let asked = Step { approval: Some(ask), ..reminder("first", 3) };
    insta::assert_snapshot!("approval", with(vec![asked], "", None, "2026-03-06"));
    let call = step("call", Phase::Reminder, Anchor::AfterDue(days(3)), task(5, OnTimeout::Continue));
    insta::assert_snapshot!("task", with(vec![call], "", None, "2026-03-06"));
    let formal = || vec![formal_notice(3), reminder("last", 4)];
    insta::assert_snapshot!("proof_missing", with(formal(), "", None, "2026-03-06"));
    let shown = reported("A", "formal-notice", DeliveryStatus::FirstPresented, "2026-03-06 10:00");
    insta::assert_snapshot!("deadline_running", with(formal(), "2026-03-06 10:00", Some(shown), "2026-03-09"));
    insta::assert_snapshot!("exhausted", with(vec![reminder("first", 3)], "", None, "2026-04-30"));
    let paid = payment("P", 100, "2026-03-04", &[("A", 100)]);
    insta::assert_snapshot!("settled", with(two(), "2026-03-06", Some(paid), "2026-03-07"));
    let needy = Step { requires: vec!["first".into()], ..reminder("last", 8) };
    let never = Step { when: Some(when("balance > 1000")), ..reminder("first", 3) };
    insta::assert_snapshot!("requires", with(vec![never, needy], "", None, "2026-03-12"));
}

#[test]
fn budget_minimum_and_blocks_are_told_together() {
    let mut written = workflow(two());
    written.contact.days_between = 10;
    let mut story = Story::of(written);
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    let contact = ContactRecorded {
        debtor: "D1".into(),
        channel: "call".into(),
        direction: Direction::Outbound,
        outcome: "reached".into(),
        at: at("2026-03-04 10:00"),
        note: None,
        task: None,
    };
    story.at("2026-03-04 10:00", Fact::Contact(contact));
    story.until("2026-03-06 12:00");
    insta::assert_snapshot!("contact_budget", told(&story, "2026-03-06 12:00"));
    story.book.blocked.insert(("fr-b2b".into(), "first".into()), "wrong bank account".into());
    insta::assert_snapshot!("blocked_step", told(&story, "2026-03-17 12:00"));

    let small = Workflow { minimum_balance: 500.into(), ..workflow(two()) };
    let mut story = Story::of(small);
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    story.until("2026-03-06 12:00");
    insta::assert_snapshot!("below_minimum", told(&story, "2026-03-06 12:00"));
}

/// A call that jumps to a letter when it is refused; answered on Friday at 10:00.
fn refused(letter: Step, when: &str) -> String {
    let call = step("ring", Phase::Reminder, Anchor::AfterDue(days(3)), task(5, OnTimeout::Continue));
    let call = Step { outcomes: [("refused".to_owned(), Effect::GoTo("post".into()))].into(), ..call };
    let mut story = Story::of(workflow(vec![call, reminder("later", 10), letter]));
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    story.at("2026-03-05 10:00", answered("A", "ring", "refused"));
    story.until(when);
    told(&story, when)
}

#[test]
fn a_step_that_a_jump_landed_on_has_one_date_and_tells_what_led_there() {
    let post = || step("post", Phase::Reminder, Anchor::AfterDue(days(20)), letter(LetterService::Standard));
    insta::assert_snapshot!("jumped", refused(post(), "2026-03-05 12:00"));
    let ask = Approval { role: "manager".into(), when: None, expires: None };
    insta::assert_snapshot!("jumped_asked", refused(Step { approval: Some(ask), ..post() }, "2026-03-06 12:00"));
    let never = Step { when: Some(when("balance > 1000")), ..post() };
    insta::assert_snapshot!("jumped_skipped", refused(never, "2026-03-05 12:00"));
}

#[test]
fn a_step_that_follows_one_reached_by_a_jump_is_not_said_to_wait_for_its_plan() {
    let call = step("ring", Phase::Reminder, Anchor::AfterDue(days(3)), task(5, OnTimeout::Continue));
    let call = Step { outcomes: [("refused".to_owned(), Effect::GoTo("post".into()))].into(), ..call };
    let free = step("free", Phase::Reminder, Anchor::AfterStep("post".into(), days(4)), email("free"));
    let mut story = Story::of(workflow(vec![call, reminder("post", 20), free]));
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    story.at("2026-03-05 10:00", answered("A", "ring", "refused"));
    story.until("2026-03-06 12:00");
    insta::assert_snapshot!("after_step", told(&story, "2026-03-06 12:00"));
}
