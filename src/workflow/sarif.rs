//! Findings as SARIF 2.1.0, the form that code scanning of forges and editors takes.
//!
//! One run. Rules are the codes that occur, in their order, each with its page; a place is a region in characters of
//! its line, as everywhere else. Whether a forge shows notes is the forge's affair.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::{CODES, CodeInfo, Diagnostic};

/// One SARIF log, as text. `version` is that of this program.
pub fn render_sarif(findings: &[Diagnostic], version: &str) -> String {
    let used: Vec<&CodeInfo> =
        CODES.iter().filter(|info| findings.iter().any(|finding| finding.code == info.code)).collect();
    let results: Vec<Value> = findings.iter().map(|finding| result(finding, &used)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "relance",
                "semanticVersion": version,
                "rules": used.iter().map(|info| rule(info)).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    // A tree of texts and numbers: writing it cannot fail.
    serde_json::to_string_pretty(&log).unwrap_or_default() + "\n"
}

fn rule(info: &CodeInfo) -> Value {
    json!({
        "id": info.text,
        "shortDescription": { "text": info.about },
        "help": { "text": info.page, "markdown": info.page },
        "defaultConfiguration": { "level": info.severity.as_str() },
        "properties": { "tags": [if info.law { "law" } else { "form" }] },
    })
}

fn result(finding: &Diagnostic, used: &[&CodeInfo]) -> Value {
    let help = finding.help.as_ref().map(|help| format!("\n{help}")).unwrap_or_default();
    json!({
        "ruleId": finding.code,
        "ruleIndex": used.iter().position(|info| info.code == finding.code),
        "level": finding.severity.as_str(),
        "message": { "text": format!("{}{help}", finding.message) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&finding.file) },
            "region": {
                "startLine": finding.line,
                "startColumn": finding.column,
                // A region is not empty: where nothing is there to show, its one character is.
                "endColumn": finding.end_column.max(finding.column + 1),
            },
        } }],
        "partialFingerprints": { "place/v1": fingerprint(finding) },
    })
}

/// What a forge recognises a finding by when lines above it change: everything but its line.
fn fingerprint(finding: &Diagnostic) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(format!("{}\n{}\n{}", finding.code, finding.file, finding.message)))
}

/// A relative path as a URI: `/` between folders, and what a URI may not hold percent-encoded.
fn uri(path: &str) -> String {
    const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b'~');
    utf8_percent_encode(&path.replace('\\', "/"), ESCAPED).to_string()
}
