//! The writer of a PostScript document: its structure, and its sheets.

use sheet::{Duplex, Orientation, PageSetup, Punch, Staple, Tray};

/// What every page uses. `I` paints an image whose data follow: its width, its
/// height and its first row on the sheet. `flushfile` skips what the image has
/// not read, the mark of the end above all. `S` tries what a printer may not
/// know, and leaves nothing behind when it does not.
const PROLOG: &str = "\
%%BeginProlog
/S { mark exch stopped cleartomark } bind def
/KM { /KMOptions /ProcSet findresource /setKMoptions get exec } bind def
/I {
  /top exch def /height exch def /width exch def
  /packed currentfile /ASCII85Decode filter def
  << /ImageType 1 /Width width /Height height /BitsPerComponent 8
     /Decode currentcolorspace 0 get /DeviceGray eq
       { [0 1] } { [0 1 0 1 0 1] } ifelse
     /ImageMatrix [1 0 0 1 0 top neg]
     /DataSource packed /FlateDecode filter >> image
  packed flushfile
} bind def
%%EndProlog
";

/// Writes PostScript into a buffer.
#[derive(Default)]
pub struct Writer {
    /// What has been written so far. Send it, clear it, go on.
    pub bytes: Vec<u8>,
    dpi: u16,
    /// The sheet of the side before, as far as the printer was told.
    last: Option<Told>,
}

/// What of a side is the sheet's.
#[derive(Clone, Copy, PartialEq)]
struct Told {
    size: [u16; 2],
    duplex: Duplex,
    tumble: bool,
    is_back: bool,
    tray: Option<Tray>,
}

impl Writer {
    /// A writer for sides of `dpi` dots to the inch.
    #[must_use]
    pub fn new(dpi: u16) -> Writer {
        Writer { dpi, ..Writer::default() }
    }

    // ANCHOR: begin
    /// The document's head: its conventions, whether it has colours, and what
    /// the finisher does with its sheets.
    pub fn begin_document(
        &mut self,
        color: bool,
        staple: Option<Staple>,
        punch: Option<Punch>,
    ) {
        self.text(
            "%!PS-Adobe-3.0\n\
             %%Creator: Taming Systems with Rust\n\
             %%LanguageLevel: 3\n\
             %%Pages: (atend)\n\
             %%EndComments\n",
        );
        self.text(PROLOG);
        self.text("%%BeginSetup\n");
        let model = if color { "DeviceCMYK" } else { "DeviceGray" };
        self.set(&format!("/ProcessColorModel /{model}"));
        if let Some(staple) = staple {
            // The C360's finisher staples when it is asked for job 2.
            self.set("/Finish 2");
            let (staples, edge) = staples(staple);
            let options = format!("/Staple {staples} /Binding {edge}");
            self.try_out(&format!("<< {options} >> KM"));
        }
        if let Some(punch) = punch {
            let (holes, edge) = (punch.holes(), edge(punch));
            let options = format!("/Punch {holes} /Binding {edge}");
            self.try_out(&format!("<< {options} >> KM"));
        }
        self.text("%%EndSetup\n");
    }
    // ANCHOR_END: begin

    /// Goes on behind a side that was written before.
    pub fn go_on_after(&mut self, page: &PageSetup<'_>) {
        self.last = Some(told(page));
    }

    // ANCHOR: page
    /// Begins side `number`, from 1. From here on a unit is a dot, from the
    /// sheet's upper left corner to the right and down.
    pub fn begin_page(&mut self, number: usize, page: &PageSetup<'_>) {
        self.text(&format!("%%Page: {number} {number}\n%%BeginPageSetup\n"));
        let unit = 72.0 / f64::from(self.dpi);
        let width = f64::from(page.sheet.width) * unit;
        let height = f64::from(page.sheet.height) * unit;
        let now = told(page);
        // Being told again makes a printer take a new sheet. So it is told what
        // differs, and that a front follows a front.
        let same = self.last.is_some_and(|last| {
            let goes_on =
                now.duplex == Duplex::Off || now.is_back != last.is_back;
            Told { is_back: now.is_back, ..last } == now && goes_on
        });
        if !same {
            let size = format!("/PageSize [{width:.2} {height:.2}]");
            self.text(&format!("<< {size} >> setpagedevice\n"));
            let duplex = page.duplex != Duplex::Off;
            let tumble = now.tumble;
            self.set(&format!("/Duplex {duplex} /Tumble {tumble}"));
            if let Some(tray) = page.tray {
                self.set(media_position(tray));
            }
            if let Some(media_type) = page.media_type {
                self.set(&format!(
                    "/MediaType ({})",
                    media_type.printer_name()
                ));
            }
            if page.copies > 1 {
                self.set(&format!("/NumCopies {}", page.copies));
            }
            self.last = Some(now);
        }
        if let Some(last) = &mut self.last {
            last.is_back = now.is_back;
        }
        self.text("%%EndPageSetup\ngsave\n");
        let upside_down =
            [Orientation::ReversePortrait, Orientation::ReverseLandscape];
        if upside_down.contains(&page.sheet.orientation) {
            let turn = format!("{width:.2} {height:.2} translate 180 rotate\n");
            self.text(&turn);
        }
        self.text(&format!("[{unit} 0 0 -{unit} 0 {height:.2}] concat\n"));
    }
    // ANCHOR_END: page

    /// Ends a side.
    pub fn end_page(&mut self) {
        self.text("grestore showpage\n");
    }

    /// Ends the document, which had `sides` sides.
    pub fn end_document(&mut self, sides: usize) {
        self.text(&format!("%%Trailer\n%%Pages: {sides}\n%%EOF\n"));
    }

    fn text(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Sets parameters of the page device that a printer may not have.
    fn set(&mut self, parameters: &str) {
        self.try_out(&format!("<< {parameters} >> setpagedevice"));
    }

    fn try_out(&mut self, program: &str) {
        self.text(&format!("{{ {program} }} S\n"));
    }
}

fn told(page: &PageSetup<'_>) -> Told {
    let landscape = page.sheet.orientation.is_landscape();
    Told {
        size: [page.sheet.width, page.sheet.height],
        duplex: page.duplex,
        // Bound at the top of the page as it is read (PLRM, "Tumble").
        tumble: match page.duplex {
            Duplex::Off => false,
            Duplex::LongEdge => landscape,
            Duplex::ShortEdge => !landscape,
        },
        is_back: page.is_back,
        tray: page.tray,
    }
}

/// The C550's PPD: trays 1 to 4 are positions 0 to 3, and the bypass is fed by
/// hand.
fn media_position(tray: Tray) -> &'static str {
    match tray {
        Tray::Tray1 => "/ManualFeed false /MediaPosition 0",
        Tray::Tray2 => "/ManualFeed false /MediaPosition 1",
        Tray::Tray3 => "/ManualFeed false /MediaPosition 2",
        Tray::Tray4 => "/ManualFeed false /MediaPosition 3",
        Tray::Bypass => "/ManualFeed true",
    }
}

/// How many staples, and the edge or corner's edge that they are at: 0 is the
/// left one, 1 the upper and 2 the right.
fn staples(staple: Staple) -> (u8, u8) {
    match staple {
        Staple::TopLeft | Staple::BottomLeft => (1, 0),
        Staple::TopRight => (1, 2),
        Staple::DualLeft => (2, 0),
        Staple::DualTop => (2, 1),
        Staple::DualRight => (2, 2),
    }
}

/// The edge of the holes, by the same numbers.
fn edge(punch: Punch) -> u8 {
    match punch {
        Punch::DualLeft | Punch::TripleLeft | Punch::QuadLeft => 0,
        Punch::DualTop | Punch::TripleTop | Punch::QuadTop => 1,
        Punch::DualRight | Punch::TripleRight | Punch::QuadRight => 2,
    }
}
