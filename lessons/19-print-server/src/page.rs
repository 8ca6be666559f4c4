//! The page: its frame, which a script fills with documents, jobs, printers and
//! records, and the files that it is made of.

use axum::Router;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use daemon::http::PAGE_POLICY;
use driver::Media;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use print_options::roles::{ADMIN, PRINT, minds_all};
use sign_in::{User, design};

use crate::api::AppState;

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The page's files, by their names.
const FILES: &[(&str, &str, &str)] = &[
    ("style.css", CSS, design::STYLE),
    ("page.css", CSS, include_str!("page/page.css")),
    ("page.js", SCRIPT, design::PAGE_SCRIPT),
    ("live.js", SCRIPT, design::LIVE_SCRIPT),
    ("time.js", SCRIPT, design::TIME_SCRIPT),
    ("app.js", SCRIPT, include_str!("page/app.js")),
    ("bars.js", SCRIPT, include_str!("page/bars.js")),
    ("choice.js", SCRIPT, include_str!("page/choice.js")),
    ("decision.js", SCRIPT, include_str!("page/decision.js")),
    ("desk.js", SCRIPT, include_str!("page/desk.js")),
    ("dialog.js", SCRIPT, include_str!("page/dialog.js")),
    ("jobs.js", SCRIPT, include_str!("page/jobs.js")),
    ("printers.js", SCRIPT, include_str!("page/printers.js")),
    ("records.js", SCRIPT, include_str!("page/records.js")),
    ("row.js", SCRIPT, include_str!("page/row.js")),
    ("server.js", SCRIPT, include_str!("page/server.js")),
    ("words.js", SCRIPT, include_str!("page/words.js")),
];

/// The shapes of states, and a few others, for `use` elements.
const SHAPES: &str = include_str!("page/shapes.svg");

/// The page of this user as an answer, which may load nothing but its own
/// files.
pub(crate) fn answer(state: &AppState, user: &User) -> Response {
    let headers = [(CONTENT_SECURITY_POLICY, PAGE_POLICY)];
    (headers, page(&state.open, user)).into_response()
}

/// The page's files.
pub(crate) fn files<S: Clone + Send + Sync + 'static>() -> Router<S> {
    FILES.iter().fold(Router::new(), |router, (name, kind, text)| {
        let file = get(move || async move { ([(CONTENT_TYPE, *kind)], *text) });
        router.route(&format!("/page/{name}"), file)
    })
}

/// The page of a user. `open` says what is open without a key.
fn page(open: &str, user: &User) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                meta name="color-scheme" content="light dark";
                title { "Print server" }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="page/style.css";
                link rel="stylesheet" href="page/page.css";
                // All at once, and not one after the other as they name each
                // other.
                @for (name, ..) in FILES.iter().filter(|file| file.1 == SCRIPT) {
                    link rel="modulepreload" href={ "page/" (name) };
                }
                script src="page/app.js" type="module" {}
            }
            body {
                (PreEscaped(SHAPES))
                (header(user))
                main {
                    noscript {
                        p.notice.bad {
                            "This page needs JavaScript, which is switched off "
                            "here. Without it there is the command "
                            code { "print-client" } "."
                        }
                    }
                    p #said .notice role="status" hidden {}
                    div.columns {
                        div {
                            @if user.has(PRINT) { (desk()) }
                            (jobs(minds_all(user)))
                        }
                        (printers(minds_all(user)))
                    }
                    (records(minds_all(user)))
                }
                footer {
                    p #zone {}
                    details {
                        summary { "Open without a key" }
                        p #open { (open) }
                    }
                }
            }
        }
    }
}

fn header(user: &User) -> Markup {
    html! {
        header {
            div #overall .state.unknown {
                span.shape { (shape("unknown")) }
                span.word { "…" }
            }
            div.about {
                h1 { "Print server" }
                p #sentence { "Asking the server …" }
            }
            p #news role="status" {
                span.dot {} span.words { "Connecting …" }
            }
            div.me {
                @if user.has(ADMIN) {
                    a #users .button href="users" { "Accounts" }
                }
                span { span.soft { "signed in as " } b #me { (user.name) } }
                form #sign-out method="post" action="sign-out" {
                    button { "Sign out" }
                }
            }
        }
    }
}

/// A shape that says nothing that a word beside it does not.
fn shape(name: &str) -> Markup {
    html! {
        svg.icon aria-hidden="true" { use href={ "#icon-" (name) } {} }
    }
}

/// Where files are dropped, looked at, and printed.
fn desk() -> Markup {
    html! {
        section #desk .empty aria-labelledby="desk-title" {
            div.title {
                h2 #desk-title { "Print" }
                p #quota .hint hidden {}
            }
            form #ticket {
                div #drop {
                    svg aria-hidden="true" { use href="#icon-document" {} }
                    div {
                        b { "Drop files anywhere on this page" }
                        span.soft {
                            "PDF, pictures, text and office documents"
                        }
                    }
                    input #file type="file" multiple
                        aria-label="Choose files to print";
                    label.button for="file" aria-hidden="true" {
                        "Choose files"
                    }
                }
                ul #documents aria-label="Documents to print" {}
                div #order hidden { (order()) }
            }
        }
    }
}

/// How documents are printed.
fn order() -> Markup {
    let papers = Media::ALL.map(|media| media.to_string());
    html! {
        label #printer hidden { "Printer " select name="printer" {} }
        label #department hidden {
            "Department "
            select name="department" {}
        }
        label {
            "Copies "
            input name="copies" type="number" min="1" max="999" value="1";
        }
        fieldset.wide {
            legend { "Sides" }
            (segments("duplex", &[
                ("false", "one"), ("long-edge", "both"),
                ("short-edge", "both, short edge"),
            ]))
        }
        fieldset #colors {
            legend { "Ink" }
            (segments("color", &[("true", "colour"), ("false", "grey")]))
        }
        label {
            "Paper "
            select name="media" {
                option value="" { "what fits" }
                @for paper in &papers { option value=(paper) { (paper) } }
            }
        }
        fieldset.wide {
            legend { "When" }
            (segments("when", &[
                ("now", "at once"), ("held", "when I say so"),
                ("pin", "with a PIN"),
            ]))
        }
        label #pin hidden {
            "PIN, 4 to 16 digits "
            input name="pin" inputmode="numeric" pattern="[0-9]{4,16}"
                autocomplete="off" title="4 to 16 digits";
        }
        label #pin-at hidden {
            "It is typed "
            select name="pin-at" {
                option value="" { "on this page" }
                option value="printer" { "at the printer" }
            }
        }
        details {
            summary { "More" }
            div { (more()) }
        }
        div.go {
            button #print .do { "Print" }
            span #sum role="status" {}
        }
    }
}

fn more() -> Markup {
    html! {
        label {
            "Pages on a side "
            select name="number-up" {
                option value="" { "1" }
                @for number in ["2", "4", "6", "9", "16"] {
                    option value=(number) { (number) }
                }
            }
        }
        label {
            "Size "
            select name="scaling" {
                option value="" { "shrink what is too large" }
                option value="fit" { "fill the paper" }
                option value="none" { "as it is" }
            }
        }
        label #staple hidden {
            "Staple "
            select name="staple" {
                option value="" { "no" }
                option value="top-left" { "top left" }
                option value="dual-left" { "twice, left" }
                option value="dual-top" { "twice, top" }
            }
        }
        label #punch hidden {
            "Punch "
            select name="punch" {
                option value="" { "no" }
                option value="dual-left" { "two holes, left" }
                option value="dual-top" { "two holes, top" }
                option value="quad-left" { "four holes, left" }
            }
        }
        label {
            "Toner "
            select name="save-toner" {
                option value="" { "as usual" }
                option value="true" { "save some" }
            }
        }
    }
}

/// A choice of one among few, the first to begin with.
fn segments(name: &str, choices: &[(&str, &str)]) -> Markup {
    html! {
        div.segments {
            @for (at, (value, words)) in choices.iter().enumerate() {
                label {
                    input type="radio" name=(name) value=(value)
                        checked[at == 0];
                    (words)
                }
            }
        }
    }
}

/// The jobs. The script adds them, in groups.
fn jobs(of_all: bool) -> Markup {
    html! {
        section #jobs aria-labelledby="jobs-title" {
            div.title {
                h2 #jobs-title { "Jobs" }
                label #find hidden {
                    "Find " input type="search" autocomplete="off";
                }
                label #of-printer hidden {
                    "On "
                    select { option value="" { "all printers" } }
                }
                @if of_all {
                    label #mine .row {
                        input type="checkbox"; "only mine"
                    }
                }
            }
            p #no-jobs .soft { "Nothing is printed, and nothing waits." }
            div #groups {}
        }
    }
}

/// The printers. The script adds them.
fn printers(may_operate: bool) -> Markup {
    html! {
        section aria-labelledby="printers-title" {
            div.title { h2 #printers-title { "Printers" } }
            ul #printers data-operate=(may_operate) {}
        }
    }
}

/// What came to an end. The script fills in chart and tables.
fn records(of_all: bool) -> Markup {
    html! {
        section #records-section aria-labelledby="records-title" hidden {
            div.title {
                h2 #records-title { "Pages a day" }
                @if of_all {
                    label #of-user {
                        "Of "
                        select { option value="" { "everybody" } }
                    }
                }
                div.buttons role="group" aria-label="Range" {
                    button data-span="month" aria-pressed="true" { "30 days" }
                    button data-span="year" aria-pressed="false" { "12 months" }
                }
                a #csv .button href="api/records?format=csv" download { "CSV" }
            }
            div #past {
                p #total .soft {}
                ul.legend aria-hidden="true" {
                    li { (key("in-color")) "in colour" }
                    li { (key("in-grey")) "in grey" }
                }
                div #chart {}
                details #figures {
                    summary { "Figures as a table" }
                    div.table role="region" tabindex="0"
                        aria-label="Pages by day or month" {
                        table {
                            thead { (heads(&["When", "Jobs", "Pages", "In colour",
                                "Sheets"])) }
                            tbody {}
                        }
                    }
                }
            }
            p #no-records .soft hidden { "Nothing has come to an end yet." }
            div #table .table role="region" tabindex="0"
                aria-label="Records, newest first" hidden {
                table {
                    thead { (heads(&["Ended", "Whose", "Document", "Result",
                        "Pages", "Sheets"])) }
                    tbody #records {}
                }
            }
            button #more-records hidden { "Show more" }
        }
    }
}

fn key(class: &str) -> Markup {
    html! {
        svg viewBox="0 0 8 8" {
            rect class=(class) width="8" height="8" rx="2" {}
        }
    }
}

/// The heads of a table's columns: those of words are to the left.
fn heads(words: &[&str]) -> Markup {
    const OF_WORDS: [&str; 3] = ["Whose", "Document", "Result"];
    html! {
        tr {
            @for word in words {
                th scope="col" class=[OF_WORDS.contains(word).then_some("words")]
                {
                    (word)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use sign_in::Roles;

    use super::*;

    fn text(open: &str, roles: Roles) -> String {
        let user = User { name: "<egon>".to_owned(), roles };
        page(open, &user).into_string()
    }

    #[test]
    fn a_hostile_name_stays_text() {
        let text = text("<b>", Roles::all());
        assert!(text.contains("&lt;egon&gt;") && text.contains("&lt;b&gt;"));
        assert!(!text.contains("<egon>") && !text.contains("<b><"), "{text}");
    }

    #[test]
    fn each_user_sees_what_their_roles_are_good_for() {
        let all = text("", Roles::all());
        assert!(all.contains("id=\"users\"") && all.contains("id=\"desk\""));
        let print = text("", Roles::named([PRINT]));
        assert!(!print.contains("id=\"users\""), "{print}");
        assert!(!print.contains("id=\"of-user\""), "{print}");
        assert!(print.contains("id=\"desk\""));
        let admin = text("", Roles::named([ADMIN]));
        assert!(!admin.contains("id=\"desk\""), "{admin}");
    }

    #[test]
    fn every_file_is_served_and_names_nobody_else() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/page");
        let files: BTreeSet<String> = fs::read_dir(folder)
            .expect("a folder")
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| !name.ends_with(".svg"))
            .collect();
        let shared = ["style.css", "page.js", "live.js", "time.js"];
        let own: BTreeSet<String> = FILES
            .iter()
            .map(|(name, ..)| (*name).to_owned())
            .filter(|name| !shared.contains(&name.as_str()))
            .collect();
        assert_eq!(files, own);
        for (name, _, text) in FILES {
            for bad in ["http://", "https://", "style="] {
                let own_name_space = text
                    .contains("http://www.w3.org/2000/svg")
                    && *name == "page.js";
                assert!(!text.contains(bad) || own_name_space, "{bad}: {name}");
            }
        }
        let _: Router<()> = super::files();
    }
}
