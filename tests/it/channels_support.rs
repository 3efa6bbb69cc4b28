//! What the tests of the channels share: a notice to send, an SMTP server we did not write, and servers of the
//! test's own that break where they are told to.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use chrono::{DateTime, NaiveDate};
use relance::channels::{Body, Keep, Outgoing, Sender, email};
use relance::domain::{Address, NoticeId, Recipient};
use tokio::net::{TcpListener, TcpStream};

/// How long a server that was just started may take to answer.
const START_SECONDS_MAX: u64 = 60;

/// A process that ends with the test.
pub struct Server {
    child: Child,
    /// Where it listens on 127.0.0.1.
    pub port: u16,
}

impl Server {
    /// Starts a program that listens on `port`, and waits until it does. `remedy` says what to install.
    pub async fn start(command: &mut Command, port: u16, remedy: &str) -> Self {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let mut server = Self { child: child.unwrap_or_else(|error| panic!("{command:?}: {error}; {remedy}")), port };
        let deadline = tokio::time::Instant::now() + Duration::from_secs(START_SECONDS_MAX);
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            if let Some(status) = server.child.try_wait().unwrap() {
                panic!("{command:?} ended with {status}; {remedy}");
            }
            assert!(tokio::time::Instant::now() < deadline, "{command:?} does not listen; {remedy}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        server
    }

    /// aiosmtpd, which puts every message into a Maildir.
    pub async fn smtp(maildir: &Path) -> Self {
        let port = free_port();
        let mut command = Command::new("/usr/bin/python3");
        command.args(["-m", "aiosmtpd", "-n", "-l", &format!("127.0.0.1:{port}"), "-c", "aiosmtpd.handlers.Mailbox"]);
        Self::start(command.arg(maildir), port, "install it: apt-get install python3-aiosmtpd").await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port nobody listens on.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A listener of the test's own.
pub async fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

pub fn recipient() -> Recipient {
    Recipient {
        role: None,
        name: Some("Anne Martin".into()),
        email: Some("anne.martin@client.example".into()),
        phone: Some("+33612345678".into()),
        address: Some(Address {
            lines: vec!["3 rue des Lilas".into()],
            postal_code: "75011".into(),
            city: "Paris".into(),
            country: "FR".into(),
        }),
        cc: vec![],
    }
}

pub fn sender() -> Sender {
    Sender {
        name: "Durand SAS".into(),
        email: "compta@durand.example".into(),
        reply_to: None,
        phone: Some("+33140000000".into()),
        address: Address {
            lines: vec!["1 place du Marché".into()],
            postal_code: "69001".into(),
            city: "Lyon".into(),
            country: "FR".into(),
        },
    }
}

/// Remembers what was kept, in order.
#[derive(Default)]
pub struct Kept(pub std::sync::Mutex<Vec<BTreeMap<String, String>>>);

impl Keep for Kept {
    async fn keep(&self, _notice: NoticeId, captures: &BTreeMap<String, String>) -> bool {
        self.0.lock().unwrap().push(captures.clone());
        true
    }
}

/// The notice `name`, with `body`.
pub fn outgoing(name: &str, body: Body) -> Outgoing {
    Outgoing {
        notice: NoticeId::derive(&[name]),
        creditor: "durand".into(),
        service: None,
        provider: None,
        on: NaiveDate::from_ymd_opt(2026, 3, 31).unwrap(),
        recipient: recipient(),
        sender: sender(),
        body,
        captures: BTreeMap::new(),
        may_have_left: None,
    }
}

/// An email whose text is `text`.
pub fn mail(name: &str, text: &str) -> Outgoing {
    let message = email::compose(&email::Email {
        notice: NoticeId::derive(&[name]),
        at: DateTime::from_timestamp(1_774_944_000, 0).unwrap(),
        sender: &sender(),
        recipient: &recipient(),
        thread: &[],
        subject: "Facture F-1",
        text,
        html: None,
        attachments: &[],
    });
    outgoing(name, Body::Email { message: message.unwrap() })
}

pub fn sms(name: &str) -> Outgoing {
    outgoing(name, Body::Sms { text: "Durand SAS : facture F-1, 12,00 € à régler. Merci !".into() })
}

pub fn letter(name: &str) -> Outgoing {
    let mut outgoing = outgoing(name, Body::Letter { pdf: one_page_pdf() });
    outgoing.service = Some(relance::domain::LetterService::Standard);
    outgoing
}

/// The smallest PDF with a page.
fn one_page_pdf() -> Vec<u8> {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
    ];
    let mut pdf = String::from("%PDF-1.4\n");
    let mut places = vec![];
    for (number, object) in objects.iter().enumerate() {
        places.push(pdf.len());
        pdf += &format!("{} 0 obj\n{object}\nendobj\n", number + 1);
    }
    let start = pdf.len();
    pdf += "xref\n0 4\n0000000000 65535 f \n";
    for place in places {
        pdf += &format!("{place:010} 00000 n \n");
    }
    pdf += &format!("trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n");
    pdf.into_bytes()
}
