//! Our speed test beside iperf3, pyspeedtest and speedtest-cli, over links
//! whose speed is known. README.md says how to run it and what it means.

#[cfg(target_os = "linux")]
mod apt;
#[cfg(target_os = "linux")]
mod bloat;
#[cfg(target_os = "linux")]
mod browser;
#[cfg(target_os = "linux")]
mod namespaces;
#[cfg(target_os = "linux")]
mod programs;
#[cfg(target_os = "linux")]
mod slow;
#[cfg(target_os = "linux")]
mod table;
#[cfg(target_os = "linux")]
mod wire;

#[cfg(target_os = "linux")]
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("This measurement needs Linux: it makes network namespaces.");
}

#[cfg(target_os = "linux")]
fn main() -> Result<()> {
    // `cargo bench` adds an option of its own.
    let words: Vec<String> =
        std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if let [browser::INSIDE, address] =
        words.iter().map(String::as_str).collect::<Vec<_>>()[..]
    {
        browser::inside(address);
        return Ok(());
    }
    let rounds = words.iter().find_map(|word| word.strip_prefix("rounds="));
    let rounds: usize = rounds.unwrap_or("5").parse()?;
    let modes = ["20", "100", "500", "slow", "loss", "bloat", "browser"];
    let chosen = |all: &[&'static str]| -> Vec<&'static str> {
        let is_said = |one: &&&str| words.iter().any(|word| word == **one);
        let said: Vec<_> = all.iter().filter(is_said).copied().collect();
        if said.is_empty() { all.to_vec() } else { said }
    };
    if let Some(word) = words.iter().find(|word| {
        !modes.contains(&word.as_str())
            && !table::NAMES.contains(&word.as_str())
            && !word.starts_with("rounds=")
    }) {
        let (modes, names) = (modes.join(", "), table::NAMES.join(", "));
        return Err(format!("`{word}`: say {modes}, {names}, rounds=N").into());
    }

    let programs = programs::Programs::find()?;
    let names = chosen(&table::NAMES);
    for mode in chosen(&modes) {
        let compare =
            |link: &str| table::compare(&programs, link, rounds, &names);
        match mode {
            "loss" => {
                compare("100mbit,20ms,buffer=50ms,loss=0.1%")?;
                compare("100mbit,20ms,buffer=50ms,loss=1%")?;
            }
            "slow" => slow::compare(&programs, rounds)?,
            "browser" => browser::compare(&programs, rounds)?,
            "bloat" => {
                let link = "20mbit,20ms,buffer=250ms";
                bloat::compare(&programs, link, rounds)?;
            }
            rate => compare(&format!("{rate}mbit,20ms,buffer=50ms"))?,
        }
    }
    Ok(())
}
