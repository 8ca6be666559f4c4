//! A decoded picture, and the pixels that are drawn of it.

use std::iter;
use std::ops::Range;

use hayro_interpret::{ImageData, LumaData, RasterImage};
use vello_cpu::{PixelMetadata, Pixmap};

/// A decoded picture.
pub(super) struct Picture {
    /// Red, green and blue, or grey; `None` where only the mask counts.
    color: Option<Plane>,
    alpha: Option<Plane>,
    /// Whether its pixels are to flow into each other.
    pub smooth: bool,
    /// The picture's own size by that which it was decoded at.
    pub scale: (f64, f64),
}

/// Rows of samples.
pub(super) struct Plane {
    samples: Vec<u8>,
    /// Samples to a pixel.
    channels: usize,
    pub width: u32,
    pub height: u32,
}

impl Picture {
    /// Decodes a picture for so many dots.
    pub fn raster(
        image: &RasterImage<'_>,
        size: (u32, u32),
    ) -> Option<Picture> {
        let mut decoded = None;
        image.with_rgba(
            |image, alpha| {
                let (x, y) = image.scale_factors();
                decoded = Some(Picture {
                    smooth: image.interpolate(),
                    scale: (x.into(), y.into()),
                    color: Some(match image {
                        ImageData::Rgb(rgb) => Plane {
                            samples: rgb.data,
                            channels: 3,
                            width: rgb.width,
                            height: rgb.height,
                        },
                        ImageData::Luma(grey) => Plane::grey(grey),
                    }),
                    alpha: alpha.map(Plane::grey),
                });
            },
            Some(size),
        );
        decoded
    }

    pub fn stencil(mask: LumaData) -> Picture {
        let (x, y) = mask.scale_factors;
        Picture {
            smooth: mask.interpolate,
            scale: (x.into(), y.into()),
            color: None,
            alpha: Some(Plane::grey(mask)),
        }
    }

    pub fn planes(&self) -> impl Iterator<Item = &Plane> {
        self.color.iter().chain(&self.alpha)
    }

    pub fn bytes(&self) -> usize {
        self.planes().map(|plane| plane.samples.len()).sum()
    }

    /// Width and height of the plane that says how large the picture is.
    pub fn size(&self) -> (u32, u32) {
        let plane = self.color.as_ref().or(self.alpha.as_ref());
        plane.map_or((0, 0), |plane| (plane.width, plane.height))
    }
}

impl Plane {
    fn grey(grey: LumaData) -> Plane {
        let LumaData { data: samples, width, height, .. } = grey;
        Plane { samples, channels: 1, width, height }
    }
}

/// The pixels in which a picture is drawn, and which of them are seen.
pub(super) struct Grid {
    pub columns: u32,
    pub rows: u32,
    pub seen_columns: Range<usize>,
    pub seen_rows: Range<usize>,
}

impl Picture {
    /// The part of the grid that is seen. A mask is drawn in `color`.
    pub fn pixels(&self, grid: &Grid, color: [u8; 4]) -> Pixmap {
        let (width, height) = (grid.seen_columns.len(), grid.seen_rows.len());
        let mut pixels = Vec::with_capacity(width * height * 4);
        let mut colors = self.color.as_ref().map(|plane| plane.rows(grid));
        let mut alphas = self.alpha.as_ref().map(|plane| plane.rows(grid));
        for row in grid.seen_rows.clone() {
            let start = pixels.len();
            match colors
                .as_mut()
                .map(|rows| (rows.plane.channels, rows.at(row)))
            {
                Some((3, row)) => {
                    let dots = row.as_chunks::<3>().0;
                    pixels.extend(
                        dots.iter().flat_map(|[r, g, b]| [*r, *g, *b, 255]),
                    );
                }
                Some((_, row)) => {
                    pixels.extend(row.iter().flat_map(|g| [*g, *g, *g, 255]));
                }
                None => {
                    let row = iter::repeat_n(premultiply(color, 255), width);
                    pixels.extend(row.flatten());
                }
            }
            if let Some(alphas) = &mut alphas {
                let dots = pixels[start..].as_chunks_mut::<4>().0;
                for (dot, alpha) in dots.iter_mut().zip(alphas.at(row)) {
                    *dot = fade(*dot, *alpha);
                }
            }
        }
        let opaque = self.alpha.is_none() && color[3] == 255;
        let metadata = PixelMetadata {
            may_have_transparency: !opaque,
            ..PixelMetadata::default()
        };
        Pixmap::from_parts(pixels, width as u16, height as u16, metadata)
    }
}

fn premultiply([r, g, b, a]: [u8; 4], alpha: u8) -> [u8; 4] {
    fade(fade([r, g, b, 255], a), alpha)
}

fn fade(dot: [u8; 4], alpha: u8) -> [u8; 4] {
    dot.map(|part| {
        let product = u16::from(part) * u16::from(alpha);
        ((product + 255) >> 8) as u8
    })
}

impl Plane {
    fn rows<'p>(&'p self, grid: &Grid) -> PlaneRows<'p> {
        let columns = grid.seen_columns.clone();
        let edges = |column: usize| part(column, grid.columns, self.width);
        PlaneRows {
            plane: self,
            columns: columns.map(edges).collect(),
            grid_rows: grid.rows,
            is_copy: grid.columns == self.width && grid.rows == self.height,
            first: grid.seen_columns.start,
            sums: Vec::new(),
            row: Vec::new(),
        }
    }

    fn row(&self, row: usize) -> &[u8] {
        let length = self.width as usize * self.channels;
        &self.samples[row * length..][..length]
    }
}

/// The pixels of a plane that become pixel `place` of `count`: from the first
/// to just past the last, at least one.
fn part(place: usize, count: u32, pixels: u32) -> (usize, usize) {
    let (count, pixels) = (count as usize, pixels as usize);
    let first = place * pixels / count;
    let end = ((place + 1) * pixels / count).max(first + 1);
    (first.min(pixels - 1), end.min(pixels))
}

/// Makes rows of a grid from the rows of a plane.
struct PlaneRows<'p> {
    plane: &'p Plane,
    columns: Vec<(usize, usize)>,
    grid_rows: u32,
    is_copy: bool,
    first: usize,
    sums: Vec<u64>,
    row: Vec<u8>,
}

impl PlaneRows<'_> {
    /// The samples of a row of the grid: each is the mean of those that it
    /// stands for.
    fn at(&mut self, row: usize) -> &[u8] {
        let Plane { channels, height, .. } = *self.plane;
        if self.is_copy {
            let row = &self.plane.row(row)[self.first * channels..];
            return &row[..self.columns.len() * channels];
        }
        let (top, bottom) = part(row, self.grid_rows, height);
        self.sums.clear();
        self.sums.resize(self.columns.len() * channels, 0);
        for row in top..bottom {
            let row = self.plane.row(row);
            let sums = self.sums.chunks_exact_mut(channels);
            for (sums, (left, right)) in sums.zip(&self.columns) {
                for pixel in row[left * channels..right * channels]
                    .chunks_exact(channels)
                {
                    for (sum, sample) in sums.iter_mut().zip(pixel) {
                        *sum += u64::from(*sample);
                    }
                }
            }
        }
        self.row.clear();
        let sums = self.sums.chunks_exact(channels);
        for (sums, (left, right)) in sums.zip(&self.columns) {
            let count = ((right - left) * (bottom - top)) as u64;
            self.row.extend(sums.iter().map(|sum| (sum / count) as u8));
        }
        &self.row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(width: u32, height: u32, samples: &[u8]) -> Plane {
        Plane { samples: samples.to_vec(), channels: 1, width, height }
    }

    fn rows(plane: &Plane, columns: u32, rows: u32) -> Vec<Vec<u8>> {
        let seen_rows = 0..rows as usize;
        let seen_columns = 0..columns as usize;
        let grid = Grid { columns, rows, seen_columns, seen_rows };
        let mut made = plane.rows(&grid);
        (0..rows as usize).map(|row| made.at(row).to_vec()).collect()
    }

    #[test]
    fn a_picture_that_is_made_smaller_has_the_means_of_its_pixels() {
        let four_by_two = plane(4, 2, &[0, 10, 100, 100, 20, 30, 100, 200]);
        assert_eq!(rows(&four_by_two, 2, 1), [[15, 125]]);
    }

    #[test]
    fn a_mask_that_is_finer_than_its_picture_repeats_the_pictures_pixels() {
        let two_by_one = plane(2, 1, &[7, 9]);
        assert_eq!(rows(&two_by_one, 4, 2), [[7, 7, 9, 9]; 2]);
    }

    #[test]
    fn every_pixel_is_seen_once_however_the_sides_divide() {
        for (count, pixels) in [(3, 10), (10, 10), (7, 1000)] {
            let mut next = 0;
            for place in 0..count as usize {
                let (first, end) = part(place, count, pixels);
                assert_eq!(first, next);
                next = end;
            }
            assert_eq!(next, pixels as usize);
        }
    }

    #[test]
    fn a_mask_is_drawn_in_its_colour_as_far_as_it_covers() {
        let mask = Picture {
            color: None,
            alpha: Some(plane(3, 1, &[0, 128, 255])),
            smooth: false,
            scale: (1.0, 1.0),
        };
        let grid =
            Grid { columns: 3, rows: 1, seen_columns: 0..3, seen_rows: 0..1 };
        let pixels = mask.pixels(&grid, [255, 0, 0, 255]);
        let dots: Vec<[u8; 4]> = pixels
            .data()
            .iter()
            .map(|dot| [dot.r, dot.g, dot.b, dot.a])
            .collect();
        assert_eq!(dots, [[0; 4], [128, 0, 0, 128], [255, 0, 0, 255]]);
    }
}
