//! An office: a Redis on a host of its own, a printer at the switch, and the
//! intakes and workers that a test adds.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use harness::{PrintServer, Running, program, scratch};
use job_queue::{Queue, RedisAccess};
use serde_json::{Value, json};
use tempfile::TempDir;
use virtual_c360::{Settings, TrayPage, VirtualC360};

use crate::hosts::{Host, SWITCH};

/// How long the printer waits for a sender that falls silent in mid job.
const PRINTERS_PATIENCE: Duration = Duration::from_secs(3);
/// How long a job stays with a worker that shows no sign of life, in seconds.
const LEASE: &str = "2";

pub struct Office {
    pub printer: VirtualC360,
    redis: Redis,
    folder: TempDir,
}

/// An intake, on a host of its own.
pub struct Intake {
    pub server: PrintServer,
    pub host: Host,
    /// Where workers fetch its documents, if not at its own address.
    pub address: String,
    data: PathBuf,
}

/// A worker, on a host of its own.
pub struct Worker {
    pub server: PrintServer,
    pub host: Host,
    pub data: PathBuf,
}

impl Office {
    pub fn open() -> Office {
        let folder = scratch();
        let printer = VirtualC360::start(Settings {
            listen: format!("{SWITCH}:0").parse().expect("an address"),
            io_timeout: PRINTERS_PATIENCE,
            ..Settings::new(folder.path().join("tray"))
        });
        let printer = printer.expect("a printer");
        let redis = Redis::start(&folder.path().join("redis"));
        Office { printer, redis, folder }
    }

    /// An intake that is for other machines, over TLS with a certificate of
    /// its own. The tests also talk to it over plain HTTP.
    pub fn intake(&self, name: &str, options: &[&str]) -> Intake {
        let host = Host::new();
        let data = self.folder.path().join(name);
        let mut all = vec!["--role", "intake"];
        all.extend(options);
        let server = self.server(&host, &data, &all);
        let address = server.address.replace("http:", "https:");
        Intake { server, host, address, data }
    }

    /// A worker that has a key for each of these intakes.
    pub fn worker(&self, name: &str, intakes: &[&Intake]) -> Worker {
        let known = intakes.iter().map(|intake| {
            let key = intake.add_worker(name);
            let file = self.folder.path().join(format!("{name}-key-{key:.8}"));
            fs::write(&file, key).expect("the folder is ours");
            (intake.address.clone(), file)
        });
        self.worker_with(name, &known.collect::<Vec<_>>(), intakes)
    }

    /// A worker that has these files with keys for these addresses.
    pub fn worker_with(
        &self,
        name: &str,
        keys: &[(String, PathBuf)],
        trusted: &[&Intake],
    ) -> Worker {
        let host = Host::new();
        let data = self.folder.path().join(name);
        let printer = format!("tcp://{}", self.printer.address());
        let ca = self.folder.path().join(format!("{name}-ca.pem"));
        let pem = trusted.iter().map(|intake| intake.certificate());
        fs::write(&ca, pem.collect::<String>()).expect("the folder is ours");
        let ca = ca.display().to_string();
        let mut all = vec!["--role", "worker", "--printer", &printer];
        all.extend(["--dpi", "300", "--lease", LEASE, "--intake-ca", &ca]);
        let keys = keys
            .iter()
            .map(|(address, file)| format!("{address}={}", file.display()));
        let keys: Vec<String> = keys.collect();
        for key in &keys {
            all.extend(["--intake-key-file", key]);
        }
        let server = self.server(&host, &data, &all);
        Worker { server, host, data }
    }

    fn server(
        &self,
        host: &Host,
        data: &Path,
        options: &[&str],
    ) -> PrintServer {
        let mut command = host.command(program("print-server"));
        command.args(["--listen", &format!("{}:8631", host.address)]);
        command.args(["--allow-plain-http", "--second-renderer", "off"]);
        command.args(self.redis.options()).arg("--data").arg(data);
        command.args(options);
        PrintServer::start_with(&mut command, data)
    }

    /// The queue, as whoever can write to the Redis sees it.
    pub fn queue(&self) -> Arc<dyn Queue> {
        self.redis.queue()
    }

    /// The tray, once `count` pages are in it.
    pub fn tray(&self, count: usize) -> Vec<TrayPage> {
        let patience = Duration::from_secs(60);
        self.printer.wait_for_pages(count, patience).expect("pages come out")
    }
}

impl Intake {
    /// Where it listens.
    pub fn socket(&self) -> SocketAddr {
        let socket = self.server.address.trim_start_matches("http://");
        socket.parse().expect("an address")
    }

    /// Makes an account for a worker, and returns its key.
    pub fn add_worker(&self, name: &str) -> String {
        self.add(name, "worker")
    }

    /// Makes an account with this role, and returns its key.
    pub fn add(&self, name: &str, role: &str) -> String {
        let account = json!({ "name": name, "roles": [role] });
        let response = self.server.post_json("/api/users", &account);
        assert_eq!(response.status(), 201);
        let made: Value = response.json().expect("an account");
        made["key"].as_str().expect("a key").to_owned()
    }

    pub fn certificate(&self) -> String {
        fs::read_to_string(self.data.join("certificate.pem"))
            .expect("a certificate")
    }
}

impl Worker {
    /// The documents that it has fetched and still has.
    pub fn fetched(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for folder in files(&self.data.join("spool/fetched")) {
            if folder.is_dir() {
                let files = files(&folder).into_iter();
                found.extend(files.filter(|file| !file.ends_with("lock")));
            }
        }
        found
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

/// A Redis that other hosts can reach, over TLS alone.
struct Redis {
    _program: Running,
    host: Host,
    certificate: PathBuf,
}

impl Redis {
    fn start(folder: &Path) -> Redis {
        fs::create_dir(folder).expect("the folder is ours");
        let host = Host::new();
        let names = vec![host.address.clone()];
        let made = rcgen::generate_simple_self_signed(names).expect("made");
        let key = folder.join("private.pem");
        let certificate = folder.join("certificate.pem");
        fs::write(&key, made.signing_key.serialize_pem()).expect("a key");
        fs::write(&certificate, made.cert.pem()).expect("a certificate");
        let mut command: Command = host.command("redis-server");
        command.args(["--bind", &host.address, "--port", "0"]);
        command.args(["--tls-port", "6380", "--tls-auth-clients", "no"]);
        command.arg("--tls-cert-file").arg(&certificate);
        command.arg("--tls-key-file").arg(&key);
        command.args(["--protected-mode", "no", "--save", ""]);
        command.args(["--appendonly", "yes", "--dir"]).arg(folder);
        let mut program = Running::start(&mut command);
        program.wait_for_line("(?i)ready to accept connections");
        Redis { _program: program, host, certificate }
    }

    fn url(&self) -> String {
        format!("rediss://{}:6380/0", self.host.address)
    }

    fn options(&self) -> Vec<String> {
        let certificate = self.certificate.display().to_string();
        ["--queue", &self.url(), "--queue-ca", &certificate]
            .map(str::to_owned)
            .to_vec()
    }

    fn queue(&self) -> Arc<dyn Queue> {
        let ca = Some(self.certificate.clone());
        let access = RedisAccess { ca, ..RedisAccess::default() };
        job_queue::open_with(&self.url(), "print", &access).expect("the queue")
    }
}
