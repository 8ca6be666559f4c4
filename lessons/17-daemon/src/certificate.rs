//! The daemon's certificate: which one it is, and how it stays up to date.

use std::collections::BTreeSet;
use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use serde_json::json;
use tls::{
    Certificate, Source, Tls, own_certificate_file, read_own_certificate,
};
use tokio::sync::Notify;
use tokio::time::sleep;
use tracing::{error, info, warn};

use crate::http::stays_here;
use crate::{Health, Options, Reloads, data_folder, print_line};

/// The part of the health that a certificate is.
const PART: &str = "certificate";
/// How often the certificate is looked at when nothing else asks for it: one
/// of our own may be due, and the system may not tell of a changed file.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long before its end a certificate is a matter for a person, who seems to
/// have forgotten it: the usual programs renew theirs a month before.
const LAST_DAYS: Duration = DAY.saturating_mul(10);
/// How long after a change its files are read: the key and the certificate are
/// written one after the other.
const SETTLED: Duration = Duration::from_secs(1);

/// What an administrator can choose about TLS.
#[derive(Debug, Clone, Args)]
#[group(id = "tls")]
pub struct TlsOptions {
    /// The certificate for TLS, in a PEM file with those of its issuers behind
    /// it. The file is read again when it changes [default: one that the server
    /// makes for itself, in its data folder]
    #[arg(long, value_name = "FILE", requires = "certificate_key")]
    pub certificate: Option<PathBuf>,

    /// The private key of the certificate, in a PEM file without a password
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub certificate_key: Option<PathBuf>,

    /// Answer other machines over plain HTTP as well as over TLS. Everybody on
    /// the way can then read and change what is sent: keys, documents, answers
    #[arg(long)]
    pub allow_plain_http: bool,
}

impl TlsOptions {
    /// How programs on this machine ask a server that listens at `address`:
    /// with `http` where that stays here or is allowed, else with `https`.
    #[must_use]
    pub fn scheme(&self, address: SocketAddr) -> &'static str {
        let ip = address.ip();
        let is_plain =
            self.allow_plain_http || ip.is_unspecified() || stays_here(ip);
        if is_plain { "http" } else { "https" }
    }

    /// Reads the certificate that an administrator has named, if there is one.
    ///
    /// # Errors
    /// It cannot be used.
    pub fn check(&self) -> Result<(), tls::Error> {
        match self.source(Path::new(""), Vec::new()) {
            files @ Source::Files { .. } => files.load().map(drop),
            Source::Own { .. } => Ok(()),
        }
    }

    /// Where the certificate comes from; one of our own is in the folder `data`
    /// and for these names.
    pub(crate) fn source(&self, data: &Path, names: Vec<String>) -> Source {
        match (&self.certificate, &self.certificate_key) {
            (Some(certificate), Some(key)) => Source::Files {
                certificate: certificate.clone(),
                key: key.clone(),
            },
            _ => Source::Own { data: data.to_owned(), names },
        }
    }
}

/// Shows the certificate that clients see, so that they can compare.
#[derive(Debug, Clone, Args)]
#[group(id = "show-certificate")]
pub struct ShowCertificate {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl ShowCertificate {
    /// Prints the certificate of the program `name`.
    ///
    /// # Errors
    /// There is none, or it cannot be used.
    pub fn run(
        &self,
        name: &str,
        options: &Options,
    ) -> Result<(), Box<dyn Error>> {
        let data = options.data.clone().or_else(|| data_folder(name));
        let data =
            data.ok_or("there is no home folder: choose a folder with --data")?;
        let tls = &options.tls;
        let file = match &tls.certificate {
            Some(file) => file.clone(),
            None => own_certificate_file(&data),
        };
        let found = match tls.source(&data, Vec::new()) {
            files @ Source::Files { .. } => files.load(),
            Source::Own { data, .. } => read_own_certificate(&data),
        };
        let found = match found {
            Err(error) if error.is_not_found() && tls.certificate.is_none() => {
                let why = format!(
                    "{} is not there: {name} makes it at its first start",
                    file.display()
                );
                return Err(why.into());
            }
            found => found?,
        };
        let (end, mark) = (found.last_day(), found.fingerprint());
        print_line(match self.json {
            true => json!({
                "file": file,
                "good_until": end,
                "sha256": mark,
            })
            .to_string(),
            false => format!(
                "file        {}\ngood until  {end}\nSHA-256     {mark}",
                file.display()
            ),
        });
        Ok(())
    }
}

/// The names and addresses by which a server that listens at `listen` is found.
pub(crate) fn names_for(listen: IpAddr, host_names: &[String]) -> Vec<String> {
    let mut names = Vec::new();
    // The first is the certificate's subject, and not every machine's name.
    let (here, own) = host_names.iter().partition::<Vec<_>, _>(is_localhost);
    for name in own.into_iter().chain(here) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let mut addresses = BTreeSet::from([
        IpAddr::from(Ipv4Addr::LOCALHOST),
        IpAddr::from(Ipv6Addr::LOCALHOST),
    ]);
    match listen.to_canonical() {
        address if address.is_unspecified() => addresses.extend(outward()),
        address => drop(addresses.insert(address)),
    }
    names.extend(addresses.iter().map(IpAddr::to_string));
    names
}

fn is_localhost(name: &&String) -> bool {
    *name == "localhost"
}

/// The addresses with which this machine reaches others. Nothing is sent: a
/// socket for datagrams has its own address as soon as it knows the other, here
/// one of documentation (RFC 5737, RFC 3849).
fn outward() -> impl Iterator<Item = IpAddr> {
    const ELSEWHERE: [(&str, &str); 2] =
        [("0.0.0.0:0", "192.0.2.1:9"), ("[::]:0", "[2001:db8::1]:9")];
    ELSEWHERE.iter().filter_map(|(own, other)| {
        let socket = UdpSocket::bind(own).ok()?;
        socket.connect(other).ok()?;
        socket.local_addr().ok().map(|address: SocketAddr| address.ip())
    })
}

/// Says which certificate clients see.
pub(crate) fn introduce(tls: &Tls) {
    let found = tls.certificate();
    let whose = match tls.source() {
        Source::Files { certificate, .. } => certificate.display().to_string(),
        Source::Own { .. } => "made by this server itself".to_owned(),
    };
    info!(
        "TLS certificate: {whose}, good until {}, SHA-256 fingerprint {}",
        found.last_day(),
        found.fingerprint()
    );
}

// ANCHOR: keep_current
/// Reads the certificate again when its files change, at each reload, and once
/// a day. One that cannot be used leaves the old one in use.
pub(crate) async fn keep_current(
    tls: Tls,
    mut reloads: Reloads,
    health: Health,
) {
    let changed = Arc::new(Notify::new());
    // Its end is that of this task.
    let _watcher = watch(&tls, changed.clone());
    report(&tls, &health);
    loop {
        tokio::select! {
            () = reloads.next() => {}
            () = changed.notified() => sleep(SETTLED).await,
            () = sleep(DAY) => {}
        }
        let again = tls.clone();
        let read = tokio::task::spawn_blocking(move || again.reload()).await;
        match read {
            Ok(Ok(true)) => introduce(&tls),
            Ok(Ok(false)) => {}
            Ok(Err(wrong)) => {
                error!("the old certificate stays in use: {wrong}");
                health.set(PART, Err(wrong.to_string()));
                continue;
            }
            // A panic has been logged.
            Err(_) => continue,
        }
        report(&tls, &health);
    }
}
// ANCHOR_END: keep_current

/// Says early enough that a certificate ends which somebody else has to renew.
fn report(tls: &Tls, health: &Health) {
    health.set(PART, ends_soon(&tls.certificate()).map_or(Ok(()), Err));
}

fn ends_soon(found: &Certificate) -> Option<String> {
    if found.is_good_for(LAST_DAYS) {
        return None;
    }
    let end = found.last_day();
    let words = format!(
        "clients accept the certificate until {end} and not longer: renew it"
    );
    warn!("{words}");
    Some(words)
}

/// Watches the folders of an administrator's files: a file that is replaced is
/// another file of that name. A link is watched at both of its ends.
fn watch(tls: &Tls, changed: Arc<Notify>) -> Option<RecommendedWatcher> {
    let Source::Files { certificate, key } = tls.source() else {
        return None;
    };
    let mut folders = BTreeSet::new();
    for file in [certificate, key] {
        let real = file.canonicalize();
        for path in [Some(file.clone()), real.ok()].into_iter().flatten() {
            folders.insert(match path.parent() {
                Some(folder) if folder != Path::new("") => folder.to_owned(),
                _ => PathBuf::from("."),
            });
        }
    }
    let heard = move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !event.kind.is_access()) {
            changed.notify_one();
        }
    };
    let watched = notify::recommended_watcher(heard).and_then(|mut watcher| {
        for folder in &folders {
            watcher.watch(folder, RecursiveMode::NonRecursive)?;
        }
        Ok(watcher)
    });
    if let Err(why) = &watched {
        warn!(
            "a new certificate will be seen within a day, or at SIGHUP: its \
             folder cannot be watched: {why}"
        );
    }
    watched.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_for_the_names_and_addresses_of_its_server() {
        let host_names =
            ["localhost", "printhost", "printhost"].map(str::to_owned);
        let listen = "192.0.2.7".parse().expect("an address");
        let names = names_for(listen, &host_names);
        let wanted =
            ["printhost", "localhost", "127.0.0.1", "192.0.2.7", "::1"];
        assert_eq!(names, wanted);
        let everywhere = Ipv4Addr::UNSPECIFIED.into();
        let names = names_for(everywhere, &host_names);
        assert!(!names.iter().any(|name| name == "0.0.0.0"), "{names:?}");
        assert!(names.len() >= 4, "{names:?}");
    }
}
