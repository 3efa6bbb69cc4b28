//! The one reader of the system clock, and a clock that starts elsewhere and runs at another speed.
//!
//! Business time is what decisions are made in; leases, back-offs and time-outs use real time and do not ask
//! here. Nothing waits in this module: it only says how long a wait is.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

/// Fastest clock: at a week a second the instants of one batch still tell morning from evening.
pub const SPEED_MAX: f64 = 604_800.0;
/// Longest single wait: whoever waits longer asks again, so a clock set right by its system is noticed.
const WAIT_SECONDS_MAX: u64 = 3_600;

/// An identifier that no other call gives, in this process or another: what tells one claim from the next.
#[expect(clippy::disallowed_methods, reason = "the one identifier that is drawn, and it holds the time")]
pub fn draw_token() -> uuid::Uuid {
    uuid::Uuid::now_v7()
}

/// Why a clock cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum ClockError {
    /// The speed stands still, runs backward or is absurd.
    #[error("a clock's speed is above 0 and at most {SPEED_MAX} seconds a second; correct RELANCE_CLOCK_SPEED")]
    Speed,
}

/// A clock that tells business time.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The system's.
    System,
    /// One that started at an instant of its own and runs at its own speed; for demonstrations and tests only.
    Virtual {
        /// The business instant it started at.
        start: DateTime<Utc>,
        /// Business seconds for each real second.
        speed: f64,
        /// When it was started, by the monotonic clock.
        since: Instant,
    },
}

impl Clock {
    /// The system's clock, or one that starts at `start` (now, if none) and runs at `speed` (1, if none).
    pub fn new(start: Option<DateTime<Utc>>, speed: Option<f64>) -> Result<Self, ClockError> {
        if start.is_none() && speed.is_none() {
            return Ok(Self::System);
        }
        let speed = speed.unwrap_or(1.0);
        if !(speed > 0.0 && speed <= SPEED_MAX) {
            return Err(ClockError::Speed);
        }
        Ok(Self::Virtual { start: start.unwrap_or_else(system_now), speed, since: Instant::now() })
    }

    /// Whether it is not the system's: then a warning belongs in the log and on every page.
    pub fn is_virtual(&self) -> bool {
        matches!(self, Self::Virtual { .. })
    }

    /// Now, in business time, to the microsecond.
    pub fn now(&self) -> DateTime<Utc> {
        match *self {
            Self::System => system_now(),
            Self::Virtual { start, speed, since } => {
                start.checked_add_signed(business_delta(since.elapsed(), speed)).unwrap_or(DateTime::<Utc>::MAX_UTC)
            }
        }
    }

    /// How long to wait, in real time, until business time reaches `instant`: zero if it has, and at most an
    /// hour, after which the caller asks again.
    pub fn real_duration_until(&self, instant: DateTime<Utc>) -> Duration {
        let ahead = (instant - self.now()).to_std().unwrap_or(Duration::ZERO);
        let longest = Duration::from_secs(WAIT_SECONDS_MAX);
        let real = match *self {
            Self::System => ahead,
            Self::Virtual { speed, .. } => Duration::try_from_secs_f64(ahead.as_secs_f64() / speed).unwrap_or(longest),
        };
        // A microsecond more, or rounding would wake the caller just before the instant.
        if ahead.is_zero() { Duration::ZERO } else { (real + Duration::from_micros(1)).min(longest) }
    }
}

fn business_delta(real: Duration, speed: f64) -> TimeDelta {
    let micros = real.as_secs_f64() * speed * 1e6;
    // Saturates after 292,000 business years.
    #[expect(clippy::cast_possible_truncation, reason = "saturating is right: the clock stands still at the end")]
    TimeDelta::microseconds(micros as i64)
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the system clock")]
fn system_now() -> DateTime<Utc> {
    let now = Utc::now();
    DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_system_clock_tells_microseconds_and_never_runs_virtual() {
        let clock = Clock::new(None, None).unwrap();
        assert!(!clock.is_virtual());
        assert_eq!(clock.now().timestamp_subsec_nanos() % 1_000, 0);
        assert_eq!(clock.real_duration_until(at("2000-01-01T00:00:00Z")), Duration::ZERO);
        assert_eq!(clock.real_duration_until(at("2200-01-01T00:00:00Z")), Duration::from_secs(3_600));
    }

    #[test]
    fn a_virtual_clock_starts_where_told_and_runs_as_told() {
        let start = at("2026-01-01T00:00:00Z");
        let clock = Clock::new(Some(start), Some(86_400.0)).unwrap();
        let Clock::Virtual { since, .. } = clock else { panic!() };
        std::thread::sleep(Duration::from_millis(5));
        let shown = clock.now() - start;
        assert!(shown >= TimeDelta::seconds(432), "5 ms are 432 business seconds, not {shown}");
        assert!(shown <= business_delta(since.elapsed(), 86_400.0));
        let wait = clock.real_duration_until(start + TimeDelta::days(10));
        assert!(wait < Duration::from_secs(10) && wait > Duration::from_secs(5), "{wait:?}");
    }

    #[test]
    fn after_the_wait_the_instant_is_reached() {
        let clock = Clock::new(None, Some(3_600.0)).unwrap();
        let instant = clock.now() + TimeDelta::seconds(20);
        std::thread::sleep(clock.real_duration_until(instant));
        assert!(clock.now() >= instant);
    }

    #[test]
    fn absurd_speeds_are_refused() {
        for speed in [0.0, -1.0, f64::NAN, f64::INFINITY, SPEED_MAX * 2.0] {
            assert_eq!(Clock::new(None, Some(speed)).unwrap_err(), ClockError::Speed);
        }
    }
}
