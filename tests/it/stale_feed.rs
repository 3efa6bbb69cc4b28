//! A creditor whose payments are not reported any more: one alert, however many workers find out.

use std::io::Write;
use std::sync::{Arc, Mutex};

use relance::advance::{Memory, wake};
use serde_json::json;

use super::deploy::{Worker, database_of, deploy, edition, morning, step};
use super::store_support::{count, creditor, debtor, event, invoice};

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn alerts(&self) -> usize {
        String::from_utf8_lossy(&self.0.lock().unwrap()).matches("payments are not reported any more").count()
    }
}

fn synced(id: &str, minute: i64, through: &str) -> serde_json::Value {
    event(id, "payments.synced", minute, json!({ "through": through }))
}

#[tokio::test]
async fn two_workers_that_find_the_same_feed_stale_alert_once_and_again_for_the_next_report() {
    let log = Log::default();
    let written = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || written.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let (database, url) = database_of("stale_feed").await;
    deploy(&mut database.writer(), 0, &edition(&step("one", 3, ""))).await;
    let (mut one, mut other) = (Worker::start(&database).await, Worker::start(&database).await);
    let mut events = vec![creditor(), synced("s-1", 0, "2026-03-30T10:00:00Z")];
    for number in 1..=4 {
        let debtor_id = format!("d-{number}");
        events.push(debtor(&debtor_id));
        events.push(invoice(&format!("F-{number}"), &format!("e-{number}"), 0, &debtor_id, "100.00"));
    }
    one.take(&events).await;
    assert_eq!(log.alerts(), 0, "nothing was due yet");

    let book = one.shelf.book();
    let held = "SELECT count(*) FROM history WHERE entry LIKE '%\"held\"%stale_feed%'";
    for turn in 0..2 {
        // Each has accounts of its own on the desk, and its own memory, at the same moment.
        let (memory, other_memory) = (Memory::default(), Memory::default());
        let (first, second) = tokio::join!(
            wake(&mut one.desk.writer, &memory, &book, morning(), 1),
            wake(&mut other.desk.writer, &other_memory, &book, morning(), 1)
        );
        assert_eq!((first.unwrap(), second.unwrap()), (1, 1));
        assert_eq!(count(&url, held).await, 2 * (turn + 1), "each case says that it waits");
        assert_eq!(log.alerts(), 1);
    }

    // A later report, which is too old as well: somebody is alerted once more.
    one.take(&[synced("s-2", 60, "2026-03-30T18:00:00Z")]).await;
    let week_later = morning() + chrono::TimeDelta::days(7);
    let later = invoice("F-5", "e-5", 61, "d-1", "100.00");
    one.take(&[later]).await;
    one.wake_all(week_later).await;
    other.wake_all(week_later).await;
    assert_eq!(log.alerts(), 2);
    assert_eq!(count(&url, "SELECT count(*) FROM stale_feeds").await, 1);
}
