//! The keys of a workflow file: one set of tables. The reader refuses what is not in them, and the JSON Schema
//! is made from them, so the two cannot differ.

mod example;
mod prevention;
mod schedule;

pub(crate) use example::example;
pub(crate) use prevention::{CREDIT_WARNING, ON_BAD, SURVEY};
pub(crate) use schedule::{MATRIX, SCHEDULE, SENDS};

/// What a key takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Takes {
    /// The edition of the language.
    Edition,
    /// Text.
    Text,
    /// A name: lower-case letters, digits, `-` and `_`.
    Word,
    /// An exact decimal, 0 or more.
    Number,
    /// A whole number between two bounds, both allowed.
    Whole(i64, i64),
    /// true or false
    Flag,
    /// `3 business days`
    Duration,
    /// `15 days after first_presented`
    Deadline,
    /// A condition.
    Condition,
    /// A time zone of the tz database.
    Zone,
    /// A cron expression of five fields.
    Cron,
    /// `09:00-18:00`
    Hours,
    /// One of a closed list.
    OneOf(&'static [&'static str]),
    /// A list.
    List(&'static Takes),
    /// Keys of a table.
    Keys(&'static Table),
    /// Keys of the writer's own, each with such a value.
    Named(&'static Takes),
    /// Weekdays or ranges of them, each with such a value.
    Weekdays(&'static Takes),
    /// One of several forms.
    Either(&'static [Takes]),
}

/// One key of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    pub name: &'static str,
    pub takes: Takes,
    pub required: bool,
    pub about: &'static str,
}

/// The keys that may stand in one place.
#[derive(Debug)]
pub(crate) struct Table {
    /// Where, for messages: `a step`.
    pub place: &'static str,
    pub keys: &'static [Key],
}

impl Table {
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.keys.iter().map(|key| key.name)
    }
}

const fn must(name: &'static str, takes: Takes, about: &'static str) -> Key {
    Key { name, takes, required: true, about }
}

const fn may(name: &'static str, takes: Takes, about: &'static str) -> Key {
    Key { name, takes, required: false, about }
}

/// Longest list of anything in a file: more is not written by hand.
pub(crate) const LIST_ITEMS_MAX: usize = 200;
/// Largest count of repetitions, contacts and days between them.
pub(crate) const COUNT_MAX: i64 = 1_000;

pub(crate) const PHASES: &[&str] = &["prevention", "reminder", "formal_notice", "legal"];
pub(crate) const KINDS: &[&str] = &["business", "consumer", "public"];
pub(crate) const CHANNELS: &[&str] = &["email", "sms", "letter", "call"];
pub(crate) const ROLES: &[&str] = &["billing", "dunning", "management", "legal"];
pub(crate) const SERVICES: &[&str] =
    &["standard", "tracked", "registered", "registered_receipt", "electronic_registered"];
pub(crate) const ATTACHMENTS: &[&str] = &["invoice", "statement", "payment_slip"];
pub(crate) const EFFECTS: &[&str] = &["promise", "dispute", "paid_says_debtor", "plan", "wrong_contact", "none"];
pub(crate) const PROOFS: &[&str] =
    &["accepted", "sent", "posted", "deposit_proof", "first_presented", "delivered", "receipt_proof"];
pub(crate) const ANCHORS: &[&str] =
    &["before_due", "after_due", "after_issue", "after_delivery", "after_step", "after_deadline_of"];
pub(crate) const ACTIONS: &[&str] =
    &["email", "sms", "letter", "task", "block", "unblock", "handover", "publish", "survey"];

const WORDS: Takes = Takes::List(&Takes::Word);

pub(crate) static WORKFLOW: Table = Table {
    place: "a workflow",
    keys: &[
        must("relance", Takes::Edition, "The edition of the language: 1. What an edition means never changes."),
        must("workflow", Takes::Word, "The workflow's name."),
        may("title", Takes::Text, "The workflow's name for people."),
        must("applies_to", Takes::Condition, "Which invoices it takes."),
        may(
            "priority",
            Takes::Whole(-1_000_000, 1_000_000),
            "The highest that applies takes a new invoice; the name breaks a tie. 0 unless written.",
        ),
        must(
            "timezone",
            Takes::Zone,
            "Civil days are counted in it where neither the debtor nor the region or country of its address has another time zone.",
        ),
        may(
            "languages",
            Takes::List(&Takes::Word),
            "The languages its templates must exist in; the creditor's unless written.",
        ),
        must("jurisdiction", Takes::Word, "The law it runs under: a file under jurisdictions/."),
        may("minimum_balance", Takes::Number, "Below it nothing is sent. 0 unless written."),
        must("contact", Takes::Keys(&CONTACT), "When and how often an account may be contacted."),
        may(
            "group",
            Takes::OneOf(&["account", "invoice"]),
            "One message for the account, or one for each invoice. `account` unless written.",
        ),
        may(
            "stale_feed_after",
            Takes::Duration,
            "How old the platform's report of payments may be for a step to go, once it sent one: not before the opening of \
             the day so long ago. 1 business day unless written.",
        ),
        may(
            "plan_tolerance",
            Takes::Keys(&TOLERANCE),
            "What a plan may lack before it is broken; `grace` alone unless written.",
        ),
        may("grace", Takes::Duration, "Added to promises and instalments. `2 business days` unless written."),
        may("on_broken_promise", Takes::Keys(&GO_TO), "Where a case jumps when a promise is broken."),
        must("steps", Takes::List(&Takes::Keys(&STEP)), "The steps, in their order."),
        must("on_exhausted", Takes::Keys(&ON_EXHAUSTED), "What follows after the last step."),
        prevention::WARNING,
        may("schedules", Takes::List(&Takes::Keys(&SCHEDULE)), "Periodic mails about this workflow's cases."),
        may(
            "collector",
            Takes::Keys(&COLLECTOR),
            "A third party that collects for the creditor; its letters must carry the mentions the law demands of it.",
        ),
        may(
            "accept",
            Takes::List(&Takes::Keys(&ACCEPT)),
            "Findings of law that this file accepts, each with a reason.",
        ),
    ],
};

pub(crate) static CONTACT: Table = Table {
    place: "`contact`",
    keys: &[
        must(
            "hours",
            Takes::Weekdays(&Takes::Either(&[Takes::Hours, Takes::List(&Takes::Hours)])),
            "The contact hours by weekday, `mon-fri: \"09:00-18:00\"`; the end is outside.",
        ),
        may("hours_for", Takes::List(&Takes::Keys(&HOURS_FOR)), "Other hours for some; the first that fits counts."),
        may("days_between", Takes::Whole(0, COUNT_MAX), "A contact is at least so many days after the last."),
        may("at_most", Takes::Keys(&AT_MOST), "No so many consecutive days hold more contact days."),
    ],
};

pub(crate) static HOURS_FOR: Table = Table {
    place: "`hours_for`",
    keys: &[
        may("kind", Takes::OneOf(KINDS), "The kind of debtor; every kind unless written."),
        may("channels", Takes::List(&Takes::OneOf(CHANNELS)), "The channels; every one unless written."),
        must(
            "hours",
            Takes::Weekdays(&Takes::Either(&[Takes::Hours, Takes::List(&Takes::Hours)])),
            "The contact hours by weekday.",
        ),
    ],
};

pub(crate) static AT_MOST: Table = Table {
    place: "`at_most`",
    keys: &[
        must("contacts", Takes::Whole(1, COUNT_MAX), "How many contact days."),
        must("in_days", Takes::Whole(1, COUNT_MAX), "In how many consecutive days."),
    ],
};

pub(crate) static TOLERANCE: Table = Table {
    place: "`plan_tolerance`",
    keys: &[
        may("amount", Takes::Number, "So much may be missing from what was to be paid so far. 0 unless written."),
        may("late", Takes::Duration, "An instalment may be so late; as late as `grace` says unless written."),
    ],
};

pub(crate) static GO_TO: Table =
    Table { place: "a jump", keys: &[must("go_to", Takes::Word, "The step the case jumps to; only forward.")] };

pub(crate) static STEP: Table = Table {
    place: "a step",
    keys: &[
        must("id", Takes::Word, "The step's name, unique in the workflow."),
        must("phase", Takes::OneOf(PHASES), "The stage of the escalation."),
        may("before_due", Takes::Duration, "Planned so long before the due date."),
        may("after_due", Takes::Duration, "Planned so long after the due date."),
        may("after_issue", Takes::Duration, "Planned so long after the invoice's day of issue."),
        may("after_delivery", Takes::Duration, "Planned so long after delivery."),
        may("after_step", Takes::Word, "Planned after this step was done, plus `wait`."),
        may("after_deadline_of", Takes::Word, "Planned after the deadline that this step gave, plus `wait`."),
        may("wait", Takes::Duration, "With `after_step` and `after_deadline_of`: how long after."),
        may("when", Takes::Condition, "Asked at the step's moment; where false, the step is skipped."),
        may("requires", WORDS, "Steps that must be on record as done; else the step waits."),
        may("approval", Takes::Either(&[Takes::Word, Takes::Keys(&APPROVAL)]), "Who must say yes first."),
        may(
            "email",
            Takes::Either(&[Takes::Word, Takes::Keys(&EMAIL)]),
            "Sends an email: the template's name, or more.",
        ),
        may("sms", Takes::Either(&[Takes::Word, Takes::Keys(&SMS)]), "Sends an SMS: the template's name, or more."),
        may(
            "letter",
            Takes::Either(&[Takes::Word, Takes::Keys(&LETTER)]),
            "Sends a letter: the template's name, or more.",
        ),
        may(
            "survey",
            Takes::Either(&[Takes::Word, Takes::Keys(&SURVEY)]),
            "Asks a satisfaction question by email; a bad answer may open a task.",
        ),
        may("task", Takes::Keys(&TASK), "Opens a task for a person."),
        may(
            "outcomes",
            Takes::Named(&Takes::Either(&[Takes::OneOf(EFFECTS), Takes::Keys(&GO_TO)])),
            "What may be answered to the task, and what each answer does.",
        ),
        may("block", Takes::Word, "Asks the platform to block something: `deliveries`."),
        may("unblock", Takes::Word, "Asks the platform to release a block."),
        may(
            "handover",
            Takes::Either(&[Takes::Word, Takes::Keys(&HANDOVER)]),
            "Leaves the case to somebody else; it ends here.",
        ),
        may("publish", Takes::Word, "Publishes an event of the workflow's own name."),
        may(
            "if_unreachable",
            Takes::Keys(&IF_UNREACHABLE),
            "What is sent when none of the step's channels can be used.",
        ),
        may("deadline", Takes::Deadline, "The term the step gives: `15 days after first_presented`."),
        may("repeat", Takes::Keys(&REPEAT), "Repeats the step."),
        may("formerly", WORDS, "Names the step had before."),
        may("backfill", Takes::Flag, "Whether running cases get a new step whose day is past."),
    ],
};

pub(crate) static APPROVAL: Table = Table {
    place: "`approval`",
    keys: &[
        must("role", Takes::Word, "Who must say yes."),
        may("when", Takes::Condition, "Asked only then."),
        may("expires", Takes::Duration, "How long the question stands."),
        may("on_expire", Takes::OneOf(&["hold", "ask_again"]), "What follows then; mandatory with `expires`."),
    ],
};

const TEMPLATE: Key = must("template", Takes::Word, "The template's name.");
const TO: Key = may(
    "to",
    Takes::OneOf(ROLES),
    "Whom it is addressed to; dunning, billing, management in this order unless written.",
);
const CC: Key =
    may("cc", Takes::Either(&[Takes::OneOf(ROLES), Takes::List(&Takes::OneOf(ROLES))]), "Who gets a copy by email.");
const ATTACH: Key = may(
    "attach",
    Takes::Either(&[Takes::OneOf(ATTACHMENTS), Takes::List(&Takes::OneOf(ATTACHMENTS))]),
    "What goes with it: behind the pages of a letter, attached to an email.",
);
const PROVIDER: Key = may("provider", Takes::Word, "A provider by name.");
const FROM: Key =
    may("from", Takes::Text, "Whom it comes from: a name; for an email also an address, or `Name <address>`.");

pub(crate) static EMAIL: Table = Table { place: "an email", keys: &[TEMPLATE, TO, CC, ATTACH, PROVIDER, FROM] };

pub(crate) static SMS: Table = Table { place: "an SMS", keys: &[TEMPLATE, TO, PROVIDER, FROM] };

pub(crate) static LETTER: Table = Table {
    place: "a letter",
    keys: &[
        TEMPLATE,
        may("service", Takes::OneOf(SERVICES), "How it is sent. `standard` unless written."),
        TO,
        ATTACH,
        PROVIDER,
        FROM,
    ],
};

pub(crate) static IF_UNREACHABLE: Table = Table {
    place: "`if_unreachable`",
    keys: &[
        may("email", Takes::Either(&[Takes::Word, Takes::Keys(&EMAIL)]), "Sends an email instead."),
        may("sms", Takes::Either(&[Takes::Word, Takes::Keys(&SMS)]), "Sends an SMS instead."),
        may("letter", Takes::Either(&[Takes::Word, Takes::Keys(&LETTER)]), "Sends a letter instead."),
    ],
};

pub(crate) static TASK: Table = Table {
    place: "a task",
    keys: &[
        must("kind", Takes::Word, "What is to be done: `call`, `visit`, `decide`, …"),
        may("script", Takes::Word, "The template of the script."),
        may("assign", Takes::Word, "The role that is to do it."),
        must("within", Takes::Duration, "How long the case waits for the answer."),
        must(
            "on_timeout",
            Takes::Either(&[Takes::OneOf(&["continue", "remind", "hold"]), Takes::Keys(&GO_TO)]),
            "What follows when nobody answered.",
        ),
        may("note", Takes::Text, "A note for who does it."),
    ],
};

pub(crate) static HANDOVER: Table = Table {
    place: "`handover`",
    keys: &[
        must("to", Takes::Word, "To whom: `to: bailiff`."),
        may("procedure", Takes::Word, "The procedure that is asked for."),
    ],
};

pub(crate) static REPEAT: Table = Table {
    place: "`repeat`",
    keys: &[
        must("every", Takes::Duration, "The gap between two occurrences."),
        must("at_most", Takes::Whole(1, COUNT_MAX), "How many occurrences, the first included."),
    ],
};

pub(crate) static ON_EXHAUSTED: Table = Table {
    place: "`on_exhausted`",
    keys: &[
        may("wait", Takes::Duration, "How long after the last step. `15 days` unless written."),
        may("task", Takes::Keys(&TASK), "The task that is opened."),
    ],
};

pub(crate) static COLLECTOR: Table = Table {
    place: "`collector`",
    keys: &[
        must("name", Takes::Text, "Its name, as its letters show it."),
        must("address", Takes::Text, "Its address, as its letters show it."),
    ],
};

pub(crate) static ACCEPT: Table = Table {
    place: "`accept`",
    keys: &[must("code", Takes::Word, "The finding's code."), must("reason", Takes::Text, "Why it is accepted.")],
};

/// Every table: to say where a misplaced key belongs, and for the reference.
pub(crate) static TABLES: &[&Table] = &[
    &WORKFLOW,
    &CONTACT,
    &AT_MOST,
    &GO_TO,
    &STEP,
    &APPROVAL,
    &EMAIL,
    &SMS,
    &LETTER,
    &SURVEY,
    &ON_BAD,
    &IF_UNREACHABLE,
    &TASK,
    &HANDOVER,
    &REPEAT,
    &ON_EXHAUSTED,
    &CREDIT_WARNING,
    &COLLECTOR,
    &ACCEPT,
    &SCHEDULE,
    &MATRIX,
];
