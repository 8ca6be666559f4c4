//! The virtual C360 over its sockets: jobs, questions, faults, the panel.
//!
//! The client is partly our own `printer`, partly bytes made by hand here:
//! the driver has no part in this.

use std::fs::{self, DirEntry, File};
use std::io::{self, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, ExitCode};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use harness::{Running, Tool, http, needs, program, suite, test};
use printer::{
    AccountTrack, Deadlines, Error, Event, JobTicket, Language, Printer,
    Report, Secret, SecurePrint, UserAuthentication,
};
use reqwest::blocking::Response;
use tempfile::TempDir;
use virtual_c360::{Fault, Settings, Side, TrayPage, VirtualC360};

const SOON: Duration = Duration::from_secs(20);

/// A machine with a tray of its own.
struct Machine {
    printer: VirtualC360,
    /// Removed after the machine has stopped.
    tray: TempDir,
}

impl Machine {
    fn start() -> Machine {
        Machine::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Settings)) -> Machine {
        let tray = tempfile::tempdir().expect("a folder");
        let mut settings = Settings::new(tray.path());
        settings.panel = Some(([127, 0, 0, 1], 0).into());
        change(&mut settings);
        let printer = VirtualC360::start(settings).expect("starts");
        Machine { printer, tray }
    }

    fn client(&self) -> Printer {
        let deadlines = Deadlines {
            connect: Duration::from_secs(2),
            silence: Duration::from_secs(10),
        };
        Printer::new(self.printer.address().into(), deadlines)
    }

    fn connect(&self) -> Connection {
        let stream =
            TcpStream::connect(self.printer.address()).expect("listens");
        stream.set_read_timeout(Some(SOON)).expect("a socket");
        Connection(stream)
    }

    /// Sends `data` as a job, in a thread.
    fn print(&self, name: &str, data: Vec<u8>) -> Printing {
        let (client, name) = (self.client(), name.to_owned());
        let (sender, events) = channel();
        let thread = thread::spawn(move || {
            let ticket = JobTicket::new(name, "egon", Language::PclXl);
            let mut session = client.start(&ticket, move |event| {
                let _ = sender.send(event);
            })?;
            session.write_all(&data).map_err(|error| {
                Error::from_io(error).expect("an error of the printer")
            })?;
            session.finish()
        });
        Printing { thread, events }
    }

    fn pages(&self, n: usize) -> Vec<TrayPage> {
        self.printer.wait_for_pages(n, SOON).expect("pages come out")
    }

    fn files(&self) -> usize {
        let entries = fs::read_dir(self.tray.path()).expect("a tray");
        let name =
            |e: io::Result<DirEntry>| e.ok()?.file_name().into_string().ok();
        entries.filter_map(name).filter(|n| n.ends_with(".png")).count()
    }

    fn get(&self, path: &str) -> Response {
        let panel = self.printer.panel().expect("a panel");
        http().get(format!("http://{panel}{path}")).send().expect("answers")
    }
}

/// A job that is being sent.
struct Printing {
    thread: JoinHandle<Result<Report, Error>>,
    events: Receiver<Event>,
}

impl Printing {
    fn wait_for_code(&self, code: u32) {
        let is =
            |event: &Event| matches!(event, Event::Status(s) if s.code == code);
        self.wait_for(is);
    }

    fn wait_for(&self, wanted: impl Fn(&Event) -> bool) {
        loop {
            let event = self.events.recv_timeout(SOON).expect("an event");
            if wanted(&event) {
                return;
            }
        }
    }

    fn end(self) -> Result<Report, Error> {
        self.thread.join().expect("no panic")
    }
}

/// A connection without `printer`.
struct Connection(TcpStream);

impl Connection {
    fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).expect("listens");
    }

    /// The next message, without its form feed.
    fn receive(&mut self) -> String {
        let mut message = Vec::new();
        let mut byte = [0];
        while self.0.read_exact(&mut byte).is_ok() && byte != [0x0C] {
            message.push(byte[0]);
        }
        String::from_utf8(message).expect("text")
    }
}

/// `n` pages of A6 at 300 dpi, each with one grey row of its own level.
fn document(n: u8) -> Vec<u8> {
    let mut stream = b") HP-PCL XL;2;0\n".to_vec();
    stream
        .extend([0xD1, 0x2C, 1, 0x2C, 1, 0xF8, 137, 0xC0, 0, 0xF8, 134, 0x41]);
    stream.extend([0xC0, 0, 0xF8, 136, 0xC0, 1, 0xF8, 130, 0x48]);
    for level in 1..=n {
        stream.extend([0xC0, 17, 0xF8, 37, 0xC0, 0, 0xF8, 40, 0x43]);
        stream
            .extend([0xC0, 1, 0xF8, 3, 0x6A, 0xD1, 0, 0, 0, 0, 0xF8, 76, 0x6B]);
        stream.extend([0xC0, 0, 0xF8, 100, 0xC0, 2, 0xF8, 98]);
        stream.extend([0xC1, 4, 0, 0xF8, 108, 0xC1, 1, 0, 0xF8, 107]);
        stream.extend([0xD1, 4, 0, 1, 0, 0xF8, 103, 0xB0]);
        stream.extend([0xC1, 0, 0, 0xF8, 109, 0xC1, 1, 0, 0xF8, 99]);
        stream.extend([0xC0, 0, 0xF8, 101, 0xB1, 0xFB, 4]);
        stream.extend([level; 4]);
        stream.extend([0xB2, 0x44]);
    }
    stream.extend([0x49, 0x42]);
    stream
}

/// The first sample of a page in the tray.
fn level(page: &TrayPage) -> u8 {
    let file = BufReader::new(File::open(&page.file).expect("is there"));
    let mut reader = png::Decoder::new(file).read_info().expect("a PNG");
    let dims = reader.info().pixel_dims.expect("pHYs");
    assert_eq!((dims.xppu, dims.yppu), (11811, 11811));
    reader.next_row().expect("whole").expect("a row").data()[0]
}

fn a_job_becomes_pngs_in_the_tray() {
    let machine = Machine::start();
    let report =
        machine.print("report.pdf", document(3)).end().expect("prints");
    assert_eq!((report.pages, report.confirmed), (Some(3), true));
    let pages = machine.printer.pages();
    assert_eq!(pages.iter().map(level).collect::<Vec<_>>(), [1, 2, 3]);
    let last = &pages[2];
    assert!(last.file.ends_with("0003-report-p3.png"), "{last:?}");
    assert_eq!((last.job.as_str(), last.user.as_str()), ("report.pdf", "egon"));
    assert_eq!((last.width, last.height, last.dpi), (1240, 1748, 300));
    assert_eq!((last.color, last.side), (false, Side::Simplex));
}

fn secret(text: &str) -> Secret {
    Secret::new(text).expect("PJL can carry it")
}

/// Prints one page with this ticket; how the job ended.
fn print_with(machine: &Machine, ticket: &JobTicket) -> Result<Report, Error> {
    let deadlines = Deadlines {
        connect: Duration::from_secs(2),
        silence: Duration::from_secs(1),
    };
    let client = Printer::new(machine.printer.address().into(), deadlines);
    let mut session = client.start(ticket, |_| {})?;
    session.write_all(&document(1)).expect("takes it");
    session.finish()
}

fn a_secure_job_waits_in_the_box_for_its_password() {
    let machine = Machine::start();
    let lock = SecurePrint { id: secret("egon"), password: secret("1984") };
    let ticket = JobTicket {
        copies: 2,
        secure_print: Some(lock),
        ..JobTicket::new("payroll.pdf", "egon", Language::PclXl)
    };
    let report = print_with(&machine, &ticket).expect("is taken");
    assert_eq!((report.pages, report.confirmed), (Some(0), true));
    assert!(machine.printer.pages().is_empty());
    let jobs = machine.printer.secure_jobs();
    let [job] = &jobs[..] else { panic!("{jobs:?}") };
    assert_eq!((job.owner.as_str(), job.pages), ("egon", 2));

    let panel = machine.printer.panel().expect("a panel");
    let print = |password: &str| {
        let address = format!("http://{panel}/api/box/{}/print", job.number);
        let body = format!(r#"{{"password": "{password}"}}"#);
        let request = http().post(address).body(body);
        let request = request.header("Content-Type", "application/json");
        request.send().expect("answers").status().as_u16()
    };
    assert_eq!(print("1985"), 403);
    assert_eq!(machine.files(), 0);
    assert_eq!(print("1984"), 200);
    let levels: Vec<_> = machine.pages(2).iter().map(level).collect();
    assert_eq!(levels, [1, 1]);
    // It is there no more.
    assert_eq!(print("1984"), 403);
}

fn a_job_with_a_wrong_password_is_erased_without_a_word() {
    let machine = Machine::with(|settings| {
        let sales = ("sales".to_owned(), "1984".to_owned());
        settings.accounts.departments.insert(sales.0, sales.1);
        let egon = ("egon".to_owned(), "spores".to_owned());
        settings.accounts.users.insert(egon.0, egon.1);
    });
    let ticket = |department: &str, user: &str| JobTicket {
        account_track: Some(AccountTrack {
            department: secret("sales"),
            password: secret(department),
        }),
        authentication: Some(UserAuthentication {
            user: secret("egon"),
            password: secret(user),
        }),
        ..JobTicket::new("report.pdf", "egon", Language::PclXl)
    };
    let plain = JobTicket::new("report.pdf", "egon", Language::PclXl);
    for wrong in [&plain, &ticket("1985", "spores"), &ticket("1984", "moulds")]
    {
        let end = print_with(&machine, wrong);
        assert!(matches!(end, Err(Error::Silent { .. })), "{end:?}");
    }
    let right = ticket("1984", "spores");
    let report = print_with(&machine, &right).expect("prints");
    assert_eq!(report.pages, Some(1));

    // Three wrong ones in a row, and the right one is one too many.
    for _ in 0..3 {
        print_with(&machine, &ticket("1985", "spores")).expect_err("erased");
    }
    assert_eq!(machine.printer.locked_accounts(), ["department sales"]);
    print_with(&machine, &right).expect_err("locked");
    machine.printer.unlock_accounts();
    print_with(&machine, &right).expect("prints again");
    assert_eq!(machine.pages(2).len(), 2);
}

fn copies_come_out_document_after_document() {
    let machine = Machine::start();
    let mut ticket = JobTicket::new("a", "b", Language::PclXl);
    ticket.copies = 2;
    let mut session = machine.client().start(&ticket, |_| {}).expect("ready");
    session.write_all(&document(2)).expect("takes it");
    assert_eq!(session.finish().expect("prints").pages, Some(4));
    let levels: Vec<_> = machine.pages(4).iter().map(level).collect();
    assert_eq!(levels, [1, 2, 1, 2]);
}

fn questions_are_answered_as_the_machine_answers_them() {
    let machine = Machine::start();
    let mut connection = machine.connect();
    connection.send("\x1b%-12345X@PJL INFO STATUS\r\n@PJL INFO ID\r\n");
    connection.send("@PJL INFO PAGECOUNT\r\n");
    connection.send("@PJL ECHO who you gonna call\r\n@PJL INFO GHOSTS\r\n");
    assert_eq!(
        connection.receive(),
        "@PJL INFO STATUS\r\nCODE=10001\r\nDISPLAY=\"READY\"\r\nONLINE=TRUE\r\n"
    );
    assert!(connection.receive().contains("KONICA MINOLTA C360"));
    assert_eq!(connection.receive(), "@PJL INFO PAGECOUNT\r\nPAGECOUNT=0\r\n");
    assert_eq!(connection.receive(), "@PJL ECHO who you gonna call\r\n");
    assert_eq!(connection.receive(), "@PJL INFO GHOSTS\r\n\"?\"\r\n");
}

fn questions_are_answered_while_a_job_prints_and_the_next_job_waits() {
    let machine = Machine::start();
    let mut first = machine.connect();
    let job = document(1);
    first.send(
        "\x1b%-12345X@PJL JOB NAME=\"one\"\r\n@PJL ENTER LANGUAGE=PCLXL\r\n",
    );
    first.send(&job[..40]);
    let mut subscriber = machine.connect();
    subscriber.send("\x1b%-12345X@PJL USTATUS JOB=ON\r\n");
    // The first job has the engine when the machine says that it prints.
    let mut asker = machine.connect();
    loop {
        asker.send("@PJL INFO STATUS\r\n");
        if asker.receive().contains("CODE=10023") {
            break;
        }
    }
    let second = machine.print("two", document(1));
    second.wait_for_code(10023);
    subscriber.send("@PJL ECHO now\r\n");
    while subscriber.receive() != "@PJL ECHO now\r\n" {}
    assert_eq!(machine.printer.pages().len(), 0);
    first.send(&job[40..]);
    first.send("\x1b%-12345X@PJL EOJ\r\n\x1b%-12345X");
    assert_eq!(second.end().expect("prints").pages, Some(1));
    for expected in [
        "@PJL USTATUS JOB\r\nEND\r\nNAME=\"one\"\r\nPAGES=1\r\n",
        "@PJL USTATUS JOB\r\nSTART\r\nNAME=\"two\"\r\n",
        "@PJL USTATUS JOB\r\nEND\r\nNAME=\"two\"\r\nPAGES=1\r\n",
    ] {
        assert_eq!(subscriber.receive(), expected);
    }
}

fn a_held_machine_says_why_and_prints_no_page_twice() {
    for (fault, code) in [
        (Fault::Jam, 40022),
        (Fault::PaperOut, 41104),
        (Fault::CoverOpen, 40021),
    ] {
        let machine = Machine::start();
        let mut ready = machine.connect();
        ready.send(
            "\x1b%-12345X@PJL JOB NAME=\"x\"\r\n@PJL ENTER LANGUAGE=PCLXL\r\n",
        );
        let job = document(3);
        // All of page 1, and page 2 up to its data.
        let second =
            job.iter().rposition(|&byte| byte == 3).expect("page 3") - 70;
        ready.send(&job[..second]);
        machine.pages(1);
        machine.printer.set_fault(fault);
        assert_eq!(machine.client().status().expect("answers").code, code);
        ready.send(&job[second..]);
        ready.send("\x1b%-12345X@PJL EOJ\r\n@PJL ECHO done\r\n\x1b%-12345X");
        // A job that comes now is not even begun.
        let refused = machine.print("later", document(1)).end();
        let Err(Error::NotReady(status)) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(status.code, code);
        assert_eq!(machine.files(), 1);
        machine.printer.set_fault(Fault::None);
        assert_eq!(ready.receive(), "@PJL ECHO done\r\n");
        let levels: Vec<_> =
            machine.printer.pages().iter().map(level).collect();
        assert_eq!(levels, [1, 2, 3], "{fault}");
    }
}

fn a_jam_and_its_end_are_reported_to_subscribers() {
    let machine = Machine::start();
    let mut connection = machine.connect();
    connection.send("\x1b%-12345X@PJL USTATUS DEVICE=ON\r\n@PJL ECHO on\r\n");
    connection.receive();
    machine.printer.set_fault(Fault::Jam);
    assert_eq!(
        connection.receive(),
        "@PJL USTATUS DEVICE\r\nCODE=40022\r\nDISPLAY=\"PAPER JAM\"\r\n\
         ONLINE=FALSE\r\n"
    );
    machine.printer.set_fault(Fault::None);
    assert!(connection.receive().contains("CODE=10001"));
}

fn an_offline_machine_refuses_connections_until_it_is_back() {
    let machine = Machine::start();
    machine.printer.set_fault(Fault::Offline);
    assert!(TcpStream::connect(machine.printer.address()).is_err());
    assert!(matches!(
        machine.client().status(),
        Err(Error::Unreachable { .. })
    ));
    machine.printer.set_fault(Fault::None);
    assert_eq!(machine.client().status().expect("is back").code, 10001);
}

fn a_slow_machine_takes_its_time_for_each_page() {
    let pace = Duration::from_millis(150);
    let machine = Machine::with(|settings| settings.slow_page = pace);
    machine.printer.set_fault(Fault::Slow);
    let start = Instant::now();
    let report = machine.print("slow", document(3)).end().expect("prints");
    assert_eq!(report.pages, Some(3));
    assert!(start.elapsed() >= pace * 3, "{:?}", start.elapsed());
}

fn a_silent_machine_sends_nothing_and_then_goes_on() {
    let machine = Machine::start();
    machine.printer.set_fault(Fault::Silent);
    let mut connection = machine.connect();
    connection.send("\x1b%-12345X@PJL ECHO hello\r\n");
    let short = Some(Duration::from_millis(100));
    connection.0.set_read_timeout(short).expect("a socket");
    assert!(connection.0.read(&mut [0]).is_err());
    connection.0.set_read_timeout(Some(SOON)).expect("a socket");
    machine.printer.set_fault(Fault::None);
    assert_eq!(connection.receive(), "@PJL ECHO hello\r\n");
}

fn a_reset_breaks_the_job_in_the_middle_and_drops_its_page() {
    let machine = Machine::start();
    machine.printer.set_fault(Fault::Reset);
    let broken = machine.print("cut", document(2)).end();
    let Err(error @ Error::Reset { .. }) = broken else { panic!("{broken:?}") };
    assert!(error.began());
    assert_eq!(machine.files(), 0);
    // Questions are still answered, and the engine is free again.
    assert!(machine.client().status().is_ok());
    machine.printer.set_fault(Fault::None);
    machine.print("whole", document(1)).end().expect("prints");
    assert_eq!(machine.files(), 1);
}

fn a_sender_that_hangs_up_or_stops_leaves_the_engine_to_others() {
    // A sender that is only slow, on a busy computer, pauses for less.
    let pause = Duration::from_secs(2);
    let machine = Machine::with(|settings| settings.io_timeout = pause);
    let mut gone = machine.connect();
    gone.send(&document(1)[..60]);
    drop(gone);
    let mut stopped = machine.connect();
    stopped.send(&document(1)[..60]);
    machine.print("next", document(1)).end().expect("prints");
    assert_eq!(machine.files(), 1);
}

fn what_cannot_be_printed_becomes_an_error_page_and_a_message() {
    let machine = Machine::start();
    let mut bad = document(2);
    let text = bad.len() - 2;
    bad.splice(text..text, [0xA8]); // Text, outside any page
    let report = machine.print("bad", bad).end().expect("ends");
    assert_eq!(report.pages, Some(3)); // two pages, and the error page
    assert_eq!(report.warnings[0].code, 30901);
    assert!(report.warnings[0].display.contains("IllegalOperatorSequence"));
    // The next job is not harmed.
    machine.print("good", document(1)).end().expect("prints");
}

fn plain_text_is_not_printed_and_the_panel_says_so() {
    let machine = Machine::start();
    let mut connection = machine.connect();
    connection.send(
        "Dear printer, please print this.\r\n\x1b%-12345X@PJL ECHO done\r\n",
    );
    assert_eq!(connection.receive(), "@PJL ECHO done\r\n");
    let message = machine.printer.status().message.expect("a message");
    assert!(message.contains("NOT UNDERSTOOD"), "{message}");
    assert_eq!(machine.files(), 0);
}

fn the_page_count_survives_the_power_switch() {
    let tray = tempfile::tempdir().expect("a folder");
    for n in 1..=2 {
        let printer =
            VirtualC360::start(Settings::new(tray.path())).expect("starts");
        let mut connection =
            Connection(TcpStream::connect(printer.address()).expect("listens"));
        connection.send(document(1));
        let pages = printer.wait_for_pages(1, SOON).expect("prints");
        assert_eq!(pages[0].number, n);
        printer.stop();
    }
}

fn garbage_on_the_wire_never_stops_the_machine() {
    let machine = Machine::start();
    let mut seed = 7u32;
    for n in 0..30 {
        let mut garbage: Vec<u8> = Vec::new();
        for _ in 0..2000 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            garbage.push((seed >> 24) as u8);
        }
        let beginning: &[u8] = match n % 3 {
            0 => b"",
            1 => b"\x1b%-12345X@PJL ",
            _ => b") HP-PCL XL;2;0\n",
        };
        let mut connection = machine.connect();
        // The machine may hang up at any time.
        let _ = connection.0.write_all(beginning);
        let _ = connection.0.write_all(&garbage);
    }
    machine.print("after", document(1)).end().expect("prints");
}

fn the_panel_shows_pages_and_causes_faults() {
    let machine = Machine::start();
    machine.print("report.pdf", document(2)).end().expect("prints");
    let page = machine.get("/").text().expect("text");
    assert!(!page.contains("https://") && !page.contains("src=\"http"));

    let pages: serde_json::Value =
        machine.get("/api/pages").json().expect("JSON");
    assert_eq!(pages.as_array().map(Vec::len), Some(2));
    assert_eq!(pages[1]["job"], "report.pdf");
    let number = &pages[1]["number"];

    let full = machine.get(&format!("/api/pages/{number}.png"));
    assert_eq!(full.headers()["content-type"], "image/png");
    let full = full.bytes().expect("bytes");
    assert_eq!(
        full,
        fs::read(machine.printer.pages()[1].file.clone()).expect("file")
    );
    let small = machine.get(&format!("/api/pages/{number}.png?width=240"));
    let small = small.bytes().expect("bytes");
    let reader = png::Decoder::new(io::Cursor::new(small)).read_info();
    assert_eq!(reader.expect("a PNG").info().width, 240);
    for nothing in
        ["/api/pages/99.png", "/api/pages/x.png", "/api/pages/..%2f1.png"]
    {
        assert_eq!(machine.get(nothing).status(), 404, "{nothing}");
    }

    let answer = post(&machine, r#"{"fault": "paper-out"}"#, &[]);
    assert_eq!(answer.status(), 200);
    assert_eq!(machine.printer.fault(), Fault::PaperOut);
    let status: serde_json::Value =
        machine.get("/api/status").json().expect("JSON");
    assert_eq!(status["code"], 41104);
    assert_eq!(status["fault"], "paper-out");
    assert_eq!(status["page_count"], 2);
    assert_eq!(
        post(&machine, r#"{"fault": "poltergeist"}"#, &[]).status(),
        400
    );
}

fn post(machine: &Machine, body: &str, headers: &[(&str, &str)]) -> Response {
    let panel = machine.printer.panel().expect("a panel");
    let mut request =
        http().post(format!("http://{panel}/api/faults")).body(body.to_owned());
    if headers.iter().all(|(name, _)| *name != "content-type") {
        request = request.header("content-type", "application/json");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().expect("answers")
}

fn the_panel_refuses_other_web_sites() {
    let machine = Machine::start();
    let jam = r#"{"fault": "jam"}"#;
    for headers in [
        &[("origin", "http://evil.example")][..],
        &[("origin", "null")],
        &[("host", "evil.example"), ("origin", "http://evil.example")],
    ] {
        assert_eq!(post(&machine, jam, headers).status(), 403, "{headers:?}");
    }
    // A form of another page cannot send JSON.
    assert_eq!(
        post(&machine, jam, &[("content-type", "text/plain")]).status(),
        400
    );
    assert_eq!(machine.printer.fault(), Fault::None);
    let panel = machine.printer.panel().expect("a panel");
    let own = format!("http://{panel}");
    assert_eq!(post(&machine, jam, &[("origin", &own)]).status(), 200);
    assert_eq!(machine.printer.fault(), Fault::Jam);
}

fn the_panel_shows_pages_as_they_come_out() {
    let machine = Machine::start();
    let panel = machine.printer.panel().expect("a panel");
    let mut stream = TcpStream::connect(panel).expect("listens");
    stream.set_read_timeout(Some(SOON)).expect("a socket");
    write!(stream, "GET /api/events HTTP/1.1\r\nHost: {panel}\r\n\r\n")
        .expect("sent");
    let mut heard = String::new();
    let mut listen_for = |what: &str| {
        let mut buffer = [0; 4096];
        while !heard.contains(what) {
            let n = stream.read(&mut buffer).expect("an event");
            heard.push_str(&String::from_utf8_lossy(&buffer[..n]));
        }
    };
    listen_for("\"pages\":[]");
    machine.print("live.pdf", document(1)).end().expect("prints");
    listen_for("\"job\":\"live.pdf\"");
    machine.printer.set_fault(Fault::CoverOpen);
    listen_for("\"code\":40021");
}

fn c360(tray: &TempDir, listen: &str) -> Running {
    let mut command = Command::new(program("c360"));
    command.args(["--panel", "127.0.0.1:0", "--fault", "cover-open"]);
    command.args(["--listen", listen]).arg("--tray").arg(tray.path());
    Running::start(&mut command)
}

fn the_program_says_where_everything_is() {
    let tray = tempfile::tempdir().expect("a folder");
    let mut running = c360(&tray, "127.0.0.1:0");
    let address = running.wait_for_line("takes jobs at +(.*)");
    let panel = running.wait_for_line("front panel +(.*)");
    let address = address.parse().expect("an address of a printer");
    let status = Printer::new(address, Deadlines::default()).status();
    assert_eq!(status.expect("answers").code, 40021);
    let page = http().get(panel).send().expect("answers");
    assert!(page.text().expect("text").contains("Output tray"));
}

fn the_program_fails_with_a_reason_when_its_port_is_taken() {
    let machine = Machine::start();
    let taken = machine.printer.address().to_string();
    let tray = tempfile::tempdir().expect("a folder");
    let mut running = c360(&tray, &taken);
    running.wait_for_line(&format!("cannot listen on {taken}"));
    assert!(!running.wait_for_end().success());
}

fn postscript_is_rendered_by_ghostscript() {
    let machine = Machine::start();
    let mut connection = machine.connect();
    connection.send("\x1b%-12345X@PJL USTATUS JOB=ON\r\n");
    connection.send("@PJL JOB NAME=\"letter.ps\"\r\n@PJL SET DUPLEX=ON\r\n");
    connection.send("@PJL ENTER LANGUAGE = POSTSCRIPT\r\n");
    let page = "1 0 0 setrgbcolor 0 0 298 421 rectfill showpage\n";
    connection.send(format!("%!PS-Adobe-3.0\n{page}showpage\n"));
    connection.send("\x1b%-12345X@PJL EOJ\r\n\x1b%-12345X");
    assert!(connection.receive().contains("START"));
    assert!(
        connection.receive().ends_with("NAME=\"letter.ps\"\r\nPAGES=2\r\n")
    );
    let pages = machine.printer.pages();
    assert_eq!((pages[0].media.as_str(), pages[0].side), ("A4", Side::Front));
    assert_eq!((pages[1].color, pages[1].side), (false, Side::Back));
    assert!(pages[0].color);
    let unfinished = fs::read_dir(machine.tray.path()).expect("a tray");
    assert_eq!(unfinished.count(), 3); // two pages and the page count
}

fn postscript_that_reads_files_or_never_ends_is_stopped() {
    let ends_by_itself = Settings::new("").interpreter_limit;
    for (program, limit, text) in [
        (
            "%!PS\n(/etc/passwd) (r) file showpage\n",
            ends_by_itself,
            "POSTSCRIPT ERROR",
        ),
        ("%!PS\n{} loop\n", Duration::from_secs(1), "LONGER THAN 1 S"),
    ] {
        let machine =
            Machine::with(|settings| settings.interpreter_limit = limit);
        let ticket = JobTicket::new("bad.ps", "vinz", Language::Raw);
        let mut session =
            machine.client().start(&ticket, |_| {}).expect("ready");
        session.write_all(program.as_bytes()).expect("takes it");
        let report = session.finish().expect("ends");
        assert_eq!(report.pages, Some(0));
        let warning = &report.warnings[0];
        assert_eq!(warning.code, 30902);
        assert!(warning.display.contains(text), "{warning}");
    }
}

fn main() -> ExitCode {
    let tool = Tool::Ghostscript;
    suite(vec![
        test!(a_job_becomes_pngs_in_the_tray),
        test!(copies_come_out_document_after_document),
        test!(a_secure_job_waits_in_the_box_for_its_password),
        test!(a_job_with_a_wrong_password_is_erased_without_a_word),
        test!(questions_are_answered_as_the_machine_answers_them),
        test!(questions_are_answered_while_a_job_prints_and_the_next_job_waits),
        test!(a_held_machine_says_why_and_prints_no_page_twice),
        test!(a_jam_and_its_end_are_reported_to_subscribers),
        test!(an_offline_machine_refuses_connections_until_it_is_back),
        test!(a_slow_machine_takes_its_time_for_each_page),
        test!(a_silent_machine_sends_nothing_and_then_goes_on),
        test!(a_reset_breaks_the_job_in_the_middle_and_drops_its_page),
        test!(a_sender_that_hangs_up_or_stops_leaves_the_engine_to_others),
        test!(what_cannot_be_printed_becomes_an_error_page_and_a_message),
        test!(plain_text_is_not_printed_and_the_panel_says_so),
        test!(the_page_count_survives_the_power_switch),
        test!(garbage_on_the_wire_never_stops_the_machine),
        test!(the_panel_shows_pages_and_causes_faults),
        test!(the_panel_refuses_other_web_sites),
        test!(the_panel_shows_pages_as_they_come_out),
        test!(the_program_says_where_everything_is),
        test!(the_program_fails_with_a_reason_when_its_port_is_taken),
        needs(tool, test!(postscript_is_rendered_by_ghostscript)),
        needs(
            tool,
            test!(postscript_that_reads_files_or_never_ends_is_stopped),
        ),
    ])
}
