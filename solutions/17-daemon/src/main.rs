//! Exercise 17, done: end in order, and in time.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// What a worker says after it was asked to end.
enum News {
    /// It is still working.
    Busy,
    /// The worker of this name has finished.
    Finished(&'static str),
}

/// A worker, from the moment when it is asked to end.
type Worker = fn(SyncSender<News>);

fn main() {
    // Both finish soon. An hour is allowed, and not needed.
    let hour = Duration::from_secs(3600);
    stop(&["ray", "egon"], &[ray, egon], hour);

    // Vinz talks now and then, and never finishes.
    let second = Duration::from_secs(1);
    stop(&["ray", "egon", "vinz"], &[ray, egon, vinz], second);

    // Slimer talks without a pause.
    stop(&["slimer"], &[slimer], second);

    // Louis leaves without a word: nobody is left who could say anything.
    stop(&["ray", "louis"], &[ray, louis], hour);
}

/// Asks workers to end, and prints which of them did not in time.
fn stop(names: &[&'static str], workers: &[Worker], limit: Duration) {
    let (sender, news) = sync_channel(100_000);
    for &worker in workers {
        let sender = sender.clone();
        thread::spawn(move || worker(sender));
    }
    drop(sender);
    let left = wait_for_all(names, &news, limit);
    println!("{} asked, unfinished: {left:?}", names.join(" "));
}

/// Waits until all `names` have finished, but no longer than `limit` in all.
/// Returns those that have not, in the order of `names`.
fn wait_for_all(
    names: &[&'static str],
    news: &Receiver<News>,
    limit: Duration,
) -> Vec<&'static str> {
    let deadline = Instant::now() + limit;
    let mut left = names.to_vec();
    while !left.is_empty() {
        let wait = deadline.saturating_duration_since(Instant::now());
        match news.recv_timeout(wait) {
            Ok(News::Finished(name)) => left.retain(|one| *one != name),
            // Without this, a worker that never pauses is listened to for ever.
            Ok(News::Busy) if wait.is_zero() => break,
            Ok(News::Busy) => {}
            // The time is over, or nobody is left who could say anything.
            Err(RecvTimeoutError::Timeout) => break,
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    left
}

fn ray(news: SyncSender<News>) {
    // Perhaps nobody waits for this any more.
    let _ = news.send(News::Finished("ray"));
}

fn egon(news: SyncSender<News>) {
    for _ in 0..3 {
        let _ = news.send(News::Busy);
        thread::sleep(Duration::from_millis(10));
    }
    let _ = news.send(News::Finished("egon"));
}

fn vinz(news: SyncSender<News>) {
    while news.send(News::Busy).is_ok() {
        thread::sleep(Duration::from_millis(10));
    }
}

/// Four mouths, and none of them ever pauses.
fn slimer(news: SyncSender<News>) {
    for _ in 0..4 {
        let news = news.clone();
        thread::spawn(move || while news.send(News::Busy).is_ok() {});
    }
}

fn louis(news: SyncSender<News>) {
    drop(news);
}
