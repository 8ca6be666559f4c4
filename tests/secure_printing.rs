//! The printer's own locks, and what becomes of a document after the paper: a
//! PIN that is typed at the printer, passwords that it asks for and may refuse,
//! and a printed job once more.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use harness::{PrintServer, http, scratch, text_of};
use serde_json::{Value, json};
use tempfile::TempDir;
use virtual_c360::{Settings, TrayPage, VirtualC360};

/// How long pages may take. Only a test that fails waits so long.
const PATIENCE: Duration = Duration::from_secs(120);

/// The department's password at the printer, and the user's.
const DEPARTMENT: &str = "gatekeeper-1984";
const USER: &str = "keymaster-1984";
/// The PIN of a job.
const PIN: &str = "40721984";

/// An office whose printer asks for passwords.
struct Office {
    machine: VirtualC360,
    server: PrintServer,
    folder: TempDir,
    tray: TempDir,
}

impl Office {
    fn open(options: &[&str]) -> Office {
        let (folder, tray) = (scratch(), scratch());
        let mut settings = Settings::new(tray.path());
        let accounts = &mut settings.accounts;
        accounts.departments.insert("sales".into(), DEPARTMENT.into());
        accounts.users.insert("owner".into(), USER.into());
        let machine = VirtualC360::start(settings).expect("a printer");
        secret(folder.path(), "sales", DEPARTMENT);
        let config = folder.path().join("print-server.toml");
        let text = format!(
            "dpi = 300\n\
             printer-silence = \"2\"\n\
             [printers.c360]\n\
             address = \"tcp://{}\"\n\
             [printers.c360.access]\n\
             secure-print = true\n\
             [printers.c360.access.departments]\n\
             sales = {{ password = {{ file = \"{}/sales\" }} }}\n\
             [printers.c360.access.accounts]\n\
             \"*\" = {{ name = \"owner\", password = {{ env = \"C360_OWNER\" \
             }} }}\n",
            machine.address(),
            folder.path().display(),
        );
        fs::write(&config, text).expect("written");
        let server = start(folder.path(), options);
        Office { machine, server, folder, tray }
    }

    /// Stops the server at once, and starts it again.
    fn again(mut self, options: &[&str]) -> Office {
        self.server.program.kill();
        let server = start(self.folder.path(), options);
        Office { server, ..self }
    }

    fn print(&self, fields: &[(&'static str, &str)]) -> Value {
        let fields = [&[("pages", "1")], fields].concat();
        self.server.print("report.pdf", &fields)
    }

    fn tray(&self, count: usize) -> Vec<TrayPage> {
        self.machine.wait_for_pages(count, PATIENCE).expect("pages come out")
    }

    /// Everything that the server tells or keeps for others to read.
    fn told(&self, job: &Value) -> String {
        let id = job["id"].as_str().expect("an id");
        let mut told: Vec<String> = [
            &format!("/api/jobs/{id}"),
            "/api/jobs",
            "/api/records",
            "/api/records?format=csv",
            "/api/printers",
            "/healthz",
            "/metrics",
        ]
        .map(|path| text_of(self.server.request("GET", path)))
        .into();
        told.push(fs::read_to_string(self.log()).expect("a log"));
        let process = format!("/proc/{}/cmdline", self.server.program.id());
        // Where there is no such file, nobody reads it.
        let words = fs::read(process).unwrap_or_default();
        told.push(String::from_utf8_lossy(&words).into_owned());
        told.join("\n")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

/// Writes a password where only its owner reads it.
fn secret(folder: &Path, name: &str, password: &str) {
    let path = folder.join(name);
    fs::write(&path, format!("{password}\n")).expect("written");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let private = fs::Permissions::from_mode(0o600);
        fs::set_permissions(&path, private).expect("made private");
    }
}

fn start(folder: &Path, options: &[&str]) -> PrintServer {
    let data = folder.join("data");
    let mut command =
        std::process::Command::new(harness::program("print-server"));
    command.arg("--data").arg(&data).args(options);
    command.arg("--config").arg(folder.join("print-server.toml"));
    command.arg("--log-file").arg(folder.join("log"));
    command.args(["--log-level", "debug", "--listen", "127.0.0.1:0"]);
    command.args(["--second-renderer", "off"]);
    command.env("C360_OWNER", USER);
    PrintServer::start_with(&mut command, &data)
}

#[test]
fn a_job_waits_in_the_printer_for_its_pin_and_no_secret_is_told() {
    let office = Office::open(&[]);
    let job = office.print(&[("pin", PIN), ("pin-at", "printer")]);
    let job = office.server.wait_for_state(&job, "printed");
    let reason = job["reason"].as_str().expect("a reason");
    assert!(reason.contains("until its PIN is typed"), "{reason}");
    assert!(office.machine.pages().is_empty());
    let jobs = office.machine.secure_jobs();
    let [boxed] = &jobs[..] else { panic!("{jobs:?}") };
    let wrong = office.machine.print_secure_job(boxed.number, "1234");
    assert!(!wrong.expect("a thread"));
    let right = office.machine.print_secure_job(boxed.number, PIN);
    assert!(right.expect("a thread"));
    office.tray(1);

    let told = office.told(&job);
    for secret in [PIN, DEPARTMENT, USER] {
        assert!(!told.contains(secret), "{secret} is told: {told}");
    }
}

#[test]
fn a_printer_without_secure_print_gets_no_such_job() {
    let [data, tray] = [scratch(), scratch()];
    let machine = VirtualC360::start(Settings::new(tray.path()));
    let machine = machine.expect("a printer");
    let address = format!("tcp://{}", machine.address());
    let server = PrintServer::start(data.path(), &["--printer", &address]);
    let refused = |fields: &[(&'static str, &str)], word: &str| {
        let sample = harness::sample("report.pdf");
        let answer = text_of(server.upload("report.pdf", sample, fields));
        assert!(answer.starts_with("400"), "{answer}");
        assert!(answer.contains(word), "{answer}");
    };
    refused(&[("pin", PIN), ("pin-at", "printer")], "say server");
    refused(&[("pin-at", "printer")], "needs a PIN");
    refused(&[("department", "sales")], "leave it out");
    assert!(server.spooled().is_empty());
}

#[test]
fn a_password_that_may_be_refused_is_tried_once_and_a_person_is_asked() {
    let office = Office::open(&[]);
    secret(office.folder.path(), "sales", "not-the-password");
    let first = office.print(&[("department", "sales")]);
    let second = office.print(&[]);
    let first = office.server.wait_for_state(&first, "uncertain");
    let reason = first["reason"].as_str().expect("a reason");
    assert!(reason.contains("may have refused the password"), "{reason}");
    assert!(reason.contains("sales"), "{reason}");
    assert!(!reason.contains("not-the-password"), "{reason}");
    // The second would be one more wrong password: it waits for a person, and
    // the account is not locked.
    let second = office.server.wait_for(&second, |job| {
        let reason = job["reason"].as_str();
        reason.is_some_and(|reason| reason.contains("uncertain"))
    });
    assert_eq!(second["attempts"], 0);
    assert!(office.machine.locked_accounts().is_empty());

    // A person mends it. The new password needs no restart.
    secret(office.folder.path(), "sales", DEPARTMENT);
    let id = first["id"].as_str().expect("an id");
    let retry = format!("/api/jobs/{id}/retry");
    assert_eq!(office.server.request("POST", &retry).status(), 200);
    let resume = "/api/printers/c360/resume";
    assert_eq!(office.server.request("POST", resume).status(), 200);
    office.server.wait_for_state(&first, "printed");
    office.server.wait_for_state(&second, "printed");
    assert_eq!(office.tray(2).len(), 2);
}

#[test]
fn a_printed_job_is_printed_once_more_while_its_document_is_kept() {
    let office = Office::open(&["--keep-documents", "1h"]);
    let job = office.print(&[("copies", "2")]);
    let id = job["id"].as_str().expect("an id").to_owned();
    let reprint = format!("/api/jobs/{id}/reprint");
    let printed = office.server.wait_for_state(&job, "printed");
    assert!(printed["kept_until"].as_u64().is_some(), "{printed}");
    office.tray(2);
    let again = office.server.request("POST", &reprint);
    assert_eq!(again.status(), 201, "{}", text_of(again));
    let again: Value = again.json().expect("a job");
    assert_ne!(again["id"], job["id"]);
    office.server.wait_for_state(&again, "printed");
    let pages = office.tray(4);
    assert_eq!(fs::read(&pages[0].file).ok(), fs::read(&pages[3].file).ok());

    // Not by somebody else.
    let wish = json!({ "name": "egon", "roles": ["print"] });
    let egon: Value =
        office.server.post_json("/api/users", &wish).json().expect("a user");
    let request = http().post(office.server.url(&reprint));
    let request = request.bearer_auth(egon["key"].as_str().expect("a key"));
    assert_eq!(request.send().expect("an answer").status(), 404);
    // And not before it is on paper.
    let held = office.print(&[("hold", "true")]);
    let held =
        format!("/api/jobs/{}/reprint", held["id"].as_str().expect("id"));
    assert_eq!(office.server.request("POST", &held).status(), 409);
}

#[test]
fn a_document_goes_when_its_time_is_over_also_after_a_crash() {
    let keep = ["--keep-documents", "1s"];
    let office = Office::open(&keep);
    let job = office.print(&[]);
    let printed = office.server.wait_for_state(&job, "printed");
    let [document] = &office.server.spooled()[..] else { panic!("one") };
    let document = document.clone();
    // It is as if it had come an hour ago.
    let old = SystemTime::now() - Duration::from_secs(3000);
    let file = File::options().write(true).open(&document);
    file.and_then(|file| file.set_modified(old)).expect("made old");
    let until = printed["kept_until"].as_u64().expect("a time");
    let over = SystemTime::UNIX_EPOCH + Duration::from_millis(until + 10);
    let wait = over.duration_since(SystemTime::now()).unwrap_or_default();
    std::thread::sleep(wait);

    let office = office.again(&keep);
    let gone = std::time::Instant::now() + PATIENCE;
    // No event tells that a file has gone.
    while document.exists() {
        assert!(std::time::Instant::now() < gone, "the document stays");
        std::thread::sleep(Duration::from_millis(20));
    }
    let id = job["id"].as_str().expect("an id");
    let reprint = format!("/api/jobs/{id}/reprint");
    let answer = office.server.request("POST", &reprint);
    assert_eq!(answer.status(), 410);
    assert!(text_of(answer).contains("send it again"));
    drop(office.tray);
}
