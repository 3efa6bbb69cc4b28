//! Notices: one message that steps order, its content as decided, and how far it got.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    Address, ContactRole, Creditor, Currency, DebtorKind, InvoiceId, Locale, Money, NoticeId, Revision, StepId,
    WorkflowName,
};

/// The way a notice travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// SMTP.
    Email,
    /// An SMS gateway.
    Sms,
    /// A postal API.
    Letter,
}

impl Channel {
    /// The name used in YAML, tables and events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Letter => "letter",
        }
    }
}

/// How a letter is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterService {
    /// Ordinary post.
    Standard,
    /// Followed, without signature.
    Tracked,
    /// Registered.
    Registered,
    /// Registered with acknowledgement of receipt.
    RegisteredReceipt,
    /// Electronic registered letter.
    ElectronicRegistered,
}

impl LetterService {
    /// The name used in YAML, tables and events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Tracked => "tracked",
            Self::Registered => "registered",
            Self::RegisteredReceipt => "registered_receipt",
            Self::ElectronicRegistered => "electronic_registered",
        }
    }
}

/// What the carrier says of a notice that it accepted. A later state never goes back to an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// The carrier has it.
    Accepted,
    /// A letter is being printed.
    Printing,
    /// A message left the carrier.
    Sent,
    /// A letter was handed to the post.
    Posted,
    /// On its way.
    InTransit,
    /// First presented to the addressee.
    FirstPresented,
    /// Waiting at the counter.
    AtCounter,
    /// Delivered.
    Delivered,
    /// A message came back.
    Bounced,
    /// Refused by the addressee or its server.
    Refused,
    /// Never fetched from the counter.
    Unclaimed,
    /// Nobody of that name there.
    AddressUnknown,
    /// Came back to the sender.
    Returned,
    /// The carrier refused it after accepting.
    Rejected,
    /// Cancelled before it left.
    Cancelled,
    /// Could not be delivered.
    Failed,
    /// Not delivered in the time the carrier gives.
    Expired,
    /// Side event: proof of deposit.
    DepositProof,
    /// Side event: proof of content.
    ContentProof,
    /// Side event: acknowledgement of receipt.
    ReceiptProof,
    /// Side event: scan of the returned letter.
    ReturnScan,
}

impl std::fmt::Display for DeliveryStatus {
    /// As events and workflows write it.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.serialize(out)
    }
}

impl DeliveryStatus {
    /// The name used in timelines, tables, events and files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Printing => "printing",
            Self::Sent => "sent",
            Self::Posted => "posted",
            Self::InTransit => "in_transit",
            Self::FirstPresented => "first_presented",
            Self::AtCounter => "at_counter",
            Self::Delivered => "delivered",
            Self::Bounced => "bounced",
            Self::Refused => "refused",
            Self::Unclaimed => "unclaimed",
            Self::AddressUnknown => "address_unknown",
            Self::Returned => "returned",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::DepositProof => "deposit_proof",
            Self::ContentProof => "content_proof",
            Self::ReceiptProof => "receipt_proof",
            Self::ReturnScan => "return_scan",
        }
    }

    /// Whether this says that the message did not and will not reach anybody.
    pub fn is_failure(self) -> bool {
        matches!(
            self,
            Self::Bounced
                | Self::Refused
                | Self::Unclaimed
                | Self::AddressUnknown
                | Self::Returned
                | Self::Rejected
                | Self::Cancelled
                | Self::Failed
                | Self::Expired
        )
    }

    /// Whether this accompanies a state rather than being one.
    pub fn is_side_event(self) -> bool {
        matches!(self, Self::DepositProof | Self::ContentProof | Self::ReceiptProof | Self::ReturnScan)
    }
}

/// Where a notice stands between its order and its provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeState {
    /// Ordered; may still be withdrawn.
    Ordered,
    /// A worker renders it; nothing has left.
    Claimed,
    /// The intent to send is on record; it may have left.
    Sending,
    /// The provider has it.
    Accepted,
    /// The provider refused it, for good.
    Rejected,
    /// It may or may not have left; waits for a person or the provider's policy.
    Uncertain,
    /// Taken back before it was claimed; the same row is made live again if it is ordered anew.
    Withdrawn,
}

/// What one notice does for one case: the key that forbids a second one, with the channel.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NoticeLine {
    /// The case.
    pub invoice: InvoiceId,
    /// The step of that case which this notice does.
    pub step: StepId,
    /// Which repetition, from 1.
    pub occurrence: u32,
}

/// A notice: ordered by the engine, carried by dispatch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// Derived from creditor, lead line and channel.
    pub id: NoticeId,
    /// The way it travels.
    pub channel: Channel,
    /// How a letter is sent.
    pub service: Option<LetterService>,
    /// The provider the step names; otherwise the channel's default.
    pub provider: Option<String>,
    /// The workflow whose step speaks.
    pub workflow: WorkflowName,
    /// Its revision.
    pub revision: Revision,
    /// The step that speaks.
    pub step: StepId,
    /// The template.
    pub template: String,
    /// The steps this notice does, one for each case; sorted, never empty.
    pub lines: Vec<NoticeLine>,
    /// What it claims, by currency, sorted by currency: principal, charges apart.
    pub totals: Vec<Money>,
    /// When it was ordered.
    pub ordered_at: DateTime<Utc>,
    /// It may not be claimed from this instant on: the contact hours it was ordered for are over.
    pub valid_until: DateTime<Utc>,
    /// Where it stands.
    pub state: NoticeState,
    /// When the provider accepted it.
    pub accepted_at: Option<DateTime<Utc>>,
    /// The newest that the carrier said.
    pub delivery: Option<DeliveryStatus>,
    /// A digest of the address it goes to: one that failed is known again, though the address itself leaves with the
    /// content.
    #[serde(default)]
    pub address_digest: Option<String>,
    /// What it says, as decided; `None` where it was not loaded because the notice is past.
    pub content: Option<Box<Content>>,
}

/// Whom a notice is addressed to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipient {
    /// The role it was chosen by.
    pub role: Option<ContactRole>,
    /// The person's name.
    pub name: Option<String>,
    /// For email.
    pub email: Option<String>,
    /// For SMS, E.164.
    pub phone: Option<String>,
    /// For letters.
    pub address: Option<Address>,
    /// Copies by email.
    #[serde(default)]
    pub cc: Vec<String>,
}

/// An invoice as a notice lists it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListedInvoice {
    /// Identifier.
    pub invoice: InvoiceId,
    /// Number printed on it.
    pub number: String,
    /// Currency.
    pub currency: Currency,
    /// Day of issue.
    pub issued_on: NaiveDate,
    /// Due date.
    pub due_on: NaiveDate,
    /// Total, tax included.
    pub total: Decimal,
    /// Paid or credited so far.
    pub paid: Decimal,
    /// Disputed part.
    pub disputed: Decimal,
    /// What is claimed: the undisputed balance.
    pub balance: Decimal,
    /// Days since the due date, 0 until the day after it.
    pub overdue_days: i64,
    /// The debtor's order number.
    pub purchase_order: Option<String>,
    /// Where its PDF is.
    pub document_url: Option<String>,
    /// The PDF's SHA-256.
    pub document_sha256: Option<String>,
}

/// The term a notice gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatedDeadline {
    /// How many days; of a term in months the fewest that it can have.
    pub days: u32,
    /// How many months, where it is a term in months.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub months: Option<u32>,
    /// Counted in business days rather than calendar days.
    pub business: bool,
    /// Counted in working days, which count Saturdays.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub working: bool,
    /// The proof event it runs from.
    pub from: DeliveryStatus,
}

/// Late charges a notice states, in one currency: apart from the principal, never on the invoice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatedCharges {
    /// Currency.
    pub currency: Currency,
    /// Interest to the day of the notice.
    pub interest: Decimal,
    /// Lump sums for recovery costs.
    pub lump_sum: Decimal,
    /// Segment by segment: text lines of the calculation.
    pub statement: Vec<ChargeSegment>,
}

/// One segment of an interest calculation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChargeSegment {
    /// The invoice's number.
    pub invoice: String,
    /// First day priced.
    pub from: NaiveDate,
    /// Last day priced.
    pub to: NaiveDate,
    /// Days, both ends included.
    pub days: i64,
    /// Percent a year.
    pub rate: Decimal,
    /// Interest of the segment, rounded to the currency.
    pub amount: Decimal,
}

/// An earlier notice, for "we wrote to you on …".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreviousNotice {
    /// The step that spoke.
    pub step: StepId,
    /// The channel.
    pub channel: Channel,
    /// The day it was accepted, in the account's zone.
    pub date: NaiveDate,
    /// Its identifier, for threading.
    pub notice: NoticeId,
}

/// Everything a notice says, decided when it was ordered; formatting is left to the templates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// Language of the notice, lower case: `fr`.
    pub language: String,
    /// Locale for formats.
    pub locale: Locale,
    /// The account's time zone, in which contact hours are counted.
    pub timezone: chrono_tz::Tz,
    /// The creditor, as known then.
    pub creditor: Creditor,
    /// The debtor's name.
    pub debtor_name: String,
    /// The debtor's kind.
    pub debtor_kind: DebtorKind,
    /// The debtor's legal register number.
    pub debtor_legal_id: Option<String>,
    /// The debtor's postal address.
    pub debtor_address: Option<Address>,
    /// Whom it is addressed to.
    pub recipient: Recipient,
    /// The invoices listed, by due date then number.
    pub invoices: Vec<ListedInvoice>,
    /// Late charges, by currency; empty where the step claims none.
    pub charges: Vec<StatedCharges>,
    /// The term it gives.
    pub deadline: Option<StatedDeadline>,
    /// Earlier notices of these cases, oldest first.
    pub previous: Vec<PreviousNotice>,
    /// What is attached: `invoice`, `statement`, `payment_slip`.
    pub attach: Vec<String>,
    /// `From` identity chosen by the step.
    pub from: Option<String>,
    /// The phase, in the language of the workflow file: `reminder`.
    pub phase: super::Phase,
    /// The civil day of the notice in the account's zone.
    pub today: NaiveDate,
}
