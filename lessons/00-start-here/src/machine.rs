//! What this machine has, found by asking its programs.

use std::{
    env, fs,
    net::{Ipv4Addr, TcpListener},
    path::Path,
    process::{Command, Stdio},
    thread::{ScopedJoinHandle, scope},
};

use crate::{
    course::root,
    install::System,
    output::output_of,
    redis::{self, Redis},
    version::Version,
};

/// The ports that the servers use unless they are told another.
pub const PORTS: [u16; 4] = [8631, 9100, 9180, 5000];

/// What this machine has; `table` judges it.
pub struct Machine {
    pub system: System,
    pub rust: Option<Version>,
    pub compiler: bool,
    pub fetched: bool,
    /// Free space for what cargo builds, in GB.
    pub disk: Option<u64>,
    pub busy_ports: Vec<u16>,
    pub redis: Redis,
    pub python: Option<Version>,
    pub ghostscript: Option<Version>,
    pub poppler: Option<Version>,
    pub chromium: bool,
    pub chromedriver: Option<Version>,
    pub mdbook: Option<Version>,
    /// Whether everybody here may send an echo request.
    pub ping: bool,
}

impl Machine {
    // ANCHOR: inspect
    /// Asks all questions at the same time, which takes as long as the slowest.
    pub fn inspect() -> Machine {
        scope(|s| {
            let rust = s.spawn(|| version(&["rustc"], "--version"));
            let compiler = s.spawn(compiler);
            let fetched = s.spawn(fetched);
            let disk = s.spawn(disk);
            let redis = s.spawn(redis::inspect);
            let python = s.spawn(python);
            let ghostscript =
                s.spawn(|| version(&["gs", "gswin64c"], "--version"));
            let poppler = s.spawn(|| version(&["pdftoppm"], "-v"));
            let chromium = s.spawn(chromium);
            let chromedriver =
                s.spawn(|| version(&["chromedriver"], "--version"));
            let mdbook = s.spawn(|| version(&["mdbook"], "--version"));
            Machine {
                system: System::here(),
                busy_ports: busy_ports(),
                ping: ping(),
                rust: answer(rust),
                compiler: answer(compiler),
                fetched: answer(fetched),
                disk: answer(disk),
                redis: answer(redis),
                python: answer(python),
                ghostscript: answer(ghostscript),
                poppler: answer(poppler),
                chromium: answer(chromium),
                chromedriver: answer(chromedriver),
                mdbook: answer(mdbook),
            }
        })
    }
    // ANCHOR_END: inspect
}

fn answer<T>(question: ScopedJoinHandle<T>) -> T {
    question.join().expect("no question panics")
}

/// The version of the first of these programs that is installed.
fn version(names: &[&str], option: &str) -> Option<Version> {
    let said = names.iter().find_map(|name| output_of(name, &[option]));
    said.as_deref().and_then(Version::among)
}

/// The version of Python 3. Until Python is installed on Windows, its name is
/// a link to the shop, which prints no version.
fn python() -> Option<Version> {
    let names = ["python3", "python", "py"];
    let said = names.iter().filter_map(|name| output_of(name, &["--version"]));
    said.filter_map(|said| Version::among(said.strip_prefix("Python ")?))
        .find(|version| version.to_string().starts_with("3."))
}

fn compiler() -> bool {
    if !cfg!(windows) {
        return output_of("cc", &["--version"]).is_some();
    }
    // Visual Studio's compiler is not on PATH; vswhere says where it is.
    let folder = env::var("ProgramFiles(x86)").unwrap_or_default();
    let vswhere = "Microsoft Visual Studio/Installer/vswhere.exe";
    let tools = "Microsoft.VisualStudio.Component.VC.Tools.x86.x64";
    let found = Path::new(&folder).join(vswhere);
    output_of(
        &found.to_string_lossy(),
        &["-products", "*", "-requires", tools, "-property", "displayName"],
    )
    .is_some_and(|found| !found.trim().is_empty())
        || output_of("gcc", &["--version"]).is_some()
}

fn chromium() -> bool {
    // On Windows, Chrome opens a window when it is asked for its version.
    let windows = "C:/Program Files/Google/Chrome/Application/chrome.exe";
    let macos = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let there = [windows, macos].iter().any(|path| Path::new(path).exists());
    there || version(&names, "--version").is_some()
}

/// Cargo, at the top of the workspace.
pub fn cargo() -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut cargo = Command::new(cargo);
    cargo.current_dir(root());
    cargo
}

/// `cargo fetch` for this kind of machine, and for no other.
pub fn cargo_fetch() -> Command {
    let mut cargo = cargo();
    cargo.args(["fetch", "--locked"]);
    let rust = output_of("rustc", &["-vV"]).unwrap_or_default();
    if let Some(host) = rust.lines().find_map(|l| l.strip_prefix("host: ")) {
        cargo.args(["--target", host]);
    }
    cargo
}

fn fetched() -> bool {
    let mut fetch = cargo_fetch();
    fetch.args(["--offline", "--quiet"]).stderr(Stdio::null());
    fetch.status().is_ok_and(|status| status.success())
}

fn disk() -> Option<u64> {
    const GB: u64 = 1_000_000_000;
    let folder = root();
    let folder = folder.to_str()?;
    if cfg!(windows) {
        let script = format!("(Get-Item '{folder}').PSDrive.Free");
        let said =
            output_of("powershell", &["-NoProfile", "-Command", &script])?;
        return Some(said.trim().parse::<u64>().ok()? / GB);
    }
    // POSIX: blocks of 1,024 bytes, the fourth column of the second line.
    let said = output_of("df", &["-Pk", folder])?;
    let free = said.lines().nth(1)?.split_whitespace().nth(3)?;
    Some(free.parse::<u64>().ok()?.checked_mul(1024)? / GB)
}

fn busy_ports() -> Vec<u16> {
    let busy =
        |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_err();
    PORTS.into_iter().filter(busy).collect()
}

/// Linux lets the groups of this range open ICMP sockets (icmp(7)). Other
/// systems let everybody.
fn ping() -> bool {
    let file = "/proc/sys/net/ipv4/ping_group_range";
    let Ok(range) = fs::read_to_string(file) else {
        return !cfg!(target_os = "linux");
    };
    let numbers = |text: &str| -> Vec<u64> {
        text.split_whitespace().filter_map(|n| n.parse().ok()).collect()
    };
    let groups = output_of("id", &["-G"]).map(|said| numbers(&said));
    match (numbers(&range).as_slice(), groups) {
        (&[first, last], Some(groups)) => {
            groups.iter().any(|group| (first..=last).contains(group))
        }
        _ => false,
    }
}
