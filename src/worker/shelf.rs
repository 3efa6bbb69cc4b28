//! The shelf: where the roles of a worker find the library, and where a newer one is put when something was deployed
//! or a step was blocked. No restart is needed, and no role waits for another to read it.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::laws::LawEdition;
use super::library::{Edition, Library};
use super::template_set::TemplateSets;
use super::{Stop, in_time};
use crate::advance::{self, Service};
use crate::domain::Revision;
use crate::engine::Book;
use crate::store::{Database, StoreError, Writer};

/// How often an idle worker looks whether something was deployed.
const LOOK_MILLIS: u64 = 1_000;

/// Holds the library of now.
#[derive(Debug)]
pub struct Shelf {
    library: RwLock<Arc<Library>>,
    /// One reads at a time; the others find what it read.
    reading: tokio::sync::Mutex<()>,
}

impl Shelf {
    /// What Postgres holds now. Where no law was ever deployed, `undeployed` gives the law until one is.
    ///
    /// # Errors
    ///
    /// When Postgres is away, or what is deployed cannot be read; and those of `undeployed`.
    pub async fn open<E: From<StoreError>>(
        writer: &mut Writer,
        undeployed: impl FnOnce() -> Result<LawEdition, E>,
    ) -> Result<Self, E> {
        let read = advance::read_service(writer, &[], None).await?;
        let law = if read.law.is_none() { undeployed()? } else { LawEdition::default() };
        Ok(Self::holding(put_together(read, vec![], law)?))
    }

    /// A library that was put together already, until another version stands.
    pub fn holding(library: Library) -> Self {
        Self { library: RwLock::new(Arc::new(library)), reading: tokio::sync::Mutex::default() }
    }

    /// The library of now.
    pub fn library(&self) -> Arc<Library> {
        self.library.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What decisions are made by now.
    pub fn book(&self) -> Arc<Book> {
        self.library().book()
    }

    /// Reads what serves again, where its version is another than that of the library. Whether it was.
    ///
    /// # Errors
    ///
    /// When Postgres is away, or what is deployed cannot be read.
    pub async fn renew(&self, writer: &mut Writer) -> Result<bool, StoreError> {
        let _reading = self.reading.lock().await;
        let before = self.library();
        if in_time(writer.library_version()).await? == before.service().version {
            return Ok(false);
        }
        let after = Arc::new(in_time(read(writer, &before)).await?);
        tell(&before, &after);
        *self.library.write().unwrap_or_else(PoisonError::into_inner) = after;
        Ok(true)
    }

    /// Looks every second until the stop is asked: an idle worker takes up a deployment too, and what somebody who
    /// deployed could not finish.
    pub(super) async fn watch(&self, database: &Database, stop: &Stop) -> Result<(), StoreError> {
        let mut writer = database.writer();
        while !stop.is_asked() {
            self.renew(&mut writer).await?;
            let woken = in_time(advance::go_on_with_wakes(&mut writer)).await?;
            if woken > 0 {
                tracing::info!(woken, "accounts were made due after a deployment or an unblocked step that left them");
            }
            tokio::select! {
                () = stop.asked() => {}
                () = tokio::time::sleep(Duration::from_millis(LOOK_MILLIS)) => {}
            }
        }
        Ok(())
    }
}

/// Reads what serves; what `before` holds is not read again.
async fn read(writer: &mut Writer, before: &Library) -> Result<Library, StoreError> {
    let known: Vec<Edition> = before.editions().cloned().collect();
    let revisions: Vec<&Revision> = known.iter().map(|edition| &edition.workflow.revision).collect();
    let law = before.service().law.as_ref().map(|row| row.digest.as_str());
    let read = advance::read_service(writer, &revisions, law).await?;
    put_together(read, known, before.law().clone())
}

/// What was read, with what was known before.
fn put_together(read: Service, known: Vec<Edition>, law: LawEdition) -> Result<Library, StoreError> {
    let Service { in_service: service, bundles, law: newer } = read;
    let law = newer.as_ref().map_or(Ok(law), LawEdition::read)?;
    let serving: BTreeSet<_> =
        service.deployed.values().filter_map(|row| Some((row.workflow.clone(), row.revision.clone()?))).collect();
    let mut sets = TemplateSets::default();
    known.iter().for_each(|edition| drop(sets.share(edition.templates.clone())));
    let mut editions = known;
    for bundle in bundles {
        match Edition::read(&bundle, &mut sets) {
            Ok(edition) => editions.push(edition),
            // Cases on it wait for a worker that can read it; new cases must not fall to another workflow meanwhile.
            Err(why) if serving.contains(&(bundle.workflow, bundle.revision)) => return Err(why),
            Err(why) => tracing::error!(%why, "a stored revision cannot be read; cases that stand on it wait"),
        }
    }
    Ok(Library::new(law, service, editions))
}

/// One line for each thing that changed.
fn tell(before: &Library, after: &Library) {
    metrics::counter!("relance_library_renewed_total").increment(1);
    let (was, is) = (before.service(), after.service());
    for (name, row) in is.deployed.iter().filter(|(name, row)| was.deployed.get(*name) != Some(row)) {
        let revision = row.revision.as_ref().map(ToString::to_string);
        let (workflow, number, by) = (name.to_string(), row.number, &row.by);
        match revision {
            Some(revision) => tracing::info!(workflow, revision, number, by, "a new revision was taken up"),
            None => tracing::info!(workflow, number, by, "a workflow takes no new cases any more"),
        }
    }
    if let Some(law) = is.law.as_ref().filter(|_| is.law != was.law) {
        let (digest, number, by) = (&law.digest, law.number, &law.by);
        tracing::info!(digest, number, by, "a new law was taken up");
    }
    for block in is.blocked.iter().filter(|block| !was.blocked.contains(block)) {
        let (workflow, step, by) = (block.workflow.to_string(), block.step.to_string(), &block.by);
        tracing::info!(workflow, step, by, "a step is blocked");
    }
    for block in was.blocked.iter().filter(|block| !is.blocked.contains(block)) {
        let (workflow, step) = (block.workflow.to_string(), block.step.to_string());
        tracing::info!(workflow, step, "a step is blocked no longer");
    }
}
