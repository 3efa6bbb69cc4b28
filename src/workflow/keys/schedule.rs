//! The keys of schedules, in workflows and in `relance.yaml`.

use super::{Table, Takes, may, must};

pub(crate) const SENDS: &[&str] = &["digest", "provision"];

pub(crate) static SCHEDULE: Table = Table {
    place: "a schedule",
    keys: &[
        must("id", Takes::Word, "The schedule's name, unique in the file."),
        must(
            "cron",
            Takes::Cron,
            "Minute, hour, day of the month, month, weekday, as in Unix: `0 8 * * mon` is every Monday at 08:00.",
        ),
        may("timezone", Takes::Zone, "The zone of `cron`; the workflow's unless written, mandatory in relance.yaml."),
        must(
            "send",
            Takes::OneOf(SENDS),
            "`digest`: what was sent, what waits and what is owed. `provision`: the provision for doubtful debts.",
        ),
        must(
            "to",
            Takes::Either(&[Takes::Text, Takes::List(&Takes::Text)]),
            "`creditor`: each creditor at its own address. Or one or several email addresses, with `creditor`.",
        ),
        may("creditor", Takes::Text, "The one creditor it is about; mandatory where `to` names addresses."),
        may("language", Takes::Word, "The language of the mail; the creditor's unless written."),
        may("matrix", Takes::Keys(&MATRIX), "For `provision`: the share of what is owed, in percent."),
        may(
            "event",
            Takes::Flag,
            "`true` publishes the figures as well, as an event for the platform: `digest.stated` or `provision.stated`.",
        ),
        may("enabled", Takes::Flag, "`false` pauses it. What would have come meanwhile is not made up for."),
    ],
};

pub(crate) static MATRIX: Table = Table {
    place: "a provision matrix",
    keys: &[
        must("not_due", Takes::Number, "Percent of what is not overdue."),
        must("up_to_30", Takes::Number, "Percent of what is 1 to 30 days overdue."),
        must("up_to_60", Takes::Number, "Percent of what is 31 to 60 days overdue."),
        must("up_to_90", Takes::Number, "Percent of what is 61 to 90 days overdue."),
        must("over_90", Takes::Number, "Percent of what is more than 90 days overdue."),
        must("disputed", Takes::Number, "Percent of what is disputed, whatever its age."),
        must("insolvent", Takes::Number, "Percent of claims from before the debtor's insolvency, whatever their age."),
    ],
};
