//! The invented creditors and debtors.

use serde_json::{Value, json};

use super::dice::Dice;

/// A creditor of the demonstration.
pub(super) struct Creditor {
    pub(super) id: &'static str,
    name: &'static str,
    legal_id: &'static str,
    city: (&'static str, &'static str, &'static str),
    phone: &'static str,
    iban: &'static str,
    bic: &'static str,
    locale: &'static str,
    timezone: &'static str,
    pub(super) currency: &'static str,
    pub(super) prefix: &'static str,
}

// The identifiers begin with 000, which no register gives out; the account numbers are the ones printed in examples.
const CREDITORS: [Creditor; 3] = [
    Creditor {
        id: "verrerie-aubrelle",
        name: "Verrerie d'Aubrelle",
        legal_id: "000000018",
        city: ("12 rue des Souffleurs", "75011", "Paris"),
        phone: "+33199000101",
        iban: "FR7630006000011234567890189",
        bic: "AGRIFRPP",
        locale: "fr-FR",
        timezone: "Europe/Paris",
        currency: "EUR",
        prefix: "FA",
    },
    Creditor {
        id: "kestrel-moor",
        name: "Kestrel Moor Paper",
        legal_id: "00000026",
        city: ("4 Watermill Yard", "LS1 4AP", "Leeds"),
        phone: "+441632960102",
        iban: "GB82WEST12345698765432",
        bic: "WESTGB22",
        locale: "en-GB",
        timezone: "Europe/London",
        currency: "GBP",
        prefix: "KM",
    },
    Creditor {
        id: "comptoir-lumeraie",
        name: "Comptoir Lumeraie",
        legal_id: "000000034",
        city: ("8 quai des Tonneliers", "33000", "Bordeaux"),
        phone: "+33199000103",
        iban: "FR1420041010050500013M02606",
        bic: "PSSTFRPP",
        locale: "fr-FR",
        timezone: "Europe/Paris",
        currency: "EUR",
        prefix: "CL",
    },
];

pub(super) fn creditors() -> &'static [Creditor] {
    &CREDITORS
}

impl Creditor {
    pub(super) fn data(&self) -> Value {
        let (line, postal_code, city) = self.city;
        json!({
            "id": self.id,
            "name": self.name,
            "legal_id": self.legal_id,
            "address": {"lines": [line], "postal_code": postal_code, "city": city, "country": &self.locale[3..]},
            "email_from": format!("accounts@{}.example.org", self.id),
            "reply_to": format!("accounts@{}.example.org", self.id),
            "phone": self.phone,
            "iban": self.iban,
            "bic": self.bic,
            "locale": self.locale,
            "timezone": self.timezone,
        })
    }
}

/// How a debtor treats its invoices.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Habit {
    /// Pays in time, or nearly.
    Punctual,
    /// Pays after a reminder or two.
    Slow,
    /// Disputes, promises, pays in parts.
    Difficult,
    /// Pays little or nothing.
    Silent,
}

/// What happens to one debtor as a whole.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Fate {
    Ordinary,
    Insolvent,
    OnHold,
    OnPlan,
}

/// A debtor of the demonstration.
pub(super) struct Debtor {
    creditor: usize,
    pub(super) id: String,
    name: String,
    consumer: bool,
    english: bool,
    street: i64,
    town: (&'static str, &'static str),
    number: u64,
    has_email: bool,
    has_mobile: bool,
    do_not_contact: bool,
    pub(super) habit: Habit,
    pub(super) fate: Fate,
}

const FRENCH_TRADES: [&str; 10] = [
    "Atelier",
    "Garage",
    "Boulangerie",
    "Menuiserie",
    "Imprimerie",
    "Librairie",
    "Serres",
    "Transports",
    "Couverture",
    "Hôtel",
];
const FRENCH_NAMES: [&str; 9] =
    ["Brumelin", "Tourvelle", "Charmeroy", "Valdorne", "Roquebrise", "Landrevin", "Fontaneige", "Passerane", "Mirvaux"];
const FIRST_NAMES: [&str; 7] = ["Camille", "Dominique", "Claude", "Sacha", "Maxence", "Lou", "Noa"];
const ENGLISH_TRADES: [&str; 7] = ["Bakery", "Joinery", "Garage", "Print Works", "Nurseries", "Haulage", "Tearooms"];
const ENGLISH_NAMES: [&str; 9] = [
    "Ashwick Hollow",
    "Dunmarrow",
    "Fernleigh Cross",
    "Hollinbeck",
    "Marrowby",
    "Pellgate",
    "Quenby Fold",
    "Thrushcombe",
    "Wexlow",
];
const FRENCH_TOWNS: [(&str, &str); 7] = [
    ("75011", "Paris"),
    ("69003", "Lyon"),
    ("13006", "Marseille"),
    ("35000", "Rennes"),
    ("67000", "Strasbourg"),
    ("59000", "Lille"),
    ("97400", "Saint-Denis"),
];
const ENGLISH_TOWNS: [(&str, &str); 4] =
    [("LS1 4AP", "Leeds"), ("BS1 5TR", "Bristol"), ("M1 2JW", "Manchester"), ("NE1 3DY", "Newcastle upon Tyne")];

/// The debtor at a place of the list: half belong to the first creditor, a third to the second, the rest to the third.
pub(super) fn debtor(place: u64, dice: &mut Dice) -> Debtor {
    let creditor = match place % 6 {
        0..=2 => 0,
        3 | 4 => 1,
        _ => 2,
    };
    // The third creditor has customers of both languages.
    let english = creditor == 1 || creditor == 2 && dice.chance(40);
    let consumer = creditor == 0 && place % 3 == 2;
    let index = |list_len: usize, step: u64| usize::try_from(place / step).unwrap_or_default() % list_len;
    let name = if consumer {
        format!("{} {}", FIRST_NAMES[index(FIRST_NAMES.len(), 3)], FRENCH_NAMES[index(FRENCH_NAMES.len(), 5)])
    } else if english {
        format!("{} {}", ENGLISH_NAMES[index(ENGLISH_NAMES.len(), 1)], ENGLISH_TRADES[index(ENGLISH_TRADES.len(), 2)])
    } else {
        format!("{} {}", FRENCH_TRADES[index(FRENCH_TRADES.len(), 1)], FRENCH_NAMES[index(FRENCH_NAMES.len(), 2)])
    };
    let fate = match place {
        10 => Fate::Insolvent,
        21 => Fate::OnHold,
        31 => Fate::OnPlan,
        _ => Fate::Ordinary,
    };
    let habits = [(Habit::Punctual, 45), (Habit::Slow, 28), (Habit::Difficult, 17), (Habit::Silent, 10)];
    Debtor {
        creditor,
        id: format!("D-{:03}", place + 1),
        name,
        consumer,
        english,
        street: dice.between(1, 98),
        town: if english {
            ENGLISH_TOWNS[index(ENGLISH_TOWNS.len(), 1)]
        } else {
            FRENCH_TOWNS[index(FRENCH_TOWNS.len(), 1)]
        },
        number: place,
        has_email: dice.chance(92),
        has_mobile: dice.chance(70),
        do_not_contact: place == 40,
        habit: if fate == Fate::Ordinary { dice.pick(&habits) } else { Habit::Silent },
        fate,
    }
}

impl Debtor {
    pub(super) fn creditor(&self) -> &'static Creditor {
        &CREDITORS[self.creditor]
    }

    /// How many days it is given to pay.
    pub(super) fn term_days(&self) -> i64 {
        if self.consumer { 15 } else { 30 }
    }

    /// The smallest and the largest invoice, in cents.
    pub(super) fn cents(&self) -> (i64, i64) {
        if self.consumer { (3_500, 90_000) } else { (9_000, 1_100_000) }
    }

    pub(super) fn data(&self) -> Value {
        let (postal_code, city) = self.town;
        let street = if self.english { "Example Street" } else { "rue des Exemples" };
        let mut contact = json!({"role": "billing"});
        if self.has_email {
            contact["email"] = json!(format!("accounts@{}.example.org", self.id.to_lowercase()));
        }
        if self.has_mobile {
            // Kept for fiction: 06 39 98 xx xx in France (ARCEP), 07700 900xxx in the United Kingdom (Ofcom).
            let mobile = if self.english {
                format!("+447700900{:03}", self.number)
            } else {
                format!("+3363998{:04}", self.number)
            };
            contact["phone"] = json!(mobile);
        }
        let mut data = json!({
            "debtor": self.id,
            "kind": if self.consumer { "consumer" } else { "business" },
            "name": self.name,
            "address": {
                "lines": [format!("{} {street}", self.street)],
                "postal_code": postal_code,
                "city": city,
                "country": if self.english { "GB" } else { "FR" },
            },
            "contacts": [contact],
            "locale": if self.english { "en-GB" } else { "fr-FR" },
        });
        if self.do_not_contact {
            data["do_not_contact"] = json!({"reason": "asked to be written to by its lawyer only"});
        }
        data
    }
}
