//! Facts: what the platform told us, one value for each event type, and the order of two versions.
//!
//! Facts are never derived and never deleted. The state of an account is a function of the set of its
//! facts, so the order in which they arrive, and how often, makes no difference.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Creditor, Currency, Debtor, DebtorId, InvoiceId, StepId, TaskId};

/// Orders two versions of one thing: the greater wins. Instants are kept to the microsecond.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Version {
    /// When it happened, by the platform's clock.
    pub time: DateTime<Utc>,
    /// The platform's own order where times tie; absent is 0.
    pub sequence: i64,
    /// The event's id, the last tie-break.
    pub id: String,
}

/// A fact and the version that stated it.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded<T> {
    /// Which version stated it.
    pub version: Version,
    /// What was stated.
    pub fact: T,
}

/// A claim with a due date and a total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoice {
    /// The platform's identifier.
    pub id: InvoiceId,
    /// The number printed on it.
    pub number: String,
    /// Who owes it.
    pub debtor: DebtorId,
    /// Its currency.
    pub currency: Currency,
    /// Total, tax included.
    pub total: Decimal,
    /// Total before tax.
    pub net_total: Option<Decimal>,
    /// Day of issue.
    pub issued_on: NaiveDate,
    /// Last day to pay on time, where the platform gives it.
    pub due_on: Option<NaiveDate>,
    /// Payment terms as written, where no day is given.
    pub terms: Option<String>,
    /// Day of delivery or performance.
    pub delivered_on: Option<NaiveDate>,
    /// The debtor's order number.
    pub purchase_order: Option<String>,
    /// Where the invoice's own PDF is.
    pub document_url: Option<String>,
    /// Its SHA-256, lower-case hexadecimal.
    pub document_sha256: Option<String>,
    /// Late-payment terms of this invoice, as written.
    pub late_terms: Option<String>,
    /// Free labels, for `tag("…")`.
    pub tags: Vec<String>,
    /// A collection under way: `direct_debit`, `card`, …
    pub paid_by: Option<String>,
    /// The balance as the platform knows it, and the instant it is true for.
    pub amount_due: Option<AmountDue>,
}

/// The platform's own balance of an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AmountDue {
    /// What is still owed.
    pub amount: Decimal,
    /// The instant up to which payments and credits are counted in it.
    pub as_of: DateTime<Utc>,
}

/// The invoice is void; final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceVoided {
    /// Which invoice.
    pub invoice: InvoiceId,
    /// Whose.
    pub debtor: DebtorId,
    /// Why.
    pub reason: Option<String>,
}

/// A credit note; reduces principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditNote {
    /// The platform's identifier.
    pub id: String,
    /// Whose.
    pub debtor: DebtorId,
    /// The invoice it corrects.
    pub invoice: Option<InvoiceId>,
    /// Its currency.
    pub currency: Currency,
    /// Total, positive.
    pub total: Decimal,
    /// Day of issue.
    pub issued_on: NaiveDate,
}

/// How far a payment got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// The money is there.
    Received,
    /// Under way; counts for `pending_collection`, not for the balance.
    Pending,
    /// Taken back; counts for nothing.
    Reversed,
}

/// Money the debtor named an invoice for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedAllocation {
    /// The invoice.
    pub invoice: InvoiceId,
    /// How much of the payment.
    pub amount: Decimal,
}

/// A payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The platform's identifier.
    pub id: String,
    /// Who paid.
    pub debtor: DebtorId,
    /// Its currency.
    pub currency: Currency,
    /// How much.
    pub amount: Decimal,
    /// The day the money was received.
    pub received_on: NaiveDate,
    /// What it was named for; never more than `amount` together.
    pub allocations: Vec<NamedAllocation>,
    /// The transfer's reference.
    pub reference: Option<String>,
    /// How far it got.
    pub status: PaymentStatus,
}

/// Every payment up to this instant has been published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentsSynced {
    /// The instant.
    pub through: DateTime<Utc>,
}

/// Insolvency proceedings were opened against the debtor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InsolvencyOpened {
    /// The debtor.
    pub debtor: DebtorId,
    /// The kind of proceedings, as the court calls it.
    pub procedure: String,
    /// Day of the judgment.
    pub judgment_date: NaiveDate,
    /// Day of publication, from which the time to declare runs.
    pub published_on: Option<NaiveDate>,
    /// To whom claims are declared.
    pub representative: Option<String>,
}

/// The debtor disputes an invoice, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisputeOpened {
    /// The platform's identifier.
    pub id: String,
    /// Whose.
    pub debtor: DebtorId,
    /// The invoice.
    pub invoice: InvoiceId,
    /// The disputed part; absent means the whole.
    pub amount: Option<Decimal>,
    /// Category, the platform's own.
    pub category: Option<String>,
    /// Reason, the platform's own.
    pub reason: Option<String>,
}

/// How a dispute ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeOutcome {
    /// The claim stands.
    Rejected,
    /// The debtor was right; a credit note or write-off follows.
    Accepted,
    /// The debtor gave it up.
    Withdrawn,
}

/// A dispute ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisputeResolved {
    /// The dispute.
    pub id: String,
    /// How.
    pub outcome: DisputeOutcome,
}

/// The debtor says it will pay an amount by a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromiseMade {
    /// The platform's identifier.
    pub id: String,
    /// Who promised.
    pub debtor: DebtorId,
    /// On which invoices; empty means all open ones of the debtor.
    pub invoices: Vec<InvoiceId>,
    /// How much.
    pub amount: Decimal,
    /// Last day of the promise.
    pub pay_by: NaiveDate,
    /// Who said so.
    pub said_by: Option<String>,
    /// How.
    pub channel: Option<String>,
}

/// A plan: a promise in instalments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanAgreed {
    /// The platform's identifier.
    pub id: String,
    /// With whom.
    pub debtor: DebtorId,
    /// On which invoices.
    pub invoices: Vec<InvoiceId>,
    /// What is to be paid and when.
    pub instalments: Vec<Instalment>,
}

/// One instalment of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instalment {
    /// Its last day.
    pub due_on: NaiveDate,
    /// How much.
    pub amount: Decimal,
}

/// Somebody decided that nothing is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldPlaced {
    /// The platform's identifier.
    pub id: String,
    /// Whose.
    pub debtor: DebtorId,
    /// One invoice; absent means the whole account.
    pub invoice: Option<InvoiceId>,
    /// Why.
    pub reason: String,
    /// Its last day; absent means until released.
    pub until: Option<NaiveDate>,
}

/// Which way a contact went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The debtor came to us.
    Inbound,
    /// We went to the debtor; counts for the contact budget.
    Outbound,
}

/// A contact somebody had with the debtor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactRecorded {
    /// With whom.
    pub debtor: DebtorId,
    /// `call`, `email`, `letter` or `visit`.
    pub channel: String,
    /// Which way.
    pub direction: Direction,
    /// What came of it.
    pub outcome: String,
    /// When.
    pub at: DateTime<Utc>,
    /// A note.
    pub note: Option<String>,
    /// The task it belongs to.
    pub task: Option<String>,
}

/// The debtor's answer to a satisfaction question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedbackReceived {
    /// Whose.
    pub debtor: DebtorId,
    /// About which invoice.
    pub invoice: Option<InvoiceId>,
    /// The score given.
    pub score: Decimal,
    /// A comment.
    pub comment: Option<String>,
}

/// A person answered an approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalAnswered {
    /// The case.
    pub invoice: InvoiceId,
    /// The step.
    pub step: StepId,
    /// Yes or no.
    pub answer: ApprovalAnswer,
    /// Who.
    pub by: String,
    /// A note.
    pub note: Option<String>,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalAnswer {
    /// Send it.
    Approved,
    /// Do not.
    Rejected,
}

/// Which task was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskRef {
    /// By its own identifier.
    Id(TaskId),
    /// By the case and the step that opened it.
    Step {
        /// The case.
        invoice: InvoiceId,
        /// The step.
        step: StepId,
    },
}

/// A person answered a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskAnswered {
    /// Which task.
    pub task: TaskRef,
    /// One of the step's `outcomes`, or free text.
    pub outcome: String,
    /// Who.
    pub by: String,
    /// A note.
    pub note: Option<String>,
}

/// Which notice a status is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoticeRef {
    /// By its own identifier.
    Id(super::NoticeId),
    /// By the identifier its provider gave.
    ProviderId(String),
    /// By the case, step, and where needed channel and occurrence.
    Step {
        /// The case.
        invoice: InvoiceId,
        /// The step.
        step: StepId,
        /// The channel; absent means every channel of the step.
        channel: Option<super::Channel>,
        /// The occurrence; absent means the latest.
        occurrence: Option<u32>,
    },
}

/// What a carrier or integrator reports of a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeReported {
    /// Which notice.
    pub notice: NoticeRef,
    /// How far it got.
    pub status: super::DeliveryStatus,
    /// When.
    pub at: DateTime<Utc>,
    /// Where the proof is.
    pub proof: Option<String>,
}

/// What an event stated: one variant for each type of `relance.in`.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// `creditor.upserted`
    Creditor(Creditor),
    /// `payments.synced`
    PaymentsSynced(PaymentsSynced),
    /// `debtor.upserted`
    Debtor(Debtor),
    /// `debtor.insolvency_opened`
    InsolvencyOpened(InsolvencyOpened),
    /// `invoice.upserted`
    Invoice(Invoice),
    /// `invoice.voided`
    InvoiceVoided(InvoiceVoided),
    /// `credit_note.upserted`
    CreditNote(CreditNote),
    /// `payment.upserted`
    Payment(Payment),
    /// `dispute.opened`
    DisputeOpened(DisputeOpened),
    /// `dispute.resolved`
    DisputeResolved(DisputeResolved),
    /// `promise.made`
    PromiseMade(PromiseMade),
    /// `promise.withdrawn`: the promise's id
    PromiseWithdrawn(String),
    /// `plan.agreed`
    PlanAgreed(PlanAgreed),
    /// `plan.cancelled`: the plan's id
    PlanCancelled(String),
    /// `hold.placed`
    HoldPlaced(HoldPlaced),
    /// `hold.released`: the hold's id
    HoldReleased(String),
    /// `contact.recorded`
    Contact(ContactRecorded),
    /// `feedback.received`
    Feedback(FeedbackReceived),
    /// `approval.answered`
    ApprovalAnswered(ApprovalAnswered),
    /// `task.answered`
    TaskAnswered(TaskAnswered),
    /// `notice.status`
    NoticeReported(NoticeReported),
}
