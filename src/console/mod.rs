//! The HTTP side of a worker: health for orchestrators and metrics for Prometheus.
//!
//! It deliberately serves no page and takes no event yet, and it never waits for the database longer than
//! `READY_SECONDS_MAX`.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;

/// How long readiness waits for an answer before it says no: shorter than any orchestrator's own time-out.
const READY_SECONDS_MAX: u64 = 2;

/// What the pages ask: whether the worker can do its work now, and the metrics as text.
pub trait Probe: Send + Sync + 'static {
    /// The reasons why the worker is not ready; empty when it is.
    fn unready(&self) -> impl Future<Output = Vec<String>> + Send;
    /// Metrics in the Prometheus text format.
    fn metrics(&self) -> String;
}

/// Why the console could not run.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}; choose another with RELANCE_LISTEN, or leave the role console out")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Takes the address; done before anything else starts, so that a worker never runs without its health page.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, ConsoleError> {
    TcpListener::bind(address).await.map_err(|source| ConsoleError::Listen { address, source })
}

/// Serves health and metrics until `stop` is done.
pub async fn serve<P: Probe>(
    listener: TcpListener,
    probe: Arc<P>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), std::io::Error> {
    axum::serve(listener, routes(probe)).with_graceful_shutdown(stop).await
}

fn routes<P: Probe>(probe: Arc<P>) -> Router {
    Router::new()
        .route("/health/live", get(|| async { "alive\n" }))
        .route("/health/ready", get(ready::<P>))
        .route("/metrics", get(metrics::<P>))
        .with_state(probe)
}

async fn ready<P: Probe>(State(probe): State<Arc<P>>) -> impl IntoResponse {
    let asked = tokio::time::timeout(Duration::from_secs(READY_SECONDS_MAX), probe.unready()).await;
    let reasons = asked.unwrap_or_else(|_| vec![format!("no answer within {READY_SECONDS_MAX} s")]);
    if reasons.is_empty() {
        (StatusCode::OK, "ready\n".to_owned())
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", reasons.join("\n")))
    }
}

async fn metrics<P: Probe>(State(probe): State<Arc<P>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], probe.metrics())
}
