//! The command that makes a program draw one page.

use std::process::Command;

use super::{Program, SecondRenderer};

/// Where each program reads the document: it is given as standard input, a
/// file of which it may read any part.
const DOCUMENT: &str = "/dev/stdin";
/// Rows that MuPDF draws at a time; the others draw as they like.
const ROWS: &str = "256";

impl SecondRenderer {
    /// The command that draws page `number` (from 1) at `dpi` and writes it to
    /// standard output as a binary PPM, or PGM where no colour is wanted. Every
    /// program draws what the crop box holds.
    pub(super) fn command(
        &self,
        number: u32,
        dpi: f64,
        color: bool,
    ) -> Command {
        let mut command = Command::new(&self.path);
        let number = number.to_string();
        let dpi = format!("{dpi:.3}");
        match self.program {
            Program::Mutool => {
                let format = if color { "ppm" } else { "pgm" };
                command.args(["draw", "-q", "-o", "-", "-F", format]);
                command.args(["-B", ROWS, "-r", &dpi, DOCUMENT, &number]);
            }
            Program::Pdftoppm => {
                command.args(["-cropbox", "-r", &dpi]);
                command.args(["-f", &number, "-l", &number]);
                if !color {
                    command.arg("-gray");
                }
                command.arg(DOCUMENT);
            }
            Program::Ghostscript => {
                let device = if color { "ppmraw" } else { "pgmraw" };
                command.args(["-q", "-dSAFER", "-dBATCH", "-dNOPAUSE"]);
                command.args(["-dPrinted", "-dUseCropBox"]);
                command.args(["-dTextAlphaBits=4", "-dGraphicsAlphaBits=4"]);
                // It may write nowhere, so it has to keep all in memory.
                command.arg("-sBandListStorage=memory");
                command.args(["-sstdout=%stderr", "-sOutputFile=-"]);
                command.arg(format!("-sDEVICE={device}"));
                command.arg(format!("-r{dpi}"));
                command.arg(format!("-dFirstPage={number}"));
                command.arg(format!("-dLastPage={number}"));
                command.arg(DOCUMENT);
            }
        }
        // Nothing of what the server was told in its environment.
        command.env_clear();
        command
    }
}
