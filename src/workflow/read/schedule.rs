//! Schedules, in a workflow file and in `relance.yaml`.

use chrono_tz::Tz;
use rust_decimal::Decimal;

use super::Reader;
use crate::domain::{Class, CreditorId, ID_CHARS_MAX, Matrix};
use crate::workflow::keys::{MATRIX, SCHEDULE, SENDS};
use crate::workflow::yaml::{self, Node, NodeKind};
use crate::workflow::{Code, CronError, Diagnostic, Findings, Schedule, Timetable, Work};

/// Most addresses of one mail: a list of readers, not a mailing.
const ADDRESSES_MAX: usize = 20;
/// What stands for a creditor's own address.
const OWN_ADDRESS: &str = "creditor";

/// The schedules of `relance.yaml`, which is otherwise not looked at; every mistake of theirs where there is one.
pub fn read_schedules(file: &str, text: &str) -> Result<Vec<Schedule>, Vec<Diagnostic>> {
    let mut findings = Findings::new(file, text);
    let root = yaml::read(text, &mut findings);
    let Some(NodeKind::Map(entries)) = root.as_ref().map(|root| &root.kind) else { return Ok(Vec::new()) };
    let Some(entry) = entries.iter().find(|entry| entry.key == "schedules") else { return Ok(Vec::new()) };
    let found = Reader { findings: &mut findings }.schedules(&entry.value, None);
    if findings.is_empty() { Ok(found) } else { Err(findings.into_sorted()) }
}

impl Reader<'_, '_> {
    /// A list of schedules; `zone` is that of the workflow around it.
    pub(super) fn schedules(&mut self, node: &Node, zone: Option<Tz>) -> Vec<Schedule> {
        let mut found: Vec<Schedule> = Vec::new();
        for item in self.items(node, "a list of schedules") {
            let Some(schedule) = self.schedule(item, zone) else { continue };
            if found.iter().any(|known| known.id == schedule.id) {
                let message = format!("there is already a schedule `{}`", schedule.id);
                self.findings.add_with_help(
                    Code::DuplicateSchedule,
                    item.span.clone(),
                    message,
                    "give it an id of its own".to_owned(),
                );
            } else {
                found.push(schedule);
            }
        }
        found
    }

    fn schedule(&mut self, node: &Node, zone: Option<Tz>) -> Option<Schedule> {
        let fields = self.fields(node, &SCHEDULE)?;
        let id = fields.get("id").and_then(|node| self.word(node));
        let written = fields.get("timezone");
        let zone = match written {
            Some(node) => self.zone(node),
            None => zone,
        };
        if zone.is_none() && written.is_none() {
            let message = "the schedule names no time zone";
            let help = "write `timezone: Europe/Paris`; only in a workflow file the workflow's is taken".to_owned();
            self.findings.add_with_help(Code::ScheduleZone, node.span.clone(), message, help);
        }
        // Without a zone the expression is checked all the same.
        let timetable = fields.get("cron").and_then(|node| self.cron(node, zone.unwrap_or(Tz::UTC)));
        let creditor = fields.get("creditor").and_then(|node| self.creditor(node));
        let to = fields.get("to").and_then(|node| self.recipients(node));
        if let (Some(addresses), Some(node), None) = (&to, fields.get("to"), fields.get("creditor"))
            && !addresses.is_empty()
        {
            let message = "an address is given and not whose figures it may see";
            let help = "write `creditor:` with the creditor's id, or `to: creditor` for each creditor's own address"
                .to_owned();
            self.findings.add_with_help(Code::ScheduleRecipient, node.span.clone(), message, help);
        }
        let language = fields.get("language").and_then(|node| self.word(node));
        let enabled = fields.get("enabled").map_or(Some(true), |node| self.flag(node));
        let event = fields.get("event").map_or(Some(false), |node| self.flag(node));
        let sends = fields.get("send").and_then(|node| self.one_of(node, SENDS, SENDS));
        let matrix = fields.get("matrix").map(|node| (self.matrix(node), node));
        let work = match (sends?, matrix) {
            ("provision", Some((matrix, _))) => Work::Provision(matrix?),
            ("provision", None) => {
                let place = fields.get("send").map_or(node, |node| node).span.clone();
                let help = format!("write `matrix:` with {}", Class::ALL.map(Class::as_str).join(", "));
                self.findings.add_with_help(
                    Code::ScheduleMatrix,
                    place,
                    "the shares of the provision are missing",
                    help,
                );
                return None;
            }
            (_, Some((_, node))) => {
                let help = "leave `matrix` out, or write `send: provision`".to_owned();
                self.findings.add_with_help(
                    Code::ScheduleMatrix,
                    node.span.clone(),
                    "a digest provides for nothing",
                    help,
                );
                return None;
            }
            (_, None) => Work::Digest,
        };
        zone?;
        let (event, enabled) = (event?, enabled?);
        Some(Schedule { id: id?, timetable: timetable?, work, creditor, to: to?, language, event, enabled })
    }

    fn cron(&mut self, node: &Node, zone: Tz) -> Option<Timetable> {
        let text = self.text(node)?;
        match Timetable::parse(&text, zone) {
            Ok(timetable) => Some(timetable),
            Err(why) => {
                let code = if why == CronError::BothDays { Code::CronBothDays } else { Code::CronSyntax };
                self.findings.add_with_help(code, node.span.clone(), why.to_string(), why.help().to_owned());
                None
            }
        }
    }

    fn creditor(&mut self, node: &Node) -> Option<CreditorId> {
        let text = self.text(node)?;
        if text.chars().count() > ID_CHARS_MAX {
            self.bad(node, "the creditor's id is longer than any", "write the `creditor` of your events");
            return None;
        }
        Some(CreditorId::new(text))
    }

    /// Addresses; none for the creditor's own.
    fn recipients(&mut self, node: &Node) -> Option<Vec<String>> {
        let NodeKind::List(_) = &node.kind else {
            let text = self.text(node)?;
            return if text == OWN_ADDRESS { Some(Vec::new()) } else { Some(vec![self.address(node, text)?]) };
        };
        let items = self.items(node, "a list of email addresses");
        if items.len() > ADDRESSES_MAX {
            self.bad(
                node,
                format!("{} addresses are too many", items.len()),
                "at most 20; use a list of your mail system",
            );
            return None;
        }
        let mut found = Vec::new();
        for item in items {
            let text = self.text(item)?;
            found.push(self.address(item, text)?);
        }
        (!found.is_empty()).then_some(found)
    }

    fn address(&mut self, node: &Node, text: String) -> Option<String> {
        let parts = text.split_once('@').filter(|(name, host)| {
            !name.is_empty()
                && host.contains('.')
                && !host.starts_with('.')
                && !host.ends_with('.')
                && !host.contains('@')
        });
        let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | ';' | '<' | '>' | '"');
        if parts.is_none() || text.contains(odd) {
            let message = format!("`{text}` is no email address");
            let help = "write one address, `finance@example.org`, a list of them, or `creditor`".to_owned();
            self.findings.add_with_help(Code::ScheduleRecipient, node.span.clone(), message, help);
            return None;
        }
        Some(text)
    }

    fn matrix(&mut self, node: &Node) -> Option<Matrix> {
        let fields = self.fields(node, &MATRIX)?;
        let mut percent = [Decimal::ZERO; 7];
        let mut is_whole = true;
        for (class, share) in Class::ALL.iter().zip(&mut percent) {
            let Some(node) = fields.get(class.as_str()) else {
                is_whole = false;
                continue;
            };
            match self.number(node) {
                Some(number) if number <= Decimal::ONE_HUNDRED => *share = number,
                Some(number) => {
                    let message = format!("{number} percent is more than everything");
                    self.findings.add_with_help(
                        Code::ScheduleMatrix,
                        node.span.clone(),
                        message,
                        "write 0 to 100".to_owned(),
                    );
                    is_whole = false;
                }
                None => is_whole = false,
            }
        }
        is_whole.then_some(Matrix { percent })
    }
}

#[cfg(test)]
mod tests;
