//! What one decision looks at, and what it is putting together.
//!
//! `Scene` is read only: the account, the book, the instant, the ledger. `Outcome` collects. `Walker` is one case
//! being worked on, a copy that becomes part of the decision only if it changed.

mod outcome;

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;

use super::Book;
use super::behaviour::Behaviour;
use super::contacts::Contacts;
use super::days::civil_day;
use super::delivery::{Reports, dead_addresses};
use super::holds::pending_that_counts;
use super::terms::AccountTerms;
use crate::domain::{
    Account, Balance, Case, CaseState, Creditor, Currency, Debtor, Entry, Invoice, InvoiceId, Kind, Ledger, Reason,
    Recorded, StepId, StepOutcome, StepRecord, Task, TaskId, TaskState,
};
use crate::law::Calendar;
use crate::workflow::{Step, Workflow};
pub(super) use outcome::Outcome;

/// What a decision is about; nothing here changes while it is taken.
pub(super) struct Scene<'a> {
    pub account: &'a Account,
    pub book: &'a Book,
    /// When its invoices are due.
    pub terms: AccountTerms<'a>,
    pub now: DateTime<Utc>,
    pub ledger: &'a Ledger,
    pub creditor: Option<&'a Creditor>,
    pub debtor: Option<&'a Debtor>,
    pub contacts: Contacts,
    /// How many promises of the account were broken.
    pub broken_promises: usize,
    /// What carriers reported, by notice.
    pub reports: Reports,
    /// Digests of the addresses that a carrier reported to reach nobody.
    pub dead_addresses: BTreeSet<String>,
    /// How the debtor paid so far, once a condition has asked.
    behaviour: OnceCell<Behaviour>,
    /// All that is owed by currency, once a condition has asked.
    pub owed: OnceCell<BTreeMap<Currency, Decimal>>,
    /// What is overdue by currency and day, once a condition has asked: the sum and how many.
    overdue: RefCell<BTreeMap<(Currency, NaiveDate), (Decimal, usize)>>,
}

/// A reason why a case is kept back, with the sentence that explains it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hold {
    pub reason: Reason,
    pub because: String,
    /// What releases it, where that is not what releases every hold of its reason.
    pub released_by: Option<&'static str>,
}

impl Hold {
    /// A hold that is released as every one of its reason.
    pub fn of(reason: Reason, because: String) -> Self {
        Self { reason, because, released_by: None }
    }
}

/// One case being worked on.
pub(super) struct Walker<'a> {
    pub case: Case,
    pub invoice: &'a Recorded<Invoice>,
    pub balance: &'a Balance,
    pub workflow: Option<&'a Arc<Workflow>>,
    pub due_on: Option<NaiveDate>,
    pub zone: Tz,
    /// The debtor's calendar.
    pub calendar: &'a Calendar,
    /// The calendar of the workflow's own people.
    pub office: &'a Calendar,
    pub today: NaiveDate,
    /// The part of the undisputed balance that money under way covers.
    pub pending: Decimal,
    /// What keeps the whole case back now.
    pub holds: Vec<Hold>,
    /// What keeps its next step back now.
    pub step_holds: Vec<Hold>,
    /// Holds that ended by the calendar, and when: a resumption is that old, however late it is noticed.
    pub ended: Vec<(Reason, DateTime<Utc>)>,
    /// Journal lines whose notices are ordered and unclaimed: decided anew each time.
    pub tentative: Vec<StepRecord>,
}

impl<'a> Scene<'a> {
    /// The scene of an account at `now`; `ledger` is the account's.
    pub fn of(account: &'a Account, book: &'a Book, ledger: &'a Ledger, now: DateTime<Utc>) -> Self {
        let reports = Reports::of(account);
        let terms = AccountTerms::of(&account.facts, book);
        Self {
            account,
            book,
            terms,
            now,
            ledger,
            creditor: account.facts.creditor.as_ref().map(|one| &one.fact),
            debtor: account.facts.debtor.as_ref().map(|one| &one.fact),
            contacts: Contacts::of(account, now),
            broken_promises: 0,
            dead_addresses: dead_addresses(account, &reports),
            reports,
            behaviour: OnceCell::new(),
            owed: OnceCell::new(),
            overdue: RefCell::default(),
        }
    }

    /// How the debtor paid so far. Read once.
    pub fn behaviour(&self) -> &Behaviour {
        self.behaviour.get_or_init(|| Behaviour::of(&self.account.facts, self.ledger, &self.terms))
    }

    /// What is owed and not disputed on the account's invoices in a currency that are overdue on `today`, and how many
    /// they are. Read once for each.
    pub fn overdue(&self, currency: Currency, today: NaiveDate) -> (Decimal, usize) {
        *self.overdue.borrow_mut().entry((currency, today)).or_insert_with(|| {
            let in_currency = self.ledger.balances.iter().filter(|(_, balance)| balance.currency == currency);
            let amounts = in_currency.filter_map(|(id, balance)| {
                let due_on = self.terms.due_on(&self.account.facts.invoices.get(id)?.fact)?;
                (due_on < today && balance.undisputed() > Decimal::ZERO).then(|| balance.undisputed())
            });
            amounts.fold((Decimal::ZERO, 0), |(sum, count), amount| (sum + amount, count + 1))
        })
    }

    /// For how many currencies and days it was read what is overdue.
    #[cfg(test)]
    pub fn overdue_read(&self) -> usize {
        self.overdue.borrow().len()
    }

    /// The zone of the account under a workflow: the debtor's, else the workflow's, else the creditor's.
    pub fn zone(&self, workflow: Option<&Workflow>) -> Tz {
        match workflow {
            Some(workflow) => self.book.zone(self.debtor, workflow),
            None => {
                let debtors = self.debtor.and_then(|debtor| debtor.timezone);
                debtors.or_else(|| self.creditor.map(|creditor| creditor.timezone)).unwrap_or(Tz::UTC)
            }
        }
    }

    /// The case of an invoice, made ready for work.
    pub fn walker(&self, case: Case, invoice: &'a Recorded<Invoice>, balance: &'a Balance) -> Walker<'a> {
        let mut walker = Walker {
            case,
            invoice,
            balance,
            workflow: None,
            due_on: self.terms.due_on(&invoice.fact),
            zone: Tz::UTC,
            calendar: self.book.calendars.of("", None),
            office: self.book.calendars.of("", None),
            today: NaiveDate::MIN,
            pending: Decimal::ZERO,
            holds: Vec::new(),
            step_holds: Vec::new(),
            ended: Vec::new(),
            tentative: Vec::new(),
        };
        self.settle_in(&mut walker);
        walker
    }

    /// Sets what follows from the workflow of a case; called again once one is chosen.
    pub fn settle_in(&self, walker: &mut Walker<'a>) {
        let address = self.debtor.and_then(|debtor| debtor.address.as_ref());
        walker.workflow = walker.case.workflow.as_ref().and_then(|key| self.book.revision(key));
        walker.zone = self.zone(walker.workflow.map(AsRef::as_ref));
        walker.today = civil_day(walker.zone, self.now);
        let jurisdiction = walker.workflow.map_or("", |workflow| workflow.jurisdiction.as_str());
        walker.calendar = self.book.calendar(jurisdiction, address);
        walker.office = self.book.calendar(jurisdiction, None);
        walker.pending = pending_that_counts(walker);
    }

    /// A task as it stands in this decision.
    pub fn task<'b>(&'b self, outcome: &'b Outcome, id: &TaskId) -> Option<&'b Task> {
        outcome.tasks.get(id).or_else(|| self.account.tasks.get(id))
    }

    /// All tasks as they stand in this decision.
    pub fn tasks<'b>(&'b self, outcome: &'b Outcome) -> impl Iterator<Item = &'b Task> {
        let unchanged = self.account.tasks.values().filter(|task| !outcome.tasks.contains_key(&task.id));
        unchanged.chain(outcome.tasks.values())
    }
}

impl<'a> Walker<'a> {
    /// The invoice's id, which is the case's.
    pub fn id(&self) -> &InvoiceId {
        &self.case.invoice
    }

    /// What a notice may claim: the undisputed balance without what a pending payment covers.
    pub fn claimable(&self) -> Decimal {
        self.balance.undisputed() - self.pending
    }

    /// Whether the case is walking.
    pub fn is_open(&self) -> bool {
        self.case.state == CaseState::Open && self.workflow.is_some()
    }

    /// Whether notices may still list it: a case whose steps are all done is listed along with others.
    pub fn is_chased(&self) -> bool {
        matches!(self.case.state, CaseState::Open | CaseState::Exhausted) && self.workflow.is_some()
    }

    /// Whether the undisputed balance is strictly below the workflow's minimum, or nothing is owed.
    pub fn is_below_minimum(&self) -> bool {
        let minimum = self.workflow.map_or(Decimal::ZERO, |workflow| workflow.minimum_balance);
        self.claimable() < minimum || self.claimable() <= Decimal::ZERO
    }

    /// Whether something keeps the case back as a whole.
    pub fn is_held(&self) -> bool {
        !self.holds.is_empty()
    }

    /// Days since the due date, 0 until the day after it.
    pub fn overdue_days(&self) -> i64 {
        self.due_on.map_or(0, |due_on| (self.today - due_on).num_days().max(0))
    }

    /// The journal lines of a step, oldest first.
    pub fn records<'b>(&'b self, step: &'b Step) -> impl Iterator<Item = &'b StepRecord> {
        let named = |record: &&StepRecord| record.is_of(&step.id) || step.is_named(&record.step);
        self.case.journal.iter().filter(named)
    }

    /// The step that a task or a notice of this case names, by whatever name it had when it was ordered.
    pub fn step_named(&self, id: &StepId) -> Option<(usize, &'a Step)> {
        let record = self.case.journal.iter().find(|record| record.is_of(id));
        let workflow = self.workflow?;
        record.and_then(|record| workflow.step(&record.step)).or_else(|| workflow.step(id))
    }

    /// Whether `id` is a name the step has or had in this case.
    pub fn is_named(&self, step: &Step, id: &StepId) -> bool {
        step.is_named(id) || self.records(step).any(|record| record.is_of(id))
    }

    /// Writes a journal line that needs no notice and no task.
    pub fn record(&mut self, scene: &Scene<'_>, step: &Step, occurrence: u32, outcome: StepOutcome) {
        if outcome == StepOutcome::Done {
            self.case.phase = Some(step.phase);
        }
        self.case.journal.push(StepRecord {
            step: step.id.clone(),
            also: BTreeSet::new(),
            occurrence,
            outcome,
            day: self.today,
            at: scene.now,
            notices: Vec::new(),
            task: None,
            failed_since: None,
        });
    }

    /// An entry about this case alone.
    pub fn entry(&self, scene: &Scene<'_>, kind: Kind, reason: Option<Reason>) -> Entry {
        Entry {
            at: scene.now.trunc_subsecs(0).with_timezone(&self.zone).fixed_offset(),
            kind,
            reason,
            creditor: scene.account.key.creditor.clone(),
            debtor: scene.account.key.debtor.clone(),
            invoices: vec![self.id().clone()],
            workflow: self.case.workflow.as_ref().map(|(name, _)| name.clone()),
            step: None,
            channel: None,
            service: None,
            template: None,
            amount: None,
            currency: None,
            because: Vec::new(),
            place: 0,
        }
    }

    /// An entry about one step of this case.
    pub fn step_entry(
        &self,
        scene: &Scene<'_>,
        kind: Kind,
        reason: Option<Reason>,
        place: usize,
        step: &Step,
    ) -> Entry {
        Entry { step: Some(step.id.clone()), place: place + 1, ..self.entry(scene, kind, reason) }
    }
}

/// A task that no step opened, open and not yet filled in.
pub(super) fn blank_task(id: TaskId, walker: &Walker<'_>, kind: &str, now: DateTime<Utc>) -> Task {
    Task {
        id,
        invoices: vec![walker.id().clone()],
        workflow: walker.case.workflow.as_ref().map(|(name, _)| name.clone()),
        step: None,
        occurrence: 1,
        kind: kind.to_owned(),
        reason: None,
        assign: None,
        script: None,
        note: None,
        outcomes: Vec::new(),
        content_digest: None,
        created_at: now,
        due_on: None,
        state: TaskState::Open,
        outcome: None,
        answered_by: None,
        answered_at: None,
    }
}
