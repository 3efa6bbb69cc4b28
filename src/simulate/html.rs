//! The timeline as one HTML page that stands alone: to mail to a colleague, or to read on paper.
//!
//! No script, no font, nothing fetched. It reads well without colours and follows the reader's dark mode.

use std::fmt::Write as _;

use super::RefusedLine;
use super::text::{Row, rows, summary};
use crate::domain::Entry;

const STYLE: &str = "
:root { color-scheme: light dark; --line: #8884; --soft: #7779; }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1rem; margin: 1.6rem 0 .3rem; }
table { border-collapse: collapse; width: 100%; } td { padding: .25rem .6rem .25rem 0; vertical-align: top; }
tr { border-top: 1px solid var(--line); } td.amount { text-align: right; white-space: nowrap; }
td.time, td.what { white-space: nowrap; font-variant-numeric: tabular-nums; }
.what b { font-weight: 600; } .why { color: var(--soft); font-size: .87rem; }
.refused { border-left: 3px solid #c40; padding-left: .8rem; }
@media print { body { margin: 0; } h2 { break-after: avoid; } }
";

/// The page: refused events first, then the days.
pub fn html(title: &str, entries: &[Entry], refused: &[RefusedLine]) -> String {
    let mut out = String::from("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n");
    let title = escape(title);
    let _ = write!(out, "<title>{title}</title>\n<style>{STYLE}</style></head><body>\n<h1>{title}</h1>\n");
    let _ = writeln!(out, "<p>{}</p>", escape(&summary(entries)));
    for line in refused {
        let _ = writeln!(out, "<p class=\"refused\">{}</p>", escape(&line.to_string()));
    }
    let mut day = None;
    for (entry, row) in entries.iter().zip(rows(entries)) {
        if day != Some(entry.at.date_naive()) {
            out.push_str(if day.is_some() { "</table>\n" } else { "" });
            day = Some(entry.at.date_naive());
            let _ = writeln!(out, "<h2>{}</h2>\n<table>", entry.at.format("%A %-d %B %Y"));
        }
        write_row(&mut out, entry, &row);
    }
    out.push_str(if day.is_some() { "</table>\n" } else { "" });
    out.push_str("</body></html>\n");
    out
}

fn write_row(out: &mut String, entry: &Entry, row: &Row) {
    let Row { time, who, what, step, invoices, amount, reason } = row;
    let cell = |text: &str| escape(text);
    let _ = write!(out, "<tr><td class=\"time\">{}</td><td class=\"what\"><b>{}</b></td>", cell(time), cell(what));
    let about = [who, step, reason].into_iter().filter(|text| !text.is_empty()).map(|text| cell(text));
    let _ = write!(out, "<td>{}", about.collect::<Vec<_>>().join(" · "));
    for because in &entry.because {
        let _ = write!(out, "<br><span class=\"why\">{}</span>", escape(because));
    }
    let _ = writeln!(out, "</td><td>{}</td><td class=\"amount\">{}</td></tr>", cell(invoices), cell(amount));
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_platforms_write_is_text_on_the_page() {
        let json = r#"{"at":"2026-04-07T09:00:00+02:00","kind":"held","creditor":"C-1","debtor":"D-1",
            "invoices":["<script>"],"reason":"manual","because":["a & b"]}"#;
        let entry: Entry = serde_json::from_str(json).unwrap();
        let page = html("Simulation <1>", &[entry], &[]);
        assert!(page.contains("<h2>Tuesday 7 April 2026</h2>"));
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script>"));
        assert!(page.contains("a &amp; b") && page.contains("Simulation &lt;1&gt;"));
    }
}
