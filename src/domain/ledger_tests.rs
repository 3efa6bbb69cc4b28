//! The ledger's rules (3b 19, 26, 30), and conservation over random facts in random order.

use proptest::prelude::*;

use super::*;
use crate::domain::*;

fn day(number: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, number).unwrap()
}

fn instant(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_770_000_000 + minute * 60, 0).unwrap()
}

fn version(minute: i64) -> Version {
    Version { time: instant(minute), sequence: 0, id: minute.to_string() }
}

fn cents(amount: i64) -> Decimal {
    Decimal::new(amount, 2)
}

fn invoice(id: &str, total: i64, due: u32) -> Invoice {
    Invoice {
        id: id.into(),
        number: id.to_owned(),
        debtor: "D".into(),
        currency: Currency::EUR,
        total: cents(total),
        net_total: None,
        issued_on: day(1),
        due_on: Some(day(due)),
        terms: None,
        delivered_on: None,
        periodic: false,
        sector: None,
        purchase_order: None,
        document_url: None,
        document_sha256: None,
        late_terms: None,
        tags: vec![],
        paid_by: None,
        amount_due: None,
    }
}

fn payment(id: &str, amount: i64, named: &[(&str, i64)]) -> Payment {
    let allocations = named
        .iter()
        .map(|(invoice, amount)| NamedAllocation { invoice: (*invoice).into(), amount: cents(*amount) })
        .collect();
    let (debtor, status) = ("D".into(), PaymentStatus::Received);
    let (currency, received_on) = (Currency::EUR, day(5));
    Payment {
        id: id.into(),
        debtor,
        currency,
        amount: cents(amount),
        received_on,
        allocations,
        reference: None,
        status,
    }
}

fn dispute(id: &str, invoice: &str, amount: Option<i64>) -> Fact {
    let (id, debtor, invoice) = (id.to_owned(), "D".into(), invoice.into());
    Fact::DisputeOpened(DisputeOpened { id, debtor, invoice, amount: amount.map(cents), category: None, reason: None })
}

fn facts(known: impl IntoIterator<Item = Fact>) -> Facts {
    let mut facts = Facts::default();
    for (minute, fact) in known.into_iter().enumerate() {
        facts.apply(&format!("e{minute}"), version(minute as i64), fact);
    }
    facts
}

fn of(facts: &Facts) -> Ledger {
    Ledger::of(facts, &|invoice: &Invoice| invoice.due_on.unwrap_or(invoice.issued_on))
}

fn open(ledger: &Ledger) -> Vec<String> {
    ledger.balances.iter().map(|(id, balance)| format!("{id} {}", balance.open.normalize())).collect()
}

#[test]
fn rule_19_named_money_goes_first_and_what_is_over_to_the_oldest_due() {
    let ledger = of(&facts([
        Fact::Invoice(invoice("A", 5_000, 20)),
        Fact::Invoice(invoice("B", 3_000, 10)),
        Fact::Payment(payment("P", 6_000, &[("A", 5_500)])),
    ]));
    assert_eq!(open(&ledger), ["A 0", "B 20"]);
    let whys: Vec<_> = ledger.allocations.iter().map(|one| one.why).collect();
    assert_eq!(whys, [AllocationReason::Named, AllocationReason::OldestDue]);
}

#[test]
fn rule_19_named_money_is_kept_for_an_invoice_not_known_yet() {
    let known = [Fact::Invoice(invoice("A", 5_000, 20)), Fact::Payment(payment("P", 2_000, &[("B", 2_000)]))];
    let before = of(&facts(known.clone()));
    assert_eq!((open(&before), before.kept.len()), (vec!["A 50".to_owned()], 1));
    let after = of(&facts(known.into_iter().chain([Fact::Invoice(invoice("B", 3_000, 21))])));
    assert_eq!(open(&after), ["A 50", "B 10"]);
}

#[test]
fn rule_19_undisputed_claims_come_before_disputed_ones() {
    let ledger = of(&facts([
        Fact::Invoice(invoice("A", 5_000, 10)),
        Fact::Invoice(invoice("B", 3_000, 20)),
        dispute("X", "A", Some(4_000)),
        Fact::Payment(payment("P", 4_500, &[])),
    ]));
    assert_eq!(open(&ledger), ["A 35", "B 0"]);
    assert_eq!(ledger.balances[&"A".into()].undisputed(), Decimal::ZERO);
}

#[test]
fn rule_19_equal_dates_share_in_proportion_and_the_last_cent_goes_to_the_smallest_id() {
    let ledger = of(&facts([
        Fact::Invoice(invoice("C", 1_000, 10)),
        Fact::Invoice(invoice("B", 1_000, 10)),
        Fact::Invoice(invoice("A", 1_000, 10)),
        Fact::Payment(payment("P", 1_000, &[])),
    ]));
    assert_eq!(open(&ledger), ["A 6.66", "B 6.67", "C 6.67"]);
}

#[test]
fn rule_19_a_due_date_by_terms_counts_like_one_that_is_given() {
    let by_terms = Invoice { due_on: None, terms: Some("60 days net".to_owned()), ..invoice("A", 1_000, 1) };
    let known = facts([
        Fact::Invoice(by_terms),
        Fact::Invoice(invoice("B", 1_000, 20)),
        Fact::Payment(payment("P", 1_000, &[])),
    ]);
    let due_on = |invoice: &Invoice| invoice.due_on.unwrap_or(invoice.issued_on + chrono::Days::new(60));
    assert_eq!(open(&Ledger::of(&known, &due_on)), ["A 10", "B 0"]);
}

#[test]
fn rule_19_currencies_never_mix_and_the_rest_is_credit() {
    let usd = Currency::from_code("USD").unwrap();
    let ledger = of(&facts([
        Fact::Invoice(invoice("A", 1_000, 10)),
        Fact::Payment(Payment { currency: usd, ..payment("P", 500, &[]) }),
        Fact::Payment(payment("Q", 1_500, &[])),
    ]));
    assert_eq!(open(&ledger), ["A 0"]);
    assert_eq!(ledger.credit, [(Currency::EUR, cents(500)), (usd, cents(500))].into());
}

#[test]
fn rule_19_reversed_money_counts_for_nothing_and_pending_money_covers() {
    let status = PaymentStatus::Pending;
    let ledger = of(&facts([
        Fact::Invoice(invoice("A", 1_000, 10)),
        Fact::Payment(Payment { status: PaymentStatus::Reversed, ..payment("P", 1_000, &[]) }),
        Fact::Payment(Payment { status, ..payment("Q", 700, &[]) }),
    ]));
    assert_eq!(open(&ledger), ["A 10"]);
    assert_eq!(ledger.balances[&"A".into()].pending, cents(700));
}

#[test]
fn rule_19_credit_notes_reduce_the_invoice_they_name_or_the_oldest_due() {
    let note = |id: &str, invoice: Option<&str>, total| {
        let (id, debtor, invoice) = (id.to_owned(), "D".into(), invoice.map(Into::into));
        Fact::CreditNote(CreditNote {
            id,
            debtor,
            invoice,
            currency: Currency::EUR,
            total: cents(total),
            issued_on: day(6),
        })
    };
    let ledger = of(&facts([
        Fact::Invoice(invoice("A", 1_000, 10)),
        Fact::Invoice(invoice("B", 1_000, 9)),
        note("C1", Some("A"), 400),
        note("C2", None, 300),
    ]));
    assert_eq!(open(&ledger), ["A 6", "B 7"]);
}

#[test]
fn rule_30_the_platforms_balance_replaces_what_it_already_counts() {
    let amount_due = Some(AmountDue { amount: cents(800), as_of: instant(10) });
    let mut known = facts([]);
    known.apply("i", version(1), Fact::Invoice(Invoice { amount_due, ..invoice("A", 1_000, 10) }));
    known.apply("p", version(5), Fact::Payment(payment("P", 200, &[("A", 200)])));
    known.apply("q", version(11), Fact::Payment(payment("Q", 300, &[("A", 300)])));
    let ledger = of(&known);
    assert_eq!(open(&ledger), ["A 5"]);
    assert_eq!(ledger.allocations[0].why, AllocationReason::InPlatformBalance);
}

#[test]
fn rule_26_parts_add_up_and_never_exceed_the_balance() {
    let ledger = of(&facts([
        Fact::Invoice(invoice("A", 1_000, 10)),
        dispute("X", "A", Some(700)),
        dispute("Y", "A", Some(700)),
    ]));
    let balance = &ledger.balances[&"A".into()];
    assert_eq!((balance.disputed, balance.undisputed()), (cents(1_000), Decimal::ZERO));
}

fn booking_by(policy: AllocationPolicy) -> Creditor {
    let address = Address { lines: vec![], postal_code: String::new(), city: String::new(), country: "FR".into() };
    Creditor {
        id: "acme".into(),
        name: "Acme".into(),
        legal_id: "552 100 554".into(),
        vat_id: None,
        address,
        email_from: "acme@example.test".into(),
        reply_to: None,
        phone: None,
        iban: None,
        bic: None,
        locale: Locale("fr".into()),
        timezone: chrono_tz::Europe::Paris,
        logo_url: None,
        sector: None,
        terms: Some(CreditorTerms { penalty_rate: None, clauses: vec![], allocation: Some(policy) }),
    }
}

fn booked(order: &[AllocationRule], first: PaidFirst) -> Fact {
    let order = std::iter::once(AllocationRule::Named).chain(order.iter().copied()).collect();
    Fact::Creditor(booking_by(AllocationPolicy { order, first }))
}

/// Money that names nothing, of day 15: A and B are due on day 10, C on day 20.
fn shared_by(order: &[AllocationRule], amount: i64) -> (Vec<String>, Vec<AllocationReason>) {
    let known = facts([
        booked(order, PaidFirst::Principal),
        Fact::Invoice(invoice("A", 3_000, 10)),
        Fact::Invoice(invoice("B", 6_000, 10)),
        Fact::Invoice(invoice("C", 9_000, 20)),
        Fact::Payment(Payment { received_on: day(15), ..payment("P", amount, &[]) }),
    ]);
    let ledger = of(&known);
    let mut why: Vec<_> = ledger.allocations.iter().map(|one| one.why).collect();
    why.dedup();
    (open(&ledger), why)
}

#[test]
fn the_creditors_order_says_where_money_goes_that_names_nothing() {
    use AllocationReason::{InProportion, NextInOrder, SharedPerDay};
    use AllocationRule::{Due, MostBurdensome, Oldest, ProRata};
    let expect = |left: [&str; 3], why| (left.map(str::to_owned).to_vec(), vec![why]);
    // A4 of the facts: 300 and 600 due on one day, 300 paid: 100 and 200 of it.
    assert_eq!(
        shared_by(&[Due, MostBurdensome, Oldest, ProRata], 3_000),
        expect(["A 20", "B 40", "C 90"], SharedPerDay)
    );
    assert_eq!(shared_by(&[Due, ProRata], 3_000), expect(["A 20", "B 40", "C 90"], InProportion));
    assert_eq!(shared_by(&[ProRata], 3_000), expect(["A 25", "B 50", "C 75"], InProportion));
    assert_eq!(shared_by(&[Oldest], 4_000), expect(["A 0", "B 50", "C 90"], NextInOrder));
    // What is left of the due ones goes on to those that are not.
    assert_eq!(shared_by(&[Due, ProRata], 12_000), expect(["A 0", "B 0", "C 60"], InProportion));
    assert_eq!(
        AllocationPolicy { order: vec![AllocationRule::Named, Oldest], first: PaidFirst::Interest }.sentence(),
        "as the debtor names, then the oldest due; interest first"
    );
}

fn any_currency() -> impl Strategy<Value = Currency> {
    prop_oneof![4 => Just(Currency::EUR), 1 => Just(Currency::from_code("USD").unwrap())]
}

fn any_id() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("A"), Just("B"), Just("C"), Just("D"), Just("E")]
}

fn any_policy() -> impl Strategy<Value = AllocationPolicy> {
    use AllocationRule::{Due, MostBurdensome, Oldest};
    let between = prop::sample::subsequence(vec![Due, MostBurdensome, Oldest], 0..=3);
    let first = prop_oneof![Just(PaidFirst::Principal), Just(PaidFirst::Interest)];
    (between, any::<bool>(), first).prop_map(|(between, pro_rata, first)| {
        let last = pro_rata.then_some(AllocationRule::ProRata);
        let order = std::iter::once(AllocationRule::Named).chain(between).chain(last).collect();
        AllocationPolicy { order, first }
    })
}

/// Interest of a cent for each euro and day, on what is owed that day.
struct Steep;

impl ClaimLaw for Steep {
    fn due_on(&self, invoice: &Invoice) -> NaiveDate {
        invoice.due_on.unwrap_or(invoice.issued_on)
    }

    fn interest(
        &self,
        invoice: &Invoice,
        principal: Decimal,
        paid: &[(NaiveDate, Decimal)],
        through: NaiveDate,
    ) -> Decimal {
        let days = self.due_on(invoice).succ_opt().unwrap().iter_days().take_while(|day| *day <= through);
        let owed =
            |day| principal - paid.iter().filter(|(on, _)| *on < day).map(|(_, amount)| *amount).sum::<Decimal>();
        days.map(|day| (owed(day) / Decimal::ONE_HUNDRED).round_dp(2).max(Decimal::ZERO)).sum()
    }
}

fn any_fact() -> impl Strategy<Value = Fact> {
    let money = 1..20_000_i64;
    prop_oneof![
        4 => (any_id(), money.clone(), 1..6_u32, any_currency(), prop::option::weighted(0.2, (0..20_000_i64, 0..60_i64)))
            .prop_map(|(id, total, due, currency, due_amount)| {
                let amount_due = due_amount.map(|(amount, minute)| AmountDue { amount: cents(amount), as_of: instant(minute) });
                Fact::Invoice(Invoice { currency, amount_due, ..invoice(id, total, due) })
            }),
        4 => (any_id(), money.clone(), prop::collection::vec((any_id(), 0..100_i64), 0..3), any_currency(), 0..5_u8)
            .prop_map(|(id, amount, shares, currency, status)| {
                let part = amount / (shares.len().max(1) as i64);
                let named: Vec<_> = shares.iter().map(|(id, share)| (*id, part * share / 100)).collect();
                let status = match status { 0 => PaymentStatus::Reversed, 1 => PaymentStatus::Pending, _ => PaymentStatus::Received };
                Fact::Payment(Payment { currency, status, ..payment(id, amount, &named) })
            }),
        2 => (any_id(), prop::option::of(any_id()), money.clone(), any_currency()).prop_map(|(id, on, total, currency)| {
            let (invoice, total) = (on.map(Into::into), cents(total));
            Fact::CreditNote(CreditNote { id: id.to_owned(), debtor: "D".into(), invoice, currency, total, issued_on: day(4) })
        }),
        1 => (any_id(), any_id(), prop::option::of(money)).prop_map(|(id, on, amount)| dispute(id, on, amount)),
        1 => any_policy().prop_map(|policy| Fact::Creditor(booking_by(policy))),
        1 => any_id().prop_map(|id| Fact::InvoiceVoided(InvoiceVoided { invoice: id.into(), debtor: "D".into(), reason: None })),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_cent_is_lost_or_made_whatever_the_order(
        (known, shuffled) in prop::collection::vec(any_fact(), 0..24)
            .prop_map(|facts| facts.into_iter().enumerate().collect::<Vec<_>>())
            .prop_flat_map(|known| (Just(known.clone()), Just(known).prop_shuffle())),
    ) {
        let fold = |known: &[(usize, Fact)]| {
            let mut facts = Facts::default();
            for (minute, fact) in known {
                facts.apply(&format!("e{minute}"), version(*minute as i64), fact.clone());
            }
            facts
        };
        let facts = fold(&known);
        let ledger = Ledger::of(&facts, &Steep);
        prop_assert_eq!(&ledger, &Ledger::of(&fold(&shuffled), &Steep), "order of facts");
        let is_interest_first = facts.creditor.as_ref()
            .is_some_and(|known| known.fact.terms.as_ref().unwrap().allocation.as_ref().unwrap().first == PaidFirst::Interest);

        for currency in [Currency::EUR, Currency::from_code("USD").unwrap()] {
            let paid: Decimal = facts.payments.values().map(|one| &one.fact)
                .filter(|one| one.currency == currency && one.status == PaymentStatus::Received).map(|one| one.amount).sum();
            let credited: Decimal = facts.credit_notes.values().map(|one| &one.fact)
                .filter(|one| one.currency == currency).map(|one| one.total).sum();
            let of = |source: &Source| match source {
                Source::Payment(id) => facts.payments[id].fact.currency,
                Source::CreditNote(id) => facts.credit_notes[id].fact.currency,
            };
            let went: Decimal = ledger.allocations.iter().chain(&ledger.kept)
                .filter(|one| of(&one.source) == currency).map(|one| one.amount).sum();
            let credit = ledger.credit.get(&currency).copied().unwrap_or_default();
            prop_assert_eq!(paid + credited, went + credit, "money in {}", currency);
        }
        for (id, balance) in &ledger.balances {
            let counted: Decimal = ledger.of_invoice(id)
                .filter(|one| one.why != AllocationReason::InPlatformBalance).map(|one| one.principal()).sum();
            prop_assert_eq!(balance.claimed - counted, balance.open, "invoice {}", id);
            prop_assert!(balance.open >= Decimal::ZERO && balance.disputed <= balance.open);
            prop_assert!(balance.pending >= Decimal::ZERO && balance.pending <= balance.undisputed());
            for one in ledger.of_invoice(id) {
                prop_assert!(one.amount > Decimal::ZERO && one.amount.scale() <= 2, "{:?}", one);
                let is_payment = matches!(one.source, Source::Payment(_));
                prop_assert!(one.interest.is_zero() || (is_interest_first && is_payment), "{:?}", one);
                prop_assert!(one.interest >= Decimal::ZERO && one.interest <= one.amount, "{:?}", one);
            }
        }
    }
}
