//! Somebody is told when a printer needs them: by the print server's own
//! program, and by the network monitor, which watches over the print server as
//! its recipe says.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use harness::{NetworkMonitor, PrintServer, root, scratch};
use serde_json::Value;
use virtual_c360::{Fault, Settings, VirtualC360};

/// How long somebody may take to be told. Only a test that fails waits so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program that writes what it is given to a file, a line each time.
struct Teller {
    program: String,
    told: PathBuf,
}

impl Teller {
    fn new(folder: &Path) -> Teller {
        let (program, told) = (folder.join("tell"), folder.join("told"));
        let script = format!(
            "#!/bin/sh\nread -r line\necho \"$line\" >> '{0}.new'\n\
             echo \"$NOTICE_STATE $*\" >> '{0}.words'\n\
             cp '{0}.new' '{0}.whole' && mv '{0}.whole' '{0}'\n",
            told.display()
        );
        fs::write(&program, script).expect("written");
        let may_run = fs::Permissions::from_mode(0o700);
        fs::set_permissions(&program, may_run).expect("made a program");
        Teller { program: program.display().to_string(), told }
    }

    /// What it was told, once it was told so many things.
    fn wait_for(&self, count: usize) -> Vec<Value> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let told = self.told();
            if told.len() >= count {
                return told;
            }
            assert!(Instant::now() < deadline, "it was told {told:#?}");
            // No event tells that another program has written a file.
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn told(&self) -> Vec<Value> {
        let text = fs::read_to_string(&self.told).unwrap_or_default();
        let line = |line| serde_json::from_str(line).expect("JSON");
        text.lines().map(line).collect()
    }
}

fn printer(tray: &Path) -> VirtualC360 {
    VirtualC360::start(Settings::new(tray)).expect("a printer")
}

fn server(data: &Path, printer: &VirtualC360, options: &[&str]) -> PrintServer {
    let address = format!("tcp://{}", printer.address());
    let all = ["--printer", &address, "--dpi", "300"];
    PrintServer::start(data, &[&all[..], options].concat())
}

#[test]
fn a_program_is_run_once_when_a_printer_needs_somebody_and_once_after_it() {
    let (tray, data, folder) = (scratch(), scratch(), scratch());
    let printer = printer(tray.path());
    let teller = Teller::new(folder.path());
    let options = [
        "--on-trouble",
        &teller.program,
        "--on-trouble=--loud",
        "--on-trouble-after",
        "0.5",
    ];
    let server = server(data.path(), &printer, &options);
    printer.set_fault(Fault::PaperOut);
    let job = server.print("report.pdf", &[("pages", "1")]);
    let told = teller.wait_for(1);
    assert_eq!(told[0]["state"], "failing");
    let words = told[0]["words"].as_str().expect("a sentence");
    assert!(words.contains("needs somebody"), "{words}");
    assert!(words.contains("out of paper"), "{words}");
    let [since, at] = ["since", "at"].map(|key| told[0][key].as_u64());
    assert!(at >= since.map(|since| since + 500), "{}", told[0]);

    printer.set_fault(Fault::None);
    server.wait_for_state(&job, "printed");
    let told = teller.wait_for(2);
    assert_eq!(told[1]["state"], "recovered");
    assert_eq!(told[1]["since"], told[0]["since"]);
    // The next trouble is news again.
    printer.set_fault(Fault::Jam);
    let job = server.print("report.pdf", &[("pages", "1")]);
    let told = teller.wait_for(3);
    assert_eq!(told[2]["state"], "failing");
    printer.set_fault(Fault::None);
    server.wait_for_state(&job, "printed");
    teller.wait_for(4);
    let words = teller.told.with_extension("words");
    let words = fs::read_to_string(words).expect("written");
    assert_eq!(words.lines().next(), Some("failing --loud"));
    assert_eq!(teller.told().len(), 4);
}

#[test]
fn trouble_that_was_told_is_not_told_again_after_a_crash() {
    let (tray, data, folder) = (scratch(), scratch(), scratch());
    let printer = printer(tray.path());
    let teller = Teller::new(folder.path());
    let options =
        ["--on-trouble", &teller.program, "--on-trouble-after", "0.2"];
    let mut first = server(data.path(), &printer, &options);
    printer.set_fault(Fault::CoverOpen);
    let job = first.print("report.pdf", &[("pages", "1")]);
    teller.wait_for(1);
    first.program.kill();
    let second = server(data.path(), &printer, &options);
    let says = |job: &Value| {
        let reason = job["reason"].as_str();
        reason.is_some_and(|reason| reason.contains("cover is open"))
    };
    second.wait_for(&job, says);
    printer.set_fault(Fault::None);
    second.wait_for_state(&job, "printed");
    let told = teller.wait_for(2);
    let states: Vec<_> = told.iter().map(|call| &call["state"]).collect();
    assert_eq!(states, ["failing", "recovered"]);
}

/// The recipe of the book, with the test's own addresses and a shorter time.
fn recipe(server: &PrintServer, teller: &Teller) -> String {
    let file = root().join("lessons/30-network-monitor/print-server.toml");
    let mut recipe = fs::read_to_string(file).expect("the recipe");
    for (there, here) in [
        ("http://127.0.0.1:8631", server.address.as_str()),
        ("/usr/local/bin/tell-the-office", teller.program.as_str()),
        ("every = \"20s\"", "every = \"2s\""),
        ("timeout = \"5s\"", "timeout = \"2s\""),
    ] {
        assert!(recipe.contains(there), "{there}");
        recipe = recipe.replace(there, here);
    }
    recipe
}

#[test]
fn the_network_monitor_tells_people_that_printing_needs_somebody() {
    let (tray, data, folder) = (scratch(), scratch(), scratch());
    let printer = printer(tray.path());
    let teller = Teller::new(folder.path());
    let server = server(data.path(), &printer, &[]);
    let monitor = NetworkMonitor::watching(&recipe(&server, &teller));
    printer.set_fault(Fault::Jam);
    let job = server.print("report.pdf", &[("pages", "1")]);
    let told = teller.wait_for(1);
    assert_eq!(told[0]["target"], "print server");
    assert_eq!(told[0]["state"], "failing");
    let words = told[0]["words"].as_str().expect("a sentence");
    assert!(words.contains("503"), "{words}");

    printer.set_fault(Fault::None);
    server.wait_for_state(&job, "printed");
    let told = teller.wait_for(2);
    assert_eq!(told[1]["state"], "recovered");
    // And when the server is gone.
    drop(server);
    let told = teller.wait_for(3);
    assert_eq!(told[2]["state"], "failing");
    drop(monitor);
}
