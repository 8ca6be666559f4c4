//! The printer under requests that no honest client sends: each is answered
//! with a status of IPP's or of HTTP's own, and leaves nothing behind.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use harness::ipp::{Answer, IppPrinter, Message, operation, tag};
use harness::{PrintServer, sample, scratch};
use serde_json::Value;
use tempfile::TempDir;

use operation::{
    CREATE_JOB, GET_JOB_ATTRIBUTES, GET_JOBS, GET_PRINTER_ATTRIBUTES,
    PRINT_JOB, SEND_DOCUMENT, VALIDATE_JOB,
};

/// Statuses (RFC 8011, appendix B).
const BAD_REQUEST: u16 = 0x0400;
const NOT_FOUND: u16 = 0x0406;
const TOO_LARGE: u16 = 0x0408;
const FORMAT_NOT_SUPPORTED: u16 = 0x040a;
const COMPRESSION_NOT_SUPPORTED: u16 = 0x040f;
const COMPRESSION_ERROR: u16 = 0x0410;
const FORMAT_ERROR: u16 = 0x0411;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that takes jobs and prints none, and its printer.
struct Target {
    server: PrintServer,
    printer: IppPrinter,
    _data: TempDir,
}

impl Target {
    fn start(options: &[&str]) -> Target {
        let data = scratch();
        let all = [&["--role", "intake"], options].concat();
        let server = PrintServer::start(data.path(), &all);
        let printer = IppPrinter::new(&server.address, "/ipp/print");
        Target { server, printer, _data: data }
    }

    /// A request to this printer, by its right address.
    fn message(&self, operation: u16) -> Message {
        self.printer.message(operation)
    }

    fn address(&self) -> SocketAddr {
        let address = self.server.address.trim_start_matches("http://");
        address.parse().expect("an address")
    }

    /// Sends a body to the printer and returns the answer, read to its end.
    fn post(&self, body: &[u8]) -> Reply {
        let head = format!(
            "POST /ipp/print HTTP/1.1\r\nHost: localhost\r\n\
             Connection: close\r\nContent-Type: application/ipp\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        self.send(&[head.as_bytes(), body].concat())
    }

    /// Sends bytes and returns the answer.
    fn send(&self, bytes: &[u8]) -> Reply {
        let mut client = TcpStream::connect(self.address()).expect("in");
        client.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        // The server may answer before it has read everything.
        let _ = client.write_all(bytes);
        let mut reply = Vec::new();
        let _ = client.read_to_end(&mut reply);
        Reply::read(&reply)
    }

    /// Sends a body and expects that it is refused.
    fn refuses(&self, name: &str, body: &[u8]) -> Reply {
        let reply = self.post(body);
        assert!(reply.is_refusal(), "{name}: {reply:?}");
        reply
    }

    /// Nothing of what was refused is left, and the server works.
    fn is_as_before(&self) {
        assert_eq!(self.server.jobs(), Vec::<Value>::new());
        assert_eq!(self.server.spooled().len(), 0);
        let health = self.server.request("GET", "/livez");
        assert_eq!(health.status(), 200);
        assert!(self.printer.attributes().is_ok());
    }

    /// The most memory that the server has had, in MB, where the system says.
    fn most_memory(&self) -> Option<u64> {
        let id = self.server.program.id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status"));
        let status = status.ok()?;
        let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
        let kilobytes = line.split_whitespace().nth(1)?.parse::<u64>().ok()?;
        Some(kilobytes / 1024)
    }
}

/// What came back.
#[derive(Debug)]
enum Reply {
    /// An answer of IPP's.
    Ipp(u16),
    /// Another status of HTTP.
    Http(u16),
    /// Neither.
    Nothing,
}

impl Reply {
    fn read(bytes: &[u8]) -> Reply {
        let nothing = || {
            println!("no reply: {:?}", String::from_utf8_lossy(bytes));
            Reply::Nothing
        };
        let head = bytes.windows(4).position(|end| end == b"\r\n\r\n");
        let Some(head) = head else { return nothing() };
        let words = String::from_utf8_lossy(&bytes[..head]).into_owned();
        let status = words.strip_prefix("HTTP/1.1 ");
        let Some(status) = status.and_then(|it| it.get(..3)?.parse().ok())
        else {
            return nothing();
        };
        if status != 200 {
            return Reply::Http(status);
        }
        match Answer::read(&bytes[head + 4..]) {
            Ok(answer) => Reply::Ipp(answer.status),
            Err(_) => nothing(),
        }
    }

    fn is_refusal(&self) -> bool {
        match self {
            Reply::Ipp(status) => *status >= 0x0400,
            Reply::Http(status) => (400..600).contains(status),
            Reply::Nothing => false,
        }
    }

    fn ipp(&self) -> Option<u16> {
        match self {
            Reply::Ipp(status) => Some(*status),
            _ => None,
        }
    }
}

/// The first attributes of a request.
fn opening(operation: u16) -> Message {
    Message::bare(operation)
        .group(tag::OPERATION)
        .text(tag::CHARSET, "attributes-charset", "utf-8")
        .text(tag::LANGUAGE, "attributes-natural-language", "en")
}

fn a_little_pdf() -> Vec<u8> {
    sample("base14.pdf")
}

/// A request to print with many kinds of values in it.
fn good_request(target: &Target) -> Message {
    target
        .message(PRINT_JOB)
        .text(tag::NAME, "job-name", "report")
        .text(tag::MIME_TYPE, "document-format", "application/pdf")
        .group(tag::JOB)
        .integer("copies", 1)
        .keyword("sides", "one-sided")
        .range("page-ranges", 1, 1)
        .resolution("printer-resolution", 600)
        .enumerated("print-quality", 4)
        .collection("media-col", |media| {
            media.member("media-size").collection("", |size| {
                size.member("x-dimension")
                    .integer("", 21_000)
                    .member("y-dimension")
                    .integer("", 29_700)
            })
        })
}

// --- Bytes that are no message

#[test]
fn a_request_that_is_cut_off_anywhere_is_refused() {
    let target = Target::start(&[]);
    let whole = good_request(&target).end(&[]);
    for end in 0..whole.len() {
        target.refuses(&format!("{end} bytes"), &whole[..end]);
    }
    // All of it, but no document.
    target.refuses("no document", &whole);
    target.is_as_before();
}

#[test]
fn a_client_that_hangs_up_anywhere_leaves_nothing() {
    let target = Target::start(&[]);
    let document = a_little_pdf();
    let body = good_request(&target).end(&document);
    let head = format!(
        "POST /ipp/print HTTP/1.1\r\nHost: localhost\r\n\
         Content-Type: application/ipp\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let whole = [head.as_bytes(), &body].concat();
    let message = whole.len() - document.len();
    let ends =
        (0..message).step_by(7).chain((message..whole.len()).step_by(499));
    for end in ends {
        let mut client = TcpStream::connect(target.address()).expect("in");
        client.write_all(&whole[..end]).expect("it is sent");
        client.shutdown(Shutdown::Write).expect("it is up");
        client.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let mut reply = Vec::new();
        // The server has seen the end when it hangs up, too.
        let _ = client.read_to_end(&mut reply);
        if let Reply::Ipp(status) = Reply::read(&reply) {
            assert!(status >= 0x0400, "{end} bytes: {status:#x}");
        }
    }
    target.is_as_before();
}

#[test]
fn bytes_that_are_no_message_are_refused() {
    let target = Target::start(&[]);
    let good = target.message(GET_PRINTER_ATTRIBUTES);
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone().end(&[]);
        change(&mut bytes);
        bytes
    };
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("an older version", with(&|b| b[..2].fill(0))),
        ("a version of the future", with(&|b| b[..2].fill(9))),
        ("the request 0", with(&|b| b[4..8].fill(0))),
        ("a negative request", with(&|b| b[4..8].fill(0xff))),
        ("no operation", with(&|b| b[2..4].fill(0))),
        ("an unknown operation", with(&|b| b[2..4].fill(0x7f))),
        ("a vendor's operation", with(&|b| b[2] = 0x40)),
        ("the operation -1", with(&|b| b[2..4].fill(0xff))),
        ("the group 0", with(&|b| b[8] = 0)),
        ("the group 15", with(&|b| b[8] = 15)),
        ("no group", with(&|b| b.truncate(8))),
        ("no attributes", Message::bare(PRINT_JOB).end(&[])),
        ("zeros", vec![0; 5000]),
        ("ones", vec![0xff; 5000]),
        ("a web page", b"<!DOCTYPE html><title>a</title>".to_vec()),
        ("a PDF", a_little_pdf()),
        ("PJL", b"\x1b%-12345X@PJL RESET\r\n".to_vec()),
    ];
    for (name, body) in &cases {
        target.refuses(name, body);
    }
    let noise: Vec<u8> =
        std::iter::repeat_with(|| fastrand::u8(..)).take(4000).collect();
    for length in [9, 100, 1000, 4000] {
        // It begins well.
        let bytes = [&good.0[..8], &noise[..length]].concat();
        target.refuses("noise", &bytes);
    }
    target.is_as_before();
}

// --- Lengths

#[test]
fn lengths_that_lie_are_refused() {
    let target = Target::start(&[]);
    let raw = |bytes: &[u8]| {
        let mut message = target.message(PRINT_JOB);
        message.0.extend(bytes);
        message.end(&[])
    };
    let cases: [(&str, &[u8]); 10] = [
        ("a negative name", b"\x44\xff\xff"),
        ("the most negative name", b"\x44\x80\x00sides\0\x01a"),
        ("a name longer than the rest", b"\x44\x7f\xffsides"),
        ("a negative value", b"\x44\0\x05sides\xff\xfe"),
        ("the most negative value", b"\x44\0\x05sides\x80\0"),
        ("a value longer than the rest", b"\x44\0\x05sides\x7f\xffa"),
        ("only a tag", b"\x44"),
        ("half a length", b"\x44\0"),
        (
            "a text whose inner length is too long",
            b"\x35\0\x04note\0\x08\x7f\xffen\0\x02ab",
        ),
        (
            "a text whose inner length is negative",
            b"\x36\0\x04note\0\x08\xff\xffen\0\x02ab",
        ),
    ];
    for (name, bytes) in cases {
        target.refuses(name, &raw(bytes));
    }
    // Types with a size of their own (RFC 8010, section 3.9).
    for (name, kind, lengths) in [
        ("an integer", tag::INTEGER, &[0_usize, 1, 3, 5, 8][..]),
        ("an enum", tag::ENUM, &[0, 3, 5]),
        ("a boolean", tag::BOOLEAN, &[0, 2, 4]),
        ("a resolution", tag::RESOLUTION, &[0, 8, 10]),
        ("a range", tag::RANGE, &[0, 4, 7, 9]),
        ("a date", 0x31, &[0, 10, 12]),
    ] {
        for length in lengths {
            let message = good_request(&target);
            let value = vec![1; *length];
            let message = message.attribute(kind, "x-value", &value);
            target.refuses(
                &format!("{name} of {length} bytes"),
                &message.end(&a_little_pdf()),
            );
        }
    }
    target.is_as_before();
}

// --- Collections

#[test]
fn collections_without_end_or_order_are_refused() {
    let target = Target::start(&[]);
    let begin = |depth: usize| {
        let mut message = target.message(PRINT_JOB).group(tag::JOB);
        message = message.attribute(tag::COLLECTION, "media-col", &[]);
        for _ in 1..depth {
            message = message.member("media-size").attribute(
                tag::COLLECTION,
                "",
                &[],
            );
        }
        message
    };
    let end = |mut message: Message, depth: usize| {
        for _ in 0..depth {
            message = message.attribute(tag::END_OF_COLLECTION, "", &[]);
        }
        message.end(&a_little_pdf())
    };
    let job = || target.message(PRINT_JOB).group(tag::JOB);
    let cases = [
        ("1,000 deep", end(begin(1000), 1000)),
        ("100,000 deep", end(begin(100_000), 100_000)),
        ("1,000 deep without an end", begin(1000).end(&[])),
        ("no end", begin(1).end(&a_little_pdf())),
        ("one end too many", end(begin(2), 3)),
        ("an end without a beginning", end(job(), 1)),
        (
            "a member outside of a collection",
            job().member("media-size").integer("", 1).end(&[]),
        ),
        (
            "a member without a value",
            end(begin(1).member("media-size").member("media-type"), 1),
        ),
        ("a value without a member", end(begin(1).integer("", 1), 1)),
        (
            "a member's value with a name",
            end(begin(1).member("media-size").integer("x", 1), 1),
        ),
        (
            "a member's name that is no text",
            end(begin(1).attribute(tag::MEMBER, "", &[0xff, 0xfe]), 1),
        ),
        ("a new group inside", end(begin(1).group(tag::JOB), 1)),
    ];
    for (name, body) in &cases {
        target.refuses(name, body);
    }
    target.is_as_before();
}

// --- Attributes

#[test]
fn attributes_in_the_wrong_place_are_refused() {
    let target = Target::start(&[]);
    let uri = &target.printer.uri;
    let charset = |message: Message, value: &str| {
        message.text(tag::CHARSET, "attributes-charset", value)
    };
    let language = |message: Message, value: &str| {
        message.text(tag::LANGUAGE, "attributes-natural-language", value)
    };
    let bare = || Message::bare(GET_PRINTER_ATTRIBUTES).group(tag::OPERATION);
    let ask = |message: Message, uri: &str| {
        message.text(tag::URI, "printer-uri", uri).end(&[])
    };
    let cases = [
        ("no charset", ask(language(bare(), "en"), uri)),
        ("no language", ask(charset(bare(), "utf-8"), uri)),
        ("the wrong order", {
            ask(charset(language(bare(), "en"), "utf-8"), uri)
        }),
        ("an unknown charset", {
            ask(language(charset(bare(), "utf-16"), "en"), uri)
        }),
        ("no printer", opening(GET_PRINTER_ATTRIBUTES).end(&[])),
        ("the job's attributes first", {
            let message = Message::bare(PRINT_JOB).group(tag::JOB);
            ask(language(charset(message, "utf-8"), "en"), uri)
        }),
        ("a printer that is no address", {
            opening(PRINT_JOB).keyword("printer-uri", uri).end(&[])
        }),
        ("another printer", {
            ask(opening(GET_PRINTER_ATTRIBUTES), &format!("{uri}/nobody"))
        }),
        ("a path that climbs", {
            ask(opening(GET_PRINTER_ATTRIBUTES), &format!("{uri}/../../key"))
        }),
        ("an address of another kind", {
            ask(opening(GET_PRINTER_ATTRIBUTES), "ftp://localhost/ipp/print")
        }),
        ("an empty address", ask(opening(GET_PRINTER_ATTRIBUTES), "")),
        ("a very long address", {
            let long = format!("{uri}/{}", "a".repeat(30_000));
            ask(opening(GET_PRINTER_ATTRIBUTES), &long)
        }),
        ("the number of a job as text", {
            let message = target.message(GET_JOB_ATTRIBUTES);
            message.text(tag::TEXT, "job-id", "1").end(&[])
        }),
        ("no job", target.message(GET_JOB_ATTRIBUTES).end(&[])),
        ("a limit of -1", {
            target.message(GET_JOBS).integer("limit", -1).end(&[])
        }),
        ("a list of jobs that nobody has", {
            target.message(GET_JOBS).keyword("which-jobs", "all-mine").end(&[])
        }),
        ("a document for no job", {
            let message = target.message(SEND_DOCUMENT);
            message.boolean("last-document", true).end(&a_little_pdf())
        }),
        ("a document's format as a number", {
            let message = target.message(PRINT_JOB);
            message.integer("document-format", 1).end(&a_little_pdf())
        }),
        ("a name that is no UTF-8", {
            target
                .message(PRINT_JOB)
                .attribute(tag::NAME, "job-name", &[0xff, 0xfe, 0x80])
                .end(&a_little_pdf())
        }),
        ("a name of 30,000 letters", {
            target
                .message(PRINT_JOB)
                .text(tag::NAME, "job-name", &"a".repeat(30_000))
                .end(&a_little_pdf())
        }),
        ("a keyword of 30,000 letters", {
            let message = target.message(PRINT_JOB).group(tag::JOB);
            let long = "a".repeat(30_000);
            message.keyword("sides", &long).end(&a_little_pdf())
        }),
    ];
    for (name, body) in &cases {
        target.refuses(name, body);
    }
    for job in [0, -1, i32::MIN, i32::MAX] {
        let message = target.message(GET_JOB_ATTRIBUTES);
        let reply = target.refuses(
            "a job that is not there",
            &message.integer("job-id", job).end(&[]),
        );
        let status = reply.ipp().expect("a status of IPP's");
        assert!([NOT_FOUND, BAD_REQUEST].contains(&status), "{status:#x}");
    }
    target.is_as_before();
}

#[test]
fn values_that_cannot_be_are_refused_where_they_have_to_be_honoured() {
    let target = Target::start(&[]);
    type Change = fn(Message) -> Message;
    let cases: [(&str, Change); 19] = [
        ("no copy", |job| job.integer("copies", 0)),
        ("fewer copies than none", |job| job.integer("copies", -1)),
        ("the fewest copies", |job| job.integer("copies", i32::MIN)),
        ("the most copies", |job| job.integer("copies", i32::MAX)),
        ("copies as a word", |job| job.keyword("copies", "2")),
        ("pages backwards", |job| job.range("page-ranges", 5, 2)),
        ("the page 0", |job| job.range("page-ranges", 0, 0)),
        ("negative pages", |job| job.range("page-ranges", -5, -2)),
        ("pages twice", |job| job.range("page-ranges", 1, 3).range("", 2, 5)),
        ("an unknown side", |job| job.keyword("sides", "inside")),
        ("sides as a number", |job| job.integer("sides", 2)),
        ("three pages on a side", |job| job.integer("number-up", 3)),
        ("the quality 99", |job| job.enumerated("print-quality", 99)),
        ("0 dots an inch", |job| job.resolution("printer-resolution", 0)),
        ("an unknown paper", |job| job.keyword("media", "iso_a4_1x1mm")),
        ("a paper without a size", |job| {
            job.collection("media-col", |media| {
                media.member("media-size").collection("", |size| size)
            })
        }),
        ("a paper as large as a field", |job| {
            job.collection("media-col", |media| {
                media.member("media-size").collection("", |size| {
                    size.member("x-dimension")
                        .integer("", i32::MAX)
                        .member("y-dimension")
                        .integer("", i32::MAX)
                })
            })
        }),
        ("a paper and another", |job| {
            job.keyword("media", "iso_a4_210x297mm")
                .collection("media-col", |media| {
                    media.member("media-source").keyword("", "nowhere")
                })
        }),
        ("an unknown attribute", |job| job.integer("x-ray", 1)),
    ];
    for (name, change) in cases {
        for operation in [VALIDATE_JOB, PRINT_JOB] {
            let message = target.message(operation);
            let message = message.boolean("ipp-attribute-fidelity", true);
            let message = change(message.group(tag::JOB));
            target.refuses(name, &message.end(&a_little_pdf()));
        }
    }
    target.is_as_before();
}

#[test]
fn a_request_with_very_many_attributes_costs_little() {
    let target = Target::start(&[]);
    let Some(before) = target.most_memory() else { return };
    let many = (0..100_000).fold(target.message(VALIDATE_JOB), |message, n| {
        message.integer(&format!("x-{n}"), n)
    });
    let values = (0..300_000)
        .fold(target.message(VALIDATE_JOB), |message, n| {
            message.integer(if n == 0 { "x" } else { "" }, n)
        });
    let same = (0..100_000).fold(target.message(VALIDATE_JOB), |message, n| {
        message.integer("copies", n)
    });
    for message in [many, values, same] {
        // Whether it is refused or answered, it has an answer.
        let reply = target.post(&message.end(&[]));
        assert!(!matches!(reply, Reply::Nothing), "{reply:?}");
    }
    let grown = target.most_memory().unwrap_or(0).saturating_sub(before);
    assert!(grown < 100, "{grown} MB more");
    target.is_as_before();
}

// --- Compressed data

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// A PDF's beginning and `megabytes` of zeros, as gzip.
fn bomb(megabytes: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(b"%PDF-1.7\n").expect("memory");
    for _ in 0..megabytes {
        encoder.write_all(&[0; 1 << 20]).expect("memory");
    }
    encoder.finish().expect("memory")
}

#[test]
fn compressed_data_that_is_none_or_a_bomb_is_refused() {
    let target = Target::start(&["--max-upload", "4"]);
    let before = target.most_memory();
    let print = |compression: &str, document: &[u8]| {
        let message = target.message(PRINT_JOB);
        let message = message.keyword("compression", compression);
        let message =
            message.text(tag::MIME_TYPE, "document-format", "application/pdf");
        target.refuses(compression, &message.end(document)).ipp()
    };
    let good = gzip(&a_little_pdf());
    let mut broken = good.clone();
    let middle = broken.len() / 2;
    broken[middle..middle + 50].fill(0x55);
    for document in [
        &b"no gzip at all"[..],
        &a_little_pdf(),
        &good[..5],
        &good[..good.len() / 2],
        // The sum at the end is missing.
        &good[..good.len() - 4],
        &broken,
    ] {
        let status = print("gzip", document);
        assert_eq!(status, Some(COMPRESSION_ERROR), "{} bytes", document.len());
    }
    let mut deflated = DeflateEncoder::new(Vec::new(), Compression::default());
    deflated.write_all(&a_little_pdf()).expect("memory");
    let deflated = deflated.finish().expect("memory");
    let status = print("deflate", &deflated[..deflated.len() / 2]);
    assert_eq!(status, Some(COMPRESSION_ERROR));
    for unknown in ["compress", "br", "gzip2"] {
        let status = print(unknown, &good);
        assert_eq!(status, Some(COMPRESSION_NOT_SUPPORTED), "{unknown}");
    }

    // 2 GB, packed in 9 MB, of which 4 are allowed, and 64 MB in 0.3.
    for megabytes in [64, 2048] {
        let bomb = bomb(megabytes);
        assert!(bomb.len() < megabytes << 14, "{} bytes", bomb.len());
        let message = target.message(PRINT_JOB).keyword("compression", "gzip");
        let reply = target.refuses("a bomb", &message.end(&bomb));
        let large = matches!(reply, Reply::Ipp(TOO_LARGE) | Reply::Http(413));
        assert!(large, "{reply:?}");
    }
    // A bomb in a bomb is a document of an unknown kind.
    let status = print("gzip", &gzip(&bomb(16)));
    assert!(
        matches!(status, Some(FORMAT_NOT_SUPPORTED | FORMAT_ERROR)),
        "{status:x?}"
    );
    if let (Some(before), Some(after)) = (before, target.most_memory()) {
        assert!(after - before < 60, "{} MB more", after - before);
    }
    target.is_as_before();
}

// --- Documents

#[test]
fn bad_documents_are_refused_with_a_status_and_leave_nothing() {
    let target = Target::start(&[]);
    for name in [
        "empty.pdf",
        "blank.pdf",
        "truncated.pdf",
        "truncated-linearized.pdf",
        "garbage.pdf",
        "encrypted.pdf",
        "huge-page.pdf",
        "absurd-picture.pdf",
        "no-pages.pdf",
        "cyclic-pages.pdf",
        "noise.pdf",
        "zip-named.pdf",
        "word-named.pdf",
    ] {
        let document = sample(&format!("bad/{name}"));
        for format in ["application/pdf", "application/octet-stream"] {
            let message = target.message(PRINT_JOB);
            let message =
                message.text(tag::MIME_TYPE, "document-format", format);
            let reply = target.refuses(name, &message.end(&document));
            assert!(reply.ipp().is_some(), "{name}: {reply:?}");

            // The same in two requests.
            let answer = target.printer.ask(target.message(CREATE_JOB), &[]);
            assert!(answer.is_ok(), "{answer:?}");
            let job = answer.integer("job-id");
            let message = target
                .message(SEND_DOCUMENT)
                .integer("job-id", job)
                .text(tag::MIME_TYPE, "document-format", format)
                .boolean("last-document", true);
            if !document.is_empty() {
                target.refuses(name, &message.end(&document));
            } else {
                // That is how a client says that no document comes.
                target.post(&message.end(&[]));
            }
            let state = target.printer.job(job).integer("job-state");
            // 7 cancelled, 8 aborted.
            assert!([7, 8].contains(&state), "{name}: {state}");
        }
    }
    // Rasters that lie about themselves.
    let mut huge = b"UNIRAST\0\0\0\0\x01".to_vec();
    huge.extend([24, 1, 1, 4, 0, 0, 0, 0, 0, 0, 0, 0]);
    huge.extend([0xff; 8]);
    huge.extend(600_u32.to_be_bytes());
    huge.extend([0; 8]);
    let mut pwg = b"RaS2PwgRaster\0".to_vec();
    pwg.resize(4 + 1796, 0xff);
    for (name, format, document) in [
        ("a huge Apple raster", "image/urf", &huge[..]),
        ("half a header", "image/urf", &huge[..20]),
        ("a huge PWG raster", "image/pwg-raster", &pwg),
        ("only its mark", "image/pwg-raster", b"RaS2"),
        ("no picture", "image/jpeg", b"\xff\xd8\xff\xe0"),
        ("no picture", "image/png", b"\x89PNG\r\n\x1a\n"),
        ("not text", "text/plain", &[0; 100]),
    ] {
        let message = target.message(PRINT_JOB);
        let message = message.text(tag::MIME_TYPE, "document-format", format);
        target.refuses(name, &message.end(document));
    }
    target.is_as_before();
}

// --- HTTP

#[test]
fn requests_that_are_no_ipp_over_http_are_refused() {
    let target = Target::start(&[]);
    let body = target.message(GET_PRINTER_ATTRIBUTES).end(&[]);
    let length = body.len();
    let with = |head: &str| {
        let head = format!("{head}\r\nConnection: close\r\n\r\n");
        [head.as_bytes(), &body].concat()
    };
    let post = "POST /ipp/print HTTP/1.1\r\nHost: localhost";
    let ipp = "Content-Type: application/ipp";
    for (name, request) in [
        (
            "another type of body",
            with(&format!(
                "{post}\r\nContent-Type: text/plain\r\n\
                 Content-Length: {length}"
            )),
        ),
        (
            "no type of body",
            with(&format!("{post}\r\nContent-Length: {length}")),
        ),
        (
            "two lengths",
            with(&format!(
                "{post}\r\n{ipp}\r\nContent-Length: {length}\r\n\
                 Content-Length: {}",
                length + 1
            )),
        ),
        (
            "a length and pieces",
            with(&format!(
                "{post}\r\n{ipp}\r\nContent-Length: {length}\r\n\
                 Transfer-Encoding: chunked, gzip"
            )),
        ),
        (
            "a piece without a size",
            with(&format!("{post}\r\n{ipp}\r\nTransfer-Encoding: chunked")),
        ),
        (
            "a printer that is not there",
            with(&format!(
                "POST /ipp/print/nobody HTTP/1.1\r\nHost: localhost\r\n{ipp}\
                 \r\nContent-Length: {length}"
            )),
        ),
        (
            "another method",
            with(&format!(
                "PUT /ipp/print HTTP/1.1\r\nHost: localhost\r\n{ipp}\
                 \r\nContent-Length: {length}"
            )),
        ),
        (
            "another name of the server",
            with(&format!(
                "POST /ipp/print HTTP/1.1\r\nHost: evil.example\r\n{ipp}\
                 \r\nContent-Length: {length}"
            )),
        ),
        (
            "another page's request",
            with(&format!(
                "{post}\r\nOrigin: http://evil.example\r\n{ipp}\
                 \r\nContent-Length: {length}"
            )),
        ),
    ] {
        let reply = target.send(&request);
        assert!(reply.is_refusal(), "{name}: {reply:?}");
    }
    target.is_as_before();
}

#[test]
fn a_document_that_never_ends_is_given_up() {
    let target = Target::start(&["--upload-silence", "0.3"]);
    let body = target.message(PRINT_JOB).end(b"%PDF-1.7");
    let head = format!(
        "POST /ipp/print HTTP/1.1\r\nHost: localhost\r\n\
         Content-Type: application/ipp\r\nContent-Length: {}\r\n\r\n",
        body.len() + 1000
    );
    // And then nothing more.
    let reply = target.send(&[head.as_bytes(), &body].concat());
    assert!(reply.is_refusal(), "{reply:?}");
    target.is_as_before();
}
