//! What `relance new` asks: on a terminal for what no flag says, else the defaults.

use std::io::{BufRead, IsTerminal, Write};

use anyhow::{Context, bail};
use clap::ValueEnum;

use super::policy::{Policy, Term};
use super::{By, Country, DebtorKind, NewArgs};

/// The languages that texts are shipped in.
const LANGUAGES: &[&str] = &["fr", "en"];

/// The answers: flags, else questions, else defaults.
pub fn answered(args: &NewArgs) -> anyhow::Result<Policy> {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    let begins = args.name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    if !begins || args.name.len() > 64 || !args.name.chars().all(is_word) {
        bail!("`{}` is no name of a workflow; write lower-case letters, digits and dashes, `fr-b2b`", args.name);
    }
    let country = value(args.country, "Whose law and calendar", Country::Fr)?;
    let kind = value(args.kind, "Whom is it for", DebtorKind::Business)?;
    let channels = match &args.channels {
        Some(channels) => channels.clone(),
        None => ask("How are debtors written to (email, sms, letter)", "email,letter", channels)?,
    };
    let languages = match &args.language {
        Some(given) => languages(&given.join(","))?,
        None => {
            let default = if country == Country::Fr { "fr" } else { "en" };
            ask("Languages of its texts (fr, en)", default, languages)?
        }
    };
    let first = answer(
        args.first_reminder.as_deref(),
        "When does the first reminder go, after the due date",
        "3 business days",
        str::parse::<Term>,
    )?;
    let formal = match (channels.contains(&By::Letter), args.formal_notice.as_deref()) {
        (false, Some(term)) if term != "none" => {
            bail!("a formal notice is a registered letter; add `letter` to --channels, or write --formal-notice none")
        }
        (false, _) => None,
        (true, said) => {
            let default = if kind == DebtorKind::Consumer { "45 days" } else { "35 days" };
            let question = "When does the formal notice go, after the due date (`none` for none)";
            answer(said, question, default, |text| formal_notice(text, &first))?
        }
    };
    let minimum = answer(args.minimum_balance.as_deref(), "Below which balance is nothing sent", "15.00", amount)?;
    Ok(Policy { name: args.name.clone(), country, kind, channels, languages, first, formal, minimum })
}

fn channels(text: &str) -> anyhow::Result<Vec<By>> {
    let one = |word: &str| {
        By::from_str(word.trim(), true)
            .map_err(|_| anyhow::anyhow!("`{}` is no channel; write email, sms or letter", word.trim()))
    };
    text.split(',').map(one).collect()
}

fn languages(text: &str) -> anyhow::Result<Vec<String>> {
    let one = |word: &str| match LANGUAGES.contains(&word) {
        true => Ok(word.to_owned()),
        false => bail!("no texts are shipped in `{word}`; choose fr, en or both, and translate afterwards"),
    };
    text.split(',').map(|word| one(word.trim())).collect()
}

fn formal_notice(text: &str, first: &Term) -> anyhow::Result<Option<Term>> {
    if text == "none" {
        return Ok(None);
    }
    let formal: Term = text.parse()?;
    if formal.days < first.days + 7 {
        bail!("the formal notice after {formal} leaves no week after the first reminder; put it later");
    }
    Ok(Some(formal))
}

fn amount(text: &str) -> anyhow::Result<String> {
    let is_plain = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    if text.is_empty() || !is_plain || text.parse::<rust_decimal::Decimal>().is_err() {
        bail!("`{text}` is no amount; write `15.00`");
    }
    Ok(text.to_owned())
}

/// One of a few values: the flag's, else the answer.
fn value<T: ValueEnum + Copy>(said: Option<T>, question: &str, default: T) -> anyhow::Result<T> {
    if let Some(value) = said {
        return Ok(value);
    }
    let name = |value: &T| value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    let names: Vec<String> = T::value_variants().iter().map(name).collect();
    let names = names.join(", ");
    ask(&format!("{question} ({names})"), &name(&default), |text| {
        T::from_str(text, true).map_err(|_| anyhow::anyhow!("`{text}` is not one of {names}"))
    })
}

/// What the flag says, else the answer.
fn answer<T>(
    said: Option<&str>,
    question: &str,
    default: &str,
    read: impl Fn(&str) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    said.map_or_else(|| ask(question, default, &read), &read)
}

/// Asks where somebody can answer, until the answer can be read; elsewhere the default counts.
fn ask<T>(question: &str, default: &str, read: impl Fn(&str) -> anyhow::Result<T>) -> anyhow::Result<T> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return read(default);
    }
    loop {
        eprint!("{question} [{default}]: ");
        std::io::stderr().flush().context("cannot write to the terminal")?;
        let mut line = String::new();
        if std::io::stdin().lock().read_line(&mut line).context("cannot read from the terminal")? == 0 {
            bail!("nothing was written: the answers ended; give the rest as flags, see `relance new --help`");
        }
        let said = line.trim();
        match read(if said.is_empty() { default } else { said }) {
            Ok(answer) => return Ok(answer),
            Err(why) => eprintln!("{why:#}"),
        }
    }
}
