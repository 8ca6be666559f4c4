//! The printer's condition, from what it says and from its queue.

use driver::{Media, Tray};
use job_queue::State;
use printer::{Severity, Status};
use relay::Heard;

use super::job_options::paper;
use crate::{Activity, Condition, Ready, Supply};

/// The toners of a printer in colour, by name and by colour. It says only that
/// one of them is low, and never how much is left.
const TONERS: [(&str, &str); 4] = [
    ("Black toner", "black"),
    ("Cyan toner", "cyan"),
    ("Magenta toner", "magenta"),
    ("Yellow toner", "yellow"),
];

// ANCHOR: condition
/// The condition of a printer that was heard to say this. `paused` is why its
/// queue stands still, if it does, `pending` are its jobs that have not come to
/// an end, and `loaded` the papers that an administrator says are in its trays.
#[must_use]
pub fn condition(
    heard: &Heard,
    paused: Option<String>,
    pending: &[job_queue::Job],
    loaded: &[Media],
) -> Condition {
    let trouble = heard.status.as_ref().filter(|status| {
        heard.trouble.is_none() && status.severity() == Severity::Attention
    });
    let mut reasons = Vec::new();
    if heard.trouble.is_some() {
        reasons.push("offline-report");
    } else {
        reasons.extend(heard.status.as_ref().and_then(reason));
    }
    let is_broken = trouble.is_some() || heard.trouble.is_some();
    // The queue stands still for a printer that needs a person, or because
    // somebody wants it to.
    if paused.is_some() && !is_broken {
        reasons.push("paused");
    }
    let is_running = pending.iter().any(|job| job.state == State::Running);
    let activity = match (is_broken || paused.is_some(), is_running) {
        (true, _) => Activity::Stopped,
        (false, true) => Activity::Processing,
        (false, false) => Activity::Idle,
    };
    let message = paused
        .or_else(|| heard.trouble.clone())
        .or_else(|| trouble.map(Status::to_string));
    Condition {
        activity,
        reasons,
        message: message.unwrap_or_default(),
        accepting: true,
        queued: u32::try_from(pending.len()).unwrap_or(u32::MAX),
        ready: ready(heard, loaded),
        supplies: supplies(),
    }
}
// ANCHOR_END: condition

/// The keyword of a status (RFC 8011, section 5.4.12, and PWG 5100.9), if the
/// status is more than ready or busy. A keyword without an ending is an error.
fn reason(status: &Status) -> Option<&'static str> {
    Some(match status.code {
        10006 | 40038 => "toner-low-warning",
        40010 => "toner-empty",
        40021 => "cover-open",
        40022 | 42000..=42999 | 44000..=44999 => "media-jam",
        41000..=41999 => "media-empty",
        40079 => "offline-report",
        _ if status.severity() != Severity::Attention => return None,
        10000..=10004 => "offline-report",
        _ => "other",
    })
}

/// What is in the trays: what an administrator or the printer says, else the
/// usual papers.
fn ready(heard: &Heard, loaded: &[Media]) -> Vec<Ready> {
    let mut papers: Vec<(usize, Media)> =
        loaded.iter().copied().enumerate().collect();
    if papers.is_empty() {
        for (number, name) in &heard.papers {
            let Some(place) = number.checked_sub(1) else { continue };
            papers.extend(name.parse().ok().map(|media| (place, media)));
        }
    }
    if papers.is_empty() {
        papers = Media::USUAL.into_iter().enumerate().collect();
    }
    let tray = |(place, media): (usize, Media)| {
        let tray = Tray::ALL.get(place)?.keyword();
        Some(Ready { tray, paper: paper(media)?, kind: "stationery" })
    };
    papers.into_iter().filter_map(tray).collect()
}

fn supplies() -> Vec<Supply> {
    let toner = |(name, color): &(&str, &'static str)| Supply {
        name: (*name).to_owned(),
        kind: "toner",
        color,
        level: None,
    };
    TONERS.iter().map(toner).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Paper;

    fn heard(code: u32) -> Heard {
        let display = "GIBBERISH".to_owned();
        let status = Status { code, display, online: Some(true) };
        Heard { status: Some(status), ..Heard::default() }
    }

    #[test]
    fn the_printers_own_word_becomes_a_reason() {
        for (code, activity, reasons) in [
            (10001, Activity::Idle, &[][..]),
            (10006, Activity::Idle, &["toner-low-warning"]),
            (40021, Activity::Stopped, &["cover-open"]),
            (40022, Activity::Stopped, &["media-jam"]),
            (41203, Activity::Stopped, &["media-empty"]),
            (40079, Activity::Stopped, &["offline-report"]),
            (50001, Activity::Stopped, &["other"]),
        ] {
            let now = condition(&heard(code), None, &[], &[]);
            assert_eq!(now.activity, activity, "{code}");
            assert_eq!(now.reasons, reasons, "{code}");
        }
    }

    #[test]
    fn a_person_who_paused_it_and_a_printer_that_is_gone_are_told_apart() {
        let why = || Some("somebody paused it".to_owned());
        let now = condition(&heard(10001), why(), &[], &[]);
        assert_eq!(now.reasons, ["paused"]);
        assert_eq!(now.message, "somebody paused it");

        let gone = Heard {
            trouble: Some("cannot reach the printer".to_owned()),
            ..heard(40022)
        };
        let now = condition(&gone, why(), &[], &[]);
        assert_eq!(now.reasons, ["offline-report"]);
        assert_eq!(now.activity, Activity::Stopped);
    }

    #[test]
    fn the_papers_are_what_an_administrator_says_or_else_the_printer() {
        let papers = |heard: &Heard, loaded: &[Media]| {
            let ready = condition(heard, None, &[], loaded).ready;
            ready.iter().map(|one| (one.tray, one.paper)).collect::<Vec<_>>()
        };
        let says = Heard {
            papers: vec![(2, "A3".to_owned()), (9, "A4".to_owned())],
            ..heard(10001)
        };
        assert_eq!(papers(&says, &[]), [("tray-2", Paper::A3)]);
        let letter = ("tray-1", Paper::LETTER);
        assert_eq!(papers(&says, &[Media::Letter]), [letter]);
        assert_eq!(papers(&heard(10001), &[]).len(), 3);
    }
}
