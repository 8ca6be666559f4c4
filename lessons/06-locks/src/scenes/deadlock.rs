//! Two threads that wait for each other: shown, found and cured.

use std::{
    sync::{Arc, mpsc},
    thread,
};

use super::thing::{Thing, circle};
use crate::story::{event, real, wait};

// ANCHOR: deadlock
pub fn play() {
    let (peter, egon) = ("Peter Venkman", "Egon Spengler");

    // Shown: each takes one thing, and wants the other's.
    let pack = Arc::new(Thing::new("proton pack"));
    let trap = Arc::new(Thing::new("trap"));
    let (done, hunters) = mpsc::channel();
    hunt(peter, [&pack, &trap], &done);
    wait(0.5);
    hunt(egon, [&trap, &pack], &done);
    if hunters.recv_timeout(real(4.0)).is_err() {
        event("main", "nobody comes back");
    }

    // Found: the register leads from Peter back to Peter.
    if let Some(steps) = circle(peter) {
        for step in steps {
            event("main", step);
        }
    }

    // Cured: everybody takes things in the same order. (The two above go on
    // waiting for the old things until the program ends.)
    let pack = Arc::new(Thing::new("new proton pack"));
    let trap = Arc::new(Thing::new("new trap"));
    hunt(peter, [&pack, &trap], &done);
    wait(0.5);
    hunt(egon, [&pack, &trap], &done);
    for _ in 0..2 {
        hunters.recv().expect("`done` is here");
    }
    event("main", "both are back");
}

fn hunt(who: &'static str, things: [&Arc<Thing>; 2], done: &mpsc::Sender<()>) {
    let things = [Arc::clone(things[0]), Arc::clone(things[1])];
    let done = done.clone();
    thread::spawn(move || {
        let _first = things[0].take(who);
        event(who, format!("has the {}", things[0].name));
        wait(1.0);
        let _second = things[1].take(who);
        event(who, format!("has the {}, and a ghost", things[1].name));
        done.send(()).expect("main waits");
    });
}
// ANCHOR_END: deadlock
