//! Two machines on this one: network namespaces with a wire between them.

use std::io::Write;
use std::process::{Child, ChildStdin, Command, Stdio, id};

use link::LinkSettings;

use crate::Result;
use crate::wire::Wire;

/// The server's address, in a range that is set aside for measurements
/// between two machines (RFC 2544, appendix C.2.2). It is inside the
/// namespaces only.
pub const FAR: &str = "198.18.0.2";
const NEAR: &str = "198.18.0.1";

/// Removes the namespaces when its input ends, however this program ends:
/// well, by Ctrl-C, or killed. A process that still runs in them is one that we
/// started. Without the word "done" a namespace may be in the making just now:
/// so there is a second attempt.
const CLEAN_UP: &str = r#"
trap "" INT TERM HUP
read -r line
for attempt in 1 2; do
    for name in "$@"; do
        ip netns pids "$name" 2>/dev/null | xargs -r kill -9
        ip netns delete "$name" 2>/dev/null
    done
    [ "$line" = done ] && exit
    sleep 1
done
"#;

/// The two namespaces and the wire.
pub struct Namespaces {
    near: String,
    far: String,
    pub wire: Wire,
    cleaner: Child,
    /// Held open while the namespaces are wanted.
    wanted: Option<ChildStdin>,
}

impl Namespaces {
    pub fn new(settings: &LinkSettings) -> Result<Namespaces> {
        // At most 15 letters, and nobody else's.
        let names = ["near", "far"].map(|end| format!("sp{}{end}", id()));
        let [near, far] = names.clone();
        let mut cleaner = Command::new("sh")
            .args(["-c", CLEAN_UP, "clean-up", &near, &far])
            .stdin(Stdio::piped())
            .spawn()?;
        let wanted = cleaner.stdin.take();
        for name in &names {
            run(&["ip", "netns", "add", name]).map_err(|error| {
                format!(
                    "{error}\nTwo network namespaces are made for this \
                     measurement, which needs Linux and root: run \
                     `sudo -E env PATH=\"$PATH\" cargo bench --bench \
                     peer-speed`"
                )
            })?;
        }

        // A device that changes its namespace stays open where it was opened.
        let wire = Wire::lay(settings, [&near, &far]).map_err(|error| {
            format!("cannot make TUN devices (/dev/net/tun): {error}")
        })?;
        for (name, own, other) in [(&near, NEAR, FAR), (&far, FAR, NEAR)] {
            run(&["ip", "link", "set", name, "netns", name])?;
            let inside = |line: &str| {
                let mut words = vec!["ip", "netns", "exec", name];
                words.extend(line.split(' '));
                run(&words)
            };
            // Every program at its best: nothing remembered from the one
            // before, and ping as on a desktop.
            inside("sysctl -qw net.ipv6.conf.all.disable_ipv6=1")?;
            inside("sysctl -qw net.ipv4.tcp_no_metrics_save=1")?;
            run(&[
                "ip",
                "netns",
                "exec",
                name,
                "sysctl",
                "-qw",
                "net.ipv4.ping_group_range=0 2147483647",
            ])?;
            inside("ip link set lo up")?;
            inside(&format!("ip address add {own} peer {other} dev {name}"))?;
            inside(&format!("ip link set {name} up"))?;
            // As most systems have it.
            inside(&format!(
                "ip route replace {other} dev {name} src {own} congctl cubic"
            ))?;
        }
        Ok(Namespaces { near, far, wire, cleaner, wanted })
    }

    /// A program at the client's end. Like those at the other end it is
    /// ended with the namespaces, if it has not ended before.
    pub fn near(&self, program: &str) -> Command {
        let mut command = inside(&self.near);
        command.arg(program);
        command
    }

    /// A program at the server's end.
    pub fn far(&self, program: &str) -> Command {
        let mut command = inside(&self.far);
        command.arg(program);
        command
    }
}

impl Drop for Namespaces {
    fn drop(&mut self) {
        if let Some(mut wanted) = self.wanted.take() {
            let _ = wanted.write_all(b"done\n");
        }
        let _ = self.cleaner.wait();
    }
}

fn inside(namespace: &str) -> Command {
    let mut command = Command::new("ip");
    command.args(["netns", "exec", namespace]).stdin(Stdio::null());
    command
}

fn run(words: &[&str]) -> Result<()> {
    let mut command = Command::new(words[0]);
    let output = command.args(&words[1..]).output();
    let output = output.map_err(|error| format!("{}: {error}", words[0]))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("`{}`: {}", words.join(" "), said.trim()).into())
}
