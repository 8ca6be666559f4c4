//! The sheet: which paper, where pages lie on it, and what the printer does
//! with it.
//!
//! ```
//! use sheet::{Layout, Media, NumberUp, lay_out};
//!
//! // Four pages of A4, two on each side: the paper is turned.
//! let pages = [(1, 595.3, 841.9), (2, 595.3, 841.9), (3, 595.3, 841.9)];
//! let number_up = NumberUp::new(2).expect("2 is one of the numbers");
//! let sides = lay_out(&pages, &Layout { number_up, ..Layout::default() });
//! assert_eq!(sides.len(), 2);
//! assert_eq!(sides[0].sheet.media, Media::A4);
//! assert!(sides[0].sheet.orientation.is_landscape());
//! ```

mod finishing;
mod keyword;
mod layout;
mod media;
mod orientation;
mod quality;
mod resume;
pub mod rows;
mod scaling;
mod setup;
mod tray;

pub use finishing::{Duplex, Punch, Staple};
pub use keyword::UnknownKeyword;
pub use layout::{Cell, Layout, PageOnSheet, Sheet, Side, lay_out, side_of};
pub use media::{CustomSize, Media, UnknownMedia};
pub use orientation::Orientation;
pub use quality::{Quality, save_toner};
pub use resume::{Resume, resume};
pub use scaling::{NumberUp, Scaling};
pub use setup::PageSetup;
pub use tray::{MediaType, Tray};
