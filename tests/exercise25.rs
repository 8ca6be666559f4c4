//! What was packed comes back, and torn bytes are noticed.

#[macro_use]
mod program;

fn run(command: &str, words: &[String]) -> String {
    let mut arguments = vec![command];
    arguments.extend(words.iter().map(String::as_str));
    program::output_of(program!("25"), &arguments).trim_end().to_owned()
}

fn packed(times: &[i64]) -> Vec<String> {
    let words: Vec<String> = times.iter().map(i64::to_string).collect();
    run("pack", &words).split_whitespace().map(str::to_owned).collect()
}

#[track_caller]
fn assert_comes_back(times: &[i64]) {
    let words: Vec<String> = times.iter().map(i64::to_string).collect();
    assert_eq!(run("unpack", &packed(times)), words.join(" "));
}

#[test]
fn a_ping_a_second_comes_back() {
    assert_comes_back(&[0, 1000, 2000, 3000, 4000]);
    assert_comes_back(&[0, 1000, 2001, 3000, 4000]);
    let minute: Vec<i64> =
        (0..60).map(|second| second * 1000 + second * second % 3).collect();
    assert_comes_back(&minute);
}

#[test]
fn numbers_of_several_bytes_and_with_a_sign_come_back() {
    assert_comes_back(&[]);
    assert_comes_back(&[63]);
    assert_comes_back(&[64]);
    assert_comes_back(&[-65, 1, -1]);
    assert_comes_back(&[1_795_478_400_000, 1_795_478_401_000, 0]);
    assert_comes_back(&[5, 5, 5, 4, 1_000_000, 5]);
}

#[test]
fn bytes_that_end_in_the_middle_of_a_number_are_noticed() {
    let whole = packed(&[0, 1000, 2001, 1_795_478_400_000]);
    assert_eq!(run("unpack", &whole[..2]), "the last number is not whole");
    assert_eq!(run("unpack", &whole[..3]), "0 1000");
    let torn = &whole[..whole.len() - 1];
    assert_eq!(run("unpack", torn), "the last number is not whole");
}
