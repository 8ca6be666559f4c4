//! A server with one page behind the sign-in, and a client that can send any
//! header.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};

use axum::routing::{get, post};
use axum::{Extension, Router};
use sign_in::{Accounts, Key, OriginPolicy, SignIn, User};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// A server that runs in the background until it is dropped.
pub struct Server {
    pub address: SocketAddr,
    key: Key,
    sign_in: SignIn,
    /// Where the key is. Removed at the end.
    folder: TempDir,
    _runtime: Runtime,
}

impl Server {
    pub fn start() -> io::Result<Server> {
        Server::start_in(tempfile::tempdir()?)
    }

    /// Ends this server and starts one with the same key.
    pub fn restart(self) -> io::Result<Server> {
        let Server { folder, .. } = self;
        Server::start_in(folder)
    }

    // ANCHOR: start
    fn start_in(folder: TempDir) -> io::Result<Server> {
        // The key is made at the first start.
        let key = Key::open(folder.path())?;
        let sign_in = SignIn::open(folder.path(), key.clone(), "firehouse")
            .map_err(io::Error::other)?;

        // The page is for whoever has an account, the grid for a role.
        let page = Router::new().route("/", get(greet));
        let grid = Router::new().route("/grid", post(async || "it is off\n"));
        let app = sign_in.protect(page.merge(sign_in.require("grid", grid)));

        // The mailbox takes letters from everybody.
        let mail = Router::new().route("/mail", post(async || "thank you\n"));
        let app = app.merge(mail);

        // Neither is for the pages of other sites.
        let app = OriginPolicy::new(&[]).protect(app);
        // ANCHOR_END: start

        let runtime = Runtime::new()?;
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = runtime.block_on(TcpListener::bind(any_port))?;
        let address = listener.local_addr()?;
        // Handlers are told from which address a request comes.
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        runtime.spawn(async move { axum::serve(listener, app).await });
        Ok(Server { address, key, sign_in, folder, _runtime: runtime })
    }

    /// The accounts, besides the administrator's.
    pub fn accounts(&self) -> &Accounts {
        self.sign_in.accounts()
    }

    pub fn key(&self) -> &str {
        self.key.expose()
    }

    /// A new one-time link.
    pub fn link(&self) -> io::Result<String> {
        let base = format!("http://{}", self.address);
        self.sign_in.one_time_link(&base).map_err(io::Error::other)
    }

    /// Sends a request such as `GET /` and prints the answer's status and its
    /// last line.
    pub fn show(
        &self,
        what: &str,
        request: &str,
        headers: &[&str],
    ) -> io::Result<()> {
        let answer = self.request(request, headers)?;
        println!("{what:<22} {}", brief(&answer));
        Ok(())
    }

    /// Sends a request and returns the whole answer. A `Host` is added unless
    /// the headers have one.
    pub fn request(
        &self,
        request: &str,
        headers: &[&str],
    ) -> io::Result<String> {
        let mut head = format!("{request} HTTP/1.1\r\n");
        if !headers.iter().any(|line| line.starts_with("Host:")) {
            head += &format!("Host: {}\r\n", self.address);
        }
        for line in headers {
            head += &format!("{line}\r\n");
        }
        head += "Content-Length: 0\r\nConnection: close\r\n\r\n";
        let mut stream = TcpStream::connect(self.address)?;
        stream.write_all(head.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }
}

// ANCHOR: greet
async fn greet(Extension(user): Extension<User>) -> String {
    format!("you are inside, {}\n", user.name)
}
// ANCHOR_END: greet

/// The status of an answer and the last line of its body.
fn brief(answer: &str) -> String {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let status = head.lines().next().unwrap_or_default();
    let status = status.trim_start_matches("HTTP/1.1 ");
    let body = body.lines().last().unwrap_or_default();
    format!("{status}  {body}").trim_end().to_owned()
}

/// The value of a header of an answer.
pub fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    for line in answer.lines() {
        if let Some((found, value)) = line.split_once(": ")
            && found.eq_ignore_ascii_case(name)
        {
            return Some(value);
        }
    }
    None
}
