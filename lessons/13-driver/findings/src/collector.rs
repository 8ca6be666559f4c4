//! The collector: takes what is found wrong while a document is read or drawn,
//! and knows on which page that was.

use std::mem;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{Finding, Findings};

/// Takes findings. A clone is the same collector, so that each callback of the
/// interpreter can own one.
#[derive(Clone, Default)]
pub struct Collector {
    findings: Arc<Mutex<Findings>>,
    /// The page in hand, from 1; 0 before the first.
    page: Arc<AtomicU32>,
}

impl Collector {
    /// A collector that begins with what is known already.
    pub fn new(known: Findings) -> Collector {
        Collector { findings: Arc::new(Mutex::new(known)), ..Self::default() }
    }

    /// A collector for another thread: it collects into the same findings, and
    /// has a page of its own in hand.
    pub fn for_thread(&self) -> Collector {
        Collector { findings: self.findings.clone(), page: Arc::default() }
    }

    /// What is found from now on is on this page (from 1).
    pub fn begin_page(&self, page: u32) {
        self.page.store(page, Ordering::Relaxed);
    }

    /// Something is lost on the page in hand. The text is a whole sentence
    /// without the page.
    pub fn loss(&self, text: impl Into<String>) {
        self.lock().loss(self.page(), text);
    }

    /// Something is different on the page in hand, and nothing is lost.
    pub fn note(&self, text: impl Into<String>) {
        self.lock().note(self.page(), text);
    }

    /// All that was found so far, losses first.
    pub fn to_vec(&self) -> Vec<Finding> {
        self.lock().to_vec()
    }

    /// All that was found since the last call.
    pub fn take(&self) -> Vec<Finding> {
        mem::take(&mut *self.lock()).to_vec()
    }

    fn page(&self) -> Option<u32> {
        Some(self.page.load(Ordering::Relaxed)).filter(|page| *page > 0)
    }

    fn lock(&self) -> MutexGuard<'_, Findings> {
        // Each finding is added in one step: a thread that panicked left all
        // of them whole.
        self.findings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
