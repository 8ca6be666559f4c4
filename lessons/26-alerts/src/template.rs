//! A template: the body of a webhook as its owner spells it out.

use crate::body::JSON;
use crate::{Notice, NoticeState};

/// Where a place begins and ends.
const OPEN: &str = "{{";
const CLOSE: &str = "}}";

/// A text with places such as `{{words}}`, for what a notice says. Where it is
/// JSON, what fills a place is written so that it stays JSON, whatever it
/// holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    text: String,
    is_json: bool,
}

impl Template {
    /// The places that a template may have.
    pub const PLACES: &[&str] = &[
        "words",
        "title",
        "alert",
        "target",
        "metric",
        "state",
        "at",
        "since",
        "value",
        "threshold",
    ];

    /// Reads a template. A text that begins with `{` or `[` is JSON.
    ///
    /// # Errors
    /// In words: a place that is not known or not closed, or it would be JSON
    /// and is none.
    pub fn new(text: &str) -> Result<Template, String> {
        let first = text.trim_start();
        let is_json = first.starts_with('[')
            || first.starts_with('{') && !first.starts_with(OPEN);
        let template = Template { text: text.to_owned(), is_json };
        let mut rest = text;
        while let Some((_, behind)) = rest.split_once(OPEN) {
            let Some((name, behind)) = behind.split_once(CLOSE) else {
                return Err("a place is not closed: write {{words}}".to_owned());
            };
            if !Template::PLACES.contains(&name.trim()) {
                return Err(format!(
                    "there is no place {{{{{}}}}}: the places are {}",
                    name.trim().escape_debug(),
                    Template::PLACES.join(", ")
                ));
            }
            rest = behind;
        }
        if is_json {
            // With a value and without one.
            for value in [None, Some(1.5)] {
                let notice = Notice { value, ..Notice::test(0) };
                let filled = template.fill(&notice);
                let read: Result<serde_json::Value, _> =
                    serde_json::from_str(&filled);
                if let Err(error) = read {
                    return Err(format!(
                        "it begins like JSON and is none: {error}"
                    ));
                }
            }
        }
        Ok(template)
    }

    /// The media type of the filled template.
    pub(crate) fn media_type(&self) -> &'static str {
        match self.is_json {
            true => JSON,
            false => "text/plain; charset=utf-8",
        }
    }

    // ANCHOR: fill
    /// The text with each place filled by what the notice says.
    pub(crate) fn fill(&self, notice: &Notice) -> String {
        let mut filled = String::new();
        let mut rest = self.text.as_str();
        while let Some((before, behind)) = rest.split_once(OPEN) {
            // Both were checked when the template was read.
            let (name, behind) = behind.split_once(CLOSE).unwrap_or_default();
            filled += before;
            filled += &self.written(&value_of(name.trim(), notice));
            rest = behind;
        }
        filled + rest
    }

    /// A value as it may stand in this template.
    fn written(&self, value: &str) -> String {
        if !self.is_json {
            return value.to_owned();
        }
        let quoted = serde_json::Value::from(value).to_string();
        // Its quotation marks stand in the template, where it has some.
        quoted[1..quoted.len() - 1].to_owned()
    }
    // ANCHOR_END: fill
}

/// What fills a place. A number that is not there is `null`, as in JSON.
fn value_of(place: &str, notice: &Notice) -> String {
    let number = |value: Option<f64>| match value {
        Some(value) => value.to_string(),
        None => "null".to_owned(),
    };
    match place {
        "words" => notice.words.clone(),
        "title" => title(notice),
        "alert" => notice.alert.clone(),
        "target" => notice.target.clone(),
        "metric" => notice.metric.clone(),
        "state" => notice.state.to_string(),
        "at" => notice.at.to_string(),
        "since" => notice.since.to_string(),
        "value" => number(notice.value),
        "threshold" => number(notice.threshold),
        _ => String::new(),
    }
}

/// A notice in a few words, for the head of a message.
pub(crate) fn title(notice: &Notice) -> String {
    let target = &notice.target;
    match notice.state {
        NoticeState::Recovered => format!("{target} is well again"),
        NoticeState::Unwatched => format!("{target} is not watched any more"),
        NoticeState::Test => "A test of the network monitor".to_owned(),
        _ => format!("Trouble with {target}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice() -> Notice {
        Notice {
            words: "a \"bad\"\nday \\ {{alert}}".to_owned(),
            target: "web site".to_owned(),
            value: Some(1.5),
            ..Notice::test(7)
        }
    }

    #[test]
    fn what_fills_a_place_cannot_break_json() {
        let text = r#"{"say": "{{ words }}", "at": {{at}}, "is": {{value}},
            "limit": {{threshold}}, "nested": {"target": "{{target}}"}}"#;
        let template = Template::new(text).expect("a template");
        assert_eq!(template.media_type(), JSON);
        let filled = template.fill(&notice());
        let read: serde_json::Value =
            serde_json::from_str(&filled).expect(&filled);
        // Not a place, but what somebody else wrote.
        assert_eq!(read["say"], "a \"bad\"\nday \\ {{alert}}");
        assert_eq!(read["at"], 7);
        assert_eq!(read["is"], 1.5);
        assert!(read["limit"].is_null());
        assert_eq!(read["nested"]["target"], "web site");
    }

    #[test]
    fn a_text_is_filled_as_it_is() {
        let template = Template::new("{{target}}: {{state}}\n").expect("one");
        assert_eq!(template.fill(&notice()), "web site: test\n");
        assert!(template.media_type().starts_with("text/plain"));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, words) in [
            ("{{word}}", "the places are words"),
            ("{{words", "not closed"),
            ("{\"a\": {{words}}}", "like JSON"),
        ] {
            let said = Template::new(text).expect_err(text);
            assert!(said.contains(words), "{said}");
        }
    }
}
