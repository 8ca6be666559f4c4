//! The tests that browsers run at the moment, and what has arrived of each.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use thiserror::Error;

/// The most tests that run at once. One more would measure the others.
pub const MOST_TESTS: usize = 8;
/// A test that asks for nothing during this time has ended.
const ENDED: Duration = Duration::from_secs(15);
/// The longest name of a test, in letters.
const LONGEST_ID: usize = 32;

/// The tests that browsers run at the moment.
#[derive(Debug)]
pub struct Tests {
    begun: Instant,
    open: Mutex<HashMap<String, Test>>,
}

#[derive(Debug)]
struct Test {
    counter: Counter,
    asked: Instant,
}

/// Counts the bytes of a test's uploads while they come.
#[derive(Debug, Clone, Default)]
pub struct Counter(Arc<AtomicU64>);

impl Counter {
    /// Counts more bytes.
    pub fn add(&self, bytes: u64) {
        self.0.fetch_add(bytes, Relaxed);
    }
}

/// What has arrived of a test's uploads.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Count {
    /// When this was so, in milliseconds of the server's own clock. Only the
    /// time between two counts has a meaning.
    pub at_ms: f64,
    /// Bytes of bodies.
    pub received: u64,
}

/// Why a test is not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotCounted {
    /// It has no name, or a strange one.
    #[error(
        "say which test this is for: ?test= and at most {LONGEST_ID} letters \
         and digits"
    )]
    Name,
    /// Too many others run.
    #[error("{MOST_TESTS} tests run already: try again in half a minute")]
    Full,
}

impl Default for Tests {
    fn default() -> Tests {
        Tests { begun: Instant::now(), open: Mutex::default() }
    }
}

impl Tests {
    /// The counter of the test with this name, which may begin with it.
    ///
    /// # Errors
    /// When the name is none, or too many other tests run.
    pub fn counter(&self, id: &str) -> Result<Counter, NotCounted> {
        let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if id.is_empty() || id.len() > LONGEST_ID || !plain {
            return Err(NotCounted::Name);
        }
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if !open.contains_key(id) {
            open.retain(|_, test| test.asked.elapsed() < ENDED);
            if open.len() >= MOST_TESTS {
                return Err(NotCounted::Full);
            }
        }
        let asked = Instant::now();
        let begin = || Test { counter: Counter::default(), asked };
        let test = open.entry(id.to_owned()).or_insert_with(begin);
        test.asked = asked;
        Ok(test.counter.clone())
    }

    /// What has arrived for this counter until now.
    #[must_use]
    pub fn count(&self, counter: &Counter) -> Count {
        Count {
            at_ms: self.begun.elapsed().as_secs_f64() * 1000.0,
            received: counter.0.load(Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_arrives_is_counted_for_its_own_test() {
        let tests = Tests::default();
        let ours = tests.counter("a1").expect("begun");
        let others = tests.counter("b2").expect("begun");
        ours.add(1000);
        tests.counter("a1").expect("goes on").add(24);
        assert_eq!(tests.count(&ours).received, 1024);
        assert_eq!(tests.count(&others).received, 0);
    }

    #[test]
    fn no_test_without_a_name_and_none_beside_too_many() {
        let tests = Tests::default();
        let long = "x".repeat(LONGEST_ID + 1);
        for id in ["", "a b", "../x", "é", &long] {
            let refused = tests.counter(id).err();
            assert_eq!(refused, Some(NotCounted::Name), "{id:?}");
        }
        for number in 0..MOST_TESTS {
            tests.counter(&number.to_string()).expect("there is room");
        }
        let refused = tests.counter("another").err();
        assert_eq!(refused, Some(NotCounted::Full));
        assert!(tests.counter("0").is_ok(), "one that runs goes on");
    }
}
