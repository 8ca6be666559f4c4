//! The papers that the machine knows.

pub(crate) const MM_PER_INCH: f64 = 25.4;

/// How far a paper may be from its size, in millimetres.
const TOLERANCE: f64 = 1.0;

/// A paper, upright.
#[derive(Clone, Debug)]
pub(crate) struct Paper {
    /// Its number in PCL XL (reference, "MediaSize").
    pub number: u8,
    pub name: &'static str,
    /// Width and height in millimetres.
    pub size: [f64; 2],
}

/// All papers, in the order of their numbers.
#[rustfmt::skip]
pub(crate) const PAPERS: [Paper; 22] = [
    paper(0, "Letter", 215.9, 279.4),
    paper(1, "Legal", 215.9, 355.6),
    paper(2, "A4", 210.0, 297.0),
    paper(3, "Exec", 184.15, 266.7),
    paper(4, "Ledger", 279.4, 431.8),
    paper(5, "A3", 297.0, 420.0),
    paper(6, "COM10Envelope", 104.775, 241.3),
    paper(7, "MonarchEnvelope", 98.425, 190.5),
    paper(8, "C5Envelope", 162.0, 229.0),
    paper(9, "DLEnvelope", 110.0, 220.0),
    paper(10, "JB4", 257.0, 364.0),
    paper(11, "JB5", 182.0, 257.0),
    paper(12, "B5Envelope", 176.0, 250.0),
    paper(14, "JPostcard", 100.0, 148.0),
    paper(15, "JDoublePostcard", 148.0, 200.0),
    paper(16, "A5", 148.0, 210.0),
    paper(17, "A6", 105.0, 148.0),
    paper(18, "JB6", 128.0, 182.0),
    paper(19, "JIS8K", 270.0, 390.0),
    paper(20, "JIS16K", 195.0, 270.0),
    paper(21, "JISExec", 216.0, 330.0),
    paper(96, "A4", 210.0, 297.0), // eDefaultPaper: what is in tray 1
];

const fn paper(
    number: u8,
    name: &'static str,
    width: f64,
    height: f64,
) -> Paper {
    Paper { number, name, size: [width, height] }
}

/// The name of a paper of this size, either way round, within a millimetre.
pub(crate) fn name_of_size([width, height]: [f64; 2]) -> String {
    let near = |a: f64, b: f64| (a - b).abs() < TOLERANCE;
    for Paper { name, size: [w, h], .. } in PAPERS {
        if near(width, w) && near(height, h)
            || near(height, w) && near(width, h)
        {
            return name.into();
        }
    }
    format!("{width:.0}x{height:.0} mm")
}
