//! The design that the pages of our servers share: one style sheet, and the
//! few functions with which their scripts make elements and listen for news.
//!
//! It lives in the lesson with the first page. A server's own page serves
//! these files as they are, and adds what it alone has.

/// The style sheet: colours for light and dark, states, cards, forms, tables.
pub const STYLE: &str = include_str!("design/style.css");

/// A JavaScript module that makes and finds elements.
pub const PAGE_SCRIPT: &str = include_str!("design/page.js");

/// A JavaScript module that listens to a stream of server-sent events, and
/// says when it breaks, falls silent, or needs a sign-in.
pub const LIVE_SCRIPT: &str = include_str!("design/live.js");

/// A JavaScript module with the words for times.
pub const TIME_SCRIPT: &str = include_str!("design/time.js");
