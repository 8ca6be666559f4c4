//! The book holds together: what it includes exists, what it links to exists,
//! what it tells the reader to type exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use harness::{
    Tool, needs, packages, program, read, root, scratch, short, suite, test,
};
use regex::Regex;

fn main() -> ExitCode {
    suite(vec![
        test!(every_include_names_code_that_exists),
        test!(no_code_is_typed_into_the_book),
        test!(every_command_names_something_that_exists),
        test!(the_ways_to_install_are_the_ones_the_tests_name),
        test!(every_link_leads_somewhere),
        test!(a_test_stands_behind_each_yes_beside_other_software),
        test!(the_summary_lists_every_page),
        test!(the_pictures_are_what_the_workspace_draws),
        needs(Tool::MdBook, test!(the_book_builds_without_a_complaint)),
    ])
}

fn every_include_names_code_that_exists() {
    let mut wrong = Vec::new();
    for page in pages() {
        for include in includes(&read(&page)) {
            let (file, anchor) =
                include.split_once(':').unwrap_or((&include, ""));
            let Ok(text) = fs::read_to_string(beside(&page, file)) else {
                wrong.push(format!("{}: no file {file}", short(&page)));
                continue;
            };
            // Line numbers shift with every change: anchors do not.
            let marks = ["ANCHOR", "ANCHOR_END"].map(|mark| {
                let mark = format!("{mark}: {anchor}");
                text.lines()
                    .filter(|line| line.trim_end().ends_with(&mark))
                    .count()
            });
            if !anchor.is_empty() && marks != [1, 1] {
                let page = short(&page);
                wrong
                    .push(format!("{page}: {file} has no one anchor {anchor}"));
            }
            if shown(&text, anchor).trim().is_empty() {
                wrong.push(format!("{}: {include} is empty", short(&page)));
            }
        }
    }
    none(wrong);
}

/// Code comes from compiled files, output from transcripts that are run.
fn no_code_is_typed_into_the_book() {
    let mut wrong = Vec::new();
    for page in pages() {
        for (language, text) in fences(&read(&page)) {
            let include = includes(text);
            let [include] = include.as_slice() else {
                // Commands alone show no output that could be wrong.
                let output = text.lines().any(|line| !line.starts_with("$ "));
                let shows = language == "console" && output;
                if language.starts_with("rust") || shows {
                    let page = short(&page);
                    wrong.push(format!("{page}: typed {language}:\n{text}"));
                }
                continue;
            };
            let only = text.trim() == format!("{{{{#include {include}}}}}");
            let run = include.starts_with("../../tests/transcripts/");
            if !only || (language == "console") != run {
                wrong.push(format!("{}: {language}: {text}", short(&page)));
            }
        }
    }
    none(wrong);
}

/// In the book, the README and the heads of the lessons.
fn every_command_names_something_that_exists() {
    let packages = packages();
    let names = |kind: &str| -> BTreeSet<String> {
        let targets = packages.iter().flat_map(|package| &package.targets);
        targets
            .filter(|t| t.kind.iter().any(|it| it.to_string() == kind))
            .map(|target| target.name.clone())
            .collect()
    };
    let (programs, tests) = (names("bin"), names("test"));
    let command =
        Regex::new(r"cargo (?:run|build|test)(?: -\w+)* --(bin|test) ([\w-]+)")
            .expect("valid");
    let mut texts = pages();
    texts.push(root().join("README.md"));
    texts.extend(files_in(&root().join("lessons"), "rs"));
    texts.extend(files_in(&root().join("solutions"), "rs"));
    let mut wrong = Vec::new();
    for file in texts {
        let code = file.extension().is_some_and(|it| it == "rs");
        let text = read(&file);
        let told = text.lines().filter(|line| !code || line.starts_with("//!"));
        for found in told.flat_map(|line| command.captures_iter(line)) {
            let known = if &found[1] == "bin" { &programs } else { &tests };
            // lessonNN and the like stand for all of them.
            if !known.contains(&found[2]) && !found[2].ends_with("NN") {
                wrong.push(format!("{}: {}", short(&file), &found[0]));
            }
        }
    }
    none(wrong);
}

fn the_ways_to_install_are_the_ones_the_tests_name() {
    let readme = read(&root().join("README.md"));
    let mut missing = Vec::new();
    for tool in Tool::ALL {
        for (_, way) in tool.install() {
            if !readme.contains(way) {
                missing.push(format!("README.md does not say: {way}"));
            }
        }
    }
    none(missing);
}

fn every_link_leads_somewhere() {
    let links = Regex::new(r#"\]\(([^)\s]+)\)|(?:src|href)="([^"]+)""#);
    let links = links.expect("valid");
    let mut texts = pages();
    texts.push(root().join("README.md"));
    let mut wrong = Vec::new();
    for page in texts {
        let text = without_fences(&read(&page));
        for found in links.captures_iter(&text) {
            let link = found.get(1).or(found.get(2)).map_or("", |m| m.as_str());
            if ["http:", "https:", "mailto:"]
                .iter()
                .any(|s| link.starts_with(s))
            {
                continue;
            }
            let (file, place) = link.split_once('#').unwrap_or((link, ""));
            let file = if file.is_empty() {
                page.clone()
            } else {
                beside(&page, file)
            };
            let there = file.exists()
                && (place.is_empty() || headings(&read(&file)).contains(place));
            if !there {
                wrong.push(format!("{}: {link}", short(&page)));
            }
        }
    }
    none(wrong);
}

fn the_summary_lists_every_page() {
    let summary = read(&root().join("book/src/SUMMARY.md"));
    let link = Regex::new(r"\]\(([^)]+)\)").expect("valid");
    let listed: BTreeSet<PathBuf> = link
        .captures_iter(&summary)
        .map(|found| root().join("book/src").join(&found[1]))
        .collect();
    let there: BTreeSet<PathBuf> = pages()
        .into_iter()
        .filter(|page| !page.ends_with("SUMMARY.md"))
        .collect();
    assert_eq!(listed, there, "left: SUMMARY.md, right: the pages there are");
}

fn the_pictures_are_what_the_workspace_draws() {
    let fresh = scratch();
    let drawn = Command::new(program("pictures"))
        .arg(fresh.path())
        .current_dir(root())
        .output()
        .expect("the program starts");
    let errors = String::from_utf8_lossy(&drawn.stderr);
    assert!(drawn.status.success(), "{errors}");
    let mut wrong = Vec::new();
    let kept = root().join("book/src/pictures");
    for picture in files_in(fresh.path(), "svg") {
        let name = picture.file_name().expect("a file has a name");
        let kept = fs::read_to_string(kept.join(name)).unwrap_or_default();
        if kept.replace("\r\n", "\n") != read(&picture) {
            let name = name.display();
            wrong.push(format!(
                "{name} is out of date: cargo run --bin pictures"
            ));
        }
    }
    none(wrong);
}

fn the_book_builds_without_a_complaint() {
    let fresh = scratch();
    let mdbook = Tool::MdBook.find().expect("the suite has found it");
    let output = Command::new(mdbook)
        .args(["build", "book", "--dest-dir"])
        .arg(fresh.path())
        .current_dir(root())
        .output()
        .expect("mdbook starts");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let complains = said.contains("ERROR") || said.contains("WARN");
    assert!(output.status.success() && !complains, "mdbook says:\n{said}");

    let empty = Regex::new(r"<code[^>]*>\s*</code>").expect("valid");
    let outside = Regex::new(
        r#"(?:<(?:script|img|iframe)[^>]*src|<link[^>]*href)="(?:https?:)?//"#,
    )
    .expect("valid");
    let mut wrong = Vec::new();
    for page in files_in(fresh.path(), "html") {
        let text = fs::read_to_string(&page).expect("mdbook wrote it");
        if empty.is_match(&text) {
            wrong.push(format!("{}: an empty block of code", page.display()));
        }
        if let Some(request) = outside.find(&text) {
            let (page, request) = (page.display(), request.as_str());
            wrong.push(format!("{page}: asks another server: {request}"));
        }
    }
    none(wrong);
}

/// In each table that has another print server or another monitor in its head,
/// the second column is ours, and the last names tests: `file::function`.
fn a_test_stands_behind_each_yes_beside_other_software() {
    const OTHERS: [&str; 9] = [
        "CUPS",
        "PAPPL",
        "PaperCut",
        "SavaPage",
        "Uptime Kuma",
        "Gatus",
        "SmokePing",
        "LibreSpeed",
        "Speedtest Tracker",
    ];
    let mut tables = 0;
    let mut wrong = Vec::new();
    let mut count = 0;
    for page in pages() {
        let text = without_fences(&read(&page));
        let mut is_comparison = false;
        for line in text.lines() {
            let Some(row) = line.strip_prefix('|') else {
                is_comparison = false;
                continue;
            };
            let row = row.trim_end().trim_end_matches('|');
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            if !is_comparison {
                is_comparison = cells.iter().any(|it| OTHERS.contains(it));
                tables += usize::from(is_comparison);
                continue;
            }
            let [what, ours, .., shown_by] = cells[..] else { continue };
            if ours.starts_with("---") {
                continue;
            }
            count += 1;
            let complaint = match ours.split([',', ' ']).next() {
                Some("yes") => missing_tests(shown_by),
                Some("no") if shown_by.is_empty() => None,
                Some("no") => Some("has a test for a no".to_owned()),
                _ => Some(format!("says {ours:?}, and not yes or no")),
            };
            if let Some(complaint) = complaint {
                wrong.push(format!("{}: {what}: {complaint}", short(&page)));
            }
        }
    }
    none(wrong);
    assert!(count > 0 && tables == 2, "a table is not there any more");
}

/// What is wrong with tests that are named as `file::function`.
fn missing_tests(names: &str) -> Option<String> {
    let code = Regex::new(r"`(\w+)::(\w+)`").expect("valid");
    let mut is_any = false;
    for name in code.captures_iter(names) {
        is_any = true;
        let tests = root().join("tests");
        let mut files = vec![tests.join(format!("{}.rs", &name[1]))];
        let folder = tests.join(&name[1]);
        if folder.is_dir() {
            files.extend(files_in(&folder, "rs"));
        }
        let function = format!("fn {}(", &name[2]);
        let is_there =
            |file: &PathBuf| file.is_file() && read(file).contains(&function);
        if !files.iter().any(is_there) {
            return Some(format!("there is no test {}", &name[0]));
        }
    }
    (!is_any).then(|| "no test is named".to_owned())
}

/// Every page of the book's source, SUMMARY.md among them.
fn pages() -> Vec<PathBuf> {
    files_in(&root().join("book/src"), "md")
}

fn files_in(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", short(folder)))
        .map(|entry| entry.expect("the folder can be read").path())
        .flat_map(|path| match path {
            path if path.is_dir() => files_in(&path, extension),
            path => vec![path],
        })
        .filter(|path| path.extension().is_some_and(|it| it == extension))
        .collect();
    files.sort();
    files
}

/// The arguments of `{{#include …}}` and the like.
fn includes(text: &str) -> Vec<String> {
    let include = Regex::new(r"\{\{#(?:rustdoc_)?include\s+([^}]+?)\s*\}\}");
    let include = include.expect("valid");
    include.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

/// The lines that an include shows.
fn shown(text: &str, anchor: &str) -> String {
    if anchor.is_empty() {
        return text.to_owned();
    }
    let begin = format!("ANCHOR: {anchor}");
    let end = format!("ANCHOR_END: {anchor}");
    text.lines()
        .skip_while(|line| !line.trim_end().ends_with(&begin))
        .skip(1)
        .take_while(|line| !line.trim_end().ends_with(&end))
        .filter(|line| !line.contains("ANCHOR"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The blocks of code of a page: language and text.
fn fences(text: &str) -> Vec<(&str, &str)> {
    let blocks: Vec<&str> = text.split("```").skip(1).step_by(2).collect();
    blocks.into_iter().filter_map(|block| block.split_once('\n')).collect()
}

fn without_fences(text: &str) -> String {
    text.split("```").step_by(2).collect::<Vec<_>>().join("\n")
}

/// The names that mdBook and GitHub give to a page's headings.
fn headings(text: &str) -> BTreeSet<String> {
    let text = without_fences(text);
    let lines = text.lines().filter(|line| line.starts_with('#'));
    lines
        .map(|line| {
            let words = line.trim_start_matches('#').trim().to_lowercase();
            words
                .chars()
                .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect()
        })
        .collect()
}

fn beside(page: &Path, file: &str) -> PathBuf {
    page.parent().expect("a page is in a folder").join(file)
}

/// Fails with every complaint at once.
fn none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}
