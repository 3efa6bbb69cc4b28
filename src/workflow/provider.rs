//! A checked provider: what carries text messages and letters, as its YAML file describes it.

use crate::domain::Channel;

/// One provider.
#[derive(Clone, Debug, PartialEq)]
pub struct Provider {
    /// Its name, as written behind `provider:`.
    pub name: String,
    /// What it carries; never empty.
    pub channels: Vec<Channel>,
    /// How notices reach it.
    pub transport: Transport,
}

/// How notices reach a provider.
#[derive(Clone, Debug, PartialEq)]
pub enum Transport {
    /// Written to the outbox folder.
    Folder,
}
