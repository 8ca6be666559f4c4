//! IPP messages as bytes, put together by hand, so that they can be wrong, and
//! read by another hand than the server's (RFC 8010, section 3).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use reqwest::blocking::Client;

use crate::http;

/// Operations (RFC 8011, section 5.4.15, and PWG 5100.7, PWG 5100.13).
pub mod operation {
    /// Prints one document.
    pub const PRINT_JOB: u16 = 0x02;
    /// Asks whether a job would be taken.
    pub const VALIDATE_JOB: u16 = 0x04;
    /// Makes a job whose document follows.
    pub const CREATE_JOB: u16 = 0x05;
    /// Sends the document of such a job.
    pub const SEND_DOCUMENT: u16 = 0x06;
    /// Calls a job off.
    pub const CANCEL_JOB: u16 = 0x08;
    /// Asks about a job.
    pub const GET_JOB_ATTRIBUTES: u16 = 0x09;
    /// Asks for the list of jobs.
    pub const GET_JOBS: u16 = 0x0a;
    /// Asks about the printer.
    pub const GET_PRINTER_ATTRIBUTES: u16 = 0x0b;
    /// Asks the printer to show itself.
    pub const IDENTIFY_PRINTER: u16 = 0x3c;
}

/// Tags of groups and values (RFC 8010, section 3.5).
pub mod tag {
    /// The group of operation attributes.
    pub const OPERATION: u8 = 0x01;
    /// A group of job attributes.
    pub const JOB: u8 = 0x02;
    /// The end of all groups.
    pub const END: u8 = 0x03;
    /// The group of printer attributes.
    pub const PRINTER: u8 = 0x04;
    /// The group of what is not supported.
    pub const UNSUPPORTED: u8 = 0x05;
    /// An integer.
    pub const INTEGER: u8 = 0x21;
    /// A boolean.
    pub const BOOLEAN: u8 = 0x22;
    /// A number with a meaning.
    pub const ENUM: u8 = 0x23;
    /// Octets.
    pub const OCTETS: u8 = 0x30;
    /// A resolution.
    pub const RESOLUTION: u8 = 0x32;
    /// A range of integers.
    pub const RANGE: u8 = 0x33;
    /// The beginning of a collection.
    pub const COLLECTION: u8 = 0x34;
    /// Its end.
    pub const END_OF_COLLECTION: u8 = 0x37;
    /// A text.
    pub const TEXT: u8 = 0x41;
    /// A name.
    pub const NAME: u8 = 0x42;
    /// A keyword.
    pub const KEYWORD: u8 = 0x44;
    /// An address.
    pub const URI: u8 = 0x45;
    /// A charset.
    pub const CHARSET: u8 = 0x47;
    /// A language.
    pub const LANGUAGE: u8 = 0x48;
    /// A type of document.
    pub const MIME_TYPE: u8 = 0x49;
    /// The name of a collection's member.
    pub const MEMBER: u8 = 0x4a;
}

/// A request in the making.
#[derive(Clone, Debug)]
pub struct Message(pub Vec<u8>);

impl Message {
    /// A request of IPP 2.0 without any attribute.
    pub fn bare(operation: u16) -> Message {
        let [high, low] = operation.to_be_bytes();
        Message(vec![2, 0, high, low, 0, 0, 0, 1])
    }

    /// A request to the printer at `uri`, from "anna".
    pub fn new(operation: u16, uri: &str) -> Message {
        Message::bare(operation)
            .group(tag::OPERATION)
            .text(tag::CHARSET, "attributes-charset", "utf-8")
            .text(tag::LANGUAGE, "attributes-natural-language", "en")
            .text(tag::URI, "printer-uri", uri)
            .text(tag::NAME, "requesting-user-name", "anna")
    }

    /// Begins a group of attributes.
    pub fn group(mut self, tag: u8) -> Message {
        self.0.push(tag);
        self
    }

    /// An attribute with one value; with an empty name one more value of the
    /// attribute before.
    pub fn attribute(mut self, tag: u8, name: &str, value: &[u8]) -> Message {
        self.0.push(tag);
        for field in [name.as_bytes(), value] {
            let length = u16::try_from(field.len()).expect("a short field");
            self.0.extend(length.to_be_bytes());
            self.0.extend(field);
        }
        self
    }

    /// The same for a value that is text: keywords, names, addresses, types.
    pub fn text(self, tag: u8, name: &str, value: &str) -> Message {
        self.attribute(tag, name, value.as_bytes())
    }

    /// A keyword.
    pub fn keyword(self, name: &str, value: &str) -> Message {
        self.text(tag::KEYWORD, name, value)
    }

    /// An integer.
    pub fn integer(self, name: &str, value: i32) -> Message {
        self.attribute(tag::INTEGER, name, &value.to_be_bytes())
    }

    /// A number with a meaning.
    pub fn enumerated(self, name: &str, value: i32) -> Message {
        self.attribute(tag::ENUM, name, &value.to_be_bytes())
    }

    /// A boolean.
    pub fn boolean(self, name: &str, value: bool) -> Message {
        self.attribute(tag::BOOLEAN, name, &[u8::from(value)])
    }

    /// A range of integers, both ends in it.
    pub fn range(self, name: &str, from: i32, to: i32) -> Message {
        let value = [from.to_be_bytes(), to.to_be_bytes()].concat();
        self.attribute(tag::RANGE, name, &value)
    }

    /// Dots an inch.
    pub fn resolution(self, name: &str, dpi: i32) -> Message {
        const PER_INCH: u8 = 3;
        let dpi = dpi.to_be_bytes();
        let value = [&dpi[..], &dpi, &[PER_INCH]].concat();
        self.attribute(tag::RESOLUTION, name, &value)
    }

    /// A collection with what `members` adds, each by [`Message::member`].
    pub fn collection(
        self,
        name: &str,
        members: impl FnOnce(Message) -> Message,
    ) -> Message {
        let message = self.attribute(tag::COLLECTION, name, &[]);
        members(message).attribute(tag::END_OF_COLLECTION, "", &[])
    }

    /// Begins a member of a collection: its value follows, without a name.
    pub fn member(self, name: &str) -> Message {
        self.text(tag::MEMBER, "", name)
    }

    /// The bytes of the request, with the document behind it.
    pub fn end(mut self, document: &[u8]) -> Vec<u8> {
        self.0.push(tag::END);
        self.0.extend(document);
        self.0
    }
}

/// One value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// An integer or an enum.
    Integer(i32),
    /// A boolean.
    Boolean(bool),
    /// Whatever is written: text, names, keywords, addresses, types.
    Text(String),
    /// Both ends in it.
    Range(i32, i32),
    /// Across and along, and the unit: 3 is an inch.
    Resolution(i32, i32, u8),
    /// Octets and dates.
    Octets(Vec<u8>),
    /// Members by their names.
    Collection(Attributes),
    /// An out-of-band value, such as `no-value`, by its tag.
    None(u8),
}

/// Attributes by their names.
pub type Attributes = BTreeMap<String, Vec<Value>>;

/// An answer, read.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Below 0x0100 all went well (RFC 8011, appendix B).
    pub status: u16,
    /// Each group with its tag, in their order.
    pub groups: Vec<(u8, Attributes)>,
}

impl Answer {
    /// Reads an answer; refuses one that is not exactly as RFC 8010 says.
    pub fn read(bytes: &[u8]) -> Result<Answer, String> {
        let mut reader = Reader(bytes);
        let [1 | 2, _] = *reader.take(2)? else {
            return Err(format!("it begins with {:?}", bytes.get(..2)));
        };
        let status = reader.number()?;
        reader.take(4)?;
        let mut groups: Vec<(u8, Attributes)> = Vec::new();
        let mut last = String::new();
        loop {
            let tag = reader.take(1)?[0];
            if tag == tag::END {
                break;
            }
            if tag < 0x10 {
                groups.push((tag, Attributes::new()));
                last.clear();
                continue;
            }
            let name = reader.field()?;
            let value = reader.value(tag)?;
            if !name.is_empty() {
                last = text(name)?;
            }
            let (_, group) = groups.last_mut().ok_or("no group")?;
            if name.is_empty() != group.contains_key(&last) {
                return Err(format!("{last} is there twice, or has no name"));
            }
            group.entry(last.clone()).or_default().push(value);
        }
        match reader.0 {
            [] => Ok(Answer { status, groups }),
            rest => Err(format!("{} bytes follow the end", rest.len())),
        }
    }

    /// Whether the operation was done, with or without a remark.
    pub fn is_ok(&self) -> bool {
        self.status < 0x0100
    }

    /// The groups with this tag.
    pub fn of(&self, tag: u8) -> impl Iterator<Item = &Attributes> {
        let groups = self.groups.iter();
        groups.filter(move |group| group.0 == tag).map(|group| &group.1)
    }

    /// All values of an attribute, from the first group that has it.
    pub fn values(&self, name: &str) -> &[Value] {
        let found = self.groups.iter().find_map(|(_, group)| group.get(name));
        found.map_or(&[], Vec::as_slice)
    }

    /// All values that are text.
    pub fn texts(&self, name: &str) -> Vec<&str> {
        let values = self.values(name).iter();
        values
            .filter_map(|value| match value {
                Value::Text(text) => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// A value that is an integer or an enum.
    ///
    /// # Panics
    /// When there is none.
    pub fn integer(&self, name: &str) -> i32 {
        match self.values(name) {
            [Value::Integer(value)] => *value,
            other => panic!("{name} is {other:?} in {self:#x?}"),
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let (taken, rest) =
            self.0.split_at_checked(count).ok_or("it is cut off")?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u16, String> {
        let bytes = self.take(2)?;
        Ok(u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    fn field(&mut self) -> Result<&'a [u8], String> {
        let length = self.number()?;
        self.take(length.into())
    }

    fn value(&mut self, tag: u8) -> Result<Value, String> {
        let value = self.field()?;
        let integer = |at: usize| {
            let bytes = value.get(at..at + 4).and_then(|b| b.try_into().ok());
            bytes.map(i32::from_be_bytes).ok_or("a short integer")
        };
        let fits = |length| match value.len() == length {
            true => Ok(()),
            false => Err(format!("{tag:#x} of {} bytes", value.len())),
        };
        Ok(match tag {
            0x10..=0x1f => Value::None(tag),
            tag::INTEGER | tag::ENUM => {
                fits(4)?;
                Value::Integer(integer(0)?)
            }
            tag::BOOLEAN => {
                fits(1)?;
                Value::Boolean(value[0] == 1)
            }
            tag::RESOLUTION => {
                fits(9)?;
                Value::Resolution(integer(0)?, integer(4)?, value[8])
            }
            tag::RANGE => {
                fits(8)?;
                Value::Range(integer(0)?, integer(4)?)
            }
            tag::COLLECTION => Value::Collection(self.members()?),
            0x35 | 0x36 => return Err("a text with a language".into()),
            0x40..=0x4f => Value::Text(text(value)?),
            _ => Value::Octets(value.to_vec()),
        })
    }

    fn members(&mut self) -> Result<Attributes, String> {
        let mut members = Attributes::new();
        let mut last = String::new();
        loop {
            let tag = self.take(1)?[0];
            if !self.field()?.is_empty() {
                return Err("a member's value has a name".into());
            }
            match tag {
                tag::MEMBER => {
                    last = text(self.field()?)?;
                    members.insert(last.clone(), Vec::new());
                }
                tag::END_OF_COLLECTION => {
                    self.field()?;
                    return Ok(members);
                }
                tag => {
                    let value = self.value(tag)?;
                    let member = members.get_mut(&last);
                    member.ok_or("a value without a member")?.push(value);
                }
            }
        }
    }
}

fn text(bytes: &[u8]) -> Result<String, String> {
    String::from_utf8(bytes.to_vec()).map_err(|error| error.to_string())
}

/// A printer that speaks IPP, as its clients see it.
#[derive(Clone, Debug)]
pub struct IppPrinter {
    /// Its address for HTTP.
    pub url: String,
    /// Its address in requests.
    pub uri: String,
    http: Client,
}

impl IppPrinter {
    /// The printer at this path of a server at `http://…`.
    pub fn new(server: &str, path: &str) -> IppPrinter {
        let url = format!("{server}{path}");
        let uri = url.replacen("http", "ipp", 1);
        IppPrinter { url, uri, http: http() }
    }

    /// A request of this operation to the printer.
    pub fn message(&self, operation: u16) -> Message {
        Message::new(operation, &self.uri)
    }

    /// Sends a request and reads the answer.
    ///
    /// # Panics
    /// When the answer is none of IPP's.
    pub fn ask(&self, message: Message, document: &[u8]) -> Answer {
        match self.send(message.end(document)) {
            Ok(answer) => answer,
            Err(other) => panic!("{}: {other}", self.url),
        }
    }

    /// Sends bytes as a request; the error is HTTP's status, in words.
    pub fn send(&self, bytes: Vec<u8>) -> Result<Answer, String> {
        let request = self.http.post(&self.url).body(bytes);
        let request = request.header("Content-Type", "application/ipp");
        let response = request.send().map_err(|error| format!("{error:?}"))?;
        let status = response.status();
        let bytes = response.bytes().map_err(|error| format!("{error:?}"))?;
        if status != 200 {
            return Err(format!("HTTP {status}"));
        }
        Answer::read(&bytes)
            .map_err(|error| format!("{error}, in the answer {bytes:02x?}"))
    }

    /// All that the printer says about itself.
    pub fn attributes(&self) -> Answer {
        let message = self.message(operation::GET_PRINTER_ATTRIBUTES);
        let answer = self.ask(message, &[]);
        assert!(answer.is_ok(), "{answer:#x?}");
        answer
    }

    /// All that the printer says about a job.
    pub fn job(&self, job: i32) -> Answer {
        let message = self.message(operation::GET_JOB_ATTRIBUTES);
        self.ask(message.integer("job-id", job), &[])
    }

    /// Waits until a job has come to its end, and returns the end's state.
    pub fn wait_for_end(&self, job: i32) -> i32 {
        let asked = Instant::now();
        loop {
            let answer = self.job(job);
            let state = answer.integer("job-state");
            // 7 cancelled, 8 aborted, 9 completed (RFC 8011, section 5.3.7).
            if state >= 7 {
                return state;
            }
            let patience = Duration::from_secs(120);
            assert!(asked.elapsed() < patience, "job {job}: {answer:#x?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let message = Message::bare(0)
            .group(tag::JOB)
            .integer("copies", 3)
            .text(tag::KEYWORD, "sides-supported", "one-sided")
            .text(tag::KEYWORD, "", "two-sided-long-edge")
            .collection("media-col", |media| {
                media.member("media-source").keyword("", "tray-1")
            })
            .range("page-ranges", 2, 5)
            .end(&[]);
        let answer = Answer::read(&message).expect("it is whole");
        assert_eq!(answer.integer("copies"), 3);
        assert_eq!(answer.texts("sides-supported").len(), 2);
        let source = Value::Text("tray-1".into());
        let media = Attributes::from([("media-source".into(), vec![source])]);
        assert_eq!(answer.values("media-col"), [Value::Collection(media)]);
        assert_eq!(answer.values("page-ranges"), [Value::Range(2, 5)]);
        for end in 0..message.len() {
            Answer::read(&message[..end]).expect_err("it is cut off");
        }
    }
}
