//! What the relay and the queue refuse, with IPP's status for it.

use axum::http::StatusCode;
use driver::DocumentError;

use crate::{Refusal, Status};

/// A result that may be refused.
pub(super) trait OrRefuse<T> {
    /// The same, in the words of IPP.
    fn or_refuse(self) -> Result<T, Refusal>;
}

impl<T> OrRefuse<T> for Result<T, relay::Refusal> {
    fn or_refuse(self) -> Result<T, Refusal> {
        self.map_err(|refusal| {
            let status = status_of_relay(&refusal);
            Refusal::new(status, refusal.to_string())
        })
    }
}

impl<T> OrRefuse<T> for Result<T, job_queue::Error> {
    fn or_refuse(self) -> Result<T, Refusal> {
        self.map_err(|error| {
            Refusal::new(status_of_queue(&error), error.to_string())
        })
    }
}

impl<T> OrRefuse<T> for Result<T, relay::ResendError> {
    fn or_refuse(self) -> Result<T, Refusal> {
        self.map_err(|error| {
            let status = match &error {
                relay::ResendError::Queue(error) => status_of_queue(error),
                _ => Status::NotPossible,
            };
            Refusal::new(status, error.to_string())
        })
    }
}

fn status_of_relay(refusal: &relay::Refusal) -> Status {
    use relay::Refusal as R;
    match refusal {
        R::Document { source: DocumentError::Encrypted, .. } => {
            Status::DocumentPasswordError
        }
        R::Document { source: DocumentError::Range(_), .. } => {
            Status::AttributesOrValuesNotSupported
        }
        R::Document { .. } | R::Empty(_) => Status::DocumentFormatError,
        R::Doubtful { .. } | R::Unprintable { .. } => {
            Status::DocumentUnprintable
        }
        R::RawNotAllowed => Status::DocumentFormatNotSupported,
        R::Quota { .. } => Status::AccountLimitReached,
        R::BadPin | R::Field { .. } => Status::AttributesOrValuesNotSupported,
        R::Busy => Status::Busy,
        other => like_http(other.status()),
    }
}

/// IPP's status that says what HTTP's does.
fn like_http(status: StatusCode) -> Status {
    match status {
        StatusCode::FORBIDDEN => Status::NotAuthorized,
        StatusCode::REQUEST_TIMEOUT => Status::Timeout,
        StatusCode::CONFLICT => Status::NotPossible,
        StatusCode::PAYLOAD_TOO_LARGE => Status::RequestEntityTooLong,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            Status::DocumentFormatNotSupported
        }
        StatusCode::UNPROCESSABLE_ENTITY => Status::DocumentFormatError,
        StatusCode::INSUFFICIENT_STORAGE => Status::TemporaryError,
        StatusCode::SERVICE_UNAVAILABLE => Status::ServiceUnavailable,
        status if status.is_server_error() => Status::InternalError,
        _ => Status::BadRequest,
    }
}

fn status_of_queue(error: &job_queue::Error) -> Status {
    match error {
        job_queue::Error::NoSuchJob(_) => Status::NotFound,
        job_queue::Error::NotPossible { .. } => Status::NotPossible,
        job_queue::Error::Full { .. } => Status::TemporaryError,
        _ => Status::ServiceUnavailable,
    }
}
