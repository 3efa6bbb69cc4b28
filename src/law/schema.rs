//! The JSON Schemas (draft-07) of calendars and jurisdictions, for editors.
//!
//! They know keys, types and closed lists. What only a reader can tell (a calendar that extends itself, a series that
//! no file defines) stays with `check`.

use serde_json::{Value, json};

/// The schema of a file under `calendars/`: `# yaml-language-server: $schema=../schema/calendar.json`.
pub fn calendar_schema() -> Value {
    let year_day = json!({ "type": "string", "pattern": "^[0-9]{1,2}-[0-9]{1,2}$" });
    let holiday = object(
        &["name"],
        json!({
            "name": about(text(), "For people.", "Noël"),
            "date": about(year_day, "Month and day.", "\"12-25\""),
            "easter": about(json!({ "type": "integer" }), "Days after Easter Sunday; negative before it.", "39"),
            "weekday": about(object(&["month", "weekday", "nth"], json!({
                "month": about(json!({ "type": "integer", "minimum": 1, "maximum": 12 }), "The month.", "5"),
                "weekday": about(json!({ "enum": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] }), "The weekday.", "mon"),
                "nth": about(json!({ "type": "integer" }), "Which one of the month; -1 is the last.", "1"),
            })), "A weekday of a month.", "{ month: 5, weekday: mon, nth: 1 }"),
            "from_year": about(json!({ "type": "integer" }), "The first year, with `date`.", "2019"),
            "moved": about(json!({ "type": "boolean" }), "With `date`: moved off a weekend.", "true"),
        }),
    );
    let day = object(
        &["name", "date"],
        json!({
            "name": about(text(), "For people.", "Funeral of a queen"),
            "date": about(date(), "The day.", "2022-09-19"),
        }),
    );
    let body = object(
        &["calendar", "title", "source", "read_on", "verified", "holidays"],
        json!({
            "calendar": about(text(), "Its name: a country, or a country and the beginning of its postal codes.", "fr-57"),
            "also": about(list(text()), "Other names it is found by.", "[gp]"),
            "title": about(text(), "For people.", "Moselle"),
            "extends": about(text(), "The calendar it adds to.", "fr"),
            "timezone": about(text(), "The time zone of the place; that of the calendar it adds to where absent.", "Indian/Reunion"),
            "source": about(text(), "Where the days were read.", "\"Code du travail, art. L3133-1\""),
            "read_on": about(date(), "When they were read.", "2026-11-22"),
            "verified": about(json!({ "type": "boolean" }), "Whether a text of the law or an independent publication was read.", "true"),
            "holidays": about(list(holiday), "Yearly holidays.", "[{ name: Ascension, easter: 39 }]"),
            "days": about(list(day), "Holidays that come once.", "[{ name: Coronation, date: 2023-05-08 }]"),
        }),
    );
    titled(body, "calendar.json", "A relance calendar", "The holidays of a country or a part of it.")
}

/// The schema of a file under `jurisdictions/`: `# yaml-language-server: $schema=../schema/jurisdiction.json`.
pub fn jurisdiction_schema() -> Value {
    let rule = charge_rule();
    let body = object(
        &["jurisdiction", "title", "calendar", "currency"],
        json!({
            "jurisdiction": about(text(), "Its name, which workflows use.", "fr"),
            "title": about(text(), "For people.", "France"),
            "calendar": about(text(), "The name of its calendar.", "fr"),
            "currency": about(json!({ "type": "string", "pattern": "^[A-Z]{3}$" }), "The currency of its lump sums.", "EUR"),
            "series": about(json!({ "type": "object", "additionalProperties": series() }), "Rates by half-year, by a name that is unique over all files.", "{ fr-legal: { title: Legal rate, values: { 2026-H1: { value: 2.62, source: JO, read_on: 2026-11-22, verified: true } } } }"),
            "charges": about(by_kind(&rule, "Late charges of this kind of debtor.", "{ starts: after_due, rate_mode: segmented, … }"), "Late charges by kind of debtor; none where a kind is absent.", "{ business: { … } }"),
            "further_charges": about(list(object(&["kinds", "rule"], json!({
                "kinds": about(list(json!({ "enum": ["business", "consumer", "public"] })), "Against whom it may be used.", "[business]"),
                "rule": about(rule.clone(), "How it counts; its `statute` is its name.", "{ statute: \"1231-6\", … }"),
            }))), "Further statutes that a creditor may go by instead.", "[{ kinds: [business], rule: { … } }]"),
            "formal_notice": about(object(&["customary_deadline_days"], json!({
                "customary_deadline_days": legal("The shortest deadline that is customary, in days.", "8"),
            })), "What is usual for a formal notice.", "{ customary_deadline_days: { … } }"),
            "payment_terms": about(by_kind(&payment_terms(), "Terms towards this kind of debtor.", "{ default: { … } }"), "Terms of payment by kind of debtor; nothing is checked where a kind is absent.", "{ business: { default: { … } } }"),
            "limitation": about(limitation(), "When claims are time-barred.", "{ business: { value: 5, … } }"),
            "time_limits": about(json!({ "type": "object", "additionalProperties": time_limit() }), "How long acts may take, by name: `relance deadline`.", "{ injunction-opposition: { … } }"),
            "bad_debts": about(bad_debts(), "Tax on claims that are lost.", "{ mention: { … }, until_years: { value: 2, … }, procedures: [liquidation] }"),
            "insolvency": about(object(&["declare_within"], json!({
                "declare_within": about(text(), "The time limit in which claims must be declared, from the publication.", "insolvency-declaration"),
                "relief_within": about(text(), "The one in which a late declaration may still be allowed, from the publication.", "insolvency-relief"),
            })), "Which time limits are those of insolvency proceedings.", "{ declare_within: insolvency-declaration }"),
            "electronic_registered": about(object(&["consent_needed", "source", "read_on", "verified"], json!({
                "consent_needed": about(list(json!({ "enum": ["business", "consumer", "public"] })), "The kinds of debtors that must have agreed before.", "[consumer]"),
                "source": about(text(), "Where it was read.", "\"Code des postes, art. L100\""),
                "read_on": about(date(), "When it was read.", "2026-11-22"),
                "verified": about(json!({ "type": "boolean" }), "Whether a text of the law or an independent publication was read.", "true"),
            })), "Who must have agreed to electronic registered letters.", "{ consent_needed: [consumer], … }"),
        }),
    );
    titled(
        body,
        "jurisdiction.json",
        "A relance jurisdiction",
        "The law of late payment in one place, each value with its source.",
    )
}

fn payment_terms() -> Value {
    let terms = || {
        let mut terms = legal("Terms as on an invoice.", "60 days");
        terms["properties"]["value"] =
            about(text(), "Terms as an invoice writes them, in French or English.", "60 days");
        terms
    };
    let longest = list(terms());
    object(
        &["default"],
        json!({
            "default": about(terms(), "Where nothing was agreed.", "{ value: 30 days from delivery, … }"),
            "longest": about(longest.clone(), "The longest that may be agreed; those to the end of a month are the ceiling of such terms.", "[{ value: 60 days, … }, { value: 45 days end of month, … }]"),
            "periodic": about(terms(), "The longest for an invoice that sums up the deliveries of a period.", "{ value: 45 days, … }"),
            "sectors": about(json!({ "type": "object", "additionalProperties": longest }), "The longest of sectors with rules of their own, by the name that invoices and creditors give.", "{ haulage: [{ value: 30 days, … }] }"),
        }),
    )
}

fn bad_debts() -> Value {
    let mut mention = legal("What the duplicate of the invoice must say.", "unpaid: {net}, {vat}");
    mention["properties"]["value"] =
        about(text(), "`{net}` and `{vat}` stand for the unpaid sums.", "unpaid: {net}, {vat}");
    object(
        &["mention", "until_years", "procedures"],
        json!({
            "mention": mention,
            "until_years": legal("The tax may be claimed until the last day of so many calendar years later.", "2"),
            "procedures": about(list(text()), "Proceedings, by a word of their name, from whose judgment on a claim is lost.", "[liquidation]"),
        }),
    )
}

fn limitation() -> Value {
    let starts = one_of(&[
        ("earliest", "The due date, or delivery where it was earlier."),
        ("next_january", "1 January after that day."),
    ]);
    let mut period = legal("Years.", "5");
    period["properties"]["starts"] = about(starts, "From which day it runs. `earliest` unless written.", "earliest");
    let kind = |who: &str| about(period.clone(), who, "{ value: 5, … }");
    let causes = json!({ "enum": ["acknowledgement", "court_claim", "enforcement"] });
    let interrupted = object(
        &["causes", "source", "read_on", "verified"],
        json!({
            "causes": about(list(causes), "The causes.", "[acknowledgement]"),
            "source": about(text(), "Where it was read.", "\"Code civil, art. 2240\""),
            "read_on": about(date(), "When it was read.", "2026-11-22"),
            "verified": about(json!({ "type": "boolean" }), "Whether a text of the law or an independent publication was read.", "true"),
        }),
    );
    let sectors = json!({ "type": "object", "additionalProperties": period });
    object(
        &[],
        json!({
            "near_months": about(json!({ "type": "integer", "minimum": 0 }), "How many months before the end the creditor is told; 6 unless written.", "6"),
            "business": kind("Years against companies and professionals."),
            "consumer": kind("Years against private persons."),
            "public": kind("Years against public bodies."),
            "sectors": about(sectors, "Shorter periods of sectors, by the `sector` of invoices and creditors.", "{ haulage: { value: 1, … } }"),
            "interrupted_by": about(interrupted, "What interrupts a period: nothing else does.", "{ causes: [acknowledgement], … }"),
        }),
    )
}

fn time_limit() -> Value {
    let in_words = |mut value: Value, meaning: &str, example: &str| {
        value["properties"]["value"] = about(text(), meaning, example);
        value
    };
    let length = || in_words(legal("How long.", "15 days"), "A length in days, months or years.", "6 months");
    let mut since = length();
    since["properties"]["since"] =
        about(date(), "The first day of an event it is for; any day where absent.", "2026-09-01");
    if let Some(properties) = since["properties"].as_object_mut() {
        properties.remove("valid_until");
    }
    let mut closed = legal("What becomes of a last day that is closed; it stays where absent.", "next_working_day");
    closed["properties"]["value"] = about(
        one_of(&[("next_working_day", "It moves to the next working day."), ("stays", "It stays the last day.")]),
        "What becomes of it.",
        "next_working_day",
    );
    let outside = object(
        &["country"],
        json!({
            "country": about(text(), "ISO code.", "FR"),
            "without": about(list(text()), "Beginnings of postal codes that lie outside.", "[\"97\", \"98\"]"),
        }),
    );
    let extended = object(
        &["by", "outside"],
        json!({
            "by": about(length(), "How much more.", "{ value: 2 months, … }"),
            "outside": about(outside, "For those who live outside of it.", "{ country: FR }"),
        }),
    );
    object(
        &["title", "from", "acts", "lengths"],
        json!({
            "title": about(text(), "What must be done.", "Oppose the order for payment"),
            "from": about(text(), "The event it runs from, in words.", "the day of its service"),
            "acts": about(json!({ "enum": ["creditor", "debtor"] }), "Who must act.", "debtor"),
            "after": about(text(), "The time limit at whose end it begins; with the event itself where absent.", "commandment-contest"),
            "gives": about(one_of(&[("last_day", "The last day for the act."), ("first_day", "The first day on which it may be done.")]), "Which day it gives. `last_day` unless written.", "first_day"),
            "backward": about(json!({ "type": "boolean" }), "Whether it is counted back from the event.", "true"),
            "lengths": about(list(since), "How long: the entry of the latest `since` that is not after the event.", "[{ value: 1 month, … }]"),
            "extended": about(extended, "More time for those who live elsewhere.", "{ by: { value: 2 months, … }, outside: { country: FR } }"),
            "closed_last_day": closed,
            "local_holidays": about(json!({ "type": "boolean" }), "Whether the local holidays of whoever must act close a day.", "true"),
            "unavailable": about(text(), "Why it cannot be relied on yet.", "no decree was published"),
        }),
    )
}

fn charge_rule() -> Value {
    let floor = object(
        &["reference", "times"],
        json!({
            "reference": about(text(), "The series.", "fr-legal-professional"),
            "times": legal("How many times.", "3"),
        }),
    );
    let after_judgment = object(
        &["points", "months"],
        json!({
            "points": legal("By how many percentage points.", "5"),
            "months": legal("How many months after the judgment became enforceable.", "2"),
        }),
    );
    let tier = object(
        &["from", "amount"],
        json!({
            "from": about(json!({ "type": "number", "minimum": 0 }), "Smallest principal it is for.", "0"),
            "amount": legal("How much, once for each late invoice.", "40"),
        }),
    );
    object(
        &["starts", "rate_mode", "reference", "margin"],
        json!({
            "statute": about(text(), "The name of the statute it puts into figures.", "L441-10"),
            "starts": about(one_of(&[("after_due", "The day after the due date, without any reminder."), ("formal_notice", "The day after the formal notice; nothing without one.")]), "From which day interest runs.", "after_due"),
            "rate_mode": about(one_of(&[("segmented", "The rate of the day."), ("frozen", "The rate of the first day of interest, for the whole delay.")]), "Which half-year's rate a day is priced with.", "segmented"),
            "reference": about(text(), "The series the rate is made from.", "ecb-main-refinancing"),
            "margin": legal("Percentage points added to it.", "10"),
            "day_basis": about(json!({ "enum": [360, 365, 366, "actual"] }), "Days of a year: 365, also in leap years, unless written otherwise.", "365"),
            "rate_day": about(one_of(&[("same", "Its own."), ("before", "That of the day before.")]), "Whose half-year's rate a day has. `same` unless written.", "same"),
            "rounding": about(one_of(&[("segment", "Each printed segment; the total is their sum."), ("total", "The exact total; the segments add up to it."), ("daily", "The interest of one day, taken so many times.")]), "Where cents are rounded. `segment` unless written.", "segment"),
            "contract_rate": about(one_of(&[("ignored", "A contract rate is not used."), ("allowed", "It replaces the default one.")]), "Whether the contract may set another rate. `ignored` unless written.", "allowed"),
            "notice_counts_from": about(one_of(&[("accepted", "The carrier took it."), ("posted", "It was posted."), ("first_presented", "It was first presented."), ("delivered", "It was delivered; a letter that was refused or not fetched counts from its presentation.")]), "From which report of the carrier a formal notice counts, where interest runs from one. `accepted` unless written.", "delivered"),
            "compounding": about(one_of(&[("never", "It does not, whatever a contract says."), ("yearly_if_agreed", "That of a whole year does, where the contract or a court says so.")]), "Whether interest bears interest. `never` unless written.", "yearly_if_agreed"),
            "after_judgment": about(after_judgment, "How the rate goes up after a judgment.", "{ points: { value: 5, … }, months: { value: 2, … } }"),
            "floor": about(floor, "The lowest contract rate: a multiple of a series.", "{ reference: fr-legal-professional, times: { value: 3, … } }"),
            "lump_sum": about(list(tier), "Tiers of the lump sum, ascending.", "[{ from: 0, amount: { value: 40, … } }]"),
        }),
    )
}

fn series() -> Value {
    let values = json!({
        "type": "object",
        "propertyNames": { "pattern": "^[0-9]{4}-H[12]$" },
        "additionalProperties": legal("The rate of this half-year, in percent.", "2.62"),
    });
    let mut schema = object(
        &["title", "values"],
        json!({
            "title": about(text(), "For people.", "Legal interest rate, percent"),
            "values": about(values, "Rates by half-year.", "{ 2026-H1: { value: 2.62, … } }"),
        }),
    );
    schema["description"] = "A row of rates.".into();
    schema
}

/// A value of the law, with where and when it was read.
fn legal(meaning: &str, example: &str) -> Value {
    let schema = object(
        &["value", "source", "read_on", "verified"],
        json!({
            "value": about(json!({ "type": "number" }), "The number, read exactly as written.", example),
            "source": about(text(), "Where it was read.", "\"Code de commerce, art. L441-10 II\""),
            "read_on": about(date(), "When it was last compared with that source.", "2026-11-22"),
            "valid_until": about(date(), "Until when it holds, where that is known.", "2026-12-31"),
            "verified": about(json!({ "type": "boolean" }), "Whether a text of the law or an independent publication was read.", "true"),
        }),
    );
    about(schema, meaning, &format!("{{ value: {example}, source: \"…\", read_on: 2026-11-22, verified: true }}"))
}

fn by_kind(each: &Value, meaning: &str, example: &str) -> Value {
    let one = about(each.clone(), meaning, example);
    object(&[], json!({ "business": one.clone(), "consumer": one.clone(), "public": one }))
}

fn titled(mut body: Value, id: &str, title: &str, description: &str) -> Value {
    body["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    body["$id"] = id.into();
    body["title"] = title.into();
    body["description"] = description.into();
    body
}

fn object(required: &[&str], properties: Value) -> Value {
    json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties })
}

fn about(mut schema: Value, meaning: &str, example: &str) -> Value {
    schema["description"] = meaning.into();
    schema["markdownDescription"] = format!("{meaning}\n\nExample: `{example}`").into();
    schema
}

fn one_of(words: &[(&str, &str)]) -> Value {
    let (names, meanings): (Vec<&str>, Vec<&str>) = words.iter().copied().unzip();
    json!({ "enum": names, "enumDescriptions": meanings })
}

fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn text() -> Value {
    json!({ "type": "string", "minLength": 1 })
}

fn date() -> Value {
    json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" })
}
