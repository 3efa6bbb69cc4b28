//! Conditions: whatever is read is printed and read again as the same, and can be asked of nothing known.
#![no_main]

use chrono::NaiveDate;
use relance::workflow::{Condition, Name, Scope, Value};

struct Nothing;

impl Scope for Nothing {
    fn value(&self, _: Name) -> Option<Value<'_>> {
        None
    }

    fn has_tag(&self, _: &str) -> bool {
        false
    }

    fn add_business_days(&self, day: NaiveDate, _: i64) -> NaiveDate {
        day
    }
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    match Condition::parse(text) {
        Ok(condition) => {
            assert_eq!(condition.evaluate(&Nothing).value, condition.holds(&Nothing));
            assert_eq!(Condition::parse(&condition.to_string()).as_ref(), Ok(&condition));
        }
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in errors {
                assert!(text.get(error.span).is_some(), "the place is within the text");
            }
        }
    }
});
