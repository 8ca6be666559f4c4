//! The configuration of a program: a file, the environment and flags.
//!
//! The flags of a program, as clap knows them, are its whole configuration.
//! Each can also be set in a TOML file, as a key of the same name, and in the
//! environment, as PROGRAM_NAME. Flags win over the environment, the
//! environment over the file, the file over the program's own defaults.
//!
//! ```toml
//! listen = "0.0.0.0:8800"     # --listen, or NETWORK_MONITOR_LISTEN
//! log-format = "json"         # --log-format
//! allow-raw = true            # --allow-raw; --allow-raw=false wins over it
//! host-name = ["a.example", "b.example"]    # --host-name twice
//!
//! [retention]                 # tables are for the program to read
//! ```
//!
//! The file is named with `--config`, or it is `NAME/NAME.toml` in the user's
//! configuration folder or in `/etc` ([`places`]). [`sample`] writes one to
//! begin with. Every mistake is reported with its file, line and key.

mod error;
mod file;
mod places;
mod sample;

pub use error::{ConfigError, Mistake};
pub use file::ConfigFile;
pub use places::places;
pub use sample::sample;

use std::error::Error;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, Parser};

/// A configuration that was read.
#[derive(Debug)]
pub struct Loaded<A> {
    /// The program's arguments, wherever each of them was set.
    pub arguments: A,
    /// The file, for its tables, and to be read again.
    pub file: ConfigFile,
}

/// Reads the configuration of this process. `sections` names the tables of the
/// file that the program reads itself, with [`ConfigFile::section`].
///
/// The option `--config FILE` is added to `A`; it may also be set in the
/// environment as PROGRAM_CONFIG. A file that is named must exist. When none is
/// named, the first of [`places`] that exists is read.
///
/// # Errors
/// [`ConfigError`] says what is wrong, and where. `--help` is an error as well,
/// which [`ConfigError::report`] prints.
pub fn load<A: Parser>(sections: &[&str]) -> Result<Loaded<A>, ConfigError> {
    let environment = |name: &str| std::env::var_os(name);
    let places = places(A::command().get_name());
    load_in(std::env::args_os(), environment, &places, sections)
}

/// Reads the configuration from these arguments, the program's name first, and
/// from this environment. There is no file unless they name one.
///
/// # Errors
/// As [`load`].
pub fn load_from<A: Parser>(
    arguments: impl IntoIterator<Item = impl Into<OsString>>,
    environment: impl Fn(&str) -> Option<OsString>,
    sections: &[&str],
) -> Result<Loaded<A>, ConfigError> {
    load_in(arguments, environment, &[], sections)
}

fn load_in<A: Parser>(
    arguments: impl IntoIterator<Item = impl Into<OsString>>,
    environment: impl Fn(&str) -> Option<OsString>,
    places: &[PathBuf],
    sections: &[&str],
) -> Result<Loaded<A>, ConfigError> {
    let (_, matches, file) =
        parse::<A>(arguments, environment, places, sections)?;
    let arguments = A::from_arg_matches(&matches)?;
    Ok(Loaded { arguments, file })
}

/// The arguments with which a service does what this process was told to do:
/// its options as words `--name=value`, without those of a command. Files are
/// named by their whole path.
///
/// # Errors
/// As [`load`]; or a path cannot be resolved.
pub fn service_arguments<A: Parser>(
    sections: &[&str],
) -> Result<Vec<String>, Box<dyn Error>> {
    let environment = |name: &str| std::env::var_os(name);
    let places = places(A::command().get_name());
    let words = std::env::args_os();
    service_arguments_in::<A>(words, environment, &places, sections)
}

fn service_arguments_in<A: Parser>(
    arguments: impl IntoIterator<Item = impl Into<OsString>>,
    environment: impl Fn(&str) -> Option<OsString>,
    places: &[PathBuf],
    sections: &[&str],
) -> Result<Vec<String>, Box<dyn Error>> {
    let (command, matches, file) =
        parse::<A>(arguments, environment, places, sections)?;
    let mut words = Vec::new();
    if let Some(path) = file.path() {
        words.push(format!("--config={}", path.canonicalize()?.display()));
    }
    for arg in command.get_arguments() {
        let id = arg.get_id().as_str();
        let typed = matches.value_source(id) == Some(ValueSource::CommandLine);
        let Some(long) = arg.get_long().filter(|_| typed && id != "config")
        else {
            continue;
        };
        match matches.try_get_many::<PathBuf>(id) {
            Ok(paths) => {
                for path in paths.into_iter().flatten() {
                    let path = std::path::absolute(path)?;
                    words.push(format!("--{long}={}", path.display()));
                }
            }
            Err(_) => {
                for value in matches.get_raw(id).into_iter().flatten() {
                    words.push(format!("--{long}={}", value.display()));
                }
            }
        }
    }
    Ok(words)
}

/// The command, its arguments, and the file.
fn parse<A: Parser>(
    arguments: impl IntoIterator<Item = impl Into<OsString>>,
    environment: impl Fn(&str) -> Option<OsString>,
    places: &[PathBuf],
    sections: &[&str],
) -> Result<(Command, ArgMatches, ConfigFile), ConfigError> {
    let arguments: Vec<OsString> =
        arguments.into_iter().map(Into::into).collect();
    let mut command = A::command();
    let layers = Layers {
        prefix: in_environment(command.get_name()),
        environment: &environment,
        file: ConfigFile::none(),
    };
    let named = named_file(&arguments)
        .or_else(|| layers.variable("config").map(|(_, value)| value.into()));
    let path = match named {
        Some(path) => Some(path),
        None => places::find(places)?,
    };
    let file = match path {
        Some(path) => ConfigFile::read(&path, &flags(&command), sections)?,
        None => ConfigFile::none(),
    };
    let layers = Layers { file, ..layers };

    command = with_config_option(command, &layers.prefix);
    command = with_defaults(command, &layers)?;
    let matches = command.try_get_matches_from_mut(arguments)?;
    Ok((command, matches, layers.file))
}

/// The environment and the file, in which each flag is looked up.
struct Layers<'a, E> {
    prefix: String,
    environment: &'a E,
    file: ConfigFile,
}

impl<E: Fn(&str) -> Option<OsString>> Layers<'_, E> {
    /// The variable of a flag, and its value. An empty value, as container
    /// files have it, is none.
    fn variable(&self, long: &str) -> Option<(String, OsString)> {
        let name = format!("{}_{}", self.prefix, in_environment(long));
        let value = (self.environment)(&name)?;
        (!value.is_empty()).then_some((name, value))
    }

    /// The values of a flag that the environment or the file sets, each of
    /// them checked.
    fn values(&self, arg: &Arg) -> Result<Option<Vec<String>>, ConfigError> {
        let long = arg.get_long().unwrap_or_default();
        if let Some((name, value)) = self.variable(long) {
            let wrong = |message| ConfigError::Environment {
                name: name.clone(),
                message,
            };
            let value = value.into_string().map_err(|value| {
                wrong(format!("{} is not text", value.display()))
            })?;
            let values: Vec<String> = match is_list(arg) {
                true => value.split(',').map(|v| v.trim().into()).collect(),
                false => vec![value],
            };
            for value in &values {
                check(arg, value)
                    .map_err(|why| wrong(format!("{value:?}: {why}")))?;
            }
            return Ok(Some(values));
        }
        let Some(values) = self.file.values(long, is_list(arg))? else {
            return Ok(None);
        };
        for (number, value) in values.iter().enumerate() {
            check(arg, value).map_err(|why| {
                self.file.mistake(long, number, format!("{value:?}: {why}"))
            })?;
        }
        Ok(Some(values))
    }
}

/// A name as a part of a variable's name: `log-level` is `LOG_LEVEL`.
fn in_environment(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}

/// The file that `--config` names. It is found before clap parses anything,
/// because it provides the defaults.
fn named_file(arguments: &[OsString]) -> Option<PathBuf> {
    let mut words = arguments.iter().skip(1).take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        if word == "--config" {
            return words.next().map(PathBuf::from);
        }
        let given = word.to_str().and_then(|w| w.strip_prefix("--config="));
        if let Some(path) = given {
            return Some(path.into());
        }
    }
    None
}

/// The names of all flags that a file may set.
fn flags(command: &Command) -> Vec<String> {
    let own = command.get_arguments().filter_map(Arg::get_long);
    let mut flags: Vec<String> = own
        .filter(|long| *long != "config")
        .map(str::to_owned)
        .chain(command.get_subcommands().flat_map(flags))
        .collect();
    flags.sort();
    flags.dedup();
    flags
}

/// The command with the option `--config` and a help that explains it.
fn with_config_option(command: Command, prefix: &str) -> Command {
    let help = format!(
        "Every option can also stand in a file, as `listen = \"…\"`, and in \
         the environment, as {prefix}_LISTEN. Flags win over the environment, \
         the environment over the file."
    );
    let command = match command.get_after_help() {
        Some(_) => command,
        None => command.after_help(help),
    };
    if command.get_arguments().any(|arg| arg.get_long() == Some("config")) {
        return command;
    }
    let name = command.get_name();
    let help = format!(
        "Read options from a TOML file [default: {name}/{name}.toml in the \
         user's configuration folder, or else in /etc, if there is one]"
    );
    let config = Arg::new("config")
        .long("config")
        .value_name("FILE")
        .value_parser(clap::value_parser!(PathBuf))
        .global(true)
        .help(help);
    command.arg(config)
}

/// The command with the values of the environment and the file as the defaults
/// of its flags.
fn with_defaults<E: Fn(&str) -> Option<OsString>>(
    command: Command,
    layers: &Layers<'_, E>,
) -> Result<Command, ConfigError> {
    let mut wrong = None;
    let mut default = |arg: Arg| {
        let set = match arg.get_long() {
            None | Some("config") => return arg,
            Some(_) => layers.values(&arg),
        };
        let arg = if is_switch(&arg) { with_value(arg) } else { arg };
        match set {
            Ok(None) => arg,
            Ok(Some(values)) => arg.required(false).default_values(values),
            Err(error) => {
                wrong.get_or_insert(error);
                arg
            }
        }
    };
    let mut command = command.mut_args(&mut default);
    if let Some(error) = wrong.take() {
        return Err(error);
    }
    let names: Vec<String> =
        command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    for name in names {
        let mut failed = None;
        command = command.mut_subcommand(&name, |subcommand| {
            with_defaults(subcommand.clone(), layers).unwrap_or_else(|error| {
                failed = Some(error);
                subcommand
            })
        });
        if let Some(error) = failed {
            return Err(error);
        }
    }
    Ok(command)
}

fn is_switch(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::SetTrue | ArgAction::SetFalse)
}

fn is_list(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Append)
        || arg.get_value_delimiter().is_some()
        || arg.get_num_args().is_some_and(|count| count.max_values() > 1)
}

/// The switch as an option that also takes `--name=false`. Otherwise no flag
/// could switch off what the file has switched on.
fn with_value(arg: Arg) -> Arg {
    let (given, else_) = match arg.get_action() {
        ArgAction::SetFalse => ("false", "true"),
        _ => ("true", "false"),
    };
    arg.action(ArgAction::Set)
        .num_args(0..=1)
        .require_equals(true)
        .value_name("true|false")
        .value_parser(BoolishValueParser::new())
        .default_missing_value(given)
        .default_value(else_)
        .hide_default_value(true)
        .hide_possible_values(true)
}

/// Checks a value with the flag's own parser, so that an error can name the
/// place.
fn check(arg: &Arg, value: &str) -> Result<(), String> {
    let parser = match is_switch(arg) {
        true => BoolishValueParser::new().into(),
        false => arg.get_value_parser().clone(),
    };
    let alone = Arg::new("value")
        .value_parser(parser)
        .ignore_case(arg.is_ignore_case_set())
        .required(true);
    let command = Command::new("check")
        .no_binary_name(true)
        .disable_help_flag(true)
        .arg(alone);
    let Err(error) = command.try_get_matches_from(["--", value]) else {
        return Ok(());
    };
    if let Some(cause) = error.source() {
        return Err(cause.to_string());
    }
    match (error.kind(), error.get(ContextKind::ValidValue)) {
        (ErrorKind::InvalidValue, Some(ContextValue::Strings(valid)))
            if !valid.is_empty() =>
        {
            Err(format!("say {}", valid.join(" or ")))
        }
        (ErrorKind::InvalidValue, _) => Err("must not be empty".to_owned()),
        _ => Err("is not valid here".to_owned()),
    }
}

#[cfg(test)]
mod tests;
