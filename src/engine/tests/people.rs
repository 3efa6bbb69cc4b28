//! Who is written to about what, approvals, tasks, jumps (rules 15 to 25, 31).

use super::story::*;
use crate::domain::*;
use crate::workflow::*;

#[test]
fn rule_15_an_invoice_waits_for_its_debtor() {
    let mut story = Story::bare(workflow(vec![reminder("r1", 3)]));
    story.at("2026-01-01", creditor()).at("2026-02-10", invoice("A", 100, "2026-03-02"));
    story.at("2026-02-12", Fact::Debtor(a_debtor()));
    assert_eq!(
        story.until("2026-03-05"),
        [
            "2026-02-10 00:00 held (debtor_unknown) A",
            "2026-02-12 00:00 resumed (debtor_unknown) A",
            "2026-03-05 09:00 notice r1 email A 100.00",
        ]
    );
}

#[test]
fn rule_15_a_workflow_that_does_not_exist_holds_and_none_that_applies_too() {
    let mut story = Story::bare(Workflow { applies_to: when("balance >= 500"), ..workflow(vec![reminder("r1", 3)]) });
    story.at("2026-01-01", creditor());
    story.at("2026-01-01", Fact::Debtor(Debtor { workflow: Some("other".into()), ..a_debtor() }));
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    story.at("2026-02-12", Fact::Debtor(a_debtor()));
    assert_eq!(
        story.until("2026-03-31"),
        [
            "2026-02-10 00:00 task A",
            "2026-02-10 00:00 held (workflow_unknown) A",
            "2026-02-12 00:00 held (no_workflow) A",
            "2026-02-12 00:00 resumed (workflow_unknown) A",
        ]
    );
}

#[test]
fn rule_16_the_furthest_step_speaks_and_lists_all_that_is_overdue() {
    let mut story = Story::of(workflow(vec![reminder("r1", 3), reminder("r2", 10), reminder("r3", 40)]));
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    story.at("2026-02-10", invoice("B", 70, "2026-03-09"));
    story.at("2026-02-10", invoice("C", 30, "2026-03-11"));
    assert_eq!(
        story.until("2026-03-19"),
        [
            "2026-03-05 09:00 notice r1 email A 100.00",
            "2026-03-12 09:00 notice r2 email A,B,C 200.00",
            "2026-03-16 09:00 notice r1 email A,B,C 200.00",
            "2026-03-19 09:00 notice r2 email A,B,C 200.00",
        ]
    );
    let notice = story.account.notices.values().find(|notice| notice.lines.len() == 2).unwrap();
    let lines: Vec<String> = notice.lines.iter().map(|line| format!("{} {}", line.invoice, line.step)).collect();
    assert_eq!(lines, ["A r2", "B r1"]);
}

#[test]
fn rule_16_formal_notices_join_only_cases_at_the_same_step() {
    let mut story = Story::of(workflow(vec![reminder("r1", 3), formal_notice(10)]));
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    story.at("2026-02-10", invoice("B", 70, "2026-03-02"));
    story.at("2026-02-10", invoice("C", 30, "2026-03-09"));
    assert_eq!(
        story.until("2026-03-12"),
        [
            "2026-03-05 09:00 notice r1 email A,B 170.00",
            "2026-03-12 09:00 notice r1 email C 30.00",
            "2026-03-12 09:00 notice formal-notice letter registered_receipt A,B 170.00",
        ]
    );
}

#[test]
fn rule_16_one_entry_for_each_currency_and_one_notice() {
    let mut story = Story::of(workflow(vec![reminder("r1", 3)]));
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    let currency = Currency::from_code("USD").unwrap();
    story.at("2026-02-10", Fact::Invoice(Invoice { currency, ..an_invoice("B", 70, "2026-03-02") }));
    assert_eq!(
        story.until("2026-03-05"),
        ["2026-03-05 09:00 notice r1 email A 100.00", "2026-03-05 09:00 notice r1 email B 70.00 USD",]
    );
    assert_eq!(story.account.notices.len(), 1);
}

#[test]
fn rule_16_a_group_of_which_one_is_paid_is_withdrawn_and_decided_again() {
    let mut story = Story::of(workflow(vec![reminder("r1", 3)]));
    story.carrier = Carrier::Sleeps;
    story.at("2026-02-10", invoice("A", 100, "2026-03-02")).at("2026-02-10", invoice("B", 70, "2026-03-02"));
    story.at("2026-03-05 10:00", payment("P", 100, "2026-03-05", &[("A", 100)]));
    assert_eq!(
        story.until("2026-03-05")[..3],
        [
            "2026-03-05 09:00 notice r1 email A,B 170.00",
            "2026-03-05 10:00 notice r1 email B 70.00",
            "2026-03-05 10:00 settled (payment) A",
        ]
    );
    let live: Vec<_> = story.account.notices.values().map(|one| (one.lines.len(), one.state)).collect();
    assert!(live.contains(&(2, NoticeState::Withdrawn)), "{live:?}");
}

#[test]
fn rule_17_below_the_minimum_a_case_waits_without_a_line() {
    let mut written = workflow(vec![reminder("r1", 3)]);
    written.minimum_balance = 15.into();
    let mut story = Story::of(written);
    story.at("2026-02-10", invoice("A", 14, "2026-03-02")).at("2026-02-10", invoice("B", 15, "2026-03-02"));
    story.at("2026-03-10 12:00", invoice("A", 16, "2026-03-02"));
    assert_eq!(
        story.until("2026-03-11"),
        ["2026-03-05 09:00 notice r1 email A,B 29.00", "2026-03-11 09:00 notice r1 email A,B 31.00",]
    );
}

#[test]
fn rule_20_a_fallback_goes_where_no_channel_can_be_used_and_else_the_step_is_skipped() {
    let fallback = vec![message(Channel::Letter, "by-post")];
    let mut story =
        Story::of(workflow(vec![Step { if_unreachable: fallback, ..reminder("r1", 3) }, reminder("r2", 10)]));
    story.at("2026-02-01", Fact::Debtor(Debtor { contacts: vec![], ..a_debtor() }));
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    assert_eq!(
        story.until("2026-03-12"),
        [
            "2026-03-05 09:00 notice r1 letter standard A 100.00",
            "2026-03-12 09:00 task (unreachable) A",
            "2026-03-12 09:00 skipped (unreachable) r2 A",
        ]
    );
}

#[test]
fn rule_20_a_bounce_within_ten_days_sends_the_fallback_at_the_next_opening() {
    let fallback = vec![message(Channel::Letter, "by-post")];
    let mut story =
        Story::of(workflow(vec![Step { if_unreachable: fallback, ..reminder("r1", 3) }, reminder("r2", 10)]));
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    story.at("2026-03-06 11:00", reported("A", "r1", DeliveryStatus::Bounced, "2026-03-06 10:59"));
    // The step's day stays the first: the second reminder keeps its own.
    assert_eq!(
        story.until("2026-03-12"),
        [
            "2026-03-05 09:00 notice r1 email A 100.00",
            "2026-03-09 09:00 notice r1 letter standard A 100.00",
            "2026-03-12 09:00 notice r2 email A 100.00",
        ]
    );
}

#[test]
fn rule_21_a_step_waits_for_what_it_requires_and_asks_once() {
    let formal = Step { requires: vec!["r1".into()], ..formal_notice(10) };
    let mut story = Story::of(workflow(vec![Step { when: Some(when("balance > 500")), ..reminder("r1", 3) }, formal]));
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    assert_eq!(
        story.until("2026-04-30"),
        [
            "2026-03-05 09:00 skipped (when_false) r1 A",
            "2026-03-12 09:00 task (requires) A",
            "2026-03-12 09:00 held (requires) A",
        ]
    );
}

fn call(effect: Effect) -> Step {
    let outcomes = [("refused".to_owned(), effect)].into();
    Step { outcomes, ..step("call", Phase::Reminder, Anchor::AfterDue(days(3)), task(2, OnTimeout::Continue)) }
}

#[test]
fn rule_22_a_jump_lands_on_what_is_required_then_on_its_target() {
    let formal = Step { requires: vec!["r2".into()], ..formal_notice(60) };
    let steps = vec![call(Effect::GoTo("formal-notice".into())), reminder("r1", 20), reminder("r2", 30), formal];
    let mut story = Story::of(workflow(steps));
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    story.at("2026-03-06 10:00", answered("A", "call", "refused"));
    assert_eq!(
        story.until("2026-04-30"),
        [
            "2026-03-05 09:00 task call A",
            "2026-03-06 10:00 skipped (jumped_over) r1 A",
            "2026-03-09 09:00 notice r2 email A 100.00",
            "2026-03-10 09:00 notice formal-notice letter registered_receipt A 100.00",
            "2026-03-25 00:00 task (proof_missing) A",
        ]
    );
}

#[test]
fn rule_23_the_case_waits_for_the_answer_and_counts_from_the_day_of_the_task() {
    let mut story = Story::of(workflow(vec![call(Effect::None), reminder("r1", 10)]));
    story.at("2026-02-10", invoice("A", 100, "2026-03-02")).at("2026-02-10", invoice("B", 100, "2026-03-02"));
    assert_eq!(
        story.until("2026-03-20"),
        ["2026-03-05 09:00 task call A,B", "2026-03-12 09:00 notice r1 email A,B 200.00",]
    );
    let opened = story.account.tasks.values().next().unwrap();
    assert_eq!((opened.due_on, opened.state), (Some(day("2026-03-09")), TaskState::TimedOut));
}

#[test]
fn rule_23_a_task_may_hold_the_case_until_somebody_answers() {
    let held = step("call", Phase::Reminder, Anchor::AfterDue(days(3)), task(2, OnTimeout::Hold));
    let mut story = Story::of(workflow(vec![held, reminder("r1", 10)]));
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    story.at("2026-03-20 10:00", answered("A", "call", "spoke"));
    assert_eq!(
        story.until("2026-03-23"),
        [
            "2026-03-05 09:00 task call A",
            "2026-03-10 00:00 held (manual) A",
            "2026-03-20 10:00 resumed (manual) A",
            "2026-03-23 09:00 notice r1 email A 100.00",
        ]
    );
}

fn approved(expires: Option<(Duration, OnExpire)>) -> Step {
    let approval = Some(Approval { role: "manager".into(), when: None, expires });
    Step { approval, ..formal_notice(3) }
}

#[test]
fn rule_23_an_approval_given_in_open_hours_acts_at_once() {
    let mut story = Story::of(workflow(vec![approved(None)]));
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    story.at("2026-03-06 11:30", approval("A", "formal-notice", ApprovalAnswer::Approved));
    assert_eq!(
        story.until("2026-03-10"),
        [
            "2026-03-05 09:00 approval formal-notice A",
            "2026-03-06 11:30 notice formal-notice letter registered_receipt A 100.00",
            "2026-03-06 11:30 approved formal-notice A",
        ]
    );
}

#[test]
fn rule_23_an_approval_is_given_to_an_exact_content() {
    let mut story = Story::of(workflow(vec![approved(None)]));
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    story.at("2026-03-06 10:00", payment("P", 40, "2026-03-06", &[("A", 40)]));
    story.at("2026-03-06 20:00", approval("A", "formal-notice", ApprovalAnswer::Approved));
    story.at("2026-03-07 12:00", payment("Q", 10, "2026-03-07", &[("A", 10)]));
    story.at("2026-03-08 12:00", approval("A", "formal-notice", ApprovalAnswer::Approved));
    assert_eq!(
        story.until("2026-03-10"),
        [
            "2026-03-05 09:00 approval formal-notice A",
            // What an open question is about has changed: it is asked anew, and the first answer to the new one counts.
            "2026-03-06 10:00 approval formal-notice A",
            "2026-03-06 20:00 approved formal-notice A",
            // Approved, and changed before it was sent.
            "2026-03-09 09:00 approval formal-notice A",
        ]
    );
}

#[test]
fn rule_23_an_approval_expires_and_a_rejection_holds() {
    let mut story = Story::of(workflow(vec![approved(Some((business_days(2), OnExpire::Hold)))]));
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    assert_eq!(
        story.until("2026-03-20"),
        ["2026-03-05 09:00 approval formal-notice A", "2026-03-10 00:00 held (approval_expired) A",]
    );
    let mut story = Story::of(workflow(vec![approved(Some((business_days(2), OnExpire::AskAgain)))]));
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    story.at("2026-03-11", approval("A", "formal-notice", ApprovalAnswer::Rejected));
    assert_eq!(
        story.until("2026-03-20"),
        [
            "2026-03-05 09:00 approval formal-notice A",
            "2026-03-10 09:00 approval formal-notice A",
            "2026-03-11 00:00 rejected formal-notice A",
            "2026-03-11 00:00 held (rejected) A",
        ]
    );
}

#[test]
fn rule_25_a_reversed_payment_reopens_the_case_where_its_journal_says() {
    let mut story = Story::of(workflow(vec![reminder("r1", 3), reminder("r2", 10)]));
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    story.at("2026-03-06 10:00", payment("P", 100, "2026-03-06", &[]));
    let Fact::Payment(paid) = payment("P", 100, "2026-03-06", &[]) else { unreachable!() };
    story.at("2026-03-17 10:00", Fact::Payment(Payment { status: PaymentStatus::Reversed, ..paid }));
    assert_eq!(
        story.until("2026-03-18"),
        [
            "2026-03-05 09:00 notice r1 email A 100.00",
            "2026-03-06 10:00 settled (payment) A",
            "2026-03-17 10:00 reopened A",
            "2026-03-18 09:00 notice r2 email A 100.00",
        ]
    );
}

#[test]
fn rule_25_a_withdrawn_notice_is_made_live_again_under_its_id() {
    let mut story = Story::of(workflow(vec![reminder("r1", 3)]));
    story.carrier = Carrier::Sleeps;
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    story.at("2026-03-05 10:00", Fact::HoldPlaced(manual("H", None)));
    story.until("2026-03-05");
    let states = |story: &Story| story.account.notices.values().map(|one| one.state).collect::<Vec<_>>();
    assert_eq!(states(&story), [NoticeState::Withdrawn]);
    assert!(story.account.cases[&InvoiceId::from("A")].journal.is_empty());
    story.at("2026-03-09 10:00", Fact::HoldReleased("H".into()));
    story.until("2026-03-09");
    assert_eq!(states(&story), [NoticeState::Withdrawn]);
    story.now = at("2026-03-10 09:00");
    story.decide();
    assert_eq!(states(&story), [NoticeState::Ordered]);
}

#[test]
fn an_order_nobody_claimed_is_taken_back_at_closing_and_made_again_at_the_next_opening() {
    let mut story = Story::of(workflow(vec![reminder("r1", 3)]));
    story.carrier = Carrier::Sleeps;
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    assert_eq!(
        story.until("2026-03-06"),
        ["2026-03-05 09:00 notice r1 email A 100.00", "2026-03-06 09:00 notice r1 email A 100.00",]
    );
    assert_eq!(story.account.notices.len(), 1);
}

#[test]
fn a_void_invoice_takes_its_notice_back_for_good() {
    let mut story = Story::of(workflow(vec![reminder("r1", 3)]));
    story.carrier = Carrier::Sleeps;
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    let (invoice_id, debtor) = ("A".into(), "D1".into());
    story.at("2026-03-05 10:00", Fact::InvoiceVoided(InvoiceVoided { invoice: invoice_id, debtor, reason: None }));
    story.at("2026-03-06", invoice("A", 120, "2026-03-02"));
    assert_eq!(story.until("2026-04-30"), ["2026-03-05 09:00 notice r1 email A 100.00", "2026-03-05 10:00 voided A"]);
    assert!(story.account.notices.values().all(|notice| notice.state == NoticeState::Withdrawn));
    assert_eq!(story.wake_at, None);
}

#[test]
fn an_uncertain_notice_waits_for_a_person() {
    let mut story = Story::of(workflow(vec![reminder("r1", 3), reminder("r2", 10)]));
    story.carrier = Carrier::Sleeps;
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    story.until("2026-03-05 09:00");
    story.account.notices.values_mut().next().unwrap().state = NoticeState::Uncertain;
    story.decide();
    assert!(story.until("2026-04-30").iter().all(|line| !line.contains("r2")));
    let task = story.account.tasks.values().find(|task| task.reason.as_deref() == Some("uncertain")).unwrap();
    let task = TaskRef::Id(task.id);
    let outcome = "sent".to_owned();
    story.at("2026-05-04 10:00", Fact::TaskAnswered(TaskAnswered { task, outcome, by: "ann".into(), note: None }));
    assert_eq!(story.until("2026-05-05")[..1], ["2026-05-05 09:00 notice r2 email A 100.00"]);
}

#[test]
fn an_uncertain_notice_that_did_not_leave_gives_its_lines_back_to_another() {
    let mut story = Story::of(workflow(vec![reminder("r1", 3)]));
    story.carrier = Carrier::Sleeps;
    story.at("2026-02-10", invoice("B", 100, "2026-03-02"));
    story.until("2026-03-05 09:00");
    story.account.notices.values_mut().next().unwrap().state = NoticeState::Uncertain;
    story.decide();
    let task = TaskRef::Id(story.account.tasks.values().next().unwrap().id);
    story.at("2026-03-05 12:00", invoice("A", 50, "2026-03-02"));
    let outcome = "not_sent".to_owned();
    story.at("2026-03-05 13:00", Fact::TaskAnswered(TaskAnswered { task, outcome, by: "ann".into(), note: None }));
    assert_eq!(story.until("2026-03-06").last().unwrap(), "2026-03-06 09:00 notice r1 email A,B 150.00");
    assert!(story.account.notices.values().all(|notice| notice.state != NoticeState::Uncertain));
}

#[test]
fn a_refused_notice_sends_its_fallback_else_the_step_is_skipped() {
    for (fallback, expected) in [
        (vec![message(Channel::Letter, "by-post")], "2026-03-06 09:00 notice r1 letter standard A 100.00"),
        (vec![], "2026-03-05 10:00 task (unreachable) A"),
    ] {
        let mut story = Story::of(workflow(vec![Step { if_unreachable: fallback, ..reminder("r1", 3) }]));
        story.carrier = Carrier::Sleeps;
        story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
        story.until("2026-03-05 09:00");
        let notice = story.account.notices.values_mut().next().unwrap();
        notice.state = NoticeState::Rejected;
        story.now = at("2026-03-05 10:00");
        story.decide();
        assert_eq!(story.until("2026-03-06")[0], expected);
    }
}
