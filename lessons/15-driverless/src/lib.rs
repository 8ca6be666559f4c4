//! A printer that needs no driver: it speaks IPP, the internet printing
//! protocol, as every operating system of today does.
//!
//! | what | where |
//! |---|---|
//! | what the printer is and can do | [`Description`], [`Paper`], [`Access`] |
//! | the program behind it | [`Spooler`], [`Document`] |
//! | how it is at this moment | [`Condition`], [`Ready`], [`Supply`] |
//! | what is to be printed | [`Ticket`], [`MediaChoice`] |
//! | what became of it | [`Job`], [`JobState`] |
//! | who asks | [`Requester`] |
//! | how the network finds it | [`DnsSd`] |
//! | what goes wrong | [`Refusal`], [`Status`] |

mod condition;
mod description;
mod dns_sd;
mod job;
mod paper;
mod refusal;
mod requester;
mod spooler;
mod status;
mod ticket;
mod urf;

pub use condition::{Activity, Condition, Ready, Supply};
pub use description::{Access, Authentication, Description};
pub use dns_sd::{DnsSd, DnsSdError};
pub use job::{Job, JobState};
pub use paper::Paper;
pub use refusal::Refusal;
pub use requester::Requester;
pub use spooler::{Document, Spooler};
pub use status::Status;
pub use ticket::{
    ColorMode, Finishing, MediaChoice, Orientation, Pin, Quality, Scaling,
    Sides, Ticket,
};
