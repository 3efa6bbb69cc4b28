//! A back-test as tables: figures of one policy, or of two with what the second has more. Text and page print the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use rust_decimal::Decimal;
use unicode_segmentation::UnicodeSegmentation as _;

use super::{Backtest, Distribution, Measured, SOON_DAYS, StepMeasured};

/// One table.
pub(super) struct Table {
    pub title: String,
    pub head: Vec<String>,
    /// The first cell names the row, the others are figures.
    pub rows: Vec<Vec<String>>,
}

/// Rows of figures, one for each policy; where two are compared a last column has the difference.
struct Figures<'a> {
    report: &'a Backtest,
    table: Table,
}

impl<'a> Figures<'a> {
    fn new(report: &'a Backtest, title: &str) -> Self {
        let mut head = vec![String::new()];
        head.extend(report.policies.iter().map(|policy| policy.policy.clone()));
        if report.policies.len() == 2 {
            head.push("difference".to_owned());
        }
        Self { report, table: Table { title: title.to_owned(), head, rows: Vec::new() } }
    }

    fn row(&mut self, name: &str, figure: impl Fn(&Measured) -> Option<Decimal>) {
        let figures: Vec<Option<Decimal>> = self.report.policies.iter().map(figure).collect();
        let mut row = vec![name.to_owned()];
        row.extend(figures.iter().map(|one| one.map_or("–".to_owned(), |one| one.to_string())));
        if let [first, second] = figures[..] {
            row.push(first.zip(second).map_or("–".to_owned(), |(first, second)| signed(second - first)));
        }
        self.table.rows.push(row);
    }

    fn count(&mut self, name: &str, count: impl Fn(&Measured) -> usize) {
        self.row(name, |policy| Some(Decimal::from(count(policy))));
    }

    /// Every key that any policy has; a policy without it has none of it.
    fn by_key(&mut self, keys: impl Fn(&Measured) -> Vec<(String, Decimal)>) {
        let mut names: Vec<String> = Vec::new();
        for (name, _) in self.report.policies.iter().flat_map(&keys) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        for name in names {
            let of = |policy: &Measured| keys(policy).into_iter().find(|(key, _)| *key == name).map(|(_, value)| value);
            self.row(&name, |policy| Some(of(policy).unwrap_or_default()));
        }
    }

    fn distribution(&mut self, of: impl Fn(&Measured) -> Option<Distribution>) {
        type Figure = fn(&Distribution) -> i64;
        let figures: [(&str, Figure); 6] = [
            ("least", |one| one.min),
            ("a quarter is not above", |one| one.p25),
            ("half is not above", |one| one.median),
            ("three quarters are not above", |one| one.p75),
            ("nine tenths are not above", |one| one.p90),
            ("most", |one| one.max),
        ];
        for (name, figure) in figures {
            self.row(name, |policy| of(policy).map(|one| Decimal::from(figure(&one))));
        }
    }
}

fn signed(value: Decimal) -> String {
    if value > Decimal::ZERO { format!("+{value}") } else { value.to_string() }
}

fn amount(text: &str) -> Decimal {
    text.parse().unwrap_or_default()
}

fn named(what: &str) -> String {
    what.replace('_', " ")
}

/// Every table of the report, in its order.
pub(super) fn tables(report: &Backtest) -> Vec<Table> {
    let mut tables = vec![totals(report), notices(report), postage(report)];
    tables.extend(report.policies.iter().map(steps));
    tables.extend([first_contact(report), contacts(report), phases(report), never(report)]);
    if report.policies.iter().any(|policy| !policy.groups.is_empty()) {
        tables.push(groups(report));
    }
    tables.retain(|table| !table.rows.is_empty());
    tables
}

fn totals(report: &Backtest) -> Table {
    let mut figures = Figures::new(report, "In all");
    figures.count("invoices", |policy| policy.invoices);
    figures.count("debtors", |policy| policy.debtors);
    figures.count("invoices written about", |policy| policy.contacted);
    figures.count("never written about", |policy| policy.never_contacted.total());
    figures.count("notices", |policy| policy.notices);
    figures.count("tasks for people", |policy| policy.tasks);
    figures.table
}

fn notices(report: &Backtest) -> Table {
    let mut figures = Figures::new(report, "Notices by step and channel");
    figures.by_key(|policy| {
        let of = |step: &StepMeasured| {
            let name = step.step.clone();
            let notices = step.notices.iter();
            notices
                .map(move |(what, count)| (format!("{name}, {}", named(what)), Decimal::from(*count)))
                .collect::<Vec<_>>()
        };
        policy.steps.iter().flat_map(of).collect()
    });
    figures.by_key(|policy| {
        let all = policy.notices_by_service.iter();
        all.map(|(what, count)| (format!("all {}", named(what)), Decimal::from(*count))).collect()
    });
    figures.table
}

fn postage(report: &Backtest) -> Table {
    let mut figures = Figures::new(report, "Postage");
    figures.by_key(|policy| policy.postage.iter().map(|(code, sum)| ((*code).to_owned(), amount(sum))).collect());
    figures.by_key(|policy| {
        let unpriced = policy.unpriced.iter();
        unpriced
            .map(|(what, count)| (format!("{} without a known price", named(what)), Decimal::from(*count)))
            .collect()
    });
    figures.table
}

fn steps(policy: &Measured) -> Table {
    let soon = format!("paid within {SOON_DAYS} days");
    let head = ["", "done on", "paid after it", "it was last", &soon, "median days to payment", "postage"];
    let row = |step: &StepMeasured| {
        let postage: Vec<String> = step.postage.iter().map(|(code, sum)| format!("{sum} {code}")).collect();
        let unpriced = (step.unpriced > 0).then(|| format!("{} without a price", step.unpriced));
        let postage: Vec<String> = postage.into_iter().chain(unpriced).collect();
        vec![
            step.step.clone(),
            step.invoices.to_string(),
            step.preceded_payment.to_string(),
            step.last_before_payment.to_string(),
            step.within_seven_days.to_string(),
            step.median_days_to_payment.map_or("–".to_owned(), |days| days.to_string()),
            if postage.is_empty() { "–".to_owned() } else { postage.join(" + ") },
        ]
    };
    Table {
        title: format!("Invoices by step: {}", policy.policy),
        head: head.into_iter().map(str::to_owned).collect(),
        rows: policy.steps.iter().map(row).collect(),
    }
}

fn first_contact(report: &Backtest) -> Table {
    let mut figures = Figures::new(report, "Days overdue when first written to");
    figures.by_key(|policy| {
        let ranges = policy.first_contact.ranges.iter();
        ranges.map(|(name, count)| ((*name).to_owned(), Decimal::from(*count))).collect()
    });
    figures.distribution(|policy| policy.first_contact.days_overdue.clone());
    figures.table
}

fn contacts(report: &Backtest) -> Table {
    let mut figures = Figures::new(report, "Contacts of one debtor (days on which something was sent)");
    figures.distribution(|policy| policy.contacts_per_debtor.clone());
    figures.table
}

fn phases(report: &Backtest) -> Table {
    let mut figures = Figures::new(report, "Amounts reaching each phase");
    // The phases are the same for every policy, in the order of the escalation.
    for (place, phase) in report.policies.first().map_or(&[][..], |policy| &policy.phases).iter().enumerate() {
        let of = |policy: &Measured| {
            policy.phases.get(place).map_or((0, BTreeMap::new()), |one| (one.invoices, one.amounts.clone()))
        };
        figures.count(&format!("{}, invoices", named(phase.phase)), |policy| of(policy).0);
        let codes: BTreeSet<_> = report.policies.iter().flat_map(|policy| of(policy).1.into_keys()).collect();
        for code in codes {
            let name = format!("{}, {code}", named(phase.phase));
            figures.row(&name, |policy| Some(of(policy).1.get(&code).map(|sum| amount(sum)).unwrap_or_default()));
        }
    }
    figures.table
}

fn never(report: &Backtest) -> Table {
    let mut figures = Figures::new(report, "Invoices never written about");
    figures.count("paid before the first notice", |policy| policy.never_contacted.paid_first);
    figures.count("the same, in dispute meanwhile", |policy| policy.never_contacted.paid_in_dispute);
    figures.count("below the smallest balance written about", |policy| policy.never_contacted.below_minimum);
    figures.count("taken by no workflow", |policy| policy.never_contacted.not_taken);
    figures.count("still open on the last day", |policy| policy.never_contacted.still_open);
    figures.table
}

fn groups(report: &Backtest) -> Table {
    let mut figures = Figures::new(report, "Invoices written about, by group");
    figures.by_key(|policy| {
        let groups = policy.groups.iter();
        groups.map(|(name, one)| (format!("{name} (of {})", one.invoices), Decimal::from(one.contacted))).collect()
    });
    figures.table
}

/// The report as text.
pub fn text(report: &Backtest) -> String {
    let mut out = format!(
        "Back-test of {} invoices, {} to {}\n\n{}\n",
        report.invoices, report.first_day, report.last_day, report.caveat
    );
    for said in &report.supposed {
        let _ = writeln!(out, "- {said}");
    }
    for table in tables(report) {
        let _ = writeln!(out, "\n{}", table.title);
        let rows = || std::iter::once(&table.head).chain(&table.rows);
        let chars = |text: &String| text.graphemes(true).count();
        let widths: Vec<usize> = (0..table.head.len())
            .map(|place| rows().filter_map(|row| row.get(place)).map(chars).max().unwrap_or(0))
            .collect();
        for row in rows() {
            let mut line = String::from("  ");
            for (place, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let blanks = width.saturating_sub(chars(cell));
                let _ = match place {
                    0 => write!(line, "{cell}{:blanks$}", ""),
                    _ => write!(line, "  {:blanks$}{cell}", ""),
                };
            }
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }
    if !report.unused_columns.is_empty() {
        let _ = writeln!(out, "\nColumns not used: {}.", report.unused_columns.join(", "));
    }
    if !report.refused.is_empty() {
        let _ = writeln!(out, "\nRows not used ({}):", report.refused.len());
        for refused in &report.refused {
            let _ = writeln!(out, "  {refused}");
        }
    }
    out
}
