//! When open invoices are likely to be paid, from how their debtors paid before.
//!
//! A debtor's usual delay is the median of its last invoices, drawn towards the creditor's median by as much as debtors of
//! this creditor are alike (credibility: the variance within debtors over that between them). An open invoice that is
//! overdue for longer than usual counts with the days it has run. How far such forecasts went wrong before gives the
//! interval, and an invoice that is not paid yet is never expected on a day that is past.

use std::collections::{BTreeMap, VecDeque};

use chrono::NaiveDate;

use crate::domain::DebtorId;

/// Paid invoices of a debtor that count.
const RECENT_MAX: usize = 12;
/// Paid invoices that make up the trend: the last so many against those before.
const TREND: usize = 4;
/// Delays beyond these days count as these: more is a mistake in the data, and tells nothing of habits.
const DAYS: std::ops::RangeInclusive<i64> = -365..=3_650;
/// What debtors are supposed to be alike where nothing can be told yet.
const ALIKE_UNTOLD: f64 = 2.0;
/// Bounds of what is told.
const ALIKE: std::ops::RangeInclusive<f64> = 0.1..=20.0;
/// Forecasts that must have met their payment before an interval is given.
pub(super) const MET_MIN: u64 = 30;

/// One invoice of the past or the present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// Whose.
    pub debtor: DebtorId,
    /// Day of issue: it is forecast from then on.
    pub issued_on: NaiveDate,
    /// Last day to pay on time.
    pub due_on: NaiveDate,
    /// The day on which the last of it was paid.
    pub settled_on: Option<NaiveDate>,
}

/// Counts of days, from which medians and shares are read.
#[derive(Clone, Debug, Default)]
pub(super) struct Days {
    counts: BTreeMap<i64, u64>,
    pub total: u64,
}

impl Days {
    fn add(&mut self, days: i64) {
        *self.counts.entry(days.clamp(*DAYS.start(), *DAYS.end())).or_default() += 1;
        self.total += 1;
    }

    /// The days below which a share of those above `floor` lies; `None` where there are none.
    pub fn quantile(&self, share: f64, floor: Option<i64>) -> Option<i64> {
        let above = || self.counts.iter().filter(move |(days, _)| floor.is_none_or(|floor| **days > floor));
        let total: u64 = above().map(|(_, count)| *count).sum();
        let wanted = (share * total as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        above()
            .find(|(_, count)| {
                seen += **count;
                seen >= wanted
            })
            .map(|(days, _)| *days)
    }

    pub fn mean(&self) -> f64 {
        let sum: f64 = self.counts.iter().map(|(days, count)| *days as f64 * *count as f64).sum();
        sum / self.total.max(1) as f64
    }
}

/// How one debtor paid.
#[derive(Clone, Debug, Default)]
pub(super) struct Habit {
    recent: VecDeque<i64>,
    open: Vec<NaiveDate>,
    pub count: u64,
    late: u64,
    pub sum: f64,
    squares: f64,
    pub last: Option<i64>,
}

/// A debtor's usual delay, and what it is made of. Days are signed: before the due date they are negative.
#[derive(Clone, Debug, PartialEq)]
pub struct Usual {
    /// The delay.
    pub days: f64,
    /// Its own median, where it paid anything.
    pub own: Option<f64>,
    /// Invoices that this is from.
    pub invoices: usize,
    /// The creditor's median.
    pub average: f64,
    /// How much its own counts, from 0 to 1.
    pub weight: f64,
    /// The share of its paid invoices that was late, drawn towards nothing else; `None` where it paid none.
    pub share_late: Option<f64>,
    /// By how many days its last invoices were later than those before.
    pub trend: Option<f64>,
}

impl Usual {
    /// The delay in words, with what it is made of.
    pub fn in_words(&self) -> String {
        let late = |days: f64| match days.round() {
            days if days > 0.0 => format!("{days} days late"),
            days if days < 0.0 => format!("{} days early", -days),
            _ => "on the day".to_owned(),
        };
        let Some(own) = self.own else {
            return format!("nothing paid yet; the creditor's debtors usually pay {}", late(self.average));
        };
        let mut said = format!(
            "usually pays {} (its own {} invoices: {}; the creditor's debtors: {}; own weight {:.0} %)",
            late(self.days),
            self.invoices,
            late(own),
            late(self.average),
            self.weight * 100.0
        );
        if let Some(share) = self.share_late {
            said.push_str(&format!("; {:.0} % paid late", share * 100.0));
        }
        match self.trend.map(f64::round) {
            Some(days) if days >= 1.0 => said.push_str(&format!("; {days} days later than before")),
            Some(days) if days <= -1.0 => said.push_str(&format!("; {} days earlier than before", -days)),
            _ => {}
        }
        said
    }
}

/// What is known on one day of how debtors pay.
#[derive(Debug, Default)]
pub(super) struct Habits {
    pub of: BTreeMap<DebtorId, Habit>,
    pub all: Days,
    /// How far forecasts made on the day of issue went wrong: paid less forecast.
    pub met: Days,
    alike: Option<f64>,
}

impl Habits {
    pub fn issued(&mut self, one: &Past) {
        self.of.entry(one.debtor.clone()).or_default().open.push(one.due_on);
    }

    pub fn settled(&mut self, one: &Past, on: NaiveDate) {
        let days = (on - one.due_on).num_days().clamp(*DAYS.start(), *DAYS.end());
        let habit = self.of.entry(one.debtor.clone()).or_default();
        if let Some(place) = habit.open.iter().position(|due_on| *due_on == one.due_on) {
            habit.open.swap_remove(place);
        }
        habit.recent.push_back(days);
        if habit.recent.len() > RECENT_MAX {
            habit.recent.pop_front();
        }
        habit.count += 1;
        habit.late += u64::from(days > 0);
        habit.sum += days as f64;
        habit.squares += (days * days) as f64;
        habit.last = Some(days);
        self.all.add(days);
        self.alike = None;
    }

    pub fn met(&mut self, forecast: f64, one: &Past, on: NaiveDate) {
        self.met.add((on - one.due_on).num_days() - forecast.round() as i64);
    }

    /// The variance within debtors over that between them: so many invoices of its own weigh as much as the creditor's
    /// whole experience.
    fn alike(&mut self) -> f64 {
        *self.alike.get_or_insert_with(|| {
            let several: Vec<&Habit> = self.of.values().filter(|habit| habit.count >= 2).collect();
            let count: f64 = several.iter().map(|habit| habit.count as f64).sum();
            let debtors = several.len() as f64;
            if several.len() < 2 || count <= debtors {
                return ALIKE_UNTOLD;
            }
            let mean = |habit: &Habit| habit.sum / habit.count as f64;
            let squares: f64 = several.iter().map(|habit| habit.squares - habit.sum * mean(habit)).sum();
            let within = squares / (count - debtors);
            let middle: f64 = several.iter().map(|habit| mean(habit)).sum::<f64>() / debtors;
            let spread: f64 = several.iter().map(|habit| (mean(habit) - middle).powi(2)).sum::<f64>() / (debtors - 1.0);
            let between = spread - within * debtors / count;
            if between <= 0.0 { *ALIKE.end() } else { (within / between).clamp(*ALIKE.start(), *ALIKE.end()) }
        })
    }

    /// The usual delay of a debtor as it is known on `today`; `None` where nobody paid anything yet.
    pub fn usual(&mut self, debtor: &DebtorId, today: NaiveDate) -> Option<Usual> {
        let average = self.all.quantile(0.5, None)? as f64;
        let alike = self.alike();
        let nobody = Habit::default();
        let habit = self.of.get(debtor).unwrap_or(&nobody);
        let paid: Vec<i64> = habit.recent.iter().copied().collect();
        let usual = median(&paid).unwrap_or(average);
        let running = habit.open.iter().map(|due_on| (today - *due_on).num_days()).filter(|days| *days as f64 > usual);
        let counted: Vec<i64> = paid.iter().copied().chain(running).collect();
        let own = median(&counted);
        let weight = counted.len() as f64 / (counted.len() as f64 + alike);
        let days = own.map_or(average, |own| weight * own + (1.0 - weight) * average);
        let trend = paid
            .len()
            .checked_sub(TREND)
            .filter(|before| *before >= TREND)
            .and_then(|before| Some(median(&paid[before..])? - median(&paid[..before])?));
        let share_late = (habit.count > 0).then(|| habit.late as f64 / habit.count as f64);
        Some(Usual { days, own, invoices: counted.len(), average, weight, share_late, trend })
    }
}

fn median(days: &[i64]) -> Option<f64> {
    let mut sorted = days.to_vec();
    sorted.sort_unstable();
    let (middle, len) = (sorted.len() / 2, sorted.len());
    let upper = *sorted.get(middle)? as f64;
    Some(if len % 2 == 1 { upper } else { (upper + sorted[middle - 1] as f64) / 2.0 })
}

/// When one open invoice is expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// The middle of what is likely.
    pub on: NaiveDate,
    /// Eight of ten are paid from this day through `latest`; `None` where too few forecasts have met their payment.
    pub earliest: Option<NaiveDate>,
    /// See `earliest`.
    pub latest: Option<NaiveDate>,
    /// What it is made of.
    pub usual: Usual,
}

/// How debtors of one creditor pay, as it is known on the evening of a day.
#[derive(Debug)]
pub struct Forecast {
    habits: Habits,
    today: NaiveDate,
}

impl Forecast {
    /// From all invoices issued by the evening of `today`; what was settled later is open.
    pub fn of(past: &[Past], today: NaiveDate) -> Self {
        let mut habits = Habits::default();
        replay(past, today, |habits, one, day| habits.usual(&one.debtor, day).map(|usual| usual.days), &mut habits);
        Self { habits, today }
    }

    /// How a debtor pays; `None` where nobody paid anything yet.
    pub fn usual(&mut self, debtor: &DebtorId) -> Option<Usual> {
        self.habits.usual(debtor, self.today)
    }

    /// When an open invoice is expected; `None` where nothing is known of anybody, or it has been overdue for longer than
    /// any invoice that was paid.
    pub fn expected(&mut self, debtor: &DebtorId, due_on: NaiveDate) -> Option<Expected> {
        let usual = self.usual(debtor)?;
        let forecast = usual.days.round() as i64;
        let has_met = self.habits.met.total >= MET_MIN;
        let past = (self.today - due_on).num_days() - forecast;
        let at = |share| {
            let wrong = self.habits.met.quantile(share, Some(past))?;
            due_on.checked_add_signed(chrono::TimeDelta::days(forecast + wrong))
        };
        if !has_met {
            let on = due_on.checked_add_signed(chrono::TimeDelta::days(forecast))?;
            return (on > self.today).then_some(Expected { on, earliest: None, latest: None, usual });
        }
        let (on, earliest, latest) = (at(0.5)?, at(0.1), at(0.9));
        Some(Expected { on, earliest, latest, usual })
    }
}

/// Lives through the past day by day: what is issued is forecast with what was settled on earlier days, and meets its
/// payment on the day that comes.
pub(super) fn replay(
    past: &[Past],
    through: NaiveDate,
    mut forecast: impl FnMut(&mut Habits, &Past, NaiveDate) -> Option<f64>,
    habits: &mut Habits,
) {
    let mut days: BTreeMap<NaiveDate, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for (place, one) in past.iter().enumerate().filter(|(_, one)| one.issued_on <= through) {
        days.entry(one.issued_on).or_default().0.push(place);
        if let Some(on) = one.settled_on.filter(|on| *on <= through) {
            days.entry(on.max(one.issued_on)).or_default().1.push(place);
        }
    }
    let mut told: Vec<Option<f64>> = vec![None; past.len()];
    for (day, (issued, settled)) in days {
        for place in &issued {
            told[*place] = forecast(habits, &past[*place], day);
        }
        issued.iter().for_each(|place| habits.issued(&past[*place]));
        for place in settled {
            habits.settled(&past[place], day);
            if let Some(forecast) = told[place] {
                habits.met(forecast, &past[place], day);
            }
        }
    }
}

#[cfg(test)]
#[path = "forecast_tests.rs"]
mod tests;
