//! Documents that are looked at before they become jobs, and pictures of pages.

use std::fs;

use harness::{PrintServer, sample, scratch};
use reqwest::blocking::{Client, Response, multipart};
use serde_json::{Value, json};

/// A server that takes documents in, and prints none.
struct Desk {
    server: PrintServer,
    data: tempfile::TempDir,
    http: Client,
    /// The key of an account that may print.
    key: String,
}

impl Desk {
    fn open() -> Desk {
        let data = scratch();
        let server = PrintServer::start(data.path(), &["--role", "intake"]);
        let account = json!({ "name": "egon", "roles": ["print"] });
        let account: Value =
            server.post_json("/api/users", &account).json().expect("JSON");
        let key = account["key"].as_str().expect("a key").to_owned();
        Desk { server, data, http: Client::new(), key }
    }

    fn look(&self, name: &str, bytes: Vec<u8>) -> Response {
        let part = multipart::Part::bytes(bytes).file_name(name.to_owned());
        let form = multipart::Form::new().part("file", part);
        self.send(self.http.post(self.url("/api/previews")).multipart(form))
    }

    fn preview(&self, name: &str) -> Value {
        let answer = self.look(name, sample(name));
        assert_eq!(answer.status(), 201);
        answer.json().expect("JSON")
    }

    fn print(&self, wish: &Value, key: &str) -> Response {
        let request = self.http.post(self.url("/api/jobs")).json(wish);
        self.send(request.header("Idempotency-Key", key))
    }

    fn get(&self, path: &str) -> Response {
        self.send(self.http.get(self.url(path)))
    }

    fn send(&self, request: reqwest::blocking::RequestBuilder) -> Response {
        request.bearer_auth(&self.key).send().expect("the server answers")
    }

    fn url(&self, path: &str) -> String {
        self.server.url(path)
    }

    /// How many files lie in the spool, and in its folder of documents that
    /// are on their way.
    fn files(&self) -> [usize; 2] {
        ["documents", "incoming"].map(|part| {
            let folder = self.data.path().join("spool").join(part);
            fs::read_dir(folder).expect("a folder").count()
        })
    }
}

fn path_of(preview: &Value, rest: &str) -> String {
    format!("/api/previews/{}{rest}", preview["id"].as_str().expect("an id"))
}

#[test]
fn a_document_is_looked_at_and_then_printed_without_being_sent_again() {
    let desk = Desk::open();
    let preview = desk.preview("mixed.pdf");
    assert_eq!(preview["name"], "mixed.pdf");
    let pages = preview["pages"].as_u64().expect("a number");
    assert!(pages > 1);
    assert_eq!(desk.files(), [0, 1]);
    assert!(desk.server.jobs().is_empty());

    let wish = json!({
        "preview": preview["id"], "pages": "2", "copies": 3, "duplex": true,
        "color": "false", "hold": true, "media": null,
    });
    let answer = desk.print(&wish, "once");
    assert_eq!(answer.status(), 201);
    let job: Value = answer.json().expect("JSON");
    assert_eq!(job["name"], "mixed.pdf");
    assert_eq!(job["user"], "egon");
    assert_eq!(job["state"], "held");
    assert_eq!((&job["pages"], &job["copies"]), (&json!("2"), &json!(3)));
    assert_eq!((&job["duplex"], &job["color"]), (&json!(true), &json!(false)));
    // The same wish once more is the same job.
    let again = desk.print(&wish, "once");
    assert_eq!(again.status(), 200);
    let again: Value = again.json().expect("JSON");
    assert_eq!(again["id"], job["id"]);

    // The job has a copy of its own: the preview can go.
    let gone = desk.http.delete(desk.url(&path_of(&preview, "")));
    assert_eq!(desk.send(gone).status(), 204);
    assert_eq!(desk.files(), [1, 0]);
    assert_eq!(desk.get(&path_of(&preview, "")).status(), 404);
    let late = desk.print(&wish, "twice");
    assert_eq!(late.status(), 404);
    let words: Value = late.json().expect("JSON");
    assert!(words["error"].as_str().is_some_and(|it| it.contains("again")));
}

#[test]
fn a_preview_and_its_pictures_are_its_owners() {
    let desk = Desk::open();
    let preview = desk.preview("report.pdf");
    let picture = path_of(&preview, "/pages/2.png");
    let answer = desk.get(&picture);
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "image/png");
    let small = answer.bytes().expect("a picture");
    assert!(small.len() < 60_000, "{} bytes", small.len());
    let mut reader = png::Decoder::new(std::io::Cursor::new(small))
        .read_info()
        .expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let frame = reader.next_frame(&mut pixels).expect("one picture");
    assert!((300..=400).contains(&frame.height), "{} rows", frame.height);
    // There is something on it, and it is no black page either.
    let dark = pixels.iter().filter(|sample| **sample < 128).count();
    assert!(dark > 20 && dark < pixels.len() / 2, "{dark}");

    // The administrator minds all jobs, and this is none.
    for path in [&picture, &path_of(&preview, "")] {
        assert_eq!(desk.server.request("GET", path).status(), 404);
    }
    let count = preview["pages"].as_u64().expect("a number");
    for page in ["0", "x", &format!("{}", count + 1), "99999999999"] {
        let path = path_of(&preview, &format!("/pages/{page}.png"));
        assert_eq!(desk.get(&path).status(), 404, "{page}");
    }
}

#[test]
fn what_cannot_be_printed_is_refused_and_leaves_nothing() {
    let desk = Desk::open();
    for name in ["bad/encrypted.pdf", "bad/truncated.pdf"] {
        let short = name.trim_start_matches("bad/");
        let answer = desk.look(short, sample(name));
        assert_eq!(answer.status(), 422, "{name}");
    }
    assert_eq!(desk.look("empty.pdf", Vec::new()).status(), 422);
    assert_eq!(desk.look("../x.pdf", sample("report.pdf")).status(), 400);
    assert_eq!(desk.files(), [0, 0]);
    let wish = json!({ "preview": "0123", "pages": "1" });
    assert_eq!(desk.print(&wish, "k").status(), 404);
    let preview = desk.preview("report.pdf");
    let wish = json!({ "preview": preview["id"], "ink": "blue" });
    assert_eq!(desk.print(&wish, "k").status(), 400);
    let wish = json!({ "preview": preview["id"], "pages": "9999" });
    assert_eq!(desk.print(&wish, "k").status(), 416);
    // It is still there, for another try.
    assert_eq!(desk.get(&path_of(&preview, "")).status(), 200);
}

/// Whoever looks at many documents has the newest.
#[test]
fn a_person_has_a_shelf_of_limited_length() {
    let desk = Desk::open();
    let text = |number: u32| format!("number {number}").into_bytes();
    let first: Value = desk.look("0.txt", text(0)).json().expect("JSON");
    for number in 1..=24 {
        assert_eq!(desk.look("n.txt", text(number)).status(), 201);
    }
    assert_eq!(desk.get(&path_of(&first, "")).status(), 404);
    assert_eq!(desk.files(), [0, 24]);
}

#[test]
fn a_job_has_pictures_for_its_owner_and_for_whoever_minds_all_jobs() {
    let desk = Desk::open();
    let preview = desk.preview("report.pdf");
    let print = |pin: Value| {
        let wish =
            json!({ "preview": preview["id"], "hold": true, "pin": pin });
        let job: Value =
            desk.print(&wish, &pin.to_string()).json().expect("JSON");
        format!("/api/jobs/{}/pages/1.png", job["id"].as_str().expect("an id"))
    };
    let open = print(Value::Null);
    assert_eq!(desk.get(&open).status(), 200);
    assert_eq!(desk.server.request("GET", &open).status(), 200);
    // A PIN keeps everybody else from the pages.
    let secret = print(json!("0042"));
    assert_eq!(desk.get(&secret).status(), 200);
    assert_eq!(desk.server.request("GET", &secret).status(), 404);
}
