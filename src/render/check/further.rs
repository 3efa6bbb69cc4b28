//! Reading on behind a mistake of a template: what failed is taken out and the template is rendered again, so that one
//! run says every mistake. Places stay what they were, because only blanks take the place of what goes.

use std::ops::Range;

use typst::syntax::{LinkedNode, Side, SyntaxKind, parse};

use super::super::RenderError;
use super::super::problem::Problem;
use super::super::templates::{EMPTY, Templates};

/// Most mistakes said of one rendering: who has corrected these runs the check again.
const MISTAKES_MAX: usize = 20;

/// Renders, or says what keeps it from rendering: the first mistake, and those behind it. `rest` remembers, for the next
/// rendering, the templates without what failed.
pub(super) fn render<T>(
    templates: &Templates,
    rest: &mut Option<Templates>,
    render: &dyn Fn(&Templates) -> Result<T, RenderError>,
) -> Result<T, Vec<Problem>> {
    let first = match render(templates) {
        Ok(rendered) => return Ok(rendered),
        Err(why) => Problem::in_template(&why),
    };
    if rest.is_none() {
        *rest = without(templates, &first);
    }
    let mut problems = vec![first];
    while let Some(left) = rest.as_ref().filter(|_| problems.len() < MISTAKES_MAX) {
        let Err(why) = render(left) else { break };
        let next = Problem::in_template(&why);
        let is_as_written = left.files().get(&next.path) == templates.files().get(&next.path);
        let left = without(left, &next);
        // Without a place it is of the whole, and the whole must still be what its author wrote.
        if next.place.is_some() || is_as_written {
            problems.push(next);
        }
        match left {
            Some(left) => *rest = Some(left),
            None => break,
        }
    }
    Err(problems)
}

/// The templates without the expression that failed, or with a word where there is none; nothing where nothing can be
/// left out.
fn without(templates: &Templates, problem: &Problem) -> Option<Templates> {
    if problem.message == EMPTY {
        return Some(templates.with(&problem.path, "-"));
    }
    let (start, _) = problem.place?;
    let text = templates.files().get(&problem.path)?;
    let (range, instead) =
        if problem.path.ends_with(".typ") { (in_letter(text, start)?, "") } else { in_text(text, start)? };
    Some(templates.with(&problem.path, &blanked(text, range, instead)?))
}

/// `{{ … }}` around a place, which prints nothing then; or the condition of `{% if … %}`, which holds then; or the list
/// of `{% for … %}`, which has no items then.
fn in_text(text: &str, at: usize) -> Option<(Range<usize>, &'static str)> {
    let (before, behind) = (text.get(..at)?, text.get(at..)?);
    let opened = before
        .rfind(['{'])
        .filter(|open| before[..*open + 1].ends_with("{{"))
        .map(|open| open - 1)
        .filter(|open| !before[*open..].contains("}}"));
    if let Some(open) = opened {
        return Some((open..at + behind.find("}}")? + 2, ""));
    }
    let open = before.rfind("{%").filter(|open| !before[*open..].contains("%}"))?;
    let tag = before[open + 2..].trim_start_matches(['-', '+', ' ']);
    let end = at + behind.find("%}")?;
    let whole = &text[before.len() - tag.len()..end];
    let (head, instead) = match tag.split_once(' ')?.0 {
        head @ ("if" | "elif") => (head.len(), "true"),
        "for" => (whole.find(" in ")? + 3, "[]"),
        _ => return None,
    };
    let from = before.len() - tag.len() + head + 1;
    Some((from..from + text.get(from..end)?.trim_end_matches(['-', '+', ' ']).len(), instead))
}

/// `#…` around a place in a letter. What defines something stays: what needs it would fail as well.
fn in_letter(text: &str, at: usize) -> Option<Range<usize>> {
    let root = parse(text);
    let mut node = LinkedNode::new(&root).leaf_at(at, Side::After)?;
    while node.parent_kind()? != SyntaxKind::Markup {
        node = node.parent()?.clone();
    }
    let defines = matches!(
        node.kind(),
        SyntaxKind::LetBinding | SyntaxKind::SetRule | SyntaxKind::ShowRule | SyntaxKind::ModuleImport
    );
    let start = node.offset().checked_sub(1)?;
    (!defines && text[start..].starts_with('#')).then(|| start..node.range().end)
}

/// The text with `instead` and blanks in that range; lines stay lines.
fn blanked(text: &str, range: Range<usize>, instead: &str) -> Option<String> {
    let gone = text.get(range.clone())?;
    let blanks = gone.get(instead.len()..)?.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' });
    Some(text[..range.start].chars().chain(instead.chars()).chain(blanks).chain(text[range.end..].chars()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_goes_and_places_stay() {
        let without = |text: &str| {
            let at = text.find('^').unwrap();
            let text = text.replace('^', "");
            let (range, instead) = in_text(&text, at)?;
            blanked(&text, range, instead)
        };
        assert_eq!(without("a {{ ^b.c | d }} e").as_deref(), Some("a               e"));
        assert_eq!(without("{{ a }}\n{{\n ^b }}!").as_deref(), Some("{{ a }}\n  \n     !"));
        assert_eq!(without("{%- if ^a.bcd -%} {{ c }}").as_deref(), Some("{%- if true  -%} {{ c }}"));
        assert_eq!(without("{% for a in ^bcd.e %}{{ a }}").as_deref(), Some("{% for a in []    %}{{ a }}"));
        assert_eq!(without("{% set a = ^b %}"), None);
        assert_eq!(without("{{ a }} ^b"), None);
        let letter = |text: &str| {
            let at = text.find('^').unwrap();
            let text = text.replace('^', "");
            blanked(&text, in_letter(&text, at)?, "")
        };
        assert_eq!(letter("A #n.^b(1)[c], d").as_deref(), Some("A           , d"));
        assert_eq!(letter("#strong[A #^b c]").as_deref(), Some("#strong[A    c]"));
        assert_eq!(letter("#let a = ^b"), None);
    }
}
