//! The tables of published and computed examples, over the shipped files.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use relance::domain::{Address, Currency, DebtorKind, plain_amount};
use relance::law::*;
use relance::workflow::{SourceFile, from_yaml, read_law};

pub fn shipped_law() -> &'static Law {
    static LAW: std::sync::LazyLock<Law> = std::sync::LazyLock::new(|| read_law(&[]).unwrap());
    &LAW
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn amount(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub fn claim(kind: DebtorKind, principal: &str, due_on: &str) -> Claim<'static> {
    Claim {
        kind,
        currency: Currency::EUR,
        principal: amount(principal),
        reductions: &[],
        due_on: day(due_on),
        formal_notice_on: None,
        contract_rate: None,
        judgment_on: None,
        statute: None,
        interest_from: None,
        enforceable_on: None,
        capitalised_from: None,
    }
}

pub fn business(principal: &str, due_on: &str) -> Claim<'static> {
    claim(DebtorKind::Business, principal, due_on)
}

/// Interest as text, with the amounts of its segments.
fn interest(claim: &Claim<'_>, until: &str) -> (String, Vec<String>) {
    let charges = shipped_law().jurisdictions.charges("fr", claim, day(until)).unwrap();
    let cents = |value| plain_amount(value, claim.currency);
    (cents(charges.interest), charges.segments.iter().map(|segment| cents(segment.amount)).collect())
}

#[test]
fn business_penalties_are_those_of_the_published_tables() {
    // P1 to P9, law facts §2.3: L441-10 II, ECB rate of the half-year of each day + 10 points, act/365.
    for (principal, due, paid, total, segments) in [
        ("1200.00", "2025-03-31", "2025-05-15", "19.45", &["19.45"][..]),
        ("1200.00", "2025-05-31", "2025-08-29", "36.94", &["12.97", "23.97"]),
        ("10000", "2024-11-30", "2025-08-31", "979.51", &["121.03", "652.10", "206.38"]),
        // P4 fixes the rounding: every printed line is rounded and the total is their sum (exactly: 1242.25).
        ("12000", "2023-06-15", "2024-03-10", "1242.24", &["61.64", "846.90", "333.70"]),
        // P5: the day after the due date is priced with its own half-year.
        ("10000", "2025-06-30", "2025-07-01", "3.33", &["3.33"]),
        ("10000", "2026-05-01", "2026-09-03", "420.55", &["199.73", "220.82"]),
        ("2400", "2024-02-29", "2024-03-01", "0.95", &["0.95"]),
        ("3600", "2022-12-31", "2023-01-31", "38.22", &["38.22"]),
        ("1000", "2025-01-15", "2026-01-15", "126.05", &["59.81", "61.25", "4.99"]),
        // P13: on the net amount the result differs; penalties are on the amount tax included.
        ("1000.00", "2025-03-31", "2025-05-15", "16.21", &["16.21"]),
    ] {
        let expected = (total.to_owned(), segments.iter().map(|text| (*text).to_owned()).collect());
        assert_eq!(interest(&business(principal, due), paid), expected, "{principal} due {due} paid {paid}");
    }
}

#[test]
fn the_exact_total_is_a_policy_too() {
    let written =
        text_of("jurisdictions/fr.yaml").replace("    starts: after_due", "    rounding: total\n    starts: after_due");
    let exact = read_law(&[SourceFile::new("fr.yaml", written)]).unwrap();
    let charges = exact.jurisdictions.charges("fr", &business("12000", "2023-06-15"), day("2024-03-10")).unwrap();
    assert_eq!(plain_amount(charges.interest, Currency::EUR), "1242.25");
    let lines: Decimal = charges.segments.iter().map(|segment| segment.amount).sum();
    assert_eq!(lines, charges.interest);
}

fn text_of(path: &str) -> &'static str {
    shipped().iter().find(|(known, _)| *known == path).unwrap().1
}

#[test]
fn contract_rates_replace_the_default_and_have_a_floor() {
    // P10: 2m-consulting.fr / Les Echos 2018; no series reaches back to 2018, and none is needed.
    let contract = |rate: &str, principal, due| Claim { contract_rate: Some(amount(rate)), ..business(principal, due) };
    assert_eq!(interest(&contract("15", "15000", "2018-04-15"), "2018-05-15").0, "184.93");
    // P11: three times the legal rate.
    assert_eq!(interest(&contract("11.13", "1200.00", "2025-03-31"), "2025-05-15").0, "16.47");
    // P12: below the floor.
    let low = contract("5", "1000", "2025-07-31");
    let charges = shipped_law().jurisdictions.charges("fr", &low, day("2025-08-31")).unwrap();
    let below = Concern::BelowFloor { half_year: "2025-H2".parse().unwrap(), rate: amount("5"), floor: amount("8.28") };
    assert_eq!(charges.concerns, [below]);
    // §2.5: simple interest over two years, one flat rate.
    assert_eq!(
        interest(&contract("12.15", "10000", "2024-12-31"), "2026-12-31"),
        ("2430.00".into(), vec!["2430.00".into()])
    );
}

#[test]
fn the_floor_is_above_the_default_in_2024_and_the_default_is_not_raised() {
    let charges =
        shipped_law().jurisdictions.charges("fr", &business("1000", "2024-01-31"), day("2024-02-29")).unwrap();
    assert_eq!(charges.segments[0].rate, amount("14.50"));
    assert!(matches!(charges.concerns[..], [Concern::DefaultBelowFloor { .. }]));
}

#[test]
fn paid_in_time_owes_nothing() {
    // P14
    for paid in ["2025-03-30", "2025-03-31"] {
        let charges = shipped_law().jurisdictions.charges("fr", &business("1200", "2025-03-31"), day(paid)).unwrap();
        assert_eq!((charges.total(), &charges.concerns[..]), (Decimal::ZERO, &[Concern::NotLate][..]));
    }
    let reductions = [(day("2025-03-31"), amount("1200"))];
    let paid = Claim { reductions: &reductions, ..business("1200", "2025-03-31") };
    let charges = shipped_law().jurisdictions.charges("fr", &paid, day("2025-12-31")).unwrap();
    assert_eq!((charges.total(), charges.segments.len(), charges.concerns.len()), (Decimal::ZERO, 0, 0));
}

#[test]
fn a_half_year_without_a_rate_is_an_error_that_names_it() {
    // P15
    let error =
        shipped_law().jurisdictions.charges("fr", &business("1200", "2026-12-01"), day("2027-01-10")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`ecb-main-refinancing` has no rate for 2027-H1; add it to the jurisdiction file with its source"
    );
}

#[test]
fn public_buyers_pay_the_rate_of_the_first_day() {
    // P16: ECB + 8 points, frozen.
    let expected = ("919.59".to_owned(), vec!["919.59".to_owned()]);
    assert_eq!(interest(&claim(DebtorKind::Public, "10000", "2024-11-30"), "2025-08-31"), expected);
}

#[test]
fn consumers_owe_legal_interest_from_the_formal_notice_and_no_lump_sum() {
    // §2.4: art. 1231-6 and 1344-1 of the civil code.
    let law = shipped_law();
    let plain = claim(DebtorKind::Consumer, "800", "2025-07-31");
    let unwarned = law.jurisdictions.charges("fr", &plain, day("2025-10-16")).unwrap();
    assert_eq!((unwarned.total(), &unwarned.concerns[..]), (Decimal::ZERO, &[Concern::NoFormalNotice][..]));
    let warned = Claim { formal_notice_on: Some(day("2025-09-01")), ..plain };
    let charges = law.jurisdictions.charges("fr", &warned, day("2025-10-16")).unwrap();
    assert_eq!((charges.interest, charges.lump_sum), (amount("2.72"), Decimal::ZERO));
    assert_eq!(charges.segments[0].days, 45);
}

#[test]
fn another_statute_is_chosen_by_its_name_and_an_unknown_one_names_those_there_are() {
    // §2.4: a business may fall back on the legal interest of the civil code, which runs from the formal notice.
    let law = &shipped_law().jurisdictions;
    let usual = business("800", "2025-07-31");
    assert_eq!(law.charges("fr", &usual, day("2025-10-16")).unwrap().statute.as_deref(), Some("L441-10"));
    let civil = Claim { statute: Some("1231-6"), formal_notice_on: Some(day("2025-09-01")), ..usual.clone() };
    let charges = law.charges("fr", &civil, day("2025-10-16")).unwrap();
    assert_eq!((charges.interest, charges.lump_sum), (amount("2.72"), Decimal::ZERO));
    let unknown = Claim { statute: Some("L313-3"), ..usual };
    let why = law.charges("fr", &unknown, day("2025-10-16")).unwrap_err().to_string();
    assert_eq!(why, "no statute `L313-3` for a business debtor in `fr`; known: L441-10, 1231-6");
}

#[test]
fn unverified_rates_are_said() {
    let charges =
        shipped_law().jurisdictions.charges("fr", &business("10000", "2026-07-10"), day("2026-09-03")).unwrap();
    assert!(matches!(&charges.concerns[..], [Concern::Unverified { what, .. }] if what.contains("2026-H2")));
}

#[test]
fn the_lump_sum_is_once_for_each_late_invoice() {
    // §3.1: L441-10 II and D441-5.
    let lump =
        |claim: &Claim<'_>| shipped_law().jurisdictions.charges("fr", claim, day("2025-06-30")).unwrap().lump_sum;
    assert_eq!(lump(&business("1200", "2025-03-31")), amount("40"));
    let reductions = [(day("2025-03-30"), amount("990"))];
    assert_eq!(lump(&Claim { reductions: &reductions, ..business("1000", "2025-03-31") }), amount("40"));
    // A payment after the due date does not take it away.
    let late = [(day("2025-04-15"), amount("1000"))];
    assert_eq!(lump(&Claim { reductions: &late, ..business("1000", "2025-03-31") }), amount("40"));
    // Insolvency: not where the judgment forbids payment at the due date.
    for (due, expected) in [("2025-03-31", "40"), ("2025-04-10", "0"), ("2025-04-30", "0")] {
        assert_eq!(lump(&Claim { judgment_on: Some(day("2025-04-10")), ..business("1000", due) }), amount(expected));
    }
    // Euros are not added to dollars.
    let dollars = Claim { currency: Currency::from_code("USD").unwrap(), ..business("1000", "2025-03-31") };
    assert_eq!(lump(&dollars), Decimal::ZERO);
}

#[test]
fn insolvency_stops_interest_the_day_before_the_judgment() {
    // §10: L622-28; 44 days, not 45.
    let opened = Claim { judgment_on: Some(day("2025-05-15")), ..business("10000", "2025-03-31") };
    assert_eq!(interest(&opened, "2025-12-31").0, "158.52");
}

#[test]
fn a_part_payment_lowers_interest_from_the_day_after() {
    // §4 A1, principal first: 6 000 + 99.86 + 121.83.
    let reductions = [(day("2026-04-30"), amount("4000"))];
    let part = Claim { reductions: &reductions, ..business("10000", "2026-03-31") };
    assert_eq!(interest(&part, "2026-06-30"), ("221.69".into(), vec!["99.86".into(), "121.83".into()]));
}

#[test]
fn the_united_kingdom_has_tiers_and_a_frozen_rate() {
    // §3.3: £5 000, 101 days at 12.25 %; Late Payment of Commercial Debts (Interest) Act 1998.
    let law = shipped_law();
    let pounds = |principal, due| Claim { currency: Currency::from_code("GBP").unwrap(), ..business(principal, due) };
    let charges = law.jurisdictions.charges("gb", &pounds("5000", "2025-07-31"), day("2025-11-09")).unwrap();
    assert_eq!((charges.interest, charges.lump_sum), (amount("169.49"), amount("70")));
    let frozen = law.jurisdictions.charges("gb", &pounds("10000", "2025-12-01"), day("2026-02-01")).unwrap();
    assert_eq!(frozen.segments.len(), 1);
    assert_eq!(frozen.segments[0].rate, amount("12.25"));
    for (principal, expected) in [("999.99", "40"), ("1000.00", "70"), ("9999.99", "70"), ("10000", "100")] {
        let charges = law.jurisdictions.charges("gb", &pounds(principal, "2025-07-31"), day("2025-08-01")).unwrap();
        assert_eq!(charges.lump_sum, amount(expected), "{principal}");
    }
}

#[test]
fn amounts_beyond_exact_decimals_are_refused_not_wrapped() {
    let absurd = Claim { contract_rate: Some(Decimal::MAX), ..business("1000000000000000", "2025-03-31") };
    let error = shipped_law().jurisdictions.charges("fr", &absurd, day("2025-04-30")).unwrap_err();
    assert_eq!(error, ChargesError::TooLarge);
}

#[test]
fn french_holidays_are_those_of_the_table() {
    // §9: Easter, Good Friday, Easter Monday, Ascension, Whit Monday.
    let law = shipped_law();
    let (fr, alsace) = (&law.calendars.by_name["fr"], &law.calendars.by_name["fr-67"]);
    for (year, good_friday, easter_monday, ascension, whit_monday) in [
        (2019, "04-19", "04-22", "05-30", "06-10"),
        (2020, "04-10", "04-13", "05-21", "06-01"),
        (2021, "04-02", "04-05", "05-13", "05-24"),
        (2022, "04-15", "04-18", "05-26", "06-06"),
        (2023, "04-07", "04-10", "05-18", "05-29"),
        (2024, "03-29", "04-01", "05-09", "05-20"),
        (2025, "04-18", "04-21", "05-29", "06-09"),
        (2026, "04-03", "04-06", "05-14", "05-25"),
        (2027, "03-26", "03-29", "05-06", "05-17"),
        (2028, "04-14", "04-17", "05-25", "06-05"),
        (2029, "03-30", "04-02", "05-10", "05-21"),
        (2030, "04-19", "04-22", "05-30", "06-10"),
    ] {
        let fixed = ["01-01", "05-01", "05-08", "07-14", "08-15", "11-01", "11-11", "12-25"];
        let expected: std::collections::BTreeSet<NaiveDate> = fixed
            .iter()
            .chain(&[easter_monday, ascension, whit_monday])
            .map(|text| day(&format!("{year}-{text}")))
            .collect();
        let in_year = || {
            day(&format!("{year}-01-01")).iter_days().take_while(|day| day.to_string().starts_with(&year.to_string()))
        };
        let found: std::collections::BTreeSet<NaiveDate> = in_year().filter(|day| fr.is_holiday(*day)).collect();
        assert_eq!(found, expected, "{year}");
        let local: Vec<NaiveDate> = in_year().filter(|day| alsace.is_holiday(*day) && !fr.is_holiday(*day)).collect();
        assert_eq!(local, [day(&format!("{year}-{good_friday}")), day(&format!("{year}-12-26"))]);
    }
    // 2008: Ascension falls on 1 May; ten distinct days.
    assert_eq!(day("2008-01-01").iter_days().take(366).filter(|day| fr.is_holiday(*day)).count(), 10);
}

#[test]
fn business_days_and_procedural_terms_are_those_of_the_table() {
    let law = shipped_law();
    let fr = &law.calendars.by_name["fr"];
    assert_eq!(fr.add_business_days(day("2025-05-07"), 5), day("2025-05-15"));
    assert_eq!(fr.add_business_days(day("2025-12-24"), 3), day("2025-12-30"));
    assert_eq!(fr.add_business_days(day("2025-05-15"), -5), day("2025-05-07"));
    // §9: jours ouvrables count Saturdays; 8 May is a holiday, for either.
    assert_eq!(fr.add_working_days(day("2025-05-07"), 5), day("2025-05-14"));
    assert_eq!(fr.add_working_days(day("2025-05-14"), -5), day("2025-05-07"));
    assert_eq!(add_months(day("2025-01-31"), 1), day("2025-02-28"));
    assert_eq!(add_months(day("2024-01-31"), 1), day("2024-02-29"));
    assert_eq!(fr.procedural_end(day("2025-05-10")), day("2025-05-12"));
    // Good Friday counts in Alsace only.
    let end = add_months(day("2024-02-29"), 1);
    assert_eq!(fr.procedural_end(end), day("2024-03-29"));
    assert_eq!(law.calendars.by_name["fr-68"].procedural_end(end), day("2024-04-02"));
}

#[test]
fn a_debtor_counts_by_its_own_region_or_country() {
    let law = shipped_law();
    let of = |country: &str, postal_code: &str| {
        let address =
            Address { lines: vec![], postal_code: postal_code.into(), city: String::new(), country: country.into() };
        law.calendars.of("fr", Some(&address)).name.clone()
    };
    assert_eq!(of("FR", "75001"), "fr");
    assert_eq!(of("FR", "67000"), "fr-67");
    assert_eq!(of("FR", "97400"), "fr-974");
    assert_eq!(of("RE", "97400"), "fr-974");
    assert_eq!(of("BE", "1000"), "be");
    assert_eq!(of("JP", "100-0001"), "fr");
    assert_eq!(law.calendars.of("eu", None).name, "target2");
    assert!(law.calendars.by_name["fr-974"].is_holiday(day("2025-12-20")));
    assert!(law.calendars.by_name["re"].is_holiday(day("2025-12-20")));
    assert!(law.calendars.by_name["fr-974"].is_holiday(day("2025-07-14")));
}

#[test]
fn english_bank_holidays_move_off_weekends() {
    let law = shipped_law();
    let gb = &law.calendars.by_name["gb"];
    // As published on gov.uk for 2027 and 2028.
    for text in ["2027-12-27", "2027-12-28", "2028-01-03", "2027-05-03", "2027-05-31", "2027-08-30", "2027-03-26"] {
        assert!(gb.is_holiday(day(text)), "{text}");
    }
    // Boxing Day 2022 stays on Monday, Christmas moves to Tuesday.
    for (text, expected) in [("2022-12-26", true), ("2022-12-27", true), ("2022-12-28", false)] {
        assert_eq!(gb.is_holiday(day(text)), expected, "{text}");
    }
}

#[test]
fn files_that_do_not_fit_are_all_reported() {
    let circle = |name: &str, extends: &str| {
        let text = format!(
            "calendar: {name}\ntitle: test\nextends: {extends}\nsource: test\nread_on: 2026-11-22\nverified: false\n\
             holidays: [{{ name: nothing }}]\n"
        );
        from_yaml::<CalendarFile>("test.yaml", &text).unwrap()
    };
    let law = shipped_law();
    let fr = law.jurisdictions.get("fr").unwrap().clone();
    let errors = Law::build([circle("a", "b"), circle("b", "a")], [fr]).unwrap_err();
    for wanted in ["extends", "write exactly one", "calendar `fr`", "ecb-main-refinancing"] {
        assert!(errors.iter().any(|error| error.to_string().contains(wanted)), "{wanted}: {errors:?}");
    }
}
