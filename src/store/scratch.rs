//! Databases of their own for the demonstration, benchmarks and tests: made anew beside the one that is set.

use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};

use super::{Database, StoreError};

impl Database {
    /// Makes the database `name` anew on the same server, without tables. What was in it is gone.
    ///
    /// # Errors
    ///
    /// When Postgres is away, the role may not create databases, or `name` is not made of `a-z`, `0-9` and `_`.
    pub async fn make_anew(&self, name: &str) -> Result<Self, StoreError> {
        self.drop_beside(name).await?;
        let mut connection = self.options().connect().await?;
        // The name was checked to be letters, digits and underscores.
        connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE template0"))).await?;
        connection.close().await?;
        Ok(self.beside(name))
    }

    /// Drops the database `name` on the same server, if it is there.
    ///
    /// # Errors
    ///
    /// As for `make_anew`.
    pub async fn drop_beside(&self, name: &str) -> Result<(), StoreError> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if name.is_empty() || !name.chars().all(plain) {
            return Err(StoreError::Reject {
                code: "name".to_owned(),
                constraint: None,
                message: "a database's name is made of a-z, 0-9 and _".to_owned(),
            });
        }
        let mut connection = self.options().connect().await?;
        connection.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))).await?;
        connection.close().await?;
        Ok(())
    }
}
