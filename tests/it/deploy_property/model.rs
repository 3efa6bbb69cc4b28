//! The workflow as somebody edits it: steps with marks that no edit can change.

use std::collections::BTreeMap;
use std::sync::Arc;

use relance::domain::StepId;
use relance::worker::{Edition, TemplateSet};
use relance::workflow::{CheckContext, SourceFile, check};

use super::super::deploy::text;

/// What a step may be called.
pub const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

/// What a step sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channels {
    Email,
    Sms,
    Letter,
    EmailAndSms,
}

impl Channels {
    pub const ALL: [Self; 4] = [Self::Email, Self::Sms, Self::Letter, Self::EmailAndSms];

    fn written(self, mark: usize) -> String {
        match self {
            Self::Email => format!("email: mark-{mark}"),
            Self::Sms => format!("sms: mark-{mark}"),
            Self::Letter => format!("letter: mark-{mark}"),
            Self::EmailAndSms => format!("email: mark-{mark}, sms: mark-{mark}"),
        }
    }
}

/// One step as it stands in the file.
#[derive(Clone, Debug)]
pub struct Draft {
    pub name: &'static str,
    pub formerly: Vec<&'static str>,
    /// Days after the due date; later where the steps above are.
    pub after: u32,
    pub mark: usize,
    pub channels: Channels,
    pub repeat: u32,
    pub backfill: bool,
}

impl Draft {
    pub fn new(name: &'static str, after: u32, mark: usize) -> Self {
        Self { name, formerly: vec![], after, mark, channels: Channels::Email, repeat: 1, backfill: false }
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.formerly.iter().copied().chain([self.name])
    }

    pub fn is_named(&self, name: &str) -> bool {
        self.name == name || self.formerly.contains(&name)
    }

    fn written(&self, after: u32) -> String {
        let mut step = format!("  - {{ id: {}, phase: reminder, after_due: {after} days", self.name);
        if !self.formerly.is_empty() {
            step += &format!(", formerly: [{}]", self.formerly.join(", "));
        }
        if self.repeat > 1 {
            step += &format!(", repeat: {{ every: 3 days, at_most: {} }}", self.repeat);
        }
        if self.backfill {
            step += ", backfill: true";
        }
        step + &format!(", {} }}\n", self.channels.written(self.mark))
    }
}

/// The edition of these steps, as `relance deploy` would make it of a file: checked, in the order of their days.
pub fn edition(steps: &[Draft]) -> Edition {
    let mut after = 0;
    let mut written = String::new();
    let mut templates = BTreeMap::new();
    for step in steps {
        after = step.after.max(after + 1);
        written += &step.written(after);
        for extension in ["subject", "txt", "sms", "typ"] {
            templates.insert(format!("fr/mark-{}.{extension}", step.mark), "text".to_owned());
        }
    }
    let source = SourceFile::new("w.yaml", text(&written));
    let context = CheckContext { templates: Some(&templates), ..CheckContext::default() };
    let mut report = check(std::slice::from_ref(&source), &context);
    let workflow = Arc::new(report.workflows.pop().unwrap_or_else(|| panic!("{written}{:?}", report.findings)));
    Edition { workflow, source, templates: Arc::new(TemplateSet::new(templates)) }
}

/// The marks of an edition's steps, by the name they have in it.
pub fn marks(edition: &Edition) -> impl Iterator<Item = (StepId, String)> {
    edition.workflow.steps.iter().map(|step| {
        let template = step.messages().next().map(|message| message.template.clone());
        (step.id.clone(), template.unwrap())
    })
}
