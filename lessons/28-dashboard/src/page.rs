//! The web page: files that are built into the program, so that the page asks
//! no other server for anything.
//!
//! The page needs no inline script or style and loads nothing from elsewhere,
//! and its [policy](PAGE_POLICY) holds it to that.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use daemon::http::PAGE_POLICY;
use sign_in::design;

/// One file of the page.
#[derive(Debug)]
struct Asset {
    path: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

macro_rules! assets {
    ($($path:literal => $file:literal, $kind:expr;)*) => {
        [$(Asset {
            path: $path,
            kind: $kind,
            bytes: include_bytes!(concat!("page/", $file)),
        }),*]
    };
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// What the pages of all our servers have.
const DESIGN: [Asset; 4] = [
    Asset {
        path: "/page/style.css",
        kind: CSS,
        bytes: design::STYLE.as_bytes(),
    },
    Asset {
        path: "/page/page.js",
        kind: SCRIPT,
        bytes: design::PAGE_SCRIPT.as_bytes(),
    },
    Asset {
        path: "/page/live.js",
        kind: SCRIPT,
        bytes: design::LIVE_SCRIPT.as_bytes(),
    },
    Asset {
        path: "/page/time.js",
        kind: SCRIPT,
        bytes: design::TIME_SCRIPT.as_bytes(),
    },
];

/// What this page has beside them.
const OWN: [Asset; 25] = assets! {
    "/" => "index.html", HTML;
    "/page/page.css" => "page.css", CSS;
    "/page/icon.svg" => "icon.svg", SVG;
    "/page/address.js" => "address.js", SCRIPT;
    "/page/alerts.js" => "alerts.js", SCRIPT;
    "/page/app.js" => "app.js", SCRIPT;
    "/page/card.js" => "card.js", SCRIPT;
    "/page/certificates.js" => "certificates.js", SCRIPT;
    "/page/chart.js" => "chart.js", SCRIPT;
    "/page/columns.js" => "columns.js", SCRIPT;
    "/page/events.js" => "events.js", SCRIPT;
    "/page/format.js" => "format.js", SCRIPT;
    "/page/maintenance.js" => "maintenance.js", SCRIPT;
    "/page/outages.js" => "outages.js", SCRIPT;
    "/page/places.js" => "places.js", SCRIPT;
    "/page/range.js" => "range.js", SCRIPT;
    "/page/request.js" => "request.js", SCRIPT;
    "/page/smoke.js" => "smoke.js", SCRIPT;
    "/page/sparkline.js" => "sparkline.js", SCRIPT;
    "/page/speed.js" => "speed.js", SCRIPT;
    "/page/status.js" => "status.js", SCRIPT;
    "/page/table.js" => "table.js", SCRIPT;
    "/page/targets.js" => "targets.js", SCRIPT;
    "/page/vendor/uPlot.iife.min.js" => "vendor/uPlot.iife.min.js", SCRIPT;
    "/page/vendor/uPlot.min.css" => "vendor/uPlot.min.css", CSS;
};

/// Routes for the page at `/` and its files under `/page/`.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    DESIGN.iter().chain(&OWN).fold(Router::new(), |router, asset| {
        let tag = asset.tag();
        let answer = move |headers: HeaderMap| async move {
            asset.answer(&tag, &headers)
        };
        router.route(asset.path, get(answer))
    })
}

impl Asset {
    /// The entity tag, which changes when the file does (RFC 9110, section
    /// 8.8.3).
    fn tag(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.bytes.hash(&mut hasher);
        format!("\"{:016x}\"", hasher.finish())
    }

    /// The file, or the answer that the browser's copy is still right.
    fn answer(&self, tag: &str, headers: &HeaderMap) -> Response {
        let tags = headers.get(IF_NONE_MATCH);
        let known = tags.and_then(|tags| tags.to_str().ok()).is_some_and(
            // A proxy that compresses the file makes its tag a weak one.
            |tags| tags.split(',').any(|one| one.trim().ends_with(tag)),
        );
        let about = [
            (ETAG, tag),
            // A browser asks each time, so that it sees an update at once.
            (CACHE_CONTROL, "no-cache"),
            (CONTENT_TYPE, self.kind),
            (CONTENT_SECURITY_POLICY, PAGE_POLICY),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (REFERRER_POLICY, "no-referrer"),
        ];
        if known {
            return (StatusCode::NOT_MODIFIED, about).into_response();
        }
        (about, self.bytes).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use std::collections::BTreeSet;
    use std::path::Path;

    fn asset(path: &str) -> &'static Asset {
        let found = DESIGN.iter().chain(&OWN).find(|asset| asset.path == path);
        found.unwrap_or_else(|| panic!("there is no {path}"))
    }

    fn status_for(asset: &Asset, tags: Option<&str>) -> StatusCode {
        let mut headers = HeaderMap::new();
        if let Some(tags) = tags {
            let tags = HeaderValue::from_str(tags).expect("plain");
            headers.insert(IF_NONE_MATCH, tags);
        }
        asset.answer(&asset.tag(), &headers).status()
    }

    #[test]
    fn an_unchanged_file_is_sent_once() {
        let script = asset("/page/app.js");
        let tag = script.tag();
        assert_eq!(status_for(script, None), StatusCode::OK);
        let weak = format!("\"other\", W/{tag}");
        for tags in [&tag, &weak] {
            assert_eq!(
                status_for(script, Some(tags)),
                StatusCode::NOT_MODIFIED
            );
        }
        assert_eq!(status_for(script, Some("\"other\"")), StatusCode::OK);
        assert_ne!(tag, asset("/page/chart.js").tag());
    }

    #[test]
    fn the_page_names_nobody_else_and_has_no_style_of_its_own() {
        let ours = DESIGN.iter().chain(&OWN).filter(|asset| {
            // The vendored library's licence names its home, SVG its
            // name space.
            !asset.path.contains("vendor") && asset.kind != SVG
        });
        for asset in ours {
            let text = String::from_utf8_lossy(asset.bytes);
            for bad in ["https://", "style=", "<style", " onclick=\""] {
                assert!(!text.contains(bad), "{bad} in {}", asset.path);
            }
        }
    }

    #[test]
    fn every_file_of_the_page_is_served() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/page");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name())
            .filter_map(|name| name.into_string().ok())
            .filter(|name| name.contains('.') && name != "index.html")
            .collect();
        let served: BTreeSet<String> = OWN
            .iter()
            .filter_map(|asset| asset.path.strip_prefix("/page/"))
            .filter(|path| !path.is_empty() && !path.contains('/'))
            .map(str::to_owned)
            .collect();
        assert_eq!(files, served);
        let _: Router<()> = routes();
    }
}
