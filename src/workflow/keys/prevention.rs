//! The keys of prevention: surveys with what a bad answer does, credit warnings.

use super::{ATTACH, CC, FROM, Key, PROVIDER, TEMPLATE, TO, Table, Takes, may, must};

pub(crate) static SURVEY: Table = Table {
    place: "a survey",
    keys: &[
        TEMPLATE,
        TO,
        CC,
        ATTACH,
        PROVIDER,
        FROM,
        may("on_bad", Takes::Keys(&ON_BAD), "The task that a bad score opens, while the invoice is not paid."),
    ],
};

pub(crate) static ON_BAD: Table = Table {
    place: "`on_bad`",
    keys: &[
        must("score_at_most", Takes::Number, "The highest score that is bad, on the scale of `feedback.received`."),
        must("kind", Takes::Word, "What is to be done: `call`, `visit`, …"),
        may("assign", Takes::Word, "The role that is to do it."),
        must("within", Takes::Duration, "How long it has; never past the due date while that is ahead."),
        may("note", Takes::Text, "A note for who does it."),
    ],
};

pub(crate) static CREDIT_WARNING: Table = Table {
    place: "`credit_warning`",
    keys: &[
        may(
            "when",
            Takes::Condition,
            "Asked when an invoice comes that is not due yet; whether the account owes more than `debtor.credit_limit` unless written.",
        ),
        may(
            "deposit_percent",
            Takes::Number,
            "The deposit that the warning advises for the next orders, in percent of them.",
        ),
    ],
};

/// The warning, as one key of a workflow.
pub(super) const WARNING: Key = may(
    "credit_warning",
    Takes::Keys(&CREDIT_WARNING),
    "Warns the platform (`debtor.credit_warning`) when a debtor with a bad record or over its limit gets an invoice.",
);
