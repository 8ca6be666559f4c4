//! The drawing of a page: its pixels become dots of a sheet, one for one where
//! both are as fine, and the means of several where the sheet is coarser.

use std::io;
use std::ops::Range;

use crate::lines::Rows;
use crate::{Raster, RasterPage};

/// Bytes of a dot: red, green, blue, and 255.
const DOT: usize = 4;

/// Where a page lies on a sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The column of its left edge; negative when it sticks out.
    pub left: f64,
    /// The row of its top edge.
    pub top: f64,
    /// Dots of the sheet to a pixel, across.
    pub across: f64,
    /// Dots of the sheet to a pixel, down.
    pub down: f64,
    /// The columns of the sheet that it may be drawn on.
    pub columns: Range<u32>,
    /// The rows of the sheet that it may be drawn on.
    pub rows: Range<u32>,
}

impl Raster {
    /// Draws the part of page `page` (from 0) that lies on a band of a sheet.
    /// `dots` has the band's rows of `width` dots, from row `first` of the
    /// sheet on. Dots beside the page stay as they are.
    ///
    /// # Errors
    /// When the file cannot be read any more.
    pub fn draw(
        &self,
        page: usize,
        placed: &Placed,
        first: u32,
        width: usize,
        dots: &mut [u8],
    ) -> io::Result<()> {
        let Some(page) = self.pages.get(page) else { return Ok(()) };
        let (columns, rows) = (
            Axis::new(placed.left, placed.across, page.width),
            Axis::new(placed.top, placed.down, page.height),
        );
        let line = width * DOT;
        if line == 0 {
            return Ok(());
        }
        let height = dots.len() / line;
        let across = columns.seen(0, width, &placed.columns);
        let down = rows.seen(first.into(), height, &placed.rows);
        if across.is_empty() || down.is_empty() {
            return Ok(());
        }
        let columns: Vec<Range<usize>> = across
            .clone()
            .map(|column| columns.pixels(column as i64, page.mirrored.0))
            .collect();
        let mut reader = Reader::new(self, page);
        let each = |at: usize, reader: &mut Reader<'_>, dots: &mut [u8]| {
            let place = rows.pixels(first as i64 + at as i64, page.mirrored.1);
            let dots = &mut dots[at * line..][..line];
            let dots = &mut dots[across.start * DOT..across.end * DOT];
            reader.row(place, &columns, dots)
        };
        // In the order of the file.
        match page.mirrored.1 {
            false => {
                down.clone().try_for_each(|at| each(at, &mut reader, dots))
            }
            true => down.rev().try_for_each(|at| each(at, &mut reader, dots)),
        }
    }
}

/// How dots lie over pixels, along one side.
struct Axis {
    /// The first dot, by its place on the sheet.
    start: i64,
    dots: u64,
    pixels: u64,
}

impl Axis {
    fn new(start: f64, scale: f64, pixels: u32) -> Axis {
        let dots = (f64::from(pixels) * scale).round().max(1.0);
        Axis {
            start: start.round() as i64,
            dots: dots as u64,
            pixels: pixels.into(),
        }
    }

    /// Which of `count` dots, from `first` of the sheet on, have pixels and
    /// are `allowed`.
    fn seen(
        &self,
        first: i64,
        count: usize,
        allowed: &Range<u32>,
    ) -> Range<usize> {
        let end = self.start.saturating_add_unsigned(self.dots);
        let start = self.start.max(allowed.start.into());
        let end = end.min(allowed.end.into());
        let here = |dot: i64| {
            dot.saturating_sub(first).clamp(0, count as i64) as usize
        };
        here(start)..here(end)
    }

    /// The pixels that a dot of the sheet stands for, at least one.
    fn pixels(&self, dot: i64, is_mirrored: bool) -> Range<usize> {
        let at = dot.saturating_sub(self.start).max(0) as u64;
        let at = at.min(self.dots - 1);
        let at = if is_mirrored { self.dots - 1 - at } else { at };
        // Both are below 2³², or there would be no such sheet.
        let first = at.saturating_mul(self.pixels) / self.dots;
        let end = (at + 1).saturating_mul(self.pixels) / self.dots;
        first as usize..end.max(first + 1) as usize
    }
}

/// Reads rows of a page in ascending order, and makes dots of them.
struct Reader<'r> {
    raster: &'r Raster,
    page: &'r RasterPage,
    rows: Option<Rows<'r>>,
    /// How many rows of the page have been read.
    read: usize,
    /// The row that was read last, as pixels.
    pixels: Vec<u8>,
    /// Whether the pixels are not those of a row yet.
    is_empty: bool,
    sums: Vec<u64>,
}

impl<'r> Reader<'r> {
    fn new(raster: &'r Raster, page: &'r RasterPage) -> Reader<'r> {
        let pixels = vec![0xFF; page.width as usize * DOT];
        let (rows, is_empty, sums) = (None, true, Vec::new());
        Reader { raster, page, rows, read: 0, pixels, is_empty, sums }
    }

    /// Fills dots, each with the mean of the pixels in these rows and its
    /// columns.
    fn row(
        &mut self,
        rows: Range<usize>,
        columns: &[Range<usize>],
        dots: &mut [u8],
    ) -> io::Result<()> {
        let dots = dots.as_chunks_mut::<DOT>().0;
        if rows.len() == 1 {
            self.go_to(rows.start)?;
            for (dot, columns) in dots.iter_mut().zip(columns) {
                *dot = match columns.len() {
                    1 => self.pixel(columns.start),
                    count => {
                        let mut sums = [0; 3];
                        for column in columns.clone() {
                            add(&mut sums, self.pixel(column));
                        }
                        mean(sums, count as u64)
                    }
                };
            }
            return Ok(());
        }
        let mut sums = std::mem::take(&mut self.sums);
        sums.clear();
        sums.resize(columns.len() * 3, 0);
        let count = rows.len();
        for row in rows {
            self.go_to(row)?;
            let sums = sums.as_chunks_mut::<3>().0;
            for (sums, columns) in sums.iter_mut().zip(columns) {
                for column in columns.clone() {
                    add(sums, self.pixel(column));
                }
            }
        }
        let dots = dots.iter_mut().zip(columns);
        for ((dot, columns), sums) in dots.zip(sums.as_chunks::<3>().0) {
            *dot = mean(*sums, (count * columns.len()) as u64);
        }
        self.sums = sums;
        Ok(())
    }

    fn pixel(&self, column: usize) -> [u8; DOT] {
        let pixels = self.pixels.as_chunks::<DOT>().0;
        pixels.get(column).copied().unwrap_or([0xFF; DOT])
    }

    /// Makes this row (from 0) the one whose pixels are at hand.
    fn go_to(&mut self, row: usize) -> io::Result<()> {
        if self.rows.is_some() && self.read == row + 1 {
            return Ok(());
        }
        if self.rows.is_none() || self.read > row {
            let first = u32::try_from(row).unwrap_or(u32::MAX);
            let rows = Rows::from(&self.raster.source, self.page, first)?;
            (self.rows, self.read, self.is_empty) = (Some(rows), row, true);
        }
        let rows = self.rows.as_mut().expect("set above");
        // Many rows are like the one before, and need not be made pixels
        // again.
        let mut is_same = !self.is_empty;
        loop {
            let (bytes, is_like_last) = rows.next()?;
            is_same &= is_like_last;
            self.read += 1;
            if self.read > row {
                if !is_same {
                    let RasterPage { space, bits, .. } = self.page;
                    space.pixels(bytes, *bits, &mut self.pixels);
                }
                self.is_empty = false;
                return Ok(());
            }
        }
    }
}

fn add(sums: &mut [u64; 3], [r, g, b, _]: [u8; DOT]) {
    sums[0] += u64::from(r);
    sums[1] += u64::from(g);
    sums[2] += u64::from(b);
}

fn mean(sums: [u64; 3], count: u64) -> [u8; DOT] {
    let [r, g, b] = sums.map(|sum| ((sum + count / 2) / count) as u8);
    [r, g, b, 0xFF]
}
