//! `printer` with listeners of our own: each way in which a printer, or
//! something that only looks like one, can behave.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use printer::{
    Address, Deadlines, Error, Event, JobTicket, Language, Printer, Severity,
    UEL,
};

const SOON: Duration = Duration::from_secs(20);
/// Long enough for a busy computer to answer, short enough to wait for.
const SILENCE: Duration = Duration::from_secs(2);

const READY: &str = "CODE=10001\r\nDISPLAY=\"READY\"\r\nONLINE=TRUE\r\n";
const JAM: &str = "CODE=40022\r\nDISPLAY=\"JAM\"\r\nONLINE=FALSE\r\n";

/// How every job here ends. A peer that hangs up with something unread breaks
/// the connection, and its last message may be lost.
const END: &str = "@PJL EOJ NAME=\"report.pdf #7\"\r\n\x1b%-12345X";

/// The printer's end of one connection.
struct Peer {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Peer {
    fn accept(listener: &TcpListener) -> Peer {
        let (stream, _) = listener.accept().expect("a connection");
        stream.set_read_timeout(Some(SOON)).expect("a socket");
        Peer { stream, received: Vec::new() }
    }

    /// Reads until `text` has come; returns everything up to its end.
    fn read_until(&mut self, text: &str) -> String {
        let mut buffer = [0; 65536];
        let mut looked = 0;
        loop {
            let new = self.received[looked..].windows(text.len());
            if let Some(at) = new.clone().position(|w| w == text.as_bytes()) {
                let rest = self.received.split_off(looked + at + text.len());
                let before = std::mem::replace(&mut self.received, rest);
                return String::from_utf8_lossy(&before).into_owned();
            }
            looked += new.len();
            let n = self.stream.read(&mut buffer).expect("more comes");
            assert!(n > 0, "the client hung up before {text:?}");
            self.received.extend_from_slice(&buffer[..n]);
        }
    }

    fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).expect("listens");
    }

    /// Sends one unsolicited message.
    fn report(&mut self, what: &str, lines: &[&str]) {
        let lines = lines.join("\r\n");
        self.send(&format!("@PJL USTATUS {what}\r\n{lines}\r\n\x0c"));
    }

    /// Answers the question with which each conversation begins.
    fn answer_status_query(&mut self, status: &str) {
        self.read_until("@PJL INFO STATUS\r\n");
        let echo = self.read_until("\r\n");
        self.send(&format!("@PJL INFO STATUS\r\n{status}\x0c{echo}\x0c"));
    }

    /// Reads until the client hangs up.
    fn read_rest(mut self) -> Vec<u8> {
        let mut rest = std::mem::take(&mut self.received);
        self.stream.read_to_end(&mut rest).expect("an end");
        rest
    }
}

/// Runs a printer's script in a thread.
fn start_printer<T: Send + 'static>(
    script: impl FnOnce(TcpListener) -> T + Send + 'static,
) -> (SocketAddr, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    (address, thread::spawn(|| script(listener)))
}

fn client(address: SocketAddr) -> Printer {
    let deadlines = Deadlines { connect: SOON, silence: SILENCE };
    Printer::new(address.into(), deadlines)
}

/// For tests in which the printer answers.
fn patient(address: SocketAddr) -> Printer {
    Printer::new(address.into(), Deadlines { connect: SOON, silence: SOON })
}

fn without_replies(address: SocketAddr) -> Printer {
    let address = Address::from(address).with_replies(false);
    Printer::new(address, Deadlines { connect: SOON, silence: SILENCE })
}

fn ticket() -> JobTicket {
    JobTicket {
        id: "7".into(),
        ..JobTicket::new("report.pdf", "egon", Language::PclXl)
    }
}

/// A callback for events, and where they arrive.
fn event_channel() -> (impl FnMut(Event) + Send + 'static, Receiver<Event>) {
    let (sender, events) = channel();
    let on_event = move |event| {
        let _ = sender.send(event);
    };
    (on_event, events)
}

fn inner_error(error: std::io::Error) -> Error {
    Error::from_io(error).expect("an error of the printer")
}

#[test]
fn a_printer_that_is_switched_off_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    drop(listener);
    for result in [
        client(address).status().map(drop),
        client(address).start(&ticket(), |_| {}).map(drop),
    ] {
        let Err(error @ Error::Unreachable { .. }) = result else {
            panic!("{result:?}")
        };
        assert!(!error.began() && error.retryable());
        assert!(error.to_string().contains("switched on"));
    }
}

#[test]
fn a_job_is_framed_and_its_end_is_matched_by_name() {
    let (address, printer) = start_printer(|listener| {
        let mut peer = Peer::accept(&listener);
        peer.answer_status_query(READY);
        let header = peer.read_until("LANGUAGE = PCLXL\r\n");
        let data = peer.read_until("data");
        peer.read_until(END);
        // A neighbour's messages in between.
        peer.report("JOB", &["START", "NAME=\"report.pdf #6\""]);
        peer.report("PAGE", &["9"]);
        peer.report("JOB", &["START", "NAME=\"report.pdf #7\""]);
        peer.report("PAGE", &["1"]);
        peer.report("JOB", &["END", "NAME=\"report.pdf #6\"", "PAGES=9"]);
        peer.report("DEVICE", &["CODE=10006", "DISPLAY=\"TONER LOW\""]);
        peer.report("JOB", &["END", "NAME=\"report.pdf #7\"", "PAGES=2"]);
        (header, data)
    });
    let (on_event, events) = event_channel();
    let mut session =
        patient(address).start(&ticket(), on_event).expect("ready");
    session.write_all(b"data").expect("takes it");
    let report = session.finish().expect("prints");
    assert_eq!((report.pages, report.confirmed), (Some(2), true));
    assert_eq!(report.warnings[0].code, 10006);
    let events: Vec<Event> = events.iter().collect();
    assert!(matches!(&events[0], Event::Status(s) if s.code == 10001));
    assert_eq!(events[1..3], [Event::JobStart, Event::Page(1)]);
    assert!(matches!(&events[3], Event::Status(s) if s.code == 10006));
    assert_eq!(events[4..], [Event::JobEnd { pages: Some(2) }]);
    let (header, data) = printer.join().expect("played");
    assert!(header.ends_with(
        "X@PJL JOB NAME=\"report.pdf #7\"\r\n@PJL SET \
         JOBNAME=\"report.pdf\"\r\n@PJL SET USERNAME=\"egon\"\r\n@PJL SET \
         QTY=1\r\n@PJL ENTER LANGUAGE = PCLXL\r\n"
    ));
    assert_eq!(data, "data");
}

#[test]
fn nothing_of_the_job_is_sent_before_its_first_byte() {
    let (address, printer) = start_printer(|listener| {
        let mut peer = Peer::accept(&listener);
        peer.answer_status_query(READY);
        peer.read_rest()
    });
    drop(patient(address).start(&ticket(), |_| {}).expect("ready"));
    assert_eq!(printer.join().expect("played"), b"");
}

#[test]
fn a_jammed_printer_gets_no_byte_of_the_job() {
    let (address, printer) = start_printer(|listener| {
        let mut peer = Peer::accept(&listener);
        peer.answer_status_query(JAM);
        peer.read_rest()
    });
    let error = patient(address).start(&ticket(), |_| {}).expect_err("jammed");
    assert!(!error.began() && error.needs_person() && error.retryable());
    assert!(error.to_string().contains("paper jam"));
    assert_eq!(printer.join().expect("played"), b"");
}

#[test]
fn a_jam_in_the_middle_is_reported_at_once_and_the_write_goes_on_by_itself() {
    const SIZE: usize = 30_000_000;
    let (go_on, may_go_on) = channel();
    let (address, printer) = start_printer(move |listener| {
        let mut peer = Peer::accept(&listener);
        peer.answer_status_query(READY);
        peer.read_until("PCLXL\r\n");
        // From here it reads nothing more, and the sender must stop.
        peer.send(&format!("@PJL USTATUS DEVICE\r\n{JAM}\x0c"));
        // On a second connection it sends nothing at all.
        let () = may_go_on.recv().expect("told to go on");
        peer.send(&format!("@PJL USTATUS DEVICE\r\n{READY}\x0c"));
        peer.read_until(END);
        peer.report("JOB", &["END", "NAME=\"report.pdf #7\"", "PAGES=1"]);
        drop(listener);
    });
    let (on_event, events) = event_channel();
    let mut session =
        client(address).start(&ticket(), on_event).expect("ready");
    let writer = thread::spawn(move || {
        session.write_all(&vec![b'x'; SIZE]).map_err(inner_error)?;
        session.finish()
    });
    let next = || events.recv_timeout(SOON).expect("an event");
    let is_jam = |event: Event| match event {
        Event::Status(status) => status.severity() == Severity::Attention,
        _ => false,
    };
    while !is_jam(next()) {}
    // Longer than the deadline for silence: the jam is a reason to wait.
    thread::sleep(SILENCE + SILENCE / 2);
    assert!(!writer.is_finished());
    go_on.send(()).expect("it waits");
    let report = writer.join().expect("no panic").expect("prints");
    assert!(report.sent > SIZE as u64);
    printer.join().expect("played");
}

#[test]
fn a_printer_that_never_answers_is_silent_before_the_first_byte() {
    let (address, printer) =
        start_printer(|listener| Peer::accept(&listener).read_rest());
    let start = Instant::now();
    let error = client(address).start(&ticket(), |_| {}).expect_err("silent");
    assert!(matches!(error, Error::Silent { .. }) && !error.began());
    assert!(start.elapsed() >= SILENCE);
    let received = printer.join().expect("played");
    assert!(!String::from_utf8_lossy(&received).contains("JOB NAME"));
}

#[test]
fn a_printer_that_falls_silent_in_the_job_is_found_out() {
    let (end, ended) = channel::<()>();
    let (address, printer) = start_printer(move |listener| {
        let mut peer = Peer::accept(&listener);
        peer.answer_status_query(READY);
        peer.read_until("PCLXL\r\n");
        peer.report("JOB", &["START", "NAME=\"report.pdf #7\""]);
        peer.report("PAGE", &["3"]);
        // It reads no more, and sends nothing on the second connection.
        let _ = ended.recv();
    });
    let mut session = client(address).start(&ticket(), |_| {}).expect("ready");
    let error = session.write_all(&vec![0; 50_000_000]).expect_err("silent");
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
    let error = inner_error(error);
    assert!(error.began() && error.needs_person() && !error.retryable());
    assert_eq!(error.pages(), 3);
    drop(end);
    printer.join().expect("played");
}

#[test]
fn an_error_of_a_broken_connection_says_what_was_sent_and_printed() {
    let (address, printer) = start_printer(|listener| {
        let mut peer = Peer::accept(&listener);
        peer.answer_status_query(READY);
        peer.read_until("PCLXL\r\n");
        peer.report("JOB", &["START", "NAME=\"report.pdf #7\""]);
        peer.report("PAGE", &["2"]);
        peer.read_until("first");
    });
    let (on_event, events) = event_channel();
    let mut session =
        patient(address).start(&ticket(), on_event).expect("ready");
    session.write_all(b"first").expect("takes it");
    while events.recv_timeout(SOON).expect("an event") != Event::Page(2) {}
    printer.join().expect("played");
    let error = loop {
        if let Err(error) = session.write_all(&[0; 100_000]) {
            break inner_error(error);
        }
    };
    let Error::Reset { sent, pages, .. } = error else { panic!("{error:?}") };
    assert!(sent > 100 && pages == 2, "{sent} bytes, {pages} pages");
    assert!(error.to_string().contains("output tray"));
}

#[test]
fn a_printer_that_hangs_up_before_its_job_end_is_no_success() {
    let (address, printer) = start_printer(|listener| {
        let mut peer = Peer::accept(&listener);
        peer.answer_status_query(READY);
        peer.read_until("@PJL EOJ");
    });
    let mut session = patient(address).start(&ticket(), |_| {}).expect("ready");
    session.write_all(b"data").expect("takes it");
    let error = session.finish().expect_err("no end");
    assert!(matches!(error, Error::Reset { .. }) && error.began());
    printer.join().expect("played");
}

#[test]
fn a_job_that_is_cancelled_at_the_printer_says_so() {
    let (address, printer) = start_printer(|listener| {
        let mut peer = Peer::accept(&listener);
        peer.answer_status_query(READY);
        peer.read_until("data");
        peer.report("JOB", &["CANCELED", "NAME=\"report.pdf #7\""]);
        peer.read_rest();
    });
    let mut session = patient(address).start(&ticket(), |_| {}).expect("ready");
    session.write_all(b"data").expect("takes it");
    let error = session.finish().expect_err("cancelled");
    assert!(matches!(error, Error::Cancelled { at_printer: true, .. }));
    printer.join().expect("played");
}

#[test]
fn a_blocked_write_can_be_cancelled_from_another_thread() {
    let (end, ended) = channel::<()>();
    let (address, printer) = start_printer(move |listener| {
        let mut peer = Peer::accept(&listener);
        peer.answer_status_query(READY);
        peer.read_until("PCLXL\r\n");
        let _ = ended.recv();
    });
    let mut session = patient(address).start(&ticket(), |_| {}).expect("ready");
    let canceller = session.canceller().expect("a handle");
    session.begin().expect("begins");
    let writer = thread::spawn(move || session.write_all(&vec![0; 50_000_000]));
    canceller.cancel();
    let error = writer.join().expect("no panic").expect_err("cancelled");
    assert!(matches!(
        inner_error(error),
        Error::Cancelled { at_printer: false, .. }
    ));
    drop(end);
    printer.join().expect("played");
}

#[test]
fn an_aborted_job_ends_with_a_uel() {
    let (address, printer) = start_printer(|listener| {
        let mut peer = Peer::accept(&listener);
        peer.answer_status_query(READY);
        peer.read_until("data");
        peer.read_rest()
    });
    let mut session = patient(address).start(&ticket(), |_| {}).expect("ready");
    session.write_all(b"data").expect("takes it");
    session.abort();
    assert_eq!(printer.join().expect("played"), UEL);
}

#[test]
fn without_replies_nothing_is_asked_and_everything_arrives() {
    let (address, printer) =
        start_printer(|listener| Peer::accept(&listener).read_rest());
    let mut session =
        without_replies(address).start(&ticket(), |_| {}).expect("connects");
    let data = vec![b'x'; 3_000_000];
    session.write_all(&data).expect("takes it");
    let report = session.finish().expect("sent");
    assert_eq!((report.pages, report.confirmed), (None, false));
    let expected = [ticket().header(), data, ticket().footer()].concat();
    assert_eq!(report.sent, expected.len() as u64);
    assert!(printer.join().expect("played") == expected);
}

#[test]
fn without_replies_the_frame_and_the_first_data_are_one_write() {
    let (sender, first) = channel();
    let (address, printer) = start_printer(move |listener| {
        let mut peer = Peer::accept(&listener);
        let mut buffer = [0; 4096];
        let n = peer.stream.read(&mut buffer).expect("a first packet");
        sender.send(buffer[..n].to_vec()).expect("the test waits");
        peer.read_rest();
    });
    let mut session =
        without_replies(address).start(&ticket(), |_| {}).expect("connects");
    session.write_all(b"data").expect("takes it");
    let first = first.recv_timeout(SOON).expect("a first packet");
    assert!(first.ends_with(b"PCLXL\r\ndata"), "{first:?}");
    session.finish().expect("sent");
    printer.join().expect("played");
}

/// Nobody asks it, and it says all the same that the last page is out.
#[test]
fn without_replies_a_printer_that_confirms_and_hangs_up_has_printed() {
    let (address, printer) = start_printer(|listener| {
        let mut peer = Peer::accept(&listener);
        peer.read_until(END);
        let name = "NAME=\"report.pdf #7\"";
        peer.report("JOB", &["START", name]);
        peer.report("JOB", &["END", name, "PAGES=1"]);
    });
    let mut session =
        without_replies(address).start(&ticket(), |_| {}).expect("connects");
    session.write_all(b"data").expect("takes it");
    let report = session.finish().expect("it is printed");
    assert_eq!((report.pages, report.confirmed), (Some(1), true));
    printer.join().expect("played");
}

/// It has all pages before the frame has ended, and does not wait for the end.
#[test]
fn a_printer_that_confirms_early_and_hangs_up_has_printed() {
    let (ended, has_ended) = channel();
    let (address, printer) = start_printer(move |listener| {
        let mut peer = Peer::accept(&listener);
        peer.answer_status_query(READY);
        peer.read_until("last page");
        let name = "NAME=\"report.pdf #7\"";
        peer.report("JOB", &["END", name, "PAGES=1"]);
        drop(peer);
        ended.send(()).expect("the test waits");
    });
    let (on_event, events) = event_channel();
    let mut session =
        patient(address).start(&ticket(), on_event).expect("ready");
    session.write_all(b"last page").expect("takes it");
    has_ended.recv_timeout(SOON).expect("it hangs up");
    while events.recv_timeout(SOON).expect("a message")
        != (Event::JobEnd { pages: Some(1) })
    {}
    // The first write behind a closed end still seems to go well.
    let report = session.finish().expect("it is printed");
    assert_eq!((report.pages, report.confirmed), (Some(1), true));
    printer.join().expect("played");
}

/// On the connection of the job: a printer may take only one at a time.
#[test]
fn a_printer_says_which_papers_are_loaded_when_it_is_asked() {
    let (address, printer) = start_printer(|listener| {
        let mut peer = Peer::accept(&listener);
        for (tray, paper) in [(1, "A4"), (2, "LETTER"), (3, "\"?\"")] {
            let question = format!("@PJL INQUIRE INTRAY{tray}SIZE\r\n");
            peer.read_until(&question);
            peer.send(&format!("{question}{paper}\r\n\x0c"));
        }
        peer.answer_status_query(READY);
        peer.read_rest()
    });
    let asking = JobTicket { ask_for_papers: true, ..ticket() };
    let session = patient(address).start(&asking, |_| {}).expect("ready");
    assert_eq!(session.papers(), ["A4", "LETTER"]);
    drop(session);
    assert_eq!(printer.join().expect("played"), b"");
}

/// Some other server, which talks at once and all the time.
#[test]
fn what_babbles_and_answers_nothing_is_not_called_silent() {
    let (address, printer) = start_printer(|listener| {
        let mut peer = Peer::accept(&listener);
        let chat = "220 mail.example ESMTP\r\n".repeat(100);
        while peer.stream.write_all(chat.as_bytes()).is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    });
    let error = client(address).status().expect_err("no status");
    assert!(matches!(error, Error::NoAnswer { .. }), "{error}");
    assert!(!error.began() && error.retryable() && error.needs_person());
    let said = error.to_string();
    assert!(said.contains("no answer"), "{said}");
    assert!(!said.contains("silent"), "{said}");
    printer.join().expect("played");
}

#[test]
fn waiting_ends_when_the_printer_says_that_it_is_ready() {
    let (jammed, is_jammed) = channel();
    let (clear, cleared) = channel::<()>();
    let (address, printer) = start_printer(move |listener| {
        let mut peer = Peer::accept(&listener);
        peer.answer_status_query(JAM);
        jammed.send(()).expect("the test waits");
        cleared.recv().expect("told to clear it");
        peer.send(&format!("@PJL USTATUS DEVICE\r\n{READY}\x0c"));
        peer.read_rest();
    });
    let waiter = thread::spawn(move || {
        patient(address).wait_until_ready(&mut |_| (), &|| false)
    });
    is_jammed.recv_timeout(SOON).expect("connects");
    assert!(!waiter.is_finished());
    clear.send(()).expect("it waits");
    waiter.join().expect("no panic").expect("ready");
    printer.join().expect("played");
}

#[test]
fn waiting_for_a_printer_that_is_off_ends_when_it_is_on_or_nobody_wants_it() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    drop(listener);
    let asked = AtomicU32::new(0);
    let enough = || asked.fetch_add(1, Ordering::Relaxed) > 1;
    let result = client(address).wait_until_ready(&mut |_| (), &enough);
    assert!(matches!(result, Err(Error::GaveUp)));

    let waiter = thread::spawn(move || {
        patient(address).wait_until_ready(&mut |_| (), &|| false)
    });
    let listener = TcpListener::bind(address).expect("the port is free again");
    let mut peer = Peer::accept(&listener);
    peer.answer_status_query(READY);
    waiter.join().expect("no panic").expect("ready");
}

#[test]
fn a_hostile_printer_cannot_fill_our_memory_or_make_us_panic() {
    let (address, printer) = start_printer(|listener| {
        let mut peer = Peer::accept(&listener);
        peer.answer_status_query(READY);
        peer.read_until(END);
        let mut seed = 1u32;
        let mut noise = Vec::new();
        for _ in 0..1_000_000 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            noise.push((seed >> 24) as u8);
        }
        peer.stream.write_all(&noise).expect("is read");
        peer.send(&"x".repeat(3_000_000));
        peer.send("\x0c");
        for code in 30000..31000 {
            peer.send(&format!("@PJL USTATUS DEVICE\r\nCODE={code}\r\n\x0c"));
        }
        peer.report("PAGE", &["4294967295"]);
        peer.report("JOB", &["END", "NAME=\"report.pdf #7\"", "PAGES=x"]);
    });
    let mut session = patient(address).start(&ticket(), |_| {}).expect("ready");
    session.write_all(b"data").expect("takes it");
    let report = session.finish().expect("an end among the noise");
    assert_eq!((report.pages, report.warnings.len()), (None, 16));
    printer.join().expect("played");
}
