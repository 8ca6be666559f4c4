//! The check of exercise 10: what can be printed is printed once, what cannot
//! is given up after its last attempt.

#[macro_use]
mod program;

#[test]
fn every_document_is_printed_once_or_given_up() {
    let output = program::output_of(program!("10"), &[]);
    let count = |line: &str| output.lines().filter(|it| *it == line).count();

    for (line, why) in [
        (
            "paper: report.pdf, attempt 3",
            "the report fails twice: retry it, and print it on the third go",
        ),
        (
            "paper: manual.pdf, attempt 1",
            "the manual takes longer than a lease: renew after each page",
        ),
        (
            "report.pdf: done, attempts: 3, no complaint",
            "a printed job must be completed",
        ),
        (
            "manual.pdf: done, attempts: 1, no complaint",
            "a job whose lease is renewed stays with its worker",
        ),
        (
            "photo.pdf: dead, attempts: 3, not a picture",
            "the queue buries a job that was retried too often, with the \
             last reason given",
        ),
    ] {
        assert_eq!(count(line), 1, "{why}; wanted once: {line}\n{output}");
    }
    let paper = output.lines().filter(|it| it.starts_with("paper: ")).count();
    assert_eq!(paper, 2, "some document was printed twice:\n{output}");
}
