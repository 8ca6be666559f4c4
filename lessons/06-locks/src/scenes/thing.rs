//! A lock that writes down who holds it and who waits for it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

/// The holder of each thing, and the thing that each person waits for.
struct Register {
    /// From a thing to the person that holds it.
    holders: BTreeMap<&'static str, &'static str>,
    /// From a person to the thing that the person waits for.
    wanted: BTreeMap<&'static str, &'static str>,
}

static REGISTER: Mutex<Register> =
    Mutex::new(Register { holders: BTreeMap::new(), wanted: BTreeMap::new() });

pub struct Thing {
    pub name: &'static str,
    lock: Mutex<()>,
}

/// A thing in somebody's hands, until this is dropped.
pub struct Held<'a>(&'a Thing, #[expect(dead_code)] MutexGuard<'a, ()>);

impl Thing {
    pub fn new(name: &'static str) -> Self {
        Self { name, lock: Mutex::new(()) }
    }

    pub fn take(&self, who: &'static str) -> Held<'_> {
        with_register(|register| register.wanted.insert(who, self.name));
        let guard = self.lock.lock().unwrap();
        with_register(|register| register.wanted.remove(who));
        with_register(|register| register.holders.insert(self.name, who));
        Held(self, guard)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        with_register(|register| register.holders.remove(self.0.name));
    }
}

/// Goes from a person to the thing that they wait for, to its holder, to the
/// thing that the holder waits for, and so on. Returns the steps if they lead
/// back to the first person, otherwise `None`.
// ANCHOR: circle
pub fn circle(who: &'static str) -> Option<Vec<String>> {
    with_register(|register| {
        let mut steps = Vec::new();
        let mut person = who;
        loop {
            let thing = *register.wanted.get(person)?;
            let holder = *register.holders.get(thing)?;
            steps.push(format!("{person} wants the {thing}, {holder} has it"));
            person = holder;
            if person == who {
                return Some(steps);
            }
            if steps.len() > register.wanted.len() {
                return None; // a circle of others
            }
        }
    })
}
// ANCHOR_END: circle

fn with_register<T>(change: impl FnOnce(&mut Register) -> T) -> T {
    change(&mut REGISTER.lock().unwrap())
}
