//! Exercise 17.

fn main() {
    todo!()
}
