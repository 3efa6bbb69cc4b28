//! Facts: the newest version of everything a platform stated, in one table, kept as the JSON text that came.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::accounts::columns;
use super::{StoreError, Tx};
use crate::domain::{AccountKey, CreditorId, DebtorId, Fact, FactKind, Version};

/// Stands in the column `debtor` for facts of the creditor itself. No debtor has an empty name.
const CREDITOR_ITSELF: &str = "";

/// Whose fact it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The creditor's own.
    Creditor,
    /// One of its debtors'.
    Debtor(DebtorId),
    /// Not known before this arrives: `dispute:D-1`.
    Awaits(String),
}

/// A version of a fact to be stored.
#[derive(Clone, Copy, Debug)]
pub struct Statement<'e> {
    /// Of which creditor.
    pub creditor: &'e CreditorId,
    /// Which kind.
    pub kind: FactKind,
    /// Which one of its kind.
    pub key: &'e str,
    /// Whose.
    pub owner: &'e Owner,
    /// Its version.
    pub version: &'e Version,
    /// The JSON text.
    pub data: &'e str,
}

/// A fact as it is known.
#[derive(Clone, Debug)]
pub struct Known {
    /// The place of its account among the keys asked for.
    pub place: usize,
    /// Which one of its kind.
    pub key: String,
    /// Its version.
    pub version: Version,
    /// What it states.
    pub fact: Fact,
}

/// A version as it is stored.
struct Row {
    place: i64,
    kind: String,
    id: String,
    time: DateTime<Utc>,
    sequence: i64,
    event_id: String,
    data: String,
}

impl Row {
    fn known(self, table: &'static str, owners: &[&CreditorId]) -> Result<Known, StoreError> {
        let place = super::place(self.place);
        let undecodable = |column: &'static str, reason: String| StoreError::Undecodable {
            table,
            column,
            key: format!("{}/{}/{}", owners[place], self.kind, self.id),
            reason,
        };
        let kind: FactKind = self.kind.parse().map_err(|why| undecodable("kind", format!("{why}")))?;
        let fact = Fact::parse(kind, owners[place], &self.data).map_err(|why| undecodable("data", why.to_string()))?;
        let version = Version { time: self.time, sequence: self.sequence, id: self.event_id };
        Ok(Known { place, key: self.id, version, fact })
    }
}

/// Why a statement was not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A version as new or newer stands.
    Newer,
    /// The thing is this debtor's, which the statement does not name.
    OfAnother(DebtorId),
}

impl Tx<'_> {
    /// Stores versions of facts where they are newer than what stands. At most one for each (creditor, kind,
    /// key), sorted by it. Returns for each whether it stands now.
    ///
    /// A fact never moves to another debtor here; see [`Tx::standing`] and [`Tx::move_facts`].
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn state(&mut self, statements: &[Statement<'_>]) -> Result<Vec<bool>, StoreError> {
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        let creditors: Vec<&str> = statements.iter().map(|fact| fact.creditor.as_str()).collect();
        let kinds: Vec<&str> = statements.iter().map(|fact| fact.kind.as_str()).collect();
        let keys: Vec<&str> = statements.iter().map(|fact| fact.key).collect();
        let (debtors, awaits): (Vec<Option<&str>>, Vec<Option<&str>>) = statements
            .iter()
            .map(|fact| match fact.owner {
                Owner::Creditor => (Some(CREDITOR_ITSELF), None),
                Owner::Debtor(debtor) => (Some(debtor.as_str()), None),
                Owner::Awaits(what) => (None, Some(what.as_str())),
            })
            .unzip();
        let times: Vec<DateTime<Utc>> = statements.iter().map(|fact| fact.version.time).collect();
        let sequences: Vec<i64> = statements.iter().map(|fact| fact.version.sequence).collect();
        let event_ids: Vec<&str> = statements.iter().map(|fact| fact.version.id.as_str()).collect();
        let data: Vec<&str> = statements.iter().map(|fact| fact.data).collect();
        let rows = sqlx::query!(
            "INSERT INTO facts AS known (creditor, kind, id, debtor, awaits, time, sequence, event_id, data)
             SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
                 $7::bigint[], $8::text[], $9::text[])
             ON CONFLICT ON CONSTRAINT facts_pkey DO UPDATE SET debtor = excluded.debtor, awaits = excluded.awaits,
                 time = excluded.time, sequence = excluded.sequence, event_id = excluded.event_id,
                 data = excluded.data
             WHERE (excluded.time, excluded.sequence, excluded.event_id) > (known.time, known.sequence, known.event_id)
               AND (known.debtor IS NULL OR known.debtor = excluded.debtor)
             RETURNING creditor, kind, id",
            &creditors as _,
            &kinds as _,
            &keys as _,
            &debtors as _,
            &awaits as _,
            &times,
            &sequences,
            &event_ids as _,
            &data as _,
        )
        .fetch_all(self.connection())
        .await?;
        if rows.len() == statements.len() {
            return Ok(vec![true; statements.len()]);
        }
        // A version that came after a newer one is history at once.
        sqlx::query!(
            "INSERT INTO fact_versions (sequence, time, creditor, kind, id, debtor, event_id, data)
             SELECT late.sequence, late.time, creditor, kind, id, late.debtor, late.event_id, late.data
             FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::bigint[], $7::text[],
                 $8::text[]) AS late (creditor, kind, id, debtor, time, sequence, event_id, data)
             JOIN facts AS known USING (creditor, kind, id)
             WHERE (late.time, late.sequence, late.event_id) < (known.time, known.sequence, known.event_id)
               AND known.debtor = late.debtor AND kind <> 'payments.synced'
             ON CONFLICT DO NOTHING",
            &creditors as _,
            &kinds as _,
            &keys as _,
            &debtors as _,
            &times,
            &sequences,
            &event_ids as _,
            &data as _,
        )
        .execute(self.connection())
        .await?;
        let stored: std::collections::HashSet<(&str, &str, &str)> =
            rows.iter().map(|row| (row.creditor.as_str(), row.kind.as_str(), row.id.as_str())).collect();
        let stands = |fact: &Statement<'_>| stored.contains(&(fact.creditor.as_str(), fact.kind.as_str(), fact.key));
        Ok(statements.iter().map(stands).collect())
    }

    /// Why statements were not stored, in the order given.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away, or a statement stands nowhere.
    pub async fn standing(&mut self, statements: &[Statement<'_>]) -> Result<Vec<Standing>, StoreError> {
        let creditors: Vec<&str> = statements.iter().map(|fact| fact.creditor.as_str()).collect();
        let kinds: Vec<&str> = statements.iter().map(|fact| fact.kind.as_str()).collect();
        let keys: Vec<&str> = statements.iter().map(|fact| fact.key).collect();
        let rows = sqlx::query!(
            r#"SELECT come.place AS "place!", debtor, time, sequence, event_id
               FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS come (creditor, kind, id, place)
               JOIN facts USING (creditor, kind, id) ORDER BY come.place"#,
            &creditors as _,
            &kinds as _,
            &keys as _,
        )
        .fetch_all(self.connection())
        .await?;
        StoreError::unless_rows("facts", statements.len(), rows.len() as u64)?;
        Ok(rows
            .into_iter()
            .zip(statements)
            .map(|(row, statement)| {
                let version = Version { time: row.time, sequence: row.sequence, id: row.event_id };
                match (row.debtor, statement.owner) {
                    _ if *statement.version <= version => Standing::Newer,
                    (Some(known), Owner::Debtor(named)) if known != named.as_str() => {
                        Standing::OfAnother(DebtorId::new(known))
                    }
                    (Some(known), Owner::Awaits(_)) => Standing::OfAnother(DebtorId::new(known)),
                    _ => Standing::Newer,
                }
            })
            .collect())
    }

    /// Stores newer versions that name another debtor than the one that stands, or none: then it stays. Both
    /// accounts are locked.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn move_facts(&mut self, statements: &[Statement<'_>]) -> Result<(), StoreError> {
        for fact in statements {
            let debtor = match fact.owner {
                Owner::Debtor(debtor) => Some(debtor.as_str()),
                Owner::Awaits(_) | Owner::Creditor => None,
            };
            let done = sqlx::query!(
                "UPDATE facts SET debtor = COALESCE($4, debtor), time = $5, sequence = $6, event_id = $7, data = $8
                 WHERE creditor = $1 AND kind = $2 AND id = $3",
                fact.creditor.as_str(),
                fact.kind.as_str(),
                fact.key,
                debtor,
                fact.version.time,
                fact.version.sequence,
                fact.version.id,
                fact.data,
            )
            .execute(self.connection())
            .await?;
            StoreError::unless_rows("facts", 1, done.rows_affected())?;
        }
        Ok(())
    }

    /// Every fact of accounts, in no particular order.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away, or a row cannot be read.
    pub async fn facts_of(&mut self, keys: &[AccountKey]) -> Result<Vec<Known>, StoreError> {
        let (creditors, debtors) = columns(keys);
        let owners: Vec<&CreditorId> = keys.iter().map(|key| &key.creditor).collect();
        self.load(&owners, &creditors, &debtors).await
    }

    /// Every fact of the creditors themselves.
    ///
    /// # Errors
    ///
    /// As [`Tx::facts_of`].
    pub async fn facts_of_creditors(&mut self, creditors: &[CreditorId]) -> Result<Vec<Known>, StoreError> {
        let owners: Vec<&CreditorId> = creditors.iter().collect();
        let names: Vec<&str> = creditors.iter().map(CreditorId::as_str).collect();
        self.load(&owners, &names, &vec![CREDITOR_ITSELF; names.len()]).await
    }

    /// Every version of the facts of accounts that a newer one replaced, in no particular order.
    ///
    /// # Errors
    ///
    /// As [`Tx::facts_of`].
    pub async fn replaced_facts_of(&mut self, keys: &[AccountKey]) -> Result<Vec<Known>, StoreError> {
        let (creditors, debtors) = columns(keys);
        let owners: Vec<&CreditorId> = keys.iter().map(|key| &key.creditor).collect();
        self.load_replaced(&owners, &creditors, &debtors).await
    }

    /// The same of the creditors themselves.
    ///
    /// # Errors
    ///
    /// As [`Tx::facts_of`].
    pub async fn replaced_facts_of_creditors(&mut self, creditors: &[CreditorId]) -> Result<Vec<Known>, StoreError> {
        let owners: Vec<&CreditorId> = creditors.iter().collect();
        let names: Vec<&str> = creditors.iter().map(CreditorId::as_str).collect();
        self.load_replaced(&owners, &names, &vec![CREDITOR_ITSELF; names.len()]).await
    }

    async fn load_replaced(
        &mut self,
        owners: &[&CreditorId],
        creditors: &[&str],
        debtors: &[&str],
    ) -> Result<Vec<Known>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT come.place AS "place!", kind, id, time, sequence, event_id, data
               FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS come (creditor, debtor, place)
               JOIN fact_versions USING (creditor, debtor)"#,
            &creditors as _,
            &debtors as _,
        )
        .fetch_all(self.connection())
        .await?;
        rows.into_iter().map(|row| row.known("fact_versions", owners)).collect()
    }

    async fn load(
        &mut self,
        owners: &[&CreditorId],
        creditors: &[&str],
        debtors: &[&str],
    ) -> Result<Vec<Known>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT come.place AS "place!", kind, id, time, sequence, event_id, data
               FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS come (creditor, debtor, place)
               JOIN facts USING (creditor, debtor)"#,
            &creditors as _,
            &debtors as _,
        )
        .fetch_all(self.connection())
        .await?;
        rows.into_iter().map(|row| row.known("facts", owners)).collect()
    }

    /// Whose each of `awaited` is, where that is known: the debtor of the invoice, dispute, promise, plan, hold,
    /// task or notice it names.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn owners(&mut self, awaited: &[(&CreditorId, &str)]) -> Result<Vec<Option<DebtorId>>, StoreError> {
        let mut found = vec![None; awaited.len()];
        let split = |(creditor, awaits): &(&CreditorId, &str)| {
            let (what, id) = awaits.split_once(':').unwrap_or((awaits, ""));
            (creditor.as_str().to_owned(), what.to_owned(), id.to_owned())
        };
        let parts: Vec<(String, String, String)> = awaited.iter().map(split).collect();
        let creditors: Vec<&str> = parts.iter().map(|(creditor, _, _)| creditor.as_str()).collect();
        let whats: Vec<&str> = parts.iter().map(|(_, what, _)| what.as_str()).collect();
        let ids: Vec<&str> = parts.iter().map(|(_, _, id)| id.as_str()).collect();
        let uuids: Vec<Option<Uuid>> = ids.iter().map(|id| Uuid::parse_str(id).ok()).collect();
        let rows = sqlx::query!(
            r#"WITH come AS MATERIALIZED (
                   SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::uuid[]) WITH ORDINALITY
                       AS come (creditor, what, id, uuid, place)),
               opening (what, kind) AS (VALUES ('invoice', 'invoice.upserted'), ('dispute', 'dispute.opened'),
                   ('promise', 'promise.made'), ('plan', 'plan.agreed'), ('hold', 'hold.placed'))
               SELECT place AS "place!", debtor AS "debtor!" FROM come JOIN opening USING (what)
                   JOIN facts ON facts.creditor = come.creditor AND facts.kind = opening.kind AND facts.id = come.id
                   WHERE debtor IS NOT NULL
               UNION ALL
               SELECT place, debtor FROM come JOIN tasks ON tasks.id = come.uuid AND tasks.creditor = come.creditor
                   WHERE what = 'task'
               UNION ALL
               SELECT place, debtor FROM come JOIN notices ON notices.id = come.uuid
                   AND notices.creditor = come.creditor WHERE what = 'notice'
               UNION ALL
               SELECT place, debtor FROM come JOIN notices ON notices.creditor = come.creditor
                   AND notices.provider_id = come.id WHERE what = 'provider' AND provider_id IS NOT NULL"#,
            &creditors as _,
            &whats as _,
            &ids as _,
            &uuids as _,
        )
        .fetch_all(self.connection())
        .await?;
        for row in rows {
            found[super::place(row.place)] = Some(DebtorId::new(row.debtor));
        }
        Ok(found)
    }

    /// Attaches parked facts that awaited one of `announced` to its debtor, and returns the accounts they belong
    /// to from now on.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn attach(&mut self, announced: &[(&AccountKey, &str)]) -> Result<Vec<AccountKey>, StoreError> {
        if announced.is_empty() {
            return Ok(Vec::new());
        }
        let (creditors, debtors) = columns(announced.iter().map(|(key, _)| *key));
        let whats: Vec<&str> = announced.iter().map(|(_, what)| *what).collect();
        let rows = sqlx::query!(
            "UPDATE facts SET debtor = come.debtor, awaits = NULL
             FROM unnest($1::text[], $2::text[], $3::text[]) AS come (creditor, debtor, what)
             WHERE facts.creditor = come.creditor AND facts.awaits = come.what AND facts.debtor IS NULL
             RETURNING come.creditor AS \"creditor!\", come.debtor AS \"debtor!\"",
            &creditors as _,
            &debtors as _,
            &whats as _,
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(|row| super::accounts::key(row.creditor, row.debtor)).collect())
    }
}
