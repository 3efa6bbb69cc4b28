//! The rules of the house that the compiler does not know: who may name whom, who owns which crate, how long a file
//! may be, and that the documents tell the truth.
//!
//! Every test prints all violations with file, line and remedy. It reads text, not syntax trees: comments and
//! strings are blanked first, and code that only tests see is left out where a rule is about the product.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "tidy/codes.rs"]
mod codes;
#[path = "tidy/documents.rs"]
mod documents;
#[path = "tidy/length.rs"]
mod length;
#[path = "tidy/modules.rs"]
mod modules;
#[path = "tidy/source.rs"]
mod source;

use std::path::PathBuf;

/// The folder of the project.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Fails with all that was found.
fn expect_none(violations: &[String]) {
    assert!(violations.is_empty(), "{} to put right:\n{}", violations.len(), violations.join("\n"));
}
