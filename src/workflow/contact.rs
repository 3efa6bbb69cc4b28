//! When an account may be contacted: hours by weekday, by kind of debtor and by channel, and how often.
//!
//! Hours are those of a clock on the wall at the debtor's; which instants they are is the engine's.

use std::borrow::Cow;

use chrono::{NaiveTime, Weekday};

use super::Step;
use crate::domain::{Channel, DebtorKind};

/// When the account may be written to, by weekday; each interval ends outside.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ContactHours {
    /// Seven lists, Monday first, sorted, not overlapping.
    pub days: [Vec<(NaiveTime, NaiveTime)>; 7],
}

impl ContactHours {
    /// The open intervals of a weekday.
    pub fn on(&self, weekday: Weekday) -> &[(NaiveTime, NaiveTime)] {
        &self.days[weekday.num_days_from_monday() as usize]
    }

    /// Whether there is no open moment in the week.
    pub fn is_never(&self) -> bool {
        self.days.iter().all(Vec::is_empty)
    }

    /// What is open in both.
    fn common(&self, other: &Self) -> Self {
        let day = |place: usize| {
            let pairs = self.days[place].iter().flat_map(|one| other.days[place].iter().map(move |two| (one, two)));
            let both = pairs.map(|((from, to), (start, end))| (*from.max(start), *to.min(end)));
            both.filter(|(from, to)| from < to).collect()
        };
        Self { days: std::array::from_fn(day) }
    }
}

/// How often an account may be contacted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactRules {
    /// When.
    pub hours: ContactHours,
    /// Other hours for some debtors or channels; the first that fits counts.
    pub hours_for: Vec<HoursFor>,
    /// A contact is at least so many days after the last; 0 and 1 mean every day.
    pub days_between: u32,
    /// No `in_days` consecutive days hold more than `contacts`.
    pub at_most: Option<ContactBudget>,
}

/// How somebody is reached: by a message, or by a person's call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactChannel {
    /// A notice.
    Notice(Channel),
    /// A task of the kind `call`.
    Call,
}

/// Hours of some debtors or channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoursFor {
    /// The kind of debtor; every kind where absent.
    pub kind: Option<DebtorKind>,
    /// The channels; every one where empty.
    pub channels: Vec<ContactChannel>,
    /// When.
    pub hours: ContactHours,
}

impl ContactRules {
    /// The hours in which a kind of debtor may be contacted by one channel. A debtor whose kind is not known has those
    /// of entries for every kind.
    pub fn hours_of(&self, kind: Option<DebtorKind>, channel: ContactChannel) -> &ContactHours {
        let fits = |entry: &&HoursFor| {
            entry.kind.is_none_or(|one| Some(one) == kind)
                && (entry.channels.is_empty() || entry.channels.contains(&channel))
        };
        self.hours_for.iter().find(fits).map_or(&self.hours, |entry| &entry.hours)
    }

    /// The hours in which all of several channels are open: what goes at one moment goes when each may.
    pub fn hours_of_all(
        &self,
        kind: Option<DebtorKind>,
        channels: impl IntoIterator<Item = ContactChannel>,
    ) -> Cow<'_, ContactHours> {
        if self.hours_for.is_empty() {
            return Cow::Borrowed(&self.hours);
        }
        let each = channels.into_iter().map(|channel| self.hours_of(kind, channel));
        let both = each.map(Cow::Borrowed).reduce(|all, one| match *all == *one {
            true => all,
            false => Cow::Owned(all.common(&one)),
        });
        both.unwrap_or(Cow::Borrowed(&self.hours))
    }
}

impl Step {
    /// By what its own actions reach the debtor.
    pub fn channels(&self) -> impl Iterator<Item = ContactChannel> {
        let calls =
            self.actions.iter().filter(|action| matches!(action, super::Action::Task(task) if task.kind == "call"));
        let notices = self.messages().map(|message| ContactChannel::Notice(message.channel));
        notices.chain(calls.map(|_| ContactChannel::Call))
    }
}

/// No `in_days` consecutive days hold more than `contacts` contact days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContactBudget {
    /// How many contact days.
    pub contacts: u32,
    /// In how many consecutive days.
    pub in_days: u32,
}
