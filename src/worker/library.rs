//! The library: every workflow revision in use, with the templates it was made with.
//!
//! New cases take the newest revision of each workflow; running cases stay on theirs, so what was kept in
//! Postgres is read back beside what the folder holds now.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::{Revision, WorkflowName};
use crate::engine::Book;
use crate::law::Law;
use crate::render::Templates;
use crate::store::Bundle;
use crate::workflow::{CheckContext, SourceFile, Workflow, check};

/// Why an edition cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// A kept revision cannot be read.
    #[error(
        "the kept revision of workflow {workflow} cannot be read: {why}; running cases stand on it, so upgrade the worker"
    )]
    Bundle {
        /// Which workflow.
        workflow: WorkflowName,
        /// What is wrong.
        why: String,
    },
}

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
    pub workflow: Workflow,
    /// Its file.
    pub source: SourceFile,
    /// Its templates, compiled.
    pub templates: Arc<Templates>,
}

impl Edition {
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

    /// Reads a kept revision again.
    pub fn read(bundle: &Bundle) -> Result<Self, LibraryError> {
        let refuse = |why: String| LibraryError::Bundle { workflow: bundle.workflow.clone(), why };
        let kept: Kept = serde_json::from_str(&bundle.json).map_err(|why| refuse(why.to_string()))?;
        let source = SourceFile::new(kept.file, kept.yaml);
        let context = CheckContext { templates: Some(&kept.templates), ..CheckContext::default() };
        let mut report = check(std::slice::from_ref(&source), &context);
        let Some(workflow) = report.workflows.pop() else {
            let first = report.findings.first().map(|finding| finding.message.clone());
            return Err(refuse(first.unwrap_or_else(|| "it is empty".to_owned())));
        };
        let templates = Templates::new(kept.templates)
            .map_err(|problems| refuse(problems.first().map(|problem| problem.message.clone()).unwrap_or_default()))?;
        // The revision is the name under which cases know it, whatever this program would compute today.
        let workflow = Workflow { revision: bundle.revision.clone(), ..workflow };
        Ok(Self { workflow, source, templates: Arc::new(templates) })
    }
}

/// Every edition in use.
pub struct Library {
    book: Arc<Book>,
    templates: BTreeMap<(WorkflowName, Revision), Arc<Templates>>,
}

impl Library {
    /// `newest` is what new cases choose from; `earlier` is what cases may still stand on.
    pub fn new(law: Law, newest: &[Edition], earlier: &[Edition]) -> Self {
        let mut book = Book::with_law(newest.iter().map(|edition| edition.workflow.clone()), law);
        let mut templates = BTreeMap::new();
        for edition in earlier.iter().chain(newest) {
            let name = (edition.workflow.name.clone(), edition.workflow.revision.clone());
            book.revisions.entry(name.clone()).or_insert_with(|| Arc::new(edition.workflow.clone()));
            templates.insert(name, edition.templates.clone());
        }
        Self { book: Arc::new(book), templates }
    }

    /// What decisions are made by.
    pub fn book(&self) -> Arc<Book> {
        self.book.clone()
    }

    /// The templates of a revision.
    pub fn templates(&self, workflow: &WorkflowName, revision: &Revision) -> Option<Arc<Templates>> {
        self.templates.get(&(workflow.clone(), revision.clone())).cloned()
    }
}
