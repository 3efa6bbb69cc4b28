//! The simulation as one HTML page: the timeline drawn for each account, and below it the same as a table with what
//! decided. What the page looks like as such is `page`'s; the drawing is `drawing`'s.

mod drawing;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Outcome;
use super::ending::ending;
use super::page::{escape, page};
use super::story::{self, Came};
use super::text::{Row, rows_of};
use crate::domain::{Account, CaseState, Entry, Kind};
use crate::engine::{Book, ledger};
use crate::workflow::provider::PriceList;

/// Accounts that are drawn, with a table each; a page of more would be no page any more.
const DRAWN_ACCOUNTS_MAX: usize = 12;
/// Rows of the overview of accounts: more than anybody reads.
const LISTED_ACCOUNTS_MAX: usize = 2_000;

/// The page: how it ended first, then refused events, then every account.
pub fn html(title: &str, outcome: &Outcome, book: &Book, prices: &PriceList) -> String {
    let mut body = String::from("<dl class=\"facts\">\n");
    for (what, said) in ending(outcome, book, prices) {
        let _ = writeln!(body, "<dt>{}</dt><dd>{}</dd>", escape(what), escape(&said));
    }
    body.push_str("</dl>\n");
    for line in &outcome.refused {
        let _ = writeln!(body, "<p class=\"refused\">{}</p>", escape(&line.to_string()));
    }
    let mut of_account: BTreeMap<_, Vec<&Entry>> = BTreeMap::new();
    for entry in &outcome.entries {
        of_account.entry((&entry.creditor, &entry.debtor)).or_default().push(entry);
    }
    let accounts: Vec<(&Account, &[&Entry])> = outcome
        .accounts
        .iter()
        .map(|account| {
            let entries = of_account.get(&(&account.key.creditor, &account.key.debtor));
            (account, entries.map_or(&[][..], Vec::as_slice))
        })
        .filter(|(account, entries)| !account.facts.invoices.is_empty() || !entries.is_empty())
        .collect();
    if accounts.len() > 1 {
        write_overview(&mut body, &accounts, book);
    }
    for (place, (account, entries)) in accounts.iter().take(DRAWN_ACCOUNTS_MAX).enumerate() {
        write_account(&mut body, account, entries, book, place);
    }
    if accounts.len() > DRAWN_ACCOUNTS_MAX {
        let rest = accounts.len() - DRAWN_ACCOUNTS_MAX;
        let _ = writeln!(
            body,
            "<p class=\"soft\">{rest} more accounts are in the overview only: a page draws {DRAWN_ACCOUNTS_MAX}. Simulate fewer \
             events to draw others, or read them all with <code>--format text</code> or <code>json</code>.</p>"
        );
    }
    page(title, &body)
}

fn name(account: &Account) -> String {
    let id = &account.key.debtor;
    match account.facts.debtor.as_ref().map(|known| known.fact.name.as_str()) {
        Some(name) if name != id.as_str() => format!("{name} ({id})"),
        _ => id.to_string(),
    }
}

/// One row for each account.
fn write_overview(out: &mut String, accounts: &[(&Account, &[&Entry])], book: &Book) {
    out.push_str("<h2>Accounts</h2>\n<div class=\"scroll\"><table><thead><tr>");
    for (place, head) in ["Account", "Invoices", "Notices", "Tasks", "Held", "Ended", "Owed"].iter().enumerate() {
        let class = if (1..=4).contains(&place) || place == 6 { " class=\"n\"" } else { "" };
        let _ = write!(out, "<th scope=\"col\"{class}>{head}</th>");
    }
    out.push_str("</tr></thead><tbody>\n");
    for (account, entries) in accounts.iter().take(LISTED_ACCOUNTS_MAX) {
        let count = |kind: Kind| entries.iter().filter(|entry| entry.kind == kind).count();
        let mut states: BTreeMap<CaseState, usize> = BTreeMap::new();
        for case in account.cases.values() {
            *states.entry(case.state).or_default() += 1;
        }
        let ended: Vec<String> =
            states.iter().map(|(state, count)| format!("{count} {}", state.as_str().replace('_', " "))).collect();
        let mut owed: BTreeMap<_, rust_decimal::Decimal> = BTreeMap::new();
        for balance in ledger(&account.facts, book).balances.values() {
            *owed.entry(balance.currency).or_default() += balance.open;
        }
        let owed: Vec<String> = owed.into_iter().map(|(currency, sum)| story::amount((sum, currency))).collect();
        let _ = writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td><td class=\"n\">{}</td></tr>",
            escape(&name(account)),
            account.facts.invoices.len(),
            count(Kind::Notice),
            count(Kind::Task) + count(Kind::Approval),
            count(Kind::Held),
            escape(&ended.join(", ")),
            escape(&owed.join(" + "))
        );
    }
    out.push_str("</tbody></table></div>\n");
    if accounts.len() > LISTED_ACCOUNTS_MAX {
        let rest = accounts.len() - LISTED_ACCOUNTS_MAX;
        let _ = writeln!(
            out,
            "<p class=\"soft\">{rest} more accounts are not listed: the overview has {LISTED_ACCOUNTS_MAX}.</p>"
        );
    }
}

fn write_account(out: &mut String, account: &Account, entries: &[&Entry], book: &Book, place: usize) {
    let zone = story::zone_of(account, book);
    let _ = writeln!(out, "<section>\n<h2>{}</h2>", escape(&name(account)));
    let invoices = account.facts.invoices.iter().take(20).map(|(id, one)| {
        let due = one.fact.due_on.map(|day| format!(", due {}", day.format("%-d %B %Y"))).unwrap_or_default();
        format!("{id}: {}{due}", story::amount((one.fact.total, one.fact.currency)))
    });
    let mut invoices: Vec<String> = invoices.collect();
    if account.facts.invoices.len() > invoices.len() {
        invoices.push(format!("and {} more", account.facts.invoices.len() - invoices.len()));
    }
    let _ = writeln!(out, "<p class=\"soft\">{}</p>", escape(&invoices.join(" · ")));
    let came = story::came(account, zone);
    drawing::write(out, account, entries, &came, book, place);
    write_table(out, account, entries, &came);
    out.push_str("</section>\n");
}

/// What stands in the table: what came in and what followed, in time.
fn write_table(out: &mut String, account: &Account, entries: &[&Entry], came: &[Came]) {
    let names_invoices = account.facts.invoices.len() > 1;
    out.push_str("<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Day</th><th scope=\"col\">Time</th><th scope=\"col\">What</th><th scope=\"col\">Why</th>");
    out.push_str(if names_invoices { "<th scope=\"col\">Invoices</th>" } else { "" });
    out.push_str("<th scope=\"col\" class=\"n\">Amount</th></tr></thead><tbody>\n");
    let rows = rows_of(entries);
    let mut lines: Vec<(chrono::DateTime<chrono::FixedOffset>, String)> = Vec::new();
    for one in came {
        let invoices: Vec<String> = one.invoices.iter().map(ToString::to_string).collect();
        let amount = one.amount.map(story::amount).unwrap_or_default();
        let invoices =
            if names_invoices { format!("<td>{}</td>", escape(&invoices.join(", "))) } else { String::new() };
        let cells = format!(
            "<td>{}</td><td class=\"what\">{}</td><td>came in</td>{invoices}<td class=\"n\">{}</td></tr>",
            one.at.format("%H:%M"),
            escape(&one.what),
            escape(&amount)
        );
        lines.push((one.at, cells));
    }
    lines.extend(entries.iter().zip(&rows).map(|(entry, row)| (entry.at, cells(entry, row, names_invoices))));
    lines.sort_by_key(|(at, _)| *at);
    let mut day = None;
    for (at, cells) in lines {
        let shown = if day == Some(at.date_naive()) { String::new() } else { at.format("%a %-d %b %Y").to_string() };
        day = Some(at.date_naive());
        let class = if cells.contains("<td>came in</td>") { " class=\"came\"" } else { "" };
        let _ = writeln!(out, "<tr{class}><td class=\"what\">{shown}</td>{cells}");
    }
    out.push_str("</tbody></table></div>\n");
}

fn cells(entry: &Entry, row: &Row, names_invoices: bool) -> String {
    let mut why: Vec<String> = [row.reason.replace('_', " ")].into_iter().filter(|text| !text.is_empty()).collect();
    why.extend(entry.because.iter().cloned());
    let why: String = why.iter().map(|text| format!("<span class=\"why\">{}</span>", escape(text))).collect();
    let invoices = if names_invoices { format!("<td>{}</td>", escape(&row.invoices)) } else { String::new() };
    format!(
        "<td>{}</td><td class=\"what\"><b>{}</b> {}</td><td>{why}</td>{invoices}<td class=\"n\">{}</td></tr>",
        escape(&row.time),
        escape(&row.what.replace('_', " ")),
        escape(&row.step),
        escape(&row.amount)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::Law;
    use crate::simulate::{OneInvoice, Options, simulate};
    use crate::workflow::parse_workflow;

    fn page_of(id: &str) -> String {
        let workflow = parse_workflow("fr-b2b.yaml", include_str!("../../workflows/fr-b2b.yaml")).unwrap();
        let one = OneInvoice::of("1200".parse().unwrap(), "2026-04-01".parse().unwrap());
        let input = OneInvoice { id: id.to_owned(), ..one }.input(&workflow);
        assert!(input.refused.is_empty(), "{:?}", input.refused);
        let book = Book::with_law([workflow], Law::default());
        let outcome = simulate(&book, input, &Options::default());
        html("Simulation <1>", &outcome, &book, &PriceList::default())
    }

    #[test]
    fn what_platforms_write_is_text_on_the_page() {
        let page = page_of("<script>alert('x')</script>\" onload=\"x & y");
        assert!(
            page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot; onload=&quot;x &amp; y"),
            "{page}"
        );
        assert!(!page.contains("<script") && !page.contains("onload=\"x"), "{page}");
        assert!(page.contains("<title>Simulation &lt;1&gt;</title>"));
    }

    #[test]
    fn the_page_stands_alone_and_says_in_words_what_it_draws() {
        let page = page_of("F-1");
        for fetched in ["http:", "https:", "url(", "<link", "<img", "@import", "<script"] {
            assert!(!page.contains(fetched), "{fetched}");
        }
        assert!(page.contains("role=\"img\"") && page.contains("<desc"), "{page}");
        assert!(page.contains("reminder-1") && page.contains("step due 2026-04-06"), "{page}");
        assert_eq!(page.matches("<svg").count(), 1);
    }

    #[test]
    fn more_accounts_than_are_drawn_are_listed_and_it_says_so() {
        let workflow = parse_workflow("fr-b2b.yaml", include_str!("../../workflows/fr-b2b.yaml")).unwrap();
        let count = DRAWN_ACCOUNTS_MAX + 3;
        let one = OneInvoice::of("1200".parse().unwrap(), "2026-04-01".parse().unwrap());
        let mut input = one.input(&workflow);
        for number in 0..count {
            let text = format!(
                r#"{{"specversion":"1.0","id":"i-{number}","source":"s","type":"invoice.upserted","time":"2026-03-02T08:00:00Z","creditor":"C-1",
                "data":{{"invoice":"X-{number}","number":"X","debtor":"E-{number}","currency":"EUR","total":"10.00","issued_on":"2026-03-02","due_on":"2026-04-01"}}}}"#
            );
            input.read(10 + number, &text);
        }
        let book = Book::with_law([workflow], Law::default());
        let outcome = simulate(&book, input, &Options::default());
        let page = html("Many", &outcome, &book, &PriceList::default());
        assert_eq!(page.matches("<svg").count(), DRAWN_ACCOUNTS_MAX);
        assert!(page.contains("4 more accounts are in the overview only"), "{page}");
    }
}
