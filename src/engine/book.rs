//! The book: every workflow revision in use, and the calendars they count by.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{Revision, WorkflowName};
use crate::law::{Calendars, Jurisdictions, Law};
use crate::workflow::Workflow;

/// What decisions are made by. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Book {
    /// Newest revision of each workflow: what new cases choose from.
    pub newest: BTreeMap<WorkflowName, Arc<Workflow>>,
    /// Every revision that a case may stand on.
    pub revisions: BTreeMap<(WorkflowName, Revision), Arc<Workflow>>,
    /// Calendars of every jurisdiction and region.
    pub calendars: Arc<Calendars>,
    /// Late charges, limitation and terms of every jurisdiction.
    pub jurisdictions: Arc<Jurisdictions>,
}

impl Book {
    /// A book in which each of `workflows` is the newest revision of its name.
    pub fn new(workflows: impl IntoIterator<Item = Workflow>, calendars: Calendars) -> Self {
        let mut book = Self { calendars: Arc::new(calendars), ..Self::default() };
        for workflow in workflows.into_iter().map(Arc::new) {
            book.revisions.insert((workflow.name.clone(), workflow.revision.clone()), Arc::clone(&workflow));
            book.newest.insert(workflow.name.clone(), workflow);
        }
        book
    }

    /// The same, with the calendars and jurisdictions of `law`.
    pub fn with_law(workflows: impl IntoIterator<Item = Workflow>, law: Law) -> Self {
        Self { jurisdictions: Arc::new(law.jurisdictions), ..Self::new(workflows, law.calendars) }
    }
}
