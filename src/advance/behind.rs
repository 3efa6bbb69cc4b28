//! Reading running cases in bulk, for a plan: one snapshot, no lock, nobody kept waiting, a handful of statements for
//! thousands of accounts.

use std::collections::BTreeMap;

use super::desk::read;
use crate::domain::{Account, AccountKey, CreditorId, Facts, Revision, WorkflowName};
use crate::store::{StoreError, Tx, Writer};

/// Walks through the accounts with an open case of a workflow on another revision than a given one.
#[derive(Debug)]
pub struct Behind<'w> {
    tx: Tx<'w>,
    creditors: BTreeMap<CreditorId, Facts>,
}

impl<'w> Behind<'w> {
    /// Begins: what is committed now is what it sees.
    ///
    /// # Errors
    ///
    /// When Postgres is away.
    pub async fn begin(writer: &'w mut Writer) -> Result<Self, StoreError> {
        Ok(Self { tx: writer.begin_snapshot().await?, creditors: BTreeMap::new() })
    }

    /// The next accounts after `after`, at most `limit`; none at the end.
    ///
    /// # Errors
    ///
    /// When Postgres is away, or a row cannot be read.
    pub async fn next(
        &mut self,
        (workflow, to): (&WorkflowName, &Revision),
        after: Option<&AccountKey>,
        limit: usize,
    ) -> Result<Vec<Account>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let keys = self.tx.accounts_behind(workflow, to, after, limit).await?;
        if keys.is_empty() { Ok(Vec::new()) } else { read(&mut self.tx, &keys, &mut self.creditors).await }
    }

    /// Ends.
    ///
    /// # Errors
    ///
    /// When Postgres does not confirm; nothing was changed either way.
    pub async fn end(self) -> Result<(), StoreError> {
        self.tx.roll_back().await
    }
}
