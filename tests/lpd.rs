//! LPD, the second way to a printer: what the printer has to say to it, what it
//! refuses, and a whole print server behind it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use harness::{PrintServer, scratch, suite, test};
use printer::{Address, Deadlines, Error, JobTicket, Language, Printer};
use virtual_c360::{Settings, VirtualC360};

const SOON: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    suite(vec![
        test!(a_job_comes_out_and_is_not_confirmed),
        test!(a_queue_that_is_not_there_is_named_before_anything_is_sent),
        test!(a_name_stays_a_name_in_the_control_file),
        test!(a_printer_that_takes_no_data_has_got_nothing),
        test!(a_print_server_prints_by_lpd_and_says_what_it_does_not_know),
    ])
}

fn c360(tray: &std::path::Path) -> VirtualC360 {
    let lpd = Some(([127, 0, 0, 1], 0).into());
    VirtualC360::start(Settings { lpd, ..Settings::new(tray) })
        .expect("a printer")
}

fn address(c360: &VirtualC360, queue: &str) -> String {
    format!("lpd://{}/{queue}", c360.lpd().expect("it has the port"))
}

fn printer(address: &str) -> Printer {
    let address: Address = address.parse().expect("an address");
    Printer::new(address, Deadlines::default())
}

/// A page with nothing on it.
fn page() -> Vec<u8> {
    let document = driver::Document::open(harness::sample("report.pdf"));
    let settings = driver::Settings {
        dpi: 300,
        pages: Some("1-2".parse().expect("pages")),
        ..driver::Settings::default()
    };
    let mut stream = Vec::new();
    driver::print(
        &document.expect("it opens"),
        &settings,
        &mut stream,
        &mut |_| (),
    )
    .expect("it prints");
    stream
}

fn a_job_comes_out_and_is_not_confirmed() {
    let tray = scratch();
    let c360 = c360(tray.path());
    let printer = printer(&address(&c360, "Print"));
    let ticket = JobTicket::new("report.pdf", "egon", Language::PclXl);
    let mut session = printer.start(&ticket, |_| {}).expect("it takes jobs");
    session.write_all(&page()).expect("it is collected");
    let report = session.finish().expect("it is sent");
    assert!(!report.confirmed);
    assert_eq!(report.pages, None);
    let pages = c360.wait_for_pages(2, SOON).expect("they come out");
    assert_eq!(pages[1].job, "report.pdf");
    assert_eq!(pages[1].user, "egon");
    assert!(matches!(printer.status(), Err(Error::Silent { .. })));
}

fn a_queue_that_is_not_there_is_named_before_anything_is_sent() {
    let tray = scratch();
    let c360 = c360(tray.path());
    let printer = printer(&address(&c360, "Fax"));
    let ticket = JobTicket::new("report.pdf", "egon", Language::PclXl);
    let error = printer.start(&ticket, |_| {}).expect_err("it refuses");
    assert!(matches!(error, Error::Refused { code: 1, .. }), "{error}");
    assert!(!error.began() && error.needs_person(), "{error}");
    assert!(error.to_string().contains("/Fax"), "{error}");
}

/// A printer's end that acknowledges everything, up to `most` steps, and
/// returns what it was sent.
fn listen(most: usize) -> (String, thread::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let play = move || {
        let (mut all, mut steps) = (Vec::new(), 0);
        // The queue is asked first, on a connection of its own.
        for _ in 0..3 {
            let Ok((mut stream, _)) = listener.accept() else { break };
            stream.set_read_timeout(Some(SOON)).expect("a socket");
            let mut piece = [0; 65536];
            while let Ok(n @ 1..) = stream.read(&mut piece) {
                all.extend_from_slice(&piece[..n]);
                let step_ends = matches!(piece[n - 1], b'\n' | 0);
                if step_ends {
                    steps += 1;
                    let answer = u8::from(steps > most);
                    if stream.write_all(&[answer]).is_err() {
                        break;
                    }
                }
            }
        }
        all
    };
    (format!("lpd://{address}/a"), thread::spawn(play))
}

fn a_name_stays_a_name_in_the_control_file() {
    let (address, player) = listen(usize::MAX);
    let nasty = "x\nUdfA999evil\nProot\r\0é";
    let ticket = JobTicket::new(nasty, nasty, Language::Raw);
    let printer = printer(&address);
    let mut session = printer.start(&ticket, |_| {}).expect("it takes jobs");
    session.write_all(b"data").expect("it is collected");
    session.finish().expect("it is sent");
    let sent = player.join().expect("it does not panic");
    let text = String::from_utf8_lossy(&sent);
    assert!(!text.contains("\nProot"), "{text}");
    assert!(!text.contains("\nUdfA999evil"), "{text}");
    assert!(text.contains("\nPx UdfA999evil Proot"), "{text}");
}

fn a_printer_that_takes_no_data_has_got_nothing() {
    // It takes the queue's name twice and the control file, which is two
    // steps, and refuses the data file's name.
    let (address, player) = listen(4);
    let ticket = JobTicket::new("a", "b", Language::Raw);
    let printer = printer(&address);
    let mut session = printer.start(&ticket, |_| {}).expect("it takes jobs");
    session.write_all(&vec![b'x'; 1 << 20]).expect("it is collected");
    let error = session.finish().expect_err("it refuses");
    assert!(error.to_string().contains("a data file"), "{error}");
    drop(TcpStream::connect(printer.address().host().to_owned() + ":1"));
    let sent = player.join().expect("it does not panic");
    assert!(!sent.contains(&b'x'), "no byte of the job");
}

fn a_print_server_prints_by_lpd_and_says_what_it_does_not_know() {
    let (tray, data) = (scratch(), scratch());
    let c360 = c360(tray.path());
    let address = address(&c360, "Print");
    let options = ["--printer", &address, "--dpi", "300"];
    let server = PrintServer::start(data.path(), &options);
    let job = server.print("report.pdf", &[("pages", "1-3")]);
    let job = server.wait_for_state(&job, "printed");
    let notes = job["notes"].to_string();
    assert!(notes.contains("not confirmed"), "{notes}");
    let pages = c360.wait_for_pages(3, SOON).expect("they come out");
    assert_eq!(pages.len(), 3);
}
