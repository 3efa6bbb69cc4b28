//! Providers over HTTP: what is asked, and above all what may have left when something breaks.

use std::time::Duration;

use relance::channels::{ChannelSettings, Channels, Outcome, Outgoing, SecretLookup};
use relance::workflow::Provider;
use serde_json::json;

use crate::channels_gateway::{Gateway, Turn, answer};
use crate::channels_support::{Kept, free_port, letter, sms};

pub const TWILIO_ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";

pub fn secrets() -> SecretLookup {
    SecretLookup::new(|name| {
        let value = match name {
            "generic_token" => "generic-secret",
            "twilio_account_sid" => TWILIO_ACCOUNT,
            "twilio_auth_token" => "twilio-secret",
            "twilio_from" => "+15005550006",
            "lob_api_key" => "lob-secret",
            "lob_from_address" => "adr_210a8d4b0b76d77b",
            _ if name.starts_with("merci_facteur_") => "merci-secret",
            _ => return None,
        };
        Some(value.into())
    })
}

/// The shipped provider `name`, at `url`, with two seconds for each request: less makes a busy machine look like a
/// silent provider.
pub fn shipped(name: &str, url: &str) -> Channels {
    with_definition(name, &(definition(name) + "\ntimeout_seconds: 2\n"), url)
}

/// The text of the shipped provider `name`.
pub fn definition(name: &str) -> String {
    let file = format!("{}/workflows/providers/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&file).unwrap()
}

pub fn with_definition(name: &str, yaml: &str, url: &str) -> Channels {
    let provider = Provider::parse(name, yaml).unwrap_or_else(|error| panic!("{error}"));
    let defaults = provider.channels.iter().map(|channel| (*channel, name.to_owned())).collect();
    let settings = ChannelSettings {
        base_urls: [(name.to_owned(), url.to_owned())].into(),
        providers: defaults,
        secrets: secrets(),
        ..Default::default()
    };
    let channels = Channels::open(settings, vec![provider]).unwrap();
    assert!(!channels.problems().contains_key(name), "{:?}", channels.problems());
    channels
}

pub async fn send(channels: &Channels, outgoing: &Outgoing) -> Outcome {
    let outcome = channels.send(outgoing, &Kept::default()).await;
    let said = format!("{outcome:?}");
    for hidden in ["Anne", "612345678", "Lilas", "-secret"] {
        assert!(!said.contains(hidden), "{said}");
    }
    outcome
}

pub async fn outcome_of(name: &str, outgoing: &Outgoing, turn: Turn) -> Outcome {
    let gateway = Gateway::saying(turn).await;
    send(&shipped(name, &gateway.url), outgoing).await
}

pub fn accepted(provider_id: &str) -> impl Fn(&Outcome) -> bool {
    move |outcome| matches!(outcome, Outcome::Accepted { provider_id: Some(id), .. } if id == provider_id)
}

#[tokio::test]
async fn the_generic_contract_is_kept() {
    let gateway = Gateway::saying(answer(201, &json!({ "provider_message_id": 4711, "state": "accepted" }))).await;
    let channels = shipped("generic", &format!("{}/below", gateway.url));
    let outcome = send(&channels, &letter("one")).await;
    assert!(accepted("4711")(&outcome), "{outcome:?}");
    assert!(accepted("4711")(&send(&channels, &sms("two")).await));
    let asked = gateway.asked();
    let (letter, sms) = (letter("one"), sms("two"));
    assert_eq!((asked[0].method.as_str(), asked[0].target.as_str()), ("POST", "/below/v1/dispatch"));
    assert_eq!(asked[0].headers["idempotency-key"], letter.notice.to_string());
    assert_eq!(asked[0].headers["authorization"], "Bearer generic-secret");
    assert_eq!(
        asked[1].json(),
        json!({
            "notice": sms.notice,
            "creditor": "durand",
            "channel": "sms",
            "date": "2026-03-31",
            "sandbox": false,
            "to": {
                "name": "Anne Martin",
                "phone": "+33612345678",
                "address": { "lines": ["3 rue des Lilas"], "postal_code": "75011", "city": "Paris", "country": "FR" },
            },
            "from": {
                "name": "Durand SAS",
                "phone": "+33140000000",
                "address": { "lines": ["1 place du Marché"], "postal_code": "69001", "city": "Lyon", "country": "FR" },
            },
            "text": "Durand SAS : facture F-1, 12,00 € à régler. Merci !",
        })
    );
    let document = &asked[0].json()["document"];
    assert_eq!(document["media_type"], "application/pdf");
    assert_eq!(document["sha256"].as_str().unwrap().len(), 64);
    assert!(document["base64"].as_str().unwrap().starts_with("JVBERi0"), "{document}");
    assert_eq!(asked[0].json()["service"], "standard");
}

#[tokio::test]
async fn what_never_reached_the_provider_is_tried_again() {
    // Nobody listens; nobody is called that; somebody does not speak TLS.
    let plain = Gateway::saying(Turn::Rubbish).await;
    let no_tls = plain.url.replace("http://", "https://");
    for url in [&format!("http://127.0.0.1:{}", free_port()), "https://nobody.invalid", &no_tls] {
        for (name, outgoing) in [("twilio", sms("one")), ("generic", letter("one"))] {
            let outcome = send(&shipped(name, url), &outgoing).await;
            assert!(matches!(outcome, Outcome::Retry { may_have_left: false, .. }), "{url}: {outcome:?}");
        }
    }
}

#[tokio::test]
async fn what_may_have_reached_it_is_sent_again_only_under_a_key() {
    let turns = [
        Turn::CutAfterRequest,
        Turn::CutInAnswer,
        Turn::Wait,
        Turn::Endless,
        Turn::Rubbish,
        answer(500, &json!({ "message": "oops" })),
        answer(201, &json!({})),
        Turn::Answer("302 Found\r\nlocation: http://127.0.0.1:1/elsewhere\r\n".into(), vec![]),
    ];
    for turn in turns {
        let held = outcome_of("twilio", &sms("one"), turn.clone()).await;
        assert!(matches!(held, Outcome::Uncertain { .. }), "{turn:?}: {held:?}");
        for (name, outgoing) in [("generic", letter("one")), ("lob", letter("one"))] {
            let again = outcome_of(name, &outgoing, turn.clone()).await;
            assert!(matches!(again, Outcome::Retry { may_have_left: true, .. }), "{name} {turn:?}: {again:?}");
        }
    }
}

#[tokio::test]
async fn a_key_protects_as_long_as_the_provider_remembers_it() {
    let gateway = Gateway::saying(answer(200, &json!({ "id": "ltr_1" }))).await;
    let channels = shipped("lob", &gateway.url);
    let mut outgoing = letter("one");
    let hours = |hours: u64| Duration::from_secs(hours * 3600);
    outgoing.may_have_left = Some(hours(2));
    assert!(channels.resend_is_safe(&outgoing, hours(2)));
    assert!(accepted("ltr_1")(&send(&channels, &outgoing).await));
    outgoing.may_have_left = Some(hours(25));
    assert!(!channels.resend_is_safe(&outgoing, hours(25)));
    let outcome = send(&channels, &outgoing).await;
    assert!(matches!(outcome, Outcome::Uncertain { .. }), "{outcome:?}");
    assert_eq!(gateway.asked().len(), 1);
}

#[tokio::test]
async fn what_may_have_left_is_never_sent_again_without_a_key() {
    let gateway = Gateway::saying(answer(201, &json!({ "sid": "SM1" }))).await;
    let channels = shipped("twilio", &gateway.url);
    let mut outgoing = sms("one");
    outgoing.may_have_left = Some(Duration::from_secs(600));
    assert!(!channels.resend_is_safe(&outgoing, Duration::ZERO));
    assert!(matches!(send(&channels, &outgoing).await, Outcome::Uncertain { .. }));
    assert!(gateway.asked().is_empty());
    // A person decided that it did not leave.
    outgoing.may_have_left = None;
    assert!(accepted("SM1")(&send(&channels, &outgoing).await));
}

#[tokio::test]
async fn an_unclear_notice_is_looked_up_where_the_provider_can_be_asked() {
    let old = |turn: Turn| async move {
        let gateway = Gateway::start(move |asked| match asked.method.as_str() {
            "POST" => answer(201, &json!({ "provider_message_id": "new" })),
            _ => turn.clone(),
        })
        .await;
        let channels = shipped("generic", &gateway.url);
        let mut outgoing = letter("one");
        // Longer than the key is remembered.
        outgoing.may_have_left = Some(Duration::from_secs(800 * 3600));
        let outcome = send(&channels, &outgoing).await;
        let asked: Vec<_> =
            gateway.asked().into_iter().map(|asked| format!("{} {}", asked.method, asked.target)).collect();
        let look_up = format!("GET /v1/dispatch/{}", outgoing.notice);
        assert_eq!(asked.first(), Some(&look_up));
        (outcome, asked.len())
    };
    let (known, requests) = old(answer(200, &json!({ "provider_message_id": "old", "state": "sent" }))).await;
    assert!(accepted("old")(&known) && requests == 1, "{known:?}");
    let (unknown, requests) = old(answer(404, &json!({ "state": "unknown" }))).await;
    assert!(accepted("new")(&unknown) && requests == 2, "{unknown:?}");
    let (refused, _) = old(answer(200, &json!({ "state": "rejected", "reason": "no such street" }))).await;
    assert!(matches!(&refused, Outcome::Rejected { reason } if reason.contains("no such street")), "{refused:?}");
    // A wrong address also answers 404: that is no "unknown".
    let (unclear, requests) = old(answer(404, &json!({ "error": "no route" }))).await;
    assert!(matches!(unclear, Outcome::Uncertain { .. }) && requests == 1, "{unclear:?}");
    let (cut, _) = old(Turn::CutAfterRequest).await;
    assert!(matches!(cut, Outcome::Retry { may_have_left: true, after: Some(_), .. }), "{cut:?}");
}

pub const NO_KEY: &str = "
provider: acme
channel: sms
base_url: https://acme.example
timeout_seconds: 1
on_ambiguous: reconcile
send: { steps: [ { post: /sms, query: { to: \"{{ to.phone }}\", none: \"{{ service.x | default(none) }}\" }, outcomes: [ { when: { status: 200 }, then: accepted, id: $.id }, { then: ambiguous } ] } ] }
reconcile: { get: \"/sms/{{ notice.id }}\", outcomes: [ { when: { status: 200 }, then: accepted, id: $.id }, { then: retry } ] }
";

#[tokio::test]
async fn never_received_is_not_believed_while_it_may_be_on_its_way() {
    let gateway = Gateway::start(|asked| match asked.method.as_str() {
        "GET" => answer(404, &json!({})),
        _ => Turn::CutAfterRequest,
    })
    .await;
    let channels = with_definition("acme", NO_KEY, &gateway.url);
    let mut outgoing = sms("one");
    let first = send(&channels, &outgoing).await;
    let Outcome::Retry { after: Some(after), may_have_left: true, .. } = first else { panic!("{first:?}") };
    assert_eq!(after, Duration::from_secs(60));
    assert_eq!(gateway.asked()[0].target, "/sms?to=%2B33612345678");
    outgoing.may_have_left = Some(Duration::from_secs(20));
    let early = send(&channels, &outgoing).await;
    let Outcome::Retry { after: Some(after), may_have_left: true, .. } = early else { panic!("{early:?}") };
    assert_eq!(after, Duration::from_secs(40));
    assert_eq!(gateway.asked().len(), 1);
    outgoing.may_have_left = Some(Duration::from_secs(61));
    send(&channels, &outgoing).await;
    let methods: Vec<_> = gateway.asked().into_iter().map(|asked| asked.method).collect();
    assert_eq!(methods, ["POST", "GET", "POST"]);
}
