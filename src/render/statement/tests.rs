//! The shipped statements as they read, empty and full, and text from outside that stays text.

use super::*;
use crate::domain::{Channel, DebtorKind, LetterService, OpenTasks, Phase, Planned, Promised, Reason, Waiting};
use crate::render::{Shape, sample_notice};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn creditor() -> Creditor {
    let notice = sample_notice(Shape::Full, Channel::Email, "fr", DebtorKind::Business, Phase::Reminder, "reminder-1");
    notice.content.unwrap().creditor
}

fn part(invoice: &str, class: Class, amount: &str) -> Owed {
    Owed {
        invoice: invoice.into(),
        number: invoice.to_owned(),
        currency: Currency::EUR,
        due_on: day("2026-10-01"),
        overdue_days: 53,
        class,
        amount: amount.parse().unwrap(),
    }
}

fn full(debtor: &str) -> Digest {
    let mut digest = Digest::new(day("2026-11-16"), day("2026-11-22"), day("2026-11-29"));
    digest.sent.insert(("fr-b2b".into(), "reminder-1".into(), Channel::Email), 12);
    let mut waiting = Waiting { cases: 2, ..Waiting::default() };
    waiting.amounts.insert(Currency::EUR, Sum { parts: 2, amount: "1500.5".parse().unwrap() });
    digest.held.insert(Reason::Dispute, waiting);
    digest.promise(Promised {
        pay_by: day("2026-11-25"),
        debtor: "D-1".into(),
        debtor_name: Some(debtor.to_owned()),
        amount: "800".parse().unwrap(),
        currency: Some(Currency::EUR),
    });
    digest.tasks.insert("call".to_owned(), OpenTasks { open: 3, overdue: 1 });
    (digest.uncertain, digest.quarantined) = (1, 2);
    digest.aging.count(&part("F-1", Class::UpTo60, "1200"));
    digest.aging.count(&part("F-2", Class::Disputed, "34.5"));
    let planned = Planned {
        on: day("2026-11-24"),
        workflow: "fr-b2b".into(),
        step: "formal-notice".into(),
        service: Some(LetterService::RegisteredReceipt),
    };
    digest.letters.insert(planned, 4);
    digest
}

fn provision() -> Provision {
    let matrix = Matrix { percent: [0, 2, 10, 25, 50, 30, 100].map(rust_decimal::Decimal::from) };
    let (mut owed, mut provided) = (Aging::default(), Aging::default());
    for part in [part("F-1", Class::UpTo60, "1200"), part("F-2", Class::Disputed, "34.55")] {
        owed.count(&part);
        provided.add(part.currency, part.class, matrix.provision(&part));
    }
    Provision { as_of: day("2026-11-22"), matrix, owed, provided, is_itemised: true }
}

#[test]
fn shipped_statements_read_as_they_were_approved() {
    let (templates, creditor) = (Templates::shipped(), creditor());
    let workflow = WorkflowName::from("fr-b2b");
    let empty = Digest::new(day("2026-11-16"), day("2026-11-22"), day("2026-11-29"));
    let nothing = Provision { owed: Aging::default(), provided: Aging::default(), is_itemised: false, ..provision() };
    for language in ["fr", "en"] {
        let reader = Reader { creditor: &creditor, language: Some(language), workflow: None };
        let narrow = Reader { workflow: Some(&workflow), ..reader };
        let file = "provision-2026-11-22.csv";
        let mails = [
            render_digest(&templates, &full("Dupont & fils"), reader).unwrap(),
            render_digest(&templates, &empty, narrow).unwrap(),
            render_provision(&templates, &provision(), file, reader).unwrap(),
            render_provision(&templates, &nothing, file, narrow).unwrap(),
        ];
        let read = mails.iter().map(|mail| format!("Subject: {}\n\n{}", mail.subject, mail.text));
        insta::assert_snapshot!(language, read.collect::<Vec<_>>().join("\n----\n"));
        assert!(mails.iter().all(|mail| mail.html.as_ref().is_some_and(|html| html.contains("</html>"))));
    }
}

#[test]
fn every_reason_class_and_channel_has_its_words() {
    let (templates, creditor) = (Templates::shipped(), creditor());
    use Reason::*;
    for language in ["fr", "en"] {
        let mut digest = full("Dupont");
        for reason in [
            Dispute,
            Promise,
            Plan,
            Manual,
            Insolvency,
            StaleFeed,
            PendingCollection,
            DoNotContact,
            Requires,
            Approval,
            ApprovalExpired,
            Rejected,
            ProofMissing,
            DebtorUnknown,
            WorkflowUnknown,
            NoWorkflow,
            BlockedStep,
        ] {
            digest.held.insert(reason, Waiting { cases: 1, ..Waiting::default() });
        }
        for channel in [Channel::Email, Channel::Sms, Channel::Letter] {
            digest.sent.insert(("w".into(), "s".into(), channel), 1);
        }
        for class in Class::ALL {
            digest.aging.count(&part("F", class, "1"));
        }
        let reader = Reader { creditor: &creditor, language: Some(language), workflow: None };
        render_digest(&templates, &digest, reader).unwrap();
    }
}

#[test]
fn names_from_outside_stay_text() {
    let (templates, creditor) = (Templates::shipped(), creditor());
    let reader = Reader { creditor: &creditor, language: None, workflow: None };
    let mail = render_digest(&templates, &full("</td><script>x</script>\r\nBcc: y@example.org"), reader).unwrap();
    assert!(!mail.html.unwrap().contains("<script"));
    assert!(!mail.text.contains('\r') && !mail.text.contains("\nBcc:"));
}

#[test]
fn lines_are_exact_and_no_formulas() {
    let provision = provision();
    let mut lines = Lines::new(provision.as_of);
    lines.add(&"=cmd()".into(), &part("F-1", Class::UpTo60, "1200"), &provision.matrix);
    lines.add(&"D, 2".into(), &part("F-2", Class::Disputed, "34.55"), &provision.matrix);
    assert!(lines.is_itemised());
    assert_eq!(
        String::from_utf8(lines.file(&provision)).unwrap(),
        "as_of,debtor,invoice,number,due_on,overdue_days,class,currency,owed,share_percent,provision\n\
         2026-11-22,'=cmd(),F-1,F-1,2026-10-01,53,up_to_60,EUR,1200.00,10,120.00\n\
         2026-11-22,\"D, 2\",F-2,F-2,2026-10-01,53,disputed,EUR,34.55,30,10.37\n"
    );
}

#[test]
fn too_many_lines_become_sums() {
    let provision = provision();
    let mut lines = Lines::new(provision.as_of);
    for _ in 0..=LINES_MAX {
        lines.add(&"D".into(), &part("F-1", Class::UpTo60, "1200"), &provision.matrix);
    }
    assert!(!lines.is_itemised());
    assert_eq!(
        String::from_utf8(lines.file(&provision)).unwrap().lines().skip(1).collect::<Vec<_>>(),
        ["2026-11-22,,,,,,up_to_60,EUR,1200.00,10,120.00", "2026-11-22,,,,,,disputed,EUR,34.55,30,10.37"]
    );
}
