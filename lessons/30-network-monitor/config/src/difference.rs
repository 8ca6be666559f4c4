//! The difference between two configurations, in words.

use crate::{Config, Group, Place, SpeedTest, Target};
use alerts::{Maintenance, Notifier, Rule};

/// The names of the fields in which two values differ.
macro_rules! changes {
    ($old:expr, $new:expr, $($field:ident),+) => {{
        let mut fields = Vec::new();
        $(if $old.$field != $new.$field {
            fields.push(stringify!($field));
        })+
        fields
    }};
}

impl Config {
    /// A line for everything that was added, removed or changed: `target router
    /// added`, `target router changed: every`. Values are not shown: some are
    /// secrets.
    pub fn difference(old: &Config, new: &Config) -> Vec<String> {
        let mut words = Vec::new();
        compare(
            "target",
            (&old.targets, &new.targets),
            |target: &Target| &target.name,
            |old, new| {
                changes!(
                    old, new, probe, every, timeout, thresholds, family, places
                )
            },
            &mut words,
        );
        compare(
            "speed test",
            (&old.speed, &new.speed),
            |test: &SpeedTest| &test.name,
            |old, new| {
                changes!(
                    old,
                    new,
                    server,
                    family,
                    schedule,
                    most_time,
                    most_bytes,
                    most_flows,
                    bufferbloat
                )
            },
            &mut words,
        );
        compare(
            "alert",
            (&old.alerts, &new.alerts),
            |rule: &Rule| &rule.name,
            |old, new| {
                changes!(
                    old,
                    new,
                    series,
                    condition,
                    after,
                    recover_after,
                    notify,
                    remind
                )
            },
            &mut words,
        );
        compare(
            "notifier",
            (&old.notifiers, &new.notifiers),
            |notifier: &Notifier| &notifier.name,
            |old, new| changes!(old, new, channel, timeout, attempts),
            &mut words,
        );
        compare(
            "group",
            (&old.groups, &new.groups),
            |group: &Group| &group.name,
            |old, new| changes!(old, new, targets),
            &mut words,
        );
        compare(
            "window",
            (&old.windows, &new.windows),
            |window: &Maintenance| &window.name,
            |old, new| changes!(old, new, targets, window),
            &mut words,
        );
        compare(
            "place",
            (&old.places, &new.places),
            |place: &Place| &place.name,
            |old, new| changes!(old, new, away_after),
            &mut words,
        );
        if old.dependencies != new.dependencies {
            words.push("changed: what lies behind what".to_owned());
        }
        if old.status_page != new.status_page {
            words.push("status page changed".to_owned());
        }
        let kept = changes!(old.retention, new.retention, raw, minute, hour);
        if !kept.is_empty() {
            words.push(format!("retention changed: {}", kept.join(", ")));
        }
        words
    }
}

fn compare<T>(
    what: &str,
    (old, new): (&[T], &[T]),
    name: fn(&T) -> &String,
    changes: fn(&T, &T) -> Vec<&'static str>,
    words: &mut Vec<String>,
) {
    let find = |list: &[T], wanted: &T| {
        list.iter().position(|item| name(item) == name(wanted))
    };
    for gone in old.iter().filter(|item| find(new, item).is_none()) {
        words.push(format!("{what} {} removed", name(gone)));
    }
    for item in new {
        match find(old, item).map(|place| &old[place]) {
            None => words.push(format!("{what} {} added", name(item))),
            Some(before) => {
                let fields = changes(before, item);
                if !fields.is_empty() {
                    let (name, fields) = (name(item), fields.join(", "));
                    words.push(format!("{what} {name} changed: {fields}"));
                }
            }
        }
    }
}
