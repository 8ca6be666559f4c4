//! The page of the speed test in a browser, driven by a test.

use std::time::Instant;

use crate::Browser;

/// What the page shows when its test has ended.
#[derive(Debug)]
pub struct SpeedPage {
    /// Bits per second.
    pub download: f64,
    /// Bits per second.
    pub upload: f64,
    /// Milliseconds at rest, during the download, and during the upload.
    pub latency: [f64; 3],
    /// A letter.
    pub grade: String,
    /// What it says of a result that is not steady.
    pub warning: String,
    /// From the click until the result is shown.
    pub seconds: f64,
}

impl SpeedPage {
    /// Clicks the page's button and waits for the result.
    #[must_use]
    pub fn run(browser: &Browser) -> SpeedPage {
        browser.wait_until("return document.querySelector('#start') !== null");
        let begun = Instant::now();
        browser.click("#start");
        browser.wait_until(
            "const said = document.querySelector('#said').textContent;
             return said === 'Done.' || said.startsWith('No result')",
        );
        let seconds = begun.elapsed().as_secs_f64();
        let said = |selector: &str| {
            let script = format!(
                "return document.querySelector('{selector}').textContent"
            );
            browser.run(&script).as_str().unwrap_or_default().to_owned()
        };
        let figure = |name: &str| number(&said(&format!("#{name} b")));
        SpeedPage {
            download: figure("download"),
            upload: figure("upload"),
            latency: ["idle-latency", "download-latency", "upload-latency"]
                .map(figure),
            grade: said("#grade b"),
            warning: said("#warning"),
            seconds,
        }
    }
}

/// The number in a figure such as `19.3 Mbit/s` or `24 ms`; not a number
/// where there is none.
fn number(figure: &str) -> f64 {
    let Some((number, unit)) = figure.split_once(' ') else { return f64::NAN };
    let size = match unit {
        "kbit/s" => 1e3,
        "Mbit/s" => 1e6,
        "Gbit/s" => 1e9,
        _ => 1.0,
    };
    number.parse().map_or(f64::NAN, |number: f64| number * size)
}
