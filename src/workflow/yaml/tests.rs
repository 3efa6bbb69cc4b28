//! The strict reader on a small type: what it takes, what it refuses and where.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::*;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    name: String,
    rate: Decimal,
    #[serde(default)]
    days: Vec<NaiveDate>,
    limit: Option<u32>,
    kind: Option<Kind>,
    #[serde(default)]
    codes: BTreeMap<u16, String>,
    #[serde(default)]
    open: bool,
    place: Option<Spanned<String>>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Plain,
    Named(String),
    Full { depth: u8 },
}

fn sample(text: &str) -> Result<Sample, String> {
    from_yaml("sample.yaml", text).map_err(|findings| {
        let shown = findings.iter().map(|finding| {
            let help = finding.help.as_deref().map_or(String::new(), |help| format!(" [{help}]"));
            let Diagnostic { line, column, end_column, code, message, .. } = finding;
            format!("{line}:{column}-{end_column} {code}: {message}{help}")
        });
        shown.collect::<Vec<_>>().join("\n")
    })
}

#[test]
fn a_file_is_read_into_a_type() {
    let text = "name: \"no\"\nrate: 12.1500000000000000000001\ndays: [2026-05-01, 2026-05-08]\nlimit: 3\n\
                kind: { full: { depth: 2 } }\ncodes: { 200: accepted, 404: gone }\nopen: true\nplace: here # there\n";
    let day = |day| NaiveDate::from_ymd_opt(2026, 5, day).unwrap();
    let wanted = Sample {
        name: "no".into(),
        rate: Decimal::from_str_exact("12.1500000000000000000001").unwrap(),
        days: vec![day(1), day(8)],
        limit: Some(3),
        kind: Some(Kind::Full { depth: 2 }),
        codes: BTreeMap::from([(200, "accepted".into()), (404, "gone".into())]),
        open: true,
        place: Some(Spanned { value: "here".into(), span: 166..170 }),
    };
    assert_eq!(sample(text), Ok(wanted));
    assert_eq!(sample("name: a\nrate: 3\nkind: plain").map(|sample| sample.kind), Ok(Some(Kind::Plain)));
    let named = sample("name: a\nrate: -0.5\nkind: { named: b }").map(|sample| sample.kind);
    assert_eq!(named, Ok(Some(Kind::Named("b".into()))));
}

#[test]
fn mistakes_of_form_are_refused_with_their_place() {
    let texts = [
        "name: no\nrate: 1",
        "name: 3:00\nrate: 1",
        "name: 1e3\nrate: 1",
        "name: 01000\nrate: 1",
        "name: a\nrate: 1e3",
        "name: a\nrate: \"1.5\"\nlimit: \"3\"",
        "name: a\nname: b\nrate: 1",
        "nmae: a\nrte: 1",
        "name: a\nrate: 1\nkidn: plain\nlimt: 3",
        "name: !!str a\nrate: 1",
        "name: &a b\nrate: 1",
        "name: *a\nrate: 1",
        "<<: { name: a }\nrate: 1",
        "name:\nrate: ~",
        "name: a\nrate: 1\nkind: other",
        "name: a\nrate: 1\nkind: { plain: 1 }",
        "name: a\nrate: 1\nkind: named",
        "name: a\nrate: 1\ncodes: { x: y }",
        "name: a\nrate: 1\nopen: yes",
        "name: a\nrate: 1\ndays: [2026-02-30]",
        "name: a\nrate: 1\nlimit: -1",
        "name: [a]\nrate: 1",
        "- a",
        "",
        "name: a\n---\nname: b",
        "%YAML 1.2\n---\nname: b",
        "name: {{ creditor.name }}\nrate: 1",
        "name: a: b\nrate: 1",
        "name: \"a\" b\nrate: 1",
        "name:\n\t- a",
        "name: [a",
        "name: @a",
        "? [a]\n: b",
        ": b",
    ];
    let shown: Vec<_> = texts.iter().map(|text| format!("{text}\n=> {}\n", sample(text).unwrap_err())).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn size_and_nesting_are_bounded() {
    let deep = format!("name: {}{}", "[".repeat(NESTING_MAX + 1), "]".repeat(NESTING_MAX + 1));
    assert!(sample(&deep).unwrap_err().contains("yaml-limit"), "{:?}", sample(&deep));
    let keys = |count: usize| (0..count).map(|n| format!("{n}: a\n")).collect::<String>().replace('\n', "\n  ");
    let with = |count: usize| format!("name: a\nrate: 1\ncodes:\n  {}", keys(count));
    assert_eq!(sample(with(KEYS_MAX).trim_end()).unwrap().codes.len(), KEYS_MAX);
    let refused = sample(with(40_000).trim_end()).unwrap_err();
    assert_eq!(refused.lines().count(), 1, "{refused}");
    assert!(refused.starts_with("504:3-6 yaml-limit"), "{refused}");
    let large = format!("name: {}", "a".repeat(FILE_BYTES_MAX));
    assert!(sample(&large).unwrap_err().contains("yaml-limit"));
}

proptest! {
    #[test]
    fn no_text_panics(text in "[a-c:\\-\\[\\]{}\"'#&*!|>%@`, \n\t0-9é~]{0,80}") {
        let _ = sample(&text);
    }
}
