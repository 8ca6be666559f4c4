//! What the public sees of a configuration.

use monitor_config::Config;
use status_page::{Content, Part};

/// What the status page shows, if the file asks for one.
pub(crate) fn content(config: &Config) -> Option<Content> {
    let page = config.status_page.as_ref()?;
    let mut parts = Vec::new();
    for shown in &page.shown {
        let name = shown.name.clone();
        let targets = shown.targets.iter();
        let targets = targets.filter_map(|name| config.target(name));
        let targets = targets.map(Into::into).collect();
        parts.push(Part { name, targets });
    }
    Some(Content { title: page.title.clone(), parts })
}
