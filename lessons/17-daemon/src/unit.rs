//! The unit file: how systemd runs the program.

use std::env;
use std::io::{self, Write};
use std::path::{self, Path, PathBuf};
use std::time::Duration;

use crate::Options;

/// A service of systemd (systemd.service(5), systemd.exec(5)).
#[derive(Debug, Clone)]
pub struct Unit {
    /// The program's name: that of the unit, of its user and of its folders.
    pub name: String,
    /// What it is, in a few words.
    pub description: String,
    /// What the program is started with.
    pub arguments: Vec<String>,
    /// How long it may take to stop.
    pub deadline: Duration,
    /// The capabilities that the service keeps (capabilities(7)), such as
    /// `CAP_NET_RAW`. None by default.
    pub capabilities: Vec<String>,
    /// Folders that it may write in, besides its own.
    pub writable: Vec<PathBuf>,
    /// Further lines of the section `[Service]`.
    pub extra_lines: Vec<String>,
}

impl Unit {
    /// A unit without arguments, for a program that stops within 10 s.
    #[must_use]
    pub fn new(name: &str, description: &str) -> Unit {
        Unit {
            name: name.to_owned(),
            description: description.to_owned(),
            arguments: Vec::new(),
            deadline: Duration::from_secs(10),
            capabilities: Vec::new(),
            writable: Vec::new(),
            extra_lines: Vec::new(),
        }
    }

    /// Takes over what an administrator has chosen: how long the service may
    /// take to stop, and where it writes.
    ///
    /// # Errors
    /// The current folder, to which a path is relative, is gone.
    pub fn apply_options(&mut self, options: &Options) -> io::Result<()> {
        self.deadline = options.stop_deadline;
        if let Some(data) = &options.data {
            self.writable.push(path::absolute(data)?);
        }
        // The folder, because a rotated log has older files beside it.
        if let Some(log) = &options.log.log_file
            && let Some(folder) = path::absolute(log)?.parent()
        {
            self.writable.push(folder.to_owned());
        }
        Ok(())
    }

    /// The text, for `/etc/systemd/system/NAME.service`, that runs the
    /// program that is running now.
    ///
    /// If the program or the file after `--config` lies where a service sees
    /// nothing, the text begins with commands that install it elsewhere.
    ///
    /// # Errors
    /// Another argument names such a path, or the system does not say where the
    /// program is.
    pub fn text(&self) -> io::Result<String> {
        self.text_for(&env::current_exe()?)
    }

    /// Prints the text.
    ///
    /// # Errors
    /// As [`Unit::text`]; or it cannot be printed.
    pub fn print(&self) -> io::Result<()> {
        io::stdout().write_all(self.text()?.as_bytes())
    }

    fn text_for(&self, program: &Path) -> io::Result<String> {
        let name = &self.name;
        let mut install = String::new();
        let mut path = program.to_owned();
        if is_hidden(program) {
            path = PathBuf::from("/usr/local/bin").join(name);
            let from = in_comment(&program.display().to_string());
            let to = path.display();
            install = format!("# sudo install {from} {to}\n");
        }
        let mut command = vec![path.display().to_string()];
        let mut before = "";
        for word in &self.arguments {
            let (option, value) = match word.split_once('=') {
                Some((option, value)) if word.starts_with("--") => {
                    (option, value)
                }
                _ => (before, word.as_str()),
            };
            before = word;
            if !is_hidden(Path::new(value)) {
                command.push(word.clone());
                continue;
            }
            if option != "--config" {
                return Err(io::Error::other(format!(
                    "a service cannot see {value}: homes and temporary \
                     folders are closed to it. Name another place, or none"
                )));
            }
            let etc = format!("/etc/{name}/{name}.toml");
            let from = in_comment(value);
            install += &format!("# sudo install -D -m 644 {from} {etc}\n");
            command.push(word.replace(value, &etc));
        }
        let command: Vec<String> =
            command.iter().map(|word| quoted(word)).collect();
        let more: String =
            self.extra_lines.iter().map(|line| format!("{line}\n")).collect();
        let capabilities = self.capabilities.join(" ");
        let ambient = match capabilities.is_empty() {
            true => String::new(),
            false => format!("AmbientCapabilities={capabilities}\n"),
        };
        let own = Path::new("/var/lib").join(name);
        let writes: String = self
            .writable
            .iter()
            .filter(|folder| !folder.starts_with(&own))
            // `-`: a missing folder is for the program to report.
            .map(|folder| quoted(&format!("-{}", folder.display())))
            .map(|folder| format!("ReadWritePaths={folder}\n"))
            .collect();
        Ok(format!(
            "{install}\
             # Save as /etc/systemd/system/{name}.service, then:\n\
             # sudo systemctl daemon-reload\n\
             # sudo systemctl enable --now {name}\n\
             [Unit]\n\
             Description={description}\n\
             Wants=network-online.target\n\
             After=network-online.target\n\
             \n\
             [Service]\n\
             Type=notify\n\
             ExecStart={command}\n\
             ExecReload=/bin/kill -HUP $MAINPID\n\
             Restart=on-failure\n\
             RestartSec=5\n\
             RestartPreventExitStatus=2\n\
             KillMode=mixed\n\
             TimeoutStopSec={stop}\n\
             WatchdogSec=30\n\
             DynamicUser=yes\n\
             StateDirectory={name}\n\
             StateDirectoryMode=0700\n\
             UMask=0077\n\
             {writes}\
             {more}\
             NoNewPrivileges=yes\n\
             {ambient}\
             CapabilityBoundingSet={capabilities}\n\
             ProtectSystem=strict\n\
             ProtectHome=yes\n\
             PrivateTmp=yes\n\
             PrivateDevices=yes\n\
             ProtectClock=yes\n\
             ProtectControlGroups=yes\n\
             ProtectKernelLogs=yes\n\
             ProtectKernelModules=yes\n\
             ProtectKernelTunables=yes\n\
             RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK\n\
             RestrictNamespaces=yes\n\
             RestrictRealtime=yes\n\
             RestrictSUIDSGID=yes\n\
             LockPersonality=yes\n\
             SystemCallArchitectures=native\n\
             \n\
             [Install]\n\
             WantedBy=multi-user.target\n",
            description = one_line(&self.description),
            command = command.join(" "),
            stop = self.deadline.as_secs() + 5,
        ))
    }
}

/// Whether a path lies where a service with `ProtectHome=` and `PrivateTmp=`
/// sees nothing.
fn is_hidden(path: &Path) -> bool {
    let homes = ["/home", "/root", "/run/user", "/tmp", "/var/tmp"];
    let own = std::env::home_dir().filter(|home| home.parent().is_some());
    homes.iter().any(|home| path.starts_with(home))
        || own.is_some_and(|home| path.starts_with(home))
}

/// A word as `ExecStart=` reads it (systemd.service(5), "Command lines"), where
/// `%`, `$`, quotes and backslashes have a meaning.
fn quoted(word: &str) -> String {
    let mut text = String::new();
    for character in word.chars() {
        match character {
            '%' => text.push_str("%%"),
            '$' => text.push_str("$$"),
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            control if control.is_control() => {
                for byte in control.to_string().bytes() {
                    text.push_str(&format!("\\x{byte:02x}"));
                }
            }
            plain => text.push(plain),
        }
    }
    match is_plain(word) {
        true => text,
        false => format!("\"{text}\""),
    }
}

/// A path as one word of a comment, whatever it contains.
fn in_comment(path: &str) -> String {
    match is_plain(path) {
        true => path.to_owned(),
        false => format!("{path:?}"),
    }
}

fn is_plain(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@+".contains(c);
    !word.is_empty() && word.chars().all(plain)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('%', "%%")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(arguments: &[&str]) -> Unit {
        let arguments = arguments.iter().map(|&word| word.to_owned()).collect();
        Unit { arguments, ..Unit::new("print-server", "A print server") }
    }

    #[test]
    fn a_unit_starts_the_program_where_it_is() {
        let text = unit(&["--config", "/etc/my printer.toml", "50%", "$HOME"])
            .text_for(Path::new("/opt/bin/print-server"))
            .expect("a unit");
        let command = text.lines().find(|line| line.starts_with("ExecStart="));
        assert_eq!(
            command,
            Some(
                "ExecStart=/opt/bin/print-server --config \
                 \"/etc/my printer.toml\" \"50%%\" \"$$HOME\""
            )
        );
        assert!(text.contains("\nStateDirectory=print-server\n"));
    }

    #[test]
    fn a_program_in_a_home_is_to_be_installed_first() {
        let text = unit(&[])
            .text_for(Path::new("/home/ray/target/print-server"))
            .expect("a unit");
        assert!(text.starts_with(
            "# sudo install /home/ray/target/print-server \
             /usr/local/bin/print-server\n"
        ));
        assert!(text.contains("\nExecStart=/usr/local/bin/print-server\n"));
    }

    #[test]
    fn a_file_in_a_home_is_to_be_installed_first() {
        for arguments in [
            ["--config=/home/ray/p.toml", "--dpi=300"].as_slice(),
            &["--config", "/home/ray/p.toml", "--dpi=300"],
        ] {
            let text = unit(arguments).text_for(Path::new("/opt/print-server"));
            let text = text.expect("a unit");
            assert!(text.starts_with(
                "# sudo install -D -m 644 /home/ray/p.toml \
                 /etc/print-server/print-server.toml\n"
            ));
            let command = text.lines().find(|l| l.starts_with("ExecStart="));
            let command = command.unwrap_or_default().replace(' ', "=");
            let etc = "/etc/print-server/print-server.toml";
            let wanted = format!("--config={etc}=--dpi=300");
            assert!(command.ends_with(&wanted), "{command}");
        }
    }

    #[test]
    fn a_folder_that_a_service_cannot_see_is_refused() {
        let unit = unit(&["--data=/home/ray/prints"]);
        let words = unit.text_for(Path::new("/opt/print-server"));
        let words = words.expect_err("refused").to_string();
        assert!(words.contains("/home/ray/prints"), "{words}");
    }

    #[test]
    fn a_unit_keeps_only_the_capabilities_it_asks_for() {
        let mut unit = unit(&[]);
        let lines = |unit: &Unit| -> Vec<String> {
            let text = unit.text_for(Path::new("/opt/print-server"));
            let text = text.expect("a unit");
            let about = |line: &&str| line.contains("Capabilit");
            text.lines().filter(about).map(str::to_owned).collect()
        };
        assert_eq!(lines(&unit), ["CapabilityBoundingSet="]);
        unit.capabilities = vec!["CAP_NET_RAW".to_owned()];
        let kept = [
            "AmbientCapabilities=CAP_NET_RAW",
            "CapabilityBoundingSet=CAP_NET_RAW",
        ];
        assert_eq!(lines(&unit), kept);
    }

    #[test]
    fn a_unit_may_write_where_the_administrator_said() {
        let mut unit = unit(&[]);
        let folders = ["/srv/my prints", "/var/lib/print-server/deep"];
        unit.writable = folders.map(PathBuf::from).to_vec();
        let text = unit.text_for(Path::new("/opt/print-server"));
        let text = text.expect("a unit");
        let writes: Vec<&str> =
            text.lines().filter(|l| l.starts_with("ReadWrite")).collect();
        assert_eq!(writes, ["ReadWritePaths=\"-/srv/my prints\""]);
    }

    /// A wrong configuration is still wrong after a restart.
    #[test]
    fn a_unit_is_not_started_again_for_a_mistake() {
        let text = unit(&[]).text_for(Path::new("/opt/print-server"));
        let text = text.expect("a unit");
        assert!(text.contains("\nRestartPreventExitStatus=2\n"), "{text}");
    }

    #[test]
    fn no_word_breaks_out_of_its_line() {
        let text = unit(&["a\nExecStartPre=/bin/rm", "\"", "\\"])
            .text_for(Path::new("/opt/print-server"))
            .expect("a unit");
        assert!(!text.contains("\nExecStartPre"));
        assert!(
            text.contains("\"a\\x0aExecStartPre=/bin/rm\" \"\\\"\" \"\\\\\"")
        );
        let text = unit(&["--config=/tmp/a\nExecStartPre=/bin/rm"])
            .text_for(Path::new("/tmp/b\nExecStartPre=/bin/rm"))
            .expect("a unit");
        assert!(!text.contains("\nExecStartPre"), "{text}");
    }
}
