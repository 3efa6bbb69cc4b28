//! Tries a definition out: against its recordings, or against a sandbox or a mock at an address.

use crate::domain::Channel;
use crate::workflow::provider::{Auth, RecordedCase};
use crate::workflow::{Provider, Transport};

use super::Outcome;
use super::http::replay;

/// Replays one recorded case without a network. Returns every difference; none where all is as recorded.
pub async fn replay(provider: &Provider, case: &RecordedCase) -> Vec<String> {
    let (Transport::Http(http), Some(channel)) = (&provider.transport, provider.channels.first()) else {
        return vec![format!("{} is not asked by HTTP: there is nothing to replay", provider.name)];
    };
    replay::replay(&provider.name, (**http).clone(), *channel, case).await
}

/// Hands a sample notice of a channel over at `url`, which takes the place of the provider and, below the same path, of
/// its token endpoint. Secrets hold their own names.
///
/// # Errors
///
/// Why the provider cannot be set up.
pub async fn try_against(provider: &Provider, channel: Channel, url: &str) -> Result<Outcome, Vec<String>> {
    let Transport::Http(http) = &provider.transport else {
        return Err(vec![format!("{} is not asked by HTTP", provider.name)]);
    };
    let token = match &http.auth {
        Auth::OAuth2(oauth) => Some(below(url, &oauth.token_url.production)),
        _ => None,
    };
    replay::try_against(&provider.name, (**http).clone(), channel, url.to_owned(), token).await
}

/// The path of `address` below `url`.
fn below(url: &str, address: &str) -> String {
    let path = address.splitn(4, '/').nth(3).unwrap_or_default();
    format!("{}/{path}", url.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_endpoint_is_looked_for_below_the_address_tried() {
        assert_eq!(
            below("http://127.0.0.1:4010/", "https://auth.acme.example/realms/token"),
            "http://127.0.0.1:4010/realms/token"
        );
        assert_eq!(below("http://127.0.0.1:4010", "https://auth.acme.example"), "http://127.0.0.1:4010/");
    }
}
