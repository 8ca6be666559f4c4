//! The header has its three lines, whatever the document is called.

#[macro_use]
mod program;

fn header_for(name: &str) -> String {
    program::output_of(program!("11"), &[name])
}

fn expected(name: &str) -> String {
    format!(
        "@PJL JOB NAME=\"{name}\"\r\n@PJL SET QTY=1\r\n\
         @PJL ENTER LANGUAGE = PCLXL\r\n"
    )
}

#[test]
fn a_hostile_name_stays_a_name() {
    for (name, safe) in [
        ("report.pdf", "report.pdf"),
        ("", ""),
        ("~ a b ~", "~ a b ~"),
        ("say \"hi\".pdf", "say 'hi'.pdf"),
        ("x\"\r\n@PJL SET QTY=999\r\n", "x'  @PJL SET QTY=999  "),
        ("\u{1b}%-12345X@PJL RESET", " %-12345X@PJL RESET"),
        ("naïve \u{2028} 印刷", "na?ve ? ??"),
        ("tab\tbell\u{7}delete\u{7f}next\u{85}", "tab bell delete next "),
    ] {
        assert_eq!(header_for(name), expected(safe), "for {name:?}");
    }
    let long = "é".repeat(500);
    assert_eq!(header_for(&long), expected(&"?".repeat(80)));
}
