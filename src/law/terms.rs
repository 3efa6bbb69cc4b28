//! Payment terms as people write them, where an invoice gives no due date.
//!
//! `45 jours fin de mois` has two lawful computations; the common one is taken (issue + 45 days, then the end
//! of that month) and the other must be asked for in words: `fin de mois 45 jours`. A text that is not
//! understood is no date: nobody is chased by a guess.

use chrono::{Datelike, Days, NaiveDate};

use super::add_months;

/// Longest term taken, in days: ten years.
const TERM_DAYS_MAX: u64 = 3650;

/// The due date that `terms` give an invoice of that day; `None` where they are not understood.
///
/// Understood, in French and English, whatever the case and spacing: `30`, `net 30`, `30 days`, `30 jours nets`,
/// `due on receipt`, `comptant`, `fin de mois`, `end of month`, `45 jours fin de mois`, `fin de mois 45 jours`,
/// `45 jours fin de mois le 10`, `30 days EOM`, `45 days from delivery` (needs the day of delivery).
pub fn due_date(terms: &str, issued_on: NaiveDate, delivered_on: Option<NaiveDate>) -> Option<NaiveDate> {
    let words: Vec<String> = terms
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let mut start = issued_on;
    let mut moves = Vec::new();
    let mut words = words.iter().map(String::as_str).peekable();
    while let Some(word) = words.next() {
        match word {
            "due" | "on" | "net" | "nets" | "nette" | "à" | "a" | "de" | "date" | "facture" | "invoice" | "from"
            | "after" | "of" | "du" | "après" | "apres" | "jours" | "jour" | "days" | "day" | "j" | "d" | "the" => {}
            "comptant" | "receipt" | "immediate" | "réception" | "reception" => moves.push(Move::Days(0)),
            "livraison" | "delivery" => start = delivered_on?,
            "eom" | "fdm" => moves.push(Move::EndOfMonth),
            "fin" | "end" => {
                words.next_if(|next| matches!(*next, "de" | "of"));
                words.next_if_eq(&"mois").or_else(|| words.next_if_eq(&"month"))?;
                moves.push(Move::EndOfMonth);
            }
            "le" => moves.push(Move::DayOfNextMonth(words.next()?.parse().ok().filter(|day| (1..=31).contains(day))?)),
            number => {
                moves.push(Move::Days(
                    number.trim_end_matches(['j', 'd']).parse().ok().filter(|n| *n <= TERM_DAYS_MAX)?,
                ));
            }
        }
    }
    if moves.is_empty() {
        return None;
    }
    moves.into_iter().try_fold(start, |day, step| step.from(day))
}

#[derive(Clone, Copy)]
enum Move {
    Days(u64),
    EndOfMonth,
    DayOfNextMonth(u32),
}

impl Move {
    fn from(self, day: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Days(count) => day.checked_add_days(Days::new(count)),
            Self::EndOfMonth => add_months(day.with_day(1)?, 1).pred_opt(),
            Self::DayOfNextMonth(number) => {
                let next = add_months(day.with_day(1)?, 1);
                (1..=number).rev().find_map(|number| next.with_day(number))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(terms: &str, issued_on: &str) -> Option<String> {
        let delivered_on = NaiveDate::from_ymd_opt(2025, 1, 31);
        due_date(terms, issued_on.parse().unwrap(), delivered_on).map(|day| day.to_string())
    }

    #[test]
    fn forty_five_days_end_of_month_is_computed_both_ways() {
        // CEPC, computation of payment terms: (A) + 45 days then end of month, (B) end of month then + 45, 60 net.
        for (issued, a, b, net) in [
            ("2025-01-15", "2025-03-31", "2025-03-17", "2025-03-16"),
            ("2025-01-31", "2025-03-31", "2025-03-17", "2025-04-01"),
            ("2025-03-10", "2025-04-30", "2025-05-15", "2025-05-09"),
            ("2025-04-10", "2025-05-31", "2025-06-14", "2025-06-09"),
            ("2025-10-05", "2025-11-30", "2025-12-15", "2025-12-04"),
            ("2025-10-22", "2025-12-31", "2025-12-15", "2025-12-21"),
            ("2025-12-16", "2026-01-31", "2026-02-14", "2026-02-14"),
            ("2025-12-31", "2026-02-28", "2026-02-14", "2026-03-01"),
            ("2024-01-01", "2024-02-29", "2024-03-16", "2024-03-01"),
        ] {
            assert_eq!(due("45 jours fin de mois", issued).as_deref(), Some(a), "{issued}");
            assert_eq!(due("Fin de mois + 45 jours", issued).as_deref(), Some(b), "{issued}");
            assert_eq!(due("Net 60", issued).as_deref(), Some(net), "{issued}");
        }
    }

    #[test]
    fn other_terms_are_read_and_unknown_ones_are_no_date() {
        assert_eq!(due("30 days", "2025-03-01").as_deref(), Some("2025-03-31"));
        assert_eq!(due("30 jours après livraison", "2025-02-10").as_deref(), Some("2025-03-02"));
        assert_eq!(due("30 days after delivery", "2025-02-10").as_deref(), Some("2025-03-02"));
        assert_eq!(due("30 jours fin de mois le 10", "2025-01-15").as_deref(), Some("2025-03-10"));
        assert_eq!(due("fin de mois", "2025-02-10").as_deref(), Some("2025-02-28"));
        assert_eq!(due("30d EOM", "2025-02-10").as_deref(), Some("2025-03-31"));
        assert_eq!(due("comptant", "2025-02-10").as_deref(), Some("2025-02-10"));
        assert_eq!(due("when the moon is full", "2025-02-10"), None);
        assert_eq!(due("", "2025-02-10"), None);
        assert_eq!(due("999999 days", "2025-02-10"), None);
    }
}
