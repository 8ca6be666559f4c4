//! A notice by e-mail.

use history::Metric;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::AsyncSmtpTransportBuilder;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use programs::{Failure, one_line};

use crate::message::Message as News;
use crate::notice::moment;
use crate::{Email, NoticeState, Tls};

/// One message on its way through one server. Each attempt sends the same
/// message, under the same Message-ID: should two get through, a mail program
/// shows one.
pub(crate) struct Mail {
    message: Message,
    transport: AsyncSmtpTransport<Tokio1Executor>,
    server: String,
}

impl Mail {
    pub fn new(email: &Email, news: &News) -> Result<Mail, Failure> {
        Ok(Mail {
            message: message(email, news)?,
            transport: transport(email)?,
            server: format!("{}:{}", email.server, email.port),
        })
    }

    pub async fn send(&self) -> Result<(), Failure> {
        match self.transport.send(self.message.clone()).await {
            Ok(_) => Ok(()),
            // 5yz: the same command would fail again (RFC 5321, section
            // 4.2.1).
            Err(error) => {
                let retry = !error.is_permanent();
                let server = &self.server;
                let words = match error.status() {
                    Some(_) => format!("{server} refuses it: {error}"),
                    None => format!("cannot send by {server}: {error}"),
                };
                Err(Failure { words, retry })
            }
        }
    }
}

fn message(email: &Email, news: &News) -> Result<Message, Failure> {
    let notice = &news.notice;
    let bad = |error: &dyn std::fmt::Display| {
        Failure::permanent(format!("cannot write the message: {error}"))
    };
    let mailbox =
        |address: &str| address.parse::<Mailbox>().map_err(|error| bad(&error));
    // Names come from a file and errors from the network: on one line each,
    // none of them ends a header. Whatever is not ASCII is encoded.
    let mark = match notice.state {
        NoticeState::Failing => "Trouble",
        NoticeState::Recovered => "Well again",
        NoticeState::Lasting => "Still trouble",
        NoticeState::Test => "Test",
        NoticeState::Unwatched => "Not watched any more",
    };
    let (alert, target) = (one_line(&notice.alert), one_line(&notice.target));
    let mut builder = Message::builder()
        .from(mailbox(&email.from)?)
        .subject(format!("{mark}: {target} ({alert})"))
        .message_id(None)
        .header(ContentType::TEXT_PLAIN);
    for to in &email.to {
        builder = builder.to(mailbox(to)?);
    }
    let mut message = builder.body(body(news)).map_err(|error| bad(&error))?;
    // No "I am on holiday" comes back (RFC 3834, section 5).
    message.headers_mut().insert_raw(HeaderValue::new(
        HeaderName::new_from_ascii_str("Auto-Submitted"),
        "auto-generated".to_owned(),
    ));
    Ok(message)
}

fn body(news: &News) -> String {
    let notice = &news.notice;
    let value = |value: Option<f64>| match value {
        None => "none".to_owned(),
        Some(value) => match Metric::find(&notice.metric) {
            Some(metric) => metric.format(value),
            None => value.to_string(),
        },
    };
    // Of several, each on a line of its own.
    let mut each = String::new();
    for one in &news.all {
        each += &format!("{}\n", one_line(&one.words));
    }
    let each = if each.is_empty() { each } else { format!("\n{each}") };
    format!(
        "{}\n{each}\nalert: {}\ntarget: {}\nmetric: {}\nstate: {}\nvalue: \
         {}\nthreshold: {}\nsince: {}\ntold: {}\n",
        one_line(&notice.words),
        one_line(&notice.alert),
        one_line(&notice.target),
        one_line(&notice.metric),
        notice.state,
        value(notice.value),
        value(notice.threshold),
        moment(notice.since),
        moment(notice.at),
    )
}

fn transport(
    email: &Email,
) -> Result<AsyncSmtpTransport<Tokio1Executor>, Failure> {
    type Transport = AsyncSmtpTransport<Tokio1Executor>;
    let bad = |error| Failure::permanent(format!("cannot use TLS: {error}"));
    let mut builder: AsyncSmtpTransportBuilder = match email.tls {
        Tls::StartTls => {
            Transport::starttls_relay(&email.server).map_err(bad)?
        }
        Tls::Tls => Transport::relay(&email.server).map_err(bad)?,
        // In the open because the configuration says so.
        Tls::None => Transport::builder_dangerous(&email.server),
    };
    builder = builder.port(email.port);
    if let Some((user, file)) = &email.sign_in {
        let text = std::fs::read_to_string(file).map_err(|error| {
            Failure::permanent(format!(
                "cannot read the password in {}: {error}",
                file.display()
            ))
        })?;
        let password = text.lines().next().unwrap_or_default();
        builder = builder
            .credentials(Credentials::new(user.clone(), password.to_owned()));
    }
    Ok(builder.build())
}
