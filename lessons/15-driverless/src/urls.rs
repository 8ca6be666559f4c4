//! The addresses of the printer, as the client that asks knows them.

use axum::http::HeaderMap;
use axum::http::header::HOST;

/// The sizes of the icon, in pixels (PWG 5100.13, section 5.6.8).
pub(crate) const ICON_SIZES: [u32; 3] = [48, 128, 512];
/// The longest name of a host with its port.
const LONGEST_HOST: usize = 255;

/// The addresses of the printer. The host is the one that the client asked for:
/// under that name it reaches the printer.
#[derive(Clone, Debug)]
pub(crate) struct Urls {
    host: String,
    path: String,
    tls: bool,
}

impl Urls {
    /// `tls` is whether the request came over it, or only can come so.
    pub(crate) fn new(headers: &HeaderMap, path: &str, tls: bool) -> Urls {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        let is_host = |host: &&str| {
            host.len() <= LONGEST_HOST
                && host.bytes().all(|byte| {
                    byte.is_ascii_alphanumeric() || b".:-_[]".contains(&byte)
                })
        };
        let host = host.filter(is_host).unwrap_or("localhost");
        Urls { host: host.to_owned(), path: path.to_owned(), tls }
    }

    /// The printer, `ipp://HOST/ipp/print`.
    pub(crate) fn printer(&self, tls: bool) -> String {
        let scheme = if tls { "ipps" } else { "ipp" };
        // Without a port IPP means 631 (RFC 3510), and HTTP 80 or 443.
        let has_port = self.host.rsplit_once(':').is_some_and(|(_, port)| {
            port.bytes().all(|byte| byte.is_ascii_digit())
        });
        let port = match (has_port, tls) {
            (true, _) => "",
            (false, true) => ":443",
            (false, false) => ":80",
        };
        format!("{scheme}://{}{port}{}", self.host, self.path)
    }

    /// The printer, by the way that the request came.
    pub(crate) fn this_printer(&self) -> String {
        self.printer(self.tls)
    }

    /// A job.
    pub(crate) fn job(&self, id: u32) -> String {
        format!("{}/job/{id}", self.this_printer())
    }

    /// A page of the same server.
    pub(crate) fn page(&self, path: &str) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}{path}", self.host)
    }

    /// The icon in each size.
    pub(crate) fn icons(&self) -> Vec<String> {
        let path = |size| format!("{}/icon-{size}.png", self.path);
        ICON_SIZES.iter().map(|size| self.page(&path(size))).collect()
    }
}

/// What a URI of the printer points at: the printer, or one of its jobs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Printer,
    Job(u32),
}

impl Target {
    /// What this URI points at on a printer with this path, if anything. The
    /// host does not count: printers are known under several names.
    pub(crate) fn read(uri: &str, path: &str) -> Option<Target> {
        let (scheme, rest) = uri.split_once("://")?;
        if !["ipp", "ipps", "http", "https"].contains(&scheme) {
            return None;
        }
        let (_, rest) = rest.split_once('/')?;
        match rest.trim_end_matches('/').strip_prefix(&path[1..])? {
            "" => Some(Target::Printer),
            rest => rest.strip_prefix("/job/")?.parse().ok().map(Target::Job),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_points_at_the_printer_or_at_one_of_its_jobs() {
        let path = "/ipp/print";
        let read = |uri| Target::read(uri, path);
        assert_eq!(read("ipp://a:631/ipp/print"), Some(Target::Printer));
        assert_eq!(read("ipps://[::1]:8/ipp/print/"), Some(Target::Printer));
        let job = Some(Target::Job(7));
        assert_eq!(read("ipp://a/ipp/print/job/7"), job);
        for other in [
            "ipp://a/ipp/printer",
            "ipp://a/ipp",
            "ipp://a",
            "/ipp/print",
            "ftp://a/ipp/print",
            "ipp://a/ipp/print/job/x",
            "ipp://a/ipp/print/job/-1",
            "ipp://a/ipp/print/other/7",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn a_host_that_is_none_is_not_repeated() {
        let mut headers = HeaderMap::new();
        let url = |headers: &HeaderMap| {
            Urls::new(headers, "/ipp/print", false).this_printer()
        };
        assert_eq!(url(&headers), "ipp://localhost:80/ipp/print");
        headers.insert(HOST, "10.0.0.7:8631".parse().expect("a value"));
        assert_eq!(url(&headers), "ipp://10.0.0.7:8631/ipp/print");
        headers.insert(HOST, "a/b\"<c>".parse().expect("a value"));
        assert_eq!(url(&headers), "ipp://localhost:80/ipp/print");
    }
}
