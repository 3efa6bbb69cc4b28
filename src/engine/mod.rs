//! The engine: `decide`, a total pure function over one account.

mod book;

pub use book::*;

use chrono::{DateTime, Utc};

use crate::domain::{Account, Decision};

/// What follows from everything known of `account` at `now`. Total: every account has a decision.
///
/// Deciding again at the same instant, on the account with the decision carried out, decides nothing more.
pub fn decide(account: &Account, book: &Book, now: DateTime<Utc>) -> Decision {
    let _ = (account, book, now);
    Decision::default()
}
