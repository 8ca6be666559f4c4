//! Prints a file on the print server, as `lpr` does.
//!
//!     cargo run --bin print -- report.pdf 2-3 --copies 2 --duplex
//!     man -Tpdf ls | cargo run --bin print -- -

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs};

use clap::Parser;
use daemon::Key;
use driver::Media;
use indicatif::{ProgressBar, ProgressStyle};
use print_server::JobView;
use print_server::client;
use print_server::client::{
    Client, ClientError, Order, Trust, data_folders, is_this_machine,
};

/// The job waits for a person, because it cannot be printed whole.
const HELD: u8 = 3;
/// The paper is out, but not all that the document says is on it.
const INCOMPLETE: u8 = 4;

/// Prints a file and waits until the paper is out
///
/// It ends with 0 when the paper is out as the document says, or when it was
/// not to wait for that; with 1 when nothing was printed, or nobody knows; with
/// 3 when the server holds the job because it cannot be printed whole, until
/// somebody releases or cancels it on the server's page; and with 4 when it was
/// printed, but not whole.
#[derive(Parser)]
#[command(name = "print", version)]
struct Arguments {
    /// The file to print; - is standard input
    file: PathBuf,
    /// The pages, such as 200-214 or 3-7,10 [default: all]
    pages: Option<String>,
    /// How many copies
    #[arg(long, default_value_t = 1, value_parser =
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
    /// Whose job it is
    #[arg(long, default_value_t = user())]
    user: String,
    /// Keep it on the server until somebody releases it
    #[arg(long)]
    hold: bool,
    /// Do not wait for the paper
    #[arg(long)]
    no_wait: bool,
    /// Print the job as JSON instead of a progress bar
    #[arg(long)]
    json: bool,
    /// The print server
    #[arg(
        long,
        default_value = "http://127.0.0.1:8631",
        env = "PRINT_SERVER",
        value_name = "URL"
    )]
    server: String,
    /// The server's key: the file `key` in its data folder [default: that of
    /// this machine's own server, or what PRINT_SERVER_KEY holds]
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// The certificate of an https server, or of whoever issued it, in a PEM
    /// file: no other is trusted [default: those that this machine trusts, and
    /// that of its own server]
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match print(&arguments) {
        Ok(job) => print_outcome(&job, &arguments),
        Err(error) => {
            eprintln!("print: {error}");
            ExitCode::FAILURE
        }
    }
}

fn print(arguments: &Arguments) -> Result<JobView, Box<dyn Error>> {
    let server = &arguments.server;
    let trust = match &arguments.ca {
        Some(file) => Trust::Only(file.clone()),
        None if is_this_machine(server) => Trust::Own(data_folders()),
        None => Trust::System,
    };
    let client = Client::trusting(server, &trust)?;
    let (client, looked) = match find_key(arguments)? {
        FoundKey::Given(key) => (client.with_key(&key), None),
        FoundKey::Own(key) => {
            (Client::with_own_key(server, &key, &trust)?, None)
        }
        FoundKey::None { looked } => (client, looked),
    };
    let order = Order {
        pages: arguments.pages.clone(),
        copies: arguments.copies,
        duplex: arguments.duplex.clone(),
        grey: arguments.grey,
        media: arguments.media.map(|media| media.to_string()),
        user: arguments.user.clone(),
        hold: arguments.hold,
    };
    let bar = match arguments.json {
        true => ProgressBar::hidden(),
        false => ProgressBar::new(0).with_style(style("{bytes}")),
    };
    let upload = bar.clone();
    bar.set_message("sending");
    let sent = client.print(&arguments.file, &order, move |gone, all| {
        upload.set_length(all);
        upload.set_position(gone);
    });
    let job = sent.map_err(|error| -> Box<dyn Error> {
        match looked {
            Some(looked) if matches!(error, ClientError::SignIn { .. }) => {
                let ask = "Whoever administers the server can give you a copy";
                format!("{error}. I have looked: {looked}. {ask}").into()
            }
            _ => error.into(),
        }
    })?;
    if arguments.no_wait || job.state == "held" {
        bar.finish_and_clear();
        return Ok(job);
    }
    bar.set_style(style("{pos} of {len} pages"));
    let followed = client.follow(&job.id, |job| {
        bar.set_length(u64::from(job.sides));
        bar.set_position(u64::from(job.printed));
        bar.set_message(match &job.reason {
            Some(reason) => format!("{}: {reason}", job.state),
            None => job.state.clone(),
        });
    });
    bar.finish_and_clear();
    Ok(followed?)
}

/// The key for the server.
enum FoundKey {
    /// A person named it, and means this server.
    Given(String),
    /// It was found where this machine's own server keeps it. It is sent to no
    /// other machine, and to nobody who cannot prove to have it.
    Own(Key),
    /// There is none, and the sentence says where it was looked for in vain.
    None { looked: Option<String> },
}

fn find_key(arguments: &Arguments) -> Result<FoundKey, Box<dyn Error>> {
    if let Some(path) = &arguments.key_file {
        let key = fs::read_to_string(path).map_err(|error| {
            format!("cannot read the key in {}: {error}", path.display())
        })?;
        return Ok(FoundKey::Given(key.trim().to_owned()));
    }
    match env::var("PRINT_SERVER_KEY") {
        Ok(key) if !key.trim().is_empty() => {
            return Ok(FoundKey::Given(key));
        }
        _ => {}
    }
    if !is_this_machine(&arguments.server) {
        return Ok(FoundKey::None { looked: None });
    }
    Ok(match client::find_key(&data_folders())? {
        Ok(key) => FoundKey::Own(key),
        Err(looked) => FoundKey::None { looked: Some(looked) },
    })
}

/// Prints what became of the job. Only paper with all on it, or a job that is
/// not waited for, is a success.
fn print_outcome(job: &JobView, arguments: &Arguments) -> ExitCode {
    let waits = arguments.no_wait || arguments.hold;
    if arguments.json {
        let text = serde_json::to_string_pretty(job).expect("plain data");
        println!("{text}");
    } else if job.state == "printed" {
        let pages = if job.sides == 1 { "page" } else { "pages" };
        let but = match &job.reason {
            Some(reason) => format!(", but {reason}"),
            None => String::new(),
        };
        println!("job {}: {} {pages} printed{but}", job.id, job.sides);
    } else if let Some(reason) = &job.reason {
        println!("job {}: {}: {reason}", job.id, job.state);
    } else {
        println!("job {}: {}", job.id, job.state);
    }
    let told = |note| job.reason.iter().any(|reason| reason.contains(note));
    for note in &job.notes {
        if !arguments.json && !told(note.as_str()) {
            println!("note: {note}");
        }
    }
    match job.state.as_str() {
        "held" if job.incomplete => ExitCode::from(HELD),
        "printed" if job.incomplete => ExitCode::from(INCOMPLETE),
        "printed" => ExitCode::SUCCESS,
        _ if waits && !job.is_final() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn style(count: &str) -> ProgressStyle {
    let template = format!("{{bar:30}} {count}  {{msg}}");
    ProgressStyle::with_template(&template).expect("a template of ours")
}

/// The name of the user, as Unix and Windows have it in the environment.
fn user() -> String {
    ["USER", "USERNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok())
        .unwrap_or_default()
}
