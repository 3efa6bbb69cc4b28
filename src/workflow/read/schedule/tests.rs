//! Mistakes of schedules, each with its place.

use super::*;
use crate::workflow::{Colours, SourceFile, render_text};

fn told(text: &str) -> String {
    let file = SourceFile::new("relance.yaml", text);
    match read_schedules("relance.yaml", text) {
        Ok(found) => format!("{found:#?}"),
        Err(findings) => render_text(&findings, std::slice::from_ref(&file), Colours::None),
    }
}

#[test]
fn schedules_are_read() {
    let found = read_schedules(
        "relance.yaml",
        r#"
broker: { prefix: relance }
schedules:
  - id: weekly-digest
    cron: "0 8 * * mon"
    timezone: Europe/Paris
    send: digest
    to: creditor
  - id: nightly-provision
    cron: "15 2 * * *"
    timezone: Europe/Paris
    send: provision
    creditor: acme
    to: [finance@example.org, audit@example.org]
    language: en
    enabled: false
    matrix: { not_due: 0, up_to_30: 2.5, up_to_60: 10, up_to_90: 25, over_90: 50, disputed: 30, insolvent: 100 }
"#,
    )
    .unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].timetable.in_words(), "every Monday at 08:00, Europe/Paris");
    assert!(found[0].to.is_empty() && found[0].creditor.is_none() && found[0].enabled);
    let Work::Provision(matrix) = &found[1].work else { panic!("{found:?}") };
    assert_eq!(matrix.share(Class::UpTo30).to_string(), "2.5");
    assert_eq!(matrix.share(Class::Insolvent).to_string(), "100");
    assert_eq!((found[1].to.len(), found[1].enabled), (2, false));
    assert_eq!(read_schedules("relance.yaml", "broker: { prefix: relance }"), Ok(vec![]));
}

#[test]
fn every_mistake_is_told_with_its_place() {
    insta::assert_snapshot!(told(
        r#"
schedules:
  - { id: a, cron: "0 8 1 * mon", timezone: Europe/Paris, send: digest, to: creditor }
  - { id: b, cron: "0 8 * *", timezone: Europe/Pariss, send: digets, to: creditor }
  - { id: c, cron: "0 25 * * *", send: digest, to: finance@example.org }
  - { id: d, cron: "0 8 30 2 *", timezone: Europe/Paris, send: provision, to: nobody, creditor: acme }
  - { id: e, cron: "0 8 * * *", timezone: Europe/Paris, send: digest }
  - { id: f, cron: "0 8 * * *", timezone: Europe/Paris, send: digest, to: creditor }
  - { id: f, cron: "0 8 * * *", timezone: Europe/Paris, send: digest, to: creditor }
  - id: g
    cron: "0 8 * * *"
    timezone: Europe/Paris
    send: provision
    to: creditor
    matrix: { not_due: 0, up_to_30: 2.5, up_to_60: 10, up_to_90: 25, over_90: 500, disputed: 30 }
"#
    ));
}
