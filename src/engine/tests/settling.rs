//! Settling before anything happened: what is known in the end does not depend on what was known first.

use super::story::*;
use crate::domain::*;

fn reversed(id: &str, amount: i64) -> Fact {
    let Fact::Payment(paid) = payment(id, amount, "2026-03-06", &[]) else { unreachable!() };
    Fact::Payment(Payment { status: PaymentStatus::Reversed, ..paid })
}

/// The case of invoice A as it stands, when it was first seen left out.
fn case(story: &Story) -> Case {
    Case { opened_at: at("2026-01-01"), ..story.account.cases[&InvoiceId::from("A")].clone() }
}

#[test]
fn a_payment_that_comes_with_its_invoice_and_one_that_comes_after_it_leave_the_same_case() {
    let mut together = Story::of(workflow(vec![reminder("r1", 3)]));
    together.at("2026-02-10 10:00", invoice("A", 100, "2026-03-02"));
    together.at("2026-02-10 10:00", payment("P", 100, "2026-02-10", &[]));
    assert!(together.until("2026-04-10").is_empty(), "nothing is said of what was never owed");
    let mut after = Story::of(workflow(vec![reminder("r1", 3)]));
    after.at("2026-02-10 10:00", invoice("A", 100, "2026-03-02"));
    after.at("2026-02-10 10:01", payment("P", 100, "2026-02-10", &[]));
    assert_eq!(after.until("2026-04-10"), ["2026-02-10 10:01 settled (payment) A"]);
    let mut unknown = Story::bare(workflow(vec![reminder("r1", 3)]));
    unknown.at("2026-02-10 10:00", invoice("A", 100, "2026-03-02"));
    unknown.at("2026-02-10 10:01", payment("P", 100, "2026-02-10", &[]));
    unknown.at("2026-02-10 10:02", creditor());
    unknown.at("2026-02-10 10:02", Fact::Debtor(a_debtor()));
    unknown.until("2026-04-10");
    assert_eq!(case(&together).state, CaseState::Settled);
    assert_eq!(case(&together), case(&after));
    assert_eq!(case(&together), case(&unknown));
}

#[test]
fn what_was_paid_before_its_debtor_was_known_is_reminded_of_once_the_payment_is_reversed() {
    let mut story = Story::bare(workflow(vec![reminder("r1", 3)]));
    story.at("2026-02-10 10:00", invoice("A", 100, "2026-03-02"));
    story.at("2026-02-10 10:01", payment("P", 100, "2026-02-10", &[]));
    story.at("2026-02-10 10:02", creditor());
    story.at("2026-02-10 10:02", Fact::Debtor(a_debtor()));
    story.at("2026-03-17 10:00", reversed("P", 100));
    let said = story.until("2026-03-18");
    assert_eq!(said[said.len() - 2..], ["2026-03-17 10:00 reopened A", "2026-03-18 09:00 notice r1 email A 100.00"]);
}
