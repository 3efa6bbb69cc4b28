//! When a step goes (rules 1 to 14).

use super::story::*;
use crate::domain::*;
use crate::workflow::*;

/// Thursday 1 January is no business day; most due dates below are Monday 2 March 2026, a month without holidays.
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

#[test]
fn rule_03_a_saturday_with_written_hours_is_open() {
    let mut written = workflow(vec![reminder("r1", 5)]);
    written.contact.hours.days[5] = written.contact.hours.days[0].clone();
    let mut story = Story::of(written);
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    assert_eq!(story.until("2026-03-10"), ["2026-03-07 09:00 notice r1 email A 100.00"]);
}

#[test]
fn rule_06_a_late_start_keeps_the_written_gaps() {
    let mut story = Story::of(workflow(vec![reminder("r1", 3), reminder("r2", 10), reminder("r3", 11)]));
    story.at("2026-05-04 08:00", invoice("A", 100, "2026-03-02"));
    assert_eq!(
        story.until("2026-05-15"),
        [
            "2026-05-04 09:00 notice r1 email A 100.00",
            "2026-05-11 09:00 notice r2 email A 100.00",
            "2026-05-12 09:00 notice r3 email A 100.00",
        ]
    );
}

#[test]
fn rule_07_two_steps_of_one_case_never_go_on_one_day() {
    let mut story = Story::of(workflow(vec![reminder("r1", 3), reminder("r2", 3)]));
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    assert_eq!(
        story.until("2026-03-10"),
        ["2026-03-05 09:00 notice r1 email A 100.00", "2026-03-06 09:00 notice r2 email A 100.00",]
    );
}

#[test]
fn rule_08_three_days_between_is_the_third_day_after() {
    let mut written = workflow(vec![reminder("r1", 7), reminder("r2", 8)]);
    written.contact.days_between = 3;
    let mut story = Story::of(written);
    // 9 March is a Monday; the second invoice is due a day later and must wait for Thursday without a held line.
    story.at("2026-02-10", invoice("A", 100, "2026-03-02")).at("2026-02-10", invoice("B", 70, "2026-03-03"));
    assert_eq!(
        story.until("2026-03-12"),
        ["2026-03-09 09:00 notice r1 email A,B 170.00", "2026-03-12 09:00 notice r2 email A,B 170.00",]
    );
    assert!(story.last.entries.is_empty());
}

#[test]
fn rule_08_no_window_holds_more_contact_days_than_written() {
    let mut written = workflow((1..=4).map(|number| reminder(&format!("r{number}"), number * 7)).collect());
    written.contact.at_most = Some(ContactBudget { contacts: 2, in_days: 30 });
    let mut story = Story::of(written);
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    assert_eq!(
        story.until("2026-05-01"),
        [
            "2026-03-09 09:00 notice r1 email A 100.00",
            "2026-03-16 09:00 notice r2 email A 100.00",
            "2026-04-08 09:00 notice r3 email A 100.00",
            "2026-04-15 09:00 notice r4 email A 100.00",
            "2026-04-30 09:00 exhausted A",
        ]
    );
}

#[test]
fn rule_08_an_outbound_contact_somebody_recorded_counts() {
    let mut written = workflow(vec![reminder("r1", 3)]);
    written.contact.days_between = 3;
    let mut story = Story::of(written);
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    let (channel, outcome) = ("call".to_owned(), "spoke".to_owned());
    story.at(
        "2026-03-04 15:00",
        Fact::Contact(ContactRecorded {
            debtor: "D1".into(),
            channel,
            outcome,
            direction: Direction::Outbound,
            at: at("2026-03-04 15:00"),
            note: None,
            task: None,
        }),
    );
    assert_eq!(story.until("2026-03-15"), ["2026-03-09 09:00 notice r1 email A 100.00"]);
}

fn legal() -> Step {
    let handover = Action::Handover { to: "bailiff".into(), procedure: None };
    step("legal", Phase::Legal, Anchor::AfterDeadlineOf("formal-notice".into(), days(0)), handover)
}

#[test]
fn rule_09_what_follows_a_deadline_is_due_the_day_after_its_last_day() {
    let block = step(
        "block",
        Phase::FormalNotice,
        Anchor::AfterStep("formal-notice".into(), business_days(2)),
        Action::Block("deliveries".into()),
    );
    let mut story = Story::of(workflow(vec![formal_notice(3), block, legal()]));
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    // 15 days after Tuesday 10 March end on Wednesday 25 March.
    story.at("2026-03-12", reported("A", "formal-notice", DeliveryStatus::FirstPresented, "2026-03-10 10:00"));
    assert_eq!(
        story.until("2026-04-30"),
        [
            "2026-03-05 09:00 notice formal-notice letter registered_receipt A 100.00",
            "2026-03-09 09:00 block block A",
            "2026-03-26 09:00 handed_over legal A",
        ]
    );
    assert!(story.account.blocks["deliveries"].released_at.is_none());
    story.at("2026-05-04 10:00", payment("P", 100, "2026-05-04", &[("A", 100)]));
    assert_eq!(story.until("2026-05-05"), ["2026-05-04 10:00 settled (payment) A", "2026-05-04 10:00 unblock A"]);
}

/// Carriers' files may have days alone, and clocks differ; what is older than a day is about something else.
#[test]
fn rule_09_a_report_dated_on_the_day_of_the_letter_counts_though_it_is_dated_before_the_order() {
    let handed_over = |dated: &str| {
        let mut story = Story::of(workflow(vec![formal_notice(3), legal()]));
        story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
        story.at(dated, reported("A", "formal-notice", DeliveryStatus::FirstPresented, dated));
        story.until("2026-04-30").pop().unwrap()
    };
    assert_eq!(handed_over("2026-03-05"), "2026-03-23 09:00 handed_over legal A");
    assert_eq!(handed_over("2026-03-03"), "2026-03-20 00:00 task (proof_missing) A");
}

#[test]
fn rule_09_a_last_day_on_a_sunday_moves_to_monday_and_refused_counts_as_presented() {
    let mut story = Story::of(workflow(vec![formal_notice(3), legal()]));
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    story.at("2026-03-15", reported("A", "formal-notice", DeliveryStatus::Refused, "2026-03-14 10:00"));
    assert_eq!(story.until("2026-04-30")[1..], ["2026-03-31 09:00 handed_over legal A"]);
}

#[test]
fn rule_09_without_proof_a_person_is_asked_and_nothing_follows() {
    let mut story = Story::of(workflow(vec![formal_notice(3), legal()]));
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    assert_eq!(
        story.until("2026-06-30"),
        [
            "2026-03-05 09:00 notice formal-notice letter registered_receipt A 100.00",
            "2026-03-20 00:00 task (proof_missing) A",
        ]
    );
    story.at("2026-07-01 10:00", reported("A", "formal-notice", DeliveryStatus::FirstPresented, "2026-03-09 10:00"));
    assert_eq!(story.until("2026-07-10"), ["2026-07-02 09:00 handed_over legal A"]);
}

#[test]
fn rule_10_prevention_may_be_late_up_to_the_due_date_and_no_later() {
    let before = |id: &str| step(id, Phase::Prevention, Anchor::BeforeDue(days(7)), email(id));
    let mut story = Story::of(workflow(vec![before("soon"), reminder("r1", 3)]));
    story.at("2026-02-27 10:00", invoice("A", 100, "2026-03-02"));
    story.at("2026-03-02 10:00", invoice("B", 50, "2026-03-02"));
    assert_eq!(
        story.until("2026-03-06"),
        [
            "2026-03-02 09:00 notice soon email A 100.00",
            "2026-03-02 10:00 skipped (due_date_passed) soon B",
            "2026-03-05 09:00 notice r1 email A,B 150.00",
        ]
    );
}

#[test]
fn rule_11_repetitions_are_occurrences_and_the_gap_counts_from_the_first() {
    let repeat = Some(Repeat { every: days(7), at_most: 3 });
    let mut story = Story::of(workflow(vec![Step { repeat, ..reminder("r1", 7) }, reminder("r2", 10)]));
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    assert_eq!(
        story.until("2026-04-01"),
        [
            "2026-03-09 09:00 notice r1 email A 100.00",
            "2026-03-16 09:00 notice r1 email A 100.00",
            "2026-03-23 09:00 notice r1 email A 100.00",
            "2026-03-24 09:00 notice r2 email A 100.00",
        ]
    );
    assert_eq!(story.account.notices.len(), 4);
}

#[test]
fn rule_11_a_false_condition_ends_a_repetition() {
    let repeat = Some(Repeat { every: days(7), at_most: 5 });
    let once = Step { repeat, when: Some(when("overdue_days < 10")), ..reminder("r1", 7) };
    let mut story = Story::of(workflow(vec![once, reminder("r2", 8)]));
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    assert_eq!(
        story.until("2026-03-20"),
        [
            "2026-03-09 09:00 notice r1 email A 100.00",
            "2026-03-16 09:00 notice r2 email A 100.00",
            "2026-03-16 09:00 skipped (when_false) r1 A",
        ]
    );
}

#[test]
fn rule_12_an_undated_step_is_skipped_when_the_next_is_due_and_so_are_its_children() {
    let undated = step("thanks", Phase::Reminder, Anchor::AfterDelivery(days(2)), email("thanks"));
    let child = step("child", Phase::Reminder, Anchor::AfterStep("thanks".into(), days(2)), email("child"));
    let mut story = Story::of(workflow(vec![undated, child, reminder("r1", 3)]));
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    assert_eq!(
        story.until("2026-03-06"),
        [
            "2026-03-05 09:00 notice r1 email A 100.00",
            "2026-03-05 09:00 skipped (date_missing) thanks A",
            "2026-03-05 09:00 skipped (parent_skipped) child A",
        ]
    );
}

#[test]
fn rule_13_exhausted_comes_once_with_its_task_and_not_after_payment() {
    let mut written = workflow(vec![reminder("r1", 3)]);
    let Action::Task(last) = task(5, OnTimeout::Remind) else { unreachable!() };
    written.on_exhausted.task = Some(last);
    let mut story = Story::of(written);
    story.at("2026-02-10", invoice("A", 100, "2026-03-02")).at("2026-02-10", invoice("B", 100, "2026-03-02"));
    story.at("2026-03-15", payment("P", 100, "2026-03-15", &[("B", 100)]));
    assert_eq!(
        story.until("2026-04-02"),
        [
            "2026-03-05 09:00 notice r1 email A,B 200.00",
            "2026-03-15 00:00 settled (payment) B",
            "2026-03-20 09:00 task (exhausted) A",
            "2026-03-20 09:00 exhausted A",
            "2026-03-28 00:00 task (exhausted) A",
        ]
    );
}

#[test]
fn rule_14_an_old_book_starts_at_its_first_reminder() {
    let before = step("soon", Phase::Prevention, Anchor::BeforeDue(days(7)), email("soon"));
    let mut story = Story::of(workflow(vec![before, reminder("r1", 3), reminder("r2", 10)]));
    story.at("2026-06-01 14:00", invoice("A", 100, "2026-03-02"));
    assert_eq!(
        story.until("2026-06-09"),
        [
            "2026-06-01 14:00 skipped (due_date_passed) soon A",
            "2026-06-02 09:00 notice r1 email A 100.00",
            "2026-06-09 09:00 notice r2 email A 100.00",
        ]
    );
}

#[test]
fn what_a_dead_worker_left_behind_leaves_in_contact_hours_only() {
    let mut story = Story::of(workflow(vec![reminder("r1", 3)]));
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    story.until("2026-03-05");
    let notice = story.account.notices.values().next().unwrap();
    let open = |when: &str| crate::engine::is_open(&story.book, notice, at(when));
    assert!(open("2026-03-06 09:00") && open("2026-03-09 17:59"));
    assert!(!open("2026-03-06 18:00") && !open("2026-03-06 03:00") && !open("2026-03-07 10:00"));
}
