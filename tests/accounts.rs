//! Accounts, through the real print server and the real monitor: made, used,
//! changed and revoked, while servers run, die and share a folder.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Command, ExitCode, Output};
use std::time::Instant;

use harness::{
    Browser, NetworkMonitor, PrintServer, Tool, form, http, http_builder,
    needs, program, sample, scratch, suite, test, text_of,
};
use reqwest::blocking::{Client, Response};
use reqwest::redirect;
use serde_json::{Value, json};

const INTAKE: &[&str] = &["--role", "intake"];

fn main() -> ExitCode {
    let axe = |test| {
        let test = needs(Tool::Chromium, needs(Tool::ChromeDriver, test));
        needs(Tool::Axe, test)
    };
    suite(vec![
        test!(an_account_made_by_command_is_good_in_a_running_server),
        test!(an_administrator_makes_and_changes_accounts_by_the_api),
        test!(an_account_survives_a_kill_between_its_making_and_its_use),
        test!(two_servers_of_one_folder_know_the_same_accounts),
        test!(whoever_is_revoked_hears_nothing_more),
        test!(an_upload_that_is_refused_hears_why_when_all_of_it_is_sent),
        test!(a_copied_cookie_is_dead_after_the_sign_out),
        test!(a_name_and_a_key_do_not_cross_the_network_in_plain_http),
        test!(no_header_makes_somebody_of_nobody),
        test!(wrong_keys_keep_nobody_else_out),
        test!(what_is_open_is_said_in_one_place),
        test!(accounts_that_cannot_be_read_keep_the_server_from_starting),
        test!(the_monitors_roles_are_kept_apart),
        axe(test!(an_administrator_minds_accounts_on_the_page)),
    ])
}

fn an_account_made_by_command_is_good_in_a_running_server() {
    let data = scratch();
    // Also before the server's first start.
    let egon = made(data.path(), "Egon", "print,operate");
    let server = PrintServer::start(data.path(), INTAKE);
    let ray = made(data.path(), "ray", "print");
    for key in [&egon, &ray] {
        assert_eq!(get(&server, "/api/jobs", key).status(), 200);
        let response = get(&server, "/api/users", key);
        assert_eq!(response.status(), 403);
        let said = text_of(response);
        assert!(said.contains("needs the role admin"), "{said}");
    }
    let list = users(data.path(), &["list", "--json"]);
    let list: Value = serde_json::from_str(&said(&list)).expect("JSON");
    let names = |list: &Value| {
        let list = list.as_array().expect("an array").iter();
        let name = |user: &Value| user["name"].as_str().map(str::to_owned);
        list.filter_map(name).collect::<Vec<_>>()
    };
    assert_eq!(names(&list), ["administrator", "egon", "ray"]);
    assert_eq!(list[1]["roles"], json!(["print", "operate"]));
    assert!(!list.to_string().contains(&ray), "a list shows no key");
    // A file in the folder shows none either.
    for entry in fs::read_dir(data.path()).expect("the folder").flatten() {
        if let Ok(bytes) = fs::read(entry.path()) {
            let holds = |key: &str| {
                bytes.windows(key.len()).any(|part| part == key.as_bytes())
            };
            assert!(!holds(&ray) && !holds(&egon), "{:?}", entry.path());
        }
    }

    // What is no name, no role, or taken is refused in words.
    for (words, reason) in [
        (["add", "ray", "--roles", "print"].as_slice(), "there is an account"),
        (&["add", "r\u{430}y", "--roles", "print"], "a-z"),
        (&["add", "peter", "--roles", "boss"], "no role \"boss\""),
        (&["add", "administrator", "--roles", "print"], "another name"),
        (&["revoke", "peter"], "no account peter"),
    ] {
        let output = users(data.path(), words);
        assert!(!output.status.success(), "{words:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(reason), "{words:?}: {said}");
    }

    // A new key ends the old one, and revoking ends both.
    let output = users(data.path(), &["change", "ray", "--new-key", "--json"]);
    let newer = key_in(&output);
    assert_eq!(get(&server, "/api/jobs", &ray).status(), 401);
    assert_eq!(get(&server, "/api/jobs", &newer).status(), 200);
    assert!(users(data.path(), &["revoke", "ray"]).status.success());
    assert_eq!(get(&server, "/api/jobs", &newer).status(), 401);
    let output = users(data.path(), &["add", "ray", "--roles", "print"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("was revoked"), "{said}");

    // A link made by the command signs in at the server.
    let link = said_line(&users(data.path(), &["link", "egon"]));
    let (_, token) = link.split_once("/?").expect("a token");
    let response = browser().get(server.url(&format!("/?{token}"))).send();
    let cookie = cookie(&response.expect("an answer"));
    let response = with_cookie(&server.address, "/api/users", &cookie);
    assert_eq!(response.status(), 403);
    assert!(text_of(response).contains("egon has operate, print"));
}

fn an_administrator_makes_and_changes_accounts_by_the_api() {
    let data = scratch();
    let server = PrintServer::start(data.path(), INTAKE);
    let send = |method: &str, path: &str, key: &str, body: Value| {
        let method = method.parse().expect("a method");
        let request = http().request(method, server.url(path)).bearer_auth(key);
        request.json(&body).send().expect("an answer")
    };
    let own = server.key.as_str();
    let winston = json!({ "name": "Winston", "roles": ["admin"] });
    let response = send("POST", "/api/users", own, winston.clone());
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["location"], "/api/users/winston");
    let made: Value = response.json().expect("JSON");
    let winston_key = made["key"].as_str().expect("a key").to_owned();
    assert_eq!(made["name"], "winston");
    assert!(made["made_at"].is_i64() && made["revoked_at"].is_null());
    let again = send("POST", "/api/users", own, winston);
    assert_eq!(again.status(), 409, "{}", text_of(again));

    // An administrator by role minds accounts, and prints nothing.
    let ray = json!({ "name": "ray", "roles": ["print"] });
    let response = send("POST", "/api/users", &winston_key, ray);
    let ray: Value = response.json().expect("JSON");
    let ray = ray["key"].as_str().expect("a key").to_owned();
    let show = send("GET", "/api/users/ray", &winston_key, json!({}));
    let shown: Value = show.json().expect("JSON");
    assert!(shown.get("key").is_none(), "{shown}");
    for (method, path, body, status) in [
        ("POST", "/api/users", json!({ "name": "", "roles": ["print"] }), 400),
        ("POST", "/api/users", json!({ "name": "a", "roles": [] }), 400),
        ("POST", "/api/users", json!({ "name": "a", "roles": ["boss"] }), 400),
        ("POST", "/api/users", json!({ "name": "a" }), 422),
        ("GET", "/api/users/nobody", json!({}), 404),
        ("PATCH", "/api/users/nobody", json!({ "new_key": true }), 404),
        ("DELETE", "/api/users/administrator", json!({}), 409),
        ("POST", "/api/users/administrator/link", json!({}), 409),
    ] {
        let response = send(method, path, &winston_key, body);
        assert_eq!(response.status(), status, "{method} {path}");
        let answer: Value = response.json().expect("JSON");
        assert!(answer["error"].is_string(), "{answer}");
    }
    let change = json!({ "roles": ["operate"] });
    let response = send("PATCH", "/api/users/ray", &winston_key, change);
    let changed: Value = response.json().expect("JSON");
    assert_eq!(changed["roles"], json!(["operate"]));

    // A link for a named user signs one browser in.
    let link = send("POST", "/api/users/ray/link", &winston_key, json!({}));
    assert_eq!(link.status(), 201);
    let link: Value = link.json().expect("JSON");
    let path = link["path"].as_str().expect("a path");
    let response = browser().get(server.url(path)).send().expect("an answer");
    let cookie = cookie(&response);
    let second = browser().get(server.url(path)).send().expect("an answer");
    assert_eq!(second.status(), 401);
    let response = with_cookie(&server.address, "/api/users", &cookie);
    assert!(text_of(response).contains("ray has operate"));
    // What a page of another site asks in ray's browser is not heard.
    let request = http().post(server.url("/users"));
    let request = request.header("Origin", "https://zuul.example");
    let request = request.bearer_auth(&winston_key).body("do=revoke&name=ray");
    assert_eq!(request.send().expect("an answer").status(), 403);

    let response = send("DELETE", "/api/users/ray", &winston_key, json!({}));
    let revoked: Value = response.json().expect("JSON");
    assert!(revoked["revoked_at"].is_i64(), "{revoked}");
    assert_eq!(get(&server, "/api/jobs", &ray).status(), 401);
    let response = with_cookie(&server.address, "/api/jobs", &cookie);
    assert_eq!(response.status(), 401);
}

fn an_account_survives_a_kill_between_its_making_and_its_use() {
    let data = scratch();
    let mut server = PrintServer::start(data.path(), INTAKE);
    let body = json!({ "name": "ray", "roles": ["print"] });
    let request = http().post(server.url("/api/users")).json(&body);
    let made = request.bearer_auth(&server.key).send().expect("an answer");
    let made: Value = made.json().expect("JSON");
    let key = made["key"].as_str().expect("a key");
    let request = http().post(server.url("/api/users/ray/link"));
    let link = request.bearer_auth(&server.key).send().expect("an answer");
    let link: Value = link.json().expect("JSON");
    let path = link["path"].as_str().expect("a path").to_owned();
    let own_link = server.link.clone();
    let own = browser().get(&own_link).send().expect("an answer");
    let own = cookie(&own);
    server.program.kill();

    let server = PrintServer::start(data.path(), INTAKE);
    assert_eq!(get(&server, "/api/jobs", key).status(), 200);
    let response = browser().get(server.url(&path)).send().expect("an answer");
    assert_eq!(response.status(), 303, "a link that waits survives");
    let rays = cookie(&response);
    for cookie in [&own, &rays] {
        let response = with_cookie(&server.address, "/api/jobs", cookie);
        assert_eq!(response.status(), 200);
    }
    // What was used up before the kill is not good again.
    let (_, token) = own_link.split_once("/?").expect("a token");
    let used = browser().get(server.url(&format!("/?{token}"))).send();
    assert_eq!(used.expect("an answer").status(), 401);
}

fn two_servers_of_one_folder_know_the_same_accounts() {
    let data = scratch();
    let one = PrintServer::start(data.path(), INTAKE);
    let other = PrintServer::start(data.path(), INTAKE);
    let body = json!({ "name": "ray", "roles": ["print"] });
    let request = http().post(one.url("/api/users")).json(&body);
    let made = request.bearer_auth(&one.key).send().expect("an answer");
    let made: Value = made.json().expect("JSON");
    let key = made["key"].as_str().expect("a key");
    assert_eq!(get(&other, "/api/jobs", key).status(), 200);
    // A browser that signed in at one is signed in at the other.
    let request = browser().post(one.url("/sign-in"));
    let form = "application/x-www-form-urlencoded";
    let request = request.header("Content-Type", form);
    let request = request.body(format!("key={key}&to=/"));
    let session = cookie(&request.send().expect("an answer"));
    let asked = with_cookie(&other.address, "/api/jobs", &session);
    assert_eq!(asked.status(), 200);
    assert!(users(data.path(), &["revoke", "ray"]).status.success());
    for server in [&one, &other] {
        assert_eq!(get(server, "/api/jobs", key).status(), 401);
        let asked = with_cookie(&server.address, "/api/jobs", &session);
        assert_eq!(asked.status(), 401);
    }
}

fn whoever_is_revoked_hears_nothing_more() {
    let data = scratch();
    let server = PrintServer::start(data.path(), INTAKE);
    let names = ["ray", "egon"];
    let keys = names.map(|name| made(data.path(), name, "print,operate"));
    let mut streams = keys
        .clone()
        .map(|key| BufReader::new(get(&server, "/api/events", &key)).lines());
    let job = server.print("report.pdf", &[("hold", "true")]);
    let id = format!("\"id\":{}", job["id"]);
    for stream in &mut streams {
        let told = stream.map_while(Result::ok).any(|line| line.contains(&id));
        assert!(told, "both hear of the first job");
    }
    let [mut rays, mut egons] = streams;
    // Revoked by the server itself, ray's events end by themselves.
    let path = "/api/users/ray";
    let revoked = server.request("DELETE", path);
    assert_eq!(revoked.status(), 200, "{}", text_of(revoked));
    for line in rays.by_ref() {
        let line = line.expect("an orderly end");
        assert!(!line.contains("\"name\":\"landscape.pdf\""), "{line}");
    }
    // Revoked by another process, egon's end before the next event.
    assert!(users(data.path(), &["revoke", "egon"]).status.success());
    std::thread::sleep(std::time::Duration::from_secs(1));
    server.print("landscape.pdf", &[("hold", "true")]);
    for line in egons.by_ref() {
        let line = line.expect("an orderly end");
        assert!(!line.contains("landscape.pdf"), "{line}");
    }
}

/// A client that looks for an answer only when it has sent everything.
fn an_upload_that_is_refused_hears_why_when_all_of_it_is_sent() {
    let data = scratch();
    let server = PrintServer::start(data.path(), INTAKE);
    let operator = made(data.path(), "janine", "operate");
    // Far more than fits into the buffers of the system.
    let much = vec![b'x'; 64 << 20];
    for (path, key, kind, status, words) in [
        ("/api/jobs", "wrong", "multipart/form-data; boundary=b", 401, "key"),
        (
            "/api/jobs",
            &operator,
            "multipart/form-data; boundary=b",
            403,
            "janine may not print",
        ),
        ("/api/nowhere", &operator, "application/octet-stream", 404, ""),
    ] {
        let address = server.address.trim_start_matches("http://");
        let mut client = TcpStream::connect(address).expect("it listens");
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\n\
             Authorization: Bearer {key}\r\nContent-Type: {kind}\r\n\
             Connection: close\r\nContent-Length: {}\r\n\r\n",
            much.len()
        );
        client.write_all(head.as_bytes()).expect("sent");
        client.write_all(&much).expect("all of it is taken");
        let mut answer = String::new();
        client.read_to_string(&mut answer).expect("an answer");
        let line = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&line), "{answer}");
        assert!(answer.contains(words), "{answer}");
    }
}

fn a_copied_cookie_is_dead_after_the_sign_out() {
    let data = scratch();
    let mut server = PrintServer::start(data.path(), INTAKE);
    let response = browser().get(&server.link).send().expect("an answer");
    let copied = cookie(&response);
    let asked = with_cookie(&server.address, "/api/jobs", &copied);
    assert_eq!(asked.status(), 200);
    let request = browser().post(server.url("/sign-out"));
    let out = request.header("Cookie", &copied).send().expect("an answer");
    assert_eq!(out.status(), 303);
    let asked = with_cookie(&server.address, "/api/jobs", &copied);
    assert_eq!(asked.status(), 401);
    server.program.kill();
    let server = PrintServer::start(data.path(), INTAKE);
    let asked = with_cookie(&server.address, "/api/jobs", &copied);
    assert_eq!(asked.status(), 401);
}

fn a_name_and_a_key_do_not_cross_the_network_in_plain_http() {
    let data = scratch();
    let options =
        ["--role", "intake", "--listen", "0.0.0.0:0", "--allow-plain-http"];
    let server = PrintServer::start(data.path(), &options);
    let ray = made(data.path(), "ray", "print");
    let basic = |address: &str, headers: &[(&str, &str)]| {
        let request = http().get(format!("{address}/api/jobs"));
        let mut request = request.basic_auth("Ray", Some(&ray));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().expect("an answer")
    };
    assert_eq!(basic(&server.address, &[]).status(), 200);
    // Through a proxy on this machine that speaks TLS, and one that does not.
    let proxy = ("X-Forwarded-For", "198.51.100.1");
    let https = ("X-Forwarded-Proto", "https");
    assert_eq!(basic(&server.address, &[proxy]).status(), 401);
    assert_eq!(basic(&server.address, &[proxy, https]).status(), 200);
    let wrong = http().get(server.url("/api/jobs"));
    let wrong = wrong.basic_auth("egon", Some(&ray)).send();
    assert_eq!(wrong.expect("an answer").status(), 401);

    // The same from another address, and with a claim about TLS.
    let Some(address) = own_address() else {
        println!("only the loopback address is here");
        return;
    };
    let port = server.address.rsplit_once(':').expect("a port").1;
    let elsewhere = format!("http://{}", join(address, port));
    for headers in [[].as_slice(), &[https], &[proxy, https]] {
        let response = basic(&elsewhere, headers);
        assert_eq!(response.status(), 401);
        let said = text_of(response);
        assert!(said.contains("only over TLS"), "{said}");
    }
    let request = http().get(format!("{elsewhere}/api/jobs"));
    let bearer = request.bearer_auth(&ray).send().expect("an answer");
    assert_eq!(bearer.status(), 200, "which --allow-plain-http allows");
}

fn no_header_makes_somebody_of_nobody() {
    let data = scratch();
    let server = PrintServer::start(data.path(), INTAKE);
    let ray = made(data.path(), "ray", "print");
    for name in [
        "X-User",
        "Remote-User",
        "X-Remote-User",
        "X-Forwarded-User",
        "User",
        "Roles",
        "X-Forwarded-For",
    ] {
        for key in [None, Some(&ray)] {
            let request = http().get(server.url("/api/users"));
            let mut request = request.header(name, "administrator");
            if let Some(key) = key {
                request = request.bearer_auth(key);
            }
            let status = request.send().expect("an answer").status();
            assert_eq!(status, if key.is_some() { 403 } else { 401 }, "{name}");
        }
    }
    let own = &server.key;
    let heads = [
        // Two keys, of which a proxy may have checked the other.
        format!("Authorization: Bearer {ray}\r\nAuthorization: Bearer {own}"),
        format!("Authorization : Bearer {own}"),
        format!("X: y\r\n Authorization: Bearer {own}"),
        format!("X-A: b\nX-Authorization: Bearer {own}"),
    ];
    for head in heads {
        let request = format!("GET /api/users HTTP/1.1\r\n{head}\r\n");
        let answer = ask(&server, &request);
        assert!(answer.starts_with("HTTP/1.1 4"), "{head}: {answer}");
        assert!(!answer.contains("administrator"), "{head}: {answer}");
    }
    // Who asked first on a connection says nothing about who asks next.
    let both = format!(
        "GET /api/users HTTP/1.1\r\nHost: localhost\r\n\
         Authorization: Bearer {own}\r\n\r\nGET /api/users HTTP/1.1\r\n"
    );
    let answers = ask(&server, &both);
    assert!(answers.starts_with("HTTP/1.1 200"), "{answers}");
    assert!(answers.contains("HTTP/1.1 401"), "{answers}");
    // A request inside of another's body is a body.
    let inner = "GET /api/users HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned();
    let outer = format!(
        "POST /upload HTTP/1.1\r\nAuthorization: Bearer {own}\r\n\
         Transfer-Encoding: chunked\r\nContent-Length: {}\r\n",
        inner.len()
    );
    let answers = ask_with(&server, &outer, &format!("0\r\n\r\n{inner}"));
    assert!(!answers.contains("\"administrator\""), "{answers}");
}

fn wrong_keys_keep_nobody_else_out() {
    let data = scratch();
    let server = PrintServer::start(data.path(), INTAKE);
    let began = Instant::now();
    for _ in 0..5 {
        assert_eq!(get(&server, "/api/jobs", "wrong").status(), 401);
    }
    // The fourth and the fifth waited.
    assert!(began.elapsed().as_secs() >= 2, "{:?}", began.elapsed());
    let waiting = server.url("/api/jobs");
    let guess = std::thread::spawn(move || {
        http().get(waiting).bearer_auth("wrong").send().expect("an answer")
    });
    assert_eq!(get(&server, "/api/jobs", &server.key).status(), 200);
    assert_eq!(guess.join().expect("no panic").status(), 401);
    let metrics = server.request("GET", "/metrics").text().expect("text");
    let bad = "sign_in_attempts_total{result=\"bad\"} 6";
    assert!(metrics.contains(bad), "{metrics}");
}

fn what_is_open_is_said_in_one_place() {
    let upload = |server: &PrintServer, address: &str, proxy: bool| {
        let form = form("report.pdf", sample("report.pdf"), &[]);
        let request = http().post(format!("{address}/upload")).multipart(form);
        let request = match proxy {
            true => request.header("X-Forwarded-For", "192.0.2.7"),
            false => request,
        };
        let status = request.send().map(|response| response.status().as_u16());
        // The server may close before it has read a document that it refuses.
        (status.unwrap_or(401), server.jobs().len())
    };
    for (options, proxy, taken) in [
        ([].as_slice(), false, true),
        (&["--open", "nobody"], false, false),
        (&["--open", "127.0.0.0/8"], false, true),
        (&["--open", "127.0.0.0/8"], true, false),
        (&["--open", "198.51.100.0/24,this-machine"], false, true),
        (&["--open", "198.51.100.0/24"], false, false),
        (&["--open", "everybody"], true, true),
    ] {
        let data = scratch();
        let options = [INTAKE, options].concat();
        let server = PrintServer::start(data.path(), &options);
        let (status, jobs) = upload(&server, &server.address, proxy);
        assert_eq!((status == 200, jobs == 1), (taken, taken), "{options:?}");
        // A job that came so is nobody's.
        if let Some(job) = server.jobs().first() {
            assert_eq!(job["user"], "", "{job}");
        }
        let page = server.request("GET", "/users").text().expect("a page");
        let wanted = match taken && !proxy {
            true => "belongs to nobody by name",
            false => "Open without a key",
        };
        assert!(page.contains(wanted), "{options:?}");
    }
    let output = Command::new(program("print-server"))
        .args(["--open", "my-friends", "check"])
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("192.0.2.0/24"), "{said}");
}

fn accounts_that_cannot_be_read_keep_the_server_from_starting() {
    let data = scratch();
    made(data.path(), "ray", "print");
    let file = data.path().join("accounts.db");
    fs::write(&file, "no database, but quite long enough for one").expect("it");
    let output = Command::new(program("print-server"))
        .args(["--listen", "127.0.0.1:0", "--data"])
        .arg(data.path())
        .output()
        .expect("it ends");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("accounts.db"), "{said}");
    assert!(said.contains("backup"), "{said}");
}

fn the_monitors_roles_are_kept_apart() {
    let monitor = NetworkMonitor::watching("");
    let made = |name: &str, role: &str| {
        let mut command = monitor.command();
        let output =
            command.args(["users", "add", name, "--roles", role, "--json"]);
        key_in(&output.output().expect("it runs"))
    };
    let keys = [made("wall", "read"), made("attic", "probe")];
    let [wall, attic] = &keys;
    let ask = |method: &str, path: &str, key: &str| {
        let method = method.parse().expect("a method");
        let request = http().request(method, monitor.url(path));
        let status = request.bearer_auth(key).send().expect("an answer");
        status.status().as_u16()
    };
    for (method, path, of_wall, of_attic) in [
        ("GET", "/", 200, 403),
        ("GET", "/api/status", 200, 403),
        ("POST", "/api/tests/none", 403, 403),
        ("GET", "/api/users", 403, 403),
        ("GET", "/users", 403, 403),
    ] {
        assert_eq!(ask(method, path, wall), of_wall, "{method} {path}");
        assert_eq!(ask(method, path, attic), of_attic, "{method} {path}");
    }
    // The talk's address takes the key of whoever may read.
    for (key, status) in
        [(wall.as_str(), 200), (&monitor.key(), 200), (attic, 401), ("x", 401)]
    {
        let address = monitor.url(&format!("/network_data?key={key}"));
        let answer = http().get(address).send().expect("an answer");
        assert_eq!(answer.status(), status);
    }
    let revoked = monitor.command().args(["users", "revoke", "wall"]).status();
    assert!(revoked.is_ok_and(|status| status.success()));
    assert_eq!(ask("GET", "/api/status", wall), 401);
}

fn an_administrator_minds_accounts_on_the_page() {
    let data = scratch();
    let server = PrintServer::start(data.path(), INTAKE);
    let browser = Browser::start();
    browser.open(&server.link);
    browser.open(&server.url("/users"));
    browser.press("#name", "Ray");
    browser.click("#add input[value=print]");
    browser.click("#add button");
    browser.wait_until("return !!document.querySelector('#new code')");
    let key =
        browser.run("return document.querySelector('#new code').innerText");
    let key = key.as_str().expect("a key").to_owned();
    assert_eq!(get(&server, "/api/jobs", &key).status(), 200);
    for scheme in ["light", "dark"] {
        browser.prefer(scheme);
        assert_eq!(browser.violations(), json!([]), "{scheme}");
    }
    browser.click("button[aria-label='Revoke: ray']");
    browser.wait_until("return document.body.innerText.includes('revoked')");
    assert_eq!(get(&server, "/api/jobs", &key).status(), 401);
    assert!(
        !browser
            .run("return document.body.innerText")
            .to_string()
            .contains(&key)
    );
    browser.click("header button");
    browser.wait_until("return !!document.querySelector('#key')");
}

/// Makes an account in a data folder, and returns its key.
fn made(data: &Path, name: &str, roles: &str) -> String {
    key_in(&users(data, &["add", name, "--roles", roles, "--json"]))
}

/// Runs `print-server users`.
fn users(data: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(program("print-server"));
    command.arg("--data").arg(data).arg("users").args(words);
    command.output().expect("it runs")
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn said_line(output: &Output) -> String {
    said(output).trim().to_owned()
}

fn key_in(output: &Output) -> String {
    let user: Value = serde_json::from_str(&said(output)).expect("JSON");
    user["key"].as_str().expect("a key").to_owned()
}

/// A browser that does not follow where it is led.
fn browser() -> Client {
    let builder = http_builder().redirect(redirect::Policy::none());
    builder.build().expect("a client")
}

/// What a browser keeps of an answer.
fn cookie(response: &Response) -> String {
    assert_eq!(response.status(), 303);
    let cookie = response.headers()["set-cookie"].to_str().expect("text");
    cookie.split(';').next().expect("a pair").to_owned()
}

fn with_cookie(address: &str, path: &str, cookie: &str) -> Response {
    let request = browser().get(format!("{address}{path}"));
    request.header("Cookie", cookie).send().expect("an answer")
}

fn get(server: &PrintServer, path: &str, key: &str) -> Response {
    let request = http().get(server.url(path)).bearer_auth(key);
    request.send().expect("an answer")
}

/// All that is answered to the start of a request's head, to which the rest
/// of a head is added.
fn ask(server: &PrintServer, head: &str) -> String {
    ask_with(server, head, "")
}

fn ask_with(server: &PrintServer, head: &str, body: &str) -> String {
    let address = server.address.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("in");
    let request =
        format!("{head}Host: localhost\r\nConnection: close\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = Vec::new();
    // The server may cut what it does not understand.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// An address of this machine that is not the loopback address. Nothing is
/// sent.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback()).then_some(address)
}

fn join(address: IpAddr, port: &str) -> SocketAddr {
    SocketAddr::new(address, port.parse().expect("a port"))
}
