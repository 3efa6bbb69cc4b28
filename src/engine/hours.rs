//! The contact hours of a step and of a notice, and whether a notice may be handed over at an instant: what is asked again
//! of one that a dead worker left behind.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use super::Book;
use super::days::{civil_day, moment, open_hours};
use super::reach;
use super::scene::Scene;
use crate::domain::Notice;
use crate::workflow::{ContactChannel, ContactHours, Message, Step, Workflow};

/// Whether `now` is in the contact hours of the notice's workflow, in its account's zone and calendar. Never for a
/// revision that is not known, nor for a notice without its content.
pub fn is_open(book: &Book, notice: &Notice, now: DateTime<Utc>) -> bool {
    let Some(content) = notice.content.as_deref() else { return false };
    let Some(workflow) = book.revision(&(notice.workflow.clone(), notice.revision.clone())) else { return false };
    let calendar = book.calendar(&workflow.jurisdiction, content.debtor_address.as_ref());
    let day = civil_day(content.timezone, now);
    let at = |time| moment(content.timezone, day, time);
    let hours = workflow.contact.hours_of(Some(content.debtor_kind), ContactChannel::Notice(notice.channel));
    open_hours(hours, day, calendar).iter().any(|(from, to)| at(*from) <= now && now < at(*to))
}

/// The hours in which a step may go: those that all its channels to this debtor share. A step whose own channels cannot
/// be used goes by its fallback.
pub(super) fn of_step<'w>(scene: &Scene<'_>, workflow: &'w Workflow, step: &Step) -> Cow<'w, ContactHours> {
    let reaches = |message: &&Message| reach::recipient(scene, message).is_some();
    let falls_back = step.messages().next().is_some() && !step.messages().any(|message| reaches(&message));
    if falls_back {
        return of_fallback(scene, workflow, step);
    }
    let kind = scene.debtor.map(|debtor| debtor.kind);
    workflow.contact.hours_of_all(kind, step.channels())
}

/// The hours in which a step's fallback may go.
pub(super) fn of_fallback<'w>(scene: &Scene<'_>, workflow: &'w Workflow, step: &Step) -> Cow<'w, ContactHours> {
    let kind = scene.debtor.map(|debtor| debtor.kind);
    let channels = step.if_unreachable.iter().map(|message| ContactChannel::Notice(message.channel));
    workflow.contact.hours_of_all(kind, channels)
}
