//! Insolvency (rule 29), clause by clause.

use super::story::*;
use crate::domain::*;
use crate::workflow::read_law;

fn opened(published_on: Option<&str>) -> InsolvencyOpened {
    InsolvencyOpened {
        debtor: "D1".into(),
        procedure: "redressement judiciaire".into(),
        judgment_date: day("2026-03-03"),
        published_on: published_on.map(day),
        representative: None,
    }
}

/// One claim of 2 March, and the law of France.
fn story() -> Story {
    let mut story = Story::of(workflow(vec![reminder("r1", 3), reminder("r2", 10)]));
    story.book.jurisdictions = read_law(&[]).unwrap().jurisdictions.into();
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    story
}

fn declaration(story: &Story) -> &Task {
    let mut tasks = story.account.tasks.values().filter(|task| task.kind == "declare_claim");
    let task = tasks.next().unwrap();
    assert!(tasks.next().is_none(), "one task, whatever is learnt");
    task
}

#[test]
fn a_publication_that_is_learnt_later_gives_the_task_its_last_day() {
    let mut story = story();
    story.at("2026-03-04", Fact::InsolvencyOpened(opened(None)));
    story.until("2026-03-05");
    let task = declaration(&story);
    assert_eq!((task.due_on, task.note.as_deref().unwrap().contains("look it up")), (None, true));
    story.at("2026-03-20", Fact::InsolvencyOpened(opened(Some("2026-03-14"))));
    assert_eq!(story.until("2026-03-25"), Vec::<String>::new());
    // Two months end on Ascension Day.
    let task = declaration(&story);
    assert_eq!((task.due_on, task.state), (Some(day("2026-05-15")), TaskState::Open));
    assert!(task.note.as_deref().unwrap().contains("2026-05-14 is a holiday in fr"), "{:?}", task.note);
}

#[test]
fn a_creditor_outside_metropolitan_france_has_two_months_more() {
    let mut story = story();
    let Fact::Creditor(known) = creditor() else { unreachable!() };
    let address = Address { postal_code: "1000".into(), country: "BE".into(), ..address() };
    story.at("2026-02-03", Fact::Creditor(Creditor { address, ..known }));
    story.at("2026-03-15", Fact::InsolvencyOpened(opened(Some("2026-03-14"))));
    story.until("2026-03-16");
    // 14 July is a holiday.
    assert_eq!(declaration(&story).due_on, Some(day("2026-07-15")));
}

#[test]
fn law_that_has_no_such_time_limit_says_so_instead_of_a_day() {
    let mut story =
        Story::of(crate::workflow::Workflow { jurisdiction: "gb".into(), ..workflow(vec![reminder("r1", 3)]) });
    story.book.jurisdictions = read_law(&[]).unwrap().jurisdictions.into();
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    story.at("2026-03-15", Fact::InsolvencyOpened(opened(Some("2026-03-14"))));
    story.until("2026-03-16");
    let task = declaration(&story);
    assert_eq!((task.due_on, task.note.as_deref().unwrap().contains("do not say until when")), (None, true));
}
