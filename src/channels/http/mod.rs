//! Hands notices to a provider over HTTP, as its definition says: requests in order, the last of which commits,
//! and rules that say what an answer means.
//!
//! An answer that does not come whole, after the commit may have been written, is never taken for a failure: the
//! same key is used again, the provider is asked, or the notice is uncertain. No redirect is followed, nothing but
//! this machine and a sandbox is spoken to without TLS, and no secret gets into an error.

mod auth;
mod client;
mod exchange;
mod names;
pub(super) mod replay;
mod reply;
mod request;
mod texts;
mod written;

pub use written::examine_texts;

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Client;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::Instant;

use self::auth::Session;
use self::client::{NoReply, client, is_own_machine};
use self::replay::Tape;
use self::reply::Reply;
use super::outcome::{Outcome, PauseCause, clean};
use super::{Body, Keep, Outgoing, SecretLookup, TURN_SECONDS_MAX};
use crate::domain::Address;
use crate::workflow::provider::{Auth, BaseUrl, HttpProvider, OnAmbiguous, Rule, Step, Verdict};

/// How long after an unclear answer a provider is asked, at the earliest: what is still on its way must have
/// arrived before "never received" is believed.
const RECONCILE_AFTER_SECONDS_MIN: u64 = 60;

/// Addresses that settings give instead of a definition's.
#[derive(Debug, Default)]
pub(super) struct Urls {
    /// Of the provider.
    pub base: Option<String>,
    /// Of its token endpoint.
    pub token: Option<String>,
}

/// A provider reached by HTTP, ready to be used from many tasks at once.
pub(super) struct HttpCarrier {
    name: String,
    provider: HttpProvider,
    base_url: String,
    /// Where tokens come from; empty where none are used.
    token_url: String,
    session: Session,
    sandbox: bool,
    secrets: Vec<(String, SecretString)>,
    client: Client,
    /// Answers instead of the network.
    tape: Option<std::sync::Mutex<Tape>>,
    places: Semaphore,
    next_request: Mutex<Instant>,
}

impl HttpCarrier {
    /// Sets a provider up, or says what is missing. `urls` replace the definition's.
    pub(super) fn open(
        name: &str,
        provider: HttpProvider,
        urls: Urls,
        sandbox: bool,
        secrets: &SecretLookup,
    ) -> Result<Self, Vec<String>> {
        let wanted = texts::check(&provider)?;
        let of_environment = |urls: &BaseUrl| match (&urls.sandbox, sandbox) {
            (Some(url), true) => url.clone(),
            _ => urls.production.clone(),
        };
        let (base_url, token_url) = (urls.base, urls.token);
        let base_url = base_url.unwrap_or_else(|| of_environment(&provider.base_url)).trim_end_matches('/').to_owned();
        let token_url = match &provider.auth {
            Auth::OAuth2(oauth) => token_url.unwrap_or_else(|| of_environment(&oauth.token_url)),
            _ => String::new(),
        };
        let plain_allowed = |urls: &BaseUrl| sandbox && urls.sandbox.is_some();
        let own_machine = is_own_machine("base_url", &base_url, plain_allowed(&provider.base_url))?;
        if let Auth::OAuth2(oauth) = &provider.auth {
            is_own_machine("token_url", &token_url, plain_allowed(&oauth.token_url))?;
        }
        let client = client(own_machine, provider.time_limit)?;
        let found: Vec<(String, Option<SecretString>)> =
            wanted.into_iter().map(|name| (secrets.find(&name), name)).map(|(secret, name)| (name, secret)).collect();
        let missing: Vec<String> =
            found.iter().filter(|(_, secret)| secret.is_none()).map(|(n, _)| missing(n)).collect();
        if !missing.is_empty() {
            return Err(missing);
        }
        Ok(Self {
            name: name.to_owned(),
            places: Semaphore::new(provider.rate.concurrent),
            next_request: Mutex::new(Instant::now()),
            secrets: found.into_iter().filter_map(|(name, secret)| Some((name, secret?))).collect(),
            provider,
            base_url,
            token_url,
            session: Session::default(),
            sandbox,
            client,
            tape: None,
        })
    }

    /// Hands a notice over. One that may have left already is handed over again only where that is harmless.
    pub(super) async fn send(&self, outgoing: &Outgoing, keep: &impl Keep) -> Outcome {
        if let Some(reason) = self.refusal(outgoing) {
            // What was taken before, and would be refused now, may have left all the same.
            return match outgoing.may_have_left {
                Some(_) => self.uncertain(&reason, outgoing.captures.clone()),
                None => Outcome::rejected(reason),
            };
        }
        let turn = Duration::from_secs(TURN_SECONDS_MAX);
        let Ok(Ok(_place)) = tokio::time::timeout(turn, self.places.acquire()).await else {
            return Outcome::not_sent(format!("{} is busy with other notices", self.name));
        };
        let began = Instant::now();
        match outgoing.may_have_left {
            None => self.hand_over(outgoing, began, keep).await,
            Some(since) if self.key_protects(since) => self.hand_over(outgoing, began, keep).await,
            Some(since) => self.resolve(outgoing, since, began, keep).await,
        }
    }

    /// Whether our key is still known `since` after the first try.
    pub(super) fn key_protects(&self, since: Duration) -> bool {
        let key = self.provider.commit().and_then(|commit| commit.idempotency.as_ref());
        // The last tenth is left alone: clocks differ, and the request takes its time.
        key.is_some_and(|key| since < key.window.mul_f64(0.9))
    }

    /// What became of a notice that may have left and that no key protects.
    async fn resolve(&self, outgoing: &Outgoing, since: Duration, began: Instant, keep: &impl Keep) -> Outcome {
        let Some(step) = &self.provider.reconcile else {
            return match self.provider.on_ambiguous {
                OnAmbiguous::Retry => self.hand_over(outgoing, began, keep).await,
                _ => {
                    self.uncertain("its fate is unknown, and this provider cannot be asked", outgoing.captures.clone())
                }
            };
        };
        let patience = self.provider.time_limit.max(Duration::from_secs(RECONCILE_AFTER_SECONDS_MIN));
        if since < patience {
            return self.ask_later("it is too early to ask", patience - since, outgoing.captures.clone());
        }
        let names = self.names(outgoing, &outgoing.captures);
        let reply = match self.exchange(step, outgoing, &names, began).await {
            Ok(reply) => reply,
            Err(NoReply::NotSent(reason) | NoReply::MayHaveLeft(reason)) => {
                return self.ask_later(&self.clean(&reason, outgoing), patience, outgoing.captures.clone());
            }
            Err(NoReply::Misconfigured(reason)) => return self.paused(PauseCause::Misconfigured, &reason, outgoing),
            Err(NoReply::Unauthenticated(reason)) => return self.paused(PauseCause::AuthError, &reason, outgoing),
        };
        let Some(rule) = step.outcomes.iter().find(|rule| reply.passes(&rule.when)) else {
            return self.uncertain("no rule says what the answer means", outgoing.captures.clone());
        };
        match rule.then {
            // Never received: now is the first time.
            Verdict::Retry => self.hand_over(outgoing, began, keep).await,
            Verdict::Throttled => {
                let after = reply.retry_after(self.provider.retry_after.as_ref()).unwrap_or(patience);
                self.ask_later("asked too often", after, outgoing.captures.clone())
            }
            Verdict::Ambiguous => {
                let reason = self.reason(rule, &reply, &names, outgoing);
                self.uncertain(&format!("asked, and still unclear: {reason}"), outgoing.captures.clone())
            }
            _ => self.judge(rule, &reply, &names, outgoing, outgoing.captures.clone()),
        }
    }

    async fn hand_over(&self, outgoing: &Outgoing, began: Instant, keep: &impl Keep) -> Outcome {
        let mut captures = outgoing.captures.clone();
        for step in &self.provider.steps {
            // A step that could outlast the claim on the notice is not begun.
            if !self.is_in_time(began) {
                return retry(format!("no time left for step `{}`", step.id), None, captures);
            }
            // What an earlier try prepared is used again.
            let prepared = !step.capture.is_empty() && step.capture.keys().all(|name| captures.contains_key(name));
            if !step.commit && prepared {
                continue;
            }
            let names = self.names(outgoing, &captures);
            let reply = match self.exchange(step, outgoing, &names, began).await {
                Ok(reply) => reply,
                Err(NoReply::MayHaveLeft(reason)) if step.commit => {
                    return self.ambiguous(&self.clean(&reason, outgoing), outgoing, captures);
                }
                Err(NoReply::NotSent(reason) | NoReply::MayHaveLeft(reason)) => {
                    return retry(self.clean(&reason, outgoing), None, captures);
                }
                Err(NoReply::Misconfigured(reason)) => {
                    return self.paused(PauseCause::Misconfigured, &reason, outgoing);
                }
                Err(NoReply::Unauthenticated(reason)) => {
                    return self.paused(PauseCause::AuthError, &reason, outgoing);
                }
            };
            if step.commit || !reply.passes(&step.accept) {
                return match step.outcomes.iter().find(|rule| reply.passes(&rule.when)) {
                    Some(rule) => self.judge(rule, &reply, &names, outgoing, captures),
                    None => self.unprepared(step, &reply, outgoing, captures),
                };
            }
            for (name, source) in &step.capture {
                match reply.pick(source, &names) {
                    Some(value) => _ = captures.insert(name.clone(), value),
                    None => return retry(format!("step `{}` answered without `{name}`", step.id), None, captures),
                }
            }
            if !step.capture.is_empty() && !keep.keep(outgoing.notice, &captures).await {
                return retry(format!("what step `{}` captured could not be kept", step.id), None, captures);
            }
        }
        Outcome::not_sent("no step committed")
    }

    /// A step before the commit that was not accepted and that no rule speaks of: nothing has left.
    fn unprepared(
        &self,
        step: &Step,
        reply: &Reply,
        outgoing: &Outgoing,
        captures: BTreeMap<String, String>,
    ) -> Outcome {
        let reason = format!("step `{}` answered with status {}", step.id, reply.status);
        match reply.status {
            401 | 403 => self.paused(PauseCause::AuthError, &reason, outgoing),
            402 => self.paused(PauseCause::CreditExhausted, &reason, outgoing),
            400 | 413 | 422 => Outcome::rejected(reason),
            _ => retry(reason, reply.retry_after(self.provider.retry_after.as_ref()), captures),
        }
    }

    fn judge(
        &self,
        rule: &Rule,
        reply: &Reply,
        names: &Value,
        outgoing: &Outgoing,
        mut captures: BTreeMap<String, String>,
    ) -> Outcome {
        let reason = self.reason(rule, reply, names, outgoing);
        let after = reply.retry_after(self.provider.retry_after.as_ref());
        match rule.then {
            Verdict::Accepted | Verdict::Duplicate => {
                for (name, source) in &rule.capture {
                    captures.extend(reply.pick(source, names).map(|value| (name.clone(), value)));
                }
                let provider_id = rule.id.as_ref().and_then(|id| reply.pick(id, names));
                Outcome::Accepted { provider_id, captures }
            }
            Verdict::Rejected => Outcome::rejected(reason),
            Verdict::Retry | Verdict::Throttled => retry(reason, after, captures),
            Verdict::AuthError => self.paused(PauseCause::AuthError, &reason, outgoing),
            Verdict::CreditExhausted => self.paused(PauseCause::CreditExhausted, &reason, outgoing),
            Verdict::Misconfigured => self.paused(PauseCause::Misconfigured, &reason, outgoing),
            Verdict::Ambiguous => self.ambiguous(&reason, outgoing, captures),
        }
    }

    /// What an unclear end of a commit means under this provider's promises.
    fn ambiguous(&self, reason: &str, outgoing: &Outgoing, captures: BTreeMap<String, String>) -> Outcome {
        let after = match self.provider.on_ambiguous {
            _ if self.key_protects(outgoing.may_have_left.unwrap_or_default()) => None,
            OnAmbiguous::Hold => return self.uncertain(reason, captures),
            OnAmbiguous::Retry => None,
            OnAmbiguous::Reconcile => {
                Some(self.provider.time_limit.max(Duration::from_secs(RECONCILE_AFTER_SECONDS_MIN)))
            }
        };
        Outcome::Retry { after, reason: reason.to_owned(), may_have_left: true, captures }
    }

    fn reason(&self, rule: &Rule, reply: &Reply, names: &Value, outgoing: &Outgoing) -> String {
        match rule.reason.as_ref().and_then(|source| reply.pick(source, names)) {
            Some(said) => self.clean(&format!("status {}: {said}", reply.status), outgoing),
            None => format!("status {}", reply.status),
        }
    }

    /// Why this provider does not take the notice, before anything is asked.
    fn refusal(&self, outgoing: &Outgoing) -> Option<String> {
        let limits = &self.provider.limits;
        match &outgoing.body {
            Body::Sms { text } => {
                let chars = text.chars().count();
                let most = limits.text_chars.filter(|most| chars > *most)?;
                Some(format!("the text has {chars} characters, {} takes {most}", self.name))
            }
            Body::Letter { pdf } => {
                let services = &self.provider.services;
                let unknown =
                    outgoing.service.filter(|service| !services.is_empty() && !services.contains_key(service));
                if let Some(service) = unknown {
                    return Some(format!("{} does not offer the service {}", self.name, service.as_str()));
                }
                if let Some(most) = limits.pdf_mb.filter(|most| pdf.len() > most * 1024 * 1024) {
                    return Some(format!("the letter is larger than {most} MB, the most {} takes", self.name));
                }
                if limits.postal_lines {
                    let fits = |part: &str, name: Option<&str>, address: Option<&Address>| {
                        let lines = address.map(|address| address.postal_lines(name.unwrap_or_default()));
                        Some(format!("{part}: {}", lines?.err()?))
                    };
                    let to = &outgoing.recipient;
                    let of_sender = || fits("sender", Some(&outgoing.sender.name), Some(&outgoing.sender.address));
                    if let Some(why) = fits("recipient", to.name.as_deref(), to.address.as_ref()).or_else(of_sender) {
                        return Some(why);
                    }
                }
                let country = outgoing.recipient.address.as_ref().map_or("", |address| address.country.as_str());
                let served = limits.countries.is_empty() || limits.countries.iter().any(|served| served == country);
                (!served).then(|| format!("{} does not serve the recipient's country", self.name))
            }
            Body::Email { .. } => Some("a provider carries no email".into()),
        }
    }

    fn names(&self, outgoing: &Outgoing, captures: &BTreeMap<String, String>) -> Value {
        names::names(&self.provider, outgoing, &self.secrets, captures, self.sandbox)
    }

    fn paused(&self, cause: PauseCause, reason: &str, outgoing: &Outgoing) -> Outcome {
        Outcome::paused(&self.name, cause, self.clean(reason, outgoing))
    }

    fn uncertain(&self, reason: &str, captures: BTreeMap<String, String>) -> Outcome {
        Outcome::Uncertain { reason: format!("{}: {reason}", self.name), captures }
    }

    fn ask_later(&self, reason: &str, after: Duration, captures: BTreeMap<String, String>) -> Outcome {
        let reason = format!("{}: {reason}", self.name);
        Outcome::Retry { after: Some(after), reason, may_have_left: true, captures }
    }

    /// What may be stored: without the recipient, and without our secrets if a provider quotes them.
    fn clean(&self, text: &str, outgoing: &Outgoing) -> String {
        let mut text = self.session.hide(text);
        for (_, secret) in &self.secrets {
            text = text.replace(secret.expose_secret(), "…");
        }
        clean(&text, &outgoing.recipient)
    }
}

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn retry(reason: String, after: Option<Duration>, captures: BTreeMap<String, String>) -> Outcome {
    Outcome::Retry { after, reason, may_have_left: false, captures }
}

fn missing(secret: &str) -> String {
    let variable = secret.to_ascii_uppercase();
    format!(
        "secret `{secret}` is missing: put it into a file of that name in RELANCE_SECRETS_DIR, or set RELANCE_SECRET_{variable}"
    )
}
