//! What a condition can come out as before any fact is known: whether it can hold at all, and whether it always does.
//!
//! Exact for comparisons of one name with written values, which are tried with a value of every kind that could
//! make a difference; anything else counts as unknown. So "never" and "always" are always true, and "it depends"
//! may sometimes be too careful.

use std::sync::Arc;

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;

use super::tree::{Expr, ExprKind};
use super::{Condition, Name, NameType, Scope, Value, evaluate};
use crate::domain::Currency;

/// Most combinations of values that are tried; a condition with more counts as unknown.
const COMBINATIONS_MAX: usize = 20_000;
/// A text that no condition compares with.
const OTHER: &str = "\u{1}";

/// How a condition comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// True, whatever the facts are.
    Always,
    /// False, whatever the facts are.
    Never,
    /// It depends on the facts, as far as can be seen.
    Depends,
}

impl Condition {
    /// How it comes out, as far as that can be said without facts.
    pub fn verdict(&self) -> Verdict {
        let mut seen = (false, false);
        let complete = each(&[&self.expr], &[], &mut |facts| {
            let answer = answer(&self.expr, facts, &|_| true);
            seen = (seen.0 || answer != Some(false), seen.1 || answer != Some(true));
        });
        match seen {
            (false, true) if complete => Verdict::Never,
            (true, false) if complete => Verdict::Always,
            _ => Verdict::Depends,
        }
    }

    /// False only where the condition cannot hold for a debtor of this kind (`business`, `consumer`, `public`).
    pub fn may_hold_for(&self, kind: &str) -> bool {
        let fixed = [(Name::DebtorKind, Value::Text(kind.to_owned().into()))];
        let mut may = false;
        let complete =
            each(&[&self.expr], &fixed, &mut |facts| may |= answer(&self.expr, facts, &|_| true) != Some(false));
        may || !complete
    }

    /// False only where no invoice can satisfy both.
    pub fn may_hold_with(&self, other: &Self) -> bool {
        self.meets(other, &|_| true)
    }

    /// False only where it cannot hold for an invoice that a workflow took by `applies_to`. Of that, only the kind of
    /// the debtor and the currency still stand when a step is asked.
    pub fn may_hold_under(&self, applies_to: &Self) -> bool {
        self.meets(applies_to, &|name| matches!(name, Name::DebtorKind | Name::InvoiceCurrency))
    }

    /// True only where every invoice that satisfies the other satisfies this one too.
    pub fn covers(&self, other: &Self) -> bool {
        let mut covers = true;
        let complete = each(&[&self.expr, &other.expr], &[], &mut |facts| {
            covers &= answer(&self.expr, facts, &|_| true) == Some(true)
                || answer(&other.expr, facts, &|_| true) == Some(false);
        });
        self.source == other.source || (covers && complete)
    }

    fn meets(&self, other: &Self, stands: &dyn Fn(Name) -> bool) -> bool {
        let mut may = false;
        let complete = each(&[&self.expr, &other.expr], &[], &mut |facts| {
            may |= answer(&self.expr, facts, &|_| true) != Some(false)
                && answer(&other.expr, facts, stands) != Some(false);
        });
        may || !complete
    }

    /// The currencies it can hold for, where it names all of them.
    pub fn currencies(&self) -> Option<Vec<Currency>> {
        let mut found = Vec::new();
        let complete = each(&[&self.expr], &[], &mut |facts| {
            if answer(&self.expr, facts, &|_| true) != Some(false) {
                match facts.value(Name::InvoiceCurrency) {
                    Some(Value::Text(code)) => found.push(Currency::from_code(&code)),
                    _ => found.push(None),
                }
            }
        });
        let mut known = found.into_iter().collect::<Option<Vec<_>>>().filter(|_| complete)?;
        known.sort_by_key(|currency| currency.code());
        known.dedup();
        Some(known)
    }
}

/// Something a condition asks about.
#[derive(Clone, Debug, PartialEq)]
enum Asked {
    Name(Name),
    Tag(Arc<str>),
}

/// One value for each thing that is asked about.
struct Facts {
    values: Vec<(Asked, Option<Value<'static>>)>,
}

impl Facts {
    fn get(&self, asked: &Asked) -> Option<Value<'static>> {
        self.values.iter().find(|(known, _)| known == asked).and_then(|(_, value)| value.clone())
    }
}

impl Scope for Facts {
    fn value(&self, name: Name) -> Option<Value<'_>> {
        self.get(&Asked::Name(name))
    }

    fn has_tag(&self, tag: &str) -> bool {
        self.get(&Asked::Tag(tag.into())) == Some(Value::Bool(true))
    }

    fn add_business_days(&self, day: NaiveDate, _: i64) -> NaiveDate {
        day // Conditions that reckon with days are unknown here.
    }

    fn add_working_days(&self, day: NaiveDate, _: i64) -> NaiveDate {
        day
    }
}

/// Three-valued: `None` where it depends on more than the facts that stand.
fn answer(expr: &Expr, facts: &Facts, stands: &dyn Fn(Name) -> bool) -> Option<bool> {
    match &expr.kind {
        ExprKind::Literal(Value::Bool(value)) => Some(*value),
        ExprKind::Not(inner) => answer(inner, facts, stands).map(|value| !value),
        ExprKind::All(parts) => joined(parts, facts, stands, false),
        ExprKind::Any(parts) => joined(parts, facts, stands, true),
        _ => {
            let known = match asked(expr)? {
                Some(Asked::Name(name)) => stands(name),
                Some(Asked::Tag(_)) => stands(Name::InvoiceNumber),
                None => true,
            };
            known.then(|| evaluate::holds(expr, facts))
        }
    }
}

fn joined(parts: &[Expr], facts: &Facts, stands: &dyn Fn(Name) -> bool, decisive: bool) -> Option<bool> {
    let answers: Vec<_> = parts.iter().map(|part| answer(part, facts, stands)).collect();
    if answers.contains(&Some(decisive)) {
        Some(decisive)
    } else if answers.contains(&None) {
        None
    } else {
        Some(!decisive)
    }
}

/// The one thing that a comparison asks about beside written values; outer `None` where it is more than that.
fn asked(expr: &Expr) -> Option<Option<Asked>> {
    let mut found = Vec::new();
    let mut plain = true;
    expr.visit(&mut |part| match &part.kind {
        ExprKind::Name(name) => found.push(Asked::Name(*name)),
        ExprKind::Tag(tag) => found.push(Asked::Tag(tag.clone())),
        ExprKind::Arithmetic(..) | ExprKind::Duration(_) | ExprKind::Unknown => plain = false,
        ExprKind::Literal(Value::Money(..)) => plain = false,
        _ => {}
    });
    (plain && found.len() <= 1).then(|| found.pop())
}

/// Calls `see` with every combination of values that could make a difference; false where there are too many.
fn each(conditions: &[&Expr], fixed: &[(Name, Value<'static>)], see: &mut dyn FnMut(&Facts)) -> bool {
    let mut domains: Vec<(Asked, Vec<Option<Value<'static>>>)> = Vec::new();
    for asked in conditions.iter().flat_map(|expr| subjects(expr)) {
        if domains.iter().all(|(known, _)| *known != asked) {
            let domain = match &asked {
                Asked::Tag(_) => vec![Some(Value::Bool(false)), Some(Value::Bool(true))],
                Asked::Name(name) => match fixed.iter().find(|(fixed, _)| fixed == name) {
                    Some((_, value)) => vec![Some(value.clone())],
                    None => domain(*name, conditions),
                },
            };
            domains.push((asked, domain));
        }
    }
    let count = domains.iter().try_fold(1_usize, |count, (_, domain)| count.checked_mul(domain.len()));
    let Some(count) = count.filter(|count| *count <= COMBINATIONS_MAX) else { return false };
    for mut place in 0..count {
        let values = domains.iter().map(|(asked, domain)| {
            let value = domain[place % domain.len()].clone();
            place /= domain.len();
            (asked.clone(), value)
        });
        see(&Facts { values: values.collect() });
    }
    true
}

/// What the comparisons of a condition ask about, as far as they ask about one thing.
fn subjects(expr: &Expr) -> Vec<Asked> {
    match &expr.kind {
        ExprKind::Not(inner) => subjects(inner),
        ExprKind::All(parts) | ExprKind::Any(parts) => parts.iter().flat_map(subjects).collect(),
        _ => asked(expr).flatten().into_iter().collect(),
    }
}

/// Values of a name that could make a difference, `None` for absent among them where it may be.
fn domain(name: Name, conditions: &[&Expr]) -> Vec<Option<Value<'static>>> {
    let info = name.info();
    let mut written = Vec::new();
    conditions.iter().for_each(|expr| literals(expr, name, &mut written));
    let numbers: Vec<Decimal> = written
        .iter()
        .filter_map(|value| match value {
            Value::Decimal(number) => Some(*number),
            _ => None,
        })
        .collect();
    let mut values: Vec<Value<'static>> = match info.kind {
        NameType::Bool => vec![Value::Bool(false), Value::Bool(true)],
        NameType::DebtorKind | NameType::Phase => {
            let members = info.kind.members().unwrap_or_default();
            members.iter().map(|member| Value::Text((*member).into())).collect()
        }
        NameType::Text | NameType::Currency => written.into_iter().chain([Value::Text(OTHER.into())]).collect(),
        NameType::Decimal => around(&numbers, name).into_iter().map(Value::Decimal).collect(),
        NameType::Money => {
            around(&numbers, name).into_iter().map(|number| Value::Money(number, Currency::EUR)).collect()
        }
        NameType::Date => {
            let days = written.iter().filter_map(|value| match value {
                Value::Date(day) => Some(*day),
                _ => None,
            });
            let near =
                |day: NaiveDate| [day.checked_sub_days(Days::new(1)), Some(day), day.checked_add_days(Days::new(1))];
            days.flat_map(near).flatten().map(Value::Date).collect()
        }
    };
    values.dedup();
    values.into_iter().map(Some).chain(info.optional.then_some(None)).collect()
}

/// Each number itself, between each two, below and above all: no comparison can tell more apart.
fn around(numbers: &[Decimal], name: Name) -> Vec<Decimal> {
    let counted =
        matches!(name, Name::OverdueDays | Name::AccountInvoicesOverdue | Name::PromisesBroken | Name::LastContactDays);
    let mut found = vec![Decimal::ZERO];
    for (place, number) in numbers.iter().enumerate() {
        found.extend([*number, number.saturating_sub(Decimal::ONE), number.saturating_add(Decimal::ONE)]);
        let others = numbers[..place].iter();
        found.extend(others.filter_map(|other| number.checked_add(*other)?.checked_div(Decimal::TWO)));
    }
    if counted {
        found = found.into_iter().flat_map(|number| [number.floor(), number.ceil()]).collect();
    }
    // A credit score may be anything; days, counts, shares and amounts are never negative.
    found.retain(|number| name == Name::DebtorRisk || *number >= Decimal::ZERO);
    found.sort_unstable();
    found.dedup();
    found
}

/// The values that comparisons write beside a name.
fn literals(expr: &Expr, name: Name, found: &mut Vec<Value<'static>>) {
    match &expr.kind {
        ExprKind::Not(inner) => literals(inner, name, found),
        ExprKind::All(parts) | ExprKind::Any(parts) => parts.iter().for_each(|part| literals(part, name, found)),
        _ if asked(expr) == Some(Some(Asked::Name(name))) => expr.visit(&mut |part| {
            if let ExprKind::Literal(value) = &part.kind
                && !found.contains(value)
            {
                found.push(value.clone());
            }
        }),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(text: &str) -> Condition {
        Condition::parse(text).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
    }

    #[test]
    fn what_never_and_what_always_holds_is_seen() {
        let cases = [
            ("debtor.kind == \"business\" and debtor.kind == \"consumer\"", Verdict::Never),
            ("debtor.kind != \"business\" or debtor.kind != \"consumer\"", Verdict::Always),
            ("debtor.kind in [\"business\", \"consumer\", \"public\"]", Verdict::Always),
            ("balance > 1000 and balance < 500", Verdict::Never),
            ("balance > 1000 or balance <= 1000", Verdict::Always),
            ("balance >= 0", Verdict::Always),
            ("balance < 0", Verdict::Never),
            ("overdue_days > 3 and overdue_days < 4", Verdict::Never),
            ("balance > 3 and balance < 4", Verdict::Depends),
            ("disputed and not disputed", Verdict::Never),
            ("tag(\"vip\") or not tag(\"vip\")", Verdict::Always),
            ("tag(\"vip\") or tag(\"small\")", Verdict::Depends),
            ("1 > 2", Verdict::Never),
            ("invoice.issued_on > 2026-01-01 and invoice.issued_on < 2026-01-02", Verdict::Never),
            ("(debtor.risk ?? 50) < 40 and (debtor.risk ?? 50) > 60", Verdict::Never),
            ("(debtor.risk ?? 50) == 50", Verdict::Depends),
            ("invoice.total > balance and balance > invoice.total", Verdict::Depends),
            ("balance > 500 EUR and balance < 400 EUR", Verdict::Depends),
            ("true", Verdict::Always),
        ];
        for (text, verdict) in cases {
            assert_eq!(condition(text).verdict(), verdict, "{text}");
        }
    }

    #[test]
    fn two_conditions_are_seen_to_exclude_each_other() {
        let business = condition("debtor.kind == \"business\" and invoice.currency == \"EUR\"");
        assert!(!business.may_hold_with(&condition("debtor.kind == \"consumer\"")));
        assert!(!business.may_hold_with(&condition("invoice.currency in [\"GBP\", \"USD\"]")));
        assert!(business.may_hold_with(&condition("balance > 1000")));
        assert!(!condition("debtor.kind == \"public\" and balance > 1").may_hold_under(&business));
        assert!(condition("balance > 1000").may_hold_under(&condition("balance < 500")));
        assert!(business.may_hold_for("business") && !business.may_hold_for("public"));
        assert_eq!(business.currencies(), Some(vec![Currency::EUR]));
        assert_eq!(condition("balance > 1").currencies(), None);
    }
}
