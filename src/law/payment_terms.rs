//! How long the law lets a debtor take to pay, where it was agreed and where nothing was.
//!
//! A term beyond what may be agreed is no less the term: it is said, and nothing is changed.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;

use super::{Legal, Terms};

/// Terms of payment towards one kind of debtor.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentTerms {
    /// Where nothing was agreed.
    pub default: Legal<Terms>,
    /// The longest that may be agreed. Those that go to the end of a month are the ceiling of such terms, the others of
    /// all other terms; of several the latest day counts.
    #[serde(default)]
    pub longest: Vec<Legal<Terms>>,
    /// The longest for an invoice that sums up the deliveries of a period; as for any other where absent.
    #[serde(default)]
    pub periodic: Option<Legal<Terms>>,
    /// The longest of sectors that have rules of their own: `haulage`.
    #[serde(default)]
    pub sectors: BTreeMap<String, Vec<Legal<Terms>>>,
}

/// What is asked about the term of one invoice.
#[derive(Clone, Copy, Debug)]
pub struct Term<'t> {
    /// The last day to pay on time.
    pub due_on: NaiveDate,
    /// The agreed terms, where they are known.
    pub terms: Option<&'t Terms>,
    /// The day of issue.
    pub issued_on: NaiveDate,
    /// The day of delivery or performance.
    pub delivered_on: Option<NaiveDate>,
    /// The sector of what was sold.
    pub sector: Option<&'t str>,
    /// Whether the invoice sums up the deliveries of a period.
    pub is_periodic: bool,
}

impl PaymentTerms {
    /// Why the term is longer than may be agreed, with the source; `None` where it is not, or the file has no ceiling.
    pub fn too_long(&self, term: &Term<'_>) -> Option<String> {
        let sector = term.sector.and_then(|name| Some((name, self.sectors.get(name)?)));
        let (whose, ceilings) = match (sector, &self.periodic) {
            (Some((name, ceilings)), _) => (format!(" in the sector {name}"), ceilings.as_slice()),
            (None, Some(periodic)) if term.is_periodic => {
                (" for a periodic invoice".to_owned(), std::slice::from_ref(periodic))
            }
            _ => (String::new(), self.longest.as_slice()),
        };
        let day = |ceiling: &Legal<Terms>| ceiling.value.due_on(term.issued_on, term.delivered_on);
        let unknown = ceilings.iter().find(|ceiling| day(ceiling).is_none());
        if let Some(ceiling) = unknown {
            return Some(format!(
                "whether the term is too long{whose} cannot be told: no day of delivery is known ({}; {})",
                ceiling.value, ceiling.source
            ));
        }
        let goes_to_month_end = |ceiling: &&Legal<Terms>| ceiling.value.is_to_month_end();
        let by_end = ceilings.iter().filter(goes_to_month_end);
        // A day without its terms may be that of a month's end: then it is one of the days that such a ceiling gives.
        let is_to_month_end = match term.terms {
            Some(terms) => terms.is_to_month_end() && ceilings.iter().any(|one| goes_to_month_end(&one)),
            None => by_end.clone().any(|ceiling| day(ceiling) == Some(term.due_on)),
        };
        let counts = |ceiling: &&Legal<Terms>| {
            ceiling.value.is_to_month_end() == is_to_month_end || ceilings.iter().all(|one| goes_to_month_end(&one))
        };
        let longest = ceilings.iter().filter(counts).max_by_key(|ceiling| day(ceiling))?;
        let last = day(longest).filter(|last| term.due_on > *last)?;
        Some(format!(
            "the term is longer than may be agreed{whose}: due {}, at the latest {last} ({}; {})",
            term.due_on, longest.value, longest.source
        ))
    }
}
