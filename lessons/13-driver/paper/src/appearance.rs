//! An appearance in the making: what is drawn for an annotation that has none.

use hayro_syntax::object::{Array, Dict, Name, ObjRef, Object, Stream};
use kurbo::{Affine, Point, Rect};
use pdf_writer::Content;

use crate::objects::{Objects, limit};
use crate::update::Update;

/// How far from a circle's edge its curves' handles are, in radii.
const ROUND: f64 = 0.5523;

/// An appearance in the making.
pub(crate) struct Appearance {
    /// Where on the page it lies.
    pub place: Rect,
    /// What is drawn of it, in its own coordinates.
    pub window: Rect,
    /// By how much it is turned, counter-clockwise, in steps of 90 degrees.
    pub turns: u32,
    pub content: Content,
    /// The names of the fonts, and what the resources say of them.
    pub fonts: Vec<(String, Vec<u8>)>,
    /// From 0, invisible, to 1.
    pub opacity: f64,
    /// Whether what lies below shines through, as under a marker pen.
    pub multiply: bool,
}

impl Appearance {
    /// An appearance that is drawn in the coordinates of its page.
    pub fn on_page(place: Rect) -> Appearance {
        Appearance {
            place,
            window: place,
            turns: 0,
            content: Content::new(),
            fonts: Vec::new(),
            opacity: 1.0,
            multiply: false,
        }
    }

    /// Adds it to a document. Returns an annotation that has it.
    pub fn add_to(self, update: &mut Update) -> Vec<u8> {
        let matrix = match self.turns % 4 {
            0 => "",
            1 => "/Matrix [0 1 -1 0 0 0] ",
            2 => "/Matrix [-1 0 0 -1 0 0] ",
            _ => "/Matrix [0 -1 1 0 0 0] ",
        };
        let Rect { x0, y0, x1, y1 } = self.window;
        let (opacity, blend) =
            (self.opacity, if self.multiply { "/Multiply" } else { "/Normal" });
        let mut entries = format!(
            "/Type /XObject /Subtype /Form /BBox [{x0} {y0} {x1} {y1}] {matrix}\
             /Resources << /ExtGState << /G << /ca {opacity} /CA {opacity} \
             /BM {blend} >> >> /Font << "
        )
        .into_bytes();
        for (name, font) in self.fonts {
            entries.extend(format!("/{name} ").into_bytes());
            if font.starts_with(b"<<") {
                // An object of its own, as fonts usually are.
                let id = update.add_once(font);
                entries.extend(id.to_string().into_bytes());
            } else {
                entries.extend(font);
            }
            entries.push(b' ');
        }
        entries.extend_from_slice(b" >> >>");
        let mut operators = b"/G gs\n".to_vec();
        operators.extend(self.content.finish().into_vec());
        let form = update.add_stream(&entries, &operators);
        let Rect { x0, y0, x1, y1 } = self.place;
        format!("<< /Rect [{x0} {y0} {x1} {y1}] /AP << /N {form} >> >>").into()
    }
}

/// An appearance through which text is seen that lies below, as all viewers
/// draw the marks of a marker pen: what says so inside of an appearance counts
/// nothing where that is a group of its own. `None` when it cannot be had.
pub(crate) fn multiplied(
    objects: &Objects<'_>,
    form: ObjRef,
    update: &mut Update,
) -> Option<ObjRef> {
    let stream: Stream<'_> = objects.pdf().xref().get(form.into())?;
    let dict = stream.dict();
    if &*dict.get::<Name<'_>>(b"Subtype")? != b"Form" {
        return None;
    }
    let [x0, y0, x1, y1] = dict.get::<[f64; 4]>(b"BBox")?.map(limit);
    let matrix = dict.get::<[f64; 6]>(b"Matrix");
    let matrix = matrix.map_or(Affine::IDENTITY, Affine::new);
    let Rect { x0, y0, x1, y1 } =
        matrix.transform_rect_bbox(Rect::new(x0, y0, x1, y1));
    let entries = format!(
        "/Type /XObject /Subtype /Form /BBox [{x0} {y0} {x1} {y1}] \
         /Resources << /ExtGState << /G << /BM /Multiply >> >> \
         /XObject << /A {form} >> >>"
    );
    Some(update.add_stream(entries.as_bytes(), b"/G gs /A Do"))
}

/// A colour of one, three or four components, as its space has.
pub(crate) type Color = Vec<f32>;

/// With what the outline and the inside of a shape are drawn.
pub(crate) struct Pen {
    pub line: Option<Color>,
    pub fill: Option<Color>,
    /// The width of the line in points.
    pub width: f64,
    /// The lengths of dashes and gaps; none for a whole line.
    pub dashes: Vec<f32>,
}

impl Pen {
    /// The pen of a comment: its colours, and the style of its border.
    pub fn of(objects: &Objects<'_>, annotation: &Dict<'_>) -> Pen {
        // The colour of a line that names none is black; an empty list says
        // that there is no line.
        let line = match annotation.get::<Array<'_>>(b"C") {
            None => Some(vec![0.0]),
            list => color(objects, list),
        };
        let fill = color(objects, annotation.get(b"IC"));
        let (width, dashes) =
            border(objects, annotation).unwrap_or((1.0, Vec::new()));
        Pen { line, fill, width, dashes }
    }

    /// Chooses the pen for what is drawn next.
    pub fn take(&self, content: &mut Content) {
        content.set_line_width(self.width as f32);
        if !self.dashes.is_empty() {
            content.set_dash_pattern(self.dashes.iter().copied(), 0.0);
        }
        self.line.iter().for_each(|color| set_stroke(content, color));
        self.fill.iter().for_each(|color| set_fill(content, color));
    }

    /// Draws the path in hand.
    pub fn draw(&self, content: &mut Content) {
        let line = self.line.is_some() && self.width > 0.0;
        match (line, self.fill.is_some()) {
            (true, true) => content.fill_nonzero_and_stroke(),
            (true, false) => content.stroke(),
            (false, true) => content.fill_nonzero(),
            (false, false) => content.end_path(),
        };
    }
}

/// The width and the dashes of an annotation's border, if it names one
/// (ISO 32000-2, 12.5.4).
pub(crate) fn border(
    objects: &Objects<'_>,
    annotation: &Dict<'_>,
) -> Option<(f64, Vec<f32>)> {
    let dashes = |list| -> Vec<f32> {
        let lengths = objects.numbers(list).into_iter().take(8);
        let lengths: Vec<f32> = lengths.map(|it| it as f32).collect();
        let draws = lengths.iter().all(|length| *length >= 0.0)
            && lengths.iter().sum::<f32>() > 0.1;
        if draws { lengths } else { Vec::new() }
    };
    if let Some(style) = annotation.get::<Dict<'_>>(b"BS") {
        let width = style.get::<f64>(b"W").unwrap_or(1.0);
        let dashed = style.get::<Name<'_>>(b"S").as_deref() == Some(b"D");
        let list: Option<Array<'_>> = style.get(b"D");
        return Some((
            limit(width).max(0.0),
            match (dashed, list) {
                (true, None) => vec![3.0],
                (true, list) => dashes(list),
                (false, _) => Vec::new(),
            },
        ));
    }
    let list: Array<'_> = annotation.get(b"Border")?;
    let width = objects.numbers(Some(list.clone())).get(2).copied();
    let list = objects.items(&list).nth(3).and_then(|(_, item)| match item {
        Some(Object::Array(list)) => Some(list),
        _ => None,
    });
    Some((limit(width.unwrap_or(1.0)).max(0.0), dashes(list)))
}

/// The colour that a list is; `None` for an empty one, which stands for no
/// colour at all.
pub(crate) fn color(
    objects: &Objects<'_>,
    list: Option<Array<'_>>,
) -> Option<Color> {
    let parts = objects.numbers(list);
    let color = parts.iter().map(|part| part.clamp(0.0, 1.0) as f32).collect();
    matches!(parts.len(), 1 | 3 | 4).then_some(color)
}

pub(crate) fn set_fill(content: &mut Content, color: &[f32]) {
    match *color {
        [grey] => content.set_fill_gray(grey),
        [r, g, b] => content.set_fill_rgb(r, g, b),
        [c, m, y, k] => content.set_fill_cmyk(c, m, y, k),
        _ => content,
    };
}

pub(crate) fn set_stroke(content: &mut Content, color: &[f32]) {
    match *color {
        [grey] => content.set_stroke_gray(grey),
        [r, g, b] => content.set_stroke_rgb(r, g, b),
        [c, m, y, k] => content.set_stroke_cmyk(c, m, y, k),
        _ => content,
    };
}

pub(crate) fn rectangle(content: &mut Content, area: Rect) {
    let (width, height) = (area.width() as f32, area.height() as f32);
    content.rect(area.x0 as f32, area.y0 as f32, width, height);
}

pub(crate) fn ellipse(content: &mut Content, area: Rect) {
    let (center, radii) = (area.center(), area.size() / 2.0);
    let at = |x: f64, y: f64| {
        let x = center.x + x * radii.width;
        (x as f32, (center.y + y * radii.height) as f32)
    };
    let (x, y) = at(1.0, 0.0);
    content.move_to(x, y);
    // A quarter of the way round at a time.
    for (from, to) in [
        ((1.0, 0.0), (0.0, 1.0)),
        ((0.0, 1.0), (-1.0, 0.0)),
        ((-1.0, 0.0), (0.0, -1.0)),
        ((0.0, -1.0), (1.0, 0.0)),
    ] {
        let handle = |(x, y): (f64, f64), (dx, dy): (f64, f64)| {
            at(x + ROUND * dx, y + ROUND * dy)
        };
        let ((x1, y1), (x2, y2)) = (handle(from, to), handle(to, from));
        let (x3, y3) = at(to.0, to.1);
        content.cubic_to(x1, y1, x2, y2, x3, y3);
    }
    content.close_path();
}

/// Lines from point to point.
pub(crate) fn polyline(content: &mut Content, points: &[Point]) {
    for (place, point) in points.iter().enumerate() {
        let (x, y) = (point.x as f32, point.y as f32);
        if place == 0 {
            content.move_to(x, y);
        } else {
            content.line_to(x, y);
        }
    }
}
