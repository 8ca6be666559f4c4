//! The picture for a terminal: 80 columns of plain Unicode, without colour.

use crate::scene::{Row, Scene, Story, cut, label};

const WIDTH: usize = 80;
const NAME: usize = 18;
/// The shortest axis: the words beside it are cut before it gets shorter.
const SHORTEST: usize = 32;

pub fn draw(story: &Story) -> String {
    let scenes: Vec<String> = story.scenes.iter().map(scene).collect();
    scenes.join("\n")
}

fn scene(scene: &Scene) -> String {
    let names = scene.rows.iter().map(|row| row.who.chars().count());
    let left = names.max().unwrap_or(0).clamp(7, NAME) + 2;

    // Each bar's end needs room for its words.
    let fits = |length: &usize| {
        scene.rows.iter().all(|row| {
            let (at, letters) = row.end(|at| column(scene, at, *length));
            left + at + 2 + letters <= WIDTH
        })
    };
    let length = (SHORTEST..=WIDTH - left - 2).rev().find(fits);
    let length = length.unwrap_or(SHORTEST);

    let mut drawn = String::new();
    if !scene.name.is_empty() {
        drawn += &format!("== {}\n", scene.name);
    }
    drawn += &axis(scene, left, length);
    for row in &scene.rows {
        let name = cut(&row.who, NAME);
        let gap = " ".repeat(left - name.chars().count());
        drawn += &format!("{name}{gap}{}\n", bar(scene, row, left, length));
    }
    drawn
}

/// Where a time is on an axis of `length` columns, from 0.
fn column(scene: &Scene, at: u32, length: usize) -> usize {
    let (from, to) = scene.span;
    let share = f64::from(at.saturating_sub(from)) / f64::from(to - from);
    // In 0..length, since `at` is within the span.
    (share * (length - 1) as f64).round() as usize
}

fn axis(scene: &Scene, left: usize, length: usize) -> String {
    let mut line = format!("{:left$}", "seconds");
    let most = u32::try_from(length / 6).unwrap_or(1);
    for tick in scene.ticks(most) {
        let seconds = (tick / 10).to_string();
        let at = left + column(scene, tick, length);
        let gap = at.saturating_sub(line.chars().count());
        line += &" ".repeat(gap);
        line += &seconds;
    }
    line + "\n"
}

/// A row as text, from its first event to its last, with the words between.
fn bar(scene: &Scene, row: &Row, left: usize, length: usize) -> String {
    let places = row.places(|at| column(scene, at, length));
    let last = places.len() - 1;
    let mut line = String::new();
    for (index, (at, _)) in places.iter().enumerate() {
        let gap = at.saturating_sub(line.chars().count());
        line += &if index == 0 { " " } else { "━" }.repeat(gap);
        line += match index {
            0 if last == 0 => "┃",
            _ if index == last => "┫",
            _ => "┣",
        };
        let end = match places.get(index + 1) {
            // Room for a space on both sides.
            Some((next, _)) => next.saturating_sub(at + 3),
            None => WIDTH.saturating_sub(left + at + 2),
        };
        let words = label(&places, index, end);
        if !words.is_empty() {
            line += &format!(" {words}");
            line += if index == last { "" } else { " " };
        }
    }
    line
}
