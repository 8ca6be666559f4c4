//! Solution 26: a bell that is not rung for bad luck.

/// An announcement.
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
    let mut rings = Vec::new();
    let mut failing = false;
    let mut in_a_row = 0;
    for (second, answered) in answers.iter().enumerate() {
        // While all is well a lost answer is news; in trouble, one that comes.
        let news = *answered == failing;
        in_a_row = if news { in_a_row + 1 } else { 0 };
        if in_a_row == after {
            failing = !failing;
            in_a_row = 0;
            let ring = if failing { Ring::Failing } else { Ring::Recovered };
            rings.push((second, ring));
        }
    }
    rings
}
