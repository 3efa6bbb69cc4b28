//! Due dates from terms, and claims without one.

use super::story::*;
use crate::domain::*;
use crate::workflow::{Workflow, read_law};

fn story(workflow: Workflow) -> Story {
    let mut story = Story::of(workflow);
    story.book.jurisdictions = read_law(&[]).unwrap().jurisdictions.into();
    story
}

/// An invoice of 2026-02-02 that states terms and no day.
fn on_terms(terms: &str, delivered_on: Option<&str>) -> Fact {
    let issued_on = day("2026-02-02");
    let invoice = an_invoice("A", 100, "2026-03-04");
    let (terms, delivered_on) = (Some(terms.to_owned()), delivered_on.map(day));
    Fact::Invoice(Invoice { issued_on, due_on: None, terms, delivered_on, ..invoice })
}

fn terms_told(story: &Story) -> (Option<String>, Vec<String>) {
    let views = crate::engine::outlook(&story.account, &story.book, story.now);
    (views[0].due_on.map(|day| day.to_string()), views[0].terms.clone())
}

#[test]
fn a_claim_whose_terms_are_not_understood_is_held_and_asked_about_until_its_day_is_known() {
    let mut story = story(workflow(vec![reminder("r1", 3), reminder("r2", 10)]));
    story.at("2026-02-02 10:00", on_terms("when the moon is full", None));
    assert_eq!(
        story.until("2026-06-01"),
        ["2026-02-02 10:00 task A", "2026-02-02 10:00 held (manual) A"],
        "no step is skipped for want of a day"
    );
    let task = story.account.tasks.values().next().unwrap();
    assert_eq!(task.reason.as_deref(), Some("terms"));
    assert!(task.note.as_deref().unwrap().contains("due_on"));
    story.at("2026-06-02 10:00", invoice("A", 100, "2026-06-01"));
    assert_eq!(
        story.until("2026-06-12"),
        [
            "2026-06-02 10:00 resumed (manual) A",
            "2026-06-04 09:00 notice r1 email A 100.00",
            "2026-06-11 09:00 notice r2 email A 100.00",
        ]
    );
}

#[test]
fn terms_from_delivery_wait_for_it_and_ask_once_they_would_have_ended() {
    let mut story = story(workflow(vec![reminder("r1", 3)]));
    story.at("2026-02-02 10:00", on_terms("30 days from delivery", None));
    assert_eq!(
        story.until("2026-03-10"),
        ["2026-02-02 10:00 held (manual) A", "2026-03-04 00:00 task A"],
        "2026-03-04 is 30 days after issue"
    );
    story.at("2026-03-11 10:00", on_terms("30 days from delivery", Some("2026-02-10")));
    assert_eq!(
        story.until("2026-03-18"),
        ["2026-03-11 10:00 resumed (manual) A", "2026-03-16 09:00 notice r1 email A 100.00"],
        "due on 2026-03-12"
    );
}

#[test]
fn where_nothing_was_agreed_the_debtors_terms_count_and_then_the_laws() {
    let mut by_law = story(workflow(vec![reminder("r1", 3)]));
    by_law.at("2026-02-02 10:00", on_terms("none", Some("2026-02-10")));
    by_law.until("2026-02-03");
    let (due_on, told) = terms_told(&by_law);
    assert_eq!(due_on.as_deref(), Some("2026-03-12"));
    assert!(told[0].starts_with("nothing was agreed; due 2026-03-12 by law: 30 days after delivery (Code de commerce"));
    // The first thing that becomes of the case says it as well.
    by_law.carrier = Carrier::Sleeps;
    by_law.until("2026-03-16 09:00");
    let said: Vec<&String> = by_law.last.entries.iter().flat_map(|entry| &entry.because).collect();
    assert!(said.iter().any(|why| why.starts_with("nothing was agreed")), "{said:?}");

    let mut debtors = story(workflow(vec![reminder("r1", 3)]));
    let payment_terms = Some("45 jours fin de mois".to_owned());
    debtors.at("2026-01-02", Fact::Debtor(Debtor { payment_terms, ..a_debtor() }));
    debtors.at("2026-02-02 10:00", on_terms("none", None));
    debtors.until("2026-02-03");
    let (due_on, told) = terms_told(&debtors);
    assert_eq!(due_on.as_deref(), Some("2026-03-31"));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("by the debtor's terms `45 jours fin de mois`: 45 days after issue, then the end"));
}

#[test]
fn terms_that_the_law_forbids_stand_and_are_told() {
    let mut story = story(workflow(vec![reminder("r1", 3)]));
    story.at("2026-02-02 10:00", on_terms("net 90", None));
    story.until("2026-02-03");
    let (due_on, told) = terms_told(&story);
    assert_eq!(due_on.as_deref(), Some("2026-05-03"));
    assert!(told.iter().any(|said| said.contains("at the latest 2026-04-03 (60 days after issue")), "{told:?}");
    // The stated day counts where it and the terms differ.
    let Fact::Invoice(invoice) = on_terms("30 days", None) else { unreachable!() };
    story.at("2026-02-04 10:00", Fact::Invoice(Invoice { due_on: Some(day("2026-03-10")), ..invoice }));
    story.until("2026-02-05");
    let (due_on, told) = terms_told(&story);
    assert_eq!(due_on.as_deref(), Some("2026-03-10"));
    assert_eq!(told, ["the stated due date 2026-03-10 counts; its terms give 2026-03-04 (30 days after issue)"]);
}
