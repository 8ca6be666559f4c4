//! The check of exercise 15.

#[macro_use]
mod program;

#[test]
fn it_runs() {
    program::output_of(program!("15"), &[]);
}
