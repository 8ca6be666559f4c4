//! What a camera notes beside its picture (Exif 2.32, 4.6): how it was held,
//! and how many pixels make an inch.

/// The head of such notes in a JPEG picture (4.7.2).
const HEAD: &[u8] = b"Exif\0\0";
/// Bytes of an entry in a directory (4.6.2).
const ENTRY: usize = 12;
const X_RESOLUTION: u16 = 0x011A;
const Y_RESOLUTION: u16 = 0x011B;
const ORIENTATION: u16 = 0x0112;
const RESOLUTION_UNIT: u16 = 0x0128;

/// The notes that matter for printing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Exif {
    /// How the picture is to be turned and mirrored, 1 to 8; 1 for not at all.
    pub orientation: Option<u8>,
    /// Pixels to the inch, across and down.
    pub density: Option<(f64, f64)>,
}

/// The notes in the segment of a JPEG picture, as far as they can be read.
pub(crate) fn read(segment: &[u8]) -> Option<Exif> {
    let tiff = Tiff::new(segment.strip_prefix(HEAD)?)?;
    let start = tiff.u32(4)? as usize;
    let count = usize::from(tiff.u16(start)?);
    let (mut exif, mut unit) = (Exif::default(), 2);
    let (mut across, mut down) = (None, None);
    for entry in 0..count {
        let at = start.checked_add(2 + entry * ENTRY)?;
        // The directory may end too early: what was read counts.
        let Some(tag) = tiff.u16(at) else { break };
        let short = || tiff.u16(at.checked_add(8)?);
        let rational = || tiff.rational(tiff.u32(at.checked_add(8)?)?);
        match tag {
            ORIENTATION => {
                let value = short().and_then(|value| value.try_into().ok());
                exif.orientation = value.filter(|it| (1..=8).contains(it));
            }
            X_RESOLUTION => across = rational(),
            Y_RESOLUTION => down = rational(),
            RESOLUTION_UNIT => unit = short().unwrap_or(unit),
            _ => {}
        }
    }
    // 3 stands for centimetres.
    let to_inch = if unit == 3 { 2.54 } else { 1.0 };
    exif.density = across.zip(down).map(|(x, y)| (x * to_inch, y * to_inch));
    Some(exif)
}

/// A TIFF file's bytes, with numbers in either order.
struct Tiff<'a> {
    bytes: &'a [u8],
    is_little: bool,
}

impl<'a> Tiff<'a> {
    fn new(bytes: &'a [u8]) -> Option<Tiff<'a>> {
        let is_little = match bytes.get(..4)? {
            b"II*\0" => true,
            b"MM\0*" => false,
            _ => return None,
        };
        Some(Tiff { bytes, is_little })
    }

    fn u16(&self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(match self.is_little {
            true => u16::from_le_bytes(bytes),
            false => u16::from_be_bytes(bytes),
        })
    }

    fn u32(&self, at: usize) -> Option<u32> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(match self.is_little {
            true => u32::from_le_bytes(bytes),
            false => u32::from_be_bytes(bytes),
        })
    }

    fn rational(&self, at: u32) -> Option<f64> {
        let at = at as usize;
        let (above, below) = (self.u32(at)?, self.u32(at.checked_add(4)?)?);
        (below > 0).then(|| f64::from(above) / f64::from(below))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory of two entries, in either order of bytes.
    fn notes(is_little: bool) -> Vec<u8> {
        let short = |value: u16| match is_little {
            true => value.to_le_bytes(),
            false => value.to_be_bytes(),
        };
        let long = |value: u32| match is_little {
            true => value.to_le_bytes(),
            false => value.to_be_bytes(),
        };
        let mut bytes = HEAD.to_vec();
        bytes.extend(if is_little { b"II*\0" } else { b"MM\0*" });
        bytes.extend(long(8));
        bytes.extend(short(4));
        let mut entry = |tag: u16, kind: u16, value: [u8; 4]| {
            bytes.extend(short(tag));
            bytes.extend(short(kind));
            bytes.extend(long(1));
            bytes.extend(value);
        };
        let [a, b] = short(6);
        entry(ORIENTATION, 3, [a, b, 0, 0]);
        entry(X_RESOLUTION, 5, long(62));
        entry(Y_RESOLUTION, 5, long(62));
        let [a, b] = short(3);
        entry(RESOLUTION_UNIT, 3, [a, b, 0, 0]);
        bytes.extend(long(0));
        bytes.extend(long(1000));
        bytes.extend(long(10));
        bytes
    }

    #[test]
    fn a_camera_says_how_it_was_held_and_how_dense_its_pixels_are() {
        for is_little in [true, false] {
            let exif = read(&notes(is_little)).expect("notes");
            assert_eq!(exif.orientation, Some(6));
            assert_eq!(exif.density, Some((254.0, 254.0)));
        }
    }

    #[test]
    fn notes_that_are_cut_or_changed_anywhere_do_no_harm() {
        let whole = notes(true);
        for end in 0..whole.len() {
            let _ = read(&whole[..end]);
            for value in [0, 1, 0x7F, 0xFF] {
                let mut changed = whole.clone();
                changed[end] = value;
                let _ = read(&changed);
            }
        }
    }
}
