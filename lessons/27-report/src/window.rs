//! A window: a time of planned work.

use crate::span::Span;

/// A time of planned work, in which targets were allowed to be away.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Window {
    /// Its name.
    pub name: String,
    /// The targets that it was for. Without any, it was for all.
    pub targets: Vec<String>,
    /// Its first moment, in Unix milliseconds.
    pub from: i64,
    /// Its end, in Unix milliseconds.
    pub to: i64,
}

impl Window {
    /// Whether it was for a target. A target that is watched from another
    /// place (`name@place`) is the same one.
    pub fn is_for(&self, target: &str) -> bool {
        let name = target.split('@').next().unwrap_or(target);
        self.targets.is_empty()
            || self.targets.iter().any(|one| one == name || one == target)
    }

    pub(crate) fn span(&self) -> Span {
        Span { from: self.from, to: self.to }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_for_the_targets_that_it_names_wherever_they_are_watched() {
        let all = Window::default();
        assert!(all.is_for("wiki"));
        let one = Window { targets: vec!["wiki".to_owned()], ..all };
        assert!(one.is_for("wiki") && one.is_for("wiki@home"));
        assert!(!one.is_for("router"));
    }
}
