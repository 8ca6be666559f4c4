//! Exercise 14, done: take a document in, in the right order.

use std::error::Error;
use std::fs;
use std::io::Write;

use job_queue::{JobId, NewJob, Queue};
use relay::Spool;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let spool = Spool::open(folder.path())?;
    let file = folder.path().join("queue.db");
    let queue =
        job_queue::open(&format!("sqlite:{}", file.display()), "print")?;

    // A document with nothing in it leaves nothing behind.
    let refused = take_in(&spool, &*queue, b"", "monday-1");
    println!("empty: {}", if refused.is_ok() { "taken" } else { "refused" });
    println!("jobs in the queue: {}", queue.jobs(10)?.len());
    let documents = folder.path().join("documents");
    println!("documents in the spool: {}", fs::read_dir(documents)?.count());

    // A document that is taken is safe before its job can be seen.
    let first = take_in(&spool, &*queue, b"who you gonna call", "monday-2")?;
    let job = queue.job(&first)?.ok_or("the job is not in the queue")?;
    let document = fs::read_to_string(spool.path(&job.payload))?;
    println!("job {first} prints: {document}");

    // The client saw no answer and asks again: still one job.
    let again = take_in(&spool, &*queue, b"who you gonna call", "monday-2")?;
    println!("asked again: job {again}");
    println!("jobs in the queue: {}", queue.jobs(10)?.len());
    Ok(())
}

/// Takes a document in and returns its job. When this returns, a power cut
/// takes neither the document nor the job; and no worker can ever see a job
/// whose document is not there. The same `key` again makes no second job.
fn take_in(
    spool: &Spool,
    queue: &dyn Queue,
    document: &[u8],
    key: &str,
) -> Result<JobId, Box<dyn Error>> {
    if document.is_empty() {
        return Err("the document is empty".into());
    }
    let mut incoming = spool.receive()?;
    incoming.write_all(document)?;
    let kept = incoming.keep()?;
    let enqueued = queue.enqueue(NewJob::new(kept.hash()).key(key))?;
    Ok(enqueued.id)
}
