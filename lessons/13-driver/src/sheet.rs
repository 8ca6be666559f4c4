//! The sheet: where a page lies on paper.

use crate::{Media, Settings};

/// By how much a page may differ from the paper that it was made for, in
/// points: 5 mm, as in CUPS.
const TOLERANCE: f64 = 5.0 * 72.0 / 25.4;
/// How far a page may stick out, in points, before it is scaled down.
const OVERHANG: f64 = 1.0;
/// By how much a page is scaled down rather than put on a larger paper, when
/// its own is not loaded.
const SHRINK: f64 = 0.9;

/// Where a page lies on paper.
///
/// A page lies on the paper it was made for, give or take 5 mm; otherwise on
/// the smallest that holds it, A4 before Letter; otherwise on the largest. When
/// it is known what is loaded, only that counts, and a paper on which the page
/// is nine tenths of its size or more holds it, too: Letter goes on A4, and not
/// on A3. The page is centred and never enlarged; one that does not fit, by
/// more than a point, is scaled down. A page that is wider than high turns the paper: the printer is told
/// so, and the raster is as wide as the paper is long.
///
/// The raster is the full sheet, edges rounded to the nearest dot: A4 is
/// 4961 × 7016 dots at 600 dpi and 2480 × 3508 at 300.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sheet {
    /// The paper.
    pub media: Media,
    /// True when the paper's long side is the top.
    pub landscape: bool,
    /// Dots in a row.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// Dots per point, the scaling included.
    pub scale: f64,
    /// The column of the page's left edge; negative when it sticks out.
    pub left: f64,
    /// The row of the page's top edge.
    pub top: f64,
}

impl Sheet {
    /// Places a page of `width` × `height` points.
    pub(crate) fn place(width: f64, height: f64, settings: &Settings) -> Sheet {
        let landscape = width > height;
        let turned =
            |(w, h): (f64, f64)| if landscape { (h, w) } else { (w, h) };
        let media = settings.media.unwrap_or_else(|| {
            let (w, h) = turned((width, height));
            match settings.loaded.is_empty() {
                true => choose(w, h, &Media::ALL),
                false => choose(w, h, &settings.loaded),
            }
        });
        let (paper_width, paper_height) = turned(media.points());
        let dots = f64::from(settings.dpi) / 72.0;
        let fit = |page: f64, paper: f64| {
            if page <= paper + OVERHANG { 1.0 } else { paper / page }
        };
        let scale =
            dots * fit(width, paper_width).min(fit(height, paper_height));
        let centre = |page: f64, paper: f64| {
            ((paper * dots - page * scale) / 2.0).round()
        };
        Sheet {
            media,
            landscape,
            width: (paper_width * dots).round() as u16,
            height: (paper_height * dots).round() as u16,
            scale,
            left: centre(width, paper_width),
            top: centre(height, paper_height),
        }
    }
}

// ANCHOR: choose
/// The paper for an upright page of `width` × `height` points, among those that
/// are loaded.
fn choose(width: f64, height: f64, loaded: &[Media]) -> Media {
    let mut papers = Media::ALL.into_iter().filter(|it| loaded.contains(it));
    for media in papers.clone() {
        let (paper_width, paper_height) = media.points();
        if (paper_width - width).abs() <= TOLERANCE
            && (paper_height - height).abs() <= TOLERANCE
        {
            return media;
        }
    }
    let all_are = papers.clone().count() == Media::ALL.len();
    let scale = if all_are { 1.0 } else { SHRINK };
    let (width, height) = (width * scale, height * scale);
    for media in papers.clone() {
        let (paper_width, paper_height) = media.points();
        if width <= paper_width + OVERHANG && height <= paper_height + OVERHANG
        {
            return media;
        }
    }
    papers.next_back().unwrap_or(Media::A3)
}
// ANCHOR_END: choose

#[cfg(test)]
mod tests {
    use super::*;

    fn place(width: f64, height: f64) -> Sheet {
        Sheet::place(width, height, &Settings::default())
    }

    #[test]
    fn a_page_lies_on_the_paper_that_it_was_made_for() {
        for (width, height, media) in [
            (595.0, 842.0, Media::A4),
            (595.276, 841.89, Media::A4),
            (612.0, 792.0, Media::Letter),
            (842.0, 1191.0, Media::A3),
        ] {
            let sheet = place(width, height);
            assert_eq!((sheet.media, sheet.landscape), (media, false));
            assert_eq!(sheet.scale, 600.0 / 72.0, "actual size");
            let sheet = place(height, width);
            assert_eq!((sheet.media, sheet.landscape), (media, true));
        }
    }

    #[test]
    fn the_raster_is_the_sheet_rounded_to_the_nearest_dot() {
        let sheet = place(595.276, 841.89);
        assert_eq!((sheet.width, sheet.height), (4961, 7016));
        assert_eq!((sheet.left, sheet.top), (0.0, 0.0));
        let sheet = place(1190.55, 841.89);
        assert_eq!((sheet.width, sheet.height), (9921, 7016));
        let grey = Settings { dpi: 300, ..Settings::default() };
        let sheet = Sheet::place(612.0, 792.0, &grey);
        assert_eq!((sheet.width, sheet.height), (2550, 3300));
    }

    #[test]
    fn a_small_page_keeps_its_size_in_the_middle_of_the_sheet() {
        let a5 = place(419.53, 595.28);
        assert_eq!((a5.media, a5.scale), (Media::A4, 600.0 / 72.0));
        assert_eq!((a5.left, a5.top), (732.0, 1028.0));
    }

    #[test]
    fn a_page_is_fitted_to_what_is_loaded() {
        let place = |width, height, loaded: &[Media]| {
            let loaded = loaded.to_vec();
            let settings = Settings { loaded, ..Settings::default() };
            let sheet = Sheet::place(width, height, &settings);
            (sheet.media, (sheet.scale * 7200.0 / 600.0).round())
        };
        use Media::{A3, A4, Letter};
        // Letter is wider than A4, by 6 mm, and 18 mm less high.
        assert_eq!(place(612.0, 792.0, &[A4]), (A4, 97.0));
        assert_eq!(place(612.0, 792.0, &[A3, A4]), (A4, 97.0));
        assert_eq!(place(612.0, 1008.0, &[A3, A4]), (A3, 100.0));
        assert_eq!(place(612.0, 792.0, &[A4, Letter]), (Letter, 100.0));
        assert_eq!(place(595.0, 842.0, &[Letter]), (Letter, 94.0));
        assert_eq!(place(842.0, 1191.0, &[Letter, A4]), (Letter, 66.0));
    }

    #[test]
    fn a_large_page_is_scaled_down_to_the_largest_sheet() {
        let a1 = place(1683.78, 2383.94);
        assert_eq!(a1.media, Media::A3);
        assert!((a1.scale * 72.0 / 600.0 - 0.5).abs() < 0.001);
        let letter =
            Settings { media: Some(Media::Letter), ..Settings::default() };
        let a4 = Sheet::place(595.276, 841.89, &letter);
        assert_eq!((a4.width, a4.height), (5100, 6600));
        assert!((a4.scale * 72.0 / 600.0 - 792.0 / 841.89).abs() < 1e-9);
        assert_eq!(a4.top, 0.0);
    }
}
