//! The page: a form that prints, and tables of jobs and of their records that a
//! script keeps up to date.

use axum::Router;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use daemon::http::PAGE_POLICY;
use driver::Media;
use maud::{DOCTYPE, Markup, html};
use sign_in::User;

use crate::api::AppState;
use crate::roles::{ADMIN, PRINT};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page of this user as an answer, which may load nothing but its own
/// files.
pub(crate) fn answer(state: &AppState, user: &User) -> Response {
    let headers = [(CONTENT_SECURITY_POLICY, PAGE_POLICY)];
    let printer = state.printers.default();
    let facts = Facts {
        printer: &printer.description,
        panel: printer.panel.as_deref(),
        open: &state.open,
        user,
    };
    (headers, facts.page()).into_response()
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

/// What the page says about the server, and to whom.
struct Facts<'a> {
    /// A description of the printer.
    printer: &'a str,
    /// The address of a virtual printer's front panel.
    panel: Option<&'a str>,
    /// What is open without a key, in sentences.
    open: &'a str,
    user: &'a User,
}

impl Facts<'_> {
    fn page(&self) -> Markup {
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
                    (self.header())
                    main {
                        @if self.user.has(PRINT) { (form()) }
                        p #said role="status" {}
                        p #halt hidden {}
                        (jobs())
                        (records())
                        h2 { "Open without a key" }
                        p #open { (self.open) }
                    }
                    form #sign-out method="post" action="/sign-out" {}
                    script src="/page/page.js" {}
                }
            }
        }
    }

    fn header(&self) -> Markup {
        html! {
            header {
                h1 { "Print server" }
                span { (self.printer) }
                @if let Some(address) = self.panel {
                    a #panel href=(address) { "front panel" }
                }
                @if self.user.has(ADMIN) {
                    a #users href="/users" { "accounts" }
                }
                span #out {
                    "signed in as " b #me { (self.user.name) } " "
                    button form="sign-out" { "Sign out" }
                }
            }
        }
    }
}

/// What to print, and how.
fn form() -> Markup {
    html! {
        form #form .order {
            label {
                "Document, or drop it here "
                input #file type="file" name="file" required;
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
            label {
                "PIN, to hold it until you come "
                input name="pin" size="8" inputmode="numeric"
                    pattern="[0-9]{4,16}" autocomplete="off"
                    title="4 to 16 digits";
            }
            button { "Print" }
        }
    }
}

/// The table of jobs. The script adds its rows.
fn jobs() -> Markup {
    html! {
        table {
            caption { "Jobs, newest first" }
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

/// The table of records. The script adds its rows.
fn records() -> Markup {
    html! {
        table {
            caption {
                "What came to an end, newest first "
                a #csv href="/api/records?format=csv" download { "as CSV" }
            }
            thead {
                tr {
                    @for title in
                        ["Ended", "Whose", "Document", "Result", "Pages"]
                    {
                        th scope="col" { (title) }
                    }
                }
            }
            tbody #records {}
        }
    }
}

#[cfg(test)]
mod tests {
    use sign_in::Roles;

    use super::*;

    fn text(printer: &str, panel: Option<&str>, roles: Roles) -> String {
        let user = User { name: "egon".to_owned(), roles };
        let facts = Facts { printer, panel, open: "nobody", user: &user };
        facts.page().into_string()
    }

    #[test]
    fn a_hostile_name_of_a_printer_stays_text() {
        let panel = Some("http://h/\"><b>");
        let text = text("<script>\"", panel, Roles::all());
        assert!(text.contains("<span>&lt;script&gt;&quot;</span>"), "{text}");
        assert!(text.contains("href=\"http://h/&quot;&gt;&lt;b&gt;\""));
    }

    #[test]
    fn only_a_virtual_printer_has_a_panel() {
        let text = text("tcp://192.0.2.9", None, Roles::all());
        assert!(!text.contains("panel\""));
    }

    #[test]
    fn each_user_sees_what_their_roles_are_good_for() {
        let all = text("C360", None, Roles::all());
        assert!(all.contains("id=\"users\"") && all.contains("id=\"form\""));
        let print = text("C360", None, Roles::named([PRINT]));
        assert!(!print.contains("id=\"users\""), "{print}");
        assert!(print.contains("id=\"form\""));
        let admin = text("C360", None, Roles::named([ADMIN]));
        assert!(!admin.contains("id=\"form\""), "{admin}");
    }
}
