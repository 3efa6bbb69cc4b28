//! Invoices fetched from the platform: the right one, or a reason.

use relance::channels::{DOCUMENT_BYTES_MAX, Documents, FetchError};

use crate::channels_gateway::{Gateway, Turn};
use crate::channels_support::free_port;

fn pdf(status: &str, body: &[u8]) -> Turn {
    Turn::Answer(format!("{status}\r\ncontent-type: application/pdf\r\n"), body.to_vec())
}

async fn fetched(turn: Turn, sha256: Option<&str>) -> Result<Vec<u8>, FetchError> {
    let gateway = Gateway::saying(turn).await;
    let result = Documents::open().unwrap().fetch(&format!("{}/f-1.pdf?token=t0ken", gateway.url), sha256).await;
    assert!(!format!("{result:?}").contains("t0ken"));
    result
}

#[tokio::test]
async fn the_document_that_was_meant_is_fetched() {
    let body = b"%PDF-1.7 invoice";
    let digest = "f3717db969604d941a6e1ef823cc278ab25d01809231ac1fe47a87199931d400";
    assert_eq!(fetched(pdf("200 OK", body), None).await.unwrap(), body);
    let wrong = fetched(pdf("200 OK", body), Some(digest)).await;
    assert!(matches!(wrong, Err(FetchError::Never(why)) if why.contains("SHA-256")));
    assert_eq!(fetched(pdf("200 OK", body), Some(RIGHT)).await.unwrap(), body);
}

/// `printf '%%PDF-1.7 invoice' | sha256sum`
const RIGHT: &str = "f3717db969604d941a6e1ef823cc278ab25d01809231ac1fe47a87199931d4f7";

#[tokio::test]
async fn what_may_pass_is_told_from_what_will_not() {
    for turn in [pdf("503 Down", b""), pdf("429 Slow", b""), Turn::CutAfterRequest, Turn::CutInAnswer, Turn::Rubbish] {
        let result = fetched(turn.clone(), None).await;
        assert!(matches!(result, Err(FetchError::Later(_))), "{turn:?}: {result:?}");
    }
    let redirect = Turn::Answer("302 Found\r\nlocation: http://127.0.0.1:1/\r\n".into(), vec![]);
    let large = [b"%PDF-".as_slice(), &vec![b' '; DOCUMENT_BYTES_MAX]].concat();
    for turn in [pdf("404 Gone", b""), redirect, pdf("200 OK", b"<html>"), pdf("200 OK", &large)] {
        let result = fetched(turn, None).await;
        assert!(matches!(result, Err(FetchError::Never(_))), "{result:?}");
    }
    let documents = Documents::open().unwrap();
    let nobody = documents.fetch(&format!("http://127.0.0.1:{}/f.pdf", free_port()), None).await;
    assert!(matches!(nobody, Err(FetchError::Later(_))), "{nobody:?}");
    for url in ["http://192.0.2.1/f.pdf", "file:///etc/passwd", "f.pdf"] {
        assert!(matches!(documents.fetch(url, None).await, Err(FetchError::Never(_))), "{url}");
    }
}
