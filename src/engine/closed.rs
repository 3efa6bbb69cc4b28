//! Which closed days move a step off its day, in words: holidays by their names, weekdays without contact hours.

use chrono::NaiveDate;

use super::Book;
use super::days::{open_hours, plus_days};
use super::scene::Walker;
use crate::domain::{Account, Case};
use crate::workflow::{Anchor, ContactHours, Step, Unit};

/// Longer runs of closed days are looked at no further: nothing real is closed for so long.
const RUN_DAYS_MAX: i64 = 40;

/// Warns where a case's days are counted by the calendar of its workflow because none of the debtor's country is known
/// (rule 3); `None` where the country's own is, or nothing says which country that is.
pub fn fallback_calendar(account: &Account, book: &Book, case: &Case) -> Option<String> {
    let workflow = book.revision(case.workflow.as_ref()?)?;
    let address = account.facts.debtor.as_ref()?.fact.address.as_ref()?;
    if book.calendars.knows(address) {
        return None;
    }
    let used = &book.calendar(&workflow.jurisdiction, Some(address)).name;
    Some(format!("no calendar of {} is known: holidays are those of {used}", address.country))
}

/// The closed days that moved a step from `due`, its day, to `on`: those it met there, and those right before `on`.
pub(super) fn between(walker: &Walker<'_>, hours: &ContactHours, due: NaiveDate, on: NaiveDate) -> Vec<String> {
    let is_closed = |day: &NaiveDate| open_hours(hours, *day, walker.calendar).is_empty();
    let met = (0..RUN_DAYS_MAX).map(|ahead| plus_days(due, ahead)).take_while(|day| *day < on && is_closed(day));
    let met: Vec<NaiveDate> = met.collect();
    let after = met.last().map_or(due, |last| plus_days(*last, 1));
    let last = (1..RUN_DAYS_MAX).map(|back| plus_days(on, -back)).take_while(|day| *day >= after && is_closed(day));
    let mut last: Vec<NaiveDate> = last.collect();
    last.reverse();
    [met, last].iter().flat_map(|run| told(walker, hours, run)).collect()
}

/// The holidays that were not counted on the way to a day that counts business or working days from the due date.
pub(super) fn not_counted(walker: &Walker<'_>, step: &Step, planned: NaiveDate) -> Vec<String> {
    let (Anchor::AfterDue(term) | Anchor::BeforeDue(term)) = &step.anchor else { return Vec::new() };
    let counted = match term.unit {
        Unit::BusinessDays => 5,
        Unit::WorkingDays => 6,
        Unit::Days | Unit::Weeks | Unit::Months => return Vec::new(),
    };
    let Some(due_on) = walker.due_on else { return Vec::new() };
    let (from, to) = (due_on.min(planned), due_on.max(planned));
    let days = (1..RUN_DAYS_MAX).map(|ahead| plus_days(from, ahead)).take_while(|day| *day < to);
    let weekday = |day: &NaiveDate| chrono::Datelike::weekday(day).num_days_from_monday() < counted;
    days.filter(weekday).filter_map(|day| Some(format!("{}, not counted", holiday(walker, day)?))).collect()
}

/// What closes each day of a run; weekdays without hours in one sentence.
fn told(walker: &Walker<'_>, hours: &ContactHours, run: &[NaiveDate]) -> Vec<String> {
    let is_idle = |day: &NaiveDate| hours.on(chrono::Datelike::weekday(day)).is_empty();
    let (idle, holidays): (Vec<NaiveDate>, Vec<NaiveDate>) = run.iter().partition(|day| is_idle(day));
    let idle: Vec<String> = idle.iter().map(|day| day.format("%a %Y-%m-%d").to_string()).collect();
    let idle = (!idle.is_empty()).then(|| format!("no contact hours on {}", idle.join(", ")));
    idle.into_iter().chain(holidays.into_iter().filter_map(|day| holiday(walker, day))).collect()
}

/// `2026-04-06 is Lundi de Pâques, a holiday in fr`.
fn holiday(walker: &Walker<'_>, day: NaiveDate) -> Option<String> {
    let calendar = walker.calendar;
    Some(match calendar.holiday(day)? {
        "" => format!("{day} is a holiday in {}", calendar.name),
        name => format!("{day} is {name}, a holiday in {}", calendar.name),
    })
}
