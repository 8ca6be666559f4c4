//! A band on its way into PCL XL: values, their names, then the verb.

use std::error::Error;

use driver::{Document, Settings};

use super::{operators, sample};

pub fn play() -> Result<(), Box<dyn Error>> {
    let document = Document::open(sample::ghost())?;
    let mut stream = Vec::new();
    let settings = Settings::default();
    driver::print(&document, &settings, &mut stream, &mut |_| ())?;

    // The first band with ink begins where the cursor is set.
    let operators = operators::read(&stream)?;
    let band = operators.iter().skip_while(|next| next.name != "SetCursor");
    for operator in band {
        for attribute in &operator.attributes {
            let bytes = hex(&attribute.bytes);
            println!("{bytes:<24}{} {:?}", attribute.name, attribute.values);
        }
        println!("{:<24}{}", hex(&[operator.tag]), operator.name);
        if let Some(length) = operator.data {
            println!("{:<24}{length} B of packed rows", "FA …");
        }
        if operator.name == "EndImage" {
            break;
        }
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    let pairs: Vec<String> =
        bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(" ")
}
