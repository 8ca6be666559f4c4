//! The check of exercise 18: every page that came out counts once.

#[macro_use]
mod program;

/// What the ledger says after these milestones: `NUMBER JOB RUN PAGES`.
fn ledger(milestones: &[&str]) -> String {
    program::output_of(program!("18"), milestones)
}

#[test]
fn the_pages_of_each_job_are_counted() {
    let said = ledger(&["1 7 0 0", "2 8 0 0", "3 8 1 5", "4 7 1 2"]);
    assert_eq!(said, "job 7, pages: 2\njob 8, pages: 5\n");
}

#[test]
fn what_comes_again_counts_once() {
    let said = ledger(&["1 7 1 2", "1 7 1 2"]);
    assert_eq!(
        said, "job 7, pages: 2\n",
        "the ledger was killed before it emptied the outbox: it has this \
         milestone already"
    );
    let said = ledger(&["1 7 1 1", "2 7 2 3", "1 7 1 1", "2 7 2 3"]);
    assert_eq!(
        said, "job 7, pages: 4\n",
        "both milestones came again, and the first is older than what is \
         known of the job: its number says so"
    );
}

#[test]
fn a_person_corrects_the_run_that_they_have_looked_at() {
    let said = ledger(&["1 7 1 2", "2 7 1 3"]);
    assert_eq!(
        said, "job 7, pages: 3\n",
        "two pages were confirmed, and three are in the tray: not five"
    );
    let said = ledger(&["1 7 1 2", "2 7 1 1"]);
    assert_eq!(said, "job 7, pages: 1\n", "fewer can be in the tray, too");
}

#[test]
fn a_job_that_is_sent_again_prints_more_pages() {
    let said = ledger(&["1 7 1 2", "2 7 2 3"]);
    assert_eq!(
        said, "job 7, pages: 5\n",
        "the two pages of the first run are still on paper"
    );
    let said = ledger(&["1 7 1 2", "2 7 1 3", "3 7 3 1", "4 7 3 2"]);
    assert_eq!(
        said, "job 7, pages: 5\n",
        "a correction changes its own run, and no other"
    );
}
