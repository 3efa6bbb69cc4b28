//! What a failed statement asks of the caller: try again, give up, or look at a row.

/// Why the store did not do what it was asked. Never holds a value out of a row: only names of tables, columns
/// and constraints, and the keys the platform chose.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Postgres is away, is restarting, or chose this transaction to give way. Nothing was changed, or it is not
    /// known whether it was; what is done again does no harm.
    #[error("Postgres did not answer or asked to try again ({reason}); try again")]
    Retry {
        /// What the driver said.
        reason: String,
    },
    /// Something was deployed or blocked since the book was read: decide with a book of the newer version.
    #[error(
        "workflows were deployed or steps blocked meanwhile (version {library}, the book is of {book}); read them anew"
    )]
    Stale {
        /// The version of the book.
        book: i64,
        /// The version that stands.
        library: i64,
    },
    /// Postgres refused the statement: it would be refused again.
    #[error("Postgres refused a statement ({code}): {message}{}", constraint.as_ref().map(|name| format!(", constraint {name}")).unwrap_or_default())]
    Reject {
        /// The SQLSTATE.
        code: String,
        /// The constraint that stood against it.
        constraint: Option<String>,
        /// What Postgres said, without its detail, which quotes the row.
        message: String,
    },
    /// A stored row cannot be read; only its repair helps.
    #[error("table {table}, row {key}: column {column} cannot be read: {reason}")]
    Undecodable {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's key.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Fewer or more rows changed than the program holds possible: the transaction was given up.
    #[error("table {table}: {found} rows changed where {expected} were to")]
    RowsAffected {
        /// The table.
        table: &'static str,
        /// How many rows were to change.
        expected: u64,
        /// How many did.
        found: u64,
    },
}

impl StoreError {
    /// Whether the call may succeed later: as it is, or with a book of the newer version.
    pub fn is_retry(&self) -> bool {
        matches!(self, Self::Retry { .. } | Self::Stale { .. })
    }

    /// Whether the book is of an older version than what stands.
    pub fn is_stale(&self) -> bool {
        matches!(self, Self::Stale { .. })
    }

    /// Nothing when `found` rows are as many as `expected`.
    pub(super) fn unless_rows(table: &'static str, expected: usize, found: u64) -> Result<(), Self> {
        let expected = expected as u64;
        if expected == found { Ok(()) } else { Err(Self::RowsAffected { table, expected, found }) }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(why: sqlx::Error) -> Self {
        let sqlx::Error::Database(refused) = &why else {
            let is_wrong_shape =
                matches!(why, sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::Encode(_));
            return if is_wrong_shape {
                Self::Reject { code: "decode".to_owned(), constraint: None, message: why.to_string() }
            } else {
                Self::Retry { reason: why.to_string() }
            };
        };
        let code = refused.code().unwrap_or_default().into_owned();
        // 08 connection, 25 wrong state (a standby after a fail-over), 40 deadlock or serialisation, 53 resources,
        // 55 lock not available, 57 operator or restart, 58 system. And what is wrong with the database rather than
        // with a row, until somebody puts it right: 0A and 26 a statement prepared before a migration, 42 a table,
        // column or right that is missing.
        let passes =
            ["08", "0A", "25", "26", "40", "42", "53", "55", "57", "58"].iter().any(|class| code.starts_with(class));
        if passes {
            Self::Retry { reason: format!("{code}: {}", refused.message()) }
        } else {
            let constraint = refused.constraint().map(str::to_owned);
            Self::Reject { code, constraint, message: refused.message().to_owned() }
        }
    }
}
