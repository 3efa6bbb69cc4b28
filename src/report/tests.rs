//! Section 12 of the facts: each published figure.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::*;
use crate::domain::{Class, Owed};

fn number(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn days_sales_outstanding_and_the_best_possible() {
    // divalto: 30 000 / 60 000 × 90 = 45; creditguru: 18 000 not due → 27, delinquent 18.
    let outstanding = days_outstanding(number("30000"), number("60000"), 90).unwrap();
    let best = days_outstanding(number("18000"), number("60000"), 90).unwrap();
    assert_eq!((outstanding, best), (number("45"), number("27")));
    assert_eq!(average_days_delinquent(outstanding, best), number("18"));
    assert_eq!(days_outstanding(number("30000"), Decimal::ZERO, 90), None);
}

fn by_month(sold: &[(&str, &str)]) -> impl Fn(NaiveDate, NaiveDate) -> Decimal {
    let sold: BTreeMap<NaiveDate, Decimal> = sold.iter().map(|(first, amount)| (day(first), number(amount))).collect();
    move |from, to| sold.range(from..=to).map(|(_, amount)| *amount).sum()
}

#[test]
fn counting_back_takes_each_months_sales_off() {
    // divalto: 2 500 at 30 November; 1 200, 800 and 700 sold → 30 + 31 + 500/700 × 30 = 82.43.
    let sales = by_month(&[("2025-11-15", "1200"), ("2025-10-15", "800"), ("2025-09-15", "700")]);
    let counted = count_back(number("2500"), day("2025-11-30"), Some(day("2025-09-15")), sales);
    assert_eq!((counted.days, counted.months.len(), counted.rest), (number("82.43"), 3, Decimal::ZERO));
    // A month without sales counts with its days, and what no sale is known for is said.
    let sales = by_month(&[("2025-11-15", "1000"), ("2025-09-15", "700")]);
    let counted = count_back(number("2000"), day("2025-11-30"), Some(day("2025-09-15")), sales);
    assert_eq!((counted.days, counted.rest), (number("91"), number("300")));
}

#[test]
fn collection_effectiveness_with_and_without_dividing_the_sales() {
    // creditguru: 6 200 opening, 10 890 sold in three months, 6 340 closing of which 3 590 not due.
    let of = |opening: &str, sales: &str, closing: &str, current: &str| Effectiveness {
        opening: number(opening),
        sales: number(sales),
        closing: number(closing),
        current: number(current),
    };
    assert_eq!(effectiveness(&of("6200", "10890", "6340", "3590"), Some(3)), Some(number("55.93")));
    // gaviti.
    assert_eq!(effectiveness(&of("100", "1000", "120", "100"), None), Some(number("98")));
    assert_eq!(effectiveness(&of("0", "0", "0", "0"), None), None);
    assert_eq!(super::figures::months_of(day("2026-01-15"), day("2026-03-01")), 3);
    assert_eq!(super::figures::months_of(day("2026-01-01"), day("2026-01-31")), 1);
}

#[test]
fn ages_begin_the_day_after_the_due_date() {
    let of = [(0, Class::NotDue), (1, Class::UpTo30), (30, Class::UpTo30), (31, Class::UpTo60)];
    let more = [(60, Class::UpTo60), (61, Class::UpTo90), (90, Class::UpTo90), (91, Class::Over90)];
    for (overdue, class) in of.into_iter().chain(more) {
        assert_eq!(Class::of_days(overdue), class, "{overdue}");
    }
}

#[test]
fn a_provision_is_made_on_the_part_without_tax() {
    // §12: 1 200 with 200 of tax, a risk of 50 %: 500.
    let owed = Owed {
        invoice: "A".into(),
        number: "A".into(),
        currency: Currency::EUR,
        due_on: day("2026-01-31"),
        overdue_days: 100,
        class: Class::Over90,
        amount: number("1200"),
    };
    let scope = Scope {
        from: day("2026-01-01"),
        as_of: day("2026-05-11"),
        end: chrono::DateTime::UNIX_EPOCH,
        opening_end: chrono::DateTime::UNIX_EPOCH,
        zone: chrono_tz::Tz::UTC,
    };
    let mut gathered = Gathering::new(scope);
    let part = gather::Part { debtor: "D".into(), owed, net: Some(number("1000")), judgment: None };
    gathered.parts.push(part);
    let matrix = Matrix { percent: [0, 0, 0, 0, 50, 0, 0].map(Decimal::from) };
    let table = table(&View::Provision(matrix), &gathered, true, None);
    assert_eq!(table.rows.len(), 1);
    assert_eq!(
        table.rows[0][3..],
        [
            Cell::Amount(number("1200"), Currency::EUR),
            Cell::Amount(number("1000"), Currency::EUR),
            Cell::Number(number("50")),
            Cell::Amount(number("500.00"), Currency::EUR),
        ]
    );
}

#[test]
fn a_table_is_printed_for_people_for_spreadsheets_and_for_programs() {
    let rows =
        vec![vec![Cell::text("=1+1, \"x\""), Cell::Count(2), Cell::Amount(number("-3"), Currency::EUR), Cell::None]];
    let table = Table { columns: vec!["name", "count", "amount", "day"], rows, notes: vec!["said".into()] };
    assert_eq!(csv(&table), "name,count,amount,day\r\n\"'=1+1, \"\"x\"\"\",2,-3.00,\r\n");
    assert_eq!(text(&table), "name       count  amount  day\n=1+1, \"x\"      2   -3.00\nnote: said\n");
    let json = json(&table, serde_json::Map::new());
    assert_eq!(
        json["rows"][0],
        serde_json::json!({ "name": "=1+1, \"x\"", "count": 2, "amount": "-3.00", "day": null })
    );
}
