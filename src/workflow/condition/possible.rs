//! Whether a condition can hold at all for one kind of debtor, whatever everything else is.

use super::tree::{Compare, Expr, ExprKind};
use super::{Condition, Name, Value};

impl Condition {
    /// False only where the condition cannot hold for a debtor of this kind (`business`, `consumer`, `public`).
    pub fn may_hold_for(&self, kind: &str) -> bool {
        answer(&self.expr, kind) != Some(false)
    }
}

/// Three-valued: `None` where it depends on something else.
fn answer(expr: &Expr, kind: &str) -> Option<bool> {
    match &expr.kind {
        ExprKind::Literal(Value::Bool(value)) => Some(*value),
        ExprKind::Not(inner) => answer(inner, kind).map(|value| !value),
        ExprKind::All(parts) => joined(parts, kind, false),
        ExprKind::Any(parts) => joined(parts, kind, true),
        ExprKind::Compare(left, operator @ (Compare::Equal | Compare::NotEqual), right) => {
            let same = match (&left.kind, &right.kind) {
                (ExprKind::Name(Name::DebtorKind), ExprKind::Literal(Value::Text(text)))
                | (ExprKind::Literal(Value::Text(text)), ExprKind::Name(Name::DebtorKind)) => **text == *kind,
                _ => return None,
            };
            Some(same == (*operator == Compare::Equal))
        }
        ExprKind::In { value, list, negated } if matches!(value.kind, ExprKind::Name(Name::DebtorKind)) => {
            let inside =
                list.iter().any(|item| matches!(&item.kind, ExprKind::Literal(Value::Text(text)) if **text == *kind));
            Some(inside != *negated)
        }
        _ => None,
    }
}

fn joined(parts: &[Expr], kind: &str, decisive: bool) -> Option<bool> {
    let answers: Vec<_> = parts.iter().map(|part| answer(part, kind)).collect();
    if answers.contains(&Some(decisive)) {
        Some(decisive)
    } else if answers.contains(&None) {
        None
    } else {
        Some(!decisive)
    }
}
