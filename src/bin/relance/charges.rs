//! `relance charges`: late charges of one claim, segment by segment, with what a reader must know.

use anyhow::{Context, anyhow, bail};
use relance::domain::{Currency, DebtorKind, parse_amount, parse_decimal, plain_amount};
use relance::law::{Charges, Claim};
use serde_json::json;

use crate::Ended;
use crate::args::{TimelineFormat, day};
use crate::catalog;

#[derive(Debug, clap::Args)]
pub struct ChargesArgs {
    /// Jurisdiction file by name
    #[arg(long, default_value = "fr")]
    pub jurisdiction: String,
    /// business, consumer or public
    #[arg(long)]
    pub kind: String,
    /// Principal, tax included
    #[arg(long, allow_hyphen_values = true)]
    pub amount: String,
    /// Its currency
    #[arg(long, default_value = "EUR")]
    pub currency: String,
    /// Due date
    #[arg(long, value_parser = day)]
    pub due: chrono::NaiveDate,
    /// Last day counted
    #[arg(long, value_parser = day)]
    pub until: chrono::NaiveDate,
    /// Contract penalty rate, percent a year
    #[arg(long, allow_hyphen_values = true)]
    pub contract_rate: Option<String>,
    /// Day of the formal notice, for consumers
    #[arg(long, value_parser = day)]
    pub formal_notice_on: Option<chrono::NaiveDate>,
    /// As lines for people, or as JSON, an object a line
    #[arg(long, value_enum, default_value = "text")]
    pub format: TimelineFormat,
}

/// Computes and prints.
pub fn run(args: &ChargesArgs, workflows: &std::path::Path) -> anyhow::Result<Ended> {
    let currency = Currency::from_code(&args.currency)
        .with_context(|| format!("--currency {} is no ISO 4217 code", args.currency))?;
    let principal = parse_amount(&args.amount, currency).map_err(|why| anyhow!("--amount: {why}"))?;
    if principal <= rust_decimal::Decimal::ZERO {
        bail!("--amount {}: nothing is owed; write an amount above zero", args.amount);
    }
    let rate = args.contract_rate.as_deref().map(parse_decimal).transpose();
    let contract_rate = rate.map_err(|why| anyhow!("--contract-rate: {why}"))?;
    if let Some(rate) = contract_rate.filter(|rate| rate.is_sign_negative()) {
        bail!("--contract-rate {rate}: a rate is zero or more, in percent a year");
    }
    let claim = Claim {
        kind: kind_of(&args.kind)?,
        currency,
        principal,
        reductions: &[],
        due_on: args.due,
        formal_notice_on: args.formal_notice_on,
        contract_rate,
        judgment_on: None,
    };
    let law = catalog::law(workflows)?;
    let charges = law.jurisdictions.charges(&args.jurisdiction, &claim, args.until)?;
    match args.format {
        TimelineFormat::Json => println!("{}", as_json(&charges, currency)),
        TimelineFormat::Text => print_text(&charges, currency),
    }
    for concern in &charges.concerns {
        eprintln!("note: {concern}");
    }
    Ok(Ended::Well)
}

fn kind_of(text: &str) -> anyhow::Result<DebtorKind> {
    match text {
        "business" => Ok(DebtorKind::Business),
        "consumer" => Ok(DebtorKind::Consumer),
        "public" => Ok(DebtorKind::Public),
        _ => Err(anyhow!("--kind {text}: write business, consumer or public")),
    }
}

fn as_json(charges: &Charges, currency: Currency) -> serde_json::Value {
    let plain = |amount| plain_amount(amount, currency);
    let segments: Vec<_> = charges
        .segments
        .iter()
        .map(|segment| {
            json!({
                "from": segment.from, "to": segment.to, "days": segment.days,
                "rate": segment.rate.to_string(), "amount": plain(segment.amount),
            })
        })
        .collect();
    json!({
        "currency": currency.code(), "interest": plain(charges.interest), "lump_sum": plain(charges.lump_sum),
        "total": plain(charges.total()), "segments": segments,
    })
}

fn print_text(charges: &Charges, currency: Currency) {
    for segment in &charges.segments {
        println!(
            "{} to {}  {:>4} days at {:>6} % on {:>14}  {:>12}",
            segment.from,
            segment.to,
            segment.days,
            segment.rate.to_string(),
            plain_amount(segment.principal, currency),
            plain_amount(segment.amount, currency),
        );
    }
    for (name, amount) in [("interest", charges.interest), ("lump sum", charges.lump_sum), ("total", charges.total())] {
        println!("{name:<10}{:>14} {currency}", plain_amount(amount, currency));
    }
}
