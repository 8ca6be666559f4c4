//! The command `users`: accounts without the page, for every program.

use std::error::Error;
use std::io;
use std::path::Path;

use clap::{Args, Subcommand};
use serde_json::json;
use sign_in::{Accounts, BasePath, Key, Role, SignIn, User, UserView};

use crate::daemon::make_private;
use crate::{Options, data_folder, print_line};

/// What is to be done with the accounts.
#[derive(Debug, Clone, Args)]
pub struct UsersCommand {
    #[command(subcommand)]
    action: Action,
    /// Write JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Clone, Subcommand)]
enum Action {
    /// Make an account, and print its key, which is shown only now
    Add {
        /// Its name: letters a to z, digits, and . _ - @
        name: String,
        /// What its key is good for; several with a comma between them
        #[arg(
            long,
            value_delimiter = ',',
            required = true,
            value_name = "ROLE"
        )]
        roles: Vec<String>,
    },
    /// List the accounts
    List,
    /// Change an account's roles, or give it a new key: also one that was
    /// revoked is good again with that
    Change {
        /// Its name
        name: String,
        /// What its key is good for from now on
        #[arg(long, value_delimiter = ',', value_name = "ROLE")]
        roles: Vec<String>,
        /// Make a new key in place of the old one, and print it
        #[arg(long, required_unless_present = "roles")]
        new_key: bool,
    },
    /// Take an account's key back, and end its sessions
    Revoke {
        /// Its name
        name: String,
    },
    /// Make a link that signs one browser in, once, within an hour
    Link {
        /// The account's name [default: the administrator]
        name: Option<String>,
    },
}

impl UsersCommand {
    /// Does it, and prints what came of it. The server of the program `name`
    /// may run meanwhile, and heeds it at once. `known` are the program's
    /// roles, `base` is the address of its page, `https://HOST:PORT`.
    ///
    /// # Errors
    /// In words, with what to do.
    pub fn run(
        &self,
        name: &str,
        options: &Options,
        known: &[Role],
        base: &str,
    ) -> Result<(), Box<dyn Error>> {
        let of_user = || data_folder(name);
        let data = options.data.clone().or_else(of_user);
        let data =
            data.ok_or("there is no home folder: choose a folder with --data")?;
        make_private(&data)
            .and_then(|()| refuse_to_make_for_another(&data))
            .map_err(|error| {
                format!("cannot use {}: {error}", data.display())
            })?;
        self.run_in(name, &data, known, base, &options.base_path)
    }

    fn run_in(
        &self,
        program: &str,
        data: &Path,
        known: &[Role],
        base: &str,
        base_path: &BasePath,
    ) -> Result<(), Box<dyn Error>> {
        let accounts = Accounts::open(data)?;
        let show = |name: &str, key: Option<String>| {
            let account = accounts.get(name)?;
            self.show(&UserView::new(&account, known, key))
        };
        match &self.action {
            Action::Add { name, roles } => {
                let key = accounts.add(name, &Role::find(roles, known)?)?;
                show(name, Some(key))
            }
            Action::List => self.list(&UserView::list(&accounts, known)?),
            Action::Change { name, roles, new_key } => {
                if !roles.is_empty() {
                    accounts.set_roles(name, &Role::find(roles, known)?)?;
                }
                let key = match new_key {
                    true => Some(accounts.renew_key(name)?),
                    false => None,
                };
                show(name, key)
            }
            Action::Revoke { name } => {
                accounts.revoke(name)?;
                show(name, None)
            }
            Action::Link { name } => {
                let name = name.as_deref().unwrap_or(User::ADMINISTRATOR);
                let (key, base_path) = (Key::read(data)?, base_path.clone());
                let sign_in =
                    SignIn::open_under(data, key, program, base_path)?;
                let link = sign_in.link_for(name, base)?;
                match self.json {
                    true => print_line(json!({ "link": link })),
                    false => print_line(link),
                }
                Ok(())
            }
        }
    }

    fn list(&self, users: &[UserView]) -> Result<(), Box<dyn Error>> {
        if self.json {
            print_line(serde_json::to_string(users)?);
            return Ok(());
        }
        for user in users {
            let revoked =
                if user.revoked_at.is_some() { " (revoked)" } else { "" };
            print_line(format!(
                "{:<24} {}{revoked}",
                user.name,
                user.roles.join(", ")
            ));
        }
        Ok(())
    }

    fn show(&self, user: &UserView) -> Result<(), Box<dyn Error>> {
        if self.json {
            print_line(serde_json::to_string(user)?);
            return Ok(());
        }
        let name = &user.name;
        match (&user.key, user.revoked_at) {
            (Some(key), _) => print_line(format!(
                "the key of {name}, which is shown only now: {key}"
            )),
            (None, Some(_)) => print_line(format!("{name} is revoked")),
            (None, None) => {
                print_line(format!("{name} has {}", user.roles.join(", ")));
            }
        }
        Ok(())
    }
}

/// What root makes in a server's folder, the server there cannot open. Once
/// the accounts exist, SQLite leaves them to their owner.
#[cfg(unix)]
fn refuse_to_make_for_another(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let owner = std::fs::metadata(folder)?.uid();
    let is_own = owner == rustix::process::geteuid().as_raw();
    if is_own || Accounts::exist(folder) {
        return Ok(());
    }
    Err(io::Error::other(
        "it belongs to another user and has no accounts yet: start the \
         server, which makes them, and say this again",
    ))
}

/// Elsewhere a user's own folder is closed to others.
#[cfg(not(unix))]
fn refuse_to_make_for_another(_: &Path) -> io::Result<()> {
    Ok(())
}
