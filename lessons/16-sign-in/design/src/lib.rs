//! The design that the pages of our servers share: one style sheet, and the
//! few functions with which their scripts make elements and listen for news.
//!
//! It lives in the lesson with the first page. A server's own page serves
//! these files as they are, and adds what it alone has.

/// The style sheet: colours for light and dark, states, cards, forms, tables.
pub const STYLE: &str = include_str!("style.css");

/// A JavaScript module that makes and finds elements.
pub const PAGE_SCRIPT: &str = include_str!("page.js");

/// A JavaScript module that listens to a stream of server-sent events, and
/// says when it breaks, falls silent, or needs a sign-in.
pub const LIVE_SCRIPT: &str = include_str!("live.js");

/// A JavaScript module with the words for times.
pub const TIME_SCRIPT: &str = include_str!("time.js");

/// What a server's own page may load and do (W3C, Content Security Policy Level
/// 3): files of this server, and no inline script or style. No other site may
/// put it into a frame.
pub const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self'; img-src 'self' data:; connect-src 'self'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
