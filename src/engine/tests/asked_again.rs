//! A person's yes is given to exact content: what is left of a step, its fallback, and a question nobody needs any more.

use super::story::*;
use crate::domain::*;
use crate::workflow::*;

fn manager() -> Option<Approval> {
    Some(Approval { role: "manager".into(), when: None, expires: None })
}

/// A formal notice by letter with a copy by email, approved on 5 March; nobody has claimed either.
fn approved_in_two_parts() -> Story {
    let mut both = formal_notice(3);
    both.actions.push(email("copy"));
    let mut story = Story::of(workflow(vec![Step { approval: manager(), ..both }]));
    story.carrier = Carrier::Sleeps;
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    story.at("2026-03-05 10:00", approval("A", "formal-notice", ApprovalAnswer::Approved));
    assert_eq!(
        story.until("2026-03-05 10:00"),
        [
            "2026-03-05 09:00 approval formal-notice A",
            "2026-03-05 10:00 notice formal-notice email A 100.00",
            "2026-03-05 10:00 notice formal-notice letter registered_receipt A 100.00",
            "2026-03-05 10:00 approved formal-notice A",
        ]
    );
    accept(&mut story, Channel::Email);
    story
}

fn accept(story: &mut Story, channel: Channel) {
    let mut notices = story.account.notices.values();
    let id = notices.find(|notice| notice.channel == channel).unwrap().id;
    story.accept(id);
}

fn ordered(story: &Story) -> Vec<(Channel, String)> {
    let ordered = story.account.notices.values().filter(|notice| notice.state == NoticeState::Ordered);
    ordered.map(|notice| (notice.channel, notice.totals[0].amount.to_string())).collect()
}

#[test]
fn rule_23_the_rest_of_an_approved_step_goes_as_it_was_approved() {
    let mut story = approved_in_two_parts();
    story.now = at("2026-03-05 10:01");
    story.decide();
    assert_eq!(ordered(&story), [(Channel::Letter, "100".to_owned())]);
    assert!(story.said.is_empty(), "{:?}", story.said);
}

#[test]
fn rule_23_the_rest_of_an_approved_step_is_asked_for_again_when_the_amount_changes() {
    let mut story = approved_in_two_parts();
    story.at("2026-03-05 11:00", payment("P", 40, "2026-03-05", &[("A", 40)]));
    assert_eq!(story.until("2026-03-05 11:00"), ["2026-03-05 11:00 approval formal-notice A"]);
    assert_eq!(ordered(&story), []);
    story.at("2026-03-05 12:00", approval("A", "formal-notice", ApprovalAnswer::Approved));
    assert_eq!(
        story.until("2026-03-05 12:00"),
        [
            "2026-03-05 12:00 notice formal-notice letter registered_receipt A 60.00",
            "2026-03-05 12:00 approved formal-notice A",
        ]
    );
    assert_eq!(ordered(&story), [(Channel::Letter, "60".to_owned())]);
}

/// The call of the step keeps it under way, so that both notices are what is left of it.
#[test]
fn rule_23_two_notices_left_of_an_approved_step_are_asked_for_once_when_the_amount_changes() {
    let mut both = formal_notice(3);
    both.actions.push(email("copy"));
    both.actions.push(task(5, OnTimeout::Remind));
    let mut story = Story::of(workflow(vec![Step { approval: manager(), ..both }]));
    story.carrier = Carrier::Sleeps;
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    story.at("2026-03-05 10:00", approval("A", "formal-notice", ApprovalAnswer::Approved));
    story.until("2026-03-05 10:00");
    story.at("2026-03-05 11:00", payment("P", 40, "2026-03-05", &[("A", 40)]));
    assert_eq!(story.until("2026-03-05 11:00"), ["2026-03-05 11:00 approval formal-notice A"]);
    for minute in ["2026-03-05 11:01", "2026-03-05 11:02"] {
        story.now = at(minute);
        story.decide();
        assert!(story.said.is_empty(), "{:?}", story.said);
    }
    let asked = story.account.tasks.values().filter(|task| task.kind == "approval" && task.state == TaskState::Open);
    assert_eq!(asked.count(), 1);
    assert_eq!(ordered(&story), []);
    story.at("2026-03-05 12:00", approval("A", "formal-notice", ApprovalAnswer::Approved));
    story.until("2026-03-05 12:00");
    let both = [(Channel::Email, "60".to_owned()), (Channel::Letter, "60".to_owned())];
    assert_eq!(ordered(&story).into_iter().collect::<std::collections::BTreeSet<_>>(), both.clone().into());
    accept(&mut story, Channel::Email);
    story.now = at("2026-03-05 12:01");
    story.decide();
    assert!(story.said.is_empty(), "{:?}", story.said);
    assert_eq!(ordered(&story), [both[1].clone()]);
}

#[test]
fn rule_23_a_rest_that_is_refused_holds_the_case_and_one_that_is_too_old_is_asked_for_no_more() {
    let mut story = approved_in_two_parts();
    story.at("2026-03-05 11:00", payment("P", 40, "2026-03-05", &[("A", 40)]));
    story.at("2026-03-05 12:00", approval("A", "formal-notice", ApprovalAnswer::Rejected));
    let said = story.until("2026-03-05 12:00");
    assert!(said.contains(&"2026-03-05 12:00 held (rejected) A".to_owned()), "{said:#?}");
    let mut story = approved_in_two_parts();
    story.at("2026-03-05 11:00", payment("P", 40, "2026-03-05", &[("A", 40)]));
    story.at("2026-03-20 11:00", Fact::Debtor(a_debtor()));
    story.until("2026-03-20");
    let open = story.account.tasks.values().filter(|task| task.kind == "approval" && task.state == TaskState::Open);
    assert_eq!(open.count(), 0);
}

#[test]
fn rule_23_the_fallback_of_an_approved_step_is_asked_for_like_the_step() {
    let fallback = Message { service: Some(LetterService::Standard), ..message(Channel::Letter, "letter") };
    let step = Step { approval: manager(), if_unreachable: vec![fallback], ..reminder("r1", 3) };
    let mut story = Story::of(workflow(vec![step, reminder("r2", 40)]));
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    story.at("2026-03-05 10:00", approval("A", "r1", ApprovalAnswer::Approved));
    story.at("2026-03-06 12:00", reported("A", "r1", DeliveryStatus::Bounced, "2026-03-06 12:00"));
    story.at("2026-03-09 10:00", approval("A", "r1", ApprovalAnswer::Approved));
    assert_eq!(
        story.until("2026-03-12"),
        [
            "2026-03-05 09:00 approval r1 A",
            "2026-03-05 10:00 notice r1 email A 100.00",
            "2026-03-05 10:00 approved r1 A",
            "2026-03-09 09:00 approval r1 A",
            "2026-03-09 10:00 notice r1 letter standard A 100.00",
            "2026-03-09 10:00 approved r1 A",
        ]
    );
}

#[test]
fn rule_30_what_was_asked_for_the_debtors_wish_is_taken_back_with_it() {
    let mut story = Story::of(workflow(vec![formal_notice(3)]));
    let mut told = a_debtor();
    told.do_not_contact = Some(DoNotContact { reason: "by telephone".into() });
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    story.at("2026-03-01", Fact::Debtor(told));
    story.at("2026-03-06 12:00", Fact::Debtor(a_debtor()));
    story.at("2026-03-12", reported("A", "formal-notice", DeliveryStatus::FirstPresented, "2026-03-12"));
    assert_eq!(
        story.until("2026-05-01"),
        [
            "2026-03-05 09:00 approval formal-notice A",
            "2026-03-09 09:00 notice formal-notice letter registered_receipt A 100.00",
            "2026-03-30 09:00 exhausted A",
        ]
    );
}
