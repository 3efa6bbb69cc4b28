//! The shipped statements as they read, empty and full, and text from outside that stays text.

use super::sample::{creditor, full, part, provision};
use super::*;
use crate::domain::{Channel, Reason, Waiting};

#[test]
fn shipped_statements_read_as_they_were_approved() {
    let (templates, creditor) = (Templates::shipped(), creditor().unwrap());
    let workflow = WorkflowName::from("fr-b2b");
    let empty = sample::empty();
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
    let (templates, creditor) = (Templates::shipped(), creditor().unwrap());
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
            digest.aging.count(&part("F", class, 1.into()));
        }
        let reader = Reader { creditor: &creditor, language: Some(language), workflow: None };
        render_digest(&templates, &digest, reader).unwrap();
    }
}

#[test]
fn names_from_outside_stay_text() {
    let (templates, creditor) = (Templates::shipped(), creditor().unwrap());
    let reader = Reader { creditor: &creditor, language: None, workflow: None };
    let mail = render_digest(&templates, &full("</td><script>x</script>\r\nBcc: y@example.org"), reader).unwrap();
    assert!(!mail.html.unwrap().contains("<script"));
    assert!(!mail.text.contains('\r') && !mail.text.contains("\nBcc:"));
}

#[test]
fn lines_are_exact_and_no_formulas() {
    let provision = provision();
    let mut lines = Lines::new(provision.as_of);
    lines.add(&"=cmd()".into(), &part("F-1", Class::UpTo60, 1_200.into()), &provision.matrix);
    lines.add(&"D, 2".into(), &part("F-2", Class::Disputed, rust_decimal::Decimal::new(3_455, 2)), &provision.matrix);
    assert!(lines.is_itemised());
    assert_eq!(
        String::from_utf8(lines.file(&provision)).unwrap(),
        "as_of,debtor,invoice,number,due_on,overdue_days,class,currency,owed,share_percent,provision\n\
         2026-11-22,'=cmd(),F-1,F-1,2026-11-01,53,up_to_60,EUR,1200.00,10,120.00\n\
         2026-11-22,\"D, 2\",F-2,F-2,2026-11-01,53,disputed,EUR,34.55,30,10.37\n"
    );
}

#[test]
fn too_many_lines_become_sums() {
    let provision = provision();
    let mut lines = Lines::new(provision.as_of);
    for _ in 0..=LINES_MAX {
        lines.add(&"D".into(), &part("F-1", Class::UpTo60, 1_200.into()), &provision.matrix);
    }
    assert!(!lines.is_itemised());
    assert_eq!(
        String::from_utf8(lines.file(&provision)).unwrap().lines().skip(1).collect::<Vec<_>>(),
        ["2026-11-22,,,,,,up_to_60,EUR,1200.00,10,120.00", "2026-11-22,,,,,,disputed,EUR,34.55,30,10.37"]
    );
}

#[test]
fn a_mistake_in_a_statement_is_found_before_it_is_used() {
    let mut files = Templates::shipped().files().clone();
    assert_eq!(crate::render::check_templates(&files, &[]), vec![]);
    files.insert("en/digest.txt".to_owned(), "{{ sent_totl }}".to_owned());
    let found = crate::render::check_templates(&files, &[]);
    assert!(found.iter().any(|problem| problem.path == "en/digest.txt"), "{found:?}");
}
