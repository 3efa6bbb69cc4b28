//! `relance provider`: a definition checked, and tried out against its recordings or an address.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use relance::channels::{Outcome, examine_texts, replay, try_against};
use relance::workflow::provider::{Recording, shipped_recordings};
use relance::workflow::{Colours, Diagnostic, Provider, SourceFile, render_text, shipped_providers};

use crate::{Ended, catalog, files};

#[derive(Debug, clap::Subcommand)]
pub enum ProviderAction {
    /// The providers there are, with what each carries
    #[command(after_help = "Example:\n  relance provider list")]
    List,
    /// Find every mistake in a provider's definition
    #[command(after_help = "Example:\n  relance provider check workflows/providers/acme.yaml")]
    Check {
        /// The file, or the provider's name
        provider: String,
    },
    /// Render a provider's requests for a sample notice and replay recorded answers; or talk to an address
    #[command(
        after_help = "Examples:\n  relance provider test twilio\n  relance provider test workflows/providers/acme.yaml --recorded acme-recorded.yaml\n  relance provider test lob --against http://127.0.0.1:4010"
    )]
    Test {
        /// The provider's name, or its file
        provider: String,
        /// The recorded exchanges; `recorded/NAME.yaml` of the workflows folder where absent
        #[arg(long)]
        recorded: Option<PathBuf>,
        /// Send a sample notice of each channel there instead: to a sandbox or a mock
        #[arg(long, value_name = "URL")]
        against: Option<String>,
    },
}

/// Carries the action out.
pub async fn run(action: &ProviderAction, workflows: &Path) -> anyhow::Result<Ended> {
    match action {
        ProviderAction::List => {
            for provider in catalog::providers(workflows)? {
                let channels: Vec<_> = provider.channels.iter().map(|channel| channel.as_str()).collect();
                println!("{:<16} {}", provider.name, channels.join(", "));
            }
            Ok(Ended::Well)
        }
        ProviderAction::Check { provider } => {
            Ok(if read(provider, workflows)?.is_some() { Ended::Well } else { Ended::WithProblems })
        }
        ProviderAction::Test { provider, recorded, against } => {
            let Some(provider) = read(provider, workflows)? else { return Ok(Ended::WithProblems) };
            match against {
                Some(url) => talk(&provider, url).await,
                None => replay_all(&provider, &recording(&provider, recorded.as_deref(), workflows)?).await,
            }
        }
    }
}

/// The provider of a file or a name; `None` once its mistakes were printed.
fn read(asked: &str, workflows: &Path) -> anyhow::Result<Option<Provider>> {
    let beside = workflows.join("providers").join(format!("{asked}.yaml"));
    let path = if asked.contains(['/', '.']) { Some(PathBuf::from(asked)) } else { beside.is_file().then_some(beside) };
    let Some(path) = path else {
        let shipped = shipped_providers()?.into_iter().find(|provider| provider.name == asked);
        return shipped.map(Some).with_context(|| {
            format!("there is no provider `{asked}`; `relance provider list` names them, or give its file")
        });
    };
    let file = files::read_one(&path)?;
    let source = SourceFile::new(file.path.display().to_string(), file.text);
    let (provider, mut findings) = Provider::examine(&source.name, &source.text);
    findings.extend(examine_texts(&source));
    print(&findings, &source);
    let wrong = findings.iter().any(Diagnostic::is_error);
    Ok(provider.filter(|_| !wrong))
}

fn print(findings: &[Diagnostic], source: &SourceFile) {
    if !findings.is_empty() {
        eprintln!("{}", render_text(findings, std::slice::from_ref(source), Colours::None));
    }
}

fn recording(provider: &Provider, path: Option<&Path>, workflows: &Path) -> anyhow::Result<Recording> {
    let usual = workflows.join("recorded").join(format!("{}.yaml", provider.name));
    let path = path.map(Path::to_owned).or_else(|| usual.is_file().then(|| usual.clone()));
    let Some(path) = path else {
        let shipped = shipped_recordings().into_iter().find(|recording| recording.provider == provider.name);
        return shipped.with_context(|| {
            format!(
                "nothing is recorded of `{}`; write {}, or name a file with --recorded",
                provider.name,
                usual.display()
            )
        });
    };
    let file = files::read_one(&path)?;
    let source = SourceFile::new(file.path.display().to_string(), file.text);
    let recording = Recording::parse(&source.name, &source.text).map_err(|findings| {
        print(&findings, &source);
        anyhow::anyhow!("{} cannot be read", source.name)
    })?;
    if recording.provider != provider.name {
        bail!("{} is of `{}`, not of `{}`", source.name, recording.provider, provider.name);
    }
    Ok(recording)
}

async fn replay_all(provider: &Provider, recording: &Recording) -> anyhow::Result<Ended> {
    let mut failed = 0;
    for case in &recording.cases {
        let differences = replay(provider, case).await;
        println!("{} {}: {}", if differences.is_empty() { "pass" } else { "FAIL" }, provider.name, case.name);
        differences.iter().for_each(|difference| println!("     {difference}"));
        failed += usize::from(!differences.is_empty());
    }
    println!("{} cases, {failed} failed", recording.cases.len());
    Ok(if failed == 0 { Ended::Well } else { Ended::WithProblems })
}

async fn talk(provider: &Provider, url: &str) -> anyhow::Result<Ended> {
    let mut ended = Ended::Well;
    for channel in &provider.channels {
        let outcome =
            try_against(provider, *channel, url).await.map_err(|problems| anyhow::anyhow!(problems.join("; ")))?;
        println!("{}: {outcome:?}", channel.as_str());
        if !matches!(outcome, Outcome::Accepted { .. }) {
            ended = Ended::WithProblems;
        }
    }
    Ok(ended)
}
