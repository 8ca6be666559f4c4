//! Messages of IPP, put together by hand.

use std::net::SocketAddr;

// ANCHOR: put
/// Writes one attribute: the tag of its type, its name, its value. Before the
/// name and before the value stands how long it is, in two bytes.
pub fn put(message: &mut Vec<u8>, tag: u8, name: &str, value: &[u8]) {
    message.push(tag);
    for part in [name.as_bytes(), value] {
        let length = u16::try_from(part.len()).expect("short in a lesson");
        message.extend(length.to_be_bytes());
        message.extend(part);
    }
}
// ANCHOR_END: put

/// The beginning of a request, up to the attributes of its operation.
pub fn request(operation: u8, printer: SocketAddr) -> Vec<u8> {
    let mut message = vec![1, 1, 0, operation, 0, 0, 0, 1, 0x01];
    put(&mut message, 0x47, "attributes-charset", b"utf-8");
    put(&mut message, 0x48, "attributes-natural-language", b"en");
    let uri = format!("ipp://{printer}/ipp/print");
    put(&mut message, 0x45, "printer-uri", uri.as_bytes());
    put(&mut message, 0x42, "requesting-user-name", b"venkman");
    message
}
