//! Histories: both forms of the file, rows at fault with their reasons, files without their columns.

use super::*;

fn read(text: &str) -> History {
    read_history(text, Currency::EUR).unwrap_or_else(|why| panic!("{why}"))
}

#[test]
fn both_forms_are_read_alike() {
    let generic = read(
        "invoice,debtor,issued_on,due_on,amount,settled_on,disputed\nF-1,D-1,2013-01-02,2013-02-01,55.94,2013-02-13,yes\n",
    );
    let sample = read(
        "countryCode,customerID,PaperlessDate,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount,Disputed,SettledDate,PaperlessBill,DaysToSettle,DaysLate\n\
             391,D-1,4/6/2013,F-1,1/2/2013,2/1/2013,55.94,Yes,2/13/2013,Paper,42,12\n",
    );
    let one = &sample.invoices[0];
    assert_eq!(PastInvoice { group: None, ..one.clone() }, generic.invoices[0]);
    assert_eq!(one.group.as_deref(), Some("391"));
    assert_eq!(one.amount.to_string(), "55.94");
    let dispute = one.dispute.unwrap();
    // 42 days from 2 January to 13 February: the middle is 23 January.
    assert_eq!((dispute.opened_on.to_string().as_str(), dispute.is_dated), ("2013-01-23", false));
    assert_eq!(dispute.resolved_on, one.settled_on);
    assert_eq!(sample.unused_columns, ["PaperlessDate", "PaperlessBill", "DaysToSettle", "DaysLate"]);
}

#[test]
fn semicolons_part_columns_too_and_an_empty_file_is_told_what_to_hold() {
    let history = read("invoice;debtor;issued_on;due_on;amount\nF-1;D-1;2013-01-02;2013-02-01;55.94\n");
    assert_eq!(history.invoices[0].amount.to_string(), "55.94");
    assert!(read_history("\n", Currency::EUR).is_err_and(|why| why.starts_with("the file is empty")));
}

#[test]
fn rows_at_fault_are_named_with_a_remedy_and_the_rest_is_used() {
    let history = read(
        "invoice,debtor,issued_on,due_on,amount,settled_on,disputed,currency\n\
             F-1,D-1,2013-01-02,2013-02-01,55.94,,,\n\
             F-1,D-1,2013-01-02,2013-02-01,55.94,,,\n\
             F-2,D-1,2013-13-02,2013-02-01,1,,,\n\
             F-3,D-1,2013-03-02,2013-02-01,1,,,\n\
             F-4,D-1,2013-01-02,2013-02-01,\"1,5\",,,\n\
             F-5,D-1,2013-01-02,2013-02-01,1,2012-12-31,,\n\
             F-6,,2013-01-02,2013-02-01,1,,,\n\
             F-7,D-1,2013-01-02,2013-02-01,1,,maybe,\n\
             F-8,D-1,2013-01-02,2013-02-01,0,,,\n\
             F-9,D-1,2013-01-02,2013-02-01,1,,,EURO\n\
             F-11,,2013-13-02,2013-02-01,x,,maybe,EURO\n\
             F-12,D-2,03/04/2013,2013-05-01,1,,no,USD\n\
             F-10,D-2,2013-01-02,2013-02-01,1,,no,USD\n",
    );
    let told: Vec<(usize, &str)> = history.refused.iter().map(|bad| (bad.line, bad.reason.as_str())).collect();
    let wanted = [
        (3, "stands on line 2 already"),
        (4, "is no day; write 2013-02-01"),
        (5, "before it was issued"),
        (6, "not a decimal amount"),
        (7, "was settled on 2012-12-31, before"),
        (8, "`debtor` is empty"),
        (9, "write yes or no"),
        (10, "above zero"),
        (11, "no currency"),
        (12, "no currency"),
        (13, "does not say which is the day and which the month"),
    ];
    assert_eq!(told.len(), wanted.len(), "{told:?}");
    for ((line, reason), (wanted_line, wanted)) in told.into_iter().zip(wanted) {
        assert!(line == wanted_line && reason.contains(wanted), "{line}: {reason}");
    }
    let all = &history.refused[history.refused.len() - 2].reason;
    for part in ["no currency", "not a decimal amount", "`debtor` is empty", "is no day", "write yes or no"] {
        assert!(all.contains(part), "a row tells all its mistakes: {all}");
    }
    let ids: Vec<&str> = history.invoices.iter().map(|one| one.invoice.as_str()).collect();
    assert_eq!(ids, ["F-1", "F-10"]);
    assert_eq!(history.invoices[1].currency.code(), "USD");
}

#[test]
fn a_file_without_its_columns_is_told_which() {
    let why = read_history("number,debtor,due_on\n", Currency::EUR).unwrap_err();
    assert!(why.contains("invoice, issued_on, amount are missing") && why.contains("number, debtor, due_on"), "{why}");
}

#[test]
fn rows_of_another_shape_are_told_by_their_shape() {
    let history = read(
        "invoice,debtor,issued_on,due_on,amount\nF-1,D-1,2013-01-02,2013-02-01,1,200.00\n\
         F-2,D-1,20/04/2013,2013-05-01,1\nF-3,\"D-1,2013-01-02,2013-02-01,1\nF-4,D-1,2013-01-02,2013-02-01,1\n",
    );
    let told: Vec<(usize, &str)> = history.refused.iter().map(|bad| (bad.line, bad.reason.as_str())).collect();
    assert_eq!(
        told,
        [
            (2, "has 6 fields, and the first line names 5; put a value that holds the separator in quotes"),
            (3, "`issued_on`: `20/04/2013` is not written year first; write 2013-04-20"),
            (4, "a quote `\"` is opened here and not closed; the lines behind it are taken for its text"),
        ]
    );
    let wide = format!("{}\n", vec!["x".repeat(1_000); 1_000].join(","));
    assert!(read_history(&wide, Currency::EUR).is_err_and(|why| why.len() < 1_500 && why.contains("and 980 more")));
}
