//! Where both servers find their configuration, and the sample that they print.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use harness::{program, scratch};

const SERVERS: [&str; 2] = ["print-server", "network-monitor"];

/// Runs a server of somebody whose configuration folder is this one.
fn run(server: &str, home: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(program(server));
    command.env("XDG_CONFIG_HOME", home).env("HOME", home).args(words);
    command.output().expect("the server starts")
}

fn said(output: &Output) -> String {
    let words = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8_lossy(&words).into_owned()
}

/// The sample with every option and table that it holds, instead of comments.
/// What has no default shows what a value would mean, and is left out.
fn uncommented(sample: &str) -> String {
    let mut text = String::new();
    for line in sample.lines() {
        match line.strip_prefix('#') {
            Some(option) if !option.starts_with(' ') => {
                if !option.contains(" = <") {
                    text += option;
                }
            }
            _ => text += line,
        }
        text += "\n";
    }
    text
}

#[test]
#[cfg(target_os = "linux")]
fn a_server_reads_the_file_of_its_user_when_none_is_named() {
    for server in SERVERS {
        let home = scratch();
        let folder = home.path().join(server);
        fs::create_dir(&folder).expect("made");
        let file = folder.join(format!("{server}.toml"));
        fs::write(&file, "lisen = '127.0.0.1:1'\n").expect("written");
        let output = run(server, home.path(), &["check"]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let words = said(&output);
        assert!(words.contains(&file.display().to_string()), "{words}");
        assert!(words.contains("did you mean `listen`?"), "{words}");

        // The service is to read the same, from where a service can.
        fs::write(&file, "listen = '127.0.0.1:1'\n").expect("written");
        let unit = said(&run(server, home.path(), &["unit"]));
        let etc = format!("/etc/{server}/{server}.toml");
        assert!(unit.contains(&format!(" --config={etc}")), "{unit}");
        assert!(unit.contains("sudo install -D -m 644 "), "{unit}");

        // One that is named is read instead.
        let other = home.path().join("other.toml");
        fs::write(&other, "").expect("written");
        fs::write(&file, "lisen = 1\n").expect("written");
        let other = other.display().to_string();
        let output = run(server, home.path(), &["--config", &other, "check"]);
        assert!(output.status.success(), "{output:?}");
    }
}

#[test]
fn the_sample_is_accepted_as_it_is_and_with_all_that_it_holds() {
    for server in SERVERS {
        let home = scratch();
        let long: &[&str] = match server {
            "network-monitor" => &["sample", "--long"],
            _ => &["sample"],
        };
        let sample = said(&run(server, home.path(), long));
        let file = home.path().join("sample.toml");
        let path = file.display().to_string();
        let checked = |text: &str| {
            fs::write(&file, text).expect("written");
            run(server, home.path(), &["--config", &path, "check"])
        };
        for text in [&sample, &uncommented(&sample)] {
            let output = checked(text);
            assert!(output.status.success(), "{output:?}\n{text}");
        }
        assert!(sample.contains("\n#listen = \"127.0.0.1:8"), "{sample}");
        // A mistake in it is found, so that it was looked at.
        let wrong = sample.replace("#listen = ", "lisen = ");
        assert_eq!(checked(&wrong).status.code(), Some(2));
    }
}
