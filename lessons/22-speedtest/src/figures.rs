//! Figures from round trips.

/// The middle of the values. `None` of none.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = sorted[(sorted.len() - 1) / 2];
    Some((lower + upper) / 2.0)
}

/// Jitter: by how much a round trip differs from the one before it, on the
/// average (RFC 3550, section 6.4.1, without its smoothing). 0 of one.
pub(crate) fn jitter(values: &[f64]) -> f64 {
    let differences: f64 =
        values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum();
    differences / values.len().saturating_sub(1).max(1) as f64
}

/// To a thousandth.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 9.0]), Some(3.0));
    }

    #[test]
    fn jitter_is_the_change_from_one_to_the_next() {
        assert_eq!(jitter(&[20.0]), 0.0);
        assert_eq!(jitter(&[20.0, 21.0, 19.0]), 1.5);
    }
}
