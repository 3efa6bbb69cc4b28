//! Moving running cases to an edited workflow: done stays done, whatever it is called.

use std::sync::Arc;

use super::super::{Moved, Unsafe, move_cases};
use super::story::*;
use crate::domain::*;
use crate::workflow::*;

impl Story {
    /// Deploys a revision at an instant and moves what may be moved to it; what that skips is said.
    pub fn deploy(&mut self, when: &str, written: Workflow) -> Moved {
        assert!(at(when) >= self.now && self.wake_at.is_none_or(|wake_at| wake_at >= at(when)));
        self.now = at(when);
        self.add(written.clone());
        let moved = move_cases(&self.account, &self.book, &written.name, &written.revision, self.now);
        self.account.carry_out(&moved.decision());
        let again = move_cases(&self.account, &self.book, &written.name, &written.revision, self.now);
        assert!(again.cases.is_empty() && again.entries.is_empty(), "moved twice: {again:#?}");
        self.said.extend(moved.entries.iter().map(line));
        self.decide();
        moved
    }

    /// Makes a revision the newest of its workflow; nobody moves.
    pub fn add(&mut self, written: Workflow) {
        let written = Arc::new(written);
        self.book.add([Arc::clone(&written)]);
        self.book.newest.insert(written.name.clone(), written);
    }
}

/// A revision of the stories' workflow.
fn revision(name: &str, steps: Vec<Step>) -> Workflow {
    Workflow { revision: name.into(), ..workflow(steps) }
}

fn renamed(id: &str, after: u32, formerly: &[&str]) -> Step {
    Step { formerly: formerly.iter().map(|id| (*id).into()).collect(), ..reminder(id, after) }
}

/// One invoice due on Monday 2026-03-02, whose first reminder went on the 5th.
fn after_first_reminder(steps: Vec<Step>) -> Story {
    let mut story = Story::of(workflow(steps));
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    assert_eq!(story.until("2026-03-05"), ["2026-03-05 09:00 notice first email A 100.00"]);
    story
}

#[test]
fn rule_25_a_renaming_that_is_taken_back_sends_nothing_again() {
    let original = || vec![reminder("first", 3), reminder("last", 20)];
    let mut story = Story::of(revision("r2", vec![renamed("early", 3, &["first"]), reminder("last", 20)]));
    story.add(revision("r1", original()));
    story.add(revision("r2", vec![renamed("early", 3, &["first"]), reminder("last", 20)]));
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    assert_eq!(story.until("2026-03-05"), ["2026-03-05 09:00 notice early email A 100.00"]);
    story.deploy("2026-03-06 12:00", revision("r1", original()));
    assert_eq!(
        story.until("2026-04-10"),
        ["2026-03-23 09:00 notice last email A 100.00", "2026-04-07 09:00 exhausted A"]
    );
}

#[test]
fn rule_25_a_case_on_a_revision_that_is_not_known_stays_where_it_is() {
    let mut story = after_first_reminder(vec![reminder("first", 3), reminder("last", 20)]);
    let known = revision("r2", vec![reminder("other", 1), reminder("last", 20)]);
    story.book = Story::of(known.clone()).book;
    let moved = move_cases(&story.account, &story.book, &known.name, &known.revision, story.now);
    assert_eq!(moved.stays, [("A".into(), Unsafe::UnknownRevision)], "nobody knows what runs, or what is new to it");
    assert!(moved.cases.is_empty() && moved.entries.is_empty());
}

#[test]
fn rule_25_a_step_renamed_again_and_again_is_not_sent_again() {
    let mut story = after_first_reminder(vec![reminder("first", 3), reminder("last", 20)]);
    let noon = "2026-03-06 12:00";
    story.deploy(noon, revision("r2", vec![renamed("early", 3, &["first"]), reminder("last", 20)]));
    story.deploy(noon, revision("r3", vec![reminder("early", 4), reminder("last", 20)]));
    story.deploy(noon, revision("r4", vec![renamed("soon", 5, &["early"]), reminder("last", 20)]));
    // The oldest name comes back for a step of its own: it was done in this case.
    story.deploy(noon, revision("r5", vec![reminder("soon", 5), reminder("first", 9), reminder("last", 20)]));
    assert_eq!(
        story.until("2026-04-01"),
        ["2026-03-23 09:00 notice last email A 100.00"],
        "17 days after the first, as the file says"
    );
    let journal: Vec<_> = story.account.cases[&"A".into()].journal.iter().map(|line| line.step.as_str()).collect();
    assert_eq!(journal, ["soon", "last"]);
}

#[test]
fn rule_25_a_case_that_missed_the_renaming_knows_it_all_the_same() {
    let mut story = after_first_reminder(vec![reminder("first", 3), reminder("last", 20)]);
    story.add(revision("r2", vec![renamed("early", 3, &["first"]), reminder("last", 20)]));
    story.deploy("2026-03-06 12:00", revision("r3", vec![reminder("early", 8), reminder("last", 20)]));
    assert_eq!(story.until("2026-03-22"), Vec::<String>::new());
}

#[test]
fn rule_25_a_case_that_missed_two_renamings_knows_them_though_the_second_forgot_the_first() {
    let mut story = after_first_reminder(vec![reminder("first", 3), reminder("last", 20)]);
    story.add(revision("r2", vec![renamed("early", 3, &["first"]), reminder("last", 20)]));
    story.deploy("2026-03-06 12:00", revision("r3", vec![renamed("soon", 8, &["early"]), reminder("last", 20)]));
    assert_eq!(story.until("2026-03-22"), Vec::<String>::new());
}

#[test]
fn rule_25_two_renamings_that_are_taken_back_at_once_send_nothing_again() {
    let original = || vec![reminder("first", 3), reminder("last", 20)];
    let twice = || revision("r3", vec![renamed("soon", 3, &["early"]), reminder("last", 20)]);
    let mut story = Story::of(twice());
    story.add(revision("r1", original()));
    story.add(revision("r2", vec![renamed("early", 3, &["first"]), reminder("last", 20)]));
    story.add(twice());
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    assert_eq!(story.until("2026-03-05"), ["2026-03-05 09:00 notice soon email A 100.00"]);
    story.deploy("2026-03-06 12:00", revision("r1", vec![reminder("first", 8), reminder("last", 20)]));
    assert_eq!(story.until("2026-03-22"), Vec::<String>::new());
}

#[test]
fn rule_37_a_new_step_that_is_past_is_skipped_unless_it_is_to_be_made_up_for() {
    let mut story = after_first_reminder(vec![reminder("first", 3), reminder("last", 20)]);
    let moved = story.deploy(
        "2026-03-11 08:00",
        revision(
            "r2",
            vec![
                reminder("zeroth", 1),
                reminder("first", 3),
                Step { backfill: true, ..reminder("second", 6) },
                reminder("third", 12),
                reminder("last", 20),
            ],
        ),
    );
    assert_eq!(moved.cases.len(), 1);
    assert_eq!(
        story.until("2026-04-30"),
        [
            "2026-03-11 08:00 skipped (step_new) zeroth A",
            "2026-03-11 09:00 notice second email A 100.00",
            "2026-03-17 09:00 notice third email A 100.00",
            "2026-03-25 09:00 notice last email A 100.00",
            "2026-04-09 09:00 exhausted A",
        ]
    );
}

#[test]
fn what_an_edit_makes_due_later_in_a_day_goes_at_the_next_opening() {
    let mut story = after_first_reminder(vec![reminder("first", 3), reminder("last", 40)]);
    story.deploy("2026-03-12 14:00", revision("r2", vec![reminder("first", 3), reminder("last", 8)]));
    assert_eq!(story.until("2026-03-20"), ["2026-03-13 09:00 notice last email A 100.00"]);
}

#[test]
fn rule_37_only_running_cases_move_and_only_at_safe_points() {
    let ask = Approval { role: "manager".into(), when: None, expires: None };
    let asked = Step { approval: Some(ask), ..reminder("asked", 10) };
    let mut story = Story::of(workflow(vec![reminder("first", 3), formal_notice(6), asked]));
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    story.at("2026-02-02", invoice("B", 100, "2026-03-27"));
    story.at("2026-02-02", invoice("C", 100, "2026-03-02"));
    story.at("2026-03-03", payment("P", 100, "2026-03-03", &[("C", 100)]));
    story.until("2026-03-10");
    let next = |name| revision(name, vec![reminder("first", 3), formal_notice(6)]);
    let moved = story.deploy("2026-03-10 12:00", next("r2"));
    assert_eq!(moved.stays, [("A".into(), Unsafe::RunningDeadline)], "the proof is missing");
    assert_eq!(moved.cases.iter().map(|case| case.invoice.as_str()).collect::<Vec<_>>(), ["B"], "C is settled");

    story.at("2026-03-11 10:00", reported("A", "formal-notice", DeliveryStatus::FirstPresented, "2026-03-11 10:00"));
    story.until("2026-03-25");
    let stays = story.deploy("2026-03-26 12:00", next("r3")).stays;
    assert_eq!(stays, [("A".into(), Unsafe::RunningDeadline)], "the last day is the debtor's");
    let said = story.until("2026-03-27");
    assert_eq!(said, ["2026-03-27 09:00 approval asked A"]);
    assert_eq!(story.deploy("2026-03-27 10:00", next("r4")).stays, [("A".into(), Unsafe::AwaitingApproval)]);
    story.at("2026-03-27 12:00", approval("A", "asked", ApprovalAnswer::Rejected));
    story.until("2026-03-28");
    let stays = story.deploy("2026-03-29", next("r5")).stays;
    assert_eq!(stays, [("A".into(), Unsafe::AwaitingApproval)], "refused is not over");

    story.carrier = Carrier::Sleeps;
    story.until("2026-03-30 09:00");
    let ordered = story.account.notices.values_mut().find(|notice| notice.state == NoticeState::Ordered).unwrap();
    ordered.state = NoticeState::Claimed;
    let stays = story.deploy("2026-03-30 09:00", next("r6")).stays;
    assert_eq!(stays, [("A".into(), Unsafe::AwaitingApproval), ("B".into(), Unsafe::Claimed)]);
}

#[test]
fn a_task_of_a_step_that_is_gone_is_withdrawn_and_the_case_goes_on() {
    let call = step("call", Phase::Reminder, Anchor::AfterDue(days(5)), task(30, OnTimeout::Continue));
    let mut story = after_first_reminder(vec![reminder("first", 3), call, reminder("last", 8)]);
    assert_eq!(story.until("2026-03-09"), ["2026-03-09 09:00 task call A"]);
    let moved = story.deploy("2026-03-11 08:00", revision("r2", vec![reminder("first", 3), reminder("last", 8)]));
    assert_eq!(moved.stays, []);
    assert_eq!(story.account.tasks.values().map(|task| task.state).collect::<Vec<_>>(), [TaskState::Withdrawn]);
    assert_eq!(story.until("2026-03-12"), ["2026-03-11 09:00 notice last email A 100.00"]);
    // The step that comes back was done when its task was opened.
    let call = step("call", Phase::Reminder, Anchor::AfterDue(days(20)), task(30, OnTimeout::Continue));
    story.deploy("2026-03-12 12:00", revision("r3", vec![reminder("first", 3), reminder("last", 8), call]));
    assert_eq!(story.until("2026-03-31"), ["2026-03-26 09:00 exhausted A"]);
}

#[test]
fn a_task_of_a_renamed_step_is_answered_under_its_old_name_and_has_its_effect() {
    let call = || step("call", Phase::Reminder, Anchor::AfterDue(days(5)), task(30, OnTimeout::Continue));
    let mut story = after_first_reminder(vec![reminder("first", 3), call(), reminder("last", 8)]);
    story.until("2026-03-09");
    let outcomes = [("promised".to_owned(), Effect::Promise)].into();
    let phone = |formerly: &[&str]| Step {
        id: "phone".into(),
        formerly: formerly.iter().map(|id| (*id).into()).collect(),
        outcomes: std::collections::BTreeMap::clone(&outcomes),
        ..call()
    };
    let noon = "2026-03-09 12:00";
    story.deploy(noon, revision("r2", vec![reminder("first", 3), phone(&["call"]), reminder("last", 8)]));
    story.deploy(noon, revision("r3", vec![reminder("first", 3), phone(&[]), reminder("last", 8)]));
    story.at("2026-03-10 10:00", answered("A", "call", "promised"));
    assert_eq!(story.until("2026-03-11"), ["2026-03-10 10:00 held (promise) A"]);
}

#[test]
fn what_is_ordered_and_not_claimed_is_decided_anew_under_its_new_name() {
    let mut story = Story::of(workflow(vec![reminder("first", 3)]));
    story.carrier = Carrier::Sleeps;
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    story.until("2026-03-05 09:00");
    let at_ten = "2026-03-05 10:00";
    story.deploy(
        at_ten,
        revision("r2", vec![Step { actions: vec![email("other")], ..renamed("early", 3, &["first"]) }]),
    );
    let mut notices: Vec<_> = story.account.notices.values().map(|it| (it.step.as_str(), it.state)).collect();
    notices.sort_unstable();
    assert_eq!(notices, [("early", NoticeState::Ordered), ("first", NoticeState::Withdrawn)]);
}

#[test]
fn a_report_finds_its_notice_under_any_name_the_step_had() {
    for (ordered, named) in [("first", "early"), ("first", "first"), ("early", "first")] {
        let other = if ordered == "first" { "early" } else { "first" };
        let with_letter = |step: Step| Step { if_unreachable: vec![message(Channel::Letter, "by-post")], ..step };
        let mut story = Story::of(workflow(vec![with_letter(reminder(ordered, 3))]));
        story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
        story.until("2026-03-05");
        story.deploy("2026-03-05 12:00", revision("r2", vec![with_letter(renamed(other, 3, &[ordered]))]));
        story.at("2026-03-06 12:00", reported("A", named, DeliveryStatus::Bounced, "2026-03-06 12:00"));
        let letter = format!("2026-03-09 09:00 notice {other} letter standard A 100.00");
        assert_eq!(story.until("2026-03-09"), [letter], "ordered as {ordered}, reported of {named}");
    }
}

#[test]
fn an_answer_finds_its_task_under_any_name_the_step_had() {
    for named in ["call", "phone"] {
        let tasks =
            |id: &str, formerly: &[&str]| Step { actions: vec![task(5, OnTimeout::Hold)], ..renamed(id, 3, formerly) };
        let last = || reminder("last", 10);
        let mut story = Story::of(workflow(vec![tasks("call", &[]), last()]));
        story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
        story.until("2026-03-05");
        story.deploy("2026-03-05 12:00", revision("r2", vec![tasks("phone", &["call"]), last()]));
        story.at("2026-03-06 12:00", answered("A", named, "done"));
        story.until("2026-03-06");
        let state = story.account.tasks.values().next().map(|task| task.state);
        assert_eq!(state, Some(TaskState::Answered), "answered as {named}");
    }
}
