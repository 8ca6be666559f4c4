//! The page and its files, which are built into the program.

use latency_grade::Grade;

/// How the page is shown by a server.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Whether the server keeps what is found when the user wants that.
    pub keeps: bool,
    /// Where else the page leads to: an address and its words.
    pub link: (&'static str, &'static str),
}

impl Page {
    /// Its HTML. It belongs at an address without a folder of its own, such as
    /// `/` or `/speedtest`, because it asks for what is in `speedtest/`.
    #[must_use]
    pub fn html(&self) -> String {
        let limits = Grade::LIMITS.map(|(grade, ms)| format!("{grade} {ms}"));
        let (address, words) = self.link;
        include_str!("page/index.html")
            .replace("{limits}", &limits.join(", "))
            .replace("{able}", if self.keeps { "able" } else { "unable" })
            .replace("{address}", address)
            .replace("{words}", words)
    }
}

/// A file of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    /// Its `Content-Type`.
    pub kind: &'static str,
    /// What is in it.
    pub text: &'static str,
}

/// The file of this name in the folder `speedtest/`.
#[must_use]
pub fn file(name: &str) -> Option<File> {
    const CSS: &str = "text/css; charset=utf-8";
    const SCRIPT: &str = "text/javascript; charset=utf-8";
    let (kind, text) = match name {
        "style.css" => (CSS, design::STYLE),
        "page.css" => (CSS, include_str!("page/page.css")),
        "page.js" => (SCRIPT, design::PAGE_SCRIPT),
        "app.js" => (SCRIPT, include_str!("page/app.js")),
        "load.js" => (SCRIPT, include_str!("page/load.js")),
        "readings.js" => (SCRIPT, include_str!("page/readings.js")),
        _ => return None,
    };
    Some(File { kind, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_grades_by_the_same_limits_as_the_programs() {
        let page = Page { keeps: true, link: ("./", "The monitor") };
        let html = page.html();
        assert!(html.contains("A 30, B 60, C 200, D 400"), "{html}");
        assert!(html.contains("href=\"./\">The monitor</a>"), "{html}");
        assert!(!html.contains('{'), "{html}");
    }

    #[test]
    fn the_page_asks_nobody_else_and_has_no_style_of_its_own() {
        let page = Page { keeps: false, link: ("about", "About") };
        let html = page.html();
        let names = ["page.css", "app.js", "load.js", "readings.js"];
        let texts = names.map(|name| file(name).expect("it is there").text);
        for text in texts.into_iter().chain([html.as_str()]) {
            for bad in ["https://", "style=", "<style", " onclick=\""] {
                assert!(!text.contains(bad), "{bad} in {text}");
            }
        }
    }
}
