//! What the network monitor finds out by itself when a target goes down: how
//! far packets come. The routers are network namespaces, and nothing leaves
//! them.

#[cfg(target_os = "linux")]
#[path = "many_machines/hosts.rs"]
#[allow(dead_code, reason = "other tests need the rest")]
mod hosts;

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    return hosts::enter(linux::tests());
    #[cfg(not(target_os = "linux"))]
    harness::suite(Vec::new())
}

#[cfg(target_os = "linux")]
mod linux {
    use std::process::Command;

    use harness::{NetworkMonitor, Test, test};
    use serde_json::Value;

    use crate::hosts::Host;

    pub fn tests() -> Vec<Test> {
        vec![test!(an_outage_is_kept_with_how_far_packets_came)]
    }

    /// The address that is watched: beyond three routers.
    const FAR: &str = "198.18.7.7";

    /// Runs a command of a shell, which must succeed.
    fn run(command: &mut Command, script: &str) {
        let output = command.args(["-c", script]).output().expect("found");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}: {said}");
    }

    /// A line of routers, each of which hands on to the next what is for the
    /// host at the end.
    fn line_of_routers() -> Vec<Host> {
        let line: Vec<Host> = (0..4).map(|_| Host::new()).collect();
        for pair in line.windows(2) {
            let script = format!(
                "echo 1 > /proc/sys/net/ipv4/ip_forward
                echo 0 > /proc/sys/net/ipv4/conf/all/send_redirects
                echo 0 > /proc/sys/net/ipv4/conf/wire/send_redirects
                ip route add {FAR} via {}",
                pair[1].address
            );
            run(&mut pair[0].command("sh"), &script);
        }
        let script = format!("ip address add {FAR}/32 dev lo");
        run(&mut line[3].command("sh"), &script);
        let script = format!("ip route add {FAR} via {}", line[0].address);
        run(&mut Command::new("sh"), &script);
        line
    }

    fn an_outage_is_kept_with_how_far_packets_came() {
        let line = line_of_routers();
        let monitor = NetworkMonitor::watching(&format!(
            "[[target]]\nname = \"far\"\nhost = \"{FAR}\"\n\
             every = \"200ms\"\ntimeout = \"200ms\"\n"
        ));
        let is = |state: &'static str| {
            move |status: &Value| status["targets"][0]["state"] == state
        };
        monitor.wait_for("status", is("up"));
        assert_eq!(monitor.get("/api/outages").to_string(), "[]");
        line[3].cut_off();
        monitor.wait_for("status", is("down"));

        // The status is told again when the traceroute is there.
        let outages = || monitor.get("/api/outages?target=far");
        monitor.wait_for("status", |_| outages()[0]["traceroute"].is_array());
        let told = outages();
        let hops = told[0]["traceroute"].as_array().expect("an array");
        let routers: Vec<&Value> =
            hops.iter().map(|hop| &hop["address"]).collect();
        let wanted: Vec<&str> =
            line[..3].iter().map(|host| host.address.as_str()).collect();
        assert_eq!(routers, wanted, "{told:#}");
        assert!(hops.iter().all(|hop| hop["ms"].is_f64()), "{told:#}");
        assert_eq!(hops[2]["ttl"], 3, "{told:#}");
        assert!(told[0]["to"].is_null(), "{told:#}");

        // It stays with its outage when that is over, and after a restart.
        line[3].connect();
        monitor.wait_for("status", is("up"));
        let monitor = monitor.again();
        let told = monitor.get("/api/outages?target=far");
        assert!(told[0]["to"].is_i64(), "{told:#}");
        assert_eq!(told[0]["traceroute"][2]["address"], wanted[2], "{told:#}");
    }
}
