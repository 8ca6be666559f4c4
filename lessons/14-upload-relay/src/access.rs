//! The access to a printer: what it asks of a job before it prints, a
//! department's password, a user's, or its owner's at its panel.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use printer::{
    AccountTrack, JobTicket, Secret, SecurePrint, UserAuthentication,
};
use serde::Deserialize;

use crate::{PrintJob, Refusal};

/// The longest password in a file, in bytes: more than PJL can carry.
const LONGEST: u64 = 1024;
/// The entry for whoever has none of their own.
const ALL_OTHERS: &str = "*";

/// What a printer asks of a job before it prints. Most ask nothing.
///
/// Passwords stay where an administrator has put them: they are read for each
/// job, so that a new one needs no restart, and go to the printer alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct PrinterAccess {
    /// Whether it can hold a job until a PIN is typed at its own panel.
    pub secure_print: bool,
    /// The departments that its pages are booked to (account track), by their
    /// names at the printer.
    pub departments: BTreeMap<String, Department>,
    /// The department of jobs that name none.
    pub default_department: Option<String>,
    /// The users that it knows, by the names of their accounts here; `*` is for
    /// whoever has no entry.
    pub accounts: BTreeMap<String, PrinterAccount>,
}

/// A department at the printer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Department {
    /// Where its password is.
    pub password: PasswordPlace,
    /// The accounts whose jobs may be booked to it; all when absent.
    pub users: Option<Vec<String>>,
}

/// A user at the printer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrinterAccount {
    /// The user's name at the printer; that of the account when absent.
    pub name: Option<String>,
    /// Where the password is.
    pub password: PasswordPlace,
}

/// Where a password is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PasswordPlace {
    /// On the first line of this file, which others must not be able to read.
    File(PathBuf),
    /// In this variable of the server's environment.
    Env(String),
}

impl PrinterAccess {
    /// Refuses a job that the printer would not let through.
    ///
    /// # Errors
    /// [`Refusal::Field`], with what could have been asked.
    pub fn check(&self, job: &PrintJob) -> Result<(), Refusal> {
        if job.printer_pin.is_some() && !self.secure_print {
            return Err(Refusal::Field {
                field: "pin-at",
                value: "printer".to_owned(),
                expected: "this printer takes no PIN at its own panel, as far \
                           as its administrator has said: say server"
                    .to_owned(),
            });
        }
        self.department_of(job)?;
        self.account_of(job)?;
        Ok(())
    }

    /// Puts what the printer asks for into the ticket of the job called `id`,
    /// and returns whose passwords it carries, in words; `None` when it carries
    /// none that the printer could refuse.
    ///
    /// # Errors
    /// What is missing, as the end of a sentence about the job.
    pub(crate) fn sign(
        &self,
        job: &PrintJob,
        id: &str,
        ticket: &mut JobTicket,
    ) -> Result<Option<String>, String> {
        self.check(job).map_err(|refusal| refusal.to_string())?;
        let words = |refusal: Refusal| refusal.to_string();
        let mut whose = Vec::new();
        if let Some(name) = self.department_of(job).map_err(words)? {
            let what = format!("department {name:?}");
            let password = self.departments[name].password.read(&what)?;
            let department = secret(name, &what)?;
            ticket.account_track = Some(AccountTrack { department, password });
            whose.push(what);
        }
        if let Some((name, account)) = self.account_of(job).map_err(words)? {
            let what = format!("user {name:?} at the printer");
            let password = account.password.read(&what)?;
            let user = secret(name, &what)?;
            ticket.authentication = Some(UserAuthentication { user, password });
            whose.push(what);
        }
        if let Some(pin) = &job.printer_pin {
            let owner = job.name_at_printer(id);
            ticket.secure_print = Some(SecurePrint {
                id: secret(&owner, "job's owner")?,
                password: secret(pin.reveal(), "job's PIN")?,
            });
        }
        Ok((!whose.is_empty()).then(|| whose.join(" and the ")))
    }

    /// The departments that this account may book pages to.
    #[must_use]
    pub fn departments_of(&self, user: &str) -> Vec<&str> {
        let may_use = |department: &Department| {
            let users = department.users.as_ref();
            users.is_none_or(|users| users.iter().any(|name| name == user))
        };
        let usable = self.departments.iter().filter(|(_, it)| may_use(it));
        usable.map(|(name, _)| name.as_str()).collect()
    }

    /// The department that the job is booked to, if the printer has any.
    fn department_of<'a>(
        &'a self,
        job: &'a PrintJob,
    ) -> Result<Option<&'a str>, Refusal> {
        let asked = job.department.as_deref();
        let wrong = |expected: String| Refusal::Field {
            field: "department",
            value: asked.unwrap_or_default().to_owned(),
            expected,
        };
        if self.departments.is_empty() {
            return match asked {
                None => Ok(None),
                Some(_) => Err(wrong(
                    "this printer books its pages to no departments: leave it \
                     out"
                    .to_owned(),
                )),
            };
        }
        let usable = self.departments_of(&job.user);
        match asked.or(self.default_department.as_deref()) {
            Some(name) if usable.contains(&name) => Ok(Some(name)),
            // There is no choice.
            None if usable.len() == 1 => Ok(usable.first().copied()),
            _ if usable.is_empty() => Err(wrong(
                "this printer books all pages to departments, and none is \
                 yours: ask an administrator"
                    .to_owned(),
            )),
            _ => Err(wrong(format!("say {}", usable.join(", ")))),
        }
    }

    /// The user as whom the job is printed, if the printer asks for one.
    fn account_of<'a>(
        &'a self,
        job: &'a PrintJob,
    ) -> Result<Option<(&'a str, &'a PrinterAccount)>, Refusal> {
        if self.accounts.is_empty() {
            return Ok(None);
        }
        let own = self.accounts.get(&job.user).filter(|_| !job.user.is_empty());
        let account = own.or_else(|| self.accounts.get(ALL_OTHERS));
        let name = account.map(|it| it.name.as_deref().unwrap_or(&job.user));
        match (name, account) {
            (Some(name), Some(account)) if !name.is_empty() => {
                Ok(Some((name, account)))
            }
            _ => Err(Refusal::NoPrinterAccount(job.user.clone())),
        }
    }
}

impl PrintJob {
    /// The name under which the job called `id` waits in the printer: its owner
    /// picks it at the panel.
    #[must_use]
    pub fn name_at_printer(&self, id: &str) -> String {
        // A name that PJL cannot carry would be one that nobody finds.
        match Secret::new(self.user.as_str()) {
            Ok(_) => self.user.clone(),
            Err(_) => format!("job {id}"),
        }
    }
}

impl PasswordPlace {
    /// The password of `whose`.
    fn read(&self, whose: &str) -> Result<Secret, String> {
        let password = match self {
            PasswordPlace::Env(name) => env::var(name).map_err(|_| {
                format!(
                    "the password of the {whose} is to be in the variable \
                     {name} of the server's environment, and is not"
                )
            })?,
            PasswordPlace::File(path) => first_line(path).map_err(|error| {
                format!(
                    "the password of the {whose} cannot be read from {}: \
                     {error}",
                    path.display()
                )
            })?,
        };
        secret(&password, whose)
    }
}

fn secret(text: &str, whose: &str) -> Result<Secret, String> {
    Secret::new(text).map_err(|error| {
        format!("the printer cannot be told the {whose}: {error}")
    })
}

fn first_line(path: &Path) -> Result<String, String> {
    check_private(path)?;
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut line = String::new();
    BufReader::new(file.take(LONGEST))
        .read_line(&mut line)
        .map_err(|error| error.to_string())?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Refuses a file that every user of this machine can read.
#[cfg(unix)]
fn check_private(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    let file = fs::metadata(path).map_err(|error| error.to_string())?;
    if file.permissions().mode() & 0o007 == 0 {
        return Ok(());
    }
    Err("every user of this machine can read it: chmod o= it".to_owned())
}

/// Elsewhere a file's rights are not three digits.
#[cfg(not(unix))]
fn check_private(_: &Path) -> Result<(), String> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PrinterPin;
    use printer::Language;

    /// A file with this password, for its owner alone.
    fn file(folder: &Path, name: &str, password: &str) -> PasswordPlace {
        let path = folder.join(name);
        fs::write(&path, format!("{password}\r\nnot this line\n"))
            .expect("written");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let private = fs::Permissions::from_mode(0o600);
            fs::set_permissions(&path, private).expect("made private");
        }
        PasswordPlace::File(path)
    }

    fn department(
        password: PasswordPlace,
        users: Option<&[&str]>,
    ) -> Department {
        let users = users
            .map(|users| users.iter().map(|name| (*name).to_owned()).collect());
        Department { password, users }
    }

    fn job(user: &str) -> PrintJob {
        PrintJob { user: user.to_owned(), ..PrintJob::unknown() }
    }

    fn header(access: &PrinterAccess, job: &PrintJob) -> String {
        let mut ticket = JobTicket::new("a", "b", Language::PclXl);
        access.sign(job, "7", &mut ticket).expect("signed");
        String::from_utf8(ticket.header()).expect("PJL is ASCII")
    }

    #[test]
    fn a_job_carries_the_passwords_of_its_department_and_of_its_user() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name, word| file(folder.path(), name, word);
        let anna = PrinterAccount {
            name: Some("anna.b".to_owned()),
            password: file("anna", "spores"),
        };
        let guest = PrinterAccount {
            name: Some("guest".to_owned()),
            password: file("guest", "welcome"),
        };
        let access = PrinterAccess {
            departments: BTreeMap::from([
                ("office".to_owned(), department(file("o", "1984"), None)),
                (
                    "sales".to_owned(),
                    department(file("s", "2001"), Some(&["anna"])),
                ),
            ]),
            default_department: Some("office".to_owned()),
            accounts: BTreeMap::from([
                ("anna".to_owned(), anna),
                ("*".to_owned(), guest),
            ]),
            ..PrinterAccess::default()
        };
        let text = header(&access, &job("anna"));
        for line in [
            "KMSECTIONNAME = \"office\"",
            "KMSECTIONKEY2 = \"1984\"",
            "KMUSERNAME = \"anna.b\"",
            "KMUSERKEY2 = \"spores\"",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        let sales = |user| PrintJob {
            department: Some("sales".to_owned()),
            ..job(user)
        };
        assert!(header(&access, &sales("anna")).contains("\"2001\""));
        assert!(header(&access, &job("egon")).contains("\"guest\""));
        // A department of others, and one that is not there.
        let refusal = access.check(&sales("egon")).expect_err("refused");
        assert!(refusal.to_string().contains("say office"), "{refusal}");
    }

    #[test]
    fn what_a_printer_does_not_ask_for_is_refused() {
        let open = PrinterAccess::default();
        assert!(open.check(&job("anna")).is_ok());
        let department =
            PrintJob { department: Some("x".to_owned()), ..job("anna") };
        assert!(open.check(&department).is_err());
        let secret = PrintJob {
            printer_pin: Some(PrinterPin::new("1234").expect("a PIN")),
            ..job("anna")
        };
        assert!(open.check(&secret).is_err());
        let access =
            PrinterAccess { secure_print: true, ..PrinterAccess::default() };
        let text = header(&access, &secret);
        assert!(text.contains("KMJOBID = \"anna\""), "{text}");
        assert!(text.contains("HOLDKEY = \"1234\""), "{text}");
        let nobodys = PrintJob { user: String::new(), ..secret };
        assert!(header(&access, &nobodys).contains("KMJOBID = \"job 7\""));
    }

    #[test]
    #[cfg(unix)]
    fn a_password_that_others_can_read_or_that_is_missing_is_named() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let place = file(folder.path(), "open", "1984");
        let PasswordPlace::File(path) = &place else { panic!("a file") };
        let open = fs::Permissions::from_mode(0o644);
        fs::set_permissions(path, open).expect("opened");
        let error = place.read("department \"x\"").expect_err("refused");
        assert!(error.contains("every user"), "{error}");
        assert!(!error.contains("1984"), "{error}");
        let missing = PasswordPlace::Env("NO_SUCH_VARIABLE".to_owned());
        let error = missing.read("user \"anna\"").expect_err("missing");
        assert!(error.contains("NO_SUCH_VARIABLE"), "{error}");
    }

    #[test]
    fn the_configuration_names_places_and_no_passwords() {
        let access: PrinterAccess = serde_json::from_str(
            r#"{ "secure-print": true,
                 "departments": { "sales": {
                     "password": { "env": "C360_SALES" }, "users": ["anna"] } },
                 "accounts": { "*": {
                     "name": "guest", "password": { "file": "/etc/guest" } } } }"#,
        )
        .expect("accepted");
        assert!(access.secure_print);
        let in_clear = r#"{ "departments": { "x": { "password": "1984" } } }"#;
        assert!(serde_json::from_str::<PrinterAccess>(in_clear).is_err());
    }
}
