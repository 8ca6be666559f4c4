//! A browser that a test looks through.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::blocking::Client;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Running, Tool, http, scratch};

/// How long a page may take to show what a test waits for.
const PATIENCE: Duration = Duration::from_secs(60);

/// The JSON key of an element (WebDriver, section 11).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A headless Chromium that a test looks through, driven by the WebDriver
/// protocol (W3C Recommendation, 5 June 2018).
pub struct Browser {
    session: String,
    http: Client,
    /// Dropped before the profile's folder, which the driver uses.
    _driver: Running,
    _profile: TempDir,
}

impl Browser {
    /// Starts a driver on a free port, and a browser with an empty profile.
    pub fn start() -> Browser {
        let driver = Tool::ChromeDriver.find().expect("declared as needed");
        let chromium = Tool::Chromium.find().expect("declared as needed");
        let mut driver = Running::start(Command::new(driver).arg("--port=0"));
        let port = driver.wait_for_line(r"started successfully on port (\d+)");
        let driver_url = format!("http://127.0.0.1:{port}/session");
        let http = http();
        let profile = scratch();
        let profile_argument =
            format!("--user-data-dir={}", profile.path().display());
        let chromium = which(&chromium);
        // Longer than `wait_until` asks at a time.
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "timeouts": { "script": 15_000 },
            "goog:chromeOptions": {
                "binary": chromium,
                "args": [
                    "--headless", "--no-sandbox", "--disable-gpu",
                    "--disable-quic", "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update", "--disable-sync",
                    "--window-size=1000,800", profile_argument,
                ],
            },
        } } });
        let session = value(http.post(&driver_url).json(&wanted));
        let id = session["sessionId"].as_str().expect("a session");
        let session = format!("{driver_url}/{id}");
        Browser { session, http, _driver: driver, _profile: profile }
    }

    /// Opens a page and waits until it has loaded.
    pub fn open(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// Runs the body of a JavaScript function in the page; returns its value.
    pub fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Waits until the body of a JavaScript function returns true.
    ///
    /// # Panics
    /// With the page's text, after a minute.
    pub fn wait_until(&self, script: &str) {
        // The page tells nobody when it changes, so it is asked at each frame
        // that it draws, inside the page.
        let wait = format!(
            "const done = arguments[arguments.length - 1];
             const holds = () => {{ {script} }};
             const end = performance.now() + 10000;
             const look = () => holds() ? done(true)
                 : performance.now() > end ? done(false)
                 : requestAnimationFrame(look);
             look();"
        );
        let deadline = Instant::now() + PATIENCE;
        let wait = json!({ "script": wait, "args": [] });
        // A page that gives way to another takes its question along.
        while self.answer("/execute/async", &wait) != true {
            assert!(
                Instant::now() < deadline,
                "the page never came to {script:?}; it shows\n{}",
                self.run("return document.body.innerText")
            );
        }
    }

    /// Chooses a file in the file field that the CSS selector names.
    pub fn choose_file(&self, selector: &str, file: &Path) {
        let element = self.find(selector);
        let text = file.to_str().expect("a plain path");
        self.post(&format!("{element}/value"), &json!({ "text": text }));
    }

    /// Drops files on the page, as a person drags them there from a folder.
    pub fn drop_files(&self, files: &[&Path]) {
        let files: Vec<Value> = files
            .iter()
            .map(|file| {
                let bytes = std::fs::read(file).expect("a file");
                let name = file.file_name().and_then(|name| name.to_str());
                json!([name.expect("a name"), BASE64.encode(bytes)])
            })
            .collect();
        self.run(&format!(
            "const dropped = new DataTransfer();
             for (const [name, text] of {}) {{
                 const bytes = Uint8Array.from(atob(text),
                     (letter) => letter.charCodeAt(0));
                 dropped.items.add(new File([bytes], name));
             }}
             for (const kind of ['dragenter', 'dragover', 'drop'])
                 document.querySelector('main').dispatchEvent(new DragEvent(
                     kind, {{ dataTransfer: dropped, bubbles: true }}));",
            json!(files)
        ));
    }

    /// Presses keys where the focus is, as a person does who has no mouse.
    pub fn keys(&self, keys: &str) {
        let pressed: Vec<Value> = keys
            .chars()
            .flat_map(|key| {
                ["keyDown", "keyUp"].map(
                    |kind| json!({ "type": kind, "value": key.to_string() }),
                )
            })
            .collect();
        let actions = json!({ "actions": [
            { "type": "key", "id": "keyboard", "actions": pressed },
        ] });
        self.post("/actions", &actions);
    }

    /// Clicks what the CSS selector names, as a person would.
    pub fn click(&self, selector: &str) {
        let element = self.find(selector);
        self.post(&format!("{element}/click"), &json!({}));
    }

    /// Types into what the CSS selector names. Keys that have no letter are
    /// those of WebDriver's table (section 17.4.2).
    pub fn press(&self, selector: &str, keys: &str) {
        let element = self.find(selector);
        self.post(&format!("{element}/value"), &json!({ "text": keys }));
    }

    /// Drags the mouse over what the CSS selector names, from one place to
    /// another: CSS pixels to the right of its middle.
    pub fn drag(&self, selector: &str, from: i64, to: i64) {
        let element = self.find(selector);
        let id = element.trim_start_matches("/element/");
        let go = |x: i64, milliseconds: u64| {
            json!({
                "type": "pointerMove", "x": x, "y": 0,
                "duration": milliseconds, "origin": { (ELEMENT): id },
            })
        };
        let actions = json!({ "actions": [{
            "type": "pointer",
            "id": "mouse",
            "parameters": { "pointerType": "mouse" },
            "actions": [
                go(from, 0),
                { "type": "pointerDown", "button": 0 },
                go(to, 100),
                { "type": "pointerUp", "button": 0 },
            ],
        }] });
        self.post("/actions", &actions);
    }

    /// Gives the window a size in CSS pixels, such as a phone's.
    pub fn resize(&self, width: u32, height: u32) {
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            &json!({
                "width": width, "height": height,
                "deviceScaleFactor": 1, "mobile": false,
            }),
        );
    }

    /// The rules of accessibility that the page breaks, and where, as axe finds
    /// them.
    #[must_use]
    pub fn violations(&self) -> Value {
        let axe = Tool::Axe.find().expect("declared as needed");
        let axe = std::fs::read_to_string(axe).expect("a script");
        self.run(&format!(
            "{axe};
             window.found = null;
             axe.run(document).then(({{ violations }}) => {{
                 window.found = violations.map(({{ id, nodes }}) =>
                     [id, ...nodes.map((node) => node.html)]);
             }});"
        ));
        self.wait_until("return window.found !== null");
        self.run("return window.found")
    }

    /// Sets the preferred colour scheme, `light` or `dark`.
    pub fn prefer(&self, scheme: &str) {
        let preference =
            json!({ "name": "prefers-color-scheme", "value": scheme });
        self.devtools(
            "Emulation.setEmulatedMedia",
            &json!({ "features": [preference] }),
        );
    }

    /// A picture of the page, from its top to `height` CSS pixels below it,
    /// as WebP.
    pub fn picture(&self, width: u32, height: u32) -> Vec<u8> {
        self.picture_from(0, width, height)
    }

    /// The same of a part that begins `top` CSS pixels below the page's top.
    pub fn picture_from(&self, top: u32, width: u32, height: u32) -> Vec<u8> {
        let taken = self.devtools(
            "Page.captureScreenshot",
            &json!({
                "format": "webp", "quality": 80, "captureBeyondViewport": true,
                "clip": {
                    "x": 0, "y": top, "width": width, "height": height,
                    "scale": 1,
                },
            }),
        );
        let data = taken["data"].as_str().expect("a picture");
        BASE64.decode(data).expect("base64")
    }

    /// Sends a command of Chromium's own protocol, which can do what WebDriver
    /// cannot.
    fn devtools(&self, command: &str, parameters: &Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.post("/goog/cdp/execute", &body)
    }

    fn find(&self, selector: &str) -> String {
        let by = json!({ "using": "css selector", "value": selector });
        let found = self.post("/element", &by);
        let id = found[ELEMENT].as_str();
        format!("/element/{}", id.expect("an element"))
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let value = self.answer(path, body);
        assert!(value["error"].is_null(), "the browser says {value:#}");
        value
    }

    /// What the browser says, if only that something went wrong.
    fn answer(&self, path: &str, body: &Value) -> Value {
        value(self.http.post(format!("{}{path}", self.session)).json(body))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Closes the browser; the driver itself is killed after it.
        let _ = self.http.delete(&self.session).send();
    }
}

fn value(request: reqwest::blocking::RequestBuilder) -> Value {
    let response = request.send().expect("the driver answers");
    let mut answer: Value = response.json().expect("the driver speaks JSON");
    answer["value"].take()
}

/// The path of a program, which the driver wants instead of a name.
fn which(program: &Path) -> std::path::PathBuf {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
        .unwrap_or_else(|| program.to_owned())
}
