//! Sayings that are understood, and what is said of the others.

use super::*;
use crate::simulate::OneInvoice;
use crate::workflow::parse_workflow;

fn workflow() -> Workflow {
    let text = include_str!("../../../workflows/fr-b2b.yaml");
    parse_workflow("fr-b2b.yaml", text).unwrap_or_else(|why| panic!("{why:?}"))
}

fn input(workflow: &Workflow) -> Input {
    let one = OneInvoice::of("1200".parse().unwrap(), "2026-04-01".parse().unwrap());
    one.input(workflow)
}

fn facts(sayings: &[&str]) -> Vec<Fact> {
    let workflow = workflow();
    let mut input = input(&workflow);
    let before = input.events.len();
    let sayings: Vec<String> = sayings.iter().map(|text| (*text).to_owned()).collect();
    add_what_ifs(&mut input, &sayings, &[workflow], 100).unwrap_or_else(|why| panic!("{}", why[0]));
    assert!(input.refused.is_empty(), "{:?}", input.refused);
    input.events.split_off(before).into_iter().map(|numbered| numbered.event.fact).collect()
}

fn wrong(saying: &str) -> String {
    let workflow = workflow();
    let mut input = input(&workflow);
    let why = add_what_ifs(&mut input, &[saying.to_owned()], &[workflow], 0).unwrap_err();
    why.iter().map(ToString::to_string).collect()
}

#[test]
fn every_form_in_the_help_is_an_event() {
    for form in FORMS {
        let opens = match form.split_once(' ') {
            Some(("dispute", rest)) if rest.starts_with("resolved") => "dispute on 2026-04-10",
            Some(("promise", rest)) if rest.starts_with("withdrawn") => "promise 5 by 2026-05-01 on 2026-04-10",
            Some(("hold", rest)) if rest.starts_with("released") => "hold on 2026-04-10",
            _ => "payment 1 on 2026-04-10",
        };
        assert_eq!(facts(&[form, opens]).len(), 2, "{form}");
    }
}

#[test]
fn what_closes_finds_what_was_opened_whatever_stands_first() {
    let facts = facts(&["dispute resolved rejected on 2026-05-04", "dispute 200 on 2026-04-20 at 14:30"]);
    let (Fact::DisputeOpened(opened), Fact::DisputeResolved(resolved)) = (&facts[0], &facts[1]) else {
        panic!("{facts:?}");
    };
    assert_eq!(opened.id, resolved.id);
    assert_eq!(opened.amount, Some(Decimal::from(200)));
}

#[test]
fn a_mistake_is_told_with_its_place_and_an_example() {
    let said = wrong("payment 50o on 2026-04-20");
    assert_eq!(
        said,
        "--what-if: `50o` is no amount; write digits and a point\n  payment 50o on 2026-04-20\n          ^^^\n  \
         write it like: payment 500 on 2026-04-20"
    );
    for (saying, told) in [
        ("paymnet 500 on 2026-04-20", "did you mean `payment`?"),
        ("payment 500", "`on` is missing"),
        ("payment 500 on 2026-02-30", "no day of the calendar"),
        ("payment on 2026-02-03", "says too little"),
        ("payment 500 on", "nothing stands behind `on`"),
        ("payment 500 on 2026-04-20 on 2026-04-21", "stands twice"),
        ("payment 500 on 2026-04-20 by 2026-04-21", "`by` has no meaning here"),
        ("payment -5 on 2026-04-20", "no amount"),
        ("promise 700 on 2026-04-20", "`by` is missing"),
        ("dispute resolved rejcted on 2026-04-20", "did you mean `rejected`?"),
        ("dispute resolvd rejected on 2026-04-20", "did you mean `resolved`?"),
        ("approve formal-notce on 2026-04-20", "did you mean `formal-notice`?"),
        ("delivred formal-notice on 2026-04-20", "did you mean `delivered`?"),
        ("payment 500 on 2026-04-20 at noon", "like 14:30"),
        ("payment 500 on 2026-04-20 for F-2", "no event states an invoice `F-2`"),
        ("", "says nothing"),
    ] {
        let said = wrong(saying);
        assert!(said.contains(told) && said.contains("write it like: "), "{saying}: {said}");
    }
}

#[test]
fn among_several_invoices_one_must_be_named() {
    let workflow = workflow();
    let mut input = input(&workflow);
    let second =
        OneInvoice { id: "F-2".to_owned(), ..OneInvoice::of("7".parse().unwrap(), "2026-05-01".parse().unwrap()) };
    input.events.extend(second.input(&workflow).events);
    let add = |input: &mut Input, text: &str| add_what_ifs(input, &[text.to_owned()], &[self::workflow()], 0);
    let why = add(&mut input.clone(), "payment 1 on 2026-04-20").unwrap_err();
    assert!(why[0].to_string().contains("which of the 2 invoices?"), "{}", why[0]);
    let before = input.events.len();
    add(&mut input, "payment 1 on 2026-04-20 for F-2").unwrap();
    let Fact::Payment(payment) = &input.events[before].event.fact else { panic!() };
    assert_eq!(payment.allocations[0].invoice.as_str(), "F-2");
}

#[test]
fn an_answer_is_one_that_the_step_takes() {
    let said = wrong("answer call busy on 2026-04-20");
    assert!(said.contains("`busy` is no answer to call; there are "), "{said}");
    assert!(said.contains("promised") && said.contains("            ^^^^\n"), "{said}");
    let said = wrong("answer reminder-1 promised on 2026-04-20");
    assert!(said.contains("`reminder-1` has no task, so nobody answers it"), "{said}");
}
