//! The wire between the two namespaces: two TUN devices. This program carries
//! the packets from one to the other through the lesson's own pipes.

use std::fs;
use std::io;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use link::{LinkSettings, Pipe, PipeCounters};
use tun_rs::{DeviceBuilder, Layer, SyncDevice};

/// Bytes of the largest packet.
pub const MTU: usize = 1500;
/// The pause before the devices are looked at again when they had no packet. At
/// 500 Mbit/s six packets come in this time, so waiting to be woken for each
/// one would cost more than it saves.
const PAUSE: Duration = Duration::from_micros(100);
/// Packets that are taken from one device before the other has its turn.
const BATCH: usize = 64;
/// Packets that a device holds for us, should we be late. At 500 Mbit/s these
/// are 100 ms.
const DEVICE_QUEUE: u32 = 5000;

/// A running wire; it ends when it is dropped, and its devices with it.
pub struct Wire {
    stop: Arc<AtomicBool>,
    counters: Arc<Mutex<[PipeCounters; 2]>>,
    thread: Option<JoinHandle<()>>,
}

impl Wire {
    /// Makes TUN devices of these names and carries packets between them.
    pub fn lay(settings: &LinkSettings, names: [&str; 2]) -> io::Result<Wire> {
        let [near, far] = names.map(|name| {
            let device = DeviceBuilder::new()
                .name(name)
                .layer(Layer::L3)
                .mtu(MTU as u16)
                .tx_queue_len(DEVICE_QUEUE)
                .enable(false)
                .build_sync()?;
            device.set_nonblocking(true)?;
            io::Result::Ok(device)
        });
        let devices = [near?, far?];
        let pipes = [1, 2].map(|seed| Pipe::new(settings, seed));
        let stop = Arc::new(AtomicBool::new(false));
        let counters = Arc::default();
        let thread = thread::Builder::new().name("wire".into()).spawn({
            let (stop, counters) = (Arc::clone(&stop), Arc::clone(&counters));
            move || {
                go_first();
                carry(devices, pipes, &stop, &counters);
            }
        })?;
        Ok(Wire { stop, counters, thread: Some(thread) })
    }

    /// The counts from the first device to the second, and back.
    pub fn counters(&self) -> [PipeCounters; 2] {
        *self.counters.lock().expect("the wire's thread does not panic")
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn carry(
    devices: [SyncDevice; 2],
    mut pipes: [Pipe<Vec<u8>>; 2],
    stop: &AtomicBool,
    counters: &Mutex<[PipeCounters; 2]>,
) {
    let clock = Instant::now();
    let mut packet = [0; 2 * MTU];
    while !stop.load(Relaxed) {
        let mut idle = true;
        for (device, pipe) in devices.iter().zip(&mut pipes) {
            let now = clock.elapsed();
            for _ in 0..BATCH {
                // An error: it is not up yet, or has no packet.
                let Ok(size) = device.recv(&mut packet) else {
                    break;
                };
                idle = false;
                // The pipe may drop the packet.
                let _ = pipe.offer(packet[..size].to_vec(), size, now);
            }
        }
        let now = clock.elapsed();
        for (device, pipe) in devices.iter().rev().zip(&mut pipes) {
            while let Some(packet) = pipe.due(now) {
                let _ = device.send(&packet);
            }
        }
        if let Ok(mut counters) = counters.lock() {
            *counters = [pipes[0].counters(), pipes[1].counters()];
        }
        if idle {
            thread::sleep(PAUSE);
        }
    }
}

/// Asks the system to let this thread run before the programs whose packets it
/// carries.
fn go_first() {
    let Ok(thread) = fs::read_link("/proc/thread-self") else {
        return;
    };
    let Some(number) = thread.file_name() else {
        return;
    };
    let asked = Command::new("renice")
        .args(["-n", "-15", "-p"])
        .arg(number)
        .stdout(Stdio::null())
        .status();
    if !asked.is_ok_and(|status| status.success()) {
        println!("the wire's thread has no precedence; figures may suffer");
    }
}
