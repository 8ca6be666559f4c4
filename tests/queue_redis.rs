//! What the queue says about a Redis that it cannot use, or not for long: one
//! that does not trust us or that we do not trust, a replica, one without
//! memory, without persistence, one that was emptied, and one that is too old.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use harness::{Test, TlsRedis, Tool, needs, scratch, suite, test};
use job_queue::{
    Claim, Error, JobId, NewJob, Queue, RedisAccess, State, open, open_with,
};
use private_redis::PrivateRedis;

/// A lease or a wait that only a failing test sees the end of.
const LONG: Duration = Duration::from_secs(30);
/// Enough to be woken in, and far from `LONG`.
const SOON: Duration = Duration::from_secs(10);
const NOW: Duration = Duration::ZERO;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, mode, url] = arguments.as_slice()
        && mode == "open"
    {
        // With the system's certificates, which a test has named.
        match open(url, "q").and_then(|queue| queue.check()) {
            Ok(()) => println!("it is open"),
            Err(error) => println!("{error}"),
        }
        return ExitCode::SUCCESS;
    }
    suite(tests())
}

fn tests() -> Vec<Test> {
    let mut tests = vec![
        test!(a_certificate_to_trust_is_for_tls_alone),
        test!(a_file_without_certificates_is_named_as_such),
        test!(a_tls_that_checks_nothing_is_refused),
        test!(a_redis_that_is_too_old_is_said_to_be),
        test!(a_redis_that_an_older_one_replaced_is_said_to_be_too_old),
    ];
    tests.extend(
        [
            test!(a_queue_works_over_tls_with_a_named_certificate),
            test!(a_queue_works_over_tls_with_the_systems_certificates),
            test!(a_certificate_of_an_unknown_issuer_is_not_accepted),
            test!(a_certificate_for_another_name_is_not_accepted),
            test!(tls_and_no_tls_are_told_apart),
            test!(a_password_is_asked_for_and_never_shown),
            test!(a_user_without_rights_is_told_which_are_missing),
            test!(a_user_needs_no_rights_but_those_that_are_named),
            test!(a_replica_is_said_to_be_one_at_the_start),
            test!(a_full_memory_is_said_at_the_start),
            test!(persistence_that_ends_while_the_queue_is_open_is_said),
            test!(an_emptied_redis_takes_nothing_more_and_says_why),
            test!(a_redis_that_is_emptied_has_another_identity),
            test!(a_queue_of_an_older_program_gets_an_identity),
        ]
        .map(|test| needs(Tool::Redis, test)),
    );
    tests
}

// ---- TLS ------------------------------------------------------------------

fn trusting(file: &Path) -> RedisAccess {
    RedisAccess { ca: Some(file.to_owned()), ..RedisAccess::default() }
}

fn a_queue_works_over_tls_with_a_named_certificate() {
    let redis = TlsRedis::start("127.0.0.1");
    let access = trusting(&redis.certificate());
    let open = || open_with(&redis.url(), "q", &access).expect("it opens");
    let queue = open();
    assert!(queue.describe().contains("rediss://"), "{}", queue.describe());
    assert_eq!(queue.warnings(), Vec::<String>::new());
    let claiming = thread::spawn({
        let lane = open().lane("left");
        move || lane.claim("w", LONG, LONG).expect("it answers")
    });
    let id = add(&queue.lane("left"), "work");
    let claim = claiming.join().expect("no panic").expect("a job");
    assert_eq!(claim.job.id, id);
    let seen = queue.version().unwrap();
    queue.progress(&claim, "page 1").unwrap();
    assert_ne!(queue.wait_for_change(seen, LONG).unwrap(), seen);
    queue.complete(claim, "printed").unwrap();
    assert_eq!(queue.job(&id).unwrap().unwrap().state, State::Done);
}

/// The system's certificates are where this variable says, in a process that
/// has it.
fn a_queue_works_over_tls_with_the_systems_certificates() {
    let redis = TlsRedis::start("127.0.0.1");
    let said = |certificates: &Path| {
        let program = std::env::current_exe().expect("this test is a file");
        let ended = Command::new(program)
            .args(["open", &redis.url()])
            .env("SSL_CERT_FILE", certificates)
            .env_remove("SSL_CERT_DIR")
            .output()
            .expect("it runs");
        String::from_utf8(ended.stdout).expect("text")
    };
    let words = said(&redis.certificate());
    assert!(words.contains("it is open"), "{words}");
    let none = redis.folder().join("none.pem");
    fs::write(&none, "").unwrap();
    let words = said(&none);
    assert!(words.contains("this system trusts no certificates"), "{words}");
}

fn a_certificate_of_an_unknown_issuer_is_not_accepted() {
    let redis = TlsRedis::start("127.0.0.1");
    let other = TlsRedis::start("127.0.0.1");
    let start = Instant::now();
    let access = trusting(&other.certificate());
    let error = refused(open_with(&redis.url(), "q", &access));
    assert!(matches!(error, Error::Unfit { .. }), "{error}");
    let words = error.to_string();
    assert!(words.contains("issuer that is not trusted"), "{words}");
    assert!(words.contains("Name the file"), "{words}");
    // Nobody waits for a certificate to become another one.
    assert!(start.elapsed() < SOON);
}

fn a_certificate_for_another_name_is_not_accepted() {
    let redis = TlsRedis::start("redis.example");
    let access = trusting(&redis.certificate());
    let error = refused(open_with(&redis.url(), "q", &access));
    assert!(matches!(error, Error::Unfit { .. }), "{error}");
    assert!(error.to_string().contains("not accepted"), "{error}");
    assert!(error.to_string().contains("127.0.0.1"), "{error}");
}

fn tls_and_no_tls_are_told_apart() {
    let redis = TlsRedis::start("127.0.0.1");
    let access = trusting(&redis.certificate());
    let plain = redis.plain.url().replace("redis://", "rediss://");
    let error = refused(open_with(&plain, "q", &access));
    assert!(error.to_string().contains("port for TLS"), "{error}");
    let tls = redis.url().replace("rediss://", "redis://");
    let error = refused(open(&tls, "q"));
    assert!(error.to_string().contains("say rediss://"), "{error}");
}

fn a_certificate_to_trust_is_for_tls_alone() {
    let access = trusting(Path::new("any.pem"));
    let error = refused(open_with("redis://127.0.0.1:1/0", "q", &access));
    assert!(error.to_string().contains("Say rediss://"), "{error}");
}

fn a_file_without_certificates_is_named_as_such() {
    let folder = scratch();
    let file = folder.path().join("ca.pem");
    let open = || {
        let url = "rediss://127.0.0.1:1/0";
        refused(open_with(url, "q", &trusting(&file))).to_string()
    };
    let words = open();
    assert!(words.contains("ca.pem cannot be read"), "{words}");
    fs::write(&file, "no certificate").unwrap();
    let words = open();
    assert!(words.contains("ca.pem holds no certificate"), "{words}");
}

fn a_tls_that_checks_nothing_is_refused() {
    let error = refused(open("rediss://127.0.0.1:1/0#insecure", "q"));
    assert!(matches!(error, Error::Url(_)), "{error}");
}

// ---- Users ----------------------------------------------------------------

fn a_password_is_asked_for_and_never_shown() {
    let redis = PrivateRedis::start().unwrap();
    say(&redis, &["CONFIG", "SET", "requirepass", "so secret"]);
    let with = |password: &str| RedisAccess {
        password: Some(password.to_owned()),
        ..RedisAccess::default()
    };
    let error = refused(open(&redis.url(), "q"));
    assert!(matches!(error, Error::Unfit { .. }), "{error}");
    assert!(error.to_string().contains("wants a password"), "{error}");
    let error = refused(open_with(&redis.url(), "q", &with("not secret")));
    assert!(error.to_string().contains("does not know"), "{error}");
    assert!(!error.to_string().contains("not secret"), "{error}");

    let queue = open_with(&redis.url(), "q", &with("so secret")).unwrap();
    add(&queue, "work");
    assert!(!queue.describe().contains("secret"));
    // In the URL, characters that mean something there are written otherwise.
    let url = redis.url().replace("//", "//:so%20secret@");
    let queue = open(&url, "q").unwrap();
    assert_eq!(queue.jobs(9).unwrap().len(), 1);
    assert!(!queue.describe().contains("secret"));
    // It is taken away while the queue is open.
    connect(&url, &["CONFIG", "SET", "requirepass", "another"]);
    connect_with("another", &redis, &["CLIENT", "KILL", "TYPE", "normal"]);
    let error = queue.check().unwrap_err();
    assert!(error.to_string().contains("does not know"), "{error}");
}

fn a_user_without_rights_is_told_which_are_missing() {
    let redis = PrivateRedis::start().unwrap();
    say(
        &redis,
        &["ACL", "SETUSER", "anna", "on", ">secret", "~jobs:*", "+info"],
    );
    let url = redis.url().replace("//", "//anna:secret@");
    let error = refused(open(&url, "q"));
    assert!(matches!(error, Error::Unfit { .. }), "{error}");
    for words in ["may not", "ACL SETUSER", "+@all"] {
        assert!(error.to_string().contains(words), "{error}");
    }
    assert!(!error.to_string().contains("secret"), "{error}");
}

fn a_user_needs_no_rights_but_those_that_are_named() {
    let redis = PrivateRedis::start().unwrap();
    let user = ["anna", "on", ">secret", "~jobs:*", "+@all", "-@dangerous"];
    say(&redis, &[&["ACL", "SETUSER"], &user[..], &["+info"]].concat());
    let url = redis.url().replace("//", "//anna:secret@");
    let queue = open(&url, "q").unwrap();
    let lane = queue.lane("left");
    add(&lane, "work");
    let claim = take(&lane);
    lane.renew(&claim, LONG).unwrap();
    lane.retry(claim, "jam").unwrap();
    lane.pause("jam", LONG).unwrap();
    queue.declare_dead("w").unwrap();
    queue.check().unwrap();
    queue.forget_finished(NOW).unwrap();
    queue.wait_for_change(0, LONG).unwrap();
    assert_eq!(queue.warnings(), Vec::<String>::new());
}

// ---- What may become of a Redis -------------------------------------------

fn a_replica_is_said_to_be_one_at_the_start() {
    let (master, replica) =
        (PrivateRedis::start().unwrap(), PrivateRedis::start().unwrap());
    let port = master.url().rsplit_once(':').unwrap().1.to_owned();
    let port = port.trim_end_matches("/0").to_owned();
    say(&replica, &["REPLICAOF", "127.0.0.1", &port]);
    // One waits for a master that may be elected later.
    let queue = open(&replica.url(), "q").unwrap();
    let warnings = queue.warnings().join("\n");
    assert!(warnings.contains("read-only replica"), "{warnings}");
    assert!(warnings.contains("Name its master"), "{warnings}");
    say(&replica, &["REPLICAOF", "NO", "ONE"]);
    assert_eq!(queue.warnings(), Vec::<String>::new());
    add(&queue, "work");
    take(&queue);
}

fn a_full_memory_is_said_at_the_start() {
    let redis = PrivateRedis::start().unwrap();
    say(&redis, &["CONFIG", "SET", "maxmemory", "1"]);
    let queue = open(&redis.url(), "q").unwrap();
    let warnings = queue.warnings().join("\n");
    assert!(warnings.contains("memory"), "{warnings}");
    assert!(warnings.contains("maxmemory"), "{warnings}");
    let full = |error: Error| {
        assert!(matches!(error, Error::Full { .. }), "{error}");
    };
    full(queue.check().unwrap_err());
    full(queue.enqueue(NewJob::new("work")).unwrap_err());
    say(&redis, &["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(queue.warnings(), Vec::<String>::new());
    add(&queue, "work");
    take(&queue);
}

fn persistence_that_ends_while_the_queue_is_open_is_said() {
    let redis = PrivateRedis::start().unwrap();
    let queue = open(&redis.url(), "q").unwrap();
    assert_eq!(queue.warnings(), Vec::<String>::new());
    say(&redis, &["CONFIG", "SET", "appendonly", "no"]);
    say(&redis, &["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"]);
    let warnings = queue.warnings().join("\n");
    assert!(warnings.contains("appendonly yes"), "{warnings}");
    assert!(warnings.contains("maxmemory-policy noeviction"), "{warnings}");
}

fn an_emptied_redis_takes_nothing_more_and_says_why() {
    let redis = PrivateRedis::start().unwrap();
    let queue = open(&redis.url(), "q").unwrap();
    let id = add(&queue, "work");
    let claim = take(&queue);
    add(&queue, "lost");
    say(&redis, &["FLUSHALL"]);
    let lane = queue.lane("left");
    for error in [
        queue.check().unwrap_err(),
        queue.enqueue(NewJob::new("more")).unwrap_err(),
        queue.complete(claim, "printed").unwrap_err(),
        lane.claim("w", LONG, LONG).unwrap_err(),
        queue.job(&id).unwrap_err(),
        queue.jobs(9).unwrap_err(),
        queue.pending().unwrap_err(),
    ] {
        assert!(matches!(error, Error::Emptied { .. }), "{error}");
        assert!(!error.is_temporary());
        assert!(error.to_string().contains("emptied"), "{error}");
        assert!(error.to_string().contains("Start this program again"));
    }
    // Nothing came into being behind our back.
    let mut redis = connection(&redis.url());
    let keys: u64 = redis::cmd("DBSIZE").query(&mut redis).unwrap();
    assert_eq!(keys, 0);
}

fn a_redis_that_is_emptied_has_another_identity() {
    let redis = PrivateRedis::start().unwrap();
    let open = || open(&redis.url(), "q").unwrap();
    let identity = |queue: &Arc<dyn Queue>| {
        queue.identity().expect("Redis has one").to_owned()
    };
    let queue = open();
    let before = identity(&queue);
    add(&queue, "work");
    assert_eq!(identity(&open()), before);
    assert_eq!(identity(&queue.lane("left")), before);
    say(&redis, &["FLUSHALL"]);
    let after = open();
    assert_ne!(identity(&after), before);
    add(&after, "more");
    assert_eq!(take(&after).job.payload, "more");
}

fn a_queue_of_an_older_program_gets_an_identity() {
    let redis = PrivateRedis::start().unwrap();
    let queue = open(&redis.url(), "q").unwrap();
    add(&queue, "work");
    say(&redis, &["HDEL", "jobs:{q}", "identity"]);
    let now = open(&redis.url(), "q").unwrap();
    assert!(now.identity().is_some());
    assert_eq!(take(&now).job.payload, "work");
}

// ---- Too old --------------------------------------------------------------

/// Answers as a Redis does that calls itself this old, or not quite, and that
/// does not know a command of the script.
struct OldRedis {
    url: String,
    is_old: Arc<AtomicBool>,
}

impl OldRedis {
    fn start() -> OldRedis {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let is_old = Arc::new(AtomicBool::new(false));
        let old = Arc::clone(&is_old);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let old = Arc::clone(&old);
                thread::spawn(move || answer(client, &old));
            }
        });
        OldRedis { url: format!("redis://127.0.0.1:{port}/0"), is_old }
    }
}

/// Answers one client until it goes (redis.io/docs/reference/protocol-spec).
fn answer(mut client: TcpStream, is_old: &AtomicBool) -> io::Result<()> {
    let mut requests = BufReader::new(client.try_clone()?);
    loop {
        let words = request(&mut requests)?;
        let is_old = is_old.load(Ordering::Relaxed);
        match words.first().map(String::as_str) {
            Some("INFO") => {
                let version = if is_old { "6.0.16" } else { "7.0.15" };
                let text = format!(
                    "redis_version:{version}\r\nrole:master\r\naof_enabled:1"
                );
                write!(client, "${}\r\n{text}\r\n", text.len())?;
            }
            Some("EVALSHA") if is_old => client.write_all(
                b"-ERR Unknown Redis command called from script\r\n",
            )?,
            Some("EVALSHA") => client.write_all(b"$1\r\nx\r\n")?,
            _ => client.write_all(b"+OK\r\n")?,
        }
    }
}

/// An array of texts: the only thing that a client sends.
fn request(requests: &mut impl BufRead) -> io::Result<Vec<String>> {
    let number = |requests: &mut dyn BufRead| -> io::Result<usize> {
        let mut line = String::new();
        requests.read_line(&mut line)?;
        line.trim_start_matches(['*', '$'])
            .trim()
            .parse()
            .map_err(|_| io::ErrorKind::UnexpectedEof.into())
    };
    let mut words = Vec::new();
    for _ in 0..number(requests)? {
        let mut word = vec![0; number(requests)? + 2];
        requests.read_exact(&mut word)?;
        words.push(String::from_utf8_lossy(&word).trim_end().to_owned());
    }
    Ok(words)
}

fn a_redis_that_is_too_old_is_said_to_be() {
    let redis = OldRedis::start();
    redis.is_old.store(true, Ordering::Relaxed);
    let error = refused(open(&redis.url, "q"));
    assert!(matches!(error, Error::Unfit { .. }), "{error}");
    assert!(error.to_string().contains("6.0.16"), "{error}");
    assert!(error.to_string().contains("6.2 or newer"), "{error}");
}

fn a_redis_that_an_older_one_replaced_is_said_to_be_too_old() {
    let redis = OldRedis::start();
    let queue = open(&redis.url, "q").expect("it is new enough");
    redis.is_old.store(true, Ordering::Relaxed);
    let error = queue.check().unwrap_err();
    assert!(matches!(error, Error::Unfit { .. }), "{error}");
    assert!(error.to_string().contains("6.2 or newer"), "{error}");
    let warnings = queue.warnings().join("\n");
    assert!(warnings.contains("6.2 or newer"), "{warnings}");
}

// ---- Helpers --------------------------------------------------------------

fn connection(url: &str) -> redis::Connection {
    redis::Client::open(url).unwrap().get_connection().unwrap()
}

fn say(redis: &PrivateRedis, words: &[&str]) {
    connect(&redis.url(), words);
}

fn connect(url: &str, words: &[&str]) {
    let mut command = redis::cmd(words[0]);
    command.arg(&words[1..]).exec(&mut connection(url)).expect("it does so");
}

fn connect_with(password: &str, redis: &PrivateRedis, words: &[&str]) {
    connect(&redis.url().replace("//", &format!("//:{password}@")), words);
}

fn refused(opened: job_queue::Result<Arc<dyn Queue>>) -> Error {
    opened.err().expect("it is refused")
}

fn add(queue: &Arc<dyn Queue>, payload: &str) -> JobId {
    queue.enqueue(NewJob::new(payload)).expect("it is queued").id
}

/// The job that is due now.
fn take(queue: &Arc<dyn Queue>) -> Claim {
    queue.claim("w", LONG, NOW).unwrap().expect("a job is due")
}
