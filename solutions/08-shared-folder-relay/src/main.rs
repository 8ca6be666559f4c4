//! Exercise 08: deliver a document so that no reader ever sees half of it.
//!
//! The program reads a document from its standard input and puts it into a
//! folder under the name that you give it:
//!
//! ```text
//! cargo run --bin solution08 /tmp lease.txt < Cargo.toml
//! cargo test --test solution08
//! ```

use std::{
    env, fs,
    fs::File,
    io::{self, Read},
    path::Path,
    process::ExitCode,
};

fn main() -> io::Result<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [folder, name] = arguments.as_slice() else {
        eprintln!("usage: solution08 FOLDER NAME < DOCUMENT");
        return Ok(ExitCode::from(2));
    };
    let size = deliver_whole(&mut io::stdin(), Path::new(folder), name)?;
    println!("{name} is whole: {size} B");
    Ok(ExitCode::SUCCESS)
}

/// Copies `document` to its end into `folder`, where it appears as `name`
/// whole or not at all. Returns its size in bytes.
///
/// Until then, a file that had that name before keeps it.
// ANCHOR: deliver_whole
fn deliver_whole(
    document: &mut impl Read,
    folder: &Path,
    name: &str,
) -> io::Result<u64> {
    // Same folder, so same file system: only there is a rename one step.
    let temporary = folder.join(format!(".{name}.part"));
    let mut file = File::create(&temporary)?;
    let size = io::copy(document, &mut file)?;

    // The bytes first, the name after them, also when the power fails.
    file.sync_all()?;
    drop(file);
    fs::rename(&temporary, folder.join(name))?;

    // The new name is in the folder's own data. Windows syncs no folders.
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(size)
}
// ANCHOR_END: deliver_whole
