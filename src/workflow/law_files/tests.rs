//! Law files that are sound, that replace the carried ones, and that are wrong.

use super::*;
use crate::workflow::{Colours, render_text};

#[test]
fn what_is_shipped_is_sound() {
    let law = read_law(&[]).unwrap();
    assert_eq!(law.jurisdictions.names().collect::<Vec<_>>(), ["eu", "fr", "gb"]);
    assert!(law.calendars.by_name.contains_key("fr-974"));
}

const CLOSED: &str = "calendar: fr\ntitle: Closed\nsource: us\nread_on: 2026-01-01\nverified: true\nholidays: []\n\
                      days:\n  - { name: Inventory, date: 2026-12-28 }\n";

#[test]
fn a_file_above_replaces_the_shipped_one() {
    let law = read_law(&[SourceFile::new("calendars/fr.yaml", CLOSED)]).unwrap();
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    assert!(law.calendars.by_name["fr"].is_holiday(day("2026-12-28")));
    assert!(!law.calendars.by_name["fr"].is_holiday(day("2026-07-14")));
}

#[test]
fn every_mistake_of_every_file_has_its_place() {
    let calendar = "calendar: xx
titel: X
extends: nowhere
source: \"\"
read_on: 2026-02-30
verified: false
holidays:
  - { name: Two ways, date: \"01-01\", easter: 1 }
  - { name: Never, date: \"13-01\" }
  - { name: Fifth, weekday: { month: 5, weekday: mon, nth: 5 } }
  - { name: Far, easter: 900 }
  - { name: New Year, date: \"01-01\" }
  - { name: Again, date: \"01-01\" }
days:
  - { name: Flood, date: 2026-03-02 }
  - { name: Same day, date: 2026-03-02 }
";
    let value = |value: &str, verified: bool| {
        format!("{{ value: {value}, source: \"x\", read_on: 2026-01-01, verified: {verified} }}")
    };
    let jurisdiction = format!(
        "jurisdiction: xx
title: X
calendar: nowhere
currency: EUR
series:
  xx-base:
    title: Base
    values:
      2024-H1: {}
      2025-H1: {}
charges:
  business:
    starts: after_due
    rate_mode: segmented
    reference: yy-base
    margin: {{ value: 8, read_on: 2026-01-01, verified: true }}
    lump_sum:
      - {{ from: 1000, amount: {} }}
      - {{ from: 0, amount: {} }}
limitation:
  business: {{ value: 5, source: \"x\", read_on: 2026-01-01, verified: true, valid_until: 2025-12-31 }}
",
        value("1.5", true),
        value("2.5", false),
        value("70", true),
        value("40", true),
    );
    let files = [
        SourceFile::new("calendars/xx.yaml", calendar),
        SourceFile::new("jurisdictions/xx.yaml", jurisdiction.clone()),
        SourceFile::new("calendars/xy.yaml", calendar.lines().take(1).collect::<String>()),
        SourceFile::new(
            "jurisdictions/zz.yaml",
            jurisdiction
                .replace("margin: { value: 8,", "margin: { value: 8, source: x,")
                .replace("jurisdiction: xx", "jurisdiction: zz")
                .replace("from: 0", "from: 2000")
                .replace("2024-H1", "2024-H2"),
        ),
    ];
    let (law, findings) = examine_law(&files, NaiveDate::from_ymd_opt(2026, 11, 25));
    assert!(law.jurisdictions.get("fr").is_some());
    insta::assert_snapshot!(render_text(&findings, &files, Colours::None));
}
