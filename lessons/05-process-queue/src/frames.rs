//! Frames: what goes over a pipe, and what is refused there.

use std::io;

use crate::frame::{read_frame, write_frame};

// ANCHOR: frames
pub fn play() -> io::Result<()> {
    // Two messages, one after the other, as a worker's pipe carries them.
    let mut pipe = Vec::new();
    write_frame(&mut pipe, b"Slimer")?;
    write_frame(&mut pipe, b"Gozer")?;
    println!("written  {}", hex(&pipe));
    let mut rest = pipe.as_slice();
    while let Some(message) = read_frame(&mut rest)? {
        println!("read     {}", String::from_utf8_lossy(&message));
    }

    // Cut off in the middle, as by a writer that was killed.
    for cut in [&pipe[..2], &pipe[..8]] {
        let mut stream = cut;
        let error = read_frame(&mut stream).expect_err("half a frame");
        println!("{}: {error}", hex(cut));
    }

    // Four bytes cost nothing to send. Believed, they cost 4 GiB.
    let hostile = [0xff; 4];
    let mut stream = hostile.as_slice();
    let error = read_frame(&mut stream).expect_err("too long");
    println!("{}: {error}", hex(&hostile));
    Ok(())
}
// ANCHOR_END: frames

fn hex(bytes: &[u8]) -> String {
    let bytes = bytes.iter().map(|byte| format!("{byte:02x}"));
    bytes.collect::<Vec<_>>().join(" ")
}
