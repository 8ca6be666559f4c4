//! Nobody is stopped at the door of Part II: what lesson 08 does where there
//! is no Redis.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::Path;
use std::process::Command;

use harness::{program, read, root, scratch};

#[test]
fn without_redis_the_lesson_shows_its_scenes_as_they_were_recorded() {
    let said = lesson_with_path(scratch().path(), &[]);
    for scene in ["works", "half-written", "same-name", "vanished"] {
        assert!(said.contains(&format!("== {scene}\n")), "{said}");
        // Each line of the recording, marked as one.
        let recording = format!("tests/transcripts/lesson08-{scene}.txt");
        let recording: String = read(&root().join(recording))
            .lines()
            .skip(1)
            .map(|line| format!("recorded | {line}\n"))
            .collect();
        assert!(!recording.is_empty());
        assert!(said.contains(&recording), "not in it: {recording}\n{said}");
    }
    let alone = lesson_with_path(scratch().path(), &["same-name"]);
    assert!(alone.contains("recorded | Egon"), "{alone}");
    assert!(!alone.contains("half is there"), "{alone}");
}

#[test]
fn a_missing_redis_is_told_with_the_way_to_install_it() {
    let said = lesson_with_path(scratch().path(), &["works"]);
    let told: Vec<&str> = said.lines().take(2).collect();
    assert!(told[0].contains("no redis-server on PATH"), "{said}");
    for way in ["apt install redis-server", "dnf install", "brew install"] {
        assert!(told[1].contains(way), "{said}");
    }
}

/// A program that ends at once: the lesson itself, under that name.
#[test]
fn a_toy_called_redis_server_is_not_taken_for_one() {
    let folder = scratch();
    let toy = folder.path().join(format!("redis-server{EXE_SUFFIX}"));
    fs::copy(program("lesson08"), toy).expect("copied");
    let said = lesson_with_path(folder.path(), &["works"]);
    assert!(said.contains("will not do"), "{said}");
    assert!(said.contains("apt install redis-server"), "{said}");
    assert!(said.contains("recorded | "), "{said}");
}

#[test]
fn a_scene_that_does_not_exist_is_refused_with_those_that_do() {
    let output = Command::new(program("lesson08"))
        .arg("unheard-of")
        .output()
        .expect("the lesson starts");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("works") && said.contains("vanished"), "{said}");
}

/// The lesson's output where PATH is this folder alone.
fn lesson_with_path(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program("lesson08"))
        .args(arguments)
        .env("PATH", folder)
        .output()
        .expect("the lesson starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    said
}
