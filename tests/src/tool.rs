//! Other people's programs that some tests use.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use private_redis::PrivateRedis;

use crate::root;

/// A program of somebody else's that some tests use where it is installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// `redis-server` 6.2 or newer, the real one.
    Redis,
    /// Ghostscript, which reads PostScript.
    Ghostscript,
    /// poppler's `pdftoppm`, which draws PDF.
    Poppler,
    /// `ipptool`, with its suites of tests for printers that speak IPP.
    Ipptool,
    /// CUPS, the printing system of Linux and macOS: its scheduler, its
    /// commands, and the filters that turn documents into what a printer takes.
    Cups,
    /// Chromium or Chrome, which shows the pages as people see them.
    Chromium,
    /// ChromeDriver, through which tests drive Chromium.
    ChromeDriver,
    /// mdBook 0.5, which builds the book.
    MdBook,
    /// Python 3, which some lessons measure beside Rust.
    Python,
    /// The talk's speed test, from `tests/tools.txt`.
    PySpeedtest,
    /// `speedtest-cli`, from `tests/tools.txt`.
    SpeedtestCli,
    /// `axe.min.js`, which finds what a page keeps from people who cannot see
    /// it or use no mouse; from `tests/tools.txt`. Its path is that of the
    /// script.
    Axe,
}

/// How to recognise a tool.
struct Facts {
    names: &'static [&'static str],
    /// Whether it is in a folder of the tests' own, and not on PATH.
    ours: bool,
    /// The option that makes it say its version ...
    option: &'static str,
    /// ... and what only the right program says then.
    mark: &'static str,
}

impl Tool {
    /// All tools.
    pub const ALL: [Tool; 12] = [
        Tool::Redis,
        Tool::Ghostscript,
        Tool::Poppler,
        Tool::Ipptool,
        Tool::Cups,
        Tool::Chromium,
        Tool::ChromeDriver,
        Tool::MdBook,
        Tool::Python,
        Tool::PySpeedtest,
        Tool::SpeedtestCli,
        Tool::Axe,
    ];

    /// The program's name or path, or how to install what is missing.
    pub fn find(self) -> Result<PathBuf, String> {
        let found = match self {
            // Whether it is the real Redis shows only when it runs.
            Tool::Redis => match PrivateRedis::start() {
                Ok(_) => Some("redis-server".into()),
                Err(missing) => return Err(missing.to_string()),
            },
            Tool::Axe => axe(),
            Tool::Cups => cups(),
            _ => self.facts().and_then(|facts| facts.find()),
        };
        found.ok_or_else(|| {
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
            Tool::Redis | Tool::Axe | Tool::Cups => return None,
            Tool::Ghostscript => Facts {
                names: &["gs", "gswin64c"],
                ours: false,
                option: "-v",
                mark: "Ghostscript",
            },
            Tool::Poppler => Facts {
                names: &["pdftoppm"],
                ours: false,
                option: "-v",
                mark: "pdftoppm version",
            },
            Tool::Ipptool => Facts {
                names: &["ipptool"],
                ours: false,
                option: "--version",
                mark: "CUPS v2.",
            },
            Tool::Chromium => Facts {
                names: &[
                    "chromium",
                    "chromium-browser",
                    "google-chrome",
                    "/Applications/Google Chrome.app/Contents/MacOS/\
                     Google Chrome",
                ],
                ours: false,
                option: "--version",
                mark: "Chrom",
            },
            Tool::ChromeDriver => Facts {
                names: &["chromedriver"],
                ours: false,
                option: "--version",
                mark: "ChromeDriver",
            },
            Tool::MdBook => Facts {
                names: &["mdbook"],
                ours: false,
                option: "--version",
                mark: "mdbook v0.5.",
            },
            Tool::Python => Facts {
                names: &["python3", "python"],
                ours: false,
                option: "--version",
                mark: "Python 3",
            },
            Tool::PySpeedtest => Facts {
                names: &["pyspeedtest"],
                ours: true,
                option: "--version",
                mark: "pyspeedtest 1.2.7",
            },
            Tool::SpeedtestCli => Facts {
                names: &["speedtest-cli"],
                ours: true,
                option: "--version",
                mark: "speedtest-cli 2.1.3",
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
            Tool::Ipptool => &[
                ("Linux with apt", "apt install cups-ipp-utils"),
                ("Linux with dnf", "dnf install cups-ipptool"),
            ],
            Tool::Cups => &[
                (
                    "Linux with apt",
                    "apt install cups-daemon cups-client cups-filters",
                ),
                ("Linux with dnf", "dnf install cups cups-filters"),
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
            Tool::PySpeedtest | Tool::SpeedtestCli | Tool::Axe => &[(
                "with Python 3",
                "python3 -m venv target/tools && target/tools/bin/pip \
                 install --no-deps --requirement tests/tools.txt",
            )],
        }
    }
}

impl Facts {
    /// The program's name or path, if it is the right one.
    fn find(&self) -> Option<PathBuf> {
        let folders = ["bin", "Scripts"].map(|folder| tools().join(folder));
        let places = self.names.iter().flat_map(|name| match self.ours {
            true => folders.iter().map(|folder| folder.join(name)).collect(),
            false => vec![PathBuf::from(name)],
        });
        let is_it = |program: &PathBuf| {
            let mut program = Command::new(program);
            let asked = program.arg(self.option).stdin(Stdio::null()).output();
            asked.is_ok_and(|output| {
                let said = [output.stdout, output.stderr].concat();
                String::from_utf8_lossy(&said).contains(self.mark)
            })
        };
        places.into_iter().find(is_it)
    }
}

/// A Python environment with what `tests/tools.txt` lists.
fn tools() -> PathBuf {
    root().join("target/tools")
}

/// The scheduler, if the commands and the filters are there, too.
fn cups() -> Option<PathBuf> {
    let scheduler = PathBuf::from("/usr/sbin/cupsd");
    let filter = Path::new("/usr/lib/cups/filter/texttopdf");
    let lp = Command::new("lp").arg("--help").stdin(Stdio::null()).output();
    let whole = scheduler.is_file() && filter.is_file() && lp.is_ok();
    whole.then_some(scheduler)
}

/// The script, in whichever folder this Python keeps its packages.
fn axe() -> Option<PathBuf> {
    let packages = |folder: &Path| folder.join("site-packages");
    let pythons = fs::read_dir(tools().join("lib")).into_iter().flatten();
    let folders = pythons.flatten().map(|python| packages(&python.path()));
    folders
        .chain([packages(&tools().join("Lib"))])
        .map(|folder| folder.join("axe_playwright_python/axe.min.js"))
        .find(|script| script.is_file())
}
