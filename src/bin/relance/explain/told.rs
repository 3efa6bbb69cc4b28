//! A case's explanation in words and as JSON.

use chrono::{DateTime, NaiveDate, SubsecRound as _, Utc};
use relance::domain::{
    Account, CaseState, Entry, Kind, NoticeId, StepOutcome, StepRecord, Task, TaskState, plain_amount,
};
use relance::engine::{APPROVAL, CaseOutlook, Keeps, became};
use relance::law::Segment;
use relance::simulate;
use serde_json::json;

use super::{Told, statements};

/// The whole explanation, line by line.
pub fn in_words(told: &Told, last: usize) -> Vec<String> {
    let mut lines = standing(told);
    section(&mut lines, holding(told));
    section(&mut lines, moving(told));
    section(&mut lines, titled("Facts", facts(told)));
    section(&mut lines, charges(told));
    section(&mut lines, titled("Late charges as stated", statements::in_words(told)));
    section(&mut lines, titled("Journal", journal(told)));
    let skipped = told.entries.len().saturating_sub(last);
    let text = simulate::timeline(&told.entries[skipped..]);
    section(&mut lines, titled("Timeline", text.lines().map(str::to_owned).collect()));
    lines
}

/// A moment in the account's zone, which the first line names.
fn local(told: &Told, at: DateTime<Utc>) -> String {
    at.with_timezone(&told.view.zone).format("%Y-%m-%d %H:%M").to_string()
}

/// Whose claim, how much, under which workflow and why, before which step.
fn standing(told: &Told) -> Vec<String> {
    let (view, key) = (&told.view, &told.account.key);
    let money = |amount| format!("{} {}", plain_amount(amount, view.currency), view.currency);
    let (at, zone) = (local(told, told.at), view.zone.name());
    let mut lines =
        vec![format!("{} of {} against {}, as of {at} (times are {zone})", view.invoice, key.creditor, key.debtor)];
    let disputed = if view.disputed.is_zero() { String::new() } else { format!(", {} disputed", money(view.disputed)) };
    let due_on = view.due_on.map_or("no due date known".to_owned(), |day| format!("due date {day}"));
    lines.push(format!("  {} open{disputed}, {due_on}", money(view.open)));
    let workflow = view.workflow.as_ref().map_or("no workflow".to_owned(), |(name, revision)| {
        format!("{name} at {}", revision.as_str().chars().take(12).collect::<String>())
    });
    lines.push(format!("  {}, {workflow}", view.state.as_str()));
    lines.extend(view.chosen.iter().map(|because| format!("  chosen: {because}")));
    lines.extend(view.debtor_pays.iter().map(|pays| format!("  debtor: {pays}")));
    lines.extend(view.terms.iter().map(|said| format!("  terms: {said}")));
    lines.extend(
        view.limitation.iter().map(|end| format!("  time-barred after {}: {}", end.ends_on, end.because.join("; "))),
    );
    if let Some(step) = &view.step {
        let day = |day: Option<NaiveDate>| day.map_or("not dated".to_owned(), |day| day.to_string());
        let verb = if view.is_in_flight { "under way" } else { "waits for" };
        let planned = match view.jumped {
            Some(_) => String::new(),
            None => format!(", planned {}", day(view.planned)),
        };
        let due = view.due.map_or(String::new(), |due| format!(", due {due}"));
        lines.push(format!("  {verb}: {step}{planned}{due}"));
        lines.extend(view.jumped.iter().map(|whence| format!("  reached by a jump: {whence}")));
    }
    lines
}

/// Every reason, with its code, since when, and what would release it.
fn holding(told: &Told) -> Vec<String> {
    let keeps = &told.view.keeps;
    if keeps.is_empty() {
        return vec!["Nothing holds it back".to_owned()];
    }
    let mut lines = vec!["What holds it back".to_owned()];
    for (place, one) in keeps.iter().enumerate() {
        let since = since(told, one).map(|entry| format!(" (since {})", entry.at.format("%Y-%m-%d %H:%M")));
        lines.push(format!("  {:<18} {}{}", one.code, one.because, since.unwrap_or_default()));
        // Several sentences of one reason are released by the same thing: it is said once, below them.
        let more =
            keeps.get(place + 1).is_some_and(|next| (&next.code, &next.released_by) == (&one.code, &one.released_by));
        if !more {
            lines.push(format!("  {:<18} released by: {}", "", one.released_by));
        }
    }
    lines
}

/// When it could move.
fn moving(told: &Told) -> Vec<String> {
    let moment = |at| format!("{} {}", local(told, at), told.view.zone.name());
    let mut lines = vec![match &told.view.earliest {
        Some(moves) => {
            let step = moves.step.as_ref().map_or(String::new(), |step| format!("{step} "));
            let why = moves.why.map_or(String::new(), |why| format!(": {}", why.as_str()));
            format!("Moves at the earliest: {} ({step}{}{why})", moment(moves.at), moves.how)
        }
        None if over(told) => "It does not move any more by itself".to_owned(),
        None => "Moves at the earliest: not by itself; a person or an event is needed".to_owned(),
    }];
    lines.extend(told.view.if_released.map(|at| format!("If released now: {}", moment(at))));
    lines
}

/// Whether the case has come to an end.
fn over(told: &Told) -> bool {
    !matches!(told.view.state, CaseState::Open | CaseState::Waiting)
}

/// The late charges as they are counted today, with what each segment's rate is made of.
fn charges(told: &Told) -> Vec<String> {
    let Some(charges) = &told.view.charges else { return Vec::new() };
    let money = |amount| format!("{} {}", plain_amount(amount, told.view.currency), told.view.currency);
    let (interest, lump_sum) = (money(charges.interest), money(charges.lump_sum));
    let mut lines = vec![format!("Late charges to {}: interest {interest}, lump sum {lump_sum}", charges.through)];
    for segment in &charges.segments {
        let Segment { from, to, days, rate, .. } = segment;
        let (on, amount) = (money(segment.principal), money(segment.amount));
        lines.push(format!("  {from} to {to}: {days} days at {rate} % on {on}: {amount}"));
        lines.push(format!("    {}", segment.why));
    }
    lines.extend(charges.notes.iter().map(|note| format!("  {note}")));
    lines
}

fn section(lines: &mut Vec<String>, of: Vec<String>) {
    if !of.is_empty() {
        lines.push(String::new());
        lines.extend(of);
    }
}

fn titled(title: &str, of: Vec<String>) -> Vec<String> {
    let title = (!of.is_empty()).then(|| title.to_owned());
    title.into_iter().chain(of.into_iter().map(|line| format!("  {line}").trim_end().to_owned())).collect()
}

/// Since when a reason stands: the last time that it was said and not taken back.
fn since<'a>(told: &'a Told, keeps: &Keeps) -> Option<&'a Entry> {
    // Timelines say `debtor_unknown` of either party.
    let code = if keeps.code == "creditor_unknown" { "debtor_unknown" } else { &keeps.code };
    let same = |entry: &&Entry| entry.reason.is_some_and(|reason| json!(reason) == json!(code));
    let last = told.entries.iter().rev().filter(|entry| matches!(entry.kind, Kind::Held | Kind::Resumed)).find(same);
    last.filter(|entry| entry.kind == Kind::Held)
}

/// The facts that matter: money that came and why it went here, disputes, promises.
fn facts(told: &Told) -> Vec<String> {
    let (facts, invoice) = (&told.account.facts, &told.view.invoice);
    let currency = told.view.currency;
    let mut lines: Vec<String> = Vec::new();
    let terms = facts.creditor.as_ref().and_then(|known| known.fact.terms.as_ref());
    if let Some(policy) = terms.and_then(|terms| terms.allocation.as_ref()) {
        lines.push(format!("money is booked {}", policy.sentence()));
    }
    for one in told.ledger.of_invoice(invoice) {
        lines.push(format!("{} {}", one.day, one.sentence(currency)));
    }
    let day = |at: DateTime<Utc>| at.with_timezone(&told.view.zone).date_naive();
    for (id, pair) in &facts.disputes {
        let Some(opened) = pair.opened.as_ref().filter(|opened| opened.fact.invoice == *invoice) else { continue };
        let part = opened
            .fact
            .amount
            .map_or("the whole".to_owned(), |part| format!("{} {currency}", plain_amount(part, currency)));
        let state = pair.closed.as_ref().map_or("open".to_owned(), |closed| word(&closed.fact.outcome));
        lines.push(format!("{} dispute {id} of {part}: {state}", day(opened.version.time)));
    }
    for (id, pair) in &facts.promises {
        let Some(made) = &pair.opened else { continue };
        let about = &made.fact.invoices;
        if about.is_empty() || about.contains(invoice) {
            let state = if pair.closed.is_some() { ", withdrawn" } else { "" };
            let amount = plain_amount(made.fact.amount, currency);
            lines.push(format!("{} promise {id}: {amount} by {}{state}", day(made.version.time), made.fact.pay_by));
        }
    }
    lines.extend(plans(told));
    lines
}

/// The plans that cover the invoice, by their instalments.
fn plans(told: &Told) -> Vec<String> {
    let currency = told.view.currency;
    let mut lines = Vec::new();
    for (id, pair) in &told.account.facts.plans {
        let Some(agreed) = &pair.opened else { continue };
        let about = &agreed.fact.invoices;
        if !about.is_empty() && !about.contains(&told.view.invoice) {
            continue;
        }
        let parts = agreed.fact.instalments.iter();
        let parts: Vec<String> =
            parts.map(|one| format!("{} by {}", plain_amount(one.amount, currency), one.due_on)).collect();
        let state = if pair.closed.is_some() { ", cancelled" } else { "" };
        let on = agreed.version.time.with_timezone(&told.view.zone).date_naive();
        lines.push(format!("{on} plan {id}: {}{state}", parts.join(", ")));
    }
    lines
}

fn word(value: &impl serde::Serialize) -> String {
    json!(value).as_str().unwrap_or_default().to_owned()
}

/// What was done and skipped, each with what became of its notices.
fn journal(told: &Told) -> Vec<String> {
    let Some(case) = told.account.cases.get(&told.view.invoice) else { return Vec::new() };
    let notice = |id: &NoticeId| {
        let notice = told.account.notices.get(id)?;
        Some(format!("{} {}", notice.channel.as_str(), became(&told.account, notice)))
    };
    let line = |record: &StepRecord| {
        let became = match &record.outcome {
            StepOutcome::Ordered => "under way".to_owned(),
            StepOutcome::Done => "done".to_owned(),
            StepOutcome::Skipped(reason) => format!("skipped ({})", word(reason)),
        };
        let times = if record.occurrence > 1 { format!(", {} times", record.occurrence) } else { String::new() };
        let also: Vec<&str> = record.also.iter().map(|id| id.as_str()).collect();
        let also = if also.is_empty() { String::new() } else { format!(", formerly {}", also.join(", ")) };
        let notices: Vec<String> = record.notices.iter().filter_map(notice).collect();
        let notices = if notices.is_empty() { String::new() } else { format!(": {}", notices.join(", ")) };
        let task = record.task.and_then(|id| answer(told.account.tasks.get(&id)?)).unwrap_or_default();
        format!("{} {} {became}{times}{also}{task}{notices}", record.day, record.step)
    };
    case.journal.iter().map(line).collect()
}

/// What became of a step's task.
fn answer(task: &Task) -> Option<String> {
    match (task.state, &task.outcome, &task.answered_by) {
        (TaskState::Answered, Some(outcome), Some(by)) => Some(format!(", answered {outcome} by {by}")),
        (TaskState::TimedOut, ..) => Some(", nobody answered in time".to_owned()),
        _ => None,
    }
}

/// Answers to tasks about the invoice as entries: a timeline tells approvals by itself, and of other answers only what
/// followed.
pub fn answers(account: &Account, view: &CaseOutlook) -> impl Iterator<Item = Entry> {
    let mine = |task: &&Task| task.invoices.contains(&view.invoice) && task.kind != APPROVAL;
    account.tasks.values().filter(mine).filter_map(|task| {
        let (at, said) = (task.answered_at?, answer(task)?);
        Some(Entry {
            at: at.trunc_subsecs(0).with_timezone(&view.zone).fixed_offset(),
            kind: Kind::Task,
            reason: None,
            creditor: account.key.creditor.clone(),
            debtor: account.key.debtor.clone(),
            invoices: task.invoices.clone(),
            workflow: task.workflow.clone(),
            step: task.step.clone(),
            channel: None,
            service: None,
            template: None,
            amount: None,
            currency: None,
            because: vec![said.trim_start_matches(", ").to_owned()],
            place: 0,
        })
    })
}

/// The same as one JSON object; moments are UTC, `zone` is the account's.
pub fn in_json(told: &Told, last: usize) -> String {
    let case = told.account.cases.get(&told.view.invoice);
    let mut object = json!(told.view);
    let keeps = told.view.keeps.iter().map(|keeps| {
        let mut one = json!(keeps);
        if let Some(entry) = since(told, keeps) {
            one["since"] = json!(entry.at);
        }
        one
    });
    object["keeps"] = json!(keeps.collect::<Vec<_>>());
    object["creditor"] = json!(told.account.key.creditor);
    object["debtor"] = json!(told.account.key.debtor);
    object["at"] = json!(told.at);
    object["facts"] = json!(facts(told));
    object["statements"] = statements::in_json(told);
    object["journal"] = json!(case.map(|case| &case.journal));
    object["timeline"] = json!(told.entries[told.entries.len().saturating_sub(last)..]);
    object.to_string()
}
