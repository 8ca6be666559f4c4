//! Where a printing goes on that was broken off.

use serde::{Deserialize, Serialize};

use crate::Side;

/// Where a printing goes on that was broken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// The number of the first page that is not out, from 1.
    pub page: u32,
    /// How many whole sets follow the one that was broken off.
    pub more_sets: u16,
}

// ANCHOR: resume
/// The sides that are still to be printed: those from the page on, and then
/// whole sets. A page on a back begins with its front, for a sheet that is out
/// does not go in again. Empty when no page has such a number or a higher one.
#[must_use]
pub fn resume(sides: &[Side], resume: Resume) -> Vec<Side> {
    let is_left = |side: &Side| side.last_page() >= resume.page;
    let Some(mut first) = sides.iter().position(is_left) else {
        return Vec::new();
    };
    while sides[first].is_back && first > 0 {
        first -= 1;
    }
    let mut left = sides[first..].to_vec();
    for _ in 0..resume.more_sets {
        left.extend_from_slice(sides);
    }
    left
}
// ANCHOR_END: resume

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Duplex, Layout, NumberUp, lay_out};

    fn left(from: Resume, layout: &Layout) -> Vec<u32> {
        let pages: Vec<_> =
            (1..=5).map(|number| (number, 595.0, 842.0)).collect();
        let sides = resume(&lay_out(&pages, layout), from);
        sides
            .iter()
            .flat_map(|side| &side.pages)
            .map(|page| page.number)
            .collect()
    }

    #[test]
    fn the_rest_of_a_set_comes_first_and_whole_sets_follow() {
        let from = |page, more_sets| Resume { page, more_sets };
        let simplex = Layout::default();
        assert_eq!(left(from(4, 0), &simplex), [4, 5]);
        assert_eq!(left(from(4, 1), &simplex), [4, 5, 1, 2, 3, 4, 5]);
        assert!(left(from(6, 1), &simplex).is_empty());
        // Page 4 is on the back of page 3.
        let duplex = Layout { duplex: Duplex::LongEdge, ..Layout::default() };
        assert_eq!(left(from(4, 0), &duplex), [3, 4, 5]);
        assert_eq!(left(from(5, 0), &duplex), [5]);
        let number_up = NumberUp::new(2).expect("one of them");
        let two = Layout { number_up, ..Layout::default() };
        assert_eq!(left(from(4, 0), &two), [3, 4, 5]);
    }
}
