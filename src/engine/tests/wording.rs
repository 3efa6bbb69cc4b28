//! In which language a notice is written, and which term it states.

use super::story::*;
use crate::domain::*;
use crate::workflow::{Deadline, Duration, Unit, Workflow};

/// The content of the only notice about an invoice.
fn said(workflow: Workflow, debtor: Option<&str>, ours: &str) -> Content {
    let mut story = Story::bare(workflow);
    story.carrier = Carrier::Sleeps;
    let Fact::Creditor(known) = creditor() else { unreachable!() };
    story.at("2026-01-01", Fact::Creditor(Creditor { locale: Locale(ours.to_owned()), ..known }));
    let locale = debtor.map(|locale| Locale(locale.to_owned()));
    story.at("2026-01-01", Fact::Debtor(Debtor { locale, ..a_debtor() }));
    story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
    story.until("2026-03-06 12:00");
    let notice = story.account.notices.values().next().unwrap();
    *notice.content.clone().unwrap()
}

#[test]
fn a_notice_is_written_in_the_debtors_language_else_the_creditors_else_the_first_declared() {
    let cases = [
        (vec!["fr", "en"], Some("en-GB"), "fr-FR", "en"),
        (vec!["fr", "en"], None, "en-IE", "en"),
        (vec!["fr", "en"], Some("de-DE"), "en-IE", "en"),
        (vec!["fr", "en"], Some("de-DE"), "it-IT", "fr"),
        (vec!["fr"], Some("en-GB"), "fr-FR", "fr"),
        (vec![], Some("de-AT"), "fr-FR", "de"),
        (vec![], None, "fr-FR", "fr"),
    ];
    for (declared, debtor, ours, wanted) in cases {
        let languages = declared.iter().map(|language| (*language).to_owned()).collect();
        let workflow = Workflow { languages, ..workflow(vec![reminder("r1", 3)]) };
        let content = said(workflow, debtor, ours);
        assert_eq!(content.language, wanted, "{declared:?} {debtor:?} {ours}");
    }
}

#[test]
fn a_notice_states_the_term_that_the_case_waits_for() {
    let terms = [
        (10, Unit::Days, (10, None, false)),
        (10, Unit::BusinessDays, (10, None, true)),
        (2, Unit::Weeks, (14, None, false)),
        // February: a month that were stated as thirty days would be over before they are.
        (1, Unit::Months, (28, Some(1), false)),
    ];
    for (amount, unit, wanted) in terms {
        let term = Duration { amount, unit };
        let deadline = Some(Deadline { term, after: DeliveryStatus::FirstPresented });
        let steps = vec![crate::workflow::Step { deadline, requires: vec![], ..formal_notice(3) }];
        let content = said(workflow(steps), None, "fr-FR");
        let stated = content.deadline.unwrap();
        assert_eq!((stated.days, stated.months, stated.business), wanted, "{amount} {unit:?}");
        assert_eq!(stated.from, DeliveryStatus::FirstPresented);
    }
}
