//! Settings as somebody would write them: what an editor shows beside a key.

/// What an editor shows: the meaning, and the key as it might be written.
pub(super) fn text(meaning: &str, example: &str) -> String {
    format!("{meaning}\n\n```yaml\n{example}\n```")
}

/// The value of a setting that has no default.
pub(super) fn example(name: &str) -> &'static str {
    match name {
        "database.url" => "postgres://relance@db.example/relance",
        "broker.url" => "amqps://relance@mq.example/%2f",
        "email.smtp_url" => "smtps://mail.example",
        "email.folder" => "/var/spool/relance/mail",
        "providers.sms" => "twilio",
        "providers.letter" => "lob",
        "providers.urls" => "{ generic: \"https://sidecar.example\" }",
        "providers.outbox_folder" => "/var/spool/relance/outbox",
        "providers.secrets_folder" => "/run/secrets",
        "console.public_url" => "https://relance.example",
        "clock.start" => "\"2026-03-02T08:00:00Z\"",
        "clock.speed" => "3600",
        _ => "…",
    }
}
