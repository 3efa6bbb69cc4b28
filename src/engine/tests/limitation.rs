//! Limitation: told before its end, interrupted by what the law lists.

use super::story::*;
use crate::domain::*;
use crate::engine::newly_near;
use crate::workflow::read_law;

fn story() -> Story {
    let mut story = Story::of(workflow(vec![reminder("r1", 3)]));
    story.book.jurisdictions = read_law(&[]).unwrap().jurisdictions.into();
    story.at("2026-01-02", invoice("A", 100, "2026-03-02"));
    story
}

fn near(story: &Story) -> Vec<String> {
    let said = story.account.cases[&InvoiceId::from("A")].said.iter();
    said.filter_map(|said| said.strip_prefix("limitation_near:")).map(str::to_owned).collect()
}

#[test]
fn the_end_of_a_claim_is_told_once_half_a_year_before_and_moves_nothing() {
    let mut story = story();
    story.until("2030-09-01");
    assert_eq!(near(&story), Vec::<String>::new());
    assert_eq!(story.until("2030-09-02"), Vec::<String>::new());
    assert_eq!(near(&story), ["2031-03-02"]);
    let before = Account { cases: Default::default(), ..story.account.clone() };
    let decided: Vec<Case> = story.account.cases.values().cloned().collect();
    let told: Vec<String> = newly_near(&before, &decided).iter().map(|(id, last)| format!("{id} {last}")).collect();
    assert_eq!(told, ["A 2031-03-02"]);
    assert_eq!(newly_near(&story.account, &decided), []);
}

#[test]
fn an_acknowledgement_begins_the_time_anew_and_a_formal_notice_does_not() {
    let mut story = story();
    let acknowledged = LimitationInterrupted {
        id: "L".into(),
        debtor: "D1".into(),
        invoices: vec!["A".into()],
        cause: InterruptionCause::Acknowledgement,
        on: day("2029-05-04"),
        note: None,
    };
    story.at("2029-05-04", Fact::LimitationInterrupted(acknowledged));
    story.until("2033-11-03");
    assert_eq!(near(&story), Vec::<String>::new());
    story.until("2033-11-04");
    assert_eq!(near(&story), ["2034-05-04"]);
}

#[test]
fn nobody_is_told_of_a_claim_that_is_paid() {
    let mut story = story();
    story.at("2026-03-20", payment("P", 100, "2026-03-20", &[("A", 100)]));
    story.until("2031-12-31");
    assert_eq!(near(&story), Vec::<String>::new());
    assert_eq!(story.wake_at, None);
}
