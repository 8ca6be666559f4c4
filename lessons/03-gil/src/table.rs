//! Times as a table, with a bar for the speed-up.

/// Prints how long 1, 2, 3 … workers took, in seconds.
pub fn print(kind: &str, seconds: &[f64]) {
    let Some(alone) = seconds.first() else { return };
    println!("{kind}");
    println!("workers        time  speed-up");
    for (index, time) in seconds.iter().enumerate() {
        let workers = index + 1;
        let (ms, speed_up) = (time * 1000.0, alone / time);
        let bar = bar(speed_up);
        println!("{workers:>7}  {ms:>7.0} ms  {speed_up:>7.1}×  {bar}");
    }
}

/// Eight columns for each 1.0, and at least one.
pub fn bar(length: f64) -> String {
    "█".repeat((length * 8.0).round().max(1.0) as usize)
}
