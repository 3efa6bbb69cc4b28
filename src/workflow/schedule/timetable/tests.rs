//! Every change of the clock, every form of an expression; and the slow way to the same occurrences.

use chrono::{Datelike as _, NaiveDateTime, Timelike as _};
use proptest::prelude::*;

use super::*;

fn table(text: &str, zone: Tz) -> Timetable {
    Timetable::parse(text, zone).unwrap_or_else(|why| panic!("{text}: {why}"))
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The next `count` occurrences, one call each, as a stateless worker asks for them.
fn following(text: &str, zone: Tz, after: &str, count: usize) -> Vec<String> {
    let table = table(text, zone);
    let mut last = at(after);
    (0..count)
        .map(|_| {
            last = table.next_after(last).unwrap();
            last.with_timezone(&zone).to_rfc3339()
        })
        .collect()
}

#[test]
fn a_time_that_the_clock_jumps_over_is_the_first_minute_after_it() {
    let daily = "30 2 * * *";
    assert_eq!(
        following(daily, Tz::Europe__Paris, "2026-03-28T00:00:00Z", 3),
        ["2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"]
    );
    assert_eq!(
        following(daily, Tz::America__New_York, "2026-03-07T05:00:00Z", 3),
        ["2026-03-07T02:30:00-05:00", "2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00"]
    );
    // Half an hour only: 02:00 becomes 02:30.
    assert_eq!(
        following("15 2 * * *", Tz::Australia__Lord_Howe, "2026-10-02T18:00:00Z", 2),
        ["2026-10-04T02:30:00+11:00", "2026-10-05T02:15:00+11:00"]
    );
    // Summer time ends for Ramadan and comes back after it.
    assert_eq!(
        following(daily, Tz::Africa__Casablanca, "2026-03-21T00:00:00Z", 3),
        ["2026-03-21T02:30:00+00:00", "2026-03-22T03:00:00+01:00", "2026-03-23T02:30:00+01:00"]
    );
    // What falls into the hour that is not there, and the minute after it, is one occurrence.
    assert_eq!(
        following("*/20 2,3 * * *", Tz::Europe__Paris, "2026-03-29T00:59:00Z", 3),
        ["2026-03-29T03:00:00+02:00", "2026-03-29T03:20:00+02:00", "2026-03-29T03:40:00+02:00"]
    );
}

#[test]
fn a_time_that_comes_twice_counts_once() {
    let daily = "30 2 * * *";
    assert_eq!(
        following(daily, Tz::Europe__Paris, "2026-10-24T12:00:00Z", 2),
        ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"]
    );
    assert_eq!(
        following("30 1 * * *", Tz::America__New_York, "2026-10-31T12:00:00Z", 2),
        ["2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"]
    );
    assert_eq!(
        following("45 1 * * *", Tz::Australia__Lord_Howe, "2026-04-04T00:00:00Z", 2),
        ["2026-04-05T01:45:00+11:00", "2026-04-06T01:45:00+10:30"]
    );
    assert_eq!(
        following(daily, Tz::Africa__Casablanca, "2026-02-14T12:00:00Z", 2),
        ["2026-02-15T02:30:00+01:00", "2026-02-16T02:30:00+00:00"]
    );
    // Asked in the middle of the second pass, too.
    assert_eq!(following(daily, Tz::Europe__Paris, "2026-10-25T01:10:00Z", 1), ["2026-10-26T02:30:00+01:00"]);
}

#[test]
fn leap_days_and_the_ends_of_months() {
    assert_eq!(
        following("0 6 29 2 *", Tz::UTC, "2026-01-01T00:00:00Z", 2),
        ["2028-02-29T06:00:00+00:00", "2032-02-29T06:00:00+00:00"]
    );
    assert_eq!(
        following("0 6 31 * *", Tz::UTC, "2026-01-01T00:00:00Z", 3),
        ["2026-01-31T06:00:00+00:00", "2026-03-31T06:00:00+00:00", "2026-05-31T06:00:00+00:00"]
    );
}

#[test]
fn weekdays_are_unix_weekdays() {
    // 2026-11-23 is a Monday.
    let days = |field: &str| -> Vec<u32> {
        let table = table(&format!("0 8 * * {field}"), Tz::UTC);
        let mut last = at("2026-11-22T12:00:00Z");
        let mut found = Vec::new();
        while let Some(next) = table.next_after(last).filter(|next| *next < at("2026-11-29T12:00:00Z")) {
            found.push(next.weekday().number_from_monday());
            last = next;
        }
        found
    };
    assert_eq!(days("1"), [1]);
    assert_eq!(days("0"), [7]);
    assert_eq!(days("7"), [7]);
    assert_eq!(days("1-5"), [1, 2, 3, 4, 5]);
    assert_eq!(days("5-7"), [5, 6, 7]);
    assert_eq!(days("fri-sun"), [5, 6, 7]);
    assert_eq!(days("MON,Thursday"), [1, 4]);
    assert_eq!(days("0-6/2"), [2, 4, 6, 7]);
    assert_eq!(days("*/3"), [3, 6, 7]);
    assert_eq!(days("0,7"), [7]);
}

#[test]
fn mistakes_say_the_field_and_what_is_allowed() {
    let wrong = [
        "0 8 * *",
        "0 0 8 * * mon",
        "@daily",
        "60 8 * * *",
        "0 24 * * *",
        "0 8 0 * *",
        "0 8 * 13 *",
        "0 8 * * 8",
        "0 8 * * monday-",
        "0 8 * * fri-mon",
        "0 8 ? * mon",
        "0 8 L * *",
        "0 8 * * mon#1",
        "5/10 8 * * *",
        "*/0 8 * * *",
        "0, 8 * * *",
        "0 8 1 * mon",
        "0 8 */2 * mon",
        "0 8 30 2 *",
        "0 8 31 4,6 *",
        "-1 8 * * *",
        "+5 8 * * *",
        "",
    ];
    let told: Vec<String> = wrong
        .iter()
        .map(|text| {
            let why = Timetable::parse(text, Tz::UTC).expect_err(text);
            format!("{text}\n  {why}\n  {}", why.help())
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn timetables_are_said_in_words() {
    let written = [
        "0 8 * * mon",
        "0 8 * * 1-5",
        "30 7,18 * * *",
        "15 2 * * *",
        "0 6 1,15 * *",
        "0 6 1 1,7 *",
        "0 6 1 1-3 *",
        "* * * * *",
        "*/15 8-18 * * mon-fri",
        "5 * * * *",
        "0 * * * *",
        "5,20 8,12,14,16,20 * * sat,sun",
        "0 9 * * fri-sun",
    ];
    let told: Vec<String> =
        written.iter().map(|text| format!("{text} = {}", table(text, Tz::Europe__Paris).in_words())).collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn after_an_outage_the_last_counts() {
    let hourly = table("0 * * * *", Tz::Europe__Paris);
    let missed = hourly.between(at("2026-11-01T00:30:00Z"), at("2026-11-03T00:30:00Z")).unwrap();
    assert_eq!((missed.first, missed.last), (at("2026-11-01T01:00:00Z"), at("2026-11-03T00:00:00Z")));
    assert_eq!(missed.count, 48);
    assert_eq!(hourly.between(at("2026-11-01T00:10:00Z"), at("2026-11-01T00:50:00Z")), None);
    let minutely = table("* * * * *", Tz::UTC);
    let year = minutely.between(at("2025-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z")).unwrap();
    assert_eq!((year.last, year.count), (at("2026-01-01T00:00:00Z"), COUNTED_MAX));
    let yearly = table("0 0 1 1 *", Tz::UTC);
    let long = yearly.between(at("2020-06-01T00:00:00Z"), at("2026-06-01T00:00:00Z")).unwrap();
    assert_eq!((long.first, long.last, long.count), (at("2021-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z"), 6));
}

/// A timetable as sets, and the slow way: minute by minute over real time, looking at the clock on the wall.
#[derive(Debug)]
struct Model {
    minutes: Vec<u32>,
    hours: Vec<u32>,
    days: Option<Vec<u32>>,
    weekdays: Option<Vec<u32>>,
}

impl Model {
    fn written(&self) -> String {
        let list = |values: &Vec<u32>| values.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        let some = |values: &Option<Vec<u32>>| values.as_ref().map_or("*".to_owned(), list);
        format!("{} {} {} * {}", list(&self.minutes), list(&self.hours), some(&self.days), some(&self.weekdays))
    }

    fn fits(&self, wall: NaiveDateTime) -> bool {
        self.minutes.contains(&wall.minute())
            && self.hours.contains(&wall.hour())
            && self.days.as_ref().is_none_or(|days| days.contains(&wall.day()))
            && self.weekdays.as_ref().is_none_or(|days| days.contains(&wall.weekday().num_days_from_sunday()))
    }

    /// Every occurrence in (from, until]: the wall clock is read each minute; a minute it reaches for the first time
    /// counts, and so do all those it left out on the way there.
    fn walk(&self, zone: Tz, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let wall = |instant: DateTime<Utc>| instant.with_timezone(&zone).naive_local();
        // The latest that the clock showed before, though it may have been set back since.
        let mut furthest = (0..=180).map(|back| wall(from - TimeDelta::minutes(back))).max().unwrap();
        let (mut found, mut now) = (Vec::new(), from);
        while now < until {
            now += TimeDelta::minutes(1);
            let shown = wall(now);
            let mut fits = false;
            while furthest < shown {
                furthest += TimeDelta::minutes(1);
                fits |= self.fits(furthest);
            }
            if fits {
                found.push(now);
            }
        }
        found
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn as_the_slow_way_finds_it(
        minutes in prop::collection::btree_set(prop::sample::select(vec![0u32, 1, 15, 29, 30, 45, 59]), 1..4),
        hours in prop::collection::btree_set(prop_oneof![0u32..5, 0u32..24], 1..5),
        days in prop::option::weighted(0.3, prop::collection::btree_set(1u32..29, 1..20)),
        weekdays in prop::option::weighted(0.3, prop::collection::btree_set(0u32..7, 1..6)),
        place in 0usize..10,
        offset in 0i64..2_880,
    ) {
        // A day and a half before each change of the clock.
        let places = [
            (Tz::Europe__Paris, "2026-03-27T12:00:00Z"), (Tz::Europe__Paris, "2026-10-23T12:00:00Z"),
            (Tz::America__New_York, "2026-03-06T18:00:00Z"), (Tz::America__New_York, "2026-10-30T18:00:00Z"),
            (Tz::Australia__Lord_Howe, "2026-04-03T03:00:00Z"), (Tz::Australia__Lord_Howe, "2026-10-02T03:00:00Z"),
            (Tz::Africa__Casablanca, "2026-02-13T12:00:00Z"), (Tz::Africa__Casablanca, "2026-03-20T12:00:00Z"),
            (Tz::Asia__Kathmandu, "2026-03-20T12:00:00Z"), (Tz::America__St_Johns, "2026-10-30T18:00:00Z"),
        ];
        let (zone, start) = places[place];
        let weekdays = if days.is_some() { None } else { weekdays };
        let model = Model {
            minutes: minutes.into_iter().collect(),
            hours: hours.into_iter().collect(),
            days: days.map(|days| days.into_iter().collect()),
            weekdays: weekdays.map(|days| days.into_iter().collect()),
        };
        let from = at(start) + TimeDelta::minutes(offset);
        let until = from + TimeDelta::days(4);
        let table = table(&model.written(), zone);
        let mut found = Vec::new();
        let mut last = from;
        while let Some(next) = table.next_after(last).filter(|next| *next <= until) {
            found.push(next);
            last = next;
        }
        let slow = model.walk(zone, from, until);
        prop_assert_eq!(&found, &slow, "{} in {}", model.written(), zone);
        let between = table.between(from, until);
        prop_assert_eq!(between.map(|missed| (missed.first, missed.last, missed.count)),
            slow.first().map(|first| (*first, *slow.last().unwrap(), slow.len())));
    }
}
