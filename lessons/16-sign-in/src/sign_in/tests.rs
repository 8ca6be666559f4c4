//! A door as programs and browsers meet it.

use axum::body::Body;
use axum::extract::Extension;
use axum::routing::get;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use tempfile::TempDir;

use super::*;
use crate::accounts::LINKS;
use crate::{LetIn, Role, Whom};
use axum::http::{Method, StatusCode};

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
        let sign_in =
            SignIn::open(folder.path(), key, "ecto").expect("accounts");
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
    let [expiry, id, signature] = parts[..] else { panic!("{value}") };
    let later = expiry.parse::<u64>().expect("seconds") + 1;
    let value =
        |cookie: String| cookie.split_once('=').expect("a cookie").1.to_owned();
    let until = |expiry| value(door.sign_in.0.cookies.cookie(id, expiry));
    let other = Cookies::new(&door.sign_in.0.key, "containment");
    for forged in [
        format!("{later}.{id}.{signature}"),
        format!("{expiry}.00.{signature}"),
        format!("{expiry}.{id}."),
        format!("{expiry}.{id}.{}", &signature[2..]),
        format!("{expiry}.{id}.+{}", &signature[1..]),
        until(now() - 1),
        until(now() + 2 * LIFETIME),
        value(other.cookie(id, now() + 60)),
        // Signed by us, and not on the list.
        value(door.sign_in.0.cookies.cookie("00", now() + 60)),
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
    let id = fresh.split('.').nth(1).expect("an id");
    let old = door.sign_in.0.cookies.cookie(id, now() + LIFETIME / 3);
    let answer = door.request("/", &[("cookie", &old)]).await;
    assert_eq!(answer.status(), 200);
    assert!(header(&answer, "set-cookie").contains("HttpOnly"));
    let renewed = cookie(&answer);
    let answer = door.request("/", &[("cookie", &renewed)]).await;
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn a_copied_cookie_is_dead_once_its_owner_has_signed_out() {
    let door = Door::new();
    let copied = cookie(&door.request(&door.link(), &[]).await);
    let other = cookie(&door.request(&door.link(), &[]).await);
    let out = [("cookie", copied.as_str())];
    let answer = door.send(Method::POST, "/sign-out", &out, "").await;
    assert_eq!(answer.status(), 303);
    assert!(header(&answer, "set-cookie").contains("Max-Age=0"));
    assert_eq!(door.request("/", &out).await.status(), 401);
    // A restart brings nobody back, and another browser stays in.
    let door = door.again();
    assert_eq!(door.request("/", &out).await.status(), 401);
    assert_eq!(door.request("/", &[("cookie", &other)]).await.status(), 200);
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
    assert!(
        text(bad)
            .await
            .contains("role=\"alert\">this is not the key of an account")
    );
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
    let set = header(&answer, "set-cookie");
    assert!(set.starts_with("__Host-") && set.contains("; Secure"), "{set}");
    let cookie = set.split(';').next().expect("a cookie");
    let with = ("cookie", cookie);
    assert_eq!(door.request("/", &[with, tls[0]]).await.status(), 200);
    assert_eq!(door.request("/", &[with]).await.status(), 401);
    // One that anybody in our place may have set over plain HTTP is no use.
    let plain = cookie.trim_start_matches("__Host-");
    let with = ("cookie", plain);
    assert_eq!(door.request("/", &[with, tls[0]]).await.status(), 401);
}

#[tokio::test]
async fn the_oldest_of_many_links_gives_way() {
    let door = Door::new();
    let first = door.link();
    let rest: Vec<String> = (0..LINKS).map(|_| door.link()).collect();
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

/// A request from an address, with a mark of what its connection was.
fn arriving(
    peer: &str,
    tls: bool,
    path: &str,
    headers: &[(&str, &str)],
) -> axum::http::Request<Body> {
    let peer: SocketAddr = peer.parse().expect("an address");
    let mut request = axum::http::Request::builder().uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::empty()).expect("a request");
    request.extensions_mut().insert(ConnectInfo(peer));
    request.extensions_mut().insert(OverTls(tls));
    request
}

const PRINT: Role = Role { name: "print", allows: "prints" };
const ADMIN: Role = Role { name: "admin", allows: "minds the accounts" };

/// A page that says who asks.
fn who() -> Router {
    let name = async |user: Option<Extension<User>>,
                      let_in: Option<Extension<LetIn>>| {
        match (user, let_in) {
            (Some(Extension(user)), None) => user.name,
            (None, Some(_)) => "let in".to_owned(),
            (None, None) => "a stranger".to_owned(),
            (Some(_), Some(_)) => "both".to_owned(),
        }
    };
    Router::new().route("/", get(name))
}

async fn ask(app: &Router, request: axum::http::Request<Body>) -> Response {
    let service = TowerToHyperService::new(app.clone());
    service.call(request).await.expect("an answer")
}

fn basic(name: &str, key: &str) -> String {
    use base64::Engine;
    let text = format!("{name}:{key}");
    let engine = base64::engine::general_purpose::STANDARD;
    format!("Basic {}", engine.encode(text))
}

#[tokio::test]
async fn a_handler_learns_who_asks_and_a_client_cannot_say_it() {
    let door = Door::new();
    let key = door.sign_in.accounts().add("Ray", &[PRINT]).expect("a key");
    let app = door.sign_in.protect(door.sign_in.require("print", who()));
    let door = Door { app, ..door };
    let bearer = format!("Bearer {key}");
    let own = format!("Bearer {}", door.sign_in.0.key.expose());
    for (key, name) in [(&bearer, "ray"), (&own, "administrator")] {
        // What a client says about itself is not heard.
        let headers = [
            ("authorization", key.as_str()),
            ("x-user", "egon"),
            ("remote-user", "egon"),
            ("x-forwarded-user", "egon"),
            ("user", "egon"),
        ];
        assert_eq!(text(door.request("/", &headers).await).await, name);
    }
    for claim in ["x-user", "remote-user", "x-forwarded-user"] {
        let answer = door.request("/", &[(claim, "ray")]).await;
        assert_eq!(answer.status(), 401);
    }
    // Two keys are none: a proxy may have looked at the other.
    let two = [("authorization", bearer.as_str()), ("authorization", &own)];
    assert_eq!(door.request("/", &two).await.status(), 401);

    let session = door.paste(&format!("key={key}")).await;
    assert_eq!(session.status(), 303);
    let cookie = cookie(&session);
    let answer = door.request("/", &[("cookie", &cookie)]).await;
    assert_eq!(text(answer).await, "ray");
}

#[tokio::test]
async fn a_role_that_is_missing_is_named() {
    let door = Door::new();
    let key = door.sign_in.accounts().add("ray", &[PRINT]).expect("a key");
    let app = door.sign_in.protect(door.sign_in.require("admin", who()));
    let door = Door { app, ..door };
    let bearer = format!("Bearer {key}");
    let answer = door.request("/", &[("authorization", &bearer)]).await;
    assert_eq!(answer.status(), 403);
    let said = text(answer).await;
    assert!(said.contains("the role admin, and ray has print"), "{said}");
    let accounts = door.sign_in.accounts();
    accounts.set_roles("ray", &[ADMIN]).expect("changed");
    let answer = door.request("/", &[("authorization", &bearer)]).await;
    assert_eq!(answer.status(), 200);
    // A role alone lets nobody in.
    let app = door.sign_in.require("print", who());
    let door = Door { app, ..door };
    assert_eq!(door.request("/", &[]).await.status(), 401);
}

#[tokio::test]
async fn a_name_and_a_key_are_taken_where_nobody_can_read_them() {
    let door = Door::new();
    let key = door.sign_in.accounts().add("ray", &[PRINT]).expect("a key");
    let app = door.sign_in.protect(who());
    let good = basic("Ray", &key);
    let good = ("authorization", good.as_str());
    let forwarded = ("x-forwarded-for", "198.51.100.1");
    let proto = ("x-forwarded-proto", "https");
    for (peer, tls, headers, status) in [
        ("127.0.0.1:9", false, vec![good], 200),
        ("192.0.2.7:9", true, vec![good], 200),
        ("192.0.2.7:9", false, vec![good], 401),
        // A client cannot say that it came by TLS.
        ("192.0.2.7:9", false, vec![good, proto], 401),
        // A proxy on this machine can.
        ("127.0.0.1:9", false, vec![good, forwarded], 401),
        ("127.0.0.1:9", false, vec![good, forwarded, proto], 200),
    ] {
        let answer = ask(&app, arriving(peer, tls, "/", &headers)).await;
        assert_eq!(answer.status(), status, "{peer} {tls} {headers:?}");
        if status == 401 {
            let challenges = answer.headers().get_all("www-authenticate");
            assert_eq!(challenges.iter().count(), 1);
            assert!(text(answer).await.contains("only over TLS"));
        }
    }
    let own = door.sign_in.0.key.expose();
    for (name, key, status) in [
        ("administrator", own, 200),
        ("ray", own, 401),
        ("administrator", &key, 401),
        ("ra", &key, 401),
        ("ray ", &key, 401),
        ("", &key, 401),
        ("ray", "", 401),
    ] {
        let header = basic(name, key);
        let header = [("authorization", header.as_str())];
        let request = arriving("127.0.0.1:9", false, "/", &header);
        assert_eq!(ask(&app, request).await.status(), status, "{name}");
    }
    // A program is asked for a name, and a browser is not: it would do so in
    // a window of its own.
    let request = arriving("127.0.0.1:9", false, "/", &[]);
    let asked = ask(&app, request).await;
    let challenges: Vec<_> =
        asked.headers().get_all("www-authenticate").iter().collect();
    assert_eq!(challenges[1], "Basic realm=\"ecto\", charset=\"UTF-8\"");
    for header in [("accept", "text/html"), ("sec-fetch-mode", "cors")] {
        let asked =
            ask(&app, arriving("127.0.0.1:9", false, "/", &[header])).await;
        let challenges = asked.headers().get_all("www-authenticate");
        assert_eq!(challenges.iter().count(), 1);
    }
}

#[tokio::test]
async fn what_is_open_is_open_to_those_who_are_named() {
    let door = Door::new();
    let key = door.sign_in.accounts().add("ray", &[PRINT]).expect("a key");
    let here = Openness::to(&[Whom::ThisMachine]);
    let sign_in = &door.sign_in;
    let open = sign_in.open_to(&here, sign_in.require("print", who()));
    let looked = sign_in.identify(&here, who());
    let bearer = format!("Bearer {key}");
    let right = ("authorization", bearer.as_str());
    let wrong = ("authorization", "Bearer wrong");
    let proxy = ("x-forwarded-for", "192.0.2.7");
    let (near, far) = ("127.0.0.1:9", "192.0.2.7:9");
    for (peer, headers, in_open, in_looked) in [
        (near, vec![], "let in", "let in"),
        (near, vec![right], "ray", "ray"),
        (near, vec![wrong], "401", "401"),
        (near, vec![proxy], "401", "a stranger"),
        (near, vec![proxy, right], "ray", "ray"),
        (far, vec![], "401", "a stranger"),
        (far, vec![right], "ray", "ray"),
    ] {
        for (app, wanted) in [(&open, in_open), (&looked, in_looked)] {
            let answer = ask(app, arriving(peer, false, "/", &headers)).await;
            match wanted {
                "401" => assert_eq!(answer.status(), 401, "{headers:?}"),
                wanted => assert_eq!(text(answer).await, wanted),
            }
        }
    }
}

#[tokio::test]
async fn nobody_is_asked_for_a_key_where_others_could_read_it() {
    let door = Door::new();
    let challenge = [("www-authenticate", "Basic realm=\"printer\"")];
    let asks = async move || (StatusCode::UNAUTHORIZED, challenge, "a key?");
    let page = Router::new().route("/", get(asks));
    let nobody = Openness::default();
    let app = door.sign_in.identify(&nobody, page);
    for (peer, tls, challenges) in [
        ("127.0.0.1:9", false, 2),
        ("192.0.2.7:9", true, 2),
        ("192.0.2.7:9", false, 1),
    ] {
        let answer = ask(&app, arriving(peer, tls, "/", &[])).await;
        assert_eq!(answer.status(), 401);
        let asked = answer.headers().get_all("www-authenticate");
        assert_eq!(asked.iter().count(), challenges, "{peer} {tls}");
    }
}

#[tokio::test(start_paused = true)]
async fn wrong_keys_wait_and_the_right_one_does_not() {
    let door = Door::new();
    let key = door.sign_in.accounts().add("ray", &[PRINT]).expect("a key");
    let app = door.sign_in.protect(who());
    let send = async |key: &str| {
        let header = format!("Bearer {key}");
        let header = [("authorization", header.as_str())];
        let asked = tokio::time::Instant::now();
        let request = arriving("192.0.2.7:9", false, "/", &header);
        let answer = ask(&app, request).await;
        (answer.status().as_u16(), asked.elapsed().as_secs())
    };
    for _ in 0..3 {
        assert_eq!(send("wrong").await, (401, 0));
    }
    assert_eq!(send("wrong").await, (401, 1));
    assert_eq!(send(&key).await, (200, 0));
    assert_eq!(send("wrong").await, (401, 1));
    assert_eq!(door.sign_in.attempts(), Attempts { good: 1, bad: 5 });
}

#[tokio::test]
async fn an_answer_without_an_end_ends_with_its_account() {
    use axum::body::HttpBody;
    use std::future::poll_fn;
    use std::pin::Pin;

    struct Endless;

    impl HttpBody for Endless {
        type Data = axum::body::Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<
            Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>,
        > {
            let news = axum::body::Bytes::from_static(b"news");
            std::task::Poll::Ready(Some(Ok(hyper::body::Frame::data(news))))
        }
    }

    let door = Door::new();
    let accounts = door.sign_in.accounts();
    let key = accounts.add("ray", &[PRINT]).expect("a key");
    let page = Router::new().route("/", get(async || Body::new(Endless)));
    let app = door.sign_in.protect(page);
    let door = Door { app, ..door };
    let accounts = door.sign_in.accounts();
    let next = async |answer: &mut Response| {
        let mut body = Pin::new(answer.body_mut());
        let frame = poll_fn(|context| body.as_mut().poll_frame(context)).await;
        frame.is_some()
    };
    let begin = async |key: &str| {
        let bearer = format!("Bearer {key}");
        door.request("/", &[("authorization", &bearer)]).await
    };
    let own = door.sign_in.0.key.expose();
    let (mut rays, mut own) = (begin(&key).await, begin(own).await);
    assert!(next(&mut rays).await && next(&mut own).await);
    // Another account's change ends nothing.
    accounts.add("egon", &[PRINT]).expect("a key");
    assert!(next(&mut rays).await && next(&mut own).await);
    accounts.revoke("ray").expect("revoked");
    assert!(!next(&mut rays).await);
    assert!(!next(&mut rays).await);
    assert!(next(&mut own).await);

    // So does a change of roles, for what a role may read.
    let key = accounts.renew_key("ray").expect("a key");
    let mut rays = begin(&key).await;
    assert!(next(&mut rays).await);
    accounts.set_roles("ray", &[ADMIN]).expect("changed");
    assert!(!next(&mut rays).await);
    // And what another process does is seen a second later.
    let mut rays = begin(&key).await;
    assert!(next(&mut rays).await);
    let other = Accounts::open(door.folder.path()).expect("accounts");
    other.revoke("ray").expect("revoked");
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert!(!next(&mut rays).await);
}
