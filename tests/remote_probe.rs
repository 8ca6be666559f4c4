//! A probe elsewhere and its monitor, as programs: what is measured there is in
//! the history here, whatever happens to the line, the probes and the clocks.

use std::cell::Cell;
use std::fs;
use std::io::{BufRead, BufReader, Lines, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use harness::{NetworkMonitor, Running, http, program, scratch};
use history::{History, Sample};
use remote_probe::Line;
use reqwest::blocking::Response;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The place of the probe in these tests.
const PLACE: &str = "[[place]]\nname = \"home\"\naway_after = \"2s\"\n";

// ------------------------------------------------------------ the promise ---

#[test]
fn a_probe_cut_off_for_an_hour_and_killed_five_times_sends_what_it_measured() {
    let monitor = monitor(
        "[[target]]\nname = \"web site\"\nhost = \"127.0.0.1\"\n\
         places = [\"home\"]\n",
    );
    let line = line_to(&monitor);
    let site = Site::new(&monitor, &line);
    // An hour and a bit, one result each five seconds, until now.
    let end = now() / 1_000 * 1_000;
    let mut moments = (0..800).map(|number| end - (800 - number) * 5_000);

    let mut probe = TimedProbe::start(&site);
    probe.measure(moments.by_ref().take(40));
    wait_for_samples(&monitor, "web site@home", 40);
    line.cut();
    for _ in 0..5 {
        probe.measure(moments.by_ref().take(144));
        probe.kill();
        probe = probe.again(&site);
    }
    // The line comes back, goes once more in the middle of it, and comes back.
    line.mend();
    wait_for_samples(&monitor, "web site@home", 41);
    line.cut();
    line.mend();
    probe.measure(moments);
    wait_for_samples(&monitor, "web site@home", 800);
    let measured = probe.measured.clone();
    let known = samples(monitor, "web site@home");
    assert_eq!(known.len(), 800, "twice, or lost");
    for (number, (sample, at)) in known.iter().zip(measured).enumerate() {
        // Both clocks are this machine's; what is seen between them is as much
        // as the machine was busy.
        assert!((sample.at - at).abs() < 1_000, "{number}: {sample:?}");
        let value = Some((at / 1_000 % 97) as f64);
        assert_eq!(sample.value, value.filter(|value| *value != 13.0));
    }
}

#[test]
fn a_monitor_that_is_killed_while_it_takes_has_nothing_twice_and_all_of_it() {
    let mut monitor = monitor(
        "[[target]]\nname = \"web site\"\nhost = \"127.0.0.1\"\n\
         places = [\"home\"]\n",
    );
    let line = line_to(&monitor);
    let site = Site::new(&monitor, &line);
    line.cut();
    let begin = now() / 1_000 * 1_000 - 1_000_000;
    let mut probe = TimedProbe::start(&site);
    probe.measure((0..1_000).map(|second| begin + second * 1_000));
    for taken in [1, 300, 600] {
        line.mend();
        wait_for_samples(&monitor, "web site@home", taken);
        monitor = monitor.again();
        line.lead_to(address_of(&monitor));
    }
    wait_for_samples(&monitor, "web site@home", 1_000);
    let known = samples(monitor, "web site@home");
    assert_eq!(known.len(), 1_000, "twice, or lost");
    for (sample, at) in known.iter().zip(&probe.measured) {
        assert!((sample.at - at).abs() < 1_000, "{sample:?} at {at}");
    }
}

#[test]
fn the_program_measures_on_while_it_is_cut_off_and_killed() {
    let service = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = service.local_addr().expect("an address").port();
    let monitor = monitor(&format!(
        "[[target]]\nname = \"service\"\nkind = \"tcp\"\n\
         host = \"127.0.0.1\"\nport = {port}\nevery = \"100ms\"\n\
         timeout = \"100ms\"\nplaces = [\"home\"]\n\
         [[alert]]\nname = \"probe gone\"\nplace = \"all\"\n"
    ));
    let line = line_to(&monitor);
    let site = Site::new(&monitor, &line);
    let mut probe = site.probe();
    monitor.wait_for("status", |status| {
        let place = &status["places"][0];
        let seen = &status["targets"][0]["places"][0];
        place["away"] == false && seen["state"] == "up"
    });

    line.cut();
    let queue = site.queue();
    let mut seen = 0;
    for _ in 0..5 {
        // It measures something that it cannot send, and is killed.
        let before = waiting(&*queue).len();
        while waiting(&*queue).len() < before + 2 {
            seen = queue
                .wait_for_change(seen, Duration::from_secs(60))
                .expect("the queue can be read");
        }
        probe.kill();
        probe = site.probe();
    }
    // Somebody hears of it; the target is not down for that.
    let gone = monitor.wait_for("status", |status| {
        status["places"][0]["away"] == true
            && status["alerts"][0]["name"] == "probe gone"
    });
    assert_ne!(gone["targets"][0]["state"], "down", "{gone:#}");
    let words = gone["alerts"][0]["words"].as_str().unwrap_or_default();
    assert!(words.contains("home"), "{words}");

    probe.kill();
    let kept = waiting(&*queue);
    line.mend();
    let _probe = site.probe();
    monitor.wait_for("status", |status| {
        status["places"][0]["away"] == false && status["alerts"] == json!([])
    });
    // What the monitor has leaves the queue.
    let last = kept.last().expect("something was kept").at;
    while waiting(&*queue).iter().any(|sample| sample.at == last) {
        seen = queue
            .wait_for_change(seen, Duration::from_secs(60))
            .expect("the queue can be read");
    }
    let known = samples(monitor, "service@home");
    let first = kept.first().expect("something was kept").value;
    let begin = known.iter().position(|sample| sample.value == first);
    let begin = begin.expect("the first of them has come");
    for (number, kept) in kept.iter().enumerate() {
        let known = &known[begin + number];
        assert_eq!(known.value, kept.value, "{number} of {}", kept.at);
        assert!((known.at - kept.at).abs() < 1_000, "{known:?}");
    }
}

// ----------------------------------------------------------- what is told ---

#[test]
fn an_alert_tells_a_target_that_is_down_from_one_place_from_one_that_is_gone() {
    let service = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = service.local_addr().expect("an address").port();
    let monitor = monitor(&format!(
        "[[target]]\nname = \"service\"\nkind = \"tcp\"\n\
         host = \"127.0.0.1\"\nport = {port}\nevery = \"100ms\"\n\
         timeout = \"100ms\"\nplaces = [\"here\", \"home\"]\n\
         [[alert]]\nname = \"from one\"\ntarget = \"service\"\nafter = 2\n\
         [[alert]]\nname = \"from all\"\ntarget = \"service\"\nafter = 2\n\
         from = \"all\"\n"
    ));
    // The test itself is the probe.
    let line = line_to(&monitor);
    let site = Site::new(&monitor, &line);
    for number in 1..=3 {
        site.deliver(&monitor, number, None);
    }
    let status = monitor.wait_for("status", |status| {
        !status["alerts"].as_array().is_none_or(Vec::is_empty)
    });
    assert_eq!(names(&status), ["from one"], "{:#}", status["alerts"]);
    assert_eq!(status["targets"][0]["state"], "up");
    assert_eq!(status["targets"][0]["places"][1]["state"], "down");
    let words = status["alerts"][0]["words"].as_str().unwrap_or_default();
    assert!(words.contains("service@home"), "{words}");

    // Now it is gone for everybody.
    drop(service);
    let number = Cell::new(4);
    let status = monitor.wait_for("status", |status| {
        site.deliver(&monitor, number.get(), None);
        number.set(number.get() + 1);
        names(status).iter().any(|name| name == "from all")
    });
    let all = status["alerts"].as_array().expect("a list").iter();
    let words = all.filter_map(|alert| alert["words"].as_str());
    let words: Vec<&str> =
        words.filter(|words| words.contains("@all")).collect();
    assert!(words[0].contains("from here"), "{words:?}");
    assert!(words[0].contains("from home"), "{words:?}");
}

#[test]
fn results_that_come_hours_late_wake_nobody() {
    let monitor = monitor(
        "[[target]]\nname = \"service\"\nkind = \"tcp\"\n\
         host = \"127.0.0.1\"\nport = 9\nplaces = [\"home\"]\n\
         [[alert]]\nname = \"down\"\ntarget = \"service\"\nafter = 1\n",
    );
    let line = line_to(&monitor);
    let site = Site::new(&monitor, &line);
    let at = now() - 2 * 3_600_000;
    let batch = json!({ "number": 1, "clock_error_ms": 0, "samples": [
        { "at": at, "metric": "check", "target": "service", "value": null,
          "error": "refused" },
    ] });
    let answer = site.post(&monitor, &json!([batch]));
    assert_eq!(answer["taken"], 1, "{answer}");
    let status = monitor.get("/api/status");
    assert_eq!(status["alerts"], json!([]), "{status:#}");
    let known = samples(monitor, "service@home");
    assert_eq!((known.len(), known[0].at), (1, at));
}

// ------------------------------------------------------------- who may it ---

#[test]
fn the_key_of_a_place_opens_nothing_but_its_own_place() {
    let monitor = monitor("[[place]]\nname = \"office\"\n");
    let home = add_place(&monitor, "home");
    let office = add_place(&monitor, "office");
    let ask = |path: &str, key: &str| -> Response {
        let request = http().get(monitor.url(path)).bearer_auth(key);
        request.send().expect("the monitor answers")
    };
    let targets = "/api/places/home/targets";
    assert_eq!(ask(targets, &home).status(), 200);
    assert_eq!(ask(targets, &office).status(), 403);
    assert_eq!(ask(targets, &monitor.key()).status(), 403);
    assert_eq!(ask(targets, "0123456789abcdef").status(), 401);
    for path in ["/", "/api/status", "/api/history", "/api/users"] {
        let status = ask(path, &home).status();
        assert_eq!(status, 403, "{path}");
    }
    // A place that the file does not know is told so.
    let garage = add_place(&monitor, "garage");
    let answer = ask("/api/places/garage/targets", &garage);
    assert_eq!(answer.status(), 404);
    let words = answer.text().expect("text");
    assert!(words.contains("[[place]]"), "{words}");
}

#[test]
fn a_probe_says_what_is_wrong_with_its_key_and_its_address() {
    let folder = scratch();
    let key = folder.path().join("place-key");
    fs::write(&key, "home:0123").expect("written");
    private(&key);
    let said = |to: &str, key: &Path| {
        let mut command = probe_command(to, key, folder.path());
        let output = command.output().expect("it runs");
        assert!(!output.status.success(), "{to}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let said_of_plain = said("http://monitor.example:8800", &key);
    assert!(said_of_plain.contains("https://"), "{said_of_plain}");
    let none = said("https://127.0.0.1:1", &folder.path().join("none"));
    assert!(none.contains("none"), "{none}");
    fs::write(&key, "nonsense").expect("written");
    let nonsense = said("https://127.0.0.1:1", &key);
    assert!(nonsense.contains("place add"), "{nonsense}");
}

#[test]
fn a_unit_hands_the_key_of_the_place_to_the_service() {
    let mut command = Command::new(program("network-monitor"));
    command.args(["probe", "--to", "https://monitor.example:8800", "--unit"]);
    let output = command.output().expect("it runs");
    let unit = String::from_utf8_lossy(&output.stdout);
    assert!(unit.contains("LoadCredential=place-key:/etc/"), "{unit}");
    assert!(unit.contains("--to=https://monitor.example:8800"), "{unit}");
}

// ---------------------------------------------------------------- helpers ---

/// A monitor that speaks TLS as well, with the place of these tests.
fn monitor(more: &str) -> NetworkMonitor {
    NetworkMonitor::watching(&format!("{PLACE}{more}"))
}

fn line_to(monitor: &NetworkMonitor) -> Line {
    Line::to(address_of(monitor)).expect("a line")
}

fn address_of(monitor: &NetworkMonitor) -> SocketAddr {
    let address = monitor.address.trim_start_matches("http://");
    address.parse().expect("an address")
}

/// Makes the key of a place, without its name.
fn add_place(monitor: &NetworkMonitor, name: &str) -> String {
    let mut command = monitor.command();
    let output = command.args(["place", "add", name]).output();
    let output = output.expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let line = String::from_utf8_lossy(&output.stdout).into_owned();
    let key = line.trim().strip_prefix(&format!("{name}:"));
    key.unwrap_or_else(|| panic!("no key: {line}")).to_owned()
}

/// The place of a probe: its folder, its key, and its way to the monitor.
struct Site {
    folder: TempDir,
    key: String,
    key_file: PathBuf,
    certificate: PathBuf,
    address: String,
}

impl Site {
    fn new(monitor: &NetworkMonitor, line: &Line) -> Site {
        let folder = scratch();
        let key = add_place(monitor, "home");
        let key_file = folder.path().join("place-key");
        fs::write(&key_file, format!("home:{key}\n")).expect("written");
        private(&key_file);
        Site {
            folder,
            key,
            key_file,
            certificate: tls::own_certificate_file(monitor.data()),
            address: format!("https://{}", line.address()),
        }
    }

    /// Starts the program.
    fn probe(&self) -> Running {
        let folder = self.folder.path();
        let mut command = probe_command(&self.address, &self.key_file, folder);
        command.arg("--ca").arg(&self.certificate);
        let mut probe = Running::start(&mut command);
        probe.wait_for_line("place: +home");
        probe
    }

    /// The queue on its disk, to look into.
    fn queue(&self) -> std::sync::Arc<dyn job_queue::Queue> {
        let file = self.folder.path().join("queue.db");
        let url = format!("sqlite:{}", file.display());
        job_queue::open(&url, "unsent").expect("the queue can be opened")
    }

    /// Sends batches in the probe's place.
    fn post(&self, monitor: &NetworkMonitor, batches: &Value) -> Value {
        let delivery = json!({
            "queue": "the test", "waiting": 1, "clock_error_ms": 0,
            "batches": batches,
        });
        let request = http()
            .post(monitor.url("/api/places/home/batches"))
            .bearer_auth(&self.key)
            .json(&delivery);
        let answer = request.send().expect("the monitor answers");
        assert_eq!(answer.status(), 200);
        answer.json().expect("JSON")
    }

    /// Sends one result of the target `service`.
    fn deliver(
        &self,
        monitor: &NetworkMonitor,
        number: u64,
        value: Option<f64>,
    ) {
        let error = value.is_none().then_some("no answer");
        let batch = json!({ "number": number, "clock_error_ms": 0,
            "samples": [{ "at": now(), "metric": "check",
            "target": "service", "value": value, "error": error }] });
        self.post(monitor, &json!([batch]));
    }
}

fn probe_command(to: &str, key: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program("network-monitor"));
    command.args(["probe", "--to", to]);
    command.arg("--key-file").arg(key).arg("--data").arg(folder);
    command
}

/// What waits in a queue, in order.
fn waiting(queue: &dyn job_queue::Queue) -> Vec<Sample> {
    let mut jobs = queue.pending().expect("the queue can be read");
    jobs.reverse();
    let mut samples = Vec::new();
    for job in jobs {
        let batch: Value = serde_json::from_str(&job.payload).expect("JSON");
        let some: Vec<Sample> =
            serde_json::from_value(batch["samples"].clone()).expect("samples");
        samples.extend(some);
    }
    samples
}

/// The probe of lesson 29: it measures at the moments that it is told.
struct TimedProbe {
    child: Child,
    moments: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
    /// The moments of which it has said that the result is on its disk.
    measured: Vec<i64>,
}

impl TimedProbe {
    fn start(site: &Site) -> TimedProbe {
        let mut child = Command::new(program("lesson29"))
            .args(["probe", &site.address])
            .args([&site.key_file])
            .arg(site.folder.path())
            .arg(&site.certificate)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let moments = child.stdin.take().expect("piped");
        let said = child.stdout.take().expect("piped");
        let said = BufReader::new(said).lines();
        TimedProbe { child, moments, said, measured: Vec::new() }
    }

    fn measure(&mut self, moments: impl Iterator<Item = i64>) {
        for moment in moments {
            writeln!(self.moments, "{moment}").expect("it reads");
            let said = self.said.next().expect("it answers").expect("text");
            assert_eq!(said, "kept");
            self.measured.push(moment);
        }
    }

    fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }

    fn again(mut self, site: &Site) -> TimedProbe {
        let mut probe = TimedProbe::start(site);
        probe.measured = std::mem::take(&mut self.measured);
        probe
    }
}

impl Drop for TimedProbe {
    fn drop(&mut self) {
        // An error says that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until the history has so many samples of a series.
fn wait_for_samples(monitor: &NetworkMonitor, series: &str, wanted: u64) {
    let path = format!(
        "/api/history?metric=ping&target={}&from={}&to={}",
        series.replace(' ', "%20").replace('@', "%40"),
        now() - 2 * 3_600_000,
        now() + 60_000
    );
    monitor.wait_for("status", |_| {
        let answer = monitor.response(&path);
        let columns: Value = answer.json().expect("JSON");
        let counts = columns["count"].as_array();
        let counts = counts.into_iter().flatten().filter_map(Value::as_u64);
        counts.sum::<u64>() >= wanted
    });
}

/// All samples of a series, in the order of time.
fn samples(mut monitor: NetworkMonitor, series: &str) -> Vec<Sample> {
    // It is stopped first, so that all of it is in the file.
    monitor.program.kill();
    let history = History::open_to_read(monitor.data()).expect("a history");
    let metric = if series.starts_with("web") { "ping" } else { "check" };
    let all = history.samples(metric, series, 0, i64::MAX, 100_000);
    all.expect("samples")
}

fn names(status: &Value) -> Vec<String> {
    let alerts = status["alerts"].as_array().into_iter().flatten();
    let names = alerts.filter_map(|alert| alert["name"].as_str());
    names.map(str::to_owned).collect()
}

#[cfg(unix)]
fn private(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::Permissions::from_mode(0o600);
    fs::set_permissions(file, mode).expect("a file of the test's own");
}

#[cfg(not(unix))]
fn private(_: &Path) {}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let since = since.expect("after 1970").as_millis();
    i64::try_from(since).expect("a time")
}
