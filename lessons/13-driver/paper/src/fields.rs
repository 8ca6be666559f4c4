//! The fields of a form that leave their looks to the viewer.
//!
//! A field has a value, and says in which font it stands (ISO 32000-2, 12.7.4).
//! It is drawn as other viewers draw it: a frame, and the value in it.

use hayro_syntax::object::{Dict, Name, Object};
use kurbo::Rect;

use crate::appearance::{Appearance, Pen, border, color, rectangle, set_fill};
use crate::objects::{Objects, inherited, place};
use crate::text::{Fonts, Style, Typesetter, text};

// The flags of fields.
const MULTILINE: u32 = 1 << 12;
const PASSWORD: u32 = 1 << 13;
const PUSH_BUTTON: u32 = 1 << 16;
const COMBO: u32 = 1 << 17;
const COMB: u32 = 1 << 24;

/// The space between a frame and the text in it, in points.
const PADDING: f64 = 2.0;
/// From one line to the next, in sizes of the font.
const LEADING: f64 = 1.15;
/// From the top to the first line, in sizes of the font.
const ASCENT: f64 = 0.9;
/// The sizes of a text that has to fit, in points.
const LARGEST: f64 = 12.0;
const SMALLEST: f64 = 4.0;
/// The most entries of a list that are read.
const MOST_OPTIONS: usize = 2_000;
/// Behind a chosen entry of a list.
const CHOSEN: [f32; 3] = [0.6, 0.75, 0.86];

/// The form of a document.
pub(crate) struct Form<'a> {
    dict: Dict<'a>,
    pub fonts: Fonts<'a>,
    /// Whether the viewer has to draw what has an appearance, too.
    pub needs_appearances: bool,
}

/// A field in the making.
struct Field<'a> {
    widget: Dict<'a>,
    flags: u32,
    style: Style,
    /// 0 for left, 1 for the middle, 2 for right.
    alignment: i32,
    /// The inside of the frame.
    inside: Rect,
    drawing: Appearance,
}

impl<'a> Form<'a> {
    pub fn read(objects: &Objects<'a>) -> Form<'a> {
        let xref = objects.pdf().xref();
        let catalog: Dict<'a> = xref.get(xref.root_id()).unwrap_or_default();
        let dict: Dict<'a> = catalog.get(b"AcroForm").unwrap_or_default();
        let resources: Dict<'a> = dict.get(b"DR").unwrap_or_default();
        let fonts = Fonts::new(resources.get(b"Font").unwrap_or_default());
        let needs_appearances = dict.get(b"NeedAppearances").unwrap_or(false);
        Form { dict, fonts, needs_appearances }
    }

    /// Draws a field that has no appearance, or whose appearance is to be made
    /// anew. `None` when there is nothing to draw.
    pub fn draw(
        &mut self,
        objects: &Objects<'a>,
        widget: &Dict<'a>,
        has_appearance: bool,
    ) -> Option<Appearance> {
        let kind = inherited(widget, b"FT")?.into_name()?;
        match &*kind {
            b"Tx" | b"Ch" => {
                let values = values(objects, inherited(widget, b"V"));
                if has_appearance && values.is_empty() {
                    return None;
                }
                let field = self.field(objects, widget)?;
                match &*kind {
                    b"Tx" => field.text(&mut self.fonts, values),
                    _ => field.choice(&mut self.fonts, objects, &values),
                }
            }
            b"Btn" if !has_appearance => {
                self.field(objects, widget)?.button(&mut self.fonts)
            }
            // A signature is a picture or nothing.
            _ => None,
        }
    }

    /// Begins a field, with its frame.
    fn field(
        &self,
        objects: &Objects<'a>,
        widget: &Dict<'a>,
    ) -> Option<Field<'a>> {
        let place = place(widget)?;
        let looks: Dict<'a> = widget.get(b"MK").unwrap_or_default();
        let turns = looks.get::<i32>(b"R").unwrap_or(0).rem_euclid(360) / 90;
        let (width, height) = match turns % 2 {
            0 => (place.width(), place.height()),
            _ => (place.height(), place.width()),
        };
        if width <= 0.0 || height <= 0.0 {
            return None;
        }
        let window = Rect::new(0.0, 0.0, width, height);
        let mut drawing = Appearance::on_page(place);
        (drawing.window, drawing.turns) = (window, turns as u32);

        let line = color(objects, looks.get(b"BC"));
        let (wide, dashes) =
            border(objects, widget).unwrap_or((1.0, Vec::new()));
        let inset = if line.is_some() { wide } else { 0.0 };
        let inside = window.inset(-inset);
        let fill = color(objects, looks.get(b"BG"));
        if line.is_some() || fill.is_some() {
            let pen = Pen { line, fill, width: wide, dashes };
            drawing.content.save_state();
            pen.take(&mut drawing.content);
            rectangle(&mut drawing.content, window.inset(-inset / 2.0));
            pen.draw(&mut drawing.content);
            drawing.content.restore_state();
        }
        let number = |key: &[u8]| inherited(widget, key)?.into_i32();
        let or_forms =
            |key: &[u8]| inherited(widget, key).or_else(|| self.dict.get(key));
        let operators = or_forms(b"DA").and_then(Object::into_string);
        Some(Field {
            widget: widget.clone(),
            flags: number(b"Ff").unwrap_or(0) as u32,
            style: Style::read(operators.as_deref().unwrap_or_default()),
            alignment: or_forms(b"Q").and_then(Object::into_i32).unwrap_or(0),
            inside,
            drawing,
        })
    }
}

impl<'a> Field<'a> {
    fn text(
        mut self,
        fonts: &mut Fonts<'a>,
        values: Vec<String>,
    ) -> Option<Appearance> {
        let mut value = values.join("\n");
        if self.flags & PASSWORD != 0 {
            value = "*".repeat(value.chars().count());
        }
        let cells = inherited(&self.widget, b"MaxLen");
        let cells = cells.and_then(Object::into_i32).unwrap_or(0);
        let mut setter = fonts.typesetter(&self.style.font);
        self.begin_text();
        if self.flags & MULTILINE != 0 {
            self.paragraphs(&mut setter, &value);
        } else if self.flags & COMB != 0 && (1..=1000).contains(&cells) {
            self.comb(&mut setter, &value, cells as usize);
        } else {
            self.line(&mut setter, &value.replace(['\r', '\n'], " "));
        }
        self.end_text(&setter)
    }

    /// What of a choice is chosen: one line, or a list of all there is.
    fn choice(
        mut self,
        fonts: &mut Fonts<'a>,
        objects: &Objects<'a>,
        values: &[String],
    ) -> Option<Appearance> {
        let options = options(objects, inherited(&self.widget, b"Opt"));
        let mut setter = fonts.typesetter(&self.style.font);
        if self.flags & COMBO != 0 {
            let value = values.first().map(String::as_str).unwrap_or_default();
            let option = options.iter().find(|option| option.0 == value);
            let shown = option.map_or(value, |option| option.1.as_str());
            self.begin_text();
            self.line(&mut setter, shown);
            return self.end_text(&setter);
        }
        let first = self.widget.get::<u32>(b"TI").unwrap_or(0) as usize;
        let size =
            if self.style.size > 0.0 { self.style.size } else { LARGEST };
        self.begin_text();
        let mut top = self.inside.y1;
        for (value, shown) in options.iter().skip(first) {
            if top < self.inside.y0 {
                break;
            }
            let row = Rect::new(
                self.inside.x0,
                top - LEADING * size,
                self.inside.x1,
                top,
            );
            if values.contains(value) {
                set_fill(&mut self.drawing.content, &CHOSEN);
                rectangle(&mut self.drawing.content, row);
                self.drawing.content.fill_nonzero();
            }
            set_fill(&mut self.drawing.content, &self.style.color);
            let x = self.inside.x0 + PADDING;
            let at = (x, top - ASCENT * size);
            setter.show(&mut self.drawing.content, shown, size, at);
            top = row.y0;
        }
        self.end_text(&setter)
    }

    /// A button with its caption, or a box with its mark.
    fn button(mut self, fonts: &mut Fonts<'a>) -> Option<Appearance> {
        let looks: Dict<'a> = self.widget.get(b"MK").unwrap_or_default();
        let caption = looks.get::<Object<'a>>(b"CA");
        let caption = caption.and_then(Object::into_string);
        let caption = caption.as_deref();
        if self.flags & PUSH_BUTTON != 0 {
            let caption = text(caption.unwrap_or_default());
            let mut setter = fonts.typesetter(&self.style.font);
            self.alignment = 1;
            self.begin_text();
            self.line(&mut setter, &caption);
            return self.end_text(&setter);
        }
        let mut setter = fonts.marks();
        self.begin_text();
        if self.is_on() {
            // ZapfDingbats has a tick there.
            let mark = caption.and_then(|it| it.first()).unwrap_or(&b'4');
            let mark = char::from(*mark).to_string();
            let size = self.inside.width().min(self.inside.height());
            let size =
                if self.style.size > 0.0 { self.style.size } else { size };
            let center = self.inside.center();
            let x = center.x - setter.width(&mark) * size / 2.0;
            let at = (x, center.y - 0.35 * size);
            setter.show(&mut self.drawing.content, &mark, size, at);
        }
        self.end_text(&setter)
    }

    /// Whether a box is checked, or a radio button pressed: by its own state,
    /// or else by the field's value.
    fn is_on(&self) -> bool {
        let own = self.widget.get::<Name<'a>>(b"AS");
        let value = || inherited(&self.widget, b"V")?.into_name();
        own.or_else(value).is_some_and(|state| &*state != b"Off")
    }

    fn begin_text(&mut self) {
        let content = &mut self.drawing.content;
        content.save_state();
        rectangle(content, self.inside);
        content.clip_nonzero().end_path();
        set_fill(content, &self.style.color);
    }

    fn end_text(mut self, setter: &Typesetter) -> Option<Appearance> {
        self.drawing.content.restore_state();
        self.drawing.fonts = setter.fonts();
        Some(self.drawing)
    }

    /// One line of text, in the middle of the height.
    fn line(&mut self, setter: &mut Typesetter, text: &str) {
        let room = self.inside.width() - 2.0 * PADDING;
        let width = setter.width(text);
        let mut size = self.style.size;
        if size == 0.0 {
            size = self.inside.height() / LEADING / 1.15;
            if width > 0.0 {
                size = size.min(room / width);
            }
            size = size.max(SMALLEST);
        }
        let at = (self.left(room, width * size), self.baseline(size));
        setter.show(&mut self.drawing.content, text, size, at);
    }

    /// Lines from the top on.
    fn paragraphs(&mut self, setter: &mut Typesetter, text: &str) {
        let room = self.inside.width() - 2.0 * PADDING;
        let height = self.inside.height() - 2.0 * PADDING;
        let mut size = self.style.size;
        if size == 0.0 {
            size = LARGEST;
            let fits = |size: f64| {
                let lines = setter.lines(text, room / size).len() as f64;
                lines * LEADING * size <= height
            };
            while size > SMALLEST && !fits(size) {
                size -= 0.5;
            }
        }
        let mut y = self.inside.y1 - PADDING - ASCENT * size;
        for line in setter.lines(text, room / size) {
            if y < self.inside.y0 - size {
                break;
            }
            let line = line.trim_end();
            let at = (self.left(room, setter.width(line) * size), y);
            setter.show(&mut self.drawing.content, line, size, at);
            y -= LEADING * size;
        }
    }

    /// Each letter in the middle of its cell.
    fn comb(&mut self, setter: &mut Typesetter, text: &str, cells: usize) {
        let cell = self.inside.width() / cells as f64;
        let size = match self.style.size {
            0.0 => (self.inside.height() / LEADING / 1.15).min(cell * 1.5),
            size => size,
        };
        let letters: Vec<char> = text.chars().take(cells).collect();
        let free = cells - letters.len();
        let first = match self.alignment {
            1 => free / 2,
            2 => free,
            _ => 0,
        };
        for (place, letter) in letters.into_iter().enumerate() {
            let middle = cell * ((first + place) as f64 + 0.5);
            let width = setter.letter_width(letter) * size;
            let x = self.inside.x0 + middle - width / 2.0;
            let letter = letter.to_string();
            let at = (x, self.baseline(size));
            setter.show(&mut self.drawing.content, &letter, size, at);
        }
    }

    fn left(&self, room: f64, width: f64) -> f64 {
        let free = match self.alignment {
            1 => (room - width) / 2.0,
            2 => room - width,
            _ => 0.0,
        };
        self.inside.x0 + PADDING + free
    }

    /// Where a line stands that is in the middle of the height.
    fn baseline(&self, size: f64) -> f64 {
        self.inside.center().y - 0.35 * size
    }
}

/// The values of a field: one, or those of a list that are chosen.
fn values(objects: &Objects<'_>, value: Option<Object<'_>>) -> Vec<String> {
    match value {
        Some(Object::Array(list)) => objects
            .items(&list)
            .filter_map(|(_, value)| one_value(value))
            .collect(),
        value => one_value(value).into_iter().collect(),
    }
}

fn one_value(value: Option<Object<'_>>) -> Option<String> {
    let value = match value? {
        Object::String(string) => text(&string),
        Object::Name(name) => name.as_str().to_owned(),
        Object::Stream(stream) => text(&stream.decoded_data().ok()?),
        _ => return None,
    };
    (!value.is_empty()).then_some(value)
}

/// The entries of a list: each with its value, and what is shown of it.
fn options(
    objects: &Objects<'_>,
    options: Option<Object<'_>>,
) -> Vec<(String, String)> {
    let Some(Object::Array(list)) = options else { return Vec::new() };
    objects
        .items(&list)
        .take(MOST_OPTIONS)
        .filter_map(|(_, option)| {
            if let Some(Object::Array(_)) = option {
                let mut pair = values(objects, option).into_iter();
                let value = pair.next()?;
                let shown = pair.next().unwrap_or_else(|| value.clone());
                return Some((value, shown));
            }
            let value = one_value(option)?;
            Some((value.clone(), value))
        })
        .collect()
}
