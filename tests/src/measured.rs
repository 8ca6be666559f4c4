//! A measurement that is tried again where the machine had no time for it.

use speedtest::Starvation;

use crate::everything_is_required;

/// Tries a measurement. One that is wrong is a failure, unless the machine had
/// no time: then it is tried once more, and after that reported as not
/// measured. With `REQUIRE_ALL=1` that is a failure, too.
pub fn measured(attempt: impl Fn() -> Result<(), String>) {
    for last in [false, true] {
        let watch = Starvation::watch();
        let Err(wrong) = attempt() else { return };
        let Some(reason) = watch.reason() else { panic!("{wrong}") };
        if last {
            let required = everything_is_required();
            assert!(!required, "not measured: {reason}: {wrong}");
            println!("not measured: {reason}: {wrong}");
        }
    }
}
