//! Executes the operators of a stream, one after the other.

use std::io;

use super::error::{Error, broken_off};
use super::graphics_state::{GraphicsState, units_per_inch};
use super::image::Image;
use super::names::{HARMLESS, attr, op};
use super::operation::Operation;
use super::page_setup::{self, PageSetup};
use super::token::Tokens;
use crate::page::Page;

/// The resolution of the machine's engine, in pixels per inch.
const ENGINE_DPI: f64 = 600.0;
/// The coarsest resolution at which the engine prints.
const COARSEST_DPI: f64 = 72.0;
/// How deep graphics states may nest.
const MOST_STATES: usize = 64;

/// An event in the reading of a stream.
pub enum Event {
    /// A page has begun, or more of its data are about to be read: a good
    /// moment for the machine to stand still.
    Progress,
    /// A page is complete.
    Page(Page),
}

/// Where in the stream the next operator stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Start,
    Session,
    Page,
}

/// The reader's state, between two operators.
pub struct Session<'a> {
    tokens: Tokens<'a>,
    each: &'a mut dyn FnMut(Event) -> io::Result<()>,
    operation: Operation,
    level: Level,
    units_per_inch: [f64; 2],
    source_open: bool,
    setup: PageSetup,
    state: GraphicsState,
    saved: Vec<GraphicsState>,
    page: Option<Page>,
    image: Option<Image>,
    /// Pages that are complete.
    pub pages: u32,
}

impl<'a> Session<'a> {
    pub fn new(
        tokens: Tokens<'a>,
        each: &'a mut dyn FnMut(Event) -> io::Result<()>,
    ) -> Session<'a> {
        Session {
            tokens,
            each,
            operation: Operation::default(),
            level: Level::Start,
            units_per_inch: [ENGINE_DPI; 2],
            source_open: false,
            setup: PageSetup::default(),
            state: GraphicsState::default(),
            saved: Vec::new(),
            page: None,
            image: None,
            pages: 0,
        }
    }

    // ANCHOR: step
    /// Reads one operator and executes it; false at the end of the stream.
    pub fn step(&mut self) -> Result<bool, Error> {
        if self.operation.read(&mut self.tokens)? {
            self.execute()?;
            return Ok(true);
        }
        match self.level {
            Level::Start => Ok(false),
            Level::Session | Level::Page => Err(broken_off()),
        }
    }

    fn execute(&mut self) -> Result<(), Error> {
        let operation = &self.operation;
        match (operation.operator, self.level) {
            (op::BEGIN_SESSION, Level::Start) => self.begin_session()?,
            (op::END_SESSION, Level::Session) => self.level = Level::Start,
            (op::COMMENT, _) => {}
            (_, Level::Start) => return Err(operation.out_of_place()),
            (op::OPEN_DATA_SOURCE, _) => self.open_data_source()?,
            (op::CLOSE_DATA_SOURCE, _) => self.source_open = false,
            (op::BEGIN_PAGE, Level::Session) => self.begin_page()?,
            (op::END_PAGE, Level::Page) => self.end_page()?,
            (tag, Level::Session) if is_harmless(tag) => {}
            (_, Level::Session) => return Err(operation.out_of_place()),
            (tag, Level::Page) => self.mark_page(tag)?,
        }
        Ok(())
    }
    // ANCHOR_END: step

    // ANCHOR: page
    /// The operators within a page.
    fn mark_page(&mut self, operator: u8) -> Result<(), Error> {
        let (operation, state) = (&self.operation, &mut self.state);
        match operator {
            op::BEGIN_IMAGE => self.begin_image()?,
            op::READ_IMAGE => self.read_image()?,
            op::END_IMAGE => self.end_image()?,
            _ if self.image.is_some() => return Err(operation.out_of_place()),
            op::SET_COLOR_SPACE => state.set_color_space(operation)?,
            op::SET_CURSOR => state.set_cursor(operation)?,
            // ANCHOR_END: page
            op::SET_CURSOR_REL => state.move_cursor(operation)?,
            op::SET_PAGE_ORIGIN => state.move_origin(operation)?,
            op::SET_PAGE_SCALE => {
                state.change_scale(operation, self.units_per_inch)?;
            }
            op::SET_PAGE_ROTATION => {
                if operation.scalar(attr::PAGE_ANGLE)? != 0.0 {
                    return Err(operation.error("UnsupportedAttributeValue"));
                }
            }
            op::SET_PAGE_DEFAULT_CTM => {
                let dpi = dpi(self.units_per_inch);
                state.reset_coordinates(self.units_per_inch, dpi);
            }
            op::PUSH_GS => {
                if self.saved.len() == MOST_STATES {
                    return Err(operation.error("InternalOverflow"));
                }
                self.saved.push(state.clone());
            }
            op::POP_GS => match self.saved.pop() {
                Some(saved) => *state = saved,
                None => return Err(operation.out_of_place()),
            },
            // An image replaces what is under it: the source copied, or the
            // default, which is the same for an opaque black brush.
            op::SET_ROP => {
                if ![204.0, 252.0].contains(&operation.scalar(attr::ROP3)?) {
                    return Err(operation.error("UnsupportedAttributeValue"));
                }
            }
            tag if is_harmless(tag) => {}
            op::BEGIN_SESSION | op::END_SESSION | op::BEGIN_PAGE => {
                return Err(operation.out_of_place());
            }
            _ => return Err(operation.error("IllegalOperator")),
        }
        Ok(())
    }

    fn begin_session(&mut self) -> Result<(), Error> {
        self.units_per_inch = units_per_inch(&self.operation)?;
        self.level = Level::Session;
        Ok(())
    }

    fn open_data_source(&mut self) -> Result<(), Error> {
        let operation = &self.operation;
        if self.source_open {
            return Err(operation.error("DataSourceNotClosed"));
        }
        let organisation = operation.scalar(attr::DATA_ORG)?;
        let source = operation.scalar(attr::SOURCE_TYPE)?;
        if source != 0.0 || ![0.0, 1.0].contains(&organisation) {
            return Err(operation.error("IllegalAttributeValue"));
        }
        self.source_open = true;
        Ok(())
    }

    fn begin_page(&mut self) -> Result<(), Error> {
        self.setup.update(&self.operation)?;
        let dpi = dpi(self.units_per_inch);
        self.page = Some(self.setup.next_page(dpi));
        self.state = GraphicsState::new(self.units_per_inch, dpi);
        self.saved.clear();
        self.level = Level::Page;
        Ok((self.each)(Event::Progress)?)
    }

    fn end_page(&mut self) -> Result<(), Error> {
        if self.image.is_some() {
            return Err(self.operation.out_of_place());
        }
        let copies = page_setup::copies(&self.operation)?;
        if let Some(mut page) = self.page.take() {
            page.copies = copies;
            self.pages += 1;
            (self.each)(Event::Page(page))?;
        }
        self.level = Level::Session;
        Ok(())
    }

    fn begin_image(&mut self) -> Result<(), Error> {
        if self.image.is_some() {
            return Err(self.operation.out_of_place());
        }
        self.image = Some(Image::begin(&self.operation, &self.state)?);
        Ok(())
    }

    fn read_image(&mut self) -> Result<(), Error> {
        (self.each)(Event::Progress)?;
        if !self.source_open {
            return Err(self.operation.error("DataSourceNotOpen"));
        }
        let (Some(image), Some(page)) = (&mut self.image, &mut self.page)
        else {
            return Err(self.operation.out_of_place());
        };
        image.read_block(&self.operation, &mut self.tokens, page)
    }

    fn end_image(&mut self) -> Result<(), Error> {
        match self.image.take() {
            Some(image) if image.is_complete() => Ok(()),
            Some(_) => Err(self.operation.error("MissingData")),
            None => Err(self.operation.out_of_place()),
        }
    }
}

/// The page's resolution: the session's own if the engine has it, or else the
/// engine's.
fn dpi([x, y]: [f64; 2]) -> f64 {
    let possible = (COARSEST_DPI..=ENGINE_DPI).contains(&x) && x == y;
    if possible && x.fract() == 0.0 { x } else { ENGINE_DPI }
}

fn is_harmless(operator: u8) -> bool {
    HARMLESS.iter().any(|(code, _)| *code == operator)
}
