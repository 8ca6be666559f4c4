//! The thumbnails of a document, drawn by a child.

use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use super::office::Prepared;
use super::parent::run;
use super::protocol::{Answer, Heard, Request, Task, unreadable};
use super::{Limits, Stop};
use crate::{Error, Settings};

/// The most processor time for one picture, and for all of one call: somebody
/// looks at the screen, and can print without them.
const PAGE_TIME: Duration = Duration::from_secs(10);
const TIME: Duration = Duration::from_secs(60);

/// Draws these pages (from 1) of the document at `path`, as far as it has them,
/// as PNG pictures whose longer sides have about `longest` pixels, in a child
/// process under limits. `each` takes a page's number and its picture, when it
/// is drawn. A page that cannot be read has none.
///
/// # Errors
/// See [`Error`]. The pictures up to there have been taken by then.
pub fn thumbnails(
    path: &Path,
    pages: RangeInclusive<u32>,
    longest: u16,
    each: &mut dyn FnMut(u32, &[u8]),
) -> Result<(), Error> {
    let stop = Stop::default();
    let document = Prepared::new(path, &stop)?;
    let limits = Limits {
        page_time: PAGE_TIME,
        document_time: TIME,
        ..Limits::default()
    };
    let (first, last) = pages.into_inner();
    let task = Task::Thumbnails { first, last, longest };
    let settings = Settings::default();
    let request = Request::new(task, &document.path, &settings, limits);
    let outcome = run(&request, &stop, &mut |heard| {
        if let Heard::Thumbnail(page, picture) = heard {
            each(page, picture);
        }
        Ok(())
    });
    match outcome {
        Ok(Answer::Drawn) => Ok(()),
        Ok(_) => Err(unreadable()),
        Err(ended) => Err(ended.into_error(limits)),
    }
}
