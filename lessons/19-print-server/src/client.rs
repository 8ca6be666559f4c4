//! The client: asks a print server to print, and waits for the paper.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use daemon::Key;
use daemon::events::Events;
use reqwest::blocking::multipart::{Form, Part};
use reqwest::blocking::{self, RequestBuilder, Response};
use reqwest::{Method, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sign_in::Challenge;
use thiserror::Error;
pub use tls::Trust;

use crate::view::JobView;

/// How long a server may take to prove who it is.
const PROOF_TIME: Duration = Duration::from_secs(10);
/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: u64 = 16 * 1024 * 1024;
/// The longest text in an answer that is shown, in characters.
const LONGEST_TEXT: usize = 1000;
/// What a document is called that comes from another program.
const UNNAMED: &str = "(stdin)";

/// What a person asks for besides the file.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// Which pages, such as `3-7,10`; all when absent.
    pub pages: Option<String>,
    /// How many copies; 0 counts as 1.
    pub copies: u16,
    /// `long-edge`, `short-edge`, or one-sided when absent.
    pub duplex: Option<String>,
    /// Grey instead of colour.
    pub grey: bool,
    /// The paper, such as `A4`; when absent, the loaded one that fits best.
    pub media: Option<String>,
    /// The user who asks.
    pub user: String,
    /// Wait on the server until somebody releases it.
    pub hold: bool,
}

/// Why the client could not print.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The server does not answer.
    #[error(
        "no print server answers at {server}: {cause}. Start one with \
         `cargo run --bin print-server`, or name another with --server"
    )]
    Unreachable {
        /// The server's address.
        server: String,
        /// The innermost cause.
        cause: String,
    },
    /// The server's address is not a URL.
    #[error(
        "{server:?} is no address of a print server ({why}); write it as \
         http://127.0.0.1:8631"
    )]
    Address {
        /// What was given.
        server: String,
        /// What is wrong with it.
        why: String,
    },
    /// The server needs its key, or another one than was sent.
    #[error(
        "the print server at {server} lets nobody in without its key: {why}. \
         The key is in the file `key` in the server's data folder. Name that \
         file with --key-file, or put the key into PRINT_SERVER_KEY"
    )]
    SignIn {
        /// The server's address.
        server: String,
        /// What the server says.
        why: String,
    },
    /// Whoever answers does not have the key.
    #[error(
        "what answers at {server} cannot prove that it is this machine's own \
         print server, so the key was not sent there. Is the server down? If \
         it is the right one, name the key yourself, with --key-file or \
         PRINT_SERVER_KEY"
    )]
    Stranger {
        /// The server's address.
        server: String,
    },
    /// The server's certificate proves nothing to us.
    #[error(
        "what answers at {server} has no certificate that is trusted here: \
         {why}. If the server has made its own, copy the file certificate.pem \
         from its data folder, and name the copy with --ca"
    )]
    Untrusted {
        /// The server's address.
        server: String,
        /// What is wrong with the certificate.
        why: String,
    },
    /// The certificates that are to be trusted cannot be used.
    #[error(transparent)]
    Trust(#[from] tls::Error),
    /// The system cannot give what is needed.
    #[error(transparent)]
    System(#[from] io::Error),
    /// The server refuses the request.
    #[error("the print server refuses: {0}")]
    Refused(String),
    /// The answer is not that of a print server.
    #[error("{server} does not answer as a print server does: {what}")]
    Strange {
        /// The server's address.
        server: String,
        /// What it said.
        what: String,
    },
}

/// A connection to a print server.
pub struct Client {
    server: String,
    key: Option<String>,
    /// The key that is sent only to a server that has it.
    own_key: Option<Key>,
    http: blocking::Client,
}

impl Client {
    /// A client without a key for the server at an address such as
    /// `http://127.0.0.1:8631`. It learns only whether there is a server. Over
    /// https it trusts whom the system trusts.
    ///
    /// # Errors
    /// The system does not say whom it trusts.
    ///
    /// # Panics
    /// When the system has no threads left.
    pub fn new(server: &str) -> Result<Client, ClientError> {
        Client::trusting(server, &Trust::System)
    }

    /// The same for a client that trusts these certificates.
    ///
    /// # Errors
    /// They cannot be used.
    ///
    /// # Panics
    /// As [`Client::new`].
    pub fn trusting(
        server: &str,
        trust: &Trust,
    ) -> Result<Client, ClientError> {
        Client::built(server, trust, blocking::Client::builder())
    }

    fn built(
        server: &str,
        trust: &Trust,
        builder: blocking::ClientBuilder,
    ) -> Result<Client, ClientError> {
        let server = server.trim_end_matches('/').to_owned();
        let is_https = Url::parse(&server).is_ok_and(|url| is_https(&url));
        let builder = match is_https {
            true => builder.tls_backend_preconfigured(trust.config()?),
            false => {
                // It is not used, and must be there. An error says that it is
                // there already.
                let provider = rustls::crypto::ring::default_provider();
                let _ = provider.install_default();
                builder
            }
        };
        let http = builder
            .connect_timeout(Duration::from_secs(10))
            // A job may wait for hours, and is followed all that time.
            .timeout(None)
            .build()
            .expect("no setting here can be wrong");
        Ok(Client { server, key: None, own_key: None, http })
    }

    /// The same client with a key that a person has chosen for this server.
    #[must_use]
    pub fn with_key(self, key: &str) -> Client {
        Client { key: Some(key.trim().to_owned()), ..self }
    }

    // ANCHOR: own_key
    /// A client with the key of this machine's own server, which was found in
    /// its data folder. The server proves first that it has the key, too: while
    /// it is down, anybody may listen at its address.
    ///
    /// # Errors
    /// When the server is away, or a stranger answers in its place.
    ///
    /// # Panics
    /// As [`Client::new`].
    pub fn with_own_key(
        server: &str,
        key: &Key,
        trust: &Trust,
    ) -> Result<Client, ClientError> {
        // A proxy would be a stranger as well.
        let builder = || blocking::Client::builder().no_proxy();
        let mut client = Client::built(server, trust, builder())?;
        client.own_key = Some(key.clone());
        let proven = client.prove()?;
        if let Some(address) = proven
            && let Ok(url) = Url::parse(server)
            && let Some(name) = url.domain()
        {
            // The name may lead to another address next time.
            let builder = builder().resolve(name, address);
            client.http = Client::built(server, trust, builder)?.http;
        }
        client.key = Some(key.expose().to_owned());
        Ok(client)
    }

    /// Asks the server for its proof, where one is needed. Returns the address
    /// at which it answered.
    fn prove(&self) -> Result<Option<SocketAddr>, ClientError> {
        #[derive(Deserialize)]
        struct Proof {
            proof: String,
        }
        let Some(key) = &self.own_key else { return Ok(None) };
        self.check_address()?;
        let challenge = Challenge::new()?;
        let url = format!("{}{}", self.server, challenge.path());
        let answer = self.http.get(url).timeout(PROOF_TIME).send();
        let answer = answer.map_err(|error| self.unreachable(&error))?;
        let address = answer.remote_addr();
        let proof = serde_json::from_str::<Proof>(&read(answer));
        match (address, proof) {
            (Some(address), Ok(Proof { proof }))
                if challenge.is_answered(key, address, &proof) =>
            {
                Ok(Some(address))
            }
            _ => Err(ClientError::Stranger { server: self.server.clone() }),
        }
    }
    // ANCHOR_END: own_key

    /// Sends a file to be printed; `-` is standard input. `sent` is called after
    /// every piece, with the bytes sent so far and the bytes in all, as far as
    /// they are known.
    ///
    /// # Errors
    /// [`ClientError`]; the server keeps nothing of a refused file.
    pub fn print(
        &self,
        path: &Path,
        order: &Order,
        sent: impl FnMut(u64, u64) + Send + 'static,
    ) -> Result<JobView, ClientError> {
        self.check_server()?;
        let Document { name, bytes, content } =
            Document::open(path).map_err(|source| ClientError::File {
                path: path.to_owned(),
                source,
            })?;
        let reader = CountingReader { content, gone: 0, bytes, sent };
        let part = match bytes {
            Some(bytes) => Part::reader_with_length(reader, bytes),
            None => Part::reader(reader),
        };
        let part = part.file_name(name);
        let copies = order.copies.max(1).to_string();
        let mut form = Form::new()
            .text("user", order.user.clone())
            .text("copies", copies)
            .text("color", (!order.grey).to_string())
            .text("hold", order.hold.to_string());
        if let Some(pages) = &order.pages {
            form = form.text("pages", pages.clone());
        }
        if let Some(duplex) = &order.duplex {
            form = form.text("duplex", duplex.clone());
        }
        if let Some(media) = &order.media {
            form = form.text("media", media.clone());
        }
        let request = self.request(Method::POST, "/api/jobs");
        self.answer(request.multipart(form.part("file", part)).send())
    }

    /// Follows a job until it ends, and calls `changed` at every change. When
    /// the server goes away for a while, waits for it to come back.
    ///
    /// # Errors
    /// When the server stays away for half a minute or forgets the job.
    pub fn follow(
        &self,
        id: &str,
        mut changed: impl FnMut(&JobView),
    ) -> Result<JobView, ClientError> {
        const TRIES: u32 = 30;
        let mut failed = 0;
        loop {
            match self.listen(id, &mut changed) {
                Ok(Some(job)) => return Ok(job),
                // The events ended: the server restarts, most likely.
                Ok(None) => failed = 0,
                Err(ClientError::Unreachable { .. }) if failed < TRIES => {
                    failed += 1;
                }
                Err(error) => return Err(error),
            }
            thread::sleep(Duration::from_secs(1));
            // Somebody else may have taken the address meanwhile.
            match self.prove() {
                Err(ClientError::Unreachable { .. }) => {}
                proven => drop(proven?),
            }
        }
    }

    /// Reads the events of one job. `None` when they end before the job does.
    fn listen(
        &self,
        id: &str,
        changed: &mut impl FnMut(&JobView),
    ) -> Result<Option<JobView>, ClientError> {
        // An unknown job has no events at all.
        let job = self.job(id)?;
        changed(&job);
        if job.is_final() {
            return Ok(Some(job));
        }
        let path = format!("/api/events?job={id}");
        let news = self.request(Method::GET, &path).send();
        let news = news.map_err(|error| self.unreachable(&error))?;
        for event in Events::new(BufReader::new(news)) {
            let Ok(event) = event else { break };
            let Some(job) = safe_from_json::<JobView>(&event.data) else {
                continue;
            };
            changed(&job);
            if job.is_final() {
                return Ok(Some(job));
            }
        }
        Ok(None)
    }

    /// One job as it is now.
    ///
    /// # Errors
    /// When the server is away or does not know the job.
    pub fn job(&self, id: &str) -> Result<JobView, ClientError> {
        let path = format!("/api/jobs/{id}");
        self.answer(self.request(Method::GET, &path).send())
    }

    /// The newest jobs, the newest first.
    ///
    /// # Errors
    /// When the server is away.
    pub fn jobs(&self) -> Result<Vec<JobView>, ClientError> {
        self.answer(self.request(Method::GET, "/api/jobs").send())
    }

    /// Cancels a job, also while it prints.
    ///
    /// # Errors
    /// When the server is away, or the job has ended.
    pub fn cancel(&self, id: &str) -> Result<JobView, ClientError> {
        let path = format!("/api/jobs/{id}");
        self.answer(self.request(Method::DELETE, &path).send())
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.server);
        let request = self.http.request(method, url);
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    /// Checks the server and the key with short requests first: if the upload
    /// itself failed, its error would be about the upload.
    fn check_server(&self) -> Result<(), ClientError> {
        self.check_address()?;
        let url = format!("{}/healthz", self.server);
        let answer = self.http.get(url).send();
        answer.map_err(|error| self.unreachable(&error))?;
        let known = self.request(Method::HEAD, "/").send();
        let known = known.map_err(|error| self.unreachable(&error))?;
        match known.status() {
            StatusCode::UNAUTHORIZED => self.jobs().map(drop),
            _ => Ok(()),
        }
    }

    fn check_address(&self) -> Result<(), ClientError> {
        let read = Url::parse(&self.server);
        read.map(drop).map_err(|error| ClientError::Address {
            server: self.server.clone(),
            why: error.to_string(),
        })
    }

    fn answer<T: DeserializeOwned>(
        &self,
        sent: reqwest::Result<Response>,
    ) -> Result<T, ClientError> {
        #[derive(Deserialize)]
        struct Failure {
            error: String,
        }
        let response = sent.map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        let text = read(response);
        if status.is_success()
            && let Some(job) = safe_from_json(&text)
        {
            return Ok(job);
        }
        match safe_from_json::<Failure>(&text) {
            Some(Failure { error }) if status == StatusCode::UNAUTHORIZED => {
                let server = self.server.clone();
                Err(ClientError::SignIn { server, why: error })
            }
            Some(Failure { error }) => Err(ClientError::Refused(error)),
            None => Err(ClientError::Strange {
                server: self.server.clone(),
                what: format!("{status}"),
            }),
        }
    }

    fn unreachable(&self, error: &reqwest::Error) -> ClientError {
        // The outer error says only "error sending request": go deeper.
        let mut cause: &dyn std::error::Error = error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        let (server, why) = (self.server.clone(), cause.to_string());
        match is_about_certificate(cause) {
            true => ClientError::Untrusted { server, why },
            false => ClientError::Unreachable { server, cause: why },
        }
    }
}

fn is_https(url: &Url) -> bool {
    url.scheme() == "https"
}

/// Whether a connection was not made because of the other's certificate. What
/// TLS says is wrapped in errors of the system.
fn is_about_certificate(cause: &(dyn std::error::Error + 'static)) -> bool {
    match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => is_about_certificate(wrapped),
        None => matches!(
            cause.downcast_ref(),
            Some(rustls::Error::InvalidCertificate(_))
        ),
    }
}

/// Whether a server's address is one of this machine's own.
#[must_use]
pub fn is_this_machine(server: &str) -> bool {
    let Ok(url) = Url::parse(server) else { return false };
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<IpAddr>();
    bare == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// The folders where a server on this machine keeps its key: that of the user's
/// own server, and that of the installed one, which systemd has made.
#[must_use]
pub fn data_folders() -> Vec<PathBuf> {
    let own = daemon::data_folder("print-server");
    let installed = Path::new("/var/lib/print-server");
    let installed = cfg!(target_os = "linux").then(|| installed.to_owned());
    own.into_iter().chain(installed).collect()
}

/// The first key that can be read in these folders, or a sentence that says
/// where none was, and why.
///
/// # Errors
/// A file holds no key, or can be read by others.
pub fn find_key(folders: &[PathBuf]) -> io::Result<Result<Key, String>> {
    let mut looked = Vec::new();
    for folder in folders {
        let path = folder.join("key");
        let path = path.display();
        match Key::read(folder) {
            Ok(key) => return Ok(Ok(key)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                looked.push(format!("{path} is not there"));
            }
            // An error of the system. Others are about the key.
            Err(error) if error.raw_os_error().is_some() => {
                looked.push(format!("{path} is not for you to read"));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Err(looked.join(", and ")))
}

/// A document to be sent.
struct Document {
    name: String,
    /// Its size, unless another program is still writing it.
    bytes: Option<u64>,
    content: Box<dyn Read + Send>,
}

impl Document {
    fn open(path: &Path) -> io::Result<Document> {
        if path == Path::new("-") {
            return Ok(Document {
                name: UNNAMED.to_owned(),
                bytes: None,
                content: Box::new(io::stdin()),
            });
        }
        let file = File::open(path)?;
        let data = file.metadata()?;
        if data.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        // The shell calls the output of a program /dev/fd/63 or so.
        let name = match path.starts_with("/dev") || path.starts_with("/proc") {
            true => UNNAMED.into(),
            false => path.file_name().unwrap_or_default().to_string_lossy(),
        };
        Ok(Document {
            name: name.into_owned(),
            bytes: data.is_file().then_some(data.len()),
            content: Box::new(file),
        })
    }
}

/// The text of an answer, as far as anybody would want to read it.
fn read(answer: Response) -> String {
    let mut bytes = Vec::new();
    // An answer that breaks off is no JSON, which is told.
    let _ = answer.take(LONGEST_ANSWER).read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A value from a server's JSON, whose texts are fit for a terminal.
fn safe_from_json<T: DeserializeOwned>(text: &str) -> Option<T> {
    let mut value = serde_json::from_str(text).ok()?;
    clean(&mut value);
    serde_json::from_value(value).ok()
}

fn clean(value: &mut Value) {
    match value {
        Value::String(text) => *text = safe_text::plain(text, LONGEST_TEXT),
        Value::Array(values) => values.iter_mut().for_each(clean),
        Value::Object(fields) => fields.values_mut().for_each(clean),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A document that reports how much of it has been read.
struct CountingReader<F> {
    content: Box<dyn Read + Send>,
    gone: u64,
    bytes: Option<u64>,
    sent: F,
}

impl<F: FnMut(u64, u64)> Read for CountingReader<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.content.read(buffer)?;
        self.gone += count as u64;
        (self.sent)(self.gone, self.bytes.unwrap_or(self.gone));
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_cannot_command_a_terminal() {
        let said = r#"{"error": "\u001b[2Jgone \u009b31m\u202e", "n": [1]}"#;
        let value: Value = safe_from_json(said).expect("JSON");
        assert_eq!(value["error"], "[2Jgone 31m");
        assert_eq!(value["n"][0], 1);
    }

    #[test]
    fn the_key_is_looked_for_in_one_folder_after_the_other() {
        let (own, installed) = (tempfile::tempdir(), tempfile::tempdir());
        let (own, installed) = (own.expect("one"), installed.expect("two"));
        let folders = [own.path().to_owned(), installed.path().to_owned()];
        let looked = find_key(&folders).expect("looked").expect_err("none");
        for folder in &folders {
            let path = folder.join("key").display().to_string();
            assert!(looked.contains(&path), "{looked}");
        }
        for folder in [&folders[1], &folders[0]] {
            let made = Key::open(folder).expect("made");
            let found = find_key(&folders).expect("looked").expect("a key");
            assert_eq!(found.expose(), made.expose());
        }
    }
}
