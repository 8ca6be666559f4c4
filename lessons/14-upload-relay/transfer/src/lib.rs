//! Documents on their way from the machine that took them in to the one that
//! prints them.
//!
//! The intake's end is [`document_route`], and the worker's is [`Intakes`]. The
//! job between them says where its document is: a [`RemoteDocument`].
//!
//! ```no_run
//! use transfer::{IntakeAddress, Intakes, KnownIntake, RemoteDocument};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let address: IntakeAddress = "https://printing.example:8631".parse()?;
//! let known = KnownIntake { address, key: "the worker's key".to_owned() };
//! let http = reqwest::blocking::Client::builder();
//! let folder = "spool/fetched".as_ref();
//! let back = |text| println!("{text}");
//! let intakes = Intakes::new(http, None, vec![known], folder, back)?;
//!
//! let document = RemoteDocument {
//!     intake: "https://printing.example:8631".to_owned(),
//!     hash: "ba7816bf8f01cfea414140de5dae2223".repeat(2),
//!     bytes: 3,
//! };
//! let file = intakes.fetch(&document, &|| true)?;
//! println!("it is in {} until `file` is dropped", file.display());
//! # Ok(())
//! # }
//! ```

mod document_route;
mod intake_address;
mod intakes;
mod remote_document;

pub use document_route::document_route;
pub use intake_address::{BadAddress, IntakeAddress};
pub use intakes::{FetchError, Fetched, Intakes, KnownIntake};
pub use remote_document::{RemoteDocument, is_document_name};
