//! Short texts with `{{ … }}` parts, for definitions that are not messages: what a provider is asked, what is kept
//! of its answer.
//!
//! Strict and bounded like message templates: an unknown name is an error, and so is printing nothing (null); the
//! fuel is limited. Errors never quote values, which may be secrets or a debtor's.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use minijinja::value::{Value as Jinja, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// Steps one text may take.
const FUEL_STEPS_MAX: u64 = 20_000;

/// All but the unreserved characters.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Why a text cannot be filled in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{source_text}`: {message}")]
pub struct ExpressionError {
    source_text: String,
    message: String,
}

/// What is done to each value on its way into the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// Nothing.
    None,
    /// Percent-encoding of all but unreserved characters (RFC 3986): the value stays one segment of a URL.
    Url,
}

static PLAIN: LazyLock<Environment<'static>> = LazyLock::new(|| environment(Escape::None));
static URL: LazyLock<Environment<'static>> = LazyLock::new(|| environment(Escape::Url));

/// Checks that a text compiles, and names what it uses: `secret.api_key`, `to.address.city`.
pub fn names_in(text: &str) -> Result<BTreeSet<String>, ExpressionError> {
    let template = PLAIN.template_from_str(text).map_err(|error| mistake(text, &error))?;
    Ok(template.undeclared_variables(true).into_iter().collect())
}

/// The first filter of a text that does not exist.
pub fn unknown_filter(text: &str) -> Option<String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let named = text.split("{{").skip(1).filter_map(|rest| rest.split("}}").next());
    named.flat_map(|expression| expression.split('|').skip(1)).find_map(|rest| {
        let rest = rest.trim_start();
        let name = &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())];
        let compiled = PLAIN.compile_expression(&format!("'' | {name}")).ok()?.eval(());
        let is_unknown = compiled.is_err_and(|error| error.kind() == ErrorKind::UnknownFilter);
        is_unknown.then(|| name.to_owned())
    })
}

/// Fills a text in.
pub fn fill(text: &str, names: &Value, escape: Escape) -> Result<String, ExpressionError> {
    let environment = if escape == Escape::Url { &*URL } else { &*PLAIN };
    let template = environment.template_from_str(text).map_err(|error| mistake(text, &error))?;
    template.render(jinja(names)).map_err(|error| mistake(text, &error))
}

/// The value of a text: where it is one `{{ … }}` and nothing else, that value with its type, null included;
/// otherwise the text filled in.
pub fn evaluate(text: &str, names: &Value) -> Result<Value, ExpressionError> {
    let Some(expression) = sole_expression(text) else {
        return fill(text, names, Escape::None).map(Value::String);
    };
    let compiled = PLAIN.compile_expression(expression).map_err(|error| mistake(text, &error))?;
    let value = compiled.eval(jinja(names)).map_err(|error| mistake(text, &error))?;
    if value.is_undefined() {
        return Err(mistake(text, &Error::from(ErrorKind::UndefinedError)));
    }
    json(&value).map_err(|error| mistake(text, &error))
}

/// What stands between the braces, if they are the whole text.
fn sole_expression(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    (!inner.contains("{{") && !inner.contains("}}") && !inner.contains("{%")).then_some(inner)
}

fn mistake(text: &str, error: &Error) -> ExpressionError {
    let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
    ExpressionError { source_text: text.to_owned(), message: format!("{}{detail}", error.kind()) }
}

fn environment(escape: Escape) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL_STEPS_MAX));
    environment.set_debug(false);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.add_filter("truncate", |text: String, chars: usize| text.chars().take(chars).collect::<String>());
    environment.add_filter("digits", |text: String| text.chars().filter(char::is_ascii_digit).collect::<String>());
    environment.set_formatter(move |out, state, value| {
        if value.is_none() {
            return Err(Error::new(ErrorKind::UndefinedError, "there is no value; write `… | default(…)`"));
        }
        match escape {
            Escape::None => minijinja::escape_formatter(out, state, value),
            Escape::Url => {
                if value.is_undefined() {
                    return Err(Error::from(ErrorKind::UndefinedError));
                }
                write!(out, "{}", utf8_percent_encode(&value.to_string(), ESCAPED)).map_err(Error::from)
            }
        }
    });
    environment
}

fn jinja(tree: &Value) -> Jinja {
    match tree {
        Value::Null => Jinja::from(()),
        Value::Bool(yes) => Jinja::from(*yes),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(whole), _, _) => Jinja::from(whole),
            (_, Some(whole), _) => Jinja::from(whole),
            (_, _, fraction) => Jinja::from(fraction),
        },
        Value::String(text) => Jinja::from(text.as_str()),
        Value::Array(items) => items.iter().map(jinja).collect(),
        Value::Object(fields) => Jinja::from_pairs(fields.iter().map(|(name, value)| (name.as_str(), jinja(value)))),
    }
}

fn json(value: &Jinja) -> Result<Value, Error> {
    Ok(match value.kind() {
        ValueKind::None | ValueKind::Undefined => Value::Null,
        ValueKind::Bool => Value::Bool(value.is_true()),
        ValueKind::Number => match value.as_i64() {
            Some(whole) if value.is_integer() => Value::from(whole),
            _ => f64::try_from(value.clone())?.into(),
        },
        ValueKind::Seq | ValueKind::Iterable => {
            Value::Array(value.try_iter()?.map(|item| json(&item)).collect::<Result<_, _>>()?)
        }
        ValueKind::Map => {
            let mut fields = serde_json::Map::new();
            for name in value.try_iter()? {
                fields.insert(name.to_string(), json(&value.get_item(&name)?)?);
            }
            Value::Object(fields)
        }
        _ => Value::String(value.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names() -> Value {
        json!({ "to": { "name": "A & B/é", "phone": "+33612", "none": null, "lines": ["x", "y"] }, "n": 3, "r": 1.5 })
    }

    #[test]
    fn a_lone_expression_keeps_its_type() {
        for (text, value) in [
            ("{{ n }}", json!(3)),
            ("{{ r }}", json!(1.5)),
            ("{{ n > 2 }}", json!(true)),
            ("{{ to.none }}", json!(null)),
            ("{{ to }}", names()["to"].clone()),
            ("n = {{ n }}", json!("n = 3")),
            ("{{ to.phone | digits }}", json!("33612")),
            ("{{ to.name | truncate(3) }}", json!("A &")),
            ("{{ to.lines[1:] | join(', ') }}", json!("y")),
            ("{{ to.missing | default(none) }}", json!(null)),
            ("plain", json!("plain")),
        ] {
            assert_eq!(evaluate(text, &names()).unwrap(), value, "{text}");
        }
    }

    #[test]
    fn values_stay_inside_their_url_segment() {
        let url = fill("/v1/{{ to.name }}/{{ n }}", &names(), Escape::Url).unwrap();
        assert_eq!(url, "/v1/A%20%26%20B%2F%C3%A9/3");
    }

    #[test]
    fn unknown_names_nothing_and_endless_loops_are_errors_that_quote_no_value() {
        for text in [
            "{{ too.name }}",
            "{{ to.nam }}",
            "a {{ to.none }}",
            "{{ to.name",
            "{{ to.name | nope }}",
            "{% for a in range(9999) %}{% for b in range(9999) %}{{ b }}{% endfor %}{% endfor %}",
            "{{ to.name + n }}",
        ] {
            let error = evaluate(text, &names()).expect_err(text).to_string();
            assert!(!error.contains("A &"), "{error}");
        }
        assert!(fill("{{ to.none }}", &names(), Escape::Url).is_err());
        assert!(fill("{{ to.nam }}", &names(), Escape::Url).is_err());
    }

    #[test]
    fn names_are_told() {
        let names = names_in("{{ secret.key }}:{{ to.address.city | upper }}").unwrap();
        assert_eq!(names.into_iter().collect::<Vec<_>>(), ["secret.key", "to.address.city"]);
        assert!(names_in("{{").is_err());
    }
}
