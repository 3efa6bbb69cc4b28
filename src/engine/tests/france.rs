//! The calendar of the stories.

use crate::law::{Calendar, Calendars, Holiday, Yearly};

/// Metropolitan France: the holidays that the stories meet.
pub fn calendars() -> Calendars {
    let named = |name: &str, holiday| Yearly { name: name.to_owned(), holiday };
    let fixed = |month, day| named("", Holiday::Fixed { month, day });
    let easter = |offset| named("", Holiday::Easter { offset });
    let yearly = vec![
        fixed(1, 1),
        named("Lundi de Pâques", Holiday::Easter { offset: 1 }),
        fixed(5, 1),
        fixed(5, 8),
        easter(39),
        easter(50),
        fixed(7, 14),
        fixed(8, 15),
        fixed(11, 1),
        fixed(11, 11),
        fixed(12, 25),
    ];
    let mut calendars = Calendars::default();
    calendars.by_name.insert("fr".into(), Calendar { name: "fr".into(), yearly, ..Calendar::default() });
    calendars
}
