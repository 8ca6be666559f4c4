//! What the lanes of a job queue promise, tried on both engines: each is a line
//! of its own in the same queue, and one worker serves it at a time.

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use harness::{QueueWorld, Test, Tool, needs, on_both_engines, suite, test};
use job_queue::{
    Claim, Error, Job, JobId, NewJob, Priority, Queue, State, open,
};
use private_redis::PrivateRedis;

/// A lease that runs out while a test waits for it.
const SHORT: Duration = Duration::from_millis(150);
/// A lease or a wait that only a failing test sees the end of.
const LONG: Duration = Duration::from_secs(30);
/// Enough to be woken in, and far from `LONG`.
const SOON: Duration = Duration::from_secs(10);
const NOW: Duration = Duration::ZERO;

fn main() -> ExitCode {
    let code = suite(tests());
    QueueWorld::end_redis();
    code
}

fn tests() -> Vec<Test> {
    let mut tests = on_both_engines![
        each_lane_is_a_line_of_its_own,
        all_lanes_are_one_queue,
        a_lane_is_served_by_one_worker_at_a_time,
        the_next_worker_is_woken_when_a_lane_is_free,
        another_worker_takes_over_when_the_lease_is_over,
        the_same_worker_may_hold_two_jobs_of_a_lane,
        workers_on_many_machines_never_meet_in_a_lane,
        a_lane_that_stands_still_stops_no_other,
        a_dead_predecessor_pauses_no_lane,
        a_moved_job_is_the_last_of_its_new_lane,
        a_moved_job_wakes_the_worker_of_its_new_lane,
        a_job_that_waits_for_a_retry_is_due_at_once_in_its_new_lane,
        a_delayed_job_stays_delayed_in_its_new_lane,
        a_held_job_is_released_into_its_new_lane,
        an_uncertain_job_is_sent_again_in_its_new_lane,
        what_is_done_or_in_a_workers_hands_is_not_moved,
        a_milestone_tells_the_lane_of_its_run,
        any_text_names_a_lane,
    ];
    tests.push(needs(Tool::Redis, test!(a_job_without_a_lane_is_in_the_line)));
    tests
}

// ---- Lines ----------------------------------------------------------------

fn each_lane_is_a_line_of_its_own(world: &QueueWorld) {
    let queue = world.queue();
    let (left, right) = (queue.lane("left"), queue.lane("right"));
    add(&left, "1");
    add(&right, "2");
    add(&queue, "3");
    add(&left, "4");
    left.enqueue(NewJob::new("5").priority(Priority::High)).unwrap();
    assert_eq!(in_order(&left), ["5", "1", "4"]);
    assert_eq!(in_order(&right), ["2"]);
    assert_eq!(in_order(&queue), ["3"]);
    // A lane of a lane is one of the same queue.
    add(&left.lane("right"), "6");
    add(&left.lane(""), "7");
    assert_eq!(in_order(&world.queue().lane("right")), ["6"]);
    assert_eq!(in_order(&queue), ["7"]);
}

fn all_lanes_are_one_queue(world: &QueueWorld) {
    let queue = world.queue();
    let left = queue.lane("left");
    let seen = queue.version().unwrap();
    let first = left.enqueue(NewJob::new("1").key("k")).unwrap().id;
    assert_ne!(queue.version().unwrap(), seen);
    let second = add(&queue, "2");
    assert!(second > first);
    let again = queue.enqueue(NewJob::new("1").key("k")).unwrap();
    assert_eq!((again.id, again.fresh), (first, false));
    for handle in [&queue, &left, &queue.lane("right")] {
        let lanes = |jobs: Vec<Job>| -> Vec<String> {
            jobs.into_iter().map(|job| job.lane).collect()
        };
        assert_eq!(lanes(handle.jobs(9).unwrap()), ["", "left"]);
        assert_eq!(lanes(handle.pending().unwrap()), ["", "left"]);
        assert_eq!(job(handle, first).lane, "left");
    }
    queue.lane("right").cancel(&first).unwrap();
    assert_eq!(job(&left, first).state, State::Cancelled);
    left.resend(&first).unwrap();
    assert_eq!(in_order(&left), ["1"]);
    assert_eq!(queue.forget_finished(NOW).unwrap(), 1);
}

// ---- One worker at a time -------------------------------------------------

fn a_lane_is_served_by_one_worker_at_a_time(world: &QueueWorld) {
    // Two machines: nothing is shared but the engine.
    let (ours, theirs) = (world.queue(), world.queue());
    let (left, same) = (ours.lane("left"), theirs.lane("left"));
    for payload in ["1", "2", "3"] {
        add(&left, payload);
        add(&ours, payload);
        add(&ours.lane("right"), payload);
    }
    let claim = claim(&left, "ours").expect("the first job");
    assert!(claim_in_time(&same, "theirs", SHORT).is_none());
    // The other lanes are free, and the queue's own line is everybody's.
    assert!(self::claim(&theirs.lane("right"), "theirs").is_some());
    assert!(self::claim(&theirs, "theirs").is_some());
    assert!(self::claim(&ours, "ours").is_some());
    // To finish and go on is one step: nobody comes between.
    let next = left.complete_and_claim(claim, "", "ours", LONG).unwrap();
    let next = next.expect("the second job");
    assert_eq!(next.job.payload, "2");
    assert!(self::claim(&same, "theirs").is_none());
    left.hand_back(next, "off line").unwrap();
    let next = self::claim(&same, "theirs").expect("the lane is free");
    assert_eq!(next.job.payload, "2");
    assert!(self::claim(&left, "ours").is_none());
}

fn the_next_worker_is_woken_when_a_lane_is_free(world: &QueueWorld) {
    type End = fn(&Arc<dyn Queue>, Claim);
    let ends: [End; 4] = [
        |queue, claim| queue.complete(claim, "").unwrap(),
        |queue, claim| queue.bury(claim, "broken").unwrap(),
        |queue, claim| {
            queue.retry(claim, "jam").unwrap();
        },
        |queue, claim| queue.uncertain(claim, "silence").unwrap(),
    ];
    for end in ends {
        let (ours, theirs) = (world.queue(), world.queue());
        let (left, same) = (ours.lane("left"), theirs.lane("left"));
        left.enqueue(NewJob::new("1").first_retry(LONG)).unwrap();
        let claim = claim(&left, "ours").expect("the first job");
        add(&left, "2");
        woken(&same, || end(&left, claim));
    }
}

fn another_worker_takes_over_when_the_lease_is_over(world: &QueueWorld) {
    let left = world.queue().lane("left");
    let (sent, next) = (add(&left, "sent"), add(&left, "next"));
    let lost = left.claim("lost", SHORT, NOW).unwrap().unwrap();
    left.point_of_no_return(&lost, "page 1").unwrap();
    let start = Instant::now();
    let claim = claim_in_time(&left, "another", LONG).expect("the next job");
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    assert_eq!(claim.job.id, next);
    assert_eq!(job(&left, sent).state, State::Uncertain);
    // Nothing that the late worker says counts.
    assert!(matches!(left.renew(&lost, LONG), Err(Error::LeaseLost(_))));
}

/// The answer to its first claim may have been lost on the way.
fn the_same_worker_may_hold_two_jobs_of_a_lane(world: &QueueWorld) {
    let left = world.queue().lane("left");
    add(&left, "1");
    add(&left, "2");
    claim(&left, "ours").expect("the first job");
    assert_eq!(claim(&left, "ours").unwrap().job.payload, "2");
}

fn workers_on_many_machines_never_meet_in_a_lane(world: &QueueWorld) {
    const JOBS: usize = 60;
    let queue = world.queue();
    let lanes = ["left", "right"];
    for lane in lanes {
        let jobs = (0..JOBS).map(|n| NewJob::new(n.to_string())).collect();
        queue.lane(lane).enqueue_all(jobs).unwrap();
    }
    let at_work = [AtomicUsize::new(0), AtomicUsize::new(0)];
    let done = AtomicUsize::new(0);
    thread::scope(|scope| {
        for worker in 0..6 {
            let lane = world.queue().lane(lanes[worker % 2]);
            let (at_work, done) = (&at_work[worker % 2], &done);
            scope.spawn(move || {
                let name = format!("worker {worker}");
                while let Some(claim) = claim_in_time(&lane, &name, SHORT * 4) {
                    let others = at_work.fetch_add(1, Ordering::SeqCst);
                    assert_eq!(others, 0, "{name} is not alone");
                    thread::yield_now();
                    at_work.fetch_sub(1, Ordering::SeqCst);
                    lane.complete(claim, "").unwrap();
                    done.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    assert_eq!(done.load(Ordering::SeqCst), JOBS * lanes.len());
}

// ---- Lanes that stand still -----------------------------------------------

fn a_lane_that_stands_still_stops_no_other(world: &QueueWorld) {
    let queue = world.queue();
    let (left, right) = (queue.lane("left"), queue.lane("right"));
    for lane in [&left, &right, &queue] {
        add(lane, "work");
    }
    left.pause("no paper", LONG).unwrap();
    right.halt("job 7 is uncertain").unwrap();
    let why = |lane: &Arc<dyn Queue>| lane.paused().unwrap();
    assert_eq!(why(&left).as_deref(), Some("no paper"));
    assert_eq!(why(&right).as_deref(), Some("job 7 is uncertain"));
    assert_eq!(why(&queue), None);
    assert_eq!(why(&world.queue().lane("left")).as_deref(), Some("no paper"));
    assert!(claim(&left, "w").is_none() && claim(&right, "w").is_none());
    queue.complete(claim(&queue, "w").expect("it goes on"), "").unwrap();

    // The end of one standstill is the end of no other.
    queue.resume().unwrap();
    assert!(claim(&left, "w").is_none() && claim(&right, "w").is_none());
    woken(&left, || left.end_pause().unwrap());
    assert!(claim(&right, "w").is_none());
    woken(&right, || right.resume().unwrap());
    queue.halt("the whole line").unwrap();
    add(&queue, "work");
    add(&left, "more");
    assert!(claim(&queue, "w").is_none());
    assert!(claim(&left, "w").is_some());
}

fn a_dead_predecessor_pauses_no_lane(world: &QueueWorld) {
    let queue = world.queue();
    let left = queue.lane("left");
    add(&left, "1");
    add(&left, "2");
    claim(&left, "server a 1").expect("the first job");
    left.pause("off line", LONG).unwrap();
    queue.lane("right").pause("off line", LONG).unwrap();
    let mine = left.lane("left");
    woken_as("server a 2", &mine, || queue.declare_dead("server a").unwrap());
    assert_eq!(queue.lane("right").paused().unwrap(), None);
}

// ---- Moving ---------------------------------------------------------------

fn a_moved_job_is_the_last_of_its_new_lane(world: &QueueWorld) {
    let queue = world.queue();
    let (left, right) = (queue.lane("left"), queue.lane("right"));
    let (first, second) = (add(&left, "1"), add(&left, "2"));
    add(&left, "3");
    add(&right, "4");
    left.move_to(&first, "right").unwrap();
    // A job that is there keeps its place: to say it twice is fine.
    add(&right, "5");
    left.move_to(&first, "right").unwrap();
    assert_eq!(job(&queue, first).lane, "right");
    right.move_to(&second, "").unwrap();
    assert_eq!(in_order(&left), ["3"]);
    assert_eq!(in_order(&right), ["4", "1", "5"]);
    assert_eq!(in_order(&queue), ["2"]);
}

fn a_moved_job_wakes_the_worker_of_its_new_lane(world: &QueueWorld) {
    let queue = world.queue();
    let id = add(&queue, "of an older server");
    let lane = world.queue().lane("left");
    woken(&lane, || queue.move_to(&id, "left").unwrap());
}

fn a_job_that_waits_for_a_retry_is_due_at_once_in_its_new_lane(
    world: &QueueWorld,
) {
    let queue = world.queue();
    let (left, right) = (queue.lane("left"), queue.lane("right"));
    let retried = NewJob::new("retried").first_retry(LONG);
    let retried = left.enqueue(retried).unwrap().id;
    let postponed = add(&left, "postponed");
    left.retry(claim(&left, "w").unwrap(), "jam").unwrap();
    left.postpone(claim(&left, "w").unwrap(), "off line", LONG).unwrap();
    add(&right, "there before");
    for id in [retried, postponed] {
        left.move_to(&id, "right").unwrap();
    }
    assert_eq!(job(&right, retried).reason.as_deref(), Some("jam"));
    let claim = claim(&right, "w").unwrap();
    assert_eq!(claim.job.payload, "there before");
    right.complete(claim, "").unwrap();
    let claim = self::claim(&right, "w").unwrap();
    // One attempt is behind it, wherever that was.
    assert_eq!((claim.job.id, claim.job.attempts), (retried, 2));
    right.complete(claim, "").unwrap();
    let claim = self::claim(&right, "w").unwrap();
    assert_eq!((claim.job.id, claim.job.attempts), (postponed, 1));
}

fn a_delayed_job_stays_delayed_in_its_new_lane(world: &QueueWorld) {
    let queue = world.queue();
    let (left, right) = (queue.lane("left"), queue.lane("right"));
    let late = left.enqueue(NewJob::new("late").delay(LONG)).unwrap().id;
    let soon = left.enqueue(NewJob::new("soon").delay(SHORT)).unwrap().id;
    left.move_to(&late, "right").unwrap();
    left.move_to(&soon, "right").unwrap();
    assert_eq!(claim_in_time(&right, "w", LONG).unwrap().job.id, soon);
    assert_eq!(job(&queue, late).state, State::Waiting);
    assert!(claim(&right, "w").is_none());
}

fn a_held_job_is_released_into_its_new_lane(world: &QueueWorld) {
    let queue = world.queue();
    let (left, right) = (queue.lane("left"), queue.lane("right"));
    let secret = left.enqueue(NewJob::new("secret").held()).unwrap().id;
    let stopped = add(&left, "stopped");
    left.hold(&stopped).unwrap();
    for id in [stopped, secret] {
        left.move_to(&id, "right").unwrap();
        assert_eq!(job(&queue, id).state, State::Held);
    }
    assert!(claim(&right, "w").is_none());
    queue.release(&secret).unwrap();
    queue.release(&stopped).unwrap();
    assert_eq!(in_order(&right), ["secret", "stopped"]);
    assert!(claim(&left, "w").is_none());
}

fn an_uncertain_job_is_sent_again_in_its_new_lane(world: &QueueWorld) {
    let queue = world.queue();
    let (left, right) = (queue.lane("left"), queue.lane("right"));
    let id = add(&left, "work");
    let claim = claim(&left, "w").unwrap();
    left.point_of_no_return(&claim, "page 1").unwrap();
    left.uncertain(claim, "silence").unwrap();
    left.move_to(&id, "right").unwrap();
    let moved = job(&queue, id);
    assert_eq!((moved.state, &*moved.lane), (State::Uncertain, "right"));
    assert!(self::claim(&right, "w").is_none());
    queue.resend(&id).unwrap();
    assert!(self::claim(&left, "w").is_none());
    assert_eq!(self::claim(&right, "w").unwrap().job.id, id);
}

fn what_is_done_or_in_a_workers_hands_is_not_moved(world: &QueueWorld) {
    let left = world.queue().lane("left");
    let id = add(&left, "work");
    let claim = claim(&left, "w").unwrap();
    let refused = |wanted: State| {
        let error = left.move_to(&id, "right").unwrap_err();
        assert!(
            matches!(error, Error::NotPossible { state, what: "move", .. }
                if state == wanted),
            "{error}"
        );
        assert_eq!(job(&left, id).lane, "left");
    };
    refused(State::Running);
    left.complete(claim, "").unwrap();
    refused(State::Done);
    let error = left.move_to(&JobId(1 << 40), "right").unwrap_err();
    assert!(matches!(error, Error::NoSuchJob(_)), "{error}");
}

fn a_milestone_tells_the_lane_of_its_run(world: &QueueWorld) {
    let queue = world.queue();
    let left = queue.lane("left");
    let id = left.enqueue(NewJob::new("work").outbox("ledger")).unwrap().id;
    left.bury(claim(&left, "w").unwrap(), "broken").unwrap();
    queue.move_to(&id, "right").unwrap();
    queue.resend(&id).unwrap();
    let right = queue.lane("right");
    right.complete(claim(&right, "w").unwrap(), "").unwrap();
    let kept = queue.outbox("ledger", 9).unwrap();
    let told: Vec<(State, &str)> =
        kept.iter().map(|one| (one.job.state, &*one.job.lane)).collect();
    let expected = [
        (State::Waiting, "left"),
        (State::Dead, "left"),
        (State::Waiting, "right"),
        (State::Done, "right"),
    ];
    assert_eq!(told, expected);
}

fn any_text_names_a_lane(world: &QueueWorld) {
    let queue = world.queue();
    let names = ["0", "work", "a:b", "a", "b:0", " ", "Büro 3", "'; --", "\0"];
    for name in names {
        add(&queue.lane(name), name);
    }
    for name in names {
        let lane = world.queue().lane(name);
        assert_eq!(in_order(&lane), [name]);
        lane.halt(name).unwrap();
    }
    assert_eq!(queue.paused().unwrap(), None);
    assert!(claim(&queue, "w").is_none());
}

/// As a print server of before kept it.
fn a_job_without_a_lane_is_in_the_line() {
    let redis = PrivateRedis::start().unwrap();
    let queue = open(&redis.url(), "q").unwrap();
    let id = add(&queue, "work");
    let client = redis::Client::open(redis.url()).unwrap();
    redis::cmd("HDEL")
        .arg(&[&format!("jobs:{{q}}:job:{id}"), "lane"])
        .exec(&mut client.get_connection().unwrap())
        .unwrap();
    assert_eq!(job(&queue, id).lane, "");
    queue.move_to(&id, "left").unwrap();
    assert_eq!(in_order(&queue.lane("left")), ["work"]);
}

// ---- Helpers --------------------------------------------------------------

fn add(queue: &Arc<dyn Queue>, payload: &str) -> JobId {
    queue.enqueue(NewJob::new(payload)).expect("it is queued").id
}

fn job(queue: &Arc<dyn Queue>, id: JobId) -> Job {
    queue.job(&id).unwrap().expect("the job is there")
}

/// The job that is due now.
fn claim(queue: &Arc<dyn Queue>, worker: &str) -> Option<Claim> {
    claim_in_time(queue, worker, NOW)
}

fn claim_in_time(
    queue: &Arc<dyn Queue>,
    worker: &str,
    wait: Duration,
) -> Option<Claim> {
    queue.claim(worker, LONG, wait).expect("the queue answers")
}

/// Does all that is due in this lane, and returns the payloads.
fn in_order(queue: &Arc<dyn Queue>) -> Vec<String> {
    let mut done = Vec::new();
    while let Some(claim) = claim(queue, "w") {
        done.push(claim.job.payload.clone());
        queue.complete(claim, "").unwrap();
    }
    done
}

/// Makes sure that a claim that finds nothing gets its job because of `wake`.
fn woken(queue: &Arc<dyn Queue>, wake: impl FnOnce()) {
    woken_as("woken", queue, wake);
}

fn woken_as(worker: &str, queue: &Arc<dyn Queue>, wake: impl FnOnce()) {
    let (sender, ready) = mpsc::channel();
    let (worker, lane) = (worker.to_owned(), Arc::clone(queue));
    let claiming = thread::spawn(move || {
        assert!(claim(&lane, &worker).is_none(), "nothing is due yet");
        sender.send(()).unwrap();
        let start = Instant::now();
        let claim = claim_in_time(&lane, &worker, LONG);
        assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
        lane.complete(claim.expect("a job comes"), "").unwrap();
    });
    ready.recv().unwrap();
    wake();
    claiming.join().unwrap();
}
