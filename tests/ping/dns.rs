//! Name servers, good and bad. Messages are put together by hand (RFC 1035,
//! section 4.1), so that they can be wrong.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use harness::{Test, test};
use ping::ErrorKind;
use ping::check::{Check, CheckReport, Dns, RecordType};

use crate::servers::{closed_port, udp};
use crate::{PATIENCE, SHORT, report_of};

const A: u16 = 1;
const CNAME: u16 = 5;
const MX: u16 = 15;
const TXT: u16 = 16;

pub fn tests() -> Vec<Test> {
    vec![
        test!(a_name_is_looked_up_at_the_named_server),
        test!(another_answer_than_expected_is_reported),
        test!(an_alias_is_followed_to_the_record),
        test!(a_record_of_another_name_is_none_of_this_one),
        test!(names_are_the_same_however_they_are_written),
        test!(a_name_that_does_not_exist_is_reported),
        test!(a_server_that_refuses_is_quoted),
        test!(an_answer_that_is_too_long_is_fetched_by_tcp),
        test!(a_name_server_that_says_nothing_is_given_up),
        test!(a_lost_question_is_asked_again),
        test!(garbage_is_not_believed),
        test!(a_strangers_answer_is_not_believed),
        test!(a_name_server_that_is_not_there_is_reported),
        test!(what_is_no_name_is_not_asked_for),
    ]
}

/// A response with this code and these records (type and data) of the name
/// that the request asks for.
fn response(request: &[u8], code: u8, records: &[(u16, &[u8])]) -> Vec<u8> {
    let mut bytes = request.to_vec();
    // A response, recursion desired and available.
    bytes[2] = 0x81;
    bytes[3] = 0x80 | code;
    for (kind, data) in records {
        // The name is the question's.
        add(&mut bytes, &[0xc0, 12], *kind, data);
    }
    bytes
}

/// One more record, of any name.
fn add(response: &mut Vec<u8>, name: &[u8], kind: u16, data: &[u8]) {
    response[7] += 1;
    response.extend(name);
    response.extend(kind.to_be_bytes());
    response.extend([0, 1, 0, 0, 0, 60]);
    response.extend((data.len() as u16).to_be_bytes());
    response.extend(data);
}

/// A server that answers every question with these records.
fn server(records: &'static [(u16, &'static [u8])]) -> SocketAddr {
    udp(|request| Some(response(request, 0, records)))
}

fn query(server: SocketAddr, record: RecordType) -> Dns {
    let name = "containment.example";
    Dns { server: Some(server), ..Dns::new(name, record) }
}

fn reported(dns: Dns) -> CheckReport {
    report_of(Check::Dns(dns), PATIENCE)
}

/// The answer of a check that expects `answer`.
fn expecting(dns: Dns, answer: &str) -> CheckReport {
    reported(Dns { answers: vec![answer.to_owned()], ..dns })
}

fn a_name_is_looked_up_at_the_named_server() {
    let server = server(&[(A, &[192, 0, 2, 7]), (A, &[192, 0, 2, 8])]);
    let report = reported(query(server, RecordType::A));
    assert!(report.ok && report.milliseconds > Some(0.0), "{report:?}");
    assert_eq!(report.detail.as_deref(), Some("192.0.2.7, 192.0.2.8"));
    assert_eq!(report.what, format!("A containment.example from {server}"));
    assert!(expecting(query(server, RecordType::A), "192.0.2.8").ok);
}

fn another_answer_than_expected_is_reported() {
    let server = server(&[(A, &[192, 0, 2, 7])]);
    let report = expecting(query(server, RecordType::A), "192.0.2.9");
    assert_eq!(
        (report.ok, report.fault),
        (false, Some(ErrorKind::WrongAnswer))
    );
    let words = report.error.expect("words");
    assert_eq!(words, "containment.example is 192.0.2.7, not 192.0.2.9");
}

/// unit.example
const UNIT: &[u8] = b"\x04unit\x07example\0";

fn an_alias_is_followed_to_the_record() {
    // A resolver's answer for an alias: the alias and its address.
    let server = udp(|request| {
        let mut bytes = response(request, 0, &[(CNAME, UNIT)]);
        add(&mut bytes, UNIT, A, &[192, 0, 2, 7]);
        Some(bytes)
    });
    assert!(expecting(query(server, RecordType::A), "192.0.2.7").ok);
    assert!(expecting(query(server, RecordType::CNAME), "unit.example").ok);
}

fn a_record_of_another_name_is_none_of_this_one() {
    let other = udp(|request| {
        let mut bytes = response(request, 0, &[]);
        add(&mut bytes, UNIT, A, &[192, 0, 2, 7]);
        Some(bytes)
    });
    let itself = udp(|request| {
        let own: &[u8] = b"\x0bcontainment\x07example\0";
        let mut bytes = response(request, 0, &[(CNAME, own)]);
        add(&mut bytes, UNIT, A, &[192, 0, 2, 7]);
        Some(bytes)
    });
    for server in [other, itself] {
        let report = reported(query(server, RecordType::A));
        assert_eq!(report.fault, Some(ErrorKind::NoRecord), "{report:?}");
    }
}

fn names_are_the_same_however_they_are_written() {
    let mail = server(&[(MX, b"\0\x0a\x04mail\x07example\0")]);
    let mail = query(mail, RecordType::MX);
    for same in ["mail.example", "MAIL.example.", "10 mail.example"] {
        assert!(expecting(mail.clone(), same).ok, "{same}");
    }
    assert!(!expecting(mail, "example").ok);
    let text = query(server(&[(TXT, b"\x02v=\x03yes")]), RecordType::TXT);
    assert!(expecting(text.clone(), "v=yes").ok);
    assert!(!expecting(text, "V=YES").ok);
}

fn a_name_that_does_not_exist_is_reported() {
    let none = udp(|request| Some(response(request, 3, &[])));
    let report = reported(query(none, RecordType::A));
    assert_eq!(report.fault, Some(ErrorKind::NoRecord));
    let words = report.error.expect("words");
    assert!(words.contains("no name containment.example"), "{words}");
    // There is such a name, but no such record.
    let report = reported(query(server(&[]), RecordType::AAAA));
    assert_eq!(report.fault, Some(ErrorKind::NoRecord));
    let words = report.error.expect("words");
    assert!(words.contains("no AAAA record"), "{words}");
}

fn a_server_that_refuses_is_quoted() {
    let refuses = udp(|request| Some(response(request, 5, &[])));
    let report = reported(query(refuses, RecordType::A));
    assert_eq!(report.fault, Some(ErrorKind::NoRecord));
    assert!(report.error.is_some_and(|words| words.contains("Refused")));
}

fn an_answer_that_is_too_long_is_fetched_by_tcp() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it has one");
    let socket = std::net::UdpSocket::bind(address).expect("the same by UDP");
    thread::spawn(move || {
        let mut datagram = [0; 512];
        let (length, from) = socket.recv_from(&mut datagram).expect("asked");
        let mut cut = response(&datagram[..length], 0, &[]);
        cut[2] |= 2; // truncated
        socket.send_to(&cut, from).expect("answered");
        let (mut stream, _) = listener.accept().expect("asked again");
        let mut length = [0; 2];
        stream.read_exact(&mut length).expect("a length");
        let mut request = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut request).expect("a request");
        let answer = response(&request, 0, &[(A, &[192, 0, 2, 7])]);
        let length = (answer.len() as u16).to_be_bytes();
        stream.write_all(&[&length, &answer[..]].concat()).expect("sent");
    });
    assert!(expecting(query(address, RecordType::A), "192.0.2.7").ok);
}

fn a_name_server_that_says_nothing_is_given_up() {
    let check = Check::Dns(query(udp(|_| None), RecordType::A));
    let report = report_of(check, SHORT);
    assert_eq!((report.ok, report.fault), (false, Some(ErrorKind::NoAnswer)));
}

fn a_lost_question_is_asked_again() {
    let first = std::sync::Mutex::new(true);
    let server = udp(move |request| {
        let lost = std::mem::take(&mut *first.lock().expect("no panic"));
        (!lost).then(|| response(request, 0, &[(A, &[192, 0, 2, 7])]))
    });
    let check = Check::Dns(query(server, RecordType::A));
    assert!(report_of(check, PATIENCE / 10).ok);
}

fn garbage_is_not_believed() {
    let bytes: [Mutation; 3] = [
        |_| b"hello".to_vec(),
        |request| request.to_vec(),
        |request| response(request, 0, &[(A, &[1; 200])])[..60].to_vec(),
    ];
    for answer in bytes {
        let server = udp(move |request| Some(answer(request)));
        let report = report_of(Check::Dns(query(server, RecordType::A)), SHORT);
        assert_eq!(report.fault, Some(ErrorKind::Garbage), "{report:?}");
    }
}

fn a_strangers_answer_is_not_believed() {
    // It guesses the number of the question, or answers another one, or does
    // not say which.
    let bytes: [fn(&mut Vec<u8>); 3] = [
        |bytes| bytes[0] ^= 1,
        |bytes| bytes[13] ^= 1,
        |bytes| {
            bytes.truncate(12);
            (bytes[5], bytes[7]) = (0, 0);
            let name = b"\x0bcontainment\x07example\0";
            add(bytes, name, A, &[192, 0, 2, 7]);
        },
    ];
    for change in bytes {
        let server = udp(move |request| {
            let mut bytes = response(request, 0, &[(A, &[192, 0, 2, 7])]);
            change(&mut bytes);
            Some(bytes)
        });
        let report = report_of(Check::Dns(query(server, RecordType::A)), SHORT);
        assert_eq!(report.fault, Some(ErrorKind::Garbage), "{report:?}");
    }
}

fn a_name_server_that_is_not_there_is_reported() {
    let report = reported(query(closed_port(), RecordType::A));
    assert_eq!((report.ok, report.fault), (false, Some(ErrorKind::Refused)));
}

fn what_is_no_name_is_not_asked_for() {
    for name in ["a..b", &"a".repeat(64)] {
        let dns = Dns {
            server: Some(closed_port()),
            ..Dns::new(name, RecordType::A)
        };
        let report = reported(dns);
        assert_eq!(report.fault, Some(ErrorKind::Invalid), "{report:?}");
    }
}

/// Turns a good answer into a bad one.
type Mutation = fn(&[u8]) -> Vec<u8>;
