//! How providers know us: keys in their places, tokens that are fetched once, signatures over what really leaves.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use relance::channels::{ChannelSettings, Channels, Outcome, PauseCause, SecretLookup};
use relance::workflow::Provider;
use serde_json::json;
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

use crate::channels_gateway::{Asked, Gateway, Turn, answer};
use crate::channels_http::send;
use crate::channels_support::{free_port, sms};

/// A provider that knows us by `auth` and is asked with `body`, at `url`; its tokens come from `token_url`.
fn provider(auth: &str, body: &str, url: &str, token_url: &str) -> Channels {
    let yaml = format!(
        "
provider: acme
channel: sms
base_url: https://api.acme.example
auth: {auth}
timeout_seconds: 2
send:
  steps:
    - commit: true
      post: /messages
      {body}
      outcomes:
        - {{ when: {{ status: 201 }}, then: accepted, id: $.id }}
        - {{ when: {{ status: 401 }}, then: auth_error, reason: $.message }}
        - {{ then: ambiguous }}
"
    );
    let provider = Provider::parse("acme.yaml", &yaml).unwrap_or_else(|error| panic!("{error}"));
    let urls = [("acme", url), ("acme.token", token_url)];
    let settings = ChannelSettings {
        base_urls: urls.map(|(name, url)| (name.to_owned(), url.to_owned())).into(),
        providers: [(relance::domain::Channel::Sms, "acme".to_owned())].into(),
        secrets: SecretLookup::new(|name| Some(format!("{name}-secret").into())),
        ..Default::default()
    };
    Channels::open(settings, vec![provider]).unwrap()
}

fn taken() -> Turn {
    answer(201, &json!({ "id": "m-1" }))
}

fn is_accepted(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Accepted { provider_id: Some(id), .. } if id == "m-1")
}

const JSON: &str = "json: { text: '{{ text }}' }";

#[tokio::test]
async fn keys_go_into_the_query_and_into_every_kind_of_body() {
    let gateway = Gateway::saying(taken()).await;
    let query =
        provider("{ kind: query, fields: { key: '{{ secret.key }}', v: '{{ secret.v }}' } }", JSON, &gateway.url, "");
    assert!(is_accepted(&send(&query, &sms("one")).await));
    assert_eq!(gateway.asked()[0].target, "/messages?key=key-secret&v=v-secret");
    let auth = "{ kind: body, fields: { api_key: '{{ secret.key }}' } }";
    for body in [JSON, "form: { text: '{{ text }}' }", "multipart: [{ name: text, text: '{{ text }}' }]"] {
        let gateway = Gateway::saying(taken()).await;
        assert!(is_accepted(&send(&provider(auth, body, &gateway.url, ""), &sms("one")).await));
        let asked = &gateway.asked()[0];
        let said = String::from_utf8_lossy(&asked.body).into_owned();
        match body.split(':').next().unwrap() {
            "json" => assert_eq!(asked.json()["api_key"], "key-secret"),
            "form" => assert_eq!(asked.form()["api_key"], "key-secret"),
            _ => assert!(said.contains("name=\"api_key\"\r\n\r\nkey-secret"), "{said}"),
        }
    }
}

const OAUTH: &str = "{ kind: oauth2, grant: password, token_url: https://auth.acme.example/token, \
                     client: { id: '{{ secret.id }}', secret: '{{ secret.client }}', in: PLACE }, \
                     form: { username: '{{ secret.user }}', password: '{{ secret.pass }}' } }";

/// A token endpoint that numbers its tokens, each good for so many seconds.
async fn tokens(seconds: u64) -> Gateway {
    let count = AtomicUsize::new(0);
    Gateway::start(move |_| {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        answer(
            200,
            &json!({ "access_token": format!("token-{number}"), "token_type": "bearer", "expires_in": seconds }),
        )
    })
    .await
}

fn bearer(asked: &Asked) -> &str {
    asked.headers["authorization"].strip_prefix("Bearer ").unwrap()
}

#[tokio::test]
async fn a_token_is_fetched_once_and_serves_until_shortly_before_its_end() {
    for (place, basic) in [("basic", true), ("body", false)] {
        let (gateway, issuer) = (Gateway::saying(taken()).await, tokens(3_600).await);
        let channels = provider(&OAUTH.replace("PLACE", place), JSON, &gateway.url, &issuer.url);
        let (one, two, three) = (sms("one"), sms("two"), sms("three"));
        let all = tokio::join!(send(&channels, &one), send(&channels, &two), send(&channels, &three));
        assert!([&all.0, &all.1, &all.2].into_iter().all(is_accepted), "{all:?}");
        assert!(gateway.asked().iter().all(|asked| bearer(asked) == "token-1"));
        let asked = issuer.asked();
        assert_eq!(asked.len(), 1, "whoever comes meanwhile waits for the one token");
        let form = asked[0].form();
        assert_eq!((form["grant_type"].as_str(), form["username"].as_str()), ("password", "user-secret"));
        let expected = format!("Basic {}", STANDARD.encode("id-secret:client-secret"));
        assert_eq!(asked[0].headers.get("authorization") == Some(&expected), basic);
        assert_eq!(form.contains_key("client_secret"), !basic);
    }
    // A token that ends at once is not used again.
    let (gateway, issuer) = (Gateway::saying(taken()).await, tokens(0).await);
    let channels = provider(&OAUTH.replace("PLACE", "basic"), JSON, &gateway.url, &issuer.url);
    for name in ["one", "two"] {
        assert!(is_accepted(&send(&channels, &sms(name)).await));
    }
    assert_eq!(gateway.asked().iter().map(bearer).collect::<Vec<_>>(), ["token-1", "token-2"]);
}

#[tokio::test]
async fn a_token_that_is_refused_is_fetched_anew_once() {
    let issuer = tokens(3_600).await;
    let gateway =
        Gateway::start(|asked| if bearer(asked) == "token-1" { answer(401, &json!({})) } else { taken() }).await;
    let channels = provider(&OAUTH.replace("PLACE", "basic"), JSON, &gateway.url, &issuer.url);
    assert!(is_accepted(&send(&channels, &sms("one")).await));
    assert_eq!(gateway.asked().iter().map(bearer).collect::<Vec<_>>(), ["token-1", "token-2"]);

    let never = Gateway::start(|asked| answer(401, &json!({ "message": format!("{} is over", bearer(asked)) }))).await;
    let outcome = send(&provider(&OAUTH.replace("PLACE", "basic"), JSON, &never.url, &issuer.url), &sms("one")).await;
    assert!(
        matches!(&outcome, Outcome::Paused { cause: PauseCause::AuthError, reason, .. } if reason.contains("… is over")),
        "a token that the provider quotes is hidden: {outcome:?}"
    );
    assert_eq!(never.asked().len(), 2, "once more, and no third time");
}

#[tokio::test]
async fn without_a_token_nothing_leaves() {
    let gateway = Arc::new(Gateway::saying(taken()).await);
    let refused = Gateway::saying(answer(400, &json!({ "error": "invalid_grant" }))).await;
    let outcome =
        send(&provider(&OAUTH.replace("PLACE", "basic"), JSON, &gateway.url, &refused.url), &sms("one")).await;
    assert!(
        matches!(&outcome, Outcome::Paused { cause: PauseCause::AuthError, reason, .. } if reason.contains("invalid_grant")),
        "{outcome:?}"
    );
    let nobody = format!("http://127.0.0.1:{}", free_port());
    for turn in [None, Some(answer(503, &json!({}))), Some(answer(200, &json!({}))), Some(Turn::CutAfterRequest)] {
        let issuer = match &turn {
            None => nobody.clone(),
            Some(turn) => Gateway::saying(turn.clone()).await.url,
        };
        let outcome = send(&provider(&OAUTH.replace("PLACE", "body"), JSON, &gateway.url, &issuer), &sms("one")).await;
        assert!(matches!(outcome, Outcome::Retry { may_have_left: false, .. }), "{turn:?}: {outcome:?}");
    }
    assert_eq!(gateway.asked().len(), 0);

    // One that never answers holds nobody longer than a request takes, however many wait for its token.
    let issuer = Gateway::saying(Turn::Wait).await;
    let channels = provider(&OAUTH.replace("PLACE", "body"), JSON, &gateway.url, &issuer.url);
    let began = std::time::Instant::now();
    let notices = ["one", "two", "three", "four"].map(sms);
    let all = notices.iter().map(|notice| send(&channels, notice));
    for outcome in futures_util::future::join_all(all).await {
        assert!(matches!(outcome, Outcome::Retry { may_have_left: false, .. }), "{outcome:?}");
    }
    assert!(began.elapsed() < std::time::Duration::from_secs(6), "one after another they would take eight seconds");
}

#[test]
fn tokens_are_not_asked_for_without_tls() {
    let channels =
        provider(&OAUTH.replace("PLACE", "body"), JSON, "https://api.acme.example", "http://auth.acme.example/token");
    let problem = &channels.problems()["acme"];
    assert!(problem.contains("token_url must be https://"), "{problem}");
}

#[tokio::test]
async fn what_leaves_is_signed_byte_for_byte_by_the_providers_clock() {
    // As OVHcloud wants it: a digest over the secret, the method, the address, the body and the provider's time.
    let told = 1_457_018_875_u64;
    let gateway = Gateway::start(move |asked| match asked.method.as_str() {
        "GET" => Turn::Answer("200 OK\r\ncontent-type: text/plain\r\n".into(), told.to_string().into_bytes()),
        _ => taken(),
    })
    .await;
    let auth = "{ kind: signed, clock: /auth/time, algorithm: sha1, prefix: $1$, in: { header: X-Ovh-Signature }, \
                text: '{{ secret.as }}+{{ secret.ck }}+{{ request.method }}+{{ request.url }}+{{ request.body }}+{{ now.epoch }}', \
                headers: { X-Ovh-Timestamp: '{{ now.epoch }}', X-Ovh-Consumer: '{{ secret.ck }}' } }";
    let channels = provider(auth, "query: { a: 'b c' }\n      json: { text: '{{ text }}' }", &gateway.url, "");
    for name in ["one", "two"] {
        assert!(is_accepted(&send(&channels, &sms(name)).await));
    }
    let asked = gateway.asked();
    assert_eq!(asked.iter().filter(|asked| asked.target == "/auth/time").count(), 1, "its clock is asked once");
    for asked in asked.iter().filter(|asked| asked.method == "POST") {
        let epoch = &asked.headers["x-ovh-timestamp"];
        assert!((told..told + 60).contains(&epoch.parse().unwrap()), "{epoch}");
        assert_eq!(asked.headers["x-ovh-consumer"], "ck-secret");
        let body = String::from_utf8(asked.body.clone()).unwrap();
        let text = format!("as-secret+ck-secret+POST+{}{}+{body}+{epoch}", gateway.url, asked.target);
        assert_eq!(asked.headers["x-ovh-signature"], format!("$1${}", hex::encode(Sha1::digest(text))));
    }

    // An HMAC in the query, over a form, in base64.
    let gateway = Gateway::saying(taken()).await;
    let auth = "{ kind: signed, algorithm: hmac_sha256, key: '{{ secret.key }}', encoding: base64, in: { query: sig }, \
                text: '{{ request.body }}' }";
    assert!(is_accepted(&send(&provider(auth, "form: { text: '{{ text }}' }", &gateway.url, ""), &sms("one")).await));
    let asked = &gateway.asked()[0];
    let mac = Hmac::<Sha256>::new_from_slice(b"key-secret").unwrap().chain_update(&asked.body).finalize().into_bytes();
    let url = reqwest::Url::parse(&format!("http://x{}", asked.target)).unwrap();
    assert_eq!(url.query_pairs().next().unwrap(), ("sig".into(), STANDARD.encode(mac).into()));
}
