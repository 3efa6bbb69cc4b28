//! The book: every workflow revision in use, and the calendars they count by.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono_tz::Tz;

use crate::domain::{Address, Debtor, Revision, StepId, WorkflowName};
use crate::law::{Calendar, Calendars, Jurisdictions, Law};
use crate::workflow::{Step, Workflow};

/// What decisions are made by. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Book {
    /// Which state of what serves it was made of; it grows with every deployment and every block.
    pub version: i64,
    /// Newest revision of each workflow: what new cases choose from.
    pub newest: BTreeMap<WorkflowName, Arc<Workflow>>,
    /// Every revision that a case may stand on.
    revisions: BTreeMap<(WorkflowName, Revision), Arc<Workflow>>,
    /// Every name each step had, by workflow: asked for each step of each case, so it is made up once.
    names: BTreeMap<WorkflowName, Arc<Names>>,
    /// Steps that are stopped on every revision at once, under any name they had, and why.
    pub blocked: BTreeMap<(WorkflowName, StepId), String>,
    /// Calendars of every jurisdiction and region.
    pub calendars: Arc<Calendars>,
    /// Late charges, limitation and terms of every jurisdiction.
    pub jurisdictions: Arc<Jurisdictions>,
}

/// Every name of each step, its own included.
type Names = BTreeMap<StepId, BTreeSet<StepId>>;

impl Book {
    /// A book in which each of `workflows` is the newest revision of its name.
    pub fn new(workflows: impl IntoIterator<Item = Workflow>, calendars: Calendars) -> Self {
        let workflows: Vec<Arc<Workflow>> = workflows.into_iter().map(Arc::new).collect();
        let newest = workflows.iter().map(|workflow| (workflow.name.clone(), Arc::clone(workflow))).collect();
        let mut book = Self { calendars: Arc::new(calendars), newest, ..Self::default() };
        book.add(workflows);
        book
    }

    /// The same, with the calendars and jurisdictions of `law`.
    pub fn with_law(workflows: impl IntoIterator<Item = Workflow>, law: Law) -> Self {
        Self { jurisdictions: Arc::new(law.jurisdictions), ..Self::new(workflows, law.calendars) }
    }

    /// Adds revisions that cases may stand on. None becomes the newest by it.
    pub fn add(&mut self, revisions: impl IntoIterator<Item = Arc<Workflow>>) {
        let mut touched = BTreeSet::new();
        for workflow in revisions {
            touched.insert(workflow.name.clone());
            self.revisions.insert((workflow.name.clone(), workflow.revision.clone()), workflow);
        }
        for name in touched {
            let names = names(self.revisions_of(&name).flat_map(|revision| &revision.steps));
            self.names.insert(name, Arc::new(names));
        }
    }

    /// A revision that cases may stand on.
    pub fn revision(&self, key: &(WorkflowName, Revision)) -> Option<&Arc<Workflow>> {
        self.revisions.get(key)
    }

    /// The calendar of an address under a jurisdiction, whose calendar may bear another name than itself; without an
    /// address that of the workflow's own people.
    pub fn calendar(&self, jurisdiction: &str, address: Option<&Address>) -> &Calendar {
        let named = self.jurisdictions.get(jurisdiction).map_or(jurisdiction, |one| one.calendar.as_str());
        self.calendars.of(named, address)
    }

    /// The zone in which the days of a debtor are counted: the debtor's, else that of the region or country of its address
    /// where its calendar is another than the workflow's, else the workflow's.
    pub fn zone(&self, debtor: Option<&Debtor>, workflow: &Workflow) -> Tz {
        let office = self.calendar(&workflow.jurisdiction, None);
        let elsewhere = || {
            let calendar = self.calendar(&workflow.jurisdiction, Some(debtor?.address.as_ref()?));
            calendar.zone.filter(|_| calendar.name != office.name)
        };
        debtor.and_then(|debtor| debtor.timezone).or_else(elsewhere).unwrap_or(workflow.timezone)
    }

    /// Every workflow of which there is a revision.
    pub fn workflows(&self) -> BTreeSet<&WorkflowName> {
        self.names.keys().collect()
    }

    /// Every revision of a workflow.
    pub fn revisions_of<'a>(&'a self, workflow: &'a WorkflowName) -> impl Iterator<Item = &'a Arc<Workflow>> {
        let from = (workflow.clone(), Revision::new(""));
        self.revisions.range(from..).take_while(move |((name, _), _)| name == workflow).map(|(_, one)| one)
    }

    /// Every name a step had, its own included, as far as a revision in this book says `formerly`.
    pub(super) fn names(&self, workflow: &WorkflowName, id: &StepId) -> Cow<'_, BTreeSet<StepId>> {
        let known = self.names.get(workflow).and_then(|names| names.get(id));
        known.map_or_else(|| Cow::Owned(BTreeSet::from([id.clone()])), Cow::Borrowed)
    }

    /// Every name of a step of one of the book's revisions, or of one that is to come into it.
    pub fn names_of(&self, workflow: &WorkflowName, step: &Step) -> Cow<'_, BTreeSet<StepId>> {
        let mut names = self.names(workflow, &step.id);
        if !step.formerly.iter().all(|name| names.contains(name)) {
            names.to_mut().extend(step.formerly.iter().cloned());
        }
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

/// What `formerly` comes to over all revisions of a workflow: a name of a name is a name.
fn names<'s>(steps: impl Iterator<Item = &'s Step>) -> Names {
    let mut told = Names::new();
    for step in steps {
        let own = told.entry(step.id.clone()).or_insert_with(|| BTreeSet::from([step.id.clone()]));
        own.extend(step.formerly.iter().cloned());
    }
    loop {
        let mut more: Vec<(StepId, BTreeSet<StepId>)> = Vec::new();
        for (id, names) in &told {
            let further = names.iter().filter_map(|name| told.get(name)).flatten();
            let further: BTreeSet<StepId> = further.filter(|name| !names.contains(*name)).cloned().collect();
            if !further.is_empty() {
                more.push((id.clone(), further));
            }
        }
        if more.is_empty() {
            return told;
        }
        for (id, further) in more {
            told.entry(id).or_default().extend(further);
        }
    }
}
