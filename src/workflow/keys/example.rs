//! Mandatory keys as they might be written, for messages and editors.

/// A mandatory key as it might be written, for whoever forgot it.
pub(crate) fn example(key: &str) -> Option<&'static str> {
    Some(match key {
        "relance" => "relance: 1",
        "workflow" => "workflow: fr-b2b",
        "applies_to" => "applies_to: debtor.kind == \"business\"",
        "timezone" => "timezone: Europe/Paris",
        "jurisdiction" => "jurisdiction: fr",
        "contact" => "contact: { hours: { mon-fri: \"09:00-18:00\" } }",
        "hours" => "hours: { mon-fri: \"09:00-18:00\" }",
        "phase" => "phase: reminder",
        "within" => "within: 5 business days",
        "on_timeout" => "on_timeout: continue",
        "contacts" => "contacts: 4",
        "in_days" => "in_days: 30",
        "every" => "every: 7 days",
        "at_most" => "at_most: 3",
        "id" => "id: reminder-1",
        "template" => "template: reminder-1",
        "go_to" => "go_to: formal-notice",
        "code" => "code: no-terminal-step",
        "reason" => "reason: \"agreed with counsel\"",
        "steps" => "steps: [{ id: reminder-1, phase: reminder, after_due: 3 business days, email: reminder-1 }]",
        "name" => "name: Cabinet Durand",
        "address" => "address: 1 rue de la Paix, 75002 Paris",
        "cron" => "cron: \"0 8 * * mon\"",
        "send" => "send: digest",
        "role" => "role: manager",
        "kind" => "kind: call",
        "on_exhausted" => "on_exhausted: { task: { kind: decide, within: 10 business days, on_timeout: remind } }",
        _ => return None,
    })
}
