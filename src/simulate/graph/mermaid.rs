//! The picture as a Mermaid flowchart.

use std::fmt::Write as _;

use super::{Overlay, Then, anchor, branches, due_place, ending, lines, phase_name};
use crate::domain::StepId;
use crate::workflow::Workflow;

/// The flowchart. Phases are subgraphs, the spine is drawn with full arrows, what may happen besides with dotted ones.
pub fn mermaid(workflow: &Workflow, overlay: Option<&Overlay>) -> String {
    let mut out = String::from("flowchart TD\n");
    let title = overlay.map_or_else(|| workflow.title.clone(), |one| format!("{}<br/>{}", workflow.title, one.title));
    let title: Vec<String> = title.split("<br/>").map(text).collect();
    let _ = writeln!(out, "  start([\"{}\"])", title.join("<br/>"));
    let due = due_place(workflow);
    let mut phase = None;
    for (place, step) in workflow.steps.iter().enumerate() {
        if place == due {
            close(&mut out, &mut phase);
            let _ = writeln!(out, "  due([\"due date\"])");
        }
        if phase != Some(step.phase) {
            close(&mut out, &mut phase);
            let _ = writeln!(out, "  subgraph phase{place}[\"{}\"]", text(&phase_name(step.phase)));
            phase = Some(step.phase);
        }
        let stand = overlay.and_then(|overlay| overlay.of_step(&step.id));
        let mut label = vec![format!("<b>{}</b>", text(step.id.as_str())), text(&anchor(step))];
        label.extend(stand.map(|stand| text(&stand.in_words())));
        label.extend(lines(step).iter().map(|line| text(line)));
        let class = stand.map_or_else(String::new, |stand| format!(":::{}", stand.class()));
        let _ = writeln!(out, "    step{place}[\"{}\"]{class}", label.join("<br/>"));
    }
    close(&mut out, &mut phase);
    let end: Vec<String> = ending(workflow).iter().map(|line| text(line)).collect();
    let _ = writeln!(out, "  over([\"{}\"])", end.join("<br/>"));
    spine(&mut out, workflow, due);
    beside(&mut out, workflow);
    out.push_str("  classDef done fill:#d7f0dd,stroke:#2f7d4f\n  classDef waits fill:#dbe8fb,stroke:#2b5fa8\n");
    out.push_str("  classDef skipped fill:#eeeeee,stroke:#999999,color:#666666\n");
    out.push_str("  classDef planned stroke:#7b8794,stroke-dasharray:4 3\n");
    out.push_str("  classDef next fill:#fff1cc,stroke:#b07a00,stroke-width:3px\n");
    out
}

fn close<T>(out: &mut String, phase: &mut Option<T>) {
    if phase.take().is_some() {
        out.push_str("  end\n");
    }
}

fn spine(out: &mut String, workflow: &Workflow, due: usize) {
    let mut chain = vec!["start".to_owned()];
    for place in 0..workflow.steps.len() {
        if place == due {
            chain.push("due".to_owned());
        }
        chain.push(format!("step{place}"));
    }
    chain.push("over".to_owned());
    for pair in chain.windows(2) {
        let _ = writeln!(out, "  {} --> {}", pair[0], pair[1]);
    }
}

fn beside(out: &mut String, workflow: &Workflow) {
    let node = |id: &StepId| workflow.step(id).map_or_else(|| "over".to_owned(), |(place, _)| format!("step{place}"));
    for (place, step) in workflow.steps.iter().enumerate() {
        for (number, branch) in branches(step).iter().enumerate() {
            let when = text(&branch.when);
            let _ = match &branch.then {
                Then::Jumps(target) => writeln!(out, "  step{place} -. \"{when}\" .-> {}", node(target)),
                Then::Says(then) => {
                    writeln!(out, "  step{place} -. \"{when}\" .-> step{place}b{number}[\"{}\"]", text(then))
                }
            };
        }
    }
    if let Some(target) = &workflow.on_broken_promise {
        let _ = writeln!(out, "  start -. \"promise broken\" .-> {}", node(target));
    }
}

/// A text that Mermaid shows as it is: what could mean something to it is written by number.
fn text(written: &str) -> String {
    let mut out = String::new();
    for c in written.chars() {
        if c.is_alphanumeric() || matches!(c, ' ' | '.' | ',' | ':' | '-' | '_' | '/' | '+') {
            out.push(c);
        } else if c.is_control() {
            out.push(' ');
        } else {
            let _ = write!(out, "#{};", u32::from(c));
        }
    }
    out
}
