//! Any interleaving of facts, timers, claims, sends and crashes, against a model so plain that it can be read.
//!
//! The model knows nothing of workflows. It knows what is owed on each invoice, what is disputed and held, which
//! keys went out and on which days; and says what may be claimed. Judged above all: a payment known before a claim
//! means that the notice never leaves.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, Timelike};
use proptest::prelude::*;

use super::super::{decide, ledger};
use super::story::*;
use crate::domain::*;
use crate::workflow::*;

const INVOICES: [&str; 4] = ["A", "B", "C", "D"];

#[derive(Clone, Debug)]
enum Act {
    /// An invoice is stated, due in March; stated again, its total changes.
    Invoice(usize, i64, u32),
    /// It is paid, wholly or by half; or that payment is reversed.
    Pay(usize, bool),
    Reverse(usize),
    Dispute(usize, bool),
    Resolve(usize),
    Hold(usize),
    Release(usize),
    Void(usize),
    /// The feed delivers everything again.
    Again,
    /// Time passes to the next wake-up, or by hours.
    Wake,
    Hours(i64),
    /// A worker claims the n-th notice that may be claimed.
    Claim(usize),
    /// What was claimed is accepted, is refused, is given back by a crash, or may have left.
    Accept,
    Refuse,
    CrashBefore,
    CrashWithin,
}

fn act() -> impl Strategy<Value = Act> {
    let which = || 0..INVOICES.len();
    prop_oneof![
        4 => (which(), 2..9_i64, 2..20_u32).prop_map(|(at, tens, due)| Act::Invoice(at, tens * 10, due)),
        4 => (which(), any::<bool>()).prop_map(|(at, wholly)| Act::Pay(at, wholly)),
        2 => which().prop_map(Act::Reverse),
        2 => (which(), any::<bool>()).prop_map(|(at, wholly)| Act::Dispute(at, wholly)),
        2 => which().prop_map(Act::Resolve),
        1 => which().prop_map(Act::Hold),
        2 => which().prop_map(Act::Release),
        1 => which().prop_map(Act::Void),
        1 => Just(Act::Again),
        14 => Just(Act::Wake),
        3 => (1..40_i64).prop_map(Act::Hours),
        10 => (0..4_usize).prop_map(Act::Claim),
        6 => Just(Act::Accept),
        1 => Just(Act::Refuse),
        2 => Just(Act::CrashBefore),
        1 => Just(Act::CrashWithin),
    ]
}

/// What the plain model knows of one invoice.
#[derive(Clone, Debug, Default)]
struct Plain {
    total: Option<i64>,
    paid: i64,
    disputed: Option<i64>,
    held: bool,
    void: bool,
}

impl Plain {
    /// What may be claimed of it; nothing where it is paid, disputed as a whole, held or void.
    fn claimable(&self) -> i64 {
        let open = self.total.unwrap_or(0) - self.paid;
        let rest = open - self.disputed.unwrap_or(0).min(open);
        if self.void || self.held { 0 } else { rest }
    }
}

struct World {
    story: Story,
    plain: BTreeMap<&'static str, Plain>,
    known: Vec<(chrono::DateTime<chrono::Utc>, Fact)>,
    claimed: Vec<(NoticeId, chrono::DateTime<chrono::Utc>)>,
    /// Days on which something was claimed that was not given back.
    contact_days: BTreeSet<NaiveDate>,
}

impl World {
    fn start() -> Self {
        let sms = Action::Message(message(Channel::Sms, "r2"));
        let mut second = reminder("r2", 4);
        second.actions.push(sms);
        let repeat = Some(Repeat { every: days(5), at_most: 2 });
        let mut written =
            workflow(vec![reminder("r1", 1), second, Step { repeat, ..reminder("r3", 9) }, formal_notice(15)]);
        written.contact.days_between = 3;
        let mut story = Story::of(written);
        story.carrier = Carrier::Sleeps;
        story.until("2026-03-01");
        let plain = INVOICES.iter().map(|id| (*id, Plain::default())).collect();
        Self { story, plain, known: vec![], claimed: vec![], contact_days: BTreeSet::new() }
    }

    fn learn(&mut self, fact: Fact) {
        // Two versions of one thing never tie: each is a second later.
        let time = self.story.now + chrono::Duration::seconds(self.known.len() as i64);
        self.known.push((time, fact.clone()));
        self.story.learn(time, fact);
    }

    fn pay(&mut self, at: usize, wholly: bool, status: PaymentStatus) {
        let plain = self.plain.get_mut(INVOICES[at]).unwrap();
        // Money for a void invoice goes elsewhere; the plain model leaves that to the ledger's own tests.
        let Some(total) = plain.total.filter(|_| !plain.void) else { return };
        let amount = if wholly { total } else { total / 2 };
        plain.paid = if status == PaymentStatus::Received { amount } else { 0 };
        let id = format!("P{at}");
        let Fact::Payment(paid) = payment(&id, amount, "2026-03-01", &[(INVOICES[at], amount)]) else { unreachable!() };
        self.learn(Fact::Payment(Payment { status, ..paid }));
    }

    fn dispute(&mut self, at: usize, wholly: bool) {
        let id = format!("X{at}-{}", self.known.len());
        let plain = self.plain.get_mut(INVOICES[at]).unwrap();
        if plain.disputed.is_some() || plain.total.is_none() {
            return;
        }
        plain.disputed = Some(if wholly { i64::MAX } else { 5 });
        let (debtor, invoice, amount) = ("D1".into(), INVOICES[at].into(), (!wholly).then(|| 5.into()));
        self.learn(Fact::DisputeOpened(DisputeOpened { id, debtor, invoice, amount, category: None, reason: None }));
    }

    fn resolve(&mut self, at: usize) {
        self.plain.get_mut(INVOICES[at]).unwrap().disputed = None;
        let standing = |(id, pair): (&String, &Pair<DisputeOpened, DisputeResolved>)| {
            (id.starts_with(&format!("X{at}-")) && pair.standing().is_some()).then(|| id.clone())
        };
        let ids: Vec<String> = self.story.account.facts.disputes.iter().filter_map(standing).collect();
        for id in ids {
            self.learn(Fact::DisputeResolved(DisputeResolved { id, outcome: DisputeOutcome::Rejected }));
        }
    }

    fn hold(&mut self, at: usize, held: bool) {
        let plain = self.plain.get_mut(INVOICES[at]).unwrap();
        let ids = |world: &Self| -> Vec<String> {
            let holds = world.story.account.facts.holds.iter().filter(|(_, pair)| pair.standing().is_some());
            holds.map(|(id, _)| id.clone()).filter(|id| id.starts_with(&format!("H{at}-"))).collect()
        };
        plain.held = held;
        if held {
            let id = format!("H{at}-{}", self.known.len());
            let placed = HoldPlaced { invoice: Some(INVOICES[at].into()), ..manual(&id, None) };
            self.learn(Fact::HoldPlaced(placed));
        } else {
            for id in ids(self) {
                self.learn(Fact::HoldReleased(id));
            }
        }
    }

    fn step(&mut self, act: &Act) {
        match *act {
            Act::Invoice(at, total, due) => {
                let paid = self.plain[INVOICES[at]].paid;
                if total >= paid {
                    self.plain.get_mut(INVOICES[at]).unwrap().total = Some(total);
                    self.learn(invoice(INVOICES[at], total, &format!("2026-03-{due:02}")));
                }
            }
            Act::Pay(at, wholly) => self.pay(at, wholly, PaymentStatus::Received),
            Act::Reverse(at) => self.pay(at, true, PaymentStatus::Reversed),
            Act::Dispute(at, wholly) => self.dispute(at, wholly),
            Act::Resolve(at) => self.resolve(at),
            Act::Hold(at) => self.hold(at, true),
            Act::Release(at) => self.hold(at, false),
            Act::Void(at) if self.plain[INVOICES[at]].paid > 0 => {}
            Act::Void(at) => {
                self.plain.get_mut(INVOICES[at]).unwrap().void = true;
                let (invoice, debtor) = (INVOICES[at].into(), "D1".into());
                self.learn(Fact::InvoiceVoided(InvoiceVoided { invoice, debtor, reason: None }));
            }
            Act::Again => {
                for (time, fact) in self.known.clone() {
                    self.story.learn(time, fact);
                }
            }
            Act::Wake => self.story.now = self.story.wake_at.unwrap_or(self.story.now),
            Act::Hours(hours) => self.story.now += chrono::Duration::hours(hours),
            Act::Claim(nth) => self.claim(nth),
            Act::Accept => self.finish(NoticeState::Accepted),
            Act::Refuse => self.finish(NoticeState::Rejected),
            Act::CrashBefore => self.finish(NoticeState::Ordered),
            Act::CrashWithin => self.finish(NoticeState::Uncertain),
        }
        self.story.decide();
    }

    fn claimable(&self) -> Vec<&Notice> {
        let now = self.story.now;
        let notices = self.story.account.notices.values();
        notices.filter(|notice| notice.state == NoticeState::Ordered && notice.valid_until > now).collect()
    }

    /// What must hold of every notice that a worker could take at this instant.
    fn check(&self) {
        for notice in self.claimable() {
            for line in &notice.lines {
                let plain = &self.plain[line.invoice.as_str()];
                assert!(plain.claimable() > 0, "{line:?} may be claimed, but {plain:?}");
            }
            let content = notice.content.as_ref().unwrap();
            for listed in &content.invoices {
                let plain = &self.plain[listed.invoice.as_str()];
                assert_eq!(listed.balance, plain.claimable().into(), "{} is listed, {plain:?}", listed.invoice);
            }
            let local = self.story.now.with_timezone(&chrono_tz::Europe::Paris);
            let open = (9..18).contains(&local.hour()) && local.weekday().number_from_monday() <= 5;
            assert!(open, "may be claimed at {local}");
        }
        let mut keys = BTreeSet::new();
        let live = self.story.account.notices.values().filter(|notice| notice.state != NoticeState::Withdrawn);
        for (notice, line) in live.flat_map(|notice| notice.lines.iter().map(move |line| (notice, line))) {
            assert!(keys.insert((line.clone(), notice.channel)), "{line:?} twice by {:?}", notice.channel);
        }
    }

    fn claim(&mut self, nth: usize) {
        let now = self.story.now;
        let day = now.with_timezone(&chrono_tz::Europe::Paris).date_naive();
        let Some(notice) = self.claimable().get(nth).copied().cloned() else { return };
        // A notice of a step under way belongs to its contact; any other needs the budget.
        let others = self.story.account.notices.values().filter(|other| other.id != notice.id);
        let mut left = others.filter(|other| !matches!(other.state, NoticeState::Ordered | NoticeState::Withdrawn));
        let is_rest = left.any(|other| other.lines.iter().any(|line| notice.lines.contains(line)));
        if !is_rest {
            let last = self.contact_days.range(..day).next_back();
            assert!(last.is_none_or(|last| (day - *last).num_days() >= 3), "{day} is too soon after {last:?}");
            self.contact_days.insert(day);
        }
        self.story.account.notices.get_mut(&notice.id).unwrap().state = NoticeState::Claimed;
        self.claimed.push((notice.id, now));
    }

    fn finish(&mut self, state: NoticeState) {
        let Some((id, at)) = self.claimed.pop() else { return };
        let notice = self.story.account.notices.get_mut(&id).unwrap();
        notice.state = state;
        notice.accepted_at = (state == NoticeState::Accepted).then_some(at);
        let zone = chrono_tz::Europe::Paris;
        let left: Vec<&Notice> = self
            .story
            .account
            .notices
            .values()
            .filter(|one| !matches!(one.state, NoticeState::Ordered | NoticeState::Withdrawn | NoticeState::Rejected))
            .collect();
        // The rest of a step belongs to the contact that its first message made.
        let of_one_step = |one: &Notice, other: &Notice| one.lines.iter().any(|line| other.lines.contains(line));
        let day = |one: &&Notice| {
            let step = left.iter().filter(|other| of_one_step(one, other));
            let first = step.map(|other| other.accepted_at.unwrap_or(other.ordered_at)).min().unwrap();
            first.with_timezone(&zone).date_naive()
        };
        self.contact_days = left.iter().map(day).collect();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_payment_known_before_a_claim_means_that_the_notice_never_leaves(acts in prop::collection::vec(act(), 1..70)) {
        let mut world = World::start();
        for act in &acts {
            world.step(act);
            world.check();
        }
        // The order in which facts came makes no difference to what is owed.
        let mut facts = Facts::default();
        for (count, (time, fact)) in world.known.iter().enumerate().rev() {
            let id = format!("e{}", count + 3);
            facts.apply(&id, Version { time: *time, sequence: 0, id: id.clone() }, fact.clone());
        }
        prop_assert_eq!(ledger(&facts, &world.story.book), ledger(&world.story.account.facts, &world.story.book));
    }

    #[test]
    fn every_account_has_a_decision(
        (due, issued) in (any::<i32>(), any::<i32>()),
        now in any::<i64>(),
        (amount, unit) in (any::<u32>(), 0..4_u8),
        hours in prop::collection::vec(any::<bool>(), 7),
    ) {
        let unit = [Unit::Days, Unit::BusinessDays, Unit::Weeks, Unit::Months][usize::from(unit)];
        let term = Duration { amount, unit };
        let before = step("soon", Phase::Prevention, Anchor::BeforeDue(term), email("soon"));
        let after = step("late", Phase::Reminder, Anchor::AfterIssue(term), email("late"));
        let looped = step("loop", Phase::Reminder, Anchor::AfterStep("loop".into(), term), email("loop"));
        let mut written = workflow(vec![before, after, looped, formal_notice(1)]);
        for (day, open) in written.contact.hours.days.iter_mut().zip(hours) {
            if !open {
                day.clear();
            }
        }
        written.contact.at_most = Some(ContactBudget { contacts: amount, in_days: amount });
        let mut story = Story::of(written);
        let day = |number| NaiveDate::from_num_days_from_ce_opt(number).unwrap_or(NaiveDate::MAX);
        let known = Invoice { due_on: Some(day(due)), issued_on: day(issued), ..an_invoice("A", 100, "2026-03-02") };
        story.learn(at("2026-01-01"), creditor());
        story.learn(at("2026-01-01"), Fact::Debtor(a_debtor()));
        story.learn(at("2026-01-02"), Fact::Invoice(known));
        let clamped = now.clamp(chrono::DateTime::<chrono::Utc>::MIN_UTC.timestamp(), chrono::DateTime::<chrono::Utc>::MAX_UTC.timestamp());
        let now = chrono::DateTime::from_timestamp(clamped, 0).unwrap();
        let decision = decide(&story.account, &story.book, now);
        story.account.carry_out(&decision);
        prop_assert!(decide(&story.account, &story.book, now).is_empty());
    }
}
