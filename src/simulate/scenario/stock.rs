//! The stock creditor and debtor of scenarios: complete, reachable on every channel, nobody's real particulars.

use serde_json::{Map, Value, json};

use crate::domain::Currency;
use crate::workflow::{Workflow, parse_workflow};

/// What events are read by where the file names no workflow that is there.
pub(super) fn workflow() -> Option<Workflow> {
    const STAND_IN: &str = "relance: 1\nworkflow: none\napplies_to: true\ntimezone: Europe/Paris\njurisdiction: fr\n\
                            contact: { hours: { mon-fri: \"09:00-18:00\" } }\nsteps:\n  \
                            - { id: none, phase: reminder, after_due: 3 days, email: none }\n\
                            on_exhausted: { task: { kind: decide, within: 10 business days, on_timeout: remind } }\n";
    parse_workflow("none.yaml", STAND_IN).ok()
}

/// The creditor `C-1`, in the language and zone of the workflow.
pub(in crate::simulate) fn creditor(workflow: &Workflow) -> Map<String, Value> {
    let british = workflow.jurisdiction == "gb";
    let address = match british {
        true => json!({ "lines": ["1 Mill Lane"], "postal_code": "LS1 4AP", "city": "Leeds", "country": "GB" }),
        false => json!({ "lines": ["12 rue des Forges"], "postal_code": "69003", "city": "Lyon", "country": "FR" }),
    };
    object(json!({
        "id": "C-1",
        "name": if british { "Mill Lane Joinery Ltd" } else { "Atelier Martin" },
        "legal_id": if british { "01234567" } else { "552100554" },
        "address": address,
        "email_from": "accounts@creditor.example",
        "iban": if british { "GB29NWBK60161331926819" } else { "FR7630006000011234567890189" },
        "locale": workflow.languages.first().map_or("en", String::as_str),
        "timezone": workflow.timezone.name(),
    }))
}

/// A debtor with address, email and telephone.
pub(in crate::simulate) fn debtor(workflow: &Workflow, id: &str) -> Map<String, Value> {
    let british = workflow.jurisdiction == "gb";
    let address = match british {
        true => json!({ "lines": ["2 Market Street"], "postal_code": "YO1 8SL", "city": "York", "country": "GB" }),
        false => json!({ "lines": ["3 place du Marché"], "postal_code": "75002", "city": "Paris", "country": "FR" }),
    };
    let phone = if british { "+441904500000" } else { "+33612345678" };
    object(json!({
        "debtor": id,
        "kind": "business",
        "name": "Sample Debtor",
        "address": address,
        "contacts": [{ "role": "billing", "email": "billing@debtor.example", "phone": phone }],
        "tags": [],
    }))
}

/// The currency of the workflow's jurisdiction.
pub(in crate::simulate) fn currency(workflow: &Workflow) -> Currency {
    let pound = || Currency::from_code("GBP").unwrap_or(Currency::EUR);
    if workflow.jurisdiction == "gb" { pound() } else { Currency::EUR }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
