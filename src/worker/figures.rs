//! The figures of a statement as an event for the platform: `digest.stated`, `provision.stated`. Identifiers, amounts and
//! dates; no names, no texts. Amounts are texts with their currency's decimals.

use serde_json::{Map, Value, json};

use super::statement::Order;
use crate::domain::{Aging, Class, Digest, plain_amount};
use crate::render::Provision;

/// The `data` of `provision.stated`.
pub(super) fn of_provision(order: &Order<'_>, provision: &Provision) -> String {
    let currencies = provision.owed.sums.keys().map(|currency| {
        let classes = Class::ALL.into_iter().filter_map(|class| {
            let (owed, provided) = (provision.owed.of(*currency, class), provision.provided.of(*currency, class));
            (owed.parts > 0).then(|| {
                json!({
                    "class": class.as_str(), "parts": owed.parts,
                    "percent": provision.matrix.share(class).normalize().to_string(),
                    "owed": plain_amount(owed.amount, *currency),
                    "provision": plain_amount(provided.amount, *currency),
                })
            })
        });
        json!({
            "currency": currency.code(),
            "owed": plain_amount(provision.owed.total(*currency), *currency),
            "provision": plain_amount(provision.provided.total(*currency), *currency),
            "classes": classes.collect::<Vec<_>>(),
        })
    });
    let figures = json!({ "currencies": currencies.collect::<Vec<_>>() });
    stated(order, figures)
}

/// The `data` of `digest.stated`.
pub(super) fn of_digest(order: &Order<'_>, digest: &Digest) -> String {
    let sent = digest.sent.iter().map(|((workflow, step, channel), count)| {
        json!({ "workflow": workflow, "step": step, "channel": channel, "notices": count })
    });
    let held = digest.held.iter().map(|(reason, waiting)| json!({ "reason": reason, "cases": waiting.cases }));
    let tasks =
        digest.tasks.iter().map(|(kind, tasks)| json!({ "kind": kind, "open": tasks.open, "overdue": tasks.overdue }));
    let letters = digest.letters.iter().map(|(planned, count)| {
        json!({
            "on": planned.on, "workflow": planned.workflow, "step": planned.step, "service": planned.service,
            "letters": count,
        })
    });
    let figures = json!({
        "from": digest.from,
        "until": digest.until,
        "sent": sent.collect::<Vec<_>>(),
        "held": held.collect::<Vec<_>>(),
        "tasks": tasks.collect::<Vec<_>>(),
        "promises": digest.promises.len() as u64 + digest.promises_more,
        "letters": letters.collect::<Vec<_>>(),
        "uncertain": digest.uncertain,
        "quarantined": digest.quarantined,
        "currencies": aging(&digest.aging),
    });
    stated(order, figures)
}

fn aging(owed: &Aging) -> Vec<Value> {
    let currencies = owed.sums.keys().map(|currency| {
        let classes = Class::ALL.into_iter().map(|class| (class, owed.of(*currency, class)));
        let classes = classes.filter(|(_, sum)| sum.parts > 0).map(|(class, sum)| {
            json!({ "class": class.as_str(), "parts": sum.parts, "owed": plain_amount(sum.amount, *currency) })
        });
        json!({
            "currency": currency.code(), "owed": plain_amount(owed.total(*currency), *currency),
            "classes": classes.collect::<Vec<_>>(),
        })
    });
    currencies.collect()
}

fn stated(order: &Order<'_>, figures: Value) -> String {
    let mut data = Map::new();
    data.insert("schedule".to_owned(), order.schedule.id.as_str().into());
    if let Some(workflow) = order.workflow {
        data.insert("workflow".to_owned(), workflow.as_str().into());
    }
    data.insert("as_of".to_owned(), order.as_of.to_string().into());
    if let Value::Object(figures) = figures {
        data.extend(figures);
    }
    Value::Object(data).to_string()
}
