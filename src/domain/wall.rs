//! What a clock on the wall shows, as an instant.

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone as _, Timelike as _, Utc};
use chrono_tz::Tz;

/// Longest gap of any time zone, in minutes: an island that changed the side of the date line left out a whole day.
const GAP_MINUTES_MAX: usize = 25 * 60;

/// The instant at which a wall clock in `zone` shows `wall`: the earlier one where it shows it twice, and the first one
/// behind the gap where it jumps over it.
pub fn instant_of(wall: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    if let Some(instant) = zone.from_local_datetime(&wall).earliest() {
        return instant.to_utc();
    }
    let mut shown = wall.with_second(0).and_then(|shown| shown.with_nanosecond(0)).unwrap_or(wall);
    for _ in 0..GAP_MINUTES_MAX {
        let Some(next) = shown.checked_add_signed(TimeDelta::minutes(1)) else { break };
        shown = next;
        if let Some(instant) = zone.from_local_datetime(&shown).earliest() {
            return instant.to_utc();
        }
    }
    wall.and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_left_out_is_passed_over_and_one_shown_twice_counts_once() {
        let at = |wall: &str, zone| instant_of(wall.parse().unwrap(), zone).to_rfc3339();
        let paris = chrono_tz::Europe::Paris;
        assert_eq!(at("2026-03-29T01:59:00", paris), "2026-03-29T00:59:00+00:00");
        for wall in ["2026-03-29T02:00:00", "2026-03-29T02:10:30", "2026-03-29T02:59:59", "2026-03-29T03:00:00"] {
            assert_eq!(at(wall, paris), "2026-03-29T01:00:00+00:00", "{wall}");
        }
        assert_eq!(at("2026-10-25T02:30:00", paris), "2026-10-25T00:30:00+00:00");
        // Samoa had no 30 December 2011.
        assert_eq!(at("2011-12-30T12:00:00", chrono_tz::Pacific::Apia), "2011-12-30T10:00:00+00:00");
    }
}
