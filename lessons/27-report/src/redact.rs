//! Addresses without their secrets: a report is for others to read.

use url::Url;

/// Of a URL, the scheme, the host, the port and the path. A name, a password
/// or a query in it is nobody else's business.
pub fn address(address: &str) -> String {
    let url = address.contains("://").then(|| Url::parse(address).ok());
    let Some(mut url) = url.flatten() else { return address.to_owned() };
    // A URL that cannot have a name has none.
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

/// The same for every address in a text, such as an error.
pub fn text(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let end = word
            .trim_start_matches(|letter: char| !letter.is_ascii_alphabetic());
        let url = end.trim_end_matches([':', ',', '.', ')', '"', '\'']);
        let (before, after) =
            (&word[..word.len() - end.len()], &end[url.len()..]);
        format!("{before}{}{after}", address(url))
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_its_secrets() {
        let public = address("https://me:pw@a.example:8/b?key=1#c");
        assert_eq!(public, "https://a.example:8/b");
        for plain in ["192.0.2.1", "router:22", "[::1]:22", "A a.example"] {
            assert_eq!(address(plain), plain);
        }
        let error = "no \"http://me:pw@a.example/\" (http://b/c?key=1): HTTP 5";
        let public = "no \"http://a.example/\" (http://b/c): HTTP 5";
        assert_eq!(text(error), public);
    }
}
