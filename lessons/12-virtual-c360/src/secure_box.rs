//! The secure print box: jobs that wait, drawn, until their owner types their
//! password at the panel.

use std::collections::VecDeque;
use std::fs;

use serde::Serialize;

use crate::machine::JobInfo;
use crate::tray::TrayPage;

/// The jobs that the box holds. Beyond that, each new job takes the place of
/// the oldest.
const MOST_JOBS: usize = 100;

/// A job in the box, as the panel shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SecureJob {
    /// Its number in the box.
    pub number: u64,
    /// The name that its owner picks at the panel (`KMJOBID`).
    pub owner: String,
    /// The document's name.
    pub name: String,
    /// How many pages will come out.
    pub pages: usize,
}

/// The lock of a secure print job.
#[derive(Clone)]
pub(crate) struct PrintLock {
    pub owner: String,
    pub password: String,
}

/// A job in the box.
pub(crate) struct BoxedJob {
    pub number: u64,
    pub lock: PrintLock,
    pub info: JobInfo,
    pub tag: String,
    /// Every page that will come out. Copies share a file.
    pub pages: Vec<TrayPage>,
}

impl BoxedJob {
    fn view(&self) -> SecureJob {
        SecureJob {
            number: self.number,
            owner: self.lock.owner.clone(),
            name: self.info.name.clone(),
            pages: self.pages.len(),
        }
    }
}

/// Forgets pages that have been drawn and are not to come out any more.
pub(crate) fn erase(pages: &[TrayPage]) {
    for page in pages {
        // An error means that a copy of it was erased before.
        let _ = fs::remove_file(&page.file);
    }
}

/// The box.
#[derive(Default)]
pub(crate) struct SecureBox(VecDeque<BoxedJob>);

impl SecureBox {
    pub fn put(&mut self, job: BoxedJob) {
        while self.0.len() >= MOST_JOBS {
            let oldest = self.0.pop_front();
            oldest.iter().for_each(|job| erase(&job.pages));
        }
        self.0.push_back(job);
    }

    /// Takes a job out, when this is its password.
    pub fn take(&mut self, number: u64, password: &str) -> Option<BoxedJob> {
        let place = self.0.iter().position(|job| {
            job.number == number && job.lock.password == password
        })?;
        self.0.remove(place)
    }

    pub fn jobs(&self) -> Vec<SecureJob> {
        self.0.iter().map(BoxedJob::view).collect()
    }
}
