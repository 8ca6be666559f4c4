//! A page that would never be done, drawn by a child that may not take long.

use std::error::Error;
use std::time::Duration;
use std::{env, fs, io};

use driver::Settings;
use driver::isolated::{self, Limits, Stop};

use super::sample;

pub fn play() -> Result<(), Box<dyn Error>> {
    // Ten forms, each of ten forms, each of ten forms ...
    let file = format!("endless-{}.pdf", std::process::id());
    let endless = env::temp_dir().join(file);
    fs::write(&endless, sample::endless())?;

    // What could such a document reach? A child tries to read this program.
    // The answer depends on the kernel, so the book does not show it.
    eprintln!("{}", isolated::isolation(&env::current_exe()?)?);

    let limits =
        Limits { page_time: Duration::from_secs(1), ..Limits::default() };
    let settings = Settings::default();
    let outcome = isolated::print(
        &endless,
        &settings,
        limits,
        &Stop::default(),
        &mut io::sink(),
        &mut |_| (),
    );
    fs::remove_file(&endless)?;
    match outcome {
        Ok(_) => println!("was done after all"),
        Err(error) => println!("{error}"),
    }
    println!("The child that drew it is gone. We are still here.");
    Ok(())
}
