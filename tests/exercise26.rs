//! The check of exercise 26: trouble is announced once, and so is its end.

#[macro_use]
mod program;

/// The lines that the program prints below a row of letters.
fn below(letters: &str) -> Vec<String> {
    let printed = program::output_of(program!("26"), &[]);
    let mut lines = printed.lines().skip_while(|line| *line != letters);
    assert!(lines.next().is_some(), "no {letters} in\n{printed}");
    lines
        .take_while(|line| line.starts_with(' '))
        .map(|line| line.trim().to_owned())
        .collect()
}

#[test]
fn one_or_two_lost_answers_are_bad_luck() {
    assert!(
        below("..x..xx..x..").is_empty(),
        "nothing is to be announced before three answers in a row were lost"
    );
    assert!(
        below("xx.xx.xx.xx.").is_empty(),
        "an answer between two lost ones begins the count anew"
    );
}

#[test]
fn trouble_is_announced_once_and_so_is_its_end() {
    assert_eq!(
        below("..xxxxxx...."),
        ["4 s: Failing", "10 s: Recovered"],
        "the third lost answer is announced, the fourth is not, and the third \
         answer after it ends the trouble"
    );
}

#[test]
fn one_answer_does_not_end_the_trouble() {
    assert_eq!(
        below("..xxx.xx...."),
        ["4 s: Failing", "10 s: Recovered"],
        "it takes three answers in a row to end the trouble"
    );
    assert_eq!(
        below("..xxx..x..x..."),
        ["4 s: Failing", "13 s: Recovered"],
        "a lost answer begins the count of answers anew"
    );
}

#[test]
fn trouble_that_comes_again_is_announced_again() {
    assert_eq!(
        below("..xxx.......xxx."),
        ["4 s: Failing", "7 s: Recovered", "14 s: Failing"]
    );
}
