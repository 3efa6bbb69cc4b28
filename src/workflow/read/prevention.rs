//! Surveys and credit warnings.

use rust_decimal::Decimal;

use super::Reader;
use crate::domain::Channel;
use crate::workflow::keys::{CREDIT_WARNING, ON_BAD, SURVEY};
use crate::workflow::yaml::{Node, NodeKind};
use crate::workflow::{BadScore, Code, CreditWarning, Survey};

impl Reader<'_, '_> {
    /// A satisfaction question: the template's name, or more.
    pub(super) fn survey(&mut self, node: &Node) -> Option<Survey> {
        let message = self.message_of(Channel::Email, node, &SURVEY);
        let on_bad = match &node.kind {
            NodeKind::Map(entries) => entries.iter().find(|entry| entry.key == "on_bad"),
            _ => None,
        };
        let on_bad = match on_bad {
            Some(entry) => Some(self.bad_score(&entry.value)?),
            None => None,
        };
        Some(Survey { message: message?, on_bad })
    }

    fn bad_score(&mut self, node: &Node) -> Option<BadScore> {
        let fields = self.fields(node, &ON_BAD)?;
        let at_most = fields.get("score_at_most").and_then(|node| self.number(node));
        let kind = fields.get("kind").and_then(|node| self.word(node));
        let assign = self.optional(&fields, "assign", Self::word);
        let within = fields.get("within").and_then(|node| self.duration(node));
        let note = self.optional(&fields, "note", Self::text);
        Some(BadScore { at_most: at_most?, kind: kind?, assign: assign?, within: within?, note: note? })
    }

    /// When the platform is warned about a debtor's credit.
    pub(super) fn credit_warning(&mut self, node: &Node) -> Option<CreditWarning> {
        let fields = self.fields(node, &CREDIT_WARNING)?;
        let when = self.optional(&fields, "when", Self::condition);
        let deposit_percent = self.optional(&fields, "deposit_percent", Self::number);
        if let (Some(Some(percent)), Some(node)) = (deposit_percent, fields.get("deposit_percent"))
            && (percent.is_zero() || percent > Decimal::ONE_HUNDRED)
        {
            let help = "write how much of the next orders, `30`; leave the key out where no deposit is advised";
            let message = format!("{percent} is no share of an order");
            self.findings.add_with_help(Code::BadValue, node.span.clone(), message, help.to_owned());
            return None;
        }
        Some(CreditWarning { when: when?, deposit_percent: deposit_percent? })
    }
}
