//! The picture for a page, as SVG. It has a background of its own, so that it can
//! be read on a light page and on a dark one.

use crate::scene::{Row, Scene, Story, cut, label};

// The colours of the book's other pictures.
const INK: &str = "#22303c";
const PALE: &str = "#5b6b78";
const PAPER: &str = "#fbf9f4";
const TINTS: [&str; 2] = ["#d7ebe4", "#f3d9c9"];

// Lengths in pixels.
const WIDTH: usize = 960;
const LEFT: usize = 184;
const MARGIN: usize = 20;
const RIGHT: usize = WIDTH - MARGIN;
const ROW: usize = 36;
const BAR: usize = 26;
const SHORTEST: usize = 400;
/// How wide a letter of 13 pixels is, generously.
const LETTER: usize = 8;

pub fn draw(story: &Story) -> String {
    let mut drawing = Drawing { body: String::new(), bottom: MARGIN };
    for scene in &story.scenes {
        drawing.scene(scene);
    }
    let Drawing { body, bottom } = drawing;
    let mut title = "Who did what when".to_owned();
    if !story.commands.is_empty() {
        title = format!("{title}: {}", story.commands.join(", "));
    }
    let (title, told) = (escaped(&title), escaped(&in_words(story)));
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg"
    viewBox="0 0 {WIDTH} {bottom}" role="img" aria-labelledby="title told"
    font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif"
    font-size="13" fill="{INK}">
  <title id="title">{title}</title>
  <desc id="told">{told}</desc>
  <rect width="{WIDTH}" height="{bottom}" rx="12" fill="{PAPER}"/>
{body}</svg>
"#
    )
}

/// The picture in words, for readers who listen.
fn in_words(story: &Story) -> String {
    let mut told = Vec::new();
    for scene in &story.scenes {
        if !scene.name.is_empty() {
            told.push(format!("{}.", scene.name));
        }
        for row in &scene.rows {
            let events = row.events.iter();
            let events: Vec<String> = events
                .map(|(at, what)| format!("{} {what}", seconds(*at)))
                .collect();
            told.push(format!("{}: {}.", row.who, events.join(", ")));
        }
    }
    told.join(" ")
}

/// The picture so far, and where it ends.
struct Drawing {
    body: String,
    bottom: usize,
}

impl Drawing {
    fn scene(&mut self, scene: &Scene) {
        if !scene.name.is_empty() {
            let place = (MARGIN, self.bottom + 16);
            let heading = r#"font-size="15" font-weight="600""#;
            self.text(place, heading, &scene.name);
            self.bottom += 26;
        }

        // Each bar's end needs room for its words.
        let fits = |length: &usize| {
            scene.rows.iter().all(|row| {
                let (x, letters) = row.end(|at| place(scene, at, *length));
                x + 8 + letters * LETTER < RIGHT
            })
        };
        let length = (SHORTEST..RIGHT - LEFT).rev().find(fits);
        let length = length.unwrap_or(SHORTEST);

        self.axis(scene, length);
        for row in &scene.rows {
            self.row(scene, row, length);
            self.bottom += ROW;
        }
        self.bottom += MARGIN;
    }

    /// Draws the axis: its seconds, and a pale line down from each.
    fn axis(&mut self, scene: &Scene, length: usize) {
        let (top, rows) = (self.bottom, scene.rows.len() * ROW);
        let ticks = u32::try_from(length / 40).unwrap_or(1);
        for tick in scene.ticks(ticks) {
            let x = place(scene, tick, length);
            let words = seconds(tick);
            let pale = format!(r#"fill="{PALE}" text-anchor="middle""#);
            self.text((x, top + 12), &pale, &words);
            let from = top + 18;
            self.body += &format!(
                "  <path d=\"M{x} {from} v{rows}\" \
                 stroke=\"{PALE}\" stroke-opacity=\"0.3\"/>\n"
            );
        }
        self.bottom += 24;
    }

    /// Draws a row, from its first event to its last, with the words between.
    fn row(&mut self, scene: &Scene, row: &Row, length: usize) {
        let text = self.bottom + 18;
        let name = cut(&row.who, (LEFT - MARGIN) / LETTER);
        self.text((MARGIN, text), r#"font-weight="600""#, &name);
        let places = row.places(|at| place(scene, at, length));
        for (index, (x, words)) in places.iter().enumerate() {
            if let Some((next, _)) = places.get(index + 1) {
                let look = format!(
                    r#"fill="{}" stroke="{INK}""#,
                    TINTS[index % TINTS.len()]
                );
                self.bar(*x, next - x, &look, words);
                let room = (next - x).saturating_sub(10) / LETTER;
                self.text((x + 6, text), "", &label(&places, index, room));
            } else {
                // The end: a line, and the words beside it.
                self.bar(x - 1, 3, r#"rx="1.5""#, words);
                let room = RIGHT.saturating_sub(x + 8) / LETTER;
                self.text((x + 8, text), "", &label(&places, index, room));
            }
        }
    }

    fn text(&mut self, (x, y): (usize, usize), look: &str, words: &str) {
        if words.is_empty() {
            return;
        }
        let words = escaped(words);
        let look = if look.is_empty() { "" } else { &format!(" {look}") };
        self.body +=
            &format!("  <text x=\"{x}\" y=\"{y}\"{look}>{words}</text>\n");
    }

    /// Draws a bar, which shows its words when a pointer rests on it.
    fn bar(&mut self, x: usize, wide: usize, look: &str, words: &str) {
        let (y, words) = (self.bottom, escaped(words));
        self.body += &format!(
            "  <rect x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{BAR}\" \
             {look}><title>{words}</title></rect>\n"
        );
    }
}

/// Where a time is, in pixels from the left edge.
fn place(scene: &Scene, at: u32, length: usize) -> usize {
    let (from, to) = scene.span;
    let share = f64::from(at.saturating_sub(from)) / f64::from(to - from);
    // In 0..=length, since `at` is within the span.
    LEFT + (share * length as f64).round() as usize
}

fn seconds(tenths: u32) -> String {
    match (tenths / 10, tenths % 10) {
        (whole, 0) => format!("{whole} s"),
        (whole, tenth) => format!("{whole}.{tenth} s"),
    }
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}
