//! The value of a checked condition, with the comparisons that decided. Total: there is no error to return.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::Write as _;

use chrono::{Days, Months, NaiveDate};
use rust_decimal::Decimal;

use super::tree::{Arithmetic, Compare, Expr, ExprKind};
use super::{Evaluation, Scope, Value};
use crate::domain::{Currency, plain_amount};
use crate::workflow::{Duration, Unit};

/// The answer of a checked tree alone. Allocates nothing where the scope does not.
pub(super) fn holds(expr: &Expr, scope: &dyn Scope) -> bool {
    Evaluator { text: "", scope }.holds(expr)
}

/// The answer of a checked tree of the condition `text`, with the comparisons that decided.
pub(super) fn evaluate(expr: &Expr, text: &str, scope: &dyn Scope) -> Evaluation {
    let evaluator = Evaluator { text, scope };
    let value = evaluator.holds(expr);
    let mut because = Vec::new();
    evaluator.explain(expr, value, &mut because);
    Evaluation { value, because }
}

/// A value while computing; a name that is not known, an overflow and mixed currencies are `Missing`.
#[derive(Clone, Debug, PartialEq)]
enum Computed<'a> {
    Bool(bool),
    Text(Cow<'a, str>),
    Decimal(Decimal),
    Money(Decimal, Currency),
    Date(NaiveDate),
    Duration(i64, Unit),
    Missing(&'static str),
}

impl<'a> From<Value<'a>> for Computed<'a> {
    fn from(value: Value<'a>) -> Self {
        match value {
            Value::Bool(value) => Self::Bool(value),
            Value::Text(text) => Self::Text(text),
            Value::Decimal(number) => Self::Decimal(number),
            Value::Money(amount, currency) => Self::Money(amount, currency),
            Value::Date(day) => Self::Date(day),
        }
    }
}

impl From<Duration> for Computed<'_> {
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

impl<'a> Evaluator<'a> {
    fn holds(&self, expr: &'a Expr) -> bool {
        match &expr.kind {
            ExprKind::Not(inner) => !self.holds(inner),
            ExprKind::All(parts) => parts.iter().all(|part| self.holds(part)),
            ExprKind::Any(parts) => parts.iter().any(|part| self.holds(part)),
            ExprKind::Compare(left, operator, right) => {
                order(&self.value(left), &self.value(right)).is_ok_and(|found| agrees(*operator, found))
            }
            ExprKind::In { value, list, negated } => self.contains(&self.value(value), list, *negated).0,
            _ => self.value(expr) == Computed::Bool(true),
        }
    }

    /// The reasons for an answer that is known: of `and` and `or`, those of the parts that decided.
    fn explain(&self, expr: &'a Expr, answer: bool, because: &mut Vec<String>) {
        match &expr.kind {
            ExprKind::Not(inner) => self.explain(inner, !answer, because),
            ExprKind::All(parts) | ExprKind::Any(parts) => {
                parts.iter().filter(|part| self.holds(part) == answer).for_each(|part| {
                    self.explain(part, answer, because);
                });
            }
            ExprKind::Compare(left, operator, right) => {
                let (a, b) = (self.value(left), self.value(right));
                let why = order(&a, &b).err();
                let mut line = String::with_capacity(64);
                self.show(&mut line, left, &a, &b);
                said(write!(line, " {} ", operator.sign()));
                self.show(&mut line, right, &b, &a);
                because.push(ended(line, answer, why));
            }
            ExprKind::In { value, list, negated } => {
                let found = self.value(value);
                let mut line = String::with_capacity(64);
                self.show(&mut line, value, &found, &Computed::Missing(UNKNOWN));
                said(write!(line, " {} [", if *negated { "not in" } else { "in" }));
                for (place, item) in list.iter().enumerate() {
                    said(write!(line, "{}{}", if place > 0 { ", " } else { "" }, self.source(item)));
                }
                line.push(']');
                because.push(ended(line, answer, self.contains(&found, list, *negated).1));
            }
            ExprKind::Literal(Value::Bool(_)) => {}
            _ => {
                let why = match self.value(expr) {
                    Computed::Missing(why) => Some(why),
                    _ => None,
                };
                because.push(ended(self.source(expr).to_owned(), answer, why));
            }
        }
    }

    /// Whether a value is in the list, or out of it where that is asked; and why it cannot be said.
    fn contains(&self, found: &Computed<'_>, list: &'a [Expr], negated: bool) -> (bool, Option<&'static str>) {
        let mut why = None;
        for item in list {
            match order(found, &self.value(item)) {
                Ok(order) if order.is_eq() => return (!negated, None),
                Ok(_) => {}
                Err(reason) => why = Some(reason),
            }
        }
        // What is not known is neither in the list nor out of it.
        (negated && !matches!(found, Computed::Missing(_)), why)
    }

    fn value(&self, expr: &'a Expr) -> Computed<'a> {
        match &expr.kind {
            ExprKind::Literal(Value::Text(text)) => Computed::Text(Cow::Borrowed(text)),
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
                Computed::Bool(self.holds(expr))
            }
        }
    }

    fn computed(&self, a: Computed<'a>, operator: Arithmetic, b: Computed<'a>) -> Computed<'a> {
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
            Unit::WorkingDays => Some(self.scope.add_working_days(day, count)),
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
    fn show(&self, line: &mut String, expr: &Expr, value: &Computed<'_>, other: &Computed<'_>) {
        let source = self.source(expr);
        if matches!(expr.kind, ExprKind::Literal(_) | ExprKind::Duration(_)) {
            line.push_str(source);
            return;
        }
        let bare = matches!(expr.kind, ExprKind::Name(_)) || expr.wrapped;
        said(if bare { write!(line, "{source} ") } else { write!(line, "({source}) ") });
        said(match value {
            Computed::Bool(value) => write!(line, "{value}"),
            Computed::Text(text) => write!(line, "{text:?}"),
            Computed::Decimal(number) => write!(line, "{}", number.normalize()),
            Computed::Money(amount, currency) if matches!(other, Computed::Money(..)) => {
                write!(line, "{} {currency}", plain_amount(*amount, *currency))
            }
            Computed::Money(amount, currency) => write!(line, "{}", plain_amount(*amount, *currency)),
            Computed::Date(day) => write!(line, "{day}"),
            Computed::Duration(count, Unit::BusinessDays) => write!(line, "{count} business days"),
            Computed::Duration(count, Unit::WorkingDays) => write!(line, "{count} working days"),
            Computed::Duration(count, Unit::Months) => write!(line, "{count} months"),
            Computed::Duration(count, _) => write!(line, "{count} days"),
            Computed::Missing(why) => write!(line, "{why}"),
        });
    }
}

/// Writing into a `String` cannot fail.
fn said(written: std::fmt::Result) {
    debug_assert!(written.is_ok());
}

/// A reason with its answer: `balance 250.10 > 1000 → false`.
fn ended(mut line: String, answer: bool, why: Option<&str>) -> String {
    said(match why {
        Some(why) => write!(line, " → {answer} ({why})"),
        None => write!(line, " → {answer}"),
    });
    line
}

fn number(x: Decimal, operator: Arithmetic, y: Decimal) -> Option<Decimal> {
    match operator {
        Arithmetic::Add => x.checked_add(y),
        Arithmetic::Subtract => x.checked_sub(y),
        Arithmetic::Multiply => x.checked_mul(y),
    }
}

fn order(a: &Computed<'_>, b: &Computed<'_>) -> Result<Ordering, &'static str> {
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

fn agrees(operator: Compare, found: Ordering) -> bool {
    match operator {
        Compare::Equal => found.is_eq(),
        Compare::NotEqual => found.is_ne(),
        Compare::Less => found.is_lt(),
        Compare::LessOrEqual => found.is_le(),
        Compare::Greater => found.is_gt(),
        Compare::GreaterOrEqual => found.is_ge(),
    }
}
