//! Findings as text: for people with the excerpt underlined, as JSON lines, as annotations of GitHub.

use std::borrow::Cow;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet, renderer::DecorStyle};

use super::{Diagnostic, Severity, SourceFile};

/// The findings for people: each with its place, its excerpt and what to write instead. A finding whose file is
/// not among `files` is printed without an excerpt.
pub fn render_text(findings: &[Diagnostic], files: &[SourceFile], colours: Colours) -> String {
    let renderer = match colours {
        Colours::None => Renderer::plain(),
        Colours::Ansi => Renderer::styled(),
    };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let mut out = String::new();
    for finding in findings {
        let level = match finding.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let title = level.primary_title(&finding.message).id(finding.code.as_str());
        let help = finding.help.as_ref().map(|help| Level::HELP.message(help));
        let source = files.iter().find(|file| file.name == finding.file);
        let group = match source {
            Some(file) => {
                let excerpt = Snippet::source(lines(&file.text))
                    .path(&file.name)
                    .annotation(AnnotationKind::Primary.span(excerpt(finding, &file.text)));
                title.element(excerpt).elements(help)
            }
            None => {
                let place = format!("{}:{}:{}", finding.file, finding.line, finding.column);
                title.element(Level::NOTE.message(place)).elements(help)
            }
        };
        out.push_str(&renderer.render(&[group]));
        out.push_str("\n\n");
    }
    out
}

/// A text whose lines end in carriage returns alone, with line feeds in their stead: places stay what they are.
fn lines(text: &str) -> Cow<'_, str> {
    match text.contains('\r') && !text.contains('\n') {
        true => text.replace('\r', "\n").into(),
        false => text.into(),
    }
}

/// Whether escape sequences of a terminal are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// Plain text.
    None,
    /// ANSI escape sequences.
    Ansi,
}

/// One JSON object a line.
pub fn render_json(findings: &[Diagnostic]) -> String {
    let lines = findings.iter().filter_map(|finding| serde_json::to_string(finding).ok());
    lines.map(|line| line + "\n").collect()
}

/// Workflow commands of GitHub: `::error file=…,line=…,col=…,endColumn=…,title=…::…`.
pub fn render_github(findings: &[Diagnostic]) -> String {
    let line = |finding: &Diagnostic| {
        let help = finding.help.as_ref().map_or(String::new(), |help| format!("\n{help}"));
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        format!(
            "::{command} file={},line={},col={},endColumn={},title={}::{}\n",
            property(&finding.file),
            finding.line,
            finding.column,
            finding.end_column,
            finding.code,
            escaped(&format!("{}{help}", finding.message)),
        )
    };
    findings.iter().map(line).collect()
}

/// The place that is underlined: the first line of it, and at least one character where there is one.
fn excerpt(finding: &Diagnostic, text: &str) -> std::ops::Range<usize> {
    let (start, end) = (finding.span.start.min(text.len()), finding.span.end.min(text.len()));
    let shown = text.get(start..end).unwrap_or_default();
    let first = shown.split(['\n', '\r']).next().unwrap_or_default().trim_end();
    start..start + first.len()
}

fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::{Code, Findings};

    fn findings(file: &SourceFile) -> Vec<Diagnostic> {
        let mut findings = Findings::new(&file.name, &file.text);
        findings.add_with_help(Code::UnknownKey, 12..16, "unknown key `nmae`", "did you mean `name`?".to_owned());
        findings.add(Code::NoScenario, 0..0, "nothing tests this: 100%");
        findings.add(Code::MissingKey, 12..24, "spans two lines");
        findings.into_sorted()
    }

    #[test]
    fn a_file_of_carriage_returns_is_shown_line_by_line() {
        let file = SourceFile::new("a.yaml", "relance: 1\rnmae: x\rother: 2\r");
        let mut findings = Findings::new(&file.name, &file.text);
        findings.add(Code::UnknownKey, 11..15, "unknown key `nmae`");
        let text = render_text(&findings.into_sorted(), std::slice::from_ref(&file), Colours::None);
        assert!(text.contains("a.yaml:2:1") && text.contains("2 | nmae: x\n"), "{text}");
    }

    #[test]
    fn findings_are_rendered_for_people_and_machines() {
        let file = SourceFile::new("a,b.yaml", "relance: 1\n\nnmae: été\nother: 2\n");
        let found = findings(&file);
        let text = render_text(&found, std::slice::from_ref(&file), Colours::None);
        let homeless = render_text(&found[..1], &[], Colours::None);
        insta::assert_snapshot!(format!("{text}{homeless}{}\n{}", render_json(&found), render_github(&found)));
    }
}
