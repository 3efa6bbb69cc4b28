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
    let country = choice(args.country, "Whose law and calendar", Country::Fr)?;
    let kind = choice(args.kind, "Whom is it for", DebtorKind::Business)?;
    let channels = match &args.channels {
        Some(channels) => channels.clone(),
        None => list(&ask("How are debtors written to (email, sms, letter)", "email,letter")?)?,
    };
    let languages = match &args.language {
        Some(languages) => languages.clone(),
        None => {
            let default = if country == Country::Fr { "fr" } else { "en" };
            let said = ask("Languages of its texts (fr, en)", default)?;
            said.split(',').map(|word| word.trim().to_owned()).collect()
        }
    };
    if let Some(other) = languages.iter().find(|one| !LANGUAGES.contains(&one.as_str())) {
        bail!("no texts are shipped in `{other}`; choose fr, en or both, and translate afterwards");
    }
    let first =
        text(args.first_reminder.as_ref(), "When does the first reminder go, after the due date", "3 business days")?;
    let formal = match (channels.contains(&By::Letter), &args.formal_notice) {
        (false, Some(term)) if term != "none" => {
            bail!("a formal notice is a registered letter; add `letter` to --channels, or write --formal-notice none")
        }
        (false, _) => "none".to_owned(),
        (true, said) => {
            let default = if kind == DebtorKind::Consumer { "45 days" } else { "35 days" };
            text(said.as_ref(), "When does the formal notice go, after the due date (`none` for none)", default)?
        }
    };
    let minimum = text(args.minimum_balance.as_ref(), "Below which balance is nothing sent", "15.00")?;
    let number = |c: char| c.is_ascii_digit() || c == '.';
    if minimum.is_empty() || !minimum.chars().all(number) || minimum.parse::<rust_decimal::Decimal>().is_err() {
        bail!("`{minimum}` is no amount; write `15.00`");
    }
    let first: Term = first.parse()?;
    let formal: Option<Term> = if formal == "none" { None } else { Some(formal.parse()?) };
    if let Some(formal) = formal.as_ref().filter(|formal| formal.days < first.days + 7) {
        bail!("the formal notice after {formal} leaves no week after the first reminder; put it later");
    }
    Ok(Policy { name: args.name.clone(), country, kind, channels, languages, first, formal, minimum })
}

fn choice<T: ValueEnum + Copy>(said: Option<T>, question: &str, default: T) -> anyhow::Result<T> {
    let name = |value: &T| value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    if let Some(value) = said {
        return Ok(value);
    }
    let names: Vec<String> = T::value_variants().iter().map(name).collect();
    let answer = ask(&format!("{question} ({})", names.join(", ")), &name(&default))?;
    T::from_str(&answer, true).map_err(|_| anyhow::anyhow!("`{answer}` is not one of {}", names.join(", ")))
}

fn list(text: &str) -> anyhow::Result<Vec<By>> {
    let one = |word: &str| {
        By::from_str(word.trim(), true)
            .map_err(|_| anyhow::anyhow!("`{word}` is no channel; write email, sms or letter"))
    };
    text.split(',').map(one).collect()
}

fn text(said: Option<&String>, question: &str, default: &str) -> anyhow::Result<String> {
    said.map_or_else(|| ask(question, default), |said| Ok(said.clone()))
}

/// Asks where somebody can answer; elsewhere the default counts.
fn ask(question: &str, default: &str) -> anyhow::Result<String> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Ok(default.to_owned());
    }
    eprint!("{question} [{default}]: ");
    std::io::stderr().flush().context("cannot write to the terminal")?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("cannot read from the terminal")?;
    let line = line.trim();
    Ok(if line.is_empty() { default.to_owned() } else { line.to_owned() })
}
