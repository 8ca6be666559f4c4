//! A task each, and a task a probe: no probe waits for another.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::hosts::{COUNT, Host, INTERVAL, TIMEOUT, tell};
use crate::{Outcome, runtime};

pub fn play() -> Outcome {
    let hosts = Host::five()?;
    let start = Instant::now();
    let answers = runtime()?.block_on(all(&hosts));
    tell(&answers, start);
    Ok(())
}

// ANCHOR: tasks
async fn all(hosts: &[Host]) -> Vec<(&'static str, Vec<Option<Duration>>)> {
    let tasks: Vec<_> = hosts
        .iter()
        .map(|host| (host.name, tokio::spawn(probes(host.address))))
        .collect();
    let mut answers = Vec::new();
    for (name, task) in tasks {
        answers.push((name, task.await.expect("no panic")));
    }
    answers
}

async fn probes(address: SocketAddr) -> Vec<Option<Duration>> {
    let mut probes = JoinSet::new();
    for number in 0..COUNT as u32 {
        probes.spawn(async move {
            sleep(INTERVAL * number).await;
            let start = Instant::now();
            let answer = timeout(TIMEOUT, TcpStream::connect(address)).await;
            answer.ok()?.ok().map(|_| start.elapsed())
        });
    }
    probes.join_all().await
}
// ANCHOR_END: tasks
