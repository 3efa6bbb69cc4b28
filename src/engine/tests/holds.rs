//! What keeps a case back (rules 26 to 30).

use super::story::*;
use crate::domain::*;
use crate::workflow::*;

fn dispute(id: &str, invoice: &str, amount: Option<i64>) -> Fact {
    let (debtor, amount) = ("D1".into(), amount.map(Into::into));
    let (id, invoice) = (id.into(), invoice.into());
    Fact::DisputeOpened(DisputeOpened { id, debtor, invoice, amount, category: None, reason: None })
}

fn resolved(id: &str, outcome: DisputeOutcome) -> Fact {
    Fact::DisputeResolved(DisputeResolved { id: id.into(), outcome })
}

fn two_reminders() -> Story {
    let mut story = Story::of(workflow(vec![reminder("r1", 3), reminder("r2", 10)]));
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    story
}

#[test]
fn rule_26_a_whole_dispute_holds_and_loses_no_step() {
    let mut story = two_reminders();
    story.at("2026-03-04 10:00", dispute("X", "A", None));
    story.at("2026-03-20 10:00", resolved("X", DisputeOutcome::Rejected));
    assert_eq!(
        story.until("2026-03-30"),
        [
            "2026-03-04 10:00 held (dispute) A",
            "2026-03-20 10:00 resumed (dispute) A",
            "2026-03-23 09:00 notice r1 email A 100.00",
            "2026-03-30 09:00 notice r2 email A 100.00",
        ]
    );
}

#[test]
fn rule_26_the_undisputed_rest_goes_on_and_parts_add_up() {
    let mut story = two_reminders();
    story.at("2026-03-04", dispute("X", "A", Some(30)));
    story.at("2026-03-10", dispute("Y", "A", Some(90)));
    assert_eq!(
        story.until("2026-03-30"),
        ["2026-03-05 09:00 notice r1 email A 70.00", "2026-03-10 00:00 held (dispute) A",]
    );
}

#[test]
fn rule_26_an_accepted_dispute_holds_until_the_balance_changes() {
    let mut story = two_reminders();
    story.at("2026-03-04", dispute("X", "A", None)).at("2026-03-06", resolved("X", DisputeOutcome::Accepted));
    let (id, debtor, invoice) = ("C".into(), "D1".into(), Some("A".into()));
    let (currency, total, issued_on) = (Currency::EUR, 60.into(), day("2026-03-12"));
    story.at("2026-03-12", Fact::CreditNote(CreditNote { id, debtor, invoice, currency, total, issued_on }));
    assert_eq!(
        story.until("2026-03-12"),
        [
            "2026-03-04 00:00 held (dispute) A",
            "2026-03-12 00:00 resumed (dispute) A",
            "2026-03-12 09:00 notice r1 email A 40.00",
        ]
    );
}

fn promise(id: &str, amount: i64, pay_by: &str) -> Fact {
    let (debtor, invoices) = ("D1".into(), vec![]);
    let (amount, pay_by) = (amount.into(), day(pay_by));
    Fact::PromiseMade(PromiseMade { id: id.into(), debtor, invoices, amount, pay_by, said_by: None, channel: None })
}

#[test]
fn rule_27_a_promise_is_broken_on_the_day_after_its_grace() {
    let mut story = two_reminders();
    // Two business days after Friday 13 March end on Tuesday 17.
    story.at("2026-03-06 10:00", promise("P", 100, "2026-03-13"));
    assert_eq!(
        story.until("2026-03-18"),
        [
            "2026-03-05 09:00 notice r1 email A 100.00",
            "2026-03-06 10:00 held (promise) A",
            "2026-03-18 00:00 resumed (promise) A",
            "2026-03-18 00:00 promise_broken A",
            "2026-03-18 09:00 notice r2 email A 100.00",
        ]
    );
}

#[test]
fn rule_27_a_promise_is_kept_by_payments_received_since() {
    let mut story = two_reminders();
    story.at("2026-03-06 10:00", promise("P", 60, "2026-03-13"));
    story.at("2026-03-11 10:00", payment("M", 60, "2026-03-11", &[]));
    assert_eq!(
        story.until("2026-03-12")[1..],
        [
            "2026-03-06 10:00 held (promise) A",
            "2026-03-11 10:00 resumed (promise) A",
            "2026-03-11 10:00 promise_kept A",
            "2026-03-12 09:00 notice r2 email A 40.00",
        ]
    );
}

fn in_dollars(fact: Fact) -> Fact {
    let currency = Currency::from_code("USD").unwrap();
    match fact {
        Fact::Invoice(invoice) => Fact::Invoice(Invoice { currency, ..invoice }),
        Fact::Payment(payment) => Fact::Payment(Payment { currency, ..payment }),
        other => other,
    }
}

#[test]
fn rule_27_what_comes_in_two_currencies_is_never_added_up() {
    let mut story = Story::of(workflow(vec![reminder("r1", 30)]));
    story
        .at("2026-02-10", invoice("A", 100, "2026-03-02"))
        .at("2026-02-10", in_dollars(invoice("B", 100, "2026-03-02")));
    story
        .at("2026-02-10", invoice("C", 100, "2026-03-02"))
        .at("2026-02-10", in_dollars(invoice("D", 100, "2026-03-02")));
    let (debtor, pay_by, invoices) = ("D1".into(), day("2026-03-13"), vec!["A".into(), "B".into()]);
    let made =
        PromiseMade { id: "P".into(), debtor, invoices, amount: 80.into(), pay_by, said_by: None, channel: None };
    story.at("2026-03-06 10:00", Fact::PromiseMade(made));
    let instalments = vec![Instalment { due_on: day("2026-03-13"), amount: 80.into() }];
    let (debtor, invoices) = ("D1".into(), vec!["C".into(), "D".into()]);
    story.at("2026-03-06 10:00", Fact::PlanAgreed(PlanAgreed { id: "L".into(), debtor, invoices, instalments }));
    for (payer, invoice) in [("M", "A"), ("N", "C")] {
        story.at("2026-03-11 10:00", payment(payer, 40, "2026-03-11", &[(invoice, 40)]));
    }
    for (payer, invoice, amount) in [("O", "B", 80), ("Q", "D", 40)] {
        story.at("2026-03-11 10:00", in_dollars(payment(payer, amount, "2026-03-11", &[(invoice, amount)])));
    }
    assert_eq!(
        story.until("2026-03-18")[4..],
        [
            "2026-03-11 10:00 resumed (promise) B",
            "2026-03-11 10:00 promise_kept B",
            "2026-03-18 00:00 resumed (promise) A",
            "2026-03-18 00:00 resumed (plan) C",
            "2026-03-18 00:00 resumed (plan) D",
            "2026-03-18 00:00 promise_broken A",
            "2026-03-18 00:00 plan_broken C",
            "2026-03-18 00:00 plan_broken D",
        ]
    );
}

#[test]
fn rule_27_a_broken_promise_may_jump_forward() {
    let mut written = workflow(vec![reminder("r1", 3), reminder("r2", 20), formal_notice(60)]);
    written.on_broken_promise = Some("formal-notice".into());
    let mut story = Story::of(written);
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    story.at("2026-03-06 10:00", promise("P", 100, "2026-03-13"));
    assert_eq!(
        story.until("2026-03-18")[2..],
        [
            "2026-03-18 00:00 skipped (jumped_over) r2 A",
            "2026-03-18 00:00 resumed (promise) A",
            "2026-03-18 00:00 promise_broken A",
            "2026-03-18 09:00 notice formal-notice letter registered_receipt A 100.00",
        ]
    );
}

#[test]
fn rule_27_a_plan_holds_while_its_instalments_are_covered_and_breaks_once() {
    let mut story = two_reminders();
    let instalment = |due_on, amount: i64| Instalment { due_on: day(due_on), amount: amount.into() };
    let instalments = vec![instalment("2026-03-10", 50), instalment("2026-04-10", 50)];
    let (id, debtor, invoices) = ("L".into(), "D1".into(), vec!["A".into()]);
    story.at("2026-03-04", Fact::PlanAgreed(PlanAgreed { id, debtor, invoices, instalments }));
    story.at("2026-03-11", payment("M", 50, "2026-03-11", &[]));
    // Two business days after Friday 10 April end on Tuesday 14.
    assert_eq!(
        story.until("2026-04-20"),
        [
            "2026-03-04 00:00 held (plan) A",
            "2026-04-15 00:00 resumed (plan) A",
            "2026-04-15 00:00 plan_broken A",
            "2026-04-15 09:00 notice r1 email A 50.00",
        ]
    );
}

#[test]
fn rule_04_a_manual_hold_includes_its_last_day() {
    let mut story = two_reminders();
    story.at("2026-03-04", Fact::HoldPlaced(manual("H", Some("2026-03-10"))));
    assert_eq!(
        story.until("2026-03-11"),
        [
            "2026-03-04 00:00 held (manual) A",
            "2026-03-11 00:00 resumed (manual) A",
            "2026-03-11 09:00 notice r1 email A 100.00",
        ]
    );
}

#[test]
fn rule_28_a_stale_feed_stops_a_step_that_was_due() {
    let mut story = two_reminders();
    let synced = |text| Fact::PaymentsSynced(PaymentsSynced { through: at(text) });
    story.at("2026-02-20", synced("2026-02-20 00:00"));
    story.at("2026-03-09 08:00", synced("2026-03-06 09:00"));
    assert_eq!(
        story.until("2026-03-09"),
        [
            "2026-03-05 09:00 held (stale_feed) A",
            "2026-03-09 08:00 resumed (stale_feed) A",
            "2026-03-09 09:00 notice r1 email A 100.00",
        ]
    );
}

#[test]
fn rule_29_insolvency_stops_earlier_claims_for_good() {
    let mut story = two_reminders();
    story.book.jurisdictions = read_law(&[]).unwrap().jurisdictions.into();
    story.at(
        "2026-03-04",
        Fact::InsolvencyOpened(InsolvencyOpened {
            debtor: "D1".into(),
            procedure: "redressement judiciaire".into(),
            judgment_date: day("2026-03-03"),
            published_on: Some(day("2026-03-10")),
            representative: None,
        }),
    );
    story
        .at("2026-03-05", Fact::Invoice(Invoice { issued_on: day("2026-03-04"), ..an_invoice("B", 70, "2026-03-09") }));
    assert_eq!(
        story.until("2026-03-20"),
        [
            "2026-03-04 00:00 task (insolvency) A",
            "2026-03-04 00:00 held (insolvency) A",
            "2026-03-12 09:00 notice r1 email B 70.00",
            "2026-03-19 09:00 notice r2 email B 70.00",
        ]
    );
    let task = story.account.tasks.values().next().unwrap();
    // Two months from 10 March end on Sunday 10 May: the procedural rules move it to Monday.
    assert_eq!(task.due_on, Some(day("2026-05-11")));
    let note = task.note.as_deref().unwrap();
    assert!(note.starts_with("Declare the claim until 2026-05-11: 2026-03-10, the day of the publication"), "{note}");
    assert!(note.ends_with("Too late: relief may be asked for until 2026-09-10."), "{note}");
}

#[test]
fn rule_30_a_collection_under_way_is_waited_for() {
    let mut story = Story::of(workflow(vec![reminder("r1", 3)]));
    let paid_by = Some("direct_debit".to_owned());
    story.at("2026-02-10", Fact::Invoice(Invoice { paid_by, ..an_invoice("A", 100, "2026-03-02") }));
    assert_eq!(
        story.until("2026-03-20"),
        [
            "2026-02-10 00:00 held (pending_collection) A",
            "2026-03-17 00:00 resumed (pending_collection) A",
            "2026-03-17 09:00 notice r1 email A 100.00",
        ]
    );
}

#[test]
fn rule_30_do_not_contact_holds_reminders_and_has_formal_notices_approved() {
    let do_not_contact = Some(DoNotContact { reason: "asked by letter".into() });
    let mut story = Story::of(workflow(vec![reminder("r1", 3)]));
    story.at("2026-02-01", Fact::Debtor(Debtor { do_not_contact: do_not_contact.clone(), ..a_debtor() }));
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    assert_eq!(story.until("2026-03-20"), ["2026-02-10 00:00 held (do_not_contact) A"]);
    let mut story = Story::of(workflow(vec![formal_notice(3)]));
    story.at("2026-02-01", Fact::Debtor(Debtor { do_not_contact, ..a_debtor() }));
    story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
    assert_eq!(story.until("2026-03-20"), ["2026-03-05 09:00 approval formal-notice A"]);
}

#[test]
fn rule_30_electronic_registered_letters_to_consumers_need_their_consent() {
    for (kind, expected) in
        [(DebtorKind::Business, "electronic_registered"), (DebtorKind::Consumer, "registered_receipt")]
    {
        let electronic = letter(LetterService::ElectronicRegistered);
        let mut story = Story::of(workflow(vec![step("r1", Phase::Reminder, Anchor::AfterDue(days(3)), electronic)]));
        story.at("2026-02-01", Fact::Debtor(Debtor { kind, ..a_debtor() }));
        story.at("2026-02-10", invoice("A", 100, "2026-03-02"));
        assert_eq!(story.until("2026-03-05"), [format!("2026-03-05 09:00 notice r1 letter {expected} A 100.00")]);
    }
}
