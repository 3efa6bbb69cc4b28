//! The contact budget (rule 8): on which days the account was contacted, and whether one more day may be added.
//!
//! A contact is a day, whatever the number of messages. What may have left counts; what was ordered and not
//! claimed does not, because it is decided anew; a fallback belongs to the contact of its step.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use super::days::{civil_day, plus_days};
use super::delivery::{Standing, handed_over};
use crate::domain::{Account, Direction, Notice, NoticeLine};
use crate::workflow::ContactRules;

/// Every contact with the account, as instants, oldest first.
pub(super) struct Contacts {
    instants: Vec<DateTime<Utc>>,
}

impl Contacts {
    /// The contacts of an account up to `now`.
    pub fn of(account: &Account, now: DateTime<Utc>) -> Self {
        let left: Vec<(&Notice, DateTime<Utc>)> = account
            .notices
            .values()
            .filter_map(|notice| match handed_over(account, notice) {
                Standing::Accepted(at) if !is_fallback(account, notice) => Some((notice, at)),
                Standing::Leaving | Standing::Uncertain if !is_fallback(account, notice) => {
                    Some((notice, notice.ordered_at))
                }
                _ => None,
            })
            .collect();
        // What is left of a step that went by one channel belongs to that contact, on whatever day it goes itself.
        let mut first: BTreeMap<&NoticeLine, DateTime<Utc>> = BTreeMap::new();
        for (line, at) in left.iter().flat_map(|(notice, at)| notice.lines.iter().map(move |line| (line, *at))) {
            first.entry(line).and_modify(|known| *known = at.min(*known)).or_insert(at);
        }
        let earliest = |notice: &Notice| notice.lines.iter().filter_map(|line| first.get(line)).min().copied();
        let sent = left.iter().map(|(notice, at)| earliest(notice).unwrap_or(*at));
        let recorded = account.facts.contacts.values().map(|contact| &contact.fact);
        let outbound = recorded.filter(|contact| contact.direction == Direction::Outbound).map(|contact| contact.at);
        let mut instants: Vec<_> = sent.chain(outbound).filter(|at| *at <= now).collect();
        instants.sort_unstable();
        Self { instants }
    }

    /// The day of the last contact.
    pub fn last_day(&self, zone: Tz) -> Option<NaiveDate> {
        self.instants.last().map(|at| civil_day(zone, *at))
    }

    /// Whether the account may be contacted on `day`, today or later, under these rules.
    pub fn allow(&self, rules: &ContactRules, zone: Tz, day: NaiveDate) -> bool {
        let Some(last) = self.last_day(zone) else { return true };
        if last >= day {
            return true; // Already a contact day: one more message adds no contact.
        }
        if (day - last).num_days() < i64::from(rules.days_between) {
            return false;
        }
        let Some(budget) = rules.at_most else { return true };
        let from = plus_days(day, 1 - i64::from(budget.in_days));
        let mut days = 0;
        let mut known = None;
        for at in self.instants.iter().rev() {
            let contact = civil_day(zone, *at);
            if contact < from {
                break;
            }
            if known != Some(contact) {
                days += 1;
                known = Some(contact);
            }
        }
        days < budget.contacts
    }
}

/// Whether a notice stands in for one that failed.
fn is_fallback(account: &Account, notice: &Notice) -> bool {
    notice.lines.first().and_then(|line| account.cases.get(&line.invoice)).is_some_and(|case| {
        case.journal.iter().any(|record| {
            record.notices.contains(&notice.id) && record.failed_since.is_some_and(|since| notice.ordered_at >= since)
        })
    })
}
