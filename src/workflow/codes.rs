//! The codes of findings: one table. A code is never renamed and never reused for something else.

use std::fmt;

use serde::{Serialize, Serializer};

use super::Severity;

macro_rules! codes {
    ($($name:ident $text:literal $severity:ident $kind:ident $about:literal,)+) => {
        /// What kind of finding it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $about] $name,)+
        }

        /// Every code, with its severity and one sentence.
        pub const CODES: &[CodeInfo] = &[
            $(CodeInfo {
                code: Code::$name,
                text: $text,
                severity: Severity::$severity,
                law: codes!(@$kind),
                about: $about,
                page: include_str!(concat!("../../docs/codes/", $text, ".md")),
            },)+
        ];
    };
    (@form) => { false };
    (@law) => { true };
}

/// What is known of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeInfo {
    /// The code.
    pub code: Code,
    /// As printed: `unknown-key`.
    pub text: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// A finding of law, which a file may accept with a reason.
    pub law: bool,
    /// One sentence.
    pub about: &'static str,
    /// Its page in `docs/codes`, as Markdown.
    pub page: &'static str,
}

codes! {
    YamlSyntax "yaml-syntax" Error form "The file is not YAML 1.2.",
    YamlLimit "yaml-limit" Error form "The file is larger, or nested deeper, than relance reads.",
    FindingsLimit "findings-limit" Warning form "The file has more findings than are shown at once.",
    YamlDocuments "yaml-documents" Error form "A file holds exactly one YAML document, without directives.",
    YamlTag "yaml-tag" Error form "YAML tags are not part of the language.",
    YamlAnchor "yaml-anchor" Error form "YAML anchors, aliases and merge keys are not part of the language.",
    YamlNull "yaml-null" Error form "A key has no value, or an explicit null.",
    YamlKey "yaml-key" Error form "A key is not a plain word.",
    DuplicateKey "duplicate-key" Error form "The same key stands twice in one mapping.",
    UnknownKey "unknown-key" Error form "A key is not one of those that may stand there.",
    MissingKey "missing-key" Error form "A mandatory key is missing.",
    WrongType "wrong-type" Error form "A value has not the type its key asks for.",
    UnquotedText "unquoted-text" Error form "A text that YAML readers take for something else unless it is quoted.",
    UnknownValue "unknown-value" Error form "A value is not one of the closed list its key takes.",
    BadValue "bad-value" Error form "A value has the right type and cannot be meant: out of range, empty, malformed.",
    UnknownEdition "unknown-edition" Error form "The edition of the language is not one that this relance reads.",
    ConditionSyntax "condition-syntax" Error form "A condition does not follow the grammar.",
    ConditionType "condition-type" Error form "A condition compares what cannot be compared, or uses what may be absent.",
    ConditionLimit "condition-limit" Error form "A condition is too long or nested too deep.",
    ConstantCondition "constant-condition" Warning form
        "A condition comes out the same whatever the invoice is.",
    UnknownName "unknown-name" Error form "A condition uses a name that does not exist.",
    DuplicateWorkflow "duplicate-workflow" Error form "Two files define a workflow of the same name.",
    PriorityTie "priority-tie" Note form
        "Two workflows of the same priority may apply to the same invoice, so their names decide.",
    UnreachableWorkflow "unreachable-workflow" Warning form
        "No invoice can choose a workflow, because another one takes all of its invoices.",
    DuplicateStep "duplicate-step" Error form "Two steps of one workflow have the same id, now or formerly.",
    UnknownStep "unknown-step" Error form "A step is named that the workflow does not have.",
    AnchorCount "anchor-count" Error form "A step has not exactly one anchor.",
    AnchorOrder "anchor-order" Error form "A step is anchored on, or requires, one that comes after it in the file.",
    StepOrder "step-order" Error form "A step is planned before the one that stands above it.",
    NoAction "no-action" Error form "A step does nothing.",
    SameChannelTwice "same-channel-twice" Error form
        "A step uses one channel twice, or falls back to a channel of its own.",
    MisplacedKey "misplaced-key" Error form "A key has no meaning on this step.",
    GoToBackward "go-to-backward" Error form "A jump leads to the same step or to an earlier one.",
    UnreachableStep "unreachable-step" Warning form "No case can reach this step.",
    StepsTooClose "steps-too-close" Warning form "Two steps are closer together than days_between allows, so the later waits.",
    ContactBudget "contact-budget" Warning form
        "The calendar has more contacts than at_most allows, so steps wait.",
    NoCommonHour "no-common-hour" Error form
        "The channels of a step have no contact hour in common, so it could never go.",
    IdleContactBudget "idle-contact-budget" Warning form
        "at_most allows as many contacts as it has days, so it never holds anything back.",
    SkippableRequirement "skippable-requirement" Warning form
        "A required step may be skipped; then the step that requires it waits for ever.",
    UnblockWithoutBlock "unblock-without-block" Warning form "A step releases a block that no step above it asks for.",
    DeadlineWithoutProof "deadline-without-proof" Error form
        "A deadline runs from a proof that nothing on its step gives, so it would never start.",
    NoDeadline "no-deadline" Error form "after_deadline_of names a step that states no deadline.",
    MissingTemplate "missing-template" Error form "A template does not exist in a declared language.",
    UnknownProvider "unknown-provider" Error form "A provider is named that is not defined, or not for this channel.",
    UnknownJurisdiction "unknown-jurisdiction" Error form "There is no file for the jurisdiction.",
    UnknownWorkflow "unknown-workflow" Error form "A workflow is named that does not exist.",
    UnusedAccept "unused-accept" Warning form "A finding is accepted that the file does not have.",
    CronSyntax "cron-syntax" Error form "A cron expression is not five fields that relance reads, or never comes.",
    CronBothDays "cron-both-days" Error form
        "A cron expression restricts both the day of the month and the weekday.",
    ScheduleRecipient "schedule-recipient" Error form
        "A schedule writes to an address without naming the creditor whose figures it may see, or to no address.",
    ScheduleZone "schedule-zone" Error form "A schedule outside a workflow names no time zone.",
    ScheduleMatrix "schedule-matrix" Error form
        "A statement of provision without its shares, shares that are no percentages, or shares where none are used.",
    DuplicateSchedule "duplicate-schedule" Error form "Two schedules of one file have the same id.",
    NoScenario "no-scenario" Warning form "No scenario file tests the workflow.",
    LegalWithoutFormalNotice "legal-without-formal-notice" Error law
        "A legal step can be reached without a formal notice before it.",
    FormalNoticeWithoutReminder "formal-notice-without-reminder" Error law
        "A formal notice requires no earlier reminder.",
    FormalNoticeWithoutProof "formal-notice-without-proof" Error law
        "A formal notice goes by a service that proves nothing.",
    FormalNoticeWithoutDeadline "formal-notice-without-deadline" Error law
        "A formal notice gives the debtor no term.",
    DeadlineTooShort "deadline-too-short" Error law "A deadline is shorter than the customary one.",
    BeforeDueDate "before-due-date" Error law
        "A formal notice or a legal step is planned before the invoice is due.",
    ConsumerCharges "consumer-charges" Error law
        "A template asks for charges that only businesses owe, and the workflow takes others.",
    LegalInsideDeadline "legal-inside-deadline" Error law
        "A legal step is not anchored behind the deadline of the formal notice.",
    ElectronicRegisteredConsent "electronic-registered-consent" Error law
        "An electronic registered letter may go to a consumer, whose consent it needs.",
    NoTerminalStep "no-terminal-step" Error law "A case can end without anybody deciding what follows.",
    LimitationPassed "limitation-passed" Error law "The claim is past limitation before the last step.",
    // Providers, law files, scenarios and templates.
    FileUnreadable "file-unreadable" Error form "A file is not UTF-8 text, or is larger than relance reads.",
    UnreadFile "unread-file" Warning form "Nothing reads a file, because its name ends in .yml, or because it is the configuration.",
    DuplicateDefinition "duplicate-definition" Error form "Two files of a folder define a thing of the same name.",
    ImpossibleDate "impossible-date" Error form "A date does not exist in the calendar.",
    CommitStep "commit-step" Error form "A provider does not have exactly one committing request, the last.",
    RequestShape "request-shape" Error form "A request has no method, several, or a body that cannot be sent.",
    AnswerPath "answer-path" Error form "A path into an answer cannot be read.",
    LastOutcome "last-outcome" Error form "The last rule of a provider's outcomes does not take every answer.",
    NoAcceptedOutcome "no-accepted-outcome" Error form "No answer of a provider means that it has the notice.",
    UnreachableOutcome "unreachable-outcome" Error form "No answer can reach a rule, because earlier ones take it.",
    OutcomeBeforeCommit "outcome-before-commit" Error form "An answer before the commit is said to be acceptance.",
    LetterRetry "letter-retry" Error form "A letter whose fate is unknown would be sent again by itself.",
    NoReconcile "no-reconcile" Error form "An unclear answer is to be looked up, and no request says how.",
    SecretInClear "secret-in-clear" Error form "A secret is written into a definition instead of named.",
    InsecureAddress "insecure-address" Error form "A provider is reached without TLS, outside a sandbox and this machine.",
    TemplateSyntax "template-syntax" Error form "A template, or a text with `{{ … }}`, does not follow the grammar.",
    UnknownFilter "unknown-filter" Error form "A template uses a filter, test or function that does not exist.",
    MissingSource "missing-source" Error form "A legal value does not say where and when it was read.",
    UnverifiedLaw "unverified-law" Note form "Legal values that nobody compared with the text of the law.",
    LawOutOfDate "law-out-of-date" Warning form "A legal value, or the last rate of a series, is past its time.",
    MissingHalfYear "missing-half-year" Error form "A series of rates has a gap.",
    OverlappingPeriods "overlapping-periods" Error form "Two tiers or holidays claim the same ground.",
    UnknownCalendar "unknown-calendar" Error form "A calendar is named that no file defines, or that extends itself.",
    UnknownSeries "unknown-series" Error form "A series of rates is named that no jurisdiction defines.",
    UnknownTimeLimit "unknown-time-limit" Error form "A time limit is named that the jurisdiction does not define, or that begins after itself.",
    BadHoliday "bad-holiday" Error form "The days of a holiday cannot be computed.",
    QuarantinedEvent "quarantined-event" Error form "An event of a scenario would be put in quarantine.",
    ExpectedLine "expected-line" Error form "A line of an expected timeline cannot be read.",
    TemplateError "template-error" Error form "A template fails with a sample notice.",
    TemplatePair "template-pair" Error form "An email template lacks its subject or its plain text.",
    UnusedTemplate "unused-template" Warning form "No workflow of the folder uses a template.",
    UnreadTemplate "unread-template" Warning form "Nothing reads a file, because of its extension.",
    FormalNoticeIncomplete "formal-notice-incomplete" Error law
        "A formal notice does not show what makes it one.",
    CollectorMentions "collector-mentions" Error law
        "A letter of a third-party collector lacks a mention that the law demands.",
    Wording "wording" Warning form "Words that threaten, humiliate or imitate a court.",
    SmsLong "sms-long" Warning form "A text message takes more segments than it needs.",
    AddressWindow "address-window" Error form "An address would not fit the window of the envelope.",
}

impl Code {
    /// What is known of it.
    pub fn info(self) -> &'static CodeInfo {
        // The table is made by the same macro as the enum, in the same order.
        &CODES[self as usize]
    }

    /// As printed: `unknown-key`.
    pub fn as_str(self) -> &'static str {
        self.info().text
    }

    /// The code of a text.
    pub fn from_text(text: &str) -> Option<Self> {
        CODES.iter().find(|info| info.text == text).map(|info| info.code)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_found_by_its_text_and_once() {
        for info in CODES {
            assert_eq!(info.code.info(), info);
            assert_eq!(Code::from_text(info.text), Some(info.code));
            assert!(info.about.ends_with('.'), "{}", info.text);
        }
    }
}
