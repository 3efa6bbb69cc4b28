//! What is owed on one day, by how long it is overdue, and the provision that a stated matrix makes of it.
//!
//! Balances are the ledger's; nothing is computed a second time here. Currencies are never added up, and what is
//! disputed or caught in an insolvency stands apart whatever its age.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::{Decimal, RoundingStrategy};

use super::{ClaimLaw, Currency, Facts, Invoice, InvoiceId, Ledger, Recorded, Version};

/// Where a part of a claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Not overdue.
    NotDue,
    /// 1 to 30 days overdue.
    UpTo30,
    /// 31 to 60 days.
    UpTo60,
    /// 61 to 90 days.
    UpTo90,
    /// More than 90 days.
    Over90,
    /// Disputed, whatever its age.
    Disputed,
    /// From before the debtor's insolvency, whatever its age, disputed or not.
    Insolvent,
}

impl Class {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 7] =
        [Self::NotDue, Self::UpTo30, Self::UpTo60, Self::UpTo90, Self::Over90, Self::Disputed, Self::Insolvent];

    /// The name used in YAML and in attached files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotDue => "not_due",
            Self::UpTo30 => "up_to_30",
            Self::UpTo60 => "up_to_60",
            Self::UpTo90 => "up_to_90",
            Self::Over90 => "over_90",
            Self::Disputed => "disputed",
            Self::Insolvent => "insolvent",
        }
    }

    /// By the days since the due date.
    pub fn of_days(overdue: i64) -> Self {
        match overdue {
            ..=0 => Self::NotDue,
            1..=30 => Self::UpTo30,
            31..=60 => Self::UpTo60,
            61..=90 => Self::UpTo90,
            _ => Self::Over90,
        }
    }
}

/// A part of what is owed on one invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    /// The invoice.
    pub invoice: InvoiceId,
    /// The number printed on it.
    pub number: String,
    /// Its currency.
    pub currency: Currency,
    /// Its due date.
    pub due_on: NaiveDate,
    /// Days since then, 0 until the day after it.
    pub overdue_days: i64,
    /// Where this part stands.
    pub class: Class,
    /// How much.
    pub amount: Decimal,
}

/// What is owed on the evening of `day`, by due date, then invoice. The facts are those of that evening, see
/// [`Facts::as_of`].
pub fn owed(facts: &Facts, day: NaiveDate, law: &impl ClaimLaw) -> Vec<Owed> {
    let ledger = Ledger::of(facts, law);
    let mut found = Vec::new();
    for (id, balance) in ledger.balances.iter().filter(|(_, balance)| balance.open > Decimal::ZERO) {
        let Some(invoice) = facts.invoices.get(id).map(|known| &known.fact) else { continue };
        let due_on = law.due_on(invoice);
        let overdue_days = (day - due_on).num_days().max(0);
        let parts = if is_caught(facts, invoice) {
            vec![(Class::Insolvent, balance.open)]
        } else {
            vec![(Class::of_days(overdue_days), balance.undisputed()), (Class::Disputed, balance.disputed)]
        };
        for (class, amount) in parts.into_iter().filter(|(_, amount)| *amount > Decimal::ZERO) {
            let (invoice, number) = (id.clone(), invoice.number.clone());
            found.push(Owed { invoice, number, currency: balance.currency, due_on, overdue_days, class, amount });
        }
    }
    found.sort_by(|a, b| (a.due_on, &a.invoice, a.class).cmp(&(b.due_on, &b.invoice, b.class)));
    found
}

/// Whether an insolvency catches the claim: it was delivered, else issued, strictly before the judgment's day.
fn is_caught(facts: &Facts, invoice: &Invoice) -> bool {
    let judgment = facts.insolvency.as_ref().map(|known| known.fact.judgment_date);
    judgment.is_some_and(|day| invoice.delivered_on.unwrap_or(invoice.issued_on) < day)
}

impl Facts {
    /// Of these facts, those that had happened before `end`. Of a fact that was stated anew since nothing is left: its
    /// earlier versions are to be applied again.
    #[must_use]
    pub fn known_by(mut self, end: DateTime<Utc>) -> Self {
        fn before<T>(end: DateTime<Utc>) -> impl Fn(&Recorded<T>) -> bool {
            move |known| known.version.time < end
        }
        self.creditor = self.creditor.filter(before(end));
        self.debtor = self.debtor.filter(before(end));
        self.insolvency = self.insolvency.filter(before(end));
        self.feed = self.feed.filter(before(end));
        self.invoices.retain(|_, known| before(end)(known));
        self.voided.retain(|_, known| before(end)(known));
        self.credit_notes.retain(|_, known| before(end)(known));
        self.payments.retain(|_, known| before(end)(known));
        self.charges_claimed.retain(|_, known| before(end)(known));
        self.charges_waived.retain(|_, known| before(end)(known));
        for pair in self.disputes.values_mut() {
            pair.opened = pair.opened.take().filter(before(end));
            pair.closed = pair.closed.take().filter(before(end));
        }
        for pair in self.promises.values_mut() {
            pair.opened = pair.opened.take().filter(before(end));
            pair.closed = pair.closed.take().filter(before(end));
        }
        self
    }

    /// Of these facts, those of the evening of `day`, which ends at `end`: invoices and credit notes issued, money
    /// received, judgments given by that day; disputes, voids and the rest as far as they had happened.
    ///
    /// What stands is the newest version of each: a correction that came later counts from the beginning, and where
    /// the platform states a balance of its own, its newest statement.
    #[must_use]
    pub fn as_of(mut self, day: NaiveDate, end: DateTime<Utc>) -> Self {
        let had_happened = |version: &Version| version.time < end;
        self.invoices.retain(|_, known| known.fact.issued_on <= day);
        self.credit_notes.retain(|_, known| known.fact.issued_on <= day);
        self.payments.retain(|_, known| known.fact.received_on <= day);
        self.voided.retain(|_, known| had_happened(&known.version));
        for pair in self.disputes.values_mut() {
            pair.opened = pair.opened.take().filter(|known| had_happened(&known.version));
            pair.closed = pair.closed.take().filter(|known| had_happened(&known.version));
        }
        self.insolvency = self.insolvency.filter(|known: &Recorded<_>| known.fact.judgment_date <= day);
        self
    }
}

/// A number of parts and their sum, in one currency and class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many parts.
    pub parts: u64,
    /// Their sum.
    pub amount: Decimal,
}

/// Sums by currency and class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aging {
    /// By currency, then class; absent where there is nothing.
    pub sums: BTreeMap<Currency, BTreeMap<Class, Sum>>,
}

impl Aging {
    /// Counts one part.
    pub fn count(&mut self, owed: &Owed) {
        self.add(owed.currency, owed.class, owed.amount);
    }

    /// Adds an amount to one class of one currency.
    pub fn add(&mut self, currency: Currency, class: Class, amount: Decimal) {
        let sum = self.sums.entry(currency).or_default().entry(class).or_default();
        sum.parts += 1;
        sum.amount += amount;
    }

    /// The sum of a class in a currency.
    pub fn of(&self, currency: Currency, class: Class) -> Sum {
        self.sums.get(&currency).and_then(|classes| classes.get(&class)).copied().unwrap_or_default()
    }

    /// The sum of all classes in a currency.
    pub fn total(&self, currency: Currency) -> Decimal {
        self.sums.get(&currency).into_iter().flat_map(BTreeMap::values).map(|sum| sum.amount).sum()
    }
}

/// The share of what is owed that is provided for, in percent by class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    /// One for each class, in the order of [`Class::ALL`]; each from 0 to 100.
    pub percent: [Decimal; 7],
}

impl Matrix {
    /// The share of a class, in percent.
    pub fn share(&self, class: Class) -> Decimal {
        self.percent[class as usize]
    }

    /// The provision for one part: its amount times the share of its class, rounded half away from zero to the
    /// currency's decimals. Totals are sums of such rounded amounts.
    pub fn provision(&self, owed: &Owed) -> Decimal {
        let exact = owed.amount * self.share(owed.class) / Decimal::ONE_HUNDRED;
        exact.round_dp_with_strategy(owed.currency.decimals(), RoundingStrategy::MidpointAwayFromZero)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::{Message, read};

    /// The facts that events state.
    fn facts(events: &[(&str, &str, &str)]) -> Facts {
        let mut facts = Facts::default();
        for (place, (kind, time, data)) in events.iter().enumerate() {
            let body = format!(
                r#"{{"specversion":"1.0","id":"e{place}","source":"/books","type":"{kind}","creditor":"acme","time":"{time}","data":{data}}}"#
            );
            let event = read(&Message { body: body.as_bytes(), content_type: None, headers: &[] }).remove(0).unwrap();
            facts.apply(&format!("e{place}"), event.version, event.fact);
        }
        facts
    }

    fn invoice(id: &str, total: &str, due_on: &str) -> String {
        format!(
            r#"{{"invoice":"{id}","number":"{id}","debtor":"D","currency":"EUR","total":"{total}","issued_on":"2026-01-01","due_on":"{due_on}"}}"#
        )
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn shown(facts: &Facts, on: &str) -> Vec<String> {
        let end = day(on).succ_opt().unwrap().and_hms_opt(0, 0, 0).unwrap().and_utc();
        let known = facts.clone().as_of(day(on), end);
        let parts = owed(&known, day(on), &|invoice: &Invoice| invoice.due_on.unwrap_or(invoice.issued_on));
        parts.iter().map(|one| format!("{} {} {:.2}", one.invoice, one.class.as_str(), one.amount)).collect()
    }

    #[test]
    fn parts_stand_where_their_day_puts_them() {
        let january = "2026-01-01T08:00:00Z";
        let facts = facts(&[
            ("invoice.upserted", january, &invoice("A", "100.00", "2026-01-31")),
            ("invoice.upserted", january, &invoice("B", "200.00", "2026-03-01")),
            (
                "dispute.opened",
                "2026-02-10T08:00:00Z",
                r#"{"dispute":"X","debtor":"D","invoice":"A","amount":"40.00"}"#,
            ),
            (
                "payment.upserted",
                "2026-02-20T08:00:00Z",
                r#"{"payment":"P","debtor":"D","currency":"EUR","amount":"10.00","received_on":"2026-02-15","status":"received"}"#,
            ),
        ]);
        assert_eq!(shown(&facts, "2026-01-31"), ["A not_due 100.00", "B not_due 200.00"]);
        assert_eq!(shown(&facts, "2026-02-01"), ["A up_to_30 100.00", "B not_due 200.00"]);
        assert_eq!(shown(&facts, "2026-02-14"), ["A up_to_30 60.00", "A disputed 40.00", "B not_due 200.00"]);
        // The money counts from the day it was received, though it was told later.
        assert_eq!(shown(&facts, "2026-02-15"), ["A up_to_30 50.00", "A disputed 40.00", "B not_due 200.00"]);
        assert_eq!(shown(&facts, "2026-03-02")[0], "A up_to_30 50.00");
        assert_eq!(shown(&facts, "2026-03-03")[0], "A up_to_60 50.00");
        assert_eq!(shown(&facts, "2026-04-02")[0], "A up_to_90 50.00");
        assert_eq!(shown(&facts, "2026-05-02")[0], "A over_90 50.00");
        assert_eq!(shown(&facts, "2025-12-31"), Vec::<String>::new());
    }

    #[test]
    fn an_insolvency_catches_what_was_there_before_the_judgment() {
        let facts = facts(&[
            ("invoice.upserted", "2026-01-01T08:00:00Z", &invoice("A", "100.00", "2026-01-31")),
            (
                "debtor.insolvency_opened",
                "2026-02-05T08:00:00Z",
                r#"{"debtor":"D","procedure":"redressement","judgment_date":"2026-02-03"}"#,
            ),
        ]);
        assert_eq!(shown(&facts, "2026-02-02"), ["A up_to_30 100.00"]);
        assert_eq!(shown(&facts, "2026-02-03"), ["A insolvent 100.00"]);
    }

    #[test]
    fn provisions_are_rounded_once_and_half_away_from_zero() {
        let matrix = Matrix { percent: [0, 5, 10, 25, 50, 30, 100].map(Decimal::from) };
        let part = |class, amount: &str| Owed {
            invoice: "A".into(),
            number: "A".to_owned(),
            currency: Currency::EUR,
            due_on: day("2026-01-31"),
            overdue_days: 0,
            class,
            amount: amount.parse().unwrap(),
        };
        let provision = |class, amount| matrix.provision(&part(class, amount)).to_string();
        assert_eq!(provision(Class::UpTo30, "0.10"), "0.01");
        assert_eq!(provision(Class::UpTo30, "0.09"), "0.00");
        assert_eq!(provision(Class::UpTo90, "33.33"), "8.33");
        assert_eq!(provision(Class::Insolvent, "1234.56"), "1234.56");
    }
}
