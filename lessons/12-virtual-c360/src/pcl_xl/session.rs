use super::error::{Error, XlError};
use super::image::{Bad, Data, Image, Packing};
use super::names::{HARMLESS, MEDIA, attr, op, operator};
use super::token::{Shape, Token, Tokens, Value};
use crate::Page;
use crate::page::Side;
use std::io::{self, BufRead, Read};

/// What happens while a stream is read.
pub enum Happening {
    /// A page has begun, or more of its data are about to be read: a good
    /// moment for the machine to stand still.
    Working,
    /// A page is complete.
    Page(Page),
}

/// What a stream was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Pages in the stream, copies not counted.
    pub pages: u32,
    /// Its protocol class, such as (2, 1).
    pub class: (u8, u8),
}

/// The engine's resolution. Streams of more are marked at this.
const ENGINE_DPI: f64 = 600.0;
/// The longest paper that the machine takes, in millimetres: A3 and a margin.
const LONGEST_MM: f64 = 458.0;
const MM: f64 = 25.4;
/// What one operator may carry, and how deep graphics states may nest.
const MOST_ATTRIBUTES: usize = 64;
const MOST_STATES: usize = 64;

/// Reads one stream, from its header to the UEL, which is left unread, or to
/// the end of the input.
///
/// `each` is told what happens; its error ends the reading.
///
/// # Errors
/// [`Error::Xl`] for what a printer would stop at, [`Error::Io`] when the
/// stream breaks off within a session, or `each` failed.
pub fn read(
    input: &mut dyn BufRead,
    each: &mut dyn FnMut(Happening) -> io::Result<()>,
) -> Result<Summary, Error> {
    let (big_endian, class) = header(input)?;
    let mut session = Session {
        tokens: Tokens { input, big_endian },
        each,
        attributes: Vec::new(),
        position: 0,
        operator: 0,
        level: Level::Start,
        units: [ENGINE_DPI; 2],
        source_open: false,
        media: Media { name: "A4".into(), mm: [210.0, 297.0] },
        landscape: false,
        duplex: false,
        back: false,
        state: State::default(),
        saved: Vec::new(),
        page: None,
        image: None,
        pages: 0,
    };
    while session.step()? {}
    Ok(Summary { pages: session.pages, class })
}

/// `)` for low byte first or `(` for high byte first, then text up to a line
/// feed: ` HP-PCL XL;2;0;anything`.
fn header(input: &mut dyn BufRead) -> Result<(bool, (u8, u8)), Error> {
    let mut line = Vec::new();
    input.take(1024).read_until(b'\n', &mut line)?;
    let bad = |error| {
        Error::Xl(XlError {
            subsystem: "KERNEL",
            error,
            operator: "StreamHeader".into(),
            position: 0,
        })
    };
    let big_endian = match line.first() {
        Some(b')') => false,
        Some(b'(') => true,
        Some(b'\'') => return Err(bad("UnsupportedBinding")),
        _ => return Err(bad("IllegalStreamHeader")),
    };
    if line.last() != Some(&b'\n') {
        return Err(bad("IllegalStreamHeader"));
    }
    let text = String::from_utf8_lossy(&line[1..]);
    let mut fields = text.trim_end().split(';');
    if fields.next() != Some(" HP-PCL XL") {
        return Err(bad("IllegalStreamHeader"));
    }
    let mut number = || fields.next().and_then(|text| text.parse().ok());
    match (number(), number()) {
        (Some(major @ 1..=3), Some(minor)) => Ok((big_endian, (major, minor))),
        _ => Err(bad("UnsupportedProtocol")),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Start,
    Session,
    Page,
}

#[derive(Clone)]
struct Media {
    name: String,
    mm: [f64; 2],
}

/// How samples become colours.
#[derive(Clone, Default)]
pub struct Color {
    /// 1 grey, 3 colour.
    pub channels: usize,
    /// One byte a channel, entry after entry.
    pub palette: Vec<u8>,
}

/// What `PushGS` keeps and `PopGS` brings back.
#[derive(Clone)]
struct State {
    /// Page pixels per unit, and pixels from the page's corner to the origin.
    scale: [f64; 2],
    origin: [f64; 2],
    cursor: Option<[f64; 2]>,
    color: Color,
}

impl Default for State {
    fn default() -> State {
        State {
            scale: [1.0; 2],
            origin: [0.0; 2],
            cursor: None,
            color: Color { channels: 1, palette: Vec::new() },
        }
    }
}

struct Session<'a> {
    tokens: Tokens<'a>,
    each: &'a mut dyn FnMut(Happening) -> io::Result<()>,
    attributes: Vec<(u16, Value)>,
    position: u64,
    operator: u8,
    level: Level,
    /// Units per inch.
    units: [f64; 2],
    source_open: bool,
    media: Media,
    landscape: bool,
    duplex: bool,
    back: bool,
    state: State,
    saved: Vec<State>,
    page: Option<Page>,
    image: Option<Image>,
    pages: u32,
}

impl Session<'_> {
    /// One operator with its attributes; false after the last.
    fn step(&mut self) -> Result<bool, Error> {
        self.attributes.clear();
        let mut value: Option<Value> = None;
        loop {
            match (self.tokens.next()?, value.take()) {
                (Token::Value(new), None) => value = Some(new),
                (Token::Attribute(id), Some(value)) => {
                    if self.attributes.len() == MOST_ATTRIBUTES {
                        return Err(self.bad("InternalOverflow"));
                    }
                    self.attributes.push((id, value));
                }
                (Token::Operator(tag), None) => {
                    self.operator = tag;
                    self.position += 1;
                    return self.execute(tag);
                }
                (Token::Escape | Token::EndOfFile, None)
                    if self.attributes.is_empty()
                        && self.level == Level::Start =>
                {
                    return Ok(false);
                }
                (Token::Escape | Token::EndOfFile, _) => {
                    let why = "the stream ends within its session";
                    let kind = io::ErrorKind::UnexpectedEof;
                    return Err(io::Error::new(kind, why).into());
                }
                (Token::Data(_), _) => return Err(self.bad("ExtraData")),
                _ => return Err(self.bad("IllegalTag")),
            }
        }
    }

    fn execute(&mut self, tag: u8) -> Result<bool, Error> {
        match (tag, self.level) {
            (op::BEGIN_SESSION, Level::Start) => self.begin_session()?,
            (op::END_SESSION, Level::Session) => self.level = Level::Start,
            (op::COMMENT, _) => {}
            (_, Level::Start) => return Err(self.out_of_place()),
            (op::OPEN_DATA_SOURCE, _) => self.open_data_source()?,
            (op::CLOSE_DATA_SOURCE, _) => self.source_open = false,
            (op::BEGIN_PAGE, Level::Session) => self.begin_page()?,
            (op::END_PAGE, Level::Page) => self.end_page()?,
            (_, Level::Session) if is_harmless(tag) => {}
            (_, Level::Session) => return Err(self.out_of_place()),
            (op::BEGIN_IMAGE, _) => self.begin_image()?,
            (op::READ_IMAGE, _) => self.read_image()?,
            (op::END_IMAGE, _) => self.end_image()?,
            _ if self.image.is_some() => return Err(self.out_of_place()),
            (op::SET_COLOR_SPACE, _) => self.set_color_space()?,
            (op::SET_CURSOR, _) => {
                self.state.cursor = Some(self.xy(attr::POINT)?);
            }
            (op::SET_CURSOR_REL, _) => self.set_cursor_rel()?,
            (op::SET_PAGE_ORIGIN, _) => {
                let [x, y] = self.xy(attr::PAGE_ORIGIN)?;
                self.state.origin[0] += x * self.state.scale[0];
                self.state.origin[1] += y * self.state.scale[1];
            }
            (op::SET_PAGE_SCALE, _) => self.set_page_scale()?,
            (op::SET_PAGE_ROTATION, _) => {
                if self.scalar(attr::PAGE_ANGLE)? != 0.0 {
                    return Err(self.bad("UnsupportedAttributeValue"));
                }
            }
            (op::SET_PAGE_DEFAULT_CTM, _) => {
                let dpi = self.dpi();
                self.state.scale = self.units.map(|units| dpi / units);
                self.state.origin = [0.0; 2];
            }
            (op::PUSH_GS, _) => {
                if self.saved.len() == MOST_STATES {
                    return Err(self.bad("InternalOverflow"));
                }
                self.saved.push(self.state.clone());
            }
            (op::POP_GS, _) => match self.saved.pop() {
                Some(state) => self.state = state,
                None => return Err(self.out_of_place()),
            },
            // An image replaces what is under it: the source copied, or the
            // default, which is the same for an opaque black brush.
            (op::SET_ROP, _) => {
                if ![204.0, 252.0].contains(&self.scalar(attr::ROP3)?) {
                    return Err(self.bad("UnsupportedAttributeValue"));
                }
            }
            _ if is_harmless(tag) => {}
            (op::BEGIN_SESSION | op::END_SESSION | op::BEGIN_PAGE, _) => {
                return Err(self.out_of_place());
            }
            _ => return Err(self.bad("IllegalOperator")),
        }
        // Another session may follow; only a UEL or the end ends the stream.
        Ok(true)
    }

    fn begin_session(&mut self) -> Result<(), Error> {
        let per_inch = match self.scalar(attr::MEASURE)? as u8 {
            0 => 1.0,
            1 => MM,
            2 => MM * 10.0,
            _ => return Err(self.bad("IllegalAttributeValue")),
        };
        let units = self.xy(attr::UNITS_PER_MEASURE)?;
        if !units.iter().all(|units| (0.001..=100_000.0).contains(units)) {
            return Err(self.bad("IllegalAttributeValue"));
        }
        self.units = units.map(|units| units * per_inch);
        self.level = Level::Session;
        Ok(())
    }

    /// The page's resolution: the session's own if the engine can do it.
    fn dpi(&self) -> f64 {
        let [x, y] = self.units;
        let own = (72.0..=ENGINE_DPI).contains(&x) && x == y;
        if own && x.fract() == 0.0 { x } else { ENGINE_DPI }
    }

    fn open_data_source(&mut self) -> Result<(), Error> {
        if self.source_open {
            return Err(self.bad("DataSourceNotClosed"));
        }
        let org = self.scalar(attr::DATA_ORG)?;
        if self.scalar(attr::SOURCE_TYPE)? != 0.0 || !(org == 0.0 || org == 1.0)
        {
            return Err(self.bad("IllegalAttributeValue"));
        }
        self.source_open = true;
        Ok(())
    }

    fn begin_page(&mut self) -> Result<(), Error> {
        // What is not said is as it was for the page before.
        if let Some(orientation) = self.optional(attr::ORIENTATION)? {
            self.landscape = match orientation as u8 {
                0 | 2 | 4 => false,
                1 | 3 => true,
                _ => return Err(self.bad("IllegalAttributeValue")),
            };
        }
        if let Some(media) = self.media()? {
            self.media = media;
        }
        if self.find(attr::SIMPLEX_PAGE_MODE).is_some() {
            (self.duplex, self.back) = (false, false);
        }
        if self.find(attr::DUPLEX_PAGE_MODE).is_some() {
            self.duplex = true;
        }
        if let Some(side) = self.optional(attr::DUPLEX_PAGE_SIDE)? {
            self.back = side == 1.0;
        }
        let dpi = self.dpi();
        let [mut width, mut height] =
            self.media.mm.map(|mm| (mm / MM * dpi).round() as u32);
        if self.landscape {
            (width, height) = (height, width);
        }
        let mut page =
            Page::new(width, height, dpi as u32, self.media.name.clone());
        page.side = match (self.duplex, self.back) {
            (false, _) => Side::Simplex,
            (true, false) => Side::Front,
            (true, true) => Side::Back,
        };
        self.back = self.duplex && !self.back;
        self.page = Some(page);
        self.state = State {
            scale: self.units.map(|units| dpi / units),
            ..State::default()
        };
        self.saved.clear();
        self.level = Level::Page;
        Ok((self.each)(Happening::Working)?)
    }

    fn media(&self) -> Result<Option<Media>, Error> {
        let known = |(_, name, width, height): &(u8, &str, f64, f64)| Media {
            name: (*name).into(),
            mm: [*width, *height],
        };
        if let Some(value) = self.find(attr::MEDIA_SIZE) {
            let found = match value.shape {
                Shape::Scalar => {
                    MEDIA.iter().find(|m| f64::from(m.0) == value.numbers[0])
                }
                // Since class 2.1 a paper may be called by its name.
                Shape::Array => {
                    let name: String = value
                        .numbers
                        .iter()
                        .take(40)
                        .map(|&n| char::from(n as u8))
                        .collect();
                    MEDIA.iter().find(|m| m.1.eq_ignore_ascii_case(&name))
                }
                _ => None,
            };
            let found = found.ok_or_else(|| self.bad("IllegalMediaSize"))?;
            return Ok(Some(known(found)));
        }
        if self.find(attr::CUSTOM_MEDIA_SIZE).is_none() {
            return Ok(None);
        }
        let to_mm = match self.scalar(attr::CUSTOM_MEDIA_SIZE_UNITS)? as u8 {
            0 => MM,
            1 => 1.0,
            2 => 0.1,
            _ => return Err(self.bad("IllegalAttributeValue")),
        };
        let mm = self.xy(attr::CUSTOM_MEDIA_SIZE)?.map(|size| size * to_mm);
        if !mm.iter().all(|mm| (10.0..=LONGEST_MM).contains(mm)) {
            return Err(self.bad("IllegalMediaSize"));
        }
        let name = super::paper_name(mm[0], mm[1]);
        Ok(Some(Media { name, mm }))
    }

    fn end_page(&mut self) -> Result<(), Error> {
        if self.image.is_some() {
            return Err(self.out_of_place());
        }
        let copies = self.optional(attr::PAGE_COPIES)?.unwrap_or(1.0);
        if let Some(mut page) = self.page.take() {
            page.copies = copies.clamp(0.0, 999.0) as u16;
            self.pages += 1;
            (self.each)(Happening::Page(page))?;
        }
        self.level = Level::Session;
        Ok(())
    }

    fn set_color_space(&mut self) -> Result<(), Error> {
        let channels = match self.scalar(attr::COLOR_SPACE)? as u8 {
            1 => 1,
            2 | 6 => 3,
            _ => return Err(self.bad("UnsupportedAttributeValue")),
        };
        let mut palette = Vec::new();
        if let Some(value) = self.find(attr::PALETTE_DATA) {
            if self.scalar(attr::PALETTE_DEPTH)? != 2.0
                || value.shape != Shape::Array
            {
                return Err(self.bad("UnsupportedAttributeValue"));
            }
            palette = value.numbers.iter().map(|&n| n as u8).collect();
            if ![2, 16, 256].contains(&(palette.len() / channels))
                || palette.len() % channels != 0
            {
                return Err(self.bad("ImagePaletteMismatch"));
            }
        }
        self.state.color = Color { channels, palette };
        Ok(())
    }

    fn set_cursor_rel(&mut self) -> Result<(), Error> {
        let [x, y] = self.xy(attr::POINT)?;
        let Some(cursor) = &mut self.state.cursor else {
            return Err(self.bad("CurrentCursorUndefined"));
        };
        cursor[0] += x;
        cursor[1] += y;
        Ok(())
    }

    fn set_page_scale(&mut self) -> Result<(), Error> {
        let factor = match self.find(attr::PAGE_SCALE) {
            Some(_) => self.xy(attr::PAGE_SCALE)?,
            None => {
                // Or new units, in class 2.0 and later.
                let per_inch = match self.scalar(attr::MEASURE)? as u8 {
                    0 => 1.0,
                    1 => MM,
                    2 => MM * 10.0,
                    _ => return Err(self.bad("IllegalAttributeValue")),
                };
                let [x, y] = self.xy(attr::UNITS_PER_MEASURE)?;
                [self.units[0] / (x * per_inch), self.units[1] / (y * per_inch)]
            }
        };
        for (scale, factor) in self.state.scale.iter_mut().zip(factor) {
            *scale *= factor;
        }
        let sane = |scale: &f64| (1e-6..=1e6).contains(scale);
        if !self.state.scale.iter().all(sane) {
            return Err(self.bad("IllegalAttributeValue"));
        }
        Ok(())
    }

    fn begin_image(&mut self) -> Result<(), Error> {
        if self.image.is_some() {
            return Err(self.out_of_place());
        }
        let depth = match self.scalar(attr::COLOR_DEPTH)? as u8 {
            0 => 1,
            1 => 4,
            2 => 8,
            _ => return Err(self.bad("IllegalAttributeValue")),
        };
        let indexed = match self.scalar(attr::COLOR_MAPPING)? as u8 {
            0 => false,
            1 => true,
            _ => return Err(self.bad("IllegalAttributeValue")),
        };
        let width = self.size(attr::SOURCE_WIDTH)?;
        let height = self.size(attr::SOURCE_HEIGHT)?;
        let [across, down] = self.xy(attr::DESTINATION_SIZE)?;
        if !(across > 0.0 && down > 0.0) {
            return Err(self.bad("IllegalAttributeValue"));
        }
        let color = self.state.color.clone();
        let entries = color.palette.len() / color.channels;
        if indexed && entries != 1 << depth {
            return Err(self.bad("ImagePaletteMismatch"));
        }
        let Some([x, y]) = self.state.cursor else {
            return Err(self.bad("CurrentCursorUndefined"));
        };
        let State { scale: [sx, sy], origin: [ox, oy], .. } = self.state;
        let (left, top) = (ox + x * sx, oy + y * sy);
        let place = [left, top, left + across * sx, top + down * sy];
        self.image = Some(Image {
            width,
            height,
            depth,
            indexed,
            color,
            place,
            rows: 0,
        });
        Ok(())
    }

    fn read_image(&mut self) -> Result<(), Error> {
        (self.each)(Happening::Working)?;
        if !self.source_open {
            return Err(self.bad("DataSourceNotOpen"));
        }
        let (Some(mut image), Some(mut page)) =
            (self.image.take(), self.page.take())
        else {
            return Err(self.out_of_place());
        };
        let start = self.scalar(attr::START_LINE)?;
        let rows = self.size(attr::BLOCK_HEIGHT)?;
        if start != image.rows as f64 || image.rows + rows > image.height {
            return Err(self.bad("IllegalAttributeValue"));
        }
        let mut packing = match self.scalar(attr::COMPRESS_MODE)? as u8 {
            0 => Packing::None,
            1 => Packing::rle(),
            3 => Packing::DeltaRow,
            // 2 is JPEG.
            _ => return Err(self.bad("UnsupportedAttributeValue")),
        };
        let multiple = match self.optional(attr::PAD_BYTES_MULTIPLE)? {
            Some(n @ 1.0..=255.0) => n as usize,
            Some(_) => return Err(self.bad("IllegalAttributeValue")),
            None => 4,
        };
        let Token::Data(left) = self.tokens.next()? else {
            return Err(self.bad("MissingData"));
        };
        let mut data = Data { input: self.tokens.input, left };
        // The first row's "row before" is all zeros.
        let mut row = vec![0; image.row_bytes().next_multiple_of(multiple)];
        for _ in 0..rows {
            match packing.unpack(&mut data, &mut row) {
                Ok(()) => image.paint(&row, &mut page),
                Err(Bad::Io(error)) => return Err(error.into()),
                Err(Bad::Data(error)) => return Err(self.bad(error)),
            }
        }
        if data.left > 0 || !packing.ends_clean() {
            return Err(self.bad("ExtraData"));
        }
        self.image = Some(image);
        self.page = Some(page);
        Ok(())
    }

    fn end_image(&mut self) -> Result<(), Error> {
        match self.image.take() {
            Some(image) if image.rows == image.height => Ok(()),
            Some(_) => Err(self.bad("MissingData")),
            None => Err(self.out_of_place()),
        }
    }

    fn find(&self, id: u16) -> Option<&Value> {
        self.attributes.iter().find(|(own, _)| *own == id).map(|(_, v)| v)
    }

    fn optional(&self, id: u16) -> Result<Option<f64>, Error> {
        match self.find(id) {
            None => Ok(None),
            Some(Value { shape: Shape::Scalar, numbers }) => {
                Ok(numbers.first().copied())
            }
            Some(_) => Err(self.bad("IllegalAttributeDataType")),
        }
    }

    fn scalar(&self, id: u16) -> Result<f64, Error> {
        self.optional(id)?.ok_or_else(|| self.bad("MissingAttribute"))
    }

    fn xy(&self, id: u16) -> Result<[f64; 2], Error> {
        match self.find(id) {
            Some(Value { shape: Shape::Xy, numbers }) => match numbers[..] {
                [x, y] if x.is_finite() && y.is_finite() => Ok([x, y]),
                _ => Err(self.bad("IllegalAttributeValue")),
            },
            Some(_) => Err(self.bad("IllegalAttributeDataType")),
            None => Err(self.bad("MissingAttribute")),
        }
    }

    /// A number of pixels or rows: 1 to 65,535.
    fn size(&self, id: u16) -> Result<usize, Error> {
        match self.scalar(id)? {
            n @ 1.0..=65_535.0 => Ok(n as usize),
            _ => Err(self.bad("IllegalAttributeValue")),
        }
    }

    fn out_of_place(&self) -> Error {
        self.bad("IllegalOperatorSequence")
    }

    fn bad(&self, error: &'static str) -> Error {
        let image = op::BEGIN_IMAGE..=op::END_IMAGE;
        let in_image = image.contains(&self.operator);
        Error::Xl(XlError {
            subsystem: if in_image { "IMAGE" } else { "KERNEL" },
            error,
            operator: operator(self.operator),
            position: self.position,
        })
    }
}

fn is_harmless(tag: u8) -> bool {
    HARMLESS.iter().any(|(code, _)| *code == tag)
}
