//! What the engine decided about accounts, apart from notices: cases, tasks and blocks, each kept whole as JSON
//! beside the few columns that lists and counts ask for.

use super::accounts::columns;
use super::{StoreError, Tx, from_json, place, to_json};
use crate::domain::{AccountKey, Block, Case, Phase, Task, TaskState};

impl Tx<'_> {
    /// Every case of accounts, with the place of its account.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away, or a row cannot be read.
    pub async fn cases_of(&mut self, keys: &[AccountKey]) -> Result<Vec<(usize, Case)>, StoreError> {
        let (creditors, debtors) = columns(keys);
        let rows = sqlx::query!(
            r#"SELECT come.place AS "place!", invoice, body
               FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS come (creditor, debtor, place)
               JOIN cases USING (creditor, debtor)"#,
            &creditors as _,
            &debtors as _,
        )
        .fetch_all(self.connection())
        .await?;
        rows.into_iter()
            .map(|row| Ok((place(row.place), from_json(&row.body, "cases", "body", row.invoice)?)))
            .collect()
    }

    /// Saves cases, new or changed, of locked accounts.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn save_cases(&mut self, cases: &[(&AccountKey, &Case)]) -> Result<(), StoreError> {
        if cases.is_empty() {
            return Ok(());
        }
        let (creditors, debtors) = columns(cases.iter().map(|(key, _)| *key));
        let invoices: Vec<&str> = cases.iter().map(|(_, case)| case.invoice.as_str()).collect();
        let states: Vec<&str> = cases.iter().map(|(_, case)| case.state.as_str()).collect();
        let phases: Vec<Option<&str>> = cases.iter().map(|(_, case)| case.phase.map(Phase::as_str)).collect();
        let workflows: Vec<Option<&str>> =
            cases.iter().map(|(_, case)| case.workflow.as_ref().map(|(name, _)| name.as_str())).collect();
        let revisions: Vec<Option<&str>> =
            cases.iter().map(|(_, case)| case.workflow.as_ref().map(|(_, revision)| revision.as_str())).collect();
        let bodies: Vec<String> = cases.iter().map(|(_, case)| to_json(case)).collect::<Result<_, _>>()?;
        let done = sqlx::query!(
            "INSERT INTO cases (creditor, debtor, invoice, state, phase, workflow, revision, body)
             SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                 $8::text[])
             ON CONFLICT ON CONSTRAINT cases_pkey DO UPDATE SET state = excluded.state, phase = excluded.phase,
                 workflow = excluded.workflow, revision = excluded.revision, body = excluded.body",
            &creditors as _,
            &debtors as _,
            &invoices as _,
            &states as _,
            &phases as _,
            &workflows as _,
            &revisions as _,
            &bodies,
        )
        .execute(self.connection())
        .await?;
        StoreError::unless_rows("cases", cases.len(), done.rows_affected())
    }

    /// Every task of accounts, with the place of its account.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away, or a row cannot be read.
    pub async fn tasks_of(&mut self, keys: &[AccountKey]) -> Result<Vec<(usize, Task)>, StoreError> {
        let (creditors, debtors) = columns(keys);
        let rows = sqlx::query!(
            r#"SELECT come.place AS "place!", id, body
               FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS come (creditor, debtor, place)
               JOIN tasks USING (creditor, debtor)"#,
            &creditors as _,
            &debtors as _,
        )
        .fetch_all(self.connection())
        .await?;
        rows.into_iter().map(|row| Ok((place(row.place), from_json(&row.body, "tasks", "body", row.id)?))).collect()
    }

    /// Saves tasks, new or changed, of locked accounts.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn save_tasks(&mut self, tasks: &[(&AccountKey, &Task)]) -> Result<(), StoreError> {
        if tasks.is_empty() {
            return Ok(());
        }
        let (creditors, debtors) = columns(tasks.iter().map(|(key, _)| *key));
        let ids: Vec<uuid::Uuid> = tasks.iter().map(|(_, task)| task.id.0).collect();
        let kinds: Vec<&str> = tasks.iter().map(|(_, task)| task.kind.as_str()).collect();
        let states: Vec<&str> = tasks.iter().map(|(_, task)| state_name(task.state)).collect();
        let bodies: Vec<String> = tasks.iter().map(|(_, task)| to_json(task)).collect::<Result<_, _>>()?;
        let done = sqlx::query!(
            "INSERT INTO tasks (creditor, debtor, id, kind, state, body)
             SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[])
             ON CONFLICT ON CONSTRAINT tasks_pkey DO UPDATE SET state = excluded.state, body = excluded.body",
            &creditors as _,
            &debtors as _,
            &ids,
            &kinds as _,
            &states as _,
            &bodies,
        )
        .execute(self.connection())
        .await?;
        StoreError::unless_rows("tasks", tasks.len(), done.rows_affected())
    }

    /// Every block of accounts, with the place of its account.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away, or a row cannot be read.
    pub async fn blocks_of(&mut self, keys: &[AccountKey]) -> Result<Vec<(usize, Block)>, StoreError> {
        let (creditors, debtors) = columns(keys);
        let rows = sqlx::query!(
            r#"SELECT come.place AS "place!", name, body
               FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS come (creditor, debtor, place)
               JOIN blocks USING (creditor, debtor)"#,
            &creditors as _,
            &debtors as _,
        )
        .fetch_all(self.connection())
        .await?;
        rows.into_iter().map(|row| Ok((place(row.place), from_json(&row.body, "blocks", "body", row.name)?))).collect()
    }

    /// Saves blocks, new or changed, of locked accounts.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn save_blocks(&mut self, blocks: &[(&AccountKey, &Block)]) -> Result<(), StoreError> {
        if blocks.is_empty() {
            return Ok(());
        }
        let (creditors, debtors) = columns(blocks.iter().map(|(key, _)| *key));
        let names: Vec<&str> = blocks.iter().map(|(_, block)| block.name.as_str()).collect();
        let bodies: Vec<String> = blocks.iter().map(|(_, block)| to_json(block)).collect::<Result<_, _>>()?;
        let done = sqlx::query!(
            "INSERT INTO blocks (creditor, debtor, name, body)
             SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
             ON CONFLICT ON CONSTRAINT blocks_pkey DO UPDATE SET body = excluded.body",
            &creditors as _,
            &debtors as _,
            &names as _,
            &bodies,
        )
        .execute(self.connection())
        .await?;
        StoreError::unless_rows("blocks", blocks.len(), done.rows_affected())
    }
}

fn state_name(state: TaskState) -> &'static str {
    match state {
        TaskState::Open => "open",
        TaskState::Answered => "answered",
        TaskState::TimedOut => "timed_out",
        TaskState::Withdrawn => "withdrawn",
    }
}
