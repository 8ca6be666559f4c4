//! A page: its bands, one below the other, an image each.

use std::error::Error;

use driver::{Document, Settings};

use super::{operators, sample};

pub fn play() -> Result<(), Box<dyn Error>> {
    let document = Document::open(sample::ghost())?;
    let mut stream = Vec::new();
    let settings = Settings::default();
    let printed =
        driver::print(&document, &settings, &mut stream, &mut |_| ())?;

    let (mut top, mut width, mut samples) = (0, 0, 3);
    for operator in operators::read(&stream)? {
        match operator.name {
            // Grey has one sample a dot, and red, green and blue are three.
            "SetColorSpace" => {
                samples = if operator.value("ColorSpace") == 1 { 1 } else { 3 };
            }
            "SetCursor" => top = operator.attributes[0].values[1],
            "BeginImage" => width = operator.value("SourceWidth"),
            "ReadImage" => {
                let start = top + operator.value("StartLine");
                let rows = operator.value("BlockHeight");
                let compression = match operator.value("CompressMode") {
                    1 => "PackBits",
                    _ => "delta row",
                };
                let plain = u64::from(width) * u64::from(rows) * samples;
                let packed = operator.data.unwrap_or(0) as u64;
                println!(
                    "row {start}: {rows} rows{}, {} in {} by {compression}",
                    if samples == 1 { " of grey" } else { "" },
                    crate::size(plain),
                    crate::size(packed)
                );
            }
            _ => {}
        }
    }
    println!("{} in all", crate::size(printed.bytes));
    Ok(())
}
