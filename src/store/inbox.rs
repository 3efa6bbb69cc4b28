//! The inbox, which knows every event that was applied, and the quarantine, which keeps what was refused.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Reader, StoreError, Tx};

/// An event by what tells it from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The hash of creditor, source and id.
    pub identity: [u8; 16],
    /// The hash of what it says.
    pub digest: [u8; 16],
}

impl Mark {
    /// Eight bytes of the digest: enough to tell a repetition from another content, in half the room.
    fn short_digest(&self) -> i64 {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.digest[..8]);
        i64::from_be_bytes(bytes)
    }
}

/// What the inbox says of an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Whether it was not known before; it is now.
    pub is_new: bool,
    short_digest: i64,
}

impl Seen {
    /// Whether what stands under the identity says the same as `mark`.
    pub fn says_the_same(&self, mark: &Mark) -> bool {
        self.short_digest == mark.short_digest()
    }
}

/// Something refused, with what is needed to look into it and to send it again.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Whose claim it was about, where that could be read.
    pub creditor: Option<String>,
    /// The field at fault.
    pub field: Option<String>,
    /// What is wrong with it.
    pub reason: String,
    /// The message as it came.
    pub bytes: Vec<u8>,
    /// Its headers, as a JSON object.
    pub headers: String,
}

/// A row of the quarantine.
#[derive(Clone, Debug)]
pub struct Quarantined {
    /// Its number.
    pub number: i64,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// Where it stands: `waiting`, `replayed`, `dropped`.
    pub state: String,
    /// What was refused and why.
    pub refusal: Refusal,
}

impl Tx<'_> {
    /// Enters `marks`, which hold no identity twice, and says what stands under each
    /// identity, in the order given.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn enter(&mut self, marks: &[Mark]) -> Result<Vec<Seen>, StoreError> {
        if marks.is_empty() {
            return Ok(Vec::new());
        }
        let mut sorted: Vec<&Mark> = marks.iter().collect();
        // Every batch enters in the same order, so that no two wait for each other in a circle.
        sorted.sort_unstable_by_key(|mark| mark.identity);
        let identities: Vec<Uuid> = sorted.iter().map(|mark| Uuid::from_bytes(mark.identity)).collect();
        let digests: Vec<i64> = sorted.iter().map(|mark| mark.short_digest()).collect();
        let entered = sqlx::query_scalar!(
            r#"INSERT INTO inbox (received_month, identity, digest)
               SELECT date_trunc('month', now() AT TIME ZONE 'UTC')::date, come.identity, come.digest
               FROM unnest($1::uuid[], $2::bigint[]) AS come (identity, digest)
               WHERE NOT EXISTS (SELECT FROM inbox AS known WHERE known.identity = come.identity)
               ON CONFLICT DO NOTHING
               RETURNING identity"#,
            &identities,
            &digests,
        )
        .fetch_all(self.connection())
        .await?;
        if entered.len() == marks.len() {
            return Ok(marks.iter().map(|mark| Seen { is_new: true, short_digest: mark.short_digest() }).collect());
        }
        self.judge(marks, &entered).await
    }

    /// Forgets events that were entered by this transaction and then refused.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn forget(&mut self, identities: &[[u8; 16]]) -> Result<(), StoreError> {
        if identities.is_empty() {
            return Ok(());
        }
        let identities: Vec<Uuid> = identities.iter().map(|identity| Uuid::from_bytes(*identity)).collect();
        let done =
            sqlx::query!("DELETE FROM inbox WHERE identity = ANY($1)", &identities).execute(self.connection()).await?;
        StoreError::unless_rows("inbox", identities.len(), done.rows_affected())
    }

    async fn judge(&mut self, marks: &[Mark], entered: &[Uuid]) -> Result<Vec<Seen>, StoreError> {
        let entered: std::collections::HashSet<[u8; 16]> = entered.iter().map(|id| *id.as_bytes()).collect();
        let known: Vec<Uuid> = marks
            .iter()
            .filter(|mark| !entered.contains(&mark.identity))
            .map(|mark| Uuid::from_bytes(mark.identity))
            .collect();
        let rows = sqlx::query!("SELECT identity, digest FROM inbox WHERE identity = ANY($1)", &known)
            .fetch_all(self.connection())
            .await?;
        let digests: HashMap<[u8; 16], i64> =
            rows.into_iter().map(|row| (*row.identity.as_bytes(), row.digest)).collect();
        let seen = |mark: &Mark| {
            let is_new = entered.contains(&mark.identity);
            let known = digests.get(&mark.identity).copied().filter(|_| !is_new);
            Seen { is_new, short_digest: known.unwrap_or_else(|| mark.short_digest()) }
        };
        Ok(marks.iter().map(seen).collect())
    }

    /// Puts what was refused aside.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn quarantine(&mut self, refusals: &[Refusal]) -> Result<(), StoreError> {
        if refusals.is_empty() {
            return Ok(());
        }
        // Text columns take no NUL, and a reason may quote a field's name as it came.
        let plain = |text: &str| text.replace('\0', "\u{fffd}");
        let creditors: Vec<Option<String>> =
            refusals.iter().map(|refusal| refusal.creditor.as_deref().map(plain)).collect();
        let fields: Vec<Option<String>> = refusals.iter().map(|refusal| refusal.field.as_deref().map(plain)).collect();
        let reasons: Vec<String> = refusals.iter().map(|refusal| plain(&refusal.reason)).collect();
        let bytes: Vec<&[u8]> = refusals.iter().map(|refusal| refusal.bytes.as_slice()).collect();
        let headers: Vec<String> = refusals.iter().map(|refusal| plain(&refusal.headers)).collect();
        let done = sqlx::query!(
            "INSERT INTO quarantine (creditor, field, reason, bytes, headers)
             SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::text[])",
            &creditors as _,
            &fields as _,
            &reasons,
            &bytes as _,
            &headers,
        )
        .execute(self.connection())
        .await?;
        StoreError::unless_rows("quarantine", refusals.len(), done.rows_affected())
    }

    /// Marks a waiting row of the quarantine `replayed` or `dropped`; whether it was waiting.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn release(&mut self, number: i64, state: &str) -> Result<bool, StoreError> {
        let done =
            sqlx::query!("UPDATE quarantine SET state = $2 WHERE number = $1 AND state = 'waiting'", number, state)
                .execute(self.connection())
                .await?;
        Ok(done.rows_affected() == 1)
    }
}

impl Reader {
    /// What waits in quarantine from `number` on, oldest first, with its bytes.
    ///
    /// # Errors
    ///
    /// When Postgres is away.
    pub async fn quarantined(&self, from: i64, limit: i64) -> Result<Vec<Quarantined>, StoreError> {
        let rows = sqlx::query!(
            "SELECT number, creditor, received_at, reason, field, bytes, headers, state FROM quarantine
             WHERE state = 'waiting' AND number >= $1 ORDER BY number LIMIT $2",
            from,
            limit,
        )
        .fetch_all(self.pool())
        .await?;
        let refused = |row: &mut Vec<u8>| std::mem::take(row);
        Ok(rows
            .into_iter()
            .map(|mut row| Quarantined {
                number: row.number,
                received_at: row.received_at,
                state: row.state,
                refusal: Refusal {
                    bytes: refused(&mut row.bytes),
                    creditor: row.creditor,
                    field: row.field,
                    reason: row.reason,
                    headers: row.headers,
                },
            })
            .collect())
    }

    /// One row of the quarantine, in whatever state.
    ///
    /// # Errors
    ///
    /// When Postgres is away.
    pub async fn quarantined_one(&self, number: i64) -> Result<Option<Quarantined>, StoreError> {
        let row = sqlx::query!(
            "SELECT number, creditor, received_at, reason, field, bytes, headers, state FROM quarantine
             WHERE number = $1",
            number,
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(row.map(|row| Quarantined {
            number: row.number,
            received_at: row.received_at,
            state: row.state,
            refusal: Refusal {
                creditor: row.creditor,
                field: row.field,
                reason: row.reason,
                bytes: row.bytes,
                headers: row.headers,
            },
        }))
    }
}
