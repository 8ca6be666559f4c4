//! Exercise 16: a link to one document, good until a moment.
//!
//! Complete `open`. Then ask whether it is right:
//!
//!     cargo test --test exercise16

use std::env;

use sign_in::Signer;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        // The check makes links and opens them, at moments of its choice.
        ["link", document, until] => {
            println!("{}", link(document, number(until)))
        }
        ["open", link, now] => show(link, number(now)),
        _ => {
            let link = link("/trays/7", 1_000);
            println!("{link}");
            show(&link, 999);
            show(&link, 1_000);
            show(&link.replace("until=1000", "until=9999"), 1_000);
        }
    }
}

/// A link to a document that is good until a moment, in seconds since 1970.
fn link(document: &str, until: u64) -> String {
    let signed = format!("{document}?until={until}");
    let signature = signer().sign(&signed);
    format!("{signed}&signature={signature}")
}

/// The document of a link, if we made the link and it is good at the moment
/// `now`. At the moment `until` it no longer is.
#[allow(unused_variables, reason = "the todo!() is yours to replace")]
fn open(link: &str, now: u64) -> Option<&str> {
    todo!(
        "take the signature off the end and verify it for all that stands \
         before; then take off the moment, and look whether it is still ahead"
    )
}

/// Signs with the server's secret, for links and nothing else.
fn signer() -> Signer {
    Signer::new(b"there is no dana", "document link")
}

fn show(link: &str, now: u64) {
    match open(link, now) {
        Some(document) => println!("at {now}: {document}"),
        None => println!("at {now}: refused"),
    }
}

fn number(text: &str) -> u64 {
    text.parse().expect("a number of seconds")
}
