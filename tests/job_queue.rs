//! What the job queue promises, tried on both engines: each test that takes a
//! `World` runs once on SQLite and once on Redis.
//!
//! A worker that is killed must be a process. This program is its own worker:
//! it starts itself with the words `worker ROLE URL QUEUE`.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use harness::{
    QueueWorld as World, Test, Tool, needs, on_both_engines, suite, test,
};
use job_queue::{
    Claim, Error, JobId, LARGEST_PAYLOAD, Milestone, NewJob, Priority, Queue,
    Retry, Signal, State, open,
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
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, mode, role, url, queue] = arguments.as_slice()
        && mode == "worker"
    {
        work(role, url, queue);
        return ExitCode::SUCCESS;
    }
    let code = suite(tests());
    World::end_redis();
    code
}

fn tests() -> Vec<Test> {
    let mut tests = on_both_engines![
        first_in_is_first_out,
        a_higher_priority_goes_first,
        a_delayed_job_comes_when_it_is_due_and_not_before,
        delayed_jobs_line_up_in_the_order_in_which_they_fall_due,
        a_held_job_waits_for_its_release,
        a_waiting_job_is_taken_out_of_the_line_until_its_release,
        a_reserved_number_is_that_of_one_job,
        what_has_come_to_an_end_is_not_pending,
        a_blocked_claim_wakes_for_a_new_job,
        a_blocked_claim_in_another_process_wakes_for_a_new_job,
        a_claim_without_work_ends_with_its_wait,
        a_job_whose_lease_ran_out_goes_to_another_worker,
        a_renewed_lease_holds,
        a_renewal_never_shortens_a_lease,
        a_killed_workers_job_goes_to_another_worker,
        a_worker_killed_past_the_point_of_no_return_leaves_it_uncertain,
        two_processes_never_get_the_same_job,
        every_crash_counts_as_one_attempt,
        the_pause_between_attempts_grows,
        the_pause_between_attempts_is_bounded,
        a_retried_job_keeps_its_place,
        a_job_out_of_attempts_is_a_dead_letter_that_can_be_sent_again,
        a_buried_job_keeps_its_reason,
        an_uncertain_job_waits_for_a_person,
        the_same_key_is_the_same_job,
        the_same_key_for_another_job_is_refused,
        a_batch_is_queued_whole_or_not_at_all,
        a_job_that_nobody_holds_is_cancelled_at_once,
        a_worker_hears_that_its_job_is_cancelled,
        nothing_is_retried_that_somebody_cancelled,
        a_cancelled_job_of_a_lost_worker_is_cancelled,
        a_finished_job_cannot_be_cancelled,
        nobody_claims_while_the_queue_is_paused,
        resuming_wakes_a_blocked_claim,
        the_end_of_a_pause_wakes_a_blocked_claim,
        a_job_handed_back_keeps_its_place_and_its_attempts,
        a_stale_worker_changes_nothing,
        completing_twice_is_fine,
        completing_and_claiming_is_one_step,
        progress_is_seen_by_another_process,
        a_change_is_waited_for_and_not_longer,
        finished_jobs_are_forgotten_when_they_are_old,
        a_milestone_is_kept_with_each_end_of_a_job_until_it_is_taken_over,
        the_milestones_of_a_job_that_is_sent_again_belong_to_two_runs,
        a_lost_worker_leaves_a_milestone_with_the_pages_of_its_own_run,
        a_job_is_not_forgotten_before_its_milestones_are_taken_over,
        an_uncertain_job_is_done_when_a_person_says_so,
        the_newest_jobs_are_listed_first,
        a_job_as_json_has_lower_case_words_and_unix_times,
        the_largest_payload_is_64_kib,
        any_text_is_a_payload,
        queues_of_one_engine_do_not_mix,
        the_queue_survives_being_opened_again,
        each_of_many_jobs_is_done_exactly_once,
    ];
    tests.extend([
        test!(a_file_of_garbage_is_named_as_such),
        test!(a_truncated_file_is_named_as_such),
        test!(another_programs_database_is_left_alone),
        test!(bytes_that_are_not_text_are_an_error_in_sqlite),
        test!(a_process_killed_while_writing_loses_nothing_it_was_promised),
        test!(many_processes_may_make_the_file_at_once),
        test!(a_url_or_a_name_that_is_none_is_refused),
        test!(a_queue_in_memory_is_refused),
        test!(a_redis_that_is_not_there_is_an_error),
    ]);
    tests.extend(
        [
            test!(redis_killed_and_started_again_loses_nothing),
            test!(a_redis_without_append_only_file_is_warned_about),
            test!(a_redis_that_forgot_everything_wakes_whoever_waited),
            test!(a_full_redis_takes_no_job_more_and_loses_none),
            test!(streams_count_deliveries_as_we_count_attempts),
            test!(bytes_that_are_not_text_are_an_error_in_redis),
            test!(a_settled_job_leaves_nothing_in_the_streams),
        ]
        .map(|test| needs(Tool::Redis, test)),
    );
    tests
}

// ---- Order ----------------------------------------------------------------

fn first_in_is_first_out(world: &World) {
    let queue = world.queue();
    for n in 0..12 {
        add(&queue, &n.to_string());
    }
    for n in 0..12 {
        let claim = take(&queue);
        assert_eq!(claim.job.payload, n.to_string());
        queue.complete(claim, "").unwrap();
    }
    assert!(queue.claim("w", LONG, NOW).unwrap().is_none());
}

fn a_higher_priority_goes_first(world: &World) {
    let queue = world.queue();
    for (payload, priority) in [
        ("low", Priority::Low),
        ("normal", Priority::Normal),
        ("high 1", Priority::High),
        ("high 2", Priority::High),
    ] {
        queue.enqueue(NewJob::new(payload).priority(priority)).unwrap();
    }
    let order: Vec<_> = (0..4).map(|_| take(&queue).job.payload).collect();
    assert_eq!(order, ["high 1", "high 2", "normal", "low"]);
}

fn a_delayed_job_comes_when_it_is_due_and_not_before(world: &World) {
    let queue = world.queue();
    let delay = Duration::from_millis(300);
    let start = Instant::now();
    queue.enqueue(NewJob::new("later").delay(delay)).unwrap();
    add(&queue, "now");
    assert_eq!(take(&queue).job.payload, "now");
    assert!(queue.claim("w", LONG, NOW).unwrap().is_none());
    let claim = queue.claim("w", LONG, LONG).unwrap().expect("it falls due");
    // Unix milliseconds are cut off: up to one may be missing.
    assert!(start.elapsed() + Duration::from_millis(2) >= delay);
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    assert_eq!(claim.job.payload, "later");
}

fn delayed_jobs_line_up_in_the_order_in_which_they_fall_due(world: &World) {
    let queue = world.queue();
    for delay in [60, 20, 40] {
        let job = NewJob::new(delay.to_string());
        queue.enqueue(job.delay(Duration::from_millis(delay))).unwrap();
    }
    let next = || queue.claim("w", LONG, LONG).unwrap().unwrap().job.payload;
    assert_eq!([next(), next(), next()], ["20", "40", "60"]);
}

fn a_held_job_waits_for_its_release(world: &World) {
    let queue = world.queue();
    let id = queue.enqueue(NewJob::new("held").held()).unwrap().id;
    add(&queue, "first");
    assert_eq!(state(&queue, id), State::Held);
    queue.release(&id).unwrap();
    assert_eq!(take(&queue).job.payload, "first");
    assert_eq!(take(&queue).job.id, id);
    assert!(matches!(
        queue.release(&id),
        Err(Error::NotPossible { state: State::Running, .. })
    ));
    assert!(matches!(
        queue.release(&JobId(u64::MAX)),
        Err(Error::NoSuchJob(_))
    ));
}

fn a_waiting_job_is_taken_out_of_the_line_until_its_release(world: &World) {
    let queue = world.queue();
    let id = add(&queue, "kept back");
    add(&queue, "second");
    add(&queue, "third");
    queue.hold(&id).unwrap();
    assert_eq!(state(&queue, id), State::Held);
    assert!(matches!(
        queue.hold(&id),
        Err(Error::NotPossible { state: State::Held, .. })
    ));
    assert_eq!(take(&queue).job.payload, "second");
    queue.release(&id).unwrap();
    // It has the last place now.
    assert_eq!(take(&queue).job.payload, "third");
    assert_eq!(take(&queue).job.id, id);
    assert!(matches!(queue.hold(&JobId(u64::MAX)), Err(Error::NoSuchJob(_))));
}

fn what_has_come_to_an_end_is_not_pending(world: &World) {
    let queue = world.queue();
    let done = add(&queue, "done");
    queue.complete(take(&queue), "").unwrap();
    let cancelled = add(&queue, "cancelled");
    queue.cancel(&cancelled).unwrap();
    let running = add(&queue, "running");
    let claim = take(&queue);
    let held = queue.enqueue(NewJob::new("held").held()).unwrap().id;
    let waiting = add(&queue, "waiting");

    let pending = queue.pending().unwrap();
    let ids: Vec<JobId> = pending.iter().map(|job| job.id).collect();
    assert_eq!(ids, [waiting, held, running]);
    assert_eq!(queue.jobs(usize::MAX).unwrap().len(), 5);
    queue.uncertain(claim, "who knows").unwrap();
    assert_eq!(queue.pending().unwrap().len(), 2);
    assert_eq!(queue.job(&done).unwrap().map(|job| job.id), Some(done));
}

fn a_reserved_number_is_that_of_one_job(world: &World) {
    let queue = world.queue();
    let reserved = queue.reserve().unwrap();
    let unused = queue.reserve().unwrap();
    let other = add(&queue, "other");
    assert!(reserved < unused && unused < other);
    assert!(queue.job(&reserved).unwrap().is_none());
    let job = NewJob::new("came later").reserved(reserved);
    assert_eq!(queue.enqueue(job).unwrap().id, reserved);
    assert_eq!(take(&queue).job.payload, "other");
    assert_eq!(take(&queue).job.id, reserved);
    assert!(add(&queue, "after") > other);
}

// ---- Waiting --------------------------------------------------------------

fn a_blocked_claim_wakes_for_a_new_job(world: &World) {
    let queue = world.queue();
    woken(&queue, || add(&queue, "work"));
}

fn a_blocked_claim_in_another_process_wakes_for_a_new_job(world: &World) {
    let queue = world.queue();
    let mut worker = Worker::start(world, "hang");
    worker.expect("ready");
    let_it_block();
    let start = Instant::now();
    let id = add(&queue, "work");
    worker.expect(&format!("claimed {id}"));
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
}

fn a_claim_without_work_ends_with_its_wait(world: &World) {
    let queue = world.queue();
    let start = Instant::now();
    assert!(queue.claim("w", LONG, SHORT).unwrap().is_none());
    assert!(start.elapsed() >= SHORT);
    assert!(start.elapsed() < SOON);
}

// ---- Leases ---------------------------------------------------------------

fn a_job_whose_lease_ran_out_goes_to_another_worker(world: &World) {
    let queue = world.queue();
    let id = add(&queue, "work");
    let lost = queue.claim("first", SHORT, NOW).unwrap().unwrap();
    let start = Instant::now();
    let found = queue.claim("second", LONG, LONG).unwrap().unwrap();
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    assert_eq!((found.job.id, lost.job.id), (id, id));
    assert_eq!(found.job.worker.as_deref(), Some("second"));
}

fn a_renewed_lease_holds(world: &World) {
    let queue = world.queue();
    add(&queue, "work");
    let claim = queue.claim("first", SHORT, NOW).unwrap().unwrap();
    assert_eq!(queue.renew(&claim, LONG).unwrap(), Signal::Continue);
    let other = queue.claim("second", LONG, SHORT * 2).unwrap();
    assert!(other.is_none(), "the job was given to a second worker");
    queue.complete(claim, "").unwrap();
}

fn a_renewal_never_shortens_a_lease(world: &World) {
    let queue = world.queue();
    add(&queue, "work");
    let claim = take(&queue);
    queue.renew(&claim, NOW).unwrap();
    assert!(queue.claim("second", LONG, NOW).unwrap().is_none());
    queue.complete(claim, "").unwrap();
}

fn a_killed_workers_job_goes_to_another_worker(world: &World) {
    let queue = world.queue();
    let id = add(&queue, "work");
    let mut worker = Worker::start(world, "hang");
    worker.expect(&format!("claimed {id}"));
    worker.kill();
    let claim = queue.claim("another", LONG, LONG).unwrap().unwrap();
    assert_eq!((claim.job.id, claim.job.attempts), (id, 2));
    queue.complete(claim, "").unwrap();
    assert_eq!(state(&queue, id), State::Done);
}

fn a_worker_killed_past_the_point_of_no_return_leaves_it_uncertain(
    world: &World,
) {
    let queue = world.queue();
    let id = add(&queue, "work");
    let mut worker = Worker::start(world, "no-return");
    worker.expect(&format!("claimed {id}"));
    worker.kill();
    // Nobody gets it; this claim only notices that the lease is over.
    let version = queue.version().unwrap();
    assert!(queue.claim("another", LONG, SHORT * 3).unwrap().is_none());
    assert!(queue.version().unwrap() > version);
    let job = queue.job(&id).unwrap().unwrap();
    assert_eq!(job.state, State::Uncertain);
    assert_eq!(job.progress.as_deref(), Some("sending"));
    assert!(job.no_return);
    let reason = job.reason.expect("a reason");
    assert!(reason.contains("was lost"), "{reason}");
}

fn two_processes_never_get_the_same_job(world: &World) {
    const JOBS: usize = 200;
    let queue = world.queue();
    let all: BTreeSet<u64> =
        (0..JOBS).map(|n| add(&queue, &n.to_string()).0).collect();
    let workers = [(); 2].map(|()| Worker::start(world, "drain"));
    let done: Vec<u64> = workers
        .into_iter()
        .flat_map(Worker::rest)
        .filter_map(|line| line.strip_prefix("done ")?.parse().ok())
        .collect();
    assert_eq!(done.len(), JOBS, "some were done twice, or not at all");
    assert_eq!(done.into_iter().collect::<BTreeSet<_>>(), all);
}

// ---- Attempts -------------------------------------------------------------

fn every_crash_counts_as_one_attempt(world: &World) {
    let queue = world.queue();
    let job = NewJob::new("poison").max_attempts(3);
    let id = queue.enqueue(job).unwrap().id;
    for attempt in 1..=3 {
        let claim = queue.claim("w", SHORT, LONG).unwrap().unwrap();
        assert_eq!((claim.job.id, claim.job.attempts), (id, attempt));
    }
    // After the third lease there is nothing to claim any more.
    assert!(queue.claim("w", LONG, SHORT * 3).unwrap().is_none());
    let job = queue.job(&id).unwrap().unwrap();
    assert_eq!((job.state, job.attempts), (State::Dead, 3));
    assert!(job.reason.unwrap().contains("worker w was lost"));
}

fn the_pause_between_attempts_grows(world: &World) {
    let queue = world.queue();
    let first = Duration::from_millis(40);
    let job = NewJob::new("work").max_attempts(4).first_retry(first);
    let id = queue.enqueue(job).unwrap().id;
    for attempt in 1..4 {
        let claim = queue.claim("w", LONG, LONG).unwrap().unwrap();
        let before = SystemTime::now();
        let Retry::At(at) = queue.retry(claim, "jam").unwrap() else {
            panic!("it has attempts left");
        };
        let after = SystemTime::now();
        let whole = first * 2u32.pow(attempt - 1);
        let rounding = Duration::from_millis(2);
        assert!(at + rounding >= before + whole / 2, "attempt {attempt}");
        assert!(at <= after + whole + rounding, "attempt {attempt}");
        let job = queue.job(&id).unwrap().unwrap();
        assert_eq!(job.state, State::Waiting);
        assert_eq!(job.reason.as_deref(), Some("jam"));
    }
    let claim = queue.claim("w", LONG, LONG).unwrap().unwrap();
    assert_eq!(claim.job.reason, None);
    assert_eq!(queue.retry(claim, "jam").unwrap(), Retry::Dead);
}

fn the_pause_between_attempts_is_bounded(world: &World) {
    let queue = world.queue();
    let job = NewJob::new("work").first_retry(Duration::from_secs(1 << 40));
    queue.enqueue(job).unwrap();
    let retry = queue.retry(take(&queue), "jam").unwrap();
    let Retry::At(at) = retry else { panic!("it has attempts left") };
    let pause = at.duration_since(SystemTime::now()).unwrap();
    assert!(pause <= Duration::from_secs(300), "{pause:?}");
    assert!(pause >= Duration::from_secs(140), "{pause:?}");
}

fn a_retried_job_keeps_its_place(world: &World) {
    let queue = world.queue();
    let job = NewJob::new("first").first_retry(Duration::from_millis(20));
    queue.enqueue(job).unwrap();
    add(&queue, "second");
    let Retry::At(due) = queue.retry(take(&queue), "jam").unwrap() else {
        panic!("it has attempts left");
    };
    queue.hand_back(take(&queue), "let the first one pass").unwrap();
    wait_until(due);
    assert_eq!(take(&queue).job.payload, "first");
    assert_eq!(take(&queue).job.payload, "second");
}

fn a_job_out_of_attempts_is_a_dead_letter_that_can_be_sent_again(
    world: &World,
) {
    let queue = world.queue();
    let id = queue.enqueue(NewJob::new("x").max_attempts(1)).unwrap().id;
    assert_eq!(queue.retry(take(&queue), "no toner").unwrap(), Retry::Dead);
    let dead = queue.job(&id).unwrap().unwrap();
    assert_eq!(dead.state, State::Dead);
    assert_eq!(dead.reason.as_deref(), Some("no toner"));

    add(&queue, "meanwhile");
    queue.resend(&id).unwrap();
    let again = queue.job(&id).unwrap().unwrap();
    assert_eq!((again.state, again.attempts), (State::Waiting, 0));
    assert_eq!(again.reason.as_deref(), Some("no toner"));
    assert_eq!(take(&queue).job.payload, "meanwhile");
    let claim = take(&queue);
    assert_eq!((claim.job.id, claim.job.attempts), (id, 1));
    assert_eq!(claim.job.reason, None);
    assert!(matches!(queue.resend(&id), Err(Error::NotPossible { .. })));
}

fn a_buried_job_keeps_its_reason(world: &World) {
    let queue = world.queue();
    let id = add(&queue, "broken");
    queue.bury(take(&queue), "not a PDF").unwrap();
    let job = queue.job(&id).unwrap().unwrap();
    assert_eq!(job.state, State::Dead);
    assert_eq!(job.reason.as_deref(), Some("not a PDF"));
    assert!(queue.claim("w", LONG, NOW).unwrap().is_none());
}

fn an_uncertain_job_waits_for_a_person(world: &World) {
    let queue = world.queue();
    let id = add(&queue, "work");
    let claim = take(&queue);
    queue.point_of_no_return(&claim, "sending").unwrap();
    queue.uncertain(claim, "the printer went silent").unwrap();
    let job = queue.job(&id).unwrap().unwrap();
    assert_eq!(job.state, State::Uncertain);
    assert_eq!(job.reason.as_deref(), Some("the printer went silent"));
    assert!(queue.claim("w", LONG, NOW).unwrap().is_none());
    queue.resend(&id).unwrap();
    assert!(!take(&queue).job.no_return);
}

// ---- Idempotency ----------------------------------------------------------

fn the_same_key_is_the_same_job(world: &World) {
    let queue = world.queue();
    let job = NewJob::new("report").key("request 1");
    let first = queue.enqueue(job.clone()).unwrap();
    assert_eq!(queue.enqueued("request 1").unwrap(), Some(first.id));
    assert_eq!(queue.enqueued("request 2").unwrap(), None);
    let second = queue.enqueue(job.clone()).unwrap();
    assert!(first.fresh && !second.fresh);
    assert_eq!(first.id, second.id);
    // Also when it is long done and forgotten.
    queue.complete(take(&queue), "").unwrap();
    assert_eq!(queue.forget_finished(NOW).unwrap(), 1);
    assert!(!queue.enqueue(job).unwrap().fresh);
    assert!(queue.claim("w", LONG, NOW).unwrap().is_none());
}

fn the_same_key_for_another_job_is_refused(world: &World) {
    let queue = world.queue();
    for key in ["request 1", "", "42 ff"] {
        let first = queue.enqueue(NewJob::new("report").key(key)).unwrap();
        let error = queue.enqueue(NewJob::new("invoice").key(key)).unwrap_err();
        assert!(
            matches!(&error, Error::KeyReused { key: k, id }
                if k == key && *id == first.id),
            "{error}"
        );
    }
    assert_eq!(queue.jobs(10).unwrap().len(), 3);
}

fn a_batch_is_queued_whole_or_not_at_all(world: &World) {
    let queue = world.queue();
    queue.enqueue(NewJob::new("old").key("k")).unwrap();
    let error = queue
        .enqueue_all(vec![NewJob::new("a"), NewJob::new("b").key("k")])
        .unwrap_err();
    assert!(matches!(error, Error::KeyReused { .. }), "{error}");
    assert_eq!(queue.jobs(10).unwrap().len(), 1);
    let many: Vec<_> = (0..3000).map(|n| NewJob::new(n.to_string())).collect();
    let queued = queue.enqueue_all(many).unwrap();
    assert!(queued.windows(2).all(|two| two[0].id < two[1].id));
    assert_eq!(queue.jobs(9999).unwrap().len(), 3001);
    assert!(queue.enqueue_all(Vec::new()).unwrap().is_empty());
}

// ---- Cancelling -----------------------------------------------------------

fn a_job_that_nobody_holds_is_cancelled_at_once(world: &World) {
    let queue = world.queue();
    let waiting = add(&queue, "waiting");
    let held = queue.enqueue(NewJob::new("held").held()).unwrap().id;
    let delayed = queue.enqueue(NewJob::new("later").delay(LONG)).unwrap().id;
    let high = NewJob::new("dead").priority(Priority::High);
    let dead = queue.enqueue(high.clone()).unwrap().id;
    queue.bury(take(&queue), "broken").unwrap();
    let unsure = queue.enqueue(high.clone()).unwrap().id;
    queue.uncertain(take(&queue), "silence").unwrap();
    let back = queue.enqueue(high.clone()).unwrap().id;
    queue.hand_back(take(&queue), "off line").unwrap();
    let failed = queue.enqueue(high).unwrap().id;
    // The job that was handed back comes before the new one.
    let claim = take(&queue);
    assert_eq!(claim.job.id, back);
    queue.retry(take(&queue), "jam").unwrap();
    queue.hand_back(claim, "off line").unwrap();
    for id in [waiting, held, delayed, dead, unsure, back, failed] {
        assert_eq!(queue.cancel(&id).unwrap(), State::Cancelled, "{id}");
        assert_eq!(state(&queue, id), State::Cancelled, "{id}");
        assert_eq!(queue.cancel(&id).unwrap(), State::Cancelled, "{id}");
    }
    assert!(queue.claim("w", LONG, NOW).unwrap().is_none());
    queue.resend(&waiting).unwrap();
    assert_eq!(take(&queue).job.id, waiting);
    let none = queue.cancel(&JobId(0));
    assert!(matches!(none, Err(Error::NoSuchJob(_))));
}

fn a_worker_hears_that_its_job_is_cancelled(world: &World) {
    let queue = world.queue();
    let id = add(&queue, "work");
    let claim = take(&queue);
    assert_eq!(queue.cancel(&id).unwrap(), State::Running);
    let job = queue.job(&id).unwrap().unwrap();
    assert!(job.cancel_requested);
    assert_eq!(job.state, State::Running);
    assert_eq!(queue.renew(&claim, LONG).unwrap(), Signal::Cancelled);
    assert_eq!(queue.progress(&claim, "p").unwrap(), Signal::Cancelled);
    let error = queue.point_of_no_return(&claim, "n").unwrap_err();
    assert!(matches!(error, Error::Cancelled(of) if of == id), "{error}");
    queue.settle_cancelled(claim, "stopped at page 3").unwrap();
    let job = queue.job(&id).unwrap().unwrap();
    assert_eq!(job.state, State::Cancelled);
    assert_eq!(job.progress.as_deref(), Some("stopped at page 3"));
}

fn nothing_is_retried_that_somebody_cancelled(world: &World) {
    let queue = world.queue();
    let (one, two) = (add(&queue, "one"), add(&queue, "two"));
    let (first, second) = (take(&queue), take(&queue));
    queue.cancel(&one).unwrap();
    queue.cancel(&two).unwrap();
    assert_eq!(queue.retry(first, "jam").unwrap(), Retry::Cancelled);
    queue.hand_back(second, "off line").unwrap();
    assert_eq!(state(&queue, one), State::Cancelled);
    assert_eq!(state(&queue, two), State::Cancelled);
    assert!(queue.claim("w", LONG, NOW).unwrap().is_none());
}

fn a_cancelled_job_of_a_lost_worker_is_cancelled(world: &World) {
    let queue = world.queue();
    let id = add(&queue, "work");
    queue.claim("w", SHORT, NOW).unwrap().unwrap();
    assert_eq!(queue.cancel(&id).unwrap(), State::Running);
    assert!(queue.claim("w", LONG, SHORT * 3).unwrap().is_none());
    assert_eq!(state(&queue, id), State::Cancelled);
}

fn a_finished_job_cannot_be_cancelled(world: &World) {
    let queue = world.queue();
    let id = add(&queue, "work");
    queue.complete(take(&queue), "").unwrap();
    let error = queue.cancel(&id).unwrap_err();
    assert!(
        matches!(error, Error::NotPossible { state: State::Done, .. }),
        "{error}"
    );
}

// ---- Pausing --------------------------------------------------------------

fn nobody_claims_while_the_queue_is_paused(world: &World) {
    let queue = world.queue();
    let (one, _) = (add(&queue, "one"), add(&queue, "two"));
    let claim = take(&queue);
    queue.pause("off line", LONG).unwrap();
    assert_eq!(queue.paused().unwrap().as_deref(), Some("off line"));
    assert!(queue.claim("w", LONG, SHORT).unwrap().is_none());
    // Work in hand goes on, but brings no new work.
    let next = queue.complete_and_claim(claim, "", "w", LONG).unwrap();
    assert!(next.is_none());
    assert_eq!(state(&queue, one), State::Done);
    queue.resume().unwrap();
    assert_eq!(queue.paused().unwrap(), None);
    assert_eq!(take(&queue).job.payload, "two");
}

fn resuming_wakes_a_blocked_claim(world: &World) {
    let queue = world.queue();
    queue.pause("off line", LONG * 10).unwrap();
    add(&queue, "work");
    woken(&queue, || queue.resume().unwrap());
}

fn the_end_of_a_pause_wakes_a_blocked_claim(world: &World) {
    let queue = world.queue();
    let start = Instant::now();
    queue.pause("off line", SHORT).unwrap();
    add(&queue, "work");
    assert!(queue.claim("w", LONG, LONG).unwrap().is_some());
    assert!(start.elapsed() + Duration::from_millis(2) >= SHORT);
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    assert_eq!(queue.paused().unwrap(), None);
}

// ---- Verdicts -------------------------------------------------------------

fn a_job_handed_back_keeps_its_place_and_its_attempts(world: &World) {
    let queue = world.queue();
    let ids = ["one", "two", "three"].map(|payload| add(&queue, payload));
    let (one, two) = (take(&queue), take(&queue));
    queue.hand_back(two, "off line").unwrap();
    queue.hand_back(one, "off line").unwrap();
    let job = queue.job(&ids[0]).unwrap().unwrap();
    assert_eq!((job.state, job.attempts), (State::Waiting, 0));
    assert_eq!(job.reason.as_deref(), Some("off line"));
    for id in ids {
        let claim = take(&queue);
        assert_eq!((claim.job.id, claim.job.attempts), (id, 1));
    }
}

fn a_stale_worker_changes_nothing(world: &World) {
    let queue = world.queue();
    let id = add(&queue, "work");
    let stale = queue.claim("stale", SHORT, NOW).unwrap().unwrap();
    let fresh = queue.claim("fresh", LONG, LONG).unwrap().unwrap();
    let lost: [(&str, job_queue::Result<()>); 10] = [
        ("renew", queue.renew(&stale, LONG).map(drop)),
        ("progress", queue.progress(&stale, "x").map(drop)),
        ("no return", queue.point_of_no_return(&stale, "x")),
        ("complete", queue.complete(stale.clone(), "x")),
        (
            "complete and claim",
            queue.complete_and_claim(stale.clone(), "x", "s", LONG).map(drop),
        ),
        ("retry", queue.retry(stale.clone(), "x").map(drop)),
        ("bury", queue.bury(stale.clone(), "x")),
        ("hand back", queue.hand_back(stale.clone(), "x")),
        ("uncertain", queue.uncertain(stale.clone(), "x")),
        ("cancelled", queue.settle_cancelled(stale, "x")),
    ];
    for (what, result) in lost {
        assert!(
            matches!(result, Err(Error::LeaseLost(of)) if of == id),
            "{what}: {result:?}"
        );
    }
    assert_eq!(queue.job(&id).unwrap().unwrap(), fresh.job);
    queue.complete(fresh, "").unwrap();
}

fn completing_twice_is_fine(world: &World) {
    let queue = world.queue();
    add(&queue, "one");
    let claim = take(&queue);
    queue.complete(claim.clone(), "printed").unwrap();
    queue.complete(claim.clone(), "printed").unwrap();
    let error = queue.bury(claim, "broken").unwrap_err();
    assert!(matches!(error, Error::LeaseLost(_)), "{error}");
}

fn completing_and_claiming_is_one_step(world: &World) {
    let queue = world.queue();
    let (one, two) = (add(&queue, "one"), add(&queue, "two"));
    let claim = take(&queue);
    let next = queue
        .complete_and_claim(claim, "printed", "w", LONG)
        .unwrap()
        .expect("the second job");
    assert_eq!(next.job.id, two);
    let job = queue.job(&one).unwrap().unwrap();
    assert_eq!(job.state, State::Done);
    assert_eq!(job.progress.as_deref(), Some("printed"));
    let end = queue.complete_and_claim(next, "printed", "w", LONG).unwrap();
    assert!(end.is_none());
    assert_eq!(state(&queue, two), State::Done);
}

// ---- Watching -------------------------------------------------------------

fn progress_is_seen_by_another_process(world: &World) {
    let queue = world.queue();
    let mut worker = Worker::start(world, "report");
    worker.expect("ready");
    let start = Instant::now();
    let id = add(&queue, "work");
    let mut seen = queue.version().unwrap();
    loop {
        let job = queue.job(&id).unwrap().unwrap();
        if job.progress.as_deref() == Some("page 3") {
            break;
        }
        assert!(start.elapsed() < SOON, "{job:?}");
        seen = queue.wait_for_change(seen, LONG).unwrap();
    }
}

fn a_change_is_waited_for_and_not_longer(world: &World) {
    let queue = world.queue();
    let before = queue.version().unwrap();
    add(&queue, "work");
    let after = queue.wait_for_change(before, LONG).unwrap();
    assert!(after > before);
    assert_eq!(queue.version().unwrap(), after);
    let start = Instant::now();
    assert_eq!(queue.wait_for_change(after, SHORT).unwrap(), after);
    assert!(start.elapsed() >= SHORT);
    // Also for a version that this queue has never had.
    assert_eq!(queue.wait_for_change(after + 9, LONG).unwrap(), after);
    assert!(start.elapsed() < SOON);
}

fn finished_jobs_are_forgotten_when_they_are_old(world: &World) {
    let queue = world.queue();
    let done = add(&queue, "done");
    queue.complete(take(&queue), "").unwrap();
    let cancelled = add(&queue, "cancelled");
    queue.cancel(&cancelled).unwrap();
    let dead = add(&queue, "dead");
    queue.bury(take(&queue), "broken").unwrap();
    let waiting = add(&queue, "waiting");
    assert_eq!(queue.forget_finished(LONG).unwrap(), 0);
    assert_eq!(queue.forget_finished(NOW).unwrap(), 2);
    assert!(queue.job(&done).unwrap().is_none());
    assert!(queue.job(&cancelled).unwrap().is_none());
    let left: Vec<_> =
        queue.jobs(9).unwrap().into_iter().map(|job| job.id).collect();
    assert_eq!(left, [waiting, dead]);
}

// ---- The outbox -----------------------------------------------------------

/// Each milestone in the outbox: the job, its run, its state, its progress.
fn milestones(
    queue: &Arc<dyn Queue>,
) -> Vec<(JobId, u64, State, Option<String>)> {
    let kept = queue.outbox("ledger", 99).unwrap();
    let numbers: Vec<u64> = kept.iter().map(|kept| kept.number).collect();
    assert!(numbers.is_sorted(), "{numbers:?}");
    let tell = |kept: Milestone| {
        (kept.job.id, kept.run, kept.job.state, kept.job.progress)
    };
    kept.into_iter().map(tell).collect()
}

fn add_with_outbox(queue: &Arc<dyn Queue>, payload: &str) -> JobId {
    let job = NewJob::new(payload).outbox("ledger");
    queue.enqueue(job).expect("it is queued").id
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn a_milestone_is_kept_with_each_end_of_a_job_until_it_is_taken_over(
    world: &World,
) {
    let queue = world.queue();
    add(&queue, "of no interest");
    queue.complete(take(&queue), "").unwrap();
    let done = add_with_outbox(&queue, "done");
    let claim = take(&queue);
    queue.point_of_no_return(&claim, "0 pages").unwrap();
    queue.progress(&claim, "1 page").unwrap();
    queue.complete(claim, "2 pages").unwrap();
    let dead = add_with_outbox(&queue, "dead");
    queue.bury(take(&queue), "broken").unwrap();
    let cancelled = add_with_outbox(&queue, "cancelled");
    queue.cancel(&cancelled).unwrap();

    let expected = [
        (done, 0, State::Waiting, None),
        (done, 1, State::Done, text("2 pages")),
        (dead, 0, State::Waiting, None),
        (dead, 1, State::Dead, None),
        (cancelled, 0, State::Waiting, None),
        (cancelled, 0, State::Cancelled, None),
    ];
    assert_eq!(milestones(&queue), expected);
    let kept = world.queue().outbox("ledger", 2).unwrap();
    assert_eq!(kept.len(), 2);
    let job = &kept[1].job;
    assert_eq!(job.payload, "done");
    assert!(job.queued_at <= job.begun_at.unwrap());
    assert!(job.begun_at.unwrap() <= job.changed_at);
    assert_eq!(
        queue.outbox("ledger", 4).unwrap()[3].job.reason,
        text("broken")
    );
    assert!(queue.outbox("another", 9).unwrap().is_empty());

    queue.clear_outbox("another", u64::MAX >> 1).unwrap();
    queue.clear_outbox("ledger", kept[1].number).unwrap();
    assert_eq!(milestones(&queue), expected[2..]);
}

fn the_milestones_of_a_job_that_is_sent_again_belong_to_two_runs(
    world: &World,
) {
    let queue = world.queue();
    let id = add_with_outbox(&queue, "work");
    let claim = take(&queue);
    queue.point_of_no_return(&claim, "0 pages").unwrap();
    queue.progress(&claim, "1 page").unwrap();
    queue.uncertain(claim, "silence").unwrap();
    queue.resend_noting(&id, "2 pages, says a person").unwrap();
    // The next worker knows it as well. It comes to nothing.
    let claim = take(&queue);
    assert_eq!(claim.job.progress, text("2 pages, says a person"));
    queue.bury(claim, "broken").unwrap();
    queue.resend(&id).unwrap();
    queue.cancel(&id).unwrap();
    let told: Vec<_> = milestones(&queue)
        .into_iter()
        .map(|(_, run, state, progress)| (run, state, progress))
        .collect();
    assert_eq!(
        told,
        [
            (0, State::Waiting, None),
            (1, State::Uncertain, text("1 page")),
            (1, State::Waiting, text("2 pages, says a person")),
            (3, State::Dead, None),
            (3, State::Waiting, None),
            (4, State::Cancelled, None),
        ]
    );
}

fn a_lost_worker_leaves_a_milestone_with_the_pages_of_its_own_run(
    world: &World,
) {
    let queue = world.queue();
    let id = add_with_outbox(&queue, "work");
    let claim = queue.claim("lost", SHORT, NOW).unwrap().unwrap();
    queue.point_of_no_return(&claim, "0 pages").unwrap();
    queue.progress(&claim, "1 page").unwrap();
    assert!(queue.claim("w", LONG, NOW).unwrap().is_none());
    queue.declare_dead("lost").unwrap();
    let last = milestones(&queue).pop().unwrap();
    assert_eq!(last, (id, 1, State::Uncertain, text("1 page")));
}

fn a_job_is_not_forgotten_before_its_milestones_are_taken_over(world: &World) {
    let queue = world.queue();
    let id = add_with_outbox(&queue, "work");
    queue.complete(take(&queue), "").unwrap();
    assert_eq!(queue.forget_finished(NOW).unwrap(), 0);
    let kept = queue.outbox("ledger", 9).unwrap();
    queue.clear_outbox("ledger", kept[0].number).unwrap();
    assert_eq!(queue.forget_finished(NOW).unwrap(), 0);
    queue.clear_outbox("ledger", kept[1].number).unwrap();
    assert_eq!(queue.forget_finished(NOW).unwrap(), 1);
    assert!(queue.job(&id).unwrap().is_none());
}

fn an_uncertain_job_is_done_when_a_person_says_so(world: &World) {
    let queue = world.queue();
    let id = add_with_outbox(&queue, "work");
    let not_possible = |error| matches!(error, Error::NotPossible { .. });
    assert!(queue.confirm(&id, "").is_err_and(not_possible));
    let claim = take(&queue);
    queue.point_of_no_return(&claim, "0 pages").unwrap();
    queue.uncertain(claim, "silence").unwrap();
    queue.confirm(&id, "2 pages").unwrap();
    assert_eq!(state(&queue, id), State::Done);
    let last = milestones(&queue).pop().unwrap();
    assert_eq!(last, (id, 1, State::Done, text("2 pages")));
    assert!(queue.confirm(&id, "").is_err_and(not_possible));
    let missing = queue.confirm(&JobId(999), "");
    assert!(matches!(missing, Err(Error::NoSuchJob(_))));
}

fn the_newest_jobs_are_listed_first(world: &World) {
    let queue = world.queue();
    let ids: Vec<_> = (0..11).map(|n| add(&queue, &n.to_string())).collect();
    let listed: Vec<_> =
        queue.jobs(3).unwrap().into_iter().map(|job| job.id).collect();
    assert_eq!(listed, [ids[10], ids[9], ids[8]]);
    assert_eq!(queue.jobs(usize::MAX).unwrap().len(), 11);
    assert!(queue.jobs(0).unwrap().is_empty());
}

fn a_job_as_json_has_lower_case_words_and_unix_times(world: &World) {
    let queue = world.queue();
    let id = add(&queue, "work");
    let job = queue.job(&id).unwrap().unwrap();
    let json = serde_json::to_value(&job).unwrap();
    assert_eq!(json["id"], id.0);
    assert_eq!(json["state"], "waiting");
    assert_eq!(json["priority"], "normal");
    assert_eq!(json["no_return"], false);
    let queued = json["queued_at"].as_u64().unwrap();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = u64::try_from(now.unwrap().as_millis()).unwrap();
    assert!(now >= queued && now - queued < 60_000, "{queued} {now}");
}

// ---- Payloads -------------------------------------------------------------

fn the_largest_payload_is_64_kib(world: &World) {
    let queue = world.queue();
    let most = "é".repeat(LARGEST_PAYLOAD / 2);
    let id = add(&queue, &most);
    assert_eq!(queue.job(&id).unwrap().unwrap().payload, most);
    let error = queue.enqueue(NewJob::new(most + "!")).unwrap_err();
    assert!(
        matches!(error, Error::PayloadTooLarge { bytes } if bytes == 65_537),
        "{error}"
    );
    assert_eq!(queue.jobs(9).unwrap().len(), 1);
}

fn any_text_is_a_payload(world: &World) {
    let queue = world.queue();
    for payload in [
        "",
        " ",
        "\0",
        "a\0b",
        "\r\n\t\x1b%-12345X@PJL",
        "'; DROP TABLE jobs; --",
        "{\"id\": 1}",
        "幽霊 👻 שלום",
        "\u{feff}\u{202e}\u{10ffff}",
        "-1",
        "nil",
    ] {
        let job = NewJob::new(payload).key(format!("key {payload}"));
        let id = queue.enqueue(job).unwrap().id;
        let claim = queue.claim(payload, LONG, NOW).unwrap().unwrap();
        assert_eq!(claim.job.payload, payload);
        queue.progress(&claim, payload).unwrap();
        queue.bury(claim, payload).unwrap();
        let job = queue.job(&id).unwrap().unwrap();
        assert_eq!(job.worker.as_deref(), Some(payload));
        assert_eq!(job.progress.as_deref(), Some(payload));
        assert_eq!(job.reason.as_deref(), Some(payload));
    }
}

fn queues_of_one_engine_do_not_mix(world: &World) {
    let (mine, other) = (world.queue(), world.queue_named("other"));
    let id = add(&mine, "mine");
    assert!(other.claim("w", LONG, NOW).unwrap().is_none());
    assert!(other.jobs(9).unwrap().is_empty());
    let key = |payload| NewJob::new(payload).key("k");
    assert!(mine.enqueue(key("a")).unwrap().fresh);
    assert!(other.enqueue(key("b")).unwrap().fresh);
    mine.pause("off line", LONG).unwrap();
    assert_eq!(take(&other).job.payload, "b");
    assert_eq!(other.paused().unwrap(), None);
    mine.resume().unwrap();
    assert_eq!(take(&mine).job.id, id);
}

fn the_queue_survives_being_opened_again(world: &World) {
    let (held, id) = {
        let queue = world.queue();
        let id = add(&queue, "work");
        add(&queue, "more");
        (take(&queue), id)
    };
    let queue = world.queue();
    assert_eq!(held.job.id, id);
    queue.complete(held, "printed").unwrap();
    assert_eq!(take(&queue).job.payload, "more");
    let about = queue.describe();
    let place = world.url.split_once(':').expect("a URL").1;
    assert!(about.contains(place), "{about}");
}

fn each_of_many_jobs_is_done_exactly_once(world: &World) {
    const THREADS: usize = 8;
    const EACH: usize = 200;
    let queue = world.queue();
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let queue = &queue;
            scope.spawn(move || {
                for n in 0..EACH {
                    add(queue, &format!("{thread} {n}"));
                }
            });
        }
        for worker in 0..THREADS {
            let (queue, done) = (&queue, &done);
            scope.spawn(move || {
                let name = format!("worker {worker}");
                let mut next = None;
                loop {
                    let Some(claim) = next.take().or_else(|| {
                        queue.claim(&name, LONG, SHORT * 4).unwrap()
                    }) else {
                        return;
                    };
                    done.lock().unwrap().push(claim.job.payload.clone());
                    next = queue
                        .complete_and_claim(claim, "", &name, LONG)
                        .unwrap();
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    assert_eq!(done.len(), THREADS * EACH);
    done.sort();
    done.dedup();
    assert_eq!(done.len(), THREADS * EACH);
    for job in queue.jobs(usize::MAX).unwrap() {
        assert_eq!((job.state, job.attempts), (State::Done, 1));
    }
}

// ---- SQLite alone ---------------------------------------------------------

fn is_damaged(error: &Error) -> bool {
    matches!(error, Error::Database(database::Error::Damaged { .. }))
}

fn a_file_of_garbage_is_named_as_such() {
    let world = World::sqlite();
    fs::write(world.file(), b"%PDF-1.7 this is no queue at all").unwrap();
    let error = world.open().err().expect("an error");
    assert!(is_damaged(&error), "{error}");
    assert!(error.to_string().contains("queue.db"), "{error}");
}

fn a_truncated_file_is_named_as_such() {
    let world = World::sqlite();
    let queue = world.queue();
    let long = "x".repeat(20_000);
    for _ in 0..20 {
        add(&queue, &long);
    }
    drop(queue);
    rusqlite::Connection::open(world.file())
        .unwrap()
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    let length = fs::metadata(world.file()).unwrap().len();
    for cut in [length - 4096, length / 2, 8192, 4096, 1000, 50] {
        let copy = World::sqlite();
        let bytes = fs::read(world.file()).unwrap();
        let cut = usize::try_from(cut).unwrap();
        fs::write(copy.file(), &bytes[..cut]).unwrap();
        let Err(error) = copy.open() else {
            panic!("cut at {cut} of {length}: opened without a word");
        };
        assert!(is_damaged(&error), "cut at {cut}: {error}");
    }
}

fn another_programs_database_is_left_alone() {
    let world = World::sqlite();
    let other = rusqlite::Connection::open(world.file()).unwrap();
    other.execute_batch("CREATE TABLE jobs (title TEXT)").unwrap();
    let error = world.open().err().expect("an error");
    let is_refused =
        matches!(error, Error::Database(database::Error::NotOurs { .. }));
    assert!(is_refused, "{error}");
}

fn bytes_that_are_not_text_are_an_error_in_sqlite() {
    let world = World::sqlite();
    let queue = world.queue();
    let id = add(&queue, "work");
    let other = rusqlite::Connection::open(world.file()).unwrap();
    other
        .execute("UPDATE jobs SET payload = CAST(x'ff00fe' AS TEXT)", [])
        .unwrap();
    let error = queue.job(&id).unwrap_err();
    assert!(matches!(error, Error::Foreign { .. }), "{error}");
    assert!(matches!(queue.jobs(1), Err(Error::Foreign { .. })));
    let error = queue.claim("w", LONG, NOW).unwrap_err();
    assert!(matches!(error, Error::Foreign { .. }), "{error}");
    other.execute("UPDATE jobs SET attempts = -1, state = 'x'", []).unwrap();
    assert!(queue.job(&id).is_err());
}

fn a_process_killed_while_writing_loses_nothing_it_was_promised() {
    let world = World::sqlite();
    let queue = world.queue();
    let mut writer = Worker::start(&world, "enqueue");
    for n in 0..50 {
        writer.expect(&format!("queued {n}"));
    }
    writer.kill();
    let promised = 50 + writer.rest().len();
    let kept = queue.jobs(usize::MAX).unwrap();
    assert!(kept.len() >= promised, "{} of {promised}", kept.len());
    assert_eq!(take(&queue).job.payload, "0");
}

fn many_processes_may_make_the_file_at_once() {
    let world = World::sqlite();
    let workers: Vec<_> =
        (0..6).map(|_| Worker::start(&world, "hang")).collect();
    for mut worker in workers {
        worker.expect("ready");
    }
}

fn a_url_or_a_name_that_is_none_is_refused() {
    for url in ["", "sqlite:", "queue.db", "postgres://x", "redis://:x:y"] {
        let error = open(url, "q").err().expect(url);
        assert!(matches!(error, Error::Url(_)), "{url}: {error}");
    }
    for name in ["", "a b", "{x}", "ä", &"x".repeat(65)] {
        let error = open("sqlite:x.db", name).err().expect(name);
        assert!(matches!(error, Error::Name(_)), "{name}: {error}");
    }
}

fn a_queue_in_memory_is_refused() {
    let error = open("sqlite::memory:", "q").err().expect("an error");
    let is_refused =
        matches!(error, Error::Database(database::Error::Unusable { .. }));
    assert!(is_refused, "{error}");
}

// ---- Redis alone ----------------------------------------------------------

fn a_redis_that_is_not_there_is_an_error() {
    // A port that was free a moment ago, and that nobody listens on.
    let port = std::net::TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .unwrap()
        .port();
    let url = format!("redis://user:secret@127.0.0.1:{port}/0");
    let error = open(&url, "q").err().expect("an error");
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    assert!(!error.to_string().contains("secret"), "{error}");
}

fn redis_killed_and_started_again_loses_nothing() {
    let mut redis = PrivateRedis::start().unwrap();
    let queue = open(&redis.url(), "q").unwrap();
    let ids: Vec<_> = (0..20).map(|n| add(&queue, &n.to_string())).collect();
    let held = take(&queue);
    let blocked = thread::spawn({
        let queue = open(&redis.url(), "empty").unwrap();
        move || queue.claim("w", LONG, LONG)
    });
    wait_for_blocked_clients(&redis.url(), 1);
    redis.kill();
    let claiming = thread::spawn({
        let queue = Arc::clone(&queue);
        move || queue.claim("w", LONG, LONG)
    });
    let error = queue.jobs(1).unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    redis.restart().unwrap();

    let claim = claiming.join().unwrap().unwrap().expect("the second job");
    assert_eq!(claim.job.id, ids[1]);
    // The claim from before still holds.
    queue.complete(held, "printed").unwrap();
    assert_eq!(state(&queue, ids[0]), State::Done);
    assert_eq!(queue.jobs(99).unwrap().len(), 20);
    let late = add(&open(&redis.url(), "empty").unwrap(), "at last");
    let claim = blocked.join().unwrap().unwrap().expect("the late job");
    assert_eq!(claim.job.id, late);
}

fn a_redis_without_append_only_file_is_warned_about() {
    let redis = PrivateRedis::start().unwrap();
    let queue = open(&redis.url(), "q").unwrap();
    assert!(queue.describe().contains("append-only file on"));
    assert!(!queue.warnings().iter().any(|w| w.contains("append-only")));
    let mut connection = connect(&redis.url());
    redis::cmd("CONFIG")
        .arg(&["SET", "appendonly", "no"])
        .exec(&mut connection)
        .unwrap();
    let queue = open(&redis.url(), "q").unwrap();
    assert!(queue.describe().contains("append-only file off"));
    let warnings = queue.warnings();
    assert!(warnings.iter().any(|w| w.contains("appendonly yes")));
}

/// Its versions begin at 0 again: they may go back, and that is news.
fn a_redis_that_forgot_everything_wakes_whoever_waited() {
    let mut redis = PrivateRedis::start().unwrap();
    let queue = open(&redis.url(), "q").unwrap();
    add(&queue, "work");
    let seen = queue.version().unwrap();
    let waiting = thread::spawn({
        let queue = Arc::clone(&queue);
        move || queue.wait_for_change(seen, LONG)
    });
    wait_for_blocked_clients(&redis.url(), 1);
    redis::cmd("FLUSHALL").exec(&mut connect(&redis.url())).unwrap();
    redis.kill();
    redis.restart().unwrap();
    assert_eq!(waiting.join().unwrap().unwrap(), 0);
}

fn a_full_redis_takes_no_job_more_and_loses_none() {
    let redis = PrivateRedis::start().unwrap();
    let queue = open(&redis.url(), "q").unwrap();
    let id = add(&queue, "work");
    let limit = |bytes: &str| {
        redis::cmd("CONFIG")
            .arg(&["SET", "maxmemory", bytes])
            .exec(&mut connect(&redis.url()))
            .unwrap();
    };
    limit("1");
    let error = queue.enqueue(NewJob::new("more")).unwrap_err();
    assert!(matches!(error, Error::Full { .. }), "{error}");
    assert!(error.to_string().contains("make room"), "{error}");
    // The jobs that are there can be done, which makes room.
    queue.complete(take(&queue), "").unwrap();
    assert_eq!(state(&queue, id), State::Done);
    limit("0");
    assert_eq!(queue.jobs(9).unwrap().len(), 1);
    add(&queue, "more");
}

fn streams_count_deliveries_as_we_count_attempts() {
    let world = World::redis("deliveries");
    let queue = world.queue();
    let job = NewJob::new("work").first_retry(Duration::from_millis(1));
    queue.enqueue(job).unwrap();
    let mut redis = connect(&world.url);
    let mut deliveries = || -> u32 {
        let pending: Vec<(String, String, u64, u32)> = redis::cmd("XPENDING")
            .arg(format!("jobs:{{{}}}:line:1", world.name))
            .arg(&["workers", "-", "+", "10"])
            .query(&mut redis)
            .unwrap();
        assert_eq!(pending.len(), 1);
        pending[0].3
    };
    let claim = take(&queue);
    assert_eq!((claim.job.attempts, deliveries()), (1, 1));
    queue.retry(claim, "jam").unwrap();
    let claim = queue.claim("other", SHORT, LONG).unwrap().unwrap();
    assert_eq!((claim.job.attempts, deliveries()), (2, 2));
    let claim = queue.claim("third", LONG, LONG).unwrap().unwrap();
    assert_eq!((claim.job.attempts, deliveries()), (3, 3));
    queue.hand_back(claim, "off line").unwrap();
    let claim = take(&queue);
    assert_eq!((claim.job.attempts, deliveries()), (3, 3));
    queue.renew(&claim, LONG).unwrap();
    assert_eq!(deliveries(), 3);
}

fn a_settled_job_leaves_nothing_in_the_streams() {
    let world = World::redis("settled");
    let queue = world.queue();
    for payload in ["done", "dead", "cancelled", "unsure", "late"] {
        add(&queue, payload);
    }
    queue.complete(take(&queue), "").unwrap();
    queue.bury(take(&queue), "").unwrap();
    queue.settle_cancelled(take(&queue), "").unwrap();
    queue.uncertain(take(&queue), "").unwrap();
    queue.cancel(&queue.jobs(1).unwrap()[0].id).unwrap();
    let line = format!("jobs:{{{}}}:line:1", world.name);
    let mut redis = connect(&world.url);
    let length: u64 = redis::cmd("XLEN").arg(&line).query(&mut redis).unwrap();
    let pending: Vec<redis::Value> = redis::cmd("XPENDING")
        .arg(&[&line, "workers", "-", "+", "10"])
        .query(&mut redis)
        .unwrap();
    assert_eq!((length, pending.len()), (0, 0));
}

fn bytes_that_are_not_text_are_an_error_in_redis() {
    let world = World::redis("foreign");
    let queue = world.queue();
    let id = add(&queue, "work");
    redis::cmd("HSET")
        .arg(format!("jobs:{{{}}}:job:{id}", world.name))
        .arg("payload")
        .arg(&[0xff_u8, 0, 0xfe])
        .exec(&mut connect(&world.url))
        .unwrap();
    assert!(matches!(queue.job(&id), Err(Error::Foreign { .. })));
    assert!(matches!(queue.jobs(1), Err(Error::Foreign { .. })));
    let claim = queue.claim("w", LONG, NOW);
    assert!(matches!(claim, Err(Error::Foreign { .. })));
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

fn state(queue: &Arc<dyn Queue>, id: JobId) -> State {
    queue.job(&id).unwrap().expect("the job is there").state
}

/// Waits out a time that the queue named: nothing else happens then.
fn wait_until(time: SystemTime) {
    let left = time.duration_since(SystemTime::now()).unwrap_or_default();
    thread::sleep(left + Duration::from_millis(2));
}

/// Makes sure that a claim that finds nothing gets its job because of `wake`.
fn woken<T>(queue: &Arc<dyn Queue>, wake: impl FnOnce() -> T) {
    let (sender, ready) = std::sync::mpsc::channel();
    let claiming = thread::spawn({
        let queue = Arc::clone(queue);
        move || {
            assert!(queue.claim("w", LONG, NOW).unwrap().is_none());
            sender.send(()).unwrap();
            let start = Instant::now();
            let claim = queue.claim("w", LONG, LONG).unwrap();
            assert!(claim.is_some(), "nothing came");
            assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
        }
    });
    ready.recv().unwrap();
    let_it_block();
    wake();
    claiming.join().unwrap();
}

/// Nothing shows from outside that a claim blocks. The test passes without this
/// pause, too, but then the job is more often there before the claim blocks.
fn let_it_block() {
    thread::sleep(Duration::from_millis(30));
}

/// Waits until Redis says that `wanted` clients block. Redis does not announce
/// it, so this asks again and again.
fn wait_for_blocked_clients(url: &str, wanted: u32) {
    let mut redis = connect(url);
    let line = format!("blocked_clients:{wanted}\r\n");
    let start = Instant::now();
    loop {
        let info: String =
            redis::cmd("INFO").arg("clients").query(&mut redis).unwrap();
        if info.contains(&line) {
            return;
        }
        assert!(start.elapsed() < SOON, "{info}");
        thread::yield_now();
    }
}

/// This program as a worker, in a process of its own.
struct Worker {
    child: Child,
    lines: io::Lines<BufReader<ChildStdout>>,
    /// A worker ends when this does: none is left over from a failed test.
    _stdin: Option<ChildStdin>,
}

impl Worker {
    fn start(world: &World, role: &str) -> Worker {
        let program = std::env::current_exe().expect("this test is a file");
        let mut child = Command::new(program)
            .args(["worker", role, &world.url, &world.name])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the worker starts");
        let stdout = child.stdout.take().expect("it was asked for");
        let _stdin = child.stdin.take();
        Worker { child, lines: BufReader::new(stdout).lines(), _stdin }
    }

    /// Waits for this line; others may come before it.
    fn expect(&mut self, wanted: &str) {
        let found = self
            .lines
            .by_ref()
            .map_while(Result::ok)
            .any(|line| line == wanted);
        assert!(found, "the worker ended without saying {wanted:?}");
    }

    fn kill(&mut self) {
        self.child.kill().expect("it was alive");
        self.child.wait().expect("it ends");
    }

    /// All that it still has to say.
    fn rest(mut self) -> Vec<String> {
        self.lines.by_ref().map_while(Result::ok).collect()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // An error says that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The work of a worker process, by role.
fn work(role: &str, url: &str, name: &str) {
    let queue = open(url, name).expect("the worker opens the queue");
    println!("ready");
    let me = format!("process {}", std::process::id());
    match role {
        "drain" => {
            while let Some(claim) = queue.claim(&me, LONG, SHORT).unwrap() {
                println!("done {}", claim.job.id);
                queue.complete(claim, "").unwrap();
            }
        }
        "enqueue" => {
            for n in 0.. {
                add(&queue, &n.to_string());
                println!("queued {n}");
            }
        }
        _ => {
            // Ends with its pipe, when the parent is gone.
            thread::spawn(|| {
                let _ = io::stdin().read_to_end(&mut Vec::new());
                std::process::exit(1);
            });
            let lease = if role == "report" { LONG } else { SHORT * 2 };
            let claim = queue.claim(&me, lease, LONG).unwrap().unwrap();
            match role {
                "report" => (1..=3).for_each(|page| {
                    let note = format!("page {page}");
                    queue.progress(&claim, &note).unwrap();
                }),
                "no-return" => {
                    queue.point_of_no_return(&claim, "sending").unwrap();
                }
                _ => {}
            }
            println!("claimed {}", claim.job.id);
            thread::park_timeout(LONG * 2);
        }
    }
}
