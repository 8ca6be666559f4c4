//! A wire between a worker and an intake that cuts connections, or changes what
//! passes.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What the wire does with the answers of one connection after the other; with
/// those after the last, nothing.
#[derive(Clone, Copy)]
pub enum Deed {
    /// Cuts the connection after this number of bytes.
    CutAfter(usize),
    /// Changes the byte at this place.
    Change(usize),
}

/// The wire. It runs until the tests end.
pub struct TamperingWire {
    requests: Arc<Mutex<String>>,
}

impl TamperingWire {
    /// Lays one from `listener` to a server at `far`.
    pub fn lay(
        listener: TcpListener,
        far: SocketAddr,
        deeds: Vec<Deed>,
    ) -> TamperingWire {
        let requests = Arc::<Mutex<String>>::default();
        let heard = requests.clone();
        thread::spawn(move || {
            let mut deeds = deeds.into_iter();
            for near in listener.incoming().map_while(Result::ok) {
                let (deed, heard) = (deeds.next(), heard.clone());
                thread::spawn(move || pass(near, far, deed, &heard));
            }
        });
        TamperingWire { requests }
    }

    /// All that was asked so far, in small letters.
    pub fn requests(&self) -> String {
        self.requests.lock().unwrap().clone()
    }
}

/// Passes the requests and answers of one connection on.
fn pass(
    mut near: TcpStream,
    far: SocketAddr,
    deed: Option<Deed>,
    heard: &Arc<Mutex<String>>,
) {
    let Ok(mut there) = TcpStream::connect(far) else { return };
    let (mut asked, mut asking) =
        (near.try_clone().expect("a socket"), there.try_clone().expect("one"));
    let heard = heard.clone();
    let requests = thread::spawn(move || {
        copy(&mut asked, &mut asking, |_, piece| {
            let text = String::from_utf8_lossy(piece).to_lowercase();
            heard.lock().unwrap().push_str(&text);
            true
        })
    });
    let _ = copy(&mut there, &mut near, |passed, piece| match deed {
        Some(Deed::CutAfter(bytes)) => passed < bytes,
        Some(Deed::Change(place)) => {
            let at = place.checked_sub(passed).and_then(|at| piece.get_mut(at));
            if let Some(byte) = at {
                *byte ^= 1;
            }
            true
        }
        None => true,
    });
    // An error says that it was shut already.
    let _ = near.shutdown(Shutdown::Both);
    let _ = there.shutdown(Shutdown::Both);
    // How it ended does not matter: both ends are shut.
    let _ = requests.join().unwrap();
}

/// Copies piece by piece. `each` is told how many bytes have passed, and says
/// whether this piece may.
fn copy(
    from: &mut TcpStream,
    to: &mut TcpStream,
    mut each: impl FnMut(usize, &mut [u8]) -> bool,
) -> io::Result<()> {
    let mut piece = vec![0; 4096];
    let mut passed = 0;
    loop {
        let count = from.read(&mut piece)?;
        if count == 0 || !each(passed, &mut piece[..count]) {
            return Ok(());
        }
        to.write_all(&piece[..count])?;
        passed += count;
    }
}
