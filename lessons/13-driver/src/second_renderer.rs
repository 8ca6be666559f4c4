//! The second renderer: another program on this machine that draws a page
//! which ours cannot draw whole.
//!
//! No renderer of PDFs can do everything, but what one leaves out another
//! often draws. So where MuPDF, poppler or Ghostscript is installed, such a
//! page is drawn by it, and the job says so. It runs as a child of our own
//! renderer, behind the same walls and under the same limits: it can read
//! libraries and fonts, which are everybody's, can write nowhere, and has no
//! network. Its dots come row by row and become the same PCL XL.

mod bands;
mod chosen;
mod command;
mod page;
mod trial;

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;
use std::{env, fmt};

use serde::{Deserialize, Serialize};

use crate::isolated::Limits;

pub(crate) use bands::{SecondDrawing, SecondSide};
pub(crate) use chosen::second_renderer;
pub use chosen::set_second_renderer;
pub(crate) use trial::Trial;

/// What every program on a machine may read.
const SHARED_FOLDERS: [&str; 11] = [
    "/usr",
    "/bin",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/fonts",
    "/etc/ghostscript",
    "/etc/papersize",
    "/var/lib/ghostscript",
    "/var/cache/fontconfig",
    "/dev/urandom",
];

/// A program that draws PDFs, and where it lies on this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondRenderer {
    program: Program,
    path: PathBuf,
    /// How much processor time it has for a page.
    page_time: Duration,
}

/// The programs that can be a second renderer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Program {
    /// `mutool` of MuPDF, which brings fonts for nearly every script with it.
    Mutool,
    /// `pdftoppm` of poppler, which uses the fonts of the machine.
    Pdftoppm,
    /// `gs`, Ghostscript, likewise.
    Ghostscript,
}

/// Which second renderer is wanted: `auto`, `off`, `mutool`, `pdftoppm` or
/// `gs`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecondRendererChoice {
    /// The first of the three that is installed.
    #[default]
    Auto,
    /// None.
    Off,
    /// This one and no other.
    Only(Program),
}

/// Why there is no such second renderer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecondRendererError {
    /// The text names no program that is known here.
    #[error(
        "{0:?} is not a second renderer: use auto, off, mutool, pdftoppm or gs"
    )]
    Unknown(String),
    /// It is not installed.
    #[error(
        "the second renderer `{command}` is not installed: install {package}, \
         or use auto or off"
    )]
    Missing {
        /// The command that was looked for on `PATH`.
        command: &'static str,
        /// The package that has it, by its name in Debian.
        package: &'static str,
    },
    /// The system has no way to isolate it.
    #[error("a second renderer needs Linux, which can isolate it; use off")]
    NotIsolated,
}

impl SecondRenderer {
    /// Looks for the program that is wanted on `PATH`. `None` when none is
    /// wanted, or any would do and none is installed.
    ///
    /// # Errors
    /// When one program is wanted and cannot be used.
    pub fn find(
        choice: SecondRendererChoice,
    ) -> Result<Option<SecondRenderer>, SecondRendererError> {
        match choice {
            SecondRendererChoice::Off => Ok(None),
            SecondRendererChoice::Auto => {
                Ok(Program::ALL.into_iter().find_map(|one| one.find().ok()))
            }
            SecondRendererChoice::Only(program) => program.find().map(Some),
        }
    }

    /// This program at this place, of which no more is known.
    pub fn at(program: Program, path: PathBuf) -> SecondRenderer {
        let page_time = Limits::default().page_time;
        SecondRenderer { program, path, page_time }
    }

    /// The same with so much processor time for a page.
    pub(crate) fn limited(self, page_time: Duration) -> SecondRenderer {
        SecondRenderer { page_time, ..self }
    }

    /// What the program is called: MuPDF, poppler or Ghostscript.
    pub fn name(&self) -> &'static str {
        match self.program {
            Program::Mutool => "MuPDF",
            Program::Pdftoppm => "poppler",
            Program::Ghostscript => "Ghostscript",
        }
    }

    /// The folders that it reads in, and of which it runs programs: its own,
    /// those of libraries and fonts, and of what says where they are.
    pub(crate) fn folders(&self) -> Vec<PathBuf> {
        let file = self.path.canonicalize().unwrap_or(self.path.clone());
        let mut folders: Vec<PathBuf> =
            SHARED_FOLDERS.iter().map(PathBuf::from).collect();
        folders.extend(file.parent().map(PathBuf::from));
        folders
    }
}

impl Program {
    /// All of them, the preferred first.
    pub const ALL: [Program; 3] =
        [Program::Mutool, Program::Pdftoppm, Program::Ghostscript];

    fn command(self) -> &'static str {
        match self {
            Program::Mutool => "mutool",
            Program::Pdftoppm => "pdftoppm",
            Program::Ghostscript => "gs",
        }
    }

    fn package(self) -> &'static str {
        match self {
            Program::Mutool => "mupdf-tools",
            Program::Pdftoppm => "poppler-utils",
            Program::Ghostscript => "ghostscript",
        }
    }

    fn find(self) -> Result<SecondRenderer, SecondRendererError> {
        if !cfg!(target_os = "linux") {
            return Err(SecondRendererError::NotIsolated);
        }
        let folders = env::var_os("PATH").unwrap_or_default();
        let path = env::split_paths(&folders)
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(self.command()))
            .find(|file| file.is_file());
        match path {
            Some(path) => Ok(SecondRenderer::at(self, path)),
            None => Err(SecondRendererError::Missing {
                command: self.command(),
                package: self.package(),
            }),
        }
    }
}

impl FromStr for SecondRendererChoice {
    type Err = SecondRendererError;

    fn from_str(text: &str) -> Result<Self, SecondRendererError> {
        let named = |one: &Program| one.command() == text;
        match text {
            "auto" => Ok(SecondRendererChoice::Auto),
            "off" => Ok(SecondRendererChoice::Off),
            _ => match Program::ALL.into_iter().find(named) {
                Some(program) => Ok(SecondRendererChoice::Only(program)),
                None => {
                    let text = text.chars().take(40).collect();
                    Err(SecondRendererError::Unknown(text))
                }
            },
        }
    }
}

impl fmt::Display for SecondRendererChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SecondRendererChoice::Auto => "auto",
            SecondRendererChoice::Off => "off",
            SecondRendererChoice::Only(program) => program.command(),
        })
    }
}
