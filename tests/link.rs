//! The link of known speed, with real sockets at both ends. Times are compared
//! with the link's own clock and its own counts.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use link::{Link, LinkCounters, PipeCounters, Total};

/// The share of a full packet that is the stream's.
const PAYLOAD: f64 = 1448.0 / 1500.0;
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn what_is_sent_through_a_lossy_link_arrives_whole_and_in_order() {
    let server = server(|mut stream| {
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).expect("the upload");
        stream.write_all(&heard).expect("the download");
    });
    let link = link("200mbit,4ms,loss=3%", server);
    let sent: Vec<u8> = (0..2_000_000u32).map(|n| (n % 251) as u8).collect();
    let mut stream = connect(&link);
    let mut reader = stream.try_clone().expect("the same socket");
    let heard = thread::scope(|scope| {
        let heard = scope.spawn(move || {
            let mut heard = Vec::new();
            reader.read_to_end(&mut heard).expect("the download");
            heard
        });
        stream.write_all(&sent).expect("the upload");
        stream.shutdown(Shutdown::Write).expect("half a close");
        heard.join().expect("a reader")
    });
    assert!(heard == sent, "{} bytes of {}", heard.len(), sent.len());
    assert!(link.counters().upload.lost.packets > 0);
    assert!(link.counters().download.lost.packets > 0);
}

#[test]
fn a_download_goes_at_the_links_rate() {
    let server = server(|stream| give(stream, u64::MAX));
    for (settings, rate) in [("20mbit,10ms", 20e6), ("100mbit,20ms", 100e6)] {
        harness::measured(|| {
            let link = link(settings, server);
            let mut stream = connect(&link);
            take(&mut stream, rate as u64 / 8);
            let before = link.counters();
            let bytes = take(&mut stream, rate as u64 / 8);
            let after = link.counters();
            let way = |counters: LinkCounters| counters.download;
            compare_with_rate(settings, rate, before, after, way, bytes)
        });
    }
}

#[test]
fn an_upload_goes_at_the_links_rate() {
    harness::measured(|| {
        let (taken, progress) = std::sync::mpsc::channel();
        let server = server(move |mut stream| {
            let mut buffer = [0; 16 * 1024];
            while let Ok(count @ 1..) = stream.read(&mut buffer) {
                let _ = taken.send(count as u64);
            }
        });
        let link = link("50mbit,10ms", server);
        let stream = connect(&link);
        let ended = stream.try_clone().expect("the same socket");
        thread::scope(|scope| {
            scope.spawn(|| give(stream, u64::MAX));
            let wait_for = |most: u64| {
                let mut bytes = 0;
                while bytes < most {
                    bytes +=
                        progress.recv_timeout(PATIENCE).expect("an upload");
                }
                bytes
            };
            wait_for(6_000_000);
            let before = link.counters();
            let bytes = wait_for(6_000_000);
            let after = link.counters();
            ended.shutdown(Shutdown::Both).expect("an end");
            let way = |counters: LinkCounters| counters.upload;
            compare_with_rate("50mbit", 50e6, before, after, way, bytes)
        })
    });
}

/// Between the two readings the wire was busy, and the other end got its
/// share of what the wire carried.
fn compare_with_rate(
    name: &str,
    rate: f64,
    before: LinkCounters,
    after: LinkCounters,
    way: fn(LinkCounters) -> PipeCounters,
    bytes: u64,
) -> Result<(), String> {
    let time = (after.clock - before.clock).as_secs_f64();
    let carried = way(after).carried.bytes - way(before).carried.bytes;
    let ratio = carried as f64 * 8.0 / time / rate;
    if !(0.95..1.05).contains(&ratio) {
        return Err(format!("{name}: {ratio} on the wire"));
    }

    // The reader may be as much behind or ahead as the buffers hold.
    let ratio = bytes as f64 / (carried as f64 * PAYLOAD);
    if !(0.85..1.15).contains(&ratio) {
        return Err(format!("{name}: {ratio} at the reader"));
    }
    Ok(())
}

#[test]
fn an_answer_takes_a_round_trip() {
    let link = link("100mbit,60ms", udp_echo());
    let socket = caller(&link);
    let mut best = Duration::MAX;
    for number in 0..10 {
        let took = round_trip(&socket, number);
        assert!(took >= Duration::from_millis(60), "{took:?}");
        best = best.min(took);
    }
    assert!(best < Duration::from_millis(90), "{best:?} at best");
}

#[test]
fn a_datagram_that_the_link_loses_does_not_come_back() {
    let link = link("100mbit,2ms,loss=20%,seed=5", udp_echo());
    let socket = caller(&link);
    let ways = |counters: LinkCounters| [counters.upload, counters.download];
    let mut lost = 0;
    for number in 0..200 {
        // The link knows first whether there is an answer to wait for.
        let before = ways(link.counters()).map(|way| way.lost.packets);
        socket.send(&[number; 100]).expect("a datagram");
        socket
            .set_read_timeout(Some(Duration::from_millis(5)))
            .expect("a time-out");
        let start = Instant::now();
        loop {
            let mut answer = [0; 200];
            match socket.recv(&mut answer) {
                Ok(size) => {
                    assert_eq!(answer[..size], [number; 100]);
                    break;
                }
                Err(_) => {
                    let now = ways(link.counters()).map(|way| way.lost.packets);
                    if now != before {
                        lost += 1;
                        break;
                    }
                }
            }
            assert!(start.elapsed() < PATIENCE, "neither lost nor answered");
        }
    }
    // Five standard deviations around 36 % of 200.
    assert!((38..106).contains(&lost), "{lost} lost");
}

#[test]
fn a_connection_begins_with_ten_segments() {
    let server = server(|stream| give(stream, 10_000_000));
    let seen_at_the_first_byte = || {
        let link = link("1gbit,900ms", server);
        let mut stream = connect(&link);
        stream.read_exact(&mut [0]).expect("the first byte");
        link.counters().download.offered
    };
    // Nearly half a second passes before the sender hears that the first one
    // has arrived, and sends more: only if this thread was held up for so
    // long is there another try. The eleventh packet is the handshake's.
    let wanted = Total { packets: 11, bytes: 10 * 1500 + 52 };
    let tries = (0..5).map(|_| seen_at_the_first_byte());
    let seen: Vec<_> = tries.take_while(|seen| *seen != wanted).collect();
    assert!(seen.len() < 5, "{seen:?}");
}

#[test]
fn loss_slows_a_connection_down_and_more_connections_make_up_for_it() {
    let server = server(|stream| give(stream, u64::MAX));
    let share = |flows: usize| {
        let link = link("100mbit,40ms,loss=2%", server);
        let mut streams: Vec<_> = (0..flows).map(|_| connect(&link)).collect();
        // Past slow start.
        thread::scope(|scope| {
            for stream in &mut streams {
                scope.spawn(|| take(stream, 500_000));
            }
        });
        let before = link.counters();
        thread::scope(|scope| {
            for stream in &mut streams {
                scope.spawn(|| take(stream, 1_000_000));
            }
        });
        let after = link.counters();
        let bytes =
            after.download.carried.bytes - before.download.carried.bytes;
        let time = (after.clock - before.clock).as_secs_f64();
        bytes as f64 * 8.0 / time / 100e6
    };
    let (one, eight) = (share(1), share(8));
    assert!(one < 0.2, "{one} of the link for one flow");
    assert!(eight > 2.0 * one, "{eight} for eight, {one} for one");
}

#[test]
fn a_full_buffer_makes_everybody_wait() {
    let link = link("20mbit,20ms,buffer=250ms", both());
    let socket = caller(&link);
    let idle = round_trip(&socket, 0);
    let second = Some(Duration::from_secs(1));
    socket.set_read_timeout(second).expect("a time limit");

    // A download in one connection, a datagram beside it.
    let mut stream = connect(&link);
    stream.write_all(b"!").expect("a request");
    take(&mut stream, 3_000_000);
    let reader = stream.try_clone().expect("the same socket");
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut buffer = [0; 64 * 1024];
            while let Ok(1..) = stream.read(&mut buffer) {}
        });
        // Losses empty the buffer now and then, and the flow fills it again.
        // A datagram that finds it full is lost; the next may find room.
        let begun = Instant::now();
        let waits = (1..=u8::MAX)
            .cycle()
            .take_while(|_| begun.elapsed() < PATIENCE)
            .filter_map(|number| try_round_trip(&socket, number))
            .any(|took| took > idle + Duration::from_millis(120));
        reader.shutdown(Shutdown::Both).expect("an end");
        assert!(waits, "nobody had to wait: {idle:?} at rest");
    });
    let download = link.counters().download;
    assert!(download.dropped.packets > 0, "slow start fills the buffer");
    assert!(download.waiting <= Duration::from_millis(250));
}

#[test]
fn one_half_of_a_connection_can_be_closed_before_the_other() {
    let server = server(|mut stream| {
        let mut heard = String::new();
        stream.read_to_string(&mut heard).expect("all that is said");
        write!(stream, "{} bytes", heard.len()).expect("an answer");
    });
    let link = link("10mbit,4ms", server);
    let mut stream = connect(&link);
    stream.write_all(&[b'a'; 50_000]).expect("an upload");
    stream.shutdown(Shutdown::Write).expect("half a close");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert_eq!(answer, "50000 bytes");
}

#[test]
fn a_server_that_resets_a_connection_resets_it_here() {
    let server = server(|mut stream| {
        stream.read_exact(&mut [0]).expect("a byte");
        // A connection that is closed with bytes unread is reset.
        stream.peek(&mut [0]).expect("another byte");
    });
    let link = link("10mbit,4ms", server);
    let mut stream = connect(&link);
    stream.write_all(b"ab").expect("two bytes");
    let error = stream.read(&mut [0]).expect_err("no end of file");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn where_nobody_listens_a_connection_is_reset() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let nobody = listener.local_addr().expect("an address");
    drop(listener);
    let link = link("10mbit,4ms", nobody);
    let mut stream = connect(&link);
    let error = stream.read(&mut [0]).expect_err("no end of file");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn a_reader_that_does_not_read_stops_the_sender_and_nothing_is_lost() {
    let server = server(|stream| give(stream, 30_000_000));
    let link = link("1gbit,2ms", server);
    let mut stream = connect(&link);
    // Nothing is read until nothing moves any more.
    let mut carried = 0;
    loop {
        thread::sleep(Duration::from_millis(300));
        let now = link.counters().download.carried.bytes;
        if now == carried && now > 0 {
            break;
        }
        carried = now;
    }
    assert!(carried < 28_000_000, "{carried} bytes that nobody reads");
    assert_eq!(take(&mut stream, u64::MAX), 30_000_000);
}

#[test]
fn two_hundred_connections_share_a_link() {
    let server = server(|mut stream| {
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).expect("an upload");
        stream.write_all(&heard).expect("a download");
    });
    let link = link("500mbit,10ms", server);
    let mut streams: Vec<_> = (0..200).map(|_| connect(&link)).collect();
    for (number, stream) in streams.iter_mut().enumerate() {
        stream.write_all(&[number as u8; 5000]).expect("an upload");
        stream.shutdown(Shutdown::Write).expect("half a close");
    }
    for (number, stream) in streams.iter_mut().enumerate() {
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).expect("a download");
        assert!(heard == [number as u8; 5000], "connection {number}");
    }
}

#[test]
fn a_link_that_is_dropped_resets_its_connections_and_frees_its_port() {
    let server = server(|stream| give(stream, u64::MAX));
    let link = link("10mbit,4ms", server);
    let mut stream = connect(&link);
    stream.read_exact(&mut [0]).expect("a byte");
    let address = link.address();
    drop(link);
    // Bytes that had arrived before may be read.
    let mut buffer = [0; 64 * 1024];
    let end = loop {
        match stream.read(&mut buffer) {
            Ok(0) => panic!("a quiet end"),
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(end.kind(), ErrorKind::ConnectionReset);
    let error = TcpStream::connect(address).expect_err("nobody there");
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    UdpSocket::bind(address).expect("a free port");
}

fn link(settings: &str, to: SocketAddr) -> Link {
    Link::start(&settings.parse().expect("a link"), to).expect("a port")
}

fn connect(link: &Link) -> TcpStream {
    let stream = TcpStream::connect(link.address()).expect("the link");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
    stream.set_write_timeout(Some(PATIENCE)).expect("a time-out");
    stream
}

/// A server that does `serve` with each connection, in a thread each. They
/// end with the test.
fn server(serve: impl Fn(TcpStream) + Clone + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let serve = serve.clone();
            thread::spawn(move || serve(stream));
        }
    });
    address
}

/// Sends `bytes` bytes, or until the other side has enough.
fn give(mut stream: TcpStream, mut bytes: u64) {
    let piece = [7; 64 * 1024];
    while bytes > 0 {
        let size = bytes.min(piece.len() as u64);
        if stream.write_all(&piece[..size as usize]).is_err() {
            return;
        }
        bytes -= size;
    }
}

/// Reads at least `most` bytes, or up to the end.
fn take(stream: &mut TcpStream, most: u64) -> u64 {
    let mut buffer = [0; 16 * 1024];
    let mut bytes = 0;
    while bytes < most {
        match stream.read(&mut buffer).expect("a download") {
            0 => break,
            count => bytes += count as u64,
        }
    }
    bytes
}

/// Sends every datagram back.
fn udp_echo() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let address = socket.local_addr().expect("an address");
    thread::spawn(move || echo(&socket));
    address
}

fn echo(socket: &UdpSocket) {
    let mut buffer = [0; 2048];
    while let Ok((size, from)) = socket.recv_from(&mut buffer) {
        let _ = socket.send_to(&buffer[..size], from);
    }
}

/// On one port, a TCP server that gives without end and a UDP echo.
fn both() -> SocketAddr {
    loop {
        let address = server(|stream| give(stream, u64::MAX));
        if let Ok(socket) = UdpSocket::bind(address) {
            thread::spawn(move || echo(&socket));
            return address;
        }
    }
}

fn caller(link: &Link) -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket.connect(link.address()).expect("an address");
    socket.set_read_timeout(Some(PATIENCE)).expect("a time-out");
    socket
}

/// How long it takes for a datagram to come back.
fn round_trip(socket: &UdpSocket, number: u8) -> Duration {
    try_round_trip(socket, number).expect("an answer")
}

/// Nothing, when no answer to this datagram comes within the socket's time.
fn try_round_trip(socket: &UdpSocket, number: u8) -> Option<Duration> {
    let start = Instant::now();
    socket.send(&[number; 64]).expect("a datagram");
    let mut answer = [0; 64];
    loop {
        socket.recv(&mut answer).ok()?;
        if answer == [number; 64] {
            return Some(start.elapsed());
        }
    }
}
