//! The picture of the network monitor: from a probe to news.

use crate::drawing::{Drawing, PART, ROOF, WALL};

const ROOM: (i32, i32) = (168, 70);
const GAP: i32 = 64;
const TOP: i32 = 24;
const LEFT: i32 = 20;
const PITCH: i32 = 96;

/// A column of rooms: name, remark, colour.
type Column = [(&'static str, &'static str, &'static str); 3];

const ASK: Column = [
    ("pings", "many hosts at once", PART),
    ("checks", "TCP, HTTP, DNS", PART),
    ("speed tests", "rate, bufferbloat", PART),
];
const TELL: Column = [
    ("page", "live, by events", ROOF),
    ("alerts", "after n failures", ROOF),
    ("report, metrics", "for others to read", ROOF),
];

/// How a round trip becomes news.
pub fn picture() -> String {
    let pitch = ROOM.0 + GAP;
    let width = LEFT * 2 + pitch * 3 + ROOM.0;
    let mut drawing = Drawing::new(
        width,
        TOP * 2 + PITCH * 2 + ROOM.1,
        "From a probe to news",
    );
    let column = |number: i32| LEFT + number * pitch;
    let middle = TOP + PITCH + ROOM.1 / 2;
    let rows = || (0..3).map(|row| TOP + row * PITCH);

    let mut rooms = |x: i32, rooms: &Column| {
        for (y, (name, remark, fill)) in rows().zip(rooms) {
            drawing.room((x, y), ROOM, fill);
            drawing.word(x + ROOM.0 / 2, y + 30, 19, name);
            drawing.remark(x + ROOM.0 / 2, y + 53, 15, remark);
        }
    };
    rooms(column(0), &ASK);
    rooms(column(3), &TELL);
    for (x, name, remark, fill) in [
        (column(1), "samples", "one at a time", WALL),
        (column(2), "history", "raw, minutes, hours", ROOF),
    ] {
        let y = TOP + PITCH;
        drawing.room((x, y), ROOM, fill);
        drawing.word(x + ROOM.0 / 2, y + 30, 19, name);
        drawing.remark(x + ROOM.0 / 2, y + 53, 15, remark);
    }

    let bend = GAP / 2;
    for y in rows().map(|y| y + ROOM.1 / 2) {
        let (from, to) = (column(0) + ROOM.0 + 2, column(1) - 3);
        drawing.arrow(&format!(
            "M{from} {y} C{c} {y} {c} {middle} {to} {middle}",
            c = from + bend
        ));
        let (from, to) = (column(2) + ROOM.0 + 2, column(3) - 3);
        drawing.arrow(&format!(
            "M{from} {middle} C{c} {middle} {c} {y} {to} {y}",
            c = from + bend
        ));
    }
    drawing.arrow(&format!(
        "M{} {middle} H{}",
        column(1) + ROOM.0 + 2,
        column(2) - 3
    ));
    drawing.finish()
}
