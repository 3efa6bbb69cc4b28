//! What serves, and how it differs from the folder: what the worker, the deployment commands and the doctor share.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use relance::advance::{self, Change, Deployed};
use relance::config::Settings;
use relance::domain::WorkflowName;
use relance::store::{Database, Deployment};
use relance::worker::{Edition, Library, Shelf};

use crate::catalog::{self, Proposed};
use crate::law;

/// Who deploys where nothing was ever deployed.
const FIRST_START: &str = "the first start of a worker";

/// What Postgres holds.
pub async fn shelf(settings: &Settings, database: &Database) -> anyhow::Result<Shelf> {
    let undeployed = || catalog::law_edition(&settings.workflows.folder);
    Shelf::open(&mut database.writer(), undeployed).await.context("what is deployed cannot be read")
}

/// What Postgres holds; where nothing was ever deployed, what the folder holds is deployed first. Says how the two
/// differ.
pub async fn first_start(settings: &Settings, database: &Database) -> anyhow::Result<Shelf> {
    let folder = &settings.workflows.folder;
    let found = shelf(settings, database).await?;
    if found.library().service().number > 0 {
        tell_difference(folder, &found.library());
        return Ok(found);
    }
    let Proposed { editions, law } = catalog::proposed(folder)?;
    let change = Change {
        revisions: editions.iter().map(Edition::bundle).collect(),
        law: law.map(|law| law.bundle()),
        by: FIRST_START.to_owned(),
        note: Some(format!("nothing was deployed yet, so {} was", folder.display())),
        ..Change::default()
    };
    let deployed = advance::deploy(&mut database.writer(), &change).await?;
    let serves = shelf(settings, database).await?;
    match deployed {
        Deployed::Done { .. } => tracing::info!(
            folder = %folder.display(), workflows = editions.len(),
            "nothing was deployed yet: the workflows of the folder serve from now on; change them with `relance deploy`"
        ),
        // Another worker started at the same moment, or somebody deployed.
        Deployed::Overtaken(_) => tell_difference(folder, &serves.library()),
    }
    Ok(serves)
}

/// Says in the log how the folder differs from what serves, where it does.
fn tell_difference(folder: &Path, library: &Library) {
    match catalog::proposed(folder) {
        Ok(proposed) => {
            if let Some(difference) = difference(&proposed, library) {
                tracing::warn!(folder = %folder.display(), "{difference}");
            }
        }
        Err(why) => tracing::warn!(
            folder = %folder.display(), why = %format!("{why:#}"),
            "the workflows folder cannot be used; what was deployed serves on"
        ),
    }
}

/// How a folder's workflows stand to what is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Never deployed.
    New,
    /// Deployed with another content.
    Changed,
    /// As deployed.
    Unchanged,
    /// It was taken out of service.
    Retired,
}

/// How each of `editions` stands to what is deployed.
pub fn standings<'e>(editions: &'e [Edition], library: &Library) -> Vec<(&'e Edition, Standing)> {
    let standing = |edition: &Edition| match library.service().deployed.get(&edition.workflow.name) {
        None => Standing::New,
        Some(Deployment { revision: None, .. }) => Standing::Retired,
        Some(Deployment { revision: Some(revision), .. }) if *revision == edition.workflow.revision => {
            Standing::Unchanged
        }
        Some(_) => Standing::Changed,
    };
    editions.iter().map(|edition| (edition, standing(edition))).collect()
}

/// Workflows in service that are not among `editions`.
pub fn missing(editions: &[Edition], library: &Library) -> Vec<WorkflowName> {
    let names: BTreeMap<_, _> = editions.iter().map(|edition| (&edition.workflow.name, ())).collect();
    let serving = library.service().deployed.values().filter(|row| row.revision.is_some());
    serving.map(|row| row.workflow.clone()).filter(|name| !names.contains_key(name)).collect()
}

/// One sentence on how the folder differs from what is deployed, and what to run; none where it does not.
pub fn difference(proposed: &Proposed, library: &Library) -> Option<String> {
    let editions = &proposed.editions;
    let law = law::change(proposed, library).map(|change| match change.first {
        true => "the law not deployed".to_owned(),
        false => {
            let files: Vec<String> = change.files.into_iter().map(|(_, file)| file).collect();
            format!("the law changed in {}", files.join(", "))
        }
    });
    let standings = standings(editions, library);
    let named = |wanted: Standing, what: &str| {
        let names: Vec<&str> = standings
            .iter()
            .filter(|(_, standing)| *standing == wanted)
            .map(|(edition, _)| edition.workflow.name.as_str())
            .collect();
        (!names.is_empty()).then(|| format!("{} {what}", names.join(", ")))
    };
    let missing: Vec<String> = missing(editions, library).iter().map(ToString::to_string).collect();
    let parts: Vec<String> = [
        named(Standing::New, "not deployed"),
        named(Standing::Changed, "changed"),
        named(Standing::Retired, "retired"),
        (!missing.is_empty()).then(|| format!("{} deployed but not in the folder", missing.join(", "))),
        law,
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| {
        format!(
            "the workflows folder differs from what serves ({}): run `relance plan` to see how, `relance deploy` to change it",
            parts.join("; ")
        )
    })
}
