//! A notifier: the channel by which notices are sent.

use std::path::PathBuf;
use std::time::Duration;

use lettre::message::Mailbox;
use safe_text::breaks_a_line;

use crate::{Body, Secret};

/// A notifier, as one `[[notify]]` describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Notifier {
    /// Its name, for rules to point to. Unique.
    pub name: String,
    /// The channel of its messages.
    pub channel: Channel,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// The number of attempts before a notice is given up. `None`: it is kept
    /// for a day, and tried again and again.
    pub attempts: Option<u32>,
}

/// How a message is sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Channel {
    /// An HTTP POST.
    Webhook {
        /// Where to; often a secret in itself.
        url: Secret,
        /// More headers, such as `Authorization`.
        headers: Vec<(String, Secret)>,
        /// What it says.
        body: Body,
    },
    /// A program, started without a shell.
    Command(Vec<String>),
    /// A message by SMTP.
    Email(Email),
}

/// How an e-mail is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Email {
    /// The SMTP server's name or address.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// The sender's address.
    pub from: String,
    /// The receivers' addresses.
    pub to: Vec<String>,
    /// The user, and the file with the password on its first line. The file
    /// is read for each message, so that a new password needs no restart.
    pub sign_in: Option<(String, PathBuf)>,
}

/// How an SMTP connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// In the open first, then upgraded, or not at all (RFC 3207). Port 587.
    StartTls,
    /// From the first byte (RFC 8314, section 3). Port 465.
    Tls,
    /// Not at all. Port 25; for a server on this machine.
    None,
}

impl Email {
    /// Whether a text is one e-mail address (RFC 5322, section 3.4), on one
    /// line.
    pub fn is_address(text: &str) -> bool {
        text.parse::<Mailbox>().is_ok() && !text.chars().any(breaks_a_line)
    }
}
