//! How a simulation ended, in a few lines: what was sent, what it cost, what people had to do, what is still owed or was paid
//! beyond it.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::in_vain::in_vain;
use super::postage::{Postage, sent};
use super::{Outcome, story};
use crate::domain::{CaseState, Channel, Currency, Kind, StepOutcome};
use crate::engine::{Book, fallback_calendar, ledger, proof};
use crate::workflow::provider::{PriceList, Priced};

/// Pairs of a heading and what is said under it.
pub(super) fn ending(outcome: &Outcome, book: &Book, prices: &PriceList) -> Vec<(&'static str, String)> {
    let mut lines = vec![("Sent", letters_out(outcome))];
    lines.push(("Postage", postage(outcome, prices)));
    let people = counted(outcome, &[(Kind::Task, "task"), (Kind::Approval, "approval")]);
    if !people.is_empty() {
        lines.push(("People", people));
    }
    let waits = counted(outcome, &[(Kind::Held, "hold"), (Kind::Skipped, "step skipped")]);
    if !waits.is_empty() {
        lines.push(("Waited", waits));
    }
    lines.push(("Ended", cases(outcome)));
    lines.extend(warnings(outcome, book).into_iter().map(|warning| ("Warning", warning)));
    let proofs = proofs(outcome, book);
    if !proofs.is_empty() {
        lines.push(("Proof", proofs.into_iter().collect::<Vec<_>>().join("; ")));
    }
    lines.extend(money(outcome, book));
    lines
}

fn letters_out(outcome: &Outcome) -> String {
    let mut counts: BTreeMap<Priced, usize> = BTreeMap::new();
    for notice in outcome.accounts.iter().flat_map(sent) {
        *counts.entry(Priced::of(notice.channel, notice.service)).or_default() += 1;
    }
    let word = |what: Priced, count: usize| match what.channel() {
        Channel::Email => plural(count, "email"),
        Channel::Sms => plural(count, "text message"),
        Channel::Letter => format!("{} ({})", plural(count, "letter"), what.as_str().replace('_', " ")),
    };
    let said: Vec<String> = counts.into_iter().map(|(what, count)| word(what, count)).collect();
    if said.is_empty() { "nothing".to_owned() } else { said.join(", ") }
}

fn postage(outcome: &Outcome, prices: &PriceList) -> String {
    let postage = Postage::of(&outcome.accounts, prices);
    match postage.unknown.keys().next() {
        Some(what) => format!("{postage}; tell one with --price {what}=AMOUNT"),
        None => postage.to_string(),
    }
}

fn counted(outcome: &Outcome, kinds: &[(Kind, &str)]) -> String {
    let count = |kind: Kind| outcome.entries.iter().filter(|entry| entry.kind == kind).count();
    let said = kinds.iter().map(|(kind, word)| (count(*kind), word)).filter(|(count, _)| *count > 0);
    said.map(|(count, word)| plural(count, word)).collect::<Vec<_>>().join(", ")
}

fn cases(outcome: &Outcome) -> String {
    let mut counts: BTreeMap<CaseState, usize> = BTreeMap::new();
    for case in outcome.accounts.iter().flat_map(|account| account.cases.values()) {
        *counts.entry(case.state).or_default() += 1;
    }
    let said: Vec<String> =
        counts.into_iter().map(|(state, count)| format!("{count} {}", state.as_str().replace('_', " "))).collect();
    if said.is_empty() { "no case was opened".to_owned() } else { said.join(", ") }
}

/// What whoever reads the timeline should know, a sentence each: countries whose days were counted by a workflow's
/// calendar because no other is known, and answers and reports that nothing took.
pub fn warnings(outcome: &Outcome, book: &Book) -> BTreeSet<String> {
    let cases = outcome.accounts.iter().flat_map(|account| account.cases.values().map(move |case| (account, case)));
    cases.filter_map(|(account, case)| fallback_calendar(account, book, case)).chain(in_vain(outcome, book)).collect()
}

/// Deadlines that never began because no report of their letter came, and how to suppose one.
fn proofs(outcome: &Outcome, book: &Book) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for account in &outcome.accounts {
        for case in account.cases.values().filter(|case| case.state == CaseState::Open) {
            let workflow = case.workflow.as_ref().and_then(|key| book.revision(key));
            for record in case.journal.iter().filter(|record| record.outcome == StepOutcome::Done) {
                let step = workflow.and_then(|workflow| workflow.step(&record.step)).map(|(_, step)| step);
                let Some(deadline) = step.and_then(|step| step.deadline) else { continue };
                if proof(account, record, deadline.after).is_none() {
                    let after = deadline.after;
                    found.insert(format!(
                        "no report `{after}` of {} came, so its deadline did not begin: suppose it with --assume {after}=0d",
                        record.step
                    ));
                }
            }
        }
    }
    found
}

/// What is still owed, and money beyond what was owed, where there is some.
fn money(outcome: &Outcome, book: &Book) -> Vec<(&'static str, String)> {
    let mut sums: BTreeMap<Currency, (Decimal, Decimal)> = BTreeMap::new();
    let mut credit: BTreeMap<Currency, Decimal> = BTreeMap::new();
    for account in &outcome.accounts {
        let ledger = ledger(&account.facts, book);
        for balance in ledger.balances.values() {
            let sum = sums.entry(balance.currency).or_default();
            sum.0 += balance.open;
            sum.1 += balance.claimed;
        }
        for (currency, amount) in ledger.credit {
            *credit.entry(currency).or_default() += amount;
        }
    }
    let owed = sums.into_iter().map(|(currency, (open, claimed))| {
        format!("{} of {}", story::amount((open, currency)), story::amount((claimed, currency)))
    });
    let owed: Vec<String> = owed.collect();
    let left = credit.into_iter().filter(|(_, amount)| !amount.is_zero());
    let left: Vec<String> = left.map(|(currency, amount)| story::amount((amount, currency))).collect();
    let mut lines = vec![("Owed", if owed.is_empty() { "nothing".to_owned() } else { owed.join(", ") })];
    if !left.is_empty() {
        lines.push(("Credit", format!("{} paid beyond what is owed, kept for later invoices", left.join(", "))));
    }
    lines
}

fn plural(count: usize, word: &str) -> String {
    match word.split_once(' ').filter(|(first, _)| *first == "step") {
        Some((first, rest)) => format!("{count} {first}{} {rest}", if count == 1 { "" } else { "s" }),
        None => format!("{count} {word}{}", if count == 1 { "" } else { "s" }),
    }
}
