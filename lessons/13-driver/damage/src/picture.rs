//! A picture, decoded once, to see whether all of it is there.

use std::cell::Cell;

use hayro_interpret::Image;
use hayro_syntax::object::dict::keys;
use hayro_syntax::object::{Dict, Name, Object, Stream};

use crate::{jpeg, stream};

/// What is said of a picture that cannot be decoded at all.
pub const UNDECODABLE: &str = "a picture cannot be decoded and is missing";
/// Pictures with more pixels are decoded only when they are drawn.
const MOST_PIXELS: u64 = 80_000_000;
/// A JPEG 2000 picture need not be decoded in full to see that it decodes.
const SMALL: (u32, u32) = (256, 256);

/// What is wrong with a picture, in a sentence. `None` when nothing is.
pub fn picture_damage(image: &Image<'_, '_>) -> Option<String> {
    let stream = match image {
        Image::Stencil(stencil) => stencil.stream(),
        Image::Raster(raster) => raster.stream(),
    };
    let damaged = |how: String| format!("a picture is damaged: {how}");
    if let Some(how) = stream_damage(stream) {
        return Some(damaged(how));
    }
    let mask = stream.dict().get::<Stream<'_>>(keys::SMASK);
    if let Some(how) = mask.and_then(|mask| stream_damage(&mask)) {
        return Some(format!("the mask of {}", damaged(how)));
    }
    if !is_coded(stream) || pixels(stream.dict())? > MOST_PIXELS {
        return None;
    }
    let height = side(stream.dict(), keys::H, keys::HEIGHT)?;
    let Some(rows) = decoded_rows(image) else {
        return Some(UNDECODABLE.to_owned());
    };
    (rows + 1 < height).then(|| {
        damaged(format!("it breaks off after {rows} of {height} rows"))
    })
}

/// Decodes a picture as the drawing does, and returns how many of its rows
/// were there.
fn decoded_rows(image: &Image<'_, '_>) -> Option<u32> {
    let rows = Cell::new(None);
    let set = |rows_decoded: u32, (_, scale): (f32, f32)| {
        rows.set(Some((rows_decoded as f32 * scale).round() as u32));
    };
    match image {
        Image::Stencil(stencil) => stencil.with_stencil(
            |mask, _| set(mask.height, mask.scale_factors),
            Some(SMALL),
        ),
        Image::Raster(raster) => raster.with_rgba(
            |colors, _| set(colors.height(), colors.scale_factors()),
            Some(SMALL),
        ),
    }
    rows.get()
}

fn stream_damage(stream: &Stream<'_>) -> Option<String> {
    let damage = stream::damage(stream);
    if damage.is_some() {
        damage
    } else if is_coded(stream) {
        if lacks_its_end(stream) {
            return Some("it is cut off".to_owned());
        }
        let (rows, height) = jpeg_breaks_off(stream)?;
        Some(format!("it breaks off after {rows} of {height} rows"))
    } else {
        missing_samples(stream)
    }
}

/// Whether a picture is kept in a format for pictures (ISO 32000-2, 7.4.6 to
/// 7.4.9), and not as samples, one after the other.
fn is_coded(stream: &Stream<'_>) -> bool {
    stream::filters(stream).iter().any(|name| {
        matches!(
            name.as_str(),
            "CCITTFaxDecode"
                | "CCF"
                | "JBIG2Decode"
                | "DCTDecode"
                | "DCT"
                | "JPXDecode"
        )
    })
}

fn side(dict: &Dict<'_>, short: &[u8], long: &[u8]) -> Option<u32> {
    dict.get::<u32>(short).or_else(|| dict.get::<u32>(long))
}

fn pixels(dict: &Dict<'_>) -> Option<u64> {
    let width = side(dict, keys::W, keys::WIDTH)?;
    let height = side(dict, keys::H, keys::HEIGHT)?;
    Some(u64::from(width) * u64::from(height))
}

/// After which of its rows a JPEG picture breaks off.
fn jpeg_breaks_off(stream: &Stream<'_>) -> Option<(u32, u32)> {
    match stream::filters(stream).as_slice() {
        [one] if one == "DCTDecode" || one == "DCT" => {
            jpeg::breaks_off(&stream.raw_data())
        }
        _ => None,
    }
}

/// Whether the end of a JPEG or JPEG 2000 picture is missing: the marker FF D9
/// (ISO 10918-1, table B.1; ISO 15444-1, table A.2). A small picture within a
/// JPEG picture's head has one as well.
fn lacks_its_end(stream: &Stream<'_>) -> bool {
    let start = match stream::filters(stream).as_slice() {
        [one] if one == "DCTDecode" || one == "DCT" => [0xFF, 0xDA],
        [one] if one == "JPXDecode" => [0xFF, 0x93],
        _ => return false,
    };
    let data = stream.raw_data();
    let last = |marker| data.windows(2).rposition(|bytes| bytes == marker);
    let (start, end) = (last(start.as_slice()), last(&[0xFF, 0xD9]));
    // Without a start, it does not decode at all.
    start.is_some() && end < start
}

/// How much is missing of a picture that is kept as samples.
fn missing_samples(stream: &Stream<'_>) -> Option<String> {
    let dict = stream.dict();
    let width = u64::from(side(dict, keys::W, keys::WIDTH)?);
    let height = u64::from(side(dict, keys::H, keys::HEIGHT)?);
    let (components, bits) = samples(dict)?;
    let row = (width * components * bits).div_ceil(8);
    if pixels(dict)? > MOST_PIXELS || row == 0 {
        return None;
    }
    let Ok(data) = stream.decoded() else {
        return Some("it cannot be unpacked".to_owned());
    };
    let rows = data.len() as u64 / row;
    (rows < height)
        .then(|| format!("it breaks off after {rows} of {height} rows"))
}

/// How many samples a pixel has, and how many bits a sample; `None` when it is
/// not known here.
fn samples(dict: &Dict<'_>) -> Option<(u64, u64)> {
    let is_mask = dict
        .get::<bool>(keys::IM)
        .or_else(|| dict.get::<bool>(keys::IMAGE_MASK));
    if is_mask == Some(true) {
        return Some((1, 1));
    }
    let bits = dict
        .get::<u8>(keys::BPC)
        .or_else(|| dict.get::<u8>(keys::BITS_PER_COMPONENT))?;
    let space = dict
        .get::<Object<'_>>(keys::CS)
        .or_else(|| dict.get::<Object<'_>>(keys::COLORSPACE))?;
    Some((components(&space)?, bits.into()))
}

/// How many samples a pixel has in a colour space (ISO 32000-2, 8.6).
fn components(space: &Object<'_>) -> Option<u64> {
    let (name, parts) = match space {
        Object::Name(name) => (name.clone(), Vec::new()),
        Object::Array(parts) => {
            let parts: Vec<Object<'_>> = parts.iter().collect();
            (parts.first()?.clone().into_name()?, parts)
        }
        _ => return None,
    };
    Some(match &*name {
        b"DeviceGray" | b"G" | b"CalGray" | b"Indexed" | b"I"
        | b"Separation" => 1,
        b"DeviceRGB" | b"RGB" | b"CalRGB" | b"Lab" => 3,
        b"DeviceCMYK" | b"CMYK" => 4,
        b"ICCBased" => match parts.get(1)? {
            Object::Stream(profile) => {
                profile.dict().get::<u8>(keys::N)?.into()
            }
            _ => return None,
        },
        b"DeviceN" => match parts.get(1)? {
            Object::Array(names) => names.iter::<Name<'_>>().count() as u64,
            _ => return None,
        },
        _ => return None,
    })
}
