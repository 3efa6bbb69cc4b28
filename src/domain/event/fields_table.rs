//! The fields of every `data`, as the contract lists them.

use super::FactKind;
use super::schema::Need::{May, Must};
use super::schema::Shape::{
    Amount, Count, Country, Currency, Day, Decimal, Flag, Id, Instant, List, Locale, Note, Object, Positive, Sha256,
    Text, Timezone, Uuid, Words,
};
use super::schema::{Row, Words as Of};

/// The fields of the `data` of a kind.
pub(super) fn fields_of(kind: FactKind) -> &'static [Row] {
    match kind {
        FactKind::Creditor => CREDITOR,
        FactKind::Debtor => DEBTOR,
        FactKind::InsolvencyOpened => INSOLVENCY,
        FactKind::Invoice => INVOICE,
        FactKind::InvoiceVoided => VOIDED,
        FactKind::CreditNote => CREDIT_NOTE,
        FactKind::Payment => PAYMENT,
        FactKind::PaymentsSynced => &[Row("through", Must, Instant, "Every payment up to this instant was published.")],
        FactKind::DisputeOpened => DISPUTE,
        FactKind::DisputeResolved => RESOLVED,
        FactKind::PromiseMade => PROMISE,
        FactKind::PromiseWithdrawn => &[Row("promise", Must, Id, "Which promise."), CLOSING_DEBTOR],
        FactKind::PlanAgreed => PLAN,
        FactKind::PlanCancelled => &[Row("plan", Must, Id, "Which plan."), CLOSING_DEBTOR],
        FactKind::HoldPlaced => HOLD,
        FactKind::HoldReleased => &[Row("hold", Must, Id, "Which hold."), CLOSING_DEBTOR],
        FactKind::ChargesClaimed => CHARGES_CLAIMED,
        FactKind::ChargesWaived => CHARGES_WAIVED,
        FactKind::LimitationInterrupted => INTERRUPTED,
        FactKind::Contact => CONTACT,
        FactKind::Feedback => FEEDBACK,
        FactKind::ApprovalAnswered => APPROVAL,
        FactKind::TaskAnswered => TASK,
        FactKind::NoticeReported => NOTICE,
    }
}

const OWNER: Row = Row("debtor", Must, Id, "Whose.");
const CLOSING_DEBTOR: Row = Row("debtor", May, Id, "Whose; known from what it closes or answers.");
const TAGS: Row = Row("tags", May, List(&Text), "Free labels, for tag(\"…\").");

const ADDRESS: &[Row] = &[
    Row("lines", May, List(&Text), "Street lines, without name, postal code and city."),
    Row("postal_code", May, Text, "Postal code."),
    Row("city", May, Text, "City."),
    Row("country", May, Country, "ISO 3166 code, two capitals."),
];

const CREDITOR: &[Row] = &[
    Row("id", Must, Id, "The same as the event's creditor."),
    Row("name", Must, Text, "Name as it signs."),
    Row("legal_id", Must, Text, "Legal register's number, such as a SIREN."),
    Row("vat_id", May, Text, "VAT number."),
    Row("address", Must, Object(ADDRESS), "Postal address, the sender's on letters."),
    Row("email_from", Must, Text, "Address that emails come from."),
    Row("reply_to", May, Text, "Address that answers go to."),
    Row("phone", May, Text, "Telephone shown to debtors."),
    Row("iban", May, Text, "Account to pay to."),
    Row("bic", May, Text, "Its bank."),
    Row("locale", Must, Locale, "BCP 47 locale of its notices."),
    Row("timezone", Must, Timezone, "IANA time zone."),
    Row("logo_url", May, Text, "Logo."),
    Row("sector", May, Id, "Its sector, where terms and limitation have rules of their own: haulage."),
    Row("terms", May, Object(TERMS), "What its terms of sale say about late payment."),
];

const TERMS: &[Row] = &[
    Row("penalty_rate", May, Decimal, "Contract penalty rate, percent a year."),
    Row("clauses", May, List(&Note), "Clauses that letters may quote."),
    Row("allocation", May, Object(ALLOCATION_POLICY), "How it books money that comes in."),
];

const ALLOCATION_POLICY: &[Row] = &[
    Row(
        "order",
        May,
        List(&Words(Of::AllocationRule)),
        "The rules in their order, `named` first; named, oldest, pro_rata if absent.",
    ),
    Row("first", May, Words(Of::PaidFirst), "What a part payment pays first on an invoice; principal if absent."),
];

const DEBTOR: &[Row] = &[
    Row("debtor", Must, Id, "The platform's identifier."),
    Row("kind", Must, Words(Of::DebtorKind), "Decides the law that applies."),
    Row("name", Must, Text, "Name."),
    Row("legal_id", May, Text, "Legal register's number."),
    Row("address", May, Object(ADDRESS), "Postal address; letters need all of it."),
    Row("contacts", May, List(&Object(CONTACTS)), "Ways to reach it, by role."),
    Row("locale", May, Locale, "BCP 47 locale; else the creditor's."),
    Row("timezone", May, Timezone, "IANA time zone; else the workflow's."),
    TAGS,
    Row("payment_terms", May, Text, "Payment terms agreed with it."),
    Row("risk", May, Object(RISK), "Credit score."),
    Row("credit_limit", May, Object(CREDIT_LIMIT), "The most it should owe."),
    Row("workflow", May, Id, "A workflow chosen by name."),
    Row("do_not_contact", May, Object(DO_NOT_CONTACT), "Not to be contacted."),
    Row("consents", May, Object(CONSENTS), "Recorded consents."),
];

const CONTACTS: &[Row] = &[
    Row("role", Must, Words(Of::ContactRole), "Whom it reaches."),
    Row("name", May, Text, "The person's name."),
    Row("email", May, Text, "Email address."),
    Row("phone", May, Text, "Telephone, E.164 where it is to receive SMS."),
];

const RISK: &[Row] =
    &[Row("score", Must, Decimal, "The score, on its source's scale."), Row("source", Must, Text, "Who gave it.")];

const CREDIT_LIMIT: &[Row] =
    &[Row("amount", Must, Amount, "How much, tax included."), Row("currency", Must, Currency, "In which currency.")];

const DO_NOT_CONTACT: &[Row] = &[Row("reason", Must, Text, "Why.")];

const CONSENTS: &[Row] = &[
    Row("electronic_registered_mail", May, Flag, "To electronic registered letters."),
    Row("sms", May, Flag, "To SMS; false forbids them."),
];

const INSOLVENCY: &[Row] = &[
    OWNER,
    Row("procedure", Must, Text, "The proceedings, as the court calls them."),
    Row("judgment_date", Must, Day, "Day of the judgment."),
    Row("published_on", May, Day, "Day of publication."),
    Row("representative", May, Note, "To whom claims are declared."),
];

const INVOICE: &[Row] = &[
    Row("invoice", Must, Id, "The platform's identifier."),
    Row("number", Must, Text, "The number printed on it."),
    Row("debtor", Must, Id, "Who owes it."),
    Row("currency", Must, Currency, "Its currency."),
    Row("total", Must, Amount, "Total, tax included."),
    Row("net_total", May, Amount, "Total before tax."),
    Row("issued_on", Must, Day, "Day of issue."),
    Row("due_on", May, Day, "Last day to pay on time; this or terms must be there."),
    Row("terms", May, Text, "Payment terms as written."),
    Row("delivered_on", May, Day, "Day of delivery or performance."),
    Row("periodic", May, Flag, "Whether it sums up the deliveries of a period."),
    Row("sector", May, Id, "The sector of what was sold, where the law has rules of its own; else the creditor's."),
    Row("purchase_order", May, Text, "The debtor's order number."),
    Row("document_url", May, Text, "Where its PDF is."),
    Row("document_sha256", May, Sha256, "The PDF's SHA-256."),
    Row("late_terms", May, Note, "Late-payment terms of this invoice."),
    TAGS,
    Row("paid_by", May, Text, "A collection under way, such as direct_debit."),
    Row("amount_due", May, Amount, "The balance as the platform knows it; needs as_of."),
    Row("as_of", May, Instant, "The instant that amount_due is true for."),
];

const VOIDED: &[Row] = &[Row("invoice", Must, Id, "Which invoice."), OWNER, Row("reason", May, Note, "Why.")];

const CREDIT_NOTE: &[Row] = &[
    Row("credit_note", Must, Id, "The platform's identifier."),
    OWNER,
    Row("invoice", May, Id, "The invoice it corrects."),
    Row("currency", Must, Currency, "Its currency."),
    Row("total", Must, Amount, "Total, not negative."),
    Row("issued_on", Must, Day, "Day of issue."),
];

const PAYMENT: &[Row] = &[
    Row("payment", Must, Id, "The platform's identifier."),
    Row("debtor", Must, Id, "Who paid."),
    Row("currency", Must, Currency, "Its currency."),
    Row("amount", Must, Amount, "How much."),
    Row("received_on", Must, Day, "Day the money was received."),
    Row("allocations", May, List(&Object(ALLOCATION)), "What it was named for; at most the amount together."),
    Row("reference", May, Text, "The transfer's reference."),
    Row("status", Must, Words(Of::PaymentStatus), "How far it got."),
];

const ALLOCATION: &[Row] = &[
    Row("invoice", Must, Id, "The invoice."),
    Row("amount", Must, Amount, "How much of the payment."),
    Row("currency", May, Currency, "The payment's, if it is written."),
];

const DISPUTE: &[Row] = &[
    Row("dispute", Must, Id, "The platform's identifier."),
    OWNER,
    Row("invoice", Must, Id, "The invoice."),
    Row("amount", May, Positive, "The disputed part, above zero; absent means the whole."),
    Row("category", May, Note, "Category, the platform's own."),
    Row("reason", May, Note, "Reason, the platform's own."),
];

const RESOLVED: &[Row] = &[
    Row("dispute", Must, Id, "Which dispute."),
    Row("outcome", Must, Words(Of::DisputeOutcome), "How it ended."),
    CLOSING_DEBTOR,
];

const PROMISE: &[Row] = &[
    Row("promise", Must, Id, "The platform's identifier."),
    OWNER,
    Row("invoices", May, List(&Id), "On which invoices; absent means all open ones."),
    Row("amount", Must, Positive, "How much, above zero."),
    Row("pay_by", Must, Day, "Last day of the promise."),
    Row("said_by", May, Note, "Who said so."),
    Row("channel", May, Note, "How."),
];

const PLAN: &[Row] = &[
    Row("plan", Must, Id, "The platform's identifier."),
    OWNER,
    Row("invoices", Must, List(&Id), "On which invoices; at least one."),
    Row("instalments", Must, List(&Object(INSTALMENT)), "What is to be paid when; at least one."),
];

const INSTALMENT: &[Row] =
    &[Row("due_on", Must, Day, "Its last day."), Row("amount", Must, Positive, "How much, above zero.")];

const HOLD: &[Row] = &[
    Row("hold", Must, Id, "The platform's identifier."),
    OWNER,
    Row("invoice", May, Id, "One invoice; absent means the whole account."),
    Row("reason", Must, Text, "Why."),
    Row("until", May, Day, "Its last day; absent means until released."),
];

const CHARGES_CLAIMED: &[Row] = &[
    Row("claim", Must, Id, "The platform's identifier."),
    OWNER,
    Row("invoice", May, Id, "On which invoice; absent means on every one of the debtor."),
    Row("by", May, Text, "Who decided."),
    Row("note", May, Note, "A note."),
];

const CHARGES_WAIVED: &[Row] = &[
    Row("waiver", Must, Id, "The platform's identifier."),
    OWNER,
    Row("invoice", May, Id, "On which invoice; absent means on every one of the debtor."),
    Row("parts", May, List(&Words(Of::ChargePart)), "Which parts; absent means all."),
    Row("through", May, Day, "Last day whose interest is given up; absent means for good."),
    Row("by", May, Text, "Who decided."),
    Row("reason", Must, Text, "Why."),
];

const INTERRUPTED: &[Row] = &[
    Row("interruption", Must, Id, "The platform's identifier."),
    OWNER,
    Row("invoices", Must, List(&Id), "Of which invoices; at least one."),
    Row("cause", Must, Words(Of::InterruptionCause), "What interrupted the limitation; the law's closed list."),
    Row("on", Must, Day, "On which day."),
    Row("note", May, Note, "The act and its reference."),
];

const CONTACT: &[Row] = &[
    Row("debtor", Must, Id, "With whom."),
    Row("channel", Must, Words(Of::ContactChannel), "How."),
    Row("direction", Must, Words(Of::Direction), "Which way; outbound counts for the contact budget."),
    Row("outcome", Must, Text, "What came of it."),
    Row("at", Must, Instant, "When."),
    Row("note", May, Note, "A note."),
    Row("task", May, Id, "The task it belongs to."),
];

const FEEDBACK: &[Row] = &[
    OWNER,
    Row("invoice", May, Id, "About which invoice."),
    Row("score", Must, Decimal, "The score given."),
    Row("comment", May, Note, "A comment."),
];

const APPROVAL: &[Row] = &[
    Row("invoice", Must, Id, "The case."),
    Row("step", Must, Id, "The step."),
    Row("answer", Must, Words(Of::ApprovalAnswer), "Yes or no."),
    Row("by", Must, Text, "Who answered."),
    Row("note", May, Note, "A note."),
    CLOSING_DEBTOR,
];

const TASK: &[Row] = &[
    Row("task", May, Uuid, "Which task; or the invoice and step that opened it."),
    Row("invoice", May, Id, "The case, where no task is named."),
    Row("step", May, Id, "The step, where no task is named."),
    Row("outcome", Must, Text, "What was answered."),
    Row("by", Must, Text, "Who answered."),
    Row("note", May, Note, "A note."),
    CLOSING_DEBTOR,
];

const NOTICE: &[Row] = &[
    Row("notice", May, Uuid, "Which notice; or its provider_id; or invoice and step."),
    Row("provider_id", May, Id, "The identifier its provider gave."),
    Row("invoice", May, Id, "The case, where nothing else names it."),
    Row("step", May, Id, "The step, where nothing else names it."),
    Row("channel", May, Words(Of::Channel), "The channel; absent means every one of the step."),
    Row("occurrence", May, Count, "The repetition, from 1; absent means the latest."),
    Row("status", Must, Words(Of::DeliveryStatus), "How far it got."),
    Row("at", Must, Instant, "When."),
    Row("proof", May, Note, "Where the proof is."),
    CLOSING_DEBTOR,
];
