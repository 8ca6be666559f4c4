//! Exercise 19.

fn main() {
    todo!()
}
