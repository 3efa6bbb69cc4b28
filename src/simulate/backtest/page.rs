//! A back-test as a page: the caveat first, then every table, and first contact drawn as bars.

use std::fmt::Write as _;

use super::Backtest;
use super::tables::{Table, tables};
use crate::simulate::page::{escape, page};

/// The page.
pub fn html(report: &Backtest) -> String {
    let mut body = format!("<p class=\"caveat\">{}</p>\n<ul>\n", escape(report.caveat));
    for said in &report.supposed {
        let _ = writeln!(body, "<li>{}</li>", escape(said));
    }
    body.push_str("</ul>\n");
    for table in tables(report) {
        write_table(&mut body, &table);
    }
    if report.policies.iter().any(|policy| policy.contacted > 0) {
        write_bars(&mut body, report);
    }
    if !report.unused_columns.is_empty() {
        let _ =
            writeln!(body, "<p class=\"soft\">Columns not used: {}.</p>", escape(&report.unused_columns.join(", ")));
    }
    if !report.refused.is_empty() {
        let _ = writeln!(body, "<h2>Rows not used ({})</h2>", report.refused.len());
        for refused in &report.refused {
            let _ = writeln!(body, "<p class=\"refused\">{}</p>", escape(refused));
        }
    }
    let title = format!("Back-test of {} invoices, {} to {}", report.invoices, report.first_day, report.last_day);
    page(&title, &body)
}

fn write_table(out: &mut String, table: &Table) {
    let _ = write!(out, "<h2>{}</h2>\n<div class=\"scroll\"><table><thead><tr>", escape(&table.title));
    for (place, cell) in table.head.iter().enumerate() {
        let class = if place == 0 { "" } else { " class=\"n\"" };
        let _ = write!(out, "<th scope=\"col\"{class}>{}</th>", escape(cell));
    }
    out.push_str("</tr></thead><tbody>\n");
    for row in &table.rows {
        out.push_str("<tr>");
        for (place, cell) in row.iter().enumerate() {
            let _ = match place {
                0 => write!(out, "<th scope=\"row\">{}</th>", escape(cell)),
                _ => write!(out, "<td class=\"n\">{}</td>", escape(cell)),
            };
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
}

/// Height of one range with its bars, in units of the drawing.
const RANGE_UNITS: usize = 44;
/// Where bars begin and how long the longest is.
const BAR_FROM: usize = 190;
const BAR_LONGEST: usize = 560;

fn write_bars(out: &mut String, report: &Backtest) {
    let ranges = report.policies.first().map_or(&[][..], |policy| &policy.first_contact.ranges);
    let counts =
        || report.policies.iter().flat_map(|policy| policy.first_contact.ranges.iter().map(|(_, count)| *count));
    let most = counts().max().unwrap_or(0).max(1);
    let height = ranges.len() * RANGE_UNITS + 30;
    let _ = writeln!(
        out,
        "<figure><svg viewBox=\"0 0 820 {height}\" role=\"img\" aria-labelledby=\"first-title first-desc\">\
         <title id=\"first-title\">Days overdue when first written to</title>\
         <desc id=\"first-desc\">One bar for each range and policy; the table has the same figures.</desc>"
    );
    for (index, policy) in report.policies.iter().enumerate() {
        let x = BAR_FROM + index * 250;
        let colour = ["var(--email)", "var(--hold)"][index.min(1)];
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"4\" width=\"10\" height=\"10\" rx=\"2\" fill=\"{colour}\"/><text x=\"{}\" y=\"13\" fill=\"var(--ink)\">{}</text>",
            x + 16,
            escape(&policy.policy)
        );
    }
    for (place, (name, _)) in ranges.iter().enumerate() {
        let top = 28 + place * RANGE_UNITS;
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"var(--ink)\">{}</text>",
            BAR_FROM - 10,
            top + 19,
            escape(name)
        );
        for (index, policy) in report.policies.iter().enumerate() {
            let count = policy.first_contact.ranges.get(place).map_or(0, |(_, count)| *count);
            let width = count * BAR_LONGEST / most;
            let y = top + index * 17;
            let colour = ["var(--email)", "var(--hold)"][index.min(1)];
            let _ = writeln!(
                out,
                "<rect x=\"{BAR_FROM}\" y=\"{y}\" width=\"{width}\" height=\"14\" rx=\"2\" fill=\"{colour}\"/><text x=\"{}\" y=\"{}\" fill=\"var(--soft)\">{count}</text>",
                BAR_FROM + width + 6,
                y + 11
            );
        }
    }
    out.push_str("</svg></figure>\n");
}
