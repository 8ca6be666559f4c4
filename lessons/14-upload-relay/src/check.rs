//! The checks of an upload: of its name, and of the document itself.

use driver::{DocumentError, isolated};

use crate::spool::Incoming;
use crate::{PrintJob, Refusal};

/// Endings of names that say of a PDF that it is something else.
const OTHER_KINDS: [&str; 19] = [
    "bmp", "csv", "doc", "docx", "gif", "htm", "html", "jpeg", "jpg", "odt",
    "png", "ppt", "pptx", "ps", "tif", "tiff", "txt", "xls", "xlsx",
];
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

/// Checks a PDF in a process of its own. The job learns how many pages will
/// come out for one copy, and what will not be on them.
pub(crate) fn check_pdf(
    incoming: &Incoming,
    job: &mut PrintJob,
) -> Result<(), Refusal> {
    let summary = isolated::check(incoming.path(), &job.settings(600, 1))
        .map_err(|error| match error {
            driver::Error::Document(DocumentError::NotPdf { looks_like }) => {
                Refusal::WrongKind {
                    name: job.name.clone(),
                    what: format!("it looks like {looks_like}; send a PDF"),
                }
            }
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
    job.page_count = u32::try_from(summary.pages.len()).unwrap_or(u32::MAX);
    job.second_pages = summary.second_pages;
    job.set_findings(summary.findings);
    Ok(())
}

/// Refuses a PDF in a file whose name says that it is something else.
pub(crate) fn check_kind(name: &str) -> Result<(), Refusal> {
    let kind = name.rsplit_once('.').map(|(_, kind)| kind);
    let kind = kind.unwrap_or_default().to_ascii_lowercase();
    if OTHER_KINDS.contains(&kind.as_str()) {
        return Err(Refusal::WrongKind {
            name: name.to_owned(),
            what: "it is a PDF; name it .pdf".to_owned(),
        });
    }
    Ok(())
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
}
