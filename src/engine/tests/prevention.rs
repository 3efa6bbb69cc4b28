//! Answers to satisfaction questions, and warnings about credit.

use rust_decimal::Decimal;

use super::story::*;
use crate::domain::*;
use crate::workflow::*;

fn asking(at_most: i64) -> Workflow {
    let on_bad = BadScore {
        at_most: Decimal::from(at_most),
        kind: "call".into(),
        assign: Some("sales".into()),
        within: business_days(5),
        note: None,
    };
    let survey = Action::Survey(Survey { message: message(Channel::Email, "how-was-it"), on_bad: Some(on_bad) });
    let ask = step("how-was-it", Phase::Prevention, Anchor::AfterIssue(days(3)), survey);
    workflow(vec![ask, reminder("r1", 3)])
}

fn answer(invoice: Option<&str>, score: i64) -> Fact {
    let invoice = invoice.map(Into::into);
    Fact::Feedback(FeedbackReceived { debtor: "D1".into(), invoice, score: score.into(), comment: None })
}

fn issued(id: &str, issued_on: &str, due_on: &str) -> Fact {
    Fact::Invoice(Invoice { issued_on: day(issued_on), ..an_invoice(id, 100, due_on) })
}

#[test]
fn a_bad_answer_opens_one_task_for_sales_before_the_due_date() {
    let mut story = Story::of(asking(6));
    story.at("2026-02-02", issued("A", "2026-02-02", "2026-02-11"));
    story.at("2026-02-06 14:00", answer(Some("A"), 6));
    story.at("2026-02-06 15:00", answer(Some("A"), 7));
    assert_eq!(
        story.until("2026-02-16"),
        [
            "2026-02-05 09:00 notice how-was-it email A 100.00",
            "2026-02-06 14:00 task A",
            "2026-02-16 09:00 notice r1 email A 100.00",
        ]
    );
    let tasks: Vec<&Task> = story.account.tasks.values().collect();
    let [task] = tasks[..] else { panic!("{tasks:?}") };
    assert_eq!((task.kind.as_str(), task.assign.as_deref(), task.state), ("call", Some("sales"), TaskState::Open));
    // Five business days would end on 2026-02-13, after the due date.
    assert_eq!(task.due_on, Some(day("2026-02-11")));
}

#[test]
fn an_answer_about_the_debtor_is_about_what_is_not_paid_and_is_taken_back_with_the_payment() {
    let mut story = Story::of(asking(6));
    story.at("2026-02-02", issued("A", "2026-02-02", "2026-03-11"));
    story.at("2026-02-02", issued("B", "2026-02-02", "2026-03-11"));
    story.at("2026-02-03", payment("P", 100, "2026-02-03", &[("A", 100)]));
    story.at("2026-02-09 14:00", answer(None, 2));
    story.at("2026-02-10", issued("C", "2026-02-10", "2026-03-18"));
    story.until("2026-02-11");
    let task = story.account.tasks.values().next().unwrap().clone();
    assert_eq!((task.invoices.clone(), task.state), (vec!["B".into()], TaskState::Open));
    story.at("2026-02-12", payment("Q", 100, "2026-02-12", &[("B", 100)]));
    story.until("2026-02-12");
    assert_eq!(story.account.tasks[&task.id].state, TaskState::Withdrawn);
}

#[test]
fn without_a_word_about_bad_answers_nobody_is_asked() {
    let mut story = Story::of(workflow(vec![reminder("r1", 3)]));
    story.at("2026-02-02", issued("A", "2026-02-02", "2026-02-20"));
    story.at("2026-02-06", answer(Some("A"), 0));
    story.until("2026-02-20");
    assert!(story.account.tasks.is_empty());
}

fn warning(when_text: Option<&str>) -> Workflow {
    let warning = CreditWarning { when: when_text.map(when), deposit_percent: Some(30.into()) };
    Workflow { credit_warning: Some(warning), ..workflow(vec![reminder("r1", 3)]) }
}

fn limited(amount: i64, currency: Currency) -> Fact {
    Fact::Debtor(Debtor { credit_limit: Some(Money::new(amount.into(), currency)), ..a_debtor() })
}

#[test]
fn a_new_invoice_over_the_limit_is_told_once_with_the_deposit_to_ask_for() {
    let mut story = Story::of(warning(None));
    story.at("2026-02-01", limited(150, Currency::EUR));
    story.at("2026-02-02", issued("A", "2026-02-02", "2026-03-11"));
    story.at("2026-02-03", issued("B", "2026-02-03", "2026-03-11"));
    story.at("2026-02-04", issued("B", "2026-02-03", "2026-03-12"));
    assert_eq!(story.until("2026-02-20"), ["2026-02-03 00:00 published B 200.00"]);
    let mut story = Story::of(warning(None));
    story.at("2026-02-01", limited(50, Currency::EUR)).at("2026-02-02", issued("A", "2026-02-02", "2026-03-11"));
    story.until("2026-02-01");
    let warned = story.at("2026-02-02", creditor()).until("2026-02-02");
    assert_eq!(warned, ["2026-02-02 00:00 published A 100.00"]);
    let because = &story.last.entries;
    assert!(because.is_empty() || because[0].because.iter().any(|why| why.contains("30.00 EUR")), "{because:?}");
}

#[test]
fn a_limit_in_another_currency_and_an_old_invoice_warn_of_nothing() {
    let mut story = Story::of(warning(None));
    story
        .at("2026-02-01", limited(50, Currency::from_code("USD").unwrap()))
        .at("2026-02-02", issued("A", "2026-02-02", "2026-03-11"));
    assert_eq!(story.until("2026-02-20"), Vec::<String>::new());
    let mut story = Story::of(warning(None));
    story.at("2026-02-01", limited(50, Currency::EUR)).at("2026-04-02", issued("A", "2026-02-02", "2026-03-11"));
    let said = story.until("2026-04-02");
    assert!(said.iter().all(|line| !line.contains("published")), "{said:?}");
}

#[test]
fn a_bad_record_warns_by_the_workflows_own_condition() {
    let mut story = Story::of(warning(Some("promises_broken >= 1 or account.balance > (debtor.credit_limit ?? 1000)")));
    let promise = PromiseMade {
        id: "PR".into(),
        debtor: "D1".into(),
        invoices: vec!["A".into()],
        amount: 100.into(),
        pay_by: day("2026-02-20"),
        said_by: None,
        channel: None,
    };
    story.at("2026-02-02", issued("A", "2026-02-02", "2026-02-11"));
    story.at("2026-02-12", Fact::PromiseMade(promise));
    story.at("2026-02-27", issued("B", "2026-02-27", "2026-03-27"));
    let said = story.until("2026-02-27");
    assert!(said.contains(&"2026-02-27 00:00 published B 200.00".to_owned()), "{said:?}");
    assert!(!said.iter().any(|line| line.contains("published A")), "{said:?}");
}
