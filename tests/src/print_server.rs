//! A running print server, and requests to it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use reqwest::blocking::{Client, Response, multipart};
use serde_json::Value;

use crate::{Running, http, program, root};

/// How long a job may take. Only a test that fails waits so long.
const PATIENCE: Duration = Duration::from_secs(120);

/// A print server that runs as a program of its own, as users run it.
pub struct PrintServer {
    /// The program, to be killed or asked to stop.
    pub program: Running,
    /// The address that it printed when it started.
    pub address: String,
    /// The page, with a token that signs one browser in.
    pub link: String,
    /// The server's key, as its owner reads it.
    pub key: String,
    data: PathBuf,
    http: Client,
}

impl PrintServer {
    /// Starts one with its data in `data`, on a free port unless the options
    /// say where.
    pub fn start(data: &Path, options: &[&str]) -> PrintServer {
        let mut command = Command::new(program("print-server"));
        command.arg("--data").arg(data).args(options);
        if !options.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        // What is installed here is not to change what is tested.
        command.env("XDG_CONFIG_HOME", data);
        if !options.contains(&"--second-renderer") {
            command.args(["--second-renderer", "off"]);
        }
        PrintServer::start_with(&mut command, data)
    }

    /// The same with a command that leads to `print-server`.
    pub fn start_with(command: &mut Command, data: &Path) -> PrintServer {
        let mut program = Running::start(command);
        let link = program.wait_for_line(r"page: +(http://\S+)");
        let address = link.split("/?").next().unwrap_or_default().to_owned();
        let key = fs::read_to_string(data.join("key")).expect("a key");
        let key = key.trim().to_owned();
        let (data, http) = (data.to_owned(), http());
        PrintServer { program, address, link, key, data, http }
    }

    /// Uploads a document to `/api/jobs`, with further fields of the form.
    pub fn upload(
        &self,
        name: &str,
        document: Vec<u8>,
        fields: &[(&'static str, &str)],
    ) -> Response {
        self.post("/api/jobs", form(name, document, fields), None)
    }

    /// Uploads, expects it to be taken, and returns the job.
    pub fn print(&self, name: &str, fields: &[(&'static str, &str)]) -> Value {
        let response = self.upload(name, sample(name), fields);
        assert_eq!(response.status(), 201, "{}", text_of(response));
        let Ok(job) = response.json() else { panic!("the job is no JSON") };
        job
    }

    /// Posts a form, with an idempotency key if there is one.
    pub fn post(
        &self,
        path: &str,
        form: multipart::Form,
        key: Option<&str>,
    ) -> Response {
        let mut request = self.http.post(self.url(path)).bearer_auth(&self.key);
        request = request.multipart(form);
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        request.send().expect("the server answers")
    }

    /// Sends a request without a body: `POST`, `DELETE` or `GET`.
    pub fn request(&self, method: &str, path: &str) -> Response {
        let method = method.parse().expect("a method");
        let request = self.http.request(method, self.url(path));
        let request = request.bearer_auth(&self.key);
        request.send().expect("the server answers")
    }

    /// Posts JSON.
    pub fn post_json(&self, path: &str, body: &Value) -> Response {
        let request = self.http.post(self.url(path)).bearer_auth(&self.key);
        request.json(body).send().expect("the server answers")
    }

    /// All jobs, newest first.
    pub fn jobs(&self) -> Vec<Value> {
        self.request("GET", "/api/jobs").json().expect("an array of jobs")
    }

    /// Follows a job by the server's events until `wanted`; returns it then.
    ///
    /// # Panics
    /// With the last that was heard, after two minutes.
    pub fn wait_for(
        &self,
        job: &Value,
        wanted: impl Fn(&Value) -> bool,
    ) -> Value {
        let id = job["id"].as_str().expect("a job has an id");
        let news = self.request("GET", &format!("/api/events?job={id}"));
        let begun = Instant::now();
        let mut last = Value::Null;
        for line in BufReader::new(news).lines() {
            // The server says now and then that it is there, and no more.
            let is_late = begun.elapsed() > PATIENCE;
            assert!(!is_late, "too late; the last of job {id} was {last:#}");
            let line = line.unwrap_or_else(|error| {
                panic!("{error}; the last of job {id} was {last:#}")
            });
            let Some(data) = line.strip_prefix("data:") else { continue };
            last = serde_json::from_str(data).expect("a job");
            if wanted(&last) {
                return last;
            }
        }
        panic!("the events ended; the last of job {id} was {last:#}");
    }

    /// Follows a job until it is in this state.
    pub fn wait_for_state(&self, job: &Value, state: &str) -> Value {
        self.wait_for(job, |job| job["state"] == state)
    }

    /// Every file in the spool.
    pub fn spooled(&self) -> Vec<PathBuf> {
        ["documents", "incoming"]
            .iter()
            .flat_map(|part| fs::read_dir(self.data.join("spool").join(part)))
            .flatten()
            .map(|entry| entry.expect("an entry").path())
            .collect()
    }

    /// The full address of a path of the server.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }
}

/// A form with one file and some fields.
pub fn form(
    name: &str,
    document: Vec<u8>,
    fields: &[(&'static str, &str)],
) -> multipart::Form {
    let part = multipart::Part::bytes(document).file_name(name.to_owned());
    fields
        .iter()
        .fold(multipart::Form::new(), |form, (name, value)| {
            form.text(*name, (*value).to_owned())
        })
        .part("file", part)
}

/// A document of `tests/samples`.
pub fn sample(name: &str) -> Vec<u8> {
    let path = root().join("tests/samples").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The text of an answer.
pub fn text_of(response: Response) -> String {
    let status = response.status();
    format!("{status} {}", response.text().unwrap_or_default())
}
