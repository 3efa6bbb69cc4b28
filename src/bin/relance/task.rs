//! `relance task`: what waits for a person, and the answers, which are events like any other.

use anyhow::{Context, bail};
use chrono::{SecondsFormat, Utc};
use relance::advance::{self, Arrival, Original};
use relance::config::Settings;
use relance::domain::event::{Message, read};
use relance::domain::{Account, CreditorId, Revision, Task, TaskId, TaskState, WorkflowName};
use relance::engine::script_content;
use relance::render::render_script;
use relance::store::{Database, TaskView};
use serde_json::{Value, json};

use crate::args::{TimelineFormat, task_id};
use crate::{Ended, desk, service, settings};

#[derive(Debug, clap::Subcommand)]
pub enum TaskAction {
    /// What is open, by creditor and debtor
    #[command(after_help = "Example:\n  relance task list --creditor acme --limit 20")]
    List {
        /// Only this creditor's
        #[arg(long)]
        creditor: Option<String>,
        /// How many at most
        #[arg(long, default_value_t = 100)]
        limit: i64,
        /// As lines for people, or as JSON, an object a line
        #[arg(long, value_enum, default_value = "text")]
        format: TimelineFormat,
    },
    /// One task: its note, whom to reach, and its script
    #[command(after_help = "Example:\n  relance task show 0b6d2f0e-7f43-8a3c-9d0a-5a5e3f6b9c11")]
    Show {
        /// The task's id, as `relance task list` prints it
        #[arg(value_parser = task_id)]
        id: uuid::Uuid,
    },
    /// Answer a task; of an uncertain notice: --outcome sent, or --outcome not_sent to send it again
    #[command(
        after_help = "Examples:\n  relance task complete 0b6d2f0e-7f43-8a3c-9d0a-5a5e3f6b9c11 --outcome promised --by ada@example.org\n  relance task complete 0b6d2f0e-7f43-8a3c-9d0a-5a5e3f6b9c11 --outcome not_sent --by ada@example.org"
    )]
    Complete {
        /// The task's id, as `relance task list` prints it
        #[arg(value_parser = task_id)]
        id: uuid::Uuid,
        /// One of the answers that `relance task show` names
        #[arg(long)]
        outcome: String,
        /// Who answers
        #[arg(long)]
        by: String,
        /// A note kept with the answer
        #[arg(long)]
        note: Option<String>,
    },
    /// Say yes to an approval
    #[command(
        after_help = "Example:\n  relance task approve 0b6d2f0e-7f43-8a3c-9d0a-5a5e3f6b9c11 --by ada@example.org"
    )]
    Approve {
        /// The task's id, as `relance task list` prints it
        #[arg(value_parser = task_id)]
        id: uuid::Uuid,
        /// Who answers: kept with the answer
        #[arg(long)]
        by: String,
        /// A note kept with the answer
        #[arg(long)]
        note: Option<String>,
    },
    /// Say no to an approval
    #[command(
        after_help = "Example:\n  relance task reject 0b6d2f0e-7f43-8a3c-9d0a-5a5e3f6b9c11 --by ada@example.org --note \"call them first\""
    )]
    Reject {
        /// The task's id, as `relance task list` prints it
        #[arg(value_parser = task_id)]
        id: uuid::Uuid,
        /// Who answers: kept with the answer
        #[arg(long)]
        by: String,
        /// A note kept with the answer
        #[arg(long)]
        note: Option<String>,
    },
}

/// Carries the action out.
pub async fn run(action: &TaskAction, settings: &Settings) -> anyhow::Result<Ended> {
    let database = settings::ready_database(settings).await?;
    match action {
        TaskAction::List { creditor, limit, format } => {
            list(&database, creditor.as_deref(), *limit, *format).await?;
        }
        TaskAction::Show { id } => show(settings, &database, *id).await?,
        TaskAction::Complete { id, outcome, by, note } => {
            let view = open_task(&database, *id).await?;
            if view.task.kind == "approval" {
                bail!("this is an approval; use `relance task approve` or `relance task reject`");
            }
            if !view.task.outcomes.is_empty() && !view.task.outcomes.contains(outcome) {
                bail!("--outcome {outcome}: this task takes {}", view.task.outcomes.join(", "));
            }
            let data = json!({"task": id, "outcome": outcome, "by": by, "note": note});
            answer(settings, &database, &view, "task.answered", data).await?;
        }
        TaskAction::Approve { id, by, note } => {
            approve(settings, &database, *id, "approved", by, note.as_deref()).await?
        }
        TaskAction::Reject { id, by, note } => {
            approve(settings, &database, *id, "rejected", by, note.as_deref()).await?
        }
    }
    Ok(Ended::Well)
}

async fn list(database: &Database, creditor: Option<&str>, limit: i64, format: TimelineFormat) -> anyhow::Result<()> {
    let reader = database.reader();
    let creditor = creditor.map(CreditorId::from);
    let tasks = reader.open_tasks(creditor.as_ref(), limit).await?;
    for view in &tasks {
        println!("{}", task_line(view, format));
    }
    eprintln!("open tasks shown: {} (--limit {limit})", tasks.len());
    Ok(())
}

/// What the person who takes a task up needs: its line, the note, whom to reach, and the script.
async fn show(settings: &Settings, database: &Database, id: uuid::Uuid) -> anyhow::Result<()> {
    let view = open_task(database, id).await?;
    println!("{}", task_line(&view, TimelineFormat::Text));
    if let Some(note) = &view.task.note {
        println!("{note}");
    }
    let account = advance::view(&mut database.writer(), &view.key).await?;
    let contacts = account.facts.debtor.iter().flat_map(|debtor| &debtor.fact.contacts);
    for contact in contacts {
        let ways = [contact.name.as_deref(), contact.phone.as_deref(), contact.email.as_deref()];
        println!(
            "{}: {}",
            json!(contact.role).as_str().unwrap_or_default(),
            ways.into_iter().flatten().collect::<Vec<_>>().join(", ")
        );
    }
    let Some(script) = &view.task.script else { return Ok(()) };
    let library = service::shelf(settings, database).await?.library();
    let now = settings::clock(settings)?.now();
    let content = script_content(&account, &library.book(), &view.task, now)
        .context("the parties of this task, or the revision of its case, are not known")?;
    let (workflow, revision) = revision_of(&account, &view.task).context("the case of this task has no workflow")?;
    let templates = library.templates(workflow, revision).with_context(|| {
        format!("the texts of {workflow} at revision {revision} cannot be read by this program; upgrade it")
    })?;
    println!("\n{}", render_script(&templates, script, &content)?.trim_end());
    Ok(())
}

/// The revision that the first case of a task is decided by: its script is that of the texts deployed with it.
fn revision_of<'a>(account: &'a Account, task: &Task) -> Option<&'a (WorkflowName, Revision)> {
    let mut cases = task.invoices.iter().filter_map(|invoice| account.cases.get(invoice));
    cases.find_map(|case| case.workflow.as_ref())
}

fn task_line(view: &TaskView, format: TimelineFormat) -> String {
    let Task { id, invoices, step, kind, reason, assign, due_on, outcomes, created_at, .. } = &view.task;
    match format {
        TimelineFormat::Json => json!({
            "id": id, "kind": kind, "reason": reason, "creditor": view.key.creditor, "debtor": view.key.debtor,
            "invoices": invoices, "step": step, "assign": assign, "due_on": due_on, "outcomes": outcomes,
            "created_at": created_at.to_rfc3339_opts(SecondsFormat::Secs, true),
        })
        .to_string(),
        TimelineFormat::Text => {
            let invoices: Vec<&str> = invoices.iter().map(relance::domain::InvoiceId::as_str).collect();
            let what = step.as_ref().map_or_else(|| reason.clone().unwrap_or_default(), ToString::to_string);
            let due = due_on.map_or_else(String::new, |day| format!("  by {day}"));
            let assign = assign.as_deref().map_or_else(String::new, |role| format!("  for {role}"));
            let outcomes = if outcomes.is_empty() { String::new() } else { format!("  [{}]", outcomes.join(" | ")) };
            format!(
                "{id}  {kind:<10} {what:<16} {}/{}  {}{due}{assign}{outcomes}",
                view.key.creditor,
                view.key.debtor,
                invoices.join(", ")
            )
        }
    }
}

async fn open_task(database: &Database, id: uuid::Uuid) -> anyhow::Result<TaskView> {
    let view =
        database.reader().task(TaskId(id)).await?.with_context(|| format!("no task {id}; see `relance task list`"))?;
    if view.task.state != TaskState::Open {
        bail!("task {id} is not open any more");
    }
    Ok(view)
}

async fn approve(
    settings: &Settings,
    database: &Database,
    id: uuid::Uuid,
    answer_given: &str,
    by: &str,
    note: Option<&str>,
) -> anyhow::Result<()> {
    let view = open_task(database, id).await?;
    let (Some(step), true) = (&view.task.step, view.task.kind == "approval") else {
        bail!("task {id} is no approval; use `relance task complete`");
    };
    for invoice in &view.task.invoices {
        let data = json!({"invoice": invoice, "step": step, "answer": answer_given, "by": by, "note": note});
        answer(settings, database, &view, "approval.answered", data).await?;
    }
    Ok(())
}

/// Takes the answer down as an event, on the road every event takes.
async fn answer(
    settings: &Settings,
    database: &Database,
    view: &TaskView,
    kind: &str,
    data: Value,
) -> anyhow::Result<()> {
    let now = settings::clock(settings)?.now();
    let event = event(view, kind, &data, now);
    let body = event.to_string().into_bytes();
    let readings = read(&Message { body: &body, content_type: None, headers: &[] });
    let original = std::sync::Arc::new(Original { body, headers: "{}".to_owned() });
    let arrivals: Vec<Arrival> =
        readings.into_iter().map(|reading| Arrival { reading, original: original.clone() }).collect();
    if let Some(Err(refused)) = arrivals.first().map(|arrival| &arrival.reading) {
        bail!("{}", refused.refusal);
    }
    let done = desk::apply(settings, database, &arrivals).await?;
    if done.refused > 0 {
        bail!("the answer was refused; see `relance dead list`");
    }
    eprintln!("recorded");
    Ok(())
}

fn event(view: &TaskView, kind: &str, data: &Value, now: chrono::DateTime<Utc>) -> Value {
    let instant = now.to_rfc3339_opts(SecondsFormat::Micros, true);
    json!({
        "specversion": "1.0", "source": "/relance/task", "type": kind, "time": instant,
        "id": format!("{}/{}/{instant}", view.task.id, data["invoice"].as_str().unwrap_or_default()),
        "creditor": view.key.creditor, "data": data,
    })
}
