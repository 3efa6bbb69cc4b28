//! The worker: intake, wake-ups, dispatch and publishing out, each a role under supervision.

mod supervise;

pub use supervise::{Stop, StopSource, supervise};
