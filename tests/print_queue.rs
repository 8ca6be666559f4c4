//! What the print server does with its queue and its spool when they are in
//! trouble, or when somebody else has put a hand to them.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use harness::{
    PrintServer, Running, ScriptedPrinter, TlsRedis, Tool, needs, program,
    scratch, suite, test, text_of,
};
use job_queue::{NewJob, Queue};
use private_redis::PrivateRedis;
use serde_json::{Value, json};
use virtual_c360::{Fault, Settings, VirtualC360};

/// A lease that only a failing test sees the end of, in seconds.
const LONG: &str = "3600";

fn main() -> ExitCode {
    suite(vec![
        test!(what_comes_out_of_the_queue_is_checked_like_what_goes_in),
        test!(a_document_that_changed_in_the_spool_is_not_printed),
        test!(a_person_has_a_job_go_on_from_the_page_that_is_missing),
        test!(a_killed_servers_lease_is_over_when_the_next_one_starts),
        test!(a_killed_servers_pause_is_over_when_the_next_one_starts),
        #[cfg(unix)]
        test!(a_queue_that_is_removed_takes_nothing_more),
        test!(a_spool_that_takes_nothing_is_not_ready),
        test!(a_damaged_queue_is_named_and_set_aside_when_asked),
        needs(Tool::Redis, test!(an_outcome_is_told_until_redis_has_it)),
        needs(
            Tool::Redis,
            test!(a_document_that_another_server_has_is_left_to_that_server),
        ),
        needs(
            Tool::Redis,
            test!(a_redis_that_takes_nothing_is_not_ready_with_the_reason),
        ),
        needs(Tool::Redis, test!(a_job_is_printed_by_way_of_a_redis_over_tls)),
        needs(
            Tool::Redis,
            test!(a_redis_that_was_emptied_is_told_and_its_documents_are_kept),
        ),
        needs(
            Tool::Redis,
            test!(a_redis_that_keeps_nothing_any_more_is_warned_of),
        ),
    ])
}

/// Payloads that no intake of ours has queued.
fn what_comes_out_of_the_queue_is_checked_like_what_goes_in() {
    let (tray, data) = (scratch(), scratch());
    let printer = printer(tray.path());
    let server = server(data.path(), &printer, &[]);
    let held = server.print("report.pdf", &[("hold", "true"), ("pages", "1")]);
    let queue = queue(data.path()).lane("default");
    let good = queue.jobs(1).expect("jobs").remove(0).payload;
    let document = |value: &str| json!({ "document": value });
    for (change, word) in [
        (json!({ "format": "raw" }), "--allow-raw"),
        (document("/etc/hostname"), "no name in the spool"),
        (document("../../key"), "no name in the spool"),
        (document(&"A".repeat(64)), "no name in the spool"),
        (document(&"0".repeat(64)), "not in the spool any more"),
        (json!({ "pages": "all of them" }), "pages"),
        (json!({ "pages": "9-3" }), "pages"),
        (json!({ "copies": 0 }), "copies"),
        (json!({ "copies": 60000 }), "copies"),
        (json!({ "name": 7 }), "no print job of ours"),
    ] {
        let mut bad: Value = serde_json::from_str(&good).expect("JSON");
        let change = change.as_object().expect("an object").clone();
        bad.as_object_mut().expect("an object").extend(change);
        let id = queue
            .enqueue(NewJob::new(bad.to_string()).max_attempts(1))
            .expect("queued")
            .id;
        let job = json!({ "id": id.to_string() });
        let job = server.wait_for_state(&job, "failed");
        let reason = job["reason"].as_str().unwrap_or_default();
        assert!(reason.contains(word), "{bad}: {reason}");
    }
    assert!(printer.pages().is_empty());
    // The intake's own is printed, and nothing has panicked.
    let id = held["id"].as_str().expect("an id");
    server.request("POST", &format!("/api/jobs/{id}/release"));
    server.wait_for_state(&held, "printed");
    assert_eq!(server.request("GET", "/healthz").status(), 200);
}

fn a_document_that_changed_in_the_spool_is_not_printed() {
    let (tray, data) = (scratch(), scratch());
    let printer = printer(tray.path());
    let server = server(data.path(), &printer, &[]);
    let job = server.print("report.pdf", &[("hold", "true"), ("pages", "1")]);
    let [document] = &server.spooled()[..] else { panic!("one document") };
    let mut bytes = fs::read(document).expect("the document");
    bytes.extend_from_slice(b"\n% one line more\n");
    fs::write(document, bytes).expect("written");
    let id = job["id"].as_str().expect("an id");
    server.request("POST", &format!("/api/jobs/{id}/release"));
    let job = server.wait_for_state(&job, "failed");
    let reason = job["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("has changed"), "{reason}");
    assert!(printer.pages().is_empty());
}

/// The printer loses its connection in the second of three sets.
fn a_person_has_a_job_go_on_from_the_page_that_is_missing() {
    let (tray, data) = (scratch(), scratch());
    let slow_page = Duration::from_millis(300);
    let settings = Settings { slow_page, ..Settings::new(tray.path()) };
    let printer = VirtualC360::start(settings).expect("a printer");
    printer.set_fault(Fault::Slow);
    let server = server(data.path(), &printer, &[]);
    let job = server.print("report.pdf", &[("copies", "2")]);
    server.wait_for(&job, |job| job["printed"].as_u64() >= Some(8));
    printer.set_fault(Fault::Reset);
    let job = server.wait_for_state(&job, "uncertain");
    printer.set_fault(Fault::None);
    let out = printer.pages().len();
    assert!((8..12).contains(&out), "{out} pages");

    let again = |body: Value| {
        let path = format!("/api/jobs/{}/retry", id(&job));
        server.post_json(&path, &body)
    };
    for page in [0, 7, 4_000_000_000_u32] {
        let refused = text_of(again(json!({ "from": page })));
        assert!(refused.starts_with("400"), "{page}: {refused}");
    }
    // One set is whole, and of the other `out - 6` pages are out.
    let next = out - 6 + 1;
    assert_eq!(again(json!({ "from": next })).status(), 200);
    server.request("POST", "/api/printers/default/resume");
    server.wait_for_state(&job, "printed");
    assert_eq!(printer.pages().len(), 12);
}

/// As if the clock had been set back meanwhile: the lease has an hour to go.
fn a_killed_servers_lease_is_over_when_the_next_one_starts() {
    let (tray, data) = (scratch(), scratch());
    let printer = printer(tray.path());
    let mut server = server(data.path(), &printer, &["--lease", LONG]);
    let job = server.print("mixed.pdf", &[("copies", "3")]);
    server.wait_for(&job, |job| job["printed"].as_u64() >= Some(1));
    server.program.kill();
    let server = self::server(data.path(), &printer, &["--lease", LONG]);
    let job = server.wait_for_state(&job, "uncertain");
    assert!(job["printed"].as_u64() >= Some(1), "{job:#}");
    // The server was at fault and not the printer: the next job is printed.
    let next = server.print("report.pdf", &[("pages", "1")]);
    server.wait_for_state(&next, "printed");
}

fn a_killed_servers_pause_is_over_when_the_next_one_starts() {
    let (tray, data) = (scratch(), scratch());
    let printer = printer(tray.path());
    printer.set_fault(Fault::PaperOut);
    let mut server = server(data.path(), &printer, &["--lease", LONG]);
    let job = server.print("report.pdf", &[("pages", "1")]);
    server.wait_for(&job, |job| job["reason"].is_string());
    server.program.kill();
    printer.set_fault(Fault::None);
    let server = self::server(data.path(), &printer, &["--lease", LONG]);
    server.wait_for_state(&job, "printed");
}

#[cfg(unix)]
fn a_queue_that_is_removed_takes_nothing_more() {
    let (tray, data) = (scratch(), scratch());
    let printer = printer(tray.path());
    let server = server(data.path(), &printer, &[]);
    let job = server.print("report.pdf", &[("pages", "1")]);
    server.wait_for_state(&job, "printed");
    fs::remove_file(data.path().join("queue.db")).expect("removed");
    let document = harness::sample("report.pdf");
    let refused = text_of(server.upload("report.pdf", document, &[]));
    assert!(refused.starts_with("503"), "{refused}");
    assert!(refused.contains("removed"), "{refused}");
    wait_until_not_ready(&server, "removed");
}

/// A disk that is full or can only be read shows itself in the same way.
fn a_spool_that_takes_nothing_is_not_ready() {
    let (tray, data) = (scratch(), scratch());
    let printer = printer(tray.path());
    let server = server(data.path(), &printer, &[]);
    let incoming = data.path().join("spool/incoming");
    fs::remove_dir(&incoming).expect("it is empty");
    wait_until_not_ready(&server, "no document can be kept");
    fs::create_dir(&incoming).expect("made");
    wait_until_ready(&server);
}

fn a_damaged_queue_is_named_and_set_aside_when_asked() {
    let data = scratch();
    fs::write(data.path().join("queue.db"), "").expect("written");
    let command = |words: &[&str]| {
        let mut command = std::process::Command::new(program("print-server"));
        command.arg("--data").arg(data.path()).args(words);
        command
    };
    let listen = ["--listen", "127.0.0.1:0"];
    let mut refused = Running::start(&mut command(&listen));
    let said = refused.wait_for_line("queue.db is damaged.*");
    assert!(said.contains("0 bytes"), "{said}");
    assert!(said.contains("print-server set-aside"), "{said}");
    assert!(!refused.wait_for_end().success());

    let mut renamed = Running::start(&mut command(&["set-aside"]));
    renamed.wait_for_line("queue-aside-.*db");
    assert!(renamed.wait_for_end().success());
    let server = PrintServer::start(data.path(), &[]);
    // Not while a server runs.
    let mut busy = Running::start(&mut command(&["set-aside"]));
    busy.wait_for_line("stop the print server first");
    assert!(!busy.wait_for_end().success());
    drop(server);
}

/// Redis dies just before the printer says that all pages are out, and is back
/// once the server has tried to tell it.
fn an_outcome_is_told_until_redis_has_it() {
    let redis = PrivateRedis::start().expect("Redis");
    let url = redis.url();
    let redis = std::sync::Arc::new(Mutex::new(redis));
    let dying = redis.clone();
    let printer = ScriptedPrinter::start(move |tag| {
        dying.lock().expect("whole").kill();
        let name = format!("NAME=\"{tag}\"");
        ScriptedPrinter::about("JOB", &["END", &name, "PAGES=1"])
    });
    let data = scratch();
    let address = format!("tcp://{}", printer.address);
    let options = [
        "--queue",
        &url,
        "--printer",
        &address,
        "--dpi",
        "300",
        "--lease",
        "1",
    ];
    let mut server = PrintServer::start(data.path(), &options);
    let job = server.print("report.pdf", &[("pages", "1")]);
    server.program.wait_for_line("ERROR.*cannot be told.*told again");
    redis.lock().expect("whole").restart().expect("Redis is back");
    let jobs = || server.request("GET", &format!("/api/jobs/{}", id(&job)));
    // The events may have ended with Redis.
    let state = poll(|| {
        let job: Value = jobs().json().ok()?;
        (job["state"] != "printing").then_some(job)
    });
    assert_eq!(state["state"], "printed", "{state:#}");
}

/// Two servers with folders of their own, on one queue and one printer.
fn a_document_that_another_server_has_is_left_to_that_server() {
    let redis = PrivateRedis::start().expect("Redis");
    let tray = scratch();
    let printer = printer(tray.path());
    let queue = ["--queue", &redis.url()];
    let folders = [scratch(), scratch()];
    let servers =
        folders.each_ref().map(|data| server(data.path(), &printer, &queue));
    let mut jobs = Vec::new();
    for round in 0..10 {
        for server in &servers {
            let pages = (round % 6 + 1).to_string();
            jobs.push(server.print("report.pdf", &[("pages", &pages)]));
        }
    }
    for job in &jobs {
        let job = servers[0].wait_for(job, |job| {
            job["state"] != "waiting" && job["state"] != "printing"
        });
        assert_eq!(job["state"], "printed", "{job:#}");
        assert_eq!(job["attempts"], 1, "{job:#}");
    }
    assert_eq!(printer.pages().len(), jobs.len());
}

fn a_redis_that_takes_nothing_is_not_ready_with_the_reason() {
    let redis = PrivateRedis::start().expect("Redis");
    let master = PrivateRedis::start().expect("Redis");
    let (tray, data) = (scratch(), scratch());
    let printer = printer(tray.path());
    let server = server(data.path(), &printer, &["--queue", &redis.url()]);
    wait_until_ready(&server);
    let say = |words: &[&str]| say(&redis.url(), words);
    say(&["CONFIG", "SET", "maxmemory", "1"]);
    wait_until_not_ready(&server, "memory of Redis");
    let document = harness::sample("report.pdf");
    let refused = text_of(server.upload("report.pdf", document, &[]));
    assert!(refused.starts_with("507"), "{refused}");
    assert!(refused.contains("memory of Redis"), "{refused}");
    assert!(!refused.contains("disk"), "{refused}");
    say(&["CONFIG", "SET", "maxmemory", "0"]);
    wait_until_ready(&server);

    let url = master.url();
    let port = url.trim_end_matches("/0").rsplit(':').next().expect("a port");
    say(&["REPLICAOF", "127.0.0.1", port]);
    wait_until_not_ready(&server, "replica");
    // Also when it starts there.
    let data = scratch();
    let second =
        self::server(data.path(), &printer, &["--queue", &redis.url()]);
    wait_until_not_ready(&second, "replica");
    say(&["REPLICAOF", "NO", "ONE"]);
    wait_until_ready(&second);
}

fn a_job_is_printed_by_way_of_a_redis_over_tls() {
    let redis = TlsRedis::start("127.0.0.1");
    say(&redis.plain.url(), &["CONFIG", "SET", "requirepass", "secret"]);
    let password = redis.folder().join("password");
    fs::write(&password, "secret\n").expect("written");
    let (tray, data) = (scratch(), scratch());
    let printer = printer(tray.path());
    let (url, certificate) = (redis.url(), redis.certificate());
    let options = [
        "--queue",
        &url,
        "--queue-ca",
        certificate.to_str().expect("text"),
        "--queue-password-file",
        password.to_str().expect("text"),
    ];
    let server = server(data.path(), &printer, &options);
    wait_until_ready(&server);
    let job = server.print("report.pdf", &[("pages", "1")]);
    let job = server.wait_for(&job, |job| job["state"] == "printed");
    assert_eq!(printer.pages().len(), 1, "{job:#}");
    for line in server.program.heard() {
        assert!(!line.contains("secret"), "{line}");
    }
}

fn a_redis_that_was_emptied_is_told_and_its_documents_are_kept() {
    let redis = PrivateRedis::start().expect("Redis");
    let (tray, data) = (scratch(), scratch());
    let printer = printer(tray.path());
    let queue = ["--queue", &redis.url()];
    let server = self::server(data.path(), &printer, &queue);
    server.print("report.pdf", &[("hold", "true"), ("pages", "1")]);
    let documents = |spool: &Path| -> Vec<String> {
        let files = fs::read_dir(spool.join("documents")).expect("a spool");
        let names = files.map(|file| file.expect("a file").file_name());
        names.map(|name| name.to_string_lossy().into_owned()).collect()
    };
    let kept = documents(&data.path().join("spool"));
    assert_eq!(kept.len(), 1);
    say(&redis.url(), &["FLUSHALL"]);
    wait_until_not_ready(&server, "emptied");
    let document = harness::sample("report.pdf");
    let refused = text_of(server.upload("report.pdf", document, &[]));
    assert!(refused.starts_with("503"), "{refused}");
    assert!(refused.contains("emptied"), "{refused}");
    drop(server);

    let server = self::server(data.path(), &printer, &queue);
    wait_until_ready(&server);
    let heard = server.program.heard().join("\n");
    assert!(heard.contains("not the queue of the last start"), "{heard}");
    let folders = fs::read_dir(data.path()).expect("a folder");
    let aside = folders
        .map(|entry| entry.expect("an entry").path())
        .find(|path| path.to_string_lossy().contains("spool-aside-"))
        .expect("the documents are set aside");
    assert!(heard.contains(&*aside.to_string_lossy()), "{heard}");
    assert_eq!(documents(&aside), kept);
    let job = server.print("report.pdf", &[("pages", "1")]);
    server.wait_for(&job, |job| job["state"] == "printed");
    // Said once, and not at each start.
    drop(server);
    let server = self::server(data.path(), &printer, &queue);
    wait_until_ready(&server);
    let heard = server.program.heard().join("\n");
    assert!(!heard.contains("not the queue of the last start"), "{heard}");
}

fn a_redis_that_keeps_nothing_any_more_is_warned_of() {
    let redis = PrivateRedis::start().expect("Redis");
    let (tray, data) = (scratch(), scratch());
    let printer = printer(tray.path());
    let mut server = server(data.path(), &printer, &["--queue", &redis.url()]);
    wait_until_ready(&server);
    say(&redis.url(), &["CONFIG", "SET", "appendonly", "no"]);
    server.program.wait_for_line("WARN.*no append-only file.*appendonly yes");
}

// ---- Helpers --------------------------------------------------------------

fn say(url: &str, words: &[&str]) {
    let client = redis::Client::open(url).expect("a URL");
    let mut connection = client.get_connection().expect("it is there");
    let mut command = redis::cmd(words[0]);
    command.arg(&words[1..]).exec(&mut connection).expect("it does so");
}

fn printer(tray: &Path) -> VirtualC360 {
    VirtualC360::start(Settings::new(tray)).expect("a printer")
}

fn server(data: &Path, printer: &VirtualC360, more: &[&str]) -> PrintServer {
    let address = format!("tcp://{}", printer.address());
    let mut options = vec!["--printer", &address, "--dpi", "300"];
    options.extend(more);
    PrintServer::start(data, &options)
}

/// The server's own queue, from behind.
fn queue(data: &Path) -> std::sync::Arc<dyn Queue> {
    let file = data.join("queue.db");
    job_queue::open(&format!("sqlite:{}", file.display()), "print")
        .expect("the server's queue")
}

fn id(job: &Value) -> &str {
    job["id"].as_str().expect("a job has an id")
}

fn wait_until_not_ready(server: &PrintServer, reason: &str) {
    let said = poll(|| {
        let answer = text_of(server.request("GET", "/readyz"));
        answer.starts_with("503").then_some(answer)
    });
    assert!(said.contains(reason), "{said}");
    let health = text_of(server.request("GET", "/healthz"));
    assert!(health.starts_with("503") && health.contains(reason), "{health}");
}

fn wait_until_ready(server: &PrintServer) {
    poll(|| (server.request("GET", "/readyz").status() == 200).then_some(()));
}

/// Asks until there is an answer: no event tells of it.
fn poll<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    for _ in 0..600 {
        if let Some(answer) = ask() {
            return answer;
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("not within a minute");
}
