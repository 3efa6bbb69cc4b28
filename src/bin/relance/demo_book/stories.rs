//! What becomes of each invoice: paid early, late, in parts or never, disputed, promised, credited, voided.

use chrono::{DateTime, Duration, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::dice::Dice;
use super::parties::{Debtor, Fate, Habit};
use super::{DAYS, DEBTORS, Pages, start};

/// How many days before the calendar starts the oldest invoice was issued.
const ISSUED_BEFORE_DAYS: i64 = 50;
/// No invoice is issued in the last days of the calendar: nothing would happen to it.
const ISSUED_UNTIL_DAYS: i64 = DAYS - 55;

#[derive(Clone, Copy)]
enum Story {
    Early,
    Late,
    VeryLate,
    InParts,
    Never,
    Disputed,
    Promised,
    Credited,
    Debited,
    Voided,
}

fn stories(habit: Habit) -> &'static [(Story, i64)] {
    use Story::{Credited, Debited, Disputed, Early, InParts, Late, Never, Promised, VeryLate, Voided};
    match habit {
        Habit::Punctual => &[(Early, 78), (Late, 12), (Debited, 5), (Credited, 3), (Voided, 2)],
        Habit::Slow => &[(Early, 15), (Late, 45), (VeryLate, 20), (InParts, 10), (Promised, 7), (Credited, 3)],
        Habit::Difficult => {
            &[(Late, 20), (VeryLate, 15), (InParts, 18), (Disputed, 28), (Promised, 14), (Never, 3), (Credited, 2)]
        }
        Habit::Silent => &[(Never, 62), (VeryLate, 14), (InParts, 12), (Promised, 12)],
    }
}

/// An invoice, with the pages its story is written on.
struct Claim<'b> {
    pages: &'b mut Pages,
    debtor: &'b Debtor,
    id: String,
    total: Decimal,
    due: i64,
    payments: u32,
}

/// Writes one invoice and what becomes of it.
pub(super) fn tell(pages: &mut Pages, debtor: &Debtor, place: u64, dice: &mut Dice) {
    let creditor = debtor.creditor();
    let issued = dice.between(-ISSUED_BEFORE_DAYS, ISSUED_UNTIL_DAYS);
    let (low, high) = debtor.cents();
    // Small invoices are more frequent than large ones: the smaller of two throws.
    let cents = dice.between(low, high).min(dice.between(low, high));
    let total = Decimal::new(cents, 2);
    let story = dice.pick(stories(debtor.habit));
    let id = format!("{}-{:04}", creditor.prefix, place + 1);
    let due = issued + debtor.term_days();
    let mut data = json!({
        "invoice": id,
        "number": id,
        "debtor": debtor.id,
        "currency": creditor.currency,
        "total": total.to_string(),
        "net_total": (total / Decimal::new(12, 1)).round_dp(2).to_string(),
        "issued_on": day(issued),
        "due_on": day(due),
        "delivered_on": day(issued - 2),
    });
    if matches!(story, Story::Debited) {
        data["paid_by"] = json!("direct_debit");
    }
    pages.put(moment(issued, dice), creditor.id, "invoice.upserted", data);
    Claim { pages, debtor, id, total, due, payments: 0 }.tell(story, dice);
}

impl Claim<'_> {
    fn tell(&mut self, story: Story, dice: &mut Dice) {
        let total = self.total;
        match story {
            Story::Early => self.pay(dice.between(-9, 1), total, true, dice),
            Story::Late => self.pay(dice.between(4, 24), total, true, dice),
            Story::VeryLate => self.pay(dice.between(25, 58), total, true, dice),
            Story::InParts => {
                let first = (total * Decimal::new(4, 1)).round_dp(2);
                // The first part says nothing of what it is for.
                self.pay(dice.between(3, 12), first, false, dice);
                if dice.chance(60) {
                    self.pay(dice.between(20, 45), total - first, true, dice);
                }
            }
            Story::Never => {}
            Story::Disputed => self.dispute(dice),
            Story::Promised => self.promise(dice),
            Story::Credited => {
                let credited = json!({
                    "credit_note": format!("AV-{}", self.id), "debtor": self.debtor.id, "invoice": self.id,
                    "currency": self.debtor.creditor().currency, "total": total.to_string(),
                    "issued_on": day(self.due + 6),
                });
                self.put(6, "credit_note.upserted", credited, dice);
            }
            Story::Debited => {
                self.debit("pending", -2, dice);
                self.debit("received", 2, dice);
            }
            Story::Voided => {
                let voided = json!({"invoice": self.id, "debtor": self.debtor.id, "reason": "issued twice"});
                self.put(dice.between(-10, 10), "invoice.voided", voided, dice);
            }
        }
    }

    fn dispute(&mut self, dice: &mut Dice) {
        let opened = dice.between(1, 18);
        let part = dice.chance(40);
        let amount = if part { (self.total / Decimal::from(3)).round_dp(2) } else { self.total };
        let id = format!("L-{}", self.id);
        let mut data = json!({
            "dispute": id, "debtor": self.debtor.id, "invoice": self.id,
            "category": dice.pick(&[("price", 1), ("delivery", 2), ("quality", 2)]),
        });
        if part {
            data["amount"] = json!(amount.to_string());
        }
        self.put(opened, "dispute.opened", data, dice);
        let settled = opened + dice.between(8, 22);
        let outcome = dice.pick(&[("rejected", 4), ("accepted", 3), ("withdrawn", 2), ("open", 1)]);
        if outcome == "open" {
            return;
        }
        self.put(settled, "dispute.resolved", json!({"dispute": id, "outcome": outcome}), dice);
        if outcome == "accepted" {
            let credited = json!({
                "credit_note": format!("AV-{}", self.id), "debtor": self.debtor.id, "invoice": self.id,
                "currency": self.debtor.creditor().currency, "total": amount.to_string(),
                "issued_on": day(self.due + settled),
            });
            self.put(settled, "credit_note.upserted", credited, dice);
            self.pay(settled + dice.between(3, 12), self.total - amount, true, dice);
        } else if dice.chance(60) {
            self.pay(settled + dice.between(5, 20), self.total, true, dice);
        }
    }

    fn promise(&mut self, dice: &mut Dice) {
        let made = dice.between(5, 20);
        let pay_by = made + dice.between(5, 10);
        let promised = json!({
            "promise": format!("P-{}", self.id), "debtor": self.debtor.id, "invoices": [self.id],
            "amount": self.total.to_string(), "pay_by": day(self.due + pay_by), "said_by": "accounts payable",
            "channel": "call",
        });
        self.put(made, "promise.made", promised, dice);
        if dice.chance(55) {
            self.pay(pay_by - 1, self.total, true, dice);
        } else if dice.chance(40) {
            self.pay(pay_by + dice.between(10, 25), self.total, true, dice);
        }
    }

    /// A payment so many days after the due date, named for this invoice or for none.
    fn pay(&mut self, after_due: i64, amount: Decimal, named: bool, dice: &mut Dice) {
        if amount.is_zero() {
            return;
        }
        self.payments += 1;
        let mut data = self.payment("received", after_due, amount);
        if named {
            data["allocations"] = json!([{"invoice": self.id, "amount": amount.to_string()}]);
            data["reference"] = json!(self.id);
        }
        self.put(after_due, "payment.upserted", data, dice);
    }

    /// A direct debit: one payment that is first pending, then received.
    fn debit(&mut self, status: &str, after_due: i64, dice: &mut Dice) {
        self.payments = 1;
        let mut data = self.payment(status, after_due, self.total);
        data["allocations"] = json!([{"invoice": self.id, "amount": self.total.to_string()}]);
        self.put(after_due, "payment.upserted", data, dice);
    }

    fn payment(&self, status: &str, after_due: i64, amount: Decimal) -> Value {
        json!({
            "payment": format!("V-{}-{}", self.id, self.payments), "debtor": self.debtor.id,
            "currency": self.debtor.creditor().currency, "amount": amount.to_string(),
            "received_on": day(self.due + after_due), "status": status,
        })
    }

    fn put(&mut self, after_due: i64, kind: &str, data: Value, dice: &mut Dice) {
        self.pages.put(moment(self.due + after_due, dice), self.debtor.creditor().id, kind, data);
    }
}

/// Writes what happens to a debtor as a whole.
pub(super) fn tell_of_debtor(pages: &mut Pages, debtor: &Debtor) {
    let creditor = debtor.creditor();
    let noon = |day: i64| start() + Duration::days(day) + Duration::hours(12);
    match debtor.fate {
        Fate::Ordinary => {}
        Fate::Insolvent => {
            let data = json!({
                "debtor": debtor.id, "procedure": "liquidation judiciaire", "judgment_date": day(38),
                "published_on": day(44),
            });
            pages.put(noon(45), creditor.id, "debtor.insolvency_opened", data);
        }
        Fate::OnHold => {
            let hold = format!("H-{}", debtor.id);
            let data = json!({"hold": hold, "debtor": debtor.id, "reason": "the sales director is in talks"});
            pages.put(noon(20), creditor.id, "hold.placed", data);
            pages.put(noon(55), creditor.id, "hold.released", json!({"hold": hold}));
        }
        Fate::OnPlan => {
            // The invoices of the first round of the list that this debtor has.
            let place: u64 = debtor.id.trim_start_matches("D-").parse().unwrap_or(1);
            let invoices: Vec<String> =
                [place, place + DEBTORS].iter().map(|n| format!("{}-{n:04}", creditor.prefix)).collect();
            let instalments: Vec<Value> =
                (1..=3).map(|month| json!({"due_on": day(30 * month), "amount": "400.00"})).collect();
            let data = json!({
                "plan": format!("E-{}", debtor.id), "debtor": debtor.id, "invoices": invoices, "instalments": instalments,
            });
            pages.put(noon(25), creditor.id, "plan.agreed", data);
        }
    }
}

/// A moment of the working day, so many days after the calendar starts.
fn moment(day: i64, dice: &mut Dice) -> DateTime<Utc> {
    start() + Duration::days(day) + Duration::minutes(dice.between(6 * 60, 18 * 60))
}

fn day(after_start: i64) -> String {
    (start() + Duration::days(after_start)).date_naive().to_string()
}
