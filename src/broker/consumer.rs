//! The supervised consumer of the intake queue: manual acknowledgement, prefetch, sessions that come back.
//!
//! It hands deliveries over in order through a bounded channel and acknowledges what it is told was committed. It
//! decides nothing about a message, never rejects one, and never publishes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use lapin::options::{BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection};
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::JoinHandle;

use super::outgoing::headers_of;
use super::prefix::Prefix;
use super::{Address, BrokerError, Topology};

/// First pause after a lost session.
const PAUSE_MILLIS_MIN: u64 = 50;
/// Longest pause: a broker that comes back is consumed from within this.
const PAUSE_MILLIS_MAX: u64 = 5_000;
/// How long a stopping consumer waits for the acknowledgements of what is in flight.
const GRACE_SECONDS_MAX: u64 = 15;
/// How long closing a connection may take before it is dropped.
const CLOSE_SECONDS_MAX: u64 = 2;

/// What a consumer needs to know.
#[derive(Clone, Debug)]
pub struct ConsumerSettings {
    /// Where RabbitMQ is.
    pub address: Address,
    /// The names there.
    pub topology: Topology,
    /// How many deliveries may be unacknowledged at once.
    pub prefetch: u16,
}

/// Names one delivery of one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tag {
    session: u64,
    number: u64,
}

/// A message as RabbitMQ delivered it.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// What to give to [`Consumer::settle`] once it is committed.
    pub tag: Tag,
    /// Its bytes.
    pub body: Vec<u8>,
    /// Its content type.
    pub content_type: Option<String>,
    /// Its headers that are plain values, as text.
    pub headers: Vec<(String, String)>,
    /// The key it was published with.
    pub routing_key: String,
    /// Whether RabbitMQ delivered it before, to us or to another.
    pub redelivered: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Consume,
    Pause,
    Stop,
    Finish,
}

/// Where acknowledgements of the current session go.
struct Session {
    number: u64,
    channel: Channel,
    prefix: Prefix,
}

#[derive(Default)]
struct Shared {
    /// Held while an acknowledgement is written: two of them must not overtake each other.
    session: Mutex<Option<Session>>,
    /// The current session's number; 0 between sessions.
    current: AtomicU64,
}

/// A consumer that stays: it reconnects with back-off until it is stopped.
pub struct Consumer {
    deliveries: mpsc::Receiver<Delivery>,
    shared: Arc<Shared>,
    wish: watch::Sender<Wish>,
    task: JoinHandle<()>,
}

impl Consumer {
    /// Starts consuming in the background.
    pub fn start(settings: ConsumerSettings) -> Self {
        let (sender, deliveries) = mpsc::channel(usize::from(settings.prefetch.max(1)));
        let (wish, wished) = watch::channel(Wish::Consume);
        let shared = Arc::new(Shared::default());
        let supervised = Supervised { settings, shared: shared.clone(), wished, sender: Some(sender), sessions: 0 };
        let task = tokio::spawn(supervised.run());
        Self { deliveries, shared, wish, task }
    }

    /// The next delivery; waits for it. None once it is stopped and everything handed over was taken.
    pub async fn next(&mut self) -> Option<Delivery> {
        loop {
            let delivery = self.deliveries.recv().await?;
            if self.is_current(&delivery) {
                return Some(delivery);
            }
        }
    }

    /// The next delivery if one is there already: what fills a batch without waiting.
    pub fn next_at_hand(&mut self) -> Option<Delivery> {
        loop {
            let delivery = self.deliveries.try_recv().ok()?;
            if self.is_current(&delivery) {
                return Some(delivery);
            }
        }
    }

    /// Deliveries of a lost session come again in the next one; handling them twice would only cost time.
    fn is_current(&self, delivery: &Delivery) -> bool {
        delivery.tag.session == self.shared.current.load(Ordering::Acquire)
    }

    /// Says that these were committed. What is then a contiguous prefix is acknowledged at once, in one frame; tags
    /// of an earlier session are ignored. A failure needs no answer: the session ends and the messages come again.
    pub async fn settle(&self, tags: &[Tag]) {
        let mut live = self.shared.session.lock().await;
        let Some(session) = live.as_mut() else { return };
        for tag in tags.iter().filter(|tag| tag.session == session.number) {
            session.prefix.commit(tag.number);
        }
        let Some(up_to) = session.prefix.advance() else { return };
        if let Err(why) = session.channel.basic_ack(up_to, BasicAckOptions { multiple: true }).await {
            tracing::debug!(%why, "an acknowledgement was lost with its session");
        }
    }

    /// Stops consuming and gives everything in flight back to the queue; for when the database is away.
    pub fn pause(&self) {
        self.wish.send_replace(Wish::Pause);
    }

    /// Consumes again after a pause.
    pub fn resume(&self) {
        self.wish.send_replace(Wish::Consume);
    }

    /// Takes nothing new. What was handed over can still be taken with `next` and settled; then call `finish`.
    pub fn stop(&self) {
        self.wish.send_replace(Wish::Stop);
    }

    /// Ends after everything that was to be settled was.
    pub async fn finish(self) {
        self.wish.send_replace(Wish::Finish);
        if let Err(why) = self.task.await {
            tracing::error!(%why, "the consumer ended badly");
        }
    }
}

struct Supervised {
    settings: ConsumerSettings,
    shared: Arc<Shared>,
    wished: watch::Receiver<Wish>,
    /// Dropped once nothing more will be handed over, which ends `Consumer::next`.
    sender: Option<mpsc::Sender<Delivery>>,
    sessions: u64,
}

impl Supervised {
    async fn run(mut self) {
        let mut pause = PAUSE_MILLIS_MIN;
        // A closed watch means that the consumer was dropped.
        while self.wished.wait_for(|wish| *wish != Wish::Pause).await.is_ok_and(|wish| *wish == Wish::Consume) {
            match self.session().await {
                Ok(()) => pause = PAUSE_MILLIS_MIN,
                Err((began, why)) => {
                    if began {
                        pause = PAUSE_MILLIS_MIN;
                    }
                    tracing::warn!(%why, pause_millis = pause, "consuming was interrupted and starts again");
                    metrics::counter!("relance_broker_sessions_lost_total").increment(1);
                    let _ = tokio::time::timeout(Duration::from_millis(pause), self.wished.changed()).await;
                    pause = (pause * 2).min(PAUSE_MILLIS_MAX);
                }
            }
            if self.is_wished(Wish::Stop) {
                break;
            }
        }
    }

    fn is_wished(&self, wish: Wish) -> bool {
        *self.wished.borrow() == wish
    }

    /// One session, from connecting to its end by wish; an error says whether it had begun to consume.
    async fn session(&mut self) -> Result<(), (bool, BrokerError)> {
        let (connection, channel, mut consumer) = self.begin().await.map_err(|why| (false, why))?;
        self.sessions += 1;
        let session = Session { number: self.sessions, channel: channel.clone(), prefix: Prefix::default() };
        *self.shared.session.lock().await = Some(session);
        self.shared.current.store(self.sessions, Ordering::Release);
        tracing::info!(at = %self.settings.address, session = self.sessions, "consuming");

        let ended = self.relay(&mut consumer).await;
        if ended.is_ok() && !self.is_wished(Wish::Pause) {
            self.see_out(&channel, consumer.tag()).await;
        }
        self.shared.current.store(0, Ordering::Release);
        *self.shared.session.lock().await = None;
        let closing = connection.close(200, "done".into());
        let _ = tokio::time::timeout(Duration::from_secs(CLOSE_SECONDS_MAX), closing).await;
        ended.map_err(|why| (true, why))
    }

    async fn begin(&self) -> Result<(Connection, Channel, lapin::Consumer), BrokerError> {
        let connection = self.settings.address.connect("relance intake").await?;
        let channel = connection.create_channel().await?;
        self.settings.topology.declare(&channel).await?;
        channel.basic_qos(self.settings.prefetch, BasicQosOptions::default()).await?;
        let queue = self.settings.topology.intake_queue();
        let consumer = channel
            .basic_consume(queue.into(), "".into(), BasicConsumeOptions::default(), FieldTable::default())
            .await?;
        Ok((connection, channel, consumer))
    }

    /// Hands deliveries over until the wish changes.
    async fn relay(&mut self, consumer: &mut lapin::Consumer) -> Result<(), BrokerError> {
        let session = self.sessions;
        let Some(sender) = self.sender.clone() else { return Ok(()) };
        loop {
            let delivery = tokio::select! {
                biased;
                wish = self.wished.wait_for(|wish| *wish != Wish::Consume) => {
                    drop(wish);
                    return Ok(());
                }
                delivery = consumer.next() => delivery,
            };
            let delivery = match delivery {
                Some(Ok(delivery)) => delivery,
                Some(Err(why)) => return Err(why.into()),
                None => return Err(BrokerError::Lost("the consumer was cancelled; was its queue deleted?".to_owned())),
            };
            let headers = delivery.properties.headers().as_ref().map(headers_of).unwrap_or_default();
            let delivery = Delivery {
                tag: Tag { session, number: delivery.delivery_tag },
                content_type: delivery.properties.content_type().as_ref().map(ToString::to_string),
                headers,
                routing_key: delivery.routing_key.to_string(),
                redelivered: delivery.redelivered,
                body: delivery.data,
            };
            tokio::select! {
                biased;
                sent = sender.send(delivery) => if sent.is_err() { return Ok(()) },
                wish = self.wished.wait_for(|wish| *wish != Wish::Consume) => {
                    drop(wish);
                    return Ok(());
                }
            }
        }
    }

    /// Takes nothing new and waits for what is in flight to be settled.
    async fn see_out(&mut self, channel: &Channel, tag: lapin::types::ShortString) {
        if let Err(why) = channel.basic_cancel(tag, BasicCancelOptions::default()).await {
            tracing::debug!(%why, "the session ended before it could be cancelled");
            return;
        }
        self.sender = None;
        let finished = self.wished.wait_for(|wish| *wish == Wish::Finish);
        if tokio::time::timeout(Duration::from_secs(GRACE_SECONDS_MAX), finished).await.is_err() {
            tracing::warn!(seconds = GRACE_SECONDS_MAX, "what was in flight was not settled in time; it comes again");
        }
    }
}
