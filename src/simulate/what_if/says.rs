//! Reading one saying: words with their places, a verb, clauses, and what is wrong with them.

use std::fmt;
use std::ops::Range;

use chrono::{NaiveDate, NaiveTime};
use rust_decimal::Decimal;

use super::{Saying, What};
use crate::domain::{DeliveryStatus, parse_decimal};
use crate::workflow::{Action, Step, Workflow, nearest};

/// Every form a saying can have, each an example.
pub const FORMS: [&str; 15] = [
    "payment 500 on 2026-04-20",
    "payment all on 2026-04-20",
    "credit 100 on 2026-04-20",
    "dispute on 2026-04-20",
    "dispute 200 on 2026-04-20",
    "dispute resolved rejected on 2026-05-04",
    "promise 700 by 2026-05-10 on 2026-04-20",
    "promise withdrawn on 2026-05-04",
    "hold until 2026-05-10 on 2026-04-20",
    "hold released on 2026-05-04",
    "insolvency on 2026-04-20",
    "void on 2026-04-20",
    "approve formal-notice on 2026-05-11",
    "answer call promised on 2026-04-20",
    "first_presented formal-notice on 2026-05-15",
];
/// The verbs beside the statuses a carrier reports.
const VERBS: [&str; 11] =
    ["payment", "credit", "dispute", "promise", "hold", "insolvency", "void", "approve", "reject", "answer", "bounce"];
/// Statuses a carrier reports.
const STATUSES: [&str; 21] = [
    "accepted",
    "printing",
    "sent",
    "posted",
    "in_transit",
    "first_presented",
    "at_counter",
    "delivered",
    "bounced",
    "refused",
    "unclaimed",
    "address_unknown",
    "returned",
    "rejected",
    "cancelled",
    "failed",
    "expired",
    "deposit_proof",
    "content_proof",
    "receipt_proof",
    "return_scan",
];

/// What is wrong with a saying: where, and how it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhatIfError {
    text: String,
    at: Range<usize>,
    message: String,
    example: String,
}

impl WhatIfError {
    pub(super) fn new(text: &str, at: Range<usize>, message: String, example: String) -> Self {
        Self { text: text.to_owned(), at, message, example }
    }
}

impl std::error::Error for WhatIfError {}

impl fmt::Display for WhatIfError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = self.text[..self.at.start].chars().count();
        let marks = self.text[self.at.clone()].chars().count().max(1);
        writeln!(out, "--what-if: {}", self.message)?;
        writeln!(out, "  {}", self.text)?;
        writeln!(out, "  {:before$}{:^<marks$}", "", "")?;
        write!(out, "  write it like: {}", self.example)
    }
}

#[derive(Clone, Copy)]
struct Word<'a> {
    text: &'a str,
    start: usize,
}

impl Word<'_> {
    fn at(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }
}

/// A saying taken apart: its plain words, and what stands behind each clause's word.
struct Reader<'a> {
    text: &'a str,
    plain: Vec<Word<'a>>,
    clauses: Vec<(&'a str, Word<'a>)>,
    example: &'static str,
}

pub(super) fn parse(text: &str, workflows: &[Workflow]) -> Result<Saying, WhatIfError> {
    let mut reader = Reader::split(text)?;
    let Some(verb) = reader.plain.first().copied() else {
        return Err(reader.error(0..text.len(), "says nothing".to_owned()));
    };
    reader.example = example_of(verb.text);
    let what = reader.what(verb, workflows)?;
    let allowed: &[&str] = match what {
        What::Promise(..) => &["on", "at", "for", "by"],
        What::Hold(_) => &["on", "at", "for", "until"],
        _ => &["on", "at", "for"],
    };
    if let Some((name, word)) = reader.clauses.iter().find(|(name, _)| !allowed.contains(name)) {
        return Err(reader.error(word.at(), format!("`{name}` has no meaning here")));
    }
    let Some(on) = reader.clause("on") else {
        let end = text.len();
        return Err(reader.error(end..end, "on which day? `on` is missing".to_owned()));
    };
    let on = reader.day(on)?;
    let at = reader.clause("at").map(|word| reader.time(word)).transpose()?;
    let invoice = reader.clause("for").map(|word| (word.text.to_owned(), word.at()));
    Ok(Saying { what, on, at, invoice })
}

/// The example that fits what somebody began to write.
fn example_of(verb: &str) -> &'static str {
    let near = nearest(verb, VERBS).unwrap_or(verb);
    match near {
        "reject" => "reject formal-notice on 2026-05-11",
        "bounce" => "bounce reminder-1 on 2026-04-08",
        _ => FORMS.into_iter().find(|form| form.starts_with(near)).unwrap_or(if STATUSES.contains(&near) {
            "delivered formal-notice on 2026-05-15"
        } else {
            FORMS[0]
        }),
    }
}

impl<'a> Reader<'a> {
    fn split(text: &'a str) -> Result<Self, WhatIfError> {
        let mut words = Vec::new();
        for piece in text.split_whitespace() {
            words.push(Word { text: piece, start: piece.as_ptr() as usize - text.as_ptr() as usize });
        }
        let mut reader = Self { text, plain: Vec::new(), clauses: Vec::new(), example: FORMS[0] };
        reader.example = words.first().map_or(FORMS[0], |word| example_of(word.text));
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            if !["on", "at", "by", "until", "for"].contains(&word.text) {
                reader.plain.push(word);
                continue;
            }
            let Some(value) = words.next() else {
                return Err(reader.error(word.at(), format!("nothing stands behind `{}`", word.text)));
            };
            if reader.clause(word.text).is_some() {
                return Err(reader.error(word.at(), format!("`{}` stands twice", word.text)));
            }
            reader.clauses.push((word.text, value));
        }
        Ok(reader)
    }

    fn error(&self, at: Range<usize>, message: String) -> WhatIfError {
        WhatIfError::new(self.text, at, message, self.example.to_owned())
    }

    fn clause(&self, name: &str) -> Option<Word<'a>> {
        self.clauses.iter().find(|(one, _)| *one == name).map(|(_, word)| *word)
    }

    fn what(&self, verb: Word<'_>, workflows: &[Workflow]) -> Result<What, WhatIfError> {
        let words = &self.plain[1..];
        match (verb.text, words) {
            ("payment", [all]) if all.text == "all" => Ok(What::Payment(None)),
            ("payment", [amount]) => Ok(What::Payment(Some(self.amount(*amount)?))),
            ("credit", [amount]) => Ok(What::Credit(self.amount(*amount)?)),
            ("dispute", []) => Ok(What::Dispute(None)),
            ("dispute", [resolved, outcome]) if resolved.text == "resolved" => {
                self.word(*outcome, &["rejected", "accepted", "withdrawn"]).map(What::DisputeResolved)
            }
            ("dispute", [amount]) if amount.text.starts_with(|c: char| c.is_ascii_digit()) => {
                Ok(What::Dispute(Some(self.amount(*amount)?)))
            }
            ("dispute", [word, ..]) => Err(self.unknown(*word, &["resolved"])),
            ("promise", [word]) if word.text == "withdrawn" => Ok(What::PromiseWithdrawn),
            ("promise", [amount]) => {
                let Some(by) = self.clause("by") else {
                    return Err(self.error(amount.at(), "by which day? `by` is missing".to_owned()));
                };
                Ok(What::Promise(self.amount(*amount)?, self.day(by)?))
            }
            ("hold", []) => Ok(What::Hold(self.clause("until").map(|word| self.day(word)).transpose()?)),
            ("hold", [word]) => self.word(*word, &["released"]).map(|_| What::HoldReleased),
            ("insolvency", []) => Ok(What::Insolvency),
            ("void", []) => Ok(What::Void),
            ("approve", [step]) => Ok(What::Approval(self.step(*step, workflows)?, "approved")),
            ("reject", [step]) => Ok(What::Approval(self.step(*step, workflows)?, "rejected")),
            ("answer", [step, outcome]) => {
                Ok(What::Answer(self.step(*step, workflows)?, self.answer(*step, *outcome, workflows)?))
            }
            ("bounce", [step]) => Ok(What::Delivery(self.step(*step, workflows)?, DeliveryStatus::Bounced)),
            (status, [step]) if STATUSES.contains(&status) => {
                let status = serde_json::from_value(status.into()).unwrap_or(DeliveryStatus::Delivered);
                Ok(What::Delivery(self.step(*step, workflows)?, status))
            }
            (known, _) if VERBS.contains(&known) || STATUSES.contains(&known) => {
                let at = words.last().map_or(verb.at(), Word::at);
                let wanted = if words.is_empty() { "says too little" } else { "has a word too many or too few" };
                Err(self.error(at, format!("`{known}` {wanted}")))
            }
            _ => Err(self.unknown(verb, &[&VERBS[..], &STATUSES[..]].concat())),
        }
    }

    fn unknown(&self, word: Word<'_>, known: &[&str]) -> WhatIfError {
        let message = match nearest(word.text, known.iter().copied()) {
            Some(near) => format!("`{}` is not understood; did you mean `{near}`?", word.text),
            None => format!("`{}` is not understood; known here: {}", word.text, known.join(", ")),
        };
        self.error(word.at(), message)
    }

    fn word(&self, word: Word<'_>, known: &[&'static str]) -> Result<&'static str, WhatIfError> {
        let found = known.iter().find(|one| **one == word.text);
        found.copied().ok_or_else(|| self.unknown(word, known))
    }

    fn amount(&self, word: Word<'_>) -> Result<Decimal, WhatIfError> {
        let amount = parse_decimal(word.text).ok().filter(|amount| *amount > Decimal::ZERO);
        amount.ok_or_else(|| self.error(word.at(), format!("`{}` is no amount; write digits and a point", word.text)))
    }

    fn day(&self, word: Word<'_>) -> Result<NaiveDate, WhatIfError> {
        let day = word.text.parse();
        day.map_err(|_| {
            self.error(word.at(), format!("`{}` is no day of the calendar; write year-month-day", word.text))
        })
    }

    fn time(&self, word: Word<'_>) -> Result<NaiveTime, WhatIfError> {
        let time = NaiveTime::parse_from_str(word.text, "%H:%M");
        time.map_err(|_| self.error(word.at(), format!("`{}` is no time; write it like 14:30", word.text)))
    }

    fn step(&self, word: Word<'_>, workflows: &[Workflow]) -> Result<String, WhatIfError> {
        let steps: Vec<&str> =
            workflows.iter().flat_map(|workflow| &workflow.steps).map(|step| step.id.as_str()).collect();
        if steps.contains(&word.text) {
            return Ok(word.text.to_owned());
        }
        let message = match nearest(word.text, steps.iter().copied()) {
            Some(near) => format!("no step is called `{}`; did you mean `{near}`?", word.text),
            None => format!("no step is called `{}`; there are {}", word.text, steps.join(", ")),
        };
        Err(self.error(word.at(), message))
    }

    /// An answer that the task of a step takes; any answer where the step names none.
    fn answer(&self, step: Word<'_>, outcome: Word<'_>, workflows: &[Workflow]) -> Result<String, WhatIfError> {
        let named = workflows.iter().filter_map(|workflow| workflow.step(&step.text.into()));
        let is_asked = |step: &&Step| step.actions.iter().any(|action| matches!(action, Action::Task(_)));
        let asked: Vec<&Step> = named.map(|(_, step)| step).filter(is_asked).collect();
        if asked.is_empty() {
            let message = format!("`{}` has no task, so nobody answers it", step.text);
            return Err(self.error(step.at(), message));
        }
        let known: Vec<&str> = asked.iter().flat_map(|step| step.outcomes.keys()).map(String::as_str).collect();
        if known.contains(&outcome.text) || asked.iter().any(|step| step.outcomes.is_empty()) {
            return Ok(outcome.text.to_owned());
        }
        let message = format!("`{}` is no answer to {}; there are {}", outcome.text, step.text, known.join(", "));
        Err(self.error(outcome.at(), message))
    }
}
