//! The page with the form into which a person pastes the key.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::BasePath;
use crate::design::STYLE;
use crate::refusal::{Reason, Visitor};

/// The page of the server `name`, for a visitor who was refused.
pub(crate) fn page(
    name: &str,
    base_path: &BasePath,
    visitor: &Visitor,
    reason: Reason,
) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                meta name="robots" content="noindex";
                // A link on another site opens this page without its cookies
                // (SameSite=Strict). Loaded again, from here, it has them.
                @if visitor.from_other_site {
                    meta http-equiv="refresh" content="0";
                }
                title { "Sign in · " (name) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body.narrow {
                main {
                    section {
                        h1 { "Sign in to " (name) }
                        @if reason != Reason::NoKey {
                            p.notice.bad role="alert" { (reason.message()) }
                        }
                        (form(base_path, visitor))
                    }
                }
            }
        }
    }
}

// ANCHOR: form
fn form(base_path: &BasePath, visitor: &Visitor) -> Markup {
    html! {
        form method="post" action=(base_path.of("/sign-in")) {
            input type="hidden" name="to" value=(visitor.return_path);
            label for="key" { "Key" }
            input #key name="key" type="password" required autofocus
                autocomplete="current-password" aria-describedby="where";
            p #where .hint {
                "The key is in the file " code { "key" } " in the server’s "
                "data folder. The server also prints a link when it starts, "
                "which signs you in once."
            }
            button.do { "Sign in" }
        }
    }
}
// ANCHOR_END: form
