//! A set of templates: their files, compiled once.
//!
//! Paths are relative to the templates' folder: `fr/reminder-1.txt`. A folder named by a language subtag holds that
//! language; any other folder (`layout`) holds what templates share. Reading files is the caller's part.

use std::collections::BTreeMap;

use minijinja::value::{Value as JinjaValue, ValueKind};
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};

use super::RenderError;
use super::letter::Press;
use super::problem::Problem;
use super::shipped::SHIPPED;
use super::tags::{Unclosed, unclosed};

/// Steps one message may take: a long statement takes some thousands, an endless loop all of them.
const FUEL_STEPS_MAX: u64 = 500_000;

/// Compiled templates; cheap to share behind an `Arc`, free of locks.
pub struct Templates {
    files: BTreeMap<String, String>,
    jinja: Environment<'static>,
    press: Press,
}

impl std::fmt::Debug for Templates {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Templates").field("files", &self.files.keys()).finish_non_exhaustive()
    }
}

impl Templates {
    /// Compiles the files, or says everything that keeps them from compiling.
    pub fn new(files: BTreeMap<String, String>) -> Result<Self, Vec<Problem>> {
        let (templates, problems) = Self::with_problems(files);
        if problems.is_empty() { Ok(templates) } else { Err(problems) }
    }

    /// The templates that the program carries.
    pub fn shipped() -> Self {
        // A test compiles each shipped file, so nothing is ever left out here.
        Self::with_problems(Self::shipped_with(BTreeMap::new())).0
    }

    /// The carried files with `files` in their stead where the paths are the same: a folder need only hold what differs.
    pub fn shipped_with(files: BTreeMap<String, String>) -> BTreeMap<String, String> {
        let carried = SHIPPED.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        carried.chain(files).collect()
    }

    /// Compiles what compiles; the rest is left out and said.
    pub(super) fn with_problems(files: BTreeMap<String, String>) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut jinja = strict_environment();
        for (path, text) in &files {
            if path.ends_with(".typ") {
                continue;
            }
            if let Err(error) = jinja.add_template_owned(path.clone(), text.clone()) {
                let problem = Problem::in_template(&jinja_error(path, &error));
                problems.push(match unclosed(text).filter(|_| problem.message.contains("end of input")) {
                    Some(tag) => never_closed(path, tag),
                    None => {
                        let help = syntax_help(&problem.message);
                        problem.help(help)
                    }
                });
            }
        }
        let press = Press::new(files.iter().filter(|(path, _)| path.ends_with(".typ")));
        (Self { files, jinja, press }, problems)
    }

    /// The same with another text of one file; as it was where that does not compile.
    pub(super) fn with(&self, path: &str, text: &str) -> Self {
        let mut files = self.files.clone();
        let mut jinja = self.jinja.clone();
        files.insert(path.to_owned(), text.to_owned());
        let press = match path.ends_with(".typ") {
            true => Press::new(files.iter().filter(|(path, _)| path.ends_with(".typ"))),
            false => {
                // What does not compile stays as it was.
                let _ = jinja.add_template_owned(path.to_owned(), text.to_owned());
                self.press.clone()
            }
        };
        Self { files, jinja, press }
    }

    /// The files, by path: part of a workflow's identity.
    pub fn files(&self) -> &BTreeMap<String, String> {
        &self.files
    }

    /// Whether `<language>/<name>.<extension>` is there.
    pub fn has(&self, language: &str, name: &str, extension: &str) -> bool {
        self.files.contains_key(&path(language, name, extension))
    }

    /// The languages that have a folder here, sorted.
    pub fn languages(&self) -> Vec<&str> {
        let mut languages: Vec<&str> =
            self.files.keys().filter_map(|path| path.split_once('/')).map(|at| at.0).collect();
        languages.retain(|folder| matches!(folder.len(), 2 | 3) && folder.chars().all(|c| c.is_ascii_lowercase()));
        languages.dedup();
        languages
    }

    pub(super) fn jinja(&self) -> &Environment<'static> {
        &self.jinja
    }

    pub(super) fn press(&self) -> &Press {
        &self.press
    }

    /// Renders one text template; `names` is the tree of `names`. A text of nothing but blanks is an error: no mail
    /// leaves without its subject, and no message without words.
    pub(super) fn text(&self, path: &str, names: &serde_json::Value) -> Result<String, RenderError> {
        let template = self.jinja.get_template(path).map_err(|error| jinja_error(path, &error))?;
        let text = template.render(jinja_value(names)).map_err(|error| jinja_error(path, &error))?;
        if text.trim().is_empty() { Err(empty(path)) } else { Ok(text) }
    }
}

/// What is said of a text, or a letter, of nothing but blanks.
pub(super) const EMPTY: &str = "comes out empty: nobody would read a word";

pub(super) fn empty(path: &str) -> RenderError {
    let (path, message) = (path.to_owned(), EMPTY.to_owned());
    RenderError::Template { path, line: None, place: None, code: "template-error", message }
}

/// The path of a template's file.
pub(super) fn path(language: &str, name: &str, extension: &str) -> String {
    format!("{language}/{name}.{extension}")
}

fn strict_environment() -> Environment<'static> {
    let mut jinja = Environment::new();
    let syntax = minijinja::syntax::SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    if let Ok(syntax) = syntax {
        jinja.set_syntax(syntax);
    }
    jinja.set_undefined_behavior(UndefinedBehavior::Strict);
    jinja.set_fuel(Some(FUEL_STEPS_MAX));
    // Messages of errors must never quote what was being printed: it may be a debtor's name.
    jinja.set_debug(false);
    jinja.set_auto_escape_callback(|name| if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None });
    jinja.set_formatter(|out, state, value| {
        if value.is_none() {
            let why = "the value is not known for every notice; put it inside `{% if … %}`";
            return Err(minijinja::Error::new(ErrorKind::UndefinedError, why));
        }
        if matches!(value.kind(), ValueKind::Map | ValueKind::Seq | ValueKind::Iterable) {
            let why =
                "a list or a group of names cannot be printed; name one of its fields, or go through it with `for`";
            return Err(minijinja::Error::new(ErrorKind::InvalidOperation, why));
        }
        minijinja::escape_formatter(out, state, value)
    });
    jinja
}

fn jinja_value(tree: &serde_json::Value) -> JinjaValue {
    match tree {
        serde_json::Value::Null => JinjaValue::from(()),
        serde_json::Value::Bool(yes) => JinjaValue::from(*yes),
        serde_json::Value::Number(number) => number.as_i64().map_or_else(|| JinjaValue::from(()), JinjaValue::from),
        serde_json::Value::String(text) => JinjaValue::from(text.as_str()),
        serde_json::Value::Array(items) => items.iter().map(jinja_value).collect(),
        serde_json::Value::Object(map) => {
            JinjaValue::from_pairs(map.iter().map(|(key, value)| (key.as_str(), jinja_value(value))))
        }
    }
}

fn never_closed(path: &str, tag: Unclosed) -> Problem {
    let Unclosed { word, place, line } = tag;
    let message = format!("`{{% {word} %}}` is opened here and never closed");
    let help = format!("write `{{% end{word} %}}` where what begins in line {line} ends");
    Problem::of("template-syntax", path, message).at(place).help(help)
}

/// What to look for in a template that cannot be read.
fn syntax_help(message: &str) -> &'static str {
    match message {
        _ if message.contains("unknown statement") => {
            "statements are `if`, `for`, `set`, `import`, `include`, `macro` and `block`, each closed by its `end…`"
        }
        _ if message.contains("end of input") || message.contains("end of file") => {
            "close what is open: `{{` by `}}`, `{% if … %}` by `{% endif %}`, `{% for … %}` by `{% endfor %}`"
        }
        _ if message.contains("end of") => "close `{{` by `}}`, `{%` by `%}` and each quote, on the same line",
        _ if message.contains("filter") => "use one of the built-in filters: `join`, `length`, `upper`, `default` …",
        _ => "write `{{ name }}`, `{% if name %} … {% endif %}` or `{% for one in list %} … {% endfor %}`",
    }
}

/// The innermost place and reason of a template's error, without any value.
fn jinja_error(path: &str, error: &minijinja::Error) -> RenderError {
    let mut inner = error;
    while let Some(source) = std::error::Error::source(inner).and_then(|cause| cause.downcast_ref::<minijinja::Error>())
    {
        inner = source;
    }
    let code = match inner.kind() {
        ErrorKind::SyntaxError | ErrorKind::BadEscape => "template-syntax",
        ErrorKind::UnknownFilter | ErrorKind::UnknownTest | ErrorKind::UnknownFunction | ErrorKind::UnknownMethod => {
            "unknown-filter"
        }
        ErrorKind::UndefinedError if inner.detail().is_none() => "unknown-name",
        _ => "template-error",
    };
    RenderError::Template {
        path: inner.name().unwrap_or(path).to_owned(),
        line: inner.line(),
        place: inner.range(),
        code,
        message: match inner.detail() {
            Some(detail) => format!("{}: {detail}", inner.kind()),
            None => inner.kind().to_string(),
        },
    }
}
