//! The speed test in a browser, over links whose speed is known.

use std::env;

use harness::{Browser, SpeedPage, Tool};
use link::LinkSettings;
use serde_json::json;

use crate::Result;
use crate::namespaces::Namespaces;
use crate::programs::{Programs, json, number, our_server};
use crate::table::{goodput, median, percent, print_verdict};

/// The word with which this program runs itself beside the browser.
pub const INSIDE: &str = "inside-the-browsers-namespace";

/// Runs the page `rounds` times over links of these rates, in Mbit/s.
pub fn compare(programs: &Programs, rounds: usize) -> Result<()> {
    Tool::Chromium.find()?;
    Tool::ChromeDriver.find()?;
    for rate in ["20", "100", "500"] {
        let link = format!("{rate}mbit,20ms,buffer=50ms");
        let settings: LinkSettings = link.parse()?;
        let truth = goodput(&settings);
        println!("\n{link}, in a browser: {:.2} Mbit/s", truth / 1e6);
        let mut found: [Vec<f64>; 3] = Default::default();
        for _ in 0..rounds {
            let at = Namespaces::new(&settings)?;
            let _servers = programs.serve(&at, true)?;
            let ourselves = env::current_exe()?;
            let ourselves = ourselves.to_str().ok_or("a strange folder")?;
            let mut beside = at.near(ourselves);
            beside.args([INSIDE, &our_server()]);
            let said = json(&beside.output()?, &beside)?;
            println!("  {said}");
            for (key, all) in
                ["/download", "/upload", "/seconds"].into_iter().zip(&mut found)
            {
                all.push(number(&said, key)?);
            }
        }
        let [download, upload, seconds] = found.map(median);
        for (way, found, most) in
            [("download", download, 0.03), ("upload", upload, 0.05)]
        {
            let ratio = found / truth;
            let goal = format!("{way} within {:.0} %", most * 100.0);
            print_verdict(&goal, &percent(ratio), (ratio - 1.0).abs() <= most);
        }
        let words = format!("{seconds:.1} s");
        print_verdict("at most 10 s", &words, seconds <= 10.0);
    }
    Ok(())
}

/// What runs in the browser's namespace: opens the page at this address, runs
/// its test, and prints what it shows as JSON.
pub fn inside(address: &str) {
    let browser = Browser::start();
    browser.open(address);
    let found = SpeedPage::run(&browser);
    let [idle, download, upload] = found.latency;
    println!(
        "{}",
        json!({
            "download": found.download,
            "upload": found.upload,
            "seconds": found.seconds,
            "grade": found.grade,
            "latency_ms": [idle, download, upload],
            "warning": found.warning,
        })
    );
}
