//! One full `data` of every type, for tests.

use serde_json::{Value, json};

use super::FactKind;

/// Every field of the contract, and one the contract does not know.
pub(super) fn full(kind: FactKind) -> Value {
    let mut data = match kind {
        FactKind::Creditor | FactKind::Debtor | FactKind::InsolvencyOpened => party(kind),
        FactKind::Invoice | FactKind::InvoiceVoided | FactKind::CreditNote | FactKind::Payment => ledger(kind),
        FactKind::PaymentsSynced => json!({"through": "2026-03-31T09:00:00Z"}),
        FactKind::DisputeOpened
        | FactKind::DisputeResolved
        | FactKind::PromiseMade
        | FactKind::PromiseWithdrawn
        | FactKind::PlanAgreed
        | FactKind::PlanCancelled
        | FactKind::HoldPlaced
        | FactKind::HoldReleased => hold(kind),
        FactKind::ChargesClaimed | FactKind::ChargesWaived | FactKind::LimitationInterrupted => law(kind),
        FactKind::Contact
        | FactKind::Feedback
        | FactKind::ApprovalAnswered
        | FactKind::TaskAnswered
        | FactKind::NoticeReported => answer(kind),
    };
    data["x_platform"] = json!({"kept": [1, "two"]});
    data
}

/// A structured event around `data`.
pub(super) fn event(kind: FactKind, data: Value) -> Value {
    json!({
        "specversion": "1.0", "id": "e-1", "source": "/books", "type": kind.as_str(),
        "time": "2026-03-31T09:00:00.1234567+02:00", "creditor": "acme", "sequence": 7, "data": data,
    })
}

fn party(kind: FactKind) -> Value {
    match kind {
        FactKind::Creditor => json!({
            "id": "acme", "name": "Acme", "legal_id": "552100554", "vat_id": "FR40552100554",
            "address": {"lines": ["1 rue A"], "postal_code": "75001", "city": "Paris", "country": "FR"},
            "email_from": "ar@acme.example", "reply_to": "ar@acme.example", "phone": "+33100000000",
            "iban": "FR7630006000011234567890189", "bic": "AGRIFRPP", "locale": "fr-FR",
            "timezone": "Europe/Paris", "logo_url": "https://acme.example/l.png",
            "sector": "haulage",
            "terms": {
                "penalty_rate": "12.15", "clauses": ["Clause."],
                "allocation": {"order": ["named", "due", "oldest", "pro_rata"], "first": "principal"},
            },
        }),
        FactKind::Debtor => json!({
            "debtor": "d-1", "kind": "business", "name": "Dupont", "legal_id": "1",
            "address": {"lines": ["2 rue B", "Bât. C"], "postal_code": "69001", "city": "Lyon", "country": "FR"},
            "contacts": [{"role": "dunning", "name": "A", "email": "a@b.example", "phone": "+33600000000"}],
            "locale": "fr", "timezone": "Europe/Paris", "tags": ["vip"], "payment_terms": "30 days",
            "risk": {"score": 42.5, "source": "bureau"}, "workflow": "fr-b2b",
            "credit_limit": {"amount": "5000", "currency": "EUR"},
            "do_not_contact": {"reason": "asked"}, "consents": {"electronic_registered_mail": true, "sms": false},
        }),
        _ => json!({
            "debtor": "d-1", "procedure": "redressement judiciaire", "judgment_date": "2026-01-10",
            "published_on": "2026-01-20", "representative": "Me X",
        }),
    }
}

fn ledger(kind: FactKind) -> Value {
    match kind {
        FactKind::Invoice => json!({
            "invoice": "F-1", "number": "2026-001", "debtor": "d-1", "currency": "EUR", "total": "1200.00",
            "net_total": 1000.0, "issued_on": "2026-01-01", "due_on": "2026-01-31", "terms": "30 days",
            "delivered_on": "2025-12-31", "periodic": false, "sector": "haulage", "purchase_order": "PO", "document_url": "https://a.example/f.pdf",
            "document_sha256": "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef",
            "late_terms": "3 times", "tags": ["a"], "paid_by": "direct_debit", "amount_due": "800",
            "as_of": "2026-02-01T00:00:00Z",
        }),
        FactKind::InvoiceVoided => json!({"invoice": "F-1", "debtor": "d-1", "reason": "error"}),
        FactKind::CreditNote => json!({
            "credit_note": "C-1", "debtor": "d-1", "invoice": "F-1", "currency": "EUR", "total": 10.5,
            "issued_on": "2026-02-01",
        }),
        _ => json!({
            "payment": "P-1", "debtor": "d-1", "currency": "EUR", "amount": "100", "received_on": "2026-02-02",
            "allocations": [{"invoice": "F-1", "amount": 60, "currency": "EUR"}, {"invoice": "F-2", "amount": "40"}],
            "reference": "VIR", "status": "received",
        }),
    }
}

fn hold(kind: FactKind) -> Value {
    match kind {
        FactKind::DisputeOpened => json!({
            "dispute": "D-1", "debtor": "d-1", "invoice": "F-1", "amount": "20.00", "category": "price",
            "reason": "too much",
        }),
        FactKind::DisputeResolved => json!({"dispute": "D-1", "outcome": "accepted"}),
        FactKind::PromiseMade => json!({
            "promise": "PR-1", "debtor": "d-1", "invoices": ["F-1"], "amount": "50", "pay_by": "2026-03-01",
            "said_by": "accounts", "channel": "call",
        }),
        FactKind::PromiseWithdrawn => json!({"promise": "PR-1"}),
        FactKind::PlanAgreed => json!({
            "plan": "PL-1", "debtor": "d-1", "invoices": ["F-1"],
            "instalments": [{"due_on": "2026-03-01", "amount": "50"}],
        }),
        FactKind::PlanCancelled => json!({"plan": "PL-1"}),
        FactKind::HoldPlaced => json!({
            "hold": "H-1", "debtor": "d-1", "invoice": "F-1", "reason": "check", "until": "2026-04-01",
        }),
        _ => json!({"hold": "H-1"}),
    }
}

fn law(kind: FactKind) -> Value {
    match kind {
        FactKind::ChargesClaimed => json!({
            "claim": "CH-1", "debtor": "d-1", "invoice": "F-1", "by": "u-1", "note": "n",
        }),
        FactKind::ChargesWaived => json!({
            "waiver": "W-1", "debtor": "d-1", "invoice": "F-1", "parts": ["interest", "lump_sum"],
            "through": "2026-03-01", "by": "u-1", "reason": "goodwill",
        }),
        _ => json!({
            "interruption": "L-1", "debtor": "d-1", "invoices": ["F-1"], "cause": "acknowledgement",
            "on": "2026-03-01", "note": "letter of that day",
        }),
    }
}

fn answer(kind: FactKind) -> Value {
    match kind {
        FactKind::Contact => json!({
            "debtor": "d-1", "channel": "visit", "direction": "outbound", "outcome": "nobody there",
            "at": "2026-03-01T10:00:00Z", "note": "n", "task": "t",
        }),
        FactKind::Feedback => json!({"debtor": "d-1", "invoice": "F-1", "score": 9, "comment": "good"}),
        FactKind::ApprovalAnswered => json!({
            "invoice": "F-1", "step": "legal", "answer": "approved", "by": "u-1", "note": "n",
        }),
        FactKind::TaskAnswered => json!({
            "task": "0b9f0000-0000-8000-8000-000000000001", "outcome": "promised", "by": "u-1", "note": "n",
        }),
        _ => json!({
            "invoice": "F-1", "step": "letter", "channel": "letter", "occurrence": 1,
            "status": "first_presented", "at": "2026-03-01T10:00:00Z", "proof": "https://p.example/1",
        }),
    }
}
