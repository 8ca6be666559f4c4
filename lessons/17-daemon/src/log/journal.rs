//! Lines for systemd's journal, which writes the time itself and takes a
//! line's level from its beginning: `<3>` for an error (sd-daemon(3)).

use std::fmt;

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::{Format, Full, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, format};
use tracing_subscriber::registry::LookupSpan;

/// Whether our standard error goes to the journal. `JOURNAL_STREAM` names the
/// journal's file by its device and number (systemd.exec(5)). It must be
/// compared: a parent may have left the variable and changed the stream.
#[cfg(unix)]
pub fn listens() -> bool {
    use std::fs::File;
    use std::os::fd::AsFd;
    use std::os::unix::fs::MetadataExt;
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else { return false };
    let error = std::io::stderr().as_fd().try_clone_to_owned();
    let data = error.and_then(|error| File::from(error).metadata());
    data.is_ok_and(|data| stream == format!("{}:{}", data.dev(), data.ino()))
}

#[cfg(not(unix))]
pub fn listens() -> bool {
    false
}

/// The text format without the time, and with the level before each line.
pub struct Journal(Format<Full, ()>);

impl Journal {
    pub fn new() -> Journal {
        Journal(format().without_time().with_ansi(false))
    }
}

impl<S, N> FormatEvent<S, N> for Journal
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let level = match *event.metadata().level() {
            Level::ERROR => 3,
            Level::WARN => 4,
            Level::INFO => 6,
            _ => 7,
        };
        // The journal takes each line as a message, and ours has one line.
        write!(writer, "<{level}>")?;
        self.0.format_event(context, writer, event)
    }
}
