//! Looking without locking, for commands, pages and the live summary: a small pool of connections that never
//! hold a transaction.

use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use super::accounts::key;
use super::{Database, StoreError, from_json};
use crate::domain::{AccountKey, Content, CreditorId, InvoiceId, NoticeId, Task, TaskId};

/// Connections of the pool: a page and a command at once, and little more.
const READERS_MAX: u32 = 4;

/// Reads what is committed.
#[derive(Clone, Debug)]
pub struct Reader {
    pool: PgPool,
}

/// A task with whose account it is.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskView {
    /// Whose account.
    pub key: AccountKey,
    /// The task.
    pub task: Task,
}

/// How many rows there are of each kind, for the live summary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Cases by state and phase of the last step done.
    pub cases: Vec<(String, Option<String>, i64)>,
    /// Cases that wait behind a hold.
    pub held: i64,
    /// Notices by channel and state.
    pub notices: Vec<(String, String, i64)>,
    /// Open tasks by kind.
    pub tasks: Vec<(String, i64)>,
    /// What waits in quarantine.
    pub quarantined: i64,
    /// What waits to be published.
    pub unpublished: i64,
}

impl Database {
    /// A reader; it connects when it is first used.
    pub fn reader(&self) -> Reader {
        Reader { pool: PgPoolOptions::new().max_connections(READERS_MAX).connect_lazy_with(self.options().clone()) }
    }
}

impl Reader {
    pub(super) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Whether Postgres answers.
    ///
    /// # Errors
    ///
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query!(r#"SELECT 1 AS "one!""#).fetch_one(&self.pool).await?;
        Ok(())
    }

    /// The account an invoice belongs to.
    ///
    /// # Errors
    ///
    /// When Postgres is away.
    pub async fn account_of(
        &self,
        creditor: &CreditorId,
        invoice: &InvoiceId,
    ) -> Result<Option<AccountKey>, StoreError> {
        let debtor = sqlx::query_scalar!(
            "SELECT debtor FROM facts WHERE creditor = $1 AND kind = 'invoice.upserted' AND id = $2",
            creditor.as_str(),
            invoice.as_str(),
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(debtor.flatten().map(|debtor| key(creditor.to_string(), debtor)))
    }

    /// Open tasks, of one creditor or of all, by account.
    ///
    /// # Errors
    ///
    /// When Postgres is away, or a row cannot be read.
    pub async fn open_tasks(&self, creditor: Option<&CreditorId>, limit: i64) -> Result<Vec<TaskView>, StoreError> {
        let rows = sqlx::query!(
            "SELECT creditor, debtor, id, body FROM tasks
             WHERE state = 'open' AND ($1::text IS NULL OR creditor = $1) ORDER BY creditor, debtor, id LIMIT $2",
            creditor.map(CreditorId::as_str),
            limit,
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                let task = from_json(&row.body, "tasks", "body", row.id)?;
                Ok(TaskView { key: key(row.creditor, row.debtor), task })
            })
            .collect()
    }

    /// One task in whatever state.
    ///
    /// # Errors
    ///
    /// When Postgres is away, or the row cannot be read.
    pub async fn task(&self, id: TaskId) -> Result<Option<TaskView>, StoreError> {
        let row = sqlx::query!("SELECT creditor, debtor, body FROM tasks WHERE id = $1", id.0)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| {
            let task = from_json(&row.body, "tasks", "body", id)?;
            Ok(TaskView { key: key(row.creditor, row.debtor), task })
        })
        .transpose()
    }

    /// The timeline of an account, oldest first, each entry as JSON.
    ///
    /// # Errors
    ///
    /// When Postgres is away.
    pub async fn history(&self, key: &AccountKey, limit: i64) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar!(
            "SELECT entry FROM history WHERE creditor = $1 AND debtor = $2 ORDER BY number LIMIT $3",
            key.creditor.as_str(),
            key.debtor.as_str(),
            limit,
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// What the notices of an account that left stated, by notice: frozen, however the claims stand now.
    ///
    /// # Errors
    ///
    /// When Postgres is away, or a row cannot be read.
    pub async fn contents_of(&self, key: &AccountKey) -> Result<Vec<(NoticeId, Content)>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT id, content AS "content!" FROM notices
               WHERE creditor = $1 AND debtor = $2 AND content IS NOT NULL AND state IN ('accepted', 'uncertain')"#,
            key.creditor.as_str(),
            key.debtor.as_str(),
        )
        .fetch_all(&self.pool)
        .await?;
        let read = |id, text: &str| Ok((NoticeId(id), from_json(text, "notices", "content", id)?));
        rows.iter().map(|row| read(row.id, &row.content)).collect()
    }

    /// Counts everything. It reads whole tables: for demonstrations and small books.
    ///
    /// # Errors
    ///
    /// When Postgres is away.
    pub async fn tally(&self) -> Result<Tally, StoreError> {
        let cases = sqlx::query!(
            r#"SELECT state, phase, count(*) AS "count!" FROM cases GROUP BY state, phase ORDER BY state, phase"#
        )
        .fetch_all(&self.pool)
        .await?;
        let notices = sqlx::query!(
            r#"SELECT channel, state, count(*) AS "count!" FROM notices GROUP BY channel, state
               ORDER BY channel, state"#
        )
        .fetch_all(&self.pool)
        .await?;
        let tasks = sqlx::query!(
            r#"SELECT kind, count(*) AS "count!" FROM tasks WHERE state = 'open' GROUP BY kind ORDER BY kind"#
        )
        .fetch_all(&self.pool)
        .await?;
        let waiting = sqlx::query!(
            r#"SELECT (SELECT count(*) FROM cases WHERE state IN ('waiting', 'open') AND body::jsonb ? 'held')
                       AS "held!",
                   (SELECT count(*) FROM quarantine WHERE state = 'waiting') AS "quarantined!",
                   (SELECT count(*) FROM outbox) AS "unpublished!""#
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(Tally {
            cases: cases.into_iter().map(|row| (row.state, row.phase, row.count)).collect(),
            notices: notices.into_iter().map(|row| (row.channel, row.state, row.count)).collect(),
            tasks: tasks.into_iter().map(|row| (row.kind, row.count)).collect(),
            held: waiting.held,
            quarantined: waiting.quarantined,
            unpublished: waiting.unpublished,
        })
    }
}
