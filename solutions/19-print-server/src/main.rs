//! Exercise 19, done: the operator's morning.

use job_queue::{NewJob, Queue};
use print_client::{Client, JobView};
use print_server::{Options, Role, Server};
use std::error::Error;
use std::time::Duration;

/// What the operator does about a job in the morning.
#[derive(Debug)]
enum Action {
    /// Nothing: it is over, or it goes on by itself.
    Leave,
    /// Let it be printed, now that its owner is here.
    Release,
    /// Print it once more: nothing of it is on paper.
    Retry,
    /// Look in the tray first: part of it may be on paper.
    LookFirst,
}

fn main() -> Result<(), Box<dyn Error>> {
    // A print server after a bad night. It only takes documents in, so that
    // its jobs stay as they are.
    let folder = tempfile::tempdir()?;
    let server = Server::start(&Options {
        role: Role::Intake,
        ..Options::in_folder(folder.path())
    })?;
    let file = folder.path().join("queue.db");
    let queue =
        job_queue::open(&format!("sqlite:{}", file.display()), "print")?;
    a_bad_night(&*queue)?;

    // The operator asks the server, as any program can that has the key.
    let url = format!("http://{}", server.address());
    let client = Client::new(&url)?.with_key(server.key());
    for job in client.jobs()?.iter().rev() {
        println!("job {} {}: {:?}", job.id, job.state, decide(job));
    }
    server.stop();
    Ok(())
}

/// What to do about a job. A job that failed has left nothing on paper if the
/// printer confirmed no page of it (`printed` is 0).
fn decide(job: &JobView) -> Action {
    match job.state.as_str() {
        "held" => Action::Release,
        "failed" if job.printed == 0 => Action::Retry,
        "failed" | "uncertain" => Action::LookFirst,
        _ => Action::Leave,
    }
}

/// Five jobs, five ends.
fn a_bad_night(queue: &dyn Queue) -> job_queue::Result<()> {
    let lease = Duration::from_secs(60);
    let claim = |name: &str| {
        queue.enqueue(NewJob::new(name))?;
        let claim = queue.claim("night", lease, Duration::ZERO)?;
        Ok::<_, job_queue::Error>(claim.expect("it was just queued"))
    };
    let progress = |printed: u32| {
        format!(r#"{{"phase":"sending","printed":{printed},"sent":9}}"#)
    };
    queue.complete(claim("one")?, "")?;
    queue.bury(claim("two")?, "the renderer crashed")?;
    let three = claim("three")?;
    queue.progress(&three, &progress(2))?;
    queue.bury(three, "page 3 cannot be drawn")?;
    let four = claim("four")?;
    queue.point_of_no_return(&four, &progress(1))?;
    queue.uncertain(four, "the printer broke the connection")?;
    queue.enqueue(NewJob::new("five").held())?;
    Ok(())
}
