//! Pictures: each is drawn as far as it is seen in the band.

use std::sync::Arc;

use hayro_interpret::util::x_y_advances;
use hayro_interpret::{CacheKey, Image, ImageDrawProps, Paint};
use kurbo::{Affine, Rect};
use vello_cpu::peniko::{Extend, ImageQuality, ImageSampler};
use vello_cpu::{self, ImageSource, Mask};

use super::decoded::{Grid, Picture, Plane};
use super::{Canvas, Ground, blend_mode, render};
use crate::picture_memory::PictureMemory;

/// Pictures of fewer pixels are decoded each time: that is quick.
const FEW_PIXELS: u64 = 4096;
/// Pictures are made smaller before they are drawn when their pixels are
/// smaller than this part of a dot.
const SMALL_PIXEL: f64 = 0.75;
/// The most pixels along a side of what is drawn at once.
const LONGEST_SIDE: u32 = 32_767;
/// The note on a picture that is decoded smaller than it is printed.
const SMALLER: &str = "a picture needs more memory than it may use, so it is \
    printed with fewer pixels than it has";
/// Pixels that are drawn beyond the edge of a band, for smooth pictures.
const MARGIN: f64 = 2.0;

impl Canvas<'_> {
    pub(super) fn draw_picture(
        &mut self,
        image: Image<'_, '_>,
        props: &ImageDrawProps<'_>,
    ) {
        // A picture has a group of its own. When that has no effect, the
        // picture needs none.
        self.begin_groups(1);
        let (width, height) = (image.width(), image.height());
        let whole = Rect::new(0.0, 0.0, width.into(), height.into());
        let bounds = props.transform.transform_rect_bbox(whole);
        let Some(area) = self.seen(bounds) else { return };
        self.context.set_blend_mode(blend_mode(props.blend_mode));
        self.context.reset_mask();

        let (x, y) = x_y_advances(&props.transform);
        let dots = |length: f64, pixels: u32| {
            (length * f64::from(pixels)).ceil().max(1.0) as u32
        };
        let mut size = (dots(x.length(), width), dots(y.length(), height));
        match image {
            Image::Raster(raster) => {
                let memory = PictureMemory::of(raster.stream());
                let halvings = memory.and_then(|picture| picture.halvings());
                let halvings = halvings.unwrap_or_default();
                let most = (width >> halvings, height >> halvings);
                if most.0 < size.0.min(width) {
                    (self.supplies.note)(SMALLER);
                    size = (size.0.min(most.0), size.1.min(most.1));
                }
                let decode = || Picture::raster(&raster, size);
                let few = u64::from(width) * u64::from(height) < FEW_PIXELS;
                let picture = if few {
                    decode().map(Arc::new)
                } else {
                    let key = (raster.cache_key(), size.0, size.1);
                    self.supplies.pictures.get(key, decode)
                };
                if let Some(picture) = picture {
                    let black = [0, 0, 0, 255];
                    self.draw_pixels(&picture, props.transform, black, area);
                }
            }
            Image::Stencil(stencil) => stencil.with_stencil(
                |mask, paint| {
                    let mask = Picture::stencil(mask);
                    self.draw_stencil(&mask, props.transform, paint, area);
                },
                Some(size),
            ),
        }
    }

    fn draw_stencil(
        &mut self,
        mask: &Picture,
        transform: Affine,
        paint: &Paint<'_>,
        area: Rect,
    ) {
        if let Paint::Color(color) = paint {
            let color = color.to_rgba().to_rgba8();
            return self.draw_pixels(mask, transform, color, area);
        }
        let (width, height) = (self.context.width(), self.context.height());
        let mut context = self.child(width, height);
        let mut canvas = Canvas::on(&mut context, self.supplies, self.ground);
        canvas.draw_pixels(mask, transform, [255; 4], area);
        let drawn = Mask::new_luminance(&render(&mut context));
        self.begin_groups(0);
        self.context.push_layer(None, None, None, Some(drawn), None);
        self.context.set_transform(Affine::IDENTITY);
        self.with_paint(paint, area, false, |canvas| {
            canvas.context.fill_rect(&area);
        });
        self.context.pop_layer();
    }

    /// Draws the part of a picture that is seen in `area`. A mask is drawn in
    /// `color`.
    fn draw_pixels(
        &mut self,
        picture: &Picture,
        transform: Affine,
        color: [u8; 4],
        area: Rect,
    ) {
        let (width, height) = picture.size();
        let transform = transform
            * Affine::scale_non_uniform(picture.scale.0, picture.scale.1);
        let (x, y) = x_y_advances(&transform);
        let finest = |side: fn(&Plane) -> u32| {
            picture.planes().map(side).max().unwrap_or_default()
        };
        let columns =
            grid(x.length() * f64::from(width), finest(|plane| plane.width));
        let rows =
            grid(y.length() * f64::from(height), finest(|plane| plane.height));
        let transform = transform
            * Affine::scale_non_uniform(
                f64::from(width) / f64::from(columns),
                f64::from(height) / f64::from(rows),
            );
        if transform.determinant() == 0.0 {
            return;
        }

        let part = transform.inverse().transform_rect_bbox(area);
        let part = part.inflate(MARGIN, MARGIN).expand();
        let whole = Rect::new(0.0, 0.0, columns.into(), rows.into());
        let part = part.intersect(whole);
        if !(part.width() >= 1.0 && part.height() >= 1.0) {
            return;
        }
        let grid = Grid {
            columns,
            rows,
            seen_columns: part.x0 as usize..part.x1 as usize,
            seen_rows: part.y0 as usize..part.y1 as usize,
        };
        // Where a dot of the grid is one of the paper, nothing is to be mixed.
        let is_reduced = columns < finest(|plane| plane.width);
        let is_close = x.length() < 1.0 && !is_reduced;
        let in_glyph = self.ground == Ground::Glyph;
        let quality = match picture.smooth || is_close || in_glyph {
            true => ImageQuality::Medium,
            false => ImageQuality::Low,
        };
        let source = vello_cpu::Image {
            image: ImageSource::Pixmap(Arc::new(picture.pixels(&grid, color))),
            sampler: ImageSampler {
                x_extend: Extend::Pad,
                y_extend: Extend::Pad,
                quality,
                alpha: 1.0,
            },
        };
        self.context
            .set_transform(transform * Affine::translate((part.x0, part.y0)));
        self.context.set_paint_transform(Affine::IDENTITY);
        self.context.set_paint(source);
        // A dot at the edge is the picture's: two pictures that touch each
        // other are to have no gap between them.
        self.context.set_aliasing_threshold((!in_glyph).then_some(1));
        let size = Rect::new(0.0, 0.0, part.width(), part.height());
        self.context.fill_rect(&size);
        self.context.set_aliasing_threshold(None);
    }
}

/// How many pixels a side of the drawn picture has: as many as the picture, or
/// as the paper has dots for it.
fn grid(dots: f64, pixels: u32) -> u32 {
    let reduced = dots < f64::from(pixels) * SMALL_PIXEL;
    let grid = if reduced { dots.ceil() as u32 } else { pixels };
    grid.clamp(1, LONGEST_SIDE)
}
