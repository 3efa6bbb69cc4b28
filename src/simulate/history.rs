//! Past invoices with their settlement dates, from CSV.
//!
//! The generic form has the columns `invoice, debtor, issued_on, due_on, amount` and may have `currency, settled_on,
//! disputed, disputed_on, resolved_on, group`. The columns of the public sample "Late payment histories" are read under
//! their own names. Days are `2013-02-01`; only under the sample's own names they may be month first, `2/1/2013`. A row
//! that cannot be read is reported with its line and the rest is used; columns that mean nothing here are named.

use std::collections::HashMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::domain::{Currency, parse_amount};

/// What a column tells, and the names it goes by, as `simplified` writes them.
const COLUMNS: [(Column, &[&str]); 11] = [
    (Column::Invoice, &["invoice", "invoicenumber"]),
    (Column::Debtor, &["debtor", "customerid"]),
    (Column::IssuedOn, &["issuedon", "invoicedate"]),
    (Column::DueOn, &["dueon", "duedate"]),
    (Column::Amount, &["amount", "invoiceamount"]),
    (Column::Currency, &["currency"]),
    (Column::SettledOn, &["settledon", "settleddate"]),
    (Column::Disputed, &["disputed"]),
    (Column::DisputedOn, &["disputedon"]),
    (Column::ResolvedOn, &["resolvedon"]),
    (Column::Group, &["group", "countrycode"]),
];
/// The sample's columns of days, which are written month first.
const SAMPLE_DAYS: [&str; 3] = ["invoicedate", "duedate", "settleddate"];
/// Columns of a file that is none of these, shown in a message, and the characters of each.
const SHOWN_COLUMNS_MAX: usize = 20;
const SHOWN_CHARS_MAX: usize = 40;
/// Without these there is nothing to replay.
const REQUIRED: [(Column, &str); 5] = [
    (Column::Invoice, "invoice"),
    (Column::Debtor, "debtor"),
    (Column::IssuedOn, "issued_on"),
    (Column::DueOn, "due_on"),
    (Column::Amount, "amount"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Column {
    Invoice,
    Debtor,
    IssuedOn,
    DueOn,
    Amount,
    Currency,
    SettledOn,
    Disputed,
    DisputedOn,
    ResolvedOn,
    Group,
}

/// When a past invoice was in dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastDispute {
    /// Where the file says it: else half-way between issue and settlement.
    pub opened_on: NaiveDate,
    /// Where the file says it: else the day of settlement.
    pub resolved_on: Option<NaiveDate>,
    /// Whether the file gave the day it was opened.
    pub is_dated: bool,
}

/// One past invoice.
#[derive(Clone, Debug, PartialEq)]
pub struct PastInvoice {
    /// The line it stands on, from 1.
    pub line: usize,
    /// Its identifier.
    pub invoice: String,
    /// Who owed it.
    pub debtor: String,
    /// What it is counted under, where the file says it: a country, a branch.
    pub group: Option<String>,
    /// Day of issue.
    pub issued_on: NaiveDate,
    /// Last day to pay on time.
    pub due_on: NaiveDate,
    /// Total.
    pub amount: Decimal,
    /// Its currency.
    pub currency: Currency,
    /// The day it was paid; `None` where it never was.
    pub settled_on: Option<NaiveDate>,
    /// Its dispute.
    pub dispute: Option<PastDispute>,
}

/// A row that is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct BadRow {
    /// The line it stands on, from 1.
    pub line: usize,
    /// What is wrong, and what to write.
    pub reason: String,
}

/// A file of past invoices.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// The rows that can be replayed, in the order of the file.
    pub invoices: Vec<PastInvoice>,
    /// The others.
    pub refused: Vec<BadRow>,
    /// Columns that mean nothing here, as written.
    pub unused_columns: Vec<String>,
}

/// What parts the columns: a semicolon where the first line has more of them, as spreadsheets in much of Europe write.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let count = |mark: char| first.matches(mark).count();
    if count(';') > count(',') { b';' } else { b',' }
}

/// Reads a history; rows without a currency are in `currency`.
///
/// Errors say which column the file as a whole lacks; rows at fault are in `History::refused`.
pub fn read_history(text: &str, currency: Currency) -> Result<History, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err("the file is empty; its first line names the columns: invoice, debtor, issued_on, due_on, amount"
            .to_owned());
    }
    let mut reader = csv::ReaderBuilder::new();
    reader.trim(csv::Trim::All).flexible(true).delimiter(delimiter(text));
    let mut reader = reader.from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|why| format!("line 1: no CSV header: {why}"))?.clone();
    let mut places = HashMap::new();
    let mut history = History::default();
    for (place, header) in headers.iter().enumerate() {
        match COLUMNS.iter().find(|(_, names)| names.contains(&simplified(header).as_str())) {
            Some((column, _)) if places.insert(*column, place).is_some() => {
                return Err(format!("line 1: the column `{header}` stands twice; keep one"));
            }
            Some(_) => {}
            None => history.unused_columns.push(header.to_owned()),
        }
    }
    let missing: Vec<&str> =
        REQUIRED.iter().filter(|(column, _)| !places.contains_key(column)).map(|(_, name)| *name).collect();
    if !missing.is_empty() {
        let shown = |header: &str| header.chars().take(SHOWN_CHARS_MAX).collect::<String>();
        let mut found = headers.iter().take(SHOWN_COLUMNS_MAX).map(shown).collect::<Vec<_>>().join(", ");
        if headers.len() > SHOWN_COLUMNS_MAX {
            found.push_str(&format!(" and {} more", headers.len() - SHOWN_COLUMNS_MAX));
        }
        return Err(format!(
            "line 1: the columns {} are missing; the file has {found}. Name them invoice, debtor, issued_on, due_on, amount",
            missing.join(", ")
        ));
    }
    let mut lines: HashMap<String, usize> = HashMap::new();
    for record in reader.records() {
        let read = match record {
            Ok(record) => {
                let line = record.position().map_or(0, |at| usize::try_from(at.line()).unwrap_or_default());
                let row = Row { places: &places, record: &record, headers: &headers };
                row.shape().and_then(|()| row.invoice(line, currency)).map_err(|reason| BadRow { line, reason })
            }
            Err(why) => {
                let line = why.position().map_or(0, |at| usize::try_from(at.line()).unwrap_or_default());
                Err(BadRow { line, reason: format!("is no CSV row: {why}") })
            }
        };
        match read {
            Ok(one) => match lines.get(&one.invoice) {
                Some(first) => {
                    let reason = format!("the invoice `{}` stands on line {first} already; keep one", one.invoice);
                    history.refused.push(BadRow { line: one.line, reason });
                }
                None => {
                    lines.insert(one.invoice.clone(), one.line);
                    history.invoices.push(one);
                }
            },
            Err(bad) => history.refused.push(bad),
        }
    }
    Ok(history)
}

/// Small letters and digits alone, so that `issued_on`, `IssuedOn` and `Issued on` are one name.
fn simplified(header: &str) -> String {
    header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What was read; a mistake is put to the others.
fn keep<T>(wrong: &mut Vec<String>, read: Result<T, String>) -> Option<T> {
    read.map_err(|why| wrong.push(why)).ok()
}

struct Row<'a> {
    places: &'a HashMap<Column, usize>,
    record: &'a csv::StringRecord,
    headers: &'a csv::StringRecord,
}

impl Row<'_> {
    /// Whether the row has the fields that the first line names: else every value may stand in another's place.
    fn shape(&self) -> Result<(), String> {
        let (fields, columns) = (self.record.len(), self.headers.len());
        // A quote that is not closed takes the lines behind it along.
        if fields < columns && self.record.iter().any(|field| field.contains('\n')) {
            return Err(
                "a quote `\"` is opened here and not closed; the lines behind it are taken for its text".to_owned()
            );
        }
        match fields > columns {
            true => Err(format!(
                "has {fields} fields, and the first line names {columns}; put a value that holds the separator in quotes"
            )),
            false => Ok(()),
        }
    }

    /// The cell and the name of its column as the file writes it; an empty cell is none.
    fn cell(&self, column: Column) -> Option<(&str, &str)> {
        let place = *self.places.get(&column)?;
        let cell = self.record.get(place).filter(|cell| !cell.is_empty())?;
        Some((cell, self.headers.get(place).unwrap_or_default()))
    }

    fn must(&self, column: Column) -> Result<(&str, &str), String> {
        let header = || self.places.get(&column).and_then(|place| self.headers.get(*place)).unwrap_or_default();
        self.cell(column).ok_or_else(|| format!("`{}` is empty; fill it in", header()))
    }

    fn day(&self, column: Column) -> Result<Option<NaiveDate>, String> {
        let Some((cell, header)) = self.cell(column) else { return Ok(None) };
        // `03/04/2026` is 3 April to most of the world and 4 March to some: elsewhere than in the sample nobody knows.
        let month_first = SAMPLE_DAYS.contains(&simplified(header).as_str());
        let sample = || NaiveDate::parse_from_str(cell, "%m/%d/%Y").ok().filter(|_| month_first);
        let day: Option<NaiveDate> = cell.parse().ok().or_else(sample);
        // A day above twelve tells itself from the month.
        let meant = || {
            let read = |form| {
                ["/", "."].iter().find_map(|sign| NaiveDate::parse_from_str(&cell.replace(sign, "-"), form).ok())
            };
            match (read("%d-%m-%Y"), read("%m-%d-%Y")) {
                (Some(day), None) | (None, Some(day)) => Some(day),
                _ => None,
            }
        };
        let wrong = || match (cell.contains(['/', '.']) && !month_first, meant()) {
            (true, Some(day)) => format!("`{header}`: `{cell}` is not written year first; write {day}"),
            (true, None) => {
                format!("`{header}`: `{cell}` does not say which is the day and which the month; write 2013-02-01")
            }
            (false, _) => format!("`{header}`: `{cell}` is no day; write 2013-02-01"),
        };
        day.map(Some).ok_or_else(wrong)
    }

    fn must_day(&self, column: Column) -> Result<NaiveDate, String> {
        self.must(column)?;
        self.day(column)?.ok_or_else(|| "a day is missing; fill it in".to_owned())
    }

    fn currency(&self, otherwise: Currency) -> Result<Currency, String> {
        let Some((code, header)) = self.cell(Column::Currency) else { return Ok(otherwise) };
        Currency::from_code(code)
            .ok_or_else(|| format!("`{header}`: `{code}` is no currency; write an ISO code like EUR"))
    }

    fn amount(&self, currency: Currency) -> Result<Decimal, String> {
        let (written, header) = self.must(Column::Amount)?;
        let amount = parse_amount(written, currency).map_err(|why| format!("`{header}`: `{written}`: {why}"))?;
        match amount > Decimal::ZERO {
            true => Ok(amount),
            false => Err(format!("`{header}`: nothing was owed; an invoice has an amount above zero")),
        }
    }

    /// Every mistake of the row at once, or the invoice.
    fn invoice(&self, line: usize, otherwise: Currency) -> Result<PastInvoice, String> {
        let mut wrong = Vec::new();
        let currency = keep(&mut wrong, self.currency(otherwise));
        let amount = keep(&mut wrong, self.amount(currency.unwrap_or(otherwise)));
        let invoice = keep(&mut wrong, self.must(Column::Invoice));
        let debtor = keep(&mut wrong, self.must(Column::Debtor));
        let issued_on = keep(&mut wrong, self.must_day(Column::IssuedOn));
        let due_on = keep(&mut wrong, self.must_day(Column::DueOn));
        let settled_on = keep(&mut wrong, self.day(Column::SettledOn));
        if let (Some(issued_on), Some(due_on)) = (issued_on, due_on)
            && due_on < issued_on
        {
            wrong.push(format!("is due on {due_on}, before it was issued on {issued_on}; correct one of the two"));
        }
        if let (Some(issued_on), Some(Some(day))) = (issued_on, settled_on)
            && day < issued_on
        {
            wrong.push(format!("was settled on {day}, before it was issued on {issued_on}; correct one of the two"));
        }
        // What cannot be read is told already; the dispute is looked at all the same.
        let (issued, due) = (issued_on.unwrap_or_default(), due_on.unwrap_or_default());
        let dispute = keep(&mut wrong, self.dispute(issued, due, settled_on.flatten()));
        match (currency, amount, invoice, debtor, issued_on, due_on, settled_on, dispute) {
            (
                Some(currency),
                Some(amount),
                Some((invoice, _)),
                Some((debtor, _)),
                Some(issued_on),
                Some(due_on),
                Some(settled_on),
                Some(dispute),
            ) if wrong.is_empty() => Ok(PastInvoice {
                line,
                invoice: invoice.to_owned(),
                debtor: debtor.to_owned(),
                group: self.cell(Column::Group).map(|(group, _)| group.to_owned()),
                issued_on,
                due_on,
                amount,
                currency,
                settled_on,
                dispute,
            }),
            _ => Err(wrong.join("; ")),
        }
    }

    fn dispute(
        &self,
        issued_on: NaiveDate,
        due_on: NaiveDate,
        settled_on: Option<NaiveDate>,
    ) -> Result<Option<PastDispute>, String> {
        let (opened, resolved) = (self.day(Column::DisputedOn)?, self.day(Column::ResolvedOn)?);
        let said = match self.cell(Column::Disputed) {
            None => opened.is_some(),
            Some((cell, header)) => match cell.to_lowercase().as_str() {
                "yes" | "true" | "1" | "y" => true,
                "no" | "false" | "0" | "n" => false,
                _ => return Err(format!("`{header}`: `{cell}` is neither; write yes or no")),
            },
        };
        if !said {
            return Ok(None);
        }
        // The middle of the time it was open; of an invoice never paid, its due date.
        let middle = settled_on.map_or(due_on, |end| issued_on + (end - issued_on) / 2);
        let opened_on = opened.unwrap_or(middle);
        if let Some(day) = resolved.filter(|day| *day < opened_on) {
            return Err(format!("the dispute ended on {day}, before it began on {opened_on}; correct one of the two"));
        }
        Ok(Some(PastDispute { opened_on, resolved_on: resolved.or(settled_on), is_dated: opened.is_some() }))
    }
}

#[cfg(test)]
mod tests;
