//! Integration tests: one binary, against real Postgres, RabbitMQ and SMTP.
//!
//! `make test` starts what they need. Run by hand, they read where it is from the environment and fail with
//! a remedy where it is missing; nothing is skipped.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod broker;
mod channels_auth;
mod channels_definitions;
mod channels_documents;
mod channels_gateway;
mod channels_http;
mod channels_prism;
mod channels_smtp;
mod channels_support;
mod charges;
mod check;
mod corpus;
mod corpus_kinds;
mod crash;
mod database;
mod deploy;
mod deploy_killed;
mod deploy_law;
mod deploy_property;
mod deploy_running;
mod deploy_service;
mod end_to_end;
mod explain;
mod forecasts;
mod history;
mod keys;
mod law;
mod limitation;
mod outcomes;
mod pages;
mod parts;
mod policies;
mod provider_command;
mod proxy;
mod publish_command;
mod reports;
mod scenarios;
mod schedule_commands;
mod schedules;
mod schemas;
mod semantics;
mod services;
mod shipped;
mod stale_feed;
mod store_dispatch;
mod store_intake;
mod store_support;
mod store_wake;
mod tasks;
mod terms;
mod time_limits;
mod timetables;
mod told;
mod tools;
mod worker_support;

#[test]
fn services_are_named_by_the_environment() {
    assert!(services::database_url().starts_with("postgres"));
    assert!(services::amqp_url().starts_with("amqp"));
}
