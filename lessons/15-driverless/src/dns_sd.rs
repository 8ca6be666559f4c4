//! DNS-SD: the printer's entry in the list of printers that every computer and
//! telephone of the network shows (RFC 6763, over multicast DNS, RFC 6762).
//!
//! Whoever looks for printers asks the whole network for services of the type
//! `_ipp._tcp`: those that print without a driver by their subtypes, Apple's
//! systems `_universal`, others `_print` (PWG 5100.14, section 4.2.3). The
//! answer names the printer, its host and port, and a few facts (TXT).

use std::net::{IpAddr, SocketAddr};
use std::thread;
use std::time::Duration;

use mdns_sd::{DaemonEvent, IfKind, ServiceDaemon, ServiceInfo};
use thiserror::Error;

use crate::urf::urf_supported;
use crate::{Authentication, ColorMode, Description, Finishing, Paper, Sides};

/// The subtypes by which driverless printers are found. `mdns-sd` keeps one for
/// each service. So there is one responder for each, and both give the same
/// answers to everything else, which RFC 6762 allows (section 9: only other
/// data is a conflict).
const SUBTYPES: [&str; 2] = ["_print", "_universal"];

/// How long the farewell may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// The most bytes of a name (RFC 6763, section 4.1.1) and of an entry of TXT
/// (section 6.1).
const MOST_NAME: usize = 63;
const MOST_ENTRY: usize = 255;

/// The entries of printers on the network. Dropped, they are taken back.
pub struct DnsSd {
    responders: Vec<ServiceDaemon>,
    listen: SocketAddr,
    host: String,
}

/// Why there is no entry.
#[derive(Debug, Error)]
pub enum DnsSdError {
    /// Multicast DNS does not work here.
    #[error(
        "the printer cannot be announced on the network (multicast DNS, UDP \
         port 5353): {0}. Allow that port, or start without DNS-SD"
    )]
    Responder(#[from] mdns_sd::Error),
}

impl DnsSd {
    /// Joins the multicast DNS of the networks that reach `listen`, where the
    /// server listens: all of them when it is `0.0.0.0` or `[::]`. `uuid` is
    /// the server's and makes the host's name. `told` gets what somebody
    /// should know of, as a sentence: from a thread.
    ///
    /// # Errors
    /// When there is no socket to be had.
    pub fn start(
        listen: SocketAddr,
        uuid: &[u8; 16],
        told: impl Fn(String) + Send + 'static,
    ) -> Result<DnsSd, DnsSdError> {
        let mut responders = Vec::new();
        for _ in SUBTYPES {
            let responder = ServiceDaemon::new()?;
            choose_networks(&responder, listen.ip())?;
            responders.push(responder);
        }
        // Both meet the same fate, and one may tell of it.
        let events = responders[0].monitor()?;
        thread::Builder::new()
            .name("dns-sd".to_owned())
            .spawn(move || {
                while let Ok(event) = events.recv() {
                    if let Some(words) = words(&event) {
                        told(words);
                    }
                }
            })
            .map_err(|error| mdns_sd::Error::Msg(error.to_string()))?;
        Ok(DnsSd { responders, listen, host: host_name(uuid) })
    }

    /// The name of the host in the entries, `printer-1a2b3c4d.local`: clients
    /// ask for the server by it.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Announces a printer whose path on the server is `path`,
    /// `/ipp/print`.
    ///
    /// # Errors
    /// When the name cannot be announced.
    pub fn announce(
        &self,
        printer: &Description,
        path: &str,
    ) -> Result<(), DnsSdError> {
        let name = cut(&printer.name, MOST_NAME);
        for (responder, subtype) in self.responders.iter().zip(SUBTYPES) {
            let announce = |kind: String, port, keys: &[(_, String)]| {
                let service = self.service(&kind, name, port, keys)?;
                responder.register(service)
            };
            // Holds the name in the type that all printers once had, without
            // speaking its protocol (Bonjour Printing, section 7.2).
            announce("_printer._tcp".to_owned(), 0, &[])?;
            for access in &printer.access {
                let kind = if access.tls { "_ipps._tcp" } else { "_ipp._tcp" };
                let page = self.page(printer, access.tls);
                let keys = txt(printer, path, &page, access.tls);
                let kind = format!("{subtype}._sub.{kind}");
                announce(kind, self.listen.port(), &keys)?;
            }
            if printer.access.iter().any(|access| !access.tls) {
                let path = [("path", printer.more_info.clone())];
                let kind = "_printer._sub._http._tcp".to_owned();
                announce(kind, self.listen.port(), &path)?;
            }
        }
        Ok(())
    }

    fn service(
        &self,
        kind: &str,
        name: &str,
        port: u16,
        keys: &[(&str, String)],
    ) -> mdns_sd::Result<ServiceInfo> {
        let (kind, host) =
            (format!("{kind}.local."), format!("{}.", self.host));
        let ip = self.listen.ip();
        if ip.is_unspecified() {
            let none: &[IpAddr] = &[];
            let service =
                ServiceInfo::new(&kind, name, &host, none, port, keys);
            Ok(service?.enable_addr_auto())
        } else {
            ServiceInfo::new(&kind, name, &host, ip, port, keys)
        }
    }

    fn page(&self, printer: &Description, tls: bool) -> String {
        let scheme = if tls { "https" } else { "http" };
        let (host, port) = (&self.host, self.listen.port());
        format!("{scheme}://{host}:{port}{}", printer.more_info)
    }
}

impl Drop for DnsSd {
    fn drop(&mut self) {
        // Errors say that the responder has ended.
        let ends: Vec<_> = self
            .responders
            .iter()
            .filter_map(|responder| responder.shutdown().ok())
            .collect();
        for end in ends {
            let _ = end.recv_timeout(FAREWELL);
        }
    }
}

/// Keeps the responder to the networks on which the server listens.
fn choose_networks(
    responder: &ServiceDaemon,
    ip: IpAddr,
) -> mdns_sd::Result<()> {
    match ip {
        IpAddr::V6(ip) if ip.is_unspecified() => {}
        IpAddr::V4(ip) if ip.is_unspecified() => {
            responder.disable_interface(IfKind::IPv6)?;
        }
        ip => {
            responder.disable_interface(IfKind::All)?;
            return responder.enable_interface(IfKind::Addr(ip));
        }
    }
    // Nobody else is on it.
    responder.disable_interface(vec![IfKind::LoopbackV4, IfKind::LoopbackV6])
}

/// The server's host name. It is no other program's: the machine's own name
/// may be announced by the system.
fn host_name(uuid: &[u8; 16]) -> String {
    let [a, b, c, d, ..] = uuid;
    format!("printer-{a:02x}{b:02x}{c:02x}{d:02x}.local")
}

/// What a person should know of an event.
fn words(event: &DaemonEvent) -> Option<String> {
    match event {
        DaemonEvent::NameChange(change) => Some(format!(
            "{} is taken on this network: announced as {}",
            change.original, change.new_name
        )),
        DaemonEvent::Error(error) => {
            Some(format!("the printer is not announced any more: {error}"))
        }
        _ => None,
    }
}

/// The facts about a printer, each from what it can do (Bonjour Printing
/// Specification 1.2.1, section 9; PWG 5100.14, section 4.2.3; `URF` as
/// PAPPL has it). Not `mopria-certified`: nobody has certified this printer.
fn txt(
    printer: &Description,
    path: &str,
    page: &str,
    tls: bool,
) -> Vec<(&'static str, String)> {
    let yes = |is: bool| if is { "T" } else { "F" }.to_owned();
    let any = |wanted: &[Finishing]| {
        printer.finishings.iter().any(|found| wanted.contains(found))
    };
    let formats = printer.formats.iter().copied();
    let formats: Vec<&str> =
        formats.filter(|it| !NO_LANGUAGES.contains(it)).collect();
    let urf = urf_supported(printer);
    let mut keys = vec![
        ("txtvers", "1".to_owned()),
        ("qtotal", "1".to_owned()),
        ("rp", path.trim_start_matches('/').to_owned()),
        ("ty", printer.make_and_model()),
        ("adminurl", page.to_owned()),
        ("note", printer.location.clone()),
        ("priority", "0".to_owned()),
        ("product", format!("({})", printer.model)),
        ("pdl", formats.join(",")),
        ("UUID", uuid(&printer.uuid)),
        ("Color", yes(printer.color_modes.contains(&ColorMode::Color))),
        ("Duplex", yes(printer.sides.contains(&Sides::LongEdge))),
        ("Copies", yes(printer.most_copies > 1)),
        ("Collate", yes(printer.most_copies > 1)),
        ("Staple", yes(any(STAPLES))),
        ("Punch", yes(any(PUNCHES))),
        ("Scan", yes(false)),
        ("Fax", yes(false)),
        ("PaperMax", largest(&printer.papers).to_owned()),
        ("kind", "document".to_owned()),
        ("usb_MFG", printer.maker.clone()),
        ("usb_MDL", printer.model.clone()),
    ];
    if !urf.is_empty() {
        keys.push(("URF", urf.join(",")));
    }
    if tls {
        keys.push(("TLS", "1.3".to_owned()));
    }
    let mut access = printer.access.iter().filter(|way| way.tls == tls);
    if access.any(|way| way.authentication == Authentication::Basic) {
        keys.push(("air", "username,password".to_owned()));
    }
    for (key, value) in &mut keys {
        let room = MOST_ENTRY - key.len() - "=".len();
        value.truncate(cut(value, room).len());
    }
    keys
}

/// Formats that say nothing of the language of a document.
const NO_LANGUAGES: [&str; 2] =
    ["application/octet-stream", "application/vnd.cups-raw"];

const STAPLES: &[Finishing] = &[
    Finishing::Staple,
    Finishing::StapleTopLeft,
    Finishing::StapleBottomLeft,
    Finishing::StapleTopRight,
    Finishing::StapleDualLeft,
    Finishing::StapleDualTop,
    Finishing::StapleDualRight,
];

const PUNCHES: &[Finishing] = &[
    Finishing::Punch,
    Finishing::PunchDualLeft,
    Finishing::PunchDualTop,
    Finishing::PunchDualRight,
    Finishing::PunchTripleLeft,
    Finishing::PunchQuadLeft,
    Finishing::PunchQuadTop,
    Finishing::PunchQuadRight,
];

/// The class of the largest paper, as Bonjour Printing names it.
fn largest(papers: &[Paper]) -> &'static str {
    let holds = |width, height| {
        papers.iter().any(|p| p.width >= width && p.height >= height)
    };
    // A2, A3 and tabloid's width, A4, in hundredths of a millimetre.
    if holds(42_000, 59_400) {
        "isoC-A2"
    } else if holds(27_940, 42_000) {
        "tabloid-A3"
    } else if holds(21_000, 29_700) || holds(21_590, 27_940) {
        "legal-A4"
    } else {
        "<legal-A4"
    }
}

fn uuid(bytes: &[u8; 16]) -> String {
    let digits: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32];
    parts.map(|part| digits[part].to_owned()).join("-")
}

/// As much of the text as fits in `most` bytes, without half a letter.
fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}
