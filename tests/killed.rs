//! A print server that is killed with -9 in the middle of a job, at twenty
//! different moments, on both engines of the queue.
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

use harness::{PrintServer, Tool, needs, scratch, suite, test};
use private_redis::PrivateRedis;
use serde_json::Value;
use virtual_c360::{Settings, VirtualC360};

/// The pages of each job.
const PAGES: usize = 3;

fn main() -> ExitCode {
    suite(vec![
        test!(no_job_is_lost_or_silently_printed_twice_on_sqlite),
        needs(
            Tool::Redis,
            test!(no_job_is_lost_or_silently_printed_twice_on_redis),
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
    for moment in moments {
        let before = printer.pages().len();
        let mut server = start(data.path(), queue, &relay);
        relay.stop_at(moment, job_bytes);
        let job = server.print("report.pdf", &[("pages", "1-3")]);
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
        match state.as_str() {
            "printed" => assert_eq!(out, PAGES, "{moment:?}: {job:#}"),
            _ => {
                assert!(out <= PAGES, "{moment:?}: {out} pages, {job:#}");
                assert!(known <= out as u64, "{moment:?}: {out}, {job:#}");
                print_again(&server, &job);
            }
        }
        *outcomes.entry(state).or_default() += 1;
    }
    println!("{queue}: {outcomes:?}");
    // Both outcomes must have been seen, or the moments were badly chosen.
    assert_eq!(outcomes.len(), 2, "{outcomes:?}");
}

/// What a person does who looked into the tray and wants the job once more.
fn print_again(server: &PrintServer, job: &Value) {
    let id = job["id"].as_str().expect("an id");
    let path = format!("/api/jobs/{id}/retry");
    assert_eq!(server.request("POST", &path).status(), 200);
    let job = server.wait_for_state(job, "printed");
    assert_eq!(job["printed"], PAGES);
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
