//! Running cases onto what was deployed: accepted class by class first, then moved account by account where each is
//! safe. Workers go on meanwhile; what is interrupted is finished by doing it again.

use std::collections::BTreeMap;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use relance::advance::{Memory, Migrated, migrate};
use relance::config::Settings;
use relance::simulate::{Class, Plan};
use relance::store::{Database, Writer};
use relance::worker::Shelf;

use crate::running::{self, Target};
use crate::{Ended, service, settings};

/// Accounts moved in one transaction: short enough that no worker waits for it noticeably.
const BATCH_ACCOUNTS: usize = 50;
/// A batch that Postgres refuses so often in a row, for reasons that pass, is given up.
const ATTEMPTS_MAX: usize = 5;

/// What keeps cases from being moved: every mistake of the `--accept` flags against what the plan found.
pub fn refusals(plan: &Plan, flags: &[String]) -> Vec<String> {
    let mut refusals = Vec::new();
    let mut accepted: BTreeMap<Class, usize> = BTreeMap::new();
    for flag in flags {
        let read = flag.split_once('=').and_then(|(name, count)| {
            let class = Class::ALL.into_iter().find(|class| class.blocks() && class.as_str() == name.trim())?;
            Some((class, count.trim().parse::<usize>().ok()?))
        });
        let Some((class, count)) = read else {
            let known: Vec<&str> = Class::ALL.into_iter().filter(|class| class.blocks()).map(Class::as_str).collect();
            refusals.push(format!("--accept {flag} accepts nothing: write CLASS=N with one of {}", known.join(", ")));
            continue;
        };
        let found = plan.classes.get(&class).map_or(0, |tally| tally.count);
        if count != found {
            refusals.push(format!("--accept {flag}: the class {} has {found} cases now", class.as_str()));
        }
        accepted.insert(class, found);
    }
    for (class, count) in plan.unaccepted(&accepted) {
        refusals.push(format!("the class {} has {count} cases that nobody accepted", class.as_str()));
    }
    refusals
}

/// Tells why nothing was done, and what to type.
pub fn refuse(plan: &Plan, refusals: &[String]) -> Ended {
    eprintln!("nothing was deployed and nothing was moved:");
    refusals.iter().for_each(|refusal| eprintln!("  {refusal}"));
    let flags = running::flags(plan);
    let flags = if flags.is_empty() { "no --accept at all".to_owned() } else { flags };
    eprintln!("to move as things stand, once you have read the plan, add to --move: {flags}");
    Ended::WithProblems
}

/// Moves the running cases of each target, and says what moved and what stays.
pub async fn move_running(settings: &Settings, database: &Database, targets: &[Target]) -> anyhow::Result<Ended> {
    let shelf = service::shelf(settings, database).await?;
    let mut writer = database.writer();
    for target in targets {
        let mut migrated = Migrated::default();
        let ended = move_one(settings, &shelf, &mut writer, target, &mut migrated).await;
        tell(target, &migrated);
        let ended =
            ended.context("moving was interrupted; what was moved is moved, and `relance deploy --move` goes on");
        if ended? == Ended::WithProblems {
            return Ok(Ended::WithProblems);
        }
    }
    Ok(Ended::Well)
}

async fn move_one(
    settings: &Settings,
    shelf: &Shelf,
    writer: &mut Writer,
    (workflow, to): &Target,
    migrated: &mut Migrated,
) -> anyhow::Result<Ended> {
    let clock = settings::clock(settings)?;
    let progress =
        ProgressBar::new_spinner().with_style(ProgressStyle::with_template("{spinner} {pos} cases moved ({per_sec})")?);
    let memory = Memory::default();
    let mut attempts = 0;
    loop {
        let library = shelf.library();
        if library.newest(workflow).is_none_or(|newest| newest.workflow.revision != *to) {
            progress.finish_and_clear();
            eprintln!("somebody deployed {workflow} meanwhile: run `relance plan` again to see what serves now");
            return Ok(Ended::WithProblems);
        }
        let (book, after) = (library.book(), migrated.last.clone());
        let batch = migrate(writer, &memory, &book, (workflow, to), after.as_ref(), BATCH_ACCOUNTS, clock.now()).await;
        match batch {
            Ok(batch) => {
                attempts = 0;
                progress.inc(batch.moved as u64);
                migrated.add(batch);
                if migrated.last.is_none() {
                    progress.finish_and_clear();
                    return Ok(Ended::Well);
                }
            }
            Err(why) if why.is_stale() => drop(shelf.renew(writer).await?),
            Err(why) if why.is_retry() && attempts < ATTEMPTS_MAX => attempts += 1,
            Err(why) => return Err(why.into()),
        }
    }
}

fn tell((workflow, _): &Target, migrated: &Migrated) {
    let stays: usize = migrated.stays.values().sum();
    if migrated.moved == 0 && stays == 0 {
        println!("{workflow}: no running case to move");
        return;
    }
    println!("{workflow}: {} running cases moved", migrated.moved);
    if stays > 0 {
        println!("{workflow}: {stays} stay on their revision for now, and go on there");
        for (why, count) in &migrated.stays {
            println!("  {count:>8} {why}: {}", meaning(why));
        }
        println!("`relance deploy --move` again moves them once that is over");
    }
}

/// What keeps a case where it is, in words.
fn meaning(why: &str) -> &'static str {
    match why {
        "claimed" => "a notice is on its way, or nobody knows yet whether it left",
        "awaiting_approval" => "a person was asked to approve the next step and has not, or has refused",
        "unknown_revision" => "this version of relance cannot read its revision; move it with the one that can",
        _ => "a deadline that was given to the debtor is not over",
    }
}
