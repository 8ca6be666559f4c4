//! The check of exercise 15: attributes from anybody are read, or refused.

#[macro_use]
mod program;

fn read(message: &[u8]) -> String {
    let hex: String = message.iter().map(|b| format!("{b:02x}")).collect();
    program::output_of(program!("15"), &[&hex])
}

fn put(tag: u8, name: &str, value: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    for part in [name.as_bytes(), value] {
        let length = u16::try_from(part.len()).expect("short");
        bytes.extend(length.to_be_bytes());
        bytes.extend(part);
    }
    bytes
}

#[test]
fn attributes_are_read_with_all_their_values() {
    let message = [
        put(0x47, "attributes-charset", b"utf-8"),
        put(0x44, "sides-supported", b"one-sided"),
        put(0x44, "", b"two-sided-long-edge"),
        put(0x44, "", b"two-sided-short-edge"),
        put(0x42, "printer-location", b""),
        put(0x42, "job-name", "für März".as_bytes()),
    ]
    .concat();
    assert_eq!(
        read(&message),
        "attributes-charset = utf-8\n\
         sides-supported = one-sided, two-sided-long-edge, \
         two-sided-short-edge\n\
         printer-location = \n\
         job-name = für März\n"
    );
    assert_eq!(read(b""), "");
}

#[test]
fn a_message_that_is_cut_off_anywhere_is_refused() {
    let whole = put(0x44, "name", b"value");
    for end in 1..whole.len() {
        assert_eq!(read(&whole[..end]), "refused: cut off\n", "{end} bytes");
    }
    let first = put(0x44, "a", b"b");
    let two = [first.as_slice(), &whole[..7]].concat();
    assert_eq!(read(&two), "refused: cut off\n");
}

#[test]
fn lengths_are_not_believed() {
    // As many bytes as an unsigned length of 8000 (hexadecimal) would want.
    let mut negative = vec![0x44, 0x80, 0x00];
    negative.extend([b'a'; 0x8000]);
    negative.extend([0, 1, b'b']);
    assert_eq!(read(&negative), "refused: negative length\n");
    let mut negative = put(0x44, "name", b"");
    let length = negative.len() - 2;
    negative[length..].copy_from_slice(&[0xff, 0xff]);
    assert_eq!(read(&negative), "refused: negative length\n");
    assert_eq!(read(b"\x44\x7f\xffname"), "refused: cut off\n");
}

#[test]
fn a_value_without_an_attribute_is_refused() {
    let message = [put(0x44, "", b"lost"), put(0x44, "a", b"b")].concat();
    assert_eq!(read(&message), "refused: no name\n");
}
