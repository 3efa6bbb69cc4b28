//! The example of the language as a whole, and one wrong file for each mistake, made by editing it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::domain::{DeliveryStatus, LetterService, Phase};
use crate::law::{CalendarFile, Jurisdiction};
use crate::workflow::{
    Action, Anchor, Colours, ContactBudget, Deadline, Duration, Effect, Group, Message, OnExpire, OnTimeout, Unit,
    from_yaml, render_text,
};

/// The example of the language's description.
const EXAMPLE: &str = include_str!("../../../tests/workflow/example.yaml");
const JURISDICTION: &str = include_str!("../../../tests/workflow/jurisdiction.yaml");
const CALENDAR: &str = include_str!("../../../tests/workflow/calendar.yaml");

fn law() -> Law {
    let jurisdiction: Jurisdiction = from_yaml("jurisdiction.yaml", JURISDICTION).unwrap();
    let calendar: CalendarFile = from_yaml("calendar.yaml", CALENDAR).unwrap();
    Law::build([calendar], [jurisdiction]).unwrap()
}

fn templates() -> BTreeMap<String, String> {
    let names = [
        "before-due.subject",
        "before-due.txt",
        "reminder-1.subject",
        "reminder-1.txt",
        "reminder-2.subject",
        "reminder-2.txt",
        "reminder-2.sms",
        "reminder-letter.typ",
        "formal-notice.typ",
        "formal-notice-copy.subject",
        "formal-notice-copy.txt",
        "call.txt",
    ];
    let paths = ["fr", "en"].into_iter().flat_map(|language| names.map(|name| format!("{language}/{name}")));
    paths.map(|path| (path.clone(), format!("text of {path}"))).collect()
}

fn report(files: &[SourceFile]) -> Report {
    let (law, templates) = (law(), templates());
    let providers =
        BTreeMap::from([("post".to_owned(), vec![Channel::Letter]), ("gate".to_owned(), vec![Channel::Sms])]);
    let tested = ["fr-b2b".to_owned()];
    let context = CheckContext {
        templates: Some(&templates),
        providers: Some(&providers),
        law: Some(&law),
        tested: Some(&tested),
    };
    check(files, &context)
}

/// The findings of the example after replacing `old` by `new`, as people see them.
fn shown(old: &str, new: &str) -> String {
    assert!(EXAMPLE.contains(old), "the example does not contain {old:?}");
    let file = SourceFile::new("workflow.yaml", EXAMPLE.replacen(old, new, 1));
    let report = report(std::slice::from_ref(&file));
    assert!(!report.findings.is_empty(), "nothing was found after replacing {old:?} by {new:?}");
    render_text(&report.findings, &[file], Colours::None)
}

fn snapshot(name: &str, edits: &[(&str, &str)]) {
    let shown: Vec<_> =
        edits.iter().map(|(old, new)| format!("##### {old:?} → {new:?}\n\n{}", shown(old, new))).collect();
    insta::assert_snapshot!(name, shown.join("\n"));
}

fn step<'w>(workflow: &'w Workflow, id: &str) -> &'w crate::workflow::Step {
    workflow.step(&id.into()).unwrap().1
}

fn days(amount: u32) -> Duration {
    Duration { amount, unit: Unit::Days }
}

fn business(amount: u32) -> Duration {
    Duration { amount, unit: Unit::BusinessDays }
}

fn message(channel: Channel, template: &str) -> Message {
    Message {
        channel,
        template: template.into(),
        service: (channel == Channel::Letter).then_some(LetterService::Standard),
        to: None,
        cc: vec![],
        attach: vec![],
        provider: None,
        from: None,
    }
}

#[test]
fn the_example_has_no_findings() {
    let report = report(&[SourceFile::new("workflow.yaml", EXAMPLE)]);
    assert_eq!(report.findings, []);
    assert_eq!(report.workflows.len(), 1);
}

#[test]
fn the_example_is_read_as_written() {
    let workflow = parse_workflow("workflow.yaml", EXAMPLE).unwrap();
    assert_eq!((workflow.name.as_str(), workflow.title.as_str()), ("fr-b2b", "Business customers, France"));
    assert_eq!(&*workflow.applies_to.source, "debtor.kind == \"business\" and invoice.currency == \"EUR\"");
    assert_eq!((workflow.priority, workflow.group, workflow.grace), (10, Group::Account, business(2)));
    assert_eq!((workflow.timezone, workflow.jurisdiction.as_str()), (chrono_tz::Europe::Paris, "fr"));
    assert_eq!(workflow.languages, ["fr", "en"]);
    assert_eq!(workflow.minimum_balance, Decimal::new(1500, 2));
    let time = |hour| chrono::NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    let open = vec![(time(9), time(18))];
    assert_eq!(workflow.contact.hours.days[..5], [(); 5].map(|()| open.clone()));
    assert_eq!(workflow.contact.hours.days[5..], [vec![], vec![]]);
    assert_eq!(workflow.contact.days_between, 3);
    assert_eq!(workflow.contact.at_most, Some(ContactBudget { contacts: 4, in_days: 30 }));
    let ids: Vec<_> = workflow.steps.iter().map(|step| step.id.as_str()).collect();
    let wanted = ["before-due", "reminder-1", "reminder-2", "call", "letter", "formal-notice", "block", "legal"];
    assert_eq!(ids, wanted);
    assert_eq!(workflow.on_exhausted.wait, days(15));
    let task = workflow.on_exhausted.task.as_ref().unwrap();
    assert_eq!((task.kind.as_str(), task.within, &task.on_timeout), ("decide", business(10), &OnTimeout::Remind));
    assert_eq!(task.note.as_deref(), Some("Write off, insure or sell?"));
    assert_eq!((workflow.on_broken_promise, workflow.accept), (None, vec![]));
}

#[test]
fn the_steps_of_the_example_are_read_as_written() {
    let workflow = parse_workflow("workflow.yaml", EXAMPLE).unwrap();
    let before = step(&workflow, "before-due");
    assert_eq!((before.phase, &before.anchor), (Phase::Prevention, &Anchor::BeforeDue(days(7))));
    assert_eq!(before.when.as_ref().map(|when| &*when.source), Some("invoice.total >= 1000"));
    assert_eq!(before.actions, [Action::Message(message(Channel::Email, "before-due"))]);
    assert_eq!(step(&workflow, "reminder-1").anchor, Anchor::AfterDue(business(3)));
    let second = step(&workflow, "reminder-2");
    let channels = [Channel::Email, Channel::Sms];
    assert_eq!(second.actions, channels.map(|channel| Action::Message(message(channel, "reminder-2"))));
    assert_eq!(second.if_unreachable, [message(Channel::Letter, "reminder-letter")]);
    let call = step(&workflow, "call");
    let Action::Task(task) = &call.actions[0] else { panic!("{call:?}") };
    assert_eq!((task.script.as_deref(), task.assign.as_deref()), (Some("call"), Some("collections")));
    assert_eq!((task.within, &task.on_timeout), (business(2), &OnTimeout::Continue));
    let effect = |answer: &str| call.outcomes.get(answer).unwrap().clone();
    assert_eq!((effect("promised"), effect("says_paid")), (Effect::Promise, Effect::PaidSaysDebtor));
    assert_eq!((effect("refused"), effect("unreachable")), (Effect::GoTo("formal-notice".into()), Effect::None));
    let notice = step(&workflow, "formal-notice");
    assert_eq!(notice.requires, ["reminder-1".into(), "letter".into()]);
    let approval = notice.approval.as_ref().unwrap();
    assert_eq!((approval.role.as_str(), approval.expires), ("manager", Some((business(5), OnExpire::Hold))));
    let letter =
        Message { service: Some(LetterService::RegisteredReceipt), ..message(Channel::Letter, "formal-notice") };
    let copy = Action::Message(message(Channel::Email, "formal-notice-copy"));
    assert_eq!(notice.actions, [Action::Message(letter), copy]);
    assert_eq!(notice.deadline, Some(Deadline { term: days(15), after: DeliveryStatus::FirstPresented }));
    let block = step(&workflow, "block");
    assert_eq!(block.anchor, Anchor::AfterStep("formal-notice".into(), business(2)));
    assert_eq!(block.actions, [Action::Block("deliveries".into())]);
    let legal = step(&workflow, "legal");
    assert_eq!(legal.anchor, Anchor::AfterDeadlineOf("formal-notice".into(), days(0)));
    let handover = Action::Handover { to: "bailiff".into(), procedure: Some("injonction-de-payer".into()) };
    assert_eq!(legal.actions, [handover]);
    assert_eq!(
        legal.approval.as_ref().map(|approval| (approval.role.as_str(), approval.expires)),
        Some(("manager", None))
    );
}

#[test]
fn mistakes_of_form_are_found() {
    snapshot(
        "form",
        &[
            ("relance: 1", "relance: 2"),
            ("relance: 1\n", ""),
            ("workflow: fr-b2b", "workflow: FR B2B"),
            ("workflow: fr-b2b", "workflow: no"),
            ("title: Business customers, France", "title: on"),
            ("title: Business customers, France", "titel: Business customers, France"),
            ("priority: 10", "priority: high"),
            ("priority: 10", "priority: 10\npriority: 20"),
            ("timezone: Europe/Paris", "timezone: Europe/Pari"),
            ("languages: [fr, en]", "languages: fr"),
            ("languages: [fr, en]", "languages: [fr, fr, French]"),
            ("minimum_balance: 15.00", "minimum_balance: \"15.00\""),
            ("minimum_balance: 15.00", "minimum_balance: 15,00"),
            ("minimum_balance: 15.00", "minimum_balance: 1e3"),
            ("minimum_balance: 15.00", "minimum_balance: -1"),
            ("group: account", "group: accounts"),
            ("title: Business customers, France", "title: \"a\\0b\""),
            ("after_due: 24 days", "after_due: 24 days\n    repeat: { every: 0 days, at_most: 0 }"),
            ("after_due: 24 days", "after_due: 24 days\n    backfill: yes\n    formerly: [a, a]\n    requires: []"),
            ("{ mon-fri: \"09:00-18:00\" }", "{ mon-fry: \"09:00-18:00\" }"),
            ("{ mon-fri: \"09:00-18:00\" }", "{ mon-fri: \"18:00-09:00\" }"),
            ("{ mon-fri: \"09:00-18:00\" }", "{ fri-mon: 9-18 }"),
            ("{ mon-fri: \"09:00-18:00\" }", "{ mon-fri: [\"09:00-12:00\", \"11:00-18:00\"], wed: 9:00 }"),
            ("{ mon-fri: \"09:00-18:00\" }", "{ mon-fri: \"09:00-18:00\", wed: \"10:00-11:00\" }"),
            ("  hours: { mon-fri: \"09:00-18:00\" }\n", ""),
            ("days_between: 3", "days_between: three"),
            ("at_most: { contacts: 4, in_days: 30 }", "at_most: { contacts: 0 }"),
            ("steps:", "stages:"),
            ("before_due: 7 days", "before_due: -7 days"),
            ("before_due: 7 days", "before_due: 7"),
            ("before_due: 7 days", "before_due: 7 dais"),
            ("before_due: 7 days", "before_due: one week"),
            ("when: invoice.total >= 1000", "when:"),
            ("when: invoice.total >= 1000", "when: invoice.totl >= \"1000\""),
            ("when: invoice.total >= 1000", "when: ! invoice.disputed"),
            ("when: invoice.total >= 1000", "when: \"debtor.kind == 'busines' and debtor.risk > 3\""),
            ("email: before-due", "email: *template"),
            ("email: before-due", "email: !template before-due"),
            ("email: before-due", "email: { template: before-due, service: standard }"),
            ("email: before-due", "email: { to: boss, cc: [billing, billing], attach: invoices }"),
            ("email: before-due", "email: [before-due]"),
            ("on_timeout: continue }", "on_timeout: go }"),
            (", on_timeout: continue }", " }"),
            ("promised: promise ", "promised: promising "),
            ("refused: { go_to: formal-notice }", "refused: { goto: formal-notice }"),
            ("expires: 5 business days, on_expire: hold", "expires: 5 business days"),
            ("expires: 5 business days, on_expire: hold", "on_expire: send"),
            ("service: registered_receipt", "service: registered-receipt"),
            ("deadline: 15 days after first_presented", "deadline: 15 days"),
            ("deadline: 15 days after first_presented", "deadline: 0 days after first_presentd"),
            ("deadline: 15 days after first_presented", "deadline: 15 days after first_presentd"),
            ("block: deliveries", "block: ~"),
            ("handover: { to: bailiff, procedure: injonction-de-payer }", "handover: { procedure: x }"),
            ("on_exhausted:\n  wait: 15 days", "deadline: 1 day\non_exhausted:\n  wait: 15 days"),
            ("languages: [fr, en]", "languages: [fr, en"),
        ],
    );
}

#[test]
fn mistakes_between_steps_are_found() {
    snapshot(
        "steps",
        &[
            ("- id: reminder-2", "- id: reminder-1"),
            (
                "    phase: reminder\n    after_due: 24 days",
                "    phase: reminder\n    formerly: [call]\n    after_due: 24 days",
            ),
            ("after_due: 24 days", "after_due: 24 days\n    before_due: 1 day"),
            ("    after_due: 24 days\n", ""),
            ("after_due: 24 days", "after_due: 24 days\n    wait: 1 day"),
            ("    letter: { template: reminder-letter, service: standard }\n", ""),
            ("after_due: 24 days", "after_due: 12 days"),
            (
                "after_due: 24 days",
                "after_due: 18 days\n    outcomes: { yes: none }\n    if_unreachable: { sms: reminder-2 }",
            ),
            ("after_due: 10 days", "after_due: 4 days"),
            ("requires: [reminder-1, letter]", "requires: [reminder-1, leter, legal]"),
            ("after_due: 24 days", "after_due: 24 days\n    repeat: { every: 2 days, at_most: 3 }"),
            ("after_step: formal-notice", "after_step: legal"),
            ("after_deadline_of: formal-notice", "after_deadline_of: letter"),
            ("refused: { go_to: formal-notice }", "refused: { go_to: reminder-1 }"),
            ("refused: { go_to: formal-notice }", "refused: { go_to: formal-notise }"),
            ("on_timeout: continue }", "on_timeout: { go_to: call } }"),
            ("on_timeout: remind", "on_timeout: { go_to: legal }"),
            ("group: account", "on_broken_promise: { go_to: nowhere }\ngroup: account"),
            (
                "block: deliveries",
                "block: deliveries\n    deadline: 3 days after sent\n    outcomes: { done: none }\n    if_unreachable: { sms: reminder-2 }",
            ),
            ("{ template: formal-notice, service: registered_receipt }", "formal-notice"),
            ("    phase: prevention\n    before_due: 7 days", "    phase: prevention\n    after_due: 1 day"),
            ("block: deliveries", "handover: bailiff"),
            ("jurisdiction: fr ", "jurisdiction: fx "),
            ("email: reminder-1", "email: reminder-3"),
            ("script: call", "script: cal"),
            (
                "letter: { template: reminder-letter, service: standard }",
                "letter: { template: reminder-letter, attach: payment_slip, provider: gate }",
            ),
            (
                "letter: { template: reminder-letter, service: standard }",
                "letter: { template: reminder-letter, provider: posst }",
            ),
            ("languages: [fr, en]", "languages: [fr, de]"),
            ("workflow: fr-b2b", "workflow: fr-b2b-new"),
        ],
    );
}

#[test]
fn findings_of_law_are_found_and_can_be_accepted() {
    snapshot(
        "law",
        &[
            ("after_deadline_of: formal-notice", "after_due: 60 days"),
            ("after_deadline_of: formal-notice", "after_step: formal-notice\n    wait: 3 days"),
            ("requires: [reminder-1, letter]", "requires: [before-due]"),
            (
                "letter: { template: formal-notice, service: registered_receipt }\n    email: formal-notice-copy\n    deadline: 15 days after first_presented",
                "email: formal-notice-copy\n    deadline: 15 days after sent",
            ),
            (
                "    deadline: 15 days after first_presented\n\n  - id: block\n    phase: formal_notice\n    after_step: formal-notice\n    wait: 2 business days\n    block: deliveries              # asks the platform, by event; released by itself when paid\n\n  - id: legal\n    phase: legal\n    after_deadline_of: formal-notice",
                "\n  - id: legal\n    phase: legal\n    after_step: formal-notice\n    wait: 30 days",
            ),
            ("deadline: 15 days after first_presented", "deadline: 5 business days after first_presented"),
            (
                "debtor.kind == \"business\" and invoice.currency == \"EUR\"\npriority: 10                       # the highest that applies takes a new invoice; the name breaks a tie; debtor.workflow wins over all\n",
                "invoice.currency == \"EUR\"\naccept: [{ code: limitation-passed, reason: \"never\" }]\n",
            ),
            (
                "  task: { kind: decide, assign: manager, within: 10 business days, on_timeout: remind, note: \"Write off, insure or sell?\" }\n",
                "",
            ),
            ("after_due: 35 days", "after_due: 60 months"),
            (
                "group: account",
                "accept:\n  - { code: no-terminal-step, reason: \"\" }\n  - { code: unknown-key, reason: because }\n  - { code: no-terminal-stp, reason: because }\ngroup: account",
            ),
        ],
    );
    let accepted = EXAMPLE.replacen("after_deadline_of: formal-notice", "after_due: 60 days", 1).replacen(
        "group: account",
        "accept: [{ code: legal-without-formal-notice, reason: \"agreed with counsel\" }]\ngroup: account",
        1,
    );
    let report = report(&[SourceFile::new("workflow.yaml", accepted)]);
    assert_eq!(report.findings, []);
    assert_eq!(report.workflows[0].accept[0].reason, "agreed with counsel");
}

#[test]
fn an_electronic_letter_to_a_consumer_needs_consent() {
    let text = EXAMPLE.replacen("service: registered_receipt", "service: electronic_registered", 1);
    assert_eq!(report(&[SourceFile::new("a.yaml", text.clone())]).findings, []);
    let consumers = text.replacen("debtor.kind == \"business\"", "debtor.kind != \"business\"", 1);
    let findings = report(&[SourceFile::new("a.yaml", consumers)]).findings;
    let codes: Vec<_> = findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [Code::ElectronicRegisteredConsent]);
}

#[test]
fn all_files_are_reported_in_one_run_and_names_are_unique() {
    let wrong = SourceFile::new("wrong.yaml", "relance: 1\nsteps: []\n");
    let files = [SourceFile::new("a.yaml", EXAMPLE), wrong, SourceFile::new("b.yaml", EXAMPLE)];
    let report = report(&files);
    let places: Vec<_> = report.findings.iter().map(|finding| (finding.file.as_str(), finding.code)).collect();
    assert_eq!(report.workflows.len(), 1);
    assert_eq!(places.last(), Some(&("b.yaml", Code::DuplicateWorkflow)));
    assert!(places.iter().filter(|(file, _)| *file == "wrong.yaml").count() > 5, "{places:?}");
}

#[test]
fn findings_of_law_do_not_keep_a_workflow_from_being_simulated() {
    let text = EXAMPLE.replacen("after_deadline_of: formal-notice", "after_due: 60 days", 1);
    assert!(parse_workflow("a.yaml", &text).is_ok());
    let report = report(&[SourceFile::new("a.yaml", text)]);
    assert_eq!((report.has_errors(), report.workflows.len()), (true, 0));
}

#[test]
fn the_revision_follows_content_and_templates_and_nothing_else() {
    let revision = |text: &str, templates: &BTreeMap<String, String>| {
        let context = CheckContext { templates: Some(templates), ..CheckContext::default() };
        let report = check(&[SourceFile::new("a.yaml", text)], &context);
        report.workflows.into_iter().next().unwrap().revision
    };
    let plain = templates();
    let first = revision(EXAMPLE, &plain);
    assert_eq!(first.as_str().len(), 64);
    let relaid = EXAMPLE.replacen("relance: 1\nworkflow: fr-b2b", "workflow: \"fr-b2b\" # name\n\nrelance: 1", 1);
    assert_eq!(revision(&relaid, &plain), first);
    assert_ne!(revision(&EXAMPLE.replacen("10 days", "11 days", 1), &plain), first);
    let changed = |path: &str| {
        let mut templates = plain.clone();
        templates.insert(path.to_owned(), "changed".to_owned());
        revision(EXAMPLE, &templates)
    };
    assert_ne!(changed("fr/call.txt"), first);
    assert_ne!(changed("en/reminder-2.sms"), first);
    assert_ne!(changed("layout/email.html"), first);
    assert_eq!(changed("fr/another.txt"), first);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_damage_to_a_file_panics(at in 0..EXAMPLE.len(), length in 0..40_usize, insert in "[ -~\n]{0,12}") {
        let floor = |at: usize| (0..=at.min(EXAMPLE.len())).rev().find(|at| EXAMPLE.is_char_boundary(*at)).unwrap();
        let text = format!("{}{insert}{}", &EXAMPLE[..floor(at)], &EXAMPLE[floor(at + length)..]);
        let file = SourceFile::new("a.yaml", text);
        let report = check(std::slice::from_ref(&file), &CheckContext::default());
        let rendered = render_text(&report.findings, &[file], Colours::None);
        prop_assert_eq!(rendered.is_empty(), report.findings.is_empty());
        prop_assert_eq!(report.workflows.is_empty(), report.has_errors());
    }
}
