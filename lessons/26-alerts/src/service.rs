//! The services that show notices to people: chats, phones, pagers. Each
//! expects a body of its own.

use jiff::Timestamp;
use programs::one_line;
use reqwest::Url;
use serde_json::{Value, json};

use crate::body::{JSON, Post};
use crate::message::Message;
use crate::template::title;
use crate::{Notice, NoticeState, Secret};

/// A service, and what it has to be told besides its address.
#[derive(Debug, Clone, PartialEq)]
pub enum Service {
    /// ntfy, on phones. The address is that of a topic; the notice is published
    /// as JSON at the root of the server (docs.ntfy.sh, "Publishing", section
    /// "Publish as JSON").
    Ntfy,
    /// Slack's incoming webhooks (docs.slack.dev, "Sending messages using
    /// incoming webhooks").
    Slack,
    /// Mattermost's (developers.mattermost.com, "Incoming webhooks").
    Mattermost,
    /// A workflow in Microsoft Teams that takes webhooks, which shows an
    /// Adaptive Card (learn.microsoft.com, "Create incoming webhooks with
    /// Workflows"). It replaces the connectors, which are retired.
    Teams,
    /// A Telegram bot: `https://api.telegram.org/botTOKEN/sendMessage?chat_id=N`
    /// (core.telegram.org, "Telegram Bot API", method `sendMessage`).
    Telegram,
    /// Discord's webhooks (discord.com/developers, "Webhook", section "Execute
    /// Webhook").
    Discord,
    /// Gotify, on phones: the address ends with `/message`, and the token is in
    /// it or in the header `X-Gotify-Key` (gotify.net/docs, "Push messages").
    Gotify,
    /// PagerDuty, with the integration's key (developer.pagerduty.com, "Events
    /// API v2", section "Send an Alert Event"). Each trouble is an alert there,
    /// which its end resolves.
    PagerDuty(Secret),
}

/// The most that a service takes of a text.
const NTFY_BYTES: usize = 4_000;
const TELEGRAM_LETTERS: usize = 4_096;
const DISCORD_LETTERS: usize = 2_000;
const PAGERDUTY_LETTERS: usize = 1_024;

/// A space without width. Behind an @ it keeps a name from calling somebody.
const NO_WIDTH: &str = "@\u{200b}";

impl Service {
    /// The names of all services in the file.
    pub const NAMES: &[&str] = &[
        "ntfy",
        "slack",
        "mattermost",
        "teams",
        "telegram",
        "discord",
        "gotify",
        "pagerduty",
    ];

    /// Whether an address is one for this service.
    ///
    /// # Errors
    /// What it should look like, in words.
    pub fn check(&self, url: &str) -> Result<(), String> {
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        match self {
            Service::Ntfy => topic(&url).map(drop),
            Service::Telegram => chat(&url).map(drop),
            Service::Gotify if !url.path().ends_with("/message") => {
                Err("write the address of Gotify with /message at its end"
                    .to_owned())
            }
            _ => Ok(()),
        }
    }

    // ANCHOR: posts
    /// The POSTs that tell a message.
    pub(crate) fn posts(
        &self,
        url: &Url,
        message: &Message,
    ) -> Result<Vec<Post>, String> {
        let notice = &message.notice;
        let words = one_line(&notice.words);
        let mut url = url.clone();
        let body = match self {
            Service::Ntfy => {
                let topic = topic(&url)?;
                if let Ok(mut path) = url.path_segments_mut() {
                    path.pop_if_empty().pop().push("");
                }
                json!({
                    "topic": topic,
                    "title": title(notice),
                    "message": shortened(&words, NTFY_BYTES, str::len),
                    "priority": urgency(notice).ntfy,
                    "tags": [urgency(notice).tag],
                })
            }
            // Three signs are its markup (docs.slack.dev, "Formatting message
            // text", section "Escaping text").
            Service::Slack => {
                let text = words.replace('&', "&amp;").replace('<', "&lt;");
                json!({ "text": text.replace('>', "&gt;") })
            }
            Service::Mattermost => {
                json!({ "text": words.replace('@', NO_WIDTH) })
            }
            Service::Teams => card(&title(notice), &words),
            Service::Telegram => {
                let chat = chat(&url)?;
                url.set_query(None);
                json!({
                    "chat_id": chat,
                    "text": shortened(&words, TELEGRAM_LETTERS, letters),
                    "link_preview_options": { "is_disabled": true },
                })
            }
            Service::Discord => json!({
                "content": shortened(&words, DISCORD_LETTERS, letters),
                // Whatever the words are, they call nobody.
                "allowed_mentions": { "parse": [] },
            }),
            Service::Gotify => json!({
                "title": title(notice),
                "message": words,
                "priority": urgency(notice).gotify,
            }),
            Service::PagerDuty(key) => {
                let events = events(key, message).into_iter();
                return Ok(events.map(|body| post(&url, &body)).collect());
            }
        };
        Ok(vec![post(&url, &body)])
    }
    // ANCHOR_END: posts
}

fn post(url: &Url, body: &Value) -> Post {
    Post { url: url.clone(), media_type: JSON, text: body.to_string() }
}

/// How loudly a notice is told.
struct Urgency {
    /// 1 to 5; 3 is usual, and from 4 on a phone is not silent for long.
    ntfy: u8,
    /// 0 to 10; from 8 on a phone shows it over everything.
    gotify: u8,
    /// The short code of a picture.
    tag: &'static str,
}

fn urgency(notice: &Notice) -> Urgency {
    let (ntfy, gotify, tag) = match notice.state {
        NoticeState::Recovered => (3, 4, "white_check_mark"),
        NoticeState::Unwatched => (3, 4, "grey_question"),
        NoticeState::Test => (3, 4, "wrench"),
        _ => (4, 8, "rotating_light"),
    };
    Urgency { ntfy, gotify, tag }
}

/// The topic of an ntfy address: the last part of its path.
fn topic(url: &Url) -> Result<String, String> {
    let mut parts = url.path_segments().into_iter().flatten();
    let last = parts.rfind(|part| !part.is_empty());
    last.map(str::to_owned).ok_or_else(|| {
        "write the topic's address, such as https://ntfy.sh/my-topic".to_owned()
    })
}

/// The chat of a Telegram address.
fn chat(url: &Url) -> Result<String, String> {
    let mut pairs = url.query_pairs();
    let chat = pairs.find(|(name, _)| name == "chat_id");
    match chat {
        Some((_, chat)) if url.path().ends_with("/sendMessage") => {
            Ok(chat.into_owned())
        }
        _ => Err("write https://api.telegram.org/botTOKEN/sendMessage\
                  ?chat_id=CHAT"
            .to_owned()),
    }
}

/// A card with a title and a text, in which no markup is read (Adaptive Cards
/// 1.2, element `RichTextBlock`).
fn card(title: &str, words: &str) -> Value {
    let block = |text: &str, weight: &str| {
        let run = json!({ "type": "TextRun", "text": text, "weight": weight });
        json!({ "type": "RichTextBlock", "inlines": [run] })
    };
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema":
                    "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.2",
                "body": [block(title, "bolder"), block(words, "default")],
            },
        }],
    })
}

// ANCHOR: events
/// PagerDuty's events for a message: one for each notice, because each trouble
/// is an alert there. Begin and end of one have the same `dedup_key`, so that
/// what is told twice is still one alert. A test ends what it begins.
fn events(key: &Secret, message: &Message) -> Vec<Value> {
    let mut events = Vec::new();
    for notice in message.notices() {
        let actions: &[&str] = match notice.state {
            NoticeState::Recovered | NoticeState::Unwatched => &["resolve"],
            NoticeState::Test => &["trigger", "resolve"],
            _ => &["trigger"],
        };
        for action in actions {
            events.push(event(key, notice, action));
        }
    }
    events
}
// ANCHOR_END: events

fn event(key: &Secret, notice: &Notice, action: &str) -> Value {
    let Notice { alert, target, metric, .. } = notice;
    let severity = match notice.state {
        NoticeState::Test => "info",
        _ => "critical",
    };
    let words = one_line(&notice.words);
    let at = Timestamp::from_millisecond(notice.at).unwrap_or_default();
    json!({
        "routing_key": key.reveal(),
        "event_action": action,
        "dedup_key": json!([alert, target, metric]).to_string(),
        "client": "network-monitor",
        "payload": {
            "summary": shortened(&words, PAGERDUTY_LETTERS, letters),
            "source": target,
            "severity": severity,
            "class": metric,
            "timestamp": at.to_string(),
        },
    })
}

fn letters(text: &str) -> usize {
    text.chars().count()
}

/// The text, or as much of its beginning as fits, by a measure of its length.
fn shortened(text: &str, most: usize, length: fn(&str) -> usize) -> String {
    if length(text) <= most {
        return text.to_owned();
    }
    let mut short = String::new();
    for letter in text.chars() {
        let mut longer = short.clone();
        longer.push(letter);
        longer.push('…');
        if length(&longer) > most {
            break;
        }
        short.push(letter);
    }
    short + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(state: NoticeState, target: &str) -> Notice {
        Notice {
            alert: "gone".to_owned(),
            target: target.to_owned(),
            metric: "ping".to_owned(),
            state,
            words: format!("{target}: <b> & @all"),
            ..Notice::test(0)
        }
    }

    fn sent(service: &Service, url: &str, notices: Vec<Notice>) -> Vec<Value> {
        let url = Url::parse(url).expect("an address");
        let message = Message::of(notices).expect("a message");
        let posts = service.posts(&url, &message).expect("posts");
        let body = |post: &Post| serde_json::from_str(&post.text);
        posts.iter().map(|post| body(post).expect("JSON")).collect()
    }

    fn failing(service: &Service, url: &str) -> Value {
        let notices = vec![notice(NoticeState::Failing, "web")];
        sent(service, url, notices).remove(0)
    }

    #[test]
    fn markup_and_names_that_call_people_are_taken_away() {
        let url = "https://chat.example/hooks/1";
        let slack = failing(&Service::Slack, url);
        assert_eq!(slack["text"], "web: &lt;b&gt; &amp; @all");
        let mattermost = failing(&Service::Mattermost, url);
        assert_eq!(mattermost["text"], "web: <b> & @\u{200b}all");
        let discord = failing(&Service::Discord, url);
        assert_eq!(discord["allowed_mentions"], json!({ "parse": [] }));
        let teams = failing(&Service::Teams, url);
        let card = &teams["attachments"][0]["content"];
        assert_eq!(card["body"][1]["inlines"][0]["text"], "web: <b> & @all");
    }

    #[test]
    fn a_topic_and_a_chat_are_taken_from_the_address() {
        let url = Url::parse("https://ntfy.example/sub/my-topic").expect("one");
        let notices = vec![notice(NoticeState::Recovered, "web")];
        let message = Message::of(notices).expect("a message");
        let posts = Service::Ntfy.posts(&url, &message).expect("posts");
        assert_eq!(posts[0].url.as_str(), "https://ntfy.example/sub/");
        let root = Url::parse("https://ntfy.example/my-topic").expect("one");
        let posts = Service::Ntfy.posts(&root, &message).expect("posts");
        assert_eq!(posts[0].url.as_str(), "https://ntfy.example/");
        assert!(posts[0].text.contains(r#""topic":"my-topic""#));
        let url = "https://api.telegram.org/bot1:a/sendMessage?chat_id=-100";
        let url = Url::parse(url).expect("an address");
        let posts = Service::Telegram.posts(&url, &message).expect("posts");
        let bare = "https://api.telegram.org/bot1:a/sendMessage";
        assert_eq!(posts[0].url.as_str(), bare);
        assert!(posts[0].text.contains(r#""chat_id":"-100""#));
        for (service, url) in [
            (Service::Ntfy, "https://ntfy.example/"),
            (Service::Telegram, "https://api.telegram.org/bot1:a/sendMessage"),
            (Service::Telegram, "https://api.telegram.org/?chat_id=1"),
            (Service::Gotify, "https://push.example/"),
        ] {
            assert!(service.check(url).is_err(), "{url}");
        }
    }

    #[test]
    fn pagerduty_gets_each_trouble_alone_and_its_end_has_the_same_key() {
        let service = Service::PagerDuty(Secret::new("key"));
        let url = "https://events.pagerduty.com/v2/enqueue";
        let of = |state| vec![notice(state, "web"), notice(state, "db")];
        let begun = sent(&service, url, of(NoticeState::Failing));
        let ended = sent(&service, url, of(NoticeState::Recovered));
        assert_eq!((begun.len(), ended.len()), (2, 2));
        for (begun, ended) in begun.iter().zip(&ended) {
            assert_eq!(begun["event_action"], "trigger");
            assert_eq!(ended["event_action"], "resolve");
            assert_eq!(begun["dedup_key"], ended["dedup_key"]);
            assert_eq!(begun["routing_key"], "key");
        }
        assert_ne!(begun[0]["dedup_key"], begun[1]["dedup_key"]);
        let test = sent(&service, url, vec![Notice::test(0)]);
        assert_eq!(test[0]["event_action"], "trigger");
        assert_eq!(test[1]["event_action"], "resolve");
    }

    #[test]
    fn what_is_too_long_is_cut_between_two_letters() {
        assert_eq!(shortened("äöü", 3, letters), "äöü");
        assert_eq!(shortened("äöüß", 3, letters), "äö…");
        assert_eq!(shortened("äöüß", 7, str::len), "äö…");
    }
}
