//! A watched folder, as scanners, programs and persons use it: what is put there
//! is printed, and whatever happens to the server, it is printed once.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use harness::{PrintServer, Running, program, sample, scratch};
use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;

/// A print server that takes documents in from a folder, and prints nothing.
struct Office {
    folder: TempDir,
    data: TempDir,
}

impl Office {
    fn new() -> Office {
        Office { folder: scratch(), data: scratch() }
    }

    fn start(&self) -> PrintServer {
        let folder = self.folder.path().display().to_string();
        let options = ["--role", "intake", "--watch", &folder];
        PrintServer::start(self.data.path(), &options)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a document there, as `mv` does.
    fn put(&self, name: &str, document: &[u8]) {
        let elsewhere = self.path(".elsewhere");
        fs::write(&elsewhere, document).expect("written");
        fs::rename(&elsewhere, self.path(name)).expect("moved");
    }

    /// What lies in the folder, without the server's own.
    fn files(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(self.folder.path()).expect("a folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        let names = names.map(|name| name.to_string_lossy().into_owned());
        names.filter(|name| !name.starts_with('.')).collect()
    }

    /// The files that are being taken in.
    fn taken(&self) -> usize {
        let entries = fs::read_dir(self.path(".taken"));
        let entries = entries.into_iter().flatten().flatten();
        entries.filter(|entry| entry.path().is_dir()).count()
    }
}

/// Waits until the server has this number of jobs, and returns their names.
fn wait_for_jobs(server: &PrintServer, count: usize) -> Vec<String> {
    let mut names = std::collections::BTreeMap::new();
    let news = server.request("GET", "/api/events");
    for line in BufReader::new(news).lines() {
        let line = line.expect("the server lives");
        let Some(data) = line.strip_prefix("data:") else { continue };
        // Printers have news, too, and no state of a job.
        let Ok(job) = serde_json::from_str::<Value>(data) else { continue };
        if !job["queued_at"].is_number() {
            continue;
        }
        names.insert(job["id"].to_string(), job["name"].clone());
        if names.len() >= count {
            break;
        }
    }
    let names = names.into_values();
    names.map(|name| name.as_str().expect("a name").to_owned()).collect()
}

/// Waits for words in the log, which may have come before the server was ready.
fn wait_for_words(server: &mut PrintServer, words: &str) {
    let wanted = Regex::new(words).expect("a regular expression");
    let heard = server.program.heard();
    if !heard.iter().any(|line| wanted.is_match(line)) {
        server.program.wait_for_line(words);
    }
}

#[test]
fn a_file_that_is_put_there_becomes_a_job_and_disappears() {
    let office = Office::new();
    office.put("before.pdf", &sample("report.pdf"));
    let mut server = office.start();
    office.put("after.pdf", &sample("landscape.pdf"));
    // As a browser or a copying program does.
    office.put("notes.txt.part", b"some notes");
    let part = office.path("notes.txt.part");
    fs::rename(part, office.path("notes.txt")).expect("renamed");
    let names: BTreeSet<String> =
        wait_for_jobs(&server, 3).into_iter().collect();
    let wanted = ["after.pdf", "before.pdf", "notes.txt"].map(str::to_owned);
    assert_eq!(names, BTreeSet::from(wanted));
    for number in 1..=3 {
        wait_for_words(&mut server, &format!("is job {number}$"));
    }
    server.program.kill();
    assert_eq!(office.files(), BTreeSet::new());
    assert!(office.taken() <= 1);
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_is_left_alone_while_it_is_being_written() {
    let office = Office::new();
    let server = office.start();
    let document = sample("report.pdf");
    let (half, rest) = document.split_at(document.len() / 2);
    let mut slow = File::create(office.path("slow.pdf")).expect("made");
    slow.write_all(half).expect("written");
    // Others come and go meanwhile.
    for number in 1..=3 {
        office.put(&format!("quick-{number}.pdf"), &sample("landscape.pdf"));
        wait_for_jobs(&server, number);
    }
    assert!(office.files().contains("slow.pdf"));
    slow.write_all(rest).expect("written");
    drop(slow);
    wait_for_jobs(&server, 4);
    let jobs = server.jobs();
    let slow = jobs.iter().find(|job| job["name"] == "slow.pdf");
    let slow = slow.expect("it was printed");
    assert_eq!(slow["bytes"], document.len());
    assert_eq!(slow["sides"], 6);
}

#[test]
fn what_is_refused_is_set_aside_with_the_reason_beside_it() {
    let office = Office::new();
    let mut server = office.start();
    for (sample_name, name, words) in [
        ("bad/truncated.pdf", "cut.pdf", "cut off"),
        ("bad/zip-named.pdf", "archive.pdf", "ZIP"),
        ("bad/encrypted.pdf", "secret.pdf", "password"),
    ] {
        office.put(name, &sample(sample_name));
        server.program.wait_for_line("It is now .*refused");
        let refused = office.path("refused").join(name);
        assert_eq!(fs::read(&refused).expect("kept"), sample(sample_name));
        let reason = format!("{}.reason.txt", refused.display());
        let reason = fs::read_to_string(reason).expect("a reason");
        assert!(reason.contains(words), "{reason}");
    }
    // A link could lead to what its maker may not read.
    #[cfg(unix)]
    {
        let key = office.data.path().join("key");
        let link = office.path("link.txt");
        std::os::unix::fs::symlink(key, link).expect("a link");
        server.program.wait_for_line("is a link and no file");
    }
    assert!(server.jobs().is_empty());
    // The others are not kept from being printed.
    office.put("good.pdf", &sample("report.pdf"));
    assert_eq!(wait_for_jobs(&server, 1), ["good.pdf"]);
}

#[test]
fn a_server_that_is_killed_loses_nothing_and_doubles_nothing() {
    const DOCUMENTS: usize = 30;
    let office = Office::new();
    let names: BTreeSet<String> =
        (0..DOCUMENTS).map(|number| format!("{number:02}.txt")).collect();
    for name in &names {
        office.put(name, format!("This is the text {name}.\n").as_bytes());
    }
    let mut done = 0;
    let mut kills = 0;
    while done < DOCUMENTS {
        let mut server = office.start();
        // Killed in the middle of whatever is done with the next file.
        let next = done + 1 + kills % 2;
        let jobs = wait_for_jobs(&server, next.min(DOCUMENTS));
        server.program.kill();
        done = jobs.len();
        kills += 1;
    }
    assert!(kills > 3, "{kills}");
    let server = office.start();
    office.put("last.pdf", &sample("landscape.pdf"));
    let jobs = wait_for_jobs(&server, DOCUMENTS + 1);
    let mut all = names.clone();
    all.insert("last.pdf".to_owned());
    assert_eq!(jobs.len(), DOCUMENTS + 1);
    assert_eq!(jobs.into_iter().collect::<BTreeSet<String>>(), all);
    assert_eq!(office.files(), BTreeSet::new());
    assert_eq!(server.jobs().len(), DOCUMENTS + 1);
}

/// The moment after the job is queued and before the file is removed.
#[test]
fn a_file_whose_job_is_queued_already_makes_no_second_job() {
    let office = Office::new();
    drop(office.start());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock");
    let take = |since: u128| {
        let own = office.path(".taken").join(format!("{since}-0123456789"));
        fs::create_dir(&own).expect("made");
        fs::write(own.join("report.pdf"), sample("report.pdf")).expect("there");
    };
    take(now.as_millis());
    let mut server = office.start();
    wait_for_words(&mut server, "is job 1$");
    server.program.kill();
    // A killed server may have removed it, too, or only the file.
    let own = office.path(".taken");
    let own = own.join(format!("{}-0123456789", now.as_millis()));
    if own.exists() {
        fs::remove_dir_all(own).expect("removed");
    }
    take(now.as_millis());
    let mut server = office.start();
    wait_for_words(&mut server, "was job 1 already");
    assert_eq!(server.jobs().len(), 1);
    server.program.kill();

    // The queue remembers a key for a day. After that nobody knows, and a
    // person is to look.
    take(now.as_millis() - 25 * 3600 * 1000);
    let mut server = office.start();
    wait_for_words(&mut server, "nobody knows whether a job was made");
    assert_eq!(server.jobs().len(), 1);
    assert!(office.path("refused/report.pdf").is_file());
}

#[test]
fn a_folder_has_options_of_its_own() {
    let office = Office::new();
    let scans = scratch();
    let file = office.path("print-server.toml");
    let config = |options: &str| {
        let path = scans.path().display();
        let text = format!("[folders.scans]\npath = '{path}'\n{options}");
        fs::write(&file, text).expect("written");
        let mut server = Command::new(program("print-server"));
        server.arg("--config").arg(&file).arg("--data").arg(office.data.path());
        server.args(["--listen", "127.0.0.1:0", "--role", "intake"]);
        server
    };
    let checked = config("copies = 0\n").arg("check").output().expect("starts");
    assert!(!checked.status.success());
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(said.contains("[folders.scans]"), "{said}");
    assert!(said.contains("1 to 999"), "{said}");

    let mut command = config("user = 'egon'\ncopies = 2\npages = '2-3'\n");
    let server = PrintServer::start_with(&mut command, office.data.path());
    fs::write(scans.path().join("a.pdf"), sample("report.pdf")).expect("put");
    wait_for_jobs(&server, 1);
    let job = &server.jobs()[0];
    assert_eq!(job["user"], "egon");
    assert_eq!((&job["copies"], &job["sides"]), (&2.into(), &4.into()));

    // No second server takes files out of it.
    let other = scratch();
    let mut command = Command::new(program("print-server"));
    command.args(["--listen", "127.0.0.1:0", "--role", "intake"]);
    command.arg("--data").arg(other.path()).arg("--watch").arg(scans.path());
    let mut second = Running::start(&mut command);
    second.wait_for_line("another print server watches the folder");
}

#[test]
fn a_folder_that_goes_away_is_watched_again_when_it_is_back() {
    let office = Office::new();
    let place = office.path("place");
    fs::create_dir(&place).expect("made");
    let folder = place.display().to_string();
    let options = ["--role", "intake", "--watch", folder.as_str()];
    let mut server = PrintServer::start(office.data.path(), &options);
    let put = |name: &str| put_into(&place, name);
    put("one.pdf");
    wait_for_jobs(&server, 1);
    server.program.wait_for_line("is job 1");
    fs::remove_dir_all(&place).expect("removed");
    server.program.wait_for_line("watched folder .* is gone");
    let health = server.request("GET", "/healthz");
    assert_eq!(health.status(), 503);
    fs::create_dir(&place).expect("made");
    put("two.pdf");
    wait_for_jobs(&server, 2);
}

fn put_into(folder: &Path, name: &str) {
    fs::write(folder.join(name), sample("landscape.pdf")).expect("written");
}
