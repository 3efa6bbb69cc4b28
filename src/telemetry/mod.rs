//! Logs and metrics: where they go and in what shape.
//!
//! Logs go to standard error, as JSON lines where that is no terminal. Metrics are kept in memory and given out as
//! text when asked; nothing is pushed anywhere. What is logged and counted is decided where it happens.

use std::io::IsTerminal as _;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer, Registry};

/// Always on top of what is asked for: lapin would log returned messages whole, with what debtors are called.
const NEVER_LOGGED: &str = "lapin::returned_messages=off";
/// Libraries that say at `info` what belongs to `debug`, unless the directives name them.
const QUIET: [&str; 3] = ["lapin=warn", "sqlx=warn", "hyper=warn"];
/// Bounds of duration histograms, in seconds: from one statement to a slow provider.
const SECONDS_BUCKETS: [f64; 12] = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];
/// Bounds of batch-size histograms.
const SIZE_BUCKETS: [f64; 9] = [1.0, 2.0, 5.0, 10.0, 50.0, 100.0, 250.0, 500.0, 1_000.0];

/// Why logs or metrics could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The directives cannot be read.
    #[error("RELANCE_LOG: {0}; write directives such as info or relance=debug,lapin=warn")]
    Log(String),
    /// Something else set them up before.
    #[error("telemetry is set up already: {0}")]
    Twice(String),
}

/// The shape of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogShape {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl LogShape {
    /// Text where standard error is a terminal, else JSON.
    pub fn of_stderr() -> Self {
        if std::io::stderr().is_terminal() { Self::Text } else { Self::Json }
    }
}

/// What was set up.
#[derive(Clone)]
pub struct Telemetry {
    metrics: PrometheusHandle,
}

impl Telemetry {
    /// Sets up logs with these directives, and metrics, for the whole process; once.
    pub fn start(directives: &str, shape: LogShape) -> Result<Self, TelemetryError> {
        let subscriber = subscriber(directives, shape, std::io::stderr)?;
        tracing::subscriber::set_global_default(subscriber).map_err(|why| TelemetryError::Twice(why.to_string()))?;
        let metrics = prometheus().install_recorder().map_err(|why| TelemetryError::Twice(why.to_string()))?;
        Ok(Self { metrics })
    }

    /// All metrics in the Prometheus text format.
    pub fn metrics_text(&self) -> String {
        // Keeps histograms from growing between two scrapes; nothing else calls it.
        self.metrics.run_upkeep();
        self.metrics.render()
    }
}

fn prometheus() -> PrometheusBuilder {
    let builder = PrometheusBuilder::new();
    let builder = builder
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS_BUCKETS)
        .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix("_size".to_owned()), &SIZE_BUCKETS));
    match builder {
        Ok(builder) => builder,
        Err(why) => unreachable!("the buckets are constants and not empty: {why}"),
    }
}

fn subscriber<W>(
    directives: &str,
    shape: LogShape,
    writer: W,
) -> Result<impl tracing::Subscriber + Send + Sync, TelemetryError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let layer = tracing_subscriber::fmt::layer().with_writer(writer);
    let layer: Box<dyn Layer<Registry> + Send + Sync> = match shape {
        LogShape::Text => layer.with_target(false).boxed(),
        LogShape::Json => layer.json().flatten_event(true).with_current_span(false).boxed(),
    };
    Ok(Registry::default().with(layer.with_filter(filter(directives)?)))
}

fn filter(directives: &str) -> Result<EnvFilter, TelemetryError> {
    let refuse = |why: &dyn std::fmt::Display| TelemetryError::Log(why.to_string());
    let quiet: Vec<&str> = QUIET
        .into_iter()
        .filter(|quiet| quiet.split('=').next().is_some_and(|library| !directives.contains(library)))
        .collect();
    let all = [&quiet.join(","), directives].join(",");
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .parse(all.trim_matches(','))
        .map_err(|why| refuse(&why))?;
    match NEVER_LOGGED.parse() {
        Ok(never) => Ok(filter.add_directive(never)),
        Err(why) => Err(refuse(&why)),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(directives: &str, shape: LogShape, log: impl FnOnce()) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        tracing::subscriber::with_default(subscriber(directives, shape, move || writer.clone()).unwrap(), log);
        String::from_utf8(kept.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn json_lines_hold_the_sentence_and_its_fields() {
        let text = logged("info", LogShape::Json, || {
            tracing::info!(role = "intake", "a role started");
            tracing::debug!("not asked for");
        });
        let line: serde_json::Value = serde_json::from_str(text.trim()).unwrap();
        assert_eq!(
            (&line["message"], &line["role"], &line["level"]),
            (&"a role started".into(), &"intake".into(), &"INFO".into())
        );
    }

    #[test]
    fn returned_messages_are_never_logged_whatever_is_asked_for() {
        let text = logged("trace", LogShape::Text, || {
            tracing::warn!(target: "lapin::returned_messages", "Marie Curie");
            tracing::trace!(target: "relance", "seen");
        });
        assert!(text.contains("seen") && !text.contains("Marie"), "{text}");
    }

    #[test]
    fn libraries_are_quiet_until_they_are_named() {
        let log = || tracing::info!(target: "lapin::io_loop", "chatter");
        assert!(logged("info", LogShape::Text, log).is_empty());
        assert!(logged("info,lapin=info", LogShape::Text, log).contains("chatter"));
    }

    #[test]
    fn broken_directives_are_refused() {
        assert!(matches!(filter("relance=loud"), Err(TelemetryError::Log(_))));
        assert!(filter("").is_ok());
    }

    #[test]
    fn durations_are_histograms() {
        let recorder = prometheus().build_recorder();
        metrics::with_local_recorder(&recorder, || metrics::histogram!("relance_test_seconds").record(0.003));
        let text = recorder.handle().render();
        assert!(text.contains(r#"relance_test_seconds_bucket{le="0.005"} 1"#), "{text}");
    }
}
