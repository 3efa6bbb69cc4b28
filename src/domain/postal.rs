//! The six lines of a French postal address.

use super::Address;

/// Characters of a line (AFNOR NF Z10-011).
pub const POSTAL_LINE_CHARS_MAX: usize = 38;

/// The last line: postal code and city.
const LAST: usize = 5;
/// The street's line.
const STREET: usize = 3;

/// Why an address does not fit into six lines of 38 characters. It names lines, never what stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostalError {
    /// The name, the street, or postal code and city are missing.
    #[error("the address lacks {0}")]
    Incomplete(&'static str),
    /// A line is too long.
    #[error("line {line} of the address has {chars} characters, a postal line has {POSTAL_LINE_CHARS_MAX}")]
    LineTooLong {
        /// Which of the six.
        line: usize,
        /// Characters it has.
        chars: usize,
    },
    /// There are more lines than a postal address has.
    #[error("the address has more lines than the six of a postal address")]
    TooManyLines,
}

impl Address {
    /// The six lines of the address as it is printed (AFNOR NF Z10-011): name; flat or floor, and the rest of a name
    /// that is longer than a line; building; street; hamlet or box; postal code and city in capitals. Lines that are not
    /// needed are empty. The street is the first line that begins with a number, else the last. Nothing is cut off.
    ///
    /// # Errors
    ///
    /// Where it does not fit.
    pub fn postal_lines(&self, name: &str) -> Result<[String; 6], PostalError> {
        let (name, rest_of_name) = first_line(&tidy(name));
        let lines: Vec<String> = self.lines.iter().map(|line| tidy(line)).filter(|line| !line.is_empty()).collect();
        let begins_with_number = |line: &String| line.starts_with(|c: char| c.is_ascii_digit());
        let street = lines.iter().position(begins_with_number).or(lines.len().checked_sub(1));
        let street = street.ok_or(PostalError::Incomplete("the street"))?;
        // Below the street there is one line; what more is written below it has its place above.
        let (above, below) = match lines[street + 1..].split_last() {
            Some((last, others)) => (others, last.clone()),
            None => (&[][..], String::new()),
        };
        let before: Vec<&String> = rest_of_name.iter().chain(&lines[..street]).chain(above).collect();
        if before.len() > STREET - 1 {
            return Err(PostalError::TooManyLines);
        }
        let city = tidy(&format!("{} {}", self.postal_code, self.city)).to_uppercase();
        if name.is_empty() {
            return Err(PostalError::Incomplete("a name"));
        }
        if self.postal_code.trim().is_empty() || self.city.trim().is_empty() {
            return Err(PostalError::Incomplete("postal code and city"));
        }
        let mut postal: [String; 6] = Default::default();
        postal[0] = name;
        for (place, line) in before.into_iter().enumerate() {
            postal[1 + place].clone_from(line);
        }
        postal[STREET].clone_from(&lines[street]);
        postal[STREET + 1] = below;
        postal[LAST] = city;
        let long = postal.iter().map(|line| line.chars().count()).enumerate();
        match long.into_iter().find(|(_, chars)| *chars > POSTAL_LINE_CHARS_MAX) {
            Some((place, chars)) => Err(PostalError::LineTooLong { line: place + 1, chars }),
            None => Ok(postal),
        }
    }
}

/// Without control characters, and with single spaces.
fn tidy(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// As many whole words as a line holds, and the rest.
fn first_line(text: &str) -> (String, Option<String>) {
    if text.chars().count() <= POSTAL_LINE_CHARS_MAX {
        return (text.to_owned(), None);
    }
    let end = text.char_indices().nth(POSTAL_LINE_CHARS_MAX + 1).map_or(text.len(), |(place, _)| place);
    match text[..end].rfind(' ') {
        Some(space) => (text[..space].to_owned(), Some(text[space + 1..].to_owned())),
        None => (text.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(lines: &[&str]) -> Address {
        Address {
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
            postal_code: "75011".to_owned(),
            city: "Paris".to_owned(),
            country: "FR".to_owned(),
        }
    }

    #[test]
    fn each_part_stands_in_its_line() {
        let lines = |lines: &[&str], name: &str| address(lines).postal_lines(name).map(|lines| lines.join("|"));
        assert_eq!(lines(&["3 rue des Lilas"], "Anne Martin"), Ok("Anne Martin|||3 rue des Lilas||75011 PARIS".into()));
        assert_eq!(
            lines(&["Appt 4", "Bâtiment B", "3 rue des Lilas", "BP 12"], "Anne  Martin\n"),
            Ok("Anne Martin|Appt 4|Bâtiment B|3 rue des Lilas|BP 12|75011 PARIS".into())
        );
        assert_eq!(lines(&["Le Bourg", " "], "Anne Martin"), Ok("Anne Martin|||Le Bourg||75011 PARIS".into()));
        assert_eq!(
            lines(&["3 rue des Lilas", "Bâtiment B", "Appt 4"], "Anne Martin"),
            Ok("Anne Martin|Bâtiment B||3 rue des Lilas|Appt 4|75011 PARIS".into())
        );
        // A long name goes on in the second line; nothing is cut off.
        let long = "Société Coopérative Agricole des Trois Vallées";
        assert_eq!(
            lines(&["3 rue des Lilas"], long),
            Ok("Société Coopérative Agricole des Trois|Vallées||3 rue des Lilas||75011 PARIS".into())
        );
    }

    #[test]
    fn what_does_not_fit_is_named_by_its_line() {
        let error = |lines: &[&str], name: &str| address(lines).postal_lines(name).unwrap_err();
        assert_eq!(error(&[], "Anne"), PostalError::Incomplete("the street"));
        assert_eq!(error(&["3 rue"], " "), PostalError::Incomplete("a name"));
        assert_eq!(error(&["a", "b", "c", "3 rue"], "Anne"), PostalError::TooManyLines);
        assert_eq!(error(&["3 rue", "a", "b", "c", "d"], "Anne"), PostalError::TooManyLines);
        let street = format!("3 {}", "x".repeat(40));
        assert_eq!(error(&[&street], "Anne"), PostalError::LineTooLong { line: 4, chars: 42 });
        assert_eq!(error(&["3 rue"], &"x".repeat(39)), PostalError::LineTooLong { line: 1, chars: 39 });
        let nowhere = Address { city: String::new(), ..address(&["3 rue"]) };
        assert_eq!(nowhere.postal_lines("Anne"), Err(PostalError::Incomplete("postal code and city")));
    }
}
