//! The comments that leave their looks to the viewer: marks on text, shapes,
//! lines, free text, stamps (ISO 32000-2, 12.5.6).

use hayro_syntax::object::{Array, Dict, Name, Object, String as Bytes};
use kurbo::{Point, Rect, Vec2};
use pdf_writer::types::{LineCapStyle, LineJoinStyle};

use crate::appearance::{
    Appearance, Pen, border, color, ellipse, polyline, rectangle, set_fill,
};
use crate::objects::{Objects, limit, place};
use crate::text::{Fonts, Style, text};

/// Under a marker pen without a colour.
const YELLOW: [f32; 3] = [1.0, 1.0, 0.0];
/// The lines of a stamp that says yes, of one that says no, and of others.
const GREEN: [f32; 3] = [0.1, 0.5, 0.1];
const RED: [f32; 3] = [0.7, 0.1, 0.1];
const BLUE: [f32; 3] = [0.1, 0.2, 0.6];
/// The size of a free text that names none, in points.
const TEXT_SIZE: f64 = 12.0;
/// From one line to the next, in sizes of the font.
const LEADING: f64 = 1.15;
/// The side of a note's sign, in points.
const SIGN: f64 = 20.0;
/// The most corners of a shape, and marks on a text, that are drawn.
const MOST_POINTS: usize = 200_000;

/// Draws a comment that has no appearance. `None` when nothing is to be seen
/// of its kind.
pub(crate) fn draw<'a>(
    objects: &Objects<'a>,
    fonts: &mut Fonts<'a>,
    comment: &Dict<'a>,
) -> Option<Appearance> {
    let place = place(comment)?;
    let kind = comment.get::<Name<'a>>(b"Subtype")?;
    let mut drawing = Appearance::on_page(place);
    drawing.opacity = comment.get::<f64>(b"CA").unwrap_or(1.0).clamp(0.0, 1.0);
    let mut comment =
        Comment { objects, comment, pen: Pen::of(objects, comment), drawing };
    match &*kind {
        b"Highlight" => comment.highlight(),
        b"Underline" | b"StrikeOut" | b"Squiggly" => comment.text_line(&kind),
        b"Square" | b"Circle" => comment.shape(&kind),
        b"Line" => comment.line()?,
        b"PolyLine" | b"Polygon" => comment.corners(&kind),
        b"Ink" => comment.ink()?,
        b"FreeText" => comment.free_text(fonts),
        b"Stamp" => comment.stamp(fonts)?,
        b"Text" | b"FileAttachment" => comment.sign(),
        b"Caret" => comment.caret(),
        b"Link" => comment.link()?,
        _ => return None,
    }
    Some(comment.drawing)
}

/// A comment in the making.
struct Comment<'o, 'a> {
    objects: &'o Objects<'a>,
    comment: &'o Dict<'a>,
    pen: Pen,
    drawing: Appearance,
}

impl<'a> Comment<'_, 'a> {
    fn highlight(&mut self) {
        self.drawing.multiply = true;
        let list: Option<Array<'a>> = self.comment.get(b"C");
        let fill = match list {
            None => YELLOW.to_vec(),
            list => match color(self.objects, list) {
                Some(color) => color,
                None => return,
            },
        };
        set_fill(&mut self.drawing.content, &fill);
        for [a, b, c, d] in self.quads() {
            polyline(&mut self.drawing.content, &[a, b, d, c]);
            self.drawing.content.close_path();
            self.drawing.content.fill_nonzero();
        }
    }

    /// A line under text or through it.
    fn text_line(&mut self, kind: &[u8]) {
        self.pen.fill = None;
        self.pen.take(&mut self.drawing.content);
        let width = self.pen.width;
        for [a, b, c, d] in self.quads() {
            let up = a - c;
            let line = match kind {
                b"StrikeOut" => [c.midpoint(a), d.midpoint(b)].to_vec(),
                b"Underline" => {
                    let above = unit(up) * 1.3 * width;
                    [c + above, d + above].to_vec()
                }
                _ => zigzag(c, d, unit(up) * 2.0 * width),
            };
            polyline(&mut self.drawing.content, &line);
            self.pen.draw(&mut self.drawing.content);
        }
    }

    fn shape(&mut self, kind: &[u8]) {
        let area = self.inner().inset(-self.pen.width / 2.0);
        self.pen.take(&mut self.drawing.content);
        match kind {
            b"Square" => rectangle(&mut self.drawing.content, area),
            _ => ellipse(&mut self.drawing.content, area),
        }
        self.pen.draw(&mut self.drawing.content);
    }

    fn line(&mut self) -> Option<()> {
        let ends = self.points(self.comment.get(b"L"));
        let (&start, &end) = (ends.first()?, ends.get(1)?);
        self.cover(&[start, end], 6.0);
        self.pen.take(&mut self.drawing.content);
        polyline(&mut self.drawing.content, &[start, end]);
        self.drawing.content.stroke();
        self.endings(start, end, start, end);
        Some(())
    }

    fn corners(&mut self, kind: &[u8]) {
        let points = self.points(self.comment.get(b"Vertices"));
        self.cover(&points, 6.0);
        self.pen.take(&mut self.drawing.content);
        polyline(&mut self.drawing.content, &points);
        if kind == b"Polygon" {
            self.drawing.content.close_path();
            self.pen.draw(&mut self.drawing.content);
            return;
        }
        self.drawing.content.stroke();
        if let [first, second, ..] = points[..]
            && let [.., before, last] = points[..]
        {
            self.endings(first, second, before, last);
        }
    }

    fn ink(&mut self) -> Option<()> {
        self.pen.fill = None;
        self.pen.take(&mut self.drawing.content);
        self.drawing.content.set_line_cap(LineCapStyle::RoundCap);
        self.drawing.content.set_line_join(LineJoinStyle::RoundJoin);
        let strokes: Array<'a> = self.comment.get(b"InkList")?;
        let mut drawn = 0;
        for (_, stroke) in self.objects.items(&strokes) {
            let Some(Object::Array(stroke)) = stroke else { continue };
            let points = self.points(Some(stroke));
            drawn += points.len();
            if drawn > MOST_POINTS {
                break;
            }
            self.cover(&points, 1.0);
            polyline(&mut self.drawing.content, &points);
            self.pen.draw(&mut self.drawing.content);
        }
        Some(())
    }

    fn free_text(&mut self, fonts: &mut Fonts<'a>) {
        let operators = self.string(b"DA");
        let mut style = Style::read(&operators);
        if style.size == 0.0 {
            style.size = TEXT_SIZE;
        }
        let area = self.inner();
        // Here the colour is that of the paper below the text.
        let given: Option<Array<'a>> = self.comment.get(b"C");
        self.pen.fill = color(self.objects, given);
        self.pen.line = Some(style.color.clone());
        let inside = area.inset(-self.pen.width);
        let content = &mut self.drawing.content;
        content.save_state();
        self.pen.take(content);
        rectangle(content, area.inset(-self.pen.width / 2.0));
        self.pen.draw(content);
        content.restore_state();

        let callout = self.points(self.comment.get(b"CL"));
        if callout.len() > 1 {
            self.cover(&callout, 2.0);
            polyline(&mut self.drawing.content, &callout);
            self.drawing.content.stroke();
        }
        let size = style.size;
        let mut setter = fonts.typesetter(&style.font);
        let content = &mut self.drawing.content;
        content.save_state();
        rectangle(content, inside);
        content.clip_nonzero().end_path();
        set_fill(content, &style.color);
        let room = (inside.width() - 4.0).max(1.0);
        let mut y = inside.y1 - 2.0 - 0.9 * size;
        let words = text(&self.string(b"Contents"));
        for line in setter.lines(&words, room / size) {
            if y < inside.y0 - size {
                break;
            }
            let line = line.trim_end();
            let free = room - setter.width(line) * size;
            let left = match self.comment.get::<i32>(b"Q") {
                Some(1) => free / 2.0,
                Some(2) => free,
                _ => 0.0,
            };
            let at = (inside.x0 + 2.0 + left, y);
            setter.show(&mut self.drawing.content, line, size, at);
            y -= LEADING * size;
        }
        self.drawing.content.restore_state();
        self.drawing.fonts = setter.fonts();
    }

    /// A stamp of rubber: a frame with the words of its name, as large as they
    /// fit.
    fn stamp(&mut self, fonts: &mut Fonts<'a>) -> Option<()> {
        let name = self.comment.get::<Name<'a>>(b"Name");
        let name = name.as_ref().map_or("Draft", |name| name.as_str());
        let words = stamp_words(name);
        let color = match name {
            "Approved" | "Final" | "Sold" => GREEN,
            "NotApproved" | "Expired" | "TopSecret" | "Confidential" => RED,
            _ => BLUE,
        };
        let area = self.drawing.place;
        let line = area.height().min(area.width()) / 16.0;
        let content = &mut self.drawing.content;
        self.pen.line = Some(color.to_vec());
        (self.pen.fill, self.pen.width) = (None, line);
        self.pen.take(content);
        rectangle(content, area.inset(-line));
        self.pen.draw(content);
        let mut setter = fonts.typesetter(b"HeBo");
        let wide = setter.width(&words);
        let size = (area.width() - 6.0 * line) / wide;
        let size = size.min((area.height() - 4.0 * line) / LEADING);
        if size > 0.0 && size.is_finite() {
            let center = area.center();
            let at = (center.x - wide * size / 2.0, center.y - 0.35 * size);
            set_fill(content, &color);
            setter.show(content, &words, size, at);
            self.drawing.fonts = setter.fonts();
        }
        Some(())
    }

    /// A note, or a file that is attached: a sheet of paper with lines on it,
    /// in the upper left corner of the place.
    fn sign(&mut self) {
        let Rect { x0, y1, .. } = self.drawing.place;
        let area = Rect::new(x0, y1 - SIGN, x0 + SIGN, y1);
        (self.drawing.place, self.drawing.window) = (area, area);
        let given: Option<Array<'a>> = self.comment.get(b"C");
        self.pen.fill = color(self.objects, given).or(Some(YELLOW.to_vec()));
        self.pen.line = Some(vec![0.0]);
        self.pen.width = 1.0;
        let content = &mut self.drawing.content;
        self.pen.take(content);
        rectangle(content, area.inset(-1.5));
        self.pen.draw(content);
        for row in 1..=3 {
            let y = y1 - 5.0 * f64::from(row);
            let line = [Point::new(x0 + 4.0, y), Point::new(x0 + 16.0, y)];
            polyline(content, &line);
            content.stroke();
        }
    }

    fn caret(&mut self) {
        let Rect { x0, y0, x1, y1 } = self.inner();
        self.pen.fill = self.pen.line.take();
        self.pen.take(&mut self.drawing.content);
        let top = Point::new((x0 + x1) / 2.0, y1);
        let points = [Point::new(x0, y0), top, Point::new(x1, y0)];
        polyline(&mut self.drawing.content, &points);
        self.pen.draw(&mut self.drawing.content);
    }

    /// The border of a link, where one is asked for.
    fn link(&mut self) -> Option<()> {
        let (width, _) = border(self.objects, self.comment)?;
        if width == 0.0 {
            return None;
        }
        self.pen.fill = None;
        self.shape(b"Square");
        Some(())
    }

    /// What is drawn at the ends of a line that goes from `start` towards
    /// `second`, and from `before` to `end`.
    fn endings(
        &mut self,
        start: Point,
        second: Point,
        before: Point,
        end: Point,
    ) {
        let styles: Array<'a> = self.comment.get(b"LE").unwrap_or_default();
        let styles: Vec<Name<'a>> = self
            .objects
            .items(&styles)
            .filter_map(|(_, style)| style?.into_name())
            .collect();
        for (style, (tip, from)) in
            styles.iter().zip([(start, second), (end, before)])
        {
            self.ending(style, tip, unit(tip - from));
        }
    }

    fn ending(&mut self, style: &[u8], tip: Point, ahead: Vec2) {
        let size = 3.0 * self.pen.width.max(1.0);
        let content = &mut self.drawing.content;
        let side = Vec2::new(-ahead.y, ahead.x);
        let square = Rect::from_center_size(tip, (2.0 * size, 2.0 * size));
        let back = match style {
            b"ROpenArrow" | b"RClosedArrow" => ahead,
            _ => -ahead,
        };
        let wings = [
            tip + back * 2.5 * size + side * 1.4 * size,
            tip,
            tip + back * 2.5 * size - side * 1.4 * size,
        ];
        match style {
            b"OpenArrow" | b"ROpenArrow" => {
                polyline(content, &wings);
                content.stroke();
                return;
            }
            b"ClosedArrow" | b"RClosedArrow" => {
                polyline(content, &wings);
                content.close_path();
            }
            b"Butt" => {
                polyline(content, &[tip + side * size, tip - side * size]);
                content.stroke();
                return;
            }
            b"Slash" => {
                let slope = (side + ahead * 0.577) * size;
                polyline(content, &[tip + slope, tip - slope]);
                content.stroke();
                return;
            }
            b"Square" => rectangle(content, square),
            b"Circle" => ellipse(content, square),
            b"Diamond" => {
                let (x, y) = (Vec2::new(size, 0.0), Vec2::new(0.0, size));
                polyline(content, &[tip + x, tip + y, tip - x, tip - y]);
                content.close_path();
            }
            _ => return,
        }
        self.pen.draw(content);
    }

    /// The rectangle less the differences that it names.
    fn inner(&self) -> Rect {
        let place = self.drawing.place;
        match self.objects.numbers(self.comment.get(b"RD"))[..] {
            [left, bottom, right, top]
                if left + right < place.width()
                    && bottom + top < place.height() =>
            {
                let (x0, y0) = (place.x0 + left, place.y0 + bottom);
                Rect::new(x0, y0, place.x1 - right, place.y1 - top)
            }
            _ => place,
        }
    }

    /// The marked parts of a text: for each its upper left, upper right, lower
    /// left and lower right corner. That is the order which programs write,
    /// whatever ISO 32000 says.
    fn quads(&mut self) -> Vec<[Point; 4]> {
        let points = self.points(self.comment.get(b"QuadPoints"));
        self.cover(&points, 2.0);
        let mut quads = points.as_chunks().0.to_vec();
        if quads.is_empty() {
            let Rect { x0, y0, x1, y1 } = self.drawing.place;
            let corners = [(x0, y1), (x1, y1), (x0, y0), (x1, y0)];
            quads.push(corners.map(Point::from));
        }
        quads
    }

    fn points(&self, list: Option<Array<'a>>) -> Vec<Point> {
        let numbers = self.objects.numbers(list);
        let pairs = numbers.as_chunks().0.iter().take(MOST_POINTS);
        pairs.map(|[x, y]| Point::new(*x, *y)).collect()
    }

    /// Makes the drawing large enough for these points, and for lines through
    /// them that are so many times as wide as the pen.
    fn cover(&mut self, points: &[Point], widths: f64) {
        let margin = limit(widths * self.pen.width.max(1.0) * 2.0);
        for point in points {
            let around =
                Rect::from_points(*point, *point).inflate(margin, margin);
            self.drawing.place = self.drawing.place.union(around);
        }
        self.drawing.window = self.drawing.place;
    }

    fn string(&self, key: &[u8]) -> Vec<u8> {
        let string = self.comment.get::<Bytes<'a>>(key);
        string.map_or(Vec::new(), |string| string.to_vec())
    }
}

/// The vector of this direction whose length is 1, or the null vector.
fn unit(vector: Vec2) -> Vec2 {
    let length = vector.hypot();
    if length > 0.0 { vector / length } else { Vec2::ZERO }
}

/// A line from `from` to `to` that goes up by `up` and down again.
fn zigzag(from: Point, to: Point, up: Vec2) -> Vec<Point> {
    let step = up.hypot().max(0.5);
    let ahead = unit(to - from) * step;
    let steps = ((to - from).hypot() / step).min(10_000.0) as usize;
    let point = |place: usize| {
        let lift = if place % 2 == 1 { up } else { Vec2::ZERO };
        from + ahead * place as f64 + lift
    };
    (0..=steps).map(point).collect()
}

/// The words of a stamp's name: `NotForPublicRelease` is "NOT FOR PUBLIC
/// RELEASE".
fn stamp_words(name: &str) -> String {
    let name = name.trim_start_matches('#').trim_start_matches("SB");
    let mut words = String::new();
    for letter in name.chars().take(60) {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_uppercase());
    }
    words
}
