//! What is written down for others: the timeline, append only, and the outbox, emptied as it is published.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::accounts::columns;
use super::{StoreError, Tx, Writer, to_json};
use crate::domain::{AccountKey, CreditorId, Entry, OutEventId};

/// The advisory lock of the one session that publishes; the number spells "relance" with a final 1.
const PUBLISHER_LOCK: i64 = 0x7265_6c61_6e63_6501;

/// The `source` of what relance publishes.
const SOURCE: &str = "/relance";

/// An event to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Stable: published twice, it is recognised.
    pub id: OutEventId,
    /// Whose.
    pub creditor: CreditorId,
    /// The event type, also the routing key.
    pub kind: String,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// The CloudEvent's `data` as JSON.
    pub data: String,
}

impl Outgoing {
    /// The whole CloudEvent as JSON. Only `data` is stored: the rest would double what is written.
    ///
    /// # Errors
    ///
    /// When the stored `data` is no JSON.
    pub fn body(&self) -> Result<String, StoreError> {
        let data: &serde_json::value::RawValue = serde_json::from_str(&self.data).map_err(|_| {
            let reason = "is no JSON".to_owned();
            StoreError::Undecodable { table: "outbox", column: "data", key: self.id.to_string(), reason }
        })?;
        to_json(&Envelope {
            specversion: "1.0",
            id: self.id,
            source: SOURCE,
            r#type: &self.kind,
            time: self.at,
            creditor: self.creditor.as_str(),
            datacontenttype: "application/json",
            data,
        })
    }
}

#[derive(Serialize)]
struct Envelope<'a> {
    specversion: &'static str,
    id: OutEventId,
    source: &'static str,
    r#type: &'a str,
    time: DateTime<Utc>,
    creditor: &'a str,
    datacontenttype: &'static str,
    data: &'a serde_json::value::RawValue,
}

/// An event that waits to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Its place in the order of leaving.
    pub number: i64,
    /// The event.
    pub event: Outgoing,
}

impl Tx<'_> {
    /// Adds entries to the timelines of accounts.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn add_history(&mut self, entries: &[(&AccountKey, &Entry)]) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        let (creditors, debtors) = columns(entries.iter().map(|(key, _)| *key));
        let at: Vec<DateTime<Utc>> = entries.iter().map(|(_, entry)| entry.at.to_utc()).collect();
        let texts: Vec<String> = entries.iter().map(|(_, entry)| to_json(entry)).collect::<Result<_, _>>()?;
        let done = sqlx::query!(
            "INSERT INTO history (recorded_month, creditor, debtor, at, entry)
             SELECT date_trunc('month', now() AT TIME ZONE 'UTC')::date, come.*
             FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[]) AS come (creditor, debtor, at, entry)",
            &creditors as _,
            &debtors as _,
            &at,
            &texts,
        )
        .execute(self.connection())
        .await?;
        StoreError::unless_rows("history", entries.len(), done.rows_affected())
    }

    /// Puts events into the outbox.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn send_out(&mut self, events: &[Outgoing]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = events.iter().map(|event| event.id.0).collect();
        let creditors: Vec<&str> = events.iter().map(|event| event.creditor.as_str()).collect();
        let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
        let at: Vec<DateTime<Utc>> = events.iter().map(|event| event.at).collect();
        let data: Vec<&str> = events.iter().map(|event| event.data.as_str()).collect();
        let done = sqlx::query!(
            "INSERT INTO outbox (id, creditor, type, at, data)
             SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::text[])",
            &ids,
            &creditors as _,
            &kinds as _,
            &at,
            &data as _,
        )
        .execute(self.connection())
        .await?;
        StoreError::unless_rows("outbox", events.len(), done.rows_affected())
    }
}

impl Writer {
    /// Whether this writer's session is the one that publishes; it stays so until it disconnects. Two publishers
    /// would do no harm, only everything twice.
    ///
    /// # Errors
    ///
    /// When Postgres is away.
    pub async fn lead_publishing(&mut self) -> Result<bool, StoreError> {
        let session = self.session().await?;
        let leads = sqlx::query_scalar!(r#"SELECT pg_try_advisory_lock($1) AS "leads!""#, PUBLISHER_LOCK,)
            .fetch_one(session)
            .await;
        self.kept(leads)
    }

    /// Up to `limit` events to be published, in the order of leaving.
    ///
    /// # Errors
    ///
    /// When Postgres is away.
    pub async fn pending(&mut self, limit: i64) -> Result<Vec<Pending>, StoreError> {
        let session = self.session().await?;
        let rows =
            sqlx::query!("SELECT number, id, creditor, type, at, data FROM outbox ORDER BY number LIMIT $1", limit,)
                .fetch_all(session)
                .await;
        let rows = self.kept(rows)?;
        Ok(rows
            .into_iter()
            .map(|row| Pending {
                number: row.number,
                event: Outgoing {
                    id: OutEventId(row.id),
                    creditor: CreditorId::new(row.creditor),
                    kind: row.r#type,
                    at: row.at,
                    data: row.data,
                },
            })
            .collect())
    }

    /// Takes events out of the outbox after the broker confirmed them. One that is gone already is no fault.
    ///
    /// # Errors
    ///
    /// When Postgres is away; they will be published again.
    pub async fn published(&mut self, numbers: &[i64]) -> Result<(), StoreError> {
        let session = self.session().await?;
        let done = sqlx::query!("DELETE FROM outbox WHERE number = ANY($1)", numbers).execute(session).await;
        self.kept(done)?;
        Ok(())
    }

    /// Gives a result of the session on; after an error the session is left, for nobody knows its state.
    pub(super) fn kept<T>(&mut self, result: Result<T, sqlx::Error>) -> Result<T, StoreError> {
        if result.is_err() {
            self.disconnect();
        }
        Ok(result?)
    }
}
