//! The law is deployed as workflows are: whoever decides does so by the same calendars and rates, whatever folder
//! lies beside the process.

use std::collections::BTreeMap;
use std::fs;

use chrono::NaiveDate;
use relance::advance::{self, Change, Deployed};
use relance::domain::NoticeState;
use relance::engine::Book;
use relance::store::{StoreError, Writer};
use relance::worker::{LawEdition, Shelf};
use relance::workflow::SourceFile;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};

use super::deploy::{Worker, carried, database_of, deploy, edition, morning, step, text};
use super::deploy_running::Operator;
use super::store_support::{count, creditor, debtor, invoice, payment};

/// The first of April is no business day.
const CLOSED: &str = "calendar: fr\ntitle: Closed\nsource: us\nread_on: 2026-01-01\nverified: true\nholidays: []\n\
                      days:\n  - { name: Inventory, date: 2026-04-01 }\n";

fn closed() -> LawEdition {
    let file = SourceFile::new("calendars/fr.yaml", CLOSED);
    LawEdition::of_folder(&BTreeMap::from([(file.name.clone(), file)])).unwrap()
}

fn is_closed(book: &Book) -> bool {
    book.calendars.by_name["fr"].is_holiday(NaiveDate::from_ymd_opt(2026, 4, 1).unwrap())
}

async fn deploy_law(writer: &mut Writer, after: i64, law: &LawEdition) -> Deployed {
    let change = Change { after, law: Some(law.bundle()), by: "ada".to_owned(), ..Change::default() };
    advance::deploy(writer, &change).await.unwrap()
}

#[tokio::test]
async fn every_process_decides_by_the_law_that_is_deployed() {
    let (database, url) = database_of("law_deployed").await;
    let mut operator = database.writer();
    deploy(&mut operator, 0, &edition(&step("one", 3, ""))).await;

    // A store of an older version knows no law: each process has its folder's, and takes up the first one deployed.
    let local = || Ok::<_, StoreError>(closed());
    let upgraded = Shelf::open(&mut database.writer(), local).await.unwrap();
    assert!(is_closed(&upgraded.book()));
    assert_eq!(
        deploy_law(&mut operator, 1, &carried().unwrap()).await,
        Deployed::Done { number: 2, woken: 0, by_law: 0 }
    );
    assert!(upgraded.renew(&mut operator).await.unwrap());
    assert!(!is_closed(&upgraded.book()));

    // From then on nobody asks a folder.
    let unasked = || -> Result<LawEdition, StoreError> { panic!("the law of the folder was asked for") };
    let started = Shelf::open(&mut database.writer(), unasked).await.unwrap();
    assert!(!is_closed(&started.book()));
    let lost = deploy_law(&mut operator, 1, &closed()).await;
    let Deployed::Overtaken(newer) = lost else { panic!("{lost:?}") };
    assert!(newer.since(1)[0].starts_with("ada deployed the law at "), "{newer:?}");

    // A deployment of workflows alone leaves it, and the same law again is kept once.
    deploy(&mut operator, 2, &edition(&step("one", 4, ""))).await;
    assert!(started.renew(&mut operator).await.unwrap());
    assert!(!is_closed(&started.book()));
    deploy_law(&mut operator, 3, &closed()).await;
    deploy_law(&mut operator, 4, &carried().unwrap()).await;
    assert_eq!(count(&url, "SELECT count(*) FROM laws").await, 2);
    assert_eq!(count(&url, "SELECT count(*) FROM law_deployments").await, 3);
}

#[tokio::test]
async fn the_first_law_is_deployed_with_a_folder_and_with_nothing_else() {
    let (database, url) = database_of("law_first").await;
    deploy(&mut database.writer(), 0, &edition(&step("one", 30, ""))).await;
    let operator = Operator::new(&url);
    let law_deployments = "SELECT count(*) FROM law_deployments";
    operator.edit(&step("one", 40, ""));
    for (number, arguments) in [(2, ["deploy", "w.yaml"].as_slice()), (3, &["deploy", "--retire", "w"])] {
        let (code, said, complaints) = operator.run(arguments);
        assert!(code == 0 && said.contains(&format!("deployment {number} stands")), "{said}{complaints}");
        assert!(!said.contains("law"), "{said}");
        assert_eq!(count(&url, law_deployments).await, 0, "{arguments:?}");
    }
    let (code, said, complaints) = operator.run(&["deploy"]);
    assert!(code == 0 && said.contains("+ law (new)\n"), "{said}{complaints}");
    assert_eq!(count(&url, law_deployments).await, 1);
}

#[tokio::test]
async fn what_was_ordered_by_the_law_before_is_decided_again_before_it_is_claimed() {
    let (database, _) = database_of("law_ordered").await;
    let mut operator = database.writer();
    deploy(&mut operator, 0, &edition(&step("one", 3, ""))).await;
    let mut worker = Worker::start(&database).await;
    worker.take(&[creditor(), debtor("d-1"), invoice("F-1", "e-1", 0, "d-1", "100.00")]).await;
    worker.wake_all(morning()).await;
    assert_eq!(worker.notices(NoticeState::Ordered).await, 1);

    deploy_law(&mut operator, 1, &closed()).await;
    assert_eq!(worker.claim().await, 0);
    worker.wake_all(morning()).await;
    assert_eq!(worker.notices(NoticeState::Withdrawn).await, 1, "the day is closed by now");
    assert_eq!(worker.claim().await, 0);
}

/// What counts days by another calendar is decided again, ordered or not, and what another law leaves undone is left
/// for whoever finds it.
#[tokio::test]
async fn accounts_that_sleep_by_the_law_before_are_decided_again() {
    let (database, url) = database_of("law_asleep").await;
    let mut operator = database.writer();
    let change = Change {
        revisions: vec![edition(&step("one", 3, "")).bundle()],
        law: Some(closed().bundle()),
        by: "ada".to_owned(),
        ..Change::default()
    };
    assert_eq!(
        advance::deploy(&mut operator, &change).await.unwrap(),
        Deployed::Done { number: 1, woken: 0, by_law: 0 }
    );
    let mut worker = Worker::start(&database).await;
    let debtors = ["d-1", "d-2"];
    let mut events = vec![creditor()];
    events.extend(debtors.map(debtor));
    events.extend(debtors.map(|id| invoice(&id.replace("d-", "F-"), &format!("e-{id}"), 0, id, "100.00")));
    worker.take(&events).await;
    worker.wake_all(morning()).await;
    assert_eq!(worker.notices(NoticeState::Ordered).await, 0, "it sleeps over the closed day");

    let done = deploy_law(&mut operator, 1, &carried().unwrap()).await;
    assert_eq!(done, Deployed::Done { number: 2, woken: 0, by_law: 2 });
    assert_eq!(count(&url, "SELECT count(*) FROM wakes").await, 0);
    worker.wake_all(morning()).await;
    assert_eq!(count(&url, "SELECT count(*) FROM notices WHERE state = 'ordered'").await, 2, "the day is open by now");

    // Somebody died when the first account was made due.
    let mut server = PgConnection::connect(&url).await.unwrap();
    let left = "UPDATE accounts SET wake_at = NULL;
        INSERT INTO wakes (open_cases, creditor, debtor, touched_at)
            VALUES (true, 'acme', 'd-1', now() - interval '2 minutes')";
    sqlx::raw_sql(left).execute(&mut server).await.unwrap();
    assert_eq!(advance::go_on_with_wakes(&mut operator).await.unwrap(), 1);
    assert_eq!(count(&url, "SELECT count(*) FROM accounts WHERE wake_at IS NOT NULL AND debtor = 'd-2'").await, 1);
}

#[tokio::test]
async fn a_plan_names_the_files_of_a_changed_law_and_commands_keep_to_what_is_deployed() {
    let (database, url) = database_of("law_planned").await;
    let operator = Operator::new(&url);
    operator.edit(&step("one", 30, ""));
    assert_eq!(operator.run(&["deploy"]).0, 0);
    assert_eq!(count(&url, "SELECT count(*) FROM law_deployments").await, 1);
    let mut worker = Worker::start(&database).await;
    worker.take(&[creditor(), debtor("d-1"), invoice("F-1", "e-1", 0, "d-1", "100.00")]).await;
    let (code, said, _) = operator.run(&["plan"]);
    assert!(code == 0 && !said.contains("law"), "{said}");

    let calendars = operator.folder.path().join("calendars");
    fs::create_dir(&calendars).unwrap();
    fs::write(calendars.join("fr.yaml"), CLOSED.replace("2026-04-01", "2026-04-02")).unwrap();
    let planned = |operator: &Operator| {
        let (code, said, complaints) =
            operator.run(&["explain", "--creditor", "acme", "--invoice", "F-1", "--format", "json"]);
        assert_eq!(code, 0, "{complaints}");
        let mut told: Value = serde_json::from_str(&said).unwrap();
        // When it was asked is that process's own: the clock runs on from its start.
        assert!(told["at"].take().is_string(), "{said}");
        told
    };
    let before = planned(&operator);

    let (code, said, complaints) = operator.run(&["plan"]);
    assert_eq!(code, 0, "{complaints}");
    let law =
        "~ law (changed)\n    ~ calendars/fr.yaml\n    1 open cases are decided by it, those on older revisions too\n";
    assert!(said.contains(law), "{said}");
    let (_, said, _) = operator.run(&["plan", "--format", "json"]);
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line = lines.iter().find(|line| line["law"].is_string()).unwrap();
    assert_eq!(
        (&line["open_cases"], &line["changes"]),
        (&json!(1), &json!([{"sign": "~", "what": "calendars/fr.yaml"}]))
    );

    // Files that are named alone leave the law.
    let (_, said, _) = operator.run(&["plan", "w.yaml"]);
    assert!(!said.contains("law"), "{said}");

    let (code, said, complaints) = operator.run(&["deploy"]);
    assert!(code == 0 && said.contains(law) && said.contains("deployment 2 stands"), "{said}{complaints}");
    assert!(operator.run(&["deploy"]).1.contains("nothing to deploy"));
    let after = planned(&operator);
    assert_ne!(before, after, "the day that was closed is gone");
    fs::remove_dir_all(&calendars).unwrap();
    assert_eq!(planned(&operator), after, "what is deployed decides, not the folder");
    assert!(operator.run(&["plan"]).1.contains("~ law (changed)\n    ~ calendars/fr.yaml\n"));
}

#[tokio::test]
async fn a_law_that_lacks_what_open_cases_count_by_is_refused_by_plan_and_deploy() {
    let (database, url) = database_of("law_lacking").await;
    let operator = Operator::new(&url);
    let write = |path: &str, text: &str| {
        let path = operator.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let remove = |path: &str| fs::remove_file(operator.folder.path().join(path)).unwrap();
    // A country that the binary does not carry.
    write("jurisdictions/xland.yaml", "jurisdiction: xx\ntitle: X\ncalendar: xx\ncurrency: EUR\n");
    write("calendars/xx.yaml", &CLOSED.replace("calendar: fr", "calendar: xx"));
    write("calendars/north.yaml", &CLOSED.replace("calendar: fr", "calendar: xx-12"));
    let home = text(&step("one", 30, "")).replace("workflow: w", "workflow: abroad");
    let abroad = home.replace("jurisdiction: fr", "jurisdiction: xx");
    write("abroad.yaml", &abroad);
    assert_eq!(operator.run(&["deploy"]).0, 0);

    let refused = |wanted: &str| {
        for command in ["plan", "deploy"] {
            let (code, _, complaints) = operator.run(&[command]);
            assert!(code == 1 && complaints.contains(wanted), "{command}: {complaints}");
        }
    };
    // New cases would be decided without it, unless the workflow comes without it too.
    let xland = fs::read_to_string(operator.folder.path().join("jurisdictions/xland.yaml")).unwrap();
    remove("jurisdictions/xland.yaml");
    write("abroad.yaml", &home);
    assert_eq!(operator.run(&["plan"]).0, 0);
    remove("abroad.yaml");
    operator.edit(&step("one", 30, ""));
    refused(
        "abroad.yaml) takes new cases under jurisdiction `xx`, which this law lacks: put jurisdictions/xland.yaml into \
         the folder, or take it out of service before: relance deploy --retire abroad\n",
    );

    let mut worker = Worker::start(&database).await;
    worker.take(&[creditor(), debtor("d-1"), invoice("F-1", "e-1", 0, "d-1", "100.00")]).await;
    assert_eq!(operator.run(&["deploy", "--retire", "abroad"]).0, 0);
    write("jurisdictions/xland.yaml", &xland);
    remove("calendars/north.yaml");
    refused(
        "abroad.yaml) has open cases (1) under calendar `xx-12`, which this law lacks: put calendars/north.yaml into \
         the folder\n",
    );
    remove("jurisdictions/xland.yaml");
    refused(
        "abroad.yaml) has open cases (1) under jurisdiction `xx`, which this law lacks: put jurisdictions/xland.yaml \
         into the folder\n",
    );
    // Files that are named leave the law as it is.
    assert_eq!(operator.run(&["deploy", "w.yaml"]).0, 0);
    assert_eq!(count(&url, "SELECT max(number) FROM deployments").await, 3);

    worker.take(&[payment("P-1", "e-2", 1, "d-1", "100.00")]).await;
    let (code, said, complaints) = operator.run(&["deploy"]);
    assert!(code == 0 && said.contains("    - jurisdictions/xland.yaml\n"), "nothing is open any more: {complaints}");
    // What files need is looked for in the law that serves, not in the folder around them.
    write("jurisdictions/xland.yaml", &xland);
    write("abroad.yaml", &abroad);
    let (code, _, complaints) = operator.run(&["deploy", "abroad.yaml"]);
    let wanted = "abroad.yaml) needs jurisdiction `xx`, which the deployed law lacks: deploy its folder with its law\n";
    assert!(code == 1 && complaints.contains(wanted), "{complaints}");
}
