//! One step: its anchor, its actions, and what surrounds them.

use std::collections::BTreeMap;

use super::{Fields, Reader};
use crate::domain::{Channel, ContactRole, LetterService, Phase, StepId};
use crate::workflow::condition::yes_or_no;
use crate::workflow::keys::{
    self, ACTIONS, ANCHORS, APPROVAL, ATTACHMENTS, COUNT_MAX, EFFECTS, HANDOVER, IF_UNREACHABLE, PHASES, REPEAT, ROLES,
    SERVICES, STEP, TASK, Table,
};
use crate::workflow::yaml::{Node, NodeKind, Plain, classify};
use crate::workflow::{
    Action, Anchor, Approval, Code, Duration, Effect, Message, OnExpire, OnTimeout, Repeat, Step, TaskAction, Unit,
};

const NO_WAIT: Duration = Duration { amount: 0, unit: Unit::Days };

impl Reader<'_, '_> {
    /// One item of `steps`, and whether all of it could be read. A step without id, phase or anchor is left out; of
    /// another, only the part that could not be read, so that it can still be compared with the other steps.
    pub(super) fn step<'n>(&mut self, node: &'n Node) -> Option<(Step, Fields<'n>, bool)> {
        let fields = self.fields(node, &STEP)?;
        let id = fields.get("id").and_then(|node| self.step_id(node));
        let phases = [Phase::Prevention, Phase::Reminder, Phase::FormalNotice, Phase::Legal];
        let phase = fields.get("phase").and_then(|node| self.one_of(node, PHASES, &phases));
        let anchor = self.anchor(&fields);
        let when = self.optional(&fields, "when", Self::condition);
        let actions = self.actions(&fields);
        let if_unreachable = self.optional(&fields, "if_unreachable", Self::if_unreachable);
        let requires = self.step_ids(&fields, "requires");
        let approval = self.optional(&fields, "approval", Self::approval);
        let deadline = self.optional(&fields, "deadline", Self::deadline);
        let repeat = self.optional(&fields, "repeat", Self::repeat);
        let (outcomes, outcomes_whole) = match fields.get("outcomes") {
            Some(node) => self.outcomes(node),
            None => (BTreeMap::new(), true),
        };
        let formerly = self.step_ids(&fields, "formerly");
        let backfill = self.optional(&fields, "backfill", Self::flag);
        let whole = when.is_some()
            && actions.iter().all(Option::is_some)
            && !actions.is_empty()
            && if_unreachable.is_some()
            && approval.is_some()
            && deadline.is_some()
            && repeat.is_some()
            && outcomes_whole
            && backfill.is_some()
            && (fields.get("requires").is_none() || !requires.is_empty());
        let step = Step {
            id: id?,
            phase: phase?,
            anchor: anchor?,
            when: when.flatten(),
            actions: actions.into_iter().flatten().collect(),
            if_unreachable: if_unreachable.flatten().unwrap_or_default(),
            requires,
            approval: approval.flatten(),
            deadline: deadline.flatten(),
            repeat: repeat.flatten(),
            outcomes,
            formerly,
            backfill: backfill.flatten().unwrap_or_default(),
        };
        Some((step, fields, whole))
    }

    /// A key that may be absent: `Some(None)` where it is, `None` where its value cannot be read.
    pub(super) fn optional<T>(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        read: fn(&mut Self, &Node) -> Option<T>,
    ) -> Option<Option<T>> {
        match fields.get(key) {
            Some(node) => read(self, node).map(Some),
            None => Some(None),
        }
    }

    /// The id of a step.
    pub(super) fn step_id(&mut self, node: &Node) -> Option<StepId> {
        self.word(node).map(StepId::new)
    }

    fn step_ids(&mut self, fields: &Fields<'_>, key: &str) -> Vec<StepId> {
        let Some(node) = fields.get(key) else { return Vec::new() };
        let mut found = Vec::new();
        for item in self.items(node, "a list of steps") {
            let Some(id) = self.step_id(item) else { continue };
            if found.contains(&id) {
                self.bad(item, format!("`{id}` stands twice"), "write each step once");
            } else {
                found.push(id);
            }
        }
        found
    }

    fn anchor(&mut self, fields: &Fields<'_>) -> Option<Anchor> {
        let written: Vec<_> = fields.named().filter(|(name, _)| ANCHORS.contains(name)).collect();
        let [(name, entry)] = written.as_slice() else {
            let (place, message, help) = match written.get(1) {
                Some((second, entry)) => (
                    entry.key_span.clone(),
                    format!("the step has two anchors: `{}` and `{second}`", written[0].0),
                    "keep the one that its day is to be counted from".to_owned(),
                ),
                None => (
                    fields.entry("id").map_or(&fields.node.span, |entry| &entry.value.span).clone(),
                    "nothing says when this step is due".to_owned(),
                    "write `after_due: 10 days`, or another of: ".to_owned() + &ANCHORS.join(", "),
                ),
            };
            self.findings.add_with_help(Code::AnchorCount, place, message, help);
            return None;
        };
        let wait = self.optional(fields, "wait", Self::duration);
        let relative = matches!(*name, "after_step" | "after_deadline_of");
        if let (Some(wait), false) = (fields.entry("wait"), relative) {
            let help =
                "`wait` goes with `after_step` and `after_deadline_of`; write the whole duration behind the anchor";
            let message = format!("`wait` has no meaning with `{name}`");
            self.findings.add_with_help(Code::MisplacedKey, wait.key_span.clone(), message, help.to_owned());
        }
        if relative {
            let parent = self.step_id(&entry.value)?;
            let wait = wait?.unwrap_or(NO_WAIT);
            return Some(match *name {
                "after_step" => Anchor::AfterStep(parent, wait),
                _ => Anchor::AfterDeadlineOf(parent, wait),
            });
        }
        let offset = self.duration(&entry.value)?;
        Some(match *name {
            "before_due" => Anchor::BeforeDue(offset),
            "after_issue" => Anchor::AfterIssue(offset),
            "after_delivery" => Anchor::AfterDelivery(offset),
            _ => Anchor::AfterDue(offset),
        })
    }

    /// What the step does, in the order of the file; `None` for what could not be read.
    fn actions(&mut self, fields: &Fields<'_>) -> Vec<Option<Action>> {
        let written: Vec<_> = fields.named().filter(|(name, _)| ACTIONS.contains(name)).collect();
        if written.is_empty() {
            let help = format!("write at least one of: {}", ACTIONS.join(", "));
            let place = fields.entry("id").map_or(&fields.node.span, |entry| &entry.value.span).clone();
            self.findings.add_with_help(Code::NoAction, place, "this step does nothing", help);
        }
        written.into_iter().map(|(name, entry)| self.action(name, &entry.value)).collect()
    }

    fn action(&mut self, name: &str, node: &Node) -> Option<Action> {
        match name {
            "task" => self.task(node).map(Action::Task),
            "block" => self.word(node).map(Action::Block),
            "unblock" => self.word(node).map(Action::Unblock),
            "publish" => self.word(node).map(Action::Publish),
            "survey" => self.survey(node).map(Action::Survey),
            "handover" => self.handover(node),
            "email" => self.message(Channel::Email, node).map(Action::Message),
            "sms" => self.message(Channel::Sms, node).map(Action::Message),
            _ => self.message(Channel::Letter, node).map(Action::Message),
        }
    }

    fn message(&mut self, channel: Channel, node: &Node) -> Option<Message> {
        let table = match channel {
            Channel::Email => &keys::EMAIL,
            Channel::Sms => &keys::SMS,
            Channel::Letter => &keys::LETTER,
        };
        self.message_of(channel, node, table)
    }

    /// A message whose keys are those of a table.
    pub(super) fn message_of(&mut self, channel: Channel, node: &Node, table: &Table) -> Option<Message> {
        let mut message = Message {
            channel,
            template: String::new(),
            service: (channel == Channel::Letter).then_some(LetterService::Standard),
            to: None,
            cc: Vec::new(),
            attach: Vec::new(),
            provider: None,
            from: None,
        };
        if matches!(node.kind, NodeKind::Scalar { .. }) {
            message.template = self.word(node)?;
            return Some(message);
        }
        if let NodeKind::List(_) = node.kind {
            let help = "name one template, and write a step of its own for another".to_owned();
            self.mistyped(node, "one template", Some(help));
            return None;
        }
        let fields = self.fields(node, table)?;
        let template = fields.get("template").and_then(|node| self.word(node));
        let service = self.optional(&fields, "service", Self::service);
        let to = self.optional(&fields, "to", Self::role);
        message.cc = fields.get("cc").map_or_else(Vec::new, |node| self.one_or_more(node, Self::role));
        message.attach = fields.get("attach").map_or_else(Vec::new, |node| self.one_or_more(node, Self::attachment));
        message.provider = self.optional(&fields, "provider", Self::word)?;
        let identity = if channel == Channel::Email { Self::email_identity } else { Self::name_identity };
        message.from = self.optional(&fields, "from", identity)?;
        message.template = template?;
        message.service = service?.or(message.service);
        message.to = to?;
        Some(message)
    }

    fn one_or_more<T: PartialEq>(&mut self, node: &Node, read: fn(&mut Self, &Node) -> Option<T>) -> Vec<T> {
        let items = match &node.kind {
            NodeKind::List(_) => self.items(node, "a list"),
            _ => std::slice::from_ref(node),
        };
        let mut found = Vec::new();
        for item in items {
            let Some(value) = read(self, item) else { continue };
            if found.contains(&value) {
                self.bad(item, "it stands twice", "write each once");
            } else {
                found.push(value);
            }
        }
        found
    }

    fn role(&mut self, node: &Node) -> Option<ContactRole> {
        let roles = [ContactRole::Billing, ContactRole::Dunning, ContactRole::Management, ContactRole::Legal];
        self.one_of(node, ROLES, &roles)
    }

    fn attachment(&mut self, node: &Node) -> Option<String> {
        self.one_of(node, ATTACHMENTS, ATTACHMENTS).map(str::to_owned)
    }

    fn service(&mut self, node: &Node) -> Option<LetterService> {
        use LetterService::{ElectronicRegistered, Registered, RegisteredReceipt, Standard, Tracked};
        self.one_of(node, SERVICES, &[Standard, Tracked, Registered, RegisteredReceipt, ElectronicRegistered])
    }

    fn if_unreachable(&mut self, node: &Node) -> Option<Vec<Message>> {
        let fields = self.fields(node, &IF_UNREACHABLE)?;
        if fields.is_empty() {
            self.bad(node, "nothing would be sent", "name a channel, or leave the key out");
            return None;
        }
        let read: Vec<_> = fields
            .named()
            .filter_map(|(name, entry)| match name {
                "email" => Some(self.message(Channel::Email, &entry.value)),
                "sms" => Some(self.message(Channel::Sms, &entry.value)),
                "letter" => Some(self.message(Channel::Letter, &entry.value)),
                _ => None,
            })
            .collect();
        read.into_iter().collect()
    }

    /// A task of a step, or of `on_exhausted`.
    pub(super) fn task(&mut self, node: &Node) -> Option<TaskAction> {
        let fields = self.fields(node, &TASK)?;
        let kind = fields.get("kind").and_then(|node| self.word(node));
        let script = self.optional(&fields, "script", Self::word);
        let assign = self.optional(&fields, "assign", Self::word);
        let within = fields.get("within").and_then(|node| self.duration(node));
        let on_timeout = fields.get("on_timeout").and_then(|node| self.on_timeout(node));
        let note = self.optional(&fields, "note", Self::text);
        Some(TaskAction {
            kind: kind?,
            script: script?,
            assign: assign?,
            within: within?,
            on_timeout: on_timeout?,
            note: note?,
        })
    }

    fn on_timeout(&mut self, node: &Node) -> Option<OnTimeout> {
        if let NodeKind::Map(_) = node.kind {
            return self.go_to(node).map(OnTimeout::GoTo);
        }
        let known = ["continue", "remind", "hold", "{ go_to: ID }"];
        let place = self.one_of(node, &known, &[0, 1, 2])?;
        Some(match place {
            0 => OnTimeout::Continue,
            1 => OnTimeout::Remind,
            _ => OnTimeout::Hold,
        })
    }

    fn handover(&mut self, node: &Node) -> Option<Action> {
        if let NodeKind::Scalar { .. } = node.kind {
            return self.word(node).map(|to| Action::Handover { to, procedure: None });
        }
        let fields = self.fields(node, &HANDOVER)?;
        let to = fields.get("to").and_then(|node| self.word(node));
        let procedure = self.optional(&fields, "procedure", Self::word);
        Some(Action::Handover { to: to?, procedure: procedure? })
    }

    fn approval(&mut self, node: &Node) -> Option<Approval> {
        if let NodeKind::Scalar { text, plain: true } = &node.kind
            && (matches!(classify(text), Plain::Bool(_)) || yes_or_no(text).is_some())
        {
            let help = "name the role of who approves, `approval: manager`; leave the key out where nobody is asked";
            self.mistyped(node, "a role", Some(help.to_owned()));
            return None;
        }
        if let NodeKind::Scalar { .. } = node.kind {
            return self.word(node).map(|role| Approval { role, when: None, expires: None });
        }
        let fields = self.fields(node, &APPROVAL)?;
        let role = fields.get("role").and_then(|node| self.word(node));
        let when = self.optional(&fields, "when", Self::condition);
        let expires = self.optional(&fields, "expires", Self::duration);
        let answers = |reader: &mut Self, node: &Node| {
            reader.one_of(node, &["hold", "ask_again"], &[OnExpire::Hold, OnExpire::AskAgain])
        };
        let on_expire = self.optional(&fields, "on_expire", answers);
        let expires = match (expires?, on_expire?) {
            (Some(expires), Some(on_expire)) => Some((expires, on_expire)),
            (None, None) => None,
            (Some(_), None) => {
                let help = "write `on_expire: hold` or `on_expire: ask_again`".to_owned();
                let message = "`on_expire` is missing: what follows when the approval expires?";
                self.findings.add_with_help(Code::MissingKey, node.span.clone(), message, help);
                return None;
            }
            (None, Some(_)) => {
                let help = "write `expires: 5 business days`, or leave `on_expire` out".to_owned();
                let place = fields.entry("on_expire").map_or(&node.span, |entry| &entry.key_span).clone();
                self.findings.add_with_help(Code::MisplacedKey, place, "this approval never expires", help);
                return None;
            }
        };
        Some(Approval { role: role?, when: when?, expires })
    }

    fn repeat(&mut self, node: &Node) -> Option<Repeat> {
        let fields = self.fields(node, &REPEAT)?;
        let every = fields.get("every").and_then(|node| {
            let every = self.duration(node)?;
            if every.amount == 0 {
                self.bad(node, "the step would be repeated at once", "write how long after: `7 days`");
                return None;
            }
            Some(every)
        });
        let at_most = fields.get("at_most").and_then(|node| self.count(node, 1, COUNT_MAX));
        Some(Repeat { every: every?, at_most: at_most? })
    }

    /// The answers that could be read, and whether those are all.
    fn outcomes(&mut self, node: &Node) -> (BTreeMap<String, Effect>, bool) {
        let NodeKind::Map(entries) = &node.kind else {
            self.mistyped(node, "answers and their effects", Some("write { promised: promise }".into()));
            return (BTreeMap::new(), false);
        };
        if entries.is_empty() {
            self.bad(node, "nothing could be answered", "write an answer, or leave the key out");
            return (BTreeMap::new(), false);
        }
        let mut found = BTreeMap::new();
        for entry in entries {
            self.key_text(entry);
            found.extend(self.effect(&entry.value).map(|effect| (entry.key.clone(), effect)));
        }
        let whole = found.len() == entries.len();
        (found, whole)
    }

    fn effect(&mut self, node: &Node) -> Option<Effect> {
        if let NodeKind::Map(_) = node.kind {
            return self.go_to(node).map(Effect::GoTo);
        }
        let place = self.one_of(node, EFFECTS, &[0, 1, 2, 3, 4, 5])?;
        Some(match place {
            0 => Effect::Promise,
            1 => Effect::Dispute,
            2 => Effect::PaidSaysDebtor,
            3 => Effect::Plan,
            4 => Effect::WrongContact,
            _ => Effect::None,
        })
    }
}
