//! Whole machines of our own: network namespaces, in which hosts may be dead
//! and echo requests forbidden. Nothing leaves them.

use std::fs;
use std::process::{Command, Output};

use harness::{Test, only_where, program, scratch, test};
use serde_json::Value;

pub fn tests() -> Vec<Test> {
    [
        test!(a_dead_host_is_reported_as_lost),
        test!(echo_requests_need_no_privilege_where_the_system_permits_them),
        test!(root_needs_no_permission),
        test!(where_echo_requests_are_forbidden_tcp_is_used_and_told),
        test!(a_thousand_hosts_share_one_socket),
        test!(without_any_network_the_report_says_so),
        test!(a_resolver_that_is_silent_holds_up_neither_others_nor_the_end),
        test!(what_a_router_says_is_told_apart),
    ]
    .map(|test| only_where(namespaces_are_possible, test))
    .into()
}

/// Everybody may send echo requests, as on most desktops.
const PERMIT: &str = "echo '0 0' > /proc/sys/net/ipv4/ping_group_range";
/// A network without hosts. What is sent there comes back in by the
/// loopback interface, where it is no address of ours and is dropped.
const DEAD: &str = "ip route add 198.18.0.0/24 dev lo";
/// Takes away what root may do, as far as it matters here.
const ORDINARY: &str = "setpriv --bounding-set=-net_raw --inh-caps=-net_raw";

/// Runs the lesson in a namespace of its own, after the commands of `before`.
fn lesson(before: &[&str], prefix: &str, arguments: &[&str]) -> Output {
    let script = format!(
        "set -e\nip link set lo up\n{}\nexec {prefix} \"$@\"",
        before.join("\n")
    );
    Command::new("unshare")
        .args(["--user", "--map-root-user", "--net", "--mount", "sh", "-c"])
        .args([&script, "sh"])
        .arg(program("lesson20"))
        .args(arguments)
        .output()
        .expect("unshare was found")
}

fn reports(output: &Output) -> Value {
    let errors = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {errors}"))
}

fn a_dead_host_is_reported_as_lost() {
    let hosts = ["127.0.0.1", "198.18.0.5", "127.0.0.2", "--json"];
    let output = lesson(&[DEAD, PERMIT], "", &hosts);
    assert_eq!(output.status.code(), Some(1), "not all have answered");
    let told = reports(&output);
    for (at, received) in [2, 0, 2].into_iter().enumerate() {
        assert_eq!(told[at]["method"], "icmp");
        assert_eq!(told[at]["sent"], 2);
        assert_eq!(told[at]["received"], received);
    }
    assert_eq!(told[1]["loss"], 1.0);
    assert_eq!(told[1]["fault"], "no_answer");
    assert_eq!(told[1]["error"], "no answer from 198.18.0.5 within 1s");
}

fn echo_requests_need_no_privilege_where_the_system_permits_them() {
    let output =
        lesson(&[PERMIT], ORDINARY, &["127.0.0.1", "127.1.2.3", "--json"]);
    assert!(output.status.success());
    let told = reports(&output);
    assert_eq!(told[0]["method"], "icmp");
    assert_eq!(told[1]["received"], 2);
}

fn root_needs_no_permission() {
    let output = lesson(&[], "", &["127.0.0.1", "127.1.2.3", "--json"]);
    assert!(output.status.success());
    let told = reports(&output);
    assert_eq!(told[0]["method"], "icmp");
    assert_eq!(told[1]["received"], 2);
}

fn where_echo_requests_are_forbidden_tcp_is_used_and_told() {
    let hosts = ["127.0.0.1", "198.18.0.5", "--json", "--timeout", "300"];
    let output = lesson(&[DEAD], ORDINARY, &hosts);
    assert_eq!(output.status.code(), Some(1), "not all have answered");
    let told = reports(&output);
    assert_eq!(told[0]["method"], "tcp:80");
    // Nothing listens there, and so the host refuses: it is alive.
    assert_eq!(told[0]["received"], 2);
    assert_eq!(told[1]["method"], "tcp:80");
    assert_eq!(told[1]["received"], 0);
    assert_eq!(told[1]["fault"], "no_answer");
}

fn a_thousand_hosts_share_one_socket() {
    let hosts: Vec<String> = (0..1000)
        .map(|host| format!("127.0.{}.{}", host / 250, host % 250 + 1))
        .collect();
    let mut arguments: Vec<&str> = hosts.iter().map(String::as_str).collect();
    arguments.push("--json");
    // Fewer files than hosts.
    let output = lesson(&[PERMIT, "ulimit -n 24"], ORDINARY, &arguments);
    let told = reports(&output);
    let told = told.as_array().expect("a list");
    assert_eq!(told.len(), 1000);
    for report in told {
        assert_eq!(report["method"], "icmp");
        assert_eq!(report["received"], 2, "{report}");
    }
    assert!(output.status.success());
}

fn without_any_network_the_report_says_so() {
    let before = [PERMIT, "ip link set lo down"];
    let output = lesson(&before, "", &["192.0.2.1", "2001:db8::1", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let told = reports(&output);
    for at in 0..2 {
        assert_eq!(told[at]["fault"], "unreachable", "{told}");
        assert_eq!(told[at]["received"], 0);
        let words = told[at]["error"].as_str().expect("words");
        assert!(words.contains("no way there"), "{words}");
    }
}

fn a_resolver_that_is_silent_holds_up_neither_others_nor_the_end() {
    let folder = scratch();
    let file = folder.path().join("resolv.conf");
    // Left alone, the resolver would take minutes over it.
    let text = "nameserver 198.18.0.9\noptions timeout:30 attempts:5\n";
    fs::write(&file, text).expect("the folder is ours");
    let replace = format!("mount --bind {} /etc/resolv.conf", file.display());
    let before = [DEAD, PERMIT, &replace];
    let hosts = ["nobody.example", "127.0.0.1", "--json"];
    let output = lesson(&before, "timeout 60", &hosts);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let told = reports(&output);
    assert_eq!(told[0]["fault"], "unresolved");
    let words = told[0]["error"].as_str().expect("words");
    assert!(words.contains("no word from the resolver"), "{words}");
    assert_eq!(told[1]["received"], 2);
}

/// A router in a namespace of its own, beyond which is nothing: one network is
/// unreachable, one prohibited, and one is behind a wire that leads back to the
/// router.
fn what_a_router_says_is_told_apart() {
    let before = [
        "unshare --net sleep 60 > /dev/null 2>&1 & router=$!",
        "until [ \"$(readlink /proc/$router/ns/net)\" != \
         \"$(readlink /proc/self/ns/net)\" ]; do sleep 0.1; done",
        "ip link add here type veth peer name there",
        "ip link set there netns $router",
        "ip address add 198.18.9.1/24 dev here && ip link set here up",
        "ip route add default via 198.18.9.2",
        "nsenter --net=/proc/$router/ns/net sh -e -c '
            ip link set lo up
            ip address add 198.18.9.2/24 dev there && ip link set there up
            echo 1 > /proc/sys/net/ipv4/ip_forward
            ip route add unreachable 198.18.1.0/24
            ip route add prohibit 198.18.2.0/24
            echo 0 > /proc/sys/net/ipv4/conf/all/rp_filter
            ip link add one type veth peer name other
            for end in one other; do
                ip link set $end address 02:00:00:00:00:07 arp off up
                echo 0 > /proc/sys/net/ipv4/conf/$end/rp_filter
            done
            ip route add 198.18.3.0/24 dev one'",
    ];
    let hosts = ["198.18.1.5", "198.18.2.5", "198.18.3.5", "198.18.9.2"];
    let count = ["--count", "5", "--json"];
    for permit in [PERMIT, "true"] {
        let before = [&before[..], &[permit]].concat();
        let output = lesson(&before, "", &[&hosts[..], &count].concat());
        let told = reports(&output);
        for (at, fault) in
            ["unreachable", "prohibited", "time_exceeded"].iter().enumerate()
        {
            assert_eq!(told[at]["fault"], *fault, "{permit}: {told:#}");
            let words = told[at]["error"].as_str().expect("words");
            assert!(words.contains("says 198.18.9."), "{words}");
        }
        assert_eq!(told[3]["received"], 5, "{permit}: {told:#}");
    }
}

fn namespaces_are_possible() -> Result<(), String> {
    let script = format!("ip link set lo up && {ORDINARY} true");
    let tried = Command::new("unshare")
        .args(["--user", "--map-root-user", "--net", "--mount", "sh", "-c"])
        .arg(script)
        .output()
        .map_err(|error| format!("unshare: {error}"))?;
    if tried.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&tried.stderr);
    let said = said.trim();
    Err(format!(
        "no network namespace can be made here ({said}): it takes the \
         programs of util-linux and iproute2, and a system that permits it"
    ))
}
