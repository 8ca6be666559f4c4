//! Whose line it is, the period, and what was promised.

use maud::{Markup, html};

use crate::Report;
use crate::format::{minute, speed, zone_name};

pub fn section(report: &Report) -> Markup {
    let Report { about, from, to, zone, .. } = report;
    let period = format!("{} to {}", minute(*from, zone), minute(*to, zone));
    let mut rows = vec![
        ("Line", about.line.clone()),
        ("Provider", about.provider.clone()),
        ("Contract", about.contract.clone()),
        ("Reported by", about.contact.clone()),
        ("Period", period),
        ("All times", zone_name(zone, *to)),
    ];
    // Where clocks were changed in between, the beginning has another offset.
    let before = zone_name(zone, *from);
    if before != zone_name(zone, *to) {
        rows.push(("", format!("at the beginning {before}")));
    }
    if about.download_bps.or(about.upload_bps).is_some() {
        let (down, up) = (speed(about.download_bps), speed(about.upload_bps));
        rows.push(("Promised", format!("{down} download, {up} upload")));
    }
    rows.retain(|(_, value)| !value.is_empty());
    html! {
        dl {
            @for (name, value) in rows {
                dt { (name) }
                dd { (value) }
            }
        }
    }
}
