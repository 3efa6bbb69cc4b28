//! The law files that the binary carries: what counts where a folder has none of that name.

/// Path under `workflows/`, and text.
pub type ShippedFile = (&'static str, &'static str);

macro_rules! shipped {
    ($($path:literal),+ $(,)?) => {
        &[$(($path, include_str!(concat!("../../workflows/", $path)))),+]
    };
}

/// Every shipped calendar and jurisdiction.
pub fn shipped() -> &'static [ShippedFile] {
    shipped![
        "calendars/be.yaml",
        "calendars/de.yaml",
        "calendars/fr-57.yaml",
        "calendars/fr-67.yaml",
        "calendars/fr-68.yaml",
        "calendars/fr-971.yaml",
        "calendars/fr-972.yaml",
        "calendars/fr-973.yaml",
        "calendars/fr-974.yaml",
        "calendars/fr-975.yaml",
        "calendars/fr-976.yaml",
        "calendars/fr.yaml",
        "calendars/gb.yaml",
        "calendars/lu.yaml",
        "calendars/target2.yaml",
        "jurisdictions/eu.yaml",
        "jurisdictions/fr.yaml",
        "jurisdictions/gb.yaml",
    ]
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_law_file_is_carried() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows");
        let mut found = Vec::new();
        for folder in ["calendars", "jurisdictions"] {
            for entry in std::fs::read_dir(root.join(folder)).unwrap() {
                found.push(format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap()));
            }
        }
        found.sort();
        let carried: Vec<String> = super::shipped().iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(carried, found);
    }
}
