//! An SVG picture, drawn shape by shape.

use std::fmt::Write;

/// Ink and paper. The paper is part of the picture, so that it can be read on
/// a light page and on a dark one.
pub const INK: &str = "#22303c";
pub const PALE: &str = "#5b6b78";
pub const PAPER: &str = "#fbf9f4";
pub const WALL: &str = "#ffffff";
pub const PART: &str = "#d7ebe4";
pub const ROOF: &str = "#f3d9c9";

/// An SVG picture that grows from back to front. Lengths are in pixels.
pub struct Drawing {
    width: i32,
    height: i32,
    title: String,
    body: String,
}

impl Drawing {
    pub fn new(width: i32, height: i32, title: &str) -> Drawing {
        let title = title.to_owned();
        Drawing { width, height, title, body: String::new() }
    }

    /// A room with round corners.
    pub fn room(&mut self, (x, y): (i32, i32), (w, h): (i32, i32), fill: &str) {
        self.add(format!(
            r#"<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="8" fill="{fill}" stroke="{INK}" stroke-width="1.5"/>"#
        ));
    }

    /// A closed or open line through the points of an SVG path.
    pub fn line(&mut self, path: &str, fill: &str) {
        self.add(format!(
            r#"<path d="{path}" fill="{fill}" stroke="{INK}" stroke-width="1.5" stroke-linejoin="round"/>"#
        ));
    }

    /// An arrow along an SVG path.
    pub fn arrow(&mut self, path: &str) {
        self.add(format!(
            r#"<path d="{path}" fill="none" stroke="{PALE}" stroke-width="1.5" marker-end="url(#tip)"/>"#
        ));
    }

    /// A word in the middle of `x`, standing on `y`.
    pub fn word(&mut self, x: i32, y: i32, size: i32, text: &str) {
        self.text(x, y, size, "600", INK, text);
    }

    /// A remark: smaller in weight and paler than a word.
    pub fn remark(&mut self, x: i32, y: i32, size: i32, text: &str) {
        self.text(x, y, size, "400", PALE, text);
    }

    fn text(
        &mut self,
        x: i32,
        y: i32,
        size: i32,
        weight: &str,
        ink: &str,
        text: &str,
    ) {
        self.add(format!(
            r#"<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" fill="{ink}">{text}</text>"#
        ));
    }

    fn add(&mut self, element: String) {
        self.body.push_str("  ");
        self.body.push_str(&element);
        self.body.push('\n');
    }

    /// The whole file.
    pub fn finish(self) -> String {
        let Drawing { width, height, title, body } = self;
        let mut svg = String::new();
        write!(
            svg,
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif" text-anchor="middle">
  <title>{title}</title>
  <defs>
    <marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse">
      <path d="M0 0 L8 4 L0 8 z" fill="{PALE}"/>
    </marker>
  </defs>
  <rect width="{width}" height="{height}" rx="12" fill="{PAPER}"/>
{body}</svg>
"#
        )
        .expect("a string can always be written to");
        svg
    }
}
