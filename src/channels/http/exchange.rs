//! One request and its whole answer, in its turn.

use std::sync::PoisonError;
use std::time::Duration;

use reqwest::Request;
use serde_json::Value;
use tokio::time::Instant;

use super::client::{NoReply, no_reply};
use super::reply::{Reply, whole};
use super::{HttpCarrier, request};
use crate::channels::{Outgoing, SEND_SECONDS_MAX, TURN_SECONDS_MAX};
use crate::workflow::provider::Step;

/// Longest wait for a token or a provider's clock, in seconds: others may be waiting for it too.
const CREDENTIALS_SECONDS_MAX: u64 = 10;

impl HttpCarrier {
    /// One request and its whole answer, of a hand-over that `began` then.
    pub(super) async fn exchange(
        &self,
        step: &Step,
        outgoing: &Outgoing,
        names: &Value,
        began: Instant,
    ) -> Result<Reply, NoReply> {
        let reply = self.ask(step, outgoing, names, began).await?;
        // A token may be taken back before its time; what was answered 401 was not acted upon.
        if reply.status == 401 && step.request.authenticated && self.forget_token().await {
            return self.ask(step, outgoing, names, began).await;
        }
        Ok(reply)
    }

    /// Whether a request that is begun now can end before the claim on its notice does.
    pub(super) fn is_in_time(&self, began: Instant) -> bool {
        let longest = Duration::from_secs(SEND_SECONDS_MAX - 2 * TURN_SECONDS_MAX).max(self.provider.time_limit);
        began.elapsed() + self.provider.time_limit <= longest
    }

    async fn ask(&self, step: &Step, outgoing: &Outgoing, names: &Value, began: Instant) -> Result<Reply, NoReply> {
        let token = if step.request.authenticated {
            let patience = self.provider.time_limit.min(Duration::from_secs(CREDENTIALS_SECONDS_MAX));
            let late = |_| NoReply::NotSent(format!("{} gives no token or clock in time", self.name));
            tokio::time::timeout(patience, self.credentials(names)).await.map_err(late)??
        } else {
            None
        };
        if !self.is_in_time(began) {
            return Err(NoReply::NotSent("no time left for the request".to_owned()));
        }
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
