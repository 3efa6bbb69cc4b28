//! Supervision: every role runs in a loop of its own that is started again, with back-off, when it fails.
//!
//! A role decides itself when its failure is the end of one pass only. What reaches here is logged once
//! and never ends the process: a worker that lost Postgres or RabbitMQ comes back without anyone's help. A panic
//! is a defect and a failure like any other: a role that stayed away would go unnoticed.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::watch;
use tokio::time::Instant;

/// First pause after a failure.
const PAUSE_MILLIS_MIN: u64 = 100;
/// Longest pause: short enough that a restarted database is noticed before a person looks.
const PAUSE_MILLIS_MAX: u64 = 5_000;
/// A role that ran so long is taken for healthy; its next failure starts with the short pause again.
const HEALTHY_SECONDS_MIN: u64 = 30;

/// The wish to stop, seen by every role.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

/// Where the wish comes from.
#[derive(Debug)]
pub struct StopSource(watch::Sender<bool>);

impl StopSource {
    /// A source that has not been asked, and what roles watch.
    pub fn open() -> (Self, Stop) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Stop(receiver))
    }

    /// Asks every role to finish what is in flight and end.
    pub fn stop(&self) {
        // Without receivers every role has ended already.
        let _ = self.0.send(true);
    }
}

impl Stop {
    /// Whether it was asked.
    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Done when it is asked, or when nobody can ask any more.
    pub async fn asked(&self) {
        let mut watched = self.0.clone();
        // An error means that the source is gone: the process is ending.
        let _ = watched.wait_for(|asked| *asked).await;
    }

    /// Waits, but no longer than until the wish to stop. Returns whether to go on.
    pub async fn pause(&self, how_long: Duration) -> bool {
        tokio::select! {
            () = self.asked() => false,
            () = tokio::time::sleep(how_long) => true,
        }
    }
}

/// A growing pause between failures.
#[derive(Debug)]
pub struct BackOff {
    next: Duration,
    since: Instant,
}

impl Default for BackOff {
    fn default() -> Self {
        Self { next: Duration::from_millis(PAUSE_MILLIS_MIN), since: Instant::now() }
    }
}

impl BackOff {
    /// The pause after one more failure.
    pub fn after_failure(&mut self) -> Duration {
        if self.since.elapsed() > Duration::from_secs(HEALTHY_SECONDS_MIN) {
            self.next = Duration::from_millis(PAUSE_MILLIS_MIN);
        }
        let pause = self.next;
        self.next = (self.next * 2).min(Duration::from_millis(PAUSE_MILLIS_MAX));
        self.since = Instant::now();
        pause
    }
}

/// Runs `pass` until it ends well or the stop is asked; a failure is logged and followed by another pass.
pub async fn supervise<F, E>(role: &'static str, stop: &Stop, mut pass: impl FnMut() -> F)
where
    F: Future<Output = Result<(), E>>,
    E: std::fmt::Display,
{
    let mut back_off = BackOff::default();
    while !stop.is_asked() {
        let ended = AssertUnwindSafe(pass()).catch_unwind().await;
        let failure = match ended {
            Ok(Ok(())) => None,
            Ok(Err(why)) => Some(why.to_string()),
            Err(_) => Some("it panicked".to_owned()),
        };
        match failure {
            None => return,
            Some(why) => {
                let pause = back_off.after_failure();
                tracing::warn!(role, %why, pause_millis = pause.as_millis(), "a role failed and starts again");
                metrics::counter!("relance_role_failures_total", "role" => role).increment(1);
                if !stop.pause(pause).await {
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_failing_role_is_started_again_until_it_ends_well() {
        let (_source, stop) = StopSource::open();
        let mut passes = 0;
        supervise("test", &stop, || {
            passes += 1;
            let outcome = if passes < 3 { Err("lost") } else { Ok(()) };
            async move { outcome }
        })
        .await;
        assert_eq!(passes, 3);
    }

    #[tokio::test]
    async fn a_role_that_panics_is_started_again() {
        let (_source, stop) = StopSource::open();
        let mut passes = 0;
        supervise("test", &stop, || {
            passes += 1;
            let is_first = passes == 1;
            async move {
                assert!(!is_first, "a defect");
                Ok::<(), String>(())
            }
        })
        .await;
        assert_eq!(passes, 2);
    }

    #[tokio::test]
    async fn a_stop_ends_the_pause() {
        let (source, stop) = StopSource::open();
        source.stop();
        assert!(!stop.pause(Duration::from_secs(3_600)).await);
    }
}
