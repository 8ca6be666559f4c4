//! The folder is still there. The share is not.

use std::{fs, path::Path, time::Duration};

use crate::{Outcome, document::Document, office::Office, say};

pub fn play(office: &mut Office) -> Outcome {
    let mut server = office.server()?;
    let lease = Document::new("Peter", "lease.txt", 10);
    fs::write(office.folder.join(".print-share"), "")?;

    // ANCHOR: vanished
    // The client's machine has restarted and mounted nothing. Its mount
    // point is an empty folder on its own disk; the share is elsewhere.
    server.folder.set_file_name("share");
    fs::rename(&office.folder, &server.folder)?;
    fs::create_dir(&office.folder)?;
    say("client", "its share is gone, the folder is not");

    // An empty folder takes files as gladly as a share does.
    office.copy(&lease)?;
    office.announce(&lease)?;
    say("client", "copied lease.txt, no error, then SADD");

    // The server finds a name and no file.
    server.print_waiting()?;
    let status = office.fact("lease.txt", "printed_status")?;
    say("redis", format!("lease.txt: printed_status {status}"));
    if office.paper_within(Duration::from_millis(200)).is_none() {
        say("printer", "nothing came out");
    }
    // ANCHOR_END: vanished

    // ANCHOR: marker
    // The cure: a file that only the share holds. No marker, no job.
    let mounted = |folder: &Path| folder.join(".print-share").exists();
    if !mounted(&office.folder) {
        say("client", "no .print-share here: nothing is sent");
    }
    // ANCHOR_END: marker

    // Mounted again, the share covers what the empty folder swallowed.
    let swallowed = office.folder.with_file_name("swallowed");
    fs::rename(&office.folder, swallowed)?;
    fs::rename(&server.folder, &office.folder)?;
    server.folder.clone_from(&office.folder);
    if mounted(&office.folder) {
        say("client", "mounted again: copies lease.txt, then SADD");
        office.copy(&lease)?;
        office.announce(&lease)?;
        server.print_waiting()?;
        say("printer", office.paper()?);
    }
    Ok(())
}
