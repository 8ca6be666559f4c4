//! What the job queue does in trouble, tried on both engines: a halt, a worker
//! that says things twice, dead predecessors, clocks that are set, engines that
//! take nothing, and files that are not as they were written.

use std::fs;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use harness::{QueueWorld, Test, Tool, needs, on_both_engines, suite, test};
use job_queue::{Claim, Error, JobId, NewJob, Queue, Retry, State, open};
use private_redis::PrivateRedis;

/// A lease or a wait that only a failing test sees the end of.
const LONG: Duration = Duration::from_secs(30);
/// Long enough for the queue to notice what is over.
const SHORT: Duration = Duration::from_millis(150);
const NOW: Duration = Duration::ZERO;
/// How far a clock is set back, in milliseconds.
const DAY: u64 = 24 * 60 * 60 * 1000;

fn main() -> ExitCode {
    let code = suite(tests());
    QueueWorld::end_redis();
    code
}

fn tests() -> Vec<Test> {
    let mut tests = on_both_engines![
        a_halted_queue_waits_for_a_person_and_for_nothing_else,
        what_a_worker_says_twice_is_fine,
        a_postponed_job_lets_others_pass_and_keeps_its_attempts,
        a_dead_predecessors_jobs_and_pause_are_over_at_once,
        a_clock_that_is_set_back_makes_nothing_last_a_day,
        a_queue_that_takes_changes_says_so,
    ];
    tests.extend([
        test!(a_file_that_is_removed_while_it_is_open_takes_nothing_more),
        test!(a_log_with_changed_bits_is_named_as_such),
        test!(an_empty_file_is_named_as_such),
        test!(a_count_that_cannot_be_is_named_as_damage),
    ]);
    tests.extend(
        [
            test!(a_replica_is_opened_and_takes_no_changes),
            test!(a_redis_without_memory_says_so_and_can_be_halted),
        ]
        .map(|test| needs(Tool::Redis, test)),
    );
    tests
}

fn a_halted_queue_waits_for_a_person_and_for_nothing_else(world: &QueueWorld) {
    let queue = world.queue();
    add(&queue, "one");
    add(&queue, "two");
    let claim = take(&queue);
    queue.halt("job 1 is uncertain").unwrap();
    assert!(queue.claim("w", LONG, SHORT).unwrap().is_none());
    // Work in hand goes on, but brings no new work.
    assert!(queue.complete_and_claim(claim, "", "w", LONG).unwrap().is_none());
    // The pause of a worker, which comes and goes, does not end it.
    queue.pause("off line", LONG).unwrap();
    queue.end_pause().unwrap();
    drop(queue);
    let queue = world.queue();
    queue.declare_dead("").unwrap();
    let reason = queue.paused().unwrap();
    assert_eq!(reason.as_deref(), Some("job 1 is uncertain"));
    assert!(queue.claim("w", LONG, NOW).unwrap().is_none());
    queue.resume().unwrap();
    assert_eq!(queue.paused().unwrap(), None);
    assert_eq!(take(&queue).job.payload, "two");
}

/// Its first word may have been lost on the way back.
fn what_a_worker_says_twice_is_fine(world: &QueueWorld) {
    let queue = world.queue();
    let next = |payload| {
        let id =
            queue.enqueue(NewJob::new(payload).max_attempts(2)).unwrap().id;
        (id, take(&queue))
    };
    let state = |id: &JobId| queue.job(id).unwrap().unwrap().state;
    let (id, claim) = next("uncertain");
    queue.uncertain(claim.clone(), "silence").unwrap();
    queue.uncertain(claim, "silence").unwrap();
    assert_eq!(state(&id), State::Uncertain);
    let (id, claim) = next("buried");
    queue.bury(claim.clone(), "broken").unwrap();
    queue.bury(claim, "broken").unwrap();
    assert_eq!(state(&id), State::Dead);
    let (id, claim) = next("cancelled");
    queue.cancel(&id).unwrap();
    queue.settle_cancelled(claim.clone(), "").unwrap();
    queue.settle_cancelled(claim, "").unwrap();
    assert_eq!(state(&id), State::Cancelled);
    let (id, claim) = next("cancelled before it goes back");
    queue.cancel(&id).unwrap();
    queue.hand_back(claim.clone(), "off line").unwrap();
    queue.hand_back(claim, "off line").unwrap();
    assert_eq!(state(&id), State::Cancelled);

    let (id, claim) = next("handed back");
    queue.hand_back(claim.clone(), "off line").unwrap();
    queue.hand_back(claim, "off line").unwrap();
    assert_eq!(state(&id), State::Waiting);
    let claim = take(&queue);
    assert_eq!((claim.job.id, claim.job.attempts), (id, 1));
    let first = queue.retry(claim.clone(), "jam").unwrap();
    assert_eq!(queue.retry(claim, "jam").unwrap(), first);
    assert!(matches!(first, Retry::At(_)));
    let claim = queue.claim("worker", LONG, LONG).unwrap().unwrap();
    assert_eq!((claim.job.id, claim.job.attempts), (id, 2));
    assert_eq!(queue.retry(claim.clone(), "jam").unwrap(), Retry::Dead);
    assert_eq!(queue.retry(claim, "jam").unwrap(), Retry::Dead);
}

fn a_postponed_job_lets_others_pass_and_keeps_its_attempts(world: &QueueWorld) {
    let queue = world.queue();
    let (one, two) = (add(&queue, "elsewhere"), add(&queue, "here"));
    queue.postpone(take(&queue), "its document is elsewhere", SHORT).unwrap();
    let job = queue.job(&one).unwrap().unwrap();
    assert_eq!((job.state, job.attempts), (State::Waiting, 0));
    assert_eq!(job.reason.as_deref(), Some("its document is elsewhere"));
    assert_eq!(take(&queue).job.id, two);
    let three = add(&queue, "later");
    let claim = queue.claim("w", LONG, LONG).unwrap().unwrap();
    // Whichever was due when this claim came: the postponed one goes first.
    let other = queue.claim("w", LONG, LONG).unwrap().unwrap();
    let mut both = [claim.job.id, other.job.id];
    both.sort();
    assert_eq!(both, [one, three]);
}

fn a_dead_predecessors_jobs_and_pause_are_over_at_once(world: &QueueWorld) {
    let queue = world.queue();
    let (sent, begun) = (add(&queue, "sent"), add(&queue, "begun"));
    let alive = add(&queue, "in another server's hands");
    let of = |worker| queue.claim(worker, LONG, NOW).unwrap().unwrap();
    let claim = of("server a 1");
    queue.point_of_no_return(&claim, "sending").unwrap();
    of("server a 1");
    let other = of("server b 1");
    queue.pause("off line", LONG).unwrap();

    queue.declare_dead("server a").unwrap();
    let state = |id: &JobId| queue.job(id).unwrap().unwrap().state;
    assert_eq!(state(&sent), State::Uncertain);
    assert_eq!(state(&begun), State::Waiting);
    assert_eq!(state(&alive), State::Running);
    assert_eq!(queue.paused().unwrap(), None);
    assert_eq!(of("server a 2").job.id, begun);
    queue.complete(other, "").unwrap();
}

/// As if the clock had been set back by a day since: all that ends at some
/// time ends a day later.
fn a_clock_that_is_set_back_makes_nothing_last_a_day(world: &QueueWorld) {
    let queue = world.queue();
    add(&queue, "leased");
    let job = NewJob::new("retried").first_retry(Duration::from_millis(1));
    queue.enqueue(job).unwrap();
    queue.claim("lost", SHORT, NOW).unwrap().unwrap();
    queue.retry(take(&queue), "jam").unwrap();
    queue.pause("off line", SHORT).unwrap();
    set_clock_back(world);

    let claim = queue.claim("another", LONG, LONG).unwrap();
    let claim = claim.expect("neither lease nor pause last longer than given");
    assert_eq!(claim.job.payload, "leased");
    assert_eq!(queue.paused().unwrap(), None);
    let retried = queue.jobs(1).unwrap().remove(0);
    assert_eq!(retried.payload, "retried");
    assert!(due_within_minutes(world, retried.id), "{retried:?}");
}

fn set_clock_back(world: &QueueWorld) {
    if world.url.starts_with("sqlite") {
        let sql = rusqlite::Connection::open(world.file()).unwrap();
        sql.execute_batch(&format!(
            "UPDATE jobs SET lease_until = lease_until + {DAY}
                WHERE state = 'running';
             UPDATE jobs SET due_at = due_at + {DAY} WHERE state = 'waiting';
             UPDATE lanes SET paused_until = paused_until + {DAY};"
        ))
        .unwrap();
        return;
    }
    let mut redis = connect(&world.url);
    let queue = format!("jobs:{{{}}}", world.name);
    for set in ["leases", "delayed"] {
        let set = format!("{queue}:{set}");
        let members: Vec<String> = redis::cmd("ZRANGE")
            .arg(&set)
            .arg(&[0, -1])
            .query(&mut redis)
            .unwrap();
        for member in members {
            redis::cmd("ZINCRBY")
                .arg(&set)
                .arg(DAY)
                .arg(member)
                .exec(&mut redis)
                .unwrap();
        }
    }
    redis::cmd("HINCRBY")
        .arg(&queue)
        .arg("paused_until")
        .arg(DAY)
        .exec(&mut redis)
        .unwrap();
}

fn due_within_minutes(world: &QueueWorld, id: JobId) -> bool {
    let now = std::time::SystemTime::now();
    let now = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let due: f64 = if world.url.starts_with("sqlite") {
        let sql = rusqlite::Connection::open(world.file()).unwrap();
        sql.query_row("SELECT due_at FROM jobs WHERE id = ?1", [id.0], |row| {
            row.get::<_, i64>(0).map(|due| due as f64)
        })
        .unwrap()
    } else {
        redis::cmd("ZSCORE")
            .arg(format!("jobs:{{{}}}:delayed", world.name))
            .arg(id.0)
            .query(&mut connect(&world.url))
            .unwrap()
    };
    due <= now as f64 + 6.0 * 60_000.0
}

fn a_queue_that_takes_changes_says_so(world: &QueueWorld) {
    let queue = world.queue();
    let version = queue.version().unwrap();
    queue.check().unwrap();
    // Nobody is woken by it.
    assert_eq!(queue.version().unwrap(), version);
}

// ---- SQLite alone ---------------------------------------------------------

fn is_damaged(error: &Error) -> bool {
    matches!(error, Error::Database(database::Error::Damaged { .. }))
}

fn a_file_that_is_removed_while_it_is_open_takes_nothing_more() {
    for file in ["queue.db", "queue.db-wal"] {
        let world = QueueWorld::sqlite();
        let queue = world.queue();
        add(&queue, "work");
        fs::remove_file(world.file().with_file_name(file)).unwrap();
        let refused = queue.enqueue(NewJob::new("more")).unwrap_err();
        for error in [refused, queue.check().unwrap_err()] {
            assert!(is_damaged(&error), "{file}: {error}");
            assert!(error.to_string().contains("removed"), "{error}");
        }
    }
}

fn a_log_with_changed_bits_is_named_as_such() {
    let world = QueueWorld::sqlite();
    let queue = world.queue();
    for n in 0..20 {
        add(&queue, &n.to_string());
    }
    // As after kill -9: what a clean end would have put into the file is in
    // the log.
    let copy = QueueWorld::sqlite();
    fs::copy(world.file(), copy.file()).unwrap();
    let log = |world: &QueueWorld| world.file().with_file_name("queue.db-wal");
    let mut bytes = fs::read(log(&world)).unwrap();
    for bit in 0..50 {
        let place = 100 + bit * (bytes.len() - 200) / 50;
        bytes[place] ^= 1 << (bit % 8);
    }
    fs::write(log(&copy), bytes).unwrap();
    let error = copy.open().err().expect("its jobs are lost");
    assert!(is_damaged(&error), "{error}");
    assert!(error.to_string().contains("set-aside"), "{error}");
}

fn an_empty_file_is_named_as_such() {
    let world = QueueWorld::sqlite();
    fs::write(world.file(), "").unwrap();
    let error = world.open().err().expect("an error");
    assert!(is_damaged(&error), "{error}");
    let aside = job_queue::set_aside(&world.file()).unwrap();
    assert!(aside.exists());
    add(&world.queue(), "a new one");
}

fn a_count_that_cannot_be_is_named_as_damage() {
    let world = QueueWorld::sqlite();
    let queue = world.queue();
    let id = add(&queue, "work");
    let other = rusqlite::Connection::open(world.file()).unwrap();
    other.execute("UPDATE jobs SET attempts = -7", []).unwrap();
    let error = queue.job(&id).unwrap_err();
    assert!(is_damaged(&error), "{error}");
    assert!(error.to_string().contains("queue.db"), "{error}");
}

// ---- Redis alone ----------------------------------------------------------

fn a_replica_is_opened_and_takes_no_changes() {
    let (master, replica) =
        (PrivateRedis::start().unwrap(), PrivateRedis::start().unwrap());
    let queue = open(&replica.url(), "q").unwrap();
    add(&queue, "work");
    queue.check().unwrap();
    let port = master.url().rsplit_once(':').unwrap().1.to_owned();
    let port = port.trim_end_matches("/0").to_owned();
    let follow = |arguments: &[&str]| {
        redis::cmd("REPLICAOF")
            .arg(arguments)
            .exec(&mut connect(&replica.url()))
            .unwrap();
    };
    follow(&["127.0.0.1", &port]);
    let open_now = open(&replica.url(), "q").unwrap();
    for queue in [&queue, &open_now] {
        let error = queue.check().unwrap_err();
        assert!(error.to_string().contains("replica"), "{error}");
        assert!(error.to_string().contains("master"), "{error}");
    }
    follow(&["NO", "ONE"]);
    queue.check().unwrap();
}

fn a_redis_without_memory_says_so_and_can_be_halted() {
    let redis = PrivateRedis::start().unwrap();
    let queue = open(&redis.url(), "q").unwrap();
    add(&queue, "work");
    let claim = take(&queue);
    redis::cmd("CONFIG")
        .arg(&["SET", "maxmemory", "1"])
        .exec(&mut connect(&redis.url()))
        .unwrap();
    let error = queue.check().unwrap_err();
    assert!(matches!(error, Error::Full { .. }), "{error}");
    assert!(error.to_string().contains("memory of Redis"), "{error}");
    queue.declare_dead("nobody").unwrap();
    queue.halt("silence").unwrap();
    queue.uncertain(claim, "silence").unwrap();
    assert_eq!(queue.paused().unwrap().as_deref(), Some("silence"));
}

// ---- Helpers --------------------------------------------------------------

fn connect(url: &str) -> redis::Connection {
    redis::Client::open(url).unwrap().get_connection().unwrap()
}

fn add(queue: &Arc<dyn Queue>, payload: &str) -> JobId {
    queue.enqueue(NewJob::new(payload)).expect("it is queued").id
}

/// The job that is due now.
fn take(queue: &Arc<dyn Queue>) -> Claim {
    queue.claim("worker", LONG, NOW).unwrap().expect("a job is due")
}
