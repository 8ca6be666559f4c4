//! A value in a page of JSON, and what it should be.

use safe_text::plain;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Error, ErrorKind};

/// The most characters of a value that an error shows.
const LONGEST: usize = 100;

/// A value that a page of JSON must contain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JsonValue {
    /// Where it stands: a JSON Pointer (RFC 6901), such as `/database/state`.
    pub pointer: String,
    /// What it must be.
    pub value: Value,
}

impl JsonValue {
    /// Whether it is in the page, whose beginning these bytes are.
    pub(super) fn check(&self, page: &[u8]) -> Result<(), Error> {
        let JsonValue { pointer, value: wanted } = self;
        let page: Value = serde_json::from_slice(page).map_err(|error| {
            let message = format!("what it sends is no JSON ({error})");
            Error::new(ErrorKind::Garbage, message)
        })?;
        let wrong =
            |what: String| Err(Error::new(ErrorKind::WrongAnswer, what));
        match page.pointer(pointer) {
            None => wrong(format!("{pointer:?} is not in its JSON")),
            Some(found) if is_same(found, wanted) => Ok(()),
            Some(found) => wrong(format!(
                "{pointer:?} in its JSON is {}, not {}",
                plain(&found.to_string(), LONGEST),
                plain(&wanted.to_string(), LONGEST)
            )),
        }
    }
}

/// Whether two values are the same; 1 and 1.0 are.
fn is_same(found: &Value, wanted: &Value) -> bool {
    let numbers = found.as_f64().zip(wanted.as_f64());
    found == wanted || numbers.is_some_and(|(one, other)| one == other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_is_found_by_its_pointer() {
        let page = br#"{"db": {"a/b": ["x", 2.0]}, "ok": true}"#;
        let check = |pointer: &str, value: Value| {
            let wanted = JsonValue { pointer: pointer.to_owned(), value };
            wanted.check(page).err().map(|error| error.message)
        };
        assert_eq!(check("/db/a~1b/0", json!("x")), None);
        assert_eq!(check("/db/a~1b/1", json!(2)), None);
        assert_eq!(check("/ok", json!(true)), None);
        let words = check("/ok", json!("true")).expect("another one");
        assert_eq!(words, r#""/ok" in its JSON is true, not "true""#);
        let words = check("/up", json!(true)).expect("missing");
        assert_eq!(words, r#""/up" is not in its JSON"#);
    }

    #[test]
    fn what_is_no_json_is_garbage() {
        let value = JsonValue { pointer: "/a".into(), value: json!(1) };
        for page in ["", "<html>", "{\"a\": 1", &"[".repeat(100_000)] {
            let error = value.check(page.as_bytes()).expect_err("no JSON");
            assert_eq!(error.kind, ErrorKind::Garbage);
        }
    }
}
