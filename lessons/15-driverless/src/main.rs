//! Lesson 15: a printer that needs no driver.
//!
//! Every system of today prints over IPP. You will see a question to such a
//! printer as bytes, written by hand, and its answer; a document that is
//! printed with its wishes; what becomes of a wish that cannot be granted; and
//! requests that are meant to do harm. The paper comes out of a virtual C360.
//! About 25 minutes.
//!
//! ```console
//! $ cargo run --bin lesson15
//! $ cargo run --bin lesson15 ask
//! ```
//!
//! The scenes are `ask`, `print`, `wish` and `hostile`. To print from your own
//! system, let it serve, and watch every request:
//!
//! ```console
//! $ cargo run --bin lesson15 serve
//! $ lp -h 127.0.0.1:8631 -d C360 tests/samples/report.pdf
//! ```

mod scenes;

use std::error::Error;
use std::{env, process};

use ipp_printer::{list_answer, list_request};

use scenes::client::post;
use scenes::lesson_printer::LessonPrinter;
use scenes::message::put;
use scenes::{hostile, print, serve, wish};

/// The scenes, in the order in which they are played.
const SCENES: [&str; 4] = ["ask", "print", "wish", "hostile"];

/// One question, byte by byte, and the answer.
fn ask() -> Result<(), Box<dyn Error>> {
    let printer = LessonPrinter::start(0, |_| ())?;
    let address = printer.address();

    // ANCHOR: ask
    let mut request = Vec::new();
    // Version 1.1.
    request.extend([1, 1]);
    // The operation Get-Printer-Attributes has the number 11.
    request.extend([0x00, 0x0b]);
    // The number of the request comes back in the answer.
    request.extend([0, 0, 0, 1]);
    // A group of attributes begins: what the operation is about.
    request.push(0x01);
    put(&mut request, 0x47, "attributes-charset", b"utf-8");
    put(&mut request, 0x48, "attributes-natural-language", b"en");
    let uri = format!("ipp://{address}/ipp/print");
    put(&mut request, 0x45, "printer-uri", uri.as_bytes());
    put(&mut request, 0x44, "requested-attributes", b"printer-name");
    // Without a name it is one more value of the attribute before.
    put(&mut request, 0x44, "", b"printer-state");
    put(&mut request, 0x44, "", b"media-col-ready");
    // The end of the attributes.
    request.push(0x03);
    // ANCHOR_END: ask
    println!("-> {} B\n{}", request.len(), list_request(&request));

    let answer = post(address, &request, b"")?;
    println!("<- {} B\n{}", answer.len(), list_answer(&answer));
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    // Documents are rendered in processes of their own: this program, again.
    driver::isolated::serve_if_child();
    // One scene by name, or all of them.
    match env::args().nth(1) {
        Some(scene) => play(&scene),
        None => {
            for scene in SCENES {
                println!("== {scene}");
                play(scene)?;
            }
            Ok(())
        }
    }
}

fn play(scene: &str) -> Result<(), Box<dyn Error>> {
    match scene {
        "ask" => ask(),
        "print" => print::play(),
        "wish" => wish::play(),
        "hostile" => hostile::play(),
        "serve" => serve::play(),
        _ => {
            eprintln!("No scene {scene:?}: there are {}.", SCENES.join(", "));
            process::exit(2);
        }
    }
}
