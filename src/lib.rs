//! relance: the collections engine that an accounting platform plugs in.
//!
//! `ARCHITECTURE.md` has the map, the invariants and two walk-throughs.

pub mod advance;
pub mod broker;
pub mod channels;
pub mod clock;
pub mod config;
pub mod console;
pub mod domain;
pub mod engine;
pub mod law;
pub mod render;
pub mod report;
pub mod simulate;
pub mod store;
pub mod telemetry;
pub mod worker;
pub mod workflow;
