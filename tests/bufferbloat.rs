//! Latency under load, on lines whose buffer and loss are known.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use bufferbloat::{Error, Grade, Phase, Report, Settings, measure};
use harness::{NotMeasured, Test, suite, test};
use link::Link;
use speedtest::serve::{ServeOptions, Server};

/// Tests of figures say so when the machine was too busy for them.
macro_rules! measured {
    ($name:ident) => {
        Test::measured(stringify!($name), $name)
    };
}

fn main() -> ExitCode {
    suite(vec![
        measured!(a_long_buffer_is_seen_in_figures_grade_and_picture),
        measured!(a_short_buffer_keeps_the_wait_short),
        measured!(the_loaded_connections_count_where_they_end_at_the_server),
        measured!(loss_is_counted_by_number_where_tcp_hides_it),
        measured!(a_buffer_of_many_seconds_gets_the_worst_grade),
        test!(a_server_that_is_away_is_an_error_in_words_and_no_figure),
        test!(a_measurement_that_is_not_wanted_any_more_ends),
        test!(the_byte_budget_is_kept),
        test!(a_server_that_falls_silent_is_reported),
        test!(a_server_that_lets_data_drip_loads_no_line),
    ])
}

fn a_long_buffer_is_seen_in_figures_grade_and_picture()
-> Result<(), NotMeasured> {
    let report = measured("20mbit,20ms,buffer=250ms")?;
    assert!(report.idle.median_ms < 40.0, "{report}");
    let loaded = report.download.latency.median_ms;
    assert!((180.0..320.0).contains(&loaded), "{report}");
    assert!(report.grade >= Some(Grade::C), "{report}");
    assert!(report.download.responsiveness.expect("probes").rpm < 600.0);

    // The picture has both loads, and so has the timeline behind it.
    let picture = report.svg();
    for phase in [Phase::Idle, Phase::Download, Phase::Upload] {
        assert!(report.timeline.iter().any(|point| point.phase == phase));
        assert!(picture.contains(&format!(">{}</text>", phase.name())));
    }
    Ok(())
}

fn a_short_buffer_keeps_the_wait_short() -> Result<(), NotMeasured> {
    let report = measured("20mbit,20ms,buffer=20ms")?;
    assert!(report.download.latency.median_ms < 80.0, "{report}");
    assert!(
        report.grade <= Some(Grade::B) && report.grade.is_some(),
        "{report}"
    );
    assert!(report.download.settled, "{report}");
    Ok(())
}

fn the_loaded_connections_count_where_they_end_at_the_server()
-> Result<(), NotMeasured> {
    let server = Server::start(&ServeOptions::default()).expect("a server");
    let settings = Settings::new(format!("http://{}", server.address()));
    let direct = measure(&settings, &mut |_| {}).expect("no line at all");
    for load in [&direct.download, &direct.upload] {
        let found = load.responsiveness.expect("probes");
        let tells = cfg!(target_os = "linux");
        assert_eq!(found.loaded.is_some(), tells, "{found:?}");
        let Some(loaded) = found.loaded else { continue };
        assert!(found.foreign > 0.0 && loaded > 0.0, "{found:?}");
        let mean = (found.foreign + loaded) / 2.0;
        assert!((found.rpm - mean).abs() < 1e-6, "{found:?}");
    }

    // A link ends our connections on this machine: what TCP measures is the
    // way to the link, and says nothing of the line.
    let relayed = measured("20mbit,20ms,buffer=20ms")?;
    for load in [&relayed.download, &relayed.upload] {
        let found = load.responsiveness.expect("probes");
        assert_eq!((found.loaded, found.rpm), (None, found.foreign));
    }
    Ok(())
}

fn loss_is_counted_by_number_where_tcp_hides_it() -> Result<(), NotMeasured> {
    let report = measured("20mbit,20ms,buffer=50ms,loss=10%")?;
    // Ten in a hundred there, ten in a hundred back, and the full buffer's.
    let loss = report.download.loss.expect("the server echoes").share();
    assert!((0.13..0.4).contains(&loss), "{loss} {report}");
    Ok(())
}

fn a_server_that_is_away_is_an_error_in_words_and_no_figure() {
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = closed.local_addr().expect("an address");
    drop(closed);
    let settings = Settings::new(format!("http://{address}"));
    let refused = measure(&settings, &mut |_| {}).expect_err("nobody there");
    assert!(refused.to_string().contains("nothing listens"), "{refused}");
}

fn a_measurement_that_is_not_wanted_any_more_ends() {
    let (_server, _link, settings) = line("20mbit,20ms");
    let stop = settings.stop.clone();
    let stopped = measure(&settings, &mut |progress| {
        if progress.phase == Phase::Download {
            stop.store(true, Ordering::Relaxed);
        }
    });
    assert!(matches!(stopped, Err(Error::Stopped)), "{stopped:?}");
}

fn the_byte_budget_is_kept() {
    let (_server, link, mut settings) = line("20mbit,20ms");
    settings.most_bytes = 4_000_000;
    let ended = measure(&settings, &mut |_| {});
    assert!(
        ended.as_ref().is_ok_and(|report| !report.download.settled),
        "{ended:?}"
    );
    // What has not settled has no grade: it would say too little.
    assert_eq!(ended.expect("a report").grade, None);
    // Bytes that were on their way when the budget ended may still arrive.
    let counters = link.counters();
    let moved =
        [counters.download, counters.upload].map(|way| way.carried.bytes);
    assert!(moved[0] < settings.most_bytes, "{moved:?} bytes");
    assert!(moved[0] + moved[1] < 2 * settings.most_bytes, "{moved:?} bytes");
}

fn a_server_that_falls_silent_is_reported() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("an address");
    // It takes connections and keeps them, without a word.
    thread::spawn(move || {
        let mut open = Vec::new();
        while let Ok((stream, _)) = silent.accept() {
            open.push(stream);
        }
    });
    let settings = Settings {
        most_seconds: Duration::from_secs(1),
        ..Settings::new(format!("http://{address}"))
    };
    let error = measure(&settings, &mut |_| {}).expect_err("no answer");
    assert!(error.to_string().contains("has not sent"), "{error}");
}

fn a_buffer_of_many_seconds_gets_the_worst_grade() -> Result<(), NotMeasured> {
    let report = measured("4mbit,20ms,buffer=4s")?;
    assert_eq!(report.grade, Some(Grade::F), "{report}");
    let worst = report.download.latency.median_ms;
    assert!(worst > 1_500.0, "{report}");
    Ok(())
}

fn a_server_that_lets_data_drip_loads_no_line() {
    let dripping = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = dripping.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in dripping.incoming().map_while(Result::ok) {
            thread::spawn(move || drip(stream));
        }
    });
    let settings = Settings {
        most_seconds: Duration::from_secs(4),
        ..Settings::new(format!("http://{address}"))
    };
    let error = measure(&settings, &mut |_| {}).expect_err("no load");
    assert!(matches!(error, Error::NoLoad { .. }), "{error:?}");
}

/// Ookla's small answer at once, and of the large one a byte now and then.
fn drip(stream: TcpStream) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|read| read > 0) {
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        while reader.read_line(&mut line).is_ok_and(|read| read > 2) {}
        line.clear();
        let stream = reader.get_mut();
        let said = match path.as_str() {
            "/speedtest/latency.txt" => stream.write_all(
                b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\ntest=test\n",
            ),
            path if path.ends_with(".jpg") => stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n")
                .and_then(|()| {
                    loop {
                        stream.write_all(b"x")?;
                        thread::sleep(Duration::from_millis(200));
                    }
                }),
            _ => stream
                .write_all(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"),
        };
        if said.is_err() {
            return;
        }
    }
}

fn measured(link: &str) -> Result<Report, NotMeasured> {
    let (_server, _link, settings) = line(link);
    let report = measure(&settings, &mut |_| {}).expect("a line");
    match report.not_measured() {
        Some(reason) => Err(NotMeasured(reason)),
        None => Ok(report),
    }
}

/// A server behind a line of known speed.
fn line(link: &str) -> (Server, Link, Settings) {
    let server = Server::start(&ServeOptions::default()).expect("a server");
    let link = link.parse().expect("a link");
    let link = Link::start(&link, server.address()).expect("a link");
    let settings = Settings::new(format!("http://{}", link.address()));
    (server, link, settings)
}
