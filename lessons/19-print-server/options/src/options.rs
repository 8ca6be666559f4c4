//! The options of the print server.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use daemon::Rate;
use daemon::units::{duration, seconds};
use driver::{Language, MOST_THREADS, Media, SecondRendererChoice};
use print_records::Quotas;
use printer::Address;
use relay::OnDoubt;
use sign_in::{Openness, Whom};

use crate::folder_options::FolderOptions;
use crate::machine_options::MachineOptions;
use crate::printer_options::PrinterOptions;

/// The server's options: flags, and what stands in the configuration file.
#[derive(Debug, Clone, Args)]
// `daemon::Options` is in the same command.
#[group(id = "print-server")]
// A long job may take minutes, and half of it helps nobody.
#[command(mut_arg("stop_deadline", |arg| arg.default_value("120")))]
pub struct Options {
    /// Where to listen for HTTP
    #[arg(long, default_value = "127.0.0.1:8631", value_name = "ADDRESS")]
    pub listen: SocketAddr,

    /// The printer: `virtual`, or tcp://HOST:9100, with ?replies=no behind it
    /// for a printer that never answers, or lpd://HOST/QUEUE. Several printers
    /// have tables [printers.NAME] in the file instead
    #[arg(long, default_value = "virtual", value_name = "PRINTER")]
    pub printer: PrinterChoice,

    /// The papers in the printer's trays, such as A4,A3: pages of other sizes
    /// are fitted to them [default: what the printer says; if it does not, any]
    #[arg(long, value_delimiter = ',', value_name = "PAPERS")]
    pub media: Vec<Media>,

    /// The printer's name, as phones and computers show it
    #[arg(long, default_value = "Print server", value_name = "NAME",
        value_parser = printer_name)]
    pub name: String,

    /// Where the printer stands, as phones and computers show it
    #[arg(
        long,
        default_value = "",
        value_name = "PLACE",
        hide_default_value = true
    )]
    pub location: String,

    /// Announce the printer on the network with DNS-SD, so that phones and
    /// computers find it by themselves
    #[arg(long)]
    pub dns_sd: bool,

    /// The printer has a stapler. Printers do not say so themselves
    #[arg(long)]
    pub stapler: bool,

    /// The printer has a punch. Printers do not say so themselves
    #[arg(long)]
    pub punch: bool,

    /// The queue: `sqlite`, or redis://HOST:6379/0, or rediss://HOST:6379/0
    /// over TLS. One with a password, rediss://USER:PASSWORD@HOST:6379/0,
    /// belongs into the file or into PRINT_SERVER_QUEUE: every user sees the
    /// words of a command line [default: sqlite]
    #[arg(
        long,
        default_value = "sqlite",
        value_name = "QUEUE",
        hide_default_value = true
    )]
    pub queue: String,

    /// A file with the password of a queue in Redis, in its first line, instead
    /// of one in --queue
    #[arg(long, value_name = "FILE")]
    pub queue_password_file: Option<PathBuf>,

    /// A file with the certificate to trust for a queue over TLS, or with those
    /// of its issuers, in PEM [default: what the system trusts]
    #[arg(long, value_name = "FILE")]
    pub queue_ca: Option<PathBuf>,

    /// What this process does. Several on one machine may share one queue and
    /// one folder; on several machines they share a queue in Redis alone
    #[arg(long, value_enum, default_value_t = Role::All)]
    pub role: Role,

    /// Resolution in dots per inch: 300 or 600
    #[arg(long, default_value_t = 600, value_parser = resolution)]
    pub dpi: u16,

    /// The language in which pages leave for the printer: pcl-xl or postscript
    #[arg(long, default_value = "pcl-xl", value_name = "LANGUAGE")]
    pub language: Language,

    /// How many threads render a document, 1 to 64 [default: one a core]
    #[arg(long, value_name = "THREADS", value_parser = threads)]
    pub threads: Option<usize>,

    /// What draws a page that our own renderer cannot draw whole: auto, off,
    /// mutool (MuPDF), pdftoppm (poppler) or gs (Ghostscript). `auto` takes
    /// the first of them that is installed
    #[arg(long, default_value_t, value_name = "RENDERER")]
    pub second_renderer: SecondRendererChoice,
    /// A folder with fonts for what a document leaves to its reader; several
    /// may be given [default: the system's]
    #[arg(long, value_name = "FOLDER", value_parser = folder)]
    pub fonts: Vec<PathBuf>,

    /// The largest document that is taken, in megabytes, 1 to 65536
    #[arg(long, default_value_t = 512, value_name = "MEGABYTES",
        value_parser = clap::value_parser!(u64).range(1..=65_536))]
    pub max_upload: u64,

    /// How many documents a minute each person may send, in the long run and at
    /// once; 0 is no limit. A person is an account, or an address where nobody
    /// has signed in
    #[arg(long, default_value_t = 1200, value_name = "DOCUMENTS")]
    pub upload_rate: u32,

    /// How long a whole upload may take, in seconds
    #[arg(long, default_value = "600", value_parser = seconds,
        value_name = "SECONDS")]
    pub upload_deadline: Duration,

    /// How long an upload may stand still, in seconds
    #[arg(long, default_value = "15", value_parser = seconds,
        value_name = "SECONDS")]
    pub upload_silence: Duration,

    /// Take data in the printer's own language and pass it on unrendered
    #[arg(long)]
    pub allow_raw: bool,

    /// What becomes of a document of which text, a picture or a page would be
    /// missing on paper: `hold` it until somebody releases it, `print` it and
    /// say so, or `refuse` it. What is only drawn otherwise is always printed
    /// and noted, and so is a document whose owner forbids printing
    #[arg(long, default_value = "hold", value_name = "POLICY")]
    pub on_doubt: OnDoubt,

    /// Those that may print without a key, by POST /upload, the talk's own
    /// protocol, and by IPP: `nobody`, `this-machine`, `everybody`, or networks
    /// such as 192.0.2.0/24. What they print belongs to nobody by name [default:
    /// this-machine, as long as the server listens on a loopback address and
    /// has no --host-name; else nobody]
    #[arg(long, value_delimiter = ',', value_name = "WHOM")]
    pub open: Vec<Whom>,

    /// The same as --open everybody
    #[arg(long)]
    pub open_upload: bool,

    /// How long a document is kept after its job is printed or cancelled, such
    /// as 1d, 2h or 0s: for so long it can be printed once more
    #[arg(long, default_value = "1d", value_parser = duration,
        value_name = "TIME")]
    pub keep_documents: Duration,

    /// A program that is run when a printer needs somebody, and again when it
    /// is over: its path, and each argument as another --on-trouble. No shell
    /// reads them; the news is JSON on its standard input
    #[arg(long, value_name = "WORD", allow_hyphen_values = true)]
    pub on_trouble: Vec<String>,

    /// How long a printer has to need somebody before the program is run, in
    /// seconds
    #[arg(long, default_value = "120", value_parser = seconds,
        value_name = "SECONDS")]
    pub on_trouble_after: Duration,

    /// How long the record of a job is kept, in days, 1 to 36500
    #[arg(long, default_value = "365", value_name = "DAYS",
        value_parser = days)]
    pub keep_records: Duration,

    /// Keep no names of documents in the records
    #[arg(long)]
    pub no_record_names: bool,

    /// How many pages each person may print in a month [default: no limit]
    #[arg(long, value_name = "PAGES")]
    pub quota: Option<u32>,

    /// How many pages one person may print in a month, such as anna=500;
    /// several may be given. Without a name, =500, it is for all jobs of
    /// nobody by name together
    #[arg(long, value_name = "NAME=PAGES", value_parser = quota_of)]
    pub quota_of: Vec<(String, u32)>,

    /// How long a job stays with a worker that shows no sign of life, in
    /// seconds
    #[arg(long, default_value = "10", value_parser = seconds,
        value_name = "SECONDS")]
    pub lease: Duration,

    /// How long the printer may be silent in the middle of a job, in seconds.
    /// One that says nothing while it prints a page, or takes one connection at
    /// a time and cannot be asked meanwhile, needs more than its slowest job
    #[arg(long, default_value = "60", value_parser = seconds,
        value_name = "SECONDS")]
    pub printer_silence: Duration,

    /// A folder that is watched: what is put into it is printed, and belongs to
    /// nobody by name; several may be given. Folders with options of their own
    /// have tables [folders.NAME] in the file
    #[arg(long, value_name = "FOLDER")]
    pub watch: Vec<PathBuf>,

    /// The watched folders, those of `watch` among them.
    #[arg(skip)]
    pub folders: Vec<FolderOptions>,

    /// The printers, the default one first, when the configuration names any.
    #[arg(skip)]
    pub printers: Vec<PrinterOptions>,

    /// What is known of other machines.
    #[command(flatten)]
    pub machines: MachineOptions,

    /// The options that every daemon has.
    #[command(flatten)]
    pub daemon: daemon::Options,
}

impl Options {
    /// The defaults, for a server on a free port of this machine that keeps
    /// its data in `data` and logs only errors.
    #[must_use]
    pub fn in_folder(data: &Path) -> Options {
        let mut options = Options {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            ..Options::default()
        };
        options.daemon.data = Some(data.to_owned());
        options.daemon.log.log_level = "error".to_owned();
        options
    }

    /// How often each person may send a document, if there is a limit.
    #[must_use]
    pub fn upload_rate(&self) -> Option<Rate> {
        const MINUTE: Duration = Duration::from_secs(60);
        Rate::new(self.upload_rate, MINUTE, self.upload_rate)
    }

    /// Whether servers with other data folders may use the same queue.
    #[must_use]
    pub fn is_queue_shared(&self) -> bool {
        self.queue != "sqlite"
    }

    /// The folder that holds all data, also for commands beside the server.
    ///
    /// # Errors
    /// There is no home folder.
    pub fn data_folder(&self) -> Result<PathBuf, String> {
        let of_user = || daemon::data_folder("print-server");
        self.daemon.data.clone().or_else(of_user).ok_or_else(|| {
            "there is no home folder: choose a folder with --data".to_owned()
        })
    }

    /// How many pages persons may print.
    #[must_use]
    pub fn quotas(&self) -> Quotas {
        let of = self.quota_of.iter().cloned().collect();
        Quotas { each: self.quota, of }
    }

    // ANCHOR: openness
    /// What is let in without a key.
    #[must_use]
    pub fn openness(&self) -> Openness {
        if self.open_upload {
            return Openness::to(&[Whom::Everybody]);
        }
        // A proxy may bring others to a loopback address, but then the server
        // has a further name.
        let is_for_this_machine =
            self.listen.ip().is_loopback() && self.daemon.host_name.is_empty();
        match self.open.as_slice() {
            [] if is_for_this_machine => Openness::to(&[Whom::ThisMachine]),
            whom => Openness::to(whom),
        }
    }
    // ANCHOR_END: openness

    /// What is open without a key, in sentences for a page.
    #[must_use]
    pub fn what_is_open(&self) -> String {
        let openness = self.openness();
        let printing = match openness == Openness::default() {
            true => "Nobody may print without a key.".to_owned(),
            false => format!(
                "Printing, by POST /upload and by IPP: {openness}. Such a job \
                 belongs to nobody by name."
            ),
        };
        format!(
            "{printing} Asking what the printer can do, by IPP: everybody. \
             An administrator changes this with --open, or with \
             open = [\"…\"] in the configuration."
        )
    }
}

impl Default for Options {
    fn default() -> Options {
        #[derive(clap::Parser)]
        struct Defaults {
            #[command(flatten)]
            options: Options,
        }
        let none: [&str; 0] = [];
        <Defaults as clap::Parser>::parse_from(none).options
    }
}

/// Which printer the workers print on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrinterChoice {
    /// A virtual C360 of our own, started with the server.
    Virtual,
    /// A printer on the network.
    Network(Address),
}

impl FromStr for PrinterChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<PrinterChoice, String> {
        match text {
            "virtual" => Ok(PrinterChoice::Virtual),
            address => address
                .parse()
                .map(PrinterChoice::Network)
                .map_err(|error| format!("{error}; or say virtual")),
        }
    }
}

/// What one process of the print server does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Takes documents in and prints them.
    All,
    /// Only takes documents in.
    Intake,
    /// Only prints.
    Worker,
}

fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(threads @ 1..=MOST_THREADS) => Ok(threads),
        _ => Err(format!("say a number of threads from 1 to {MOST_THREADS}")),
    }
}

pub(crate) fn printer_name(text: &str) -> Result<String, String> {
    let name = text.trim();
    let is_name = !name.is_empty()
        && name.len() <= 63
        && !name.chars().any(char::is_control);
    if is_name {
        return Ok(name.to_owned());
    }
    Err("say a name of 1 to 63 bytes, without control characters".to_owned())
}

fn folder(text: &str) -> Result<PathBuf, String> {
    let folder = PathBuf::from(text);
    if folder.is_dir() { Ok(folder) } else { Err("no such folder".into()) }
}

fn days(text: &str) -> Result<Duration, String> {
    match text.parse::<u64>() {
        Ok(days @ 1..=36_500) => Ok(Duration::from_secs(days * 24 * 3600)),
        _ => Err("say a number of days from 1 to 36500".to_owned()),
    }
}

fn quota_of(text: &str) -> Result<(String, u32), String> {
    let wrong = "say a name and a number of pages, such as anna=500";
    let (name, pages) = text.rsplit_once('=').ok_or(wrong)?;
    let pages = pages.parse().map_err(|_| wrong)?;
    Ok((name.to_owned(), pages))
}

fn resolution(text: &str) -> Result<u16, String> {
    match text {
        "300" => Ok(300),
        "600" => Ok(600),
        _ => Err("the C360 prints at 300 or 600 dots per inch".to_owned()),
    }
}
