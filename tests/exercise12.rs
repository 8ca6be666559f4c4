//! To come.

#[macro_use]
mod program;

#[test]
fn to_come() {
    program::output_of(program!("12"), &[]);
}
