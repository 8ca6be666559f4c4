//! The tests, in a network of their own.

use std::env;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, ExitCode};
use std::sync::mpsc::channel;
use std::time::Duration;

use harness::ipp::IppPrinter;
use harness::{PrintServer, Test, only_where, program, scratch, suite, test};
use ipp_printer::{
    Access, Authentication, ColorMode, Description, DnsSd, Finishing,
    Orientation, Paper, Quality, Scaling, Sides,
};

use crate::browser::{Browser, Service};

/// Set where the tests are in their own network.
const INSIDE: &str = "TAMING_OWN_NETWORK";

/// An address on a wire whose other end is in the same network, in a range
/// that is set aside for measurements (RFC 2544, appendix C.2.2).
const WIRE: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 1);

/// Makes the network and runs a command in it.
const ENTER: &str = "set -e
    ip link set lo up
    ip link add near type veth peer name far
    ip address add 198.18.0.1/24 dev near
    ip link set near up
    ip link set far up
    exec \"$@\"";

pub fn main() -> ExitCode {
    let tests = vec![
        test!(a_printer_is_found_by_its_type_and_by_both_subtypes),
        test!(its_facts_are_what_it_can_do),
        test!(a_server_for_all_networks_is_announced_on_each_but_loopback),
        test!(a_second_printer_of_the_name_gets_another),
        test!(a_printer_that_leaves_says_so),
        test!(a_print_server_is_found_as_long_as_it_runs),
    ];
    if env::var_os(INSIDE).is_some() {
        return suite(tests);
    }
    match namespaces_are_possible() {
        Ok(()) => run_inside(),
        Err(reason) => {
            let impossible = |test: Test| {
                let reason = reason.clone();
                only_where(|| Err(reason), test)
            };
            suite(tests.into_iter().map(impossible).collect())
        }
    }
}

/// This program again, in a network of its own.
fn run_inside() -> ExitCode {
    // There is no network for its building inside.
    let _ = program("print-server");
    let program = env::current_exe().expect("this program");
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--net", "sh", "-c", ENTER]);
    command.arg("sh").arg(program).args(env::args_os().skip(1));
    // The tests use one port: one at a time.
    command.arg("--test-threads=1").env(INSIDE, "1");
    let status = command.status().expect("unshare was found");
    match status.code().and_then(|code| u8::try_from(code).ok()) {
        Some(code) => ExitCode::from(code),
        None => ExitCode::FAILURE,
    }
}

fn namespaces_are_possible() -> Result<(), String> {
    let tried = Command::new("unshare")
        .args(["--user", "--map-root-user", "--net", "sh", "-c", ENTER])
        .args(["sh", "true"])
        .output()
        .map_err(|error| format!("unshare: {error}"))?;
    if tried.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&tried.stderr);
    Err(format!(
        "no network can be made here ({}): it takes the programs of util-linux \
         and iproute2, and a system that permits it",
        said.trim()
    ))
}

/// A printer that can do much.
fn printer() -> Description {
    Description {
        name: "Third floor".to_owned(),
        info: "The printer on the third floor".to_owned(),
        location: "Beside the stairs".to_owned(),
        maker: "KONICA MINOLTA".to_owned(),
        model: "C360".to_owned(),
        uuid: *b"\x1a\x2b\x3c\x4d0123456789ab",
        firmware: "1".to_owned(),
        more_info: "/".to_owned(),
        formats: vec!["application/pdf", "image/urf", "image/pwg-raster"],
        raster_types: vec!["srgb_8"],
        most_copies: 999,
        uncollated: true,
        sides: Sides::ALL.to_vec(),
        color_modes: ColorMode::ALL.to_vec(),
        papers: vec![Paper::A4, Paper::A3],
        trays: vec!["tray-1", "by-pass-tray"],
        kinds: vec!["stationery"],
        margin: 420,
        borderless: false,
        page_ranges: true,
        orientations: Orientation::ALL.to_vec(),
        scalings: Scaling::ALL.to_vec(),
        qualities: Quality::ALL.to_vec(),
        resolutions: vec![600, 300],
        finishings: vec![Finishing::StapleTopLeft],
        number_up: vec![1, 2],
        banners: true,
        pins: true,
        pages_per_minute: (36, 36),
        largest_document: 1 << 30,
        access: vec![
            Access { tls: false, authentication: Authentication::None },
            Access { tls: true, authentication: Authentication::Basic },
        ],
    }
}

fn announce(ip: Ipv4Addr, printer: &Description) -> DnsSd {
    let listen = SocketAddr::from((ip, 8631));
    let told = |words: String| panic!("{words}");
    let dns_sd = DnsSd::start(listen, &printer.uuid, told).expect("it starts");
    dns_sd.announce(printer, "/ipp/print").expect("it is announced");
    dns_sd
}

fn a_printer_is_found_by_its_type_and_by_both_subtypes() {
    let dns_sd = announce(Ipv4Addr::LOCALHOST, &printer());
    assert_eq!(dns_sd.host(), "printer-1a2b3c4d.local");
    let mut browser = Browser::open(Ipv4Addr::LOCALHOST);
    for kind in ["_ipp._tcp.local", "_ipps._tcp.local"] {
        let name = format!("Third floor.{kind}");
        for subtype in ["", "_print._sub.", "_universal._sub."] {
            let found = browser.services(&format!("{subtype}{kind}"));
            assert_eq!(found, [name.as_str()]);
        }
        let host = dns_sd.host().to_owned();
        assert_eq!(browser.service(&name), Service { host, port: 8631 });
    }
    assert_eq!(browser.address(dns_sd.host()), Ipv4Addr::LOCALHOST);

    // The printer's page, and the name held in the oldest type.
    let page = browser.services("_http._tcp.local");
    assert_eq!(page, ["Third floor._http._tcp.local"]);
    let held = browser.service("Third floor._printer._tcp.local");
    assert_eq!(held.port, 0);
}

fn its_facts_are_what_it_can_do() {
    let dns_sd = announce(Ipv4Addr::LOCALHOST, &printer());
    let mut browser = Browser::open(Ipv4Addr::LOCALHOST);
    let facts = browser.facts("Third floor._ipps._tcp.local");
    for (key, value) in [
        ("txtvers", "1"),
        ("qtotal", "1"),
        ("rp", "ipp/print"),
        ("ty", "KONICA MINOLTA C360"),
        ("adminurl", "https://printer-1a2b3c4d.local:8631/"),
        ("note", "Beside the stairs"),
        ("priority", "0"),
        ("product", "(C360)"),
        ("pdl", "application/pdf,image/urf,image/pwg-raster"),
        (
            "URF",
            "V1.4,W8,SRGB24,CP255,RS300-600,DM1,IS19-20,MT1,PQ3-4-5,FN3-20",
        ),
        ("UUID", "1a2b3c4d-3031-3233-3435-363738396162"),
        ("TLS", "1.3"),
        ("air", "username,password"),
        ("Color", "T"),
        ("Duplex", "T"),
        ("Copies", "T"),
        ("Collate", "T"),
        ("Staple", "T"),
        ("Punch", "F"),
        ("PaperMax", "tabloid-A3"),
        ("kind", "document"),
        ("usb_MFG", "KONICA MINOLTA"),
        ("usb_MDL", "C360"),
    ] {
        assert_eq!(facts.get(key).map(String::as_str), Some(value), "{key}");
    }
    let open = browser.facts("Third floor._ipp._tcp.local");
    assert!(!open.contains_key("TLS") && !open.contains_key("air"), "{open:?}");
    assert_eq!(open["adminurl"], "http://printer-1a2b3c4d.local:8631/");
    drop(dns_sd);

    // One that can do little claims little.
    let little = Description {
        name: "Cellar".to_owned(),
        uuid: [7; 16],
        formats: vec!["application/pdf"],
        most_copies: 1,
        sides: vec![Sides::One],
        color_modes: vec![ColorMode::Monochrome],
        papers: vec![Paper::A4],
        finishings: Vec::new(),
        access: vec![Access {
            tls: false,
            authentication: Authentication::None,
        }],
        ..printer()
    };
    let _dns_sd = announce(Ipv4Addr::LOCALHOST, &little);
    let facts = browser.facts("Cellar._ipp._tcp.local");
    for key in ["Color", "Duplex", "Copies", "Collate", "Staple", "Punch"] {
        assert_eq!(facts[key], "F", "{key}");
    }
    assert_eq!(facts["PaperMax"], "legal-A4");
    assert!(!facts.contains_key("URF"), "{facts:?}");
}

fn a_server_for_all_networks_is_announced_on_each_but_loopback() {
    let dns_sd = announce(Ipv4Addr::UNSPECIFIED, &printer());
    let mut browser = Browser::open(WIRE);
    let found = browser.services("_universal._sub._ipp._tcp.local");
    assert_eq!(found, ["Third floor._ipp._tcp.local"]);
    assert_eq!(browser.address(dns_sd.host()), WIRE);
}

fn a_second_printer_of_the_name_gets_another() {
    let _first = announce(Ipv4Addr::LOCALHOST, &printer());
    let mut browser = Browser::open(Ipv4Addr::LOCALHOST);
    browser.services("_ipp._tcp.local");

    let other = Description { uuid: [9; 16], ..printer() };
    let (sender, told) = channel();
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 8632));
    let second = DnsSd::start(listen, &other.uuid, move |words| {
        // Nobody listens at the end of the test.
        let _ = sender.send(words);
    })
    .expect("it starts");
    second.announce(&other, "/ipp/print").expect("it is announced");
    let words = told.recv_timeout(Duration::from_secs(30)).expect("a word");
    assert!(words.contains("Third floor (2)"), "{words}");
    let service = browser.service("Third floor (2)._ipp._tcp.local");
    assert_eq!(service.port, 8632);
    for subtype in ["_print", "_universal"] {
        let kind = format!("{subtype}._sub._ipp._tcp.local");
        let mut found = browser.services(&kind);
        found.sort();
        let both = ["Third floor (2)", "Third floor"]
            .map(|name| format!("{name}._ipp._tcp.local"));
        assert_eq!(found, both);
    }
}

fn a_printer_that_leaves_says_so() {
    let dns_sd = announce(Ipv4Addr::LOCALHOST, &printer());
    let mut browser = Browser::open(Ipv4Addr::LOCALHOST);
    let kind = "_ipp._tcp.local";
    let found = browser.services(kind);
    drop(dns_sd);
    for subtype in ["", "_print._sub.", "_universal._sub."] {
        let kind = format!("{subtype}{kind}");
        browser.wait_for_farewell(&kind, &found[0]);
    }
}

fn a_print_server_is_found_as_long_as_it_runs() {
    let data = scratch();
    let listen = format!("{WIRE}:0");
    let options = [
        "--dns-sd",
        "--name",
        "Third floor",
        "--location",
        "Beside the stairs",
        "--listen",
        &listen,
        "--allow-plain-http",
    ];
    let mut server = PrintServer::start(data.path(), &options);
    let printer = IppPrinter::new(&server.address, "/ipp/print");
    let printer = printer.attributes();
    let mut browser = Browser::open(WIRE);
    let mut names = Vec::new();
    for kind in ["_ipp._tcp.local", "_ipps._tcp.local"] {
        let name = format!("Third floor.{kind}");
        for subtype in ["_print", "_universal"] {
            let found = browser.services(&format!("{subtype}._sub.{kind}"));
            assert_eq!(found, [name.as_str()]);
        }
        let service = browser.service(&name);
        let port = format!(":{}", service.port);
        assert!(server.address.ends_with(&port), "{}", server.address);
        assert_eq!(browser.address(&service.host), WIRE);
        // What is announced is what the printer says itself.
        let facts = browser.facts(&name);
        assert_eq!(facts["rp"], "ipp/print");
        assert_eq!(facts["note"], "Beside the stairs");
        let uuid = format!("urn:uuid:{}", facts["UUID"]);
        assert_eq!(printer.texts("printer-uuid"), [uuid]);
        let formats = printer.texts("document-format-supported");
        let pdl = &facts["pdl"];
        assert!(pdl.split(',').all(|one| formats.contains(&one)), "{pdl}");
        let urf = printer.texts("urf-supported").join(",");
        assert_eq!(facts["URF"], urf);
        names.push((kind, name));
    }
    server.program.terminate();
    assert!(server.program.wait_for_end().success());
    for (kind, name) in names {
        browser.wait_for_farewell(kind, &name);
    }
}
