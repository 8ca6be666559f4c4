//! A worker in a process of its own: this program again, in another role.

use crate::{Outcome, kill, list, streams};
use redis::{
    Client, Commands, Direction,
    streams::{StreamReadOptions, StreamReadReply},
};
use std::{
    env,
    io::{self, BufRead, BufReader, Lines},
    process::{Child, ChildStdout, Command, Stdio},
    thread,
};

pub struct Worker {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Worker {
    pub fn start(role: &str, url: &str) -> io::Result<Worker> {
        let mut child = Command::new(env::current_exe()?)
            .args(["worker", role, url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().expect("it was asked for");
        Ok(Worker { child, lines: BufReader::new(stdout).lines() })
    }

    /// The next line that it prints.
    pub fn says(&mut self) -> io::Result<String> {
        let end = || io::Error::other("the worker ended too soon");
        self.lines.next().unwrap_or_else(|| Err(end()))
    }

    /// `kill -9`: the process stops where it is.
    pub fn kill(&mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // An error says that it has ended already.
        let _ = self.kill();
    }
}

/// The other side: what a worker does, by role.
pub fn work(role: &str, url: &str) -> Outcome {
    // When the lesson ends, however it ends, so do its workers.
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        std::process::exit(1);
    });
    if role == "print" {
        return kill::print(&job_queue::open(url, "lesson10")?);
    }
    let mut redis = Client::open(url)?.get_connection()?;
    let job: String = match role {
        "brpop" => {
            let popped: (String, String) = redis.brpop(list::QUEUE, 5.0)?;
            popped.1
        }
        "blmove" => redis.blmove(
            list::QUEUE,
            list::TAKEN,
            Direction::Right,
            Direction::Left,
            5.0,
        )?,
        _ => {
            let options = StreamReadOptions::default()
                .group(streams::GROUP, "worker 1")
                .count(1)
                .block(5000);
            let reply: StreamReadReply =
                redis.xread_options(&[streams::LINE], &[">"], &options)?;
            let mut entries = reply.keys.iter().flat_map(|key| &key.ids);
            let entry = entries.next().ok_or("no job came")?;
            entry.get("file").ok_or("a job without a file")?
        }
    };
    println!("{job}");
    // It prints a very long document now.
    thread::park();
    Ok(())
}
