//! The program `lesson00`, in small workspaces of its own: what it says of an
//! exercise, and how it finds what the reader has done.

use std::fs;
use std::process::{Command, Output};

use harness::{Lesson, Tool, program, read, root, scratch};
use tempfile::TempDir;

const TODO: &str = "fn main() {\n    todo!(\"say who you are\")\n}\n";
const RIGHT: &str = "fn main() {\n    println!(\"Egon\");\n}\n";
const WRONG: &str = "fn main() {\n    println!(\"Peter\");\n}\n";
const BROKEN: &str =
    "fn main() {\n    println!(\"Egon\")\n    let who = 1\n}\n";

#[test]
fn an_exercise_as_it_was_handed_out_waits_for_its_reader() {
    let workspace = workspace(&[("01-names", TODO)]);
    let (done, said) = lesson00(&workspace, &["check", "1"]);
    assert!(!done);
    assert!(said.contains("Exercise 01 waits for you"), "{said}");
    let place = "lessons/01-names/src/bin/exercise01.rs:2\n    \
                 todo!(\"say who you are\")";
    assert!(said.contains(place), "{said}");
    assert!(said.contains("cargo run --bin lesson00 hint 01"), "{said}");
}

#[test]
fn an_exercise_that_does_not_compile_shows_the_first_complaint() {
    let workspace = workspace(&[("01-names", BROKEN)]);
    let (done, said) = lesson00(&workspace, &["check", "01"]);
    assert!(!done);
    assert!(said.contains("Exercise 01 does not compile"), "{said}");
    assert!(said.contains("src/bin/exercise01.rs:2:"), "{said}");
    assert_eq!(said.matches("\nerror").count(), 1, "{said}");
}

#[test]
fn an_exercise_that_is_wrong_shows_what_the_check_said() {
    let workspace = workspace(&[("01-names", WRONG)]);
    let (done, said) = lesson00(&workspace, &["check", "01"]);
    assert!(!done);
    assert!(said.contains("Exercise 01 is not right yet"), "{said}");
    assert!(said.contains("the name that was asked for"), "{said}");
    assert!(said.contains("Peter"), "{said}");
    assert!(!said.contains("RUST_BACKTRACE"), "{said}");
}

#[test]
fn an_exercise_that_is_right_leads_to_the_next_lesson() {
    let workspace = workspace(&[("01-names", RIGHT), ("03-ports", TODO)]);
    let (done, said) = lesson00(&workspace, &["check", "01"]);
    assert!(done, "{said}");
    assert!(said.contains("Exercise 01 is done"), "{said}");
    assert!(said.contains("solutions/01-names/src/main.rs"), "{said}");
    assert!(said.contains("About 03-ports, 15 minutes"), "{said}");
    assert!(said.contains("cargo run --bin lesson03"), "{said}");
}

#[test]
fn progress_is_what_the_checks_say() {
    let workspace = workspace(&[
        ("01-names", RIGHT),
        ("02-wrong", WRONG),
        ("03-broken", BROKEN),
        ("04-new", TODO),
    ]);
    let (_, said) = lesson00(&workspace, &[]);
    for (lesson, state) in [
        ("About 01-names", "done"),
        ("About 02-wrong", "not right yet"),
        ("About 03-broken", "does not compile"),
        ("About 04-new", "not begun"),
    ] {
        let row = said.lines().find(|line| line.contains(lesson));
        let row = row.unwrap_or_else(|| panic!("no {lesson}:\n{said}"));
        assert!(row.contains("15 + 10") && row.ends_with(state), "{row}");
    }
    assert!(said.contains("1 of 4 done; 75 minutes to go"), "{said}");
    // Nothing was compiled for the one that is not begun.
    let built = workspace.path().join("target/debug/exercise04");
    assert!(!built.with_extension(std::env::consts::EXE_EXTENSION).exists());
}

#[test]
fn hints_come_one_at_a_time_and_end_at_the_solution() {
    let workspace = workspace(&[("01-names", TODO)]);
    let (_, said) = lesson00(&workspace, &["hint", "1"]);
    assert!(said.contains("A name is text."), "{said}");
    assert!(!said.contains("Print it."), "{said}");
    assert!(said.contains("cargo run --bin lesson00 hint 01 2"), "{said}");
    let (_, said) = lesson00(&workspace, &["hint", "01", "2"]);
    assert!(said.contains("Print it."), "{said}");
    assert!(said.contains("solutions/01-names/src/main.rs"), "{said}");
    for which in ["0", "3", "two", "-1"] {
        let (well, said) = lesson00(&workspace, &["hint", "01", which]);
        assert!(!well && said.is_empty(), "{which}: {said}");
    }
}

#[test]
fn the_hints_of_every_chapter_can_be_asked_for() {
    for lesson in Lesson::all() {
        let chapter = lesson.chapter();
        let third = read(&chapter);
        let third = third.split("<summary>Hint 3</summary>").nth(1);
        let third = third.and_then(|it| it.split("</details>").next());
        let output = Command::new(program("lesson00"))
            .args(["hint", &lesson.number, "3"])
            .current_dir(root())
            .output()
            .expect("lesson00 starts");
        let said = String::from_utf8_lossy(&output.stdout);
        let third = third.expect("three hints").trim();
        assert!(!third.is_empty() && said.contains(third), "{said}");
    }
}

#[test]
fn what_does_not_exist_is_said_and_not_guessed() {
    let workspace = workspace(&[("01-names", TODO)]);
    for words in [["check", "77"], ["hint", "x"], ["example", "plan9"]] {
        let output = run(&workspace, &words);
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains(words[1]), "{errors}");
    }
}

#[test]
fn the_ways_to_install_are_those_of_the_readme() {
    for system in ["Debian", "Fedora", "macOS", "Windows"] {
        let output = Command::new(program("lesson00"))
            .args(["example", system])
            .current_dir(root())
            .output()
            .expect("lesson00 starts");
        let said = String::from_utf8_lossy(&output.stdout);
        for tool in Tool::ALL {
            for (_, way) in tool
                .install()
                .iter()
                .filter(|(name, _)| [system, "any system"].contains(name))
            {
                assert!(said.contains(way), "no {way} in\n{said}");
            }
        }
    }
}

/// A toy that is called `redis-server` is on PATH.
#[cfg(unix)]
#[test]
fn a_toy_redis_is_not_taken_for_a_real_one() {
    use std::os::unix::fs::PermissionsExt;

    let workspace = workspace(&[("01-names", TODO)]);
    let toy = workspace.path().join("redis-server");
    let text = "#!/bin/sh\necho Redis version=7.9\n\
                echo Ready to accept connections\n";
    fs::write(&toy, text).expect("a file");
    fs::set_permissions(&toy, fs::Permissions::from_mode(0o755))
        .expect("it is ours");
    let path = std::env::var("PATH").expect("there is a PATH");
    let path = format!("{}:{path}", workspace.path().display());
    let output = command(&workspace, &[]).env("PATH", path).output();
    let output = output.expect("lesson00 starts");
    let said = String::from_utf8_lossy(&output.stdout);
    let redis = said.lines().find(|line| line.contains("Redis"));
    assert!(redis.is_some_and(|line| line.contains("toy")), "{said}");
    assert!(said.contains("cargo uninstall redis-server"), "{said}");
}

/// A workspace of lessons with nothing but an exercise and a chapter each.
fn workspace(lessons: &[(&str, &str)]) -> TempDir {
    let workspace = scratch();
    let write = |file: &str, text: &str| {
        let file = workspace.path().join(file);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(file, text).expect("a file");
    };
    write("Cargo.toml", "[workspace]\nmembers = [\"lessons/*\"]\n");
    for (folder, exercise) in lessons {
        let (number, topic) = folder.split_once('-').expect("01-topic");
        write(
            &format!("lessons/{folder}/Cargo.toml"),
            &format!(
                "[package]\nname = \"{topic}\"\nedition = \"2024\"\n\
                 [[test]]\nname = \"exercise{number}\"\n\
                 path = \"../../tests/exercise{number}.rs\"\n"
            ),
        );
        let place = format!("lessons/{folder}/src/bin/exercise{number}.rs");
        write(&place, exercise);
        write(
            &format!("tests/exercise{number}.rs"),
            &CHECK.replace("NN", number),
        );
        write(
            &format!("book/src/{folder}.md"),
            &CHAPTER.replace("TITLE", &format!("About {folder}")),
        );
    }
    workspace
}

const CHECK: &str = r#"
#[test]
fn it_says_its_name() {
    let program = env!("CARGO_BIN_EXE_exerciseNN");
    let output = std::process::Command::new(program).output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{errors}");
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said, "Egon\n", "the name that was asked for");
}
"#;

const CHAPTER: &str = "\
# TITLE

*15 minutes to read and run, 10 for the exercise.*

<details>
<summary>Hint 1</summary>

A name is text.

</details>

<details>
<summary>Hint 2</summary>

Print it.

</details>
";

/// Whether `lesson00` ended well, and what it printed.
fn lesson00(workspace: &TempDir, words: &[&str]) -> (bool, String) {
    let output = run(workspace, words);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.success(), said)
}

fn run(workspace: &TempDir, words: &[&str]) -> Output {
    command(workspace, words).output().expect("lesson00 starts")
}

fn command(workspace: &TempDir, words: &[&str]) -> Command {
    let mut lesson00 = Command::new(program("lesson00"));
    lesson00
        .args(words)
        // Any folder of the workspace will do.
        .current_dir(workspace.path().join("lessons"))
        .env("CARGO_TARGET_DIR", workspace.path().join("target"));
    lesson00
}
