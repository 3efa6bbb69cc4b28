//! The shipped templates and what hostile values may do to any template.

use super::*;
use crate::domain::{Channel, DebtorKind, DeliveryStatus, Notice, Phase, StatedDeadline};

const LANGUAGES: [&str; 2] = ["fr", "en"];
const MESSAGES: [(&str, Channel, Phase); 8] = [
    ("before-due", Channel::Email, Phase::Prevention),
    ("reminder-1", Channel::Email, Phase::Reminder),
    ("reminder-2", Channel::Email, Phase::Reminder),
    ("reminder-2", Channel::Sms, Phase::Reminder),
    ("reminder-letter", Channel::Letter, Phase::Reminder),
    ("formal-notice", Channel::Letter, Phase::FormalNotice),
    ("formal-notice-copy", Channel::Email, Phase::FormalNotice),
    ("statement", Channel::Letter, Phase::Reminder),
];

fn uses() -> Vec<TemplateUse> {
    let one = |(name, channel, phase): (&str, Channel, Phase)| TemplateUse {
        name: name.to_owned(),
        channel,
        languages: LANGUAGES.map(str::to_owned).to_vec(),
        phase,
        deadline: (phase == Phase::FormalNotice).then_some(StatedDeadline {
            days: 15,
            business: false,
            from: DeliveryStatus::FirstPresented,
        }),
        attach: if channel == Channel::Email {
            vec!["statement".to_owned(), "payment_slip".to_owned()]
        } else {
            vec![]
        },
    };
    MESSAGES.map(one).to_vec()
}

fn letter(templates: &Templates, notice: &Notice, language: &str) -> String {
    message::print(templates, notice, &format!("{language}/{}.typ", notice.template)).unwrap().text
}

#[test]
fn shipped_templates_have_no_problem() {
    let templates = Templates::shipped();
    assert_eq!(check_templates(templates.files(), &uses()), vec![]);
    assert_eq!(templates.languages(), ["en", "fr"]);
    assert!(Templates::new(templates.files().clone()).is_ok());
}

#[test]
fn the_same_notice_gives_the_same_bytes() {
    let notice =
        sample_notice(Shape::Full, Channel::Letter, "fr", DebtorKind::Business, Phase::FormalNotice, "formal-notice");
    let first = render(&Templates::shipped(), &notice).unwrap();
    let again = render(&Templates::shipped(), &notice).unwrap();
    assert_eq!(first, again);
    let Rendered::Letter { pdf, pages } = first else { panic!("not a letter") };
    assert!(pdf.starts_with(b"%PDF-") && pages >= 1);
}
