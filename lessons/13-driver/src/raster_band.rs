//! The band of pages that came as pixels: nothing is drawn, their pixels are
//! laid on the sheet.

use std::io;
use std::ops::Range;

use raster::{Placed, Raster};
use sheet::{PageOnSheet, Side};

use crate::Settings;
use crate::band::BandRenderer;

impl BandRenderer {
    /// These rows of a side with its pages as PCL XL images.
    ///
    /// # Errors
    /// When the raster cannot be read any more.
    pub(crate) fn raster_band(
        &mut self,
        raster: &Raster,
        side: &Side,
        rows: Range<u16>,
        settings: &Settings,
    ) -> io::Result<Vec<u8>> {
        self.raster_dots(raster, side, rows.clone())?;
        Ok(self.pack(&side.sheet, rows, settings))
    }

    /// The dots of these rows, four bytes each.
    ///
    /// # Errors
    /// When the raster cannot be read any more.
    pub(crate) fn raster_dots(
        &mut self,
        raster: &Raster,
        side: &Side,
        rows: Range<u16>,
    ) -> io::Result<&[u8]> {
        let sheet = &side.sheet;
        let dots = self.white(sheet, rows.len());
        for on_sheet in &side.pages {
            let page = on_sheet.number.saturating_sub(1) as usize;
            if let Some(placed) = placed(raster, page, on_sheet) {
                let width = sheet.width.into();
                raster.draw(page, &placed, rows.start.into(), width, dots)?;
            }
        }
        Ok(dots)
    }
}

/// Where a page lies, in its own pixels.
fn placed(
    raster: &Raster,
    page: usize,
    on_sheet: &PageOnSheet,
) -> Option<Placed> {
    let (across, down) = raster.pages().get(page)?.dpi();
    let cell = on_sheet.cell;
    Some(Placed {
        left: on_sheet.left,
        top: on_sheet.top,
        across: on_sheet.scale * 72.0 / f64::from(across),
        down: on_sheet.scale * 72.0 / f64::from(down),
        columns: cell.left.into()..cell.right.into(),
        rows: cell.top.into()..cell.bottom.into(),
    })
}
