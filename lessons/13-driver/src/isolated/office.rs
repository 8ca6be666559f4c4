//! Office documents: LibreOffice makes them PDFs, in a process and in a folder
//! of its own.
//!
//! What it reads may come from a stranger, and it can do much: run macros,
//! fetch what a document links to. So it is started by a child that has given
//! up what that would need, and is ended when it is late.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, thread};

use formats::LOOKED_AT;
use tempfile::TempDir;

use super::office_child::{ARGUMENT, DOCUMENT, MADE};
use super::parent::{VARIABLE, this_program};
use super::watchdog::Watchdog;
use super::{Stop, office_child};
use crate::{DocumentError, Error, Format};

/// What LibreOffice is called.
const PROGRAMS: [&str; 2] = ["soffice", "libreoffice"];
/// Where it is on systems on which programs are not on the PATH.
const PLACES: [&str; 2] = [
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    "C:\\Program Files\\LibreOffice\\program\\soffice.exe",
];
/// How the name of its socket begins.
#[cfg(unix)]
const SOCKET: &str = "OSL_PIPE_";
/// How often it is started.
const MOST_STARTS: usize = 2;
/// How long each may take, by the clock.
const LONGEST: Duration = Duration::from_secs(120);

/// A document that the renderer can read.
pub(super) struct Prepared {
    pub path: PathBuf,
    /// What it was when it came, when it has been made a PDF.
    pub was: Option<Format>,
    /// The folder of the PDF, which goes with this value.
    _folder: Option<TempDir>,
}

impl Prepared {
    /// Makes an office document a PDF. Any other is left as it is, also one
    /// that cannot be read: the renderer says so.
    pub fn new(document: &Path, stop: &Stop) -> Result<Prepared, Error> {
        let ending = File::open(document).and_then(office_ending);
        let Ok(Some(ending)) = ending else {
            let path = document.to_owned();
            return Ok(Prepared { path, was: None, _folder: None });
        };
        let program = libre_office().ok_or(DocumentError::NoLibreOffice)?;
        let folder = tempfile::tempdir().map_err(Error::Start)?;
        let name = format!("{DOCUMENT}.{ending}");
        fs::copy(document, folder.path().join(&name)).map_err(Error::Start)?;
        let path = folder.path().join(MADE);
        // The first start makes a profile and wants to start again. Then its
        // socket, which it may not remove, is in its way.
        for _ in 0..MOST_STARTS {
            if !path.is_file() {
                convert(&program, folder.path(), &name, stop)?;
            }
        }
        if !path.is_file() {
            let how = "LibreOffice cannot read it; export it as PDF";
            return Err(unreadable(how));
        }
        let was = Some(Format::Office);
        Ok(Prepared { path, was, _folder: Some(folder) })
    }
}

fn unreadable(how: &str) -> Error {
    let (what, how) = (Format::Office.to_string(), how.to_owned());
    DocumentError::Unreadable { what, how }.into()
}

/// What the name of an office document ends in; `None` for any other.
fn office_ending(file: File) -> io::Result<Option<&'static str>> {
    let mut start = Vec::new();
    file.take(LOOKED_AT as u64).read_to_end(&mut start)?;
    let is_office = Format::of(&start) == Ok(Format::Office);
    Ok(formats::ending(&start).filter(|_| is_office))
}

/// The LibreOffice of this machine.
fn libre_office() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path)
        .flat_map(|folder| PROGRAMS.map(|name| folder.join(name)));
    let mut all = on_path.chain(PLACES.map(PathBuf::from));
    all.find(|program| program.is_absolute() && program.is_file())
}

/// Has a child become LibreOffice, and waits for its end.
fn convert(
    program: &Path,
    folder: &Path,
    name: &str,
    stop: &Stop,
) -> Result<(), Error> {
    if stop.is_stopped() {
        return Err(Error::Stopped);
    }
    let mut child = this_program()
        .and_then(|mut command| {
            command
                .arg(ARGUMENT)
                .args([program.as_os_str(), folder.as_os_str()])
                .arg(name)
                .env(VARIABLE, "1")
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
        })
        .map_err(Error::Start)?;
    let mut said = child.stdout.take().expect("piped above");
    let watchdog = Arc::new(Watchdog::new(child));
    stop.attach(&watchdog);
    watchdog.set_deadline(Instant::now().checked_add(LONGEST));
    thread::scope(|scope| {
        scope.spawn(|| watchdog.watch());
        // It ends when the last of its processes does.
        let _ = io::copy(&mut said, &mut io::sink());
        watchdog.finish();
    });
    remove_sockets();
    let (status, is_late) = watchdog.exit().map_err(Error::Renderer)?;
    if stop.is_stopped() {
        Err(Error::Stopped)
    } else if is_late {
        Err(unreadable("LibreOffice takes too long; export it as PDF"))
    } else if status.code() == Some(office_child::NOT_STARTED) {
        let how = "LibreOffice cannot be started";
        Err(Error::Start(io::Error::other(how)))
    } else {
        Ok(())
    }
}

/// Removes the sockets that LibreOffice was not allowed to remove: those at
/// which nobody listens any more.
#[cfg(unix)]
fn remove_sockets() {
    use std::os::unix::net::UnixStream;
    for folder in office_child::SOCKETS {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let path = entry.path();
            if name.to_string_lossy().starts_with(SOCKET)
                && UnixStream::connect(&path).is_err_and(|error| {
                    error.kind() == io::ErrorKind::ConnectionRefused
                })
            {
                // Another job may have been quicker.
                let _ = fs::remove_file(path);
            }
        }
    }
}

#[cfg(not(unix))]
fn remove_sockets() {}
