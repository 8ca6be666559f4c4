//! The configuration of a machine that has no configuration file.

#[cfg(unix)]
use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};

#[cfg(unix)]
use nix::ifaddrs::getifaddrs;
#[cfg(unix)]
use nix::net::if_::InterfaceFlags;
#[cfg(unix)]
use nix::sys::socket::SockaddrStorage;

use crate::{Config, Target};

impl Config {
    /// Watches this machine itself and, where the system names it (Linux does),
    /// the router that leads out of this network. There are no speed tests and
    /// no notices.
    pub fn default_for_this_machine() -> Config {
        let mut config = Config {
            targets: vec![Target::ping("localhost", "localhost")],
            ..Config::default()
        };
        if let Some(router) = gateway() {
            let host = router.to_string();
            config.targets.push(Target::ping("router", &host));
        }
        config
    }
}

/// The router that the default route leads to, if there is one and the
/// system says so in `/proc/net/route` (Linux).
pub fn gateway() -> Option<IpAddr> {
    let routes = fs::read_to_string("/proc/net/route").ok()?;
    default_route(&routes).map(IpAddr::V4)
}

/// Why this machine has no network, in words: no interface besides the loopback
/// is up, has a link and an address of use. `None` when there is one, and where
/// the system does not say.
#[cfg(unix)]
pub fn missing_network() -> Option<String> {
    let interfaces: Vec<_> = getifaddrs().ok()?.collect();
    let ready = InterfaceFlags::IFF_UP | InterfaceFlags::IFF_RUNNING;
    let mut names = BTreeSet::new();
    for interface in interfaces {
        if interface.flags.contains(InterfaceFlags::IFF_LOOPBACK) {
            continue;
        }
        let of_use = interface.address.is_some_and(|it| is_of_use(&it));
        if interface.flags.contains(ready) && of_use {
            return None;
        }
        names.insert(interface.interface_name);
    }
    let names: Vec<String> = names.into_iter().collect();
    Some(match names.as_slice() {
        [] => "it has no network interface".to_owned(),
        some => format!(
            "no interface is up with a link and an address ({})",
            some.join(", ")
        ),
    })
}

/// Why this machine has no network: this system does not say.
#[cfg(not(unix))]
pub fn missing_network() -> Option<String> {
    None
}

/// Whether it is an address of IP that leads further than to the neighbours
/// (RFC 3927, section 2.1; RFC 4291, section 2.5.6).
#[cfg(unix)]
fn is_of_use(address: &SockaddrStorage) -> bool {
    let v4 = address.as_sockaddr_in().map(|it| !it.ip().is_link_local());
    let v6 = || {
        let address = address.as_sockaddr_in6()?;
        Some(!address.ip().is_unicast_link_local())
    };
    v4.or_else(v6).unwrap_or(false)
}

/// Reads `/proc/net/route`: a line of names, then one line for each route. An
/// address is written as the hexadecimal number that it is in memory, so its
/// bytes are in this machine's order (proc_net(5)). Of several default routes
/// the one with the smallest metric counts.
fn default_route(routes: &str) -> Option<Ipv4Addr> {
    /// The route goes through a gateway (linux/route.h, RTF_GATEWAY).
    const GATEWAY: u32 = 2;
    /// The route is usable (RTF_UP).
    const UP: u32 = 1;
    routes
        .lines()
        .skip(1)
        .filter_map(|line| {
            let columns: Vec<&str> = line.split_whitespace().collect();
            let [_, to, by, flags, _, _, metric, mask, ..] = columns[..] else {
                return None;
            };
            let hexadecimal = |text| u32::from_str_radix(text, 16).ok();
            let flags = hexadecimal(flags)?;
            let usable = flags & (UP | GATEWAY) == UP | GATEWAY;
            let default = hexadecimal(to)? == 0 && hexadecimal(mask)? == 0;
            let address = Ipv4Addr::from(hexadecimal(by)?.to_ne_bytes());
            let metric: u32 = metric.parse().ok()?;
            (usable && default).then_some((metric, address))
        })
        .min()
        .map(|(_, address)| address)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\t\
        Metric\tMask\tMTU\tWindow\tIRTT\n";

    /// As the kernel writes an address on this machine.
    fn written(address: [u8; 4]) -> String {
        format!("{:08X}", u32::from_ne_bytes(address))
    }

    #[test]
    fn the_router_is_the_default_route_with_the_least_metric() {
        let (far, near) = (written([192, 0, 2, 1]), written([192, 0, 2, 2]));
        let routes = format!(
            "{HEADER}\
             wlan0\t00000000\t{far}\t0003\t0\t0\t600\t00000000\t0\t0\t0\n\
             eth0\t00000000\t{near}\t0003\t0\t0\t100\t00000000\t0\t0\t0\n\
             eth0\t000200C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n"
        );
        assert_eq!(default_route(&routes), Some([192, 0, 2, 2].into()));
    }

    #[test]
    fn a_machine_without_a_router_has_none() {
        let garbage = format!("{HEADER}eth0\t00000000\tZZ\nnonsense\n");
        let direct = format!(
            "{HEADER}tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\
             \t0\n"
        );
        for routes in ["", HEADER, &garbage, &direct] {
            assert_eq!(default_route(routes), None, "{routes}");
        }
    }

    #[test]
    fn without_a_configuration_this_machine_is_watched_and_nobody_is_told() {
        let config = Config::default_for_this_machine();
        assert_eq!(config.targets[0].name, "localhost");
        assert!(config.speed.is_empty() && config.alerts.is_empty());
    }
}
