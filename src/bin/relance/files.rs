//! Files of an ops team: found below the paths somebody named, read whole, with their limits.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// Largest file read: templates and workflows are kilobytes, a larger one is a mistake.
const FILE_BYTES_MAX: u64 = 4 << 20;
/// Largest file of events: some hundred thousand of them, all held in memory.
const LONG_FILE_BYTES_MAX: u64 = 512 << 20;

/// A text file with the path as the person would write it.
#[derive(Clone, Debug)]
pub struct TextFile {
    /// As shown in messages.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

/// Reads `path`, or every file below it whose name passes `wanted`, sorted by path.
pub fn read_all(path: &Path, wanted: impl Fn(&Path) -> bool + Copy) -> anyhow::Result<Vec<TextFile>> {
    let mut found = Vec::new();
    if path.is_dir() {
        let mut entries: Vec<_> = std::fs::read_dir(path)
            .with_context(|| format!("cannot read the folder {}", path.display()))?
            .collect::<Result<_, _>>()?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let below = entry.path();
            if below.is_dir() || wanted(&below) {
                found.extend(read_all(&below, wanted)?);
            }
        }
    } else {
        found.push(read_one(path)?);
    }
    Ok(found)
}

/// Reads one text file.
pub fn read_one(path: &Path) -> anyhow::Result<TextFile> {
    read_up_to(path, FILE_BYTES_MAX)
}

/// Reads one file of events or of past invoices.
pub fn read_long(path: &Path) -> anyhow::Result<TextFile> {
    read_up_to(path, LONG_FILE_BYTES_MAX)
}

/// The bytes of one file, whatever they are.
pub fn read_bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    bytes_up_to(path, FILE_BYTES_MAX)
}

fn read_up_to(path: &Path, bytes_max: u64) -> anyhow::Result<TextFile> {
    let bytes = bytes_up_to(path, bytes_max)?;
    let text = String::from_utf8(bytes).map_err(|_| anyhow::anyhow!("{} is not UTF-8 text", path.display()))?;
    Ok(TextFile { path: path.to_owned(), text })
}

fn bytes_up_to(path: &Path, bytes_max: u64) -> anyhow::Result<Vec<u8>> {
    let size = std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?.len();
    if size > bytes_max {
        bail!("{} has {size} bytes; a file may have {bytes_max}", path.display());
    }
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Whether the file's name ends in `.extension`.
pub fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
}
