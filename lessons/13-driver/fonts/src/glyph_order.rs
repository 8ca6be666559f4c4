//! The order of glyphs that Arial, Times New Roman and Courier New share.
//!
//! Some programs write the numbers of glyphs in place of letters, and leave
//! both the font and a table of its letters out. Then the order in which the
//! font has its glyphs is the only table there is. These three begin with the
//! standard Macintosh order (Apple, TrueType Reference Manual, `post` table),
//! without its no-break space and its apple, and go on with Central European
//! and Greek letters.

/// The letters of the glyphs from number 3 on.
const FIRST: &str = " !\"#$%&'()*+,-./0123456789:;<=>?@\
    ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~\
    ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø\
    ¿¡¬√ƒ≈∆«»…ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄¤‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ\
    ŁłŠšŽž¦ÐðÝýÞþ−×¹²³½¼¾₣ĞğİŞşĆćČčđ";
/// Those from number 258 on.
const SECOND: &str =
    "ĂăĄąĎďĐĘęĚěĹĺĽľĿŀŃńŇňŐőŔŕŘřŚśŤťŢţŮůŰűŹźŻżΓΘΦαδεστφ‗‼ⁿ₧←↑→↓↔↕";
const FAMILIES: [&str; 3] = ["arial", "timesnewroman", "couriernew"];

/// The letter of a glyph of a font of this family, if that is known.
pub(crate) fn letter_of_glyph(family: &str, glyph: u32) -> Option<char> {
    let (letters, first) = if glyph < 258 { (FIRST, 3) } else { (SECOND, 258) };
    let place = glyph.checked_sub(first)?;
    let is_known = FAMILIES.contains(&family);
    is_known.then(|| letters.chars().nth(place as usize)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_glyphs_of_arial_are_known_and_those_of_calibri_are_not() {
        // As the tables of letters have it that come with such documents.
        for (glyph, letter) in [
            (2, None),
            (3, Some(' ')),
            (36, Some('A')),
            (224, Some('Ł')),
            (252, Some('ć')),
            (255, Some('đ')),
            (256, None),
            (257, None),
            (260, Some('Ą')),
            (276, Some('ń')),
            (298, Some('ż')),
            (400, None),
        ] {
            assert_eq!(letter_of_glyph("arial", glyph), letter);
        }
        assert_eq!(letter_of_glyph("calibri", 36), None);
    }
}
