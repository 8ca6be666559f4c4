//! The interpreter's settings: the same for the check and for the drawing, so
//! that both find the same.

use std::sync::Arc;

use findings::Collector;
use fonts::Substitutes;
use hayro_interpret::{InterpreterSettings, InterpreterWarning};

/// Settings for the interpreter of pages, which report to `collector`.
pub(crate) fn interpreter_settings(
    collector: &Collector,
    substitutes: &Arc<Substitutes>,
) -> InterpreterSettings {
    let warnings = collector.clone();
    InterpreterSettings {
        font_resolver: fonts::resolver(substitutes),
        warning_sink: Arc::new(move |warning| warn(&warnings, warning)),
        ..InterpreterSettings::default()
    }
}

/// What a warning of the interpreter means on paper.
fn warn(collector: &Collector, warning: InterpreterWarning) {
    use InterpreterWarning as W;
    collector.loss(match warning {
        W::UnsupportedFont => {
            "a font cannot be read; its text is drawn in another and may \
             be wrong"
        }
        W::ImageDecodeFailure => damage::UNDECODABLE,
        W::UnresolvedAnnotationAppearance => {
            "a comment or a form field cannot be read and is missing"
        }
        _ => "something cannot be drawn and is missing",
    });
}
