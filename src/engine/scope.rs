//! What conditions are asked about (rule 31): one case, its account, at the instant of the decision.

use std::borrow::Cow;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::content::locale;
use super::days::{civil_day, sane};
use super::prevention::owed;
use super::scene::{Scene, Walker};
use crate::law::Calendar;
use crate::workflow::{Name, Scope, Value, Workflow};

/// One case, as conditions see it.
pub(super) struct CaseScope<'s, 'a> {
    scene: &'s Scene<'a>,
    walker: &'s Walker<'a>,
    workflow: Option<&'s Workflow>,
    office: &'a Calendar,
    today: NaiveDate,
}

impl<'s, 'a> CaseScope<'s, 'a> {
    /// The case under its own workflow.
    pub fn of(scene: &'s Scene<'a>, walker: &'s Walker<'a>) -> Self {
        let workflow = walker.workflow.map(AsRef::as_ref);
        Self { scene, walker, workflow, office: walker.office, today: walker.today }
    }

    /// The case under a workflow that is not its own yet.
    pub fn under(scene: &'s Scene<'a>, walker: &'s Walker<'a>, workflow: &'s Workflow) -> Self {
        let office = scene.book.calendar(&workflow.jurisdiction, None);
        let today = civil_day(scene.zone(Some(workflow)), scene.now);
        Self { scene, walker, workflow: Some(workflow), office, today }
    }

    fn money(&self, amount: Decimal) -> Value<'static> {
        Value::Money(amount, self.walker.balance.currency)
    }

    fn overdue(&self) -> (Decimal, usize) {
        self.scene.overdue(self.walker.balance.currency, self.today)
    }

    fn invoice_value(&self, name: Name) -> Option<Value<'_>> {
        let invoice = &self.walker.invoice.fact;
        Some(match name {
            Name::InvoiceTotal => self.money(invoice.total),
            Name::InvoiceNetTotal => self.money(invoice.net_total?),
            Name::InvoiceCurrency => text(invoice.currency.code()),
            Name::InvoiceNumber => text(&invoice.number),
            Name::InvoiceIssuedOn => Value::Date(sane(invoice.issued_on)),
            Name::InvoiceDueOn => Value::Date(self.walker.due_on?),
            Name::InvoiceDeliveredOn => Value::Date(sane(invoice.delivered_on?)),
            Name::InvoicePurchaseOrder => text(invoice.purchase_order.as_deref()?),
            Name::InvoicePaidBy => text(invoice.paid_by.as_deref()?),
            _ => return None,
        })
    }

    fn party_value(&self, name: Name) -> Option<Value<'_>> {
        let creditor = self.scene.creditor;
        let debtor = self.scene.debtor;
        Some(match name {
            Name::DebtorKind => text(debtor?.kind.as_str()),
            Name::DebtorName => text(&debtor?.name),
            Name::DebtorCountry => text(&debtor?.address.as_ref()?.country),
            Name::DebtorLanguage => text(match self.workflow {
                Some(workflow) => locale(self.scene, workflow)?.language(),
                None => debtor?.locale.as_ref().or(creditor.map(|one| &one.locale))?.language(),
            }),
            Name::DebtorRisk => Value::Decimal(debtor?.risk.as_ref()?.score),
            Name::DebtorCreditLimit => {
                let limit = debtor?.credit_limit.filter(|limit| limit.currency == self.walker.balance.currency)?;
                self.money(limit.amount)
            }
            Name::DebtorDaysLateUsual => Value::Decimal(self.scene.behaviour().usual()?),
            Name::DebtorDaysLateTrend => Value::Decimal(Decimal::from(self.scene.behaviour().trend()?)),
            Name::DebtorSharePaidLate => Value::Decimal(self.scene.behaviour().share_late()?),
            Name::CreditorId => text(self.scene.account.key.creditor.as_str()),
            Name::CreditorName => text(&creditor?.name),
            Name::CreditorCountry => text(&creditor?.address.country),
            Name::CreditorLanguage => text(creditor?.locale.language()),
            _ => return None,
        })
    }
}

impl Scope for CaseScope<'_, '_> {
    fn value(&self, name: Name) -> Option<Value<'_>> {
        let walker = self.walker;
        Some(match name {
            Name::Balance => self.money(walker.balance.undisputed()),
            Name::OverdueDays => {
                let days = walker.due_on.map_or(0, |due_on| (self.today - due_on).num_days().max(0));
                Value::Decimal(Decimal::from(days))
            }
            Name::AccountBalance => self.money(owed(self.scene, walker.balance.currency)),
            Name::AccountBalanceOverdue => self.money(self.overdue().0),
            Name::AccountInvoicesOverdue => Value::Decimal(Decimal::from(self.overdue().1)),
            Name::Disputed => Value::Bool(walker.balance.disputed > Decimal::ZERO),
            Name::PromisesBroken => Value::Decimal(Decimal::from(self.scene.broken_promises)),
            Name::LastContactDays => {
                let last = self.scene.contacts.last_day(walker.zone)?;
                Value::Decimal(Decimal::from((self.today - last).num_days()))
            }
            Name::Phase => text(walker.case.phase?.as_str()),
            _ => return self.invoice_value(name).or_else(|| self.party_value(name)),
        })
    }

    fn has_tag(&self, tag: &str) -> bool {
        let carries = |tags: &[String]| tags.iter().any(|one| one == tag);
        carries(&self.walker.invoice.fact.tags) || self.scene.debtor.is_some_and(|debtor| carries(&debtor.tags))
    }

    fn add_business_days(&self, day: NaiveDate, count: i64) -> NaiveDate {
        let most = i64::from(super::days::TERM_DAYS_MAX);
        self.office.add_business_days(sane(day), count.clamp(-most, most))
    }

    fn add_working_days(&self, day: NaiveDate, count: i64) -> NaiveDate {
        let most = i64::from(super::days::TERM_DAYS_MAX);
        self.office.add_working_days(sane(day), count.clamp(-most, most))
    }
}

fn text<'a>(value: impl Into<Cow<'a, str>>) -> Value<'a> {
    Value::Text(value.into())
}
