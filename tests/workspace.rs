//! The shape that every lesson has, checked on every lesson that exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{Message, Package};
use harness::{
    Lesson, cargo, everything_is_required, packages, profile, read, root, short,
};
use regex::Regex;

#[test]
fn every_lesson_has_its_files() {
    let mut missing = Vec::new();
    for lesson in Lesson::all() {
        for file in [
            lesson.main(),
            lesson.exercise(),
            lesson.solution(),
            lesson.check(),
            lesson.chapter(),
        ] {
            if !file.is_file() {
                missing.push(format!("{} is missing", short(&file)));
            }
        }
        if lesson.transcripts().is_empty() {
            let number = &lesson.number;
            missing.push(format!("tests/transcripts/lesson{number}.txt"));
        }
    }
    none(missing);
}

#[test]
fn the_lessons_are_numbered_from_00_to_30() {
    let numbers: Vec<String> =
        Lesson::all().into_iter().map(|lesson| lesson.number).collect();
    let wanted: Vec<String> =
        (0..=30).map(|number| format!("{number:02}")).collect();
    assert_eq!(numbers, wanted);
}

/// A room that somebody can walk through in an afternoon.
#[test]
fn no_lesson_is_much_above_5000_lines_without_its_tests() {
    let mut wrong = Vec::new();
    for lesson in Lesson::all() {
        let sources = root().join("lessons").join(lesson.name()).join("src");
        let mut lines = 0;
        for file in rust_files(&sources) {
            // Unit tests stand last in a file, or in a file of their own.
            if file.ends_with("tests.rs") {
                continue;
            }
            let text = read(&file);
            let code = text.split("#[cfg(test)]\nmod tests {").next();
            lines += code.unwrap_or_default().lines().count();
        }
        if lines > 5300 {
            wrong.push(format!("{}: {lines} lines", lesson.name()));
        }
    }
    none(wrong);
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a lesson has sources") {
        let path = entry.expect("a folder can be listed").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|it| it == "rs") {
            files.push(path);
        }
    }
    files
}

#[test]
fn packages_programs_and_checks_have_their_names() {
    let mut wrong = Vec::new();
    let packages = packages();
    for lesson in Lesson::all() {
        let number = &lesson.number;
        let package = package_in(&packages, "lessons", &lesson);
        if package.name.as_str() != lesson.topic {
            wrong.push(format!("{}: named {}", lesson.name(), package.name));
        }
        let (own, exercise) =
            (format!("lesson{number}"), format!("exercise{number}"));
        wrong.extend(named(package, "bin", &own, &lesson.main(), false));
        for (kind, file) in
            [("bin", lesson.exercise()), ("test", lesson.check())]
        {
            wrong.extend(named(package, kind, &exercise, &file, false));
        }

        let package = package_in(&packages, "solutions", &lesson);
        if package.name.as_str() != format!("{}-solution", lesson.topic) {
            wrong.push(format!("{}: named {}", lesson.name(), package.name));
        }
        let solution = format!("solution{number}");
        wrong.extend(named(
            package,
            "bin",
            &solution,
            &lesson.solution(),
            false,
        ));
        // Tested by a plain `cargo test`, unlike the reader's own work.
        wrong.extend(named(package, "test", &solution, &lesson.check(), true));
    }
    none(wrong);
}

#[test]
fn a_lesson_fits_its_page_and_a_projector() {
    let mut wrong = Vec::new();
    for lesson in Lesson::all() {
        let main = lesson.main();
        let text = read(&main);
        let most = if lesson.number.as_str() < "08" { 80 } else { 150 };
        let lines = text.lines().count();
        if lines > most {
            wrong.push(format!("{}: {lines} lines", short(&main)));
        }
        for file in scenes(&main, &text) {
            for (at, line) in read(&file).lines().enumerate() {
                let wide = line.chars().count();
                if wide > 80 {
                    let (file, at) = (short(&file), at + 1);
                    wrong.push(format!("{file}:{at}: {wide} columns"));
                }
            }
        }
        for wanted in [
            "minutes".to_owned(),
            format!("cargo run --bin lesson{}", lesson.number),
        ] {
            let mut header =
                text.lines().take_while(|line| line.starts_with("//!"));
            if !header.any(|line| line.contains(&wanted)) {
                let main = short(&main);
                wrong.push(format!("{main}: no {wanted:?} in the header"));
            }
        }
    }
    none(wrong);
}

#[test]
fn every_chapter_has_what_a_reader_and_an_instructor_look_for() {
    let mut wrong = Vec::new();
    let minutes = Regex::new(r"\b\d+ minutes\b").expect("valid");
    for lesson in Lesson::all() {
        let Ok(text) = fs::read_to_string(lesson.chapter()) else {
            wrong.push(format!("{} is missing", short(&lesson.chapter())));
            continue;
        };
        let mut want = |there: bool, what: &str| {
            if !there {
                wrong.push(format!("{}: {what}", short(&lesson.chapter())));
            }
        };
        want(text.starts_with("# "), "no title");
        want(minutes.is_match(&text), "no minutes");
        want(text.contains("<details class=\"instructor\">"), "no note");
        want(
            text.contains(&format!(
                "cargo test --test exercise{}",
                lesson.number
            )),
            "no command for the exercise",
        );
        for hint in 1..=3 {
            want(
                text.contains(&format!("<summary>Hint {hint}</summary>")),
                &format!("no hint {hint}"),
            );
        }
        // A block that is neither a hint nor the note is an answer.
        let answers = text
            .split("<details")
            .skip(1)
            .filter(|part| !part.contains("<summary>Hint "))
            .filter(|part| !part.starts_with(" class=\"instructor\""))
            .count();
        want(answers >= 2, "fewer than two questions with answers");
        let shown = lesson.transcripts().iter().any(|transcript| {
            text.contains(&format!("{{{{#include ../../{}", short(transcript)))
        });
        want(shown, "shows no transcript");
    }
    none(wrong);
}

#[test]
fn the_readme_and_the_summary_name_every_lesson_and_no_other() {
    let mut wrong = Vec::new();
    let readme = read(&root().join("README.md"));
    let summary = read(&root().join("book/src/SUMMARY.md"));
    for lesson in Lesson::all() {
        let (number, name) = (&lesson.number, lesson.name());
        let row = format!("| {number} | [");
        let row = readme.lines().find(|line| line.starts_with(&row));
        let row = row.unwrap_or_default();
        if !row.contains(&format!("(lessons/{name})")) {
            wrong.push(format!("README.md: no row for lesson {number}"));
        }
        let minutes = row.split('|').nth(3).unwrap_or_default().trim();
        let minutes = format!("{minutes} minutes");
        let chapter = fs::read_to_string(lesson.chapter());
        if chapter.is_ok_and(|text| !text.contains(&minutes)) {
            wrong.push(format!("README.md: {name} does not take {minutes}"));
        }
        if !summary.contains(&format!("({name}.md)")) {
            wrong.push(format!("SUMMARY.md: no chapter {name}.md"));
        }
    }
    let rows = readme.lines().filter(|line| {
        line.starts_with("| ")
            && line.get(2..4).is_some_and(|n| n.parse::<u8>().is_ok())
    });
    if rows.count() > Lesson::all().len() {
        wrong.push("README.md: rows for lessons that do not exist".into());
    }
    none(wrong);
}

/// A reader's own work is left alone: see [`handed_out`].
#[test]
fn every_exercise_says_that_it_is_not_yet_implemented() {
    let mut wrong = Vec::new();
    for lesson in Lesson::all() {
        let file = short(&lesson.exercise());
        if !handed_out(&lesson) {
            println!("{file} is the reader's by now: left alone");
            if everything_is_required() {
                wrong.push(format!("{file} was changed or is solved"));
            }
            continue;
        }
        let check = format!("exercise{}", lesson.number);
        let output = cargo()
            .args(["test", "--quiet", "--test", &check])
            .args(profile())
            .output()
            .expect("cargo starts");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        if output.status.success() {
            wrong.push(format!("{file} passes its check as it is"));
        } else if !said.contains("not yet implemented") {
            wrong.push(format!("{file} fails for another reason:\n{said}"));
        }
    }
    none(wrong);
}

#[test]
fn an_exercise_differs_from_its_solution_only_at_the_todo() {
    let mut wrong = Vec::new();
    let lessons = Lesson::all();
    for lesson in lessons.iter().filter(|lesson| handed_out(lesson)) {
        let file = short(&lesson.exercise());
        let exercise = essence(&read(&lesson.exercise()));
        let solution = essence(&read(&lesson.solution()));
        let parts = around_the_todos(&exercise);
        if let Some(line) = first_that_is_not_in(&parts, &solution) {
            wrong.push(format!("{file}: not so in the solution: {line}"));
        }
    }
    none(wrong);
}

#[test]
fn a_difference_elsewhere_is_found() {
    let exercise = essence(
        "use a::B;\nfn one() {\n    todo!(\n        \"do it\"\n    )\n}\n\
         fn two() {}\n",
    );
    let parts = around_the_todos(&exercise);
    let solved = essence("fn one() {\n    a();\n    b()\n}\nfn two() {}\n");
    assert_eq!(first_that_is_not_in(&parts, &solved), None);
    let other = essence("fn one() {\n    a();\n}\nfn three() {}\n");
    assert!(first_that_is_not_in(&parts, &other).is_some());
    let longer = essence("fn zero() {}\nfn one() {\n}\nfn two() {}\n");
    assert!(first_that_is_not_in(&parts, &longer).is_some());
}

#[test]
fn a_lesson_uses_only_the_parts_of_lessons_before_it() {
    const GROUND_FLOOR: [&str; 6] = ["08", "09", "11", "12", "13", "21"];
    let mut wrong = Vec::new();
    let packages = packages();
    for lesson in Lesson::all() {
        let number = lesson.number.as_str();
        let package = package_in(&packages, "lessons", &lesson);
        for used in package.dependencies.iter().filter_map(|d| d.path.as_ref())
        {
            // A part may be a package of its own in the lesson's folder.
            let folder = used.strip_prefix(root().join("lessons"));
            let folder = folder.expect("a part belongs to a lesson");
            let folder = folder.iter().next().unwrap_or_default();
            if folder == lesson.name() {
                continue;
            }
            let other = folder.split('-').next().unwrap_or_default();
            if other >= number
                || number < "08"
                || GROUND_FLOOR.contains(&number)
            {
                wrong.push(format!("{} may not use {folder}", lesson.name()));
            }
        }
    }
    none(wrong);
}

#[test]
fn versions_and_lints_are_set_once_in_the_root() {
    let literal =
        Regex::new(r#"^[\w-]+ *=.*"[\^~=<>]*\d+(\.\d+)*""#).expect("valid");
    let mut wrong = Vec::new();
    for package in packages() {
        let manifest = package.manifest_path.as_std_path();
        let text = read(manifest);
        for line in text.lines().filter(|line| literal.is_match(line)) {
            wrong.push(format!("{}: {line}", short(manifest)));
        }
        if !text.contains("[lints]\nworkspace = true") {
            wrong.push(format!("{}: inherits no lints", short(manifest)));
        }
    }
    none(wrong);
}

/// Cargo is asked what it builds for the commands of the book: an exercise that
/// somebody broke stops its own check and nothing else.
#[test]
fn a_broken_exercise_stops_nothing_but_its_own_check() {
    let mut wrong = Vec::new();
    for program in exercises_built_by(&["test", "--no-run"]) {
        wrong.push(format!("`cargo test` builds {program}"));
    }
    for lesson in Lesson::all() {
        let lesson = format!("lesson{}", lesson.number);
        for program in exercises_built_by(&["build", "--bin", &lesson]) {
            wrong.push(format!("`cargo run --bin {lesson}` builds {program}"));
        }
    }
    for lesson in Lesson::all().iter().filter(|lesson| handed_out(lesson)) {
        let own = format!("exercise{}", lesson.number);
        let built = exercises_built_by(&["test", "--no-run", "--test", &own]);
        if built != BTreeSet::from([own.clone()]) {
            wrong.push(format!("the check of {own} builds {built:?}"));
        }
    }
    none(wrong);
}

/// The exercises among the programs that a cargo command builds, also where
/// nothing is left to compile.
fn exercises_built_by(command: &[&str]) -> BTreeSet<String> {
    let output = cargo()
        .args(command)
        .args(profile())
        .args(["--quiet", "--message-format=json-render-diagnostics"])
        .output()
        .expect("cargo starts");
    assert!(
        output.status.success(),
        "cargo {command:?} fails:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let messages = Message::parse_stream(output.stdout.as_slice());
    let artifacts = messages.filter_map(|message| match message.ok()? {
        Message::CompilerArtifact(artifact) => Some(artifact),
        _ => None,
    });
    artifacts
        .filter(|built| built.target.is_bin())
        .map(|built| built.target.name)
        .filter(|name| name.starts_with("exercise"))
        .collect()
}

/// Whether the exercise is as it was handed out: unchanged as far as git
/// knows, and with its `todo!()` in place.
fn handed_out(lesson: &Lesson) -> bool {
    // Without git, or in a copy without its history, only the text decides.
    let changed = Command::new("git")
        .args(["diff", "--quiet", "HEAD", "--"])
        .arg(lesson.exercise())
        .current_dir(root())
        .output()
        .is_ok_and(|output| output.status.code() == Some(1));
    !changed && read(&lesson.exercise()).contains("todo!(")
}

/// The lines of a program that do something, without comments, attributes,
/// imports and empty lines, and under one name for exercise and solution.
fn essence(source: &str) -> Vec<String> {
    let imports = Regex::new(r"(?ms)^\s*use [^;]*;").expect("valid");
    let attributes =
        Regex::new(r"(?ms)^\s*#!?\[(allow|expect)\([^\]]*\)\]").expect("valid");
    let source = imports.replace_all(source, "");
    let source = attributes.replace_all(&source, "");
    source
        .lines()
        .map(|line| line.trim().replace("solution", "exercise"))
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .collect()
}

/// The lines before, between and after the `todo!()` statements.
fn around_the_todos(lines: &[String]) -> Vec<&[String]> {
    let mut parts = Vec::new();
    let mut rest = lines;
    while let Some(at) = rest.iter().position(|line| line.contains("todo!(")) {
        let (before, from) = rest.split_at(at);
        parts.push(before);
        // The statement ends where all that it opened is closed.
        let mut open = 0;
        let end = from.iter().position(|line| {
            open += line.matches('(').count();
            open -= open.min(line.matches(')').count());
            open == 0
        });
        rest = end.map_or(&[], |end| &from[end + 1..]);
    }
    parts.push(rest);
    parts
}

/// The first line of the parts that does not stand in `whole`, in order.
fn first_that_is_not_in(
    parts: &[&[String]],
    whole: &[String],
) -> Option<String> {
    let strange = |part: &[String], rest: &[String]| {
        let strange = part.iter().find(|line| !rest.contains(line));
        strange.or(part.first()).cloned()
    };
    let (last, firsts) = parts.split_last()?;
    let mut rest = whole;
    for (index, part) in firsts.iter().enumerate() {
        // Nothing may stand before the first part.
        let far = if index == 0 { 0 } else { rest.len() };
        let mut places = 0..=far;
        let Some(at) = places.find(|at| rest[*at..].starts_with(part)) else {
            return strange(part, rest);
        };
        rest = &rest[at + part.len()..];
    }
    if rest.ends_with(last) { None } else { strange(last, rest) }
}

/// The fault of the target `name` of the package, if it has one.
fn named(
    package: &Package,
    kind: &str,
    name: &str,
    file: &Path,
    tested: bool,
) -> Option<String> {
    let manifest = short(package.manifest_path.as_std_path());
    let target = package.targets.iter().find(|target| {
        target.name == name
            && target.kind.iter().any(|it| it.to_string() == kind)
    });
    let Some(target) = target else {
        return Some(format!("{manifest}: no [[{kind}]] {name}"));
    };
    let same =
        fs::canonicalize(&target.src_path).ok() == fs::canonicalize(file).ok();
    if !same || target.test != tested {
        let file = short(file);
        return Some(format!(
            "{manifest}: {name} is to be {file}, with test = {tested}"
        ));
    }
    None
}

fn package_in<'a>(
    packages: &'a [Package],
    folder: &str,
    lesson: &Lesson,
) -> &'a Package {
    let manifest = root().join(folder).join(lesson.name()).join("Cargo.toml");
    packages
        .iter()
        .find(|package| package.manifest_path.as_std_path() == manifest)
        .unwrap_or_else(|| panic!("{} is no package", short(&manifest)))
}

/// The files that are read aloud: `main.rs`, and the modules that it names.
fn scenes(main: &Path, text: &str) -> Vec<PathBuf> {
    let module = |line: &str| {
        let name = line.strip_prefix("mod ")?.strip_suffix(';')?;
        Some(main.with_file_name(format!("{name}.rs")))
    };
    let mut files: Vec<PathBuf> = text.lines().filter_map(module).collect();
    files.push(main.to_owned());
    files.retain(|file| file.is_file());
    files
}

/// Fails with every complaint at once.
fn none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}
