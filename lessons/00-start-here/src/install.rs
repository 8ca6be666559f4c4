//! The command that installs a tool, for each system.

use std::{env, fs, str::FromStr};

/// The systems that we have commands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    Debian,
    Fedora,
    MacOs,
    Windows,
}

/// A tool that can be installed.
#[derive(Clone, Copy)]
pub enum Tool {
    Compiler,
    Redis,
    Python,
    Ghostscript,
    Poppler,
    Chromium,
    ChromeDriver,
}

impl System {
    /// The system that we run on. A Linux system that is neither Debian nor
    /// Fedora gets Debian's commands.
    pub fn here() -> System {
        match env::consts::OS {
            "macos" => return System::MacOs,
            "windows" => return System::Windows,
            _ => {}
        }
        let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
        let family = |line: &&str| line.starts_with("ID");
        let fedora = release.lines().filter(family).any(|line| {
            ["fedora", "rhel", "centos"].iter().any(|id| line.contains(id))
        });
        if fedora { System::Fedora } else { System::Debian }
    }

    pub fn name(self) -> &'static str {
        match self {
            System::Debian => "Debian",
            System::Fedora => "Fedora",
            System::MacOs => "macOS",
            System::Windows => "Windows",
        }
    }

    /// The command that installs the tool; README.md has the same.
    pub fn install(self, tool: Tool) -> String {
        let ways = match tool {
            Tool::Compiler => [
                "build-essential",
                "gcc",
                "xcode-select --install",
                "winget install Microsoft.VisualStudio.2022.BuildTools \
                 --override \"--passive --wait --add \
                 Microsoft.VisualStudio.Workload.VCTools \
                 --includeRecommended\"",
            ],
            Tool::Redis => [
                "redis-server",
                "redis",
                "brew install redis",
                "wsl sudo apt install redis-server",
            ],
            Tool::Python => [
                "python3",
                "python3",
                "brew install python",
                "winget install Python.Python.3.13",
            ],
            Tool::Ghostscript => [
                "ghostscript",
                "ghostscript",
                "brew install ghostscript",
                "winget install ArtifexSoftware.GhostScript",
            ],
            Tool::Poppler => [
                "poppler-utils",
                "poppler-utils",
                "brew install poppler",
                "scoop install poppler",
            ],
            Tool::Chromium => [
                "chromium",
                "chromium",
                "brew install --cask google-chrome",
                "winget install Google.Chrome",
            ],
            Tool::ChromeDriver => [
                "chromium-driver",
                "chromedriver",
                "brew install --cask chromedriver",
                "winget install Chromium.ChromeDriver",
            ],
        };
        let [debian, fedora, macos, windows] = ways;
        match self {
            System::Debian => format!("sudo apt install {debian}"),
            System::Fedora => format!("sudo dnf install {fedora}"),
            System::MacOs => macos.to_owned(),
            System::Windows => windows.to_owned(),
        }
    }

    /// The command that says who listens on a port.
    pub fn who_listens(self, port: u16) -> String {
        match self {
            System::Debian | System::Fedora => {
                format!("sudo ss -ltnp 'sport = :{port}'")
            }
            System::MacOs => format!("lsof -nP -iTCP:{port} -sTCP:LISTEN"),
            System::Windows => format!("netstat -ano | findstr :{port}"),
        }
    }
}

impl FromStr for System {
    type Err = String;

    fn from_str(name: &str) -> Result<System, String> {
        let all =
            [System::Debian, System::Fedora, System::MacOs, System::Windows];
        all.into_iter()
            .find(|system| system.name().eq_ignore_ascii_case(name))
            .ok_or_else(|| {
                format!("{name} is not debian, fedora, macos or windows")
            })
    }
}
