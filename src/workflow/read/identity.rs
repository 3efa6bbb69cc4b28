//! `from`: whom a message comes from, as far as its channel can show it.

use super::Reader;
use crate::workflow::yaml::Node;

impl Reader<'_, '_> {
    /// Whom an email comes from: a name, an address, or both.
    pub(super) fn email_identity(&mut self, node: &Node) -> Option<String> {
        let text = self.text(node)?;
        let address = text.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')).map_or(text.as_str(), |one| one.1);
        let (local, domain) = address.rsplit_once('@').unwrap_or_default();
        let is_plain = address.chars().all(|c| c.is_ascii_graphic() && !"<>(),;:\"\\".contains(c));
        if !text.contains(['@', '<', '>']) || (is_plain && !local.is_empty() && domain.contains('.')) {
            return Some(text);
        }
        let help = "write a name, an address, or both: `Accounts receivable <ar@acme.example>`";
        self.bad(node, format!("`{text}` is no sender of an email"), help);
        None
    }

    /// Whom a letter or a text message comes from: a name.
    pub(super) fn name_identity(&mut self, node: &Node) -> Option<String> {
        let text = self.text(node)?;
        if text.contains('@') {
            self.bad(node, "an email address is a sender of emails only", "write a name: `Accounts receivable`");
            return None;
        }
        Some(text)
    }
}
