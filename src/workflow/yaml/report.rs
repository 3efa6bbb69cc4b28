//! Why the parser could go no further, said with the place where its author went wrong.

use std::ops::Range;

use serde_saphyr::granit_parser::ScanError;

use super::invisible::invisible_near;
use super::tree::Reader;
use super::unclosed::{Opened, unclosed};
use super::words;
use crate::workflow::Code;
use crate::workflow::condition::nearest;

/// What a mistake of form means for the rest of its file.
const REST: &str = "; the rest of the file is checked once this is corrected";

impl Reader<'_, '_, '_> {
    pub(super) fn report(&mut self, error: &ScanError) {
        let at = error.marker().byte_offset().unwrap_or_else(|| {
            self.text.char_indices().nth(error.marker().index()).map_or(self.text.len(), |(at, _)| at)
        });
        let at = at.min(self.text.len());
        let mismatched = error.info().contains("mismatched bracket").then(|| self.text[at..].chars().next()).flatten();
        let mismatched = mismatched.filter(|sign| ['{', '['].contains(sign)).map(|sign| Opened { at, sign });
        if let Some(opened) = mismatched.or_else(|| unclosed(self.text, at)) {
            return self.report_open(opened);
        }
        if let Some(invisible) = invisible_near(self.text, at) {
            let help = format!("{}{REST}", invisible.help);
            return self.findings.add_with_help(Code::YamlSyntax, invisible.place, invisible.message, help);
        }
        let tab = self.tab_near(at);
        let at = tab.unwrap_or(at);
        // What was said of the key of this line is why the parser cannot go on.
        let start = self.text[..at].rfind('\n').map_or(0, |end| end + 1);
        let end = self.text[at..].find('\n').map_or(self.text.len(), |length| at + length);
        if self.findings.holds_one_within(&(start..end)) {
            return;
        }
        if tab.is_none()
            && let Some(place) = self.before_brace(at)
        {
            let (message, help) = text_before_brace(&self.text[place.clone()]);
            return self.findings.add_with_help(Code::YamlSyntax, place, message, format!("{help}{REST}"));
        }
        let rest = self.text.get(at..).unwrap_or_default();
        let length = rest.chars().next().filter(|c| *c != '\n').map_or(0, char::len_utf8);
        let info = if tab.is_some() { "tab".into() } else { error.info() };
        let code = match () {
            () if info.contains("directive") => Code::YamlDocuments,
            () if info.contains("limit") => Code::YamlLimit,
            () => Code::YamlSyntax,
        };
        let help = self.syntax_help(at, &info).unwrap_or_else(|| words::remedy(&info).to_owned());
        let help = match code {
            Code::YamlSyntax => format!("{help}{REST}"),
            Code::YamlLimit => "split the file, and nest less deep".to_owned(),
            _ => "take the line out".to_owned(),
        };
        self.findings.add_with_help(code, at..at + length, words::plain(&info), help);
    }

    fn report_open(&mut self, opened: Opened) {
        let (sign, closing) = (opened.sign, opened.closing());
        let (what, help) = match sign {
            '{' | '[' => (format!("`{sign}`"), format!("close it with `{closing}`")),
            _ => ("quote".to_owned(), format!("close the quote with `{closing}` on this line, or leave it out")),
        };
        let message = format!("a {what} is opened here and never closed");
        let place = opened.at..opened.at + 1;
        self.findings.add_with_help(Code::YamlSyntax, place, message, format!("{help}{REST}"));
    }

    /// Text between the dash or the key of a mistake's line and the brace behind it.
    fn before_brace(&self, at: usize) -> Option<Range<usize>> {
        let start = self.text[..at].rfind('\n').map_or(0, |at| at + 1);
        let line = self.text[start..].split('\n').next()?;
        let behind_dash = line.trim_start().strip_prefix("- ");
        let value = behind_dash.or_else(|| Some(line.split_once(": ")?.1))?.trim_start();
        let text = value[..value.find(" {")?].trim_end();
        let plain = !text.is_empty() && !text.contains([':', '#', '"', '\'', '{', '[']);
        let from = start + line.len() - value.len();
        (plain && at < start + line.len()).then(|| from..from + text.len())
    }

    /// A tab in the indentation of the line of a mistake, or of the next one.
    fn tab_near(&self, at: usize) -> Option<usize> {
        let start = self.text[..at].rfind('\n').map_or(0, |at| at + 1);
        let mut from = start;
        for line in self.text[start..].split_inclusive('\n').take(2) {
            let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
            if let Some(tab) = line[..indent].find('\t') {
                return Some(from + tab);
            }
            from += line.len();
        }
        None
    }

    /// The usual causes, told from the line.
    fn syntax_help(&self, at: usize, info: &str) -> Option<String> {
        let line = self.text[..at].rsplit('\n').next().unwrap_or_default();
        let rest = self.text[at..].split('\n').next().unwrap_or_default();
        let whole = format!("{line}{rest}");
        let whole = whole.split_once(" #").map_or(whole.as_str(), |(written, _comment)| written);
        let value = whole.split_once(": ").map(|(_, value)| value.trim());
        if whole.starts_with('\t') || whole.trim_start_matches(' ').starts_with('\t') {
            Some("indent with spaces, not with tabs".to_owned())
        } else if info.contains("expected ','") {
            let help = "write a `,` before the next key, or put a value that contains `: ` in quotes";
            Some(help.to_owned())
        } else if value.is_some_and(|value| value.contains(": ")) {
            Some("put the value in quotes, because it contains `: `".to_owned())
        } else if value.is_some_and(|value| value.starts_with(['"', '\'']) && value.len() > 1) {
            Some("put the whole value in quotes of the other kind".to_owned())
        } else if value.is_some_and(|value| value.starts_with(['@', '`', '%', '!', '&', '*'])) {
            Some("put the value in quotes, because it starts with a sign that YAML reserves".to_owned())
        } else if info.contains("':' indicator") {
            Some("write a `,` between one key with its value and the next".to_owned())
        } else {
            nearest(whole.trim(), ["---", "..."]).map(|sign| format!("a document border is written `{sign}`"))
        }
    }
}

/// What is said of text in front of a brace, where the braces alone would be a value.
pub(super) fn text_before_brace(text: &str) -> (String, String) {
    let help = format!("take `{text}` out; if it belongs to what is in the braces, write it inside: `name: {text}`");
    (format!("`{text}` stands in front of a brace"), help)
}
