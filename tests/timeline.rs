//! The program `timeline`, and the book's pictures that it draws.
//!
//! A picture `book/src/pictures/lessonNN….svg` is drawn from the transcript
//! `tests/transcripts/lessonNN….txt`:
//!
//! ```text
//! cargo test --test timeline                     compare
//! UPDATE_PICTURES=1 cargo test --test timeline   draw them again
//! ```

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use harness::{program, read, root};
use regex::Regex;

const STORY: &str = "\
$ TEMPO=10 cargo run --bin lesson01
== report
  0.0  Peter Venkman       reporting
  1.0  main                waits
  5.0  Peter Venkman       inside Ecto-1
  5.0  main                drives off
";

#[test]
fn bars_begin_and_end_where_their_events_are() {
    let drawn = drawn(&[], STORY);
    let [heading, axis, peter, main] = lines(&drawn)[..] else {
        panic!("a heading, an axis and two bars:\n{drawn}");
    };
    assert_eq!(heading, "== report");
    let at = |line: &str, mark: char| {
        line.chars().position(|c| c == mark).expect("a mark")
    };
    assert_eq!(at(axis, '0'), at(peter, '┣'));
    assert_eq!(at(axis, '1'), at(main, '┣'));
    assert_eq!(at(axis, '5'), at(peter, '┫'));
    assert_eq!(at(axis, '5'), at(main, '┫'));
    assert!(peter.starts_with("Peter Venkman "), "{peter}");
    assert!(peter.contains("┣ reporting ━"), "{peter}");
    assert!(peter.ends_with("┫ inside Ecto-1"), "{peter}");
}

#[test]
fn what_is_not_an_event_is_skipped() {
    let mixed: String = STORY
        .lines()
        .flat_map(|line| [line, "", "threads  1.0×  4 workers", "  0.0  x"])
        .chain([
            "99.0  wrong column      was here",
            "  9.55  Egon Spengler      two decimals",
            "9999999999.0  Egon Spengler       later than time",
            "429496729.5  Egon Spengler       at the end of it",
            "  1.0                      nobody",
        ])
        .collect::<Vec<_>>()
        .join("\n");
    assert_eq!(drawn(&[], &mixed), drawn(&[], STORY));
    assert_eq!(drawn(&["--svg"], &mixed), drawn(&["--svg"], STORY));

    let nothing = timeline(&[], "a table\n  1.5 GB  and more\n");
    assert!(!nothing.status.success());
    let errors = String::from_utf8_lossy(&nothing.stderr);
    assert!(errors.contains("No line was an event"), "{errors}");
}

#[test]
fn each_scene_has_an_axis_of_its_own() {
    let later =
        STORY.replace("== report", "== again").replace("  0.0", " 10.0");
    let later = later.replace("  1.0", " 11.0").replace("  5.0", " 15.0");
    let both = drawn(&[], &format!("{STORY}{later}"));
    let axes: Vec<&str> =
        both.lines().filter(|line| line.starts_with("seconds")).collect();
    assert_eq!(axes.len(), 2, "{both}");
    assert!(axes[1].contains("10 ") && axes[1].ends_with("15"), "{both}");
    let bars = |scene: &str| {
        let lines: Vec<&str> = lines(&both);
        let from = lines.iter().position(|line| *line == scene);
        let from = from.expect("the scene's heading");
        lines[from + 2..from + 4].join("\n")
    };
    assert_eq!(bars("== report"), bars("== again"));
}

#[test]
fn every_story_fits_eighty_columns() {
    let mut stories = vec![crowd()];
    for file in transcripts() {
        let name = root().join(format!("tests/transcripts/{file}.txt"));
        stories.push(read(&name));
    }
    let mut checked = 0;
    for story in stories {
        let output = timeline(&[], &story);
        // A transcript need not hold events.
        let drawn = String::from_utf8(output.stdout).expect("UTF-8");
        for line in drawn.lines() {
            assert!(line.chars().count() <= 80, "{line}\n{drawn}");
            checked += 1;
        }
    }
    assert!(checked > 4, "nothing was drawn");
}

#[test]
fn a_picture_says_in_words_what_it_shows() {
    let svg = drawn(&["--svg"], STORY);
    let title = "<title id=\"title\">Who did what when: cargo run --bin \
                 lesson01</title>";
    assert!(svg.contains(title), "{svg}");
    let words = "report. Peter Venkman: 0 s reporting, 5 s inside Ecto-1. \
                 main: 1 s waits, 5 s drives off.";
    assert!(svg.contains(words), "{svg}");
    assert!(svg.contains("role=\"img\""), "{svg}");
}

#[test]
fn no_words_of_a_story_break_its_picture() {
    let svg = drawn(&["--svg"], &crowd());
    let tags = Regex::new(r#"<(/?)(\w+)((?: [\w:-]+="[^"<>]*"|\s)*)(/?)>"#);
    let tags = tags.expect("valid");
    let mut open = Vec::new();
    for tag in tags.captures_iter(&svg) {
        match (&tag[1], &tag[4]) {
            ("/", _) => assert_eq!(open.pop(), Some(tag[2].to_owned())),
            (_, "/") => {}
            _ => open.push(tag[2].to_owned()),
        }
    }
    assert_eq!(open, Vec::<String>::new(), "all tags are closed");
    let text = tags.replace_all(&svg, "");
    assert!(!text.contains(['<', '>']), "{text}");
    assert!(!svg.contains(|c: char| c.is_control() && c != '\n'));
    assert!(text.contains("&lt;script&gt; &amp; &quot;co&quot;"), "{text}");
}

#[test]
fn the_pictures_of_the_book_are_drawn_from_its_transcripts() {
    let update = std::env::var_os("UPDATE_PICTURES").is_some();
    let mut wrong = Vec::new();
    let pictures = pictures();
    assert!(!pictures.is_empty(), "the book shows no story");
    for picture in pictures {
        let transcript = format!("tests/transcripts/{picture}.txt");
        if !root().join(&transcript).is_file() {
            wrong.push(format!("{picture}.svg: there is no {transcript}"));
            continue;
        }
        let fresh = drawn(&["--svg", &transcript], "");
        let file = root().join(format!("book/src/pictures/{picture}.svg"));
        let kept = fs::read_to_string(&file).unwrap_or_default();
        if kept.replace("\r\n", "\n") == fresh {
            continue;
        }
        if update {
            fs::write(&file, fresh).expect("the picture is written");
        } else {
            wrong.push(format!("{picture}.svg is not what timeline draws"));
        }
    }
    assert!(
        wrong.is_empty(),
        "\n{}\nUPDATE_PICTURES=1 cargo test --test timeline\n",
        wrong.join("\n")
    );
}

/// Many events in little time, with long words and names, and XML in them.
fn crowd() -> String {
    let mut story = String::new();
    for tenth in 0..400 {
        let (whole, part) = (tenth / 10, tenth % 10);
        let (at, who) = (format!("{whole}.{part}"), tenth % 7);
        let what = "takes a ghost, and then another, ".repeat(who);
        story +=
            &format!("{at:>5}  {:<18}  {what}<end>\n", "x".repeat(who + 1));
    }
    story += " 40.0  A name of more columns than there are  ends\n";
    story + " 41.0  <script> & \"co\"     jumps \x1b[1mthe\x00 ropes\n"
}

/// The pictures that exist, and those that a page of the book includes.
fn pictures() -> BTreeSet<String> {
    let mut names = names_in("book/src/pictures", ".svg");
    let wanted =
        Regex::new(r"\(pictures/(lesson[\w-]+)\.svg\)").expect("valid");
    for page in names_in("book/src", ".md") {
        let page = read(&root().join(format!("book/src/{page}.md")));
        names.extend(wanted.captures_iter(&page).map(|it| it[1].to_owned()));
    }
    names.retain(|name| name.starts_with("lesson"));
    names
}

fn transcripts() -> BTreeSet<String> {
    let mut names = names_in("tests/transcripts", ".txt");
    names.retain(|name| name.starts_with("lesson0"));
    names
}

fn names_in(folder: &str, ending: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(root().join(folder)).expect("the folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    names
        .filter_map(|name| Some(name.to_str()?.strip_suffix(ending)?.into()))
        .collect()
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().collect()
}

/// The drawing that `timeline` makes of a story.
fn drawn(arguments: &[&str], story: &str) -> String {
    let output = timeline(arguments, story);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "timeline: {errors}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn timeline(arguments: &[&str], story: &str) -> Output {
    let mut child = Command::new(program("timeline"))
        .args(arguments)
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("timeline starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // It draws nothing before the end; with a FILE it does not read at all.
    let _ = stdin.write_all(story.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("timeline's end")
}
