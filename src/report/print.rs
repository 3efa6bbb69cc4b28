//! A table as text, CSV and JSON. The names of columns are the same everywhere.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::{Cell, Table};
use crate::domain::plain_amount;

impl Cell {
    fn plain(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Text(text) => text.clone(),
            Self::Count(count) => count.to_string(),
            Self::Amount(amount, currency) => plain_amount(*amount, *currency),
            Self::Number(number) => number.to_string(),
            Self::Day(day) => day.to_string(),
        }
    }

    fn is_number(&self) -> bool {
        matches!(self, Self::Count(_) | Self::Amount(..) | Self::Number(_))
    }
}

/// Columns under their names, numbers to the right; the notes below.
pub fn text(table: &Table) -> String {
    let cells: Vec<Vec<String>> = table.rows.iter().map(|row| row.iter().map(Cell::plain).collect()).collect();
    let width = |place: usize| {
        let names = std::iter::once(table.columns[place].chars().count());
        names.chain(cells.iter().map(|row| row[place].chars().count())).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..table.columns.len()).map(width).collect();
    let is_number = |place: usize| table.rows.iter().any(|row| row[place].is_number());
    let line = |cells: &[String]| {
        let cell = |(place, cell): (usize, &String)| match is_number(place) {
            true => format!("{cell:>width$}", width = widths[place]),
            false => format!("{cell:<width$}", width = widths[place]),
        };
        let cells: Vec<String> = cells.iter().enumerate().map(cell).collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    let head: Vec<String> = table.columns.iter().map(|name| (*name).to_owned()).collect();
    let mut out = line(&head);
    cells.iter().for_each(|row| out.push_str(&line(row)));
    table.notes.iter().for_each(|note| out.push_str(&format!("note: {note}\n")));
    out
}

/// RFC 4180, one header line. A text that a spreadsheet would take for a formula has an apostrophe before it.
pub fn csv(table: &Table) -> String {
    let mut out = String::new();
    let mut line = |cells: Vec<String>| {
        out.push_str(&cells.join(","));
        out.push_str("\r\n");
    };
    line(table.columns.iter().map(|name| (*name).to_owned()).collect());
    for row in &table.rows {
        line(row.iter().map(field).collect());
    }
    out
}

fn field(cell: &Cell) -> String {
    let mut plain = cell.plain();
    let is_text = matches!(cell, Cell::Text(_));
    if is_text && plain.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        plain.insert(0, '\'');
    }
    if plain.contains([',', '"', '\r', '\n']) {
        plain = format!("\"{}\"", plain.replace('"', "\"\""));
    }
    plain
}

/// An object with `rows`, an object each, and `notes`; amounts and figures are decimal texts, counts numbers.
pub fn json(table: &Table, about: Map<String, Value>) -> Value {
    let value = |cell: &Cell| match cell {
        Cell::None => Value::Null,
        Cell::Count(count) => json!(count),
        Cell::Number(number) => json!(decimal(*number)),
        cell => json!(cell.plain()),
    };
    let row = |row: &Vec<Cell>| {
        let named = table.columns.iter().zip(row).map(|(name, cell)| ((*name).to_owned(), value(cell)));
        Value::Object(named.collect())
    };
    let mut all = about;
    all.insert("rows".to_owned(), table.rows.iter().map(row).collect());
    all.insert("notes".to_owned(), json!(table.notes));
    Value::Object(all)
}

fn decimal(number: Decimal) -> String {
    number.to_string()
}
