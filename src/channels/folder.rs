//! Writes notices into folders instead of sending them: emails as `.eml` files, text messages as `.txt` and
//! letters as `.pdf`, each of the latter with a `.json` beside it that says who it is for.
//!
//! A notice is written once: a marker under `.sent` remembers it, so that handing it over again is accepted and
//! changes nothing, as with a provider that honours idempotency keys.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::outcome::{Outcome, PauseCause};
use super::{Body, Outgoing};

/// Where the markers lie.
const SENT: &str = ".sent";

/// Writes `outgoing` into `folder`, unless it is there already. `provider` is named if the folder cannot be used.
pub async fn deliver(provider: &str, folder: &Path, outgoing: &Outgoing) -> Outcome {
    let (folder, outgoing) = (folder.to_owned(), outgoing.clone());
    let written = tokio::task::spawn_blocking(move || write(&folder, &outgoing)).await;
    match written.map_err(io::Error::other).and_then(|done| done) {
        Ok(name) => Outcome::Accepted { provider_id: Some(name), captures: [].into() },
        Err(error) => {
            Outcome::paused(provider, PauseCause::Misconfigured, format!("the folder cannot be written: {error}"))
        }
    }
}

/// The name of the main file.
fn write(folder: &Path, outgoing: &Outgoing) -> io::Result<String> {
    let sent = folder.join(SENT);
    fs::create_dir_all(&sent)?;
    let marker = sent.join(outgoing.notice.to_string());
    match fs::read_to_string(&marker) {
        Ok(name) => return Ok(name),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let stem = format!("{}-{}-{}", outgoing.on, outgoing.channel().as_str(), outgoing.notice);
    let extension = match &outgoing.body {
        Body::Email { .. } => "eml",
        Body::Sms { .. } => "txt",
        Body::Letter { .. } => "pdf",
    };
    let name = format!("{stem}.{extension}");
    if outgoing.channel() != crate::domain::Channel::Email {
        let about = serde_json::to_vec_pretty(&about(outgoing, &name))?;
        put(folder, &format!("{stem}.json"), &about)?;
    }
    put(folder, &name, outgoing.body.bytes())?;
    // The marker comes last: a crash before it only writes the same files again.
    put(&sent, &outgoing.notice.to_string(), name.as_bytes())?;
    Ok(name)
}

fn about(outgoing: &Outgoing, file: &str) -> serde_json::Value {
    let sender = &outgoing.sender;
    json!({
        "notice": outgoing.notice,
        "channel": outgoing.channel(),
        "service": outgoing.service,
        "date": outgoing.on,
        "to": {
            "name": outgoing.recipient.name,
            "phone": outgoing.recipient.phone,
            "address": outgoing.recipient.address,
        },
        "from": { "name": sender.name, "phone": sender.phone, "address": sender.address },
        "file": file,
    })
}

/// Puts a whole file in place at once: nobody who watches the folder reads half of one.
fn put(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let unfinished: PathBuf = folder.join(format!(".{name}.unfinished"));
    let mut file = fs::File::create(&unfinished)?;
    file.write_all(bytes)?;
    drop(file);
    fs::rename(&unfinished, folder.join(name))
}
