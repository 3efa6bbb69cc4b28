//! Providers over HTTP: what is asked, what answers mean, and above all what may have left when something breaks.

use std::time::Duration;

use relance::channels::{ChannelSettings, Channels, Outcome, Outgoing, PauseCause, Secrets};
use relance::domain::Channel;
use relance::workflow::{Provider, shipped_providers};
use serde_json::json;

use crate::channels_gateway::{Gateway, Turn, answer, answer_with};
use crate::channels_support::{Kept, free_port, letter, sms};

pub const TWILIO_ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";

fn secrets() -> Secrets {
    [
        ("generic_token", "generic-secret"),
        ("twilio_account_sid", TWILIO_ACCOUNT),
        ("twilio_auth_token", "twilio-secret"),
        ("twilio_from", "+15005550006"),
        ("lob_api_key", "lob-secret"),
        ("lob_from_address", "adr_210a8d4b0b76d77b"),
    ]
    .iter()
    .fold(Secrets::default(), |secrets, (name, value)| secrets.with(name, value))
}

/// The shipped provider `name`, at `url`, with a second for each request.
pub fn shipped(name: &str, url: &str) -> Channels {
    let file = format!("{}/workflows/providers/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
    let yaml = std::fs::read_to_string(&file).unwrap() + "\ntimeout_seconds: 1\n";
    with_definition(name, &yaml, url)
}

fn with_definition(name: &str, yaml: &str, url: &str) -> Channels {
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

async fn outcome_of(name: &str, outgoing: &Outgoing, turn: Turn) -> Outcome {
    let gateway = Gateway::saying(turn).await;
    send(&shipped(name, &gateway.url), outgoing).await
}

fn accepted(provider_id: &str) -> impl Fn(&Outcome) -> bool {
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

const NO_KEY: &str = "
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

#[tokio::test]
async fn answers_mean_what_the_definitions_say() {
    let paused = |cause: PauseCause| move |outcome: &Outcome| matches!(outcome, Outcome::Paused { cause: given, .. } if *given == cause);
    let rejected = |part: &'static str| move |outcome: &Outcome| matches!(outcome, Outcome::Rejected { reason } if reason.contains(part));
    let later = |seconds: Option<u64>| move |outcome: &Outcome| matches!(outcome, Outcome::Retry { after, may_have_left: false, .. } if *after == seconds.map(Duration::from_secs));
    type Test = Box<dyn Fn(&Outcome) -> bool>;
    let cases: Vec<(&str, Turn, Test)> = vec![
        (
            "twilio",
            answer(201, &json!({ "sid": "SM1", "status": "queued", "num_segments": "1" })),
            Box::new(accepted("SM1")),
        ),
        (
            "twilio",
            answer(201, &json!({ "sid": "SM1", "status": "failed", "error_message": "no" })),
            Box::new(rejected("no")),
        ),
        (
            "twilio",
            answer(401, &json!({ "message": "twilio-secret is wrong" })),
            Box::new(paused(PauseCause::AuthError)),
        ),
        (
            "twilio",
            answer(400, &json!({ "code": 21606, "message": "bad From" })),
            Box::new(paused(PauseCause::Misconfigured)),
        ),
        (
            "twilio",
            answer(400, &json!({ "code": 21211, "message": "Invalid 'To' Phone Number: +33612345678" })),
            Box::new(rejected("Invalid 'To' Phone Number")),
        ),
        ("twilio", answer_with(429, "retry-after: 7\r\n", &json!({})), Box::new(later(Some(7)))),
        ("generic", answer(402, &json!({})), Box::new(paused(PauseCause::CreditExhausted))),
        ("generic", answer(403, &json!({})), Box::new(paused(PauseCause::AuthError))),
        ("generic", answer(422, &json!({ "reason": "no number" })), Box::new(rejected("no number"))),
        ("generic", answer(422, &json!({})), Box::new(rejected("refused without a reason"))),
        (
            "generic",
            Turn::Answer("503 Down\r\ncontent-type: application/problem+json\r\n".into(), b"{}".to_vec()),
            Box::new(later(None)),
        ),
        (
            "lob",
            answer_with(429, "date: Tue, 31 Mar 2026 10:00:00 GMT\r\nx-rate-limit-reset: 1774951204\r\n", &json!({})),
            Box::new(later(Some(4))),
        ),
        (
            "lob",
            answer(422, &json!({ "error": { "message": "Anne Martin, 3 rue des Lilas: bad" } })),
            Box::new(rejected("bad")),
        ),
        ("lob", answer(200, &json!({ "id": "ltr_1", "tracking_number": null })), Box::new(accepted("ltr_1"))),
    ];
    for (name, turn, holds) in cases {
        let outgoing = if name == "lob" { letter("one") } else { sms("one") };
        let outcome = outcome_of(name, &outgoing, turn.clone()).await;
        assert!(holds(&outcome), "{name} {turn:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn what_a_provider_does_not_take_is_not_sent() {
    let gateway = Gateway::saying(answer(200, &json!({ "id": "x" }))).await;
    let lob = shipped("lob", &gateway.url);
    let mut abroad = letter("one");
    abroad.recipient.address.as_mut().unwrap().country = "US".into();
    let mut tracked = letter("two");
    tracked.service = Some(relance::domain::LetterService::Tracked);
    let mut large = letter("three");
    large.body = relance::channels::Body::Letter { pdf: vec![b' '; 6 * 1024 * 1024] };
    for (outgoing, part) in [(abroad, "country"), (tracked, "tracked"), (large, "5 MB")] {
        let outcome = send(&lob, &outgoing).await;
        assert!(matches!(&outcome, Outcome::Rejected { reason } if reason.contains(part)), "{outcome:?}");
    }
    let twilio = shipped("twilio", &gateway.url);
    let mut long = sms("four");
    long.body = relance::channels::Body::Sms { text: "é".repeat(1601) };
    assert!(matches!(send(&twilio, &long).await, Outcome::Rejected { .. }));
    // A provider that is named wins over the default, and must carry the channel.
    let mut elsewhere = sms("five");
    elsewhere.provider = Some("lob".into());
    assert!(matches!(send(&lob, &elsewhere).await, Outcome::Rejected { .. }));
    elsewhere.provider = Some("nobody".into());
    let outcome = send(&lob, &elsewhere).await;
    assert!(matches!(&outcome, Outcome::Paused { provider, .. } if provider == "nobody"), "{outcome:?}");
    assert!(gateway.asked().is_empty());
}

const STEPS: &str = "
provider: acme
channel: letter
base_url: https://acme.example
timeout_seconds: 1
send:
  steps:
    - { id: draft, post: /drafts, json: { ref: \"{{ notice.id }}\" }, capture: { draft: [$.missing, $.id] } }
    - { id: file, put: \"/drafts/{{ cap.draft }}/file\", headers: { X-Name: \"{{ cap.draft }}.pdf\" }, raw: { file: letter, type: application/pdf } }
    - id: submit
      commit: true
      post: \"/drafts/{{ cap.draft }}/submit\"
      outcomes: [ { when: { status: 200 }, then: accepted, id: \"{{ cap.draft }}\" }, { when: { status: 409 }, then: duplicate, id: \"{{ cap.draft }}\" }, { then: ambiguous } ]
";

#[tokio::test]
async fn steps_before_the_commit_can_break_and_be_taken_up_again() {
    // Each answer of the server in turn; the draft's name has to be encoded where it is part of a path.
    let answers = std::sync::Mutex::new(vec![
        answer(200, &json!({})),
        Turn::CutAfterRequest,
        answer(201, &json!({ "id": "d/1" })),
        Turn::CutAfterRequest,
        answer(204, &json!({})),
        answer(409, &json!({})),
    ]);
    let gateway = Gateway::start(move |_| answers.lock().unwrap().remove(0)).await;
    let channels = with_definition("acme", STEPS, &gateway.url);
    let mut outgoing = letter("one");
    let kept = Kept::default();
    // 1: the draft is answered without its id; 2: the draft is cut off; 3: the file is cut off.
    for kept_then in [0, 0, 1] {
        let outcome = channels.send(&outgoing, &kept).await;
        let Outcome::Retry { may_have_left: false, captures, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!(kept.0.lock().unwrap().len(), kept_then);
        outgoing.captures = captures;
    }
    assert_eq!(kept.0.lock().unwrap()[0]["draft"], "d/1");
    let outcome = channels.send(&outgoing, &kept).await;
    assert!(accepted("d/1")(&outcome), "{outcome:?}");
    let asked: Vec<_> = gateway.asked().iter().map(|asked| format!("{} {}", asked.method, asked.target)).collect();
    let file = "PUT /drafts/d%2F1/file";
    assert_eq!(asked, ["POST /drafts", "POST /drafts", "POST /drafts", file, file, "POST /drafts/d%2F1/submit"]);
    assert!(gateway.asked()[4].body.starts_with(b"%PDF"));
    assert_eq!(gateway.asked()[4].headers["content-type"], "application/pdf");
}

#[tokio::test]
async fn keys_go_where_the_definition_says() {
    for (place, body) in
        [("header: X-Key", "json: { a: b }"), ("query: key", ""), ("field: dedupe", "form: { a: { b: c } }")]
    {
        let yaml = format!(
            "
provider: acme
channel: sms
base_url: https://acme.example
auth: {{ kind: header, name: X-Auth, value: \"App {{{{ secret.generic_token }}}}\" }}
send:
  steps:
    - post: /sms
      {body}
      idempotency: {{ {place}, key: \"k-{{{{ notice.id }}}}\", window_hours: 1 }}
      outcomes: [ {{ when: {{ status: 200 }}, then: accepted }}, {{ then: ambiguous }} ]
"
        );
        let gateway = Gateway::saying(answer(200, &json!({}))).await;
        let outgoing = sms("one");
        let outcome = send(&with_definition("acme", &yaml, &gateway.url), &outgoing).await;
        assert!(matches!(outcome, Outcome::Accepted { provider_id: None, .. }), "{outcome:?}");
        let asked = &gateway.asked()[0];
        let key = format!("k-{}", outgoing.notice);
        let found = match place {
            "header: X-Key" => asked.headers["x-key"].clone(),
            "query: key" => asked.target.replace("/sms?key=", ""),
            _ => {
                assert_eq!(asked.form()["a[b]"], "c");
                asked.form()["dedupe"].clone()
            }
        };
        assert_eq!(found, key);
        assert_eq!(asked.headers["x-auth"], "App generic-secret");
    }
}

#[tokio::test]
async fn a_provider_is_not_asked_faster_than_it_allows() {
    let gateway = Gateway::saying(answer(200, &json!({ "id": "x" }))).await;
    let yaml = NO_KEY.replace("timeout_seconds: 1", "rate: { per_second: 20, concurrent: 2 }");
    let channels = std::sync::Arc::new(with_definition("acme", &yaml, &gateway.url));
    let start = tokio::time::Instant::now();
    let tries: Vec<_> = (0..10)
        .map(|number| {
            let channels = std::sync::Arc::clone(&channels);
            tokio::spawn(async move { channels.send(&sms(&format!("n{number}")), &Kept::default()).await })
        })
        .collect();
    for one in tries {
        assert!(accepted("x")(&one.await.unwrap()));
    }
    // The first goes at once, the nine others 50 ms apart.
    assert!(start.elapsed() >= Duration::from_millis(450), "{:?}", start.elapsed());
    assert!(gateway.busiest() <= 2, "{}", gateway.busiest());
}

#[tokio::test]
async fn what_is_not_set_up_pauses_the_provider_and_is_told() {
    let settings = |url: &str| ChannelSettings {
        base_urls: [("twilio".to_owned(), url.to_owned())].into(),
        providers: [(Channel::Sms, "twilio".to_owned())].into(),
        ..Default::default()
    };
    let without_secrets = Channels::open(settings("https://api.twilio.example"), shipped_providers().unwrap()).unwrap();
    let outcome = without_secrets.send(&sms("one"), &Kept::default()).await;
    assert!(
        matches!(&outcome, Outcome::Paused { cause: PauseCause::Misconfigured, reason, .. }
            if reason.contains("RELANCE_SECRET_TWILIO_AUTH_TOKEN")),
        "{outcome:?}"
    );
    assert!(without_secrets.problems()["smtp"].contains("SMTP_URL"));
    let mut in_clear = settings("http://192.0.2.1");
    in_clear.secrets = secrets();
    let in_clear = Channels::open(in_clear, shipped_providers().unwrap()).unwrap();
    assert!(in_clear.problems()["twilio"].contains("https://"), "{:?}", in_clear.problems());
    for (text, told) in
        [("{{ too.phone }}", "`too` is not known"), ("{{ to.phone", "{{ to.phone"), ("{{ secret }}", "secret's name")]
    {
        let provider = Provider::parse("acme", &NO_KEY.replace("{{ to.phone }}", text)).unwrap();
        let channels = Channels::open(ChannelSettings::default(), vec![provider]).unwrap();
        assert!(channels.problems()["acme"].contains(told), "{:?}", channels.problems());
    }
}
