//! The picture as one SVG that needs nothing else.

use std::fmt::Write as _;

use quick_xml::escape::escape;

use super::{Overlay, Stand, Then, anchor, branches, due_place, ending, lines, phase_name};
use crate::domain::StepId;
use crate::workflow::Workflow;

/// Places across, in pixels.
const WIDTH: usize = 1150;
const SPINE_X: usize = 320;
const BOX_X: usize = 345;
const BOX_WIDTH: usize = 400;
const BRANCH_X: usize = 770;
const LANE_X: usize = 1110;
/// Heights, in pixels.
const HEAD: usize = 70;
const LINE: usize = 18;
const GAP: usize = 30;
/// Longest line in a box and beside it, in characters: what fits at this size of type.
const BOX_CHARS_MAX: usize = 58;
const BRANCH_CHARS_MAX: usize = 48;

const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#1d2733}.h{font-size:18px;font-weight:600}\
.b{font-weight:600}.s{fill:#5a6775}.w{text-anchor:end}.box{fill:#fff;stroke:#7b8794;stroke-width:1.2}\
.spine{stroke:#44525f;stroke-width:3}.dot{fill:#fff;stroke:#44525f;stroke-width:3}.br{stroke:#9aa5b1;\
stroke-dasharray:3 3;fill:none}.jump{stroke:#b3541e;stroke-width:1.5;fill:none}.done .box{fill:#e3f5e8;stroke:#2f7d4f}\
.done .dot{fill:#2f7d4f;stroke:#2f7d4f}.waits .box{fill:#e3edfb;stroke:#2b5fa8}.waits .dot{fill:#2b5fa8}\
.skipped .box{fill:#f1f1f1;stroke:#b4b4b4;stroke-dasharray:4 3}.skipped text{fill:#777}\
.planned .box{stroke-dasharray:4 3}\
.next .box{fill:#fff5d9;stroke:#b07a00;stroke-width:2.5}.next .dot{stroke:#b07a00}";

/// One step with its place down the page.
struct Row {
    top: usize,
    height: usize,
    lines: Vec<String>,
    branches: Vec<(String, Option<StepId>)>,
}

/// The drawing. Phases are bands, the calendar runs down the left, what may happen besides stands on the right.
pub fn svg(workflow: &Workflow, overlay: Option<&Overlay>) -> String {
    let due = due_place(workflow);
    let (rows, due_y, end_y) = layout(workflow, due);
    let ending = ending(workflow);
    let height = end_y + ending.len() * LINE + 40;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" aria-label=\"{0}\">\n<title>{0}</title>\n<style>{STYLE}</style>\n<defs><marker id=\"a\" viewBox=\"0 0 8 8\" \
         refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#b3541e\"/></marker></defs>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fbfbfa\"/>\n",
        clean(&workflow.title)
    );
    bands(&mut out, workflow, &rows);
    let _ = writeln!(out, "<text class=\"h\" x=\"24\" y=\"32\">{}</text>", clean(&workflow.title));
    let below = overlay.map_or_else(|| workflow.name.to_string(), |overlay| overlay.title.clone());
    let _ = writeln!(out, "<text class=\"s\" x=\"24\" y=\"54\">{}</text>", clean(&below));
    let _ = writeln!(out, "<line class=\"spine\" x1=\"{SPINE_X}\" y1=\"{HEAD}\" x2=\"{SPINE_X}\" y2=\"{end_y}\"/>");
    let _ = writeln!(
        out,
        "<rect x=\"{}\" y=\"{}\" width=\"10\" height=\"10\" fill=\"#b3541e\"/><text class=\"b w\" x=\"{}\" y=\"{}\">due date</text>",
        SPINE_X - 5,
        due_y - 5,
        SPINE_X - 18,
        due_y + 5
    );
    for (step, row) in workflow.steps.iter().zip(&rows) {
        let stand = overlay.and_then(|overlay| overlay.of_step(&step.id));
        step_box(&mut out, step.id.as_str(), &anchor(step), row, stand);
    }
    jumps(&mut out, workflow, &rows);
    let _ = writeln!(out, "<circle class=\"dot\" cx=\"{SPINE_X}\" cy=\"{end_y}\" r=\"7\"/>");
    for (at, line) in ending.iter().enumerate() {
        let class = if at == 0 { "b" } else { "s" };
        let y = end_y + 5 + at * LINE;
        let _ = writeln!(out, "<text class=\"{class}\" x=\"{BOX_X}\" y=\"{y}\">{}</text>", clean(line));
    }
    out.push_str("</svg>\n");
    out
}

/// The rows, the height of the due date and that of the end.
fn layout(workflow: &Workflow, due: usize) -> (Vec<Row>, usize, usize) {
    let mut rows: Vec<Row> = Vec::new();
    let mut y = HEAD + 20;
    let mut due_y = y;
    let mut phase = None;
    for (place, step) in workflow.steps.iter().enumerate() {
        if place == due {
            due_y = y + 6;
            y += 40;
        }
        // The name of a phase stands above its first step.
        if phase != Some(step.phase) {
            y += 26;
            phase = Some(step.phase);
        }
        let lines = lines(step);
        let beside = branches(step).into_iter().map(|branch| match branch.then {
            Then::Says(then) => (format!("{}: {then}", branch.when), None),
            Then::Jumps(target) => (format!("{}: go to {target}", branch.when), Some(target)),
        });
        let branches: Vec<_> = beside.collect();
        let height = ((lines.len() + 1) * LINE + 16).max(branches.len() * LINE + 10).max(46);
        rows.push(Row { top: y, height, lines, branches });
        y += height + GAP;
    }
    if due == workflow.steps.len() {
        due_y = y + 6;
        y += 40;
    }
    (rows, due_y, y + 14)
}

fn bands(out: &mut String, workflow: &Workflow, rows: &[Row]) {
    let mut from = 0;
    while from < rows.len() {
        let phase = workflow.steps[from].phase;
        let to = (from..rows.len()).take_while(|at| workflow.steps[*at].phase == phase).last().unwrap_or(from);
        let (top, bottom) = (rows[from].top - 30, rows[to].top + rows[to].height + 12);
        let fill = ["#eef3f8", "#f3f0e6", "#f8ece4", "#f4e6ea"][phase as usize % 4];
        let _ = writeln!(
            out,
            "<rect x=\"12\" y=\"{top}\" width=\"{}\" height=\"{}\" rx=\"8\" fill=\"{fill}\"/><text class=\"s b\" x=\"24\" y=\"{}\">{}</text>",
            WIDTH - 24,
            bottom - top,
            top + 19,
            clean(&phase_name(phase))
        );
        from = to + 1;
    }
}

fn step_box(out: &mut String, id: &str, anchor: &str, row: &Row, stand: Option<&Stand>) {
    let middle = row.top + 22;
    let _ = writeln!(out, "<g class=\"{}\">", stand.map_or("step", Stand::class));
    let _ = writeln!(
        out,
        "<rect class=\"box\" x=\"{BOX_X}\" y=\"{}\" width=\"{BOX_WIDTH}\" height=\"{}\" rx=\"6\"/>\
         <circle class=\"dot\" cx=\"{SPINE_X}\" cy=\"{middle}\" r=\"6\"/><text class=\"w\" x=\"{2}\" y=\"{3}\">{4}</text>",
        row.top,
        row.height,
        SPINE_X - 18,
        middle + 5,
        clean(&cut(anchor, 42))
    );
    if let Some(stand) = stand {
        let words = clean(&cut(&stand.in_words(), 42));
        let _ = writeln!(out, "<text class=\"s w\" x=\"{}\" y=\"{}\">{words}</text>", SPINE_X - 18, middle + 23);
    }
    let _ = writeln!(out, "<text class=\"b\" x=\"{}\" y=\"{}\">{}</text>", BOX_X + 14, middle + 3, clean(id));
    for (at, line) in row.lines.iter().enumerate() {
        let y = middle + 3 + (at + 1) * LINE;
        let _ = writeln!(out, "<text x=\"{}\" y=\"{y}\">{}</text>", BOX_X + 14, clean(&cut(line, BOX_CHARS_MAX)));
    }
    for (at, (words, _)) in row.branches.iter().enumerate() {
        let y = row.top + 18 + at * LINE;
        let _ = writeln!(
            out,
            "<path class=\"br\" d=\"M{} {}H{}\"/><text class=\"s\" x=\"{BRANCH_X}\" y=\"{}\">{}</text>",
            BOX_X + BOX_WIDTH,
            y - 4,
            BRANCH_X - 6,
            y,
            clean(&cut(words, BRANCH_CHARS_MAX))
        );
    }
    out.push_str("</g>\n");
}

/// Jumps run down a lane on the right and come in from above.
fn jumps(out: &mut String, workflow: &Workflow, rows: &[Row]) {
    let mut lane = 0;
    for row in rows {
        for (at, (words, target)) in row.branches.iter().enumerate() {
            let Some(target) = target.as_ref().and_then(|id| workflow.step(id)).map(|(place, _)| &rows[place]) else {
                continue;
            };
            let x = LANE_X + lane * 8;
            let from = BRANCH_X + cut(words, BRANCH_CHARS_MAX).chars().count() * 7 + 8;
            let (y, end, into) = (row.top + 14 + at * LINE, target.top - 10, BOX_X + BOX_WIDTH - 30 - lane * 14);
            let _ = writeln!(
                out,
                "<path class=\"jump\" marker-end=\"url(#a)\" d=\"M{} {y}H{x}V{end}H{into}V{}\"/>",
                from.min(x - 4),
                target.top - 1
            );
            lane = (lane + 1) % 4;
        }
    }
}

fn cut(text: &str, chars_max: usize) -> String {
    match text.chars().count() > chars_max {
        true => text.chars().take(chars_max - 1).chain(['…']).collect(),
        false => text.to_owned(),
    }
}

/// A text for XML: escaped, and without what XML cannot hold.
fn clean(text: &str) -> String {
    let shown: String =
        text.chars().map(|c| if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') { ' ' } else { c }).collect();
    escape(&shown).into_owned()
}
