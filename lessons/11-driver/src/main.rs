//! To come.

mod render;

use std::process::ExitCode;

fn main() -> ExitCode {
    driver::isolated::child();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|word| word == "render") {
        return render::main(&arguments[1..]);
    }
    ExitCode::SUCCESS
}
