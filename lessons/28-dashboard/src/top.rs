//! `top`: a running monitor in a terminal.
//!
//! One thread follows the monitor's events, one makes requests for history and
//! for tests, one reads the keyboard. All of them send messages to the thread
//! that draws, which alone owns the view and turns it into a frame.

mod client;
mod draw;
mod query;
pub(crate) mod text;
mod view;

use std::io::{self, IsTerminal};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use daemon::Key;
use history::Columns;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{
    self, KeyCode, KeyEvent, KeyEventKind, KeyModifiers,
};

pub use tls::Trust;

use crate::api::{Event, Status};
use client::Client;
use view::{Chart, Request, View};

/// How long nothing may happen before the chart is asked for anew.
const REFRESH: Duration = Duration::from_secs(5);

/// What the other threads send to the one that draws.
#[derive(Debug)]
enum Message {
    /// A key, or that the terminal has another size.
    Terminal(event::Event),
    /// The keyboard cannot be read any more.
    NoKeyboard(io::Error),
    /// An event of the monitor.
    Event(Event),
    /// The figures of a chart.
    Chart(Chart, Box<Columns>),
    /// A request for a test was taken, or why not, in words.
    Tested(Option<String>),
    /// The monitor does not answer, and why, in words.
    Lost(String),
}

/// Shows the monitor at `base_url`, such as `http://127.0.0.1:8800`, until
/// somebody presses q. `key` is the monitor's key, and `trust` says whose
/// certificates count, should the address begin with https.
///
/// # Errors
/// When the standard output is no terminal, or the terminal cannot be used.
/// A monitor that does not answer is no error: it may come back.
pub fn run(base_url: &str, key: &str, trust: &Trust) -> io::Result<()> {
    show_with(Client::new(base_url, key, trust)?)
}

/// The same for this machine's own monitor, with the key that was found in its
/// data folder. The key is sent only to a monitor that proves to have it.
///
/// # Errors
/// As [`run`].
pub fn run_own(base_url: &str, key: &Key, trust: &Trust) -> io::Result<()> {
    show_with(Client::of_own(base_url, key, trust)?)
}

/// The status of the monitor at `base_url`, now.
///
/// # Errors
/// When it does not answer, or does not take the key.
pub fn status(base_url: &str, key: &str, trust: &Trust) -> io::Result<Status> {
    let client = Client::new(base_url, key, trust)?;
    client.status().map_err(io::Error::other)
}

/// The same of this machine's own monitor: see [`run_own`].
///
/// # Errors
/// As [`status`].
pub fn status_of_own(
    base_url: &str,
    key: &Key,
    trust: &Trust,
) -> io::Result<Status> {
    let client = Client::of_own(base_url, key, trust)?;
    client.status().map_err(io::Error::other)
}

fn show_with(client: Client) -> io::Result<()> {
    if !io::stdout().is_terminal() {
        return Err(io::Error::other(
            "`top` draws on a terminal, and its output goes elsewhere: run it \
             in a terminal, or ask the monitor for /api/status",
        ));
    }
    let (message_sender, messages) = channel();
    let (request_sender, requests) = channel();
    client.clone().follow(message_sender.clone());
    client.answer(requests, message_sender.clone());
    // From here on the terminal is ours, and given back also by a panic.
    let mut terminal = ratatui::try_init()?;
    read_keyboard(message_sender);
    let end = show(&mut terminal, &messages, &request_sender);
    ratatui::try_restore()?;
    end
}

// ANCHOR: show
fn show(
    terminal: &mut ratatui::DefaultTerminal,
    messages: &Receiver<Message>,
    requests: &Sender<Request>,
) -> io::Result<()> {
    let mut view = View::default();
    loop {
        terminal.draw(|frame| draw::draw(&view, frame))?;
        // Every message that has come is taken before the next frame.
        let first = messages.recv_timeout(REFRESH);
        for message in first.into_iter().chain(messages.try_iter()) {
            match message {
                Message::Event(event) => view.take(event),
                Message::Chart(chart, columns) => view.history(chart, *columns),
                Message::Tested(refusal) => {
                    view.refusal = refusal.unwrap_or_default();
                }
                Message::Lost(reason) => view.lost = Some(reason),
                Message::NoKeyboard(error) => return Err(error),
                Message::Terminal(event::Event::Key(key)) => {
                    if ends(key) {
                        return Ok(());
                    }
                    press(&mut view, key.code, requests);
                }
                Message::Terminal(_) => {}
            }
        }
        let width = terminal.size()?.width;
        if let Some((chart, end)) = view.next_chart(width) {
            // The other end lives as long as the program.
            let _ = requests.send(Request::Chart(chart, end));
        }
    }
}
// ANCHOR_END: show

/// What a terminal of this size shows of the monitor at `base_url` now, as
/// text: a line for each of its rows.
///
/// # Errors
/// When the monitor does not answer, or does not take the key.
pub fn frame(
    base_url: &str,
    key: &str,
    (width, height): (u16, u16),
) -> io::Result<String> {
    let client = Client::new(base_url, key, &Trust::System)?;
    let mut view = View::default();
    view.status(client.status().map_err(io::Error::other)?);
    if let Some((chart, end)) = view.next_chart(width)
        && let Some(columns) = client.history(&chart, end)
    {
        view.history(chart, columns);
    }
    let mut terminal = Terminal::new(TestBackend::new(width, height))
        .expect("memory can be drawn on");
    let frame = terminal.draw(|frame| draw::draw(&view, frame));
    let buffer = frame.expect("memory can be drawn on").buffer;
    let mut text = String::new();
    for y in 0..height {
        let row: String = (0..width).map(|x| buffer[(x, y)].symbol()).collect();
        text.push_str(row.trim_end());
        text.push('\n');
    }
    Ok(text)
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

fn press(view: &mut View, key: KeyCode, requests: &Sender<Request>) {
    match key {
        KeyCode::Down | KeyCode::Char('j') => view.choose(1),
        KeyCode::Up | KeyCode::Char('k') => view.choose(-1),
        KeyCode::Left => view.widen(-1),
        KeyCode::Right => view.widen(1),
        KeyCode::Char('t') => {
            if let Some(name) = view.test() {
                let _ = requests.send(Request::Test(name));
            }
        }
        KeyCode::Char(letter) => view.range_of(letter),
        _ => {}
    }
}

/// Reads keys until the program ends: nothing but its end wakes a thread that
/// waits for a key.
fn read_keyboard(messages: Sender<Message>) {
    thread::spawn(move || {
        loop {
            let message = match event::read() {
                Ok(event) => Message::Terminal(event),
                Err(error) => {
                    let _ = messages.send(Message::NoKeyboard(error));
                    return;
                }
            };
            if messages.send(message).is_err() {
                return;
            }
        }
    });
}
