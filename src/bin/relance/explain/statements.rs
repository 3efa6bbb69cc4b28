//! The late charges that notices stated about a case, frozen as they left: nothing is counted anew.

use chrono::NaiveDate;
use relance::domain::{ChargeSegment, Notice, StatedCharges, plain_amount};
use serde_json::{Value, json};

use super::Told;

/// A notice about the case that left, and what it stated in one currency.
struct Statement<'a> {
    sent_on: NaiveDate,
    notice: &'a Notice,
    charges: &'a StatedCharges,
}

impl Statement<'_> {
    /// The segments of the case's own invoice: a notice may be about several.
    fn segments<'s>(&'s self, told: &'s Told) -> impl Iterator<Item = &'s ChargeSegment> {
        let number = told.account.facts.invoices.get(&told.view.invoice).map(|known| known.fact.number.as_str());
        self.charges.statement.iter().filter(move |segment| Some(segment.invoice.as_str()) == number)
    }
}

/// In the order in which they left.
fn statements(told: &Told) -> Vec<Statement<'_>> {
    let about = |notice: &&Notice| notice.lines.iter().any(|line| line.invoice == told.view.invoice);
    let mut found: Vec<(_, Statement<'_>)> = Vec::new();
    for notice in told.account.notices.values().filter(about) {
        let Some((at, content)) = notice.accepted_at.zip(notice.content.as_ref()) else { continue };
        let sent_on = at.with_timezone(&told.view.zone).date_naive();
        let of = |charges| ((at, notice.id), Statement { sent_on, notice, charges });
        found.extend(content.charges.iter().map(of));
    }
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, statement)| statement).collect()
}

/// A line for each notice, one for each segment of this invoice below it.
pub fn in_words(told: &Told) -> Vec<String> {
    let mut lines = Vec::new();
    for one in statements(told) {
        let money = |amount| format!("{} {}", plain_amount(amount, one.charges.currency), one.charges.currency);
        let (interest, lump_sum) = (money(one.charges.interest), money(one.charges.lump_sum));
        let about = match one.notice.lines.len() {
            1 => String::new(),
            count => format!(", of all its {count} invoices"),
        };
        lines.push(format!("{} {}: interest {interest}, lump sum {lump_sum}{about}", one.sent_on, one.notice.step));
        lines.extend(one.segments(told).map(|segment| {
            let ChargeSegment { from, to, days, rate, amount, .. } = segment;
            format!("  {from} to {to}: {days} days at {rate} %: {}", money(*amount))
        }));
    }
    lines
}

/// The same for programs; amounts and rates are decimal texts.
pub fn in_json(told: &Told) -> Value {
    let one = |one: &Statement<'_>| {
        let plain = |amount| plain_amount(amount, one.charges.currency);
        let segment = |segment: &ChargeSegment| {
            json!({
                "from": segment.from, "to": segment.to, "days": segment.days, "rate": segment.rate.to_string(),
                "amount": plain(segment.amount),
            })
        };
        json!({
            "sent_on": one.sent_on, "step": one.notice.step, "notice": one.notice.id,
            "currency": one.charges.currency.code(), "interest": plain(one.charges.interest),
            "lump_sum": plain(one.charges.lump_sum), "invoices": one.notice.lines.len(),
            "segments": one.segments(told).map(segment).collect::<Vec<_>>(),
        })
    };
    statements(told).iter().map(one).collect()
}
