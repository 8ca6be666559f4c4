//! One operator, with the attributes that came before it.

use super::error::{Error, XlError, broken_off};
use super::names::{op, operator_name};
use super::token::{Shape, Token, Tokens, Value};

/// The most attributes that one operator may have.
const MOST_ATTRIBUTES: usize = 64;

/// The operator that is executed, and its attributes.
#[derive(Default)]
pub struct Operation {
    pub operator: u8,
    attributes: Vec<(u16, Value)>,
    /// How many operators have been read, this one included.
    position: u64,
}

impl Operation {
    // ANCHOR: read
    /// Reads up to the next operator; false at the end of the stream.
    pub fn read(&mut self, tokens: &mut Tokens<'_>) -> Result<bool, Error> {
        self.attributes.clear();
        let mut value = None;
        loop {
            match (tokens.next()?, value.take()) {
                // A value waits for its attribute,
                (Token::Value(new), None) => value = Some(new),
                // the attribute waits, with its value, for the operator,
                (Token::Attribute(id), Some(value)) => {
                    if self.attributes.len() == MOST_ATTRIBUTES {
                        return Err(self.error("InternalOverflow"));
                    }
                    self.attributes.push((id, value));
                }
                // and the operator takes them all.
                (Token::Operator(operator), None) => {
                    self.operator = operator;
                    self.position += 1;
                    return Ok(true);
                }
                (Token::Escape | Token::EndOfFile, None)
                    if self.attributes.is_empty() =>
                {
                    return Ok(false);
                }
                (Token::Escape | Token::EndOfFile, _) => {
                    return Err(broken_off());
                }
                (Token::Data(_), _) => return Err(self.error("ExtraData")),
                _ => return Err(self.error("IllegalTag")),
            }
        }
    }
    // ANCHOR_END: read

    /// The attribute's value, if the attribute is there.
    pub fn value(&self, attribute: u16) -> Option<&Value> {
        let found = self.attributes.iter().find(|(id, _)| *id == attribute);
        found.map(|(_, value)| value)
    }

    /// One number, if the attribute is there.
    pub fn optional(&self, attribute: u16) -> Result<Option<f64>, Error> {
        match self.value(attribute) {
            None => Ok(None),
            Some(Value { shape: Shape::Scalar, numbers }) => {
                Ok(numbers.first().copied())
            }
            Some(_) => Err(self.error("IllegalAttributeDataType")),
        }
    }

    /// One number.
    pub fn scalar(&self, attribute: u16) -> Result<f64, Error> {
        let number = self.optional(attribute)?;
        number.ok_or_else(|| self.error("MissingAttribute"))
    }

    /// Two numbers, neither of them infinite.
    pub fn xy(&self, attribute: u16) -> Result<[f64; 2], Error> {
        match self.value(attribute) {
            Some(Value { shape: Shape::Xy, numbers }) => match numbers[..] {
                [x, y] if x.is_finite() && y.is_finite() => Ok([x, y]),
                _ => Err(self.error("IllegalAttributeValue")),
            },
            Some(_) => Err(self.error("IllegalAttributeDataType")),
            None => Err(self.error("MissingAttribute")),
        }
    }

    /// A number of pixels or rows: 1 to 65,535.
    pub fn size(&self, attribute: u16) -> Result<usize, Error> {
        match self.scalar(attribute)? {
            n @ 1.0..=65_535.0 => Ok(n as usize),
            _ => Err(self.error("IllegalAttributeValue")),
        }
    }

    /// The error for an operator that must not come here.
    pub fn out_of_place(&self) -> Error {
        self.error("IllegalOperatorSequence")
    }

    /// An error of this operator, by the error's name in the reference.
    pub fn error(&self, error: &'static str) -> Error {
        let image = op::BEGIN_IMAGE..=op::END_IMAGE;
        let in_image = image.contains(&self.operator);
        Error::Xl(XlError {
            subsystem: if in_image { "IMAGE" } else { "KERNEL" },
            error,
            operator: operator_name(self.operator),
            position: self.position,
        })
    }
}
