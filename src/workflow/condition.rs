//! Conditions: a small typed language with exact decimals.
//!
//! A condition is read, typed and checked once, where the workflow is; afterwards it can only be evaluated, and
//! evaluation is total: it needs no clock, reads nothing but its `Scope` and cannot fail. There are no loops, no
//! user functions and no binary floating point. What the language deliberately lacks is a way to be quietly
//! false: a misspelt name or a text compared with a number is refused when the file is checked.

mod check;
mod evaluate;
mod lexer;
mod names;
mod parser;
mod possible;
mod tree;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

pub use self::names::nearest;
pub use self::names::{NAMES, Name, NameInfo, NameType};
pub use self::possible::Verdict;
use self::tree::{Expr, ExprKind};
use super::Code;
use crate::domain::Currency;

/// Longest condition, in bytes: a page of text; longer ones nobody reads.
pub const CONDITION_BYTES_MAX: usize = 2_000;
/// Deepest nesting, and longest chain of `+ - *`: bounds the stack that reading and evaluating need.
pub const CONDITION_DEPTH_MAX: usize = 32;

/// A value of the language.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// true, false
    Bool(bool),
    /// Text and members of closed enums.
    Text(Cow<'a, str>),
    /// A number without a currency.
    Decimal(Decimal),
    /// An amount.
    Money(Decimal, Currency),
    /// A civil day.
    Date(NaiveDate),
}

/// What a condition is asked about. `None` is "not known": only `??` may meet it.
pub trait Scope {
    /// The value of a name.
    fn value(&self, name: Name) -> Option<Value<'_>>;
    /// Whether the invoice or the debtor carries the label.
    fn has_tag(&self, tag: &str) -> bool;
    /// The day `count` business days after `day` (before it where negative), in the workflow's calendar.
    fn add_business_days(&self, day: NaiveDate, count: i64) -> NaiveDate;
    /// The same in working days.
    fn add_working_days(&self, day: NaiveDate, count: i64) -> NaiveDate;
}

/// The answer of a condition, with the values that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// The answer.
    pub value: bool,
    /// `balance 250.10 > 1000 → false`, one line for each comparison that decided.
    pub because: Vec<String>,
}

/// A mistake in a condition, with its place in the condition's own text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConditionError {
    /// What kind of finding.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// Where, in bytes of the text.
    pub span: Range<usize>,
}

/// A checked condition; its result is a bool by its type.
#[derive(Clone, PartialEq)]
pub struct Condition {
    /// As written.
    pub source: Arc<str>,
    expr: Arc<Expr>,
}

impl Condition {
    /// Reads and checks a condition. Reports the first mistake of the grammar, else every mistake of names and types.
    pub fn parse(text: &str) -> Result<Self, Vec<ConditionError>> {
        if text.len() > CONDITION_BYTES_MAX {
            return Err(vec![ConditionError {
                code: Code::ConditionLimit,
                message: format!("a condition has at most {CONDITION_BYTES_MAX} bytes, this one has {}", text.len()),
                help: Some("split the step in two, or put a tag on the invoices and ask for `tag(\"…\")`".into()),
                span: 0..text.len(),
            }]);
        }
        let expr = parser::parse(text).map_err(|error| vec![error])?;
        let errors = check::check(&expr, text);
        if errors.is_empty() { Ok(Self { source: text.into(), expr: Arc::new(expr) }) } else { Err(errors) }
    }

    /// The answer for `scope`, with the comparisons that decided it. Never fails: a value that is not known, or
    /// two different currencies, make a comparison false, and the reason says so.
    pub fn evaluate(&self, scope: &dyn Scope) -> Evaluation {
        evaluate::evaluate(&self.expr, &self.source, scope)
    }

    /// The answer alone, where nobody asks for reasons; the same as that of `evaluate`.
    pub fn holds(&self, scope: &dyn Scope) -> bool {
        evaluate::holds(&self.expr, scope)
    }

    /// The currencies of the amounts that are written in it.
    pub fn currencies_written(&self) -> Vec<Currency> {
        let mut found = Vec::new();
        self.expr.visit(&mut |expr| {
            if let ExprKind::Literal(Value::Money(_, currency)) = expr.kind {
                found.push(currency);
            }
        });
        found
    }

    /// The names it reads, each once, in the order of the text.
    pub fn names(&self) -> Vec<Name> {
        let mut found = Vec::new();
        self.expr.visit(&mut |expr| {
            if let ExprKind::Name(name) = expr.kind
                && !found.contains(&name)
            {
                found.push(name);
            }
        });
        found
    }
}

/// What to write in a condition for a word that says yes or no.
pub(crate) fn yes_or_no(word: &str) -> Option<&'static str> {
    match word.to_lowercase().as_str() {
        "yes" | "y" | "on" => Some("ask something, `balance >= 500`; what always holds is written `true`"),
        "no" | "n" | "off" => Some("ask something, `balance >= 500`; what never holds is written `false`"),
        _ => None,
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Condition({:?})", self.source)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.source)
    }
}

#[cfg(test)]
mod tests;
