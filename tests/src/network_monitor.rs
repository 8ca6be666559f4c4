use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use reqwest::blocking::Client;
use serde_json::Value;

use crate::{Running, http, program};

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
}

impl NetworkMonitor {
    /// Starts one with its data in `data`, which watches what the
    /// configuration says, on a free port unless the options say where.
    pub fn start(
        data: &Path,
        configuration: &str,
        options: &[&str],
    ) -> NetworkMonitor {
        let file = data.join("monitor.toml");
        fs::write(&file, configuration).expect("a file of the test's own");
        let mut command = Command::new(program("network-monitor"));
        command.arg("--data").arg(data).arg("--config").arg(file);
        if !options.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        let mut program = Running::start(command.args(options));
        let link = program.wait_for_line(r"page: +(http://\S+)");
        let (address, _) = link.split_once("/?").expect("a token");
        NetworkMonitor {
            address: address.to_owned(),
            link,
            program,
            data: data.to_owned(),
            http: http(),
        }
    }

    /// The key that it has made.
    pub fn key(&self) -> String {
        let key = fs::read_to_string(self.data.join("key"));
        key.expect("made at the first start").trim().to_owned()
    }

    /// What it answers to a signed-in program.
    pub fn get(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.address));
        let answer = request.bearer_auth(self.key()).send();
        let answer = answer.expect("the monitor answers");
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().expect("JSON")
    }
}
