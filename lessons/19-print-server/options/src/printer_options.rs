//! The options of one printer: a table `[printers.NAME]` in the configuration.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use daemon::config::ConfigFile;
use driver::{Language, Media};
use relay::{Finisher, PrintJob, PrinterAccess};
use serde::{Deserialize, Deserializer, de};
use sign_in::User;

use crate::options::{Options, PrinterChoice, printer_name};
use crate::roles::{ROLES, minds_all};

/// The name of the only printer, when the configuration names none.
pub const DEFAULT: &str = "default";
/// The table of the configuration that holds the printers.
const TABLE: &str = "printers";
/// The longest name of a printer: it stands in addresses.
const LONGEST_NAME: usize = 64;

/// One printer of an office, as its administrator describes it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PrinterOptions {
    /// The printer's name: that of the table.
    #[serde(skip)]
    pub name: String,
    /// Where the printer is: `tcp://HOST:9100` or another address that
    /// `--printer` takes, or `virtual`.
    #[serde(deserialize_with = "parsed")]
    pub address: PrinterChoice,
    /// Its name as phones and computers show it; the name of the table when
    /// absent.
    #[serde(default, deserialize_with = "title")]
    pub title: String,
    /// Where it stands, as phones and computers show it.
    #[serde(default)]
    pub location: String,
    /// The language in which pages leave: `pcl-xl` or `postscript`.
    #[serde(default, deserialize_with = "parsed")]
    pub language: Language,
    /// Whether it takes PDF: one that is to be printed as it is then goes to it
    /// as it is, and only the rest is drawn here.
    #[serde(default)]
    pub takes_pdf: bool,
    /// The papers in its trays; the printer is asked when there are none here.
    #[serde(default)]
    pub media: Vec<Media>,
    /// Whether it has a stapler.
    #[serde(default)]
    pub stapler: bool,
    /// Whether it has a punch.
    #[serde(default)]
    pub punch: bool,
    /// Whether it prints in colours; one that does not gets all in grey.
    #[serde(default = "yes")]
    pub color: bool,
    /// What the printer asks of a job before it prints.
    #[serde(default)]
    pub access: PrinterAccess,
    /// The printer that takes over what waits when this one stands still.
    #[serde(default)]
    pub stand_in: Option<String>,
    /// For how long this one stands still before that, in seconds.
    #[serde(default = "five_minutes", deserialize_with = "whole_seconds")]
    pub stand_in_after: Duration,
    /// The accounts that may print here. When neither accounts nor roles are
    /// named, whoever may print may.
    #[serde(default)]
    pub users: Vec<String>,
    /// The roles whose accounts may print here.
    #[serde(default)]
    pub roles: Vec<String>,
}

impl PrinterOptions {
    /// The only printer of a server whose configuration names none.
    #[must_use]
    pub fn only(options: &Options) -> PrinterOptions {
        PrinterOptions {
            name: DEFAULT.to_owned(),
            address: options.printer.clone(),
            title: options.name.clone(),
            location: options.location.clone(),
            language: options.language,
            takes_pdf: false,
            media: options.media.clone(),
            stapler: options.stapler,
            punch: options.punch,
            color: true,
            access: PrinterAccess::default(),
            stand_in: None,
            stand_in_after: five_minutes(),
            users: Vec::new(),
            roles: Vec::new(),
        }
    }

    /// What its finisher can do.
    #[must_use]
    pub fn finisher(&self) -> Finisher {
        Finisher { staples: self.stapler, punches: self.punch }
    }

    /// Whether whoever may print may print here.
    #[must_use]
    pub fn is_for_all(&self) -> bool {
        self.users.is_empty() && self.roles.is_empty()
    }

    /// Whether this user may print here. Whoever minds the printers may.
    #[must_use]
    pub fn is_for(&self, user: &User) -> bool {
        self.is_for_all()
            || self.users.contains(&user.name)
            || self.roles.iter().any(|role| user.has(role))
            || minds_all(user)
    }

    /// Whether a job that was sent to `other` may go here by itself. Which
    /// roles its person has is not known any more.
    #[must_use]
    pub fn is_for_job(&self, job: &PrintJob, other: &PrinterOptions) -> bool {
        let is_same = self.users == other.users && self.roles == other.roles;
        self.is_for_all() || is_same || self.users.contains(&job.user)
    }
}

impl Options {
    /// Takes the printers out of the tables `[printers.NAME]` of the
    /// configuration, the default one first.
    ///
    /// # Errors
    /// What is wrong with them, and where.
    pub fn read_printers(&mut self, file: &ConfigFile) -> Result<(), String> {
        let tables = file.tables::<PrinterOptions>(TABLE);
        let tables = tables.map_err(|error| error.to_string())?;
        self.printers = tables
            .into_iter()
            .map(|(name, mut printer)| {
                if printer.title.is_empty() {
                    name.clone_into(&mut printer.title);
                }
                printer.name = name;
                printer
            })
            .collect();
        self.check_printers()
    }

    /// The printers, the default one first.
    #[must_use]
    pub fn all_printers(&self) -> Vec<PrinterOptions> {
        match self.printers.is_empty() {
            true => vec![PrinterOptions::only(self)],
            false => self.printers.clone(),
        }
    }

    fn check_printers(&self) -> Result<(), String> {
        let names: Vec<&str> =
            self.printers.iter().map(|it| it.name.as_str()).collect();
        for printer in &self.printers {
            let name = &printer.name;
            let wrong =
                |what: String| Err(format!("[printers.{name}]: {what}"));
            let is_plain =
                |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
            if !(1..=LONGEST_NAME).contains(&name.len())
                || !name.chars().all(is_plain)
            {
                return wrong(format!(
                    "call it by 1 to {LONGEST_NAME} letters, digits, - or _, \
                     and give it a title for people"
                ));
            }
            if let Some(other) = &printer.stand_in
                && (other == name || !names.contains(&other.as_str()))
            {
                return wrong(format!(
                    "stand-in = {other:?}: say another one of {}",
                    names.join(", ")
                ));
            }
            let known: Vec<&str> = ROLES.iter().map(|role| role.name).collect();
            let is_unknown = |role: &&String| !known.contains(&role.as_str());
            if let Some(role) = printer.roles.iter().find(is_unknown) {
                let known = known.join(", ");
                return wrong(format!("roles: {role:?}: there are {known}"));
            }
        }
        match self.flag_of_the_only_printer() {
            Some(flag) if !self.printers.is_empty() => Err(format!(
                "{flag} is for the only printer, and there are tables \
                 [printers.NAME]: say it there"
            )),
            _ => Ok(()),
        }
    }

    /// A flag that was set and speaks of the only printer.
    fn flag_of_the_only_printer(&self) -> Option<&'static str> {
        let usual = PrinterOptions::only(&Options::default());
        let only = PrinterOptions::only(self);
        [
            ("printer", only.address != usual.address),
            ("name", only.title != usual.title),
            ("location", only.location != usual.location),
            ("language", only.language != usual.language),
            ("media", only.media != usual.media),
            ("stapler", only.stapler),
            ("punch", only.punch),
        ]
        .into_iter()
        .find_map(|(flag, is_set)| is_set.then_some(flag))
    }
}

fn yes() -> bool {
    true
}

fn five_minutes() -> Duration {
    Duration::from_secs(300)
}

fn whole_seconds<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_secs)
}

/// A value as a flag would be read.
fn parsed<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(de::Error::custom)
}

fn title<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    printer_name(&text).map_err(de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Options, String> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), text).expect("written");
        let file = ConfigFile::read(file.path(), &[], &[TABLE]);
        let mut options = Options::default();
        options.read_printers(&file.map_err(|error| error.to_string())?)?;
        Ok(options)
    }

    #[test]
    fn printers_stand_in_the_order_of_the_file() {
        let options = read(
            "[printers.office]\n\
             address = 'tcp://192.0.2.9'\n\
             title = 'Office, second floor'\n\
             stand-in = 'cellar'\n\
             stand-in-after = 60\n\
             [printers.cellar]\n\
             address = 'virtual'\n\
             language = 'postscript'\n\
             color = false\n\
             media = ['A4', 'A3']\n",
        )
        .expect("two printers");
        let [office, cellar] = options.printers.as_slice() else {
            panic!("two printers: {:?}", options.printers)
        };
        assert_eq!(office.name, "office");
        assert_eq!(office.title, "Office, second floor");
        assert_eq!(office.stand_in.as_deref(), Some("cellar"));
        assert_eq!(office.stand_in_after, Duration::from_secs(60));
        assert_eq!(cellar.title, "cellar");
        assert_eq!(cellar.language, Language::PostScript);
        assert!(office.color && !cellar.color);
        assert_eq!(cellar.media, [Media::A4, Media::A3]);
    }

    #[test]
    fn what_is_wrong_with_a_printer_is_said_with_its_name() {
        for (text, words) in [
            ("[printers.a]\n", "address"),
            ("[printers.a]\naddress = 'c360'\n", "not a printer's address"),
            ("[printers.a]\naddress = 'virtual'\nink = 3\n", "ink"),
            ("[printers.'a b']\naddress = 'virtual'\n", "letters"),
            ("[printers.a]\naddress = 'virtual'\nstand-in = 'a'\n", "stand-in"),
            (
                "[printers.a]\naddress = 'virtual'\nroles = ['king']\n",
                "there are print, operate",
            ),
            ("printers = 3\n", "printers"),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn a_flag_for_the_only_printer_is_not_overheard_beside_tables() {
        let mut options = Options { stapler: true, ..Options::default() };
        options.printers = vec![PrinterOptions::only(&Options::default())];
        let error = options.check_printers().expect_err("a stapler");
        assert!(error.starts_with("stapler is for the only"), "{error}");
    }

    #[test]
    fn a_printer_for_some_is_for_those_and_for_whoever_minds_it() {
        let mut printer = PrinterOptions::only(&Options::default());
        let user = |name: &str, roles: &[&str]| User {
            name: name.to_owned(),
            roles: sign_in::Roles::named(roles.iter().copied()),
        };
        let egon = user("egon", &["print"]);
        assert!(printer.is_for(&egon));
        printer.users = vec!["winston".to_owned()];
        assert!(!printer.is_for(&egon));
        assert!(printer.is_for(&user("winston", &["print"])));
        assert!(printer.is_for(&user("janine", &["operate"])));
        printer.roles = vec!["print".to_owned()];
        assert!(printer.is_for(&egon));
    }
}
