//! One download of a document, which goes on where it was cut.

use std::error::Error;
use std::fs::File;
use std::io::{self, Read, Seek, Write};

use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::{Method, StatusCode, header};
use serde_json::Value;

use super::FetchError;
use crate::RemoteDocument;

/// How many bytes are read at once.
const PIECE: usize = 64 * 1024;

/// The most bytes of a refusal that are read.
const LONGEST_REASON: u64 = 4096;

/// A document on its way from its intake into a file.
pub(super) struct Download<'a> {
    pub http: &'a Client,
    pub key: &'a str,
    pub document: &'a RemoteDocument,
    pub file: &'a File,
    /// How many bytes are in the file.
    pub got: u64,
    pub is_wanted: &'a dyn Fn() -> bool,
}

impl Download<'_> {
    // ANCHOR: run
    /// Fetches the document. A connection that breaks after it has brought
    /// something is followed by another, which asks for the rest; one that
    /// brings nothing shows that the intake is away.
    pub fn run(mut self) -> Result<(), FetchError> {
        loop {
            let before = self.got;
            match self.fetch_the_rest() {
                Err(FetchError::Away { .. }) if self.got > before => {}
                Err(error) => return Err(error),
                Ok(()) if self.got == self.document.bytes => return Ok(()),
                Ok(()) => return Err(self.wrong()),
            }
        }
    }

    /// Asks once for what is not here yet, and takes what comes of it.
    fn fetch_the_rest(&mut self) -> Result<(), FetchError> {
        let mut request = ask(self.http, Method::GET, self.key, self.document);
        if self.got > 0 {
            // Its hash is the document's tag (RFC 9110, section 13.1.5).
            request = request
                .header(header::RANGE, format!("bytes={}-", self.got))
                .header(
                    header::IF_RANGE,
                    format!("\"{}\"", self.document.hash),
                );
        }
        let mut answer = send(request, self.document)?;
        match answer.status() {
            StatusCode::PARTIAL_CONTENT if begins_at(&answer, self.got) => {}
            StatusCode::OK => self.begin_again().map_err(FetchError::Disk)?,
            _ => return Err(self.wrong()),
        }
        let mut piece = vec![0; PIECE];
        while (self.is_wanted)() {
            match answer.read(&mut piece) {
                Ok(0) => return Ok(()),
                Ok(count) => self.take(&piece[..count])?,
                Err(error) => return Err(away(self.document, &error)),
            }
        }
        Err(FetchError::NotWanted)
    }
    // ANCHOR_END: run

    /// Keeps a piece of the document, but no more than the document has.
    fn take(&mut self, piece: &[u8]) -> Result<(), FetchError> {
        let got = self.got.saturating_add(piece.len() as u64);
        if got > self.document.bytes {
            return Err(self.wrong());
        }
        self.file.write_all(piece).map_err(FetchError::Disk)?;
        self.got = got;
        Ok(())
    }

    /// All of the document comes, from its first byte.
    fn begin_again(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.got = 0;
        Ok(())
    }

    fn wrong(&self) -> FetchError {
        FetchError::Wrong { intake: self.document.intake.clone() }
    }
}

/// Asks whether the document is there to be fetched.
pub(super) fn asks(
    http: &Client,
    key: &str,
    document: &RemoteDocument,
) -> Result<(), FetchError> {
    send(ask(http, Method::HEAD, key, document), document).map(drop)
}

fn ask(
    http: &Client,
    method: Method,
    key: &str,
    document: &RemoteDocument,
) -> RequestBuilder {
    let url = format!("{}/api/documents/{}", document.intake, document.hash);
    http.request(method, url).bearer_auth(key)
}

/// Sends a request, and tells apart what else may be answered.
fn send(
    request: RequestBuilder,
    document: &RemoteDocument,
) -> Result<Response, FetchError> {
    let answer = request.send().map_err(|error| away(document, &error))?;
    let intake = || document.intake.clone();
    match answer.status() {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            let status = answer.status().as_u16();
            let why = reason(answer);
            Err(FetchError::Refused { intake: intake(), status, why })
        }
        StatusCode::NOT_FOUND => Err(FetchError::Gone { intake: intake() }),
        StatusCode::OK
        | StatusCode::PARTIAL_CONTENT
        | StatusCode::RANGE_NOT_SATISFIABLE => Ok(answer),
        // It has too much to do, is ill, or is no intake at all.
        status => {
            let why = format!("it says {}", status.as_u16());
            Err(FetchError::Away { intake: intake(), why })
        }
    }
}

/// Why an intake refuses: what it says itself, as JSON or as plain text, or
/// what it is most often.
fn reason(answer: Response) -> String {
    // Only of the intake's name or the role it says something that helps.
    let mut words = Vec::new();
    if answer.status() == StatusCode::FORBIDDEN {
        let _ = answer.take(LONGEST_REASON).read_to_end(&mut words);
    }
    let words = String::from_utf8_lossy(&words);
    let json: Option<Value> = serde_json::from_str(&words).ok();
    let json = json.as_ref().and_then(|json| json["error"].as_str());
    match safe_text::plain(json.unwrap_or(&words).trim(), 300) {
        words if words.is_empty() => "the key needs to be that of an account \
             there with the role worker"
            .to_owned(),
        words => words,
    }
}

/// Whether the answer is the part of the document that begins at this byte
/// (RFC 9110, section 14.4).
fn begins_at(answer: &Response, byte: u64) -> bool {
    let range = answer.headers().get(header::CONTENT_RANGE);
    let range = range.and_then(|range| range.to_str().ok());
    range.is_some_and(|range| range.starts_with(&format!("bytes {byte}-")))
}

/// The error with its innermost cause: "error sending request" says nothing.
fn away(document: &RemoteDocument, error: &dyn Error) -> FetchError {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let why = safe_text::plain(&cause.to_string(), 200);
    FetchError::Away { intake: document.intake.clone(), why }
}
