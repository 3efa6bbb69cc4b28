//! Contact hours by kind of debtor and channel, at the clock on the wall where the debtor is.

use chrono::NaiveTime;

use super::story::*;
use crate::domain::*;
use crate::workflow::*;

fn hours(days: std::ops::Range<usize>, intervals: &[(&str, &str)]) -> ContactHours {
    let time = |text: &str| NaiveTime::parse_from_str(text, "%H:%M").unwrap();
    let mut hours = ContactHours::default();
    hours.days[days].fill(intervals.iter().map(|(from, to)| (time(from), time(to))).collect());
    hours
}

fn sms(id: &str, after: u32) -> Step {
    step(id, Phase::Reminder, Anchor::AfterDue(days(after)), Action::Message(message(Channel::Sms, id)))
}

/// Emails and letters from 8 to 20; to consumers text messages and calls from 10 to 13 and from 14 to 20: the hours that
/// D223-9 of the French consumer code gives to prospecting, taken as the careful ones.
fn rules() -> ContactRules {
    let careful = HoursFor {
        kind: Some(DebtorKind::Consumer),
        channels: vec![ContactChannel::Notice(Channel::Sms), ContactChannel::Call],
        hours: hours(0..5, &[("10:00", "13:00"), ("14:00", "20:00")]),
    };
    ContactRules { hours: hours(0..5, &[("08:00", "20:00")]), hours_for: vec![careful], days_between: 0, at_most: None }
}

/// A debtor of a kind, at a postal code of France.
fn debtor(kind: DebtorKind, postal_code: &str) -> Fact {
    let address = Some(Address { postal_code: postal_code.into(), ..address() });
    let consents = Consents { sms: Some(true), ..Consents::default() };
    Fact::Debtor(Debtor { kind, address, consents, ..a_debtor() })
}

fn story(contact: ContactRules, steps: Vec<Step>, debtor: Fact) -> Story {
    let mut story = Story::bare(Workflow { contact, ..workflow(steps) });
    story.book.calendars = read_law(&[]).unwrap().calendars.into();
    story.at("2026-01-01", creditor());
    story.at("2026-01-01", debtor);
    story
}

/// The instants at which notices were ordered, as the debtor's clock shows them.
fn ordered(story: &Story) -> Vec<String> {
    let shown = |notice: &Notice| {
        let zone = notice.content.as_ref().unwrap().timezone;
        notice.ordered_at.with_timezone(&zone).format("%a %Y-%m-%d %H:%M %:z").to_string()
    };
    let mut all: Vec<(chrono::DateTime<chrono::Utc>, String)> =
        story.account.notices.values().map(|notice| (notice.ordered_at, shown(notice))).collect();
    all.sort();
    all.into_iter().map(|(_, shown)| shown).collect()
}

#[test]
fn a_text_message_to_a_consumer_waits_for_its_own_hours_and_an_email_does_not() {
    let steps = || vec![reminder("r1", 3), sms("s1", 5)];
    let mut consumer = story(rules(), steps(), debtor(DebtorKind::Consumer, "75001"));
    consumer.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    consumer.until("2026-03-20");
    assert_eq!(ordered(&consumer), ["Thu 2026-03-05 08:00 +01:00", "Mon 2026-03-09 10:00 +01:00"]);
    let mut business = story(rules(), steps(), debtor(DebtorKind::Business, "75001"));
    business.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    business.until("2026-03-20");
    assert_eq!(ordered(&business), ["Thu 2026-03-05 08:00 +01:00", "Mon 2026-03-09 08:00 +01:00"]);
}

#[test]
fn what_becomes_due_in_the_evening_goes_on_the_next_open_day() {
    // Facts, section 6: 20:05 on Wednesday 13 May; Ascension Day is the 14th. The debtor of Réunion has its own clock.
    for (postal_code, expected) in [("75001", "Fri 2026-05-15 10:00 +02:00"), ("97400", "Fri 2026-05-15 10:00 +04:00")]
    {
        let mut story = story(rules(), vec![sms("s1", 3)], debtor(DebtorKind::Consumer, postal_code));
        story.at("2026-05-13 20:05", invoice("A", 100, "2026-05-04"));
        story.until("2026-05-20");
        assert_eq!(ordered(&story), [expected]);
    }
}

#[test]
fn a_notice_that_was_left_behind_goes_in_the_hours_of_its_channel() {
    let mut story = story(rules(), vec![sms("s1", 3)], debtor(DebtorKind::Consumer, "75001"));
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    story.until("2026-03-10");
    let notice = story.account.notices.values().next().unwrap();
    let open = |when: &str| crate::engine::is_open(&story.book, notice, at(when));
    assert!(open("2026-03-06 19:59") && open("2026-03-06 10:00") && open("2026-03-06 14:00"));
    assert!(!open("2026-03-06 20:00") && !open("2026-03-06 09:59") && !open("2026-03-06 13:30"));
    // Friday evening, a weekend, Ascension Day.
    assert!(!open("2026-03-07 11:00") && !open("2026-05-14 11:00"));
}

#[test]
fn a_step_goes_when_all_its_channels_are_open_and_a_call_is_asked_for_in_the_hours_of_calls() {
    let both = Step { actions: vec![email("r1"), Action::Message(message(Channel::Sms, "r1"))], ..reminder("r1", 3) };
    let call = step("call", Phase::Reminder, Anchor::AfterDue(days(7)), task(2, OnTimeout::Continue));
    let mut story = story(rules(), vec![both, call], debtor(DebtorKind::Consumer, "75001"));
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    let said = story.until("2026-03-09");
    assert_eq!(ordered(&story), ["Thu 2026-03-05 10:00 +01:00", "Thu 2026-03-05 10:00 +01:00"]);
    assert!(said.iter().any(|line| line.starts_with("2026-03-09 10:00 task")), "{said:?}");
}

#[test]
fn the_clocks_of_spring_and_autumn_are_the_debtors() {
    let night = |from, to| ContactRules {
        hours: hours(0..7, &[(from, to)]),
        hours_for: vec![],
        days_between: 0,
        at_most: None,
    };
    let goes = |rules: ContactRules, postal_code, due_on| {
        let mut story = story(rules, vec![reminder("r1", 3)], debtor(DebtorKind::Business, postal_code));
        story.at("2026-01-02", invoice("A", 100, due_on));
        story.until("2027-11-30");
        ordered(&story)
    };
    // On 29 March 2026 the clocks of Paris jump from 2 to 3; on 25 October they show the hour from 2 to 3 twice.
    assert_eq!(goes(night("02:30", "04:00"), "75001", "2026-03-26"), ["Sun 2026-03-29 03:00 +02:00"]);
    assert_eq!(goes(night("02:00", "03:00"), "75001", "2026-03-26"), ["Mon 2026-03-30 02:00 +02:00"]);
    assert_eq!(goes(night("02:00", "04:00"), "75001", "2026-10-22"), ["Sun 2026-10-25 02:00 +02:00"]);
    // Saint-Pierre-et-Miquelon changes with North America, on 8 March 2026 and 7 November 2027; Guadeloupe and Réunion never do.
    assert_eq!(goes(night("02:30", "04:00"), "97500", "2026-03-05"), ["Sun 2026-03-08 03:00 -02:00"]);
    assert_eq!(goes(night("01:00", "04:00"), "97500", "2027-11-04"), ["Sun 2027-11-07 01:00 -02:00"]);
    assert_eq!(goes(night("02:30", "04:00"), "97100", "2026-03-26"), ["Sun 2026-03-29 02:30 -04:00"]);
    assert_eq!(goes(night("02:30", "04:00"), "97400", "2026-10-22"), ["Sun 2026-10-25 02:30 +04:00"]);
}

#[test]
fn an_hour_that_the_clock_shows_twice_is_open_once_and_one_left_out_never() {
    let rules =
        ContactRules { hours: hours(0..7, &[("02:00", "02:30")]), hours_for: vec![], days_between: 0, at_most: None };
    let mut story = story(rules, vec![reminder("r1", 3)], debtor(DebtorKind::Business, "75001"));
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    story.until("2026-03-10");
    let notice = story.account.notices.values().next().unwrap();
    let open = |instant: &str| crate::engine::is_open(&story.book, notice, instant.parse().unwrap());
    assert!(open("2026-10-25T00:29:59Z") && !open("2026-10-25T00:30:00Z"));
    assert!(!open("2026-10-25T01:15:00Z"), "a quarter past two, the second time");
    assert!(!open("2026-03-29T00:59:59Z") && !open("2026-03-29T01:00:00Z"));
}
