//! PostScript and PDF, which are rendered by Ghostscript.

mod device_notes;

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;

use device_notes::{DeviceNotes, PROLOGUE};

use crate::machine::Machine;
use crate::page::Page;
use crate::paper::{self, MM_PER_INCH};

/// The resolution that Ghostscript is asked for.
const DPI: u32 = 300;
/// How much of Ghostscript's error output is kept, in bytes.
const MOST_ERROR_OUTPUT: u64 = 10_000;
/// How much of its other output is looked at, in bytes.
const MOST_OUTPUT: u64 = 1 << 20;

/// Renders PostScript, or PDF, with Ghostscript, in a process that may read
/// and write only its own folder, and has limited time. Each page goes to
/// `each`.
///
/// The inner error is for the panel: what was wrong with the document, or that
/// there is no Ghostscript. The outer one ends the connection.
pub(crate) fn render(
    machine: &Machine,
    document: &Path,
    mut each: impl FnMut(Page) -> io::Result<()>,
) -> io::Result<Result<(), String>> {
    let folder = tempfile::Builder::new()
        .suffix(".unfinished")
        .tempdir_in(machine.folder())?;
    let mut child = match spawn_ghostscript(document, folder.path()) {
        Ok(child) => child,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Err("NO POSTSCRIPT: INSTALL GHOSTSCRIPT".into()));
        }
        Err(error) => return Err(error),
    };
    let said = child.stdout.take().map(|out| kept(out, MOST_OUTPUT));
    let end = child.stderr.take().map(|out| kept(out, MOST_ERROR_OUTPUT));
    let end = end.expect("piped below");
    machine.keep_interpreter(child);
    let errors = end.recv_timeout(machine.settings.interpreter_limit);
    let Some(mut child) = machine.take_interpreter() else {
        return Err(io::ErrorKind::ConnectionAborted.into());
    };
    if let Err(RecvTimeoutError::Timeout) = errors {
        let _ = child.kill();
    }
    let status = child.wait()?;
    let said = said.and_then(|said| said.recv().ok()).unwrap_or_default();
    let notes = DeviceNotes::read(&said);

    for number in 1_usize.. {
        let file = folder.path().join(format!("{number}.png"));
        if !file.exists() {
            break;
        }
        match read_png(&file) {
            Ok(mut page) => {
                notes.obey(number - 1, &mut page);
                each(page)?;
            }
            // The page that it was writing when its time was over.
            Err(_) if !status.success() => break,
            Err(error) => return Err(error),
        }
    }
    Ok(match errors {
        Ok(_) if status.success() => Ok(()),
        Ok(errors) => {
            let first = errors.lines().find(|line| !line.trim().is_empty());
            let first = first.unwrap_or("no reason given");
            Err(format!("POSTSCRIPT ERROR: {first}"))
        }
        Err(_) => Err(format!(
            "POSTSCRIPT TOOK LONGER THAN {} S",
            machine.settings.interpreter_limit.as_secs()
        )),
    })
}

fn spawn_ghostscript(document: &Path, folder: &Path) -> io::Result<Child> {
    let program = if cfg!(windows) { "gswin64c" } else { "gs" };
    Command::new(program)
        .args(["-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sPAPERSIZE=a4"])
        .args(["-sDEVICE=png16m", "-dTextAlphaBits=4", "-dGraphicsAlphaBits=4"])
        .arg(format!("-r{DPI}"))
        .arg("-sOutputFile=%d.png")
        .args(["-c", PROLOGUE, "-f"])
        .arg(document)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

/// The beginning of a process's output, which comes when the process has ended:
/// only then does the stream end.
fn kept(mut output: impl Read + Send + 'static, most: u64) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut text = Vec::new();
        let _ = output.by_ref().take(most).read_to_end(&mut text);
        let _ = io::copy(&mut output, &mut io::sink());
        let _ = sender.send(String::from_utf8_lossy(&text).into_owned());
    });
    receiver
}

fn read_png(file: &Path) -> io::Result<Page> {
    let decoder = png::Decoder::new(BufReader::new(File::open(file)?));
    let mut reader = decoder.read_info()?;
    let (width, height) = reader.info().size();
    let mm = |pixels: u32| f64::from(pixels) * MM_PER_INCH / f64::from(DPI);
    let media = paper::name_of_size([mm(width), mm(height)]);
    let mut page = Page::new(width, height, DPI, media);
    for y in 0..height as usize {
        let Some(row) = reader.next_row()? else { break };
        page.paint_rgb(0, y, row.data());
    }
    Ok(page)
}

/// A file in the tray's folder for a document on its way to Ghostscript.
pub(crate) fn spool_file(folder: &Path) -> io::Result<(File, PathGuard)> {
    let file =
        tempfile::Builder::new().suffix(".unfinished").tempfile_in(folder)?;
    let (file, path) = file.keep().map_err(|error| error.error)?;
    Ok((file, PathGuard(path)))
}

/// Removes its file when it is dropped.
pub(crate) struct PathGuard(pub PathBuf);

impl Drop for PathGuard {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
