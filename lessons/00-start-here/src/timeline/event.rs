//! An event: one line of a lesson's story.

/// Longer than any story, in seconds: about three years.
const LONGEST: u32 = 100_000_000;

/// An event of a story: who did what, and when.
pub struct Event<'a> {
    /// Tenths of a second since the story began.
    pub at: u32,
    pub who: &'a str,
    pub what: &'a str,
}

// ANCHOR: read
impl<'a> Event<'a> {
    /// Reads `{seconds:>5.1}  {who:<18}  {what}`; any other line is not an event.
    pub fn read(line: &'a str) -> Option<Event<'a>> {
        let (seconds, rest) = line.trim_start().split_once("  ")?;
        let indent = line.len() - line.trim_start().len();
        if indent != 5_usize.saturating_sub(seconds.len()) {
            return None;
        }
        let (whole, tenth) = seconds.split_once('.')?;
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(tenth) || tenth.len() != 1 {
            return None;
        }
        let tenth: u32 = tenth.parse().ok()?;
        let whole: u32 = whole.parse().ok().filter(|it| *it < LONGEST)?;

        // A name fills 18 columns, or more if it is longer.
        let name = rest.char_indices().nth(18).map_or(rest.len(), |(i, _)| i);
        let end = name + rest.get(name..)?.find("  ")?;
        let (who, what) = (rest.get(..end)?.trim(), rest.get(end..)?.trim());
        let event = Event { at: whole * 10 + tenth, who, what };
        (!who.is_empty() && !who.contains("  ") && !what.is_empty())
            .then_some(event)
    }
}
// ANCHOR_END: read
