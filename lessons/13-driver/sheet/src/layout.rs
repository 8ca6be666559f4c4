//! The layout: where pages lie on paper.

use crate::{Duplex, Media, NumberUp, Orientation, Scaling};

/// By how much a page may differ from the paper that it was made for, in
/// points: 5 mm, as in CUPS.
const TOLERANCE: f64 = 5.0 * 72.0 / 25.4;
/// How far a page may stick out, in points, before it is scaled down.
const OVERHANG: f64 = 1.0;
/// By how much a page is scaled down rather than put on a larger paper, when
/// its own is not loaded.
const SHRINK: f64 = 0.9;
/// What a printer cannot print at each edge of a sheet, in points: 4.2 mm on
/// the C360.
const MARGIN: f64 = 4.2 * 72.0 / 25.4;

/// How pages are laid on sheets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Dots per inch.
    pub dpi: u16,
    /// The paper; `None` chooses the one that fits each page best.
    pub media: Option<Media>,
    /// The papers to choose from; when none is known, any of
    /// [`Media::USUAL`].
    pub loaded: Vec<Media>,
    /// How large a page is drawn.
    pub scaling: Scaling,
    /// How many pages lie on a side.
    pub number_up: NumberUp,
    /// How a sheet is held; `None` turns it for its first page.
    pub orientation: Option<Orientation>,
    /// One side of the paper or both.
    pub duplex: Duplex,
}

impl Default for Layout {
    fn default() -> Layout {
        Layout {
            dpi: 600,
            media: None,
            loaded: Vec::new(),
            scaling: Scaling::default(),
            number_up: NumberUp::default(),
            orientation: None,
            duplex: Duplex::Off,
        }
    }
}

/// A side of a sheet, empty.
///
/// A page lies on the paper it was made for, give or take 5 mm; otherwise on
/// the smallest that holds it, A4 before Letter; otherwise on the largest. When
/// it is known what is loaded, only that counts, and a paper on which the page
/// is nine tenths of its size or more holds it, too: Letter goes on A4, and not
/// on A3. A page that is wider than high turns the paper: the printer is told
/// so, and the raster is as wide as the paper is long.
///
/// The raster is the full sheet, edges rounded to the nearest dot: A4 is
/// 4961 × 7016 dots at 600 dpi and 2480 × 3508 at 300.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sheet {
    /// The paper.
    pub media: Media,
    /// How it is held.
    pub orientation: Orientation,
    /// Dots in a row.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// A page on its side of a sheet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PageOnSheet {
    /// The page's number in its document, from 1.
    pub number: u32,
    /// Dots per point, the scaling included.
    pub scale: f64,
    /// The column of the page's left edge; negative when it sticks out.
    pub left: f64,
    /// The row of the page's top edge.
    pub top: f64,
    /// The part of the sheet that is the page's, as columns and rows: nothing
    /// of it is drawn elsewhere.
    pub cell: Cell,
}

/// A part of a sheet, in dots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The first column.
    pub left: u16,
    /// The first row.
    pub top: u16,
    /// Behind the last column.
    pub right: u16,
    /// Behind the last row.
    pub bottom: u16,
}

/// A side of a sheet with its pages.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// The sheet.
    pub sheet: Sheet,
    /// The pages on it, at least one, in the order in which they are read.
    pub pages: Vec<PageOnSheet>,
    /// Whether it is the back of the side before it.
    pub is_back: bool,
}

impl Side {
    /// The number of the last page on it.
    #[must_use]
    pub fn last_page(&self) -> u32 {
        self.pages.last().map_or(0, |page| page.number)
    }
}

/// Lays pages, each its number, and its width and height in points, on the
/// sides of sheets.
#[must_use]
pub fn lay_out(pages: &[(u32, f64, f64)], layout: &Layout) -> Vec<Side> {
    let mut sides: Vec<Side> = Vec::new();
    for pages in pages.chunks(layout.number_up.get().into()) {
        let mut side = side_of(pages, layout);
        // The back of a sheet is of the same paper as its front.
        side.is_back = layout.duplex != Duplex::Off
            && sides.last().is_some_and(|front| {
                !front.is_back && front.sheet.media == side.sheet.media
            });
        sides.push(side);
    }
    sides
}

/// The side that these pages share: a front, until it is known what lies
/// before it.
///
/// # Panics
/// Without a page.
#[must_use]
pub fn side_of(pages: &[(u32, f64, f64)], layout: &Layout) -> Side {
    let (_, width, height) = pages[0];
    let media = layout.media.unwrap_or_else(|| {
        let (width, height) = (width.min(height), width.max(height));
        choose(width, height, &layout.loaded)
    });
    let grid = layout.number_up.grid();
    let orientation = layout.orientation.unwrap_or({
        // On a grid that is no square, the sheet lies across its pages.
        match (width > height) == (grid.0 == grid.1) {
            true => Orientation::Landscape,
            false => Orientation::Portrait,
        }
    });
    let (paper_width, paper_height) = match media.points() {
        (w, h) if orientation.is_landscape() => (h, w),
        upright => upright,
    };
    let dots = f64::from(layout.dpi) / 72.0;
    let sheet = Sheet {
        media,
        orientation,
        width: (paper_width * dots).round() as u16,
        height: (paper_height * dots).round() as u16,
    };
    let paper =
        Area { left: 0.0, top: 0.0, width: paper_width, height: paper_height };
    let pages = match grid {
        (1, 1) => {
            let (number, width, height) = pages[0];
            let printable = paper.inset(MARGIN);
            let cell = Cell {
                left: 0,
                top: 0,
                right: sheet.width,
                bottom: sheet.height,
            };
            vec![place(number, (width, height), paper, printable, cell, layout)]
        }
        grid => {
            let cells = Cells::new(paper.inset(MARGIN), grid, (width, height));
            let places = pages.iter().enumerate();
            let on_its_cell = |(at, page): (usize, &(u32, f64, f64))| {
                let &(number, width, height) = page;
                let area = cells.area(at);
                let cell = area.cell(dots);
                place(number, (width, height), area, area, cell, layout)
            };
            places.map(on_its_cell).collect()
        }
    };
    Side { sheet, pages, is_back: false }
}

/// A part of a sheet, in points.
#[derive(Clone, Copy)]
struct Area {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
}

impl Area {
    fn inset(self, margin: f64) -> Area {
        Area {
            left: self.left + margin,
            top: self.top + margin,
            width: self.width - 2.0 * margin,
            height: self.height - 2.0 * margin,
        }
    }

    fn cell(self, dots: f64) -> Cell {
        let to_dots = |points: f64| (points * dots).round() as u16;
        Cell {
            left: to_dots(self.left),
            top: to_dots(self.top),
            right: to_dots(self.left + self.width),
            bottom: to_dots(self.top + self.height),
        }
    }
}

/// The cells of a side with several pages, row by row.
struct Cells {
    area: Area,
    columns: usize,
    rows: usize,
}

impl Cells {
    /// Of both ways to lay the grid, the one in which the page is larger.
    fn new(area: Area, grid: (u8, u8), (width, height): (f64, f64)) -> Cells {
        let scale = |columns: f64, rows: f64| {
            (area.width / columns / width).min(area.height / rows / height)
        };
        let (a, b) = (f64::from(grid.0), f64::from(grid.1));
        let (columns, rows) =
            if scale(a, b) >= scale(b, a) { grid } else { (grid.1, grid.0) };
        Cells { area, columns: columns.into(), rows: rows.into() }
    }

    fn area(&self, at: usize) -> Area {
        let width = self.area.width / self.columns as f64;
        let height = self.area.height / self.rows as f64;
        Area {
            left: self.area.left + width * (at % self.columns) as f64,
            top: self.area.top + height * (at / self.columns) as f64,
            width,
            height,
        }
    }
}

// ANCHOR: place
/// Places a page on an area, of which the printer can print a part.
fn place(
    number: u32,
    (width, height): (f64, f64),
    area: Area,
    printable: Area,
    cell: Cell,
    layout: &Layout,
) -> PageOnSheet {
    let into = |to: Area| (to.width / width).min(to.height / height);
    let shrunk = |page: f64, room: f64| {
        if page <= room + OVERHANG { 1.0 } else { room / page }
    };
    let shrunk = shrunk(width, area.width).min(shrunk(height, area.height));
    let scale = match layout.scaling {
        Scaling::Auto => shrunk,
        Scaling::AutoFit if shrunk < 1.0 => into(printable),
        Scaling::AutoFit | Scaling::None => 1.0,
        Scaling::Fit => into(printable),
        Scaling::Fill => (area.width / width).max(area.height / height),
    };
    let dots = f64::from(layout.dpi) / 72.0;
    let scale = dots * scale;
    let centred = |start: f64, room: f64, page: f64| {
        (start * dots + (room * dots - page * scale) / 2.0).round()
    };
    PageOnSheet {
        number,
        scale,
        left: centred(area.left, area.width, width),
        top: centred(area.top, area.height, height),
        cell,
    }
}
// ANCHOR_END: place

// ANCHOR: choose
/// The paper for an upright page of `width` × `height` points, among those that
/// are loaded, or the usual ones when none is known to be.
fn choose(width: f64, height: f64, loaded: &[Media]) -> Media {
    let none_is_known = loaded.is_empty();
    let loaded = if none_is_known { &Media::USUAL } else { loaded };
    let is_loaded = |media: &Media| loaded.contains(media);
    let mut papers: Vec<Media> =
        Media::ALL.into_iter().filter(is_loaded).collect();
    let custom = |media: &&Media| matches!(media, Media::Custom(_));
    papers.extend(loaded.iter().filter(custom));
    for &media in &papers {
        let (paper_width, paper_height) = media.points();
        if (paper_width - width).abs() <= TOLERANCE
            && (paper_height - height).abs() <= TOLERANCE
        {
            return media;
        }
    }
    let has_usual = Media::USUAL.iter().all(|media| loaded.contains(media));
    let scale = if has_usual { 1.0 } else { SHRINK };
    let (width, height) = (width * scale, height * scale);
    for &media in &papers {
        let (paper_width, paper_height) = media.points();
        if width <= paper_width + OVERHANG && height <= paper_height + OVERHANG
        {
            return media;
        }
    }
    papers.pop().unwrap_or(Media::A3)
}
// ANCHOR_END: choose

#[cfg(test)]
mod tests {
    use super::*;

    fn place_on(
        width: f64,
        height: f64,
        layout: &Layout,
    ) -> (Sheet, PageOnSheet) {
        let side = side_of(&[(1, width, height)], layout);
        (side.sheet, side.pages[0])
    }

    fn place(width: f64, height: f64) -> (Sheet, PageOnSheet) {
        place_on(width, height, &Layout::default())
    }

    #[test]
    fn a_page_lies_on_the_paper_that_it_was_made_for() {
        for (width, height, media) in [
            (595.0, 842.0, Media::A4),
            (595.276, 841.89, Media::A4),
            (612.0, 792.0, Media::Letter),
            (842.0, 1191.0, Media::A3),
        ] {
            let (sheet, page) = place(width, height);
            assert_eq!(sheet.media, media);
            assert_eq!(sheet.orientation, Orientation::Portrait);
            assert_eq!(page.scale, 600.0 / 72.0, "actual size");
            let (sheet, _) = place(height, width);
            assert_eq!(sheet.media, media);
            assert_eq!(sheet.orientation, Orientation::Landscape);
        }
    }

    #[test]
    fn the_raster_is_the_sheet_rounded_to_the_nearest_dot() {
        let (sheet, page) = place(595.276, 841.89);
        assert_eq!((sheet.width, sheet.height), (4961, 7016));
        assert_eq!((page.left, page.top), (0.0, 0.0));
        let (sheet, _) = place(1190.55, 841.89);
        assert_eq!((sheet.width, sheet.height), (9921, 7016));
        let coarse = Layout { dpi: 300, ..Layout::default() };
        let (sheet, _) = place_on(612.0, 792.0, &coarse);
        assert_eq!((sheet.width, sheet.height), (2550, 3300));
    }

    #[test]
    fn a_small_page_keeps_its_size_in_the_middle_of_the_sheet() {
        let (sheet, a5) = place(419.53, 595.28);
        assert_eq!((sheet.media, a5.scale), (Media::A4, 600.0 / 72.0));
        assert_eq!((a5.left, a5.top), (732.0, 1028.0));
    }

    #[test]
    fn a_page_is_fitted_to_what_is_loaded() {
        let place = |width, height, loaded: &[Media]| {
            let loaded = loaded.to_vec();
            let layout = Layout { loaded, ..Layout::default() };
            let (sheet, page) = place_on(width, height, &layout);
            (sheet.media, (page.scale * 7200.0 / 600.0).round())
        };
        use Media::{A3, A4, A5, Letter};
        // Letter is wider than A4, by 6 mm, and 18 mm less high.
        assert_eq!(place(612.0, 792.0, &[A4]), (A4, 97.0));
        assert_eq!(place(612.0, 792.0, &[A3, A4]), (A4, 97.0));
        assert_eq!(place(612.0, 1008.0, &[A3, A4]), (A3, 100.0));
        assert_eq!(place(612.0, 792.0, &[A4, Letter]), (Letter, 100.0));
        assert_eq!(place(595.0, 842.0, &[Letter]), (Letter, 94.0));
        assert_eq!(place(842.0, 1191.0, &[Letter, A4]), (Letter, 66.0));
        assert_eq!(place(420.0, 595.0, &[A4, A5]), (A5, 100.0));
        let photo = "100x150mm".parse().expect("a size");
        assert_eq!(place(284.0, 425.0, &[photo, A4]), (photo, 100.0));
    }

    #[test]
    fn a_large_page_is_scaled_down_to_the_largest_sheet() {
        let (sheet, a1) = place(1683.78, 2383.94);
        assert_eq!(sheet.media, Media::A3);
        assert!((a1.scale * 72.0 / 600.0 - 0.5).abs() < 0.001);
        let letter = Layout { media: Some(Media::Letter), ..Layout::default() };
        let (sheet, a4) = place_on(595.276, 841.89, &letter);
        assert_eq!((sheet.width, sheet.height), (5100, 6600));
        assert!((a4.scale * 72.0 / 600.0 - 792.0 / 841.89).abs() < 1e-9);
        assert_eq!(a4.top, 0.0);
    }

    #[test]
    fn each_scaling_makes_a_page_as_large_as_it_says() {
        let percent = |scaling, width, height| {
            let media = Some(Media::A4);
            let layout = Layout { media, scaling, ..Layout::default() };
            let (_, page) = place_on(width, height, &layout);
            (page.scale * 7200.0 / 600.0).round()
        };
        use Scaling::{Auto, AutoFit, Fill, Fit, None};
        let a5 = (419.53, 595.28);
        let a3 = (841.89, 1190.55);
        for (scaling, small, large) in [
            (Auto, 100.0, 71.0),
            // Without the 4.2 mm at each edge.
            (AutoFit, 100.0, 68.0),
            (Fit, 136.0, 68.0),
            (Fill, 142.0, 71.0),
            (None, 100.0, 100.0),
        ] {
            assert_eq!(percent(scaling, a5.0, a5.1), small, "{scaling}");
            assert_eq!(percent(scaling, a3.0, a3.1), large, "{scaling}");
        }
        // A square covers A4, or fits onto it.
        assert_eq!(percent(Fill, 595.28, 595.28), 141.0);
        assert_eq!(percent(Fit, 595.28, 595.28), 96.0);
    }

    #[test]
    fn pages_share_a_side_row_by_row() {
        let pages: Vec<_> =
            (1..=20).map(|number| (number, 595.276, 841.89)).collect();
        for number_up in NumberUp::ALL {
            let layout = Layout { number_up, dpi: 300, ..Layout::default() };
            let sides = lay_out(&pages, &layout);
            let n = usize::from(number_up.get());
            assert_eq!(sides.len(), 20_usize.div_ceil(n));
            let numbers: Vec<u32> = sides
                .iter()
                .flat_map(|side| side.pages.iter().map(|page| page.number))
                .collect();
            assert_eq!(numbers, (1..=20).collect::<Vec<u32>>());
            for side in &sides {
                let lies_across = matches!(n, 2 | 6);
                let landscape = side.sheet.orientation.is_landscape();
                assert_eq!(landscape, lies_across, "{n}");
                for pair in side.pages.windows(2) {
                    let (a, b) = (pair[0].cell, pair[1].cell);
                    let is_right_of = b.top == a.top && b.left == a.right;
                    let is_below = b.top == a.bottom && b.left < a.right;
                    assert!(is_right_of || is_below, "{n}: {a:?} {b:?}");
                }
            }
        }
    }

    #[test]
    fn a_sheet_is_held_as_it_is_asked_for() {
        let pages = [(1, 595.0, 842.0), (2, 842.0, 595.0)];
        for &orientation in Orientation::ALL {
            let asked = Some(orientation);
            let layout = Layout { orientation: asked, ..Layout::default() };
            for side in lay_out(&pages, &layout) {
                let Sheet { width, height, .. } = side.sheet;
                assert_eq!(side.sheet.orientation, orientation);
                assert_eq!(width > height, orientation.is_landscape());
            }
        }
    }

    #[test]
    fn backs_follow_fronts_of_the_same_paper() {
        let layout = Layout { duplex: Duplex::LongEdge, ..Layout::default() };
        let a4 = |number| (number, 595.0, 842.0);
        let pages = [a4(1), a4(2), a4(3), (4, 842.0, 1191.0), a4(5), a4(6)];
        let backs: Vec<bool> =
            lay_out(&pages, &layout).iter().map(|side| side.is_back).collect();
        assert_eq!(backs, [false, true, false, false, false, true]);
    }
}
