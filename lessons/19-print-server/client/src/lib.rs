//! The client of the print server: asks it to print, and waits for the paper.
//!
//! A [`Client`] sends a document with its [`Order`], and follows the job, as a
//! [`JobView`], until the printer says that the paper is out. What can go wrong
//! is a [`ClientError`]. On the server's own machine the server's key is found
//! where the server keeps it ([`find_key`]), and is sent to nobody who cannot
//! prove to have it, too.
//!
//! ```no_run
//! use print_client::{Client, Order};
//!
//! let client = Client::new("http://127.0.0.1:8631")?.with_key("ab12…");
//! let order = Order { pages: Some("2-3".to_owned()), ..Order::default() };
//! let job = client.print("report.pdf".as_ref(), &order, |_, _| {})?;
//! let job = client.follow(&job.id, |job| println!("{}", job.state))?;
//! println!("{} pages are out", job.printed);
//! # Ok::<(), print_client::ClientError>(())
//! ```

mod client;
mod document;
mod error;
mod job_view;
mod order;
mod own_key;
mod printer_view;

pub use client::Client;
pub use error::ClientError;
pub use job_view::JobView;
pub use order::Order;
pub use own_key::{data_folders, find_key, is_this_machine};
pub use printer_view::PrinterView;
pub use tls::Trust;
