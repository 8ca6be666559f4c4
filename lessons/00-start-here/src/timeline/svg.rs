//! The picture for a page. Its paper is part of it, so that it can be read on
//! a light page and on a dark one.

use std::fmt::Write;

use crate::scene::{Row, Scene, Story, cut};

// The colours of the book's other pictures.
const INK: &str = "#22303c";
const PALE: &str = "#5b6b78";
const PAPER: &str = "#fbf9f4";
const TINTS: [&str; 2] = ["#d7ebe4", "#f3d9c9"];

// Lengths in pixels.
const WIDTH: usize = 960;
const LEFT: usize = 184;
const MARGIN: usize = 20;
const ROW: usize = 36;
const BAR: usize = 26;
const SHORTEST: usize = 400;
/// How wide a letter of 13 pixels is, generously.
const LETTER: usize = 8;

pub fn draw(story: &Story) -> String {
    let (mut body, mut top) = (String::new(), MARGIN);
    for scene in &story.scenes {
        top = draw_scene(scene, top, &mut body);
    }
    let mut title = "Who did what when".to_owned();
    if !story.commands.is_empty() {
        title = format!("{title}: {}", story.commands.join(", "));
    }
    let (title, told) = (escaped(&title), escaped(&in_words(story)));
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" role="img" aria-labelledby="title told" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="13" fill="{INK}">
  <title id="title">{title}</title>
  <desc id="told">{told}</desc>
  <rect width="{WIDTH}" height="{top}" rx="12" fill="{PAPER}"/>
{body}</svg>
"#
    )
}

/// The same for those who listen.
fn in_words(story: &Story) -> String {
    let mut told = Vec::new();
    for scene in &story.scenes {
        if !scene.name.is_empty() {
            told.push(format!("{}.", scene.name));
        }
        for row in &scene.rows {
            let events = row.events.iter();
            let events: Vec<String> = events
                .map(|(at, what)| format!("{} s {what}", seconds(*at)))
                .collect();
            told.push(format!("{}: {}.", row.who, events.join(", ")));
        }
    }
    told.join(" ")
}

/// Draws a scene below `top`, and returns where it ends.
fn draw_scene(scene: &Scene, top: usize, body: &mut String) -> usize {
    let mut top = top;
    if !scene.name.is_empty() {
        let name = escaped(&scene.name);
        let y = top + 16;
        add(
            body,
            format!(
                r#"<text x="{MARGIN}" y="{y}" font-size="15" font-weight="600">{name}</text>"#
            ),
        );
        top += 26;
    }

    // As long as the words after each bar's end leave room for.
    let most = WIDTH - LEFT - MARGIN - 16;
    let fits = |length: &usize| {
        scene.rows.iter().all(|row| {
            let last = row.places(|at| place(scene, at, *length)).pop();
            last.is_none_or(|(at, words)| {
                at + width(&words) + 8 + MARGIN <= WIDTH
            })
        })
    };
    let length = (SHORTEST..=most).rev().find(fits).unwrap_or(SHORTEST);

    // The axis, and a pale line down from each of its seconds.
    let bottom = top + 22 + scene.rows.len() * ROW;
    let ticks = u32::try_from(length / 40).unwrap_or(1);
    for tick in scene.ticks(ticks) {
        let (x, y) = (place(scene, tick, length), top + 12);
        let second = seconds(tick);
        let from = top + 18;
        add(
            body,
            format!(
                r#"<text x="{x}" y="{y}" fill="{PALE}" text-anchor="middle">{second} s</text>"#
            ),
        );
        add(
            body,
            format!(
                r#"<path d="M{x} {from} V{bottom}" stroke="{PALE}" stroke-opacity="0.3"/>"#
            ),
        );
    }
    top += 24;
    for row in &scene.rows {
        draw_row(scene, row, top, length, body);
        top += ROW;
    }
    top + MARGIN
}

fn draw_row(
    scene: &Scene,
    row: &Row,
    top: usize,
    length: usize,
    body: &mut String,
) {
    let text = top + 18;
    let name = escaped(&cut(&row.who, (LEFT - MARGIN) / LETTER));
    add(
        body,
        format!(
            r#"<text x="{MARGIN}" y="{text}" font-weight="600">{name}</text>"#
        ),
    );
    let places = row.places(|at| place(scene, at, length));
    for (index, (x, words)) in places.iter().enumerate() {
        let tip = escaped(words);
        let Some((next, _)) = places.get(index + 1) else {
            // The end: a line, and the words beside it.
            let room = WIDTH.saturating_sub(x + 8 + MARGIN) / LETTER;
            let (x, beside) = (x - 1, x + 8);
            let words = escaped(&cut(words, room));
            add(
                body,
                format!(
                    r#"<rect x="{x}" y="{top}" width="3" height="{BAR}" rx="1.5"/>"#
                ),
            );
            add(
                body,
                format!(
                    r#"<text x="{beside}" y="{text}"><title>{tip}</title>{words}</text>"#
                ),
            );
            continue;
        };
        let wide = next - x;
        let tint = TINTS[index % 2];
        add(
            body,
            format!(
                r#"<rect x="{x}" y="{top}" width="{wide}" height="{BAR}" fill="{tint}" stroke="{INK}"><title>{tip}</title></rect>"#
            ),
        );
        let room = wide.saturating_sub(10) / LETTER;
        if room >= words.chars().count().min(4) {
            let (x, words) = (x + 6, escaped(&cut(words, room)));
            add(body, format!(r#"<text x="{x}" y="{text}">{words}</text>"#));
        }
    }
}

/// Where a time is, in pixels from the left edge.
fn place(scene: &Scene, at: u32, length: usize) -> usize {
    let (from, to) = scene.span();
    let share = f64::from(at.saturating_sub(from)) / f64::from(to - from);
    // In 0..=length, since `at` is within the span.
    LEFT + (share * length as f64).round() as usize
}

fn width(words: &str) -> usize {
    words.chars().count() * LETTER
}

fn seconds(tenths: u32) -> String {
    match (tenths / 10, tenths % 10) {
        (whole, 0) => whole.to_string(),
        (whole, tenth) => format!("{whole}.{tenth}"),
    }
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

fn add(body: &mut String, element: String) {
    writeln!(body, "  {element}").expect("a string can be written to");
}
