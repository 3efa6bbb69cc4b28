//! The book: every workflow revision in use, and the calendars they count by.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::{Revision, StepId, WorkflowName};
use crate::law::{Calendars, Jurisdictions, Law};
use crate::workflow::{Step, Workflow};

/// What decisions are made by. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Book {
    /// Which state of what serves it was made of; it grows with every deployment and every block.
    pub version: i64,
    /// Newest revision of each workflow: what new cases choose from.
    pub newest: BTreeMap<WorkflowName, Arc<Workflow>>,
    /// Every revision that a case may stand on.
    pub revisions: BTreeMap<(WorkflowName, Revision), Arc<Workflow>>,
    /// Steps that are stopped on every revision at once, under any name they had, and why.
    pub blocked: BTreeMap<(WorkflowName, StepId), String>,
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

    fn revisions_of<'a>(&'a self, workflow: &'a WorkflowName) -> impl Iterator<Item = &'a Arc<Workflow>> {
        let from = (workflow.clone(), Revision::new(""));
        self.revisions.range(from..).take_while(move |((name, _), _)| name == workflow).map(|(_, one)| one)
    }

    /// Every name a step had, its own included, as far as a revision in this book says `formerly`.
    pub(super) fn names(&self, workflow: &WorkflowName, id: &StepId) -> BTreeSet<StepId> {
        let mut names = BTreeSet::from([id.clone()]);
        loop {
            let before = names.len();
            for step in self.revisions_of(workflow).flat_map(|revision| &revision.steps) {
                if names.contains(&step.id) {
                    names.extend(step.formerly.iter().cloned());
                }
            }
            if names.len() == before {
                return names;
            }
        }
    }

    /// Every name of a step of one of the book's revisions, or of one that is to come into it.
    pub fn names_of(&self, workflow: &WorkflowName, step: &Step) -> BTreeSet<StepId> {
        let mut names = self.names(workflow, &step.id);
        names.extend(step.formerly.iter().cloned());
        names
    }

    /// Why a step is blocked, where it is: under the name it has here, one it had, or one it was given later.
    pub(super) fn why_blocked(&self, workflow: &WorkflowName, step: &StepId) -> Option<&str> {
        let mut blocked = self.blocked.iter().filter(|((name, _), _)| name == workflow).peekable();
        blocked.peek()?;
        let names = self.names(workflow, step);
        let same = |id: &StepId| names.contains(id) || self.names(workflow, id).contains(step);
        blocked.find(|((_, id), _)| same(id)).map(|(_, why)| why.as_str())
    }
}
