//! Exercise 17: end in order, and in time.
//!
//! Complete `wait_for_all`. Then ask whether it is right:
//!
//!     cargo test --test exercise17

#[allow(unused_imports, reason = "you will need them")]
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
#[allow(unused_imports, reason = "you will need them")]
use std::time::{Duration, Instant};

/// What a worker says when it was asked to end.
#[allow(dead_code, reason = "you will need it")]
enum News {
    /// It is still at it.
    Busy,
    /// The worker of this name has finished.
    Finished(&'static str),
}

/// A worker, from the moment when it is asked to end.
type Worker = fn(Sender<News>);

fn main() {
    // Both finish soon. An hour is allowed, and not needed.
    let hour = Duration::from_secs(3600);
    tell(&["ray", "egon"], &[ray, egon], hour);

    // Slimer talks all the time and never finishes.
    let moment = Duration::from_millis(300);
    tell(&["ray", "egon", "slimer"], &[ray, egon, slimer], moment);

    // Louis is gone without a word: nobody will say anything any more.
    tell(&["ray", "louis"], &[ray, louis], hour);
}

/// Asks workers to end and prints how that went.
fn tell(names: &[&'static str], workers: &[Worker], most: Duration) {
    let (sender, news) = channel();
    for &worker in workers {
        let sender = sender.clone();
        thread::spawn(move || worker(sender));
    }
    drop(sender);
    let left = wait_for_all(names, &news, most);
    println!("{} asked, unfinished: {left:?}", names.join(" "));
}

/// Waits until all `names` have finished, but `most` in all. Returns those
/// that have not, in the order of `names`.
#[allow(unused_variables, reason = "the todo!() is yours to replace")]
fn wait_for_all(
    names: &[&'static str],
    news: &Receiver<News>,
    most: Duration,
) -> Vec<&'static str> {
    todo!("take news until nobody is left, or {most:?} are over in all")
}

fn ray(news: Sender<News>) {
    // Whoever asked may not want to hear it any more.
    let _ = news.send(News::Finished("ray"));
}

fn egon(news: Sender<News>) {
    for _ in 0..3 {
        let _ = news.send(News::Busy);
        thread::sleep(Duration::from_millis(10));
    }
    let _ = news.send(News::Finished("egon"));
}

fn slimer(news: Sender<News>) {
    while news.send(News::Busy).is_ok() {
        thread::sleep(Duration::from_millis(10));
    }
}

fn louis(news: Sender<News>) {
    drop(news);
}
