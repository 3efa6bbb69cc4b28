//! The names a condition may use: one table, from which checking, documentation and schema are made.

use strsim::damerau_levenshtein;

macro_rules! names {
    ($($name:ident $text:literal $kind:ident $presence:ident $about:literal,)+) => {
        /// A name a condition may use, resolved when it was checked.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Name {
            $(#[doc = $about] $name,)+
        }

        /// Every name with its type, whether it may be absent (then it needs `??`), and what it says.
        pub const NAMES: &[NameInfo] = &[
            $(NameInfo {
                name: Name::$name,
                text: $text,
                kind: NameType::$kind,
                optional: names!(@$presence),
                about: $about,
            },)+
        ];
    };
    (@always) => { false };
    (@maybe) => { true };
}

/// The type of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameType {
    /// true or false
    Bool,
    /// Free text.
    Text,
    /// `business`, `consumer`, `public`
    DebtorKind,
    /// An ISO 4217 code.
    Currency,
    /// `prevention`, `reminder`, `formal_notice`, `legal`
    Phase,
    /// A number.
    Decimal,
    /// An amount in a currency.
    Money,
    /// A civil day.
    Date,
}

impl NameType {
    /// The type's name in messages and documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bool => "true or false",
            Self::Text => "text",
            Self::DebtorKind => "kind of debtor",
            Self::Currency => "currency",
            Self::Phase => "phase",
            Self::Decimal => "number",
            Self::Money => "amount",
            Self::Date => "date",
        }
    }

    /// The values of a closed list; `None` for open types. Currencies are too many to list and are checked apart.
    pub fn members(self) -> Option<&'static [&'static str]> {
        match self {
            Self::DebtorKind => Some(&["business", "consumer", "public"]),
            Self::Phase => Some(&["prevention", "reminder", "formal_notice", "legal"]),
            _ => None,
        }
    }
}

/// What is known of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameInfo {
    /// The name, resolved.
    pub name: Name,
    /// As written.
    pub text: &'static str,
    /// Its type.
    pub kind: NameType,
    /// Whether it may be absent, so that a condition must say `name ?? default`.
    pub optional: bool,
    /// What it says.
    pub about: &'static str,
}

names! {
    InvoiceTotal "invoice.total" Money always "The invoice's total, tax included.",
    InvoiceNetTotal "invoice.net_total" Money maybe "The invoice's total before tax.",
    InvoiceCurrency "invoice.currency" Currency always "The invoice's currency.",
    InvoiceNumber "invoice.number" Text always "The number printed on the invoice.",
    InvoiceIssuedOn "invoice.issued_on" Date always "The invoice's day of issue.",
    InvoiceDueOn "invoice.due_on" Date maybe "The last day to pay on time.",
    InvoiceDeliveredOn "invoice.delivered_on" Date maybe "The day of delivery or performance.",
    InvoicePurchaseOrder "invoice.purchase_order" Text maybe "The debtor's order number.",
    InvoicePaidBy "invoice.paid_by" Text maybe "The collection under way: `direct_debit`, `card`, …",
    DebtorKind "debtor.kind" DebtorKind always "What kind of debtor.",
    DebtorName "debtor.name" Text always "The debtor's name.",
    DebtorCountry "debtor.country" Text maybe "The debtor's country, two capital letters.",
    DebtorLanguage "debtor.language" Text always "The language the debtor is written to in, `fr`.",
    DebtorRisk "debtor.risk" Decimal maybe "The debtor's credit score, in its source's scale.",
    DebtorDaysLateUsual "debtor.days_late_usual" Decimal maybe "How many days late the debtor usually pays; drawn towards the creditor's debtors while it paid little.",
    DebtorDaysLateTrend "debtor.days_late_trend" Decimal maybe
        "By how many days its last four paid invoices were later than those before; absent with fewer than eight.",
    DebtorSharePaidLate "debtor.share_paid_late" Decimal maybe "The share of its invoices paid late, 0 to 1; drawn likewise.",
    CreditorId "creditor.id" Text always "The creditor's identifier.",
    CreditorName "creditor.name" Text always "The creditor's name.",
    CreditorCountry "creditor.country" Text always "The creditor's country, two capital letters.",
    CreditorLanguage "creditor.language" Text always "The creditor's language, `fr`.",
    Balance "balance" Money always "The undisputed balance of this invoice.",
    OverdueDays "overdue_days" Decimal always "Days since the due date, 0 until the day after it.",
    DebtorCreditLimit "debtor.credit_limit" Money maybe
        "The most the debtor should owe, where it is stated in the invoice's currency.",
    AccountBalance "account.balance" Money always
        "All that the account owes in the invoice's currency, due or not, disputed or not.",
    AccountBalanceOverdue "account.balance_overdue" Money always
        "The overdue undisputed balance of the account in the invoice's currency.",
    AccountInvoicesOverdue "account.invoices_overdue" Decimal always
        "How many invoices of the account are overdue in the invoice's currency.",
    Disputed "disputed" Bool always "Whether any dispute is open on the invoice.",
    PromisesBroken "promises_broken" Decimal always "How many promises the debtor broke.",
    LastContactDays "last_contact_days" Decimal maybe "Days since the account was last contacted.",
    Phase "phase" Phase maybe "The phase of the last step done.",
}

impl Name {
    /// The name of a text.
    pub fn from_text(text: &str) -> Option<Self> {
        NAMES.iter().find(|info| info.text == text).map(|info| info.name)
    }

    /// What is known of it.
    pub fn info(self) -> &'static NameInfo {
        // The table is made by the same macro as the enum, in the same order.
        &NAMES[self as usize]
    }
}

/// The candidate nearest to a misspelt word, where one is near enough to be what was meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let chars = word.chars().count();
    let most = |candidate: &str| 1 + candidate.chars().count().max(chars) / 4;
    candidates
        .into_iter()
        // A long text is far from every candidate; comparing it would cost its length for nothing.
        .filter(|candidate| candidate.chars().count().abs_diff(chars) <= most(candidate))
        .map(|candidate| (damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= most(candidate))
        .min()
        .map(|(_, candidate)| candidate)
}
