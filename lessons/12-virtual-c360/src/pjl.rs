//! Reads PJL, the printer job language.

/// The longest value, in characters.
const LONGEST_VALUE: usize = 120;

/// A command of PJL. Printers ignore commands that they do not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A job begins.
    Job { name: Option<String> },
    /// A job ends.
    EndOfJob,
    /// A setting of the job: upper case name, value without quotes.
    Set(String, String),
    /// The language of the data behind this line.
    Enter(String),
    /// A question: `STATUS`, `ID`, `PAGECOUNT`.
    Info(String),
    /// A question for a setting, such as `INTRAY1SIZE`.
    Inquire(String),
    /// A text to send back.
    Echo(String),
    /// Report changes of `DEVICE`, `JOB` or `PAGE`, or stop reporting them.
    Ustatus { what: String, on: bool },
    /// Stop reporting anything.
    UstatusOff,
}

/// Reads the commands of one line, which begins with `@PJL`.
///
/// One line may set several values: the vendor's filter writes such lines.
pub fn parse(line: &str) -> Vec<Command> {
    let Some(rest) = line.trim().strip_prefix("@PJL") else {
        return Vec::new();
    };
    let rest = rest.trim_start();
    let (word, rest) = rest
        .split_once(|c: char| c.is_ascii_whitespace())
        .unwrap_or((rest, ""));
    let value = |wanted: &str| {
        let mut all = assignments(rest).into_iter();
        all.find_map(|(name, value)| (name == wanted).then_some(value))
    };
    match word.to_ascii_uppercase().as_str() {
        "JOB" => vec![Command::Job { name: value("NAME") }],
        "EOJ" => vec![Command::EndOfJob],
        "SET" => assignments(rest)
            .into_iter()
            .map(|(name, value)| Command::Set(name, value))
            .collect(),
        "ENTER" => value("LANGUAGE").map(Command::Enter).into_iter().collect(),
        "INFO" => vec![Command::Info(rest.trim().to_ascii_uppercase())],
        "INQUIRE" => vec![Command::Inquire(printable(rest.trim()))],
        "ECHO" => vec![Command::Echo(printable(rest.trim()))],
        "USTATUS" => assignments(rest)
            .into_iter()
            .map(|(what, how)| Command::Ustatus { what, on: how != "OFF" })
            .collect(),
        "USTATUSOFF" => vec![Command::UstatusOff],
        _ => Vec::new(),
    }
}

/// `A=1, B = "two words" C=3`: names in upper case, values without quotes.
fn assignments(mut rest: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim().trim_start_matches(',').trim();
        let after = after.trim_start();
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => {
                let end = after
                    .find(|c: char| c.is_ascii_whitespace() || c == ',')
                    .unwrap_or(after.len());
                after.split_at(end)
            }
        };
        found.push((name.to_ascii_uppercase(), printable(value)));
        rest = after;
    }
    found
}

/// `text` fit for the panel and for replies: without control characters, and
/// at most a line long.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LONGEST_VALUE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str, value: &str) -> Command {
        Command::Set(name.into(), value.into())
    }

    #[test]
    fn each_command_is_read() {
        use Command::*;
        for (line, commands) in [
            ("@PJL JOB", vec![Job { name: None }]),
            ("@PJL JOB NAME=\"a b\"", vec![Job { name: Some("a b".into()) }]),
            ("@PJL EOJ NAME=\"a b\"", vec![EndOfJob]),
            ("@PJL SET QTY=2", vec![set("QTY", "2")]),
            (
                "@PJL SET HOLD = ON, HOLDTYPE = PRIVATE, HOLDKEY = \"a, b\"",
                vec![
                    set("HOLD", "ON"),
                    set("HOLDTYPE", "PRIVATE"),
                    set("HOLDKEY", "a, b"),
                ],
            ),
            ("@PJL ENTER LANGUAGE = PCLXL\r\n", vec![Enter("PCLXL".into())]),
            ("@PJL ENTER LANGUAGE=PCLXL", vec![Enter("PCLXL".into())]),
            ("@PJL INFO STATUS", vec![Info("STATUS".into())]),
            (
                "@PJL INQUIRE INTRAY1SIZE\r\n",
                vec![Inquire("INTRAY1SIZE".into())],
            ),
            ("@PJL ECHO one two", vec![Echo("one two".into())]),
            (
                "@PJL USTATUS DEVICE = VERBOSE",
                vec![Ustatus { what: "DEVICE".into(), on: true }],
            ),
            (
                "@PJL USTATUS JOB=OFF",
                vec![Ustatus { what: "JOB".into(), on: false }],
            ),
            ("@PJL USTATUSOFF", vec![UstatusOff]),
            ("@PJL", vec![]),
            ("@PJL COMMENT hello = \"", vec![]),
            ("@PJL SET", vec![]),
            ("@PJL SET =", vec![set("", "")]),
            ("@PJL SET X=\"open", vec![set("X", "open")]),
            ("hello", vec![]),
        ] {
            assert_eq!(parse(line), commands, "{line}");
        }
    }
}
