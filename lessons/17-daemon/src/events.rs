//! Server-sent events, as a program reads them (WHATWG HTML, section 9.2).
//!
//! A server keeps its answer open and writes an event whenever something
//! happens: a line `event: NAME`, one or more lines `data: TEXT`, and an empty
//! line, with which the event is complete.
//!
//! ```
//! use daemon::events::Events;
//!
//! let answer = "event: job\ndata: {\"id\": 7}\n\n: still here\n\n";
//! let event = Events::new(answer.as_bytes()).next().expect("one event")?;
//! assert_eq!((event.name.as_str(), event.data.as_str()), ("job", "{\"id\": 7}"));
//! # Ok::<(), std::io::Error>(())
//! ```

use std::io::{self, BufRead, Read};

/// The longest line that is read, in bytes.
const LONGEST: u64 = 8 << 20;

/// One event that a server has sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerEvent {
    /// Its name; `message` when the server gave none.
    pub name: String,
    /// Its data: the text of its `data` lines.
    pub data: String,
}

/// The events of an answer, one after the other, until the answer ends. An
/// event that is not complete when the answer ends is left out.
#[derive(Debug)]
pub struct Events<R> {
    answer: R,
}

impl<R: BufRead> Events<R> {
    /// Reads the events of this answer.
    pub fn new(answer: R) -> Events<R> {
        Events { answer }
    }

    /// Reads one line without its end; nothing when the answer has ended.
    fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        self.answer.by_ref().take(LONGEST).read_until(b'\n', &mut line)?;
        if line.pop() != Some(b'\n') {
            // The answer has ended, perhaps in the middle of a line, or the
            // line is longer than any that is sent in earnest.
            return Ok(None);
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(Some(String::from_utf8_lossy(&line).into_owned()))
    }

    fn read(&mut self) -> io::Result<Option<ServerEvent>> {
        let mut name = String::new();
        let mut data: Vec<String> = Vec::new();
        while let Some(line) = self.line()? {
            let (field, value) = line.split_once(':').unwrap_or((&line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => value.clone_into(&mut name),
                "data" => data.push(value.to_owned()),
                // An empty line: the event is complete, if it is one.
                "" if line.is_empty() => {
                    if !data.is_empty() {
                        if name.is_empty() {
                            "message".clone_into(&mut name);
                        }
                        let data = data.join("\n");
                        return Ok(Some(ServerEvent { name, data }));
                    }
                    name.clear();
                }
                // A comment, which keeps the connection alive, or a field
                // that none of our servers writes.
                _ => {}
            }
        }
        Ok(None)
    }
}

impl<R: BufRead> Iterator for Events<R> {
    type Item = io::Result<ServerEvent>;

    fn next(&mut self) -> Option<io::Result<ServerEvent>> {
        self.read().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(answer: &str) -> Vec<(String, String)> {
        let events = Events::new(answer.as_bytes());
        events
            .map(|event| event.expect("memory can be read"))
            .map(|event| (event.name, event.data))
            .collect()
    }

    #[test]
    fn an_event_has_a_name_and_data_of_one_or_more_lines() {
        let answer = "event: sample\r\ndata: 1\r\n\r\ndata:a\ndata: b\n\n";
        let event = |name: &str, data: &str| (name.into(), data.into());
        assert_eq!(
            read(answer),
            [event("sample", "1"), event("message", "a\nb")]
        );
    }

    #[test]
    fn comments_and_events_without_data_are_left_out() {
        let answer = ": hello\n\nevent: empty\n\nid: 5\ndata: x\n\n";
        assert_eq!(read(answer), [("message".into(), "x".into())]);
    }

    #[test]
    fn an_event_that_is_torn_is_left_out() {
        for answer in ["data: x", "data: x\n", "event: sample\nda"] {
            assert!(read(answer).is_empty(), "{answer:?}");
        }
    }
}
