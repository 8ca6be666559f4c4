//! A story: its events, sorted by scene and by who was in them.

use crate::event::Event;

/// All events that one or more programs printed.
#[derive(Default)]
pub struct Story {
    /// The commands that were run, where the text is a transcript.
    pub commands: Vec<String>,
    pub scenes: Vec<Scene>,
}

/// The events under one heading, which share an axis of time.
pub struct Scene {
    pub name: String,
    pub rows: Vec<Row>,
    /// The full seconds, in tenths, that hold all of it.
    pub span: (u32, u32),
}

/// The events of one person, in the order of time.
pub struct Row {
    pub who: String,
    pub events: Vec<(u32, String)>,
}

impl Story {
    /// Reads the events among the lines of `text`.
    pub fn read(text: &str) -> Story {
        let mut story = Story::default();
        let mut name = String::new();
        let mut fresh = true;
        // Colours and the like have no place in a picture, or in XML.
        let odd =
            |c: char| c.is_control() || ('\u{fffe}'..='\u{ffff}').contains(&c);
        for line in text.lines().map(|line| line.replace(odd, "")) {
            let line = line.as_str();
            if let Some(command) = line.strip_prefix("$ ") {
                // The command without the variables before it.
                let cargo = command.find("cargo").unwrap_or(0);
                story.commands.push(command[cargo..].trim().to_owned());
                (name, fresh) = (String::new(), true);
            } else if let Some(heading) =
                line.strip_prefix("== ").or(line.strip_prefix("-- "))
            {
                (name, fresh) = (heading.trim().to_owned(), true);
            } else if let Some(event) = Event::read(line) {
                if std::mem::take(&mut fresh) {
                    let (name, rows) = (name.clone(), Vec::new());
                    let from = event.at / 10 * 10;
                    let span = (from, from + 10);
                    story.scenes.push(Scene { name, rows, span });
                }
                if let Some(scene) = story.scenes.last_mut() {
                    scene.add(&event);
                }
            }
        }
        story
    }
}

impl Scene {
    fn add(&mut self, event: &Event) {
        self.span.0 = self.span.0.min(event.at / 10 * 10);
        self.span.1 = self.span.1.max(event.at.div_ceil(10) * 10);
        let mine = self.rows.iter().position(|row| row.who == event.who);
        let row = mine.unwrap_or_else(|| {
            let who = event.who.to_owned();
            self.rows.push(Row { who, events: Vec::new() });
            self.rows.len() - 1
        });
        let events = &mut self.rows[row].events;
        let later = events.partition_point(|(at, _)| *at <= event.at);
        events.insert(later, (event.at, event.what.to_owned()));
    }

    /// The times to mark on the axis, in tenths: about `most` or fewer.
    pub fn ticks(&self, most: u32) -> impl Iterator<Item = u32> {
        let (from, to) = self.span;
        let steps = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
        let few = |step: &u32| (to - from) / step <= most.max(1);
        let step = steps.into_iter().find(few).unwrap_or((to - from).max(10));
        (from..=to).step_by(usize::try_from(step).unwrap_or(10))
    }
}

impl Row {
    /// The place of the last event, and the number of letters to print there.
    pub fn end(&self, place: impl Fn(u32) -> usize) -> (usize, usize) {
        let last = self.events.last().map_or(0, |(at, _)| place(*at));
        let events = self.events.iter().rev();
        let there = events.take_while(|(at, _)| place(*at) == last);
        let letters = there.map(|(_, what)| what.chars().count() + 2).sum();
        (last, usize::saturating_sub(letters, 2))
    }

    /// The texts of the events by place; those at one place are joined.
    pub fn places(&self, place: impl Fn(u32) -> usize) -> Vec<(usize, String)> {
        let mut places: Vec<(usize, String)> = Vec::new();
        for (at, what) in &self.events {
            match places.last_mut() {
                Some((last, words)) if *last == place(*at) => {
                    words.push_str("; ");
                    words.push_str(what);
                }
                _ => places.push((place(*at), what.clone())),
            }
        }
        places
    }
}

/// The text at one of a row's places, in at most `room` characters. A text that
/// is too long is shortened: to its last event's, then by the words with which
/// its neighbour begins, too, and then it is cut.
pub fn label(places: &[(usize, String)], index: usize, room: usize) -> String {
    let words = |index: usize| places.get(index).map_or("", |(_, it)| it);
    let full = words(index);
    if full.chars().count() <= room {
        return full.to_owned();
    }
    let last = |index| words(index).rsplit("; ").next().unwrap_or("");
    let mine = last(index).split(' ');
    let other = last(index.checked_sub(1).unwrap_or(1)).split(' ');
    let same = mine.clone().zip(other).take_while(|(a, b)| a == b).count();
    let rest: Vec<&str> = mine.skip(same).collect();
    cut(&rest.join(" "), room)
}

/// `text` in at most `most` characters, or nothing where too few would be left.
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    if most < 4 {
        return String::new();
    }
    let kept: String = text.chars().take(most - 1).collect();
    kept.trim_end().to_owned() + "…"
}
