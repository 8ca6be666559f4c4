//! Hosts: network namespaces with a wire each to a switch, on which the tests
//! themselves are, too.

use std::env;
use std::ffi::OsStr;
use std::fmt::Display;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};

use harness::{Test, only_where, suite};

/// Set where the tests are in their own network.
const INSIDE: &str = "TAMING_OWN_NETWORK";

/// The tests' own address on the switch, in a range that is set aside for
/// measurements (RFC 2544, appendix C.2.2).
pub const SWITCH: &str = "198.18.0.1";

/// Makes the switch and runs a command beside it.
const ENTER: &str = "set -e
    ip link set lo up
    ip link add switch type bridge
    ip address add 198.18.0.1/24 dev switch
    ip link set switch up
    exec \"$@\"";

/// Says that it is there, and stays until its input ends: with the tests.
const STAY: &str = "echo here; read -r end";

/// Runs the tests in a network of their own, which is gone with them.
pub fn enter(tests: Vec<Test>) -> ExitCode {
    if env::var_os(INSIDE).is_some() {
        return suite(tests);
    }
    if let Err(reason) = hosts_are_possible() {
        let impossible = |test: Test| {
            let reason = reason.clone();
            only_where(|| Err(reason), test)
        };
        return suite(tests.into_iter().map(impossible).collect());
    }
    let program = env::current_exe().expect("this program");
    let mut command = beside_the_switch();
    command.arg(program).args(env::args_os().skip(1)).env(INSIDE, "1");
    let status = command.status().expect("unshare was found");
    match status.code().and_then(|code| u8::try_from(code).ok()) {
        Some(code) => ExitCode::from(code),
        None => ExitCode::FAILURE,
    }
}

fn beside_the_switch() -> Command {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--net", "sh", "-c", ENTER]);
    command.arg("sh");
    command
}

fn hosts_are_possible() -> Result<(), String> {
    let script = "unshare --net true && nsenter --target $$ --net true";
    let tried = beside_the_switch().args(["sh", "-c", script]).output();
    let tried = tried.map_err(|error| format!("unshare: {error}"))?;
    if tried.status.success() {
        return Ok(());
    }
    Err(format!(
        "no network can be made here ({}): it takes the programs of util-linux \
         and iproute2, and a system that permits it",
        String::from_utf8_lossy(&tried.stderr).trim()
    ))
}

/// A host on the switch. Dropped, its network is gone once its programs are.
pub struct Host {
    /// Its address.
    pub address: String,
    /// The switch's end of its wire.
    port: String,
    /// Keeps the namespace.
    keeper: Child,
}

impl Host {
    pub fn new() -> Host {
        static LAST: AtomicU8 = AtomicU8::new(9);
        let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        let mut keeper = Command::new("unshare")
            .args(["--net", "sh", "-c", STAY])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare was found");
        let said = keeper.stdout.take().expect("it was asked for");
        let mut line = String::new();
        BufReader::new(said).read_line(&mut line).expect("it can be heard");
        assert_eq!(line, "here\n");

        let address = format!("198.18.0.{number}");
        let port = format!("host{number}");
        let host = Host { address, port, keeper };
        let (port, id) = (&host.port, host.keeper.id());
        ip(format!("link add {port} type veth peer name wire netns {id}"));
        ip(format!("link set {port} master switch up"));
        host.ip("link set lo up");
        host.ip(format!("address add {}/24 dev wire", host.address));
        host.ip("link set wire up");
        host
    }

    /// A command that runs a program on this host.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        let id = self.keeper.id().to_string();
        command.args(["--target", &id, "--net"]).arg(program);
        command
    }

    /// Pulls the host's wire out of the switch. Nobody is told: what is sent
    /// simply does not arrive.
    pub fn cut_off(&self) {
        ip(format!("link set {} nomaster down", self.port));
    }

    /// Puts the wire back.
    pub fn connect(&self) {
        ip(format!("link set {} master switch up", self.port));
    }

    fn ip(&self, words: impl Display) {
        run(&mut self.command("ip"), &words.to_string());
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // An error says that it has ended already.
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}

fn ip(words: String) {
    run(&mut Command::new("ip"), &words);
}

fn run(command: &mut Command, words: &str) {
    let output = command.args(words.split(' ')).output().expect("it was found");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "ip {words}: {said}");
}
