//! Terms as people write them.

use chrono::NaiveDate;

use super::{Agreement, Terms};

fn read(text: &str) -> Option<Terms> {
    match Agreement::read(text)? {
        Agreement::Terms(terms) => Some(terms),
        Agreement::Nothing => None,
    }
}

fn due(terms: &str, issued_on: &str) -> Option<String> {
    let delivered_on = NaiveDate::from_ymd_opt(2025, 1, 31);
    read(terms)?.due_on(issued_on.parse().unwrap(), delivered_on).map(|day| day.to_string())
}

#[test]
fn forty_five_days_end_of_month_is_computed_both_ways() {
    // CEPC, computation of payment terms: (A) + 45 days then end of month, (B) end of month then + 45, 60 net.
    for (issued, a, b, net) in [
        ("2025-01-15", "2025-03-31", "2025-03-17", "2025-03-16"),
        ("2025-01-31", "2025-03-31", "2025-03-17", "2025-04-01"),
        ("2025-03-10", "2025-04-30", "2025-05-15", "2025-05-09"),
        ("2025-04-10", "2025-05-31", "2025-06-14", "2025-06-09"),
        ("2025-10-05", "2025-11-30", "2025-12-15", "2025-12-04"),
        ("2025-10-22", "2025-12-31", "2025-12-15", "2025-12-21"),
        ("2025-12-16", "2026-01-31", "2026-02-14", "2026-02-14"),
        ("2025-12-31", "2026-02-28", "2026-02-14", "2026-03-01"),
        ("2024-01-01", "2024-02-29", "2024-03-16", "2024-03-01"),
    ] {
        for terms in ["45 jours fin de mois", "45 days end of month", "45j FDM", "Net 45 EOM", "45 days, month end"] {
            assert_eq!(due(terms, issued).as_deref(), Some(a), "{terms} {issued}");
        }
        for terms in [
            "Fin de mois + 45 jours",
            "fin de mois 45 jours",
            "45 jours après la fin du mois",
            "45 jours à compter de la fin du mois",
            "45 days after the end of the month",
            "45 days from end of month",
            "EOM 45",
        ] {
            assert_eq!(due(terms, issued).as_deref(), Some(b), "{terms} {issued}");
        }
        for terms in
            ["Net 60", "60", "60 days", "60j", "n/60", "2/10 net 60", "2% / 10, n/60", "60 jours date de facture"]
        {
            assert_eq!(due(terms, issued).as_deref(), Some(net), "{terms} {issued}");
        }
    }
}

#[test]
fn other_terms_are_read() {
    for (terms, issued_on, expected) in [
        ("30 days", "2025-03-01", "2025-03-31"),
        ("30 jours après livraison", "2025-02-10", "2025-03-02"),
        ("30 days after delivery", "2025-02-10", "2025-03-02"),
        ("30 days from receipt of goods", "2025-02-10", "2025-03-02"),
        ("30 jours après réception des marchandises", "2025-02-10", "2025-03-02"),
        ("30 days after receipt of invoice", "2025-03-01", "2025-03-31"),
        ("30 jours réception facture", "2025-03-01", "2025-03-31"),
        ("30 jours fin de mois le 10", "2025-01-15", "2025-03-10"),
        ("30 days end of month on the 10th", "2025-01-15", "2025-03-10"),
        ("30 jours fin de mois le 10 du mois suivant", "2025-01-15", "2025-03-10"),
        ("le 10 du mois suivant", "2025-01-15", "2025-02-10"),
        ("10th of next month", "2025-01-31", "2025-02-10"),
        ("on the 31st of the following month", "2025-01-31", "2025-02-28"),
        ("fin de mois", "2025-02-10", "2025-02-28"),
        ("30d EOM", "2025-02-10", "2025-03-31"),
        ("30 days from invoice date end of month", "2025-02-10", "2025-03-31"),
        ("2 mois", "2025-12-31", "2026-02-28"),
        ("1 month", "2025-01-31", "2025-02-28"),
        ("comptant", "2025-02-10", "2025-02-10"),
        ("due on receipt", "2025-02-10", "2025-02-10"),
        ("à réception de facture", "2025-02-10", "2025-02-10"),
        ("30 days after the end of the month of delivery", "2025-02-10", "2025-03-02"),
        ("30 days after the end of the ten-day period of delivery", "2025-02-10", "2025-03-02"),
    ] {
        assert_eq!(due(terms, issued_on).as_deref(), Some(expected), "{terms}");
    }
    for text in ["none", "Nothing agreed", "délai légal", " Legal "] {
        assert_eq!(Agreement::read(text), Some(Agreement::Nothing), "{text}");
    }
}

#[test]
fn what_is_not_understood_word_for_word_is_no_term() {
    for terms in [
        "when the moon is full",
        "",
        "net",
        "999999 days",
        "2025-03-31",
        "31/03/2025",
        "31 mars 2025",
        "2/10",
        "30 or 60 days",
        "30 60",
        "30 business days",
        "30 jours ouvrés",
        "50% now, 50% in 30 days",
        "fin de mois 30 jours le 10",
        "30 jours le 10",
        "le 45 du mois suivant",
        "30 days after",
        "next month",
        "-30 days after issue and delivery",
    ] {
        assert_eq!(Agreement::read(terms), None, "{terms}");
    }
}

#[test]
fn terms_say_in_words_what_they_count() {
    for (terms, words) in [
        ("45 jours fin de mois", "45 days after issue, then the end of that month"),
        ("fin de mois 45 jours", "the end of the month of issue, then 45 days"),
        (
            "30 jours fin de mois le 10",
            "30 days after issue, then the end of that month, then day 10 of the next month",
        ),
        ("comptant", "the day of issue"),
        ("30 days from delivery", "30 days after delivery"),
        (
            "30 days after the end of the ten-day period of delivery",
            "the end of the ten-day period of delivery, then 30 days",
        ),
    ] {
        assert_eq!(read(terms).unwrap().to_string(), words);
    }
    let days = |text: &str| read(text).unwrap().due_on("2025-03-01".parse().unwrap(), None);
    assert_eq!(days("30 days from delivery"), None);
}

/// Terms of sectors, L441-11 II of the Code de commerce, read in secondary sources: perishable food, live cattle, spirits.
#[test]
fn the_terms_of_sectors_count_from_delivery() {
    let delivered_on: NaiveDate = "2025-03-04".parse().unwrap();
    for (terms, expected) in [
        ("30 days after the end of the ten-day period of delivery", "2025-04-09"),
        ("20 days after delivery", "2025-03-24"),
        ("30 days after the end of the month of delivery", "2025-04-30"),
    ] {
        let due = read(terms).unwrap().due_on(delivered_on, Some(delivered_on)).unwrap();
        assert_eq!(due.to_string(), expected, "{terms}");
    }
}
