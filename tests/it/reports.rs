//! `relance report` as an accountant types it, from a file of events and from Postgres.

use std::fs;
use std::process::Command;

use relance::advance;
use serde_json::{Value, json};

use super::deploy::{Worker, database_of};
use super::store_support::{arrivals, creditor, debtor, event, noon};

/// Standard output, or the error where the command fails.
fn report(arguments: &[&str], environment: &[(&str, &str)]) -> Result<String, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_relance"))
        .arg("report")
        .args(arguments)
        .envs(environment.iter().copied())
        .current_dir(std::env::temp_dir())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(text(&output.stderr)),
    }
}

/// An event at noon of a day.
fn on(day: &str, kind: &str, id: &str, data: Value) -> Value {
    let mut event = event(id, kind, 0, data);
    event["time"] = json!(format!("{day}T12:00:00Z"));
    event
}

fn invoice(id: &str, debtor: &str, total: &str, issued_on: &str, due_on: &str) -> Value {
    let net = total.parse::<i64>().map(|total| (total * 5 / 6).to_string()).unwrap();
    let data = json!({
        "invoice": id, "number": id, "debtor": debtor, "currency": "EUR", "total": total, "net_total": net,
        "issued_on": issued_on, "due_on": due_on,
    });
    on(issued_on, "invoice.upserted", &format!("e-{id}"), data)
}

fn payment(id: &str, debtor: &str, invoice: &str, amount: &str, day: &str) -> Value {
    let data = json!({
        "payment": id, "debtor": debtor, "currency": "EUR", "amount": amount, "received_on": day,
        "allocations": [{"invoice": invoice, "amount": amount}], "status": "received",
    });
    on(day, "payment.upserted", &format!("e-{id}"), data)
}

/// Two debtors, one of them in liquidation, a dispute, two promises and some payments, in the first half of 2026.
fn book() -> Vec<Value> {
    let early = |mut event: Value| {
        event["time"] = json!("2026-01-01T08:00:00Z");
        event
    };
    vec![
        early(creditor()),
        early(debtor("d-1")),
        early(debtor("d-2")),
        invoice("A", "d-1", "1200", "2026-01-10", "2026-02-10"),
        invoice("B", "d-1", "600", "2026-03-10", "2026-04-10"),
        invoice("C", "d-1", "300", "2026-04-20", "2026-05-20"),
        invoice("D", "d-2", "2400", "2026-02-01", "2026-03-01"),
        payment("P1", "d-1", "A", "200", "2026-03-02"),
        on(
            "2026-03-05",
            "promise.made",
            "e-PR1",
            json!({"promise": "PR1", "debtor": "d-1", "invoices": ["A"], "amount": "500", "pay_by": "2026-03-20"}),
        ),
        payment("P2", "d-1", "A", "500", "2026-03-18"),
        on(
            "2026-03-25",
            "promise.made",
            "e-PR2",
            json!({"promise": "PR2", "debtor": "d-1", "invoices": ["A"], "amount": "500", "pay_by": "2026-04-05"}),
        ),
        on(
            "2026-04-15",
            "dispute.opened",
            "e-X",
            json!({"dispute": "X", "debtor": "d-1", "invoice": "B", "amount": "100", "reason": "price"}),
        ),
        on(
            "2026-04-20",
            "debtor.insolvency_opened",
            "e-I",
            json!({"debtor": "d-2", "procedure": "liquidation judiciaire", "judgment_date": "2026-04-20"}),
        ),
    ]
}

fn file_of(events: &[Value]) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    fs::write(&path, events.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")).unwrap();
    let path = path.display().to_string();
    (folder, path)
}

fn rows(arguments: &[&str], environment: &[(&str, &str)]) -> Value {
    let text = report(&[arguments, &["--format", "json"]].concat(), environment).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["rows"].clone()
}

/// The named cells of each row.
fn cells(rows: &Value, names: &[&str]) -> Vec<String> {
    let cell = |row: &Value, name: &&str| row[*name].as_str().map_or(row[*name].to_string(), str::to_owned);
    let line = |row: &Value| names.iter().map(|name| cell(row, name)).collect::<Vec<_>>().join(" ");
    rows.as_array().unwrap().iter().map(line).collect()
}

#[test]
fn what_is_owed_is_told_by_age_with_disputed_and_insolvent_parts_apart() {
    let (_folder, file) = file_of(&book());
    let aging = rows(&["aging", "--as-of", "2026-04-30", "--events", &file], &[]);
    let expected = [
        "not_due 1 300.00",
        "up_to_30 1 500.00",
        "up_to_60 0 0.00",
        "up_to_90 1 500.00",
        "over_90 0 0.00",
        "disputed 1 100.00",
        "insolvent 1 2400.00",
        "total 5 3800.00",
    ];
    assert_eq!(cells(&aging, &["class", "parts", "amount"]), expected);
    let invoices = rows(&["aging", "--detail", "--as-of", "2026-04-30", "--events", &file], &[]);
    assert_eq!(cells(&invoices, &["invoice", "overdue_days", "amount"])[1], "B 20 500.00");
    let csv = report(&["aging", "--as-of", "2026-04-30", "--events", &file, "--format", "csv"], &[]).unwrap();
    assert!(csv.starts_with("currency,class,parts,amount\r\nEUR,not_due,1,300.00\r\n"), "{csv}");
}

#[test]
fn days_outstanding_effectiveness_provision_promises_and_tax_say_what_they_are_made_of() {
    let (_folder, file) = file_of(&book());
    let at = ["--as-of", "2026-04-30", "--from", "2026-03-01", "--events", &file];
    // 1 400 without the insolvent claim, 900 sold in 61 days; April 300, March 600, and 500 of February's 2 400.
    let dso = rows(&[&["dso"], &at[..]].concat(), &[]);
    let figures = ["dso 94.89", "dso_count_back 66.83", "best_possible_dso 20.33", "average_days_delinquent 74.56"];
    assert_eq!(cells(&dso, &["figure", "days"]), figures);
    assert!(dso[0]["why"].as_str().unwrap().contains("receivables 1400.00 / sales 900.00 × 61 days"), "{dso}");
    // Opening on 28 February: 1 200 and 2 400.
    let cei = rows(&[&["cei"], &at[..]].concat(), &[]);
    assert_eq!(
        cells(&cei, &["opening", "sales", "closing", "closing_not_due", "cei_percent"]),
        ["3600.00 900.00 1400.00 300.00 73.81"]
    );
    let monthly = rows(&[&["cei", "--per-month"], &at[..]].concat(), &[]);
    assert_eq!(cells(&monthly, &["sales_divided_by", "cei_percent"]), ["2 70.67"]);
    let matrix = "not_due=0,up_to_30=10,up_to_60=20,up_to_90=50,over_90=100,disputed=50,insolvent=100";
    let provision = rows(&[&["provision", "--matrix", matrix], &at[..]].concat(), &[]);
    assert_eq!(
        cells(&provision, &["class", "gross", "net", "provision"])[1..4],
        ["up_to_30 500.00 416.67 41.67", "up_to_60 0.00 0.00 0.00", "up_to_90 500.00 416.67 208.34"]
    );
    let promises = rows(&[&["promises"], &at[..]].concat(), &[]);
    assert_eq!(
        cells(&promises, &["promise", "received", "reached_on", "state"]),
        ["PR1 500.00 2026-03-18 kept", "PR2 0.00 null broken"]
    );
    let vat = rows(&[&["vat"], &at[..]].concat(), &[]);
    assert_eq!(
        cells(&vat, &["invoice", "unpaid", "net", "vat", "claim_until"]),
        ["D 2400.00 2000.00 400.00 2028-12-31"]
    );
    let mention = "Facture demeurée impayée pour la somme de 2000.00 EUR (prix net) et pour la somme de 400.00 EUR (TVA \
                   correspondante) qui ne peut faire l'objet d'une déduction (article 272 du CGI)";
    assert_eq!(vat[0]["mention"], mention);
}

#[test]
fn steps_are_told_with_what_was_paid_within_seven_days() {
    let folder = tempfile::tempdir().unwrap();
    let step = |id: &str, after: u32| {
        format!("  - {{ id: {id}, phase: reminder, after_due: {after} days, email: reminder-1 }}\n")
    };
    let workflow = format!(
        "relance: 1\nworkflow: plain\ntitle: Test\napplies_to: debtor.kind == \"business\"\ntimezone: Europe/Paris\n\
         jurisdiction: fr\ncontact: {{ hours: {{ mon-fri: \"09:00-18:00\" }} }}\nsteps:\n{}{}\
         on_exhausted: {{ task: {{ kind: decide, within: 5 days, on_timeout: remind }} }}\n",
        step("first", 3),
        step("second", 20)
    );
    let path = folder.path().join("plain.yaml");
    fs::write(&path, workflow).unwrap();
    let (_kept, file) = file_of(&[book(), vec![payment("P9", "d-1", "B", "600", "2026-04-17")]].concat());
    let path = path.display().to_string();
    let arguments = ["steps", "--as-of", "2026-04-30", "--from", "2026-02-01", "--events", &file, "--workflow", &path];
    // `second` of A went on the morning of 2 March, and 200 came at noon.
    assert_eq!(
        cells(&rows(&arguments, &[]), &["step", "cases", "paid_within_7_days", "share_percent", "amount"]),
        ["first 3 1 33.33 600.00", "second 2 1 50.00 200.00"]
    );
}

#[test]
fn what_cannot_be_told_says_why() {
    let (_folder, file) = file_of(&book());
    for (arguments, error) in [
        (vec!["provision"], "provision needs --matrix"),
        (vec!["provision", "--matrix", "not_due=0"], "up_to_30 is missing"),
        (vec!["aging", "--from", "2026-05-01"], "is after --as-of"),
        (vec!["aging", "--known-by", "2026-04-01"], "is before --as-of"),
        (vec!["aging", "--creditor", "zenith"], "no creditor zenith is known; there are: acme"),
    ] {
        let all = [&arguments[..], &["--as-of", "2026-04-30", "--events", &file]].concat();
        let said = report(&all, &[]).unwrap_err();
        assert!(said.contains(error), "{arguments:?}: {said}");
    }
}

#[tokio::test]
async fn a_past_day_is_told_the_same_whatever_came_since() {
    let (database, url) = database_of("reports").await;
    let environment = [("DATABASE_URL", url.as_str())];
    let mut worker = Worker::start(&database).await;
    let take = async |worker: &mut Worker, events: &[Value]| {
        let (book, desk) = (worker.shelf.book(), &mut worker.desk);
        advance::intake(&mut desk.writer, &desk.memory, &book, &arrivals(events), noon()).await.unwrap();
    };
    take(&mut worker, &book()).await;
    let at = ["--as-of", "2026-04-30", "--from", "2026-03-01", "--creditor", "acme"];
    let told = |name: &str| report(&[&[name], &at[..]].concat(), &environment).unwrap();
    let names = ["aging", "dso", "cei", "promises", "vat"];
    let before: Vec<String> = names.iter().map(|name| told(name)).collect();
    let (_folder, file) = file_of(&book());
    let from_file = [&at[..], &["--events", &file]].concat();
    for (name, text) in names.iter().zip(&before) {
        assert_eq!(text, &report(&[&[*name], &from_file[..]].concat(), &[]).unwrap(), "{name} from the file");
    }

    // A correction, a void, a payment with an early value date, a debtor stated anew, and the feed, all of May.
    let mut corrected = invoice("A", "d-1", "1800", "2026-01-10", "2026-02-10");
    (corrected["id"], corrected["time"]) = (json!("e-A2"), json!("2026-05-02T12:00:00Z"));
    let mut late = payment("P3", "d-1", "B", "50", "2026-04-28");
    late["time"] = json!("2026-05-03T12:00:00Z");
    let mut again = debtor("d-1");
    (again["id"], again["time"]) = (json!("debtor-d-1-again"), json!("2026-05-04T12:00:00Z"));
    let void = on("2026-05-05", "invoice.voided", "e-V", json!({"invoice": "C", "debtor": "d-1"}));
    let synced = on("2026-05-06", "payments.synced", "e-S", json!({"through": "2026-05-06T00:00:00Z"}));
    take(&mut worker, &[corrected, late, again, void, synced]).await;
    for (name, text) in names.iter().zip(&before) {
        assert_eq!(text, &told(name), "{name} after later events");
    }
    // With what is known by the end of May the same day looks otherwise.
    let later = rows(&[&["aging", "--known-by", "2026-05-31"], &at[..]].concat(), &environment);
    assert_eq!(cells(&later, &["class", "amount"])[..2], ["not_due 300.00", "up_to_30 450.00"]);

    // A version between the two, which comes last of all, is known from its own day on.
    let mut between = invoice("A", "d-1", "1300", "2026-01-10", "2026-02-10");
    (between["id"], between["time"]) = (json!("e-A1"), json!("2026-05-01T12:00:00Z"));
    take(&mut worker, &[between]).await;
    assert_eq!(before[0], told("aging"));
    let day = ["aging", "--as-of", "2026-05-01", "--creditor", "acme", "--detail"];
    let invoices = cells(&rows(&day, &environment), &["invoice", "amount"]);
    assert!(invoices.contains(&"A 600.00".to_owned()), "{invoices:?}");
}
