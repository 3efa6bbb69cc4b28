//! Text of a condition to tokens, each with its place.

use std::ops::Range;

use super::ConditionError;
use crate::workflow::Code;

/// One word or sign of the language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// `1200.50`, as written.
    Number,
    /// `2026-03-31`, as written.
    Date,
    /// A text, without its quotes and with `\"` and `\\` resolved.
    Text(String),
    /// A name, a keyword, a unit or a currency.
    Word,
    /// One of the signs.
    Sign(&'static str),
}

/// A token and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub token: Token,
    pub span: Range<usize>,
}

/// What is said of a text that goes on to the end.
const UNCLOSED: &str = "the text has no closing quote";

/// Longest first, so that `<=` is not read as `<`.
const SIGNS: &[&str] = &["??", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "(", ")", "[", "]", ","];

/// What people write who know another language, and what it is called here.
const FOREIGN: &[(&str, &str)] = &[
    ("&&", "write `and`"),
    ("||", "write `or`"),
    ("===", "write `==`"),
    ("<>", "write `!=`"),
    ("=", "write `==` to compare"),
    ("!", "write `not`"),
    ("&", "write `and`"),
    ("|", "write `or`"),
    ("%", "there are no percentages; write `0.1 *` for a tenth"),
    ("/", "there is no division, which would round; write `* 0.5`"),
    ("“", "write the straight quote `\"`"),
    ("”", "write the straight quote `\"`"),
    ("’", "write the straight quote `'`"),
    ("«", "write the straight quote `\"`"),
    ("€", "write `EUR` behind the number"),
    ("$", "write `USD` behind the number"),
    ("£", "write `GBP` behind the number"),
];

/// Splits the text, or says what is no word of the language.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, ConditionError> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (token, length) = token(&text[at..], at).map_err(|error| opened_before(error, &found))?;
        found.push(Placed { token, span: at..at + length });
        at += length;
    }
    Ok(found)
}

/// Where a quote is missing, each later one opens what it should close: the first text that holds a part of a
/// condition is the one that was not closed.
fn opened_before(error: ConditionError, found: &[Placed]) -> ConditionError {
    let swallows = |text: &str| [" and ", " or ", "==", "!="].iter().any(|part| text.contains(part));
    let early = found.iter().find(|placed| matches!(&placed.token, Token::Text(text) if swallows(text)));
    match early {
        Some(early) if error.message == UNCLOSED => {
            ConditionError { span: early.span.start..early.span.start + 1, ..error }
        }
        _ => error,
    }
}

fn token(rest: &str, at: usize) -> Result<(Token, usize), ConditionError> {
    let first = rest.chars().next().unwrap_or_default();
    if first.is_ascii_digit() {
        return number(rest, at);
    }
    if first.is_ascii_alphabetic() || first == '_' {
        let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
        // A dot at the end of a sentence is not part of the name.
        let length = rest[..length].trim_end_matches('.').len();
        return Ok((Token::Word, length));
    }
    if first == '"' || first == '\'' {
        return quoted(rest, first, at);
    }
    let foreign = FOREIGN.iter().find(|(sign, _)| rest.starts_with(sign));
    let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
    match (foreign, sign) {
        (Some((bad, help)), sign) if sign.is_none_or(|sign| bad.len() > sign.len()) => {
            Err(syntax(format!("`{bad}` is not part of the language"), Some((*help).into()), at..at + bad.len()))
        }
        (_, Some(sign)) => Ok((Token::Sign(sign), sign.len())),
        _ => Err(syntax(format!("unexpected character `{}`", first.escape_debug()), None, at..at + first.len_utf8())),
    }
}

fn number(rest: &str, at: usize) -> Result<(Token, usize), ConditionError> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(rest);
    if is_date(rest) {
        return Ok((Token::Date, 10));
    }
    let mut length = whole;
    if rest[length..].starts_with('.') {
        let decimals = digits(&rest[length + 1..]);
        if decimals == 0 {
            return Err(syntax("a digit must follow the decimal point", None, at..at + length + 1));
        }
        length += 1 + decimals;
    }
    let glued =
        rest[length..].find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len() - length);
    if glued > 0 {
        let help = if rest[length..].starts_with(['e', 'E', '_']) {
            "write the number out, `1000`"
        } else {
            "put a space between number and unit, `3 days`, `500 EUR`"
        };
        let word = &rest[..length + glued];
        return Err(syntax(format!("`{word}` is not a number"), Some(help.into()), at..at + word.len()));
    }
    Ok((Token::Number, length))
}

fn is_date(rest: &str) -> bool {
    let bytes = rest.as_bytes();
    bytes.len() >= 10
        && bytes[..10].iter().enumerate().all(|(place, byte)| match place {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
        && !bytes.get(10).is_some_and(|byte| byte.is_ascii_alphanumeric())
}

fn quoted(rest: &str, quote: char, at: usize) -> Result<(Token, usize), ConditionError> {
    let mut text = String::new();
    let mut escaped = false;
    for (place, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => {
                text.push(character);
                escaped = false;
            }
            '\\' => escaped = true,
            end if end == quote => return Ok((Token::Text(text), place + 1)),
            other => text.push(other),
        }
    }
    Err(syntax(UNCLOSED, Some(format!("close it with `{quote}`")), at..at + rest.len()))
}

pub(super) fn syntax(message: impl Into<String>, help: Option<String>, span: Range<usize>) -> ConditionError {
    ConditionError { code: Code::ConditionSyntax, message: message.into(), help, span }
}
