//! A made-up digest and provision, with which the templates of statements are tried before they may be used.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::Provision;
use crate::domain::{
    Aging, Channel, Class, Creditor, Currency, DebtorKind, Digest, LetterService, Matrix, OpenTasks, Owed, Phase,
    Planned, Promised, Reason, Sum, Waiting,
};
use crate::render::{Shape, sample_notice};

/// A day of November 2026.
fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, day).unwrap_or_default()
}

/// A creditor, as far as the sample of a notice has one.
pub fn creditor() -> Option<Creditor> {
    let notice = sample_notice(Shape::Full, Channel::Email, "fr", DebtorKind::Business, Phase::Reminder, "reminder-1");
    notice.content.map(|content| content.creditor)
}

/// A part of a claim.
pub fn part(invoice: &str, class: Class, amount: Decimal) -> Owed {
    let (number, due_on) = (invoice.to_owned(), day(1));
    Owed { invoice: invoice.into(), number, currency: Currency::EUR, due_on, overdue_days: 53, class, amount }
}

/// A digest of a week in which nothing happened.
pub fn empty() -> Digest {
    Digest::new(day(16), day(22), day(29))
}

/// A digest with something of everything.
pub fn full(debtor: &str) -> Digest {
    let mut digest = empty();
    digest.sent.insert(("fr-b2b".into(), "reminder-1".into(), Channel::Email), 12);
    let mut waiting = Waiting { cases: 2, ..Waiting::default() };
    waiting.amounts.insert(Currency::EUR, Sum { parts: 2, amount: Decimal::new(15_005, 1) });
    digest.held.insert(Reason::Dispute, waiting);
    digest.promise(Promised {
        pay_by: day(25),
        debtor: "D-1".into(),
        debtor_name: Some(debtor.to_owned()),
        amount: Decimal::from(800),
        currency: Some(Currency::EUR),
    });
    digest.tasks.insert("call".to_owned(), OpenTasks { open: 3, overdue: 1 });
    (digest.uncertain, digest.quarantined) = (1, 2);
    digest.aging.count(&part("F-1", Class::UpTo60, Decimal::from(1_200)));
    digest.aging.count(&part("F-2", Class::Disputed, Decimal::new(345, 1)));
    let service = Some(LetterService::RegisteredReceipt);
    let planned = Planned { on: day(24), workflow: "fr-b2b".into(), step: "formal-notice".into(), service };
    digest.letters.insert(planned, 4);
    digest
}

/// A provision of two parts.
pub fn provision() -> Provision {
    let matrix = Matrix { percent: [0, 2, 10, 25, 50, 30, 100].map(Decimal::from) };
    let (mut owed, mut provided) = (Aging::default(), Aging::default());
    for part in [part("F-1", Class::UpTo60, Decimal::from(1_200)), part("F-2", Class::Disputed, Decimal::new(3_455, 2))]
    {
        owed.count(&part);
        provided.add(part.currency, part.class, matrix.provision(&part));
    }
    Provision { as_of: day(22), matrix, owed, provided, is_itemised: true }
}
