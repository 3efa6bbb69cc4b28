//! Reading a file of events: JSON lines, or one JSON array.
//!
//! A line that cannot be read is reported with its number and the rest is taken, as intake does.

use serde_json::value::RawValue;

use crate::domain::event::{Event, Message, Refusal, read};

/// An event and the line it stands on, from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbered {
    /// The line.
    pub line: usize,
    /// What stands there.
    pub event: Event,
}

/// An event that would be put in quarantine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedLine {
    /// The line it stands on, from 1.
    pub line: usize,
    /// Its id, where it could be read.
    pub id: Option<String>,
    /// Why.
    pub refusal: Refusal,
}

impl std::fmt::Display for RefusedLine {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "line {}: ", self.line)?;
        if let Some(id) = &self.id {
            write!(out, "event {id}: ")?;
        }
        self.refusal.fmt(out)
    }
}

/// What a file of events holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Input {
    /// The events that can be applied, in the order of the file.
    pub events: Vec<Numbered>,
    /// The others.
    pub refused: Vec<RefusedLine>,
}

impl Input {
    /// Reads one event, or a batch, that begins on `line`.
    pub fn read(&mut self, line: usize, text: &str) {
        let message = Message { body: text.as_bytes(), content_type: None, headers: &[] };
        for reading in read(&message) {
            match reading {
                Ok(event) => self.events.push(Numbered { line, event }),
                Err(refused) => {
                    self.refused.push(RefusedLine { line, id: refused.id, refusal: refused.refusal });
                }
            }
        }
    }
}

/// Reads a file: one event a line, or one JSON array over any number of lines. Empty lines are passed over.
pub fn read_events(text: &str) -> Input {
    let mut input = Input::default();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match serde_json::from_str::<Vec<&RawValue>>(text) {
        Ok(items) => {
            let (mut line, mut counted) = (1, 0);
            for item in items {
                // The items borrow from the text, so their place in it is where they begin.
                let start = item.get().as_ptr() as usize - text.as_ptr() as usize;
                line += text.as_bytes()[counted..start].iter().filter(|byte| **byte == b'\n').count();
                counted = start;
                input.read(line, item.get());
            }
        }
        Err(_) => {
            for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
                input.read(index + 1, line);
            }
        }
    }
    input
}

#[cfg(test)]
mod tests {
    use super::*;

    fn synced(id: &str) -> String {
        format!(
            r#"{{"specversion":"1.0","id":"{id}","source":"s","type":"payments.synced","time":"2026-03-02T08:00:00Z",
            "creditor":"C-1","data":{{"through":"2026-03-02T08:00:00Z"}}}}"#
        )
        .replace('\n', "")
    }

    #[test]
    fn a_line_that_cannot_be_read_is_reported_and_the_rest_is_taken() {
        let input = read_events(&format!("{}\n\n{{\n{}\n", synced("a"), synced("b")));
        assert_eq!(input.events.iter().map(|event| event.line).collect::<Vec<_>>(), [1, 4]);
        assert_eq!(input.refused.len(), 1);
        assert!(input.refused[0].to_string().starts_with("line 3: "), "{}", input.refused[0]);
    }

    #[test]
    fn an_array_over_several_lines_keeps_its_lines() {
        let text = format!("[\n{},\n{{\"id\": \"x\"}},\n\n{}\n]\n", synced("a"), synced("b"));
        let input = read_events(&text);
        assert_eq!(input.events.iter().map(|event| event.line).collect::<Vec<_>>(), [2, 5]);
        assert_eq!(input.refused.iter().map(|refused| refused.line).collect::<Vec<_>>(), [3]);
    }
}
