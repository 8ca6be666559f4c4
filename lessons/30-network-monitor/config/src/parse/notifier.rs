//! The table `[[notify]]`.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::value::{beside, host_of, http_url, within};
use super::{Named, Result, Source, Table, each};
use alerts::{Body, Channel, Email, Notifier, Secret, Service, Template, Tls};
use daemon::units::{Length, OneOrMore};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NotifyTable {
    name: Spanned<String>,
    webhook: Option<Spanned<String>>,
    headers: Option<Spanned<BTreeMap<String, Spanned<String>>>>,
    template: Option<Spanned<String>>,
    routing_key: Option<Spanned<String>>,
    body: Option<Spanned<String>>,
    command: Option<Spanned<Vec<String>>>,
    email: Option<Spanned<EmailTable>>,
    timeout: Option<Spanned<Length>>,
    attempts: Option<Spanned<u32>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EmailTable {
    server: Spanned<String>,
    port: Option<Spanned<u16>>,
    tls: Option<Tls>,
    from: Spanned<String>,
    to: Spanned<OneOrMore<String>>,
    user: Option<Spanned<String>>,
    password_file: Option<Spanned<PathBuf>>,
}

impl Named for NotifyTable {
    fn name(&self) -> &Spanned<String> {
        &self.name
    }
}

pub(super) fn notifier(
    source: &Source<'_>,
    table: Table<NotifyTable>,
) -> Result<Notifier> {
    let Table { at, value: table } = table;
    let wrong = |at, key: &str, what: &str| {
        Err(source.error(at, format!("notify.{key}"), what))
    };
    let body = body_of(source, &table)?;
    let only_webhooks = [
        ("headers", table.headers.as_ref().map(Spanned::span)),
        ("template", table.template.as_ref().map(Spanned::span)),
        ("body", table.body.as_ref().map(Spanned::span)),
    ];
    let webhook = table.webhook.or_else(|| usual_address(&body, at.clone()));
    for (key, place) in only_webhooks {
        if let Some(place) = place
            && webhook.is_none()
        {
            let what = "only a webhook has it: add webhook = \"https://…\", \
                        or take it out";
            return wrong(place, key, what);
        }
    }
    let channel = match (webhook, table.command, table.email) {
        (Some(address), None, None) => {
            let url = http_url(source, "notify.webhook", &address)?;
            if let Body::Of(service) = &body
                && let Err(what) = service.check(&url)
            {
                return wrong(address.span(), "webhook", &what);
            }
            let mut headers = Vec::new();
            for (name, value) in
                table.headers.map(Spanned::into_inner).unwrap_or_default()
            {
                check_header(source, &name, &value)?;
                headers.push((name, Secret::new(value.into_inner())));
            }
            Channel::Webhook { url: Secret::new(url), headers, body }
        }
        (None, Some(command), None) => {
            let program = command.get_ref().first();
            if program.is_none_or(|program| program.trim().is_empty()) {
                let what = "it names no program: write [\"program\", \
                            \"argument\"]";
                return wrong(command.span(), "command", what);
            }
            if command.get_ref().iter().any(|word| word.contains('\0')) {
                let what = "no program takes a zero byte: take it out";
                return wrong(command.span(), "command", what);
            }
            Channel::Command(command.into_inner())
        }
        (None, None, Some(email)) => Channel::Email(email_of(source, email)?),
        (None, None, None) => {
            let what = "it is not said how: add webhook = \"https://…\", \
                        command = [\"program\"] or [notify.email]";
            return wrong(at, "webhook", what);
        }
        _ => {
            let what = "one [[notify]] tells in one way: keep one of \
                        `webhook`, `command` and `email`";
            return wrong(at, "webhook", what);
        }
    };
    let timeout = match &table.timeout {
        None => Duration::from_secs(10),
        Some(timeout) => timeout.get_ref().0,
    };
    if !(Duration::from_millis(100)..=Duration::from_secs(300))
        .contains(&timeout)
    {
        let at = table.timeout.map_or(at, |timeout| timeout.span());
        let what = "an attempt takes between \"100ms\" and \"5m\"";
        return wrong(at, "timeout", what);
    }
    let attempts = table.attempts.as_ref();
    let attempts = within(source, "notify.attempts", attempts, 1..=10)?;
    let name = table.name.into_inner();
    Ok(Notifier { name, channel, timeout, attempts })
}

/// Where PagerDuty takes events, unless the file says otherwise.
const PAGERDUTY: &str = "https://events.pagerduty.com/v2/enqueue";

fn usual_address(body: &Body, at: Range<usize>) -> Option<Spanned<String>> {
    match body {
        Body::Of(Service::PagerDuty(_)) => {
            Some(Spanned::new(at, PAGERDUTY.to_owned()))
        }
        _ => None,
    }
}

/// What a webhook says: our JSON, the file's own text, or what a service wants.
fn body_of(source: &Source<'_>, table: &NotifyTable) -> Result<Body> {
    let wrong = |at, key: &str, what: &str| {
        Err(source.error(at, format!("notify.{key}"), what))
    };
    let name = table.template.as_ref();
    if let Some(key) = &table.routing_key
        && name.is_none_or(|name| name.get_ref() != "pagerduty")
    {
        let what = "only template = \"pagerduty\" has it: take it out";
        return wrong(key.span(), "routing_key", what);
    }
    let name = match (name, &table.body) {
        (None, None) => return Ok(Body::Ours),
        (None, Some(text)) => {
            return match Template::new(text.get_ref()) {
                Ok(template) => Ok(Body::Own(template)),
                Err(what) => wrong(text.span(), "body", &what),
            };
        }
        (Some(_), Some(text)) => {
            let what = "there is `template`, too: keep one of the two";
            return wrong(text.span(), "body", what);
        }
        (Some(name), None) => name,
    };
    Ok(Body::Of(match name.get_ref().as_str() {
        "ntfy" => Service::Ntfy,
        "slack" => Service::Slack,
        "mattermost" => Service::Mattermost,
        "teams" => Service::Teams,
        "telegram" => Service::Telegram,
        "discord" => Service::Discord,
        "gotify" => Service::Gotify,
        "pagerduty" => match &table.routing_key {
            Some(key) => Service::PagerDuty(Secret::new(key.get_ref().trim())),
            None => {
                let what = "PagerDuty needs the key of its integration: add \
                            routing_key = \"…\"";
                return wrong(name.span(), "routing_key", what);
            }
        },
        other => {
            let what = format!(
                "there is no template `{}`: the templates are {}; or write a \
                 `body` of your own",
                other.escape_debug(),
                Service::NAMES.join(", ")
            );
            return wrong(name.span(), "template", &what);
        }
    }))
}

fn email_of(source: &Source<'_>, table: Spanned<EmailTable>) -> Result<Email> {
    let at = table.span();
    let table = table.into_inner();
    let server = host_of(source, "notify.email.server", &table.server)?;
    let tls = table.tls.unwrap_or(Tls::StartTls);
    let port = table.port.as_ref();
    let port = within(source, "notify.email.port", port, 1..=u16::MAX)?;
    let address = |key: &str, at: Range<usize>, text: &str| {
        if Email::is_address(text) {
            return Ok(text.to_owned());
        }
        let what = format!(
            "`{}` is no e-mail address: write one such as \
             \"monitor@example.org\"",
            text.escape_debug()
        );
        Err(source.error(at, format!("notify.email.{key}"), what))
    };
    let from = address("from", table.from.span(), table.from.get_ref())?;
    let to_at = table.to.span();
    let to =
        each(table.to.into_inner().0, |to| address("to", to_at.clone(), &to))?;
    if to.is_empty() {
        let what = "nobody gets it: write an e-mail address";
        return Err(source.error(to_at, "notify.email.to", what));
    }
    let sign_in = match (table.user, table.password_file) {
        (None, None) => None,
        (Some(user), Some(file)) => {
            let path = beside(source.file, file.get_ref());
            if let Err(error) = std::fs::metadata(&path) {
                let what = format!(
                    "cannot find {}: {error}: write the password into it, \
                     readable by the monitor only",
                    path.display()
                );
                let key = "notify.email.password_file";
                return Err(source.error(file.span(), key, what));
            }
            let local = server == "localhost"
                || server.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
            if tls == Tls::None && !local {
                let what = "the password would travel in the open: write \
                            tls = \"starttls\" or tls = \"tls\"";
                let key = "notify.email.tls";
                return Err(source.error(user.span(), key, what));
            }
            Some((user.into_inner(), path))
        }
        (Some(user), None) => {
            let what = "add `password_file`, or take `user` out";
            let key = "notify.email.password_file";
            return Err(source.error(user.span(), key, what));
        }
        (None, Some(_)) => {
            let what = "add `user`, or take `password_file` out";
            return Err(source.error(at, "notify.email.user", what));
        }
    };
    let port = port.unwrap_or(match tls {
        Tls::StartTls => 587,
        Tls::Tls => 465,
        Tls::None => 25,
    });
    Ok(Email { server, port, tls, from, to, sign_in })
}

fn check_header(
    source: &Source<'_>,
    name: &str,
    value: &Spanned<String>,
) -> Result<()> {
    use reqwest::header::{HeaderName, HeaderValue};
    let sound = HeaderName::try_from(name).is_ok()
        && HeaderValue::from_str(value.get_ref()).is_ok();
    if sound {
        return Ok(());
    }
    let what = format!(
        "`{}` and its value are no HTTP header: take out spaces in the name \
         and control characters",
        name.escape_debug()
    );
    Err(source.error(value.span(), "notify.headers", what))
}
