//! The check of exercise 22: the rate of an upload is what arrives, over the
//! last second or a little more.

#[macro_use]
mod program;

#[test]
fn the_rate_of_an_upload_is_what_has_arrived_lately() {
    let printed = program::output_of(program!("22"), &[]);
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(
        lines,
        [
            "after the ramp: 20.00 Mbit/s",
            "a machine that looks too late: 20.00 Mbit/s",
            "a buffer that grows: 10.00 Mbit/s",
            "a dead line: 0.00 Mbit/s",
            "too early: not known yet",
        ],
        "the program printed:\n{printed}"
    );
}
