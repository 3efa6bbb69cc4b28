//! What one process does.

use std::fmt;
use std::str::FromStr;

/// One role of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Consumes events.
    Intake,
    /// Wakes accounts that are due.
    Wake,
    /// Sends notices.
    Dispatch,
    /// Publishes outcomes.
    Publish,
    /// Serves health and metrics over HTTP.
    Console,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 5] = [Self::Intake, Self::Wake, Self::Dispatch, Self::Publish, Self::Console];

    /// The name used in settings and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Wake => "wake",
            Self::Dispatch => "dispatch",
            Self::Publish => "publish",
            Self::Console => "console",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|role| role.as_str()).collect();
            format!("`{text}` is no role; the roles are {}", names.join(", "))
        })
    }
}
