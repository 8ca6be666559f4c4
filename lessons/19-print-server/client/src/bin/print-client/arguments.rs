//! The words of the command line.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs};

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches};
use clap::{Parser, Subcommand};
use print_client::Order;
use sheet::Media;

/// Prints files and waits until the paper is out
///
/// It ends with 0 when the paper is out as the documents say, or when it was
/// not to wait for that. Other codes say how far it came: 3, the server holds
/// the job until somebody releases it, because it cannot be printed whole, for
/// example; 4, printed, but not whole; 5, refused by the server; 6, no server
/// that can be trusted was reached; 7, the job failed or was cancelled; 8,
/// nobody knows how much is on paper; 2, the command line is wrong; 1, all
/// else, such as a file that cannot be read. Of several files the highest code
/// counts.
#[derive(Parser)]
#[command(
    name = "print-client",
    version,
    subcommand_negates_reqs = true,
    override_usage = "print-client [OPTIONS] FILE… [PAGES]\n       \
        print-client [OPTIONS] jobs | cancel JOB… | printers"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) print: Print,
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List the jobs that are not over
    Jobs(Jobs),
    /// Cancel jobs, also while they print
    Cancel(Cancel),
    /// List the printers, and what is wrong with them
    Printers,
}

#[derive(Args)]
pub(crate) struct Jobs {
    /// Those that are over, too
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Args)]
pub(crate) struct Cancel {
    /// The jobs' numbers
    #[arg(required = true, value_name = "JOB")]
    pub(crate) jobs: Vec<String>,
}

/// What is to be printed, and how.
#[derive(Args)]
pub(crate) struct Print {
    /// The files to print, each as a job of its own; - is standard input. The
    /// last word is the pages if it looks like them, such as 200-214 or 3-7,10,
    /// and there is no such file
    #[arg(required = true, value_name = "FILE")]
    words: Vec<PathBuf>,
    /// The pages; then all words are files
    #[arg(long, value_name = "PAGES", allow_hyphen_values = true)]
    pages: Option<String>,
    /// The printer [default: the server's first]
    #[arg(short = 'P', long, value_name = "NAME")]
    printer: Option<String>,
    /// How many copies
    #[arg(short = 'n', long, default_value_t = 1, value_parser =
        clap::value_parser!(u16).range(1..=999))]
    copies: u16,
    /// Both sides of the paper; --duplex=short-edge to turn it like a pad
    #[arg(long, num_args = 0..=1, require_equals = true,
        default_missing_value = "long-edge", value_name = "EDGE",
        value_parser = ["long-edge", "short-edge"])]
    duplex: Option<String>,
    /// Grey instead of colour
    #[arg(long, alias = "gray")]
    grey: bool,
    /// The paper: A4, Letter or A3 [default: the loaded one that fits best]
    #[arg(long, value_name = "PAPER")]
    media: Option<Media>,
    /// Any other field of the server's form, such as staple=top-left; several
    /// may be given
    #[arg(short = 'o', long, value_name = "FIELD=VALUE", value_parser = field)]
    option: Vec<(String, String)>,
    /// A field whose value stands in a file, such as pin=FILE: every user can
    /// read the words of a command line
    #[arg(long, value_name = "FIELD=FILE", value_parser = pair)]
    secret: Vec<(String, String)>,
    /// Whose job it is
    #[arg(long, default_value_t = user())]
    user: String,
    /// Keep it on the server until somebody releases it
    #[arg(long)]
    hold: bool,
    /// Do not wait for the paper
    #[arg(long)]
    pub(crate) no_wait: bool,
}

/// Which server, with which key, and how the answers are shown.
#[derive(Args)]
pub(crate) struct Connection {
    /// Print JSON: of jobs one a line, of lists an array
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The print server
    #[arg(
        long,
        global = true,
        default_value = "http://127.0.0.1:8631",
        env = "PRINT_SERVER",
        value_name = "URL"
    )]
    pub(crate) server: String,
    /// The server's key: the file `key` in its data folder [default: that of
    /// this machine's own server, or what PRINT_SERVER_KEY holds]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// The certificate of an https server, or of whoever issued it, in a PEM
    /// file: no other is trusted [default: those that this machine trusts, and
    /// that of its own server]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
}

impl Arguments {
    /// Reads this process's command line.
    ///
    /// # Errors
    /// It is wrong, or asks for help.
    pub(crate) fn read() -> Result<Arguments, clap::Error> {
        Arguments::read_from(env::args_os())
    }

    fn read_from(
        words: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    ) -> Result<Arguments, clap::Error> {
        let mut command = Arguments::command();
        let matches = command.try_get_matches_from_mut(words)?;
        if let Some((name, _)) = matches.subcommand()
            && let Some(given) = only_for_printing(&command, &matches)
        {
            let message = format!(
                "{given} is not for the command {name}. To print a file of \
                 this name, write ./{name}"
            );
            return Err(command.error(ErrorKind::ArgumentConflict, message));
        }
        Arguments::from_arg_matches(&matches)
    }
}

/// An argument before a command that means nothing to commands.
fn only_for_printing(
    command: &clap::Command,
    matches: &ArgMatches,
) -> Option<String> {
    for arg in command.get_arguments().filter(|arg| !arg.is_global_set()) {
        let id = arg.get_id().as_str();
        if matches.value_source(id) == Some(ValueSource::CommandLine) {
            return Some(match arg.get_long() {
                Some(long) => format!("--{long}"),
                None => "a file".to_owned(),
            });
        }
    }
    None
}

impl Print {
    /// The files, in the order in which they were named, and the pages of them.
    pub(crate) fn files_and_pages(&self) -> (&[PathBuf], Option<&str>) {
        let (pages, words) = (self.pages.as_deref(), self.words.as_slice());
        match words.split_last() {
            Some((last, files)) if pages.is_none() && !files.is_empty() => {
                match last.to_str().filter(|word| looks_like_pages(word)) {
                    Some(word) if !last.exists() => (files, Some(word)),
                    _ => (words, None),
                }
            }
            _ => (words, pages),
        }
    }

    /// What is asked for of each file.
    ///
    /// # Errors
    /// A sentence: a file with a secret cannot be read.
    pub(crate) fn order(&self) -> Result<Order, String> {
        let (_, pages) = self.files_and_pages();
        let mut fields = self.option.clone();
        for (name, file) in &self.secret {
            let value = fs::read_to_string(file)
                .map_err(|error| format!("cannot read {file}: {error}"))?;
            fields.push((name.clone(), value.trim().to_owned()));
        }
        Ok(Order {
            pages: pages.map(str::to_owned),
            copies: self.copies,
            duplex: self.duplex.clone(),
            grey: self.grey,
            media: self.media.map(|media| media.to_string()),
            printer: self.printer.clone(),
            user: self.user.clone(),
            hold: self.hold,
            fields,
        })
    }

    /// Whether a job that is held is what was asked for.
    pub(crate) fn may_be_held(&self) -> bool {
        self.hold || self.secret.iter().any(|(name, _)| name == "pin")
    }

    /// Whether standard input is among the files more than once.
    pub(crate) fn reads_input_twice(&self) -> bool {
        let is_input = |word: &&PathBuf| word.as_path() == Path::new("-");
        self.words.iter().filter(is_input).count() > 1
    }
}

/// Whether a word is a choice of pages and no file's name, most likely. What
/// is wrong in it, the server says better.
fn looks_like_pages(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit())
        && word.bytes().all(|byte| b"0123456789-,".contains(&byte))
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => {
            Ok((name.to_owned(), value.to_owned()))
        }
        _ => Err("say a field and a value, such as staple=top-left".to_owned()),
    }
}

fn field(text: &str) -> Result<(String, String), String> {
    match pair(text)? {
        (name, _) if name == "pin" => Err(
            "every user can read the words of a command line: write the PIN \
             into a file, and name it with --secret pin=FILE"
                .to_owned(),
        ),
        pair => Ok(pair),
    }
}

/// The name of the user, as Unix and Windows have it in the environment.
fn user() -> String {
    ["USER", "USERNAME"]
        .iter()
        .find_map(|name| env::var(name).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Arguments, String> {
        let words = ["print-client"].iter().chain(words).copied();
        Arguments::read_from(words).map_err(|error| error.to_string())
    }

    fn files_and_pages(words: &[&str]) -> (Vec<String>, Option<String>) {
        let print = read(words).expect("a good command line").print;
        let (files, pages) = print.files_and_pages();
        let files = files.iter().map(|file| file.display().to_string());
        (files.collect(), pages.map(str::to_owned))
    }

    fn one(words: &[&str]) -> (String, Option<String>) {
        let (files, pages) = files_and_pages(words);
        (files.join(" "), pages)
    }

    #[test]
    fn the_last_word_is_the_pages_if_it_is_no_file() {
        let pages = |pages: &str| Some(pages.to_owned());
        assert_eq!(one(&["a.pdf", "2-3"]), ("a.pdf".into(), pages("2-3")));
        assert_eq!(one(&["a.pdf", "b.pdf"]), ("a.pdf b.pdf".into(), None));
        let both = ("a.pdf b.pdf".into(), pages("3-7,10"));
        assert_eq!(one(&["a.pdf", "b.pdf", "3-7,10"]), both);
        assert_eq!(one(&["-", "2-"]), ("-".into(), pages("2-")));
        // Standard input is no pages, and nor is the only word.
        assert_eq!(one(&["a.pdf", "-"]), ("a.pdf -".into(), None));
        assert_eq!(one(&["2-3"]), ("2-3".into(), None));
        // The server says that it runs backwards.
        assert_eq!(one(&["a.pdf", "9-3"]), ("a.pdf".into(), pages("9-3")));
        // Whoever names the pages means files by all else.
        let both = ("a.pdf 2-3".into(), pages("1"));
        assert_eq!(one(&["a.pdf", "2-3", "--pages", "1"]), both);
    }

    #[test]
    fn a_file_with_the_name_of_pages_is_printed() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("2025");
        fs::write(&file, "a report").expect("written");
        let file = file.display().to_string();
        let (files, pages) = files_and_pages(&["a.pdf", &file]);
        assert_eq!((files.len(), pages), (2, None));
    }

    #[test]
    fn a_command_stands_alone() {
        assert!(read(&["jobs"]).is_ok_and(|read| read.command.is_some()));
        let server = read(&["--server", "http://a", "jobs", "--json"]);
        let server = server.expect("a good command line").connection;
        assert_eq!((server.server.as_str(), server.json), ("http://a", true));
        for words in [
            ["a.pdf", "--grey", "jobs"].as_slice(),
            &["--copies", "2", "printers"],
        ] {
            let said = read(words).err().expect("refused");
            assert!(said.contains("write ./"), "{said}");
        }
        assert!(read(&[]).is_err());
        assert!(read(&["cancel"]).is_err());
    }

    #[test]
    fn a_pin_does_not_stand_on_the_command_line() {
        let said = read(&["a.pdf", "-o", "pin=1234"]).err().expect("refused");
        assert!(said.contains("--secret"), "{said}");
        assert!(read(&["a.pdf", "-o", "staple=top-left"]).is_ok());
        assert!(read(&["a.pdf", "-o", "staple"]).is_err());
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("pin");
        fs::write(&file, "0042\n").expect("written");
        let secret = format!("pin={}", file.display());
        let print = read(&["a.pdf", "--secret", &secret]).expect("good").print;
        let order = print.order().expect("read");
        assert_eq!(order.fields, [("pin".to_owned(), "0042".to_owned())]);
        assert!(print.may_be_held());
    }
}
