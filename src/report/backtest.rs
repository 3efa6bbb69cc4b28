//! How far forecasts went wrong, beside those of naive predictors: each invoice is forecast on its day of issue with what
//! was known then, and nothing that came later.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::figures::round;
use super::forecast::{Habits, MET_MIN, Past, Usual, replay};
use super::{Cell, Table};

/// How a delay is forecast, in days after the due date.
#[derive(Clone, Copy)]
struct Predictor {
    name: &'static str,
    days: fn(&Habits, &Past, &Usual) -> f64,
}

const PREDICTORS: [Predictor; 6] = [
    Predictor { name: "relance", days: |_, _, usual| usual.days },
    Predictor { name: "due date", days: |_, _, _| 0.0 },
    Predictor { name: "everybody's mean", days: |habits, _, _| habits.all.mean() },
    Predictor { name: "everybody's median", days: |_, _, usual| usual.average },
    Predictor {
        name: "debtor's last",
        days: |habits, one, usual| {
            habits.of.get(&one.debtor).and_then(|habit| habit.last).map_or(usual.average, |days| days as f64)
        },
    },
    Predictor {
        name: "debtor's mean",
        days: |habits, one, usual| {
            let habit = habits.of.get(&one.debtor).filter(|habit| habit.count > 0);
            habit.map_or(usual.average, |habit| habit.sum / habit.count as f64)
        },
    },
];

/// Paid invoices of the debtor by then: all, and in groups.
const HISTORIES: [(&str, std::ops::RangeInclusive<u64>); 5] =
    [("all", 0..=u64::MAX), ("none", 0..=0), ("1-2", 1..=2), ("3-5", 3..=5), ("6 and more", 6..=u64::MAX)];

/// One forecast that met its payment.
struct Met {
    paid_before: u64,
    /// Forecast less paid, by predictor.
    wrong: [f64; 6],
    /// Whether the payment lay in the interval, where one was given.
    is_inside: Option<bool>,
}

/// A row for each predictor and length of history: mean and median of the absolute error, bias (forecast less paid), all in
/// days, and how many of a hundred payments lay in the interval that is to hold eighty.
pub fn backtest(past: &[Past]) -> Table {
    let mut met = Vec::new();
    let mut habits = Habits::default();
    let through = past.iter().filter_map(|one| one.settled_on).max().unwrap_or(NaiveDate::MIN);
    let forecast = |habits: &mut Habits, one: &Past, day: NaiveDate| {
        let usual = habits.usual(&one.debtor, day)?;
        let settled_on = one.settled_on.filter(|_| habits.all.total >= MET_MIN);
        if let Some(on) = settled_on {
            let days = (on - one.due_on).num_days();
            let at = |share| habits.met.quantile(share, None).map(|wrong| usual.days.round() as i64 + wrong);
            let interval = at(0.1).zip(at(0.9)).filter(|_| habits.met.total >= MET_MIN);
            met.push(Met {
                paid_before: habits.of.get(&one.debtor).map_or(0, |habit| habit.count),
                wrong: PREDICTORS.map(|predictor| (predictor.days)(habits, one, &usual) - days as f64),
                is_inside: interval.map(|(first, last)| (first..=last).contains(&days)),
            });
        }
        Some(usual.days)
    };
    replay(past, through, forecast, &mut habits);
    let columns =
        vec!["predictor", "paid_before", "invoices", "mean_error", "median_error", "bias", "in_interval_percent"];
    let mut rows = Vec::new();
    for (history, paid_before) in &HISTORIES {
        let of: Vec<&Met> = met.iter().filter(|one| paid_before.contains(&one.paid_before)).collect();
        for (place, predictor) in PREDICTORS.iter().enumerate().filter(|_| !of.is_empty()) {
            let mut wrong: Vec<f64> = of.iter().map(|one| one.wrong[place].abs()).collect();
            wrong.sort_unstable_by(f64::total_cmp);
            let count = of.len() as f64;
            let given: Vec<bool> = of.iter().filter_map(|one| one.is_inside).collect();
            let inside =
                given.iter().filter(|is_inside| **is_inside).count() as f64 * 100.0 / given.len().max(1) as f64;
            rows.push(vec![
                Cell::text(predictor.name),
                Cell::text(*history),
                Cell::Count(of.len() as u64),
                number(wrong.iter().sum::<f64>() / count),
                number(wrong[wrong.len() / 2]),
                number(of.iter().map(|one| one.wrong[place]).sum::<f64>() / count),
                if place == 0 && !given.is_empty() { number(inside) } else { Cell::None },
            ]);
        }
    }
    let notes = vec![format!(
        "days; each invoice forecast on its day of issue with what was paid before that day, from the {MET_MIN}th payment on"
    )];
    Table { columns, rows, notes }
}

fn number(figure: f64) -> Cell {
    Decimal::from_f64(figure).map_or(Cell::None, |figure| Cell::Number(round(figure)))
}
