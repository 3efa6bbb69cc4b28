//! Forecasts: drawn towards everybody, later for who is later, never in the past.

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn after(first: NaiveDate, days: i64) -> NaiveDate {
    first + chrono::TimeDelta::days(days)
}

/// Invoices of a debtor, one every ten days from 2025, due after thirty and paid so many days after that.
fn paid(debtor: &str, late: &[i64]) -> Vec<Past> {
    let one = |(place, late): (usize, &i64)| {
        let issued_on = after(day("2025-01-01"), 10 * place as i64);
        let due_on = after(issued_on, 30);
        Past { debtor: debtor.into(), issued_on, due_on, settled_on: Some(after(due_on, *late)) }
    };
    late.iter().enumerate().map(one).collect()
}

/// Forty debtors who pay on the day, and one that pays twenty days late, with a little noise.
fn everybody() -> Vec<Past> {
    let mut past: Vec<Past> = (0..40).flat_map(|number| paid(&format!("d{number}"), &[0, 1, -1, 2, 0])).collect();
    past.extend(paid("late", &[19, 20, 21, 20, 22, 20, 20, 20]));
    past
}

#[test]
fn a_debtor_is_expected_as_it_pays_and_a_new_one_as_everybody_does() {
    let today = day("2025-12-01");
    let mut forecast = Forecast::of(&everybody(), today);
    let late = forecast.usual(&"late".into()).unwrap();
    assert!((18.0..=20.0).contains(&late.days), "{late:?}");
    assert_eq!((late.own, late.invoices, late.average), (Some(20.0), 8, 0.0));
    assert!(
        late.in_words().starts_with("usually pays 20 days late (its own 8 invoices: 20 days late; "),
        "{}",
        late.in_words()
    );
    let new = forecast.usual(&"new".into()).unwrap();
    assert_eq!((new.days, new.weight), (0.0, 0.0));
    assert!(new.in_words().starts_with("nothing paid yet"));
    let of = |forecast: &mut Forecast, debtor: &str| forecast.expected(&debtor.into(), day("2025-12-20")).unwrap();
    assert_eq!(of(&mut forecast, "new").on, day("2025-12-20"));
    let expected = of(&mut forecast, "late");
    assert!(
        expected.on >= day("2026-01-07")
            && expected.earliest <= Some(expected.on)
            && Some(expected.on) <= expected.latest
    );
}

#[test]
fn little_of_its_own_counts_little_where_debtors_are_alike() {
    let mut past = everybody();
    past.retain(|one| one.debtor != "late".into());
    past.extend(paid("once", &[20]));
    let usual = Forecast::of(&past, day("2025-12-01")).usual(&"once".into()).unwrap();
    assert!(usual.days < 10.0 && usual.weight < 0.5, "{usual:?}");
}

#[test]
fn what_is_not_paid_is_never_expected_on_a_day_that_is_past() {
    let mut past = everybody();
    let due_on = day("2025-11-01");
    past.push(Past { debtor: "d1".into(), issued_on: day("2025-10-02"), due_on, settled_on: None });
    for days in 0..60 {
        let today = after(due_on, days);
        if let Some(expected) = Forecast::of(&past, today).expected(&"d1".into(), due_on) {
            assert!(expected.on > today && expected.earliest.is_none_or(|first| first > today), "{today} {expected:?}");
        }
    }
    // It runs longer than any that was paid: nothing is known of such a thing, and that is said.
    assert_eq!(Forecast::of(&past, day("2026-06-01")).expected(&"d1".into(), due_on), None);
    // Meanwhile its days so far count for its habits.
    let usual = Forecast::of(&past, day("2025-12-20")).usual(&"d1".into()).unwrap();
    assert_eq!(usual.invoices, 6);
}

#[test]
fn nothing_that_came_later_counts() {
    let today = day("2025-03-01");
    let known: Vec<Past> = everybody()
        .into_iter()
        .filter(|one| one.issued_on <= today)
        .map(|one| Past { settled_on: one.settled_on.filter(|on| *on <= today), ..one })
        .collect();
    let usual = |past: &[Past]| Forecast::of(past, today).usual(&"late".into());
    assert_eq!(usual(&known), usual(&everybody()));
    assert_eq!(Forecast::of(&[], today).usual(&"late".into()), None);
}
