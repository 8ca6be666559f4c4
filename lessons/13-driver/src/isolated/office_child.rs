//! The child that becomes LibreOffice, and what it gives up before.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::sandbox::{self, Allowed};

/// The argument that makes a program such a child.
pub(super) const ARGUMENT: &str = "--driver-office-child";
/// The name of the document in its folder, without its ending.
pub(super) const DOCUMENT: &str = "document";
/// Where its PDF is then.
pub(super) const MADE: &str = "document.pdf";
/// The exit code when the program does not start.
pub(super) const NOT_STARTED: i32 = 83;
/// The most memory, in bytes of addresses, of which it takes more than it uses.
#[cfg(unix)]
const MEMORY: u64 = 8 << 30;
/// The most processor time, in seconds, and the largest file, in bytes.
#[cfg(unix)]
const SECONDS: u64 = 120;
#[cfg(unix)]
const LARGEST_FILE: u64 = 1 << 30;
/// What it may read: programs and what belongs to them, never what an
/// administrator has written.
const READABLE: [&str; 22] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib64",
    "/opt",
    "/nix",
    "/proc",
    "/sys/devices/system/cpu",
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/libreoffice",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/locale.alias",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/var/cache/fontconfig",
    "/var/lib/libreoffice",
    "/var/spool/libreoffice",
    "/dev/random",
    "/dev/urandom",
];
/// What it may write to, besides its folder.
const NOTHING: &str = "/dev/null";

/// Where it makes a socket, by which a second one would find the first. It
/// may not remove it.
pub(super) const SOCKETS: [&str; 2] = ["/tmp", "/var/tmp"];

/// Becomes LibreOffice: the arguments are the program, the folder, and the
/// document's name in it. Returns the exit code when that fails.
pub(super) fn convert(arguments: impl Iterator<Item = OsString>) -> i32 {
    let arguments: Vec<OsString> = arguments.collect();
    let [program, folder, name] = arguments.as_slice() else {
        return NOT_STARTED;
    };
    let (program, folder) = (Path::new(program), Path::new(folder));
    if limit().is_err() {
        return NOT_STARTED;
    }
    // ANCHOR: office
    let mut programs = READABLE.map(PathBuf::from).to_vec();
    // Its own folder, when it was installed anywhere else.
    let real = program.canonicalize().unwrap_or_default();
    programs.extend(real.parent().map(Path::to_path_buf));
    let _ = sandbox::enter(&Allowed {
        programs,
        writable: vec![folder.to_owned(), PathBuf::from(NOTHING)],
        sockets: SOCKETS.map(PathBuf::from).to_vec(),
        ..Allowed::default()
    });
    let profile = format!("file://{}/profile", folder.display());
    let mut libre_office = Command::new(program);
    libre_office
        .arg(format!("-env:UserInstallation={profile}"))
        .args(["--headless", "--norestore", "--nolockcheck", "--nodefault"])
        .args(["--convert-to", "pdf", "--outdir"])
        .args([folder.as_os_str(), folder.join(name).as_os_str()])
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", folder)
        .env("TMPDIR", folder)
        .env("LANG", "C.UTF-8");
    // ANCHOR_END: office
    run(libre_office)
}

#[cfg(unix)]
fn run(mut command: Command) -> i32 {
    use std::os::unix::process::CommandExt;
    // It returns only when it fails.
    let _ = command.exec();
    NOT_STARTED
}

#[cfg(not(unix))]
fn run(mut command: Command) -> i32 {
    command.status().map_or(NOT_STARTED, |status| status.code().unwrap_or(1))
}

#[cfg(unix)]
fn limit() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    for (resource, most) in [
        (Resource::As, MEMORY),
        (Resource::Cpu, SECONDS),
        (Resource::Fsize, LARGEST_FILE),
        (Resource::Core, 0),
    ] {
        let limit = Rlimit { current: Some(most), maximum: Some(most) };
        setrlimit(resource, limit)?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn limit() -> io::Result<()> {
    Ok(())
}
