//! Tokens to a tree. Precedence from loose to tight: `or`, `and`, `not`, comparisons and `in`, `+ -`, `*`, `??`.

use std::ops::Range;

use chrono::NaiveDate;

use super::lexer::{Placed, Token, syntax, tokens};
use super::names::nearest;
use super::tree::{Arithmetic, Compare, Expr, ExprKind};
use super::{CONDITION_DEPTH_MAX, ConditionError, Name, Value};
use crate::domain::{AmountError, Currency, parse_amount, parse_decimal};
use crate::workflow::{Code, DURATION_AMOUNT_MAX, Duration, Unit};

/// Reads the whole text as one condition.
pub(super) fn parse(text: &str) -> Result<Expr, ConditionError> {
    let mut parser = Parser { text, tokens: tokens(text)?, at: 0, depth: 0 };
    if parser.tokens.is_empty() {
        return Err(syntax("the condition is empty", Some("leave the key out, or write a condition".into()), 0..0));
    }
    let expr = parser.any()?;
    match parser.tokens.get(parser.at) {
        None => Ok(expr),
        Some(rest) => {
            let word = &text[rest.span.clone()];
            Err(syntax(format!("`{word}` cannot follow here"), Some(joining(word)), rest.span.clone()))
        }
    }
}

/// What to write instead of a word between two conditions.
fn joining(word: &str) -> String {
    let meant = match word.to_lowercase().as_str() {
        "et" | "und" | "y" | "plus" => "and",
        "ou" | "oder" | "o" => "or",
        "and" | "or" | "not" | "in" => return format!("write `{}` in small letters", word.to_lowercase()),
        "is" | "est" | "equals" | "égal" => return "write `==` to compare".to_owned(),
        "," => return "write a point before the decimals, and nothing between thousands: `1500.50`".to_owned(),
        ")" => return "there is no `(` for it".to_owned(),
        _ => return "join two conditions with `and` or `or`".to_owned(),
    };
    format!("write `{meant}`")
}

/// Whether a word behind a number is meant to join two conditions, in another language or in capitals.
fn joins(word: &str) -> bool {
    matches!(word.to_lowercase().as_str(), "et" | "ou" | "und" | "oder" | "and" | "or" | "not" | "in")
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Placed>,
    at: usize,
    depth: usize,
}

type Parsed = Result<Expr, ConditionError>;

impl Parser<'_> {
    fn any(&mut self) -> Parsed {
        self.joined("or", Self::all, ExprKind::Any)
    }

    fn all(&mut self) -> Parsed {
        self.joined("and", Self::not, ExprKind::All)
    }

    fn joined(&mut self, word: &str, part: fn(&mut Self) -> Parsed, join: fn(Vec<Expr>) -> ExprKind) -> Parsed {
        let first = part(self)?;
        if !self.is_word(word) {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.take_word(word) {
            parts.push(part(self)?);
        }
        let span = parts[0].span.start..parts[parts.len() - 1].span.end;
        Ok(Expr::new(span, join(parts)))
    }

    fn not(&mut self) -> Parsed {
        let start = self.place().start;
        if !self.take_word("not") {
            return self.comparison();
        }
        let inner = self.deeper(Self::not)?;
        Ok(Expr::new(start..inner.span.end, ExprKind::Not(Box::new(inner))))
    }

    fn comparison(&mut self) -> Parsed {
        let left = self.sum()?;
        if self.is_word("in") || self.is_word("not") {
            return self.membership(left);
        }
        let Some(operator) = self.take_compare() else { return Ok(left) };
        let right = self.sum()?;
        let span = left.span.start..right.span.end;
        if let Some(second) = self.is_compare() {
            return Err(syntax(
                format!("two comparisons in a row: `{}` after `{}`", second.sign(), operator.sign()),
                Some("write `a < b and b < c`".into()),
                self.place(),
            ));
        }
        Ok(Expr::new(span, ExprKind::Compare(Box::new(left), operator, Box::new(right))))
    }

    fn membership(&mut self, value: Expr) -> Parsed {
        let negated = self.take_word("not");
        if !self.take_word("in") {
            return Err(self.unexpected("`in`"));
        }
        self.expect("[")?;
        let mut list = Vec::new();
        while !self.is_sign("]") {
            list.push(self.literal()?);
            if !self.take_sign(",") {
                break;
            }
        }
        let end = self.place().end;
        self.expect("]")?;
        let span = value.span.start..end;
        if list.is_empty() {
            return Err(syntax(
                "the list is empty, so nothing is in it",
                Some("write what may be in it: `[\"FR\", \"BE\"]`".into()),
                span,
            ));
        }
        Ok(Expr::new(span, ExprKind::In { value: Box::new(value), list, negated }))
    }

    fn literal(&mut self) -> Parsed {
        let expr = self.primary()?;
        match expr.kind {
            ExprKind::Literal(_) | ExprKind::Duration(_) => Ok(expr),
            _ => Err(syntax("a list holds only written values", None, expr.span)),
        }
    }

    fn sum(&mut self) -> Parsed {
        self.chain(Self::product, &[Arithmetic::Add, Arithmetic::Subtract])
    }

    fn product(&mut self) -> Parsed {
        self.chain(Self::defaulted, &[Arithmetic::Multiply])
    }

    fn chain(&mut self, part: fn(&mut Self) -> Parsed, operators: &[Arithmetic]) -> Parsed {
        let mut left = part(self)?;
        let mut links = 0;
        while let Some(operator) = operators.iter().copied().find(|operator| self.take_sign(operator.sign())) {
            links += 1;
            if links > CONDITION_DEPTH_MAX {
                return Err(self.too_deep());
            }
            let right = part(self)?;
            let span = left.span.start..right.span.end;
            left = Expr::new(span, ExprKind::Arithmetic(Box::new(left), operator, Box::new(right)));
        }
        Ok(left)
    }

    fn defaulted(&mut self) -> Parsed {
        let left = self.primary()?;
        if !self.take_sign("??") {
            return Ok(left);
        }
        let right = self.deeper(Self::defaulted)?;
        let span = left.span.start..right.span.end;
        Ok(Expr::new(span, ExprKind::Default(Box::new(left), Box::new(right))))
    }

    fn primary(&mut self) -> Parsed {
        let Some(Placed { token, span }) = self.tokens.get(self.at).cloned() else {
            return Err(self.unexpected("a name or a value"));
        };
        let word = &self.text[span.clone()];
        match token {
            Token::Sign("(") => {
                self.at += 1;
                let inner = self.deeper(Self::any)?;
                let end = self.place().end;
                self.expect(")")?;
                Ok(Expr { span: span.start..end, wrapped: true, ..inner })
            }
            Token::Sign("-") => {
                self.at += 1;
                self.number(span.start)
            }
            Token::Number => self.number(span.start),
            Token::Date => {
                self.at += 1;
                let day = NaiveDate::parse_from_str(word, "%Y-%m-%d").map_err(|_| {
                    syntax(
                        format!("there is no day {word}"),
                        Some("write year, month and day: 2026-03-31".into()),
                        span.clone(),
                    )
                })?;
                Ok(Expr::new(span, ExprKind::Literal(Value::Date(day))))
            }
            Token::Text(text) => {
                self.at += 1;
                Ok(Expr::new(span, ExprKind::Literal(Value::Text(text.into()))))
            }
            Token::Word if matches!(word, "true" | "false") => {
                self.at += 1;
                Ok(Expr::new(span, ExprKind::Literal(Value::Bool(word == "true"))))
            }
            Token::Word if word == "tag" => self.tag(span),
            Token::Word if !matches!(word, "and" | "or" | "not" | "in") => {
                self.at += 1;
                Ok(Expr::new(span, Name::from_text(word).map_or(ExprKind::Unknown, ExprKind::Name)))
            }
            _ => Err(self.unexpected("a name or a value")),
        }
    }

    fn tag(&mut self, span: Range<usize>) -> Parsed {
        self.at += 1;
        self.expect("(")?;
        let Some(Placed { token: Token::Text(tag), .. }) = self.tokens.get(self.at).cloned() else {
            return Err(self.unexpected("a text, as in `tag(\"vip\")`"));
        };
        self.at += 1;
        let end = self.place().end;
        self.expect(")")?;
        Ok(Expr::new(span.start..end, ExprKind::Tag(tag.into())))
    }

    /// A number with what stands behind it: nothing, a currency, or a unit of time.
    fn number(&mut self, start: usize) -> Parsed {
        let Some(Placed { token: Token::Number, span }) = self.tokens.get(self.at).cloned() else {
            return Err(self.unexpected("a number"));
        };
        self.at += 1;
        let signed = if start < span.start { "-" } else { "" }.to_owned() + &self.text[span.clone()];
        let unit = match self.tokens.get(self.at) {
            Some(Placed { token: Token::Word, span }) => &self.text[span.clone()],
            _ => "",
        };
        if matches!(unit, "" | "and" | "or" | "in" | "not") {
            let number = parse_decimal(&signed).map_err(|why| no_amount(&why, start..span.end))?;
            return Ok(Expr::new(start..span.end, ExprKind::Literal(Value::Decimal(number))));
        }
        let unit_span = self.place();
        if let Some(currency) = Currency::from_code(unit) {
            self.at += 1;
            let span = start..unit_span.end;
            let amount = parse_amount(&signed, currency).map_err(|why| no_amount(&why, span.clone()))?;
            return Ok(Expr::new(span, ExprKind::Literal(Value::Money(amount, currency))));
        }
        self.duration(&signed, start)
    }

    fn duration(&mut self, amount: &str, start: usize) -> Parsed {
        let word = |parser: &Self| parser.text[parser.place()].to_owned();
        let unit = word(self);
        let unit_span = self.place();
        self.at += 1;
        let unit = match unit.as_str() {
            "day" | "days" => Unit::Days,
            "week" | "weeks" => Unit::Weeks,
            "month" | "months" => Unit::Months,
            "business" if matches!(word(self).as_str(), "day" | "days") => {
                self.at += 1;
                Unit::BusinessDays
            }
            "working" if matches!(word(self).as_str(), "day" | "days") => {
                self.at += 1;
                Unit::WorkingDays
            }
            other if joins(other) => {
                return Err(syntax(format!("`{other}` cannot follow here"), Some(joining(other)), unit_span));
            }
            other => {
                let code = match other.to_lowercase().as_str() {
                    "euro" | "euros" => Some("EUR"),
                    "dollar" | "dollars" => Some("USD"),
                    "pound" | "pounds" => Some("GBP"),
                    _ => None,
                };
                let units = ["days", "business days", "working days", "weeks", "months"];
                let help = nearest(other, units).map(|unit| format!("did you mean `{unit}`?"));
                let help = code.map(|code| format!("write `{code}`")).or(help);
                let help = help.or_else(|| {
                    Some("units are days, business days, working days, weeks, months and currencies".into())
                });
                return Err(syntax(format!("`{other}` is neither a unit of time nor a currency"), help, unit_span));
            }
        };
        let span = start..self.tokens[self.at - 1].span.end;
        match amount.parse::<u32>() {
            Ok(amount) if amount <= DURATION_AMOUNT_MAX => {
                Ok(Expr::new(span, ExprKind::Duration(Duration { amount, unit })))
            }
            _ => Err(syntax(format!("a duration is a whole number from 0 to {DURATION_AMOUNT_MAX}"), None, span)),
        }
    }

    fn deeper(&mut self, part: fn(&mut Self) -> Parsed) -> Parsed {
        if self.depth >= CONDITION_DEPTH_MAX {
            return Err(self.too_deep());
        }
        self.depth += 1;
        let parsed = part(self);
        self.depth -= 1;
        parsed
    }

    fn too_deep(&self) -> ConditionError {
        ConditionError {
            code: Code::ConditionLimit,
            message: format!("nested more than {CONDITION_DEPTH_MAX} deep"),
            help: None,
            span: self.place(),
        }
    }

    fn unexpected(&self, wanted: &str) -> ConditionError {
        let (found, help) = match self.tokens.get(self.at) {
            Some(placed) => (format!("`{}`", &self.text[placed.span.clone()]), None),
            None if wanted.len() <= 3 => ("the end".to_owned(), Some(format!("close it with {wanted}"))),
            None => ("the end".to_owned(), Some("go on, or take the last word out".to_owned())),
        };
        let help = help.or_else(|| wanted.split_once("as in ").map(|(_, example)| format!("write {example}")));
        syntax(format!("expected {wanted}, found {found}"), help, self.place())
    }

    fn expect(&mut self, sign: &'static str) -> Result<(), ConditionError> {
        if self.take_sign(sign) { Ok(()) } else { Err(self.unexpected(&format!("`{sign}`"))) }
    }

    fn place(&self) -> Range<usize> {
        self.tokens.get(self.at).map_or(self.text.len()..self.text.len(), |placed| placed.span.clone())
    }

    fn is_word(&self, word: &str) -> bool {
        self.tokens
            .get(self.at)
            .is_some_and(|placed| placed.token == Token::Word && self.text[placed.span.clone()] == *word)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    fn is_sign(&self, sign: &str) -> bool {
        self.tokens.get(self.at).is_some_and(|placed| matches!(placed.token, Token::Sign(found) if found == sign))
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let found = self.is_sign(sign);
        self.at += usize::from(found);
        found
    }

    fn is_compare(&self) -> Option<Compare> {
        Compare::ALL.into_iter().find(|operator| self.is_sign(operator.sign()))
    }

    fn take_compare(&mut self) -> Option<Compare> {
        let found = self.is_compare();
        self.at += usize::from(found.is_some());
        found
    }
}

/// An amount that cannot be read.
fn no_amount(why: &AmountError, span: Range<usize>) -> ConditionError {
    let help = "write digits and a point, with no more decimals than the currency has: `500` or `1200.50 EUR`";
    syntax(why.to_string(), Some(help.to_owned()), span)
}
