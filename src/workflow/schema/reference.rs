//! The reference of the language for people, in Markdown, made from the tables the reader reads by.

use std::fmt::Write as _;

use super::hover;
use crate::workflow::condition::{NAMES, NameType};
use crate::workflow::keys::{TABLES, Table, Takes};

const HEAD: &str = "# The workflow language, key by key

Made by `relance schema language` from what the program reads by. Keys marked ● are mandatory. What a file gets wrong is explained
in [codes](codes/README.md); the README leads through a whole workflow.

A duration is a whole number of `days`, `business days` (Monday to Friday, no holidays: jours ouvrés), `working days` (Saturdays too:
jours ouvrables), `weeks` or `months`: `3 business days`. A deadline is a duration `after` a proof: `15 days after first_presented`.
";

const CONDITIONS: &str = "
## Conditions

`applies_to`, `when` and an approval's `when` hold a condition: `balance >= 500 and not disputed`. It is typed and checked with the
file; decimals are exact.

| written | means |
|---|---|
| `and`, `or`, `not`, `( )` | as in English; `and` binds tighter than `or` |
| `==` `!=` `<` `<=` `>` `>=` | compares two values of one type; text and closed lists are only equal or not |
| `in [\"FR\", \"BE\"]`, `not in […]` | is one of the list, or none |
| `+` `-` `*` | numbers and amounts; a date plus or minus a duration: `invoice.due_on + 3 business days` |
| `name ?? value` | the value where the name is not known; mandatory for names that may be unknown |
| `tag(\"vip\")` | whether the invoice or the debtor carries the label |
| `500`, `500 EUR`, `\"text\"`, `2026-04-01`, `true`, `false` | values; an amount without a currency is in that of the invoice |

| name | type | may be unknown | what it is |
|---|---|---|---|
";

/// The reference: each place with its keys, then the conditions with their names.
pub fn language_reference() -> String {
    let mut text = HEAD.to_owned();
    for table in TABLES {
        let _ = write!(text, "\n## In {}\n\n| key | as in | what it says |\n|---|---|---|\n", table.place);
        rows(table, &mut text);
    }
    text.push_str(CONDITIONS);
    for info in NAMES {
        let unknown = if info.optional { "yes" } else { "" };
        let _ = writeln!(text, "| `{}` | {} | {unknown} | {} |", info.text, kind(info.kind), cell(info.about));
    }
    text
}

fn rows(table: &Table, text: &mut String) {
    for key in table.keys {
        let must = if key.required { " ●" } else { "" };
        let about = [key.about.to_owned()].into_iter().chain(words(&key.takes)).collect::<Vec<_>>().join(" ");
        let _ = writeln!(text, "| `{}`{must} | `{}` | {} |", key.name, cell(&hover::example(key)), cell(&about));
    }
}

/// The words of a closed list, with what they mean where they do not say it.
fn words(takes: &Takes) -> Option<String> {
    match takes {
        Takes::OneOf(known) => {
            let word = |word: &&str| match hover::meaning(word) {
                "" => format!("`{word}`"),
                meaning => format!("`{word}`: {}", meaning.trim_end_matches('.')),
            };
            Some(format!("One of {}.", known.iter().map(word).collect::<Vec<_>>().join("; ")))
        }
        Takes::List(item) | Takes::Named(item) => words(item),
        Takes::Either(forms) => forms.iter().find_map(words),
        _ => None,
    }
}

fn kind(kind: NameType) -> String {
    match kind.members() {
        Some(members) => members.iter().map(|member| format!("`{member}`")).collect::<Vec<_>>().join(", "),
        None => kind.as_str().to_owned(),
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `RELANCE_BLESS=1` writes it anew.
    #[test]
    fn the_reference_among_the_documents_is_the_one_the_program_prints() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/language.md");
        if std::env::var_os("RELANCE_BLESS").is_some() {
            std::fs::write(&path, language_reference()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), language_reference());
    }

    /// What the table of operators and values shows is read by the language.
    #[test]
    fn what_the_reference_shows_of_conditions_can_be_written() {
        for text in [
            "balance >= 500 and not disputed",
            "debtor.country ?? \"FR\" in [\"FR\", \"BE\"] or (debtor.country ?? \"FR\") not in [\"DE\"]",
            "balance * 2 - 100 EUR + 1 EUR != 500 EUR",
            "(invoice.due_on ?? 2026-04-01) + 3 business days > 2026-04-01",
            "tag(\"vip\") or true or false",
        ] {
            crate::workflow::Condition::parse(text).unwrap_or_else(|why| panic!("{text}: {why:?}"));
        }
    }
}
