//! The HTTP client of one provider, and what its errors say about whether anything left.

use std::time::Duration;

use reqwest::Client;

use crate::channels::is_loopback;

/// Longest time to connect, in seconds. Shorter than any request's, so that what did not connect is known not to
/// have left.
const CONNECT_SECONDS_MAX: u64 = 10;

/// Why a request brought no answer.
pub(super) enum NoReply {
    /// Nothing reached the provider.
    NotSent(String),
    /// It may have.
    MayHaveLeft(String),
    /// The request cannot be built.
    Misconfigured(String),
    /// The provider does not know us, and gave no token to ask with.
    Unauthenticated(String),
}

/// An error's own words and its causes', without the URL, which may hold a secret.
pub(super) fn no_reply(error: reqwest::Error) -> NoReply {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    if error.is_builder() {
        NoReply::Misconfigured(text)
    } else if error.is_connect() {
        NoReply::NotSent(text)
    } else {
        NoReply::MayHaveLeft(text)
    }
}

/// Whether an address is on this machine; `what` names it where it may not be asked.
pub(super) fn is_own_machine(what: &str, address: &str, plain_allowed: bool) -> Result<bool, Vec<String>> {
    let url = reqwest::Url::parse(address).map_err(|_| vec![format!("{what} is no URL")])?;
    let own_machine = url.host_str().is_some_and(is_loopback);
    if url.scheme() != "https" && !own_machine && !plain_allowed {
        return Err(vec![format!("{what} must be https://; http:// is for this machine and a sandbox")]);
    }
    Ok(own_machine)
}

pub(super) fn client(own_machine: bool, time_limit: Duration) -> Result<Client, Vec<String>> {
    let connect = Duration::from_secs(CONNECT_SECONDS_MAX).min(time_limit / 2);
    let builder = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(connect)
        .timeout(time_limit)
        .user_agent(concat!("relance/", env!("CARGO_PKG_VERSION")));
    let builder = if own_machine { builder.no_proxy() } else { builder };
    builder.build().map_err(|error| vec![format!("the HTTP client cannot be made: {}", error.without_url())])
}
