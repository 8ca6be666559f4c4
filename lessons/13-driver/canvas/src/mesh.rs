//! Meshes: triangles and patches whose corners have colours (shading types 4
//! to 7; ISO 32000-1, 8.7.4.5.5).

use hayro_interpret::color::AlphaColor;
use hayro_interpret::pattern::ShadingPattern;
use hayro_interpret::shading::{
    CoonsPatch, ShadingFunction, ShadingType, TensorProductPatch,
};
use kurbo::{Affine, Point, Rect};

/// Colours are computed at one of so many dots in a row, and mixed in between.
const COLOR_STEP: i64 = 8;
/// A patch is cut into pieces of about so many dots.
const PIECE: f64 = 16.0;
/// The fewest and the most pieces along one side of a patch.
const FEWEST_PIECES: f64 = 4.0;
const MOST_PIECES: f64 = 32.0;
/// How many colours of a function are computed.
const FUNCTION_COLORS: usize = 1024;

/// Draws a mesh as it is seen in `area` (whole dots): four bytes a dot, the
/// colours premultiplied. `None` when the shading is no mesh.
pub(super) fn draw(shading: &ShadingPattern, area: Rect) -> Option<Vec<u8>> {
    let mut drawing = Drawing::new(shading, area);
    match &*shading.shading.shading_type {
        ShadingType::TriangleMesh { triangles, function } => {
            let corners = triangles.iter().flat_map(|t| [&t.p0, &t.p1, &t.p2]);
            let values = corners.map(|corner| &corner.colors[..]);
            drawing.prepare(function.as_ref(), values);
            for t in triangles {
                let [a, b, c] = [&t.p0, &t.p1, &t.p2].map(|corner| Corner {
                    place: shading.matrix * corner.point,
                    color: corner.colors.to_vec(),
                });
                drawing.triangle([&a, &b, &c]);
            }
        }
        ShadingType::CoonsPatchMesh { patches, function } => {
            drawing.patches(patches, function.as_ref());
        }
        ShadingType::TensorProductPatchMesh { patches, function } => {
            drawing.patches(patches, function.as_ref());
        }
        _ => return None,
    }
    Some(drawing.dots)
}

/// A square that is bent, with a colour at each of its corners.
trait Patch {
    fn points(&self) -> &[Point];
    fn corner_colors(&self) -> [&[f32]; 4];
    /// The place on the page, and the colour, of a point of the square whose
    /// sides go from 0 to 1.
    fn corner(&self, at: Point) -> Corner;
}

impl Patch for CoonsPatch {
    fn points(&self) -> &[Point] {
        &self.control_points
    }

    fn corner_colors(&self) -> [&[f32]; 4] {
        self.colors.each_ref().map(|color| &color[..])
    }

    fn corner(&self, at: Point) -> Corner {
        let color = self.interpolate(at).to_vec();
        Corner { place: self.map_coordinate(at), color }
    }
}

impl Patch for TensorProductPatch {
    fn points(&self) -> &[Point] {
        &self.control_points
    }

    fn corner_colors(&self) -> [&[f32]; 4] {
        self.colors.each_ref().map(|color| &color[..])
    }

    fn corner(&self, at: Point) -> Corner {
        let color = self.interpolate(at).to_vec();
        Corner { place: self.map_coordinate(at), color }
    }
}

/// A corner of a triangle, and the numbers that stand for its colour.
struct Corner {
    place: Point,
    color: Vec<f32>,
}

/// A mesh as it is seen in an area.
struct Drawing<'s> {
    shading: &'s ShadingPattern,
    area: Rect,
    columns: i64,
    rows: i64,
    dots: Vec<u8>,
    /// The colours of a function, from its first value to its last.
    table: Option<(f32, f32, Vec<[f32; 4]>)>,
}

impl<'s> Drawing<'s> {
    fn new(shading: &'s ShadingPattern, area: Rect) -> Drawing<'s> {
        let (columns, rows) = (area.width() as i64, area.height() as i64);
        let dots = vec![0; (columns * rows * 4) as usize];
        Drawing { shading, area, columns, rows, dots, table: None }
    }

    /// Computes the colours of the function for the values in use, and draws
    /// the ground.
    fn prepare<'v>(
        &mut self,
        function: Option<&ShadingFunction>,
        values: impl Iterator<Item = &'v [f32]>,
    ) {
        if let Some(function) = function {
            let (mut first, mut last) = (f32::MAX, f32::MIN);
            for value in values.filter_map(|values| values.first()) {
                (first, last) = (first.min(*value), last.max(*value));
            }
            let mut color = vec![0.0; function.num_outputs()];
            let table = (0..FUNCTION_COLORS).map(|place| {
                let part = place as f32 / (FUNCTION_COLORS - 1) as f32;
                let value = first + (last - first) * part;
                match function.eval(&[value], &mut color) {
                    Some(()) => self.rgba(&color),
                    None => [0.0; 4],
                }
            });
            self.table = Some((first, last, table.collect()));
        }
        if let Some(ground) = &self.shading.shading.background {
            let ground = premultiplied(self.rgba(ground));
            for dot in self.dots.as_chunks_mut::<4>().0 {
                *dot = ground;
            }
        }
    }

    /// Draws patches, one over the other.
    fn patches<P: Patch>(
        &mut self,
        patches: &[P],
        function: Option<&ShadingFunction>,
    ) {
        self.prepare(function, patches.iter().flat_map(P::corner_colors));
        let matrix = self.shading.matrix;
        let sizes = patches.iter().map(|patch| {
            let bounds = bounds(matrix, patch.points());
            bounds.width().max(bounds.height())
        });
        // All are cut in the same way, or there would be gaps between them.
        let pieces = sizes.fold(0.0, f64::max) / PIECE;
        let pieces = pieces.ceil().clamp(FEWEST_PIECES, MOST_PIECES) as usize;
        for patch in patches {
            if bounds(matrix, patch.points()).overlaps(self.area) {
                self.patch(patch, pieces);
            }
        }
    }

    /// Draws a patch, cut into `pieces` along each side.
    fn patch(&mut self, patch: &impl Patch, pieces: usize) {
        let part = |piece: usize| piece as f64 / pieces as f64;
        let row = |v: usize| -> Vec<Corner> {
            let corner = |u: usize| {
                let mut corner = patch.corner(Point::new(part(u), part(v)));
                corner.place = self.shading.matrix * corner.place;
                corner
            };
            (0..=pieces).map(corner).collect()
        };
        let rows: Vec<Vec<Corner>> = (0..=pieces).map(row).collect();
        for pair in rows.windows(2) {
            let (above, below) = (&pair[0], &pair[1]);
            for u in 0..pieces {
                let right = u + 1;
                self.triangle([&above[u], &above[right], &below[u]]);
                self.triangle([&above[right], &below[right], &below[u]]);
            }
        }
    }

    /// Colours the dots whose middle lies in the triangle. One on an edge
    /// belongs to one of the two triangles there.
    fn triangle(&mut self, [a, b, c]: [&Corner; 3]) {
        let origin = self.area.origin().to_vec2();
        let [pa, pb, pc] = [a, b, c].map(|corner| corner.place - origin);
        let double_area = (pb - pa).cross(pc - pa);
        if double_area == 0.0 || !double_area.is_finite() {
            return;
        }
        let top = pa.y.min(pb.y).min(pc.y);
        let bottom = pa.y.max(pb.y).max(pc.y);
        for row in first_middle(top, self.rows)..first_middle(bottom, self.rows)
        {
            let y = row as f64 + 0.5;
            let (mut left, mut right) = (f64::MAX, f64::MIN);
            for (from, to) in [(pa, pb), (pb, pc), (pc, pa)] {
                if (from.y <= y) != (to.y <= y) {
                    let part = (y - from.y) / (to.y - from.y);
                    let x = from.x + (to.x - from.x) * part;
                    (left, right) = (left.min(x), right.max(x));
                }
            }
            let columns = first_middle(left, self.columns)
                ..first_middle(right, self.columns);
            self.span(row, columns, |column, color| {
                let at = Point::new(column as f64 + 0.5, y);
                let of_b = (at - pa).cross(pc - pa) / double_area;
                let of_c = (pb - pa).cross(at - pa) / double_area;
                let (of_b, of_c) = (of_b as f32, of_c as f32);
                let of_a = 1.0 - of_b - of_c;
                color.clear();
                let colors = a.color.iter().zip(&b.color).zip(&c.color);
                color.extend(
                    colors.map(|((a, b), c)| of_a * a + of_b * b + of_c * c),
                );
            });
        }
    }

    /// Colours dots of a row. `color_at` finds the numbers that stand for the
    /// colour of a column.
    fn span(
        &mut self,
        row: i64,
        columns: std::ops::Range<i64>,
        color_at: impl Fn(i64, &mut Vec<f32>),
    ) {
        if columns.is_empty() {
            return;
        }
        let mut numbers = Vec::new();
        let mut color = |drawing: &Self, column| {
            color_at(column, &mut numbers);
            drawing.color(&numbers)
        };
        let step = if self.table.is_some() { 1 } else { COLOR_STEP };
        let (mut column, last) = (columns.start, columns.end - 1);
        let mut here = color(self, column);
        loop {
            self.set(column, row, here);
            let next = (column + step).min(last);
            if next == column {
                return;
            }
            let there = color(self, next);
            for between in column + 1..next {
                let part = (between - column) as f32 / (next - column) as f32;
                let mixed = [0, 1, 2, 3].map(|channel| {
                    here[channel] + (there[channel] - here[channel]) * part
                });
                self.set(between, row, mixed);
            }
            (column, here) = (next, there);
        }
    }

    fn set(&mut self, column: i64, row: i64, color: [f32; 4]) {
        let at = (row * self.columns + column) as usize;
        self.dots.as_chunks_mut::<4>().0[at] = premultiplied(color);
    }

    fn color(&self, numbers: &[f32]) -> [f32; 4] {
        match &self.table {
            None => self.rgba(numbers),
            Some((first, last, colors)) => {
                let value = numbers.first().copied().unwrap_or_default();
                let part = (value - first) / (last - first);
                // Not a number, when the first is the last, becomes 0.
                let at = (part * (colors.len() - 1) as f32).round() as usize;
                colors[at.min(colors.len() - 1)]
            }
        }
    }

    fn rgba(&self, numbers: &[f32]) -> [f32; 4] {
        let ShadingPattern { shading, opacity, transfer_function, .. } =
            self.shading;
        let color = shading.color_space.to_rgba(numbers, *opacity);
        match transfer_function {
            Some(transfer) => transfer.apply(&color).components(),
            None => AlphaColor::components(&color),
        }
    }
}

/// The first of `count` dots whose middle is not left of `place`.
fn first_middle(place: f64, count: i64) -> i64 {
    (place - 0.5).ceil().clamp(0.0, count as f64) as i64
}

fn premultiplied([r, g, b, a]: [f32; 4]) -> [u8; 4] {
    [r * a, g * a, b * a, a].map(|part| (part * 255.0 + 0.5) as u8)
}

fn bounds(matrix: Affine, points: &[Point]) -> Rect {
    let first = matrix * points[0];
    points.iter().fold(Rect::from_points(first, first), |bounds, point| {
        bounds.union_pt(matrix * *point)
    })
}
