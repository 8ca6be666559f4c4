//! A wish that this printer cannot grant.

use std::error::Error;

use ipp_printer::{list_answer, list_request};

use super::client::post;
use super::lesson_printer::LessonPrinter;
use super::message::{put, request};

pub fn play() -> Result<(), Box<dyn Error>> {
    let printer = LessonPrinter::start(0, |_| ())?;
    let address = printer.address();
    for exactly in [false, true] {
        // ANCHOR: wish
        // The operation Validate-Job has the number 4: nothing is printed.
        let mut message = request(4, address);
        // True: print it exactly so, or not at all.
        let exactly = [u8::from(exactly)];
        put(&mut message, 0x22, "ipp-attribute-fidelity", &exactly);
        message.push(0x02);
        put(&mut message, 0x21, "copies", &[0, 0, 0, 2]);
        // 20 is a staple at the top left. Nobody has said that there is one.
        put(&mut message, 0x23, "finishings", &[0, 0, 0, 20]);
        message.push(0x03);
        // ANCHOR_END: wish
        println!("->\n{}", list_request(&message));
        let answer = post(address, &message, b"")?;
        println!("<-\n{}", list_answer(&answer));
    }
    Ok(())
}
