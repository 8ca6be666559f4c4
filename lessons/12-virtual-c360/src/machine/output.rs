//! The pages that have come out.

use std::path::PathBuf;
use std::sync::PoisonError;
use std::time::Duration;

use super::Machine;
use crate::tray::TrayPage;

impl Machine {
    pub fn pages(&self) -> Vec<TrayPage> {
        self.lock().pages.iter().cloned().collect()
    }

    pub fn page(&self, number: u32) -> Option<TrayPage> {
        self.lock().pages.iter().find(|p| p.number == number).cloned()
    }

    pub fn page_count(&self) -> u32 {
        self.lock().tray.count
    }

    pub fn folder(&self) -> PathBuf {
        self.lock().tray.folder().to_owned()
    }

    /// The pages as soon as there are `n`, or as they are after `most`.
    pub fn wait_for_pages(&self, n: usize, most: Duration) -> Vec<TrayPage> {
        let waited =
            self.changed.wait_timeout_while(self.lock(), most, |state| {
                state.pages.len() < n
            });
        let state = waited.unwrap_or_else(PoisonError::into_inner).0;
        state.pages.iter().cloned().collect()
    }
}
