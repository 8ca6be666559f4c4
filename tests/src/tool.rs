use std::path::PathBuf;
use std::process::{Command, Stdio};

use job_queue::PrivateRedis;

/// A program of somebody else's that some tests use where it is installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// `redis-server` 6.2 or newer, the real one.
    Redis,
    /// Ghostscript, which reads PostScript.
    Ghostscript,
    /// poppler's `pdftoppm`, which draws PDF.
    Poppler,
    /// Chromium or Chrome, which shows the pages as people see them.
    Chromium,
    /// ChromeDriver, through which tests drive Chromium.
    ChromeDriver,
    /// mdBook 0.5, which builds the book.
    MdBook,
    /// Python 3, which some lessons measure beside Rust.
    Python,
}

/// How to know a tool when we see it.
struct Facts {
    names: &'static [&'static str],
    /// The option that makes it say its version ...
    option: &'static str,
    /// ... and what only the right program says then.
    mark: &'static str,
}

impl Tool {
    /// All of them.
    pub const ALL: [Tool; 7] = [
        Tool::Redis,
        Tool::Ghostscript,
        Tool::Poppler,
        Tool::Chromium,
        Tool::ChromeDriver,
        Tool::MdBook,
        Tool::Python,
    ];

    /// The program's name or path, or how to install what is missing.
    pub fn find(self) -> Result<PathBuf, String> {
        let Some(Facts { names, option, mark }) = self.facts() else {
            // Only a running Redis can tell that it is one.
            return match PrivateRedis::start() {
                Ok(_) => Ok("redis-server".into()),
                Err(missing) => Err(missing.to_string()),
            };
        };
        let found = names.iter().find(|name| {
            let mut program = Command::new(name);
            let asked = program.arg(option).stdin(Stdio::null()).output();
            asked.is_ok_and(|output| {
                let said = [output.stdout, output.stderr].concat();
                String::from_utf8_lossy(&said).contains(mark)
            })
        });
        found.map(PathBuf::from).ok_or_else(|| {
            let ways: Vec<String> = self
                .install()
                .iter()
                .map(|(system, way)| format!("{system}: {way}"))
                .collect();
            format!("{self:?} is missing. {}", ways.join("; "))
        })
    }

    fn facts(self) -> Option<Facts> {
        Some(match self {
            Tool::Redis => return None,
            Tool::Ghostscript => Facts {
                names: &["gs", "gswin64c"],
                option: "-v",
                mark: "Ghostscript",
            },
            Tool::Poppler => Facts {
                names: &["pdftoppm"],
                option: "-v",
                mark: "pdftoppm version",
            },
            Tool::Chromium => Facts {
                names: &[
                    "chromium",
                    "chromium-browser",
                    "google-chrome",
                    "/Applications/Google Chrome.app/Contents/MacOS/\
                     Google Chrome",
                ],
                option: "--version",
                mark: "Chrom",
            },
            Tool::ChromeDriver => Facts {
                names: &["chromedriver"],
                option: "--version",
                mark: "ChromeDriver",
            },
            Tool::MdBook => Facts {
                names: &["mdbook"],
                option: "--version",
                mark: "mdbook v0.5.",
            },
            Tool::Python => Facts {
                names: &["python3", "python"],
                option: "--version",
                mark: "Python 3",
            },
        })
    }

    /// The command that installs it, by system.
    pub fn install(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Tool::Redis => &[
                ("Debian", "apt install redis-server"),
                ("Fedora", "dnf install redis"),
                ("macOS", "brew install redis"),
                ("Windows", "wsl sudo apt install redis-server"),
            ],
            Tool::Ghostscript => &[
                ("Debian", "apt install ghostscript"),
                ("Fedora", "dnf install ghostscript"),
                ("macOS", "brew install ghostscript"),
                ("Windows", "winget install ArtifexSoftware.GhostScript"),
            ],
            Tool::Poppler => &[
                ("Debian", "apt install poppler-utils"),
                ("Fedora", "dnf install poppler-utils"),
                ("macOS", "brew install poppler"),
                ("Windows", "scoop install poppler"),
            ],
            Tool::Chromium => &[
                ("Debian", "apt install chromium"),
                ("Fedora", "dnf install chromium"),
                ("macOS", "brew install --cask google-chrome"),
                ("Windows", "winget install Google.Chrome"),
            ],
            Tool::ChromeDriver => &[
                ("Debian", "apt install chromium-driver"),
                ("Fedora", "dnf install chromedriver"),
                ("macOS", "brew install --cask chromedriver"),
                ("Windows", "winget install Chromium.ChromeDriver"),
            ],
            Tool::MdBook => &[(
                "any system",
                "cargo install mdbook --locked --version 0.5.4",
            )],
            Tool::Python => &[
                ("Debian", "apt install python3"),
                ("Fedora", "dnf install python3"),
                ("macOS", "brew install python"),
                ("Windows", "winget install Python.Python.3.13"),
            ],
        }
    }
}
