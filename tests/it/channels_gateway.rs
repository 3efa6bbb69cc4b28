//! An HTTP server of the test's own that records what it is asked and answers, or breaks, as it is told.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::channels_support::listener;

/// A request as it came in.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub target: String,
    /// Names in small letters.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The fields of a form.
    pub fn form(&self) -> BTreeMap<String, String> {
        let decode = |text: &str| {
            let url = format!("x:/?v={text}");
            reqwest::Url::parse(&url).unwrap().query_pairs().next().unwrap().1.into_owned()
        };
        let body = std::str::from_utf8(&self.body).unwrap();
        body.split('&').filter_map(|pair| pair.split_once('=')).map(|(n, v)| (decode(n), decode(v))).collect()
    }
}

/// What the server does with a request.
#[derive(Clone, Debug)]
pub enum Turn {
    /// Status and headers, each line ended; then the body.
    Answer(String, Vec<u8>),
    /// Reads the request, then closes.
    CutAfterRequest,
    /// Sends the head and half of the body.
    CutInAnswer,
    /// Never answers.
    Wait,
    /// Answers without end.
    Endless,
    /// Speaks something else.
    Rubbish,
}

/// An answer of JSON.
pub fn answer(status: u16, body: &serde_json::Value) -> Turn {
    answer_with(status, "", body)
}

/// An answer of JSON with more headers, each line ended.
pub fn answer_with(status: u16, headers: &str, body: &serde_json::Value) -> Turn {
    Turn::Answer(format!("{status} Said\r\ncontent-type: application/json\r\n{headers}"), body.to_string().into_bytes())
}

/// The server.
pub struct Gateway {
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    busiest: Arc<AtomicUsize>,
}

impl Gateway {
    /// Answers each request with what `turn` says.
    pub async fn start(turn: impl Fn(&Asked) -> Turn + Send + Sync + 'static) -> Self {
        let (listener, port) = listener().await;
        let (asked, busiest) = (Arc::new(Mutex::new(vec![])), Arc::new(AtomicUsize::new(0)));
        let gateway =
            Self { url: format!("http://127.0.0.1:{port}"), asked: Arc::clone(&asked), busiest: Arc::clone(&busiest) };
        let (turn, busy) = (Arc::new(turn), Arc::new(AtomicUsize::new(0)));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (asked, turn, busy) = (Arc::clone(&asked), Arc::clone(&turn), Arc::clone(&busy));
                let busiest = Arc::clone(&busiest);
                tokio::spawn(async move {
                    busiest.fetch_max(busy.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    let _ = converse(stream, &asked, &*turn).await;
                    busy.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        gateway
    }

    /// Always the same.
    pub async fn saying(turn: Turn) -> Self {
        Self::start(move |_| turn.clone()).await
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// How many requests were being answered at once, at most.
    pub fn busiest(&self) -> usize {
        self.busiest.load(Ordering::SeqCst)
    }
}

/// One request a connection.
async fn converse(
    mut stream: TcpStream,
    asked: &Mutex<Vec<Asked>>,
    turn: &(dyn Fn(&Asked) -> Turn + Sync),
) -> Option<()> {
    let request = read(&mut stream).await?;
    let turn = turn(&request);
    asked.lock().unwrap().push(request);
    match turn {
        Turn::Answer(head, body) => {
            // Long enough for requests at once to meet.
            tokio::time::sleep(Duration::from_millis(20)).await;
            let head = format!("HTTP/1.1 {head}content-length: {}\r\nconnection: close\r\n\r\n", body.len());
            stream.write_all(&[head.into_bytes(), body].concat()).await.ok()?;
        }
        Turn::CutInAnswer => {
            stream.write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 99\r\n\r\n{\"sid\":").await.ok()?
        }
        Turn::Rubbish => stream.write_all(b"220 smtp.example ready\r\n").await.ok()?,
        Turn::Endless => {
            stream.write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 9999999999\r\n\r\n").await.ok()?;
            while stream.write_all(&[b' '; 65_536]).await.is_ok() {}
        }
        Turn::Wait => tokio::time::sleep(Duration::from_secs(3600)).await,
        Turn::CutAfterRequest => {}
    }
    stream.shutdown().await.ok()
}

async fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = vec![];
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8(bytes[..head].to_vec()).unwrap();
    let (first, rest) = text.split_once("\r\n").unwrap_or((&text, ""));
    let headers: BTreeMap<_, _> = rest
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = bytes[head + 4..].to_vec();
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    let mut words = first.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    Some(Asked { method, target, headers, body })
}
