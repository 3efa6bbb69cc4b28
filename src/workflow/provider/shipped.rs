//! The definitions that the binary carries: what serves where `workflows/providers/` has none of that name.

use super::{Provider, ProviderError};

pub(super) const SHIPPED: [(&str, &str); 4] = [
    ("providers/generic.yaml", include_str!("../../../workflows/providers/generic.yaml")),
    ("providers/lob.yaml", include_str!("../../../workflows/providers/lob.yaml")),
    ("providers/outbox-folder.yaml", include_str!("../../../workflows/providers/outbox-folder.yaml")),
    ("providers/twilio.yaml", include_str!("../../../workflows/providers/twilio.yaml")),
];

/// The shipped providers, by name.
///
/// # Errors
/// None in a build that passed its tests.
pub fn shipped_providers() -> Result<Vec<Provider>, ProviderError> {
    SHIPPED.into_iter().map(|(file, yaml)| Provider::parse(file, yaml)).collect()
}
