//! `relance provider` as an integrator calls it: definitions checked, and tried out without a network.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::channels_gateway::{Gateway, answer};

/// Exit code and everything that `relance provider` says, in a folder of its own.
fn provider(folder: &Path, arguments: &[&str]) -> (i32, String) {
    relance(folder, &[&["provider"], arguments].concat())
}

fn relance(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_relance")).args(arguments).env_clear().current_dir(folder).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}

#[test]
fn every_shipped_provider_does_what_is_recorded_without_any_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (code, listed) = provider(folder.path(), &["list"]);
    assert_eq!(code, 0, "{listed}");
    let names: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() >= 12, "{listed}");
    for name in names.into_iter().filter(|name| *name != "outbox-folder") {
        let (code, said) = provider(folder.path(), &["test", name]);
        assert_eq!(code, 0, "{said}");
        assert!(said.contains("pass") && said.ends_with(" 0 failed\n"), "{said}");
    }
}

const ACME: &str = "
provider: acme
channel: sms
base_url: https://api.acme.example
auth: { kind: oauth2, token_url: https://auth.acme.example/realms/token, client: { id: '{{ secret.id }}', secret: '{{ secret.s }}' } }
send:
  steps:
    - commit: true
      post: /messages
      json: { to: '{{ to.phone }}', text: '{{ text }}' }
      outcomes: [{ when: { status: 201 }, then: accepted, id: $.id }, { then: ambiguous }]
";

const RECORDED: &str = "
provider: acme
cases:
  - name: taken
    exchanges:
      - asked: { request: 'POST https://auth.acme.example/realms/token', form: { grant_type: client_credentials } }
        answer: { status: 200, json: { access_token: t-1, expires_in: 60 } }
      - asked: { request: POST /messages, headers: { authorization: Bearer t-1 }, json: { to: '+33612345678' } }
        answer: { status: 201, json: { id: m-1 } }
    expect: { outcome: accepted, id: m-1 }
";

#[test]
fn a_definition_of_ones_own_is_replayed_and_each_difference_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for below in ["workflows/providers", "workflows/recorded"] {
        std::fs::create_dir_all(folder.path().join(below)).unwrap();
    }
    let write = |name: &str, text: &str| std::fs::write(folder.path().join("workflows").join(name), text).unwrap();
    write("providers/acme.yaml", ACME);
    let (code, said) = provider(folder.path(), &["test", "acme"]);
    assert_eq!(code, 2);
    assert!(said.contains("nothing is recorded of `acme`; write workflows/recorded/acme.yaml"), "{said}");
    write("recorded/acme.yaml", RECORDED);
    assert_eq!(provider(folder.path(), &["test", "acme"]), (0, "pass acme: taken\n1 cases, 0 failed\n".to_owned()));
    assert_eq!(provider(folder.path(), &["test", "workflows/providers/acme.yaml"]).0, 0);

    let edits = [
        ("POST /messages", "POST /message", "asked `POST /messages`, recorded is `POST /message`"),
        ("Bearer t-1", "Bearer t-2", "header `authorization` is Some(\"Bearer t-1\"), recorded is \"Bearer t-2\""),
        ("'+33612345678'", "'0612345678'", "$.to is \"+33612345678\", recorded is \"0612345678\""),
        ("client_credentials", "password", "form field `grant_type`"),
        ("id: m-1 }\n", "id: m-9 }\n", "the provider's id is Some(\"m-1\"), expected is Some(\"m-9\")"),
        ("status: 201", "status: 500", "it ends as Uncertain"),
        ("status: 201, json", "json", "needs a `status` or a `fault`"),
        ("outcome: accepted", "outcome: rejected", "it ends as Accepted"),
        ("    expect:", "      - { answer: { status: 200 } }\n    expect:", "1 recorded exchanges were not asked for"),
    ];
    for (right, wrong, told) in edits {
        assert!(RECORDED.contains(right), "{right}");
        write("recorded/acme.yaml", &RECORDED.replacen(right, wrong, 1));
        let (code, said) = provider(folder.path(), &["test", "acme"]);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("FAIL acme: taken") && said.contains(told), "{wrong}: {said}");
    }
    write("recorded/acme.yaml", &RECORDED.replace("cases:", "case:"));
    let (code, said) = provider(folder.path(), &["test", "acme"]);
    assert_eq!(code, 2);
    assert!(
        said.contains("workflows/recorded/acme.yaml:3:1") || said.contains("--> workflows/recorded/acme.yaml:3:1"),
        "{said}"
    );

    write("providers/acme.yaml", &ACME.replace("commit: true", "comit: true"));
    let (code, said) = provider(folder.path(), &["check", "acme"]);
    assert_eq!(code, 1);
    assert!(said.contains("comit"), "{said}");
    assert!(provider(folder.path(), &["check", "nobody"]).1.contains("there is no provider `nobody`"));
}

#[test]
fn recordings_are_checked_with_the_folder_around_them() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("workflows/recorded")).unwrap();
    let file = folder.path().join("workflows/recorded/acme.yaml");
    std::fs::write(&file, RECORDED).unwrap();
    let (code, said) = relance(folder.path(), &["check", "workflows"]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("workflows/recorded/acme.yaml:2:11"), "{said}");
    assert!(said.contains("provider `acme` is not defined"), "{said}");
    std::fs::write(&file, RECORDED.replace("acme", "twilio").replace("fault:", "default:").replace("asked:", "ask:"))
        .unwrap();
    let (code, said) = relance(folder.path(), &["check", "workflows/recorded/acme.yaml"]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("`ask`") && said.contains("asked"), "{said}");
}

#[tokio::test]
async fn a_sample_is_handed_over_at_an_address_with_its_token_endpoint() {
    let gateway = Gateway::start(|asked| match asked.target.as_str() {
        "/realms/token" => answer(200, &json!({ "access_token": "t" })),
        _ => answer(201, &json!({ "id": "m-2" })),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("acme.yaml");
    std::fs::write(&file, ACME).unwrap();
    let url = gateway.url.clone();
    let ended = tokio::task::spawn_blocking(move || {
        provider(folder.path(), &["test", file.to_str().unwrap(), "--against", &url])
    });
    let (code, said) = ended.await.unwrap();
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("m-2"), "{said}");
    assert_eq!(gateway.asked()[1].json()["to"], "+33612345678");
}
