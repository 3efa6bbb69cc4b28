//! The policy that was asked for, as the files somebody will read and change.

use std::fmt;
use std::fmt::Write as _;
use std::str::FromStr;

use anyhow::bail;

use super::{By, Country, DebtorKind};

/// A duration as it was written, and about how many civil days it is.
#[derive(Clone, Debug)]
pub struct Term {
    written: String,
    /// Civil days, at most.
    pub days: u32,
}

impl FromStr for Term {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let amount =
            words.first().and_then(|word| word.parse::<u32>().ok()).filter(|amount| (1..=365).contains(amount));
        let days = match (amount, words.get(1..).unwrap_or_default()) {
            (Some(amount), ["day" | "days"]) => amount,
            // Weekends, and a few holidays.
            (Some(amount), ["business", "day" | "days"]) => amount + amount.div_ceil(5) * 2 + 4,
            (Some(amount), ["week" | "weeks"]) => amount * 7,
            (Some(amount), ["month" | "months"]) => amount * 31,
            _ => bail!("`{text}` is no duration; write `10 days`, `3 business days`, `2 weeks` or `1 month`"),
        };
        Ok(Self { written: words.join(" "), days })
    }
}

impl fmt::Display for Term {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.written)
    }
}

/// What was asked for.
#[derive(Debug)]
pub struct Policy {
    pub name: String,
    pub country: Country,
    pub kind: DebtorKind,
    pub channels: Vec<By>,
    pub languages: Vec<String>,
    pub first: Term,
    pub formal: Option<Term>,
    pub minimum: String,
}

impl Policy {
    fn by(&self, channel: By) -> bool {
        self.channels.contains(&channel)
    }

    fn kind(&self) -> (&'static str, &'static str) {
        match self.kind {
            DebtorKind::Business => ("business", "Business customers"),
            DebtorKind::Consumer => ("consumer", "Consumers"),
            DebtorKind::Public => ("public", "Public bodies"),
        }
    }

    /// Name, time zone, jurisdiction, currency.
    fn place(&self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self.country {
            Country::Fr => ("France", "Europe/Paris", "fr", "EUR"),
            Country::Gb => ("United Kingdom", "Europe/London", "gb", "GBP"),
            Country::Be => ("Belgium", "Europe/Brussels", "eu", "EUR"),
            Country::De => ("Germany", "Europe/Berlin", "eu", "EUR"),
            Country::Lu => ("Luxembourg", "Europe/Luxembourg", "eu", "EUR"),
        }
    }

    /// The workflow file.
    pub fn workflow(&self) -> String {
        let (place, zone, jurisdiction, currency) = self.place();
        let (kind, people) = self.kind();
        let mut out = format!(
            "# yaml-language-server: $schema=schema/workflow.json\n#\n\
             # A calendar of steps, read from top to bottom. Days are counted from the due date; a step never goes closer to the one\n\
             # before it than is written here, and never outside the contact hours. `relance check` finds mistakes, `relance test`\n\
             # runs the scenario beside it, `relance simulate` shows the days for an invoice of yours.\n\
             relance: 1\nworkflow: {}\ntitle: {people}, {place}\n\
             applies_to: debtor.kind == \"{kind}\" and invoice.currency == \"{currency}\"\n\
             priority: 10                       # the highest that applies takes a new invoice\n\n\
             timezone: {zone}\nlanguages: [{}]\n\
             jurisdiction: {jurisdiction:18}   # holidays, late charges and legal rules\n\
             minimum_balance: {:15}   # below it nothing is sent\ncontact:\n  hours: {{ mon-fri: \"09:00-18:00\" }}\n  \
             days_between: 3                  # for each debtor, whatever the channel\n  at_most: {{ contacts: 4, in_days: 30 }}\n\
             group: account                     # one debtor, one message\n\nsteps:\n",
            self.name,
            self.languages.join(", "),
            self.minimum,
        );
        let mut required = vec!["reminder-1"];
        let second = self.first.days + 7;
        let third = second + 14;
        self.reminders(&mut out, second);
        let has_letter = self.by(By::Letter)
            && (self.by(By::Email) || self.by(By::Sms))
            && self.formal.as_ref().is_none_or(|formal| formal.days >= third + 7);
        if has_letter {
            required.push("letter");
            let _ = write!(
                out,
                "\n  - id: letter\n    phase: reminder\n    after_due: {third} days\n    \
                 letter: {{ template: reminder-letter, service: standard }}\n"
            );
        }
        if let Some(formal) = &self.formal {
            self.legal(&mut out, formal, &required);
        }
        out.push_str(
            "\n# When every step is done and still nothing is paid, a person decides.\non_exhausted:\n  wait: 15 days\n  \
             task: { kind: decide, assign: manager, within: 10 business days, on_timeout: remind, note: \"Write off, insure or sell?\" }\n",
        );
        out
    }

    fn reminders(&self, out: &mut String, second: u32) {
        let fallback = match self.by(By::Letter) && (self.by(By::Email) || self.by(By::Sms)) {
            // For those who have no email address or telephone.
            true => "    if_unreachable: { letter: { template: reminder-letter, service: standard } }\n",
            false => "",
        };
        let _ = write!(out, "  - id: reminder-1\n    phase: reminder\n    after_due: {}\n", self.first);
        out.push_str(match (self.by(By::Email), self.by(By::Sms)) {
            (true, _) => "    email: reminder-1\n",
            (false, true) => "    sms: reminder-2\n",
            (false, false) => "    letter: { template: reminder-letter, service: standard }\n",
        });
        out.push_str(fallback);
        if self.formal.as_ref().is_some_and(|formal| formal.days < second + 7) {
            return;
        }
        let _ = write!(out, "\n  - id: reminder-2\n    phase: reminder\n    after_due: {second} days\n");
        if self.by(By::Email) {
            out.push_str("    email: { template: reminder-2, attach: [statement, payment_slip] }\n");
        }
        if self.by(By::Sms) {
            out.push_str("    sms: reminder-2                # says no amount: others may see the screen\n");
        }
        if !self.by(By::Email) && !self.by(By::Sms) {
            out.push_str("    letter: { template: reminder-letter, service: standard }\n");
        }
        out.push_str(fallback);
    }

    fn legal(&self, out: &mut String, formal: &Term, required: &[&str]) {
        let (service, days) = match self.country {
            Country::Gb => ("registered", 14),
            _ => ("registered_receipt", 15),
        };
        let _ = write!(
            out,
            "\n  # A registered letter; its deadline runs from the day the post presented it.\n  - id: formal-notice\n    \
             phase: formal_notice\n    after_due: {formal}\n    requires: [{}]\n    \
             letter: {{ template: formal-notice, service: {service} }}\n    deadline: {days} days after first_presented\n",
            required.join(", ")
        );
        let (to, procedure) = match (self.kind, self.country) {
            (DebtorKind::Public, _) => return,
            (_, Country::Gb) => ("solicitor", "county-court-claim"),
            (_, Country::Fr) => ("bailiff", "injonction-de-payer"),
            _ => ("lawyer", "payment-order"),
        };
        let _ = write!(
            out,
            "\n  # Never without a person's yes.\n  - id: legal\n    phase: legal\n    after_deadline_of: formal-notice\n    \
             when: balance >= 200 and not disputed\n    approval: manager\n    \
             handover: {{ to: {to}, procedure: {procedure} }}\n"
        );
    }

    /// The scenario file without its timeline; `until` is its line.
    pub fn scenario(&self, until: &str) -> String {
        let (_, _, _, currency) = self.place();
        let assume = if self.formal.is_some() {
            "assume: [first_presented=3bd]       # the post presents it three business days later\n"
        } else {
            ""
        };
        format!(
            "# yaml-language-server: $schema=../schema/scenario.json\n#\n# Nobody pays. The timeline below is what the workflow gave when it was \
             written: read it with a calendar, and after\n# a change of the workflow let `relance test --bless` write it anew.\n\
             scenario: Never paid\nworkflow: {}\n{until}{assume}currency: {currency}\ndebtors:\n  - {{ kind: {} }}\n\nevents:\n  \
             - {{ at: 2026-03-02, invoice.upserted: {{ invoice: F-1, total: 1200.00, due_on: 2026-04-01 }} }}\n\nexpect: \"\"\n",
            self.name,
            self.kind().0,
        )
    }
}
