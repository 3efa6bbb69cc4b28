//! The library: every workflow revision in use, with the templates it was made with.
//!
//! It is what Postgres holds, not what the folder holds: new cases take what was deployed last, running cases stay on
//! their revision. A library never changes; the shelf puts a newer one in its place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::{Revision, StepId, WorkflowName};
use crate::engine::Book;
use crate::render::Templates;
use crate::store::{Bundle, InService, StoreError};
use crate::workflow::{SourceFile, Workflow, read_kept};

use super::laws::LawEdition;
use super::template_set::{TemplateSet, TemplateSets};

/// What is kept of a revision.
#[derive(Serialize, Deserialize)]
struct Kept {
    file: String,
    yaml: String,
    templates: BTreeMap<String, String>,
}

/// One revision of one workflow with its templates.
#[derive(Clone, Debug)]
pub struct Edition {
    /// The checked workflow.
    pub workflow: Arc<Workflow>,
    /// Its file.
    pub source: SourceFile,
    /// Its templates.
    pub templates: Arc<TemplateSet>,
}

impl Edition {
    /// Its name and revision.
    pub fn key(&self) -> (WorkflowName, Revision) {
        (self.workflow.name.clone(), self.workflow.revision.clone())
    }

    /// What is kept of it in Postgres.
    pub fn bundle(&self) -> Bundle {
        let kept = Kept {
            file: self.source.name.clone(),
            yaml: self.source.text.clone(),
            templates: self.templates.files().clone(),
        };
        Bundle {
            workflow: self.workflow.name.clone(),
            revision: self.workflow.revision.clone(),
            // Text and maps of text: there is nothing in it that JSON cannot say.
            json: serde_json::to_string(&kept).unwrap_or_default(),
        }
    }

    /// Reads a kept revision again; `sets` are the templates of those read before.
    ///
    /// # Errors
    ///
    /// [`StoreError::Undecodable`] where this program does not understand it: a newer one kept it.
    pub fn read(bundle: &Bundle, sets: &mut TemplateSets) -> Result<Self, StoreError> {
        let refuse = |reason: String| StoreError::Undecodable {
            table: "revisions",
            column: "bundle",
            key: format!("{}/{}", bundle.workflow, bundle.revision),
            reason: format!("{reason}; a newer version of relance kept it, so upgrade this one"),
        };
        let kept: Kept = serde_json::from_str(&bundle.json).map_err(|why| refuse(why.to_string()))?;
        let source = SourceFile::new(kept.file, kept.yaml);
        let workflow = read_kept(&source.name, &source.text).map_err(|findings| {
            let first = findings.first().map(|finding| finding.message.clone());
            refuse(first.unwrap_or_else(|| "it is empty".to_owned()))
        })?;
        // The revision is the name under which cases know it, whatever this program would compute today.
        let workflow = Arc::new(Workflow { revision: bundle.revision.clone(), ..workflow });
        Ok(Self { workflow, source, templates: sets.of(kept.templates) })
    }
}

/// Every edition in use at one version of what serves.
#[derive(Debug)]
pub struct Library {
    book: Arc<Book>,
    law: LawEdition,
    editions: BTreeMap<(WorkflowName, Revision), Edition>,
    service: InService,
}

impl Library {
    /// What `service` says of `editions`, decided by `law`.
    pub fn new(law: LawEdition, service: InService, editions: impl IntoIterator<Item = Edition>) -> Self {
        let editions: BTreeMap<_, _> = editions.into_iter().map(|edition| (edition.key(), edition)).collect();
        let revisions: BTreeMap<_, _> =
            editions.iter().map(|(key, edition)| (key.clone(), edition.workflow.clone())).collect();
        let serving = service.deployed.values().filter_map(|row| {
            let key = (row.workflow.clone(), row.revision.clone()?);
            Some((row.workflow.clone(), revisions.get(&key)?.clone()))
        });
        let mut blocked = BTreeMap::new();
        for block in &service.blocked {
            let of_workflow = revisions.values().filter(|workflow| workflow.name == block.workflow);
            for name in names_of_step(of_workflow.map(Arc::as_ref), &block.step) {
                blocked.insert((block.workflow.clone(), name), block.reason.clone());
            }
        }
        let mut book = Book::with_law([], law.law().clone());
        (book.version, book.newest, book.blocked) = (service.version, serving.collect(), blocked);
        book.add(revisions.into_values());
        Self { book: Arc::new(book), law, editions, service }
    }

    /// As it would be once `editions` and `law` were deployed.
    #[must_use]
    pub fn with_deployed(&self, editions: &[Edition], law: &LawEdition) -> Self {
        let mut service = self.service.clone();
        for edition in editions {
            if let Some(row) = service.deployed.get_mut(&edition.workflow.name) {
                row.revision = Some(edition.workflow.revision.clone());
            }
        }
        Self::new(law.clone(), service, self.editions.values().chain(editions).cloned())
    }

    /// What decisions are made by.
    pub fn book(&self) -> Arc<Book> {
        self.book.clone()
    }

    /// The law by which is decided.
    pub fn law(&self) -> &LawEdition {
        &self.law
    }

    /// What serves, as it was read.
    pub fn service(&self) -> &InService {
        &self.service
    }

    /// Every edition.
    pub fn editions(&self) -> impl Iterator<Item = &Edition> {
        self.editions.values()
    }

    /// What new cases take of a workflow.
    pub fn newest(&self, workflow: &WorkflowName) -> Option<&Edition> {
        let revision = self.service.deployed.get(workflow)?.revision.clone()?;
        self.editions.get(&(workflow.clone(), revision))
    }

    /// The templates of a revision, compiled.
    pub fn templates(&self, workflow: &WorkflowName, revision: &Revision) -> Option<Arc<Templates>> {
        self.editions.get(&(workflow.clone(), revision.clone())).and_then(|edition| edition.templates.compiled())
    }
}

/// Every name that a step has or had on `revisions` of one workflow, the one given among them.
pub fn names_of_step<'w>(revisions: impl Iterator<Item = &'w Workflow>, step: &StepId) -> BTreeSet<StepId> {
    let steps: Vec<BTreeSet<StepId>> = revisions
        .flat_map(|workflow| &workflow.steps)
        .map(|step| step.formerly.iter().chain([&step.id]).cloned().collect())
        .collect();
    let mut names = BTreeSet::from([step.clone()]);
    loop {
        let known = names.len();
        for step in steps.iter().filter(|step| !step.is_disjoint(&names)).collect::<Vec<_>>() {
            names.extend(step.iter().cloned());
        }
        if names.len() == known {
            return names;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(yaml: &str) -> Bundle {
        let kept = Kept { file: "old.yaml".to_owned(), yaml: yaml.to_owned(), templates: BTreeMap::new() };
        let json = serde_json::to_string(&kept).unwrap();
        Bundle { workflow: "old".into(), revision: "r1".into(), json }
    }

    /// What today's check refuses: a template that is not there, a formal notice that nothing came before.
    const REFUSED: &str = "relance: 1
workflow: old
applies_to: debtor.kind == \"business\"
timezone: Europe/Paris
jurisdiction: fr
contact: { hours: { mon-fri: \"09:00-18:00\" } }
steps:
  - { id: notice, phase: formal_notice, after_due: 1 days, letter: none, deadline: 1 days after posted }
on_exhausted: { wait: 15 days }
";

    #[test]
    fn a_revision_that_is_kept_is_read_whatever_check_finds_today() {
        let source = SourceFile::new("old.yaml", REFUSED);
        assert!(crate::workflow::check(&[source], &crate::workflow::CheckContext::default()).has_errors());
        let edition = Edition::read(&kept(REFUSED), &mut TemplateSets::default()).unwrap();
        assert_eq!(edition.workflow.revision, Revision::from("r1"));
        assert_eq!(edition.workflow.steps.len(), 1);
    }

    #[test]
    fn a_revision_with_a_key_of_a_newer_version_is_refused() {
        let newer = REFUSED.replace("steps:", "invented: true\nsteps:");
        let why = Edition::read(&kept(&newer), &mut TemplateSets::default()).unwrap_err().to_string();
        assert!(why.contains("invented") && why.contains("upgrade"), "{why}");
    }
}
