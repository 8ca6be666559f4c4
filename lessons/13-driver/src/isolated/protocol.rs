//! The protocol between parent and child.
//!
//! One line of JSON, the [`Request`], goes down the child's standard input,
//! which then stays open: its end tells the child that the parent is gone.
//! Frames come back on standard output: a kind (one byte), a length (four
//! bytes, little-endian), and that many bytes. Standard error stays the
//! child's own, and its last line explains a crash.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fonts::font_folders;
use serde::{Deserialize, Serialize};

use super::{Isolation, Limits, Summary};
use crate::part::{Part, Position};
use crate::second_renderer::second_renderer;
use crate::{
    DocumentError, Error, Finding, SecondRenderer, Settings, SettingsError,
};

/// The argument that makes a program a child.
pub(super) const ARGUMENT: &str = "--driver-renderer-child";
/// The longest frame that is believed, in bytes.
const LONGEST_FRAME: usize = 64 << 20;

#[derive(Serialize, Deserialize)]
pub(super) struct Request {
    pub task: Task,
    pub path: PathBuf,
    pub settings: Settings,
    pub limits: Limits,
    /// The program that draws what the child cannot.
    pub second_renderer: Option<SecondRenderer>,
    /// The folders with fonts; `None` stands for the system's.
    #[serde(default)]
    pub fonts: Option<Vec<PathBuf>>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) enum Task {
    Check,
    Print(Part),
    /// Draw these pages as pictures whose longer sides have about `longest`
    /// pixels.
    Thumbnails {
        first: u32,
        last: u32,
        longest: u16,
    },
    /// Try to read the file, and to reach this port.
    TryOut(SocketAddr),
}

#[derive(Serialize, Deserialize)]
pub(super) enum Answer {
    /// All that was found has been told in frames.
    Inspected,
    /// What was found in the part that is printed.
    Printed(Vec<Finding>),
    /// All pictures have been told in frames.
    Drawn,
    TriedOut(Isolation),
}

/// An error that the child was still able to report.
#[derive(Serialize, Deserialize)]
pub(super) enum Failure {
    Document(DocumentError),
    Settings(SettingsError),
    Crashed(String),
    Read(String),
}

/// A page whose content was read, and what was found on it.
#[derive(Serialize, Deserialize)]
pub(super) struct InspectedPage {
    pub page: u32,
    pub findings: Vec<Finding>,
    /// Whether the second renderer is to draw it.
    pub second: bool,
}

/// What a parent hears of its child's work.
pub(super) enum Heard<'a> {
    /// A step, and its PCL XL.
    Step(StepHead, &'a [u8]),
    Findings(Vec<Finding>),
    Checked(Summary),
    Inspected(InspectedPage),
    /// The number of a page, and its picture as PNG.
    Thumbnail(u32, &'a [u8]),
}

/// What a frame holds.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum FrameKind {
    /// A [`StepHead`] and PCL XL: a band with what belongs to it. A step that
    /// does not arrive whole was never made, and can be made again.
    Step = b'S',
    /// What was found so far: `Vec<Finding>` in JSON.
    Findings = b'F',
    /// A `Summary` in JSON: the document as such is well. What its pages hold
    /// may still be too much for the child.
    Checked = b'C',
    /// An `InspectedPage` in JSON.
    Inspected = b'I',
    /// The number of a page (four bytes, little-endian), and its picture.
    Thumbnail = b'T',
    /// The last frame: `Result<Answer, Failure>` in JSON.
    End = b'E',
}

impl Request {
    pub fn new(
        task: Task,
        path: &Path,
        settings: &Settings,
        limits: Limits,
    ) -> Request {
        Request {
            task,
            path: path.to_owned(),
            settings: settings.clone(),
            limits,
            second_renderer: second_renderer(),
            fonts: Some(font_folders().to_vec()),
        }
    }
}

/// What a step says before its data: five numbers of eight bytes each,
/// little-endian.
pub(super) struct StepHead {
    /// The number of the last page of the side that is done with this step; 0
    /// when none is.
    pub page_done: u32,
    /// How many pages lie on that side.
    pub pages: u32,
    /// Where the printing stands after it.
    pub position: Position,
    /// The processor time that the child has used, in whole milliseconds.
    pub used: Duration,
}

impl StepHead {
    const LENGTH: usize = 40;

    pub fn to_bytes(&self) -> [u8; StepHead::LENGTH] {
        let numbers = [
            u64::from(self.page_done),
            self.pages.into(),
            self.position.sides as u64,
            u64::from(self.position.rows),
            self.used.as_millis() as u64,
        ];
        let mut bytes = [0; StepHead::LENGTH];
        let places = bytes.as_chunks_mut::<8>().0;
        for (place, number) in places.iter_mut().zip(numbers) {
            *place = number.to_le_bytes();
        }
        bytes
    }

    /// Takes the head from a step's payload; the rest is its data.
    pub fn split(payload: &[u8]) -> Option<(StepHead, &[u8])> {
        let (head, data) = payload.split_first_chunk::<{ Self::LENGTH }>()?;
        let number =
            |place: usize| u64::from_le_bytes(head.as_chunks::<8>().0[place]);
        let head = StepHead {
            page_done: number(0).try_into().ok()?,
            pages: number(1).try_into().ok()?,
            position: Position {
                sides: number(2).try_into().ok()?,
                rows: number(3).try_into().ok()?,
            },
            used: Duration::from_millis(number(4)),
        };
        Some((head, data))
    }
}

pub(super) fn write_frame(
    out: &mut impl Write,
    kind: FrameKind,
    payload: [&[u8]; 2],
) -> io::Result<()> {
    let length = payload[0].len() + payload[1].len();
    let length = u32::try_from(length).map_err(io::Error::other)?;
    let [a, b, c, d] = length.to_le_bytes();
    out.write_all(&[kind as u8, a, b, c, d])?;
    out.write_all(payload[0])?;
    out.write_all(payload[1])
}

/// Reads the next frame into `payload`. `Ok(None)` when the frames end, as
/// they do when the child has died.
pub(super) fn read_frame(
    frames: &mut impl Read,
    payload: &mut Vec<u8>,
) -> Result<Option<FrameKind>, Error> {
    let mut head = [0; 5];
    if frames.read_exact(&mut head).is_err() {
        return Ok(None);
    }
    let [kind, length @ ..] = head;
    let kind = match kind {
        b'S' => FrameKind::Step,
        b'F' => FrameKind::Findings,
        b'C' => FrameKind::Checked,
        b'I' => FrameKind::Inspected,
        b'T' => FrameKind::Thumbnail,
        b'E' => FrameKind::End,
        _ => return Err(unreadable()),
    };
    let length = u32::from_le_bytes(length) as usize;
    if length > LONGEST_FRAME {
        return Err(unreadable());
    }
    payload.resize(length, 0);
    Ok(frames.read_exact(payload).is_ok().then_some(kind))
}

pub(super) fn unreadable() -> Error {
    Error::Renderer(io::Error::other("the renderer's answer is unreadable"))
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        match failure {
            Failure::Document(error) => Error::Document(error),
            Failure::Settings(error) => Error::Settings(error),
            Failure::Crashed(how) => Error::Crashed { how },
            Failure::Read(why) => Error::Renderer(io::Error::other(why)),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        match error {
            Error::Document(error) => Failure::Document(error),
            Error::Settings(error) => Failure::Settings(error),
            Error::Crashed { how } => Failure::Crashed(how),
            error => Failure::Read(error.to_string()),
        }
    }
}
