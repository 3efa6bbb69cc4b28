//! Legal time limits of France, day by day: sections 5, 7, 9 and 10 of the facts.

use chrono::NaiveDate;
use relance::domain::Address;
use relance::law::{Deadline, Place, TimeLimitError, TimeLimits, deadline};
use relance::workflow::{SourceFile, read_law};

use crate::law::{day, shipped_law};

fn limits() -> &'static TimeLimits {
    &shipped_law().jurisdictions.get("fr").unwrap().time_limits
}

/// Counted for somebody at a postal code and in a country.
fn count_at(name: &str, from: &str, address: Option<(&str, &str)>) -> Result<Deadline, TimeLimitError> {
    let address = address.map(|(postal_code, country)| Address {
        lines: vec![],
        postal_code: postal_code.into(),
        city: String::new(),
        country: country.into(),
    });
    let calendars = &shipped_law().calendars;
    let (general, local) = (calendars.of("fr", None), calendars.of("fr", address.as_ref()));
    deadline(limits(), name, day(from), Place { general, local, address: address.as_ref() })
}

fn found(name: &str, from: &str) -> NaiveDate {
    count_at(name, from, None).unwrap().day
}

#[test]
fn the_order_for_payment_is_served_in_six_months_and_from_september_2026_in_three() {
    // §7.1: art. 1411, 641 and 642 CPC; it is the day of the order that counts, not the day of its service.
    for (order, last) in [
        ("2026-08-31", "2027-03-01"), // Sunday 2027-02-28
        ("2026-09-01", "2026-12-01"),
        ("2026-11-30", "2027-03-01"), // the month has no 30th, and its last day is a Sunday
        ("2026-10-15", "2027-01-15"),
    ] {
        assert_eq!(found("injunction-service", order), day(last), "{order}");
    }
    let told = count_at("injunction-service", "2026-11-30", None).unwrap();
    assert!(!told.verified, "the day of the cut-over was not read in the text");
    insta::assert_snapshot!(told.steps.join("\n"), @r"
    2026-11-30, the day of the order: not counted itself
    plus 3 months for events from 2026-09-01 on (Code de procédure civile, art. 1411; décret n° 2026-96 du 16 février 2026; the day of the cut-over in its art. 9 only from public code): 2027-02-28, the month has no 30
    2027-02-28 is a Sunday: moved to the next working day, 2027-03-01 (Code de procédure civile, art. 642)
    ");
    assert!(count_at("injunction-service", "2026-08-31", None).unwrap().verified);
}

#[test]
fn an_opposition_is_possible_for_a_month_from_service() {
    // §7.1: art. 1416 CPC.
    for (served, last) in [
        ("2025-04-08", "2025-05-09"), // 8 May is a holiday
        ("2025-07-15", "2025-08-18"), // Friday 15 August is one, then a weekend
        ("2026-03-25", "2026-04-27"), // a Saturday
        ("2025-01-31", "2025-02-28"),
    ] {
        assert_eq!(found("injunction-opposition", served), day(last), "{served}");
    }
}

#[test]
fn a_record_that_a_claim_is_not_contested_may_be_had_eight_days_after_the_month() {
    // §7.2: L126-2 and L126-3 CPCE.
    assert_eq!(found("commandment-contest", "2026-10-12"), day("2026-11-12"));
    assert_eq!(found("non-contestation-record", "2026-10-12"), day("2026-11-20"));
    assert!(limits()["non-contestation-record"].unavailable.as_deref().unwrap().contains("decree"));
}

#[test]
fn a_last_day_is_moved_where_the_law_says_so_and_nowhere_else() {
    // §5: accepted or refused within 15 days from the day after the notice; a Sunday stays.
    assert_eq!(found("registered-email-acceptance", "2025-06-02"), day("2025-06-17"));
    assert_eq!(found("registered-email-acceptance", "2025-05-03"), day("2025-05-18"));
    // §9: 642 is not for delays that are counted back; 2026-05-16 is a Saturday.
    let back = count_at("writ-service", "2026-05-31", None).unwrap();
    assert_eq!(back.day, day("2026-05-16"));
    assert!(back.steps.last().unwrap().contains("Saturday: not moved (solon.law"), "{:?}", back.steps);
    // The month of L125-1 CPCE ends on Sunday 2025-08-10.
    assert_eq!(found("small-claim-agreement", "2025-07-10"), day("2025-08-10"));
    assert_eq!(found("injunction-costs-deposit", "2025-05-02"), day("2025-05-19"));
}

#[test]
fn months_end_on_the_same_day_number_else_on_the_last_day() {
    // §9: art. 641 CPC; 31 January and one month, in a common year and in a leap year (2024-02-29 is a Thursday).
    assert_eq!(found("injunction-opposition", "2023-01-31"), day("2023-02-28"));
    assert_eq!(found("injunction-opposition", "2024-01-31"), day("2024-02-29"));
}

#[test]
fn local_holidays_count_for_the_debtor_and_not_for_the_creditor() {
    // §9: Good Friday 2024-03-29 is a holiday in Alsace-Moselle only.
    let alsace = Some(("67000", "FR"));
    let opposition = |address| count_at("injunction-opposition", "2024-02-29", address).unwrap().day;
    assert_eq!(opposition(Some(("75001", "FR"))), day("2024-03-29"));
    assert_eq!(opposition(alsace), day("2024-04-02"));
    let creditor = count_at("insolvency-declaration", "2024-01-29", alsace).unwrap();
    assert_eq!(creditor.day, day("2024-03-29"));
    let told = "2024-03-29 is Vendredi saint, a holiday in fr-67: local holidays are not counted here";
    assert_eq!(creditor.steps.last().unwrap(), told);
}

#[test]
fn a_claim_is_declared_within_two_months_of_publication_and_four_from_elsewhere() {
    // §10: R622-24 C. com.; the judgment itself starts nothing.
    for (published, last) in [
        ("2025-03-14", "2025-05-14"),
        ("2025-06-30", "2025-09-01"), // a Saturday
        ("2025-12-31", "2026-03-02"), // no 31 February, and the 28th is a Saturday
        ("2026-03-14", "2026-05-15"), // Ascension
    ] {
        assert_eq!(found("insolvency-declaration", published), day(last), "{published}");
        let paris = count_at("insolvency-declaration", published, Some(("75001", "FR"))).unwrap().day;
        assert_eq!(paris, day(last), "{published}");
    }
    // 14 July is a holiday; Réunion and Belgium lie outside metropolitan France.
    for address in [("97400", "FR"), ("97400", "RE"), ("1000", "BE")] {
        let abroad = count_at("insolvency-declaration", "2025-03-14", Some(address)).unwrap();
        assert_eq!(abroad.day, day("2025-07-15"), "{address:?}");
    }
    // L622-26: relief from forclusion; 2025-09-14 is a Sunday.
    assert_eq!(found("insolvency-relief", "2025-03-14"), day("2025-09-15"));
}

#[test]
fn a_length_an_unknown_name_and_a_missing_start_are_errors_that_name_themselves() {
    let file = |lengths: &str| {
        SourceFile::new(
            "jurisdictions/xx.yaml",
            format!(
                "jurisdiction: xx\ntitle: X\ncalendar: fr\ncurrency: EUR\ntime_limits:\n  one:\n    title: One\n    from: the day\n    acts: debtor\n    lengths: [{{ {lengths}, source: \"s\", read_on: 2026-11-22, verified: true }}]\n"
            ),
        )
    };
    for wrong in ["3 fortnights", "months", "0 days", "-1 days", "99999999999 days", "2  months"] {
        let error = read_law(&[file(&format!("value: {wrong}"))]).unwrap_err();
        assert!(error[0].to_string().contains("is no length"), "{wrong}: {error:?}");
    }
    let law = read_law(&[file("value: 3 days, since: 2026-09-01")]).unwrap();
    let limits = &law.jurisdictions.get("xx").unwrap().time_limits;
    let calendar = &law.calendars.by_name["fr"];
    let place = Place { general: calendar, local: calendar, address: None };
    let early = deadline(limits, "one", day("2026-08-31"), place).unwrap_err();
    assert_eq!(early.to_string(), "the time limit `one` has no length for an event of 2026-08-31");
    let unknown = deadline(limits, "two", day("2026-08-31"), place).unwrap_err();
    assert_eq!(unknown.to_string(), "there is no time limit `two`; there are one");
    let beyond = deadline(limits, "one", NaiveDate::MAX, place).unwrap_err();
    assert!(beyond.to_string().contains("ends beyond all calendars"), "{beyond}");
}

/// Exit code, standard output and standard error of `relance deadline`.
fn told(arguments: &[&str]) -> (i32, String, String) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_relance"))
        .arg("deadline")
        .args(arguments)
        .env_clear()
        .current_dir(std::env::temp_dir())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_command_says_the_day_and_each_step_of_its_count() {
    let (code, out, _) = told(&["injunction-opposition", "--from", "2024-02-29", "--address-postcode", "67000"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!(out, @r"
    Oppose the order for payment: until 2024-04-02
      2024-02-29, the day of its service: not counted itself
      plus 1 month (Code de procédure civile, art. 1416; secondary sources: where it was not served on the person, from the first act that is): 2024-03-29
      2024-03-29 is Vendredi saint, a holiday in fr-67, 2024-03-30 is a Saturday, 2024-03-31 is a Sunday, 2024-04-01 is Lundi de Pâques, a holiday in fr-67: moved to the next working day, 2024-04-02 (Code de procédure civile, art. 642)
    ");
    let arguments = ["non-contestation-record", "--from", "2026-10-12", "--format", "json"];
    let json: serde_json::Value = serde_json::from_str(&told(&arguments).1).unwrap();
    assert_eq!(json["first_day"], "2026-11-20");
    assert_eq!(json["because"].as_array().unwrap().len(), 3);
    assert_eq!((&json["verified"], json["unavailable"].is_string()), (&false.into(), true));
    let (_, out, _) = told(&["insolvency-declaration", "--from", "2025-03-14", "--address-country", "be"]);
    assert!(out.starts_with("Declare the claim in insolvency proceedings: until 2025-07-15\n"), "{out}");
}

#[test]
fn the_command_lists_what_it_can_count_and_says_what_it_cannot() {
    let (code, out, _) = told(&[]);
    assert_eq!(code, 0);
    assert!(out.contains("  6 months, 3 months since 2026-09-01 from the day of the order\n"), "{out}");
    let json: serde_json::Value = serde_json::from_str(&told(&["--format", "json"]).1).unwrap();
    assert_eq!(json.as_array().unwrap().len(), limits().len());
    assert_eq!(told(&["--jurisdiction", "gb"]).1, "jurisdictions/gb.yaml has no time_limits\n");
    for (arguments, error) in [
        (
            &["oposition", "--from", "2025-01-15"][..],
            "there is no time limit `oposition`; there are commandment-contest",
        ),
        (&["injunction-opposition"], "--from"),
        (&["--from", "2025-01-15"], "<NAME>"),
        (&["--jurisdiction", "zz"], "there are eu, fr, gb"),
    ] {
        let (code, _, err) = told(arguments);
        assert!(code != 0 && err.contains(error), "{arguments:?}: {code} {err}");
    }
}
