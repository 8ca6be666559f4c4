//! Configurations as administrators write them, right and wrong.

use std::collections::HashMap;
use std::fs;
use std::net::SocketAddr;

use clap::{CommandFactory, Subcommand, ValueEnum};
use serde::Deserialize;

use super::*;

#[derive(Parser, Debug)]
#[command(name = "ecto-one")]
struct Arguments {
    #[arg(long, default_value = "127.0.0.1:1")]
    listen: SocketAddr,
    #[arg(long)]
    data: PathBuf,
    #[arg(long)]
    allow_raw: bool,
    #[arg(long)]
    host_name: Vec<String>,
    #[arg(long)]
    port: Vec<u16>,
    #[arg(long, value_enum, default_value_t = Role::All)]
    role: Role,
    #[arg(long, default_value_t = 1)]
    threads: usize,
    #[command(subcommand)]
    command: Option<Commands>,
}

#[derive(Debug, Clone, Copy, PartialEq, ValueEnum)]
enum Role {
    All,
    Intake,
}

#[derive(Subcommand, Debug)]
enum Commands {
    Report {
        #[arg(long, default_value_t = 7)]
        days: u32,
    },
}

/// Loads with a file of this text.
fn load(
    text: &str,
    environment: &[(&str, &str)],
    flags: &[&str],
) -> Result<Loaded<Arguments>, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ecto.toml");
    fs::write(&file, text).expect("written");
    let environment: HashMap<&str, &str> =
        environment.iter().copied().collect();
    let words = ["ecto-one".into(), "--config".into(), file.into_os_string()]
        .into_iter()
        .chain(flags.iter().map(OsString::from));
    let variable = |name: &str| environment.get(name).map(OsString::from);
    load_from(words, variable, &["target", "retention"]).map_err(|error| {
        let words = error.to_string();
        let folder = format!("{}/", folder.path().display());
        words.replace(&folder, "")
    })
}

fn mistake(text: &str) -> String {
    load(text, &[], &["--data=x"]).map(|_| ()).expect_err("a mistake")
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let file = "listen = '127.0.0.1:2'\ndata = 'file'\n";
    let environment = [("ECTO_ONE_LISTEN", "127.0.0.1:3")];
    let flags = ["--listen", "127.0.0.1:4"];
    let listen = |loaded: Loaded<Arguments>| loaded.arguments.listen.port();
    let default = load("", &[], &["--data=x"]).map(listen);
    assert_eq!(default, Ok(1));
    assert_eq!(load(file, &[], &[]).map(listen), Ok(2));
    assert_eq!(load(file, &environment, &[]).map(listen), Ok(3));
    assert_eq!(load(file, &environment, &flags).map(listen), Ok(4));
    assert_eq!(load(file, &[], &flags).map(listen), Ok(4));
    let data = load(file, &[], &[]).map(|loaded| loaded.arguments.data);
    assert_eq!(data, Ok("file".into()));
}

#[test]
fn switches_lists_numbers_and_names_can_stand_in_a_file() {
    let file = "data = 'd'\nallow-raw = true\nthreads = 4\n\
        host-name = ['a.example', 'b.example']\nrole = 'intake'\n";
    let arguments = load(file, &[], &[]).expect("loaded").arguments;
    assert!(arguments.allow_raw);
    assert_eq!(arguments.host_name, ["a.example", "b.example"]);
    assert_eq!(arguments.role, Role::Intake);
    assert_eq!(arguments.threads, 4);

    let flags = ["--allow-raw=false", "--host-name", "c.example"];
    let arguments = load(file, &[], &flags).expect("loaded").arguments;
    assert!(!arguments.allow_raw);
    assert_eq!(arguments.host_name, ["c.example"]);

    let environment =
        [("ECTO_ONE_ALLOW_RAW", "off"), ("ECTO_ONE_HOST_NAME", "d, e")];
    let arguments = load(file, &environment, &[]).expect("loaded").arguments;
    assert!(!arguments.allow_raw);
    assert_eq!(arguments.host_name, ["d", "e"]);
    let arguments = load(file, &environment, &["--allow-raw"]);
    assert!(arguments.expect("loaded").arguments.allow_raw);
}

#[test]
fn a_subcommands_options_can_stand_in_the_file_too() {
    let loaded = load("data = 'd'\ndays = 30\n", &[], &["report"]);
    let Some(Commands::Report { days }) =
        loaded.expect("loaded").arguments.command
    else {
        panic!("no subcommand");
    };
    assert_eq!(days, 30);
}

#[test]
fn a_mistake_is_named_with_its_file_line_and_key() {
    for (file, words) in [
        (
            "# how\nlisen = '127.0.0.1:1'\n",
            "ecto.toml:2: unknown key `lisen`, did you mean `listen`?",
        ),
        (
            "allow_raw = true\n",
            "ecto.toml:1: unknown key `allow_raw`, did you mean `allow-raw`?",
        ),
        (
            "\n[targets]\nhost = 'a'\n",
            "ecto.toml:2: unknown table `targets`, did you mean `target`?",
        ),
        ("target = 1\n", "ecto.toml:1: `target` must be a table, as [target]"),
        (
            "[listen]\na = 1\n",
            "ecto.toml:1: `listen` must be a plain value, not a table",
        ),
        (
            "\n\nlisten = 'here'\n",
            "ecto.toml:3: `listen` = \"here\": invalid socket address syntax",
        ),
        (
            "role = 'boss'\n",
            "ecto.toml:1: `role` = \"boss\": say all or intake",
        ),
        (
            "threads = -1\n",
            "ecto.toml:1: `threads` = \"-1\": invalid digit found in string",
        ),
        (
            "listen = ['127.0.0.1:1']\n",
            "ecto.toml:1: `listen` must be a plain value",
        ),
        (
            "host-name = [['a']]\n",
            "ecto.toml:1: `host-name` must be a list of plain values",
        ),
        (
            "port = [\n    1,\n    70000,\n]\n",
            "ecto.toml:3: `port` = \"70000\": 70000 is not in 0..=65535",
        ),
        ("a = 1\na = 2\n", "ecto.toml:2: this is not TOML: duplicate key"),
    ] {
        assert_eq!(mistake(file), words);
    }
    let words = mistake("allow-raw = 'perhaps'\n");
    assert!(words.starts_with("ecto.toml:1: `allow-raw` = "), "{words}");
    let words = mistake("completely = 'else'\n");
    assert!(words.contains("there are allow-raw, data, days"), "{words}");
    let words = mistake("listen = \n");
    assert!(words.starts_with("ecto.toml:1: this is not TOML"), "{words}");
}

#[test]
fn a_wrong_variable_is_named() {
    let environment = [("ECTO_ONE_LISTEN", "nowhere")];
    let error = load("", &environment, &["--data=x"]).map(|_| ());
    assert_eq!(
        error,
        Err("the environment variable ECTO_ONE_LISTEN: \"nowhere\": invalid \
             socket address syntax"
            .to_owned())
    );
    // Set to nothing is not set.
    let environment = [("ECTO_ONE_LISTEN", "")];
    assert!(load("", &environment, &["--data=x"]).is_ok());
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let words = ["ecto-one", "--data=x", "--config=/nowhere/ecto.toml"];
    let error = load_from::<Arguments>(words, |_| None, &[]);
    let words = error.expect_err("no file").to_string();
    assert!(words.contains("/nowhere/ecto.toml"), "{words}");
    let environment = |name: &str| {
        (name == "ECTO_ONE_CONFIG").then(|| "/nowhere/else.toml".into())
    };
    let error = load_from::<Arguments>(["ecto-one"], environment, &[]);
    let words = error.expect_err("no file").to_string();
    assert!(words.contains("/nowhere/else.toml"), "{words}");
}

#[test]
fn the_first_file_in_its_places_is_read_unless_another_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let places = ["own", "etc"].map(|name| folder.path().join(name));
    let listen = |words: &[&str]| {
        let words = ["ecto-one", "--data=x"].iter().chain(words).copied();
        let loaded = load_in::<Arguments>(words, |_| None, &places, &[]);
        loaded.map(|loaded| loaded.arguments.listen.port())
    };
    let write = |path: &PathBuf, port: u16| {
        let text = format!("listen = '127.0.0.1:{port}'\n");
        fs::write(path, text).expect("written");
    };
    assert_eq!(listen(&[]).expect("no file at all"), 1);
    write(&places[1], 3);
    assert_eq!(listen(&[]).expect("the system's"), 3);
    write(&places[0], 2);
    assert_eq!(listen(&[]).expect("the user's own"), 2);
    let named = folder.path().join("named");
    write(&named, 4);
    let config = format!("--config={}", named.display());
    assert_eq!(listen(&[&config]).expect("the one that is named"), 4);
    // A service is told which one it was.
    let words = ["ecto-one", "--data=x"];
    let given =
        service_arguments_in::<Arguments>(words, |_| None, &places, &[]);
    let path = places[0].canonicalize().expect("it is there");
    let wanted = format!("--config={}", path.display());
    assert_eq!(given.expect("all is well")[0], wanted);

    // A folder in its place is no file, and is not passed over.
    fs::remove_file(&places[0]).expect("removed");
    fs::create_dir(&places[0]).expect("a folder");
    let words = listen(&[]).expect_err("no file").to_string();
    assert!(words.contains("own"), "{words}");
}

#[test]
fn each_program_has_its_places() {
    let places = places("ecto-one");
    assert!(places.iter().all(|path| path.ends_with("ecto-one/ecto-one.toml")));
    let etc = PathBuf::from("/etc/ecto-one/ecto-one.toml");
    assert_eq!(places.contains(&etc), cfg!(unix));
}

#[test]
fn a_sample_changes_nothing_and_names_every_option_with_its_default() {
    let tables = "# What haunts.\n[target]\nname = 'a'  # a name\n";
    let sample = sample(&Arguments::command(), tables);
    let loaded = |text: &str| {
        let loaded = load(text, &[], &["--data=x"]).expect("loaded");
        (format!("{:?}", loaded.arguments), loaded.file)
    };
    let (defaults, _) = loaded("");
    assert_eq!(loaded(&sample).0, defaults);
    let mut uncommented = String::new();
    for line in sample.lines() {
        match line.strip_prefix('#') {
            Some(option) if !option.starts_with(' ') => {
                uncommented += option;
            }
            _ => uncommented += line,
        }
        uncommented += "\n";
    }
    // What has no default shows what a value would mean.
    assert!(uncommented.contains("\ndata = <DATA>\n"), "{sample}");
    let uncommented = uncommented.replace("data = <DATA>", "");
    let (with_sample, file) = loaded(&uncommented);
    assert_eq!(with_sample, defaults);
    let target = file.section::<Target>("target").expect("a table");
    assert_eq!(target, Some(Target { name: "a".into(), port: None }));
    for flag in flags(&Arguments::command()) {
        let is_there = sample.contains(&format!("\n#{flag} = "));
        // An option of a command is for whoever types the command.
        assert_eq!(is_there, flag != "days", "{flag}");
    }
    assert!(sample.lines().all(|line| line.chars().count() <= 78));
}

#[test]
fn without_a_file_nothing_is_set_in_it() {
    let words = ["ecto-one", "--data=x"];
    let loaded = load_from::<Arguments>(words, |_| None, &["target"]);
    let file = loaded.expect("loaded").file;
    assert_eq!(file.path(), None);
    assert_eq!(file.section::<toml::Table>("target").expect("none"), None);
    assert_eq!(file.again().expect("the same"), file);
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
struct Target {
    name: String,
    port: Option<u16>,
}

#[test]
fn a_section_is_read_with_the_place_of_its_mistakes() {
    let targets = |text: &str| {
        let loaded = load(text, &[], &["--data=x"]).expect("loaded");
        let folder = loaded.file.path().and_then(std::path::Path::parent);
        let folder = format!("{}/", folder.expect("a folder").display());
        let read = loaded.file.section::<Vec<Target>>("target");
        read.map_err(|error| error.to_string().replace(&folder, ""))
    };
    let two = "[[target]]\nname = 'a'\n[[target]]\nname = 'b'\nport = 80\n";
    let targets_read = targets(two).expect("read").expect("there");
    assert_eq!(targets_read[1], Target { name: "b".into(), port: Some(80) });
    assert_eq!(targets(""), Ok(None));
    assert_eq!(targets("target = []\n"), Ok(Some(Vec::new())));

    let words = targets(&two.replace("80", "'many'")).expect_err("a mistake");
    assert!(words.starts_with("ecto.toml:5: [target]: "), "{words}");
    assert!(words.contains("port"), "{words}");
    let words = targets(&two.replace("port", "prot")).expect_err("a mistake");
    assert!(words.starts_with("ecto.toml:5: [target]: "), "{words}");
    assert!(words.contains("unknown field `prot`"), "{words}");
    let words = targets("[[target]]\nport = 1\n").expect_err("a mistake");
    assert!(words.contains("missing field `name`"), "{words}");
}

#[test]
fn a_file_that_is_read_again_says_which_flags_would_need_a_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ecto.toml");
    fs::write(&path, "listen = '127.0.0.1:2'\ndata = 'd'\n").expect("written");
    let config = format!("--config={}", path.display());
    let loaded = load_from::<Arguments>(
        ["ecto-one".to_owned(), config],
        |_| None,
        &["retention"],
    );
    let file = loaded.expect("loaded").file;
    fs::write(&path, "listen = '127.0.0.1:3'\ndata = 'd'\n[retention]\n")
        .expect("written");
    let newer = file.again().expect("read");
    assert_eq!(file.changed_flags(&newer), ["listen"]);
    fs::write(&path, "lisen = 1\n").expect("written");
    let words = file.again().expect_err("a mistake").to_string();
    assert!(words.contains(":1: unknown key `lisen`"), "{words}");
}

#[test]
fn hostile_files_are_refused_and_never_panic() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("f");
    for text in [
        vec![0xff, 0xfe],
        vec![b'['; 200_000],
        b"a = ".repeat(50_000),
        vec![b'#'; 2 * 1024 * 1024],
    ] {
        fs::write(&path, &text).expect("written");
        assert!(ConfigFile::read(&path, &["a".to_owned()], &["b"]).is_err());
    }
}

#[test]
fn what_was_given_can_be_given_to_a_service() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().canonicalize().expect("it is there");
    let file = folder.join("ecto.toml");
    fs::write(&file, "data = \"from the file\"\nthreads = 3\n")
        .expect("written");
    let file = file.display().to_string();
    let words = |words: &[&str]| {
        let words = ["ecto-one"].iter().chain(words).copied();
        let given =
            service_arguments_in::<Arguments>(words, |_| None, &[], &[]);
        given.expect("all is well")
    };
    let flags = [
        "--config",
        &file,
        "--data",
        "/data",
        "--host-name",
        "a.example",
        "--host-name=b.example",
        "--allow-raw",
        "report",
        "--days",
        "3",
    ];
    assert_eq!(
        words(&flags),
        [
            &format!("--config={file}"),
            "--data=/data",
            "--allow-raw=true",
            "--host-name=a.example",
            "--host-name=b.example",
        ]
    );
    // A file may also be named after the command.
    let config = format!("--config={file}");
    assert_eq!(words(&["report", &config]), [config.as_str()]);
    // A service begins elsewhere.
    let here = std::env::current_dir().expect("a folder").join("near");
    let near = format!("--data={}", here.display());
    assert_eq!(words(&["--data", "near"]), [near]);
}
