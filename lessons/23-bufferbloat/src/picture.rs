//! The timeline as a picture.

use std::fmt::Write;

use crate::{Phase, Point};

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 36.0;
const BOTTOM: f64 = 40.0;

/// Latency over time. The load is a grey field behind it, a lost round trip a
/// red mark at the top.
pub(crate) fn svg(timeline: &[Point]) -> String {
    let end = timeline.last().map_or(1.0, |point| point.seconds.max(1.0));
    let worst = timeline.iter().filter_map(|point| point.latency_ms);
    let scale = scale(worst.fold(0.0, f64::max));
    let x = |seconds: f64| LEFT + seconds / end * (WIDTH - LEFT - RIGHT);
    let y = |ms: f64| HEIGHT - BOTTOM - ms / scale.0 * (HEIGHT - TOP - BOTTOM);

    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} \
         {HEIGHT}\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\">\
         <title>Round trips over time, at rest and under load</title>\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"
    );
    let mut add = |text: std::fmt::Arguments<'_>| {
        out.write_fmt(text).expect("a String takes all");
    };
    for (phase, from, to) in phases(timeline) {
        let (from, to) = (x(from), x(to));
        if matches!(phase, Phase::Download | Phase::Upload) {
            add(format_args!(
                "<rect x=\"{from:.1}\" y=\"{TOP}\" width=\"{:.1}\" \
                 height=\"{:.1}\" fill=\"#e4e7ec\"/>",
                to - from,
                HEIGHT - TOP - BOTTOM
            ));
        }
        if phase != Phase::Pause {
            add(format_args!(
                "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\" \
                 fill=\"#333\">{}</text>",
                f64::midpoint(from, to),
                TOP - 10.0,
                phase.name()
            ));
        }
    }
    let (most, step) = scale;
    let mut ms = 0.0;
    while ms <= most {
        add(format_args!(
            "<path d=\"M{LEFT} {y:.1}H{}\" stroke=\"#0002\"/>\
             <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#333\">\
             {ms} ms</text>",
            WIDTH - RIGHT,
            LEFT - 8.0,
            y(ms) + 4.0,
            y = y(ms),
        ));
        ms += step;
    }
    for second in (0..=end as usize).step_by(if end > 12.0 { 5 } else { 1 }) {
        add(format_args!(
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\" \
             fill=\"#333\">{second} s</text>",
            x(second as f64),
            HEIGHT - 16.0
        ));
    }
    let mut line = String::new();
    let mut pen = 'M';
    for point in timeline {
        let x = x(point.seconds);
        match point.latency_ms {
            Some(ms) => {
                let y = y(ms);
                write!(line, "{pen}{x:.1} {y:.1}").expect("a String takes all");
                pen = 'L';
            }
            None => {
                pen = 'M';
                add(format_args!(
                    "<path d=\"M{x:.1} {TOP}v10\" stroke=\"#b3261e\" \
                     stroke-width=\"2\"/>"
                ));
            }
        }
    }
    add(format_args!(
        "<path d=\"{line}\" fill=\"none\" stroke=\"#1a56b0\" \
         stroke-width=\"1.5\" stroke-linejoin=\"round\"/></svg>\n"
    ));
    out
}

/// The phases in order, each with its beginning and end in seconds.
fn phases(timeline: &[Point]) -> Vec<(Phase, f64, f64)> {
    let mut phases: Vec<(Phase, f64, f64)> = Vec::new();
    for point in timeline {
        match phases.last_mut() {
            Some((phase, _, to)) if *phase == point.phase => {
                *to = point.seconds;
            }
            _ => phases.push((point.phase, point.seconds, point.seconds)),
        }
    }
    phases
}

/// The top of the scale, above the worst, and the step of its labels, in
/// milliseconds.
fn scale(worst_ms: f64) -> (f64, f64) {
    let steps = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0];
    let step = steps.into_iter().find(|step| worst_ms <= step * 6.0);
    let step = step.unwrap_or(5_000.0);
    ((worst_ms / step).ceil().max(1.0) * step, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(seconds: f64, ms: Option<f64>, phase: Phase) -> Point {
        Point { seconds, latency_ms: ms, phase }
    }

    #[test]
    fn the_load_is_marked_and_a_loss_is_red() {
        let picture = svg(&[
            point(0.0, Some(20.0), Phase::Idle),
            point(1.0, Some(20.0), Phase::Download),
            point(2.0, None, Phase::Download),
            point(3.0, Some(270.0), Phase::Download),
        ]);
        assert!(picture.contains(">download</text>"));
        assert!(picture.contains("#e4e7ec"));
        assert_eq!(picture.matches("#b3261e").count(), 1);
        assert!(picture.contains("300 ms"));
    }

    #[test]
    fn an_empty_timeline_is_an_empty_picture() {
        let picture = svg(&[]);
        assert!(picture.starts_with("<svg") && picture.ends_with("</svg>\n"));
    }
}
