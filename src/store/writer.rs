//! A writer: one connection of its own, and the one transaction that may be open on it.
//!
//! There is no pool here on purpose. A transaction takes the connection out of the writer and gives it back when
//! its commit was confirmed. Whatever else happens (an error, a cancelled future, a panic) the connection is
//! dropped with the transaction, Postgres rolls it back, and the next transaction connects anew: nothing is ever
//! begun on a connection that may still be in the middle of something.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, PgConnection, Row as _};

use super::StoreError;

/// Statements prepared on one connection: more than there are in this module.
const STATEMENTS_MAX: usize = 200;

/// Said once on each connection. A worker whose machine is gone, rather than its process, closes nothing: without
/// this its transaction would hold its locks until the operating system gives the connection up, after hours.
const MANNERS: &str = "SET idle_in_transaction_session_timeout = '60s'; SET tcp_keepalives_idle = 30; \
     SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3";

/// How often a change of what serves tries to be alone, each time for two seconds, and how long it lets others decide
/// between: about two minutes.
const ALONE_ATTEMPTS: usize = 50;
const ALONE_PAUSE: Duration = Duration::from_millis(500);
/// What Postgres says where a lock was not given in time.
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// Where the database is.
#[derive(Clone, Debug)]
pub struct Database {
    options: PgConnectOptions,
}

impl Database {
    /// The database of a URL, `postgres://user:password@host:port/name`.
    ///
    /// # Errors
    ///
    /// When `url` is no such URL. The text does not repeat it: it may hold a password.
    pub fn new(url: &str) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url).map_err(|_| StoreError::Reject {
            code: "configuration".to_owned(),
            constraint: None,
            message: "the database's URL cannot be read; write postgres://user:password@host:port/name".to_owned(),
        })?;
        let options =
            options.application_name("relance").statement_cache_capacity(STATEMENTS_MAX).disable_statement_logging();
        Ok(Self { options })
    }

    /// A writer; it connects when it is first used.
    pub fn writer(&self) -> Writer {
        Writer { options: self.options.clone(), connection: None }
    }

    /// The database `name` on the same server.
    pub(super) fn beside(&self, name: &str) -> Self {
        Self { options: self.options.clone().database(name) }
    }

    /// Its URL, for a process that is started to work on it. It may hold a password.
    pub fn url(&self) -> String {
        self.options.to_url_lossy().to_string()
    }

    pub(super) fn options(&self) -> &PgConnectOptions {
        &self.options
    }

    /// Applies the migrations this binary carries, each once, under a lock of their own.
    ///
    /// # Errors
    ///
    /// When Postgres is away, or a migration that was applied differs from the one carried.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let mut connection = PgConnection::connect_with(&self.options).await?;
        sqlx::migrate!().run(&mut connection).await.map_err(|why| match why {
            sqlx::migrate::MigrateError::Execute(why) => why.into(),
            other => StoreError::Reject { code: "migration".to_owned(), constraint: None, message: other.to_string() },
        })?;
        Ok(connection.close().await?)
    }

    /// Whether every migration this binary carries was applied.
    ///
    /// # Errors
    ///
    /// When Postgres is away.
    pub async fn is_migrated(&self) -> Result<bool, StoreError> {
        let mut connection = PgConnection::connect_with(&self.options).await?;
        let known = sqlx::query_scalar!(r#"SELECT to_regclass('_sqlx_migrations') IS NOT NULL AS "known!""#)
            .fetch_one(&mut connection)
            .await?;
        if !known {
            return Ok(false);
        }
        let applied: Vec<(i64,)> =
            sqlx::query_as("SELECT version FROM _sqlx_migrations WHERE success").fetch_all(&mut connection).await?;
        Ok(sqlx::migrate!().iter().all(|carried| applied.iter().any(|(version,)| *version == carried.version)))
    }
}

/// One connection of its own.
#[derive(Debug)]
pub struct Writer {
    options: PgConnectOptions,
    connection: Option<PgConnection>,
}

impl Writer {
    /// Opens a transaction. Dropping it without [`Tx::commit`] undoes it.
    ///
    /// # Errors
    ///
    /// When Postgres cannot be reached.
    pub async fn begin(&mut self) -> Result<Tx<'_>, StoreError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        connection.execute("BEGIN").await?;
        Ok(Tx { writer: self, connection })
    }

    /// Opens a transaction that decides by a book of `version`. Nothing is deployed or blocked before it ends.
    ///
    /// # Errors
    ///
    /// [`StoreError::Stale`] where another version stands; else when Postgres cannot be reached.
    pub async fn begin_deciding(&mut self, version: i64) -> Result<Tx<'_>, StoreError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        // One trip for all three. The version is read by a statement of its own, which sees what was committed while
        // the lock was waited for.
        let rows = connection
            .fetch_all(sqlx::raw_sql(
                "BEGIN; SELECT pg_advisory_xact_lock_shared(hashtext('relance_library'));
                 SELECT version FROM library_version",
            ))
            .await?;
        let library: i64 = rows.last().ok_or(sqlx::Error::RowNotFound)?.try_get(0)?;
        let tx = Tx { writer: self, connection };
        if library == version {
            return Ok(tx);
        }
        tx.roll_back().await?;
        Err(StoreError::Stale { book: version, library })
    }

    /// Opens a transaction in which nobody else decides: those under way have ended, and the next one waits until
    /// this ends. While it waits itself, it lets others decide now and then. No other lock is taken before it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Retry`] where decisions under way do not end within minutes, and when Postgres is away.
    pub async fn begin_alone(&mut self) -> Result<Tx<'_>, StoreError> {
        for _ in 0..ALONE_ATTEMPTS {
            let mut connection = match self.connection.take() {
                Some(connection) => connection,
                None => self.connect().await?,
            };
            // Who waits for this lock keeps those behind it waiting. The time-out ends with the lock.
            let locked = connection
                .execute(sqlx::raw_sql(
                    "BEGIN; SET LOCAL lock_timeout = '2s';
                     SELECT pg_advisory_xact_lock(hashtext('relance_library')); SET LOCAL lock_timeout = 0",
                ))
                .await;
            match locked {
                Ok(_) => return Ok(Tx { writer: self, connection }),
                Err(sqlx::Error::Database(why)) if why.code().as_deref() == Some(LOCK_NOT_AVAILABLE) => {
                    connection.execute("ROLLBACK").await?;
                    self.connection = Some(connection);
                    tokio::time::sleep(ALONE_PAUSE).await;
                }
                Err(why) => return Err(why.into()),
            }
        }
        Err(StoreError::Retry { reason: "a decision has been under way for minutes; nothing was changed".to_owned() })
    }

    /// Opens a transaction that sees what is committed now, and nothing later. It takes no lock and keeps nobody
    /// waiting.
    ///
    /// # Errors
    ///
    /// When Postgres cannot be reached.
    pub async fn begin_snapshot(&mut self) -> Result<Tx<'_>, StoreError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        Ok(Tx { writer: self, connection })
    }

    /// The version of what serves.
    ///
    /// # Errors
    ///
    /// When Postgres is away.
    pub async fn library_version(&mut self) -> Result<i64, StoreError> {
        let session = self.session().await?;
        let version = sqlx::query_scalar!("SELECT version FROM library_version").fetch_one(session).await;
        self.kept(version)
    }

    /// A connection outside a transaction, for single statements and session locks.
    pub(super) async fn session(&mut self) -> Result<&mut PgConnection, StoreError> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        Ok(self.connection.insert(connection))
    }

    async fn connect(&self) -> Result<PgConnection, StoreError> {
        let mut connection = PgConnection::connect_with(&self.options).await?;
        connection.execute(sqlx::raw_sql(MANNERS)).await?;
        Ok(connection)
    }

    /// Forgets the connection: after an error on [`Writer::session`] nobody knows what is under way on it.
    pub(super) fn disconnect(&mut self) {
        self.connection = None;
    }
}

/// An open transaction. Named only in `store` and `advance`: nothing that sends can hold one.
#[derive(Debug)]
pub struct Tx<'w> {
    writer: &'w mut Writer,
    connection: PgConnection,
}

impl Tx<'_> {
    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// Makes all of it durable.
    ///
    /// # Errors
    ///
    /// When Postgres does not confirm; then it is not known whether it was committed.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        self.connection.execute("COMMIT").await?;
        self.writer.connection = Some(self.connection);
        Ok(())
    }

    /// Undoes all of it and keeps the connection.
    ///
    /// # Errors
    ///
    /// When Postgres does not confirm; it is undone all the same.
    pub async fn roll_back(mut self) -> Result<(), StoreError> {
        self.connection.execute("ROLLBACK").await?;
        self.writer.connection = Some(self.connection);
        Ok(())
    }
}
