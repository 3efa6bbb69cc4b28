//! Whether a notice may be handed over at an instant: what is asked again of one that a dead worker left behind.

use chrono::{DateTime, Utc};

use super::Book;
use super::days::{civil_day, open_hours};
use crate::domain::Notice;

/// Whether `now` is in the contact hours of the notice's workflow, in its account's zone and calendar. Never for a
/// revision that is not known, nor for a notice without its content.
pub fn is_open(book: &Book, notice: &Notice, now: DateTime<Utc>) -> bool {
    let Some(content) = notice.content.as_deref() else { return false };
    let Some(workflow) = book.revision(&(notice.workflow.clone(), notice.revision.clone())) else { return false };
    let calendar = book.calendar(&workflow.jurisdiction, content.debtor_address.as_ref());
    let (day, time) = (civil_day(content.timezone, now), now.with_timezone(&content.timezone).time());
    open_hours(&workflow.contact.hours, day, calendar).iter().any(|(from, to)| *from <= time && time < *to)
}
