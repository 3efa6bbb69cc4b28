//! The shipped workflows checked with everything that is shipped around them.

use std::path::Path;

use relance::render::Templates;
use relance::workflow::{CheckContext, SourceFile, check, read_law, workflow_schema};
use serde_json::Value;

fn files() -> Vec<SourceFile> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    paths.sort();
    let file =
        |path: &std::path::PathBuf| SourceFile::new(path.display().to_string(), std::fs::read_to_string(path).unwrap());
    paths.iter().map(file).collect()
}

#[test]
fn shipped_workflows_have_no_findings() {
    let (law, templates, files) = (read_law(&[]).unwrap(), Templates::shipped(), files());
    let context = CheckContext { law: Some(&law), templates: Some(templates.files()), ..CheckContext::default() };
    let report = check(&files, &context);
    assert_eq!(report.findings, []);
    let names: Vec<_> = report.workflows.iter().map(|workflow| workflow.name.as_str()).collect();
    assert_eq!(names, ["en-b2b", "fr-b2b", "fr-b2c"]);
}

#[test]
fn shipped_workflows_fit_the_schema() {
    let validator = jsonschema::validator_for(&workflow_schema()).unwrap();
    for file in files() {
        // JSON has one kind of number; the reader takes decimals from their text.
        let text = file.text.replace(".00", "");
        let value: Value = relance::workflow::from_yaml(&file.name, &text).unwrap();
        let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{}", file.name);
    }
}
