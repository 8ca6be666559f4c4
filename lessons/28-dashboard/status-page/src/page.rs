//! The page itself: HTML that needs no script.

use dashboard::api::State;
use jiff::tz::TimeZone;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use report::format::{duration, minute, plural, share, zone_name};
use sign_in::design::STYLE;

use crate::day::{Day, Weather};
use crate::figures::{DAYS, Figures, Incident, PartFigures};

/// What this page has beside the style of all our pages.
const OWN_STYLE: &str = include_str!("style.css");

/// The width of a day's bar and of the room to the next one, and the height of
/// all.
const BAR: usize = 6;
const STEP: usize = 8;
const HEIGHT: usize = 34;
/// A day without trouble is drawn shorter by this: the colour says nothing that
/// the shape does not.
const SHORTER: usize = 8;

pub(crate) fn page(figures: &Figures) -> Markup {
    let overall = overall(&figures.parts);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                meta name="color-scheme" content="light dark";
                title { (overall.1) " · " (figures.title) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) (PreEscaped(OWN_STYLE)) }
            }
            body {
                header {
                    div #overall .state.(class(overall.0)) {
                        (mark(overall.0)) span { (overall.1) }
                    }
                    div.about {
                        h1 { (figures.title) }
                        p #sentence { (sentence(&figures.parts)) }
                    }
                }
                main {
                    section aria-labelledby="parts" {
                        div.title {
                            h2 #parts { "The last " (plural(DAYS, "day")) }
                            (legend())
                        }
                        ul.parts {
                            @for part in &figures.parts { (part_of(part)) }
                        }
                    }
                    @if !figures.planned.is_empty() {
                        section aria-labelledby="planned" {
                            div.title { h2 #planned { "Planned work" } }
                            (planned(figures))
                        }
                    }
                    section aria-labelledby="incidents" {
                        div.title { h2 #incidents { "Incidents" } }
                        (incidents(figures))
                    }
                }
                footer {
                    p {
                        "As of " (minute(figures.made, &figures.zone))
                        ". Times are in "
                        (zone_name(&figures.zone, figures.made)) "."
                    }
                }
            }
        }
    }
}

/// The state of all parts, and the words for it.
fn overall(parts: &[PartFigures]) -> (State, &'static str) {
    // Planned work is no trouble.
    let state = |part: &PartFigures| match part.in_work {
        true => State::Up,
        false => part.state,
    };
    let any = |wanted| parts.iter().any(|part| state(part) == wanted);
    let all = |wanted| parts.iter().all(|part| state(part) == wanted);
    if all(State::Up) {
        (State::Up, "All works")
    } else if all(State::Down) {
        (State::Down, "Nothing works")
    } else if any(State::Down) {
        (State::Down, "Some do not work")
    } else if any(State::Degraded) {
        (State::Degraded, "Some have trouble")
    } else {
        (State::Unknown, "Not known")
    }
}

/// Names the parts that have trouble.
fn sentence(parts: &[PartFigures]) -> String {
    let named = |wanted: fn(State) -> bool| {
        let bad = parts.iter().filter(|it| !it.in_work && wanted(it.state));
        bad.map(|part| part.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let down = named(|state| state == State::Down);
    let slow = named(|state| state == State::Degraded);
    let mut words = Vec::new();
    if !down.is_empty() {
        words.push(format!("Do not answer: {down}."));
    }
    if !slow.is_empty() {
        words.push(format!("Slow, or do not always answer: {slow}."));
    }
    if words.is_empty() {
        return format!("{} watched.", plural(parts.len(), "service"));
    }
    words.join(" ")
}

fn part_of(part: &PartFigures) -> Markup {
    let words = state_in_words(part);
    let class = match part.in_work {
        true => "busy",
        false => class(part.state),
    };
    let available = match part.availability(DAYS) {
        Some(part) => format!("{} available", share(part)),
        None => "not watched yet".to_owned(),
    };
    html! {
        li.(class) {
            h3 { (part.name) }
            p.now { (mark(part.state)) (words) }
            (bars(&part.days, &available))
            p.available {
                span { (available) }
            }
            (bad_days(&part.days))
        }
    }
}

/// A bar for each day.
fn bars(days: &[Day], available: &str) -> Markup {
    let width = days.len() * STEP;
    let label = format!("{}: {available}", plural(days.len(), "day"));
    html! {
        svg.days viewBox={ "0 0 " (width) " " (HEIGHT) } role="img"
            aria-label=(label) preserveAspectRatio="none" {
            @for (place, day) in days.iter().enumerate() {
                @let weather = day.weather();
                @let top = match weather {
                    Weather::Good => SHORTER,
                    Weather::Planned => HEIGHT / 2,
                    Weather::Unknown => HEIGHT - 2,
                    _ => 0,
                };
                rect.(weather_class(weather)) x=(place * STEP) y=(top)
                    width=(BAR) height=(HEIGHT - top) {
                    title { (day.date) ": " (day_in_words(day)) }
                }
            }
        }
    }
}

/// The days with trouble in words, for whoever cannot point at a bar.
fn bad_days(days: &[Day]) -> Markup {
    let bad: Vec<&Day> = days.iter().rev().filter(|day| day.down > 0).collect();
    html! {
        @if !bad.is_empty() {
            details {
                summary { (plural(bad.len(), "day")) " with trouble" }
                ul {
                    @for day in bad {
                        li { (day.date) ": " (day_in_words(day)) }
                    }
                }
            }
        }
    }
}

fn day_in_words(day: &Day) -> String {
    match day.weather() {
        Weather::Planned => "planned work".to_owned(),
        Weather::Unknown => "not watched".to_owned(),
        Weather::Good => "no trouble".to_owned(),
        _ => format!("no answer for {}", duration(day.down)),
    }
}

fn legend() -> Markup {
    html! {
        ul.legend {
            @for (weather, words) in [
                (Weather::Good, "no trouble"),
                (Weather::Little, "up to an hour of it"),
                (Weather::Much, "more"),
                (Weather::Planned, "planned work"),
                (Weather::Unknown, "not watched"),
            ] {
                li { span.key.(weather_class(weather)) {} (words) }
            }
        }
    }
}

fn planned(figures: &Figures) -> Markup {
    let zone = &figures.zone;
    html! {
        ol.incidents {
            @for work in &figures.planned {
                li {
                    b { (work.names.join(", ")) } ": from "
                    (minute(work.from, zone)) " to " (minute(work.to, zone))
                    "."
                }
            }
        }
    }
}

fn incidents(figures: &Figures) -> Markup {
    html! {
        @if figures.incidents.is_empty() {
            p.soft { "None in the last " (plural(DAYS, "day")) "." }
        } @else {
            ol.incidents {
                @for incident in &figures.incidents {
                    li.(if incident.to.is_none() { "bad" } else { "over" }) {
                        b { (incident.name) } " "
                        (in_words(incident, figures.made, &figures.zone))
                    }
                }
            }
        }
    }
}

/// An incident as a sentence that goes on after the name of its part.
fn in_words(incident: &Incident, now: i64, zone: &TimeZone) -> String {
    let from = minute(incident.from, zone);
    let lasted = incident.to.unwrap_or(now) - incident.from;
    let lasted = duration(lasted);
    match incident.to {
        None => format!("has not answered since {from}, for {lasted}."),
        Some(_) if !incident.answered => format!(
            "did not answer from {from} on. After {lasted} it was not watched \
             any more."
        ),
        Some(to) => format!(
            "did not answer for {lasted}, from {from} to {}.",
            minute(to, zone)
        ),
    }
}

pub(crate) fn state_in_words(part: &PartFigures) -> &'static str {
    match part.state {
        _ if part.in_work => "planned work",
        State::Up => "works",
        State::Degraded => "has trouble",
        State::Down => "does not work",
        _ => "not known",
    }
}

fn class(state: State) -> &'static str {
    match state {
        State::Up => "up",
        State::Degraded => "degraded",
        State::Down => "down",
        _ => "unknown",
    }
}

fn weather_class(weather: Weather) -> &'static str {
    match weather {
        Weather::Good => "good",
        Weather::Little => "warn",
        Weather::Much => "bad",
        Weather::Planned => "busy",
        Weather::Unknown => "unknown",
    }
}

/// A state as a shape: a check mark, a triangle, a cross, a ring.
fn mark(state: State) -> Markup {
    html! {
        svg.icon viewBox="0 0 16 16" aria-hidden="true" {
            @match state {
                State::Up => path d="M2.5 8.5 6.5 12.5 13.5 4" {},
                State::Degraded => path d="M8 2 14.5 13.5H1.5ZM8 6.5v3" {},
                State::Down => path d="M3 3 13 13M13 3 3 13" {},
                _ => circle cx="8" cy="8" r="5.5" {},
            }
        }
    }
}
