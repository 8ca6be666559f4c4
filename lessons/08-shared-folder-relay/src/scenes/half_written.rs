//! The server reads the file before the client's copy is finished.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::PathBuf,
    sync::mpsc::{Sender, channel},
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::{Outcome, document::Document, office::Office, say, tempo};

/// The talk's client slept 5 s after its copy.
const SLEEP: Duration = Duration::from_millis(500);

pub fn play(office: &mut Office) -> Outcome {
    let mut server = office.server()?;
    let lease = Document::new("Peter", "lease.txt", 10);
    let path = office.folder.join(&lease.name);

    // The order on the slide: metadata first, then the file.
    say("client", "SADD, then copies: half is there");
    office.announce(&lease)?;
    let copy = SlowMount::take(&lease, path.clone())?;
    server.print_waiting()?;
    say("printer", office.paper()?);
    copy.sync()?;

    // A sleep between copy and announcement hopes that it is long enough.
    fs::remove_file(&path)?;
    let copy = SlowMount::take(&lease, path.clone())?;
    say("client", "copies, sleeps, then SADD: still half is there");
    thread::sleep(tempo(SLEEP));
    office.announce(&lease)?;
    server.print_waiting()?;
    say("printer", office.paper()?);
    copy.sync()?;

    fs::remove_file(&path)?;
    // ANCHOR: whole
    // The cure needs no clock: a temporary name, sync, rename, announce.
    let temporary = office.folder.join(".lease.txt.part");
    let copy = SlowMount::take(&lease, temporary.clone())?;
    say("client", "copies to .lease.txt.part: half is there");
    say("server", format!("looks and finds {} jobs", server.print_waiting()?));
    copy.sync()?;
    fs::rename(&temporary, &path)?;
    say("client", "syncs, renames to lease.txt, then SADD");
    office.announce(&lease)?;
    server.print_waiting()?;
    say("printer", office.paper()?);
    // ANCHOR_END: whole
    Ok(())
}

/// A network mount on a bad day: it takes a file at once, delivers half of
/// it, and stalls. Only `sync` waits for the rest.
struct SlowMount {
    go_on: Sender<()>,
    writer: JoinHandle<io::Result<()>>,
}

impl SlowMount {
    fn take(document: &Document, path: PathBuf) -> io::Result<Self> {
        let text = document.text.as_bytes();
        let (first, rest) = text.split_at(text.len() / 2);
        let rest = rest.to_vec();
        let mut file = File::create(path)?;
        file.write_all(first)?;
        let (go_on, stalled) = channel();
        let writer = thread::spawn(move || {
            let _ = stalled.recv();
            file.write_all(&rest)?;
            file.sync_all()
        });
        Ok(Self { go_on, writer })
    }

    fn sync(self) -> io::Result<()> {
        drop(self.go_on);
        self.writer.join().expect("the copy does not panic")
    }
}
