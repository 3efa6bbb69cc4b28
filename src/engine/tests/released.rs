//! Holds that a person's answer ends: a claim past its limitation, a formal notice to an address that reaches nobody.

use std::sync::Arc;

use super::super::outlook;
use super::story::*;
use crate::domain::*;
use crate::law::{CalendarFile, Jurisdiction, Law};
use crate::workflow::*;

fn calendar() -> CalendarFile {
    from_yaml("calendar.yaml", include_str!("../../../tests/workflow/calendar.yaml")).unwrap()
}

fn law() -> Law {
    let text = include_str!("../../../tests/workflow/jurisdiction.yaml");
    let jurisdiction: Jurisdiction = from_yaml("jurisdiction.yaml", text).unwrap();
    Law::build([calendar()], [jurisdiction]).unwrap()
}

/// A business's claim of 2020, which limitation ended in 2025.
fn past_limitation() -> Story {
    let mut story = Story::of(workflow(vec![reminder("r1", 3)]));
    story.book.jurisdictions = Arc::new(law().jurisdictions);
    story.at("2026-03-02 10:00", invoice("A", 100, "2020-03-02"));
    story.at("2026-03-02 10:00", invoice("B", 50, "2020-03-02"));
    assert_eq!(
        story.until("2026-03-02"),
        ["2026-03-02 10:00 task A,B", "2026-03-02 10:00 held (manual) A", "2026-03-02 10:00 held (manual) B"]
    );
    story
}

fn answer(story: &mut Story, when: &str, outcome: &str) {
    let id = story.account.tasks.values().find(|task| task.state == TaskState::Open).unwrap().id;
    let (by, note) = ("ann".into(), None);
    story.at(when, Fact::TaskAnswered(TaskAnswered { task: TaskRef::Id(id), outcome: outcome.into(), by, note }));
}

fn released_by(story: &Story) -> Vec<String> {
    let cases = outlook(&story.account, &story.book, story.now);
    cases[0].keeps.iter().map(|keep| format!("{}: {}", keep.code, keep.released_by)).collect()
}

#[test]
fn rule_14_a_claim_past_limitation_is_chased_when_a_person_says_so() {
    let mut story = past_limitation();
    let task = story.account.tasks.values().next().unwrap();
    assert_eq!(task.outcomes, ["chase", "leave"]);
    assert!(released_by(&story).contains(&"manual: an answer to its task: chase, or leave".to_owned()));
    answer(&mut story, "2026-03-03 12:00", "chase");
    assert_eq!(
        story.until("2026-03-04"),
        [
            "2026-03-03 12:00 resumed (manual) A",
            "2026-03-03 12:00 resumed (manual) B",
            "2026-03-04 09:00 notice r1 email A,B 150.00"
        ]
    );
}

#[test]
fn rule_14_a_claim_past_limitation_ends_when_a_person_leaves_it() {
    let mut story = past_limitation();
    answer(&mut story, "2026-03-03 12:00", "leave");
    story.at("2026-03-03 13:00", invoice("C", 20, "2026-02-20"));
    assert_eq!(
        story.until("2026-03-04"),
        ["2026-03-03 12:00 exhausted A", "2026-03-03 12:00 exhausted B", "2026-03-04 09:00 notice r1 email C 20.00"],
        "what was left is not listed along"
    );
    assert!(released_by(&story).contains(&"manual: nothing: a person left the claim".to_owned()));
}

/// A reminder letter that came back, then a formal notice by registered letter with a copy by email.
fn moved_away() -> Story {
    let by_post = step("r1", Phase::Reminder, Anchor::AfterDue(days(3)), letter(LetterService::Standard));
    let mut formal = formal_notice(20);
    formal.actions.push(email("copy"));
    let mut story = Story::of(workflow(vec![by_post, formal]));
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    story.at("2026-03-10", reported("A", "r1", DeliveryStatus::AddressUnknown, "2026-03-10"));
    assert_eq!(
        story.until("2026-03-24"),
        [
            "2026-03-05 09:00 notice r1 letter standard A 100.00",
            "2026-03-23 09:00 task (unreachable) A",
            "2026-03-23 09:00 held (proof_missing) A",
        ]
    );
    story
}

const BOTH: [&str; 2] =
    ["notice formal-notice email A 100.00", "notice formal-notice letter registered_receipt A 100.00"];

#[test]
fn rule_9_a_copy_by_email_never_stands_for_a_formal_notice_to_a_dead_address() {
    let mut story = moved_away();
    let why = "proof_missing: debtor.upserted with another address, or `send` as the answer to its task";
    assert!(released_by(&story).contains(&why.to_owned()), "{:?}", released_by(&story));
    let there = Address { lines: vec!["2 rue du Port".into()], ..address() };
    story.at("2026-03-25 12:00", Fact::Debtor(Debtor { address: Some(there), ..a_debtor() }));
    let said = story.until("2026-03-26");
    assert_eq!(said[0], "2026-03-25 12:00 resumed (proof_missing) A");
    assert_eq!(said[1..], BOTH.map(|notice| format!("2026-03-26 09:00 {notice}")));
}

#[test]
fn rule_9_a_formal_notice_goes_to_a_dead_address_where_a_person_has_it_sent() {
    let mut story = moved_away();
    answer(&mut story, "2026-03-25 12:00", "send");
    let said = story.until("2026-03-26");
    assert_eq!(said[0], "2026-03-25 12:00 resumed (proof_missing) A");
    assert_eq!(said[1..], BOTH.map(|notice| format!("2026-03-26 09:00 {notice}")));
}

#[test]
fn a_report_that_names_no_channel_is_not_about_what_was_ordered_after_it() {
    let fallback = message(Channel::Letter, "letter");
    let step = Step { if_unreachable: vec![fallback], ..reminder("r1", 3) };
    let mut story = Story::of(workflow(vec![step]));
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    story.at("2026-03-06", reported("A", "r1", DeliveryStatus::Bounced, "2026-03-06"));
    story.until("2026-03-06");
    assert_eq!(story.account.notices.len(), 2);
    let report = story.account.facts.reports.values().next().unwrap();
    let about = |notice: &&Notice| super::super::is_about(&story.account, &report.fact, report.version.time, notice);
    let about: Vec<_> = story.account.notices.values().filter(about).map(|notice| notice.channel).collect();
    assert_eq!(about, [Channel::Email]);
}

#[test]
fn every_reason_of_a_task_without_a_step_is_explained() {
    let page = include_str!("../../../docs/tasks.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let mut explained: Vec<&str> = rows.collect();
    explained.dedup();
    assert_eq!(explained, TASK_REASONS);
}

#[test]
fn rule_31_the_language_in_conditions_is_the_one_the_debtor_is_written_to_in() {
    let step = Step { when: Some(when("debtor.language == \"fr\"")), ..reminder("r1", 3) };
    let languages = vec!["fr".into(), "en".into()];
    let mut story = Story::of(Workflow { languages, ..workflow(vec![step]) });
    let locale = Some(Locale("de-DE".into()));
    story.at("2026-02-01", Fact::Debtor(Debtor { locale, ..a_debtor() }));
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    assert_eq!(story.until("2026-03-05"), ["2026-03-05 09:00 notice r1 email A 100.00"]);
    let notice = story.account.notices.values().next().unwrap();
    assert_eq!(notice.content.as_ref().unwrap().language, "fr");
}

#[test]
fn a_jurisdiction_counts_by_its_calendar_whatever_its_name() {
    let mut law = law();
    let mut abroad = law.jurisdictions.get("fr").unwrap().clone();
    abroad.calendar = "fr".into();
    abroad.name = "union".into();
    law = Law::build([calendar()], [abroad]).unwrap();
    let mut story = Story::of(Workflow { jurisdiction: "union".into(), ..workflow(vec![formal_notice(3)]) });
    story.book.jurisdictions = Arc::new(law.jurisdictions);
    // No calendar bears the country's name.
    let away = Address { country: "IT".into(), ..address() };
    story.at("2026-02-01", Fact::Debtor(Debtor { address: Some(away), ..a_debtor() }));
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    // Fifteen days end on 1 May.
    story.at("2026-04-16", reported("A", "formal-notice", DeliveryStatus::FirstPresented, "2026-04-16"));
    story.until("2026-04-20");
    let case = &story.account.cases[&InvoiceId::new("A")];
    let term = super::super::deadline_of(&story.account, &story.book, case, &case.journal[0]);
    assert_eq!(term, Some((day("2026-04-16"), day("2026-05-04"))));
}

#[test]
fn what_conditions_ask_of_the_whole_account_is_read_once_a_decision() {
    let mut story = Story::of(workflow(vec![reminder("r1", 3)]));
    for number in 0..20 {
        story.learn(at("2026-02-02"), invoice(&format!("F-{number}"), 100, "2026-03-02"));
    }
    let ledger = super::super::ledger(&story.account.facts, &story.book);
    let scene = super::super::scene::Scene::of(&story.account, &story.book, &ledger, at("2026-03-05"));
    for _ in 0..20 {
        assert_eq!(scene.overdue(Currency::EUR, day("2026-03-05")), (2000.into(), 20));
    }
    assert_eq!(scene.overdue_read(), 1);
    assert!(std::ptr::eq(scene.behaviour(), scene.behaviour()));
}
