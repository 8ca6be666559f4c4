//! Spans of time, and what they have in common. Lists of them are in the order
//! of time, and none of them touches another.

/// From the first moment to the last, in Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub from: i64,
    pub to: i64,
}

impl Span {
    pub fn length(self) -> i64 {
        self.to - self.from
    }
}

/// Any spans as such a list: those that touch become one, and what lies
/// outside of `within` is cut off.
pub(crate) fn list(
    spans: impl IntoIterator<Item = Span>,
    within: Span,
) -> Vec<Span> {
    let mut all: Vec<Span> = spans.into_iter().collect();
    all.sort_by_key(|span| span.from);
    let mut list: Vec<Span> = Vec::new();
    for span in all {
        let from = span.from.max(within.from);
        let to = span.to.min(within.to);
        if from >= to {
            continue;
        }
        match list.last_mut() {
            Some(last) if from <= last.to => last.to = last.to.max(to),
            _ => list.push(Span { from, to }),
        }
    }
    list
}

/// The time that lies in both lists.
pub(crate) fn overlap(these: &[Span], those: &[Span]) -> Vec<Span> {
    let mut both = Vec::new();
    let (mut these, mut those) = (these.iter(), those.iter());
    let (mut this, mut that) = (these.next(), those.next());
    while let (Some(one), Some(other)) = (this, that) {
        let (from, to) = (one.from.max(other.from), one.to.min(other.to));
        if from < to {
            both.push(Span { from, to });
        }
        // The one that ends first overlaps nothing more.
        if one.to < other.to {
            this = these.next();
        } else {
            that = those.next();
        }
    }
    both
}

/// How long all of them are, in milliseconds.
pub(crate) fn total(spans: &[Span]) -> i64 {
    spans.iter().map(|span| span.length()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: i64, to: i64) -> Span {
        Span { from, to }
    }

    #[test]
    fn spans_that_touch_become_one_and_none_leaves_the_period() {
        let spans = [span(8, 20), span(5, 6), span(-3, 2), span(2, 3)];
        let found = list(spans, span(0, 10));
        assert_eq!(found, [span(0, 3), span(5, 6), span(8, 10)]);
        assert_eq!(total(&found), 6);
        assert_eq!(list([span(4, 2)], span(0, 10)), []);
    }

    #[test]
    fn what_two_lists_have_in_common_is_found() {
        let these = [span(0, 10), span(20, 30), span(40, 50)];
        let those = [span(5, 25), span(28, 45), span(60, 70)];
        let both = [span(5, 10), span(20, 25), span(28, 30), span(40, 45)];
        assert_eq!(overlap(&these, &those), both);
        assert_eq!(overlap(&those, &these), both);
        assert_eq!(overlap(&these, &[]), []);
    }
}
