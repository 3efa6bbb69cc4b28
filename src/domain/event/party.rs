//! `creditor.upserted` and `debtor.upserted`.

use super::Refusal;
use super::fields::{Field, Fields};
use crate::domain::{
    Address, AllocationPolicy, AllocationRule, Consents, Contact, Creditor, CreditorId, CreditorTerms, Debtor,
    DebtorId, DoNotContact, Locale, Money, Risk, WorkflowName,
};

pub(super) fn creditor(data: &Fields<'_, '_>, of: &CreditorId) -> Result<Creditor, Refusal> {
    let id = data.must("id", |it| it.id())?;
    if id != of.as_str() {
        return Err(data.refuse("id", "differs from the event's `creditor`; write the same in both"));
    }
    Ok(Creditor {
        id: CreditorId::new(id),
        name: data.must("name", |it| it.text())?,
        legal_id: data.must("legal_id", |it| it.text())?,
        vat_id: text(data, "vat_id")?,
        address: data.must("address", address)?,
        email_from: data.must("email_from", |it| it.text())?,
        reply_to: text(data, "reply_to")?,
        phone: text(data, "phone")?,
        iban: text(data, "iban")?,
        bic: text(data, "bic")?,
        locale: data.must("locale", locale)?,
        timezone: data.must("timezone", |it| it.timezone())?,
        logo_url: text(data, "logo_url")?,
        sector: data.may("sector", |it| it.id())?,
        terms: data.may("terms", |field| field.object(|terms| creditor_terms(&terms)))?,
    })
}

fn creditor_terms(terms: &Fields<'_, '_>) -> Result<CreditorTerms, Refusal> {
    let penalty_rate = terms.may("penalty_rate", |it| it.decimal())?;
    if penalty_rate.is_some_and(|rate| rate.is_sign_negative()) {
        return Err(terms.refuse("penalty_rate", "is negative; write percent a year, zero or more"));
    }
    let clauses = terms.may("clauses", |field| field.list(|it| it.optional_note()))?.unwrap_or_default();
    let allocation = terms.may("allocation", |field| field.object(|policy| allocation_policy(&policy)))?;
    Ok(CreditorTerms { penalty_rate, clauses: clauses.into_iter().flatten().collect(), allocation })
}

fn allocation_policy(policy: &Fields<'_, '_>) -> Result<AllocationPolicy, Refusal> {
    let order: Option<Vec<AllocationRule>> = policy.may("order", |field| field.list(|it| it.word()))?;
    let order = order.unwrap_or_else(|| AllocationPolicy::usual().order);
    if order.first() != Some(&AllocationRule::Named) {
        return Err(policy.refuse("order", "does not begin with `named`; what the debtor names goes there first"));
    }
    if order.iter().enumerate().any(|(place, rule)| order[..place].contains(rule)) {
        return Err(policy.refuse("order", "names a rule twice; write each once"));
    }
    if order.iter().position(|rule| *rule == AllocationRule::ProRata).is_some_and(|place| place + 1 < order.len()) {
        return Err(
            policy.refuse("order", "goes on after `pro_rata`, which leaves nothing to tell apart; write it last")
        );
    }
    Ok(AllocationPolicy { order, first: policy.may("first", |it| it.word())?.unwrap_or_default() })
}

pub(super) fn debtor(data: &Fields<'_, '_>) -> Result<Debtor, Refusal> {
    Ok(Debtor {
        id: DebtorId::new(data.must("debtor", |it| it.id())?),
        kind: data.must("kind", |it| it.word())?,
        name: data.must("name", |it| it.text())?,
        legal_id: text(data, "legal_id")?,
        address: data.may("address", address)?,
        contacts: data.may("contacts", |field| field.list(contact))?.unwrap_or_default(),
        locale: data.may("locale", locale)?,
        timezone: data.may("timezone", |it| it.timezone())?,
        tags: data.may("tags", |it| it.texts())?.unwrap_or_default(),
        payment_terms: text(data, "payment_terms")?,
        risk: data.may("risk", |field| {
            field.object(|risk| {
                Ok(Risk { score: risk.must("score", |it| it.decimal())?, source: risk.must("source", |it| it.text())? })
            })
        })?,
        credit_limit: data.may("credit_limit", credit_limit)?,
        workflow: data.may("workflow", |it| it.id())?.map(WorkflowName::new),
        do_not_contact: data.may("do_not_contact", |field| {
            field.object(|why| Ok(DoNotContact { reason: why.must("reason", |it| it.text())? }))
        })?,
        consents: data.may("consents", |field| field.object(|consents| self::consents(&consents)))?.unwrap_or_default(),
    })
}

fn credit_limit(field: Field<'_, '_>) -> Result<Money, Refusal> {
    field.object(|limit| {
        let currency = limit.must("currency", |it| it.currency())?;
        Ok(Money::new(limit.must("amount", |field| field.amount(currency))?, currency))
    })
}

fn consents(consents: &Fields<'_, '_>) -> Result<Consents, Refusal> {
    Ok(Consents {
        electronic_registered_mail: consents.may("electronic_registered_mail", |it| it.flag())?,
        sms: consents.may("sms", |it| it.flag())?,
    })
}

fn contact(field: Field<'_, '_>) -> Result<Contact, Refusal> {
    field.object(|contact| {
        Ok(Contact {
            role: contact.must("role", |it| it.word())?,
            name: text(&contact, "name")?,
            email: text(&contact, "email")?,
            phone: text(&contact, "phone")?,
        })
    })
}

/// An address may be incomplete: then no letter can be sent to it, and other channels still can.
fn address(field: Field<'_, '_>) -> Result<Address, Refusal> {
    field.object(|address| {
        let lines = address.may("lines", |field| field.list(|it| it.optional_text()))?.unwrap_or_default();
        Ok(Address {
            lines: lines.into_iter().flatten().collect(),
            postal_code: text(&address, "postal_code")?.unwrap_or_default(),
            city: text(&address, "city")?.unwrap_or_default(),
            country: address.may("country", country)?.unwrap_or_default(),
        })
    })
}

fn country(field: Field<'_, '_>) -> Result<String, Refusal> {
    let code = field.string()?;
    let is_code = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    if !code.is_empty() && !is_code {
        return Err(field.refuse("is no ISO 3166 country code; write two capitals, such as FR"));
    }
    Ok(code.into_owned())
}

fn locale(field: Field<'_, '_>) -> Result<Locale, Refusal> {
    let text = field.string()?;
    let mut subtags = text.split(['-', '_']);
    let language = subtags.next().unwrap_or_default();
    let fits = (2..=8).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_alphabetic())
        && subtags.all(|tag| (1..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if !fits || text.len() > 35 {
        return Err(field.refuse("is no BCP 47 locale; write one such as fr-FR"));
    }
    Ok(Locale(text.into_owned()))
}

fn text(data: &Fields<'_, '_>, name: &str) -> Result<Option<String>, Refusal> {
    Ok(data.may(name, |it| it.optional_text())?.flatten())
}
