//! The definitions that the binary carries, with their recordings: what serves where the workflows folder has none of
//! that name.

use super::{Provider, ProviderError, Recording};

/// A definition by its path below the workflows folder.
macro_rules! definition {
    ($name:literal) => {
        (concat!("providers/", $name, ".yaml"), include_str!(concat!("../../../workflows/providers/", $name, ".yaml")))
    };
}

/// A recording likewise.
macro_rules! recording {
    ($name:literal) => {
        (concat!("recorded/", $name, ".yaml"), include_str!(concat!("../../../workflows/recorded/", $name, ".yaml")))
    };
}

pub(super) const SHIPPED: [(&str, &str); 16] = [
    definition!("allmysms"),
    definition!("brevo-sms"),
    definition!("generic"),
    definition!("infobip-sms"),
    definition!("lob"),
    definition!("maileva-lrar"),
    definition!("merci-facteur"),
    definition!("outbox-folder"),
    definition!("ovh-sms"),
    definition!("postgrid"),
    definition!("sinch-sms"),
    definition!("smsfactor"),
    definition!("smsmode"),
    definition!("stannp"),
    definition!("twilio"),
    definition!("vonage-sms"),
];

const RECORDED: [(&str, &str); 15] = [
    recording!("allmysms"),
    recording!("brevo-sms"),
    recording!("generic"),
    recording!("infobip-sms"),
    recording!("lob"),
    recording!("maileva-lrar"),
    recording!("merci-facteur"),
    recording!("ovh-sms"),
    recording!("postgrid"),
    recording!("sinch-sms"),
    recording!("smsfactor"),
    recording!("smsmode"),
    recording!("stannp"),
    recording!("twilio"),
    recording!("vonage-sms"),
];

/// The shipped providers, by name.
///
/// # Errors
/// None in a build that passed its tests.
pub fn shipped_providers() -> Result<Vec<Provider>, ProviderError> {
    SHIPPED.into_iter().map(|(file, yaml)| Provider::parse(file, yaml)).collect()
}

/// What is recorded of them.
pub fn shipped_recordings() -> Vec<Recording> {
    // None is wrong in a build that passed its tests.
    RECORDED.into_iter().filter_map(|(file, yaml)| Recording::parse(file, yaml).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_that_is_asked_has_recordings_that_can_be_read() {
        let recorded: Vec<String> = RECORDED
            .into_iter()
            .map(|(file, yaml)| Recording::parse(file, yaml).unwrap_or_else(|why| panic!("{file}: {why:?}")).provider)
            .collect();
        let asked = SHIPPED.map(|(file, _)| file.trim_start_matches("providers/").trim_end_matches(".yaml").to_owned());
        let asked: Vec<String> = asked.into_iter().filter(|name| name != "outbox-folder").collect();
        assert_eq!(recorded, asked);
    }
}
