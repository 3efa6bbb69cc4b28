//! Part payments booked to interest or to principal first: section 4 of the facts, art. 1342-10 and 1343-1 of the Code civil.

use rust_decimal::Decimal;

use super::story::*;
use crate::domain::*;
use crate::engine::ledger;
use crate::law::Claim;
use crate::workflow::read_law;

fn booking(order: &[AllocationRule], first: PaidFirst) -> Story {
    let mut story = Story::bare(workflow(vec![reminder("r1", 3)]));
    story.book.jurisdictions = read_law(&[]).unwrap().jurisdictions.into();
    let Fact::Creditor(acme) = creditor() else { unreachable!() };
    let order = std::iter::once(AllocationRule::Named).chain(order.iter().copied()).collect();
    let allocation = Some(AllocationPolicy { order, first });
    let terms = Some(CreditorTerms { penalty_rate: None, clauses: vec![], allocation });
    story.learn(at("2026-01-01"), Fact::Creditor(Creditor { terms, ..acme }));
    story.learn(at("2026-01-01"), Fact::Debtor(a_debtor()));
    story
}

/// Principal left on each invoice, and interest paid.
fn left(story: &Story) -> Vec<String> {
    let ledger = ledger(&story.account.facts, &story.book);
    let line = |(id, balance): (&InvoiceId, &Balance)| {
        let interest: Decimal = ledger.of_invoice(id).map(|one| one.interest).sum();
        format!("{id} {} {interest}", balance.open.normalize())
    };
    let mut lines: Vec<String> = ledger.balances.iter().map(line).collect();
    lines.extend(ledger.credit.values().map(|credit| format!("credit {}", credit.normalize())));
    lines
}

/// What is owed of principal and interest on invoice A through a day.
fn owed(story: &Story, through: &str) -> String {
    let ledger = ledger(&story.account.facts, &story.book);
    let paid: Vec<_> = ledger.of_invoice(&"A".into()).map(|one| (one.day, one.principal())).collect();
    let claim = Claim {
        kind: DebtorKind::Business,
        currency: Currency::EUR,
        principal: Decimal::from(10_000),
        reductions: &paid,
        due_on: day("2026-03-31"),
        formal_notice_on: None,
        contract_rate: None,
        judgment_on: None,
        interest_from: None,
        enforceable_on: None,
        capitalised_from: None,
        statute: None,
    };
    let charges = story.book.jurisdictions.charges("fr", &claim, day(through)).unwrap();
    let interest: Decimal = ledger.of_invoice(&"A".into()).map(|one| one.interest).sum();
    (ledger.balances[&"A".into()].open + charges.less(interest).interest).to_string()
}

#[test]
fn a_part_payment_goes_to_interest_or_to_the_principal_first() {
    // A1: 10 000 due 2026-03-31, 4 000 paid 2026-04-30, 12.15 %.
    for (first, left_after, owed_later) in
        [(PaidFirst::Interest, "A 6099.86 99.86", "6223.72"), (PaidFirst::Principal, "A 6000 0", "6221.69")]
    {
        let mut story = booking(&[AllocationRule::Oldest, AllocationRule::ProRata], first);
        story.learn(at("2026-03-01"), invoice("A", 10_000, "2026-03-31"));
        story.learn(at("2026-04-30"), payment("P", 4_000, "2026-04-30", &[("A", 4_000)]));
        assert_eq!(left(&story), [left_after]);
        assert_eq!(owed(&story, "2026-06-30"), owed_later);
    }
    // A waiver of interest leaves none to be paid first, and a credit note never pays any.
    let mut story = booking(&[AllocationRule::Oldest], PaidFirst::Interest);
    story.learn(at("2026-03-01"), invoice("A", 10_000, "2026-03-31"));
    let note = CreditNote {
        id: "N".into(),
        debtor: "D1".into(),
        invoice: Some("A".into()),
        currency: Currency::EUR,
        total: Decimal::from(1_000),
        issued_on: day("2026-04-30"),
    };
    story.learn(at("2026-04-30"), Fact::CreditNote(note));
    assert_eq!(left(&story), ["A 9000 0"]);
    story.learn(at("2026-05-01"), payment("P", 1_000, "2026-04-30", &[("A", 1_000)]));
    assert_eq!(left(&story), ["A 8099.86 99.86"]);
    let waiver = ChargesWaived {
        id: "W".into(),
        debtor: "D1".into(),
        invoice: None,
        parts: vec![ChargePart::Interest],
        through: None,
        by: None,
        reason: "goodwill".into(),
    };
    story.learn(at("2026-05-02"), Fact::ChargesWaived(waiver));
    assert_eq!(left(&story), ["A 8000 0"]);
}

#[test]
fn of_several_debts_those_due_come_first_and_what_the_debtor_names_before_them() {
    // A2 and A3: A 1 000 due 2025-01-31, B 500 due 2025-02-28, C 800 due 2025-12-31; 1 200 received 2025-03-31.
    let whole = [AllocationRule::Due, AllocationRule::MostBurdensome, AllocationRule::Oldest, AllocationRule::ProRata];
    let paid = |first, named: &[(&str, i64)]| {
        let mut story = booking(&whole, first);
        for (id, total, due_on) in [("A", 1_000, "2025-01-31"), ("B", 500, "2025-02-28"), ("C", 800, "2025-12-31")] {
            story.learn(at("2025-01-10"), invoice(id, total, due_on));
        }
        story.learn(at("2025-03-31"), payment("P", 1_200, "2025-03-31", named));
        left(&story)
    };
    assert_eq!(paid(PaidFirst::Interest, &[]), ["A 0 21.26", "B 326.84 5.58", "C 800 0"]);
    assert_eq!(paid(PaidFirst::Principal, &[]), ["A 0 0", "B 300 0", "C 800 0"]);
    assert_eq!(paid(PaidFirst::Principal, &[("C", 1_200)]), ["A 600 0", "B 500 0", "C 0 0"]);
}

#[test]
fn too_much_is_credit_and_no_balance_falls_below_nothing() {
    // A5.
    let mut story = booking(&[AllocationRule::Oldest], PaidFirst::Principal);
    story.learn(at("2026-03-01"), invoice("A", 100, "2026-03-31"));
    story.learn(at("2026-04-30"), payment("P", 150, "2026-04-30", &[("A", 150)]));
    assert_eq!(left(&story), ["A 0 0", "credit 50"]);
}

#[test]
fn notices_state_the_interest_that_is_left_after_what_was_paid_of_it() {
    let mut story = booking(&[AllocationRule::Oldest], PaidFirst::Interest);
    let jurisdictions = std::sync::Arc::clone(&story.book.jurisdictions);
    story.book = Story::bare(workflow(vec![formal_notice(60)])).book;
    story.book.jurisdictions = jurisdictions;
    story.at("2026-03-01", invoice("A", 10_000, "2026-03-31"));
    story.at("2026-04-30 10:00", payment("P", 4_000, "2026-04-30", &[("A", 4_000)]));
    story.until("2026-06-30");
    let notice = story.account.notices.values().next().unwrap();
    let stated = &notice.content.as_ref().unwrap().charges[0];
    // From 2026-05-01 through 2026-06-01 on 6 099.86: 32 days at 12.15 %.
    assert_eq!(stated.interest.to_string(), "64.98");
    assert_eq!(stated.statement.len(), 1);
    assert_eq!(stated.statement[0].from, day("2026-05-01"));
}
