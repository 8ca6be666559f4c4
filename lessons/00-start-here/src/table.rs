//! The table of what a machine has, with a verdict in each row.

use crate::{
    install::Tool,
    machine::{Machine, PORTS},
    redis::Redis,
    version::Version,
};

/// The oldest Rust that compiles this workspace: its `rust-version`.
const RUST: &str = env!("CARGO_PKG_RUST_VERSION");
/// The oldest Redis that knows the commands of lesson 10.
const REDIS: &str = "6.2";
/// The space that all programs and tests take, some built twice, in GB.
const DISK: u64 = 10;

/// One row of the table.
struct Row {
    what: &'static str,
    state: &'static str,
    remark: String,
    /// The command that would make it work.
    cure: Option<String>,
}

const WORKS: &str = "works";
const OPTIONAL: &str = "optional";
const MISSING: &str = "missing";

/// Prints the table, and returns whether all that is needed is there.
pub fn show(machine: &Machine) -> bool {
    let rows = judge(machine);
    println!("This machine ({})", machine.system.name());
    for Row { what, state, remark, cure } in &rows {
        println!("  {state:<8}  {what:<12}  {remark}");
        if let Some(cure) = cure {
            println!("{:12}$ {cure}", "");
        }
    }
    rows.iter().all(|row| row.state != MISSING)
}

/// The commands that would make this machine work better.
pub fn cures(machine: &Machine) -> Vec<String> {
    judge(machine).into_iter().filter_map(|row| row.cure).collect()
}

fn judge(machine: &Machine) -> Vec<Row> {
    let here = machine.chromium.then(|| "it is here".to_owned());
    let text = |version: &Option<Version>| {
        version.as_ref().map(|version| version.to_string())
    };
    let tool = |what, found, adds: &str, tool| match found {
        Some(remark) => works(what, remark),
        None => {
            let cure = machine.system.install(tool);
            optional(what, format!("adds {adds}"), cure)
        }
    };
    let Machine { python, ghostscript, poppler, chromedriver, .. } = machine;
    let figures = "Python's figures beside ours";
    let look = "a second look at every page";
    let mut rows = needed(machine);
    rows.extend([
        redis(machine),
        tool("python3", text(python), figures, Tool::Python),
        tool(
            "Ghostscript",
            text(ghostscript),
            "PostScript in the virtual C360",
            Tool::Ghostscript,
        ),
        tool("poppler", text(poppler), look, Tool::Poppler),
        tool("Chromium", here, "tests of the web pages", Tool::Chromium),
        tool(
            "ChromeDriver",
            text(chromedriver),
            "the same",
            Tool::ChromeDriver,
        ),
        mdbook(machine),
        ping(machine),
    ]);
    rows
}

/// The rows of what every lesson needs and what a classroom often lacks.
fn needed(machine: &Machine) -> Vec<Row> {
    let system = machine.system;
    let rust = match &machine.rust {
        Some(found) if new_enough(found, RUST) => {
            works("Rust", found.to_string())
        }
        found => {
            let remark = found.as_ref().map(|found| too_old(found, RUST));
            let remark = remark.unwrap_or("rustc does not answer".to_owned());
            missing("Rust", remark, "rustup update stable".to_owned())
        }
    };
    let compiler = if machine.compiler {
        works("C compiler", "it is here".to_owned())
    } else {
        let remark = "SQLite is compiled from C".to_owned();
        missing("C compiler", remark, system.install(Tool::Compiler))
    };
    let fetched = if machine.fetched {
        works("packages", "all fetched: this works off line".to_owned())
    } else {
        let remark = "not all fetched: needs the network".to_owned();
        optional(
            "packages",
            remark,
            "cargo run --bin lesson00 fetch".to_owned(),
        )
    };
    let disk = match machine.disk {
        Some(free) if free >= DISK => works("disk", format!("{free} GB free")),
        Some(free) => optional(
            "disk",
            format!("{free} GB free; all lessons take up to {DISK} GB"),
            "cargo clean".to_owned(),
        ),
        None => works("disk", "nobody says how much is free".to_owned()),
    };
    let ports = match machine.busy_ports.first() {
        None => works("ports", format!("{} are free", list(&PORTS))),
        Some(first) => optional(
            "ports",
            format!("in use: {}; use others", list(&machine.busy_ports)),
            system.who_listens(*first),
        ),
    };
    vec![rust, compiler, fetched, disk, ports]
}

fn redis(machine: &Machine) -> Row {
    let install = machine.system.install(Tool::Redis);
    let (remark, cure) = match &machine.redis {
        Redis::Real(found) if new_enough(found, REDIS) => {
            return works("Redis", found.to_string());
        }
        Redis::Real(found) => (too_old(found, REDIS), install),
        Redis::Strange => (
            "a toy that is called redis-server".to_owned(),
            format!("cargo uninstall redis-server; {install}"),
        ),
        Redis::Missing => {
            ("adds the queue for many machines".to_owned(), install)
        }
    };
    optional("Redis", remark, cure)
}

fn mdbook(machine: &Machine) -> Row {
    let remark = match machine.mdbook.as_ref().map(Version::to_string) {
        Some(found) if found.starts_with("0.5.") => {
            return works("mdBook", found);
        }
        Some(found) => format!("{found}; 0.5 makes the book"),
        None => "adds the book as web pages".to_owned(),
    };
    let cure = "cargo install mdbook --locked --version 0.5.4";
    optional("mdBook", remark, cure.to_owned())
}

fn ping(machine: &Machine) -> Row {
    if machine.ping {
        return works("ping", "works without root".to_owned());
    }
    let remark = "without root it is refused".to_owned();
    let cure = "sudo sysctl -w net.ipv4.ping_group_range='0 2147483647'";
    optional("ping", remark, cure.to_owned())
}

fn new_enough(found: &Version, wanted: &str) -> bool {
    Version::among(wanted).is_some_and(|wanted| *found >= wanted)
}

fn too_old(found: &Version, wanted: &str) -> String {
    format!("{found}; {wanted} or newer is needed")
}

fn works(what: &'static str, remark: String) -> Row {
    Row { what, state: WORKS, remark, cure: None }
}

fn optional(what: &'static str, remark: String, cure: String) -> Row {
    Row { what, state: OPTIONAL, remark, cure: Some(cure) }
}

fn missing(what: &'static str, remark: String, cure: String) -> Row {
    Row { what, state: MISSING, remark, cure: Some(cure) }
}

fn list(ports: &[u16]) -> String {
    let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
    ports.join(", ")
}
