//! The creditor, the debtor and how the debtor can be reached.

use serde::{Deserialize, Serialize};

use super::{AllocationPolicy, CreditorId, DebtorId, Money, WorkflowName};

/// A BCP 47 locale, kept as written; templates are matched by its language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Locale(pub String);

impl Locale {
    /// The language subtag in lower case: `fr` of `fr-FR`.
    pub fn language(&self) -> String {
        self.0.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase()
    }
}

/// A postal address; reachable by letter when lines, postal code, city and country are all there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Street lines, without the name, postal code and city.
    #[serde(default)]
    pub lines: Vec<String>,
    /// Postal code.
    #[serde(default)]
    pub postal_code: String,
    /// City.
    #[serde(default)]
    pub city: String,
    /// ISO 3166 two-letter country code in capitals.
    #[serde(default)]
    pub country: String,
}

impl Address {
    /// Whether a letter can be sent to it.
    pub fn is_complete(&self) -> bool {
        self.lines.iter().any(|line| !line.trim().is_empty())
            && !self.postal_code.trim().is_empty()
            && !self.city.trim().is_empty()
            && self.country.len() == 2
    }
}

/// What a creditor's terms of sale say about late payment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditorTerms {
    /// Contract penalty rate, percent a year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub penalty_rate: Option<rust_decimal::Decimal>,
    /// Clauses that letters may quote, as written by the creditor.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clauses: Vec<String>,
    /// How it books money; relance's own way where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocation: Option<AllocationPolicy>,
}

/// The company that is owed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Creditor {
    /// The tenant's identifier.
    pub id: CreditorId,
    /// Name as it signs.
    pub name: String,
    /// SIREN or another legal register's number.
    pub legal_id: String,
    /// VAT number.
    #[serde(default)]
    pub vat_id: Option<String>,
    /// Its postal address, the sender's address on letters.
    pub address: Address,
    /// Address of the `From` header.
    pub email_from: String,
    /// Address of the `Reply-To` header.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// Telephone shown to debtors.
    #[serde(default)]
    pub phone: Option<String>,
    /// Account to pay to.
    #[serde(default)]
    pub iban: Option<String>,
    /// Its bank.
    #[serde(default)]
    pub bic: Option<String>,
    /// Language of its notices where the debtor states none.
    pub locale: Locale,
    /// Its own time zone.
    pub timezone: chrono_tz::Tz,
    /// Logo for email and letters.
    #[serde(default)]
    pub logo_url: Option<String>,
    /// Its sector, where terms and limitation have rules of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sector: Option<String>,
    /// Terms on late payment.
    #[serde(default)]
    pub terms: Option<CreditorTerms>,
}

/// What kind of debtor, which decides the law that applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DebtorKind {
    /// A company or professional.
    Business,
    /// A private person.
    Consumer,
    /// The State, a local authority, a public hospital.
    Public,
}

impl DebtorKind {
    /// `business`, `consumer`, `public`
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Business => "business",
            Self::Consumer => "consumer",
            Self::Public => "public",
        }
    }
}

/// Whom in the debtor's house a contact reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactRole {
    /// Accounts payable.
    Billing,
    /// The person named for reminders.
    Dunning,
    /// Management.
    Management,
    /// Legal department or counsel.
    Legal,
}

/// One way into the debtor's house.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Whom it reaches.
    pub role: ContactRole,
    /// The person's name.
    #[serde(default)]
    pub name: Option<String>,
    /// Email address.
    #[serde(default)]
    pub email: Option<String>,
    /// Telephone, E.164 where it is to receive SMS.
    #[serde(default)]
    pub phone: Option<String>,
}

/// A credit score given by somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Risk {
    /// The score; its scale is its source's.
    pub score: rust_decimal::Decimal,
    /// Who gave it.
    pub source: String,
}

/// The debtor asked, or the creditor decided, that it is not to be contacted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoNotContact {
    /// Why.
    pub reason: String,
}

/// Recorded consents; absent means not recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consents {
    /// To electronic registered letters.
    #[serde(default)]
    pub electronic_registered_mail: Option<bool>,
    /// To SMS; `false` forbids them.
    #[serde(default)]
    pub sms: Option<bool>,
}

/// The company or person that owes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Debtor {
    /// The platform's identifier.
    pub id: DebtorId,
    /// What kind.
    pub kind: DebtorKind,
    /// Name.
    pub name: String,
    /// Legal register's number.
    #[serde(default)]
    pub legal_id: Option<String>,
    /// Postal address.
    #[serde(default)]
    pub address: Option<Address>,
    /// Ways to reach it, by role.
    #[serde(default)]
    pub contacts: Vec<Contact>,
    /// Its language; else the creditor's.
    #[serde(default)]
    pub locale: Option<Locale>,
    /// Its time zone; else the workflow's.
    #[serde(default)]
    pub timezone: Option<chrono_tz::Tz>,
    /// Free labels, for `tag("…")`.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Payment terms agreed with it, as the platform writes them.
    #[serde(default)]
    pub payment_terms: Option<String>,
    /// Credit score.
    #[serde(default)]
    pub risk: Option<Risk>,
    /// The most it should owe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit_limit: Option<Money>,
    /// A workflow chosen for it by name.
    #[serde(default)]
    pub workflow: Option<WorkflowName>,
    /// Not to be contacted.
    #[serde(default)]
    pub do_not_contact: Option<DoNotContact>,
    /// Recorded consents.
    #[serde(default)]
    pub consents: Consents,
}
