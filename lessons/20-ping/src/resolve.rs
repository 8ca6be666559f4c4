//! The addresses of names, from the system's resolver.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{LazyLock, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use tokio::{sync::watch, time};

use crate::{Error, ErrorKind, Family};

/// Addresses with port 0, or why there are none. A [`SocketAddr`] also says
/// which network a link-local address belongs to.
type Answer = Result<Vec<SocketAddr>, Error>;

/// How long an answer is used again: the system's resolver does not say how
/// long the owner of the name allows. Twenty targets with names, asked once a
/// second, would be forty queries a second, and some resolvers then refuse.
const KEPT: Duration = Duration::from_secs(30);

/// The same for a lookup that has failed: a name that is back is soon known.
const KEPT_FAILURE: Duration = Duration::from_secs(5);

/// The lookups under way and the answers that are still used, by name.
static LOOKUPS: LazyLock<Mutex<HashMap<String, Lookup>>> =
    LazyLock::new(Mutex::default);

/// One lookup.
struct Lookup {
    answer: watch::Receiver<Option<Answer>>,
    /// Until when the answer is used, once there is one.
    until: Option<Instant>,
}

impl Lookup {
    fn is_of_use(&self) -> bool {
        self.until.is_none_or(|until| Instant::now() < until)
    }
}

/// The host's addresses of the wanted family, best first, all with port 0.
///
/// A call of the system's resolver cannot be cancelled, and takes half a
/// minute where its servers are silent. So each call has a thread of its own,
/// which holds up neither an executor nor the end of the program. A second
/// lookup of the same name meanwhile waits for the first one's answer, and
/// for half a minute that answer is used again.
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
        let mut lookups = lookups();
        lookups.retain(|_, lookup| lookup.is_of_use());
        match lookups.get(name) {
            Some(lookup) => lookup.answer.clone(),
            None => {
                let answer = start(name)?;
                let kept = Lookup { answer: answer.clone(), until: None };
                lookups.insert(name.to_owned(), kept);
                answer
            }
        }
    };
    let answer = answer.wait_for(Option::is_some).await;
    let gone = || Error::new(ErrorKind::Local, "the resolver's thread is gone");
    answer.map_err(|_| gone())?.clone().ok_or_else(gone)?
}

fn lookups() -> MutexGuard<'static, HashMap<String, Lookup>> {
    LOOKUPS.lock().unwrap_or_else(|broken| broken.into_inner())
}

/// Starts a lookup in a thread of its own, which notes in [`LOOKUPS`] how long
/// its answer is of use.
fn start(name: &str) -> Result<watch::Receiver<Option<Answer>>, Error> {
    let (sender, answer) = watch::channel(None);
    let name = name.to_owned();
    let lookup = move || {
        let found = (name.as_str(), 0).to_socket_addrs();
        let found = found.map(Iterator::collect).map_err(|error| {
            Error::new(ErrorKind::Unresolved, format!("{name}: {error}"))
        });
        let kept = if found.is_ok() { KEPT } else { KEPT_FAILURE };
        if let Some(lookup) = lookups().get_mut(&name) {
            lookup.until = Some(Instant::now() + kept);
        }
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
    let lookup = Lookup { answer, until: None };
    lookups().insert(name.to_owned(), lookup);
    sender
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_is_used_again_and_a_failure_not_for_long() {
        let most = Duration::from_secs(60);
        let found = addresses("localhost", Family::Any, most).await;
        assert!(found.is_ok(), "{found:?}");
        let lasts = |name: &str| {
            let lookups = lookups();
            let until = lookups.get(name).and_then(|lookup| lookup.until);
            until.map(|until| until.saturating_duration_since(Instant::now()))
        };
        assert!(lasts("localhost") > Some(Duration::from_secs(10)));
        // No resolver knows it (RFC 6761, section 6.4).
        let found = addresses("nobody.invalid", Family::Any, most).await;
        assert!(found.is_err(), "{found:?}");
        assert!(lasts("nobody.invalid") <= Some(KEPT_FAILURE));
    }

    #[tokio::test]
    async fn a_name_that_is_known_is_not_looked_up() {
        let address = SocketAddr::from(([192, 0, 2, 7], 0));
        let (_sender, answer) = watch::channel(Some(Ok(vec![address])));
        let until = Some(Instant::now() + KEPT);
        let kept = Lookup { answer, until };
        lookups().insert("known.invalid".to_owned(), kept);
        let most = Duration::from_secs(60);
        let found = addresses("known.invalid", Family::Any, most).await;
        assert_eq!(found.expect("known"), [address]);
        // Its time is over.
        if let Some(lookup) = lookups().get_mut("known.invalid") {
            lookup.until = Some(Instant::now());
        }
        assert!(addresses("known.invalid", Family::Any, most).await.is_err());
    }
}
