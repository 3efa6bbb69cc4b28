//! The shipped templates and what hostile values may do to any template.

use super::format::Style;
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
            months: None,
            business: false,
            working: false,
            from: DeliveryStatus::FirstPresented,
        }),
        attach: if channel == Channel::Email {
            vec!["statement".to_owned(), "payment_slip".to_owned()]
        } else {
            vec![]
        },
        collector: None,
        kinds: vec![DebtorKind::Business, DebtorKind::Consumer, DebtorKind::Public],
        business_charges: Some("Code de commerce, art. D441-5".to_owned()),
        accept: Vec::new(),
    };
    MESSAGES.map(one).to_vec()
}

fn letter(templates: &Templates, notice: &Notice, language: &str) -> String {
    message::lay_out(templates, notice, &format!("{language}/{}.typ", notice.template)).unwrap().text
}

#[test]
fn shipped_templates_have_no_problem() {
    let templates = Templates::shipped();
    // Every use that the shipped workflows make of them is tried in `tests/it/shipped.rs`.
    assert_eq!(check_templates(templates.files(), &[]), vec![]);
    assert_eq!(templates.languages(), ["en", "fr"]);
    assert!(Templates::new(templates.files().clone()).is_ok());
    let own = [("fr/reminder-1.txt".to_owned(), "Bonjour".to_owned())].into();
    let files = Templates::shipped_with(own);
    assert_eq!((files.len(), files["fr/reminder-1.txt"].as_str()), (templates.files().len(), "Bonjour"));
}

#[test]
fn the_same_notice_gives_the_same_bytes() {
    let notice =
        sample_notice(Shape::Full, Channel::Letter, "fr", DebtorKind::Business, Phase::FormalNotice, "formal-notice");
    let first = render(&Templates::shipped(), &notice, &[]).unwrap();
    let again = render(&Templates::shipped(), &notice, &[]).unwrap();
    assert_eq!(first, again);
    let Rendered::Letter { pdf, pages } = first else { panic!("not a letter") };
    assert!(pdf.starts_with(b"%PDF-") && pages >= 1);
}

/// All a reader sees of the shipped messages, so that a change of words is read before it is kept.
#[test]
fn shipped_messages_read_as_they_were_approved() {
    let templates = Templates::shipped();
    for language in LANGUAGES {
        let mut book = String::new();
        for (template, channel, phase) in MESSAGES {
            for kind in [DebtorKind::Business, DebtorKind::Consumer] {
                let notice = sample_notice(Shape::Full, channel, language, kind, phase, template);
                let said = match render(&templates, &notice, &[]).unwrap() {
                    Rendered::Email { subject, text, .. } => format!("Subject: {subject}\n\n{text}"),
                    Rendered::Sms { text, segments, .. } => format!("{text} [{segments}]"),
                    Rendered::Letter { .. } => letter(&templates, &notice, language),
                };
                book.push_str(&format!("==== {template}, {}, {kind:?}\n{said}\n\n", channel.as_str()));
            }
        }
        insta::assert_snapshot!(format!("shipped_{language}"), book);
    }
}

const HOSTILE: [&str; 7] = [
    "#import \"/layout/letter.typ\": *",
    "#panic(1) $x$ *bold* _it_ `raw` \\ <label> @ref // note /* */ = Title",
    "</td><script>alert(1)</script><!--",
    "{{ 7*7 }} {% for x in y %} {# note #}",
    "Dupont\r\nBcc: someone@example.org\u{0}\u{1b}[2J\u{202e}",
    "Wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww",
    "株式会社テスト مثال 😀",
];

fn hostile(text: &str, channel: Channel, template: &str) -> Notice {
    let mut notice = sample_notice(Shape::Full, channel, "fr", DebtorKind::Business, Phase::FormalNotice, template);
    let content = notice.content.as_deref_mut().unwrap();
    content.debtor_name = text.to_owned();
    content.recipient.name = Some(text.to_owned());
    content.creditor.name = text.to_owned();
    content.creditor.terms.as_mut().unwrap().clauses = vec![text.to_owned()];
    content.invoices[0].number = text.to_owned();
    content.invoices[0].purchase_order = Some(text.to_owned());
    let address = content.debtor_address.as_mut().unwrap();
    address.lines = vec![text.to_owned()];
    address.city = text.to_owned();
    notice
}

/// What may be seen of a hostile text: its characters, without white space and what is stripped.
fn visible(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !c.is_control() && !"\u{200b}\u{202e}".contains(*c)).collect()
}

#[test]
fn hostile_values_stay_text_in_letters() {
    let templates = Templates::shipped();
    for text in HOSTILE {
        let said = visible(&letter(&templates, &hostile(text, Channel::Letter, "formal-notice"), "fr"));
        // Scripts that are written from right to left are set in another order.
        if !text.contains('م') {
            assert!(said.contains(&visible(text)), "{text}\n{said}");
        }
        assert!(said.contains("mettonsendemeure"));
    }
}

#[test]
fn hostile_values_stay_text_in_messages() {
    let templates = Templates::shipped();
    for text in HOSTILE {
        let notice = hostile(text, Channel::Email, "formal-notice-copy");
        let Rendered::Email { subject, text: plain, html, .. } = render(&templates, &notice, &[]).unwrap() else {
            panic!("not an email")
        };
        let html = html.unwrap();
        assert!(visible(&plain).contains(&visible(text)), "{plain}");
        assert!(!html.contains("<script") && !html.contains("<!--") && !html.contains("49"), "{html}");
        assert!(!subject.contains(['\r', '\n', '\0']));
        assert!(!plain.contains(['\r', '\0', '\u{1b}', '\u{202e}']) && !plain.contains("\nBcc:"));
        let sms = render(&templates, &hostile(text, Channel::Sms, "reminder-2"), &[]).unwrap();
        assert!(matches!(sms, Rendered::Sms { text, .. } if !text.contains(['\r', '\n', '\0'])));
    }
}

#[test]
fn a_creditor_without_account_still_says_how_to_pay() {
    let notice = sample_notice(Shape::Bare, Channel::Email, "fr", DebtorKind::Business, Phase::Reminder, "reminder-1");
    let Rendered::Email { text, html, .. } = render(&Templates::shipped(), &notice, &[]).unwrap() else {
        panic!("not an email")
    };
    let how = "Par le moyen de paiement indiqué sur vos factures.";
    assert!(text.contains(how) && html.is_some_and(|html| html.contains(how)));
}

fn one_file(path: &str, text: &str) -> Vec<Problem> {
    let mut files = Templates::shipped().files().clone();
    files.insert(path.to_owned(), text.to_owned());
    let (name, extension) = path.split_once('/').and_then(|(_, file)| file.split_once('.')).unwrap();
    let channel = match extension {
        "sms" => Channel::Sms,
        "typ" => Channel::Letter,
        _ => Channel::Email,
    };
    let wanted = uses().into_iter().find(|one| one.name == name && one.channel == channel).unwrap();
    let mut problems = check_templates(&files, &[TemplateUse { languages: vec!["fr".to_owned()], ..wanted }]);
    problems.dedup();
    problems
}

#[test]
fn mistakes_are_found_with_their_line() {
    let found = |path: &str, text: &str| -> Vec<(Option<usize>, &str)> {
        one_file(path, text).iter().map(|problem| (problem.line, problem.code)).collect()
    };
    let error = |line| vec![(Some(line), "template-error")];
    let unknown = vec![(None, "unknown-name")];
    assert_eq!(found("fr/reminder-1.txt", "Bonjour\n{{ debtor.nme }}"), unknown, "a misspelt name");
    assert_eq!(found("fr/reminder-1.txt", "{% if debtor.nme %}x{% endif %}"), unknown, "a misspelt name that is asked");
    assert_eq!(found("fr/reminder-1.txt", "Bonjour {{ contact.name }}"), error(1), "not known for every notice");
    assert_eq!(found("fr/reminder-1.txt", "\n{% for x in %}"), vec![(Some(2), "template-syntax")], "syntax");
    assert_eq!(found("fr/reminder-1.txt", "{{ amount | shout }}"), vec![(None, "unknown-filter")], "an unknown filter");
    let endless = "{% for a in range(1000) %}{% for b in range(1000) %}x{% endfor %}{% endfor %}";
    assert_eq!(found("fr/reminder-1.txt", endless), error(1), "takes too long");
    assert_eq!(
        found("fr/reminder-letter.typ", "#let n = json(\"/notice.json\")\n#n.nme"),
        vec![(Some(2), "unknown-name")]
    );
    assert_eq!(found("fr/reminder-letter.typ", "#read(\"/etc/passwd\")"), error(1), "no file but its own");
    let mut files = Templates::shipped().files().clone();
    files.insert("fr/reminder-1.mjml".to_owned(), "<mjml></mjml>".to_owned());
    assert_eq!(
        check_templates(&files, &[]).iter().map(|problem| problem.code).collect::<Vec<_>>(),
        ["unread-template"]
    );
    assert_eq!(found("fr/reminder-2.sms", &"Bonjour ".repeat(60)), vec![(None, "sms-long")]);
}

#[test]
fn a_formal_notice_must_be_complete() {
    let problems = one_file("fr/formal-notice.typ", "Mise en demeure de payer 40 €");
    let incomplete = problems.iter().filter(|problem| problem.code == "formal-notice-incomplete").count();
    assert_eq!(incomplete, 10, "{problems:#?}");
    assert!(problems.iter().any(|problem| problem.code == "consumer-charges"));
}

#[test]
fn a_missing_template_or_content_is_said() {
    let problems = check_templates(&std::collections::BTreeMap::new(), &uses()[..1]);
    let paths: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(paths, ["en/before-due.subject", "en/before-due.txt", "fr/before-due.subject", "fr/before-due.txt"]);
    let mut notice =
        sample_notice(Shape::Full, Channel::Email, "de", DebtorKind::Business, Phase::Reminder, "reminder-1");
    let templates = Templates::shipped();
    // The creditor's language stands in for one that is not there.
    let Rendered::Email { text, .. } = render(&templates, &notice, &[]).unwrap() else { panic!("not an email") };
    assert!(text.contains("Sauf erreur"));
    notice.template = "nothing".to_owned();
    assert_eq!(render(&templates, &notice, &[]), Err(RenderError::Missing { path: "de/nothing.txt".to_owned() }));
    notice.content = None;
    assert_eq!(render(&templates, &notice, &[]), Err(RenderError::NoContent));
}

#[test]
fn nothing_leaves_without_a_word_or_with_a_group_of_names() {
    let notice = sample_notice(Shape::Bare, Channel::Email, "fr", DebtorKind::Business, Phase::Reminder, "reminder-1");
    for text in ["", " \n", "{% if charges %}x{% endif %}", "{{ debtor }}", "{{ invoices }}"] {
        let own = [("fr/reminder-1.subject".to_owned(), text.to_owned())].into();
        let templates = Templates::new(Templates::shipped_with(own)).unwrap();
        let why = render(&templates, &notice, &[]).unwrap_err().to_string();
        assert!(why.contains("fr/reminder-1.subject") && !why.contains("Perrin"), "{text}: {why}");
    }
}

#[test]
fn statements_and_slips_are_attached_as_documents() {
    let mut notice =
        sample_notice(Shape::Full, Channel::Email, "fr", DebtorKind::Business, Phase::Reminder, "reminder-2");
    let content = notice.content.as_deref_mut().unwrap();
    content.attach = ["invoice", "statement", "payment_slip"].map(str::to_owned).to_vec();
    let templates = Templates::shipped();
    let Rendered::Email { attachments, .. } = render(&templates, &notice, &[]).unwrap() else { panic!("not an email") };
    let names: Vec<&str> = attachments.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["statement-2026-03-16.pdf", "payment-slip-2026-03-16.pdf"]);
    assert!(attachments.iter().all(|file| file.bytes.starts_with(b"%PDF-")));
    notice.content.as_deref_mut().unwrap().attach = vec!["photo".to_owned()];
    assert_eq!(render(&templates, &notice, &[]), Err(RenderError::UnknownAttachment { name: "photo".to_owned() }));
}

#[test]
fn a_script_says_what_a_notice_would_in_the_debtors_language() {
    let mut files = Templates::shipped().files().clone();
    files.insert("fr/call.txt".into(), "Appeler {{ debtor.name }} : {{ amount }}, {{ invoices[0].number }}.".into());
    let templates = Templates::new(files).unwrap();
    let notice = sample_notice(Shape::Full, Channel::Email, "fr", DebtorKind::Business, Phase::Reminder, "reminder-1");
    let mut content = *notice.content.unwrap();
    content.language = "fr".to_owned();
    let said = render_script(&templates, "call", &content).unwrap();
    assert!(said.starts_with("Appeler ") && said.contains(&content.invoices[0].number), "{said}");
    assert!(matches!(render_script(&templates, "nowhere", &content), Err(RenderError::Missing { .. })));
}

#[test]
fn what_goes_with_a_letter_stands_behind_its_pages() {
    let mut notice =
        sample_notice(Shape::Full, Channel::Letter, "fr", DebtorKind::Business, Phase::Reminder, "reminder-letter");
    let templates = Templates::shipped();
    let pages = |notice: &Notice, invoices: &[&[u8]]| match render(&templates, notice, invoices) {
        Ok(Rendered::Letter { pdf, pages }) => {
            assert_eq!(hayro_syntax::Pdf::new(pdf).unwrap().pages().len(), pages);
            Ok(pages)
        }
        Ok(_) => panic!("not a letter"),
        Err(why) => Err(why.to_string()),
    };
    let Ok(Rendered::Letter { pdf: alone, pages: own }) = render(&templates, &notice, &[]) else { panic!("a letter") };
    notice.content.as_deref_mut().unwrap().attach = ["invoice", "statement"].map(str::to_owned).to_vec();
    assert_eq!(pages(&notice, &[]).unwrap(), own + 1, "no document of the invoice is known");
    assert_eq!(pages(&notice, &[&alone, &alone]).unwrap(), own + 1 + 2 * own);
    let many = vec![&alone[..]; enclosed::ENCLOSED_PAGES_MAX / own + 1];
    assert!(pages(&notice, &many).unwrap_err().contains("more than 90 pages"));
    assert!(pages(&notice, &[b"%PDF-1.7 torn"]).unwrap_err().contains("no PDF"));
}

#[test]
fn a_deadline_in_working_days_says_which_days_it_counts() {
    let (days, months, from) = (10, None, DeliveryStatus::FirstPresented);
    let stated = |days| StatedDeadline { days, months, business: false, working: true, from };
    assert_eq!(Style::French.term(&stated(10)).unwrap(), "10\u{a0}jours ouvrables");
    assert_eq!(Style::French.term(&stated(1)).unwrap(), "1\u{a0}jour ouvrable");
    assert_eq!(Style::English.term(&stated(days)).unwrap(), "10\u{a0}working days");
}

#[test]
fn a_deadline_in_months_is_stated_in_months() {
    let templates = Templates::shipped();
    for (language, months, wanted) in [("fr", 1, "1\u{a0}mois"), ("en", 1, "1\u{a0}month"), ("en", 2, "2\u{a0}months")]
    {
        let mut notice = sample_notice(
            Shape::Full,
            Channel::Email,
            language,
            DebtorKind::Business,
            Phase::FormalNotice,
            "formal-notice-copy",
        );
        let from = DeliveryStatus::FirstPresented;
        let deadline =
            StatedDeadline { days: 28 * months, months: Some(months), business: false, working: false, from };
        notice.content.as_deref_mut().unwrap().deadline = Some(deadline);
        let Rendered::Email { text, .. } = render(&templates, &notice, &[]).unwrap() else { panic!("not an email") };
        assert!(text.contains(wanted), "{text}");
    }
}
