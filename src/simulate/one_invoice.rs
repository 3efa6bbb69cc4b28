//! One invoice told by a few particulars: what a person types to see a workflow walk.
//!
//! Creditor and debtor are the stock ones of scenarios, reachable on every channel; nothing here is anybody's.

use chrono::{Days, NaiveDate, NaiveTime, SecondsFormat};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Input;
use super::scenario::stock;
use super::what_if::moment;
use crate::domain::{Currency, DebtorKind};
use crate::workflow::Workflow;

/// Days between issue and due date where only the due date is told.
const TERM_DAYS: u64 = 30;

/// The particulars.
#[derive(Clone, Debug, PartialEq)]
pub struct OneInvoice {
    /// Its identifier and number.
    pub id: String,
    /// Total, tax included.
    pub total: Decimal,
    /// The last day to pay on time.
    pub due_on: NaiveDate,
    /// The day of issue, which is the day it becomes known; thirty days before the due date where absent.
    pub issued_on: Option<NaiveDate>,
    /// The currency; that of the workflow's jurisdiction where absent.
    pub currency: Option<Currency>,
    /// What the debtor is.
    pub debtor_kind: DebtorKind,
    /// ISO country of the debtor's address; that of the jurisdiction where absent.
    pub country: Option<String>,
    /// Its postal code, which may choose a regional calendar.
    pub postal_code: Option<String>,
    /// The debtor's locale.
    pub locale: Option<String>,
    /// The invoice's tags.
    pub tags: Vec<String>,
}

impl OneInvoice {
    /// An invoice of a business, with everything else left to the workflow.
    pub fn of(total: Decimal, due_on: NaiveDate) -> Self {
        Self {
            id: "F-1".to_owned(),
            total,
            due_on,
            issued_on: None,
            currency: None,
            debtor_kind: DebtorKind::Business,
            country: None,
            postal_code: None,
            locale: None,
            tags: Vec::new(),
        }
    }

    /// The day of issue.
    pub fn issued_on(&self) -> NaiveDate {
        self.issued_on.unwrap_or_else(|| self.due_on - Days::new(TERM_DAYS))
    }

    /// Creditor, debtor and invoice as events, lines 1 to 3, known from the first instant of the day of issue.
    pub fn input(&self, workflow: &Workflow) -> Input {
        let currency = self.currency.unwrap_or_else(|| stock::currency(workflow));
        let mut debtor = stock::debtor(workflow, "D-1");
        debtor.insert("kind".to_owned(), json!(self.debtor_kind));
        if let Some(locale) = &self.locale {
            debtor.insert("locale".to_owned(), json!(locale));
        }
        if let Some(address) = debtor.get_mut("address") {
            if let Some(country) = &self.country {
                *address = json!({
                    "lines": ["1 Sample Street"], "postal_code": "10000", "city": "Sample Town", "country": country,
                });
            }
            if let Some(code) = &self.postal_code {
                address["postal_code"] = json!(code);
            }
        }
        let invoice = json!({
            "invoice": self.id, "number": self.id, "debtor": "D-1", "currency": currency.code(),
            "total": self.total.to_string(), "issued_on": self.issued_on().to_string(),
            "due_on": self.due_on.to_string(), "tags": self.tags,
        });
        let known = moment(self.issued_on(), NaiveTime::MIN, workflow.timezone);
        let known = known.to_rfc3339_opts(SecondsFormat::Secs, true);
        let events = [
            ("creditor.upserted", Value::Object(stock::creditor(workflow))),
            ("debtor.upserted", Value::Object(debtor)),
            ("invoice.upserted", invoice),
        ];
        let mut input = Input::default();
        for (place, (kind, data)) in events.into_iter().enumerate() {
            let event = json!({
                "specversion": "1.0", "id": format!("given-{kind}-{}", self.id), "source": "flags", "type": kind, "time": known,
                "creditor": "C-1", "data": data,
            });
            input.read(place + 1, &event.to_string());
        }
        input
    }
}
