//! The checks of an upload: of its name, and of the document itself.

use driver::isolated::Summary;
use driver::{DocumentError, isolated};
use spool::Incoming;

use crate::{Format, PrintJob, Refusal};

/// Endings of names of files that cannot be printed.
const OTHER_KINDS: [&str; 9] =
    ["bmp", "gif", "heic", "htm", "html", "ps", "tif", "tiff", "webp"];
/// The longest name of a file, in bytes.
const LONGEST_NAME: usize = 255;

/// Refuses a name that is more than a name: it is shown to people and sent to
/// the printer.
pub(crate) fn check_name(name: &str) -> Result<(), Refusal> {
    let why = if name.is_empty() {
        return Err(Refusal::NoFile);
    } else if name.len() > LONGEST_NAME {
        "is longer than 255 bytes"
    } else if name.contains(['/', '\\']) || name == ".." || name == "." {
        "is a path"
    } else if name.chars().any(char::is_control) {
        "has control characters in it"
    } else if name.to_ascii_uppercase().contains("@PJL") {
        "has a printer command in it"
    } else {
        return Ok(());
    };
    let name = safe_text::plain(name, LONGEST_NAME);
    Err(Refusal::BadName { name, why })
}

/// Checks a document in a process of its own. The job learns what it is, how
/// many pages will come out for one copy, and what will not be on them.
pub(crate) fn check_document(
    incoming: &Incoming,
    job: &mut PrintJob,
) -> Result<Summary, Refusal> {
    let summary = isolated::check(incoming.path(), &job.settings(600, 1))
        .map_err(|error| match error {
            driver::Error::Document(DocumentError::NotPrintable {
                looks_like,
            }) => Refusal::WrongKind {
                name: job.name.clone(),
                what: format!("it looks like {looks_like}; send a PDF"),
            },
            driver::Error::Document(source) => {
                Refusal::Document { name: job.name.clone(), source }
            }
            driver::Error::Start(source) | driver::Error::Renderer(source) => {
                Refusal::Check(source.to_string())
            }
            other => Refusal::Unprintable {
                name: job.name.clone(),
                why: other.to_string(),
            },
        })?;
    job.format = Format::Document(summary.format);
    job.page_count = u32::try_from(summary.pages.len()).unwrap_or(u32::MAX);
    job.second_pages.clone_from(&summary.second_pages);
    job.set_findings(summary.findings.clone());
    Ok(summary)
}

/// Refuses a name that ends like one of another format: it may be another file
/// than the one that was meant. Two kinds of pictures are not told apart:
/// their names are often wrong, and both show what was meant.
pub(crate) fn check_ending(
    name: &str,
    format: driver::Format,
) -> Result<(), Refusal> {
    let Some((_, ending)) = name.rsplit_once('.') else { return Ok(()) };
    let ending = ending.to_ascii_lowercase();
    let ending = ending.as_str();
    let is_of = |format: driver::Format| format.endings().contains(&ending);
    let is_picture =
        |format| matches!(format, driver::Format::Jpeg | driver::Format::Png);
    let says_another = OTHER_KINDS.contains(&ending)
        || driver::Format::ALL.into_iter().any(|other| {
            is_of(other) && !(is_picture(other) && is_picture(format))
        });
    // Text is text under any name but one that says what else it is.
    if is_of(format) || !says_another {
        return Ok(());
    }
    let right = format.endings().first().copied().unwrap_or_default();
    Err(Refusal::WrongKind {
        name: name.to_owned(),
        what: format!("it is {format}; name it .{right}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_a_path_or_a_command_is_refused() {
        for name in [
            "../../etc/x",
            "..\\x.pdf",
            "a\u{1b}%-12345X.pdf",
            "a\nb.pdf",
            "x @PJL RESET.pdf",
            "..",
        ] {
            let refusal = check_name(name).expect_err(name);
            assert!(matches!(refusal, Refusal::BadName { .. }), "{name}");
        }
        for name in ["report.pdf", "Bericht für März.pdf", "a..b.pdf"] {
            check_name(name).expect("a plain name");
        }
    }

    #[test]
    fn a_name_that_ends_like_another_kind_of_document_is_refused() {
        use driver::Format as F;
        for (name, format) in [
            ("a.docx", F::Pdf),
            ("a.pdf", F::Png),
            ("a.PDF", F::Text),
            ("a.html", F::Text),
            ("a.jpg", F::Office),
            ("a.txt", F::Pdf),
        ] {
            check_ending(name, format).expect_err(name);
        }
        for (name, format) in [
            ("a.PDF", F::Pdf),
            ("a", F::Pdf),
            ("scan.2024", F::Pdf),
            ("photo.jpg", F::Png),
            ("photo.png", F::Jpeg),
            ("main.rs", F::Text),
            ("table.csv", F::Text),
            ("letter.doc", F::Office),
        ] {
            check_ending(name, format).expect(name);
        }
    }
}
