//! The law that a deployment brings: how it differs from the one that serves, and whether everything that is to be
//! decided by it finds in it what it counts by.

use std::collections::BTreeMap;

use relance::advance;
use relance::domain::{Revision, WorkflowName};
use relance::store::Writer;
use relance::worker::{Edition, LawEdition, Library};
use serde_json::json;

use crate::catalog::Proposed;
use crate::plan::PlanFormat;

/// How many cases are open on each revision.
type OpenCases = BTreeMap<(WorkflowName, Revision), i64>;

/// What a deployment changes of the law.
pub struct LawChange {
    /// What serves then.
    pub law: LawEdition,
    /// Whether no law was ever deployed.
    pub first: bool,
    /// The files in which it differs from the law that serves, each with its sign.
    pub files: Vec<(char, String)>,
}

/// What deploying `proposed` changes of the law; none where that serves already, or no folder brings one: the law of
/// the folder that happens to lie beside this process is nobody else's.
pub fn change(proposed: &Proposed, library: &Library) -> Option<LawChange> {
    let first = library.service().law.is_none();
    let law = proposed.law.as_ref()?;
    let files = law.differences(library.law());
    (first || !files.is_empty()).then(|| LawChange { law: law.clone(), first, files })
}

/// Shows what changes of the law, and tells everything that would be decided by it and not find in it what it counts
/// by. Whether `proposed` may be deployed.
pub async fn is_enough(
    proposed: &Proposed,
    change: Option<&LawChange>,
    library: &Library,
    writer: &mut Writer,
    format: PlanFormat,
) -> anyhow::Result<bool> {
    let open = match change {
        Some(change) => {
            let open = advance::open_cases(writer).await?;
            print(change, library, open.values().sum(), format);
            open
        }
        None => OpenCases::new(),
    };
    let lacking = lacking(proposed, change, library, &open);
    lacking.iter().for_each(|line| eprintln!("{line}"));
    if !lacking.is_empty() {
        eprintln!("nothing was planned or deployed: days and charges would be counted without that law");
    }
    Ok(lacking.is_empty())
}

/// One sentence for each workflow and what it would lack, with the remedy.
fn lacking(proposed: &Proposed, change: Option<&LawChange>, library: &Library, open: &OpenCases) -> Vec<String> {
    let named = |edition: &Edition| format!("workflow {} ({})", edition.workflow.name, edition.source.name);
    let Some(LawChange { law, .. }) = change else {
        // The law stays, and what is decided by it goes on as before.
        let lacking = proposed.editions.iter().flat_map(|edition| {
            let lost = library.law().lacks(library.law(), &edition.workflow.jurisdiction);
            lost.into_iter().map(move |(what, _)| {
                format!("{} needs {what}, which the deployed law lacks: deploy its folder with its law", named(edition))
            })
        });
        return lacking.collect();
    };
    let cases = |edition: &Edition| open.get(&edition.key()).copied().unwrap_or_default();
    // Of a workflow that is deployed anew, new cases take what comes.
    let comes = |edition: &Edition| proposed.editions.iter().any(|one| one.workflow.name == edition.workflow.name);
    let serves = |edition: &Edition| {
        let newest = library.newest(&edition.workflow.name);
        !comes(edition) && newest.is_some_and(|newest| newest.key() == edition.key())
    };
    let running = library.editions().filter(|edition| cases(edition) > 0 || serves(edition));
    let lacking = running.flat_map(|edition| {
        let lost = law.lacks(library.law(), &edition.workflow.jurisdiction);
        let (why, or) = match cases(edition) {
            0 => {
                let retire = format!("relance deploy --retire {}", edition.workflow.name);
                ("takes new cases".to_owned(), format!(", or take it out of service before: {retire}"))
            }
            cases => (format!("has open cases ({cases})"), String::new()),
        };
        lost.into_iter().map(move |(what, path)| {
            format!("{} {why} under {what}, which this law lacks: put {path} into the folder{or}", named(edition))
        })
    });
    lacking.collect()
}

/// The files in which the law changes, and how many cases that concerns.
fn print(change: &LawChange, library: &Library, open_cases: i64, format: PlanFormat) {
    let (sign, word) = if change.first { ('+', "new") } else { ('~', "changed") };
    match format {
        PlanFormat::Text => {
            println!("{sign} law ({word})");
            change.files.iter().for_each(|(sign, file)| println!("    {sign} {file}"));
            println!("    {open_cases} open cases are decided by it, those on older revisions too");
        }
        PlanFormat::Json => println!(
            "{}",
            json!({
                "law": change.law.bundle().digest, "standing": word,
                "deployed": library.service().law.as_ref().map(|law| &law.digest),
                "against": library.service().number, "open_cases": open_cases,
                "changes": change.files.iter().map(|(sign, file)| json!({
                    "sign": sign, "what": file,
                })).collect::<Vec<_>>(),
            })
        ),
    }
}
