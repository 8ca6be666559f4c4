//! A configuration file to begin with.

use clap::{Arg, Command};

use super::{is_list, is_switch};

/// How long a line of a comment may be, in characters.
const WIDTH: usize = 78;

/// A configuration file to begin with: every option of the program, with what
/// it is for and its default, and then `tables`, an example of the tables that
/// the program reads itself. All of it is commented out, so that the file
/// changes nothing as it is. A line that begins with `#` and no blank becomes
/// an option when the `#` is taken away; one with `<…>` has no default, and
/// needs a value there.
///
/// ```
/// use clap::{Parser, CommandFactory};
///
/// #[derive(Parser)]
/// #[command(name = "greeter")]
/// struct Arguments {
///     /// What to say
///     #[arg(long, default_value = "hello")]
///     words: String,
/// }
///
/// let sample = daemon::config::sample(&Arguments::command(), "[door]\n");
/// assert!(sample.contains("# What to say\n#words = \"hello\"\n"));
/// assert!(sample.ends_with("\n#[door]\n"));
/// ```
#[must_use]
pub fn sample(command: &Command, tables: &str) -> String {
    let name = command.get_name();
    let mut text = comment(&format!(
        "The configuration of {name}, which looks for it in \
         /etc/{name}/{name}.toml. A line that begins with # and no blank is an \
         option with its default: take the # away to change it. `{name} check` \
         says what is wrong in the file."
    ));
    for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
        let Some(long) = arg.get_long() else { continue };
        if ["config", "help", "version"].contains(&long) {
            continue;
        }
        let help = arg.get_long_help().or_else(|| arg.get_help());
        let help = help.map(ToString::to_string).unwrap_or_default();
        text += &format!("\n{}#{long} = {}\n", comment(&help), value(arg));
    }
    if !tables.is_empty() {
        text += "\n";
    }
    for line in tables.lines() {
        let plain = line.is_empty() || line.starts_with('#');
        text += if plain { "" } else { "#" };
        text += line;
        text += "\n";
    }
    text
}

/// The default of an option, as TOML, or what a value would mean.
fn value(arg: &Arg) -> String {
    let defaults: Vec<String> = arg
        .get_default_values()
        .iter()
        .map(|value| in_toml(&value.to_string_lossy()))
        .collect();
    match defaults.as_slice() {
        _ if is_switch(arg) => "false".to_owned(),
        values if is_list(arg) => format!("[{}]", values.join(", ")),
        [value, ..] => value.clone(),
        [] => {
            let names = arg.get_value_names().unwrap_or_default();
            let name = names.first().map_or("VALUE", |name| name.as_str());
            format!("<{name}>")
        }
    }
}

fn in_toml(value: &str) -> String {
    match value.parse::<i64>() {
        Ok(number) if number.to_string() == value => value.to_owned(),
        _ => format!("{value:?}"),
    }
}

/// The text as lines of a comment.
fn comment(text: &str) -> String {
    let mut comment = String::new();
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        let wide = line.chars().count() + 1 + word.chars().count();
        if wide > WIDTH && line.len() > 1 {
            comment += &format!("{line}\n");
            line = String::from("#");
        }
        line += " ";
        line += word;
    }
    if line.len() > 1 {
        comment += &format!("{line}\n");
    }
    comment
}
