//! Each view's table.

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;

use super::figures::{months_of, round};
use super::gather::Part;
use super::track::FOLLOWS_DAYS;
use super::{
    Cell, Effectiveness, Gathering, Table, View, average_days_delinquent, count_back, days_outstanding, effectiveness,
};
use crate::domain::{Class, Currency, Matrix, plain_amount};
use crate::law::BadDebts;

/// The table of a view. With `is_detailed`, aging, provision and tax have a row for each invoice. `bad_debts` is the law on
/// lost claims.
pub fn table(view: &View, gathered: &Gathering, is_detailed: bool, bad_debts: Option<&BadDebts>) -> Table {
    match view {
        View::Aging if is_detailed => aging_by_invoice(gathered),
        View::Aging => aging(gathered),
        View::Dso => dso(gathered),
        View::Cei { per_month } => cei(gathered, *per_month),
        View::Provision(matrix) => provision(gathered, matrix, is_detailed),
        View::Promises => promises(gathered),
        View::Steps => steps(gathered),
        View::Vat => vat(gathered, bad_debts),
    }
}

/// Insolvent claims are doubtful, and no receivables of these figures.
fn is_sound(class: Class) -> bool {
    class != Class::Insolvent
}

fn aging(gathered: &Gathering) -> Table {
    let mut rows = Vec::new();
    for currency in gathered.currencies() {
        let of = |class: Option<Class>| {
            let is_of = |part: &&Part| part.owed.currency == currency && class.is_none_or(|one| part.owed.class == one);
            let parts: Vec<&Part> = gathered.parts.iter().filter(is_of).collect();
            let amount = parts.iter().map(|part| part.owed.amount).sum();
            vec![
                Cell::text(currency.code()),
                Cell::text(class.map_or("total", Class::as_str)),
                Cell::Count(parts.len() as u64),
                Cell::Amount(amount, currency),
            ]
        };
        rows.extend(Class::ALL.map(Some).into_iter().chain([None]).map(of));
    }
    let notes = vec!["days since the due date; disputed and insolvent parts stand apart whatever their age".to_owned()];
    Table { columns: vec!["currency", "class", "parts", "amount"], rows, notes }
}

fn aging_by_invoice(gathered: &Gathering) -> Table {
    let row = |part: &Part| {
        let owed = &part.owed;
        vec![
            Cell::text(owed.currency.code()),
            Cell::text(owed.class.as_str()),
            Cell::text(part.debtor.as_str()),
            Cell::text(owed.invoice.as_str()),
            Cell::Day(owed.due_on),
            Cell::Count(u64::try_from(owed.overdue_days).unwrap_or_default()),
            Cell::Amount(owed.amount, owed.currency),
        ]
    };
    let mut parts: Vec<&Part> = gathered.parts.iter().collect();
    parts.sort_by_key(|part| (part.owed.currency, part.owed.class, part.owed.due_on, &part.owed.invoice));
    let columns = vec!["currency", "class", "debtor", "invoice", "due_on", "overdue_days", "amount"];
    Table { columns, rows: parts.into_iter().map(row).collect(), notes: Vec::new() }
}

fn dso(gathered: &Gathering) -> Table {
    let scope = &gathered.scope;
    let days = (scope.as_of - scope.from).num_days() + 1;
    let mut rows = Vec::new();
    for currency in gathered.currencies() {
        let receivables = gathered.owed(currency, is_sound);
        let current = gathered.owed(currency, |class| class == Class::NotDue);
        let sales = gathered.sold(currency, scope.from, scope.as_of);
        let money = |amount| plain_amount(amount, currency);
        let mut put = |name: &str, figure: Option<Decimal>, why: String| {
            let figure = figure.map_or(Cell::None, Cell::Number);
            rows.push(vec![Cell::text(currency.code()), Cell::text(name), figure, Cell::Text(why)]);
        };
        let outstanding = days_outstanding(receivables, sales, days);
        let by = |what: &str, amount| format!("{what} {} / sales {} × {days} days", money(amount), money(sales));
        put("dso", outstanding, by("receivables", receivables));
        let sold = |from, to| gathered.sold(currency, from, to);
        let counted = count_back(receivables, scope.as_of, gathered.first_sale(currency), sold);
        let month = |(first, days): &(NaiveDate, Decimal)| format!("{:04}-{:02}: {days}", first.year(), first.month());
        let mut why = format!("receivables {}; ", money(receivables));
        why.push_str(&counted.months.iter().map(month).collect::<Vec<_>>().join(", "));
        if !counted.rest.is_zero() {
            why.push_str(&format!("; at least: no sales are known for {}", money(counted.rest)));
        }
        put("dso_count_back", Some(counted.days), why);
        let best = days_outstanding(current, sales, days);
        put("best_possible_dso", best, by("receivables not due", current));
        let delinquent = outstanding.zip(best).map(|(outstanding, best)| average_days_delinquent(outstanding, best));
        put("average_days_delinquent", delinquent, "dso less the best possible".to_owned());
    }
    let notes = vec![format!(
        "sales from {} through {}: invoices less credit notes, tax included; receivables without insolvent ones",
        scope.from, scope.as_of
    )];
    Table { columns: vec!["currency", "figure", "days", "why"], rows, notes }
}

fn cei(gathered: &Gathering, per_month: bool) -> Table {
    let scope = &gathered.scope;
    let months = months_of(scope.from, scope.as_of);
    let mut rows = Vec::new();
    for currency in gathered.currencies() {
        let opening = gathered.opening.sums.get(&currency);
        let opening = opening.into_iter().flatten().filter(|(class, _)| is_sound(**class)).map(|(_, sum)| sum.amount);
        let of = Effectiveness {
            opening: opening.sum(),
            sales: gathered.sold(currency, scope.from, scope.as_of),
            closing: gathered.owed(currency, is_sound),
            current: gathered.owed(currency, |class| class == Class::NotDue),
        };
        let money = |amount| Cell::Amount(amount, currency);
        rows.push(vec![
            Cell::text(currency.code()),
            effectiveness(&of, per_month.then_some(months)).map_or(Cell::None, Cell::Number),
            money(of.opening),
            money(of.sales),
            Cell::Count(u64::from(if per_month { months } else { 1 })),
            money(of.closing),
            money(of.current),
        ]);
    }
    let columns = vec!["currency", "cei_percent", "opening", "sales", "sales_divided_by", "closing", "closing_not_due"];
    let notes = vec![format!(
        "(opening + sales - closing) / (opening + sales - closing not due), from {} through {}",
        scope.from, scope.as_of
    )];
    Table { columns, rows, notes }
}

fn provision(gathered: &Gathering, matrix: &Matrix, is_detailed: bool) -> Table {
    let mut notes =
        vec!["on the part without tax; a part whose net total is not known is provided for with its tax".into()];
    let mut rows = Vec::new();
    let shown = |class: Class, currency: Currency, parts: &[&Part]| {
        let base = |part: &&Part| part.net.unwrap_or(part.owed.amount);
        let provided =
            |part: &&Part| matrix.provision(&crate::domain::Owed { amount: base(part), ..part.owed.clone() });
        let money = |amount| Cell::Amount(amount, currency);
        vec![
            Cell::text(currency.code()),
            Cell::text(class.as_str()),
            Cell::Count(parts.len() as u64),
            money(parts.iter().map(|part| part.owed.amount).sum()),
            money(parts.iter().map(base).sum()),
            Cell::Number(matrix.share(class)),
            money(parts.iter().map(provided).sum()),
        ]
    };
    for currency in gathered.currencies() {
        for class in Class::ALL {
            let is_of = |part: &&Part| part.owed.currency == currency && part.owed.class == class;
            let parts: Vec<&Part> = gathered.parts.iter().filter(is_of).collect();
            if is_detailed {
                rows.extend(parts.iter().map(|part| {
                    let mut row = shown(class, currency, std::slice::from_ref(part));
                    row[2] = Cell::text(part.owed.invoice.as_str());
                    row
                }));
            } else {
                rows.push(shown(class, currency, &parts));
            }
        }
    }
    let untold = gathered.parts.iter().filter(|part| part.net.is_none()).count();
    if untold > 0 {
        notes.push(format!("{untold} parts have no net total"));
    }
    let count = if is_detailed { "invoice" } else { "parts" };
    Table { columns: vec!["currency", "class", count, "gross", "net", "share_percent", "provision"], rows, notes }
}

fn promises(gathered: &Gathering) -> Table {
    let row = |one: &super::track::PromiseRow| {
        let invoices: Vec<&str> = one.invoices.iter().map(crate::domain::InvoiceId::as_str).collect();
        vec![
            Cell::text(one.debtor.as_str()),
            Cell::text(&one.id),
            Cell::Text(invoices.join(" ")),
            Cell::Day(one.made_on),
            Cell::Day(one.pay_by),
            Cell::text(one.currency.code()),
            Cell::Amount(one.amount, one.currency),
            Cell::Amount(one.received, one.currency),
            one.reached_on.map_or(Cell::None, Cell::Day),
            Cell::text(one.state),
        ]
    };
    let count = |state: &str| gathered.promises.iter().filter(|one| one.state == state).count();
    let states = ["kept", "late", "broken", "open", "withdrawn"];
    let told: Vec<String> = states.iter().map(|state| format!("{} {state}", count(state))).collect();
    let columns = vec![
        "debtor",
        "promise",
        "invoices",
        "made_on",
        "pay_by",
        "currency",
        "amount",
        "received",
        "reached_on",
        "state",
    ];
    let notes = vec![format!("made from {}: {}; no grace is counted", gathered.scope.from, told.join(", "))];
    Table { columns, rows: gathered.promises.iter().map(row).collect(), notes }
}

fn steps(gathered: &Gathering) -> Table {
    let rows = gathered.steps.iter().map(|((workflow, step, currency), row)| {
        let share = Decimal::from(row.paid) * Decimal::ONE_HUNDRED / Decimal::from(row.cases.max(1));
        vec![
            Cell::text(workflow.as_str()),
            Cell::text(step.as_str()),
            Cell::text(currency.code()),
            Cell::Count(row.cases),
            Cell::Count(row.paid),
            Cell::Number(round(share)),
            Cell::Amount(row.amount, *currency),
        ]
    });
    let columns = vec!["workflow", "step", "currency", "cases", "paid_within_7_days", "share_percent", "amount"];
    let notes = vec![format!(
        "cases whose notice was accepted from {}; a payment within {FOLLOWS_DAYS} days of several steps counts for each",
        gathered.scope.from
    )];
    Table { columns, rows: rows.collect(), notes }
}

fn vat(gathered: &Gathering, law: Option<&BadDebts>) -> Table {
    let columns = vec![
        "debtor",
        "invoice",
        "number",
        "currency",
        "unpaid",
        "net",
        "vat",
        "since",
        "claim_until",
        "mention",
        "source",
    ];
    let mut notes = Vec::new();
    let Some(law) = law else {
        notes.push("no jurisdiction of the creditor's country says anything about tax on lost claims".to_owned());
        return Table { columns, rows: Vec::new(), notes };
    };
    let mut rows = Vec::new();
    let mut without_net = 0;
    for part in &gathered.parts {
        let Some((since, procedure)) = &part.judgment else { continue };
        let procedure = procedure.to_lowercase();
        if !law.procedures.iter().any(|one| procedure.contains(&one.to_lowercase())) {
            continue;
        }
        let Some(net) = part.net else {
            without_net += 1;
            continue;
        };
        let (owed, currency) = (&part.owed, part.owed.currency);
        let tax = owed.amount - net;
        let plain = |amount| format!("{} {currency}", plain_amount(amount, currency));
        let mention = law.mention.value.replace("{net}", &plain(net)).replace("{vat}", &plain(tax));
        let until = NaiveDate::from_ymd_opt(since.year() + i32::from(law.until_years.value), 12, 31);
        rows.push(vec![
            Cell::text(part.debtor.as_str()),
            Cell::text(owed.invoice.as_str()),
            Cell::text(&owed.number),
            Cell::text(currency.code()),
            Cell::Amount(owed.amount, currency),
            Cell::Amount(net, currency),
            Cell::Amount(tax, currency),
            Cell::Day(*since),
            until.map_or(Cell::None, Cell::Day),
            Cell::Text(mention),
            Cell::text(&law.mention.source),
        ]);
    }
    if without_net > 0 {
        notes.push(format!("{without_net} parts state no net total, so their tax is not known; send `net_total`"));
    }
    notes.push(format!("claims caught by {}; others are lost only where a person says so", law.procedures.join(", ")));
    Table { columns, rows, notes }
}
