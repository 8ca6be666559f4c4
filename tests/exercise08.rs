//! Checks exercise 08: a document appears in its folder whole or not at all.

#[macro_use]
mod program;

use std::{
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

/// Far more than a pipe holds: when it is written, most of it was read.
const HALF: usize = 1 << 20;

#[test]
fn a_document_appears_only_when_it_is_whole() {
    let folder = Folder::new();
    let old = "the report of last week";
    fs::write(folder.path("report.txt"), old).expect("a file");

    // Half of the document is on its way: nobody may see it.
    let (child, mut stdin) = deliver(&folder.0, "report.txt");
    if stdin.write_all(&[b'1'; HALF]).is_err() {
        fail(child); // it ended early, and says why
    }
    let seen = fs::read(folder.path("report.txt")).expect("the old file");
    assert!(
        seen == old.as_bytes(),
        "with half of the document delivered, report.txt has changed already"
    );
    let parts = folder.names();
    assert!(
        parts.len() == 2,
        "while it arrives, the document belongs into this folder under a \
         temporary name; in the folder are {parts:?}"
    );

    // All of it: now it has its name, and nothing else is left.
    stdin.write_all(&[b'2'; HALF]).expect("the program still reads");
    drop(stdin);
    let output = child.wait_with_output().expect("the program's end");
    assert!(output.status.success(), "it ended with {}", output.status);
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said.trim(), "report.txt is whole: 2097152 B");
    let whole = fs::read(folder.path("report.txt")).expect("the new file");
    let wanted = [[b'1'; HALF], [b'2'; HALF]].concat();
    assert!(whole == wanted, "report.txt is not the document that was sent");
    assert_eq!(folder.names(), ["report.txt"], "no temporary file is left");
}

#[test]
fn a_program_that_dies_half_way_leaves_no_half_document() {
    let folder = Folder::new();
    let (mut child, mut stdin) = deliver(&folder.0, "lease.txt");
    if stdin.write_all(&[b'1'; HALF]).is_err() {
        fail(child);
    }
    child.kill().expect("the program was running");
    child.wait().expect("its end");
    assert!(
        !folder.path("lease.txt").exists(),
        "the program was killed half way, and lease.txt is there"
    );
}

fn deliver(folder: &Path, name: &str) -> (Child, ChildStdin) {
    let mut child = Command::new(program!("08"))
        .arg(folder)
        .arg(name)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let stdin = child.stdin.take().expect("a pipe");
    (child, stdin)
}

/// Fails with the words of the program, which did not read its document.
fn fail(mut child: Child) -> ! {
    let mut words = String::new();
    let stderr = child.stderr.as_mut().expect("a pipe");
    stderr.read_to_string(&mut words).expect("text");
    let status = child.wait().expect("its end");
    panic!("the program ended with {status}\n{words}");
}

/// A new folder, removed at the end of its test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("exercise08-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).expect("a new folder");
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("the folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        names.map(|name| name.to_string_lossy().into_owned()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
