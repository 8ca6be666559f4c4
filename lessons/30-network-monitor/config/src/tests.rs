//! The configuration as a person writes it, and as a person gets it wrong.

use crate::*;
use alerts::Condition;
use std::path::Path;
use std::time::Duration;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("monitor.toml"))
}

/// What is said about a configuration that is wrong.
fn refusal(text: &str) -> String {
    match parse(text) {
        Ok(config) => panic!("taken: {text}\n{config:#?}"),
        Err(error) => error.to_string(),
    }
}

const ROUTER: &str = "[[target]]\nname = \"router\"\nhost = \"192.0.2.1\"\n";

#[test]
fn the_example_is_taken_as_it_is() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = package.with_file_name("example.toml");
    let text = std::fs::read_to_string(&file).expect("the example");
    let config = Config::parse(&text, &file).expect("no mistake");
    assert_eq!(config.targets.len(), 10);
    let kinds: Vec<&str> = config.targets.iter().map(Target::kind).collect();
    assert_eq!(
        kinds,
        [
            "ping", "ping", "tcp", "http", "http", "dns", "push", "ping",
            "ping", "http"
        ]
    );
    assert_eq!(config.groups[0].targets, ["file server", "printer"]);
    assert_eq!(config.dependencies.len(), 2);
    assert_eq!(config.windows.len(), 2);
    assert_eq!(config.windows[0].targets, config.groups[0].targets);
    assert_eq!(
        config.windows[0].window.to_string(),
        "0 2 * * 0 Europe/Stockholm, for 2h"
    );
    assert_eq!(config.speed.len(), 2);
    assert_eq!(
        config.speed[0].schedule.to_string(),
        "every 4h, up to 10m later"
    );
    assert_eq!(
        config.speed[1].schedule.to_string(),
        "30 3 * * 1-5 Europe/Stockholm"
    );
    let series: Vec<usize> =
        config.alerts.iter().map(|rule| rule.series.len()).collect();
    assert_eq!(series, [11, 1, 2, 1, 1, 1]);
    assert_eq!(config.alerts[0].series[0], ("router".to_owned(), "ping"));
    assert_eq!(config.alerts[0].series[5], ("our name".to_owned(), "check"));
    assert_eq!(config.alerts[1].condition, Condition::Above(80.0));
    assert_eq!(config.alerts[5].condition, Condition::Below(80e6));
    assert_eq!(config.notifiers.len(), 3);
    assert_eq!(config.retention, Retention::default());
}

#[test]
fn an_empty_configuration_watches_nothing() {
    assert_eq!(parse(""), Ok(Config::default()));
    assert_eq!(parse("listen = \"127.0.0.1:1\"\n"), Ok(Config::default()));
}

#[test]
fn what_is_not_said_has_a_usual_value() {
    let config = parse(ROUTER).expect("enough");
    assert_eq!(config.targets, [Target::ping("router", "192.0.2.1")]);
}

#[test]
fn an_interval_shorter_than_a_second_shortens_the_usual_timeout() {
    let config = parse(&format!("{ROUTER}every = \"200ms\"")).expect("enough");
    assert_eq!(config.targets[0].timeout, Duration::from_millis(200));
}

#[test]
fn a_mistake_is_reported_with_its_file_line_and_key() {
    for (text, said) in [
        (
            "[[target]]\nname = \"router\"\nhots = \"192.0.2.1\"",
            "monitor.toml:3: target.hots: unknown key `hots`, did you mean \
             `host`?",
        ),
        (
            "\n[[tagret]]\nname = \"router\"",
            "monitor.toml:2: tagret: unknown key `tagret`, did you mean \
             `target`?",
        ),
        (
            "[[target]]\nhost = \"192.0.2.1\"",
            "monitor.toml:1: target: the key `name` is missing: add it",
        ),
        (
            "[[target]]\nname = \"router\"\n",
            "monitor.toml:1: target.host: a target of kind \"ping\" needs \
             it: add it",
        ),
        (
            "[target]\nname = \"router\"",
            "monitor.toml:1: target: write it as [[target]], with two \
             brackets",
        ),
        ("[[target]\n", "monitor.toml:1: TOML: "),
    ] {
        let refusal = refusal(text);
        assert!(refusal.starts_with(said), "{text}\n{refusal}");
    }
}

#[test]
fn what_does_not_fit_its_key_is_refused_where_it_stands() {
    for (line, said) in [
        ("every = 5", "target.every: invalid type: integer `5`"),
        ("every = \"soon\"", "target.every: `soon` is no length of time"),
        ("every = \"1ms\"", "target.every: it is asked too often"),
        ("timeout = \"2s\"", "target.timeout: an answer may take 2s, but it"),
        ("timeout = \"0s\"", "target.timeout: an answer may take 0ms"),
        ("port = 22", "target.port: a target of kind \"ping\" has no `port`"),
        ("kind = \"icmp\"", "target.kind: unknown variant `icmp`"),
        ("count = 0", "target.count: 0 is out of range: write 1 to 100"),
        ("count = 6", "target.count: the last of them is sent 1s after"),
        ("down_after = -1", "target.down_after: "),
        ("degraded_above_loss = 5", "target.degraded_above_loss: a share"),
        ("degraded_above_ms = \"5%\"", "target.degraded_above_ms: `%` does"),
        ("degraded_above_ms = nan", "target.degraded_above_ms: NaN is out"),
    ] {
        let refusal = refusal(&format!("{ROUTER}{line}"));
        let wanted = format!("monitor.toml:4: {said}");
        assert!(refusal.starts_with(&wanted), "{line}\n{refusal}");
    }
}

#[test]
fn each_kind_of_target_asks_for_what_it_needs() {
    for (lines, said) in [
        ("kind = \"tcp\"\nhost = \"::1\"", "target.port"),
        ("kind = \"tcp\"\nhost = \"a\"\nport = 0", "target.port"),
        ("kind = \"tcp\"\nhost = \"a\"\nport = 65536", "target.port"),
        ("kind = \"tcp\"\nhost = \"a:22\"\nport = 22", "target.host"),
        ("kind = \"http\"", "target.url"),
        ("kind = \"http\"\nurl = \"www.example.org\"", "target.url"),
        ("kind = \"http\"\nurl = \"ftp://example.org\"", "target.url"),
        ("kind = \"dns\"", "target.host"),
        ("kind = \"dns\"\nhost = \"a\"\nserver = \"dns\"", "target.server"),
        ("kind = \"dns\"\nhost = \"a\"\nrecord = \"B\"", "target.record"),
        ("host = \"-f\"", "target.host"),
        ("host = \"a; reboot\"", "target.host"),
        ("host = \"\"", "target.host"),
        ("host = \"https://a/\"", "target.host"),
        ("kind = \"http\"\nurl = \"http://a\"\nmethod = \"BREW\"", "method"),
        (
            "kind = \"http\"\nurl = \"http://a\"\n\
             json = { pointer = \"a\", value = 1 }",
            "target.json: `a` is no JSON Pointer",
        ),
        (
            "kind = \"http\"\nurl = \"http://a\"\n\
             bearer = { file = \"none\" }",
            "target.bearer: cannot read none",
        ),
        (
            "kind = \"http\"\nurl = \"http://a\"\n\
             bearer = { env = \"NOBODY_HAS_SET_THIS\" }",
            "target.bearer: `NOBODY_HAS_SET_THIS` in the environment",
        ),
        (
            "kind = \"http\"\nurl = \"http://a\"\nbearer = \"a\"\n\
             basic = { user = \"a\", password = \"b\" }",
            "target.bearer: there is one way to sign in",
        ),
        ("kind = \"push\"", "target.within"),
        ("kind = \"push\"\nwithin = \"1h\"", "target.token"),
        ("kind = \"push\"\nwithin = \"1ms\"", "target.within"),
        ("kind = \"push\"\nwithin = \"1h\"\nevery = \"1h\"", "target.every"),
    ] {
        let refusal = refusal(&format!("[[target]]\nname = \"a\"\n{lines}"));
        assert!(refusal.contains(said), "{lines}\n{refusal}");
    }
}

#[test]
fn a_secret_of_a_target_is_not_repeated() {
    for lines in [
        "kind = \"push\"\nwithin = \"1h\"\ntoken = \"sesame\"",
        "kind = \"push\"\nwithin = \"1h\"\ntoken = 314159265",
        "kind = \"http\"\nurl = \"http://a\"\nbearer = 314159265",
        "kind = \"http\"\nurl = \"http://a\"\nbearer = \"sesame\\na\"",
        "kind = \"http\"\nurl = \"http://a\"\n\
         headers = { X-Key = \"sesame\\u0007\" }",
        "kind = \"http\"\nurl = \"http://a\"\n\
         basic = { user = \"a\", password = 314159265 }",
    ] {
        let refusal = refusal(&format!("[[target]]\nname = \"a\"\n{lines}"));
        let told = refusal.contains("sesame") || refusal.contains("314159265");
        assert!(!told, "{lines}\n{refusal}");
    }
    let job = |name: &str| {
        format!(
            "[[target]]\nname = \"{name}\"\nkind = \"push\"\n\
             within = \"1h\"\ntoken = \"0123456789abcdef\"\n"
        )
    };
    let refusal = refusal(&format!("{}{}", job("one"), job("two")));
    assert!(refusal.contains("`two` has the same token as `one`"), "{refusal}");
    assert!(!refusal.contains("0123456789abcdef"), "{refusal}");
}

#[test]
fn two_of_one_name_are_refused_at_the_second() {
    let refusal = refusal(&format!("{ROUTER}{ROUTER}"));
    assert!(refusal.starts_with("monitor.toml:5: target.name: `router` is"));
    assert!(refusal.contains("line 2"), "{refusal}");
}

#[test]
fn names_that_would_confuse_are_refused() {
    for name in ["", " ", "all", r"a\nBcc: b", r"a\u202Eb"] {
        let refusal =
            refusal(&format!("[[target]]\nname = \"{name}\"\nhost = \"a\""));
        assert!(refusal.contains(":2: target.name: "), "{refusal}");
    }
}

const SPEED: &str =
    "[[speed]]\nname = \"home\"\nserver = \"http://127.0.0.1:8700\"\n";

#[test]
fn a_speed_test_says_when_it_runs_and_what_it_may_take() {
    let config =
        parse(&format!("{SPEED}every = \"4h\"\njitter = \"10m\"")).expect("ok");
    assert!(!config.speed[0].bufferbloat);
    for (lines, said) in [
        ("", "speed.every: it is not said when it runs"),
        ("every = \"1h\"\ncron = \"0 * * * *\"", "speed.cron: there is"),
        ("every = \"5s\"", "speed.every: every 5s is shorter than the 20s"),
        ("every = \"1h\"\njitter = \"2h\"", "speed.jitter: it is longer"),
        ("every = \"1h\"\nzone = \"UTC\"", "speed.zone: an interval knows"),
        ("cron = \"every day\"", "speed.cron: `every day` is not a cron"),
        ("cron = \"0 0 30 2 *\"", "speed.cron: `0 0 30 2 *` never happens"),
        ("cron = \"0 4 * * *\"\nzone = \"Mars/Olympus\"", "speed.zone: `M"),
        (
            "every = \"1h\"\nfamily = \"ookla2\"",
            "speed.family: `ookla2` is no family",
        ),
        ("every = \"1h\"\nmost_bytes = \"1\"", "speed.most_bytes: "),
        ("every = \"1h\"\nmost_bytes = \"10kB\"", "speed.most_bytes: 100 kB"),
        ("every = \"1h\"\nmost_flows = 0", "speed.most_flows: 0 is out of"),
        ("every = \"1h\"\nmost_time = \"1h\"", "speed.most_time: a test"),
        (
            "every = \"1h\"\nmost_time = \"14s\"\nbufferbloat = true",
            "speed.most_time: with `bufferbloat` a test needs",
        ),
    ] {
        let refusal = refusal(&format!("{SPEED}{lines}"));
        assert!(refusal.contains(said), "{lines}\n{refusal}");
    }
}

#[test]
fn an_alert_that_watches_nothing_or_tells_nobody_known_is_refused() {
    for (lines, said) in [
        ("", "alert.target: it watches nothing: add target"),
        ("target = \"rooter\"", "alert.target: there is no [[target]] named"),
        ("target = []", "alert.target: it watches nothing"),
        ("speed = \"all\"", "alert.speed: it watches nothing: there is no"),
        ("target = \"all\"\nspeed = \"all\"", "alert.speed: there is"),
        ("target = \"all\"\nmetric = \"pong\"", "alert.metric: `pong` is"),
        ("target = \"all\"\nmetric = \"upload\"", "alert.target: it watches"),
        ("target = \"router\"\nmetric = \"check\"", "`router` has the metric"),
        ("target = \"router\"\nnotify = [\"me\"]", "alert.notify: there is"),
        ("target = \"router\"\nafter = 0", "alert.after: 0 is out of range"),
        ("target = \"all\"\nabove = 1\nlearnt = true", "`learnt` a rule has"),
        ("target = \"all\"\nabove = \"1 Mbit/s\"", "alert.above: `Mbit/s`"),
        ("target = \"all\"\nmetric = \"loss\"", "a target's share never"),
    ] {
        let text = format!("{ROUTER}[[alert]]\nname = \"a\"\n{lines}");
        let refusal = refusal(&text);
        assert!(refusal.contains(said), "{lines}\n{refusal}");
    }
    let speed = format!(
        "{SPEED}every = \"1h\"\n[[alert]]\nname = \"a\"\nspeed = \"home\"\n"
    );
    let said = refusal(&format!("{speed}below = 50"));
    assert!(said.contains("alert.metric: it is not said"), "{said}");
    let said = refusal(&format!("{speed}metric = \"download\"\nbelow = 50"));
    assert!(said.contains("write 50_000_000 or"), "{said}");
    let said = refusal(&format!("{speed}metric = \"ping\""));
    assert!(said.contains("targets have this metric"), "{said}");
}

#[test]
fn a_notifier_tells_in_one_way_and_safely() {
    let email = "[notify.email]\nserver = \"mail.example.org\"\nfrom = \
                 \"a@example.org\"\n";
    for (lines, said) in [
        ("", "notify.webhook: it is not said how"),
        ("webhook = \"http://h/\"\ncommand = [\"a\"]", "keep one of"),
        ("webhook = \"h\"", "notify.webhook: this is no address"),
        ("command = []", "notify.command: it names no program"),
        ("command = \"a b\"", "notify.command: invalid type: string"),
        ("command = [\"a\"]\nattempts = 11", "notify.attempts: 11 is out"),
        ("command = [\"a\"]\ntimeout = \"1h\"", "notify.timeout: an attempt"),
        ("command = [\"a\"]\nheaders = {}", "notify.headers: only a webhook"),
        (
            "webhook = \"http://h/\"\nheaders = { \"A B\" = \"c\" }",
            "notify.headers: `A B` and its value",
        ),
        (
            "webhook = \"http://h/\"\nheaders = { A = \"b\\r\\nC: d\" }",
            "notify.headers: `A` and its value",
        ),
        (&format!("{email}to = \"nobody\""), "notify.email.to: `nobody` is"),
        (&format!("{email}to = []"), "notify.email.to: nobody gets it"),
        (
            &format!("{email}to = \"b@example.org\"\nuser = \"a\""),
            "notify.email.password_file: add",
        ),
        (
            &format!(
                "{email}to = \"b@example.org\"\nuser = \"a\"\n\
                 password_file = \"is-not-there\""
            ),
            "notify.email.password_file: cannot find",
        ),
    ] {
        let text = format!("[[notify]]\nname = \"me\"\n{lines}");
        let refusal = refusal(&text);
        assert!(refusal.contains(said), "{lines}\n{refusal}");
    }
}

#[test]
fn a_password_does_not_travel_in_the_open() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("password"), "secret").expect("written");
    let file = folder.path().join("monitor.toml");
    let text = |server: &str| {
        format!(
            "[[notify]]\nname = \"mail\"\n[notify.email]\nserver = \
             \"{server}\"\ntls = \"none\"\nfrom = \"a@example.org\"\nto = \
             \"b@example.org\"\nuser = \"a\"\npassword_file = \"password\""
        )
    };
    let refusal = Config::parse(&text("mail.example.org"), &file)
        .expect_err("in the open");
    assert!(refusal.what.contains("in the open"), "{refusal}");
    Config::parse(&text("127.0.0.1"), &file).expect("it stays here");
}

#[test]
fn secrets_are_not_in_what_is_printed() {
    let text = "[[notify]]\nname = \"chat\"\nwebhook = \
                \"http://h/secret\"\nheaders = { A = \"secret\" }";
    let config = parse(text).expect("taken");
    assert!(!format!("{config:?}").contains("secret"));
    let wrong = text.replace("http:", "");
    assert!(!refusal(&wrong).contains("secret"));
    for wrong in [
        "headers = \"secret, expected secret\"",
        "headers = { Authorization = 5734 }",
        "headers = { Authorization = [\"secret\"] }",
        "email = \"me:secret\"",
        "command = \"send --token secret\"",
    ] {
        let refusal = refusal(&format!("[[notify]]\nname = \"a\"\n{wrong}"));
        assert!(refusal.contains("invalid type: "), "{refusal}");
        assert!(!refusal.contains("secret"), "{refusal}");
        assert!(!refusal.contains("5734"), "{refusal}");
    }
}

#[test]
fn the_requests_of_a_pass_leave_room_for_their_answers() {
    let with = |lines: &str| parse(&format!("{ROUTER}{lines}"));
    let timeout = |lines: &str| with(lines).expect("enough").targets[0].timeout;
    // What is not said is what is left.
    assert_eq!(timeout("count = 3"), Duration::from_millis(600));
    let lines = "count = 3\ntimeout = \"600ms\"";
    assert_eq!(timeout(lines), Duration::from_millis(600));
    assert!(with("count = 3\ntimeout = \"601ms\"").is_err());
    assert!(with("count = 100\nevery = \"30s\"").is_ok());
    assert!(with("count = 100\nevery = \"19s\"").is_err());
}

#[test]
fn a_rule_on_loss_knows_whose_loss_it_is() {
    let both = format!(
        "[[target]]\nname = \"home\"\nhost = \"a\"\n{SPEED}every = \"1h\"\n\
         [[alert]]\nname = \"a\"\nspeed = \"home\"\nmetric = \"loss\""
    );
    assert!(refusal(&both).contains("`home` is a target and a speed test"));
    parse(&both.replacen("name = \"home\"", "name = \"host\"", 1))
        .expect("told apart");
}

#[test]
fn the_history_is_kept_in_an_order_that_can_be() {
    let config = parse("[retention]\nraw = \"1y\"").expect("taken");
    assert_eq!(config.retention.minute, config.retention.raw);
    for text in ["raw = \"1h\"", "minute = \"1d\"", "hour = \"30d\""] {
        let refusal = refusal(&format!("[retention]\n{text}"));
        assert!(refusal.contains(":1: retention: "), "{refusal}");
    }
}

#[test]
fn a_new_configuration_is_compared_in_words() {
    let old = parse(&format!("{ROUTER}[[target]]\nname = \"b\"\nhost = \"b\""))
        .expect("taken");
    let new = parse(&format!(
        "{ROUTER}every = \"2s\"\n{SPEED}every = \"4h\"\n\
         [retention]\nraw = \"8d\""
    ))
    .expect("taken");
    assert_eq!(
        Config::difference(&old, &new),
        [
            "target b removed",
            "target router changed: every",
            "speed test home added",
            "retention changed: raw",
        ]
    );
    assert!(Config::difference(&new, &new).is_empty());
}

#[test]
fn a_rule_watches_a_target_from_each_of_its_places_or_from_all_together() {
    let text = "[[place]]\nname = \"home\"\n\
        [[target]]\nname = \"a\"\nhost = \"192.0.2.1\"\n\
        places = [\"here\", \"home\"]\n\
        [[target]]\nname = \"b\"\nhost = \"192.0.2.2\"\n\
        places = \"home\"\n\
        [[alert]]\nname = \"any\"\ntarget = \"all\"\n\
        [[alert]]\nname = \"each\"\ntarget = \"all\"\nfrom = \"all\"\n\
        [[alert]]\nname = \"gone\"\nplace = \"all\"\n";
    let config = parse(text).expect("taken");
    let names = |rule: usize| -> Vec<&str> {
        let series = config.alerts[rule].series.iter();
        series.map(|(name, _)| name.as_str()).collect()
    };
    assert_eq!(names(0), ["a", "a@home", "b@home"]);
    assert_eq!(names(1), ["a@all", "b@home"]);
    assert_eq!(config.alerts[2].series, [("home".to_owned(), "probe")]);
    assert_eq!(config.alerts[2].after, 1);
}

#[test]
fn a_place_that_cannot_be_is_refused() {
    let place = "[[place]]\nname = \"home\"\n";
    let target = "[[target]]\nname = \"a\"\nhost = \"192.0.2.1\"\n";
    for (text, word) in [
        ("[[place]]\nname = \"Home Office\"".to_owned(), "small letters"),
        ("[[place]]\nname = \"here\"".to_owned(), "another name"),
        (format!("{place}away_after = \"10ms\""), "1s"),
        (format!("{target}places = \"home\""), "no [[place]]"),
        (format!("{target}places = []"), "nowhere"),
        (target.replace("\"a\"", "\"a@b\""), "another name"),
        (
            format!(
                "{place}[[alert]]\nname = \"x\"\nplace = \"home\"\n\
                 after = 3"
            ),
            "away_after",
        ),
        (
            format!(
                "{place}{target}places = [\"here\", \"home\"]\n[[alert]]\n\
                 name = \"x\"\ntarget = \"a\"\nmetric = \"loss\"\n\
                 above = 0.1\nfrom = \"all\""
            ),
            "not compared",
        ),
    ] {
        let words = refusal(&text);
        assert!(words.contains(word), "{words}");
    }
}
