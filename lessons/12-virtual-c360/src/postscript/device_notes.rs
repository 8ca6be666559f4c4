//! What a PostScript document tells the machine of its sheets.
//!
//! Ghostscript has no trays, no second side and no finisher. So a prologue of
//! ours stands in for `setpagedevice`, for the vendor's own `setKMoptions`, and
//! for `showpage`, and writes each setting to standard output, with the number
//! of pages before it.

use crate::page::{Page, Side};

/// The beginning of each line.
const MARK: &str = "C360";
/// The most settings that are kept.
const MOST_NOTES: usize = 10_000;

/// The prologue. Each setting is a line: mark, pages before it, name, value.
pub const PROLOGUE: &str = "\
userdict begin
/c360page 0 def
/c360say {
  { exch (C360 ) print c360page 20 string cvs print ( ) print
    60 string cvs print ( ) print 127 string cvs print (\\n) print
  } stopped { clear } if
} def
/setpagedevice { dup { c360say } forall systemdict /setpagedevice get exec } def
/showpage { /c360page c360page 1 add store systemdict /showpage get exec } def
end
/KMOptions << /setKMoptions { { c360say } forall } >> /ProcSet
defineresource pop
";

/// The settings, in their order: pages before it, name, value.
pub struct DeviceNotes(Vec<(usize, String, String)>);

impl DeviceNotes {
    /// Reads what the prologue wrote; what else the document wrote is passed
    /// over.
    pub fn read(output: &str) -> DeviceNotes {
        let note = |line: &str| {
            let mut words = line.splitn(4, ' ');
            let is_ours = words.next()? == MARK;
            let pages = words.next()?.parse().ok()?;
            let name = words.next()?.to_owned();
            let printable = |c: &char| !c.is_control();
            let value = words.next()?.chars().filter(printable).take(40);
            is_ours.then(|| (pages, name, value.collect()))
        };
        let notes = output.lines().filter_map(note);
        DeviceNotes(notes.take(MOST_NOTES).collect())
    }

    /// Obeys, for page `number`, from 0.
    pub fn obey(&self, number: usize, page: &mut Page) {
        let (mut is_duplex, mut first, mut copies) = (false, 0, 1);
        let (mut by_hand, mut position) = (false, None);
        let sheet = &mut page.sheet;
        for (pages, name, value) in &self.0 {
            if *pages > number {
                break;
            }
            match name.as_str() {
                // Being told of it begins a new sheet.
                "Duplex" => (is_duplex, first) = (value == "true", *pages),
                "ManualFeed" => by_hand = value == "true",
                "MediaPosition" => position = value.parse::<u8>().ok(),
                "MediaType" => sheet.media_type = Some(value.clone()),
                "NumCopies" => copies = value.parse().unwrap_or(1),
                "Staple" => sheet.staple = Some(value.clone()),
                "Punch" => sheet.punch = Some(value.clone()),
                _ => {}
            }
        }
        sheet.tray = match (by_hand, position) {
            (true, _) => Some("bypass".into()),
            (false, Some(position @ 0..=3)) => {
                Some(format!("tray {}", position + 1))
            }
            _ => None,
        };
        page.copies = copies;
        if is_duplex {
            let is_front = (number - first).is_multiple_of(2);
            page.side = if is_front { Side::Front } else { Side::Back };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_document_asks_for_holds_from_its_page_on() {
        let notes = DeviceNotes::read(
            "C360 0 Duplex true\nhello\nC360 0 MediaPosition 1\n\
             C360 1 ManualFeed true\nC360 3 Duplex true\nC360 x y z\nC360 9\n",
        );
        let seen: Vec<_> = (0..5)
            .map(|number| {
                let mut page = Page::new(1, 1, 300, "A4");
                notes.obey(number, &mut page);
                (page.side, page.sheet.tray.unwrap_or_default())
            })
            .collect();
        let expected = [
            (Side::Front, "tray 2"),
            (Side::Back, "bypass"),
            (Side::Front, "bypass"),
            (Side::Front, "bypass"),
            (Side::Back, "bypass"),
        ];
        assert_eq!(seen, expected.map(|(side, tray)| (side, tray.into())));
    }
}
