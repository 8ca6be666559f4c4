//! Servers on this machine that behave as a test needs.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A server that serves each connection in the same way, until the test ends.
pub fn tcp(
    serve: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it has one");
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = Arc::clone(&serve);
            // The other side may hang up at any time.
            thread::spawn(move || drop(serve(stream)));
        }
    });
    address
}

/// A web server that answers each request with `answer(path)`, whatever bytes
/// these are, and hangs up.
pub fn http(
    answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
) -> SocketAddr {
    tcp(move |mut stream| {
        let path = path(&mut stream)?;
        stream.write_all(&answer(&path))
    })
}

/// A web server by TLS, with a certificate that it signed itself, valid for
/// `days` days.
pub fn https(days: u64) -> SocketAddr {
    https_with(days, false)
}

/// The same; its certificate may be one that signs others.
pub fn https_with(days: u64, authority: bool) -> SocketAddr {
    let (certificate, key) = certificate(days, authority);
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .expect("ring knows them")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.into()], key)
        .expect("a good key");
    let config = Arc::new(config);
    tcp(move |stream| {
        let tls = ServerConnection::new(Arc::clone(&config));
        let tls = tls.map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(tls, stream);
        path(&mut stream)?;
        stream.write_all(&page(200, "safe"))
    })
}

fn certificate(
    days: u64,
    authority: bool,
) -> (Vec<u8>, PrivateKeyDer<'static>) {
    let key = rcgen::KeyPair::generate().expect("a key");
    let names = vec!["localhost".to_owned()];
    let mut wanted = rcgen::CertificateParams::new(names).expect("a name");
    if authority {
        wanted.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    }
    let now = std::time::SystemTime::now();
    // An hour more, so that `days` whole days are left.
    let end = now + Duration::from_secs(days * 86_400 + 3600);
    wanted.not_before = now.into();
    wanted.not_after = end.into();
    let signed = wanted.self_signed(&key).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    (signed.der().to_vec(), key)
}

/// An answer of HTTP/1.1.
pub fn page(status: u16, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} So\r\nContent-Length: {length}");
    format!("{head}\r\n\r\n{body}").into_bytes()
}

/// A redirect.
pub fn redirect_to(place: &str) -> Vec<u8> {
    let head = format!("HTTP/1.1 302 Found\r\nLocation: {place}");
    format!("{head}\r\nContent-Length: 0\r\n\r\n").into_bytes()
}

/// Reads a request up to its empty line and returns the path in it.
pub fn path(stream: &mut impl Read) -> io::Result<String> {
    let request = request(stream)?;
    Ok(request.split(' ').nth(1).unwrap_or_default().to_owned())
}

/// Reads a request up to its empty line.
pub fn request(stream: &mut impl Read) -> io::Result<String> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        request.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&request).into_owned())
}

/// A server that answers each datagram with `answer(datagram)`, or not.
pub fn udp(
    answer: impl Fn(&[u8]) -> Option<Vec<u8>> + Send + 'static,
) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let address = socket.local_addr().expect("it has one");
    thread::spawn(move || {
        let mut datagram = [0; 2048];
        while let Ok((length, from)) = socket.recv_from(&mut datagram) {
            if let Some(bytes) = answer(&datagram[..length]) {
                let _ = socket.send_to(&bytes, from);
            }
        }
    });
    address
}

/// A port whose queue is full: what arrives there is dropped, as long as the
/// second value lives.
#[cfg(unix)]
pub fn silent() -> (SocketAddr, impl Sized) {
    use socket2::{Domain, Socket, Type};
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None);
    let socket = socket.expect("a socket");
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(&any.into()).expect("a free port");
    socket.listen(0).expect("it listens");
    let listener = TcpListener::from(socket);
    let address = listener.local_addr().expect("it has one");
    let mut waiting = Vec::new();
    let soon = Duration::from_millis(200);
    while let Ok(one) = TcpStream::connect_timeout(&address, soon) {
        waiting.push(one);
    }
    (address, (listener, waiting))
}

/// A port that nothing listens on.
pub fn closed_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it has one")
}
