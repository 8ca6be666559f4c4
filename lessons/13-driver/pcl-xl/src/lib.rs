//! PCL XL, the binary page language of office printers: its operators, and
//! rows of dots packed into its images.
//!
//! ```
//! let mut packed = Vec::new();
//! pcl_xl::packbits::encode(&[255; 600], &mut packed);
//! assert!(packed.len() < 12);
//! ```

mod band_writer;
pub mod delta_row;
pub mod packbits;
mod writer;

pub use band_writer::BandWriter;
pub use writer::{Compression, Writer};
