//! Whose job it is: what each person sees and changes, and what only a PIN
//! does.

use std::path::Path;

use harness::ipp::{Answer, Message, operation, tag};
use harness::{PrintServer, form, http, sample, scratch, text_of};
use reqwest::blocking::Response;
use serde_json::{Value, json};
use virtual_c360::{Fault, Settings, VirtualC360};

/// A person with a key.
struct Person<'s> {
    server: &'s PrintServer,
    name: &'static str,
    key: String,
}

impl<'s> Person<'s> {
    /// Makes an account.
    fn new(
        server: &'s PrintServer,
        name: &'static str,
        roles: &[&str],
    ) -> Person<'s> {
        let owner = Person { server, name: "", key: server.key.clone() };
        let wish = json!({ "name": name, "roles": roles });
        let made = owner.send("POST", "/api/users", &wish.to_string());
        assert_eq!(made.status(), 201, "{}", text_of(made));
        let account: Value = made.json().expect("an account");
        let key = account["key"].as_str().expect("a key").to_owned();
        Person { server, name, key }
    }

    fn send(&self, method: &str, path: &str, body: &str) -> Response {
        let method = method.parse().expect("a method");
        let request = http().request(method, self.server.url(path));
        let request = request.bearer_auth(&self.key);
        let request = match body {
            "" => request,
            body => request
                .header("Content-Type", "application/json")
                .body(body.to_owned()),
        };
        request.send().expect("an answer")
    }

    fn status(&self, method: &str, path: &str) -> u16 {
        self.send(method, path, "").status().as_u16()
    }

    /// Prints a page with further fields; returns the job.
    fn print(&self, fields: &[(&'static str, &str)]) -> Value {
        let fields = [&[("pages", "1")], fields].concat();
        let form = form("report.pdf", sample("report.pdf"), &fields);
        let request = http().post(self.server.url("/api/jobs"));
        let answer = request.bearer_auth(&self.key).multipart(form).send();
        let answer = answer.expect("an answer");
        assert_eq!(answer.status(), 201, "{}", text_of(answer));
        answer.json().expect("a job")
    }

    /// The numbers of the jobs that the person sees, oldest first.
    fn jobs(&self) -> Vec<String> {
        let jobs = self.send("GET", "/api/jobs", "");
        let jobs: Vec<Value> = jobs.json().expect("an array of jobs");
        let ids = jobs.iter().rev().map(|job| job["id"].as_str());
        ids.map(|id| id.expect("an id").to_owned()).collect()
    }

    /// Asks the printer by IPP, with name and key as HTTP Basic has them.
    fn ask(&self, message: Message, document: &[u8]) -> Answer {
        let request = http().post(self.server.url("/ipp/print"));
        let request = request.basic_auth(self.name, Some(&self.key));
        answer(request, message, document)
    }
}

fn answer(
    request: reqwest::blocking::RequestBuilder,
    message: Message,
    document: &[u8],
) -> Answer {
    let request = request.header("Content-Type", "application/ipp");
    let answer = request.body(message.end(document)).send();
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), 200);
    Answer::read(&answer.bytes().expect("bytes")).expect("IPP")
}

fn printer_uri(server: &PrintServer) -> String {
    server.url("/ipp/print").replacen("http", "ipp", 1)
}

fn id(job: &Value) -> String {
    job["id"].as_str().expect("an id").to_owned()
}

fn intake(data: &Path) -> PrintServer {
    PrintServer::start(data, &["--role", "intake"])
}

/// A printer, and a server that prints on it.
fn on_a_virtual_c360(data: &Path, tray: &Path) -> (VirtualC360, PrintServer) {
    let printer = VirtualC360::start(Settings::new(tray));
    let printer = printer.expect("a printer");
    let address = format!("tcp://{}", printer.address());
    let options = ["--printer", &address, "--dpi", "300"];
    let server = PrintServer::start(data, &options);
    (printer, server)
}

#[test]
fn each_person_sees_and_changes_their_own_jobs_and_operators_all() {
    let data = scratch();
    let server = intake(data.path());
    let egon = Person::new(&server, "egon", &["print"]);
    let winston = Person::new(&server, "winston", &["print"]);
    let janine = Person::new(&server, "janine", &["operate"]);
    // A field makes nobody the owner of a job.
    let his = egon.print(&[("user", "winston")]);
    assert_eq!(
        (&his["user"], &his["claimed_user"]),
        (&json!("egon"), &json!("winston"))
    );
    let other = winston.print(&[]);
    assert_eq!(egon.jobs(), [id(&his)]);
    assert_eq!(winston.jobs(), [id(&other)]);
    assert_eq!(janine.jobs(), [id(&his), id(&other)]);

    // Of the jobs of others they do not even learn that there are any.
    let path = format!("/api/jobs/{}", id(&his));
    assert_eq!(winston.status("GET", &path), 404);
    assert_eq!(winston.status("DELETE", &path), 404);
    let hold = format!("{path}/hold");
    assert_eq!(winston.status("POST", &hold), 404);
    assert_eq!(egon.status("POST", &hold), 200);
    assert_eq!(egon.status("POST", &format!("{path}/release")), 200);
    assert_eq!(janine.status("DELETE", &path), 200);
    assert_eq!(egon.status("POST", &hold), 409);
}

#[test]
fn only_operators_stop_the_printer_and_only_some_may_print() {
    let data = scratch();
    let server = intake(data.path());
    let egon = Person::new(&server, "egon", &["print"]);
    let janine = Person::new(&server, "janine", &["operate"]);
    let pause = "/api/printers/default/pause";
    assert_eq!(egon.status("POST", pause), 403);
    assert_eq!(janine.status("POST", pause), 200);
    assert_eq!(janine.status("POST", "/api/printers/default/resume"), 200);
    assert_eq!(egon.status("GET", "/api/users"), 403);

    // Refused before there is a document to look at.
    let refused = janine.send("POST", "/api/jobs", "");
    assert_eq!(refused.status(), 403);
    let words = text_of(refused);
    assert!(words.contains("janine may not print"), "{words}");
}

#[test]
fn a_job_by_ipp_belongs_to_whoever_has_signed_in() {
    let data = scratch();
    let server = intake(data.path());
    let egon = Person::new(&server, "egon", &["print"]);
    let uri = printer_uri(&server);
    // The message says that it comes from "anna".
    let print = || {
        Message::new(operation::PRINT_JOB, &uri)
            .text(tag::NAME, "job-name", "proton.pdf")
            .text(tag::MIME_TYPE, "document-format", "application/pdf")
    };
    let document = sample("report.pdf");
    let job = egon.ask(print(), &document);
    assert!(job.is_ok(), "{job:#x?}");
    let jobs = server.jobs();
    assert_eq!(jobs[0]["id"], job.integer("job-id").to_string());
    assert_eq!(jobs[0]["name"], "proton.pdf");
    assert_eq!(jobs[0]["user"], "egon");
    assert_eq!(jobs[0]["claimed_user"], "anna");
    assert_eq!(egon.jobs().len(), 1);

    // From this machine no key is needed, and the job is nobody's by name.
    let request = http().post(server.url("/ipp/print"));
    let job = answer(request, print(), &document);
    assert!(job.is_ok(), "{job:#x?}");
    assert_eq!(server.jobs()[0]["user"], "");
    assert_eq!(server.jobs()[0]["claimed_user"], "anna");
    assert_eq!(egon.jobs().len(), 1);
}

#[test]
fn a_held_job_is_released_by_its_pin_and_by_nothing_else() {
    let data = scratch();
    let server = intake(data.path());
    let egon = Person::new(&server, "egon", &["print"]);
    let job = egon.print(&[("pin", "0042")]);
    assert_eq!(
        (&job["state"], &job["needs_pin"]),
        (&json!("held"), &json!(true))
    );
    let path = format!("/api/jobs/{}/release", id(&job));
    assert_eq!(egon.status("POST", &path), 403);
    // Not even the administrator.
    assert_eq!(server.request("POST", &path).status(), 403);
    let number = id(&job).parse().expect("a number");
    let release = Message::new(0x0d, &printer_uri(&server));
    let refused = egon.ask(release.integer("job-id", number), &[]);
    assert!(!refused.is_ok(), "{refused:#x?}");

    let pin = |pin: &str| json!({ "pin": pin }).to_string();
    let wrong = egon.send("POST", &path, &pin("0043"));
    assert_eq!(wrong.status(), 403);
    let words = text_of(wrong);
    assert!(words.contains("not the PIN"), "{words}");
    let right = egon.send("POST", &path, &pin("0042"));
    assert_eq!(right.status(), 200, "{}", text_of(right));
    assert_eq!(server.jobs()[0]["state"], "waiting");
    // The PIN itself is nowhere in the queue.
    for file in std::fs::read_dir(data.path()).expect("a folder") {
        let path = file.expect("a file").path();
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let shows = bytes.windows(6).any(|bytes| bytes == b"\"0042\"");
        assert!(!shows, "{}", path.display());
    }
}

#[test]
fn wrong_pins_are_slowed_down() {
    let data = scratch();
    let server = intake(data.path());
    let egon = Person::new(&server, "egon", &["print"]);
    let job = egon.print(&[("pin", "1984")]);
    let path = format!("/api/jobs/{}/release", id(&job));
    let tries: Vec<Response> = (0..6)
        .map(|n| {
            let pin = json!({ "pin": format!("000{n}") }).to_string();
            egon.send("POST", &path, &pin)
        })
        .collect();
    let slowed = tries.iter().find(|answer| answer.status() == 429);
    let slowed = slowed.expect("a wait");
    assert!(slowed.headers().contains_key("retry-after"));
    assert!(tries.iter().all(|answer| !answer.status().is_success()));
}

#[test]
fn a_pin_that_is_none_is_refused_and_not_repeated() {
    let data = scratch();
    let server = intake(data.path());
    let document = sample("report.pdf");
    let refused = server.upload("a.pdf", document, &[("pin", "12ab")]);
    assert_eq!(refused.status(), 400);
    let words = text_of(refused);
    assert!(words.contains("4 to 16 digits"), "{words}");
    assert!(!words.contains("12ab"), "{words}");
}

#[test]
fn a_person_who_has_looked_settles_an_uncertain_job() {
    let (data, tray) = (scratch(), scratch());
    let (printer, server) = on_a_virtual_c360(data.path(), tray.path());
    let egon = Person::new(&server, "egon", &["print"]);
    printer.set_fault(Fault::Reset);
    let job = egon.print(&[]);
    server.wait_for_state(&job, "uncertain");
    printer.set_fault(Fault::None);

    let path = format!("/api/jobs/{}/printed", id(&job));
    assert_eq!(egon.status("POST", &path), 200);
    let job = &server.jobs()[0];
    assert_eq!(
        (&job["state"], &job["printed"]),
        (&json!("printed"), &json!(1))
    );
    assert_eq!(egon.status("POST", &path), 409);
    let records = egon.send("GET", "/api/records", "");
    let records: Vec<Value> = records.json().expect("an array of records");
    assert_eq!(records.len(), 1, "{records:?}");
    assert_eq!(
        (&records[0]["state"], &records[0]["pages"]),
        (&json!("printed"), &json!(1))
    );
    assert_eq!(records[0]["user"], "egon");
}

#[test]
fn the_printers_own_condition_is_told_by_ipp() {
    let (data, tray) = (scratch(), scratch());
    let (printer, server) = on_a_virtual_c360(data.path(), tray.path());
    let uri = printer_uri(&server);
    let tells = |wanted: &str| {
        for _ in 0..600 {
            let operation = operation::GET_PRINTER_ATTRIBUTES;
            let message = Message::new(operation, &uri);
            let request = http().post(server.url("/ipp/print"));
            let told = answer(request, message, &[]);
            let reasons = told.texts("printer-state-reasons");
            if reasons.contains(&wanted) {
                return;
            }
            // The last answer of the printer counts for a moment.
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!("the printer never says {wanted}");
    };
    tells("none");
    for (fault, reason) in [
        (Fault::PaperOut, "media-empty"),
        (Fault::Jam, "media-jam"),
        (Fault::CoverOpen, "cover-open"),
        (Fault::Offline, "offline-report"),
        (Fault::None, "none"),
    ] {
        printer.set_fault(fault);
        tells(reason);
    }
    let paused = server.request("POST", "/api/printers/default/pause");
    assert_eq!(paused.status(), 200);
    tells("paused");
}
