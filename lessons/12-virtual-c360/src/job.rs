//! One job: what its PJL has set, its data printed, and the pages of it.

use std::io::{self, Write};

use crate::error_page::error_page;
use crate::job_input::JobInput;
use crate::machine::{EngineGuard, JobInfo, Machine};
use crate::page::{Page, Side};
use crate::pcl_xl;
use crate::postscript;
use crate::secure_box::{PrintLock, erase};
use crate::tray::TrayPage;
use accounts::Credentials;

/// The machine's own codes, in the range of messages that go away by
/// themselves.
const PCL_XL_ERROR: u32 = 30901;
const NOT_INTERPRETED: u32 = 30902;

/// The longest document that is spooled for Ghostscript, in bytes.
const LONGEST_DOCUMENT: u64 = 1 << 30;
/// The most copies of one job.
const MOST_COPIES: u16 = 999;

/// Everything from `@PJL JOB` to `EOJ`, or just the data between two UELs.
pub(crate) struct Job {
    /// The job's name in `USTATUS JOB` messages.
    pub tag: String,
    pub info: JobInfo,
    /// Whether it began with `@PJL JOB`.
    pub framed: bool,
    /// Held from the job's first data to its end.
    pub engine: Option<EngineGuard>,
    copies: u16,
    duplex: bool,
    department: Credentials,
    account: Credentials,
    /// Whether it may be printed, once that has been asked.
    admitted: Option<bool>,
    hold: Hold,
    pages: Vec<TrayPage>,
}

/// What the job has set of secure print.
#[derive(Default)]
struct Hold {
    on: bool,
    private: bool,
    owner: String,
    password: String,
}

impl Job {
    pub fn new(name: Option<String>, framed: bool) -> Job {
        let tag = name.unwrap_or_default();
        Job {
            info: JobInfo { name: tag.clone(), ..JobInfo::default() },
            tag,
            framed,
            engine: None,
            copies: 1,
            duplex: false,
            department: Credentials::default(),
            account: Credentials::default(),
            admitted: None,
            hold: Hold::default(),
            pages: Vec::new(),
        }
    }

    /// `@PJL SET`.
    pub fn set(&mut self, name: &str, value: String) {
        match name {
            "JOBNAME" => self.info.name = value,
            "USERNAME" => self.info.user = value,
            "QTY" | "COPIES" => {
                self.copies = value.parse().unwrap_or(1).clamp(1, MOST_COPIES);
            }
            "STAPLE" => self.info.staple = some_if_on(value),
            "PUNCH" => self.info.punch = some_if_on(value),
            // Comes after the edge.
            "PUNCHNUMBER" => {
                if let Some(punch) = &mut self.info.punch {
                    *punch = format!("{punch} {value}");
                }
            }
            "DUPLEX" => self.duplex = value == "ON",
            "KMSECTIONNAME" => self.department.name = value,
            "KMSECTIONKEY2" => self.department.password = value,
            "KMUSERNAME" => self.account.name = value,
            "KMUSERKEY2" => self.account.password = value,
            "HOLD" => self.hold.on = value == "ON",
            "HOLDTYPE" => self.hold.private = value == "PRIVATE",
            "KMJOBID" => self.hold.owner = value,
            "HOLDKEY" => self.hold.password = value,
            _ => {}
        }
        let hold = &self.hold;
        self.info.is_secure =
            hold.on && hold.private && !hold.password.is_empty();
    }

    /// Whether it may be printed. Asked once: a password is tried once.
    pub fn is_admitted(&mut self, machine: &Machine) -> bool {
        let (department, account) = (&self.department, &self.account);
        *self.admitted.get_or_insert_with(|| machine.admit(department, account))
    }

    /// Prints PCL XL, up to the next UEL.
    pub fn print_pcl_xl(
        &mut self,
        input: &mut JobInput,
        machine: &Machine,
    ) -> io::Result<()> {
        let Job { engine: Some(engine), info, pages, .. } = self else {
            return Ok(());
        };
        let result = pcl_xl::read(input, &mut |event| match event {
            pcl_xl::Event::Progress => engine.wait_while_held(),
            pcl_xl::Event::Page(page) => engine.print(&page, info, pages),
        });
        match result {
            Ok(_) => {}
            Err(pcl_xl::Error::Xl(error)) => {
                engine.print(&error_page(&error.lines()), info, pages)?;
                let text = format!(
                    "PCL XL ERROR: {} in {}",
                    error.error, error.operator
                );
                machine.report_problem(PCL_XL_ERROR, &text);
            }
            // A UEL in the middle is how a sender gives up a job.
            Err(pcl_xl::Error::Io(e))
                if e.kind() == io::ErrorKind::UnexpectedEof => {}
            Err(pcl_xl::Error::Io(error)) => return Err(error),
        }
        input.until_uel(|_| Ok(()))
    }

    /// Spools PostScript or PDF, up to the next UEL, and has Ghostscript
    /// render it.
    pub fn print_postscript(
        &mut self,
        input: &mut JobInput,
        machine: &Machine,
    ) -> io::Result<()> {
        let duplex = self.duplex;
        let Job { engine: Some(engine), info, pages, .. } = self else {
            return Ok(());
        };
        let (mut file, path) = postscript::spool_file(&machine.folder())?;
        let mut spooled = 0;
        input.until_uel(|bytes| {
            engine.wait_while_held()?;
            spooled += bytes.len() as u64;
            if spooled > LONGEST_DOCUMENT {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            file.write_all(bytes)
        })?;
        drop(file);
        let mut back = false;
        let outcome =
            postscript::render(machine, &path.0, |mut page: Page| {
                // What the document says counts more than what PJL has said.
                if duplex && page.side == Side::Simplex {
                    page.side = if back { Side::Back } else { Side::Front };
                    back = !back;
                }
                engine.print(&page, info, pages)
            })?;
        if let Err(text) = outcome {
            machine.report_problem(NOT_INTERPRETED, &text);
        }
        Ok(())
    }

    /// Prints the further copies, publishes the job's end, and releases the
    /// engine.
    pub fn end(&mut self, machine: &Machine) -> io::Result<()> {
        if self.admitted == Some(false) {
            return Ok(());
        }
        if self.info.is_secure {
            self.keep_in_box(machine);
        } else if let Some(engine) = &self.engine {
            let originals = self.pages.clone();
            for _ in 1..self.copies {
                for page in &originals {
                    engine.print_copy(page, &mut self.pages)?;
                }
            }
        }
        let (tag, pages) = (&self.tag, self.pages.len());
        let ended = format!("END\r\nNAME=\"{tag}\"\r\nPAGES={pages}\r\n");
        match self.engine.take() {
            Some(engine) => engine.end(&ended),
            // A job without data never had the engine.
            None => {
                let started = format!("START\r\nNAME=\"{tag}\"\r\n");
                machine.publish_job(&started);
                machine.publish_job(&ended);
            }
        }
        Ok(())
    }

    /// Hands the pages over to the box: none has come out.
    fn keep_in_box(&mut self, machine: &Machine) {
        let originals = std::mem::take(&mut self.pages);
        if originals.is_empty() {
            return;
        }
        let copies = usize::from(self.copies) * originals.len();
        let hold = std::mem::take(&mut self.hold);
        let lock = PrintLock { owner: hold.owner, password: hold.password };
        let job = (self.info.clone(), self.tag.clone());
        let pages = originals.iter().cycle().take(copies).cloned();
        machine.keep_in_box(lock, job, pages.collect());
    }

    /// Publishes that the job was cancelled, and releases the engine.
    pub fn cancel(mut self) {
        if self.info.is_secure {
            erase(&self.pages);
        }
        if let Some(engine) = self.engine.take() {
            engine.end(&format!("CANCELED\r\nNAME=\"{}\"\r\n", self.tag));
        }
    }
}

/// A setting of the finisher, unless it is off.
fn some_if_on(value: String) -> Option<String> {
    Some(value).filter(|value| !matches!(value.as_str(), "OFF" | "NONE"))
}
