//! Exercise 26: a bell that is not rung for bad luck.
//!
//! Complete `rings`. Then ask whether it is right:
//!
//!     cargo test --test exercise26

/// An announcement.
#[allow(dead_code, reason = "`rings` is still to be written")]
#[derive(Debug, PartialEq)]
enum Ring {
    Failing,
    Recovered,
}

fn main() {
    // A ping each second: a dot is an answer, an x is a lost one.
    for letters in [
        "..x..xx..x..",
        "..xxxxxx....",
        "..xxx.xx....",
        "..xxx.......xxx.",
        "xx.xx.xx.xx.",
        "..xxx..x..x...",
    ] {
        println!("{letters}");
        let mut answers = Vec::new();
        for letter in letters.chars() {
            answers.push(letter == '.');
        }
        for (second, ring) in rings(&answers, 3) {
            println!("  {second} s: {ring:?}");
        }
    }
}

/// The moments at which the bell is rung, each with what is announced.
///
/// It is rung for trouble when `after` answers in a row were lost, and for the
/// end of trouble when `after` answers in a row have come. Trouble that was
/// announced is not announced again before its end was.
fn rings(answers: &[bool], after: usize) -> Vec<(usize, Ring)> {
    todo!("ring for {after} in a row among {} answers", answers.len())
}
