//! A TCP proxy in front of a service: it can cut every connection, and say something in the server's name.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;

#[derive(Clone)]
enum Order {
    Cut,
    Inject(Vec<u8>),
}

/// A proxy in front of the service of a URL.
pub struct Proxy {
    url: String,
    orders: broadcast::Sender<Order>,
    connections: Arc<AtomicUsize>,
}

impl Proxy {
    /// Listens on a port of its own and forwards to the host and port of `url`.
    pub async fn start(url: &str) -> Self {
        let (scheme, rest) = url.split_once("://").expect("a URL");
        let (login, host) = rest.rsplit_once('@').unwrap_or(("", rest));
        let (host, path) =
            host.split_once('/').map_or((host, String::new()), |(host, path)| (host, format!("/{path}")));
        let upstream = if host.contains(':') { host.to_owned() } else { format!("{host}:5672") };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let login = if login.is_empty() { String::new() } else { format!("{login}@") };
        let (orders, _) = broadcast::channel(16);
        let connections = Arc::new(AtomicUsize::new(0));
        let (counted, ordered) = (connections.clone(), orders.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let Ok(server) = TcpStream::connect(&upstream).await else { continue };
                tokio::spawn(forward(client, server, ordered.subscribe()));
            }
        });
        Self { url: format!("{scheme}://{login}127.0.0.1:{port}{path}"), orders, connections }
    }

    /// The URL through the proxy.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Ends every connection without a word.
    pub fn cut(&self) {
        let _ = self.orders.send(Order::Cut);
    }

    /// Sends bytes to every client as if the server had.
    pub fn inject(&self, bytes: &[u8]) {
        let _ = self.orders.send(Order::Inject(bytes.to_vec()));
    }

    /// How many connections there have been.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn forward(mut client: TcpStream, mut server: TcpStream, mut orders: broadcast::Receiver<Order>) {
    let (mut up, mut down) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        let done = tokio::select! {
            order = orders.recv() => match order {
                Ok(Order::Inject(bytes)) => client.write_all(&bytes).await.is_err(),
                Ok(Order::Cut) | Err(_) => true,
            },
            read = client.read(&mut up) => match read {
                Ok(count) if count > 0 => server.write_all(&up[..count]).await.is_err(),
                _ => true,
            },
            read = server.read(&mut down) => match read {
                Ok(count) if count > 0 => client.write_all(&down[..count]).await.is_err(),
                _ => true,
            },
        };
        if done {
            return;
        }
    }
}
