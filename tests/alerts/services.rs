//! Notices in the shape that a service expects, or that the file spells out.

use std::path::Path;

use alerts::send_test;
use monitor_config::Config;
use serde_json::{Value, json};

use crate::webhooks::{Listener, OK, answer, body};

/// Sends a test notice by the notifier of a configuration, in which ADDRESS
/// stands for a listener with these answers. Returns what it was asked, and how
/// that ended.
async fn told(
    notifier: &str,
    answers: &[&str],
) -> (Vec<String>, Result<(), String>) {
    let listener = Listener::answering(answers);
    let address = listener.address.to_string();
    let text = format!(
        "[[notify]]\nname = \"chat\"\n{}\n",
        notifier.replace("ADDRESS", &address)
    );
    let config = Config::parse(&text, Path::new("monitor.toml"));
    let config = config.unwrap_or_else(|error| panic!("{error}"));
    let sent = send_test(&config.notifiers[0]).await;
    (listener.requests(), sent)
}

/// The first line of a request, and its body.
fn head_and_body(request: &str) -> (&str, Value) {
    (request.lines().next().unwrap_or_default(), body(request))
}

#[tokio::test]
async fn each_service_gets_what_it_expects() {
    let words = "this is a test: notices of the network monitor arrive here";
    let title = "A test of the network monitor";
    for (template, address, path, wanted) in [
        (
            "ntfy",
            "/sub/my-topic",
            "/sub/",
            json!({
                "topic": "my-topic", "title": title, "message": words,
                "priority": 3, "tags": ["wrench"],
            }),
        ),
        (
            "slack",
            "/services/T/B/X",
            "/services/T/B/X",
            json!({
                "text": words,
            }),
        ),
        ("mattermost", "/hooks/x", "/hooks/x", json!({ "text": words })),
        (
            "telegram",
            "/bot12:ab/sendMessage?chat_id=-100",
            "/bot12:ab/sendMessage",
            json!({
                "chat_id": "-100", "text": words,
                "link_preview_options": { "is_disabled": true },
            }),
        ),
        (
            "discord",
            "/api/webhooks/1/x",
            "/api/webhooks/1/x",
            json!({
                "content": words, "allowed_mentions": { "parse": [] },
            }),
        ),
        (
            "gotify",
            "/message?token=x",
            "/message?token=x",
            json!({
                "title": title, "message": words, "priority": 4,
            }),
        ),
    ] {
        let (requests, sent) = told(
            &format!(
                "template = \"{template}\"\n\
                 webhook = \"http://ADDRESS{address}\""
            ),
            &[OK],
        )
        .await;
        assert_eq!(sent, Ok(()), "{template}");
        let (head, body) = head_and_body(&requests[0]);
        assert_eq!(head, format!("POST {path} HTTP/1.1"), "{template}");
        assert!(requests[0].contains("content-type: application/json\r\n"));
        assert_eq!(body, wanted, "{template}");
    }
}

#[tokio::test]
async fn teams_gets_a_card() {
    let (requests, sent) = told(
        "template = \"teams\"\nwebhook = \"http://ADDRESS/workflows/1\"",
        &[&answer("202 Accepted")],
    )
    .await;
    assert_eq!(sent, Ok(()));
    let (_, body) = head_and_body(&requests[0]);
    assert_eq!(body["type"], "message");
    let card = &body["attachments"][0];
    let kind = "application/vnd.microsoft.card.adaptive";
    assert_eq!(card["contentType"], kind);
    assert_eq!(card["content"]["type"], "AdaptiveCard");
    assert!(card["content"]["body"].to_string().contains("this is a test"));
}

#[tokio::test]
async fn pagerduty_gets_an_event_and_goes_on_where_it_was_refused() {
    let late = answer("429 Too Many Requests");
    let accepted = answer("202 Accepted");
    let notifier = "template = \"pagerduty\"\nrouting_key = \"k\"\n\
        webhook = \"http://ADDRESS/v2/enqueue\"";
    let (requests, sent) = told(notifier, &[&accepted, &accepted]).await;
    assert_eq!(sent, Ok(()));
    let actions: Vec<Value> = requests
        .iter()
        .map(|request| head_and_body(request).1["event_action"].clone())
        .collect();
    // A test leaves no alert behind.
    assert_eq!(actions, ["trigger", "resolve"]);
    let event = head_and_body(&requests[0]).1;
    assert_eq!(event["routing_key"], "k");
    assert_eq!(event["payload"]["severity"], "info");
    assert_eq!(event["payload"]["source"], "nothing");

    let (requests, sent) = told(notifier, &[&accepted, &late]).await;
    assert_eq!(requests.len(), 2);
    assert!(sent.expect_err("refused").contains("429"));
}

#[tokio::test]
async fn a_body_of_ones_own_is_filled() {
    let (requests, sent) = told(
        "webhook = \"http://ADDRESS/\"\n\
         body = '''{\"say\": \"{{state}}: {{words}}\", \"at\": {{at}}}'''",
        &[OK],
    )
    .await;
    assert_eq!(sent, Ok(()));
    let (_, body) = head_and_body(&requests[0]);
    let said = body["say"].as_str().expect("words");
    assert!(said.starts_with("test: this is a test"), "{said}");
    assert!(body["at"].is_number());

    let (requests, _) = told(
        "webhook = \"http://ADDRESS/\"\nbody = \"{{target}} is {{state}}\"\n\
         headers = { Content-Type = \"text/markdown\" }",
        &[OK],
    )
    .await;
    assert!(requests[0].ends_with("\r\n\r\nnothing is test"));
    assert!(requests[0].contains("content-type: text/markdown\r\n"));
}

#[test]
fn what_is_wrong_with_a_template_is_said_before_the_start() {
    for (notifier, words) in [
        ("template = \"myspace\"", "the templates are ntfy, slack"),
        ("template = \"slack\"", "add webhook"),
        ("template = \"pagerduty\"", "add routing_key"),
        ("webhook = \"http://h/\"\nrouting_key = \"k\"", "take it out"),
        ("webhook = \"http://h/\"\nbody = \"{{word}}\"", "the places are"),
        ("webhook = \"http://h/\"\nbody = \"{{{words}}\"", "no place"),
        (
            "webhook = \"http://h/\"\nbody = \"x\"\ntemplate = \"slack\"",
            "keep one of the two",
        ),
        ("command = [\"true\"]\nbody = \"x\"", "only a webhook"),
        ("webhook = \"http://h/\"\ntemplate = \"ntfy\"", "the topic's"),
        (
            "webhook = \"http://h/bot1:secret/x\"\ntemplate = \"telegram\"",
            "sendMessage",
        ),
    ] {
        let text = format!("[[notify]]\nname = \"chat\"\n{notifier}\n");
        let parsed = Config::parse(&text, Path::new("monitor.toml"));
        let said = parsed.expect_err(notifier).to_string();
        assert!(said.contains(words), "{notifier}: {said}");
        assert!(!said.contains("secret"), "{said}");
    }
    // PagerDuty's own address is known.
    let text = "[[notify]]\nname = \"p\"\ntemplate = \"pagerduty\"\n\
                routing_key = \"k\"\n";
    assert!(Config::parse(text, Path::new("monitor.toml")).is_ok());
}
