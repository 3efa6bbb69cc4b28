//! A saying as an event of the contract.

use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::{Saying, Subject, What};
use crate::domain::{Fact, InvoiceId, instant_of, plain_amount};
use crate::simulate::Input;

/// The event as JSON; `place` tells sayings apart.
pub(super) fn of(saying: &Saying, subject: &Subject, place: usize, input: &Input, zone: chrono_tz::Tz) -> String {
    let at = moment(saying.on, saying.at.unwrap_or(NaiveTime::MIN), zone);
    let at = at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let (kind, data) = data(saying, subject, place, input, &at);
    json!({
        "specversion": "1.0",
        // Ids of one instant sort as the sayings stand.
        "id": format!("what-if-{place:04}"),
        "source": "what-if",
        "type": kind,
        "time": at,
        "creditor": subject.creditor.as_str(),
        "data": data,
    })
    .to_string()
}

fn data(saying: &Saying, subject: &Subject, place: usize, input: &Input, at: &str) -> (&'static str, Value) {
    let Subject { debtor, invoice, currency, total, .. } = subject;
    let (debtor, id, currency) = (debtor.as_str(), invoice.as_str(), *currency);
    let own = format!("what-if-{place}");
    let on = saying.on.to_string();
    match &saying.what {
        What::Payment(amount) => {
            // Written as it was said: too many decimals are refused by the same rule as anybody's.
            let amount = amount.map_or_else(|| plain_amount(*total, currency), |amount| amount.to_string());
            let data = json!({
                "payment": own, "debtor": debtor, "currency": currency.code(), "amount": amount, "received_on": on,
                "status": "received", "allocations": [{ "invoice": id, "amount": amount }],
            });
            ("payment.upserted", data)
        }
        What::Credit(total) => {
            let data = json!({
                "credit_note": own, "debtor": debtor, "invoice": id, "currency": currency.code(),
                "total": total.to_string(), "issued_on": on,
            });
            ("credit_note.upserted", data)
        }
        What::Dispute(amount) => {
            let mut data = json!({ "dispute": own, "debtor": debtor, "invoice": id });
            if let Some(amount) = amount {
                data["amount"] = amount.to_string().into();
            }
            ("dispute.opened", data)
        }
        What::DisputeResolved(outcome) => {
            ("dispute.resolved", json!({ "dispute": last_of(input, invoice, dispute), "outcome": outcome }))
        }
        What::Promise(amount, by) => {
            let data = json!({
                "promise": own, "debtor": debtor, "invoices": [id], "amount": amount.to_string(),
                "pay_by": by.to_string(),
            });
            ("promise.made", data)
        }
        What::PromiseWithdrawn => ("promise.withdrawn", json!({ "promise": last_of(input, invoice, promise) })),
        What::Hold(until) => {
            let mut data = json!({ "hold": own, "debtor": debtor, "invoice": id, "reason": "what if" });
            if let Some(until) = until {
                data["until"] = until.to_string().into();
            }
            ("hold.placed", data)
        }
        What::HoldReleased => ("hold.released", json!({ "hold": last_of(input, invoice, hold) })),
        What::Insolvency => {
            let data = json!({ "debtor": debtor, "procedure": "insolvency", "judgment_date": on });
            ("debtor.insolvency_opened", data)
        }
        What::Void => ("invoice.voided", json!({ "invoice": id, "debtor": debtor, "reason": "what if" })),
        What::Approval(step, answer) => {
            ("approval.answered", json!({ "invoice": id, "step": step, "answer": answer, "by": "what if" }))
        }
        What::Answer(step, outcome) => {
            ("task.answered", json!({ "invoice": id, "step": step, "outcome": outcome, "by": "what if" }))
        }
        What::Delivery(step, status) => {
            ("notice.status", json!({ "invoice": id, "step": step, "status": status, "at": at }))
        }
    }
}

/// The identifier of the last thing of its kind about `invoice`; of nothing, so that the event is refused as
/// one about what does not exist.
fn last_of(input: &Input, invoice: &InvoiceId, find: fn(&Fact, &InvoiceId) -> Option<String>) -> String {
    let found =
        input.events.iter().filter_map(|numbered| Some((numbered.event.time, find(&numbered.event.fact, invoice)?)));
    found.max_by_key(|(time, _)| *time).map_or_else(|| format!("none of {invoice}"), |(_, id)| id)
}

fn dispute(fact: &Fact, invoice: &InvoiceId) -> Option<String> {
    match fact {
        Fact::DisputeOpened(one) if one.invoice == *invoice => Some(one.id.clone()),
        _ => None,
    }
}

fn promise(fact: &Fact, invoice: &InvoiceId) -> Option<String> {
    match fact {
        Fact::PromiseMade(one) if one.invoices.is_empty() || one.invoices.contains(invoice) => Some(one.id.clone()),
        _ => None,
    }
}

fn hold(fact: &Fact, invoice: &InvoiceId) -> Option<String> {
    match fact {
        Fact::HoldPlaced(one) if one.invoice.as_ref().is_none_or(|named| named == invoice) => Some(one.id.clone()),
        _ => None,
    }
}

/// That time of that day in `zone`.
pub(in crate::simulate) fn moment(day: NaiveDate, time: NaiveTime, zone: chrono_tz::Tz) -> DateTime<Utc> {
    instant_of(day.and_time(time), zone)
}
