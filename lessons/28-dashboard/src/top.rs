//! `network-monitor top`: a running monitor as a terminal shows it.
//!
//! One thread follows the monitor's events, one asks for history and for
//! tests, one reads the keyboard. All of them tell the thread that draws,
//! which alone knows what is to be seen and turns it into a frame.

mod client;
mod draw;
mod text;
mod view;

use std::io::{self, IsTerminal};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use ratatui::crossterm::event::{
    self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers,
};

use client::Client;
use view::{Ask, View};

/// What the drawing thread hears.
#[derive(Debug)]
enum Heard {
    /// A key, or that the terminal has another size.
    Terminal(Event),
    /// The keyboard cannot be read any more.
    NoKeyboard(io::Error),
    /// The monitor's whole status.
    Status(Box<view::Status>),
    /// A new sample.
    Sample(view::Sample),
    /// How far a speed test is.
    Progress(view::Progress),
    /// What was measured, as it was asked for.
    History(Ask, Box<view::Columns>),
    /// What came of asking for a test.
    Said(String),
    /// The monitor does not answer, in words.
    Lost(String),
}

/// So often the chart is asked for anew.
const REFRESH: Duration = Duration::from_secs(5);

/// Shows the monitor at `base_url`, such as `http://127.0.0.1:8800`, until
/// somebody presses q. `key` is the monitor's key.
///
/// # Errors
/// When the standard output is no terminal, or the terminal cannot be used.
/// A monitor that does not answer is no error: it may come back.
pub fn run(base_url: &str, key: &str) -> io::Result<()> {
    if !io::stdout().is_terminal() {
        return Err(io::Error::other(
            "`top` draws on a terminal, and its output goes elsewhere: run it \
             in a terminal, or ask the monitor for /api/status",
        ));
    }
    let client = Client::new(base_url, key)?;
    let (tell, heard) = channel();
    let (ask, asked) = channel();
    client.clone().follow(tell.clone());
    client.answer(asked, tell.clone());
    // From here on the terminal is ours, and given back also by a panic.
    let mut terminal = ratatui::try_init()?;
    read_keyboard(tell);
    let end = show(&mut terminal, &heard, &ask);
    ratatui::try_restore()?;
    end
}

fn show(
    terminal: &mut ratatui::DefaultTerminal,
    heard: &Receiver<Heard>,
    ask: &Sender<Ask>,
) -> io::Result<()> {
    let mut view = View::default();
    loop {
        terminal.draw(|frame| draw::draw(&view, frame))?;
        // All that has come is taken before the next frame.
        let first = heard.recv_timeout(REFRESH);
        for news in first.into_iter().chain(heard.try_iter()) {
            match news {
                Heard::Terminal(Event::Key(key)) => {
                    if ends(key) {
                        return Ok(());
                    }
                    press(&mut view, key.code, ask);
                }
                Heard::NoKeyboard(error) => return Err(error),
                Heard::Terminal(_) => {}
                Heard::Status(status) => view.status(*status),
                Heard::Sample(sample) => view.sample(&sample),
                Heard::Progress(progress) => view.progress = Some(progress),
                Heard::History(ask, columns) => view.history(&ask, *columns),
                Heard::Said(words) => view.said = words,
                Heard::Lost(words) => view.lost = Some(words),
            }
        }
        let width = terminal.size()?.width;
        if let Some(question) = view.question(width) {
            // The other end lives as long as the program.
            let _ = ask.send(question);
        }
    }
}

fn ends(key: KeyEvent) -> bool {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        _ if key.kind == KeyEventKind::Release => false,
        KeyCode::Char('c') => control,
        KeyCode::Char('q') | KeyCode::Esc => true,
        _ => false,
    }
}

fn press(view: &mut View, key: KeyCode, ask: &Sender<Ask>) {
    match key {
        KeyCode::Down | KeyCode::Char('j') => view.choose(1),
        KeyCode::Up | KeyCode::Char('k') => view.choose(-1),
        KeyCode::Left => view.widen(-1),
        KeyCode::Right => view.widen(1),
        KeyCode::Char('t') => {
            if let Some(name) = view.test() {
                let _ = ask.send(Ask::Test { name });
            }
        }
        KeyCode::Char(letter) => view.range_of(letter),
        _ => {}
    }
}

/// Reads keys until the program ends: nothing but its end wakes a thread that
/// waits for a key.
fn read_keyboard(tell: Sender<Heard>) {
    thread::spawn(move || {
        loop {
            let heard = match event::read() {
                Ok(event) => Heard::Terminal(event),
                Err(error) => {
                    let _ = tell.send(Heard::NoKeyboard(error));
                    return;
                }
            };
            if tell.send(heard).is_err() {
                return;
            }
        }
    });
}
