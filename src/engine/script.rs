//! What the person who takes up a task is told about it: what a notice would say at this moment, to nobody.

use chrono::{DateTime, Utc};

use super::content::stated;
use super::scene::{Scene, Walker};
use super::terms::ledger;
use super::{Book, choose};
use crate::domain::{Account, Content, Phase, Task};

/// What the script of a task speaks of at `now`; `None` where its cases, its workflow or the parties are not known.
pub fn script_content(account: &Account, book: &Book, task: &Task, now: DateTime<Utc>) -> Option<Content> {
    let ledger = ledger(&account.facts, book);
    let scene = Scene::of(account, book, &ledger, now);
    let walkers = choose::walkers(&scene);
    let listed: Vec<&Walker<'_>> = walkers.iter().filter(|walker| task.invoices.contains(walker.id())).collect();
    let lead = *listed.first()?;
    let workflow = lead.workflow?;
    let step = task.step.as_ref().and_then(|id| lead.step_named(id));
    let phase = step.map(|(_, step)| step.phase).or(lead.case.phase).unwrap_or(Phase::Reminder);
    stated(&scene, lead, workflow, phase, &listed)
}
