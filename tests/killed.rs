//! A print server that is killed with -9 in the middle of a job, at twenty
//! different moments, on both engines of the queue; and one that prints a
//! thousand jobs while things go wrong. Whatever happens, the pages in the
//! printer's tray are those that the queue and the records know of.
//!
//! The moments are not times but places in the conversation between server and
//! printer. A relay between the two stops the conversation at such a place, and
//! the server is killed. So every run kills at the same places.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use harness::{
    PrintServer, Tool, needs, sample, scratch, suite, test, text_of,
};
use private_redis::PrivateRedis;
use serde_json::{Value, json};
use virtual_c360::{Fault, Settings, VirtualC360};

/// The pages of each job.
const PAGES: usize = 3;

fn main() -> ExitCode {
    suite(vec![
        test!(no_job_is_lost_or_silently_printed_twice_on_sqlite),
        needs(
            Tool::Redis,
            test!(no_job_is_lost_or_silently_printed_twice_on_redis),
        ),
        test!(a_thousand_jobs_with_faults_are_on_record_on_sqlite),
        needs(
            Tool::Redis,
            test!(five_hundred_jobs_with_faults_are_on_record_on_redis),
        ),
    ])
}

fn no_job_is_lost_or_silently_printed_twice_on_sqlite() {
    kill_at_every_moment("sqlite");
}

fn no_job_is_lost_or_silently_printed_twice_on_redis() {
    let redis = PrivateRedis::start().expect("Redis");
    kill_at_every_moment(&redis.url());
}

/// Where in a job's conversation with the printer the server dies.
#[derive(Clone, Copy, Debug)]
enum Moment {
    Never,
    /// The printer has accepted the connection and heard nothing.
    Connected,
    /// This share of the job's bytes has reached the printer.
    Sent {
        percent: u64,
    },
    /// The printer has just said this.
    Said(&'static str),
}

fn kill_at_every_moment(queue: &str) {
    let tray = scratch();
    let printer =
        VirtualC360::start(Settings::new(tray.path())).expect("a printer");
    let relay = Relay::start(printer.address());
    let data = scratch();

    // One job in peace, to know how long the conversation is.
    let server = start(data.path(), queue, &relay);
    let job = server.print("report.pdf", &[("pages", "1-3")]);
    server.wait_for_state(&job, "printed");
    drop(server);
    let job_bytes = relay.most_bytes();

    let shares = (0..15).map(|step| Moment::Sent { percent: step * 7 });
    let mut moments = vec![Moment::Connected];
    moments.extend(shares);
    moments.push(Moment::Sent { percent: 100 });
    moments.extend(["START", "PAGE", "END"].map(Moment::Said));
    assert_eq!(moments.len(), 20);

    let mut outcomes = BTreeMap::<String, u32>::new();
    for (number, moment) in moments.into_iter().enumerate() {
        let before = printer.pages().len();
        let mut server = start(data.path(), queue, &relay);
        relay.stop_at(moment, job_bytes);
        let job = print(&server, "report.pdf", number, &[("pages", "1-3")]);
        relay.wait_until_reached();
        server.program.kill();
        relay.resume();

        let server = start(data.path(), queue, &relay);
        let job = server.wait_for(&job, |job| {
            job["state"] == "printed" || job["state"] == "uncertain"
        });
        let state = job["state"].as_str().expect("a word").to_owned();
        println!("{moment:?}: {state}, {}", job["reason"]);
        // The pages in the printer's memory come out before the next job.
        let check = server.print("landscape.pdf", &[("pages", "1")]);
        server.wait_for_state(&check, "printed");
        let out = printer.pages().len() - before - 1;
        let known = job["printed"].as_u64().expect("a number");
        let record = record(&server, &job);
        assert_eq!(record["state"], state, "{moment:?}: {record:#}");
        assert_eq!(record["pages"], known, "{moment:?}: {record:#}");
        match state.as_str() {
            "printed" => assert_eq!((out, known), (PAGES, PAGES as u64)),
            _ => {
                assert!(out <= PAGES, "{moment:?}: {out} pages, {job:#}");
                assert!(known <= out as u64, "{moment:?}: {out}, {job:#}");
                decide(&server, &job, out, PAGES);
                server.wait_for_state(&job, "printed");
            }
        }
        assert_eq!(in_tray(&printer, &job), PAGES, "{moment:?}: {job:#}");
        let record = self::record(&server, &job);
        assert_eq!(record["state"], "printed", "{moment:?}: {record:#}");
        assert_eq!(record["pages"], PAGES, "{moment:?}: {record:#}");
        *outcomes.entry(state).or_default() += 1;
        agree(&server, &printer);
    }
    println!("{queue}: {outcomes:?}");
    // Both outcomes must have been seen, or the moments were badly chosen.
    assert_eq!(outcomes.len(), 2, "{outcomes:?}");
}

/// What a person does who looked into the tray and found `out` pages of an
/// uncertain job of `pages` pages: says that all are there, or has it go on from the next.
fn decide(server: &PrintServer, job: &Value, out: usize, pages: usize) {
    let id = job["id"].as_str().expect("an id");
    let answer = if out == pages {
        server.request("POST", &format!("/api/jobs/{id}/printed"))
    } else {
        let path = format!("/api/jobs/{id}/retry");
        server.post_json(&path, &json!({ "from": out + 1 }))
    };
    assert_eq!(answer.status(), 200, "{}", text_of(answer));
}

/// Asks for a document under a name that no other job has.
fn print(
    server: &PrintServer,
    document: &str,
    number: usize,
    fields: &[(&'static str, &str)],
) -> Value {
    let name = format!("{number}-{document}");
    let answer = server.upload(&name, sample(document), fields);
    assert_eq!(answer.status(), 201, "{}", text_of(answer));
    answer.json().expect("a job")
}

/// The pages of this job in the tray: its name tells them.
fn in_tray(printer: &VirtualC360, job: &Value) -> usize {
    let name = job["name"].as_str().expect("a name");
    let pages = printer.pages();
    pages.iter().filter(|page| page.job.starts_with(name)).count()
}

/// The only record of this job.
fn record(server: &PrintServer, job: &Value) -> Value {
    let mut of_job = records(server);
    of_job.retain(|record| record["job"] == job["id"]);
    assert_eq!(of_job.len(), 1, "{of_job:#?}");
    of_job.remove(0)
}

fn records(server: &PrintServer) -> Vec<Value> {
    let records = server.request("GET", "/api/records");
    records.json().expect("an array of records")
}

/// Tray, records and metrics have the same number of pages.
fn agree(server: &PrintServer, printer: &VirtualC360) {
    let tray = printer.pages().len() as u64;
    let pages = |record: &Value| record["pages"].as_u64().expect("a number");
    assert_eq!(records(server).iter().map(pages).sum::<u64>(), tray);
    let metrics = text_of(server.request("GET", "/metrics"));
    let line = format!("pages_printed_total{{printer=\"default\"}} {tray}");
    assert!(metrics.lines().any(|it| it == line), "{line}\n{metrics}");
}

fn a_thousand_jobs_with_faults_are_on_record_on_sqlite() {
    jobs_with_faults("sqlite", 10);
}

fn five_hundred_jobs_with_faults_are_on_record_on_redis() {
    let redis = PrivateRedis::start().expect("Redis");
    // Each trouble once: what is rare is tried on SQLite, in twice the rounds.
    jobs_with_faults(&redis.url(), 5);
}

/// Rounds of a hundred jobs of a page, of which each has a trouble of its own.
fn jobs_with_faults(queue: &str, rounds: usize) {
    let tray = scratch();
    let settings = Settings { keep: 5000, ..Settings::new(tray.path()) };
    let printer = VirtualC360::start(settings).expect("a printer");
    let data = scratch();
    let address = format!("tcp://{}", printer.address());
    let start = || {
        let options = ["--queue", queue, "--printer", &address, "--dpi", "300"];
        let unlimited = ["--upload-rate", "0", "--request-rate", "0"];
        PrintServer::start(
            data.path(),
            &[&options[..], &unlimited[..]].concat(),
        )
    };
    let mut server = start();
    let mut jobs = Vec::new();
    for round in 0..rounds {
        let asked = ask_for(&server, jobs.len(), 100);
        // The trouble comes when some of the round's jobs are on paper.
        server.wait_for(&asked[50], |job| job["state"] != "waiting");
        match round % 5 {
            0 => trouble(&printer, Fault::Jam),
            1 => trouble(&printer, Fault::PaperOut),
            2 => trouble(&printer, Fault::Reset),
            3 => trouble(&printer, Fault::Offline),
            _ => {
                server.program.kill();
                server = start();
            }
        }
        let last = asked[99]["id"].as_str().expect("an id");
        server.request("DELETE", &format!("/api/jobs/{last}"));
        jobs.extend(asked.clone());
        finish(&server, &printer, &asked, &mut jobs);
    }
    agree(&server, &printer);
    let records = records(&server);
    assert_eq!(records.len(), jobs.len());
    for job in &jobs {
        let record = records.iter().find(|one| one["job"] == job["id"]);
        let record = record.expect("each job has a record");
        assert_eq!(in_tray(&printer, job), record["pages"], "{record:#}");
    }
}

/// Asks for documents of one page, numbered from `first` on.
fn ask_for(server: &PrintServer, first: usize, count: usize) -> Vec<Value> {
    let gray = [("color", "false")];
    let one = |number| print(server, "base14.pdf", number, &gray);
    (first..first + count).map(one).collect()
}

/// Something is wrong with the printer for a while.
fn trouble(printer: &VirtualC360, fault: Fault) {
    printer.set_fault(fault);
    thread::sleep(Duration::from_millis(700));
    printer.set_fault(Fault::None);
}

/// Stays until all that was asked for has ended, and decides what is uncertain.
fn finish(
    server: &PrintServer,
    printer: &VirtualC360,
    asked: &[Value],
    jobs: &mut Vec<Value>,
) {
    for job in asked {
        loop {
            let job = server
                .wait_for(job, |job| is_halted(job) || !is_under_way(job));
            if is_halted(&job) {
                resume(server);
                continue;
            }
            if job["state"] != "uncertain" {
                break;
            }
            // What is in the printer's memory comes out before the next job.
            resume(server);
            let next = ask_for(server, jobs.len(), 1);
            jobs.extend(next.clone());
            finish(server, printer, &next, jobs);
            decide(server, &job, in_tray(printer, &job), 1);
        }
    }
}

fn is_under_way(job: &Value) -> bool {
    job["state"] == "waiting" || job["state"] == "printing"
}

/// Whether the queue stands still until a person says so.
fn is_halted(job: &Value) -> bool {
    let reason = job["reason"].as_str().unwrap_or_default();
    job["state"] == "waiting" && reason.contains("resume the queue")
}

fn resume(server: &PrintServer) {
    let path = "/api/printers/default/resume";
    assert_eq!(server.request("POST", path).status(), 200);
}

fn start(data: &Path, queue: &str, relay: &Relay) -> PrintServer {
    let printer = format!("tcp://{}", relay.address);
    PrintServer::start(
        data,
        &[
            "--queue",
            queue,
            "--printer",
            &printer,
            "--dpi",
            "300",
            "--lease",
            "0.5",
        ],
    )
}

/// Stands between the server and the printer, passes everything on, and
/// stops at a moment.
struct Relay {
    address: SocketAddr,
    plan: Arc<Mutex<Plan>>,
    reached: Receiver<()>,
}

struct Plan {
    moment: Moment,
    /// The bytes of the whole job.
    job_bytes: u64,
    /// The most bytes that one connection carried to the printer.
    most_bytes: u64,
    reached: Sender<()>,
    /// Ends when the server is dead.
    server_dead: Option<Receiver<()>>,
    /// Dropped when the server is dead.
    server_lives: Option<Sender<()>>,
}

impl Relay {
    fn start(printer: SocketAddr) -> Relay {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (reach, reached) = channel();
        let plan = Arc::new(Mutex::new(Plan {
            moment: Moment::Never,
            job_bytes: u64::MAX,
            most_bytes: 0,
            reached: reach,
            server_dead: None,
            server_lives: None,
        }));
        let shared = plan.clone();
        thread::spawn(move || {
            for server in listener.incoming() {
                let server = server.expect("a connection");
                let printer = TcpStream::connect(printer).expect("a printer");
                pass_both_ways(&server, &printer, &shared);
            }
        });
        Relay { address, plan, reached }
    }

    fn most_bytes(&self) -> u64 {
        self.plan.lock().expect("whole").most_bytes
    }

    fn stop_at(&self, moment: Moment, job_bytes: u64) {
        let (lives, dead) = channel();
        let mut plan = self.plan.lock().expect("whole");
        plan.moment = moment;
        plan.job_bytes = job_bytes;
        plan.server_dead = Some(dead);
        plan.server_lives = Some(lives);
    }

    fn wait_until_reached(&self) {
        let patience = Duration::from_secs(60);
        self.reached.recv_timeout(patience).expect("the moment comes");
    }

    fn resume(&self) {
        let mut plan = self.plan.lock().expect("whole");
        plan.moment = Moment::Never;
        drop(plan.server_lives.take());
    }
}

/// Passes bytes on in both directions, each on a thread.
fn pass_both_ways(
    server: &TcpStream,
    printer: &TcpStream,
    plan: &Arc<Mutex<Plan>>,
) {
    let clone = |stream: &TcpStream| stream.try_clone().expect("a handle");
    let (from, to, shared) = (clone(server), clone(printer), plan.clone());
    thread::spawn(move || to_printer(from, to, &shared));
    let (from, to, shared) = (clone(printer), clone(server), plan.clone());
    thread::spawn(move || to_server(from, to, &shared));
}

fn to_printer(mut from: TcpStream, mut to: TcpStream, plan: &Mutex<Plan>) {
    let mut passed = 0;
    let mut buffer = [0; 16 * 1024];
    if matches!(plan.lock().expect("whole").moment, Moment::Connected) {
        stop(plan);
    }
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let limit = {
            let plan = plan.lock().expect("whole");
            match plan.moment {
                Moment::Sent { percent } => plan.job_bytes * percent / 100,
                _ => u64::MAX,
            }
        };
        let part = limit.saturating_sub(passed).min(count as u64);
        let part = usize::try_from(part).expect("at most a buffer");
        if to.write_all(&buffer[..part]).is_err() {
            break;
        }
        passed += part as u64;
        let mut shared = plan.lock().expect("whole");
        shared.most_bytes = shared.most_bytes.max(passed);
        drop(shared);
        if passed >= limit {
            stop(plan);
            // The server is dead: what it had still sent is lost with it.
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

fn to_server(mut from: TcpStream, mut to: TcpStream, plan: &Mutex<Plan>) {
    let mut buffer = [0; 4 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
        let reply = String::from_utf8_lossy(&buffer[..count]).into_owned();
        let moment = plan.lock().expect("whole").moment;
        if matches!(moment, Moment::Said(word) if reply.contains(word)) {
            stop(plan);
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

/// Reports that the moment has been reached, and holds everything until the
/// server is dead.
fn stop(plan: &Mutex<Plan>) {
    let mut plan = plan.lock().expect("whole");
    plan.moment = Moment::Never;
    let Some(dead) = plan.server_dead.take() else { return };
    plan.reached.send(()).expect("the test listens");
    drop(plan);
    // Returns, with an error, when the other side is dropped.
    let _ = dead.recv();
}
