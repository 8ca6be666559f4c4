//! The canvas: the rows of one band, on which a page's content is drawn. A part
//! of the driver, in a package of its own.
//!
//! The interpreter of a page says what to draw, one thing after the other, and
//! each band hears all of it. What costs memory is therefore made for the part
//! that is seen in the band, and not for the page: a picture is unpacked once
//! and only its rows in the band become dots, a mesh is coloured dot by dot
//! within the band, and a pattern's texture is no larger than what it fills.

mod decoded;
mod mesh;
mod paint;
mod path;
mod picture;
mod picture_memory;
mod pictures;
mod text;
mod tiling;

use std::collections::HashMap;
use std::sync::Arc;

use hayro_interpret::font::GlyphRun;
use hayro_interpret::{
    BlendMode, CacheKey, ClipPath, Device, DrawMode, DrawProps, FillRule,
    Image, ImageDrawProps, MaskType, SoftMask,
};
use kurbo::{Affine, BezPath, PathEl, Rect, Shape};
use vello_cpu::color::{AlphaColor, Srgb};
use vello_cpu::peniko::{self, Compose, Fill, Mix};
use vello_cpu::{Mask, Pixmap, RenderContext, Resources};

pub use picture_memory::PictureMemory;
pub use pictures::Pictures;
pub use text::Outlines;

/// How far a clip may lie beyond what is seen, in dots.
const MARGIN: f64 = 2.0;

/// What the canvases of a thread share: the shapes of letters, and with other
/// threads the pictures.
pub struct Supplies {
    /// The shapes of letters.
    pub outlines: Outlines,
    /// The decoded pictures.
    pub pictures: Arc<Pictures>,
    /// Is told, in a sentence, what is drawn otherwise than the document says
    /// it.
    pub note: Box<dyn Fn(&str)>,
}

/// The ground of a canvas: the paper itself, or something that is drawn only
/// to be used on paper.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ground {
    /// The paper. The thinnest line is as wide as a dot. On the others lines
    /// have their own width, however thin.
    Paper,
    /// The cell of a pattern.
    Cell,
    /// A glyph that is drawn by operators, as a page is.
    Glyph,
}

/// Draws what the interpreter says into a context. Distances are in dots, from
/// the context's upper left corner.
pub struct Canvas<'c> {
    context: &'c mut RenderContext,
    supplies: &'c Supplies,
    ground: Ground,
    /// What can be seen: all of the context, then what each clip leaves of it.
    seen: Vec<Rect>,
    /// Groups without any effect of their own that were not begun so far.
    plain_groups: usize,
    soft_masks: HashMap<u128, Mask>,
    cells: HashMap<(u128, bool), Arc<Pixmap>>,
}

impl<'c> Canvas<'c> {
    /// A canvas of the size of `context`, which holds what is drawn.
    pub fn new(
        context: &'c mut RenderContext,
        supplies: &'c Supplies,
    ) -> Canvas<'c> {
        Canvas::on(context, supplies, Ground::Paper)
    }

    fn on(
        context: &'c mut RenderContext,
        supplies: &'c Supplies,
        ground: Ground,
    ) -> Canvas<'c> {
        let (width, height) = (context.width(), context.height());
        Canvas {
            context,
            supplies,
            ground,
            seen: vec![Rect::new(0.0, 0.0, width.into(), height.into())],
            plain_groups: 0,
            soft_masks: HashMap::new(),
            cells: HashMap::new(),
        }
    }

    /// The part of `bounds` that can be seen, in whole dots; `None` when that
    /// is nothing.
    fn seen(&self, bounds: Rect) -> Option<Rect> {
        // A dot to spare: edges are soft, and a line may have no width.
        let seen = self.seen[self.seen.len() - 1];
        let part = bounds.inflate(1.0, 1.0).intersect(seen.expand());
        // Not a number is nothing as well.
        (part.width() > 0.0 && part.height() > 0.0).then(|| part.expand())
    }

    fn begin(&mut self, props: &DrawProps<'_>) {
        self.begin_groups(0);
        self.context.set_transform(props.transform);
        self.context.set_blend_mode(blend_mode(props.blend_mode));
        match &props.soft_mask {
            Some(mask) => {
                let mask = self.soft_mask(mask);
                self.context.set_mask(mask);
            }
            None => self.context.reset_mask(),
        }
    }

    /// Begins the groups that were put off, all but `rest` of them.
    fn begin_groups(&mut self, rest: usize) {
        while self.plain_groups > rest {
            self.context.push_layer(None, None, None, None, None);
            self.plain_groups -= 1;
        }
    }

    fn clip(&mut self, path: &BezPath, rule: FillRule) {
        if let Some(rect) = as_rect(path) {
            return self.clip_to(rect);
        }
        self.begin_groups(0);
        let transform = *self.context.transform();
        self.context.set_fill_rule(fill_rule(rule));
        self.context.set_transform(Affine::IDENTITY);
        self.context.push_clip_path(path);
        self.context.set_transform(transform);
        self.narrow(path.bounding_box());
    }

    fn clip_to(&mut self, rect: Rect) {
        self.begin_groups(0);
        let transform = *self.context.transform();
        self.context.set_fill_rule(Fill::NonZero);
        self.context.set_transform(Affine::IDENTITY);
        // Some forms are said to be 20 m wide. What lies far outside is cut
        // off: the context can count only so far.
        let seen = self.seen[self.seen.len() - 1];
        let near = seen.expand().inflate(MARGIN, MARGIN);
        self.context.push_clip_rect(&rect.intersect(near));
        self.context.set_transform(transform);
        self.narrow(rect);
    }

    /// From now on only what lies in `bounds` can be seen.
    fn narrow(&mut self, bounds: Rect) {
        let seen = self.seen[self.seen.len() - 1];
        self.seen.push(seen.intersect(bounds));
    }

    /// A context for something that is drawn on its own.
    fn child(&self, width: u16, height: u16) -> RenderContext {
        let settings = *self.context.render_settings();
        RenderContext::new_with(width, height, settings)
    }

    fn soft_mask(&mut self, mask: &SoftMask<'_>) -> Mask {
        let key = mask.cache_key();
        if let Some(known) = self.soft_masks.get(&key) {
            return known.clone();
        }
        let drawn = self.draw_soft_mask(mask);
        self.soft_masks.insert(key, drawn.clone());
        drawn
    }

    fn draw_soft_mask(&self, mask: &SoftMask<'_>) -> Mask {
        let (width, height) = (self.context.width(), self.context.height());
        let mut context = self.child(width, height);
        let ground = mask.background_color().to_rgba();
        // Black is what an empty context is to a mask anyway.
        let has_ground = ground.components()[..3] != [0.0; 3];
        if has_ground {
            let color = AlphaColor::<Srgb>::new(ground.components());
            context.set_paint(color);
            context.fill_rect(&self.seen[0]);
            context.push_layer(None, None, None, None, None);
        }
        mask.interpret(&mut Canvas::new(&mut context, self.supplies));
        if has_ground {
            context.pop_layer();
        }
        let pixels = render(&mut context);
        let drawn = match mask.mask_type() {
            MaskType::Luminosity => Mask::new_luminance(&pixels),
            MaskType::Alpha => Mask::new_alpha(&pixels),
        };
        let Some(transfer) = mask.transfer_function() else {
            return drawn;
        };
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let mut values: Vec<u8> =
            places.map(|(x, y)| drawn.sample(x, y)).collect();
        transfer.apply_to(&mut values);
        Mask::from_parts(values, width, height)
    }
}

impl<'a> Device<'a> for Canvas<'_> {
    fn draw_path(
        &mut self,
        path: &BezPath,
        props: DrawProps<'a>,
        mode: &DrawMode,
    ) {
        match mode {
            DrawMode::Fill(rule) => self.fill(path, &props, *rule),
            DrawMode::Stroke(stroke) => self.stroke(path, &props, stroke),
            DrawMode::FillAndStroke(rule, stroke) => {
                self.fill(path, &props, *rule);
                self.stroke(path, &props, stroke);
            }
            DrawMode::Invisible => {}
        }
    }

    fn draw_rect(
        &mut self,
        rect: &Rect,
        props: DrawProps<'a>,
        mode: &DrawMode,
    ) {
        match mode {
            DrawMode::Fill(_) => self.fill_rect(rect, &props),
            _ => self.draw_path(&rect.to_path(0.1), props, mode),
        }
    }

    fn draw_glyph_run(
        &mut self,
        run: &GlyphRun<'_, 'a>,
        props: DrawProps<'a>,
        mode: &DrawMode,
    ) {
        self.draw_text(run, &props, mode);
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.draw_picture(image, &props);
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        self.clip(&clip.path, clip.fill);
    }

    fn push_clip_rect(&mut self, rect: &Rect) {
        self.clip_to(*rect);
    }

    fn pop_clip(&mut self) {
        self.context.pop_clip();
        self.seen.pop();
    }

    fn push_transparency_group(
        &mut self,
        opacity: f32,
        mask: Option<SoftMask<'a>>,
        mode: BlendMode,
    ) {
        if opacity >= 1.0 && mask.is_none() && mode == BlendMode::Normal {
            self.plain_groups += 1;
            return;
        }
        self.begin_groups(0);
        let mask = mask.map(|mask| self.soft_mask(&mask));
        let mode = Some(blend_mode(mode));
        self.context.push_layer(None, mode, Some(opacity), mask, None);
    }

    fn pop_transparency_group(&mut self) {
        match self.plain_groups.checked_sub(1) {
            Some(rest) => self.plain_groups = rest,
            None => self.context.pop_layer(),
        }
    }
}

/// The rectangle that a path is, if it is one with level sides.
fn as_rect(path: &BezPath) -> Option<Rect> {
    let mut corners = Vec::with_capacity(5);
    for element in path.iter().take(7) {
        match element {
            PathEl::MoveTo(corner) if corners.is_empty() => {
                corners.push(corner);
            }
            PathEl::LineTo(corner) if corners.len() < 5 => corners.push(corner),
            PathEl::ClosePath if corners.len() >= 4 => {}
            _ => return None,
        }
    }
    if let [first, .., last] = corners.as_slice()
        && corners.len() == 5
        && first == last
    {
        corners.pop();
    }
    let [a, b, c, d] = corners.as_slice() else { return None };
    let is_level = (a.x == b.x && b.y == c.y && c.x == d.x && d.y == a.y)
        || (a.y == b.y && b.x == c.x && c.y == d.y && d.x == a.x);
    is_level.then(|| Rect::from_points(*a, *c))
}

/// What was drawn, as pixels.
fn render(context: &mut RenderContext) -> Pixmap {
    let mut pixels = Pixmap::new(context.width(), context.height());
    context.flush();
    context.render(&mut pixels, &mut Resources::default());
    pixels
}

fn fill_rule(rule: FillRule) -> Fill {
    match rule {
        FillRule::NonZero => Fill::NonZero,
        FillRule::EvenOdd => Fill::EvenOdd,
    }
}

fn blend_mode(mode: BlendMode) -> peniko::BlendMode {
    let mix = match mode {
        BlendMode::Normal => Mix::Normal,
        BlendMode::Multiply => Mix::Multiply,
        BlendMode::Screen => Mix::Screen,
        BlendMode::Overlay => Mix::Overlay,
        BlendMode::Darken => Mix::Darken,
        BlendMode::Lighten => Mix::Lighten,
        BlendMode::ColorDodge => Mix::ColorDodge,
        BlendMode::ColorBurn => Mix::ColorBurn,
        BlendMode::HardLight => Mix::HardLight,
        BlendMode::SoftLight => Mix::SoftLight,
        BlendMode::Difference => Mix::Difference,
        BlendMode::Exclusion => Mix::Exclusion,
        BlendMode::Hue => Mix::Hue,
        BlendMode::Saturation => Mix::Saturation,
        BlendMode::Color => Mix::Color,
        BlendMode::Luminosity => Mix::Luminosity,
    };
    peniko::BlendMode::new(mix, Compose::SrcOver)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rectangle_is_known_by_its_level_sides() {
        let rect = Rect::new(-3e5, 2.0, 3e5, 5.0);
        assert_eq!(as_rect(&rect.to_path(0.1)), Some(rect));
        let quarter = Affine::rotate(std::f64::consts::FRAC_PI_4);
        assert_eq!(as_rect(&(quarter * rect.to_path(0.1))), None);
        let circle = kurbo::Circle::new((0.0, 0.0), 9.0);
        assert_eq!(as_rect(&circle.to_path(0.1)), None);
        let mut two = rect.to_path(0.1);
        two.extend(rect.to_path(0.1));
        assert_eq!(as_rect(&two), None);
    }
}
