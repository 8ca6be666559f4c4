//! The attention that printers need: somebody is called once when trouble has
//! lasted, and told once when it is over.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The printers that need somebody. What was told is kept in a file between two
/// runs of the program, so that a restart tells nothing twice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attention(BTreeMap<String, Trouble>);

/// The trouble of one printer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Trouble {
    /// When it began, in milliseconds since 1970.
    since: u64,
    /// What is wrong, as a sentence.
    words: String,
    /// Whether somebody has been called.
    told: bool,
}

/// The news for a person: a printer needs somebody, or does no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Call {
    /// The printer's name.
    pub printer: String,
    /// Whether the trouble begins or ends.
    pub state: CallState,
    /// When it began, in milliseconds since 1970.
    pub since: u64,
    /// When this was noticed, in milliseconds since 1970.
    pub at: u64,
    /// All of it as a sentence.
    pub words: String,
}

/// Whether trouble begins or ends: the words of the network monitor's notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CallState {
    /// It has lasted for the stated time.
    Failing,
    /// It is over.
    Recovered,
}

impl CallState {
    /// Its name, as in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            CallState::Failing => "failing",
            CallState::Recovered => "recovered",
        }
    }
}

impl Attention {
    // ANCHOR: look
    /// Takes in how a printer is `now`, in milliseconds since 1970: what is
    /// wrong, or nothing. Returns the call that this makes; trouble has to last
    /// `after` milliseconds.
    pub fn look(
        &mut self,
        printer: &str,
        wrong: Option<&str>,
        now: u64,
        after: u64,
    ) -> Option<Call> {
        let Some(words) = wrong else {
            let over = self.0.remove(printer)?;
            let words = format!("{printer} is well again: {}", over.words);
            let state = CallState::Recovered;
            return over.told.then(|| over.call(printer, state, now, words));
        };
        let begins =
            Trouble { since: now, words: words.to_owned(), told: false };
        let trouble = self.0.entry(printer.to_owned()).or_insert(begins);
        words.clone_into(&mut trouble.words);
        // A clock that was turned back begins anew.
        trouble.since = trouble.since.min(now);
        if trouble.told || now - trouble.since < after {
            return None;
        }
        trouble.told = true;
        let words = format!("{printer} needs somebody: {words}");
        Some(trouble.call(printer, CallState::Failing, now, words))
    }
    // ANCHOR_END: look

    /// How long until the next call, in milliseconds, if all stays as it is.
    #[must_use]
    pub fn next(&self, now: u64, after: u64) -> Option<u64> {
        let waiting = self.0.values().filter(|trouble| !trouble.told);
        waiting.map(|trouble| (trouble.since + after).saturating_sub(now)).min()
    }

    /// What has to outlive this program: the trouble that was told.
    #[must_use]
    pub fn told(&self) -> Attention {
        let told = self.0.iter().filter(|(_, trouble)| trouble.told);
        let told = told.map(|(name, trouble)| (name.clone(), trouble.clone()));
        Attention(told.collect())
    }
}

impl Trouble {
    fn call(
        &self,
        printer: &str,
        state: CallState,
        at: u64,
        words: String,
    ) -> Call {
        let (printer, since) = (printer.to_owned(), self.since);
        Call { printer, state, since, at, words }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AFTER: u64 = 1000;

    #[test]
    fn somebody_is_called_once_after_the_time_and_told_once_that_it_is_over() {
        let mut attention = Attention::default();
        let mut look = |wrong, now| {
            let call = attention.look("c360", wrong, now, AFTER);
            call.map(|call| (call.state.name(), call.since, call.words))
        };
        assert_eq!(look(None, 0), None);
        assert_eq!(look(Some("a jam"), 100), None);
        assert_eq!(look(Some("a jam"), 1099), None);
        let words = "c360 needs somebody: no paper".to_owned();
        assert_eq!(look(Some("no paper"), 1100), Some(("failing", 100, words)));
        assert_eq!(look(Some("no paper"), 9000), None);
        let words = "c360 is well again: no paper".to_owned();
        assert_eq!(look(None, 9500), Some(("recovered", 100, words)));
        assert_eq!(look(None, 9600), None);
    }

    #[test]
    fn trouble_that_is_soon_over_is_nobodys_trouble() {
        let mut attention = Attention::default();
        assert_eq!(attention.look("c360", Some("a jam"), 100, AFTER), None);
        assert_eq!(attention.next(400, AFTER), Some(700));
        assert_eq!(attention.look("c360", None, 1000, AFTER), None);
        // It begins anew.
        assert_eq!(attention.look("c360", Some("a jam"), 1200, AFTER), None);
        assert_eq!(attention.next(1200, AFTER), Some(AFTER));
    }

    #[test]
    fn a_restart_tells_nothing_twice_and_the_end_all_the_same() {
        let mut attention = Attention::default();
        attention.look("a", Some("a jam"), 0, 0).expect("a call");
        attention.look("b", Some("a jam"), 0, AFTER);
        let kept = serde_json::to_string(&attention.told()).expect("plain");
        let mut attention: Attention =
            serde_json::from_str(&kept).expect("as it was written");
        assert_eq!(attention.look("a", Some("a jam"), 5, 0), None);
        assert!(attention.look("a", None, 6, 0).is_some());
        assert_eq!(attention.look("b", Some("a jam"), 6, AFTER), None);
    }

    #[test]
    fn a_clock_that_is_turned_back_breaks_nothing() {
        let mut attention = Attention::default();
        attention.look("a", Some("a jam"), 5000, AFTER);
        assert_eq!(attention.look("a", Some("a jam"), 10, AFTER), None);
        assert!(attention.look("a", Some("a jam"), 1010, AFTER).is_some());
    }
}
