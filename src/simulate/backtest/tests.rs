//! A small history with every figure worked out by hand.

use super::*;
use crate::domain::Currency;
use crate::simulate::history::read_history;
use crate::workflow::{parse_workflow, read_law};

/// Monday to Friday, nine to six. A reminder by email five days after the due date, a letter twenty days after it.
const POLICY: &str = "
relance: 1
workflow: small
title: Small
applies_to: invoice.currency == \"EUR\"
timezone: Europe/Paris
jurisdiction: fr
minimum_balance: 15.00
contact:
  hours: { mon-sun: \"00:00-23:59\" }
  days_between: 0
steps:
  - { id: first, phase: reminder, after_due: 5 days, email: reminder-1 }
  - { id: letter, phase: formal_notice, after_due: 20 days, letter: { template: reminder-letter, service: standard } }
on_exhausted: { task: { kind: decide, assign: manager, within: 10 business days, on_timeout: remind } }
";

/// All due on Friday 1 February 2013. The reminder of 6 February is a Wednesday, the letter of the 21st a Thursday.
///
/// A-1 paid on the 4th: never written about. A-2 paid on the 8th: two days after the reminder. A-3 paid on 1 March: 23
/// days after the reminder, 8 after the letter. B-1 paid on 2 March, in dispute from 1 to 10 February: its reminder
/// goes on the 11th, and the letter keeps the 15 days to it: 26 February, a Tuesday; paid 4 days later. B-2 of 10.00 is
/// below the minimum. C-1 is in dollars. D-1 is never paid: reminder and letter, and nothing precedes a payment.
const HISTORY: &str = "\
invoice,debtor,issued_on,due_on,amount,currency,settled_on,disputed,disputed_on,resolved_on,group
A-1,A,2013-01-02,2013-02-01,100.00,EUR,2013-02-04,no,,,north
A-2,A,2013-01-02,2013-02-01,200.10,EUR,2013-02-08,no,,,north
A-3,E,2013-01-02,2013-02-01,300.20,EUR,2013-03-01,no,,,north
B-1,B,2013-01-02,2013-02-01,400.30,EUR,2013-03-02,yes,2013-02-01,2013-02-11,south
B-2,B,2013-01-02,2013-02-01,10.00,EUR,2013-04-01,no,,,south
C-1,C,2013-01-02,2013-02-01,70.00,USD,2013-02-20,no,,,south
D-1,D,2013-01-02,2013-02-01,500.40,EUR,,no,,,south
";

fn policy(name: &str, text: &str) -> Policy {
    let workflow = parse_workflow("small.yaml", text).unwrap_or_else(|why| panic!("{why:?}"));
    Policy { name: name.to_owned(), workflows: vec![workflow] }
}

fn report(policies: &[Policy]) -> Backtest {
    let history = read_history(HISTORY, Currency::EUR).unwrap();
    let mut prices = PriceList::default();
    prices.set_written("standard=1.49", Currency::EUR).unwrap();
    let supposed = Supposed { kind: DebtorKind::Business, country: None, locale: None };
    backtest(&history, policies, &read_law(&[]).unwrap(), &prices, &supposed, &Options::default()).unwrap()
}

#[test]
fn every_figure_is_the_one_worked_out_by_hand() {
    let report = report(&[policy("small", POLICY)]);
    assert!(report.refused.is_empty(), "{:?}", report.refused);
    assert_eq!(report.last_day.to_string(), "2013-04-01");
    let one = &report.policies[0];
    assert_eq!((one.invoices, one.debtors, one.contacted), (7, 5, 4));
    let never = NeverContacted { paid_first: 1, below_minimum: 1, not_taken: 1, ..NeverContacted::default() };
    assert_eq!(one.never_contacted, never);
    assert_eq!(one.notices_by_service, BTreeMap::from([("email", 4), ("standard", 3)]));
    assert_eq!(one.notices, 7);
    assert_eq!(one.postage, BTreeMap::from([("EUR", "4.47".to_owned())]));
    assert!(one.unpriced.is_empty());

    let [first, letter] = &one.steps[..] else { panic!() };
    assert_eq!(
        (first.invoices, first.preceded_payment, first.last_before_payment, first.within_seven_days),
        (4, 3, 1, 1)
    );
    // Two days, 23 days, 19 days.
    assert_eq!(first.median_days_to_payment, Some(19));
    assert_eq!(
        (letter.invoices, letter.preceded_payment, letter.last_before_payment, letter.within_seven_days),
        (3, 2, 2, 1)
    );
    // Eight days and four: the lower of two.
    assert_eq!(letter.median_days_to_payment, Some(4));

    let overdue = one.first_contact.days_overdue.clone().unwrap();
    // 5, 5, 5 and 10 days.
    assert_eq!((overdue.count, overdue.min, overdue.median, overdue.p90, overdue.max), (4, 5, 5, 10, 10));
    let filled: Vec<_> = one.first_contact.ranges.iter().filter(|(_, count)| *count > 0).collect();
    assert_eq!(filled, [&("4 to 7 days", 3), &("8 to 14 days", 1)]);
    // A 1, B 2, C 0, D 2, E 2.
    let contacts = one.contacts_per_debtor.clone().unwrap();
    assert_eq!((contacts.count, contacts.min, contacts.median, contacts.max), (5, 0, 2, 2));

    let phase = |name: &str| {
        let found = one.phases.iter().find(|one| one.phase == name).unwrap();
        (found.invoices, found.amounts.get("EUR").cloned().unwrap_or_default())
    };
    assert_eq!(phase("prevention"), (0, String::new()));
    assert_eq!(phase("reminder"), (4, "1401.00".to_owned()));
    assert_eq!(phase("formal_notice"), (3, "1200.90".to_owned()));
    assert_eq!(one.groups["north"], GroupMeasured { invoices: 3, contacted: 2 });
    assert_eq!(one.groups["south"], GroupMeasured { invoices: 4, contacted: 2 });
}

#[test]
fn two_policies_stand_side_by_side_with_the_difference() {
    let later = POLICY.replace("after_due: 20 days", "after_due: 27 days");
    let report = report(&[policy("small", POLICY), policy("later", &later)]);
    let text = backtest_text(&report);
    let row = |name: &str| {
        let line =
            text.lines().find(|line| line.trim_start().starts_with(name)).unwrap_or_else(|| panic!("{name}: {text}"));
        line.trim_start().trim_start_matches(name).split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    // The letter of 28 February reaches A-3 and D-1; that of B-1 would go after its payment.
    assert_eq!(row("letter, standard"), ["3", "2", "-1"]);
    assert_eq!(row("first, email"), ["4", "4", "0"]);
    assert_eq!(row("EUR"), ["4.47", "2.98", "-1.49"]);
    assert_eq!(row("formal notice, EUR"), ["1200.90", "800.60", "-400.30"]);
}

#[test]
fn every_form_says_what_history_does_not_show() {
    let report = report(&[policy("<small> & \"co\"", POLICY)]);
    let json = serde_json::to_string(&report).unwrap();
    let html = backtest_html(&report);
    for form in [backtest_text(&report), json, html.clone()] {
        assert!(form.contains("does not show how debtors would have reacted to another policy"), "{form}");
        assert!(form.contains("does not mean that it caused it"), "{form}");
    }
    assert!(html.contains("&lt;small&gt; &amp; &quot;co&quot;") && !html.contains("<small>"));
    assert!(!html.contains("<script") && !html.contains("http://") && !html.contains("https://"));
}
