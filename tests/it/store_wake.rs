//! Waking up reads what is due, not what is stored; writers leave nothing half done.

use chrono::{Days, NaiveDate, TimeDelta};
use relance::advance::wake;
use relance::domain::Peers;
use relance::store::Database;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use sqlx::Connection as _;

use super::database::{self, Migrated as _};
use super::store_support::{Desk, count, creditor, debtor, event, invoice, noon};

async fn desk(test: &str) -> (Desk, String) {
    let url = database::fresh_url(test).await;
    let database = Database::new(&url).unwrap().migrated().await;
    (Desk::new(&database), url)
}

/// Nodes of a plan, the outermost first.
fn nodes(plan: &Value) -> Vec<&Value> {
    let inner = plan["Plans"].as_array().map(Vec::as_slice).unwrap_or_default();
    std::iter::once(plan).chain(inner.iter().flat_map(nodes)).collect()
}

#[tokio::test]
async fn the_wake_up_query_reads_what_is_due_not_what_is_stored() {
    let (mut desk, url) = desk("wake_plan").await;
    let mut server = sqlx::PgConnection::connect(&url).await.unwrap();
    // 100,000 accounts at rest, half of them with a time to come, and 1,000 that are due.
    sqlx::query(
        "INSERT INTO accounts (creditor, debtor, seq, wake_at)
         SELECT 'acme', 'd-' || n, 1, CASE WHEN n <= 1000 THEN $1::timestamptz - n * interval '1 second'
             WHEN n % 2 = 0 THEN $1::timestamptz + n * interval '1 second' END FROM generate_series(1, 101000) AS n",
    )
    .bind(noon())
    .execute(&mut server)
    .await
    .unwrap();
    sqlx::query("INSERT INTO creditors (creditor) VALUES ('acme')").execute(&mut server).await.unwrap();
    sqlx::query("VACUUM ANALYZE accounts").execute(&mut server).await.unwrap();

    let plan: Value = sqlx::query_scalar(
        "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)
         SELECT creditor, debtor FROM accounts WHERE wake_at IS NOT NULL AND wake_at <= $1
         ORDER BY wake_at LIMIT $2 FOR UPDATE SKIP LOCKED",
    )
    .bind(noon())
    .bind(2_000_i64)
    .fetch_one(&mut server)
    .await
    .unwrap();
    let plan = &plan[0]["Plan"];
    let scans: Vec<&Value> = nodes(plan).into_iter().filter(|node| node["Relation Name"] == "accounts").collect();
    assert_eq!(scans.len(), 1, "{plan:#}");
    assert_eq!(scans[0]["Index Name"], "accounts_wake", "{plan:#}");
    assert_eq!(scans[0]["Actual Rows"].as_f64(), Some(1_000.0), "{plan:#}");
    // A page or so for each due row at the very most, its lock included; the table alone has over 800 pages.
    let pages = plan["Shared Hit Blocks"].as_i64().unwrap() + plan["Shared Read Blocks"].as_i64().unwrap();
    assert!(pages < 2_500, "{pages} pages read: {plan:#}");
    assert!(!nodes(plan).iter().any(|node| node["Node Type"] == "Seq Scan"), "{plan:#}");

    // The engine knows nothing of these accounts, so each is decided once and sleeps.
    let mut woken = 0;
    loop {
        let part = wake(&mut desk.writer, &desk.memory, &desk.book, noon(), 400).await.unwrap();
        if part == 0 {
            break;
        }
        woken += part;
    }
    assert_eq!(woken, 1_000);
    assert_eq!(count(&url, "SELECT count(*) FROM accounts WHERE seq > 1").await, 1_000);
    let next = desk.writer.next_due().await.unwrap();
    assert!(next.is_some_and(|next| next > noon()));
}

#[tokio::test]
async fn two_workers_never_wake_one_account_at_once() {
    let (mut first, url) = desk("wake_twice").await;
    let mut second = Desk::new(&Database::new(&url).unwrap());
    let mut server = sqlx::PgConnection::connect(&url).await.unwrap();
    sqlx::query(
        "INSERT INTO accounts (creditor, debtor, seq, wake_at)
         SELECT 'acme', 'd-' || n, 1, $1 FROM generate_series(1, 300) AS n",
    )
    .bind(noon())
    .execute(&mut server)
    .await
    .unwrap();
    sqlx::query("INSERT INTO creditors (creditor) VALUES ('acme')").execute(&mut server).await.unwrap();
    let mut woken = 0;
    while woken < 300 {
        let (one, two) = tokio::join!(
            wake(&mut first.writer, &first.memory, &first.book, noon(), 40),
            wake(&mut second.writer, &second.memory, &second.book, noon(), 40),
        );
        let part = one.unwrap() + two.unwrap();
        assert!(part > 0, "some are due and nobody else works on them");
        woken += part;
    }
    assert_eq!(woken, 300);
    assert_eq!(count(&url, "SELECT count(*) FROM accounts WHERE seq = 2").await, 300);
}

#[tokio::test]
async fn facts_of_a_creditor_wake_the_accounts_that_wait_for_them_and_no_other() {
    let (mut desk, url) = desk("wake_creditor").await;
    desk.take(&[invoice("F-1", "e-1", 0, "d-1", "100.00")]).await;
    assert_eq!(count(&url, "SELECT count(*) FROM accounts WHERE waits_for = 'creditor'").await, 1);
    let mut server = sqlx::PgConnection::connect(&url).await.unwrap();
    sqlx::query(
        "INSERT INTO accounts (creditor, debtor, seq, waits_for)
         SELECT 'acme', 'idle-' || n, 1, NULL FROM generate_series(1, 50) AS n
         UNION ALL SELECT 'acme', 'stale', 1, 'feed' UNION ALL SELECT 'other', 'd-1', 1, 'creditor'",
    )
    .execute(&mut server)
    .await
    .unwrap();
    desk.take(&[creditor()]).await;
    assert_eq!(count(&url, "SELECT count(*) FROM accounts WHERE wake_at IS NOT NULL AND debtor = 'd-1'").await, 1);
    assert_eq!(count(&url, "SELECT count(*) FROM accounts WHERE wake_at IS NOT NULL").await, 1);
    desk.take(&[event("e-2", "payments.synced", 3, json!({"through": "2026-03-31T09:00:00Z"}))]).await;
    assert_eq!(count(&url, "SELECT count(*) FROM accounts WHERE wake_at IS NOT NULL AND debtor = 'stale'").await, 1);
    let later = noon() + TimeDelta::seconds(1);
    assert_eq!(wake(&mut desk.writer, &desk.memory, &desk.book, later, 10).await.unwrap(), 2);
    assert_eq!(
        count(&url, "SELECT count(*) FROM accounts WHERE waits_for = 'creditor' AND creditor = 'acme'").await,
        0
    );
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_named_and_stops_nobody_else() {
    let (mut desk, url) = desk("undecodable").await;
    desk.take(&[invoice("F-1", "e-1", 0, "d-1", "100.00"), invoice("F-2", "e-2", 0, "d-2", "100.00")]).await;
    let mut server = sqlx::PgConnection::connect(&url).await.unwrap();
    sqlx::query("UPDATE facts SET data = '{' WHERE id = 'F-1'").execute(&mut server).await.unwrap();
    sqlx::query("UPDATE accounts SET wake_at = $1").bind(noon()).execute(&mut server).await.unwrap();
    let mut other = Desk::new(&Database::new(&url).unwrap());
    let mut errors = Vec::new();
    for _ in 0..3 {
        if let Err(why) = wake(&mut other.writer, &other.memory, &other.book, noon(), 10).await {
            errors.push(why.to_string());
        }
    }
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].starts_with("table facts, row acme/invoice.upserted/F-1: column data"), "{}", errors[0]);
    assert_eq!(count(&url, "SELECT count(*) FROM accounts WHERE wake_at <= '2026-03-31T10:00:00Z'").await, 0);
    let events = [invoice("F-3", "e-3", 1, "d-1", "5.00"), invoice("F-4", "e-4", 1, "d-2", "5.00")];
    let done = other.take(&events).await;
    assert_eq!((done.applied, done.refused), (1, 1));
}

#[tokio::test]
async fn how_debtors_pay_is_kept_with_each_and_counted_for_all_once_a_day() {
    let (mut desk, url) = desk("wake_peers").await;
    desk.take(&[creditor()]).await;
    assert_eq!(desk.writer.count_peers().await.unwrap(), None, "nobody paid anything");
    // Due on the same day, paid 0, 4 and 10 days later; the fourth debtor pays nothing.
    for (name, late) in [("d-1", Some(0)), ("d-2", Some(4)), ("d-3", Some(10)), ("d-4", None)] {
        let invoice = invoice(&format!("F-{name}"), &format!("e-{name}"), 0, name, "100.00");
        let due_on: NaiveDate = invoice["data"]["due_on"].as_str().unwrap().parse().unwrap();
        desk.take(&[invoice, debtor(name)]).await;
        let Some(late) = late else { continue };
        let (number, day) = (format!("F-{name}"), due_on + Days::new(late));
        desk.take(&[event(
            &format!("paid-{name}"),
            "payment.upserted",
            5,
            json!({"payment": format!("p-{name}"), "debtor": name, "amount": "100.00", "currency": "EUR", "status": "received",
                   "received_on": day, "allocations": [{"invoice": number, "amount": "100.00"}]}),
        )])
        .await;
    }
    assert_eq!(
        count(&url, "SELECT count(*) FROM accounts WHERE paid = 1 AND (paid_late = 1) = (days_late > 0)").await,
        3
    );

    let counted = desk.writer.count_peers().await.unwrap();
    assert!(counted.is_some());
    assert_eq!(desk.writer.count_peers().await.unwrap(), counted, "once a day is enough");
    desk.memory.forget();
    // Two of three invoices were late, and of 0, 4 and 10 days the middle one is 4; the silent debtor does not count.
    let told = desk.view("d-4").await.facts.peers;
    assert_eq!(told, Some(Peers { debtors: 3, share_late: Decimal::new(6_667, 4), days_late: 4 }));
}
