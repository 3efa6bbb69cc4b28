//! Late charges of cases to a day: what notices state, and what explanations tell.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use super::asked::Asked;
use super::days::{civil_day, sane};
use super::delivery::proof_among;
use super::scene::{Scene, Walker};
use crate::domain::{AllocationReason, DebtorKind, Phase, StatedCharges};
use crate::law::{Charges, ChargesError, Claim, Segment};
use crate::workflow::Workflow;

/// The late charges of a claim to a day, as they are counted now: no notice stated them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChargesToDate {
    /// Last day counted.
    pub through: NaiveDate,
    /// Interest asked for, less what payments paid of it; rounded to the currency.
    #[serde(with = "rust_decimal::serde::str")]
    pub interest: Decimal,
    /// Lump sum asked for.
    #[serde(with = "rust_decimal::serde::str")]
    pub lump_sum: Decimal,
    /// The interest, segment by segment.
    pub segments: Vec<Segment>,
    /// What the creditor waived, whether it claimed them, and what the law's data lacks.
    pub notes: Vec<String>,
}

/// Late charges to the day of the notice, by currency: stated from the formal notice on, earlier where they were
/// claimed, and without what was waived. What the law's data does not cover is left out, never guessed.
pub(super) fn stated(
    scene: &Scene<'_>,
    lead: &Walker<'_>,
    workflow: &Workflow,
    listed: &[&Walker<'_>],
    phase: Phase,
) -> Vec<StatedCharges> {
    let mut stated: Vec<StatedCharges> = Vec::new();
    for walker in listed {
        let asked = Asked::of(&scene.account.facts, walker.id());
        if phase < Phase::FormalNotice && !asked.is_claimed {
            continue;
        }
        let Some(Ok(charges)) = count(scene, walker, workflow, asked, lead.today) else { continue };
        let currency = walker.balance.currency;
        let index = stated.iter().position(|one| one.currency == currency).unwrap_or_else(|| {
            let (interest, lump_sum) = (Decimal::ZERO, Decimal::ZERO);
            stated.push(StatedCharges { currency, interest, lump_sum, statement: Vec::new() });
            stated.len() - 1
        });
        let one = &mut stated[index];
        one.interest += charges.interest;
        one.lump_sum += charges.lump_sum;
        one.statement.extend(charges.statement(&walker.invoice.fact.number));
    }
    stated.retain(|one| !one.interest.is_zero() || !one.lump_sum.is_zero());
    stated.sort_by_key(|one| one.currency);
    stated
}

/// The late charges of a case as of today, for explanations; `None` where nothing undisputed is overdue, or no workflow is
/// chosen.
pub(super) fn to_date(scene: &Scene<'_>, walker: &Walker<'_>) -> Option<ChargesToDate> {
    let workflow = walker.workflow.filter(|_| walker.balance.open > walker.balance.disputed)?;
    let through = walker.today;
    walker.due_on.filter(|due_on| *due_on < through)?;
    let asked = Asked::of(&scene.account.facts, walker.id());
    let mut notes: Vec<String> = Vec::new();
    notes.extend(asked.is_claimed.then(|| "claimed: every notice states them".to_owned()));
    notes.extend((!asked.interest).then(|| "interest is waived".to_owned()));
    notes.extend(asked.interest_from.map(|day| format!("interest before {day} is waived")));
    notes.extend((!asked.lump_sum).then(|| "the lump sum is waived".to_owned()));
    let charges = match count(scene, walker, workflow, asked, through)? {
        Ok(charges) => charges,
        Err(why) => {
            notes.push(format!("not counted, and left out of notices: {why}"));
            Charges::default()
        }
    };
    notes.extend(charges.concerns.iter().map(ToString::to_string));
    let Charges { segments, interest, lump_sum, .. } = charges;
    Some(ChargesToDate { through, interest, lump_sum, segments, notes })
}

/// What the law gives of a case and the creditor asks for, less what payments paid of it; `None` without a debtor or a
/// due date.
fn count(
    scene: &Scene<'_>,
    walker: &Walker<'_>,
    workflow: &Workflow,
    asked: Asked,
    through: NaiveDate,
) -> Option<Result<Charges, ChargesError>> {
    let kind = scene.debtor?.kind;
    let due_on = walker.due_on?;
    let insolvency = scene.account.facts.insolvency.as_ref();
    let counted = scene.ledger.of_invoice(walker.id());
    let counted: Vec<_> = counted.filter(|one| one.why != AllocationReason::InPlatformBalance).collect();
    let mut reductions: Vec<_> = counted.iter().map(|one| (sane(one.day), one.principal())).collect();
    reductions.sort_unstable();
    let interest_paid = counted.iter().map(|one| one.interest).sum();
    let claim = Claim {
        kind,
        currency: walker.balance.currency,
        principal: walker.balance.claimed - walker.balance.disputed,
        reductions: &reductions,
        due_on,
        formal_notice_on: formal_notice_on(scene, walker, workflow, kind),
        contract_rate: scene.creditor.and_then(|creditor| creditor.terms.as_ref()?.penalty_rate),
        judgment_on: insolvency.map(|opened| sane(opened.fact.judgment_date)),
        interest_from: asked.interest_from,
        // What a court decides is counted by hand, with `relance charges`.
        enforceable_on: None,
        capitalised_from: None,
        statute: None,
    };
    let charged = scene.book.jurisdictions.charges(&workflow.jurisdiction, &claim, through);
    Some(charged.map(|charges| {
        let mut charges = charges.less(interest_paid);
        if !asked.interest {
            (charges.interest, charges.segments) = (Decimal::ZERO, Vec::new());
        }
        if !asked.lump_sum {
            charges.lump_sum = Decimal::ZERO;
        }
        charges
    }))
}

/// The day from which a formal notice about a case counts under its law: that of the first report that proves it.
fn formal_notice_on(
    scene: &Scene<'_>,
    walker: &Walker<'_>,
    workflow: &Workflow,
    kind: DebtorKind,
) -> Option<NaiveDate> {
    let law = scene.book.jurisdictions.get(&workflow.jurisdiction)?;
    let counts_from = law.charge_rule(kind, None).ok()??.notice_counts_from;
    let formal = workflow.steps.iter().filter(|step| step.phase == Phase::FormalNotice);
    let records = formal.flat_map(|step| walker.records(step));
    let at = records.filter_map(|record| proof_among(scene.account, &scene.reports, record, counts_from)).min();
    at.map(|at| civil_day(walker.zone, at))
}
