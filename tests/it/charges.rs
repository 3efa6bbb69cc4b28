//! `relance charges` as people and programs call it.

use std::process::Command;

use serde_json::{Value, json};

/// Exit code, standard output and standard error.
fn charges(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_relance"))
        .arg("charges")
        .args(arguments)
        .env_clear()
        .current_dir(std::env::temp_dir())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn figures(arguments: &[&str]) -> Value {
    let (code, out, err) = charges(&[arguments, &["--format", "json"]].concat());
    assert_eq!(code, 0, "{err}");
    serde_json::from_str(&out).unwrap()
}

const BUSINESS: &[&str] = &["--kind", "business", "--amount", "1200", "--due", "2025-03-31", "--until", "2025-05-15"];

#[test]
fn figures_are_decimal_texts_segment_by_segment() {
    // P1 of the published tables: 45 days at 13.15 %.
    let segment = json!({
        "from": "2025-04-01", "to": "2025-05-15", "days": 45, "principal": "1200.00", "rate": "13.15", "amount": "19.45",
        "why": "ecb-main-refinancing 2025-H1: 3.15 % (retout.fr, table of value dates), and 10 points (Code de commerce, art. L441-10 II)",
    });
    let expected = json!({
        "currency": "EUR", "interest": "19.45", "lump_sum": "40.00", "total": "59.45", "interest_paid": "0.00",
        "principal_left": "1200.00", "owed": "1259.45", "surplus": "0.00", "statute": "L441-10",
        "segments": [segment], "concerns": [],
    });
    assert_eq!(figures(BUSINESS), expected);
}

#[test]
fn a_statute_without_a_name_is_the_laws_own_rate_whatever_the_contract_says() {
    let contract = [BUSINESS, &["--contract-rate", "15"]].concat();
    assert_eq!(figures(&contract)["interest"], "22.19");
    assert_eq!(figures(&[&contract[..], &["--statute"]].concat())["interest"], "19.45");
    let (code, _, err) = charges(&[BUSINESS, &["--statute", "L313-3"]].concat());
    assert_eq!(code, 2);
    assert!(err.contains("known: L441-10, 1231-6"), "{err}");
}

#[test]
fn what_is_paid_beyond_the_principal_is_named_and_pays_no_charges_by_itself() {
    let over = [BUSINESS, &["--paid", "2025-04-15=1300"]].concat();
    let told = figures(&over);
    // 1 200 × 13.15 % × 15 / 365 = 6.48.
    assert_eq!(
        (&told["interest"], &told["principal_left"], &told["surplus"]),
        (&json!("6.48"), &json!("0.00"), &json!("100.00"))
    );
    let (_, _, err) = charges(&over);
    assert!(err.contains("100.00 EUR were paid beyond"), "{err}");
    let interest_first = figures(&[&over[..], &["--first", "interest"]].concat());
    assert_eq!((&interest_first["surplus"], &interest_first["owed"]), (&json!("93.52"), &json!("40.00")));
}

#[test]
fn part_payments_and_a_judgment_count() {
    // A1, principal first: 10 000 due 2026-03-31, 4 000 paid 2026-04-30.
    let claim = ["--kind", "business", "--amount", "10000", "--due", "2026-03-31", "--until", "2026-06-30"];
    let paid = figures(&[&claim[..], &["--paid", "2026-04-30=4000"]].concat());
    assert_eq!(paid["interest"], "221.69");
    assert_eq!((&paid["segments"][0]["amount"], &paid["segments"][1]["amount"]), (&json!("99.86"), &json!("121.83")));
    // §10: interest ends the day before the judgment.
    let stopped = ["--kind", "business", "--amount", "10000", "--due", "2025-03-31", "--until", "2025-12-31"];
    assert_eq!(figures(&[&stopped[..], &["--judgment-on", "2025-05-15"]].concat())["interest"], "158.52");
    let (code, _, err) = charges(&[&claim[..], &["--paid", "2026-04-30"]].concat());
    assert_eq!(code, 2);
    assert!(err.contains("--paid 2026-04-30: write it like"), "{err}");
}

#[test]
fn nothing_owed_says_why() {
    let early = ["--kind", "business", "--amount", "1200", "--due", "2025-03-31", "--until", "2025-03-15"];
    let (code, out, err) = charges(&early);
    assert_eq!(code, 0);
    assert!(out.contains("0.00 EUR") && err.contains("nothing is late by then"), "{out}{err}");
    let consumer = ["--kind", "consumer", "--amount", "800", "--due", "2025-07-31", "--until", "2025-10-16"];
    assert!(charges(&consumer).2.contains("only from a formal notice"));
    let warned = figures(&[&consumer[..], &["--formal-notice-on", "2025-09-01"]].concat());
    assert_eq!((&warned["interest"], &warned["lump_sum"]), (&json!("2.72"), &json!("0.00")));
    let (code, _, err) =
        charges(&["--kind", "business", "--amount", "1", "--due", "2018-01-31", "--until", "2018-03-01"]);
    assert_eq!(code, 2);
    assert!(err.contains("2018-H1"), "{err}");
}

#[test]
fn payments_pay_the_principal_or_interest_first() {
    // A1: 10 000 due 2026-03-31, 4 000 paid 2026-04-30, at 2026-06-30 with the lump sum of 40.
    let claim = ["--kind", "business", "--amount", "10000", "--due", "2026-03-31", "--until", "2026-06-30"];
    let paid = [&claim[..], &["--paid", "2026-04-30=4000"]].concat();
    let interest = figures(&[&paid[..], &["--first", "interest"]].concat());
    assert_eq!((&interest["principal_left"], &interest["interest_paid"]), (&json!("6099.86"), &json!("99.86")));
    assert_eq!(interest["owed"], "6263.72");
    assert_eq!(figures(&paid)["owed"], "6261.69");
    let (code, _, err) = charges(&[&paid[..], &["--first", "both"]].concat());
    assert!(code != 0 && err.contains("principal or interest"), "{err}");
}
