use crate::machine::Machine;
use crate::page::Page;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// Renders PostScript, or PDF, with Ghostscript, in a process that may read
/// and write nothing but its own folder, and not for ever.
///
/// # Errors
/// In words for the panel.
pub(crate) fn render(
    machine: &Machine,
    document: &Path,
    mut each: impl FnMut(Page) -> io::Result<()>,
) -> io::Result<Result<(), String>> {
    const DPI: u32 = 300;
    let folder = tempfile::Builder::new()
        .suffix(".unfinished")
        .tempdir_in(machine.folder())?;
    let program = if cfg!(windows) { "gswin64c" } else { "gs" };
    let child = Command::new(program)
        .args(["-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sPAPERSIZE=a4"])
        .args(["-sDEVICE=png16m", "-dTextAlphaBits=4", "-dGraphicsAlphaBits=4"])
        .arg(format!("-r{DPI}"))
        .arg("-sOutputFile=%d.png")
        .arg(document)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Err("NO POSTSCRIPT: INSTALL GHOSTSCRIPT".into()));
        }
        Err(error) => return Err(error),
    };
    // The end of its error stream is the end of the process.
    let (ended, end) = channel();
    if let Some(mut stderr) = child.stderr.take() {
        thread::spawn(move || {
            let mut words = String::new();
            let _ = stderr.by_ref().take(10_000).read_to_string(&mut words);
            let _ = io::copy(&mut stderr, &mut io::sink());
            let _ = ended.send(words);
        });
    }
    machine.keep_child(child);
    let words = end.recv_timeout(machine.settings.interpreter_limit);
    let Some(mut child) = machine.take_child() else {
        return Err(io::ErrorKind::ConnectionAborted.into());
    };
    if let Err(RecvTimeoutError::Timeout) = words {
        let _ = child.kill();
    }
    let status = child.wait()?;

    for number in 1.. {
        let file = folder.path().join(format!("{number}.png"));
        if !file.exists() {
            break;
        }
        match read_png(&file, DPI) {
            Ok(page) => each(page)?,
            // The page it was writing when its time was over.
            Err(_) if !status.success() => break,
            Err(error) => return Err(error),
        }
    }
    Ok(match words {
        Ok(_) if status.success() => Ok(()),
        Ok(words) => {
            let first = words.lines().find(|line| !line.trim().is_empty());
            let first = first.unwrap_or("no reason given");
            Err(format!("POSTSCRIPT ERROR: {first}"))
        }
        Err(_) => Err(format!(
            "POSTSCRIPT TOOK LONGER THAN {} S",
            machine.settings.interpreter_limit.as_secs()
        )),
    })
}

fn read_png(file: &Path, dpi: u32) -> io::Result<Page> {
    let decoder = png::Decoder::new(BufReader::new(File::open(file)?));
    let mut reader = decoder.read_info()?;
    let (width, height) = reader.info().size();
    let mut page = Page::new(width, height, dpi, paper(width, height, dpi));
    for y in 0..height as usize {
        let Some(row) = reader.next_row()? else { break };
        page.paint_rgb(0, y, row.data());
    }
    Ok(page)
}

fn paper(width: u32, height: u32, dpi: u32) -> String {
    let mm = |pixels: u32| f64::from(pixels) * 25.4 / f64::from(dpi);
    crate::pcl_xl::paper_name(mm(width), mm(height))
}

/// How long Ghostscript may take for one job.
pub(crate) const INTERPRETER_LIMIT: Duration = Duration::from_secs(120);

/// A file in the tray's folder for a document on its way to Ghostscript.
pub(crate) fn spool_file(folder: &Path) -> io::Result<(File, PathGuard)> {
    let file =
        tempfile::Builder::new().suffix(".unfinished").tempfile_in(folder)?;
    let (file, path) = file.keep().map_err(|error| error.error)?;
    Ok((file, PathGuard(path)))
}

/// A file that goes when this does.
pub(crate) struct PathGuard(pub PathBuf);

impl Drop for PathGuard {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
