//! A row of dots, packed in two ways.

use driver::{delta_row, packbits};

pub fn play() {
    // Most of paper is white, and white is one byte said many times.
    let row = [255, 255, 255, 255, 255, 255, 0, 40, 200, 255, 255, 255, 255];
    let mut packets = Vec::new();
    packbits::encode(&row, &mut packets);
    println!("row        {row:?}\nPackBits   {packets:?}");

    // The row below is nearly the same.
    let mut below = row;
    below[8] = 120;
    let mut changes = Vec::new();
    delta_row::encode(&row, &below, &mut changes);
    println!("row below  {below:?}\ndelta row  {changes:?}");
}
