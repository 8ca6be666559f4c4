//! The memory of a picture: how much is needed to decode it. The check refuses
//! by the same estimate by which the drawing decides, so that what is taken in
//! is printed.

use hayro_syntax::object::dict::keys;
use hayro_syntax::object::{Array, Dict, Name, Object, Stream};

/// The most memory for the decoding of one picture, in bytes: what a child has
/// by default, without what it needs for itself and for two bands.
const MOST: u64 = 640 << 20;
/// How many times a JPEG 2000 picture is halved, at most, to fit.
const MOST_HALVINGS: u32 = 2;

/// A picture as its dictionary describes it.
pub struct PictureMemory {
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// Bytes for each pixel while it is decoded.
    per_pixel: u64,
    /// Whether it can be decoded at half its size.
    can_be_halved: bool,
}

impl PictureMemory {
    /// `None` when the stream is no picture.
    pub fn of(picture: &Stream<'_>) -> Option<PictureMemory> {
        let dict = picture.dict();
        let side = |key: &[u8], short: &[u8]| {
            dict.get::<u32>(key).or_else(|| dict.get::<u32>(short))
        };
        let width = side(keys::WIDTH, keys::W)?;
        let height = side(keys::HEIGHT, keys::H)?;
        let Samples { coded, drawn } = Samples::of(dict);
        let bits = side(keys::BITS_PER_COMPONENT, keys::BPC);
        let bits = u64::from(bits.unwrap_or(8)).clamp(1, 16);
        let (per_pixel, can_be_halved) = match coding(dict).as_deref() {
            // Decoded in place; only what is neither grey nor in red, green
            // and blue is copied.
            Some(b"DCTDecode" | b"DCT") => {
                let copy = if coded == drawn { 0 } else { drawn };
                (coded + copy, false)
            }
            // Four bytes a sample, twice; eight for the transform.
            Some(b"JPXDecode") => (9 * coded + 8, true),
            // Unpacked, and made into bytes.
            _ => ((2 * bits * coded).div_ceil(8) + drawn, false),
        };
        Some(PictureMemory { width, height, per_pixel, can_be_halved })
    }

    /// How many times the picture's sides are to be halved so that it can be
    /// decoded; `None` when it is too large nevertheless.
    pub fn halvings(&self) -> Option<u32> {
        let pixels = u64::from(self.width) * u64::from(self.height);
        let bytes = pixels.saturating_mul(self.per_pixel);
        let most = if self.can_be_halved { MOST_HALVINGS } else { 0 };
        (0..=most).find(|halvings| bytes >> (2 * halvings) <= MOST)
    }

    /// The most pixels, in millions, that such a picture may have.
    pub fn most_megapixels(&self) -> u32 {
        let most = if self.can_be_halved { MOST_HALVINGS } else { 0 };
        let pixels = (MOST << (2 * most)) / self.per_pixel;
        (pixels / 1_000_000).try_into().unwrap_or(u32::MAX)
    }
}

/// The last filter of a stream: what a picture is coded in.
fn coding(dict: &Dict<'_>) -> Option<Vec<u8>> {
    let filter = dict
        .get::<Object<'_>>(keys::FILTER)
        .or_else(|| dict.get::<Object<'_>>(keys::F))?;
    match filter {
        Object::Name(name) => Some(name.to_vec()),
        Object::Array(names) => {
            names.iter::<Name<'_>>().last().map(|name| name.to_vec())
        }
        _ => None,
    }
}

/// How many samples a pixel has.
struct Samples {
    /// In the document.
    coded: u64,
    /// When it is drawn: red, green and blue, or grey.
    drawn: u64,
}

impl Samples {
    fn of(dict: &Dict<'_>) -> Samples {
        let is_mask = dict
            .get::<bool>(keys::IMAGE_MASK)
            .or_else(|| dict.get::<bool>(keys::IM));
        if is_mask == Some(true) {
            return Samples { coded: 1, drawn: 1 };
        }
        let space = dict
            .get::<Object<'_>>(keys::COLORSPACE)
            .or_else(|| dict.get::<Object<'_>>(keys::CS));
        match space {
            Some(Object::Name(name)) => Samples::of_name(&name),
            Some(Object::Array(space)) => Samples::of_array(&space),
            // As in most pictures.
            _ => Samples { coded: 3, drawn: 3 },
        }
    }

    fn of_name(name: &[u8]) -> Samples {
        match name {
            b"DeviceGray" | b"G" | b"CalGray" => Samples { coded: 1, drawn: 1 },
            b"Indexed" | b"I" | b"Separation" => Samples { coded: 1, drawn: 3 },
            b"DeviceCMYK" | b"CMYK" => Samples { coded: 4, drawn: 3 },
            _ => Samples { coded: 3, drawn: 3 },
        }
    }

    fn of_array(space: &Array<'_>) -> Samples {
        let mut parts = space.iter::<Object<'_>>();
        let (kind, detail) = (parts.next(), parts.next());
        let Some(Object::Name(kind)) = kind else {
            return Samples { coded: 3, drawn: 3 };
        };
        match (&*kind, detail) {
            (b"ICCBased", Some(Object::Stream(profile))) => {
                let count = profile.dict().get::<u32>(keys::N).unwrap_or(3);
                let coded = u64::from(count.clamp(1, 4));
                Samples { coded, drawn: if coded == 1 { 1 } else { 3 } }
            }
            // As many as there are names of inks.
            (b"DeviceN", Some(Object::Array(inks))) => {
                let count = inks.iter::<Object<'_>>().count().clamp(1, 32);
                Samples { coded: count as u64, drawn: 3 }
            }
            _ => Samples::of_name(&kind),
        }
    }
}
