//! Alerts: samples in, notices out, and real listeners for the notices.

#[path = "alerts/commands.rs"]
mod commands;
#[path = "alerts/dependencies.rs"]
mod dependencies;
#[path = "alerts/emails.rs"]
mod emails;
#[path = "alerts/lasting.rs"]
mod lasting;
#[path = "alerts/learnt.rs"]
mod learnt;
#[path = "alerts/quiet.rs"]
mod quiet;
#[path = "alerts/rules.rs"]
mod rules;
#[path = "alerts/sending.rs"]
mod sending;
#[path = "alerts/services.rs"]
mod services;
#[path = "alerts/tls.rs"]
mod tls;
#[path = "alerts/webhooks.rs"]
mod webhooks;
