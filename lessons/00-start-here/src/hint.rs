//! `lesson00 hint`: the hints of a chapter, one at a time.

use crate::{Result, course::Lesson};

pub fn play(lesson: &Lesson, which: &str) -> Result<bool> {
    let number = &lesson.number;
    let hints = hints(&lesson.chapter);
    let all = hints.len();
    let which: usize = which.parse().map_err(|_| {
        format!("Which hint? A number from 1 to {all}, not {which}")
    })?;
    let Some(hint) = which.checked_sub(1).and_then(|it| hints.get(it)) else {
        return Err(format!("Exercise {number} has {all} hints").into());
    };
    println!("Hint {which} of {all} for {}\n\n{hint}\n", lesson.exercise());
    if which < all {
        let next = which + 1;
        println!("The next one: cargo run --bin lesson00 hint {number} {next}");
    } else {
        println!("One way to do it: {}", lesson.solution());
    }
    Ok(true)
}

/// The hints, which the book folds away under "Hint 1" and so on.
fn hints(chapter: &str) -> Vec<&str> {
    let folded = chapter.split("<summary>Hint ").skip(1);
    folded
        .filter_map(|text| text.split_once("</summary>"))
        .filter_map(|(_, text)| text.split_once("</details>"))
        .map(|(hint, _)| hint.trim())
        .collect()
}
