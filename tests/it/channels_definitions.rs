//! What a provider's definition can say: what answers mean, what is not taken, steps, keys, pace, and what is wrong
//! with one that cannot be used.

use std::time::Duration;

use relance::channels::{ChannelSettings, Channels, Outcome, PauseCause};
use relance::domain::Channel;
use relance::workflow::{Provider, shipped_providers};
use serde_json::json;

use crate::channels_gateway::{Gateway, Turn, answer, answer_with};
use crate::channels_http::{NO_KEY, accepted, outcome_of, secrets, send, shipped, with_definition};
use crate::channels_support::{Kept, letter, sms};

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

#[tokio::test]
async fn merci_facteur_gets_every_line_of_an_address_and_names_as_they_are() {
    let gateway = Gateway::start(|asked| match asked.method.as_str() {
        "GET" => answer(200, &json!({ "success": true, "token": "t", "expire": 4_102_444_800_i64 })),
        _ => answer(200, &json!({ "success": true, "envoi_id": 7 })),
    })
    .await;
    let mut outgoing = letter("one");
    outgoing.recipient.name = Some("L\"Atelier\", <Anne> & \\ d'Or".into());
    let address = outgoing.recipient.address.as_mut().unwrap();
    address.lines = ["3 rue des Lilas", "Bâtiment B", "Appt 4", "BP 12"].map(String::from).to_vec();
    assert!(accepted("7")(&send(&shipped("merci-facteur", &gateway.url), &outgoing).await));
    let sent: serde_json::Value = serde_json::from_str(&gateway.asked()[1].form()["adress"]).unwrap();
    let to = &sent["dest"][0];
    let lines = [&to["societe"], &to["adresse1"], &to["adresse2"], &to["adresse3"]];
    assert_eq!(lines, ["L\"Atelier\", <Anne> & \\ d'Or", "3 rue des Lilas", "Bâtiment B", "Appt 4, BP 12"]);
    assert_eq!((&to["cp"], &to["pays"]), (&json!("75011"), &json!("FRANCE")));
}
