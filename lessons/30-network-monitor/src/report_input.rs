//! What a report is made of: the history, the targets of the configuration,
//! and the planned work.

use alerts::Alerts;
use history::{Error, History};
use monitor_config::{Config, Place};
use remote_probe::series;
use report::{About, Report, Target, Window};

use crate::state::remembered;

/// Reads a report of a period, whose ends are in Unix milliseconds. Planned
/// work is known from the file and, as far as people have made it on the page,
/// from the history.
///
/// # Errors
/// When the history cannot be read.
pub fn read_report(
    history: &History,
    config: &Config,
    from: i64,
    to: i64,
    about: About,
) -> Result<Report, Error> {
    let targets = targets_of(config);
    let alerts = Alerts::following(config.policy(), remembered(history)?);
    let mut windows = Vec::new();
    for (work, open) in alerts.occurrences(from, to) {
        let (name, targets) = (work.name, work.targets);
        let (from, to) = (open.from, open.to);
        windows.push(Window { name, targets, from, to });
    }
    Report::read(history, &targets, &windows, from, to, about)
}

/// Each target of a configuration, once for each place from which it is
/// measured. Only seen from here it lies behind what the file says: a probe
/// elsewhere has a way of its own.
fn targets_of(config: &Config) -> Vec<Target> {
    let mut targets = Vec::new();
    for target in &config.targets {
        let mut dependencies = config.dependencies.iter();
        let behind = dependencies.find(|it| it.target == target.name);
        for place in &target.places {
            let mut seen = Target::from(target);
            match place.as_str() {
                Place::HERE => {
                    seen.behind = behind.map(|it| it.upstream.clone());
                }
                place => seen.name = series(&target.name, place),
            }
            targets.push(seen);
        }
    }
    targets
}
