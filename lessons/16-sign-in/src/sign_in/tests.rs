//! A door as programs and browsers meet it.

use axum::body::Body;
use axum::extract::Extension;
use axum::routing::get;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use tempfile::TempDir;

use super::*;
use crate::one_time_tokens::CAPACITY;
use crate::session::{LIFETIME, now};

/// A server with one page, which needs a sign-in.
struct Door {
    sign_in: SignIn,
    app: Router,
    folder: TempDir,
}

impl Door {
    fn new() -> Door {
        Door::in_folder(tempfile::tempdir().expect("a folder"))
    }

    fn in_folder(folder: TempDir) -> Door {
        let key = Key::open(folder.path()).expect("a key");
        let sign_in = SignIn::new(key, "ecto");
        let page = Router::new()
            .route("/", get(async || "inside"))
            .route("/logs/{day}", get(async || "a log"))
            .fallback(async || StatusCode::NOT_FOUND);
        Door { app: sign_in.protect(page), sign_in, folder }
    }

    /// The same server, started again.
    fn again(self) -> Door {
        Door::in_folder(self.folder)
    }

    async fn request(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        self.send(Method::GET, path, headers, "").await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Response {
        let mut request = axum::http::Request::builder()
            .method(method)
            .uri(path)
            .body(body.into())
            .expect("a request");
        for (name, value) in headers {
            let name: axum::http::HeaderName = name.parse().expect("a name");
            let value = value.parse().expect("a value");
            request.headers_mut().append(name, value);
        }
        let service = TowerToHyperService::new(self.app.clone());
        service.call(request).await.expect("an answer")
    }

    async fn paste(&self, body: &str) -> Response {
        let form = ("content-type", "application/x-www-form-urlencoded");
        let page = ("accept", "text/html");
        let body = body.to_owned();
        self.send(Method::POST, "/sign-in", &[form, page], body).await
    }

    /// The path of a new one-time link.
    fn link(&self) -> String {
        let link = self.sign_in.one_time_link("http://host").expect("a link");
        link.strip_prefix("http://host").expect("of this server").to_owned()
    }
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    let value = response.headers().get(name);
    value.map_or("", |value| value.to_str().expect("text"))
}

/// What a browser sends back of a `Set-Cookie`.
fn cookie(response: &Response) -> String {
    let set = header(response, "set-cookie");
    set.split(';').next().unwrap_or_default().to_owned()
}

async fn text(response: Response) -> String {
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await;
    String::from_utf8(body.expect("a body").into()).expect("text")
}

#[tokio::test]
async fn a_program_comes_in_with_the_key_and_not_without() {
    let door = Door::new();
    let key = format!("Bearer {}", door.sign_in.0.key.expose());
    let inside = door.request("/", &[("authorization", &key)]).await;
    assert_eq!(inside.status(), 200);

    let outside = door.request("/", &[]).await;
    assert_eq!(outside.status(), 401);
    assert_eq!(header(&outside, "www-authenticate"), "Bearer realm=\"ecto\"");
    assert!(text(outside).await.starts_with("{\"error\":\"sign in"));

    for wrong in ["Bearer x", "Bearer ", "Basic eA==", &key[..key.len() - 1]] {
        let outside = door.request("/", &[("authorization", wrong)]).await;
        assert_eq!(outside.status(), 401, "{wrong}");
    }
    let outside = door.request("/", &[("authorization", "Bearer x")]).await;
    assert_eq!(
        header(&outside, "www-authenticate"),
        "Bearer realm=\"ecto\", error=\"invalid_token\""
    );
    // The key is no token, and no place for it is the address.
    let path = format!("/?token={}", door.sign_in.0.key.expose());
    assert_eq!(door.request(&path, &[]).await.status(), 401);
}

#[tokio::test]
async fn a_link_signs_in_one_browser_once() {
    let door = Door::new();
    let link = door.link();
    // A program that looks at links before the person does.
    let looked = door.send(Method::HEAD, &link, &[], "").await;
    assert_eq!(looked.status(), 401);

    let first = door.request(&link, &[]).await;
    assert_eq!(first.status(), 303);
    assert_eq!(header(&first, "location"), "/");
    let set = header(&first, "set-cookie").to_owned();
    for wanted in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="] {
        assert!(set.contains(wanted), "{set}");
    }
    assert!(!set.contains(door.sign_in.0.key.expose()));
    assert!(!set.contains("Secure"));
    let cookie = cookie(&first);
    assert_eq!(door.request("/", &[("cookie", &cookie)]).await.status(), 200);

    let second = door.request(&link, &[("accept", "text/html")]).await;
    assert_eq!(second.status(), 401);
    assert!(text(second).await.contains("was used already"));
    // Whoever is in already loses nothing.
    let again = door.request(&link, &[("cookie", &cookie)]).await;
    assert_eq!(again.status(), 303);
}

#[tokio::test]
async fn a_link_leads_to_its_page_and_to_no_other_server() {
    for (path, to) in [
        ("/logs/3?token=T&line=7", "/logs/3?line=7"),
        ("//evil.example/?token=T", "/evil.example/"),
        ("/?a=1&token=T&b=2", "/?a=1&b=2"),
    ] {
        let door = Door::new();
        let token = door.link().replace("/?token=", "");
        let answer = door.request(&path.replace('T', &token), &[]).await;
        assert_eq!(header(&answer, "location"), to);
    }
}

#[tokio::test]
async fn a_cookie_survives_a_restart_but_not_a_new_key() {
    let door = Door::new();
    let cookie = cookie(&door.request(&door.link(), &[]).await);
    let door = door.again();
    assert_eq!(door.request("/", &[("cookie", &cookie)]).await.status(), 200);
    std::fs::remove_file(door.folder.path().join("key")).expect("removed");
    let door = door.again();
    assert_eq!(door.request("/", &[("cookie", &cookie)]).await.status(), 401);
}

#[tokio::test]
async fn a_forged_or_expired_cookie_is_nothing() {
    let door = Door::new();
    let good = cookie(&door.request(&door.link(), &[]).await);
    let (name, value) = good.split_once('=').expect("a cookie");
    let parts: Vec<&str> = value.split('.').collect();
    let [expiry, nonce, signature] = parts[..] else { panic!("{value}") };
    let later = expiry.parse::<u64>().expect("seconds") + 1;
    let sessions = &door.sign_in.0.sessions;
    let value_until = |expiry: u64| {
        let cookie = sessions.cookie_until(expiry);
        cookie.split_once('=').expect("a cookie").1.to_owned()
    };
    let other = Sessions::new(&door.sign_in.0.key, "containment");
    let foreign = other.cookie_until(now() + 60);
    let (_, foreign) = foreign.split_once('=').expect("a cookie");
    for forged in [
        format!("{later}.{nonce}.{signature}"),
        format!("{expiry}.00.{signature}"),
        format!("{expiry}.{nonce}."),
        format!("{expiry}.{nonce}.{}", &signature[2..]),
        format!("{expiry}.{nonce}.+{}", &signature[1..]),
        value_until(now() - 1),
        value_until(now() + 2 * LIFETIME),
        foreign.to_owned(),
        "é".to_owned(),
        "..".to_owned(),
        String::new(),
    ] {
        let cookie = format!("{name}={forged}");
        let answer = door.request("/", &[("cookie", &cookie)]).await;
        assert_eq!(answer.status(), 401, "{forged}");
    }
    // A bad one before a good one, as after a change of the path.
    let both = format!("{name}=x; other=y; {good}");
    assert_eq!(door.request("/", &[("cookie", &both)]).await.status(), 200);
}

#[tokio::test]
async fn a_session_in_use_is_renewed() {
    let door = Door::new();
    let fresh = cookie(&door.request(&door.link(), &[]).await);
    let answer = door.request("/", &[("cookie", &fresh)]).await;
    assert_eq!(header(&answer, "set-cookie"), "");
    let old = door.sign_in.0.sessions.cookie_until(now() + LIFETIME / 3);
    let answer = door.request("/", &[("cookie", &old)]).await;
    assert_eq!(answer.status(), 200);
    assert!(header(&answer, "set-cookie").contains("HttpOnly"));
}

#[tokio::test]
async fn a_person_pastes_the_key_into_a_form() {
    let door = Door::new();
    let page =
        door.request("/logs/3?a=1&b=2", &[("accept", "text/html")]).await;
    assert_eq!(page.status(), 401);
    assert!(header(&page, "content-security-policy").contains("'none'"));
    let page = text(page).await;
    assert!(page.contains("<label for=\"key\">"), "{page}");
    assert!(page.contains("value=\"/logs/3?a=1&amp;b=2\""), "{page}");

    let key = door.sign_in.0.key.expose();
    let good = door.paste(&format!("key=+{key}+&to=%2Flogs%2F3%3Fa%3D1")).await;
    assert_eq!(good.status(), 303);
    assert_eq!(header(&good, "location"), "/logs/3?a=1");
    let cookie = cookie(&good);
    assert_eq!(door.request("/", &[("cookie", &cookie)]).await.status(), 200);

    let away = format!("key={key}&to=https%3A%2F%2Fevil.example%2F");
    assert_eq!(header(&door.paste(&away).await, "location"), "/");
    let bad = door.paste("key=wrong&to=%2F").await;
    assert_eq!(bad.status(), 401);
    assert!(text(bad).await.contains("role=\"alert\">this is not the key"));
    assert_eq!(door.paste(&"key=".repeat(9000)).await.status(), 413);
}

#[tokio::test]
async fn a_hostile_address_does_not_break_out_of_the_form() {
    let door = Door::new();
    let path = "/logs/\"><script>?x='y";
    let path = path.replace('"', "%22").replace('<', "%3C").replace('>', "%3E");
    let page = door.request(&path, &[("accept", "text/html")]).await;
    assert!(!text(page).await.contains("<script"));
    let paste = door.paste("key=x&to=/%22%3E%3Cscript%3E").await;
    assert!(!text(paste).await.contains("<script"));
}

#[tokio::test]
async fn a_link_on_another_site_is_opened_once_more_from_here() {
    let door = Door::new();
    let page = ("accept", "text/html");
    let elsewhere = [
        page,
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "navigate"),
    ];
    let refresh = "http-equiv=\"refresh\"";
    assert!(text(door.request("/", &elsewhere).await).await.contains(refresh));
    let here = [
        page,
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-mode", "navigate"),
    ];
    assert!(!text(door.request("/", &here).await).await.contains(refresh));
}

#[tokio::test]
async fn behind_tls_the_cookie_is_for_tls_only() {
    let door = Door::new();
    let tls = [("x-forwarded-proto", "https")];
    let answer = door.request(&door.link(), &tls).await;
    assert!(header(&answer, "set-cookie").contains("; Secure"));
}

#[tokio::test]
async fn the_oldest_of_many_links_gives_way() {
    let door = Door::new();
    let first = door.link();
    let rest: Vec<String> = (0..CAPACITY).map(|_| door.link()).collect();
    assert_eq!(door.request(&first, &[]).await.status(), 401);
    assert_eq!(door.request(&rest[0], &[]).await.status(), 303);
}

/// A body of which nothing comes.
struct Silence;

impl axum::body::HttpBody for Silence {
    type Data = axum::body::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<
        Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>,
    > {
        std::task::Poll::Pending
    }
}

#[tokio::test(start_paused = true)]
async fn a_form_that_does_not_come_is_not_awaited_for_ever() {
    let door = Door::new();
    let form = ("content-type", "application/x-www-form-urlencoded");
    let body = Body::new(Silence);
    let answer = door.send(Method::POST, "/sign-in", &[form], body).await;
    assert_eq!(answer.status(), StatusCode::REQUEST_TIMEOUT);
}

#[tokio::test]
async fn a_door_may_be_for_some_requests_only() {
    let door = Door::new();
    let page = Router::new().route("/", get(async || "inside"));
    let by_proxy = crate::is_forwarded;
    let app = door.sign_in.protect_when(page, by_proxy);
    let door = Door { app, ..door };
    assert_eq!(door.request("/", &[]).await.status(), StatusCode::OK);
    let proxy = ("x-forwarded-for", "192.0.2.7");
    let refused = door.request("/", &[proxy]).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let key = format!("Bearer {}", door.sign_in.0.key.expose());
    let answer = door.request("/", &[proxy, ("authorization", &key)]).await;
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_handler_learns_who_asks() {
    let door = Door::new();
    let name = async |user: Option<Extension<User>>| {
        user.map_or("nobody".to_owned(), |Extension(user)| user.name)
    };
    let page = || Router::new().route("/", get(name));
    let app = door.sign_in.protect(door.sign_in.require("print", page()));
    let door = Door { app, ..door };
    let key = format!("Bearer {}", door.sign_in.0.key.expose());
    let answer = door.request("/", &[("authorization", &key)]).await;
    assert_eq!(text(answer).await, "administrator");
    let cookie = cookie(&door.request(&door.link(), &[]).await);
    let answer = door.request("/", &[("cookie", &cookie)]).await;
    assert_eq!(text(answer).await, "administrator");

    // Whoever is let in without a key is nobody, and no role keeps them out.
    let open = door.sign_in.require("print", page());
    let app = door.sign_in.protect_when(open, crate::is_forwarded);
    let door = Door { app, ..door };
    assert_eq!(text(door.request("/", &[]).await).await, "nobody");
    // A role alone lets nobody in.
    let app = door.sign_in.require("print", page());
    let door = Door { app, ..door };
    assert_eq!(door.request("/", &[]).await.status(), 401);
}
