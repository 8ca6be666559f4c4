//! The graphics state: where the next image goes, and what its samples mean.

use super::error::Error;
use super::names::attr;
use super::operation::Operation;
use super::token::Shape;
use crate::paper::MM_PER_INCH;

/// The graphics state, which `PushGS` saves and `PopGS` brings back.
#[derive(Clone, Default)]
pub struct GraphicsState {
    /// Pixels of the page per unit, across and down.
    scale: [f64; 2],
    /// Pixels from the page's corner to the origin.
    origin: [f64; 2],
    /// In units from the origin.
    cursor: Option<[f64; 2]>,
    pub color: Color,
}

/// How samples become colours.
#[derive(Clone)]
pub struct Color {
    /// 1 for grey, 3 for colour.
    pub channels: usize,
    /// One byte a channel, entry after entry.
    pub palette: Vec<u8>,
}

impl Default for Color {
    fn default() -> Color {
        Color { channels: 1, palette: Vec::new() }
    }
}

impl GraphicsState {
    /// The state at the beginning of a page of `dpi` pixels an inch.
    pub fn new(units_per_inch: [f64; 2], dpi: f64) -> GraphicsState {
        let scale = units_per_inch.map(|units| dpi / units);
        GraphicsState { scale, ..GraphicsState::default() }
    }

    /// `SetPageDefaultCTM`: the page's own scale and origin.
    pub fn reset_coordinates(&mut self, units_per_inch: [f64; 2], dpi: f64) {
        self.scale = units_per_inch.map(|units| dpi / units);
        self.origin = [0.0; 2];
    }

    // ANCHOR: color_space
    /// `SetColorSpace`.
    pub fn set_color_space(
        &mut self,
        operation: &Operation,
    ) -> Result<(), Error> {
        let channels = match operation.scalar(attr::COLOR_SPACE)? as u8 {
            1 => 1,     // eGray
            2 | 6 => 3, // eRGB, eSRGB
            _ => return Err(operation.error("UnsupportedAttributeValue")),
        };
        // ANCHOR_END: color_space
        let mut palette = Vec::new();
        if let Some(value) = operation.value(attr::PALETTE_DATA) {
            if operation.scalar(attr::PALETTE_DEPTH)? != 2.0
                || value.shape != Shape::Array
            {
                return Err(operation.error("UnsupportedAttributeValue"));
            }
            palette = value.numbers.iter().map(|&n| n as u8).collect();
            if ![2, 16, 256].contains(&(palette.len() / channels))
                || palette.len() % channels != 0
            {
                return Err(operation.error("ImagePaletteMismatch"));
            }
        }
        self.color = Color { channels, palette };
        Ok(())
    }

    /// `SetCursor`.
    pub fn set_cursor(&mut self, operation: &Operation) -> Result<(), Error> {
        self.cursor = Some(operation.xy(attr::POINT)?);
        Ok(())
    }

    /// `SetCursorRel`.
    pub fn move_cursor(&mut self, operation: &Operation) -> Result<(), Error> {
        let [x, y] = operation.xy(attr::POINT)?;
        let Some(cursor) = &mut self.cursor else {
            return Err(operation.error("CurrentCursorUndefined"));
        };
        cursor[0] += x;
        cursor[1] += y;
        Ok(())
    }

    /// `SetPageOrigin`.
    pub fn move_origin(&mut self, operation: &Operation) -> Result<(), Error> {
        let [x, y] = operation.xy(attr::PAGE_ORIGIN)?;
        self.origin[0] += x * self.scale[0];
        self.origin[1] += y * self.scale[1];
        Ok(())
    }

    /// `SetPageScale`, by factors or, since class 2.0, by new units.
    pub fn change_scale(
        &mut self,
        operation: &Operation,
        page_units: [f64; 2],
    ) -> Result<(), Error> {
        let factor = match operation.value(attr::PAGE_SCALE) {
            Some(_) => operation.xy(attr::PAGE_SCALE)?,
            None => {
                let [x, y] = units_per_inch(operation)?;
                [page_units[0] / x, page_units[1] / y]
            }
        };
        for (scale, factor) in self.scale.iter_mut().zip(factor) {
            *scale *= factor;
        }
        let sane = |scale: &f64| (1e-6..=1e6).contains(scale);
        if !self.scale.iter().all(sane) {
            return Err(operation.error("IllegalAttributeValue"));
        }
        Ok(())
    }

    /// Left, top, right and bottom edge, in pixels of the page, of an area of
    /// `size` units at the cursor; none if there is no cursor.
    pub fn area(&self, [width, height]: [f64; 2]) -> Option<[f64; 4]> {
        let [x, y] = self.cursor?;
        let ([sx, sy], [ox, oy]) = (self.scale, self.origin);
        let (left, top) = (ox + x * sx, oy + y * sy);
        Some([left, top, left + width * sx, top + height * sy])
    }
}

/// `UnitsPerMeasure`, which may be given for an inch, for a millimetre or for
/// a tenth of one.
pub fn units_per_inch(operation: &Operation) -> Result<[f64; 2], Error> {
    let measures_per_inch = match operation.scalar(attr::MEASURE)? as u8 {
        0 => 1.0,
        1 => MM_PER_INCH,
        2 => MM_PER_INCH * 10.0,
        _ => return Err(operation.error("IllegalAttributeValue")),
    };
    let units = operation.xy(attr::UNITS_PER_MEASURE)?;
    if !units.iter().all(|units| (0.001..=100_000.0).contains(units)) {
        return Err(operation.error("IllegalAttributeValue"));
    }
    Ok(units.map(|units| units * measures_per_inch))
}
