//! Made-up notices, with which every template is tried in strict mode before it may be used.
//!
//! Three shapes find the three kinds of mistake: a value taken for granted that not every notice has, a part that only
//! shows when the value is there, and a layout that holds three lines but not forty.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::names::names;
use crate::domain::{
    Address, Channel, ChargeSegment, ContactRole, Content, Creditor, CreditorId, CreditorTerms, Currency, DebtorKind,
    DeliveryStatus, InvoiceId, LetterService, ListedInvoice, Locale, Money, Notice, NoticeId, NoticeLine, NoticeState,
    Phase, PreviousNotice, Recipient, Revision, StatedCharges, StatedDeadline, StepId, WorkflowName,
};

/// How much a sample notice says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shape {
    /// One invoice, and nothing that a notice may lack.
    Bare,
    /// Three invoices, one paid in part and one disputed in part, charges (business debtors only), everything known.
    Full,
    /// Forty invoices in two currencies, long names.
    Long,
}

/// A sample notice; the deadline of a formal notice is `deadline`, else fifteen days from the first presentation.
pub fn sample_notice(
    shape: Shape,
    channel: Channel,
    language: &str,
    kind: DebtorKind,
    phase: Phase,
    template: &str,
) -> Notice {
    let content = content(shape, language, kind, phase);
    let id = NoticeId::derive(&["sample", template, language, channel.as_str()]);
    let lead = content.invoices[0].invoice.clone();
    let mut totals: Vec<Money> = Vec::new();
    for invoice in &content.invoices {
        match totals.iter_mut().find(|total| total.currency == invoice.currency) {
            Some(total) => total.amount += invoice.balance,
            None => totals.push(Money::new(invoice.balance, invoice.currency)),
        }
    }
    totals.sort_by_key(|total| total.currency);
    let at = DateTime::<Utc>::UNIX_EPOCH + chrono::Duration::days(20_528);
    Notice {
        id,
        channel,
        service: (channel == Channel::Letter && phase == Phase::FormalNotice)
            .then_some(LetterService::RegisteredReceipt),
        provider: None,
        workflow: WorkflowName::new("sample"),
        revision: Revision::new("sample"),
        step: StepId::new(template),
        template: template.to_owned(),
        lines: vec![NoticeLine { invoice: lead, step: StepId::new(template), occurrence: 1 }],
        totals,
        ordered_at: at,
        valid_until: at + chrono::Duration::hours(9),
        state: NoticeState::Ordered,
        accepted_at: None,
        delivery: None,
        address_digest: None,
        content: Some(Box::new(content)),
    }
}

/// The names a template may use, with the values of the full sample: for documentation.
pub fn sample_names(language: &str) -> serde_json::Value {
    let notice = sample_notice(
        Shape::Full,
        Channel::Letter,
        language,
        DebtorKind::Business,
        Phase::FormalNotice,
        "formal-notice",
    );
    notice.content.as_deref().map_or(serde_json::Value::Null, |content| names(&notice, content, language))
}

fn content(shape: Shape, language: &str, kind: DebtorKind, phase: Phase) -> Content {
    let known = shape != Shape::Bare;
    let invoices = invoices(shape, phase);
    let charges = match (shape, kind, phase) {
        (Shape::Full, DebtorKind::Business, Phase::FormalNotice | Phase::Legal) => vec![charges(&invoices)],
        _ => Vec::new(),
    };
    let formal = phase == Phase::FormalNotice;
    Content {
        language: language.to_owned(),
        locale: Locale(language.to_owned()),
        timezone: chrono_tz::Tz::Europe__Paris,
        // A bare English sample has its creditor in the United Kingdom: other law, and the window on the other side.
        creditor: if language == "en" && !known { british(creditor(known)) } else { creditor(known) },
        debtor_name: debtor_name(shape, kind).to_owned(),
        debtor_kind: kind,
        debtor_legal_id: (known && kind != DebtorKind::Consumer).then(|| "552 100 554".to_owned()),
        debtor_address: Some(debtor_address(shape)),
        recipient: Recipient {
            role: Some(ContactRole::Billing),
            name: known.then(|| "Claire Lefèvre".to_owned()),
            email: Some("compta@example.com".to_owned()),
            phone: Some("+33612345678".to_owned()),
            address: None,
            cc: Vec::new(),
        },
        invoices,
        charges,
        deadline: formal.then_some(StatedDeadline {
            days: 15,
            months: None,
            business: false,
            working: false,
            from: DeliveryStatus::FirstPresented,
        }),
        previous: if known { previous() } else { Vec::new() },
        attach: Vec::new(),
        from: None,
        phase,
        today: day(2026, 3, 16),
    }
}

fn creditor(known: bool) -> Creditor {
    Creditor {
        id: CreditorId::new("sample-creditor"),
        name: "Atelier Dupont SAS".to_owned(),
        legal_id: "732 829 320".to_owned(),
        vat_id: known.then(|| "FR44732829320".to_owned()),
        address: Address {
            lines: vec!["14 rue des Tanneurs".to_owned()],
            postal_code: "69007".to_owned(),
            city: "Lyon".to_owned(),
            country: "FR".to_owned(),
        },
        email_from: "comptabilite@example.com".to_owned(),
        reply_to: None,
        phone: known.then(|| "04 72 00 00 00".to_owned()),
        iban: known.then(|| "FR7630006000011234567890189".to_owned()),
        bic: known.then(|| "AGRIFRPP".to_owned()),
        locale: Locale("fr-FR".to_owned()),
        timezone: chrono_tz::Europe::Paris,
        logo_url: None,
        sector: None,
        terms: known.then(|| CreditorTerms {
            penalty_rate: Some(Decimal::new(1215, 2)),
            clauses: vec![
                "Article 9 des conditions générales de vente : délai de paiement de trente jours.".to_owned(),
            ],
            allocation: None,
        }),
    }
}

fn british(creditor: Creditor) -> Creditor {
    Creditor {
        name: "Harbour Tools Ltd".to_owned(),
        legal_id: "04418821".to_owned(),
        address: Address {
            lines: vec!["2 Dock Street".to_owned()],
            postal_code: "BS1 6QF".to_owned(),
            city: "Bristol".to_owned(),
            country: "GB".to_owned(),
        },
        locale: Locale("en-GB".to_owned()),
        timezone: chrono_tz::Europe::London,
        ..creditor
    }
}

fn debtor_name(shape: Shape, kind: DebtorKind) -> &'static str {
    match (shape, kind) {
        (Shape::Long, _) => "Société anonyme des établissements Montgolfier-Delacroix-Vandenberghe et associés réunis",
        (_, DebtorKind::Business) => "Menuiserie Perrin SARL",
        (_, DebtorKind::Consumer) => "Jeanne Perrin",
        (_, DebtorKind::Public) => "Commune de Saint-Aubin",
    }
}

fn debtor_address(shape: Shape) -> Address {
    let lines: &[&str] = match shape {
        Shape::Bare | Shape::Full => &["3 place du Marché"],
        Shape::Long => &["Bâtiment C, escalier 4, appartement 211", "Zone artisanale des Grandes Terres", "BP 40211"],
    };
    Address {
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        postal_code: "38000".to_owned(),
        city: "Grenoble".to_owned(),
        country: "FR".to_owned(),
    }
}

fn invoices(shape: Shape, phase: Phase) -> Vec<ListedInvoice> {
    let count = match shape {
        Shape::Bare => 1,
        Shape::Full => 3,
        Shape::Long => 40,
    };
    let pounds = Currency::from_code("GBP").unwrap_or(Currency::EUR);
    let due = if phase == Phase::Prevention { day(2026, 3, 23) } else { day(2026, 2, 9) };
    let one = |place: i64| {
        let total = Decimal::new(124_000 + 1_311 * place, 2);
        let paid = if shape == Shape::Full && place == 1 { Decimal::new(40_000, 2) } else { Decimal::ZERO };
        let disputed = if shape == Shape::Full && place == 2 { Decimal::new(10_000, 2) } else { Decimal::ZERO };
        let due_on = due + chrono::Duration::days(place % 7);
        let number = format!("F-2026-{:04}", 117 + place);
        ListedInvoice {
            invoice: InvoiceId::new(number.as_str()),
            number,
            currency: if shape == Shape::Long && place % 10 == 9 { pounds } else { Currency::EUR },
            issued_on: due_on - chrono::Duration::days(30),
            due_on,
            total,
            paid,
            disputed,
            balance: total - paid - disputed,
            overdue_days: (day(2026, 3, 16) - due_on).num_days().max(0),
            purchase_order: (shape != Shape::Bare && place == 0).then(|| "BC-5512".to_owned()),
            document_url: None,
            document_sha256: None,
        }
    };
    let mut invoices: Vec<ListedInvoice> = (0..count).map(one).collect();
    invoices.sort_by(|a, b| (a.due_on, &a.number).cmp(&(b.due_on, &b.number)));
    invoices
}

fn charges(invoices: &[ListedInvoice]) -> StatedCharges {
    let rate = Decimal::new(1215, 2);
    let statement: Vec<ChargeSegment> = invoices
        .iter()
        .map(|invoice| {
            let days = invoice.overdue_days;
            let amount = invoice.balance * rate * Decimal::from(days) / Decimal::from(36_500);
            ChargeSegment {
                invoice: invoice.number.clone(),
                from: invoice.due_on + chrono::Duration::days(1),
                to: day(2026, 3, 16),
                days,
                rate,
                amount: amount.round_dp(2),
            }
        })
        .collect();
    StatedCharges {
        currency: Currency::EUR,
        interest: statement.iter().map(|segment| segment.amount).sum(),
        lump_sum: Decimal::from(40 * invoices.len() as i64),
        statement,
    }
}

fn previous() -> Vec<PreviousNotice> {
    [("reminder-1", Channel::Email, day(2026, 2, 12)), ("reminder-2", Channel::Email, day(2026, 2, 19))]
        .into_iter()
        .chain([("letter", Channel::Letter, day(2026, 3, 5))])
        .map(|(step, channel, date)| PreviousNotice {
            step: StepId::new(step),
            channel,
            date,
            notice: NoticeId::derive(&["sample", step]),
        })
        .collect()
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}
