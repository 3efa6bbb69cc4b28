//! The flags that tell one invoice, and which flags go together: each mistake with what to write instead.

use anyhow::{Context, bail};
use chrono::NaiveDate;
use clap::Args;
use relance::domain::{Currency, DebtorKind, parse_amount};
use relance::simulate::{self, OneInvoice};
use relance::workflow::Workflow;

use super::SimulateArgs;

/// One invoice told by flags.
#[derive(Debug, Args)]
pub struct OneInvoiceFlags {
    /// Total of the one invoice to simulate, tax included
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    pub invoice: Option<String>,
    /// Its due date
    #[arg(long, value_name = "DAY", value_parser = crate::args::day)]
    pub due: Option<NaiveDate>,
    /// Its day of issue; thirty days before it is due if not given
    #[arg(long, value_name = "DAY", value_parser = crate::args::day)]
    pub issued: Option<NaiveDate>,
    /// Currency of the invoice, of --price and of a history without one; the jurisdiction's if not given
    #[arg(long)]
    pub currency: Option<String>,
    /// business, consumer or public; if not given, the first of them that the workflow takes
    #[arg(long)]
    pub debtor_kind: Option<String>,
    /// Country of the debtor, ISO code
    #[arg(long)]
    pub country: Option<String>,
    /// Postal code of the debtor, which may choose a regional calendar
    #[arg(long)]
    pub postal_code: Option<String>,
    /// Locale of the debtor, for instance fr
    #[arg(long)]
    pub locale: Option<String>,
    /// A tag of the invoice; may be repeated
    #[arg(long)]
    pub tag: Vec<String>,
}

impl OneInvoiceFlags {
    /// The currency, where one is given.
    pub fn currency(&self) -> anyhow::Result<Option<Currency>> {
        let Some(code) = &self.currency else { return Ok(None) };
        let found = Currency::from_code(code);
        found.map(Some).with_context(|| format!("--currency {code} is no currency; write an ISO code like EUR"))
    }

    /// What the debtor is; where nothing says so, what the workflow takes first of business, consumer and public.
    pub fn kind(&self, workflow: Option<&Workflow>) -> anyhow::Result<DebtorKind> {
        let kinds =
            [("business", DebtorKind::Business), ("consumer", DebtorKind::Consumer), ("public", DebtorKind::Public)];
        let Some(written) = self.debtor_kind.as_deref() else {
            let takes = |name| workflow.is_none_or(|workflow| workflow.applies_to.may_hold_for(name));
            let taken = kinds.into_iter().find(|(name, _)| takes(name));
            return Ok(taken.map_or(DebtorKind::Business, |(_, kind)| kind));
        };
        match kinds.into_iter().find(|(name, _)| *name == written) {
            Some((_, kind)) => Ok(kind),
            None => bail!("--debtor-kind {written} is none; write business, consumer or public"),
        }
    }

    /// The invoice; `check` has seen to it that amount and due date are there.
    pub fn invoice(&self, workflow: &Workflow) -> anyhow::Result<OneInvoice> {
        let amount = self.invoice.as_deref().context("--invoice is missing")?;
        let due_on = self.due.context("--due is missing")?;
        let currency = self.currency()?;
        let total = parse_amount(amount, currency.unwrap_or_else(|| simulate::currency_of(workflow)))
            .map_err(|why| anyhow::anyhow!("--invoice {amount}: {why}"))?;
        if total <= rust_decimal::Decimal::ZERO {
            bail!("--invoice {amount}: nothing would be owed; write an amount above zero");
        }
        if let Some(issued) = self.issued.filter(|issued| *issued > due_on) {
            bail!("--issued {issued} is after --due {due_on}; an invoice is due on the day of its issue or later");
        }
        if let Some(country) = self.country.as_ref().filter(|code| !is_country(code)) {
            bail!("--country {country} is none; write two capitals like FR");
        }
        Ok(OneInvoice {
            issued_on: self.issued,
            currency,
            debtor_kind: self.kind(Some(workflow))?,
            country: self.country.clone(),
            postal_code: self.postal_code.clone(),
            locale: self.locale.clone(),
            tags: self.tag.clone(),
            ..OneInvoice::of(total, due_on)
        })
    }

    fn given(&self) -> Vec<&'static str> {
        let flags = [
            ("--due", self.due.is_some()),
            ("--issued", self.issued.is_some()),
            ("--postal-code", self.postal_code.is_some()),
            ("--locale", self.locale.is_some()),
            ("--tag", !self.tag.is_empty()),
        ];
        flags.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect()
    }
}

fn is_country(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Which flags go together.
pub fn check(args: &SimulateArgs) -> anyhow::Result<()> {
    let one = &args.one;
    let sources = [
        ("--events", args.events.is_some()),
        ("--invoice", one.invoice.is_some()),
        ("--history", args.history.is_some()),
    ];
    let given: Vec<&str> = sources.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect();
    match given[..] {
        [] => match one.given()[..] {
            [] => bail!(
                "nothing to simulate; add --events FILE.jsonl, or --invoice 1200 --due 2026-04-01, or --history FILE.csv"
            ),
            [first, ..] => bail!("{first} tells of one invoice; add its total: --invoice 1200"),
        },
        ["--invoice"] if one.due.is_none() => bail!("when is the invoice due? add --due 2026-04-01"),
        ["--invoice"] => Ok(()),
        ["--events"] => {
            let mut flags = one.given();
            flags.extend(
                [("--debtor-kind", &one.debtor_kind), ("--country", &one.country)]
                    .iter()
                    .filter_map(|(name, value)| value.is_some().then_some(*name)),
            );
            match flags.first() {
                Some(first) => bail!(
                    "{first} tells of an invoice given by flags, and the events of --events tell all of theirs; take one of the two away"
                ),
                None => Ok(()),
            }
        }
        ["--history"] => {
            if let Some(first) = one.given().first() {
                bail!("{first} tells of one invoice, and a history tells its own; take {first} away");
            }
            if !args.what_if.is_empty() {
                bail!(
                    "a history is what happened; take --what-if away, or simulate the invoice in question with --invoice"
                );
            }
            if args.workflow.len() > 2 {
                bail!(
                    "a history is replayed through one workflow, or two side by side; name at most two with --workflow"
                );
            }
            Ok(())
        }
        _ => bail!("{} each say what to simulate; keep one of them", given.join(" and ")),
    }
}
