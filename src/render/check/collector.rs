//! The five mentions of a third-party collector's letter (articles R124-4 and L111-8 of the French code of civil
//! enforcement). A creditor that collects its own invoices is not bound by them.
//!
//! It looks for words of the law, in French or in English; whether the letter says them well, a person reads.

use std::collections::BTreeSet;

use super::super::names::names;
use super::super::problem::Problem;
use super::said::bare;
use crate::domain::Notice;

/// A company that collects for others, as its workflow declares it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Collector {
    /// Its name, as the letter shows it.
    pub name: String,
    /// Its address, as the letter shows it.
    pub address: String,
}

/// A mention: what it is, the words of which one must stand there (all groups), in French and in English, and how
/// to write it.
struct Mention {
    what: &'static str,
    french: &'static [&'static [&'static str]],
    english: &'static [&'static [&'static str]],
    help: &'static str,
}

const MENTIONS: [Mention; 4] = [
    Mention {
        what: "that the sender collects amicably for others (R124-4, 1°)",
        french: &[&["activité de recouvrement amiable"]],
        english: &[&["amicable debt collection", "amicable collection of debts"]],
        help: "write « exerce une activité de recouvrement amiable » beside the collector's name and address",
    },
    Mention {
        what: "the ground and the amount, principal, interest and accessories apart (R124-4, 3°)",
        french: &[&["principal"], &["intérêts"], &["accessoires"]],
        english: &[&["principal"], &["interest"], &["accessories", "ancillary"]],
        help: "write a line each for the principal, the interest and the accessories",
    },
    Mention {
        what: "the demand to pay (R124-4, 4°)",
        french: &[&["payer", "régler", "paiement"]],
        english: &[&["pay"]],
        help: "ask to pay, and say how",
    },
    Mention {
        what: "the text of L. 111-8, second and third paragraph (R124-4, 5°)",
        french: &[
            &["l. 111-8", "l.111-8", "l111-8"],
            &["restent à la charge du créancier"],
            &["débiteur de mauvaise foi"],
        ],
        english: &[&["l. 111-8", "l.111-8", "l111-8"], &["borne by the creditor"], &["bad faith"]],
        help: "reproduce the second and the third paragraph of article L. 111-8 of the code of civil enforcement",
    },
];

pub(super) fn check(
    collector: &Collector,
    file: &str,
    language: &str,
    notice: &Notice,
    said: &str,
    problems: &mut BTreeSet<Problem>,
) {
    let said = bare(said);
    let mut missing = |what: &str, help: &str| {
        let message = format!("a third-party collector's letter must show {what}");
        problems.insert(Problem::of("collector-mentions", file, message).help(help));
    };
    for (what, words) in [("name", &collector.name), ("address", &collector.address)] {
        if !said.contains(&bare(words)) {
            missing(&format!("the collector's {what} (R124-4, 1°)"), &format!("write `{words}`"));
        }
    }
    if let Some(content) = notice.content.as_deref() {
        let names = names(notice, content, language);
        let shows = |value: &serde_json::Value| value.as_str().is_none_or(|text| said.contains(&bare(text)));
        let city = &content.creditor.address.city;
        if !shows(&names["creditor"]["name"]) || !said.contains(&bare(city)) {
            missing("the creditor's name and address (R124-4, 2°)", "write `creditor.name` and `creditor.address`");
        }
        if !shows(&names["payment"]["iban"]) {
            missing("how to pay (R124-4, 4°)", "write `payment.iban`, or ask for it with `if` where it may be unknown");
        }
    }
    for mention in &MENTIONS {
        let groups = if language == "fr" { mention.french } else { mention.english };
        if !groups.iter().all(|words| words.iter().any(|word| said.contains(&bare(word)))) {
            missing(mention.what, mention.help);
        }
    }
}
