//! `relance forecast`: open invoices of a small book, and the back-test on the public sample.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use super::history::sample;
use super::store_support::{creditor, debtor, event};

fn forecast(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_relance"))
        .arg("forecast")
        .args(arguments)
        .args(["--format", "json"])
        .current_dir(std::env::temp_dir())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn forecasts_of_the_sample_go_less_wrong_than_naive_ones_and_their_interval_holds() {
    let Some(path) = sample() else { return };
    let told = forecast(&["backtest", "--history", &path.display().to_string()]);
    let number = |value: &Value| value.as_str().unwrap().parse::<f64>().unwrap();
    let rows = told["rows"].as_array().unwrap();
    let all: BTreeMap<&str, f64> = rows
        .iter()
        .filter(|row| row["paid_before"] == "all")
        .map(|row| (row["predictor"].as_str().unwrap(), number(&row["mean_error"])))
        .collect();
    assert_eq!(all.len(), 6);
    let ours = all["relance"];
    for (name, error) in all.iter().filter(|(name, _)| **name != "relance") {
        assert!(ours < *error, "{name} is wrong by {error} days, relance by {ours}");
    }
    let first = &rows[0];
    assert_eq!((first["predictor"].as_str(), first["paid_before"].as_str()), (Some("relance"), Some("all")));
    assert!((78.0..90.0).contains(&number(&first["in_interval_percent"])), "{first}");
    assert!(number(&first["bias"]).abs() < 1.0, "{first}");
}

#[test]
fn open_invoices_are_expected_with_what_that_is_made_of() {
    let at = |day: &str, mut event: Value| {
        event["time"] = json!(format!("{day}T08:00:00Z"));
        event
    };
    let invoice = |id: &str, debtor: &str, issued_on: &str, due_on: &str| {
        let data = json!({
            "invoice": id, "number": id, "debtor": debtor, "currency": "EUR", "total": "100",
            "issued_on": issued_on, "due_on": due_on,
        });
        at(issued_on, event(&format!("e-{id}"), "invoice.upserted", 0, data))
    };
    let paid = |id: &str, debtor: &str, on: &str| {
        let data = json!({
            "payment": format!("P-{id}"), "debtor": debtor, "currency": "EUR", "amount": "100", "received_on": on,
            "allocations": [{"invoice": id, "amount": "100"}], "status": "received",
        });
        at(on, event(&format!("e-P-{id}"), "payment.upserted", 0, data))
    };
    let mut events = vec![at("2025-01-01", creditor())];
    for number in 1..=5 {
        let debtor_id = format!("d-{number}");
        events.push(at("2025-01-01", debtor(&debtor_id)));
        for month in 1..=8 {
            let id = format!("I{number}-{month}");
            events.push(invoice(&id, &debtor_id, &format!("2025-0{month}-01"), &format!("2025-0{month}-28")));
            let late = if number == 5 { "20" } else { "02" };
            events.push(paid(&id, &debtor_id, &format!("2025-{:02}-{late}", month + 1)));
        }
    }
    events.push(invoice("late", "d-5", "2025-10-01", "2025-10-28"));
    events.push(invoice("soon", "d-1", "2025-10-01", "2025-10-28"));
    events.push(invoice("odd", "d-2", "2025-10-01", "2025-10-28"));
    let dispute = json!({"dispute": "X", "debtor": "d-2", "invoice": "odd", "reason": "price"});
    events.push(at("2025-10-05", event("e-X", "dispute.opened", 0, dispute)));
    let promise = json!({"promise": "R", "debtor": "d-1", "amount": "100", "pay_by": "2025-11-10"});
    events.push(at("2025-10-06", event("e-R", "promise.made", 0, promise)));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    fs::write(&path, events.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")).unwrap();
    let told = forecast(&["open", "--as-of", "2025-10-10", "--events", &path.display().to_string()]);
    let of = |id: &str| told["rows"].as_array().unwrap().iter().find(|row| row["invoice"] == id).unwrap();
    let (soon, late, odd) = (of("soon"), of("late"), of("odd"));
    assert!(late["expected_on"].as_str() >= Some("2025-11-17"), "{late}");
    assert!(late["why"].as_str().unwrap().contains("usually pays 2"), "{late}");
    assert!(soon["expected_on"].as_str() <= Some("2025-11-04"), "{soon}");
    assert!(soon["earliest"].as_str() <= soon["expected_on"].as_str(), "{soon}");
    assert!(soon["expected_on"].as_str() <= soon["latest"].as_str(), "{soon}");
    assert!(soon["why"].as_str().unwrap().ends_with("; promised by 2025-11-10"), "{soon}");
    assert_eq!((&odd["expected_on"], odd["why"].as_str().unwrap().starts_with("disputed")), (&Value::Null, true));
    // The day after, nobody expects it on a day that is past.
    let later =
        forecast(&["open", "--as-of", "2025-11-08", "--debtor", "d-1", "--events", &path.display().to_string()]);
    assert_eq!(later["rows"].as_array().unwrap().len(), 1);
    assert!(later["rows"][0]["expected_on"].as_str().is_none_or(|day| day > "2025-11-08"), "{later}");
}
