//! When the invoices of an account are due, by which terms, and what is to be said about them.
//!
//! A stated day counts whatever else is known. Without one the terms of the invoice count, as far as they are understood
//! word for word; where it says that nothing was agreed, those of the debtor, else the law's own term. Terms that the
//! law forbids stand: they are told, never changed. A claim without a due date is not chased, and a person is asked.

use std::borrow::Cow;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::Book;
use super::asked::Asked;
use super::days::{day_start, sane};
use super::questions::{Question, ask_once};
use super::scene::{Hold, Outcome, Scene, Walker};
use crate::domain::{ClaimLaw, Creditor, Debtor, Facts, Invoice, Ledger, Reason};
use crate::law::{Agreement, Claim, CountedFrom, Jurisdiction, Legal, PaymentTerms, Term, Terms};

/// Why the task of a claim without a due date was opened.
pub const TERMS: &str = "terms";

/// By what the due dates of an account's invoices are found. The law is that of the creditor's country, else of the
/// debtor's.
#[derive(Clone, Copy, Debug)]
pub(super) struct AccountTerms<'a> {
    facts: &'a Facts,
    book: &'a Book,
    creditor: Option<&'a Creditor>,
    debtor: Option<&'a Debtor>,
    jurisdiction: Option<&'a Jurisdiction>,
    law: Option<&'a PaymentTerms>,
}

/// The terms that count where an invoice states no day, and whose they are.
enum Agreed<'a> {
    /// The invoice's own.
    Invoices(Terms),
    /// Those agreed with the debtor.
    Debtors(&'a str, Terms),
    /// What the law says where nothing was agreed.
    Laws(&'a Legal<Terms>),
}

impl Agreed<'_> {
    fn terms(&self) -> &Terms {
        match self {
            Self::Invoices(terms) | Self::Debtors(_, terms) => terms,
            Self::Laws(legal) => &legal.value,
        }
    }
}

impl<'a> AccountTerms<'a> {
    /// Those of an account.
    pub fn of(facts: &'a Facts, book: &'a Book) -> Self {
        let creditor = facts.creditor.as_ref().map(|known| &known.fact);
        let debtor = facts.debtor.as_ref().map(|known| &known.fact);
        let of_country = |country: &str| book.jurisdictions.get(&country.to_ascii_lowercase());
        let debtors = || of_country(&debtor?.address.as_ref()?.country);
        let jurisdiction = creditor.and_then(|one| of_country(&one.address.country)).or_else(debtors);
        let law = jurisdiction.zip(debtor).and_then(|(law, debtor)| law.payment_terms.of(debtor.kind));
        Self { facts, book, creditor, debtor, jurisdiction, law }
    }

    /// The last day to pay on time; `None` where no day is stated and the terms are not understood, or count from a
    /// delivery of which no day is known.
    pub fn due_on(&self, invoice: &Invoice) -> Option<NaiveDate> {
        invoice.due_on.or_else(|| day(self.agreed(invoice)?.terms(), invoice)).map(sane)
    }

    /// What gives the due date, where no day is stated, and all that is to be said of the terms, in sentences.
    pub fn told(&self, invoice: &Invoice) -> Vec<String> {
        let mut told = self.warnings(invoice);
        let by_terms = self.counted(invoice).filter(|_| invoice.due_on.is_none());
        if let Some(by_terms) = by_terms.filter(|said| !told.contains(said)) {
            told.insert(0, by_terms);
        }
        told
    }

    /// What is wrong or assumed about the terms, in sentences.
    pub fn warnings(&self, invoice: &Invoice) -> Vec<String> {
        let agreed = self.agreed(invoice);
        let mut found = Vec::new();
        match (invoice.due_on, &agreed) {
            (Some(stated), Some(Agreed::Invoices(terms))) => {
                let by_terms = terms.computations().filter_map(|terms| day(&terms, invoice));
                let by_terms: Vec<NaiveDate> = by_terms.collect();
                if let Some(first) = by_terms.first().filter(|_| !by_terms.contains(&stated)) {
                    found.push(format!("the stated due date {stated} counts; its terms give {first} ({terms})"));
                }
            }
            (None, Some(Agreed::Debtors(..) | Agreed::Laws(_))) => found.extend(self.counted(invoice)),
            _ => {}
        }
        if invoice.due_on.is_none() && agreed.as_ref().is_some_and(|one| one.terms().from == CountedFrom::Receipt) {
            found.push("the terms count from receipt, of which no day is known: from the day of issue".to_owned());
        }
        let terms = match &agreed {
            Some(Agreed::Invoices(terms) | Agreed::Debtors(_, terms)) => Some(terms),
            _ => None,
        };
        found.extend(self.too_long(invoice, terms));
        found
    }

    /// Why the term is longer than the law allows.
    fn too_long(&self, invoice: &Invoice, terms: Option<&Terms>) -> Option<String> {
        let creditors = || self.creditor?.sector.as_deref();
        self.law?.too_long(&Term {
            due_on: self.due_on(invoice)?,
            terms,
            issued_on: sane(invoice.issued_on),
            delivered_on: invoice.delivered_on.map(sane),
            sector: invoice.sector.as_deref().or_else(creditors),
            is_periodic: invoice.periodic,
        })
    }

    /// How the due date is counted where the invoice states none.
    fn counted(&self, invoice: &Invoice) -> Option<String> {
        let agreed = self.agreed(invoice)?;
        let due_on = day(agreed.terms(), invoice)?;
        Some(match &agreed {
            Agreed::Invoices(terms) => {
                format!("due {due_on} by its terms `{}`: {terms}", invoice.terms.as_deref().unwrap_or_default())
            }
            Agreed::Debtors(text, terms) => {
                format!("nothing was agreed on the invoice; due {due_on} by the debtor's terms `{text}`: {terms}")
            }
            Agreed::Laws(Legal { value, source, .. }) => {
                format!("nothing was agreed; due {due_on} by law: {value} ({source})")
            }
        })
    }

    fn agreed(&self, invoice: &Invoice) -> Option<Agreed<'a>> {
        match Agreement::read(invoice.terms.as_deref()?)? {
            Agreement::Terms(terms) => Some(Agreed::Invoices(terms)),
            Agreement::Nothing => self.unagreed(),
        }
    }

    /// What counts where nothing was agreed on the invoice.
    fn unagreed(&self) -> Option<Agreed<'a>> {
        let debtors = self.debtor.and_then(|debtor| debtor.payment_terms.as_deref());
        match debtors.map(|text| (text, Agreement::read(text))) {
            Some((text, Some(Agreement::Terms(terms)))) => Some(Agreed::Debtors(text, terms)),
            Some((_, None)) => None,
            Some((_, Some(Agreement::Nothing))) | None => self.law.map(|law| Agreed::Laws(&law.default)),
        }
    }

    /// Why no due date is known, and from which day a person is asked for it; `None` where one is known.
    fn unknown(&self, invoice: &Invoice) -> Option<(Cow<'static, str>, Option<NaiveDate>)> {
        if self.due_on(invoice).is_some() {
            return None;
        }
        let issued_on = sane(invoice.issued_on);
        Some(match self.agreed(invoice) {
            Some(agreed) => {
                let since = agreed.terms().due_on(issued_on, Some(issued_on));
                (format!("no day of delivery is known: {}", agreed.terms()).into(), since)
            }
            None if Agreement::read(invoice.terms.as_deref().unwrap_or_default()) == Some(Agreement::Nothing) => {
                ("nothing was agreed, and neither the debtor's terms nor the law give a due date".into(), None)
            }
            None => ("the terms of the invoice are not understood".into(), None),
        })
    }
}

/// Where neither a day nor terms that are understood say when a claim is due, it counts from the day it was issued.
impl ClaimLaw for AccountTerms<'_> {
    fn due_on(&self, invoice: &Invoice) -> NaiveDate {
        AccountTerms::due_on(self, invoice).unwrap_or(invoice.issued_on)
    }

    /// By the usual statute, without what was waived. Interest that runs from a formal notice only is not paid first:
    /// which notices left is no matter of the ledger. Nor is interest for which the law's data lack a rate.
    fn interest(
        &self,
        invoice: &Invoice,
        principal: Decimal,
        paid: &[(NaiveDate, Decimal)],
        through: NaiveDate,
    ) -> Decimal {
        let asked = Asked::of(self.facts, &invoice.id);
        let known = self.jurisdiction.zip(self.debtor).zip(AccountTerms::due_on(self, invoice));
        let Some(((law, debtor), due_on)) = known.filter(|_| asked.interest) else { return Decimal::ZERO };
        let claim = Claim {
            kind: debtor.kind,
            currency: invoice.currency,
            principal,
            reductions: paid,
            due_on,
            formal_notice_on: None,
            contract_rate: self.creditor.and_then(|creditor| creditor.terms.as_ref()?.penalty_rate),
            judgment_on: self.facts.insolvency.as_ref().map(|opened| sane(opened.fact.judgment_date)),
            interest_from: asked.interest_from,
            enforceable_on: None,
            capitalised_from: None,
            statute: None,
        };
        let charges = self.book.jurisdictions.charges(&law.name, &claim, sane(through));
        charges.map_or(Decimal::ZERO, |charges| charges.interest)
    }
}

/// The day that terms give an invoice.
fn day(terms: &Terms, invoice: &Invoice) -> Option<NaiveDate> {
    terms.due_on(sane(invoice.issued_on), invoice.delivered_on.map(sane))
}

/// The last day to pay an invoice on time, by what the account and the law say.
pub fn due_on(facts: &Facts, book: &Book, invoice: &Invoice) -> Option<NaiveDate> {
    AccountTerms::of(facts, book).due_on(invoice)
}

/// The ledger of an account.
pub fn ledger(facts: &Facts, book: &Book) -> Ledger {
    Ledger::of(facts, &AccountTerms::of(facts, book))
}

/// A claim of which no due date is known is not chased. A person is asked for it, where terms count from a delivery
/// only once they would have ended for a delivery on the day of issue.
pub(super) fn hold(scene: &Scene<'_>, walker: &mut Walker<'_>, outcome: &mut Outcome) {
    let Some((because, asked_on)) = scene.terms.unknown(&walker.invoice.fact) else { return };
    let asked_at = asked_on.map(|day| day_start(walker.zone, day));
    match asked_at.filter(|at| *at > scene.now) {
        Some(at) => outcome.wake(scene.now, at),
        None => {
            let question = Question {
                why: TERMS,
                what: "due",
                note: "No due date is known: send the invoice with its due_on, with terms such as `30 days`, or with \
                       the day of delivery that its terms count from.",
                answers: &[],
            };
            ask_once(scene, walker, outcome, &question, because.clone().into_owned());
        }
    }
    let released_by = Some("`invoice.upserted` with `due_on`, with terms that are understood, or with `delivered_on`");
    walker.holds.push(Hold { released_by, ..Hold::of(Reason::Manual, because.into_owned()) });
}
