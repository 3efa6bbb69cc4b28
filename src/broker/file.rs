//! Events from a file, to be published: JSON lines, or CSV.
//!
//! JSON lines: one structured CloudEvent a line. CSV: a header line; the columns `type` (required), `id`, `source`,
//! `time`, `creditor`, `sequence`, `specversion` are the envelope, every other column is a field of `data`, with dots
//! for nesting (`address.city`). A cell that starts with `[` or `{` is JSON, `true` and `false` are themselves, an
//! empty cell is an absent field, everything else is text; amounts are written as in the contract. A row without `id`
//! gets one derived from its cells, so that publishing the file again changes nothing.
//!
//! Nothing is refused here that can be sent at all: what intake would refuse is said beside the event, and the
//! caller decides.

use std::io::BufRead;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::Outgoing;
use crate::domain::event::{EVENT_BYTES_MAX, Message, Refusal, read};

/// The columns of CSV that belong to the envelope.
const ENVELOPE_COLUMNS: [&str; 7] = ["specversion", "id", "source", "type", "time", "creditor", "sequence"];
/// How deep a column's dots may nest.
const COLUMN_NESTING_MAX: usize = 8;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// One JSON object a line; empty lines are skipped.
    JsonLines,
    /// Comma-separated values with a header.
    Csv,
}

/// An event of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEvent {
    /// Its line, from 1.
    pub line: u64,
    /// What to publish.
    pub outgoing: Outgoing,
    /// Why intake would refuse it, if it would.
    pub refusal: Option<Refusal>,
}

/// A line that cannot be published at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct LineError {
    /// Its line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// The events of a file, one after the other.
pub fn outgoing_of_file<'r>(
    input: impl BufRead + 'r,
    format: FileFormat,
) -> Box<dyn Iterator<Item = Result<FileEvent, LineError>> + 'r> {
    match format {
        FileFormat::JsonLines => Box::new(json_lines(input)),
        FileFormat::Csv => Box::new(csv_rows(input)),
    }
}

fn json_lines(input: impl BufRead) -> impl Iterator<Item = Result<FileEvent, LineError>> {
    input.lines().zip(1..).filter_map(|(text, line)| {
        let text = match text {
            Ok(text) => text,
            Err(why) => return Some(Err(LineError { line, reason: format!("cannot be read: {why}") })),
        };
        if text.trim().is_empty() {
            return None;
        }
        Some(file_event(line, text.into_bytes()))
    })
}

fn csv_rows(input: impl BufRead) -> impl Iterator<Item = Result<FileEvent, LineError>> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(input);
    let header = reader.headers().cloned();
    reader.into_records().map(move |record| {
        let failed = |why: &csv::Error, line: u64| LineError { line, reason: format!("is no CSV row: {why}") };
        let header = header.as_ref().map_err(|why| failed(why, 1))?;
        let record = record.map_err(|why| failed(&why, why.position().map_or(0, csv::Position::line)))?;
        let line = record.position().map_or(0, csv::Position::line);
        let event = row(header, &record).map_err(|reason| LineError { line, reason })?;
        file_event(line, event.to_string().into_bytes())
    })
}

fn file_event(line: u64, body: Vec<u8>) -> Result<FileEvent, LineError> {
    #[derive(serde::Deserialize)]
    struct Routing<'a> {
        #[serde(rename = "type", borrow)]
        kind: std::borrow::Cow<'a, str>,
        #[serde(borrow, default)]
        id: std::borrow::Cow<'a, str>,
    }
    let refuse = |reason: &str| Err(LineError { line, reason: reason.to_owned() });
    let Ok(routing) = serde_json::from_slice::<Routing<'_>>(&body) else {
        return refuse("is no JSON object with a `type`; write one CloudEvent a line");
    };
    if routing.kind.len() > 255 {
        return refuse("has a `type` longer than 255 bytes");
    }
    if body.len() > EVENT_BYTES_MAX {
        return refuse("is larger than intake takes; send a smaller event");
    }
    let outgoing = Outgoing::structured(&routing.kind, &routing.id, Vec::new());
    let content_type = Some(outgoing.content_type.as_str());
    let mut readings = read(&Message { body: &body, content_type, headers: &[] });
    let refusal = readings.pop().and_then(Result::err).map(|refused| refused.refusal);
    Ok(FileEvent { line, outgoing: Outgoing { body, ..outgoing }, refusal })
}

fn row(header: &csv::StringRecord, cells: &csv::StringRecord) -> Result<Value, String> {
    let mut event = Map::new();
    let mut data = Map::new();
    event.insert("specversion".to_owned(), "1.0".into());
    event.insert("source".to_owned(), "relance publish".into());
    let mut digest = Sha256::new();
    for (column, cell) in header.iter().zip(cells) {
        digest.update(format!("{}:{column}{}:{cell}", column.len(), cell.len()));
        if cell.is_empty() {
            continue;
        }
        if ENVELOPE_COLUMNS.contains(&column) {
            event.insert(column.to_owned(), cell.into());
        } else {
            let value = cell_value(cell).map_err(|_| format!("column `{column}` starts like JSON and is none"))?;
            insert(&mut data, column, value).map_err(|why| format!("column `{column}` {why}"))?;
        }
    }
    if !event.contains_key("id") {
        event.insert("id".to_owned(), hex::encode(&digest.finalize()[..16]).into());
    }
    event.insert("data".to_owned(), Value::Object(data));
    Ok(Value::Object(event))
}

fn cell_value(cell: &str) -> Result<Value, serde_json::Error> {
    match cell {
        "true" => Ok(Value::Bool(true)),
        "false" => Ok(Value::Bool(false)),
        _ if cell.starts_with(['[', '{']) => serde_json::from_str(cell),
        _ => Ok(Value::from(cell)),
    }
}

fn insert(data: &mut Map<String, Value>, column: &str, value: Value) -> Result<(), &'static str> {
    let mut object = data;
    let mut names: Vec<&str> = column.split('.').collect();
    if names.len() > COLUMN_NESTING_MAX || names.iter().any(|name| name.is_empty()) {
        return Err("is no field name; write it like `address.city`");
    }
    let last = names.pop().unwrap_or_default();
    for name in names {
        let inner = object.entry(name).or_insert_with(|| Value::Object(Map::new()));
        object = inner.as_object_mut().ok_or("lies inside a column that is not an object")?;
    }
    object.insert(last.to_owned(), value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Fact;

    fn all(text: &str, format: FileFormat) -> Vec<Result<FileEvent, LineError>> {
        outgoing_of_file(text.as_bytes(), format).collect()
    }

    #[test]
    fn a_csv_row_is_an_event_with_nested_data() {
        let text = "type,time,creditor,debtor,kind,name,address.city,address.lines,consents.sms,legal_id\n\
                    debtor.upserted,2026-01-01T00:00:00Z,acme,d-1,business,\"Dupont, SA\",Lyon,\"[\"\"1 rue A\"\"]\",false,\n";
        let event = all(text, FileFormat::Csv).remove(0).unwrap();
        assert_eq!((event.line, event.refusal, event.outgoing.routing_key.as_str()), (2, None, "debtor.upserted"));
        let message = Message { body: &event.outgoing.body, content_type: None, headers: &[] };
        let Fact::Debtor(debtor) = read(&message).remove(0).unwrap().fact else { panic!() };
        assert_eq!(debtor.name, "Dupont, SA");
        assert_eq!(debtor.address.unwrap().lines, ["1 rue A"]);
        assert_eq!((debtor.consents.sms, debtor.legal_id), (Some(false), None));
        let again = all(text, FileFormat::Csv).remove(0).unwrap();
        assert_eq!(again.outgoing, event.outgoing, "the same row is the same event");
    }

    #[test]
    fn every_bad_line_is_named() {
        let good = r#"{"specversion":"1.0","id":"e","source":"s","type":"invoice.voided","time":"2026-01-01T00:00:00Z","creditor":"c","data":{"invoice":"F","debtor":"d"}}"#;
        let text = format!("{good}\n\nnot json\n{}\n", good.replace("\"F\"", "\"\""));
        let events = all(&text, FileFormat::JsonLines);
        assert_eq!(events.len(), 3);
        assert!(events[0].as_ref().unwrap().refusal.is_none());
        assert_eq!(events[1].as_ref().unwrap_err().line, 3);
        let refused = events[2].as_ref().unwrap();
        assert_eq!((refused.line, refused.refusal.as_ref().unwrap().field.as_str()), (4, "data.invoice"));
    }

    #[test]
    fn a_bad_csv_row_spoils_only_itself() {
        let text = "type,a,a.b\ninvoice.voided,1,2\ninvoice.voided,{x,\ninvoice.voided,,3\n";
        let lines: Vec<_> = all(text, FileFormat::Csv).into_iter().map(|event| event.map_err(|why| why.line)).collect();
        assert_eq!(lines[0].as_ref().unwrap_err(), &2);
        assert_eq!(lines[1].as_ref().unwrap_err(), &3);
        assert!(lines[2].is_ok());
    }
}
