//! What one policy did with a history, counted from the journals and notices of its cases.
//!
//! A contact is a day on which something was sent to a debtor, whatever the number of messages. Days to payment and
//! days overdue are civil days in the account's zone. Nothing is estimated.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::domain::{Account, Case, CaseState, Entry, InvoiceId, Phase, Reason, StepOutcome, StepRecord};
use crate::engine::Book;
use crate::simulate::Outcome;
use crate::simulate::history::{History, PastInvoice};
use crate::simulate::postage::{Postage, exact, sent};
use crate::simulate::story::zone_of;
use crate::workflow::provider::{PriceList, Priced};

/// Payments within so many days after a step are counted apart.
pub const SOON_DAYS: i64 = 7;

/// Five figures of a row of numbers, each a member of it (no mean of two), and its size.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Distribution {
    /// How many.
    pub count: usize,
    /// The least.
    pub min: i64,
    /// A quarter is not above it.
    pub p25: i64,
    /// Half is not above it.
    pub median: i64,
    /// Three quarters are not above it.
    pub p75: i64,
    /// Nine tenths are not above it.
    pub p90: i64,
    /// The greatest.
    pub max: i64,
}

impl Distribution {
    /// Of `values`, in any order; `None` of none.
    pub fn of(mut values: Vec<i64>) -> Option<Self> {
        values.sort_unstable();
        let last = values.len().checked_sub(1)?;
        // The smallest value that so many per cent are not above.
        let at = |per_cent: usize| values[(values.len() * per_cent).div_ceil(100).max(1) - 1];
        let (p25, median, p75, p90) = (at(25), at(50), at(75), at(90));
        Some(Self { count: values.len(), min: values[0], p25, median, p75, p90, max: values[last] })
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepMeasured {
    /// Its workflow.
    pub workflow: String,
    /// Its id.
    pub step: String,
    /// Its place in the workflow.
    #[serde(skip)]
    pub place: usize,
    /// Notices it sent, by channel or letter service.
    pub notices: BTreeMap<&'static str, usize>,
    /// What they cost, by currency, as far as prices are known.
    pub postage: BTreeMap<&'static str, String>,
    /// Notices without a known price.
    pub unpriced: usize,
    /// Invoices on which it was done.
    pub invoices: usize,
    /// Of these, the invoices that were paid after it.
    pub preceded_payment: usize,
    /// Of these, the invoices for which nothing later was done before they were paid.
    pub last_before_payment: usize,
    /// Of those it preceded, the ones paid within seven days.
    pub within_seven_days: usize,
    /// Days from the step to the payment, the middle one.
    pub median_days_to_payment: Option<i64>,
}

/// How late invoices were when their debtor was first written to about them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FirstContact {
    /// The figures, in days after the due date; below zero before it.
    pub days_overdue: Option<Distribution>,
    /// How many in each range, in order.
    pub ranges: Vec<(&'static str, usize)>,
}

/// A phase and what reached it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PhaseReached {
    /// The phase.
    pub phase: &'static str,
    /// Invoices of which a step of it was done.
    pub invoices: usize,
    /// Their totals, by currency.
    pub amounts: BTreeMap<&'static str, String>,
}

/// Invoices of one group of the history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GroupMeasured {
    /// All of them.
    pub invoices: usize,
    /// Those that were written about.
    pub contacted: usize,
}

/// Invoices nobody was written to about, by what kept it from happening.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NeverContacted {
    /// Paid before the first step that writes came.
    pub paid_first: usize,
    /// The same, and in dispute meanwhile.
    pub paid_in_dispute: usize,
    /// Below the smallest balance that the policy writes about.
    pub below_minimum: usize,
    /// No workflow of the policy takes them.
    pub not_taken: usize,
    /// Still open on the last day.
    pub still_open: usize,
}

impl NeverContacted {
    /// All of them.
    pub fn total(&self) -> usize {
        self.paid_first + self.paid_in_dispute + self.below_minimum + self.not_taken + self.still_open
    }
}

/// What one policy would have done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// Its name.
    pub policy: String,
    /// Invoices that were replayed.
    pub invoices: usize,
    /// Invoices of which at least one step wrote.
    pub contacted: usize,
    /// The others.
    pub never_contacted: NeverContacted,
    /// Notices, all channels.
    pub notices: usize,
    /// By channel or letter service.
    pub notices_by_service: BTreeMap<&'static str, usize>,
    /// What they cost, by currency, as far as prices are known.
    pub postage: BTreeMap<&'static str, String>,
    /// Notices without a known price, by channel or letter service.
    pub unpriced: BTreeMap<&'static str, usize>,
    /// Tasks for people.
    pub tasks: usize,
    /// Each step, in the order of the files.
    pub steps: Vec<StepMeasured>,
    /// How late invoices were at first contact.
    pub first_contact: FirstContact,
    /// Contacts (days on which something was sent) of each debtor, those never written to included.
    pub contacts_per_debtor: Option<Distribution>,
    /// Debtors.
    pub debtors: usize,
    /// Phases, in their order.
    pub phases: Vec<PhaseReached>,
    /// Invoices by group, where the history has groups.
    pub groups: BTreeMap<String, GroupMeasured>,
}

/// One invoice with its case.
struct Replayed<'a> {
    past: &'a PastInvoice,
    case: Option<&'a Case>,
    /// Whether some workflow of the policy takes it.
    is_taken: bool,
}

impl<'a> Replayed<'a> {
    fn done(&self) -> impl Iterator<Item = &'a StepRecord> {
        self.case.into_iter().flat_map(|case| &case.journal).filter(|record| record.outcome == StepOutcome::Done)
    }

    /// The first day something was sent because of this invoice's own steps.
    fn first_written(&self) -> Option<NaiveDate> {
        self.done().filter(|record| !record.notices.is_empty()).map(|record| record.day).min()
    }
}

pub(super) fn measure(
    policy: String,
    history: &History,
    outcome: &Outcome,
    book: &Book,
    prices: &PriceList,
) -> Measured {
    let cases: HashMap<&InvoiceId, &Case> = outcome.accounts.iter().flat_map(|account| &account.cases).collect();
    let not_taken = |entry: &&Entry| matches!(entry.reason, Some(Reason::NoWorkflow | Reason::WorkflowUnknown));
    let not_taken: BTreeSet<&InvoiceId> =
        outcome.entries.iter().filter(not_taken).flat_map(|entry| &entry.invoices).collect();
    let replayed: Vec<Replayed<'_>> = history
        .invoices
        .iter()
        .map(|past| {
            let id = InvoiceId::new(past.invoice.as_str());
            Replayed { past, case: cases.get(&id).copied(), is_taken: !not_taken.contains(&id) }
        })
        .collect();
    // A case that ended before anything was done for it names no workflow, so the least minimum of all counts.
    let minimum = book.newest.values().map(|workflow| workflow.minimum_balance).min().unwrap_or_default();
    let postage = Postage::of(&outcome.accounts, prices);
    let mut by_service: BTreeMap<&'static str, usize> = BTreeMap::new();
    for notice in outcome.accounts.iter().flat_map(sent) {
        *by_service.entry(Priced::of(notice.channel, notice.service).as_str()).or_default() += 1;
    }
    Measured {
        policy,
        invoices: replayed.len(),
        contacted: replayed.iter().filter(|one| one.first_written().is_some()).count(),
        never_contacted: never_contacted(&replayed, minimum),
        notices: by_service.values().sum(),
        notices_by_service: by_service,
        postage: sums(&postage),
        unpriced: postage.unknown.iter().map(|(what, count)| (what.as_str(), *count)).collect(),
        tasks: outcome.accounts.iter().map(|account| account.tasks.len()).sum(),
        steps: steps(&replayed, outcome, book, prices),
        first_contact: first_contact(&replayed),
        contacts_per_debtor: Distribution::of(outcome.accounts.iter().map(|account| contacts(account, book)).collect()),
        debtors: outcome.accounts.len(),
        phases: phases(&replayed, book),
        groups: groups(&replayed),
    }
}

fn sums(postage: &Postage) -> BTreeMap<&'static str, String> {
    postage.known.iter().map(|(currency, amount)| (currency.code(), exact(*amount, *currency))).collect()
}

fn never_contacted(replayed: &[Replayed<'_>], minimum: Decimal) -> NeverContacted {
    let mut counts = NeverContacted::default();
    for one in replayed.iter().filter(|one| one.first_written().is_none()) {
        let state = one.case.map(|case| case.state);
        let count = match state {
            _ if !one.is_taken => &mut counts.not_taken,
            _ if one.past.amount < minimum => &mut counts.below_minimum,
            Some(CaseState::Settled) if one.past.dispute.is_some() => &mut counts.paid_in_dispute,
            Some(CaseState::Settled) => &mut counts.paid_first,
            _ => &mut counts.still_open,
        };
        *count += 1;
    }
    counts
}

/// The days of an account on which something left.
fn contacts(account: &Account, book: &Book) -> i64 {
    let zone = zone_of(account, book);
    let days: BTreeSet<NaiveDate> =
        sent(account).filter_map(|notice| Some(notice.accepted_at?.with_timezone(&zone).date_naive())).collect();
    i64::try_from(days.len()).unwrap_or(i64::MAX)
}

fn steps(replayed: &[Replayed<'_>], outcome: &Outcome, book: &Book, prices: &PriceList) -> Vec<StepMeasured> {
    let mut measured: Vec<StepMeasured> = Vec::new();
    for workflow in book.newest.values() {
        for (place, step) in workflow.steps.iter().enumerate() {
            let mut one = StepMeasured {
                workflow: workflow.name.to_string(),
                step: step.id.to_string(),
                place,
                notices: BTreeMap::new(),
                postage: BTreeMap::new(),
                unpriced: 0,
                invoices: 0,
                preceded_payment: 0,
                last_before_payment: 0,
                within_seven_days: 0,
                median_days_to_payment: None,
            };
            let mut postage = Postage::default();
            for notice in outcome.accounts.iter().flat_map(sent) {
                if notice.workflow == workflow.name && notice.step == step.id {
                    *one.notices.entry(Priced::of(notice.channel, notice.service).as_str()).or_default() += 1;
                    postage.add(notice, prices);
                }
            }
            (one.postage, one.unpriced) = (sums(&postage), postage.unknown.values().sum());
            let mut days = Vec::new();
            for invoice in replayed {
                let takes = |case: &Case| case.workflow.as_ref().is_some_and(|(name, _)| *name == workflow.name);
                if !invoice.case.is_some_and(takes) {
                    continue;
                }
                let Some(record) =
                    invoice.done().filter(|record| record.step == step.id).min_by_key(|it| it.occurrence)
                else {
                    continue;
                };
                one.invoices += 1;
                let Some(paid) = invoice.past.settled_on.filter(|paid| *paid > record.day) else { continue };
                one.preceded_payment += 1;
                let last = invoice.done().filter(|other| other.day < paid).max_by_key(|other| other.at);
                one.last_before_payment += usize::from(last.is_some_and(|last| last.step == step.id));
                let waited = (paid - record.day).num_days();
                one.within_seven_days += usize::from(waited <= SOON_DAYS);
                days.push(waited);
            }
            one.median_days_to_payment = Distribution::of(days).map(|days| days.median);
            measured.push(one);
        }
    }
    measured
}

/// Ranges of days overdue, each with its first and last day.
const RANGES: [(&str, i64, i64); 8] = [
    ("before or on the due date", i64::MIN, 0),
    ("1 to 3 days", 1, 3),
    ("4 to 7 days", 4, 7),
    ("8 to 14 days", 8, 14),
    ("15 to 30 days", 15, 30),
    ("31 to 60 days", 31, 60),
    ("61 to 90 days", 61, 90),
    ("more than 90 days", 91, i64::MAX),
];

fn first_contact(replayed: &[Replayed<'_>]) -> FirstContact {
    let days: Vec<i64> =
        replayed.iter().filter_map(|one| Some((one.first_written()? - one.past.due_on).num_days())).collect();
    let within = |from: i64, to: i64| days.iter().filter(|day| (from..=to).contains(*day)).count();
    let ranges = RANGES.iter().map(|(name, from, to)| (*name, within(*from, *to))).collect();
    FirstContact { ranges, days_overdue: Distribution::of(days) }
}

fn phases(replayed: &[Replayed<'_>], book: &Book) -> Vec<PhaseReached> {
    let phase_of = |case: &Case, record: &StepRecord| {
        let workflow = book.revision(case.workflow.as_ref()?)?;
        Some(workflow.step(&record.step)?.1.phase)
    };
    let reached = |phase: Phase| {
        let (mut invoices, mut amounts) = (0, BTreeMap::<_, Decimal>::new());
        for one in replayed {
            let Some(case) = one.case else { continue };
            if one.done().any(|record| phase_of(case, record) == Some(phase)) {
                invoices += 1;
                *amounts.entry(one.past.currency).or_default() += one.past.amount;
            }
        }
        let amounts = amounts.into_iter().map(|(currency, sum)| (currency.code(), exact(sum, currency))).collect();
        PhaseReached { phase: phase.as_str(), invoices, amounts }
    };
    [Phase::Prevention, Phase::Reminder, Phase::FormalNotice, Phase::Legal].into_iter().map(reached).collect()
}

fn groups(replayed: &[Replayed<'_>]) -> BTreeMap<String, GroupMeasured> {
    let mut groups: BTreeMap<String, GroupMeasured> = BTreeMap::new();
    for one in replayed {
        let Some(group) = &one.past.group else { continue };
        let counts = groups.entry(group.clone()).or_default();
        counts.invoices += 1;
        counts.contacted += usize::from(one.first_written().is_some());
    }
    groups
}
