//! Notices as they are ordered and withdrawn, with the key that forbids a second one for a case's step.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::accounts::columns;
use super::{StoreError, Tx, from_json, from_word, place, to_json, to_word};
use crate::domain::{AccountKey, DeliveryStatus, Notice, NoticeId};

/// What became of orders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Orders {
    /// Notices that were not ordered, because one of their lines is done by another notice, or because they were
    /// claimed already. Nothing else was harmed.
    pub refused: Vec<NoticeId>,
}

impl Tx<'_> {
    /// Every notice of accounts, with the place of its account and its provider's identifier; contents only of
    /// those that are not claimed.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away, or a row cannot be read.
    pub async fn notices_of(
        &mut self,
        keys: &[AccountKey],
    ) -> Result<Vec<(usize, Notice, Option<String>)>, StoreError> {
        let (creditors, debtors) = columns(keys);
        let rows = sqlx::query!(
            r#"SELECT come.place AS "place!", id, state, accepted_at, delivery, provider_id, body,
                   CASE WHEN state IN ('ordered', 'withdrawn') THEN content END AS content
               FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS come (creditor, debtor, place)
               JOIN notices USING (creditor, debtor)"#,
            &creditors as _,
            &debtors as _,
        )
        .fetch_all(self.connection())
        .await?;
        rows.into_iter()
            .map(|row| {
                let stored = Stored {
                    id: row.id,
                    state: row.state,
                    accepted_at: row.accepted_at,
                    delivery: row.delivery,
                    body: row.body,
                    content: row.content,
                };
                Ok((place(row.place), stored.notice()?, row.provider_id))
            })
            .collect()
    }

    /// Notices by their ids, without their contents; one whose row cannot be read is left out.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn readable_notices(&mut self, ids: &[NoticeId]) -> Result<Vec<Notice>, StoreError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let rows = sqlx::query!("SELECT id, state, accepted_at, delivery, body FROM notices WHERE id = ANY($1)", &ids)
            .fetch_all(self.connection())
            .await?;
        let read = rows.into_iter().map(|row| {
            let stored = Stored {
                id: row.id,
                state: row.state,
                accepted_at: row.accepted_at,
                delivery: row.delivery,
                body: row.body,
                content: None,
            };
            stored.notice()
        });
        Ok(read.filter_map(Result::ok).collect())
    }

    /// Orders notices of locked accounts: new ones, withdrawn ones anew, ordered ones with another content, and
    /// uncertain ones of which a person said that they did not leave. What an earlier try prepared at a provider is
    /// forgotten with the content it was prepared from. What contradicts the tables is refused and told, never an
    /// error.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn order(&mut self, notices: &[(&AccountKey, &Notice)]) -> Result<Orders, StoreError> {
        if notices.is_empty() {
            return Ok(Orders::default());
        }
        let written = self.write_orders(notices).await?;
        let live: Vec<&(&AccountKey, &Notice)> =
            notices.iter().filter(|(_, notice)| written.contains(&notice.id.0)).collect();
        let pointed = self.point_lines(&live, &written).await?;
        let mut refused: Vec<NoticeId> = Vec::new();
        let mut crossed: Vec<Uuid> = Vec::new();
        for (_, notice) in notices {
            if !written.contains(&notice.id.0) {
                refused.push(notice.id);
            } else if pointed.iter().filter(|id| **id == notice.id.0).count() < notice.lines.len() {
                refused.push(notice.id);
                crossed.push(notice.id.0);
            }
        }
        if !crossed.is_empty() {
            let done = sqlx::query!("UPDATE notices SET state = 'withdrawn' WHERE id = ANY($1)", &crossed)
                .execute(self.connection())
                .await?;
            StoreError::unless_rows("notices", crossed.len(), done.rows_affected())?;
        }
        Ok(Orders { refused })
    }

    async fn write_orders(&mut self, notices: &[(&AccountKey, &Notice)]) -> Result<Vec<Uuid>, StoreError> {
        let (creditors, debtors) = columns(notices.iter().map(|(key, _)| *key));
        let ids: Vec<Uuid> = notices.iter().map(|(_, notice)| notice.id.0).collect();
        let channels: Vec<&str> = notices.iter().map(|(_, notice)| notice.channel.as_str()).collect();
        let ordered_at: Vec<DateTime<Utc>> = notices.iter().map(|(_, notice)| notice.ordered_at).collect();
        let valid_until: Vec<DateTime<Utc>> = notices.iter().map(|(_, notice)| notice.valid_until).collect();
        let providers: Vec<Option<&str>> = notices.iter().map(|(_, notice)| notice.provider.as_deref()).collect();
        let mut bodies = Vec::with_capacity(notices.len());
        let mut contents = Vec::with_capacity(notices.len());
        for (_, notice) in notices {
            bodies.push(to_json(&Notice { content: None, ..(*notice).clone() })?);
            contents.push(notice.content.as_ref().map(to_json).transpose()?);
        }
        let written = sqlx::query_scalar!(
            "INSERT INTO notices AS known
                 (creditor, debtor, id, channel, state, ordered_at, valid_until, provider, body, content)
             SELECT creditor, debtor, id, channel, 'ordered', ordered_at, valid_until, provider, body, content
             FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::timestamptz[], $6::timestamptz[],
                 $7::text[], $8::text[], $9::text[])
                 AS come (creditor, debtor, id, channel, ordered_at, valid_until, provider, body, content)
             ON CONFLICT ON CONSTRAINT notices_pkey DO UPDATE SET state = 'ordered',
                 ordered_at = excluded.ordered_at, valid_until = excluded.valid_until, provider = excluded.provider,
                 body = excluded.body, content = excluded.content,
                 captured = CASE WHEN known.content = excluded.content
                     AND known.provider IS NOT DISTINCT FROM excluded.provider THEN known.captured END
             WHERE known.state IN ('ordered', 'withdrawn', 'uncertain')
             RETURNING id",
            &creditors as _,
            &debtors as _,
            &ids,
            &channels as _,
            &ordered_at,
            &valid_until,
            &providers as _,
            &bodies,
            &contents as _,
        )
        .fetch_all(self.connection())
        .await?;
        Ok(written)
    }

    /// Points the lines of `live` notices at them; returns the notice of each line that was pointed.
    async fn point_lines(
        &mut self,
        live: &[&(&AccountKey, &Notice)],
        written: &[Uuid],
    ) -> Result<Vec<Uuid>, StoreError> {
        // A notice ordered anew may have lost lines, which others may take then.
        sqlx::query!("DELETE FROM notice_cases WHERE notice = ANY($1)", written).execute(self.connection()).await?;
        let mut lines: Vec<(&str, &str, &str, i32, &str, Uuid)> = Vec::new();
        for (key, notice) in live {
            for line in &notice.lines {
                let occurrence = i32::try_from(line.occurrence).unwrap_or(i32::MAX);
                let (creditor, channel) = (key.creditor.as_str(), notice.channel.as_str());
                lines.push((creditor, line.invoice.as_str(), line.step.as_str(), occurrence, channel, notice.id.0));
            }
        }
        lines.sort_unstable();
        // Two notices of one batch for one line: the second finds the first in its way.
        lines.dedup_by_key(|line| (line.0, line.1, line.2, line.3, line.4));
        let creditors: Vec<&str> = lines.iter().map(|line| line.0).collect();
        let invoices: Vec<&str> = lines.iter().map(|line| line.1).collect();
        let steps: Vec<&str> = lines.iter().map(|line| line.2).collect();
        let occurrences: Vec<i32> = lines.iter().map(|line| line.3).collect();
        let channels: Vec<&str> = lines.iter().map(|line| line.4).collect();
        let ids: Vec<Uuid> = lines.iter().map(|line| line.5).collect();
        let pointed = sqlx::query_scalar!(
            "INSERT INTO notice_cases AS known (creditor, invoice, step, occurrence, channel, notice)
             SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::text[], $6::uuid[])
             ON CONFLICT ON CONSTRAINT notice_cases_once DO UPDATE SET notice = excluded.notice
             WHERE (SELECT state FROM notices WHERE id = known.notice) = 'withdrawn'
             RETURNING notice",
            &creditors as _,
            &invoices as _,
            &steps as _,
            &occurrences,
            &channels as _,
            &ids,
        )
        .fetch_all(self.connection())
        .await?;
        Ok(pointed)
    }

    /// Withdraws ordered notices of locked accounts, and uncertain ones of which a person said that they did not leave.
    /// Returns those that were so still.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn withdraw(&mut self, ids: &[NoticeId]) -> Result<Vec<NoticeId>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let withdrawn = sqlx::query_scalar!(
            "UPDATE notices SET state = 'withdrawn', not_before = NULL WHERE id = ANY($1)
                 AND state IN ('ordered', 'uncertain') RETURNING id",
            &ids,
        )
        .fetch_all(self.connection())
        .await?;
        Ok(withdrawn.into_iter().map(NoticeId).collect())
    }

    /// Writes down the newest that carriers said of notices.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn set_deliveries(&mut self, deliveries: &[(NoticeId, DeliveryStatus)]) -> Result<(), StoreError> {
        if deliveries.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = deliveries.iter().map(|(id, _)| id.0).collect();
        let statuses: Vec<String> = deliveries.iter().map(|(_, status)| to_word(status)).collect::<Result<_, _>>()?;
        let done = sqlx::query!(
            "UPDATE notices SET delivery = come.delivery FROM unnest($1::uuid[], $2::text[]) AS come (id, delivery)
             WHERE notices.id = come.id",
            &ids,
            &statuses,
        )
        .execute(self.connection())
        .await?;
        StoreError::unless_rows("notices", deliveries.len(), done.rows_affected())
    }
}

/// A row of `notices`, as far as the domain knows it.
pub(super) struct Stored {
    pub id: Uuid,
    pub state: String,
    pub accepted_at: Option<DateTime<Utc>>,
    pub delivery: Option<String>,
    pub body: String,
    pub content: Option<String>,
}

impl Stored {
    /// The columns win over what the body said when the notice was ordered.
    pub(super) fn notice(self) -> Result<Notice, StoreError> {
        let mut notice: Notice = from_json(&self.body, "notices", "body", self.id)?;
        notice.state = from_word(&self.state, "notices", "state", self.id)?;
        notice.accepted_at = self.accepted_at;
        notice.delivery = self.delivery.map(|status| from_word(&status, "notices", "delivery", self.id)).transpose()?;
        notice.content = self.content.map(|text| from_json(&text, "notices", "content", self.id)).transpose()?;
        Ok(notice)
    }
}
