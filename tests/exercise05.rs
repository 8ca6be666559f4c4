//! Checks exercise 05: whole frames are read, all else is refused.

#[macro_use]
mod program;

use std::{
    io::Write,
    process::{Command, Stdio},
};

#[test]
fn frames_are_read_until_the_stream_ends() {
    let longest = vec![7; 65536];
    let bodies: [&[u8]; 4] = [b"Slimer", b"", b"Gozer", &longest];
    let stream = bodies.map(frame).concat();
    let said = "a frame of 6 B\na frame of 0 B\na frame of 5 B\n\
                a frame of 65536 B\nthe end";
    assert_eq!(read(&stream), said);
    assert_eq!(read(b""), "the end");
}

#[test]
fn half_a_frame_is_an_error() {
    for cut in [1, 3, 4, 9] {
        let said = read(&frame(b"Slimer")[..cut]);
        assert!(
            said.starts_with("UnexpectedEof"),
            "a frame of 10 B was cut after {cut}; the program says {said:?}"
        );
    }
}

#[test]
fn a_hostile_length_is_refused() {
    // Enough bytes follow, so it is the length that is refused.
    let body = vec![7; 70_000];
    for length in [65_537, 70_000, 0x7fff_ffff, u32::MAX] {
        let stream = [&length.to_be_bytes()[..], &body].concat();
        let said = read(&stream);
        assert!(
            said.starts_with("InvalidData"),
            "a length of {length} B was announced; the program says {said:?}"
        );
    }
}

fn frame(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("a short body");
    [&length.to_be_bytes()[..], body].concat()
}

/// The program's output for the stream.
fn read(stream: &[u8]) -> String {
    let mut child = Command::new(program!("05"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // A program that refuses the stream need not read the rest of it.
    let _ = stdin.write_all(stream);
    drop(stdin);
    let output = child.wait_with_output().expect("the program's end");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{errors}", output.status);
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
