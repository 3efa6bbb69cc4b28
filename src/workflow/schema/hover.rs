//! What an editor shows beside a key: an example, the meaning of each word of a closed list, and whole pieces to insert.

use serde_json::{Value, json};

use crate::workflow::keys::{Key, Takes};

/// Whole pieces an editor inserts, by the key under which they may stand.
pub(super) fn snippets(key: &str) -> Option<Value> {
    match key {
        "steps" => Some(json!([
            { "label": "reminder by email", "description": "An email some days after the due date", "body": [
                { "id": "${1:reminder-1}", "phase": "reminder", "after_due": "${2:3 business days}", "email": "${3:reminder-1}" },
            ] },
            { "label": "formal notice", "description": "A registered letter that gives a deadline", "body": [
                { "id": "formal-notice", "phase": "formal_notice", "after_due": "${1:35 days}", "requires": ["${2:reminder-1}"],
                  "letter": { "template": "formal-notice", "service": "registered_receipt" },
                  "deadline": "${3:15 days} after first_presented" },
            ] },
        ])),
        "task" => Some(json!([{ "label": "a call", "body": {
            "kind": "call", "assign": "${1:collections}", "within": "${2:2 business days}", "on_timeout": "${3:continue}",
        } }])),
        "contact" => Some(json!([{ "label": "office hours", "body": {
            "hours": { "mon-fri": "\"09:00-18:00\"" }, "days_between": 3,
        } }])),
        _ => None,
    }
}

/// A whole schedule, as it stands in `relance.yaml`.
pub(super) fn schedule() -> &'static str {
    "{ id: weekly-digest, cron: \"0 8 * * mon\", timezone: Europe/Paris, send: digest, to: creditor }"
}

/// The key as somebody would write it.
pub(super) fn example(key: &Key) -> String {
    format!("{}: {}", key.name, known(key).map_or_else(|| of_type(&key.takes, 0), str::to_owned))
}

fn known(key: &Key) -> Option<&'static str> {
    Some(match key.name {
        "steps" => "[{ id: reminder-1, phase: reminder, after_due: 3 business days, email: reminder-1 }]",
        // Whom a schedule is sent to, and whom a case is left to.
        "to" if matches!(key.takes, Takes::Either(_)) => "creditor",
        "to" if matches!(key.takes, Takes::Word) => "bailiff",
        "workflow" => "fr-b2b",
        "title" => "Business customers, France",
        "applies_to" => r#"debtor.kind == "business" and invoice.currency == "EUR""#,
        "priority" => "10",
        "timezone" => "Europe/Paris",
        "languages" => "[fr, en]",
        "jurisdiction" => "fr",
        "minimum_balance" => "15.00",
        "contact" => r#"{ hours: { mon-fri: "09:00-18:00" }, days_between: 3 }"#,
        "hours" => r#"{ mon-fri: "09:00-18:00" }"#,
        "days_between" => "3",
        "stale_feed_after" => "3 business days",
        "grace" => "2 business days",
        "plan_tolerance" => "{ amount: 5.00, late: 5 business days }",
        "go_to" | "id" | "after_step" | "after_deadline_of" => "formal-notice",
        "before_due" => "7 days",
        "after_due" => "3 business days",
        "when" => "balance >= 500 and not disputed",
        "requires" => "[reminder-1, letter]",
        "role" | "approval" => "manager",
        "template" | "email" | "sms" => "reminder-1",
        "letter" => "{ template: reminder-letter, service: standard }",
        "survey" => "how-was-it",
        "outcomes" => "{ promised: promise, refused: { go_to: formal-notice }, unreachable: none }",
        "block" | "unblock" => "deliveries",
        "handover" => "{ to: bailiff, procedure: injonction-de-payer }",
        "publish" => "credit-check-wanted",
        "if_unreachable" => "{ letter: { template: reminder-letter } }",
        "formerly" => "[first-reminder]",
        "provider" => "generic",
        "from" => "Accounts receivable",
        "kind" => "call",
        "script" => "call",
        "assign" => "collections",
        "note" => r#""Ask why the invoice is not paid.""#,
        "to" => "billing",
        "procedure" => "injonction-de-payer",
        "code" => "law-reminder-missing",
        "reason" => r#""agreed with our lawyer on 2026-03-02""#,
        _ => return None,
    })
}

/// Something of this type: for keys that have no example of their own.
fn of_type(takes: &Takes, depth: usize) -> String {
    match takes {
        Takes::Edition => "1".to_owned(),
        Takes::Text => "\"…\"".to_owned(),
        Takes::Word => "a-name".to_owned(),
        Takes::Number => "15.00".to_owned(),
        Takes::Whole(least, most) => 3.clamp(*least, *most).to_string(),
        Takes::Flag => "true".to_owned(),
        Takes::Duration => "7 days".to_owned(),
        Takes::Deadline => "15 days after first_presented".to_owned(),
        Takes::Condition => "balance >= 500".to_owned(),
        Takes::Zone => "Europe/Paris".to_owned(),
        Takes::Cron => "\"0 8 * * mon\"".to_owned(),
        Takes::Hours => "\"09:00-18:00\"".to_owned(),
        Takes::OneOf(words) => words.first().copied().unwrap_or_default().to_owned(),
        Takes::List(item) => format!("[{}]", of_type(item, depth + 1)),
        Takes::Named(item) => format!("{{ a-name: {} }}", of_type(item, depth + 1)),
        Takes::Weekdays(item) => format!("{{ mon-fri: {} }}", of_type(item, depth + 1)),
        Takes::Either(forms) => forms.first().map_or_else(String::new, |form| of_type(form, depth)),
        Takes::Keys(_) if depth > 2 => "{ … }".to_owned(),
        Takes::Keys(table) => {
            let required = table.keys.iter().filter(|key| key.required);
            let keys: Vec<String> = required
                .map(|key| {
                    let value = known(key).map_or_else(|| of_type(&key.takes, depth + 1), str::to_owned);
                    format!("{}: {value}", key.name)
                })
                .collect();
            if keys.is_empty() { "{ … }".to_owned() } else { format!("{{ {} }}", keys.join(", ")) }
        }
    }
}

/// What a word of a closed list means, where the word does not say it.
pub(super) fn meaning(word: &str) -> &'static str {
    match word {
        "prevention" => "Before the due date; never goes after it.",
        "reminder" => "After the due date; what is due for one account on one day goes as one message.",
        "formal_notice" => "The mise en demeure and what runs under it; names exactly the claims that reached it.",
        "legal" => "Court, bailiff, handover; in a contact's role, who answers for legal matters.",
        "account" => "One debtor, one message.",
        "invoice" => "One message for each invoice; as an attachment, the invoice's document.",
        "billing" => "Who receives invoices.",
        "dunning" => "Who receives reminders.",
        "management" => "Who decides.",
        "standard" => "An ordinary letter.",
        "tracked" => "A letter that can be followed.",
        "registered" => "A registered letter.",
        "registered_receipt" => "A registered letter with acknowledgement of receipt.",
        "electronic_registered" => "An electronic registered letter; consumers and public bodies must have agreed.",
        "statement" => "Every open invoice of the account.",
        "payment_slip" => "How to pay, with the reference.",
        "promise" => "The case waits for a promise to be recorded.",
        "dispute" => "The case waits for a dispute to be recorded.",
        "paid_says_debtor" => "The case waits for the payment.",
        "plan" => "The case waits for a plan in instalments.",
        "wrong_contact" => "A task asks for the right contact; the case goes on.",
        "none" => "Nothing; the case goes on.",
        "hold" => "The case is held until a person acts.",
        "ask_again" => "The approval is asked for again.",
        "continue" => "The case goes on.",
        "remind" => "The task stands, is said again, and the case goes on waiting.",
        _ => "",
    }
}
