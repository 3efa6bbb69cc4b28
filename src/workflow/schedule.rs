//! Periodic work, `schedules:` in a workflow or in `relance.yaml`: when it is due, what it sends, to whom.
//!
//! Only what is done for a calendar's sake is here. When a step of a case is due is a date counted from the invoice,
//! never a cron expression.

mod field;
mod timetable;
mod words;

pub use timetable::{CronError, Missed, Timetable};
