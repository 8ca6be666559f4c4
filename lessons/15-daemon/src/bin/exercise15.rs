//! Exercise 15.

fn main() {
    todo!()
}
