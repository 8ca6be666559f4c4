//! Several printers on one server: each has a queue of its own, one stands in
//! for another, and some are for some people only.

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, ExitCode};

use harness::ipp::{Answer, Message, operation, tag};
use harness::{
    PrintServer, Tool, form, http, needs, program, sample, scratch, suite,
    test, text_of,
};
use job_queue::JobId;
use reqwest::blocking::Response;
use serde_json::{Value, json};
use tempfile::TempDir;
use virtual_c360::{Fault, Settings, TrayPage, VirtualC360};

fn main() -> ExitCode {
    suite(vec![
        test!(each_printer_prints_what_is_sent_to_it),
        test!(a_printer_that_stands_still_holds_up_no_other),
        test!(a_stand_in_prints_the_rest_when_a_printer_is_taken_away),
        test!(a_stand_in_leaves_alone_what_it_cannot_or_must_not_print),
        test!(a_job_is_moved_to_another_printer),
        test!(a_printer_for_some_is_hidden_from_others_and_refuses_them),
        test!(each_printer_is_reached_by_ipp_and_knows_its_own_jobs),
        test!(jobs_of_a_server_with_one_printer_move_to_the_first_of_several),
        test!(records_metrics_and_health_name_the_printer),
        test!(a_pdf_goes_as_it_is_to_a_printer_that_takes_it_and_no_further),
        test!(a_mistake_in_a_printer_is_told_with_its_place),
        needs(
            Tool::Ghostscript,
            test!(one_server_drives_printers_of_several_languages),
        ),
    ])
}

/// Printers of this computer, by name, and the configuration that names them.
struct Office {
    printers: Vec<(String, VirtualC360)>,
    folder: TempDir,
}

impl Office {
    /// Printers with further lines in the configuration of each.
    fn new(printers: &[(&str, &str)]) -> Office {
        let folder = scratch();
        let mut config = "dpi = 300\n".to_owned();
        let mut running = Vec::new();
        for (name, lines) in printers {
            let tray = folder.path().join(name);
            let printer =
                VirtualC360::start(Settings::new(tray)).expect("a printer");
            config += &format!(
                "[printers.{name}]\naddress = \"tcp://{}\"\n{lines}\n",
                printer.address()
            );
            running.push(((*name).to_owned(), printer));
        }
        let file = folder.path().join("print-server.toml");
        fs::write(file, config).expect("written");
        Office { printers: running, folder }
    }

    fn start(&self, options: &[&str]) -> PrintServer {
        let file = self.folder.path().join("print-server.toml");
        let file = file.to_str().expect("plain text");
        let options = [&["--config", file], options].concat();
        PrintServer::start(&self.folder.path().join("data"), &options)
    }

    fn printer(&self, name: &str) -> &VirtualC360 {
        let found = self.printers.iter().find(|(known, _)| known == name);
        &found.expect("a printer").1
    }

    fn pages(&self, name: &str) -> Vec<TrayPage> {
        self.printer(name).pages()
    }

    /// Switches a printer off for good; returns the pages in its tray.
    fn take_away(&mut self, name: &str) -> Vec<TrayPage> {
        let place = self.printers.iter().position(|(known, _)| known == name);
        let (_, printer) = self.printers.remove(place.expect("a printer"));
        // What it has already printed stays in the tray, and nothing more
        // comes.
        let pages = printer.pages();
        printer.stop();
        pages
    }
}

/// The printer as `GET /api/printers` shows it.
fn shown(server: &PrintServer, name: &str) -> Value {
    let printers = server.request("GET", "/api/printers");
    let printers: Vec<Value> = printers.json().expect("an array");
    let found = printers.into_iter().find(|printer| printer["name"] == name);
    found.unwrap_or_else(|| panic!("a printer {name}"))
}

fn id(job: &Value) -> &str {
    job["id"].as_str().expect("a job has an id")
}

fn move_to(server: &PrintServer, job: &Value, printer: &str) -> Response {
    let path = format!("/api/jobs/{}/move", id(job));
    server.post_json(&path, &json!({ "printer": printer }))
}

fn pause(server: &PrintServer, printer: &str, reason: &str) -> Value {
    let path = format!("/api/printers/{printer}/pause");
    let answer = server.post_json(&path, &json!({ "reason": reason }));
    assert_eq!(answer.status(), 200, "{}", text_of(answer));
    answer.json().expect("a printer")
}

fn resume(server: &PrintServer, printer: &str) {
    let path = format!("/api/printers/{printer}/resume");
    assert_eq!(server.request("POST", &path).status(), 200);
}

fn each_printer_prints_what_is_sent_to_it() {
    let office = Office::new(&[
        ("office", "title = 'Office, second floor'\nlocation = 'left'"),
        ("cellar", "color = false\nstapler = true"),
    ]);
    let server = office.start(&[]);
    let first = server.print("photo.jpg", &[]);
    let second = server.print("photo.jpg", &[("printer", "cellar")]);
    assert_eq!(first["printer"], "office");
    assert_eq!(second["printer"], "cellar");
    server.wait_for_state(&first, "printed");
    server.wait_for_state(&second, "printed");
    let (office_pages, cellar_pages) =
        (office.pages("office"), office.pages("cellar"));
    assert_eq!((office_pages.len(), cellar_pages.len()), (1, 1));
    // The one in the cellar has no colours.
    assert!(office_pages[0].color && !cellar_pages[0].color);

    let refused = server.upload(
        "photo.jpg",
        sample("photo.jpg"),
        &[("printer", "attic")],
    );
    assert_eq!(refused.status(), 400);
    let words = text_of(refused);
    assert!(words.contains("say office, cellar"), "{words}");
    // Only one of them has a stapler.
    let staple = ("staple", "top-left");
    let refused = server.upload("photo.jpg", sample("photo.jpg"), &[staple]);
    assert_eq!(refused.status(), 400, "{}", text_of(refused));
    server.print("photo.jpg", &[staple, ("printer", "cellar")]);

    let office = shown(&server, "office");
    assert_eq!(office["title"], "Office, second floor");
    assert_eq!(office["location"], "left");
    assert_eq!(office["is_default"], true);
    assert_eq!(office["state"], "idle");
    assert_eq!(office["supplies"].as_array().map(Vec::len), Some(4));
    let cellar = shown(&server, "cellar");
    assert_eq!(cellar["title"], "cellar");
    assert_eq!(cellar["stapler"], true);
    assert_eq!(cellar["color"], false);
}

fn a_printer_that_stands_still_holds_up_no_other() {
    let office = Office::new(&[("first", ""), ("second", "")]);
    let server = office.start(&[]);
    office.printer("first").set_fault(Fault::PaperOut);
    let stuck = server.print("report.pdf", &[("pages", "1")]);
    let says = |job: &Value, words: &str| {
        job["reason"].as_str().is_some_and(|it| it.contains(words))
    };
    server.wait_for(&stuck, |job| says(job, "out of paper"));
    let other =
        server.print("report.pdf", &[("pages", "2"), ("printer", "second")]);
    server.wait_for_state(&other, "printed");
    let first = shown(&server, "first");
    assert_eq!(first["state"], "stopped", "{first:#}");
    assert_eq!(first["jobs"], 1);
    assert_eq!(first["reasons"], json!(["media-empty"]));
    assert_eq!(shown(&server, "second")["state"], "idle");

    // A person's pause is told in that person's words.
    let paused = pause(&server, "second", "the toner is being changed");
    assert_eq!(paused["paused"], "the toner is being changed");
    let waits = server.print("report.pdf", &[("printer", "second")]);
    let waits = server.wait_for(&waits, |job| says(job, "toner"));
    assert_eq!(waits["state"], "waiting");
    office.printer("first").set_fault(Fault::None);
    server.wait_for_state(&stuck, "printed");
    resume(&server, "second");
    server.wait_for_state(&waits, "printed");
    let nowhere = server.request("POST", "/api/printers/attic/pause");
    assert_eq!(nowhere.status(), 404);
}

/// Ten jobs of several pages; the printer disappears while it prints one of
/// them.
fn a_stand_in_prints_the_rest_when_a_printer_is_taken_away() {
    let mut office = Office::new(&[
        ("first", "stand-in = 'second'\nstand-in-after = 1"),
        ("second", ""),
    ]);
    let server = office.start(&[]);
    office.printer("first").set_fault(Fault::Slow);
    let report = sample("report.pdf");
    let names: Vec<String> = (1..=10).map(|n| format!("job-{n}.pdf")).collect();
    let mut jobs = Vec::new();
    for name in &names {
        let answer = server.upload(name, report.clone(), &[("pages", "1-3")]);
        assert_eq!(answer.status(), 201, "{}", text_of(answer));
        jobs.push(answer.json::<Value>().expect("a job"));
    }
    // In the middle of the first: one page is out, and two are not.
    server.wait_for(&jobs[0], |job| job["printed"].as_u64() >= Some(1));
    let taken = office.take_away("first");

    let mut uncertain = 0;
    for (job, name) in jobs.iter().zip(&names) {
        let job = server.wait_for(job, |job| {
            job["state"] == "printed" || job["state"] == "uncertain"
        });
        let of = |pages: &[TrayPage]| {
            let mine = pages.iter().filter(|page| page.job.starts_with(name));
            mine.map(|page| page.page).collect::<Vec<u32>>()
        };
        let (first, second) = (of(&taken), of(&office.pages("second")));
        if job["state"] == "uncertain" {
            uncertain += 1;
            // Its confirmed pages are told, and nobody prints it again unasked.
            let printed = job["printed"].as_u64().expect("a number");
            assert!((1..3).contains(&printed), "{job:#}");
            assert!(!first.is_empty());
            assert!(second.is_empty(), "{job:#}");
            assert_eq!(job["printer"], "first");
            continue;
        }
        let both = [first.clone(), second].concat();
        assert_eq!(both, [1, 2, 3], "{name}: {job:#}");
        if first.is_empty() {
            assert_eq!(job["printer"], "second");
            let notes = job["notes"].to_string();
            assert!(notes.contains("moved from first to second"), "{notes}");
        }
    }
    assert_eq!(uncertain, 1, "the one in hand");
    // In the order in which they came.
    let second = office.pages("second");
    let order: Vec<&str> = second
        .iter()
        .filter(|page| page.page == 1)
        .map(|page| page.job.split(' ').next().unwrap_or_default())
        .collect();
    assert_eq!(order, names[1..], "all but the one in hand");
}

fn a_stand_in_leaves_alone_what_it_cannot_or_must_not_print() {
    let office = Office::new(&[
        ("first", "stapler = true\nstand-in = 'second'\nstand-in-after = 0"),
        ("second", ""),
    ]);
    let server = office.start(&[]);
    pause(&server, "first", "moved to another room");
    let stapled = server.print("photo.jpg", &[("staple", "top-left")]);
    let secret = server.print("photo.jpg", &[("pin", "1234")]);
    let release = format!("/api/jobs/{}/release", id(&secret));
    server.post_json(&release, &json!({ "pin": "1234" }));
    let plain = server.print("photo.jpg", &[]);
    let plain = server.wait_for_state(&plain, "printed");
    assert_eq!(plain["printer"], "second");
    // Both came before: their stand-in would have had them by now.
    for job in [&stapled, &secret] {
        let job = server.wait_for(job, |_| true);
        assert_eq!(job["printer"], "first", "{job:#}");
        assert_eq!(job["state"], "waiting", "{job:#}");
    }
    resume(&server, "first");
    server.wait_for_state(&stapled, "printed");
    server.wait_for_state(&secret, "printed");
    assert_eq!(office.pages("second").len(), 1);
}

fn a_job_is_moved_to_another_printer() {
    let office = Office::new(&[
        ("first", "stapler = true"),
        ("second", ""),
        ("third", ""),
    ]);
    let server = office.start(&[]);
    pause(&server, "first", "it squeaks");
    pause(&server, "third", "nobody is there");
    let job = server.print("photo.jpg", &[]);
    let answer = move_to(&server, &job, "second");
    assert_eq!(answer.status(), 200, "{}", text_of(answer));
    assert_eq!(answer.json::<Value>().expect("a job")["printer"], "second");
    let job = server.wait_for_state(&job, "printed");
    assert_eq!(office.pages("second").len(), 1);
    let again = move_to(&server, &job, "third");
    assert_eq!(again.status(), 409, "it is on paper: {}", text_of(again));

    // A held job is moved as well, and stays held.
    let held = server.print("photo.jpg", &[("hold", "true")]);
    assert_eq!(move_to(&server, &held, "third").status(), 200);
    let held = server.wait_for(&held, |job| job["printer"] == "third");
    assert_eq!(held["state"], "held");
    assert_eq!(move_to(&server, &held, "attic").status(), 404);

    let stapled = server.print("photo.jpg", &[("staple", "top-left")]);
    let refused = move_to(&server, &stapled, "second");
    assert_eq!(refused.status(), 400);
    let words = text_of(refused);
    assert!(words.contains("no stapler"), "{words}");
    let gone = json!({ "id": "999" });
    assert_eq!(move_to(&server, &gone, "second").status(), 404);
}

/// Makes an account that may print; returns its key.
fn account(server: &PrintServer, name: &str) -> String {
    let wish = json!({ "name": name, "roles": ["print"] });
    let made = server.post_json("/api/users", &wish);
    assert_eq!(made.status(), 201, "{}", text_of(made));
    let account: Value = made.json().expect("an account");
    account["key"].as_str().expect("a key").to_owned()
}

fn a_printer_for_some_is_hidden_from_others_and_refuses_them() {
    let office = Office::new(&[
        ("boss", "users = ['janine']\nroles = ['operate']"),
        ("all", ""),
    ]);
    let server = office.start(&["--role", "intake"]);
    let (egon, janine) = (account(&server, "egon"), account(&server, "janine"));
    let send = |key: &str, fields: &[(&'static str, &str)]| {
        let form = form("photo.jpg", sample("photo.jpg"), fields);
        let request = http().post(server.url("/api/jobs"));
        request.bearer_auth(key).multipart(form).send().expect("an answer")
    };
    let printers = |key: &str| {
        let request = http().get(server.url("/api/printers"));
        let answer = request.bearer_auth(key).send().expect("an answer");
        let list: Vec<Value> = answer.json().expect("an array");
        let names = list.iter().map(|it| it["name"].to_string());
        names.collect::<Vec<String>>()
    };
    assert_eq!(printers(&egon), ["\"all\""]);
    assert_eq!(printers(&janine), ["\"boss\"", "\"all\""]);

    // Who names no printer gets the first that is theirs.
    for (key, printer) in [(&egon, "all"), (&janine, "boss")] {
        let job: Value = send(key, &[]).json().expect("a job");
        assert_eq!(job["printer"], printer);
    }
    let refused = send(&egon, &[("printer", "boss")]);
    assert_eq!(refused.status(), 403, "{}", text_of(refused));
    let mine: Value = send(&egon, &[]).json().expect("a job");
    let path = format!("/api/jobs/{}/move", id(&mine));
    let request = http().post(server.url(&path)).bearer_auth(&egon);
    let moved = request.json(&json!({ "printer": "boss" })).send();
    assert_eq!(moved.expect("an answer").status(), 403);

    // By IPP nobody without a key gets in, though others are open to this
    // machine, and nobody with another's.
    let ask = |key: Option<(&str, &str)>, path: &str| {
        let uri = server.url(path).replacen("http", "ipp", 1);
        let message = Message::new(operation::VALIDATE_JOB, &uri);
        let mut request = http().post(server.url(path));
        if let Some((name, key)) = key {
            request = request.basic_auth(name, Some(key));
        }
        let request = request.header("Content-Type", "application/ipp");
        request.body(message.end(b"")).send().expect("an answer").status()
    };
    assert_eq!(ask(None, "/ipp/print/all"), 200);
    for path in ["/ipp/print/boss", "/ipp/print"] {
        assert_eq!(ask(None, path), 401);
        assert_eq!(ask(Some(("egon", &egon)), path), 403);
        assert_eq!(ask(Some(("janine", &janine)), path), 200);
    }
}

fn ipp(
    server: &PrintServer,
    path: &str,
    request: Message,
    document: &[u8],
) -> Answer {
    let post = http().post(server.url(path));
    let post = post.header("Content-Type", "application/ipp");
    let answer = post.body(request.end(document)).send().expect("an answer");
    assert_eq!(answer.status(), 200);
    Answer::read(&answer.bytes().expect("bytes")).expect("IPP")
}

fn each_printer_is_reached_by_ipp_and_knows_its_own_jobs() {
    let office = Office::new(&[
        ("first", "title = 'Upstairs'"),
        ("second", "title = 'Downstairs'\ncolor = false"),
    ]);
    let server = office.start(&[]);
    let uri = |path: &str| server.url(path).replacen("http", "ipp", 1);
    let about = |path: &str| {
        let request =
            Message::new(operation::GET_PRINTER_ATTRIBUTES, &uri(path));
        ipp(&server, path, request, b"")
    };
    let (default, first, second) = (
        about("/ipp/print"),
        about("/ipp/print/first"),
        about("/ipp/print/second"),
    );
    assert_eq!(default.texts("printer-name"), ["Upstairs"]);
    assert_eq!(first.texts("printer-name"), ["Upstairs"]);
    assert_eq!(second.texts("printer-name"), ["Downstairs"]);
    let uuid = |answer: &Answer| answer.texts("printer-uuid").join(" ");
    assert_eq!(uuid(&default), uuid(&first));
    assert_ne!(uuid(&first), uuid(&second));
    let modes = second.texts("print-color-mode-supported");
    assert_eq!(modes, ["monochrome"]);

    let path = "/ipp/print/second";
    let request = Message::new(operation::PRINT_JOB, &uri(path)).text(
        tag::NAME,
        "job-name",
        "by IPP",
    );
    let made = ipp(&server, path, request, &sample("photo.jpg"));
    assert!(made.is_ok(), "{made:#x?}");
    let number = made.integer("job-id");
    let job = json!({ "id": number.to_string() });
    let job = server.wait_for_state(&job, "printed");
    assert_eq!(job["printer"], "second");
    assert_eq!(office.pages("second").len(), 1);

    let job_of = |path: &str| {
        let request = Message::new(operation::GET_JOB_ATTRIBUTES, &uri(path))
            .integer("job-id", number);
        ipp(&server, path, request, b"")
    };
    assert_eq!(job_of("/ipp/print/second").integer("job-state"), 9);
    const NOT_FOUND: u16 = 0x0406;
    assert_eq!(job_of("/ipp/print/first").status, NOT_FOUND);
    let list = |path: &str| {
        let request = Message::new(operation::GET_JOBS, &uri(path))
            .keyword("which-jobs", "completed");
        ipp(&server, path, request, b"").of(tag::JOB).count()
    };
    assert_eq!(list("/ipp/print"), 0);
    assert_eq!(list("/ipp/print/second"), 1);
}

/// The queue of a server that knew one printer has its jobs in no lane.
fn jobs_of_a_server_with_one_printer_move_to_the_first_of_several() {
    let office = Office::new(&[("first", ""), ("second", "")]);
    let data = office.folder.path().join("data");
    let mut old = PrintServer::start(&data, &["--role", "intake"]);
    let hold = [("hold", "true")];
    let jobs = [old.print("photo.jpg", &hold), old.print("photo.jpg", &hold)];
    old.program.terminate();
    assert!(old.program.wait_for_end().success());
    let file = data.join("queue.db");
    let queue = job_queue::open(&format!("sqlite:{}", file.display()), "print")
        .expect("the queue");
    let number = id(&jobs[1]).parse().map(JobId).expect("a number");
    queue.move_to(&number, "").expect("moved");
    queue.lane("").halt("it was halted before").expect("halted");
    drop(queue);

    let server = office.start(&[]);
    assert_eq!(shown(&server, "first")["paused"], "it was halted before");
    for job in &jobs {
        let job = server.wait_for(job, |_| true);
        assert_eq!(job["printer"], "first", "{job:#}");
        let path = format!("/api/jobs/{}/release", id(&job));
        assert_eq!(server.request("POST", &path).status(), 200);
    }
    resume(&server, "first");
    for job in &jobs {
        server.wait_for_state(job, "printed");
    }
    assert_eq!(office.pages("first").len(), 2);
}

fn records_metrics_and_health_name_the_printer() {
    let office = Office::new(&[("first", ""), ("second", "")]);
    let server = office.start(&[]);
    let job =
        server.print("report.pdf", &[("pages", "1-2"), ("printer", "second")]);
    server.wait_for_state(&job, "printed");
    let records = server.request("GET", "/api/records?printer=second");
    let records: Vec<Value> = records.json().expect("an array");
    assert_eq!(records.len(), 1, "{records:#?}");
    assert_eq!(records[0]["pages"], 2);
    let none = server.request("GET", "/api/records?printer=first");
    assert_eq!(none.json::<Vec<Value>>().expect("an array"), [] as [Value; 0]);

    pause(&server, "second", "the lid is off");
    let metrics = server.request("GET", "/metrics").text().expect("text");
    for line in [
        "print_jobs{printer=\"second\",state=\"printed\"} 1",
        "print_jobs{printer=\"first\",state=\"printed\"} 0",
        "print_queue_paused{printer=\"first\"} 0",
        "print_queue_paused{printer=\"second\"} 1",
        "pages_printed_total{printer=\"first\"} 0",
        "pages_printed_total{printer=\"second\"} 2",
    ] {
        let is_there = metrics.lines().any(|known| known == line);
        assert!(is_there, "{line} is not in\n{metrics}");
    }
    // The news come by a thread of their own.
    let told = || {
        let health = server.request("GET", "/healthz");
        let (status, text) = (health.status(), text_of(health));
        (status == 503 && text.contains("printer second"), text)
    };
    let begun = std::time::Instant::now();
    loop {
        let (is_told, text) = told();
        if is_told {
            assert!(text.contains("the lid is off"), "{text}");
            break;
        }
        assert!(begun.elapsed().as_secs() < 60, "{text}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// What `print-server check` says of this file.
fn check(config: &str) -> (bool, String) {
    let folder = scratch();
    let file = folder.path().join("print-server.toml");
    fs::write(&file, config).expect("written");
    let output = Command::new(program("print-server"))
        .args(["--config", path(&file), "--data", path(folder.path()), "check"])
        .output()
        .expect("it runs");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    (output.status.success(), said)
}

fn path(path: &Path) -> &str {
    path.to_str().expect("plain text")
}

fn a_mistake_in_a_printer_is_told_with_its_place() {
    let fine = "[printers.a]\naddress = 'tcp://192.0.2.9'\nstand-in = 'b'\n\
                [printers.b]\naddress = 'lpd://192.0.2.10/Print'\n";
    assert_eq!(check(fine), (true, "all is well\n".to_owned()));
    for (config, words) in [
        ("\n[printers.a]\naddress = 'c360'\n", ":3: "),
        ("[printers.a]\naddress = 'virtual'\nink = 1\n", ":3: "),
        ("[printers.a]\naddress = 'virtual'\nstand-in = 'x'\n", "stand-in"),
        ("[printers.'a/b']\naddress = 'virtual'\n", "letters, digits"),
        ("stapler = true\n[printers.a]\naddress = 'virtual'\n", "say it there"),
    ] {
        let (is_well, said) = check(config);
        assert!(!is_well && said.contains(words), "{config}: {said}");
    }
}

/// PCL XL, PostScript and PDF, side by side.
fn one_server_drives_printers_of_several_languages() {
    let office = Office::new(&[
        ("pcl", ""),
        ("postscript", "language = 'postscript'"),
        ("pdf", "language = 'postscript'\ntakes-pdf = true"),
    ]);
    let server = office.start(&[]);
    for name in ["pcl", "postscript", "pdf"] {
        let fields = [("printer", name), ("pages", "2-3")];
        let job = server.print("report.pdf", &fields);
        let job = server.wait_for_state(&job, "printed");
        assert_eq!(job["printed"], 2, "{job:#}");
        assert_eq!(office.pages(name).len(), 2);
    }
    // What is printed whole on the last is not drawn here.
    let fields = [("printer", "pdf"), ("duplex", "long-edge")];
    let job = server.print("mixed.pdf", &fields);
    let pages = job["sides"].as_u64().expect("a number");
    let job = server.wait_for_state(&job, "printed");
    assert_eq!(job["printed"], pages, "{job:#}");
    assert_eq!(office.pages("pdf").len() as u64, 2 + pages);
}

/// What a printer gets that takes PDF, and never answers.
fn a_pdf_goes_as_it_is_to_a_printer_that_takes_it_and_no_further() {
    let folder = scratch();
    let sink = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = sink.local_addr().expect("an address");
    let config = folder.path().join("print-server.toml");
    let lines = format!(
        "[printers.pdf]\naddress = 'tcp://{address}?replies=no'\n\
         takes-pdf = true\n"
    );
    fs::write(&config, lines).expect("written");
    let data = folder.path().join("data");
    let server = PrintServer::start(&data, &["--config", path(&config)]);
    let print = |name: &str, document: Vec<u8>, fields: &[_]| {
        let answer = server.upload(name, document, fields);
        assert_eq!(answer.status(), 201, "{}", text_of(answer));
        let (mut connection, _) = sink.accept().expect("the server");
        let mut sent = Vec::new();
        connection.read_to_end(&mut sent).expect("a job");
        sent
    };
    let has = |sent: &[u8], what: &[u8]| {
        sent.windows(what.len()).any(|piece| piece == what)
    };
    let document = sample("mixed.pdf");
    let sent = print("a.pdf", document.clone(), &[("duplex", "short-edge")]);
    assert!(has(&sent, b"@PJL ENTER LANGUAGE = PDF\r\n%PDF-"));
    assert!(has(&sent, b"@PJL SET DUPLEX=ON\r\n@PJL SET BINDING=SHORTEDGE"));
    assert!(has(&sent, &document), "every byte of it");

    // What is to be printed otherwise, or is no PDF, is drawn.
    for (name, document, fields) in [
        ("a.pdf", document.clone(), &[("pages", "1")][..]),
        ("a.pdf", document.clone(), &[("color", "false")]),
        ("photo.jpg", sample("photo.jpg"), &[]),
    ] {
        let sent = print(name, document, fields);
        assert!(has(&sent, b"@PJL ENTER LANGUAGE = PCLXL"), "{fields:?}");
    }
    // So is a PDF that would end its job, and command the printer.
    let uel = b"\x1b%-12345X@PJL FSDELETE NAME=\"0:\\\"\r\n";
    let hostile = [document.as_slice(), b"\n%", uel].concat();
    let sent = print("a.pdf", hostile, &[]);
    assert!(has(&sent, b"@PJL ENTER LANGUAGE = PCLXL"));
    assert!(!has(&sent, b"FSDELETE"));
}
