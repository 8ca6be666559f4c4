//! The addresses of names, from the system's resolver.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{LazyLock, Mutex};
use std::{thread, time::Duration};

use tokio::{sync::watch, time};

use crate::{Error, ErrorKind, Family};

/// Addresses with port 0, or why there are none. A [`SocketAddr`] also says
/// which network a link-local address belongs to.
type Answer = Result<Vec<SocketAddr>, Error>;

/// The lookups that have no answer yet, by name.
static LOOKUPS: LazyLock<
    Mutex<HashMap<String, watch::Receiver<Option<Answer>>>>,
> = LazyLock::new(Mutex::default);

/// The host's addresses of the wanted family, best first, all with port 0.
///
/// A call of the system's resolver cannot be cancelled, and takes half a
/// minute where its servers are silent. So each call has a thread of its own,
/// which holds up neither an executor nor the end of the program. A second
/// lookup of the same name meanwhile waits for the first one's answer.
pub(crate) async fn addresses(
    host: &str,
    family: Family,
    timeout: Duration,
) -> Answer {
    let bare = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let bare = bare.unwrap_or(host);
    if !may_be_a_name(bare) {
        let message = format!("{host:?} is no name of a host");
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    let found = match bare.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, 0)],
        Err(_) => {
            time::timeout(timeout, lookup(bare)).await.map_err(|_| {
                Error::new(
                    ErrorKind::Unresolved,
                    format!(
                        "{host}: no word from the resolver within {timeout:?}"
                    ),
                )
            })??
        }
    };
    let wanted: Vec<SocketAddr> = found
        .into_iter()
        .filter(|address| match family {
            Family::Any => true,
            Family::V4 => address.is_ipv4(),
            Family::V6 => address.is_ipv6(),
        })
        .collect();
    if wanted.is_empty() {
        let message = match family {
            Family::Any => format!("{host} has no address"),
            Family::V4 => format!("{host} has no IPv4 address"),
            Family::V6 => format!("{host} has no IPv6 address"),
        };
        return Err(Error::new(ErrorKind::Unresolved, message));
    }
    Ok(wanted)
}

// ANCHOR: name
/// Whether a resolver may be asked for it: letters, digits, hyphens and dots
/// (RFC 1123, section 2.1), underscores as some networks have them, and the
/// colons and per cent signs of IPv6 addresses.
fn may_be_a_name(host: &str) -> bool {
    let is_fine = |c: char| c.is_alphanumeric() || "-._:%".contains(c);
    (1..=253).contains(&host.len())
        && !host.starts_with('-')
        && host.chars().all(is_fine)
}
// ANCHOR_END: name

async fn lookup(name: &str) -> Answer {
    let mut answer = {
        let mut lookups =
            LOOKUPS.lock().unwrap_or_else(|broken| broken.into_inner());
        match lookups.get(name) {
            Some(answer) => answer.clone(),
            None => {
                let answer = start(name)?;
                lookups.insert(name.to_owned(), answer.clone());
                answer
            }
        }
    };
    let answer = answer.wait_for(Option::is_some).await;
    let gone = || Error::new(ErrorKind::Local, "the resolver's thread is gone");
    answer.map_err(|_| gone())?.clone().ok_or_else(gone)?
}

/// Starts a lookup in a thread of its own, which removes it from [`LOOKUPS`]
/// when it has an answer.
fn start(name: &str) -> Result<watch::Receiver<Option<Answer>>, Error> {
    let (sender, answer) = watch::channel(None);
    let name = name.to_owned();
    let lookup = move || {
        let found = (name.as_str(), 0).to_socket_addrs();
        let found = found.map(Iterator::collect).map_err(|error| {
            Error::new(ErrorKind::Unresolved, format!("{name}: {error}"))
        });
        let mut lookups =
            LOOKUPS.lock().unwrap_or_else(|broken| broken.into_inner());
        lookups.remove(&name);
        // Nobody may be waiting any more.
        let _ = sender.send(Some(found));
    };
    thread::Builder::new()
        .name("resolver".to_owned())
        .spawn(lookup)
        .map_err(|error| Error::io("cannot resolve a name", &error))?;
    Ok(answer)
}

/// Keeps the lookup of a name without an answer while the value lives.
#[cfg(test)]
pub(crate) fn silence(name: &str) -> impl Sized + use<> {
    let (sender, answer) = watch::channel(None);
    let mut lookups =
        LOOKUPS.lock().unwrap_or_else(|broken| broken.into_inner());
    lookups.insert(name.to_owned(), answer);
    sender
}
