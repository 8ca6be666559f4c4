//! ASCII85: bytes as printable characters (PLRM, section 3.13.3). A page must
//! pass every line and box on its way, and have nothing in it that PJL could
//! take for its own.

/// The most characters on a line.
const LONGEST_LINE: usize = 100;

/// Appends `data` in ASCII85, in lines, and the mark of its end.
pub fn encode(data: &[u8], out: &mut Vec<u8>) {
    let mut line = 0;
    let mut put = |character: u8, out: &mut Vec<u8>| {
        // A line that begins with `%` could be taken for a comment.
        if line == 0 && character == b'%' {
            out.push(b' ');
        }
        out.push(character);
        line += 1;
        if line >= LONGEST_LINE {
            out.push(b'\n');
            line = 0;
        }
    };
    let (groups, rest) = data.as_chunks::<4>();
    for group in groups {
        match u32::from_be_bytes(*group) {
            0 => put(b'z', out),
            number => {
                for digit in digits(number) {
                    put(digit, out);
                }
            }
        }
    }
    if !rest.is_empty() {
        let mut group = [0; 4];
        group[..rest.len()].copy_from_slice(rest);
        let digits = digits(u32::from_be_bytes(group));
        for digit in &digits[..=rest.len()] {
            put(*digit, out);
        }
    }
    out.extend_from_slice(b"~>\n");
}

/// The five digits of a number to the base 85.
fn digits(mut number: u32) -> [u8; 5] {
    let mut digits = [0; 5];
    for digit in digits.iter_mut().rev() {
        *digit = b'!' + (number % 85) as u8;
        number /= 85;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_encoded_and_no_line_looks_like_a_comment() {
        let text = |data: &[u8]| {
            let mut out = Vec::new();
            encode(data, &mut out);
            String::from_utf8(out).expect("ASCII")
        };
        assert_eq!(text(b""), "~>\n");
        assert_eq!(text(&[0; 8]), "zz~>\n");
        assert_eq!(text(&[0; 3]), "!!!!~>\n");
        assert_eq!(text(&[255]), "rr~>\n");
        assert_eq!(text(b"Man "), "9jqo^~>\n");
        let long: Vec<u8> =
            (0..20_000_u32).map(|n| ((n * n) >> 3) as u8).collect();
        for line in text(&long).lines() {
            assert!(line.len() <= LONGEST_LINE + 2, "{line}");
            assert!(!line.starts_with('%'), "{line}");
        }
    }
}
