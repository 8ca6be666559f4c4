//! What the SQLite engine promises beyond the trait: a full disk, a batch in
//! which one operation fails, plans that use an index, and a file of before
//! there were lanes.

use std::time::Duration;

use super::*;
use crate::{NewJob, Queue};

fn queue() -> (tempfile::TempDir, Sqlite) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("queue.db");
    let queue = Sqlite::open(&file, "test").expect("it opens");
    (folder, queue)
}

/// Makes the file as small as a full disk would.
fn limit(queue: &Sqlite, pages: u32) {
    let limit = format!("PRAGMA max_page_count = {pages}");
    queue
        .write(move |tx| Ok(tx.sql.query_row(&limit, [], |_| Ok(()))?))
        .expect("the pragma answers");
}

#[test]
fn a_full_disk_is_said_to_be_full_and_loses_nothing() {
    let (_folder, queue) = queue();
    limit(&queue, 40);
    let large = || NewJob::new("x".repeat(10_000));
    let mut queued = Vec::new();
    let error = loop {
        match queue.enqueue(large()) {
            Ok(job) => queued.push(job.id),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::Full { .. }), "{error}");
    assert!(error.to_string().contains("make room"), "{error}");
    let kept = queue.jobs(100).expect("reading needs no room");
    assert_eq!(kept.len(), queued.len());
    assert!(queue.enqueue_all(vec![NewJob::new("a"), large()]).is_err());

    limit(&queue, 1000);
    for id in queued {
        let claim = queue
            .claim("w", Duration::from_secs(9), Duration::ZERO)
            .expect("there is room again")
            .expect("a job is due");
        assert_eq!(claim.job.id, id);
        queue.complete(claim, "").expect("there is room again");
    }
    assert_eq!(queue.enqueue(large()).map(|job| job.fresh).ok(), Some(true));
}

#[test]
fn one_bad_operation_undoes_no_other_in_its_batch() {
    let (_folder, queue) = queue();
    let keyed = |payload: &str| NewJob::new(payload).key("k");
    queue.enqueue(keyed("first")).expect("queued");
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..40)
            .map(|n| {
                let queue = &queue;
                scope.spawn(move || match n % 2 {
                    0 => queue.enqueue(keyed("other")).is_err(),
                    _ => queue.enqueue(NewJob::new("job")).is_ok(),
                })
            })
            .collect();
        for thread in threads {
            assert!(thread.join().expect("no panic"));
        }
    });
    assert_eq!(queue.jobs(100).expect("listed").len(), 21);
}

#[test]
fn what_is_asked_all_the_time_is_answered_from_an_index() {
    let (_folder, queue) = queue();
    let plan = |question: &str| {
        queue
            .read(|sql| {
                let explain = format!("EXPLAIN QUERY PLAN {question}");
                let mut plan = sql.prepare(&explain)?;
                let steps = plan.query_map([], |row| row.get(3))?;
                Ok(steps.collect::<rusqlite::Result<Vec<String>>>()?)
            })
            .expect("a plan")
            .join("; ")
    };
    for (index, question) in [
        (
            "line",
            "SELECT id FROM jobs WHERE queue = 1 AND lane = 'a'
             AND state = 'waiting' AND ready = 1
             ORDER BY priority, place LIMIT 1",
        ),
        (
            "delayed",
            "SELECT id FROM jobs WHERE queue = 1 AND state = 'waiting'
             AND ready = 0 AND due_at <= 5 ORDER BY due_at, id",
        ),
        (
            "leases",
            "SELECT min(lease_until) FROM jobs
             WHERE queue = 1 AND state = 'running'",
        ),
        (
            "served",
            "SELECT 1 FROM jobs WHERE queue = 1 AND state = 'running'
             AND lane = 'a' AND worker != 'w'",
        ),
        (
            "finished",
            "SELECT id FROM jobs WHERE queue = 1 AND changed_at <= 5
             AND state IN ('done', 'cancelled') LIMIT 1000",
        ),
        (
            "newest",
            "SELECT * FROM jobs WHERE queue = 1 ORDER BY id DESC LIMIT 9",
        ),
    ] {
        let plan = plan(question);
        assert!(plan.contains(&format!("INDEX {index} ")), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
}

#[test]
fn a_file_of_before_there_were_lanes_keeps_its_jobs_and_its_pause() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("queue.db");
    let before = Schema { steps: &SCHEMA.steps[..3], ..SCHEMA };
    let sql = Database::new(&path, before).open().expect("it opens");
    sql.execute_batch(
        "INSERT INTO queues (name, halted) VALUES ('test', 'no paper');
         INSERT INTO jobs (queue, state, payload, priority, max_attempts,
            first_retry, queued_at, due_at, changed_at, place, ready, outbox)
         VALUES (1, 'waiting', 'work', 1, 5, 1000, 7, 7, 7, 1, 1, 'ledger')",
    )
    .expect("as it was kept");
    drop(sql);

    let queue = Sqlite::open(&path, "test").expect("it is brought forward");
    let reason = queue.paused().expect("asked");
    assert_eq!(reason.as_deref(), Some("no paper"));
    queue.resume().expect("resumed");
    let claim = queue.claim("w", Duration::from_secs(9), Duration::ZERO);
    let claim = claim.expect("claimed").expect("the old job");
    assert_eq!((&*claim.job.payload, &*claim.job.lane), ("work", ""));
    queue.complete(claim, "").expect("done");
    let kept = queue.outbox("ledger", 9).expect("read");
    assert_eq!(kept.len(), 2);
}
