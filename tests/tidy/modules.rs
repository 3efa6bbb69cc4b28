//! Who may name whom, and who owns which crate.

use super::expect_none;
use super::source::{Source, line, names, sources};

/// What each module may name of the others. The order is that of `ARCHITECTURE.md`.
const MODULES: &[(&str, &[&str])] = &[
    ("clock", &[]),
    ("config", &[]),
    ("telemetry", &[]),
    ("domain", &[]),
    ("law", &["domain"]),
    ("workflow", &["domain", "law"]),
    ("engine", &["domain", "law", "workflow"]),
    ("render", &["domain", "law"]),
    ("simulate", &["domain", "law", "workflow", "engine", "render"]),
    ("report", &["domain", "law", "engine"]),
    ("store", &["domain"]),
    ("advance", &["domain", "law", "workflow", "engine", "store"]),
    ("channels", &["clock", "domain", "workflow", "render"]),
    ("broker", &["domain"]),
    (
        "worker",
        &[
            "clock",
            "config",
            "telemetry",
            "domain",
            "law",
            "workflow",
            "engine",
            "render",
            "store",
            "advance",
            "channels",
            "broker",
        ],
    ),
    (
        "console",
        &[
            "clock",
            "config",
            "telemetry",
            "domain",
            "law",
            "workflow",
            "engine",
            "render",
            "simulate",
            "store",
            "advance",
            "channels",
        ],
    ),
];

/// Crates that one module alone may name.
const OWNERS: &[(&str, &str)] = &[
    ("serde_saphyr", "workflow"),
    ("annotate_snippets", "workflow"),
    ("cron", "workflow"),
    ("minijinja", "render"),
    ("hayro_syntax", "render"),
    ("typst", "render"),
    ("typst_pdf", "render"),
    ("typst_as_lib", "render"),
    ("typst_assets", "render"),
    ("sqlx", "store"),
    ("lettre", "channels"),
    ("reqwest", "channels"),
    ("hmac", "channels"),
    ("sha1", "channels"),
    ("lapin", "broker"),
    ("axum", "console"),
    ("tracing_subscriber", "telemetry"),
    ("metrics_exporter_prometheus", "telemetry"),
    ("quick_xml", "simulate"),
    ("clap", "main"),
    ("anyhow", "main"),
    ("indicatif", "main"),
    ("similar", "main"),
    ("rustls", "main"),
];

/// Modules that decide, and therefore neither wait nor log.
const PURE: &[&str] = &["clock", "domain", "law", "workflow", "engine", "render", "simulate"];

#[test]
fn a_module_names_only_what_the_table_lists() {
    let mut violations = Vec::new();
    for source in sources("src") {
        let module = source.module();
        if module == "lib" {
            continue;
        }
        let allowed = MODULES.iter().find(|(name, _)| *name == module).map(|(_, allowed)| *allowed);
        if allowed.is_none() && module != "main" {
            violations.push(format!(
                "{}:1: module `{module}` is not in the table; add it to tests/tidy/modules.rs and ARCHITECTURE.md",
                source.path
            ));
            continue;
        }
        for (at, named) in named_modules(&source) {
            let known = MODULES.iter().any(|(name, _)| *name == named);
            let fits = module == "main" || named == module || allowed.is_some_and(|allowed| allowed.contains(&named));
            if known && !fits {
                violations.push(format!(
                    "{}:{}: `{module}` may not name `{named}`; pass the value in from a caller that may name both",
                    source.path,
                    line(&source.product, at)
                ));
            }
        }
    }
    expect_none(&violations);
}

/// The top-level modules that a file names, each with its place: after `crate::` or `relance::`, one by one or in braces.
fn named_modules(source: &Source) -> Vec<(usize, &str)> {
    let code = &source.product;
    let root = if source.module() == "main" { "relance" } else { "crate" };
    let mut found = Vec::new();
    for (at, name) in names(code) {
        let Some(rest) = code[at + name.len()..].strip_prefix("::") else { continue };
        if name != root {
            continue;
        }
        let start = at + name.len() + 2;
        if rest.starts_with('{') {
            found.extend(first_names(&code[start..]).into_iter().map(|(place, name)| (start + place, name)));
        } else {
            found.extend(names(rest).next().map(|(place, name)| (start + place, name)));
        }
    }
    found
}

/// The first name of each part of a `{a, b::{c, d}}`.
fn first_names(group: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let (mut open, mut expects) = (0_usize, false);
    for (at, byte) in group.bytes().enumerate() {
        match byte {
            b'{' => {
                open += 1;
                expects = open == 1;
            }
            b'}' => {
                open -= 1;
                if open == 0 {
                    break;
                }
            }
            b',' => expects = open == 1,
            _ if expects && (byte.is_ascii_alphabetic() || byte == b'_') => {
                found.extend(names(&group[at..]).next().map(|(_, name)| (at, name)));
                expects = false;
            }
            _ => {}
        }
    }
    found
}

#[test]
fn the_root_is_reached_by_name() {
    let mut violations = Vec::new();
    for source in sources("src").iter().filter(|source| !["lib", "main"].contains(&source.module())) {
        let chain = "super::".repeat(source.depth());
        for (at, _) in source.product.match_indices(&chain) {
            violations.push(format!(
                "{}:{}: leaves the module by `super`; write `crate::`",
                source.path,
                line(&source.product, at)
            ));
        }
    }
    expect_none(&violations);
}

#[test]
fn a_crate_has_one_owner() {
    let mut violations = Vec::new();
    for source in sources("src") {
        let module = source.module();
        for (at, name) in outside_names(&source.product) {
            let place = format!("{}:{}", source.path, line(&source.product, at));
            if let Some((_, owner)) = OWNERS.iter().find(|(owned, _)| *owned == name)
                && *owner != module
            {
                violations.push(format!(
                    "{place}: only `{owner}` may name the crate `{name}`; ask it through a function of its own"
                ));
            }
            if PURE.contains(&module) && ["tokio", "tracing"].contains(&name) {
                violations
                    .push(format!("{place}: `{module}` is pure and may not name `{name}`; wait and log in the caller"));
            }
        }
    }
    expect_none(&violations);
}

/// The names that begin a path.
fn outside_names(code: &str) -> impl Iterator<Item = (usize, &str)> {
    names(code).filter(|(at, name)| {
        let begins = !code[..*at].ends_with("::") && !code[..*at].ends_with('.');
        let leads = code[at + name.len()..].starts_with("::");
        let used = code[..*at].trim_end().ends_with("use");
        begins && (leads || used)
    })
}

#[test]
fn only_the_clock_reads_the_time() {
    let mut violations = Vec::new();
    for source in sources("src").iter().filter(|source| source.module() != "clock") {
        for call in ["Utc::now", "Local::now", "SystemTime::now", "Uuid::new_v4", "Uuid::now_v7", "rand::"] {
            for (at, _) in source.product.match_indices(call) {
                violations.push(format!(
                    "{}:{}: `{call}`: time and chance are arguments; take them from the caller",
                    source.path,
                    line(&source.product, at)
                ));
            }
        }
    }
    expect_none(&violations);
}

#[test]
fn only_store_and_advance_name_a_transaction() {
    let mut violations = Vec::new();
    for source in sources("src").iter().filter(|source| !["store", "advance"].contains(&source.module())) {
        for (at, _) in names(&source.product).filter(|(_, name)| *name == "Tx") {
            violations.push(format!(
                "{}:{}: names `store::Tx`; what sends must not be able to hold a transaction",
                source.path,
                line(&source.product, at)
            ));
        }
    }
    expect_none(&violations);
}

#[test]
fn groups_of_imports_are_read() {
    let group = "{self, domain::{Case, law}, store::Tx, engine}";
    let found: Vec<&str> = first_names(group).into_iter().map(|(_, name)| name).collect();
    assert_eq!(found, ["self", "domain", "store", "engine"]);
}
