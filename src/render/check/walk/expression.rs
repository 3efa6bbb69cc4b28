//! What an expression of a template is, and what is wrong in it.

use std::ops::Range;

use minijinja::ErrorKind;
use minijinja::machinery::ast::{BinOpKind, Call, CallArg, CompareOpKind, Const, Expr, Filter, Spanned};
use serde_json::Value;

use super::super::super::problem::Problem;
use super::super::known::{nearest, unknown};
use super::{Shape, Walk};

/// Filters that give a list of the same items.
const SAME_ITEMS: [&str; 7] = ["sort", "reverse", "list", "unique", "selectattr", "rejectattr", "select"];
/// Filters whose first argument is a field of the items.
const BY_FIELD: [&str; 3] = ["selectattr", "rejectattr", "groupby"];

impl<'a> Walk<'a> {
    /// What an expression is; what is wrong in it is said.
    pub(super) fn shape(&mut self, expr: &Expr<'_>) -> Shape<'a> {
        match expr {
            Expr::Var(_) => self.path_of(expr, expr).unwrap_or(Shape::Any),
            Expr::GetAttr(one) => match self.path_of(expr, expr) {
                Some(shape) => shape,
                None => {
                    let base = self.shape(&one.expr);
                    self.field(base, one.name, place(expr))
                }
            },
            Expr::GetItem(one) => {
                let base = self.shape(&one.expr);
                self.shape(&one.subscript_expr);
                match (base, text_of(&one.subscript_expr)) {
                    (Shape::Like(Value::Array(_)), None) => base.item(),
                    (Shape::Like(Value::Object(_)), Some(name)) => self.field(base, &name, place(expr)),
                    _ => Shape::Any,
                }
            }
            Expr::Slice(one) => {
                [&one.start, &one.stop, &one.step].into_iter().flatten().for_each(|part| _ = self.shape(part));
                self.shape(&one.expr)
            }
            Expr::Filter(one) => self.filter(one, place(expr)),
            Expr::Call(one) => self.call(one),
            _ => {
                self.parts(expr);
                Shape::Any
            }
        }
    }

    /// Expressions of which nothing more is known than that their parts must be right.
    fn parts(&mut self, expr: &Expr<'_>) {
        match expr {
            Expr::UnaryOp(one) => _ = self.shape(&one.expr),
            Expr::BinOp(one) => {
                let sides = [(self.shape(&one.left), &one.left), (self.shape(&one.right), &one.right)];
                let is_wrong = match one.op {
                    BinOpKind::Add => is_amount(sides[0].0) && is_amount(sides[1].0),
                    BinOpKind::Mul => sides.iter().any(|(shape, _)| is_text(*shape)),
                    BinOpKind::Eq | BinOpKind::Ne => text_against_number(sides),
                    BinOpKind::Lt | BinOpKind::Lte | BinOpKind::Gt | BinOpKind::Gte => has_text(sides),
                    _ => false,
                };
                if is_wrong {
                    self.no_number(place(&one.left).start..place(&one.right).end);
                }
            }
            Expr::Compare(one) => {
                let mut left = (self.shape(&one.expr), &one.expr);
                for op in &one.ops {
                    let right = (self.shape(&op.expr), &op.expr);
                    let is_wrong = match op.op {
                        CompareOpKind::Eq | CompareOpKind::Ne => text_against_number([left, right]),
                        CompareOpKind::In | CompareOpKind::NotIn => false,
                        _ => has_text([left, right]),
                    };
                    if is_wrong {
                        self.no_number(place(left.1).start..place(right.1).end);
                    }
                    left = right;
                }
            }
            Expr::IfExpr(one) => {
                self.shape(&one.test_expr);
                self.shape(&one.true_expr);
                one.false_expr.iter().for_each(|other| _ = self.shape(other));
            }
            Expr::Test(one) => {
                self.shape(&one.expr);
                self.arguments(&one.args);
                let tried = format!("'' is {}", one.name);
                self.exists(&tried, ErrorKind::UnknownTest, "test", one.name, place(expr));
            }
            Expr::List(all) => all.items.iter().for_each(|one| _ = self.shape(one)),
            Expr::Tuple(all) => all.items.iter().for_each(|one| _ = self.shape(one)),
            Expr::Map(all) => all.keys.iter().chain(&all.values).for_each(|one| _ = self.shape(one)),
            _ => {}
        }
    }

    /// `a.b.c`, where `a` is a name of the notice: `whole` is wrong where one of them does not exist. `None` where it is
    /// no such path.
    fn path_of(&mut self, expr: &Expr<'_>, whole: &Expr<'_>) -> Option<Shape<'a>> {
        let (mut names, mut at) = (Vec::new(), expr);
        while let Expr::GetAttr(one) = at {
            names.push(one.name);
            at = &one.expr;
        }
        let Expr::Var(first) = at else { return None };
        if let Some(shape) = self.scopes.iter().rev().find_map(|scope| scope.get(first.id)) {
            return names.is_empty().then_some(*shape);
        }
        let is_function = self.jinja.globals().any(|(function, _)| function == first.id);
        if is_function || first.id == "self" {
            return Some(Shape::Any);
        }
        names.push(first.id);
        names.reverse();
        let path = names.join(".");
        if let Some(near) = unknown(self.known, &path) {
            self.no_name(&path, place(whole), near);
            return Some(Shape::Any);
        }
        let value = names.iter().try_fold(self.known, |value, name| value.get(name));
        Some(value.map_or(Shape::Any, Shape::Like))
    }

    /// A field of something known.
    fn field(&mut self, base: Shape<'a>, name: &str, place: Range<usize>) -> Shape<'a> {
        let Shape::Like(value) = base else { return Shape::Any };
        match value {
            Value::Null => Shape::Any,
            Value::Object(fields) => match fields.get(name) {
                Some(value) => Shape::Like(value),
                None => {
                    let written = self.text.get(place.clone()).unwrap_or_default().to_owned();
                    let near = nearest(name, fields.keys());
                    let near = near.map(|near| match written.strip_suffix(name) {
                        Some(before) => format!("{before}{near}"),
                        None => near.clone(),
                    });
                    self.no_name(&written, place, near);
                    Shape::Any
                }
            },
            _ => {
                let written = self.text.get(place.clone()).unwrap_or_default().to_owned();
                self.no_name(&written, place, None);
                Shape::Any
            }
        }
    }

    fn filter(&mut self, one: &Filter<'_>, place: Range<usize>) -> Shape<'a> {
        let base = one.expr.as_ref().map_or(Shape::Any, |expr| self.shape(expr));
        self.arguments(&one.args);
        let name = one.name;
        // The filter's own name, behind what it is given.
        let given = one.expr.as_ref().map_or(place.start, |expr| expr.span().end_offset as usize);
        let at = self.text.get(given..place.end).and_then(|text| text.find(name)).map_or(place, |at| {
            let start = given + at;
            start..start + name.len()
        });
        self.exists(&format!("'' | {name}"), ErrorKind::UnknownFilter, "filter", name, at.clone());
        let by = one.args.iter().find_map(|arg| match arg {
            CallArg::Kwarg("attribute", value) => Some(value),
            CallArg::Pos(value) if BY_FIELD.contains(&name) => Some(value),
            _ => None,
        });
        if let Some((field, written)) = by.and_then(|value| Some((text_of(value)?, super::expression::place(value)))) {
            let mut item = base.item();
            for part in field.split('.').filter(|part| part.parse::<usize>().is_err()) {
                item = self.item_field(item, part, written.clone());
            }
        } else if name == "join" && matches!(base.item(), Shape::Like(Value::Object(_))) {
            let message = "prints groups of names, as a programmer would write them";
            let help =
                "name a field: `… | map(attribute=\"number\") | join(\", \")`, or go through the list with `for`";
            self.problems.insert(Problem::of("template-error", self.path, message).at(at).help(help));
        }
        match name {
            "first" | "last" | "min" | "max" => base.item(),
            _ if SAME_ITEMS.contains(&name) => base,
            _ => Shape::Any,
        }
    }

    /// The field of a list's items that a filter is given by name.
    fn item_field(&mut self, item: Shape<'a>, name: &str, place: Range<usize>) -> Shape<'a> {
        match item {
            Shape::Like(Value::Object(fields)) => match fields.get(name) {
                Some(value) => Shape::Like(value),
                None => {
                    self.no_name(name, place, nearest(name, fields.keys()).cloned());
                    Shape::Any
                }
            },
            _ => Shape::Any,
        }
    }

    pub(super) fn call(&mut self, call: &Call<'_>) -> Shape<'a> {
        // What is called is a function, or belongs to what stands in front of the dot.
        match &call.expr {
            Expr::GetAttr(method) => _ = self.shape(&method.expr),
            other => _ = self.shape(other),
        }
        self.arguments(&call.args);
        Shape::Any
    }

    fn arguments(&mut self, all: &[CallArg<'_>]) {
        for one in all {
            let (CallArg::Pos(value)
            | CallArg::Kwarg(_, value)
            | CallArg::PosSplat(value)
            | CallArg::KwargSplat(value)) = one;
            self.shape(value);
        }
    }

    /// Whether the template library knows a filter or a test, which it says only when it comes to it.
    fn exists(&mut self, tried: &str, unknown: ErrorKind, what: &str, name: &str, place: Range<usize>) {
        let result = self.jinja.compile_expression_owned(tried.to_owned()).and_then(|expr| expr.eval(()));
        if result.is_err_and(|error| error.kind() == unknown) {
            let message = format!("there is no {what} `{name}`");
            let help = super::super::builtin_help();
            self.problems.insert(Problem::of("unknown-filter", self.path, message).at(place).help(help));
        }
    }

    fn no_name(&mut self, written: &str, place: Range<usize>, near: Option<String>) {
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`relance schema template` prints every name, with samples".to_owned(),
        };
        let message = format!("no notice has `{written}`");
        self.problems.insert(Problem::of("unknown-name", self.path, message).at(place).help(help));
    }

    fn no_number(&mut self, place: Range<usize>) {
        let message = "amounts and dates are texts here, written for their reader: no number to reckon or compare with";
        let help = "print it as it is; whether a step goes is decided in the workflow, with `when: balance >= 500`";
        self.problems.insert(Problem::of("template-error", self.path, message).at(place).help(help));
    }
}

/// From the first sign of an expression to its last.
fn place(expr: &Expr<'_>) -> Range<usize> {
    let span = expr.span();
    let first = match expr {
        Expr::GetAttr(one) => place(&one.expr).start,
        Expr::GetItem(one) => place(&one.expr).start,
        Expr::Filter(one) => one.expr.as_ref().map_or(span.start_offset as usize, |expr| place(expr).start),
        _ => span.start_offset as usize,
    };
    first.min(span.start_offset as usize)..span.end_offset as usize
}

fn text_of(expr: &Expr<'_>) -> Option<String> {
    let Expr::Const(one) = expr else { return None };
    one.value.as_str().map(str::to_owned)
}

fn number_of(expr: &Expr<'_>) -> bool {
    let is_number = |one: &Spanned<Const>| one.value.kind() == minijinja::value::ValueKind::Number;
    matches!(expr, Expr::Const(one) if is_number(one))
}

/// One side of an operator: what it is, and how it is written.
type Side<'a, 'b> = (Shape<'a>, &'b Expr<'b>);

fn text_against_number(sides: [Side<'_, '_>; 2]) -> bool {
    let is_number = |(shape, expr): Side<'_, '_>| matches!(shape, Shape::Like(Value::Number(_))) || number_of(expr);
    has_text(sides) && sides.into_iter().any(is_number)
}

fn has_text(sides: [Side<'_, '_>; 2]) -> bool {
    sides.into_iter().any(|(shape, _)| is_text(shape))
}

fn is_text(shape: Shape<'_>) -> bool {
    matches!(shape, Shape::Like(Value::String(_)))
}

/// An amount as the language writes it: `1 200,00 €`, `€1,200.00`, `1200.00 EUR`.
fn is_amount(shape: Shape<'_>) -> bool {
    let Shape::Like(Value::String(text)) = shape else { return false };
    text.contains(|c: char| c.is_ascii_digit()) && (text.contains('€') || text.ends_with("EUR"))
}
