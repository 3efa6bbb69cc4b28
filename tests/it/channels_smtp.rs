//! Email: over a real SMTP server, over one that breaks at every place of the conversation, and into a folder.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use relance::channels::smtp::Patience;
use relance::channels::{Body, ChannelSettings, Channels, Outcome, PauseCause};
use relance::domain::Channel;
use relance::workflow::{Provider, Transport};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::channels_support::{Kept, Server, free_port, letter, listener, mail, sms};

fn channels(url: &str) -> Channels {
    let patience = Patience {
        connect: Duration::from_secs(5),
        command: Duration::from_millis(500),
        content: Duration::from_millis(500),
    };
    let settings = ChannelSettings { smtp_url: Some(url.into()), smtp_patience: patience, ..Default::default() };
    Channels::open(settings, vec![]).unwrap()
}

#[tokio::test]
async fn a_real_server_gets_the_stored_bytes_and_the_envelope() {
    let folder = tempfile::tempdir().unwrap();
    let maildir = folder.path().join("mail");
    let server = Server::smtp(&maildir).await;
    let channels = channels(&format!("smtp://127.0.0.1:{}", server.port));

    let mut first = mail("first", "Bonjour,\n\n.une ligne qui commence par un point\n");
    first.recipient.cc = vec!["chef@client.example".into()];
    let Body::Email { message } = &first.body else { unreachable!() };
    let outcome = channels.send(&first, &Kept::default()).await;
    let id = format!("<{}@durand.example>", first.notice);
    assert!(
        matches!(&outcome, Outcome::Accepted { provider_id: Some(given), captures }
            if *given == id && captures["reply"].contains("OK")),
        "{outcome:?}"
    );
    let received: Vec<_> = fs::read_dir(maildir.join("new")).unwrap().map(|entry| entry.unwrap().path()).collect();
    let [received] = received.as_slice() else { panic!("{received:?}") };
    let received = fs::read_to_string(received).unwrap().replace("\r\n", "\n");
    assert!(received.contains("X-MailFrom: compta@durand.example\n"), "{received}");
    assert!(received.contains("X-RcptTo: anne.martin@client.example, chef@client.example\n"), "{received}");
    let (_, body) = received.split_once("\n\n").unwrap();
    let sent = String::from_utf8(message.clone()).unwrap().replace("\r\n", "\n");
    assert_eq!(body.trim_end(), sent.split_once("\n\n").unwrap().1.trim_end());
    assert!(received.contains(&format!("Message-ID: {id}\n")));

    // Many at once, over kept connections.
    let channels = Arc::new(channels);
    let tries: Vec<_> = (0..30)
        .map(|number| {
            let channels = Arc::clone(&channels);
            tokio::spawn(async move { channels.send(&mail(&format!("n{number}"), "Bonjour"), &Kept::default()).await })
        })
        .collect();
    for one in tries {
        let outcome = one.await.unwrap();
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    }
    assert_eq!(fs::read_dir(maildir.join("new")).unwrap().count(), 31);
}

/// What the broken server does when it is its turn.
#[derive(Clone, Copy)]
enum Turn {
    Say(&'static str),
    Cut,
    Wait,
}

/// An SMTP server that does as it should, except at `place`: a verb, `greeting`, or `dot`.
async fn broken(place: &'static str, turn: Turn) -> (Channels, Arc<AtomicUsize>) {
    let (listener, port) = listener().await;
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(converse(stream, place, turn));
        }
    });
    (channels(&format!("smtp://user:secret@127.0.0.1:{port}")), connections)
}

async fn converse(stream: TcpStream, place: &str, turn: Turn) -> Option<()> {
    let mut stream = BufReader::new(stream);
    answer(&mut stream, "greeting", "220 ready", place, turn).await?;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let verb = line.split([' ', '\r', '\n']).next().unwrap().to_ascii_uppercase();
        let reply = match verb.as_str() {
            "EHLO" => "250-here\r\n250-AUTH PLAIN\r\n250 8BITMIME",
            "AUTH" => "235 welcome",
            "DATA" => "354 go on",
            _ => "250 2.0.0 fine",
        };
        answer(&mut stream, &verb, reply, place, turn).await?;
        if verb == "DATA" {
            while line != ".\r\n" {
                line.clear();
                if place == "content" || stream.read_line(&mut line).await.ok()? == 0 {
                    return None;
                }
            }
            answer(&mut stream, "dot", "250 2.0.0 queued", place, turn).await?;
        }
    }
}

/// Answers as it should or, at the broken place, as it was told; `None` ends the connection.
async fn answer(stream: &mut BufReader<TcpStream>, now: &str, reply: &str, place: &str, turn: Turn) -> Option<()> {
    let reply = match (now == place, turn) {
        (false, _) => reply,
        (true, Turn::Say(said)) => said,
        (true, Turn::Cut) => return None,
        (true, Turn::Wait) => {
            // Longer than any patience of the test; ends with its runtime.
            tokio::time::sleep(Duration::from_secs(3600)).await;
            return None;
        }
    };
    stream.write_all(format!("{reply}\r\n").as_bytes()).await.ok()
}

async fn outcome_of(place: &'static str, turn: Turn) -> Outcome {
    let (channels, _) = broken(place, turn).await;
    let outcome = channels.send(&mail("one", "Bonjour"), &Kept::default()).await;
    let said = format!("{outcome:?}").to_lowercase();
    for personal in ["anne.martin", "secret"] {
        assert!(!said.contains(personal), "{outcome:?}");
    }
    outcome
}

#[tokio::test]
async fn what_did_not_leave_is_tried_again() {
    let nobody =
        channels(&format!("smtp://127.0.0.1:{}", free_port())).send(&mail("one", "Bonjour"), &Kept::default()).await;
    assert!(matches!(nobody, Outcome::Retry { may_have_left: false, .. }), "{nobody:?}");
    for place in ["greeting", "EHLO", "AUTH", "MAIL", "RCPT", "DATA"] {
        for turn in [Turn::Cut, Turn::Say("421 closing"), Turn::Say("451 4.3.0 later"), Turn::Say("rubbish")] {
            let outcome = outcome_of(place, turn).await;
            assert!(matches!(outcome, Outcome::Retry { may_have_left: false, .. }), "{place}: {outcome:?}");
        }
    }
    for place in ["MAIL", "RCPT", "DATA"] {
        let outcome = outcome_of(place, Turn::Wait).await;
        assert!(matches!(outcome, Outcome::Retry { may_have_left: false, .. }), "{place}: {outcome:?}");
    }
    let refused_for_now = outcome_of("dot", Turn::Say("452 4.2.2 full")).await;
    assert!(matches!(refused_for_now, Outcome::Retry { may_have_left: false, .. }), "{refused_for_now:?}");
}

#[tokio::test]
async fn what_breaks_before_the_dot_did_not_leave() {
    let (channels, _) = broken("content", Turn::Cut).await;
    // More than the buffers between the two hold: the server closes while the message is being written.
    let mut outgoing = mail("one", "Bonjour");
    outgoing.body = Body::Email { message: b"Subject: long\r\n\r\nBonjour, il reste 12,00 EUR.\r\n".repeat(500_000) };
    let outcome = channels.send(&outgoing, &Kept::default()).await;
    assert!(matches!(outcome, Outcome::Retry { may_have_left: false, .. }), "{outcome:?}");
}

#[tokio::test]
async fn what_breaks_after_the_dot_is_uncertain() {
    for turn in [Turn::Cut, Turn::Wait, Turn::Say("rubbish")] {
        let outcome = outcome_of("dot", turn).await;
        assert!(matches!(outcome, Outcome::Uncertain { .. }), "{outcome:?}");
    }
}

#[tokio::test]
async fn what_the_server_refuses_for_good_is_rejected() {
    for place in ["MAIL", "RCPT", "DATA", "dot"] {
        let outcome = outcome_of(place, Turn::Say("550 5.1.1 <anne.martin@client.example> unknown")).await;
        assert!(matches!(&outcome, Outcome::Rejected { reason } if reason.contains("5.1.1")), "{place}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_login_that_is_refused_pauses_the_relay() {
    for (place, said) in [("AUTH", "535 5.7.8 no"), ("MAIL", "530 5.7.0 log in first")] {
        let outcome = outcome_of(place, Turn::Say(said)).await;
        assert!(
            matches!(&outcome, Outcome::Paused { provider, cause: PauseCause::AuthError, .. } if provider == "smtp"),
            "{outcome:?}"
        );
    }
}

#[tokio::test]
async fn connections_are_kept_and_a_dead_one_is_replaced() {
    let (channels, connections) = broken("nowhere", Turn::Cut).await;
    for name in ["one", "two", "three"] {
        assert!(matches!(channels.send(&mail(name, "Bonjour"), &Kept::default()).await, Outcome::Accepted { .. }));
    }
    assert_eq!(connections.load(Ordering::Relaxed), 1);
    // This server closes when it is asked whether it is still there.
    let (channels, connections) = broken("NOOP", Turn::Cut).await;
    for name in ["one", "two"] {
        assert!(matches!(channels.send(&mail(name, "Bonjour"), &Kept::default()).await, Outcome::Accepted { .. }));
    }
    assert_eq!(connections.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn folders_take_each_notice_once() {
    let folder = tempfile::tempdir().unwrap();
    let (mails, outbox) = (folder.path().join("mail"), folder.path().join("outbox"));
    let settings = ChannelSettings {
        mail_folder: Some(mails.clone()),
        outbox_folder: Some(outbox.clone()),
        providers: [(Channel::Sms, "outbox-folder".into()), (Channel::Letter, "outbox-folder".into())].into(),
        ..Default::default()
    };
    let provider = Provider {
        name: "outbox-folder".into(),
        channels: vec![Channel::Sms, Channel::Letter],
        transport: Transport::Folder,
        prices: std::collections::BTreeMap::new(),
    };
    let channels = Channels::open(settings, vec![provider]).unwrap();
    let notices = [mail("one", "Bonjour"), sms("two"), letter("three")];
    for mut outgoing in notices.clone() {
        let first = channels.send(&outgoing, &Kept::default()).await;
        assert!(matches!(first, Outcome::Accepted { .. }), "{first:?}");
        assert!(channels.resend_is_safe(&outgoing, Duration::from_secs(1_000_000)));
        // Another day, the same notice: nothing new is written.
        outgoing.on = outgoing.on.succ_opt().unwrap();
        outgoing.may_have_left = Some(Duration::from_secs(1));
        assert_eq!(channels.send(&outgoing, &Kept::default()).await, first);
    }
    let names = |path: &std::path::Path| {
        let mut names: Vec<_> =
            fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| !name.starts_with('.'));
        names.sort();
        names
    };
    let stem = |place: usize, channel: &str| format!("2026-03-31-{channel}-{}", notices[place].notice);
    assert_eq!(names(&mails), [format!("{}.eml", stem(0, "email"))]);
    let mut expected = vec![
        format!("{}.json", stem(1, "sms")),
        format!("{}.txt", stem(1, "sms")),
        format!("{}.json", stem(2, "letter")),
        format!("{}.pdf", stem(2, "letter")),
    ];
    expected.sort();
    assert_eq!(names(&outbox), expected);
    let text = fs::read_to_string(outbox.join(format!("{}.txt", stem(1, "sms")))).unwrap();
    assert!(text.contains("12,00 €"));
    let about: serde_json::Value =
        serde_json::from_slice(&fs::read(outbox.join(format!("{}.json", stem(2, "letter")))).unwrap()).unwrap();
    assert_eq!(about["to"]["address"]["city"], "Paris");
    assert_eq!(about["service"], "standard");
}
