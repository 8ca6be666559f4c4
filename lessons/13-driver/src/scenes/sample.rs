//! Small PDFs, written by hand.

/// A ghost on A4.
pub fn ghost() -> Vec<u8> {
    pdf(&[
        stream(
            "",
            "0.2 0.4 0.9 rg 200 400 m 200 700 395 700 395 400 c
             362 440 l 330 400 l 298 440 l 265 400 l 232 440 l f
             1 g 255 560 28 36 re 312 560 28 36 re f
             0 g BT /F1 24 Tf 190 330 Td (Out of toner, again.) Tj ET",
        ),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".into(),
    ])
}

/// Ten forms in each of ten forms, twelve times over: a million million
/// squares in two kilobytes.
pub fn endless() -> Vec<u8> {
    let form = |inner: usize, content: &str| {
        let dict = format!(
            "/Type /XObject /Subtype /Form /BBox [0 0 595 842] \
             /Resources << /XObject << /F1 {inner} 0 R >> >>"
        );
        stream(&dict, content)
    };
    let mut objects = vec![stream("", "/F1 Do")];
    objects.extend((6..18).map(|inner| form(inner, &"/F1 Do ".repeat(10))));
    objects.push(form(18, "0 0 9 9 re f"));
    pdf(&objects)
}

/// A letter of three pages. The content of the second breaks off, and the
/// third is not in the file.
pub fn torn() -> Vec<u8> {
    let page = |content: usize| {
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents \
             {content} 0 R /Resources << /Font << /F1 7 0 R >> >> >>"
        )
    };
    file(&[
        "<< /Type /Catalog /Pages 2 0 R >>".into(),
        "<< /Type /Pages /Kids [3 0 R 4 0 R 8 0 R] /Count 3 >>".into(),
        page(5),
        page(6),
        stream("", "BT /F1 24 Tf 60 700 Td (Dear printer,) Tj ET"),
        stream("", "BT /F1 24 Tf 60 700 Td (so much) Tj 0 -30 Td (for the to"),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".into(),
    ])
}

/// A document of one A4 page. Object 4 is the page's content, object 5 is F1,
/// its font or its form.
fn pdf(objects: &[String]) -> Vec<u8> {
    let page = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]
            /Resources << /Font << /F1 5 0 R >> /XObject << /F1 5 0 R >> >>
            /Contents 4 0 R >>",
    ];
    file(&[page.map(String::from).as_slice(), objects].concat())
}

/// A file of these objects, numbered from 1; the first is the catalog.
fn file(objects: &[String]) -> Vec<u8> {
    let mut file = String::from("%PDF-1.4\n");
    let mut places = String::new();
    for (number, object) in (1..).zip(objects) {
        places += &format!("{:010} 00000 n \n", file.len());
        file += &format!("{number} 0 obj\n{object}\nendobj\n");
    }
    let (start, count) = (file.len(), objects.len() + 1);
    file += &format!("xref\n0 {count}\n0000000000 65535 f \n{places}");
    file += &format!("trailer << /Size {count} /Root 1 0 R >>\n");
    file += &format!("startxref\n{start}\n%%EOF\n");
    file.into_bytes()
}

fn stream(dict: &str, content: &str) -> String {
    let length = content.len();
    format!("<< {dict} /Length {length} >> stream\n{content}\nendstream")
}
