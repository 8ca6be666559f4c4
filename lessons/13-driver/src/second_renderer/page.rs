//! A page that the second renderer draws.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::process::{Child, ChildStdout, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::SecondRenderer;
use pnm::Pnm;

/// The most bytes of its messages that are looked at.
const MOST_MESSAGES: u64 = 64 << 10;
/// Bytes of stack for the thread that reads them.
const SMALL_STACK: usize = 64 << 10;
/// By how many dots its page may be wider or higher than ours would be: each
/// program rounds in its own way.
const ROUNDING: f64 = 3.0;
/// What it says when something of the page is missing. What it says of the
/// table of objects is about the file, not about the page: all of them find
/// the objects without it.
const COMPLAINTS: [&str; 6] =
    ["error", "invalid", "unknown", "cannot", "missing", "using identity"];
const ABOUT_THE_FILE: [&str; 4] = ["xref", "trailer", "generation", "repair"];

/// A page on its way from the program to us.
pub(crate) struct SecondPage {
    child: Child,
    picture: Pnm<BufReader<ChildStdout>>,
    messages: Option<JoinHandle<String>>,
}

/// What is to be drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// The page, from 1.
    pub page: u32,
    /// Its width and height in points.
    pub size: (f32, f32),
    /// Dots to the inch.
    pub dpi: f64,
    pub color: bool,
    /// Processor time that the program may use.
    pub time: Duration,
}

impl SecondPage {
    /// Starts the program and waits for the size of what it draws.
    ///
    /// # Errors
    /// When it cannot be started, or draws the page in another size.
    pub fn start(
        renderer: &SecondRenderer,
        document: &File,
        wanted: &Wanted,
    ) -> io::Result<SecondPage> {
        let mut child = renderer
            .command(wanted.page, wanted.dpi, wanted.color)
            .stdin(Stdio::from(document.try_clone()?))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        // One that is gone already needs no limit.
        let _ = limit_time(&child, wanted.time);
        let errors = child.stderr.take().expect("piped above");
        let messages = thread::Builder::new()
            .stack_size(SMALL_STACK)
            .spawn(move || read_messages(errors))?;
        let out = child.stdout.take().expect("piped above");
        match Pnm::begin(BufReader::new(out)) {
            Ok(picture) => {
                let page =
                    SecondPage { child, picture, messages: Some(messages) };
                page.check_size(wanted)?;
                Ok(page)
            }
            Err(error) => {
                let _ = child.kill();
                let status = child.wait()?;
                let said = messages.join().unwrap_or_default();
                Err(io::Error::other(format!("{error}: {status}: {said}")))
            }
        }
    }

    fn check_size(&self, wanted: &Wanted) -> io::Result<()> {
        let (width, height) = wanted.size;
        let same = |dots: usize, points: f32| {
            let ours = f64::from(points) * wanted.dpi / 72.0;
            (dots as f64 - ours).abs() < ROUNDING
        };
        let (across, down) = (self.picture.width, self.picture.height);
        if same(across, width) && same(down, height) {
            return Ok(());
        }
        Err(io::Error::other("it draws the page in another size"))
    }

    /// How many rows the page has.
    pub fn height(&self) -> usize {
        self.picture.height
    }

    /// The next row, as pixels of red, green, blue and 255.
    pub fn next_row(&mut self) -> io::Result<impl Iterator<Item = [u8; 4]>> {
        self.picture.row()
    }

    /// Reads what is left of the page and waits for the program's end.
    ///
    /// # Errors
    /// When it failed, or said that something of the page is missing.
    pub fn finish(mut self) -> io::Result<()> {
        for _ in 0..self.picture.rows_left() {
            let _ = self.picture.row()?;
        }
        let status = self.child.wait()?;
        let messages = self.messages.take().expect("taken here only");
        let said = messages.join().unwrap_or_default();
        match complaint(&said) {
            None if status.success() => Ok(()),
            None => Err(io::Error::other(format!("it ended with {status}"))),
            Some(said) => Err(io::Error::other(said.to_owned())),
        }
    }
}

impl Drop for SecondPage {
    /// Ends the program if it still runs.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_messages(mut errors: impl Read) -> String {
    let mut text = Vec::new();
    let _ = errors.by_ref().take(MOST_MESSAGES).read_to_end(&mut text);
    let _ = io::copy(&mut errors, &mut io::sink());
    String::from_utf8_lossy(&text).into_owned()
}

/// The first line that says that something of the page is missing.
fn complaint(messages: &str) -> Option<&str> {
    messages.lines().find(|line| {
        let line = line.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|one| line.contains(one));
        has(&COMPLAINTS) && !has(&ABOUT_THE_FILE)
    })
}

#[cfg(target_os = "linux")]
fn limit_time(child: &Child, time: Duration) -> io::Result<()> {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let seconds = Some(time.as_secs().max(1));
    let limit = Rlimit { current: seconds, maximum: seconds };
    prlimit(Some(Pid::from_child(child)), Resource::Cpu, limit)?;
    Ok(())
}

/// It runs on Linux only.
#[cfg(not(target_os = "linux"))]
fn limit_time(_: &Child, _: Duration) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_says_of_the_page_is_told_from_what_it_says_of_the_file() {
        let whole = "warning: ICC support is not available\n\
                     error: expected generation number (5535 ? obj)\n\
                     warning: trying to repair broken xref\n";
        assert_eq!(complaint(whole), None);
        for said in [
            "error: syntax error in content stream",
            "Syntax Error (733): Unknown filter 'XXXDecode'",
            "   **** Error: Page drawing error occurred.",
            "WARNING: invalid JPX header, box_len=0x6e6f7420",
            "warning: non-embedded font using identity encoding: Arial",
        ] {
            let all = format!("{whole}{said}\n");
            assert_eq!(complaint(&all), Some(said));
        }
    }
}
