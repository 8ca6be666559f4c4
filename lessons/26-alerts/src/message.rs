//! A message: one notice, or all those that are told together.

use programs::one_line;

use crate::notice::moment;
use crate::{Notice, NoticeState};

/// The number of targets that the sentence of a message names.
const NAMED: usize = 20;

/// What is sent at once.
pub(crate) struct Message {
    /// The notice itself or, of several, one that speaks for all.
    pub notice: Notice,
    /// All of them, when there are several; empty for a single one.
    pub all: Vec<Notice>,
}

impl Message {
    /// A message of these notices, all of the same state. `None` of none.
    pub fn of(notices: Vec<Notice>) -> Option<Message> {
        let first = notices.first()?.clone();
        match notices.len() {
            1 => Some(Message { notice: first, all: Vec::new() }),
            _ => Some(Message { notice: sum(&first, &notices), all: notices }),
        }
    }
}

impl Message {
    /// The notices in it.
    pub fn notices(&self) -> &[Notice] {
        match self.all.as_slice() {
            [] => std::slice::from_ref(&self.notice),
            all => all,
        }
    }
}

/// The notice that speaks for all of these.
fn sum(first: &Notice, all: &[Notice]) -> Notice {
    let same = |field: fn(&Notice) -> &String| {
        all.iter().all(|one| field(one) == field(first))
    };
    let alert = match same(|one| &one.alert) {
        true => first.alert.clone(),
        false => format!("{} and others", first.alert),
    };
    let metric = match same(|one| &one.metric) {
        true => first.metric.clone(),
        false => "several".to_owned(),
    };
    let since = all.iter().map(|one| one.since).min().unwrap_or_default();
    Notice {
        alert,
        target: format!("{} and {} more", first.target, all.len() - 1),
        metric,
        state: first.state,
        at: all.iter().map(|one| one.at).max().unwrap_or_default(),
        since,
        value: None,
        threshold: None,
        words: in_words(first, all, since),
    }
}

fn in_words(first: &Notice, all: &[Notice], since: i64) -> String {
    let mut names: Vec<&str> = Vec::new();
    for notice in all {
        if !names.contains(&notice.target.as_str()) {
            names.push(&notice.target);
        }
    }
    let many = match names.len() {
        1 => one_line(names[0]),
        some => format!("{some} at once"),
    };
    let rest = names.len().saturating_sub(NAMED);
    let mut list: Vec<String> =
        names.into_iter().take(NAMED).map(one_line).collect();
    if rest > 0 {
        list.push(format!("and {rest} more"));
    }
    let (list, since) = (list.join(", "), moment(since));
    match first.state {
        NoticeState::Failing => format!(
            "trouble with {many}, since {since}: {list}; the first: {}",
            first.words
        ),
        NoticeState::Lasting => format!(
            "trouble lasts with {many}, since {since}: {list}; the first: {}",
            first.words
        ),
        NoticeState::Recovered => {
            format!("{many} well again after trouble since {since}: {list}")
        }
        NoticeState::Test => first.words.clone(),
        NoticeState::Unwatched => {
            format!("{many} not watched any more, in trouble: {list}")
        }
    }
}
