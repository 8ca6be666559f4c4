//! The preview: a document that somebody looks at before it becomes a job.
//!
//! A person drops a file on a page, sees its pages, chooses some of them, and
//! only then prints. Until then there is no job, and nothing that would have
//! to survive a power cut: [`Previews`] keeps each document in a temporary file
//! that disappears with it. [`Thumbnails`] draws small pictures of pages, in a
//! child process as all that a stranger's document is drawn in, and keeps some
//! of them in memory.
//!
//! ```no_run
//! use previews::{Previews, Source, Thumbnails};
//!
//! # async fn look(
//! #     intake: relay::Intake, request: axum::extract::Request,
//! # ) -> Result<(), relay::Refusal> {
//! let previews = Previews::default();
//! let thumbnails = Thumbnails::default();
//! let preview = previews.add("egon", intake.examine(request).await?);
//! println!("{} pages", preview.document.page_count);
//! let source = Source::of(&preview);
//! let picture = thumbnails.page(source, 1).await; // a PNG, if there is one
//! # Ok(())
//! # }
//! ```

mod shelf;
mod thumbnails;

pub use shelf::{Preview, Previews};
pub use thumbnails::{Source, Thumbnails};
