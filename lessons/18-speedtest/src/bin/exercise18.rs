//! Exercise 18.

fn main() {
    todo!()
}
