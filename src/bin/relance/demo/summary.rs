//! What the demonstration shows: a live summary, and at the end what it did and where to look.

use std::io::{IsTerminal, Write};
use std::path::Path;

use chrono::{DateTime, Utc};
use relance::store::{Reader, Tally};

/// Where there is no terminal, a summary is printed every so many looks.
const LOOKS_BETWEEN: u32 = 10;
/// States of notices that are on their way.
const BUSY: [&str; 3] = ["ordered", "claimed", "sending"];

/// The live summary.
pub struct Screen {
    start: DateTime<Utc>,
    is_terminal: bool,
    looks: u32,
    lines: usize,
}

impl Screen {
    /// An empty one; days count from `start`.
    pub fn new(start: DateTime<Utc>) -> Self {
        Self { start, is_terminal: std::io::stdout().is_terminal(), looks: 0, lines: 0 }
    }

    /// Shows how things stand.
    pub fn show(&mut self, now: DateTime<Utc>, published: usize, tally: &Tally) {
        self.looks += 1;
        if !self.is_terminal && self.looks % LOOKS_BETWEEN != 1 {
            return;
        }
        let day = (now - self.start).num_days() + 1;
        let text =
            format!("day {day:>3}  {}   {published} events published\n{}", now.format("%a %e %b %Y"), standing(tally));
        let mut out = std::io::stdout().lock();
        if self.is_terminal && self.lines > 0 {
            // Back to the first line of the last summary, and clear to the end.
            let _ = write!(out, "\x1b[{}A\x1b[J", self.lines);
        }
        let _ = writeln!(out, "{text}");
        let _ = out.flush();
        self.lines = text.lines().count();
    }

    /// Leaves the last summary on the screen.
    pub fn close(&self) {
        println!();
    }
}

fn standing(tally: &Tally) -> String {
    let sum = |states: &[&str]| -> i64 {
        tally.cases.iter().filter(|(state, ..)| states.contains(&state.as_str())).map(|(.., count)| count).sum()
    };
    let phase = |name: Option<&str>| -> i64 {
        let open = tally.cases.iter().filter(|(state, ..)| state == "open");
        open.filter(|(_, phase, _)| phase.as_deref() == name).map(|(.., count)| count).sum()
    };
    let sent = |channel: &str| -> i64 {
        let of = tally.notices.iter().filter(|(name, state, _)| name == channel && state == "accepted");
        of.map(|(.., count)| count).sum()
    };
    let tasks: Vec<String> = tally.tasks.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    format!(
        "  open cases    nothing sent yet {:>4}   prevention {:>4}   reminder {:>4}   formal notice {:>4}   legal {:>3}   of these held back {:>3}\n  \
           ended cases   settled {:>4}   voided {:>3}   handed over {:>3}   exhausted {:>3}\n  \
           notices       email {:>4}   sms {:>4}   letter {:>4}   on their way {:>3}   withdrawn before they left {:>3}\n  \
           for people    {}\n  \
           refused       {} events in quarantine",
        phase(None),
        phase(Some("prevention")),
        phase(Some("reminder")),
        phase(Some("formal_notice")),
        phase(Some("legal")),
        tally.held,
        sum(&["settled"]),
        sum(&["voided"]),
        sum(&["handed_over"]),
        sum(&["exhausted"]),
        sent("email"),
        sent("sms"),
        sent("letter"),
        on_their_way(tally),
        tally.notices.iter().filter(|(_, state, _)| state == "withdrawn").map(|(.., count)| count).sum::<i64>(),
        if tasks.is_empty() { "no open task".to_owned() } else { tasks.join(", ") },
        tally.quarantined,
    )
}

fn on_their_way(tally: &Tally) -> i64 {
    tally.notices.iter().filter(|(_, state, _)| BUSY.contains(&state.as_str())).map(|(.., count)| count).sum()
}

/// Whether notices or outgoing events are on their way.
pub fn is_busy(tally: &Tally) -> bool {
    on_their_way(tally) > 0 || tally.unpublished > 0
}

/// Says what is about to happen, for somebody who has not read anything yet.
pub fn welcome(out: &Path, book: &[(DateTime<Utc>, String)], start: DateTime<Utc>, end: DateTime<Utc>) {
    println!(
        "{} events of an invented accounting platform: {} invoices of {} debtors, from {} to {}, a day a second.",
        book.len(),
        crate::demo_book::INVOICES,
        crate::demo_book::DEBTORS,
        start.format("%-d %B %Y"),
        end.format("%-d %B %Y"),
    );
    println!(
        "Some debtors pay, some pay in part, dispute, promise or go silent; relance escalates as workflows/*.yaml say."
    );
    println!("Emails, text messages and letters go to {}/ instead of people. Ctrl-C ends it.\n", out.display());
}

/// Says what was done and where to look.
pub async fn farewell(out: &Path, reader: &Reader) -> anyhow::Result<()> {
    let tally = reader.tally().await?;
    let folder = |name: &str| std::fs::read_dir(out.join(name));
    let count = |name: &str, ending: &str| -> anyhow::Result<usize> {
        let mut found = 0;
        for entry in folder(name)? {
            found += usize::from(entry?.file_name().to_string_lossy().ends_with(ending));
        }
        Ok(found)
    };
    let (mail, text, letters) = (count("mail", ".eml")?, count("outbox", ".txt")?, count("outbox", ".pdf")?);
    println!("What was done, on real Postgres and RabbitMQ, with the folder in the place of the carriers:");
    println!("{}", standing(&tally));
    println!("\nWhere to look:");
    println!("  {}/        {mail} emails (.eml); open one with a mail program", out.join("mail").display());
    println!(
        "  {}/      {text} text messages and {letters} letters (PDF), each with a .json for the carrier",
        out.join("outbox").display()
    );
    println!("  {}   what the worker said", out.join("worker.log").display());
    println!("  database relance_demo  tables cases, notices, history, tasks, attempts, evidence");
    println!("\nA day took a second, so a notice that left in half a second bears a time half a day later.");
    println!(
        "Try it yourself: `relance demo book > book.jsonl`, then `relance simulate --workflow workflows --events book.jsonl`."
    );
    Ok(())
}
