//! The thumbnail: a page as a small picture, for a screen.

use std::sync::Arc;

use canvas::Pictures;
use findings::Collector;

use crate::band::{BandCache, BandRenderer};
use crate::{Document, Error, Settings};

/// How many dots, across and down, become one pixel of the picture.
const DOTS: u32 = 2;

/// Page `number` (from 1) on its sheet as a PNG picture, whose longer side has
/// about `longest` pixels; `None` when there is no such page, or it cannot be
/// read.
pub(crate) fn draw(
    document: &Document,
    number: u32,
    longest: u16,
) -> Result<Option<Vec<u8>>, Error> {
    let at = |dpi| Settings { dpi, ..Settings::default() };
    // At 72 dots per inch, a sheet has as many dots as points.
    let Some(sheet) = document.sheet(number, &at(72)) else { return Ok(None) };
    let points = u32::from(sheet.width.max(sheet.height)).max(1);
    let dpi = (72 * DOTS * u32::from(longest) / points).clamp(1, 600);
    let settings = at(dpi as u16);
    let sides = document.lay_out(&[number], &settings);
    let Some(side) = sides.first() else { return Ok(None) };
    let (collector, sheet) = (Collector::default(), &side.sheet);
    let mut renderer = BandRenderer::new(
        &collector,
        document.substitutes(),
        settings.language,
    );
    let dots = match (document.raster(), document.page(number)) {
        (Some(raster), _) => renderer
            .raster_dots(raster, side, 0..sheet.height)
            .map_err(Error::Renderer)?,
        (None, Some(page)) => {
            let pages = [(page, &side.pages[0])];
            let pictures = Arc::<Pictures>::default();
            let cache = BandCache::new(&pictures, &collector);
            renderer.dots(&pages, &cache, sheet)
        }
        (None, None) => return Ok(None),
    };
    Ok(pictures::halved_png(dots, sheet.width.into(), sheet.height.into()))
}
