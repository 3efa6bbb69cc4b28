//! A checked workflow: what the engine walks. It cannot be built with a step that does not exist.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{Code, Condition, ContactRules, CreditWarning, Schedule, Survey};
use crate::domain::{
    Channel, ContactRole, DebtorKind, DeliveryStatus, LetterService, Phase, Revision, StatedDeadline, StepId,
    WorkflowName,
};

/// Longest duration, in its unit: far beyond any limitation period, near enough that no date overflows.
pub const DURATION_AMOUNT_MAX: u32 = 9_999;

/// The unit of a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Civil days.
    Days,
    /// Monday to Friday, no holidays.
    BusinessDays,
    /// Monday to Saturday, no holidays.
    WorkingDays,
    /// Seven civil days.
    Weeks,
    /// Same day number, else the last of the month.
    Months,
}

/// `10 days`, `3 business days`, `2 weeks`, `1 month`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duration {
    /// How many.
    pub amount: u32,
    /// Of what.
    pub unit: Unit,
}

/// What a plan may lack before it is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanTolerance {
    /// So much may be missing from what was to be paid so far, in the currency of the plan.
    pub amount: Decimal,
    /// An instalment may be so late.
    pub late: Duration,
}

/// What a step's date is counted from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// `before_due`
    BeforeDue(Duration),
    /// `after_due`
    AfterDue(Duration),
    /// `after_issue`
    AfterIssue(Duration),
    /// `after_delivery`
    AfterDelivery(Duration),
    /// `after_step` and `wait`
    AfterStep(StepId, Duration),
    /// `after_deadline_of` and `wait`
    AfterDeadlineOf(StepId, Duration),
}

/// What one message covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// One debtor, one message.
    Account,
    /// One message for each invoice.
    Invoice,
}

/// A message a step sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Through which channel.
    pub channel: Channel,
    /// The template's name.
    pub template: String,
    /// For letters.
    pub service: Option<LetterService>,
    /// A contact role; otherwise dunning, billing, management in this order.
    pub to: Option<ContactRole>,
    /// Roles that get a copy by email.
    pub cc: Vec<ContactRole>,
    /// `invoice`, `statement`, `payment_slip`.
    pub attach: Vec<String>,
    /// A provider by name.
    pub provider: Option<String>,
    /// Sender identity.
    pub from: Option<String>,
}

/// What happens when nobody answers a task in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnTimeout {
    /// The case goes on.
    Continue,
    /// The task stands, is said again, and the case goes on waiting.
    Remind,
    /// The case is held.
    Hold,
    /// The case jumps forward.
    GoTo(StepId),
}

/// A task a step opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskAction {
    /// `call`, `visit`, …
    pub kind: String,
    /// The script's template.
    pub script: Option<String>,
    /// The role that is to do it.
    pub assign: Option<String>,
    /// How long the case waits for the answer.
    pub within: Duration,
    /// What happens then.
    pub on_timeout: OnTimeout,
    /// A note.
    pub note: Option<String>,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// `email`, `sms`, `letter`
    Message(Message),
    /// `task`
    Task(TaskAction),
    /// `block`
    Block(String),
    /// `unblock`
    Unblock(String),
    /// `handover`
    Handover {
        /// To whom.
        to: String,
        /// The procedure.
        procedure: Option<String>,
    },
    /// `publish`: an outgoing event of the workflow's own name.
    Publish(String),
    /// `survey`: a satisfaction question.
    Survey(Survey),
}

/// What an answer to a task does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Waits for a promise to be recorded.
    Promise,
    /// Waits for a dispute to be recorded.
    Dispute,
    /// The debtor says it paid: the case waits for the payment.
    PaidSaysDebtor,
    /// Waits for a plan to be recorded.
    Plan,
    /// The contact is wrong.
    WrongContact,
    /// Nothing; the case goes on.
    None,
    /// The case jumps forward.
    GoTo(StepId),
}

/// What happens when an approval expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnExpire {
    /// The case is held.
    Hold,
    /// It is asked for again.
    AskAgain,
}

/// A person must say yes before the step goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Approval {
    /// Who.
    pub role: String,
    /// Only then; always where absent.
    pub when: Option<Condition>,
    /// How long the question stands, and what follows; for ever where absent.
    pub expires: Option<(Duration, OnExpire)>,
}

/// The term that a step gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// How long.
    pub term: Duration,
    /// From which proof event.
    pub after: DeliveryStatus,
}

impl Deadline {
    /// As a notice states it. A term in months is stated in months: it has no fixed number of days.
    pub fn stated(&self) -> StatedDeadline {
        let amount = self.term.amount;
        let (days, months) = match self.term.unit {
            Unit::Days | Unit::BusinessDays | Unit::WorkingDays => (amount, None),
            Unit::Weeks => (amount.saturating_mul(7), None),
            Unit::Months => (amount.saturating_mul(28), Some(amount)),
        };
        let (business, working) = (self.term.unit == Unit::BusinessDays, self.term.unit == Unit::WorkingDays);
        StatedDeadline { days, months, business, working, from: self.after }
    }
}

/// `repeat: { every: 7 days, at_most: 3 }`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// The gap.
    pub every: Duration,
    /// All occurrences, the first included.
    pub at_most: u32,
}

/// One rung.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its id.
    pub id: StepId,
    /// Its phase.
    pub phase: Phase,
    /// What its date is counted from.
    pub anchor: Anchor,
    /// Asked at its moment; false skips it.
    pub when: Option<Condition>,
    /// What it does, in the order of the file; never empty.
    pub actions: Vec<Action>,
    /// What it sends when none of its channels can be used.
    pub if_unreachable: Vec<Message>,
    /// Steps that must be on record.
    pub requires: Vec<StepId>,
    /// Who must say yes.
    pub approval: Option<Approval>,
    /// The term it gives.
    pub deadline: Option<Deadline>,
    /// Repetition.
    pub repeat: Option<Repeat>,
    /// Answers its task takes.
    pub outcomes: BTreeMap<String, Effect>,
    /// Ids it had before.
    pub formerly: Vec<StepId>,
    /// Whether running cases get it though its day is past.
    pub backfill: bool,
}

impl Step {
    /// Whether that is its id, or one it had before.
    pub fn is_named(&self, id: &StepId) -> bool {
        self.id == *id || self.formerly.contains(id)
    }

    /// False only where its `when` cannot hold for a debtor of this kind.
    pub fn may_reach(&self, kind: DebtorKind) -> bool {
        self.when.as_ref().is_none_or(|when| when.may_hold_for(kind.as_str()))
    }

    /// The messages among its actions.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        self.actions.iter().filter_map(|action| match action {
            Action::Message(message) => Some(message),
            Action::Survey(survey) => Some(&survey.message),
            _ => None,
        })
    }
}

/// What follows after the last step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnExhausted {
    /// How long after the last step.
    pub wait: Duration,
    /// The task that is opened.
    pub task: Option<TaskAction>,
}

/// A law finding that the file accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The finding's code.
    pub code: Code,
    /// Why.
    pub reason: String,
}

/// A third party that collects for the creditor; its letters carry the mentions that the law demands of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collector {
    /// Its name, as its letters show it.
    pub name: String,
    /// Its address, as its letters show it.
    pub address: String,
}

/// A checked workflow.
#[derive(Clone, Debug, PartialEq)]
pub struct Workflow {
    /// Its name.
    pub name: WorkflowName,
    /// The digest of its checked content with its templates.
    pub revision: Revision,
    /// For people.
    pub title: String,
    /// Which invoices it takes.
    pub applies_to: Condition,
    /// The highest that applies takes a new invoice; the name breaks a tie.
    pub priority: i64,
    /// Where the debtor has none.
    pub timezone: chrono_tz::Tz,
    /// Languages its templates must exist in; empty means the creditor's.
    pub languages: Vec<String>,
    /// The law it runs under.
    pub jurisdiction: String,
    /// Below it nothing is sent; a bare number in the invoice's currency.
    pub minimum_balance: Decimal,
    /// When and how often the account may be contacted.
    pub contact: ContactRules,
    /// What one message covers.
    pub group: Group,
    /// Added to promises and instalments.
    pub grace: Duration,
    /// How old the payments feed may be for a step to go.
    pub stale_feed_after: Duration,
    /// What a plan may lack before it is broken.
    pub plan_tolerance: PlanTolerance,
    /// Where a broken promise jumps.
    pub on_broken_promise: Option<StepId>,
    /// The rungs, in the order of the file; never empty.
    pub steps: Vec<Step>,
    /// What follows after the last.
    pub on_exhausted: OnExhausted,
    /// When the platform is warned about a debtor's credit.
    pub credit_warning: Option<CreditWarning>,
    /// Periodic mails about its cases.
    pub schedules: Vec<Schedule>,
    /// Law findings it accepts.
    pub accept: Vec<Accepted>,
    /// Who collects, where that is not the creditor itself.
    pub collector: Option<Collector>,
}

impl Workflow {
    /// A step and its place in the file, by id or by an id it had before.
    pub fn step(&self, id: &StepId) -> Option<(usize, &Step)> {
        let mut steps = self.steps.iter().enumerate();
        steps.find(|(_, step)| step.is_named(id))
    }

    /// False only where that step of it cannot go to a debtor of this kind.
    pub fn may_reach(&self, step: &Step, kind: DebtorKind) -> bool {
        self.applies_to.may_hold_for(kind.as_str()) && step.may_reach(kind)
    }
}
