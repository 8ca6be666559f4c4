//! How far the pixels of a JPEG picture go (ISO/IEC 10918-1): a decoder makes
//! something of what is missing, and says nothing.
//!
//! The codes are read, and nothing is made of them. The scans of a progressive
//! picture that refine an earlier one are not looked into: what is missing
//! there costs sharpness only.

/// Samples along the side of a block.
const BLOCK: u32 = 8;
/// Coefficients of a block.
const COEFFICIENTS: u32 = 64;
/// The longest code, in bits.
const LONGEST: u32 = 16;

/// After which row the pixels of a JPEG picture break off, and how many rows it
/// has. `None` when all are there, or when it is of a kind that is not looked
/// into.
pub(super) fn breaks_off(picture: &[u8]) -> Option<(u32, u32)> {
    let mut file = JpegFile { rest: picture, ..JpegFile::default() };
    loop {
        let marker = file.marker()?;
        match marker {
            // The end.
            0xD9 => return None,
            // These stand alone.
            0x01 | 0xD0..=0xD8 => continue,
            _ => {}
        }
        let segment = file.segment()?;
        match marker {
            0xC0..=0xC2 => file.frame = Some(Frame::read(marker, segment)?),
            0xC4 => file.read_codes(segment)?,
            0xDD => file.interval = u32::from(number(segment, 0)?),
            0xDA => {
                let scan = Scan::read(segment, file.frame.as_ref()?)?;
                if let Some(rows) = file.walk(&scan)? {
                    return Some((rows, file.frame?.height));
                }
            }
            // Frames of other kinds, as with arithmetic coding.
            0xC3 | 0xC5..=0xCB | 0xCD..=0xCF => return None,
            _ => {}
        }
    }
}

/// A file, as far as it is read.
#[derive(Default)]
struct JpegFile<'a> {
    rest: &'a [u8],
    frame: Option<Frame>,
    /// The codes for the first coefficient of a block, and for the others.
    codes: [[Option<Codes>; 4]; 2],
    /// Units from one restart to the next; 0 stands for no restarts.
    interval: u32,
}

/// What the head of the frame says (B.2.2).
struct Frame {
    progressive: bool,
    width: u32,
    height: u32,
    components: Vec<Component>,
}

/// A component, and how many of its blocks lie in a unit, across and down.
#[derive(Clone, Copy)]
struct Component {
    id: u8,
    across: u32,
    down: u32,
}

/// What the head of a scan says (B.2.3).
struct Scan {
    /// With the numbers of their codes.
    components: Vec<(Component, [usize; 2])>,
    /// The coefficients, from the first to the last.
    band: (u32, u32),
    /// Whether it refines an earlier one.
    refines: bool,
}

impl<'a> JpegFile<'a> {
    /// Goes behind the next marker that is none of a scan's own. Bytes before
    /// it are pixels, in which a byte FF is followed by 00 (B.1.1.5).
    fn marker(&mut self) -> Option<u8> {
        let is_marker = |pair: &[u8]| {
            pair[0] == 0xFF && !matches!(pair[1], 0 | 0xFF | 0xD0..=0xD7)
        };
        let at = self.rest.windows(2).position(is_marker)?;
        let marker = self.rest[at + 1];
        self.rest = &self.rest[at + 2..];
        Some(marker)
    }

    fn segment(&mut self) -> Option<&'a [u8]> {
        let length = usize::from(number(self.rest, 0)?);
        let segment = self.rest.get(2..length)?;
        self.rest = &self.rest[length..];
        Some(segment)
    }

    /// Reads tables of codes (B.2.4.2).
    fn read_codes(&mut self, mut segment: &[u8]) -> Option<()> {
        while let [head, rest @ ..] = segment {
            let counts: &[u8; LONGEST as usize] = rest.first_chunk()?;
            let count: usize = counts.iter().map(|n| usize::from(*n)).sum();
            let symbols = rest.get(counts.len()..counts.len() + count)?;
            let place = self.codes.get_mut(usize::from(head >> 4))?;
            let place = place.get_mut(usize::from(head & 15))?;
            *place = Some(Codes::new(counts, symbols)?);
            segment = &rest[counts.len() + count..];
        }
        Some(())
    }

    /// Walks through a scan's codes. The inner value is the row after which
    /// they break off, if they do. `None` when they cannot be read at all.
    fn walk(&self, scan: &Scan) -> Option<Option<u32>> {
        let frame = self.frame.as_ref()?;
        let [most_across, most_down] = frame.most_blocks()?;
        if scan.refines && scan.band.0 > 0 {
            return Some(None);
        }
        let (width, height) = (frame.width, frame.height);
        // A component by itself comes block by block, without the blocks that
        // only fill up units (A.2.2).
        let (across, down, rows) = match scan.components.as_slice() {
            [(one, _)] => {
                let width = (width * one.across).div_ceil(most_across);
                let height = (height * one.down).div_ceil(most_down);
                let rows = BLOCK * most_down / one.down;
                (width.div_ceil(BLOCK), height.div_ceil(BLOCK), rows)
            }
            _ => (
                width.div_ceil(BLOCK * most_across),
                height.div_ceil(BLOCK * most_down),
                BLOCK * most_down,
            ),
        };
        let is_alone = scan.components.len() == 1;
        let mut blocks = Vec::new();
        for (component, [first, others]) in &scan.components {
            let codes = |class: usize, number: usize| {
                self.codes[class].get(number)?.as_ref()
            };
            let block = BlockCodes {
                first: codes(0, *first),
                others: codes(1, *others),
                band: scan.band,
                refines: scan.refines,
                progressive: frame.progressive,
            };
            block.are_there()?;
            let count = component.across * component.down;
            for _ in 0..if is_alone { 1 } else { count } {
                blocks.push(block);
            }
        }
        let mut bits = Bits::new(self.rest);
        // Blocks that end at once, as one code says of all of them.
        let mut ended = 0;
        for unit in 0..across * down {
            let starts_anew = self.interval > 0 && unit > 0;
            if starts_anew && unit % self.interval == 0 {
                ended = 0;
                if !bits.restart() {
                    return Some(Some(unit / across * rows));
                }
            }
            for block in &blocks {
                if block.skip(&mut bits, &mut ended).is_none() {
                    return Some(Some((unit / across * rows).min(height)));
                }
            }
        }
        Some(None)
    }
}

impl Frame {
    fn read(marker: u8, segment: &[u8]) -> Option<Frame> {
        let [bits, _, _, _, _, _, list @ ..] = segment else { return None };
        let part = |part: &[u8; 3]| {
            let (across, down) = (part[1] >> 4, part[1] & 15);
            let is_possible =
                (1..=4).contains(&across) && (1..=4).contains(&down);
            is_possible.then(|| Component {
                id: part[0],
                across: across.into(),
                down: down.into(),
            })
        };
        let components = list.as_chunks().0.iter().map(part);
        // Of twelve bits there are few, and others of them than ours.
        (*bits == 8).then_some(())?;
        Some(Frame {
            progressive: marker == 0xC2,
            height: number(segment, 1)?.into(),
            width: number(segment, 3)?.into(),
            components: components.collect::<Option<_>>()?,
        })
    }

    /// The blocks of the component that has most in a unit.
    fn most_blocks(&self) -> Option<[u32; 2]> {
        let across = self.components.iter().map(|one| one.across).max()?;
        let down = self.components.iter().map(|one| one.down).max()?;
        Some([across, down])
    }
}

impl Scan {
    fn read(segment: &[u8], frame: &Frame) -> Option<Scan> {
        let (count, rest) = segment.split_first()?;
        let (list, rest) = rest.split_at_checked(usize::from(*count) * 2)?;
        let mut components = Vec::new();
        for [id, codes] in list.as_chunks().0 {
            let component =
                frame.components.iter().find(|one| one.id == *id)?;
            let codes = [usize::from(codes >> 4), usize::from(codes & 15)];
            components.push((*component, codes));
        }
        let [first, last, approximation, ..] = *rest else { return None };
        let band = match frame.progressive {
            true => (first.into(), last.into()),
            false => (0, COEFFICIENTS - 1),
        };
        let is_possible = band.0 <= band.1
            && band.1 < COEFFICIENTS
            && (1..=4).contains(&components.len());
        let refines = frame.progressive && approximation >> 4 > 0;
        is_possible.then_some(Scan { components, band, refines })
    }
}

/// How the codes of a block are read.
#[derive(Clone, Copy)]
struct BlockCodes<'a> {
    first: Option<&'a Codes>,
    others: Option<&'a Codes>,
    band: (u32, u32),
    refines: bool,
    progressive: bool,
}

impl BlockCodes<'_> {
    /// Some pictures leave out tables that every decoder of their kind has.
    fn are_there(&self) -> Option<()> {
        let needs_first = self.band.0 == 0 && !self.refines;
        let is_first_there = self.first.is_some() || !needs_first;
        let is_rest_there = self.others.is_some() || self.band.1 == 0;
        (is_first_there && is_rest_there).then_some(())
    }

    /// Skips a block (F.2.2 and G.2). `ended` counts the blocks that are said
    /// to hold nothing more.
    fn skip(&self, bits: &mut Bits<'_>, ended: &mut u32) -> Option<()> {
        let (mut at, last) = self.band;
        if at == 0 {
            if self.refines {
                return bits.take(1).map(drop);
            }
            let size = bits.code(self.first?)?;
            bits.take(size.into())?;
            at = 1;
        }
        if at > last {
            return Some(());
        }
        if *ended > 0 {
            *ended -= 1;
            return Some(());
        }
        while at <= last {
            let symbol = bits.code(self.others?)?;
            let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
            if size > 0 {
                bits.take(size)?;
                at += run + 1;
            } else if run == 15 {
                at += 16;
            } else {
                if self.progressive {
                    *ended = (1 << run) - 1 + bits.take(run)?;
                }
                break;
            }
        }
        Some(())
    }
}

/// A table of codes: for each beginning, how long the code is and what it says.
struct Codes(Vec<(u8, u8)>);

impl Codes {
    /// The codes by how many there are of each length (C.2).
    fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Codes> {
        let mut table = Vec::with_capacity(1 << LONGEST);
        let mut symbols = symbols.iter();
        for (length, count) in (1..).zip(counts) {
            for symbol in symbols.by_ref().take((*count).into()) {
                let beginnings = 1 << (LONGEST - u32::from(length));
                table
                    .extend(std::iter::repeat_n((length, *symbol), beginnings));
            }
        }
        if table.len() > 1 << LONGEST {
            return None;
        }
        // No code begins with what is left.
        table.resize(1 << LONGEST, (u8::MAX, 0));
        Some(Codes(table))
    }
}

/// The bits of a scan, up to the next marker.
struct Bits<'a> {
    rest: &'a [u8],
    /// The next bits, the first of them highest.
    ahead: u64,
    /// How many they are.
    count: u32,
}

impl<'a> Bits<'a> {
    fn new(rest: &'a [u8]) -> Bits<'a> {
        Bits { rest, ahead: 0, count: 0 }
    }

    /// Reads ahead, as far as there is no marker.
    fn fill(&mut self) {
        while self.count <= 56 {
            let byte = match *self.rest {
                [0xFF, 0x00, ..] => {
                    self.rest = &self.rest[2..];
                    0xFF
                }
                [0xFF, ..] | [] => return,
                [byte, ..] => {
                    self.rest = &self.rest[1..];
                    byte
                }
            };
            self.ahead |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    /// What the next code says; `None` when there is none.
    fn code(&mut self, codes: &Codes) -> Option<u8> {
        if self.count < LONGEST {
            self.fill();
        }
        let beginning = (self.ahead >> (64 - LONGEST)) as usize;
        let (length, symbol) = codes.0[beginning];
        self.take(length.into())?;
        Some(symbol)
    }

    /// The next bits, at most 16, as a number.
    fn take(&mut self, count: u32) -> Option<u32> {
        if self.count < count {
            self.fill();
        }
        if self.count < count || count > LONGEST {
            return None;
        }
        let taken = self.ahead.checked_shr(64 - count).unwrap_or(0);
        self.ahead <<= count;
        self.count -= count;
        Some(taken as u32)
    }

    /// Goes behind a restart (E.2.4): bits that fill up the last byte, and then
    /// a marker.
    fn restart(&mut self) -> bool {
        let is_marker = |pair: &[u8]| pair[0] == 0xFF && pair[1] > 0;
        let Some(at) = self.rest.windows(2).position(is_marker) else {
            return false;
        };
        let is_restart = matches!(self.rest[at + 1], 0xD0..=0xD7);
        if is_restart {
            *self = Bits::new(&self.rest[at + 2..]);
        }
        is_restart
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|two| u16::from_be_bytes(*two))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of the samples: grey, in colour, with four inks, progressive.
    fn sample(name: &str) -> Vec<u8> {
        let folder =
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests/samples/");
        std::fs::read(format!("{folder}{name}")).expect("a sample")
    }

    const SAMPLES: [&str; 6] = [
        "photo.jpg",
        "photo-grey.jpg",
        "pictures/chart.jpg",
        "pictures/cmyk.jpg",
        "pictures/grey.jpg",
        "pictures/progressive.jpg",
    ];

    /// The picture up to a part of what follows its first scan's head, and the
    /// end after it.
    fn cut(picture: &[u8], percent: usize) -> Vec<u8> {
        let is_scan = |pair: &[u8]| pair == [0xFF, 0xDA];
        let start = picture.windows(2).position(is_scan).expect("a scan");
        let start = start + 20;
        let end = start + (picture.len() - start) * percent / 100;
        [&picture[..end], &[0xFF, 0xD9]].concat()
    }

    #[test]
    fn a_whole_picture_does_not_break_off() {
        for name in SAMPLES {
            assert_eq!(breaks_off(&sample(name)), None, "{name}");
        }
    }

    #[test]
    fn a_picture_that_breaks_off_has_rows_up_to_there() {
        for name in SAMPLES.iter().filter(|name| !name.contains("progressive"))
        {
            let picture = sample(name);
            let mut before = 0;
            for percent in [0, 20, 50, 90] {
                let broken = breaks_off(&cut(&picture, percent));
                let (rows, height) = broken.expect(name);
                assert!((before..height).contains(&rows), "{name}: {rows}");
                before = rows;
            }
            assert!(before > 0, "{name}");
        }
        // Its first scan holds all of the picture, coarsely.
        let progressive = cut(&sample("pictures/progressive.jpg"), 3);
        assert!(breaks_off(&progressive).is_some());
    }

    #[test]
    fn every_byte_may_be_any() {
        for name in ["pictures/grey.jpg", "pictures/progressive.jpg"] {
            let whole = sample(name);
            for end in (0..whole.len()).step_by(31) {
                breaks_off(&whole[..end]);
            }
            for at in (0..whole.len()).step_by(11) {
                let mut changed = whole.clone();
                for value in [0, 1, 0x7F, 0xC0, 0xC2, 0xDA, 0xFF] {
                    changed[at] = value;
                    breaks_off(&changed);
                }
            }
        }
    }
}
