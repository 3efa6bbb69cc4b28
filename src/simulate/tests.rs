//! The loop itself: what becomes known when, what ends it, what is assumed. The rules of the engine have their own
//! tests; whole escalations stand in `workflows/scenarios`.

mod plan;

use std::fmt::Write as _;

use chrono::NaiveTime;
use rust_decimal::Decimal;

use super::*;
use crate::domain::{DeliveryStatus, LetterService, Phase};
use crate::engine::Book;
use crate::workflow::*;

fn days(amount: u32) -> Duration {
    Duration { amount, unit: Unit::Days }
}

fn step(id: &str, phase: Phase, anchor: Anchor, channel: crate::domain::Channel) -> Step {
    let message = Message {
        channel,
        template: id.into(),
        service: (channel == crate::domain::Channel::Letter).then_some(LetterService::RegisteredReceipt),
        to: None,
        cc: vec![],
        attach: vec![],
        provider: None,
        from: None,
    };
    Step {
        id: id.into(),
        phase,
        anchor,
        when: None,
        actions: vec![Action::Message(message)],
        if_unreachable: vec![],
        requires: vec![],
        approval: None,
        deadline: None,
        repeat: None,
        outcomes: Default::default(),
        formerly: vec![],
        backfill: false,
    }
}

/// Reminders after 5 and 12 days, a registered letter after 30 with a term of 8 days, handed over after it.
fn book() -> Book {
    use crate::domain::Channel::{Email, Letter};
    let hours = |from, to| (NaiveTime::from_hms_opt(from, 0, 0).unwrap(), NaiveTime::from_hms_opt(to, 0, 0).unwrap());
    let mut contact = ContactHours::default();
    contact.days[..5].fill(vec![hours(9, 18)]);
    let mut formal = step("formal", Phase::FormalNotice, Anchor::AfterDue(days(30)), Letter);
    formal.deadline = Some(Deadline { term: days(8), after: DeliveryStatus::FirstPresented });
    let mut legal = step("legal", Phase::Legal, Anchor::AfterDeadlineOf("formal".into(), days(0)), Email);
    legal.actions = vec![Action::Handover { to: "bailiff".into(), procedure: None }];
    let workflow = Workflow {
        name: "test".into(),
        revision: "r1".into(),
        title: "Test".into(),
        applies_to: Condition::parse("true").unwrap(),
        priority: 0,
        timezone: chrono_tz::Europe::Paris,
        languages: vec!["fr".into()],
        jurisdiction: "fr".into(),
        minimum_balance: Decimal::ZERO,
        contact: ContactRules { hours: contact, hours_for: vec![], days_between: 0, at_most: None },
        group: Group::Account,
        grace: days(2),
        stale_feed_after: days(1),
        plan_tolerance: PlanTolerance { amount: Decimal::ZERO, late: days(2) },
        on_broken_promise: None,
        steps: vec![
            step("one", Phase::Reminder, Anchor::AfterDue(days(5)), Email),
            step("two", Phase::Reminder, Anchor::AfterDue(days(12)), Email),
            formal,
            legal,
        ],
        on_exhausted: OnExhausted { wait: days(15), task: None },
        credit_warning: None,
        schedules: vec![],
        accept: vec![],
        collector: None,
    };
    Book::with_law([workflow], read_law(&[]).unwrap())
}

fn event(id: &str, kind: &str, time: &str, data: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"s","type":"{kind}","time":"{time}","creditor":"C-1","data":{data}}}"#
    )
}

fn parties(debtors: u32) -> Vec<String> {
    let address = r#"{"lines":["1 rue du Port"],"postal_code":"75001","city":"Paris","country":"FR"}"#;
    let creditor = format!(
        r#"{{"id":"C-1","name":"Acme","legal_id":"552100554","address":{address},"email_from":"billing@acme.example","locale":"fr-FR","timezone":"Europe/Paris"}}"#
    );
    let mut lines = vec![event("creditor", "creditor.upserted", "2026-03-01T08:00:00Z", &creditor)];
    for number in 1..=debtors {
        let data = format!(
            r#"{{"debtor":"D-{number}","kind":"business","name":"Debtor","address":{address},"contacts":[{{"role":"billing","email":"ap@debtor.example"}}],"tags":[]}}"#
        );
        lines.push(event(&format!("debtor-{number}"), "debtor.upserted", "2026-03-01T08:00:00Z", &data));
    }
    lines
}

fn invoice(id: &str, debtor: u32, time: &str, due_on: &str) -> String {
    let data = format!(
        r#"{{"invoice":"{id}","number":"{id}","debtor":"D-{debtor}","currency":"EUR","total":"1200.00","issued_on":"2026-03-02","due_on":"{due_on}","tags":[]}}"#
    );
    event(&format!("invoice-{id}"), "invoice.upserted", time, &data)
}

fn payment(id: &str, time: &str, amount: &str) -> String {
    let data = format!(
        r#"{{"payment":"{id}","debtor":"D-1","currency":"EUR","amount":"{amount}","received_on":"2026-03-02","status":"received"}}"#
    );
    event(id, "payment.upserted", time, &data)
}

fn run(lines: &[String], options: &Options) -> Outcome {
    let outcome = simulate(&book(), read_events(&lines.join("\n")), options);
    assert!(outcome.stalled.is_empty());
    outcome
}

fn until(day: &str) -> Options {
    Options { until: Some(day.parse().unwrap()), assume: vec![] }
}

fn words(outcome: &Outcome) -> Vec<String> {
    text::plain_lines(&outcome.entries)
}

#[test]
fn facts_of_an_instant_come_before_its_steps() {
    // Due 1 April: the reminder is due on 6 April, a holiday, so on the 7th at 09:00 in Paris, 07:00 UTC.
    let mut lines = parties(1);
    lines.push(invoice("F-1", 1, "2026-03-02T08:00:00Z", "2026-04-01"));
    lines.push(payment("P-1", "2026-04-07T07:00:00Z", "1200.00"));
    assert_eq!(words(&run(&lines, &until("2026-05-31"))), ["2026-04-07 09:00 settled F-1 payment"]);

    lines.pop();
    lines.push(payment("P-1", "2026-04-07T07:00:01Z", "1200.00"));
    let expected = ["2026-04-07 09:00 email one F-1 1200.00 EUR", "2026-04-07 09:00:01 settled F-1 payment"];
    assert_eq!(words(&run(&lines, &until("2026-05-31"))), expected);
}

#[test]
fn an_event_becomes_known_at_its_time_whatever_its_data_say_and_wherever_it_stands() {
    // `received_on` is in March, but the payment is told on 8 April.
    let mut lines = parties(1);
    lines.push(invoice("F-1", 1, "2026-03-02T08:00:00Z", "2026-04-01"));
    lines.push(payment("P-1", "2026-04-08T10:00:00Z", "1200.00"));
    let straight = words(&run(&lines, &until("2026-05-31")));
    assert_eq!(straight.len(), 2);
    lines.reverse();
    assert_eq!(words(&run(&lines, &until("2026-05-31"))), straight);
}

#[test]
fn the_last_day_is_wholly_inside_in_the_workflow_s_zone() {
    let mut lines = parties(1);
    lines.push(invoice("F-1", 1, "2026-03-02T08:00:00Z", "2026-04-01"));
    // 23:30 in Paris on 7 April, and half an hour past midnight there, still 7 April in UTC.
    lines.push(payment("P-1", "2026-04-07T21:30:00Z", "200.00"));
    lines.push(payment("P-2", "2026-04-07T22:30:00Z", "1000.00"));
    assert_eq!(words(&run(&lines, &until("2026-04-06"))), Vec::<String>::new());
    assert_eq!(words(&run(&lines, &until("2026-04-07"))), ["2026-04-07 09:00 email one F-1 1200.00 EUR"]);
    assert_eq!(words(&run(&lines, &until("2026-04-08")))[1], "2026-04-08 00:30 settled F-1 payment");
}

#[test]
fn a_deadline_starts_with_its_proof_or_with_an_assumption_that_says_so() {
    let mut lines = parties(1);
    lines.push(invoice("F-1", 1, "2026-03-02T08:00:00Z", "2026-04-01"));
    // The letter goes on 4 May (1 May is a holiday, the 2nd a Saturday).
    let without = words(&run(&lines, &until("2026-12-31")));
    assert!(without.iter().all(|line| !line.contains("handed_over")), "{without:?}");

    let assume = Options { assume: vec!["first_presented=3bd".parse().unwrap()], ..until("2026-12-31") };
    let assumed = run(&lines, &assume);
    // Presented on Thursday 7 May; eight days end on Friday 15 May; the Monday after follows.
    let (last, line) = (assumed.entries.last().unwrap(), words(&assumed).pop().unwrap());
    assert_eq!(line, "2026-05-18 09:00 handed_over legal F-1");
    assert!(last.because.iter().any(|why| why.starts_with("assumed: ")), "{:?}", last.because);

    // A real proof wins over the assumption, and nothing rests on it.
    let report = r#"{"invoice":"F-1","step":"formal","status":"first_presented","at":"2026-05-11T08:00:00Z"}"#;
    lines.push(event("N-1", "notice.status", "2026-05-11T08:00:00Z", report));
    let proved = run(&lines, &assume);
    assert_eq!(words(&proved).pop().unwrap(), "2026-05-20 09:00 handed_over legal F-1");
    assert!(proved.entries.iter().all(|entry| entry.because.iter().all(|why| !why.starts_with("assumed"))));
}

#[test]
fn creditors_and_debtors_with_equal_ids_do_not_touch_one_another() {
    let one: Vec<String> = {
        let mut lines = parties(2);
        lines.push(invoice("F-1", 1, "2026-03-02T08:00:00Z", "2026-04-01"));
        lines.push(invoice("F-2", 2, "2026-03-02T08:00:00Z", "2026-04-01"));
        lines.push(payment("P-1", "2026-03-20T10:00:00Z", "1200.00"));
        lines
    };
    let other: Vec<String> =
        one.iter().map(|line| line.replace("C-1", "C-2")).filter(|it| !it.contains("P-1")).collect();
    let both: Vec<String> = one.iter().chain(&other).cloned().collect();
    let lines = words(&run(&both, &until("2026-04-08")));
    let expected = [
        "2026-03-20 11:00 C-1/D-1 settled F-1 payment",
        "2026-04-07 09:00 C-1/D-2 email one F-2 1200.00 EUR",
        "2026-04-07 09:00 C-2/D-1 email one F-1 1200.00 EUR",
        "2026-04-07 09:00 C-2/D-2 email one F-2 1200.00 EUR",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn what_cannot_be_read_is_reported_and_the_rest_happens() {
    let mut lines = parties(1);
    lines.push("{}".to_owned());
    lines.push(invoice("F-1", 1, "2026-03-02T08:00:00Z", "2026-04-01"));
    let outcome = run(&lines, &until("2026-04-08"));
    assert_eq!(outcome.refused.iter().map(|refused| refused.line).collect::<Vec<_>>(), [3]);
    assert_eq!(words(&outcome).len(), 1);
}

#[test]
fn without_an_end_it_stops_when_nothing_is_left() {
    let mut lines = parties(1);
    lines.push(invoice("F-1", 1, "2026-03-02T08:00:00Z", "2026-04-01"));
    let outcome = run(&lines, &Options { assume: vec!["first_presented=3bd".parse().unwrap()], ..Options::default() });
    assert_eq!(words(&outcome).pop().unwrap(), "2026-05-18 09:00 handed_over legal F-1");
}

#[test]
fn a_feed_that_moves_on_is_asked_about_only_where_it_matters() {
    // A creditor that says each morning how far its payments are known, but is silent from 6 to 9 April.
    let mut lines = parties(1);
    lines.push(invoice("F-1", 1, "2026-03-02T08:00:00Z", "2026-04-01"));
    let first: chrono::NaiveDate = "2026-03-03".parse().unwrap();
    for day in
        first.iter_days().take(60).filter(|day| !("2026-04-03"..="2026-04-09").contains(&day.to_string().as_str()))
    {
        let data = format!(r#"{{"through":"{day}T06:00:00Z"}}"#);
        lines.push(event(&format!("sync-{day}"), "payments.synced", &format!("{day}T06:00:00Z"), &data));
    }
    let lines = words(&run(&lines, &until("2026-04-20")));
    let expected = [
        "2026-04-07 09:00 held F-1 stale_feed",
        "2026-04-10 08:00 resumed F-1 stale_feed",
        "2026-04-10 09:00 email one F-1 1200.00 EUR",
        "2026-04-17 09:00 email two F-1 1200.00 EUR",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn a_payment_that_moves_to_another_debtor_leaves_the_first() {
    let mut lines = parties(2);
    lines.push(invoice("F-1", 1, "2026-03-02T08:00:00Z", "2026-04-01"));
    lines.push(invoice("F-2", 2, "2026-03-02T08:00:00Z", "2026-04-01"));
    lines.push(payment("P-1", "2026-03-10T10:00:00Z", "1200.00"));
    let corrected = payment("P-1", "2026-03-12T10:00:00Z", "1200.00").replace("D-1", "D-2");
    lines.push(corrected.replace(r#""id":"P-1""#, r#""id":"P-1b""#));
    let lines = words(&run(&lines, &until("2026-04-08")));
    let expected = [
        "2026-03-10 11:00 D-1 settled F-1 payment",
        "2026-03-12 11:00 D-1 reopened F-1 1200.00 EUR",
        "2026-03-12 11:00 D-2 settled F-2 payment",
        "2026-04-07 09:00 D-1 email one F-1 1200.00 EUR",
    ];
    let dates =
        |lines: &[String]| lines.iter().map(|line| line.split(" F-").next().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(dates(&lines), dates(&expected.map(str::to_owned)));
}

#[test]
fn a_thousand_accounts_give_one_ordered_timeline() {
    let mut lines = parties(1000);
    for number in 1..=1000 {
        lines.push(invoice(&format!("F-{number}"), number, "2026-03-02T08:00:00Z", "2026-04-01"));
    }
    let outcome = run(&lines, &until("2026-04-30"));
    assert_eq!(outcome.entries.len(), 2000);
    assert!(outcome.entries.is_sorted_by(|a, b| a.order(b).is_le()));
    let mut text = String::new();
    let _ = writeln!(text, "{}", summary(&outcome.entries));
    assert_eq!(text, "1000 accounts: 2000 email\n");
}

#[test]
fn what_is_left_is_told_as_long_as_it_is_counted_in_no_time() {
    let told = |payments: u32| {
        let mut lines = parties(1);
        lines.push(invoice("A", 1, "2026-03-02T08:00:00Z", "2026-04-30"));
        lines.extend((0..payments).map(|n| payment(&format!("P-{n}"), "2026-03-03T08:00:00Z", "0.01")));
        let outcome = run(&lines, &until("2026-03-10"));
        reading(&outcome, &book(), &crate::workflow::provider::PriceList::default(), Paint::Plain).contains(" owed")
    };
    assert!(told(399));
    assert!(!told(400));
}
