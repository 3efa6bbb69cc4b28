//! The classes of a plan: one edit each, on one case whose first reminder has gone.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::*;
use crate::domain::{Account, Channel};
use crate::engine::Unsafe;
use crate::workflow::Workflow;

/// The account as it stands on a day, and the book.
fn standing(day: &str) -> (Account, Book) {
    let mut lines = parties(1);
    lines.push(invoice("F-1", 1, "2026-03-02T08:00:00Z", "2026-04-01"));
    let mut accounts = run(&lines, &until(day)).accounts;
    (accounts.remove(0), book())
}

/// The plan of an edit at an instant.
fn planned(day: &str, now: &str, edit: impl FnOnce(&mut Workflow)) -> Vec<CasePlan> {
    let (account, mut book) = standing(day);
    let mut edited = Workflow::clone(&book.newest[&"test".into()]);
    edited.revision = "r2".into();
    edit(&mut edited);
    book.add([Arc::new(edited)]);
    let now: DateTime<Utc> = now.parse().unwrap();
    assess(&account, &book, &"test".into(), &"r2".into(), now)
}

/// The classes of an edit on the day after the first reminder.
fn classes(edit: impl FnOnce(&mut Workflow)) -> Vec<&'static str> {
    let plans = planned("2026-04-07", "2026-04-08T12:00:00Z", edit);
    assert_eq!(plans.len(), 1);
    plans[0].classes.iter().map(|class| class.as_str()).collect()
}

fn reminder(id: &str, after: u32) -> Step {
    step(id, Phase::Reminder, Anchor::AfterDue(days(after)), Channel::Email)
}

#[test]
fn each_class_of_a_plan_says_what_its_edit_does() {
    assert_eq!(classes(|_| {}), ["unchanged"]);
    assert_eq!(classes(|it| it.steps[1].anchor = Anchor::AfterDue(days(20))), ["date-moved"]);
    assert_eq!(classes(|it| it.steps.insert(2, reminder("three", 20))), ["step-added"]);
    assert_eq!(classes(|it| drop(it.steps.remove(1))), ["step-removed"]);
    assert_eq!(classes(|it| it.steps.insert(0, reminder("zero", 2))), ["step-past"]);
    let made_up_for = Step { backfill: true, ..reminder("zero", 2) };
    assert_eq!(classes(|it| it.steps.insert(0, made_up_for)), ["fires-now", "step-past"]);
    let renamed = Step { formerly: vec!["two".into()], ..reminder("second", 12) };
    assert_eq!(classes(|it| it.steps[1] = renamed), ["unchanged"]);
}

#[test]
fn what_would_fire_because_of_an_edit_is_counted_with_its_postage() {
    let sooner = |it: &mut Workflow| it.steps[1].anchor = Anchor::AfterDue(days(6));
    let mut plan = Plan::default();
    planned("2026-04-07", "2026-04-08T12:00:00Z", sooner).iter().for_each(|case| plan.add(case));
    let tally = &plan.classes[&Class::FiresNow];
    assert_eq!((tally.count, tally.amounts.values().next()), (1, Some(&Decimal::from(1200))));
    assert_eq!(plan.posts, [((Channel::Email, None, None), 1)].into());
    assert_eq!(plan.unaccepted(&[(Class::FiresNow, 2)].into()), [(Class::FiresNow, 1)], "the count is not exact");
    assert_eq!(plan.unaccepted(&[(Class::FiresNow, 1)].into()), []);
    // What goes in that time anyway is no consequence of the edit.
    let anyway = planned("2026-04-13", "2026-04-13T12:00:00Z", |it| it.title = "Edited".into());
    assert_eq!(anyway[0].classes, [Class::Unchanged].into());
}

#[test]
fn a_case_under_a_formal_notice_stays_and_is_counted() {
    let plans = planned("2026-05-10", "2026-05-11T12:00:00Z", |it| drop(it.steps.remove(1)));
    assert_eq!(plans[0].classes, [Class::FormalNoticeRunning].into());
    assert_eq!(plans[0].stays, Some(Unsafe::RunningDeadline));
}
