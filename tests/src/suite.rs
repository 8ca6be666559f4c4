//! The tests of a target that may be ignored, and why they are.

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::Tool;

/// A test by its function's name, with the tools that it cannot do without.
pub struct Test {
    name: String,
    run: Box<dyn FnOnce() -> Result<(), NotMeasured> + Send>,
    needs: Vec<Need>,
}

/// Why a figure says nothing: the machine had no time for the program that
/// measures.
#[derive(Debug)]
pub struct NotMeasured(pub String);

/// Looks for something that a test needs; the error says why it is missing.
type Need = Box<dyn FnOnce() -> Result<(), String> + Send>;

impl Test {
    /// A test that fails by panicking. [`test!`](crate::test) is shorter.
    pub fn new(
        name: impl Into<String>,
        run: impl FnOnce() + Send + 'static,
    ) -> Test {
        let run = || {
            run();
            Ok(())
        };
        Test { name: name.into(), run: Box::new(run), needs: Vec::new() }
    }

    /// A test of figures, which mean nothing on a machine that is too busy.
    ///
    /// It is run a second time before it is reported as not measured, which
    /// is ignored, or with `REQUIRE_ALL=1` a failure.
    pub fn measured(
        name: impl Into<String>,
        run: impl Fn() -> Result<(), NotMeasured> + Send + 'static,
    ) -> Test {
        let run = move || run().or_else(|_| run());
        Test { name: name.into(), run: Box::new(run), needs: Vec::new() }
    }

    fn into_trial(self) -> Trial {
        let Test { name, run, needs } = self;
        Trial::ignorable_test(name, move || {
            for need in needs {
                if let Err(missing) = need() {
                    return absent(missing);
                }
            }
            match run() {
                Ok(()) => Ok(Completion::Completed),
                Err(NotMeasured(reason)) => absent(reason),
            }
        })
    }
}

/// The result of a test that could not run for this reason.
fn absent(reason: String) -> Result<Completion, Failed> {
    if everything_is_required() {
        Err(Failed::from(reason))
    } else {
        Ok(Completion::ignored_with(reason))
    }
}

/// Makes a [`Test`] of a function, under the function's name.
#[macro_export]
macro_rules! test {
    ($function:ident) => {
        $crate::Test::new(stringify!($function), $function)
    };
}

/// Says that `test` cannot run without `tool`.
///
/// Where the tool is missing the test reports itself as ignored and says how
/// to install it; with `REQUIRE_ALL=1` in the environment it fails instead.
pub fn needs(tool: Tool, test: Test) -> Test {
    only_where(move || tool.find().map(drop), test)
}

/// The same for what is no tool: `possible` says why the test cannot run here.
pub fn only_where(
    possible: impl FnOnce() -> Result<(), String> + Send + 'static,
    mut test: Test,
) -> Test {
    test.needs.push(Box::new(possible));
    test
}

/// Runs the tests as libtest does, with its options. The body of `main`.
pub fn suite(tests: Vec<Test>) -> ExitCode {
    let trials = tests.into_iter().map(Test::into_trial).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Whether a missing tool is a failure, as it is where a change is accepted.
pub fn everything_is_required() -> bool {
    std::env::var_os("REQUIRE_ALL").is_some_and(|value| value == "1")
}
