//! Names and their addresses.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{LazyLock, Mutex};
use std::{thread, time::Duration};

use tokio::{sync::watch, time};

use crate::{Family, Fault, Trouble};

/// Addresses with port 0, or why there are none. A [`SocketAddr`] also says
/// which network a link-local address belongs to.
type Answer = Result<Vec<SocketAddr>, Trouble>;

/// The questions that the resolver is still thinking about.
static ASKED: LazyLock<
    Mutex<HashMap<String, watch::Receiver<Option<Answer>>>>,
> = LazyLock::new(Mutex::default);

/// The host's addresses of the wanted family, best first, all with port 0.
///
/// The system's resolver cannot be called off: the call may take half a
/// minute while its servers are silent. So it has a thread of its own, which
/// holds up neither an executor nor the end of the program, and whoever asks
/// for a name that is being asked for already waits for the same answer.
pub(crate) async fn addresses(
    host: &str,
    family: Family,
    most: Duration,
) -> Answer {
    let bare = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let bare = bare.unwrap_or(host);
    if !may_be_a_name(bare) {
        let words = format!("{host:?} is no name of a host");
        return Err(Trouble::new(Fault::Invalid, words));
    }
    let found = match bare.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, 0)],
        Err(_) => time::timeout(most, ask(bare)).await.map_err(|_| {
            Trouble::new(
                Fault::Unresolved,
                format!("{host}: no word from the resolver within {most:?}"),
            )
        })??,
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
        let words = match family {
            Family::Any => format!("{host} has no address"),
            Family::V4 => format!("{host} has no IPv4 address"),
            Family::V6 => format!("{host} has no IPv6 address"),
        };
        return Err(Trouble::new(Fault::Unresolved, words));
    }
    Ok(wanted)
}

// ANCHOR: name
/// Whether to trouble a resolver at all: letters, digits, hyphens and dots
/// (RFC 1123, section 2.1), underscores as some networks have them, and what
/// addresses are written with, the network of a link-local one too.
fn may_be_a_name(host: &str) -> bool {
    let is_fine = |c: char| c.is_alphanumeric() || "-._:%".contains(c);
    (1..=253).contains(&host.len())
        && !host.starts_with('-')
        && host.chars().all(is_fine)
}
// ANCHOR_END: name

async fn ask(name: &str) -> Answer {
    let mut answer = {
        let mut asked =
            ASKED.lock().unwrap_or_else(|broken| broken.into_inner());
        match asked.get(name) {
            Some(answer) => answer.clone(),
            None => {
                let answer = start(name)?;
                asked.insert(name.to_owned(), answer.clone());
                answer
            }
        }
    };
    let answer = answer.wait_for(Option::is_some).await;
    let gone = || Trouble::new(Fault::Local, "the resolver's thread is gone");
    answer.map_err(|_| gone())?.clone().ok_or_else(gone)?
}

/// Asks in a thread of its own, which takes the question off the list when it
/// has an answer.
fn start(name: &str) -> Result<watch::Receiver<Option<Answer>>, Trouble> {
    let (told, answer) = watch::channel(None);
    let name = name.to_owned();
    let ask = move || {
        let found = (name.as_str(), 0).to_socket_addrs();
        let found = found.map(Iterator::collect).map_err(|error| {
            Trouble::new(Fault::Unresolved, format!("{name}: {error}"))
        });
        let mut asked =
            ASKED.lock().unwrap_or_else(|broken| broken.into_inner());
        asked.remove(&name);
        // Nobody may be waiting any more.
        let _ = told.send(Some(found));
    };
    thread::Builder::new()
        .name("resolver".to_owned())
        .spawn(ask)
        .map_err(|error| Trouble::of("cannot resolve a name", &error))?;
    Ok(answer)
}

/// Makes the resolver silent about a name, for as long as the value lives.
#[cfg(test)]
pub(crate) fn silence(name: &str) -> impl Sized + use<> {
    let (told, answer) = watch::channel(None);
    let mut asked = ASKED.lock().unwrap_or_else(|broken| broken.into_inner());
    asked.insert(name.to_owned(), answer);
    told
}
