//! Accounts with thousands of invoices: a decision costs about what there is to read, however the parts meet.
//!
//! Nothing is timed here. Each of these took minutes while one part was looked up by reading all of another.

use super::story::*;
use crate::domain::*;
use crate::workflow::*;

const MANY: usize = 3_000;

fn id(number: usize) -> String {
    format!("F-{number:05}")
}

/// An account with so many invoices of the year before, each paid by name on its due date.
fn with_settled(workflow: Workflow) -> Story {
    let mut story = Story::of(workflow);
    story.learn(at("2025-01-01"), creditor());
    story.learn(at("2025-01-01"), Fact::Debtor(a_debtor()));
    for number in 0..MANY {
        story.learn(at("2025-05-01"), invoice(&id(number), 100, "2025-06-01"));
        story.learn(at("2025-06-03"), payment(&id(number), 100, "2025-06-03", &[(&id(number), 100)]));
    }
    story
}

#[test]
fn a_promise_of_the_whole_account_beside_thousands_of_settled_invoices() {
    let late = Step {
        when: Some(when("debtor.days_late_usual ?? 0 >= 2 and account.invoices_overdue >= 1")),
        ..reminder("r1", 3)
    };
    let mut story = with_settled(workflow(vec![late]));
    let (debtor, invoices, amount) = ("D1".into(), vec![], 50.into());
    let promise = PromiseMade {
        id: "P".into(),
        debtor,
        invoices,
        amount,
        pay_by: day("2025-07-01"),
        said_by: None,
        channel: None,
    };
    story.learn(at("2025-06-10"), Fact::PromiseMade(promise));
    for number in MANY..MANY + 40 {
        story.learn(at("2026-02-10"), invoice(&id(number), 100, "2026-03-02"));
    }
    story.now = at("2026-03-05 09:00");
    story.decide();
    let notice = story.account.notices.values().next().unwrap();
    assert_eq!((story.account.notices.len(), notice.lines.len()), (1, 40));
    let settled = story.account.cases.values().filter(|case| case.state == CaseState::Settled);
    assert_eq!(settled.count(), MANY);
}

#[test]
fn one_task_for_thousands_of_claims() {
    let (debtor, procedure) = ("D1".into(), "redressement judiciaire".into());
    let (judgment_date, published_on) = (day("2026-03-03"), Some(day("2026-03-10")));
    let opened = InsolvencyOpened { debtor, procedure, judgment_date, published_on, representative: None };
    let (promise, debtor, pay_by) = ("P".into(), "D1".into(), day("2026-12-01"));
    let made =
        PromiseMade { id: promise, debtor, invoices: vec![], amount: 50.into(), pay_by, said_by: None, channel: None };
    for (fact, reason) in [(Fact::InsolvencyOpened(opened), "insolvency"), (Fact::PromiseMade(made), "promise")] {
        let mut story = Story::of(workflow(vec![reminder("r1", 3)]));
        story.learn(at("2026-01-01"), creditor());
        story.learn(at("2026-01-01"), Fact::Debtor(a_debtor()));
        for number in 0..MANY {
            story.learn(at("2026-02-10"), invoice(&id(number), 100, "2026-03-02"));
        }
        story.learn(at("2026-03-04"), fact);
        story.now = at("2026-03-05 09:00");
        story.decide();
        let tasks = story.account.tasks.values();
        let tasks: Vec<_> = tasks.map(|task| (task.reason.as_deref().unwrap(), task.invoices.len())).collect();
        assert_eq!(tasks, [(reason, MANY)]);
    }
}

#[test]
fn thousands_of_reports_about_thousands_of_notices() {
    let written = workflow(vec![reminder("r1", 3), reminder("r2", 400)]);
    let mut story = Story::of(Workflow { group: Group::Invoice, ..written });
    story.learn(at("2026-01-01"), creditor());
    story.learn(at("2026-01-01"), Fact::Debtor(a_debtor()));
    for number in 0..MANY {
        story.learn(at("2026-02-10"), invoice(&id(number), 100, "2026-03-02"));
        story.learn(at("2026-03-05 10:00"), reported(&id(number), "r1", DeliveryStatus::Delivered, "2026-03-05 10:00"));
    }
    story.now = at("2026-03-05 09:00");
    story.decide();
    story.now = at("2026-03-06 10:00");
    story.decide();
    assert_eq!(story.account.notices.len(), MANY);
    assert!(story.account.cases.values().all(|case| case.journal.len() == 1));
}
