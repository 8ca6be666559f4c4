//! Documents that come as streams of bytes.

use std::fs;
use std::path::Path;

use axum::body::Bytes;
use tempfile::TempDir;

use super::*;

/// What a document in the printer's language looks like.
const DOCUMENT: &[u8] = b"%!PS\nshowpage\n";

fn intake(limits: Limits) -> (TempDir, Intake) {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(folder.path()).expect("a spool");
    let file = folder.path().join("queue.db");
    let queue = job_queue::open(&format!("sqlite:{}", file.display()), "print")
        .expect("a queue");
    let limits = Limits { allow_raw: true, ..limits };
    (folder, Intake::new(spool, queue, limits))
}

fn submission() -> Submission {
    let options = JobOptions {
        raw: true,
        copies: 2,
        user: "Slimer".to_owned(),
        ..JobOptions::default()
    };
    let sender = Sender {
        user: Some("egon".to_owned()),
        host: Some([192, 0, 2, 7].into()),
        ..Sender::default()
    };
    Submission { options, sender, reserved: None, key: Some("once".to_owned()) }
}

fn whole() -> Vec<Result<Bytes, &'static str>> {
    DOCUMENT.chunks(5).map(|piece| Ok(Bytes::from_static(piece))).collect()
}

async fn receive(
    intake: &Intake,
    name: &str,
    pieces: Vec<Result<Bytes, &str>>,
) -> Result<Accepted, Refusal> {
    let document = tokio_stream::iter(pieces);
    intake.receive_stream(document, name, submission()).await
}

/// How many files there are in the spool, whole or half received.
fn files(folder: &Path) -> usize {
    let count = |name| fs::read_dir(folder.join(name)).expect("read").count();
    count("documents") + count("incoming")
}

#[tokio::test]
async fn a_stream_becomes_one_job_of_whoever_has_signed_in() {
    let (folder, intake) = intake(Limits::default());
    let accepted = receive(&intake, "\u{1b}a/b: the letter", whole()).await;
    let accepted = accepted.expect("a job");
    let job = accepted.job;
    assert_eq!(job.name, "a/b: the letter");
    assert_eq!((job.user.as_str(), job.copies), ("egon", 2));
    assert_eq!(job.claimed_user, "Slimer");
    assert_eq!((job.host.as_str(), job.bytes), ("192.0.2.7", 14));
    let kept = fs::read(intake.spool.path(&job.document)).expect("kept");
    assert_eq!(kept, DOCUMENT);

    let again = receive(&intake, "\u{1b}a/b: the letter", whole()).await;
    let again = again.expect("the same job");
    assert_eq!((again.id, again.fresh), (accepted.id, false));
    assert_eq!(files(folder.path()), 1);
}

#[tokio::test]
async fn a_stream_that_breaks_off_leaves_nothing_behind() {
    let (folder, intake) = intake(Limits::default());
    let mut pieces = whole();
    pieces.push(Err("the line is dead"));
    let refusal = receive(&intake, "", pieces).await.expect_err("refused");
    assert!(matches!(refusal, Refusal::BrokenOff(_)), "{refusal}");
    assert!(refusal.to_string().contains("the line is dead"));
    assert_eq!(files(folder.path()), 0);
    assert!(intake.queue.jobs(1).expect("a queue").is_empty());
}

#[tokio::test]
async fn the_limits_hold_for_a_stream() {
    let (folder, small) = intake(Limits { bytes: 13, ..Limits::default() });
    let refusal = receive(&small, "", whole()).await.expect_err("refused");
    assert!(matches!(refusal, Refusal::TooLarge { limit: 13 }), "{refusal}");
    assert_eq!(files(folder.path()), 0);

    let idle = Duration::from_millis(20);
    let (folder, hasty) = intake(Limits { idle, ..Limits::default() });
    let never = tokio_stream::pending::<Result<Bytes, &str>>();
    let refusal = hasty.receive_stream(never, "", submission()).await;
    let refusal = refusal.expect_err("refused");
    assert!(matches!(refusal, Refusal::TooSlow(_)), "{refusal}");
    assert_eq!(files(folder.path()), 0);

    let refusal = receive(&hasty, "", Vec::new()).await.expect_err("refused");
    assert!(matches!(refusal, Refusal::Empty(_)), "{refusal}");
    assert_eq!(files(folder.path()), 0);
}
