//! The value of a checked condition, with the comparisons that decided. Total: there is no error to return.

use std::cmp::Ordering;
use std::sync::Arc;

use chrono::{Days, Months, NaiveDate};
use rust_decimal::Decimal;

use super::tree::{Arithmetic, Compare, Expr, ExprKind};
use super::{Evaluation, Scope, Value};
use crate::domain::{Currency, plain_amount};
use crate::workflow::{Duration, Unit};

/// Evaluates a checked tree of the condition `text`.
pub(super) fn evaluate(expr: &Expr, text: &str, scope: &dyn Scope) -> Evaluation {
    Evaluator { text, scope }.bool(expr)
}

/// A value while computing; a name that is not known, an overflow and mixed currencies are `Missing`.
#[derive(Clone, Debug, PartialEq)]
enum Computed {
    Bool(bool),
    Text(Arc<str>),
    Decimal(Decimal),
    Money(Decimal, Currency),
    Date(NaiveDate),
    Duration(i64, Unit),
    Missing(&'static str),
}

impl From<Value> for Computed {
    fn from(value: Value) -> Self {
        match value {
            Value::Bool(value) => Self::Bool(value),
            Value::Text(text) => Self::Text(text),
            Value::Decimal(number) => Self::Decimal(number),
            Value::Money(amount, currency) => Self::Money(amount, currency),
            Value::Date(day) => Self::Date(day),
        }
    }
}

impl From<Duration> for Computed {
    fn from(duration: Duration) -> Self {
        match duration.unit {
            Unit::Weeks => Self::Duration(i64::from(duration.amount) * 7, Unit::Days),
            unit => Self::Duration(i64::from(duration.amount), unit),
        }
    }
}

const UNKNOWN: &str = "not known";
const CURRENCIES: &str = "different currencies";
const OUT_OF_RANGE: &str = "out of range";

struct Evaluator<'a> {
    text: &'a str,
    scope: &'a dyn Scope,
}

impl Evaluator<'_> {
    fn bool(&self, expr: &Expr) -> Evaluation {
        match &expr.kind {
            ExprKind::Not(inner) => {
                let inner = self.bool(inner);
                Evaluation { value: !inner.value, because: inner.because }
            }
            ExprKind::All(parts) => self.joined(parts, false),
            ExprKind::Any(parts) => self.joined(parts, true),
            ExprKind::Compare(left, operator, right) => self.compare(left, *operator, right),
            ExprKind::In { value, list, negated } => self.contains(value, list, *negated),
            ExprKind::Literal(Value::Bool(value)) => Evaluation { value: *value, because: Vec::new() },
            _ => {
                let (value, why) = match self.value(expr) {
                    Computed::Bool(value) => (value, String::new()),
                    Computed::Missing(why) => (false, format!(" ({why})")),
                    _ => (false, String::new()),
                };
                Evaluation { value, because: vec![format!("{} → {value}{why}", self.source(expr))] }
            }
        }
    }

    /// `or` where `decisive` is true, `and` where it is false: keeps the reasons of the parts that decided.
    fn joined(&self, parts: &[Expr], decisive: bool) -> Evaluation {
        let answers: Vec<_> = parts.iter().map(|part| self.bool(part)).collect();
        let value = if answers.iter().any(|answer| answer.value == decisive) { decisive } else { !decisive };
        let because = answers.into_iter().filter(|answer| answer.value == value).flat_map(|answer| answer.because);
        Evaluation { value, because: because.collect() }
    }

    fn compare(&self, left: &Expr, operator: Compare, right: &Expr) -> Evaluation {
        let (a, b) = (self.value(left), self.value(right));
        let (value, why) = match order(&a, &b) {
            Ok(found) => (holds(operator, found), String::new()),
            Err(why) => (false, format!(" ({why})")),
        };
        let line =
            format!("{} {} {} → {value}{why}", self.shown(left, &a, &b), operator.sign(), self.shown(right, &b, &a));
        Evaluation { value, because: vec![line] }
    }

    fn contains(&self, value: &Expr, list: &[Expr], negated: bool) -> Evaluation {
        let found = self.value(value);
        let mut why = String::new();
        let mut inside = false;
        for item in list {
            match order(&found, &self.value(item)) {
                Ok(order) => inside |= order.is_eq(),
                Err(reason) => why = format!(" ({reason})"),
            }
        }
        // What is not known is neither in the list nor out of it.
        let answer = !matches!(found, Computed::Missing(_)) && inside != negated;
        let items: Vec<_> = list.iter().map(|item| self.source(item)).collect();
        let word = if negated { "not in" } else { "in" };
        let shown = self.shown(value, &found, &Computed::Missing(UNKNOWN));
        let why = if inside { String::new() } else { why };
        Evaluation { value: answer, because: vec![format!("{shown} {word} [{}] → {answer}{why}", items.join(", "))] }
    }

    fn value(&self, expr: &Expr) -> Computed {
        match &expr.kind {
            ExprKind::Literal(value) => value.clone().into(),
            ExprKind::Duration(duration) => (*duration).into(),
            ExprKind::Name(name) => self.scope.value(*name).map_or(Computed::Missing(UNKNOWN), Into::into),
            ExprKind::Unknown => Computed::Missing(UNKNOWN),
            ExprKind::Tag(tag) => Computed::Bool(self.scope.has_tag(tag)),
            ExprKind::Default(value, default) => match self.value(value) {
                Computed::Missing(UNKNOWN) => self.value(default),
                known => known,
            },
            ExprKind::Arithmetic(left, operator, right) => {
                self.computed(self.value(left), *operator, self.value(right))
            }
            ExprKind::Not(_) | ExprKind::All(_) | ExprKind::Any(_) | ExprKind::Compare(..) | ExprKind::In { .. } => {
                Computed::Bool(self.bool(expr).value)
            }
        }
    }

    fn computed(&self, a: Computed, operator: Arithmetic, b: Computed) -> Computed {
        use Computed::{Date, Decimal, Duration, Missing, Money};
        let money = |amount: Option<rust_decimal::Decimal>, currency| {
            amount.map_or(Missing(OUT_OF_RANGE), |amount| Money(amount, currency))
        };
        match (a, b) {
            (Missing(why), _) | (_, Missing(why)) => Missing(why),
            (Decimal(x), Decimal(y)) => number(x, operator, y).map_or(Missing(OUT_OF_RANGE), Decimal),
            (Money(x, currency), Decimal(y)) => money(number(x, operator, y), currency),
            (Decimal(x), Money(y, currency)) => money(number(x, operator, y), currency),
            (Money(x, one), Money(y, other)) if one == other => money(number(x, operator, y), one),
            (Money(..), Money(..)) => Missing(CURRENCIES),
            (Date(day), Duration(count, unit)) => {
                let count = if operator == Arithmetic::Subtract { -count } else { count };
                self.moved(day, count, unit).map_or(Missing(OUT_OF_RANGE), Date)
            }
            (Date(x), Date(y)) => Duration((x - y).num_days(), Unit::Days),
            (Duration(x, unit), Duration(y, _)) => {
                Duration(if operator == Arithmetic::Subtract { x - y } else { x + y }, unit)
            }
            _ => Missing(UNKNOWN),
        }
    }

    fn moved(&self, day: NaiveDate, count: i64, unit: Unit) -> Option<NaiveDate> {
        let size = count.unsigned_abs();
        match unit {
            Unit::BusinessDays => Some(self.scope.add_business_days(day, count)),
            Unit::Months => {
                let months = Months::new(u32::try_from(size).ok()?);
                if count < 0 { day.checked_sub_months(months) } else { day.checked_add_months(months) }
            }
            Unit::Days | Unit::Weeks => {
                if count < 0 {
                    day.checked_sub_days(Days::new(size))
                } else {
                    day.checked_add_days(Days::new(size))
                }
            }
        }
    }

    fn source(&self, expr: &Expr) -> &str {
        &self.text[expr.span.clone()]
    }

    /// An operand as the reason shows it: `balance 250.10`, with the currency where the other side states one.
    fn shown(&self, expr: &Expr, value: &Computed, other: &Computed) -> String {
        if matches!(expr.kind, ExprKind::Literal(_) | ExprKind::Duration(_)) {
            return self.source(expr).to_owned();
        }
        let value = match value {
            Computed::Bool(value) => value.to_string(),
            Computed::Text(text) => format!("{text:?}"),
            Computed::Decimal(number) => number.normalize().to_string(),
            Computed::Money(amount, currency) => {
                let plain = plain_amount(*amount, *currency);
                if matches!(other, Computed::Money(..)) { format!("{plain} {currency}") } else { plain }
            }
            Computed::Date(day) => day.to_string(),
            Computed::Duration(count, Unit::BusinessDays) => format!("{count} business days"),
            Computed::Duration(count, Unit::Months) => format!("{count} months"),
            Computed::Duration(count, _) => format!("{count} days"),
            Computed::Missing(why) => (*why).to_owned(),
        };
        match expr.kind {
            ExprKind::Name(_) => format!("{} {value}", self.source(expr)),
            _ if expr.wrapped => format!("{} {value}", self.source(expr)),
            _ => format!("({}) {value}", self.source(expr)),
        }
    }
}

fn number(x: Decimal, operator: Arithmetic, y: Decimal) -> Option<Decimal> {
    match operator {
        Arithmetic::Add => x.checked_add(y),
        Arithmetic::Subtract => x.checked_sub(y),
        Arithmetic::Multiply => x.checked_mul(y),
    }
}

fn order(a: &Computed, b: &Computed) -> Result<Ordering, &'static str> {
    use Computed::{Bool, Date, Decimal, Duration, Missing, Money, Text};
    match (a, b) {
        (Missing(why), _) | (_, Missing(why)) => Err(why),
        (Money(_, one), Money(_, other)) if one != other => Err(CURRENCIES),
        (Decimal(x) | Money(x, _), Decimal(y) | Money(y, _)) => Ok(x.cmp(y)),
        (Bool(x), Bool(y)) => Ok(x.cmp(y)),
        (Text(x), Text(y)) => Ok(x.cmp(y)),
        (Date(x), Date(y)) => Ok(x.cmp(y)),
        (Duration(x, _), Duration(y, _)) => Ok(x.cmp(y)),
        _ => Err(UNKNOWN),
    }
}

fn holds(operator: Compare, found: Ordering) -> bool {
    match operator {
        Compare::Equal => found.is_eq(),
        Compare::NotEqual => found.is_ne(),
        Compare::Less => found.is_lt(),
        Compare::LessOrEqual => found.is_le(),
        Compare::Greater => found.is_gt(),
        Compare::GreaterOrEqual => found.is_ge(),
    }
}
