//! What a step says of its messages, on the wire: `to`, `cc`, `attach`, `provider` and `from` through a real worker, a
//! real Postgres and a real SMTP server, and what becomes of a step that names what is not there.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use chrono::TimeDelta;
use relance::advance::{Change, claim_notices, deploy};
use relance::channels::{ChannelSettings, Channels};
use relance::clock::Clock;
use relance::config::Role;
use relance::domain::Channel;
use relance::store::{Claim, Database, TaskView};
use relance::worker::{Parts, Shelf};
use relance::workflow::Provider;
use serde_json::{Value, json};
use sqlx::Connection as _;

use super::channels_gateway::{Gateway, Turn, answer};
use super::channels_support::Server;
use super::database::{Migrated as _, fresh_url};
use super::deploy::{Worker, carried, edition, morning};
use super::store_support::{count, creditor, event, invoice};
use super::worker_support::{self, delivered};

const BOTH: &[Role] = &[Role::Wake, Role::Dispatch];

/// A gateway for text messages.
fn gateway(name: &str) -> String {
    format!(
        "provider: {name}\nchannel: sms\nbase_url: https://{name}.example\nsend:\n  steps:\n    - id: send\n      \
         commit: true\n      post: /send\n      json: {{ phone: \"{{{{ to.phone }}}}\", from: \"{{{{ sender.name }}}}\", \
         text: \"{{{{ text }}}}\" }}\n      outcomes: [ {{ when: {{ status: 200 }}, then: accepted, id: $.id }}, {{ then: ambiguous }} ]\n"
    )
}

/// A folder instead of a carrier.
fn folder(name: &str, channel: &str) -> String {
    format!("provider: {name}\nchannel: [{channel}]\ntransport: folder\n")
}

/// Everything the messages of a test can go through.
struct Stage {
    database: Database,
    url: String,
    folder: tempfile::TempDir,
    smtp: Server,
    plain: Gateway,
    other: Gateway,
    /// The platform's file server, and what it says.
    documents: Gateway,
    document: Arc<Mutex<Turn>>,
}

impl Stage {
    async fn new(test: &str) -> Self {
        let url = fresh_url(test).await;
        let database = Database::new(&url).unwrap().migrated().await;
        let folder = tempfile::tempdir().unwrap();
        let smtp = Server::smtp(&folder.path().join("mail")).await;
        let took = || answer(200, &json!({ "id": "s-1" }));
        let (plain, other) = (Gateway::saying(took()).await, Gateway::saying(took()).await);
        let document = Arc::new(Mutex::new(document()));
        let says = document.clone();
        let documents = Gateway::start(move |_| says.lock().unwrap().clone()).await;
        Self { database, url, folder, smtp, plain, other, documents, document }
    }

    fn outbox(&self) -> PathBuf {
        self.folder.path().join("outbox")
    }

    /// Mails as the SMTP server took them.
    fn mails(&self) -> Vec<String> {
        delivered(&self.folder.path().join("mail"))
    }

    /// The files in the outbox whose names end so.
    fn written(&self, ending: &str) -> Vec<Vec<u8>> {
        let Ok(entries) = std::fs::read_dir(self.outbox()) else { return vec![] };
        let paths = entries.map(|entry| entry.unwrap().path());
        paths.filter(|path| path.to_str().unwrap().ends_with(ending)).map(|path| std::fs::read(path).unwrap()).collect()
    }

    /// The relay, the gateways `plain` and `other`, the folder `post` for letters; `defaults`
    /// carry what names no provider.
    fn channels(&self, defaults: &[(Channel, &str)], more: &[String]) -> Channels {
        let definitions = [gateway("plain"), gateway("other"), folder("post", "letter")];
        let parse = |yaml: &String| Provider::parse("provider.yaml", yaml).unwrap_or_else(|why| panic!("{why}"));
        let definitions = definitions.iter().chain(more).map(parse).collect();
        let urls = [("plain", &self.plain.url), ("other", &self.other.url)];
        let settings = ChannelSettings {
            smtp_url: Some(format!("smtp://127.0.0.1:{}", self.smtp.port).into()),
            outbox_folder: Some(self.outbox()),
            providers: defaults.iter().map(|(channel, name)| (*channel, (*name).to_owned())).collect(),
            base_urls: urls.into_iter().map(|(name, url)| (name.to_owned(), url.clone())).collect(),
            ..ChannelSettings::default()
        };
        Channels::open(settings, definitions).unwrap()
    }

    /// Deploys these steps and takes in one invoice of a debtor with these contacts.
    async fn given(&self, steps: &str, contacts: Value) {
        let mut writer = self.database.writer();
        let change =
            Change { after: 0, revisions: vec![edition(steps).bundle()], by: "ada".to_owned(), ..Change::default() };
        deploy(&mut writer, &change).await.unwrap();
        self.owed("fr", contacts).await;
    }

    /// Takes in one invoice of a debtor of this language.
    async fn owed(&self, locale: &str, contacts: Value) {
        let debtor = json!({
            "debtor": "d-1", "kind": "business", "name": "Dupont", "locale": locale, "contacts": contacts,
            "address": {"lines": ["2 rue B"], "postal_code": "75002", "city": "Paris", "country": "FR"},
        });
        let mut claim = invoice("F-1", "e-1", 0, "d-1", "100.00");
        claim["data"]["document_url"] = json!(format!("{}/F-1.pdf", self.documents.url));
        let mut worker = Worker::start(&self.database).await;
        worker.take(&[creditor(), event("debtor-d-1", "debtor.upserted", -50, debtor), claim]).await;
    }

    /// A worker at the next opening, or so many days after it.
    async fn worker(&self, channels: Channels, days: i64) -> Arc<Parts> {
        let clock = Clock::new(Some(morning() + TimeDelta::days(days)), Some(1.0)).unwrap();
        let shelf = Shelf::open(&mut self.database.writer(), carried).await.unwrap();
        worker_support::parts(&self.database, clock, shelf, vec![], channels)
    }

    /// How many notices stand in this state.
    async fn notices(&self, state: &str) -> i64 {
        let tally = self.database.reader().tally().await.unwrap().notices;
        tally.iter().filter(|(_, of, _)| of == state).map(|(.., count)| count).sum()
    }

    /// Runs a worker until so many notices were taken by their carriers.
    async fn run_until_accepted(&self, channels: Channels, wanted: i64) {
        let workers = vec![self.worker(channels, 0).await];
        worker_support::run_until(workers, BOTH, async || (self.notices("accepted").await == wanted).then_some(()))
            .await;
    }

    async fn tasks(&self) -> Vec<TaskView> {
        self.database.reader().open_tasks(None, 10).await.unwrap()
    }
}

/// What the platform's file server gives: a PDF with one page.
fn invoice_pdf() -> Vec<u8> {
    let relance::channels::Body::Letter { mut pdf } = super::channels_support::letter("invoice").body else {
        panic!("a letter is a PDF")
    };
    pdf.extend(b"%\xff\xfe\n");
    pdf
}

fn document() -> Turn {
    Turn::Answer("200 OK\r\ncontent-type: application/pdf\r\n".into(), invoice_pdf())
}

fn contacts() -> Value {
    json!([
        {"role": "dunning", "email": "dunning@dupont.example"},
        {"role": "billing", "name": "Anne Martin", "email": "billing@dupont.example", "phone": "+33612345678"},
        {"role": "management", "email": "boss@dupont.example", "phone": "+33687654321"},
    ])
}

fn one(actions: &str) -> String {
    format!("  - {{ id: one, phase: reminder, after_due: 3 days, {actions} }}\n")
}

/// A header of a mail, its continued lines joined.
fn header(mail: &str, name: &str) -> String {
    let head = mail.split("\n\n").next().unwrap().replace("\n ", " ");
    let found = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
    found.unwrap_or_else(|| panic!("no {name} in {head}")).to_owned()
}

/// The file of this name that goes with a mail.
fn attached(mail: &str, name: &str) -> Vec<u8> {
    let part = mail.split("filename=\"").find(|part| part.starts_with(name)).unwrap_or_else(|| panic!("no {name}"));
    let body = part.split_once("\n\n").unwrap().1.split("\n--").next().unwrap();
    base64::engine::general_purpose::STANDARD.decode(body.replace('\n', "")).unwrap()
}

fn pages(pdf: &[u8]) -> usize {
    assert!(pdf.starts_with(b"%PDF-"));
    hayro_syntax::Pdf::new(pdf.to_vec()).unwrap().pages().len()
}

#[tokio::test]
async fn roles_copies_documents_and_the_sender_are_those_the_step_names() {
    let stage = Stage::new("keys_email").await;
    let email = "email: { template: reminder-1, to: billing, cc: [management, dunning, legal], \
                 attach: [invoice, statement, payment_slip], from: \"Dupont, relances <relances@acme.example>\" }";
    stage.given(&one(email), contacts()).await;
    // A worker claims the notice and is gone; what it saw is what leaves, to the byte.
    let mut gone = Worker::start(&stage.database).await;
    gone.wake_all(morning()).await;
    let claim = Claim { token: uuid::Uuid::from_u128(1), lease: std::time::Duration::ZERO };
    let claimed = claim_notices(&mut gone.desk.writer, &claim, morning(), Channel::Email, Some("smtp"), 10).await;
    let notice = claimed.unwrap().remove(0).notice;
    stage.run_until_accepted(stage.channels(&[], &[]), 1).await;

    let mail = stage.mails().remove(0);
    assert_eq!(header(&mail, "X-MailFrom"), "relances@acme.example");
    // A role that nobody has gets no copy, and keeps nobody else's back.
    assert_eq!(header(&mail, "X-RcptTo"), "billing@dupont.example, boss@dupont.example, dunning@dupont.example");
    let name = base64::engine::general_purpose::STANDARD.encode("Dupont, relances");
    assert_eq!(header(&mail, "From"), format!("=?utf-8?b?{name}?= <relances@acme.example>"));
    assert_eq!(header(&mail, "To"), "\"Anne Martin\" <billing@dupont.example>");
    assert_eq!(header(&mail, "Cc"), "boss@dupont.example, dunning@dupont.example");
    assert!(header(&mail, "Message-ID").ends_with("@acme.example>"));

    assert_eq!(attached(&mail, "F-1.pdf"), invoice_pdf());
    let templates = relance::render::Templates::shipped();
    let relance::render::Rendered::Email { attachments, .. } =
        relance::render::render(&templates, &notice, &[]).unwrap()
    else {
        panic!("an email")
    };
    let names = ["statement-2026-04-01.pdf", "payment-slip-2026-04-01.pdf"];
    assert_eq!(attachments.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), names);
    for file in attachments {
        assert_eq!(attached(&mail, &file.name), file.bytes);
    }
}

#[tokio::test]
async fn a_message_goes_through_the_provider_it_names_and_others_through_the_default() {
    let stage = Stage::new("keys_provider").await;
    let steps = one("email: { template: reminder-1, provider: smtp, from: Receivables }, \
         sms: { template: reminder-2, to: management, provider: other, from: Acme }, \
         letter: { template: reminder-letter, service: tracked, provider: post, from: Receivables, \
                   attach: [statement, invoice, payment_slip] }");
    stage.given(&steps, contacts()).await;
    let defaults = [(Channel::Sms, "plain"), (Channel::Letter, "press")];
    stage.run_until_accepted(stage.channels(&defaults, &[folder("press", "letter")]), 3).await;

    assert!(stage.plain.asked().is_empty());
    let [asked] = &stage.other.asked()[..] else { panic!("one text message") };
    assert_eq!((&asked.json()["phone"], &asked.json()["from"]), (&json!("+33687654321"), &json!("Acme")));
    let mail = stage.mails().remove(0);
    assert_eq!(header(&mail, "From"), "Receivables <ar@acme.example>");
    assert_eq!(header(&mail, "To"), "dunning@dupont.example", "no role: dunning first");
    let providers =
        "SELECT count(*) FROM attempts WHERE outcome = 'accepted' AND provider IN ('smtp', 'other', 'post')";
    assert_eq!(count(&stage.url, providers).await, 3);

    let about: Value = serde_json::from_slice(&stage.written(".json").remove(0)).unwrap();
    assert_eq!((&about["service"], &about["from"]["name"]), (&json!("tracked"), &json!("Receivables")));
    assert_eq!((&about["to"]["name"], &about["to"]["address"]["city"]), (&json!("Dupont"), &json!("Paris")));
    // The letter, the statement, the invoice and the payment slip, a page each.
    assert_eq!(pages(&stage.written(".pdf")[0]), 4);
}

#[tokio::test]
async fn a_role_that_nobody_has_sends_the_fallback_and_without_one_asks_a_person() {
    let stage = Stage::new("keys_role").await;
    let steps = one("email: { template: reminder-1, to: legal }, \
         if_unreachable: { sms: { template: reminder-2, to: management, provider: other } }")
        + "  - { id: two, phase: reminder, after_due: 10 days, email: { template: reminder-1, to: legal } }\n"
        + "  - { id: three, phase: reminder, after_due: 20 days, email: reminder-2 }\n";
    stage.given(&steps, contacts()).await;
    stage.run_until_accepted(stage.channels(&[], &[]), 1).await;
    assert_eq!(stage.other.asked().len(), 1);
    assert!(stage.mails().is_empty());
    assert!(stage.tasks().await.is_empty(), "the fallback reached somebody");

    // The second step reaches nobody: it is skipped, a person is asked, and the third goes as it was planned.
    let workers = vec![stage.worker(stage.channels(&[], &[]), 20).await];
    worker_support::run_until(workers, BOTH, async || (!stage.mails().is_empty()).then_some(())).await;
    let [task] = &stage.tasks().await[..] else { panic!("one task: {:?}", stage.tasks().await) };
    assert_eq!(task.task.reason.as_deref(), Some("unreachable"));
    assert_eq!(header(&stage.mails()[0], "To"), "dunning@dupont.example");
    let skipped = "SELECT count(*) FROM history WHERE entry LIKE '%\"skipped\"%unreachable%'";
    assert_eq!(count(&stage.url, skipped).await, 1);
}

#[tokio::test]
async fn a_provider_that_is_not_there_loses_nothing_and_delays_nobody_else() {
    let stage = Stage::new("keys_gone").await;
    let steps = one("email: reminder-1, sms: { template: reminder-2, to: billing, provider: gone }");
    stage.given(&steps, contacts()).await;
    let workers = vec![stage.worker(stage.channels(&[], &[]), 0).await];
    let mut operator = stage.database.writer();
    let paused = worker_support::run_until(workers, BOTH, async || {
        let paused = operator.paused_providers().await.unwrap();
        (!paused.is_empty() && !stage.mails().is_empty()).then_some(paused)
    })
    .await;
    let told = format!("{paused:?}");
    assert!(told.contains("gone") && told.contains("is not defined"), "{told}");
    assert_eq!((stage.notices("accepted").await, stage.notices("ordered").await), (1, 1));

    // Once somebody has defined it, the same notice leaves, once.
    let mut server = sqlx::PgConnection::connect(&stage.url).await.unwrap();
    for statement in ["UPDATE notices SET not_before = now() WHERE state = 'ordered'", "DELETE FROM providers"] {
        sqlx::query(statement).execute(&mut server).await.unwrap();
    }
    let defined = stage.channels(&[], &[folder("gone", "sms")]);
    stage.run_until_accepted(defined, 2).await;
    assert_eq!(stage.written(".txt").len(), 1);
    assert_eq!(stage.mails().len(), 1);
}

#[tokio::test]
async fn an_invoice_that_cannot_be_fetched_now_waits_and_one_that_never_can_be_takes_the_fallback() {
    let steps = one("email: { template: reminder-1, attach: invoice }, \
         if_unreachable: { letter: { template: reminder-letter, provider: post } }");
    for (test, status, state) in [("keys_later", "503 Busy", "ordered"), ("keys_never", "404 Gone", "rejected")] {
        let stage = Stage::new(test).await;
        stage.given(&steps, contacts()).await;
        *stage.document.lock().unwrap() = Turn::Answer(format!("{status}\r\n"), vec![]);
        let workers = vec![stage.worker(stage.channels(&[], &[]), 0).await];
        worker_support::run_until(workers, BOTH, async || {
            (count(&stage.url, "SELECT count(*) FROM attempts").await == 1).then_some(())
        })
        .await;
        assert_eq!(stage.notices(state).await, 1, "{test}");
        assert!(stage.mails().is_empty(), "an email without its invoice does not leave");
        let mut server = sqlx::PgConnection::connect(&stage.url).await.unwrap();
        let why: String = sqlx::query_scalar("SELECT detail FROM attempts").fetch_one(&mut server).await.unwrap();
        assert!(why.starts_with("the document cannot be fetched") && !why.contains("http"), "{why}");

        *stage.document.lock().unwrap() = document();
        sqlx::query("UPDATE notices SET not_before = NULL WHERE state = 'ordered'").execute(&mut server).await.unwrap();
        let workers = vec![stage.worker(stage.channels(&[], &[]), i64::from(state == "rejected")).await];
        worker_support::run_until(workers, BOTH, async || (stage.notices("accepted").await == 1).then_some(())).await;
        let (mails, letters) = (stage.mails(), stage.written(".pdf"));
        if state == "ordered" {
            assert_eq!(attached(&mails[0], "F-1.pdf"), invoice_pdf());
            assert!(letters.is_empty());
        } else {
            assert_eq!((mails.len(), letters.len()), (0, 1));
        }
        assert!(stage.tasks().await.is_empty(), "{test}");
    }
}

#[tokio::test]
async fn texts_that_lie_beside_the_workflow_leave_in_the_debtors_language_else_in_the_creditors() {
    for (test, locale, wanted) in
        [("keys_texts_en", "en-GB", "We miss =E2=82=AC100.00."), ("keys_texts_de", "de-DE", "Il nous manque 100")]
    {
        let stage = Stage::new(test).await;
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let steps = one("email: ours");
        write(
            "w.yaml",
            &super::deploy::text(&steps).replace("jurisdiction: fr", "languages: [fr, en]\njurisdiction: fr"),
        );
        for (language, text) in [("fr", "Il nous manque {{ amount }}."), ("en", "We miss {{ amount }}.")] {
            write(&format!("templates/{language}/ours.subject"), "F-1");
            write(&format!("templates/{language}/ours.txt"), text);
        }
        let deployed = std::process::Command::new(env!("CARGO_BIN_EXE_relance"))
            .current_dir(folder.path())
            .args(["deploy", "--by", "ada"])
            .env("DATABASE_URL", &stage.url)
            .env("RELANCE_WORKFLOWS", folder.path())
            .output()
            .unwrap();
        assert!(deployed.status.success(), "{}", String::from_utf8_lossy(&deployed.stderr));
        stage.owed(locale, contacts()).await;
        // What lies in the folder now is nobody's business any more: the deployed revision has its own texts.
        drop(folder);
        stage.run_until_accepted(stage.channels(&[], &[]), 1).await;
        let mail = stage.mails().remove(0);
        assert!(mail.contains(wanted), "{mail}");
    }
}
