//! Late charges in notices: claimed early, waived in whole and in part, never written on the invoice.

use rust_decimal::Decimal;

use super::story::*;
use crate::domain::*;
use crate::engine::outlook;
use crate::workflow::*;

fn story() -> Story {
    let mut story = Story::of(workflow(vec![reminder("r1", 3), Step { deadline: None, ..formal_notice(35) }]));
    story.book.jurisdictions = read_law(&[]).unwrap().jurisdictions.into();
    story.at("2026-01-02", invoice("A", 10_000, "2026-03-31"));
    story
}

fn waived(through: Option<&str>, parts: &[ChargePart]) -> Fact {
    Fact::ChargesWaived(ChargesWaived {
        id: "W".into(),
        debtor: "D1".into(),
        invoice: Some("A".into()),
        parts: parts.to_vec(),
        through: through.map(day),
        by: None,
        reason: "goodwill".into(),
    })
}

fn claimed() -> Fact {
    let (id, debtor, invoice) = ("C".into(), "D1".into(), None);
    Fact::ChargesClaimed(ChargesClaimed { id, debtor, invoice, by: None, note: None })
}

/// Interest, lump sum and the days of the statement of each notice that states charges, and what each claims.
fn stated(story: &mut Story) -> Vec<String> {
    story.until("2026-05-06");
    let mut notices: Vec<&Notice> = story.account.notices.values().collect();
    notices.sort_by_key(|notice| notice.accepted_at);
    let line = |notice: &Notice| {
        assert_eq!(notice.totals[0].amount, Decimal::from(10_000));
        let content = notice.content.as_ref().unwrap();
        let charges = content.charges.iter().map(|one| {
            let days: i64 = one.statement.iter().map(|segment| segment.days).sum();
            format!(" {} {} {days}", one.interest, one.lump_sum)
        });
        format!("{}{}", notice.step, charges.collect::<String>())
    };
    notices.into_iter().map(line).collect()
}

#[test]
fn charges_are_stated_from_the_formal_notice_on_and_earlier_where_they_are_claimed() {
    // 12.15 % in 2026-H1: 3 days are 9.99, 35 days 116.51.
    assert_eq!(stated(&mut story()), ["r1", "formal-notice 116.51 40 35"]);
    let mut early = story();
    early.at("2026-01-03", claimed());
    assert_eq!(stated(&mut early), ["r1 9.99 40 3", "formal-notice 116.51 40 35"]);
}

#[test]
fn what_is_waived_is_not_stated() {
    let with = |fact: Fact| {
        let mut story = story();
        story.at("2026-04-10", fact);
        stated(&mut story)
    };
    assert_eq!(with(waived(None, &[])), ["r1", "formal-notice"]);
    assert_eq!(with(waived(None, &[ChargePart::LumpSum])), ["r1", "formal-notice 116.51 0 35"]);
    assert_eq!(with(waived(None, &[ChargePart::Interest])), ["r1", "formal-notice 0 40 0"]);
    // Given up to 30 April: five days run again.
    assert_eq!(with(waived(Some("2026-04-30"), &[ChargePart::Interest])), ["r1", "formal-notice 16.64 40 5"]);
}

#[test]
fn of_a_claim_and_a_waiver_the_later_counts() {
    let mut story = story();
    story.at("2026-04-10", waived(None, &[])).at("2026-04-11", claimed());
    assert_eq!(stated(&mut story), ["r1", "formal-notice 116.51 40 35"]);
}

#[test]
fn against_a_consumer_interest_runs_from_the_day_the_formal_notice_reached_it() {
    // §2.4: Code civil, art. 1344-1, legal interest from receipt; 2.62 % in 2026-H1.
    let last = Step { deadline: None, phase: Phase::Legal, ..formal_notice(56) };
    let last = Step { id: "court".into(), ..last };
    let told = |reports: &[(DeliveryStatus, &str)]| {
        let mut story = Story::of(workflow(vec![Step { deadline: None, ..formal_notice(35) }, last.clone()]));
        story.book.jurisdictions = read_law(&[]).unwrap().jurisdictions.into();
        story.at("2026-01-01", Fact::Debtor(Debtor { kind: DebtorKind::Consumer, ..a_debtor() }));
        story.at("2026-01-02", invoice("A", 10_000, "2026-03-31"));
        for (status, on) in reports {
            story.at(on, reported("A", "formal-notice", *status, on));
        }
        story.until("2026-05-27");
        let court = story.account.notices.values().find(|notice| notice.step == "court".into()).unwrap();
        let charges = &court.content.as_ref().unwrap().charges;
        charges.first().map(|one| (one.interest.to_string(), one.statement[0].from, one.lump_sum))
    };
    use DeliveryStatus::{Delivered, FirstPresented, Posted, Unclaimed};
    // The notice of 5 May was presented on the 7th and fetched on the 12th: 14 days to the 26th.
    let fetched = [(Posted, "2026-05-06"), (FirstPresented, "2026-05-07"), (Delivered, "2026-05-12")];
    assert_eq!(told(&fetched), Some(("10.05".into(), day("2026-05-13"), Decimal::ZERO)));
    let left = [(Posted, "2026-05-06"), (FirstPresented, "2026-05-07"), (Unclaimed, "2026-05-23")];
    assert_eq!(told(&left).map(|(_, from, _)| from), Some(day("2026-05-08")));
    assert_eq!(told(&fetched[..2]), None, "nothing proves that it reached anybody");
}

#[test]
fn explanations_count_the_charges_as_of_today_and_say_what_is_given_up_or_cannot_be_counted() {
    let to_date = |story: &mut Story, day: &str| {
        story.until(day);
        let views = outlook(&story.account, &story.book, at(day));
        views.into_iter().find(|view| view.invoice == "A".into()).and_then(|view| view.charges)
    };
    assert_eq!(to_date(&mut story(), "2026-03-31"), None, "nothing is overdue");
    let charges = to_date(&mut story(), "2026-04-10").unwrap();
    assert_eq!((charges.interest.to_string(), charges.lump_sum), ("33.29".into(), Decimal::from(40)));
    assert_eq!((charges.segments[0].from, charges.segments[0].days), (day("2026-04-01"), 10));
    assert!(charges.segments[0].why.contains("10"), "{}", charges.segments[0].why);

    let mut given_up = story();
    given_up.at("2026-04-02", waived(Some("2026-04-05"), &[ChargePart::Interest]));
    let charges = to_date(&mut given_up, "2026-04-10").unwrap();
    assert_eq!(charges.segments[0].from, day("2026-04-06"));
    assert!(charges.notes.iter().any(|note| note == "interest before 2026-04-06 is waived"), "{:?}", charges.notes);

    // The law's data ends: nothing is guessed, and the half-year that lacks is named.
    let charges = to_date(&mut story(), "2031-01-10").unwrap();
    assert!(charges.segments.is_empty() && charges.interest.is_zero());
    assert!(charges.notes.iter().any(|note| note.contains("20") && note.contains("add it")), "{:?}", charges.notes);

    let mut paid = story();
    paid.at("2026-04-02", payment("P", 10_000, "2026-04-02", &[("A", 10_000)]));
    assert_eq!(to_date(&mut paid, "2026-04-10"), None, "nothing is owed");
}
