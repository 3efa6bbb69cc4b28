//! Every row of the contract's table, good and bad.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::fields_table::fields_of;
use super::samples::{event, full};
use super::schema::{Need, Row};
use super::*;

/// What a type cannot do without, by the table its schema is made from.
fn required(kind: FactKind) -> Vec<&'static str> {
    fields_of(kind).iter().filter(|Row(_, need, _, _)| *need == Need::Must).map(|Row(name, ..)| *name).collect()
}

fn read_text(text: &str) -> Vec<Reading> {
    read(&Message { body: text.as_bytes(), content_type: Some("application/cloudevents+json"), headers: &[] })
}

fn read_one(event: &Value) -> Result<Event, Refusal> {
    let mut readings = read_text(&event.to_string());
    assert_eq!(readings.len(), 1);
    readings.remove(0).map_err(|refused| refused.refusal)
}

/// The refusal of a full sample with one value changed.
fn refused(kind: FactKind, pointer: &str, value: Value) -> Refusal {
    let mut data = full(kind);
    match data.pointer_mut(pointer) {
        Some(place) => *place = value,
        None => data[&pointer[1..]] = value,
    }
    let refusal = read_one(&event(kind, data)).expect_err(pointer);
    assert!(refusal.reason.len() > 10, "{refusal}");
    refusal
}

#[test]
fn a_full_event_of_every_type_is_read_and_read_again_from_its_text() {
    for &kind in FactKind::ALL {
        let read = read_one(&event(kind, full(kind))).unwrap_or_else(|why| panic!("{kind}: {why}"));
        assert_eq!(read.fact.kind(), kind);
        assert_eq!(FactKind::from_type(kind.as_str()), Some(kind));
        assert_eq!(Fact::parse(kind, &read.creditor, &read.data).unwrap(), read.fact);
        assert!(read.data.contains("x_platform"), "unknown fields are kept");
        let of_creditor = matches!(kind, FactKind::Creditor | FactKind::PaymentsSynced);
        assert_eq!(of_creditor, read.debtor.is_none() && read.awaits.is_none(), "{kind} has an owner");
    }
}

#[test]
fn a_missing_or_null_required_field_is_named() {
    for &kind in FactKind::ALL {
        for name in required(kind) {
            let refusal = refused(kind, &format!("/{name}"), Value::Null);
            assert_eq!(refusal.field, format!("data.{name}"), "{kind}");
            let mut data = full(kind);
            data.as_object_mut().unwrap().remove(name);
            assert_eq!(read_one(&event(kind, data)).unwrap_err(), refusal);
        }
    }
}

#[test]
fn an_optional_field_may_be_null_and_a_wrong_type_never_passes() {
    for &kind in FactKind::ALL {
        let (sample, required) = (full(kind), required(kind));
        // These go in pairs: one of the two alone is a mistake of its own.
        let paired = ["amount_due", "as_of", "invoice", "step", "task", "x_platform"];
        for name in sample.as_object().unwrap().keys().map(String::as_str) {
            if !required.contains(&name) && !paired.contains(&name) {
                let mut data = sample.clone();
                data[name] = Value::Null;
                read_one(&event(kind, data)).unwrap_or_else(|why| panic!("{kind} {name}: {why}"));
            }
            if name != "x_platform" {
                let wrong = if sample[name].is_object() { json!("text") } else { json!({"wrong": true}) };
                assert_eq!(refused(kind, &format!("/{name}"), wrong).field, format!("data.{name}"), "{kind}");
            }
        }
    }
}

fn check_refused(rows: Vec<(FactKind, &str, Value)>) {
    for (kind, pointer, value) in rows {
        let expected = pointer[1..].replace('/', ".").replace(".0", "[0]").replace(".1", "[1]");
        assert_eq!(refused(kind, pointer, value).field, format!("data.{expected}"), "{kind}");
    }
}

#[test]
fn impossible_values_of_parties_and_invoices_are_refused_by_name() {
    use FactKind::{Creditor, Debtor, InsolvencyOpened, Invoice};
    check_refused(vec![
        (Creditor, "/id", json!("other")),
        (Creditor, "/timezone", json!("Paris")),
        (Creditor, "/locale", json!("f")),
        (Creditor, "/terms/penalty_rate", json!("-1")),
        (Creditor, "/address/country", json!("France")),
        (Debtor, "/debtor", json!("")),
        (Debtor, "/debtor", json!("x".repeat(201))),
        (Debtor, "/debtor", json!("a\u{0}b")),
        (Debtor, "/name", json!("a\u{0}b")),
        (Debtor, "/name", json!(" ")),
        (Debtor, "/name", json!("x".repeat(TEXT_CHARS_MAX + 1))),
        (Debtor, "/x_platform", json!("a\u{0}b")),
        (Debtor, "/kind", json!("company")),
        (Debtor, "/contacts/0/role", json!("boss")),
        (Debtor, "/contacts/0/role", Value::Null),
        (Debtor, "/consents/sms", json!("no")),
        (Debtor, "/risk/score", json!("high")),
        (Debtor, "/do_not_contact/reason", Value::Null),
        (InsolvencyOpened, "/judgment_date", json!("10/01/2026")),
        (Invoice, "/currency", json!("EURO")),
        (Invoice, "/currency", json!("eur")),
        (Invoice, "/total", json!("-1")),
        (Invoice, "/total", json!("12,00")),
        (Invoice, "/total", json!("1e400")),
        (Invoice, "/total", json!("12.345")),
        (Invoice, "/total", json!("")),
        (Invoice, "/total", json!(true)),
        (Invoice, "/total", json!("99999999999999999999999999999999999999")),
        (Invoice, "/net_total", json!(0.001)),
        (Invoice, "/issued_on", json!("2026-02-30")),
        (Invoice, "/issued_on", json!("0001-01-01")),
        (Invoice, "/issued_on", json!("2026-1-01")),
        (Invoice, "/due_on", json!("2025-12-31")),
        (Invoice, "/due_on", json!("9999-12-31")),
        (Invoice, "/document_sha256", json!("abc")),
        (Invoice, "/as_of", Value::Null),
        (Invoice, "/amount_due", Value::Null),
        (Invoice, "/as_of", json!("2026-02-01T00:00:00")),
        (Invoice, "/tags/0", json!(3)),
    ]);
}

#[test]
fn impossible_values_of_the_other_types_are_refused_by_name() {
    use FactKind::*;
    check_refused(vec![
        (CreditNote, "/total", json!(-10)),
        (CreditNote, "/invoice", json!("")),
        (Payment, "/amount", json!("-0.01")),
        (Payment, "/status", json!("paid")),
        (Payment, "/allocations/0/amount", json!("-1")),
        (Payment, "/allocations/0/currency", json!("USD")),
        (Payment, "/allocations/1/invoice", Value::Null),
        (PaymentsSynced, "/through", json!("2026-03-31")),
        (DisputeOpened, "/amount", json!("0")),
        (DisputeResolved, "/outcome", json!("won")),
        (PromiseMade, "/amount", json!("-5")),
        (PromiseMade, "/invoices/0", json!("")),
        (PlanAgreed, "/invoices", json!([])),
        (PlanAgreed, "/instalments", json!([])),
        (PlanAgreed, "/instalments/0/due_on", json!("soon")),
        (HoldPlaced, "/until", json!("2026-13-01")),
        (Contact, "/channel", json!("sms")),
        (Contact, "/direction", json!("out")),
        (Contact, "/at", json!("1800-01-01T00:00:00Z")),
        (ApprovalAnswered, "/answer", json!("yes")),
        (TaskAnswered, "/task", json!("t-1")),
        (TaskAnswered, "/task", Value::Null),
        (NoticeReported, "/status", json!("lost")),
        (NoticeReported, "/occurrence", json!(0)),
        (NoticeReported, "/occurrence", json!(1.5)),
        (NoticeReported, "/channel", json!("fax")),
    ]);
    assert_eq!(refused(Payment, "/amount", json!("99.99")).field, "data.allocations");
    assert_eq!(refused(NoticeReported, "/step", Value::Null).field, "data.notice");
}

#[test]
fn an_invoice_needs_a_due_date_or_terms() {
    let mut data = full(FactKind::Invoice);
    data["terms"] = json!(" ");
    data.as_object_mut().unwrap().remove("due_on");
    assert_eq!(read_one(&event(FactKind::Invoice, data.clone())).unwrap_err().field, "data.due_on");
    data["terms"] = json!("30 days end of month");
    assert!(read_one(&event(FactKind::Invoice, data)).is_ok());
}

#[test]
fn a_refusal_never_repeats_what_was_written() {
    let secret = "Marie Curie";
    for pointer in ["/kind", "/locale", "/timezone", "/address", "/contacts", "/contacts/0/role", "/risk/score"] {
        assert!(!refused(FactKind::Debtor, pointer, json!(secret)).to_string().contains(secret));
    }
}

#[test]
fn amounts_are_taken_digit_by_digit() {
    let text = event(FactKind::Invoice, full(FactKind::Invoice))
        .to_string()
        .replace(r#""total":"1200.00""#, r#""total":123456789012345.67"#);
    let read = read_text(&text).remove(0).unwrap();
    let Fact::Invoice(invoice) = read.fact else { panic!() };
    assert_eq!(invoice.total.to_string(), "123456789012345.67", "no binary floating point holds this");
    let text = text.replace("123456789012345.67", "1e400");
    assert_eq!(read_text(&text).remove(0).unwrap_err().refusal.field, "data.total");
}

#[test]
fn the_envelope_is_checked_attribute_by_attribute() {
    let good = event(FactKind::InvoiceVoided, full(FactKind::InvoiceVoided));
    let rows = [
        ("specversion", json!("0.3")),
        ("specversion", Value::Null),
        ("id", json!("")),
        ("id", json!("x".repeat(201))),
        ("id", json!("a\u{0}")),
        ("id", json!(12)),
        ("source", Value::Null),
        ("type", json!("invoice.paid")),
        ("type", Value::Null),
        ("time", Value::Null),
        ("time", json!("2026-03-31")),
        ("time", json!("2026-03-31T09:00:00")),
        ("time", json!("0026-03-31T09:00:00Z")),
        ("creditor", Value::Null),
        ("creditor", json!("")),
        ("sequence", json!("1.5")),
        ("sequence", json!("99999999999999999999")),
        ("datacontenttype", json!("text/xml")),
        ("data_base64", json!("e30=")),
        ("data", Value::Null),
        ("data", json!([])),
        ("data", json!("{}")),
    ];
    for (name, value) in rows {
        let mut bad = good.clone();
        bad[name] = value;
        assert_eq!(read_one(&bad).unwrap_err().field, name);
    }
    let refused = read_text(&good.to_string().replace("F-1", "")).remove(0).unwrap_err();
    assert_eq!((refused.creditor.as_deref(), refused.id.as_deref()), (Some("acme"), Some("e-1")));
    assert_eq!(refused.kind.as_deref(), Some("invoice.voided"));
}

#[test]
fn identity_version_and_content_follow_the_contract() {
    let good = event(FactKind::InvoiceVoided, full(FactKind::InvoiceVoided));
    let first = read_one(&good).unwrap();
    assert_eq!(first.time.to_rfc3339(), "2026-03-31T07:00:00.123456+00:00", "cut to the microsecond");
    assert_eq!(first.version.sequence, 7);
    let spread = read_text(&serde_json::to_string_pretty(&good).unwrap()).remove(0).unwrap();
    assert_eq!((spread.identity_hash, spread.digest), (first.identity_hash, first.digest), "spaces are no content");
    let mut other = good.clone();
    other["data"]["reason"] = json!("another");
    let other = read_one(&other).unwrap();
    assert_eq!(other.identity_hash, first.identity_hash);
    assert_ne!(other.digest, first.digest);
    let mut elsewhere = good;
    elsewhere["source"] = json!("/shop");
    let elsewhere = read_one(&elsewhere).unwrap();
    assert_ne!(elsewhere.identity_hash, first.identity_hash);
    assert_ne!(elsewhere.version, first.version, "no two events tie");
}

#[test]
fn a_closing_event_names_its_debtor_or_what_it_waits_for() {
    let mut closing = event(FactKind::DisputeResolved, full(FactKind::DisputeResolved));
    let opening = read_one(&event(FactKind::DisputeOpened, full(FactKind::DisputeOpened))).unwrap();
    let waiting = read_one(&closing).unwrap();
    assert_eq!(waiting.awaits, opening.announces());
    assert_eq!(waiting.key, "D-1");
    closing["data"]["debtor"] = json!("d-1");
    let named = read_one(&closing).unwrap();
    assert_eq!((named.debtor, named.awaits), (Some("d-1".into()), None));
    let report = read_one(&event(FactKind::NoticeReported, full(FactKind::NoticeReported))).unwrap();
    assert_eq!(report.awaits.as_deref(), Some("invoice:F-1"));
    assert_eq!(report.key, report.identity());
}

#[test]
fn binary_mode_reads_attributes_from_headers() {
    let body = full(FactKind::Payment).to_string();
    let headers = |prefix: &str, skip: &str| -> Vec<(String, String)> {
        let attributes = [
            ("specversion", "1.0"),
            ("id", "e-1"),
            ("source", "/books"),
            ("type", "payment.upserted"),
            ("time", "2026-03-31T09:00:00.1234567+02:00"),
            ("creditor", "acme"),
            ("sequence", "7"),
        ];
        let taken = attributes.into_iter().filter(|(name, _)| *name != skip);
        taken.map(|(name, value)| (format!("{prefix}{name}"), value.to_owned())).collect()
    };
    let read_with = |headers: &[(String, String)]| {
        read(&Message { body: body.as_bytes(), content_type: Some("application/json"), headers }).remove(0)
    };
    let structured = read_one(&event(FactKind::Payment, full(FactKind::Payment))).unwrap();
    for prefix in ["cloudEvents:", "cloudEvents_", "ce-"] {
        let binary = read_with(&headers(prefix, "")).unwrap();
        // All but the place in the message, where binary mode has no envelope around the data.
        assert_eq!(Event { bytes: structured.bytes.clone(), ..binary }, structured, "{prefix}");
    }
    for missing in ["id", "source", "type", "time", "creditor"] {
        assert_eq!(read_with(&headers("cloudEvents:", missing)).unwrap_err().refusal.field, missing);
    }
    let mut broken = headers("cloudEvents:", "sequence");
    broken.push(("cloudEvents:sequence".to_owned(), "seven".to_owned()));
    assert_eq!(read_with(&broken).unwrap_err().refusal.field, "sequence");
}

#[test]
fn a_bad_element_of_a_batch_spoils_only_itself() {
    let good = event(FactKind::InvoiceVoided, full(FactKind::InvoiceVoided)).to_string();
    let text = format!("[{good}, {{\"specversion\":\"1.0\"}}, 12, {good}]");
    let readings = read_text(&text);
    let fine: Vec<bool> = readings.iter().map(Result::is_ok).collect();
    assert_eq!(fine, [true, false, false, true]);
    let refused = readings[1].as_ref().unwrap_err();
    assert_eq!(&text[refused.bytes.clone()], "{\"specversion\":\"1.0\"}");
    assert_eq!(refused.refusal.field, "creditor");
    assert_eq!(read_text("[]").remove(0).unwrap_err().refusal.field, "body");
    assert_eq!(read_text(&format!("[{good}")).remove(0).unwrap_err().refusal.field, "body");
    let many = format!("[{}1]", "1,".repeat(BATCH_EVENTS_MAX));
    assert_eq!(read_text(&many).len(), 1);
}

#[test]
fn sizes_have_limits_that_the_refusal_states() {
    let mut data = full(FactKind::InvoiceVoided);
    data["x_platform"] = json!("x".repeat(EVENT_BYTES_MAX));
    let refusal = read_one(&event(FactKind::InvoiceVoided, data)).unwrap_err();
    assert!(refusal.field == "body" && refusal.reason.contains("1048576"), "{refusal}");
    let refusal = read_text(&" ".repeat(10_000_000)).remove(0).unwrap_err().refusal;
    assert!(refusal.field == "body" && refusal.reason.contains(&BATCH_BYTES_MAX.to_string()), "{refusal}");
    let mut deep = json!(1);
    for _ in 0..NESTING_MAX {
        deep = json!([deep]);
    }
    assert_eq!(refused(FactKind::InvoiceVoided, "/x_platform", deep).field, "data.x_platform");
    let long = vec![json!("F-1"); LIST_ITEMS_MAX + 1];
    assert_eq!(refused(FactKind::PromiseMade, "/invoices", json!(long)).field, "data.invoices");
}

#[test]
fn broken_json_says_where() {
    for text in ["", "nonsense", "{", "{\"id\":}", "\"text\"", "12", "null", "{\"id\":\"\\ud800\"}"] {
        let refused = read_text(text).remove(0).unwrap_err();
        assert!(["body", "id"].contains(&refused.refusal.field.as_str()), "{text}: {}", refused.refusal);
    }
    let refused = read(&Message { body: &[0xff, 0xfe], content_type: None, headers: &[] }).remove(0).unwrap_err();
    assert_eq!(refused.refusal.field, "body");
}

proptest! {
    #[test]
    fn no_bytes_panic(body: Vec<u8>, content_type: Option<String>, headers: Vec<(String, String)>) {
        read(&Message { body: &body, content_type: content_type.as_deref(), headers: &headers });
    }

    #[test]
    fn no_damaged_event_panics(kind in 0..FactKind::ALL.len(), at in 0..2000_usize, with: u8, cut: bool) {
        let kind = FactKind::ALL[kind];
        let mut body = event(kind, full(kind)).to_string().into_bytes();
        let at = at % body.len();
        body[at] = with;
        if cut {
            body.truncate(at);
        }
        for refused in read(&Message { body: &body, content_type: None, headers: &[] }).into_iter().filter_map(Result::err) {
            prop_assert!(!refused.refusal.field.is_empty());
        }
    }
}
