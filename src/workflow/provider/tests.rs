//! Definitions that are right, and every kind that is wrong.

use super::*;

#[test]
fn shipped_definitions_are_right() {
    let providers = shipped_providers().unwrap_or_else(|error| panic!("{error}"));
    let names: Vec<_> = providers.iter().map(|provider| provider.name.as_str()).collect();
    let expected = [
        "allmysms",
        "brevo-sms",
        "generic",
        "infobip-sms",
        "lob",
        "maileva-lrar",
        "merci-facteur",
        "outbox-folder",
        "ovh-sms",
        "postgrid",
        "sinch-sms",
        "smsfactor",
        "smsmode",
        "stannp",
        "twilio",
        "vonage-sms",
    ];
    assert_eq!(names, expected);
    let http = |name: &str| match providers.iter().find(|one| one.name == name).map(|one| &one.transport) {
        Some(Transport::Http(http)) => http.clone(),
        other => panic!("{name}: {other:?}"),
    };
    let lob = http("lob");
    assert_eq!(lob.commit().unwrap().idempotency.as_ref().unwrap().window, Duration::from_secs(24 * 3600));
    assert!(lob.services.contains_key(&LetterService::Registered));
    assert!(http("twilio").commit().unwrap().idempotency.is_none());
    assert_eq!(http("twilio").on_ambiguous, OnAmbiguous::Hold);
    assert!(http("generic").reconcile.is_some());
}

const RIGHT: &str = "
provider: acme
channel: letter
base_url: https://api.acme.example
send:
  steps:
    - id: draft
      post: /drafts
      json: { name: x }
      capture: { draft: $.id }
    - id: submit
      commit: true
      post: /drafts/{{ cap.draft }}/submit
      outcomes:
        - { when: { status: [200, \"2xx\"] }, then: accepted, id: \"{{ cap.draft }}\" }
        - { then: ambiguous }
";

fn problems(yaml: &str) -> String {
    Provider::parse("acme.yaml", yaml).expect_err(yaml).to_string()
}

#[test]
fn several_steps_and_one_commit() {
    let provider = Provider::parse("acme.yaml", RIGHT).unwrap_or_else(|error| panic!("{error}"));
    let Transport::Http(http) = provider.transport else { panic!() };
    assert_eq!(http.steps.iter().map(|step| step.commit).collect::<Vec<_>>(), [false, true]);
    assert_eq!(http.steps[0].accept.status, [(200, 299)]);
    assert_eq!(http.steps[1].outcomes[0].when.status, [(200, 200), (200, 299)]);
    assert_eq!(http.time_limit, Duration::from_secs(30));
}

#[test]
fn each_mistake_is_told_with_its_place() {
    let cases = [
        ("channel: letter", "channel: fax", "fax"),
        ("channel: letter", "channel: [letter, letter]", "once"),
        ("channel: letter", "channel: email", "SMTP"),
        ("provider: acme", "provider: Acme!", "small letters"),
        ("base_url: https://api.acme.example", "base_url: ftp://acme", "https://"),
        ("base_url: https://api.acme.example", "base_url: https://acme/", "no `/` at its end"),
        ("base_url: https://api.acme.example", "baseurl: https://acme", "base_url"),
        ("      commit: true\n", "", "the last step commits"),
        ("    - id: draft\n", "    - id: draft\n      commit: true\n", "only the last"),
        ("id: submit", "id: draft", "each step has an `id`"),
        ("post: /drafts\n", "post: drafts\n", "begins with one `/`"),
        ("post: /drafts\n", "post: /drafts?a=b\n", "under `query`"),
        ("post: /drafts\n", "post: /drafts\n      put: /drafts\n", "write one of get, post"),
        ("post: /drafts\n", "get: /drafts\n", "a `get` has no body"),
        ("json: { name: x }", "json: { name: x }\n      form: { a: b }", "one of json, form"),
        ("$.id", "$id", "no path"),
        ("        - { then: ambiguous }\n", "", "the last of `outcomes` has no `when`"),
        ("when: { status: [200, \"2xx\"] }, ", "", "takes every answer"),
        ("[200, \"2xx\"]", "\"6xx\"", "a status is"),
        ("[200, \"2xx\"]", "[200, 999]", "a status is"),
        ("{ status: [200, \"2xx\"] }", "{ statos: 200 }", "statos"),
        ("then: accepted", "then: rejected", "no rule of `outcomes` says `accepted`"),
        (
            "      capture: { draft: $.id }\n",
            "      idempotency: { header: K, window_hours: 1 }\n",
            "the step that commits",
        ),
        (
            "      commit: true\n",
            "      commit: true\n      idempotency: { header: K, query: k, window_hours: 1 }\n",
            "one of header",
        ),
        (
            "      commit: true\n",
            "      commit: true\n      idempotency: { field: k, window_hours: 1 }\n",
            "needs a json",
        ),
        ("send:", "on_ambiguous: retry\nsend:", "a letter is never sent again"),
        ("send:", "on_ambiguous: reconcile\nsend:", "needs a `reconcile:`"),
        ("send:", "rate: { per_second: 0 }\nsend:", "rate.per_second"),
        ("send:", "rate: { concurrent: 1000 }\nsend:", "rate.concurrent"),
        ("send:", "timeout_seconds: 600\nsend:", "timeout_seconds"),
        ("send:", "webhook: {}\nsend:", "webhook"),
        ("send:", "transport: folder\nsend:", "a folder has no use"),
        ("channel: letter", "channel: sms\nservices: { standard: {} }", "only letters"),
    ];
    for (right, wrong, told) in cases {
        assert!(RIGHT.contains(right), "{right}");
        let said = problems(&RIGHT.replacen(right, wrong, 1));
        assert!(said.contains(told), "{wrong}: {said}");
        assert!(said.starts_with("acme.yaml"), "{said}");
    }
}

#[test]
fn every_mistake_is_told_at_once() {
    let said = problems(&RIGHT.replace("post: /drafts\n", "post: drafts\n").replace("provider: acme", "provider: A"));
    assert_eq!(said.lines().count(), 2, "{said}");
}

#[test]
fn each_mistake_in_how_a_provider_knows_us_is_told() {
    let form =
        RIGHT.replace("json: { name: x }", "form: { name: x }").replace("/submit\n", "/submit\n      form: { a: b }\n");
    let cases = [
        ("{ kind: cookie }", "cookie"),
        ("{ kind: query, fields: {} }", "name at least one field"),
        ("{ kind: query, fields: { login: anne } }", "written in clear"),
        ("{ kind: signed, algorithm: sha256, text: a, key: k, in: { header: S } }", "written in clear"),
        (
            "{ kind: signed, algorithm: sha256, text: a, key: '{{ secret.k }}', in: { header: S } }",
            "a digest has no key",
        ),
        ("{ kind: signed, algorithm: hmac_sha1, text: a, in: { header: S } }", "write key:"),
        ("{ kind: signed, algorithm: sha1, text: a, in: { header: S }, clock: time }", "begin it with `/`"),
        ("{ kind: token, get: token, token: $.t, header: T }", "begin it with `/`"),
        ("{ kind: token, get: /token, token: t, header: T }", "is no path"),
        (
            "{ kind: token, get: /t, token: $.t, header: T, sign: { algorithm: hmac_sha1, text: a, in: { query: s } } }",
            "write key:",
        ),
        ("{ kind: signed, algorithm: md5, text: a, in: { header: S } }", "md5"),
        (
            "{ kind: oauth2, token_url: https://a.example/t, client: { id: '{{ secret.i }}', secret: x } }",
            "written in clear",
        ),
        ("{ kind: oauth2, token_url: http://a.example/t, client: { id: i, secret: '{{ secret.s }}' } }", "without TLS"),
        (
            "{ kind: oauth2, grant: password, token_url: https://a.example/t, client: { id: i, secret: '{{ secret.s }}' } }",
            "write both",
        ),
    ];
    for (auth, told) in cases {
        let said = problems(&form.replace("send:", &format!("auth: {auth}\nsend:")));
        assert!(said.contains(told), "{auth}: {said}");
    }
    let unsigned = RIGHT.replace("json: { name: x }", "multipart: [{ name: a, text: b }]");
    let said = problems(
        &unsigned.replace("send:", "auth: { kind: signed, algorithm: sha1, text: a, in: { query: s } }\nsend:"),
    );
    assert!(said.contains("a multipart body is not signed"), "{said}");
    let bodiless = problems(&RIGHT.replace("send:", "auth: { kind: body, fields: { k: '{{ secret.k }}' } }\nsend:"));
    assert!(bodiless.contains("step `submit` has no body"), "{bodiless}");
    let list = form.replace("form: { name: x }", "json: [a]");
    let list = problems(&list.replace("send:", "auth: { kind: body, fields: { k: '{{ secret.k }}' } }\nsend:"));
    assert!(list.contains("step `draft` has no body that takes the fields"), "{list}");
}
