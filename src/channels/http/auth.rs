//! Proves to a provider who asks: tokens that are kept while they hold, and signatures over finished requests.

use std::collections::VecDeque;
use std::sync::PoisonError;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Request, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::client::{NoReply, no_reply};
use super::{HttpCarrier, said};
use crate::clock::Clock;
use crate::render::expression::{Escape, fill};
use crate::workflow::provider::{
    Algorithm, Auth, ClientPlace, Encoding, JsonPath, OAuth2, SignaturePlace, Signed, TokenRequest,
};

/// How long a token holds where its answer does not say, in seconds.
const TOKEN_SECONDS: u64 = 300;
/// A token is not used in the last tenth of its time, but no more than so many seconds.
const TOKEN_MARGIN_SECONDS_MAX: u64 = 60;
/// No token is kept longer, in seconds.
const TOKEN_SECONDS_MAX: u64 = 86_400;
/// How long a provider's clock is taken to keep its distance from ours.
const CLOCK_SECONDS: u64 = 3_600;

/// Tokens that are kept from what is said, the newest and those that it replaced.
const TOKENS_HIDDEN: usize = 4;

/// What is known of one provider's tokens and clock. It is never stored.
#[derive(Default)]
pub(super) struct Session {
    token: Mutex<Option<Token>>,
    /// The last tokens: a provider may quote the one that it refuses.
    hidden: std::sync::Mutex<VecDeque<SecretString>>,
    ahead: Mutex<Option<(Instant, i64)>>,
}

impl Session {
    /// Without any token that a provider quotes.
    pub fn hide(&self, text: &str) -> String {
        let hidden = self.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        hidden.iter().fold(text.to_owned(), |text, token| text.replace(token.expose_secret(), "…"))
    }

    fn remember(&self, token: &SecretString) {
        let mut hidden = self.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        hidden.push_front(token.clone());
        hidden.truncate(TOKENS_HIDDEN);
    }
}

struct Token {
    value: SecretString,
    until: Instant,
}

impl Token {
    /// A token that ends after `lifetime` seconds.
    fn new(value: String, lifetime: Option<u64>) -> Self {
        let lifetime = lifetime.unwrap_or(TOKEN_SECONDS).min(TOKEN_SECONDS_MAX);
        let margin = (lifetime / 10).min(TOKEN_MARGIN_SECONDS_MAX);
        Self { value: value.into(), until: Instant::now() + Duration::from_secs(lifetime - margin) }
    }
}

/// Why there is no notice yet: whatever happened, nothing of it has left.
fn before(why: NoReply, what: &str) -> NoReply {
    match why {
        NoReply::NotSent(why) | NoReply::MayHaveLeft(why) => NoReply::NotSent(format!("{what}: {why}")),
        other => other,
    }
}

impl HttpCarrier {
    /// What is needed before a request can be made: the token, and for signatures the provider's clock.
    pub(super) async fn credentials(&self, names: &Value) -> Result<Option<SecretString>, NoReply> {
        if let Auth::Signed(signed) = &self.provider.auth
            && let Some(path) = &signed.clock
        {
            self.clock_ahead(path).await?;
        }
        self.token(names).await
    }

    /// The token that requests bear; `None` where the provider knows us otherwise. Whoever comes while it is fetched
    /// waits for it.
    async fn token(&self, names: &Value) -> Result<Option<SecretString>, NoReply> {
        if !matches!(self.provider.auth, Auth::OAuth2(_) | Auth::Token(_)) {
            return Ok(None);
        }
        let mut kept = self.session.token.lock().await;
        if let Some(token) = kept.as_ref().filter(|token| Instant::now() < token.until) {
            return Ok(Some(token.value.clone()));
        }
        let token = match &self.provider.auth {
            Auth::OAuth2(oauth) => self.fetch_token(oauth, names).await?,
            Auth::Token(request) => self.ask_for_token(request, names).await?,
            _ => return Ok(None),
        };
        let value = token.value.clone();
        self.session.remember(&value);
        *kept = Some(token);
        Ok(Some(value))
    }

    /// Forgets the token that was refused; false where none is used.
    pub(super) async fn forget_token(&self) -> bool {
        self.session.token.lock().await.take().is_some()
    }

    async fn fetch_token(&self, oauth: &OAuth2, names: &Value) -> Result<Token, NoReply> {
        let filled = |text: &str| fill(text, names, Escape::None).map_err(|why| NoReply::Misconfigured(said(why)));
        let mut form = vec![("grant_type".to_owned(), oauth.grant.as_str().to_owned())];
        for (name, text) in &oauth.form {
            form.push((name.clone(), filled(text)?));
        }
        let (id, secret) = (filled(&oauth.client.id)?, filled(&oauth.client.secret)?);
        let mut builder = self.client.post(&self.token_url);
        match oauth.client.place {
            ClientPlace::Basic => builder = builder.basic_auth(id, Some(secret)),
            ClientPlace::Body => form.extend([("client_id".to_owned(), id), ("client_secret".to_owned(), secret)]),
        }
        let request = builder.form(&form).build().map_err(no_reply)?;
        let reply = self.execute(request).await.map_err(|why| before(why, "no token"))?;
        let text = |name: &str| reply.body.get(name).and_then(Value::as_str).map(str::to_owned);
        match (reply.status, text("access_token")) {
            (200..=299, Some(value)) if !value.is_empty() => {
                Ok(Token::new(value, reply.body.get("expires_in").and_then(seconds)))
            }
            (status @ (400 | 401 | 403), _) => {
                let error = text("error").unwrap_or_else(|| "no reason given".to_owned());
                Err(NoReply::Unauthenticated(format!("no token: status {status}: {error}")))
            }
            (status, _) => Err(NoReply::NotSent(format!("no token: status {status}"))),
        }
    }

    async fn ask_for_token(&self, asked: &TokenRequest, names: &Value) -> Result<Token, NoReply> {
        let mut request = self.client.get(format!("{}{}", self.base_url, asked.get)).build().map_err(no_reply)?;
        if let Some(signed) = &asked.sign {
            self.sign_by(signed, &mut request, names).await?;
        }
        let reply = self.execute(request).await.map_err(|why| before(why, "no token"))?;
        let found = |path: &JsonPath| path.find(&reply.body).first().copied().cloned();
        let value = found(&asked.token).and_then(|value| Some(value.as_str()?.to_owned()));
        let lifetime = asked.ends_at.as_ref().and_then(found).and_then(|at| seconds(&at)).map(|at| {
            let now = Clock::System.now().timestamp();
            at.saturating_sub(u64::try_from(now).unwrap_or_default())
        });
        match (reply.status, value) {
            (200..=299, Some(value)) if !value.is_empty() => Ok(Token::new(value, lifetime)),
            (status @ (200..=299 | 400..=403), _) => {
                Err(NoReply::Unauthenticated(format!("no token: status {status}, and none in the answer")))
            }
            (status, _) => Err(NoReply::NotSent(format!("no token: status {status}"))),
        }
    }

    /// Signs a finished request, where the provider knows us by that.
    pub(super) async fn sign(&self, request: &mut Request, names: &Value) -> Result<(), NoReply> {
        let Auth::Signed(signed) = &self.provider.auth else { return Ok(()) };
        self.sign_by(signed, request, names).await
    }

    async fn sign_by(&self, signed: &Signed, request: &mut Request, names: &Value) -> Result<(), NoReply> {
        let ahead = match &signed.clock {
            Some(path) => self.clock_ahead(path).await?,
            None => 0,
        };
        signature(request, signed, names, Clock::System.now().timestamp() + ahead).map_err(NoReply::Misconfigured)
    }

    /// By how many seconds the provider's clock is ahead of ours.
    async fn clock_ahead(&self, path: &str) -> Result<i64, NoReply> {
        let mut kept = self.session.ahead.lock().await;
        let fresh = Duration::from_secs(CLOCK_SECONDS);
        if let Some((_, ahead)) = kept.as_ref().filter(|(asked, _)| asked.elapsed() < fresh) {
            return Ok(*ahead);
        }
        let request = self.client.get(format!("{}{path}", self.base_url)).build().map_err(no_reply)?;
        let reply = self.execute(request).await.map_err(|why| before(why, "no clock"))?;
        let told = seconds(&reply.body).filter(|_| (200..300).contains(&reply.status));
        let Some(told) = told.and_then(|told| i64::try_from(told).ok()) else {
            return Err(NoReply::NotSent(format!("no clock: status {} without a number of seconds", reply.status)));
        };
        let ahead = told - Clock::System.now().timestamp();
        *kept = Some((Instant::now(), ahead));
        Ok(ahead)
    }
}

/// A number of seconds, written as a number or as text.
fn seconds(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// Puts headers and signature on a request, as of `epoch` seconds since 1970.
fn signature(request: &mut Request, signed: &Signed, names: &Value, epoch: i64) -> Result<(), String> {
    let body = match request.body() {
        None => &[][..],
        Some(body) => body.as_bytes().ok_or("a body that is not in memory cannot be signed")?,
    };
    let body = std::str::from_utf8(body).map_err(|_| "a body that is no text cannot be signed")?;
    let mut names = names.clone();
    if let Value::Object(names) = &mut names {
        let (method, url) = (request.method().as_str(), request.url().as_str());
        names.insert("request".into(), json!({ "method": method, "url": url, "body": body }));
        names.insert("now".into(), json!({ "epoch": epoch }));
    }
    let filled = |text: &str| fill(text, &names, Escape::None).map_err(said);
    let key = filled(signed.key.as_deref().unwrap_or_default())?;
    let bytes = digest(signed.algorithm, key.as_bytes(), filled(&signed.text)?.as_bytes())?;
    let written = match signed.encoding {
        Encoding::Hex => hex::encode(bytes),
        Encoding::Base64 => STANDARD.encode(bytes),
    };
    let written = format!("{}{written}", signed.prefix);
    let mut headers = Vec::new();
    for (name, text) in &signed.headers {
        headers.push((name.as_str(), filled(text)?));
    }
    match &signed.place {
        SignaturePlace::Header(name) => headers.push((name, written)),
        SignaturePlace::Query(name) => drop(Url::query_pairs_mut(request.url_mut()).append_pair(name, &written)),
    }
    for (name, value) in headers {
        let header = HeaderName::try_from(name).map_err(|_| format!("`{name}` is no header"))?;
        let mut value = HeaderValue::try_from(value).map_err(|_| format!("header `{name}` cannot hold this value"))?;
        value.set_sensitive(true);
        request.headers_mut().insert(header, value);
    }
    Ok(())
}

fn digest(algorithm: Algorithm, key: &[u8], text: &[u8]) -> Result<Vec<u8>, String> {
    let keyed = |_| "a key of this length is not taken".to_owned();
    Ok(match algorithm {
        Algorithm::Sha1 => Sha1::digest(text).to_vec(),
        Algorithm::Sha256 => Sha256::digest(text).to_vec(),
        Algorithm::Sha512 => Sha512::digest(text).to_vec(),
        Algorithm::HmacSha1 => {
            Hmac::<Sha1>::new_from_slice(key).map_err(keyed)?.chain_update(text).finalize().into_bytes().to_vec()
        }
        Algorithm::HmacSha256 => {
            Hmac::<Sha256>::new_from_slice(key).map_err(keyed)?.chain_update(text).finalize().into_bytes().to_vec()
        }
        Algorithm::HmacSha512 => {
            Hmac::<Sha512>::new_from_slice(key).map_err(keyed)?.chain_update(text).finalize().into_bytes().to_vec()
        }
    })
}
