//! The print server as its users see it: the program, its client and its API,
//! with real documents, real sockets and a virtual C360.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, ExitCode, Output, Stdio};
use std::time::{Duration, Instant};

use harness::ipp::{IppPrinter, operation};
use harness::{
    PrintServer, Running, Tool, form, http, http_builder, needs, program, root,
    sample, scratch, suite, test, text_of,
};
use job_queue::NewJob;
use private_redis::PrivateRedis;
use serde_json::{Value, json};
use virtual_c360::{Settings, TrayPage, VirtualC360};

fn main() -> ExitCode {
    suite(vec![
        test!(the_first_command_prints_on_the_virtual_printer),
        needs(Tool::Redis, test!(a_redis_queue_and_a_network_printer_print)),
        needs(Tool::Redis, test!(a_queue_that_is_away_takes_no_document)),
        test!(the_talks_own_client_can_print),
        test!(copies_come_out_as_sorted_sets),
        test!(a_held_job_waits_for_its_release),
        test!(the_same_request_sent_twice_prints_once),
        test!(a_job_can_be_cancelled_while_it_prints),
        test!(a_failed_upload_has_words_and_a_status_and_leaves_nothing),
        test!(a_document_with_a_hostile_name_is_refused),
        test!(a_body_over_the_limit_is_refused),
        test!(a_slow_client_is_refused),
        test!(a_full_disk_refuses_the_upload_and_keeps_what_it_had),
        test!(raw_data_passes_only_where_allowed_and_harmless),
        test!(requests_from_other_pages_are_refused),
        test!(intake_and_worker_can_be_two_processes),
        test!(a_server_that_is_asked_to_stop_finishes_the_job_in_hand),
        #[cfg(unix)]
        test!(ctrl_c_in_a_terminal_lets_the_renderer_finish_its_job),
        #[cfg(target_os = "linux")]
        test!(a_server_whose_file_was_replaced_prints_on),
        test!(a_job_whose_renderer_does_not_start_waits),
        test!(two_servers_do_not_print_from_one_folder),
        test!(workers_that_share_a_folder_share_a_printer),
        test!(the_log_tells_what_becomes_of_jobs_and_of_the_printer),
        test!(a_job_that_takes_too_long_does_not_hold_up_the_end),
        test!(a_job_that_is_none_of_ours_fails_and_the_next_is_printed),
        test!(a_server_that_cannot_start_says_why),
        test!(a_request_without_the_key_is_refused_in_words),
        test!(the_one_time_link_signs_one_browser_in),
        test!(the_talks_upload_wants_the_key_where_others_can_reach_it),
        test!(a_reload_says_what_counts_only_after_a_restart),
        test!(a_server_whose_words_go_nowhere_runs),
        test!(a_mistake_in_the_configuration_is_named_with_its_place),
        test!(the_configuration_comes_from_file_environment_and_flags),
        test!(the_metrics_count_jobs_pages_and_refusals),
        test!(the_client_finds_the_key_of_this_machines_server),
        test!(the_unit_file_runs_the_server_with_its_configuration),
        test!(the_client_says_why_it_could_not_print),
    ])
}

fn the_first_command_prints_on_the_virtual_printer() {
    let data = scratch();
    let mut server = PrintServer::start(data.path(), &[]);
    let queue = server.program.wait_for_line("queue: +(.*)");
    assert!(queue.starts_with("SQLite"), "{queue}");
    let printer = server.program.wait_for_line("printer: +(.*)");
    assert!(printer.starts_with("virtual C360"), "{printer}");
    let tray = server.program.wait_for_line("tray: +(.*)");

    let output = print(&server, &["tests/samples/report.pdf", "2-3"]);
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("2 pages printed"), "{said}");

    let mut pages: Vec<_> = fs::read_dir(tray)
        .expect("the tray")
        .map(|entry| entry.expect("an entry").file_name())
        .filter_map(|name| name.into_string().ok())
        .filter(|name| name.ends_with(".png"))
        .collect();
    pages.sort();
    assert_eq!(pages.len(), 2, "{pages:?}");
}

fn a_redis_queue_and_a_network_printer_print() {
    let redis = PrivateRedis::start().expect("Redis");
    let printer = Printer::start();
    let data = scratch();
    let mut server = PrintServer::start(
        data.path(),
        &["--queue", &redis.url(), "--printer", &printer.address()],
    );
    let queue = server.program.wait_for_line("queue: +(.*)");
    assert!(queue.starts_with("Redis"), "{queue}");

    let output = print(&server, &["tests/samples/report.pdf", "2-3"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(printer.tray(2).len(), 2);
}

/// A multipart form with the one field `file`, and the reply of the talk's
/// server.
fn a_queue_that_is_away_takes_no_document() {
    let mut redis = PrivateRedis::start().expect("Redis");
    let data = scratch();
    let options = ["--queue", &redis.url(), "--role", "intake"];
    let server = PrintServer::start(data.path(), &options);
    redis.kill();
    let response = server.upload("a.pdf", sample("report.pdf"), &[]);
    assert_eq!(response.status(), 503);
    assert!(response.headers().contains_key("retry-after"));
    assert_eq!(server.spooled().len(), 0);
}

fn the_talks_own_client_can_print() {
    let printer = Printer::start();
    let data = scratch();
    let server = printer.server(data.path(), &[]);
    let report = form("report.pdf", sample("report.pdf"), &[]);
    let response = server.post("/upload", report, None);
    assert_eq!(response.status(), 200);
    let reply: Value = response.json().expect("JSON");
    assert_eq!(
        reply,
        json!({
            "Status": "Success",
            "File_Uploaded": "report.pdf",
            "Job_status": "Sent for printing",
        })
    );
    let jobs = server.jobs();
    let job = server.wait_for_state(&jobs[0], "printed");
    assert_eq!(job["printed"], job["sides"]);

    let nothing = reqwest::blocking::multipart::Form::new();
    let response = server.post("/upload", nothing.text("a", "b"), None);
    assert_eq!(response.status(), 400);
    let reply: Value = response.json().expect("JSON");
    assert_eq!(reply["Status"], "Error");
    assert!(reply["Error_Msg"].is_string(), "{reply}");
}

fn copies_come_out_as_sorted_sets() {
    let printer = Printer::start();
    let data = scratch();
    let server = printer.server(data.path(), &[]);
    let job = server.print("report.pdf", &[("pages", "1-2"), ("copies", "2")]);
    let job = server.wait_for_state(&job, "printed");
    assert_eq!((&job["sides"], &job["printed"]), (&json!(4), &json!(4)));
    let pages: Vec<_> = printer
        .tray(4)
        .iter()
        .map(|page| fs::read(&page.file).expect("a page"))
        .collect();
    assert!(pages[0] != pages[1], "two pages, then the same two again");
    assert!(pages[0] == pages[2] && pages[1] == pages[3]);
}

fn a_held_job_waits_for_its_release() {
    let printer = Printer::start();
    let data = scratch();
    let server = printer.server(data.path(), &[]);
    let held = server.print("report.pdf", &[("hold", "true"), ("pages", "1")]);
    assert_eq!(held["state"], "held");
    // A later job overtakes it, so it has really waited.
    let next = server.print("report.pdf", &[("pages", "2")]);
    server.wait_for_state(&next, "printed");
    assert_eq!(printer.tray(1).len(), 1);

    let path =
        format!("/api/jobs/{}/release", held["id"].as_str().expect("id"));
    assert_eq!(server.request("POST", &path).status(), 200);
    server.wait_for_state(&held, "printed");
    assert_eq!(printer.tray(2).len(), 2);
    // There is nothing left to release.
    assert_eq!(server.request("POST", &path).status(), 409);
}

fn the_same_request_sent_twice_prints_once() {
    let printer = Printer::start();
    let data = scratch();
    let server = printer.server(data.path(), &[]);
    let send = |pages: &'static str| {
        let form =
            form("report.pdf", sample("report.pdf"), &[("pages", pages)]);
        server.post("/api/jobs", form, Some("monday-17"))
    };
    let first = send("1");
    assert_eq!(first.status(), 201);
    let first: Value = first.json().expect("a job");
    let second = send("1");
    assert_eq!(second.status(), 200);
    let second: Value = second.json().expect("a job");
    assert_eq!(first["id"], second["id"]);
    let other = send("2");
    assert_eq!(other.status(), 409, "{}", text_of(other));

    server.wait_for_state(&first, "printed");
    assert_eq!(server.jobs().len(), 1);
    assert_eq!(printer.tray(1).len(), 1);
}

fn a_job_can_be_cancelled_while_it_prints() {
    let printer = Printer::start();
    // Two seconds a page: the job is still printing when it is cancelled.
    printer.0.set_fault(virtual_c360::Fault::Slow);
    let data = scratch();
    let server = printer.server(data.path(), &[]);
    let job = server.print("report.pdf", &[]);
    server.wait_for(&job, |job| job["printed"] == 1);
    let path = format!("/api/jobs/{}", job["id"].as_str().expect("an id"));
    assert_eq!(server.request("DELETE", &path).status(), 200);
    let job = server.wait_for_state(&job, "cancelled");
    let printed = job["printed"].as_u64().expect("a number");
    assert!(printed < job["sides"].as_u64().expect("a number"), "{job:#}");

    // The printer is free again for the next job.
    printer.0.set_fault(virtual_c360::Fault::None);
    let next = server.print("report.pdf", &[("pages", "1")]);
    server.wait_for_state(&next, "printed");
    // A job that is over cannot be cancelled.
    let path = format!("/api/jobs/{}", next["id"].as_str().expect("an id"));
    assert_eq!(server.request("DELETE", &path).status(), 409);
}

fn a_failed_upload_has_words_and_a_status_and_leaves_nothing() {
    let printer = Printer::start();
    let data = scratch();
    let server = printer.server(data.path(), &[]);
    // A sample, the name it is sent under, a field, the status, a word.
    type Case = (
        &'static str,
        &'static str,
        Option<(&'static str, &'static str)>,
        u16,
        &'static str,
    );
    let cases: &[Case] = &[
        ("bad/empty.pdf", "a.pdf", None, 422, "empty"),
        ("bad/truncated.pdf", "a.pdf", None, 422, "cut off"),
        ("bad/garbage.pdf", "a.pdf", None, 422, "damaged"),
        ("bad/encrypted.pdf", "a.pdf", None, 422, "password"),
        ("bad/huge-page.pdf", "a.pdf", None, 422, "9999.9 × 9999.9"),
        ("bad/absurd-picture.pdf", "a.pdf", None, 422, "pixels"),
        ("bad/no-pages.pdf", "a.pdf", None, 422, "no pages"),
        ("bad/png-named.pdf", "a.pdf", None, 415, "PNG"),
        ("bad/zip-named.pdf", "a.pdf", None, 415, "ZIP"),
        ("bad/text-named.pdf", "a.pdf", None, 415, "text"),
        ("report.pdf", "a.docx", None, 415, "it is a PDF"),
        ("report.pdf", "a.pdf", Some(("pages", "2-90")), 416, "pages"),
        ("report.pdf", "a.pdf", Some(("pages", "3-2")), 400, "backwards"),
        ("report.pdf", "a.pdf", Some(("pages", "all")), 400, "3-7,10"),
        ("report.pdf", "a.pdf", Some(("pages", "0")), 400, "3-7,10"),
        ("report.pdf", "a.pdf", Some(("copies", "0")), 400, "1 to 999"),
        ("report.pdf", "a.pdf", Some(("copies", "many")), 400, "1 to 999"),
        ("report.pdf", "a.pdf", Some(("duplex", "x")), 400, "long-edge"),
        ("report.pdf", "a.pdf", Some(("staple", "x")), 400, "top-left"),
        ("report.pdf", "a.pdf", Some(("page", "1")), 400, "no field"),
        ("report.pdf", "a.pdf", Some(("user", "a\nb")), 400, "control"),
    ];
    for (file, name, field, status, word) in cases {
        let fields: Vec<_> = field.iter().copied().collect();
        let response = server.upload(name, sample(file), &fields);
        let got = response.status();
        let said = text_of(response);
        assert_eq!(got, *status, "{file} as {name}, {field:?}: {said}");
        assert!(said.contains(word), "{file} as {name}, {field:?}: {said}");
        assert_eq!(server.spooled().len(), 0, "{file} left something");
    }
    let no_file = reqwest::blocking::multipart::Form::new();
    let response = server.post("/api/jobs", no_file.text("pages", "1"), None);
    assert_eq!(response.status(), 400);
    assert!(text_of(response).contains("no file part"));
    assert_eq!(server.jobs(), Vec::<Value>::new());

    // After all that, it prints.
    let job = server.print("report.pdf", &[("pages", "1")]);
    server.wait_for_state(&job, "printed");
    assert_eq!(printer.tray(1).len(), 1);
}

fn a_document_with_a_hostile_name_is_refused() {
    let printer = Printer::start();
    let data = scratch();
    let server = printer.server(data.path(), &[]);
    for (name, word) in [
        ("../../etc/x", "is a path"),
        ("C:\\x.pdf", "is a path"),
        ("a @PJL RESET.pdf", "printer command"),
    ] {
        // By hand: a decent client would not send such a name.
        let head = format!(
            "--b\r\nContent-Disposition: form-data; name=\"file\"; \
             filename=\"{name}\"\r\n\r\n"
        );
        let body = [head.as_bytes(), &sample("report.pdf"), b"\r\n--b--\r\n"];
        let reply = post_by_hand(&server, &body.concat());
        assert!(reply.starts_with("HTTP/1.1 400"), "{name}: {reply}");
        assert!(reply.contains(word), "{name}: {reply}");
    }
    // A control character does not even pass as a header.
    let body = b"--b\r\nContent-Disposition: form-data; name=\"file\"; \
        filename=\"a\x1b%-12345X.pdf\"\r\n\r\nx\r\n--b--\r\n";
    let reply = post_by_hand(&server, body);
    assert!(reply.starts_with("HTTP/1.1 400"), "{reply}");
    assert_eq!(server.spooled().len(), 0);
    assert_eq!(server.jobs().len(), 0);
}

fn a_body_over_the_limit_is_refused() {
    let printer = Printer::start();
    let data = scratch();
    let server = printer.server(data.path(), &["--max-upload", "1"]);
    let response = server.upload("a.pdf", vec![b'x'; 3 << 20], &[]);
    assert_eq!(response.status(), 413);
    assert!(text_of(response).contains("1048576 bytes"));
    assert_eq!(server.spooled().len(), 0);
}

fn a_slow_client_is_refused() {
    let printer = Printer::start();
    let data = scratch();
    let server = printer.server(data.path(), &["--upload-silence", "0.3"]);
    let mut client = connect(&server);
    write!(
        client,
        "POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\
         \r\nAuthorization: Bearer {}\
         \r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n\
         Content-Disposition: form-data; name=\"file\"; \
         filename=\"a.pdf\"\r\n\r\n%PDF-1.7",
        server.key
    )
    .expect("sent");
    // And then nothing more.
    let mut reply = [0; 12];
    client.read_exact(&mut reply).expect("an answer");
    assert_eq!(&reply, b"HTTP/1.1 408");
    assert_eq!(server.spooled().len(), 0);
}

/// The disk is a small file system in memory, in a namespace of its own.
fn a_full_disk_refuses_the_upload_and_keeps_what_it_had() {
    let data = scratch();
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
    // The key is outside, where this test can read it, and inside.
    fs::write(data.path().join("key"), "0123456789abcdef".repeat(4))
        .expect("a key");
    command.arg(
        "umask 077 && key=$(cat \"$1/key\") && \
         mount -t tmpfs -o size=2m tmpfs \"$1\" && \
         echo \"$key\" > \"$1/key\" && \
         exec \"$0\" --listen 127.0.0.1:0 --role intake --data \"$1\"",
    );
    command.arg(program("print-server")).arg(data.path());
    if !cfg!(target_os = "linux") || !can_unshare() {
        println!("skipped: this system makes no mount namespaces for us");
        return;
    }
    let server = PrintServer::start_with(&mut command, data.path());
    // A document that fits is kept.
    let kept = server.print("report.pdf", &[]);
    let mut large = sample("report.pdf");
    large.extend(vec![b'\n'; 4 << 20]);
    let response = server.upload("large.pdf", large, &[]);
    assert_eq!(response.status(), 507, "{}", text_of(response));
    let jobs = server.jobs();
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    assert_eq!(jobs[0]["id"], kept["id"]);
    // The room that the refused one took is free again.
    server.print("landscape.pdf", &[]);
}

fn can_unshare() -> bool {
    Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "true"])
        .output()
        .is_ok_and(|output| output.status.success())
}

fn raw_data_passes_only_where_allowed_and_harmless() {
    let printer = Printer::start();
    let data = scratch();
    let raw = [("format", "raw")];
    let server = printer.server(data.path(), &[]);
    let response = server.upload("a.prn", b"data".to_vec(), &raw);
    assert_eq!(response.status(), 403);
    drop(server);

    let server = printer.server(data.path(), &["--allow-raw"]);
    let hostile = b"data \x1b%-12345X@PJL DEFAULT COPIES=99".to_vec();
    let response = server.upload("a.prn", hostile, &raw);
    assert_eq!(response.status(), 422, "{}", text_of(response));
    assert_eq!(server.spooled().len(), 0);
}

fn requests_from_other_pages_are_refused() {
    let printer = Printer::start();
    let data = scratch();
    let server = printer.server(data.path(), &[]);
    for header in ["Origin: https://example.com", "Host: evil.example.com"] {
        let mut client = connect(&server);
        let host = match header.starts_with("Host") {
            true => "",
            false => "Host: localhost\r\n",
        };
        write!(
            client,
            "POST /api/jobs HTTP/1.1\r\n{host}{header}\r\n\
             Connection: close\r\nContent-Length: 0\r\n\r\n"
        )
        .expect("sent");
        let mut reply = String::new();
        client.read_to_string(&mut reply).expect("an answer");
        assert!(reply.starts_with("HTTP/1.1 403"), "{header}: {reply}");
    }
}

fn intake_and_worker_can_be_two_processes() {
    let printer = Printer::start();
    let data = scratch();
    let intake = PrintServer::start(data.path(), &["--role", "intake"]);
    let job = intake.print("report.pdf", &[("pages", "1")]);
    assert_eq!(job["state"], "waiting");
    let _worker = printer.server(data.path(), &["--role", "worker"]);
    intake.wait_for_state(&job, "printed");
    assert_eq!(printer.tray(1).len(), 1);
}

fn a_server_that_is_asked_to_stop_finishes_the_job_in_hand() {
    let printer = Printer::start();
    printer.0.set_fault(virtual_c360::Fault::Slow);
    let data = scratch();
    let mut server = printer.server(data.path(), &[]);
    let first = server.print("report.pdf", &[("pages", "1-2")]);
    let second = server.print("report.pdf", &[("pages", "3")]);
    server.wait_for(&first, |job| job["printed"] == 1);
    server.program.terminate();
    assert!(server.program.wait_for_end().success());
    assert_eq!(printer.tray(2).len(), 2);

    printer.0.set_fault(virtual_c360::Fault::None);
    let server = printer.server(data.path(), &[]);
    server.wait_for_state(&second, "printed");
    let first = server.wait_for_state(&first, "printed");
    assert_eq!(first["printed"], 2);
    assert_eq!(printer.tray(3).len(), 3);
}

#[cfg(unix)]
fn ctrl_c_in_a_terminal_lets_the_renderer_finish_its_job() {
    use std::os::unix::process::CommandExt;
    let printer = Printer::start();
    printer.0.set_fault(virtual_c360::Fault::Slow);
    let data = scratch();
    let mut command = Command::new(program("print-server"));
    command.arg("--data").arg(data.path());
    command.args(["--listen", "127.0.0.1:0"]);
    command.args(["--printer", &printer.address()]);
    let mut server =
        PrintServer::start_with(command.process_group(0), data.path());
    let job = server.print("photo.pdf", &[("copies", "2")]);
    let job = server.wait_for(&job, |job| job["printed"] == 1);
    // A slow printer takes no more than it prints, so there is a renderer.
    assert!(job["sent"].as_u64() < job["sides"].as_u64(), "{job:#}");
    // A terminal signals the whole group of the program in front.
    let group = format!("-{}", server.program.id());
    let sent = Command::new("kill").args(["-s", "INT", "--", &group]).status();
    assert!(sent.is_ok_and(|status| status.success()), "kill failed");
    assert!(server.program.wait_for_end().success());
    let server = printer.server(data.path(), &["--role", "intake"]);
    server.wait_for_state(&job, "printed");
}

/// As an upgrade does it: a new file in the place of the old.
#[cfg(target_os = "linux")]
fn a_server_whose_file_was_replaced_prints_on() {
    let folder = scratch();
    let copy = folder.path().join("print-server");
    fs::copy(program("print-server"), &copy).expect("a copy");
    let data = folder.path().join("data");
    let mut command = Command::new(&copy);
    command.arg("--data").arg(&data).args(["--listen", "127.0.0.1:0"]);
    let server = PrintServer::start_with(&mut command, &data);
    fs::remove_file(&copy).expect("removed");
    let job = server.print("report.pdf", &[("pages", "1")]);
    server.wait_for_state(&job, "printed");
}

fn a_job_whose_renderer_does_not_start_waits() {
    let printer = Printer::start();
    let data = scratch();
    let intake = PrintServer::start(data.path(), &["--role", "intake"]);
    let mut command = Command::new(program("print-server"));
    command.arg("--data").arg(data.path());
    command.args(["--listen", "127.0.0.1:0", "--role", "worker"]);
    command.args(["--printer", &printer.address(), "--lease", "0.2"]);
    // A renderer starts no renderer.
    command.env("DRIVER_RENDERER_CHILD", "1");
    let mut worker = PrintServer::start_with(&mut command, data.path());
    let job = intake.print("report.pdf", &[("pages", "1")]);
    // It is tried more often than a job has attempts.
    for _ in 0..7 {
        worker.program.wait_for_line("the renderer could not be started");
    }
    let job = intake.wait_for_state(&job, "waiting");
    assert_eq!(job["attempts"], 0, "{job:#}");
    drop(worker);

    let _worker = printer.server(data.path(), &["--role", "worker"]);
    intake.wait_for_state(&job, "printed");
}

/// Starts a server that must refuse to, and hears why.
fn refused(data: &std::path::Path, options: &[&str], words: &str) {
    let mut command = Command::new(program("print-server"));
    command.args(["--listen", "127.0.0.1:0", "--data"]).arg(data);
    let mut running = Running::start(command.args(options));
    running.wait_for_line(words);
    assert!(!running.wait_for_end().success());
}

fn two_servers_do_not_print_from_one_folder() {
    let printer = Printer::start();
    let data = scratch();
    let first = printer.server(data.path(), &[]);
    // Windows does not let a locked file be read.
    let holder = match cfg!(windows) {
        true => "another process".to_owned(),
        false => format!("process {}", first.program.id()),
    };
    refused(data.path(), &[], &holder);
    refused(data.path(), &["--role", "worker"], "another print server");
    // To take documents in is another matter.
    let intake = PrintServer::start(data.path(), &["--role", "intake"]);
    let job = intake.print("report.pdf", &[("pages", "1")]);
    intake.wait_for_state(&job, "printed");
    drop(first);
    let _second = printer.server(data.path(), &[]);
}

fn workers_that_share_a_folder_share_a_printer() {
    let printer = Printer::start();
    let address = printer.address();
    let data = scratch();
    let worker = ["--role", "worker"];
    let one = printer.server(data.path(), &worker);
    let two = printer.server(data.path(), &worker);
    let other = ["--role", "worker", "--printer", "tcp://192.0.2.9:9100"];
    for options in [&[][..], &worker, &other] {
        refused(data.path(), options, &address);
    }
    drop((one, two));
    let _another = PrintServer::start(data.path(), &other);
}

fn the_log_tells_what_becomes_of_jobs_and_of_the_printer() {
    let printer = Printer::start();
    printer.0.set_fault(virtual_c360::Fault::PaperOut);
    let data = scratch();
    let mut server = printer.server(data.path(), &[]);
    let job = server.print("report.pdf", &[("pages", "1")]);
    server.program.wait_for_line("WARN .*job 1: .*paper");
    printer.0.set_fault(virtual_c360::Fault::None);
    server.program.wait_for_line("INFO .*the printer is back");
    server.program.wait_for_line("INFO .*job 1 is printed: 1 page");
    server.wait_for_state(&job, "printed");

    printer.0.set_fault(virtual_c360::Fault::Reset);
    server.print("report.pdf", &[("pages", "1")]);
    server.program.wait_for_line("WARN .*job 2 is uncertain: .*broke");
}

fn a_job_that_takes_too_long_does_not_hold_up_the_end() {
    let printer = Printer::start();
    let data = scratch();
    let options = ["--stop-deadline", "0.5", "--lease", "0.5"];
    let mut server = printer.server(data.path(), &options);
    let job = server.print("mixed.pdf", &[("copies", "3")]);
    server.wait_for(&job, |job| job["printed"].as_u64() >= Some(1));
    // It would be silent for a minute.
    printer.0.set_fault(virtual_c360::Fault::Jam);
    server.program.terminate();
    server.program.wait_for_line("still running 0.5 s.*printing");
    assert!(!server.program.wait_for_end().success());

    // Nobody knows what is on paper: a person decides.
    printer.0.set_fault(virtual_c360::Fault::None);
    let server = printer.server(data.path(), &options);
    let job = server.wait_for_state(&job, "uncertain");
    assert!(job["printed"].as_u64() >= Some(1), "{job:#}");
}

/// A job that no intake of ours would have queued.
fn a_job_that_is_none_of_ours_fails_and_the_next_is_printed() {
    let printer = Printer::start();
    let data = scratch();
    let mut server = printer.server(data.path(), &["--lease", "0.5"]);
    server.print("report.pdf", &[("hold", "true"), ("pages", "1")]);
    let file = data.path().join("queue.db");
    let queue = job_queue::open(&format!("sqlite:{}", file.display()), "print")
        .expect("the server's queue");
    let good = queue.jobs(1).expect("jobs").remove(0).payload;
    let mut bad: Value = serde_json::from_str(&good).expect("JSON");
    bad["pages"] = json!("all of them");
    let bad = NewJob::new(bad.to_string()).max_attempts(1);
    let lane = queue.lane("default");
    let id = lane.enqueue(bad).expect("queued").id.to_string();

    server.program.wait_for_line("WARN.*failed.*no print job of ours");
    server.wait_for_state(&json!({ "id": id }), "failed");
    let health = || {
        let response = server.request("GET", "/healthz");
        let status = response.status().as_u16();
        (status, response.json::<Value>().expect("JSON"))
    };
    let (status, report) = health();
    assert_eq!(status, 200, "{report}");
    let task = &report["tasks"]["print job"];
    assert_eq!((&task["lost"], &task["panics"]), (&json!(false), &json!(0)));

    let next = server.print("report.pdf", &[("pages", "2")]);
    server.wait_for_state(&next, "printed");
    assert_eq!(health().0, 200);
}

fn a_request_without_the_key_is_refused_in_words() {
    let data = scratch();
    let server = PrintServer::start(data.path(), &["--role", "intake"]);
    let other = scratch();
    let other = PrintServer::start(other.path(), &["--role", "intake"]);
    assert_ne!(server.key, other.key);
    for key in [None, Some(&other.key)] {
        for path in ["/", "/api/jobs", "/api/jobs/1", "/api/events"] {
            let mut request = http().get(server.url(path));
            if let Some(key) = key {
                request = request.bearer_auth(key);
            }
            let response = request.send().expect("an answer");
            assert_eq!(response.status(), 401, "{path}");
            let said = text_of(response);
            assert!(said.contains("key"), "{path}: {said}");
        }
    }
    let form = form("report.pdf", sample("report.pdf"), &[]);
    let request = http().post(server.url("/api/jobs")).multipart(form);
    // The server may close before it has read the document.
    if let Ok(response) = request.send() {
        assert_eq!(response.status(), 401);
    }
    assert_eq!(server.jobs(), Vec::<Value>::new());
    assert_eq!(server.spooled().len(), 0);
    for path in ["/livez", "/readyz", "/healthz", "/metrics"] {
        let response = http().get(server.url(path)).send().expect("an answer");
        assert_eq!(response.status(), 200, "{path}: {}", text_of(response));
    }
}

fn the_one_time_link_signs_one_browser_in() {
    let data = scratch();
    let server = PrintServer::start(data.path(), &["--role", "intake"]);
    let browser = || {
        let policy = reqwest::redirect::Policy::none();
        http_builder().redirect(policy).build().expect("a client")
    };
    let response = browser().get(&server.link).send().expect("an answer");
    assert_eq!(response.status(), 303);
    assert_eq!(response.headers()["location"], "/");
    let cookie = response.headers()["set-cookie"].to_str().expect("text");
    let cookie = cookie.split(';').next().expect("a pair").to_owned();
    let page = browser().get(server.url("/")).header("Cookie", &cookie);
    let page = page.send().expect("an answer");
    assert_eq!(page.status(), 200);
    assert!(text_of(page).contains("Drop files anywhere"));

    let second = browser().get(&server.link).send().expect("an answer");
    assert_eq!(second.status(), 401);
    assert!(text_of(second).contains("used already"));
    // The server of another key takes no cookie of ours.
    let other = scratch();
    let other = PrintServer::start(other.path(), &["--role", "intake"]);
    let page = browser().get(other.url("/")).header("Cookie", &cookie);
    assert_eq!(page.send().expect("an answer").status(), 401);
}

/// The talk's client sends no key.
fn the_talks_upload_wants_the_key_where_others_can_reach_it() {
    let server = |data: &Path, options: &[&str]| {
        let mut all = vec!["--role", "intake"];
        all.extend(options);
        PrintServer::start(data, &all)
    };
    let by_proxy = "X-Forwarded-For: 192.0.2.7\r\n";
    let named = ["--host-name", "print.example.com"];
    // No other machine is asked: the address is one that all would reach.
    let everywhere = ["--listen", "0.0.0.0:0"];
    for (options, header) in [
        (everywhere.as_slice(), ""),
        (&named, ""),
        (&[], by_proxy),
        (&[], "Forwarded: for=192.0.2.7\r\n"),
    ] {
        let data = scratch();
        let server = server(data.path(), options);
        let mut client = connect(&server);
        // It is answered before it sends its document.
        write!(
            client,
            "POST /upload HTTP/1.1\r\nHost: localhost\r\n{header}\
             Content-Length: 900\r\n\
             Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        )
        .expect("sent");
        let mut reply = [0; 12];
        client.read_exact(&mut reply).expect("an answer");
        assert_eq!(&reply, b"HTTP/1.1 401", "{options:?} {header}");
    }

    let open = ["--listen", "0.0.0.0:0", "--open-upload"];
    let named = [named.as_slice(), &["--open-upload"]].concat();
    for (options, proxy, key) in [
        ([].as_slice(), false, false),
        (&open, false, false),
        (&named, true, false),
        (&[], true, true),
    ] {
        let data = scratch();
        let server = server(data.path(), options);
        let form = form("landscape.pdf", sample("landscape.pdf"), &[]);
        let mut request = http().post(server.url("/upload")).multipart(form);
        if proxy {
            request = request.header("X-Forwarded-For", "192.0.2.7");
        }
        if key {
            request = request.bearer_auth(&server.key);
        }
        let response = request.send().expect("an answer");
        assert_eq!(
            response.status(),
            200,
            "{options:?}: {}",
            text_of(response)
        );
        assert_eq!(server.jobs().len(), 1);
    }
}

fn a_reload_says_what_counts_only_after_a_restart() {
    let folder = scratch();
    let file = folder.path().join("print-server.toml");
    fs::write(&file, "role = \"intake\"\ndpi = 300\n").expect("a file");
    let config = file.display().to_string();
    let data = folder.path().join("data");
    let mut server = PrintServer::start(&data, &["--config", &config]);
    let id = server.program.id().to_string();
    let mut reload = |text: &str, words: &str| {
        fs::write(&file, text).expect("a file");
        let sent = Command::new("kill").args(["-s", "HUP", &id]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill failed");
        server.program.wait_for_line(words);
    };
    let text = "role = \"intake\"\ndpi = 600\nallow-raw = true\n";
    let words = "reloaded: allow-raw, dpi: only after a restart";
    reload(text, words);
    reload("dpi = 72\n", r"not reloaded.*print-server\.toml:1: .*300 or 600");
    let text = "role = \"intake\"\ndpi = 300\n";
    reload(text, "reloaded: nothing has changed");
}

/// Nobody reads what it says of itself, or the disk is full.
fn a_server_whose_words_go_nowhere_runs() {
    let (reader, closed) = std::io::pipe().expect("a pipe");
    drop(reader);
    let full = fs::File::options().write(true).open("/dev/full");
    let mut sinks = vec![Stdio::from(closed)];
    sinks.extend(full.map(Stdio::from));
    for sink in sinks {
        let data = scratch();
        let mut server = Command::new(program("print-server"))
            .args(["--listen", "127.0.0.1:0", "--data"])
            .arg(data.path())
            .stdout(sink)
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let log = BufReader::new(server.stderr.take().expect("a pipe"));
        let heard: Vec<String> = log
            .lines()
            .map(|line| line.expect("text"))
            .inspect(|line| {
                if line.contains("ready at") {
                    let id = server.id().to_string();
                    let sent = Command::new("kill").arg(id).status();
                    assert!(sent.is_ok_and(|status| status.success()));
                }
            })
            .collect();
        let status = server.wait().expect("its end");
        assert!(status.success(), "{}", heard.join("\n"));
    }
}

fn a_mistake_in_the_configuration_is_named_with_its_place() {
    let folder = scratch();
    let file = folder.path().join("print-server.toml");
    for (text, words) in [
        ("# ours\nlisen = \"127.0.0.1:0\"\n", ":2: .*lisen.*listen"),
        ("dpi = 72\n", ":1: .*dpi.*300 or 600"),
        ("\n\nprinter = \"lpt1\"\n", ":3: .*printer.*or say virtual"),
        ("role = \"boss\"\n", ":1: .*role.*intake"),
    ] {
        fs::write(&file, text).expect("a file");
        let data = folder.path().join("data");
        let mut command = Command::new(program("print-server"));
        command.arg("--config").arg(&file).arg("--data").arg(&data);
        let mut running = Running::start(&mut command);
        running.wait_for_line(&format!("print-server.toml{words}"));
        assert!(!running.wait_for_end().success());
        assert!(!data.exists(), "it has begun to work");
    }
}

fn the_configuration_comes_from_file_environment_and_flags() {
    let folder = scratch();
    let file = folder.path().join("print-server.toml");
    let text = "listen = \"127.0.0.1:1\"\nrole = \"worker\"\n\
                max-upload = 7\nallow-raw = true\n";
    fs::write(&file, text).expect("a file");
    let mut command = Command::new(program("print-server"));
    command.env("PRINT_SERVER_CONFIG", &file);
    command.env("PRINT_SERVER_ROLE", "intake");
    command.env("PRINT_SERVER_MAX_UPLOAD", "5");
    command.args(["--listen", "127.0.0.1:0", "--max-upload", "1"]);
    command.arg("--data").arg(folder.path());
    let server = PrintServer::start_with(&mut command, folder.path());
    let raw = [("format", "raw")];
    let taken = server.upload("a.prn", b"data".to_vec(), &raw);
    assert_eq!(taken.status(), 201, "{}", text_of(taken));
    let refused = server.upload("a.prn", vec![b'x'; 3 << 20], &raw);
    assert!(text_of(refused).contains("1048576 bytes"));
}

fn the_metrics_count_jobs_pages_and_refusals() {
    let printer = Printer::start();
    let data = scratch();
    let server = printer.server(data.path(), &[]);
    let metrics = || text_of(server.request("GET", "/metrics"));
    let pages = "pages_printed_total{printer=\"default\"} 0";
    assert!(metrics().contains(pages), "{}", metrics());
    let job = server.print("report.pdf", &[("pages", "1-2")]);
    server.wait_for_state(&job, "printed");
    server.print("report.pdf", &[("hold", "true")]);
    server.upload("a.pdf", b"no PDF".to_vec(), &[]);
    let ipp = IppPrinter::new(&server.address, "/ipp/print");
    let message = ipp.message(operation::PRINT_JOB);
    let refused = ipp.ask(message, b"\0\x01 neither text nor picture");
    let refused =
        format!("uploads_total{{status=\"{:#06x}\"}} 1", refused.status);
    assert!(refused.contains("0x04"), "{refused}");
    let text = metrics();
    for line in [
        "print_jobs{printer=\"default\",state=\"printed\"} 1",
        "print_jobs{printer=\"default\",state=\"held\"} 1",
        "print_jobs{printer=\"default\",state=\"failed\"} 0",
        "pages_printed_total{printer=\"default\"} 2",
        "sheets_printed_total{printer=\"default\"} 2",
        "uploads_total{status=\"201\"} 2",
        "uploads_total{status=\"415\"} 1",
        &refused,
        "print_queue_paused{printer=\"default\"} 0",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }

    printer.0.set_fault(virtual_c360::Fault::PaperOut);
    let job = server.print("report.pdf", &[("pages", "3")]);
    server.wait_for(&job, |job| {
        job["state"] == "waiting" && job["reason"].is_string()
    });
    let paused = "print_queue_paused{printer=\"default\"} 1";
    assert!(metrics().contains(paused), "{}", metrics());
    let health = health_with(&server, 503);
    assert!(health["parts"]["printer"].to_string().contains("out of paper"));
    assert_eq!(health["ready"], true);
    // Without the key it is only said that there is something.
    let health = http().get(server.url("/healthz")).send();
    let health: Value = health.expect("an answer").json().expect("JSON");
    assert_eq!(health["parts"]["printer"], "failing");

    printer.0.set_fault(virtual_c360::Fault::None);
    server.wait_for_state(&job, "printed");
    health_with(&server, 200);
}

fn the_client_finds_the_key_of_this_machines_server() {
    // The folders of a person, in which the server finds its own.
    let home = scratch();
    let folder = |command: &mut Command| {
        command.env("HOME", home.path());
        command.env("XDG_DATA_HOME", home.path());
        command.env_remove("PRINT_SERVER_KEY");
        command.env_remove("STATE_DIRECTORY");
    };
    if !cfg!(target_os = "linux") {
        println!("skipped: the data folder is elsewhere on this system");
        return;
    }
    let mut command = Command::new(program("print-server"));
    command.args(["--listen", "127.0.0.1:0", "--role", "intake"]);
    folder(&mut command);
    let data = home.path().join("print-server");
    let server = PrintServer::start_with(&mut command, &data);
    let print = |options: &[&str]| {
        let mut command = Command::new(program("print-client"));
        command.current_dir(root()).env("PRINT_SERVER", &server.address);
        command.args(["tests/samples/report.pdf", "--hold"]).args(options);
        folder(&mut command);
        command.output().expect("the client starts")
    };
    assert!(print(&[]).status.success(), "{:?}", print(&[]));

    let wrong = home.path().join("wrong");
    fs::write(&wrong, "f".repeat(64)).expect("a file");
    let output = print(&["--key-file", &wrong.display().to_string()]);
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("this is not the key"), "{said}");
    assert!(said.contains("--key-file"), "{said}");

    fs::rename(data.join("key"), &wrong).expect("moved");
    let output = print(&[]);
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("PRINT_SERVER_KEY"), "{said}");
    let own = data.join("key").display().to_string();
    for place in [own.as_str(), "/var/lib/print-server/key"] {
        assert!(said.contains(place), "{said}");
    }
    let output = print(&["--key-file", &wrong.display().to_string()]);
    assert!(output.status.success(), "{output:?}");
}

fn the_unit_file_runs_the_server_with_its_configuration() {
    let folder = scratch();
    let file = folder.path().join("print-server.toml");
    fs::write(&file, "stop-deadline = 30\n").expect("a file");
    let run = |words: &[&str]| {
        let mut server = Command::new(program("print-server"));
        server.arg("--config").arg(&file).args(words);
        let output = server.output().expect("the server starts");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let printer = "tcp://192.0.2.9:9100";
    let unit = run(&["--printer", printer, "--open-upload", "unit"]);
    for line in ["Type=notify", "TimeoutStopSec=35"] {
        assert!(unit.contains(line), "{line} is not in\n{unit}");
    }
    // The file is where a service does not see it.
    let path = file.canonicalize().expect("a path");
    let install = format!("install -D -m 644 {}", path.display());
    assert!(unit.contains(&install), "{unit}");
    let command = unit.lines().find(|line| line.starts_with("ExecStart="));
    let wanted = format!(
        " --config=/etc/print-server/print-server.toml --printer={printer} \
         --open-upload=true"
    );
    assert!(command.is_some_and(|it| it.ends_with(&wanted)), "{unit}");
    assert_eq!(run(&["check"]), "all is well\n");
}

fn a_server_that_cannot_start_says_why() {
    let data = scratch();
    let server = PrintServer::start(data.path(), &["--role", "intake"]);
    let address = server.address.trim_start_matches("http://");
    let other = scratch();
    let refused = |options: &[&str], words: &str| {
        let mut command = Command::new(program("print-server"));
        command.arg("--data").arg(other.path()).args(options);
        let mut running = Running::start(&mut command);
        running.wait_for_line(words);
        assert!(!running.wait_for_end().success());
    };
    refused(&["--listen", address], "cannot listen on .*Does it run already");
    let nowhere = "redis://127.0.0.1:1/0";
    refused(&["--queue", nowhere], "does not answer");
    refused(&["--queue", "mysql://x"], "names no queue");
    refused(&["--printer", "lpt1"], "or say virtual");
    refused(&["--dpi", "72"], "300 or 600");
}

fn the_client_says_why_it_could_not_print() {
    let data = scratch();
    let server = PrintServer::start(data.path(), &["--role", "intake"]);
    let complaint = |arguments: &[&str]| {
        let output = print(&server, arguments);
        assert!(!output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let said = complaint(&["no-such-file.pdf"]);
    assert!(said.contains("cannot read no-such-file.pdf"), "{said}");
    let said = complaint(&["tests/samples/report.pdf", "90"]);
    assert!(said.contains("which has"), "{said}");
    let said = complaint(&["tests"]);
    assert!(said.contains("directory"), "{said}");
    let nobody = ["tests/samples/report.pdf", "--server", "http://[::1]:1"];
    let said = complaint(&nobody);
    assert!(said.contains("no print server answers"), "{said}");
    assert!(said.contains("refused"), "{said}");
    let nowhere = ["tests/samples/report.pdf", "--server", "printhost"];
    let said = complaint(&nowhere);
    assert!(said.contains("is no address"), "{said}");
}

/// A virtual C360 in this process, so that it outlives the servers.
struct Printer(VirtualC360, #[expect(dead_code)] tempfile::TempDir);

impl Printer {
    fn start() -> Printer {
        let tray = scratch();
        let printer = VirtualC360::start(Settings::new(tray.path()));
        Printer(printer.expect("a printer"), tray)
    }

    fn address(&self) -> String {
        format!("tcp://{}", self.0.address())
    }

    /// A print server that prints here, at 300 dpi to be quick.
    fn server(&self, data: &std::path::Path, options: &[&str]) -> PrintServer {
        let address = self.address();
        let mut all = vec!["--printer", &address, "--dpi", "300"];
        all.extend(options);
        PrintServer::start(data, &all)
    }

    /// The tray, once `count` pages are in it.
    fn tray(&self, count: usize) -> Vec<TrayPage> {
        let patience = Duration::from_secs(60);
        self.0.wait_for_pages(count, patience).expect("pages come out")
    }
}

/// Runs the client to its end.
fn print(server: &PrintServer, arguments: &[&str]) -> Output {
    Command::new(program("print-client"))
        .current_dir(root())
        .env("PRINT_SERVER", &server.address)
        .env("PRINT_SERVER_KEY", &server.key)
        .args(arguments)
        .output()
        .expect("the client starts")
}

fn connect(server: &PrintServer) -> TcpStream {
    let address = server.address.trim_start_matches("http://");
    let address: SocketAddr = address.parse().expect("an address");
    TcpStream::connect(address).expect("the server listens")
}

/// The server's health, once it has this status.
fn health_with(server: &PrintServer, status: u16) -> Value {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let health = server.request("GET", "/healthz");
        if health.status() == status {
            return health.json().expect("JSON");
        }
        assert!(Instant::now() < deadline, "{}", text_of(health));
    }
}

/// Posts a form with the boundary `b`, byte by byte as given.
fn post_by_hand(server: &PrintServer, body: &[u8]) -> String {
    let mut client = connect(server);
    write!(
        client,
        "POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Authorization: Bearer {}\r\n\
         Content-Length: {}\r\nContent-Type: multipart/form-data; \
         boundary=b\r\n\r\n",
        server.key,
        body.len()
    )
    .expect("sent");
    // The server may refuse before it has read everything.
    let _ = client.write_all(body);
    let mut reply = Vec::new();
    let _ = client.read_to_end(&mut reply);
    String::from_utf8_lossy(&reply).into_owned()
}
