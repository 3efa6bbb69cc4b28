//! Scripts of tasks, tried like messages: with every sample, in every declared language.

use std::collections::{BTreeMap, BTreeSet};

use super::super::message::render_script;
use super::super::problem::Problem;
use super::super::sample::sample_notice;
use super::super::templates::Templates;
use super::{TRIES, further, is_known, tried, with_help};
use crate::domain::{Channel, Phase};

/// One use of a script by a workflow's task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptUse {
    /// The script's name.
    pub name: String,
    /// The languages it must exist in.
    pub languages: Vec<String>,
    /// The phase of the step.
    pub phase: Phase,
}

/// What keeps these scripts from being read out, beside the problems `known` of their files. A script that is not there
/// is said of its workflow.
pub fn check_scripts(files: &BTreeMap<String, String>, uses: &[ScriptUse], known: &[Problem]) -> Vec<Problem> {
    if uses.is_empty() {
        return Vec::new();
    }
    let (templates, _) = Templates::with_problems(files.clone());
    let known: BTreeSet<Problem> = known.iter().cloned().collect();
    let mut problems = BTreeSet::new();
    for wanted in uses {
        let languages = tried(&templates, &wanted.languages, &wanted.name, "txt");
        for language in languages.into_iter().filter(|language| templates.has(language, &wanted.name, "txt")) {
            let mut rest = None;
            for (kind, shape) in TRIES {
                let notice = sample_notice(shape, Channel::Email, language, kind, wanted.phase, &wanted.name);
                let Some(content) = notice.content.as_deref() else { continue };
                let script = |templates: &Templates| render_script(templates, &wanted.name, content);
                let Err(mistakes) = further::render(&templates, &mut rest, &script) else { continue };
                let news = mistakes.into_iter().filter(|problem| !is_known(problem, &known, files));
                problems.extend(news.map(|problem| with_help(problem, &templates)));
            }
        }
    }
    problems.into_iter().collect()
}
