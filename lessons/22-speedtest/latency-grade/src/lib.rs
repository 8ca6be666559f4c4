//! A grade for people who do not think in milliseconds.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How much longer a packet waits when the line is busy.
///
/// The grade is that of the *added* latency: the median under load minus the
/// median at rest, in the worse direction. The limits are those of DSLReports'
/// speed test (dslreports.com/faq/17930), without its A+, so that a grade means
/// the same here as there.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize,
)]
pub enum Grade {
    /// Less than 30 ms: nobody notices.
    A,
    /// Less than 60 ms: a game notices.
    B,
    /// Less than 200 ms: a call notices.
    C,
    /// Less than 400 ms: everyone notices.
    D,
    /// 400 ms or more: the line is unusable while it is busy.
    F,
}

impl Grade {
    /// The added latency, in milliseconds, that a grade stays below.
    pub const LIMITS: [(Grade, f64); 4] = [
        (Grade::A, 30.0),
        (Grade::B, 60.0),
        (Grade::C, 200.0),
        (Grade::D, 400.0),
    ];

    // ANCHOR: grade
    /// The grade of added latency, in milliseconds.
    #[must_use]
    pub fn of(added_ms: f64) -> Grade {
        for (grade, limit) in Grade::LIMITS {
            if added_ms < limit {
                return grade;
            }
        }
        Grade::F
    }
    // ANCHOR_END: grade
}

impl fmt::Display for Grade {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_belongs_to_the_worse_grade() {
        assert_eq!(Grade::of(-3.0), Grade::A);
        assert_eq!(Grade::of(29.9), Grade::A);
        assert_eq!(Grade::of(30.0), Grade::B);
        assert_eq!(Grade::of(60.0), Grade::C);
        assert_eq!(Grade::of(200.0), Grade::D);
        assert_eq!(Grade::of(400.0), Grade::F);
        assert!(Grade::A < Grade::F);
    }
}
