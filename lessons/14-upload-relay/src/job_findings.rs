//! The findings of a job, within what a queue can keep.

use driver::Finding;

/// The most bytes that the findings of a job take, in JSON: half of what a
/// queue takes for a job.
const MOST_BYTES: usize = 32 * 1024;
/// A finding on more pages than this is told of the document as a whole.
const MOST_PAGES: usize = 1000;
/// Bytes of JSON around a finding's text, at most.
const FRAME: usize = 50;

/// As many of the findings as a queue can keep, the first ones.
pub(crate) fn limited(mut findings: Vec<Finding>) -> Vec<Finding> {
    let mut left = MOST_BYTES;
    findings.retain_mut(|finding| {
        if finding.pages.len() > MOST_PAGES {
            finding.pages.clear();
        }
        // A quotation mark takes two bytes, and a number at most eleven.
        let bytes = 2 * finding.text.len() + 11 * finding.pages.len() + FRAME;
        let fits = bytes <= left;
        left = left.saturating_sub(bytes);
        fits
    });
    findings
}

/// What is not known yet, page by page.
pub(crate) fn new_ones(
    mut findings: Vec<Finding>,
    known: &[Finding],
) -> Vec<Finding> {
    findings.retain_mut(|finding| {
        let same = known.iter().find(|known| known.text == finding.text);
        let Some(same) = same else { return true };
        if same.pages.is_empty() {
            return false;
        }
        finding.pages.retain(|page| !same.pages.contains(page));
        !finding.pages.is_empty()
    });
    findings
}

/// Those that are losses, as sentences.
pub(crate) fn losses(findings: &[Finding]) -> Vec<String> {
    let losses = findings.iter().filter(|finding| finding.loss);
    losses.map(Finding::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(text: &str, pages: impl IntoIterator<Item = u32>) -> Finding {
        let pages = pages.into_iter().collect();
        Finding { loss: true, text: text.to_owned(), pages }
    }

    #[test]
    fn findings_fit_into_a_queue() {
        let many = (0..64).map(|at| {
            finding(&format!("{at} {}", "\"€".repeat(140)), 1..=1000)
        });
        let kept = limited(many.collect());
        let json = serde_json::to_string(&kept).expect("plain data");
        assert!(!kept.is_empty() && json.len() <= MOST_BYTES, "{}", json.len());
        let everywhere = limited(vec![finding("everywhere", 1..=5000)]);
        assert_eq!(everywhere, [finding("everywhere", [])]);
    }

    #[test]
    fn what_the_intake_has_found_is_not_found_again() {
        let known = [finding("font", [1, 2]), finding("all", [])];
        let found = vec![
            finding("all", [3]),
            finding("font", [2, 3]),
            finding("picture", [1]),
        ];
        assert_eq!(
            new_ones(found, &known),
            [finding("font", [3]), finding("picture", [1])]
        );
    }
}
