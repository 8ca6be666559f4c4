//! The colours of a page, made into red, green and blue of sRGB.

use std::sync::OnceLock;

/// What the samples of a pixel are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    /// How much light: sGray.
    Grey,
    /// How much black ink.
    Black,
    /// sRGB, or RGB of no known device.
    Rgb,
    /// Adobe RGB (1998).
    AdobeRgb,
    /// How much ink of cyan, magenta, yellow and black.
    Cmyk,
}

impl Space {
    pub fn channels(self) -> usize {
        match self {
            Space::Grey | Space::Black => 1,
            Space::Rgb | Space::AdobeRgb => 3,
            Space::Cmyk => 4,
        }
    }

    /// The byte that white is made of.
    pub fn white(self) -> u8 {
        match self {
            Space::Grey | Space::Rgb | Space::AdobeRgb => 0xFF,
            Space::Black | Space::Cmyk => 0,
        }
    }

    /// Makes a packed row of samples of so many bits pixels: red, green, blue
    /// and 255.
    pub fn pixels(self, row: &[u8], bits: u32, pixels: &mut [u8]) {
        let dots = pixels.as_chunks_mut::<4>().0;
        // Of 16 bits the high byte comes first.
        let step = if bits == 16 { 2 } else { 1 };
        match self {
            Space::Grey | Space::Black => {
                let flip = if self == Space::Black { 0xFF } else { 0 };
                for (at, dot) in dots.iter_mut().enumerate() {
                    let sample = match bits {
                        1 => {
                            let byte = row.get(at / 8).copied().unwrap_or(0);
                            0u8.wrapping_sub(byte >> (7 - at % 8) & 1)
                        }
                        _ => row.get(at * step).copied().unwrap_or(0),
                    };
                    let grey = sample ^ flip;
                    *dot = [grey, grey, grey, 0xFF];
                }
            }
            Space::Rgb => {
                for (dot, pixel) in dots.iter_mut().zip(row.chunks(3 * step)) {
                    let [r, g, b] = samples(pixel, step);
                    *dot = [r, g, b, 0xFF];
                }
            }
            Space::AdobeRgb => {
                let table = Adobe::get();
                for (dot, pixel) in dots.iter_mut().zip(row.chunks(3 * step)) {
                    let [r, g, b] = table.to_srgb(samples(pixel, step));
                    *dot = [r, g, b, 0xFF];
                }
            }
            Space::Cmyk => {
                for (dot, pixel) in dots.iter_mut().zip(row.chunks(4 * step)) {
                    let [c, m, y, k] = samples(pixel, step);
                    let light = |ink: u8| {
                        let product = u16::from(255 - ink) * u16::from(255 - k);
                        (product / 255) as u8
                    };
                    *dot = [light(c), light(m), light(y), 0xFF];
                }
            }
        }
    }
}

fn samples<const N: usize>(pixel: &[u8], step: usize) -> [u8; N] {
    std::array::from_fn(|at| pixel.get(at * step).copied().unwrap_or(0))
}

/// How many steps of light are told apart.
const STEPS: usize = 4096;

/// Tables for Adobe RGB (1998), 4.3.1, and sRGB (IEC 61966-2-1).
struct Adobe {
    light: [f32; 256],
    sample: Vec<u8>,
}

impl Adobe {
    fn get() -> &'static Adobe {
        static TABLE: OnceLock<Adobe> = OnceLock::new();
        TABLE.get_or_init(|| Adobe {
            light: std::array::from_fn(|sample| {
                (sample as f32 / 255.0).powf(563.0 / 256.0)
            }),
            sample: (0..=STEPS)
                .map(|step| {
                    let light = step as f32 / STEPS as f32;
                    let sample = match light <= 0.003_130_8 {
                        true => light * 12.92,
                        false => 1.055 * light.powf(1.0 / 2.4) - 0.055,
                    };
                    (sample * 255.0).round() as u8
                })
                .collect(),
        })
    }

    fn to_srgb(&self, pixel: [u8; 3]) -> [u8; 3] {
        let [r, g, b] = pixel.map(|sample| self.light[usize::from(sample)]);
        // Both have the same white; what sRGB has no colour for is cut.
        let light =
            [1.398_28 * r - 0.398_28 * g, g, -0.042_94 * g + 1.042_94 * b];
        light.map(|light| {
            let step = light.clamp(0.0, 1.0) * STEPS as f32;
            self.sample[step.round() as usize]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(space: Space, bits: u32, row: &[u8]) -> [u8; 3] {
        let mut pixels = [0; 4];
        space.pixels(row, bits, &mut pixels);
        [pixels[0], pixels[1], pixels[2]]
    }

    #[test]
    fn every_space_has_its_white_and_its_black() {
        for (space, bits, white, black) in [
            (Space::Grey, 1, &[0x80][..], &[0][..]),
            (Space::Grey, 8, &[255], &[0]),
            (Space::Grey, 16, &[255, 255], &[0, 9]),
            (Space::Black, 1, &[0], &[0x80]),
            (Space::Black, 8, &[0], &[255]),
            (Space::Rgb, 8, &[255; 3], &[0; 3]),
            (Space::Rgb, 16, &[255; 6], &[0; 6]),
            (Space::AdobeRgb, 8, &[255; 3], &[0; 3]),
            (Space::Cmyk, 8, &[0; 4], &[0, 0, 0, 255]),
            (Space::Cmyk, 16, &[0; 8], &[0, 0, 0, 0, 0, 0, 255, 255]),
        ] {
            assert_eq!(one(space, bits, white), [255; 3], "{space:?} {bits}");
            assert_eq!(one(space, bits, black), [0; 3], "{space:?} {bits}");
        }
    }

    #[test]
    fn colours_of_adobe_rgb_are_those_of_srgb() {
        let grey = one(Space::AdobeRgb, 8, &[128; 3]);
        assert!(grey.iter().all(|sample| sample.abs_diff(128) <= 1));
        // The greenest green of Adobe is beyond sRGB's.
        assert_eq!(one(Space::AdobeRgb, 8, &[0, 255, 0]), [0, 255, 0]);
        let red = one(Space::AdobeRgb, 8, &[219, 0, 0]);
        assert_eq!(red, [255, 0, 0]);
    }

    #[test]
    fn a_row_that_is_too_short_is_no_harm() {
        for space in [Space::Grey, Space::Rgb, Space::AdobeRgb, Space::Cmyk] {
            for bits in [8, 16] {
                space.pixels(&[1], bits, &mut [0; 40]);
            }
        }
    }
}
