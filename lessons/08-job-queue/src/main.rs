//! To come.

use job_queue::{NewJob, open};
use std::time::{Duration, Instant};

fn main() -> job_queue::Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("queue.db").display());
    let queue = open(&url, "demo")?;
    let start = Instant::now();
    for n in 0..500 {
        queue.enqueue(NewJob::new(format!("page {n}")))?;
        let claim = queue
            .claim("worker", Duration::from_secs(5), Duration::ZERO)?
            .expect("just queued");
        queue.complete(claim, "printed")?;
    }
    println!("{} ms, {}", start.elapsed().as_millis(), queue.describe());
    Ok(())
}
