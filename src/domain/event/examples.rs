//! Fields of events as somebody would write them: what an editor shows beside a key.

use super::schema::{Row, Shape, words_of};

/// What an editor shows: the meaning, and the key as it might be written.
pub(super) fn hover(meaning: &str, name: &str, example: &str) -> String {
    format!("{meaning}\n\n```json\n\"{name}\": {example}\n```")
}

/// An attribute of the envelope.
pub(super) fn envelope_example(name: &str) -> &'static str {
    match name {
        "specversion" => "\"1.0\"",
        "id" => "\"evt-4711\"",
        "source" => "\"/books\"",
        "type" => "\"invoice.upserted\"",
        "time" => "\"2026-03-02T09:30:00+01:00\"",
        "creditor" => "\"acme\"",
        "sequence" => "2",
        _ => "{ \"invoice\": \"F-4711\", \"number\": \"F-4711\", … }",
    }
}

/// A field of `data`.
pub(super) fn example(name: &str, shape: Shape) -> String {
    match shape {
        Shape::List(item) => format!("[{}]", example(singular(name), *item)),
        Shape::Object(rows) => {
            let named =
                rows.iter().take(3).map(|Row(name, _, shape, _)| format!("\"{name}\": {}", example(name, *shape)));
            format!("{{ {} }}", named.collect::<Vec<_>>().join(", "))
        }
        Shape::Flag | Shape::Count => if matches!(shape, Shape::Flag) { "true" } else { "2" }.to_owned(),
        _ => format!("\"{}\"", text(name, shape)),
    }
}

/// What one item of a list is called.
fn singular(name: &str) -> &str {
    name.strip_suffix('s').unwrap_or(name)
}

fn text(name: &str, shape: Shape) -> &'static str {
    match shape {
        Shape::Day => "2026-03-31",
        Shape::Instant => "2026-03-31T18:00:00+02:00",
        Shape::Amount | Shape::Positive => "1200.00",
        Shape::Decimal => "12.15",
        Shape::Currency => "EUR",
        Shape::Uuid => "0b6d2f0e-7f43-8a3c-9d0a-5a5e3f6b9c11",
        Shape::Locale => "fr-FR",
        Shape::Timezone => "Europe/Paris",
        Shape::Country => "FR",
        Shape::Sha256 => "f3717db969604d941a6e1ef823cc278ab25d01809231ac1fe47a87199931d4f7",
        Shape::Words(words) => words_of(words).first().copied().unwrap_or_default(),
        _ => named(name),
    }
}

/// A text or an identifier, by its field.
fn named(name: &str) -> &'static str {
    match name {
        "id" => "acme",
        "name" => "Atelier Martin",
        "legal_id" => "552100554",
        "vat_id" => "FR40552100554",
        "line" => "3 rue des Lilas",
        "postal_code" => "75011",
        "city" => "Paris",
        "email_from" | "reply_to" | "email" => "compta@atelier.example",
        "phone" => "+33612345678",
        "iban" => "FR7630006000011234567890189",
        "bic" => "AGRIFRPP",
        "logo_url" => "https://atelier.example/logo.png",
        "clause" => "Pénalités de retard : 12 % l’an.",
        "tag" => "key-account",
        "payment_terms" | "terms" => "30 days end of month",
        "source" => "Credit bureau",
        "workflow" => "fr-b2b",
        "procedure" => "redressement judiciaire",
        "representative" => "Maître Durand, Lyon",
        "number" | "invoice" => "F-4711",
        "debtor" => "D-1",
        "purchase_order" => "PO-88",
        "document_url" => "https://books.example/invoices/F-4711.pdf",
        "paid_by" => "direct_debit",
        "credit_note" => "A-12",
        "payment" => "P-1",
        "reference" => "F-4711",
        "dispute" => "L-3",
        "category" => "delivery",
        "promise" => "PR-5",
        "said_by" => "Anne Martin",
        "plan" => "PL-2",
        "hold" => "H-9",
        "outcome" => "promised",
        "step" => "formal-notice",
        "by" => "ada@example.org",
        "provider_id" => "ltr_4868c3b754655f90",
        "proof" => "https://carrier.example/proofs/4868",
        "channel" => "call",
        "task" => "0b6d2f0e-7f43-8a3c-9d0a-5a5e3f6b9c11",
        "comment" => "Fast and friendly.",
        "late_term" | "late_terms" => "12 percent a year from the due date",
        _ => "goods were damaged",
    }
}
