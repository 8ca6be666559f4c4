//! A picture on a page: a JPEG or PNG picture becomes a PDF of one page, in
//! memory, so that all that can be done with a page can be done with it.
//!
//! ```no_run
//! let photo = std::fs::read("photo.jpg")?;
//! let pdf: Vec<u8> = pictures::jpeg_to_pdf(&photo)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! And the other way round: a page that was drawn becomes a small picture.

mod exif;
mod jpeg;
mod page;
mod png_file;
mod thumbnail;

pub use jpeg::jpeg_to_pdf;
pub use png_file::png_to_pdf;
pub use thumbnail::halved_png;

/// Why a picture cannot be printed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// Its end is missing.
    #[error("its end is missing; send it again")]
    CutOff,
    /// It cannot be read.
    #[error("{0}; save it again")]
    Damaged(String),
    /// It would fill the memory.
    #[error(
        "it is {width} × {height} pixels large; scale it down to at most \
         {most} million pixels"
    )]
    TooManyPixels {
        /// Its width in pixels.
        width: u32,
        /// Its height in pixels.
        height: u32,
        /// The most pixels that it may have, in millions.
        most: u32,
    },
}

fn damaged(how: &str) -> PictureError {
    PictureError::Damaged(how.to_owned())
}
