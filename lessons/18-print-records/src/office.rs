//! The office: a tray in which paper lands, a queue, a ledger, and a process
//! that the scenes can kill.

use std::{
    env, fs,
    fs::File,
    io,
    io::{BufRead, BufReader, Lines, Write},
    path::{Path, PathBuf},
    process,
    process::{ChildStdout, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use job_queue::{Claim, JobId, Milestone, NewJob, Queue, open};
use print_records::{Entry, Ledger};

/// The pages of every document in this office.
pub const PAGES: u32 = 3;
/// The outbox that the ledger empties.
pub const OUTBOX: &str = "ledger";
/// Longer than any scene.
const LEASE: Duration = Duration::from_secs(60);

/// The tray of a printer, as a file: one line a page. What lies in it cannot be
/// taken back by any transaction.
pub struct Tray(PathBuf);

impl Tray {
    pub fn in_folder(folder: &Path) -> Tray {
        Tray(folder.join("tray"))
    }

    pub fn print(&self, pages: u32) -> io::Result<()> {
        let mut paper =
            File::options().create(true).append(true).open(&self.0)?;
        for _ in 0..pages {
            writeln!(paper, "a page")?;
        }
        Ok(())
    }

    pub fn pages(&self) -> usize {
        fs::read_to_string(&self.0).unwrap_or_default().lines().count()
    }
}

/// A queue, a ledger and a tray in one folder.
pub struct Office {
    pub queue: Arc<dyn Queue>,
    pub ledger: Ledger,
    pub tray: Tray,
}

impl Office {
    pub fn open(folder: &Path) -> print_records::Result<Office> {
        let file = folder.join("queue.db");
        let queue = open(&format!("sqlite:{}", file.display()), "print")?;
        let ledger = Ledger::open(&folder.join("records.db"))?;
        Ok(Office { queue, ledger, tray: Tray::in_folder(folder) })
    }

    /// Asks for a document. The milestones of its job go to the outbox.
    pub fn ask(&self, user: &str) -> job_queue::Result<JobId> {
        let job = NewJob::new(user).outbox(OUTBOX);
        Ok(self.queue.enqueue(job)?.id)
    }

    /// Takes the next job, if there is one.
    pub fn claim(&self) -> job_queue::Result<Option<Claim>> {
        self.queue.claim("worker", LEASE, Duration::ZERO)
    }

    /// Prints all that waits.
    pub fn print_all(&self) -> Result<(), Box<dyn std::error::Error>> {
        while let Some(claim) = self.claim()? {
            self.queue.point_of_no_return(&claim, "0")?;
            self.tray.print(PAGES)?;
            self.queue.complete(claim, &PAGES.to_string())?;
        }
        Ok(())
    }
}

// ANCHOR: tell
/// What a milestone means here: the job's payload is the name of a person, and
/// its progress is a number of pages. The queue knows neither.
pub fn tell(milestone: &Milestone) -> Option<Entry> {
    let progress = milestone.job.progress.as_deref().unwrap_or("0");
    let pages = progress.parse().ok()?;
    Some(Entry {
        user: milestone.job.payload.clone(),
        name: Some("lease.pdf".to_owned()),
        printer: "c360".to_owned(),
        ordered: PAGES,
        pages,
        sheets: pages,
        ..Entry::default()
    })
}
// ANCHOR_END: tell

/// This program again, as a process that can be killed.
pub struct Child {
    process: process::Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Child {
    pub fn start(role: &str, place: &str, folder: &Path) -> io::Result<Child> {
        let mut process = Command::new(env::current_exe()?)
            .args(["child", role, place])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = process.stdout.take().expect("it was asked for");
        Ok(Child { process, lines: BufReader::new(stdout).lines() })
    }

    /// Waits for its next line.
    pub fn line(&mut self) -> io::Result<String> {
        let end = || io::Error::other("the child ended too soon");
        self.lines.next().unwrap_or_else(|| Err(end()))
    }

    /// `kill -9`.
    pub fn kill(mut self) -> io::Result<()> {
        self.process.kill()?;
        self.process.wait().map(drop)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // An error says that it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
