//! A small grey picture, and how alike two of them are.

use std::ops::Range;
use std::{io, iter};

/// What paper is where nothing is printed.
const WHITE: u8 = 255;
/// A dot darker than this is ink.
const INK: u8 = 250;
/// How far from ink two pictures are compared, in dots, and half the side of
/// the window of 9 × 9 dots that is compared at a time, rounded down.
const REACH: usize = 4;
/// The weights of a slight blur, one way.
const BLUR: [f32; 5] =
    [1.0 / 16.0, 4.0 / 16.0, 6.0 / 16.0, 4.0 / 16.0, 1.0 / 16.0];

/// A picture of 8-bit grey dots, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grey {
    pub width: usize,
    pub height: usize,
    pub dots: Vec<u8>,
}

/// The part of a large picture that becomes a small one: where its first dot
/// begins, and how many dots, across and down, become one. What lies outside
/// of the large picture is white.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    pub left: f64,
    pub top: f64,
    pub across: f64,
    pub down: f64,
}

impl Grey {
    pub fn white(width: usize, height: usize) -> Grey {
        Grey { width, height, dots: vec![WHITE; width * height] }
    }

    /// A part of this picture as one of `width` × `height` dots, each the mean
    /// of the area that it covers.
    pub fn shrink(&self, part: Part, width: usize, height: usize) -> Grey {
        let columns = weights(part.left, part.across, width, self.width);
        let rows = weights(part.top, part.down, height, self.height);
        let mut dots = Vec::with_capacity(width * height);
        let mut sums = vec![0.0_f32; self.width];
        for row in &rows {
            let outside = 1.0 - row.weights.iter().sum::<f32>();
            sums.fill(outside * f32::from(WHITE));
            for (y, weight) in (row.first..).zip(&row.weights) {
                let line = &self.dots[y * self.width..][..self.width];
                for (sum, dot) in sums.iter_mut().zip(line) {
                    *sum += weight * f32::from(*dot);
                }
            }
            dots.extend(columns.iter().map(|column| {
                let inside = column.weights.iter().sum::<f32>();
                let sums = &sums[column.first..];
                let sum: f32 =
                    column.weights.iter().zip(sums).map(|(w, s)| w * s).sum();
                (sum + (1.0 - inside) * f32::from(WHITE)).round() as u8
            }));
        }
        Grey { width, height, dots }
    }

    /// How much of the picture is ink, 0 to 1.
    pub fn inked(&self) -> f64 {
        let ink = self.dots.iter().filter(|dot| **dot < INK).count();
        ink as f64 / self.dots.len().max(1) as f64
    }

    /// How alike two pictures of one size are where either has ink: both
    /// slightly blurred, the mean of their structural similarity (Z. Wang and
    /// others, 2004) in windows of 9 × 9 dots around every dot that is near
    /// ink. 1 for equal pictures, and for two without ink.
    pub fn agreement(&self, other: &Grey) -> f64 {
        const C1: f64 = (0.01 * 255.0) * (0.01 * 255.0);
        const C2: f64 = (0.03 * 255.0) * (0.03 * 255.0);
        assert_eq!((self.width, self.height), (other.width, other.height));
        let near = self.near_ink(other);
        let (a, b) = (self.blurred(), other.blurred());
        let product = |a: &[f32], b: &[f32]| -> Vec<f32> {
            a.iter().zip(b).map(|(a, b)| a * b).collect()
        };
        let sums = [
            self.sums(&a),
            self.sums(&b),
            self.sums(&product(&a, &a)),
            self.sums(&product(&b, &b)),
            self.sums(&product(&a, &b)),
        ];
        let (mut total, mut count) = (0.0, 0.0);
        for y in 0..self.height {
            for x in 0..self.width {
                if !near[y * self.width + x] {
                    continue;
                }
                let (rows, columns) =
                    (around(y, self.height), around(x, self.width));
                let area = (rows.len() * columns.len()) as f64;
                let [ma, mb, aa, bb, ab] = sums
                    .each_ref()
                    .map(|sums| self.sum(sums, &rows, &columns) / area);
                let (va, vb, cov) = (aa - ma * ma, bb - mb * mb, ab - ma * mb);
                total += ((2.0 * ma * mb + C1) * (2.0 * cov + C2))
                    / ((ma * ma + mb * mb + C1) * (va + vb + C2));
                count += 1.0;
            }
        }
        if count > 0.0 { total / count } else { 1.0 }
    }

    /// For every dot, whether ink of either picture is within reach.
    fn near_ink(&self, other: &Grey) -> Vec<bool> {
        let pairs = self.dots.iter().zip(&other.dots);
        let ink: Vec<f32> =
            pairs.map(|(a, b)| f32::from(u8::from(*a.min(b) < INK))).collect();
        let sums = self.sums(&ink);
        let mut near = Vec::with_capacity(ink.len());
        for y in 0..self.height {
            let rows = around(y, self.height);
            near.extend(
                (0..self.width).map(|x| {
                    self.sum(&sums, &rows, &around(x, self.width)) > 0.5
                }),
            );
        }
        near
    }

    fn blurred(&self) -> Vec<f32> {
        let across: Vec<f32> =
            self.dots.iter().map(|d| f32::from(*d)).collect();
        let across = blur(&across, self.width, self.height, 1, self.width);
        blur(&across, self.height, self.width, self.width, 1)
    }

    /// Of each dot the sum of all above and left of it, so that the sum of a
    /// window is four look-ups.
    fn sums(&self, values: &[f32]) -> Vec<f64> {
        let stride = self.width + 1;
        let mut sums = vec![0.0; stride * (self.height + 1)];
        for y in 0..self.height {
            let mut row = 0.0;
            for x in 0..self.width {
                row += f64::from(values[y * self.width + x]);
                sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1] + row;
            }
        }
        sums
    }

    fn sum(&self, sums: &[f64], y: &Range<usize>, x: &Range<usize>) -> f64 {
        let at = |y: usize, x: usize| sums[y * (self.width + 1) + x];
        at(y.end, x.end) - at(y.start, x.end) - at(y.end, x.start)
            + at(y.start, x.start)
    }
}

/// The brightness of each pixel (Rec. ITU-R BT.601).
pub fn grey_of_rgb(samples: &[u8]) -> Vec<u8> {
    let grey = |[r, g, b]: &[u8; 3]| {
        let [r, g, b] = [*r, *g, *b].map(u32::from);
        ((299 * r + 587 * g + 114 * b + 500) / 1000) as u8
    };
    samples.as_chunks().0.iter().map(grey).collect()
}

/// The places within reach of `at`.
fn around(at: usize, size: usize) -> Range<usize> {
    at.saturating_sub(REACH)..(at + REACH + 1).min(size)
}

/// Blurs lines of `length` values that are `step` apart; the first values of
/// two neighbouring lines are `next` apart.
fn blur(
    values: &[f32],
    length: usize,
    lines: usize,
    step: usize,
    next: usize,
) -> Vec<f32> {
    let mut blurred = vec![0.0; values.len()];
    for line in 0..lines {
        for at in 0..length {
            let sum = BLUR.iter().enumerate().map(|(place, weight)| {
                // Beyond the edge, the edge goes on.
                let from = (at + place).saturating_sub(2).min(length - 1);
                weight * values[line * next + from * step]
            });
            blurred[line * next + at * step] = sum.sum();
        }
    }
    blurred
}

/// The weights of a large picture's dots in one of a small picture's.
struct Weights {
    first: usize,
    weights: Vec<f32>,
}

fn weights(start: f64, step: f64, count: usize, size: usize) -> Vec<Weights> {
    let of = |number: usize| {
        let from = start + number as f64 * step;
        let (low, high) = (from.max(0.0), (from + step).min(size as f64));
        if low >= high {
            return Weights { first: 0, weights: Vec::new() };
        }
        let first = low as usize;
        let weights = (first..high.ceil() as usize)
            .map(|at| {
                let at = at as f64;
                (((at + 1.0).min(high) - at.max(low)) / step) as f32
            })
            .collect();
        Weights { first, weights }
    };
    (0..count).map(of).collect()
}

/// Writes pictures side by side as one grey PNG, a few dots apart.
pub fn write_beside(out: impl io::Write, pictures: &[&Grey]) -> io::Result<()> {
    const APART: usize = 6;
    let width = pictures.iter().map(|one| one.width + APART).sum::<usize>();
    let height = pictures.iter().map(|one| one.height).max().unwrap_or(1);
    let mut png = png::Encoder::new(out, width as u32, height as u32);
    png.set_color(png::ColorType::Grayscale);
    png.set_depth(png::BitDepth::Eight);
    let mut dots = Vec::with_capacity(width * height);
    for y in 0..height {
        for one in pictures {
            match one.dots.get(y * one.width..(y + 1) * one.width) {
                Some(row) => dots.extend_from_slice(row),
                None => dots.extend(iter::repeat_n(128, one.width)),
            }
            dots.extend([128; APART]);
        }
    }
    png.write_header()?.write_image_data(&dots)?;
    Ok(())
}
