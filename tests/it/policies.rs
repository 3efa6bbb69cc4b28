//! How interest is counted is stated in the jurisdiction's file: §2.3 to §3.4 of the facts, each policy with its figures.

use chrono::Datelike as _;
use proptest::prelude::*;
use relance::domain::{Currency, DebtorKind, plain_amount};
use relance::law::{Charges, Claim, Concern, Law, shipped};
use relance::workflow::{SourceFile, read_law};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::law::{amount, business, claim, day, shipped_law};

/// The shipped law, with one jurisdiction written otherwise.
fn written(name: &str, from: &str, to: &str) -> Law {
    let path = format!("jurisdictions/{name}.yaml");
    let text = shipped().iter().find(|(known, _)| *known == path).unwrap().1;
    assert!(text.contains(from), "{path} has no {from:?}");
    read_law(&[SourceFile::new(format!("{name}.yaml"), text.replacen(from, to, 1))]).unwrap()
}

fn interest_of(charges: &Charges) -> String {
    plain_amount(charges.interest, Currency::EUR)
}

fn amounts(charges: &Charges) -> Vec<String> {
    charges.segments.iter().map(|segment| plain_amount(segment.amount, Currency::EUR)).collect()
}

fn gbp() -> Currency {
    Currency::from_code("GBP").unwrap()
}

/// An English claim of 5 000 pounds, 101 days late in the second half of 2025.
fn pounds() -> Claim<'static> {
    Claim { currency: gbp(), ..business("5000", "2025-07-31") }
}

#[test]
fn cents_are_rounded_on_the_whole_or_on_each_day() {
    // §3.3: 169.49 exactly; with the daily amount rounded first (1.68) 169.68, as paidnice.com publishes.
    let until = day("2025-11-09");
    let exact = shipped_law().jurisdictions.charges("gb", &pounds(), until).unwrap();
    assert_eq!((interest_of(&exact), plain_amount(exact.lump_sum, gbp())), ("169.49".into(), "70.00".into()));
    let daily = written("gb", "rate_mode: frozen", "rate_mode: frozen\n    rounding: daily");
    let daily = daily.jurisdictions.charges("gb", &pounds(), until).unwrap();
    assert_eq!((interest_of(&daily), daily.segments[0].days), ("169.68".into(), 101));
}

#[test]
fn a_day_has_the_rate_of_its_own_half_year_or_of_the_day_before() {
    // P5: 3.33 by the convention due + 1, 3.60 by the other.
    let claim = business("10000", "2025-06-30");
    let of = |law: &Law, until| law.jurisdictions.charges("fr", &claim, day(until)).unwrap();
    assert_eq!(interest_of(&of(shipped_law(), "2025-07-01")), "3.33");
    let before = written("fr", "rate_mode: segmented", "rate_mode: segmented\n    rate_day: before");
    assert_eq!(interest_of(&of(&before, "2025-07-01")), "3.60");
    assert_eq!(amounts(&of(&before, "2025-07-03")), ["3.60", "6.66"]);
}

#[test]
fn a_year_has_as_many_days_as_the_file_says() {
    // 10 000 at a contract rate of 10 % through the year's end into a leap year: 31 days and 31 days.
    let claim = Claim { contract_rate: Some(amount("10")), ..business("10000", "2023-11-30") };
    let of = |basis: &str| {
        let law = written("fr", "rate_mode: segmented", &format!("rate_mode: segmented\n    day_basis: {basis}"));
        law.jurisdictions.charges("fr", &claim, day("2024-01-31")).map(|charges| amounts(&charges))
    };
    assert_eq!(of("365").unwrap(), ["169.86"]);
    assert_eq!(of("360").unwrap(), ["172.22"]);
    assert_eq!(of("actual").unwrap(), ["84.93", "84.70"]);
    assert!(of("364").unwrap_err().to_string().contains("360, 365, 366 or actual"));
}

#[test]
fn interest_of_a_whole_year_bears_interest_where_it_was_agreed_and_never_against_consumers() {
    // §2.5, Code civil art. 1343-2: 10 000 for two years at 12.15 %.
    let simple = Claim { contract_rate: Some(amount("12.15")), ..business("10000", "2024-12-31") };
    let of = |claim: &Claim<'_>, until| shipped_law().jurisdictions.charges("fr", claim, day(until)).unwrap();
    assert_eq!(interest_of(&of(&simple, "2026-12-31")), "2430.00");
    let ordered = Claim { capitalised_from: Some(day("2025-01-01")), ..simple.clone() };
    let charges = of(&ordered, "2026-12-31");
    assert_eq!(amounts(&charges), ["1215.00", "1362.62"]);
    assert_eq!(interest_of(&charges), "2577.62");
    assert_eq!(charges.segments[1].principal, amount("11215.00"));
    // Less than a whole year bears none, and a year that is not over neither.
    assert_eq!(interest_of(&of(&ordered, "2025-12-31")), "1215.00");
    // Asked for only from the second year on: the first year's interest stays simple.
    let later = Claim { capitalised_from: Some(day("2026-01-01")), ..simple };
    assert_eq!(interest_of(&of(&later, "2026-12-31")), "2430.00");
    let consumer = Claim {
        formal_notice_on: Some(day("2024-12-31")),
        capitalised_from: Some(day("2025-01-01")),
        ..claim(DebtorKind::Consumer, "10000", "2024-12-31")
    };
    let charges = of(&consumer, "2026-06-30");
    assert!(charges.concerns.contains(&Concern::NotCapitalised));
    assert!(charges.segments.iter().all(|segment| segment.principal == amount("10000")));
}

#[test]
fn two_months_after_the_judgment_was_served_the_legal_rate_goes_up() {
    // §2.6, Code monétaire et financier art. L313-3: served 2025-09-15, five points more from 2025-11-15.
    let served = Claim {
        formal_notice_on: Some(day("2025-10-15")),
        enforceable_on: Some(day("2025-09-15")),
        statute: Some("1231-6"),
        ..business("5000", "2025-09-30")
    };
    let charges = shipped_law().jurisdictions.charges("fr", &served, day("2025-12-14")).unwrap();
    assert_eq!(amounts(&charges), ["11.34", "31.89"]);
    assert_eq!((charges.segments[1].from, charges.segments[1].rate), (day("2025-11-15"), amount("7.76")));
    assert!(charges.segments[1].why.contains("5 points from 2025-11-15 (Code monétaire et financier, art. L313-3)"));
    // Penalties of commerce are not at the legal rate.
    let penalties = Claim { statute: None, ..served };
    let charges = shipped_law().jurisdictions.charges("fr", &penalties, day("2025-12-14")).unwrap();
    assert!(charges.concerns.contains(&Concern::NotRaisedAfterJudgment));
    assert!(charges.segments.iter().all(|segment| segment.rate == amount("12.15")));
}

#[test]
fn every_rate_says_what_it_is_made_of() {
    let charges =
        shipped_law().jurisdictions.charges("fr", &business("1200", "2025-03-31"), day("2025-05-15")).unwrap();
    let why = &charges.segments[0].why;
    assert!(
        why.starts_with("ecb-main-refinancing 2025-H1: 3.15 % (") && why.contains("and 10 points (Code de commerce")
    );
}

#[test]
fn a_jurisdiction_is_added_by_its_file_alone() {
    // §3.4, as data only: § 288 BGB, nine points above the base rate, 40 euros towards business.
    let germany = r#"
jurisdiction: de
title: Germany
calendar: de
currency: EUR
series:
  de-base:
    title: Base rate, percent
    values:
      2025-H1: { value: 2.27, source: "Bundesbank, recalled", read_on: 2026-11-22, verified: false }
charges:
  business:
    statute: "288 BGB"
    starts: after_due
    rate_mode: segmented
    reference: de-base
    margin: { value: 9, source: "§ 288 (2) BGB, recalled", read_on: 2026-11-22, verified: false }
    contract_rate: allowed
    lump_sum: [{ from: 0, amount: { value: 40, source: "§ 288 (5) BGB, recalled", read_on: 2026-11-22, verified: false } }]
  consumer:
    statute: "288 BGB"
    starts: after_due
    rate_mode: segmented
    reference: de-base
    margin: { value: 5, source: "§ 288 (1) BGB, recalled", read_on: 2026-11-22, verified: false }
"#;
    let law = read_law(&[SourceFile::new("de.yaml", germany.to_owned())]).unwrap();
    let of = |kind| law.jurisdictions.charges("de", &claim(kind, "1000", "2025-01-31"), day("2025-03-02")).unwrap();
    let business = of(DebtorKind::Business);
    // 30 days at 11.27 % and at 7.27 %.
    assert_eq!(
        (interest_of(&business), plain_amount(business.lump_sum, Currency::EUR)),
        ("9.26".into(), "40.00".into())
    );
    let consumer = of(DebtorKind::Consumer);
    assert_eq!((interest_of(&consumer), consumer.lump_sum), ("5.98".into(), Decimal::ZERO));
    assert!(business.concerns.iter().any(|one| matches!(one, Concern::Unverified { .. })), "the file says so");
}

proptest! {
    /// Each day by itself: the rate of its half-year on what was owed that morning, rounded for each half-year and amount.
    #[test]
    fn interest_is_that_of_its_days(
        cents in 10_000i64..500_000_000, due in 0u64..1_000, late in 1u64..270, percent in 0i64..90, paid_after in 1u64..270,
    ) {
        // §2.2: the refinancing rate of the Banque centrale européenne on the first day of each half-year from 2023-H1.
        const RATES: [&str; 7] = ["2.50", "4.00", "4.50", "4.25", "3.15", "2.15", "2.15"];
        let due_on = day("2023-01-01") + chrono::Days::new(due);
        let paid = (due_on + chrono::Days::new(paid_after), Decimal::new(cents * percent / 100, 2));
        let mut runs: Vec<(i32, Decimal, i64)> = Vec::new();
        for date in due_on.iter_days().skip(1).take(late as usize) {
            let half_year = (date.year() - 2023) * 2 + i32::from(date.month() > 6);
            let owed = Decimal::new(cents, 2) - if paid.0 < date { paid.1 } else { Decimal::ZERO };
            match runs.last_mut().filter(|run| (run.0, run.1) == (half_year, owed)) {
                Some(run) => run.2 += 1,
                None => runs.push((half_year, owed, 1)),
            }
        }
        let rounded = |(half_year, owed, days): &(i32, Decimal, i64)| {
            let rate = amount(RATES[*half_year as usize]) + Decimal::TEN;
            let exact = owed * rate * Decimal::from(*days) / Decimal::from(36_500);
            exact.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
        };
        let by_day: Decimal = runs.iter().map(rounded).sum();
        let (principal, due) = (Decimal::new(cents, 2), due_on.to_string());
        let claim = Claim { principal, reductions: std::slice::from_ref(&paid), ..business("1", &due) };
        let charges = shipped_law().jurisdictions.charges("fr", &claim, due_on + chrono::Days::new(late)).unwrap();
        prop_assert_eq!(charges.interest, by_day);
    }

    /// Charges never fall as days pass or as more is owed, whatever the policy.
    #[test]
    fn charges_grow_with_time_and_amount(
        cents in 1i64..2_000_000, more in 0i64..500_000, due in 0u64..400, late in 1u64..700, later in 0u64..200,
        rounding in prop_oneof![Just("segment"), Just("total"), Just("daily")],
        basis in prop_oneof![Just("365"), Just("360"), Just("actual")],
        mode in prop_oneof![Just("segmented"), Just("frozen")],
        capitalised in any::<bool>(),
    ) {
        let policy = format!("rate_mode: {mode}\n    rounding: {rounding}\n    day_basis: {basis}");
        let law = written("fr", "rate_mode: segmented", &policy);
        let due_on = day("2022-06-30") + chrono::Days::new(due);
        let of = |cents: i64, late: u64| {
            let due = due_on.to_string();
            let capitalised_from = capitalised.then_some(due_on + chrono::Days::new(1));
            let claim = Claim { principal: Decimal::new(cents, 2), capitalised_from, ..business("1", &due) };
            law.jurisdictions.charges("fr", &claim, due_on + chrono::Days::new(late)).unwrap()
        };
        let charges = of(cents, late);
        prop_assert_eq!(charges.segments.iter().map(|segment| segment.amount).sum::<Decimal>(), charges.interest);
        prop_assert_eq!(charges.segments.iter().map(|segment| segment.days).sum::<i64>(), i64::try_from(late).unwrap());
        prop_assert!(of(cents, late + later).total() >= charges.total());
        prop_assert!(of(cents + more, late).total() >= charges.total());
    }
}
