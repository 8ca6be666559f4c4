//! The program's arguments.

use std::time::Duration;

use clap::Parser;
use ping::{ProbeKind, Settings};

use crate::SCENES;

/// Asks hosts whether they answer, all at once.
#[derive(Parser)]
pub struct Arguments {
    #[arg(help = format!(
        "Names or addresses of hosts, or one scene of the lesson: {}. \
         None: all scenes",
        SCENES.join(", ")
    ))]
    pub hosts: Vec<String>,
    /// How many probes each host gets
    #[arg(long, default_value_t = 2,
        value_parser = clap::value_parser!(u32).range(1..=65_535))]
    pub count: u32,
    /// How long an answer may take, in milliseconds
    #[arg(long, default_value_t = 1000)]
    pub timeout: u64,
    /// Connect to this port instead of sending echo requests
    #[arg(long, value_name = "PORT")]
    pub tcp: Option<u16>,
    /// Print the reports as JSON
    #[arg(long)]
    pub json: bool,
}

impl Arguments {
    /// The settings of the pass.
    pub fn settings(&self) -> Settings {
        let mut settings = Settings {
            count: self.count,
            timeout: Duration::from_millis(self.timeout),
            ..Settings::default()
        };
        if let Some(port) = self.tcp {
            settings.probe = ProbeKind::Tcp;
            settings.port = port;
        }
        settings
    }
}
