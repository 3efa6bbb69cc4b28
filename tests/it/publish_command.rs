//! `relance publish` as somebody types it: a file with a line that intake would refuse is kept back whole.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use relance::broker::{Address, Topology};
use serde_json::json;

use super::services::amqp_url;
use super::store_support::{creditor, debtor};

/// Runs it with names of its own at the broker: exit code and what it complains about.
fn publish(prefix: &str, arguments: &[&str], piped: &str) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relance"));
    command.arg("publish").args(arguments).env("AMQP_URL", amqp_url()).env("RELANCE_BROKER_PREFIX", prefix);
    command.stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(piped.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[tokio::test]
async fn nothing_of_a_file_is_published_that_intake_would_refuse_in_part_unless_it_is_forced() {
    let prefix = format!("relance-it-publish-{}", std::process::id());
    let mut roleless = debtor("d-1");
    roleless["data"]["contacts"] = json!([{"email": "ap@example.com"}]);
    let text = format!("{}\n{roleless}\nno event\n{}\n", creditor(), debtor("d-2"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("book.jsonl");
    fs::write(&file, &text).unwrap();
    let file = file.display().to_string();

    for (arguments, piped) in [([file.as_str()], ""), (["-"], text.as_str())] {
        let (code, complaints) = publish(&prefix, &arguments, piped);
        let [role, line, end] = complaints.lines().collect::<Vec<_>>()[..] else { panic!("{complaints}") };
        assert_eq!(code, 1);
        assert!(role.contains(":2: ") && role.contains("data.contacts[0].role"), "{role}");
        assert!(line.contains(":3: is no JSON object"), "{line}");
        assert!(end.starts_with("nothing was published: 2 lines have problems") && end.contains("--force"), "{end}");
    }
    let (code, complaints) = publish(&prefix, &[&file, "--force"], "");
    assert_eq!(code, 1);
    assert!(complaints.contains(":2: ") && complaints.contains("published, intake will quarantine it"), "{complaints}");
    assert!(complaints.ends_with("3 events confirmed by RabbitMQ, 2 lines with problems\n"), "{complaints}");
    let (code, complaints) = publish(&prefix, &["-"], &creditor().to_string());
    assert_eq!((code, complaints.as_str()), (0, "1 events confirmed by RabbitMQ, 0 lines with problems\n"));
    let topology = Topology::with_prefix(&prefix);
    topology.remove(&Address::parse(&amqp_url()).unwrap()).await.unwrap();
}
