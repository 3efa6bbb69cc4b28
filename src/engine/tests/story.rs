//! A story: one account, facts at instants, virtual time over `decide`. Every decision is taken twice, and the
//! second must be empty.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use rust_decimal::Decimal;

use super::super::{Book, decide};
use super::france::calendars;
use crate::domain::*;
use crate::workflow::*;

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// An instant in Paris, `2026-03-02 09:00`.
pub fn at(text: &str) -> DateTime<Utc> {
    let text = if text.len() == 10 { format!("{text} 00:00") } else { text.to_owned() };
    let local = chrono::NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M").unwrap();
    local.and_local_timezone(chrono_tz::Europe::Paris).unwrap().with_timezone(&Utc)
}

pub fn days(amount: u32) -> Duration {
    Duration { amount, unit: Unit::Days }
}

pub fn business_days(amount: u32) -> Duration {
    Duration { amount, unit: Unit::BusinessDays }
}

pub fn when(text: &str) -> Condition {
    Condition::parse(text).unwrap()
}

pub fn message(channel: Channel, template: &str) -> Message {
    Message {
        channel,
        template: template.into(),
        service: None,
        to: None,
        cc: vec![],
        attach: vec![],
        provider: None,
        from: None,
    }
}

pub fn email(template: &str) -> Action {
    Action::Message(message(Channel::Email, template))
}

pub fn letter(service: LetterService) -> Action {
    Action::Message(Message { service: Some(service), ..message(Channel::Letter, "letter") })
}

pub fn task(within: u32, on_timeout: OnTimeout) -> Action {
    Action::Task(TaskAction {
        kind: "call".into(),
        script: None,
        assign: Some("collections".into()),
        within: business_days(within),
        on_timeout,
        note: None,
    })
}

/// A step that does one thing.
pub fn step(id: &str, phase: Phase, anchor: Anchor, action: Action) -> Step {
    Step {
        id: id.into(),
        phase,
        anchor,
        when: None,
        actions: vec![action],
        if_unreachable: vec![],
        requires: vec![],
        approval: None,
        deadline: None,
        repeat: None,
        outcomes: Default::default(),
        formerly: vec![],
        backfill: false,
    }
}

pub fn reminder(id: &str, after: u32) -> Step {
    step(id, Phase::Reminder, Anchor::AfterDue(days(after)), email(id))
}

/// A registered letter with a term of 15 days from its first presentation.
pub fn formal_notice(after: u32) -> Step {
    Step {
        deadline: Some(Deadline { term: days(15), after: DeliveryStatus::FirstPresented }),
        ..step(
            "formal-notice",
            Phase::FormalNotice,
            Anchor::AfterDue(days(after)),
            letter(LetterService::RegisteredReceipt),
        )
    }
}

/// Business hours of working days, no budget, Paris.
pub fn workflow(steps: Vec<Step>) -> Workflow {
    let hours = |from, to| (NaiveTime::from_hms_opt(from, 0, 0).unwrap(), NaiveTime::from_hms_opt(to, 0, 0).unwrap());
    let mut contact = ContactHours::default();
    contact.days[..5].fill(vec![hours(9, 18)]);
    Workflow {
        name: "fr-b2b".into(),
        revision: "r1".into(),
        title: "Business customers".into(),
        applies_to: when("true"),
        priority: 0,
        timezone: chrono_tz::Europe::Paris,
        languages: vec![],
        jurisdiction: "fr".into(),
        minimum_balance: Decimal::ZERO,
        contact: ContactRules { hours: contact, hours_for: vec![], days_between: 0, at_most: None },
        group: Group::Account,
        grace: business_days(2),
        stale_feed_after: business_days(1),
        plan_tolerance: PlanTolerance { amount: Decimal::ZERO, late: business_days(2) },
        on_broken_promise: None,
        steps,
        on_exhausted: OnExhausted { wait: days(15), task: None },
        credit_warning: None,
        schedules: vec![],
        accept: vec![],
        collector: None,
    }
}

pub fn creditor() -> Fact {
    Fact::Creditor(Creditor {
        id: "acme".into(),
        name: "Acme".into(),
        legal_id: "552 100 554".into(),
        vat_id: None,
        address: address(),
        email_from: "billing@acme.example".into(),
        reply_to: None,
        phone: None,
        iban: None,
        bic: None,
        locale: Locale("fr-FR".into()),
        timezone: chrono_tz::Europe::Paris,
        logo_url: None,
        sector: None,
        terms: None,
    })
}

pub fn address() -> Address {
    let (lines, postal_code) = (vec!["1 rue du Port".into()], "75001".into());
    Address { lines, postal_code, city: "Paris".into(), country: "FR".into() }
}

pub fn a_debtor() -> Debtor {
    let (email, phone) = (Some("ap@dupont.example".into()), Some("+33612345678".into()));
    Debtor {
        id: "D1".into(),
        kind: DebtorKind::Business,
        name: "Dupont".into(),
        legal_id: None,
        address: Some(address()),
        contacts: vec![Contact { role: ContactRole::Billing, name: None, email, phone }],
        locale: None,
        timezone: None,
        tags: vec![],
        payment_terms: None,
        risk: None,
        credit_limit: None,
        workflow: None,
        do_not_contact: None,
        consents: Consents::default(),
    }
}

pub fn an_invoice(id: &str, total: i64, due_on: &str) -> Invoice {
    let due_on = day(due_on);
    Invoice {
        id: id.into(),
        number: format!("N-{id}"),
        debtor: "D1".into(),
        currency: Currency::EUR,
        total: Decimal::from(total),
        net_total: None,
        issued_on: due_on - chrono::Days::new(30),
        due_on: Some(due_on),
        terms: None,
        delivered_on: None,
        periodic: false,
        sector: None,
        purchase_order: None,
        document_url: None,
        document_sha256: None,
        late_terms: None,
        tags: vec![],
        paid_by: None,
        amount_due: None,
    }
}

pub fn invoice(id: &str, total: i64, due_on: &str) -> Fact {
    Fact::Invoice(an_invoice(id, total, due_on))
}

pub fn payment(id: &str, amount: i64, received_on: &str, named: &[(&str, i64)]) -> Fact {
    Fact::Payment(Payment {
        id: id.into(),
        debtor: "D1".into(),
        currency: Currency::EUR,
        amount: Decimal::from(amount),
        received_on: day(received_on),
        allocations: named
            .iter()
            .map(|(invoice, amount)| NamedAllocation { invoice: (*invoice).into(), amount: Decimal::from(*amount) })
            .collect(),
        reference: None,
        status: PaymentStatus::Received,
    })
}

pub fn reported(invoice: &str, step: &str, status: DeliveryStatus, on: &str) -> Fact {
    let (invoice, step) = (invoice.into(), step.into());
    let notice = NoticeRef::Step { invoice, step, channel: None, occurrence: None };
    Fact::NoticeReported(NoticeReported { notice, status, at: at(on), proof: None })
}

pub fn answered(invoice: &str, step: &str, outcome: &str) -> Fact {
    let task = TaskRef::Step { invoice: invoice.into(), step: step.into() };
    Fact::TaskAnswered(TaskAnswered { task, outcome: outcome.into(), by: "ann".into(), note: None })
}

pub fn approval(invoice: &str, step: &str, answer: ApprovalAnswer) -> Fact {
    let (invoice, step) = (invoice.into(), step.into());
    Fact::ApprovalAnswered(ApprovalAnswered { invoice, step, answer, by: "eve".into(), note: None })
}

/// A hold on the whole account.
pub fn manual(id: &str, until: Option<&str>) -> HoldPlaced {
    let (id, reason, until) = (id.into(), "asked".into(), until.map(day));
    HoldPlaced { id, debtor: "D1".into(), invoice: None, reason, until }
}

/// What carries notices in a story.
#[derive(Clone, Copy, PartialEq)]
pub enum Carrier {
    /// Every notice is accepted as soon as it is ordered, as in a simulation.
    Accepts,
    /// Nobody claims anything.
    Sleeps,
}

pub struct Story {
    pub account: Account,
    pub book: Book,
    pub now: DateTime<Utc>,
    pub wake_at: Option<DateTime<Utc>>,
    pub carrier: Carrier,
    pub last: Decision,
    events: Vec<(DateTime<Utc>, Fact)>,
    pub said: Vec<String>,
    count: usize,
}

impl Story {
    /// An account whose creditor and debtor are known at the start.
    pub fn of(workflow: Workflow) -> Self {
        let mut story = Self::bare(workflow);
        story.at("2026-01-01", creditor());
        story.at("2026-01-01", Fact::Debtor(a_debtor()));
        story
    }

    pub fn bare(workflow: Workflow) -> Self {
        let key = AccountKey { creditor: "acme".into(), debtor: "D1".into() };
        Self {
            account: Account::new(key),
            book: Book::new([workflow], calendars()),
            now: at("2026-01-01"),
            wake_at: None,
            carrier: Carrier::Accepts,
            last: Decision::default(),
            events: vec![],
            said: vec![],
            count: 0,
        }
    }

    /// A fact that becomes known at an instant.
    pub fn at(&mut self, when: &str, fact: Fact) -> &mut Self {
        self.events.push((at(when), fact));
        self
    }

    /// Runs to the end of a day or minute and returns what was said, one line an entry.
    pub fn until(&mut self, last: &str) -> Vec<String> {
        let end = at(last) + if last.len() == 10 { chrono::Duration::days(1) } else { chrono::Duration::minutes(1) };
        self.events.sort_by_key(|(when, _)| *when);
        for _ in 0..5_000 {
            let event = self.events.first().map(|(when, _)| *when);
            let next = event.into_iter().chain(self.wake_at).min().filter(|next| *next < end);
            let Some(next) = next else { return std::mem::take(&mut self.said) };
            assert!(next >= self.now, "time went back to {next}");
            self.now = next;
            while self.events.first().is_some_and(|(when, _)| *when <= next) {
                let (when, fact) = self.events.remove(0);
                self.learn(when, fact);
            }
            self.decide();
        }
        panic!("woken too often: {:?}", self.said);
    }

    /// Folds a fact in at once, without deciding.
    pub fn learn(&mut self, time: DateTime<Utc>, fact: Fact) {
        self.count += 1;
        let id = format!("e{}", self.count);
        let version = Version { time, sequence: 0, id: id.clone() };
        self.account.facts.apply(&id, version, fact);
    }

    /// Decides at the present instant until nothing more follows.
    pub fn decide(&mut self) {
        for _ in 0..20 {
            let decision = decide(&self.account, &self.book, self.now);
            self.account.carry_out(&decision);
            let again = decide(&self.account, &self.book, self.now);
            assert!(again.is_empty(), "at {} {decision:#?}\nthen again {again:#?}", self.now);
            assert_eq!(
                (again.wake_at, again.alert_at),
                (decision.wake_at, decision.alert_at),
                "at {} after {decision:#?}",
                self.now
            );
            assert!(decision.wake_at.into_iter().chain(decision.alert_at).all(|wake| wake > self.now));
            self.wake_at = decision.wake_at.into_iter().chain(decision.alert_at).min();
            for task in decision.tasks.iter().filter(|task| task.step.is_none()) {
                let reason = task.reason.as_deref().unwrap_or_default();
                assert!(TASK_REASONS.contains(&reason), "`{reason}` is not in the list of reasons");
            }
            self.said.extend(decision.entries.iter().map(line));
            let sent = self.carrier == Carrier::Accepts && !decision.orders.is_empty();
            if sent {
                decision.orders.iter().for_each(|notice| self.accept(notice.id));
            }
            self.last = decision;
            if !sent {
                return;
            }
        }
        panic!("no rest at {}", self.now);
    }

    /// The provider accepts a notice now.
    pub fn accept(&mut self, id: NoticeId) {
        let notice = self.account.notices.get_mut(&id).unwrap();
        notice.state = NoticeState::Accepted;
        notice.accepted_at = Some(self.now);
    }
}

/// An entry as a line: when, what, why, step, channel, service, invoices, amount.
pub fn line(entry: &Entry) -> String {
    let mut parts = vec![entry.at.format("%Y-%m-%d %H:%M").to_string()];
    parts.push(name(&entry.kind));
    parts.extend(entry.reason.iter().map(|reason| format!("({})", reason.as_str())));
    assert!(entry.reason.is_none_or(|reason| reason.as_str() == name(&reason)));
    parts.extend(entry.step.iter().map(ToString::to_string));
    parts.extend(entry.channel.iter().map(|channel| channel.as_str().to_owned()));
    parts.extend(entry.service.iter().map(|service| service.as_str().to_owned()));
    parts.push(entry.invoices.iter().map(ToString::to_string).collect::<Vec<_>>().join(","));
    parts.extend(entry.amount.iter().map(ToString::to_string));
    parts.extend(entry.currency.filter(|currency| *currency != Currency::EUR).map(|currency| currency.to_string()));
    parts.join(" ")
}

fn name(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}
