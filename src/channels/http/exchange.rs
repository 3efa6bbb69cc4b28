//! One request and its whole answer, in its turn.

use std::sync::PoisonError;
use std::time::Duration;

use reqwest::Request;
use serde_json::Value;
use tokio::time::Instant;

use super::client::{NoReply, no_reply};
use super::reply::{Reply, whole};
use super::{HttpCarrier, request};
use crate::channels::{Outgoing, TURN_SECONDS_MAX};
use crate::workflow::provider::Step;

impl HttpCarrier {
    /// One request and its whole answer.
    pub(super) async fn exchange(&self, step: &Step, outgoing: &Outgoing, names: &Value) -> Result<Reply, NoReply> {
        let reply = self.ask(step, outgoing, names).await?;
        // A token may be taken back before its time; what was answered 401 was not acted upon.
        if reply.status == 401 && step.request.authenticated && self.forget_token().await {
            return self.ask(step, outgoing, names).await;
        }
        Ok(reply)
    }

    async fn ask(&self, step: &Step, outgoing: &Outgoing, names: &Value) -> Result<Reply, NoReply> {
        let token = if step.request.authenticated { self.token(names).await? } else { None };
        let request =
            request::build(&self.client, &self.base_url, &self.provider.auth, token.as_ref(), step, outgoing, names);
        let mut request = request.map_err(NoReply::Misconfigured)?.build().map_err(no_reply)?;
        if !self.keep_pace().await {
            return Err(NoReply::NotSent(format!("{} allows no request for now", self.name)));
        }
        if step.request.authenticated {
            self.sign(&mut request, names).await?;
        }
        self.execute(request).await
    }

    pub(super) async fn execute(&self, request: Request) -> Result<Reply, NoReply> {
        if let Some(tape) = &self.tape {
            return tape.lock().unwrap_or_else(PoisonError::into_inner).answer(&request);
        }
        whole(self.client.execute(request).await.map_err(no_reply)?).await
    }

    /// Waits until the next request may go, so that no second holds more than the definition allows; false if that
    /// is too far off.
    async fn keep_pace(&self) -> bool {
        let Some(per_second) = self.provider.rate.per_second else { return true };
        let turn = {
            let mut next = self.next_request.lock().await;
            let turn = (*next).max(Instant::now());
            if turn > Instant::now() + Duration::from_secs(TURN_SECONDS_MAX) {
                return false;
            }
            *next = turn + Duration::from_secs_f64(1.0 / per_second);
            turn
        };
        tokio::time::sleep_until(turn).await;
        true
    }
}
