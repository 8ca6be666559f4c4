//! The documents that the suites print, with the names by which they look for
//! them.

use std::fs;
use std::path::Path;

use harness::raster::{Raster, Samples, chart};
use harness::sample;
use harness::similarity::Picture;

/// Papers of the raster files: the name, and the size in hundredths of an inch.
const PAPERS: [(&str, &str, usize, usize); 3] = [
    ("a4", "iso_a4_210x297mm", 827, 1169),
    ("letter", "na_letter_8.5x11in", 850, 1100),
    ("4x6", "na_index-4x6_4x6in", 400, 600),
];

const TYPES: [(&str, Samples); 5] = [
    ("black-1", Samples::Black1),
    ("cmyk-8", Samples::Cmyk8),
    ("sgray-8", Samples::Gray8),
    ("srgb-8", Samples::Rgb8),
    ("srgb-16", Samples::Rgb16),
];

/// All resolutions that the suites know, in dots an inch.
const RESOLUTIONS: [u32; 6] = [150, 180, 300, 360, 600, 720];

/// Writes them all into `folder`. A suite ends in the middle when one is
/// missing, even one that it would not print; so the rasters of resolutions
/// that are not `offered` are there, but small.
pub fn write(folder: &Path, offered: &[u32]) {
    let put = |name: &str, bytes: &[u8]| {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("room");
        fs::write(file, bytes).expect("room");
    };
    put("color.jpg", &sample("photo.jpg"));
    put("gray.jpg", &sample("photo-grey.jpg"));
    put("document-a4.pdf", &pdf(595, 842, 4));
    put("document-letter.pdf", &pdf(612, 792, 4));
    for paper in ["a4", "letter"] {
        put(&format!("document-{paper}.ps"), b"%!PS\nshowpage\n");
    }
    for dpi in RESOLUTIONS {
        let real = if offered.contains(&dpi) { dpi as usize } else { 25 };
        for (paper, media, width, height) in PAPERS {
            let dots = |inches: usize| inches * real / 100;
            let pages = [0, 80, 160]
                .map(|number| chart(dots(width), dots(height), true, number));
            for (kind, samples) in TYPES {
                let raster = Raster { media, ..Raster::new(dpi, samples) };
                let put = |document: &str, pages: &[Picture]| {
                    let name = format!(
                        "pwg-raster-samples-{dpi}dpi/{kind}/\
                         {document}-{kind}-{dpi}dpi.pwg"
                    );
                    put(&name, &raster.pwg(pages));
                };
                if paper == "4x6" {
                    put("color.jpg-4x6", &pages[..1]);
                    put("gray.jpg-4x6", &pages[..1]);
                } else {
                    put(&format!("onepage-{paper}"), &pages[..1]);
                    put(&format!("document-{paper}"), &pages);
                }
            }
        }
    }
}

/// A PDF of this size in points; each page has a field elsewhere.
fn pdf(width: u32, height: u32, pages: u32) -> Vec<u8> {
    let kids: Vec<String> =
        (0..pages).map(|page| format!("{} 0 R", 3 + 2 * page)).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{}] /Count {pages} >>", kids.join(" ")),
    ];
    for page in 0..pages {
        let drawing =
            format!("0.2 0.4 0.8 rg 72 {} 200 50 re f", 80 * page + 72);
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] \
             /Contents {} 0 R >>",
            4 + 2 * page
        ));
        objects.push(format!(
            "<< /Length {} >> stream\n{drawing}\nendstream",
            drawing.len()
        ));
    }
    let mut pdf = "%PDF-1.4\n".to_owned();
    let mut table = format!("xref\n0 {}\n", objects.len() + 1);
    table += "0000000000 65535 f \n";
    for (object, number) in objects.iter().zip(1..) {
        table += &format!("{:010} 00000 n \n", pdf.len());
        pdf += &format!("{number} 0 obj {object} endobj\n");
    }
    let start = pdf.len();
    let size = objects.len() + 1;
    pdf += &format!(
        "{table}trailer << /Size {size} /Root 1 0 R >>\n\
         startxref\n{start}\n%%EOF"
    );
    pdf.into_bytes()
}
