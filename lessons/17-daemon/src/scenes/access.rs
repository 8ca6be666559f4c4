//! Who has no key is told so, and how to come in.

use super::control::{Grid, brief};
use rustix::process::Signal;
use std::error::Error;
use std::fs;
use std::os::unix::fs::PermissionsExt;

pub fn play() -> Result<(), Box<dyn Error>> {
    let grid = Grid::start("[grid]\nghosts = 3\n", &[])?;

    // ANCHOR: key
    // The key was made when the grid started for the first time.
    let file = grid.folder.path().join("data").join("key");
    let mode = fs::metadata(&file)?.permissions().mode() & 0o777;
    println!("key       {} characters, mode {mode:04o}", grid.key()?.len());

    // Without the key, with a wrong one, with the right one.
    println!("no key    {}", brief(&grid.ask("GET /", &[])?));
    let wrong = "Authorization: Bearer 1234";
    println!("wrong     {}", brief(&grid.ask("GET /", &[wrong])?));
    println!("key       {}", brief(&grid.ask_with_key("GET /")?));
    // ANCHOR_END: key

    // ANCHOR: link
    // The link that it printed is good for one browser, once.
    let (_, token) = grid.link.split_once("/?").ok_or("a link")?;
    let link = format!("GET /?{token}");
    let first = grid.ask(&link, &[])?;
    println!("link      {}", brief(&first));
    println!("link      {}", brief(&grid.ask(&link, &[])?));

    // What the browser has now is a cookie, and not the key.
    let cookie =
        first.lines().find_map(|line| line.strip_prefix("set-cookie: "));
    let (cookie, how) =
        cookie.and_then(|c| c.split_once("; ")).ok_or("a cookie")?;
    println!("cookie    {how}");
    let cookie = format!("Cookie: {cookie}");
    println!("cookie    {}", brief(&grid.ask("GET /", &[&cookie])?));
    // ANCHOR_END: link

    grid.signal(Signal::TERM)?;
    grid.end()?;
    Ok(())
}
