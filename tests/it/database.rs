//! A database of its own for each test, made from the server that `DATABASE_URL` names.

use sqlx::{ConnectOptions as _, Connection as _, Executor as _, PgConnection};

use relance::store::Database;

use super::services;

/// The URL of an empty database called after `test`; one that an earlier run left is dropped first.
pub async fn fresh_url(test: &str) -> String {
    let url = services::database_url();
    let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
    let mut server = PgConnection::connect(&url).await.expect("DATABASE_URL must name a running Postgres");
    let name = format!("relance_it_{test}");
    // The names are written in this folder; nothing from outside gets here.
    let drop = sqlx::AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
    server.execute(sqlx::raw_sql(drop)).await.unwrap();
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    server.execute(sqlx::raw_sql(create)).await.unwrap();
    options.database(&name).to_url_lossy().to_string()
}

/// What tests ask of a database beside its own functions.
pub trait Migrated {
    /// Itself, with every migration applied.
    async fn migrated(self) -> Self;
}

impl Migrated for Database {
    async fn migrated(self) -> Self {
        self.migrate().await.unwrap();
        self
    }
}
