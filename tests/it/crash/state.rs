//! What relance knows in the end, as plain rows: everything but instants, which no two runs share.

use std::collections::BTreeMap;

use chrono::DateTime;
use serde_json::Value;
use sqlx::{Connection as _, PgConnection, Row as _};

/// The rows of each table, sorted.
pub type State = BTreeMap<&'static str, Vec<String>>;

const FACTS: &str =
    "SELECT concat_ws(' ', creditor, kind, id, debtor, awaits, time, sequence, event_id), data FROM facts";
const CASES: &str = "SELECT concat_ws(' ', creditor, debtor, invoice, state, phase), body FROM cases";
const NOTICES: &str = "SELECT concat_ws(' ', creditor, debtor, id, channel, state, provider, provider_id), body
    FROM notices";
const LINES: &str =
    "SELECT concat_ws(' ', creditor, invoice, step, occurrence, channel, notice), 'null' FROM notice_cases";
const TASKS: &str = "SELECT concat_ws(' ', creditor, debtor, id, kind, state), body FROM tasks";
const ACCOUNTS: &str = "SELECT concat_ws(' ', creditor, debtor, waits_for, wake_at IS NULL), 'null' FROM accounts";

/// Reads it all.
pub async fn state(url: &str) -> State {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let mut state = State::new();
    let tables = [
        ("facts", FACTS),
        ("cases", CASES),
        ("notices", NOTICES),
        ("notice_cases", LINES),
        ("tasks", TASKS),
        ("accounts", ACCOUNTS),
    ];
    for (table, sql) in tables {
        let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
        let mut rows: Vec<String> = rows
            .iter()
            .map(|row| {
                let (key, body): (String, String) = (row.get(0), row.get(1));
                let mut body: Value = serde_json::from_str(&body).unwrap();
                if table != "facts" {
                    without_instants(&mut body);
                }
                format!("{key} {body}")
            })
            .collect();
        rows.sort_unstable();
        state.insert(table, rows);
    }
    connection.close().await.unwrap();
    state
}

fn without_instants(value: &mut Value) {
    match value {
        Value::String(text) if text.len() > 10 && DateTime::parse_from_rfc3339(text).is_ok() => {
            *value = Value::from("an instant");
        }
        Value::Array(items) => items.iter_mut().for_each(without_instants),
        Value::Object(fields) => fields.values_mut().for_each(without_instants),
        _ => {}
    }
}

/// Fails with the first rows that differ.
pub fn assert_same(disturbed: &State, undisturbed: &State) {
    for (table, rows) in undisturbed {
        let other = &disturbed[table];
        let only = |these: &[String], those: &[String]| -> Vec<String> {
            these.iter().filter(|row| those.binary_search(row).is_err()).take(3).cloned().collect()
        };
        let (lost, added) = (only(rows, other), only(other, rows));
        assert!(lost.is_empty() && added.is_empty(), "{table}: only undisturbed {lost:#?}, only disturbed {added:#?}");
        assert_eq!(other.len(), rows.len(), "{table}");
    }
}
