//! A private CUPS: its own folders, its own port, its own scheduler.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use harness::{Running, scratch};
use tempfile::TempDir;

/// How long the scheduler may take to start.
const PATIENCE: Duration = Duration::from_secs(60);
/// The queue that the tests print to.
const QUEUE: &str = "office";

/// A scheduler of the test's own, with one queue.
pub struct Cups {
    address: SocketAddr,
    folder: TempDir,
    /// Ends with the value. Filters and backends end with their jobs.
    _scheduler: Running,
}

impl Cups {
    /// Starts one.
    pub fn start(scheduler: &Path) -> Cups {
        let folder = scratch();
        // Where root starts it, its filters run as somebody else.
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(folder.path(), open).expect("our folder");
        for name in ["etc", "spool", "spool/tmp", "cache", "state", "log"] {
            fs::create_dir(folder.path().join(name)).expect("our folder");
        }
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = free.local_addr().expect("an address");
        drop(free);
        let f = folder.path().display();
        let files = format!(
            "ServerRoot {f}/etc\nRequestRoot {f}/spool\nTempDir {f}/spool/tmp\n\
             CacheDir {f}/cache\nStateDir {f}/state\nAccessLog {f}/log/access\n\
             ErrorLog {f}/log/error\nPageLog {f}/log/page\n\
             Printcap {f}/state/printcap\n"
        );
        let main = format!(
            "Listen {address}\nBrowsing No\nWebInterface No\n\
             DefaultAuthType None\nLogLevel debug\nMaxLogSize 0\n\
             <Location />\nOrder allow,deny\nAllow all\n</Location>\n\
             <Policy default>\n<Limit All>\nOrder allow,deny\nAllow all\n\
             </Limit>\n</Policy>\n"
        );
        let configuration = |name: &str, text: &str| -> PathBuf {
            let file = folder.path().join("etc").join(name);
            fs::write(&file, text).expect("our folder");
            file
        };
        let files = configuration("cups-files.conf", &files);
        let main = configuration("cupsd.conf", &main);
        let mut command = Command::new(scheduler);
        command.arg("-f").arg("-c").arg(main).arg("-s").arg(files);
        let scheduler = Running::start(&mut command);
        let cups = Cups { address, folder, _scheduler: scheduler };
        let from = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(from.elapsed() < PATIENCE, "no cupsd:\n{}", cups.log());
            thread::sleep(Duration::from_millis(20));
        }
        cups
    }

    /// Makes the queue, as an administrator does: CUPS asks the printer what
    /// it can do, and nobody installs a driver. CUPS goes on asking when
    /// `lpadmin` has ended; until then everything is printed in grey.
    pub fn add_printer(&self, uri: &str) {
        let made = self.run("lpadmin", |lpadmin| {
            let queue = ["-p", QUEUE, "-E", "-v", uri, "-m", "everywhere"];
            lpadmin.args(queue)
        });
        let said = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "lpadmin: {said}\n{}", self.log());
        let from = Instant::now();
        loop {
            let told = self.run("lpoptions", |it| it.args(["-p", QUEUE, "-l"]));
            let told = String::from_utf8_lossy(&told.stdout).into_owned();
            if told.contains("*RGB") {
                return;
            }
            assert!(from.elapsed() < PATIENCE, "{told}\n{}", self.log());
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Prints a file, with options as `lp -o` takes them.
    pub fn print(&self, file: &Path, options: &[&str]) {
        let printed = self.run("lp", |lp| {
            lp.args(["-d", QUEUE]).args(options).arg("--").arg(file)
        });
        let said = String::from_utf8_lossy(&printed.stderr);
        assert!(printed.status.success(), "lp: {said}\n{}", self.log());
    }

    /// Waits until no job is left.
    pub fn wait_until_idle(&self) {
        let from = Instant::now();
        loop {
            let waiting =
                self.run("lpstat", |lpstat| lpstat.args(["-o", QUEUE]));
            if waiting.status.success() && waiting.stdout.is_empty() {
                return;
            }
            let said = String::from_utf8_lossy(&waiting.stdout);
            let patience = 3 * PATIENCE;
            assert!(from.elapsed() < patience, "{said}\n{}", self.log());
            thread::sleep(Duration::from_millis(100));
        }
    }

    fn run(
        &self,
        program: &str,
        arguments: impl FnOnce(&mut Command) -> &mut Command,
    ) -> Output {
        let mut command = Command::new(program);
        command.args(["-h", &self.address.to_string()]);
        arguments(&mut command);
        // Nothing of whoever runs the tests.
        command.env("HOME", self.folder.path()).env_remove("PRINTER");
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command.stdin(Stdio::null()).output().expect("a command of CUPS")
    }

    /// The end of the scheduler's log.
    fn log(&self) -> String {
        let log = fs::read_to_string(self.folder.path().join("log/error"));
        let log = log.unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(80)..].join("\n")
    }
}
