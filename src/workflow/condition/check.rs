//! Types: what may be compared with what. Every mistake of a condition is found in one run.

use std::fmt;

use super::names::{NAMES, NameInfo, NameType, nearest};
use super::tree::{Arithmetic, Compare, Expr, ExprKind};
use super::{ConditionError, Value};
use crate::domain::Currency;
use crate::workflow::{Code, Duration, Unit};

/// Every mistake of names and types; the whole must be true or false.
pub(super) fn check(expr: &Expr, text: &str) -> Vec<ConditionError> {
    let mut checker = Checker { text, errors: Vec::new() };
    checker.bool(expr);
    checker.errors
}

/// The type of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Bool,
    Text,
    /// One of the closed lists.
    Closed(NameType),
    /// What a name counts: no amount.
    Decimal,
    /// A number as it is written, or computed from such: it goes with amounts of every currency.
    Written,
    /// With the currency where a literal states one.
    Money(Option<Currency>),
    Date,
    Duration(Clock),
    /// Already reported.
    Unknown,
}

/// Durations that can be compared with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clock {
    Civil,
    Business,
    Working,
    Months,
}

impl fmt::Display for Type {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => out.write_str("true or false"),
            Self::Text => out.write_str("text"),
            Self::Closed(kind) => write!(out, "a {}", kind.as_str()),
            Self::Decimal | Self::Written => out.write_str("a number"),
            Self::Money(None) => out.write_str("an amount"),
            Self::Money(Some(currency)) => write!(out, "an amount in {currency}"),
            Self::Date => out.write_str("a date"),
            Self::Duration(Clock::Civil) => out.write_str("a duration in days"),
            Self::Duration(Clock::Business) => out.write_str("a duration in business days"),
            Self::Duration(Clock::Working) => out.write_str("a duration in working days"),
            Self::Duration(Clock::Months) => out.write_str("a duration in months"),
            Self::Unknown => out.write_str("unknown"),
        }
    }
}

impl From<&NameType> for Type {
    fn from(kind: &NameType) -> Self {
        match kind {
            NameType::Bool => Self::Bool,
            NameType::Text => Self::Text,
            NameType::DebtorKind | NameType::Currency | NameType::Phase => Self::Closed(*kind),
            NameType::Decimal => Self::Decimal,
            NameType::Money => Self::Money(None),
            NameType::Date => Self::Date,
        }
    }
}

impl From<&Value<'_>> for Type {
    fn from(value: &Value<'_>) -> Self {
        match value {
            Value::Bool(_) => Self::Bool,
            Value::Text(_) => Self::Text,
            Value::Decimal(_) => Self::Written,
            Value::Money(_, currency) => Self::Money(Some(*currency)),
            Value::Date(_) => Self::Date,
        }
    }
}

impl From<&Duration> for Type {
    fn from(duration: &Duration) -> Self {
        Self::Duration(match duration.unit {
            Unit::Days | Unit::Weeks => Clock::Civil,
            Unit::BusinessDays => Clock::Business,
            Unit::WorkingDays => Clock::Working,
            Unit::Months => Clock::Months,
        })
    }
}

struct Checker<'a> {
    text: &'a str,
    errors: Vec<ConditionError>,
}

impl Checker<'_> {
    /// Requires true or false.
    fn bool(&mut self, expr: &Expr) {
        let found = self.present(expr);
        if !matches!(found, Type::Bool | Type::Unknown) {
            let help = format!("compare it, for example `{} == …`", &self.text[expr.span.clone()]);
            self.mistype(format!("expected true or false, this is {found}"), Some(help), expr);
        }
    }

    /// The type of a part that must be present.
    fn present(&mut self, expr: &Expr) -> Type {
        let (found, optional) = self.typed(expr);
        if optional {
            let source = &self.text[expr.span.clone()];
            let help = format!("say what counts then: `{source} ?? …`");
            self.mistype(format!("`{source}` may be absent"), Some(help), expr);
        }
        found
    }

    /// The type of a part, and whether it may be absent.
    fn typed(&mut self, expr: &Expr) -> (Type, bool) {
        let found = match &expr.kind {
            ExprKind::Literal(value) => value.into(),
            ExprKind::Duration(duration) => duration.into(),
            ExprKind::Name(name) => return ((&name.info().kind).into(), name.info().optional),
            ExprKind::Unknown => self.unknown_name(expr),
            ExprKind::Tag(_) => Type::Bool,
            ExprKind::Not(inner) => {
                self.bool(inner);
                Type::Bool
            }
            ExprKind::All(parts) | ExprKind::Any(parts) => {
                parts.iter().for_each(|part| self.bool(part));
                Type::Bool
            }
            ExprKind::Compare(left, operator, right) => {
                let types = (self.present(left), self.present(right));
                self.comparable(expr, left, types.0, *operator, right, types.1);
                Type::Bool
            }
            ExprKind::In { value, list, .. } => {
                let kind = self.present(value);
                for item in list {
                    let item_kind = self.present(item);
                    self.comparable(item, value, kind, Compare::Equal, item, item_kind);
                }
                Type::Bool
            }
            ExprKind::Arithmetic(left, operator, right) => {
                let types = (self.present(left), self.present(right));
                self.computed(expr, types.0, *operator, types.1)
            }
            ExprKind::Default(value, default) => return self.defaulted(expr, value, default),
        };
        (found, false)
    }

    fn defaulted(&mut self, expr: &Expr, value: &Expr, default: &Expr) -> (Type, bool) {
        let (kind, _) = self.typed(value);
        let (default_kind, optional) = self.typed(default);
        self.comparable(expr, value, kind, Compare::Equal, default, default_kind);
        let joined = match (kind, default_kind) {
            (Type::Written, Type::Money(_) | Type::Decimal) => default_kind,
            (Type::Unknown, known) | (known, _) => known,
        };
        (joined, optional)
    }

    fn comparable(&mut self, whole: &Expr, left: &Expr, a: Type, operator: Compare, right: &Expr, b: Type) {
        use Type::{Bool, Closed, Date, Decimal, Money, Text, Unknown, Written};
        let ordered = match (a, b) {
            (Unknown, _) | (_, Unknown) | (Date, Date) => true,
            (Decimal | Written, Decimal | Written) | (Written, Money(_)) | (Money(_), Written) => true,
            (Money(x), Money(y)) if x.is_none() || y.is_none() || x == y => true,
            (Type::Duration(x), Type::Duration(y)) if x == y => true,
            (Money(Some(_)), Money(Some(_))) => {
                let help = Some("ask `invoice.currency` first, and compare with an amount in it".into());
                return self.mistype(format!("{a} cannot be compared with {b}"), help, whole);
            }
            (Bool, Bool) | (Text, Text) => false,
            (Closed(kind), Text) if is_literal(right) => return self.member(kind, right, operator, whole),
            (Text, Closed(kind)) if is_literal(left) => return self.member(kind, left, operator, whole),
            (Closed(x), Closed(y)) if x == y => false,
            _ => {
                let help = remedy(a, left, operator, b, right, self.text);
                return self.mistype(format!("{a} cannot be compared with {b}"), help, whole);
            }
        };
        if !ordered && !operator.is_equality() {
            let help = Some("use `==`, `!=` or `in [..]`".into());
            self.mistype(format!("{a} has no order, so `{}` means nothing", operator.sign()), help, whole);
        }
    }

    /// A written value of a closed list.
    fn member(&mut self, kind: NameType, literal: &Expr, operator: Compare, whole: &Expr) {
        if !operator.is_equality() {
            let help = Some("use `==`, `!=` or `in [..]`".into());
            let message = format!("a {} has no order, so `{}` means nothing", kind.as_str(), operator.sign());
            self.mistype(message, help, whole);
        }
        let ExprKind::Literal(Value::Text(text)) = &literal.kind else { return };
        let known = match kind.members() {
            Some(members) => members.contains(&&**text),
            None => Currency::from_code(text).is_some(),
        };
        if known {
            return;
        }
        let help = match kind.members() {
            Some(members) => match nearest(text, members.iter().copied()) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("one of: {}", members.join(", ")),
            },
            None => "a currency is written as its ISO 4217 code, \"EUR\"".into(),
        };
        self.errors.push(ConditionError {
            code: Code::UnknownValue,
            message: format!("\"{text}\" is not a {}", kind.as_str()),
            help: Some(help),
            span: literal.span.clone(),
        });
    }

    fn computed(&mut self, whole: &Expr, a: Type, operator: Arithmetic, b: Type) -> Type {
        use Arithmetic::{Add, Multiply, Subtract};
        use Type::{Date, Decimal, Money, Unknown, Written};
        match (a, operator, b) {
            (Unknown, _, _) | (_, _, Unknown) => Unknown,
            (Written, _, Written) => Written,
            (Decimal | Written, _, Decimal | Written) => Decimal,
            (Money(x), _, Written) | (Money(x), Multiply, Decimal) => Money(x),
            (Written, _, Money(y)) | (Decimal, Multiply, Money(y)) => Money(y),
            (Money(x), Add | Subtract, Money(y)) if x.is_none() || y.is_none() || x == y => Money(x.or(y)),
            (Date, Add | Subtract, Type::Duration(_)) => Date,
            (Date, Subtract, Date) => Type::Duration(Clock::Civil),
            (Type::Duration(x), Add | Subtract, Type::Duration(y)) if x == y => Type::Duration(x),
            _ => {
                let verb = match operator {
                    Add => "be added to",
                    Subtract => "be taken from",
                    Multiply => "be multiplied with",
                };
                let (what, with) = if operator == Multiply { (a, b) } else { (b, a) };
                let help = match (a, b) {
                    (Money(Some(_)), Money(Some(_))) if operator != Multiply => {
                        Some("currencies are never added up; ask `invoice.currency` first".to_owned())
                    }
                    (Decimal, Money(_)) | (Money(_), Decimal) => {
                        Some("add up amounts with amounts; what counts days or points may only multiply one".to_owned())
                    }
                    _ => None,
                };
                self.mistype(format!("{what} cannot {verb} {with}"), help, whole);
                Unknown
            }
        }
    }

    fn unknown_name(&mut self, expr: &Expr) -> Type {
        let word = &self.text[expr.span.clone()];
        let help = match nearest(word, NAMES.iter().map(|info| info.text)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => self.names_like(word),
        };
        self.errors.push(ConditionError {
            code: Code::UnknownName,
            message: format!("unknown name `{word}`"),
            help: Some(help),
            span: expr.span.clone(),
        });
        Type::Unknown
    }

    /// The names that a word without a near one could be, and that text is quoted.
    fn names_like(&self, word: &str) -> String {
        let last = word.rsplit('.').next().unwrap_or(word);
        let moved = NAMES.iter().find(|info| info.text.rsplit('.').next() == Some(last));
        if let Some(info) = moved {
            return format!("did you mean `{}`?", info.text);
        }
        let group = word.split_once('.').map(|(group, _)| format!("{group}."));
        let starts = |info: &&NameInfo| match &group {
            Some(group) => info.text.starts_with(group.as_str()),
            None => !info.text.contains('.'),
        };
        if let Some(help) = super::yes_or_no(word) {
            return help.to_owned();
        }
        let known: Vec<_> = NAMES.iter().filter(starts).map(|info| info.text).collect();
        match (&group, known.is_empty()) {
            (_, true) => "names begin with `invoice.`, `debtor.`, `creditor.` or `account.`".to_owned(),
            (Some(group), false) => format!("`{group}…` has: {}", known.join(", ").replace(group.as_str(), "")),
            (None, false) => {
                format!("if text is meant, write it in quotes: \"{word}\"; names are {}", known.join(", "))
            }
        }
    }

    fn mistype(&mut self, message: String, help: Option<String>, expr: &Expr) {
        self.errors.push(ConditionError { code: Code::ConditionType, message, help, span: expr.span.clone() });
    }
}

fn is_literal(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Literal(_))
}

/// What to write instead, where it is plain what was meant.
fn remedy(a: Type, left: &Expr, operator: Compare, b: Type, right: &Expr, text: &str) -> Option<String> {
    let number_of = |expr: &Expr| match &expr.kind {
        ExprKind::Literal(Value::Text(written)) if crate::domain::parse_decimal(written).is_ok() => {
            Some(format!("write the number without quotes: {written}"))
        }
        ExprKind::Duration(duration) => Some(format!("it counts days already: write {}", duration.amount)),
        _ => None,
    };
    let number_and_amount = |number: &Expr, amount: &Expr| {
        let (number, written) = (&text[number.span.clone()], &text[amount.span.clone()]);
        match &amount.kind {
            ExprKind::Literal(Value::Money(alone, _)) => {
                let sign = operator.sign();
                format!("if an amount is meant, write `balance {sign} {written}`; if not, `{number} {sign} {alone}`")
            }
            _ => format!("compare `{written}` with another amount, or `{number}` with another number"),
        }
    };
    match (a, b) {
        (Type::Decimal, Type::Money(_)) => Some(number_and_amount(left, right)),
        (Type::Money(_), Type::Decimal) => Some(number_and_amount(right, left)),
        (Type::Decimal | Type::Written | Type::Money(_), Type::Text | Type::Duration(_)) => number_of(right),
        (Type::Text, Type::Written) if is_literal(right) && !is_literal(left) => {
            Some(format!("write it in quotes: \"{}\"", &text[right.span.clone()]))
        }
        (Type::Text | Type::Duration(_), Type::Decimal | Type::Written | Type::Money(_)) => number_of(left),
        (Type::Bool, _) => {
            Some("it is true or false by itself: leave the comparison out, or write `not` in front".into())
        }
        (Type::Date, Type::Text) => Some("a date is written without quotes: 2026-03-31".into()),
        _ => None,
    }
}
