//! Lesson 26: when to wake somebody.
//!
//! You see a router lose answers, and a rule that calls at the third one in a
//! row and not at the first (`in-a-row`); trouble that comes and goes, whose
//! end is believed later each time (`flapping`); a rule that learns what is
//! usual (`learnt`); a router that takes with it what lies behind it
//! (`behind`); and a notice that reaches somebody although the line is engaged
//! (`telephone`). About 25 minutes.
//!
//! ```text
//! cargo run --bin lesson26             all of them, one after the other
//! cargo run --bin lesson26 learnt      one of them
//! ```

mod scenes;

use std::{env, error::Error, process};

use alerts::{Alerts, Condition, Memory, Notice, Rule};

const SCENES: [&str; 5] =
    ["in-a-row", "flapping", "learnt", "behind", "telephone"];

/// A ping each second: a dot is an answer, an x is a lost one.
const EVENING: &str = "......x.....xx.......xxxxxxxxx....x.........";

/// The first ping, in milliseconds since 1970.
const MONDAY: i64 = 1_795_456_800_000;

// ANCHOR: in-a-row
fn in_a_row() {
    let mut alerts = three_in_a_row();

    // Two calls in all: trouble that lasts, and the end of it.
    let notices = watch(&mut alerts, EVENING, 1_000);
    print_below(EVENING, &notices, 1_000);
}

/// One rule: three lost pings in a row are trouble, three answers its end.
fn three_in_a_row() -> Alerts {
    let rule = Rule {
        name: "router gone".to_owned(),
        series: vec![("router".to_owned(), "ping")],
        condition: Condition::Fails,
        after: 3,
        recover_after: 3,
        notify: vec!["telephone".to_owned()],
        ..Rule::default()
    };
    Alerts::new(&[rule], Memory::default())
}

/// Gives the alerts a ping for each letter, and collects their notices.
fn watch(alerts: &mut Alerts, letters: &str, every: i64) -> Vec<Notice> {
    let mut notices = Vec::new();
    let mut at = MONDAY;
    for letter in letters.chars() {
        let answer = if letter == '.' { Some(1.5) } else { None };
        let caused = alerts.sample(at, "ping", "router", answer, None);
        notices.extend(caused);
        at += every;
    }
    notices
}
// ANCHOR_END: in-a-row

/// The letters, a `^` under each that caused a notice, and the notices.
fn print_below(letters: &str, notices: &[Notice], every: i64) {
    println!("{letters}");
    let mut calls = String::new();
    for place in 0..letters.len() as i64 {
        let called = notices.iter().any(|it| it.at == MONDAY + place * every);
        calls.push(if called { '^' } else { ' ' });
    }
    println!("{}", calls.trim_end());
    for notice in notices {
        println!();
        print_parts(&notice.words);
    }
}

/// Prints a sentence, a part of it on each line.
fn print_parts(sentence: &str) {
    for part in sentence.split(", ") {
        println!("  {part}");
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    // One scene by name, or all of them.
    match env::args().nth(1) {
        Some(scene) => play(&scene),
        None => {
            for scene in SCENES {
                println!("== {scene}");
                play(scene)?;
            }
            Ok(())
        }
    }
}

fn play(scene: &str) -> Result<(), Box<dyn Error>> {
    match scene {
        "in-a-row" => in_a_row(),
        "flapping" => scenes::flapping::play(),
        "learnt" => scenes::learnt::play(),
        "behind" => scenes::behind::play(),
        "telephone" => scenes::telephone::play()?,
        _ => {
            eprintln!("No scene {scene:?}: there are {}.", SCENES.join(", "));
            process::exit(2);
        }
    }
    Ok(())
}
