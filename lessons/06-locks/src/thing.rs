//! A lock that keeps a book of who holds it and who wants it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

/// Who has a thing, and who waits for which, by the things' and people's
/// names.
struct Book {
    holders: BTreeMap<&'static str, &'static str>,
    wanted: BTreeMap<&'static str, &'static str>,
}

static BOOK: Mutex<Book> =
    Mutex::new(Book { holders: BTreeMap::new(), wanted: BTreeMap::new() });

pub struct Thing {
    pub name: &'static str,
    lock: Mutex<()>,
}

/// Until it is dropped, the thing is somebody's.
pub struct Held<'a>(&'a Thing, #[expect(dead_code)] MutexGuard<'a, ()>);

impl Thing {
    pub fn new(name: &'static str) -> Self {
        Self { name, lock: Mutex::new(()) }
    }

    pub fn take(&self, who: &'static str) -> Held<'_> {
        note(|book| book.wanted.insert(who, self.name));
        let guard = self.lock.lock().unwrap();
        note(|book| book.wanted.remove(who));
        note(|book| book.holders.insert(self.name, who));
        Held(self, guard)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        note(|book| book.holders.remove(self.0.name));
    }
}

/// From `who` to what he wants, to who has it, to what that one wants …: the
/// way, if it leads back to him.
// ANCHOR: circle
pub fn circle(who: &'static str) -> Option<Vec<String>> {
    note(|book| {
        let mut way = Vec::new();
        let mut person = who;
        loop {
            let thing = *book.wanted.get(person)?;
            let holder = *book.holders.get(thing)?;
            way.push(format!("{person} wants the {thing}, {holder} has it"));
            person = holder;
            if person == who {
                return Some(way);
            }
            if way.len() > book.wanted.len() {
                return None; // a circle further on, without him
            }
        }
    })
}
// ANCHOR_END: circle

fn note<T>(change: impl FnOnce(&mut Book) -> T) -> T {
    change(&mut BOOK.lock().unwrap())
}
