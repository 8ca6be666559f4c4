//! A running network monitor, and requests to it.

use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::Command;

use daemon::events::Events;
use reqwest::blocking::{Client, Response};
use serde_json::Value;
use tempfile::TempDir;

use crate::{Running, http, program, scratch};

/// A network monitor that runs as a program of its own, as users run it.
pub struct NetworkMonitor {
    /// The program, to be killed or asked to stop.
    pub program: Running,
    /// Where it answers: `http://127.0.0.1:PORT`.
    pub address: String,
    /// The link that signs a browser in, once.
    pub link: String,
    data: PathBuf,
    http: Client,
    // Dropped last.
    scratch: Option<TempDir>,
}

impl NetworkMonitor {
    /// Starts one that watches what the configuration says, with its data in
    /// a folder of its own.
    pub fn watching(configuration: &str) -> NetworkMonitor {
        let scratch = scratch();
        let monitor = NetworkMonitor::start(scratch.path(), configuration, &[]);
        NetworkMonitor { scratch: Some(scratch), ..monitor }
    }

    /// Starts one with its data in `data`, which watches what the
    /// configuration says, on a free port unless the options say where.
    pub fn start(
        data: &Path,
        configuration: &str,
        options: &[&str],
    ) -> NetworkMonitor {
        fs::write(file(data), configuration).expect("a file of the test's own");
        let mut command = command(data);
        if !options.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        NetworkMonitor::start_with(command.args(options), data)
    }

    /// Starts the command, which runs a monitor with its data in `data`.
    pub fn start_with(command: &mut Command, data: &Path) -> NetworkMonitor {
        let mut program = Running::start(command);
        let link = program.wait_for_line(r"page: +(http://\S+)");
        let (address, _) = link.split_once("/?").expect("a token");
        NetworkMonitor {
            address: address.to_owned(),
            link,
            program,
            data: data.to_owned(),
            http: http(),
            scratch: None,
        }
    }

    /// Ends the program, if it runs, and starts it once more on the same
    /// data.
    pub fn again(mut self) -> NetworkMonitor {
        self.program.kill();
        let mut command = self.command();
        command.args(["--listen", "127.0.0.1:0"]);
        let monitor = NetworkMonitor::start_with(&mut command, &self.data);
        NetworkMonitor { scratch: self.scratch, ..monitor }
    }

    /// The program with its file and its folder, for another command on them.
    pub fn command(&self) -> Command {
        command(&self.data)
    }

    /// The folder with its data.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Writes another configuration, which it does not read yet.
    pub fn write(&self, configuration: &str) {
        let written = fs::write(file(&self.data), configuration);
        written.expect("a file of the test's own");
    }

    /// Asks it to read its configuration (SIGHUP).
    #[cfg(unix)]
    pub fn hang_up(&self) {
        let id = self.program.id().to_string();
        let sent = Command::new("kill").args(["-HUP", &id]).status();
        assert!(sent.is_ok_and(|status| status.success()));
    }

    /// The key that the monitor made at its first start.
    pub fn key(&self) -> String {
        let key = fs::read_to_string(self.data.join("key"));
        key.expect("made at the first start").trim().to_owned()
    }

    /// The full address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// The monitor's answer to a program that is signed in.
    pub fn response(&self, path: &str) -> Response {
        let request = self.http.get(self.url(path)).bearer_auth(self.key());
        request.send().expect("the monitor answers")
    }

    /// The same, when it must be JSON.
    pub fn get(&self, path: &str) -> Value {
        let answer = self.response(path);
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().expect("JSON")
    }

    /// The monitor's answer to a POST without a body.
    pub fn post(&self, path: &str) -> Response {
        let request = self.http.post(self.url(path)).bearer_auth(self.key());
        request.send().expect("the monitor answers")
    }

    /// Its events from now on, by name, until it ends.
    pub fn events(&self) -> impl Iterator<Item = (String, Value)> + use<> {
        let answer = BufReader::new(self.response("/api/events"));
        Events::new(answer).map_while(Result::ok).map(|event| {
            let data = serde_json::from_str(&event.data);
            (event.name, data.expect("JSON"))
        })
    }

    /// Follows the events until one of this name is as wanted.
    pub fn wait_for(
        &self,
        event: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> Value {
        let mut last = Value::Null;
        for (name, data) in self.events() {
            if name == event {
                if wanted(&data) {
                    return data;
                }
                last = data;
            }
        }
        panic!("the events ended; the last {event} was {last:#}");
    }
}

fn file(data: &Path) -> PathBuf {
    data.join("monitor.toml")
}

fn command(data: &Path) -> Command {
    let mut command = Command::new(program("network-monitor"));
    command.arg("--config").arg(file(data)).arg("--data").arg(data);
    command
}
