//! `relance charges`: late charges of one claim, segment by segment, with what a reader must know.

use anyhow::{Context, anyhow, bail};
use relance::domain::{Currency, DebtorKind, parse_amount, parse_decimal, plain_amount};
use relance::law::{Booked, Charges, Claim};
use rust_decimal::Decimal;
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
    /// Day of the judgment that opened the debtor's insolvency: interest ends the day before
    #[arg(long, value_parser = day)]
    pub judgment_on: Option<chrono::NaiveDate>,
    /// Day the judgment on the claim was served: the legal rate goes up some time after
    #[arg(long, value_parser = day)]
    pub enforceable_on: Option<chrono::NaiveDate>,
    /// Day from which a whole year's interest bears interest, where the contract or a court says so
    #[arg(long, value_parser = day)]
    pub capitalised_from: Option<chrono::NaiveDate>,
    /// A payment, day and amount; may be repeated
    #[arg(long, value_name = "DATE=AMOUNT")]
    pub paid: Vec<String>,
    /// What payments pay first: principal or interest
    #[arg(long, default_value = "principal")]
    pub first: String,
    /// A statute of the jurisdiction by its name, such as 1231-6; without a name the usual one, whatever the contract says
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "")]
    pub statute: Option<String>,
    /// As lines for people, or as JSON, an object a line
    #[arg(long, value_enum, default_value = "text")]
    pub format: TimelineFormat,
}

/// Computes and prints.
pub fn run(args: &ChargesArgs, workflows: &std::path::Path) -> anyhow::Result<Ended> {
    let currency = Currency::from_code(&args.currency)
        .with_context(|| format!("--currency {} is no ISO 4217 code", args.currency))?;
    let principal = parse_amount(&args.amount, currency).map_err(|why| anyhow!("--amount: {why}"))?;
    if principal <= Decimal::ZERO {
        bail!("--amount {}: nothing is owed; write an amount above zero", args.amount);
    }
    let rate = args.contract_rate.as_deref().map(parse_decimal).transpose();
    let contract_rate = rate.map_err(|why| anyhow!("--contract-rate: {why}"))?;
    if let Some(rate) = contract_rate.filter(|rate| rate.is_sign_negative()) {
        bail!("--contract-rate {rate}: a rate is zero or more, in percent a year");
    }
    let mut paid = args.paid.iter().map(|text| payment(text, currency)).collect::<anyhow::Result<Vec<_>>>()?;
    paid.sort_unstable();
    let claim = Claim {
        kind: kind_of(&args.kind)?,
        currency,
        principal,
        reductions: &paid,
        due_on: args.due,
        formal_notice_on: args.formal_notice_on,
        // The law's own rate was asked for: what the contract says does not count.
        contract_rate: contract_rate.filter(|_| args.statute.is_none()),
        judgment_on: args.judgment_on,
        interest_from: None,
        enforceable_on: args.enforceable_on,
        capitalised_from: args.capitalised_from,
        statute: args.statute.as_deref().filter(|name| !name.is_empty()),
    };
    let law = catalog::law(workflows)?;
    let booked = match args.first.as_str() {
        "principal" => Booked { reductions: paid.clone(), interest_paid: Decimal::ZERO },
        "interest" => law.jurisdictions.interest_first(&args.jurisdiction, &claim, &paid)?,
        other => bail!("--first {other}: write principal or interest"),
    };
    let claim = Claim { reductions: &booked.reductions, ..claim };
    let charges = law.jurisdictions.charges(&args.jurisdiction, &claim, args.until)?;
    let taken: Decimal = booked.reductions.iter().filter(|(on, _)| *on <= args.until).map(|(_, part)| *part).sum();
    let (left, interest_paid) = (principal - taken, booked.interest_paid);
    let standing = Standing { principal: left.max(Decimal::ZERO), interest_paid, surplus: (-left).max(Decimal::ZERO) };
    match args.format {
        TimelineFormat::Json => println!("{}", as_json(&charges, &standing, currency)),
        TimelineFormat::Text => print_text(&charges, &standing, currency),
    }
    if !standing.surplus.is_zero() {
        let surplus = plain_amount(standing.surplus, currency);
        eprintln!("note: {surplus} {currency} were paid beyond what they are set against here, and pay nothing");
    }
    for concern in &charges.concerns {
        eprintln!("note: {concern}");
    }
    Ok(Ended::Well)
}

/// What stands after the payments.
struct Standing {
    /// Principal left.
    principal: Decimal,
    /// Interest that payments paid.
    interest_paid: Decimal,
    /// What was paid beyond the principal.
    surplus: Decimal,
}

impl Standing {
    /// Principal, unpaid interest and lump sum.
    fn owed(&self, charges: &Charges) -> Decimal {
        self.principal + charges.total() - self.interest_paid
    }
}

/// `2026-04-30=4000`
fn payment(text: &str, currency: Currency) -> anyhow::Result<(chrono::NaiveDate, Decimal)> {
    let parts = text.split_once('=').with_context(|| format!("--paid {text}: write it like 2026-04-30=400.00"))?;
    let on = day(parts.0).map_err(|why| anyhow!("--paid {text}: {why}"))?;
    let amount = parse_amount(parts.1, currency).map_err(|why| anyhow!("--paid {text}: {why}"))?;
    if amount <= Decimal::ZERO {
        bail!("--paid {text}: a payment is above zero");
    }
    Ok((on, amount))
}

/// The kind of debtor that `--kind` names.
pub fn kind_of(text: &str) -> anyhow::Result<DebtorKind> {
    match text {
        "business" => Ok(DebtorKind::Business),
        "consumer" => Ok(DebtorKind::Consumer),
        "public" => Ok(DebtorKind::Public),
        _ => Err(anyhow!("--kind {text}: write business, consumer or public")),
    }
}

fn as_json(charges: &Charges, standing: &Standing, currency: Currency) -> serde_json::Value {
    let plain = |amount| plain_amount(amount, currency);
    let segments: Vec<_> = charges
        .segments
        .iter()
        .map(|segment| {
            json!({
                "from": segment.from, "to": segment.to, "days": segment.days,
                "principal": plain(segment.principal), "rate": segment.rate.to_string(), "amount": plain(segment.amount),
                "why": segment.why,
            })
        })
        .collect();
    json!({
        "currency": currency.code(), "interest": plain(charges.interest), "lump_sum": plain(charges.lump_sum),
        "total": plain(charges.total()), "interest_paid": plain(standing.interest_paid),
        "principal_left": plain(standing.principal), "owed": plain(standing.owed(charges)), "surplus": plain(standing.surplus),
        "statute": charges.statute, "segments": segments,
        "concerns": charges.concerns.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn print_text(charges: &Charges, standing: &Standing, currency: Currency) {
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
        println!("    {}", segment.why);
    }
    if let Some(statute) = &charges.statute {
        println!("by {statute}");
    }
    let mut sums = vec![("interest", charges.interest), ("lump sum", charges.lump_sum), ("total", charges.total())];
    if !standing.interest_paid.is_zero() {
        sums.push(("paid of it", standing.interest_paid));
    }
    sums.extend([("principal", standing.principal), ("owed", standing.owed(charges))]);
    for (name, amount) in sums {
        println!("{name:<10}{:>14} {currency}", plain_amount(amount, currency));
    }
}
