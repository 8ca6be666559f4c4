//! The routes of the print server, and who is let in to each.

use axum::Router;
use axum::middleware::from_fn_with_state;
use daemon::Daemon;
use daemon::http::RateLimit;
use print_options::roles;
use print_options::{Options, Role};
use sign_in::Openness;

use crate::api::{self, AppState};
use crate::ipp::Entrance;
use crate::machines::documents;
use crate::visitor::{introduce, only_printing};

// ANCHOR: routes
/// The page and the API need a key. The talk's own client knows of no key, and
/// nor do most programs that speak IPP: they are let in from wherever the
/// administrator says, at first from this machine.
pub(crate) fn routes(
    daemon: &Daemon,
    options: &Options,
    state: AppState,
    entrances: Vec<Entrance>,
    uploads: &RateLimit,
) -> Router {
    let sign_in = daemon.sign_in();
    let users = sign_in.users(roles::ROLES, options.what_is_open());
    let introduce = from_fn_with_state(state.printers.clone(), introduce);
    if options.role == Role::Worker {
        let signed_in = api::router(state, None).layer(introduce);
        return daemon.app(signed_in.merge(users), Router::new());
    }
    let intake = state.intake.clone();
    let signed_in = api::router(state, Some(uploads));
    let signed_in = signed_in.layer(introduce.clone()).merge(users);
    let signed_in = signed_in.merge(documents(daemon, &intake.spool));
    let upload = uploads.protect(relay::upload_route(intake));
    let upload = sign_in.require(roles::PRINT, upload.layer(introduce.clone()));
    let open = options.openness();
    let mut outside = sign_in.open_to(&open, upload);
    for Entrance { printer, router, .. } in entrances {
        // A printer for some asks everybody for a key.
        let nobody = Openness::default();
        let open = if printer.is_for_all() { &open } else { &nobody };
        let only_printing = from_fn_with_state(printer, only_printing);
        // Everybody may ask what the printer can do.
        let router = router.layer(introduce.clone()).layer(only_printing);
        outside = outside.merge(sign_in.identify(open, router));
    }
    daemon.app(signed_in, outside)
}
// ANCHOR_END: routes
