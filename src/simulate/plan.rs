//! What an edit of a workflow changes for running cases, before it is deployed: the classes of a plan.
//!
//! Both sides are the engine's own answers: the case where it stands, and the case moved. Nothing is moved here.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::domain::{
    Account, Channel, Currency, InvoiceId, Kind, LetterService, NoticeState, Reason, Revision, StepId, StepOutcome,
    Task, TaskState, WorkflowName,
};
use crate::engine::{Book, StepAhead, Unsafe, decide, ledger, move_cases, steps_ahead};

/// How far ahead a plan looks for what would fire.
const FIRES_WITHIN: Duration = Duration::hours(24);
/// Bounds how often an account is decided within those hours.
const ROUNDS_MAX: usize = 50;

/// What an edit does to a running case. A case may be in several; one that stays where it is may be in none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// It moves, and none of the others is true of it: the same steps on the same planned days.
    Unchanged,
    /// A step that is still ahead of it under both revisions has another planned day.
    DateMoved,
    /// It gets a step that is new to it and whose planned day is today or later.
    StepAdded,
    /// A step that was still ahead of it is gone.
    StepRemoved,
    /// Within 24 hours it would do a step that it would not do in that time where it stands.
    FiresNow,
    /// A step that is new to it was planned before today: it is skipped, or made up for where it says `backfill`.
    StepPast,
    /// A task or approval is open whose step is gone.
    TaskOrphaned,
    /// A deadline it was given runs, or waits for its proof: it stays on its revision.
    FormalNoticeRunning,
}

impl Class {
    /// Every class, in the order in which plans show them.
    pub const ALL: [Self; 8] = [
        Self::Unchanged,
        Self::DateMoved,
        Self::StepAdded,
        Self::StepRemoved,
        Self::FiresNow,
        Self::StepPast,
        Self::TaskOrphaned,
        Self::FormalNoticeRunning,
    ];

    /// The name used in plans and by `--accept`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::DateMoved => "date-moved",
            Self::StepAdded => "step-added",
            Self::StepRemoved => "step-removed",
            Self::FiresNow => "fires-now",
            Self::StepPast => "step-past",
            Self::TaskOrphaned => "task-orphaned",
            Self::FormalNoticeRunning => "formal-notice-running",
        }
    }

    /// Whether moving waits until somebody has accepted it with its exact count.
    pub fn blocks(self) -> bool {
        matches!(self, Self::FiresNow | Self::StepPast | Self::TaskOrphaned | Self::FormalNoticeRunning)
    }
}

/// What would be sent: by which channel, by which service of the post, and by the provider that its step names.
pub type Post = (Channel, Option<LetterService>, Option<String>);

/// What an edit does to one running case.
#[derive(Clone, Debug, PartialEq)]
pub struct CasePlan {
    /// The case.
    pub invoice: InvoiceId,
    /// The currency of `amount`.
    pub currency: Currency,
    /// What is owed on it and not disputed.
    pub amount: Decimal,
    /// What the edit does to it.
    pub classes: BTreeSet<Class>,
    /// Why it stays where it is, where it does.
    pub stays: Option<Unsafe>,
    /// The notices that would leave within 24 hours because of the edit; one about several cases stands at one.
    pub posts: Vec<Post>,
}

/// Cases of one class.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// How many.
    pub count: usize,
    /// What is owed on them and not disputed, by currency.
    pub amounts: BTreeMap<Currency, Decimal>,
}

/// What an edit does to all running cases.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Running cases on another revision.
    pub cases: usize,
    /// By class; without the empty ones.
    pub classes: BTreeMap<Class, Tally>,
    /// Cases that stay where they are, by reason.
    pub stays: BTreeMap<Unsafe, usize>,
    /// Notices that would leave within 24 hours because of the edit.
    pub posts: BTreeMap<Post, usize>,
}

impl Plan {
    /// Counts one case.
    pub fn add(&mut self, case: &CasePlan) {
        self.cases += 1;
        for class in &case.classes {
            let tally = self.classes.entry(*class).or_default();
            tally.count += 1;
            *tally.amounts.entry(case.currency).or_default() += case.amount;
        }
        if let Some(why) = case.stays {
            *self.stays.entry(why).or_default() += 1;
        }
        for post in &case.posts {
            *self.posts.entry(post.clone()).or_default() += 1;
        }
    }

    /// Counts what another part of the book came to.
    pub fn merge(&mut self, other: Self) {
        self.cases += other.cases;
        for (class, tally) in other.classes {
            let mine = self.classes.entry(class).or_default();
            mine.count += tally.count;
            for (currency, amount) in tally.amounts {
                *mine.amounts.entry(currency).or_default() += amount;
            }
        }
        for (why, count) in other.stays {
            *self.stays.entry(why).or_default() += count;
        }
        for (post, count) in other.posts {
            *self.posts.entry(post).or_default() += count;
        }
    }

    /// The classes that keep cases from being moved, unless `accepted` names them with their exact count.
    pub fn unaccepted(&self, accepted: &BTreeMap<Class, usize>) -> Vec<(Class, usize)> {
        let counts = self.classes.iter().map(|(class, tally)| (*class, tally.count));
        counts.filter(|(class, count)| class.blocks() && accepted.get(class) != Some(count)).collect()
    }
}

/// What moving the open cases of `workflow` to `to` would do to each of them, on the account as it stands at `now`.
pub fn assess(
    account: &Account,
    book: &Book,
    workflow: &WorkflowName,
    to: &Revision,
    now: DateTime<Utc>,
) -> Vec<CasePlan> {
    let moved = move_cases(account, book, workflow, to, now);
    if moved.cases.is_empty() && moved.stays.is_empty() {
        return Vec::new();
    }
    let ledger = ledger(&account.facts, book);
    let mut there = account.clone();
    there.carry_out(&moved.decision());
    let (before, after) = (steps_ahead(account, book, now), steps_ahead(&there, book, now));
    let (here, there) = (fires(account, book, now), fires(&there, book, now));
    let mut plans = Vec::new();
    let stays = moved.stays.iter().map(|(invoice, why)| (invoice, Some(*why)));
    for (invoice, stays) in moved.cases.iter().map(|case| (&case.invoice, None)).chain(stays) {
        let Some(balance) = ledger.balances.get(invoice) else { continue };
        let (old, new) = (steps_of(&before, invoice), steps_of(&after, invoice));
        let skipped = moved.entries.iter().any(|entry| {
            entry.kind == Kind::Skipped && entry.reason == Some(Reason::StepNew) && entry.invoices.contains(invoice)
        });
        let mut plan = CasePlan {
            invoice: invoice.clone(),
            currency: balance.currency,
            amount: balance.undisputed(),
            classes: BTreeSet::new(),
            stays,
            posts: Vec::new(),
        };
        if has_orphan(account, book, invoice, workflow, to) {
            plan.classes.insert(Class::TaskOrphaned);
        }
        match stays {
            Some(Unsafe::RunningDeadline) => drop(plan.classes.insert(Class::FormalNoticeRunning)),
            Some(_) => {}
            None => {
                plan.classes.extend(differences(account, invoice, (old, new)));
                plan.classes.extend(skipped.then_some(Class::StepPast));
                fire(&mut plan, &here, &there, new);
                if plan.classes.is_empty() {
                    plan.classes.insert(Class::Unchanged);
                }
            }
        }
        plans.push(plan);
    }
    plans
}

fn steps_of<'s>(ahead: &'s BTreeMap<InvoiceId, Vec<StepAhead>>, invoice: &InvoiceId) -> &'s [StepAhead] {
    ahead.get(invoice).map_or(&[], Vec::as_slice)
}

/// The classes that follow from the steps before and after.
fn differences(
    account: &Account,
    invoice: &InvoiceId,
    (before, after): (&[StepAhead], &[StepAhead]),
) -> BTreeSet<Class> {
    let same = |a: &StepAhead, b: &StepAhead| a.names.contains(&b.step) || b.names.contains(&a.step);
    let mut classes = BTreeSet::new();
    for step in after.iter().filter(|step| !step.is_over) {
        match before.iter().find(|old| same(step, old)) {
            Some(old) if !old.is_over && old.planned != step.planned => drop(classes.insert(Class::DateMoved)),
            Some(_) => {}
            None if step.is_past => drop(classes.insert(Class::StepPast)),
            None => drop(classes.insert(Class::StepAdded)),
        }
    }
    let journal = account.cases.get(invoice).map_or(&[][..], |case| &case.journal);
    let is_gone = |old: &&StepAhead| {
        let done = journal.iter().any(|line| line.is_of(&old.step) && line.outcome != StepOutcome::Ordered);
        !old.is_over && !done && !after.iter().any(|step| same(step, old))
    };
    if before.iter().any(|old| is_gone(&old)) {
        classes.insert(Class::StepRemoved);
    }
    classes
}

/// Whether a task of the case is open whose step the new revision does not have.
fn has_orphan(account: &Account, book: &Book, invoice: &InvoiceId, workflow: &WorkflowName, to: &Revision) -> bool {
    let Some(target) = book.revision(&(workflow.clone(), to.clone())) else { return false };
    let open = |task: &&Task| task.state == TaskState::Open && task.invoices.contains(invoice);
    let journal = account.cases.get(invoice).map_or(&[][..], |case| &case.journal);
    let names = |id: &StepId| {
        let lines = journal.iter().filter(|line| line.is_of(id));
        lines.flat_map(|line| line.also.iter().chain([&line.step])).chain([id]).cloned().collect::<BTreeSet<_>>()
    };
    let lives = |id: &StepId| {
        let names = names(id);
        target.steps.iter().any(|step| !book.names_of(workflow, step).is_disjoint(&names))
    };
    account.tasks.values().filter(open).filter_map(|task| task.step.as_ref()).any(|id| !lives(id))
}

/// An occurrence of a step of a case.
type Occurrence = (InvoiceId, StepId, u32);

/// What an account does within 24 hours if nothing more becomes known.
struct Fires {
    /// The steps that cases begin or do.
    steps: BTreeSet<Occurrence>,
    /// The notices that leave, with the cases and steps they are for.
    posts: Vec<(Post, Vec<Occurrence>)>,
}

fn fires(account: &Account, book: &Book, now: DateTime<Utc>) -> Fires {
    let mut fires = Fires { steps: BTreeSet::new(), posts: Vec::new() };
    let (mut at, end) = (now, now + FIRES_WITHIN);
    let mut later: Option<Account> = None;
    for _ in 0..ROUNDS_MAX {
        let current = later.as_ref().unwrap_or(account);
        let ordered = current.notices.values().any(|notice| notice.state == NoticeState::Ordered);
        let decision = decide(current, book, at);
        if decision.is_empty() && !ordered {
            match decision.wake_at.filter(|wake_at| *wake_at <= end) {
                Some(wake_at) => at = wake_at,
                None => break,
            }
            continue;
        }
        // Only an account of which something happens is copied.
        let current = later.get_or_insert_with(|| account.clone());
        current.carry_out(&decision);
        for notice in current.notices.values_mut().filter(|notice| notice.state == NoticeState::Ordered) {
            notice.state = NoticeState::Accepted;
            notice.accepted_at = Some(at);
            let lines = notice.lines.iter().map(|line| (line.invoice.clone(), line.step.clone(), line.occurrence));
            fires.posts.push(((notice.channel, notice.service, notice.provider.clone()), lines.collect()));
        }
    }
    let Some(later) = later else { return fires };
    for case in later.cases.values() {
        let known = account.cases.get(&case.invoice).map_or(&[][..], |case| &case.journal);
        let begun = case.journal.iter().filter(|line| !matches!(line.outcome, StepOutcome::Skipped(_)));
        let is_new = |line: &&crate::domain::StepRecord| {
            let same = |old: &&crate::domain::StepRecord| old.step == line.step && old.occurrence == line.occurrence;
            known.iter().find(same).is_none_or(|old| old.task.is_none() && old.outcome == StepOutcome::Ordered)
        };
        let steps = begun.filter(is_new).map(|line| (case.invoice.clone(), line.step.clone(), line.occurrence));
        fires.steps.extend(steps);
    }
    fires
}

/// Adds what the case would do within 24 hours only because of the edit.
fn fire(plan: &mut CasePlan, here: &Fires, there: &Fires, after: &[StepAhead]) {
    let names = |id: &StepId| after.iter().find(|step| step.step == *id).map(|step| &step.names);
    let anyway = |(invoice, step, occurrence): &Occurrence| {
        here.steps.iter().any(|(other, old, times)| {
            let same = old == step || names(step).is_some_and(|names| names.contains(old));
            other == invoice && times == occurrence && same
        })
    };
    let mine = |line: &&Occurrence| line.0 == plan.invoice && !anyway(line);
    if !there.steps.iter().any(|line| mine(&line)) {
        return;
    }
    // A notice about several cases is counted once, at the first of those that the edit makes fire.
    let posts =
        there.posts.iter().filter(|(_, lines)| lines.iter().find(|line| !anyway(line)).is_some_and(|line| mine(&line)));
    let posts: Vec<Post> = posts.map(|(post, _)| post.clone()).collect();
    plan.posts = posts;
    plan.classes.insert(Class::FiresNow);
}
