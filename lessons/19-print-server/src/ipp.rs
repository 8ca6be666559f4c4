//! The IPP printer at `/ipp/print`: the part that speaks IPP, in front of this
//! server's intake and queue.

use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::Router;
use daemon::Daemon;
use daemon::http::{Person, RateLimit};
use driver::Media;
use ipp_printer::{
    Access, Authentication, Description, DnsSd, DnsSdError, IppPrinter,
    Refusal, RelaySpooler, Status, Ticket,
};
use printer::Address;
use relay::{Intake, PrinterState};
use sign_in::{Openness, Signer};

use crate::options::Options;
use crate::records::Records;

/// The path of the default printer.
pub(crate) const PATH: &str = "/ipp/print";

/// What the IPP printer is made of.
pub(crate) struct Parts {
    pub(crate) intake: Intake,
    pub(crate) state: PrinterState,
    /// The real printer, where this process knows it.
    pub(crate) address: Option<Address>,
    /// The papers in its trays, where an administrator has said so.
    pub(crate) loaded: Vec<Media>,
    pub(crate) records: Option<Records>,
    /// How many documents a person may send.
    pub(crate) uploads: RateLimit,
}

/// The printer as its clients are told of it.
pub(crate) fn description(
    daemon: &Daemon,
    options: &Options,
    parts: &Parts,
    over_tls_only: bool,
) -> Description {
    let name = options.name.clone();
    let uuid = uuid(daemon);
    let mut description = Description::c360(&name, uuid, &parts.intake.limits);
    description.info = format!("{name}, by {}", daemon.name());
    description.firmware = env!("CARGO_PKG_VERSION").to_owned();
    description.location.clone_from(&options.location);
    let ways: &[Authentication] =
        match options.openness() == Openness::default() {
            true => &[Authentication::Basic],
            false => &[Authentication::None, Authentication::Basic],
        };
    let schemes: &[bool] = if over_tls_only { &[true] } else { &[false, true] };
    for tls in schemes {
        for authentication in ways {
            let authentication = *authentication;
            description.access.push(Access { tls: *tls, authentication });
        }
    }
    description
}

// ANCHOR: router
/// The printer's routes.
pub(crate) fn router(description: Description, parts: Parts) -> Router {
    let Parts { intake, state, address, loaded, records, uploads } = parts;
    let mut spooler = RelaySpooler::new(intake, state)
        .loaded(loaded)
        .check(move |ticket| {
            check_rate(&uploads, ticket)?;
            check_quota(records.as_ref(), ticket)
        })
        .identify(|message| match message {
            "" => tracing::info!("somebody asks which printer this is"),
            message => tracing::info!(
                "somebody asks which printer this is: {message:?}"
            ),
        });
    if let Some(address) = address {
        spooler = spooler.printer(address);
    }
    IppPrinter::new(PATH, description, spooler).router()
}
// ANCHOR_END: router

/// Refuses the job of a person who sends too many documents.
fn check_rate(uploads: &RateLimit, ticket: &Ticket) -> Result<(), Refusal> {
    let host = ticket.host.unwrap_or(Ipv4Addr::UNSPECIFIED.into());
    let person = Person::new(ticket.owner.as_deref(), host);
    uploads.take(&person).map_err(|wait| {
        let seconds = wait.as_secs() + 1;
        let message =
            format!("that is one document too many: try again in {seconds} s");
        Refusal::new(Status::Busy, message)
    })
}

/// Refuses the job of a person with no page left, before its document comes.
fn check_quota(
    records: Option<&Records>,
    ticket: &Ticket,
) -> Result<(), Refusal> {
    let Some(records) = records else { return Ok(()) };
    let user = ticket.owner.as_deref().unwrap_or_default();
    let allowance = records.allowance(user).map_err(|error| {
        Refusal::new(Status::ServiceUnavailable, error.to_string())
    })?;
    match allowance {
        Some(allowance) if allowance.left() == 0 => Err(Refusal::new(
            Status::AccountLimitReached,
            format!(
                "the quota of {} pages a month is used up",
                allowance.quota
            ),
        )),
        _ => Ok(()),
    }
}

/// The address of the printer, for programs on this machine.
pub(crate) fn url(daemon: &Daemon, address: std::net::SocketAddr) -> String {
    // `http://` becomes `ipp://`, and `https://` `ipps://`.
    format!("{}{PATH}", daemon.url(address)).replacen("http", "ipp", 1)
}

/// Announces the printer on the network until what is returned is dropped.
pub(crate) fn announce(
    options: &Options,
    address: std::net::SocketAddr,
    description: &Description,
) -> Result<Option<Arc<DnsSd>>, DnsSdError> {
    if !options.dns_sd {
        return Ok(None);
    }
    let told = |words: String| tracing::warn!("{words}");
    let dns_sd = DnsSd::start(address, &description.uuid, told)?;
    dns_sd.announce(description, PATH)?;
    Ok(Some(Arc::new(dns_sd)))
}

/// The printer's UUID (RFC 9562, section 5.8): the same for as long as the data
/// folder keeps its key.
fn uuid(daemon: &Daemon) -> [u8; 16] {
    let secret = daemon.key().expose().as_bytes();
    let mark = Signer::new(secret, "printer").sign("uuid");
    let number = u128::from_str_radix(&mark[..32], 16).unwrap_or_default();
    let mut bytes = number.to_be_bytes();
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    bytes
}
