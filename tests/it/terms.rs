//! How long the law lets a debtor take to pay: section 1 of the facts.

use relance::domain::DebtorKind;
use relance::law::{Agreement, PaymentTerms, Term, Terms};

use crate::law::{day, shipped_law};

fn rules(jurisdiction: &str, kind: DebtorKind) -> &'static PaymentTerms {
    shipped_law().jurisdictions.get(jurisdiction).unwrap().payment_terms.of(kind).unwrap()
}

fn read(text: &str) -> Terms {
    match Agreement::read(text) {
        Some(Agreement::Terms(terms)) => terms,
        other => panic!("{text}: {other:?}"),
    }
}

/// An invoice of 2025-01-15, delivered the same day.
fn of_january<'t>(terms: Option<&'t Terms>, due_on: &str) -> Term<'t> {
    let issued_on = day("2025-01-15");
    Term { due_on: day(due_on), terms, issued_on, delivered_on: Some(issued_on), sector: None, is_periodic: false }
}

fn too_long(terms: &str) -> Option<String> {
    let terms = read(terms);
    let due_on = terms.due_on(day("2025-01-15"), Some(day("2025-01-15"))).unwrap();
    rules("fr", DebtorKind::Business).too_long(&of_january(Some(&terms), &due_on.to_string()))
}

#[test]
fn where_nothing_was_agreed_thirty_days_from_delivery_count() {
    // §1.1: performance 2025-03-01 → 2025-03-31, receipt of goods 2025-01-31 → 2025-03-02.
    let default = &rules("fr", DebtorKind::Business).default.value;
    for (delivered_on, due_on) in [("2025-03-01", "2025-03-31"), ("2025-01-31", "2025-03-02")] {
        assert_eq!(default.due_on(day("2025-03-05"), Some(day(delivered_on))), Some(day(due_on)));
    }
    assert_eq!(default.due_on(day("2025-03-05"), None), None);
}

#[test]
fn a_term_beyond_the_ceiling_is_told_with_its_source_and_a_lawful_one_is_not() {
    for lawful in ["60 days", "30 days", "45 jours fin de mois", "fin de mois 45 jours", "30 jours fin de mois le 10"] {
        assert_eq!(too_long(lawful), None, "{lawful}");
    }
    // 45 days to the end of the month may go beyond 60 days; 65 plain days may not.
    let told = too_long("65 days").unwrap();
    assert!(told.contains("due 2025-03-21, at the latest 2025-03-16 (60 days after issue; Code de commerce"), "{told}");
    let told = too_long("90 jours fin de mois").unwrap();
    assert!(told.contains("due 2025-04-30, at the latest 2025-03-31 (45 days after issue, then the end"), "{told}");
    // Without terms, a day that either computation gives is lawful, and another beyond 60 days is not.
    let business = rules("fr", DebtorKind::Business);
    assert_eq!(business.too_long(&of_january(None, "2025-03-31")), None);
    assert!(business.too_long(&of_january(None, "2025-03-30")).is_some());
    assert_eq!(business.too_long(&of_january(None, "2025-03-16")), None);
}

#[test]
fn periodic_invoices_sectors_and_public_bodies_have_ceilings_of_their_own() {
    let business = rules("fr", DebtorKind::Business);
    let periodic = Term { is_periodic: true, ..of_january(None, "2025-03-02") };
    assert!(
        business
            .too_long(&periodic)
            .unwrap()
            .contains("for a periodic invoice: due 2025-03-02, at the latest 2025-03-01")
    );
    assert_eq!(business.too_long(&Term { due_on: day("2025-03-01"), ..periodic }), None);
    // §1.3, of delivery on 2025-03-04.
    let delivered = day("2025-03-04");
    for (sector, last) in
        [("perishable_food", "2025-04-09"), ("live_cattle_fresh_meat", "2025-03-24"), ("spirits", "2025-04-30")]
    {
        let term = Term {
            due_on: day(last),
            terms: None,
            issued_on: delivered,
            delivered_on: Some(delivered),
            sector: Some(sector),
            is_periodic: false,
        };
        assert_eq!(business.too_long(&term), None, "{sector}");
        let late = Term { due_on: day(last).succ_opt().unwrap(), ..term };
        assert!(business.too_long(&late).unwrap().contains(&format!("in the sector {sector}")), "{sector}");
        let untold = Term { delivered_on: None, ..term };
        assert!(business.too_long(&untold).unwrap().contains("no day of delivery is known"), "{sector}");
    }
    let haulage = Term { sector: Some("haulage"), ..of_january(None, "2025-02-15") };
    assert!(business.too_long(&haulage).unwrap().contains("at the latest 2025-02-14"));
    // §1.4: 30 days, hospitals 50.
    let public = rules("fr", DebtorKind::Public);
    assert!(public.too_long(&of_january(None, "2025-02-15")).is_some());
    let hospital = Term { sector: Some("public_hospital"), ..of_january(None, "2025-03-06") };
    assert_eq!(public.too_long(&hospital), None);
    assert_eq!(shipped_law().jurisdictions.get("fr").unwrap().payment_terms.of(DebtorKind::Consumer), None);
}

/// Exit code, standard output and standard error of `relance terms`.
fn told(arguments: &[&str]) -> (i32, String, String) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_relance"))
        .arg("terms")
        .args(arguments)
        .env_clear()
        .current_dir(std::env::temp_dir())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_command_says_what_terms_come_to_and_what_it_cannot_read() {
    let (code, out, _) = told(&["45 jours fin de mois", "--issued", "2025-01-15"]);
    assert_eq!((code, out.as_str()), (0, "due 2025-03-31: 45 days after issue, then the end of that month\n"));
    let (code, out, _) = told(&["net 90", "--issued", "2025-01-15", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, json["due_on"].as_str()), (0, Some("2025-04-15")));
    assert!(json["warnings"][0].as_str().unwrap().contains("at the latest 2025-03-16"), "{json}");
    let (_, out, _) = told(&["none", "--issued", "2025-03-05", "--delivered", "2025-03-01"]);
    assert!(out.starts_with("due 2025-03-31: 30 days after delivery\nnothing was agreed: Code de commerce"), "{out}");
    for (arguments, error) in [
        (&["when the moon is full", "--issued", "2025-01-15"][..], "is not understood"),
        (&["none", "--issued", "2025-01-15"], "--delivered"),
        (&["none", "--issued", "2025-01-15", "--kind", "consumer"], "no payment_terms for a consumer debtor"),
        (&["30", "--issued", "2025-01-15", "--jurisdiction", "zz"], "there are eu, fr, gb"),
    ] {
        let (code, _, err) = told(arguments);
        assert!(code != 0 && err.contains(error), "{arguments:?}: {code} {err}");
    }
}
