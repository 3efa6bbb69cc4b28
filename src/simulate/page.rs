//! What every page of a simulation has in common: one file that stands alone, in the reader's light or dark mode,
//! narrow or on paper. No script, no font, nothing fetched.

use std::fmt::Write as _;

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1c2430; --paper: #fcfcfb; --soft: #667085; --line: #d9dde3; --band: #f0f2f5;
  --email: #2563eb; --sms: #0d9488; --letter: #7c3aed; --person: #b45309; --hold: #d97706; --good: #15803d; --bad: #b42318; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --paper: #14181f; --soft: #98a2b3; --line: #313945;
  --band: #1d232d; --email: #7aa2ff; --sms: #4fd1c5; --letter: #b79bff; --person: #f0b463; --hold: #f0a63a; --good: #5fd38a; --bad: #ff8a7a; } }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 68rem; margin: 0 auto;
  padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.45rem; line-height: 1.25; margin: 0 0 .4rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2.2rem 0 .5rem; overflow-wrap: anywhere; } h3 { font-size: .95rem; margin: 1.4rem 0 .2rem; }
p { margin: .3rem 0; } .soft { color: var(--soft); }
.caveat { border-left: 4px solid var(--hold); background: var(--band); padding: .7rem 1rem; margin: 1rem 0; }
.refused { border-left: 4px solid var(--bad); padding: .1rem .8rem; margin: .4rem 0; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .8rem 0; }
dt { color: var(--soft); } dd { margin: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--soft); font-weight: 500; font-size: .87rem; vertical-align: bottom; }
tbody th { font-weight: 500; } td.n, th.n { text-align: right; white-space: nowrap; }
td.what { white-space: nowrap; } td.what b { font-weight: 600; } .why { display: block; color: var(--soft); font-size: .85rem; }
tr.came td { color: var(--soft); } td.bar { min-width: 6rem; }
figure { margin: .8rem 0; overflow-x: auto; } svg { display: block; width: 100%; min-width: 44rem; height: auto; font: 12px system-ui, sans-serif; }
footer { margin-top: 2.5rem; color: var(--soft); font-size: .85rem; }
@media (max-width: 40rem) { body { font-size: 14px; padding: 1rem .8rem; } th, td { padding-right: .5rem; } }
@media print { :root { color-scheme: light; --ink: #000; --paper: #fff; --soft: #555; --line: #bbb; --band: #f3f3f3; --email: #1d4ed8;
  --sms: #0f766e; --letter: #6d28d9; --person: #92400e; --hold: #b45309; --good: #166534; --bad: #991b1b; }
  body { margin: 0; padding: 0; max-width: none; font-size: 11px; } h2, h3 { break-after: avoid; } tr, figure { break-inside: avoid; }
  svg { min-width: 0; } thead { display: table-header-group; } }
";

/// A page with `body`, which is HTML already; `title` is text.
pub(super) fn page(title: &str, body: &str) -> String {
    let title = escape(title);
    let mut out = String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    // Nothing may be fetched or run, whatever a name in the data says.
    out.push_str(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
    );
    let _ = write!(out, "<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{body}");
    out.push_str("<footer>Written by relance. Nothing was sent.</footer>\n</body>\n</html>\n");
    out
}

/// Text as text of a page or value of an attribute.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Control characters are no text of HTML, and those that turn the direction hide what follows.
            c if c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c) => {
                out.push('\u{fffd}');
            }
            c => out.push(c),
        }
    }
    out
}
