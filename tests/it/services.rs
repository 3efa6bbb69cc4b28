//! Where the real services are.

/// A variable that `make test` sets; the test fails with a remedy where it is missing.
fn required(name: &str) -> String {
    match std::env::var(name) {
        Ok(value) if !value.is_empty() => value,
        _ => panic!("{name} is not set: run `make test`, or `eval \"$(scripts/services.sh env)\"` before cargo test"),
    }
}

/// Postgres, as a role that may create databases.
pub fn database_url() -> String {
    required("DATABASE_URL")
}

/// RabbitMQ.
pub fn amqp_url() -> String {
    required("AMQP_URL")
}
