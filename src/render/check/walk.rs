//! Every name and filter that a text template uses, followed through its loops and definitions: what no notice has is
//! found wherever it stands, without rendering anything, and what is rendered only for some notices is found too.

mod expression;

use std::collections::{BTreeMap, BTreeSet};

use minijinja::Environment;
use minijinja::machinery::ast::{Expr, Macro, Stmt};
use minijinja::machinery::parse;
use serde_json::Value;

use super::super::problem::Problem;
use super::super::sample::sample_names;

/// What is known of a value before anything is rendered.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape<'a> {
    /// Nothing.
    Any,
    /// It looks like this one of the fullest sample.
    Like(&'a Value),
}

impl<'a> Shape<'a> {
    /// One of its items, where it is a list.
    fn item(self) -> Self {
        match self {
            Self::Like(Value::Array(items)) => items.first().map_or(Self::Any, Self::Like),
            _ => Self::Any,
        }
    }
}

/// Everything that is wrong with the names of a template that compiles.
pub(super) fn check_names(path: &str, text: &str, jinja: &Environment<'_>, problems: &mut BTreeSet<Problem>) {
    let Ok(root) = parse(text, path, jinja.syntax().clone()) else { return };
    let known = sample_names(path.split('/').next().unwrap_or_default());
    let scopes = vec![BTreeMap::new()];
    let mut walk = Walk { path, text, jinja, known: &known, scopes, problems };
    walk.statement(&root);
}

struct Walk<'a> {
    path: &'a str,
    text: &'a str,
    jinja: &'a Environment<'a>,
    known: &'a Value,
    /// What the template itself names, innermost last.
    scopes: Vec<BTreeMap<String, Shape<'a>>>,
    problems: &'a mut BTreeSet<Problem>,
}

impl<'a> Walk<'a> {
    fn statements(&mut self, all: &[Stmt<'_>]) {
        all.iter().for_each(|one| self.statement(one));
    }

    fn statement(&mut self, one: &Stmt<'_>) {
        match one {
            Stmt::Template(all) => self.statements(&all.children),
            Stmt::EmitExpr(print) => _ = self.shape(&print.expr),
            Stmt::ForLoop(one) => {
                let items = self.shape(&one.iter).item();
                self.within(|walk| {
                    walk.name("loop", Shape::Any);
                    walk.bind(&one.target, items);
                    one.filter_expr.iter().for_each(|only| _ = walk.shape(only));
                    walk.statements(&one.body);
                });
                self.statements(&one.else_body);
            }
            Stmt::IfCond(one) => {
                self.shape(&one.expr);
                self.statements(&one.true_body);
                self.statements(&one.false_body);
            }
            Stmt::WithBlock(one) => self.within(|walk| {
                for (target, value) in &one.assignments {
                    let shape = walk.shape(value);
                    walk.bind(target, shape);
                }
                walk.statements(&one.body);
            }),
            Stmt::Set(one) => {
                let shape = self.shape(&one.expr);
                self.bind(&one.target, shape);
            }
            Stmt::SetBlock(one) => {
                one.filter.iter().for_each(|filter| _ = self.shape(filter));
                self.statements(&one.body);
                self.bind(&one.target, Shape::Any);
            }
            Stmt::AutoEscape(one) => self.statements(&one.body),
            Stmt::FilterBlock(one) => {
                self.shape(&one.filter);
                self.statements(&one.body);
            }
            Stmt::Block(one) => self.within(|walk| {
                walk.name("super", Shape::Any);
                walk.statements(&one.body);
            }),
            Stmt::Import(one) => self.bind(&one.name, Shape::Any),
            Stmt::FromImport(one) => {
                one.names.iter().for_each(|(name, alias)| self.bind(alias.as_ref().unwrap_or(name), Shape::Any));
            }
            Stmt::Macro(one) => {
                self.name(one.name, Shape::Any);
                self.definition(one);
            }
            Stmt::CallBlock(one) => {
                self.call(&one.call);
                self.definition(&one.macro_decl);
            }
            Stmt::Do(one) => _ = self.call(&one.call),
            Stmt::EmitRaw(_) | Stmt::Extends(_) | Stmt::Include(_) => {}
        }
    }

    fn definition(&mut self, one: &Macro<'_>) {
        self.within(|walk| {
            one.defaults.iter().for_each(|value| _ = walk.shape(value));
            walk.name("caller", Shape::Any);
            one.args.iter().for_each(|name| walk.bind(name, Shape::Any));
            walk.statements(&one.body);
        });
    }

    fn within(&mut self, inside: impl FnOnce(&mut Self)) {
        self.scopes.push(BTreeMap::new());
        inside(self);
        self.scopes.pop();
    }

    fn name(&mut self, name: &str, shape: Shape<'a>) {
        self.scopes.last_mut().into_iter().for_each(|scope| _ = scope.insert(name.to_owned(), shape));
    }

    /// Binds what a loop or a definition names; of several names at once nothing is known.
    fn bind(&mut self, target: &Expr<'_>, shape: Shape<'a>) {
        match target {
            Expr::Var(one) => self.name(one.id, shape),
            Expr::List(all) => all.items.iter().for_each(|one| self.bind(one, Shape::Any)),
            Expr::Tuple(all) => all.items.iter().for_each(|one| self.bind(one, Shape::Any)),
            _ => {}
        }
    }
}
