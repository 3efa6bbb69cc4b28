//! Makes a checked `Provider` of a written one, and says every mistake on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use super::problems::Problems;
use super::safety;
use super::step::{Role, step};
use super::{BaseUrl, HttpProvider, OnAmbiguous, Priced, Provider, Rate, Step, Transport, auth, parse_price, written};
use crate::domain::{Channel, Money};
use crate::workflow::yaml::{read, typed};
use crate::workflow::{Code, Diagnostic, Findings};

/// Steps of one hand-over: the longest known provider takes four and a token.
pub(super) const STEPS_MAX: usize = 10;
/// Longest time for one request, in seconds; a notice waits no longer in one worker.
pub(super) const TIMEOUT_SECONDS_MAX: u64 = 50;
/// Time for one request where nothing is written, in seconds.
pub(super) const TIMEOUT_SECONDS: u64 = 30;
/// Notices at once where nothing is written.
pub(super) const CONCURRENT: usize = 4;
/// Most notices at once.
pub(super) const CONCURRENT_MAX: usize = 64;
/// Most requests a second.
pub(super) const PER_SECOND_MAX: f64 = 1000.0;

/// Reads a definition and says every mistake in it; the provider is there unless something is wrong with it.
pub(super) fn provider(file: &str, yaml: &str) -> (Option<Provider>, Vec<Diagnostic>) {
    let mut findings = Findings::new(file, yaml);
    let Some(root) = read(yaml, &mut findings) else { return (None, findings.into_sorted()) };
    safety::check(&root, &mut findings);
    let typed = typed::<written::Provider>(&root, &mut findings);
    let mut found = None;
    if let Some(written) = typed.value {
        let left_out = &typed.left_out;
        found = checked(written, &mut Problems { findings: &mut findings, root: &root, left_out });
    }
    let refused = findings.has_errors();
    (found.filter(|_| !refused), findings.into_sorted())
}

fn checked(written: written::Provider, problems: &mut Problems<'_, '_>) -> Option<Provider> {
    let name = written.provider.clone();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || !name.chars().all(plain) {
        problems.add(Code::BadValue, "provider", format!("`{name}` is no name; use small letters, digits and `-`"));
    }
    let channels = match &written.channel {
        written::OneOrMany::One(one) => vec![*one],
        written::OneOrMany::Many(many) => many.clone(),
    };
    let distinct: BTreeSet<_> = channels.iter().collect();
    if channels.is_empty() || distinct.len() != channels.len() {
        problems.add(Code::BadValue, "channel", "name each channel once: sms, letter or [sms, letter]");
    }
    if channels.contains(&Channel::Email) {
        problems.add(Code::BadValue, "channel", "email goes through SMTP; a provider carries sms or letter");
    }
    let prices = prices(written.prices.as_ref(), &channels, problems);
    let transport = match written.transport.unwrap_or(written::TransportName::Http) {
        written::TransportName::Folder => folder(&written, problems),
        written::TransportName::Http => Transport::Http(Box::new(http(written, &channels, problems)?)),
    };
    Some(Provider { name, channels, transport, prices })
}

fn prices(
    written: Option<&BTreeMap<String, String>>,
    channels: &[Channel],
    problems: &mut Problems<'_, '_>,
) -> BTreeMap<Priced, Money> {
    let mut prices = BTreeMap::new();
    for (name, price) in written.into_iter().flatten() {
        let place = format!("prices.{name}");
        match name.parse::<Priced>().and_then(|what| Ok((what, parse_price(price, None)?))) {
            Ok((what, _)) if !channels.contains(&what.channel()) => {
                problems.add(
                    Code::MisplacedKey,
                    &place,
                    format!("{place}: this provider carries no {}; remove this key", what.channel().as_str()),
                );
            }
            Ok((what, price)) => drop(prices.insert(what, price)),
            Err(why) => problems.add(Code::BadValue, &place, format!("{place}: {why}")),
        }
    }
    prices
}

fn folder(written: &written::Provider, problems: &mut Problems<'_, '_>) -> Transport {
    let http_keys = [
        ("base_url", written.base_url.is_some()),
        ("auth", written.auth.is_some()),
        ("rate", written.rate.is_some()),
        ("timeout_seconds", written.timeout_seconds.is_some()),
        ("services", written.services.is_some()),
        ("limits", written.limits.is_some()),
        ("config", written.config.is_some()),
        ("send", written.send.is_some()),
        ("reconcile", written.reconcile.is_some()),
        ("on_ambiguous", written.on_ambiguous.is_some()),
        ("retry_after", written.retry_after.is_some()),
    ];
    for (key, _) in http_keys.into_iter().filter(|(_, present)| *present) {
        problems.add(Code::MisplacedKey, key, "a folder has no use for this key; remove it");
    }
    Transport::Folder
}

fn http(written: written::Provider, channels: &[Channel], problems: &mut Problems<'_, '_>) -> Option<HttpProvider> {
    let letters = channels.contains(&Channel::Letter);
    let base_url = base_url(written.base_url, problems);
    let steps = match written.send {
        Some(send) => steps(send.steps, letters, problems),
        None => {
            problems.add(Code::MissingKey, "send", "`send` is missing; write `send: { steps: [ … ] }`");
            vec![]
        }
    };
    let reconcile = written.reconcile.and_then(|one| step(one, "reconcile", Role::Reconcile, letters, problems));
    let on_ambiguous = written.on_ambiguous.unwrap_or_default();
    match on_ambiguous {
        OnAmbiguous::Reconcile if reconcile.is_none() => {
            problems.add(
                Code::NoReconcile,
                "on_ambiguous",
                "`reconcile` needs a `reconcile:` request; describe how to ask, or write `hold`",
            );
        }
        OnAmbiguous::Retry if letters => {
            problems.add(
                Code::LetterRetry,
                "on_ambiguous",
                "a letter is never sent again by itself; use `hold` or `reconcile`",
            );
        }
        _ => {}
    }
    if written.services.is_some() && !letters {
        problems.add(Code::MisplacedKey, "services", "only letters have services; remove this key");
    }
    let services = written.services.unwrap_or_default().into_iter();
    let provider = HttpProvider {
        base_url: base_url?,
        auth: written.auth.unwrap_or_default(),
        rate: rate(written.rate, problems),
        time_limit: time_limit(written.timeout_seconds, problems),
        services: services.map(|(service, values)| (service, Value::Object(values.into_iter().collect()))).collect(),
        limits: written.limits.unwrap_or_default(),
        config: Value::Object(written.config.unwrap_or_default().into_iter().collect()),
        steps,
        reconcile,
        on_ambiguous,
        retry_after: written.retry_after,
    };
    auth::check(&provider, problems);
    Some(provider)
}

fn base_url(written: Option<BaseUrl>, problems: &mut Problems<'_, '_>) -> Option<BaseUrl> {
    let urls = match written {
        None => {
            problems.add(Code::MissingKey, "base_url", "`base_url` is missing; write `base_url: https://…`");
            return None;
        }
        Some(written) => written,
    };
    address("base_url", &urls, problems);
    Some(urls)
}

/// Checks the address at a place.
pub(super) fn address(place: &str, urls: &BaseUrl, problems: &mut Problems<'_, '_>) {
    let sandbox = format!("{place}.sandbox");
    for (place, url) in [(place, Some(&urls.production)), (&sandbox, urls.sandbox.as_ref())] {
        let Some(url) = url else { continue };
        if !url.starts_with("https://") && !url.starts_with("http://") {
            problems.add(
                Code::BadValue,
                place,
                format!(
                    "`{url}` is no address; begin it with https:// (http:// only on this machine and in a sandbox)"
                ),
            );
        }
        if url.ends_with('/') || url.contains(['{', '?', '#', ' ']) {
            problems.add(
                Code::BadValue,
                place,
                "more stands here than the address; write it alone, with no `/` at its end, no query, no `{{ … }}`",
            );
        }
    }
}

fn steps(written: Vec<written::Step>, letters: bool, problems: &mut Problems<'_, '_>) -> Vec<Step> {
    let count = written.len();
    if count == 0 || count > STEPS_MAX {
        problems.add(Code::BadValue, "send.steps", format!("write 1 to {STEPS_MAX} steps"));
    }
    let mut steps = vec![];
    let mut names = BTreeSet::new();
    for (place, mut one) in written.into_iter().enumerate() {
        let label = format!("send.steps[{place}]");
        let last = place + 1 == count;
        match one.commit {
            None if count == 1 => {}
            Some(true) if last => {}
            Some(true) => problems.add(
                Code::CommitStep,
                &label,
                "only the last step commits: nothing may follow what cannot be taken back",
            ),
            _ if last => problems.add(Code::CommitStep, &label, "the last step commits; write `commit: true`"),
            _ => {}
        }
        if count == 1 && one.id.is_none() {
            one.id = Some("send".into());
        }
        if !names.insert(one.id.clone()) {
            problems.add(Code::DuplicateStep, &label, "each step has an `id` of its own");
        }
        let role = if last { Role::Commit } else { Role::Before };
        steps.extend(step(one, &label, role, letters, problems));
    }
    steps
}

fn rate(written: Option<written::Rate>, problems: &mut Problems<'_, '_>) -> Rate {
    let written = written.unwrap_or(written::Rate { per_second: None, concurrent: None });
    let rate = Rate { per_second: written.per_second, concurrent: written.concurrent.unwrap_or(CONCURRENT) };
    if rate.per_second.is_some_and(|rate| !(rate > 0.0 && rate <= PER_SECOND_MAX)) {
        problems.add(
            Code::BadValue,
            "rate.per_second",
            format!("`rate.per_second` is a number above 0 and up to {PER_SECOND_MAX}"),
        );
    }
    if !(1..=CONCURRENT_MAX).contains(&rate.concurrent) {
        problems.add(Code::BadValue, "rate.concurrent", format!("`rate.concurrent` is 1 to {CONCURRENT_MAX}"));
    }
    rate
}

fn time_limit(seconds: Option<u64>, problems: &mut Problems<'_, '_>) -> Duration {
    let seconds = seconds.unwrap_or(TIMEOUT_SECONDS);
    if !(1..=TIMEOUT_SECONDS_MAX).contains(&seconds) {
        problems.add(Code::BadValue, "timeout_seconds", format!("`timeout_seconds` is 1 to {TIMEOUT_SECONDS_MAX}"));
    }
    Duration::from_secs(seconds)
}
