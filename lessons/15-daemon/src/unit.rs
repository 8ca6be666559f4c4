//! The unit file: how systemd runs the program.

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

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
    /// Further lines of the section `[Service]`.
    pub more: Vec<String>,
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
            more: Vec::new(),
        }
    }

    /// The text, for `/etc/systemd/system/NAME.service`, that runs the
    /// program that is running now.
    ///
    /// # Errors
    /// The system does not say where the program is.
    pub fn text(&self) -> io::Result<String> {
        Ok(self.text_for(&env::current_exe()?))
    }

    fn text_for(&self, program: &Path) -> String {
        let name = &self.name;
        let mut head = format!(
            "# Save as /etc/systemd/system/{name}.service, then:\n\
             # sudo systemctl daemon-reload\n\
             # sudo systemctl enable --now {name}\n"
        );
        let mut path = program.to_owned();
        if is_somebodys(program) {
            // A service has no home, and sees nobody's.
            path = PathBuf::from("/usr/local/bin").join(name);
            head = format!(
                "# sudo install {} {}\n{head}",
                program.display(),
                path.display()
            );
        }
        let command: Vec<String> = std::iter::once(path.display().to_string())
            .chain(self.arguments.iter().cloned())
            .map(|word| quoted(&word))
            .collect();
        let more: String =
            self.more.iter().map(|line| format!("{line}\n")).collect();
        format!(
            "{head}\
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
             RestartSec=2\n\
             TimeoutStopSec={stop}\n\
             WatchdogSec=30\n\
             DynamicUser=yes\n\
             StateDirectory={name}\n\
             StateDirectoryMode=0700\n\
             UMask=0077\n\
             {more}\
             NoNewPrivileges=yes\n\
             CapabilityBoundingSet=\n\
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
        )
    }
}

/// Whether a path lies where a service with `ProtectHome=` sees nothing.
fn is_somebodys(program: &Path) -> bool {
    let homes = ["/home", "/root", "/run/user", "/tmp", "/var/tmp"];
    homes.iter().any(|home| program.starts_with(home))
        || dirs::home_dir().is_some_and(|home| program.starts_with(home))
}

/// A word as `ExecStart=` reads it (systemd.service(5), "Command lines"):
/// `%` and `$` would be filled in, quotes and backslashes have a meaning.
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
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@+".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => text,
        false => format!("\"{text}\""),
    }
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
            .text_for(Path::new("/opt/bin/print-server"));
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
        let text =
            unit(&[]).text_for(Path::new("/home/ray/target/print-server"));
        assert!(text.starts_with(
            "# sudo install /home/ray/target/print-server \
             /usr/local/bin/print-server\n"
        ));
        assert!(text.contains("\nExecStart=/usr/local/bin/print-server\n"));
    }

    #[test]
    fn no_word_breaks_out_of_its_line() {
        let text = unit(&["a\nExecStartPre=/bin/rm", "\"", "\\"])
            .text_for(Path::new("/opt/print-server"));
        assert!(!text.contains("\nExecStartPre"));
        assert!(
            text.contains("\"a\\x0aExecStartPre=/bin/rm\" \"\\\"\" \"\\\\\"")
        );
    }
}
