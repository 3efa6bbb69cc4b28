//! The workflows folder: what an ops team edits, read from disk, with what the binary carries behind it.
//!
//! A file of the folder replaces the carried one of the same path, so a folder with one workflow is enough.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use relance::domain::Channel;
use relance::law::Law;
use relance::render::Templates;
use relance::worker::{Edition, LawEdition, TemplateSet};
use relance::workflow::{
    CheckContext, Colours, Diagnostic, Provider, SourceFile, Workflow, check, check_for_simulation, render_text,
    shipped_providers,
};

use crate::files;

/// Files by their path below the workflows folder, with the name shown in messages.
pub type Folder = BTreeMap<String, SourceFile>;

/// Reads the files below `root` whose extension is one of `extensions`; `root` may be absent.
pub fn read_folder(root: &Path, extensions: &[&str]) -> anyhow::Result<Folder> {
    if !root.is_dir() {
        return Ok(Folder::new());
    }
    let wanted = |path: &Path| extensions.iter().any(|extension| files::has_extension(path, extension));
    let mut folder = Folder::new();
    for file in files::read_all(root, wanted)? {
        let below = file.path.strip_prefix(root).unwrap_or(&file.path).display().to_string();
        folder.insert(below, SourceFile::new(file.path.display().to_string(), file.text));
    }
    Ok(folder)
}

/// Calendars and jurisdictions: the carried ones, and over them those of the folder.
pub fn law(workflows: &Path) -> anyhow::Result<Law> {
    Ok(law_edition(workflows)?.law().clone())
}

/// The same, with the files that say them.
pub fn law_edition(workflows: &Path) -> anyhow::Result<LawEdition> {
    let mut found = Folder::new();
    for part in ["calendars", "jurisdictions"] {
        let files = read_folder(&workflows.join(part), &["yaml"])?;
        found.extend(files.into_iter().map(|(below, file)| (format!("{part}/{below}"), file)));
    }
    LawEdition::of_folder(&found).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("the law files have mistakes:\n{}", lines.join("\n"))
    })
}

/// The templates: the carried ones, and over them those of the folder.
pub fn templates(workflows: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut found = Templates::shipped_with(BTreeMap::new());
    found.extend(templates_in(workflows)?);
    Ok(found)
}

fn templates_in(folder: &Path) -> anyhow::Result<impl Iterator<Item = (String, String)> + use<>> {
    let files = read_folder(&folder.join("templates"), &["subject", "txt", "html", "sms", "typ"])?;
    Ok(files.into_iter().map(|(below, file)| (below, file.text)))
}

/// Definitions of providers: the carried ones, and over them those of the folder.
pub fn providers(workflows: &Path) -> anyhow::Result<Vec<Provider>> {
    let mut found: BTreeMap<String, Provider> =
        shipped_providers()?.into_iter().map(|provider| (provider.name.clone(), provider)).collect();
    for (_, file) in read_folder(&workflows.join("providers"), &["yaml"])? {
        let provider = Provider::parse(&file.name, &file.text)?;
        found.insert(provider.name.clone(), provider);
    }
    Ok(found.into_values().collect())
}

/// The channels of each provider by name, email's relay among them.
pub fn provider_channels(providers: &[Provider]) -> BTreeMap<String, Vec<Channel>> {
    let relay = (relance::channels::smtp::NAME.to_owned(), vec![Channel::Email]);
    providers.iter().map(|provider| (provider.name.clone(), provider.channels.clone())).chain([relay]).collect()
}

/// The workflow files at `path`: one file, or the files directly in a folder.
pub fn workflow_files(path: &Path) -> anyhow::Result<Vec<SourceFile>> {
    if path.is_file() {
        let file = files::read_one(path)?;
        return Ok(vec![SourceFile::new(file.path.display().to_string(), file.text)]);
    }
    let direct = |below: &String| !below.contains(std::path::MAIN_SEPARATOR);
    let files = read_folder(path, &["yaml"])?.into_iter().filter(|(below, _)| direct(below)).map(|(_, file)| file);
    Ok(files.filter(|file| !is_configuration(file)).collect())
}

/// Whether a file among the workflows is a `relance.yaml` that got there by mistake.
pub fn is_configuration(file: &SourceFile) -> bool {
    let is_called_so = Path::new(&file.name).file_name().is_some_and(|name| name == "relance.yaml");
    is_called_so && !file.text.lines().any(|line| line.starts_with("workflow:"))
}

/// The workflows at `path` that a simulation walks through, with the templates beside it, else of `workflows`, in their
/// identity. A mistake is an error; what the law says and templates that are missing are shown, and do not stop it.
pub fn workflows_at(path: &Path, workflows: &Path) -> anyhow::Result<Vec<Workflow>> {
    let sources = workflow_files(path)?;
    let mut texts = templates(workflows)?;
    if let Some(beside) = if path.is_dir() { Some(path) } else { path.parent() } {
        texts.extend(templates_in(beside)?);
    }
    let context = CheckContext { templates: Some(&texts), ..CheckContext::default() };
    let report = check_for_simulation(&sources, &context);
    if report.has_errors() {
        return Err(refusal(&report.findings, &sources));
    }
    if !report.findings.is_empty() {
        eprintln!("{}", render_text(&report.findings, &sources, Colours::None));
    }
    Ok(report.workflows)
}

/// The name that the text of a workflow file gives its workflow; read without the rest, which may be wrong.
pub fn name_written(text: &str) -> Option<&str> {
    let value = text.lines().find_map(|line| line.strip_prefix("workflow:"))?;
    let value = value.split(" #").next().unwrap_or(value).trim();
    Some(value.trim_matches(['"', '\'']))
}

/// The file of the workflow called `name` directly in `folder`, whatever the file is called.
pub fn file_of(name: &str, folder: &Path) -> anyhow::Result<Option<PathBuf>> {
    let usual = folder.join(format!("{name}.yaml"));
    let is_named = |file: &SourceFile| name_written(&file.text) == Some(name);
    if usual.is_file() && workflow_files(&usual)?.iter().any(is_named) {
        return Ok(Some(usual));
    }
    let found = workflow_files(folder)?.into_iter().find(is_named).map(|file| PathBuf::from(file.name));
    Ok(found.or_else(|| usual.is_file().then_some(usual)))
}

/// What `asked` means: an existing path, or the workflow of that name in the folder.
pub fn named_or_at(asked: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let Some(name) = asked.to_str().filter(|name| !asked.exists() && !name.contains(['/', '\\'])) else {
        must_exist(asked)?;
        return Ok(asked.to_owned());
    };
    file_of(name, folder)?.with_context(|| {
        format!(
            "{name} does not exist, and no workflow in {} is called so; name an existing file, folder or workflow",
            folder.display()
        )
    })
}

fn checked(sources: &[SourceFile], templates: &BTreeMap<String, String>) -> anyhow::Result<Vec<Workflow>> {
    let context = CheckContext { templates: Some(templates), ..CheckContext::default() };
    let report = check(sources, &context);
    if report.workflows.len() < sources.len() {
        return Err(refusal(&report.findings, sources));
    }
    Ok(report.workflows)
}

/// What a deployment puts into service.
pub struct Proposed {
    /// Workflows with their templates.
    pub editions: Vec<Edition>,
    /// The law; none where it stays as it is, because files were named and not their folder.
    pub law: Option<LawEdition>,
}

/// What a deployment of the folder puts into service.
pub fn proposed(workflows: &Path) -> anyhow::Result<Proposed> {
    Ok(Proposed { editions: editions(workflows)?, law: Some(law_edition(workflows)?) })
}

/// The editions new cases choose from: the workflows of the folder, each with the templates.
pub fn editions(workflows: &Path) -> anyhow::Result<Vec<Edition>> {
    let sources = workflow_files(workflows)?;
    if sources.is_empty() {
        bail!("{} holds no workflow; set RELANCE_WORKFLOWS to the folder with your *.yaml files", workflows.display());
    }
    editions_of(sources, workflows)
}

/// The editions of workflow files, each with the templates of `workflows`.
pub fn editions_of(sources: Vec<SourceFile>, workflows: &Path) -> anyhow::Result<Vec<Edition>> {
    let texts = templates(workflows)?;
    Templates::new(texts.clone()).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("the templates have mistakes:\n{}", lines.join("\n"))
    })?;
    let workflows = checked(&sources, &texts)?;
    let templates = Arc::new(TemplateSet::new(texts));
    let pairs = workflows.into_iter().zip(sources);
    Ok(pairs
        .map(|(workflow, source)| Edition { workflow: Arc::new(workflow), source, templates: templates.clone() })
        .collect())
}

/// Findings as one error.
pub fn refusal(findings: &[Diagnostic], files: &[SourceFile]) -> anyhow::Error {
    anyhow::anyhow!(
        "the files have mistakes; `relance check` shows them all:\n{}",
        render_text(findings, files, Colours::None)
    )
}

/// Fails with a remedy where a folder that was named does not exist.
pub fn must_exist(path: &Path) -> anyhow::Result<()> {
    if !path.exists() {
        bail!("{} does not exist; name an existing file or folder", path.display());
    }
    path.metadata().with_context(|| format!("cannot read {}", path.display()))?;
    Ok(())
}
