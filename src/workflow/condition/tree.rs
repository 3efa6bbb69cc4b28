//! The tree of a condition, each part with its place in the text.

use std::ops::Range;
use std::sync::Arc;

use super::{Name, Value};
use crate::workflow::Duration;

/// A part of a condition and its place in the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expr {
    pub span: Range<usize>,
    pub kind: ExprKind,
    /// Whether it stands in parentheses, which its span holds then.
    pub wrapped: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum ExprKind {
    Literal(Value<'static>),
    Duration(Duration),
    Name(Name),
    /// A word that is no name; refused by the check, so it is never evaluated.
    Unknown,
    Tag(Arc<str>),
    Not(Box<Expr>),
    All(Vec<Expr>),
    Any(Vec<Expr>),
    Compare(Box<Expr>, Compare, Box<Expr>),
    In {
        value: Box<Expr>,
        list: Vec<Expr>,
        negated: bool,
    },
    Arithmetic(Box<Expr>, Arithmetic, Box<Expr>),
    Default(Box<Expr>, Box<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compare {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Compare {
    pub const ALL: [Self; 6] =
        [Self::Equal, Self::NotEqual, Self::Less, Self::LessOrEqual, Self::Greater, Self::GreaterOrEqual];

    pub fn sign(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    pub fn is_equality(self) -> bool {
        matches!(self, Self::Equal | Self::NotEqual)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
}

impl Arithmetic {
    pub fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
        }
    }
}

impl Expr {
    pub fn new(span: Range<usize>, kind: ExprKind) -> Self {
        Self { span, kind, wrapped: false }
    }

    /// Calls `see` on this part and on every part of it, in the order of the text.
    pub fn visit(&self, see: &mut dyn FnMut(&Expr)) {
        see(self);
        match &self.kind {
            ExprKind::Literal(_) | ExprKind::Duration(_) | ExprKind::Name(_) | ExprKind::Unknown | ExprKind::Tag(_) => {
            }
            ExprKind::Not(inner) => inner.visit(see),
            ExprKind::All(parts) | ExprKind::Any(parts) => parts.iter().for_each(|part| part.visit(see)),
            ExprKind::In { value, list, .. } => {
                value.visit(see);
                list.iter().for_each(|part| part.visit(see));
            }
            ExprKind::Compare(left, _, right)
            | ExprKind::Arithmetic(left, _, right)
            | ExprKind::Default(left, right) => {
                left.visit(see);
                right.visit(see);
            }
        }
    }
}
