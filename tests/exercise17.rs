//! The check of exercise 17.

#[macro_use]
mod program;

#[test]
fn it_runs() {
    program::output_of(program!("17"), &[]);
}
