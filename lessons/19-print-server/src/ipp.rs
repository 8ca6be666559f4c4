//! The IPP printers at `/ipp/print` and below it: the part that speaks IPP, in
//! front of this server's intake and queue.

use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::Router;
use daemon::Daemon;
use daemon::http::{Person, RateLimit};
use ipp_printer::{
    Access, Authentication, ColorMode, Description, DnsSd, DnsSdError,
    IppPrinter, Refusal, RelaySpooler, Status, Ticket,
};
use print_options::{Options, PrinterOptions};
use relay::Intake;
use sign_in::{Openness, Signer};

use crate::printers::{Printer, Printers};
use crate::records::Records;

/// The path of the default printer.
pub(crate) const PATH: &str = "/ipp/print";

/// An IPP printer, at its paths on this server.
pub(crate) struct Entrance {
    pub(crate) printer: Arc<PrinterOptions>,
    /// What its clients are told of it.
    description: Description,
    /// The path under which the network is told of it.
    path: String,
    pub(crate) router: Router,
}

/// What the IPP printers are made of.
pub(crate) struct Parts<'a> {
    pub(crate) daemon: &'a Daemon,
    pub(crate) options: &'a Options,
    pub(crate) printers: &'a Printers,
    pub(crate) intake: &'a Intake,
    pub(crate) records: Option<&'a Records>,
    /// How many documents a person may send.
    pub(crate) uploads: &'a RateLimit,
    pub(crate) over_tls_only: bool,
}

impl Parts<'_> {
    /// An entrance for each printer, `/ipp/print/NAME`. The default one has
    /// `/ipp/print`, too.
    pub(crate) fn entrances(&self) -> Vec<Entrance> {
        let mut entrances = Vec::new();
        for (place, printer) in self.printers.iter().enumerate() {
            let is_default = place == 0;
            let description = self.description(printer, is_default);
            let own_path = format!("{PATH}/{}", printer.name());
            let router = |path: &str| {
                let description = description.clone();
                let spooler = self.spooler(printer);
                IppPrinter::new(path, description, spooler).router()
            };
            let mut routes = router(&own_path);
            let mut path = own_path;
            if is_default {
                routes = routes.merge(router(PATH));
                PATH.clone_into(&mut path);
            }
            entrances.push(Entrance {
                printer: Arc::new(printer.options.clone()),
                description,
                path,
                router: routes,
            });
        }
        entrances
    }

    /// The printer as its clients are told of it.
    fn description(&self, printer: &Printer, is_default: bool) -> Description {
        let Parts { daemon, options, over_tls_only, .. } = *self;
        let about = &printer.options;
        // The default printer stays the same one, whatever it is called.
        let mark = match is_default {
            true => "uuid".to_owned(),
            false => format!("uuid {}", about.name),
        };
        let mut limits = self.intake.limits.clone();
        limits.finisher = about.finisher();
        let uuid = uuid(daemon, &mark);
        let mut description = Description::c360(&about.title, uuid, &limits);
        description.info = format!("{}, by {}", about.title, daemon.name());
        description.firmware = env!("CARGO_PKG_VERSION").to_owned();
        description.location.clone_from(&about.location);
        if !about.color {
            description.color_modes = vec![ColorMode::Monochrome];
        }
        let needs_key =
            !about.is_for_all() || options.openness() == Openness::default();
        let ways: &[Authentication] = match needs_key {
            true => &[Authentication::Basic],
            false => &[Authentication::None, Authentication::Basic],
        };
        let schemes: &[bool] =
            if over_tls_only { &[true] } else { &[false, true] };
        for tls in schemes {
            for authentication in ways {
                let authentication = *authentication;
                description.access.push(Access { tls: *tls, authentication });
            }
        }
        description
    }

    /// The program behind a printer: its lane of the queue.
    fn spooler(&self, printer: &Printer) -> RelaySpooler {
        let (uploads, records) = (self.uploads.clone(), self.records.cloned());
        let mut intake = self.intake.clone();
        intake.queue = printer.lane.clone();
        intake.destinations = Arc::new([printer.destination()]);
        let name = printer.name().to_owned();
        let mut spooler = RelaySpooler::new(intake, printer.state.clone())
            .lane(&name)
            .loaded(printer.options.media.clone())
            .check(move |ticket| {
                check_rate(&uploads, ticket)?;
                check_quota(records.as_ref(), ticket)
            })
            .identify(move |message| match message {
                "" => tracing::info!("somebody asks which printer {name} is"),
                message => tracing::info!(
                    "somebody asks which printer {name} is: {message:?}"
                ),
            });
        if let Some(address) = &printer.address {
            spooler = spooler.printer(address.clone());
        }
        spooler
    }
}

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

/// Announces the printers on the network until what is returned is dropped.
pub(crate) fn announce(
    daemon: &Daemon,
    options: &Options,
    address: std::net::SocketAddr,
    entrances: &[Entrance],
) -> Result<Option<Arc<DnsSd>>, DnsSdError> {
    if !options.dns_sd {
        return Ok(None);
    }
    let told = |words: String| tracing::warn!("{words}");
    let dns_sd = DnsSd::start(address, &uuid(daemon, "uuid"), told)?;
    for Entrance { description, path, .. } in entrances {
        dns_sd.announce(description, path)?;
    }
    Ok(Some(Arc::new(dns_sd)))
}

/// A UUID (RFC 9562, section 5.8) with this mark: the same for as long as the
/// data folder keeps its key.
fn uuid(daemon: &Daemon, mark: &str) -> [u8; 16] {
    let secret = daemon.key().expose().as_bytes();
    let mark = Signer::new(secret, "printer").sign(mark);
    let number = u128::from_str_radix(&mark[..32], 16).unwrap_or_default();
    let mut bytes = number.to_be_bytes();
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    bytes
}
