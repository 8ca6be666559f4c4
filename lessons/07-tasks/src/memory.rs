//! The memory that this process occupies.

use std::{fs, process};

/// The resident set of this process in KiB, 0 where the system does not say.
pub fn resident() -> f64 {
    let own = process::id();
    let text = if cfg!(target_os = "linux") {
        let status = fs::read_to_string("/proc/self/status").ok();
        status.and_then(|text| {
            let line = text.lines().find_map(|it| it.strip_prefix("VmRSS:"));
            line.map(str::to_owned)
        })
    } else if cfg!(windows) {
        // "lesson07.exe","4711","Console","1","12,345 K"
        let filter = format!("PID eq {own}");
        let line =
            output_of("tasklist", &["/fo", "csv", "/nh", "/fi", &filter]);
        line.and_then(|line| Some(line.split("\",\"").last()?.to_owned()))
    } else {
        output_of("ps", &["-o", "rss=", "-p", &own.to_string()])
    };
    let text = text.unwrap_or_default();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0.0)
}

fn output_of(program: &str, arguments: &[&str]) -> Option<String> {
    let output =
        process::Command::new(program).args(arguments).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}
