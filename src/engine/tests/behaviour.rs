//! How the debtor paid so far: in conditions and in words.

use rust_decimal::Decimal;

use super::story::*;
use crate::domain::Peers;
use crate::engine::outlook;
use crate::workflow::Step;

/// Paid so many days after the due date, one a week from January 2025; then one open invoice.
fn paid(late: &[u64]) -> Story {
    let told = Step {
        when: Some(when("(debtor.days_late_trend ?? 0) >= 5 and (debtor.share_paid_late ?? 0) > 0.4")),
        ..reminder("r1", 3)
    };
    let mut story = Story::of(workflow(vec![told]));
    for (place, days) in late.iter().enumerate() {
        let due_on = day("2025-01-06") + chrono::Days::new(7 * place as u64);
        let (id, paid_on) = (format!("P{place:02}"), (due_on + chrono::Days::new(*days)).to_string());
        story.learn(at("2025-01-01"), invoice(&id, 100, &due_on.to_string()));
        story.learn(at("2025-01-02"), payment(&id, 100, &paid_on, &[(&id, 100)]));
    }
    story.at("2026-03-01", invoice("A", 100, "2026-03-02"));
    story
}

fn words(story: &Story) -> Option<String> {
    let views = outlook(&story.account, &story.book, story.now);
    views.into_iter().find(|view| view.invoice == "A".into())?.debtor_pays
}

#[test]
fn a_debtor_that_pays_later_and_later_is_known_by_it() {
    let mut story = paid(&[0, 1, 0, 2, 10, 12, 11, 14]);
    assert_eq!(story.until("2026-03-06"), ["2026-03-05 09:00 notice r1 email A 100.00"]);
    let said = "usually pays 2 days late (8 paid invoices, 75 % late; the last 4 were 11 days later than before)";
    assert_eq!(words(&story).as_deref(), Some(said));
    let mut story = paid(&[10, 12, 11, 14, 0, 0, 0, 0]);
    assert_eq!(story.until("2026-03-06"), ["2026-03-05 09:00 skipped (when_false) r1 A"]);
    assert!(words(&story).unwrap().contains("the last 4 were 10 days earlier than before"));
}

#[test]
fn with_little_paid_nothing_is_said_of_a_trend() {
    let mut story = paid(&[0, 20, 20]);
    assert_eq!(story.until("2026-03-06"), ["2026-03-05 09:00 skipped (when_false) r1 A"]);
    assert_eq!(words(&story).as_deref(), Some("usually pays 20 days late (3 paid invoices, 67 % late)"));
    let mut story = paid(&[]);
    story.until("2026-03-06");
    assert_eq!(words(&story), None);
}

/// The creditor's debtors pay 20 days late, eight in ten of their invoices.
fn among_late_payers(late: &[u64]) -> Story {
    let mut story = paid(late);
    story.account.facts.peers = Some(Peers { debtors: 40, share_late: Decimal::new(8, 1), days_late: 20 });
    story
}

#[test]
fn a_debtor_that_paid_little_is_weighed_with_the_creditors_other_debtors() {
    // (0 × 1 + 20 × 2) / 3 = 13.3: one invoice paid on time is not yet a habit.
    let mut story = among_late_payers(&[0]);
    story.until("2026-03-02");
    let said = "usually pays 13 days late (1 paid invoice, 0 % late; its own median is 0 days, that of this creditor's \
                debtors 20)";
    assert_eq!(words(&story).as_deref(), Some(said));
    // (0 × 38 + 20 × 2) / 40 = 1.
    let mut story = among_late_payers(&[0; 38]);
    story.until("2026-03-02");
    assert!(words(&story).unwrap().starts_with("usually pays 1 day late (38 paid invoices, 0 % late"));
}

#[test]
fn conditions_read_what_is_weighed_and_of_a_debtor_that_paid_nothing_nothing() {
    let share = |late: &[u64]| {
        let told = Step { when: Some(when("(debtor.share_paid_late ?? 0) > 0.5")), ..reminder("r1", 3) };
        let mut story = among_late_payers(late);
        let mut alone = Story::of(workflow(vec![told]));
        alone.account.facts = std::mem::take(&mut story.account.facts);
        alone.at("2026-03-01", invoice("A", 100, "2026-03-02"));
        alone.until("2026-03-06")
    };
    // (0 + 1.6) / 3 = 0.53.
    assert_eq!(share(&[0]), ["2026-03-05 09:00 notice r1 email A 100.00"]);
    // (0 + 1.6) / 5 = 0.32.
    assert_eq!(share(&[0, 0, 0]), ["2026-03-05 09:00 skipped (when_false) r1 A"]);
    assert_eq!(share(&[]), ["2026-03-05 09:00 skipped (when_false) r1 A"]);
}
