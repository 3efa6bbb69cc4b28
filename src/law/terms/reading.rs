//! The words of payment terms, one after the other.

use super::{CountedFrom, Move, Terms};

/// Longest count taken: what is longer is a year of a date, or a mistake.
const TERM_DAYS_MAX: u32 = 365;
const TERM_MONTHS_MAX: u32 = 12;

/// What a text has said so far. Nothing is said twice.
#[derive(Debug, Default)]
pub(super) struct Reading {
    count: Option<Move>,
    /// The end of a month or of a period of ten days.
    end: Option<Move>,
    /// Whether that end stands before the count in time: it comes first in the text, or after an `after`.
    end_first: bool,
    day_of_month: Option<u32>,
    next_month: bool,
    from: Option<CountedFrom>,
    on_receipt: bool,
    /// An `after` that no word has taken up yet.
    after: bool,
}

impl Reading {
    /// `None` at the first word that is not understood.
    pub fn of(words: &[&str]) -> Option<Self> {
        let mut reading = Self::default();
        let mut rest = words;
        while let Some((word, after)) = rest.split_first() {
            rest = reading.take(word, after)?;
        }
        (!reading.after).then_some(reading)
    }

    /// Takes one word, and those after it that belong to it; the rest is handed back.
    fn take<'w>(&mut self, word: &str, rest: &'w [&'w str]) -> Option<&'w [&'w str]> {
        match word {
            "due" | "on" | "net" | "nets" | "nette" | "n" | "à" | "a" | "au" | "de" | "d" | "date" | "of" | "du"
            | "des" | "the" | "la" | "le" | "les" | "l" | "jour" | "day" | "payment" | "paiement" | "payable"
            | "within" | "sous" | "plus" => {}
            "after" | "après" | "apres" | "from" | "past" | "compter" | "partir" | "dès" | "depuis" => {
                self.after = true
            }
            "comptant" | "immediate" | "immediately" | "immédiat" | "cash" => once(&mut self.count, Move::Days(0))?,
            "receipt" | "réception" | "reception" => {
                (self.on_receipt, self.after) = (true, false);
            }
            "facture" | "invoice" | "issue" | "émission" | "emission" | "invoicing" | "facturation" => {
                self.counted_from(CountedFrom::Issue)?;
            }
            "livraison" | "delivery" | "goods" | "marchandises" | "prestation" | "performance" => {
                self.counted_from(CountedFrom::Delivery)?;
            }
            "eom" | "fdm" => self.ends(Move::EndOfMonth)?,
            "fin" | "end" => return self.take_end(rest),
            "next" | "following" => return self.take_next_month(rest),
            "mois" | "month" => {
                let (word, rest) = rest.split_first()?;
                match *word {
                    "end" => self.ends(Move::EndOfMonth)?,
                    "suivant" | "prochain" => once_flag(&mut self.next_month)?,
                    _ => return None,
                }
                return Some(rest);
            }
            number => return self.take_number(number, rest),
        }
        Some(rest)
    }

    /// A day named as that from which the term counts.
    fn counted_from(&mut self, day: CountedFrom) -> Option<()> {
        self.after = false;
        match self.from {
            Some(known) => (known == day).then_some(()),
            None => once(&mut self.from, day),
        }
    }

    fn ends(&mut self, end: Move) -> Option<()> {
        self.end_first = self.count.is_none() || self.after;
        self.after = false;
        once(&mut self.end, end)
    }

    /// `end of [the] month`, `fin de mois`, `end of the ten-day period`, `fin de décade`.
    fn take_end<'w>(&mut self, rest: &'w [&'w str]) -> Option<&'w [&'w str]> {
        let small = rest.iter().take_while(|word| matches!(**word, "of" | "the" | "de" | "du" | "la")).count();
        match &rest[small..] {
            ["ten", "day", "period", rest @ ..] | ["décade" | "decade", rest @ ..] => {
                self.ends(Move::EndOfTenDays)?;
                Some(rest)
            }
            ["mois" | "month", rest @ ..] => {
                self.ends(Move::EndOfMonth)?;
                Some(rest)
            }
            _ => None,
        }
    }

    fn take_next_month<'w>(&mut self, rest: &'w [&'w str]) -> Option<&'w [&'w str]> {
        let (["month" | "mois"], rest) = rest.split_at_checked(1)? else { return None };
        once_flag(&mut self.next_month)?;
        Some(rest)
    }

    /// `30`, `30 days`, `30j`, `2 months`, `10th`, and `10` after `le` or `the`.
    fn take_number<'w>(&mut self, word: &str, rest: &'w [&'w str]) -> Option<&'w [&'w str]> {
        let digits = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
        let (number, unit) = word.split_at(digits);
        let number: u32 = number.parse().ok()?;
        let days = |number: u32| (number <= TERM_DAYS_MAX).then_some(Move::Days(number));
        match (unit, rest) {
            ("st" | "nd" | "rd" | "th" | "er", _) => self.on_day(number)?,
            ("j" | "d", _) => once(&mut self.count, days(number)?)?,
            ("", ["jours" | "jour" | "days" | "day" | "j" | "d", rest @ ..]) => {
                once(&mut self.count, days(number)?)?;
                return Some(rest);
            }
            ("", ["mois" | "months" | "month", rest @ ..]) if !matches!(rest, ["suivant" | "prochain" | "end", ..]) => {
                once(&mut self.count, (number <= TERM_MONTHS_MAX).then_some(Move::Months(number))?)?;
                return Some(rest);
            }
            // What stands after the end of a month, or before one that is to come, is a day of it; else a count.
            ("", _) if self.end.is_some() && self.count.is_some() => self.on_day(number)?,
            ("", ["du" | "of", "mois" | "next" | "following" | "the", ..]) => self.on_day(number)?,
            ("", _) => once(&mut self.count, days(number)?)?,
            _ => return None,
        }
        Some(rest)
    }

    fn on_day(&mut self, number: u32) -> Option<()> {
        once(&mut self.day_of_month, (1..=31).contains(&number).then_some(number)?)
    }

    /// What the words come to, in the order of the count.
    pub fn terms(self) -> Option<Terms> {
        let from = match (self.from, self.on_receipt) {
            (Some(CountedFrom::Delivery), _) => CountedFrom::Delivery,
            (_, true) if self.count.is_some() || self.end.is_some() => CountedFrom::Receipt,
            _ => CountedFrom::Issue,
        };
        let on_the_day = (self.count.is_none() && self.end.is_none() && self.on_receipt).then_some(Move::Days(0));
        let count = self.count.or(on_the_day);
        let day = match (self.day_of_month, self.end, self.next_month) {
            (None, _, false) => None,
            (Some(day), None, true) => Some(Move::DayOfNextMonth(day)),
            (Some(day), Some(Move::EndOfMonth), _) if !(self.end_first && count.is_some()) => {
                Some(Move::DayOfNextMonth(day))
            }
            _ => return None,
        };
        let (first, second) = if self.end_first { (self.end, count) } else { (count, self.end) };
        let moves: Vec<Move> = [first, second, day].into_iter().flatten().collect();
        (!moves.is_empty()).then_some(Terms { from, moves })
    }
}

/// Says something that has not been said.
fn once<T>(place: &mut Option<T>, said: T) -> Option<()> {
    match place {
        Some(_) => None,
        None => {
            *place = Some(said);
            Some(())
        }
    }
}

fn once_flag(place: &mut bool) -> Option<()> {
    let is_new = !*place;
    *place = true;
    is_new.then_some(())
}
