//! The loop: from one moment at which something is known or due to the next.
//!
//! Accounts never touch one another, so each is run on its own and all of them on every core.

use std::collections::BTreeSet;
use std::num::NonZero;

use chrono::{DateTime, Months, NaiveDate, Utc};

use super::assume::Assumption;
use super::route::Routed;
use super::{Input, Numbered, RefusedLine};
use crate::domain::event::{Event, FactKind, Refusal};
use crate::domain::{
    Account, AccountKey, Channel, Entry, Fact, Facts, InvoiceId, Notice, NoticeRef, NoticeReported, NoticeState,
    Reason, TaskRef, Version,
};
use crate::engine::{Book, decide};

/// How long after the last event a simulation without an end goes on: longer than any escalation.
pub const LOOK_AHEAD_MONTHS: u32 = 36;
/// How often one instant is decided before the account counts as stalled: a decision settles in two or three.
const ROUNDS_MAX: usize = 100;

/// What a simulation is asked.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The last civil day, in the workflow's zone; without it until nothing is left, at most three years after
    /// the last event.
    pub until: Option<NaiveDate>,
    /// Proofs that are taken to come where the events have none.
    pub assume: Vec<Assumption>,
}

/// What happened.
#[derive(Debug, Default)]
pub struct Outcome {
    /// In the order of the timeline.
    pub entries: Vec<Entry>,
    /// The accounts as they stand at the end.
    pub accounts: Vec<Account>,
    /// Events that would be put in quarantine, by line.
    pub refused: Vec<RefusedLine>,
    /// Accounts that the engine could not settle: a defect of relance, never of the input.
    pub stalled: Vec<AccountKey>,
}

/// Runs `input` through `book`, on every core.
pub fn simulate(book: &Book, input: Input, options: &Options) -> Outcome {
    simulate_on(std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN), book, input, options)
}

/// The same on so many threads; what comes out does not depend on their number.
pub fn simulate_on(threads: NonZero<usize>, book: &Book, input: Input, options: &Options) -> Outcome {
    let routed = Routed::of(input);
    let horizon = horizon(&routed, options);
    run_all(threads, &Run { book, options, routed: &routed, horizon })
}

/// Runs what is known at `at` through `book`, up to that instant.
pub fn stand_at(book: &Book, mut input: Input, at: DateTime<Utc>) -> Outcome {
    input.events.retain(|numbered| numbered.event.time <= at);
    let threads = std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let (routed, options) = (Routed::of(input), Options::default());
    run_all(threads, &Run { book, options: &options, routed: &routed, horizon: at })
}

fn run_all(threads: NonZero<usize>, run: &Run<'_>) -> Outcome {
    let routed = run.routed;
    let keys: Vec<&AccountKey> = routed.of_account.keys().collect();
    let threads = threads.get().clamp(1, keys.len().max(1));
    let lanes: Vec<Vec<Lane<'_>>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|first| {
                let keys = &keys;
                scope.spawn(move || keys.iter().skip(first).step_by(threads).map(|key| run.account(key)).collect())
            })
            .collect();
        // A worker that panicked passes its panic on: nothing is swallowed.
        workers.into_iter().map(|worker| worker.join().unwrap_or_else(|why| std::panic::resume_unwind(why))).collect()
    });
    let mut outcome = Outcome { refused: routed.refused.clone(), ..Outcome::default() };
    let mut taken = BTreeSet::new();
    for lane in lanes.into_iter().flatten() {
        if lane.stalled {
            outcome.stalled.push(lane.account.key.clone());
        }
        outcome.entries.extend(lane.entries);
        outcome.accounts.push(lane.account);
        taken.extend(lane.taken);
    }
    for index in routed.floating.values().flatten().filter(|index| !taken.contains(index)) {
        outcome.refused.push(no_such(&routed.events[*index]));
    }
    outcome.refused.sort_by_key(|refused| refused.line);
    outcome.accounts.sort_by(|a, b| a.key.cmp(&b.key));
    outcome.entries.sort_by(Entry::order);
    outcome
}

fn no_such(Numbered { line, event }: &Numbered) -> RefusedLine {
    let field = if matches!(event.fact, Fact::TaskAnswered(_)) { "data.task" } else { "data.notice" };
    let reason = "names what does not exist in this simulation".to_owned();
    RefusedLine { line: *line, id: Some(event.id.clone()), refusal: Refusal { field: field.to_owned(), reason } }
}

fn horizon(routed: &Routed, options: &Options) -> DateTime<Utc> {
    let last = routed.events.last().map_or(DateTime::UNIX_EPOCH, |last| last.event.time);
    match options.until {
        Some(_) => DateTime::<Utc>::MAX_UTC,
        None => last.checked_add_months(Months::new(LOOK_AHEAD_MONTHS)).unwrap_or(DateTime::<Utc>::MAX_UTC),
    }
}

struct Run<'a> {
    book: &'a Book,
    options: &'a Options,
    routed: &'a Routed,
    horizon: DateTime<Utc>,
}

/// One account on its way through time.
struct Lane<'a> {
    account: Account,
    entries: Vec<Entry>,
    wake_at: Option<DateTime<Utc>>,
    /// Events that name a task or notice which does not exist yet.
    parked: Vec<usize>,
    /// Those that found it.
    taken: Vec<usize>,
    /// Proofs that are assumed and not yet come, soonest first, with the notice they are of.
    assumed: Vec<(DateTime<Utc>, Fact)>,
    /// What rests on an assumption: invoices, place of the step that gave the deadline, and the words for it.
    rests: Vec<(Vec<InvoiceId>, usize, String)>,
    stalled: bool,
    events: std::iter::Peekable<Merged<'a>>,
}

impl<'a> Run<'a> {
    fn account(&self, key: &AccountKey) -> Lane<'a> {
        let of = |lists: Option<&'a Vec<usize>>| lists.map_or(&[][..], Vec::as_slice);
        let merged = Merged {
            lists: [
                of(self.routed.of_account.get(key)),
                of(self.routed.of_creditor.get(&key.creditor)),
                of(self.routed.floating.get(&key.creditor)),
            ],
        };
        let mut lane = Lane {
            account: Account::new(key.clone()),
            entries: Vec::new(),
            wake_at: None,
            parked: Vec::new(),
            taken: Vec::new(),
            assumed: Vec::new(),
            rests: Vec::new(),
            stalled: false,
            events: merged.peekable(),
        };
        while let Some(now) = self.next_moment(&mut lane) {
            if self.learn(&mut lane, now) || lane.wake_at.is_some_and(|wake_at| wake_at <= now) {
                self.settle(&mut lane, now);
            }
            if lane.stalled {
                break;
            }
        }
        lane
    }

    /// The next instant at which something becomes known or due, unless it is past the end.
    fn next_moment(&self, lane: &mut Lane<'_>) -> Option<DateTime<Utc>> {
        let event = lane.events.peek().map(|index| self.routed.events[*index].event.time);
        let proof = lane.assumed.first().map(|(at, _)| *at);
        let next = [event, lane.wake_at, proof].into_iter().flatten().min()?;
        (next <= self.horizon && self.is_within(lane, next)).then_some(next)
    }

    fn is_within(&self, lane: &Lane<'_>, at: DateTime<Utc>) -> bool {
        let Some(until) = self.options.until else { return true };
        at.with_timezone(&self.zone(&lane.account)).date_naive() <= until
    }

    /// The zone of the account's workflow; before one is chosen, that of the first workflow in the book.
    fn zone(&self, account: &Account) -> chrono_tz::Tz {
        let chosen = account.cases.values().find_map(|case| self.book.revision(case.workflow.as_ref()?));
        chosen.or_else(|| self.book.newest.values().next()).map_or(chrono_tz::UTC, |workflow| workflow.timezone)
    }

    /// Applies what becomes known at `now`; whether anything asks for a decision.
    fn learn(&self, lane: &mut Lane<'_>, now: DateTime<Utc>) -> bool {
        let mut decides = false;
        while let Some(index) = lane.events.next_if(|index| self.routed.events[*index].event.time <= now) {
            let event = &self.routed.events[index].event;
            if event.awaits.as_deref().is_some_and(|name| name.starts_with("task:") || name.starts_with("notice:")) {
                lane.parked.push(index);
                decides |= self.unpark(lane);
                continue;
            }
            if event.debtor.as_ref().is_some_and(|debtor| *debtor != lane.account.key.debtor) {
                forget(&mut lane.account.facts, event);
                decides = true;
                continue;
            }
            let changed = lane.account.facts.apply(&event.identity(), event.version.clone(), event.fact.clone());
            decides |= changed && (!matches!(event.fact, Fact::PaymentsSynced(_)) || feed_matters(lane));
        }
        while let Some((at, _)) = lane.assumed.first().filter(|(at, _)| *at <= now) {
            let version = Version { time: *at, sequence: 0, id: format!("assumed-{}", lane.rests.len()) };
            let (_, fact) = lane.assumed.remove(0);
            decides |= lane.account.facts.apply(&format!("{}-{}", version.id, version.time), version, fact);
        }
        decides
    }

    /// Gives parked events to the task or notice they name, once it exists.
    fn unpark(&self, lane: &mut Lane<'_>) -> bool {
        let (account, taken) = (&mut lane.account, &mut lane.taken);
        let mut found = false;
        lane.parked.retain(|index| {
            let event = &self.routed.events[*index].event;
            let exists = match &event.fact {
                Fact::TaskAnswered(answer) => matches!(&answer.task, TaskRef::Id(id) if account.tasks.contains_key(id)),
                Fact::NoticeReported(report) => {
                    matches!(&report.notice, NoticeRef::Id(id) if account.notices.contains_key(id))
                }
                _ => false,
            };
            if exists {
                found |= account.facts.apply(&event.identity(), event.version.clone(), event.fact.clone());
                taken.push(*index);
            }
            !exists
        });
        found
    }

    /// Decides until nothing changes any more at `now`.
    fn settle(&self, lane: &mut Lane<'_>, now: DateTime<Utc>) {
        for _ in 0..ROUNDS_MAX {
            let decision = decide(&lane.account, self.book, now);
            lane.account.carry_out(&decision);
            let mut goes_on = !decision.is_empty();
            lane.wake_at = decision.wake_at;
            for mut entry in decision.entries {
                mark(&lane.rests, &mut entry);
                lane.entries.push(entry);
            }
            goes_on |= self.accept(lane, now);
            goes_on |= self.unpark(lane);
            if !goes_on {
                lane.stalled = lane.wake_at.is_some_and(|wake_at| wake_at <= now);
                return;
            }
        }
        lane.stalled = true;
    }

    /// Every ordered notice is accepted by its provider at once.
    fn accept(&self, lane: &mut Lane<'_>, now: DateTime<Utc>) -> bool {
        let ordered: Vec<_> =
            lane.account.notices.values().filter(|it| it.state == NoticeState::Ordered).map(|it| it.id).collect();
        for id in &ordered {
            let Some(notice) = lane.account.notices.get_mut(id) else { continue };
            notice.state = NoticeState::Accepted;
            notice.accepted_at = Some(now);
            // What it stated of late charges is told later; the rest is only worth its memory until it left.
            notice.content = notice.content.take().filter(|content| !content.charges.is_empty());
            let notice = notice.clone();
            self.assume_proof(lane, &notice, now);
        }
        !ordered.is_empty()
    }

    fn assume_proof(&self, lane: &mut Lane<'_>, notice: &Notice, now: DateTime<Utc>) {
        if notice.channel != Channel::Letter || self.options.assume.is_empty() {
            return;
        }
        let Some(workflow) = self.book.revision(&(notice.workflow.clone(), notice.revision.clone())) else {
            return;
        };
        let Some((place, step)) = workflow.step(&notice.step) else { return };
        let Some(deadline) = &step.deadline else { return };
        let Some(assumption) = self.options.assume.iter().find(|it| it.status == deadline.after) else { return };
        if self.has_proof(lane, notice) {
            return;
        }
        let debtor = lane.account.facts.debtor.as_ref().map(|known| &known.fact);
        let address = debtor.and_then(|debtor| debtor.address.as_ref());
        let zone = self.book.zone(debtor, workflow);
        let calendar = self.book.calendar(&workflow.jurisdiction, address);
        let day = assumption.day_after(now.with_timezone(&zone).date_naive(), calendar);
        let at = Assumption::moment(day, zone).max(now);
        let status = assumption.status.as_str();
        let words = format!("assumed: the letter of {} was {status} on {day}; no event says so", notice.step);
        let invoices = notice.lines.iter().map(|line| line.invoice.clone()).collect();
        lane.rests.push((invoices, place, words));
        let reported = NoticeReported { notice: NoticeRef::Id(notice.id), status: assumption.status, at, proof: None };
        let place = lane.assumed.partition_point(|(other, _)| *other <= at);
        lane.assumed.insert(place, (at, Fact::NoticeReported(reported)));
    }

    /// Whether any event, known yet or not, reports on that letter.
    fn has_proof(&self, lane: &Lane<'_>, notice: &Notice) -> bool {
        let key = &lane.account.key;
        let lists = [self.routed.of_account.get(key), self.routed.floating.get(&key.creditor)];
        lists.into_iter().flatten().flatten().any(|index| match &self.routed.events[*index].event.fact {
            Fact::NoticeReported(report) => match &report.notice {
                NoticeRef::Id(id) => *id == notice.id,
                NoticeRef::ProviderId(_) => false,
                NoticeRef::Step { invoice, step, .. } => {
                    notice.lines.iter().any(|line| line.invoice == *invoice && line.step == *step)
                }
            },
            _ => false,
        })
    }
}

/// A feed that moves on changes something only for an account it holds back, or whose next moment is not known.
/// Otherwise the next decision finds the newest feed by itself.
fn feed_matters(lane: &Lane<'_>) -> bool {
    let holds = lane.account.cases.values().any(|case| case.held.contains(&Reason::StaleFeed));
    holds || (lane.wake_at.is_none() && !lane.account.facts.invoices.is_empty())
}

/// Takes out what `event` states for another debtor.
fn forget(facts: &mut Facts, event: &Event) {
    let key = event.key.as_str();
    match event.kind {
        FactKind::Payment => drop(facts.payments.remove(key)),
        FactKind::CreditNote => drop(facts.credit_notes.remove(key)),
        FactKind::DisputeOpened => drop(facts.disputes.remove(key)),
        FactKind::PromiseMade => drop(facts.promises.remove(key)),
        FactKind::PlanAgreed => drop(facts.plans.remove(key)),
        FactKind::HoldPlaced => drop(facts.holds.remove(key)),
        FactKind::ChargesClaimed => drop(facts.charges_claimed.remove(key)),
        FactKind::ChargesWaived => drop(facts.charges_waived.remove(key)),
        FactKind::LimitationInterrupted => drop(facts.interruptions.remove(key)),
        // Invoices do not move, and the rest belongs to its debtor by its own identity.
        _ => {}
    }
}

/// Says which assumption an entry rests on: those of later steps of its cases.
fn mark(rests: &[(Vec<InvoiceId>, usize, String)], entry: &mut Entry) {
    let on = rests.iter().filter(|(invoices, place, _)| {
        entry.place > *place && entry.invoices.iter().any(|invoice| invoices.contains(invoice))
    });
    entry.because.extend(on.map(|(_, _, words)| words.clone()).collect::<Vec<_>>());
}

/// Places of events from several lists, each ascending, in one ascending row.
struct Merged<'a> {
    lists: [&'a [usize]; 3],
}

impl Iterator for Merged<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let list = self.lists.iter_mut().filter(|list| !list.is_empty()).min_by_key(|list| list[0])?;
        let (first, rest) = list.split_first()?;
        *list = rest;
        Some(*first)
    }
}
