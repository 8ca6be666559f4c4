//! The records of what was printed: every page has one, and none has two.
//!
//! A ledger that is killed must be a process. This program is its own: it
//! starts itself with the words `ledger URL FILE`.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Duration;

use harness::{
    PrintServer, QueueWorld as World, Running, Test, Tool, form, http, needs,
    on_both_engines, program, sample, scratch, suite, test, text_of,
};
use job_queue::{JobId, Milestone, NewJob, Queue, open};
use print_records::{
    Allowance, By, Entry, Error, Filter, Ledger, Outcome, Quotas, Record, csv,
};
use private_redis::PrivateRedis;
use serde_json::Value;
use tempfile::TempDir;

const LONG: Duration = Duration::from_secs(30);
const NOW: Duration = Duration::ZERO;
const OUTBOX: &str = "ledger";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, mode, url, file] = arguments.as_slice()
        && mode == "ledger"
    {
        keep_books(url, file.as_ref());
        return ExitCode::SUCCESS;
    }
    let code = suite(tests());
    World::end_redis();
    code
}

fn tests() -> Vec<Test> {
    let mut tests = on_both_engines![
        every_job_that_ended_has_one_record,
        what_comes_twice_counts_once,
        the_pages_of_all_runs_of_a_job_count,
        an_uncertain_job_is_changed_when_it_is_decided,
        a_ledger_that_is_killed_again_and_again_misses_nothing,
        an_allowance_counts_what_waits_too,
    ];
    tests.extend([
        test!(a_queue_that_counts_from_one_again_makes_new_records),
        test!(records_are_searched_and_summed),
        test!(a_list_is_read_in_pieces),
        test!(a_day_begins_and_ends_at_midnight),
        test!(what_is_too_old_is_forgotten_and_counts_for_ever),
        test!(a_quota_is_everybodys_or_ones_own),
        test!(a_record_is_a_line_of_a_table),
        test!(a_file_that_is_no_ledger_is_named_as_such),
        test!(the_server_tells_who_printed_what),
        test!(names_are_left_out_where_they_are_not_wanted),
        test!(a_quota_refuses_and_says_what_is_left),
        test!(a_quota_refuses_one_person_and_each_sees_their_own_records),
        test!(two_servers_of_one_folder_count_one_quota),
        test!(the_command_shows_the_records_without_the_server),
        needs(
            Tool::Redis,
            test!(an_intake_completes_its_own_records_at_its_start),
        ),
    ]);
    tests
}

// ---- A ledger and a queue -------------------------------------------------

/// A ledger, and the office that fills it.
struct Office {
    queue: Arc<dyn Queue>,
    ledger: Ledger,
    folder: TempDir,
}

impl Office {
    fn new(world: &World) -> Office {
        let folder = scratch();
        let ledger = Ledger::open(&folder.path().join("records.db"));
        Office { queue: world.queue(), ledger: ledger.unwrap(), folder }
    }

    /// Asks for a document of three pages.
    fn ask(&self, user: &str) -> JobId {
        self.queue.enqueue(NewJob::new(user).outbox(OUTBOX)).unwrap().id
    }

    /// A worker prints the next job, to its end if it is well.
    fn print(&self) {
        let claim = self.queue.claim("w", LONG, NOW).unwrap().unwrap();
        self.queue.point_of_no_return(&claim, "0").unwrap();
        self.queue.complete(claim, "3").unwrap();
    }

    /// A worker is lost after this number of pages.
    fn lose(&self, pages: u32) {
        let claim = self.queue.claim("lost", LONG, NOW).unwrap().unwrap();
        self.queue.point_of_no_return(&claim, "0").unwrap();
        self.queue.progress(&claim, &pages.to_string()).unwrap();
        self.queue.declare_dead("lost").unwrap();
    }

    fn take_over(&self) -> usize {
        self.ledger.take_over(&*self.queue, OUTBOX, tell).unwrap()
    }

    fn records(&self) -> Vec<Record> {
        self.take_over();
        self.ledger.records(&Filter::default()).unwrap()
    }

    /// The pages of all records, which the totals must agree with.
    fn pages(&self) -> u64 {
        let records = self.records();
        let pages = records.iter().map(|record| u64::from(record.pages)).sum();
        let totals = self.ledger.totals().unwrap();
        let total: u64 = totals.iter().map(|(_, pages, _)| pages).sum();
        assert_eq!(total, pages);
        pages
    }
}

/// What a milestone of these tests means: the payload is the person, the note
/// a number of pages.
fn tell(milestone: &Milestone) -> Option<Entry> {
    let pages = milestone.job.progress.as_deref().unwrap_or("0");
    let pages = pages.parse().unwrap();
    Some(Entry {
        user: milestone.job.payload.clone(),
        name: Some("lease.pdf".to_owned()),
        origin: Some("192.0.2.7".to_owned()),
        printer: "c360".to_owned(),
        color: milestone.job.payload == "ray",
        ordered: 3,
        pages,
        sheets: pages.div_ceil(2),
    })
}

fn every_job_that_ended_has_one_record(world: &World) {
    let office = Office::new(world);
    let printed = office.ask("egon");
    office.print();
    let failed = office.ask("ray");
    let claim = office.queue.claim("w", LONG, NOW).unwrap().unwrap();
    office.queue.bury(claim, "no such page").unwrap();
    let cancelled = office.ask("egon");
    office.queue.cancel(&cancelled).unwrap();
    office.ask("egon");

    let records = office.records();
    let told: Vec<_> = records
        .iter()
        .map(|record| (record.job.as_str(), record.state, record.pages))
        .collect();
    let name = |id: JobId| id.to_string();
    // Those that ended in one millisecond stand in the order of their asking.
    assert_eq!(told.len(), 3, "{told:?}");
    for one in [
        (&*name(printed), Outcome::Printed, 3),
        (&*name(failed), Outcome::Failed, 0),
        (&*name(cancelled), Outcome::Cancelled, 0),
    ] {
        assert!(told.contains(&one), "{told:?}");
    }
    let record =
        records.iter().find(|record| record.job == name(printed)).unwrap();
    assert_eq!(record.user, "egon");
    assert_eq!(record.name.as_deref(), Some("lease.pdf"));
    assert_eq!(record.origin.as_deref(), Some("192.0.2.7"));
    assert_eq!((record.sheets, record.ordered, record.color), (2, 3, false));
    let begun = record.begun_at.unwrap();
    assert!(record.asked_at <= begun && begun <= record.ended_at);
    let failed = records.iter().find(|record| record.job == name(failed));
    let reason = failed.unwrap().reason.as_deref();
    assert_eq!(reason, Some("no such page"));
}

fn what_comes_twice_counts_once(world: &World) {
    let office = Office::new(world);
    office.ask("egon");
    office.print();
    // Two processes read the outbox; one takes it over, and then the other.
    let copy = office.queue.outbox(OUTBOX, 9).unwrap();
    assert_eq!((copy.len(), office.take_over(), office.pages()), (2, 2, 3));
    let second = Ledger::open(&office.folder.path().join("records.db"));
    second.unwrap().record(&copy, tell).unwrap();
    assert_eq!((office.pages(), office.records().len()), (3, 1));
    assert_eq!(office.records()[0].state, Outcome::Printed);
}

fn the_pages_of_all_runs_of_a_job_count(world: &World) {
    let office = Office::new(world);
    let id = office.ask("egon");
    office.lose(2);
    assert_eq!(office.pages(), 2);
    office.queue.resend(&id).unwrap();
    assert_eq!(office.pages(), 2);
    office.print();
    assert_eq!(office.pages(), 5);
    let records = office.records();
    assert_eq!((records.len(), records[0].state), (1, Outcome::Printed));
    assert_eq!((records[0].pages, records[0].sheets), (5, 3));

    // And when nobody took anything over between the two.
    let id = office.ask("egon");
    office.lose(1);
    office.queue.resend(&id).unwrap();
    office.print();
    assert_eq!(office.pages(), 5 + 4);
}

fn an_uncertain_job_is_changed_when_it_is_decided(world: &World) {
    let office = Office::new(world);
    let id = office.ask("egon");
    office.lose(2);
    let state = || office.records()[0].state;
    assert_eq!((state(), office.pages()), (Outcome::Uncertain, 2));
    // All three are in the tray.
    office.queue.confirm(&id, "3").unwrap();
    assert_eq!((state(), office.pages()), (Outcome::Printed, 3));

    let id = office.ask("egon");
    office.lose(0);
    office.queue.cancel(&id).unwrap();
    assert_eq!((state(), office.pages()), (Outcome::Cancelled, 3));

    // Two are in the tray, where one was known of.
    let id = office.ask("egon");
    office.lose(1);
    office.queue.resend_noting(&id, "2").unwrap();
    assert_eq!((state(), office.pages()), (Outcome::Waiting, 5));
    office.print();
    assert_eq!((state(), office.pages()), (Outcome::Printed, 8));
}

/// Kills the process that keeps the books, twenty times, wherever it is.
fn a_ledger_that_is_killed_again_and_again_misses_nothing(world: &World) {
    let office = Office::new(world);
    let file = office.folder.path().join("records.db");
    let start = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["ledger", &world.url]).arg(&file);
        command.env("QUEUE_NAME", &world.name);
        Running::start(&mut command)
    };
    let mut asked = 0;
    for round in 0..20 {
        let mut keeper = start();
        for _ in 0..20 {
            office.ask("egon");
            asked += 1;
            // The later the round, the further it is in its work.
            if asked % 20 == round {
                keeper.wait_for_line("took over");
            }
            office.print();
        }
        keeper.kill();
    }
    assert_eq!(office.pages(), 3 * asked);
    assert_eq!(office.records().len() as u64, asked);
    assert!(office.queue.outbox(OUTBOX, 9).unwrap().is_empty());
}

/// The process that is killed: takes over whatever there is, and says so.
fn keep_books(url: &str, file: &Path) {
    let name = std::env::var("QUEUE_NAME").unwrap();
    let queue = open(url, &name).unwrap();
    let ledger = Ledger::open(file).unwrap();
    let mut seen = 0;
    loop {
        let taken = ledger.take_over(&*queue, OUTBOX, tell).unwrap();
        println!("took over {taken}");
        seen = queue.wait_for_change(seen, LONG).unwrap();
    }
}

fn an_allowance_counts_what_waits_too(world: &World) {
    let office = Office::new(world);
    let allowance = || {
        office.take_over();
        office.ledger.allowance("egon", 10).unwrap()
    };
    let (quota, printed, waiting) = (10, 0, 0);
    assert_eq!(allowance(), Allowance { quota, printed, waiting });
    let id = office.ask("egon");
    office.ask("ray");
    assert_eq!(allowance(), Allowance { quota, printed, waiting: 3 });
    // Also while it prints.
    office.lose(2);
    assert_eq!(allowance(), Allowance { quota, printed: 2, waiting: 0 });
    office.queue.resend(&id).unwrap();
    assert_eq!(allowance(), Allowance { quota, printed: 2, waiting: 3 });
    office.print();
    office.print();
    assert_eq!(allowance(), Allowance { quota, printed: 5, waiting: 0 });
    assert_eq!(allowance().left(), 5);
    assert_eq!(office.ledger.allowance("egon", 4).unwrap().left(), 0);
}

fn a_queue_that_counts_from_one_again_makes_new_records() {
    let world = World::sqlite();
    let office = Office::new(&world);
    office.ask("egon");
    office.print();
    assert_eq!(office.pages(), 3);
    let Office { ledger, folder, .. } = office;
    let second = World::sqlite();
    // The number is used again, and not in the same millisecond.
    let office = Office { queue: second.queue(), ledger, folder };
    assert_eq!(office.ask("ray"), JobId(1));
    office.print();
    assert_eq!((office.pages(), office.records().len()), (6, 2));
}

fn records_are_searched_and_summed() {
    let world = World::sqlite();
    let office = Office::new(&world);
    for user in ["egon", "ray", "egon"] {
        office.ask(user);
        office.print();
    }
    let all = office.records();
    let search = |filter: Filter| office.ledger.records(&filter).unwrap().len();
    let user = Some("egon".to_owned());
    assert_eq!(search(Filter { user, ..Filter::default() }), 2);
    let user = Some("Egon".to_owned());
    assert_eq!(search(Filter { user, ..Filter::default() }), 0);
    let printer = Some("another".to_owned());
    assert_eq!(search(Filter { printer, ..Filter::default() }), 0);
    let (from, to) = (Some(all[0].ended_at), Some(all[0].ended_at));
    assert!((1..=3).contains(&search(Filter { from, ..Filter::default() })));
    assert!((0..=2).contains(&search(Filter { to, ..Filter::default() })));
    let (from, to) = (Some(u64::MAX), Some(u64::MAX));
    assert_eq!(search(Filter { from, ..Filter::default() }), 0);
    assert_eq!(search(Filter { to, ..Filter::default() }), 3);

    let sums = |by| {
        let sums = office.ledger.sums(&Filter::default(), by).unwrap();
        let sum = |sum: print_records::Sum| {
            (sum.of, sum.jobs, sum.pages, sum.color_pages, sum.sheets)
        };
        sums.into_iter().map(sum).collect::<Vec<_>>()
    };
    assert_eq!(
        sums(By::User),
        [("egon".to_owned(), 2, 6, 0, 4), ("ray".to_owned(), 1, 3, 3, 2)]
    );
    assert_eq!(sums(By::Printer), [("c360".to_owned(), 3, 9, 3, 6)]);
    let month = all[0].ended[..7].to_owned();
    assert_eq!(sums(By::Month), [(month, 3, 9, 3, 6)]);
    let days = sums(By::Day);
    assert!(days.iter().any(|(day, ..)| *day == all[0].ended[..10]));
    assert_eq!(days.iter().map(|(_, jobs, ..)| jobs).sum::<u64>(), 3);
}

fn a_list_is_read_in_pieces() {
    let world = World::sqlite();
    let office = Office::new(&world);
    for _ in 0..7 {
        office.ask("egon");
        office.print();
    }
    let all = office.records();
    let mut filter = Filter::default();
    let (mut read, mut sizes) = (Vec::new(), Vec::new());
    loop {
        let piece = office.ledger.piece(&mut filter, 3).unwrap();
        sizes.push(piece.len());
        if piece.is_empty() {
            break;
        }
        read.extend(piece);
    }
    assert_eq!(sizes, [3, 3, 1, 0]);
    let mut filter = Filter { limit: Some(4), ..Filter::default() };
    let mut size = || office.ledger.piece(&mut filter, 3).unwrap().len();
    assert_eq!([size(), size(), size()], [3, 1, 0]);
    assert_eq!(read, all);
    assert!(all.is_sorted_by(|one, two| one.ended_at >= two.ended_at));
}

fn a_day_begins_and_ends_at_midnight() {
    let world = World::sqlite();
    let office = Office::new(&world);
    let moment = |text: &str, end| office.ledger.moment(text, end);
    let begin = moment("2026-11-28", false).unwrap();
    let end = moment("2026-11-28", true).unwrap();
    // None of this year's days is longer or shorter by more than an hour.
    assert!((23..=25).contains(&((end - begin) / 3_600_000)));
    assert_eq!(moment("2026-11-29", false).unwrap(), end);
    assert_eq!(moment("1764288000000", true).unwrap(), 1_764_288_000_000);
    for text in [
        "",
        "yesterday",
        "2026-02-30",
        "2026-13-01",
        "28.11.2026",
        "-5",
        "now",
        "2026-11-28'",
        "2026-11-2é",
    ] {
        assert!(matches!(moment(text, false), Err(Error::Time(_))), "{text}");
    }
}

fn what_is_too_old_is_forgotten_and_counts_for_ever() {
    let world = World::sqlite();
    let office = Office::new(&world);
    office.ask("egon");
    office.print();
    let failed = office.ask("ray");
    let claim = office.queue.claim("w", LONG, NOW).unwrap().unwrap();
    office.queue.point_of_no_return(&claim, "0").unwrap();
    office.queue.progress(&claim, "1").unwrap();
    office.queue.bury(claim, "torn").unwrap();
    office.ask("egon");
    office.lose(1);
    assert_eq!(office.pages(), 5);
    assert_eq!(office.ledger.forget(LONG).unwrap(), 0);
    assert_eq!(office.ledger.forget(NOW).unwrap(), 2);
    let records = office.records();
    // An uncertain job still waits for a person's word.
    assert_eq!((records.len(), records[0].state), (1, Outcome::Uncertain));
    let total = || office.ledger.totals().unwrap()[0].1;
    assert_eq!(total(), 5);
    // Sent again, the page that was printed before is not printed twice.
    office.queue.resend(&failed).unwrap();
    office.take_over();
    assert_eq!(total(), 5);
    office.print();
    office.take_over();
    assert_eq!(total(), 8);
    assert_eq!(office.records().len(), 2);
}

fn a_quota_is_everybodys_or_ones_own() {
    let quotas = Quotas { each: Some(10), of: [("ray".to_owned(), 3)].into() };
    assert_eq!(quotas.of("egon"), Some(10));
    assert_eq!(quotas.of("ray"), Some(3));
    assert_eq!(quotas.of(""), None);
    let quotas = Quotas { each: None, of: [(String::new(), 3)].into() };
    assert_eq!((quotas.of(""), quotas.of("egon")), (Some(3), None));
}

fn a_record_is_a_line_of_a_table() {
    let world = World::sqlite();
    let office = Office::new(&world);
    office.ask("=HYPERLINK(\"http://evil.example/\",\"me\")");
    office.print();
    let record = &office.records()[0];
    let (head, line) = (csv::record_head(), csv::record_line(record));
    assert!(head.starts_with("job,user,printer,name,origin,pages,sheets,"));
    let cell = "\"'=HYPERLINK(\"\"http://evil.example/\"\",\"\"me\"\")\"";
    let begin = format!("1,{cell},c360,lease.pdf,192.0.2.7,3,2,3,false,");
    assert!(line.starts_with(&begin), "{line}");
    assert!(line.ends_with(",printed,\r\n"), "{line}");
}

fn a_file_that_is_no_ledger_is_named_as_such() {
    let world = World::sqlite();
    drop(world.queue());
    let file = world.url.strip_prefix("sqlite:").unwrap();
    let Err(error) = Ledger::open(file.as_ref()) else {
        panic!("it opened a queue")
    };
    assert!(error.to_string().contains("a ledger of print jobs"), "{error}");
    let folder = scratch();
    let missing = folder.path().join("records.db");
    assert!(Ledger::open_to_read(&missing).is_err());
    assert!(!missing.exists());
}

// ---- The print server -----------------------------------------------------

fn the_server_tells_who_printed_what() {
    let data = scratch();
    let server = PrintServer::start(data.path(), &["--dpi", "300"]);
    let fields = [("pages", "1-3"), ("copies", "2"), ("duplex", "long-edge")];
    let job = server.print("report.pdf", &fields);
    server.wait_for_state(&job, "printed");
    let held = server.print("report.pdf", &[("hold", "true")]);
    let path = format!("/api/jobs/{}", held["id"].as_str().unwrap());
    assert_eq!(server.request("DELETE", &path).status(), 200);

    // Whoever has seen that a job is over finds its record.
    let records = get(&server, "/api/records");
    let [cancelled, printed] = records.as_array().unwrap().as_slice() else {
        panic!("{records:#}")
    };
    assert_eq!(cancelled["state"], "cancelled");
    assert_eq!(cancelled["pages"], 0);
    assert_eq!(printed["job"], job["id"]);
    assert_eq!(printed["name"], "report.pdf");
    assert_eq!(printed["printer"], "default");
    assert_eq!(printed["state"], "printed");
    assert_eq!((&printed["pages"], &printed["sheets"]), (&6.into(), &4.into()));
    assert_eq!(printed["color"], true);
    assert!(printed["user"].is_string() && printed["reason"].is_null());
    let time = |name: &str| printed[name].as_u64().unwrap();
    assert!(time("asked_at") <= time("begun_at"));
    assert!(time("begun_at") <= time("ended_at"));

    let to = format!("/api/records?to={}", time("ended_at"));
    assert_eq!(get(&server, &to), Value::Array(Vec::new()));
    let day = &printed["ended"].as_str().unwrap()[..10];
    let today = format!("/api/records?from={day}&to={day}&limit=1");
    assert_eq!(get(&server, &today).as_array().unwrap().len(), 1);
    let sums = get(&server, "/api/records/summary?by=printer");
    assert_eq!(
        (&sums[0]["of"], &sums[0]["jobs"]),
        (&"default".into(), &2.into())
    );
    assert_eq!((&sums[0]["pages"], &sums[0]["sheets"]), (&6.into(), &4.into()));
    let quota = get(&server, "/api/records/quota");
    assert!(quota["quota"].is_null() && quota["left"].is_null());

    let table = server.request("GET", "/api/records?format=csv");
    let kind = table.headers()["content-type"].to_str().unwrap().to_owned();
    assert_eq!(kind, "text/csv; charset=utf-8");
    let table = table.text().unwrap();
    let lines: Vec<&str> = table.split("\r\n").collect();
    assert_eq!(lines.len(), 4, "{table}");
    assert!(lines[0].starts_with("job,user,"), "{table}");
    assert!(lines[2].contains("report.pdf") && lines[3].is_empty());
    let table = server.request("GET", "/api/records/summary?format=csv");
    assert!(table.text().unwrap().starts_with("of,jobs,pages,"));

    for path in [
        "/api/records?from=yesterday",
        "/api/records?format=xml",
        "/api/records/summary?by=shoe-size",
    ] {
        assert_eq!(server.request("GET", path).status(), 400, "{path}");
    }
    let without_key = http().get(server.url("/api/records")).send().unwrap();
    assert_eq!(without_key.status(), 401);
    let metrics = text_of(server.request("GET", "/metrics"));
    let pages = "pages_printed_total{printer=\"default\"} 6";
    assert!(metrics.contains(pages), "{metrics}");
}

fn names_are_left_out_where_they_are_not_wanted() {
    let data = scratch();
    let options = ["--dpi", "300", "--no-record-names"];
    let server = PrintServer::start(data.path(), &options);
    let job = server.print("report.pdf", &[("pages", "1")]);
    server.wait_for_state(&job, "printed");
    let records = get(&server, "/api/records");
    assert_eq!(
        (&records[0]["name"], &records[0]["pages"]),
        (&Value::Null, &1.into())
    );
    let table = text_of(server.request("GET", "/api/records?format=csv"));
    assert!(!table.contains("report.pdf"), "{table}");
}

/// Whoever uses POST /upload without a key is nobody by name.
fn a_quota_refuses_and_says_what_is_left() {
    let data = scratch();
    let options = ["--dpi", "300", "--quota-of", "=5", "--quota", "100"];
    let server = PrintServer::start(data.path(), &options);
    let upload = || {
        let two_pages = form("a.pdf", sample("landscape.pdf"), &[]);
        http().post(server.url("/upload")).multipart(two_pages).send().unwrap()
    };
    assert_eq!(upload().status(), 200);
    assert_eq!(upload().status(), 200);
    let refused = upload();
    assert_eq!(refused.status(), 403);
    let words = text_of(refused);
    let left = "of your 5 pages for this month 1 are left";
    assert!(words.contains(left), "{words}");
}

fn a_quota_refuses_one_person_and_each_sees_their_own_records() {
    let data = scratch();
    let options = ["--dpi", "300", "--quota", "100", "--quota-of", "egon=3"];
    let server = PrintServer::start(data.path(), &options);
    let keys = ["egon", "ray"].map(|name| {
        let mut command = Command::new(program("print-server"));
        command.arg("--data").arg(data.path());
        command.args(["users", "add", name, "--roles", "print", "--json"]);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let user: Value = serde_json::from_slice(&output.stdout).unwrap();
        user["key"].as_str().unwrap().to_owned()
    });
    let [egon, ray] = &keys;
    let print = |key: &str, idempotency: &str| {
        let two_pages = form("a.pdf", sample("landscape.pdf"), &[]);
        let request = http().post(server.url("/api/jobs")).bearer_auth(key);
        let request = request.header("Idempotency-Key", idempotency);
        request.multipart(two_pages).send().unwrap()
    };
    let first: Value = print(egon, "1").json().unwrap();
    let refused = print(egon, "2");
    assert_eq!(refused.status(), 403);
    let words = text_of(refused);
    assert!(words.contains("for this month 1 are left"), "{words}");
    // The same request once more asks for nothing more.
    assert_eq!(print(egon, "1").status(), 200);
    assert_eq!(print(ray, "3").status(), 201);
    server.wait_for_state(&first, "printed");

    let see = |key: &str, path: &str| {
        http().get(server.url(path)).bearer_auth(key).send().unwrap()
    };
    let own: Value = see(egon, "/api/records").json().unwrap();
    assert_eq!(
        (own.as_array().unwrap().len(), &own[0]["user"]),
        (1, &"egon".into())
    );
    assert_eq!(see(egon, "/api/records?user=ray").status(), 403);
    let quota: Value = see(egon, "/api/records/quota").json().unwrap();
    assert_eq!((&quota["quota"], &quota["left"]), (&3.into(), &1.into()));
    let quota: Value = see(ray, "/api/records/quota").json().unwrap();
    assert_eq!((&quota["quota"], &quota["left"]), (&100.into(), &98.into()));
    let sums = get(&server, "/api/records/summary?by=user&user=egon");
    assert_eq!(
        (&sums[0]["of"], &sums[0]["pages"]),
        (&"egon".into(), &2.into())
    );
}

fn two_servers_of_one_folder_count_one_quota() {
    let data = scratch();
    let options =
        ["--role", "intake", "--quota-of", "=7", "--upload-rate", "0"];
    let servers = [(); 2].map(|()| PrintServer::start(data.path(), &options));
    let addresses = servers.each_ref().map(|server| server.url("/upload"));
    let upload = |address: &str| {
        let two_pages = form("a.pdf", sample("landscape.pdf"), &[]);
        let answer = http().post(address).multipart(two_pages).send();
        answer.unwrap().status().as_u16()
    };
    let answers: Vec<u16> = std::thread::scope(|scope| {
        let clients: Vec<_> = addresses
            .iter()
            .cycle()
            .take(12)
            .map(|address| scope.spawn(move || upload(address)))
            .collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    let taken = answers.iter().filter(|status| **status == 200).count();
    let refused = answers.iter().filter(|status| **status == 403).count();
    // Three times two pages, and one page is left.
    assert_eq!((taken, refused), (3, 9), "{answers:?}");
}

fn the_command_shows_the_records_without_the_server() {
    let data = scratch();
    let server = PrintServer::start(data.path(), &["--dpi", "300"]);
    let job = server.print("report.pdf", &[("pages", "1-2")]);
    server.wait_for_state(&job, "printed");
    get(&server, "/api/records");
    let records = |options: &[&str]| {
        let mut command = Command::new(program("print-server"));
        command.arg("--data").arg(data.path()).arg("records").args(options);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    // While it runs, and when it does not.
    assert!(records(&[]).contains("report.pdf"));
    drop(server);
    let json: Value = serde_json::from_str(&records(&["--json"])).unwrap();
    assert_eq!(
        (&json[0]["pages"], json.as_array().unwrap().len()),
        (&2.into(), 1)
    );
    let json = records(&["--by", "printer", "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["pages"], 2);
    assert!(records(&["--csv"]).starts_with("job,user,"));
    assert!(records(&["--by", "month", "--csv"]).starts_with("of,jobs,"));
    assert_eq!(records(&["--from", "2100-01-01", "--json"]).trim(), "[]");
}

/// Two servers share a queue and nothing else.
fn an_intake_completes_its_own_records_at_its_start() {
    let redis = PrivateRedis::start().expect("Redis");
    let (one, two) = (scratch(), scratch());
    let url = redis.url();
    let options = ["--queue", &url, "--dpi", "300"];
    let first = PrintServer::start(one.path(), &options);
    let job = first.print("report.pdf", &[("pages", "1-2"), ("hold", "true")]);
    // The first is away when its job comes to an end.
    drop(first);
    let second = PrintServer::start(two.path(), &options);
    let path = format!("/api/jobs/{}", job["id"].as_str().unwrap());
    assert_eq!(second.request("DELETE", &path).status(), 200);
    assert_eq!(get(&second, "/api/records"), Value::Array(Vec::new()));
    let first = PrintServer::start(one.path(), &options);
    let records = get(&first, "/api/records");
    assert_eq!(records.as_array().unwrap().len(), 1, "{records:#}");
    assert_eq!(records[0]["state"], "cancelled");
    assert_eq!(get(&second, "/api/records"), Value::Array(Vec::new()));
}

fn get(server: &PrintServer, path: &str) -> Value {
    let answer = server.request("GET", path);
    assert_eq!(answer.status(), 200, "{path}: {}", text_of(answer));
    answer.json().expect("JSON")
}
