//! `relance terms`: what a text of payment terms comes to, and whether the law lets it be agreed.

use anyhow::{Context, anyhow, bail};
use chrono::NaiveDate;
use relance::domain::DebtorKind;
use relance::law::{Agreement, PaymentTerms, Term, Terms};
use serde_json::json;

use crate::Ended;
use crate::args::{TimelineFormat, day};
use crate::catalog;
use crate::charges::kind_of;

#[derive(Debug, clap::Args)]
pub struct TermsArgs {
    /// Terms as an invoice writes them; `none` where nothing was agreed
    pub text: String,
    /// Day of issue
    #[arg(long, value_parser = day)]
    pub issued: NaiveDate,
    /// Day of delivery or performance
    #[arg(long, value_parser = day)]
    pub delivered: Option<NaiveDate>,
    /// Jurisdiction file by name
    #[arg(long, default_value = "fr")]
    pub jurisdiction: String,
    /// business, consumer or public
    #[arg(long, default_value = "business")]
    pub kind: String,
    /// The sector of what was sold, where the jurisdiction has terms for it
    #[arg(long)]
    pub sector: Option<String>,
    /// The invoice sums up the deliveries of a period
    #[arg(long)]
    pub periodic: bool,
    /// As lines for people, or as JSON
    #[arg(long, value_enum, default_value = "text")]
    pub format: TimelineFormat,
}

/// Reads, counts and prints. A term that is longer than may be agreed is told, and is no error.
pub fn run(args: &TermsArgs, workflows: &std::path::Path) -> anyhow::Result<Ended> {
    let kind = kind_of(&args.kind)?;
    let law = catalog::law(workflows)?;
    let jurisdiction = law.jurisdictions.get(&args.jurisdiction).with_context(|| {
        let known: Vec<&str> = law.jurisdictions.names().collect();
        format!("--jurisdiction {}: no such file; there are {}", args.jurisdiction, known.join(", "))
    })?;
    let rules = jurisdiction.payment_terms.of(kind);
    let (terms, source) = terms(args, kind, rules)?;
    let due_on = terms
        .due_on(args.issued, args.delivered)
        .with_context(|| format!("`{}` counts from delivery: give its day with --delivered", args.text))?;
    let term = Term {
        due_on,
        terms: source.is_none().then_some(&terms),
        issued_on: args.issued,
        delivered_on: args.delivered,
        sector: args.sector.as_deref(),
        is_periodic: args.periodic,
    };
    let warning = rules.and_then(|rules| rules.too_long(&term));
    match args.format {
        TimelineFormat::Json => println!(
            "{}",
            json!({ "due_on": due_on, "counted": terms.to_string(), "source": source, "warnings": warning.as_slice() })
        ),
        TimelineFormat::Text => {
            println!("due {due_on}: {terms}");
            source.iter().for_each(|source| println!("nothing was agreed: {source}"));
            warning.iter().for_each(|warning| println!("warning: {warning}"));
        }
    }
    Ok(Ended::Well)
}

/// The terms of the text, else the law's own with their source.
fn terms(args: &TermsArgs, kind: DebtorKind, rules: Option<&PaymentTerms>) -> anyhow::Result<(Terms, Option<String>)> {
    match Agreement::read(&args.text) {
        Some(Agreement::Terms(terms)) => Ok((terms, None)),
        Some(Agreement::Nothing) => {
            let default = rules.map(|rules| &rules.default).ok_or_else(|| {
                anyhow!("jurisdictions/{}.yaml has no payment_terms for a {} debtor", args.jurisdiction, kind.as_str())
            })?;
            Ok((default.value.clone(), Some(default.source.clone())))
        }
        None => bail!("`{}` is not understood; write for example `30 days`, `45 jours fin de mois`, `none`", args.text),
    }
}
