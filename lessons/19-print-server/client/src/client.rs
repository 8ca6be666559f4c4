//! A connection to a print server.

use std::io::{self, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::thread;
use std::time::Duration;

use daemon::Key;
use daemon::events::Events;
use reqwest::blocking::multipart::Part;
use reqwest::blocking::{self, RequestBuilder, Response};
use reqwest::{Method, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sign_in::Challenge;
use tls::Trust;

use crate::document::{CountingReader, Document};
use crate::{ClientError, JobView, Order, PrinterView};

/// How long a server may take to prove who it is.
const PROOF_TIME: Duration = Duration::from_secs(10);
/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: u64 = 16 * 1024 * 1024;
/// The longest text in an answer that is shown, in characters.
const LONGEST_TEXT: usize = 1000;

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
    /// This is no address, or the system does not say whom it trusts.
    ///
    /// # Panics
    /// When the system has no threads left.
    pub fn new(server: &str) -> Result<Client, ClientError> {
        Client::trusting(server, &Trust::System)
    }

    /// The same for a client that trusts these certificates.
    ///
    /// # Errors
    /// This is no address, or the certificates cannot be used.
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
        let url =
            Url::parse(&server).map_err(|error| ClientError::Address {
                server: server.clone(),
                why: error.to_string(),
            })?;
        let builder = match url.scheme() == "https" {
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

    // ANCHOR: print
    /// Sends a file to be printed; `-` is standard input. `sent` is called after
    /// every piece, with the bytes sent so far and the bytes in all, as far as
    /// they are known.
    ///
    /// When the connection breaks, the file is sent once more, with the same
    /// key: the server makes one job of both.
    ///
    /// # Errors
    /// [`ClientError`]; the server keeps nothing of a refused file.
    pub fn print(
        &self,
        path: &Path,
        order: &Order,
        sent: impl FnMut(u64, u64) + Clone + Send + 'static,
    ) -> Result<JobView, ClientError> {
        self.check_server()?;
        let key = idempotency_key()?;
        let mut is_first = true;
        loop {
            let document = Document::open(path);
            let document = document.map_err(|source| ClientError::File {
                path: path.to_owned(),
                source,
            })?;
            // What another program writes cannot be read again.
            let can_repeat = document.bytes.is_some();
            match self.send(document, order, &key, sent.clone()) {
                Err(ClientError::Unreachable { server, cause }) => {
                    if !is_first || !can_repeat {
                        return Err(ClientError::Lost { server, cause });
                    }
                }
                answered => return answered,
            }
            is_first = false;
            thread::sleep(Duration::from_secs(1));
        }
    }
    // ANCHOR_END: print

    fn send(
        &self,
        document: Document,
        order: &Order,
        key: &str,
        sent: impl FnMut(u64, u64) + Send + 'static,
    ) -> Result<JobView, ClientError> {
        let (name, bytes) = (document.name.clone(), document.bytes);
        let reader = CountingReader::new(document, sent);
        let part = match bytes {
            Some(bytes) => Part::reader_with_length(reader, bytes),
            None => Part::reader(reader),
        };
        let form = order.form().part("file", part.file_name(name));
        let request = self.request(Method::POST, "/api/jobs");
        let request = request.header("Idempotency-Key", key);
        self.answer(request.multipart(form).send())
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

    /// The server's printers, the default one first.
    ///
    /// # Errors
    /// When the server is away.
    pub fn printers(&self) -> Result<Vec<PrinterView>, ClientError> {
        self.answer(self.request(Method::GET, "/api/printers").send())
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

/// A key that no other request has: 128 random bits in hexadecimal, quoted
/// (draft-ietf-httpapi-idempotency-key-header-07, section 2.1).
fn idempotency_key() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        io::Error::other(format!("the system has no random numbers: {error}"))
    })?;
    let digits: String =
        bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("\"{digits}\""))
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
}
