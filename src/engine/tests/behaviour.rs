//! How the debtor paid so far: in conditions and in words.

use super::story::*;
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
