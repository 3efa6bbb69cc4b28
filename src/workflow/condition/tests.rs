//! Conditions asked of a small story, refused ones with their remedy, and limits.

use std::collections::HashMap;
use std::str::FromStr as _;

use proptest::prelude::*;

use super::*;
use crate::law::Calendar;

struct Story {
    values: HashMap<Name, Value<'static>>,
    tags: Vec<&'static str>,
}

impl Scope for Story {
    fn value(&self, name: Name) -> Option<Value<'_>> {
        self.values.get(&name).cloned()
    }

    fn has_tag(&self, tag: &str) -> bool {
        self.tags.contains(&tag)
    }

    fn add_business_days(&self, day: NaiveDate, count: i64) -> NaiveDate {
        Calendar::default().add_business_days(day, count)
    }

    fn add_working_days(&self, day: NaiveDate, count: i64) -> NaiveDate {
        Calendar::default().add_working_days(day, count)
    }
}

fn story() -> Story {
    let money = |text: &str| Value::Money(Decimal::from_str(text).unwrap(), Currency::EUR);
    let day = |month, day| Value::Date(NaiveDate::from_ymd_opt(2026, month, day).unwrap());
    let values = HashMap::from([
        (Name::Balance, money("250.10")),
        (Name::InvoiceTotal, money("1200")),
        (Name::InvoiceCurrency, Value::Text("EUR".into())),
        (Name::InvoiceIssuedOn, day(1, 30)),
        (Name::InvoiceDueOn, day(3, 1)),
        (Name::DebtorKind, Value::Text("business".into())),
        (Name::DebtorCountry, Value::Text("FR".into())),
        (Name::Disputed, Value::Bool(false)),
        (Name::OverdueDays, Value::Decimal(12.into())),
    ]);
    Story { values, tags: vec!["vip"] }
}

fn asked(text: &str) -> (bool, String) {
    let answer = Condition::parse(text).unwrap_or_else(|errors| panic!("{text}: {errors:?}")).evaluate(&story());
    (answer.value, answer.because.join("; "))
}

fn refused(text: &str) -> String {
    let errors = Condition::parse(text).expect_err(text);
    let shown = errors.iter().map(|error| {
        let place = &text[error.span.clone()];
        let help = error.help.as_deref().map_or(String::new(), |help| format!(" [{help}]"));
        format!("{}: {} at `{place}`{help}", error.code, error.message)
    });
    shown.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_name_table_is_in_the_order_of_the_enum() {
    for info in NAMES {
        assert_eq!(info.name.info().text, info.text);
        assert_eq!(Name::from_text(info.text), Some(info.name));
    }
}

#[test]
fn conditions_are_answered_with_their_reasons() {
    let cases = [
        ("balance > 1000", false, "balance 250.10 > 1000 → false"),
        ("1000 > balance", true, "1000 > balance 250.10 → true"),
        ("balance >= 200 and not disputed", true, "balance 250.10 >= 200 → true; disputed → false"),
        ("balance > 1000 or tag(\"vip\")", true, "tag(\"vip\") → true"),
        ("balance > 200 EUR", true, "balance 250.10 EUR > 200 EUR → true"),
        ("balance != 200 USD", false, "balance 250.10 EUR != 200 USD → false (different currencies)"),
        ("balance + 5 USD > 1", false, "(balance + 5 USD) different currencies > 1 → false (different currencies)"),
        ("balance * 2 + 0.05 == 500.25", true, "(balance * 2 + 0.05) 500.25 == 500.25 → true"),
        (
            "debtor.kind == 'business' and invoice.currency == \"EUR\"",
            true,
            "debtor.kind \"business\" == 'business' → true; invoice.currency \"EUR\" == \"EUR\" → true",
        ),
        (
            "debtor.kind in [\"consumer\", \"public\"]",
            false,
            "debtor.kind \"business\" in [\"consumer\", \"public\"] → false",
        ),
        ("(debtor.country ?? \"\") not in [\"DE\"]", true, "(debtor.country ?? \"\") \"FR\" not in [\"DE\"] → true"),
        ("debtor.risk ?? 50 < 40", false, "(debtor.risk ?? 50) 50 < 40 → false"),
        (
            "phase ?? \"prevention\" == \"reminder\"",
            false,
            "(phase ?? \"prevention\") \"prevention\" == \"reminder\" → false",
        ),
        (
            "invoice.issued_on + 1 month == 2026-02-28",
            true,
            "(invoice.issued_on + 1 month) 2026-02-28 == 2026-02-28 → true",
        ),
        (
            "invoice.issued_on + 2 business days > 2026-02-03",
            false,
            "(invoice.issued_on + 2 business days) 2026-02-03 > 2026-02-03 → false",
        ),
        (
            "invoice.issued_on + 6 working days == 2026-02-06",
            true,
            "(invoice.issued_on + 6 working days) 2026-02-06 == 2026-02-06 → true",
        ),
        (
            "(invoice.due_on ?? 2026-01-01) - invoice.issued_on == 30 days",
            true,
            "((invoice.due_on ?? 2026-01-01) - invoice.issued_on) 30 days == 30 days → true",
        ),
        ("promises_broken > 1", false, "promises_broken not known > 1 → false (not known)"),
        ("not (balance > 1) or 2 weeks == 14 days", true, "2 weeks == 14 days → true"),
        ("overdue_days - 20 < -7.5", true, "(overdue_days - 20) -8 < -7.5 → true"),
        ("true", true, ""),
    ];
    for (text, value, because) in cases {
        assert_eq!(asked(text), (value, because.to_owned()), "{text}");
    }
}

#[test]
fn mistakes_are_refused_with_place_and_remedy() {
    let texts = [
        "",
        "  ",
        "balanse > 1",
        "invoice.totl > 1 and debtor.kidn == \"business\"",
        "debtor.kind == \"busines\"",
        "debtor.kind == business",
        "invoice.currency == \"EURO\"",
        "balance > \"1000\"",
        "balance",
        "not balance",
        "debtor.risk > 3",
        "overdue_days > 3 days",
        "500 EUR > 3 USD",
        "balance = 3",
        "balance && disputed",
        "!disputed",
        "1 < balance < 3",
        "balance > 1e3",
        "balance > 1,000",
        "balance > 3days",
        "balance > 10 EURO",
        "invoice.issued_on + 3 dais > 2026-01-01",
        "invoice.issued_on > 2026-02-30",
        "balance in []",
        "balance in [disputed]",
        "debtor.name < \"a\"",
        "(balance > 1",
        "balance > ",
        "\"open",
        "tag(vip)",
        "balance * invoice.total > 3",
        "disputed disputed",
        "balance > 500.001 EUR",
        "3 business > 1",
        "debtor.name == 3",
        "invoice.issued_on == \"2026-01-01\"",
        "debtor.kind == debtor.name",
        "balance > 10 and",
        "€ 5 > balance",
        "invoice.issued_on + invoice.issued_on == 1 day",
        "1 month > 3 days",
        "debtor.kind > \"business\"",
    ];
    let shown: Vec<_> = texts.iter().map(|text| format!("{text}\n{}\n", refused(text))).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn length_nesting_and_chains_are_bounded() {
    let long = format!("balance > {}", "1".repeat(CONDITION_BYTES_MAX));
    assert!(refused(&long).starts_with("condition-limit"));
    for open in ["(", "not ", "debtor.risk ?? "] {
        let deep = format!("{}true", open.repeat(CONDITION_DEPTH_MAX + 1));
        assert!(refused(&deep).starts_with("condition-limit"), "{deep}");
    }
    let chain = format!("1{} > 0", " + 1".repeat(CONDITION_DEPTH_MAX + 1));
    assert!(refused(&chain).starts_with("condition-limit"));
    assert!(asked(&format!("{}true{}", "(".repeat(CONDITION_DEPTH_MAX), ")".repeat(CONDITION_DEPTH_MAX))).0);
}

#[test]
fn overflow_is_false_and_says_so() {
    let product = format!("balance{} > 1", " * 1000000000000000".repeat(3));
    assert!(asked(&product).1.ends_with("→ false (out of range)"));
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,200}") {
        let _ = Condition::parse(&text);
    }

    #[test]
    fn no_words_in_any_order_panic(words in prop::collection::vec(prop::sample::select(vec![
        "and", "or", "not", "in", "(", ")", "[", "]", ",", "==", "<", "??", "+", "-", "*", "balance", "disputed",
        "debtor.kind", "debtor.risk", "phase", "invoice.issued_on", "tag(\"a\")", "\"business\"", "3", "0.5",
        "500 EUR", "7 USD", "2026-01-31", "3 days", "5 business days", "5 working days", "1 month", "true", "x",
    ]), 0..24)) {
        if let Ok(condition) = Condition::parse(&words.join(" ")) {
            for (story, known) in [(story(), true), (Story { values: HashMap::new(), tags: Vec::new() }, false)] {
                let answer = condition.evaluate(&story);
                prop_assert_eq!(answer.value, condition.holds(&story));
                // What is said before any fact is known must be so for these facts too.
                prop_assert!(!known || condition.verdict() != Verdict::Never || !answer.value);
            }
            prop_assert_eq!(Condition::parse(&condition.to_string()), Ok(condition));
        }
    }
}
