//! The names a template may use, as one tree that both template engines read.
//!
//! Everything arrives finished: amounts and dates are formatted for the language, text is stripped of control and
//! direction characters. What is not known is null, which a template may ask for with `if` but not print. A name that
//! has nothing behind it yet (a payment link, an answer page) is not offered at all.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::format::{Style, country, iban};
use super::qr::{REFERENCE_CHARS_MAX, Transfer, epc_svg};
use crate::domain::{Address, Content, Currency, ListedInvoice, Money, Notice};

/// The tree for `notice`, whose content is `content`, in `language`.
pub(super) fn names(notice: &Notice, content: &Content, language: &str) -> Value {
    let mut tree = names_of(content, language);
    tree["step"] = json!(notice.step.as_str());
    tree["service"] = json!(notice.service.map(crate::domain::LetterService::as_str));
    tree
}

/// The tree for what is said, whoever it is said to.
pub(super) fn names_of(content: &Content, language: &str) -> Value {
    let style = Style::of(language);
    let sums = sums(content);
    let sender_country = content.creditor.address.country.as_str();
    json!({
        "language": language,
        "phase": content.phase.as_str(),
        "today": style.date(content.today),
        "creditor": creditor(content, style),
        "sender": {
            "name": clean(content.from.as_deref().unwrap_or(&content.creditor.name)),
            "email": clean(content.creditor.reply_to.as_deref().unwrap_or(&content.creditor.email_from)),
            "phone": cleaned(content.creditor.phone.as_deref()),
        },
        "debtor": {
            "name": clean(&content.debtor_name),
            "kind": content.debtor_kind.as_str(),
            "legal_id": cleaned(content.debtor_legal_id.as_deref()),
            "address": address(content.debtor_address.as_ref(), sender_country, style),
        },
        "contact": {
            "name": cleaned(content.recipient.name.as_deref()),
            "address": address(
                content.recipient.address.as_ref().or(content.debtor_address.as_ref()), sender_country, style),
        },
        "invoices": content.invoices.iter().map(|one| invoice(one, style)).collect::<Vec<_>>(),
        "totals": sums.iter().map(|(currency, sum)| total(content, *currency, sum, style)).collect::<Vec<_>>(),
        "amount": joined(&sums, style, |sum| sum.principal),
        "total_due": joined(&sums, style, Sum::all),
        "charges": charges(content, &sums, style),
        "deadline": content.deadline.as_ref().map(|deadline| json!({
            "days": deadline.days,
            "business": deadline.business,
            "working": deadline.working,
            "term": style.term(deadline),
            "starts": style.term_starts(deadline.from),
        })),
        "previous": content.previous.iter().map(|one| json!({
            "step": one.step.as_str(),
            "channel": one.channel.as_str(),
            "date": style.date(one.date),
        })).collect::<Vec<_>>(),
        "payment": {
            "iban": content.creditor.iban.as_deref().map(iban),
            "bic": cleaned(content.creditor.bic.as_deref()),
            "reference": reference(content),
        },
        "attach": content.attach,
    })
}

/// The EPC code of what the notice asks for: one currency, the euro, and an IBAN; else there is none.
pub(super) fn payment_code(content: &Content) -> Option<String> {
    let sums = sums(content);
    let [(currency, sum)] = sums.iter().collect::<Vec<_>>()[..] else { return None };
    epc_svg(&Transfer {
        name: &clean(&content.creditor.name),
        iban: content.creditor.iban.as_deref()?,
        bic: content.creditor.bic.as_deref(),
        amount: Money::new(sum.all(), *currency),
        reference: &reference(content),
    })
}

/// What is claimed in one currency.
#[derive(Default)]
struct Sum {
    principal: Decimal,
    interest: Decimal,
    lump_sum: Decimal,
}

impl Sum {
    fn all(&self) -> Decimal {
        self.principal + self.interest + self.lump_sum
    }
}

fn sums(content: &Content) -> BTreeMap<Currency, Sum> {
    let mut sums: BTreeMap<Currency, Sum> = BTreeMap::new();
    for invoice in &content.invoices {
        sums.entry(invoice.currency).or_default().principal += invoice.balance;
    }
    for charge in &content.charges {
        let sum = sums.entry(charge.currency).or_default();
        sum.interest += charge.interest;
        sum.lump_sum += charge.lump_sum;
    }
    sums
}

/// One text for all currencies, never a sum across them: `1 200,00 € + 300,00 £`.
fn joined(sums: &BTreeMap<Currency, Sum>, style: Style, part: impl Fn(&Sum) -> Decimal) -> String {
    sums.iter().map(|(currency, sum)| style.money(part(sum), *currency)).collect::<Vec<_>>().join(" + ")
}

fn creditor(content: &Content, style: Style) -> Value {
    let creditor = &content.creditor;
    let terms = creditor.terms.clone().unwrap_or_default();
    json!({
        "name": clean(&creditor.name),
        "legal_id": clean(&creditor.legal_id),
        "country": clean(&creditor.address.country),
        "vat_id": cleaned(creditor.vat_id.as_deref()),
        "address": address(Some(&creditor.address), &creditor.address.country, style),
        "email": clean(creditor.reply_to.as_deref().unwrap_or(&creditor.email_from)),
        "phone": cleaned(creditor.phone.as_deref()),
        "penalty_rate": terms.penalty_rate.map(|rate| style.percent(rate)),
        "clauses": terms.clauses.iter().map(|clause| clean(clause)).collect::<Vec<_>>(),
    })
}

fn invoice(one: &ListedInvoice, style: Style) -> Value {
    let money = |amount| style.money(amount, one.currency);
    json!({
        "number": clean(&one.number),
        "currency": one.currency.code(),
        "issued_on": style.date(one.issued_on),
        "due_on": style.date(one.due_on),
        "total": money(one.total),
        "paid": money(one.paid),
        "disputed": money(one.disputed),
        "balance": money(one.balance),
        "partly_paid": !one.paid.is_zero(),
        "partly_disputed": !one.disputed.is_zero(),
        "overdue_days": one.overdue_days,
        "purchase_order": cleaned(one.purchase_order.as_deref()),
    })
}

fn total(content: &Content, currency: Currency, sum: &Sum, style: Style) -> Value {
    let money = |amount| style.money(amount, currency);
    let listed = content.invoices.iter().filter(|one| one.currency == currency);
    json!({
        "currency": currency.code(),
        "principal": money(sum.principal),
        "interest": if sum.interest.is_zero() { Value::Null } else { money(sum.interest).into() },
        "lump_sum": if sum.lump_sum.is_zero() { Value::Null } else { money(sum.lump_sum).into() },
        "total": money(sum.all()),
        "invoices": listed.map(|one| invoice(one, style)).collect::<Vec<_>>(),
    })
}

fn charges(content: &Content, sums: &BTreeMap<Currency, Sum>, style: Style) -> Value {
    if sums.values().all(|sum| sum.interest.is_zero() && sum.lump_sum.is_zero()) {
        return Value::Null;
    }
    let segments = content.charges.iter().flat_map(|charge| {
        charge.statement.iter().map(move |segment| {
            json!({
                "invoice": clean(&segment.invoice),
                "from": style.date(segment.from),
                "to": style.date(segment.to),
                "days": segment.days,
                "rate": style.percent(segment.rate),
                "amount": style.money(segment.amount, charge.currency),
            })
        })
    });
    json!({
        "interest": joined(sums, style, |sum| sum.interest),
        "lump_sum": joined(sums, style, |sum| sum.lump_sum),
        "statement": segments.collect::<Vec<_>>(),
    })
}

fn address(address: Option<&Address>, domestic: &str, style: Style) -> Value {
    let Some(address) = address else { return Value::Null };
    json!({
        "lines": address.lines.iter().map(|line| clean(line)).filter(|line| !line.is_empty()).collect::<Vec<_>>(),
        "postal_code": clean(&address.postal_code),
        "city": clean(&address.city),
        "country": (address.country != domestic).then(|| country(&clean(&address.country), style)),
    })
}

/// What the debtor is to write on the transfer, so that the money finds its invoices: their numbers, as far as a
/// transfer has room for them.
fn reference(content: &Content) -> String {
    let numbers: Vec<String> = content.invoices.iter().map(|one| clean(&one.number)).collect();
    let all = numbers.join(" ");
    if all.chars().count() <= REFERENCE_CHARS_MAX {
        return all;
    }
    let first: String = numbers[0].chars().take(REFERENCE_CHARS_MAX - 10).collect();
    format!("{first} + {}", numbers.len() - 1)
}

fn cleaned(text: Option<&str>) -> Option<String> {
    text.map(clean).filter(|text| !text.is_empty())
}

/// Text from outside without what changes a page rather than standing on it: control characters, line ends,
/// direction overrides, invisible characters. Runs of spaces become one.
pub(super) fn clean(text: &str) -> String {
    let visible = text.chars().map(|c| if is_invisible(c) { ' ' } else { c });
    let spaced: String = visible.collect();
    spaced.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || matches!(c, '\u{e0000}'..='\u{e007f}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_stays_on_its_line() {
        assert_eq!(
            clean(" Dupont\r\nBcc: x@example.org\u{0}\u{202e}\u{200b} & fils "),
            "Dupont Bcc: x@example.org & fils"
        );
        assert_eq!(clean("12\u{a0}rue"), "12\u{a0}rue");
        assert_eq!(cleaned(Some("\n\t")), None);
    }
}
