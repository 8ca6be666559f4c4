//! The book's programs that must not compile: none of them does, and the
//! compiler says what stands beside each.
//!
//! They lie in `lessons/NN-topic/does-not-compile/`: `name.rs` is the program,
//! `name.stderr` the compiler's messages. Of each error its code and its first
//! line are compared: notes and arrows change from one version of Rust to the
//! next.
//!
//! ```text
//! cargo test --test compile_fail                        compare
//! UPDATE_TRANSCRIPTS=1 cargo test --test compile_fail   write them again
//! ```

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use harness::{read, root, scratch, short};
use regex::Regex;

#[test]
fn every_program_fails_for_the_reason_that_is_shown() {
    let programs = files("rs");
    assert!(!programs.is_empty(), "no programs that do not compile");
    let mut wrong = Vec::new();
    for program in programs {
        let said = compile(&program);
        let kept = program.with_extension("stderr");
        if std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
            fs::write(&kept, &said).expect("the message is written");
        }
        let shown = fs::read_to_string(&kept).unwrap_or_default();
        let (shown, said) = (errors(&shown), errors(&said));
        if said.len() != 1 {
            let program = short(&program);
            wrong.push(format!("{program}: not one error but {said:#?}"));
        } else if shown != said {
            let kept = short(&kept);
            wrong.push(format!("{kept} shows {shown:#?}, not {said:#?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn every_message_belongs_to_a_program_and_stands_in_the_book() {
    let mut wrong = Vec::new();
    for message in files("stderr") {
        if !message.with_extension("rs").is_file() {
            wrong.push(format!("{}: no such program", short(&message)));
        }
    }
    for file in [files("rs"), files("stderr")].concat() {
        let lesson = file.ancestors().nth(2).and_then(Path::file_name);
        let lesson = lesson.expect("a lesson's folder").to_string_lossy();
        let chapter = root().join(format!("book/src/{lesson}.md"));
        let include = format!("{{{{#include ../../{}", short(&file));
        if !read(&chapter).contains(&include) {
            wrong.push(format!("{} is not shown", short(&file)));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// The compiler's messages about a program that must not compile.
fn compile(program: &Path) -> String {
    let compiler = std::env::var_os("RUSTC").unwrap_or("rustc".into());
    let fresh = scratch();
    let output = Command::new(compiler)
        .args(["--edition", "2024", "--emit", "metadata", "--out-dir"])
        .arg(fresh.path())
        .arg(program.file_name().expect("a file has a name"))
        .current_dir(program.parent().expect("a file is in a folder"))
        .output()
        .expect("the compiler starts");
    assert!(!output.status.success(), "{} compiles", short(program));
    let said = String::from_utf8_lossy(&output.stderr);

    // The place of the standard library differs, its own folders do not.
    let library = Regex::new(r"--> .*[/\\]library[/\\]").expect("valid");
    let said = library.replace_all(&said, "--> library/");
    let end = said.find("error: aborting").unwrap_or(said.len());
    format!("{}\n", said[..end].trim_end())
}

/// The first lines of the errors in what the compiler said.
fn errors(said: &str) -> Vec<&str> {
    said.lines()
        .filter(|line| line.starts_with("error"))
        .map(str::trim_end)
        .collect()
}

/// The files in all folders of programs that do not compile.
fn files(extension: &str) -> Vec<PathBuf> {
    let lessons = fs::read_dir(root().join("lessons")).expect("the lessons");
    let mut files: Vec<PathBuf> = lessons
        .filter_map(|lesson| {
            let lesson = lesson.expect("the lessons can be read");
            fs::read_dir(lesson.path().join("does-not-compile")).ok()
        })
        .flatten()
        .map(|file| file.expect("the folder can be read").path())
        .filter(|file| file.extension().is_some_and(|it| it == extension))
        .collect();
    files.sort();
    files
}
