//! The worker: intake, wake-ups, dispatch and publishing out, each a role under supervision.
//!
//! Roles share nothing but the tables, a memory of accounts and a nudge; any of them may run in a process of
//! its own. Nothing here decides anything: what follows from a fact is `advance`'s and the engine's part.

mod dispatch;
mod figures;
mod intake;
mod laws;
mod letterbox;
mod library;
mod peers;
mod prepare;
mod publish;
pub mod schedules;
mod shelf;
pub mod statement;
mod supervise;
mod template_set;
mod wake;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio::sync::Notify;

use crate::advance::Memory;
use crate::broker::{Address, Topology};
use crate::channels::{Channels, Documents};
use crate::clock::Clock;
use crate::config::Role;
use crate::domain::Channel;
use crate::store::{Database, StoreError};
use crate::workflow::Schedule;

pub use laws::LawEdition;
pub use library::{Edition, Library, names_of_step};
pub use shelf::Shelf;
pub use supervise::{BackOff, Stop, StopSource, supervise};
pub use template_set::{TemplateSet, TemplateSets};

/// Sizes and times of a worker.
#[derive(Clone, Debug)]
pub struct Pace {
    /// Deliveries that may be unacknowledged at once.
    pub prefetch: u16,
    /// Messages taken at once, and events taken into one transaction.
    pub batch_messages: usize,
    /// How long a batch that is not full waits for more while deliveries keep coming.
    pub flush: Duration,
    /// Longest sleep of an idle waker: another process may have stored an earlier time meanwhile.
    pub wake_idle: Duration,
    /// Accounts woken in one transaction.
    pub wake_accounts: usize,
    /// Notices claimed at once.
    pub dispatch_notices: usize,
    /// Notices of one channel handed over at the same time.
    pub dispatch_at_once: usize,
    /// How long a claim holds, in real time; longer than any provider may take.
    pub lease: Duration,
    /// Events published in one confirmed batch.
    pub publish_events: usize,
}

/// Everything the roles work with.
pub struct Parts {
    /// Postgres.
    pub database: Database,
    /// RabbitMQ.
    pub broker: Address,
    /// The names there.
    pub topology: Topology,
    /// Business time.
    pub clock: Clock,
    /// The schedules of `relance.yaml`; those of workflows come with them.
    pub schedules: Vec<Schedule>,
    /// Workflows with their templates, as deployed.
    pub shelf: Shelf,
    /// Accounts remembered between decisions.
    pub memory: Memory,
    /// What carries notices.
    pub channels: Arc<Channels>,
    /// What fetches the invoices that emails attach.
    pub documents: Documents,
    /// Sizes and times.
    pub pace: Pace,
    /// Wakes roles of this process.
    pub nudges: Nudges,
    /// Messages acknowledged since the start.
    pub taken: AtomicU64,
}

impl Parts {
    /// What a run of a schedule needs, as of now.
    fn means<'a>(&'a self, library: &'a Library) -> schedules::Means<'a> {
        schedules::Means { library, channels: &self.channels, now: self.clock.now(), lease: self.pace.lease }
    }
}

/// Longest time one transaction takes, in real seconds; it takes milliseconds. What takes longer waits for a
/// connection that is dead at the other end, which nothing else would tell.
const STORE_SECONDS_MAX: u64 = 120;

/// Gives work on the tables up when it takes too long; its connection goes with it.
async fn in_time<T>(work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let late = || StoreError::Retry { reason: format!("no answer within {STORE_SECONDS_MAX} s") };
    tokio::time::timeout(Duration::from_secs(STORE_SECONDS_MAX), work).await.unwrap_or_else(|_| Err(late()))
}

/// Told when there may be work; a role that runs in another process finds it by looking once a second.
#[derive(Debug, Default)]
pub struct Nudges {
    wake: Notify,
    email: Notify,
    sms: Notify,
    letter: Notify,
    publish: Notify,
}

impl Nudges {
    /// State changed: there may be notices to send, events to publish and an earlier time to wake.
    fn changed(&self) {
        for nudge in [&self.wake, &self.email, &self.sms, &self.letter, &self.publish] {
            nudge.notify_one();
        }
    }

    fn of_channel(&self, channel: Channel) -> &Notify {
        match channel {
            Channel::Email => &self.email,
            Channel::Sms => &self.sms,
            Channel::Letter => &self.letter,
        }
    }
}

/// Runs the roles until the stop is asked and what is in flight is finished.
pub async fn run(parts: Arc<Parts>, roles: &BTreeSet<Role>, stop: Stop) {
    let mut tasks = tokio::task::JoinSet::new();
    {
        let (parts, stop) = (parts.clone(), stop.clone());
        tasks.spawn(async move {
            supervise("shelf", &stop, || parts.shelf.watch(&parts.database, &stop)).await;
        });
    }
    if roles.iter().any(|role| *role != Role::Console) {
        let (parts, stop) = (parts.clone(), stop.clone());
        tasks.spawn(async move {
            supervise("peers", &stop, || peers::pass(&parts, &stop)).await;
        });
    }
    for role in roles.iter().copied() {
        match role {
            Role::Intake => {
                let (parts, stop) = (parts.clone(), stop.clone());
                tasks.spawn(async move {
                    supervise("intake", &stop, || intake::pass(&parts, &stop)).await;
                });
            }
            Role::Wake => {
                let (parts, stop) = (parts.clone(), stop.clone());
                tasks.spawn(async move {
                    supervise("wake", &stop, || wake::pass(&parts, &stop)).await;
                });
            }
            Role::Dispatch => {
                for channel in [Channel::Email, Channel::Sms, Channel::Letter] {
                    let (parts, stop) = (parts.clone(), stop.clone());
                    tasks.spawn(async move {
                        supervise("dispatch", &stop, || dispatch::pass(&parts, channel, &stop)).await;
                    });
                }
                let (parts, stop) = (parts.clone(), stop.clone());
                tasks.spawn(async move {
                    supervise("schedules", &stop, || schedules::pass(&parts, &stop)).await;
                });
            }
            Role::Publish => {
                let (parts, stop) = (parts.clone(), stop.clone());
                tasks.spawn(async move {
                    supervise("publish", &stop, || publish::pass(&parts, &stop)).await;
                });
            }
            Role::Console => {}
        }
    }
    while let Some(ended) = tasks.join_next().await {
        if let Err(why) = ended {
            tracing::error!(%why, "a role ended badly");
        }
    }
}
