//! The frame that a view becomes; nothing else.

use alerts::{Ongoing, OngoingState};
use history::Columns;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Cell, Paragraph, Row, Table, TableState, Wrap};
use report::axis_maximum;

use super::text::{bars, duration, latency, moment, share, speed};
use super::view::{RANGES, SCALE, View};
use crate::api::{SpeedStatus, State, Status, TargetStatus};

/// Draws everything. What does not fit is left out, beginning at the bottom.
pub fn draw(view: &View, frame: &mut Frame<'_>) {
    let Some(status) = &view.status else {
        let words = match &view.lost {
            Some(words) => format!("The monitor does not answer: {words}"),
            None => "Asking the monitor …".to_owned(),
        };
        let words = format!("{words}\n\nq ends");
        let words = Paragraph::new(words).wrap(Wrap { trim: true });
        frame.render_widget(words, frame.area());
        return;
    };
    let targets = status.targets.len().clamp(1, 8) as u16 + 2;
    let tests = status.speed.len().min(3) as u16;
    let speed = if tests > 0 { tests + 2 } else { 0 };
    let alerts = status.alerts.len().min(3) as u16;
    let [head, list, chart, speeds, news, keys] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(targets),
        Constraint::Min(6),
        Constraint::Length(speed),
        Constraint::Length(alerts),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    frame.render_widget(headline(view, status), head);
    draw_targets(view, status, frame, list);
    draw_chart(view, frame, chart);
    draw_speeds(view, status, frame, speeds);
    draw_alerts(status, frame, news);
    frame.render_widget(help(view), keys);
}

/// A shape and a colour for a state: never the colour alone.
fn mark(state: &str) -> (&'static str, Color) {
    match state {
        "up" | "good" => ("●", Color::Green),
        "degraded" => ("▲", Color::Yellow),
        "down" | "failing" => ("✖", Color::Red),
        "maintenance" => ("◆", Color::Blue),
        "unreachable" => ("⊘", Color::DarkGray),
        _ => ("○", Color::DarkGray),
    }
}

fn headline<'a>(view: &'a View, status: &'a Status) -> Line<'a> {
    let (shape, color) = mark(status.state.word());
    let word = status.state.word().to_uppercase();
    let mut line = vec![
        Span::from(format!(" {shape} {word} ")).bold().fg(color).reversed(),
        Span::from(format!(" {}  ", status.name)).bold(),
    ];
    if let Some(words) = &view.lost {
        let at = moment(status.now, "%H:%M:%S");
        let words = format!("no news since {at}: {words}");
        line.push(Span::from(words).fg(Color::Red));
    } else if let Some(trouble) = &status.trouble {
        line.push(Span::from(trouble.as_str()).fg(Color::Red));
    } else if let Some(paused) = &status.paused {
        line.push(Span::from(format!("no probes now: {paused}")));
    } else {
        line.push(Span::from(moment(status.now, "%a %d %b, %H:%M:%S")));
    }
    Line::from(line)
}

fn draw_targets(
    view: &View,
    status: &Status,
    frame: &mut Frame<'_>,
    area: Rect,
) {
    // The width that the other columns leave, with names of 18 letters.
    let bar = area.width.saturating_sub(60).clamp(8, 60);
    let row = |target: &TargetStatus| {
        let word = state_word(target);
        let (shape, color) = mark(word);
        let asked = target.last.is_some();
        let value =
            if asked { latency(target.value) } else { "–".to_owned() };
        let lost = if asked { share(target.loss) } else { String::new() };
        let state = match target.since {
            Some(since) if target.state != State::Up => {
                format!("{word} {}", duration(status.now - since))
            }
            _ => word.to_owned(),
        };
        let none = Vec::new();
        let last = view.last.get(&target.name).unwrap_or(&none);
        Row::new([
            Cell::from(shape).style(color),
            Cell::from(target.name.clone()),
            Cell::from(state).style(color),
            Cell::from(Line::from(value).right_aligned()),
            Cell::from(Line::from(lost).right_aligned()),
            Cell::from(bars(last, bar.into())),
        ])
    };
    let rows: Vec<Row<'_>> = status.targets.iter().map(row).collect();
    let widths = [
        Constraint::Length(1),
        Constraint::Min(10),
        Constraint::Length(18),
        Constraint::Length(9),
        Constraint::Length(7),
        Constraint::Length(bar),
    ];
    let title = match status.targets.len() {
        0 => " There are no targets in the configuration ".to_owned(),
        count => format!(" {} of {count} targets ", view.chosen + 1),
    };
    let groups = groups(status, area.width.saturating_sub(title.len() as u16));
    let block = Block::bordered().title(title).title(groups.right_aligned());
    let table = Table::new(rows, widths)
        .block(block)
        .row_highlight_style(Style::new().add_modifier(Modifier::REVERSED));
    let mut state = TableState::new().with_selected(Some(view.chosen));
    frame.render_stateful_widget(table, area, &mut state);
}

/// A target's state in a word. Planned work is a state of its own.
fn state_word(target: &TargetStatus) -> &'static str {
    match (&target.maintenance, target.state) {
        (Some(_), state) if state != State::Up => "maintenance",
        (_, state) => state.word(),
    }
}

/// Each group and its state, as many as there is room for.
fn groups(status: &Status, width: u16) -> Line<'_> {
    let mut line = Vec::new();
    let mut left = usize::from(width).saturating_sub(4);
    for group in &status.groups {
        // A shape, two spaces, and the name.
        let Some(rest) = left.checked_sub(group.name.chars().count() + 3)
        else {
            break;
        };
        left = rest;
        let (shape, color) = mark(group.state.word());
        line.push(Span::from(format!(" {shape} ")).fg(color));
        line.push(Span::from(format!("{} ", group.name)));
    }
    Line::from(line)
}

fn draw_chart(view: &View, frame: &mut Frame<'_>, area: Rect) {
    let Some(target) = view.target() else { return };
    let (_, range, _) = RANGES[view.range];
    let mut block = Block::bordered()
        .title(format!(" {}, the last {range} ", target.name))
        .title_bottom(" ━ median  ▓ middle half  ░ all  × lost ");
    if let Some(error) = &target.error {
        let error = Line::from(format!(" {error} ")).fg(Color::Red);
        block = block.title(error.right_aligned());
    }
    let inside = block.inner(area);
    frame.render_widget(block, area);
    let shown = view.chart.as_ref().filter(|(chart, _)| {
        chart.target == target.name && chart.range == view.range
    });
    match shown {
        None => frame.render_widget("Asking for the history …", inside),
        Some((_, columns)) if columns.times.is_empty() => {
            frame.render_widget("Nothing was measured in this time.", inside);
        }
        Some((_, columns)) => smoke(columns, frame.buffer_mut(), inside),
    }
}

/// Where the chart ends: at a usual value, not at the highest.
fn usual_top(columns: &Columns) -> f64 {
    let high = columns.p95.iter().flatten().copied();
    axis_maximum(high).unwrap_or(1.0).max(0.001)
}

/// The colour of a column of the chart, by its loss.
fn loss_color(part: f64) -> Color {
    match part {
        0.0 => Color::Cyan,
        ..=0.02 => Color::Blue,
        ..=0.1 => Color::Magenta,
        ..=0.5 => Color::Yellow,
        _ => Color::Red,
    }
}

/// Latency in the manner of SmokePing: a column of the terminal for a length
/// of time, and the last row for losses and times.
fn smoke(columns: &Columns, buffer: &mut Buffer, area: Rect) {
    if area.height < 3 || area.width <= SCALE {
        return;
    }
    let width = area.width - SCALE;
    // The rows of the picture. Below it is a row of losses, then one of times.
    let rows = area.height - 2;
    let top = usual_top(columns);
    let row = |value: f64| {
        let share = (value / top).clamp(0.0, 1.0);
        area.y + ((1.0 - share) * f64::from(rows - 1)).round() as u16
    };
    let scale = Style::new().fg(Color::DarkGray);
    buffer.set_string(area.x, area.y, latency(Some(top)), scale);
    buffer.set_string(area.x, area.y + rows - 1, "0 ms", scale);

    let length = (columns.to - columns.from).max(1);
    let place = |time: i64| {
        let part = (time - columns.from).max(0) as f64 / length as f64;
        ((part * f64::from(width)) as u16).min(width)
    };
    for (index, time) in columns.times.iter().enumerate() {
        // A step may be wider than a column of the terminal.
        let first = place(*time).min(width - 1);
        let last = place(time + columns.step).max(first + 1);
        let across = area.x + SCALE + first..area.x + SCALE + last;
        let figure = |column: &[Option<f64>]| {
            column.get(index).copied().flatten().map(row)
        };
        let count = columns.count.get(index).copied().unwrap_or(0);
        let failed = columns.failed.get(index).copied().unwrap_or(0);
        let lost = failed as f64 / count.max(1) as f64;
        let mut fill = |low: Option<u16>, high: Option<u16>, symbol| {
            let (Some(low), Some(high)) = (low, high) else { return };
            for y in high..=low {
                for x in across.clone() {
                    buffer[(x, y)].set_symbol(symbol).set_style(scale);
                }
            }
        };
        fill(figure(&columns.minimum), figure(&columns.maximum), "░");
        fill(figure(&columns.p25), figure(&columns.p75), "▓");
        let color = loss_color(lost);
        let median = figure(&columns.median).map(|y| (y, "━"));
        let losses = (failed > 0).then_some((area.y + rows, "×"));
        for (y, symbol) in median.into_iter().chain(losses) {
            for x in across.clone() {
                buffer[(x, y)].set_symbol(symbol).set_style(color);
            }
        }
    }
    let pattern = if length > 2 * 86_400_000 { "%d %b" } else { "%H:%M" };
    let (first, last) =
        (moment(columns.from, pattern), moment(columns.to, pattern));
    let y = area.y + rows + 1;
    buffer.set_string(area.x + SCALE, y, first, scale);
    let right = area.right().saturating_sub(last.len() as u16);
    buffer.set_string(right, y, last, scale);
}

fn draw_speeds(
    view: &View,
    status: &Status,
    frame: &mut Frame<'_>,
    area: Rect,
) {
    let lines: Vec<Line<'_>> =
        status.speed.iter().map(|test| speed_line(view, test)).collect();
    let next = status.speed.iter().filter_map(|test| test.next).min();
    let title = match next {
        Some(next) if next > status.now => {
            format!(" Speed, next test in {} ", duration(next - status.now))
        }
        _ => " Speed ".to_owned(),
    };
    let block = Block::bordered().title(title);
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

fn speed_line<'a>(view: &'a View, test: &'a SpeedStatus) -> Line<'a> {
    let name = Span::from(format!("{}  ", test.name)).bold();
    if test.running {
        let words = match &view.progress {
            Some(now) if now.name == test.name && now.bps > 0.0 => {
                format!("{}: {}", now.phase, speed(now.bps))
            }
            Some(now) if now.name == test.name => now.phase.clone(),
            _ => "the test begins".to_owned(),
        };
        return Line::from(vec![name, Span::from(words).fg(Color::Cyan)]);
    }
    let Some(last) = test.last else {
        return Line::from(vec![name, Span::from("no test yet")]);
    };
    let at = moment(last, "%H:%M");
    let result = &test.result;
    if let Some(error) = &result.error {
        let words = format!("{at} failed: {error}");
        return Line::from(vec![name, Span::from(words).fg(Color::Red)]);
    }
    let mut words = vec![at];
    let rate = |arrow, bps: u64| format!("{arrow} {}", speed(bps as f64));
    words.extend(result.download_bps.map(|bps| rate("↓", bps)));
    words.extend(result.upload_bps.map(|bps| rate("↑", bps)));
    words.extend(result.grade.as_ref().map(|grade| format!("grade {grade}")));
    words.extend(result.idle_latency_ms.map(|ms| latency(Some(ms))));
    let loaded = result.loaded_latency_ms.unwrap_or_default();
    let busy = [loaded.download, loaded.upload].into_iter().flatten();
    words.extend(
        busy.reduce(f64::max).map(|ms| format!("busy {}", latency(Some(ms)))),
    );
    let mut line = vec![name, Span::from(words.join("  "))];
    if let Some(error) = &result.bufferbloat_error {
        let words = format!("  no latency under load: {error}");
        line.push(Span::from(words).fg(Color::Red));
    }
    Line::from(line)
}

fn draw_alerts(status: &Status, frame: &mut Frame<'_>, area: Rect) {
    let mut alerts: Vec<_> = status.alerts.iter().collect();
    // What nobody sees to yet comes first, what still learns last.
    alerts.sort_by_key(|alert| {
        (alert.state != OngoingState::Failing, answered(alert).is_some())
    });
    let lines: Vec<Line<'_>> = alerts
        .into_iter()
        .map(|alert| {
            let (word, long) = match alert.state {
                OngoingState::Failing => {
                    let long = duration(status.now - alert.since);
                    ("failing", format!(", {long}"))
                }
                OngoingState::Learning => ("learning", String::new()),
            };
            let (shape, color) = mark(word);
            let answer = answered(alert).unwrap_or_default();
            let who = format!(
                " {shape} {} ({}{long}{answer}): ",
                alert.name, alert.target
            );
            Line::from(vec![
                Span::from(who).fg(color),
                Span::from(alert.words.as_str()),
            ])
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), area);
}

/// What a person has said about an alert, in words, if somebody has.
fn answered(alert: &Ongoing) -> Option<&'static str> {
    match (alert.silenced_until, &alert.acknowledged) {
        (Some(_), _) => Some(", silent"),
        (None, Some(_)) => Some(", acknowledged"),
        (None, None) => None,
    }
}

fn help(view: &View) -> Line<'_> {
    if !view.refusal.is_empty() {
        return Line::from(view.refusal.as_str()).fg(Color::Red);
    }
    let mut line = vec![Span::from(" ↑↓ target  ")];
    for (index, (_, name, _)) in RANGES.iter().enumerate() {
        let (first, rest) = name.split_at(1);
        let style = match index == view.range {
            true => Style::new().add_modifier(Modifier::REVERSED),
            false => Style::new(),
        };
        line.push(Span::styled(first, style.underlined()));
        line.push(Span::styled(rest, style));
        line.push(Span::from(" "));
    }
    line.push(Span::from(" t test now  q quit"));
    Line::from(line).fg(Color::DarkGray)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{GroupStatus, Overall, SpeedResult};
    use history::Sample;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    const NOW: i64 = 1_795_487_824_000;

    fn screen(view: &View, width: u16, height: u16) -> String {
        let backend = TestBackend::new(width, height);
        let mut terminal = Terminal::new(backend).expect("memory");
        terminal.draw(|frame| draw(view, frame)).expect("memory");
        terminal.backend().to_string()
    }

    fn view() -> View {
        let mut view = View::default();
        let target = |name: &str, state| TargetStatus {
            name: name.to_owned(),
            metric: "ping".to_owned(),
            state,
            since: Some(NOW - 25 * 60_000),
            last: Some(NOW),
            loss: 0.05,
            ..TargetStatus::default()
        };
        view.status(Status {
            name: "office line".to_owned(),
            now: NOW,
            state: Overall::Degraded,
            targets: vec![
                target("router", State::Up),
                target("printer", State::Down),
            ],
            speed: vec![SpeedStatus {
                name: "provider".to_owned(),
                last: Some(NOW),
                result: SpeedResult {
                    download_bps: Some(93_100_000),
                    upload_bps: Some(17_800_000),
                    grade: Some("C".to_owned()),
                    ..SpeedResult::default()
                },
                ..SpeedStatus::default()
            }],
            alerts: vec![Ongoing {
                name: "does not answer".to_owned(),
                target: "printer".to_owned(),
                metric: "ping".to_owned(),
                state: OngoingState::Failing,
                since: NOW - 24 * 60_000,
                words: "printer does not answer".to_owned(),
                silenced_until: None,
                acknowledged: None,
                causes: 0,
            }],
            ..Status::default()
        });
        for value in [Some(1.0), None, Some(2.0)] {
            view.sample(&Sample::new(NOW, "ping", "router", value));
        }
        let (chart, _) = view.next_chart(80).expect("a chart");
        let figures = vec![Some(10.0), None, Some(40.0)];
        let columns = Columns {
            from: NOW - 3_600_000,
            to: NOW,
            step: 60_000,
            times: vec![NOW - 3_600_000, NOW - 1_800_000, NOW - 60_000],
            count: vec![10, 10, 10],
            failed: vec![0, 10, 1],
            minimum: vec![Some(5.0), None, Some(20.0)],
            p25: figures.clone(),
            median: figures.clone(),
            p75: figures.clone(),
            p95: vec![Some(20.0), None, Some(60.0)],
            maximum: vec![Some(20.0), None, Some(80.0)],
            ..Columns::default()
        };
        view.history(chart, columns);
        view
    }

    #[test]
    fn everything_is_seen_on_a_terminal_of_80_by_24() {
        let screen = screen(&view(), 80, 24);
        for words in [
            "▲ DEGRADED",
            "office line",
            "router",
            "2.00 ms",
            "▅×█",
            "✖ printer",
            "down 25 min",
            "5.0 %",
            "the last hour",
            "84.0 ms",
            "━",
            "░",
            "↓ 93.1 Mbit/s",
            "↑ 17.8 Mbit/s",
            "grade C",
            "printer does not answer",
            "q quit",
        ] {
            assert!(screen.contains(words), "no {words} in\n{screen}");
        }
    }

    #[test]
    fn a_speed_without_its_latency_under_load_says_why() {
        let mut view = view();
        let mut status = view.status.clone().expect("one");
        status.speed[0].result.bufferbloat_error =
            Some("too few bytes".to_owned());
        view.status(status);
        let screen = screen(&view, 100, 24);
        assert!(screen.contains("no latency under load: too few bytes"));
    }

    #[test]
    fn planned_work_and_what_lies_behind_a_fault_are_told_apart() {
        let mut view = view();
        let mut status = view.status.clone().expect("one");
        for target in &mut status.targets {
            match target.name.as_str() {
                "printer" => target.maintenance = Some("repair".to_owned()),
                _ => target.state = State::Unreachable,
            }
        }
        status.groups = vec![GroupStatus {
            name: "office".to_owned(),
            state: State::Down,
            targets: Vec::new(),
        }];
        status.alerts[0].silenced_until = Some(NOW + 60_000);
        view.status(status);
        let screen = screen(&view, 80, 24);
        for words in [
            "✖ office",
            "⊘ router",
            "unreachable 25 min",
            "◆ printer",
            "maintenance 25 min",
            "(printer, 24 min, silent)",
        ] {
            assert!(screen.contains(words), "no {words} in\n{screen}");
        }
    }

    #[test]
    fn what_is_wrong_stands_first_and_the_chosen_target_stays_chosen() {
        let mut view = view();
        // The printer is down, and was named last.
        assert_eq!(view.targets()[0].name, "printer");
        let mut status = view.status.clone().expect("one");
        let chosen = view.target().expect("a target").name.clone();
        for target in &mut status.targets {
            target.state = match target.name.as_str() {
                "printer" => State::Up,
                _ => State::Down,
            };
        }
        view.status(status);
        assert_eq!(view.targets()[0].name, "router");
        assert_eq!(view.target().expect("a target").name, chosen);
    }

    #[test]
    fn a_monitor_that_does_not_answer_is_reported_in_words() {
        let mut view = view();
        view.lost = Some("connection refused".to_owned());
        let screen_before = screen(&view, 80, 24);
        assert!(screen_before.contains("no news since"), "{screen_before}");
        let mut nothing = View::default();
        nothing.lost = view.lost;
        assert!(screen(&nothing, 80, 24).contains("connection refused"));
    }

    #[test]
    fn the_chosen_target_is_scrolled_into_sight() {
        let mut view = view();
        let mut status = view.status.clone().expect("one");
        status.targets = (0..100)
            .map(|number| TargetStatus {
                name: format!("host {number}"),
                ..TargetStatus::default()
            })
            .collect();
        view.status(status);
        view.choose(70);
        assert!(screen(&view, 80, 24).contains("host 70"));
    }

    #[test]
    fn no_size_of_a_terminal_is_too_small() {
        let view = view();
        for (width, height) in [(1, 1), (5, 40), (200, 2), (20, 8), (300, 90)] {
            screen(&view, width, height);
        }
    }
}
