//! Steps that are stopped on every revision at once.

use super::story::*;
use crate::domain::*;
use crate::workflow::*;

fn block(story: &mut Story, step: &str) {
    story.book.blocked.insert(("fr-b2b".into(), step.into()), "wrong bank account".into());
}

#[test]
fn a_blocked_step_holds_its_case_when_its_day_has_come_and_goes_when_released() {
    let mut story = Story::of(workflow(vec![reminder("first", 3), reminder("last", 20)]));
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    block(&mut story, "first");
    assert_eq!(story.until("2026-03-09"), ["2026-03-05 09:00 held (blocked_step) A"]);
    story.book.blocked.clear();
    story.at("2026-03-10 11:00", Fact::Debtor(a_debtor()));
    assert_eq!(
        story.until("2026-03-11"),
        ["2026-03-10 11:00 resumed (blocked_step) A", "2026-03-11 09:00 notice first email A 100.00"]
    );
}

#[test]
fn a_step_is_blocked_under_every_name_it_has_on_any_revision() {
    for name in ["first", "early"] {
        let mut story = Story::of(workflow(vec![reminder("first", 3)]));
        let early = Step { formerly: vec!["first".into()], ..reminder("early", 3) };
        story.add(Workflow { revision: "r2".into(), ..workflow(vec![early]) });
        story.account.cases.insert(
            "A".into(),
            Case {
                workflow: Some(("fr-b2b".into(), "r1".into())),
                state: CaseState::Open,
                ..Case::new("A".into(), at("2026-01-01"))
            },
        );
        story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
        story.at("2026-02-02", invoice("B", 100, "2026-03-02"));
        block(&mut story, name);
        let held = ["2026-03-05 09:00 held (blocked_step) A", "2026-03-05 09:00 held (blocked_step) B"];
        assert_eq!(story.until("2026-03-09"), held, "{name}");
    }
}

#[test]
fn an_ordered_notice_of_a_blocked_step_is_withdrawn_and_the_other_cases_go_on() {
    let mut story = Story::of(workflow(vec![reminder("first", 3), reminder("second", 8)]));
    story.carrier = Carrier::Sleeps;
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    story.until("2026-03-05 09:00");
    let first = story.account.notices.keys().copied().next().unwrap();
    story.accept(first);
    story.at("2026-03-05 12:00", invoice("B", 50, "2026-03-07"));
    let said = story.until("2026-03-10 09:00");
    assert_eq!(said, ["2026-03-10 09:00 notice second email A,B 150.00"]);
    block(&mut story, "second");
    story.decide();
    let standing = story.account.notices.values().filter(|notice| notice.state == NoticeState::Ordered);
    let lines: Vec<_> = standing.flat_map(|it| it.lines.iter().map(|line| line.invoice.as_str())).collect();
    assert_eq!(lines, ["B"], "the first reminder of B goes alone");
}

/// An email and a text message of one step; the email has left, the other is still to be claimed.
fn half_sent() -> (Story, NoticeId) {
    let both = vec![email("first"), Action::Message(message(Channel::Sms, "first"))];
    let mut story = Story::of(workflow(vec![Step { actions: both, ..reminder("first", 3) }, reminder("last", 40)]));
    story.carrier = Carrier::Sleeps;
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    story.until("2026-03-05 09:00");
    let of = |channel| story.account.notices.values().find(|notice| notice.channel == channel).unwrap().id;
    let (email, sms) = (of(Channel::Email), of(Channel::Sms));
    story.now = at("2026-03-05 09:01");
    story.accept(email);
    story.decide();
    assert_eq!(story.account.notices[&sms].state, NoticeState::Ordered);
    story.said.clear();
    (story, sms)
}

#[test]
fn what_is_left_of_a_blocked_step_is_held_and_goes_when_released() {
    let (mut story, sms) = half_sent();
    block(&mut story, "first");
    story.now = at("2026-03-05 10:00");
    story.decide();
    assert_eq!(story.account.notices[&sms].state, NoticeState::Withdrawn);
    assert_eq!(story.said, ["2026-03-05 10:00 held (blocked_step) A"]);
    story.book.blocked.clear();
    story.said.clear();
    story.now = at("2026-03-25 10:00");
    story.decide();
    assert_eq!(
        story.said,
        ["2026-03-25 10:00 notice first sms A 100.00", "2026-03-25 10:00 resumed (blocked_step) A"],
        "twenty days later it still goes"
    );
    assert_eq!(story.account.notices[&sms].state, NoticeState::Ordered);
}

#[test]
fn what_is_left_of_a_reminder_does_not_go_to_a_debtor_who_asked_not_to_be_contacted() {
    let (mut story, sms) = half_sent();
    let do_not_contact = Some(DoNotContact { reason: "asked by letter".into() });
    story.learn(at("2026-03-05 10:00"), Fact::Debtor(Debtor { do_not_contact, ..a_debtor() }));
    story.now = at("2026-03-05 10:00");
    story.decide();
    assert_eq!(story.account.notices[&sms].state, NoticeState::Withdrawn);
}

#[test]
fn what_is_left_of_a_step_waits_for_a_feed_that_is_too_old() {
    let (mut story, sms) = half_sent();
    let through = at("2026-03-02 08:00");
    story.learn(at("2026-03-05 10:00"), Fact::PaymentsSynced(PaymentsSynced { through }));
    story.now = at("2026-03-05 10:00");
    story.decide();
    assert_eq!(story.account.notices[&sms].state, NoticeState::Withdrawn);
    assert_eq!(story.said, ["2026-03-05 10:00 held (stale_feed) A"]);
}
