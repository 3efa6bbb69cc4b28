//! Any sequence of edits, deployments, moves, blocks, payments, claims and crashes: no case gets a step twice.
//!
//! Each step of the model carries a mark that stays with it whatever it is called; its template is the mark. What a
//! carrier accepted is written down by case, mark, occurrence and channel, and must never come again.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;

use super::super::{decide, move_cases};
use super::story::*;
use crate::domain::*;
use crate::workflow::*;

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

#[derive(Clone, Debug)]
enum Act {
    /// A step gets another name, and says so.
    Rename(usize, usize),
    /// The steps forget what they were called.
    ForgetNames,
    /// A step moves to another place.
    Swap(usize, usize),
    /// A step comes, perhaps under an old name; perhaps made up for.
    Add(usize, u32, bool),
    Remove(usize),
    /// Another day, or another number of repetitions.
    Anchor(usize, u32),
    Repeat(usize, u32),
    /// The edit is deployed; running cases move or stay.
    Deploy(bool),
    /// All edits since one of the deployments are taken back, and that is deployed.
    TakeBack(usize),
    Block(usize),
    Unblock,
    /// Another invoice comes, which begins on the revision that serves.
    Invoice,
    Pay(bool),
    Wake,
    Hours(i64),
    Claim,
    Accept,
    Crash,
}

fn act() -> impl Strategy<Value = Act> {
    let which = || 0..NAMES.len();
    prop_oneof![
        4 => (which(), which()).prop_map(|(step, name)| Act::Rename(step, name)),
        2 => Just(Act::ForgetNames),
        2 => (which(), which()).prop_map(|(one, other)| Act::Swap(one, other)),
        3 => (which(), 0..30_u32, any::<bool>()).prop_map(|(name, after, late)| Act::Add(name, after, late)),
        2 => which().prop_map(Act::Remove),
        2 => (which(), 0..30_u32).prop_map(|(step, after)| Act::Anchor(step, after)),
        1 => (which(), 1..4_u32).prop_map(|(step, times)| Act::Repeat(step, times)),
        8 => prop::bool::weighted(0.8).prop_map(Act::Deploy),
        2 => (0..8_usize).prop_map(Act::TakeBack),
        1 => which().prop_map(Act::Block),
        2 => Just(Act::Unblock),
        2 => Just(Act::Invoice),
        1 => any::<bool>().prop_map(Act::Pay),
        14 => Just(Act::Wake),
        2 => (1..60_i64).prop_map(Act::Hours),
        10 => Just(Act::Claim),
        10 => Just(Act::Accept),
        2 => Just(Act::Crash),
    ]
}

struct World {
    story: Story,
    steps: Vec<Step>,
    /// The steps of every deployment.
    deployed: Vec<Vec<Step>>,
    revisions: usize,
    marks: usize,
    times: usize,
    accepted: BTreeSet<(InvoiceId, String, u32, Channel)>,
}

impl World {
    fn start() -> Self {
        let steps = vec![marked("a", 2, 0), marked("b", 9, 1)];
        let mut story = Story::of(workflow(steps.clone()));
        story.carrier = Carrier::Sleeps;
        story.at("2026-02-02", invoice("A", 100, "2026-03-02"));
        story.at("2026-02-02", invoice("B", 80, "2026-03-05"));
        story.until("2026-03-02");
        Self {
            story,
            deployed: vec![steps.clone()],
            steps,
            revisions: 1,
            marks: 2,
            times: 0,
            accepted: BTreeSet::new(),
        }
    }

    fn is_free(&self, name: &str) -> bool {
        self.steps.iter().all(|step| !step.is_named(&name.into()))
    }

    fn act(&mut self, act: &Act) {
        let count = self.steps.len();
        match *act {
            Act::Rename(step, name) if self.is_free(NAMES[name]) => {
                let step = &mut self.steps[step % count];
                let old = std::mem::replace(&mut step.id, NAMES[name].into());
                step.formerly.push(old);
            }
            Act::ForgetNames => self.forget_names(),
            Act::Swap(one, other) => self.steps.swap(one % count, other % count),
            Act::Add(name, after, backfill) if self.is_free(NAMES[name]) => {
                let step = Step { backfill, ..marked(NAMES[name], after, self.marks) };
                self.marks += 1;
                self.steps.push(step);
            }
            Act::Remove(step) if count > 1 => drop(self.steps.remove(step % count)),
            Act::Anchor(step, after) => self.steps[step % count].anchor = Anchor::AfterDue(days(after)),
            Act::Repeat(step, at_most) => self.steps[step % count].repeat = Some(Repeat { every: days(3), at_most }),
            Act::Deploy(moves) => self.deploy(moves),
            Act::TakeBack(which) => {
                self.steps = self.deployed[which % self.deployed.len()].clone();
                self.deploy(true);
            }
            Act::Block(name) => {
                let key = ("fr-b2b".into(), NAMES[name].into());
                self.story.book.blocked.insert(key, "a mistake".into());
            }
            Act::Unblock => self.story.book.blocked.clear(),
            Act::Invoice => {
                self.times += 1;
                let due_on = self.story.now.date_naive().to_string();
                self.story.learn(self.story.now, invoice(&format!("N-{}", self.times), 60, &due_on));
            }
            Act::Pay(is_received) => {
                let status = if is_received { PaymentStatus::Received } else { PaymentStatus::Reversed };
                let Fact::Payment(paid) = payment("P", 100, "2026-03-03", &[("A", 100)]) else { unreachable!() };
                self.times += 1;
                let time = self.story.now + chrono::Duration::seconds(self.times as i64);
                self.story.learn(time, Fact::Payment(Payment { status, ..paid }));
            }
            Act::Wake => self.story.now = self.story.wake_at.unwrap_or(self.story.now),
            Act::Hours(hours) => self.story.now += chrono::Duration::hours(hours),
            Act::Claim => self.turn(NoticeState::Ordered, NoticeState::Claimed),
            Act::Accept => self.turn(NoticeState::Claimed, NoticeState::Accepted),
            Act::Crash => self.turn(NoticeState::Claimed, NoticeState::Ordered),
            Act::Rename(..) | Act::Add(..) | Act::Remove(_) => {}
        }
        self.story.decide();
        self.check();
    }

    /// A renaming that was never deployed and is forgotten makes another step of it.
    fn forget_names(&mut self) {
        let deployed = Arc::clone(&self.story.book.newest[&"fr-b2b".into()]);
        for step in &mut self.steps {
            let is_told = |old: &StepId| deployed.steps.iter().any(|one| one.id == step.id && one.is_named(old));
            if !step.formerly.iter().all(is_told) {
                step.actions = vec![email(&format!("mark-{}", self.marks))];
                self.marks += 1;
            }
            step.formerly.clear();
        }
    }

    fn deploy(&mut self, moves: bool) {
        self.revisions += 1;
        self.deployed.push(self.steps.clone());
        let revision = format!("r{}", self.revisions);
        let written = Workflow { revision: revision.as_str().into(), ..workflow(self.steps.clone()) };
        let key = (written.name.clone(), written.revision.clone());
        let written = Arc::new(written);
        self.story.book.add([Arc::clone(&written)]);
        self.story.book.newest.insert(key.0.clone(), written);
        if moves {
            let moved = move_cases(&self.story.account, &self.story.book, &key.0, &key.1, self.story.now);
            self.story.account.carry_out(&moved.decision());
            let again = move_cases(&self.story.account, &self.story.book, &key.0, &key.1, self.story.now);
            assert!(again.cases.is_empty() && again.entries.is_empty(), "moved twice: {again:#?}");
        }
    }

    /// What happens to the first notice in a state, outside the engine.
    fn turn(&mut self, from: NoticeState, to: NoticeState) {
        let now = self.story.now;
        let may =
            |notice: &&mut Notice| notice.state == from && (from != NoticeState::Ordered || notice.valid_until > now);
        let Some(notice) = self.story.account.notices.values_mut().find(may) else { return };
        notice.state = to;
        if to != NoticeState::Accepted {
            return;
        }
        notice.accepted_at = Some(now);
        let notice = notice.clone();
        for line in &notice.lines {
            let step = &self.mark(&notice, line);
            let new = self.accepted.insert((line.invoice.clone(), step.clone(), line.occurrence, notice.channel));
            assert!(new, "{} got {step} twice: {line:?}", line.invoice);
        }
    }

    /// The mark of the step that a line does: that of the name it had in the notice's revision.
    fn mark(&self, notice: &Notice, line: &NoticeLine) -> String {
        let in_order = [(notice.workflow.clone(), notice.revision.clone())];
        let revision = in_order.iter().find_map(|key| self.story.book.revision(key));
        let case = self.story.account.cases[&line.invoice].workflow.clone().unwrap();
        let own = self.story.book.revision(&case);
        let step = own.into_iter().chain(revision).find_map(|one| one.step(&line.step)).map(|(_, step)| step);
        step.and_then(|step| step.messages().next()).map_or(line.step.to_string(), |message| message.template.clone())
    }

    /// No key is live twice, and deciding again decides nothing.
    fn check(&self) {
        let account = &self.story.account;
        assert!(decide(account, &self.story.book, self.story.now).is_empty());
        let mut keys = BTreeSet::new();
        let live = account.notices.values().filter(|notice| notice.state != NoticeState::Withdrawn);
        for (line, channel) in live.flat_map(|notice| notice.lines.iter().map(|line| (line, notice.channel))) {
            assert!(keys.insert((line, channel)), "{line:?} is live twice");
        }
    }
}

/// A reminder whose template is its mark.
fn marked(id: &str, after: u32, mark: usize) -> Step {
    Step { actions: vec![email(&format!("mark-{mark}"))], ..reminder(id, after) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, max_shrink_iters: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn no_case_gets_a_step_twice_through_any_sequence_of_edits(acts in prop::collection::vec(act(), 1..70)) {
        let mut world = World::start();
        for act in &acts {
            world.act(act);
        }
    }
}
