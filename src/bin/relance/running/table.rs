//! The classes of a plan as people and programs read them, with the postage of what would leave.

use std::collections::BTreeMap;

use relance::channels::smtp;
use relance::config::Settings;
use relance::domain::{Channel, Currency, plain_amount};
use relance::simulate::{Class, Plan, Post, Tally};
use relance::workflow::provider::PriceList;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Plans;
use crate::catalog;
use crate::plan::PlanFormat;

/// The prices of those who carry notices; the settings name them where a step does not.
pub fn prices(settings: &Settings) -> anyhow::Result<PriceList> {
    let providers = catalog::providers(&settings.workflows.folder)?;
    let named = [(Channel::Sms, &settings.providers.sms), (Channel::Letter, &settings.providers.letter)];
    let defaults = named.into_iter().filter_map(|(channel, name)| Some((channel, name.clone()?)));
    Ok(PriceList::new(&providers, defaults.chain([(Channel::Email, smtp::NAME.to_owned())])))
}

/// Prints the plan of each workflow that has running cases on another revision.
pub fn print(plans: &Plans, prices: &PriceList, format: PlanFormat) {
    for (workflow, plan) in plans.iter().filter(|(_, plan)| plan.cases > 0) {
        match format {
            PlanFormat::Text => {
                println!("running cases of {workflow} on an older revision: {}", plan.cases);
                print_text(plan, prices);
            }
            PlanFormat::Json => println!("{}", json!({"workflow": workflow, "running": as_json(plan, prices)})),
        }
    }
}

fn print_text(plan: &Plan, prices: &PriceList) {
    for (class, tally) in classes(plan) {
        let amounts: Vec<String> = tally
            .amounts
            .iter()
            .map(|(currency, sum)| format!("{} {currency}", plain_amount(*sum, *currency)))
            .collect();
        let mark = if class.blocks() { '!' } else { ' ' };
        println!("  {mark} {:<22} {:>8}   {}", class.as_str(), tally.count, amounts.join(" + "));
    }
    for (why, count) in &plan.stays {
        println!("    {:<22} {count:>8}   stay for now", why.as_str());
    }
    for (what, sent) in posts(plan, prices) {
        println!("    would leave within 24 hours: {} {what}{}", sent.count, sent.cost());
    }
}

fn as_json(plan: &Plan, prices: &PriceList) -> Value {
    let money = |sums: &BTreeMap<Currency, Decimal>| {
        let sums = sums.iter().map(|(currency, sum)| (currency.to_string(), plain_amount(*sum, *currency)));
        sums.collect::<BTreeMap<String, String>>()
    };
    let classes = classes(plan).map(|(class, tally)| {
        json!({
            "class": class.as_str(), "blocks": class.blocks(), "cases": tally.count, "amounts": money(&tally.amounts),
        })
    });
    let stays: BTreeMap<&str, usize> = plan.stays.iter().map(|(why, count)| (why.as_str(), *count)).collect();
    let posts = posts(plan, prices).into_iter().map(|(what, sent)| {
        json!({"what": what, "notices": sent.count, "cost": money(&sent.known), "without_known_price": sent.unknown})
    });
    json!({
        "cases": plan.cases, "classes": classes.collect::<Vec<_>>(), "stays": stays,
        "leave_within_24_hours": posts.collect::<Vec<_>>(),
    })
}

/// The classes that are not empty, in the order of plans.
fn classes(plan: &Plan) -> impl Iterator<Item = (Class, &Tally)> {
    Class::ALL.into_iter().filter_map(|class| Some((class, plan.classes.get(&class)?)))
}

/// Notices of one kind that would leave.
#[derive(Default)]
struct Sent {
    count: usize,
    known: BTreeMap<Currency, Decimal>,
    unknown: usize,
}

impl Sent {
    /// In brackets; nothing for email, which nobody bills by the piece.
    fn cost(&self) -> String {
        let known = self.known.iter().map(|(currency, sum)| format!("{} {currency}", plain_amount(*sum, *currency)));
        let unknown = match (self.unknown, self.unknown == self.count) {
            (0, _) => None,
            (_, true) => Some("no price known".to_owned()),
            (some, false) => Some(format!("no price known of {some}")),
        };
        let parts: Vec<String> = known.chain(unknown).collect();
        if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(" + ")) }
    }
}

/// What would leave, by channel and service, with its price; a text message counts as one segment.
fn posts(plan: &Plan, prices: &PriceList) -> BTreeMap<String, Sent> {
    let mut found: BTreeMap<String, Sent> = BTreeMap::new();
    for (post, count) in &plan.posts {
        let (channel, service, provider): &Post = post;
        let service_name = service.map(|service| format!(" {}", service.as_str())).unwrap_or_default();
        let sent = found.entry(format!("{}{service_name}", channel.as_str())).or_default();
        sent.count += count;
        match prices.price(provider.as_deref(), *channel, *service) {
            Some(price) => *sent.known.entry(price.currency).or_default() += price.amount * Decimal::from(*count),
            None if *channel == Channel::Email => {}
            None => sent.unknown += count,
        }
    }
    found
}
