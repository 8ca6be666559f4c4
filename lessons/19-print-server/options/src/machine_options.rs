//! The options of intakes and workers on several machines.

use std::path::{Path, PathBuf};

use clap::Args;
use relay::IntakeAddress;

/// What intakes and workers that share a Redis know of each other.
#[derive(Debug, Clone, Args)]
#[group(id = "machines")]
pub struct MachineOptions {
    /// Where workers on other machines fetch the documents that come in here,
    /// such as `https://printing.example:8631` [default: the --host-name or the
    /// address listened at, if that is one for other machines]
    #[arg(long, value_name = "URL")]
    pub intake_address: Option<IntakeAddress>,

    /// An intake whose documents this worker fetches, and the file with the key
    /// of its account there, which has the role `worker`: such as
    /// `https://printing.example:8631=/etc/print-server/intake.key`. Several
    /// may be given. The keys themselves may be in the variable
    /// PRINT_SERVER_INTAKE_KEYS instead, as URL=KEY,URL=KEY
    #[arg(long, value_delimiter = ',', value_name = "URL=FILE",
        value_parser = key_file)]
    pub intake_key_file: Vec<(IntakeAddress, PathBuf)>,

    /// Whose certificates the worker accepts from intakes: those in a PEM file
    /// [default: those that the system trusts]
    #[arg(long, value_name = "FILE")]
    pub intake_ca: Option<PathBuf>,
}

fn key_file(text: &str) -> Result<(IntakeAddress, PathBuf), String> {
    let (address, file) = text.split_once('=').ok_or(
        "say an address and a file, such as \
         https://printing.example:8631=/etc/print-server/intake.key",
    )?;
    let address = address.parse::<IntakeAddress>();
    let address = address.map_err(|error| error.to_string())?;
    if !Path::new(file).is_absolute() {
        return Err("name the file by its whole path".to_owned());
    }
    Ok((address, PathBuf::from(file)))
}
