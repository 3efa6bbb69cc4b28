//! Deployments, blocks and moves against real Postgres, as workers meet them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use relance::advance::{self, Blocked, Change, Deployed, Memory, Migrated, Named, claim_notices, migrate, wake};
use relance::domain::{CaseState, Channel, InvoiceId, NoticeState, StepId, WorkflowName};
use relance::render::Templates;
use relance::store::{Claim, Database, StoreError, Writer};
use relance::worker::{Edition, LawEdition, Shelf, TemplateSet};
use relance::workflow::{CheckContext, SourceFile, check};

use super::database::{self, Migrated as _};
use super::store_support::{Desk, arrivals, count, creditor, debtor, invoice, noon};

/// The next opening: what was taken in at noon goes then.
pub fn morning() -> DateTime<Utc> {
    "2026-04-01T07:05:00Z".parse().unwrap()
}

/// The law that the binary carries.
pub fn carried() -> Result<LawEdition, StoreError> {
    Ok(LawEdition::of_folder(&BTreeMap::new()).unwrap())
}

/// A workflow file with these steps.
pub fn text(steps: &str) -> String {
    format!(
        "relance: 1\nworkflow: w\ntitle: Test\napplies_to: debtor.kind == \"business\"\ntimezone: Europe/Paris\n\
         jurisdiction: fr\ncontact: {{ hours: {{ mon-fri: \"09:00-18:00\" }} }}\nsteps:\n{steps}\
         on_exhausted: {{ task: {{ kind: decide, within: 5 days, on_timeout: remind }} }}\n"
    )
}

/// That workflow, checked, with the carried templates.
pub fn edition(steps: &str) -> Edition {
    let text = text(steps);
    let templates = Templates::shipped().files().clone();
    let source = SourceFile::new("w.yaml", text);
    let context = CheckContext { templates: Some(&templates), ..CheckContext::default() };
    let mut report = check(std::slice::from_ref(&source), &context);
    let workflow = Arc::new(report.workflows.pop().unwrap_or_else(|| panic!("{:?}", report.findings)));
    Edition { workflow, source, templates: Arc::new(TemplateSet::new(templates)) }
}

pub fn step(id: &str, days: u32, more: &str) -> String {
    format!("  - {{ id: {id}, phase: reminder, after_due: {days} days, email: reminder-1{more} }}\n")
}

pub async fn deploy(writer: &mut Writer, after: i64, edition: &Edition) -> Deployed {
    let change = Change { after, revisions: vec![edition.bundle()], by: "ada".to_owned(), ..Change::default() };
    advance::deploy(writer, &change).await.unwrap()
}

/// A worker's part, with what it knows to be deployed.
pub struct Worker {
    pub desk: Desk,
    pub shelf: Shelf,
}

impl Worker {
    pub async fn start(database: &Database) -> Self {
        let mut desk = Desk::new(database);
        let shelf = Shelf::open(&mut desk.writer, carried).await.unwrap();
        Self { desk, shelf }
    }

    /// Takes events in as a worker does: with the book it has, and with a new one when it is told that it is old.
    pub async fn take(&mut self, events: &[serde_json::Value]) -> usize {
        let arrivals = arrivals(events);
        let mut renewed = 0;
        loop {
            let book = self.shelf.book();
            match advance::intake(&mut self.desk.writer, &self.desk.memory, &book, &arrivals, noon()).await {
                Ok(_) => return renewed,
                Err(why) => {
                    assert!(why.is_stale(), "{why}");
                    assert!(self.shelf.renew(&mut self.desk.writer).await.unwrap());
                    renewed += 1;
                }
            }
        }
    }

    pub async fn wake_all(&mut self, now: DateTime<Utc>) {
        self.shelf.renew(&mut self.desk.writer).await.unwrap();
        let book = self.shelf.book();
        while wake(&mut self.desk.writer, &Memory::default(), &book, now, 10).await.unwrap() > 0 {}
    }

    pub async fn claim(&mut self) -> usize {
        let claim = Claim { token: uuid::Uuid::from_u128(1), lease: std::time::Duration::from_secs(60) };
        claim_notices(&mut self.desk.writer, &claim, morning(), Channel::Email, None, 10).await.unwrap().len()
    }

    pub async fn revision_of(&mut self, invoice: &str) -> String {
        let account = self.desk.view("d-1").await;
        account.cases[&InvoiceId::new(invoice)].workflow.clone().unwrap().1.to_string()
    }

    pub async fn notices(&mut self, state: NoticeState) -> usize {
        self.desk.view("d-1").await.notices.values().filter(|notice| notice.state == state).count()
    }
}

pub async fn database_of(test: &str) -> (Database, String) {
    let url = database::fresh_url(test).await;
    (Database::new(&url).unwrap().migrated().await, url)
}

#[tokio::test]
async fn a_worker_takes_up_a_deployment_without_restart_and_running_cases_stay_on_their_revision() {
    let (database, url) = database_of("deploy_running").await;
    let mut operator = database.writer();
    let mut worker = Worker::start(&database).await;
    worker.take(&[creditor(), debtor("d-1"), invoice("F-1", "e-1", 0, "d-1", "100.00")]).await;
    assert_eq!(worker.desk.view("d-1").await.cases[&InvoiceId::new("F-1")].state, CaseState::Waiting);

    let first = edition(&step("one", 40, ""));
    assert_eq!(deploy(&mut operator, 0, &first).await, Deployed::Done { number: 1, woken: 1, by_law: 0 });
    worker.wake_all(noon()).await;
    assert_eq!(worker.revision_of("F-1").await, first.workflow.revision.to_string());

    let second = edition(&step("one", 50, ""));
    assert_eq!(deploy(&mut operator, 1, &second).await, Deployed::Done { number: 2, woken: 0, by_law: 0 });
    assert_eq!(worker.take(&[invoice("F-2", "e-2", 1, "d-1", "100.00")]).await, 1, "its book was old once");
    assert_eq!(worker.revision_of("F-1").await, first.workflow.revision.to_string());
    assert_eq!(worker.revision_of("F-2").await, second.workflow.revision.to_string());
    assert_eq!(worker.take(&[invoice("F-3", "e-3", 2, "d-1", "100.00")]).await, 0);

    let retire = Change { after: 2, retired: vec![WorkflowName::new("w")], by: "ada".to_owned(), ..Change::default() };
    advance::deploy(&mut operator, &retire).await.unwrap();
    assert_eq!(worker.take(&[invoice("F-4", "e-4", 3, "d-1", "100.00")]).await, 1);
    let account = worker.desk.view("d-1").await;
    assert_eq!(account.cases[&InvoiceId::new("F-4")].workflow, None, "a retired workflow takes no new case");
    assert!(account.cases[&InvoiceId::new("F-2")].workflow.is_some());
    assert_eq!(count(&url, "SELECT count(*) FROM deployments").await, 3);
    let library = worker.shelf.library();
    let sets: BTreeSet<_> = library.editions().map(|edition| Arc::as_ptr(&edition.templates)).collect();
    assert_eq!((library.editions().count(), sets.len()), (2, 1), "equal templates are kept once");
    assert_eq!(count(&url, "SELECT version FROM library_version").await, 3);
}

#[tokio::test]
async fn of_two_who_deploy_at_once_one_wins_and_the_other_is_told() {
    let (database, url) = database_of("deploy_two").await;
    let (mut ada, mut bob) = (database.writer(), database.writer());
    let (one, two) = (edition(&step("one", 5, "")), edition(&step("two", 5, "")));
    let (first, second) = tokio::join!(deploy(&mut ada, 0, &one), deploy(&mut bob, 0, &two));
    let lost: Vec<_> = [first, second]
        .into_iter()
        .filter_map(|ended| match ended {
            Deployed::Overtaken(newer) => Some(newer),
            Deployed::Done { number, .. } => {
                assert_eq!(number, 1);
                None
            }
        })
        .collect();
    assert_eq!(lost.len(), 1);
    let told = lost[0].since(0);
    assert!(
        told.len() == 1 && told[0].starts_with("ada deployed w at ") && told[0].ends_with(" as deployment 1"),
        "{told:?}"
    );
    assert_eq!(count(&url, "SELECT count(*) FROM revisions").await, 1, "the loser left nothing behind");
    assert_eq!(count(&url, "SELECT count(*) FROM deployments").await, 1);
}

#[tokio::test]
async fn what_was_deployed_is_never_changed() {
    let (database, url) = database_of("deploy_immutable").await;
    let revisions = vec![edition(&step("one", 5, "")).bundle()];
    let law = Some(carried().unwrap().bundle());
    let change = Change { revisions, law, by: "ada".to_owned(), ..Change::default() };
    advance::deploy(&mut database.writer(), &change).await.unwrap();
    let mut server = <sqlx::PgConnection as sqlx::Connection>::connect(&url).await.unwrap();
    for statement in [
        "UPDATE revisions SET bundle = ''",
        "DELETE FROM revisions",
        "UPDATE deployments SET note = 'x'",
        "DELETE FROM deployments",
        "UPDATE laws SET files = '{}'",
        "DELETE FROM laws",
        "UPDATE law_deployments SET note = 'x'",
        "DELETE FROM law_deployments",
    ] {
        assert!(sqlx::query(statement).execute(&mut server).await.is_err(), "{statement}");
    }
}

#[tokio::test]
async fn a_step_that_was_blocked_before_the_claim_does_not_leave_and_goes_once_unblocked() {
    let (database, _) = database_of("deploy_block").await;
    let mut operator = database.writer();
    deploy(&mut operator, 0, &edition(&step("old-name", 3, ""))).await;
    deploy(&mut operator, 1, &edition(&step("one", 3, ", formerly: [old-name]"))).await;
    let mut worker = Worker::start(&database).await;
    worker.take(&[creditor(), debtor("d-1"), invoice("F-1", "e-1", 0, "d-1", "100.00")]).await;
    worker.wake_all(morning()).await;
    assert_eq!(worker.notices(NoticeState::Ordered).await, 1);

    // Blocked under its former name; the notice was ordered under the name of now.
    let named = |version| Named {
        version,
        workflow: WorkflowName::new("w"),
        step: StepId::new("old-name"),
        names: ["one", "old-name"].map(StepId::new).to_vec(),
    };
    let refused = advance::block(&mut operator, &named(1), "wrong text", "ada").await.unwrap_err();
    assert!(refused.is_stale(), "the names were read before a renaming was deployed: {refused}");
    let blocked = advance::block(&mut operator, &named(2), "wrong text", "ada").await.unwrap();
    assert_eq!(blocked, Blocked::Done { ordered: 1 });
    assert_eq!(worker.claim().await, 0, "no claim passes a block that was committed before it");
    worker.wake_all(morning()).await;
    assert_eq!(worker.notices(NoticeState::Withdrawn).await, 1);
    assert_eq!(worker.claim().await, 0);

    assert_eq!(advance::unblock(&mut operator, &named(3)).await.unwrap(), Some(1));
    worker.wake_all(morning() + TimeDelta::minutes(1)).await;
    worker.wake_all(morning() + TimeDelta::days(1)).await;
    assert_eq!(worker.notices(NoticeState::Ordered).await, 1);
    let account = worker.desk.view("d-1").await;
    assert_eq!(account.notices.len(), 1, "the same notice, made live again: {:?}", account.notices);
    assert_eq!(advance::unblock(&mut operator, &named(4)).await.unwrap(), None);
}

#[tokio::test]
async fn running_cases_move_where_it_is_safe_once_and_never_send_a_step_twice() {
    let (database, url) = database_of("deploy_move").await;
    let mut operator = database.writer();
    deploy(&mut operator, 0, &edition(&step("old-name", 3, ""))).await;
    let mut worker = Worker::start(&database).await;
    worker.take(&[creditor(), debtor("d-1"), invoice("F-1", "e-1", 0, "d-1", "100.00")]).await;
    worker.wake_all(morning()).await;
    let second = edition(&(step("one", 3, ", formerly: [old-name]") + &step("late", 90, "")));
    deploy(&mut operator, 1, &second).await;

    // While its notice is in somebody's hands, it stays.
    assert_eq!(worker.claim().await, 1);
    let stays = move_all(&mut worker, &second).await;
    assert_eq!((stays.moved, stays.stays.get("claimed")), (0, Some(&1)));
    accept_claimed(&url).await;
    let moved = move_all(&mut worker, &second).await;
    assert_eq!((moved.moved, moved.stays.len()), (1, 0));
    assert_eq!(worker.revision_of("F-1").await, second.workflow.revision.to_string());
    assert_eq!(move_all(&mut worker, &second).await.moved, 0, "moving twice changes nothing");
    for days in 0..20 {
        worker.wake_all(morning() + TimeDelta::days(days)).await;
    }
    assert_eq!(worker.desk.view("d-1").await.notices.len(), 1, "what was sent under its old name is done");

    let stale = worker.shelf.book();
    deploy(&mut operator, 2, &edition(&step("one", 4, ""))).await;
    let to = (&second.workflow.name, &second.workflow.revision);
    let refused = migrate(&mut worker.desk.writer, &Memory::default(), &stale, to, None, 10, morning()).await;
    assert!(refused.is_err_and(|why| why.is_stale()));
}

async fn move_all(worker: &mut Worker, to: &Edition) -> Migrated {
    worker.shelf.renew(&mut worker.desk.writer).await.unwrap();
    let book = worker.shelf.book();
    let to = (&to.workflow.name, &to.workflow.revision);
    let mut all = Migrated::default();
    loop {
        let after = all.last.clone();
        let writer = &mut worker.desk.writer;
        all.add(migrate(writer, &Memory::default(), &book, to, after.as_ref(), 1, morning()).await.unwrap());
        if all.last.is_none() {
            return all;
        }
    }
}

/// What dispatch writes once a carrier took the notice.
pub async fn accept_claimed(url: &str) {
    let mut server = <sqlx::PgConnection as sqlx::Connection>::connect(url).await.unwrap();
    let accept = "UPDATE notices SET state = 'accepted', accepted_at = $1, claim_token = NULL, leased_until = NULL
                  WHERE state = 'claimed'";
    assert_eq!(sqlx::query(accept).bind(morning()).execute(&mut server).await.unwrap().rows_affected(), 1);
    sqlx::query("UPDATE accounts SET seq = seq + 1, wake_at = $1").bind(morning()).execute(&mut server).await.unwrap();
}
