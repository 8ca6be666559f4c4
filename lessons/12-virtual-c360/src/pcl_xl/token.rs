//! Cuts a stream into tokens: values, attributes, operators.

use std::io::{self, BufRead};

/// An attribute's value. An `f64` holds every number of the language exactly.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    pub shape: Shape,
    pub numbers: Vec<f64>,
}

/// How many numbers a value has: one, two, four or any number of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Scalar,
    Xy,
    Box,
    Array,
}

/// The next element of the stream (reference, "Data types and tags").
#[derive(Debug, PartialEq)]
pub enum Token {
    Value(Value),
    Attribute(u16),
    Operator(u8),
    /// The length in bytes of the embedded data that follow.
    Data(u32),
    /// An escape character, left unread: a UEL begins, and the language ends.
    Escape,
    EndOfFile,
    /// A tag that the reference leaves reserved.
    Unknown(u8),
}

/// The tokens of a stream.
pub struct Tokens<'a> {
    pub input: &'a mut dyn BufRead,
    pub big_endian: bool,
}

impl Tokens<'_> {
    pub fn next(&mut self) -> io::Result<Token> {
        loop {
            let Some(&tag) = self.input.fill_buf()?.first() else {
                return Ok(Token::EndOfFile);
            };
            if tag == 0x1B {
                return Ok(Token::Escape);
            }
            self.input.consume(1);
            // ANCHOR: tags
            return Ok(match tag {
                // White space.
                0x00 | 0x09..=0x0D | 0x20 => continue,
                0x41..=0xBF => Token::Operator(tag),
                0xC0..=0xC5 => self.value(Shape::Scalar, tag - 0xC0, 1)?,
                0xC8..=0xCD => match self.length()? {
                    Some(n) => self.value(Shape::Array, tag - 0xC8, n)?,
                    None => Token::Unknown(tag),
                },
                0xD0..=0xD5 => self.value(Shape::Xy, tag - 0xD0, 2)?,
                0xE0..=0xE5 => self.value(Shape::Box, tag - 0xE0, 4)?,
                0xF8 => Token::Attribute(u16::from(self.bytes::<1>()?[0])),
                0xF9 => Token::Attribute(self.number(1)? as u16),
                0xFA => Token::Data(self.number(2)? as u32),
                0xFB => Token::Data(u32::from(self.bytes::<1>()?[0])),
                other => Token::Unknown(other),
            });
            // ANCHOR_END: tags
        }
    }

    /// An array's length is itself a tagged `ubyte` or `uint16`.
    fn length(&mut self) -> io::Result<Option<usize>> {
        Ok(match self.bytes::<1>()?[0] {
            0xC0 => Some(usize::from(self.bytes::<1>()?[0])),
            0xC1 => Some(self.number(1)? as usize),
            _ => None,
        })
    }

    fn value(&mut self, shape: Shape, kind: u8, n: usize) -> io::Result<Token> {
        // At most 65,535 numbers, by the type of `length`.
        let numbers = (0..n).map(|_| self.number(kind));
        let numbers = numbers.collect::<io::Result<_>>()?;
        Ok(Token::Value(Value { shape, numbers }))
    }

    /// ubyte, uint16, uint32, sint16, sint32, real32: 0 to 5.
    fn number(&mut self, kind: u8) -> io::Result<f64> {
        Ok(match kind {
            0 => f64::from(self.bytes::<1>()?[0]),
            1 => f64::from(u16::from_le_bytes(self.ordered()?)),
            2 => f64::from(u32::from_le_bytes(self.ordered()?)),
            3 => f64::from(i16::from_le_bytes(self.ordered()?)),
            4 => f64::from(i32::from_le_bytes(self.ordered()?)),
            _ => f64::from(f32::from_le_bytes(self.ordered()?)),
        })
    }

    fn ordered<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = self.bytes::<N>()?;
        if self.big_endian {
            bytes.reverse();
        }
        Ok(bytes)
    }

    fn bytes<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut stream: &[u8], big_endian: bool) -> Vec<Token> {
        let mut tokens = Tokens { input: &mut stream, big_endian };
        let mut found = Vec::new();
        loop {
            match tokens.next().expect("whole") {
                Token::EndOfFile => return found,
                token => found.push(token),
            }
        }
    }

    fn value(shape: Shape, numbers: &[f64]) -> Token {
        Token::Value(Value { shape, numbers: numbers.to_vec() })
    }

    #[test]
    fn every_data_type_is_read_in_both_byte_orders() {
        use Shape::*;
        let real = 1.5f32;
        let little = [
            &[0xC0, 7][..],
            &[0xC1, 1, 2],
            &[0xC2, 1, 2, 3, 4],
            &[0xC3, 0xFE, 0xFF],
            &[0xC4, 0xFE, 0xFF, 0xFF, 0xFF],
            &[&[0xC5][..], &real.to_le_bytes()].concat(),
            &[0xC8, 0xC0, 2, 8, 9],
            &[0xC9, 0xC1, 1, 0, 5, 0],
            &[0xD1, 1, 0, 2, 0],
            &[0xE0, 1, 2, 3, 4],
            &[0xF8, 98],
            &[0xF9, 98, 0],
            &[0xFA, 1, 0, 0, 0],
            &[0xFB, 9],
        ];
        let big = [
            &[0xC0, 7][..],
            &[0xC1, 2, 1],
            &[0xC2, 4, 3, 2, 1],
            &[0xC3, 0xFF, 0xFE],
            &[0xC4, 0xFF, 0xFF, 0xFF, 0xFE],
            &[&[0xC5][..], &real.to_be_bytes()].concat(),
            &[0xC8, 0xC0, 2, 8, 9],
            &[0xC9, 0xC1, 0, 1, 0, 5],
            &[0xD1, 0, 1, 0, 2],
            &[0xE0, 1, 2, 3, 4],
            &[0xF8, 98],
            &[0xF9, 0, 98],
            &[0xFA, 0, 0, 0, 1],
            &[0xFB, 9],
        ];
        let expected = [
            value(Scalar, &[7.0]),
            value(Scalar, &[513.0]),
            value(Scalar, &[67_305_985.0]),
            value(Scalar, &[-2.0]),
            value(Scalar, &[-2.0]),
            value(Scalar, &[1.5]),
            value(Array, &[8.0, 9.0]),
            value(Array, &[5.0]),
            value(Xy, &[1.0, 2.0]),
            value(Box, &[1.0, 2.0, 3.0, 4.0]),
            Token::Attribute(98),
            Token::Attribute(98),
            Token::Data(1),
            Token::Data(9),
        ];
        assert_eq!(all(&little.concat(), false), expected);
        assert_eq!(all(&big.concat(), true), expected);
    }

    #[test]
    fn an_escape_is_left_for_pjl() {
        let mut stream = &b" \r\n\x1b%-12345X"[..];
        let mut tokens = Tokens { input: &mut stream, big_endian: false };
        assert_eq!(tokens.next().expect("whole"), Token::Escape);
        assert_eq!(stream, b"\x1b%-12345X");
    }
}
