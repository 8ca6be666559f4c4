//! Notices for programs.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::time::Duration;

use alerts::Notifiers;
use serde_json::Value;

use crate::sending::{last_error, notice, notifiers, send};

/// A notifier that runs a script of `sh`; the script's `$1` is a folder.
fn script(script: &str, folder: &Path, more: &str) -> Notifiers {
    let folder = folder.display();
    notifiers(&format!(
        "[[notify]]\nname = \"script\"\ncommand = [\"sh\", \"-c\", \
         '''{script}''', \"sh\", \"{folder}\"]\n{more}\n"
    ))
}

#[tokio::test]
async fn a_program_gets_the_facts_by_environment_and_standard_input() {
    let folder = tempfile::tempdir().expect("a folder");
    let notifiers = script(
        r#"cat > "$1/input"; env | grep ^NOTICE_ | sort > "$1/facts""#,
        folder.path(),
        "",
    );
    let report = send(&notifiers, &notice()).await;
    assert_eq!((report.sent, report.last_error), (1, None));
    let read = |name| {
        fs::read_to_string(folder.path().join(name)).expect("it was written")
    };
    assert_eq!(
        read("facts"),
        "NOTICE_ALERT=does not answer\n\
         NOTICE_AT=1795485012000\n\
         NOTICE_METRIC=ping\n\
         NOTICE_SINCE=1795485010000\n\
         NOTICE_STATE=failing\n\
         NOTICE_TARGET=router\n\
         NOTICE_THRESHOLD=100\n\
         NOTICE_VALUE=\n\
         NOTICE_WORDS=router: ping fails: no answer, 3 times in a row\n"
    );
    let input: Value = serde_json::from_str(&read("input")).expect("JSON");
    assert_eq!(input["target"], "router");
    assert_eq!(input["threshold"], 100.0);
}

#[tokio::test]
async fn no_shell_reads_what_others_wrote() {
    let folder = tempfile::tempdir().expect("a folder");
    let hacked = folder.path().join("hacked");
    let hostile = format!(
        "$(touch {0}) `touch {0}`; touch {0} | \"'\n\0NOTICE_X=1",
        hacked.display()
    );
    let mut notice = notice();
    for text in [
        &mut notice.alert,
        &mut notice.target,
        &mut notice.metric,
        &mut notice.words,
    ] {
        text.clone_from(&hostile);
    }
    let notifiers = script(
        r#"cat > "$1/input"; printf %s "$NOTICE_TARGET" > "$1/target""#,
        folder.path(),
        "",
    );
    let report = send(&notifiers, &notice).await;
    assert_eq!((report.sent, report.last_error), (1, None));
    let target = fs::read_to_string(folder.path().join("target"));
    let on_one_line = hostile.replace(['\n', '\0'], " ");
    assert_eq!(target.expect("it was written"), on_one_line);
    assert!(!hacked.exists(), "a shell has read it");
}

#[tokio::test]
async fn a_program_that_hangs_is_killed_with_all_that_it_started() {
    let folder = tempfile::tempdir().expect("a folder");
    let notifiers = script(
        r#"sleep 1000 & echo "$$ $!" > "$1/ids"; wait"#,
        folder.path(),
        "timeout = \"5s\"\nattempts = 1",
    );
    let report = send(&notifiers, &notice()).await;
    assert_eq!((report.sent, report.failed), (0, 1));
    let said = last_error(&report);
    assert_eq!(said, "sh had not ended after 5s and was killed");

    let ids = fs::read_to_string(folder.path().join("ids"));
    let ids = ids.expect("it had begun");
    let (own, child) = ids.trim().split_once(' ').expect("two numbers");
    // Reaped: not even a zombie is left of it.
    assert!(!Path::new("/proc").join(own).exists(), "{own} is there");
    // The system ends and reaps what the program had started.
    let dead = async {
        let stat = format!("/proc/{child}/stat");
        while fs::read_to_string(&stat)
            .is_ok_and(|state| !state.contains(") Z "))
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let dead = tokio::time::timeout(Duration::from_secs(60), dead).await;
    dead.unwrap_or_else(|_| panic!("{child} goes on"));
}

#[tokio::test]
async fn a_program_that_ends_leaves_its_children_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    // The child holds the standard output open, and writes when all is done.
    let notifiers = script(
        r#"mkfifo "$1/fifo"; (read x < "$1/fifo"; echo $x > "$1/out") &"#,
        folder.path(),
        "timeout = \"20s\"",
    );
    let begun = std::time::Instant::now();
    let report = send(&notifiers, &notice()).await;
    assert_eq!((report.sent, report.last_error), (1, None));
    assert!(begun.elapsed() < Duration::from_secs(15), "it waited for it");
    fs::write(folder.path().join("fifo"), "alive\n").expect("a reader");
    let wrote = async {
        let out = folder.path().join("out");
        while !fs::read_to_string(&out).is_ok_and(|text| text == "alive\n") {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let wrote = tokio::time::timeout(Duration::from_secs(20), wrote).await;
    wrote.expect("the child was killed");
}

#[tokio::test]
async fn what_a_failing_program_says_is_reported() {
    let folder = tempfile::tempdir().expect("a folder");
    for (text, said) in [
        ("echo no such queue >&2; exit 3", "exit status: 3, saying: no such"),
        ("echo on the other stream; exit 1", "saying: on the other stream"),
        ("exit 4", "sh ended with exit status: 4"),
        ("kill -9 $$", "sh ended with signal: 9"),
    ] {
        let notifiers = script(text, folder.path(), "attempts = 1");
        let report = send(&notifiers, &notice()).await;
        let words = last_error(&report);
        assert!(words.contains(said), "{text}: {words}");
    }
}

#[tokio::test]
async fn a_program_that_talks_without_end_is_heard_only_so_far() {
    let folder = tempfile::tempdir().expect("a folder");
    let notifiers = script(
        "head -c 20000000 /dev/zero | tr '\\0' x; exit 1",
        folder.path(),
        "attempts = 1\ntimeout = \"60s\"",
    );
    let report = send(&notifiers, &notice()).await;
    let words = last_error(&report);
    assert!(words.contains("saying: xxx"), "{words}");
    assert!(words.len() < 1_000, "{}", words.len());
}

#[tokio::test]
async fn a_program_that_fails_once_is_started_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let notifiers = script(
        r#"test -e "$1/again" || { touch "$1/again"; exit 1; }"#,
        folder.path(),
        "",
    );
    let report = send(&notifiers, &notice()).await;
    assert_eq!((report.sent, report.failed), (1, 0));
}

#[tokio::test]
async fn a_program_need_not_read_what_it_is_given() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut long = notice();
    // More than a pipe holds.
    long.words = "x".repeat(1_000_000);
    let notifiers = script("exec 0<&-", folder.path(), "");
    let report = send(&notifiers, &long).await;
    assert_eq!((report.sent, report.last_error), (1, None));
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named_and_not_tried_again() {
    let notifiers =
        notifiers("[[notify]]\nname = \"x\"\ncommand = [\"/no/such/program\"]");
    let report = send(&notifiers, &notice()).await;
    let words = last_error(&report);
    assert!(
        words.starts_with("cannot start /no/such/program: No such file"),
        "{words}"
    );
}
