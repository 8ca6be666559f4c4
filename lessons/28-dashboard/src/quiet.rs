//! The windows and silences that somebody makes on the page of the recorded
//! hour. They last as long as the program.

use alerts::Silence;
use dashboard::NotDone;
use dashboard::api::{Made, NewSilence, NewWindow, Occurrence, WindowStatus};

const MINUTE: i64 = 60 * 1_000;

/// What somebody has made.
#[derive(Debug, Default)]
pub struct Quiet {
    windows: Vec<WindowStatus>,
    silences: Vec<Silence>,
    made: u64,
}

impl Quiet {
    fn next_id(&mut self) -> String {
        self.made += 1;
        self.made.to_string()
    }

    /// Makes a silence that begins now.
    pub fn silence(
        &mut self,
        asked: NewSilence,
        by: Option<&str>,
        now: i64,
    ) -> Made {
        let id = self.next_id();
        let minutes = i64::try_from(asked.minutes).unwrap_or(i64::MAX);
        self.silences.push(Silence {
            id: id.clone(),
            alert: asked.alert,
            target: asked.target,
            until: now.saturating_add(minutes.saturating_mul(MINUTE)),
            words: asked.words,
            by: by.map(str::to_owned),
        });
        Made { id }
    }

    /// Ends a silence.
    pub fn end_silence(&mut self, id: &str) -> Result<(), NotDone> {
        let before = self.silences.len();
        self.silences.retain(|silence| silence.id != id);
        match self.silences.len() < before {
            true => Ok(()),
            false => Err(NotDone::Unknown("there is no such silence".into())),
        }
    }

    /// Makes a window.
    pub fn make_window(&mut self, asked: NewWindow) -> Result<Made, NotDone> {
        if asked.to <= asked.from {
            let words = "the window ends before it begins";
            return Err(NotDone::Refused(words.to_owned()));
        }
        let id = self.next_id();
        self.windows.push(WindowStatus {
            id: id.clone(),
            name: asked.name,
            targets: asked.targets,
            from: asked.from,
            to: asked.to,
            ..WindowStatus::default()
        });
        Ok(Made { id })
    }

    /// Removes a window.
    pub fn remove_window(&mut self, id: &str) -> Result<(), NotDone> {
        let before = self.windows.len();
        self.windows.retain(|window| window.id != id);
        match self.windows.len() < before {
            true => Ok(()),
            false => Err(NotDone::Unknown("there is no such window".into())),
        }
    }

    /// The windows that are open at a time or open later.
    pub fn windows(&self, now: i64) -> Vec<WindowStatus> {
        let mut windows = self.windows.clone();
        windows.retain(|window| window.to > now);
        for window in &mut windows {
            window.running = window.from <= now;
        }
        windows
    }

    /// When the windows are open.
    pub fn occurrences(&self) -> impl Iterator<Item = Occurrence> + '_ {
        self.windows.iter().map(|window| Occurrence {
            name: window.name.clone(),
            targets: window.targets.clone(),
            from: window.from,
            to: window.to,
        })
    }

    /// The silences that last at a time.
    pub fn silences(&self, now: i64) -> Vec<Silence> {
        let mut silences = self.silences.clone();
        silences.retain(|silence| silence.until > now);
        silences
    }
}
