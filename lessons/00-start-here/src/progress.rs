//! The lessons with their minutes, and how far the reader is.

use std::io::{self, Write};

use crate::{
    Result,
    check::{Outcome, check},
    course::Lesson,
};

/// A check is run only where no `todo!()` is left: an exercise that has one is
/// not done, which is known without compiling it.
pub fn show(lessons: &[Lesson]) -> Result<()> {
    println!("The lessons, minutes to read and to do, and yours");
    let (mut done, mut minutes) = (0, 0);
    for lesson in lessons {
        let Lesson { number, title, minutes: (read, exercise), .. } = lesson;
        print!("  {number}  {title:<44}  {read:>2} + {exercise:>2}  ");
        io::stdout().flush()?;
        let state = if lesson.todos()?.is_empty() {
            match check(lesson) {
                Ok(Outcome::Right) => "done",
                Ok(Outcome::DoesNotCompile(_)) => "does not compile",
                Ok(Outcome::Wrong(_) | Outcome::NotBegun) => "not right yet",
                // `lesson00 check` shows why.
                Err(_) => "not checked",
            }
        } else {
            "not begun"
        };
        println!("{state}");
        if state == "done" {
            done += 1;
        } else {
            minutes += read + exercise;
        }
    }
    println!("\n{done} of {} done; {minutes} minutes to go.", lessons.len());
    let next = lessons
        .iter()
        .find(|lesson| lesson.todos().is_ok_and(|todos| !todos.is_empty()));
    if let Some(Lesson { number, .. }) = next {
        println!("Go on with: cargo run --bin lesson{number}");
    }
    Ok(())
}
