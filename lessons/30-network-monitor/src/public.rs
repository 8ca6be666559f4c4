//! What the public sees of a configuration.

use monitor_config::Config;
use status_page::{Content, Part};

/// What the status page shows, if the file asks for one.
pub(crate) fn content(config: &Config) -> Option<Content> {
    let page = config.status_page.as_ref()?;
    let mut parts = Vec::new();
    for shown in &page.targets {
        let targets = config.target(&shown.of);
        parts.push(Part {
            name: shown.name.clone(),
            targets: targets.into_iter().map(Into::into).collect(),
        });
    }
    Some(Content { title: page.title.clone(), parts })
}
