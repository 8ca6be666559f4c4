//! The attendance of probes: which of them the monitor has heard of lately.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// The probes that there should be, and when each was last heard of.
#[derive(Debug, Default)]
pub struct Attendance(BTreeMap<String, Probe>);

#[derive(Debug)]
struct Probe {
    /// How long it may be silent.
    patience: Duration,
    /// When it was last heard of, or first expected.
    heard: Instant,
    presence: Presence,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    /// It was not heard of yet, and it is too early to miss it.
    Expected,
    Present,
    Away,
}

impl Attendance {
    /// Expects these probes from now on, each with how long it may be silent.
    /// One that was expected already stays as it is.
    pub fn expect(&mut self, probes: &[(String, Duration)], now: Instant) {
        let mut before = std::mem::take(&mut self.0);
        for (name, patience) in probes {
            let probe = before.remove(name);
            let presence = Presence::Expected;
            let new = Probe { patience: *patience, heard: now, presence };
            let probe = probe.unwrap_or(new);
            self.0.insert(name.clone(), Probe { patience: *patience, ..probe });
        }
    }

    /// Notes that a probe was heard of. Returns whether that is news: it was
    /// away, or it is heard of for the first time.
    pub fn heard(&mut self, name: &str, now: Instant) -> bool {
        let Some(probe) = self.0.get_mut(name) else { return false };
        probe.heard = now;
        let before = std::mem::replace(&mut probe.presence, Presence::Present);
        before != Presence::Present
    }

    // ANCHOR: missing
    /// The probes that have gone missing since this was last asked, and how
    /// long each has been silent. Of those that are away already it says
    /// nothing.
    pub fn missing(&mut self, now: Instant) -> Vec<(String, Duration)> {
        let mut missing = Vec::new();
        for (name, probe) in &mut self.0 {
            let silence = now.saturating_duration_since(probe.heard);
            let is_away = probe.presence == Presence::Away;
            if silence >= probe.patience && !is_away {
                probe.presence = Presence::Away;
                missing.push((name.clone(), silence));
            }
        }
        missing
    }
    // ANCHOR_END: missing

    /// When [`missing`](Attendance::missing) is to be asked next: the next
    /// probe would go missing then, if nothing were heard of it.
    pub fn next(&self) -> Option<Instant> {
        let present = self.0.values();
        let present = present.filter(|it| it.presence != Presence::Away);
        present.map(|probe| probe.heard + probe.patience).min()
    }

    /// Whether a probe is away.
    pub fn is_away(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|it| it.presence == Presence::Away)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_probe_is_missed_once_and_comes_back_once() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut attendance = Attendance::default();
        let patience = Duration::from_secs(30);
        attendance.expect(&[("home".to_owned(), patience)], start);
        assert_eq!(attendance.next(), Some(at(30)));
        assert!(attendance.heard("home", at(19)));
        assert!(!attendance.heard("home", at(20)));
        assert!(attendance.missing(at(49)).is_empty());
        let missing = attendance.missing(at(50));
        assert_eq!(missing, [("home".to_owned(), patience)]);
        assert!(attendance.is_away("home"));
        assert!(attendance.missing(at(99)).is_empty());
        assert_eq!(attendance.next(), None);
        assert!(attendance.heard("home", at(100)));
        assert!(!attendance.heard("home", at(101)));
        assert!(!attendance.is_away("home"));
        // Nobody expects a stranger.
        assert!(!attendance.heard("elsewhere", at(101)));
    }

    #[test]
    fn a_new_configuration_forgets_nobody_who_stays() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut attendance = Attendance::default();
        let one = ("one".to_owned(), Duration::from_secs(10));
        let two = ("two".to_owned(), Duration::from_secs(10));
        attendance.expect(std::slice::from_ref(&one), start);
        attendance.missing(at(10));
        attendance.expect(&[one, two.clone()], at(15));
        assert!(attendance.is_away("one"));
        assert_eq!(attendance.next(), Some(at(25)));
        attendance.expect(&[two], at(20));
        assert_eq!(attendance.missing(at(25)).len(), 1);
    }
}
