//! How far it came, as an exit code.

use std::error::Error;
use std::process::ExitCode;

use print_client::{ClientError, JobView};

/// How far it came. Of several files the worst counts, which comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// The paper is out as the document says, or nobody was to wait for it.
    Done = 0,
    /// Something here is wrong, such as a file that cannot be read.
    Error = 1,
    // 2 is a wrong command line, as clap has it.
    /// The job waits for a person, because it cannot be printed whole, for
    /// example.
    Held = 3,
    /// The paper is out, but not all that the document says is on it.
    Incomplete = 4,
    /// The server does not take the document, or not from us.
    Refused = 5,
    /// No server that can be trusted was reached, or it was lost again.
    Unreachable = 6,
    /// The job failed or was cancelled.
    Failed = 7,
    /// Nobody knows how much of it is on paper.
    Uncertain = 8,
}

impl Outcome {
    /// What became of a job. `may_wait` says that nobody is to wait for paper,
    /// and `may_be_held` that the job was to be held.
    pub(crate) fn of(
        job: &JobView,
        may_wait: bool,
        may_be_held: bool,
    ) -> Outcome {
        match job.state.as_str() {
            "printed" if job.incomplete => Outcome::Incomplete,
            "printed" => Outcome::Done,
            "held" if may_be_held && !job.incomplete => Outcome::Done,
            "held" => Outcome::Held,
            "uncertain" => Outcome::Uncertain,
            _ if may_wait && !job.is_final() => Outcome::Done,
            _ => Outcome::Failed,
        }
    }

    /// What an error means for whoever reads the code.
    pub(crate) fn of_error(error: &(dyn Error + 'static)) -> Outcome {
        match error.downcast_ref::<ClientError>() {
            Some(
                ClientError::Unreachable { .. }
                | ClientError::Lost { .. }
                | ClientError::Stranger { .. }
                | ClientError::Untrusted { .. }
                | ClientError::Strange { .. },
            ) => Outcome::Unreachable,
            Some(ClientError::Refused(_) | ClientError::SignIn { .. }) => {
                Outcome::Refused
            }
            Some(
                ClientError::File { .. }
                | ClientError::Address { .. }
                | ClientError::Trust(_)
                | ClientError::System(_),
            )
            | None => Outcome::Error,
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> ExitCode {
        ExitCode::from(outcome as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(state: &str, incomplete: bool) -> JobView {
        let job = serde_json::json!({
            "id": "1", "state": state, "incomplete": incomplete, "name": "a",
            "user": "", "bytes": 1, "copies": 1, "sides": 1, "printed": 0,
            "sent": 0, "attempts": 1, "queued_at": 0, "changed_at": 0,
        });
        serde_json::from_value(job).expect("a job")
    }

    #[test]
    fn each_end_of_a_job_has_a_code_of_its_own() {
        for (state, incomplete, code) in [
            ("printed", false, 0),
            ("held", false, 3),
            ("held", true, 3),
            ("printed", true, 4),
            ("failed", false, 7),
            ("cancelled", false, 7),
            ("uncertain", false, 8),
        ] {
            let outcome = Outcome::of(&job(state, incomplete), false, false);
            assert_eq!(outcome as u8, code, "{state}, {incomplete}");
        }
        // It was to be held, or not to be waited for.
        assert_eq!(Outcome::of(&job("held", false), true, true), Outcome::Done);
        assert_eq!(Outcome::of(&job("held", true), true, true), Outcome::Held);
        let waiting = job("waiting", false);
        assert_eq!(Outcome::of(&waiting, true, false), Outcome::Done);
    }

    #[test]
    fn the_worst_of_several_counts() {
        let all = [Outcome::Refused, Outcome::Uncertain, Outcome::Done];
        assert_eq!(all.into_iter().max(), Some(Outcome::Uncertain));
    }
}
