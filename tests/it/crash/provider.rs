//! The receiving side: the generic contract of `docs/generic-provider.md`, which honours idempotency keys and
//! remembers how often each was handed over, with what.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::channels_gateway::{Asked, Gateway, answer};

/// Everything handed over under one key.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The first body.
    pub body: Value,
    /// How often it was handed over.
    pub handed: usize,
    /// How often with another body.
    pub different: usize,
}

type Ledger = Arc<Mutex<BTreeMap<String, Kept>>>;

/// The provider.
pub struct Provider {
    gateway: Gateway,
    ledger: Ledger,
}

impl Provider {
    /// Listens on a port of its own.
    pub async fn start() -> Self {
        let ledger = Ledger::default();
        let kept = ledger.clone();
        let gateway = Gateway::start(move |asked| turn(&kept, asked)).await;
        Self { gateway, ledger }
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.gateway.url
    }

    /// How many different notices it has.
    pub fn accepted(&self) -> i64 {
        i64::try_from(self.ledger.lock().unwrap().len()).unwrap()
    }

    /// What it has, by key.
    pub fn kept(&self) -> BTreeMap<String, Kept> {
        self.ledger.lock().unwrap().clone()
    }
}

/// The key is kept before the answer leaves, as the contract asks: whoever dies in between hands over again.
fn turn(ledger: &Ledger, asked: &Asked) -> crate::channels_gateway::Turn {
    let mut ledger = ledger.lock().unwrap();
    if asked.method == "GET" {
        let notice = asked.target.rsplit('/').next().unwrap_or_default();
        return match ledger.get(notice) {
            Some(_) => answer(200, &json!({"provider_message_id": format!("m-{notice}"), "state": "accepted"})),
            None => answer(404, &json!({"state": "unknown"})),
        };
    }
    if asked.headers.get("authorization").map(String::as_str) != Some("Bearer of-the-test") {
        return answer(401, &json!({"reason": "wrong token"}));
    }
    let Some(key) = asked.headers.get("idempotency-key").cloned() else {
        return answer(422, &json!({"reason": "no Idempotency-Key"}));
    };
    let body = asked.json();
    let entry = ledger.entry(key.clone()).or_insert_with(|| Kept { body: body.clone(), handed: 0, different: 0 });
    entry.handed += 1;
    entry.different += usize::from(entry.body != body);
    answer(201, &json!({"provider_message_id": format!("m-{key}"), "state": "accepted"}))
}
