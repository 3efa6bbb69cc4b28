//! The EPC QR code (European Payments Council, EPC069-12, version 002): a banking app that scans it fills in
//! the whole transfer. Euro and an IBAN only; error correction M, as the guideline demands.

use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use rust_decimal::Decimal;

use crate::domain::{Currency, Money, plain_amount};

/// The guideline's limit for the whole payload.
const PAYLOAD_BYTES_MAX: usize = 331;
/// The guideline's limit for the beneficiary's name.
const NAME_CHARS_MAX: usize = 70;
/// The guideline's limit for the unstructured reference.
pub(super) const REFERENCE_CHARS_MAX: usize = 140;
/// The guideline's largest amount, in cents: 999 999 999.99.
const AMOUNT_CENTS_MAX: i64 = 99_999_999_999;

/// What an EPC code asks for.
pub(super) struct Transfer<'a> {
    pub(super) name: &'a str,
    pub(super) iban: &'a str,
    pub(super) bic: Option<&'a str>,
    pub(super) amount: Money,
    pub(super) reference: &'a str,
}

/// The code as an SVG document; `None` where the guideline has no code for it (another currency, nothing to pay,
/// too much, an IBAN that is none).
pub(super) fn epc_svg(transfer: &Transfer<'_>) -> Option<String> {
    let code = QrCode::with_error_correction_level(epc_payload(transfer)?, EcLevel::M).ok()?;
    Some(code.render::<svg::Color<'_>>().quiet_zone(false).module_dimensions(4, 4).build())
}

fn epc_payload(transfer: &Transfer<'_>) -> Option<String> {
    let Money { amount, currency } = transfer.amount;
    if currency != Currency::EUR || amount <= Decimal::ZERO || amount > Decimal::new(AMOUNT_CENTS_MAX, 2) {
        return None;
    }
    let iban: String = transfer.iban.chars().filter(|c| !c.is_whitespace()).collect();
    if !is_iban(&iban) {
        return None;
    }
    let name: String = transfer.name.chars().take(NAME_CHARS_MAX).collect();
    let reference: String = transfer.reference.chars().take(REFERENCE_CHARS_MAX).collect();
    let payload = [
        "BCD",
        "002",
        "1",
        "SCT",
        transfer.bic.unwrap_or_default(),
        &name,
        &iban,
        &format!("EUR{}", plain_amount(amount, currency)),
        "",
        "",
        &reference,
    ]
    .join("\n");
    (payload.len() <= PAYLOAD_BYTES_MAX).then_some(payload)
}

/// Whether the check digits of an IBAN (ISO 7064, mod 97-10) are right.
fn is_iban(text: &str) -> bool {
    if !(15..=34).contains(&text.len()) || !text.chars().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase()) {
        return false;
    }
    let (head, tail) = text.split_at(4);
    let remainder = tail.chars().chain(head.chars()).fold(0u32, |rest, c| match c.to_digit(36) {
        Some(value) if value < 10 => (rest * 10 + value) % 97,
        Some(value) => (rest * 100 + value) % 97,
        None => rest,
    });
    remainder == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transfer(iban: &'static str, amount: i64, currency: &str) -> Transfer<'static> {
        Transfer {
            name: "Atelier Dupont SAS",
            iban,
            bic: Some("AGRIFRPP"),
            amount: Money::new(Decimal::from(amount), Currency::from_code(currency).unwrap()),
            reference: "F-2026-017",
        }
    }

    #[test]
    fn the_payload_is_the_guidelines() {
        assert_eq!(
            epc_payload(&transfer("FR76 3000 6000 0112 3456 7890 189", 1200, "EUR")).unwrap(),
            "BCD\n002\n1\nSCT\nAGRIFRPP\nAtelier Dupont SAS\nFR7630006000011234567890189\nEUR1200.00\n\n\nF-2026-017"
        );
    }

    #[test]
    fn there_is_no_code_for_what_a_bank_would_refuse() {
        assert!(epc_payload(&transfer("FR7630006000011234567890188", 1200, "EUR")).is_none(), "check digits");
        assert!(epc_payload(&transfer("FR7630006000011234567890189", 0, "EUR")).is_none());
        assert!(epc_payload(&transfer("FR7630006000011234567890189", 1_000_000_000, "EUR")).is_none());
        assert!(epc_payload(&transfer("GB29NWBK60161331926819", 1200, "GBP")).is_none());
        assert!(epc_svg(&transfer("FR7630006000011234567890189", 1200, "EUR")).unwrap().contains("<svg"));
    }
}
