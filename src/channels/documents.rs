//! Fetches the invoices that emails attach, from the address the platform gave.
//!
//! What comes is checked: that it is a PDF, and the one the platform meant where it gave a digest. Nothing but
//! this machine is spoken to without TLS, no redirect is followed, and addresses are never quoted in an error: they
//! often hold a token.

use std::time::Duration;

use reqwest::{Client, Url};
use sha2::{Digest as _, Sha256};

use super::is_loopback;

/// Largest document, in bytes: with others it has to fit into an email.
pub const DOCUMENT_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Longest time for one document, in seconds.
const FETCH_SECONDS_MAX: u64 = 30;

/// Why a document could not be fetched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// It may come later.
    #[error("the document cannot be fetched for now: {0}")]
    Later(String),
    /// It will not, until the platform gives another address.
    #[error("the document cannot be fetched: {0}")]
    Never(&'static str),
}

/// Fetches documents.
#[derive(Clone, Debug)]
pub struct Documents {
    client: Client,
}

impl Documents {
    /// Ready to fetch.
    ///
    /// # Errors
    /// When the machine has no usable TLS roots.
    pub fn open() -> Result<Self, FetchError> {
        let builder = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(FETCH_SECONDS_MAX))
            .user_agent(concat!("relance/", env!("CARGO_PKG_VERSION")));
        let client = builder.build().map_err(|error| FetchError::Later(error.without_url().to_string()))?;
        Ok(Self { client })
    }

    /// The PDF at `url`; where `sha256` (hexadecimal) is given, that very one.
    ///
    /// # Errors
    /// `Later` where trying again may help, `Never` where it does not.
    pub async fn fetch(&self, url: &str, sha256: Option<&str>) -> Result<Vec<u8>, FetchError> {
        let url = Url::parse(url).map_err(|_| FetchError::Never("its address is no URL"))?;
        let own_machine = url.host_str().is_some_and(is_loopback);
        if url.scheme() != "https" && !(url.scheme() == "http" && own_machine) {
            return Err(FetchError::Never("its address is not https://"));
        }
        let later = |error: reqwest::Error| FetchError::Later(error.without_url().to_string());
        let mut response = self.client.get(url).send().await.map_err(later)?;
        let status = response.status();
        if !status.is_success() {
            let passes = status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429);
            return Err(if passes {
                FetchError::Later(format!("status {}", status.as_u16()))
            } else {
                FetchError::Never("its address does not answer with it")
            });
        }
        let mut bytes = vec![];
        while let Some(chunk) = response.chunk().await.map_err(later)? {
            if bytes.len() + chunk.len() > DOCUMENT_BYTES_MAX {
                return Err(FetchError::Never("it is larger than 10 MB"));
            }
            bytes.extend_from_slice(&chunk);
        }
        if !bytes.starts_with(b"%PDF-") {
            return Err(FetchError::Never("it is no PDF"));
        }
        if sha256.is_some_and(|wanted| !wanted.eq_ignore_ascii_case(&hex::encode(Sha256::digest(&bytes)))) {
            return Err(FetchError::Never("its SHA-256 is not the one the platform gave"));
        }
        Ok(bytes)
    }
}
