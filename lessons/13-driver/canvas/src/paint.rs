//! Paint: a colour, a gradient, a mesh or a pattern.

use std::sync::Arc;

use hayro_interpret::encode::EncodedShadingType;
use hayro_interpret::gradient::{SvgGradient, SvgGradientKind};
use hayro_interpret::pattern::{Pattern, ShadingPattern};
use hayro_interpret::{FillRule, Paint};
use kurbo::{Affine, Rect};
use vello_cpu::color::{AlphaColor, DynamicColor, Srgb};
use vello_cpu::peniko::{
    ColorStop, Extend, Gradient, ImageQuality, ImageSampler,
};
use vello_cpu::{Image, ImageSource, PaintType, PixelMetadata, Pixmap};

use super::{Canvas, mesh};

/// By how much a gradient's colours may be off, of 1.
const TOLERANCE: f32 = 0.01;

impl Canvas<'_> {
    /// Calls `draw` with the context's paint set. `area` is what will be seen
    /// of it, in whole dots.
    pub(super) fn with_paint(
        &mut self,
        paint: &Paint<'_>,
        area: Rect,
        is_stroke: bool,
        draw: impl FnOnce(&mut Self),
    ) {
        let Paint::Pattern(pattern) = paint else {
            self.set_color(paint);
            return draw(self);
        };
        let (source, place) = match &**pattern {
            Pattern::Shading(shading) => shading_paint(shading, area),
            Pattern::Tiling(tiling) => {
                self.tiling_paint(tiling, area, is_stroke)
            }
        };
        let to_path = self.context.transform().inverse();
        self.context.set_paint(source);
        self.context.set_paint_transform(to_path * place);
        let bounds = match &**pattern {
            Pattern::Shading(shading) => shading.shading.clip_path.as_ref(),
            Pattern::Tiling(_) => None,
        };
        if let Some(bounds) = bounds {
            self.clip(bounds, FillRule::NonZero);
        }
        draw(self);
        if bounds.is_some() {
            self.context.pop_clip();
            self.seen.pop();
        }
    }

    /// Sets a plain colour; a pattern is not set by this.
    pub(super) fn set_color(&mut self, paint: &Paint<'_>) {
        if let Paint::Color(color) = paint {
            let [r, g, b, a] = color.to_rgba().to_rgba8();
            self.context.set_paint_transform(Affine::IDENTITY);
            self.context.set_paint(AlphaColor::from_rgba8(r, g, b, a));
        }
    }
}

/// A shading, and the transform that takes it to its place in the context.
fn shading_paint(shading: &ShadingPattern, area: Rect) -> (PaintType, Affine) {
    let (width, height) = (area.width() as u16, area.height() as u16);
    let place = Affine::translate((area.x0, area.y0));
    if let Some(dots) = mesh::draw(shading, area) {
        let metadata = PixelMetadata::default();
        let dots = Pixmap::from_parts(dots, width, height, metadata);
        return (texture(dots, Extend::Pad, 1.0), place);
    }
    let encoded = shading.encode();
    if let EncodedShadingType::RadialAxial(gradient) = &encoded.shading_type
        && let Some(native) =
            gradient.as_svg_gradient(&encoded, area, TOLERANCE)
    {
        // Colours are meant at the middle of a dot.
        let half = Affine::translate((-0.5, -0.5));
        let place = half * native.transform;
        return (gradient_paint(&native), place);
    }
    let mut dots =
        Vec::with_capacity(usize::from(width) * usize::from(height) * 4);
    let (_, _, place) = encoded.sample_texture(area, 1.0, |sample| {
        let dot = AlphaColor::<Srgb>::new(sample).premultiply().to_rgba8();
        dots.extend([dot.r, dot.g, dot.b, dot.a]);
    });
    let dots =
        Pixmap::from_parts(dots, width, height, PixelMetadata::default());
    (texture(dots, Extend::Pad, 1.0), place)
}

fn gradient_paint(native: &SvgGradient) -> PaintType {
    let stops: Vec<ColorStop> = native
        .stops
        .iter()
        .map(|stop| {
            let color = AlphaColor::<Srgb>::new(stop.color);
            let color = DynamicColor::from_alpha_color(color);
            ColorStop { offset: stop.offset, color }
        })
        .collect();
    let gradient = match native.kind {
        SvgGradientKind::Linear { start, end } => {
            Gradient::new_linear(start, end)
        }
        SvgGradientKind::Radial {
            start_center,
            start_radius,
            end_center,
            end_radius,
        } => Gradient::new_two_point_radial(
            start_center,
            start_radius,
            end_center,
            end_radius,
        ),
    };
    let gradient = gradient.with_extend(Extend::Pad);
    PaintType::Gradient(gradient.with_stops(stops.as_slice()))
}

/// Pixels as paint.
pub(super) fn texture(pixels: Pixmap, extend: Extend, alpha: f32) -> PaintType {
    shared_texture(Arc::new(pixels), (extend, extend), alpha)
}

pub(super) fn shared_texture(
    pixels: Arc<Pixmap>,
    (x_extend, y_extend): (Extend, Extend),
    alpha: f32,
) -> PaintType {
    PaintType::Image(Image {
        image: ImageSource::Pixmap(pixels),
        sampler: ImageSampler {
            x_extend,
            y_extend,
            quality: ImageQuality::Medium,
            alpha,
        },
    })
}
