//! The page: a form that prints, and a table of jobs that a script keeps up to
//! date.

use axum::Router;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use daemon::http::PAGE_POLICY;
use driver::Media;
use maud::{DOCTYPE, Markup, html};
use sign_in::User;

use crate::api::AppState;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page as an answer, which may load nothing but its own files.
pub(crate) fn answer(state: &AppState, _user: &User) -> Response {
    let headers = [(CONTENT_SECURITY_POLICY, PAGE_POLICY)];
    let page = page(&state.printer, state.panel.as_deref());
    (headers, page).into_response()
}

/// The page's files.
pub(crate) fn files<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let file = |kind: &'static str, text: &'static str| {
        get(move || async move { ([(CONTENT_TYPE, kind)], text) })
    };
    Router::new()
        .route("/page/style.css", file("text/css; charset=utf-8", STYLE))
        .route("/page/page.js", file("text/javascript; charset=utf-8", SCRIPT))
}

/// The page of a server that prints on `printer`. `panel` is the address of a
/// virtual printer's front panel.
fn page(printer: &str, panel: Option<&str>) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { "Print server" }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/page/style.css";
            }
            body {
                header {
                    h1 { "Print server" }
                    span { (printer) }
                    @if let Some(address) = panel {
                        a #panel href=(address) { "front panel" }
                    }
                }
                main {
                    (form())
                    p #said role="status" {}
                    p #halt hidden {}
                    (jobs())
                }
                script src="/page/page.js" {}
            }
        }
    }
}

/// What to print, and how.
fn form() -> Markup {
    html! {
        form #form {
            label {
                "PDF, or drop it here "
                input #file type="file" name="file" required
                    accept=".pdf,application/pdf";
            }
            label {
                "Pages "
                input name="pages" size="8" placeholder="all";
            }
            label {
                "Copies "
                input name="copies" type="number" min="1" max="999" value="1";
            }
            label {
                "Sides "
                select name="duplex" {
                    option value="false" { "one" }
                    option value="long-edge" { "two, long edge" }
                    option value="short-edge" { "two, short edge" }
                }
            }
            label {
                "Paper "
                select name="media" {
                    option value="" { "what fits" }
                    @for media in Media::ALL {
                        option value=(media) { (media) }
                    }
                }
            }
            label {
                "Ink "
                select name="color" {
                    option value="true" { "colour" }
                    option value="false" { "grey" }
                }
            }
            button { "Print" }
        }
    }
}

/// The table of jobs. The script adds its rows.
fn jobs() -> Markup {
    html! {
        table {
            caption hidden { "Jobs, newest first" }
            thead {
                tr {
                    @for title in ["Job", "Document", "State", "Pages", "Do"] {
                        th scope="col" { (title) }
                    }
                }
            }
            tbody #jobs {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_of_a_printer_stays_text() {
        let text = page("<script>\"", Some("http://h/\"><b>")).into_string();
        assert!(text.contains("<span>&lt;script&gt;&quot;</span>"), "{text}");
        assert!(text.contains("href=\"http://h/&quot;&gt;&lt;b&gt;\""));
    }

    #[test]
    fn only_a_virtual_printer_has_a_panel() {
        assert!(
            !page("tcp://192.0.2.9", None).into_string().contains("panel\"")
        );
    }
}
