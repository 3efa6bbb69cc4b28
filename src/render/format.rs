//! Amounts, dates and terms as a reader of each language expects them.
//!
//! French and English are written out. Any other language gets neutral forms that nobody misreads (`1200.00 EUR`,
//! `2026-03-31`) and no spelled-out terms, so that a template in it must word them itself.

use chrono::{Datelike as _, NaiveDate};
use rust_decimal::Decimal;

use crate::domain::{Currency, DeliveryStatus, StatedDeadline, plain_amount};

/// Narrow no-break space: between thousands and before a sign in French.
const NARROW: char = '\u{202f}';

const FRENCH_MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
/// The way values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    French,
    English,
    Neutral,
}

impl Style {
    /// The style of a language subtag in lower case.
    pub(super) fn of(language: &str) -> Self {
        match language {
            "fr" => Self::French,
            "en" => Self::English,
            _ => Self::Neutral,
        }
    }

    /// An amount with its currency: `1 200,00 €`, `€1,200.00`; rounded to the currency's decimals.
    pub(super) fn money(self, amount: Decimal, currency: Currency) -> String {
        let plain = plain_amount(amount.abs(), currency);
        let sign = if amount.is_sign_negative() && !amount.is_zero() { "-" } else { "" };
        match (self, currency.code()) {
            (Self::French, code) => {
                let shown = match code {
                    "EUR" => "€",
                    "GBP" => "£",
                    other => other,
                };
                format!("{sign}{}{NARROW}{shown}", grouped(&plain, NARROW, ','))
            }
            (Self::English, code) => {
                let before = match code {
                    "EUR" => "€".to_owned(),
                    "GBP" => "£".to_owned(),
                    "USD" => "US$".to_owned(),
                    other => format!("{other}\u{a0}"),
                };
                format!("{sign}{before}{}", grouped(&plain, ',', '.'))
            }
            (Self::Neutral, code) => format!("{sign}{plain}\u{a0}{code}"),
        }
    }

    /// A percentage: `12,15 %`, `12.15%`.
    pub(super) fn percent(self, rate: Decimal) -> String {
        let plain = rate.normalize().to_string();
        match self {
            Self::French => format!("{}{NARROW}%", plain.replace('.', ",")),
            Self::English | Self::Neutral => format!("{plain}%"),
        }
    }

    /// A day: `31 mars 2026`, `1er avril 2026`, `31 March 2026`. No-break spaces keep it on one line.
    pub(super) fn date(self, day: NaiveDate) -> String {
        let month = day.month0() as usize;
        match self {
            Self::French if day.day() == 1 => format!("1er\u{a0}{}\u{a0}{}", FRENCH_MONTHS[month], day.year()),
            Self::French => format!("{}\u{a0}{}\u{a0}{}", day.day(), FRENCH_MONTHS[month], day.year()),
            Self::English => day.format("%-d\u{a0}%B\u{a0}%Y").to_string(),
            Self::Neutral => day.format("%Y-%m-%d").to_string(),
        }
    }

    /// How long a term is, `15 jours`, `10 business days`, `2 months`; `None` where the language is not spelled out.
    pub(super) fn term(self, deadline: &StatedDeadline) -> Option<String> {
        if let Some(months) = deadline.months {
            let unit = match (self, months) {
                (Self::French, _) => "mois",
                (Self::English, 1) => "month",
                (Self::English, _) => "months",
                (Self::Neutral, _) => return None,
            };
            return Some(format!("{months}\u{a0}{unit}"));
        }
        let one = deadline.days == 1;
        let unit = match (self, deadline.business, one) {
            (Self::French, ..) if deadline.working && one => "jour ouvrable",
            (Self::French, ..) if deadline.working => "jours ouvrables",
            (Self::English, ..) if deadline.working && one => "working day",
            (Self::English, ..) if deadline.working => "working days",
            (Self::French, false, true) => "jour",
            (Self::French, false, false) => "jours",
            (Self::French, true, true) => "jour ouvré",
            (Self::French, true, false) => "jours ouvrés",
            (Self::English, false, true) => "day",
            (Self::English, false, false) => "days",
            (Self::English, true, true) => "business day",
            (Self::English, true, false) => "business days",
            (Self::Neutral, ..) => return None,
        };
        Some(format!("{}\u{a0}{unit}", deadline.days))
    }

    /// What a term runs from, to be put behind `à compter de` or `from`; `None` where the language is not spelled out.
    pub(super) fn term_starts(self, from: DeliveryStatus) -> Option<&'static str> {
        use DeliveryStatus as From;
        Some(match (self, from) {
            (Self::French, From::FirstPresented) => "la première présentation de la lettre",
            (Self::French, From::Delivered | From::ReceiptProof) => "la réception de la lettre",
            (Self::French, _) => "l’envoi de la lettre",
            (Self::English, From::FirstPresented) => "the first presentation of the letter",
            (Self::English, From::Delivered | From::ReceiptProof) => "receipt of the letter",
            (Self::English, _) => "the date of dispatch of the letter",
            (Self::Neutral, _) => return None,
        })
    }
}

/// Groups the whole part by three and puts the language's decimal mark.
fn grouped(plain: &str, group: char, mark: char) -> String {
    let (whole, decimals) = plain.split_once('.').map_or((plain, None), |(whole, rest)| (whole, Some(rest)));
    let mut out = String::with_capacity(plain.len() + 8);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            out.push(group);
        }
        out.push(digit);
    }
    if let Some(decimals) = decimals {
        out.push(mark);
        out.push_str(decimals);
    }
    out
}

/// An IBAN in groups of four, as people read and type it.
pub(super) fn iban(text: &str) -> String {
    let plain: Vec<char> = text.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let groups: Vec<String> = plain.chunks(4).map(|four| four.iter().collect()).collect();
    groups.join("\u{a0}").to_ascii_uppercase()
}

/// A country's name for the last line of an address, in capitals; its code where this list does not know it.
pub(super) fn country(code: &str, style: Style) -> String {
    let names = match code {
        "AT" => ("AUTRICHE", "AUSTRIA"),
        "BE" => ("BELGIQUE", "BELGIUM"),
        "CA" => ("CANADA", "CANADA"),
        "CH" => ("SUISSE", "SWITZERLAND"),
        "DE" => ("ALLEMAGNE", "GERMANY"),
        "DK" => ("DANEMARK", "DENMARK"),
        "ES" => ("ESPAGNE", "SPAIN"),
        "FR" => ("FRANCE", "FRANCE"),
        "GB" => ("ROYAUME-UNI", "UNITED KINGDOM"),
        "IE" => ("IRLANDE", "IRELAND"),
        "IT" => ("ITALIE", "ITALY"),
        "LU" => ("LUXEMBOURG", "LUXEMBOURG"),
        "MC" => ("MONACO", "MONACO"),
        "NL" => ("PAYS-BAS", "NETHERLANDS"),
        "PL" => ("POLOGNE", "POLAND"),
        "PT" => ("PORTUGAL", "PORTUGAL"),
        "SE" => ("SUÈDE", "SWEDEN"),
        "US" => ("ÉTATS-UNIS", "UNITED STATES"),
        other => return other.to_owned(),
    };
    match style {
        Style::French => names.0.to_owned(),
        Style::English | Style::Neutral => names.1.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn amounts_follow_the_language() {
        let pound = Currency::from_code("GBP").unwrap();
        let yen = Currency::from_code("JPY").unwrap();
        assert_eq!(Style::French.money(amount("1200"), Currency::EUR), "1\u{202f}200,00\u{202f}€");
        assert_eq!(Style::French.money(amount("1234567.5"), Currency::EUR), "1\u{202f}234\u{202f}567,50\u{202f}€");
        assert_eq!(Style::French.money(amount("-0.5"), Currency::EUR), "-0,50\u{202f}€");
        assert_eq!(Style::English.money(amount("1200"), Currency::EUR), "€1,200.00");
        assert_eq!(Style::English.money(amount("999.99"), pound), "£999.99");
        assert_eq!(Style::English.money(amount("120000"), yen), "JPY\u{a0}120,000");
        assert_eq!(Style::Neutral.money(amount("1200"), Currency::EUR), "1200.00\u{a0}EUR");
        assert_eq!(Style::French.percent(amount("12.150")), "12,15\u{202f}%");
    }

    #[test]
    fn dates_follow_the_language() {
        let day = |d| NaiveDate::from_ymd_opt(2026, 3, d).unwrap();
        assert_eq!(Style::French.date(day(31)).replace('\u{a0}', " "), "31 mars 2026");
        assert_eq!(Style::French.date(day(1)).replace('\u{a0}', " "), "1er mars 2026");
        assert_eq!(Style::English.date(day(31)).replace('\u{a0}', " "), "31 March 2026");
        assert_eq!(Style::Neutral.date(day(31)), "2026-03-31");
    }

    #[test]
    fn ibans_are_grouped() {
        assert_eq!(iban("fr7630006000011234567890189").replace('\u{a0}', " "), "FR76 3000 6000 0112 3456 7890 189");
    }
}
