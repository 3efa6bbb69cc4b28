//! Insolvency (rule 29), clause by clause.

use super::story::*;
use crate::domain::*;
use crate::workflow::{Anchor, read_law};

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

#[test]
fn an_ordered_letter_is_withdrawn_and_one_that_the_carrier_has_is_named_to_be_recalled() {
    let letters =
        || workflow(vec![step("l1", Phase::Reminder, Anchor::AfterDue(days(3)), letter(LetterService::Standard))]);
    let opened_on_the_day = |carrier| {
        let mut story = Story::of(letters());
        story.carrier = carrier;
        story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
        story.at("2026-03-05 10:00", Fact::InsolvencyOpened(opened(None)));
        story
    };
    let mut ordered = opened_on_the_day(Carrier::Sleeps);
    ordered.until("2026-03-05 09:30");
    assert_eq!(ordered.account.notices.values().next().unwrap().state, NoticeState::Ordered);
    ordered.until("2026-04-30");
    assert_eq!(ordered.account.notices.values().next().unwrap().state, NoticeState::Withdrawn);
    assert!(!declaration(&ordered).note.as_deref().unwrap().contains("Recall"));
    let mut accepted = opened_on_the_day(Carrier::Accepts);
    accepted.until("2026-04-30");
    let notice = accepted.account.notices.values().next().unwrap();
    let note = declaration(&accepted).note.as_deref().unwrap();
    assert!(note.ends_with(&format!(" Recall at the carrier, if not posted yet: l1 ({}).", notice.id)), "{note}");
    // One that was posted is not to be recalled.
    let mut posted = opened_on_the_day(Carrier::Accepts);
    posted.at("2026-03-05 09:45", reported("A", "l1", DeliveryStatus::Posted, "2026-03-05 09:45"));
    posted.until("2026-04-30");
    assert!(!declaration(&posted).note.as_deref().unwrap().contains("Recall"));
}

#[test]
fn earlier_claims_stop_for_good_and_later_ones_go_on() {
    let mut story = story();
    story.at("2026-03-04", Fact::InsolvencyOpened(opened(Some("2026-03-10"))));
    // Delivered before the judgment, invoiced after it: it is an earlier claim all the same.
    let before = Invoice {
        issued_on: day("2026-03-04"),
        delivered_on: Some(day("2026-03-02")),
        ..an_invoice("B", 70, "2026-03-09")
    };
    story.at("2026-03-05", Fact::Invoice(before));
    story
        .at("2026-03-05", Fact::Invoice(Invoice { issued_on: day("2026-03-03"), ..an_invoice("C", 50, "2026-03-09") }));
    // Not even the end of a hold or of the year wakes what was stopped.
    story.at("2026-03-06", Fact::HoldPlaced(manual("H", Some("2026-03-31"))));
    let said = story.until("2027-12-31");
    let of = |invoice: &str| {
        said.iter().filter(|line| line.contains("notice") && line.contains(&format!(" {invoice} "))).count()
    };
    assert_eq!((of("A"), of("B"), of("C")), (0, 0, 2), "{said:#?}");
    assert_eq!(declaration(&story).invoices, ["A", "B"].map(InvoiceId::from));
}
