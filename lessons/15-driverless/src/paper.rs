//! A paper: its size, and the name that says it.

/// A size of paper, upright.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Paper {
    /// The self-describing name (PWG 5101.1), `iso_a4_210x297mm`.
    pub name: &'static str,
    /// The width in hundredths of a millimetre, as IPP counts.
    pub width: i32,
    /// The height in hundredths of a millimetre.
    pub height: i32,
}

impl Paper {
    /// 210 × 297 mm (ISO 216).
    pub const A4: Paper = Paper::new("iso_a4_210x297mm", 21_000, 29_700);
    /// 297 × 420 mm (ISO 216).
    pub const A3: Paper = Paper::new("iso_a3_297x420mm", 29_700, 42_000);
    /// 148 × 210 mm (ISO 216).
    pub const A5: Paper = Paper::new("iso_a5_148x210mm", 14_800, 21_000);
    /// 8.5 × 11 inches (ANSI A).
    pub const LETTER: Paper = Paper::new("na_letter_8.5x11in", 21_590, 27_940);
    /// 8.5 × 14 inches.
    pub const LEGAL: Paper = Paper::new("na_legal_8.5x14in", 21_590, 35_560);
    /// 11 × 17 inches (ANSI B).
    pub const TABLOID: Paper = Paper::new("na_ledger_11x17in", 27_940, 43_180);

    /// A paper of this size, in hundredths of a millimetre.
    #[must_use]
    pub const fn new(name: &'static str, width: i32, height: i32) -> Paper {
        Paper { name, width, height }
    }
}
