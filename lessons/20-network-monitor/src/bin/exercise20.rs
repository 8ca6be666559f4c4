//! Exercise 20.

fn main() {
    todo!()
}
