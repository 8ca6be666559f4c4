//! `print-server records`: who printed what, without the server.

use std::error::Error;
use std::path::Path;

use clap::{Args, ValueEnum};
use daemon::print_line;
use print_options::Options;
use print_records::{By, Filter, Ledger, Record, Sum, csv};

use crate::records::FILE;

/// Which records are wanted, and how they are written.
#[derive(Debug, Clone, Args)]
pub struct RecordsCommand {
    /// Only what ended on this day, such as 2026-11-28, or later
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// Only what ended on this day or before
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// Only the jobs of this person
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Only the jobs of this printer
    #[arg(long, value_name = "NAME", id = "of-printer")]
    of_printer: Option<String>,
    /// Sums instead of records
    #[arg(long, value_enum)]
    by: Option<SumBy>,
    /// Write JSON: an array, newest first
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Write a table for a spreadsheet (RFC 4180)
    #[arg(long)]
    csv: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SumBy {
    User,
    Printer,
    Month,
    Day,
}

/// Prints the records of the data folder. The server may run meanwhile; what
/// ended while no server ran is recorded when the next one starts.
///
/// # Errors
/// The records cannot be read.
pub fn print_records(
    options: &Options,
    wish: &RecordsCommand,
) -> Result<(), Box<dyn Error>> {
    let data = options.data_folder()?;
    let ledger = open(&data)?;
    let moment = |day: &Option<String>, end| {
        day.as_ref().map(|day| ledger.moment(day, end)).transpose()
    };
    let filter = Filter {
        from: moment(&wish.from, false)?,
        to: moment(&wish.to, true)?,
        user: wish.user.clone(),
        printer: wish.of_printer.clone(),
        ..Filter::default()
    };
    let Some(by) = wish.by else {
        return wish.print(&ledger.records(&filter)?);
    };
    let by = match by {
        SumBy::User => By::User,
        SumBy::Printer => By::Printer,
        SumBy::Month => By::Month,
        SumBy::Day => By::Day,
    };
    wish.print(&ledger.sums(&filter, by)?)
}

fn open(data: &Path) -> Result<Ledger, print_records::Error> {
    Ledger::open_to_read(&data.join(FILE))
}

impl RecordsCommand {
    fn print<R: Row>(&self, rows: &[R]) -> Result<(), Box<dyn Error>> {
        if self.json {
            print_line(serde_json::to_string_pretty(rows)?);
        } else if self.csv {
            let lines: String = rows.iter().map(R::csv).collect();
            print_line((R::csv_head() + &lines).trim_end());
        } else {
            for row in rows {
                print_line(row.words());
            }
        }
        Ok(())
    }
}

/// What is printed, one on a line.
trait Row: serde::Serialize {
    fn csv_head() -> String;
    fn csv(&self) -> String;
    fn words(&self) -> String;
}

impl Row for Record {
    fn csv_head() -> String {
        csv::record_head()
    }

    fn csv(&self) -> String {
        csv::record_line(self)
    }

    fn words(&self) -> String {
        let Record { ended, job, user, pages, .. } = self;
        let user = shown(user);
        let name = self.name.as_deref().unwrap_or_default();
        let state = self.state.as_str();
        format!("{ended}  {job:>6}  {user:16}  {pages:>5}  {state:9}  {name}")
    }
}

impl Row for Sum {
    fn csv_head() -> String {
        csv::sum_head()
    }

    fn csv(&self) -> String {
        csv::sum_line(self)
    }

    fn words(&self) -> String {
        let Sum { of, jobs, pages, sheets, .. } = self;
        let of = shown(of);
        format!("{of:16}  {jobs:>6} jobs  {pages:>7} pages  {sheets:>7} sheets")
    }
}

/// A name for people to read; nobody's is said in words.
fn shown(name: &str) -> String {
    match name {
        "" => "(nobody)".to_owned(),
        name => safe_text::plain(name, 64),
    }
}
