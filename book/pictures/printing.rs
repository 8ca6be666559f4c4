//! The picture of the print server: from a document to paper.

use crate::drawing::{Drawing, INK, PART, ROOF, WALL};

const ROOM: (i32, i32) = (152, 98);
const GAP: i32 = 26;
const TOP: i32 = 32;
const LEFT: i32 = 20;

/// The stations of a document on its way to paper: name, two remarks, colour.
const STATIONS: [(&str, &str, &str, &str); 6] = [
    ("document", "from the web page", "or the terminal", WALL),
    ("intake", "checks it,", "counts its pages", ROOF),
    ("job queue", "in order, on disk,", "nothing is lost", PART),
    ("worker", "claims one job,", "renews its lease", ROOF),
    ("driver", "PDF to images,", "images to PCL XL", PART),
    ("printer", "PJL over TCP,", "port 9100", PART),
];

/// How a document becomes paper.
pub fn picture() -> String {
    let mut drawing = Drawing::new(1146, 290, "From a document to paper");
    let middle = TOP + ROOM.1 / 2;
    let low = TOP + ROOM.1;
    let left = |station: i32| LEFT + station * (ROOM.0 + GAP);
    let centre = |station: i32| left(station) + ROOM.0 / 2;

    let mut x = LEFT;
    for (name, first, second, fill) in STATIONS {
        drawing.room((x, TOP), ROOM, fill);
        drawing.word(x + ROOM.0 / 2, TOP + 34, 19, name);
        drawing.remark(x + ROOM.0 / 2, TOP + 61, 15, first);
        drawing.remark(x + ROOM.0 / 2, TOP + 82, 15, second);
        x += ROOM.0 + GAP;
        drawing.arrow(&format!("M{} {middle} H{}", x - GAP + 2, x - 3));
    }

    // The page, with a folded corner and a few lines of text.
    drawing.line(&format!("M{x} {} h26 l12 12 v46 h-38 z", middle - 29), WALL);
    drawing.line(&format!("M{} {} v12 h12", x + 26, middle - 29), "none");
    for y in [-6, 4, 14] {
        drawing.line(&format!("M{} {} h22", x + 8, middle + y), INK);
    }

    // The spool: a drum of documents beside the road, written and read.
    let (spool, drum) = (centre(1), low + 56);
    drawing.line(
        &format!(
            "M{} {drum} v44 a58 11 0 0 0 116 0 v-44 a58 11 0 0 0 -116 0 \
             a58 11 0 0 0 116 0",
            spool - 58
        ),
        WALL,
    );
    drawing.word(spool, drum + 34, 18, "spool");
    drawing.arrow(&format!("M{spool} {low} V{}", drum - 14));
    let (to, y) = (centre(4) - 20, drum + 22);
    drawing.arrow(&format!(
        "M{} {y} H{} Q{to} {y} {to} {} V{}",
        spool + 61,
        to - 10,
        y - 10,
        low + 3,
    ));
    drawing.remark(centre(2) + 60, drum + 14, 15, "the pages to draw");

    // The printer's answers, on their way back.
    let (from, to, y) = (centre(5), centre(3), low + 30);
    drawing.arrow(&format!(
        "M{from} {low} V{} Q{from} {y} {} {y} H{} Q{to} {y} {to} {} V{}",
        y - 10,
        from - 10,
        to + 10,
        y - 10,
        low + 3,
    ));
    drawing.remark(from - 8, y + 22, 15, "ready, paper out, page 3, end");
    drawing.finish()
}
