//! `relance deadline`: the last day of a legal time limit, and each step of its count.

use anyhow::Context;
use chrono::NaiveDate;
use relance::domain::Address;
use relance::law::{Deadline, Gives, Place, TimeLimit, TimeLimits, deadline};
use serde_json::json;

use crate::Ended;
use crate::args::{TimelineFormat, day};
use crate::catalog;

#[derive(Debug, clap::Args)]
pub struct DeadlineArgs {
    /// Which time limit; without it they are listed
    #[arg(requires = "from")]
    pub name: Option<String>,
    /// Day of the event it runs from
    #[arg(long, value_parser = day, requires = "name")]
    pub from: Option<NaiveDate>,
    /// Jurisdiction file by name
    #[arg(long, default_value = "fr")]
    pub jurisdiction: String,
    /// Postal code of whoever must act: some have local holidays, some have more time
    #[arg(long)]
    pub address_postcode: Option<String>,
    /// ISO code of the country of whoever must act
    #[arg(long)]
    pub address_country: Option<String>,
    /// As lines for people, or as JSON
    #[arg(long, value_enum, default_value = "text")]
    pub format: TimelineFormat,
}

/// Counts and prints, or lists what can be counted.
pub fn run(args: &DeadlineArgs, workflows: &std::path::Path) -> anyhow::Result<Ended> {
    let law = catalog::law(workflows)?;
    let jurisdiction = law.jurisdictions.get(&args.jurisdiction).with_context(|| {
        let known: Vec<&str> = law.jurisdictions.names().collect();
        format!("--jurisdiction {}: no such file; there are {}", args.jurisdiction, known.join(", "))
    })?;
    let limits = &jurisdiction.time_limits;
    let (Some(name), Some(from)) = (&args.name, args.from) else {
        list(limits, args);
        return Ok(Ended::Well);
    };
    let address = address(args, &jurisdiction.calendar);
    let place = Place {
        general: law.calendars.of(&jurisdiction.calendar, None),
        local: law.calendars.of(&jurisdiction.calendar, address.as_ref()),
        address: address.as_ref(),
    };
    let found =
        deadline(limits, name, from, place).with_context(|| format!("jurisdictions/{}.yaml", args.jurisdiction))?;
    if let Some(limit) = limits.get(name) {
        print(name, limit, &found, args.format);
    }
    Ok(Ended::Well)
}

/// The address as far as it was given; a postal code alone is one of the jurisdiction's country.
fn address(args: &DeadlineArgs, country: &str) -> Option<Address> {
    let given = args.address_country.is_some() || args.address_postcode.is_some();
    given.then(|| Address {
        lines: Vec::new(),
        postal_code: args.address_postcode.clone().unwrap_or_default(),
        city: String::new(),
        country: args.address_country.as_deref().unwrap_or(country).to_ascii_uppercase(),
    })
}

fn print(name: &str, limit: &TimeLimit, found: &Deadline, format: TimelineFormat) {
    let which = match limit.gives {
        Gives::LastDay => "last_day",
        Gives::FirstDay => "first_day",
    };
    match format {
        TimelineFormat::Json => println!(
            "{}",
            json!({
                "time_limit": name, "title": limit.title, "acts": limit.acts.as_str(), which: found.day,
                "because": found.steps, "verified": found.verified, "unavailable": limit.unavailable,
            })
        ),
        TimelineFormat::Text => {
            println!("{}: {} {}", limit.title, if which == "last_day" { "until" } else { "from" }, found.day);
            found.steps.iter().for_each(|step| println!("  {step}"));
            if !found.verified {
                println!("not all of it was compared with the text of the law: see `verified: false` in the file");
            }
            limit.unavailable.iter().for_each(|why| println!("not to be relied on: {why}"));
        }
    }
}

fn list(limits: &TimeLimits, args: &DeadlineArgs) {
    let lengths = |limit: &TimeLimit| {
        let each = limit.lengths.iter().map(|one| match one.since {
            Some(since) => format!("{} since {since}", one.value),
            None => one.value.to_string(),
        });
        each.collect::<Vec<_>>()
    };
    match args.format {
        TimelineFormat::Json => {
            let each = limits.iter().map(|(name, limit)| {
                json!({ "time_limit": name, "title": limit.title, "from": limit.from, "lengths": lengths(limit) })
            });
            println!("{}", serde_json::Value::Array(each.collect()));
        }
        TimelineFormat::Text if limits.is_empty() => {
            println!("jurisdictions/{}.yaml has no time_limits", args.jurisdiction);
        }
        TimelineFormat::Text => limits.iter().for_each(|(name, limit)| {
            println!("{name}: {}\n  {} from {}", limit.title, lengths(limit).join(", "), limit.from);
        }),
    }
}
