use std::path::PathBuf;
use std::process::{Command, Stdio};

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
    /// mdBook 0.5, which builds the book.
    MdBook,
}

impl Tool {
    /// All of them.
    pub const ALL: [Tool; 5] = [
        Tool::Redis,
        Tool::Ghostscript,
        Tool::Poppler,
        Tool::Chromium,
        Tool::MdBook,
    ];

    /// The program's name or path, or how to install what is missing.
    pub fn find(self) -> Result<PathBuf, String> {
        let (names, version, wanted) = self.facts();
        let answers = |name: &&&str| {
            Command::new(name)
                .arg(version)
                .stdin(Stdio::null())
                .output()
                .is_ok_and(|output| {
                    let mut said = output.stdout;
                    said.extend(output.stderr);
                    self.accepts(&String::from_utf8_lossy(&said))
                })
        };
        names
            .iter()
            .find(answers)
            .map(PathBuf::from)
            .ok_or_else(|| {
                let ways = self.install().iter();
                let ways = ways.map(|(system, way)| format!("{system}: {way}"));
                let ways = ways.collect::<Vec<_>>().join("; ");
                format!("{wanted} is missing ({ways})")
            })
    }

    /// The names it goes by, the option that asks for its version, and what
    /// to call it.
    fn facts(self) -> (&'static [&'static str], &'static str, &'static str) {
        match self {
            Tool::Redis => {
                (&["redis-server"], "--version", "Redis 6.2 or newer")
            }
            Tool::Ghostscript => {
                (&["gs", "gswin64c"], "--version", "Ghostscript")
            }
            Tool::Poppler => (&["pdftoppm"], "-v", "poppler's pdftoppm"),
            Tool::Chromium => (
                &[
                    "chromium",
                    "chromium-browser",
                    "google-chrome",
                    "/Applications/Google Chrome.app/Contents/MacOS/\
                     Google Chrome",
                    "/Applications/Chromium.app/Contents/MacOS/Chromium",
                ],
                "--version",
                "Chromium or Chrome",
            ),
            Tool::MdBook => (&["mdbook"], "--version", "mdBook 0.5"),
        }
    }

    /// Whether the answer to the question for the version is the right one.
    /// Other programs go by some of these names: a crate installs a toy
    /// called `redis-server`.
    fn accepts(self, said: &str) -> bool {
        match self {
            Tool::Redis => said
                .split_once("Redis server v=")
                .and_then(|(_, version)| {
                    let mut parts = version.split('.');
                    let major = parts.next()?.parse::<u32>().ok()?;
                    let minor = parts.next()?.parse::<u32>().ok()?;
                    Some((major, minor) >= (6, 2))
                })
                .unwrap_or(false),
            Tool::Ghostscript => {
                said.trim_start().starts_with(|c: char| c.is_ascii_digit())
            }
            Tool::Poppler => said.contains("pdftoppm version"),
            Tool::Chromium => {
                said.contains("Chromium") || said.contains("Chrome")
            }
            Tool::MdBook => said.contains("v0.5."),
        }
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
                ("macOS", "brew install --cask chromium"),
                ("Windows", "winget install Google.Chrome"),
            ],
            Tool::MdBook => &[(
                "any system",
                "cargo install mdbook --locked --version 0.5.4",
            )],
        }
    }
}
