//! The page of a picture: how large it is, and its PDF.

use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref};

/// The size of an A4 sheet in points, upright, less what printers cannot print
/// at its edges.
const PRINTABLE: (f64, f64) = (559.0, 806.0);
/// Sizes of papers in points, upright: A4, Letter, Legal, A3 and Ledger. A
/// picture of such a size is a scan, and stays as large.
const PAPERS: [(f64, f64); 5] = [
    (595.28, 841.89),
    (612.0, 792.0),
    (612.0, 1008.0),
    (841.89, 1190.55),
    (792.0, 1224.0),
];
/// By how much a scan may differ from its paper, in points: 5 mm.
const TOLERANCE: f64 = 14.2;
/// Pixels to the inch where nobody has said it, as on a screen.
const USUAL_DENSITY: f64 = 96.0;
/// Densities outside of these are mistakes.
const LEAST_DENSITY: f64 = 30.0;
const MOST_DENSITY: f64 = 4800.0;
/// The shortest side of a page, in points.
const SHORTEST: f64 = 1.0;

/// How the pixels of a picture are kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Samples {
    Grey,
    Rgb,
    Cmyk { inverted: bool },
}

/// A picture and what is known of it.
pub(crate) struct Page {
    /// In pixels, before it is turned.
    pub width: u32,
    pub height: u32,
    pub samples: Samples,
    /// How its samples are coded.
    pub filter: Option<Filter>,
    /// How it is to be turned and mirrored: see [`crate::exif`].
    pub orientation: u8,
    /// Pixels to the inch, before it is turned.
    pub density: Option<(f64, f64)>,
}

impl Page {
    /// The picture as a PDF of one page.
    pub fn to_pdf(&self, samples: &[u8]) -> Vec<u8> {
        let [catalog, pages, page, picture, content] =
            [1, 2, 3, 4, 5].map(Ref::new);
        let (width, height) = self.size();
        let mut pdf = Pdf::new();
        pdf.catalog(catalog).pages(pages);
        pdf.pages(pages).kids([page]).count(1);
        let mut dict = pdf.page(page);
        dict.media_box(Rect::new(0.0, 0.0, width as f32, height as f32));
        dict.parent(pages).contents(content);
        dict.resources().x_objects().pair(Name(b"P"), picture);
        dict.finish();

        let mut image = pdf.image_xobject(picture, samples);
        if let Some(filter) = self.filter {
            image.filter(filter);
        }
        image.width(self.width as i32).height(self.height as i32);
        image.bits_per_component(8);
        match self.samples {
            Samples::Grey => image.color_space().device_gray(),
            Samples::Rgb => image.color_space().device_rgb(),
            Samples::Cmyk { inverted } => {
                image.color_space().device_cmyk();
                if inverted {
                    image.decode([1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
                }
            }
        }
        image.finish();

        let mut drawing = Content::new();
        drawing.transform(placed(self.orientation, width, height));
        drawing.x_object(Name(b"P"));
        pdf.stream(content, &drawing.finish());
        pdf.finish()
    }

    /// Width and height of the page in points, as it is seen.
    fn size(&self) -> (f64, f64) {
        let is_sane =
            |density: f64| (LEAST_DENSITY..=MOST_DENSITY).contains(&density);
        let usual = (USUAL_DENSITY, USUAL_DENSITY);
        let known = self.density.filter(|(x, y)| is_sane(*x) && is_sane(*y));
        let (x, y) = known.unwrap_or(usual);
        let mut size = (
            f64::from(self.width) * 72.0 / x,
            f64::from(self.height) * 72.0 / y,
        );
        // The last four lie on their side.
        if self.orientation > 4 {
            size = (size.1, size.0);
        }
        on_paper(size)
    }
}

/// The size of a picture on paper. One that is no scan of a larger paper goes
/// on A4: most pictures do not say how large they are to be, or wrongly.
fn on_paper((width, height): (f64, f64)) -> (f64, f64) {
    let turned =
        |(a, b): (f64, f64)| if width > height { (b, a) } else { (a, b) };
    let is_like = |paper: (f64, f64)| {
        let (across, down) = turned(paper);
        (width - across).abs() <= TOLERANCE
            && (height - down).abs() <= TOLERANCE
    };
    let (across, down) = turned(PRINTABLE);
    let scale = match PAPERS.into_iter().any(is_like) {
        true => 1.0,
        false => (across / width).min(down / height).min(1.0),
    };
    ((width * scale).max(SHORTEST), (height * scale).max(SHORTEST))
}

/// How the unit square, with the picture's first row at its top, becomes the
/// page: by the camera's orientation (Exif 2.32, 4.6.4, tag 274).
fn placed(orientation: u8, width: f64, height: f64) -> [f32; 6] {
    let (w, h) = (width as f32, height as f32);
    match orientation {
        2 => [-w, 0.0, 0.0, h, w, 0.0],
        3 => [-w, 0.0, 0.0, -h, w, h],
        4 => [w, 0.0, 0.0, -h, 0.0, h],
        5 => [0.0, -h, -w, 0.0, w, h],
        6 => [0.0, -h, w, 0.0, 0.0, h],
        7 => [0.0, h, w, 0.0, 0.0, 0.0],
        8 => [0.0, h, -w, 0.0, w, 0.0],
        _ => [w, 0.0, 0.0, h, 0.0, 0.0],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(
        width: u32,
        height: u32,
        density: Option<f64>,
        orientation: u8,
    ) -> (f64, f64) {
        let density = density.map(|density| (density, density));
        let (samples, filter) = (Samples::Rgb, None);
        let page =
            Page { width, height, samples, filter, orientation, density };
        let (width, height) = page.size();
        (width.round(), height.round())
    }

    #[test]
    fn a_scan_stays_as_large_as_its_paper_was() {
        assert_eq!(size(2480, 3508, Some(300.0), 1), (595.0, 842.0));
        assert_eq!(size(2550, 3300, Some(300.0), 1), (612.0, 792.0));
        assert_eq!(size(9921, 7016, Some(600.0), 1), (1191.0, 842.0));
        assert_eq!(size(300, 150, Some(300.0), 1), (72.0, 36.0));
    }

    #[test]
    fn a_photograph_fills_a_sheet_of_a4_and_no_more() {
        for density in [None, Some(72.0), Some(300.0), Some(0.0), Some(1e9)] {
            assert_eq!(size(4800, 3200, density, 1), (806.0, 537.0));
            assert_eq!(size(4800, 3200, density, 6), (537.0, 806.0));
        }
        assert_eq!(size(96, 192, None, 1), (72.0, 144.0));
        assert_eq!(size(65_535, 1, None, 1), (806.0, 1.0));
    }

    /// Where the corners of the first row come to lie: left and right, from
    /// the top.
    #[test]
    fn a_picture_is_turned_and_mirrored_as_its_camera_was_held() {
        let corner = |orientation, u: f32, v: f32| {
            let [a, b, c, d, e, f] = placed(orientation, 2.0, 4.0);
            (a * u + c * v + e, b * u + d * v + f)
        };
        for (orientation, first, last) in [
            (1, (0.0, 4.0), (2.0, 4.0)),
            (2, (2.0, 4.0), (0.0, 4.0)),
            (3, (2.0, 0.0), (0.0, 0.0)),
            (4, (0.0, 0.0), (2.0, 0.0)),
            (5, (0.0, 4.0), (0.0, 0.0)),
            (6, (2.0, 4.0), (2.0, 0.0)),
            (7, (2.0, 0.0), (2.0, 4.0)),
            (8, (0.0, 0.0), (0.0, 4.0)),
        ] {
            assert_eq!(corner(orientation, 0.0, 1.0), first, "{orientation}");
            assert_eq!(corner(orientation, 1.0, 1.0), last, "{orientation}");
        }
    }
}
