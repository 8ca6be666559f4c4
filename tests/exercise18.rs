//! The check of exercise 18.

#[macro_use]
mod program;

#[test]
fn it_runs() {
    program::output_of(program!("18"), &[]);
}
