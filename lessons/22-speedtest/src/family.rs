//! The four families of speed tests, and what each asks a server for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::url::Url;

/// The families of speed-test clients: what they ask a server for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Apple's networkQuality and the drafts of the IETF's ippm group: a
    /// configuration in JSON names a small, a large and an upload address
    /// (draft-ietf-ippm-responsiveness-09, section 7).
    NetworkQuality,
    /// speed.cloudflare.com: `/__down?bytes=N`, `/__up`.
    Cloudflare,
    /// LibreSpeed's PHP back end: `garbage.php`, `empty.php`, `getIP.php`.
    LibreSpeed,
    /// Ookla's old one, over HTTP: `random4000x4000.jpg`, `upload.php`,
    /// `latency.txt`; what pyspeedtest and speedtest-cli speak.
    Ookla,
}

impl Family {
    /// All of them, in the order in which they are looked for: first those
    /// whose answers leave no doubt, and whose transfers are long.
    pub const ALL: [Family; 4] = [
        Family::NetworkQuality,
        Family::Cloudflare,
        Family::LibreSpeed,
        Family::Ookla,
    ];

    /// The name as it is written on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Family::NetworkQuality => "networkquality",
            Family::Cloudflare => "cloudflare",
            Family::LibreSpeed => "librespeed",
            Family::Ookla => "ookla",
        }
    }

    /// Paths at which only a server of this family answers as [`knows`] says,
    /// below the address that was given.
    ///
    /// [`knows`]: Family::knows
    pub(crate) fn questions(self, server: &Url) -> Vec<String> {
        let folder = server.folder();
        let below = |names: &[&str]| {
            names.iter().map(|name| format!("{folder}{name}")).collect()
        };
        match self {
            // The configuration itself may be what was given.
            Family::NetworkQuality if server.path.len() > folder.len() => {
                vec![server.path.clone(), "/.well-known/nq".to_owned()]
            }
            Family::NetworkQuality => vec!["/.well-known/nq".to_owned()],
            Family::Cloudflare => vec!["/__down?bytes=4".to_owned()],
            Family::LibreSpeed => below(&["getIP.php", "backend/getIP.php"]),
            Family::Ookla => below(&["latency.txt", "speedtest/latency.txt"]),
        }
    }

    /// Whether this is the family's answer to its question.
    pub(crate) fn knows(self, answer: &[u8]) -> bool {
        match self {
            Family::NetworkQuality => Urls::read(answer).is_some(),
            Family::Cloudflare => answer.len() == 4,
            // The program itself, from a server without PHP, is no answer.
            Family::LibreSpeed => serde_json::from_slice(answer)
                .is_ok_and(|json: Value| json["processedString"].is_string()),
            Family::Ookla => answer.starts_with(b"test=test"),
        }
    }

    /// What to ask for: paths below the folder in which the family's question
    /// was answered, or whole addresses.
    pub(crate) fn urls(self, answer: &[u8]) -> Option<Urls> {
        let urls = |small: &str, large: &str, upload: &str| Urls {
            small: small.to_owned(),
            large: large.to_owned(),
            upload: upload.to_owned(),
            endpoint: None,
        };
        Some(match self {
            Family::NetworkQuality => return Urls::read(answer),
            Family::Cloudflare => {
                urls("/__down?bytes=0", "/__down?bytes=100000000", "/__up")
            }
            Family::LibreSpeed => {
                urls("empty.php", "garbage.php?ckSize=100", "empty.php")
            }
            Family::Ookla => {
                urls("latency.txt", "random4000x4000.jpg", "upload.php")
            }
        })
    }

    /// The length of an upload's body in bytes, as servers of the family
    /// expect it.
    pub(crate) fn upload_size(self) -> u64 {
        match self {
            Family::NetworkQuality => 1 << 36,
            Family::Cloudflare => 50_000_000,
            Family::LibreSpeed => 20 << 20,
            Family::Ookla => 25_000_000,
        }
    }

    /// The Content-Type of an upload.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Family::Ookla => "application/x-www-form-urlencoded",
            _ => "application/octet-stream",
        }
    }
}

/// The three addresses of a server.
pub(crate) struct Urls {
    /// A very small answer, for round trips.
    pub small: String,
    /// A large one.
    pub large: String,
    /// Where a body can be sent.
    pub upload: String,
    /// The host to connect to instead of the one in the addresses.
    pub endpoint: Option<String>,
}

impl Urls {
    /// Reads networkQuality's configuration. Its clients wrote the names in
    /// two ways over the years. Of another version, or with more than one
    /// host, it must be ignored.
    fn read(answer: &[u8]) -> Option<Urls> {
        let json: Value = serde_json::from_slice(answer).ok()?;
        if json.get("version")?.as_u64() != Some(1) {
            return None;
        }
        let url = |names: [&str; 3]| {
            let urls = json.get("urls")?;
            let found = names.iter().find_map(|name| urls.get(*name))?;
            found.as_str().map(str::to_owned)
        };
        let found = Urls {
            small: url([
                "small_download_url",
                "small_https_download_url",
                "small",
            ])?,
            large: url([
                "large_download_url",
                "large_https_download_url",
                "large",
            ])?,
            upload: url(["upload_url", "https_upload_url", "upload"])?,
            endpoint: match json.get("test_endpoint") {
                Some(endpoint) => Some(endpoint.as_str()?.to_owned()),
                None => None,
            },
        };
        let host = |url: &str| match url.contains("://") {
            true => Url::parse(url).ok().map(|url| Some(url.host)),
            false => Some(None),
        };
        let small = host(&found.small)?;
        let same =
            host(&found.large)? == small && host(&found.upload)? == small;
        same.then_some(found)
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Family {
    type Err = String;

    fn from_str(text: &str) -> Result<Family, String> {
        let names = Family::ALL.map(Family::name);
        Family::ALL
            .into_iter()
            .find(|family| family.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| format!("say one of {}", names.join(", ")))
    }
}
